"""Poisson pseudo maximum likelihood with two sets of fixed effects (Santos Silva and Tenreyro 2006).

``E[y] = exp(unit + month + x b)``: units are product x destination.  It keeps zeros, needs no Poisson distribution, and
with one binary treatment on a full panel its effect is the ratio of four sums, which :func:`ratio_of_ratios` gives in
closed form.  Standard errors are clustered by unit.  It is written here, on NumPy alone, because the panels are small
(units x some forty months); it equals pyfixest's ``fepois`` (coefficients to eight digits, errors to five: test), which
would bring 59 packages and eight seconds of import to the command line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from straits.controls.effects.panel import Floats, Marks
from straits.vocabulary.errors import StraitsError

TOLERANCE = 1e-10
MOST_ROUNDS = 200


@dataclass(frozen=True)
class PoissonFit:
    """Coefficients and clustered standard errors, shape (regressors,).

    A regressor whose months have no trade at all has coefficient minus infinity and no standard error.
    """

    coefficients: Floats
    standard_errors: Floats
    clusters: int
    observations: int
    rounds: int

    def effect(self, which: int) -> float:
        """The relative change, ``exp(b) - 1``."""
        return float(np.expm1(self.coefficients[which]))

    def interval(self, which: int, coverage: float) -> tuple[float | None, float | None]:
        """Bounds of the relative change from the t distribution with clusters - 1 degrees of freedom."""
        if self.clusters < 2 or not np.isfinite(self.standard_errors[which]):
            return None, None
        from scipy.special import stdtrit

        half = float(stdtrit(self.clusters - 1, 0.5 + coverage / 2)) * self.standard_errors[which]
        b = self.coefficients[which]
        return float(np.expm1(b - half)), float(np.expm1(b + half))


def fit(y: Floats, x: Floats, months: NDArray[np.int64]) -> PoissonFit:
    """Fit by iteratively reweighted least squares; unit effects are swept out exactly, month effects are dummies.

    ``y`` has shape (units, periods), NaN where unknown; ``x`` (regressors, units, periods); ``months`` (periods,) names
    the effect that each period has (its own, or its calendar month's).  Units and periods without any trade carry no
    information and are left out.
    """
    use = _informative(y, x, months)
    gone = np.array([not np.any((column != 0) & use) for column in x], dtype=np.bool_)
    kept = x[~gone]
    unit, period = np.nonzero(use)
    target = y[use]
    names = np.unique(months[period])
    dummies = (months[period][:, None] == names[None, 1:]).astype(np.float64)
    design = np.column_stack([*(column[use] for column in kept), dummies]) if len(kept) else dummies
    beta, fitted, rounds = _iterate(target, design, unit)
    errors = _clustered(target, fitted, design, unit)
    coefficients = np.full(len(x), -np.inf)
    standard_errors = np.full(len(x), np.nan)
    coefficients[~gone], standard_errors[~gone] = beta[: len(kept)], errors[: len(kept)]
    return PoissonFit(coefficients, standard_errors, len(np.unique(unit)), len(target), rounds)


def _informative(y: Floats, x: Floats, months: NDArray[np.int64]) -> Marks:
    """The observations that bear on the fit: units, month effects and treated cells without trade are separated."""
    use: Marks = np.isfinite(y)
    while True:
        before = int(use.sum())
        amounts = np.where(use, y, 0.0)
        use = use & (amounts.sum(axis=1) > 0)[:, None]
        for name in np.unique(months):
            if not amounts[:, months == name].sum() > 0:
                use[:, months == name] = False
        for column in x:
            if not amounts[column != 0].sum() > 0:
                use = use & (column == 0)
        if int(use.sum()) == before:
            break
    if not use.any():
        raise StraitsError("nothing to estimate: no trade in any destination and month of the window")
    return use


def _iterate(y: Floats, design: Floats, unit: NDArray[np.int64]) -> tuple[Floats, Floats, int]:
    fitted = (y + y.mean()) / 2
    eta = np.log(fitted)
    deviance = np.inf
    for rounds in range(1, MOST_ROUNDS + 1):
        working = eta + y / fitted - 1
        left, right = _within(design, fitted, unit), _within(working[:, None], fitted, unit)[:, 0]
        weighted = left * fitted[:, None]
        beta = np.linalg.lstsq(weighted.T @ left, weighted.T @ right, rcond=None)[0]
        eta = working - (right - left @ beta)
        fitted = np.exp(eta)
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(y > 0, y * np.log(y / fitted), 0.0) - (y - fitted)
        now = 2 * float(terms.sum())
        if abs(now - deviance) <= TOLERANCE * (0.1 + abs(now)):
            return np.asarray(beta), fitted, rounds
        deviance = now
    raise StraitsError(f"the Poisson fit did not settle in {MOST_ROUNDS} rounds: too little trade in the window")


def _within(columns: Floats, weights: Floats, unit: NDArray[np.int64]) -> Floats:
    """Columns minus their weighted mean in each unit."""
    size = int(unit.max()) + 1
    mass = np.bincount(unit, weights, size)
    means = np.stack([np.bincount(unit, weights * column, size) for column in columns.T], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(columns - (means / mass[:, None])[unit])


def _clustered(y: Floats, fitted: Floats, design: Floats, unit: NDArray[np.int64]) -> Floats:
    """Standard errors clustered by unit, times G / (G - 1)."""
    left = _within(design, fitted, unit)
    bread = np.linalg.pinv(left.T @ (left * fitted[:, None]))
    scores = left * (y - fitted)[:, None]
    size = int(unit.max()) + 1
    sums = np.stack([np.bincount(unit, column, size) for column in scores.T], axis=1)
    groups = len(np.unique(unit))
    meat = sums.T @ sums * (groups / max(groups - 1, 1))
    return np.asarray(np.sqrt(np.maximum(np.diag(bread @ meat @ bread), 0)))


def ratio_of_ratios(y: Floats, treated: Marks, window: Marks) -> float:
    """The effect of one binary treatment on a full panel: growth of the treated over growth of the others, minus one.

    ``y`` is (units, periods); the estimate equals that of :func:`fit` with unit and month effects.

    >>> y = np.array([[10.0, 2.0], [10.0, 8.0]])
    >>> round(ratio_of_ratios(y, np.array([True, False]), np.array([False, True])), 3)
    -0.75
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        theirs = y[treated][:, window].sum() / y[treated][:, ~window].sum()
        others = y[~treated][:, window].sum() / y[~treated][:, ~window].sum()
        return float(theirs / others - 1)
