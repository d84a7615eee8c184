"""Chains: how long the search for all minimal denial sets takes, and how it grows with items, providers and size.

``python run.py --only chains`` runs everything; ``python chains.py CASE`` does one in this process and prints its time and
peak memory as JSON.  Timed is the search alone, from the question to all minimal sets of the goal, on a chain that is
loaded; *answer* is all of ``chokepoints`` with losses, substitutes and concentration.  A contender's sets are compared with
ours before the clock starts.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from measuring import Measured, in_turns, say

ETO = Path(__file__).resolve().parents[2] / "shared" / "data" / "eto_semiconductor_supply_chain"
PLACES = 60
Sets = dict[str, list[tuple[str, ...]]]


@dataclass(frozen=True)
class Case:
    """One search; ``items`` is 0 for the ETO chain.  ``bar`` in seconds."""

    items: int
    firms: int
    by: str
    dependent: str | None
    size: int
    how: str = "straits"
    bar: float | None = None

    @property
    def name(self) -> str:
        """As the command line takes it."""
        return f"{self.items}:{self.firms}:{self.by}:{self.dependent or 'everyone'}:{self.size}:{self.how}"

    @classmethod
    def named(cls, name: str) -> Case:
        """The case with that name."""
        items, firms, by, dependent, size, how = name.split(":")
        return cls(int(items), int(firms), by, None if dependent == "everyone" else dependent, int(size), how)


BARS = (
    Case(0, 0, "economy", "CHN", 3, bar=0.2),
    Case(0, 0, "firm", "CHN", 3, bar=0.2),
    *(Case(10_000, 3_000, by, whom, 3, bar=5.0) for by in ("economy", "firm") for whom in ("CHN", None)),
)
OTHERS = (
    Case(0, 0, "economy", "CHN", 3, "other method"),
    Case(0, 0, "economy", "CHN", 3, "each set in turn"),
    Case(0, 0, "firm", "CHN", 3, "other method"),
    Case(0, 0, "economy", "CHN", 3, "answer"),
    Case(0, 0, "firm", "CHN", 3, "answer"),
)
GROWTH = (
    *(Case(10_000, 3_000, by, None, size) for size in (1, 2, 4) for by in ("economy", "firm")),
    *(Case(items, items * 3 // 10, by, None, 3) for items in (1_000, 3_000, 30_000) for by in ("economy", "firm")),
    *(Case(10_000, firms, "firm", None, 3) for firms in (300, 30_000)),
)


def run(repeats: int, growth: bool) -> dict[Case, Measured]:
    """The cases of the bars and their contenders in turns, then (``growth``) how the time grows, in fewer runs."""
    if not ETO.is_dir():
        say(f"no folder {ETO.name} beside the project: the ETO chain is left out")
    found = _in_turns([*BARS, *OTHERS], repeats)
    return found | (_in_turns(GROWTH, min(repeats, 3)) if growth else {})


def _in_turns(cases: tuple[Case, ...] | list[Case], repeats: int) -> dict[Case, Measured]:
    told = {case.name: case for case in cases if case.items or ETO.is_dir()}
    measured = in_turns({name: ("chains.py", name) for name in told}, repeats)
    return {told[name]: one for name, one in measured.items()}


# -- in a process of its own -----------------------------------------------------------------------------------


def _chain(case: Case) -> Any:
    if not case.items:
        from straits.chains.eto import import_eto

        return import_eto(ETO).chain
    from chains_made_up import made_up

    return made_up(case.items, case.firms, PLACES)


def _straits(case: Case, chain: Any) -> Sets:
    from straits.chains.chokepoint import certain_sets, prepared

    asked = prepared(chain, case.dependent, case.by, size=case.size)
    return certain_sets(asked, asked.goals)


def _answer(case: Case, chain: Any) -> Sets:
    from straits.chains.chokepoint import chokepoints

    found = chokepoints(chain, case.dependent, by=case.by, size=case.size)
    return {"all": [entry.denied for entry in found.sets]}


def _parts(case: Case, chain: Any) -> tuple[Any, Any, list[str], Any, tuple[str, ...]]:
    """The question as a network of gates: what both methods and the plain loop start from."""
    from straits.chains.chokepoint import prepared
    from straits.chains.feasibility import network

    asked = prepared(chain, case.dependent, case.by, size=case.size)
    net = network(asked.view, True, asked.goals)
    names, holders = asked.holders(net.rows)
    return asked, net, names, holders, asked.goals


def _other(case: Case, chain: Any) -> Sets:
    """The method that was not chosen: sets carried along for few actors, all sets side by side for many."""
    from straits.chains.cuts import carried_along, side_by_side
    from straits.chains.feasibility import HERE

    _, net, names, holders, goals = _parts(case, chain)
    found: Sets = {}
    for goal in goals:
        gate = net.available[goal, HERE]
        if case.by == "economy":
            cuts = carried_along(net, gate, holders, len(names), case.size)
        else:
            cuts = side_by_side(net, [gate], holders, len(names), case.size)[gate]
        found[goal] = [tuple(names[actor] for actor in cut) for cut in cuts]
    return found


def _in_turn(case: Case, chain: Any) -> Sets:
    """Every set of up to ``size`` actors tried, smaller ones first; the plainest way."""
    from straits.chains.feasibility import HERE

    _, net, names, holders, goals = _parts(case, chain)
    found: Sets = {goal: [] for goal in goals}
    for size in range(case.size + 1):
        for cut in combinations(range(len(names)), size):
            who = set(cut)
            values = net.values([int(held is not None and not who & set(held)) for held in holders])
            for goal in goals:
                known = any(set(other) <= {names[actor] for actor in cut} for other in found[goal])
                if not known and not values[net.available[goal, HERE]]:
                    found[goal].append(tuple(names[actor] for actor in cut))
    return found


HOW: dict[str, Callable[[Case, Any], Sets]] = {
    "straits": _straits,
    "answer": _answer,
    "other method": _other,
    "each set in turn": _in_turn,
}


def _same(one: Sets, other: Sets) -> bool:
    return {goal: sorted(map(sorted, cuts)) for goal, cuts in one.items()} == {
        goal: sorted(map(sorted, cuts)) for goal, cuts in other.items()
    }


def main(name: str) -> None:
    """Do one case and print what it took."""
    import straits.chains.chokepoint
    import straits.chains.cuts
    import straits.chains.eto  # noqa: F401 - libraries are imported before the clock starts

    case = Case.named(name)
    chain = _chain(case)
    ours = _straits(case, chain) if case.how in ("other method", "each set in turn") else None
    began = time.perf_counter()
    found = HOW[case.how](case, chain)
    seconds = time.perf_counter() - began
    if ours is not None and not _same(found, ours):
        raise SystemExit(f"{name}: other sets than ours")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "peak_bytes": peak, "rows": sum(map(len, found.values()))}))


if __name__ == "__main__":
    main(*sys.argv[1:])
