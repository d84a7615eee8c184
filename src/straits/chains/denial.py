"""What happens when somebody withholds: what stops, what survives by which recipe, how much is lost and when.

Feasibility is that of :mod:`straits.chains.feasibility`, amounts and times those of :mod:`straits.chains.flows`.
The same denial is followed into the rest of the world: what the denier's own industries lose because the dependent
makes less (blowback through inputs), and the market that its firms give up (blowback through sales).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from straits.chains.feasibility import HERE, WORLD, By, Choice, Line, Network, View, Zone, network
from straits.chains.flows import Denial, Flows
from straits.chains.model import MODES, Chain, Interval, Mode, Provision, Recipe
from straits.chains.opening import ChainLike, Who, load
from straits.chains.parties import REACHES, Actors, Reach, actors, belongs, is_unnamed, may_hold
from straits.chains.words import called, capital, is_one, others, portion, shortened, some, spoken, withholds
from straits.vocabulary.errors import StraitsError, nearest

_MATTERS = 0.01
_TRIED = 60


@dataclass(frozen=True)
class Loss:
    """What becomes of one item: the share of its use that is lost, whether it stops, and when.

    ``named`` is the loss if nobody unnamed is with the denier.  ``stops`` is ``None`` when an unknown decides.
    """

    item: str
    name: str
    stops: bool | None
    output_lost: Interval
    named: Interval
    bites: Interval

    def to_dict(self) -> dict[str, Any]:
        """For JSON; shares from 0 to 1, months, an open end is ``null``."""
        return {
            "item": self.item,
            "name": self.name,
            "stops": self.stops,
            "output_lost": self.output_lost.to_list(),
            "output_lost_by_the_named": self.named.to_list(),
            "bites_after_months": self.bites.to_list(),
        }


@dataclass(frozen=True)
class Way:
    """One way to make an item: a recipe with its makers; ``survives`` is ``None`` when an unknown decides."""

    item: str
    recipe: str
    name: str
    makers: tuple[str, ...]
    survives: bool | None
    penalty: Mapping[str, object]
    penalty_text: str
    missing: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "item": self.item,
            "recipe": self.recipe,
            "name": self.name,
            "makers": list(self.makers),
            "survives": self.survives,
            "penalty": dict(self.penalty),
            "missing": list(self.missing),
        }


@dataclass(frozen=True)
class Replacement:
    """Somebody outside the denial who provides a withheld item, ready or not, and how long it takes to step in."""

    item: str
    provider: str
    provision: str
    ready: bool | None
    lead_time: Interval

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "item": self.item,
            "provider": self.provider,
            "provision": self.provision,
            "ready": self.ready,
            "lead_time_months": self.lead_time.to_list(),
        }


@dataclass(frozen=True)
class Unknown:
    """Something not known that would change the answer, and how far: the loss if it goes one way or the other."""

    what: str
    item: str
    matters: str
    place: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"what": self.what, "item": self.item, "matters": self.matters, "place": self.place}


@dataclass(frozen=True)
class Blowback:
    """What the denial costs others than the dependent: inputs that fail to come, and sales given up."""

    inputs: tuple[Loss, ...]
    sales: tuple[tuple[str, str, Interval], ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "inputs_lost": [loss.to_dict() for loss in self.inputs],
            "sales_lost": [
                {"item": item, "name": name, "share_of_sales": share.to_list()} for item, name, share in self.sales
            ],
        }


@dataclass(frozen=True)
class DenialResult:
    """The answer to ``deny``: everything that the denial changes, item by item."""

    chain: str
    chain_name: str
    denied_by: tuple[str, ...]
    dependent: tuple[str, ...]
    at: tuple[str, ...]
    mode: str | None
    goals: tuple[Loss, ...]
    withheld: tuple[str, ...]
    hit: tuple[Loss, ...]
    ways: tuple[Way, ...]
    replacements: tuple[Replacement, ...]
    blowback: Blowback
    market_lost: tuple[tuple[str, str, Interval], ...]
    unknowns: tuple[Unknown, ...]
    names: Mapping[str, str]

    @property
    def stops(self) -> tuple[str, ...]:
        """The items that stop for certain."""
        return tuple(loss.item for loss in self.hit if loss.stops)

    @property
    def may_stop(self) -> tuple[str, ...]:
        """The items of which an unknown decides whether they stop."""
        return tuple(loss.item for loss in self.hit if loss.stops is None)

    def to_dict(self) -> dict[str, Any]:
        """The whole answer, for JSON."""
        return {
            "chain": self.chain,
            "denied_by": list(self.denied_by),
            "for": list(self.dependent),
            "at": list(self.at),
            "mode": self.mode,
            "withheld": list(self.withheld),
            "stops": list(self.stops),
            "may_stop": list(self.may_stop),
            "goals": [loss.to_dict() for loss in self.goals],
            "hit": [loss.to_dict() for loss in self.hit],
            "ways": [way.to_dict() for way in self.ways],
            "replacements": [entry.to_dict() for entry in self.replacements],
            "blowback": self.blowback.to_dict(),
            "market_lost": [
                {"item": item, "name": name, "share_of_sales": share.to_list()}
                for item, name, share in self.market_lost
            ],
            "unknowns": [entry.to_dict() for entry in self.unknowns],
        }

    def to_json(self) -> str:
        """The same as JSON text, keys in a fixed order."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False)

    def text(self, everything: bool = False) -> str:
        """The answer for a reader; long lists are cut unless ``everything`` is asked for."""
        most = None if everything else SHOWN
        lines = [self._headline(), ""]
        if not self.withheld and not self.market_lost and not self.hit:
            return "\n".join(
                [*lines, "Nothing in this chain can be withheld in this way by them: everything goes on."]
            )
        lines += [f"{loss.name}: {becomes(loss)}" for loss in self.goals]
        for title, section in self._sections():
            if section:
                lines += ["", title, *shortened(section, most)]
        return "\n".join(lines)

    def _headline(self) -> str:
        names = self.names
        who = spoken(self.denied_by, names)
        whom = f" from {spoken(self.dependent, names)}" if self.dependent else ""
        how = f" ({MODE_WORDS[self.mode]})" if self.mode else ""
        what = some([names[item] for item in self.withheld], 6)
        if not who:
            return f"{self.chain_name}: without {what}{how}"
        if not self.withheld and self.market_lost:
            buys = "closes its market" if is_one(self.denied_by) else "close their markets"
            return f"{self.chain_name}: {who} {buys} to {spoken(self.dependent, names)}"
        return f"{self.chain_name}: {who} {withholds(self.denied_by)}{whom}{how}: {what or NOTHING}"

    def _sections(self) -> Iterable[tuple[str, list[str]]]:
        goals = {goal.item for goal in self.goals}
        hit = {loss.item for loss in self.hit}
        yield "Ways to make what is hit", list(_way_lines([way for way in self.ways if way.item in hit], self.names))
        yield "Also hit, on the way", _loss_lines([loss for loss in self.hit if loss.item not in goals])
        yield "Who else provides what is withheld, and how long it takes to step in", list(self._helpers())
        yield f"What it costs {others(self.dependent, self.names)}", list(self._costs())
        closed = f"Sales that makers of {spoken(self.dependent, self.names)} lose where this market is closed to them"
        yield (
            closed,
            list(dict.fromkeys(f"  {name}: {portion(share)} of sales" for _, name, share in self.market_lost)),
        )
        yield "Unknowns that would change the answer", [self._unknown(entry) for entry in self.unknowns]

    def _unknown(self, entry: Unknown) -> str:
        name = self.names[entry.item]
        return f"  {capital(entry.what.removeprefix(f'{name}: '))} ({name}). {entry.matters}"

    def _helpers(self) -> Iterable[str]:
        """A line an item: who is in use, who may be, who is not yet; those hit hardest first."""
        place = {loss.item: number for number, loss in enumerate(sorted(self.hit, key=_severity))}
        items = sorted(dict.fromkeys(entry.item for entry in self.replacements), key=lambda item: place.get(item, 0))
        for item in items:
            entries = [entry for entry in self.replacements if entry.item == item]
            yield f"  {self.names[item]}: {stand_ins(entries, self.names)}"

    def _costs(self) -> Iterable[str]:
        """Inputs that fail to come, then sales: those on record, and those on which there is none."""
        same: dict[str, list[str]] = {}
        for loss in self.blowback.inputs:
            same.setdefault(f"{portion(loss.output_lost)} of what they use{_beside(loss)}", []).append(loss.name)
        yield from (f"  {some(names, 6)}: {words}" for words, names in same.items())
        for _, name, share in self.blowback.sales:
            if not share.unknown:
                yield f"  {name}: the withholders give up {share.percent()} of their sales"
        silent = [name for _, name, share in self.blowback.sales if share.unknown]
        if silent:
            yield f"  Sales given up that no record states: {some(silent, 6)}"


