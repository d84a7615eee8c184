"""CEPII's BACI releases: annual bilateral trade by product, any HS revision, from a zip, a folder or a URL.

A release holds ``BACI_HS22_Y2023_V202601.csv`` files (t year, i exporter, j importer, k product, v thousand USD,
q metric tons), a country file and a product file.  One year is converted at a time, in bounded memory.
BACI's numeric economy codes differ from ISO; ``baci_economies.csv`` maps each one, and an unmapped code is an error.
So is a release whose own country file means another economy by a code.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from straits.sources.checked import Rule, malformed, others, row_in_file
from straits.sources.source import ROW_GROUP, Step, connect, described, fetched, metadata, refuse, write
from straits.store.schemas import TABLES
from straits.store.store import Load, Store, Version
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.quantities import KG_PER_BACI_QUANTITY, USD_PER_BACI_VALUE
from straits.vocabulary.regions import UNSPECIFIED

COLUMNS = ("t", "i", "j", "k", "v", "q")
NOMENCLATURES = {
    "92": "HS1992",
    "96": "HS1996",
    "02": "HS2002",
    "07": "HS2007",
    "12": "HS2012",
    "17": "HS2017",
    "22": "HS2022",
}
MAP = "baci_economies.csv"
# Six digits; old releases drop the leading zero.  9999AA is CEPII's own "not specified according to kind".
PRODUCT = "[0-9]{5,6}|9999[A-Z]{2}"
_YEAR = re.compile(r"BACI_HS(\d\d)_Y(\d{4})_V(\w+)\.csv")
_PRODUCTS = re.compile(r"product_codes_HS(\d\d)_V(\w+)\.csv")
_COUNTRIES = re.compile(r"country_codes_V(\w+)\.csv")
_ISO3 = ("country_iso3", "iso_3digit_alpha")  # the second until release 202301
_NO_ISO3 = ("", "NA", "N/A")


@dataclass(frozen=True)
class Release:
    """The files of one release: CSV member names by year, in one nomenclature."""

    path: Path
    revision: str
    version: str
    years: dict[int, str]
    products: str | None
    countries: str | None

    @property
    def nomenclature(self) -> str:
        """The nomenclature of its product codes, such as ``HS2022``."""
        return NOMENCLATURES[self.revision]

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
        except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, RuntimeError, NotImplementedError) as error:
            raise refuse(
                f"{self.path.name}/{member}", None, f"damaged zip member ({error}): download it again"
            ) from error
        yield target
        target.unlink()

    def origin(self, years: list[int], address: str) -> list[dict[str, Any]]:
        """What was read, with checksums: the zip, or the files of the folder."""
        if not self.path.is_dir():
            return [described(self.path, origin=address)]
        members = [*(self.years[year] for year in years), self.products, self.countries]
        return [described(self.path / member) for member in members if member]


@dataclass
class Found:
    """What the years loaded so far hold: BACI's economy codes, and the product codes."""

    codes: set[int] = field(default_factory=set)
    products: set[str] = field(default_factory=set)

    @property
    def economies(self) -> set[str]:
        """The economies, areas not specified left out."""
        return {codes()[code] for code in self.codes} - {UNSPECIFIED}


def load(store: Store, origin: str, years: list[int] | None, step: Step, name: str | None = None) -> Version:
    """Load a release into the store and make it current.

    ``origin`` is a path or URL, ``years`` the years wanted (all when ``None``), ``name`` the dataset's name
    (``baci-hs2022`` and so on by default).  Raises :class:`~straits.vocabulary.errors.StraitsError` naming file, row
    and rule; nothing is half loaded.
    """
    meta = metadata("baci")
    with store.load(name or "baci") as load, fetched(origin, load, step) as path:
        release = read_release(path)
        wanted = _wanted(release, years)
        load.dataset = name or f"baci-{release.nomenclature.lower()}"
        found = Found()
        with connect(load) as connection:
            register_codes(connection)
            for done, year in enumerate(wanted):
                step("years", done, len(wanted))
                with release.opened(release.years[year], load.scratch) as file:
                    convert_year(connection, file, year, release.nomenclature, load, meta.assertions, found)
            step("years", len(wanted), len(wanted))
        if release.countries:
            with release.opened(release.countries, load.scratch) as file:
                check_countries(file, found.codes)
        note = convert_products(release, load, found)
        least = meta.assertions["economies_at_least"]
        if len(found.economies) < least:
            raise refuse(path.name, None, f"at least {least} economies expected, found {len(found.economies)}")
        sources = [{**p.model_dump(), "release": release.version} for p in meta.publications]
        return store.commit(load, sources, release.origin(wanted, origin), note)


# -- what a release holds ------------------------------------------------------------------------------------


