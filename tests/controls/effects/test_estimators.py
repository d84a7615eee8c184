"""Each estimator against a hand calculation, another package, or a naive twin."""

import itertools

import numpy as np
import pytest

from straits.controls.effects.counterfactual import expectation, placebo_dates, seasonal_factors, spread
from straits.controls.effects.estimates import months_to, unit_value_change
from straits.controls.effects.permutation import assignments, gap
from straits.controls.effects.poisson import fit, ratio_of_ratios
from straits.controls.effects.windows import Windows

# -- the counterfactual that a reader can check by eye ---------------------------------------------------------


def test_a_normal_month_is_the_mean_of_the_last_twelve():
    series = np.concatenate([np.full(12, 5.0), np.full(12, 10.0), [99.0]])
    found = expectation(series, 24, 3)
    assert found.level == 10
    assert found.expected.tolist() == [10, 10, 10]


def test_the_calendar_month_enters_half_way():
    """Two years alike: one month twice the others.  Its factor is 2 * 12 / 13 = 1.846; half way to one, 1.423."""
    year = np.ones(12)
    year[3] = 2
    factors = seasonal_factors(np.tile(year, 2), 24)
    assert factors[3] == pytest.approx(1 + 0.5 * (2 * 12 / 13 - 1))
    assert seasonal_factors(np.tile(year, 2), 24, weight=0).tolist() == [1] * 12


def test_a_missing_month_is_left_out_and_too_many_make_the_level_unknown():
    series = np.full(24, 10.0)
    series[15] = np.nan
    assert expectation(series, 24, 1).level == 10
    series[12:17] = np.nan
    assert np.isnan(expectation(series, 24, 1).level)


def test_placebo_dates_end_before_the_event():
    dates = placebo_dates(np.ones(96), 81, 3)
    assert (dates[0], dates[-1]) == (24, 78)


def test_bounds_are_the_order_statistics_of_the_misses():
    found = spread([float(v) for v in range(1, 40)])
    assert found.bounds(0.9) == (2, 38)
    assert found.bounds(0.95) == (1, 39)
    assert found.bounds(0.99) == (None, None)


def test_months_to_a_level_count_from_force_and_must_hold():
    series = np.concatenate([np.full(81, 100.0), [100, 300, 5, 60, 5, 40, 60, 95, 95, 95, 95, 95, 95]])
    windows = Windows(81, range(81, 83), 83, len(series))
    assert months_to(series, windows, 0.5, 0.9, 0.0).estimate == 4
    assert months_to(series, windows, 0.9, 0.9, 0.0).estimate == 5
    assert months_to(series, windows, 0.99, 0.9, 0.0).estimate is None


def test_a_change_of_mix_is_no_change_of_price():
    """One cheap and one dear destination, each at its own price; only the cheap one goes on buying much."""
    kg = np.array([[10.0] * 12 + [10.0], [10.0] * 12 + [1.0]])
    usd = kg * np.array([[1.0], [5.0]])
    assert unit_value_change(kg, usd, 12, range(12, 13)) == pytest.approx(0)
    usd[:, 12] *= 1.2
    assert unit_value_change(kg, usd, 12, range(12, 13)) == pytest.approx(0.2)


# -- fixed-effects Poisson -------------------------------------------------------------------------------------


def panel():
    random = np.random.default_rng(7)
    units, months = 12, 30
    mean = np.exp(random.normal(3, 1, units)[:, None] + random.normal(0, 0.3, months)[None])
    y = np.floor(random.gamma(0.7, mean / 0.7))
    y[3, :] = 0
    y[5, 10:14] = 0
    treated, when = np.arange(units) < 4, np.arange(months)
    x = np.stack([np.outer(treated, (when >= 20) & (when < 22)), np.outer(treated, when >= 22)]).astype(float)
    return np.floor(y * np.exp(0.5 * x[0] - 0.9 * x[1])), x


PYFIXEST = {  # pyfixest 0.60.0, fepois("y ~ a + b | u + t") and (... | u + t mod 12), CRV1 by u, ssc(k_adj=False)
    "months": ([1.0900823155825285, -0.822917884276338], [0.507804513505687, 0.2420666507869518], 330),
    "calendar months": ([1.2481264875302265, -0.84699701759495], [0.49252725070159376, 0.1692661897461301], 330),
}


