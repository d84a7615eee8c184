"""Each check finds its fault in a casebook of a few rows, and nothing in one where all is well."""

from __future__ import annotations

import pytest

from casebook.made_up import SOURCE, write
from straits.casebook.checks import check, found_traps
from straits.casebook.findings import Settings
from straits.casebook.grades import Grades, grade_of_source
from straits.casebook.load import load
from straits.casebook.traps import mark_found
from straits.vocabulary.errors import StraitsError


def told(book, *checks):
    """``level check: records`` of the findings of these checks."""
    return [f"{one.level} {one.check}: {' '.join(one.records)}" for one in check(book) if one.check in checks]


# -- the shipped casebook ------------------------------------------------------------------------------------


def test_the_shipped_casebook_has_no_errors(shipped):
    assert [one.sentence for one in check(shipped) if one.level == "error"] == []


def test_every_warning_is_one_sentence_on_records_that_exist(shipped):
    for one in check(shipped):
        assert one.sentence.endswith("."), one
        assert one.records, one
        assert all(shipped.get(name) for name in one.records), one


def test_the_findings_are_the_same_every_time(shipped):
    assert check(shipped) == check(shipped)


# -- units ---------------------------------------------------------------------------------------------------


def test_a_unit_outside_the_vocabulary_is_an_error(book_of):
    assert told(book_of(evidence=[{"unit": "parsecs"}, {"unit": "USD"}]), "unit") == ["error unit: e1"]


def test_a_number_without_its_currency_is_a_warning(book_of):
    assert told(book_of(evidence=[{"unit": "unknown currency"}]), "unit") == ["warning unit: e1"]


def test_a_part_of_a_whole_lies_between_0_and_100(book_of):
    rows = [
        {"value": "101"},
        {"value": "101", "basis": "derived"},
        {"value": ">90"},
        {"value": "120", "indicator": "growth of the share"},
    ]
    assert told(book_of(evidence=rows), "unit") == ["error unit: e2", "warning unit: e1"]


def test_one_number_in_two_currencies_is_a_warning(book_of):
    rows = [
        {"value": "1.5e11", "unit": "RMB"},
        {"value": "1.5e11", "unit": "USD", "period": "2020"},
        {"value": "9", "unit": "EUR"},
    ]
    assert told(book_of(evidence=rows), "unit") == ["warning unit: e1 e2"]


# -- sums and implied values ---------------------------------------------------------------------------------


def shares(*values: str, **more: str) -> list[dict[str, str]]:
    return [
        {"value": value, "actors": actor, "locator": "table 1", **more}
        for value, actor in zip(values, "ABCDEFG", strict=False)
    ]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (("40", "35", "20"), True),
        (("40", "35", "25"), False),
        (("40.3", "35.5", "9.9", "8.9"), True),
        (("40", "20", "10"), False),
        (("55", "40"), False),
        (("33.3", "33.3", "33.4"), False),
    ],
    ids=["95", "100", "94.6", "70 is no whole", "two are no set", "100 with decimals"],
)
def test_shares_of_one_table_that_nearly_make_a_whole_must_make_it(book_of, values, found):
    book = book_of(evidence=shares(*values))
    assert told(book, "sum") == (
        [f"warning sum: {' '.join(f'e{n}' for n in range(1, len(values) + 1))}"] if found else []
    )


def test_shares_of_different_tables_or_years_are_no_whole(book_of):
    rows = shares("40", "35", "20")
    rows[0]["locator"] = "table 2"
    assert told(book_of(evidence=rows), "sum") == []


def test_a_sum_says_whether_rounding_may_explain_it(book_of):
    (one,) = [f for f in check(book_of(evidence=shares("93.6", "3.8", "2.5", "0.2"))) if f.check == "sum"]
    assert one.sentence == "4 shares (share of world production) add up to 100.1 %: rounding may explain it."


