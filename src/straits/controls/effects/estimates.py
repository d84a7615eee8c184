"""The figures on a measure's effect, each from arrays alone: front-loading, drop, rebound, lasting loss, price.

Each is computed at the measure's date and, in the same way, at every placebo date before it; the spread of the latter
is the interval and the chance.  ``None`` stands for what the data cannot say, and the result says why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from straits.controls.effects.counterfactual import (
    YEAR,
    Expectation,
    Spread,
    expectation,
    placebo_dates,
    seasonal_factors,
    spread,
)
from straits.controls.effects.panel import Floats
from straits.controls.effects.windows import EARLY, Windows

HELD = 3  # months that must hold a level on average for it to count as reached
MIX_FLOOR = 0.01  # share of value in the base year below which a destination's unit value is noise
Interval = tuple[float | None, float | None]


@dataclass(frozen=True)
class Estimate:
    """One figure with its interval and the chance of one as extreme at a placebo date (one-sided, ``None`` if unknown)."""

    estimate: float | None
    interval: Interval
    p_value: float | None = None
    placebo_dates: int = 0

    def plain(self, **more: Any) -> dict[str, Any]:
        """As plain data."""
        return {
            "estimate": self.estimate,
            "interval": list(self.interval),
            "p_value": self.p_value,
            "placebo_dates": self.placebo_dates,
            **more,
        }


def finite(value: float | None) -> float | None:
    """A number, or ``None`` for what is none or endless."""
    return float(value) if value is not None and np.isfinite(value) else None


UNKNOWN = Estimate(None, (None, None))
Statistic = Callable[[Floats, int, Expectation], float]
"""A figure from a series, a date and what was expected from that date on."""


def at_dates(
    series: Floats, windows: Windows, statistic: Statistic, span: int, weight: float
) -> tuple[float, Spread, list[int]]:
    """A statistic at the measure's date and its spread over placebo dates; ``span`` months from the date are used."""
    here = statistic(series, windows.announced, expectation(series, windows.announced, span, weight=weight))
    dates = placebo_dates(series, windows.announced, span)
    values = [statistic(series, at, expectation(series, at, span, weight=weight)) for at in dates]
    return here, spread(values), dates


def front_loading(series: Floats, windows: Windows, coverage: float, weight: float) -> Estimate:
    """Amount above the expected between announcement and force, in normal months."""
    if not windows.front:
        return UNKNOWN
    span = len(windows.front)

    def excess(values: Floats, at: int, expected: Expectation) -> float:
        return float((values[at : at + span] - expected.expected).sum() / expected.level)

    here, misses, _ = at_dates(series, windows, excess, span, weight)
    if not np.isfinite(here):
        return UNKNOWN
    low, high = misses.bounds(coverage)
    interval = (None if high is None else here - high, None if low is None else here - low)
    return Estimate(here, interval, misses.chance_at_least(here), misses.n)


def share_of_expected(series: Floats, windows: Windows, months: range, coverage: float, weight: float) -> Estimate:
    """Actual over expected in some months; the interval is that of the expected: actual / (expected x usual miss)."""
    if not months:
        return UNKNOWN
    start, stop = months.start - windows.announced, months.stop - windows.announced

    def share(values: Floats, at: int, expected: Expectation) -> float:
        return float(values[at + start : at + stop].sum() / expected.expected[start:stop].sum())

    here, misses, _ = at_dates(series, windows, share, stop, weight)
    if not np.isfinite(here):
        return UNKNOWN
    low, high = misses.bounds(coverage)
    interval = (here / high if high else None, here / low if low else None)
    return Estimate(here, interval, misses.chance_at_most(here), misses.n)


def drop(series: Floats, windows: Windows, months: range, coverage: float, weight: float) -> Estimate:
    """The missing share, one minus :func:`share_of_expected`: 1 is a full stop, below 0 a rise."""
    share = share_of_expected(series, windows, months, coverage, weight)
    if share.estimate is None:
        return share
    low, high = share.interval
    interval = (None if high is None else 1 - high, None if low is None else 1 - low)
    return Estimate(1 - share.estimate, interval, share.p_value, share.placebo_dates)


def net_amount(series: Floats, windows: Windows, coverage: float, weight: float) -> Estimate:
    """Front-loading and shortfall together, from announcement to the twelfth month under force, in normal months."""
    if windows.bound is None or windows.bound + YEAR > windows.end:
        return UNKNOWN
    span = windows.bound + YEAR - windows.announced

    def net(values: Floats, at: int, expected: Expectation) -> float:
        return float((values[at : at + span] - expected.expected).sum() / expected.level)

    here, misses, _ = at_dates(series, windows, net, span, weight)
    if not np.isfinite(here):
        return UNKNOWN
    low, high = misses.bounds(coverage)
    interval = (None if high is None else here - high, None if low is None else here - low)
    return Estimate(here, interval, misses.chance_at_most(here), misses.n)


