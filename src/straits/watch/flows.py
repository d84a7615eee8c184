"""Monthly flows as panels: series x months, with what is zero and what is missing kept apart.

A partner without a row in a month that its reporter did report is zero; a month in which the reporter reported
nothing at all is missing; a value without a mass has a missing mass.  Flows come from the store's monthly ``trade``
rows or from a CSV file (period, partner, product, value, kg).
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import math
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from straits.store.store import Store
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.regions import region

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
ALL = "all"

_COLUMNS = {
    "period": ("period", "period_dt", "month"),
    "exporter": ("exporter",),
    "importer": ("importer", "partner", "partner_name", "destination"),
    "product": ("product", "code", "hs6", "hs8"),
    "value": ("value_usd", "value", "val", "usd"),
    "quantity": ("quantity_kg", "kg", "quantity", "qty"),
}
_SHOWN = 20


@dataclass(frozen=True)
class Flow:
    """One row: a month (``2023-11``), who to whom, what, USD and kg (``None`` is not reported)."""

    month: str
    exporter: str
    importer: str
    product: str
    value: float | None
    quantity: float | None


@dataclass(frozen=True)
class Flows:
    """Rows of one vintage, as columns; ``vintage`` is the id of the store's version or the checksum of the file.

    ``month`` counts months since year 0; ``exporter``, ``importer`` and ``product`` are positions in ``names``; ``value``
    (USD) and ``quantity`` (kg) are NaN where not reported.
    """

    month: Integers
    exporter: Integers
    importer: Integers
    product: Integers
    value: Floats
    quantity: Floats
    names: dict[str, list[str]]
    vintage: str
    source: str

    @classmethod
    def of(cls, rows: Sequence[Flow], vintage: str, source: str) -> Flows:
        """From rows."""
        columns: dict[str, Integers] = {}
        names: dict[str, list[str]] = {}
        for what in ("exporter", "importer", "product"):
            names[what] = sorted({getattr(row, what) for row in rows})
            place = {name: k for k, name in enumerate(names[what])}
            columns[what] = np.array([place[getattr(row, what)] for row in rows], np.int64)
        amounts = [
            np.array([math.nan if x is None else x for x in column], float)
            for column in ([row.value for row in rows], [row.quantity for row in rows])
        ]
        month = np.array([number_of(row.month) for row in rows], np.int64)
        return cls(
            month,
            columns["exporter"],
            columns["importer"],
            columns["product"],
            amounts[0],
            amounts[1],
            names,
            vintage,
            source,
        )

    def __len__(self) -> int:
        return len(self.month)

    @property
    def months(self) -> list[str]:
        """All months from the first to the last, those without a row included."""
        return [month_of(n) for n in range(int(self.month.min()), int(self.month.max()) + 1)] if len(self) else []

    def where(self, **wanted: Sequence[str]) -> Flows:
        """The rows whose exporter, importer or product is among those wanted (none named: all)."""
        keep = np.ones(len(self), bool)
        for what, names in wanted.items():
            if names:
                chosen = np.array([name in set(names) for name in self.names[what]], bool)
                keep &= chosen[getattr(self, what)] if len(chosen) else False
        return self.kept(keep)

    def kept(self, keep: npt.NDArray[np.bool_]) -> Flows:
        """Some of the rows."""
        if keep.all():
            return self
        columns = {name: getattr(self, name)[keep] for name in _ARRAYS}
        return replace(self, **columns)


_ARRAYS = ("month", "exporter", "importer", "product", "value", "quantity")


@dataclass(frozen=True)
class Label:
    """What one series of a panel is: a product from an exporter to an importer; ``all`` is the sum."""

    exporter: str
    importer: str
    product: str

    def __str__(self) -> str:
        return f"{self.exporter}>{self.importer} {self.product}"


@dataclass(frozen=True)
class Panel:
    """Series x months: ``flow`` is what drop, surge and shares watch, in ``unit`` (kg, or USD where kg are missing).

    ``value`` is NaN where it gives no price.  ``labels`` name the series, ``group`` numbers their groups (sorted) and
    ``groups`` names them.
    """

    months: list[str]
    labels: list[Label]
    flow: Floats
    value: Floats
    unit: list[str]
    group: Integers
    groups: list[Label]

    @property
    def first_month(self) -> int:
        """Calendar month of the first column, 1 to 12."""
        return int(self.months[0][5:])

    def totals(self) -> Panel:
        """The sums over the members of each group; missing where all members are, partial sums otherwise."""
        starts = np.flatnonzero(np.r_[True, self.group[1:] != self.group[:-1]])
        flow, value = (_sums(array, starts) for array in (self.flow, self.value))
        numbers = np.arange(len(starts), dtype=np.int64)
        return Panel(self.months, self.groups, flow, value, [self.unit[k] for k in starts], numbers, self.groups)

    def digests(self) -> dict[str, str]:
        """A checksum of each month's data, to see whether a later vintage changes history.

        Zeros are left out: a partner that first trades later does not change the months before.
        """
        names = np.array(
            [int(hashlib.sha256(str(one).encode()).hexdigest()[:15], 16) for one in self.labels], np.int64
        )
        found = {}
        for t, month in enumerate(self.months):
            there = ~((self.flow[:, t] == 0) & ((self.value[:, t] == 0) | np.isnan(self.value[:, t])))
            digest = hashlib.sha256(names[there].tobytes())
            digest.update(self.flow[there, t].tobytes())
            found[month] = digest.hexdigest()[:16]
        return found


def _sums(array: Floats, starts: Integers) -> Floats:
    known = np.isfinite(array)
    total = np.add.reduceat(np.where(known, array, 0.0), starts, axis=0)
    return np.asarray(np.where(np.add.reduceat(known.astype(int), starts, axis=0) > 0, total, np.nan))


# -- months ----------------------------------------------------------------------------------------------------


def check_month(text: str) -> str:
    """``2023-11`` from ``2023-11`` or its first day ``2023-11-01``; a ``ValueError`` otherwise.

    >>> check_month("2023-11-01")
    '2023-11'
    """
    match = re.fullmatch(r"(\d{4})-(\d{2})(?:-01)?", text.strip())
    if not match or not 1 <= int(match[2]) <= 12:
        raise ValueError(f"'{text}' is not a month: write 2023-11 or 2023-11-01")
    return f"{match[1]}-{match[2]}"


def number_of(month: str) -> int:
    """Months since year 0."""
    return int(month[:4]) * 12 + int(month[5:]) - 1


def month_of(number: int) -> str:
    """The month with that number.

    >>> month_of(number_of("2023-12") + 1)
    '2024-01'
    """
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def months_between(first: str, last: str) -> list[str]:
    """All months from first to last, both included."""
    return [month_of(n) for n in range(number_of(first), number_of(last) + 1)]


# -- reading ---------------------------------------------------------------------------------------------------


def read_file(path: Path, exporter: str | None = None) -> Flows:
    """Flows of a CSV file; ``exporter`` where the file has no such column.

    Every fault (a month that is none, an unknown partner, a negative number, two values for one month) is in one
    :class:`StraitsError` with its row and field.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise StraitsError(f"{path}: cannot be read ({error})") from error
    table = csv.DictReader(text.splitlines())
    columns = _columns(path, list(table.fieldnames or []), exporter)
    rows: list[Flow] = []
    faults: list[str] = []
    seen: dict[tuple[str, ...], int] = {}
    for number, cells in enumerate(table, 2):
        row, wrong = _flow(cells, columns, exporter)
        faults += [f"{path.name}, row {number}, {fault}" for fault in wrong]
        if row is None:
            continue
        key = (row.month, row.exporter, row.importer, row.product)
        if key in seen:
            faults.append(
                f"{path.name}, row {number}: a second row for {row.month} {row.exporter} to {row.importer} "
                f"{row.product} (the first is row {seen[key]}): keep one"
            )
        seen.setdefault(key, number)
        rows.append(row)
    if faults:
        more = f"\n... and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise StraitsError(f"{len(faults)} fault(s), nothing was read\n" + "\n".join(faults[:_SHOWN]) + more)
    if not rows:
        raise StraitsError(f"{path.name} holds no rows")
    return Flows.of(rows, hashlib.sha256(content).hexdigest()[:16], path.name)


