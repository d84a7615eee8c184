"""What a chain is: items made by recipes (OR) from inputs (AND), and who provides them, from where, under whom.

The words are those of Digital Power China, *Reverse Dependency* (2024), chapters 1 and 2: alternative recipes,
complements, a nominal and an effective second source, location and ownership, denial of new tools or of spare
parts.  Shares are fractions of the use of an item; months are months.  An unknown is the whole range, never zero.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeVar

from straits.vocabulary.errors import StraitsError, nearest
from straits.vocabulary.regions import economies, region, regions, short_name

Kind = Literal["material", "component", "equipment", "software", "service", "knowledge", "step", "product"]
KINDS: tuple[Kind, ...] = (
    "material", "component", "equipment", "software", "service", "knowledge", "step", "product",
)  # fmt: skip
Mode = Literal["new_sales", "spares", "software", "knowledge", "market"]
MODES: tuple[Mode, ...] = ("new_sales", "spares", "software", "knowledge", "market")
Reading = Literal["any", "all", "unknown"]
Basis = Literal["stated", "derived", "judged"]

NOT_STATED = "not stated"
UNNAMED = "unnamed"
IN_USE = 7
READINESS = (
    "concept or patent filed",
    "laboratory breakthrough or component in development",
    "prototype with a published test",
    "advertised with a paper specification",
    "announced as imminent or verified by academics",
    "a handful shipped, not used in production",
    "qualified on a test production line",
    "used in high-volume manufacturing",
    "substantial share of the home market",
    "internationally competitive",
)
"""Readiness 0 to 9 (ladder after *Reverse Dependency*, chapter 2).  A source counts from ``IN_USE`` = 7 on, because
specifications on paper say little about use in production."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A number known to lie between ``low`` and ``high`` (equal when exact); ``high`` may be infinite.

    ``unknown`` is the reason when nothing is known and the bounds are the whole scale.

    >>> Interval(0.6, 0.7).width, str(Interval.share_unknown("lost"))
    (0.1, 'unknown (lost)')
    """

    low: float
    high: float
    unknown: str = ""
    approximate: bool = False

    @classmethod
    def exactly(cls, number: float) -> Interval:
        """The interval of one number."""
        return cls(number, number)

    @classmethod
    def share_unknown(cls, reason: str = NOT_STATED) -> Interval:
        """Any share."""
        return cls(0.0, 1.0, reason)

    @classmethod
    def months_unknown(cls, reason: str = NOT_STATED) -> Interval:
        """Any number of months."""
        return cls(0.0, math.inf, reason)

    @property
    def width(self) -> float:
        """How much is open."""
        return round(self.high - self.low, 12)

    def __add__(self, other: Interval) -> Interval:
        both = self.unknown or other.unknown
        return Interval(
            self.low + other.low, self.high + other.high, both if math.isinf(self.high + other.high) else ""
        )

    def complement(self) -> Interval:
        """One minus this share."""
        return Interval(_clean(1 - self.high), _clean(1 - self.low), self.unknown)

    def to_list(self) -> list[float | None]:
        """``[low, high]`` for JSON; an open end is ``None``."""
        return [None if math.isinf(end) else _clean(end) for end in (self.low, self.high)]

    def __str__(self) -> str:
        if self.unknown:
            return f"unknown ({self.unknown})"
        return f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"

    def percent(self) -> str:
        """A share for a reader.

        >>> Interval(0.933, 1).percent(), Interval(1, 1).percent(), Interval(0, 1).percent()
        ('93.3 to 100 %', '100 %', '0 to 100 %')
        """
        mark = "~" if self.approximate else ""
        low, high = f"{100 * self.low:.3g}", f"{100 * self.high:.3g}"
        return f"{mark}{low} %" if low == high else f"{mark}{low} to {high} %"

    def months(self) -> str:
        """A duration for a reader.

        >>> Interval(1, 12).months(), Interval(2, math.inf).months(), Interval(0, math.inf).months()
        ('1 to 12 months', '2 months or more', 'unknown')
        """
        if math.isinf(self.low):
            return "never"
        if math.isinf(self.high):
            return "unknown" if self.low == 0 else f"{_months(self.low)} or more"
        return _months(self.low) if self.low == self.high else f"{self.low:g} to {_months(self.high)}"


def _months(number: float) -> str:
    return "1 month" if number == 1 else f"{number:g} months"


def _clean(number: float) -> float:
    """Without the dust of binary fractions."""
    return round(number, 12) + 0.0


NEGLIGIBLE = Interval(0.0, 0.01, "called negligible")


@dataclass(frozen=True, slots=True)
class Cited:
    """Where a fact comes from: source and locator, evidence ids of the casebook, and how it was obtained."""

    source: str = ""
    locator: str = ""
    evidence: tuple[str, ...] = ()
    basis: Basis = "stated"
    note: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """A column of the drawing, in order."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Provider:
    """A firm or an economy; ``home`` is the economy of its owners (an economy's home is itself)."""

    id: str
    name: str
    kind: Literal["firm", "economy", "unnamed"]
    home: str = ""
    cited: Cited = field(default_factory=Cited)


