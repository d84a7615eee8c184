"""Ways to the same screen of one year, all importers and products: ours, the leanest SQL we know, pandas, Polars.

``python contenders.py NAME HOME YEARS [RESULT]`` runs one of them in this process and prints its time and peak memory
as JSON; with RESULT it also writes what it found, for the comparison.  Libraries are imported before the clock starts.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from panel import NOMENCLATURE
from straits.measures import screen
from straits.store.store import Store
from straits.vocabulary.periods import first_day

Run = Callable[[], Any]


def ours(files: Sequence[Path], year: int) -> Run:
    """The measure ``screen`` as the observatory runs it."""
    from straits.store.engines.duckdb import DuckDBEngine

    def run() -> Any:
        query = screen.query_of_all(NOMENCLATURE, year)
        return DuckDBEngine().run(query.sql, query.parameters, {"trade": list(files)}, {})

    return run


def lean(files: Sequence[Path], year: int) -> Run:
    """``screen_lean.sql`` in DuckDB as it comes."""
    import duckdb

    sql = Path(__file__).with_name("screen_lean.sql").read_text(encoding="utf-8")

    def run() -> Any:
        connection = duckdb.connect()
        connection.execute(f"create view trade as from read_parquet({[str(file) for file in files]})")
        return connection.sql(sql, params={"period": first_day(year)}).to_arrow_table()

    return run


def pandas(files: Sequence[Path], year: int) -> Run:
    """``screen_pandas.py`` on the flows as pandas reads them."""
    import screen_pandas

    return lambda: screen_pandas.screen(screen_pandas.plain(_of(files, year)), year)


def categories(files: Sequence[Path], year: int) -> Run:
    """``screen_pandas.py`` with strings as categories."""
    import screen_pandas

    return lambda: screen_pandas.screen(screen_pandas.categories(_of(files, year)), year)


def _of(files: Sequence[Path], year: int) -> Path:
    return next(file for file in files if file.stem == str(year))


def polars(files: Sequence[Path], year: int) -> Run:
    """``screen_polars.py``."""
    import screen_polars

    return lambda: screen_polars.screen(files, year)


CONTENDERS = {"ours": ours, "lean": lean, "pandas": pandas, "categories": categories, "polars": polars}


def main(name: str, home: str, year: str, result: str | None = None) -> None:
    """Run one contender and print what it took."""
    found = watched(CONTENDERS[name](trade_files(Path(home)), int(year)))
    if result:
        save(found, result)


def trade_files(home: Path) -> list[Path]:
    """The panel's files in a store."""
    return Store(home).current()[f"baci-{NOMENCLATURE.lower()}"].files("trade")


def watched(run: Run) -> Any:
    """Run, and print seconds, peak resident memory in bytes and rows as JSON; returns what the run found."""
    began = time.perf_counter()
    found = run()
    seconds = time.perf_counter() - began
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    print(
        json.dumps({"seconds": seconds, "peak_bytes": peak, "rows": found if isinstance(found, int) else len(found)})
    )
    return found


def save(found: Any, result: str) -> None:
    """Write a contender's result as Parquet, whatever kind of table it is."""
    if hasattr(found, "write_parquet"):
        found.write_parquet(result)
    elif hasattr(found, "to_parquet"):
        found.to_parquet(result)
    else:
        import pyarrow.parquet as pq

        pq.write_table(found, result)


if __name__ == "__main__":
    main(*sys.argv[1:])
