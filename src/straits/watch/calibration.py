"""How rare is a score when nothing happened, and what may be called an alarm: false alarms a year, false discoveries.

The reference says how often each detector reaches a score on placebo series (:mod:`straits.watch.placebo`), by how
lumpy trade is; beyond its last point the tail is a power law, never thinner.  Where a panel's own past has fatter
tails than the reference, its p-values are raised (an empirical null: Efron 2004, "Large-scale simultaneous hypothesis
testing"), with nothing later than the month before.  Over many series at once false discoveries are held by
Benjamini and Hochberg (1995).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from straits.watch.detectors import LUMPINESS, SERIES_DETECTORS, Scores, detect
from straits.watch.rhythms import MONTHLY, RHYTHMS, Rhythm

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

PROBABILITIES = (0.9, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4, 5e-5, 2e-5, 1e-5)
SUM = "sum"
LEAST_BEYOND = 10  # scores beyond the last point of the reference
SPREAD = MONTHLY.spread  # an alarm and those of the months after it on the same series are one


@dataclass(frozen=True)
class Tail:
    """Scores that a detector passes with given probabilities when nothing happened; ``slope`` of the tail beyond.

    ``scores`` rise and ``probabilities`` fall, of the same length.
    """

    probabilities: tuple[float, ...]
    scores: tuple[float, ...]

    def p_values(self, score: npt.NDArray[np.floating]) -> Floats:
        """The probability of such a score or a higher one; NaN where there is no score.

        >>> Tail((0.5, 0.1, 0.01), (0.0, 1.0, 2.0)).p_values(np.array([1.0, 4.0])).round(4).tolist()
        [0.1, 0.001]
        """
        x = np.asarray(score, float)
        logs = np.log(self.probabilities)
        inside = np.exp(np.interp(x, self.scores, logs))
        inside = np.where(x < self.scores[0], 1.0, inside)
        top, before = max(self.scores[-1], 1e-6), max(self.scores[-2], 1e-6)
        slope = (logs[-1] - logs[-2]) / max(np.log(top / before), 1e-9)
        with np.errstate(invalid="ignore", divide="ignore"):
            beyond = np.exp(logs[-1] + slope * np.log(np.maximum(x, top) / top))
        return np.asarray(np.where(np.isnan(x), np.nan, np.where(x > top, beyond, inside)))

    def score_at(self, probability: float) -> float:
        """The score that is passed with a probability, for showing a threshold."""
        if probability >= self.probabilities[-1]:
            logs = -np.log(self.probabilities)
            return float(np.interp(-np.log(probability), logs, self.scores))
        slope = np.log(self.probabilities[-1] / self.probabilities[-2]) / np.log(self.scores[-1] / self.scores[-2])
        return float(self.scores[-1] * np.exp(np.log(probability / self.probabilities[-1]) / slope))


Reference = Mapping[str, Mapping[str, Tail]]


@cache
def reference(rhythm: Rhythm = MONTHLY) -> Reference:
    """The shipped reference: detector, lumpiness, tail."""
    import yaml

    data = yaml.safe_load(rhythm.file.read_text(encoding="utf-8"))
    return {
        detector: {name: Tail(tuple(item["probabilities"]), tuple(item["scores"])) for name, item in classes.items()}
        for detector, classes in data["tails"].items()
    }


def p_values(
    found: Mapping[str, Scores], against: Reference | None = None, own_past: bool = True, sums: bool = False
) -> dict[str, Floats]:
    """The p-value of every score (same shape), by detector; a detector without a reference has none.

    ``own_past`` raises them where the panel's tails are fat; ``sums`` says that the series are sums over groups.
    """
    tails = against or reference()
    out = {}
    for name, scores in found.items():
        if name not in tails:
            continue
        if sums and name in SERIES_DETECTORS:
            whole = np.where(scores.lumpiness == 0, np.int8(LUMPINESS.index(SUM)), scores.lumpiness)
            scores = replace(scores, lumpiness=whole)  # noqa: PLW2901
        p = _by_class(scores, tails[name])
        out[name] = raised(p) if own_past else p
    return out


def _by_class(scores: Scores, tails: Mapping[str, Tail]) -> Floats:
    p = np.full(scores.score.shape, np.nan)
    for number, name in enumerate(LUMPINESS):
        which = scores.lumpiness == number
        if which.any():
            p[which] = tails.get(name, tails[LUMPINESS[0]]).p_values(scores.score[which])
    return p


START = 0.05  # p-values below this make up the tail that is compared
PRIOR_MONTHS, PRIOR_TAIL = 200.0, 20.0  # the reference counts as so many series-months, so many in the tail
FARTHEST = 1e-4  # a p-value below this counts as this: a true event must not teach that events are usual


@dataclass
class OwnPast:
    """What a panel's past months say about its tails; fed month by month."""

    months: float = 0.0
    in_tail: float = 0.0
    excess: float = 0.0

    def raise_(self, p: Floats) -> Floats:
        """The month's p-values, not lower than the tails of the months before allow."""
        rate = max(START, (PRIOR_MONTHS * START + self.in_tail) / (PRIOR_MONTHS + self.months))
        mean = max(1.0, (PRIOR_TAIL + self.excess) / (PRIOR_TAIL + self.in_tail))
        with np.errstate(divide="ignore", invalid="ignore"):
            beyond = np.log(START) - np.log(p)
            tail = rate * np.exp(-beyond / mean)
            return np.asarray(np.where(beyond > 0, np.maximum(p, tail), np.minimum(1.0, p * rate / START)))

    def learn(self, p: Floats) -> None:
        """Take a month's p-values (as the reference gives them) in."""
        known = p[np.isfinite(p)]
        tail = known[known < START]
        self.months += len(known)
        self.in_tail += len(tail)
        self.excess += float((np.log(START) - np.log(np.maximum(tail, FARTHEST))).sum())


