"""Loading: fast, kept between runs, beside a reader's own folders, with one clear error."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from casebook.made_up import HEAD, SOURCE, write
from straits.casebook import load as loading
from straits.casebook.casebook import Casebook
from straits.casebook.load import SHIPPED, load
from straits.casebook.questions import evidence, record
from straits.casebook.search import search
from straits.vocabulary.errors import StraitsError


def fastest(work: Callable[[], Any], times: int = 3) -> float:
    """Seconds of process time of the fastest of a few runs."""
    seconds = []
    for _ in range(times):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def test_the_shipped_casebook_loads_from_its_files_in_under_a_second():
    assert fastest(lambda: load(cache=None)) < 1.0


def test_a_query_on_a_kept_casebook_takes_under_three_tenths_of_a_second(tmp_path):
    load(cache=tmp_path)
    assert fastest(lambda: evidence(load(cache=tmp_path), "lithography")) < 0.3
    assert fastest(lambda: search(load(cache=tmp_path), "光刻")) < 0.3
    assert fastest(lambda: record(load(cache=tmp_path), "litho-e025")) < 0.3


def test_every_technology_field_of_the_reports_is_a_subject(shipped: Casebook):
    fields = """lithography chip-design packaging automotive-chips wireless quantum blockchain cbdc raw-materials gallium
        germanium graphite rare-earths medical-imaging ai-iot v2x smart-city facial-recognition ai-ethics genomic-data
        space-exploration standardisation twin-transition social-credit connectivity"""
    assert [name for name in fields.split() if name not in shipped.subjects] == []


# -- the cache -----------------------------------------------------------------------------------------------


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A reader's casebook with one piece of evidence."""
    return write(tmp_path / "own", {"evidence": [{"value": "7"}]})


