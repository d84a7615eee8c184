"""Monthly flows as panels: series x months, with what is zero and what is missing kept apart.

A partner without a row in a month that its reporter did report is zero; a month in which the reporter reported
nothing at all is missing; a value without a mass has a missing mass.  Flows come from the reports in the store, as
known now or on a day, or from a file (:func:`straits.sources.monthly.read_file`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from straits.sources import monthly
from straits.store.mirrors import Bilateral, as_known
from straits.store.store import Store
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.regions import region

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
ALL = "all"


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
    """Rows of one vintage, as columns; ``vintage`` is the id of the store's versions or the checksum of the file.

    ``month`` counts months since year 0; ``exporter``, ``importer`` and ``product`` are positions in ``names``; ``value``
    (USD) and ``quantity`` (kg) are NaN where not reported.  ``told`` knows which months were reported by whom; without
    it, those that have a row of the reporter.  ``notes`` say whose reports these are and what is unknown.
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
    told: Bilateral | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()

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
    """Flows of a file; ``exporter`` where the file has no such column.

    Every fault (a month that is none, an unknown partner, a negative number, two values for one month) is in one
    :class:`StraitsError` with its row and field.
    """
    reading = monthly.read_file(path, exporter)
    rows = [
        Flow(month_of(p.month), p.exporter, p.partner, p.code, p.value if p.currency == "USD" else None, p.kg)
        for p in reading.parts
    ]
    return replace(Flows.of(rows, reading.sha256[:16], reading.file), notes=reading.notes)


def read_store(
    store: Store,
    products: Sequence[str],
    exporters: Sequence[str] = (),
    importers: Sequence[str] = (),
    side: str | None = None,
    as_of: dt.date | None = None,
) -> Flows:
    """Monthly flows of the store as known at the end of a day (default: now).

    ``side`` takes the reports of ``exporter`` or ``importers`` only; by default each exporter's own where it reports,
    else the importers', and ``notes`` say so.
    """
    flows = next(read_days(store, products, [as_of], exporters, importers, side))
    if not len(flows):
        when = f" as known on {as_of}" if as_of else ""
        raise StraitsError(
            f"no monthly trade of {', '.join(products) or 'any product'} in {store.home}{when}: load some, or give a file"
        )
    return flows


def read_days(
    store: Store,
    products: Sequence[str],
    days: Iterable[dt.date | None],
    exporters: Sequence[str] = (),
    importers: Sequence[str] = (),
    side: str | None = None,
) -> Iterator[Flows]:
    """:func:`read_store` for one day after the other, the data being read once; without flows it is empty."""
    for found in as_known(store, products, days, exporters, importers, side):
        flows = _of_table(found.rows, found.vintage, found.source)
        yield replace(flows, told=found, notes=found.notes)


# -- panels ----------------------------------------------------------------------------------------------------


def panel(flows: Flows, by: str, importer: str | None = None, until: str | None = None) -> Panel:
    """Series x months of the partners: ``by`` destinations (of each exporter) or suppliers (of one importer).

    ``importer`` is a region: for suppliers its imports from outside, summed over its members; for destinations those
    of its members only.  ``until`` leaves out later months.  Where it is known who reported which months, a sum over
    importers that report is missing in a month that one of them has not reported.
    """
    found = _amounts(flows, by, importer, until)
    return _assembled(found.months, found.labels, found.quantity, found.value, by)


def aligned(
    states: Sequence[Flows], by: str, importer: str | None = None
) -> tuple[Panel, list[tuple[Floats, Floats]]]:
    """The panel of the last of several states of the same flows, and ``flow`` and ``value`` of each state on its grid.

    A series that a state does not have is zero in the months that it reports, missing in others; the unit of a group
    is that of the last state.
    """
    found = [_amounts(flows, by, importer, None) for flows in states]
    first = min(number_of(one.months[0]) for one in found)
    last = max(number_of(one.months[-1]) for one in found)
    months = [month_of(n) for n in range(first, last + 1)]
    heads = {str(label): (str(_head(label, by)), label) for one in found for label in one.labels}
    order = {str(label): k for k, label in enumerate(found[-1].labels)}
    names = sorted(heads, key=lambda name: (heads[name][0], order.get(name, len(order)), name))
    labels = [heads[name][1] for name in names]
    row = {name: k for k, name in enumerate(names)}
    grids = []
    for flows, one in zip(states, found, strict=True):
        marks = (
            _reported(flows.told, labels, first, len(months)) if flows.told else np.zeros((len(labels), len(months)))
        )
        quantity, value = (np.where(marks, 0.0, np.nan) for _ in range(2))
        at = np.ix_([row[str(label)] for label in one.labels], [number_of(month) - first for month in one.months])
        quantity[at], value[at] = one.quantity, one.value
        grids.append((quantity, value))
    final = _assembled(months, labels, *grids[-1], by)
    in_usd = np.array([unit == "USD" for unit in final.unit])[:, None]
    return final, [_watched(quantity, value, final.group, in_usd) for quantity, value in grids]


@dataclass(frozen=True)
class _Amounts:
    """Series x months before it is decided what is watched: kg and USD, zero and missing apart."""

    months: list[str]
    labels: list[Label]
    quantity: Floats
    value: Floats


