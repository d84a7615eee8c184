"""The smallest additions that keep a chain going when somebody withholds: sources, substitutes, recipes, stocks.

Additions only help, so the smallest sufficient sets are minimal sets of a monotone function again: those of the
chain's function with AND and OR exchanged (its dual), found by :mod:`straits.chains.cuts`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from straits.chains.cuts import Holders, minimal_sets
from straits.chains.denial import Setting, states_of
from straits.chains.feasibility import AND, HERE, LITERAL, OR, Choice, Extra, Gate, Network, View, network
from straits.chains.flows import Denial, Flows
from straits.chains.model import READINESS, Chain, Cited, Interval, Provision, Recipe
from straits.chains.opening import ChainLike, Who, load
from straits.chains.parties import Reach
from straits.chains.words import listed, shortened, spoken, withholds
from straits.vocabulary.errors import StraitsError


@dataclass(frozen=True)
class Addition:
    """One thing to add: ``qualify`` a source, bring a ``recipe`` into use, build a ``second source``, lay in a ``stock``."""

    kind: str
    item: str
    name: str
    who: str
    lead_time: Interval
    readiness: Interval | None
    source: str

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "kind": self.kind,
            "item": self.item,
            "who": self.who,
            "lead_time_months": self.lead_time.to_list(),
            "readiness": self.readiness.to_list() if self.readiness else None,
            "source": self.source,
        }

    def __str__(self) -> str:
        if self.kind == "stock":
            return f"lay in a stock of {self.name} for {self.lead_time.months()}"
        ready = f"; readiness {self.readiness} of {len(READINESS) - 1}" if self.readiness else ""
        what = {
            "qualify": f"bring {self.who} into use for {self.name}",
            "recipe": f"bring the recipe {self.who} into use for {self.name}",
        }
        time = self.lead_time.months()
        wait = "time not known" if time == "unknown" else f"takes {time}"
        return f"{what.get(self.kind, f'build a new source of {self.name}')} ({wait}{ready})"


@dataclass(frozen=True)
class Relief:
    """A smallest set of additions; the stock that bridges the time from the bite until the last is there."""

    additions: tuple[Addition, ...]
    lead_time: Interval
    stock_to_bridge: Interval

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "additions": [entry.to_dict() for entry in self.additions],
            "lead_time_months": self.lead_time.to_list(),
            "stock_to_bridge_months": self.stock_to_bridge.to_list(),
        }


@dataclass(frozen=True)
class ReliefResult:
    """The answer to ``relieve``; ``assumed`` says whether the unknowns were taken in favour of supply."""

    chain: str
    chain_name: str
    dependent: tuple[str, ...]
    on: tuple[str, ...]
    size: int
    stopped: tuple[str, ...]
    bites: Interval
    assumed: str
    sets: tuple[Relief, ...]
    names: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """The whole answer, for JSON."""
        return {
            "chain": self.chain,
            "for": "+".join(self.dependent),
            "on": "+".join(self.on),
            "size": self.size,
            "stopped": list(self.stopped),
            "bites_after_months": self.bites.to_list(),
            "unknowns_taken": self.assumed,
            "sets": [entry.to_dict() for entry in self.sets],
        }

    def to_json(self) -> str:
        """The same as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False)

    def text(self, everything: bool = False) -> str:
        """The answer for a reader; long lists are cut unless ``everything`` is asked for."""
        whom, who = spoken(self.dependent, self.names), spoken(self.on, self.names)
        head = f"{self.chain_name}: what would keep it going for {whom} if {who} {withholds(self.on)}"
        if not self.stopped:
            return f"{head}\n\nThat stops nothing for {whom}: there is nothing to relieve."
        goals = [self.names[goal] for goal in self.stopped]
        verb, time = "stops" if len(goals) == 1 else "stop", self.bites.months()
        when = "at a time not known" if time == "unknown" else "at once" if self.bites.high == 0 else f"after {time}"
        if self.assumed == "in favour of":
            lines = [f"For certain {listed(goals)} {verb}, {when}, whatever the unknowns are."]
        else:
            lines = [f"Nothing stops for certain. If the unknowns go against supply, {listed(goals)} {verb}, {when}."]
        if not self.sets:
            larger = "" if self.size == LARGEST else "; --size looks for larger ones"
            return "\n".join([head, "", *lines, f"No set of up to {self.size} additions prevents that{larger}."])
        lines.append("Any one of these would prevent that, the smallest and fastest first:")
        sets = [f"  {'; and '.join(map(str, entry.additions))}{_bridge(entry)}" for entry in self.sets]
        return "\n".join([head, "", *lines, *shortened(sets, None if everything else SHOWN)])


SHOWN, LARGEST = 12, 5


def _bridge(entry: Relief) -> str:
    """The stock until then, where something is known about it."""
    stock = entry.stock_to_bridge
    if stock.high == 0 or stock == Interval(0.0, math.inf):
        return ""
    return f"; until then a stock for {stock.months()}"


