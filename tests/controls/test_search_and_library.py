"""Search over the register and what is loaded beside it, and the files that are kept."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from straits.controls.library import Library
from straits.controls.nomenclature import Correlations
from straits.controls.register import Register
from straits.controls.search import search
from straits.controls.telling import text
from straits.sources.entity_lists import announcement
from straits.sources.federal_register import FederalDocument
from straits.vocabulary.errors import StraitsError

PROSE = "公告 发布日期：2024-05-20 决定将甲公司（A Corp）、乙公司（B Inc.）列入不可靠实体清单"


def test_lithography_is_found_in_measures_instruments_and_events(register: Register) -> None:
    found = search(register, "lithography")
    assert {"NL-2023-CHIP-EQUIPMENT", "US-2023-23049", "JP-2023-CHIP-EQUIPMENT"} <= {hit.id for hit in found.hits}
    assert found.by_kind["event"] > 10
    assert found.searched == ("measures", "instruments", "events")
    assert "searched: measures, instruments, events" in text(found)


def test_a_material_is_found_by_its_chinese_name(register: Register) -> None:
    assert {"CN-2023-23", "CN-2024-46-2"} <= {hit.id for hit in search(register, "镓").hits}


def test_codes_and_entries_are_found(register: Register) -> None:
    assert [hit.id for hit in search(register, "1C902.a").hits if hit.kind == "measure"] == ["CN-2025-18"]


@pytest.mark.data
def test_annex_entries_are_found_when_the_annex_is_loaded(register: Register, shared: Path, tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.add("eu-dual-use", shared / "data" / "eu_dual_use_annex_i" / "annex_i_2021_821_20251115.json")
    found = search(register, "lithography", annex=library.annex())
    assert "EU:3B001" in {hit.id for hit in found.hits if hit.kind == "annex entry"}
    assert "Annex I" in found.searched


def test_documents_and_names_are_found_when_given(register: Register) -> None:
    document = FederalDocument("2099-00001", dt.date(2099, 1, 1), "Zyzzyva Controls", "On zyzzyvas.", "https://x")
    found = search(register, "zyzzyva", documents=[document])
    assert [(hit.kind, hit.id) for hit in found.hits] == [("document", "2099-00001")]
    named = search(register, "甲公司", listed=announcement(PROSE))
    assert [(hit.kind, hit.id) for hit in named.hits] == [("listed name", "A Corp")]


def test_nothing_to_search_for_is_said(register: Register) -> None:
    with pytest.raises(StraitsError, match="nothing to search for"):
        search(register, " ... ")
    with pytest.raises(StraitsError, match="at least 1"):
        search(register, "gallium", limit=0)
    assert search(register, "unobtainium").total == 0


def test_a_file_is_kept_once_and_found_again(tmp_path: Path) -> None:
    page = tmp_path / "announcement.html"
    page.write_text(f"<p>{PROSE}</p>", encoding="utf-8")
    library = Library(tmp_path / "home")
    assert library.annex() is None and library.listed() == []
    first = library.add("entity-lists", page, today=dt.date(2026, 1, 1))
    again = library.add("entity-lists", page, today=dt.date(2026, 2, 1))
    assert first == again and len(library.files("entity-lists")) == 1
    assert [one.name for one in Library(tmp_path / "home").listed()] == ["A Corp", "B Inc."]


def test_a_file_that_cannot_be_read_is_not_kept(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n", encoding="utf-8")
    library = Library(tmp_path / "home")
    with pytest.raises(StraitsError, match="columns list_id"):
        library.add("entity-lists", bad)
    assert not (tmp_path / "home").exists()
    with pytest.raises(StraitsError, match="no source of controls 'entities'"):
        library.add("entities", bad)


def test_an_altered_file_is_an_error(tmp_path: Path) -> None:
    page = tmp_path / "announcement.html"
    page.write_text(f"<p>{PROSE}</p>", encoding="utf-8")
    library = Library(tmp_path / "home")
    kept = library.add("entity-lists", page)
    kept.path.write_text("altered", encoding="utf-8")
    with pytest.raises(StraitsError, match=r"is missing or was altered: add announcement\.html again"):
        library.listed()


@pytest.mark.data
def test_kept_workbooks_make_correlations(shared: Path, tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.add("hs-correlations", shared / "data" / "un_hs_sitc_correlations" / "HS2017_to_HS2012.xlsx")
    assert Correlations.of(library.correlations()).nomenclatures == ["HS2012", "HS2017"]