def stop_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on no file may be parsed."""

    def refuse(*_: object) -> None:
        raise AssertionError("the files were read again")

    monkeypatch.setattr(loading, "read", refuse)


def test_a_second_load_does_not_parse_the_files_again(own, tmp_path, monkeypatch):
    first = load(own, shipped=False, cache=tmp_path / "kept")
    stop_reading(monkeypatch)
    second = load(own, shipped=False, cache=tmp_path / "kept")
    assert second.tables["evidence"] == first.tables["evidence"]
    assert dict(second.where) == dict(first.where) == {"e1": "widgets/evidence.csv, row 2"}


def test_a_changed_file_is_read_again(own, tmp_path):
    load(own, shipped=False, cache=tmp_path / "kept")
    write(own, {"evidence": [{"value": "8"}]})
    book = load(own, shipped=False, cache=tmp_path / "kept")
    assert [item.value.low for item in book.tables["evidence"]] == [8]


def test_a_faulty_casebook_is_never_kept(own, tmp_path):
    write(own, {"evidence": [{"value": "eight"}]})
    for _ in range(2):
        with pytest.raises(StraitsError, match="'eight' is not a value"):
            load(own, shipped=False, cache=tmp_path / "kept")
    assert not list((tmp_path / "kept").glob("*")) if (tmp_path / "kept").exists() else True


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "other bytes": lambda content: b"not a database",
    "cut short": lambda content: content[:9000],
    "a page of zeros": lambda content: content[:8192] + bytes(4096) + content[12288:],
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_cache_is_built_anew(own, tmp_path, damage):
    load(own, shipped=False, cache=tmp_path / "kept")
    (file,) = (tmp_path / "kept").glob("*.sqlite")
    whole = file.read_bytes()
    file.write_bytes(DAMAGE[damage](whole))
    assert [item.id for item in load(own, shipped=False, cache=tmp_path / "kept").tables["evidence"]] == ["e1"]
    assert file.read_bytes() == whole


def test_a_cache_folder_that_cannot_be_written_is_done_without(own, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("a file where the folder should be")
    book = load(own, shipped=False, cache=blocked)
    assert [item.id for item in book.tables["evidence"]] == ["e1"]
    assert search(book, "made-up").total == 1


def test_no_cache_leaves_no_trace(own, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    load(own, shipped=False, cache=None)
    assert sorted(tmp_path.rglob("*")) == before


def test_only_the_last_few_casebooks_and_no_leavings_are_kept(own, tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    leaving = kept / "building-crashed.tmp"
    leaving.write_text("half a casebook")
    os.utime(leaving, (0, 0))
    for number in range(loading.KEPT + 3):
        write(own, {"evidence": [{"value": str(number)}]})
        load(own, shipped=False, cache=kept)
    assert len(list(kept.glob("*.sqlite"))) == loading.KEPT
    assert not leaving.exists()


# -- a reader's own folders ----------------------------------------------------------------------------------


def test_own_records_may_speak_of_shipped_subjects_and_cite_shipped_sources(tmp_path):
    root = write(tmp_path / "own", {"evidence": [{"id": "my-e1", "subject": "gallium", "source": "merics2024"}]})
    book = load(root, cache=None)
    ids = [item.id for item in evidence(book, "gallium").evidence]
    assert "my-e1" in ids
    assert len(ids) > 1
    assert book.home["my-e1"] == "widgets"


def test_a_folder_may_be_one_ecosystem(own):
    (own / "widgets" / "sources.json").write_text(json.dumps([SOURCE]))
    assert [item.id for item in load(own / "widgets", shipped=False, cache=None).tables["evidence"]] == ["e1"]


def test_the_shipped_folder_named_again_is_not_loaded_twice():
    assert len(load(SHIPPED)) == len(load())


def test_a_file_saved_by_a_spreadsheet_loads(own):
    path = own / "widgets" / "evidence.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert [item.id for item in load(own, shipped=False, cache=None).tables["evidence"]] == ["e1"]


# -- ten ways to be wrong ------------------------------------------------------------------------------------

WRONG: dict[str, tuple[str, dict[str, str], str]] = {
    "a value in words": ("evidence", {"value": "45.3 million"}, "widgets/evidence.csv, row {row}, value: '45.3 million' is not a value"),
    "a number without unit": ("evidence", {"unit": ""}, "widgets/evidence.csv, row {row}, unit: is empty, but a number needs its unit"),
    "a period that is none": ("evidence", {"period": "last year"}, "widgets/evidence.csv, row {row}, period: period 'last year': write YYYY"),
    "an unknown basis": ("evidence", {"basis": "guessed"}, "widgets/evidence.csv, row {row}, basis: write 'stated', 'derived' or 'judged' (found 'guessed')"),
    "an unknown subject": ("evidence", {"subject": "widget"}, "widgets/evidence.csv, row {row}, subject: no subject 'widget' in any ecosystem.yaml: did you mean widgets?"),
    "an unknown source": ("evidence", {"source": "mad-up"}, "widgets/evidence.csv, row {row}, source: no source 'mad-up' in any sources.json: did you mean made-up?"),
    "a link to nothing": ("evidence", {"links": "contradicts:e99"}, "widgets/evidence.csv, row {row}, links: no record 'e99'"),
    "an unknown scope": ("evidence", {"scope": "colour=red"}, "widgets/evidence.csv, row {row}, scope: scope 'colour=red': write key=value with a key of europe,"),
    "no locator": ("evidence", {"locator": ""}, "widgets/evidence.csv, row {row}, locator: is empty"),
    "an id used twice": ("evidence", {"id": "e1"}, "widgets/evidence.csv, row {row}, id: 'e1' is already used in widgets/evidence.csv, row 2"),
    "an unknown channel": ("dependencies", {"channel": "magic"}, "widgets/dependencies.csv, row {row}, channel: write 'input', 'knowledge', 'market',"),
    "a person as home": ("actors", {"home": "Bob"}, "widgets/actors.csv, row {row}, home: write an economy's three letters (CHN)"),
    "a date that is none": ("events", {"announced": "2023-13"}, "widgets/events.csv, row {row}, announced: '2023-13' is not a date of the calendar"),
    "a relation with one term": ("relations", {"kind": "ratio"}, "widgets/relations.csv, row {row}, inputs: 'ratio' takes 2 to 2 of them, found 1"),
    "an id with blanks": ("lost", {"id": "My Figure"}, "widgets/lost.csv, row {row}, id: write lower-case words joined by '-' (found 'My Figure')"),
}  # fmt: skip


def faults(root: Path) -> list[str]:
    """The lines of the one error that loading raises."""
    with pytest.raises(StraitsError) as error:
        load(root, shipped=False, cache=None)
    return str(error.value).splitlines()


@pytest.mark.parametrize("way", WRONG)
def test_each_way_of_being_wrong_names_file_row_and_field(way, tmp_path):
    table, row, wanted = WRONG[way]
    first = {"evidence": [{}]} if table != "evidence" else {}
    head, fault = faults(write(tmp_path, {**first, table: [{}, row]}))
    assert head == "casebook: 1 fault(s)"
    assert fault.startswith(wanted.format(row=3))


def test_an_ecosystem_wrong_in_many_ways_gets_one_clear_error_for_each(tmp_path):
    tables: dict[str, list[dict[str, str]]] = {"evidence": [{}]}
    wanted = []
    for table, row, text in WRONG.values():
        rows = tables.setdefault(table, [])
        rows.append(row)
        wanted.append(text.format(row=len(rows) + 1))
    head, *lines = faults(write(tmp_path, tables))
    assert head == f"casebook: {len(WRONG)} fault(s)"
    assert len(lines) == len(WRONG) >= 10
    assert [text for text in wanted if not any(line.startswith(text) for line in lines)] == []


def test_an_empty_cell_takes_the_default_of_its_column(tmp_path):
    book = load(write(tmp_path, {"actors": [{"priority": ""}]}), shipped=False, cache=None)
    assert [actor.priority for actor in book.tables["actors"]] == ["none"]


def edited(root: Path, name: str, change: Callable[[str], str]) -> Path:
    """The casebook with one file changed as text."""
    path = root / "widgets" / name
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("name", "change", "wanted"),
    [
        ("evidence.csv", lambda t: t.replace("statement", "statment", 1), "widgets/evidence.csv, row 1: unknown column(s) 'statment': did you mean statement?"),
        ("evidence.csv", lambda t: t.replace(",unit,", ",indicator,", 1), "widgets/evidence.csv, row 1: column(s) given twice: indicator"),
        ("evidence.csv", lambda t: t.replace(",", ";"), "widgets/evidence.csv, row 1: the columns are separated by semicolons"),
        ("evidence.csv", lambda t: t.replace("A made-up", "A made-up, unquoted"), "widgets/evidence.csv, row 2: 16 cells expected, found 17"),
        ("evidence.csv", lambda t: t.replace("A made-up", '"A made-up'), "widgets/evidence.csv, row 2: not CSV"),
        ("ecosystem.yaml", lambda t: t.replace("kind: step", "kind: stop"), "widgets/ecosystem.yaml, subjects.1.kind: write 'technology', 'step'"),
        ("ecosystem.yaml", lambda t: t.replace("parent: widgets", "parent: widget"), "widgets/ecosystem.yaml, widgets/mould, parent: no subject 'widget'"),
        ("ecosystem.yaml", lambda t: t + "- : [", "widgets/ecosystem.yaml, line"),
        ("ecosystem.yaml", lambda t: t + "colour: red\n", "widgets/ecosystem.yaml, colour: is not a field of this record"),
        ("../sources.json", lambda t: t.replace('"title"', '"titel"'), "own/sources.json, entry 1, title: CSL-JSON needs title"),
        ("../sources.json", lambda t: t[:-1], "own/sources.json, line 1: not JSON"),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_as_a_whole_is_named_once(own, name, change, wanted):
    _, first, *others = faults(edited(own, name, change))
    assert first.startswith(wanted)
    assert all("no source" in other for other in others) if name == "../sources.json" else not others


def test_bytes_that_are_not_utf8_are_named_with_their_row(own):
    path = own / "widgets" / "evidence.csv"
    path.write_bytes(path.read_bytes().replace(b"made-up statement", b"caf\xe9 statement"))
    assert faults(own)[1] == "widgets/evidence.csv, row 2: not UTF-8 (byte 0xe9): save the file as UTF-8"


def test_a_misspelt_table_is_refused_and_not_passed_over(own):
    (own / "widgets" / "evidences.csv").write_text("id\n")
    assert faults(own)[1] == "widgets/evidences.csv: no table of this name: did you mean evidence.csv?"


def test_a_folder_of_tables_without_head_is_refused(own):
    (own / "widgets" / "ecosystem.yaml").unlink()
    assert faults(own)[1] == "widgets: no ecosystem.yaml: write its id, name, summary and subjects"


def test_a_faulty_row_does_not_make_the_rows_that_point_to_it_faulty_too(tmp_path):
    root = write(tmp_path, {"evidence": [{"value": "many"}, {"links": "supports:e1"}]})
    assert len(faults(root)) == 2


def test_a_subject_defined_twice_is_refused(tmp_path):
    head = {**HEAD, "subjects": [{"id": "gallium", "name": "Gallium", "kind": "material"}]}
    root = write(tmp_path, {}, head)
    with pytest.raises(StraitsError, match="'gallium' is already defined in raw-materials"):
        load(root, cache=None)


def test_a_folder_that_is_not_there_or_empty_says_what_to_do(tmp_path):
    with pytest.raises(StraitsError, match="no casebook folder"):
        load(tmp_path / "nowhere", cache=None)
    with pytest.raises(StraitsError, match="straits new ecosystem NAME"):
        load(tmp_path, cache=None)
