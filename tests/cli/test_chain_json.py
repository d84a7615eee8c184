"""The JSON of every chain command has just the documented fields, on shipped chains and as the command prints it."""

import json
from pathlib import Path

import jsonschema
import pytest
from typer.main import get_command

from straits import chains
from straits.chains.schemas import COMMANDS, json_schema
from straits.cli import app

ETO = Path(__file__).resolve().parents[3] / "shared" / "data" / "eto_semiconductor_supply_chain"
CHANGES = "changes:\n  - set: {provision: arfi-scanner.nikon, effective: 6.7}\n"


def validator(command):
    return jsonschema.Draft202012Validator(json_schema(command))


def faults(command, told):
    return [
        f"{'/'.join(map(str, fault.path))}: {fault.message}"[:300] for fault in validator(command).iter_errors(told)
    ]


@pytest.mark.parametrize("chain", chains.ids())
def test_every_shipped_chain_answers_in_the_documented_shape(chain):
    answers = {
        "chain deny": [chains.deny(chain, "CHN", to="EU27"), chains.deny(chain, at=chains.load(chain).goals[0])],
        "chain chokepoints": [
            chains.chokepoints(chain, "EU27", size=2),
            chains.chokepoints(chain, "CHN", by="firm", size=1),
        ],
        "chain exposure": [chains.exposure(chain, "EU27")],
        "chain leverage": [chains.leverage(chain, "EU27", "CHN")],
        "chain relieve": [chains.relieve(chain, "EU27", "CHN", size=2)],
        "chain show": [chains.show(chain, "EU27")],
    }
    for command, found in answers.items():
        for answer in found:
            assert faults(command, json.loads(answer.to_json())) == [], command


ASKED = {
    "chain list": [("list",)],
    "chain deny": [("deny", "lithography-7nm", "--who", "NLD", "--to", "CHN")],
    "chain chokepoints": [("chokepoints", "lithography-7nm", "--for", "CHN")],
    "chain exposure": [("exposure", "gallium", "--of", "EU27", "--on", "CHN")],
    "chain leverage": [("leverage", "gallium", "--between", "EU27", "CHN")],
    "chain relieve": [("relieve", "lithography-7nm", "--for", "CHN", "--on", "NLD")],
    "chain show": [("show", "gallium", "--for", "EU27")],
}


@pytest.mark.data
@pytest.mark.parametrize("command", ASKED)
def test_what_a_command_prints_has_the_documented_fields(command, straits_command):
    for arguments in ASKED[command]:
        ran = straits_command("chain", *arguments, "--json")
        assert ran.code == 0, ran.err
        assert faults(command, json.loads(ran.out)) == []


def test_a_question_before_and_after_changes_is_told_in_the_documented_shape(tmp_path):
    path = tmp_path / "changes.yaml"
    path.write_text(CHANGES, encoding="utf-8")
    asked = chains.what_if("lithography-7nm", path, who="NLD", to="CHN")
    assert faults("chain what-if", json.loads(asked.to_json())) == []


@pytest.mark.data
def test_the_import_of_etos_files_is_reported_in_the_documented_shape(straits_command, tmp_path):
    if not ETO.is_dir():
        pytest.skip("the ETO files are not beside the project")
    ran = straits_command("chain", "import-eto", str(ETO), "--out", str(tmp_path / "eto"), "--json")
    assert ran.code == 0, ran.err
    assert faults("chain import-eto", json.loads(ran.out)) == []


def test_every_chain_command_that_prints_json_is_documented():
    group = get_command(app).commands["chain"]
    with_json = {
        f"chain {name}"
        for name, command in group.commands.items()
        if any("--json" in parameter.opts for parameter in command.params)
    }
    assert with_json == set(COMMANDS)


def test_a_schema_refuses_a_field_too_many_or_too_few():
    told = json.loads(chains.exposure("gallium", "EU27").to_json())
    assert faults("chain exposure", told) == []
    assert faults("chain exposure", {**told, "more": 1})
    assert faults("chain exposure", {key: value for key, value in told.items() if key != "rows"})
    told["rows"][0]["direct"] = [0.5]
    assert faults("chain exposure", told)


def test_every_part_of_an_answer_says_what_it_is():
    for command in COMMANDS:
        for name, definition in json_schema(command).get("$defs", {}).items():
            assert len(definition.get("description", "")) > 20, name