def test_a_share_is_compared_with_its_counts_without_being_told(book_of):
    count = {"indicator": "patents", "unit": "count"}
    rows = [
        {**count, "value": "59"},
        {**count, "value": "198", "actors": "world"},
        {"indicator": "share of patents", "value": "35"},
    ]
    assert told(book_of(evidence=rows), "implied value") == ["warning implied value: e3 e1 e2"]
    rows[2]["value"] = "29.8"
    assert told(book_of(evidence=rows), "implied value") == []


def test_a_relation_of_the_source_that_does_not_hold_is_a_warning_and_of_ours_an_error(book_of):
    rows = [
        {"value": "40", "unit": "count"},
        {"value": "60", "unit": "count"},
        {"value": "90", "unit": "count"},
        {"value": "90", "unit": "count", "basis": "derived"},
    ]
    relations = [
        {"result": "e3", "inputs": "e1; e2"},
        {"result": "e4", "inputs": "e1; e2", "note": "Both together."},
        {"result": "100", "inputs": "e1; e2"},
    ]
    book = book_of(evidence=rows, relations=relations)
    assert told(book, "sum") == ["error sum: e4 e1 e2", "warning sum: e3 e1 e2"]
    assert [one.sentence for one in check(book) if one.level == "error"] == [
        "Share of world production (widgets) is 90, but the parts add up to 100 (Both together)."
    ]


def test_a_relation_on_words_is_an_error(book_of):
    book = book_of(evidence=[{"value": "text:many", "unit": ""}], relations=[{"result": "e1", "inputs": "7"}])
    assert told(book, "sum") == ["error sum: r1 e1"]


def test_a_relation_may_use_the_degree_of_a_dependency(book_of):
    book = book_of(
        evidence=[{}],
        dependencies=[{"degree": "60", "unit": "%"}],
        relations=[{"kind": "equal", "result": "d1", "inputs": "e1"}],
    )
    assert told(book, "contradiction") == ["warning contradiction: d1 e1"]


# -- contradictions ------------------------------------------------------------------------------------------


def pair(**second: str) -> list[dict[str, str]]:
    """Two accounts of one thing at two places, 20 % and what the second row says."""
    return [{"value": "20", "locator": "page 3"}, {"value": "84", "locator": "page 9", **second}]


def test_two_accounts_of_one_thing_that_exclude_each_other_are_found(book_of):
    book = book_of(evidence=pair())
    assert told(book, "contradiction") == ["warning contradiction: e1 e2"]
    assert check(book)[0].sentence == "Share of world production (widgets) is 20 % (e1), but 84 % (e2)."


@pytest.mark.parametrize(
    "second",
    [
        {"value": ">10"},
        {"value": "~20.5"},
        {"period": "2021"},
        {"actors": "USA"},
        {"indicator": "share of world imports"},
        {"unit": "ratio"},
        {"scope": "share=ownership"},
        {"locator": "page 3"},
        {"basis": "derived"},
        {"value": "unknown:lost"},
    ],
    ids=lambda second: ",".join(second.values()),
)
def test_accounts_that_can_both_be_true_are_left_alone(book_of, second):
    assert told(book_of(evidence=pair(**second)), "contradiction") == []


def test_rows_of_one_table_are_a_breakdown_unless_they_cite_different_origins(book_of):
    table = {"locator": "table 2, text line 7"}
    assert told(book_of(evidence=pair(**table)[1:] + pair(**table)[1:]), "contradiction") == []
    rows = [{"value": "20", "origin": "Zhai 2021", **table}, {"value": "84", "origin": "Gulley 2018", **table}]
    assert told(book_of(evidence=rows), "contradiction") == ["warning contradiction: e1 e2"]


def test_a_relation_can_say_that_two_records_are_distinct(book_of):
    book = book_of(evidence=pair(), relations=[{"kind": "distinct", "result": "e1", "inputs": "e2"}])
    assert told(book, "contradiction") == []


