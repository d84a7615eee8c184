"""Who produces a material, with what share, and how concentrated that is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from .concentration import hhi, largest, ratio

Output = dict[tuple[str, int], dict[str, float]]


def read_output(files: Iterable[Path]) -> Output:
    """Quantity by economy, for each material and year; a missing quantity is left out."""
    found: Output = defaultdict(dict)
    for file in files:
        for row in pq.read_table(file).to_pylist():
            if row["quantity"] is not None:
                found[row["material"], row["period"].year][row["economy"]] = row["quantity"]
    return dict(found)


def producer_shares(produced: dict[str, float]) -> dict[str, float | None]:
    """Share of each producing economy in the world."""
    return {name: ratio(quantity, sum(produced.values())) for name, quantity in produced.items()}


def position(produced: dict[str, float], inside: Set[str]) -> dict[str, Any]:
    """World quantity and concentration, and the share of a region's members."""
    top = largest(produced)[0]
    total = sum(produced.values())
    return {
        "world_quantity": total,
        "hhi_production": hhi(produced),
        "share_of_production": ratio(sum(q for name, q in produced.items() if name in inside), total),
        "top_producer": top,
        "top_producer_share": ratio(produced[top], total),
    }