NOTHING = "nothing on record, but suppliers who are not named may be theirs"
SHOWN = 12
"""Lines of a list that a text shows unless all are asked for."""
MODE_WORDS: Mapping[str, str] = {
    "new_sales": "new sales only",
    "spares": "spare parts and service only",
    "software": "software only",
    "knowledge": "knowledge only",
    "market": "market access only",
}


def becomes(loss: Loss) -> str:
    """What becomes of an item, as the end of a sentence."""
    if loss.stops:
        return f"stops {_when(loss)}"
    if loss.stops is None:
        return f"may stop, at the earliest {_after(Interval.exactly(loss.bites.low))}; {portion(loss.output_lost)} is lost{_beside(loss)}"
    if not loss.output_lost.high:
        return "goes on untouched"
    return f"goes on; {portion(loss.output_lost)} is lost{_beside(loss)}"


def _beside(loss: Loss) -> str:
    if loss.named == loss.output_lost:
        return ""
    return f" ({loss.named.percent() if loss.named.high else 'none'} if only the named withhold)"


def _when(loss: Loss) -> str:
    return "at a time not known" if loss.bites == Interval(0.0, math.inf) else _after(loss.bites)


def _after(time: Interval) -> str:
    if math.isinf(time.low):
        return "never"
    return "at once" if time.high == 0 else f"after {time.months()}"