def test_levels_that_differ_contradict_but_words_do_not(book_of):
    level = {"unit": "", "value": "level:low"}
    assert told(
        book_of(evidence=[{**level, "locator": "page 3"}, {**level, "value": "level:high"}]), "contradiction"
    ) == ["warning contradiction: e1 e2"]
    assert (
        told(
            book_of(evidence=[{**level, "locator": "page 3", "value": "text:few"}, {**level, "value": "text:some"}]),
            "contradiction",
        )
        == []
    )


def test_a_dependency_that_one_record_finds_and_another_denies_is_found(book_of):
    book = book_of(
        dependencies=[{}, {"presence": "none"}, {"presence": "unknown"}, {"presence": "none", "channel": "market"}]
    )
    assert told(book, "contradiction") == ["warning contradiction: d1 d2"]


def test_a_contradiction_that_a_link_declares_is_told_once(book_of):
    words = [{"value": "text:behind", "unit": ""}, {"value": "text:ahead", "unit": "", "links": "contradicts:e1"}]
    assert told(book_of(evidence=words), "contradiction", "linked contradiction") == [
        "warning linked contradiction: e1 e2"
    ]
    numbers = pair(links="contradicts:e1")
    assert told(book_of(evidence=numbers), "contradiction", "linked contradiction") == [
        "warning contradiction: e1 e2"
    ]


# -- comparability -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("time=annual", "time=cumulative"),
        ("counting=filings", "counting=grants"),
        ("users=accounts", "users=individuals"),
        ("share=location", "share=ownership"),
        ("stage=mining", "stage=refining"),
    ],
)
def test_numbers_of_one_series_with_different_scopes_are_not_comparable(book_of, first, second):
    rows = [{"scope": first, "period": "2020"}, {"scope": second, "period": "2022"}]
    assert told(book_of(evidence=rows), "comparability") == ["warning comparability: e1 e2"]
    assert told(book_of(evidence=[{**row, "scope": first} for row in rows]), "comparability") == []
    distinct = [{"kind": "distinct", "result": "e1", "inputs": "e2"}]
    assert told(book_of(evidence=rows, relations=distinct), "comparability") == []


def test_linked_records_with_different_scopes_are_not_comparable(book_of):
    rows = [
        {"scope": "time=annual", "indicator": "sales"},
        {"scope": "time=cumulative", "indicator": "turnover", "links": "supports:e1"},
    ]
    assert told(book_of(evidence=rows), "comparability") == ["warning comparability: e1 e2"]


def test_shares_by_place_and_by_owner_stand_apart(book_of):
    rows = [
        {"scope": "share=location", "indicator": "share of capacity"},
        {"scope": "share=ownership", "indicator": "share of the market"},
    ]
    assert told(book_of(evidence=rows), "comparability") == ["warning comparability: e1 e2"]


def test_two_firms_counted_in_two_ways_are_not_comparable(book_of):
    rows = [
        {"indicator": "patents", "unit": "count", "actors": actor, "scope": f"counting={way}"}
        for actor, way in (("actor:a", "families"), ("actor:b", "applications"))
    ]
    assert told(book_of(evidence=rows), "comparability") == ["warning comparability: e1 e2"]


def test_a_volume_in_which_europe_means_several_things_is_told_once(book_of):
    rows = [
        {"scope": "europe=EU27"},
        {"scope": "europe=EU27", "subject": "widgets/mould"},
        {"scope": "europe=EU27_UK", "indicator": "imports"},
    ]
    book = book_of(evidence=rows)
    assert told(book, "comparability") == ["warning comparability: e1 e3"]
    assert "EU27 (2), EU27_UK (1)" in check(book)[0].sentence


# -- number formats, dates, age ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "note", ["Printed as 17.070 million.", "Printed 34,7.", "The text prints 6.,36.", "Printed 1^12."]
)
def test_a_number_printed_in_a_form_of_two_readings_is_found(book_of, note):
    assert told(book_of(evidence=[{"note": note}]), "number format") == ["warning number format: e1"]