def _amounts(flows: Flows, by: str, importer: str | None, until: str | None) -> _Amounts:
    if until is not None:
        flows = flows.kept(flows.month <= number_of(until))
    first = int(flows.month.min()) if len(flows) else 0
    months = [month_of(n) for n in range(first, _last(flows, until) + 1)]
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
    nears, rest = keys // (sizes[0] * sizes[1]), keys % (sizes[0] * sizes[1])
    products, fars = rest // sizes[1], rest % sizes[1]
    exporters, importers = (nears, fars) if by == "destinations" else (fars, nears)
    labels = [
        Label(flows.names["exporter"][e], takers[i], flows.names["product"][p])
        for e, i, p in zip(exporters, importers, products, strict=True)
    ]
    if flows.told is None:
        there = np.zeros((int(near.max()) + 1, len(months)), bool)
        there[near, place] = True
        reported = there[nears]
    else:
        reported = _reported(flows.told, labels, first, len(months))
    empty = np.where(reported, 0.0, np.nan)
    unknown = np.isnan(flows.value) & np.isnan(flows.quantity)
    idle = ~(flows.value > 0) & ~(flows.quantity > 0) & ~unknown
    quantity = empty + _added(series, place, np.where(idle, 0.0, flows.quantity), empty.shape)
    value = empty + _added(series, place, flows.value, empty.shape)
    return _Amounts(months, labels, quantity, value)


def _last(flows: Flows, until: str | None) -> int:
    """The last month with a row, or in which a reporter of these flows reported that there were none."""
    if not len(flows):
        return -1
    rows = int(flows.month.max())
    if flows.told is None:
        return rows
    sides = {who: side for who, side in flows.told.sides.items() if who in set(_used(flows, "exporter"))}
    products = {*_used(flows, "product"), "*"}
    importers = set(_used(flows, "importer")) if "M" in sides.values() else set()
    known = [
        max(months)
        for (who, flow, product), months in flows.told.slices.items()
        if product in products and (sides.get(who) == "X" if flow == "X" else who in importers)
    ]
    last = max([rows, *known])
    return last if until is None else min(last, number_of(until))


def _used(flows: Flows, what: str) -> list[str]:
    """The exporters, importers or products that have a row."""
    return [flows.names[what][k] for k in np.unique(getattr(flows, what))]


def _reported(told: Bilateral, labels: list[Label], first: int, months: int) -> npt.NDArray[np.bool_]:
    """Series x months: whether the side that is taken reported them, for a region all its members that report."""
    importers = set(told.reporters("M"))
    found: dict[tuple[str, ...], npt.NDArray[np.bool_]] = {}

    def marks(reporter: str, flow: str, product: str) -> npt.NDArray[np.bool_]:
        key = (reporter, flow, product)
        if key not in found:
            found[key] = np.isin(np.arange(first, first + months), list(told.reported(*key)))
        return found[key]

    def by_members(importer: str, product: str) -> npt.NDArray[np.bool_]:
        key = (importer, product)
        if key not in found:
            out = np.zeros(months, bool)
            for t in range(months):
                day = dt.date((first + t) // 12, (first + t) % 12 + 1, 1)
                members = sorted(region(importer).economies(day) & importers)
                out[t] = bool(members) and all(marks(one, "M", product)[t] for one in members)
            found[key] = out
        return found[key]

    rows = [
        marks(one.exporter, "X", one.product)
        if told.sides.get(one.exporter) == "X"
        else by_members(one.importer, one.product)
        for one in labels
    ]
    return np.array(rows, bool).reshape(len(labels), months)


def _of_table(table: Any, vintage: str, source: str) -> Flows:
    """From an Arrow table with month numbers."""
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


def _head(label: Label, by: str) -> Label:
    """The sum that a series is a part of."""
    if by == "destinations":
        return Label(label.exporter, ALL, label.product)
    return Label(ALL, label.importer, label.product)


def _assembled(months: list[str], labels: list[Label], quantity: Floats, value: Floats, by: str) -> Panel:
    heads = [_head(one, by) for one in labels]
    groups = list(dict.fromkeys(heads))
    number = {head: k for k, head in enumerate(groups)}
    group = np.array([number[head] for head in heads], dtype=np.int64)
    traded = (value > 0) | (quantity > 0)
    known = np.bincount(group, (traded & np.isfinite(quantity)).sum(axis=1), len(groups))
    in_usd = (known < 0.8 * np.bincount(group, traded.sum(axis=1), len(groups)))[group]
    flow, priced = _watched(quantity, value, group, in_usd[:, None])
    unit = ["USD" if one else "kg" for one in in_usd]
    return Panel(months, labels, flow, priced, unit, group, groups)


def _watched(
    quantity: Floats, value: Floats, group: Integers, in_usd: npt.NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """What drop, surge and shares watch, and the values that give a price."""
    flow = np.where(in_usd, value, quantity)
    priced = np.where(np.isfinite(quantity) & ~_estimated(quantity, value, group) & ~in_usd, value, np.nan)
    return flow, priced


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
