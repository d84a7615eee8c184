"""Conversions between revisions, against the official tables themselves."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from openpyxl import Workbook

from straits.controls.nomenclature import Correlations
from straits.controls.telling import text
from straits.sources import hs_correlations
from straits.sources.hs_correlations import Pair, Table
from straits.vocabulary.errors import StraitsError

STEPS = (("2022", "2017"), ("2017", "2012"), ("2012", "2007"), ("2007", "2002"), ("2002", "1996"), ("1996", "1992"))


def naive(shared: Path) -> dict[tuple[str, str], list[tuple[str, str, str]]]:
    """The official pairs, read line by line and nothing else."""
    found = defaultdict(list)
    with gzip.open(
        shared / "data" / "un_hs_sitc_correlations" / "hs_consolidated.csv.gz", "rt", encoding="utf-8"
    ) as handle:
        for row in csv.reader(handle):
            after, _, before = row[3].replace("HS", "").partition(" to ")
            found[after, before].append((row[0].zfill(6), row[1].zfill(6), row[2]))
    return found


@pytest.mark.data
@pytest.mark.parametrize("step", STEPS)
def test_one_to_one_codes_convert_as_the_official_table_says_both_ways(
    shared: Path, official: Correlations, step: tuple[str, str]
) -> None:
    newer, older = f"HS{step[0]}", f"HS{step[1]}"
    checked = 0
    for new, old, relation in naive(shared)[step]:
        if relation == "1:1":
            there, back = official.convert(f"{newer}:{new}", older), official.convert(f"{older}:{old}", newer)
            assert there.exact and there.targets == (f"{older}:{old}",)
            assert back.exact and back.targets == (f"{newer}:{new}",)
            checked += 1
    assert checked > 4000


@pytest.mark.data
@pytest.mark.parametrize("step", STEPS)
def test_no_other_code_is_called_one_to_one(shared: Path, official: Correlations, step: tuple[str, str]) -> None:
    newer, older = f"HS{step[0]}", f"HS{step[1]}"
    targets, relations = defaultdict(set), defaultdict(set)
    for new, old, relation in naive(shared)[step]:
        targets[new].add(f"{older}:{old}")
        relations[new].add(relation)
    for new, said in relations.items():
        found = official.convert(f"{newer}:{new}", older)
        assert set(found.targets) == targets[new]
        assert found.exact == (said == {"1:1"}), (new, said)
        assert said == {found.relation} or (len(said) > 1 and found.relation == "n:n"), (new, said, found.relation)


@pytest.mark.data
def test_n_to_n_says_so_in_words(official: Correlations) -> None:
    found = official.convert("HS2022:811292", "HS1992")
    assert found.relation == "n:n" and not found.exact
    assert set(found.targets) == {"HS1992:811230", "HS1992:811240", "HS1992:811291"}
    assert "split and merged" in text(found)
    assert found.steps == tuple(f"HS{a} to HS{b}" for a, b in STEPS)


@pytest.mark.data
def test_the_workbooks_of_unsd_and_the_consolidated_table_agree(shared: Path) -> None:
    folder = shared / "data" / "un_hs_sitc_correlations"
    consolidated = {(t.newer, t.older): set(t.pairs) for t in hs_correlations.read(folder / "hs_consolidated.csv.gz")}
    for name in ("HS2017_to_HS2012.xlsx", "HS2022_to_HS2017.xlsx"):
        (table,) = hs_correlations.read(folder / name)
        assert set(table.pairs) == consolidated[table.newer, table.older]
        assert len(table.preferred) > 5000 and table.stated


@pytest.mark.data
def test_the_publishers_single_choice_stands_beside_and_not_in_place(official: Correlations) -> None:
    found = official.convert("HS2022:811292", "HS2017")
    assert found.preferred == "HS2017:811292"
    assert found.relation == "n:1"


@pytest.mark.data
def test_a_chinese_line_is_converted_at_six_digits_and_at_best_merged(official: Correlations) -> None:
    found = official.convert("CHN2023:2504101000", "HS1992")
    assert (found.targets, found.relation) == (("HS1992:250410",), "n:1")


@pytest.mark.data
def test_a_cn_line_is_its_first_six_digits_or_a_part_of_them(official: Correlations) -> None:
    whole, part = official.convert("CN2024:25041000", "HS2022"), official.convert("CN2024:38011010", "HS2022")
    assert (whole.targets, whole.relation) == (("HS2022:250410",), "1:1")
    assert (part.targets, part.relation) == (("HS2022:380110",), "n:1")
    old = official.convert("CN2005:38011010", "HS1992")
    assert (old.targets, old.relation) == (("HS1992:380110",), "n:1")
    assert old.steps[0] == "CN2005 to HS2002, first six digits"


def small(*pairs: tuple[str, str, str], newer: str = "HS2012", older: str = "HS2007") -> Table:
    return Table(newer, older, tuple(Pair(*pair) for pair in pairs), {}, "small.xlsx", True)


def test_a_split_then_a_merger_is_n_to_n() -> None:
    tables = [
        small(("000001", "000010", "1:n"), ("000001", "000020", "1:n")),
        small(("000010", "000100", "n:1"), ("000020", "000100", "n:1"), newer="HS2007", older="HS2002"),
    ]
    found = Correlations.of(tables).convert("HS2012:000001", "HS2002")
    assert (found.relation, found.targets) == ("n:n", ("HS2002:000100",))


def test_a_code_the_tables_do_not_know_and_revisions_they_do_not_join_are_errors() -> None:
    tables = Correlations.of(
        [small(("000001", "000001", "1:1")), small(("000001", "000001", "1:1"), newer="HS2002", older="HS1996")]
    )
    with pytest.raises(StraitsError, match=r"no code of HS2012 in small\.xlsx '999999'"):
        tables.convert("HS2012:999999", "HS2007")
    with pytest.raises(StraitsError, match=r"'000002'.*; it is a code of HS1996"):
        Correlations.of(
            [small(("000001", "000001", "1:1")), small(("000001", "000002", "1:1"), newer="HS2007", older="HS1996")]
        ).convert("HS2012:000002", "HS2007")
    with pytest.raises(StraitsError, match="no chain of tables from HS2012 to HS1996"):
        tables.convert("HS2012:000001", "HS1996")
    with pytest.raises(StraitsError, match="no nomenclature in the correlation tables 'HS1992'"):
        tables.convert("HS2012:000001", "HS1992")
    with pytest.raises(StraitsError, match="names no revision"):
        tables.convert("000001", "HS2007")


def test_two_tables_that_differ_on_the_same_revisions_are_refused() -> None:
    with pytest.raises(StraitsError, match=r"differ on HS2012 to HS2007"):
        Correlations.of([small(("000001", "000001", "1:1")), small(("000001", "000002", "1:1"))])


def test_a_cn_line_goes_on_through_its_own_tables_and_through_the_hs() -> None:
    cn = small(
        ("38011010", "38011000", "n:1"), ("38011090", "38011000", "n:1"), ("25041000", "25041000", "1:1"),
        newer="CN2024", older="CN2023",
    )  # fmt: skip
    hs = small(("380110", "380100", "n:1"), ("380190", "380100", "n:1"), newer="HS2022", older="HS2017")
    tables = Correlations.of([cn, hs])
    assert tables.convert("CN2024:38011090", "CN2023").targets == ("CN2023:38011000",)
    found = tables.convert("CN2024:38011090", "HS2017")
    assert (found.targets, found.relation) == (("HS2017:380100",), "n:1")
    assert found.steps == ("CN2024 to HS2022, first six digits", "HS2022 to HS2017")
    assert found.also_from == ("CN2024:38011010",)
    back = tables.convert("HS2022:380110", "CN2024")
    assert (back.targets, back.relation) == (("CN2024:38011010", "CN2024:38011090"), "1:n")
    assert tables.convert("HS2017:380100", "CN2024").relation == "1:n"
    assert tables.convert("HS2022:250410", "CN2024").relation == "1:1"


def test_a_cn_line_needs_no_table_to_the_hs_of_its_year_and_one_to_another() -> None:
    none = Correlations.of([])
    assert none.convert("CN2024:25041000", "HS2022").relation == "1:1"
    assert none.convert("CHN2023:2504101000", "HS2022").relation == "n:1"
    with pytest.raises(StraitsError, match="no nomenclature in the correlation tables 'HS1992'"):
        none.convert("CN2024:25041000", "HS1992")


def workbook(path: Path, rows: list[tuple[object, ...]], title: str = "Correlation Tables") -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


HEAD = ("HS 2017", "HS 2012", "Relationship")
WHOLE = [(f"{n:06d}", f"{n:06d}", "1:1") for n in range(1, 4200)]


def test_a_workbook_of_unsds_layout_is_read_with_leading_zeros_lost(tmp_path: Path) -> None:
    rows = [(None, None, None), HEAD, (10121.0, "0101.21", "1:1"), *WHOLE]
    (table,) = hs_correlations.read(workbook(tmp_path / "a.xlsx", rows))
    assert table.pairs[0] == Pair("010121", "010121", "1:1")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([HEAD, ("chapter 1", "010121", "1:1"), *WHOLE], "row 2: 'chapter 1' is no code of HS2017"),
        ([HEAD, *WHOLE, WHOLE[0]], "000001 to 000001 stands twice"),
        (
            [HEAD, *WHOLE, ("000001", "999999", "1:n")],
            "000001 to 000001 is called 1:1, but one of them has other pairs",
        ),
        ([HEAD, *WHOLE, ("999999", "999999", "one to one")], "'one to one' is none of 1:1, 1:n, n:1, n:n"),
        ([HEAD, *WHOLE[:100]], "100 pairs; a whole correlation table has at least 4000"),
        ([("Code", "Description"), ("010121", "Horses")], "no sheet has two columns of codes"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(
    tmp_path: Path, rows: list[tuple[object, ...]], said: str
) -> None:
    with pytest.raises(StraitsError) as error:
        hs_correlations.read(workbook(tmp_path / "a.xlsx", rows))
    assert said in str(error.value) and "a.xlsx" in str(error.value) and "nothing was loaded" in str(error.value)


def test_a_workbook_without_relationships_gets_them_from_its_pairs(tmp_path: Path) -> None:
    rows = [("CN 2023", "CN 2024"), ("25041000", "25041000"), ("38011000", "38011010"), ("38011000", "38011090")]
    (table,) = hs_correlations.read(workbook(tmp_path / "cn.xlsx", rows, "Update"))
    assert (table.newer, table.older, table.stated) == ("CN2024", "CN2023", False)
    found = Correlations.of([table]).convert("CN2023:38011000", "CN2024")
    assert (found.relation, len(found.targets)) == ("1:n", 2)


def test_other_files_get_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "old.xls").write_bytes(b"x")
    (tmp_path / "no.xlsx").write_bytes(b"not a workbook")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    for name, said in (
        ("old.xls", "save it as .xlsx"),
        ("no.xlsx", "not a workbook"),
        ("other.csv", "columns should be"),
        ("absent.xlsx", "no such file"),
    ):
        with pytest.raises(StraitsError, match=said):
            hs_correlations.read(tmp_path / name)


# -- the command -----------------------------------------------------------------------------------------------


def straits(*words: str) -> subprocess.CompletedProcess[str]:
    program = "import sys; from straits.cli import main; sys.argv[0] = 'straits'; main()"
    return subprocess.run(
        [sys.executable, "-c", program, "controls", "convert", *words], capture_output=True, text=True, check=False
    )


@pytest.mark.data
def test_the_command_tells_the_four_relationships_apart(shared: Path) -> None:
    said = defaultdict(set)
    for new, _, relation in naive(shared)["2022", "2017"]:
        said[new].add(relation)
    asked = {
        relation: min(code for code, found in said.items() if found == {relation})
        for relation in ("1:1", "n:1", "1:n", "n:n")
    }
    tables = str(shared / "data" / "un_hs_sitc_correlations" / "HS2022_to_HS2017.xlsx")
    done = straits(*asked.values(), "--from", "HS", "--to", "HS17", "--year", "2023", "--tables", tables, "--json")
    assert done.returncode == 0, done.stderr
    assert {one["relation"]: one["code"] for one in json.loads(done.stdout)} == {
        relation: f"HS2022:{code}" for relation, code in asked.items()
    }


@pytest.mark.data
def test_the_command_says_in_words_what_was_merged_and_split(shared: Path) -> None:
    tables = str(shared / "data" / "un_hs_sitc_correlations")
    done = straits("811292", "--from", "HS2022", "--to", "HS1992", "--tables", tables)
    assert done.returncode == 0, done.stderr
    assert "HS1992:811230, HS1992:811240, HS1992:811291  (n:n, split and merged" in done.stdout


def test_without_tables_the_command_says_where_to_get_them(tmp_path: Path) -> None:
    done = straits("250410", "--from", "HS1992", "--to", "HS2022", "--home", str(tmp_path))
    assert done.returncode == 2
    assert "straits data add hs-correlations" in done.stderr and "--tables" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("250410", "--to", "HS2022"), "give --from"),
        (("250410", "--from", "HS", "--to", "HS2022"), "--year"),
        (("250410", "--from", "HS2021", "--to", "HS2022"), "no nomenclature 'HS2021'"),
        (("2504100", "--from", "HS1992", "--to", "HS2022"), "has 7 digits"),
    ],
)
def test_a_slip_on_the_command_line_gets_a_clear_error(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = straits(*words, "--home", str(tmp_path))
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
