"""Which measures, instruments, annex entries, events, documents and listed names hold some words.

All words must occur; English is stemmed, Chinese is found by its characters, as in the casebook's own search.  The
index over the register and what is loaded beside it lives in memory for one question.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from straits.casebook.search import search as search_casebook
from straits.casebook.words import spaced, terms
from straits.controls.answers import Found, Hit
from straits.controls.register import Register
from straits.sources.entity_lists import NAMES, Listed
from straits.sources.eu_dual_use import Annex
from straits.sources.federal_register import FederalDocument
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.materials import materials

KINDS = ("measure", "instrument", "annex entry", "event", "document", "listed name")


def search(
    register: Register,
    query: str,
    annex: Annex | None = None,
    documents: Sequence[FederalDocument] = (),
    listed: Sequence[Listed] = (),
    limit: int = 10,
) -> Found:
    """Everything that holds all words of a query, at most ``limit`` of each kind; ``"..."`` makes a phrase.

    ``annex``, ``documents`` and ``listed`` are searched when they are given.
    """
    wanted = terms(query)
    if not wanted:
        raise StraitsError(f"nothing to search for in {query!r}: give a word, such as lithography or 镓")
    if limit < 1:
        raise StraitsError(f"limit {limit}: at least 1")
    rows = [*_register(register), *_loaded(annex, documents, listed)]
    hits = _matches(rows, wanted)
    events = search_casebook(register.book, query, ("events",), limit=10_000)
    for found in events.hits:
        event = register.events[found.id]
        date = event.announced or event.in_force or event.ended
        hits.append(
            Hit("event", event.id, f"{event.title}: {event.statement}", date, register.citation(event.source))
        )
    by_kind = {kind: sum(hit.kind == kind for hit in hits) for kind in KINDS}
    best = [hit for kind in KINDS for hit in [h for h in hits if h.kind == kind][:limit]]
    searched = ["measures", "instruments", "events"]
    searched += ["Annex I"] if annex else []
    searched += ["Federal Register"] if documents else []
    searched += ["entity lists"] if listed else []
    return Found(query, len(hits), {k: n for k, n in by_kind.items() if n}, tuple(best), tuple(searched))


Row = tuple[Hit, str, str]
"""A hit as it would be shown, its main words and its other words."""


def _register(register: Register) -> Iterator[Row]:
    for measure in register.measures.values():
        date = measure.announced or measure.in_force or measure.ended
        items = "; ".join(item.what for item in measure.items)
        names = [n for i in measure.items for m in i.materials for n in (materials()[m].name, *materials()[m].names)]
        rest = [
            measure.kind,
            register.instruments[measure.instrument].name,
            measure.note or "",
            measure.reach or "",
            *measure.targets,
            *(entry for item in measure.items for entry in item.entries),
            *(code for item in measure.items for code in item.codes),
            *(p for item in measure.items for p in item.parameters),
        ]
        hit = Hit(
            "measure", measure.id, f"{measure.name}: {items}", date, register.citation(measure.sources[0].source)
        )
        yield hit, f"{measure.id} {measure.name} {items} {' '.join(names)}", " ".join(rest)
    for instrument in register.instruments.values():
        hit = Hit(
            "instrument",
            instrument.id,
            f"{instrument.name}: {instrument.statement}",
            instrument.first_issued,
            register.citation(instrument.sources[0].source),
        )
        yield (
            hit,
            f"{instrument.name} {instrument.statement}",
            f"{instrument.note or ''} {' '.join(instrument.purposes)}",
        )


def _loaded(annex: Annex | None, documents: Sequence[FederalDocument], listed: Sequence[Listed]) -> Iterator[Row]:
    if annex is not None:
        for entry in annex.entries.values():
            text = " ".join(line.text for line in entry.lines)
            hit = Hit("annex entry", f"EU:{entry.code}", entry.heading, annex.valid_from, f"Annex I, {annex.version}")
            yield hit, f"{entry.code} {entry.heading}", text
    for document in documents:
        hit = Hit("document", document.number, document.title, document.published.isoformat(), document.url)
        yield hit, f"{document.number} {document.title}", document.abstract
    for one in listed:
        added = one.added.isoformat() if one.added else None
        hit = Hit("listed name", one.name, NAMES[one.list], added, one.url)
        yield hit, " ".join((one.name, *one.aliases)), f"{one.address} {NAMES[one.list]}"


def _matches(rows: Sequence[Row], wanted: Sequence[str]) -> list[Hit]:
    database = sqlite3.connect(":memory:")
    try:
        database.execute(
            'create virtual table words using fts5(main, rest, tokenize = "porter unicode61 remove_diacritics 2")'
        )
        database.executemany(
            "insert into words(rowid, main, rest) values (?, ?, ?)",
            ((number, spaced(main), spaced(rest)) for number, (_, main, rest) in enumerate(rows)),
        )
        found: list[Any] = database.execute(
            "select rowid from words where words match ? order by bm25(words, 10.0, 1.0), rowid",
            (" AND ".join(wanted),),
        ).fetchall()
    finally:
        database.close()
    return [rows[number][0] for (number,) in found]