@dataclass(frozen=True, slots=True)
class Penalty:
    """What a recipe costs against the best one: factors of time and cost, share of output kept, cap in words."""

    time: float | None = None
    cost: float | None = None
    output: float | None = None
    cap: str = ""
    note: str = ""

    def __str__(self) -> str:
        parts = [f"{name} x{value:g}" for name, value in (("time", self.time), ("cost", self.cost)) if value]
        parts += [f"output {100 * self.output:g} %"] if self.output is not None else []
        return "; ".join([*parts, *(text for text in (self.cap, self.note) if text)]) or "none stated"

    def to_dict(self) -> dict[str, object]:
        """For JSON."""
        return {"time": self.time, "cost": self.cost, "output": self.output, "cap": self.cap, "note": self.note}


@dataclass(frozen=True, slots=True)
class Input:
    """One necessary input of a recipe; ``amount`` is the quantity a unit of output takes, where known."""

    item: str
    amount: float | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to make an item: all inputs are needed.  ``readiness`` below 7 is not yet a way to make it."""

    id: str
    item: str
    name: str
    inputs: tuple[Input, ...]
    penalty: Penalty = field(default_factory=Penalty)
    readiness: Interval = Interval(IN_USE, 9)
    cited: Cited = field(default_factory=Cited)

    @property
    def status(self) -> bool | None:
        """Works, does not, or unknown."""
        return in_use(self.readiness)


@dataclass(frozen=True, slots=True)
class Provision:
    """Who provides how much of an item.

    ``share`` is the nominal share of use, ``effective`` what buyers can really turn to (``None``: follows from
    readiness and share).  ``location`` is where it is made, ``owner`` the economy that owns the maker; both may be
    a region, several economies or all but some (one of them, not known which), or empty (unknown).  ``buyer``
    restricts the share to one buyer's use.  ``stock`` is how long buyers can go on without deliveries,
    ``lead_time`` how long replacing this source takes, ``host`` the item that must be made for this to come out at
    all, ``recipes`` those the maker can use (empty: all), ``modes`` the onset of each way to withhold.
    """

    id: str
    item: str
    provider: str
    share: Interval
    effective: Interval | None = None
    location: str = ""
    owner: str = ""
    buyer: str = ""
    exclusive: bool = False
    stock: Interval = Interval(0.0, math.inf, NOT_STATED)
    lead_time: Interval = Interval(0.0, math.inf, NOT_STATED)
    readiness: Interval | None = None
    host: str = ""
    recipes: tuple[str, ...] = ()
    modes: Mapping[Mode, Interval] = field(default_factory=dict)
    negligible: bool = False
    cited: Cited = field(default_factory=Cited)

    @property
    def status(self) -> bool | None:
        """Whether buyers can turn to it: yes, no, or unknown.

        An effective share decides; else the readiness (in use from 7 on); else it is in use because somebody
        lists it, unless its share is called negligible, which leaves it open.
        """
        if self.effective is not None:
            return True if self.effective.low > 0 else None if self.effective.high > 0 else False
        if self.readiness is not None:
            return in_use(self.readiness)
        return None if self.negligible else True


def in_use(readiness: Interval) -> bool | None:
    """Whether a readiness level means use in production.

    >>> in_use(Interval(8, 8)), in_use(Interval(3, 5)), in_use(Interval(4, 9))
    (True, False, None)
    """
    return True if readiness.low >= IN_USE else False if readiness.high < IN_USE else None


@dataclass(frozen=True, slots=True)
class Item:
    """A material, component, tool, software, service, body of knowledge, step or product, in one grade.

    ``kind_of`` names the wider item that this is a kind of; ``kinds`` says how a wider item is served by its
    kinds: by *any* of them, only by *all* of them, or *unknown*.  ``told_twice``: its provisions tell the same supply
    by economy and again by firm.  ``build`` is how long a new source takes from
    nothing.
    """

    id: str
    name: str
    kind: Kind
    grade: str = ""
    stage: str = ""
    kind_of: str = ""
    kinds: Reading = "any"
    told_twice: bool = False
    build: Interval = Interval(0.0, math.inf, NOT_STATED)
    subject: str = ""
    cited: Cited = field(default_factory=Cited)


@dataclass(frozen=True, slots=True)
class Control:
    """A restriction: who restricts which item against whom; ``until`` is empty while it is in force.

    ``against`` may be ``world``: everyone but those who restrict.
    """

    item: str
    by: tuple[str, ...]
    against: tuple[str, ...]
    since: str = ""
    until: str = ""
    cited: Cited = field(default_factory=Cited)


@dataclass(frozen=True, slots=True)
class Market:
    """The share of an item's sales that goes to one buyer: what its providers lose when they stop selling there."""

    item: str
    buyer: str
    share: Interval
    seller: str = ""
    cited: Cited = field(default_factory=Cited)


