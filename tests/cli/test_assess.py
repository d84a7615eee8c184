"""The commands of step 2 to 4: assess, explain, compare, instruments, scenario; JSON has the documented shape."""

import json

import pytest


def told(straits_command, *arguments):
    ran = straits_command(*arguments, "--json")
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def test_assess_lists_levels_still_possible_reasons_unknowns_and_sources(straits_command):
    found = told(straits_command, "assess", "lithography")
    assert list(found) == [
        "subject", "outcomes", "challenges", "because", "unknowns", "conflicts", "derived", "sources",
    ]  # fmt: skip
    assert found["subject"] == "lithography"
    assert list(found["outcomes"]["ambition"]) == [
        "threat_prevention", "ability_to_deny", "ability_to_act", "curtailment",
    ]  # fmt: skip
    assert set(found["outcomes"]["four_dimensions"]) == {
        "supply_resilience", "national_security", "values_sustainability", "competitiveness",
    }  # fmt: skip
    for levels in found["outcomes"]["four_dimensions"].values():
        assert levels and set(levels) <= {"1", "2", "3", "4"}
    assert {"degree_of_leverage"} <= set(found["outcomes"]["leverage"])
    for reason in found["because"]:
        assert reason["passage"]["source"] and reason["because"]
        assert reason["standing"] in ("in force", "possible")
    assert all(source["citation"] for source in found["sources"])


def test_assess_tells_what_the_chains_say_beside_and_names_their_sources(straits_command):
    found = told(straits_command, "assess", "gallium", "--protocol", "leverage")
    assert {one["basis"] for one in found["derived"]["evidence"]} == {"derived"}
    cited = {place["source"] for one in found["derived"]["evidence"] for place in one["sources"]}
    assert cited and cited <= {source["id"] for source in found["sources"] if "derived" in source["used_for"]}
    assert all(len(levels) > 1 for levels in found["outcomes"]["leverage"].values())
    text = straits_command("assess", "gallium", "--protocol", "leverage").out
    assert "What the chains say (EU27 depending on CHN; derived, not judged" in text


def test_one_protocol_can_be_asked_for_even_without_answers(straits_command):
    found = told(straits_command, "assess", "gallium", "--protocol", "lock_in")
    assert list(found["outcomes"]) == ["lock_in"]
    assert all(len(levels) > 1 for levels in found["outcomes"]["lock_in"].values())


def test_supposing_an_answer_narrows_as_it_was_foretold(straits_command):
    found = told(straits_command, "assess", "lithography", "--protocol", "leverage")
    first = next(one for one in found["unknowns"] if one["taken_from"] is None)
    for level, then in first["would"].items():
        settled = told(
            straits_command, "assess", "lithography", "--protocol", "leverage", "--suppose",
            f"leverage.{first['question']}={level}",
        )  # fmt: skip
        assert {name: settled["outcomes"]["leverage"][name] for name in then} == then


def test_weights_on_one_protocol_do_not_clash_with_what_is_supposed_of_another(straits_command, tmp_path):
    path = tmp_path / "weights.yaml"
    path.write_text(
        "protocol: four_dimensions\nweights: {national_security: 2, competitiveness: 1}\n", encoding="utf-8"
    )
    ran = straits_command("assess", "smart-city", "--weights", str(path), "--suppose", "lock_in.switching_cost=high")
    assert ran.code == 0, ran.err


def test_a_folder_of_answers_on_an_unknown_subject_is_refused(straits_command, tmp_path):
    sheet = tmp_path / "answers" / "litography" / "leverage.yaml"
    sheet.parent.mkdir(parents=True)
    sheet.write_text("protocol: leverage\nsubject: litography\nanswers: {substitutability: low}\n", encoding="utf-8")
    for command in (("assess", "lithography"), ("heatmap",)):
        ran = straits_command(*command, "--assessments", str(tmp_path))
        assert ran.code == 2
        assert (
            "litography/leverage.yaml: no subject in the casebook 'litography': did you mean lithography " in ran.err
        )


def test_explain_shows_the_records_behind_an_outcome(straits_command):
    found = told(straits_command, "explain", "lithography", "--outcome", "curtailment")
    assert set(found) >= {"outcomes", "because", "nearly", "unknowns", "conflicts", "evidence", "sources"}
    assert all(not one["missing"] and one["source"] for one in found["evidence"])
    text = straits_command("explain", "lithography", "--outcome", "curtailment").out
    assert "Rules in force" in text and "passage:" in text


def test_compare_carries_the_caveat(straits_command):
    ran = straits_command("compare", "lithography", "blockchain")
    assert "Scores rank concerns within one technology" in ran.out
    assert "caveat" in told(straits_command, "compare", "lithography", "blockchain")


def test_the_heat_map_has_a_mark_for_every_concern_and_the_caveat(straits_command):
    found = told(straits_command, "heatmap")
    assert "yardstick" in found["caveat"]
    for name, dimensions in found["technologies"].items():
        challenges = told(straits_command, "assess", name, "--protocol", "four_dimensions")["challenges"]
        assert sum(len(marks) for marks in dimensions.values()) == len(challenges)
    assert "Blockchain" in straits_command("heatmap").out


def test_instruments_name_reasons_and_price(straits_command):
    found = told(straits_command, "instruments", "blockchain", "--dimension", "national_security")
    (aim,) = found["aims"]
    assert aim["id"] == "national_security"
    assert aim["instruments"]
    for one in aim["instruments"]:
        assert one["reasons"] and one["price"]
    here = [one for one in aim["instruments"] if one["recommended_here"]]
    assert aim["instruments"][: len(here)] == sorted(here, key=lambda one: -len(one["recommended_here"]))


def test_scenario_says_where_the_signposts_point_and_which_are_unknown(straits_command):
    found = told(straits_command, "scenario", "lithography")
    assert [axis["axis"] for axis in found["axes"]] == ["beijing", "europe"]
    for axis in found["axes"]:
        posts = [post for post in found["signposts"] if post["axis"] == axis["axis"]]
        assert sum(axis["signposts"].values()) + axis["mixed"] + axis["neither"] + axis["unknown"] == len(posts)
    assert len(found["scenarios"]) == 4


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("assess", "lithografy"), "no subject 'lithografy': did you mean"),
        (("assess", "lithography", "--protocol", "levrage"), "no protocol 'levrage': did you mean leverage"),
        (("assess", "lithography", "--suppose", "leverage"), "write PROTOCOL.QUESTION=LEVEL"),
        (("explain", "lithography", "--outcome", "curtailmnt"), "no outcome 'curtailmnt': did you mean curtailment"),
        (("instruments", "lithography", "--dimension", "securty"), "no dimension 'securty'"),
        (("instruments", "lithography", "--ambition", "curtail"), "no level of ambition 'curtail'"),
        (("assess", "lithography", "--assessments", "/nowhere/at/all"), "no folder /nowhere/at/all"),
        (("new", "protocol", "My Test"), "'My Test' is no name of a protocol"),
    ],
)
def test_mistakes_get_one_sentence_and_exit_code_2(straits_command, command, sentence):
    ran = straits_command(*command)
    assert ran.code == 2
    assert sentence in ran.err
