"""UN Comtrade's bulk files: what is kept adds up to the trade, and what is left out or changed is told."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from sources import comtrade_files as made
from sources.mirror import slices, stored, table
from store.homes import unchanged
from straits.sources import comtrade, comtrade_rows
from straits.store.store import Store
from straits.store.vintages import known
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.regions import economies

NO_STEP = lambda *_: None  # noqa: E731
CELL = 1e-6  # a sum of decimals, written down as a float


def load(store: Store, *paths: Path, **more: Any) -> None:
    comtrade.load(store, list(paths), NO_STEP, **more)


def agree(found: dict[Any, Any], expected: dict[Any, Any]) -> bool:
    return found.keys() == expected.keys() and all(
        found[key][0] == pytest.approx(value, rel=CELL) and found[key][1] == (kg and pytest.approx(kg, rel=CELL))
        for key, (value, kg) in expected.items()
    )


@pytest.mark.parametrize("kind", [".gz", ".zip", ".txt"])
def test_a_bulk_file_adds_up_to_the_trade_and_no_more(store: Store, tmp_path: Path, kind: str) -> None:
    load(store, made.bulk(tmp_path, "202301", 156, kind=kind))
    assert agree(stored(store, "comtrade"), made.truth(["202301"], [156]))


def test_annual_and_monthly_files_of_several_reporters_stand_side_by_side(store: Store, tmp_path: Path) -> None:
    for period in ("2022", "202301", "202302"):
        for reporter in (156, 276):
            made.bulk(tmp_path, period, reporter)
    load(store, tmp_path)
    assert agree(stored(store, "comtrade"), made.truth(["2022", "202301", "202302"], [156, 276]))
    assert {row["nomenclature"] for row in table(store, "comtrade")} == {"HS2022"}
    assert {row["currency"] for row in table(store, "comtrade")} == {"USD"}


def test_the_name_dates_the_release_unless_it_is_said(store: Store, tmp_path: Path) -> None:
    path = made.bulk(tmp_path, "202301", 156, day="2023-03-20")
    load(store, path)
    assert slices(store, "comtrade") == {("202301", "CHN", flow, "*", "2023-03-20", "stated") for flow in "XM"}
    load(store, path, released=dt.date(2023, 3, 18), name="other")
    assert slices(store, "other") == {("202301", "CHN", flow, "*", "2023-03-18", "stated") for flow in "XM"}


@pytest.mark.parametrize("name", ["china.txt", "COMTRADE-FINAL-CM156202301H6[1900-01-01].txt"])
def test_without_a_day_the_release_is_of_the_day_of_loading(store: Store, tmp_path: Path, name: str) -> None:
    load(store, made.written(tmp_path / name, made.text_of(made.rows("202301", 156))))
    assert {how for *_, how in slices(store, "comtrade")} == {"loaded"}


def test_a_revision_is_kept_beside_what_was_known_before(store: Store, tmp_path: Path) -> None:
    load(store, made.bulk(tmp_path, "202301", 156, day="2023-03-20"))
    load(store, made.bulk(tmp_path, "202301", 156, day="2023-06-20", seed=2))
    asked = {"products": ["250410"], "flow": "X"}
    for day, seed in ((dt.date(2023, 4, 1), 1), (dt.date(2023, 7, 1), 2)):
        expected = {
            (partner, product): value
            for (_, _, flow, partner, product), (value, _) in made.truth(["202301"], [156], seed=seed).items()
            if flow == "X" and product == "250410"
        }
        rows = known(store, as_of=day, **asked).to_pylist()
        assert {(r["partner"], r["product"]): pytest.approx(r["value"]) for r in rows} == expected


def test_what_is_left_out_is_told(store: Store, tmp_path: Path) -> None:
    load(store, made.bulk(tmp_path, "202301", 156))
    note = store.current()["comtrade"].manifest["note"]
    rows = made.rows("202301", 156)
    exact = [r for r in rows if r["flowCode"] != "RX" and r["aggrLevel"] == 6]
    parts = [r for r in exact if r["customsCode"] != "C00" or r["motCode"] or r["partner2Code"]]
    counts = {
        "rows of re-exports": sum(r["flowCode"] == "RX" for r in rows),
        "rows of chapters, headings": sum(r["aggrLevel"] != 6 for r in rows),
        "rows by customs procedure": len(parts),
        "rows of World": sum(r["partnerCode"] == 0 for r in exact),
        "rows of partners that are no economy": sum(made.PARTNERS.get(r["partnerCode"]) == "_X" for r in exact),
    }
    for what, count in counts.items():
        assert count
        assert f"{count} {what}" in note
    assert "unknown code 9990" in note
    assert "US Virgin Isds (850)" in note


def test_a_product_filter_speaks_for_these_products_alone(store: Store, tmp_path: Path) -> None:
    load(store, made.bulk(tmp_path, "202301", 156), products=["250410", "999999"])
    assert agree(stored(store, "comtrade"), made.truth(["202301"], [156], ["250410"]))
    assert {product for _, _, _, product, *_ in slices(store, "comtrade")} == {"250410", "999999"}


def one_row(store: Store, tmp_path: Path, **more: Any) -> dict[str, Any]:
    given = made.row("202301", 156, "X", 842, "250410", 100.0, 20.0, **more)
    load(store, made.written(tmp_path / "one.txt", made.text_of([given])))
    (found,) = table(store, "comtrade")
    return found


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, (20.0, False, None, None)),
        ({"isNetWgtEstimated": True}, (20.0, True, None, None)),
        ({"netWgt": 0}, (None, False, None, None)),
        ({"netWgt": None}, (None, False, None, None)),
        ({"netWgt": 0, "primaryValue": 0}, (0.0, False, None, None)),
        ({"qtyUnitCode": 5, "qty": 7}, (20.0, False, 7.0, "u")),
        ({"qtyUnitCode": 8, "qty": 7}, (20.0, False, None, None)),
        ({"qtyUnitCode": 8, "qty": 7, "netWgt": 0, "isQtyEstimated": True}, (7.0, True, None, None)),
        ({"qtyUnitCode": 37, "qty": 7}, (20.0, False, 7.0, "unit 37")),
        ({"qtyUnitCode": 5, "qty": 0}, (20.0, False, None, None)),
    ],
    ids=str,
)
def test_quantities_are_what_the_row_says(
    store: Store, tmp_path: Path, more: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    found = one_row(store, tmp_path, **more)
    names = ("quantity_kg", "quantity_estimated", "quantity_other", "unit_other")
    assert tuple(found[name] for name in names) == expected


def test_a_missing_value_is_missing(store: Store, tmp_path: Path) -> None:
    assert one_row(store, tmp_path, primaryValue=None)["value"] is None


@pytest.mark.parametrize(("code", "name"), [("H0", "HS1992"), ("H3", "HS2007"), ("H6", "HS2022")])
def test_classifications_carry_the_projects_names(store: Store, tmp_path: Path, code: str, name: str) -> None:
    assert one_row(store, tmp_path, classificationCode=code)["nomenclature"] == name


def test_one_code_in_two_revisions_is_two_things(store: Store, tmp_path: Path) -> None:
    rows = [
        made.row("202301", 156, "X", 842, "250410", value, 1, classificationCode=c)
        for c, value in (("H5", 1), ("H6", 2))
    ]
    load(store, made.written(tmp_path / "two.txt", made.text_of(rows)))
    assert {(r["nomenclature"], r["value"]) for r in table(store, "comtrade")} == {("HS2017", 1), ("HS2022", 2)}


def test_a_reporter_that_is_no_economy_is_left_out_and_told(store: Store, tmp_path: Path) -> None:
    rows = [made.row("202301", reporter, "M", 842, "250410", 5, 1) for reporter in (97, 234, 276)]
    load(store, made.written(tmp_path / "eu.txt", made.text_of(rows)))
    assert {row["reporter"] for row in table(store, "comtrade")} == {"DEU"}
    assert "2 rows of reporters that are no economy left out" in store.current()["comtrade"].manifest["note"]


def test_partners_that_fall_short_of_the_world_are_told(store: Store, tmp_path: Path) -> None:
    rows = [made.row("202301", 156, "X", 842, "250410", 90, 1), made.row("202301", 156, "X", 0, "250410", 100, 1)]
    load(store, made.written(tmp_path / "short.txt", made.text_of(rows)))
    note = store.current()["comtrade"].manifest["note"]
    assert "1 flows whose partners add up to less than 99% of their World row" in note


def test_a_flow_without_partners_is_missing_and_not_zero(store: Store, tmp_path: Path) -> None:
    rows = [made.row("202301", 156, "X", 842, "250410", 90, 1), made.row("202301", 156, "M", 0, "250410", 100, 1)]
    load(store, made.written(tmp_path / "world.txt", made.text_of(rows)))
    assert {flow for _, _, flow, *_ in slices(store, "comtrade")} == {"X"}


def test_an_unknown_column_is_told_and_not_used(store: Store, tmp_path: Path) -> None:
    text = made.text_of(made.rows("202301", 156), [*made.COLUMNS, "carbon"])
    load(store, made.written(tmp_path / "more.txt", text))
    assert agree(stored(store, "comtrade"), made.truth(["202301"], [156]))
    assert "columns not known and not used: carbon" in store.current()["comtrade"].manifest["note"]


def test_columns_may_come_in_another_order_and_case(store: Store, tmp_path: Path) -> None:
    text = made.text_of(made.rows("202301", 156), reversed(made.COLUMNS))
    head, _, body = text.partition("\r\n")
    load(store, made.written(tmp_path / "turned.txt", head.replace("primaryValue", "PrimaryValue") + "\r\n" + body))
    assert agree(stored(store, "comtrade"), made.truth(["202301"], [156]))


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    path, contents = made.bulk(tmp_path, "202301", 156), []
    for home in (Store(tmp_path / "one"), Store(tmp_path / "two")):
        load(home, path)
        contents.append([p.read_bytes() for p in home.current()["comtrade"].files("reports")])
    assert contents[0] == contents[1]


def test_the_file_read_is_in_the_manifest(store: Store, tmp_path: Path) -> None:
    path = made.bulk(tmp_path, "202301", 156)
    load(store, path)
    version = store.current()["comtrade"]
    assert [entry["name"] for entry in version.manifest["origin"]] == [path.name]
    assert version.sources[0]["publisher"] == "United Nations Statistics Division"


def test_every_code_means_a_known_economy_and_each_economy_reports_under_one_code() -> None:
    meant = {economy for economy, _ in comtrade_rows.known_areas().values()}
    assert meant - set(economies()) == {"_W"}
    several = {
        economy: [code for code, (e, _) in comtrade_rows.known_areas().items() if e == economy]
        for economy in meant
        if not economy.startswith("_")
    }
    for economy, codes in several.items():
        assert str(comtrade_rows.reporter_codes()[economy]) in codes
        assert len(codes) == 1 or economy in comtrade_rows._REPORTS_AS


# -- saved answers -------------------------------------------------------------------------------------------


def saved(tmp_path: Path, rows: list[dict[str, Any]]) -> Path:
    path = tmp_path / "answer.json"
    path.write_bytes(made.answer(rows))
    return path


def test_a_saved_answer_speaks_for_the_products_in_it(store: Store, tmp_path: Path) -> None:
    rows = [r for r in made.rows("202301", 156) if r["cmdCode"] in {"250410", "280530"}]
    load(store, saved(tmp_path, rows))
    assert agree(stored(store, "comtrade"), made.truth(["202301"], [156], ["250410", "280530"]))
    assert {product for _, _, _, product, *_ in slices(store, "comtrade")} == {"250410", "280530"}


def test_a_saved_answer_and_a_bulk_file_say_the_same(tmp_path: Path) -> None:
    one, two = Store(tmp_path / "one"), Store(tmp_path / "two")
    rows = made.rows("202301", 156)
    load(one, saved(tmp_path, rows))
    load(two, made.bulk(tmp_path, "202301", 156))
    assert stored(one, "comtrade") == stored(two, "comtrade")


def test_a_saved_answer_of_some_partners_is_refused(store: Store, tmp_path: Path) -> None:
    rows = [r for r in made.rows("202301", 156) if r["partnerCode"] == 842]
    refused(
        store,
        saved(tmp_path, rows),
        "answer.json, row 1: no row of partner 0 (World) beside it: an answer must be of all partners",
    )


def test_a_full_saved_answer_is_refused(store: Store, tmp_path: Path) -> None:
    rows = [made.row("202301", 156, "X", 842, "250410", 1, 1)] * 500
    refused(
        store,
        saved(tmp_path, rows),
        "answer.json: 500 rows are the most that one answer holds: ask for less at a time",
    )


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("<html>", "not JSON (Expecting value: line 1 column 1 (char 0))"),
        ('{"error": "Invalid subscription key", "data": []}', "UN Comtrade says: Invalid subscription key"),
        ('{"statusCode": 401, "message": "Access denied"}', "UN Comtrade says: Access denied"),
        ('{"count": 1}', "no list of data in it"),
        ('{"count": 3, "data": [{}]}', "1 rows of 3: the answer is cut off"),
    ],
)
def test_an_answer_that_is_none_is_refused(store: Store, tmp_path: Path, body: str, rule: str) -> None:
    path = tmp_path / "answer.json"
    path.write_text(body, encoding="utf-8")
    refused(store, path, f"answer.json: {rule}")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"netWgt": [1]}, "netWgt is not a single value"),
        ({"primaryValue": float("nan")}, "primaryValue is nan: must be a number or empty"),
        ({"primaryValue": -1}, "primaryValue is -1: must not be negative"),
        ({"period": 202313}, "period is 202313: must be a month from 1962 on, as 202301 (months 01 to 12)"),
    ],
    ids=str,
)
def test_a_bad_field_of_an_answer_is_refused(store: Store, tmp_path: Path, change: dict[str, Any], rule: str) -> None:
    rows = made.rows("202301", 156)
    rows[4] |= change
    refused(store, saved(tmp_path, rows), f"answer.json, row 5: {rule}")


def test_a_missing_field_of_an_answer_is_refused(store: Store, tmp_path: Path) -> None:
    rows = made.rows("202301", 156)
    del rows[2]["motCode"]
    refused(store, saved(tmp_path, rows), "answer.json, row 3: missing field motCode")


# -- bad files -----------------------------------------------------------------------------------------------


def refused(store: Store, path: Path, message: str) -> None:
    """Loading must fail with the message and leave the good version as it was."""
    load(store, made.bulk(path.parent / "good", "202212", 156))
    with unchanged(store.home), pytest.raises(StraitsError) as error:
        load(store, made.bulk(path.parent / "good", "202211", 156), path)
    assert str(error.value) == f"{message}; nothing was loaded"


CELLS = [
    ("typeCode", "S", "typeCode is S: must be C (goods)"),
    ("freqCode", "Q", "freqCode is Q: must be A or M"),
    ("period", "202300", "period is 202300: must be a month from 1962 on, as 202301 (months 01 to 12)"),
    ("period", "2023", "period is 2023: must be a month from 1962 on, as 202301 (months 01 to 12)"),
    ("period", "", "period is missing: must be a month from 1962 on, as 202301 (months 01 to 12)"),
    ("period", "190001", "period is 190001: must be a month from 1962 on, as 202301 (months 01 to 12)"),
    ("reporterCode", "998", "reporterCode is 998: no economy has this code in baci_economies.csv or comtrade_areas.csv"),
    ("reporterCode", "", "reporterCode is missing: no economy has this code in baci_economies.csv or comtrade_areas.csv"),
    ("partnerCode", "USA", "partnerCode is USA: must be a number"),
    ("partnerCode", "", "partnerCode is missing: must be a number"),
    ("partnerCode", "8.42", "partnerCode is 8.42: must be a number"),
    ("flowCode", "E", "flowCode is E: must be one of X, M, RX, RM, DX, FM, MIP, MOP, XIP, XOP, MIF, XIF"),
    ("classificationCode", "S4", "classificationCode is S4: must be one of H0, H1, H2, H3, H4, H5, H6"),
    ("cmdCode", "25041", "cmdCode is 25041: must be TOTAL or a code of 2, 4 or 6 digits"),
    ("cmdCode", "", "cmdCode is missing: must be TOTAL or a code of 2, 4 or 6 digits"),
    ("isNetWgtEstimated", "yes", "isNetWgtEstimated is yes: must be 0, 1, true or false"),
    ("isQtyEstimated", "2", "isQtyEstimated is 2: must be 0, 1, true or false"),
    ("qtyUnitCode", "kg", "qtyUnitCode is kg: must be a number"),
    ("primaryValue", "-0.5", "primaryValue is -0.5: must not be negative"),
    ("primaryValue", "12x", "primaryValue is 12x: must be a number or empty"),
    ("primaryValue", "1_000", "primaryValue is 1_000: must be a number or empty"),
    ("primaryValue", "inf", "primaryValue is inf: must be a number or empty"),
    ("primaryValue", "1e20", "primaryValue is 1e20: must be <= 3e+13"),
    ("netWgt", "-1", "netWgt is -1: must not be negative"),
    ("netWgt", "NA", "netWgt is NA: must be a number or empty"),
    ("qty", "-1", "qty is -1: must not be negative"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "cell", "rule"), CELLS, ids=[f"{column}={cell!r}" for column, cell, _ in CELLS])
def test_a_bad_cell_is_refused_with_its_row(store: Store, tmp_path: Path, column: str, cell: str, rule: str) -> None:
    rows = made.rows("202301", 156)
    rows[40][column] = cell
    refused(store, made.written(tmp_path / "bad.txt", made.text_of(rows)), f"bad.txt, row 42: {rule}")


def test_the_first_of_several_bad_rows_is_told_with_their_number(store: Store, tmp_path: Path) -> None:
    rows = made.rows("202301", 156)
    for place in (60, 20, 44):
        rows[place]["primaryValue"] = -place
    message = "bad.txt, row 22: primaryValue is -20: must not be negative (3 rows break this rule)"
    refused(store, made.written(tmp_path / "bad.txt", made.text_of(rows)), message)


def test_two_rows_of_one_flow_are_refused(store: Store, tmp_path: Path) -> None:
    rows = made.rows("202301", 156)
    place = next(n for n, r in enumerate(rows) if r["partnerCode"] == 579)
    rows.insert(50, {**rows[place], "primaryValue": 1})
    first = place + 2 if place < 50 else place + 3
    one, other = sorted((first, 52))
    key = f"(M, 202301, 156, {rows[50]['flowCode']}, 579, H6, {rows[50]['cmdCode']})"
    names = "freqCode, period, reporterCode, flowCode, partnerCode, classificationCode, cmdCode"
    refused(
        store,
        made.written(tmp_path / "bad.txt", made.text_of(rows)),
        f"bad.txt, row {other}: the key ({names}) = {key} is already in row {one}",
    )


def test_a_flow_in_parts_without_its_whole_is_refused(store: Store, tmp_path: Path) -> None:
    rows = [made.row("202301", 156, "X", 842, "250410", 5, 1, motCode=code) for code in (1000, 2000)]
    names = "freqCode, period, reporterCode, flowCode, partnerCode, classificationCode, cmdCode"
    message = (
        f"bad.txt, row 2: ({names}) = (M, 202301, 156, X, 842, H6, 250410) is there in parts only: its row of "
        "customsCode C00, motCode 0 and partner2Code 0 is missing"
    )
    refused(store, made.written(tmp_path / "bad.txt", made.text_of(rows)), message)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("COMTRADE-FINAL-CM842202301H6[2024-01-03].txt", "reporterCode is 156: must be 842, as in the file's name"),
        ("COMTRADE-FINAL-CM156202302H6[2024-01-03].txt", "period is 202301: must be 202302, as in the file's name"),
        (
            "COMTRADE-FINAL-CM156202301H5[2024-01-03].txt",
            "classificationCode is H6: must be H5, as in the file's name",
        ),
        ("COMTRADE-FINAL-CA1562023H6[2024-01-03].txt", "freqCode is M: must be A, as in the file's name"),
    ],
)
def test_a_file_under_anothers_name_is_refused(store: Store, tmp_path: Path, name: str, rule: str) -> None:
    rows = made.rows("202301", 156)
    path = made.written(tmp_path / name, made.text_of(rows))
    refused(store, path, f"{name}, row 2: {rule} ({len(rows)} rows break this rule)")


def test_a_tariff_line_file_is_refused(store: Store, tmp_path: Path) -> None:
    path = made.written(
        tmp_path / "COMTRADE-TARIFFLINE-CM156202301H6[2024-01-03].gz", made.text_of(made.rows("202301", 156))
    )
    refused(store, path, f"{path.name}: tariff-line files are in national codes: give the FINAL file")


def test_a_missing_column_is_refused(store: Store, tmp_path: Path) -> None:
    text = made.text_of(made.rows("202301", 156), [c for c in made.COLUMNS if c != "motCode"])
    expected = ", ".join(comtrade_rows.NEEDED)
    refused(
        store,
        made.written(tmp_path / "bad.txt", text),
        f"bad.txt, row 1: missing column motCode (expected {expected})",
    )


def test_a_repeated_column_is_refused(store: Store, tmp_path: Path) -> None:
    text = made.text_of(made.rows("202301", 156), [*made.COLUMNS, "netWgt"])
    refused(store, made.written(tmp_path / "bad.txt", text), "bad.txt, row 1: column netWgt is there more than once")


def test_a_row_that_is_too_short_is_refused(store: Store, tmp_path: Path) -> None:
    lines = made.text_of(made.rows("202301", 156)).split("\r\n")
    lines[30] = "\t".join(lines[30].split("\t")[:20])
    path = made.written(tmp_path / "bad.txt", "\r\n".join(lines))
    refused(store, path, "bad.txt, row 31: 20 cells, expected 35 as in the header")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "bad.txt: the file is empty"),
        ("\t".join(made.COLUMNS) + "\r\n", "bad.txt: no rows"),
        ("<html><body>Log in</body></html>", "bad.txt, row 1: no header of column names separated by tabs"),
    ],
    ids=["nothing", "header only", "a page"],
)
def test_what_is_no_table_is_refused(store: Store, tmp_path: Path, text: str, rule: str) -> None:
    refused(store, made.written(tmp_path / "bad.txt", text), rule)


@pytest.mark.parametrize("kind", [".gz", ".zip"])
def test_a_cut_off_file_is_refused(store: Store, tmp_path: Path, kind: str) -> None:
    path = made.bulk(tmp_path, "202301", 156, kind=kind)
    path.write_bytes(path.read_bytes()[:-200])
    load(store, made.bulk(tmp_path / "good", "202212", 156))
    with (
        unchanged(store.home),
        pytest.raises(StraitsError, match=r"damaged \(.*\): download it again; nothing was loaded"),
    ):
        load(store, path)


def test_a_file_that_is_not_there_is_told(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StraitsError, match="no such file or folder"):
        load(store, tmp_path / "nothing.gz")


@pytest.mark.parametrize(
    ("product", "message"),
    [
        ("2504", "'2504' is not a product code of six digits"),
        ("HS2017:250410", "'HS2017:250410' is not a product code of six digits, without a nomenclature before it"),
    ],
)
def test_a_bad_product_is_told(store: Store, tmp_path: Path, product: str, message: str) -> None:
    with pytest.raises(StraitsError) as error:
        load(store, made.bulk(tmp_path, "202301", 156), products=[product])
    assert str(error.value) == message


def test_an_answer_is_valid_json_of_the_publishers_form() -> None:
    assert json.loads(made.answer(made.rows("202301", 156)))["count"] == len(made.rows("202301", 156))
