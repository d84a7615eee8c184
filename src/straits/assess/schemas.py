"""The JSON of what chains say beside an assessment (``derived`` of ``straits assess`` and ``explain``), as JSON Schema.

Shares run from 0 to 1, times are months; both are ``[low, high]``, and an open end is ``null``.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from straits.casebook.schemas import closed
from straits.vocabulary.errors import nearest


class _Shown(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PassageShown(_Shown):
    """A place in a source that a reading formalises."""

    source: str
    locator: str


class BearingShown(_Shown):
    """A question or outcome that a finding bears on; ``leaves`` are the levels it leaves, ``null``: it leaves it open."""

    protocol: str
    target: str
    leaves: list[str] | None
    because: list[str]
    passages: list[PassageShown]


class DerivedUnknown(_Shown):
    """Something not known that would change a finding."""

    what: str
    matters: str


class RecordShown(_Shown):
    """A record of the chain that a finding is computed from, with the casebook's evidence behind it."""

    source: str
    locator: str
    basis: Literal["stated", "derived", "judged"]
    evidence: list[str]


class DerivedShown(_Shown):
    """One finding of a chain on one step, between a dependent and a provider; ``value`` holds its numbers.

    ``finding`` is economies_for_75, smallest_denial, other_ways, other_suppliers, own_suppliers or output_lost.
    """

    id: str
    finding: str
    name: str
    basis: Literal["derived"]
    chain: str
    chain_name: str
    as_of: str | None
    item: str
    item_name: str
    subject: str
    dependent: str
    provider: str
    says: str
    value: dict[str, Any]
    method: str
    command: str
    bears_on: list[BearingShown]
    unknowns: list[DerivedUnknown]
    sources: list[RecordShown]


class ContrastShown(_Shown):
    """A judged answer and findings that share no level with it; ``whole``: no step leaves a level that was judged."""

    derived: list[str]
    protocol: str
    target: str
    chain_leaves: list[str]
    judged: list[str]
    whole: bool
    sentence: str


class BesideShown(_Shown):
    """What the chains say beside the judged answers: it changes no level."""

    evidence: list[DerivedShown]
    contrasts: list[ContrastShown]


COMMANDS: dict[str, Any] = {"assess (derived)": BesideShown}


def json_schema(command: str) -> dict[str, Any]:
    """The JSON Schema of a part of what a command prints with ``--json``.

    >>> json_schema("assess (derived)")["required"]
    ['evidence', 'contrasts']
    """
    if command not in COMMANDS:
        raise nearest(command, COMMANDS, "command with a schema")
    told: dict[str, Any] = closed(TypeAdapter(COMMANDS[command]).json_schema())
    return told
