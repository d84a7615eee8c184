"""The JSON of every question of the register, as JSON Schema: what a program that reads it may rely on."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from straits.casebook.schemas import closed
from straits.controls import answers as shown
from straits.controls.nomenclature import Conversion
from straits.vocabulary.errors import nearest

COMMANDS: dict[str, Any] = {
    "controls list": list[shown.MeasureLine],
    "controls list --instruments": list[shown.InstrumentShown],
    "controls show": shown.MeasureShown | shown.InstrumentShown,
    "controls timeline": shown.Timeline,
    "controls covers": shown.Covers,
    "controls search": shown.Found,
    "controls threshold": shown.ThresholdAnswer,
    "controls coverage": shown.Coverage,
    "controls convert": list[Conversion],
}


def json_schema(command: str) -> dict[str, Any]:
    """The JSON Schema of what a command prints with ``--json``.

    >>> json_schema("controls covers")["properties"]["covers"]["items"]["$ref"]
    '#/$defs/Cover'
    """
    if command not in COMMANDS:
        raise nearest(command, COMMANDS, "command with a schema")
    told: dict[str, Any] = closed(TypeAdapter(COMMANDS[command]).json_schema())
    return told