def _severity(loss: Loss) -> tuple[int, float, float]:
    return ({True: 0, None: 1, False: 2}[loss.stops], -loss.output_lost.low, -loss.output_lost.high)


def _loss_lines(losses: Iterable[Loss]) -> list[str]:
    """The losses, the worst first; items that come out the same share a line."""
    same: dict[str, list[str]] = {}
    for loss in sorted(losses, key=_severity):
        same.setdefault(becomes(loss), []).append(loss.name)
    plural = {"stops ": "stop ", "goes on": "go on", "may stop": "may stop"}
    lines = []
    for words, names in same.items():
        start = next(start for start in plural if words.startswith(start))
        lines.append(f"  {some(names, 8)}: {words if len(names) == 1 else plural[start] + words[len(start) :]}")
    return lines


def _way_lines(ways: Iterable[Way], names: Mapping[str, str]) -> Iterable[str]:
    for way in ways:
        mark = {True: "survives", False: "lost", None: "unknown"}[way.survives]
        name = "" if way.name == way.recipe else f": {way.name}"
        makers = [called(maker, names) for maker in way.makers]
        by = f" ({some([NOBODY_NAMED if maker == 'unnamed' else maker for maker in makers], 4)})" if makers else ""
        costs = "" if way.penalty_text == "none stated" else f"; at a price: {way.penalty_text}"
        lack = f"; lacks {some([names[item] for item in way.missing], 4)}" if way.missing else ""
        yield f"  {mark:8} {names[way.item]}{name}{by}{costs}{lack}"


NOBODY_NAMED = "somebody not named"


def stand_ins(entries: Sequence[Replacement], names: Mapping[str, str]) -> str:
    """Who could step in, those in use first, with the time that it takes."""
    parts = []
    for ready, words in ((True, "in use"), (None, "open whether it can"), (False, "not in use yet")):
        same: dict[str, list[str]] = {}
        for entry in entries:
            if entry.ready is ready:
                time = entry.lead_time.months()
                who = NOBODY_NAMED if entry.provider == "unnamed" else called(entry.provider, names)
                same.setdefault("time not known" if time == "unknown" else time, []).append(who)
        parts += [f"{some(list(dict.fromkeys(who)), 4)} ({words}; {time})" for time, who in same.items()]
    return "; ".join(parts)


