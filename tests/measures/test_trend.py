"""The trend of a share against SciPy's linear regression."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from naive.trend import slope_with_interval
from straits.measures.trend import trend

SHARES = st.lists(st.none() | st.floats(0, 1).map(lambda share: round(share, 6)), min_size=3, max_size=30)


def differ(shares: list[float | None]) -> bool:
    """Three known shares that are not all the same (SciPy gives no interval for a constant)."""
    known = [share for share in shares if share is not None]
    return len(known) >= 3 and len(set(known)) > 1


@settings(deadline=None)
@given(SHARES.filter(differ))
def test_slope_and_interval_are_those_of_a_linear_regression(shares):
    years = list(range(1995, 1995 + len(shares)))
    found = trend(years, shares)
    slope, low, high = slope_with_interval(years, shares)
    assert found.slope == approx(slope, abs=1e-9)
    assert (found.low, found.high) == approx((low, high), abs=1e-6)  # SciPy's 1 - r^2 loses digits on a near line


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.99])
def test_the_interval_widens_with_confidence_as_the_t_distribution_says(confidence):
    years, shares = [2019, 2020, 2022, 2023], [0.4, 0.5, 0.45, 0.7]
    found = trend(years, shares, confidence)
    assert (found.slope, found.low, found.high) == approx(slope_with_interval(years, shares, confidence))


def test_a_line_by_hand():
    # mean 0.5; Sxx 2, Sxy 0.5: slope 0.25; errors 0.05, -0.1, 0.05: SSE 0.015; t(0.975, 1) = 12.7062
    found = trend([2020, 2021, 2022], [0.3, 0.4, 0.8])
    half = 12.7062047 * (0.015 / 1 / 2) ** 0.5
    assert (found.slope, found.low, found.high) == approx((0.25, 0.25 - half, 0.25 + half))
    assert found.direction == "no clear trend"


def test_a_share_that_never_moves_has_no_trend_and_no_width():
    found = trend([2020, 2021, 2022], [1.0, 1.0, 1.0])
    assert (found.slope, found.low, found.high, found.direction) == (0, 0, 0, "no clear trend")


def test_years_of_unknown_share_are_left_out():
    assert trend([2019, 2020, 2021, 2022], [0.1, None, 0.3, 0.4]) == trend([2019, 2021, 2022], [0.1, 0.3, 0.4])


def test_two_years_have_a_slope_but_no_interval_and_one_year_has_neither():
    two = trend([2022, 2023], [0.1, 0.3])
    assert (two.slope, two.low, two.high, two.direction) == (approx(0.2), None, None, "unknown")
    one = trend([2022, 2023], [None, 0.3])
    assert (one.n, one.slope, one.direction) == (1, None, "unknown")
    assert (trend([], []).n, trend([], []).slope) == (0, None)


def test_a_steady_fall_is_falling():
    assert trend([2019, 2020, 2021, 2022], [0.8, 0.6, 0.4, 0.2]).direction == "falling"