@pytest.mark.parametrize(
    "note", ["Printed 17,070 million.", "Printed 34.7.", "48.8e9 / 1.086^5", "Section 3.125 of the law.", None]
)
def test_plain_numbers_and_our_own_sums_are_left_alone(book_of, note):
    assert told(book_of(evidence=[{"note": note or ""}]), "number format") == []


def test_a_share_without_a_year_is_found_but_not_a_constant_a_target_or_one_whose_source_is_dated(book_of):
    others = [
        {"unit": "nm"},
        {"indicator": "target share"},
        {"basis": "derived"},
        {"origin": "Office 2022"},
        {"unit": "count"},
    ]
    rows = [{"period": ""}, *({"period": "", **other} for other in others)]
    assert told(book_of(evidence=rows), "date") == ["warning date: e1"]


def test_a_state_of_things_after_its_source_is_found_but_not_a_forecast(book_of):
    rows = [
        {"period": "2020", "origin": "Office 2019"},
        {"period": "2020", "origin": "Office 2019", "indicator": "share, forecast"},
        {"period": "2030", "origin": "Office 2019"},
    ]
    assert told(book_of(evidence=rows), "date") == ["warning date: e1"]


def test_an_event_dated_in_two_ways_is_found_but_not_in_two_precisions(book_of):
    rows = [
        {"announced": "2022-05"},
        {"announced": "2022"},
        {"announced": "2021"},
        {"announced": "2020", "title": "Another law"},
    ]
    assert told(book_of(events=rows), "date") == ["warning date: v1 v3", "warning date: v2 v3"]


def test_an_event_in_force_before_it_is_announced_is_found(book_of):
    assert told(
        book_of(
            events=[
                {"announced": "2022-05", "in_force": "2021"},
                {"announced": "2022-05", "in_force": "2022", "title": "Other law"},
            ]
        ),
        "date",
    ) == ["warning date: v1"]


def test_old_sources_and_old_shares_are_found_after_the_years_of_the_settings(book_of):
    rows = [
        {"origin": "Office 2018"},
        {"origin": "Office 2019"},
        {"period": "2018"},
        {"period": "2019", "indicator": "share of imports"},
    ]
    assert told(book_of(evidence=rows), "stale") == ["warning stale: e1"]
    assert told(book_of(evidence=rows[2:]), "stale") == ["warning stale: e1"]


# -- grades --------------------------------------------------------------------------------------------------


def test_a_strong_dependency_needs_more_than_press(book_of):
    evidence = [{"origin_grade": "press"}, {"origin_grade": "peer-reviewed"}]
    edges = [
        {"evidence": "e1"},
        {"evidence": "e1; e2"},
        {"evidence": "e1", "strength": "low"},
        {"evidence": "e1", "presence": "none"},
    ]
    assert told(book_of(evidence=evidence, dependencies=edges), "grade") == ["warning grade: d1 e1"]


def test_numbers_that_nobody_answers_for_are_told_by_their_origin(book_of):
    rows = [
        {"origin_grade": "social media", "origin": "a post"},
        {"origin_grade": "social media", "origin": "a post"},
        {"origin_grade": "press"},
    ]
    assert told(book_of(evidence=rows), "grade") == ["warning grade: e1 e2"]


def test_of_two_contradicting_records_the_weaker_source_is_named(book_of):
    rows = [
        {"origin_grade": "official statistics"},
        {"origin_grade": "press", "links": "contradicts:e1", "value": "9"},
    ]
    assert told(book_of(evidence=rows), "grade") == ["warning grade: e1 e2"]


