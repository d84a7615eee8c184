"""Detectors: the same as an obvious twin, month by month as all at once, and no later month changes an earlier one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from straits.watch.detectors import DEFAULT, DETECTORS, Online, detect
from straits.watch.placebo import placebo
from straits.watch.rhythms import ANNUAL


@pytest.fixture(scope="module")
def panel():
    return placebo(6, 7, 84, seed=3)


def steady(months: int = 60, level: float = 100.0, seed: int = 0) -> np.ndarray:
    return level * np.exp(np.random.default_rng(seed).normal(0, 0.15, (1, months)))


@pytest.mark.parametrize("how", [DEFAULT, ANNUAL.settings], ids=["monthly", "annual"])
def test_scores_equal_the_naive_twin(panel, naive, how):
    found = detect(panel.quantity, panel.value, panel.group, first_month=5, settings=how)
    for row in range(len(panel.quantity)):
        drop, surge, lasting, _ = naive.flow_scores(panel.quantity[row].tolist(), 5, how)
        np.testing.assert_allclose(found["level_drop"].score[row], drop, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(found["surge"].score[row], surge, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(found["lasting_drop"].score[row], lasting, rtol=1e-4, atol=1e-5)
        price = naive.price_scores(panel.quantity[row].tolist(), panel.value[row].tolist(), 5, how)
        np.testing.assert_allclose(found["price_jump"].score[row], price, rtol=1e-4, atol=1e-5)
    for group in range(6):
        members = panel.quantity[panel.group == group].tolist()
        fall, rise = naive.broad(members, 5, how)
        np.testing.assert_allclose(found["broad_drop"].score[group], fall, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(found["broad_surge"].score[group], rise, rtol=1e-4, atol=1e-5)
        switch, concentration = naive.group_scores(members, 5, how)
        np.testing.assert_allclose(found["supplier_switch"].score[group], switch, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(found["new_concentration"].score[group], concentration, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("how", [DEFAULT, ANNUAL.settings], ids=["monthly", "annual"])
@given(arrays(float, 40, elements=st.one_of(st.just(0.0), st.just(float("nan")), st.floats(0.1, 1e9))))
@settings(max_examples=60, deadline=None)
def test_any_series_scores_as_the_naive_twin(naive, how, flows):
    found = detect(flows[None], settings=how)
    drop, surge, _, _ = naive.flow_scores(flows.tolist(), 1, how)
    np.testing.assert_allclose(found["level_drop"].score[0], drop, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(found["surge"].score[0], surge, rtol=1e-3, atol=1e-4)


def test_month_by_month_is_the_same_as_all_at_once(panel):
    found = detect(panel.quantity, panel.value, panel.group)
    online = Online.fresh(len(panel.quantity), 1, panel.group)
    for t in range(panel.quantity.shape[1]):
        month = online.step(panel.quantity[:, t], panel.value[:, t]).scores
        for name in DETECTORS:
            np.testing.assert_array_equal(found[name].score[:, t], month[name][0].astype(np.float32))


def test_no_later_month_changes_an_earlier_score(panel):
    whole = detect(panel.quantity, panel.value, panel.group)
    for months in (30, 55, 70):
        part = detect(panel.quantity[:, :months], panel.value[:, :months], panel.group)
        for name in DETECTORS:
            np.testing.assert_array_equal(part[name].score, whole[name].score[:, :months])


def test_a_copied_state_goes_on_alone(panel):
    online = Online.fresh(len(panel.quantity), 1, panel.group)
    for t in range(40):
        online.step(panel.quantity[:, t], panel.value[:, t])
    kept = online.copy()
    first = online.step(panel.quantity[:, 40], panel.value[:, 40]).scores["surge"][0]
    online.step(panel.quantity[:, 41] * 100, panel.value[:, 41])
    again = kept.step(panel.quantity[:, 40], panel.value[:, 40]).scores["surge"][0]
    np.testing.assert_array_equal(first, again)


def test_blocks_do_not_cut_groups_and_change_nothing(panel, monkeypatch):
    whole = detect(panel.quantity, panel.value, panel.group)
    monkeypatch.setattr("straits.watch.detectors.BLOCK", 10)
    parts = detect(panel.quantity, panel.value, panel.group, threads=3)
    for name in DETECTORS:
        np.testing.assert_array_equal(whole[name].score, parts[name].score)


def test_a_steady_flow_that_stops_is_a_drop_in_that_month():
    flow = steady()
    flow[0, 50] = 0
    score = detect(flow)["level_drop"].score[0]
    assert np.nanargmax(score) == 50
    assert score[50] > 8


def test_front_loading_then_the_fall_are_both_seen():
    flow = steady()
    flow[0, 50], flow[0, 51] = 330, 15
    found = detect(flow)
    assert np.nanargmax(found["surge"].score[0]) == 50
    assert np.nanargmax(found["level_drop"].score[0]) == 51


def test_one_odd_month_does_not_hide_the_next_drop():
    plain, odd = steady(), steady()
    odd[0, 49] = 2000
    plain[0, 50] = odd[0, 50] = 10
    assert detect(odd)["level_drop"].score[0, 50] > 0.8 * detect(plain)["level_drop"].score[0, 50]


def test_a_zero_in_lumpy_trade_is_nothing_special():
    flow = steady(90)
    flow[0, np.random.default_rng(1).random(90) < 0.4] = 0
    assert np.nanmax(detect(flow)["level_drop"].score) < 3


def test_a_missing_month_is_neither_zero_nor_judged():
    flow = steady()
    flow[0, 50] = np.nan
    found = detect(flow)
    assert np.isnan(found["level_drop"].score[0, 50])
    assert np.nanmax(found["level_drop"].score[0, 45:]) < 4


def test_a_month_that_is_low_every_year_is_no_drop():
    flow = steady(84)
    flow[0, 1::12] *= 0.3
    found = detect(flow)["level_drop"].score[0]
    assert np.nanmax(found[61:]) < 3.5
    flow[0, 75] *= 0.3
    assert detect(flow)["level_drop"].score[0, 75] > 3.5


def test_a_smaller_fall_that_lasts_three_months_scores_higher_than_in_its_first():
    flow = steady(seed=5)
    flow[0, 45:] *= 0.55
    score = detect(flow)["level_drop"].score[0]
    assert score[47] > score[45]


def test_a_new_level_is_accepted_after_some_months():
    flow = steady(90)
    flow[0, 45:] *= 0.2
    score = detect(flow)["level_drop"].score[0]
    assert score[45] > 6
    assert np.nanmax(score[60:]) < 3.5


def test_no_score_before_there_is_a_past():
    found = detect(steady(40))
    assert np.isnan(found["level_drop"].score[0, :24]).all()
    assert np.isfinite(found["level_drop"].score[0, 24:]).all()


def test_a_flow_that_hardly_ever_trades_is_not_judged():
    flow = np.zeros((1, 60))
    flow[0, ::10] = 50
    assert np.isnan(detect(flow)["surge"].score).all()


def test_a_price_jump_is_seen_in_unit_values_though_the_flow_is_steady():
    flow = steady()
    value = flow * 2 * np.exp(np.random.default_rng(2).normal(0, 0.05, flow.shape))
    value[0, 50:] *= 1.8
    found = detect(flow, value)
    assert found["price_jump"].score[0, 50] > 8
    assert np.nanmax(found["price_jump"].score[0, :50]) < 4
    assert np.nanmax(found["surge"].score[0, 48:53]) < 4


def test_a_shipment_too_small_to_price_is_left_out():
    flow = steady()
    value = flow * 2
    flow[0, 50], value[0, 50] = 0.5, 60.0
    assert np.isnan(detect(flow, value)["price_jump"].score[0, 50])


def test_a_switch_of_suppliers_is_seen_though_the_total_is_steady():
    rng = np.random.default_rng(4)
    flows = np.array([[60.0], [30.0], [10.0]]) * np.exp(rng.normal(0, 0.08, (3, 60)))
    flows[0, 50:], flows[1, 50:] = 25 * np.exp(rng.normal(0, 0.08, (2, 10)))
    flows[2, 50:] = 50
    found = detect(flows, group=np.zeros(3, np.int64))
    assert found["supplier_switch"].score[0, 50:53].max() > 6
    assert found["supplier_switch"].score.shape == (1, 60)


def test_a_fall_to_many_partners_at_once_is_seen_though_none_is_odd_alone():
    rng = np.random.default_rng(8)
    flows = 50.0 * np.exp(rng.normal(0, 0.6, (30, 70)))
    flows[:, 60] *= 0.45
    found = detect(flows, group=np.zeros(30, np.int64))
    assert found["broad_drop"].score[0, 60] > 4.5
    assert np.median(found["level_drop"].score[:, 60]) < 3


def test_three_low_months_count_together_and_one_odd_month_counts_for_no_more_than_its_clip():
    flow, odd = steady(seed=5), steady(seed=5)
    flow[0, 45:48] *= 0.65
    odd[0, 45] *= 0.01
    lasting = detect(flow)["lasting_drop"].score[0]
    assert lasting[47] > 3.5
    assert detect(odd)["lasting_drop"].score[0, 45:48].max() < lasting[47]


def test_new_concentration_needs_a_concentrated_result():
    rng = np.random.default_rng(4)
    flows = 20.0 * np.exp(rng.normal(0, 0.08, (5, 60)))
    flows[0, 50:] *= 8
    found = detect(flows, group=np.zeros(5, np.int64))["new_concentration"]
    assert found.score[0, 50:54].max() > 6
    assert np.nanmax(found.score[found.observed < 0.4]) <= 0


def test_expected_and_observed_are_in_the_units_of_the_flow():
    flow = steady()
    flow[0, 50] = 5
    found = detect(flow)["level_drop"]
    assert found.observed[0, 50] == 5
    assert 70 < found.expected[0, 50] < 130


@pytest.mark.parametrize(
    ("flows", "words"),
    [
        (np.ones(5), "dimensions"),
        (np.array([[1.0, -2.0]]), "series 0, month 1 is -2.0"),
        (np.array([[1.0, np.inf]]), "month 1 is inf"),
    ],
)
def test_flows_that_cannot_be_are_refused(flows, words):
    with pytest.raises(ValueError, match=words):
        detect(flows)


def test_groups_must_be_sorted():
    with pytest.raises(ValueError, match="sorted"):
        detect(np.ones((2, 3)), group=np.array([1, 0]))
