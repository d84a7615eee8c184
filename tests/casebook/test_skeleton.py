"""A new ecosystem: a skeleton that loads, passes the checks, and explains itself."""

from __future__ import annotations

import csv

import pytest

from straits.casebook.checks import check
from straits.casebook.load import load
from straits.casebook.questions import evidence
from straits.casebook.records import TABLES
from straits.casebook.skeleton import new_ecosystem
from straits.vocabulary.errors import StraitsError


def test_the_skeleton_loads_alone_and_beside_the_shipped_casebook_without_a_finding(tmp_path):
    path = new_ecosystem("Solar cells", tmp_path)
    assert path == tmp_path / "solar-cells"
    for book in (load(tmp_path, shipped=False, cache=None), load(tmp_path, cache=None), load(path, cache=None)):
        assert [item.id for item in evidence(book, "Solar cells").evidence] == [
            "solar-cells-e001",
            "solar-cells-e002",
        ]
        assert [one for one in check(book) if any(name.startswith("solar-cells") for name in one.records)] == []


def test_two_skeletons_live_in_one_folder(tmp_path):
    new_ecosystem("Solar cells", tmp_path)
    new_ecosystem("Wind turbines", tmp_path)
    assert list(load(tmp_path, shipped=False, cache=None).ecosystems) == ["solar-cells", "wind-turbines"]


def test_every_table_has_an_example_and_its_columns_stand_in_the_readme(tmp_path):
    path = new_ecosystem("widgets", tmp_path)
    readme = (path / "README.md").read_text(encoding="utf-8")
    for name, model in TABLES.items():
        with (path / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
            reader = csv.DictReader(handle)
            assert set(reader.fieldnames or []) == set(model.model_fields)
            assert list(reader), name
        assert f"### {name}.csv" in readme
        for column in model.model_fields:
            assert f"- `{column}` (" in readme.partition(f"### {name}.csv")[2]


def test_the_yaml_files_carry_comments(tmp_path):
    path = new_ecosystem("widgets", tmp_path)
    for name in ("ecosystem.yaml", "judgements.yaml"):
        assert (path / name).read_text(encoding="utf-8").startswith("# ")


def test_a_name_with_quotes_or_in_another_script_stays_whole(tmp_path):
    path = new_ecosystem('Ch: "ips" 芯片', tmp_path)
    assert load(path, shipped=False, cache=None).ecosystems["ch-ips"].name == 'Ch: "ips" 芯片'


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("光刻", "makes no id"),
        ("lithography", "the shipped casebook has a subject 'lithography'"),
        ("gallium", "has a subject"),
    ],
)
def test_a_name_that_cannot_be_an_id_or_is_taken_is_refused(tmp_path, name, wanted):
    with pytest.raises(StraitsError, match=wanted):
        new_ecosystem(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path):
    path = new_ecosystem("widgets", tmp_path)
    (path / "evidence.csv").write_text("mine")
    with pytest.raises(StraitsError, match="is not empty: choose another name or folder"):
        new_ecosystem("widgets", tmp_path)
    assert (path / "evidence.csv").read_text() == "mine"
