"""Where a chain can be stopped, by whom: all minimal denial sets of actors outside the dependent and its allies.

A set is listed when it stops an item for certain, whatever the unknowns turn out to be; sets that stop one only if
the unknowns turn out badly are listed apart.  *Hard* is the test of *Reverse Dependency* (2024, chapters 1 and 3):
nothing that exists or is announced, and nothing built from nothing, can take over within the horizon of ten years.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from straits.chains.concentration import THRESHOLD, economies_for
from straits.chains.cuts import Cut, Holders, minimal_sets
from straits.chains.denial import Replacement, Unknown, items_of, stand_ins
from straits.chains.feasibility import HERE, By, Choice, Network, View, network
from straits.chains.flows import Denial, Flows
from straits.chains.model import Chain, Interval, Provision
from straits.chains.opening import ChainLike, Who, load
from straits.chains.parties import (
    REACHES,
    Actors,
    Reach,
    actors,
    belongs,
    is_nameless,
    is_open,
    is_unnamed,
    places_of,
)
from straits.chains.words import capital, is_one, shortened, some, spoken
from straits.vocabulary.errors import StraitsError, nearest

HORIZON = 120
"""Months within which a substitute must be there (ten years: *Reverse Dependency*, chapter 1)."""
EVERY_ITEM = 500
MEASURED = 200


@dataclass(frozen=True)
class DenialSet:
    """A minimal set of actors and what it stops.

    ``minimal_for`` are the items for which no smaller part of the set would do, ``stops`` all that stop;
    ``output_lost`` is the loss of the goal that loses most; ``hard`` is ``None`` when an unknown decides.
    """

    denied: tuple[str, ...]
    names: tuple[str, ...]
    stops: tuple[str, ...]
    stops_names: tuple[str, ...]
    minimal_for: tuple[str, ...]
    goals: tuple[str, ...]
    output_lost: Interval
    hard: bool | None
    substitutes: tuple[Replacement, ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "denied": list(self.denied),
            "denied_names": list(self.names),
            "stops": list(self.stops),
            "stops_names": list(self.stops_names),
            "minimal_for": list(self.minimal_for),
            "stops_goals": list(self.goals),
            "output_lost": self.output_lost.to_list(),
            "hard": self.hard,
            "substitutes": [entry.to_dict() for entry in self.substitutes],
        }


@dataclass(frozen=True)
class Concentration:
    """How many economies make three quarters of an item; ``None`` is open."""

    item: str
    name: str
    economies_for_75: tuple[int | None, int | None]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"item": self.item, "name": self.name, "economies_for_75": list(self.economies_for_75)}


@dataclass(frozen=True)
class ChokepointsResult:
    """The answer to ``chokepoints``: sets for certain, sets that may do it, concentration and unknowns.

    ``more`` counts further sets that stop no goal and are not listed.
    """

    chain: str
    chain_name: str
    dependent: tuple[str, ...]
    allies: tuple[str, ...]
    by: By
    size: int
    goals: tuple[str, ...]
    sets: tuple[DenialSet, ...]
    possible: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    more: int
    concentration: tuple[Concentration, ...]
    unknowns: tuple[Unknown, ...]
    names: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """The whole answer, for JSON."""
        return {
            "chain": self.chain,
            "for": "+".join(self.dependent),
            "allies": list(self.allies),
            "by": self.by,
            "size": self.size,
            "goals": list(self.goals),
            "sets": [entry.to_dict() for entry in self.sets],
            "sets_not_listed": self.more,
            "possible_sets": [{"denied": list(who), "may_stop": list(items)} for who, items in self.possible],
            "concentration": [entry.to_dict() for entry in self.concentration],
            "unknowns": [entry.to_dict() for entry in self.unknowns],
        }

    def to_json(self) -> str:
        """The same as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False)

    def text(self, everything: bool = False) -> str:
        """The answer for a reader; long lists are cut unless ``everything`` is asked for."""
        most = None if everything else SHOWN
        friends = f" and its allies ({spoken(self.allies, self.names)})" if self.allies else ""
        outside = f" outside {spoken(self.dependent, self.names)}{friends}" if self.dependent or self.allies else ""
        goals = some([self.names[goal] for goal in self.goals], 8)
        lines = [f"{self.chain_name}: who{outside} can stop it", f"Goal{'s' * (len(self.goals) > 1)}: {goals}", ""]
        if self.sets:
            lines += ["Stops for certain, whatever the unknowns are", *shortened([*map(self._set, self.sets)], most)]
            if self.more:
                lines.append(f"  ... and {self.more} more sets that stop no goal")
            lines.append(f"  ({HARD_AND_SOFT})")
        else:
            kind = "economies" if self.by == "economy" else "firms"
            lines.append(f"No set of up to {self.size} {kind}{outside} is known to stop anything for certain.")
        for title, section in (
            ("May stop something: an unknown decides", self._possible()),
            (f"Economies that make {100 * THRESHOLD:g} % of what is used", self._counts()),
            ("Not known, and why it matters", self._open()),
        ):
            if section:
                lines += ["", title, *shortened(section, most)]
        return "\n".join(lines)

    def _set(self, entry: DenialSet) -> str:
        """One set: who, what stops, what is lost, hard or soft, and what could take over."""
        who = capital(spoken(entry.denied, self.names))
        verb = "stops" if is_one(entry.denied) else "stop"
        on_the_way = [self.names[item] for item in entry.minimal_for if item not in entry.goals]
        if entry.goals:
            through = f", by way of {some(on_the_way, 3)}" if on_the_way else ""
            what = f"{some([self.names[goal] for goal in entry.goals], 4)}{through}"
        else:
            what = f"{some(on_the_way, 4)}; {self._lost(entry.output_lost)}"
        hard = {True: "hard", False: "soft", None: "hard or soft is not known"}[entry.hard]
        same: dict[str, list[Replacement]] = {}
        for other in entry.substitutes:
            same.setdefault(other.item, []).append(other)
        helpers = [f"{self.names[item]}: {stand_ins(others, self.names)}" for item, others in same.items()]
        return f"  {who} {verb} {what}; {hard}" + (f"; substitutes: {some(helpers, 2)}" if helpers else "")

    def _lost(self, lost: Interval) -> str:
        whom = "the goal" if len(self.goals) == 1 else "the goal hit most"
        if lost.low == 0 and lost.high == 1:
            return f"what that takes of {whom} is not known"
        return f"{lost.percent()} of {whom} is lost"

    def _possible(self) -> list[str]:
        return [
            f"  {capital(spoken(who, self.names))}: {some([self.names[item] for item in items], 4)}"
            for who, items in self.possible
        ]

    def _counts(self) -> list[str]:
        """Items by how many economies it takes, the fewest first."""
        same: dict[tuple[int | None, int | None], list[str]] = {}
        for row in self.concentration:
            same.setdefault(row.economies_for_75, []).append(row.name)
        order = sorted(same, key=lambda pair: (pair[0] or 1, pair[1] or 999))
        return [f"  {_count(pair)}: {some(same[pair], 8)}" for pair in order]

    def _open(self) -> list[str]:
        """The unknowns; those of one kind share a line."""
        same: dict[tuple[str, str], list[str]] = {}
        turn: dict[str, list[str]] = {}
        for entry in self.unknowns:
            name = self.names[entry.item]
            what = entry.what.removeprefix(f"{name}: ")
            if what.startswith(TURN):
                turn.setdefault(name, []).append(what.removeprefix(TURN))
            else:
                same.setdefault((what, entry.matters), []).append(name)
        lines = [f"  {capital(what)} ({some(names, 8)}): {matters}" for (what, matters), names in same.items()]
        return lines + [f"  {capital(TURN)}{some(who, 6)} ({name}): {INSTEAD}" for name, who in turn.items()]


