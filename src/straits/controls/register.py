"""What a loaded register is: instruments and measures by id, the casebook's dated events, and who says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from straits.casebook.casebook import Casebook
from straits.casebook.citations import cited
from straits.casebook.records import Event
from straits.controls.records import (
    Category,
    Instrument,
    Measure,
    SixDigits,
    Source,
    Threshold,
    first_day,
    last_day,
)
from straits.vocabulary.errors import nearest


@dataclass(frozen=True)
class Register:
    """The register: everything by id.  ``book`` is the casebook that its events are read from."""

    book: Casebook = field(repr=False)
    sources: Mapping[str, Source]
    categories: Mapping[str, Category]
    instruments: Mapping[str, Instrument]
    measures: Mapping[str, Measure]
    six_digits: Mapping[str, SixDigits]
    thresholds: Mapping[str, Threshold]

    @cached_property
    def events(self) -> dict[str, Event]:
        """The casebook's dated events by id."""
        return {event.id: event for event in self.book.tables["events"]}

    @cached_property
    def all_sources(self) -> dict[str, dict[str, Any]]:
        """The casebook's sources and the register's own, as CSL-JSON by id."""
        return {**self.book.sources, **{name: _csl(source) for name, source in self.sources.items()}}

    def citation(self, source: str) -> str:
        """The short citation of a source."""
        return cited(self.all_sources[source]).citation

    def measure(self, name: str) -> Measure:
        """The measure of that id; upper or lower case."""
        wanted = name.strip().upper()
        if wanted not in self.measures:
            raise nearest(wanted, self.measures, "measure")
        return self.measures[wanted]

    def under(self, instrument: str) -> list[Measure]:
        """The measures under an instrument, by first date."""
        return [m for m in in_order(self.measures.values()) if m.instrument == instrument]

    def linked(self) -> dict[str, tuple[str, ...]]:
        """Which measures and instruments name each event."""
        found: dict[str, list[str]] = {}
        named = [(m.id, m.events) for m in self.measures.values()]
        named += [(i.id, i.events) for i in self.instruments.values()]
        for name, events in named:
            for event in events:
                found.setdefault(event, []).append(name)
        return {event: tuple(names) for event, names in found.items()}

    def answered_by(self, measure: str) -> list[tuple[str, str]]:
        """The measures that answer one, each with the basis of that word."""
        return [
            (other.id, answer.basis)
            for other in in_order(self.measures.values())
            for answer in other.answers
            if answer.measure == measure
        ]


def in_order(measures: Any) -> list[Measure]:
    """Measures by their first known date, then by id."""
    return sorted(measures, key=lambda m: (m.announced or m.in_force or m.ended or "", m.id))


def in_force_on(measure: Measure, day: dt.date) -> bool | None:
    """Whether a measure was in force on a day; ``None`` when the sources do not settle it.

    A date known by its month or year leaves every day in it open.
    """
    begun = _reached(measure.in_force, day) if measure.in_force else None if _begun(measure, day) else False
    ended = _reached(measure.ended, day) if measure.ended else False
    if begun is False or ended is True:
        return False
    paused = _reached(measure.suspended, day) if measure.suspended else False
    if paused is not False and measure.suspended_until and day > last_day(measure.suspended_until):
        return None  # whether it came back is not in the register
    if paused is True:
        return False
    if begun is None or ended is None or paused is None:
        return None
    return True if day <= last_day(measure.as_of) or measure.ended else None


def _begun(measure: Measure, day: dt.date) -> bool:
    """Whether a measure without a day in force may have begun: it was announced, or is only known to have ended."""
    return measure.announced is None or day >= first_day(measure.announced)


def _reached(date: str, day: dt.date) -> bool | None:
    if day < first_day(date):
        return False
    return True if day >= last_day(date) else None


def status_on(measure: Measure, day: dt.date) -> str:
    """Where a measure stood on a day, in words: ``announced``, ``in force``, ``suspended``, ``ended``, ``unknown``, ``not yet``."""
    if measure.ended and _reached(measure.ended, day):
        return "ended"
    if measure.suspended and _reached(measure.suspended, day):
        until = measure.suspended_until
        return "suspended" if until is None or day <= last_day(until) else "unknown"
    state = in_force_on(measure, day)
    if state:
        return "in force"
    if state is None:
        known = day <= last_day(measure.as_of)
        return "unknown" if known or measure.in_force is None else f"in force when last known ({measure.as_of})"
    first = measure.announced or measure.in_force
    return "announced" if first and day >= first_day(first) else "not yet"


def _csl(source: Source) -> dict[str, Any]:
    parts = [int(part) for part in source.issued.split("-")]
    kind = {"article": "article-newspaper"}.get(source.kind, source.kind)
    entry = {
        "id": source.id,
        "type": kind,
        "title": source.title,
        "author": [{"literal": source.publisher}],
        "publisher": source.publisher,
        "issued": {"date-parts": [parts]},
        "custom": {"grade": "official statistics" if source.kind == "legislation" else "press"},
    }
    return {**entry, "URL": source.url} if source.url else entry
