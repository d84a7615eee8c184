"""CEPII's BACI releases: annual bilateral trade by product, any HS revision, from a zip, a folder or a URL.

A release holds ``BACI_HS22_Y2023_V202601.csv`` files (t year, i exporter, j importer, k product, v thousand USD,
q metric tons), a country file and a product file.  One year is converted at a time, in bounded memory.
BACI's numeric economy codes differ from ISO; ``baci_economies.csv`` maps each one, and an unmapped code is an error.
"""

from __future__ import annotations

import csv
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from straits.sources.source import Step, connect, described, fetched, metadata, refuse, write
from straits.store.store import Load, Store, Version
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.quantities import KG_PER_BACI_QUANTITY, USD_PER_BACI_VALUE

COLUMNS = ("t", "i", "j", "k", "v", "q")
NOMENCLATURES = {"92": "HS1992", "96": "HS1996", "02": "HS2002", "07": "HS2007", "12": "HS2012", "17": "HS2017", "22": "HS2022"}
_YEAR = re.compile(r"BACI_HS(\d\d)_Y(\d{4})_V(\w+)\.csv$")
_PRODUCTS = re.compile(r"product_codes_HS(\d\d)_V(\w+)\.csv$")


@dataclass(frozen=True)
class Release:
    """The files of one release: CSV member names by year, in one nomenclature."""

    path: Path
    nomenclature: str
    version: str
    years: dict[int, str]
    products: str | None

    @contextmanager
    def opened(self, member: str, scratch: Path) -> Iterator[Path]:
        """A member as a file on disk; one from a zip is unpacked into ``scratch`` and removed afterwards."""
        if self.path.is_dir():
            yield self.path / member
            return
        target = scratch / Path(member).name
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(member) as packed, target.open("wb") as plain:
                shutil.copyfileobj(packed, plain, 1 << 20)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise refuse(f"{self.path.name}/{member}", None, f"damaged zip member ({error}): download it again") from error
        yield target
        target.unlink()


def load(store: Store, origin: str, years: list[int] | None, step: Step, name: str | None = None) -> Version:
    """Load a release into the store and make it current.

    ``origin`` is a path or URL, ``years`` the years wanted (all when ``None``).  Raises
    :class:`~straits.vocabulary.errors.StraitsError` naming file, row and rule; nothing is half loaded.
    """
    meta = metadata("baci")
    dataset = name or "baci"
    with store.load(dataset) as load, fetched(origin, load, step) as path:
        release = read_release(path)
        wanted = _wanted(release, years)
        if name is None:
            load.dataset = f"baci-{release.nomenclature.lower()}"
        connection = connect(load)
        register_codes(connection)
        economies: set[str] = set()
        for done, year in enumerate(wanted):
            step("years", done, len(wanted))
            with release.opened(release.years[year], load.scratch) as file:
                economies |= convert_year(connection, file, year, release.nomenclature, load, meta.assertions)
        if release.products:
            with release.opened(release.products, load.scratch) as file:
                convert_products(connection, file, release.nomenclature, load)
        least = meta.assertions["economies_at_least"]
        if len(economies) < least:
            raise refuse(path.name, None, f"at least {least} economies expected, found {len(economies)}")
        sources = [{**p.model_dump(), "release": release.version} for p in meta.publications]
        return store.commit(load, sources, [described(path)])


def read_release(path: Path) -> Release:
    """What a release zip or folder holds; an incomplete zip or a mix of nomenclatures is refused."""
    if path.is_dir():
        names = sorted(p.name for p in path.iterdir())
    else:
        try:
            with zipfile.ZipFile(path) as archive:
                names = sorted(archive.namelist())
        except zipfile.BadZipFile as error:
            raise refuse(path.name, None, "not a complete zip file (a truncated download?)") from error
    matches = [(name, m) for name in names if (m := _YEAR.search(name))]
    if not matches:
        raise refuse(path.name, None, "no BACI_HSxx_Yyyyy_Vvvvvvv.csv file in it")
    kinds = {(m[1], m[3]) for _, m in matches}
    if len(kinds) > 1:
        raise refuse(path.name, None, f"several releases in one place: {sorted(kinds)}")
    revision, version = kinds.pop()
    if revision not in NOMENCLATURES:
        raise refuse(path.name, None, f"unknown HS revision HS{revision}")
    products = next((name for name in names if (m := _PRODUCTS.search(name)) and m[1] == revision), None)
    return Release(path, NOMENCLATURES[revision], version, {int(m[2]): name for name, m in matches}, products)


