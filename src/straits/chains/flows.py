"""How much is lost and when: shares and times carried along a chain, as ranges.

The loss is that of the first moment, before anybody expands: what a withheld line supplied is gone, a maker makes
no more than its scarcest input allows, and what is left is shared in proportion.  Because every item's supply can
only fall when an input's falls, the least and the most that is left follow item by item, exactly: within an item,
the shares that are not known are set to do the most good or harm and still add up to all of the use.  Only where a
maker can mix several recipes that compete for an input with known amounts does it take a linear programme.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from straits.chains.feasibility import HERE, NOTHING, Line, View, Zone
from straits.chains.model import MODES, Interval, Item, Mode, Provision, Recipe
from straits.chains.parties import NOBODY, Actors, Reach, belongs, is_open

ALL = Interval(1.0, 1.0)
NONE = Interval(0.0, 0.0)
NEVER = Interval(math.inf, math.inf)
AT_ONCE = Interval(0.0, 0.0)


@dataclass(frozen=True)
class Denial:
    """Who withholds what, and how: ``at`` names items (empty: all), ``mode`` a way to withhold (``None``: all).

    ``rows`` lists the provisions that are hit for certain when that is already known.
    """

    by: Actors = NOBODY
    at: frozenset[str] = frozenset()
    mode: Mode | None = None
    reach: Reach = "either"
    rows: frozenset[str] | None = None

    def hits(self, view: View, row: Provision) -> bool | None:
        """Whether it stops a provision: yes, no or possibly."""
        if self.at and row.item not in self.at:
            return False
        if self.mode is not None and self.onset(view, row) is None:
            return False
        if (supposed := view.suppose.get(row.id, NOTHING).hit) is not None:
            return supposed
        return self._holds(view, row) if self.by else bool(self.at)

    def _holds(self, view: View, row: Provision) -> bool | None:
        told = belongs(view.chain, row, self.by, self.reach)
        if self.rows is None or is_open(view.chain, row, self.reach):
            return told
        return True if row.id in self.rows else None if told is None else False

    def onset(self, view: View, row: Provision) -> Interval | None:
        """Months until it is felt, before stocks; ``None`` when this provision cannot be withheld in this way."""
        ways = row.modes or usual_modes(view.chain.items[row.item])
        asked = [onset for mode, onset in ways.items() if self.mode in (None, mode)]
        return _first(asked) if asked else None


def usual_modes(item: Item) -> Mapping[Mode, Interval]:
    """The ways in which an item of a kind can be withheld when nothing is stated."""
    unknown, at_once = Interval.months_unknown(), AT_ONCE
    if item.kind == "equipment":
        return {"new_sales": unknown, "spares": unknown}
    if item.kind == "software":
        return {"new_sales": unknown, "software": unknown}
    if item.kind == "knowledge":
        return {"knowledge": unknown}
    if item.kind == "service":
        return {"new_sales": at_once, "spares": at_once}
    return {"new_sales": at_once}


def _first(times: Iterable[Interval]) -> Interval:
    """The earliest of several."""
    told = list(times)
    return Interval(min(time.low for time in told), min(time.high for time in told))


def _last(times: Iterable[Interval]) -> Interval:
    """The latest of several."""
    told = list(times)
    return Interval(max(time.low for time in told), max(time.high for time in told))


# -- how much is left ----------------------------------------------------------------------------------------


@dataclass
class Flows:
    """What a denial leaves of every item in every zone, and when it stops; both as ranges.

    ``only`` restricts the work to what these items rest on.
    """

    view: View
    denial: Denial
    only: frozenset[str] | None = None
    left: dict[tuple[str, Zone], Interval] = field(default_factory=dict)
    stops: dict[tuple[str, Zone], Interval] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wanted = None if self.only is None else self.view.chain.upstream(self.only)
        for item in self.view.chain.order:
            if wanted is not None and item not in wanted:
                continue
            for zone in reversed(self.view.zones):
                self.left[item, zone] = self._item_left(item, zone)
                self.stops[item, zone] = self._item_stops(item, zone)

    # amounts

    def _item_left(self, item: str, zone: Zone) -> Interval:
        if zone == HERE and item in self.view.gone:
            return NONE
        lines = self.view.lines(item, zone)
        kinds = [self.left[kind, zone] for kind in self.view.chain.kinds_of.get(item, ())]
        if lines:
            own = left_of_use([line.share for line in lines], self._lines_left(lines, zone))
        elif recipes := self.view.chain.recipes_of.get(item, ()):
            own = self._made(recipes, (zone,))
        else:
            own = None
        if not kinds:
            return own or NONE
        reading = self.view.kinds(item)
        least, most = min(kind.low for kind in kinds), max(kind.high for kind in kinds)
        scarcest = min(kind.high for kind in kinds)
        if reading == "all":
            return Interval(least, scarcest)
        if own is not None:
            least, most = min(least, own.low), max(most, own.high)
        return Interval(least, most)

    def _lines_left(self, lines: Sequence[Line], zone: Zone) -> list[Interval]:
        """What is left of each line; one of which it is open whether it works may fail once another falls short."""
        left = [self._line_left(line, zone) for line in lines]
        if all(told.low == 1.0 or line.share.high == 0.0 for told, line in zip(left, lines, strict=True)):
            return left
        sure = [self.view.status(line.row) is True for line in lines]
        return [told if known else Interval(0.0, told.high) for told, known in zip(left, sure, strict=True)]

    def _line_left(self, line: Line, zone: Zone) -> Interval:
        hit = self.denial.hits(self.view, line.row) if zone == HERE else False
        if hit:
            return NONE
        made = ALL
        if recipes := self.view.usable(line):
            made = self._made(recipes, line.makers)
        if line.row.host:
            hosts = [self.left[line.row.host, maker] for maker in line.makers]
            made = Interval(min(made.low, hosts[0].low), min(made.high, hosts[-1].high))
        return Interval(0.0 if hit is None else made.low, made.high)

    def _made(self, recipes: Sequence[Recipe], makers: Sequence[Zone]) -> Interval:
        """How much of its usual output a maker can still make; the worse zone first.

        Output is measured against the best recipe that is in use; whether an open one is, nobody knows.
        """
        sure = [recipe for recipe in recipes if self.view.status(recipe)]
        maybe = [recipe for recipe in recipes if self.view.status(recipe) is not False]
        best = max((_kept(recipe) for recipe in maybe), default=1.0)
        usual = max((_kept(recipe) for recipe in sure), default=best)
        low = self._mix(sure, makers[0], best, favour=False)
        high = self._mix(maybe, makers[-1], usual, favour=True)
        return Interval(min(low, high), high)

    def _mix(self, recipes: Sequence[Recipe], zone: Zone, top: float, favour: bool) -> float:
        if not recipes:
            return 0.0
        left = {need.item: self.left[need.item, zone] for recipe in recipes for need in recipe.inputs}
        have = {item: told.high if favour else told.low for item, told in left.items()}
        caps = [min(1.0, _kept(recipe) / top) for recipe in recipes]
        single = [
            min(cap, *(have[need.item] for need in recipe.inputs)) for cap, recipe in zip(caps, recipes, strict=True)
        ]
        if len(recipes) == 1 or max(single) >= 1.0 or sum(value > 0 for value in single) < 2:
            return max(single)
        if all(need.amount is not None for recipe in recipes for need in recipe.inputs):
            return mixture(recipes, have, caps)
        # amounts are not known: no worse than the best recipe alone, no better than all side by side
        return min(1.0, sum(single)) if favour else max(single)

    # times

    def _item_stops(self, item: str, zone: Zone) -> Interval:
        lines = self.view.lines(item, zone)
        kinds = [self.stops[kind, zone] for kind in self.view.chain.kinds_of.get(item, ())]
        if lines:
            own = self._lines_stop(lines, zone)
        elif recipes := self.view.chain.recipes_of.get(item, ()):
            own = self._recipes_stop(recipes, (zone,))
        else:
            own = AT_ONCE
        if zone == HERE and item in self.view.gone:
            return own if lines else AT_ONCE
        if not kinds:
            return own
        reading = self.view.kinds(item)
        any_of, all_of = _last([own, *kinds]), _first(kinds)
        if reading == "any":
            return any_of
        return all_of if reading == "all" else Interval(all_of.low, any_of.high)

    def _lines_stop(self, lines: Sequence[Line], zone: Zone) -> Interval:
        """The item is there until its last line stops."""
        told = [(self.view.status(line.row), self._line_stops(line, zone)) for line in lines]
        return _outlasting(told)

    def _line_stops(self, line: Line, zone: Zone) -> Interval:
        row = line.row
        time = NEVER
        hit = self.denial.hits(self.view, row) if zone == HERE else False
        if hit is not False:
            onset = self.denial.onset(self.view, row) or AT_ONCE
            time = onset if hit else Interval(onset.low, math.inf)
        if recipes := self.view.usable(line):
            time = _first([time, self._recipes_stop(recipes, line.makers)])
        if row.host:
            hosts = [self.stops[row.host, maker] for maker in line.makers]
            time = _first([time, Interval(hosts[0].low, hosts[-1].high)])
        if math.isinf(time.low):
            return time
        return Interval(time.low + row.stock.low, time.high + row.stock.high)

    def _recipes_stop(self, recipes: Iterable[Recipe], makers: Sequence[Zone]) -> Interval:
        told = []
        for recipe in recipes:
            worse = min(self.stops[need.item, makers[0]].low for need in recipe.inputs)
            better = min(self.stops[need.item, makers[-1]].high for need in recipe.inputs)
            told.append((self.view.status(recipe), Interval(worse, better)))
        return _outlasting(told)

    def lost(self, item: str, zone: Zone = HERE) -> Interval:
        """The share of an item's use that is lost."""
        return self.left[item, zone].complement()


