"""What the tests of watches share: the naive twin, and the real monthly file."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def _module(name: str):
    spec = importlib.util.spec_from_file_location(f"watch_{name}", HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[f"watch_{name}"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def naive():
    return _module("naive")


@pytest.fixture(scope="session")
def graphite(shared) -> Path:
    """China's monthly exports of natural graphite, 2017 to 2024."""
    path = shared / "data" / "china_graphite_exports_monthly_2017_2024" / "natural_graphite_250410_monthly.csv"
    if not path.exists():
        pytest.skip(f"needs {path}")
    return path


@pytest.fixture(scope="session")
def baci_home(shared, tmp_path_factory) -> Path:
    """A home with CEPII's annual flows of 74 raw materials, 1995 to 2024, in the canonical table."""
    import duckdb
    import pyarrow.parquet as pq

    from straits.store.schemas import TABLES
    from straits.store.store import Store

    folder = shared / "data" / "baci_raw_materials_1995_2024"
    if not (folder / "baci_trade.parquet").exists():
        pytest.skip(f"needs {folder}")
    home = tmp_path_factory.mktemp("baci")
    store = Store(home)
    source = {
        "id": "baci-raw-materials",
        "title": "BACI, raw materials",
        "publisher": "CEPII",
        "licence": "Etalab 2.0",
    }
    source |= {"licence_url": "", "citation": "", "url": "", "update_rhythm": "yearly", "tables": ["trade"]}
    with store.load("baci-raw-materials") as load:
        for year in range(1995, 2025):
            rows = duckdb.sql(
                f"""
                select make_date({year}, 1, 1) as period, 'A' as freq, e.country_iso3 as exporter,
                    i.country_iso3 as importer, 'HS1992' as nomenclature, k as product,
                    round(1000 * v)::bigint as value_usd, round(1000 * q)::bigint as quantity_kg
                from '{folder}/baci_trade.parquet' as t
                join '{folder}/country_codes.csv' as e on e.country_code = t.i
                join '{folder}/country_codes.csv' as i on i.country_code = t.j
                where t.t = {year}
                order by product, exporter, importer
                """
            ).to_arrow_table()
            pq.write_table(rows.cast(TABLES["trade"]), load.path("trade", str(year)))
        store.commit(load, [source], [])
    return home
