"""Monthly bilateral flows from files, and from what the store knew on a day.

The plain format has one row per month, partner and product: ``period, partner, code, value, kg`` (value in USD, or
``value_cny``), under those names or the usual variants of them; an ``exporter`` and a unit value may stand beside.
China customs' own table is read by :mod:`straits.sources.gacc`.  What a file does not say stays unknown: a quantity in
pieces is no mass, yuan are no dollars.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from straits.sources import gacc
from straits.sources.gacc import Part
from straits.sources.sheet import BadCellError, Layout, Row, Sheet, economy_names
from straits.sources.source import metadata
from straits.store import vintages
from straits.store.mirrors import bilateral
from straits.store.schemas import TABLES
from straits.store.store import Store, Version
from straits.store.vintages import Release, Slice
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.regions import region

PLAIN = Layout(
    {
        "period": ("period", "period_dt", "month", "date"),
        "exporter": ("exporter",),
        "partner": ("partner", "partner_name", "importer", "destination"),
        "code": ("code", "product", "hs6", "hs8", "hs"),
        "value": ("value", "value_usd", "val", "usd"),
        "cny": ("value_cny", "cny"),
        "kg": ("kg", "quantity_kg", "quantity", "qty", "qty_kg"),
        "unit value": ("uv", "unit_value"),
    },
    ("period", "partner", "code", "kg"),
)
REVISIONS = (
    (2022, "HS2022"),
    (2017, "HS2017"),
    (2012, "HS2012"),
    (2007, "HS2007"),
    (2002, "HS2002"),
    (1996, "HS1996"),
)


@dataclass(frozen=True)
class Flow:
    """One month's exports of a product to a partner; ``value`` and ``kg`` are ``None`` where unknown."""

    month: int
    partner: str
    code: str
    value: float | None
    kg: float | None


@dataclass(frozen=True)
class Flows:
    """Monthly flows of one exporter; months are counted by :func:`month_number`, values are in USD.

    ``name`` and ``sha256`` name the file or the store's versions that they come from; ``notes`` say what the reading
    left unknown, and whose reports they are.  ``reported`` are the months that are known to be reported, beside those
    that have a row.
    """

    exporter: str
    rows: tuple[Flow, ...] = field(repr=False)
    name: str
    sha256: str
    notes: tuple[str, ...] = ()
    citation: str = ""
    reported: tuple[int, ...] = field(default=(), repr=False)

    @property
    def codes(self) -> list[str]:
        """The product codes in it, sorted."""
        return sorted({row.code for row in self.rows})

    @property
    def months(self) -> list[int]:
        """The months that were reported, sorted: those that have at least one row, and those known to have none."""
        return sorted({row.month for row in self.rows}.union(self.reported))

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


# -- files -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reading:
    """What a file of monthly flows holds, in the order of month, exporter, partner and code.

    ``customs`` says that it is China customs' own table.
    """

    file: str
    sha256: str
    parts: tuple[Part, ...] = field(repr=False)
    notes: tuple[str, ...]
    customs: bool


def read_file(path: str | Path, exporter: str | None = None) -> Reading:
    """Read a file of monthly flows, in the plain format or China customs' own.

    ``exporter`` is whose exports they are, where the file has no such column; customs' table is of China.  Raises
    :class:`~straits.vocabulary.errors.StraitsError` with every fault, its row (the header is row 1) and field: a month
    that is none, a negative or non-numeric amount, an unknown partner, two values for one month, an unknown column.
    """
    file = Path(path).expanduser()
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise StraitsError(f"{file}: {error.strerror or error}") from error
    sheet = Sheet.read(file.name, raw, (gacc.LAYOUT, PLAIN))
    customs = sheet.layout is gacc.LAYOUT
    whose = None if exporter is None else region(exporter).id
    if customs and whose not in (None, "CHN"):
        raise StraitsError(f"{file.name} is a table of China's customs, but the exporter is {whose}")
    found, notes = gacc.parts(sheet, "CHN") if customs else _plain(sheet, whose)
    sheet.refuse()
    if not found:
        raise StraitsError(f"{file.name}: no rows; a file of monthly flows needs at least one")
    ordered = sorted(found, key=lambda part: (part.month, part.exporter, part.partner, part.code))
    return Reading(file.name, hashlib.sha256(raw).hexdigest(), tuple(ordered), tuple(notes), customs)


