"""``straits chain``: the commands answer in text and JSON, and mistakes get one sentence."""

import json

import pytest

from straits.chains import ids, load


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


QUESTIONS = (
    ("deny", "--who", "CHN", "--to", "EU27"),
    ("deny", "--who", "USA", "--to", "CHN", "--mode", "spares", "--extraterritorial"),
    ("chokepoints", "--for", "EU27", "--allies", "USA,JPN"),
    ("chokepoints", "--for", "CHN", "--by", "firm", "--size", "2"),
    ("exposure", "--of", "EU27"),
    ("leverage", "--between", "EU27", "CHN"),
    ("relieve", "--for", "EU27", "--on", "CHN", "--size", "2"),
    ("show", "--for", "JPN"),
)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: "-".join(question[:3:2]))
def test_every_command_answers_on_every_shipped_chain(straits_command, question):
    for name in ids():
        asked = (question[0], name, *question[1:])
        ran = straits_command("chain", *asked)
        assert ran.code == 0, (asked, ran.err)
        assert ran.out.startswith(load(name).name)
        assert told(straits_command, *asked)["chain"] == name


def test_all_shows_what_a_text_leaves_out(straits_command):
    asked = ("chain", "chokepoints", "semiconductors", "--for", "CHN")
    short, full = straits_command(*asked).out, straits_command(*asked, "--all").out
    assert "more (--all shows them)" in short
    assert "--all" not in full
    assert len(full.splitlines()) > len(short.splitlines())


def test_withholding_ones_own_system_is_no_lever(straits_command):
    # China's constellation serves China: Europe does without it
    found = told(straits_command, "leverage", "lunar-communication", "--between", "EU27", "CHN")
    china = found["directions"][1]
    assert china["levers"] == []
    assert "queqiao" in china["without_effect"]


def test_changes_are_told_before_and_after(straits_command, tmp_path):
    changes = tmp_path / "changes.yaml"
    changes.write_text("name: Nikon in any fab\nchanges:\n  - set: {provision: arfi-scanner.nikon, effective: 6.7}\n")
    asked = ("what-if", "lithography-7nm", str(changes), "--who", "NLD", "--to", "CHN")
    ran = straits_command("chain", *asked)
    assert ran.code == 0, ran.err
    assert "If the Netherlands withholds everything from China" in ran.out
    assert "Sets of up to 2 economies that stop something for China" in ran.out
    assert set(told(straits_command, *asked)) >= {"denial", "chokepoints"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("chokepoints", "gallium", "--for", ""), "nobody is named"),
        (("chokepoints", "gallium", "--for", "CHN", "--allies", "CHN"), "CHN cannot be dependent and ally at once"),
        (("exposure", "gallium", "--of", "CHN", "--on", "CHN"), "CHN cannot depend on itself"),
        (("leverage", "gallium", "--between", "CHN", "CHN"), "CHN cannot be denier and dependent at once"),
        (("relieve", "gallium", "--for", "EU27", "--on", "NLD"), "NLD cannot be denier and dependent at once"),
        (("deny", "gallium", "--who", "CHN", "--mode", "ships"), "no mode of denial 'ships'"),
        (("deny", "gallium", "--who", "CHN", "--at", "steel"), "no item of chain gallium 'steel'"),
        (("deny", "gallium", "--who", "Atlantis"), "no firm of the chain, economy or region 'Atlantis'"),
        (("show", "gallium", "--svg", "/no/such/folder/x.svg"), "cannot be written"),
        (("show", "no-such-file.yaml"), "no chain file no-such-file.yaml"),
        (("export-eto", "gallium", "--out", "/proc/no"), "/proc/no cannot be written"),
        (("what-if", "gallium", "no-such-changes.yaml", "--who", "CHN"), "no file of changes no-such-changes.yaml"),
    ],
)
def test_a_question_that_makes_no_sense_gets_one_sentence(straits_command, arguments, sentence):
    ran = straits_command("chain", *arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert sentence in ran.err
    assert len(ran.err.strip().splitlines()) == 1
