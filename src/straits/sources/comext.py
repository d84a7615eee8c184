"""Eurostat Comext: imports and exports of the EU's member states by eight-digit product, one file a month or year.

``full_v2_202401.7z`` (or the .dat in it; ``202452`` is the year 2024) holds one row a reporter, partner, product, flow
and statistical procedure; the older ``full202301.7z`` says the same under other names.  Procedures are added up, unless
a file has their sum too (procedure 4), which is taken then.  TOTAL, chapters, headings and six digits are sums and left
out, and so are the rows of trade type L and M, which divide the United Kingdom's once more.  Products that a reporter
keeps confidential are under codes with letters (``39XXXXXX``: somewhere in chapter 39); these are no sums, and kept.
Partners that are no economy (``QV`` not specified, ``QX`` confidential, ``QR`` stores, ...) are ``_X``.

Values are euro; imports with insurance and freight up to the reporter's border, exports up to it.  Masses are whole
kilograms, and 0 stands for less than half of one as well as for none reported: where all of a flow's mass is 0 and its
value is not, the mass is unknown.  The nomenclature is the Combined Nomenclature of the period's year (``CN2024``).
"""

from __future__ import annotations

import datetime as dt
import json
import lzma
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from straits.sources import checked
from straits.sources.checked import Cells, Rule, number
from straits.sources.reports import (
    Tally,
    areas,
    asked_periods,
    dated,
    exact_sum,
    forgotten_if_refused,
    found_files,
    kept,
    listed,
    one_of,
    only,
    put,
    query_rows,
    register_areas,
    release_rows,
    told_partners,
)
from straits.sources.source import ROW_GROUP, Step, connect, described, download, fetched, metadata, refuse
from straits.store.store import Load, Store, Version
from straits.store.vintages import ALL, Release, Slice, add
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.regions import UNSPECIFIED

DATASET = "comext"
AREAS = "comext_areas.csv"
PRODUCT = "[0-9]{2}[0-9A-Z]{6}"
WANTED = f"[0-9]{{6}}|{PRODUCT}"
SUFFIXES = {".7z", ".dat", ".csv"}
YEAR = 52  # the month of a year's total
_NAME = re.compile(r"full(?:_v2)?_?(\d{4})(\d{2})", re.IGNORECASE)
_PARTS_OF_UK = "('L', 'M')"
_CSK_UNTIL = 1992  # CS is Czechoslovakia until then, Serbia and Montenegro afterwards
_FRESH = 86_400  # seconds; a file that an older, broken-off fetch left may have been revised since


@dataclass(frozen=True)
class Layout:
    """What a file calls its columns."""

    reporter: str = "REPORTER"
    partner: str = "PARTNER"
    trade_type: str = "TRADE_TYPE"
    product: str = "PRODUCT_NC"
    flow: str = "FLOW"
    procedure: str = "STAT_PROCEDURE"
    unit: str = "SUPPL_UNIT"
    period: str = "PERIOD"
    value: str = "VALUE_EUR"
    mass: str = "QUANTITY_KG"
    supplementary: str = "QUANTITY_SUPPL_UNIT"


NOW = Layout()
BEFORE = Layout(
    reporter="DECLARANT_ISO",
    partner="PARTNER_ISO",
    procedure="STAT_REGIME",
    unit="SUPP_UNIT",
    value="VALUE_IN_EUROS",
    mass="QUANTITY_IN_KG",
    supplementary="SUP_QUANTITY",
)
_OTHER = {"STAT_REGIME": "STAT_PROCEDURE", "SUPP_UNIT": "SUPPL_UNIT"}  # some older files have the newer names
_NOT_USED = ("VALUE_NAC", "DECLARANT", "PARTNER")


# -- loading files -------------------------------------------------------------------------------------------


def load(
    store: Store,
    origin: str | Path | Sequence[str | Path],
    step: Step,
    products: Sequence[str] | None = None,
    released: dt.date | None = None,
    name: str | None = None,
) -> Version:
    """Add full files of months or years to the dataset ``comext`` (or ``name``).

    ``origin`` is one or several files (.7z, .dat or .csv under the publisher's names), folders or addresses.
    ``products`` restricts what is kept to codes of eight characters, or of six for all that begin with them.
    ``released`` is the day on which the files were published, by default the day of loading.  A .7z needs py7zr
    (``pip install 'straits[comext]'``).  Raises :class:`~straits.vocabulary.errors.StraitsError` naming file, row and
    rule; nothing is half loaded.
    """
    wanted = only(products, WANTED, "a product code of six or eight characters")
    with _loading(store, name or DATASET) as (work, loading):
        for one in listed(origin):
            with fetched(one, work, step) as path:
                for file in found_files(path, SUFFIXES):
                    step(f"read {file.name}", len(loading.releases), None)
                    loading.read(file, wanted, released, described(file, origin=one))
        return loading.commit(store, name or DATASET)