def read_release(path: Path) -> Release:
    """What a release zip or folder holds; an incomplete zip or a mix of releases is refused."""
    names = _members(path)
    years = [(name, m) for name in names if (m := _YEAR.fullmatch(Path(name).name))]
    if not years:
        raise refuse(path.name, None, "no BACI_HSxx_Yyyyy_Vvvvvvv.csv file in it")
    kinds = sorted({(m[1], m[3]) for _, m in years})
    if len(kinds) > 1:
        listed = ", ".join(f"HS{revision} V{version}" for revision, version in kinds)
        raise refuse(path.name, None, f"several releases in one place ({listed}): put each into a folder of its own")
    revision, version = kinds[0]
    if revision not in NOMENCLATURES:
        raise refuse(path.name, None, f"unknown HS revision HS{revision}: known are HS{', HS'.join(NOMENCLATURES)}")
    by_year: dict[int, str] = {}
    for name, m in years:
        if int(m[2]) in by_year:
            raise refuse(path.name, None, f"two files for {m[2]}: {by_year[int(m[2])]} and {name}")
        by_year[int(m[2])] = name
    products = [(name, m[2]) for name in names if (m := _PRODUCTS.fullmatch(Path(name).name)) and m[1] == revision]
    countries = [(name, m[1]) for name in names if (m := _COUNTRIES.fullmatch(Path(name).name))]
    return Release(path, revision, version, by_year, _of(version, products, path), _of(version, countries, path))


def _members(path: Path) -> list[str]:
    if path.is_dir():
        return sorted(p.name for p in path.iterdir() if p.is_file())
    try:
        with zipfile.ZipFile(path) as archive:
            return sorted(archive.namelist())
    except (zipfile.BadZipFile, struct.error, NotImplementedError) as error:
        rule = "not a complete zip file (a truncated download?); give a release's zip, or a folder with its files"
        raise refuse(path.name, None, rule) from error


def _of(version: str, files: list[tuple[str, str]], path: Path) -> str | None:
    """The file of that release; one of another release alone is a mix."""
    fitting = [name for name, of in files if of == version]
    if files and not fitting:
        raise refuse(path.name, None, f"several releases in one place: {files[0][0]} beside years of V{version}")
    return fitting[0] if fitting else None


def _wanted(release: Release, years: list[int] | None) -> list[int]:
    if years is None:
        return sorted(release.years)
    if missing := sorted(set(years) - set(release.years)):
        have = f"{min(release.years)}-{max(release.years)}" if len(release.years) > 1 else str(min(release.years))
        raise StraitsError(f"{release.path.name} has no year {', '.join(map(str, missing))}: it has {have}")
    if not years:
        raise StraitsError("no year is asked for: nothing was loaded")
    return sorted(set(years))


# -- economies -----------------------------------------------------------------------------------------------


@cache
def _map() -> list[dict[str, str]]:
    with Path(__file__).with_name(MAP).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@cache
def codes() -> dict[int, str]:
    """BACI's numeric economy codes to the codes of the vocabulary."""
    return {int(row["code"]): row["economy"] for row in _map()}


@cache
def _meanings() -> dict[int, set[str]]:
    """The three-letter codes by which a release may mean the economy of a numeric code."""
    return {int(row["code"]): {row["economy"], *row["release_iso3"].split()} for row in _map()}