SHOWN = 12
"""Lines of a list that a text shows unless all are asked for."""
TURN, INSTEAD = "whether buyers can turn to ", "these may take over from those who withhold, or not"
HARD_AND_SOFT = (
    f"Hard: nothing that exists, is announced or is built from nothing takes over within {HORIZON // 12} years. "
    "Soft: something surely does."
)


def _count(pair: tuple[int | None, int | None]) -> str:
    low, high = pair
    if low is None:
        return "Not known"
    if high is None:
        return f"{low} or more, how many is not known"
    return str(low) if low == high else f"{low} to {high}"


@dataclass(frozen=True)
class Search:
    """A checked question about chokepoints."""

    view: View
    protected: Actors
    allies: Actors
    goals: tuple[str, ...]
    size: int
    reach: Reach
    blocs: tuple[tuple[str, frozenset[str]], ...] = ()

    @cached_property
    def now(self) -> Network:
        """What works today, every unknown answered in favour of supply."""
        return network(self.view, True)

    @cached_property
    def if_all_hopes_hold(self) -> Network:
        """The same once every substitute that may be there within the horizon is."""
        return self._later(lambda wait: wait.low <= HORIZON)

    @cached_property
    def if_only_the_sure_come(self) -> Network:
        """The same once every substitute that will surely be there within the horizon is."""
        return self._later(lambda wait: wait.high <= HORIZON)

    def _later(self, in_time: Callable[[Interval], bool]) -> Network:
        suppose = dict(self.view.suppose)
        for item in self.view.chain.items:
            for line in self.view.lines(item, HERE):
                if self.view.status(line.row) is not True:
                    suppose[line.row.id] = Choice(status=in_time(line.row.lead_time))
        built = frozenset(item.id for item in self.view.chain.items.values() if in_time(item.build))
        return network(replace(self.view, suppose=suppose, built=built), True)

    def alive(self, net: Network, denial: Denial, items: Iterable[str]) -> list[tuple[str, bool]]:
        """Which items are still to be had."""
        values = net.values([int(denial.hits(self.view, row) is not True) for row in net.rows])
        return [(item, bool(values[net.available[item, HERE]])) for item in items]

    @cached_property
    def held(self) -> dict[str, set[str]]:
        """For each provision to the dependent, the actors who can withhold it for certain.

        A region, or everyone but some, can withhold what its members can.
        """
        rows = [line.row for item in self.view.chain.items for line in self.view.lines(item, HERE)]
        told = {row.id: self._actors(row) for row in rows}
        if self.view.by == "firm":
            return told
        inside = {name: self.view.chain.members(name) for found in told.values() for name in found}
        wide = {name: economies for name, economies in inside.items() if len(economies) > 1}
        return {
            row: found
            | {large for large, economies in wide.items() if any(inside[name] <= economies for name in found)}
            for row, found in told.items()
        }

    def denial(self, cut: tuple[str, ...]) -> Denial:
        """The denial of a set of actors, with the provisions that it hits for certain."""
        chain, told = self.view.chain, set(cut)
        hit = frozenset(name for name, who in self.held.items() if who & told)
        places = frozenset(economy for label in cut for economy in chain.members_or_none(label))
        firms = frozenset(label for label in cut if label in chain.providers)
        return Denial(Actors(cut, places, firms), rows=hit, reach=self.reach)

    def holders(self, rows: Sequence[Provision]) -> tuple[list[str], list[Cut]]:
        """The actors, and for each provision those any of whom can withhold it for certain."""
        told = [self.held.get(row.id) or self._actors(row) for row in rows]
        names = sorted({name for found in told for name in found})
        number = {name: place for place, name in enumerate(names)}
        return names, [tuple(sorted(number[name] for name in found)) for found in told]

    def might_hold(self, row: Provision, held: Cut, names: Sequence[str]) -> Cut:
        """The actors who can withhold a provision, or might: its place is told as one of several economies."""
        chain = self.view.chain
        wide = [place for place in places_of(row, self.reach) if len(chain.members(place)) > 1]
        if self.view.by == "firm" or not wide:
            return held
        inside = frozenset[str]().union(*map(chain.members, wide))
        return tuple(n for n, name in enumerate(names) if n in held or chain.members(name) & inside)

    def _actors(self, row: Provision) -> set[str]:
        chain = self.view.chain
        if self.view.by == "firm":
            if is_unnamed(chain, row) or belongs(chain, row, self.protected, "ownership") is not False:
                return set()
            return {row.provider}
        found = set()
        for place in places_of(row, self.reach):
            inside = chain.members(place)
            if inside and not inside & self.protected.economies:
                found.add(next((bloc for bloc, economies in self.blocs if inside <= economies), place))
        return found


