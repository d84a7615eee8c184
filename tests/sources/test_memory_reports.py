"""Memory: bulk files of mirror reports stream through; a month of Comext of full size needs less than 2 GB."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from sources import comext_files, comtrade_files
from sources.peak import PEAK

GB = 1_000_000_000
LOAD = (
    PEAK
    + """
import json, sys
from importlib import import_module
from pathlib import Path
from straits.store.store import Store
source = import_module(f"straits.sources.{sys.argv[1]}")
version = source.load(Store(Path(sys.argv[2])), sys.argv[3], lambda *_: None)
peak = peak_bytes()
print(json.dumps({"rows": version.manifest["tables"]["reports"]["rows"], "peak": peak}))
"""
)
REPORTERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
PARTNERS = "CN US JP KR IN CH NO TR BR MX CA AU VN TH MY ID SG TW HK RU UA ZA EG MA QV"


def of(row: dict[str, object], columns: list[str] | tuple[str, ...], **varied: str) -> str:
    """The columns of a select list: those of a row, some of them SQL instead."""
    return ", ".join(f"{varied.get(name, repr(str(row[name])))} as {name}" for name in columns)


def write(path: Path, select: str, rows: int, delimiter: str) -> Path:
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false; set memory_limit = '1GB'")
        connection.execute(
            f"copy (select {select} from range({rows}) order by range) to '{path}' (header true, delimiter '{delimiter}', quote '')"
        )
    return path


def comext_month(folder: Path, rows: int) -> Path:
    """A month of so many rows: reporters one after the other, as in Eurostat's files."""
    each = -(-rows // 27)
    row = comext_files.one("DE", "CN", "25041000", "1", "1", "202401", 1, 1)
    select = of(
        row,
        comext_files.NOW,
        REPORTER=f"split('{REPORTERS}', ' ')[1 + range // {each}]",
        PARTNER=f"split('{PARTNERS}', ' ')[1 + range % {each} % 25]",
        FLOW=f"1 + range % {each} // 25 % 2",
        PRODUCT_NC=f"printf('%08d', 1010000 + range % {each} // 50 * 97)",
        VALUE_EUR="1 + hash(range) % 1000000",
        QUANTITY_KG="1 + hash(range + 1) % 1000000",
    )
    return write(folder / "full_202401.dat", select, rows, ",")


def comtrade_month(folder: Path, rows: int) -> Path:
    """A month of one reporter: each flow as a whole and by customs procedure."""
    row = comtrade_files.row("202401", 156, "X", 842, "250410", 1, 1) | {"cifvalue": "", "fobvalue": ""}
    select = of(
        row,
        comtrade_files.COLUMNS,
        partnerCode="[842, 276, 251, 699, 757, 392, 410, 826, 36, 124][1 + range // 2 % 10]",
        flowCode="case range // 20 % 2 when 0 then 'X' else 'M' end",
        cmdCode="printf('%06d', 10000 + range // 40)",
        customsCode="case range % 2 when 0 then 'C00' else 'C01' end",
        primaryValue="1 + hash(range) % 1000000 / 100.0",
    )
    return write(folder / "COMTRADE-FINAL-CM156202401H6[2024-03-01].txt", select, rows, "\t")


def load_in_a_process(source: str, home: Path, path: Path) -> dict[str, int]:
    command = [sys.executable, "-c", LOAD, source, str(home), str(path)]
    return dict(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))


def test_a_bulk_file_of_200_000_rows_loads_in_less_than_half_a_gb(tmp_path: Path) -> None:
    found = load_in_a_process("comtrade", tmp_path / "home", comtrade_month(tmp_path, 200_000))
    assert found["rows"] == 100_000
    assert found["peak"] < 0.5 * GB


def test_a_month_of_comext_of_200_000_rows_loads_in_less_than_half_a_gb(tmp_path: Path) -> None:
    found = load_in_a_process("comext", tmp_path / "home", comext_month(tmp_path, 200_000))
    assert found["rows"] == 200_000
    assert found["peak"] < 0.5 * GB


@pytest.mark.slow
def test_a_month_of_comext_of_five_million_rows_loads_in_less_than_2_gb(tmp_path: Path) -> None:
    found = load_in_a_process("comext", tmp_path / "home", comext_month(tmp_path, 5_000_000))
    assert found["rows"] == 5_000_000
    assert found["peak"] < 2 * GB
