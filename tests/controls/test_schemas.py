"""Every answer's JSON has its schema's fields, all of them and no others."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import straits
from straits.controls import questions
from straits.controls.coverage import coverage
from straits.controls.covering import covers
from straits.controls.nomenclature import Correlations
from straits.controls.register import Register
from straits.controls.schemas import COMMANDS, json_schema
from straits.controls.search import search
from straits.controls.thresholds import threshold


def fits(value: Any, schema: Any, root: dict[str, Any]) -> bool:
    """A small judge of the part of JSON Schema that pydantic writes for these dataclasses."""
    if "$ref" in schema:
        return fits(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "anyOf" in schema:
        return any(fits(value, one, root) for one in schema["anyOf"])
    kinds = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)}
    kind = schema.get("type")
    if kind == "array":
        return isinstance(value, list) and all(fits(one, schema.get("items", {}), root) for one in value)
    if kind == "object" and "properties" in schema:
        fields = schema["properties"]
        return (
            isinstance(value, dict)
            and set(value) == set(fields)
            and all(fits(value[name], fields[name], root) for name in fields)
        )
    return kind not in kinds or isinstance(value, kinds[kind])


def test_the_json_of_every_question_fits_its_schema(
    register: Register, small: Callable[..., straits.Observatory]
) -> None:
    trade = small([(2023, "CHN", "DEU", "250410", 100, 1), (2024, "CHN", "DEU", "250410", 100, 1)])
    answers = {
        "controls list": [line.to_dict() for line in questions.measures(register)],
        "controls list --instruments": [item.to_dict() for item in questions.instruments(register)],
        "controls show": questions.show(register, "CN-2023-23").to_dict(),
        "controls timeline": questions.timeline(register).to_dict(),
        "controls covers": covers(register, "250410").to_dict(),
        "controls search": search(register, "graphite").to_dict(),
        "controls threshold": threshold(register, {"logic_nm": 7}).to_dict(),
        "controls coverage": coverage(register, trade, "EU27", "CHN", "2023-2024").to_dict(),
        "controls convert": [Correlations.of([]).convert("CN2024:38011010", "HS2022").to_dict()],
    }
    assert set(answers) == set(COMMANDS)
    for command, answer in answers.items():
        schema = json_schema(command)
        assert fits(json.loads(json.dumps(answer, default=str)), schema, schema), command


def test_the_judge_refuses_what_does_not_fit() -> None:
    schema = json_schema("controls threshold")
    assert not fits({"verdict": "yes"}, schema, schema)
