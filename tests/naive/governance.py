"""Concentration on badly governed suppliers or producers (HHI-WGI of the EU criticality method)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from .concentration import shares

Estimates = dict[tuple[str, int], tuple[float, float | None]]


def read_estimates(files: Iterable[Path], indicator: str) -> Estimates:
    """Estimate and standard error by economy and year."""
    return {
        (row["economy"], row["period"].year): (row["value"], row["standard_error"])
        for file in files
        for row in pq.read_table(file).to_pylist()
        if row["indicator"] == indicator
    }


def weakness(estimates: Estimates, economy: str, year: int) -> tuple[float, float | None] | None:
    """``(2.5 - WGI) / 5`` within 0 and 1, and its standard error; the newest estimate at most two years old.

    >>> weakness({("CHN", 2021): (-0.5, 0.25)}, "CHN", 2023)
    (0.6, 0.05)
    """
    for candidate in (year, year - 1, year - 2):
        if (economy, candidate) in estimates:
            value, error = estimates[economy, candidate]
            return min(1.0, max(0.0, (2.5 - value) / 5)), None if error is None else error / 5
    return None


def weighted_hhi(amounts: Mapping[str, float], estimates: Estimates, year: int) -> dict[str, Any]:
    """Sum of squared shares times weakness; a range when some have no estimate, then no single value."""
    of = shares(amounts)
    known = {name: weakness(estimates, name, year) for name in of}
    low = math.fsum(of[name] ** 2 * g[0] for name, g in known.items() if g is not None)
    high = low + math.fsum(of[name] ** 2 for name, g in known.items() if g is None)
    errors = [None if g[1] is None else (of[name] ** 2 * g[1]) ** 2 for name, g in known.items() if g is not None]
    all_known = all(g is not None for g in known.values())
    return {
        "hhi_governance": low if all_known else None,
        "hhi_governance_low": low,
        "hhi_governance_high": high,
        "standard_error": math.sqrt(math.fsum(errors)) if errors and None not in errors else None,
        "unknown_share": math.fsum(of[name] for name, g in known.items() if g is None),
    }