def read_monthly(path: str | Path, exporter: str = "CHN", citation: str = "") -> Flows:
    """The flows of one exporter in a file; see :func:`read_file`.  Values that are not in USD are unknown."""
    whose = region(exporter).id
    reading = read_file(path, whose)
    if others := sorted({part.exporter for part in reading.parts} - {whose}):
        raise StraitsError(
            f"{reading.file} also holds exports of {', '.join(others[:5])}: give those of {whose} only"
        )
    rows = [Flow(p.month, p.partner, p.code, p.value if p.currency == "USD" else None, p.kg) for p in reading.parts]
    notes = list(reading.notes)
    if any(part.currency == "CNY" for part in reading.parts):
        notes.append(f"{reading.file}: values are in yuan, which are not turned into dollars here: value is unknown")
    return Flows(whose, tuple(rows), reading.file, reading.sha256, tuple(notes), citation)


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


def _plain(sheet: Sheet, exporter: str | None) -> tuple[list[Part], list[str]]:
    if exporter is None and "exporter" not in sheet.at:
        raise StraitsError(
            f"{sheet.file} has no column 'exporter': say whose exports they are (--exporter, or exporter in a watch)"
        )
    if "value" not in sheet.at and "cny" not in sheet.at:
        raise StraitsError(f"{sheet.file}, row 1: missing column value (or value_usd, val, usd), or value_cny")
    found: dict[tuple[int, str, str, str], tuple[int, Part]] = {}
    no_mass = 0
    for row in sheet.rows():
        try:
            part, unknown = _flow(row, exporter)
        except BadCellError as bad:
            sheet.faults.append(str(bad))
            continue
        key = (part.month, part.exporter, part.partner, part.code)
        if key in found:
            told = f"{month_name(part.month)}, {row.text('partner')}, {part.code}"
            fault = row.bad("period", f"two values for {told}: the other is in row {found[key][0]}: keep one")
            sheet.faults.append(str(fault))
            continue
        no_mass += unknown
        found[key] = (row.number, part)
    note = f"{sheet.file}: {no_mass} row(s) with a value but 0 kg: their mass is unknown, not zero"
    return [part for _, part in found.values()], [note] if no_mass else []


def _flow(row: Row, exporter: str | None) -> tuple[Part, bool]:
    """One row, and whether its mass is unknown because it has a value but 0 kg."""
    month, code = row.month(), row.code()
    sender = row.economy("exporter", economy_names()) if row.has("exporter") else str(exporter)
    partner = row.economy("partner", gacc.partner_names())
    money, currency = ("value", "USD") if row.has("value") else ("cny", "CNY")
    value, kg = row.amount(money, currency), row.amount("kg", "kg")
    unknown = bool(value) and kg == 0
    _check_unit_value(row, value, None if unknown else kg)
    return Part(month, sender, partner, code, value, currency, None if unknown else kg), unknown


def _check_unit_value(row: Row, value: float | None, kg: float | None) -> None:
    """The unit value that a file carries must be its value over its mass, else a column means something else."""
    if not row.has("unit value") or not value or not kg:
        return
    stated = row.amount("unit value", "per kg")
    if stated is not None and abs(stated - value / kg) > 0.01 * value / kg + 0.01:
        raise row.bad("unit value", f"{stated:g} per kg, but value / kg is {value / kg:g}: which is wrong?")


# -- the store -------------------------------------------------------------------------------------------------


def load(
    store: Store,
    path: str | Path,
    exporter: str | None = None,
    released: dt.date | None = None,
    citation: str = "",
    nomenclature: str | None = None,
    flow: str = "X",
    today: dt.date | None = None,
) -> Version:
    """Add a file to the store's releases: dataset ``gacc`` for China customs' table, else ``monthly``.

    ``released`` is the day on which this was published; without it the release is dated by the day of loading.  Every
    month that the file has is reported for every product that it has.  ``nomenclature`` names the products' codes
    (default: six digits are of the HS revision in force that year, longer ones are the exporter's own tariff lines of
    the year).  ``flow`` is ``X``, or ``M`` for a customs' table of China's imports.
    """
    reading = read_file(path, exporter)
    if flow not in ("X", "M") or (flow == "M" and not reading.customs):
        raise StraitsError(
            f"{reading.file}: flow '{flow}': X is exports; M is imports, of a table of China's customs"
        )
    now = today or dt.datetime.now(tz=dt.UTC).date()
    day = released or now
    last = reading.parts[-1].month
    if not _day(last + 1) <= day <= now:
        raise StraitsError(
            f"{reading.file} has {month_name(last)}, which was not over on {day}"
            if day <= now
            else f"{reading.file}: {day} is still to come: say the day on which it was released"
        )
    rows = [_report(part, day, flow, nomenclature) for part in reading.parts]
    table = pa.Table.from_pylist(rows, schema=TABLES["reports"])
    release = Release(
        table.to_batches(), _slices(reading, flow, nomenclature), day, "stated" if released else "loaded"
    )
    dataset = "gacc" if reading.customs else "monthly"
    source = _publication(dataset, reading, citation)
    origin = {"name": reading.file, "bytes": Path(path).expanduser().stat().st_size, "sha256": reading.sha256}
    return vintages.add(store, dataset, [release], [source], [origin], "; ".join(reading.notes))


