"""The register's questions: what there is, one measure in full, and what came when."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from straits.controls import answers as shown
from straits.controls.codes import parse
from straits.controls.records import KINDS, Instrument, Item, Measure, first_day, put_off
from straits.controls.register import Register, in_order, status_on
from straits.vocabulary.errors import StraitsError, nearest
from straits.vocabulary.regions import region, regions


class _Cited(Protocol):
    @property
    def source(self) -> str: ...
    @property
    def locator(self) -> str: ...


def latest(register: Register) -> dt.date:
    """The last day that the register tells of: the default day of every question, so that answers do not age."""
    return max(first_day(measure.as_of) for measure in register.measures.values())


# -- what there is -------------------------------------------------------------------------------------------


def measures(
    register: Register,
    state: str | None = None,
    kind: str | None = None,
    instrument: str | None = None,
    category: str | None = None,
    target: str | None = None,
    on: dt.date | None = None,
) -> tuple[shown.MeasureLine, ...]:
    """The measures, by first date; ``on`` is the day whose status is told (default: the register's latest).

    ``state`` and ``target`` are names of regions; a measure aimed at the world is aimed at every target.  ``category``
    is one of China's toolbox (``cn-3``, or its number).
    """
    if kind is not None and kind not in KINDS:
        raise nearest(kind, KINDS, "kind of measure")
    if instrument is not None and instrument not in register.instruments:
        raise nearest(instrument, register.instruments, "instrument")
    drawer = _category(register, category) if category else None
    issuer = region(state).id if state else None
    wanted = region(target).id if target else None
    return tuple(
        _line(register, measure, on or latest(register))
        for measure in in_order(register.measures.values())
        if (issuer is None or measure.state == issuer)
        and (kind is None or measure.kind == kind)
        and (instrument is None or measure.instrument == instrument)
        and (drawer is None or register.instruments[measure.instrument].category == drawer)
        and (wanted is None or aimed_at(measure, wanted) is not False)
    )


def instruments(
    register: Register, state: str | None = None, category: str | None = None
) -> tuple[shown.InstrumentShown, ...]:
    """The instruments with their qualities, in the order of the files: by state and drawer."""
    drawer = _category(register, category) if category else None
    issuer = None if state is None else "multilateral" if state == "multilateral" else region(state).id
    return tuple(
        _instrument(register, item)
        for item in register.instruments.values()
        if (issuer is None or item.state == issuer) and (drawer is None or item.category == drawer)
    )


def categories(register: Register) -> dict[str, dict[str, object]]:
    """The drawers of the toolbox: name, and how many instruments and measures lie in each."""
    return {
        item.id: {
            "number": item.number,
            "name": item.name,
            "instruments": sum(i.category == item.id for i in register.instruments.values()),
            "measures": sum(
                register.instruments[m.instrument].category == item.id for m in register.measures.values()
            ),
        }
        for item in register.categories.values()
    }


def _category(register: Register, text: str) -> str:
    wanted = f"cn-{text}" if text.isdigit() else text.lower()
    if wanted not in register.categories:
        raise nearest(text, register.categories, "category of the toolbox")
    return wanted


def aimed_at(measure: Measure, target: str) -> bool | None:
    """Whether a measure is aimed at a region: true (all of it), false, or ``None`` (part of it, or by end user).

    >>> from straits.controls.load import load
    >>> register = load()
    >>> aimed_at(register.measure("CN-2023-39"), "EU27"), aimed_at(register.measure("CN-2010-RARE-EARTHS-JPN"), "EU27")
    (True, False)
    """
    if target in measure.spared:
        return False
    asked = {member.economy for member in region(target).members}
    hit: set[str] = set()
    for party in measure.targets:
        if party == "world":
            return None if asked & set(measure.spared) else True
        if ":" in party:
            return None
        members = {m.economy for m in regions()[party].members} if party in regions() else {party}
        hit |= asked & members
    return True if hit >= asked else None if hit else False


# -- one measure ---------------------------------------------------------------------------------------------


def show(register: Register, name: str, on: dt.date | None = None) -> shown.MeasureShown | shown.InstrumentShown:
    """A measure (or an instrument) in full; ``on`` is the day whose status is told."""
    if name.strip().lower() in register.instruments:
        return _instrument(register, register.instruments[name.strip().lower()])
    known = {**register.measures, **register.instruments}
    if name.strip().upper() not in register.measures:
        raise nearest(name.strip(), known, "measure or instrument")
    measure = register.measure(name)
    day = on or latest(register)
    others = list(register.measures.values())
    return shown.MeasureShown(
        id=measure.id,
        name=measure.name,
        instrument=measure.instrument,
        instrument_name=register.instruments[measure.instrument].name,
        state=measure.state,
        kind=measure.kind,
        status=status_on(measure, day),
        on=day.isoformat(),
        targets=tuple(measure.targets),
        spared=tuple(measure.spared),
        reach=measure.reach,
        announced=measure.announced,
        in_force=measure.in_force,
        suspended=measure.suspended,
        suspended_until=measure.suspended_until,
        ended=measure.ended,
        as_of=measure.as_of,
        items=tuple(_item(register, item) for item in measure.items),
        purposes=tuple(_aims(register, measure)),
        answers=tuple(
            shown.LinkShown(a.measure, register.measures[a.measure].name, a.basis, source_of(register, a))
            for a in measure.answers
        ),
        answered_by=tuple(
            shown.LinkShown(other, register.measures[other].name, basis, None)
            for other, basis in register.answered_by(measure.id)
        ),
        replaces=tuple(measure.replaces),
        replaced_by=tuple(m.id for m in in_order(others) if measure.id in m.replaces),
        amends=tuple(measure.amends),
        amended_by=tuple(m.id for m in in_order(others) if measure.id in m.amends),
        events=tuple(_event(register, event) for event in measure.events),
        sources=sources_of(register, measure.sources),
        confirmed=measure.confirmed,
        note=measure.note,
    )


def _aims(register: Register, measure: Measure) -> Iterator[shown.AimShown]:
    for basis, aims in (("stated", measure.stated_purposes), ("inferred", measure.inferred_purposes)):
        for aim in aims:
            yield shown.AimShown(aim.purpose, basis, source_of(register, aim))


def _item(register: Register, item: Item) -> shown.ItemShown:
    return shown.ItemShown(
        item.what,
        item.technology,
        tuple(_code(register, code, item) for code in item.codes),
        item.codes_unknown,
        tuple(item.entries),
        tuple(item.materials),
        tuple(item.parameters),
    )


def _code(register: Register, text: str, item: Item) -> shown.CodeShown:
    six = str(parse(text).six)
    known = register.six_digits.get(six)
    return shown.CodeShown(
        text,
        six,
        known.what if known else "",
        known.also or None if known else None,
        six in item.whole,
        tuple(known.hs1992) if known else (),
        known.relation if known else "unknown",
    )


def _event(register: Register, name: str) -> shown.EventShown:
    event = register.events[name]
    source = shown.SourceShown(event.source, register.citation(event.source), event.locator)
    return shown.EventShown(
        event.id, event.title, event.statement, event.announced, event.in_force, event.ended, source
    )


def source_of(register: Register, passage: _Cited) -> shown.SourceShown:
    """A passage with its citation."""
    return shown.SourceShown(passage.source, register.citation(passage.source), passage.locator)


def sources_of(register: Register, passages: Iterable[_Cited]) -> tuple[shown.SourceShown, ...]:
    """Passages with their citations."""
    return tuple(source_of(register, passage) for passage in passages)


def _line(register: Register, measure: Measure, day: dt.date) -> shown.MeasureLine:
    return shown.MeasureLine(
        measure.id,
        measure.name,
        measure.state,
        measure.kind,
        tuple(measure.targets),
        measure.announced,
        measure.in_force,
        measure.suspended,
        measure.ended,
        status_on(measure, day),
        measure.instrument,
        len({code for item in measure.items for code in item.codes}),
        measure.confirmed,
    )


def _instrument(register: Register, item: Instrument) -> shown.InstrumentShown:
    return shown.InstrumentShown(
        item.id,
        item.name,
        item.state,
        register.categories[item.category].name if item.category else None,
        item.status,
        item.first_issued,
        item.last_revised,
        item.ended,
        tuple(item.purposes),
        tuple(item.kinds),
        item.public_list,
        item.discretion,
        item.retaliation_clause,
        item.extraterritorial,
        tuple(item.legal_basis),
        item.statement,
        tuple(measure.id for measure in register.under(item.id)),
        tuple(item.events),
        sources_of(register, item.sources),
        item.note,
    )


# -- what came when ------------------------------------------------------------------------------------------

STEPS = (
    ("announced", "announced"),
    ("in_force", "in force"),
    ("suspended", "suspended"),
    ("suspended_until", "suspended until"),
    ("ended", "ended"),
)


def told_as(measure: Measure, field: str, step: str) -> str:
    """How a step is called: a measure that was suspended before its day in force never came into force then."""
    never = field == "in_force" and put_off(measure.in_force, measure.suspended)
    return "was to be in force" if never else step


def timeline(
    register: Register,
    since: str | None = None,
    until: str | None = None,
    state: str | None = None,
    all_events: bool = False,
) -> shown.Timeline:
    """What came when: the dates of measures and of the casebook's events on controls, in order.

    An event that is linked to a measure and says the same date stands in one row with it.  ``since`` and ``until``
    are dates of any precision, ``state`` the issuing state; ``all_events`` adds the casebook's other dated events.
    """
    for date in (since, until):
        if date is not None:
            _checked(date)
    issuer = region(state).id if state else None
    linked = register.linked()
    rows: dict[tuple[str, str, str], shown.TimelineRow] = {}
    told: set[tuple[str, str]] = set()
    for measure in in_order(register.measures.values()):
        if issuer is None or measure.state == issuer:
            for row, events in _steps_of(register, measure):
                rows[row.date, row.title, row.step] = row
                told |= events
    for event in register.events.values():
        role = (
            "event"
            if event.id in linked or _on_controls(event.subjects) or event.kind in ("control", "sanction")
            else "other"
        )
        if role == "other" and not all_events:
            continue
        if issuer is not None and not _acts(register, event.actors, linked.get(event.id, ()), issuer):
            continue
        for field, step in STEPS:
            date = getattr(event, field, None)
            if date and (event.id, step) not in told:
                source = shown.SourceShown(event.source, register.citation(event.source), event.locator)
                rows[date, event.id, step] = shown.TimelineRow(
                    date, step, event.title, tuple(event.actors), tuple(event.targets), role,
                    tuple(n for n in linked.get(event.id, ()) if n in register.measures), (event.id,), (source,),
                )  # fmt: skip
    within = [
        row
        for row in rows.values()
        if (since is None or row.date >= since) and (until is None or row.date[: len(until)] <= until)
    ]
    found = tuple(sorted(within, key=lambda row: (row.date, row.title, row.step)))
    named = {event for row in found for event in row.events}
    return shown.Timeline(
        found,
        len(named),
        sum(event in linked for event in named),
        (
            "a date known by its year or month stands before the days in it",
            f"{len(register.events)} dated events are loaded from the casebook; "
            + ("all stand here" if all_events else "those on controls stand here, the others with all_events"),
        ),
    )


def _steps_of(register: Register, measure: Measure) -> Iterator[tuple[shown.TimelineRow, set[tuple[str, str]]]]:
    for field, step in STEPS:
        date = getattr(measure, field)
        if not date:
            continue
        same = [e for e in measure.events if agrees(getattr(register.events[e], field, None), date)]
        sources = sources_of(register, measure.sources)
        for name in same:
            event = register.events[name]
            sources = (*sources, shown.SourceShown(event.source, register.citation(event.source), event.locator))
        row = shown.TimelineRow(
            date, told_as(measure, field, step), measure.name, (measure.state,), tuple(measure.targets), "measure",
            (measure.id,), tuple(same), tuple(dict.fromkeys(sources)),
        )  # fmt: skip
        yield row, {(name, step) for name in same}


def agrees(one: str | None, other: str) -> bool:
    """Whether two dates say the same, as far as the coarser one goes."""
    if one is None:
        return False
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def _on_controls(subjects: Sequence[str]) -> bool:
    return any(s.split("/")[0] == "export-controls" or s.endswith("/export-controls") for s in subjects)


def _acts(register: Register, actors: Sequence[str], names: Sequence[str], issuer: str) -> bool:
    if issuer in actors:
        return True
    states = {m.id: m.state for m in register.measures.values()} | {
        i.id: i.state for i in register.instruments.values()
    }
    return any(states[name] == issuer for name in names)


def _checked(date: str) -> None:
    try:
        if not re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", date):
            raise ValueError
        first_day(date)
    except ValueError:
        raise StraitsError(f"'{date}' is not a date: write YYYY, YYYY-MM or YYYY-MM-DD") from None
