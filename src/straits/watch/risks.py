"""European capabilities and the attempted or possible transfers of them, as records with evidence.

The records are data (``risks.yaml``) and refer to casebook records by id: the strength that is at risk, and the
evidence on a transfer by trade, investment, people, research or standards.  What is newly at risk is what a record
with a later date, or a record that was not there before, adds.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from straits.vocabulary.errors import StraitsError
from straits.watch.targets import Name, _Strict, check, last_day, records

if TYPE_CHECKING:
    from straits.casebook.casebook import Casebook

FILE = Path(__file__).with_name("risks.yaml")
ROUTES = ("trade", "investment", "people", "research", "standards")


class Risk(_Strict):
    """One possible outflow: ``capability`` is the strength's record, ``evidence`` what says that a transfer was attempted
    (``state`` attempted or completed), stopped (blocked), or could happen (possible).
    """

    id: Name
    technology: str
    title: Annotated[str, Field(min_length=5)]
    holder: str
    towards: str
    route: Literal["trade", "investment", "people", "research", "standards"]
    state: Literal["attempted", "completed", "blocked", "possible"]
    capability: str | None = None
    evidence: Annotated[tuple[str, ...], Field(min_length=1)]
    note: str = ""

    @property
    def records(self) -> list[str]:
        """All records it refers to."""
        return [*([self.capability] if self.capability else []), *self.evidence]


@dataclass(frozen=True)
class Standing:
    """A risk with the last day of its newest evidence (empty: undated), what is said in the order of its records, and
    whether it is new; ``period`` is the date of the newest evidence as the record has it.
    """

    risk: Risk
    latest: str
    statements: tuple[str, ...]
    new: bool
    period: str = ""


class _File(_Strict):
    risks: list[Risk]


@cache
def shipped(path: Path = FILE) -> tuple[Risk, ...]:
    """The risks of a file.  Faults are one :class:`StraitsError` that names file, line and field."""
    return tuple(records(path, "risks", _File))


def standing(
    items: Sequence[Risk], book: Casebook, since: str | None = None, known: Collection[str] = ()
) -> list[Standing]:
    """The risks, what is newly at risk first, then the newest.

    New is what has evidence dated after ``since``; where the ids ``known`` before are given, what is not among them.
    """
    if faults := check(items, book):
        raise StraitsError("\n".join(faults))
    found = [_one(item, book, since, known) for item in items]
    return sorted(found, key=lambda s: (not s.new, "".join(chr(255 - ord(c)) for c in s.latest) or "\xff", s.risk.id))


def _one(item: Risk, book: Casebook, since: str | None, known: Collection[str]) -> Standing:
    said = [found[1] for name in item.records if (found := book.get(name)) is not None]
    dates = [
        getattr(r, "period", None) or getattr(r, "in_force", None) or getattr(r, "announced", None) for r in said
    ]
    latest, period = max(((last_day(date), date or "") for date in dates), default=("", ""))
    later = since is not None and latest > last_day(since)
    unseen = bool(known) and item.id not in known
    return Standing(item, latest, tuple(r.statement for r in said), later or unseen, period)


def by_technology(items: Sequence[Standing]) -> dict[str, dict[str, int]]:
    """How many risks there are of each technology and route, for a table."""
    table: dict[str, dict[str, int]] = {}
    for item in items:
        row = table.setdefault(item.risk.technology, dict.fromkeys(ROUTES, 0))
        row[item.risk.route] += 1
    return dict(sorted(table.items()))