@dataclass(frozen=True)
class Months:
    """Months after force began until a share of the expected was reached and held; ``None``: not within the data.

    ``interval`` takes the expected at the low and at the high end of its usual misses; an end of ``None`` with
    ``bounded`` true means "not within the data".
    """

    estimate: int | None
    interval: tuple[int | None, int | None]
    bounded: bool


def months_to(series: Floats, windows: Windows, level: float, coverage: float, weight: float) -> Months | None:
    """Months from force until the amount is back at ``level`` of the expected, and stays there over three months.

    Zero: it was never below.  ``None`` when the measure is not in force within the data.
    """
    if windows.bound is None:
        return None
    span = windows.end - windows.announced
    expected = expectation(series, windows.announced, span, weight=weight).expected
    after = slice(windows.bound - windows.announced, span)
    actual = series[windows.bound : windows.end]
    low, high, bounded = _miss_by_month(series, windows, span, coverage, weight)
    middle = reached(actual, expected[after], level)
    return Months(
        middle,
        (reached(actual, (expected * low)[after], level), reached(actual, (expected * high)[after], level)),
        bounded,
    )


def reached(actual: Floats, expected: Floats, level: float) -> int | None:
    """The first month at ``level`` of the expected whose three-month sum is too; the last months hold with what is left.

    >>> reached(np.array([0.2, 0.6, 0.3, 0.7, 0.8, 0.9]), np.ones(6), 0.5)
    1
    >>> reached(np.array([0.2, 0.6, 0.1, 0.7, 0.8, 0.9]), np.ones(6), 0.5)
    3
    """
    for month in range(len(actual)):
        held = slice(month, month + HELD)
        if actual[month] >= level * expected[month] and np.nansum(actual[held]) >= level * np.nansum(
            np.where(np.isfinite(actual[held]), expected[held], 0.0)
        ):
            return month
    return None


def _miss_by_month(
    series: Floats, windows: Windows, span: int, coverage: float, weight: float
) -> tuple[Floats, Floats, bool]:
    """The usual misses of the three-month share at each horizon; the last known ones go on where dates run out."""
    lows, highs, bounded = np.ones(span), np.ones(span), False
    low = high = None
    for horizon in range(span):
        dates = placebo_dates(series, windows.announced, horizon + 1)
        values = []
        for at in dates:
            expected = expectation(series, at, horizon + 1, weight=weight).expected
            part = slice(max(horizon + 1 - HELD, 0), horizon + 1)
            values.append(float(series[at : at + horizon + 1][part].sum() / expected[part].sum()))
        found = spread(values).bounds(coverage)
        if found[0] is not None and found[1] is not None:
            low, high = found
        if low is not None and high is not None:
            lows[horizon], highs[horizon], bounded = low, high, True
    return lows, highs, bounded


# -- price ----------------------------------------------------------------------------------------------------


def unit_value_change(kg: Floats, usd: Floats, at: int, months: range) -> float:
    """Change of the unit value with destinations' weights held fixed, so that a change of mix is no change of price.

    Geometric mean over destinations of (unit value in ``months``) / (unit value in the twelve months before ``at``),
    weighted by value in the twelve months (geometric Laspeyres); those traded in both, above 1 % of value, count.
    """
    before, after = slice(at - YEAR, at), slice(months.start, months.stop)
    with np.errstate(divide="ignore", invalid="ignore"):
        base_value = np.nansum(usd[:, before], axis=1)
        base = base_value / np.nansum(np.where(np.isfinite(usd[:, before]), kg[:, before], np.nan), axis=1)
        now = np.nansum(usd[:, after], axis=1) / np.nansum(kg[:, after], axis=1)
    use = np.isfinite(base) & np.isfinite(now) & (base > 0) & (now > 0) & (base_value >= MIX_FLOOR * base_value.sum())
    if not use.any():
        return np.nan
    return float(np.expm1(np.average(np.log(now[use] / base[use]), weights=base_value[use])))


