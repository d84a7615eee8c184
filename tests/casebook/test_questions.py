"""Questions to the casebook: subjects with their parts and aliases, both directions, unknown shown."""

from __future__ import annotations

import pytest

from casebook.made_up import HEAD, SOURCE
from straits.casebook import questions
from straits.vocabulary.errors import StraitsError


def remarks(direction, channel="input"):
    """Edges of a channel with their remarks."""
    (found,) = [group for group in direction.channels if group.channel == channel]
    return {edge.id: edge.remark for edge in found.edges}


# -- subjects and evidence -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["widgets", "Widgets", "WIDGETS", "小部件"])
def test_a_subject_is_found_by_id_name_and_alias_with_everything_below_it(book_of, name):
    book = book_of(evidence=[{}, {"subject": "widgets/mould"}])
    answer = questions.evidence(book, name)
    assert (answer.subject, answer.subjects) == ("widgets", ("widgets", "widgets/mould"))
    assert [item.id for item in answer.evidence] == ["e1", "e2"]


def test_a_step_is_found_by_its_own_name_without_what_is_above_it(book_of):
    book = book_of(evidence=[{}, {"subject": "widgets/mould"}])
    assert [item.id for item in questions.evidence(book, "mould").evidence] == ["e2"]


def test_a_part_may_hang_on_its_whole_by_parent_alone(book_of):
    subjects = [
        {"id": "widgets", "name": "Widgets", "kind": "technology"},
        {"id": "clay", "name": "Clay", "kind": "material", "parent": "widgets"},
    ]
    book = book_of(head={**HEAD, "subjects": subjects}, evidence=[{"subject": "clay"}])
    assert [item.id for item in questions.evidence(book, "widgets").evidence] == ["e1"]


def test_an_unknown_subject_names_the_nearest(book_of):
    with pytest.raises(StraitsError, match="no subject 'widgits': did you mean widgets"):
        questions.evidence(book_of(), "widgits")


def test_a_name_of_several_subjects_asks_which(book_of):
    subjects = [
        {"id": "a", "name": "Aa", "kind": "technology"},
        {"id": "a/parts", "name": "Parts", "kind": "step"},
        {"id": "b", "name": "Bb", "kind": "technology"},
        {"id": "b/parts", "name": "Parts", "kind": "step"},
    ]
    with pytest.raises(StraitsError, match="several subjects are called 'parts': ask for a/parts or b/parts"):
        questions.evidence(book_of(head={**HEAD, "subjects": subjects}), "parts")


def test_evidence_carries_value_source_locator_grade_and_lag(book_of):
    book = book_of(
        evidence=[{"value": "~60", "period": "2019..2021", "origin": "Some Office 2021"}, {"origin_grade": "press"}]
    )
    first, second = questions.evidence(book, "widgets").evidence
    assert (first.value.low, first.value.high, first.value.approximate, first.value.shown, first.unit) == (
        60,
        60,
        True,
        "~60",
        "%",
    )
    assert (first.source.citation, first.locator) == ("Maker 2024, 'On widgets'", "page 1")
    assert (first.grade, second.grade) == ("think tank", "press")
    assert (first.lag_years, second.lag_years) == (3, 1)


def test_unknown_stays_unknown_with_its_reason(book_of):
    (item,) = questions.evidence(book_of(evidence=[{"value": "unknown:figure lost", "unit": ""}]), "widgets").evidence
    assert (item.value.kind, item.value.low, item.value.high, item.value.unknown) == (
        "unknown",
        None,
        None,
        "figure lost",
    )


def test_one_record_shows_what_contradicts_it_in_both_directions(book_of):
    book = book_of(
        evidence=[{"value": "40"}, {"links": "contradicts:e1"}, {"links": "supports:e2"}], traps=[{"records": "e2"}]
    )
    first, second = questions.record(book, "e1"), questions.record(book, "e2")
    assert [(link.relation, link.id, link.value) for link in first.links] == [("contradicted_by", "e2", "50")]
    assert [(link.relation, link.id) for link in second.links] == [("contradicts", "e1"), ("supported_by", "e3")]
    assert second.traps == ("t1",)


def test_any_record_is_shown_by_its_id_and_an_unknown_one_names_the_nearest(book_of):
    book = book_of(lost=[{"id": "widget-l001"}])
    found = questions.record(book, "widget-l001")
    assert (found.table, found.record["what"]) == ("lost", "Figure 9: widgets")
    with pytest.raises(StraitsError, match="no record 'widget-l002': did you mean widget-l001"):
        questions.record(book, "widget-l002")


