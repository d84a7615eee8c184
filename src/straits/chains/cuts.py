"""All minimal denial sets: the smallest groups of actors whose withholding stops an item.

Fault-tree analysis calls these minimal cut sets.  Two exact methods, chosen by size:

* *Side by side.*  With few actors (economies) every set of up to k actors is one bit of a long vector, and one
  pass over the gates answers all of them at once: availability is AND and OR of whole vectors.
* *Carried along.*  With many actors (firms) every gate carries its own minimal sets of up to k actors: an item that
  needs all of its inputs falls with any one of them (union), an item with alternatives only when a set stops each
  of them (all unions of one set from each, those of more than k actors dropped; W. S. Lee et al., "Fault tree
  analysis, methods, and applications", IEEE Trans. Reliability 34(3), 1985).  Dropping is exact: a set of
  at most k actors is only ever put together from sets of at most k.

The cost of the first grows with gates times C(actors, <= k) / 64, that of the second with the number of minimal sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise
from math import comb

import numpy as np

from straits.chains.feasibility import AND, LITERAL, Network

Cut = tuple[int, ...]
Holders = Cut | None
SIDE_BY_SIDE = 100_000
"""Up to this many sets, every one is tried side by side."""


def minimal_sets(
    net: Network, gates: Sequence[int], holders: Sequence[Holders], count: int, size: int
) -> dict[int, list[Cut]]:
    """For each asked gate, all minimal sets of at most ``size`` actors that make it false, sorted.

    ``holders`` lists for each provision of the network the actors any of whom can withhold it (none: nobody can;
    ``None``: it does not come at all); ``count`` is the number of actors.
    """
    vectors = sum(comb(count, number) for number in range(size + 1))
    if vectors <= SIDE_BY_SIDE:
        return side_by_side(net, gates, holders, count, size)
    if len(gates) == 1:
        return {gates[0]: carried_along(net, gates[0], holders, count, size)}
    carrier = _Carrier(size)
    return {gate: carrier.minimal(family) for gate, family in carrier.run(net, gates, holders).items()}


# -- every set at once ---------------------------------------------------------------------------------------


def side_by_side(
    net: Network, gates: Sequence[int], holders: Sequence[Holders], count: int, size: int
) -> dict[int, list[Cut]]:
    """Minimal sets by trying every set of at most ``size`` actors, as bits of one vector a gate."""
    sets = [chosen for number in range(size + 1) for chosen in combinations(range(count), number)]
    starts = np.cumsum([0, *(comb(count, number) for number in range(size + 1))])
    taken = _taken(sets, count)
    everything = (1 << len(sets)) - 1
    stops: dict[Holders, int] = {None: 0}
    delivered = []
    for actors in holders:
        if actors not in stops:
            withheld = 0
            for actor in actors or ():
                withheld |= taken[actor]
            stops[actors] = everything & ~withheld
        delivered.append(stops[actors])
    values = net.values(delivered, everything)
    layers = [((1 << int(end)) - 1) ^ ((1 << int(start)) - 1) for start, end in pairwise(starts)]
    told: dict[int, list[Cut]] = {}
    known: dict[int, list[Cut]] = {}
    for gate in gates:
        failing = everything & ~values[gate]
        if failing not in known:
            known[failing] = _minimal_of(failing, sets, taken, layers, everything)
        told[gate] = known[failing]
    return told


def _taken(sets: Sequence[Cut], count: int) -> list[int]:
    """For each actor, the sets that it is in, as bits."""
    table = np.zeros((count, len(sets)), dtype=np.uint8)
    for number, chosen in enumerate(sets):
        for actor in chosen:
            table[actor, number] = 1
    packed = np.packbits(table, axis=1, bitorder="little")
    return [int.from_bytes(row.tobytes(), "little") for row in packed]


def _minimal_of(
    failing: int, sets: Sequence[Cut], taken: Sequence[int], layers: Sequence[int], everything: int
) -> list[Cut]:
    """The sets that fail and hold no smaller one that fails."""
    found: list[Cut] = []
    left = failing
    for layer in layers:
        new = [sets[number] for number in bits(left & layer)]
        found += new
        for chosen in new:
            above = everything
            for actor in chosen:
                above &= taken[actor]
            left &= ~above
        if not left:
            break
    return found


def bits(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set, ascending.

    >>> list(bits(0b10110))
    [1, 2, 4]
    """
    if not mask:
        return iter(())
    raw = np.frombuffer(mask.to_bytes((mask.bit_length() + 7) // 8, "little"), dtype=np.uint8)
    return iter(np.flatnonzero(np.unpackbits(raw, bitorder="little")).tolist())


# -- sets carried from gate to gate --------------------------------------------------------------------------


def carried_along(net: Network, goal: int, holders: Sequence[Holders], count: int, size: int) -> list[Cut]:
    """Minimal sets of one gate, each gate carrying the minimal sets of at most ``size`` actors that stop it.

    Actors who stop the goal alone are found first (one pass, an actor a bit) and then left out: no larger minimal
    set contains one of them.
    """
    alone = [cut[0] for cut in side_by_side(net, [goal], holders, count, 1)[goal] if cut] if count else []
    if not net.values([int(actors is not None) for actors in holders])[goal]:
        return [()]
    rest = set(alone)
    options: list[Holders] = [
        None if actors is None else tuple(actor for actor in actors if actor not in rest) for actors in holders
    ]
    carrier = _Carrier(size)
    carrier = _Carrier(size)
    found = carrier.minimal(carrier.run(net, [goal], options)[goal])
    return sorted([(actor,) for actor in alone] + found, key=lambda cut: (len(cut), cut))


class _Carrier:
    """Sets by number, so that a family of sets is one integer with a bit a set."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.cuts: list[Cut] = []
        self.numbers: dict[Cut, int] = {}
        self.minimal_known: dict[int, list[Cut]] = {0: []}
        self.products: dict[tuple[int, ...], int] = {}

    def run(self, net: Network, goals: Iterable[int], options: Sequence[Holders]) -> dict[int, int]:
        """The families of the goals."""
        goals = list(goals)
        families: dict[int, int] = {0: 0, 1: self.family([()])}
        for number in sorted(_under(net, goals) - {0, 1}):
            op, of = net.gates[number]
            if op == LITERAL:
                actors = options[of[0]]
                families[number] = self.family([()] if actors is None else [(actor,) for actor in actors])
            elif op == AND:
                family = 0
                for gate in of:
                    family |= families[gate]
                families[number] = family
            else:
                families[number] = self.product(families[gate] for gate in of)
        return {goal: families[goal] for goal in goals}

    def family(self, cuts: Iterable[Cut]) -> int:
        """A family as an integer."""
        mask = 0
        for cut in cuts:
            number = self.numbers.get(cut)
            if number is None:
                number = self.numbers[cut] = len(self.cuts)
                self.cuts.append(cut)
            mask |= 1 << number
        return mask

    def minimal(self, family: int) -> list[Cut]:
        """The minimal sets of a family, smallest first."""
        if family not in self.minimal_known:
            kept: set[Cut] = set()
            for cut in sorted((self.cuts[number] for number in bits(family)), key=len):
                if not any(part in kept for length in range(len(cut)) for part in combinations(cut, length)):
                    kept.add(cut)
            self.minimal_known[family] = sorted(kept, key=lambda cut: (len(cut), cut))
        return self.minimal_known[family]

    def product(self, families: Iterable[int]) -> int:
        """The family of sets that stop all of several alternatives."""
        told = sorted(set(families), key=int.bit_count)
        if not told[0]:
            return 0
        key = tuple(told)
        if key not in self.products:
            found = told[0]
            for family in told[1:]:
                found = self._both(found, family)
                if not found:
                    break
            self.products[key] = found
        return self.products[key]

    def _both(self, one: int, other: int) -> int:
        """Unions of a set from each; a set that is in both needs no partner."""
        common = one & other
        shared = set(self.minimal(common))
        mine, theirs = self.minimal(one & ~common), self.minimal(other & ~common)
        by_length = [[cut for cut in theirs if len(cut) == length] for length in range(self.size + 1)]
        having: dict[int, list[Cut]] = {}
        for cut in theirs:
            for actor in cut:
                having.setdefault(actor, []).append(cut)
        joined: set[Cut] = set()
        for cut in mine:
            first = set(cut)
            for cuts in by_length[: self.size - len(cut) + 1]:
                joined.update(tuple(sorted(first.union(second))) for second in cuts)
            # two sets that are too large together may still fit when they share actors
            large = {
                second for actor in cut for second in having.get(actor, ()) if len(second) + len(cut) > self.size
            }
            joined.update(both for second in large if len(both := tuple(sorted(first.union(second)))) <= self.size)
        return common | self.family(self.minimal_list(joined | shared))

    def minimal_list(self, cuts: set[Cut]) -> list[Cut]:
        """The minimal ones of some sets."""
        return [
            cut
            for cut in cuts
            if not any(part in cuts for length in range(len(cut)) for part in combinations(cut, length))
        ]


def _under(net: Network, goals: Iterable[int]) -> set[int]:
    """Some gates and all gates that they rest on."""
    found: set[int] = set()
    todo = list(goals)
    while todo:
        gate = todo.pop()
        if gate not in found:
            found.add(gate)
            if net.gates[gate].op != LITERAL:
                todo += net.gates[gate].of
    return found


__all__ = ["Cut", "bits", "carried_along", "minimal_sets", "side_by_side"]