def chokepoints(
    chain: ChainLike,
    dependent: Who,
    *,
    by: str = "economy",
    allies: Who = None,
    size: int = 3,
    goals: Who = None,
    blocs: Iterable[str] = (),
    extraterritorial: bool = False,
    at_home: bool = False,
    reach: Reach = "either",
    every_item: bool | None = None,
) -> ChokepointsResult:
    """All minimal denial sets of up to ``size`` economies or firms outside the dependent and its allies.

    ``blocs`` are regions that act as one (``["EU27"]``).  ``every_item`` also looks for the sets that stop items
    on the way, not only the goals (default: in chains of up to 500 items).  Raises :class:`StraitsError` for
    unknown names.
    """
    chain = load(chain)
    search = prepared(chain, dependent, by, allies, size, goals, blocs, extraterritorial, at_home, reach)
    wide = len(chain.items) <= EVERY_ITEM if every_item is None else every_item
    targets = [item for item in chain.order if wide or item in search.goals]
    certain = certain_sets(search, targets)
    order = {item: place for place, item in enumerate(chain.order)}
    listed = _grouped(certain, order)
    ranked = sorted(listed, key=lambda cut: (not set(listed[cut]) & set(search.goals), len(cut), cut))
    sets: list[DenialSet] = []
    measured = 0
    for cut in ranked:
        stops_goal = bool(set(listed[cut]) & set(search.goals))
        if not stops_goal and measured >= MEASURED:
            continue
        measured += not stops_goal
        sets.append(_described(search, cut, listed[cut], measure=len(sets) < MEASURED))
    possible = _grouped(possible_sets(search, targets, certain), order)
    return ChokepointsResult(
        chain=chain.id,
        chain_name=chain.name,
        dependent=search.view.dependent.names,
        allies=search.allies.names,
        by=search.view.by,
        size=size,
        goals=search.goals,
        sets=tuple(sets),
        possible=tuple(sorted(possible.items(), key=lambda pair: (len(pair[0]), pair[0]))[:MEASURED]),
        more=len(ranked) - len(sets),
        concentration=tuple(concentration(search.view, targets)),
        unknowns=tuple(_unknowns(search, targets)),
        names=chain.names,
    )


