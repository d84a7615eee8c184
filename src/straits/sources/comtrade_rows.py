"""The rows of UN Comtrade, from a bulk file or an answer of the API: areas, rules, and what is kept of them.

See :mod:`straits.sources.comtrade` for what is kept and why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from straits.sources import checked
from straits.sources.checked import Cells, Rule, number
from straits.sources.reports import (
    WHOLE,
    Tally,
    areas,
    exact_sum,
    one_of,
    query_rows,
    told_partners,
)
from straits.sources.source import refuse
from straits.store.vintages import ALL, Slice
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.regions import region

AREAS = ("baci_economies.csv", "comtrade_areas.csv")  # the second says where Comtrade's codes are not BACI's
PRODUCT = "[0-9]{4}[0-9A-Z]{2}"  # 9999AA is Comtrade's own "not specified according to kind"
NOMENCLATURES = {
    "H0": "HS1992",
    "H1": "HS1996",
    "H2": "HS2002",
    "H3": "HS2007",
    "H4": "HS2012",
    "H5": "HS2017",
    "H6": "HS2022",
}
FLOWS = ("X", "M")
PARTS = ("RX", "RM", "DX", "FM", "MIP", "MOP", "XIP", "XOP", "MIF", "XIF")
NEEDED = (
    "typeCode",
    "freqCode",
    "period",
    "reporterCode",
    "flowCode",
    "partnerCode",
    "partner2Code",
    "classificationCode",
    "cmdCode",
    "customsCode",
    "mosCode",
    "motCode",
    "qtyUnitCode",
    "qty",
    "isQtyEstimated",
    "netWgt",
    "isNetWgtEstimated",
    "primaryValue",
)
NOT_USED = (
    *("datasetCode", "refPeriodId", "refYear", "refMonth", "reporterISO", "reporterDesc", "flowDesc", "partnerISO"),
    *("partnerDesc", "partner2ISO", "partner2Desc", "classificationSearchCode", "isOriginalClassification"),
    *("cmdDesc", "aggrLevel", "isLeaf", "customsDesc", "mosDesc", "motDesc", "qtyUnitAbbr", "altQtyUnitCode"),
    *("altQtyUnitAbbr", "altQty", "isAltQtyEstimated", "grossWgt", "isGrossWgtEstimated", "cifvalue", "fobvalue"),
    *("legacyEstimationFlag", "isReported", "isAggregate"),
)
UNITS = {
    2: "m²",
    3: "1000 kWh",
    4: "m",
    5: "u",
    6: "2u",
    7: "l",
    8: "kg",
    9: "1000u",
    10: "u (jeu/pack)",
    11: "12u",
    12: "m³",
    13: "carat",
}
NO_UNIT, KG = -1, 8

# How an economy with several codes reports today.
_REPORTS_AS = {
    "CHE": 757, "DEU": 276, "ETH": 231, "FRA": 251, "IND": 699, "NOR": 579, "SDN": 729, "TWN": 490, "USA": 842, "YEM": 887,
    "ANT": 530,
}  # fmt: skip

# -- areas ---------------------------------------------------------------------------------------------------


@cache
def known_areas() -> dict[str, tuple[str, str]]:
    """Comtrade's area codes (as text without leading zeros): the economy, and the name."""
    return {str(int(code)): meant for file in AREAS for code, meant in areas(file).items()}


@cache
def reporter_codes() -> dict[str, int]:
    """The code under which each economy reports."""
    codes = {economy: int(code) for code, (economy, _) in known_areas().items() if not economy.startswith("_")}
    return codes | _REPORTS_AS


def reporter_code(name: str) -> int:
    """The code of a reporter given by name, alias or alpha-3 code.

    >>> reporter_code("USA"), reporter_code("Taiwan"), reporter_code("China")
    (842, 490, 156)
    """
    economy = region(name).id
    if economy not in reporter_codes():
        raise StraitsError(f"'{name}' does not report to UN Comtrade as one: name single economies")
    return reporter_codes()[economy]


# -- reading rows --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Prepared:
    """One table read: its rows in ``file`` (``reports`` without ``released``) and what it speaks for.

    ``slices`` are of all products, or of those asked for; ``products`` are the codes that it has rows of.
    """

    file: Path
    slices: tuple[Slice, ...]
    products: tuple[str, ...]

    def answered(self) -> tuple[Slice, ...]:
        """The slices of the products that it has rows of: what an answer to an unknown question speaks for."""
        return tuple(
            replace(one, product=product)
            for one in self.slices
            for product in (self.products if one.product == ALL else [one.product])
            if product in self.products
        )