def deny(
    chain: ChainLike,
    who: Who = None,
    *,
    to: Who = None,
    at: Who = None,
    mode: str | None = None,
    goals: Who = None,
    extraterritorial: bool = False,
    at_home: bool = False,
    reach: Reach = "either",
) -> DenialResult:
    """What a denial does.

    ``who`` withholds (``"NLD"``, ``"ASML"``, ``"CHN+RUS"``; nobody named and ``at`` given: the item is gone for
    everyone), ``to`` is the dependent (default: everyone), ``at`` the items (default: all), ``mode`` one of
    ``new_sales``, ``spares``, ``software``, ``knowledge``, ``market`` (default: all).  ``extraterritorial``: nor may
    it reach the dependent inside other makers' goods.  ``at_home`` asks whether the dependent can make the goals
    itself.  ``reach`` says whether an economy reaches what is made there, what its firms own, or either.
    """
    return answer(Setting.of(load(chain), who, to, at, mode, goals, extraterritorial, at_home, reach))


@dataclass(frozen=True)
class Setting:
    """A checked question: view, denial and goals."""

    view: View
    denial: Denial
    goals: tuple[str, ...]

    @classmethod
    def of(
        cls,
        chain: Chain,
        who: str | Iterable[str] | None,
        to: str | Iterable[str] | None = None,
        at: str | Iterable[str] | None = None,
        mode: str | None = None,
        goals: str | Iterable[str] | None = None,
        extraterritorial: bool = False,
        at_home: bool = False,
        reach: Reach = "either",
    ) -> Setting:
        """Check names and modes."""
        if mode is not None and mode not in MODES:
            raise nearest(mode, MODES, "mode of denial")
        if reach not in REACHES:
            raise nearest(reach, REACHES, "reach")
        by, dependent = actors(chain, who), actors(chain, to)
        if overlap := (by.economies & dependent.economies) | (by.firms & dependent.firms):
            raise StraitsError(f"{', '.join(sorted(overlap)[:3])} cannot be denier and dependent at once")
        named = frozenset(items_of(chain, at))
        if not by and not named:
            raise StraitsError("nothing is withheld: say who (NLD, ASML, CHN+RUS) or at which item")
        wanted = tuple(items_of(chain, goals)) or chain.goals
        account: By = "firm" if by.firms and not by.economies else "economy"
        view = View(chain, dependent, account, by.firms, extraterritorial, frozenset(wanted if at_home else ()))
        if not by and mode is None:
            view = replace(view, gone=named)
        known: Mode | None = next((told for told in MODES if told == mode), None)
        return cls(view, Denial(by, named, known, reach), wanted)


def items_of(chain: Chain, names: str | Iterable[str] | None) -> list[str]:
    """Items by id or name."""
    if names is None:
        return []
    return [chain.item(name).id for name in ([names] if isinstance(names, str) else names)]


def answer(setting: Setting, unknowns: bool = True) -> DenialResult:
    """The result for a checked question; ``unknowns=False`` skips the search for the ones that matter."""
    view, denial, chain = setting.view, setting.denial, setting.view.chain
    flows = Flows(view, denial)
    named = Flows(without_unnamed(view, denial), denial)
    states = states_of(view, denial)
    order = {item: place for place, item in enumerate(chain.order)}
    hit = [
        _loss(flows, named, states, item, HERE)
        for item in sorted(chain.items, key=order.__getitem__)
        if flows.lost(item).high > 0 or states[item] is not False
    ]
    held = {row.item for item in chain.items for row in _hit_rows(view, denial, item)} | view.gone
    withheld = sorted(held, key=order.__getitem__)
    goals = tuple(_loss(flows, named, states, item, HERE) for item in setting.goals)
    stopped = {loss.item for loss in hit}
    return DenialResult(
        chain=chain.id,
        chain_name=chain.name,
        denied_by=denial.by.names,
        dependent=view.dependent.names,
        at=tuple(sorted(denial.at)),
        mode=denial.mode,
        goals=goals,
        withheld=tuple(withheld),
        hit=tuple(hit),
        ways=tuple(_telling(_ways(view, denial, stopped | set(setting.goals)), setting.goals)),
        replacements=tuple(_replacements(view, denial, withheld)),
        blowback=_blowback(flows, named),
        market_lost=tuple(market_lost(view, denial)),
        unknowns=tuple(mattering(setting)) if unknowns else (),
        names=chain.names,
    )