def fetch(
    store: Store,
    periods: Sequence[str],
    step: Step,
    *,
    products: Sequence[str] | None = None,
    base: str | None = None,
    name: str | None = None,
) -> Version:
    """Download the full files of months (``2024-01``) and years (``2024``) and add them to the dataset.

    Files are kept in the home until the data are stored, so that a fetch that is broken off goes on where it was.  A
    release is dated by the server's date of the file, else by the day of loading.  ``base`` is the server's address.
    """
    meta, wanted = metadata("comext"), only(products, WANTED, "a product code of six or eight characters")
    names = [f"full_v2_{period if len(period) == 6 else f'{period}{YEAR}'}.7z" for period in asked_periods(periods)]
    _seven_zip(names[0])
    with kept(store, DATASET) as folder:
        received = []
        for done, file in enumerate(names):
            step("files", done, len(names))
            address = f"{base or meta.fetch['base']}?{urlencode({'file': meta.fetch['folder'] + '/' + file})}"
            received.append((folder / file, _received(address, folder / file, step), address))
        with _loading(store, name or DATASET) as (_, loading):
            for path, day, address in received:
                step(f"read {path.name}", len(loading.releases), len(received))
                with forgotten_if_refused(path):
                    loading.read(path, wanted, day, {**described(path), "url": address})
            version = loading.commit(store, name or DATASET)
        for path, _, _ in received:
            path.unlink(missing_ok=True)
            _told(path).unlink(missing_ok=True)
    return version


def _received(address: str, path: Path, step: Step) -> dt.date | None:
    """Download a file unless it is there whole and fresh; returns the server's date of it."""
    told = _told(path)
    if not (path.exists() and told.exists() and time.time() - told.stat().st_mtime < _FRESH):
        told.unlink(missing_ok=True)
        part = path.with_name(f"{path.name}.part")
        try:
            headers = download(address, part, step)
        except StraitsError as error:
            raise StraitsError(f"{path.name}: {error}") from error
        part.replace(path)
        day = _date(headers.get("last-modified", ""))
        put(told, json.dumps({"released": str(day) if day else None}).encode())
    text = json.loads(told.read_text(encoding="utf-8"))["released"]
    return dt.date.fromisoformat(text) if text else None


def _told(path: Path) -> Path:
    """Beside a file that was received whole: what the server told of it."""
    return path.with_suffix(".json")


def _date(text: str) -> dt.date | None:
    try:
        return parsedate_to_datetime(text).date()
    except ValueError:
        return None


# -- files ---------------------------------------------------------------------------------------------------


def _seven_zip(file: str) -> Any:
    """The library that reads .7z, which is an extra: it is under the LGPL, and only this format needs it."""
    try:
        import py7zr
    except ImportError:
        raise StraitsError(
            f"{file}: a .7z needs py7zr: pip install 'straits[comext]', or unpack it and give the .dat in it"
        ) from None
    return py7zr