def _outlasting(told: Iterable[tuple[bool | None, Interval]]) -> Interval:
    """When the last of several sources stops; those of which it is open whether they work count only at best."""
    known = [(status, time) for status, time in told if status is not False]
    sure = [time.low for status, time in known if status] or [time.low for _, time in known]
    return Interval(max(sure, default=0.0), max((time.high for _, time in known), default=0.0))


def _kept(recipe: Recipe) -> float:
    return 1.0 if recipe.penalty.output is None else recipe.penalty.output


def left_of_use(shares: Sequence[Interval], left: Sequence[Interval]) -> Interval:
    """What is left of an item's use, given what is left of each line.

    The shares may be anything within their intervals that adds up to all of the use; rounded shares that add up
    to a little more or less are scaled.

    >>> left_of_use([Interval(0.6, 0.6), Interval(0.2, 0.3), Interval(0, 1)], [NONE, ALL, Interval(0, 1)])
    Interval(low=0.2, high=0.4, unknown='', approximate=False)
    """
    lows, highs = [share.low for share in shares], [share.high for share in shares]
    if (least := sum(lows)) >= 1.0:
        lows = highs = [low / least for low in lows]
    elif (most := sum(highs)) < 1.0:
        lows = highs = [high / most for high in highs] if most > 0 else [1.0 / len(highs)] * len(highs)
    low = _extreme(lows, highs, [told.low for told in left], worst=True)
    high = _extreme(lows, highs, [told.high for told in left], worst=False)
    return Interval(_within_one(low), _within_one(max(low, high)))