def raised(p: Floats) -> Floats:
    """P-values (series x months) raised by what the panel's own months before each say."""
    past, out = OwnPast(), np.empty_like(p)
    for month in range(p.shape[1]):
        out[:, month] = past.raise_(p[:, month])
        past.learn(p[:, month])
    return out


# -- what is an alarm ----------------------------------------------------------------------------------------


def threshold(false_alarms: float, detectors: int, a_year: int = MONTHLY.a_year) -> float:
    """The p-value below which there is an alarm: so many false alarms a series and year, all detectors together.

    >>> round(threshold(0.05, 5), 6), threshold(0.05, 5, a_year=1)
    (0.000833, 0.01)
    """
    return false_alarms / a_year / detectors


def discoveries(p: npt.ArrayLike, rate: float) -> Flags:
    """Benjamini and Hochberg: which of these p-values (NaN: not tested) to call, false ones at most at this rate.

    Holds for independent and for positively dependent series.

    >>> discoveries([0.001, 0.02, 0.5, float("nan")], 0.1).tolist()
    [True, True, False, False]
    """
    values = np.asarray(p, float)
    known = np.flatnonzero(np.isfinite(values))
    called = np.zeros(values.shape, bool)
    if not len(known):
        return called
    order = known[np.argsort(values[known], kind="stable")]
    passed = np.flatnonzero(values[order] <= rate * np.arange(1, len(order) + 1) / len(order))
    if len(passed):
        called[order[: passed[-1] + 1]] = True
    return called


def onsets(alarms: Flags, spread: int = SPREAD) -> Flags:
    """The first alarm of each run: none on the same series in the ``spread`` months before (series x months)."""
    first = alarms.copy()
    for months in range(1, spread + 1):
        first[:, months:] &= ~alarms[:, :-months]
    return first


@dataclass(frozen=True)
class FalseAlarms:
    """Alarms on series in which nothing happened: how many, over how many series-years, the rate and its 95 % bounds."""

    alarms: int
    series_years: float
    rate: float
    low: float
    high: float


