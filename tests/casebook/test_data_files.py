"""The shipped data files: sorted, UTF-8, one line end, nothing lost filled in, no person, no web address."""

from __future__ import annotations

import csv
import json
import re

import pytest

from straits.casebook.load import SHIPPED
from straits.casebook.places import exhibits, text_lines
from straits.casebook.records import TABLES

TABLE_FILES = sorted(SHIPPED.glob("*/*.csv"))
ALL_FILES = sorted(path for path in SHIPPED.rglob("*") if path.is_file())
shown = [f"{path.parent.name}/{path.name}" for path in TABLE_FILES]


@pytest.mark.parametrize("path", TABLE_FILES, ids=shown)
def test_a_table_is_sorted_by_id_and_has_every_column(path):
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        ids = [row["id"] for row in reader]
    assert ids == sorted(ids)
    assert set(reader.fieldnames or []) == set(TABLES[path.stem].model_fields)


def test_every_file_is_utf8_with_plain_line_ends():
    for path in ALL_FILES:
        content = path.read_bytes()
        content.decode("utf-8")
        assert b"\r" not in content, path
        assert content.endswith(b"\n") or path.suffix == ".json", path
        assert not content.startswith(b"\xef\xbb\xbf"), path


def test_the_sources_are_sorted_into_one_bibliography_with_grades():
    entries = json.loads((SHIPPED / "sources.json").read_text(encoding="utf-8"))
    ids = [entry["id"] for entry in entries]
    assert len(ids) == len(set(ids))
    assert all(entry["custom"]["grade"] for entry in entries)


# -- lost content stays unknown ------------------------------------------------------------------------------

WHOLE = re.compile(r"^(Figure|Table|Scorecard|Exhibit) [A-Z]?\.?\d+(\.\d+)?(:| \()")
PART = re.compile(r"colour|row|block|marker|wording|end of|caption of", re.IGNORECASE)


def test_no_number_or_level_stands_at_a_lost_figure(shipped):
    """Written apart from the check of the same rule: by the words of lost.csv and the lines of the text."""
    lost = [item for item in shipped.tables["lost"] if WHOLE.match(item.what) and not PART.search(item.what)]
    assert len(lost) > 80
    filled = [
        (item.id, record.id)
        for item in lost
        for record in shipped.tables["evidence"]
        if record.source == item.source
        and record.value.kind in ("number", "interval", "level")
        and exhibits(item.what) & exhibits(record.locator)
        and text_lines(record.locator) <= text_lines(item.locator)
    ]
    assert filled == []


def test_every_lost_cell_of_a_judgement_says_why(shipped):
    cells = [cell for item in shipped.tables["judgements"] for cell in item.cells]
    assert [cell for cell in cells if cell.level is None and len(cell.unknown or "") < 5] == []
    assert sum(cell.level is None for cell in cells) > 20


def test_the_withheld_scorecards_are_not_filled_in(shipped):
    withheld = [item for item in shipped.tables["lost"] if "withheld in" in item.reason]
    assert {item.id for item in withheld} >= {"space-l003", "v2x-l001"}
    for item in withheld:
        for judged in shipped.tables["judgements"]:
            at_that_place = judged.source == item.source and exhibits(judged.locator) & exhibits(item.locator)
            assert not (at_that_place and any(cell.level is not None for cell in judged.cells)), (item.id, judged.id)


def test_unknown_values_carry_a_reason_and_no_number(shipped):
    unknown = [item for item in shipped.tables["evidence"] if item.value.kind == "unknown"]
    assert len(unknown) > 50
    assert all(item.value.low is None and item.value.high is None for item in unknown)
    assert [item.id for item in unknown if len(item.value.unknown or "") < 4] == []


# -- what does not belong ------------------------------------------------------------------------------------


def test_no_field_holds_a_path_or_a_web_address():
    for path in ALL_FILES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://|(?<!\w)/(home|root|tmp|work)/", text), path
