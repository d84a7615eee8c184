"""What can still be made: a chain and a question as a monotone Boolean function.

An item is available to the dependent when somebody who sells to it can make it, by any recipe (OR) all of whose
inputs (AND) are available to the *maker*.  A denial is aimed at the dependent: makers elsewhere go on buying, and
only what they sell to the dependent can be withheld; so every item has a gate for the dependent and a gate for
the rest of the world.  Without a dependent the denial hits everyone; with ``extraterritorial`` the deniers' items
may not reach the dependent inside other makers' goods either.  Unknowns give two functions, one in which every open
question is answered in favour of supply and one against: what fails in the first fails for certain, what works in
the second works for certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

from straits.chains.model import UNNAMED, Chain, Interval, Provision, Recipe
from straits.chains.parties import NOBODY, Actors

Zone = Literal["dependent", "world"]
HERE: Zone = "dependent"
WORLD: Zone = "world"
By = Literal["economy", "firm"]


class Line(NamedTuple):
    """One line of supply: a provision, its share of the buyer's use, and in which zones its maker may sit."""

    row: Provision
    share: Interval
    makers: tuple[Zone, ...]


class Choice(NamedTuple):
    """An answer supposed for one unknown, to see whether it matters: works or not, share, or reading of kinds."""

    status: bool | None = None
    hit: bool | None = None
    share: Interval | None = None


NOTHING = Choice()


class Extra(NamedTuple):
    """A source that could be added for the dependent; ``recipes`` it would use (empty: it needs nothing)."""

    row: Provision
    recipes: tuple[Recipe, ...] = ()