def price(kg: Floats, usd: Floats, windows: Windows, months: range, coverage: float) -> Estimate:
    """The unit-value effect in some months, relative to the year before the announcement."""
    if not months:
        return UNKNOWN
    known = np.where(np.isfinite(kg) & np.isfinite(usd), kg, np.nan), np.where(np.isfinite(kg), usd, np.nan)
    shift, span = months.start - windows.announced, months.stop - windows.announced
    here = unit_value_change(*known, windows.announced, months)
    if not np.isfinite(here):
        return UNKNOWN
    dates = placebo_dates(known[0].sum(axis=0), windows.announced, span)
    misses = spread([unit_value_change(*known, at, range(at + shift, at + span)) for at in dates])
    low, high = misses.bounds(coverage)
    interval = (
        None if high is None else (1 + here) / (1 + high) - 1,
        None if low is None else (1 + here) / (1 + low) - 1,
    )
    two_sided = min(1.0, 2 * min(misses.chance_at_least(here), misses.chance_at_most(here)))
    return Estimate(here, interval, two_sided, misses.n)


# -- by destination -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DestinationFigures:
    """One destination's row of figures; amounts in the panel's unit."""

    place: int
    normal_month: float
    front_loading: Estimate
    drop: Estimate
    drop_three_months: Estimate
    lasting_loss: Estimate
    months_to_50: int | None
    months_to_90: int | None
    zero_columns: tuple[int, ...]
    zeros_before: int
    months_before: int
    lumpy: bool


TRACE = 1e-3  # of a normal month: a sample, not trade
LUMPY_ZEROS, LUMPY_VARIATION = 0.25, 1.0


def destination_figures(
    amounts: Floats, windows: Windows, coverage: float, weight: float
) -> list[DestinationFigures]:
    """The figures of each destination that bought in the year before the announcement; amounts (destinations, months).

    The expectations use the product's calendar-month factors.  The intervals come from each destination's own misses at
    placebo dates, added and not multiplied because a small flow's zeros forbid ratios.
    """
    at, span = windows.announced, windows.end - windows.announced
    factors = seasonal_factors(amounts.sum(axis=0), at, weight=weight)
    found = expectation(amounts, at, span, factors)
    drops = [
        _own_drops(amounts, windows, months, coverage, weight)
        for months in (windows.first(), windows.early(), windows.settled())
    ]
    fronts = _own_excess(amounts, windows, coverage, weight)
    return [
        _figures(
            amounts[place],
            place,
            float(found.level[place]),
            found.expected[place],
            windows,
            fronts[place],
            [d[place] for d in drops],
        )
        for place in range(len(amounts))
        if found.level[place] > 0
    ]


def _figures(
    series: Floats,
    place: int,
    level: float,
    expected: Floats,
    windows: Windows,
    front: Estimate,
    drops: Sequence[Estimate],
) -> DestinationFigures:
    at = windows.announced
    recent = series[at - 2 * YEAR : at]
    recent, whole = recent[np.isfinite(recent)], series[:at][np.isfinite(series[:at])]
    back: list[int | None] = [None, None]
    if windows.bound is not None:
        back = [reached(series[windows.bound :], expected[windows.bound - at :], share) for share in (0.5, 0.9)]
    after = range(at if windows.bound is None else windows.bound, windows.end)
    return DestinationFigures(
        place,
        level,
        front,
        drops[0],
        drops[1],
        drops[2],
        back[0],
        back[1],
        tuple(month for month in after if series[month] <= TRACE * level),
        int((whole <= TRACE * level).sum()),
        len(whole),
        bool((recent <= TRACE * level).mean() >= LUMPY_ZEROS or recent.std() / recent.mean() >= LUMPY_VARIATION),
    )


def _own_excess(amounts: Floats, windows: Windows, coverage: float, weight: float) -> list[Estimate]:
    """Each destination's amount above the expected between announcement and force, in its normal months."""
    span = len(windows.front)
    if not span:
        return [UNKNOWN] * len(amounts)
    summed = amounts.sum(axis=0)

    def excess(at: int) -> Floats:
        found = expectation(amounts, at, span, seasonal_factors(summed, at, weight=weight))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((amounts[:, at : at + span] - found.expected).sum(axis=1) / found.level)

    here, dates = excess(windows.announced), placebo_dates(summed, windows.announced, span)
    there = np.array([excess(at) for at in dates]).reshape(len(dates), len(amounts))
    rows = []
    for place, value in enumerate(here):
        if not np.isfinite(value):
            rows.append(UNKNOWN)
            continue
        usual = spread(list(there[:, place]))
        low, high = usual.bounds(coverage)
        bounds = (None if high is None else float(value - high), None if low is None else float(value - low))
        rows.append(Estimate(float(value), bounds, usual.chance_at_least(float(value)), usual.n))
    return rows


