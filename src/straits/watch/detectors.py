"""What changed this month, in each of many monthly series: scores that use nothing later than the month they judge.

Every detector is a one-step-ahead error over its usual size.  The forecast is robust exponential smoothing with a
season (Gelper, Fried and Croux 2010, "Robust forecasting with exponential and Holt-Winters smoothing"): errors
beyond ``clip`` times their usual size move level and size no further than that, so that one odd month does not hide
the next.  A shift that lasts ``restart_after`` months is taken as the new normal.  Flows enter as logarithms of flow
plus a tenth of their own mean: a zero is then a large fall for a steady series and nothing special for a lumpy one.

All arrays hold one series a row and one month a column; NaN is missing (not zero), and a missing month changes
nothing.  Work is linear in series and in months.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

SERIES_DETECTORS = ("level_drop", "lasting_drop", "surge", "price_jump")
GROUP_DETECTORS = ("broad_drop", "broad_surge", "supplier_switch", "new_concentration")
DETECTORS = SERIES_DETECTORS + GROUP_DETECTORS
QUESTIONS = {
    "level_drop": "did the flow fall below what is usual for this month of the year?",
    "lasting_drop": "was the flow low for three months together?",
    "surge": "did the flow rise above what is usual (front-loading)?",
    "price_jump": "did the unit value jump?",
    "broad_drop": "did the flow fall to many partners at once?",
    "broad_surge": "did the flow rise to many partners at once?",
    "supplier_switch": "did the shares of the partners change from what they were?",
    "new_concentration": "did the flow become concentrated on fewer partners?",
}
LUMPINESS = (
    "steady",
    "broken",
    "lumpy",
    "sum",
)  # months without trade: below 2 % (none in the last years), below 30 %, more;
# the sum over a group is a class of its own
_LUMPY_FROM = (0.02, 0.3)


@dataclass(frozen=True)
class Settings:
    """How the detectors behave; rates are per month, ``clip`` and ``least_size`` in the text of the module.

    ``period`` is the number of months after which a season comes again, 1 for data without one; where the data are
    annual (:mod:`straits.watch.rhythms`) read year for month.
    """

    period: int = 12
    warm_up: int = 12  # observed months that are taken as they are, before odd ones are clipped
    mean_rate: float = 1 / 24
    level_rate: float = 0.12
    slope_rate: float = 0.0  # of the level's correction that goes into its slope; 0: no slope
    slope_kept: float = 0.9  # of a slope from one step to the next: growth does not go on for ever
    scale_rate: float = 0.05
    fast_rate: float = 0.4
    season_memory: int = 6  # years
    clip: float = 2.5
    least_size: float = 0.05  # of a one-step error in logarithms: nothing is steadier than 5 %
    burn_in: int = 24  # observed months before the first score
    least_trading: int = 12  # months with trade before the first score
    restart_after: int = 6
    offset: float = 0.1  # of the mean flow
    smallest_priced: float = 0.02  # of the mean flow: smaller shipments say nothing about the price
    broad_clip: float = 3.0  # no partner counts for more among many, no month among three
    broad_burn_in: int = 12  # the partners' scores have had theirs
    least_partners: int = 3
    window: int = 3  # months over which shares are taken
    share_rate: float = 0.08
    concentrated_from: float = 0.4  # HHI; the threshold c1 of CEPII GeoDep (2024)


DEFAULT = Settings()


@dataclass(frozen=True)
class Scores:
    """What one detector says: ``score`` (series x months), higher is more alarming, NaN is no judgement.

    ``lumpiness`` (series x months) is the class for calibration, an index into :data:`LUMPINESS`; ``expected`` is
    what was forecast, in the unit of what the detector watches (kg or USD a month, USD a kg, the partners' errors
    together, distance of shares from 0 to 1, HHI from 0 to 1), and ``observed`` what came.
    """

    score: npt.NDArray[np.float32]
    lumpiness: npt.NDArray[np.int8]
    expected: npt.NDArray[np.float32]
    observed: npt.NDArray[np.float32]


# -- the forecast --------------------------------------------------------------------------------------------


@dataclass
class Smoother:
    """Robust exponential smoothing with a season, for many series at once; arrays are one number a series."""

    seen: Floats
    age: Floats
    level: Floats
    slope: Floats
    fast: Floats
    variance: Floats
    season: Floats  # period x series
    seasons_seen: Floats  # period x series
    outside: Floats  # months in a row beyond the clip, with their sign
    past: Floats  # 2 x series: the last two scores

    @classmethod
    def fresh(cls, series: int, period: int = DEFAULT.period) -> Smoother:
        """Nothing seen yet."""
        seen, age, level, slope, fast, variance, outside = (np.zeros(series) for _ in range(7))
        season, seasons_seen = np.zeros((period, series)), np.zeros((period, series))
        return cls(
            seen, age, level, slope, fast, variance, season, seasons_seen, outside, np.full((2, series), np.nan)
        )

    def forecast(self, month: int) -> Floats:
        """What is expected for a calendar month (0 to 11; 0 where there is no season)."""
        return np.asarray(self.level + self.slope + self.season[month])

    def step(self, y: Floats, month: int, settings: Settings = DEFAULT) -> Floats:
        """Judge one month and learn from it: the error over its usual size, NaN before the burn-in is over."""
        known = np.isfinite(y)
        error = np.where(known, y - self.forecast(month), 0.0)
        size = np.sqrt(np.maximum(self.variance, settings.least_size**2))
        z = error / size
        score = np.where(known & (self.seen >= settings.burn_in), z, np.nan)
        self._learn(y, known, error, size, np.abs(z) > settings.clip, month, settings)
        self._restart(known, z, settings)
        return score

    def _learn(
        self, y: Floats, known: Flags, error: Floats, size: Floats, odd: Flags, month: int, settings: Settings
    ) -> None:
        warm = self.seen >= settings.warm_up
        most = np.where(warm, settings.clip * size, np.inf)
        used = np.clip(error, -most, most)
        rate = np.maximum(settings.level_rate, 1 / (self.age + 1))
        self.level += np.where(known, self.slope + rate * used, 0.0)
        if settings.slope_rate:
            grown = settings.slope_kept * (self.slope + np.where(warm, settings.slope_rate * rate * used, 0.0))
            self.slope = np.where(known, grown, self.slope)
        self.fast += np.where(
            known,
            np.maximum(settings.fast_rate, rate) * (np.where(known, y, 0.0) - self.season[month] - self.fast),
            0.0,
        )
        self._learn_season(known & ~(odd & warm), (1 - rate) * used, month, settings)
        scale_rate = np.maximum(settings.scale_rate, 1 / np.maximum(self.seen, 1))
        larger = np.where(warm, CONSISTENT(settings.clip), 1.0) * used * used
        self.variance += np.where(known & (self.seen > 0), scale_rate * (larger - self.variance), 0.0)
        self.seen += known
        self.age += known

    def _learn_season(self, which: Flags, left: Floats, month: int, settings: Settings) -> None:
        if settings.period == 1:
            return
        count = self.seasons_seen[month]
        count += which
        self.season[month] += np.where(which, left / (np.minimum(count, settings.season_memory) + 1), 0.0)

    def _restart(self, known: Flags, z: Floats, settings: Settings) -> None:
        side = np.where(np.abs(z) > settings.clip, np.sign(z), 0.0)
        lasting = np.where(side * self.outside > 0, self.outside + side, side)
        self.outside = np.where(known, lasting, self.outside)
        new = np.abs(self.outside) >= settings.restart_after
        if new.any():
            self.level = np.where(new, self.fast, self.level)
            self.slope = np.where(new, 0.0, self.slope)
            self.age = np.where(new, settings.restart_after, self.age)
            self.outside[new] = 0

    def lasting(self, z: Floats, side: int) -> Floats:
        """The larger of this month's score and sqrt(3) times the weakest of the last three months', on one side."""
        now, three = side * z, side * np.vstack([self.past, z[None]])
        weakest = np.sqrt(3.0) * three.min(axis=0)  # NaN where one of the three is missing
        return np.fmax(now, np.where(np.isnan(now), np.nan, weakest))

    def three(self, z: Floats, side: int, clip: float) -> Floats:
        """The last three months' scores together, none counted for more than the clip; NaN where one is missing."""
        return np.asarray(side * np.clip(np.vstack([self.past, z[None]]), -clip, clip).sum(axis=0) / np.sqrt(3.0))

    def remember(self, z: Floats) -> None:
        """Keep this month's score for the next two."""
        self.past[0], self.past[1] = self.past[1], z