def rules(assertions: Mapping[str, Any]) -> list[Rule]:
    """What must hold of every row, in the order in which it is told."""
    first, last = assertions["first_year"], assertions["last_year"]
    classifications, flows = ", ".join(NOMENCLATURES), ", ".join((*FLOWS, *PARTS))
    year = f"try_cast(period[:4] as integer) between {first} and {last}"
    return [
        Rule("typeCode is distinct from 'C'", "typeCode is {typeCode}: must be C (goods)"),
        Rule("freqCode is null or freqCode not in ('A', 'M')", "freqCode is {freqCode}: must be A or M"),
        Rule(
            f"freqCode = 'M' and not coalesce(regexp_full_match(period, '\\d{{4}}(0[1-9]|1[0-2])') and {year}, false)",
            f"period is {{period}}: must be a month from {first} on, as 202301 (months 01 to 12)",
        ),
        Rule(
            f"freqCode = 'A' and not coalesce(regexp_full_match(period, '\\d{{4}}') and {year}, false)",
            f"period is {{period}}: must be a year from {first} on, as 2023",
        ),
        Rule(
            "reporter is null", f"reporterCode is {{reporterCode}}: no economy has this code in {' or '.join(AREAS)}"
        ),
        Rule(
            "not coalesce(regexp_full_match(partnerCode, '\\d{1,4}'), false)",
            "partnerCode is {partnerCode}: must be a number",
        ),
        Rule(
            f"flowCode is null or flowCode not in {(*FLOWS, *PARTS)}",
            f"flowCode is {{flowCode}}: must be one of {flows}",
        ),
        Rule(
            f"classificationCode is null or classificationCode not in {tuple(NOMENCLATURES)}",
            f"classificationCode is {{classificationCode}}: must be one of {classifications}",
        ),
        Rule(
            f"not coalesce(regexp_full_match(cmdCode, 'TOTAL|\\d{{2}}|\\d{{4}}|{PRODUCT}'), false)",
            "cmdCode is {cmdCode}: must be TOTAL or a code of 2, 4 or 6 digits",
        ),
        *(_not_a_flag(name) for name in ("isQtyEstimated", "isNetWgtEstimated")),
        Rule(
            "qtyUnitCode is not null and not regexp_full_match(qtyUnitCode, '-?\\d{1,3}')",
            "qtyUnitCode is {qtyUnitCode}: must be a number",
        ),
        *checked.not_an_amount("primaryValue", assertions["value_at_most"]),
        *checked.not_an_amount("netWgt", assertions["quantity_at_most"]),
        *checked.not_an_amount("qty", assertions["quantity_at_most"]),
    ]


_TRUE, _FALSE = "('1', 'true')", "('0', 'false')"


def _not_a_flag(name: str) -> Rule:
    return Rule(
        f"lower({name}) not in {_TRUE} and lower({name}) not in {_FALSE}",
        f"{name} is {{{name}}}: must be 0, 1, true or false",
    )


_UNDIVIDED = """coalesce(customsCode, 'C00') = 'C00' and coalesce(motCode, '0') = '0'
    and coalesce(mosCode, '0') = '0' and coalesce(partner2Code, '0') = '0'"""
_LEFT_OUT = {
    f"flowCode not in {FLOWS}": "rows of re-exports and other parts of exports and imports left out",
    f"flowCode in {FLOWS} and not regexp_full_match(cmdCode, '{PRODUCT}')": "rows of chapters, headings and totals left out",
    f"reporter in ('{WHOLE}', '_X')": "rows of reporters that are no economy left out",
}
_ROW_KEY = ("freqCode", "period", "reporterCode", "flowCode", "partnerCode", "classificationCode", "cmdCode")


