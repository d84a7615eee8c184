"""Announced targets against what was observed: met, missed, slipped, overdue or open; and where somebody already leads.

The targets are data (``targets.yaml``): which casebook records announce them, in which order, and which records observe
them.  Numbers and dates are those of the casebook's records; nothing is written twice.  A date that was moved is a
slippage, in months.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from straits.vocabulary import documents
from straits.vocabulary.errors import StraitsError

if TYPE_CHECKING:
    from straits.casebook.casebook import Casebook

FILE = Path(__file__).with_name("targets.yaml")
Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Target(_Strict):
    """One target: ``promises`` are event records in the order made, ``goal`` the evidence record with the number aimed
    at, ``observations`` evidence records of the same indicator.  ``delivered`` is a record that says it was reached.

    A technology without a target in the casebook has neither ``promises`` nor ``goal``: its observations tell the
    position, and the target is unknown.
    """

    id: Name
    technology: str
    title: Annotated[str, Field(min_length=5)]
    who: str
    promises: tuple[str, ...] = ()
    goal: str | None = None
    better: Literal["higher", "lower"] = "higher"
    observations: tuple[str, ...] = ()
    delivered: str | None = None
    note: str = ""

    @model_validator(mode="after")
    def _something(self) -> Target:
        if not self.promises and not self.goal and not self.observations:
            raise ValueError("a target needs promises, a goal or at least observations")
        return self

    @property
    def records(self) -> list[str]:
        """All records it refers to."""
        return [*self.promises, *filter(None, (self.goal, self.delivered)), *self.observations]


@dataclass(frozen=True)
class Progress:
    """How a target stands as of a date.

    ``status``: ``met``, ``missed`` (observed after the date, and short of it), ``slipped`` (the date was moved and the
    last is not past), ``overdue`` (past, and nothing observed since), ``open``, ``unknown`` (no target is known).
    ``needed`` and ``seen`` are changes a year: needed from the last observation to the goal, and seen between the first
    and the last.
    """

    target: Target
    status: str
    due: str
    slipped_months: int
    goal: float | None
    last: str | None
    needed: float | None
    seen: float | None
    unit: str | None
    text: str
    parts: dict[str, Any] = field(default_factory=dict)


class _File(_Strict):
    targets: list[Target]


@cache
def shipped(path: Path = FILE) -> tuple[Target, ...]:
    """The targets of a file.  Faults are one :class:`StraitsError` that names file, line and field."""
    return tuple(records(path, "targets", _File))


def records(path: Path, name: str, kind: type[_Strict]) -> list[Any]:
    """The list ``name`` of a YAML file as models with ids of their own; shared with the risks."""
    document = documents.read(path)
    if not isinstance(document.data, dict):
        raise StraitsError(f"{path.name}: holds no list '{name}'")
    found: list[Any] = getattr(document.model(kind), name)
    ids = [one.id for one in found]
    twice = [n for n, one in enumerate(ids) if one in ids[:n]]
    if twice:
        documents.refuse(path, [document.fault((name, n, "id"), f"'{ids[n]}' is used twice") for n in twice])
    return found


def check(items: Sequence[Any], book: Casebook) -> list[str]:
    """References that the casebook does not have, or has in another table.  Empty when all is well."""
    faults = []
    for item in items:
        for name in item.records:
            if book.get(name) is None:
                faults.append(f"{item.id}: the casebook has no record '{name}'")
        for name in getattr(item, "promises", ()):
            if (found := book.get(name)) is not None and found[0] != "events":
                faults.append(f"{item.id}, promises: '{name}' is in {found[0]}, not in events")
    return faults


def progress(items: Sequence[Target], book: Casebook, as_of: str | None = None) -> list[Progress]:
    """How all targets stand; ``as_of`` (a date) is that of the casebook's newest source when left out."""
    if faults := check(items, book):
        raise StraitsError("\n".join(faults))
    day = as_of or newest(book)
    return [_one(item, book, day) for item in items]


def newest(book: Casebook) -> str:
    """The date of the newest source: what the casebook can know ends there."""
    dates = [source.get("issued", {}).get("date-parts", [[0]])[0] for source in book.sources.values()]
    parts = max(dates, default=[0])
    return "-".join(f"{part:02d}" for part in parts)


