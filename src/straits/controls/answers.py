"""What the register answers: plain frozen dataclasses, ready for JSON.

Unknown is ``null``; whatever a source does not say is not filled in.  ``to_dict`` of any answer is its JSON.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Shown:
    """What every answer can do: become plain values and JSON."""

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain values, nested as the dataclasses are."""
        return dataclasses.asdict(self)

    def to_json(self) -> str:
        """The same as JSON, keys in a fixed order."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False)


@dataclass(frozen=True)
class SourceShown(Shown):
    """Where a statement stands: source id, short citation, place."""

    source: str
    citation: str
    locator: str


@dataclass(frozen=True)
class MeasureLine(Shown):
    """A measure in one line, with its status on the day asked for."""

    id: str
    name: str
    state: str
    kind: str
    targets: tuple[str, ...]
    announced: str | None
    in_force: str | None
    suspended: str | None
    ended: str | None
    status: str
    instrument: str
    codes: int
    confirmed: bool


@dataclass(frozen=True)
class InstrumentShown(Shown):
    """An instrument with its qualities; ``unknown`` is what no source says."""

    id: str
    name: str
    state: str
    category: str | None
    status: str
    first_issued: str | None
    last_revised: str | None
    ended: str | None
    purposes: tuple[str, ...]
    kinds: tuple[str, ...]
    public_list: str
    discretion: str
    retaliation_clause: str
    extraterritorial: str
    legal_basis: tuple[str, ...]
    statement: str
    measures: tuple[str, ...]
    events: tuple[str, ...]
    sources: tuple[SourceShown, ...]
    note: str | None


@dataclass(frozen=True)
class CodeShown(Shown):
    """A code that a measure names; ``basket`` says what else the six digits hold, ``whole`` whether all is controlled."""

    code: str
    six_digits: str
    what: str
    basket: str | None
    whole: bool
    hs1992: tuple[str, ...]
    relation: str


@dataclass(frozen=True)
class ItemShown(Shown):
    """One controlled item."""

    what: str
    technology: bool
    codes: tuple[CodeShown, ...]
    codes_unknown: str | None
    entries: tuple[str, ...]
    materials: tuple[str, ...]
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class AimShown(Shown):
    """A purpose, stated by the issuing state or inferred by a source."""

    purpose: str
    basis: str
    source: SourceShown


@dataclass(frozen=True)
class LinkShown(Shown):
    """Another measure that this one answers (or that answers it), and on whose word."""

    measure: str
    name: str
    basis: str
    source: SourceShown | None


@dataclass(frozen=True)
class EventShown(Shown):
    """A dated event of the casebook that belongs to a measure."""

    id: str
    title: str
    statement: str
    announced: str | None
    in_force: str | None
    ended: str | None
    source: SourceShown


@dataclass(frozen=True)
class MeasureShown(Shown):
    """A measure in full."""

    id: str
    name: str
    instrument: str
    instrument_name: str
    state: str
    kind: str
    status: str
    on: str
    targets: tuple[str, ...]
    spared: tuple[str, ...]
    reach: str | None
    announced: str | None
    in_force: str | None
    suspended: str | None
    suspended_until: str | None
    ended: str | None
    as_of: str
    items: tuple[ItemShown, ...]
    purposes: tuple[AimShown, ...]
    answers: tuple[LinkShown, ...]
    answered_by: tuple[LinkShown, ...]
    replaces: tuple[str, ...]
    replaced_by: tuple[str, ...]
    amends: tuple[str, ...]
    amended_by: tuple[str, ...]
    events: tuple[EventShown, ...]
    sources: tuple[SourceShown, ...]
    confirmed: bool
    note: str | None


@dataclass(frozen=True)
class TimelineRow(Shown):
    """One dated step: ``step`` is announced, in force, suspended, resumes, ended.

    ``role`` says where it comes from: ``measure`` (the register's date), ``event`` (the casebook's, linked to a measure
    or instrument), ``other`` (the casebook's, not linked).
    """

    date: str
    step: str
    title: str
    by: tuple[str, ...]
    targets: tuple[str, ...]
    role: str
    measures: tuple[str, ...]
    events: tuple[str, ...]
    sources: tuple[SourceShown, ...]


@dataclass(frozen=True)
class Timeline(Shown):
    """Dated steps in order; ``events`` counts the casebook's events among them, ``sources`` the sources."""

    rows: tuple[TimelineRow, ...]
    events: int
    linked: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Cover(Shown):
    """A measure that touches a code.

    ``extent``: ``whole`` (all of the code asked for is controlled), ``part`` (some of it), ``unknown`` (a material is
    named and no code, or what the code holds is not settled).  ``match`` says how code and code were compared.
    """

    measure: str
    name: str
    state: str
    kind: str
    status: str
    items: tuple[str, ...]
    codes: tuple[str, ...]
    extent: str
    match: str
    because: str
    targets: tuple[str, ...]
    announced: str | None
    in_force: str | None
    suspended: str | None
    sources: tuple[SourceShown, ...]


@dataclass(frozen=True)
class Covers(Shown):
    """Which measures cover a code or a list entry; ``basket`` says what else a code of six digits holds."""

    asked: str
    read_as: str
    what: str | None
    basket: str | None
    on: str
    covers: tuple[Cover, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Hit(Shown):
    """Something found: a measure, an instrument, an annex entry, an event, a document, a listed name."""

    kind: str
    id: str
    text: str
    date: str | None
    source: str


@dataclass(frozen=True)
class Found(Shown):
    """What a search found, by kind in a fixed order, the best first within a kind."""

    query: str
    total: int
    by_kind: dict[str, int]
    hits: tuple[Hit, ...]
    searched: tuple[str, ...]


@dataclass(frozen=True)
class ThresholdShown(Shown):
    """One rule applied to a figure: ``caught`` is true, false, or ``null`` when another figure decides."""

    rule: str
    measure: str
    words: str
    also: str | None
    line: str
    value: float
    caught: bool | None
    because: str
    since: str
    until: str | None
    source: SourceShown
    confirmed: bool


@dataclass(frozen=True)
class ThresholdAnswer(Shown):
    """Whether a product is caught: ``yes``, ``no``, ``sources differ`` or ``unknown``; every rule with its source."""

    verdict: str
    parameters: dict[str, float]
    by_parameter: dict[str, str]
    rules: tuple[ThresholdShown, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class CoverageRow(Shown):
    """The part of a region's imports from a provider that falls under the provider's controls, one group and year.

    Money in USD.  ``low`` counts what is certainly controlled, ``high`` what may be: codes that are controlled in part,
    materials without a code, days that the sources leave open.  Shares are of ``imports_usd``; ``null`` when the
    region imported nothing of the group from the provider, or when no measure of the provider names a code.
    """

    group: str
    name: str
    year: int
    imports_usd: int
    low_usd: int
    high_usd: int
    share_low: float | None
    share_high: float | None
    measures: tuple[str, ...]
    codes: tuple[str, ...]
    basket: str | None


@dataclass(frozen=True)
class Growth(Shown):
    """How a share changed: first and last year with imports, and the change in points of share for both bounds.

    ``by_controls_high`` is the part of the change of the upper bound that new controls make at the first year's trade;
    the rest is trade that moved.
    """

    group: str
    first: int
    last: int
    change_low: float | None
    change_high: float | None
    by_controls_high: float | None
    by_trade_high: float | None


@dataclass(frozen=True)
class Coverage(Shown):
    """Coverage by product group and year, over all groups together, and its growth."""

    of: str
    on: str
    years: tuple[int, ...]
    kinds: tuple[str, ...]
    nomenclature: str
    rows: tuple[CoverageRow, ...]
    total: tuple[CoverageRow, ...]
    growth: tuple[Growth, ...]
    sources: tuple[dict[str, Any], ...]
    notes: tuple[str, ...]