def CONSISTENT(clip: float) -> float:  # noqa: N802 - a constant that depends on the clip
    """One over the mean of min(Z squared, clip squared) for a normal Z: a clipped variance is then not too small."""
    from math import erfc, exp, pi, sqrt

    tail = erfc(clip / sqrt(2))
    inside = (1 - tail) - 2 * clip * exp(-clip * clip / 2) / sqrt(2 * pi)
    return 1 / (inside + clip * clip * tail)


# -- the detectors, month by month ---------------------------------------------------------------------------


@dataclass
class Means:
    """Running means of the flows, for the logarithm's offset, and how often there was trade."""

    mean: Floats
    months: Floats
    trading: Floats
    empty: Floats  # share of months without trade, slowly forgetting

    @classmethod
    def fresh(cls, series: int) -> Means:
        """Nothing seen yet."""
        return cls(*(np.zeros(series) for _ in range(4)))

    def logarithm(self, x: Floats, offset: float) -> Floats:
        """log(x + offset * mean); NaN before the first trade."""
        base = np.where(self.mean > 0, self.mean, x)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(base > 0, np.log(x + offset * base), np.nan))

    def learn(self, x: Floats, settings: Settings = DEFAULT) -> None:
        """Take a month in; months before the first trade do not count."""
        known = np.isfinite(x) & ((self.mean > 0) | (x > 0))
        value = np.where(known, x, 0.0)
        used = np.where(self.months >= settings.warm_up, np.minimum(value, 3 * self.mean), value)
        rate = np.maximum(settings.mean_rate, 1 / (self.months + 1))
        self.mean += np.where(known, rate * (used - self.mean), 0.0)
        self.empty += np.where(known, rate * ((value <= 0) - self.empty), 0.0)
        self.months += known
        self.trading += known & (value > 0)

    def lumpiness(self) -> npt.NDArray[np.int8]:
        """The class of each series, an index into :data:`LUMPINESS`."""
        return ((self.empty >= _LUMPY_FROM[0]).astype(np.int8) + (self.empty >= _LUMPY_FROM[1])).astype(np.int8)