@contextmanager
def _plain(file: Path, scratch: Path) -> Iterator[Path]:
    """The table in a file, unpacked into ``scratch`` if it is in a .7z."""
    if file.suffix.lower() != ".7z":
        yield file
        return
    py7zr = _seven_zip(file.name)
    try:
        with py7zr.SevenZipFile(file) as archive:
            names = [name for name in archive.getnames() if Path(name).suffix.lower() in {".dat", ".csv"}]
            if len(names) != 1:
                raise refuse(file.name, None, f"{len(names)} .dat files in it, expected one")
            archive.extract(path=scratch, targets=names)
    except (py7zr.exceptions.ArchiveError, lzma.LZMAError, EOFError, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno:
            raise  # the disk's fault, not the file's
        raise refuse(file.name, None, f"not a whole .7z file ({error}): download it again") from error
    yield scratch / names[0]
    (scratch / names[0]).unlink()


def period_of(name: str) -> tuple[int, int]:
    """Year and month (52 for the year) in a file's name, which must be that of a full file.

    >>> period_of("full_v2_202401.7z"), period_of("full202352.dat")
    ((2024, 1), (2023, 52))
    """
    match = _NAME.fullmatch(Path(name).stem)
    if not match or not (1 <= int(match[2]) <= 12 or int(match[2]) == YEAR):
        raise refuse(
            name,
            None,
            "not the name of a full file, as full_v2_202401.7z or full_202401.dat: a file of one month or year (52) "
            "must hold all reporters, partners and products, for what is not in it is taken as zero",
        )
    return int(match[1]), int(match[2])


def _layout(file: Path) -> tuple[Layout, list[str]]:
    """How a file calls its columns, and the further columns that tell products apart."""
    with file.open(encoding="utf-8-sig", errors="replace") as handle:
        header = [name.strip().upper() for name in handle.readline().split(",")]
    if NOW.reporter not in header and BEFORE.reporter in header:
        names = [
            _OTHER[name] if name not in header and _OTHER.get(name) in header else name for name in astuple(BEFORE)
        ]
        layout = Layout(*names)
    else:
        layout = NOW
    return layout, [name for name in header if name.startswith("PRODUCT_") and name != layout.product]


# -- rows ----------------------------------------------------------------------------------------------------


def rules(layout: Layout, year: int, month: int, assertions: Mapping[str, Any]) -> list[Rule]:
    """What must hold of every row, in the order in which it is told."""
    c = layout

    def is_not(column: str, pattern: str) -> str:
        return f"not coalesce(regexp_full_match({column}, '{pattern}'), false)"

    return [
        Rule("reporting is null", f"{c.reporter} is {{{c.reporter}}}: no economy has this code in {AREAS}"),
        Rule(
            f"{c.partner} is not null and {is_not(c.partner, '[A-Z]{2}')}",
            f"{c.partner} is {{{c.partner}}}: must be two letters",
        ),
        Rule(is_not(c.trade_type, "[IELM]"), f"{c.trade_type} is {{{c.trade_type}}}: must be I, E, L or M"),
        Rule(
            is_not(c.product, f"TOTAL|[0-9]{{2}}|[0-9]{{4}}|[0-9]{{6}}|{PRODUCT}"),
            f"{c.product} is {{{c.product}}}: must be a code of eight characters, a sum of such, or TOTAL",
        ),
        Rule(is_not(c.flow, "[12]"), f"{c.flow} is {{{c.flow}}}: must be 1 (imports) or 2 (exports)"),
        Rule(is_not(c.procedure, "[0-9]"), f"{c.procedure} is {{{c.procedure}}}: must be one digit"),
        Rule(
            f"{c.period} is distinct from '{year}{month:02d}'",
            f"{c.period} is {{{c.period}}}: must be {year}{month:02d}, as in the file's name",
        ),
        Rule(f"{c.value} is null", f"{c.value} is missing"),
        *checked.not_an_amount(c.value, assertions["value_at_most"]),
        *checked.not_an_amount(c.mass, assertions["quantity_at_most"]),
        *checked.not_an_amount(c.supplementary, assertions["quantity_at_most"]),
    ]


@contextmanager
def _loading(store: Store, dataset: str) -> Iterator[tuple[Load, _Loading]]:
    with store.load(dataset) as work, connect(work, "1GB") as connection:
        register_areas(connection, areas(AREAS))
        yield work, _Loading(connection, work.scratch)


class _Loading:
    """Reads files one after the other into releases; nothing is stored before all of them are read."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, scratch: Path) -> None:
        self._connection, self._scratch, self._meta = connection, scratch, metadata("comext")
        self._origin: list[dict[str, Any]] = []
        self._tally = Tally()
        self.releases: list[Release] = []

    def read(
        self, file: Path, products: tuple[str, ...] | None, released: dt.date | None, origin: dict[str, Any]
    ) -> None:
        """Check a file and prepare its release."""
        year, month = period_of(file.name)
        assertions = self._meta.assertions
        if not assertions["first_year"] <= year <= assertions["last_year"]:
            raise refuse(file.name, None, f"{year} in the name is before {assertions['first_year']} or far ahead")
        with _plain(file, self._scratch) as plain:
            layout, more = _layout(plain)
            cells = checked.delimited(plain, ",", [*astuple(layout), *more], _NOT_USED)
            reading = _Reading(self._connection, self._scratch, cells, layout, year, month, self._tally)
            prepared, slices = reading.prepare(len(self.releases), more, assertions, products)
        day, how = dated(released)
        self.releases.append(Release(release_rows([prepared], day), slices, day, how))
        self._origin.append(origin)

    def commit(self, store: Store, dataset: str) -> Version:
        """Store what was read; the memory of the reading is given back before."""
        self._connection.close()
        sources = [p.model_dump() for p in self._meta.publications]
        return add(store, dataset, self.releases, sources, self._origin, self._tally.note)


_SUMS = "not regexp_full_match(product, '[0-9]{2}[0-9A-Z]{6}')"
_KEPT = f"not ({_SUMS}) and trade_type not in {_PARTS_OF_UK}"
_TOLD = {
    f"{_SUMS}": "rows of TOTAL, chapters, headings and six digits left out",
    f"not ({_SUMS}) and trade_type in {_PARTS_OF_UK}": "rows that divide the United Kingdom (trade type L, M) left out",
    f"{_KEPT} and code in ('XI', 'XU')": "rows of Northern Ireland and the rest of the United Kingdom added up",
}


@dataclass(frozen=True)
class _Reading:
    """Reads one file's table."""

    connection: duckdb.DuckDBPyConnection
    scratch: Path
    cells: Cells
    layout: Layout
    year: int
    month: int
    tally: Tally

    def prepare(
        self, place: int, more: Sequence[str], assertions: Mapping[str, Any], products: tuple[str, ...] | None
    ) -> tuple[Path, tuple[Slice, ...]]:
        """Check the table; returns its rows as Parquet (``reports`` without ``released``), and what it speaks for."""
        typed = self._typed(place, more, assertions)
        rows = f"(select * from read_parquet('{_quoted(typed)}'))"
        whole = query_rows(self.connection, f"select count(*) from {rows} where procedure = '4'")[0][0] > 0
        chosen, wanted = self._chosen(rows, whole), self._wanted(rows, products)
        path = self.scratch / f"reports-{place:06d}.parquet"
        with pq.ParquetWriter(path, _SCHEMA, compression="zstd") as writer:
            for (reporter,) in query_rows(self.connection, f"select distinct reporter from {rows} order by 1"):
                self._check(rows, reporter, more, whole)
                for batch in self._reports(chosen, reporter, wanted):
                    writer.write_table(pa.Table.from_batches([batch]).cast(_SCHEMA))
        self._tell(chosen, _of(wanted), path, products)
        spoken = query_rows(self.connection, f"select distinct reporter, flow from {rows} order by all")
        typed.unlink()
        period = dt.date(self.year, 1 if self.month == YEAR else self.month, 1)
        freq, nomenclature = "A" if self.month == YEAR else "M", f"CN{self.year}"
        # Six digits asked for are a slice too: it says that all lines below them are here.
        six = [code for code in products or () if len(code) == 6]
        return path, tuple(
            Slice(period, freq, reporter, flow, nomenclature, product)
            for reporter, flow in spoken
            for product in ([ALL] if wanted is None else [*wanted, *six])
        )

    def _typed(self, place: int, more: Sequence[str], assertions: Mapping[str, Any]) -> Path:
        """Check the rules; the rows that are kept, with their values, as Parquet in the file's order."""
        c = self.layout
        old = f"when {c.partner} = 'CS' and {self.year} <= {_CSK_UNTIL} then 'CSK'"
        meant = f"""(
            select cells.*, r.economy as reporting, coalesce({c.partner}, '') as code, {c.product} as product,
                   case {old} else coalesce(p.economy, '{UNSPECIFIED}') end as opposite
            from {self.cells.sql} cells
            left join areas r on r.code = {c.reporter} and r.economy <> '{UNSPECIFIED}'
            left join areas p on p.code = {c.partner})"""
        facts = [f"count(*) filter ({what})" for what in _TOLD]
        found = checked.check(self.connection, self.cells, meant, rules(c, self.year, self.month, assertions), facts)
        for phrase, count in zip(_TOLD.values(), found, strict=True):
            self.tally.add(phrase, count)
        if self.cells.unused:
            told = f"columns not known and not used: {', '.join(self.cells.unused)}"
            self.tally.add(told, len(self.cells.unused))
        path = self.scratch / f"typed-{place:06d}.parquet"
        unit = f"case when {c.unit} is null or {c.unit} = 'NO_SU' then null else {c.unit} end"
        further = "".join(f", {name} as further_{number_}" for number_, name in enumerate(more))
        self.connection.execute(f"""
            copy (
                select n, reporting as reporter, code, opposite as partner, {c.trade_type} as trade_type, product,
                       case {c.flow} when '1' then 'M' else 'X' end as flow,
                       {c.procedure} as procedure, {unit} as unit, {number(c.value)} as value, {number(c.mass)} as mass,
                       {number(c.supplementary)} as supplementary{further}
                from {meant} where {_KEPT}
            ) to '{_quoted(path)}' (format parquet, row_group_size {ROW_GROUP})
        """)
        return path

    def _check(self, rows: str, reporter: str, more: Sequence[str], whole: bool) -> None:
        """Refuse a repeated row, and a flow with procedures but without their sum where the file has sums."""
        of = f"reporter = '{reporter}'"
        flow = ["code", "trade_type", "product", "flow"]
        key = [*flow, "procedure", "unit", *(f"further_{place}" for place in range(len(more)))]
        checked.check_unique(self.connection, self.cells, rows, key, of)
        if not whole:
            return
        lone = query_rows(
            self.connection,
            f"""
            select min(n) as n, {", ".join(flow)} from {rows} where {of} group by {", ".join(flow)}
            having not bool_or(procedure = '4') order by 1 limit 1
            """,
        )
        if lone:
            n, *values = lone[0]
            told = f"({reporter}, {', '.join(values)}) is there by procedure only: its sum (procedure 4) is missing"
            raise refuse(self.cells.name, self.cells.row(n), told)

    def _chosen(self, rows: str, whole: bool) -> str:
        return f"(select * from {rows} where procedure = '4')" if whole else rows

    def _wanted(self, rows: str, products: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """The codes to keep: those asked for, and all in the file that begin with six digits asked for."""
        if products is None:
            return None
        codes = {code for code in products if len(code) == 8}
        for start in (code for code in products if len(code) == 6):
            found = query_rows(self.connection, f"select distinct product from {rows} where product like '{start}%'")
            codes |= {code for (code,) in found}
        return tuple(sorted(codes))

    def _reports(self, chosen: str, reporter: str, products: tuple[str, ...] | None) -> Any:
        """A reporter's rows as ``reports``, added up over procedures, in the order of the table's key."""
        month = 1 if self.month == YEAR else self.month
        return self.connection.sql(f"""
            with flows as (
                select partner, product, flow, {exact_sum("value")} as value, {exact_sum("mass")} as mass,
                       {exact_sum("case when unit is not null then supplementary end")} as other, {one_of("unit")} as unit
                from {chosen} where reporter = '{reporter}' and {_of(products)} group by partner, product, flow
            )
            select make_date({self.year}, {month}, 1) as period, '{"A" if self.month == YEAR else "M"}' as freq,
                   '{reporter}' as reporter, flow, partner, 'CN{self.year}' as nomenclature, product, value,
                   'EUR' as currency, case when mass = 0 and value > 0 then null else mass end as quantity_kg,
                   false as quantity_estimated, case when unit is not null then other end as quantity_other,
                   unit as unit_other
            from flows order by flow, product, partner
        """).to_arrow_reader(ROW_GROUP)

    def _tell(self, chosen: str, wanted: str, path: Path, products: tuple[str, ...] | None) -> None:
        """Count what was changed or is not told: confidential products, partners, masses."""
        confidential = "regexp_matches(product, '[A-Z]')"
        if products is None:
            count = f"select count(*) from {chosen} where {confidential}"
            what = "rows of confidential products (codes with letters) kept under those codes"
        else:
            chapters = ", ".join(sorted({f"'{code[:2]}'" for code in products}))
            count = f"select count(*) from {chosen} where {confidential} and product[:2] in ({chapters})"
            what = "rows of confidential products (codes with letters) in the chapters of the products asked for"
        self.tally.add(what, query_rows(self.connection, count)[0][0])
        reports = f"read_parquet('{_quoted(path)}')"
        unknown = f"select count(*) from {reports} where quantity_kg is null and value > 0"
        self.tally.add(
            "flows with a value and 0 kg: their mass is unknown", query_rows(self.connection, unknown)[0][0]
        )
        told_partners(self.connection, f"(select * from {chosen} where {wanted})", areas(AREAS), self.tally)


_SCHEMA: Any = pa.schema(
    [
        ("period", pa.date32()),
        *((name, pa.string()) for name in ("freq", "reporter", "flow", "partner", "nomenclature", "product")),
        ("value", pa.float64()),
        ("currency", pa.string()),
        ("quantity_kg", pa.float64()),
        ("quantity_estimated", pa.bool_()),
        ("quantity_other", pa.float64()),
        ("unit_other", pa.string()),
    ]
)


def _of(products: tuple[str, ...] | None) -> str:
    """The condition that a row is of these products."""
    return "true" if products is None else f"list_contains({list(products)}::varchar[], product)"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