def prepared(
    chain: Chain,
    dependent: str | Iterable[str] | None,
    by: str = "economy",
    allies: str | Iterable[str] | None = None,
    size: int = 3,
    goals: str | Iterable[str] | None = None,
    blocs: Iterable[str] = (),
    extraterritorial: bool = False,
    at_home: bool = False,
    reach: Reach = "either",
) -> Search:
    """Check names and sizes."""
    if by not in ("economy", "firm"):
        raise nearest(by, ["economy", "firm"], "way to count actors")
    if reach not in REACHES:
        raise nearest(reach, REACHES, "reach")
    if size < 1:
        raise StraitsError(f"sets of up to {size} actors: write 1 or more")
    account: By = "firm" if by == "firm" else "economy"
    needy, friends = actors(chain, dependent), actors(chain, allies)
    both = Actors(needy.names + friends.names, needy.economies | friends.economies, needy.firms | friends.firms)
    if overlap := needy.economies & friends.economies | needy.firms & friends.firms:
        raise StraitsError(f"{', '.join(sorted(overlap)[:3])} cannot be dependent and ally at once")
    wanted = tuple(items_of(chain, goals)) or chain.goals
    view = View(chain, needy, account, needy.firms, extraterritorial, frozenset(wanted if at_home else ()))
    grouped = tuple((name, actors(chain, name).economies) for name in blocs)
    return Search(view, both, friends, wanted, size, reach, grouped)


