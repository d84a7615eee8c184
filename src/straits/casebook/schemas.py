"""The JSON of every casebook command, as JSON Schema: what a program that reads it may rely on."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from straits.casebook import answers as shown
from straits.casebook.findings import Finding
from straits.casebook.search import Found
from straits.vocabulary.errors import nearest

COMMANDS: dict[str, Any] = {
    "evidence": shown.EvidenceAnswer,
    "evidence --id": shown.EvidenceShown | shown.RecordShown,
    "evidence --find": Found,
    "actors": list[shown.ActorShown],
    "events": list[shown.EventShown],
    "dependencies": shown.DependencyAnswer,
    "judgements": list[shown.JudgementShown],
    "strengths": list[shown.StrengthShown],
    "instruments": list[shown.InstrumentShown],
    "traps": list[shown.TrapShown],
    "lost": list[shown.LostShown],
    "casebook check": list[Finding],
    "casebook coverage": shown.CoverageShown,
}


def json_schema(command: str) -> dict[str, Any]:
    """The JSON Schema of what a command prints with ``--json``.

    >>> json_schema("lost")["items"]["$ref"]
    '#/$defs/LostShown'
    """
    if command not in COMMANDS:
        raise nearest(command, COMMANDS, "command with a schema")
    told: dict[str, Any] = closed(TypeAdapter(COMMANDS[command]).json_schema())
    return told


def closed(schema: Any) -> Any:
    """A schema in which every object has just the fields that it names."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    told = {key: closed(value) for key, value in schema.items()}
    if told.get("type") == "object" and "properties" in told and "additionalProperties" not in told:
        told["additionalProperties"] = False
    return told
