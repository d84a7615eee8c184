"""What two sides can deny each other, who loses more, what it costs the denier, and what is already in use.

Each direction is one aimed denial of everything (:mod:`straits.chains.denial`).  The asymmetry is what the one side
loses less what the other loses; *after blowback* takes off what the denial costs the denier's side through the
goods that the dependent then fails to deliver.  Controls in force name the steps whose leverage is already used.
What comes from one of several economies, or from abroad and nobody says where, may be the denier's: it is told
apart, and is no lever until somebody finds out.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from straits.chains.denial import DenialResult, Setting, answer
from straits.chains.feasibility import HERE
from straits.chains.model import Chain, Control, Interval
from straits.chains.parties import Actors, actors, may_hold
from straits.vocabulary.regions import economies


@dataclass(frozen=True)
class Lever:
    """One item that one side can withhold from the other."""

    item: str
    name: str
    stops: bool | None
    output_lost: Interval
    bites: Interval
    controlled: bool

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "item": self.item,
            "name": self.name,
            "stops": self.stops,
            "output_lost": self.output_lost.to_list(),
            "bites_after_months": self.bites.to_list(),
            "controlled": self.controlled,
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

    ``unplaced`` is what the one side may hold: the source says only where it does not come from, or names several.
    """

    by: tuple[str, ...]
    against: tuple[str, ...]
    levers: tuple[Lever, ...]
    unplaced: tuple[Unplaced, ...]
    lost: Mapping[str, Interval]
    blowback: Mapping[str, Interval]
    net: Mapping[str, Interval]
    denial: DenialResult

    @property
    def used(self) -> tuple[str, ...]:
        """The levers that controls in force already use."""
        return tuple(lever.item for lever in self.levers if lever.controlled)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "by": "+".join(self.by),
            "against": "+".join(self.against),
            "levers": [lever.to_dict() for lever in self.levers],
            "may_hold": [entry.to_dict() for entry in self.unplaced],
            "already_used": list(self.used),
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

    def text(self) -> str:
        """The answer for a reader."""
        one, other = " + ".join(self.one.by), " + ".join(self.other.by)
        lines = [f"{self.chain_name}: leverage between {one} and {other}"]
        for side in (self.one, self.other):
            lines += ["", f"{' + '.join(side.by)} over {' + '.join(side.against)}"]
            for lever in side.levers:
                stops = {True: "stops", False: "does not stop", None: "may stop"}[lever.stops]
                used = "; already under control" if lever.controlled else ""
                lines.append(f"  {lever.name}: {stops}, {lever.output_lost.percent()} lost{_after(lever)}{used}")
            if not side.levers:
                lines.append("  nothing in this chain")
            lines += [
                f"  {entry.name}: {entry.share.percent()} comes from {entry.place_name}; how much of it from "
                f"{' + '.join(side.by)} is unknown"
                for entry in side.unplaced
            ]
            for goal, lost in side.lost.items():
                lines.append(
                    f"  {self.names[goal]}: {lost.percent()} lost; blowback {side.blowback[goal].percent()}; "
                    f"net {_points(side.net[goal])}"
                )
        lines += ["", f"Asymmetry ({other} loses more: positive)"]
        lines += [f"  {self.names[goal]}: {_points(gap)}" for goal, gap in self.asymmetry.items()]
        return "\n".join(lines)


def _after(lever: Lever) -> str:
    return "" if math.isinf(lever.bites.low) else f", after {lever.bites.months()}"


def _points(gap: Interval) -> str:
    low, high = f"{100 * gap.low:+.3g}", f"{100 * gap.high:+.3g}"
    return f"{low} points" if low == high else f"{low} to {high} points"


def leverage(
    chain: Chain,
    one: str | Iterable[str],
    other: str | Iterable[str],
    *,
    goals: str | Iterable[str] | None = None,
    mode: str | None = None,
    extraterritorial: bool = False,
) -> LeverageResult:
    """Both directions between two regions, economies or groups of them."""
    told = [
        _direction(chain, by, against, goals, mode, extraterritorial) for by, against in ((one, other), (other, one))
    ]
    gaps = {goal: _difference(told[0].lost[goal], told[1].lost[goal]) for goal in told[0].lost}
    names = {item.id: item.name for item in chain.items.values()}
    return LeverageResult(chain.id, chain.name, told[0], told[1], gaps, names)


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
    used = controlled(chain, actors(chain, by), actors(chain, against))
    levers = [
        Lever(item, hit[item].name, hit[item].stops, hit[item].named, hit[item].bites, item in used)
        for item in result.withheld
        if item in hit
    ]
    levers.sort(key=lambda lever: (-lever.output_lost.low, -lever.output_lost.high, lever.item))
    lost = {loss.item: loss.named for loss in result.goals}
    costs = {loss.item: loss.named for loss in result.blowback.inputs}
    blowback = {goal: costs.get(goal, Interval(0.0, 0.0)) for goal in lost}
    net = {goal: _difference(lost[goal], blowback[goal]) for goal in lost}
    may = tuple(unplaced(setting))
    return Direction(result.denied_by, result.dependent, tuple(levers), may, lost, blowback, net, result)


def unplaced(setting: Setting) -> Iterable[Unplaced]:
    """What the dependent uses from economies that are told only as a group to which the deniers belong."""
    view, by, chain = setting.view, setting.denial.by, setting.view.chain
    resting = chain.upstream(setting.goals)
    for item in (item for item in chain.order if item in resting):
        for line in view.lines(item, HERE):
            place = line.row.location
            abroad = not chain.members(place) & view.dependent.economies and view.status(line.row) is not False
            if abroad and line.share.high > 0 and may_hold(chain, line.row, by, "location"):
                yield Unplaced(item, chain.items[item].name, place, chain.names[place], line.share)


def controlled(chain: Chain, by: Actors, against: Actors) -> set[str]:
    """The items that these actors restrict against those in the chain's period."""
    found = set()
    for control in chain.controls:
        makers = actors(chain, control.by)
        ours = makers.economies & by.economies or makers.firms & by.firms
        if ours and _targets(chain, control, makers) & against.economies and not has_ended(chain, control):
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
