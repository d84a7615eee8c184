"""The benchmarks: ``make bench``, or ``python benchmarks/run.py --help``.

A panel of BACI's size is made once and kept in the cache folder; every run has a process of its own; contenders run in
turns.  The tables are printed, and a full run writes them to ``docs/performance.md``.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import assessments
import casebooks
import chains
import commands
import loading
import report
import screening
import watch
import years
from measuring import busy, child, machine, say

DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"
CACHE = Path(tempfile.gettempdir()) / "straits-benchmarks"
LAST_YEAR = 2023
GB_A_YEAR = 0.12


@dataclass(frozen=True)
class Plan:
    """How large and how often."""

    panel: dict[str, int]
    spans: tuple[int, ...]
    longest: int | None
    repeats: int
    cache: Path
    series: watch.Size = watch.FULL

    def made(self, last_years: int, release: bool = False) -> dict[str, Path]:
        """The panel's store and, when asked for, its release zip."""
        say(f"panel of {last_years} years (made once, kept in {self.cache})")
        wanted = {
            "panel": self.panel,
            "cache": str(self.cache),
            "years": list(range(LAST_YEAR - last_years + 1, LAST_YEAR + 1)),
            "release": release,
        }
        return {name: Path(path) for name, path in child("panel.py", json.dumps(wanted)).items()}


def screen_section(plan: Plan) -> str:
    return report.screen(screening.run(plan.made(1)["home"], LAST_YEAR, plan.repeats))


def years_section(plan: Plan) -> str:
    longest = plan.longest
    if longest and shutil.disk_usage(plan.cache).free < longest * GB_A_YEAR * 1e9 + 1e9:
        say(f"not enough room in {plan.cache} for {longest} years: left out")
        longest = None
    home = plan.made(longest or max(plan.spans))["home"]
    return report.years(years.run(home, LAST_YEAR, plan.spans, min(plan.repeats, 3), longest))


def load_section(plan: Plan) -> str:
    return report.load(loading.run(plan.made(1, release=True)["release"], min(plan.repeats, 3)))


def commands_section(plan: Plan) -> str:
    return report.commands(commands.run(plan.cache, plan.repeats))


def casebook_section(plan: Plan) -> str:
    return report.casebook(casebooks.run(plan.repeats))


def assess_section(plan: Plan) -> str:
    return report.assess(assessments.run(plan.repeats))


def chains_section(plan: Plan) -> str:
    return report.chain_search(chains.run(min(plan.repeats, 5), growth=plan.longest is not None))


def watch_section(plan: Plan) -> str:
    return report.watch(watch.run(min(plan.repeats, 3), plan.series))


SECTIONS: dict[str, Callable[[Plan], str]] = {
    "screen": screen_section,
    "years": years_section,
    "load": load_section,
    "commands": commands_section,
    "casebook": casebook_section,
    "assess": assess_section,
    "chains": chains_section,
    "watch": watch_section,
}


def main() -> None:
    """Run what is asked for, print it, and in a full run write it down."""
    parser = argparse.ArgumentParser(description="The benchmarks of Straits.")
    parser.add_argument(
        "--quick", action="store_true", help="a small panel, few runs, nothing written: about a minute"
    )
    parser.add_argument("--only", choices=SECTIONS, action="append", help="one section; may be repeated")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where the panel is kept, about 3 GB (%(default)s)")
    parser.add_argument("--repeats", type=int, help="runs of each contender (default: 7, quick 2)")
    parser.add_argument("--print-only", action="store_true", help="write nothing to docs/performance.md")
    given = parser.parse_args()
    given.cache.mkdir(parents=True, exist_ok=True)
    full = Plan({}, (1, 2, 4, 8), 28, given.repeats or 7, given.cache)
    quick = Plan({"products": 500, "flows": 1_100_000}, (1, 2), None, given.repeats or 2, given.cache, watch.QUICK)
    if given.quick:
        print("A small panel: the bars are for the full one.")
    for name in given.only or SECTIONS:
        before = busy()
        text = SECTIONS[name](quick if given.quick else full)
        when = f"Measured on {dt.date.today().isoformat()}; {machine()}; load per processor before {before:.1f}, after {busy():.1f}."
        print(f"\n## {name}\n\n{text}\n\n{when}\n", flush=True)
        if not given.quick and not given.print_only:
            report.put(DOCUMENT, name, f"{text}\n\n{when}")


if __name__ == "__main__":
    main()