def register_codes(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the code map a table ``codes(cell, code, economy)``; ``cell`` is the code as a release may write it."""
    rows = [(cell, code, economy) for code, economy in codes().items() for cell in {str(code), f"{code:03d}"}]
    # A CSV's size is unknown to the optimizer, which then builds the hash table of a join from its millions of rows.
    connection.execute("set disabled_optimizers = 'join_order,build_side_probe_side'")
    connection.execute("create table codes (cell varchar, code integer, economy varchar)")
    connection.executemany("insert into codes values (?, ?, ?)", rows)


def check_countries(file: Path, used: set[int]) -> None:
    """Refuse a release whose country file means another economy by a code of its rows than the map does.

    Names are not compared: they are spelt differently from release to release, and stand for nothing here.
    """
    seen: dict[int, str] = {}
    for number, row in _rows(file, "country_code"):
        iso3 = next((row[name] for name in _ISO3 if name in row), None)
        if iso3 is None:
            raise refuse(file.name, 1, f"missing column {_ISO3[0]}")
        cell = row["country_code"]
        if not cell.isdecimal():
            raise refuse(file.name, number, f"country_code is {cell or 'missing'}: must be a number")
        code = int(cell)
        if seen.setdefault(code, iso3) != iso3:
            raise refuse(file.name, number, f"country_code {code} is {iso3} here and {seen[code]} above")
        if code in used and iso3 not in _NO_ISO3 and iso3 not in _meanings()[code]:
            raise refuse(file.name, number, f"country_code {code} is {iso3} here, but {codes()[code]} in {MAP}")


# -- trade ---------------------------------------------------------------------------------------------------


def rules(year: int, assertions: dict[str, Any]) -> list[Rule]:
    """The rules for the rows of one year, in the order in which they are told."""
    least_v, most_v = assertions["value_at_least"], assertions["value_at_most"]
    least_q, most_q = assertions["quantity_at_least"], assertions["quantity_at_most"]
    return [
        Rule(f"t is distinct from '{year}'", f"t is {{t}}: must be {year}, as in the file's name"),
        Rule("exporter is null", f"i is {{i}}: no economy has this code in {MAP}"),
        Rule("importer is null", f"j is {{j}}: no economy has this code in {MAP}"),
        Rule(f"k is null or not regexp_full_match(k, '{PRODUCT}')", "k is {k}: must be a product code of six digits"),
        Rule("v is null", "v (value) is missing"),
        Rule("v is not null and (value is null or not isfinite(value))", "v is {v}: must be a number"),
        Rule(f"value < {least_v}", f"v is {{v}}: must be >= {least_v} (thousand USD)"),
        Rule(f"isfinite(value) and value > {most_v}", f"v is {{v}}: must be <= {most_v:g} (thousand USD)"),
        Rule("q <> 'NA' and (quantity is null or not isfinite(quantity))", "q is {q}: must be a number, NA or empty"),
        Rule(f"quantity < {least_q}", f"q is {{q}}: must be >= {least_q} (metric tons)"),
        Rule(f"isfinite(quantity) and quantity > {most_q}", f"q is {{q}}: must be <= {most_q:g} (metric tons)"),
    ]


def convert_year(
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    year: int,
    nomenclature: str,
    load: Load,
    assertions: dict[str, Any],
    found: Found,
) -> None:
    """Check and convert one year's CSV; its economies and products are added to ``found``."""
    rows = _read(file, _header(file))
    used = _checked(connection, rows, file, rules(year, assertions))
    merged = len(used) > len({codes()[code] for code in used})
    value, quantity = (
        f"round(value * {USD_PER_BACI_VALUE})::bigint",
        f"round(quantity * {KG_PER_BACI_QUANTITY})::bigint",
    )
    query = f"""
        select make_date({year}, 1, 1) as period, 'A' as freq, exporter, importer,
               '{nomenclature}' as nomenclature, lpad(k, 6, '0') as product,
               {pooled(value) if merged else value} as value_usd,
               {pooled(quantity) if merged else quantity} as quantity_kg
        from {rows}
        {"group by all" if merged else ""}
        order by product, importer, exporter
    """
    batches = connection.sql(query).to_arrow_reader(ROW_GROUP)
    write(load.path("trade", str(year)), "trade", _noting(batches, found.products))
    found.codes |= used


def _noting(batches: Any, products: set[str]) -> Iterator[Any]:
    for batch in batches:
        products.update(batch["product"].unique().to_pylist())
        yield batch


def pooled(column: str) -> str:
    """Sum over codes that map to one economy; a sum with a missing part is missing, never an understatement."""
    return f"case when count({column}) = count(*) then sum({column})::bigint end"


def _read(file: Path, columns: list[str]) -> str:
    """The CSV as a relation: cells as text (t, i, j, k, v, q), and what they mean.

    All cells are read as text, for a typed column would quietly take 4.6 for the economy 5.  ``n`` numbers the rows.
    """
    path = str(file).replace("'", "''")
    kinds = ", ".join(f"'{name}': 'VARCHAR'" for name in columns)
    cells = ", ".join(f"nullif(trim({name}), '') as {name}" for name in COLUMNS)
    return f"""(
        select cells.*, e.economy as exporter, m.economy as importer, e.code as i_code, m.code as j_code,
               case when not contains(v, '_') then try_cast(v as double) end as value,
               case when not contains(q, '_') then try_cast(nullif(q, 'NA') as double) end as quantity
        from (
            select {cells}, row_number() over () - 1 as n
            from read_csv('{path}', header = true, delim = ',', quote = '', escape = '', auto_detect = false,
                          strict_mode = true, columns = {{{kinds}}})
        ) cells
        left join codes e on e.cell = i left join codes m on m.cell = j) rows_read"""


def _header(file: Path) -> list[str]:
    """The columns in the file's order: exactly t, i, j, k, v and q."""
    with file.open(encoding="utf-8-sig", errors="replace") as handle:
        line = handle.readline()
    if not line:
        raise refuse(file.name, None, "the file is empty")
    names, expected = [name.strip() for name in line.split(",")], f"(expected {','.join(COLUMNS)})"
    if missing := [name for name in COLUMNS if name not in names]:
        raise refuse(file.name, 1, f"missing column {', '.join(missing)} {expected}")
    if extra := [name for name in names if name not in COLUMNS]:
        raise refuse(file.name, 1, f"unexpected column {', '.join(extra)} {expected}")
    if len(names) > len(COLUMNS):
        raise refuse(file.name, 1, f"a column is repeated in {line.strip()} {expected}")
    return names


# One number for (i, j, k): codes are below 1000, products below 2,000,000 with 9999AA and its like after the digits.
_KEY = "(i_code::bigint * 1000 + j_code) * 2000000 + coalesce(try_cast(k as bigint), 1000000 + ascii(k[5]) * 100 + ascii(k[6]))"


def _checked(connection: duckdb.DuckDBPyConnection, rows: str, file: Path, checks: list[Rule]) -> set[int]:
    """Refuse the first broken rule, counting all of them in one pass; returns the economy codes in use."""
    counts = ", ".join(f"count(*) filter ({rule.broken})" for rule in checks)
    query = f"""
        select count(*), count(*) - count(distinct {_KEY}), list(distinct i_code), list(distinct j_code), {counts}
        from {rows}
    """
    try:
        ((total, repeated, exporters, importers, *broken),) = connection.execute(query).fetchall()
    except duckdb.Error as error:
        raise malformed(file.name, error, f"({','.join(COLUMNS)})") from error
    if not total:
        raise refuse(file.name, None, "no rows")
    for rule, count in zip(checks, broken, strict=True):
        if count:
            raise _first_broken(connection, rows, file, rule, count)
    if repeated:
        raise _first_repeated(connection, rows, file, repeated)
    return {*exporters, *importers}


def _first_broken(
    connection: duckdb.DuckDBPyConnection, rows: str, file: Path, rule: Rule, count: int
) -> StraitsError:
    cells = ", ".join(f"coalesce({name}, 'missing')" for name in COLUMNS)
    ((n, *found),) = connection.execute(
        f"select n, {cells} from {rows} where {rule.broken} order by n limit 1"
    ).fetchall()
    text = rule.text.format(**dict(zip(COLUMNS, found, strict=True)))
    return refuse(file.name, row_in_file(file, n), text + others(count))


def _first_repeated(connection: duckdb.DuckDBPyConnection, rows: str, file: Path, count: int) -> StraitsError:
    query = f"""
        select n, first, t, i, j, k
        from (select t, i, j, k, n, min(n) over (partition by {_KEY}) as first from {rows})
        where n > first order by n limit 1
    """
    ((n, first, *key),) = connection.execute(query).fetchall()
    text = f"the key (t, i, j, k) = ({', '.join(key)}) is already in row {row_in_file(file, first)}"
    return refuse(file.name, row_in_file(file, n), text + others(count))


# -- products ------------------------------------------------------------------------------------------------


def convert_products(release: Release, load: Load, found: Found) -> str:
    """Write the release's products; returns a note on codes that are traded but that it does not describe."""
    described_by: dict[str, str] = {}
    if release.products:
        with release.opened(release.products, load.scratch) as file:
            described_by = read_products(file)
    undescribed = sorted(found.products - set(described_by))
    names = sorted(described_by | dict.fromkeys(undescribed, ""))
    columns = {
        "nomenclature": [release.nomenclature] * len(names),
        "product": names,
        "description": [described_by.get(name, "") for name in names],
    }
    table = pa.table(columns, schema=TABLES["products"])
    write(load.path("products", release.nomenclature), "products", table.to_batches())
    listed = ", ".join(undescribed[:5]) + (", ..." if len(undescribed) > 5 else "")
    return f"{len(undescribed)} traded codes have no description in the release: {listed}" if undescribed else ""


def read_products(file: Path) -> dict[str, str]:
    """The descriptions in a release's product file, by six-character code."""
    found: dict[str, str] = {}
    for number, row in _rows(file, "code", "description"):
        code, text = row["code"].zfill(6), row["description"]
        if not re.fullmatch(PRODUCT, row["code"]):
            raise refuse(
                file.name, number, f"code is {row['code'] or 'missing'}: must be a product code of six digits"
            )
        if found.setdefault(code, text) != text:
            raise refuse(file.name, number, f"code {code} has two descriptions")
    return found


def _rows(file: Path, *needed: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a small CSV with their row in the file; a missing column or a malformed row is refused."""
    data = file.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")  # releases until 202102
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(reader, [])]
    if missing := [name for name in needed if name not in header]:
        raise refuse(file.name, 1, f"missing column {', '.join(missing)}")
    start = reader.line_num + 1
    for cells in reader:
        if cells and len(cells) != len(header):
            raise refuse(file.name, start, f"{len(cells)} cells, expected {len(header)} ({','.join(header)})")
        if cells:
            yield start, {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
        start = reader.line_num + 1