def _wanted(release: Release, years: list[int] | None) -> list[int]:
    if years is None:
        return sorted(release.years)
    if missing := sorted(set(years) - set(release.years)):
        have = f"{min(release.years)}-{max(release.years)}"
        raise StraitsError(f"{release.path.name} has no year {', '.join(map(str, missing))}: it has {have}")
    return sorted(years)


@cache
def codes() -> dict[int, str]:
    """BACI's numeric economy codes to the codes of the vocabulary."""
    with Path(__file__).with_name("baci_economies.csv").open(encoding="utf-8", newline="") as handle:
        return {int(row["code"]): row["economy"] for row in csv.DictReader(handle)}


def register_codes(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the code map a table ``codes(code, economy)``."""
    connection.execute("create table codes (code integer, economy varchar)")
    connection.executemany("insert into codes values (?, ?)", [[c, e] for c, e in codes().items()])


def convert_year(
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    year: int,
    nomenclature: str,
    load: Load,
    assertions: dict[str, Any],
) -> set[str]:
    """Check and convert one year's CSV; returns the economies in it."""
    _check_header(file)
    raw = _raw(file)
    summary = _summary(connection, raw, year, file)
    _check_rows(connection, raw, year, file, summary, assertions)
    merged = len(summary["codes"]) > len({codes()[code] for code in summary["codes"]})
    query = f"""
        select make_date(t, 1, 1) as period, 'A' as freq, e.economy as exporter, m.economy as importer,
               '{nomenclature}' as nomenclature, lpad(k, 6, '0') as product,
               {_pooled("round(v * " + str(USD_PER_BACI_VALUE) + ")::bigint", merged)} as value_usd,
               {_pooled("round(q * " + str(KG_PER_BACI_QUANTITY) + ")::bigint", merged)} as quantity_kg
        from {raw} join codes e on e.code = i join codes m on m.code = j
        {"group by all" if merged else ""}
        order by product, importer, exporter
    """
    write(load.path("trade", str(year)), "trade", connection.sql(query).to_arrow_reader(122_880))
    return {codes()[code] for code in summary["codes"]}


def _pooled(column: str, merged: bool) -> str:
    """Sum over codes that map to one economy; a sum with a missing part is missing, never an understatement."""
    return f"case when count({column}) = count(*) then sum({column})::bigint end" if merged else column


def _raw(file: Path) -> str:
    """The CSV as a relation with typed columns; ``q`` is text in the file because NA stands for missing."""
    path = str(file).replace("'", "''")
    types = "{'t': 'SMALLINT', 'i': 'INTEGER', 'j': 'INTEGER', 'k': 'VARCHAR', 'v': 'DOUBLE', 'q': 'VARCHAR'}"
    return f"""(select t, i, j, k, v, q as q_text, try_cast(nullif(trim(q), 'NA') as double) as q
        from read_csv('{path}', header = true, delim = ',', quote = '', types = {types}))"""


def _check_header(file: Path) -> None:
    with file.open(encoding="utf-8-sig", errors="replace") as handle:
        names = handle.readline().strip().split(",")
    if missing := [name for name in COLUMNS if name not in names]:
        raise refuse(file.name, 1, f"missing column {', '.join(missing)} (expected {','.join(COLUMNS)})")
    if extra := [name for name in names if name not in COLUMNS]:
        raise refuse(file.name, 1, f"unexpected column {', '.join(extra)} (expected {','.join(COLUMNS)})")


def _summary(connection: duckdb.DuckDBPyConnection, raw: str, year: int, file: Path) -> dict[str, Any]:
    """Counts of everything that may be wrong, in one pass."""
    query = f"""
        select count(*) as n, count(*) filter (t is distinct from {year}) as other_year,
               min(v) as least_value, count(*) - count(v) as no_value, min(q) as least_quantity,
               count(*) filter (q is null and trim(q_text) not in ('', 'NA')) as bad_quantity,
               count(*) filter (not regexp_matches(k, '^[0-9]{{5,6}}$')) as bad_product,
               count(*) - count(distinct (i::bigint * 1000 + j) * 1000000 + try_cast(k as bigint)) as repeated,
               list_distinct(list_concat(list(distinct i), list(distinct j))) as codes
        from {raw}
    """
    try:
        relation = connection.execute(query)
        names = [column[0] for column in relation.description]
        summary = dict(zip(names, relation.fetchone() or (), strict=True))
    except duckdb.Error as error:
        raise _csv_fault(file, error) from error
    if not summary["n"]:
        raise refuse(file.name, None, "no rows")
    return summary


def _check_rows(
    connection: duckdb.DuckDBPyConnection,
    raw: str,
    year: int,
    file: Path,
    summary: dict[str, Any],
    assertions: dict[str, Any],
) -> None:
    least_value, least_quantity = assertions["value_at_least"], assertions["quantity_at_least"]
    unmapped = sorted(code for code in summary["codes"] if code not in codes())
    faults = [
        (summary["other_year"], f"t is distinct from {year}", f"t must be {year}"),
        (summary["no_value"], "v is null", "v (value) is missing"),
        ((summary["least_value"] or 0) < least_value, f"v < {least_value}", f"v must be >= {least_value}"),
        ((summary["least_quantity"] or 0) < least_quantity, f"q < {least_quantity}", f"q must be >= {least_quantity}"),
        (summary["bad_quantity"], "q is null and trim(q_text) not in ('', 'NA')", "q is neither a number nor NA"),
        (summary["bad_product"], "not regexp_matches(k, '^[0-9]{5,6}$')", "k must be a six-digit code"),
        (unmapped, f"i in {_listed(unmapped)} or j in {_listed(unmapped)}", f"no economy for code {_first(unmapped)}"),
        (summary["repeated"], "repeated > 1", "the key (t, i, j, k) is repeated"),
    ]
    for found, condition, rule in faults:
        if found:
            raise refuse(file.name, _row(connection, raw, condition), rule)


def _listed(unmapped: list[int]) -> str:
    return f"({', '.join(map(str, unmapped)) or 'null'})"


def _first(unmapped: list[int]) -> str:
    return f"{unmapped[0]} in baci_economies.csv" if unmapped else ""


def _row(connection: duckdb.DuckDBPyConnection, raw: str, condition: str) -> int:
    """The file row (the header is row 1) of the first fault."""
    query = f"""
        select min(row) from (
            select *, row_number() over (partition by t, i, j, k order by row) as repeated
            from (select *, row_number() over () + 1 as row from {raw}))
        where {condition}
    """
    found = connection.execute(query).fetchone()
    return int(found[0]) if found else 0


def _csv_fault(file: Path, error: Exception) -> StraitsError:
    text = str(error)
    line = re.search(r"[Ll]ine:?\s*(\d+)", text)
    detail = re.search(r"(Could not convert[^\n]*|Error when[^\n]*|Expected Number of Columns[^\n]*)", text)
    return refuse(file.name, int(line[1]) if line else None, (detail[1] if detail else text.splitlines()[0]).rstrip("."))


def convert_products(connection: duckdb.DuckDBPyConnection, file: Path, nomenclature: str, load: Load) -> None:
    """The product descriptions of the release."""
    path = str(file).replace("'", "''")
    query = f"""
        select '{nomenclature}' as nomenclature, lpad(code, 6, '0') as product, coalesce(description, '') as description
        from read_csv('{path}', header = true, all_varchar = true) where regexp_matches(code, '^[0-9]{{5,6}}$')
        order by product
    """
    write(load.path("products", nomenclature), "products", connection.sql(query).to_arrow_reader(122_880))