@dataclass
class Shares:
    """The usual shares of the members of each group, and the flows of the last months.

    ``starts`` are the positions at which groups begin, ``of`` the group of each member.
    """

    starts: Integers
    of: Integers
    usual: Floats
    months: Floats
    last: Floats  # window x members

    @classmethod
    def fresh(cls, group: Integers, window: int) -> Shares:
        """Nothing seen yet; ``group`` is sorted, one number a series."""
        starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]]).astype(np.int64)
        of = np.cumsum(np.r_[False, group[1:] != group[:-1]]).astype(np.int64)
        return cls(starts, of, np.zeros(len(group)), np.zeros(len(starts)), np.full((window, len(group)), np.nan))

    def step(self, x: Floats, settings: Settings) -> tuple[Floats, Floats]:
        """Distance of the shares from the usual ones, and HHI, a group; NaN where unknown.

        The distance is half the sum of absolute differences: the share that moved.  Members whose month is missing
        are left out on both sides; a group of which they make up half or more is not judged.
        """
        self.last[:-1] = self.last[1:]
        self.last[-1] = x
        known = np.isfinite(x)
        there = np.isfinite(self.last)
        recent = np.where(there, self.last, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
        recent = np.where(known, recent, 0.0)
        usual = np.where(known, self.usual, 0.0)
        total, covered = self.sum(recent), self.sum(usual)
        first = self.months == 0
        judged = (total > 0) & ((covered > 0.5) | first)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(judged, 1 / total, 0.0)[self.of] * recent
            before = np.where(covered > 0, 1 / covered, 0.0)[self.of] * usual
        distance = np.where(judged & ~first, 0.5 * self.sum(np.abs(share - before)), np.nan)
        hhi = np.where(judged, self.sum(share * share), np.nan)
        rate = np.where(judged, np.maximum(settings.share_rate, 1 / (self.months + 1)), 0.0)
        self.usual += np.where(known, rate[self.of] * (share - self.usual), 0.0)
        self.months += judged
        return distance, hhi

    def sum(self, values: Floats) -> Floats:
        """The sum over the members of each group."""
        return np.asarray(np.add.reduceat(values, self.starts))


@dataclass(frozen=True)
class Month:
    """What all detectors say of one month: score, lumpiness, expected and observed, by detector."""

    scores: dict[str, tuple[Floats, npt.NDArray[np.int8], Floats, Floats]]


@dataclass
class Online:
    """All detectors on one panel, fed month by month.  ``copy`` keeps a state to come back to."""

    calendar: int  # calendar month (0 to 11) of the next month to come
    settings: Settings
    means: Means
    flow: Smoother
    price: Smoother | None
    shares: Shares | None
    distance: Smoother | None = None
    concentration: Smoother | None = None
    broad: Smoother | None = None
    raw: Floats = field(default_factory=lambda: np.empty(0))  # this month's error of each flow over its usual size

    @classmethod
    def fresh(
        cls,
        series: int,
        first_month: int,
        group: Integers | None = None,
        priced: bool = True,
        settings: Settings = DEFAULT,
    ) -> Online:
        """Start before the first month; ``first_month`` is its calendar month, 1 to 12 (any where there is no season)."""
        period = settings.period
        shares = None if group is None else Shares.fresh(group, settings.window)
        groups = 0 if shares is None else len(shares.starts)
        return cls(
            (first_month - 1) % period,
            settings,
            Means.fresh(series),
            Smoother.fresh(series, period),
            Smoother.fresh(series, period) if priced else None,
            shares,
            Smoother.fresh(groups, period) if groups else None,
            Smoother.fresh(groups, period) if groups else None,
            Smoother.fresh(groups, period) if groups else None,
        )

    def copy(self) -> Online:
        """A state of its own with the same past."""
        return copy.deepcopy(self)

    def step(self, quantity: Floats, value: Floats | None = None) -> Month:
        """Judge the next month: ``quantity`` and ``value`` of each series, NaN where missing.

        ``quantity`` is the flow that drop, surge and shares watch (kg, or USD where there are no kg).
        """
        found: dict[str, Any] = {}
        lumpiness = self.means.lumpiness()
        mean = self.means.mean.copy()
        self._flow(quantity, mean, lumpiness, found)
        if value is not None and self.price is not None:
            self._price(quantity, value, mean, lumpiness, found)
        if self.shares is not None:
            self._breadth(found)
            self._composition(quantity, found)
        self.calendar = (self.calendar + 1) % self.settings.period
        return Month(found)

    def _flow(self, x: Floats, mean: Floats, lumpiness: Any, found: dict[str, Any]) -> None:
        y = self.means.logarithm(x, self.settings.offset)
        expected = np.maximum(np.exp(self.flow.forecast(self.calendar)) - self.settings.offset * mean, 0.0)
        z = self.flow.step(y, self.calendar, self.settings)
        z = np.where(self.means.trading >= self.settings.least_trading, z, np.nan)
        self.means.learn(x, self.settings)
        found["level_drop"] = (self.flow.lasting(z, -1), lumpiness, expected, x)
        found["lasting_drop"] = (self.flow.three(z, -1, self.settings.broad_clip), lumpiness, expected, x)
        found["surge"] = (self.flow.lasting(z, 1), lumpiness, expected, x)
        self.flow.remember(z)
        self.raw = z

    def _price(self, x: Floats, value: Floats, mean: Floats, lumpiness: Any, found: dict[str, Any]) -> None:
        assert self.price is not None
        with np.errstate(divide="ignore", invalid="ignore"):
            priced = (x > self.settings.smallest_priced * mean) & (x > 0) & (value > 0)
            unit = np.where(priced, value / x, np.nan)
            y = np.log(unit)
        expected = np.exp(self.price.forecast(self.calendar))
        z = self.price.step(y, self.calendar, self.settings)
        found["price_jump"] = (self.price.lasting(z, 1), lumpiness, expected, unit)
        self.price.remember(z)

    def _breadth(self, found: dict[str, Any]) -> None:
        """The partners' errors together, each clipped, weighted by the root of its usual share."""
        assert self.shares is not None
        assert self.broad is not None
        judged = np.isfinite(self.raw)
        weight = np.where(judged, np.sqrt(np.maximum(self.shares.usual, 0.0)), 0.0)
        clipped = np.clip(np.where(judged, self.raw, 0.0), -self.settings.broad_clip, self.settings.broad_clip)
        size = np.sqrt(self.shares.sum(weight * weight))
        enough = (self.shares.sum((weight > 0).astype(float)) >= self.settings.least_partners) & (size > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            together = np.where(enough, self.shares.sum(weight * clipped) / size, np.nan)
        expected = self.broad.forecast(self.calendar)
        z = self.broad.step(together, self.calendar, replace(self.settings, burn_in=self.settings.broad_burn_in))
        whole = np.zeros(len(together), np.int8)
        found["broad_drop"] = (self.broad.lasting(z, -1), whole, expected, together)
        found["broad_surge"] = (self.broad.lasting(z, 1), whole, expected, together)
        self.broad.remember(z)

    def _composition(self, x: Floats, found: dict[str, Any]) -> None:
        assert self.shares is not None
        assert self.distance is not None
        assert self.concentration is not None
        distance, hhi = self.shares.step(x, self.settings)
        whole = np.zeros(len(distance), np.int8)
        expected = self.distance.forecast(self.calendar)
        z = self.distance.step(distance, self.calendar, self.settings)
        found["supplier_switch"] = (self.distance.lasting(z, 1), whole, expected, distance)
        self.distance.remember(z)
        with np.errstate(divide="ignore"):
            y = np.log(hhi)
        expected = np.exp(self.concentration.forecast(self.calendar))
        z = self.concentration.step(y, self.calendar, self.settings)
        score = self.concentration.lasting(z, 1)
        score = np.where((hhi < self.settings.concentrated_from) & (score > 0), 0.0, score)
        found["new_concentration"] = (score, whole, expected, hhi)
        self.concentration.remember(z)


# -- whole panels --------------------------------------------------------------------------------------------


def detect(
    quantity: Floats,
    value: Floats | None = None,
    group: Integers | None = None,
    first_month: int = 1,
    settings: Settings = DEFAULT,
    threads: int | None = None,
) -> dict[str, Scores]:
    """All detectors on a panel.

    ``quantity`` and ``value`` are series x months (kg and USD a month; NaN missing), ``group`` names the group of
    each series by a number, sorted (the members of a group are the partners whose shares are compared), and
    ``first_month`` is the calendar month of the first column.  Scores of a series detector have one row a series,
    those of a group detector one row a group.  ``price_jump`` needs ``value``, the group detectors ``group``.

    >>> flow = np.full((1, 40), 100.0) * (1 + 0.1 * np.sin(np.arange(40)))
    >>> flow[0, 36] = 5
    >>> scores = detect(flow)
    >>> int(np.nanargmax(scores["level_drop"].score[0]))
    36
    """
    quantity = np.asarray(quantity, float)
    _refuse_bad(quantity, value, group)
    blocks = list(_blocks(len(quantity), group))
    work = [
        (quantity[a:b], None if value is None else value[a:b], None if group is None else group[a:b])
        for a, b in blocks
    ]
    if not work:
        return {}
    with ThreadPoolExecutor(threads or min(4, os.cpu_count() or 1)) as pool:
        parts = list(pool.map(lambda item: _block(item[0], item[1], item[2], first_month, settings), work))
    return assembled(parts)


SHARED = {"lasting_drop": "level_drop", "surge": "level_drop", "broad_surge": "broad_drop"}  # all but the score


def assembled(parts: list[dict[str, tuple[Any, ...]]]) -> dict[str, Scores]:
    """The blocks' results (months x series) as one (series x months); detectors on the same data share arrays."""
    found: dict[str, Scores] = {}
    for name in list(parts[0]):
        kinds: list[Any] = []
        for k in range(4):
            if k and name in SHARED:
                first = found[SHARED[name]]
                kinds.append((None, first.lumpiness, first.expected, first.observed)[k])
                continue
            arrays = [part[name][k] for part in parts]
            whole = np.empty((sum(a.shape[1] for a in arrays), arrays[0].shape[0]), arrays[0].dtype)
            row = 0
            for array in arrays:
                whole[row : row + array.shape[1]] = array.T
                row += array.shape[1]
            kinds.append(whole)
        found[name] = Scores(*kinds)
        for part in parts:
            if name not in SHARED.values():
                part.pop(name)
    return found


def _refuse_bad(quantity: Floats, value: Floats | None, group: Integers | None) -> None:
    if quantity.ndim != 2:
        raise ValueError(f"quantity has {quantity.ndim} dimensions: give series x months")
    for name, array in (("quantity", quantity), ("value", value)):
        if array is None:
            continue
        if array.shape != quantity.shape:
            raise ValueError(f"{name} is {array.shape}, quantity {quantity.shape}: give the same series and months")
        with np.errstate(invalid="ignore"):
            if (array < 0).any() or np.isinf(array).any():
                row, month = np.argwhere((array < 0) | np.isinf(array))[0]
                raise ValueError(f"{name} of series {row}, month {month} is {array[row, month]}: flows are 0 or more")
    if group is not None and (len(group) != len(quantity) or (np.diff(group) < 0).any()):
        raise ValueError("group gives one number a series, sorted")


BLOCK = 8192  # series at a time: the state of a block stays in the processor's cache


def _blocks(series: int, group: Integers | None) -> Iterator[tuple[int, int]]:
    """Ranges of series of about ``BLOCK`` rows that do not cut a group."""
    start = 0
    while start < series:
        end = min(start + BLOCK, series)
        if group is not None and end < series:
            end = int(np.searchsorted(group, group[end - 1], side="right"))
        yield start, end
        start = end


def _block(
    quantity: Floats, value: Floats | None, group: Integers | None, first_month: int, settings: Settings
) -> dict[str, tuple[Any, ...]]:
    """All months of one block, as months x series."""
    online = Online.fresh(len(quantity), first_month, group, value is not None, settings)
    by_month = np.ascontiguousarray(quantity.T)
    values = None if value is None else np.ascontiguousarray(np.asarray(value, float).T)
    months = len(by_month)
    out: dict[str, tuple[Any, ...]] = {}
    for t in range(months):
        found = online.step(by_month[t], None if values is None else values[t]).scores
        store(out, found, t, months)
    return out


def store(out: dict[str, tuple[Any, ...]], found: dict[str, Any], t: int, months: int) -> None:
    """Write one month's results into arrays of months x series, made with the first month."""
    for name, items in found.items():
        if name not in out:
            kinds = range(1) if name in SHARED else range(4)
            out[name] = tuple(np.empty((months, len(items[0])), np.int8 if k == 1 else np.float32) for k in kinds)
        for k, array in enumerate(out[name]):
            array[t] = items[k]