def _own_drops(amounts: Floats, windows: Windows, months: range, coverage: float, weight: float) -> list[Estimate]:
    """Each destination's missing share in some months, with the interval from its own additive misses."""
    if not months:
        return [UNKNOWN] * len(amounts)
    summed, start, stop = amounts.sum(axis=0), months.start - windows.announced, months.stop - windows.announced

    def parts(at: int) -> tuple[Floats, Floats, Floats]:
        found = expectation(amounts, at, stop, seasonal_factors(summed, at, weight=weight))
        actual, expected = amounts[:, at + start : at + stop].sum(axis=1), found.expected[:, start:stop].sum(axis=1)
        return actual, expected, found.level * (stop - start)

    actual, expected, normal = parts(windows.announced)
    there = [parts(at) for at in placebo_dates(summed, windows.announced, stop)]
    with np.errstate(divide="ignore", invalid="ignore"):
        misses = np.array([(a - e) / n for a, e, n in there]).reshape(len(there), len(amounts))
        here = (actual - expected) / normal
    rows = []
    for place in range(len(amounts)):
        if not np.isfinite(here[place]) or not expected[place] > 0:
            rows.append(UNKNOWN)
            continue
        usual = spread(list(misses[:, place]))
        bounds = _bounds(actual[place], expected[place], normal[place], *usual.bounds(coverage))
        chance = usual.chance_at_most(float(here[place]))
        rows.append(Estimate(float(1 - actual[place] / expected[place]), bounds, chance, usual.n))
    return rows


def _bounds(actual: float, expected: float, normal: float, low: float | None, high: float | None) -> Interval:
    """One minus actual over the least and over the most that could be expected; no bound where nothing could be."""
    least = None if low is None else expected + low * normal
    most = None if high is None else expected + high * normal
    lower = None if least is None or least <= 0 else float(1 - actual / least)
    return lower, None if most is None or most <= 0 else float(1 - actual / most)


# -- where it went instead ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Diversion:
    """The rise elsewhere as a share of what the targeted lost, at the lag (months after force) where it stands out most.

    ``p_value`` allows for having looked at every lag.
    """

    estimate: float | None
    interval: Interval
    lag: int | None
    p_value: float | None
    placebo_dates: int


NO_DIVERSION = Diversion(None, (None, None), None, None, 0)
MOST_LAG = 6


def diversion(elsewhere: Floats, lost: float, windows: Windows, coverage: float, weight: float) -> Diversion:
    """The rise of a series elsewhere over three months, at each lag from force, over what was lost.

    ``elsewhere`` has shape (months,); ``lost`` is an amount in its unit, above zero.
    """
    if windows.bound is None or not lost > 0:
        return NO_DIVERSION
    start = windows.bound - windows.announced
    lags = [lag for lag in range(MOST_LAG + 1) if windows.bound + lag + EARLY <= windows.end]
    if not lags:
        return NO_DIVERSION
    span = start + lags[-1] + EARLY

    def rises(at: int) -> Floats:
        found = expectation(elsewhere, at, span, weight=weight)
        over = elsewhere[at : at + span] - found.expected
        return np.array([over[start + lag : start + lag + EARLY].sum() for lag in lags])

    here = rises(windows.announced)
    dates = placebo_dates(elsewhere, windows.announced, span)
    there = np.array([rises(at) for at in dates]).reshape(len(dates), len(lags))
    usable = np.isfinite(there).all(axis=1)
    there = there[usable]
    if len(there) < 2 or not np.isfinite(here).all():
        return NO_DIVERSION
    scale = there.std(axis=0, ddof=1)
    best = int(np.argmax(here / scale))
    p = spread(list((there / scale).max(axis=1))).chance_at_least(float((here / scale)[best]))
    low, high = Spread(there[:, best]).bounds(coverage)
    interval = (
        None if high is None else float(here[best] - high) / lost,
        None if low is None else float(here[best] - low) / lost,
    )
    return Diversion(float(here[best]) / lost, interval, lags[best], p, len(there))


def shortfall(series: Floats, windows: Windows, months: range, weight: float) -> float:
    """Expected minus actual over some months, in the series' unit; NaN when unknown."""
    if not months:
        return np.nan
    expected = expectation(series, windows.announced, months.stop - windows.announced, weight=weight).expected
    part = slice(months.start - windows.announced, None)
    return float(expected[part].sum() - series[months.start : months.stop].sum())


def pooled(amounts: Floats, places: Sequence[int]) -> Floats:
    """The sum over some destinations, shape (months,)."""
    return np.asarray(amounts[list(places)].sum(axis=0))