def _loss(flows: Flows, named: Flows, states: Mapping[str, bool | None], item: str, zone: Zone) -> Loss:
    stops = states[item] if zone == HERE else False
    name = flows.view.chain.items[item].name
    return Loss(item, name, stops, flows.lost(item, zone), named.lost(item, zone), flows.stops[item, zone])


def _hit_rows(view: View, denial: Denial, item: str) -> list[Provision]:
    lines = (line for line in view.lines(item, HERE) if view.status(line.row) is not False)
    return [line.row for line in lines if denial.hits(view, line.row)]


def without_unnamed(view: View, denial: Denial) -> View:
    """The view in which nobody of whom nothing is known is with the denier."""
    suppose = dict(view.suppose)
    for item in view.chain.items:
        for line in view.lines(item, HERE):
            if denial.hits(view, line.row) is None and not may_hold(view.chain, line.row, denial.by, denial.reach):
                suppose[line.row.id] = Choice(hit=False)
    return replace(view, suppose=suppose)


# -- stops or not --------------------------------------------------------------------------------------------


def states_of(view: View, denial: Denial, goals: Iterable[str] | None = None) -> dict[str, bool | None]:
    """Whether each item stops for the dependent: yes, no, or ``None`` when an unknown decides.

    An item that is open even without the denial counts only when the denial touches what it rests on.
    """
    best, worst = network(view, True, goals), network(view, False, goals)
    good = best.values(delivered(best, view, denial, True))
    bad = worst.values(delivered(worst, view, denial, False))
    before = worst.values([1] * len(worst.rows))
    touched = _touched(view, denial)
    states: dict[str, bool | None] = {}
    for (item, zone), gate in best.available.items():
        if zone == HERE:
            other = worst.available[item, zone]
            fails = not bad[other] and (bool(before[other]) or item in touched)
            states[item] = True if not good[gate] else None if fails else False
    return states


def delivered(net: Network, view: View, denial: Denial, favour: bool) -> list[int]:
    """For each provision of a network, whether it is still delivered."""
    hits = [denial.hits(view, row) for row in net.rows]
    return [int(hit is not True) if favour else int(hit is False) for hit in hits]


def _touched(view: View, denial: Denial) -> set[str]:
    chain, touched = view.chain, set[str]()
    for item in chain.order:
        if (
            item in view.gone
            or chain.needs(item) & touched
            or any(denial.hits(view, line.row) is not False for line in view.lines(item, HERE))
        ):
            touched.add(item)
    return touched


# -- ways, replacements, blowback ----------------------------------------------------------------------------


def _ways(view: View, denial: Denial, items: set[str]) -> Iterable[Way]:
    """Every recipe of an item that is hit: whether its inputs are still to be had by its makers."""
    best, worst = network(view, True), network(view, False)
    good = best.values(delivered(best, view, denial, True))
    bad = worst.values(delivered(worst, view, denial, False))
    chain = view.chain
    for item in (item for item in chain.order if item in items):
        lines = view.lines(item, HERE)
        for recipe in chain.recipes_of.get(item, ()):
            users = [line for line in lines if recipe in view.usable(line) and view.status(line.row) is not False]
            zones = [(line.makers[0], line.makers[-1]) for line in users] or [(HERE, HERE)]
            can = any(_has(recipe, best, good, zone[1]) for zone in zones) and view.status(recipe) is not False
            must = any(_has(recipe, worst, bad, zone[0]) for zone in zones) and bool(view.status(recipe))
            yield Way(
                item=item,
                recipe=recipe.id,
                name=recipe.name,
                makers=tuple(dict.fromkeys(chain.provider_name(line.row.provider) for line in users)),
                survives=must if must == can else None,
                penalty=recipe.penalty.to_dict(),
                penalty_text=str(recipe.penalty),
                missing=tuple(
                    need.item
                    for need in recipe.inputs
                    if not all(good[best.available[need.item, zone[1]]] for zone in zones)
                ),
            )