def _columns(path: Path, names: list[str], exporter: str | None) -> dict[str, str]:
    found = {
        what: next(name for name in names if name.strip().casefold() in known)
        for what, known in _COLUMNS.items()
        if any(name.strip().casefold() in known for name in names)
    }
    needed = [what for what in ("period", "importer", "product", "value") if what not in found]
    if "exporter" not in found and exporter is None:
        raise StraitsError(f"{path.name} has no column 'exporter': name the exporter in the watch (what: exporter)")
    if needed:
        known = "; ".join(f"{what}: {' or '.join(_COLUMNS[what])}" for what in needed)
        raise StraitsError(f"{path.name} lacks {', '.join(needed)}: name the columns {known}")
    return found


def _flow(cells: dict[str, str], columns: dict[str, str], exporter: str | None) -> tuple[Flow | None, list[str]]:
    faults: list[str] = []

    def cell(what: str) -> str:
        return (cells.get(columns[what]) or "").strip() if what in columns else ""

    def take(what: str, read: Any, text: str) -> Any:
        try:
            return read(text)
        except (ValueError, StraitsError) as error:
            faults.append(f"{columns.get(what, what)}: {error}")
            return None

    month = take("period", check_month, cell("period"))
    sender = take("exporter", lambda text: region(text).id, cell("exporter") or exporter or "")
    partner = take("importer", lambda text: region(text).id, cell("importer"))
    value = take("value", _amount, cell("value"))
    quantity = take("quantity", _amount, cell("quantity"))
    if not cell("product"):
        faults.append(f"{columns['product']}: is empty")
    if faults:
        return None, faults
    return Flow(month, sender, partner, cell("product"), value, quantity), []


