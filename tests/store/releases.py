"""Releases made by hand, and the plain twin of what is known when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from straits.store.schemas import TABLES
from straits.store.store import Store, Version
from straits.store.vintages import Release, Slice, add

SOURCE = {"id": "by-hand", "title": "By hand", "publisher": "tests", "licence": "CC0", "citation": "", "url": "",
          "tables": ["reports"]}  # fmt: skip
JAN, FEB = dt.date(2023, 1, 1), dt.date(2023, 2, 1)
Row = tuple[dt.date, str, str, float | None]  # period, partner, product, kg


def slice_of(period: dt.date, product: str) -> Slice:
    return Slice(period, "M", "CHN", "X", "HS2022", product)


def release(
    day: dt.date, rows: Sequence[Row], slices: Sequence[Slice] | None = None, dated: str = "stated"
) -> Release:
    """China's exports as released on a day; the slices are those of the rows unless given."""
    found: list[dict[str, Any]] = [
        {"period": period, "freq": "M", "reporter": "CHN", "flow": "X", "partner": partner, "nomenclature": "HS2022",
         "product": product, "value": None if kg is None else 2 * kg, "currency": "USD", "quantity_kg": kg,
         "quantity_estimated": False, "quantity_other": None, "unit_other": None, "released": day}
        for period, partner, product, kg in rows
    ]  # fmt: skip
    table = pa.Table.from_pylist(found, schema=TABLES["reports"])
    given = slices if slices is not None else sorted({slice_of(row[0], row[2]) for row in rows}, key=str)
    return Release(table.to_batches(), tuple(given), day, dated)


def put(store: Store, *releases: Release, dataset: str = "monthly", name: str = "a.csv") -> Version:
    origin = {"name": name, "bytes": 1, "sha256": name}
    return add(store, dataset, releases, [SOURCE], [origin])
