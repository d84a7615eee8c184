"""Who was hit and who was spared: targeted against other destinations, this origin against others, products alike.

Two estimators stand side by side: actual over expected amounts with permuted labels, and the fixed-effects Poisson
model ``E[y] = exp(destination + month + window x targeted)`` with clustered errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from straits.controls.effects.counterfactual import (
    YEAR,
    YEARS,
    expectation,
    placebo_dates,
    seasonal_factors,
    spread,
)
from straits.controls.effects.estimates import UNKNOWN, Estimate, Interval
from straits.controls.effects.panel import Floats, Marks
from straits.controls.effects.permutation import Gap, assignments, gap
from straits.controls.effects.poisson import PoissonFit, fit
from straits.controls.effects.windows import Windows
from straits.vocabulary.errors import StraitsError

HALF = 6
TRADED = 0.5  # of the two years' months: a destination that traded less often is not compared


@dataclass(frozen=True)
class WindowGap:
    """The gap in one window: points of the expected amount (permutation) and the Poisson model's relative change.

    ``by_dates`` is the chance of such a gap at placebo dates (two-sided).
    """

    window: str
    gap: Gap
    by_dates: float | None
    poisson: float | None
    poisson_interval: Interval


def compared(amounts: Floats, windows: Windows) -> Marks:
    """The destinations that traded in at least half of the months of the two years before: the rest are too lumpy."""
    before = amounts[:, windows.announced - YEARS * YEAR : windows.announced]
    known = np.isfinite(before).sum(axis=1)
    recent = np.nan_to_num(before[:, -YEAR:]).sum(axis=1) > 0
    often: Marks = (np.nan_to_num(before) > 0).sum(axis=1) >= TRADED * np.maximum(known, 1)
    both: Marks = often & recent
    return both


def named_windows(windows: Windows) -> dict[str, range]:
    """The windows in which destinations are compared, those with months in the data only."""
    every = {
        "front_loading": windows.front,
        "drop": windows.first(),
        "first_three_months": windows.early(),
        "settled": windows.settled(),
    }
    return {name: months for name, months in every.items() if months}


def destination_gaps(
    amounts: Floats, targeted: Marks, windows: Windows, coverage: float, weight: float
) -> list[WindowGap]:
    """The gap between targeted and other destinations, window by window; rows of ``amounts`` are those compared."""
    found, named = [], named_windows(windows)
    models = {split: _model(amounts, targeted, windows, split) for split in (False, True)}
    for name, months in named.items():
        actual, expected = _both(amounts, windows.announced, windows.announced, months, weight)
        if not np.isfinite(actual).all() or not (expected > 0).all():
            continue
        here = gap(actual, expected, targeted, coverage)
        place, model = _regressor(name, windows), models[name == "drop"]
        found.append(
            WindowGap(
                name,
                here,
                _by_dates(amounts, targeted, windows, months, weight, here.estimate),
                model.effect(place) if model else None,
                model.interval(place, coverage) if model else (None, None),
            )
        )
    return found


def _regressor(window: str, windows: Windows) -> int:
    """Where a window stands among the regressors of :func:`dummies` with the three months in one."""
    sizes = {"front_loading": windows.front, "first_three_months": windows.early(), "settled": windows.settled()}
    if window == "drop":
        return int(len(windows.front) > 0)
    return sum(len(sizes[name]) > 0 for name in list(sizes)[: list(sizes).index(window)])


def _both(amounts: Floats, event: int, at: int, months: range, weight: float) -> tuple[Floats, Floats]:
    """Actual and expected amounts by destination in a window of the event, as seen from a date ``at``."""
    start, stop = months.start - event, months.stop - event
    factors = seasonal_factors(amounts.sum(axis=0), at, weight=weight)
    expected = expectation(amounts, at, stop, factors).expected[:, start:stop]
    return amounts[:, at + start : at + stop].sum(axis=1), expected.sum(axis=1)


def _by_dates(
    amounts: Floats, targeted: Marks, windows: Windows, months: range, weight: float, here: float
) -> float | None:
    values = []
    for at in placebo_dates(amounts.sum(axis=0), windows.announced, months.stop - windows.announced):
        actual, expected = _both(amounts, windows.announced, at, months, weight)
        values.append(_ratio(actual, expected, targeted) - _ratio(actual, expected, ~targeted))
    found = spread(values)
    return spread(list(np.abs(found.values))).chance_at_least(abs(here)) if found.n else None


def placebo_destinations(
    amounts: Floats, targeted: Marks, windows: Windows, weight: float
) -> list[tuple[int, float]]:
    """Each spared destination as if it alone were the target: row and gap to the other spared, first three months.

    Placebos in space (Abadie, Diamond and Hainmueller 2010): how far one destination strays when none is targeted.
    Empty without months under force or with fewer than two spared.
    """
    months = windows.early()
    spared = np.flatnonzero(~targeted)
    if not months or len(spared) < 2:
        return []
    actual, expected = _both(amounts, windows.announced, windows.announced, months, weight)
    found = []
    for place in spared:
        alone = np.arange(len(amounts)) == place
        found.append((int(place), _ratio(actual, expected, alone) - _ratio(actual, expected, ~targeted & ~alone)))
    return [(place, gap) for place, gap in found if np.isfinite(gap)]


def _ratio(actual: Floats, expected: Floats, which: Marks) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(actual[which].sum() / expected[which].sum())


def sample(windows: Windows) -> range:
    """The months that the Poisson models use: two years before the announcement, and up to a year under force."""
    last = windows.end if windows.bound is None else min(windows.bound + YEAR, windows.end)
    return range(windows.announced - YEARS * YEAR, last)


def dummies(windows: Windows, shape: tuple[int, ...], treated: Marks, split: bool = True) -> Floats:
    """Regressors (windows, units, periods of the sample): front-loading, first months, settled months, those between.

    ``split`` sets the first month under force apart from the second and third; windows without months are left out.
    """
    months = np.array(list(sample(windows)))
    first = np.isin(months, windows.first())
    early, settled, front = (np.isin(months, part) for part in (windows.early(), windows.settled(), windows.front))
    parts = [front, *([first, early & ~first] if split else [early]), settled]
    parts.append((months >= windows.announced) & ~np.any(parts, axis=0))
    kept = [part for part in parts if part.any()]
    return np.stack([np.outer(treated, part).astype(np.float64) for part in kept]).reshape(len(kept), *shape)


def _model(amounts: Floats, targeted: Marks, windows: Windows, split: bool) -> PoissonFit | None:
    months = sample(windows)
    part = amounts[:, months.start : months.stop]
    try:
        return fit(part, dummies(windows, part.shape, targeted, split), np.arange(len(months)))
    except StraitsError:
        return None


def common_effect(amounts: Floats, windows: Windows, first_month: int) -> PoissonFit | None:
    """The windows' effect on all destinations together: destination and calendar-month effects, for months are treated.

    ``first_month`` is the number of column 0's month; regressors are in the order of :func:`dummies`.
    """
    months = sample(windows)
    part = amounts[:, months.start : months.stop]
    everyone = np.ones(len(part), dtype=np.bool_)
    try:
        return fit(part, dummies(windows, part.shape, everyone), (np.array(list(months)) + first_month) % YEAR)
    except (StraitsError, np.linalg.LinAlgError):
        return None


@dataclass(frozen=True)
class PreTrend:
    """Whether the compared already drifted apart before: the largest gap of a half-year's share, and its chance."""

    estimate: float
    p_value: float


