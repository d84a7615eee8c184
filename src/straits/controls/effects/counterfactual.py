"""What trade would have been: a counterfactual that a reader can check by eye, and how wrong it usually is.

A *normal month* is the mean of the twelve months before the announcement.  What was to be expected of a calendar month
is the normal month times that calendar month's factor: its amount over its year's mean, averaged over the last two
years, taken half way to one because two years are few.  How far such an expectation misses when nothing happened is
seen by asking the same at every earlier date (placebo dates); the misses are the interval, with no distribution assumed
(split conformal prediction, Vovk, Gammerman and Shafer 2005; permutation of dates as in Abadie et al. 2010).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from straits.controls.effects.panel import Floats

YEAR = 12
YEARS = 2
SEASONAL_WEIGHT = 0.5
FEWEST_KNOWN = 8  # of twelve months, for a normal month


@dataclass(frozen=True)
class Expectation:
    """``level``: the normal month, shape (...); ``expected``: by month from the announcement on, shape (..., horizon)."""

    level: Floats
    expected: Floats


def seasonal_factors(series: Floats, at: int, years: int = YEARS, weight: float = SEASONAL_WEIGHT) -> Floats:
    """Factor by calendar month, the month ``at`` first, shape (12,), from the ``years`` before ``at``; mean one.

    >>> seasonal_factors(np.array([1.0, 3.0] * 12), 24, weight=1).round(2).tolist()[:2]
    [0.5, 1.5]
    """
    blocks = series[at - YEAR * years : at].reshape(years, YEAR)
    ratios = blocks / _mean(blocks, axis=1)[:, None]
    factors = _mean(ratios, axis=0)
    factors = np.where(np.isfinite(factors), factors, 1.0)
    return np.asarray(1 + weight * (factors / factors.mean() - 1))


def expectation(
    series: Floats, at: int, horizon: int, factors: Floats | None = None, weight: float = SEASONAL_WEIGHT
) -> Expectation:
    """What is expected of ``horizon`` months from ``at`` on, from the months before ``at`` alone.

    ``series`` has shape (months,) or (destinations, months).  Destinations share the product's ``factors``, for those of
    a lumpy flow would be noise.  With fewer than eight known months in the last year the level is NaN.
    """
    last = series[..., at - YEAR : at]
    known = np.isfinite(last).sum(axis=-1)
    level = np.where(known >= FEWEST_KNOWN, _mean(last, axis=-1), np.nan)
    if factors is None:
        factors = seasonal_factors(series, at, weight=weight)
    return Expectation(level, np.asarray(level)[..., None] * factors[np.arange(horizon) % YEAR])


def placebo_dates(series: Floats, event: int, span: int) -> list[int]:
    """Dates before the event with two years known before them and ``span`` months after, all before the event.

    The two years need eight known months each, as the event's own do.
    """
    dates = []
    for at in range(YEAR * YEARS, event - span + 1):
        blocks = np.isfinite(series[at - YEAR * YEARS : at]).reshape(YEARS, YEAR).sum(axis=1)
        if (blocks >= FEWEST_KNOWN).all():
            dates.append(at)
    return dates


@dataclass(frozen=True)
class Spread:
    """How the same statistic varied at placebo dates: ``values`` shape (n,), NaN left out."""

    values: Floats

    @property
    def n(self) -> int:
        """How many placebo dates there are."""
        return len(self.values)

    def bounds(self, coverage: float) -> tuple[float | None, float | None]:
        """The central bounds of a new value at this coverage; ``None`` where the dates are too few to bound it.

        With n dates the k-th smallest is passed below with chance k / (n + 1) when dates are exchangeable.

        >>> Spread(np.arange(1.0, 20.0)).bounds(0.9)
        (1.0, 19.0)
        >>> Spread(np.arange(1.0, 19.0)).bounds(0.9)
        (None, None)
        """
        ordered = np.sort(self.values)
        k = int(np.floor((self.n + 1) * (1 - coverage) / 2 + 1e-9))
        if k < 1:
            return None, None
        return float(ordered[k - 1]), float(ordered[-k])

    def chance_at_most(self, value: float) -> float:
        """The exact one-sided chance of a value as low as this: (1 + placebo values as low) / (1 + n).

        >>> Spread(np.arange(1.0, 20.0)).chance_at_most(0.5)
        0.05
        """
        return (1 + int((self.values <= value + 1e-12).sum())) / (1 + self.n)

    def chance_at_least(self, value: float) -> float:
        """The exact one-sided chance of a value as high as this."""
        return (1 + int((self.values >= value - 1e-12).sum())) / (1 + self.n)


def spread(values: list[float]) -> Spread:
    """The spread of the finite values."""
    array = np.array(values, dtype=np.float64)
    return Spread(array[np.isfinite(array)])


def _mean(values: Floats, axis: int) -> Floats:
    """Mean of the known; NaN of nothing."""
    known = np.isfinite(values)
    count = np.asarray(known.sum(axis=axis), dtype=np.float64)
    summed = np.asarray(np.where(known, values, 0.0).sum(axis=axis))
    mean: Floats = np.divide(summed, count, out=np.full(count.shape, np.nan), where=count > 0)
    return mean
