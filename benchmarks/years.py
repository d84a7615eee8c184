"""The screen of all importers and products over several years: in one query, and year by year.

``python years.py HOME FIRST LAST together|apart`` runs one of the two in this process and prints time and peak memory
as JSON.  Year by year, each year's table is handed over before the next is begun, as for one file a year.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contenders import trade_files, watched
from measuring import Measured, in_turns
from panel import NOMENCLATURE
from straits.measures import screen
from straits.store.engines.duckdb import DuckDBEngine
from straits.vocabulary.periods import first_day


def run(home: Path, last: int, spans: Sequence[int], repeats: int, longest: int | None) -> Mapping[str, Measured]:
    """Both ways for every number of years, in turns; ``longest`` is a last span, year by year only and once."""
    spans_each_way = {
        f"{span} {way}": ("years.py", home, last - span + 1, last, way)
        for way in ("together", "apart")
        for span in spans
    }
    found = in_turns(spans_each_way, repeats)
    if longest:
        found |= in_turns({f"{longest} apart": ("years.py", home, last - longest + 1, last, "apart")}, 1)
    return found


def together(files: list[Path], first: int, last: int) -> int:
    """Rows of one query over all the years."""
    query = screen.query_of_all(NOMENCLATURE, last)
    parameters: dict[str, Any] = query.parameters | {"first": first_day(first)}
    return int(DuckDBEngine().run(query.sql, parameters, {"trade": files}, {}).num_rows)


def apart(files: list[Path], first: int, last: int) -> int:
    """Rows of one query a year, on one connection."""
    engine, rows = DuckDBEngine(), 0
    for year in range(first, last + 1):
        query = screen.query_of_all(NOMENCLATURE, year)
        rows += engine.run(query.sql, query.parameters, {"trade": files}, {}).num_rows
    return rows


def main(home: str, first: str, last: str, way: str) -> None:
    """Run one way and print what it took."""
    files = trade_files(Path(home))
    watched(lambda: {"together": together, "apart": apart}[way](files, int(first), int(last)))


if __name__ == "__main__":
    main(*sys.argv[1:])
