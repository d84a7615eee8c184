"""Acceptance: on China's graphite exports the surge is raised with November 2023's data, the drop with December's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from straits.watch.calibration import p_values, threshold
from straits.watch.detectors import DETECTORS, Online, detect
from straits.watch.flows import ALL, panel, read_file
from straits.watch.signals import Rule, judged, trailing_share

pytestmark = pytest.mark.data
EVERY = Rule(DETECTORS, 0.05)
FLOW = Rule(("level_drop", "surge"), 0.05)


def raised(graphite, until, rule=EVERY):
    one = panel(read_file(graphite, "CHN"), "destinations", until=until)
    return judged(one, rule, [until], exposure=trailing_share(one))


def test_the_surge_is_raised_with_november_s_data(graphite):
    found = [s for s in raised(graphite, "2023-11", FLOW) if s.parts["importer"] == ALL]
    assert [s.detector for s in found] == ["surge"]
    assert found[0].onset
    assert 2.5 < found[0].parts["observed"] / found[0].parts["expected"] < 3.5  # about three normal months


def test_the_drop_is_raised_with_december_s_data(graphite):
    found = [s for s in raised(graphite, "2023-12", FLOW) if s.parts["importer"] == ALL]
    assert [s.detector for s in found] == ["level_drop"]
    assert found[0].parts["observed"] < 0.25 * found[0].parts["expected"]  # a drop above 75 %


def test_with_all_detectors_the_rise_and_the_fall_to_many_partners_are_raised(graphite):
    november = {s.detector for s in raised(graphite, "2023-11") if s.parts["importer"] == ALL}
    december = {s.detector for s in raised(graphite, "2023-12") if s.parts["importer"] == ALL}
    assert november == {"broad_surge"}
    assert december == {"broad_drop", "level_drop"}


def test_nothing_is_raised_on_the_total_in_the_year_before(graphite):
    for month in [f"2022-{m:02d}" for m in range(10, 13)] + [f"2023-{m:02d}" for m in range(1, 11)]:
        assert [s for s in raised(graphite, month) if s.parts["importer"] == ALL] == []


def test_the_total_stands_first_in_the_ranking(graphite):
    for month in ("2023-11", "2023-12"):
        assert raised(graphite, month)[0].parts["importer"] == ALL


def test_fed_month_by_month_the_p_values_are_those_of_the_whole(graphite):
    total = pd.read_csv(graphite).groupby("period_dt")[["qty", "val"]].sum()
    quantity, value = total.qty.to_numpy(), total.val.to_numpy()
    whole = p_values(detect(quantity[None], value[None]), sums=True)
    limit = threshold(0.05, 2)
    online, said = Online.fresh(1, 1), {}
    for t, month in enumerate(total.index):
        online.step(quantity[t : t + 1], value[t : t + 1])
        so_far = p_values(detect(quantity[None, : t + 1], value[None, : t + 1]), sums=True)
        for name in ("level_drop", "surge"):
            np.testing.assert_array_equal(so_far[name][0, t], whole[name][0, t])
            if so_far[name][0, t] < limit:
                said.setdefault(name, month)
    assert said == {"surge": "2023-11-01", "level_drop": "2023-12-01"}


def test_the_one_unit_value_of_2017_gives_no_price(graphite):
    one = panel(read_file(graphite, "CHN"), "destinations")
    assert np.isnan(one.value[:, :12]).all()
    unknown = np.argwhere(~np.isfinite(one.value[:, 12:]))
    assert [(one.labels[k].importer, one.months[12 + t]) for k, t in unknown] == [
        ("MEX", "2022-06")
    ]  # value, no mass