def relieve(
    chain: ChainLike,
    dependent: str | Iterable[str],
    on: str | Iterable[str],
    *,
    size: int = 3,
    goals: Who = None,
    months: float | None = None,
    extraterritorial: bool = False,
    at_home: bool = False,
    reach: Reach = "either",
) -> ReliefResult:
    """The smallest sets of additions with which all goals go on although ``on`` withholds everything.

    ``months`` is how long the denial lasts: with it, stocks that last as long count as additions.  Ranked by
    number, then by lead time, then by readiness.
    """
    chain = load(chain)
    if months is not None and months < 0:
        raise StraitsError(f"a denial of {months:g} months: write 0 or more")
    setting = Setting.of(chain, on, dependent, None, None, goals, extraterritorial, at_home, reach)
    view, denial = setting.view, setting.denial
    states = states_of(view, denial, setting.goals)
    favour = any(states[goal] for goal in setting.goals)
    stopped = tuple(goal for goal in setting.goals if states[goal] or (not favour and states[goal] is None))
    flows = Flows(view, denial, frozenset(setting.goals))
    ends = [flows.stops[goal, HERE] for goal in stopped]
    bites = Interval(min((e.low for e in ends), default=math.inf), min((e.high for e in ends), default=math.inf))
    found: list[Relief] = []
    if stopped:
        found = sorted(_reliefs(view, denial, stopped, size, favour, months, bites), key=_rank)
    assumed = "in favour of" if favour else "against"
    told = view.dependent.names, denial.by.names
    return ReliefResult(chain.id, chain.name, *told, size, stopped, bites, assumed, tuple(found), chain.names)


def _rank(entry: Relief) -> tuple[float, ...]:
    ready = min((a.readiness.low if a.readiness else -1.0 for a in entry.additions), default=0.0)
    return (len(entry.additions), entry.lead_time.high, entry.lead_time.low, -ready)


def _reliefs(
    view: View,
    denial: Denial,
    goals: Sequence[str],
    size: int,
    favour: bool,
    months: float | None,
    bites: Interval,
) -> Iterator[Relief]:
    additions, wider = _candidates(view, denial, goals, favour, months)
    net = network(wider, favour, goals)
    names = list(additions)
    number = {name: place for place, name in enumerate(names)}
    goal = net.all_of(net.available[item, HERE] for item in goals)
    holders: list[Holders] = []
    for row in net.rows:
        if row.id in number:
            holders.append((number[row.id],))
        else:
            hit = denial.hits(wider, row)
            works = hit is not True if favour else hit is False
            holders.append(None if works else ())
    twin = dual(net)
    for cut in minimal_sets(twin, [goal], holders, len(names), size)[goal]:
        chosen = tuple(sorted((additions[names[place]] for place in cut), key=lambda a: (a.item, a.kind, a.who)))
        waits = [entry.lead_time for entry in chosen if entry.kind != "stock"]
        lead = Interval(max((w.low for w in waits), default=0.0), max((w.high for w in waits), default=0.0))
        bridge = Interval(max(0.0, lead.low - bites.high), max(0.0, lead.high - bites.low))
        yield Relief(chosen, lead, bridge)


def dual(net: Network) -> Network:
    """The dual function: AND and OR exchanged, true and false exchanged; gates keep their numbers.

    A set makes the function true when it, withheld from the dual, makes the dual false.
    """
    swap = {AND: OR, OR: AND, LITERAL: LITERAL}
    twin = Network()
    twin.gates = [Gate(swap[op], of) for op, of in net.gates]
    twin.gates[:2] = [Gate(AND, ()), Gate(OR, ())]
    exchanged = {0: 1, 1: 0}
    twin.gates[2:] = [
        gate if gate.op == LITERAL else Gate(gate.op, tuple(exchanged.get(number, number) for number in gate.of))
        for gate in twin.gates[2:]
    ]
    twin.available, twin.rows = net.available, net.rows
    return twin


def _candidates(
    view: View, denial: Denial, goals: Sequence[str], favour: bool, months: float | None
) -> tuple[dict[str, Addition], View]:
    """What could be added, by the id of the provision that stands for it, and the view in which all of it is there."""
    chain = view.chain
    additions: dict[str, Addition] = {}
    extras: dict[str, list[Extra]] = {}
    suppose = dict(view.suppose)
    upstream = chain.upstream(goals)

    def offer(kind: str, addition: Addition, recipes: tuple[Recipe, ...] = ()) -> None:
        row = Provision(f"{addition.item}+{kind}", addition.item, "", Interval.exactly(0.0))
        additions[row.id] = addition
        extras.setdefault(addition.item, []).append(Extra(row, recipes))

    for item in (item for item in chain.order if item in upstream):
        lines = view.lines(item, HERE)
        hits = [denial.hits(view, line.row) for line in lines]
        for line, hit in zip(lines, hits, strict=True):
            status = view.status(line.row)
            if hit is False and (status is False or (status is None and not favour)):
                suppose[line.row.id] = Choice(status=True)
                additions[line.row.id] = _qualify(chain, line.row)
        known = chain.items[item]
        ready = tuple(recipe for recipe in chain.recipes_of.get(item, ()) if view.status(recipe) or favour)
        if True in hits or (not favour and None in hits):
            offer(
                "second source",
                Addition("second source", item, known.name, "", known.build, None, _cited(known.cited)),
                ready,
            )
            if months is not None:
                ways = [onset for line in lines if (onset := denial.onset(view, line.row))]
                need = Interval.exactly(max(0.0, months - min((onset.low for onset in ways), default=0.0)))
                offer("stock", Addition("stock", item, known.name, "", need, None, ""))
        for recipe in chain.recipes_of.get(item, ()):
            if view.status(recipe) is False or (view.status(recipe) is None and not favour):
                wait, source = Interval.months_unknown(), _cited(recipe.cited)
                offer(
                    recipe.id,
                    Addition("recipe", item, known.name, recipe.name, wait, recipe.readiness, source),
                    (recipe,),
                )
    return additions, replace(view, suppose=suppose, extras={item: tuple(told) for item, told in extras.items()})


def _qualify(chain: Chain, row: Provision) -> Addition:
    name, who = chain.items[row.item].name, chain.provider_name(row.provider)
    return Addition("qualify", row.item, name, who, row.lead_time, row.readiness, _cited(row.cited))


def _cited(cited: Cited) -> str:
    return " ".join(part for part in (cited.source, cited.locator) if part)