@dataclass(frozen=True)
class Chain:
    """A chain: everything on file, by id, and the order in which things are made.

    ``goals`` are the products the questions are about.  ``rounding`` is the precision (as a fraction) to which
    shares are printed in the source, so that a column of rounded shares may add up to a little over one.
    """

    id: str
    name: str
    summary: str
    goals: tuple[str, ...]
    stages: Mapping[str, Stage]
    items: Mapping[str, Item]
    recipes: Mapping[str, Recipe]
    providers: Mapping[str, Provider]
    provisions: tuple[Provision, ...]
    controls: tuple[Control, ...] = ()
    markets: tuple[Market, ...] = ()
    as_of: str = ""
    rounding: float = 0.0
    sources: tuple[str, ...] = ()
    places: Mapping[tuple[str, str], str] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def recipes_of(self) -> Mapping[str, tuple[Recipe, ...]]:
        """The recipes of each item, in file order."""
        return _grouped(self.recipes.values())

    @cached_property
    def provisions_of(self) -> Mapping[str, tuple[Provision, ...]]:
        """The provisions of each item, in file order."""
        return _grouped(self.provisions)

    @cached_property
    def kinds_of(self) -> Mapping[str, tuple[str, ...]]:
        """The kinds of each wider item."""
        found: dict[str, list[str]] = {}
        for item in self.items.values():
            if item.kind_of:
                found.setdefault(item.kind_of, []).append(item.id)
        return {wide: tuple(kinds) for wide, kinds in found.items()}

    def accounts(self, item: str) -> dict[tuple[str, bool], tuple[Provision, ...]]:
        """The accounts of an item's supply, by buyer and by whether they count firms: each adds up to 100 % at most.

        The same supply may be told twice, by economy and by firm (the item says so); unnamed providers belong to
        both.
        """
        found: dict[tuple[str, bool], list[Provision]] = {}
        rows = self.provisions_of.get(item, ())
        if not self.items[item].told_twice:
            for row in rows:
                found.setdefault((row.buyer, False), []).append(row)
            return {key: tuple(group) for key, group in found.items()}
        for row in rows:
            if (kind := self._kind(row)) != UNNAMED:
                found.setdefault((row.buyer, kind == "firm"), []).append(row)
        for row in rows:
            if self._kind(row) == UNNAMED:
                keys = [key for key in found if key[0] == row.buyer] or [(row.buyer, False)]
                for key in keys:
                    found.setdefault(key, []).append(row)
        return {key: tuple(group) for key, group in found.items()}

    def _kind(self, row: Provision) -> str:
        known = self.providers.get(row.provider)
        if known:
            return known.kind
        return UNNAMED if row.provider in (UNNAMED, "world") else "economy"

    def needs(self, item: str) -> set[str]:
        """What an item rests on directly: inputs of its recipes, its kinds, and hosts of its provisions."""
        needed = {entry.item for recipe in self.recipes_of.get(item, ()) for entry in recipe.inputs}
        needed |= set(self.kinds_of.get(item, ()))
        return needed | {entry.host for entry in self.provisions_of.get(item, ()) if entry.host}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """All items, inputs before what is made of them.

        Raises :class:`StraitsError` that shows the cycle when there is one.
        """
        done: dict[str, bool] = {}
        order: list[str] = []
        for start in self.items:
            if start in done:
                continue
            path = [(start, iter(sorted(self.needs(start))))]
            done[start] = False
            while path:
                item, rest = path[-1]
                for need in rest:
                    if need not in done:
                        done[need] = False
                        path.append((need, iter(sorted(self.needs(need)))))
                        break
                    if not done[need]:
                        names = [name for name, _ in path]
                        raise CycleError((*names[names.index(need) :], need))
                else:
                    done[item] = True
                    order.append(item)
                    path.pop()
        return tuple(order)

    def upstream(self, goals: Iterable[str]) -> set[str]:
        """The goals and everything they rest on."""
        found: set[str] = set()
        todo = list(goals)
        while todo:
            item = todo.pop()
            if item not in found:
                found.add(item)
                todo += self.needs(item)
        return found

    @cached_property
    def period(self) -> dt.date:
        """The day as of which regions have their members."""
        parts = [int(part) for part in self.as_of.split("-")] if self.as_of else [2024]
        return dt.date(*[*parts, 1, 1][:3])

    def item(self, name: str) -> Item:
        """The item with that id or name."""
        if name in self.items:
            return self.items[name]
        by_name = {item.name.casefold(): item for item in self.items.values()}
        if name.casefold() in by_name:
            return by_name[name.casefold()]
        raise nearest(name, [*self.items, *(item.name for item in self.items.values())], f"item of chain {self.id}")

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The names of items and providers by id, for a reader."""
        places = {place for row in self.provisions for place in (row.location, row.owner, row.buyer) if place}
        told = {place: place_name(place) for place in places}
        told |= {provider.id: provider.name for provider in self.providers.values()}
        return told | {item.id: item.name for item in self.items.values()}

    def provider_name(self, provider: str) -> str:
        """A provider's name for a reader."""
        known = self.providers.get(provider)
        return known.name if known else provider

    def members(self, place: str) -> frozenset[str]:
        """The economies of a place; of an unknown one, none."""
        return members(place, self.period)

    def members_or_none(self, name: str) -> frozenset[str]:
        """The economies of a place, none for a firm."""
        return frozenset() if name in self.providers or not is_place(name) else self.members(name)