def pre_trend(amounts: Floats, targeted: Marks, windows: Windows) -> PreTrend | None:
    """Shares of the two years before that fall into each half-year, targeted against others, labels permuted."""
    before = amounts[:, windows.announced - YEARS * YEAR : windows.announced]
    halves = before.reshape(len(before), -1, HALF).sum(axis=2)
    if not np.isfinite(halves).all():
        return None
    ways, exact = assignments(len(halves), int(targeted.sum()))

    def largest(labels: Marks) -> Floats:
        inside = labels.astype(np.float64) @ halves
        outside = halves.sum(axis=0) - inside
        apart = inside / inside.sum(axis=1, keepdims=True) - outside / outside.sum(axis=1, keepdims=True)
        return np.asarray(np.abs(apart).max(axis=1))

    here, under = float(largest(targeted[None, :])[0]), largest(ways)
    beyond = int((under >= here - 1e-12).sum())
    return PreTrend(here, beyond / len(ways) if exact else (1 + beyond) / (1 + len(ways)))


def origin_gap(own: Floats, others: Floats, windows: Windows, coverage: float, weight: float) -> Estimate:
    """Other origins' actual over expected amounts minus this origin's, in the first three months; dates permuted.

    Both series have shape (months,).  Above zero: others delivered while this origin did not.
    """
    months = windows.early()
    if not months:
        return UNKNOWN

    def between(at: int) -> float:
        start, stop = months.start - windows.announced, months.stop - windows.announced
        parts = []
        for series in (others, own):
            found = expectation(series, at, stop, weight=weight).expected[start:stop]
            parts.append(float(series[at + start : at + stop].sum() / found.sum()))
        return parts[0] - parts[1]

    here = between(windows.announced)
    if not np.isfinite(here):
        return UNKNOWN
    dates = placebo_dates(own + others, windows.announced, months.stop - windows.announced)
    misses = spread([between(at) for at in dates])
    low, high = misses.bounds(coverage)
    interval = (None if high is None else here - high, None if low is None else here - low)
    return Estimate(here, interval, misses.chance_at_least(here), misses.n)


def product_gap(usd: Sequence[Floats], measured: Sequence[bool], windows: Windows) -> PoissonFit | None:
    """Measured against placebo products: product x destination and month effects, in value (masses do not compare)."""
    months = sample(windows)
    parts = [values[:, months.start : months.stop] for values in usd]
    treated = np.concatenate([np.full(len(part), mark) for part, mark in zip(parts, measured, strict=True)])
    stacked = np.vstack(parts)
    try:
        return fit(stacked, dummies(windows, stacked.shape, treated), np.arange(len(months)))
    except StraitsError:
        return None