@pytest.mark.parametrize("effects", PYFIXEST)
def test_the_poisson_fit_equals_pyfixest(effects):
    y, x = panel()
    months = np.arange(y.shape[1]) % (12 if effects == "calendar months" else y.shape[1])
    coefficients, errors, observations = PYFIXEST[effects]
    found = fit(y, x, months)
    assert found.coefficients == pytest.approx(coefficients, rel=1e-8)
    assert found.standard_errors == pytest.approx(errors, rel=1e-5)
    assert found.observations == observations


def test_the_stored_numbers_are_what_pyfixest_still_says():
    pyfixest = pytest.importorskip("pyfixest", reason="pyfixest is not installed: the stored numbers stand for it")
    import pandas

    y, x = panel()
    rows = [
        {"u": u, "t": t, "y": y[u, t], "a": x[0, u, t], "b": x[1, u, t]}
        for u, t in itertools.product(range(y.shape[0]), range(y.shape[1]))
    ]
    options = pyfixest.ssc(k_adj=False, G_adj=True)
    model = pyfixest.fepois(
        "y ~ a + b | u + t", pandas.DataFrame(rows), vcov={"CRV1": "u"}, ssc=options, iwls_tol=1e-12
    )
    assert list(model.coef()) == pytest.approx(PYFIXEST["months"][0], rel=1e-8)
    assert list(model.se()) == pytest.approx(PYFIXEST["months"][1], rel=1e-6)


def test_one_treatment_on_a_full_panel_is_the_ratio_of_four_sums():
    y, _ = panel()
    treated, window = np.arange(12) < 4, np.arange(30) >= 22
    found = fit(y, np.outer(treated, window)[None].astype(float), np.arange(30))
    assert found.effect(0) == pytest.approx(ratio_of_ratios(y, treated, window), rel=1e-9)


def test_a_full_stop_is_minus_infinity_and_not_a_failure():
    y, x = panel()
    y[:4, 22:] = 0
    found = fit(y, x, np.arange(30))
    assert found.coefficients[1] == -np.inf
    assert found.effect(1) == -1
    assert found.interval(1, 0.9) == (None, None)
    assert np.isfinite(found.coefficients[0])


# -- permutation of labels -------------------------------------------------------------------------------------


def naive_gap(actual, expected, targeted, shift):
    """Every assignment of labels by brute force: the chance of a gap as large once the shift is taken away."""
    moved = [a - shift * e * t for a, e, t in zip(actual, expected, targeted, strict=True)]

    def between(chosen):
        rest = [i for i in range(len(moved)) if i not in chosen]
        return sum(moved[i] for i in chosen) / sum(expected[i] for i in chosen) - sum(moved[i] for i in rest) / sum(
            expected[i] for i in rest
        )

    here = between([i for i, t in enumerate(targeted) if t])
    ways = [between(c) for c in itertools.combinations(range(len(moved)), sum(targeted))]
    return sum(abs(w) >= abs(here) - 1e-12 for w in ways) / len(ways)


def test_the_gap_equals_a_naive_enumeration_and_its_interval_holds_the_shifts_not_rejected():
    random = np.random.default_rng(3)
    expected = random.uniform(1, 5, 9)
    actual = expected * random.uniform(0.2, 1.2, 9)
    targeted = np.array([True, True, True, *[False] * 6])
    found = gap(actual, expected, targeted, 0.9)
    assert found.exact
    assert found.assignments == 84
    assert found.p_value == pytest.approx(naive_gap(actual, expected, targeted, 0.0))
    low, high = found.interval
    assert (
        naive_gap(actual, expected, targeted, low + 1e-6) > 0.1 >= naive_gap(actual, expected, targeted, low - 1e-6)
    )
    assert (
        naive_gap(actual, expected, targeted, high - 1e-6) > 0.1 >= naive_gap(actual, expected, targeted, high + 1e-6)
    )


def test_with_too_few_destinations_there_is_no_bound():
    found = gap(np.array([0.1, 1.0, 1.1]), np.ones(3), np.array([True, False, False]), 0.9)
    assert found.interval == (None, None)
    assert found.p_value == pytest.approx(1 / 3)


def test_sampled_assignments_are_the_same_every_time():
    assert (assignments(39, 8)[0] == assignments(39, 8)[0]).all()
