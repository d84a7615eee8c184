"""Exact small-sample inference on the difference between targeted and other destinations.

If the measure treated destinations alike, who is called targeted is a mere label: the difference is compared with that
under every other way to hand out the labels (Fisher 1935; all ways when they are few, else a seeded sample).  The
interval holds the differences that the data do not reject (test inversion), so it keeps its level with few and unequal
destinations and with zeros.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from straits.controls.effects.panel import Floats, Marks

ALL_BELOW = 5000
DRAWS = 1999
SEED = 20231201


@dataclass(frozen=True)
class Gap:
    """Targeted minus others, in shares of the expected amount; ``p_value`` two-sided.

    ``exact`` says whether every assignment of labels was tried; ``assignments`` how many were.
    """

    estimate: float
    interval: tuple[float | None, float | None]
    p_value: float
    assignments: int
    exact: bool


def assignments(units: int, targeted: int, seed: int = SEED) -> tuple[NDArray[np.bool_], bool]:
    """Ways to call ``targeted`` of ``units`` targeted, shape (ways, units), and whether these are all.

    >>> assignments(4, 2)[0].shape, assignments(30, 8)[0].shape
    ((6, 4), (1999, 30))
    """
    if math.comb(units, targeted) <= ALL_BELOW:
        ways = np.zeros((math.comb(units, targeted), units), dtype=np.bool_)
        for row, chosen in enumerate(itertools.combinations(range(units), targeted)):
            ways[row, list(chosen)] = True
        return ways, True
    draws = np.random.default_rng(seed)
    order = draws.random((DRAWS, units)).argsort(axis=1)
    return np.asarray(order < targeted), False


def gap(actual: Floats, expected: Floats, targeted: Marks, coverage: float, seed: int = SEED) -> Gap:
    """The gap between targeted and other destinations in actual over expected amounts, each shape (destinations,).

    ``sum(actual) / sum(expected)`` of the targeted minus the same of the others: large destinations weigh more.

    >>> e = np.ones(8); a = np.array([0.1, 0.2, 0.3, 1.0, 0.9, 1.1, 1.2, 0.8])
    >>> found = gap(a, e, np.arange(8) < 3, 0.9)
    >>> round(found.estimate, 2), round(found.p_value, 4), found.exact, found.assignments
    (-0.8, 0.0179, True, 56)
    """
    ways, exact = assignments(len(actual), int(targeted.sum()), seed)
    observed = float(difference(actual, expected, targeted[None, :])[0])
    under = difference(actual, expected, ways)
    slope = difference(np.where(targeted, expected, 0.0), expected, ways)
    low, high = _not_rejected(observed, under, slope, exact, coverage)
    return Gap(observed, (low, high), _chance(observed, under, exact), len(ways), exact)


def difference(actual: Floats, expected: Floats, ways: NDArray[np.bool_]) -> Floats:
    """Actual over expected of the targeted minus that of the others under each assignment, shape (ways,)."""
    a, e = ways @ actual, ways @ expected
    return np.asarray(a / e - (actual.sum() - a) / (expected.sum() - e))


def _chance(observed: float, under: Floats, exact: bool) -> float:
    beyond = int((np.abs(under) >= abs(observed) - 1e-12).sum())
    return beyond / len(under) if exact else (1 + beyond) / (1 + len(under))


def _not_rejected(
    observed: float, under: Floats, slope: Floats, exact: bool, coverage: float
) -> tuple[float | None, float | None]:
    """The outermost shifts of the targeted that are not rejected; ``None`` where no shift is.

    Under a shift b every statistic is linear in b: that of the labels as given is d - b, that of another assignment
    g - b h with h between -1 and 1.  So the chance falls as b leaves d, in steps at the roots of |d - b| = |g - b h|.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        roots = np.concatenate([(observed - under) / (1 - slope), (observed + under) / (1 + slope)])
    roots = np.unique(roots[np.isfinite(roots)])

    def kept(shift: float) -> bool:
        return _chance(observed - shift, under - shift * slope, exact) > 1 - coverage

    return _outermost(roots[roots <= observed][::-1], kept), _outermost(roots[roots >= observed], kept)


def _outermost(outward: Floats, kept: Callable[[float], bool]) -> float | None:
    """The last root that is kept on the way out, found by halving; ``None`` when the farthest still is."""
    if not len(outward) or kept(float(outward[-1])):
        return None
    low, high = 0, len(outward) - 1
    while low < high:
        middle = (low + high) // 2
        if kept(float(outward[middle])):
            low = middle + 1
        else:
            high = middle
    return float(outward[max(low - 1, 0)])
