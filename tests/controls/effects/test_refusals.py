"""What the measurement refuses, each with the reason and what to do instead."""

import datetime as dt
import re

import pytest

from controls.effects.made_up import PARTNERS, flows_of
from straits.controls.effects.effect import effect
from straits.controls.effects.measure import Measure, baskets
from straits.sources.monthly import Flows
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.materials import materials

ANNOUNCEMENT_23 = Measure("CN-2023-23", "CHN", dt.date(2023, 7, 3), dt.date(2023, 8, 1), ("811292",))


def test_gallium_is_refused_because_its_code_is_a_basket(world):
    flows = flows_of(world(1), PARTNERS, code="811292")
    with pytest.raises(
        StraitsError, match=r"nothing is said of gallium: HS 8112\.92 is a basket: it pools gallium, germanium"
    ):
        effect(ANNOUNCEMENT_23, "gallium", flows)


def test_germanium_is_refused_too(world):
    with pytest.raises(StraitsError, match="nothing is said of germanium"):
        effect(ANNOUNCEMENT_23, "germanium", flows_of(world(1), PARTNERS, code="811292"))


def test_the_code_of_a_basket_is_refused_unless_the_basket_is_meant(world):
    flows = flows_of(world(1), PARTNERS, code="811292")
    with pytest.raises(StraitsError, match=r"cannot be told from the rest .* use .* eight digits"):
        effect(ANNOUNCEMENT_23, "811292", flows)
    found = effect(ANNOUNCEMENT_23, "811292", flows, as_basket=True)
    assert "the basket HS 8112.92" in found.finding[0]
    assert "gallium" not in " ".join(found.finding)
    assert "cannot be told from the rest" in found.notes[0]


def test_every_code_that_the_vocabulary_calls_pooled_is_a_basket_here():
    for item in materials().values():
        if re.search("pool|basket", item.note or ""):
            for code in re.findall(r"\b\d{6}\b", item.note):
                assert code in baskets(), item.id


def test_bad_questions_get_one_clear_error(world, announcement_39):
    flows = flows_of(world(1), PARTNERS)
    for change, said in [
        ({"product": "250490"}, "made-up.csv has no product 250490: it has 250410"),
        ({"product": "9999"}, "CN-2023-39 does not cover 9999"),
        ({"product": "25"}, "not a product code"),
        ({"unit": "litres"}, "no unit 'litres'"),
        ({"coverage": 1.0}, "coverage 1.0"),
        ({"destinations": ["Atlantis"]}, "no region 'Atlantis'"),
        ({"destinations": ["CHE"]}, "none of CHE bought 250410"),
    ]:
        with pytest.raises(StraitsError, match=re.escape(said)):
            effect(**({"measure": announcement_39, "product": "250410", "flows": flows} | change))


def test_the_wrong_exporter_is_refused(world, announcement_39):
    with pytest.raises(StraitsError, match=r"is of CHN, but made-up\.csv holds exports of BRA"):
        effect(announcement_39, "250410", flows_of(world(1), PARTNERS, exporter="BRA"))


def test_data_that_do_not_reach_are_refused(world):
    flows = flows_of(world(1), PARTNERS)
    early = Measure("early", "CHN", dt.date(2018, 3, 1), dt.date(2018, 5, 1))
    late = Measure("late", "CHN", dt.date(2025, 3, 1), dt.date(2025, 5, 1))
    with pytest.raises(StraitsError, match="2 years of data before 2018-03 are needed; the data begin 2017-01"):
        effect(early, "250410", flows)
    with pytest.raises(StraitsError, match="was announced in 2025-03; the data end 2024-12"):
        effect(late, "250410", flows)


def test_a_measure_in_force_before_it_was_announced_is_refused():
    with pytest.raises(StraitsError, match="before it was announced"):
        Measure("odd", "CHN", dt.date(2023, 12, 1), dt.date(2023, 10, 20))


def test_a_measure_not_yet_in_force_has_front_loading_and_no_drop(world):
    pending = Measure("pending", "CHN", dt.date(2023, 10, 1), None)
    found = effect(pending, "250410", flows_of(world(1), PARTNERS))
    assert found.front_loading["estimate"] is not None
    assert found.drop["estimate"] is None
    assert found.rebound["months_to_50"] is None
    assert found.certainty == "low"
    assert "no whole month under force is in the data" in " ".join(found.notes)
    found.to_json()


def test_a_measure_in_force_at_once_has_a_drop_and_no_front_loading(world):
    sudden = Measure("sudden", "CHN", dt.date(2023, 4, 4), dt.date(2023, 4, 4))
    found = effect(sudden, "250410", flows_of(world(1), PARTNERS))
    assert found.front_loading["estimate"] is None
    assert found.drop["month"] == "2023-05"
    assert "in force from day 4" in " ".join(found.notes)
    found.to_json()


def test_data_that_end_before_force_are_told_and_not_failed(world, announcement_39):
    flows = flows_of(world(1, months=83), PARTNERS)
    found = effect(announcement_39, "250410", flows)
    assert found.drop["estimate"] is None
    found.to_json()


def test_flows_in_value_need_no_masses(world, announcement_39):
    flows = flows_of(world(1), PARTNERS)
    rows = tuple(type(row)(row.month, row.partner, row.code, row.value, None) for row in flows.rows)
    found = effect(announcement_39, "250410", Flows("CHN", rows, "values.csv", "0" * 64), unit="usd")
    assert found.drop["estimate"] is not None
    assert found.price["estimate"] is None
    with pytest.raises(StraitsError, match="try --unit usd"):
        effect(announcement_39, "250410", Flows("CHN", rows, "values.csv", "0" * 64))
