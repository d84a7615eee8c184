"""What the canonical tables look like: columns, types, and units in the column's metadata.

Money is whole US dollars and mass whole kilograms (64-bit integers): sums are exact, hence the same on every
engine and every run.  A missing quantity is null; it is never zero.

``reports`` keeps what each side's customs said, as they said it: both mirror reports, their currency, and every
release.  ``releases`` says what was reported at all: a slice (reporter, flow, period, nomenclature, product or ``*``)
of one release replaces that slice of all earlier ones, so a partner without a row in a reported slice is zero, and a
period without a release is missing.  :mod:`straits.store.vintages` writes and reads the two.
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
    "reports": pa.schema(
        [
            _column("period", pa.date32(), "month or year, as its first day"),
            _column("freq", pa.string(), "M (monthly) or A (annual)"),
            _column("reporter", pa.string(), "the economy whose statistics these are, ISO 3166-1 alpha-3"),
            _column("flow", pa.string(), "X (exports) or M (imports) of the reporter"),
            _column("partner", pa.string(), "destination of exports, origin of imports, or _X"),
            _column("nomenclature", pa.string(), "nomenclature and revision, such as HS2022 or CN2024"),
            _column("product", pa.string(), "code in the nomenclature"),
            _column("value", pa.float64(), "value of the flow; null is not reported", "see currency", nullable=True),
            _column("currency", pa.string(), "USD, EUR or CNY, as reported"),
            _column("quantity_kg", pa.float64(), "net mass; null is not reported", "kg", nullable=True),
            _column("quantity_estimated", pa.bool_(), "whether the publisher estimated the mass"),
            _column("quantity_other", pa.float64(), "quantity in another unit", "see unit_other", nullable=True),
            _column("unit_other", pa.string(), "unit of quantity_other, as the publisher names it", nullable=True),
            _column("released", pa.date32(), "the release that says so; see releases"),
        ]
    ),
    "releases": pa.schema(
        [
            _column("period", pa.date32(), "month or year, as its first day"),
            _column("freq", pa.string(), "M (monthly) or A (annual)"),
            _column("reporter", pa.string(), "the economy whose statistics these are"),
            _column("flow", pa.string(), "X (exports) or M (imports)"),
            _column("nomenclature", pa.string(), "nomenclature and revision"),
            _column("product", pa.string(), "the code that the release is about, or * for all"),
            _column("released", pa.date32(), "the day on which this was known"),
            _column(
                "dated", pa.string(), "stated (by the publisher or whoever loads it) or loaded (the day of loading)"
            ),
            _column("content", pa.string(), "digest of the slice's rows; rows are kept once, by the first release"),
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
    "reports": ("period", "freq", "reporter", "flow", "partner", "nomenclature", "product", "released"),
    "releases": ("period", "freq", "reporter", "flow", "nomenclature", "product", "released"),
    "production": ("period", "economy", "material", "stage"),
    "governance": ("period", "economy", "indicator"),
    "products": ("nomenclature", "product"),
}