def count_false_alarms(
    p: Mapping[str, Floats], false_alarms: float, names: Sequence[str] = (), rhythm: Rhythm = MONTHLY
) -> FalseAlarms:
    """What a stated rate comes to on a placebo panel, runs of alarms counted once.

    All detectors must be of the same series (or groups); exact Poisson bounds.
    """
    from scipy.stats import chi2

    chosen = list(names or p)
    limit = threshold(false_alarms, len(chosen), rhythm.a_year)
    with np.errstate(invalid="ignore"):
        alarms = sum(int(onsets(p[name] < limit, rhythm.spread).sum()) for name in chosen)
    years = float(max(np.isfinite(p[name]).sum() for name in chosen)) / rhythm.a_year
    low = float(chi2.ppf(0.025, 2 * alarms)) / 2 if alarms else 0.0
    high = float(chi2.ppf(0.975, 2 * alarms + 2)) / 2
    return FalseAlarms(alarms, years, alarms / years, low / years, high / years)


# -- how the reference was made ------------------------------------------------------------------------------

YEARS = 30
MEMBERS = ((40, 1), (10, 4))  # partners a group, and how many times as many groups


def make_reference(groups: int = 500, seed: int = 20240601, rhythm: Rhythm = MONTHLY) -> dict[str, dict[str, Tail]]:
    """Tails over all kinds of placebo series but the one full of outliers, which a panel's own past must tell."""
    from straits.watch.placebo import ANNUAL_KINDS, KINDS, placebo

    kinds, columns = (KINDS, 120) if rhythm is MONTHLY else (ANNUAL_KINDS, YEARS)
    found: dict[tuple[str, str], list[Floats]] = {}
    for number, kind in enumerate(kind for name, kind in kinds.items() if name != "outliers"):
        for members, times in MEMBERS:
            panel = placebo(groups * times, members, columns, seed + 10 * number + times, kind)
            for name, scores in detect(panel.quantity, panel.value, panel.group, settings=rhythm.settings).items():
                for place, lumpiness in enumerate(LUMPINESS):
                    values = scores.score[(scores.lumpiness == place) & np.isfinite(scores.score)]
                    found.setdefault((name, lumpiness), []).append(values.astype(float))
            starts = np.flatnonzero(np.r_[True, np.diff(panel.group) > 0])
            whole = [np.add.reduceat(np.nan_to_num(array), starts, axis=0) for array in (panel.quantity, panel.value)]
            for name, scores in detect(whole[0], whole[1], settings=rhythm.settings).items():
                values = scores.score[(scores.lumpiness == 0) & np.isfinite(scores.score)]
                found.setdefault((name, SUM), []).append(values.astype(float))
    return {
        name: {
            lumpiness: _tail(np.concatenate(found[name, lumpiness]))
            for lumpiness in (LUMPINESS if name in SERIES_DETECTORS else LUMPINESS[:1])
        }
        for name in rhythm.detectors
    }


def _tail(values: Floats) -> Tail:
    kept = [q for q in PROBABILITIES if q * len(values) >= LEAST_BEYOND]
    scores = np.round(np.quantile(values, [1 - q for q in kept]), 3)
    rising = [k for k in range(len(kept)) if k == 0 or scores[k] > scores[:k].max()]
    return Tail(tuple(kept[k] for k in rising), tuple(float(scores[k]) for k in rising))


def _write_reference(which: str) -> None:
    import yaml

    rhythm = RHYTHMS[which]
    tails = {
        name: {k: {"probabilities": list(t.probabilities), "scores": list(t.scores)} for k, t in classes.items()}
        for name, classes in make_reference(REFERENCE_GROUPS[which], rhythm=rhythm).items()
    }
    head = (
        f"# How often each detector passes a score in a {rhythm.word} when nothing happened, by how lumpy trade is.\n"
        f"# Made by `python -m straits.watch.calibration {which}` from straits.watch.placebo, all kinds but outliers, "
        "seed 20240601.\n"
    )
    rhythm.file.write_text(
        head + yaml.safe_dump({"tails": tails}, sort_keys=False, default_flow_style=None, width=200), encoding="utf-8"
    )


REFERENCE_GROUPS = {"monthly": 500, "annual": 1500}

if __name__ == "__main__":
    import sys

    _write_reference(sys.argv[1] if len(sys.argv) > 1 else "monthly")
