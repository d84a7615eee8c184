"""``straits controls``: the register and the effect of a control, in text and JSON; mistakes get one sentence."""

import json

import pytest


def told(straits_command, *arguments):
    ran = straits_command("controls", *arguments, "--json")
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


@pytest.fixture
def flows(shared):
    (file,) = (shared / "data" / "china_graphite_exports_monthly_2017_2024").glob("*.csv")
    return str(file)


@pytest.mark.parametrize(
    "arguments",
    [
        ("list",),
        ("list", "--state", "CHN", "--kind", "licence"),
        ("show", "CN-2023-39"),
        ("timeline", "--since", "2023"),
        ("covers", "250410"),
        ("search", "lithography"),
        ("threshold", "--nand-layers", "128"),
        ("coverage", "--of", "EU27", "--on", "CHN", "--years", "2023"),
    ],
)
def test_every_question_answers_in_text_and_json(straits_command, arguments):
    ran = straits_command("controls", *arguments)
    assert ran.code == 0 and ran.out.strip(), ran.err
    assert told(straits_command, *arguments)


def test_where_sources_differ_on_a_threshold_both_are_shown(straits_command):
    found = told(straits_command, "threshold", "--nand-layers", "128")
    assert found["verdict"] == "sources differ"
    assert {rule["caught"] for rule in found["rules"]} >= {True, False}


@pytest.mark.data
def test_the_effect_on_graphite_has_the_documented_shape(straits_command, flows):
    found = told(straits_command, "effect", "CN-2023-39", "--product", "250410", "--flows", flows)
    assert {
        "measure",
        "product",
        "front_loading",
        "drop",
        "rebound",
        "price",
        "destinations",
        "notes",
        "sources",
    } <= set(found)
    assert found["drop"]["estimate"] > 0.75
    low, high = found["drop"]["interval"]
    assert low < found["drop"]["estimate"] < high
    states = {row["partner"]: row for row in found["destinations"]}
    assert "2023-12" in states["USA"]["zero_months"]
    text = straits_command("controls", "effect", "CN-2023-39", "--product", "250410", "--flows", flows).out
    assert "Certainty:" in text and "normal months" in text


@pytest.mark.data
def test_it_refuses_to_speak_of_gallium_from_a_basket(straits_command, flows):
    ran = straits_command("controls", "effect", "CN-2023-23", "--product", "811292", "--flows", flows)
    assert ran.code == 2
    assert "8112.92 is a basket: it pools gallium, germanium" in ran.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("show", "CN-2023-93"), "did you mean"),
        (("list", "--date", "2023-13-01"), "--date 2023-13-01: write YYYY-MM-DD"),
        (("threshold",), "no figure given"),
        (("effect", "CN-2002-MISSILES", "--product", "250410", "--flows", "x.csv"), "needs the day"),
    ],
)
def test_mistakes_get_one_sentence(straits_command, arguments, sentence):
    ran = straits_command("controls", *arguments)
    assert ran.code == 2
    assert sentence in ran.err
