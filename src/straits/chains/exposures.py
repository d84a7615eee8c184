"""On whom a chain leaves its user exposed: directly, through the tiers, and at the worst necessary step.

*Direct* is an economy's share of what is used of the product itself; *through the tiers* the share of the product
that would be missing if the economy dropped out everywhere, also as a supplier of suppliers; the *worst necessary
step* is the item that every way to the product takes and of which the economy holds most.  A chain's exposure is
that of its worst necessary step, never a mean.  Location and ownership are told apart.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from straits.chains.denial import items_of, states_of
from straits.chains.feasibility import HERE, View, network
from straits.chains.flows import ALL, NONE, Denial, Flows, left_of_use
from straits.chains.model import Interval
from straits.chains.opening import ChainLike, Who, load
from straits.chains.parties import Actors, Reach, actors, belongs, places_of
from straits.chains.words import called, shortened, some, spoken
from straits.vocabulary.errors import StraitsError

_OPEN = Interval(0.0, 1.0)


@dataclass(frozen=True)
class Step:
    """An economy's share of one item; ``necessary`` when no way to the goal goes without it."""

    item: str
    name: str
    share: Interval
    necessary: bool

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"item": self.item, "name": self.name, "share": self.share.to_list(), "necessary": self.necessary}


@dataclass(frozen=True)
class Exposure:
    """Exposure of one goal to one economy; ``stops`` is ``None`` when an unknown decides."""

    goal: str
    economy: str
    reach: Reach
    direct: Interval
    through_tiers: Interval
    stops: bool | None
    worst: Step | None
    steps: tuple[Step, ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON; shares from 0 to 1."""
        return {
            "goal": self.goal,
            "economy": self.economy,
            "by": self.reach,
            "direct": self.direct.to_list(),
            "through_tiers": self.through_tiers.to_list(),
            "stops": self.stops,
            "worst_necessary_step": self.worst.to_dict() if self.worst else None,
            "steps": [step.to_dict() for step in self.steps],
        }


@dataclass(frozen=True)
class ExposureResult:
    """The answer to ``exposure``: one row an economy, by location and by ownership, the largest first."""

    chain: str
    chain_name: str
    dependent: tuple[str, ...]
    goals: tuple[str, ...]
    rows: tuple[Exposure, ...]
    names: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """The whole answer, for JSON."""
        rows = [row.to_dict() for row in self.rows]
        return {"chain": self.chain, "of": "+".join(self.dependent), "goals": list(self.goals), "rows": rows}

    def to_json(self) -> str:
        """The same as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False)

    def text(self, everything: bool = False) -> str:
        """The answer for a reader; long lists are cut unless ``everything`` is asked for."""
        whom = spoken(self.dependent, self.names) or "everyone"
        lines = [f"{self.chain_name}: on whom it leaves {whom} exposed", NOTE]
        for goal in self.goals:
            told: dict[Reach, list[str]] = {}
            for reach in REACHED:
                rows = [row for row in self.rows if row.goal == goal and row.reach == reach]
                same: dict[str, list[str]] = {}
                for row in rows:
                    same.setdefault(_line(row), []).extend(
                        called(name, self.names) for name in row.economy.split("+")
                    )
                told[reach] = [f"  {some(who, 8)}: {words}" for words, who in same.items()]
            alike = told["location"] == told["ownership"]
            for reach, words in REACHED.items():
                if alike and reach == "ownership":
                    continue
                lines += ["", f"{self.names[goal]}, by {'place of production and by ownership' if alike else words}"]
                lines += shortened(told[reach], None if everything else SHOWN) or ["  nobody outside is named"]
        return "\n".join(lines)


REACHED: Mapping[Reach, str] = {"location": "place of production", "ownership": "ownership"}
SHOWN = 10
"""Economies that a text shows unless all are asked for."""
NOTE = (
    "Shares of use: of the product itself (directly), of what would be missing if the economy dropped out everywhere "
    "(through the tiers), and of the necessary step of which it holds most."
)


def _line(row: Exposure) -> str:
    """What is known of an exposure, without whose it is."""
    direct, tiers = (_known(share) for share in (row.direct, row.through_tiers))
    shares = f"directly {direct}, through the tiers {tiers}"
    if direct == tiers == UNKNOWN:
        shares = f"directly and through the tiers {UNKNOWN}"
    worst = ""
    if row.worst and row.worst.item != row.goal:
        held = _known(row.worst.share)
        worst = f"; worst necessary step {row.worst.name}, {'share ' if held == UNKNOWN else ''}{held}"
    stops = {True: "; stops without it", False: "", None: "; may stop without it"}[row.stops]
    return f"{shares}{worst}{stops}"


