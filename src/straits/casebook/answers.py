"""What the casebook answers: plain frozen dataclasses, ready for JSON.

``plain(answer)`` is the JSON of every command of the casebook; :mod:`straits.casebook.schemas` documents it.
Unknown is ``null`` with a reason beside it, never a number.
"""

from __future__ import annotations

from dataclasses import dataclass, is_dataclass
from typing import Any


@dataclass(frozen=True)
class ValueShown:
    """A value: ``low`` and ``high`` bound a number (``null`` is open); ``unknown`` is the reason why there is none.

    ``kind`` is number, interval, level, text or unknown; ``shown`` is the value for a reader.
    """

    kind: str
    shown: str
    low: float | None
    high: float | None
    approximate: bool
    strict: bool
    level: str | None
    text: str | None
    unknown: str | None


@dataclass(frozen=True)
class SourceShown:
    """The report that a record comes from: its id, a short citation, its grade and year of publication."""

    id: str
    citation: str
    grade: str | None
    year: int | None


@dataclass(frozen=True)
class LinkShown:
    """Another record that supports, contradicts or supersedes this one, or is so by this one.

    ``relation`` is supports, contradicts, supersedes, supported_by, contradicted_by or superseded_by.
    """

    relation: str
    id: str
    statement: str
    value: str
    unit: str | None
    period: str | None
    source: SourceShown
    locator: str
    grade: str | None


@dataclass(frozen=True)
class EvidenceShown:
    """One piece of evidence.

    ``grade`` is that of the source the report cites (``origin``), else of the report; ``basis`` is stated,
    derived or judged; ``lag_years`` are the years from the end of the period to the publication (``null``:
    unknown); ``links`` go both ways; ``traps`` are known errors of the source that touch this record.
    """

    id: str
    ecosystem: str
    subject: str
    indicator: str
    statement: str
    value: ValueShown
    unit: str | None
    period: str | None
    actors: tuple[str, ...]
    basis: str
    source: SourceShown
    locator: str
    origin: str | None
    grade: str | None
    lag_years: int | None
    scope: tuple[str, ...]
    note: str | None
    links: tuple[LinkShown, ...]
    traps: tuple[str, ...]


@dataclass(frozen=True)
class EvidenceAnswer:
    """The evidence of a subject and of everything below it; ``subjects`` lists what was looked at."""

    subject: str
    name: str
    subjects: tuple[str, ...]
    evidence: tuple[EvidenceShown, ...]


@dataclass(frozen=True)
class RecordShown:
    """A record of another kind by its id: its table, its fields, its source and the traps that touch it."""

    id: str
    table: str
    ecosystem: str
    record: dict[str, Any]
    source: SourceShown
    locator: str
    traps: tuple[str, ...]


@dataclass(frozen=True)
class ActorShown:
    """An organisation or office to watch; ``priority`` is full, half, none or lost as the source marks it.

    ``same`` are records of the same organisation elsewhere in the casebook.
    """

    id: str
    ecosystem: str
    name: str
    aliases: tuple[str, ...]
    kind: str
    home: str
    role: str
    party_state_link: str | None
    priority: str
    subjects: tuple[str, ...]
    source: SourceShown
    locator: str
    note: str | None
    same: tuple[str, ...]


@dataclass(frozen=True)
class EventShown:
    """Something dated; ``date`` is the earliest of announced, in force and ended, by which events are sorted."""

    id: str
    ecosystem: str
    title: str
    kind: str
    date: str
    announced: str | None
    in_force: str | None
    ended: str | None
    actors: tuple[str, ...]
    targets: tuple[str, ...]
    subjects: tuple[str, ...]
    statement: str
    source: SourceShown
    locator: str
    note: str | None


@dataclass(frozen=True)
class EdgeShown:
    """One dependency; ``remark`` says why it answers a question that was asked of other names.

    ``presence`` is none, present or unknown; ``strength`` low, medium, high, total or unknown.
    """

    id: str
    ecosystem: str
    subject: str
    dependent: str
    provider: str
    channel: str
    presence: str
    strength: str
    degree: ValueShown | None
    unit: str | None
    period: str | None
    statement: str
    substitutes: str | None
    basis: str
    evidence: tuple[str, ...]
    source: SourceShown
    locator: str
    note: str | None
    remark: str | None


