"""Monthly bilateral flows from a plain file, or from China customs' own table download.

The plain format has one row per month, partner and product: ``period, partner, code, value, kg`` (value in USD), under
those names or the usual variants of them; a unit value may stand beside.  China customs (GACC, stats.customs.gov.cn)
lets a reader download ``数据年月, 商品编码, 贸易伙伴名称, 第一数量, 第一计量单位, ... 美元`` in GB18030; its English page the same
in English.  What a file does not say stays unknown: a quantity in pieces is no mass, yuan are no dollars.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from straits.vocabulary.errors import StraitsError, nearest
from straits.vocabulary.regions import economies, region

PARTNERS = "gacc_partners.csv"
PLAIN = {
    "period": ("period", "period_dt", "month", "date"),
    "partner": ("partner", "partner_name", "importer", "destination"),
    "code": ("code", "hs6", "hs8", "hs", "product"),
    "value": ("value", "val", "value_usd"),
    "kg": ("kg", "qty", "quantity_kg", "qty_kg"),
    "unit value": ("uv", "unit_value"),
}
GACC = {
    "period": ("数据年月", "date of data", "date"),
    "code": ("商品编码", "commodity code"),
    "what": ("商品名称", "commodity"),
    "partner code": ("贸易伙伴编码", "trading partner code"),
    "partner": ("贸易伙伴名称", "trading partner"),
    "mode code": ("贸易方式编码", "customs regime code"),
    "mode": ("贸易方式名称", "customs regime"),
    "region code": ("注册地编码", "registered location code"),
    "region": ("注册地名称", "registered location"),
    "first quantity": ("第一数量", "q1 quantity", "quantity 1"),
    "first unit": ("第一计量单位", "q1 unit", "unit 1"),
    "second quantity": ("第二数量", "q2 quantity", "quantity 2"),
    "second unit": ("第二计量单位", "q2 unit", "unit 2"),
    "usd": ("美元", "us dollar", "usd"),
    "cny": ("人民币", "renminbi", "rmb", "cny"),
}
KILOGRAMS = {"千克": 1.0, "kg": 1.0, "kilogram": 1.0, "kilograms": 1.0, "克": 1e-3, "gram": 1e-3, "g": 1e-3}
KILOGRAMS |= {"吨": 1e3, "ton": 1e3, "tonne": 1e3, "metric ton": 1e3}
_MISSING = frozenset({"", "-", "na", "n/a", "nan", "null", "none"})
_PLAIN_NEEDS = ("period", "partner", "code", "value", "kg")


@dataclass(frozen=True)
class Flow:
    """One month's exports of a product to a partner; ``value`` in USD and ``kg`` are ``None`` where unknown."""

    month: int
    partner: str
    code: str
    value: float | None
    kg: float | None


@dataclass(frozen=True)
class Flows:
    """Monthly flows of one exporter; months are counted by :func:`month_number`.

    ``name``, ``bytes`` and ``sha256`` name the file or the store's version that they come from; ``notes`` say what
    the reading left unknown.
    """

    exporter: str
    rows: tuple[Flow, ...] = field(repr=False)
    name: str
    sha256: str
    notes: tuple[str, ...] = ()
    citation: str = ""

    @property
    def codes(self) -> list[str]:
        """The product codes in it, sorted."""
        return sorted({row.code for row in self.rows})

    @property
    def months(self) -> list[int]:
        """The months that have at least one row, sorted."""
        return sorted({row.month for row in self.rows})

    def source(self) -> dict[str, Any]:
        """Where it comes from, for a result's ``sources``."""
        months = self.months
        return {
            "name": self.name,
            "sha256": self.sha256,
            "exporter": self.exporter,
            "months": f"{month_name(months[0])} to {month_name(months[-1])}",
            "rows": len(self.rows),
            "citation": self.citation,
        }


def month_number(year: int, month: int) -> int:
    """Months counted on one line, so that they can be subtracted.

    >>> month_number(2023, 12) - month_number(2023, 10)
    2
    """
    return 12 * year + month - 1