def _telling(ways: Iterable[Way], goals: Sequence[str]) -> list[Way]:
    """The ways of goals, of items with a choice of recipes, and of items that lose one."""
    told = list(ways)
    choice = {way.item for way in told if way.survives is not True}
    choice |= {way.item for way in told if sum(other.item == way.item for other in told) > 1}
    return [way for way in told if way.item in choice or way.item in goals]


def _has(recipe: Recipe, net: Network, values: Sequence[int], zone: Zone) -> bool:
    return all(values[net.available[need.item, zone]] for need in recipe.inputs)


def _replacements(view: View, denial: Denial, withheld: Iterable[str]) -> Iterable[Replacement]:
    """Providers outside the denial of what is withheld, with the time they need."""
    for item in withheld:
        for line in view.lines(item, HERE):
            if denial.hits(view, line.row) is not True:
                name = view.chain.provider_name(line.row.provider)
                yield Replacement(item, name, line.row.id, view.status(line.row), line.row.lead_time)


def _blowback(flows: Flows, named: Flows) -> Blowback:
    view, denial, chain = flows.view, flows.denial, flows.view.chain
    if not view.dependent:
        return Blowback((), ())
    none = dict.fromkeys(chain.items, False)
    inputs = [
        _loss(flows, named, none, item, WORLD)
        for item in chain.order
        if named.lost(item, WORLD).high > 0 or flows.lost(item, WORLD).low > 0
    ]
    return Blowback(tuple(inputs), tuple(sales(view, denial)))


def sales(view: View, denial: Denial) -> Iterable[tuple[str, str, Interval]]:
    """What the deniers sell to the dependent, as a share of their sales; unknown where no record says."""
    chain = view.chain
    for item in chain.order:
        rows = _hit_rows(view, denial, item)
        if not rows:
            continue
        sellers = {row.provider for row in rows}
        told = [
            market
            for market in chain.markets
            if market.item == item
            and (not market.seller or market.seller in sellers)
            and chain.members(market.buyer) & view.dependent.economies
        ]
        inside = [market for market in told if chain.members(market.buyer) <= view.dependent.economies]
        share = Interval.share_unknown("no record of who buys")
        if inside:
            share = Interval(max(m.share.low for m in inside), min(1.0, sum(m.share.high for m in inside)))
        yield item, chain.items[item].name, share


def market_lost(view: View, denial: Denial) -> Iterable[tuple[str, str, Interval]]:
    """What the dependent's makers sell to the deniers, where a record says: lost when the market is closed."""
    chain, needy = view.chain, view.dependent
    if denial.mode not in (None, "market") or not denial.by.economies or not needy:
        return
    for market in chain.markets:
        buyers = chain.members(market.buyer)
        rows = chain.provisions_of.get(market.item, ())
        sellers = {row.provider for row in rows if belongs(chain, row, needy)}
        at = not denial.at or market.item in denial.at
        if (
            at
            and buyers
            and buyers <= denial.by.economies
            and (market.seller in sellers if market.seller else sellers)
        ):
            yield market.item, chain.items[market.item].name, market.share


# -- which unknown matters -----------------------------------------------------------------------------------


def mattering(setting: Setting) -> list[Unknown]:
    """The unknowns that would, alone, change a goal's verdict or narrow its loss, the most telling first.

    Each is supposed one way and the other while all others stay open.
    """
    told = outcome(setting)
    if all(stops is not None and lost.width < _MATTERS for stops, lost in told.values()):
        return []
    flows = Flows(setting.view, setting.denial, frozenset(setting.goals))
    states = states_of(setting.view, setting.denial, setting.goals)
    # an unknown about an item that comes out the same anyhow cannot matter further down
    open_items = {item for item, state in states.items() if state is None or flows.lost(item).width >= _MATTERS}
    found = []
    for what, item, place, ways in list(_open_questions(setting, open_items))[:_TRIED]:
        other = [
            outcome(replace(setting, view=replace(setting.view, suppose={**setting.view.suppose, **way})))
            for way in ways
        ]
        gain = max((_gain(told[goal], outcome[goal]) for outcome in other for goal in setting.goals), default=0.0)
        if gain >= _MATTERS:
            found.append((-gain, Unknown(what, item, _spoken(setting, told, other), place)))
    return [unknown for _, unknown in sorted(found, key=lambda pair: (pair[0], pair[1].what))]


