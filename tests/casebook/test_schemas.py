"""The JSON of every command keeps to its documented schema, on the shipped casebook."""

from __future__ import annotations

import json

import jsonschema
import pytest

from straits.casebook import questions as q
from straits.casebook.answers import plain
from straits.casebook.checks import check
from straits.casebook.coverage import coverage
from straits.casebook.schemas import COMMANDS, json_schema
from straits.casebook.search import search
from straits.vocabulary.errors import StraitsError

ASKED = {
    "evidence": lambda book: [q.evidence(book, name) for name in ("lithography", "raw-materials", "genomic-data")],
    "evidence --id": lambda book: [q.record(book, name) for name in (*book.ids("evidence")[::50], *book.ids()[::97])],
    "evidence --find": lambda book: [
        search(book, "gallium"),
        search(book, "光刻"),
        search(book, "nothing-of-this-name"),
    ],
    "actors": lambda book: [q.actors(book)],
    "events": lambda book: [q.events(book)],
    "dependencies": lambda book: [q.dependencies(book), q.dependencies(book, "lithography", of="CHN", on="EU27")],
    "judgements": lambda book: [q.judgements(book)],
    "strengths": lambda book: [q.strengths(book)],
    "instruments": lambda book: [q.instruments(book)],
    "traps": lambda book: [q.traps(book)],
    "lost": lambda book: [q.lost(book)],
    "casebook check": lambda book: [check(book)],
    "casebook coverage": lambda book: [coverage(book)],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_json_of_a_command_keeps_to_its_schema(command, shipped):
    validator = jsonschema.Draft202012Validator(json_schema(command))
    for answer in ASKED[command](shipped):
        told = json.loads(json.dumps(plain(answer), ensure_ascii=False, allow_nan=False))
        assert [error.message for error in validator.iter_errors(told)] == []


def test_a_schema_refuses_a_field_too_many_or_too_few(shipped):
    validator = jsonschema.Draft202012Validator(json_schema("lost"))
    (told, *_) = json.loads(json.dumps(plain(q.lost(shipped))))
    assert not list(validator.iter_errors([told]))
    assert list(validator.iter_errors([{**told, "more": 1}]))
    assert list(validator.iter_errors([{key: value for key, value in told.items() if key != "reason"}]))


def test_every_answer_says_what_it_is():
    for command in COMMANDS:
        for name, definition in json_schema(command).get("$defs", {}).items():
            assert len(definition.get("description", "")) > 20, name


def test_an_unknown_command_names_the_nearest():
    with pytest.raises(StraitsError, match="did you mean events"):
        json_schema("event")