def month_name(number: int) -> str:
    """A month as ISO 8601 writes it.

    >>> month_name(month_number(2023, 12))
    '2023-12'
    """
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def read_monthly(path: str | Path, exporter: str = "CHN", citation: str = "") -> Flows:
    """Read a file of monthly flows, in the plain format or China customs' own.

    ``exporter`` is who reports the exports (the file does not say).  Raises
    :class:`~straits.vocabulary.errors.StraitsError` naming file, row (the header is row 1) and field for a month that
    is none, a negative or non-numeric amount, an unknown partner, two values for one month, or an unknown column.
    """
    file = Path(path).expanduser()
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise StraitsError(f"{file}: {error.strerror or error}") from error
    table = _Table.of(file.name, _decoded(raw, file.name))
    rows, notes = _gacc(table) if table.layout is GACC else _plain(table)
    if not rows:
        raise StraitsError(f"{file.name}: no rows; a file of monthly flows needs at least one")
    ordered = tuple(sorted(rows, key=lambda row: (row.month, row.partner, row.code)))
    digest = hashlib.sha256(raw).hexdigest()
    return Flows(region(exporter).id, ordered, file.name, digest, tuple(notes), citation)


def flows_of_table(rows: Iterable[Mapping[str, Any]], exporter: str, name: str, version: str) -> Flows:
    """Flows from rows of the canonical ``trade`` table (monthly); those of other exporters and years are left out.

    >>> import datetime as dt
    >>> row = {"period": dt.date(2023, 12, 1), "freq": "M", "exporter": "CHN", "importer": "USA",
    ...        "product": "250410", "value_usd": 2246, "quantity_kg": 25}
    >>> flows_of_table([row], "CHN", "comtrade", "v1").rows[0].kg
    25.0
    """
    found: dict[tuple[int, str, str], Flow] = {}
    for row in rows:
        if row["freq"] != "M" or row["exporter"] != exporter:
            continue
        month = month_number(row["period"].year, row["period"].month)
        key = (month, row["importer"], row["product"])
        if key in found:
            raise StraitsError(
                f"{name}: two values for {month_name(month)}, {key[1]}, {key[2]}: give one nomenclature"
            )
        found[key] = Flow(*key, _float(row["value_usd"]), _float(row["quantity_kg"]))
    if not found:
        raise StraitsError(f"{name}: no monthly flow of {exporter} in it: load monthly data, or give a file")
    return Flows(exporter, tuple(found[key] for key in sorted(found)), name, version)


def revisions(earlier: Flows, later: Flows, code: str) -> list[dict[str, Any]]:
    """What a later release changed: months, partner, kg as first known and as known now.

    Only months that both releases cover are compared; a partner that a release does not list had zero.
    """
    both = set(earlier.months) & set(later.months)
    before = {(row.month, row.partner): row.kg for row in earlier.rows if row.code == code and row.month in both}
    after = {(row.month, row.partner): row.kg for row in later.rows if row.code == code and row.month in both}
    return [
        {"month": month_name(key[0]), "partner": key[1], "kg_before": before.get(key, 0.0), "kg": after.get(key, 0.0)}
        for key in sorted(before.keys() | after.keys())
        if before.get(key, 0.0) != after.get(key, 0.0)
    ]


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


# -- the file as cells ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Table:
    """A CSV with its columns recognised: ``at`` says where a field stands."""

    file: str
    layout: Mapping[str, Sequence[str]]
    at: dict[str, int]
    header: list[str]
    lines: list[tuple[int, list[str]]]

    @classmethod
    def of(cls, file: str, text: str) -> _Table:
        reader = csv.reader(io.StringIO(text, newline=""))
        try:
            lines = [(number, cells) for number, cells in enumerate(reader, 1) if any(cell.strip() for cell in cells)]
        except csv.Error as error:
            raise StraitsError(f"{file}, row {reader.line_num}: not a CSV ({error})") from error
        if not lines:
            raise StraitsError(f"{file}: empty; a file of monthly flows needs a header and rows")
        header = [cell.strip() for cell in lines[0][1]]
        folded = [name.casefold() for name in header]
        layout = GACC if any(name in folded for name in (*GACC["first quantity"], *GACC["first unit"])) else PLAIN
        at = cls._places(file, layout, folded)
        return cls(file, layout, at, header, lines[1:])

    @staticmethod
    def _places(file: str, layout: Mapping[str, Sequence[str]], folded: list[str]) -> dict[str, int]:
        known = {name: what for what, names in layout.items() for name in names}
        at: dict[str, int] = {}
        for place, name in enumerate(folded):
            if name and name not in known:
                raise StraitsError(f"{file}, row 1: unknown column '{name}': known are {', '.join(known)}")
            if name and known[name] in at:
                raise StraitsError(f"{file}, row 1: two columns for {known[name]} ('{name}' is the second)")
            if name:
                at[known[name]] = place
        needs = _PLAIN_NEEDS if layout is PLAIN else ("period", "code", "partner", "first quantity", "first unit")
        for what in needs:
            if what not in at:
                raise StraitsError(
                    f"{file}, row 1: missing column {layout[what][0]} (or {', '.join(layout[what][1:])})"
                )
        return at

    def rows(self) -> Iterator[_Row]:
        for number, cells in self.lines:
            if len(cells) < len([name for name in self.header if name]):
                raise StraitsError(
                    f"{self.file}, row {number}: {len(cells)} cells where the header has {len(self.header)}"
                )
            yield _Row(self, number, cells)


