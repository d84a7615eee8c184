"""Monthly trade by partner as China's customs (GACC) lets a reader download it from stats.customs.gov.cn.

The download has ``数据年月, 商品编码, 商品名称, 贸易伙伴编码, 贸易伙伴名称``, quantities with their units (``第一数量, 第一计量单位``)
and ``美元`` or ``人民币``; its English page the same in English; split, when asked for, by regime and province.  It does
not say whether it is of exports or imports: who loads it does.

Not confirmed on a real file: the exact spelling of the headers in both languages (other spellings are refused, never
guessed), whether a download ends in totals or footnotes (both are recognised), that amounts are in single dollars,
yuan and units (a header that names thousands is refused), most partner codes (compared only where sure; names decide),
and what the site does when a query has more rows than it shows (a total that the rows do not come to is refused).
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from straits.sources.sheet import BadCellError, Layout, Row, Sheet, economy_names
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.regions import UNSPECIFIED

PARTNERS = "gacc_partners.csv"
LAYOUT = Layout(
    {
        "period": ("数据年月", "年月", "数据日期", "date of data", "date", "data period", "period"),
        "code": ("商品编码", "商品代码", "税号", "commodity code", "hs code", "code of commodity"),
        "what": ("商品名称", "commodity", "commodity name", "name of commodity"),
        "partner code": ("贸易伙伴编码", "贸易伙伴代码", "trading partner code", "partner code"),
        "partner": ("贸易伙伴名称", "贸易伙伴", "国别(地区)", "trading partner", "trading partner name", "partner"),
        "mode code": ("贸易方式编码", "贸易方式代码", "customs regime code", "trade mode code"),
        "mode": ("贸易方式名称", "贸易方式", "customs regime", "customs regime name", "trade mode"),
        "region code": ("注册地编码", "注册地代码", "registered location code", "location of importer/exporter code"),
        "region": ("注册地名称", "注册地", "registered location", "registered location name"),
        "first quantity": ("第一数量", "q1 quantity", "quantity 1", "first quantity", "1st quantity"),
        "first unit": ("第一计量单位", "第一单位", "q1 unit", "unit 1", "first unit", "1st unit"),
        "second quantity": ("第二数量", "q2 quantity", "quantity 2", "second quantity", "2nd quantity"),
        "second unit": ("第二计量单位", "第二单位", "q2 unit", "unit 2", "second unit", "2nd unit"),
        "usd": ("美元", "美元值", "金额(美元)", "us dollar", "us dollars", "usd", "value (usd)"),
        "cny": ("人民币", "人民币值", "金额(人民币)", "renminbi", "rmb", "cny", "yuan", "value (rmb)"),
    },
    ("period", "code", "partner", "first quantity", "first unit"),
    searched=True,
)
KILOGRAMS = {
    "千克": 1.0,
    "公斤": 1.0,
    "kg": 1.0,
    "kilogram": 1.0,
    "kilograms": 1.0,
    "克": 1e-3,
    "gram": 1e-3,
    "g": 1e-3,
}
KILOGRAMS |= {"吨": 1e3, "ton": 1e3, "tons": 1e3, "tonne": 1e3, "metric ton": 1e3, "metric tons": 1e3}
TOTALS = frozenset({"合计", "总计", "总值", "总和", "小计", "total", "grand total", "subtotal", "sub-total", "sum"})
_SPLIT = ("mode code", "mode", "region code", "region")
_FOOTNOTE = re.compile(
    r"(数据来源|资料来源|来源|注|说明|备注|note|notes|source|data source)\s*[:：].*", re.IGNORECASE | re.DOTALL
)
_UNKNOWN = ("国别(地区)不详", "国别不详", "地区不详", "countries(reg.) unknown", "country (region) unknown")


@dataclass(frozen=True)
class Part:
    """One row of a table of flows: months since year 0, economies, amounts as reported (``None`` is not reported)."""

    month: int
    exporter: str
    partner: str
    code: str
    value: float | None
    currency: str
    kg: float | None
    other: float | None = None
    unit: str | None = None


def parts(sheet: Sheet, exporter: str) -> tuple[list[Part], list[str]]:
    """The flows of a customs table, and what the reading left out or unknown.

    Regimes and provinces are added up; a repeated row, a partner whose code and name differ, and a total that the
    rows do not come to are faults of the sheet.  Values are in USD, where the table has them, else in CNY.
    """
    if "usd" not in sheet.at and "cny" not in sheet.at:
        raise StraitsError(f"{sheet.file}, row 1: missing column 美元 (or US dollar), or 人民币")
    money = "usd" if "usd" in sheet.at else "cny"
    found: dict[tuple[int, str, str], list[Part]] = {}
    seen: dict[tuple[Any, ...], int] = {}
    totals: list[Row] = []
    units: dict[str, int] = {}
    feet = 0
    for row in _whole(sheet):
        if row is None:
            feet += 1
        elif any(row.text(what).casefold() in TOTALS for what in ("period", "code", "partner", "what")):
            totals.append(row)
        else:
            _take(row, exporter, money, found, seen, units)
    for row in totals:
        _check_total(row, money, found)
    notes = [f"{sheet.file}: {count} row(s) in {unit or 'no unit'}: no mass" for unit, count in sorted(units.items())]
    if totals:
        notes.append(f"{sheet.file}: {len(totals)} row(s) of totals were compared with the others and left out")
    if feet:
        notes.append(f"{sheet.file}: {feet} footnote(s) were left out")
    return [_summed(rows) for rows in found.values()], notes


def _whole(sheet: Sheet) -> list[Row | None]:
    """The rows; ``None`` for a footnote, which is a single cell that begins as footnotes do."""
    feet = [n for n, cells in sheet.lines if sum(map(bool, cells)) == 1 and _FOOTNOTE.fullmatch("".join(cells))]
    kept = [(number, cells) for number, cells in sheet.lines if number not in set(feet)]
    body = Sheet(sheet.file, sheet.layout, sheet.at, sheet.header, kept, sheet.faults)
    return [*body.rows(), *([None] * len(feet))]


def _take(
    row: Row, exporter: str, money: str, found: dict[Any, list[Part]], seen: dict[Any, int], units: dict[str, int]
) -> None:
    try:
        key = (row.month(), _partner(row), row.code())
        whole = (*key, *(row.text(what) for what in _SPLIT))
        if whole in seen:
            told = f"{row.text('period')}, {row.text('partner')}, {key[2]}"
            raise row.bad("period", f"two values for {told}: the other is in row {seen[whole]}")
        seen[whole] = row.number
        value = row.amount(money, money.upper())
        if money == "usd" and row.has("cny"):
            row.amount("cny", "CNY")
        kg, other, unit = _mass(row)
    except BadCellError as bad:
        row.sheet.faults.append(str(bad))
        return
    if kg is None:
        units[unit or ""] = units.get(unit or "", 0) + 1
    month, partner, code = key
    found.setdefault(key, []).append(Part(month, exporter, partner, code, value, money.upper(), kg, other, unit))


def _mass(row: Row) -> tuple[float | None, float | None, str | None]:
    """Kilograms from the first or second quantity, whichever is a mass; and the other quantity with its unit."""
    kg, other, unit = None, None, None
    for which in ("first", "second"):
        if not (row.has(f"{which} unit") and row.has(f"{which} quantity")):
            continue
        name = row.text(f"{which} unit")
        amount = row.amount(f"{which} quantity", name)
        factor = KILOGRAMS.get(name.casefold())
        if factor is not None and kg is None:
            kg = None if amount is None else factor * amount
        elif factor is None and unit is None and name not in ("", "-", "无"):
            other, unit = amount, name
    return kg, other, unit


def _summed(rows: Sequence[Part]) -> Part:
    """A sum with a missing part is missing, never an understatement; quantities in two units are not added."""

    def total(amounts: list[float | None]) -> float | None:
        known = [amount for amount in amounts if amount is not None]
        return math.fsum(known) if len(known) == len(amounts) else None

    one, unit = rows[0], rows[0].unit
    same = all(row.unit == unit for row in rows)
    return Part(
        one.month, one.exporter, one.partner, one.code, total([row.value for row in rows]), one.currency,
        total([row.kg for row in rows]), total([row.other for row in rows]) if same else None, unit if same else None,
    )  # fmt: skip


def _check_total(row: Row, money: str, found: dict[tuple[int, str, str], list[Part]]) -> None:
    """A totals row must be the sum of the rows that it is about (0.1 % for rounding): a part may be missing."""
    try:
        stated = row.amount(money, money.upper())
        about = {
            "period": None if _open(row, "period") else row.month(),
            "partner": None if _open(row, "partner") else _partner(row),
            "code": None if _open(row, "code") else row.code(),
        }
    except BadCellError as bad:
        row.sheet.faults.append(str(bad))
        return
    if any(row.text(what) not in ("", "-") for what in _SPLIT):
        return
    wanted = tuple(about.values())
    rows = [
        part
        for key, of in found.items()
        if all(want in (None, is_) for want, is_ in zip(wanted, key, strict=True))
        for part in of
    ]
    values = [part.value for part in rows if part.value is not None]
    if stated is not None and len(values) == len(rows) and abs(math.fsum(values) - stated) > 0.001 * stated + 1:
        row.sheet.faults.append(
            f"row {row.number}: the total is {stated:,.0f} {money.upper()}, but the rows come to "
            f"{math.fsum(values):,.0f}: is the download complete?"
        )


def _open(row: Row, what: str) -> bool:
    return row.text(what).casefold() in TOTALS or row.text(what) in ("", "-")


@cache
def _customs() -> tuple[tuple[str, str, str], ...]:
    """Customs' partner codes (where sure), the economy, the Chinese name."""
    with Path(__file__).with_name(PARTNERS).open(encoding="utf-8", newline="") as handle:
        return tuple((row["code"], row["economy"], row["name"]) for row in csv.DictReader(handle))


@cache
def partner_names() -> dict[str, str]:
    """Names of economies, in English and as customs write them, and of unknown ones, to codes."""
    customs = {name.casefold(): economy for _, economy, name in _customs()}
    return economy_names() | customs | dict.fromkeys(_UNKNOWN, UNSPECIFIED)


def _partner(row: Row) -> str:
    economy = row.economy("partner", partner_names())
    if row.has("partner code"):
        meant = {code: known for code, known, _ in _customs() if code}.get(row.text("partner code"))
        if meant is not None and meant != economy:
            raise row.bad(
                "partner code", f"{row.text('partner code')} is {meant}, but the partner is {row.text('partner')}"
            )
    return economy