@dataclass(frozen=True)
class View:
    """A chain as one question sees it: who depends, and whether economies or firms are counted.

    ``by`` picks the account of an item's supply when it is told both by economy and by firm; ``firms`` are
    deniers that must be seen by name wherever they are listed; items ``at_home`` count only as far as the
    dependent makes them itself; items that are ``built`` have a new source in the dependent's reach,
    ``extras`` are sources that could be added; items that are ``gone`` are not to be had by the dependent at all.
    """

    chain: Chain
    dependent: Actors = NOBODY
    by: By = "economy"
    firms: frozenset[str] = frozenset()
    extraterritorial: bool = False
    at_home: frozenset[str] = frozenset()
    suppose: Mapping[str, Choice] = field(default_factory=dict)
    built: frozenset[str] = frozenset()
    extras: Mapping[str, tuple[Extra, ...]] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()

    @property
    def zones(self) -> tuple[Zone, ...]:
        """The dependent's zone, and the rest of the world where the denial does not reach it."""
        return (HERE, WORLD) if self.dependent else (HERE,)

    @cached_property
    def _lines(self) -> dict[tuple[str, Zone], tuple[Line, ...]]:
        return {}

    def lines(self, item: str, zone: Zone) -> tuple[Line, ...]:
        """All lines of supply of an item to a zone."""
        if (item, zone) not in self._lines:
            self._lines[item, zone] = self._found(item, zone)
        return self._lines[item, zone]

    def _found(self, item: str, zone: Zone) -> tuple[Line, ...]:
        told = self.chain.accounts(item)
        own = [buyer for buyer, _ in told if buyer and zone == HERE and self._buys_as(buyer)]
        buyer = min(own, key=lambda name: len(self.chain.members(name)), default="")
        rows = list(self._account(told, buyer))
        used = {row.provider for row in rows}
        shares = [row.share for row in rows]
        if buyer:  # whoever supplies the world could supply this buyer too, from a share of nothing
            others = [row for row in self._account(told, "") if row.provider not in used]
            rows += others
            shares += [Interval.exactly(0.0)] * len(others)
        elif not rows:  # told for other buyers only: who they are is known, their share of this use is not
            others = [row for key in told for row in self._account(told, key[0])]
            rows = list({row.provider: row for row in others}.values())
            shares = [Interval.share_unknown("stated for other buyers only") for _ in rows]
        if zone == HERE and item in self.at_home and self.dependent:
            return self._made_at_home(rows, shares)
        nothing = Interval.exactly(0.0)
        shares = [nothing if self.status(row) is False else share for row, share in zip(rows, shares, strict=True)]
        if self.suppose:
            shares = [
                self.suppose.get(row.id, NOTHING).share or share for row, share in zip(rows, shares, strict=True)
            ]
        if rows and (open_share := self._not_listed(shares)):
            rows.append(Provision(f"{item}.not-listed", item, UNNAMED, open_share))
            shares.append(open_share)
        return tuple(Line(row, share, self._makers(row, zone)) for row, share in zip(rows, shares, strict=True))

    def _made_at_home(self, rows: Sequence[Provision], shares: Sequence[Interval]) -> tuple[Line, ...]:
        inside = self.dependent.economies
        told = zip(rows, shares, strict=True)
        return tuple(Line(row, share, (HERE,)) for row, share in told if self._within(row, inside))

    def _within(self, row: Provision, inside: frozenset[str]) -> bool:
        members = self.chain.members(row.location)
        own = row.provider in self.dependent.firms or (bool(members) and members <= inside)
        return own and self.status(row) is not False

    def _not_listed(self, shares: Sequence[Interval]) -> Interval | None:
        """What the listed shares leave open beyond rounding: somebody supplies it, nobody says who."""
        if sum(share.high + self.chain.rounding for share in shares if share.high > 0) >= 1 - 1e-9:
            return None
        return Interval(1 - sum(share.high for share in shares), 1 - sum(share.low for share in shares))

    def _buys_as(self, buyer: str) -> bool:
        return bool(self.dependent.economies) and self.dependent.economies <= self.chain.members(buyer)

    def _account(self, told: Mapping[tuple[str, bool], tuple[Provision, ...]], buyer: str) -> tuple[Provision, ...]:
        firms, places = told.get((buyer, True), ()), told.get((buyer, False), ())
        if not firms or not places:
            return firms or places
        by_firm = self.by == "firm" or any(row.provider in self.firms for row in firms)
        return firms if by_firm else places

    def _makers(self, row: Provision, zone: Zone) -> tuple[Zone, ...]:
        """Where a maker may buy its inputs, the worse case first."""
        if not self.dependent:
            return (HERE,)
        if (self.extraterritorial and zone == HERE) or row.provider in self.dependent.firms:
            return (HERE,)
        inside = self.chain.members(row.location)
        if not inside or (inside & self.dependent.economies and not inside <= self.dependent.economies):
            return (HERE, WORLD)
        return (HERE,) if inside <= self.dependent.economies else (WORLD,)

    def usable(self, line: Line) -> tuple[Recipe, ...]:
        """The recipes that a line's maker can use."""
        recipes = self.chain.recipes_of.get(line.row.item, ())
        if not line.row.recipes:
            return recipes
        return tuple(recipe for recipe in recipes if recipe.id in line.row.recipes)

    def status(self, row: Provision | Recipe) -> bool | None:
        """Whether a provision or recipe is in use, or what is supposed of it."""
        if not self.suppose:
            return row.status
        supposed = self.suppose.get(row.id, NOTHING).status
        return row.status if supposed is None else supposed

    def kinds(self, item: str) -> str:
        """How a wider item is served by its kinds, or what is supposed of it."""
        supposed = self.suppose.get(item, NOTHING).status
        return self.chain.items[item].kinds if supposed is None else "any" if supposed else "all"


TRUE, FALSE = 0, 1
LITERAL, AND, OR = 0, 1, 2


class Gate(NamedTuple):
    """``op`` over gates that come earlier; of a literal, ``of`` holds the number of its provision."""

    op: int
    of: tuple[int, ...]


@dataclass
class Network:
    """A monotone Boolean function as gates in order; gates 0 and 1 are true and false.

    A literal is true while its provision is delivered to the dependent.
    """

    gates: list[Gate] = field(default_factory=lambda: [Gate(AND, ()), Gate(OR, ())])
    available: dict[tuple[str, Zone], int] = field(default_factory=dict)
    rows: list[Provision] = field(default_factory=list)
    _seen: dict[Gate, int] = field(default_factory=dict, repr=False)
    _literals: dict[str, int] = field(default_factory=dict, repr=False)

    def literal(self, row: Provision) -> int:
        """The gate of a provision's delivery."""
        if row.id not in self._literals:
            self._literals[row.id] = self._new(Gate(LITERAL, (len(self.rows),)))
            self.rows.append(row)
        return self._literals[row.id]

    def all_of(self, gates: Iterable[int]) -> int:
        """AND, simplified."""
        return self._join(AND, gates, TRUE, FALSE)

    def any_of(self, gates: Iterable[int]) -> int:
        """OR, simplified."""
        return self._join(OR, gates, FALSE, TRUE)

    def _join(self, op: int, gates: Iterable[int], neutral: int, absorbing: int) -> int:
        left = sorted(set(gates) - {neutral})
        if absorbing in left:
            return absorbing
        if not left:
            return neutral
        return left[0] if len(left) == 1 else self._new(Gate(op, tuple(left)))

    def _new(self, gate: Gate) -> int:
        if gate not in self._seen:
            self._seen[gate] = len(self.gates)
            self.gates.append(gate)
        return self._seen[gate]

    def values(self, delivered: Sequence[int], everything: int = 1) -> list[int]:
        """The value of every gate; with whole bit vectors in ``delivered``, many denials at once.

        ``delivered`` holds a bit (or bit vector) for each of ``rows``; ``everything`` is the all-ones vector.
        """
        told = [everything, 0]
        for op, of in self.gates[2:]:
            if op == LITERAL:
                told.append(delivered[of[0]])
            elif op == AND:
                value = told[of[0]]
                for gate in of[1:]:
                    value &= told[gate]
                told.append(value)
            else:
                value = told[of[0]]
                for gate in of[1:]:
                    value |= told[gate]
                told.append(value)
        return told