@dataclass(frozen=True)
class _Row:
    """One row; its methods read a field or refuse it by file, row and field."""

    table: _Table
    number: int
    cells: list[str]

    def has(self, what: str) -> bool:
        return what in self.table.at

    def text(self, what: str) -> str:
        return self.cells[self.table.at[what]].strip()

    def refuse(self, what: str, rule: str) -> StraitsError:
        field_name = self.table.header[self.table.at[what]]
        return StraitsError(f"{self.table.file}, row {self.number}, {field_name}: {rule}; nothing was read")

    def month(self) -> int:
        cell = self.text("period")
        match = re.fullmatch(r"(\d{4})-?(\d{2})(?:-(\d{2}))?", cell)
        if not match or not 1 <= int(match[2]) <= 12:
            raise self.refuse("period", f"'{cell}' is not a month: write 2023-12 or 202312, with months 01 to 12")
        if match[3] not in (None, "01"):
            raise self.refuse("period", f"'{cell}' is a day: a month is written 2023-12 or as its first day")
        return month_number(int(match[1]), int(match[2]))

    def code(self) -> str:
        cell = re.sub(r"[.\s]", "", self.text("code"))
        if not re.fullmatch(r"\d{4,10}", cell):
            raise self.refuse("code", f"'{cell}' is not a product code: 4 to 10 digits")
        return cell.zfill(6) if len(cell) == 5 else cell

    def amount(self, what: str, unit: str) -> float | None:
        cell = self.text(what)
        if cell.casefold() in _MISSING:
            return None
        try:
            value = float(cell.replace(",", ""))
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.refuse(what, f"'{cell}' is not a number ({unit})")
        if value < 0:
            raise self.refuse(what, f"{cell} is negative ({unit}): exports are zero or more")
        return value


