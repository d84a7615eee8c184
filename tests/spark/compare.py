"""Are two answers the same?  Floating-point numbers to 1e-9 relative, all else exactly."""

from __future__ import annotations

import math
from typing import Any

RELATIVE = 1e-9
# Differences of shares may cancel to nothing: below this a share or an index is zero.
NOTHING = 1e-12


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same; an unknown is only the same as an unknown."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=RELATIVE, abs_tol=NOTHING) or (math.isnan(one) and math.isnan(other))
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


def sorted_rows(table: Any) -> list[dict[str, Any]]:
    """Rows of an Arrow table, sorted by all that is compared exactly."""
    rows: list[dict[str, Any]] = table.to_pylist()
    return sorted(rows, key=lambda row: [(v is None, str(v)) for v in row.values() if not isinstance(v, float)])


def differences(one: Any, other: Any) -> list[str]:
    """What differs between two Arrow tables, in words; empty when nothing does."""
    if one.schema != other.schema:
        return [f"columns: {a} and {b}" for a, b in zip(one.schema, other.schema, strict=False) if a != b] or [
            "columns"
        ]
    if one.num_rows != other.num_rows:
        return [f"rows: {one.num_rows} and {other.num_rows}"]
    pairs = zip(sorted_rows(one), sorted_rows(other), strict=True)
    return [f"{key}: {a[key]!r} and {b[key]!r} in {a}" for a, b in pairs for key in a if not same(a[key], b[key])]
