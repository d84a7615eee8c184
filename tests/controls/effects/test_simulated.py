"""Inference checked by simulation: the stated chances hold when nothing happened, and known effects are found."""

import math

import numpy as np
import pytest

from controls.effects.made_up import EVENT, PARTNERS, flows_of
from straits.controls.effects.counterfactual import Spread
from straits.controls.effects.effect import effect
from straits.controls.effects.estimates import drop, front_loading
from straits.controls.effects.gaps import placebo_destinations
from straits.controls.effects.permutation import gap
from straits.controls.effects.windows import Windows

WORLDS = 400
WINDOWS = Windows(EVENT, range(EVENT, EVENT + 2), EVENT + 2, 96)


def attainable(stated: float, dates: int) -> float:
    """The largest chance at or below the stated one that so many dates can give."""
    return math.floor(stated * (dates + 1) + 1e-9) / (dates + 1)


def within_monte_carlo(share: float, stated: float, worlds: int = WORLDS) -> bool:
    """Equal up to three standard errors of the simulation."""
    return abs(share - stated) <= 3 * math.sqrt(stated * (1 - stated) / worlds)


def test_permuted_dates_hold_their_size_when_nothing_happened(world):
    """One-sided chances at 10 % and 5 %, for the drop and for front-loading, on seasonal series with gaps."""
    falls, fronts = [], []
    for seed in range(WORLDS):
        summed = world(seed, lumpy=0.1).sum(axis=0)
        falls.append(drop(summed, WINDOWS, WINDOWS.first(), 0.9, 0.5))
        fronts.append(front_loading(summed, WINDOWS, 0.9, 0.5))
    for found in (falls, fronts):
        for stated in (0.1, 0.05):
            share = float(np.mean([estimate.p_value <= stated for estimate in found]))
            assert within_monte_carlo(share, attainable(stated, found[0].placebo_dates))


def test_intervals_cover_as_stated_when_nothing_happened(world):
    """The 90 % interval of the drop holds zero in 90 % of the worlds."""
    inside = 0
    for seed in range(WORLDS):
        low, high = drop(world(1000 + seed).sum(axis=0), WINDOWS, WINDOWS.first(), 0.9, 0.5).interval
        inside += low <= 0 <= high
    assert within_monte_carlo(1 - inside / WORLDS, 0.1)


def test_permuted_destinations_hold_their_size_with_few_unequal_and_lumpy_ones():
    """Twelve destinations of very unequal size, some at zero, four called targeted: chances at 10 % and 5 %."""
    random, chances = np.random.default_rng(5), []
    for _ in range(1000):
        expected = np.exp(random.normal(0, 1.5, 12))
        actual = expected * random.gamma(1.0, 1.0, 12) * (random.random(12) > 0.2)
        chances.append(gap(actual, expected, np.arange(12) < 4, 0.9).p_value)
    for stated in (0.1, 0.05):
        assert within_monte_carlo(float((np.array(chances) <= stated).mean()), stated, 1000)


def test_the_interval_of_the_gap_covers_a_true_gap():
    random, inside = np.random.default_rng(6), 0
    targeted = np.arange(12) < 4
    for _ in range(WORLDS):
        expected = np.exp(random.normal(0, 1.0, 12))
        actual = expected * (1 + random.normal(0, 0.3, 12) - 0.4 * targeted)
        low, high = gap(actual, expected, targeted, 0.9).interval
        inside += low <= -0.4 <= high
    assert within_monte_carlo(1 - inside / WORLDS, 0.1)


def test_with_a_strong_memory_the_chance_stays_near_what_is_stated():
    """Drifting series (AR(1), 0.8) break exchangeable dates; the normal month of the last year takes most of it up."""
    random, chances = np.random.default_rng(8), []
    for _ in range(WORLDS):
        shocks, drift = random.normal(0, 0.12, 120), np.zeros(120)
        for month in range(1, 120):
            drift[month] = 0.8 * drift[month - 1] + shocks[month]
        chances.append(drop(np.exp(10 + drift[-96:]), WINDOWS, WINDOWS.first(), 0.9, 0.5).p_value)
    assert float((np.array(chances) <= 0.1).mean()) <= 0.15  # 10 % stated; over 1,000 worlds 10 % at 0.8, 12 % at 0.9


def treated(amounts, targets=()):
    """A known effect: twice the amount in the month before force, a stop to a fifth, back after three months at 80 %."""
    out = amounts.copy()
    out[:, EVENT + 1] *= 2
    out[:, EVENT + 2 : EVENT + 5] *= 0.2
    out[:, EVENT + 5 :] *= 0.8
    for target in targets:
        out[PARTNERS.index(target), EVENT + 2 : EVENT + 5] = 0
    return out


def test_a_known_effect_is_found_within_its_intervals(world, announcement_39):
    found = effect(announcement_39, "250410", flows_of(treated(world(2, noise=0.1)), PARTNERS))
    low, high = found.front_loading["interval"]
    assert low <= 1 <= high
    low, high = found.drop["interval"]
    assert low <= 0.8 <= high
    assert found.drop["poisson"]["estimate"] == pytest.approx(0.8, abs=0.08)
    assert found.rebound["months_to_50"] == 3
    low, high = found.rebound["permanent_loss"]["interval"]
    assert low <= 0.2 <= high
    assert abs(found.price["estimate"]) < 0.01
    assert found.certainty == "high"