def _publication(dataset: str, reading: Reading, citation: str) -> dict[str, Any]:
    source = metadata(dataset).publications[0].model_dump()
    if reading.customs:
        return source
    name = citation or f"your file {reading.file}"
    return {**source, "id": f"monthly: {name}", "title": name, "citation": citation}


def _report(part: Part, day: dt.date, flow: str, nomenclature: str | None) -> dict[str, Any]:
    return {
        "period": _day(part.month), "freq": "M", "reporter": part.exporter, "flow": flow, "partner": part.partner,
        "nomenclature": nomenclature or _nomenclature(part.exporter, part.month, part.code), "product": part.code,
        "value": part.value, "currency": part.currency, "quantity_kg": part.kg, "quantity_estimated": False,
        "quantity_other": part.other, "unit_other": part.unit, "released": day,
    }  # fmt: skip


def _slices(reading: Reading, flow: str, nomenclature: str | None) -> tuple[Slice, ...]:
    """Each month that an exporter has in the file, for each of its products."""
    months = sorted({(part.exporter, part.month) for part in reading.parts})
    codes = sorted({(part.exporter, part.code) for part in reading.parts})
    return tuple(
        Slice(_day(month), "M", exporter, flow, nomenclature or _nomenclature(exporter, month, code), code)
        for exporter, month in months
        for other, code in codes
        if other == exporter
    )


def _nomenclature(exporter: str, month: int, code: str) -> str:
    """The HS revision in force, or the exporter's own tariff of the year.

    >>> _nomenclature("CHN", month_number(2021, 12), "250410"), _nomenclature("CHN", month_number(2022, 1), "25041010")
    ('HS2017', 'CHN2022')
    """
    year = month // 12
    if len(code) > 6:
        return f"{exporter}{year}"
    return next((name for since, name in REVISIONS if year >= since), "HS1992")


def _day(month: int) -> dt.date:
    return dt.date(month // 12, month % 12 + 1, 1)


def flows_of_store(
    store: Store,
    exporter: str,
    products: Sequence[str],
    as_of: dt.date | None = None,
    side: str | None = None,
    dataset: str | None = None,
) -> Flows:
    """One exporter's flows as known at the end of a day; see :func:`straits.store.mirrors.bilateral` for ``side``.

    With importers' reports, a partner's month that it has not reported is unknown.
    """
    whose = region(exporter).id
    found = bilateral(store, products, [whose], (), side, as_of, dataset)
    rows = [
        Flow(row["month"], row["importer"], row["product"], row["value_usd"], row["quantity_kg"])
        for row in found.rows.to_pylist()
    ]
    months: set[int] = set()
    for code in products:
        if found.sides[whose] == "X":
            months |= found.reported(whose, "X", code)
            continue
        partners = sorted({row.partner for row in rows if row.code == code})
        spans = {who: found.reported(who, "M", code) for who in partners}
        months |= (known := frozenset[int]().union(*spans.values()))
        rows += [Flow(month, who, code, None, None) for who in partners for month in known - spans[who]]
    if not rows:
        when = f" as known on {as_of}" if as_of else ""
        raise StraitsError(
            f"no monthly exports of {', '.join(products)} from {whose} in {store.home}{when}: load some, or give a file"
        )
    ordered = sorted(rows, key=lambda row: (row.month, row.partner, row.code))
    return Flows(
        whose, tuple(ordered), found.source, found.vintage, found.notes, found.citation, tuple(sorted(months))
    )
