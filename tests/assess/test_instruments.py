"""Instruments: every recommendation has reasons and a price, rules apply when they should, trade-offs come out."""

import pytest

from straits.assess.assessment import Assessor
from straits.assess.instruments import AMBITIONS, DIMENSIONS, catalogue, plain, recommend
from straits.assess.scenarios import scenario, shipped
from straits.casebook.load import load


@pytest.fixture(scope="module")
def book():
    return load()


@pytest.fixture(scope="module")
def assessor():
    return Assessor.shipped()


def test_every_instrument_of_the_casebook_is_in_the_catalogue(book):
    listed = {
        item for one in catalogue().instruments.values() for item in (*one.recommended, *one.advised_against)
        if isinstance(item, str)
    }  # fmt: skip
    assert {item.id for item in book.tables["instruments"]} <= listed
    assert [item for item in listed if book.get(item) is None] == []


def test_every_dimension_has_a_goal_and_every_level_of_ambition_an_aim():
    assert set(catalogue().goals) == set(DIMENSIONS)
    assert set(catalogue().ambitions) == set(AMBITIONS)


def test_the_thirty_three_rules_of_the_framework_are_there():
    ids = {rule.id for rule in catalogue().advice}
    assert {f"r{n:02d}" for n in range(1, 34)} <= ids


def test_every_passage_cites_a_known_source(book):
    found = catalogue()
    for one in (
        *found.instruments.values(),
        *found.goals.values(),
        *found.ambitions.values(),
        *found.advice,
        *found.tradeoffs,
    ):
        assert one.passage.source in book.citations


@pytest.mark.parametrize("subject", ["lithography", "chip-design", "blockchain", "medical-imaging", "raw-materials"])
def test_a_recommendation_names_its_reasons_its_price_and_its_sources(subject, assessor, book):
    found = recommend(subject, assessor, book)
    assert found.aims
    for aim in found.aims:
        for one in aim.recommended:
            assert one.reasons and one.instrument.price
            assert all(reason.source in book.citations for reason in one.reasons)
    assert plain(found)["subject"] == subject


def test_no_instrument_is_sought_for_an_ambition_that_is_not_feasible(assessor, book):
    aims = {aim.id for aim in recommend("medical-imaging", assessor, book).aims}
    assert "curtailment" not in aims and "threat_prevention" not in aims


def test_the_three_worked_trade_offs_are_there():
    worked = [one for one in catalogue().tradeoffs if one.kind == "worked"]
    assert len(worked) == 3
    mature = next(one for one in worked if one.id == "mature-production-by-a-rival")
    effects = {name: effect.effect for name, effect in mature.dimensions.items() if effect.effect != "not_treated"}
    assert effects == {"supply_resilience": "helps", "national_security": "hurts", "competitiveness": "hurts"}
    for one in worked:
        assert {effect.effect for effect in one.dimensions.values()} & {"hurts", "mixed"}


@pytest.mark.parametrize("one", [t for t in catalogue().tradeoffs if t.kind == "worked"], ids=lambda t: t.id)
def test_a_worked_trade_off_comes_out_for_its_field(one, assessor, book):
    found = recommend(one.subject.partition("/")[0], assessor, book)
    assert one in found.tradeoffs
    assert one.conclusion and one.passage.locator


def test_sources_that_disagree_are_shown_as_a_conflict(assessor, book):
    found = recommend("lithography", assessor, book, ambition="curtailment")
    assert any(conflict.kind == "sources disagree" for conflict in found.conflicts)


def test_harm_to_another_dimension_is_shown(assessor, book):
    found = recommend("lithography", assessor, book, ambition="curtailment")
    harms = [c for c in found.conflicts if c.kind == "hurts a dimension"]
    assert any(c.instrument == "capability-curtailing-export-controls" and "competitiveness" in c.text for c in harms)


def test_a_rule_holds_only_where_its_condition_does(assessor, book):
    held = {one.advice.id: one.standing for one in recommend("blockchain", assessor, book).advice}
    for rule in catalogue().advice:
        if not rule.when:
            assert held[rule.id] == "for the reader to judge"
    assert set(held.values()) <= {"holds", "may hold", "for the reader to judge"}


def test_signposts_read_records_that_exist_and_only_known_levels(book):
    for post in shipped().signposts:
        assert [record for record in post.evidence if book.get(record) is None] == []
        assert set(post.reads) <= set(post.evidence)


def test_a_scenario_is_possible_only_when_signposts_point_to_both_its_ends(book):
    found = scenario("lithography", book)
    possible = {axis.axis.id: set(axis.possible) for axis in found.axes}
    for one in found.file.scenarios:
        assert (one.id in found.possible) == all(one.position[name] in possible[name] for name in one.position)


def test_records_on_the_subject_come_before_those_on_the_field(book):
    scopes = {reading.signpost.id: reading.scope for reading in scenario("lithography", book).readings}
    assert scopes["a-champion-support"] == "subject"
    assert "unknown" in scopes.values()
