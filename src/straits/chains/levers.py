"""What two sides can deny each other, who loses more, what it costs the denier, and what is already in use.

Each direction is one aimed denial of everything (:mod:`straits.chains.denial`).  The asymmetry is what the one side
loses less what the other loses; *after blowback* takes off what the denial costs the denier's side through the
goods that the dependent then fails to deliver.  Controls in force name the steps whose leverage is already used.
What comes from one of several economies, or from abroad and nobody says where, may be the denier's: it is told
apart, and is no lever until somebody finds out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from straits.chains.denial import DenialResult, Loss, Setting, answer, becomes, without_unnamed
from straits.chains.feasibility import HERE, View
from straits.chains.flows import Flows
from straits.chains.model import Chain, Control, Interval
from straits.chains.opening import ChainLike, Who, load
from straits.chains.parties import Actors, actors, belongs, may_hold
from straits.chains.words import capital, others, portion, shortened, some, spoken
from straits.vocabulary.regions import economies


@dataclass(frozen=True)
class Lever:
    """One item that one side can withhold from the other, on which a goal of the other rests.

    ``output_lost`` is what is lost of the item, ``goals_lost`` what withholding it alone takes of the goal hit most.
    """

    item: str
    name: str
    stops: bool | None
    output_lost: Interval
    bites: Interval
    controlled: bool
    goals_lost: Interval

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "item": self.item,
            "name": self.name,
            "stops": self.stops,
            "output_lost": self.output_lost.to_list(),
            "bites_after_months": self.bites.to_list(),
            "controlled": self.controlled,
            "goals_lost": self.goals_lost.to_list(),
        }


@dataclass(frozen=True)
class Unplaced:
    """A share of an item's use by the dependent that comes from one of several economies, not known which."""

    item: str
    name: str
    place: str
    place_name: str
    share: Interval

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"item": self.item, "name": self.name, "place": self.place, "share": self.share.to_list()}


@dataclass(frozen=True)
class Direction:
    """What one side can do to the other: levers, losses of the goals, blowback, and the net of both.

    ``without_effect`` are items that it could withhold and on which no goal of the other side rests; ``used`` are
    those already under its controls, ``ended`` those whose control was over when the chain's shares hold.
    ``unplaced`` is what the one side may hold: the source says only where it does not come from, or names several.
    """

    by: tuple[str, ...]
    against: tuple[str, ...]
    levers: tuple[Lever, ...]
    without_effect: tuple[str, ...]
    used: tuple[str, ...]
    ended: tuple[str, ...]
    unplaced: tuple[Unplaced, ...]
    lost: Mapping[str, Interval]
    blowback: Mapping[str, Interval]
    net: Mapping[str, Interval]
    denial: DenialResult

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "by": "+".join(self.by),
            "against": "+".join(self.against),
            "levers": [lever.to_dict() for lever in self.levers],
            "may_hold": [entry.to_dict() for entry in self.unplaced],
            "without_effect": list(self.without_effect),
            "already_used": list(self.used),
            "controls_ended": list(self.ended),
            "output_lost": {goal: lost.to_list() for goal, lost in self.lost.items()},
            "blowback": {goal: lost.to_list() for goal, lost in self.blowback.items()},
            "after_blowback": {goal: net.to_list() for goal, net in self.net.items()},
            "sales_lost": self.denial.blowback.to_dict()["sales_lost"],
        }


