"""Chains: how long the search for all minimal denial sets takes, and how it grows with items, providers and size.

    python benchmarks/chains.py [--eto FOLDER] [--repeats N] [--quick]

Prints a Markdown table; medians with the range.  "search" is the search alone, from the question to all minimal
sets of the goal; "answer" the whole ``chokepoints`` answer with losses, substitutes and concentration.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))

from chains_made_up import made_up
from straits.chains.chokepoint import certain_sets, chokepoints, prepared
from straits.chains.denial import deny
from straits.chains.eto import import_eto
from straits.chains.model import Chain

BARS = {"ETO": 0.2, "10000": 5.0}


def timed(work: Callable[[], object], repeats: int) -> tuple[list[float], object]:
    """Seconds of each run, and the last result."""
    seconds, found = [], None
    for _ in range(repeats):
        began = time.perf_counter()
        found = work()
        seconds.append(time.perf_counter() - began)
    return seconds, found


def shown(seconds: list[float]) -> str:
    return f"{median(seconds):.3f} ({min(seconds):.3f} to {max(seconds):.3f})"


def row(label: str, chain: Chain, by: str, dependent: str | None, size: int, repeats: int) -> str:
    def search() -> dict[str, list[tuple[str, ...]]]:
        asked = prepared(chain, dependent, by, size=size)
        return certain_sets(asked, asked.goals)

    seconds, found = timed(search, repeats)
    assert isinstance(found, dict)
    sets = sum(len(cuts) for cuts in found.values())
    counts = f"{len(chain.items)} | {len(chain.providers)} | {len(chain.provisions)}"
    return f"| {label} | {counts} | {by} | {dependent or 'everyone'} | {size} | {sets} | {shown(seconds)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(__file__).resolve().parents[2] / "shared" / "data" / "eto_semiconductor_supply_chain"
    parser.add_argument("--eto", type=Path, default=default, help="folder of the ETO files")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="only the two bars")
    given = parser.parse_args()
    print("| chain | items | providers | provisions | by | for | size | sets | search, s |")
    print("|---|---|---|---|---|---|---|---|---|")
    if given.eto.is_dir():
        eto = import_eto(given.eto).chain
        for by in ("economy", "firm"):
            print(row("ETO", eto, by, "CHN", 3, given.repeats), flush=True)
    large = made_up(10_000, 3_000, 60)
    for by in ("economy", "firm"):
        for dependent in ("CHN", None):
            print(row("10,000 items", large, by, dependent, 3, given.repeats), flush=True)
    if given.quick:
        return
    for size in (1, 2, 4):
        for by in ("economy", "firm"):
            print(row("10,000 items", large, by, None, size, given.repeats), flush=True)
    for items in (1_000, 3_000, 30_000):
        chain = made_up(items, items * 3 // 10, 60)
        for by in ("economy", "firm"):
            print(row(f"{items:,} items", chain, by, None, 3, given.repeats), flush=True)
    for firms in (300, 30_000):
        print(row("10,000 items", made_up(10_000, firms, 60), "firm", None, 3, given.repeats), flush=True)
    if given.eto.is_dir():
        print()
        for by in ("economy", "firm"):
            seconds, _ = timed(lambda by=by: chokepoints(eto, "CHN", by=by), given.repeats)  # type: ignore[misc]
            print(f"ETO, the whole answer to `chokepoints --for CHN --by {by}`: {shown(seconds)} s")
        seconds, _ = timed(lambda: deny(eto, "NLD", to="CHN"), given.repeats)
        print(f"ETO, the whole answer to `deny --who NLD --to CHN`: {shown(seconds)} s")


if __name__ == "__main__":
    main()
