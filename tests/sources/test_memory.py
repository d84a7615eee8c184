"""Memory: a year of full size loads in bounded memory, and more years need no more than fewer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from sources.peak import PEAK
from sources.release import numeric_codes, year_file

GB = 1_000_000_000
LOAD = (
    PEAK
    + """
import json, sys
from pathlib import Path
from straits.sources import baci
from straits.store.store import Store
version = baci.load(Store(Path(sys.argv[1])), sys.argv[2], json.loads(sys.argv[3]), lambda *_: None)
peak = peak_bytes()
print(json.dumps({"rows": version.manifest["tables"]["trade"]["rows"], "peak": peak}))
"""
)


def made_up_year(folder: Path, year: int, rows: int) -> None:
    """A year's file of so many rows, no two with one key, in an order far from the one they are stored in."""
    folder.mkdir(exist_ok=True)
    codes = [code for code in numeric_codes() if code != 697]
    n, products = len(codes), 5000
    pairs = n * (n - 1)
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false; set memory_limit = '1GB'")
        connection.execute("set variable codes = " + repr(codes))
        connection.execute(f"""
            copy (
                with keys as (select (range * 7368787) % {pairs * products} as key from range({rows})),
                parts as (select key % {n} as i, key // {n} % {n - 1} + 1 as step, key // {pairs} as p from keys)
                select {year} as t, getvariable('codes')[i + 1] as i, getvariable('codes')[(i + step) % {n} + 1] as j,
                       printf('%06d', 10100 + 190 * p) as k, printf('%13.3f', 0.001 + hash(i, step, p) % 100000000 / 1000.0) as v,
                       case when hash(p, i) % 20 = 0 then '           NA' else printf('%13.3f', hash(step, p) % 90000000 / 1000.0) end as q
                from parts
            ) to '{folder / year_file(year)}' (header true, delimiter ',', quote '')
        """)


def load_in_a_process(home: Path, folder: Path, years: list[int]) -> dict[str, int]:
    command = [sys.executable, "-c", LOAD, str(home), str(folder), json.dumps(years)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(run.stdout))


@pytest.mark.slow
def test_a_year_of_eleven_million_flows_loads_in_less_than_4_gb(tmp_path: Path) -> None:
    made_up_year(tmp_path / "in", 2023, 11_000_000)
    found = load_in_a_process(tmp_path / "home", tmp_path / "in", [2023])
    assert found["rows"] == 11_000_000
    assert found["peak"] < 4 * GB


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_years(tmp_path: Path) -> None:
    for year in range(2018, 2024):
        made_up_year(tmp_path / "in", year, 2_000_000)
    two = load_in_a_process(tmp_path / "two", tmp_path / "in", [2018, 2019])
    six = load_in_a_process(tmp_path / "six", tmp_path / "in", list(range(2018, 2024)))
    assert (two["rows"], six["rows"]) == (4_000_000, 12_000_000)
    assert six["peak"] < 1.3 * two["peak"]  # three times the rows; allocators differ by a tenth from run to run
