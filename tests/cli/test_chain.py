"""``straits chain``: the commands answer in text and JSON, and mistakes get one sentence."""

import json

import pytest


def told(straits_command, *arguments):
    ran = straits_command("chain", *arguments, "--json")
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def test_the_shipped_chains_are_listed(straits_command):
    assert "lithography-7nm" in {row["id"] for row in told(straits_command, "list")}


def test_chokepoints_have_the_documented_shape(straits_command):
    found = told(straits_command, "chokepoints", "lithography-7nm", "--for", "CHN")
    assert {"chain", "for", "sets", "concentration", "unknowns"} <= set(found)
    assert any(one["denied"] == ["NLD"] and one["hard"] is True for one in found["sets"])
    for one in found["sets"]:
        assert {"denied", "stops", "output_lost", "hard"} <= set(one)
    for one in found["concentration"]:
        assert set(one) >= {"item", "economies_for_75"}


def test_without_extreme_ultraviolet_scanners_three_of_four_ways_survive(straits_command):
    ran = straits_command("chain", "deny", "lithography-7nm", "--at", "euv-scanner")
    assert "survives First-generation 7 nm logic: SMIC" in ran.out
    assert "lost     First-generation 7 nm logic: Samsung" in ran.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("deny", "lithography-7nm", "--who", "NLD"),
        ("exposure", "lithography-7nm", "--of", "CHN"),
        ("leverage", "lithography-7nm", "--between", "EU27", "CHN"),
        ("relieve", "lithography-7nm", "--for", "CHN", "--on", "NLD"),
        ("show", "lithography-7nm"),
    ],
)
def test_every_question_answers_in_text_and_json(straits_command, arguments):
    ran = straits_command("chain", *arguments)
    assert ran.code == 0 and len(ran.out) > 100, ran.err
    assert told(straits_command, *arguments)["chain"] == "lithography-7nm"


def test_a_new_chain_loads_and_can_be_changed(straits_command, tmp_path):
    ran = straits_command("chain", "new", "my-chain", "--in", str(tmp_path))
    assert ran.code == 0, ran.err
    written = ran.err.partition("wrote ")[2].strip()
    assert straits_command("chain", "show", written, "--svg", str(tmp_path / "my.svg")).code == 0
    assert (tmp_path / "my.svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.data
def test_an_eto_chain_is_imported_with_a_report_and_can_be_asked(straits_command, shared, tmp_path):
    (folder,) = [p.parent for p in (shared / "data" / "eto_semiconductor_supply_chain").rglob("provision.csv")]
    report = told(straits_command, "import-eto", str(folder), "--out", str(tmp_path / "eto"))
    assert {name: sum(report["counts"][name].values()) for name in ("inputs", "provision")} == {
        "inputs": 79,
        "provision": 660,
    }
    ran = straits_command("chain", "chokepoints", str(tmp_path / "eto"), "--for", "CHN", "--by", "economy")
    assert "\n  The Netherlands stops EUV scanners" in ran.out
    sets = told(straits_command, "chokepoints", str(tmp_path / "eto"), "--for", "CHN", "--by", "economy")["sets"]
    assert ["NLD"] in [one["denied"] for one in sets]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("deny", "lithografy", "--who", "NLD"), "lithography-7nm"),
        (("deny", "lithography-7nm"), "takes --who"),
        (("chokepoints", "lithography-7nm", "--for", "CHN", "--by", "city"), "--by city: economy or firm"),
        (("deny", "lithography-7nm", "--who", "NLD", "--reach", "far"), "--reach far"),
    ],
)
def test_mistakes_get_one_sentence(straits_command, arguments, sentence):
    ran = straits_command("chain", *arguments)
    assert ran.code == 2
    assert sentence in ran.err