def _amount(text: str) -> float | None:
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"'{text}' is not a number") from None
    if not math.isfinite(number) or number < 0:
        raise ValueError(f"{text} cannot be: flows are 0 or more")
    return number


def read_store(
    store: Store, products: Sequence[str], exporters: Sequence[str] = (), importers: Sequence[str] = ()
) -> Flows:
    """Monthly flows of the store: the last loaded version that has any."""
    from straits.store.engines.duckdb import DuckDBEngine

    order = {entry["version"]: place for place, entry in enumerate(store.history())}
    fitting = sorted(
        (version for version in store.current().values() if version.files("trade")),
        key=lambda version: -order.get(version.id, -1),
    )
    engine = DuckDBEngine()
    try:
        for version in fitting:
            table = engine.run(
                """
                select year(period) * 12 + month(period) - 1 as month, exporter, importer, product, value_usd, quantity_kg
                from trade
                where freq = 'M'
                    and (len($products) = 0 or list_contains($products, product))
                    and (len($exporters) = 0 or list_contains($exporters, exporter))
                    and (len($importers) = 0 or list_contains($importers, importer))
                order by all
                """,
                {"products": list(products), "exporters": list(exporters), "importers": list(importers)},
                {"trade": version.files("trade")},
                {},
            )
            if table.num_rows:
                return _of_table(table, version.id, version.dataset)
    finally:
        engine.close()
    raise StraitsError(
        f"no monthly trade of {', '.join(products) or 'any product'} in {store.home}: load some, or give a file"
    )


# -- panels ----------------------------------------------------------------------------------------------------


def panel(flows: Flows, by: str, importer: str | None = None, until: str | None = None) -> Panel:
    """Series x months of the partners: ``by`` destinations (of each exporter) or suppliers (of one importer).

    ``importer`` is a region: for suppliers its imports from outside, summed over its members; for destinations those
    of its members only.  ``until`` leaves out later months.
    """
    if until is not None:
        flows = flows.kept(flows.month <= number_of(until))
    first = int(flows.month.min()) if len(flows) else 0
    months = flows.months
    flows = flows.kept(_inside(flows, by, importer, first, len(months)))
    if not len(flows):
        raise StraitsError(f"no flows to watch in {flows.source}: look at the products and partners of the watch")
    # The reporter is whose months count as reported: the exporter of destinations, the importer of suppliers.
    merged = by == "suppliers" and importer is not None
    taker = np.zeros_like(flows.importer) if merged else flows.importer
    takers = [region(importer).id] if merged and importer is not None else flows.names["importer"]
    near, far = (flows.exporter, taker) if by == "destinations" else (taker, flows.exporter)
    sizes = (len(flows.names["product"]), len(flows.names["exporter"] if by != "destinations" else takers))
    key = (near * sizes[0] + flows.product) * sizes[1] + far
    keys, series = np.unique(key, return_inverse=True)
    place = flows.month - first
    there = np.zeros((int(near.max()) + 1, len(months)), bool)
    there[near, place] = True
    nears, rest = keys // (sizes[0] * sizes[1]), keys % (sizes[0] * sizes[1])
    products, fars = rest // sizes[1], rest % sizes[1]
    empty = np.where(there[nears], 0.0, np.nan)
    idle = ~(flows.value > 0) & ~(flows.quantity > 0)
    quantity = empty + _added(series, place, np.where(idle, 0.0, flows.quantity), empty.shape)
    value = empty + _added(series, place, flows.value, empty.shape)
    exporters, importers = (nears, fars) if by == "destinations" else (fars, nears)
    labels = [
        Label(flows.names["exporter"][e], takers[i], flows.names["product"][p])
        for e, i, p in zip(exporters, importers, products, strict=True)
    ]
    return _assembled(months, labels, quantity, value, by)