@dataclass(frozen=True)
class Reading:
    """Reads one table: checks it, and writes what is kept of it as Parquet."""

    connection: duckdb.DuckDBPyConnection
    scratch: Path
    place: int
    assertions: Mapping[str, Any]
    tally: Tally

    def prepare(
        self, cells: Cells, more: Sequence[Rule], products: tuple[str, ...] | None, all_partners: bool = False
    ) -> Prepared:
        """Check a table and prepare its rows of ``products`` (all when ``None``).

        ``all_partners`` asks for a World row beside each flow: without it, the table may be of some partners only.
        """
        meant = f"""(
            select cells.*, r.economy as reporter, coalesce(p.economy, '_X') as partner
            from {cells.sql} cells
            left join areas r on r.code = ltrim(reporterCode, '0')
            left join areas p on p.code = coalesce(nullif(ltrim(partnerCode, '0'), ''), '0'))"""
        facts = [f"count(*) filter ({what})" for what in _LEFT_OUT]
        found = checked.check(self.connection, cells, meant, [*more, *rules(self.assertions)], facts)
        for phrase, count in zip(_LEFT_OUT.values(), found, strict=True):
            self.tally.add(phrase, count)
        if cells.unused:
            self.tally.add(f"columns not known and not used: {', '.join(cells.unused)}", len(cells.unused))
        typed = self._typed(meant)
        checked.check_unique(self.connection, cells, typed, _ROW_KEY, "undivided")
        self._check_parts(cells, typed)
        if all_partners:
            self._check_world(cells, typed)
        self._tell(typed, products)
        prepared = self._write(typed, products)
        self._path("typed").unlink()
        return prepared

    def _path(self, what: str) -> Path:
        return self.scratch / f"{what}-{self.place:06d}.parquet"

    def _typed(self, meant: str) -> str:
        """The six-digit rows of imports and exports with their values, as a Parquet file."""
        path = str(self._path("typed")).replace("'", "''")
        unit = f"coalesce(qtyUnitCode::integer, {NO_UNIT})"
        labels = " ".join(f"when {code} then '{label}'" for code, label in UNITS.items())
        self.connection.execute(f"""
            copy (
                select n, {", ".join(_ROW_KEY)}, reporter, partner, {_UNDIVIDED} as undivided,
                       {number("primaryValue")} as value, {number("netWgt")} as net, {number("qty")} as qty,
                       {unit} as unit, case {unit} {labels} else 'unit ' || {unit} end as label,
                       coalesce(lower(isNetWgtEstimated) in {_TRUE}, false) as net_estimated,
                       coalesce(lower(isQtyEstimated) in {_TRUE}, false) as qty_estimated
                from {meant}
                where flowCode in {FLOWS} and regexp_full_match(cmdCode, '{PRODUCT}')
                  and reporter not in ('{WHOLE}', '_X')
            ) to '{path}' (format parquet)
        """)
        return f"(select * from read_parquet('{path}'))"

    def _check_parts(self, cells: Cells, typed: str) -> None:
        """Refuse a flow that is there by customs procedure, transport or second partner, but not as a whole."""
        key = ", ".join(_ROW_KEY)
        self.tally.add(
            "rows by customs procedure, transport or second partner left out",
            query_rows(self.connection, f"select count(*) from {typed} where not undivided")[0][0],
        )
        lone = query_rows(
            self.connection,
            f"select min(n) as n, {key} from {typed} group by {key} having not bool_or(undivided) order by 1 limit 1",
        )
        if lone:
            n, *values = lone[0]
            text = f"({', '.join(_ROW_KEY)}) = ({', '.join(values)}) is there in parts only"
            raise refuse(
                cells.name,
                cells.row(n),
                f"{text}: its row of customsCode C00, motCode 0 and partner2Code 0 is missing",
            )

    def _check_world(self, cells: Cells, typed: str) -> None:
        key = ", ".join(name for name in _ROW_KEY if name != "partnerCode")
        lone = query_rows(
            self.connection,
            f"""
            select min(n) as n from {typed} where undivided group by {key}
            having not bool_or(partnerCode::integer = 0) order by 1 limit 1
            """,
        )
        if lone:
            rule = "no row of partner 0 (World) beside it: an answer must be of all partners"
            raise refuse(cells.name, cells.row(lone[0][0]), rule)

    def _tell(self, typed: str, products: tuple[str, ...] | None) -> None:
        """Count sums left out, partners that are no economy, and World rows that are more than their partners."""
        whole = f"(select partnerCode as code, * from {typed} where undivided {_of(products)})"
        told_partners(self.connection, whole, known_areas(), self.tally)
        key = ", ".join(name for name in _ROW_KEY if name != "partnerCode")
        least = self.assertions["partners_of_world"]
        sums, short = query_rows(
            self.connection,
            f"""
            with flows as (
                select sum(value) filter (partnerCode::integer = 0) as world,
                       coalesce(sum(value) filter (partner <> '{WHOLE}'), 0) as partners,
                       count(*) filter (partner = '{WHOLE}') as sums
                from {whole} group by {key}
            )
            select coalesce(sum(sums), 0)::bigint, count(*) filter (partners < {least} * world) from flows
            """,
        )[0]
        self.tally.add("rows of World and other sums of partners left out", sums)
        self.tally.add(f"flows whose partners add up to less than {least:.0%} of their World row", short)

    def _write(self, typed: str, products: tuple[str, ...] | None) -> Prepared:
        """The rows as ``reports``: codes of one economy added up, in the order of the table's key."""
        names = " ".join(f"when '{code}' then '{name}'" for code, name in NOMENCLATURES.items())
        what = f"""
            make_date(period[:4]::integer, case freqCode when 'M' then period[5:6]::integer else 1 end, 1) as period,
            freqCode as freq, reporter, flowCode as flow, case classificationCode {names} end as nomenclature
        """
        in_kg, counted = f"unit = {KG}", f"unit not in ({NO_UNIT}, {KG})"
        mass = f"case when net > 0 then net when {in_kg} and qty > 0 then qty when value = 0 then 0.0 end"
        estimated = f"case when net > 0 then net_estimated when {in_kg} and qty > 0 then qty_estimated else false end"
        path = self._path("reports")
        self.connection.execute(f"""
            copy (
                with flows as (
                    select {what}, partner, cmdCode as product, value, {mass} as mass, {estimated} as estimated,
                           case when {counted} and qty > 0 then qty end as other,
                           case when {counted} and qty > 0 then label end as label
                    from {typed} where undivided and partner <> '{WHOLE}' {_of(products)}
                )
                select period, freq, reporter, flow, partner, nomenclature, product, {exact_sum("value")} as value,
                       'USD' as currency, {exact_sum("mass")} as quantity_kg, bool_or(estimated) as quantity_estimated,
                       case when {one_of("label")} is not null then {exact_sum("other")} end as quantity_other,
                       {one_of("label")} as unit_other
                from flows group by period, freq, reporter, flow, partner, nomenclature, product
                order by period, freq, reporter, flow, nomenclature, product, partner
            ) to '{str(path).replace("'", "''")}' (format parquet)
        """)
        found = query_rows(
            self.connection,
            f"select distinct {what} from {typed} where undivided and partner <> '{WHOLE}' order by all",
        )
        slices = tuple(
            Slice(day, freq, reporter, flow, nomenclature, product)
            for day, freq, reporter, flow, nomenclature in found
            for product in products or [ALL]
        )
        codes = query_rows(self.connection, f"select distinct product from read_parquet('{path}') order by 1")
        return Prepared(path, slices, tuple(code for (code,) in codes))