Outcome = dict[str, tuple[bool | None, Interval]]


def outcome(setting: Setting) -> Outcome:
    """Verdict and loss of each goal."""
    flows = Flows(setting.view, setting.denial, frozenset(setting.goals))
    states = states_of(setting.view, setting.denial, setting.goals)
    return {goal: (states[goal], flows.lost(goal)) for goal in setting.goals}


def _gain(before: tuple[bool | None, Interval], after: tuple[bool | None, Interval]) -> float:
    narrower = before[1].width - after[1].width
    return narrower + (1.0 if before[0] is None and after[0] is not None else 0.0)


def _spoken(setting: Setting, before: Outcome, after: Sequence[Outcome]) -> str:
    """How the goal that depends most on it comes out, one way and the other."""
    goal = max(setting.goals, key=lambda name: max(_gain(before[name], other[name]) for other in after))
    ways = list(dict.fromkeys(_ending(*other[goal]) for other in after))
    return f"{setting.view.chain.items[goal].name}: {' or '.join(ways)}"


def _ending(stops: bool | None, lost: Interval) -> str:
    if stops:
        return "stops"
    words = "goes on" if stops is False else "may stop"
    return f"{words} with {lost.percent() if lost.high else 'nothing'} lost"


Question = tuple[str, str, str, list[dict[str, Choice]]]


def _open_questions(setting: Setting, items: set[str]) -> Iterable[Question]:
    """What is open upstream of the goals: who, whether it works, how much, and how kinds serve."""
    view, denial, chain = setting.view, setting.denial, setting.view.chain
    for item in (item for item in chain.order if item in items):
        lines = [line for line in view.lines(item, HERE) if view.status(line.row) is not False]
        hits = {line.row.id: denial.hits(view, line.row) for line in lines}
        if len(view.chain.kinds_of.get(item, ())) > 1 and view.kinds(item) == "unknown":
            yield f"{chain.items[item].name}: whether all of its kinds are needed or any will do", item, chain.items[item].cited.place, [
                {item: Choice(status=True)}, {item: Choice(status=False)}
            ]  # fmt: skip
        for recipe in chain.recipes_of.get(item, ()):
            if view.status(recipe) is None:
                what = f"{chain.items[item].name}: whether the recipe {recipe.name} is ready for use"
                yield what, item, recipe.cited.place, _either("status", recipe.id)
        for line in lines:
            yield from _line_questions(view, line, hits)


def _line_questions(view: View, line: Line, hits: Mapping[str, bool | None]) -> Iterable[Question]:
    chain, row = view.chain, line.row
    name = chain.items[row.item].name
    who = "the supplier who is not named" if is_unnamed(chain, row) else spoken([row.provider], chain.names)
    if row.id.endswith(".not-listed"):
        who = "whoever supplies what is not listed"
    if hits[row.id] is None:
        yield f"{name}: whether {who} withholds too", row.item, row.cited.place, _either("hit", row.id)
    if not any(hit is not False for hit in hits.values()):
        return
    if view.status(row) is None:
        yield f"{name}: whether buyers can turn to {who}", row.item, row.cited.place, _either("status", row.id)
    if line.share.width >= _MATTERS and hits[row.id] is not None:
        ends = [Interval.exactly(line.share.low), Interval.exactly(line.share.high)]
        yield f"{name}: the share of {who}", row.item, row.cited.place, [{row.id: Choice(share=end)} for end in ends]


def _either(what: str, name: str) -> list[dict[str, Choice]]:
    ways = (True, False)
    return [{name: Choice(status=way) if what == "status" else Choice(hit=way)} for way in ways]


__all__ = ["Actors", "Blowback", "DenialResult", "Loss", "Setting", "Way", "answer", "belongs", "deny", "states_of"]
