"""Monthly (and annual) trade in which nothing happened: made-up series to count false alarms on.

Each series has a level that drifts or trends, a season of its own (some with a New Year dip that moves between
January and February), errors that are correlated and now and then very large, months without trade (some series are
lumpy, and a shipment missed comes later), and missing months, single and in blocks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Kind:
    """How placebo series look.  Ranges are drawn from evenly, one number a series.

    ``noise`` is the standard deviation of logarithms; ``tails`` the degrees of freedom of Student's t (a large one
    is normal); ``correlation`` that of successive errors; ``season`` the amplitude in logarithms; ``trend`` the
    growth a year; ``drift`` the monthly step of a random walk; ``empty`` the share of months without trade, for the
    ``lumpy`` part of the series; ``outliers`` the share of months that are off by a factor of up to ten;
    ``missing`` the share of months missing.
    """

    noise: tuple[float, float] = (0.1, 0.8)
    tails: float = 6.0
    correlation: tuple[float, float] = (0.0, 0.4)
    season: tuple[float, float] = (0.0, 0.4)
    trend: tuple[float, float] = (-0.15, 0.25)
    drift: float = 0.03
    lumpy: float = 0.5
    empty: tuple[float, float] = (0.0, 0.7)
    outliers: float = 0.005
    missing: float = 0.02
    lumpy_noise: float = 0.6  # added where trade is lumpy: small flows are both
    price_noise: tuple[float, float] = (0.03, 0.4)
    price_drift: float = 0.02  # step of a random walk
    a_year: int = 12  # columns that make a year: 1 for annual flows, which have no season


USUAL = Kind()
KINDS = {
    "usual": USUAL,
    "season": Kind(season=(0.4, 0.9), lumpy=0.2),
    "gaps": Kind(missing=0.15, lumpy=0.8),
    "trends": Kind(trend=(-0.4, 0.6), drift=0.06),
    "outliers": Kind(outliers=0.03, tails=4.0),
    "quiet": Kind(tails=100.0, outliers=0.0, missing=0.0, lumpy=0.0, drift=0.0),
}

# A year's flow is a sum of months: less noise, more drift, fewer empty ones; few years are missing.
ANNUAL = Kind(
    noise=(0.08, 0.6),
    tails=5.0,
    correlation=(0.0, 0.5),
    season=(0.0, 0.0),
    drift=0.2,
    lumpy=0.4,
    empty=(0.0, 0.6),
    outliers=0.01,
    missing=0.01,
    price_noise=(0.03, 0.3),
    price_drift=0.08,
    a_year=1,
)
ANNUAL_KINDS = {
    "usual": ANNUAL,
    "gaps": replace(ANNUAL, missing=0.08, lumpy=0.8),
    "trends": replace(ANNUAL, trend=(-0.3, 0.4), drift=0.3),
    "outliers": replace(ANNUAL, outliers=0.04, tails=4.0),
    "quiet": replace(ANNUAL, tails=100.0, outliers=0.0, missing=0.0, lumpy=0.0, drift=0.05),
}


@dataclass(frozen=True)
class Panel:
    """Monthly flows: ``quantity`` in kg and ``value`` in USD (series x months, NaN missing), and the groups."""

    quantity: Floats
    value: Floats
    group: npt.NDArray[np.int64]
    first_month: int = 1


def placebo(groups: int, members: int, months: int, seed: int, kind: Kind = USUAL) -> Panel:
    """``groups`` x ``members`` series of so many months in which nothing happened; the seed gives the same again.

    Years instead of months where the kind is annual.
    """
    rng = np.random.default_rng(seed)
    series = groups * members
    empty = np.where(rng.random((series, 1)) < kind.lumpy, rng.uniform(*kind.empty, (series, 1)), 0.0)
    noise = rng.uniform(*kind.noise, (series, 1)) + kind.lumpy_noise * (empty > 0)
    log = _level(rng, series, months, kind) + _season(rng, series, months, kind)
    log += noise * _errors(rng, series, months, kind)
    odd = rng.random((series, months)) < kind.outliers
    log += odd * rng.choice([-1.0, 1.0], (series, months)) * rng.uniform(np.log(2), np.log(10), (series, months))
    quantity = np.exp(log) * _trading(rng, empty, months)
    price = rng.normal(1, 0.7, (series, 1)) + rng.uniform(*kind.price_noise, (series, 1)) * _t(
        rng, (series, months), kind.tails
    )
    price += np.cumsum(rng.normal(0, kind.price_drift, (series, months)), axis=1)
    value = quantity * np.exp(price)
    gone = _missing(rng, series, months, kind.missing)
    quantity[gone], value[gone] = np.nan, np.nan
    return Panel(quantity, value, np.repeat(np.arange(groups, dtype=np.int64), members))


def _t(rng: np.random.Generator, shape: tuple[int, int], degrees: float) -> Floats:
    """Student's t with variance one."""
    return np.asarray(rng.standard_t(degrees, shape) / np.sqrt(degrees / (degrees - 2)))


def _level(rng: np.random.Generator, series: int, months: int, kind: Kind) -> Floats:
    start = rng.normal(11, 1.5, (series, 1))
    trend = np.log1p(rng.uniform(*kind.trend, (series, 1))) / kind.a_year
    walk = np.cumsum(rng.normal(0, 1, (series, months)), axis=1) * kind.drift * rng.random((series, 1))
    return np.asarray(start + trend * np.arange(months) + walk)


def _season(rng: np.random.Generator, series: int, months: int, kind: Kind) -> Floats:
    if kind.a_year == 1:
        return np.zeros((series, months))
    amplitude = rng.uniform(*kind.season, (series, 1))
    shape = rng.normal(0, 1, (series, 12))
    shape -= shape.mean(axis=1, keepdims=True)
    shape /= np.abs(shape).max(axis=1, keepdims=True)
    turn = np.arange(months)
    season = amplitude * shape[:, turn % 12]
    dip = np.where(rng.random(series) < 0.3, 0.3, 0.0)[:, None]
    in_january = rng.random(months // 12 + 1) < 0.4
    new_year = np.where(in_january[turn // 12], turn % 12 == 0, turn % 12 == 1)
    return np.asarray(season - dip * new_year)


def _errors(rng: np.random.Generator, series: int, months: int, kind: Kind) -> Floats:
    correlation = rng.uniform(*kind.correlation, (series, 1))
    fresh = _t(rng, (series, months), kind.tails) * np.sqrt(1 - correlation**2)
    errors = np.empty_like(fresh)
    errors[:, 0] = fresh[:, 0]
    for t in range(1, months):
        errors[:, t] = correlation[:, 0] * errors[:, t - 1] + fresh[:, t]
    return errors


def _trading(rng: np.random.Generator, empty: Floats, months: int) -> Floats:
    """One in a month of trade, zero in a month without, more where a missed shipment comes later."""
    series = len(empty)
    ships = rng.random((series, months)) >= empty
    factor = np.ones((series, months))
    for t in range(1, months):
        factor[:, t] += np.where(ships[:, t] & ~ships[:, t - 1], rng.random(series), 0.0)
    return np.asarray(factor * ships)


def _missing(rng: np.random.Generator, series: int, months: int, share: float) -> npt.NDArray[np.bool_]:
    single = rng.random((series, months)) < share / 2
    starts = rng.random((series, months)) < share / 2 / 4
    block = starts.copy()
    for k in range(1, 4):
        block[:, k:] |= starts[:, :-k]
    return np.asarray(single | block)