def _of(products: tuple[str, ...] | None) -> str:
    """The further condition that a row is of these products."""
    return f"and cmdCode in ({', '.join(repr(code) for code in products)})" if products else ""


# -- answers of the API --------------------------------------------------------------------------------------


def answer_cells(connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Any], first: int = 1) -> Cells:
    """The rows of an answer (its ``data``) as cells of text; ``first`` is the number of the first row in errors."""
    columns: dict[str, list[str | None]] = {column: [] for column in NEEDED}
    unused: set[str] = set()
    for place, row in enumerate(rows, first):
        if not isinstance(row, dict):
            raise refuse(name, place, "not an object with fields")
        if missing := [column for column in NEEDED if column not in row]:
            raise refuse(name, place, f"missing field {', '.join(missing)}")
        unused |= row.keys() - columns.keys()
        for column, cells in columns.items():
            cells.append(_text(row[column], name, place, column))
    table = pa.table({column: pa.array(cells, pa.string()) for column, cells in columns.items()})
    table = table.append_column("n", pa.array(range(len(rows)), pa.int64()))
    connection.register("answer", table)
    return Cells(name, NEEDED, "(select * from answer)", lambda n: n + first, tuple(sorted(unused - {*NOT_USED})))


def _text(value: Any, name: str, place: int, column: str) -> str | None:
    if isinstance(value, dict | list):
        raise refuse(name, place, f"{column} is not a single value")
    if isinstance(value, bool):
        return str(value).lower()
    text = "" if value is None else str(value).strip()
    return text or None


def parsed(body: bytes, name: str) -> list[Any]:
    """The rows of an answer; an error that it carries is told."""
    try:
        found = json.loads(body)
    except ValueError as error:
        raise StraitsError(f"{name}: not JSON ({error}); nothing was loaded") from None
    told = isinstance(found, dict) and (found.get("error") or (found.get("message") if "data" not in found else ""))
    if told:
        raise StraitsError(f"{name}: UN Comtrade says: {str(told)[:300]}; nothing was loaded")
    if not isinstance(found, dict) or not isinstance(found.get("data"), list):
        raise StraitsError(f"{name}: no list of data in it; nothing was loaded")
    rows: list[Any] = found["data"]
    if isinstance(count := found.get("count"), int) and count > len(rows):
        raise StraitsError(f"{name}: {len(rows)} rows of {count}: the answer is cut off; nothing was loaded")
    return rows