class CycleError(StraitsError):
    """Items that are made of each other."""

    def __init__(self, items: tuple[str, ...]) -> None:
        super().__init__(f"made of itself: {' <- '.join(items)}")
        self.items = items


_MEMBERS: dict[tuple[str, dt.date], frozenset[str]] = {}


def members(place: str, period: dt.date) -> frozenset[str]:
    """The economies of a place in a period; ``world``, ``unknown`` and nothing have none to name.

    A place is an economy or region (``NLD``, ``EU27``), several of them (``AUS+GIN``), or all but some
    (``not CHN``).

    >>> day = dt.date(2024, 1, 1)
    >>> sorted(members("AUS+GIN", day)), len(members("EU27", day)), "CHN" in members("not CHN+RUS", day)
    (['AUS', 'GIN'], 28, False)
    """
    if not place or place in ("world", "unknown"):
        return frozenset()
    if (place, period) not in _MEMBERS:
        found = frozenset[str]().union(*(region(part).economies(period) or {part} for part in parts_of(place)))
        _MEMBERS[place, period] = frozenset(economies()) - found if is_outside(place) else found
    return _MEMBERS[place, period]


OUTSIDE = "not "


def is_outside(place: str) -> bool:
    """Whether a place is told as all but some economies."""
    return place.casefold().startswith(OUTSIDE)


def parts_of(place: str) -> tuple[str, ...]:
    """The economies and regions that a place names.

    >>> parts_of("not CHN+RUS")
    ('CHN', 'RUS')
    """
    return tuple(part.strip() for part in (place[len(OUTSIDE) :] if is_outside(place) else place).split("+"))


def is_place(name: str) -> bool:
    """Whether every part of a place is an economy's code or a region's id."""
    return all(part in economies() or part in regions() for part in parts_of(name))


def place_name(place: str) -> str:
    """A place for a reader.

    >>> place_name("not CHN"), place_name("AUS+GIN+IDN"), place_name("NLD")
    ('outside China, not known where', 'Australia, Guinea or Indonesia', 'Netherlands')
    """
    if place in ("", "unknown", "world"):
        return place or "unknown"
    *names, last = [short_name(part) for part in parts_of(place)]
    told = f"{', '.join(names)} or {last}" if names else last
    return f"outside {told}, not known where" if is_outside(place) else told


_Row = TypeVar("_Row", Recipe, Provision)


def _grouped(rows: Iterable[_Row]) -> dict[str, tuple[_Row, ...]]:
    found: dict[str, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.item, []).append(row)
    return {item: tuple(group) for item, group in found.items()}
