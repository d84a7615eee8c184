"""What a chain of production knows about one item between a dependent and a provider, as numbers and plain facts.

Everything is asked of :mod:`straits.chains`: shares withheld by location and ownership, who else supplies, which
recipes survive, the smallest denial sets and whether they are hard.  Unknown is an interval, ``None`` or ``open``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from straits.chains.chokepoint import ChokepointsResult, DenialSet, chokepoints
from straits.chains.denial import DenialResult, Loss, Setting, Unknown, Way, answer, mattering, outcome
from straits.chains.feasibility import HERE, Line
from straits.chains.model import Chain, Cited, Interval, Item
from straits.chains.parties import Actors, Reach, actors, belongs, is_unnamed
from straits.vocabulary.regions import short_name

SIZE = 3
MOST = 0.5
"""More than this share is "most of it" (the wording of the questions ``reliance`` and ``provider_position``)."""


@dataclass(frozen=True)
class Supplier:
    """One line of supply to the dependent.

    ``withheld`` says whether the provider's side can withhold it, ``own`` whether it is made in the dependent's
    economies or by its firms; ``ready`` whether buyers can turn to it; each is ``None`` when that is open.
    """

    name: str
    named: bool
    location: str
    owner: str
    share: Interval
    effective: Interval | None
    ready: bool | None
    lead_time: Interval
    withheld: bool | None
    own: bool | None

    @property
    def other(self) -> bool:
        """Whether it belongs to neither side, as far as is known."""
        return self.withheld is not True and self.own is not True

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "provider": self.name if self.named else None,
            "location": self.location or None,
            "owner": self.owner or None,
            "share": self.share.to_list(),
            "effective_share": self.effective.to_list() if self.effective else None,
            "ready": self.ready,
            "possibly_withheld": self.withheld is None,
            "lead_time_months": self.lead_time.to_list(),
        }


@dataclass(frozen=True)
class Alternatives:
    """What is left when nobody has an item: the recipes of what is made with it, and the products of the chain."""

    chain: Chain
    item: Item

    @cached_property
    def products(self) -> tuple[str, ...]:
        """The goals of the chain that rest on the item."""
        return tuple(goal for goal in self.chain.goals if goal in self._made)

    @cached_property
    def _made(self) -> set[str]:
        chain, item = self.chain, self.item.id
        return {other for other in chain.items if other != item and item in chain.upstream([other])}

    @cached_property
    def _without(self) -> DenialResult:
        wanted = sorted(self._made)
        return answer(Setting.of(self.chain, None, None, [self.item.id], None, wanted), unknowns=False)

    @cached_property
    def after(self) -> tuple[Loss, ...]:
        """What becomes of the products; nothing is made of the last item of a chain."""
        return tuple(loss for loss in self._without.goals if loss.item in self.products) if self.products else ()

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """Recipes of what is made with the item, directly or further on, with whether they survive."""
        return tuple(way for way in self._without.ways if way.item in self._made) if self.products else ()

    @cached_property
    def facts(self) -> dict[str, str]:
        """The plain facts on other ways."""
        stops = [loss.stops for loss in self.after]
        state = "open"
        if not stops:
            state = "end"
        elif None not in stops:
            state = "all_stop" if all(stops) else "some_stop" if any(stops) else "go_on"
        made = [way.item for way in self.ways]
        stated = any(way.survives and way.penalty_text != "none stated" for way in self.ways)
        kept = bool(self.after) and all(loss.output_lost.high < 1 for loss in self.after)
        return {
            "ways": state,
            "choice": _yes(len(made) > len(set(made))),
            "penalty": "stated" if stated else "not_stated",
            "kept": "part" if kept else "open",
        }


@dataclass(frozen=True)
class Question:
    """One item of a chain, a dependent and a provider: regions or economies."""

    chain: Chain
    item: Item
    dependent: str
    provider: str
    alternatives: Alternatives

    @classmethod
    def both_ways(cls, chain: Chain, item: str, pairs: Iterable[tuple[str, str]]) -> list[Question]:
        """The same item between several pairs of dependent and provider."""
        found = chain.items[item]
        without = Alternatives(chain, found)
        return [cls(chain, found, dependent, provider, without) for dependent, provider in pairs]

    @cached_property
    def setting(self) -> Setting:
        """The denial of this item alone by the provider's side."""
        wanted = [self.item.id]
        return Setting.of(self.chain, self.provider, self.dependent, wanted, None, wanted)

    def otherwise(self, **changed: Any) -> Setting:
        """The same question with another denial: ``reach``, or ``at`` (nothing named: every step)."""
        return replace(self.setting, denial=replace(self.setting.denial, **changed))

    # -- what the other side can withhold --------------------------------------------------------------------

    @cached_property
    def lost(self) -> Mapping[Reach, Interval]:
        """The share of use gone at first when this item is withheld, by reach."""
        reaches: tuple[Reach, ...] = ("either", "location", "ownership")
        return {reach: outcome(self.otherwise(reach=reach))[self.item.id][1] for reach in reaches}

    @cached_property
    def with_earlier_steps(self) -> tuple[bool | None, Interval]:
        """Whether it stops, and the share gone, when the other side withholds every earlier step too."""
        return outcome(self.otherwise(at=frozenset()))[self.item.id]

    @cached_property
    def unknowns(self) -> tuple[Unknown, ...]:
        """What would change the share gone, the most telling first; then what keeps denial sets from being certain."""
        told = mattering(self.setting)
        known = {unknown.what for unknown in told}
        return (*told, *(unknown for unknown in self.sets.unknowns if unknown.what not in known))

    # -- who supplies ----------------------------------------------------------------------------------------

    @cached_property
    def suppliers(self) -> tuple[Supplier, ...]:
        """Every line of supply to the dependent."""
        setting = self.setting
        needy = actors(self.chain, self.dependent)
        return tuple(self._supplier(setting, needy, line) for line in setting.view.lines(self.item.id, HERE))

    def _supplier(self, setting: Setting, needy: Actors, line: Line) -> Supplier:
        row, chain = line.row, self.chain
        named = not is_unnamed(chain, row)
        return Supplier(
            name=short_name(chain.provider_name(row.provider)),
            named=named,
            location=row.location,
            owner=row.owner,
            share=line.share,
            effective=row.effective,
            ready=setting.view.status(row),
            lead_time=row.lead_time,
            withheld=setting.denial.hits(setting.view, row),
            own=belongs(chain, row, needy),
        )

    @property
    def others(self) -> tuple[Supplier, ...]:
        """Suppliers that belong to neither side, as far as is known."""
        return tuple(one for one in self.suppliers if one.other)

    @property
    def own(self) -> tuple[Supplier, ...]:
        """The dependent's own, that the other side cannot withhold."""
        return tuple(one for one in self.suppliers if one.named and one.own and one.withheld is not True)

    @property
    def lead_time(self) -> Interval | None:
        """Months until the quickest named other source is there; ``None`` when there is none."""
        times = [one.lead_time for one in self.others if one.named and one.withheld is False]
        if not times:
            return None
        return Interval(min(time.low for time in times), min(time.high for time in times))

    # -- who can stop it -------------------------------------------------------------------------------------

    @cached_property
    def sets(self) -> ChokepointsResult:
        """The minimal denial sets against the dependent."""
        return chokepoints(self.chain, self.dependent, size=SIZE, goals=[self.item.id], every_item=False)

    @property
    def smallest(self) -> tuple[DenialSet, ...]:
        """The sets with the fewest economies that stop it for certain."""
        fewest = min((len(entry.denied) for entry in self.sets.sets), default=0)
        return tuple(entry for entry in self.sets.sets if len(entry.denied) == fewest)

    @cached_property
    def hard(self) -> bool | None:
        """Whether nothing can take over within ten years once the provider's side alone stops it."""
        if self.with_earlier_steps[0] is not True:
            return None
        found = chokepoints(
            self.chain, self.dependent, size=1, goals=[self.item.id], blocs=[self.provider], every_item=False
        )
        side = actors(self.chain, self.provider).economies
        inside = [e for e in found.sets if e.denied == (self.provider,) or set(e.denied) <= side]
        return inside[0].hard if inside else None

    @property
    def economies_for_75(self) -> tuple[int | None, int | None]:
        """The fewest and the most economies that make three quarters of the use; ``None`` is open."""
        rows = [row for row in self.sets.concentration if row.item == self.item.id]
        return rows[0].economies_for_75 if rows else (None, None)

    # -- in words that readings use --------------------------------------------------------------------------

    @cached_property
    def facts(self) -> dict[str, str]:
        """The plain facts, each one of :data:`straits.assess.readings.FACTS`."""
        stops, total = self.with_earlier_steps
        lost = self.lost["either"]
        return {
            "alone": {True: "stops", False: "cannot", None: "may"}[stops],
            "hard": {True: "hard", False: "soft", None: "open"}[self.hard],
            "untouched": _yes(total.high == 0),
            "most": "open"
            if not self.suppliers
            else "yes"
            if lost.low > MOST
            else "no"
            if lost.high <= MOST
            else "open",
            "home": self._home(),
            **self.alternatives.facts,
            **self._other_facts(),
        }

    @property
    def numbers(self) -> dict[str, Interval]:
        """The numbers that bands are laid over."""
        lead = self.lead_time
        known = {"lost": self.lost["either"]} if self.suppliers else {}
        return known | ({"lead_time": lead} if lead is not None else {})

    def _other_facts(self) -> dict[str, str]:
        sure = [one for one in self.others if one.named and one.withheld is False and one.own is False]
        unsure = any(one not in sure for one in self.others if one.share.high > 0) or not self.suppliers
        ready = [one for one in sure if one.ready]
        may = unsure or any(one.ready is None for one in sure)
        return {
            "named_others": "none"
            if not sure
            else "one_or_two"
            if len({one.name for one in sure}) < 3
            else "several",
            "unnamed_others": _yes(unsure),
            "ready_others": "yes" if ready else "open" if may else "no",
            "effective_others": "yes" if any(one.effective and one.effective.low > 0 for one in ready) else "open",
            "share_of_others": "some" if any(one.share.low > 0 for one in ready) else "open",
        }

    def _home(self) -> str:
        own = self.own
        if any(one.ready and one.share.low > 0 for one in own):
            return "in_use"
        unsure = any((not one.named or one.own is None) and one.share.high > 0 for one in self.suppliers)
        if not self.suppliers or unsure or any(one.ready is not False for one in own):
            return "open"
        return "not_in_use" if own else "none"

    # -- where it comes from ---------------------------------------------------------------------------------

    def cited(self, items: Iterable[str]) -> list[Cited]:
        """The citations of some items, their suppliers and recipes, each once, in file order."""
        wanted = set(items)
        found: dict[tuple[str, str], Cited] = {}
        for one in self._every():
            if one[0] in wanted and one[1].source:
                found.setdefault((one[1].source, one[1].locator), one[1])
        return list(found.values())

    def _every(self) -> Iterable[tuple[str, Cited]]:
        chain = self.chain
        for item in chain.items.values():
            yield item.id, item.cited
            yield from ((item.id, row.cited) for row in chain.provisions_of.get(item.id, ()))
            yield from ((item.id, recipe.cited) for recipe in chain.recipes_of.get(item.id, ()))


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"