def test_a_grade_that_is_none_is_an_error_on_records_and_sources(book_of):
    book = book_of(sources=[{**SOURCE, "custom": {"grade": "hearsay"}}], evidence=[{"origin_grade": "rumour"}])
    assert [one.sentence for one in check(book) if one.level == "error"] == [
        "Source made-up has the grade 'hearsay', which grades.yaml does not list.",
        "'rumour' is not a grade of grades.yaml.",
    ]


def test_grades_run_from_financial_report_to_social_media():
    order = [
        "financial report",
        "official statistics",
        "peer-reviewed",
        "think tank",
        "broker or prospectus",
        "press",
        "social media",
    ]
    ranks = [Grades.read().rank(kind) for kind in order]
    assert ranks == sorted(ranks) == list(range(1, 8))
    assert {Grades.read().rank(kind) for kind in ("anonymous", "social media", "retracted")} == {7}
    with pytest.raises(StraitsError, match="did you mean press"):
        Grades.read().rank("pres")


def test_grades_and_settings_can_be_replaced(book_of, tmp_path):
    own = tmp_path / "grades.yaml"
    own.write_text(
        "grades: [{rank: 1, kinds: [press]}, {rank: 2, kinds: [think tank]}]\nenough_for_strength: {high: 1}\n"
    )
    book = book_of(evidence=[{"origin_grade": "press"}], dependencies=[{"evidence": "e1"}])
    assert [one for one in check(book, Settings.read(grades=Grades.read(own))) if one.check == "grade"] == []
    own.write_text("grades: none\n")
    with pytest.raises(StraitsError, match=r"grades\.yaml: not a file of grades"):
        Grades.read(own)
    with pytest.raises(StraitsError, match=r"grades\.yaml: not a file of check settings"):
        Settings.read(own)


def test_a_source_without_grade_is_unknown():
    assert grade_of_source({"id": "x"}) is None


# -- names, parties, levels, lost content --------------------------------------------------------------------


def test_one_organisation_in_two_homes_is_found(book_of):
    book = book_of(
        actors=[{"name": "Hako", "home": "USA"}, {"name": "HAKO", "home": "DEU"}, {"name": "Hako", "home": "unknown"}]
    )
    assert told(book, "identity") == ["warning identity: a1 a2 a3"]


def test_names_that_differ_in_one_letter_are_found(book_of):
    book = book_of(
        actors=[
            {"name": "China Telecom"},
            {"name": "China Teleco"},
            {"name": "China Mobile"},
            {"name": "BAIC Motor"},
            {"name": "SAIC Motor"},
        ]
    )
    assert told(book, "identity") == ["warning identity: a1 a2"]


def test_a_word_of_two_alphabets_is_found(book_of):
    book = book_of(
        evidence=[
            {"statement": "A country code written \u0421H in the table."},
            {"statement": "光刻 and Änderung are fine."},
        ]
    )
    assert told(book, "label") == ["warning label: e1"]


def test_a_party_that_nobody_knows_is_an_error(book_of):
    edges = [
        {"dependent": "actor:nobody"},
        {"provider": "XYZ"},
        {"dependent": "actor:widget-works"},
        {"provider": "world"},
    ]
    assert told(book_of(actors=[{}], dependencies=edges), "party") == ["error party: d1", "error party: d2"]


def judgement(locator: str, **cell: object) -> dict[str, object]:
    return {
        "id": "j1",
        "scorecard": "ambition",
        "subject": "widgets",
        "dependent": "CHN",
        "provider": "EU27_UK",
        "source": "made-up",
        "locator": locator,
        "cells": [{"outcome": "curtailment", **cell}],
    }


def test_a_level_outside_its_scale_is_an_error(book_of):
    assert told(book_of(judgements=[judgement("table 1", level="certain")]), "level") == ["error level: j1"]
    assert told(book_of(judgements=[judgement("table 1", level="high")]), "level") == []


LOST = [{"what": "Figure 9: widgets by country", "locator": "figure 9, text line 20"}]