def certain_sets(search: Search, targets: Sequence[str]) -> dict[str, list[tuple[str, ...]]]:
    """For each item, the minimal sets that stop it with every unknown answered in favour of supply."""
    net = network(search.view, True, targets)
    names, holders = search.holders(net.rows)
    found = _named(net, targets, names, holders, search.size)
    if search.view.by == "firm" or all(len(search.view.chain.members(name)) == 1 for name in names):
        return found
    return {item: _without_larger(search.view.chain, cuts) for item, cuts in found.items()}


def _without_larger(chain: Chain, cuts: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The sets none of which holds all economies of another: of a region and its only member that matters, the member."""
    whole = {cut: frozenset(economy for name in cut for economy in chain.members(name)) for cut in cuts}
    return [cut for cut in cuts if not any(whole[other] < whole[cut] for other in cuts)]


def possible_sets(
    search: Search, targets: Sequence[str], certain: Mapping[str, Sequence[tuple[str, ...]]]
) -> dict[str, list[tuple[str, ...]]]:
    """The minimal sets that stop an item if the unknowns go against supply, and are not certain to.

    A provider that nobody names is taken to be out where somebody else is named; an item of which nobody is named
    stays, and is listed among the unknowns.  So is an item that may fail though nobody withholds, because its source
    may not be ready.
    """
    net = network(search.view, False, targets)
    names, sure = search.holders(net.rows)
    chain = search.view.chain
    is_open_row = {row.id: is_open(chain, row, search.reach, search.view.by) for row in net.rows}
    named = {row.item for row in net.rows if not is_open_row[row.id]}
    holders: list[Holders] = [
        None if not held and row.item in named and is_open_row[row.id] else search.might_hold(row, held, names)
        for row, held in zip(net.rows, sure, strict=True)
    ]
    found = _named(net, targets, names, holders, search.size)
    told: dict[str, list[tuple[str, ...]]] = {}
    for item, cuts in found.items():
        known = [set(cut) for cut in certain[item]]
        told[item] = [cut for cut in cuts if cut and not any(other <= set(cut) for other in known)]
    return told


def _named(
    net: Network, targets: Sequence[str], names: Sequence[str], holders: Sequence[Holders], size: int
) -> dict[str, list[tuple[str, ...]]]:
    gates = {item: net.available[item, HERE] for item in targets}
    found = minimal_sets(net, sorted(set(gates.values())), holders, len(names), size)
    return {item: [tuple(names[actor] for actor in cut) for cut in found[gate]] for item, gate in gates.items()}


def _grouped(
    cuts: Mapping[str, Sequence[tuple[str, ...]]], order: Mapping[str, int]
) -> dict[tuple[str, ...], tuple[str, ...]]:
    """The items by set; the empty set (what does not work anyhow) is left out."""
    found: dict[tuple[str, ...], list[str]] = {}
    for item, sets in cuts.items():
        for cut in sets:
            if cut:
                found.setdefault(cut, []).append(item)
    return {cut: tuple(sorted(items, key=order.__getitem__)) for cut, items in found.items()}


# -- what a set does -----------------------------------------------------------------------------------------


def _described(search: Search, cut: tuple[str, ...], minimal_for: tuple[str, ...], measure: bool) -> DenialSet:
    view, chain = search.view, search.view.chain
    denial = search.denial(cut)
    stops = tuple(item for item, on in search.alive(search.now, denial, chain.order) if not on)
    stopped = set(stops)
    goals = tuple(goal for goal in search.goals if goal in stopped)
    lost = Interval.exactly(1.0) if goals else Interval.share_unknown("not computed")
    if not goals and measure:
        flows = Flows(view, denial, frozenset(search.goals))
        losses = [flows.lost(goal) for goal in search.goals]
        lost = Interval(max(loss.low for loss in losses), max(loss.high for loss in losses))
    others = []
    for item in stops:
        lines = view.lines(item, HERE)
        hits = [denial.hits(view, line.row) for line in lines]
        if True in hits:
            others += [
                Replacement(item, chain.provider_name(row.provider), row.id, view.status(row), row.lead_time)
                for (row, _, _), hit in zip(lines, hits, strict=True)
                if not hit
            ]
    hard = _hard(search, denial, [*goals] or [*minimal_for])
    return DenialSet(
        denied=cut,
        names=tuple(map(chain.provider_name, cut)),
        stops=stops,
        stops_names=tuple(chain.items[item].name for item in stops),
        minimal_for=minimal_for,
        goals=goals,
        output_lost=lost,
        hard=hard,
        substitutes=tuple(others),
    )


def _hard(search: Search, denial: Denial, targets: Sequence[str]) -> bool | None:
    """Whether nothing can take over within the horizon: yes, no, or open."""
    if not any(on for _, on in search.alive(search.if_all_hopes_hold, denial, targets)):
        return True
    return False if all(on for _, on in search.alive(search.if_only_the_sure_come, denial, targets)) else None


# -- concentration and unknowns ------------------------------------------------------------------------------


def concentration(view: View, items: Iterable[str]) -> Iterable[Concentration]:
    """The economies that make three quarters of each item, by where it is made."""
    chain = view.chain
    for item in items:
        lines = view.lines(item, HERE)
        if not lines:
            continue
        shares: dict[str, Interval] = {}
        unnamed = Interval(0.0, 0.0)
        for line in lines:
            if is_unnamed(chain, line.row) or len(chain.members(line.row.location)) != 1:
                unnamed = Interval(unnamed.low + line.share.low, min(1.0, unnamed.high + line.share.high))
                continue
            before = shares.get(line.row.location, Interval(0.0, 0.0))
            shares[line.row.location] = Interval(before.low + line.share.low, min(1.0, before.high + line.share.high))
        yield Concentration(item, chain.items[item].name, economies_for(list(shares.values()), unnamed))


def _unknowns(search: Search, targets: Sequence[str]) -> Iterable[Unknown]:
    """What keeps sets from being certain: nobody named, open kinds, open substitutes."""
    view, chain = search.view, search.view.chain
    for item in targets:
        name, place = chain.items[item].name, chain.items[item].cited.place
        lines = [line for line in view.lines(item, HERE) if view.status(line.row) is not False]
        nameless = [line for line in lines if is_nameless(chain, line.row)]
        open_lines = [line for line in lines if is_open(chain, line.row, search.reach, view.by)]
        if lines and len(nameless) == len(lines):
            yield Unknown(
                f"{name}: who provides it",
                item,
                "nobody is named, so any actor may or may not be able to stop it",
                place,
            )
        elif nameless:
            yield Unknown(
                f"{name}: who else provides it", item, "those not named may withhold too, or step in", place
            )
        if any(line not in nameless for line in open_lines):
            yield Unknown(
                f"{name}: where its makers produce, or who owns them", item, "it may be with the deniers", place
            )
        if view.kinds(item) == "unknown" and len(chain.kinds_of.get(item, ())) > 1:
            yield Unknown(
                f"{name}: whether any of its kinds will do or all are needed",
                item,
                "one kind may replace another, or not",
                place,
            )
        for line in lines:
            if view.status(line.row) is None:
                who = spoken([line.row.provider], chain.names)
                what = f"{name}: {TURN}{who}"
                yield Unknown(what, item, INSTEAD, line.row.cited.place)
