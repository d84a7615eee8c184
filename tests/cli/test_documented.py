"""Every command and option is documented, and the documents are true today."""

import importlib.util
import re
from pathlib import Path

import pytest
from typer.main import get_command

from straits.cli import app

PROJECT = Path(__file__).resolve().parents[2]


def commands(command, name="straits"):
    yield name, command
    for child, sub in getattr(command, "commands", {}).items():
        yield from commands(sub, f"{name} {child}")


@pytest.mark.parametrize(("name", "command"), list(commands(get_command(app))))
def test_every_command_and_option_has_help_and_stands_in_the_reference(name, command):
    reference = (PROJECT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    assert command.help, f"{name} has no help"
    assert f"`{name}`" in reference
    section = reference[reference.index(f"`{name}`\n") :]
    for parameter in command.params:
        if parameter.name == "help":
            continue
        assert getattr(parameter, "help", None), f"{name}: {parameter.name} has no help"
        if parameter.param_type_name == "option":
            assert f"`{parameter.opts[0]}`" in section


def test_the_generated_pages_are_up_to_date():
    spec = importlib.util.spec_from_file_location("generate", PROJECT / "docs" / "generate.py")
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    for name, text in generate.pages().items():
        kept = (PROJECT / "docs" / "reference" / name).read_text(encoding="utf-8")
        assert kept == text, f"docs/reference/{name} is out of date: run python docs/generate.py"


def test_commands_in_the_papers_exist():
    known = {name.removeprefix("straits ") for name, _ in commands(get_command(app))}
    papers = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *(PROJECT / "docs").rglob("*.md")]
    for paper in papers:
        for words in re.findall(r"^straits ((?:[a-z-]+ ?)+)", paper.read_text(encoding="utf-8"), flags=re.M):
            first = words.split()[0]
            assert any(name.split()[0] == first for name in known), f"{paper.name}: straits {words}"


def test_no_page_names_a_path_of_somebodys_machine():
    for paper in [PROJECT / "README.md", *(PROJECT / "docs").rglob("*.md")]:
        assert not re.search(r"/(root|home|work|tmp)/", paper.read_text(encoding="utf-8")), paper
