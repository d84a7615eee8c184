"""Readers of the EU's Annex I, of China's and Japan's lists, and of the Federal Register."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections import Counter
from pathlib import Path

import pytest

from straits.sources import entity_lists, eu_dual_use, federal_register
from straits.vocabulary.errors import StraitsError

# -- EU Annex I ----------------------------------------------------------------------------------------------


@pytest.mark.data
def test_annex_i_is_read_with_paths_parameters_and_notes(shared: Path) -> None:
    annex = eu_dual_use.read(shared / "data" / "eu_dual_use_annex_i" / "annex_i_2021_821_20251115.json")
    assert len(annex.entries) == 384
    assert annex.valid_from == "2025-11-15"
    scanner = annex.at("3B001.f.1.a")
    assert [(p.number, p.unit, p.bound) for p in scanner[0].parameters] == [(193.0, "nm", "shorter than")]
    assert Counter(entry.code[0] for entry in annex.entries.values()).keys() == set("0123456789")
    assert annex.entry("3b001").category == "3 Electronics"


@pytest.mark.data
def test_every_line_of_annex_i_is_kept_word_for_word(shared: Path) -> None:
    path = shared / "data" / "eu_dual_use_annex_i" / "annex_i_2021_821_20251115.json"
    annex = eu_dual_use.read(path)
    for item in json.loads(path.read_text(encoding="utf-8"))["entries"]:
        lines = [f"{line.path} {line.text}".split() for line in annex.entries[item["entry_code"]].lines]
        assert lines == [line.split() for line in item["verbatim_text"].split("\n") if line.strip()]


def consolidated(entries: list[str], layout: str) -> str:
    """A page as EUR-Lex lays it out: nested lists in blocks (grid) or in tables."""

    def sub(mark: str, inner: str) -> str:
        if layout == "grid":
            return (
                '<div class="grid-container grid-list"><div class="list grid-list-column-1"><span>'
                f'{mark} </span></div><div class="grid-list-column-2">{inner}</div></div>'
            )
        return f"<table><tr><td><p>{mark}</p></td><td>{inner}</td></tr></table>"

    lithography = "<p>3B001 Equipment for semiconductors, as follows:</p>" + sub("a.", "<p>Equipment for growth;</p>")
    inner = "<p>Scanners having any of the following:</p>" + sub("a.", "<p>A wavelength shorter than 193 nm; or</p>")
    inner += sub("b.", "<p>Features of <span>45 nm</span> or less;</p><p>Note: 3B001.f.1.b. is a note.</p>")
    lithography += sub("f.", "<p>Lithography as follows:</p>" + sub("1.", inner) + sub("2.", "<p>Imprint tools;</p>"))
    filler = "".join(f"<p>{code} Item {code}.</p>" for code in entries)
    return (
        "<html><head><title>x</title></head><body><p>02021R0821 — EN — 15.11.2025 — 006.001</p>"
        f"<p>CATEGORY 0 - NUCLEAR</p>{filler}<p>▼M4</p>{lithography}<p>3C001 Substrates.</p><p>ANNEX II</p><p>9A999 Not in it.</p>"
        "</body></html>"
    )


@pytest.mark.parametrize("layout", ["grid", "table"])
def test_the_consolidated_text_of_eur_lex_gives_dotted_paths(tmp_path: Path, layout: str) -> None:
    path = tmp_path / "annex.html"
    codes = [f"{c}{g}{n:03d}" for c in "012" for g in "ABCDE" for n in range(1, 22)]
    path.write_text(consolidated(codes, layout), encoding="utf-8")
    annex = eu_dual_use.read(path)
    assert annex.version == "02021R0821-20251115" and "9A999" not in annex.entries
    assert [(line.path, line.kind) for line in annex.entry("3B001").lines] == [
        ("3B001", "item"),
        ("3B001.a", "item"),
        ("3B001.f", "item"),
        ("3B001.f.1", "item"),
        ("3B001.f.1.a", "item"),
        ("3B001.f.1.b", "item"),
        ("3B001.f.1.b", "note"),
        ("3B001.f.2", "item"),
    ]
    assert annex.at("3B001.f.1.b")[0].text == "Features of 45 nm or less;"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", '{"entries": []', "line 1: not JSON"),
        ("a.json", '{"entries": []}', "corpus_version is missing"),
        ("a.json", '{"corpus_version": "x", "valid_from": "y", "entries": [{"entry_code": "B001"}]}', "'B001' is no code"),
        ("a.json", '{"corpus_version": "x", "valid_from": "y", "entries": [{"entry_code": "3B001", "verbatim_text": "lithography"}]}', "does not open with its path"),
        ("a.json", '{"corpus_version": "x", "valid_from": "y", "entries": [{"entry_code": "3B001", "verbatim_text": "3B001 x"}]}', "1 entries; Annex I has at least 300"),
        ("a.html", "<html><p>Regulation</p></html>", "no CELEX number"),
        ("a.pdf", "%PDF-1.7", "neither the consolidated text"),
    ],
)  # fmt: skip
def test_what_is_not_annex_i_is_refused(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(StraitsError) as error:
        eu_dual_use.read(tmp_path / name)
    assert said in str(error.value) and name in str(error.value)


# -- lists of China and Japan --------------------------------------------------------------------------------


@pytest.mark.data
def test_the_lists_of_china_and_japan_are_read_whole(shared: Path) -> None:
    folder = shared / "data" / "entity_lists_cn_jp"
    chinese, japanese = entity_lists.read(folder / "cn.csv"), entity_lists.read(folder / "jp.csv")
    assert Counter(one.list for one in chinese) == {
        "cn-export-control-watchlist": 139,
        "cn-unreliable-entity-list": 61,
        "cn-attention-list": 40,
    }
    assert min(one.added for one in chinese if one.added) == dt.date(2023, 2, 16)
    assert len(japanese) == 835 and all(one.economy for one in japanese)
    assert all(one.added is None for one in japanese), "METI's list says nothing of when a name came"


@pytest.mark.data
def test_names_that_slid_into_the_column_of_places_are_found_and_doubted(shared: Path) -> None:
    japanese = entity_lists.read(shared / "data" / "entity_lists_cn_jp" / "jp.csv")
    doubted = [one for one in japanese if one.doubt]
    assert len(doubted) == 37 and {one.economy for one in doubted} == {"CHN"}


ANNEXED = """<html><body><h1>商务部公告2025年第1号 公布将28家美国实体列入出口管制管控名单</h1><p>【发文日期】2025年01月02日</p>
<p>等2家</p><p>附件：出口管制管控名单</p><p>1. 通用动力公司（General Dynamics）</p><p>2.波音防务公司（Boeing Defense, Space &amp; Security）</p>
<p>地址：美国阿灵顿</p></body></html>"""
PROSE = (
    "公告 发布日期：2024-05-20 决定将甲公司（A Corp）、乙公司（B Inc.）和丙公司（C LLC）等3家企业列入不可靠实体清单"
)


def test_an_announcement_with_an_annex_is_read() -> None:
    found = entity_lists.announcement(ANNEXED)
    assert [(one.name, one.aliases) for one in found] == [
        ("General Dynamics", ("通用动力公司",)),
        ("Boeing Defense, Space & Security", ("波音防务公司",)),
    ]
    assert found[1].economy == "USA" and found[0].added == dt.date(2025, 1, 2)
    assert {one.list for one in found} == {"cn-export-control-watchlist"}


def test_an_announcement_in_a_sentence_is_read() -> None:
    found = entity_lists.announcement(PROSE)
    assert [one.name for one in found] == ["A Corp", "B Inc.", "C LLC"]
    assert {one.list for one in found} == {"cn-unreliable-entity-list"}


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (PROSE.replace("等3家", "等4家"), "says 4 names, and 3 were found"),
        ("关于不可靠实体清单的说明", "names nobody"),
        ("关于稀土的公告", "no list of MOFCOM is named"),
    ],
)
def test_an_announcement_that_does_not_add_up_is_refused(page: str, said: str) -> None:
    with pytest.raises(StraitsError) as error:
        entity_lists.announcement(page)
    assert said in str(error.value)


METI = "No.,国名、地域名 Country or Region,企業名、組織名 Company or Organization,別名 Also Known As,懸念区分 Type of WMD\n"


def test_metis_own_table_is_read_and_a_lost_row_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "meti.csv"
    path.write_text(
        METI
        + '1,アフガニスタン Islamic Republic of Afghanistan,Al Qa\'ida,・The Base ・Al Qaeda,"生物、化学 B,C"\n2,イラン Islamic Republic of Iran,Faratech,,核 N\n',
        encoding="utf-8",
    )
    first, second = entity_lists.read(path)
    assert (first.economy, first.aliases, first.concerns) == (
        "AFG",
        ("The Base", "Al Qaeda"),
        ("biological weapons", "chemical weapons"),
    )
    assert second.economy == "IRN"
    path.write_text(METI + "1,Iran,A,,\n3,Iran,B,,\n", encoding="utf-8")
    with pytest.raises(StraitsError, match=r"row 3: No\.: 2 expected, found 3: a row is lost"):
        entity_lists.read(path)


def test_a_table_of_something_else_and_a_bad_date_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("name,country\nA,B\n", encoding="utf-8")
    with pytest.raises(StraitsError, match=r"list\.csv, row 1: columns list_id and entity_name"):
        entity_lists.read(path)
    path.write_text("list_id,entity_name,date_added\ncn-attention-list,A,2024-02-30\n", encoding="utf-8")
    with pytest.raises(StraitsError, match=r"row 2: date_added: '2024-02-30' is not a day"):
        entity_lists.read(path)
    path.write_text("list_id,entity_name\nus-list,A\n", encoding="utf-8")
    with pytest.raises(StraitsError, match=r"row 2: list_id: 'us-list' is none of"):
        entity_lists.read(path)


# -- Federal Register ----------------------------------------------------------------------------------------


@pytest.mark.data
def test_the_documents_of_the_federal_register_are_read(shared: Path) -> None:
    folder = shared / "data" / "federal_register_export_controls_2020_2026"
    documents = federal_register.read(folder / "documents.csv")
    assert len(documents) == 245
    assert [d.published for d in documents] == sorted(d.published for d in documents)
    rule = next(d for d in documents if d.number == "2022-21658")
    assert rule.published == dt.date(2022, 10, 13) and "U.S. persons" in rule.abstract


@pytest.mark.data
def test_additions_add_up_to_the_rules_own_total_where_the_carriers_count_does_not(shared: Path) -> None:
    folder = shared / "data" / "federal_register_export_controls_2020_2026"
    documents = {d.number: d for d in federal_register.read(folder / "documents.csv")}
    carrier: Counter[str] = Counter()
    with (folder / "entity_list_entries_by_destination.csv").open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            carrier[row["document_number"]] += int(row["entries"])
    ours = {number: federal_register.additions(documents[number]) for number in carrier}
    assert all(found.complete and not found.unplaced for found in ours.values())
    differing = {number for number, found in ours.items() if sum(found.by_destination.values()) != carrier[number]}
    assert differing == {"2024-07760", "2025-17893"}, "it missed Russia's three, and counted corrected entries as new"


def answer(**changed: object) -> dict[str, object]:
    item = {
        "document_number": "2023-04558",
        "publication_date": "2023-03-06",
        "title": "Additions to the Entity List",
        "abstract": "BIS amends the EAR by adding 37 entities under 38 entries to the Entity List. These are under the "
        "destinations of the People's Republic of China (China) (28), and Pakistan (10). It also modifies 10 entries "
        "under China (10).",
        "html_url": "https://www.federalregister.gov/d/2023-04558",
        "effective_on": "2023-03-02",
        "agencies": [{"name": "Commerce Department"}],
    }
    return {"count": 1, "results": [{**item, **changed}]}


def test_the_answer_of_the_api_is_read(tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(answer()), encoding="utf-8")
    (document,) = federal_register.read(path)
    assert document.effective_on == dt.date(2023, 3, 2) and document.agencies == ("Commerce Department",)
    found = federal_register.additions(document)
    assert found.by_destination == {"CHN": 28, "PAK": 10}
    assert (found.entities, found.entries, found.complete) == (37, 38, True)


def test_entries_without_a_figure_are_unknown_and_not_nought() -> None:
    text = "This rule adds seven entities to the Entity List under the destination of China."
    document = federal_register.FederalDocument("2022-1", dt.date(2022, 1, 1), "Entity List", text, "")
    found = federal_register.additions(document)
    assert (found.entities, found.by_destination, found.complete) == (7, {}, None)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"publication_date": "2023-13-01"}, "publication_date: '2023-13-01' is not a day"),
        ({"document_number": "twelve"}, "document_number: 'twelve' is none"),
        ({"title": ""}, "title is missing"),
    ],
)
def test_a_bad_document_is_refused_with_its_place(tmp_path: Path, changed: dict[str, object], said: str) -> None:
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(answer(**changed)), encoding="utf-8")
    with pytest.raises(StraitsError) as error:
        federal_register.read(path)
    assert said in str(error.value) and "answer.json, row 1" in str(error.value)