def network(view: View, favour: bool, goals: Iterable[str] | None = None, by_item: bool = False) -> Network:
    """The function of a view with every open question answered in favour of supply, or against it.

    ``goals`` restricts it to what these items rest on.  ``by_item`` gives every item a literal of its own
    (``item:ID``), false when the whole item is gone.
    """
    net = Network()
    chain = view.chain
    wanted = chain.upstream(goals) if goals is not None else None
    for item in chain.order:
        if wanted is None or item in wanted:
            for zone in reversed(view.zones):
                gate = _available(view, net, item, zone, favour)
                if by_item:
                    gate = net.all_of([gate, net.literal(Provision(f"item:{item}", item, "", Interval.exactly(1.0)))])
                net.available[item, zone] = gate
    return net


def _available(view: View, net: Network, item: str, zone: Zone, favour: bool) -> int:
    if zone == HERE and item in view.gone:
        return FALSE
    lines = view.lines(item, zone)
    kinds = [net.available[kind, zone] for kind in view.chain.kinds_of.get(item, ())]
    if lines:
        own = net.any_of(_line_groups(view, net, lines, zone, favour))
    else:
        own = (
            _makes(view, net, view.chain.recipes_of.get(item, ()), zone, favour)
            if view.chain.recipes_of.get(item)
            else FALSE
        )
    if item in view.built and zone == HERE:
        recipes = view.chain.recipes_of.get(item, ())
        own = net.any_of([own, _makes(view, net, recipes, zone, favour) if recipes else TRUE])
    if zone == HERE and item in view.extras:
        own = net.any_of([own, *(_extra(net, extra, zone) for extra in view.extras[item])])
    if not kinds:
        return own
    reading = view.kinds(item)
    if reading == "any" or (reading == "unknown" and favour):
        return net.any_of([own, *kinds])
    return net.all_of(kinds)


def _extra(net: Network, extra: Extra, zone: Zone) -> int:
    ways = [net.all_of(net.available[need.item, zone] for need in recipe.inputs) for recipe in extra.recipes]
    return net.all_of([net.literal(extra.row), net.any_of(ways) if ways else TRUE])


def _line_groups(view: View, net: Network, lines: tuple[Line, ...], zone: Zone, favour: bool) -> Iterable[int]:
    """One gate for all lines whose makers need the same: the needs, and any of the deliveries."""
    groups: dict[tuple[tuple[str, ...], str, Zone], list[int]] = {}
    for line in lines:
        status = view.status(line.row)
        if status is False or (status is None and not favour):
            continue
        maker = line.makers[-1] if favour else line.makers[0]
        recipes = tuple(recipe.id for recipe in view.usable(line))
        sold = net.literal(line.row) if zone == HERE else TRUE
        groups.setdefault((recipes, line.row.host, maker), []).append(sold)
    for (recipes, host, maker), deliveries in groups.items():
        needs = [net.any_of(deliveries)]
        if host:
            needs.append(net.available[host, maker])
        if recipes:
            needs.append(_makes(view, net, [view.chain.recipes[name] for name in recipes], maker, favour))
        yield net.all_of(needs)


def _makes(view: View, net: Network, recipes: Iterable[Recipe], zone: Zone, favour: bool) -> int:
    usable = []
    for recipe in recipes:
        status = view.status(recipe)
        if status or (status is None and favour):
            usable.append(net.all_of(net.available[need.item, zone] for need in recipe.inputs))
    return net.any_of(usable)