@dataclass(frozen=True)
class ChannelShown:
    """The dependencies of one direction through one channel.

    ``state`` is present if one edge is, none if all say so, else unknown; a channel without an edge is unknown
    and ``remark`` says that nothing is recorded.
    """

    channel: str
    state: str
    present: int
    none: int
    unknown: int
    edges: tuple[EdgeShown, ...]
    remark: str | None


@dataclass(frozen=True)
class DirectionShown:
    """All channels of one direction: ``dependent`` on ``provider`` (``null`` is anyone)."""

    dependent: str | None
    provider: str | None
    channels: tuple[ChannelShown, ...]


@dataclass(frozen=True)
class DependencyAnswer:
    """Who depends on whom in a subject (``null``: the whole casebook), asked both ways."""

    subject: str | None
    subjects: tuple[str, ...]
    of: str | None
    on: str | None
    directions: tuple[DirectionShown, ...]


@dataclass(frozen=True)
class CellShown:
    """One answer of a published judgement: a level, or ``unknown`` with the reason."""

    outcome: str
    level: str | int | None
    unknown: str | None
    concern: str | None
    locator: str | None
    note: str | None


@dataclass(frozen=True)
class JudgementShown:
    """A published scorecard or risk table, cell by cell."""

    id: str
    ecosystem: str
    scorecard: str
    subject: str
    dependent: str
    provider: str
    cells: tuple[CellShown, ...]
    source: SourceShown
    locator: str
    note: str | None


@dataclass(frozen=True)
class StrengthShown:
    """A strength or weakness that a source attributes to a holder."""

    id: str
    ecosystem: str
    subject: str
    holder: str
    sign: str
    statement: str
    basis: str
    source: SourceShown
    locator: str
    note: str | None


@dataclass(frozen=True)
class InstrumentShown:
    """What a source recommends: kind (protect, promote, partner), dimensions and levels of ambition if it says so."""

    id: str
    ecosystem: str
    name: str
    subject: str
    kind: tuple[str, ...]
    dimensions: tuple[str, ...]
    ambition: tuple[str, ...]
    by: tuple[str, ...]
    addresses: str | None
    statement: str
    source: SourceShown
    locator: str
    note: str | None


@dataclass(frozen=True)
class TrapShown:
    """A known error, contradiction or ambiguity of a source and the records that it touches."""

    id: str
    ecosystem: str
    subject: str
    kind: str
    statement: str
    records: tuple[str, ...]
    found_by: str | None
    why_not: str | None
    source: SourceShown
    locator: str
    note: str | None


@dataclass(frozen=True)
class LostShown:
    """Content that did not survive in the source as we have it, with the reason; nobody may fill it in."""

    id: str
    ecosystem: str
    subject: str
    what: str
    reason: str
    source: SourceShown
    locator: str
    note: str | None


@dataclass(frozen=True)
class NotesShown:
    """Records of one kind that are in, against those that the notes hold; ``share`` is at most 1."""

    have: int
    of: int
    share: float | None


@dataclass(frozen=True)
class TotalsShown:
    """What the casebook holds; ``reverse_edges`` are dependencies of China or a Chinese organisation on others."""

    evidence: int
    edges: int
    reverse_edges: int
    actors: int
    events: int
    published_judgements: int
    lost: int


@dataclass(frozen=True)
class EcosystemShown:
    """What the casebook holds on one ecosystem, and the part of the notes' records that is in.

    ``edges`` are dependencies whether present, denied or unknown; ``share_of_notes`` counts every kind up to
    what the notes hold of it (``null``: the notes are not counted).
    """

    id: str
    name: str
    evidence: int
    edges: int
    reverse_edges: int
    actors: int
    events: int
    published_judgements: int
    lost: int
    strengths: int
    instruments: int
    traps: int
    relations: int
    notes: dict[str, NotesShown]
    share_of_notes: float | None


@dataclass(frozen=True)
class CoverageShown:
    """The counts of the whole casebook and of each ecosystem."""

    totals: TotalsShown
    ecosystems: tuple[EcosystemShown, ...]


def plain(answer: Any) -> Any:
    """An answer, or several, as dictionaries and lists for JSON; ``dataclasses.asdict`` without its deep copies."""
    if isinstance(answer, list | tuple):
        return [plain(item) for item in answer]
    if is_dataclass(answer):
        return {name: plain(value) for name, value in vars(answer).items()}
    if isinstance(answer, dict):
        return {name: plain(value) for name, value in answer.items()}
    return answer
