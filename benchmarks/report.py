"""What the benchmarks found as Markdown tables, and their place in ``docs/performance.md`` between two markers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from chains import BARS as CHAIN_BARS
from chains import GROWTH as CHAIN_GROWTH
from chains import OTHERS as CHAIN_OTHERS
from chains import Case
from commands import COMMANDS, Commands
from measuring import Measured
from watch import MONTHS, SIZES, Found

NAMES = {
    "ours": "Straits, measure `screen`",
    "lean": "leanest hand-written DuckDB SQL",
    "pandas": "pandas, strings as it reads them",
    "categories": "pandas, strings as categories",
    "polars": "Polars",
}
GB = 1e9


def screen(found: Mapping[str, Measured]) -> str:
    """The contenders on one year, and whether the bars are met."""
    ours, lean = found["ours"], found["lean"]
    rows = [
        [NAMES[name], f"{one.middle:.2f}", one.spread, f"{one.times(lean):.2f}", _gb(one)]
        for name, one in found.items()
    ]
    bars = [
        _bar("times the leanest SQL", ours.times(lean), 1.3),
        _bar("times as fast as pandas", found["pandas"].times(ours), 3, at_least=True),
        _bar("GB of memory", ours.peak_bytes / GB, 4),
    ]
    return (
        _table(["", "median, s", "range, s", "times the leanest", "peak memory, GB"], rows)
        + f"\n\n{ours.rows:,} rows of importer and product; {len(ours.seconds)} runs each, in turns.\n\n"
        + _table(["Straits is", "measured", "bar", ""], bars)
    )


def years(found: Mapping[str, Measured]) -> str:
    """Time per year and peak memory by number of years, both ways."""
    spans = sorted({int(name.split()[0]) for name in found})
    rows = []
    for span in spans:
        row = [str(span)]
        for way in ("apart", "together"):
            one = found.get(f"{span} {way}")
            row += [f"{one.middle:.1f}", f"{one.middle / span:.2f}", _gb(one)] if one else ["not run", "", ""]
        rows.append(row)
    apart = {span: found[f"{span} apart"].middle / span for span in spans}
    middle = sorted(apart.values())[len(apart) // 2]
    away = max(abs(value / middle - 1) for value in apart.values())
    bars = [
        _bar("% at most from the middle one, time per year, year by year", 100 * away, 15, digits=0),
        _bar("GB of memory, year by year", max(found[f"{span} apart"].peak_bytes for span in spans) / GB, 8),
    ]
    head = ["years", "year by year, s", "s a year", "peak, GB", "in one query, s", "s a year", "peak, GB"]
    return _table(head, rows) + "\n\n" + _table(["", "measured", "bar", ""], bars)


def load(found: Measured) -> str:
    """Throughput of a load."""
    row = [f"{found.rows:,}", f"{found.middle:.1f}", found.spread, f"{found.rows / found.middle:,.0f}", _gb(found)]
    bars = [_bar("GB of memory", found.peak_bytes / GB, 4)]
    head = ["rows", "median, s", "range, s", "rows a second", "peak memory, GB"]
    return _table(head, [row]) + "\n\n" + _table(["", "measured", "bar", ""], bars)


def commands(found: Commands) -> str:
    """The command line, from start to exit."""
    limits = {"help": 0.3, "query": 1, "screen": 2, "brief": 5}
    rows = [
        [
            f"`straits {' '.join(COMMANDS[name])}`",
            f"{one.middle:.2f}",
            one.spread,
            f"< {limits[name]} s",
            _met(one.middle < limits[name]),
        ]
        for name, one in found.took.items()
    ]
    size = found.brief_bytes / 1000
    rows.append(["the brief's HTML", f"{size:.0f} kB", "", "< 500 kB", _met(size < 500)])
    return _table(["command", "median, s", "range, s", "bar", ""], rows)


def casebook(found: Mapping[str, Measured]) -> str:
    """The shipped casebook and a large one: read anew, kept, asked, searched."""
    what = {
        "anew": "read and checked anew",
        "kept": "read again, as kept from before",
        "question": "all evidence on one subject",
        "search": "two searches, English and Chinese",
    }
    limits = {"shipped anew": 1.0, "shipped question": 0.3}
    rows = []
    for name in sorted(found, key=lambda name: (name.startswith("large"), list(what).index(name.split()[1]))):
        size, task = name.split()
        one = found[name]
        limit = limits.get(name)
        bar = [f"< {limit:g} s", _met(one.middle < limit)] if limit else ["", ""]
        book = f"{'shipped' if size == 'shipped' else 'generated'}, {found[f'{size} anew'].rows:,} records"
        rows.append([book, what[task], f"{one.middle:.3f}", one.spread, *bar])
    return _table(["casebook", "what", "median, s", "range, s", "bar", ""], rows)


def assess(found: Mapping[str, Measured]) -> str:
    """Many assessments of large protocols."""
    rows = [[f"`{name}`", f"{one.rows:,}", f"{one.middle:.2f}", one.spread] for name, one in found.items()]
    bars = [_bar("seconds at most", max(one.middle for one in found.values()), 5)]
    head = ["protocol", "assessments", "median, s", "range, s"]
    return _table(head, rows) + "\n\n" + _table(["", "measured", "bar", ""], bars)


def watch(found: Found) -> str:
    """Early warning beside ruptures: times (of a few series, multiplied, where so said), growth, hits and false alarms."""
    rows = []
    for name, (one, factor) in found.times.items():
        low, high = min(one.seconds) * factor, max(one.seconds) * factor
        measured = f"{one.rows:,}" + (f", times {factor:,.0f}" if factor > 1 else "")
        rows.append([name, measured, f"{one.middle * factor:,.1f}", f"{low:,.1f} to {high:,.1f}", _gb(one)])
    ours = found.times["straits"][0]
    bars = [
        _bar(f"seconds for {found.size.series:,} series", ours.middle, 10),
        _bar("times as long as half the series", ours.times(found.times["straits, half the series"][0]), 2.5),
        _bar("times as long as half the months", ours.times(found.times["straits, half the months"][0]), 2.5),
    ]
    hits = [
        [row["who"], *(f"{100 * row['hits'][str(size)]:.0f} %" for size in SIZES), f"{row['false']:.3f}"]
        for row in found.hits
    ]
    told = ["who", *(f"falls of {100 * size:.0f} % found" for size in SIZES), "false falls a series-year"]
    beside = (
        f"ruptures {version('ruptures')}." if "Pelt" in found.times else "ruptures was not installed: it is left out."
    )
    return "\n\n".join(
        [
            _table(["who", "series measured", "median, s", "range, s", "peak memory, GB"], rows),
            f"{found.size.series:,} series x {MONTHS} months, all detectors; {beside}",
            _table(["Straits takes", "measured", "bar", ""], bars),
            _table(told, hits),
        ]
    )


def chain_search(found: Mapping[Case, Measured]) -> str:
    """The search for minimal denial sets: the bars with their contenders, then growth."""
    head = ["chain", "actors", "for", "up to", "sets", "what", "median, s", "range, s"]
    rows = [_case(case, one) for case, one in found.items() if case in (*CHAIN_BARS, *CHAIN_OTHERS)]
    grown = [_case(case, one) for case, one in found.items() if case in CHAIN_GROWTH]
    bars = [
        _bar(f"seconds, {_chain(case)} by {case.by} for {case.dependent or 'everyone'}", one.middle, case.bar)
        for case, one in found.items()
        if case.bar
    ]
    parts = [_table(head, rows), _table(["", "measured", "bar", ""], bars)]
    return "\n\n".join([*parts, *([_table(head, grown)] if grown else [])])


def _case(case: Case, one: Measured) -> list[str]:
    what = {
        "straits": "search",
        "answer": "whole answer",
        "other method": "search by the method that is not chosen here",
        "each set in turn": "each set tried in turn",
    }
    whom = case.dependent or "everyone"
    return [
        _chain(case),
        _actors(case),
        whom,
        str(case.size),
        f"{one.rows:,}",
        what[case.how],
        f"{one.middle:.3f}",
        one.spread,
    ]


def _chain(case: Case) -> str:
    return f"{case.items:,} items" if case.items else "ETO"


def _actors(case: Case) -> str:
    if not case.items:
        return "economies" if case.by == "economy" else "firms"
    return "60 economies" if case.by == "economy" else f"{case.firms:,} firms"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _bar(what: str, value: float, bar: float, at_least: bool = False, digits: int = 2) -> list[str]:
    met = value >= bar if at_least else value <= bar
    return [what, f"{value:.{digits}f}", f"{'>=' if at_least else '<='} {bar:g}", _met(met)]


def _met(met: bool) -> str:
    return "met" if met else "**missed**"


def _gb(found: Measured) -> str:
    return f"{found.peak_bytes / GB:.2f}"


def put(document: Path, section: str, text: str) -> None:
    """Replace what stands between the markers of a section."""
    old = document.read_text(encoding="utf-8")
    begin, end = f"<!-- {section}: written by benchmarks/run.py -->", f"<!-- {section}: end -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    new, found = pattern.subn(lambda _: f"{begin}\n\n{text}\n\n{end}", old)
    if found != 1:
        raise SystemExit(f"{document}: expected once '{begin}' ... '{end}'")
    document.write_text(new, encoding="utf-8")
