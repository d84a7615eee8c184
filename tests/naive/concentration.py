"""Shares and concentration of amounts by name: suppliers, exporters, producers."""

from __future__ import annotations

import math
from collections.abc import Mapping


def shares(amounts: Mapping[str, float]) -> dict[str, float]:
    """Each amount over the total; nothing when there is no amount."""
    total = sum(amounts.values())
    return {name: amount / total for name, amount in amounts.items()} if total else {}


def hhi(amounts: Mapping[str, float]) -> float | None:
    """Sum of squared shares: from 1/n to 1; unknown without any amount.

    >>> hhi({"CHN": 50, "MOZ": 25, "BRA": 25})
    0.375
    """
    squares = [share * share for share in shares(amounts).values()]
    return math.fsum(squares) if squares else None


def largest(amounts: Mapping[str, float]) -> list[str]:
    """Names from the largest amount to the smallest; equal amounts in alphabetical order.

    >>> largest({"MOZ": 2, "BRA": 2, "CHN": 5})
    ['CHN', 'BRA', 'MOZ']
    """
    return sorted(amounts, key=lambda name: (-amounts[name], name))


def concentration_ratio(amounts: Mapping[str, float], n: int) -> float | None:
    """Share of the ``n`` largest together; unknown without any amount."""
    total = sum(amounts.values())
    return sum(amounts[name] for name in largest(amounts)[:n]) / total if total else None


def ratio(part: float | None, whole: float | None) -> float | None:
    """``part / whole``; unknown when either is unknown or the whole is zero."""
    return None if part is None or not whole else part / whole


def difference(one: float | None, other: float | None) -> float | None:
    """``one - other``; unknown when either is."""
    return None if one is None or other is None else one - other