@pytest.mark.parametrize(
    ("row", "filled"),
    [
        ({"locator": "figure 9, text line 20"}, True),
        ({"locator": "Figure 9"}, True),
        ({"locator": "figure 9, text line 20", "value": "level:high", "unit": ""}, True),
        ({"locator": "figure 9, text line 22"}, False),
        ({"locator": "figure 8, text line 20"}, False),
        ({"locator": "figure 9, text line 20", "value": "unknown:image", "unit": ""}, False),
    ],
)  # fmt: skip
def test_a_number_at_a_lost_figure_is_an_error(book_of, row, filled):
    assert told(book_of(evidence=[row], lost=LOST), "lost") == (["error lost: e1 l1"] if filled else [])


def test_a_lost_part_of_a_table_leaves_its_other_numbers_alone(book_of):
    lost = [{"what": "Table 9: colours of the rows", "locator": "table 9, text line 20"}]
    assert told(book_of(evidence=[{"locator": "table 9, text line 20"}], lost=lost), "lost") == []


def test_a_level_at_a_lost_scorecard_and_a_mark_of_lost_priorities_are_errors(book_of):
    lost = [
        {"what": "Scorecard 2: feasibility ratings", "locator": "scorecard 2, text line 5"},
        {"what": "Priorities of the actors", "locator": "figure 3, text lines 30-40"},
    ]
    book = book_of(
        lost=lost,
        judgements=[judgement("scorecard 2, text line 5", level="high")],
        actors=[
            {"priority": "full", "locator": "figure 3, text line 33"},
            {"priority": "lost", "locator": "figure 3, text line 34"},
        ],
    )
    assert told(book, "lost") == ["error lost: a1 l2", "error lost: j1 l1"]


# -- which traps are found -----------------------------------------------------------------------------------


def test_a_trap_is_found_by_a_finding_of_its_kind_on_its_records(book_of):
    rows = shares("40", "35", "20")
    traps = [
        {"kind": "sum", "records": "e1; e2; e3"},
        {"kind": "sum", "records": "e1"},
        {"kind": "unit", "records": "e1; e2"},
        {"kind": "sum", "records": "e1; e2", "why_not": "Nobody can."},
        {"kind": "sum"},
    ]
    book = book_of(evidence=rows, traps=traps)
    assert found_traps(book, check(book)) == {"t1": "sum", "t2": "sum"}


def test_a_comparison_must_touch_two_records_of_a_trap(book_of):
    book = book_of(
        evidence=[*pair(), {"value": "7", "indicator": "imports"}],
        traps=[{"kind": "contradiction", "records": "e2; e3"}, {"kind": "contradiction", "records": "e1; e2"}],
    )
    assert found_traps(book, check(book)) == {"t2": "contradiction"}


def test_a_contradiction_that_only_a_link_declares_is_not_found_by_ourselves(book_of):
    rows = [{"value": "text:behind", "unit": ""}, {"value": "text:ahead", "unit": "", "links": "contradicts:e1"}]
    book = book_of(evidence=rows, traps=[{"kind": "contradiction", "records": "e1; e2"}])
    assert found_traps(book, check(book)) == {}


def test_what_is_found_is_written_back_and_what_is_silent_is_named(tmp_path):
    traps = [
        {"kind": "sum", "records": "e1; e2"},
        {"kind": "unit", "found_by": "by hand"},
        {"kind": "unit", "why_not": "Nobody can."},
    ]
    root = write(tmp_path, {"evidence": shares("40", "35", "20"), "traps": traps})
    assert mark_found(root) == ["t2"]
    assert [(trap.id, trap.found_by) for trap in load(root, shipped=False, cache=None).tables["traps"]] == [
        ("t1", "sum"),
        ("t2", None),
        ("t3", None),
    ]
    content = (root / "widgets" / "traps.csv").read_bytes()
    mark_found(root)
    assert (root / "widgets" / "traps.csv").read_bytes() == content
