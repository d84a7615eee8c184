"""Scenarios: two axes, four worlds, and where the signposts point now.

A signpost is something one can observe.  Its reading comes from casebook records: those on the subject, where there
are any, else those on the field as a whole.  Nothing is weighed: the reading of an axis is what the signposts say one
by one, and where they disagree both ends stay possible.  The source gives no probabilities; neither do we.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from straits.assess.protocols import Identifier, Name, Passage
from straits.casebook.casebook import Casebook
from straits.vocabulary.documents import Document, read, refuse
from straits.vocabulary.errors import nearest

SHIPPED = Path(__file__).parent / "data" / "scenarios"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Pole(_Part):
    """One end of an axis."""

    id: Name
    about: str


class Axis(_Part):
    """One open question with two ends."""

    id: Name
    question: str
    levels: list[Name]
    poles: list[Pole]
    passage: Passage
    baseline: Name | None = None
    baseline_passage: Passage | None = None


class Driver(_Part):
    """What moves an axis."""

    id: Name
    number: str
    about: str
    moves: str | list[str] | None = None
    inferred: bool = False
    note: str | None = None
    passage: Passage


class Scenario(_Part):
    """One of the worlds: where it lies, what has to come before, what follows."""

    id: Identifier | Name
    name: str
    position: dict[str, str]
    preconditions: list[str]
    firms: str
    outcome: str
    passage: Passage
    evidence: list[str] = []
    also: list[Passage] = []
    inferred: bool | list[str] | dict[str, Any] | None = None
    note: str | None = None


class Cause(_Part):
    """A conditional rule: what rises or falls when something else does."""

    id: Identifier
    cause: str
    direction: str
    effect: str
    effect_direction: str
    passage: Passage
    evidence: list[str] = []
    also: list[Passage] = []
    note: str | None = None
    inferred: bool | None = None


class Signpost(_Part):
    """Something to observe; ``points_to`` maps its levels to ends of its axis, ``reads`` records to its levels."""

    id: Identifier
    axis: str
    driver: str | None = None
    ask: str
    scale: str
    guidance: dict[str, str] = {}
    points_to: dict[str, str]
    passage: Passage
    evidence: list[str] = []
    reads: dict[str, str] = {}
    also: list[Passage] = []
    note: str | None = None
    inferred: bool | None = None


class ScenarioFile(_Part):
    """A file of scenarios."""

    id: Name
    name: str
    version: int
    about: str
    sources: list[str]
    also_used: list[str] = []
    axes: list[Axis]
    drivers: list[Driver]
    scenarios: list[Scenario]
    rules: list[Cause]
    scales: dict[str, list[str]]
    signposts: list[Signpost]


@dataclass(frozen=True)
class Reading:
    """What a signpost shows: its possible levels, the ends they point to, from which records, how recent.

    ``scope`` is ``subject`` (records on the subject), ``field`` (on others) or ``unknown``.
    """

    signpost: Signpost
    levels: tuple[str, ...]
    points_to: tuple[str, ...]
    scope: str
    records: tuple[str, ...]
    newest: str | None


@dataclass(frozen=True)
class AxisReading:
    """One axis: which ends are possible, how many signposts point to each, to both (mixed), to neither, are unknown.

    A signpost points to neither end when what is recorded lies between them.
    """

    axis: Axis
    possible: tuple[str, ...]
    counts: Mapping[str, int]
    mixed: int
    neither: int
    unknown: int


@dataclass(frozen=True)
class ScenarioReading:
    """Where the signposts point for a subject, and which scenarios that leaves."""

    subject: str
    file: ScenarioFile
    axes: tuple[AxisReading, ...]
    readings: tuple[Reading, ...]
    possible: tuple[str, ...]


@cache
def shipped(name: str = "europe_china") -> ScenarioFile:
    """A shipped file of scenarios; an unknown name is an error with the nearest known ones."""
    path = SHIPPED / f"{name}.yaml"
    if not path.exists():
        raise nearest(name, [file.stem for file in sorted(SHIPPED.glob("*.yaml"))], "file of scenarios")
    return load(path)


def load(path: Path) -> ScenarioFile:
    """Read and check a file of scenarios."""
    document = read(path)
    found = document.model(ScenarioFile)
    if faults := list(_faults(document, found)):
        refuse(path, faults)
    return found


def _faults(document: Document, found: ScenarioFile) -> list[str]:
    ends = {axis.id: axis.levels for axis in found.axes}
    faults = []
    for n, scenario in enumerate(found.scenarios):
        for axis, end in scenario.position.items():
            if end not in ends.get(axis, []):
                faults.append(
                    document.fault(("scenarios", n, "position", axis), f"no end '{end}' of an axis '{axis}'")
                )
    for n, post in enumerate(found.signposts):
        levels = found.scales.get(post.scale)
        if levels is None:
            faults.append(document.fault(("signposts", n, "scale"), str(nearest(post.scale, found.scales, "scale"))))
            continue
        for level in {*post.points_to, *post.reads.values()} - {*levels, "unknown"}:
            faults.append(document.fault(("signposts", n), str(nearest(level, levels, "level"))))
        for end in set(post.points_to.values()) - set(ends.get(post.axis, [])):
            faults.append(document.fault(("signposts", n, "points_to"), f"no end '{end}' of axis '{post.axis}'"))
    return faults


def scenario(subject: str, book: Casebook, found: ScenarioFile | None = None) -> ScenarioReading:
    """Where the signposts point for a subject, which are unknown, and which scenarios remain possible."""
    found = found or shipped()
    top = subject.partition("/")[0]
    readings = tuple(_reading(post, top, book) for post in found.signposts)
    axes = tuple(_axis(axis, readings) for axis in found.axes)
    possible = {axis.axis.id: axis.possible for axis in axes}
    left = [s.id for s in found.scenarios if all(s.position[name] in possible[name] for name in s.position)]
    return ScenarioReading(subject, found, axes, readings, tuple(left))


def _reading(post: Signpost, subject: str, book: Casebook) -> Reading:
    told = {record: level for record, level in post.reads.items() if level != "unknown" and book.get(record)}
    here = {record: level for record, level in told.items() if _about(record, subject, book)}
    used, scope = (here, "subject") if here else (told, "field") if told else ({}, "unknown")
    levels = tuple(dict.fromkeys(sorted(used.values())))
    ends = tuple(sorted({post.points_to[level] for level in levels if level in post.points_to}))
    dates = [date for record in used if (date := _date(record, book))]
    return Reading(post, levels, ends, scope, tuple(used), max(dates) if dates else None)


def _about(record: str, subject: str, book: Casebook) -> bool:
    entry = book.get(record)
    if entry is None:
        return False
    item = entry[1]
    names = [getattr(item, "subject", None), *(getattr(item, "subjects", None) or [])]
    return any(name and str(name).partition("/")[0] == subject for name in names)


def _date(record: str, book: Casebook) -> str | None:
    entry = book.get(record)
    item = entry[1] if entry else None
    for field in ("period", "in_force", "announced"):
        if value := getattr(item, field, None):
            return str(value).rpartition("..")[2] or str(value).partition("..")[0]
    return None


def _axis(axis: Axis, readings: tuple[Reading, ...]) -> AxisReading:
    about = [reading for reading in readings if reading.signpost.axis == axis.id]
    counts = {end: sum(reading.points_to == (end,) for reading in about) for end in axis.levels}
    mixed = sum(len(reading.points_to) > 1 for reading in about)
    neither = sum(bool(reading.levels) and not reading.points_to for reading in about)
    unknown = sum(not reading.levels for reading in about)
    pointed = {end for reading in about for end in reading.points_to}
    possible = tuple(end for end in axis.levels if end in pointed) or tuple(axis.levels)
    return AxisReading(axis, possible, counts, mixed, neither, unknown)


def plain(found: ScenarioReading) -> dict[str, Any]:
    """The JSON of ``straits scenario``."""
    return {
        "subject": found.subject,
        "axes": [
            {
                "axis": one.axis.id,
                "question": one.axis.question,
                "possible": list(one.possible),
                "signposts": dict(one.counts),
                "mixed": one.mixed,
                "neither": one.neither,
                "unknown": one.unknown,
                "passage": one.axis.passage.model_dump(),
            }
            for one in found.axes
        ],
        "scenarios": [
            {
                "id": one.id,
                "name": one.name,
                "position": one.position,
                "possible": one.id in found.possible,
                "preconditions": one.preconditions,
                "firms": one.firms,
                "outcome": one.outcome,
                "passage": one.passage.model_dump(),
            }
            for one in found.file.scenarios
        ],
        "signposts": [
            {
                "id": one.signpost.id,
                "axis": one.signpost.axis,
                "ask": one.signpost.ask,
                "levels": list(one.levels),
                "points_to": list(one.points_to),
                "scope": one.scope,
                "records": list(one.records),
                "newest": one.newest,
                "passage": one.signpost.passage.model_dump(),
            }
            for one in found.readings
        ],
        "rules": [one.model_dump() for one in found.file.rules],
    }