UNKNOWN = "not known"


def _known(share: Interval) -> str:
    return UNKNOWN if (share.low, share.high) == (0.0, 1.0) else share.percent()


def exposure(
    chain: ChainLike, dependent: str | Iterable[str], *, goals: Who = None, on: str | None = None
) -> ExposureResult:
    """The dependence of a region on every economy (or on one: ``on``), by location and by ownership."""
    chain = load(chain)
    needy, asked = actors(chain, dependent), actors(chain, on)
    if overlap := needy.economies & asked.economies | needy.firms & asked.firms:
        raise StraitsError(f"{', '.join(sorted(overlap)[:3])} cannot depend on itself: name others with `on`")
    wanted = tuple(items_of(chain, goals)) or chain.goals
    view = View(chain, needy, extraterritorial=True)
    rows: list[Exposure] = []
    reaches: tuple[Reach, ...] = ("location", "ownership")
    for reach in reaches:
        others = [asked] if asked else _others(view, wanted, reach)
        for goal in wanted:
            needed = necessary(view, goal)
            found = [_exposure(view, goal, other, reach, needed) for other in others]
            rows += sorted((row for row in found if row.through_tiers.high > 0 or row.steps), key=_rank)
    return ExposureResult(chain.id, chain.name, needy.names, wanted, tuple(rows), chain.names)


def _rank(row: Exposure) -> tuple[float, float, float, str]:
    worst = row.worst.share if row.worst else NONE
    return (-worst.low, -row.through_tiers.low, -worst.high, row.economy)


def _others(view: View, goals: Iterable[str], reach: Reach) -> list[Actors]:
    """The economies outside the dependent that provide something upstream, each on its own."""
    chain = view.chain
    places = {
        place
        for item in chain.upstream(goals)
        for line in view.lines(item, HERE)
        for place in places_of(line.row, reach)
        if chain.members(place) and not chain.members(place) & view.dependent.economies
    }
    return [actors(chain, place) for place in sorted(places)]


def necessary(view: View, goal: str) -> set[str]:
    """The items without which a goal is not to be had, whatever else is there (the goal itself included)."""
    net = network(view, True, [goal], by_item=True)
    chain = view.chain
    resting = chain.upstream([goal])
    upstream = [item for item in chain.order if item in resting]
    everything = (1 << len(upstream)) - 1
    gone = {item: everything & ~(1 << number) for number, item in enumerate(upstream)}
    delivered = [gone[row.item] if row.id.startswith("item:") else everything for row in net.rows]
    value = net.values(delivered, everything)[net.available[goal, HERE]]
    return {item for number, item in enumerate(upstream) if not value >> number & 1}


def share_of(view: View, item: str, who: Actors, reach: Reach) -> Interval:
    """The share of an item's use that some actors hold; unnamed suppliers may be theirs."""
    lines = view.lines(item, HERE)
    if not lines:
        return NONE
    hits = {True: NONE, None: _OPEN, False: ALL}
    left = [hits[belongs(view.chain, line.row, who, reach)] for line in lines]
    return left_of_use([line.share for line in lines], left).complement()


def _exposure(view: View, goal: str, who: Actors, reach: Reach, needed: set[str]) -> Exposure:
    denial = Denial(who, reach=reach)
    flows = Flows(view, denial, frozenset([goal]))
    steps = []
    resting = view.chain.upstream([goal])
    for item in view.chain.order:
        if item in resting:
            share = share_of(view, item, who, reach)
            named = any(belongs(view.chain, line.row, who, reach) for line in view.lines(item, HERE))
            if named and share.high > 0:
                steps.append(Step(item, view.chain.items[item].name, share, item in needed))
    steps.sort(key=lambda step: (-step.share.low, -step.share.high, step.item))
    worst = next((step for step in steps if step.necessary), None)
    return Exposure(
        goal=goal,
        economy="+".join(who.names),
        reach=reach,
        direct=share_of(view, goal, who, reach),
        through_tiers=flows.lost(goal),
        stops=states_of(view, denial, [goal])[goal],
        worst=worst,
        steps=tuple(steps),
    )