def _of_table(table: Any, vintage: str, source: str) -> Flows:
    """From an Arrow table in the order of :class:`Flow`."""
    columns: dict[str, Integers] = {}
    names: dict[str, list[str]] = {}
    for what in ("exporter", "importer", "product"):
        coded = table[what].combine_chunks().dictionary_encode()
        found = coded.dictionary.to_pylist()
        order = np.argsort(np.array(found, dtype=object), kind="stable")
        rank = np.empty(len(found), np.int64)
        rank[order] = np.arange(len(found))
        columns[what] = rank[coded.indices.to_numpy(zero_copy_only=False)]
        names[what] = [found[k] for k in order]
    month = table["month"].to_numpy().astype(np.int64)
    value, quantity = (table[name].to_numpy().astype(float) for name in ("value_usd", "quantity_kg"))
    return Flows(
        month, columns["exporter"], columns["importer"], columns["product"], value, quantity, names, vintage, source
    )


def _inside(flows: Flows, by: str, importer: str | None, first: int, months: int) -> npt.NDArray[np.bool_]:
    """The rows that go to the region, for suppliers only those that come from outside; members as of the month."""
    if importer is None or not len(flows):
        return np.ones(len(flows), bool)
    area = region(importer)
    dates = [dt.date((first + t) // 12, (first + t) % 12 + 1, 1) for t in range(months)]
    members = [area.economies(date) for date in dates]

    def table(names: Sequence[str]) -> npt.NDArray[np.bool_]:
        return np.array([[name in month for month in members] for name in names], bool)

    place = flows.month - first
    keep = table(flows.names["importer"])[flows.importer, place]
    if by == "suppliers":
        keep &= ~table(flows.names["exporter"])[flows.exporter, place]
    return np.asarray(keep)


def _added(series: Integers, place: Integers, amounts: Floats, shape: tuple[int, ...]) -> Floats:
    """Sums by series and month; an unknown part makes the sum unknown."""
    cells = np.bincount(series * shape[1] + place, weights=amounts, minlength=shape[0] * shape[1])
    return np.asarray(cells.reshape(shape))


def _assembled(months: list[str], labels: list[Label], quantity: Floats, value: Floats, by: str) -> Panel:
    heads = [
        Label(one.exporter, ALL, one.product) if by == "destinations" else Label(ALL, one.importer, one.product)
        for one in labels
    ]
    groups = list(dict.fromkeys(heads))
    number = {head: k for k, head in enumerate(groups)}
    group = np.array([number[head] for head in heads], dtype=np.int64)
    traded = (value > 0) | (quantity > 0)
    known = np.bincount(group, (traded & np.isfinite(quantity)).sum(axis=1), len(groups))
    in_usd = (known < 0.8 * np.bincount(group, traded.sum(axis=1), len(groups)))[group]
    flow = np.where(in_usd[:, None], value, quantity)
    priced = np.where(np.isfinite(quantity) & ~_estimated(quantity, value, group) & ~in_usd[:, None], value, np.nan)
    unit = ["USD" if one else "kg" for one in in_usd]
    return Panel(months, labels, flow, priced, unit, group, groups)


def _estimated(quantity: Floats, value: Floats, group: Integers) -> npt.NDArray[np.bool_]:
    """Where the mass was worked out from the value: most partners of a month have one and the same unit value."""
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = np.where((quantity > 0) & (value > 0), value / quantity, np.nan)
    out = np.zeros(quantity.shape, bool)
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    for a, b in zip(starts, [*starts[1:], len(group)], strict=True):
        if b - a < 4:
            continue
        part = unit[a:b]
        priced = np.isfinite(part).sum(axis=0)
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # months in which nobody traded
            same = (np.abs(part / np.nanmedian(part, axis=0) - 1) < 1e-4).sum(axis=0)
        out[a:b, (priced >= 4) & (same >= 0.8 * priced)] = True
    return out


@dataclass
class Exposure:
    """How much hangs on a series: each part from 0 to 1, ``None`` where nobody knows; with its source."""

    dependent: float | None = None
    critical: float | None = None
    replaceable: float | None = None
    sources: list[str] = field(default_factory=list)
