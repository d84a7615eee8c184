"""Bad BACI input: one clear message that names file, row and rule; nothing is half loaded, the last version stays."""

from __future__ import annotations

import contextlib
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sources.release import Text, as_folder, as_zip, flows, numeric_codes, release, spoiled, text_of, year_file
from store.homes import unchanged
from straits.sources import baci
from straits.sources.source import metadata
from straits.store.store import Store
from straits.vocabulary.errors import StraitsError

YEAR = year_file(2021)
NO_STEP = lambda *_: None  # noqa: E731


@pytest.fixture(scope="module")
def good_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one good version."""
    home = tmp_path_factory.mktemp("good")
    baci.load(Store(home), str(as_zip(release((2020,), seed=9), tmp_path_factory.mktemp("zip"))), None, NO_STEP)
    return home


@pytest.fixture
def store(good_home: Path, tmp_path: Path) -> Store:
    """A store with one good version."""
    shutil.copytree(good_home, tmp_path / "home")
    return Store(tmp_path / "home")


@contextlib.contextmanager
def refused(store: Store, message: str) -> Iterator[None]:
    """The block must fail with the message and leave the good version as it was."""
    good = store.current()["baci-hs2022"]
    with unchanged(store.home), pytest.raises(StraitsError) as error:
        yield
    assert str(error.value) == message
    assert store.current() == {"baci-hs2022": good}
    assert len(store.history()) == 1


def load(store: Store, origin: Path, years: list[int] | None = None) -> None:
    baci.load(store, str(origin), years, NO_STEP)


def refused_files(store: Store, files: Text, message: str) -> None:
    with refused(store, message + "; nothing was loaded"):
        load(store, as_zip(files, store.home.parent / "bad"))


# -- one cell of one row -------------------------------------------------------------------------------------

CELLS = [
    ("t", "2020", "t is 2020: must be 2021, as in the file's name"),
    ("t", "", "t is missing: must be 2021, as in the file's name"),
    ("t", "2021.0", "t is 2021.0: must be 2021, as in the file's name"),
    ("i", "999", "i is 999: no economy has this code in baci_economies.csv"),
    ("i", "", "i is missing: no economy has this code in baci_economies.csv"),
    ("i", "4.6", "i is 4.6: no economy has this code in baci_economies.csv"),
    ("j", "DEU", "j is DEU: no economy has this code in baci_economies.csv"),
    ("j", "1e1", "j is 1e1: no economy has this code in baci_economies.csv"),
    ("k", "", "k is missing: must be a product code of six digits"),
    ("k", "2504", "k is 2504: must be a product code of six digits"),
    ("k", "2504100", "k is 2504100: must be a product code of six digits"),
    ("k", "25041X", "k is 25041X: must be a product code of six digits"),
    ("v", "", "v (value) is missing"),
    ("v", "   ", "v (value) is missing"),
    ("v", "NA", "v is NA: must be a number"),
    ("v", "12x", "v is 12x: must be a number"),
    ("v", "1_000", "v is 1_000: must be a number"),
    ("v", "nan", "v is nan: must be a number"),
    ("v", "inf", "v is inf: must be a number"),
    ("v", "1e400", "v is 1e400: must be a number"),
    ("v", "-0.001", "v is -0.001: must be >= 0 (thousand USD)"),
    ("v", "1e13", "v is 1e13: must be <= 3e+10 (thousand USD)"),
    ("q", "-3.5", "q is -3.5: must be >= 0 (metric tons)"),
    ("q", "many", "q is many: must be a number, NA or empty"),
    ("q", "nan", "q is nan: must be a number, NA or empty"),
    ("q", "-inf", "q is -inf: must be a number, NA or empty"),
    ("q", "1e13", "q is 1e13: must be <= 1e+12 (metric tons)"),
]


@pytest.mark.parametrize(("column", "cell", "rule"), CELLS, ids=[f"{column}={cell!r}" for column, cell, _ in CELLS])
def test_a_bad_cell_is_refused_with_its_row(store: Store, column: str, cell: str, rule: str) -> None:
    refused_files(store, spoiled(release((2021,)), YEAR, 817, column, cell), f"{YEAR}, row 817: {rule}")


@pytest.mark.parametrize("row", [2, 3, 600, 1231])
def test_the_row_is_the_row_in_the_file_whose_header_is_row_1(store: Store, row: int) -> None:
    files = spoiled(release((2021,)), YEAR, row, "v", "-1")
    assert files[YEAR].splitlines()[row - 1].split(",")[4] == "-1"
    refused_files(store, files, f"{YEAR}, row {row}: v is -1: must be >= 0 (thousand USD)")


def test_the_last_row_is_checked_too(store: Store) -> None:
    last = len(flows(2021)) + 1
    refused_files(
        store,
        spoiled(release((2021,)), YEAR, last, "q", "x"),
        f"{YEAR}, row {last}: q is x: must be a number, NA or empty",
    )


def test_blank_lines_count_as_rows_of_the_file(store: Store) -> None:
    files = spoiled(release((2021,)), YEAR, 500, "v", "-1")
    lines = files[YEAR].splitlines(keepends=True)
    files[YEAR] = "".join([*lines[:100], "\n", "\n", *lines[100:]])
    refused_files(store, files, f"{YEAR}, row 502: v is -1: must be >= 0 (thousand USD)")


def test_several_bad_rows_are_counted_and_the_first_is_named(store: Store) -> None:
    files = spoiled(spoiled(release((2021,)), YEAR, 900, "v", "-2"), YEAR, 40, "v", "-1")
    refused_files(store, files, f"{YEAR}, row 40: v is -1: must be >= 0 (thousand USD) (2 rows break this rule)")


def test_a_bad_row_in_a_later_year_refuses_all_years(store: Store) -> None:
    files = spoiled(release((2019, 2020, 2021)), YEAR, 7, "v", "-1")
    refused_files(store, files, f"{YEAR}, row 7: v is -1: must be >= 0 (thousand USD)")


def test_a_bad_row_in_a_year_that_is_not_wanted_is_not_read(store: Store, tmp_path: Path) -> None:
    files = spoiled(release((2020, 2021)), YEAR, 7, "v", "-1")
    load(store, as_zip(files, tmp_path), [2020])
    assert store.current()["baci-hs2022"].years("trade") == [2020]


# -- keys ----------------------------------------------------------------------------------------------------


def test_a_duplicated_key_is_refused_with_both_rows(store: Store) -> None:
    rows = flows(2021)
    t, i, j, k, *_ = rows[99]
    files = {**release((2021,)), YEAR: text_of([*rows, [t, i, j, k, "1", "1"]])}
    message = f"{YEAR}, row {len(rows) + 2}: the key (t, i, j, k) = ({t}, {i}, {j}, {k}) is already in row 101"
    refused_files(store, files, message)


def test_the_same_key_written_differently_is_still_the_same_key(store: Store) -> None:
    rows = flows(2021)
    place = next(place for place, row in enumerate(rows) if row[3] == "010121")
    t, i, j, _, v, q = rows[place]
    again = [t, f"{int(i):03d}", j, "10121", v, q]
    files = {**release((2021,)), YEAR: text_of([*rows[: place + 1], again, *rows[place + 1 :]])}
    message = (
        f"{YEAR}, row {place + 3}: the key (t, i, j, k) = ({t}, {again[1]}, {j}, 10121) is already in row {place + 2}"
    )
    refused_files(store, files, message)


def test_keys_that_look_alike_are_not_the_same(store: Store, tmp_path: Path) -> None:
    """Neighbouring codes must not run into one another, nor 9999AA into a number."""
    more = [
        ["2021", *key, "1", "1"] for key in (("8", "842", "9999AA"), ("8", "842", "9999AB"), ("8", "842", "999999"))
    ]
    load(store, as_zip({**release((2021,)), YEAR: text_of([*flows(2021), *more])}, tmp_path))


# -- columns and lines ---------------------------------------------------------------------------------------


def test_a_missing_column_is_refused(store: Store) -> None:
    lines = [line.rsplit(",", 1)[0] for line in release((2021,))[YEAR].splitlines()]
    files = {**release((2021,)), YEAR: "\n".join(lines) + "\n"}
    refused_files(store, files, f"{YEAR}, row 1: missing column q (expected t,i,j,k,v,q)")


def test_an_extra_column_is_refused(store: Store) -> None:
    lines = release((2021,))[YEAR].splitlines()
    text = "\n".join([lines[0] + ",unit", *(line + ",t" for line in lines[1:])])
    refused_files(
        store, {**release((2021,)), YEAR: text}, f"{YEAR}, row 1: unexpected column unit (expected t,i,j,k,v,q)"
    )


def test_a_repeated_column_is_refused(store: Store) -> None:
    lines = release((2021,))[YEAR].splitlines()
    text = "\n".join([lines[0] + ",q", *(line + ",1" for line in lines[1:])])
    message = f"{YEAR}, row 1: a column is repeated in t,i,j,k,v,q,q (expected t,i,j,k,v,q)"
    refused_files(store, {**release((2021,)), YEAR: text}, message)


@pytest.mark.parametrize(("line", "cells"), [("2021,4,8", 3), ("2021,4,8,250410,1,1,1", 7), ("x", 1)])
def test_a_malformed_row_is_refused(store: Store, line: str, cells: int) -> None:
    lines = release((2021,))[YEAR].splitlines()
    lines[411] = line
    files = {**release((2021,)), YEAR: "\n".join(lines) + "\n"}
    refused_files(store, files, f"{YEAR}, row 412: {cells} cells, expected 6 (t,i,j,k,v,q)")


def test_a_file_cut_in_the_middle_of_a_row_is_refused(store: Store) -> None:
    text = release((2021,))[YEAR]
    cut = text[: text.index("\n", 20_000) + 12]
    row = cut.count("\n") + 1
    refused_files(store, {**release((2021,)), YEAR: cut}, f"{YEAR}, row {row}: 3 cells, expected 6 (t,i,j,k,v,q)")


def test_bytes_that_are_not_text_are_refused(store: Store, tmp_path: Path) -> None:
    folder = as_folder(release((2021,)), tmp_path / "bad")
    data = (folder / YEAR).read_bytes().splitlines(keepends=True)
    data[54] = data[54][:-1] + b"\xff\n"
    (folder / YEAR).write_bytes(b"".join(data))
    with refused(store, f"{YEAR}, row 55: not UTF-8 text; nothing was loaded"):
        load(store, folder)


def test_an_empty_file_is_refused(store: Store) -> None:
    refused_files(store, {**release((2021,)), YEAR: ""}, f"{YEAR}: the file is empty")


def test_a_file_with_a_header_only_is_refused(store: Store) -> None:
    refused_files(store, {**release((2021,)), YEAR: "t,i,j,k,v,q\n"}, f"{YEAR}: no rows")


# -- releases ------------------------------------------------------------------------------------------------


def test_an_unknown_year_is_refused_with_the_years_there_are(store: Store, tmp_path: Path) -> None:
    with refused(store, "BACI_HS22_V202601.zip has no year 1994, 2030: it has 2020-2022"):
        load(store, as_zip(release((2020, 2021, 2022)), tmp_path), [1994, 2021, 2030])


def test_no_year_at_all_is_refused(store: Store, tmp_path: Path) -> None:
    with refused(store, "no year is asked for: nothing was loaded"):
        load(store, as_zip(release((2021,)), tmp_path), [])


NOT_WHOLE = (
    "BACI_HS22_V202601.zip: not a complete zip file (a truncated download?); give a release's zip, or a folder with "
    "its files; nothing was loaded"
)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.9, 0.999])
def test_a_truncated_zip_is_refused(store: Store, tmp_path: Path, share: float) -> None:
    path = as_zip(release(), tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with refused(store, NOT_WHOLE):
        load(store, path)


def test_a_page_instead_of_a_zip_is_refused(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "BACI_HS22_V202601.zip"
    path.write_text("<html>Please log in</html>")
    with refused(store, NOT_WHOLE):
        load(store, path)


def test_a_damaged_member_is_refused(store: Store, tmp_path: Path) -> None:
    path = as_zip(release((2021,)), tmp_path)
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(YEAR)
        start = info.header_offset + 30 + len(YEAR)
    data = bytearray(path.read_bytes())
    data[start + info.compress_size // 2] ^= 0xFF
    path.write_bytes(data)
    good = store.current()
    with unchanged(store.home), pytest.raises(StraitsError) as error:
        load(store, path)
    wanted = rf"BACI_HS22_V202601\.zip/{YEAR}: damaged zip member \(.+\): download it again; nothing was loaded"
    assert re.fullmatch(wanted, str(error.value))
    assert store.current() == good


def test_a_member_with_a_wrong_checksum_is_refused(store: Store, tmp_path: Path) -> None:
    """Stored without compression, a changed digit is found by the checksum alone."""
    path = tmp_path / "BACI_HS22_V202601.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, text in release((2021,)).items():
            archive.writestr(name, text)
    data = path.read_bytes()
    place = data.index(b"250410", 1000)
    path.write_bytes(data[:place] + b"250411" + data[place + 6 :])
    message = f"BACI_HS22_V202601.zip/{YEAR}: damaged zip member (Bad CRC-32 for file '{YEAR}'): download it again"
    with refused(store, message + "; nothing was loaded"):
        load(store, path)


def test_an_encrypted_member_is_refused(store: Store, tmp_path: Path) -> None:
    path = as_zip(release((2021,)), tmp_path)
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark)
        while place >= 0:
            data[place + offset] |= 1
            place = data.find(mark, place + 4)
    path.write_bytes(data)
    with unchanged(store.home), pytest.raises(StraitsError, match="encrypted"):
        load(store, path)


@pytest.mark.parametrize(
    ("others", "listed"),
    [
        (
            {year_file(2022, "22", "202501"): "x"},
            "several releases in one place (HS22 V202501, HS22 V202601): put each into a folder of its own",
        ),
        (
            {year_file(2022, "92"): "x"},
            "several releases in one place (HS22 V202601, HS92 V202601): put each into a folder of its own",
        ),
    ],
)
def test_mixed_releases_in_a_folder_are_refused(store: Store, tmp_path: Path, others: Text, listed: str) -> None:
    folder = as_folder({**release((2021,)), **others}, tmp_path / "mixed")
    with refused(store, f"mixed: {listed}; nothing was loaded"):
        load(store, folder)


@pytest.mark.parametrize("kind", ["country_codes_V{}.csv", "product_codes_HS22_V{}.csv"])
def test_code_files_of_another_release_are_refused(store: Store, tmp_path: Path, kind: str) -> None:
    files = release((2021,))
    files[kind.format("202501")] = files.pop(kind.format("202601"))
    folder = as_folder(files, tmp_path / "mixed")
    message = (
        f"mixed: several releases in one place: {kind.format('202501')} beside years of V202601; nothing was loaded"
    )
    with refused(store, message):
        load(store, folder)


def test_two_files_for_one_year_are_refused(store: Store, tmp_path: Path) -> None:
    files = release((2021,))
    files[f"copy/{YEAR}"] = files[YEAR]
    with refused(store, f"BACI_HS22_V202601.zip: two files for 2021: {YEAR} and copy/{YEAR}; nothing was loaded"):
        load(store, as_zip(files, tmp_path))


def test_an_unknown_revision_is_refused(store: Store, tmp_path: Path) -> None:
    message = "BACI_HS22_V202601.zip: unknown HS revision HS88: known are HS92, HS96, HS02, HS07, HS12, HS17, HS22; nothing was loaded"
    with refused(store, message):
        load(store, as_zip(release((2021,), "88"), tmp_path))


def test_a_folder_without_year_files_is_refused(store: Store, tmp_path: Path) -> None:
    folder = as_folder({"trade.csv": "t,i,j,k,v,q\n"}, tmp_path / "other")
    with refused(store, "other: no BACI_HSxx_Yyyyy_Vvvvvvv.csv file in it; nothing was loaded"):
        load(store, folder)


def test_a_path_that_is_not_there_is_refused(store: Store, tmp_path: Path) -> None:
    with refused(store, f"{tmp_path}/none.zip: no such file or folder"):
        load(store, tmp_path / "none.zip")


def test_too_few_economies_are_refused(store: Store) -> None:
    least = metadata("baci").assertions["economies_at_least"]
    assert least == 200
    codes = set(map(str, numeric_codes()[:198]))
    rows = [row for row in flows(2021) if {row[1], row[2]} <= codes]
    found = len({baci.codes()[int(code)] for row in rows for code in row[1:3]} - {"_X"})
    refused_files(
        store, {**release((2021,)), YEAR: text_of(rows)},
        f"BACI_HS22_V202601.zip: at least 200 economies expected, found {found}",
    )  # fmt: skip
    assert found < 200


def test_areas_not_specified_are_no_economies(store: Store) -> None:
    """199 economies and a dozen areas that map to _X are still fewer than 200 economies."""
    kept = [code for code in numeric_codes() if baci.codes()[code] != "_X"][:199]
    areas = [code for code, economy in baci.codes().items() if economy == "_X"][:12]
    pairs = [(a, b) for a, b in zip(kept, [*kept[1:], kept[0]], strict=True)] + [(area, kept[0]) for area in areas]
    rows = [["2021", str(a), str(b), "250410", "1.000", "1.000"] for a, b in pairs]
    refused_files(
        store, {**release((2021,)), YEAR: text_of(rows)},
        "BACI_HS22_V202601.zip: at least 200 economies expected, found 199",
    )  # fmt: skip


# -- code files ----------------------------------------------------------------------------------------------

COUNTRIES, GOODS = "country_codes_V202601.csv", "product_codes_HS22_V202601.csv"


def row_of(files: Text, name: str, start: str) -> int:
    return next(number for number, line in enumerate(files[name].splitlines(), 1) if line.startswith(start))


def test_a_country_file_that_means_another_economy_is_refused(store: Store) -> None:
    """Should CEPII ever give 757 to Sweden, figures of Switzerland must not be made of it."""
    files = release((2021,))
    row = row_of(files, COUNTRIES, "757,")
    files[COUNTRIES] = files[COUNTRIES].replace(",CHE\n", ",SWE\n")
    refused_files(
        store, files, f"{COUNTRIES}, row {row}: country_code 757 is SWE here, but CHE in baci_economies.csv"
    )


def test_taiwan_and_areas_go_by_cepii_s_own_letters_only(store: Store) -> None:
    files = release((2021,))
    row = row_of(files, COUNTRIES, "490,")
    files[COUNTRIES] = files[COUNTRIES].replace(",S19\n", ",R20\n")
    refused_files(
        store, files, f"{COUNTRIES}, row {row}: country_code 490 is R20 here, but TWN in baci_economies.csv"
    )


def test_a_new_country_that_does_not_trade_yet_does_not_matter(store: Store, tmp_path: Path) -> None:
    files = release((2021,))
    files[COUNTRIES] += "998,Newland,NE,NEW\n"
    load(store, as_zip(files, tmp_path))
    assert "baci-hs2022" in store.current()


def test_a_country_code_with_two_meanings_is_refused(store: Store) -> None:
    files = release((2021,))
    files[COUNTRIES] += "757,Elsewhere,XX,XXX\n"
    row = len(files[COUNTRIES].splitlines())
    refused_files(store, files, f"{COUNTRIES}, row {row}: country_code 757 is XXX here and CHE above")


def test_a_country_file_without_letters_is_refused(store: Store) -> None:
    files = release((2021,))
    files[COUNTRIES] = files[COUNTRIES].replace("country_iso3", "letters")
    refused_files(store, files, f"{COUNTRIES}, row 1: missing column country_iso3")


def test_a_malformed_country_row_is_refused(store: Store) -> None:
    files = release((2021,))
    files[COUNTRIES] = files[COUNTRIES].replace('\n757,"Economy, number 757"', "\n757,Economy, number 757")
    row = row_of(files, COUNTRIES, "757,")
    message = f"{COUNTRIES}, row {row}: 5 cells, expected 4 (country_code,country_name,country_iso2,country_iso3)"
    refused_files(store, files, message)


def test_a_product_file_without_codes_is_refused(store: Store) -> None:
    files = {**release((2021,)), GOODS: "product,description\n250410,Graphite\n"}
    refused_files(store, files, f"{GOODS}, row 1: missing column code")


def test_a_product_code_that_is_none_is_refused(store: Store) -> None:
    files = {**release((2021,)), GOODS: 'code,description\n250410,"Graphite,\nnatural"\nTOTAL,All\n'}
    refused_files(store, files, f"{GOODS}, row 4: code is TOTAL: must be a product code of six digits")


def test_a_product_with_two_descriptions_is_refused(store: Store) -> None:
    files = {**release((2021,)), GOODS: "code,description\n10121,Horses\n010121,Donkeys\n"}
    refused_files(store, files, f"{GOODS}, row 3: code 010121 has two descriptions")
