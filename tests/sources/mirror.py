"""What a store holds of mirror reports, read with nothing but pyarrow: for the tests of their sources."""

from __future__ import annotations

from typing import Any

import pyarrow.parquet as pq

from straits.store.store import Store

Key = tuple[str, str, str, str, str]


def table(store: Store, dataset: str, name: str = "reports") -> list[dict[str, Any]]:
    """All rows of a table, of all releases."""
    return [row for path in store.current()[dataset].files(name) for row in pq.read_table(path).to_pylist()]


def stored(store: Store, dataset: str) -> dict[Key, tuple[float | None, float | None]]:
    """(period, reporter, flow, partner, product) to (value, kg); no two rows may have one key."""
    found: dict[Key, tuple[float | None, float | None]] = {}
    for row in table(store, dataset):
        period = f"{row['period']:%Y%m}" if row["freq"] == "M" else f"{row['period']:%Y}"
        key = (period, row["reporter"], row["flow"], row["partner"], row["product"])
        assert key not in found
        found[key] = (row["value"], row["quantity_kg"])
    return found


def slices(store: Store, dataset: str) -> set[tuple[str, str, str, str, str, str]]:
    """(period, reporter, flow, product, day of release, how it is dated) of all releases."""
    return {
        (
            f"{row['period']:%Y%m}" if row["freq"] == "M" else f"{row['period']:%Y}",
            row["reporter"], row["flow"], row["product"], str(row["released"]), row["dated"],
        )
        for row in table(store, dataset, "releases")
    }  # fmt: skip
