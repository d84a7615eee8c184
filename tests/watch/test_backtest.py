"""Backtests: history replayed on what was known then, and measures that follow from a short list by hand."""

from __future__ import annotations

import numpy as np
import pytest

from straits.vocabulary.errors import StraitsError
from straits.watch.backtest import (
    Raised,
    evaluate,
    judge,
    known_events_of,
    raised,
    replay,
)
from straits.watch.detectors import DETECTORS, detect
from straits.watch.figure import figure, svg
from straits.watch.flows import panel, read_file
from straits.watch.signals import Rule, judged
from straits.watch.world import Event, world


@pytest.fixture(scope="module")
def small():
    return world(products=30, partners=8, months=84, events=10, seed=4)


def test_a_replay_is_what_each_month_s_panel_gives(small):
    rows = 24
    group = np.repeat(np.arange(3), 8).astype(np.int64)
    quantity = [q[:rows] for q in small.quantity]
    value = [v[:rows] for v in small.value]
    found = replay(quantity, value, group)
    for t in (30, 52, 70):
        known = quantity[2][:, : t + 1].astype(float)
        worth = value[2][:, : t + 1].astype(float)
        known[:, t - 1], worth[:, t - 1] = quantity[1][:, t - 1], value[1][:, t - 1]
        known[:, t], worth[:, t] = quantity[0][:, t], value[0][:, t]
        whole = detect(known, worth, group)
        for name in DETECTORS:
            np.testing.assert_allclose(found[name].score[:, t], whole[name].score[:, t], rtol=1e-5, atol=1e-6)


def test_a_replay_without_revisions_is_one_pass(small):
    quantity = small.quantity[-1][:16].astype(float)
    found, whole = replay([quantity]), detect(quantity)
    np.testing.assert_array_equal(found["surge"].score, whole["surge"].score)


def test_a_later_release_changes_no_earlier_judgement(small):
    later = [q[:16].copy() for q in small.quantity]
    first = replay(later)["level_drop"].score.copy()
    later[2][:, 60] *= 10  # final two months later: known in month 62
    second = replay(later)["level_drop"].score
    np.testing.assert_array_equal(first[:, :62], second[:, :62])
    assert (first[:, 62:] != second[:, 62:]).any()


def test_the_same_seed_is_the_same_world(small):
    again = world(products=30, partners=8, months=84, events=10, seed=4)
    assert again.events == small.events
    np.testing.assert_array_equal(again.quantity[0], small.quantity[0])


def test_an_event_takes_the_share_it_says(small):
    calm = world(products=30, partners=8, months=84, events=10, seed=4)
    for event in small.events:
        rows = event.product * 8 + np.array(event.targets)
        before = calm.quantity[-1][rows, event.announced - 12 : event.announced]
        assert np.isfinite(before).any()
        assert 0 <= event.reach <= 1
        assert event.announced <= event.in_force < event.ended


def hidden(product, announced, in_force):
    return Event(product, announced, in_force, in_force + 6, 0.9, 1.0, 1.0, 0.0, (0,), False)


def said(product, month, event, rank=1.0, onset=True):
    return Raised(product, -1, "level_drop", month, 1e-5, rank, onset, event)


def test_recall_lead_and_false_alarms_by_hand():
    events = [hidden(0, 40, 42), hidden(1, 50, 50), hidden(2, 60, 60)]
    signals = [
        said(0, 41, 0),  # a month after the announcement, a month before force
        said(0, 42, 0, onset=False),
        said(1, 56, 1),  # six months after force: no early warning
        said(7, 44, None),
        said(7, 45, None, onset=False),
    ]
    result = evaluate(signals, events, 50, "by hand", "rule")
    assert (result.events, result.found) == (3, 1)
    assert result.lead_announced == [1]
    assert result.lead_force == [-1]
    assert result.false_alarms_a_month == 1 / 50
    assert (result.signals, result.false_signals) == (5, 2)
    assert result.false_share_by_month == 2 / 50
    assert result.recall == pytest.approx(1 / 3)


def test_the_top_ten_are_the_highest_ranked_products_of_a_month():
    events = [hidden(0, 40, 40)]
    signals = [said(k, 41, None, rank=k) for k in range(1, 13)]
    assert evaluate([*signals, said(0, 41, 0, rank=99)], events, 50, "", "").events_in_top_ten == 1
    low = evaluate([*signals, said(0, 41, 0, rank=0.5)], events, 50, "", "")
    assert (low.top_ten, low.top_ten_right, low.events_in_top_ten) == (10, 0, 0)
    assert low.precision_top_ten == 0


def test_a_world_is_judged_and_the_largest_controls_are_found():
    made = world(products=60, partners=10, months=96, events=12, seed=9)
    done = judge(made)
    result = evaluate(
        raised(done, 0.01, None), made.events, made.months - 36, "a small world", "1 in 100 series-years"
    )
    wide = [item for item in result.detail if item["lost"] > 0.85]
    assert wide
    assert sum(item["found"] for item in wide) >= 0.5 * len(wide)
    assert 0 < result.recall < 1
    picture = svg(figure(result))
    assert "hidden controls found in time" in picture
    assert result.to_dict()["median_lead_force"] is not None


@pytest.mark.data
def test_on_real_graphite_both_signs_are_found_and_the_lead_is_told(graphite):
    one = panel(read_file(graphite, "CHN"), "destinations")
    signals = judged(one, Rule(DETECTORS, 0.05), one.months[36:])
    events = [{"product": "250410", "announced": "2023-10", "in_force": "2023-12"}]
    result = known_events_of(one.months, signals, events, "graphite", "0.05 false alarms a series and year")
    assert result.recall == 1
    assert result.lead_announced == [1]
    assert result.lead_force == [-1]
    assert result.false_alarms_a_month < 0.25


def test_a_watch_is_tried_on_its_own_past(tmp_path):
    import importlib.util
    from pathlib import Path

    from straits.watch.backtest import of_watch
    from straits.watch.run import flows_of
    from straits.watch.watches import read

    spec = importlib.util.spec_from_file_location("watch_homes_b", Path(__file__).with_name("homes.py"))
    homes = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(homes)
    watches = read(homes.write(tmp_path))
    watch = watches.watch("graphite-0")
    flows = flows_of(watch, watches, None)
    event = {"product": "250410", "announced": "2023-10", "in_force": "2023-12"}
    result = of_watch(watch, flows, [event])
    assert (result.found, result.lead_announced, result.lead_force) == (1, [1], [-1])
    assert of_watch(watch, flows).recall is None
    with pytest.raises(StraitsError, match="event 1: '2023-13' is not a month"):
        of_watch(watch, flows, [{**event, "announced": "2023-13"}])
    with pytest.raises(StraitsError, match="are not between 2019-01 and 2023-12"):
        of_watch(watch, flows, [{**event, "in_force": "2025-01"}])