def _one(item: Target, book: Casebook, as_of: str) -> Progress:
    promises = [_record(book, name) for name in item.promises]
    dates = [event.in_force or event.ended or event.announced for event in promises]
    goal = _record(book, item.goal) if item.goal else None
    if goal is not None and goal.period and not dates:
        dates = [goal.period.split("..")[-1] or goal.period]
    observed = sorted((_record(book, name) for name in item.observations), key=lambda e: (last_day(e.period), e.id))
    due = dates[-1] if dates else ""
    slipped = max(0, months_from(dates[0], dates[-1])) if len(dates) > 1 else 0
    aim = None if goal is None else (goal.value.low if item.better == "higher" else goal.value.high)
    status = _status(item, due, slipped, aim, observed, as_of)
    needed, seen = _pace(aim, due, observed)
    last = observed[-1] if observed else None
    unit = goal.unit if goal is not None else (last.unit if last is not None else None)
    told = None if last is None else _observed(last)
    text = _told(item, status, due, slipped, aim, last, unit, needed)
    parts = {"records": item.records, "as_of": as_of, "slipped_months": slipped, "note": item.note}
    return Progress(item, status, due, slipped, aim, told, needed, seen, unit, text, parts)


def _record(book: Casebook, name: str) -> Any:
    found = book.get(name)
    assert found is not None  # checked before
    return found[1]


def _status(item: Target, due: str, slipped: int, aim: float | None, observed: Sequence[Any], as_of: str) -> str:
    if item.delivered:
        return "met"
    if not due and aim is None:
        return "unknown"
    reached = [_reached(item, aim, e.value) for e in observed] if aim is not None else []
    if True in reached:
        return "met"
    past = bool(due) and last_day(due) < last_day(as_of)
    if past and any(
        verdict is False and last_day(e.period) >= due for verdict, e in zip(reached, observed, strict=False)
    ):
        return "missed"
    if past:
        return "overdue"
    return "slipped" if slipped else "open"


def _reached(item: Target, aim: float | None, value: Any) -> bool | None:
    """Whether an observed value reaches the goal: yes, no, or it cannot be told."""
    if aim is None or value.kind not in ("number", "interval"):
        return None
    low, high = (value.low, value.high) if item.better == "higher" else _mirrored(value)
    level = aim if item.better == "higher" else -aim
    if low is not None and low >= level:
        return True
    if high is not None and (high < level or (high == level and value.strict)):
        return False
    return None


def _mirrored(value: Any) -> tuple[float | None, float | None]:
    return (None if value.high is None else -value.high), (None if value.low is None else -value.low)


def _pace(aim: float | None, due: str, observed: Sequence[Any]) -> tuple[float | None, float | None]:
    dated = [(last_day(e.period), e.value) for e in observed if e.period and e.value.kind == "number"]
    if not dated:
        return None, None
    (first, start), (last, end) = dated[0], dated[-1]
    years = months_from(last, due) / 12 if due else 0
    needed = None if aim is None or years <= 0 else round((aim - end.low) / years, 2)
    span = months_from(first, last) / 12
    return needed, (round((end.low - start.low) / span, 2) if span > 0 else None)


def _told(
    item: Target,
    status: str,
    due: str,
    slipped: int,
    aim: float | None,
    last: Any,
    unit: str | None,
    needed: float | None,
) -> str:
    words = {
        "met": "met",
        "missed": "missed",
        "slipped": "put off",
        "overdue": "past its date, and nothing observed since",
        "open": "open",
        "unknown": "no target is known",
    }[status]
    text = f"{item.title} ({item.who}): {words}"
    if due:
        text += f"; due {due}"
    if slipped:
        text += f", {slipped} months later than first announced"
    if aim is not None:
        text += f"; goal {aim:g} {unit or ''}".rstrip()
    if last is not None:
        text += f"; last observed: {_observed(last)}"
    if needed is not None and status == "open":
        text += f"; {needed:g} {unit or ''} a year needed".replace("  ", " ")
    return text


def _observed(last: Any) -> str:
    value = str(last.value)
    if last.value.kind == "unknown":
        value = f"not known ({value.partition(':')[2].strip() or 'no reason given'})"
    return " ".join(f"{value} {last.unit or ''} ({last.period or 'undated'})".split())


# -- dates -----------------------------------------------------------------------------------------------------


def last_day(period: str | None) -> str:
    """The last day of a period as a date; an undated one is before all others.

    >>> last_day("2023"), last_day("2019..2023-02"), last_day(None)
    ('2023-12-31', '2023-02-28', '')
    """
    text = (period or "").split("..")[-1] or (period or "").split("..")[0]
    match = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", text)
    if not match:
        return ""
    year, month = int(match[1]), int(match[2] or 12)
    day = int(match[3]) if match[3] else calendar.monthrange(year, month)[1]
    return f"{year:04d}-{month:02d}-{day:02d}"


def months_from(first: str, last: str) -> int:
    """Months between the ends of two periods.

    >>> months_from("2021", "2023")
    24
    """
    a, b = last_day(first), last_day(last)
    return (int(b[:4]) - int(a[:4])) * 12 + int(b[5:7]) - int(a[5:7])