def test_targets_that_are_cut_off_are_told_from_the_rest(world, announcement_39):
    targets = ["USA", "JPN", "DEU"]
    found = effect(announcement_39, "250410", flows_of(treated(world(3, noise=0.1), targets), PARTNERS), targets)
    assert found.destination_gap["estimate"] == pytest.approx(-0.2, abs=0.05)
    assert found.destination_gap["p_value"] <= 0.02
    assert found.destination_gap["interval"][1] < 0
    assert found.destination("USA")["zero_months"] == ["2023-12", "2024-01", "2024-02"]
    assert found.destination("USA")["drop"] == 1
    assert found.destination_gap["pre_trend"]["p_value"] > 0.05
    assert "received 2" in " ".join(found.finding)
    placebos = found.destination_gap["placebo_destinations"]
    assert {one["partner"] for one in placebos} == set(PARTNERS) - set(targets)
    assert max(abs(one["estimate"]) for one in placebos) < 0.1 < abs(found.destination_gap["estimate"])


def test_a_spared_destination_is_set_against_the_other_spared_only():
    amounts = np.full((4, 96), 100.0)
    amounts[0, WINDOWS.bound :] = 0  # the target
    amounts[1, WINDOWS.bound :] = 40
    found = dict(placebo_destinations(amounts, np.array([True, False, False, False]), WINDOWS, 0.5))
    assert found == pytest.approx({1: 0.4 - 1.0, 2: 1.0 - 0.7, 3: 1.0 - 0.7})
    assert placebo_destinations(amounts, np.array([True, True, True, False]), WINDOWS, 0.5) == []


def test_a_destination_s_own_front_loading_has_an_interval_that_holds_it(world, announcement_39):
    amounts = world(8, noise=0.1)
    usual = amounts[0, EVENT - 12 : EVENT].mean()
    amounts[0, EVENT : EVENT + 2] = 3 * usual  # DEU alone buys ahead: about four normal months more
    found = effect(announcement_39, "250410", flows_of(amounts, PARTNERS))
    germany, france = found.destination("DEU"), found.destination("FRA")
    assert germany["front_loading"] == pytest.approx(4, abs=0.5)
    assert germany["front_loading_interval"][0] > 3
    low, high = france["front_loading_interval"]
    assert low < 0 < high
    assert low <= france["front_loading"] <= high


def test_nothing_happened_is_told_as_low_certainty(world, announcement_39):
    found = effect(announcement_39, "250410", flows_of(world(4), PARTNERS))
    assert found.certainty == "low"
    assert found.drop["interval"][0] <= 0 <= found.drop["interval"][1]


def test_other_origins_that_step_in_are_seen_as_substitution_and_leakage(world, announcement_39):
    own = treated(world(5, noise=0.1))
    others = world(6, noise=0.1)
    lost = world(5, noise=0.1)[:, EVENT + 2 : EVENT + 5].sum(axis=0) - own[:, EVENT + 2 : EVENT + 5].sum(axis=0)
    others[0, EVENT + 4 : EVENT + 7] += lost  # all of the loss, two months late
    brazil = flows_of(others, PARTNERS, exporter="BRA")
    found = effect(announcement_39, "250410", flows_of(own, PARTNERS), origins=[brazil])
    assert found.origin_gap["estimate"] > 0.7
    assert found.origin_gap["p_value"] <= 0.05
    assert found.diversion["lag"] == 2
    assert found.diversion["estimate"] == pytest.approx(1, abs=0.35)
    assert found.diversion["p_value"] <= 0.05


def test_placebo_products_show_no_effect_and_the_model_across_products_shows_it(world, announcement_39):
    both = flows_of(treated(world(7, noise=0.1)), PARTNERS)
    other = flows_of(world(8, noise=0.1), PARTNERS, code="251910")
    flows = type(both)("CHN", both.rows + other.rows, "both.csv", "0" * 64)
    placebo = effect(announcement_39, "250410", flows).checks["placebo_products"]
    assert [row["product"] for row in placebo] == ["251910"]
    assert placebo[0]["drop"]["p_value"] > 0.05
    assert placebo[0]["measured_over_placebo"] == pytest.approx(-0.8, abs=0.08)


def test_a_missing_month_is_unknown_and_not_a_stop(world, announcement_39):
    flows = flows_of(world(9), PARTNERS)
    gone = flows.rows[0].month + EVENT + 2
    short = type(flows)("CHN", tuple(row for row in flows.rows if row.month != gone), "gap.csv", "0" * 64)
    found = effect(announcement_39, "250410", short)
    assert found.drop["estimate"] is None
    assert "the file lacks 2023-12: unknown, not zero" in found.notes
    assert all("2023-12" not in row["zero_months"] for row in found.destinations)


def test_an_unknown_mass_of_a_parcel_is_put_in_and_of_a_large_flow_leaves_the_month_unknown(world, announcement_39):
    amounts = world(10)
    small = amounts.copy()
    small[11, EVENT + 2] = np.nan  # 1,000 kg times the unit value, in a month of millions
    found = effect(announcement_39, "250410", flows_of(small, PARTNERS))
    assert found.drop["estimate"] is not None
    assert any("put in at the month's unit value" in note for note in found.notes)


def test_a_later_release_is_compared_with_the_earlier_one(world, announcement_39):
    before = flows_of(world(11), PARTNERS)
    after = flows_of(treated(world(11)), PARTNERS)
    found = effect(announcement_39, "250410", after, earlier=before)
    assert found.checks["revisions"]["months"][0] == "2023-11"
    assert abs(found.checks["revisions"]["before"]["drop"]) < 0.5 < found.drop["estimate"]


def test_the_same_flows_give_the_same_bytes(world, announcement_39):
    flows = flows_of(world(12), PARTNERS)
    assert effect(announcement_39, "250410", flows).to_json() == effect(announcement_39, "250410", flows).to_json()


def test_spread_of_nothing_bounds_nothing():
    assert Spread(np.array([])).bounds(0.9) == (None, None)