# -- dependencies --------------------------------------------------------------------------------------------


def test_dependencies_are_asked_both_ways_with_every_channel(book_of):
    book = book_of(
        dependencies=[
            {},
            {
                "dependent": "CHN",
                "provider": "EU27",
                "channel": "knowledge",
                "presence": "unknown",
                "strength": "unknown",
            },
        ]
    )
    answer = questions.dependencies(book, "widgets", of="EU27", on="China")
    there, back = answer.directions
    assert [(d.dependent, d.provider) for d in answer.directions] == [("EU27", "CHN"), ("CHN", "EU27")]
    assert [group.channel for group in there.channels] == [
        "input",
        "knowledge",
        "market",
        "research",
        "standards",
        "permission",
    ]
    assert (remarks(there), remarks(back, "knowledge")) == ({"d1": None}, {"d2": None})


def test_a_channel_without_an_edge_is_unknown_and_not_none(book_of):
    (direction,) = questions.dependencies(book_of(dependencies=[{}]), "widgets").directions
    states = {group.channel: (group.state, group.remark) for group in direction.channels}
    assert states["input"] == ("present", None)
    assert states["market"] == ("unknown", "nothing recorded: unknown, not none")


@pytest.mark.parametrize(
    ("presences", "state"),
    [
        (["none"], "none"),
        (["unknown"], "unknown"),
        (["none", "unknown"], "unknown"),
        (["none", "present"], "present"),
    ],
)
def test_a_channel_is_none_only_when_every_edge_says_so(book_of, presences, state):
    (direction,) = questions.dependencies(
        book_of(dependencies=[{"presence": presence} for presence in presences])
    ).directions
    assert direction.channels[0].state == state
    assert direction.channels[0].unknown == presences.count("unknown")


def test_regions_understand_membership_and_say_so(book_of):
    rows = [
        {"dependent": "EU27"},
        {"dependent": "EU27_UK"},
        {"dependent": "NLD"},
        {"dependent": "GBR"},
        {"dependent": "world"},
        {"dependent": "USA"},
    ]
    there, _ = questions.dependencies(book_of(dependencies=rows), of="EU27", on="CHN").directions
    assert remarks(there) == {
        "d1": None,
        "d2": "stated for EU27_UK, which also counts GBR",
        "d3": "stated for NLD, a member of EU27",
        "d5": "stated for the whole world",
    }


def test_membership_is_that_of_the_period(book_of):
    rows = [{"dependent": "EU", "period": "2018"}, {"dependent": "EU", "period": "2023"}]
    there, _ = questions.dependencies(book_of(dependencies=rows), of="EU27").directions
    assert remarks(there) == {
        "d1": "stated for EU, which also counts GBR",
        "d2": "stated for EU, the same members at the time",
    }


def test_an_organisation_answers_under_any_name_and_for_its_home(book_of):
    book = book_of(
        actors=[{"id": "actor-asml", "name": "ASML", "aliases": "Advanced Lithography; 阿斯麦", "home": "NLD"}],
        dependencies=[
            {"dependent": "CHN", "provider": "actor:asml"},
            {"dependent": "CHN", "provider": "actor:advanced-lithography"},
        ],
    )
    for name in ("ASML", "actor:asml", "阿斯麦", "Advanced Lithography"):
        there, _ = questions.dependencies(book, of="CHN", on=name).directions
        assert remarks(there) == {"d1": None, "d2": None}
    there, _ = questions.dependencies(book, on="EU27").directions
    assert remarks(there)["d1"] == "stated for ASML, which is at home in NLD, a member of EU27"


def test_what_holds_for_the_world_does_not_answer_for_an_organisation(book_of):
    book = book_of(actors=[{"name": "ASML", "home": "NLD"}], dependencies=[{"dependent": "world"}])
    there, _ = questions.dependencies(book, of="ASML").directions
    assert remarks(there) == {}


def test_an_unknown_party_names_the_nearest(book_of):
    with pytest.raises(StraitsError, match=r"no party 'Chnia': did you mean .*China"):
        questions.dependencies(book_of(), of="Chnia")


# -- actors, events, and what authors judged -----------------------------------------------------------------


