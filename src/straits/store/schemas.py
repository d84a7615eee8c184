"""What the canonical tables look like: columns, types, and units in the column's metadata.

Money is whole US dollars and mass whole kilograms (64-bit integers): sums are exact, hence the same on every
engine and every run.  A missing quantity is null; it is never zero.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa


def _column(name: str, kind: Any, what: str, unit: str = "", nullable: bool = False) -> Any:
    return pa.field(name, kind, nullable=nullable, metadata={"what": what, "unit": unit})


TABLES: dict[str, Any] = {
    "trade": pa.schema(
        [
            _column("period", pa.date32(), "year or month, as its first day"),
            _column("freq", pa.string(), "A (annual) or M (monthly)"),
            _column("exporter", pa.string(), "economy, ISO 3166-1 alpha-3, or _X"),
            _column("importer", pa.string(), "economy, ISO 3166-1 alpha-3, or _X"),
            _column("nomenclature", pa.string(), "nomenclature and revision, such as HS1992"),
            _column("product", pa.string(), "code in the nomenclature"),
            _column("value_usd", pa.int64(), "value of the flow", "USD"),
            _column("quantity_kg", pa.int64(), "mass of the flow; null is not reported", "kg", nullable=True),
        ]
    ),
    "production": pa.schema(
        [
            _column("period", pa.date32(), "year, as its first day"),
            _column("economy", pa.string(), "producing economy"),
            _column("material", pa.string(), "series name of the publisher"),
            _column("stage", pa.string(), "mine, refinery, ... as the publisher counts it"),
            _column("quantity", pa.float64(), "production; null is not reported", "see unit", nullable=True),
            _column("unit", pa.string(), "unit of quantity"),
            _column("reported_or_estimated", pa.string(), "reported, estimated or provisional"),
        ]
    ),
    "governance": pa.schema(
        [
            _column("period", pa.date32(), "year, as its first day"),
            _column("economy", pa.string(), "economy"),
            _column("indicator", pa.string(), "name of the indicator"),
            _column("value", pa.float64(), "estimate, about -2.5 (weak) to 2.5 (strong)", "index points"),
            _column("standard_error", pa.float64(), "standard error of the estimate", "index points", nullable=True),
        ]
    ),
    "products": pa.schema(
        [
            _column("nomenclature", pa.string(), "nomenclature and revision"),
            _column("product", pa.string(), "code"),
            _column("description", pa.string(), "description by the publisher"),
        ]
    ),
}

KEYS: dict[str, tuple[str, ...]] = {
    "trade": ("period", "freq", "exporter", "importer", "nomenclature", "product"),
    "production": ("period", "economy", "material", "stage"),
    "governance": ("period", "economy", "indicator"),
    "products": ("nomenclature", "product"),
}
