"""Calibration: the stated rate of false alarms holds where nothing happened, and false discoveries stay in bounds."""

from __future__ import annotations

import numpy as np
import pytest

from straits.watch.calibration import (
    Tail,
    count_false_alarms,
    discoveries,
    onsets,
    p_values,
    raised,
    reference,
    threshold,
)
from straits.watch.detectors import DETECTORS, GROUP_DETECTORS, LUMPINESS, SERIES_DETECTORS, detect
from straits.watch.flows import panel, read_file
from straits.watch.placebo import KINDS, placebo


def of(p, names):
    return {name: p[name] for name in names}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_stated_rate_holds_on_placebo_series(kind):
    panel = placebo(40, 40, 120, seed=991, kind=KINDS[kind])
    p = p_values(detect(panel.quantity, panel.value, panel.group))
    for stated in (0.2, 0.05):
        assert count_false_alarms(of(p, SERIES_DETECTORS), stated).low <= stated
        assert count_false_alarms(of(p, GROUP_DETECTORS), stated).low <= stated


def test_the_stated_rate_is_not_empty_words_where_the_placebo_is_as_assumed():
    panel = placebo(60, 40, 120, seed=992)
    found = count_false_alarms(of(p_values(detect(panel.quantity, panel.value)), SERIES_DETECTORS), 0.2)
    assert 0.1 < found.rate <= 0.2 * 1.1


@pytest.mark.data
def test_the_stated_rate_holds_on_real_graphite_before_2020(graphite):
    one = panel(read_file(graphite, "CHN"), "destinations", until="2019-12")
    p = p_values(detect(one.flow, one.value, one.group))
    found = count_false_alarms(of(p, SERIES_DETECTORS), 0.2)
    assert found.series_years > 15
    assert found.low <= 0.2 <= found.high


@pytest.mark.data
def test_the_stated_rate_holds_on_real_graphite_up_to_the_control(graphite):
    one = panel(read_file(graphite, "CHN"), "destinations", until="2023-09")
    p = p_values(detect(one.flow, one.value, one.group))
    for stated in (0.2, 0.05):
        found = count_false_alarms(of(p, SERIES_DETECTORS), stated)
        assert found.series_years > 140
        assert found.rate <= stated


def test_tails_have_probabilities_of_their_own_scores():
    tail = reference()["surge"]["steady"]
    np.testing.assert_allclose(tail.p_values(np.array(tail.scores)), tail.probabilities)
    for probability in (0.01, 3e-4, 1e-7):
        assert tail.p_values(np.array([tail.score_at(probability)]))[0] == pytest.approx(probability, rel=1e-6)


def test_every_detector_has_a_reference_that_falls():
    for name in DETECTORS:
        for lumpiness in LUMPINESS if name in SERIES_DETECTORS else LUMPINESS[:1]:
            tail = reference()[name][lumpiness]
            assert list(tail.scores) == sorted(tail.scores)
            assert list(tail.probabilities) == sorted(tail.probabilities, reverse=True)


def test_no_score_has_no_p_value():
    assert np.isnan(Tail((0.5, 0.1), (0.0, 1.0)).p_values(np.array([np.nan]))).all()


def test_a_panel_with_fat_tails_raises_its_own_later_p_values_only():
    rng = np.random.default_rng(0)
    p = rng.random((500, 40))
    p[:, :30] = p[:, :30] ** 2
    later = raised(p)
    assert (later >= p - 1e-15).all()
    np.testing.assert_allclose(later[:, :1], p[:, :1])
    small = p[:, 35] < 0.001
    assert (later[small, 35] > 2 * p[small, 35]).all()
    np.testing.assert_array_equal(raised(p[:, :20]), later[:, :20])


def test_the_threshold_shares_the_rate_between_months_and_detectors():
    assert threshold(0.6, 5) == pytest.approx(0.01)


def test_a_run_of_alarms_counts_once():
    alarms = np.array([[0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1]], bool)
    assert np.flatnonzero(onsets(alarms)[0]).tolist() == [1, 11]


def test_discoveries_equal_the_naive_twin(naive):
    rng = np.random.default_rng(6)
    for _ in range(50):
        p = np.r_[rng.random(40), rng.random(10) / 200, np.nan]
        assert discoveries(p, 0.1).tolist() == naive.benjamini_hochberg(p.tolist(), 0.1)


def test_false_discoveries_stay_at_their_rate_over_many_series():
    rng = np.random.default_rng(7)
    false = calls = 0
    shares = []
    for _ in range(300):
        p = rng.random(2000)
        p[:40] = rng.random(40) * 1e-4
        called = discoveries(p, 0.1)
        false, calls = int(called[40:].sum()), int(called.sum())
        shares.append(false / max(calls, 1))
    assert np.mean(shares) <= 0.11