def test_actors_are_filtered_by_home_with_membership_kind_and_priority(book_of):
    rows = [
        {"name": "Alpha", "home": "NLD"},
        {"name": "Beta", "home": "CHN", "kind": "university"},
        {"name": "Gamma", "home": "CHN", "priority": "full"},
    ]
    book = book_of(actors=rows)
    assert [actor.name for actor in questions.actors(book, home="EU27")] == ["Alpha"]
    assert [actor.name for actor in questions.actors(book, kind="university")] == ["Beta"]
    assert [actor.name for actor in questions.actors(book, priority="full")] == ["Gamma"]
    with pytest.raises(StraitsError, match="no kind of actor 'univercity': did you mean university"):
        questions.actors(book, kind="univercity")


def test_records_of_one_organisation_know_each_other(book_of):
    book = book_of(actors=[{"name": "Alpha"}, {"name": "Alpha Works", "aliases": "alpha"}, {"name": "Beta"}])
    assert [actor.same for actor in questions.actors(book)] == [("a2",), ("a1",), ()]
    assert [actor.id for actor in questions.actors(book, name="Alpha Works")] == ["a1", "a2"]


def test_events_are_sorted_by_date_and_filtered_by_it(book_of):
    rows = [
        {"announced": "2023-05"},
        {"announced": "", "in_force": "2021"},
        {"announced": "2023-01-15", "in_force": "2020-12"},
        {"announced": "2024"},
    ]
    book = book_of(events=rows)
    assert [(event.id, event.date) for event in questions.events(book)] == [
        ("v3", "2020-12"),
        ("v2", "2021"),
        ("v1", "2023-05"),
        ("v4", "2024"),
    ]
    assert [event.id for event in questions.events(book, since="2021-06", until="2023")] == ["v2", "v1"]
    assert [event.id for event in questions.events(book, since="2023-06")] == ["v4"]
    with pytest.raises(StraitsError, match="'May 2023' is not a date"):
        questions.events(book, since="May 2023")


def test_events_are_filtered_by_whom_they_hit(book_of):
    book = book_of(events=[{"targets": "NLD; JPN"}, {"targets": "USA"}, {"actors": "EU27"}])
    assert [event.id for event in questions.events(book, target="EU27")] == ["v1"]
    assert [event.id for event in questions.events(book, actor="EU27")] == ["v3"]


def test_judgements_keep_lost_cells_as_unknown(book_of):
    cells = [
        {"outcome": "supply_resilience", "level": 3},
        {"outcome": "national_security", "unknown": "cell is blank"},
    ]
    row = {
        "id": "j1",
        "scorecard": "four_dimensions",
        "subject": "widgets",
        "dependent": "EU27",
        "provider": "CHN",
        "cells": cells,
        "source": "made-up",
        "locator": "table 1",
    }
    (found,) = questions.judgements(book_of(judgements=[row]), "widgets", scorecard="four_dimensions")
    assert [(cell.outcome, cell.level, cell.unknown) for cell in found.cells] == [
        ("supply_resilience", 3, None),
        ("national_security", None, "cell is blank"),
    ]


def test_strengths_instruments_traps_and_losses_of_a_subject(book_of):
    book = book_of(
        strengths=[{}, {"holder": "CHN", "sign": "weakness"}],
        instruments=[{"dimensions": "supply_resilience"}, {"ambition": "curtailment"}],
        traps=[{}],
        lost=[{}, {"subject": "widgets/mould"}],
    )
    assert [item.sign for item in questions.strengths(book, "widgets", holder="China")] == ["weakness"]
    assert [item.id for item in questions.instruments(book, dimension="supply_resilience")] == ["i1"]
    assert [item.id for item in questions.instruments(book, ambition="curtailment")] == ["i2"]
    assert [item.id for item in questions.traps(book, "widgets")] == ["t1"]
    assert [item.id for item in questions.lost(book, "mould")] == ["l2"]


def test_a_source_without_author_is_cited_by_editor_or_publisher(book_of):
    entry = {**SOURCE, "author": [], "publisher": "Widget Office"}
    (item,) = questions.evidence(book_of(sources=[entry], evidence=[{}]), "widgets").evidence
    assert item.source.citation == "Widget Office 2024, 'On widgets'"


def test_what_the_world_needs_of_a_party_is_no_dependency_of_that_party(shipped):
    first, second = questions.dependencies(shipped, "gallium", of="CHN").directions
    own = [edge for channel in first.channels for edge in channel.edges]
    assert own
    assert all(edge.provider != "CHN" for edge in own)
    assert any(edge.dependent == "world" for channel in second.channels for edge in channel.edges)