@dataclass(frozen=True)
class LeverageResult:
    """The answer to ``leverage``: both directions, and the difference of what each side loses, goal by goal."""

    chain: str
    chain_name: str
    one: Direction
    other: Direction
    asymmetry: Mapping[str, Interval]
    names: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """The whole answer, for JSON."""
        return {
            "chain": self.chain,
            "between": ["+".join(self.one.by), "+".join(self.other.by)],
            "directions": [self.one.to_dict(), self.other.to_dict()],
            "asymmetry": {goal: gap.to_list() for goal, gap in self.asymmetry.items()},
        }

    def to_json(self) -> str:
        """The same as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False)

    def text(self, everything: bool = False) -> str:
        """The answer for a reader; long lists are cut unless ``everything`` is asked for."""
        one, other = (spoken(side.by, self.names) for side in (self.one, self.other))
        lines = [f"{self.chain_name}: leverage between {one} and {other}"]
        for side in (self.one, self.other):
            lines += ["", f"{capital(spoken(side.by, self.names))} over {spoken(side.against, self.names)}"]
            lines += shortened(self._levers(side), None if everything else SHOWN)
            lines += self._beside(side)
            lines += [f"  All of it together, {self._sum(side, goal)}" for goal in side.lost]
        lines += ["", "Asymmetry"]
        lines += [f"  {self.names[goal]}: {_who_loses(gap, one, other)}" for goal, gap in self.asymmetry.items()]
        return "\n".join(lines)

    def _levers(self, side: Direction) -> list[str]:
        whom = "the goal" if len(side.lost) == 1 else "the goal hit most"
        lines = []
        for lever in side.levers:
            loss = Loss(lever.item, lever.name, lever.stops, lever.output_lost, lever.output_lost, lever.bites)
            costs = portion(lever.goals_lost) if lever.goals_lost.high else "nothing, as it is made elsewhere"
            alone = "" if lever.item in side.lost else f"; alone it costs {whom} {costs}"
            used = "; already under control" if lever.controlled else ""
            lines.append(f"  {lever.name}: {becomes(loss)}{alone}{used}")
        return lines or [
            f"  No lever: it holds nothing on which the goals of {spoken(side.against, self.names)} rest"
        ]

    def _beside(self, side: Direction) -> Iterator[str]:
        """Controls on what is no lever, controls that ended, what has no effect, what nobody can place."""
        names, levers = self.names, {lever.item for lever in side.levers}
        for items, words in (
            ([item for item in side.used if item not in levers], "Under control, with nothing more to withhold"),
            (side.ended, "Under a control that has ended, so free to be used again"),
            (side.without_effect, "Could be withheld without any effect on a goal"),
        ):
            if items:
                yield f"  {words}: {some([names[item] for item in items], 8)}"
        for entry in side.unplaced:
            yield (
                f"  {entry.name}: {portion(entry.share)} comes from {entry.place_name}; how much of that "
                f"{spoken(side.by, names)} could withhold is not known"
            )

    def _sum(self, side: Direction, goal: str) -> str:
        lost, back = side.lost[goal], side.blowback[goal]
        if not lost.high and not back.high:
            return f"{self.names[goal]}: not touched"
        return (
            f"{self.names[goal]}: {portion(lost)} lost; lost to {others(side.against, self.names)}: "
            f"{portion(back) if back.high else 'nothing'}; net {_net(side.net[goal])}"
        )


SHOWN = 12
"""Levers that a text shows unless all are asked for."""


def _points(gap: Interval) -> str:
    low, high = (f"{100 * end + 0.0:.3g}" for end in (gap.low, gap.high))
    return f"{low} points" if low == high else f"{low} to {high} points"


def _net(gap: Interval) -> str:
    return "not known" if gap.low <= -1 and gap.high >= 1 else _points(gap)


def _who_loses(gap: Interval, one: str, other: str) -> str:
    """Who loses how many points more; the gap is what the other loses less what the one loses."""
    if not gap.low and not gap.high:
        return "neither side loses more"
    if gap.low >= 0:
        return f"{other} loses {_points(gap)} more"
    if gap.high <= 0:
        return f"{one} loses {_points(Interval(-gap.high, -gap.low))} more"
    if gap.low <= -1 and gap.high >= 1:
        return "not known"
    ends = f"{other} losing {100 * gap.high:.3g} points more and {one} losing {-100 * gap.low:.3g} points more"
    return f"not known: anything between {ends}"


def leverage(
    chain: ChainLike,
    one: str | Iterable[str],
    other: str | Iterable[str],
    *,
    goals: Who = None,
    mode: str | None = None,
    extraterritorial: bool = False,
) -> LeverageResult:
    """Both directions between two regions, economies or groups of them."""
    chain = load(chain)
    told = [
        _direction(chain, by, against, goals, mode, extraterritorial) for by, against in ((one, other), (other, one))
    ]
    gaps = {goal: _difference(told[0].lost[goal], told[1].lost[goal]) for goal in told[0].lost}
    return LeverageResult(chain.id, chain.name, told[0], told[1], gaps, chain.names)


def _direction(
    chain: Chain,
    by: str | Iterable[str],
    against: str | Iterable[str],
    goals: str | Iterable[str] | None,
    mode: str | None,
    extraterritorial: bool,
) -> Direction:
    setting = Setting.of(chain, by, against, None, mode, goals, extraterritorial)
    result = answer(setting, unknowns=False)
    hit = {loss.item: loss for loss in result.hit}
    by_both = actors(chain, by), actors(chain, against)
    used, ended = controlled(chain, *by_both), controlled(chain, *by_both, ended=True)
    named, needed = without_unnamed(setting.view, setting.denial), resting(setting.view, setting.goals, by_both[0])
    levers = []
    for item in (item for item in result.withheld if item in needed and item in hit):
        told = hit[item]
        if told.named.high > 0 or told.stops is not False:
            alone = Flows(named, replace(setting.denial, at=frozenset([item])), frozenset(setting.goals))
            costs = [alone.lost(goal) for goal in setting.goals]
            worst = Interval(max(cost.low for cost in costs), max(cost.high for cost in costs))
            levers.append(Lever(item, told.name, told.stops, told.named, told.bites, item in used, worst))
    levers.sort(key=_rank)
    chosen = {lever.item for lever in levers}
    idle = tuple(item for item in result.withheld if item not in chosen and item not in used)
    lost = {loss.item: loss.named for loss in result.goals}
    back = {loss.item: loss.named for loss in result.blowback.inputs}
    blowback = {goal: back.get(goal, Interval(0.0, 0.0)) for goal in lost}
    net = {goal: _difference(lost[goal], blowback[goal]) for goal in lost}
    may = tuple(unplaced(setting))
    return Direction(
        by=result.denied_by,
        against=result.dependent,
        levers=tuple(levers),
        without_effect=idle,
        used=tuple(item for item in chain.order if item in used),
        ended=tuple(item for item in chain.order if item in ended - used),
        unplaced=may,
        lost=lost,
        blowback=blowback,
        net=net,
        denial=result,
    )


def _rank(lever: Lever) -> tuple[float, float, float, float, str]:
    goals, lost = lever.goals_lost, lever.output_lost
    return (-goals.low, -lost.low, -goals.high, -lost.high, lever.item)


def resting(view: View, goals: Iterable[str], by: Actors) -> set[str]:
    """What the dependent's goals rest on, by any way that is or may be in use and is not the deniers' own.

    What only the deniers' own makers use is not among it: to withhold that from the dependent touches nobody.
    """
    chain, found, todo = view.chain, set[str](), list(goals)
    while todo:
        item = todo.pop()
        if item in found:
            continue
        found.add(item)
        todo += chain.kinds_of.get(item, ())
        lines = view.lines(item, HERE)
        used = [line for line in lines if line.share.high > 0 and view.status(line.row) is not False]
        others = [line for line in used if not belongs(chain, line.row, by)]
        recipes = [recipe for line in others for recipe in view.usable(line)]
        if not lines:
            recipes = list(chain.recipes_of.get(item, ()))
        todo += [need.item for recipe in recipes if view.status(recipe) is not False for need in recipe.inputs]
        todo += [line.row.host for line in others if line.row.host]
    return found


def unplaced(setting: Setting) -> Iterable[Unplaced]:
    """What the dependent uses from economies that are told only as a group to which the deniers belong."""
    view, by, chain = setting.view, setting.denial.by, setting.view.chain
    needed = resting(view, setting.goals, by)
    for item in (item for item in chain.order if item in needed):
        shares: dict[str, Interval] = {}
        for line in view.lines(item, HERE):
            place = line.row.location
            abroad = not chain.members(place) & view.dependent.economies and view.status(line.row) is not False
            if abroad and line.share.high > 0 and may_hold(chain, line.row, by, "location"):
                before = shares.get(place, Interval(0.0, 0.0))
                shares[place] = Interval(before.low + line.share.low, min(1.0, before.high + line.share.high))
        for place, share in shares.items():
            yield Unplaced(item, chain.items[item].name, place, chain.names[place], share)


def controlled(chain: Chain, by: Actors, against: Actors, ended: bool = False) -> set[str]:
    """The items that these actors restrict against those in the chain's period, or whose control has ended by then."""
    found = set()
    for control in chain.controls:
        makers = actors(chain, control.by)
        ours = makers.economies & by.economies or makers.firms & by.firms
        if ours and _targets(chain, control, makers) & against.economies and has_ended(chain, control) is ended:
            found.add(control.item)
    return found


def _targets(chain: Chain, control: Control, makers: Actors) -> frozenset[str]:
    """The economies against which a control is aimed; ``world`` is everyone but its makers."""
    if "world" in control.against:
        return frozenset(economies()) - makers.economies
    return actors(chain, control.against).economies


def has_ended(chain: Chain, control: Control) -> bool:
    """Whether a control was over when the chain's shares hold."""
    return bool(control.until) and control.until < chain.period.isoformat()


def _difference(one: Interval, other: Interval) -> Interval:
    return Interval(round(one.low - other.high, 12), round(one.high - other.low, 12))