def _extreme(lows: Sequence[float], highs: Sequence[float], values: Sequence[float], worst: bool) -> float:
    """The least or most of a weighted mean over weights within bounds that add up to one (fractional knapsack)."""
    total = sum(low * value for low, value in zip(lows, values, strict=True))
    spare = 1.0 - sum(lows)
    for _, number in sorted((value if worst else -value, number) for number, value in enumerate(values)):
        take = min(spare, highs[number] - lows[number])
        if take > 0:
            total += take * values[number]
            spare -= take
    return total


def _within_one(number: float) -> float:
    return round(min(1.0, max(0.0, number)), 12)


def mixture(recipes: Sequence[Recipe], have: Mapping[str, float], caps: Sequence[float]) -> float:
    """The most that a maker can make by mixing recipes, as a linear programme.

    ``have`` is what is left of each input, as a share of what the recipe that uses most of it needs for full
    output; ``caps`` the most that each recipe yields.
    """
    from scipy.optimize import linprog

    amounts = [{need.item: need.amount or 0.0 for need in recipe.inputs} for recipe in recipes]
    items = sorted(have)
    most = {item: max(amount.get(item, 0.0) for amount in amounts) for item in items}
    rows = [[amount.get(item, 0.0) for amount in amounts] for item in items]
    limits = [have[item] * most[item] for item in items]
    found = linprog(
        [-1.0] * len(recipes),
        A_ub=[*rows, [1.0] * len(recipes)],
        b_ub=[*limits, 1.0],
        bounds=[(0.0, cap) for cap in caps],
        method="highs",
    )
    return _within_one(-float(found.fun))


__all__ = ["MODES", "Denial", "Flows", "left_of_use", "mixture", "usual_modes"]