def _decoded(raw: bytes, file: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise StraitsError(f"{file}: neither UTF-8 nor GB18030 text: save it as a CSV")


# -- the plain format ------------------------------------------------------------------------------------------


def _plain(table: _Table) -> tuple[list[Flow], list[str]]:
    rows: dict[tuple[int, str, str], tuple[int, Flow]] = {}
    no_mass = 0
    for row in table.rows():
        key = (row.month(), _partner(row, row.text("partner")), row.code())
        if key in rows:
            first = rows[key][0]
            raise row.refuse(
                "period",
                f"two values for {month_name(key[0])}, {row.text('partner')}, {key[2]}: the other is in row {first}",
            )
        value, kg = row.amount("value", "USD"), row.amount("kg", "kg")
        if value and kg == 0:
            kg, no_mass = None, no_mass + 1
        _check_unit_value(row, value, kg)
        rows[key] = (row.number, Flow(*key, value, kg))
    note = f"{table.file}: {no_mass} row(s) with a value but 0 kg: their mass is unknown, not zero"
    return [flow for _, flow in rows.values()], [note] if no_mass else []


def _check_unit_value(row: _Row, value: float | None, kg: float | None) -> None:
    """The unit value that a file carries must be its value over its mass, else a column means something else."""
    if not row.has("unit value") or not value or not kg:
        return
    stated = row.amount("unit value", "USD per kg")
    if stated is not None and abs(stated - value / kg) > 0.01 * value / kg + 0.01:
        raise row.refuse("unit value", f"{stated:g} USD per kg, but value / kg is {value / kg:g}: which is wrong?")


def _partner(row: _Row, name: str) -> str:
    code = _known_economies().get(name.casefold())
    if code is None:
        error = nearest(name, _names(), "partner")
        raise row.refuse("partner", str(error))
    return code


@cache
def _known_economies() -> dict[str, str]:
    """Names, aliases and codes of economies (not of regions), and customs' Chinese names, to codes."""
    known = {
        name.casefold(): economy.code
        for economy in economies().values()
        for name in (economy.code, economy.name, *economy.aliases)
    }
    return known | {name: economy for _, economy, name in _customs()}


def _names() -> list[str]:
    return [name for economy in economies().values() for name in (economy.name, *economy.aliases)]


# -- China customs' own table ---------------------------------------------------------------------------------


@cache
def _customs() -> tuple[tuple[str, str, str], ...]:
    """Customs' partner codes (where sure), the economy, the Chinese name."""
    with Path(__file__).with_name(PARTNERS).open(encoding="utf-8", newline="") as handle:
        return tuple((row["code"], row["economy"], row["name"]) for row in csv.DictReader(handle))


def _gacc(table: _Table) -> tuple[list[Flow], list[str]]:
    """Customs splits a flow by regime and province when asked to; those parts are added up, a repeated row refused."""
    split = [what for what in ("mode code", "mode", "region code", "region") if what in table.at]
    if "usd" not in table.at and "cny" not in table.at:
        raise StraitsError(f"{table.file}, row 1: missing column 美元 (or US dollar), or 人民币")
    parts: dict[tuple[int, str, str], list[Flow]] = {}
    seen: dict[tuple[Any, ...], int] = {}
    units: dict[str, int] = {}
    for row in table.rows():
        key = (row.month(), _customs_partner(row), row.code())
        whole = (*key, *(row.text(what) for what in split))
        if whole in seen:
            raise row.refuse(
                "period",
                f"two values for {month_name(key[0])}, {row.text('partner')}, {key[2]}: the other is in row {seen[whole]}",
            )
        seen[whole] = row.number
        value = row.amount("usd", "USD") if "usd" in table.at else None
        if "cny" in table.at:
            row.amount("cny", "CNY")
        kg, unit = _mass(row)
        if kg is None:
            units[unit] = units.get(unit, 0) + 1
        parts.setdefault(key, []).append(Flow(*key, value, kg))
    notes = [f"{table.file}: {count} row(s) in {unit or 'no unit'}: no mass" for unit, count in sorted(units.items())]
    if "usd" not in table.at:
        notes.append(f"{table.file}: values are in yuan, which are not turned into dollars here: value is unknown")
    return [_summed(key, flows) for key, flows in parts.items()], notes


def _summed(key: tuple[int, str, str], flows: Sequence[Flow]) -> Flow:
    """A sum with a missing part is missing, never an understatement."""

    def total(amounts: list[float | None]) -> float | None:
        known = [amount for amount in amounts if amount is not None]
        return math.fsum(known) if len(known) == len(amounts) else None

    return Flow(*key, total([flow.value for flow in flows]), total([flow.kg for flow in flows]))


def _mass(row: _Row) -> tuple[float | None, str]:
    """Kilograms from the first or second quantity, whichever is a mass; else ``None`` and the first unit."""
    for which in ("first", "second"):
        if row.has(f"{which} unit") and row.has(f"{which} quantity"):
            factor = KILOGRAMS.get(row.text(f"{which} unit").casefold())
            amount = row.amount(f"{which} quantity", row.text(f"{which} unit"))
            if factor is not None and amount is not None:
                return factor * amount, row.text(f"{which} unit")
    return None, row.text("first unit")


def _customs_partner(row: _Row) -> str:
    economy = _partner(row, row.text("partner"))
    if row.has("partner code"):
        meant = {code: known for code, known, _ in _customs() if code}.get(row.text("partner code"))
        if meant is not None and meant != economy:
            raise row.refuse(
                "partner code", f"{row.text('partner code')} is {meant}, but the partner is {row.text('partner')}"
            )
    return economy
