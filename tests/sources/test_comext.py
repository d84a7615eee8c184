"""Eurostat's full files: procedures add up, sums are left out, confidential trade is kept, and a month is a release."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina

from sources import comext_files as made
from sources.mirror import slices, stored, table
from store.homes import put, unchanged
from straits.sources import comext
from straits.sources.reports import areas, kept
from straits.store.mirrors import bilateral
from straits.store.store import Store
from straits.store.vintages import reported
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.regions import economies

NO_STEP = lambda *_: None  # noqa: E731


def load(store: Store, *paths: Path, **more: Any) -> None:
    comext.load(store, list(paths), NO_STEP, **more)


def loaded(store: Store, tmp_path: Path, rows: list[made.Flow], **more: Any) -> list[dict[str, Any]]:
    """Load a file of these rows, of January 2024."""
    load(store, made.written(tmp_path / "full_202401.dat", made.text_of(rows)), **more)
    return table(store, "comext")


def note(store: Store) -> str:
    return str(store.current()["comext"].manifest["note"])


@pytest.mark.parametrize("layout", [made.NOW, made.BEFORE], ids=["newer", "older"])
@pytest.mark.parametrize("kind", [".7z", ".dat", ".csv"])
def test_a_full_file_adds_up_to_the_trade_and_no_more(
    store: Store, tmp_path: Path, kind: str, layout: list[str]
) -> None:
    load(store, made.full(tmp_path, "202401", kind, layout=layout))
    assert stored(store, "comext") == made.truth(made.flows("202401"))


def test_both_layouts_say_the_same(tmp_path: Path) -> None:
    contents = []
    for name, layout in (("new", made.NOW), ("old", made.BEFORE)):
        store = Store(tmp_path / name)
        load(store, made.full(tmp_path, "202401", ".dat", layout=layout), released=dt.date(2024, 3, 18))
        contents.append([p.read_bytes() for p in store.current()["comext"].files("reports")])
    assert contents[0] == contents[1]


def test_years_and_months_stand_side_by_side(store: Store, tmp_path: Path) -> None:
    for period in ("202352", "202401", "202402"):
        made.full(tmp_path / "in", period, ".dat")
    load(store, tmp_path / "in")
    expected = {}
    for period in ("202352", "202401", "202402"):
        expected |= made.truth(made.flows(period))
    assert stored(store, "comext") == expected
    kinds = {(row["freq"], row["period"], row["nomenclature"]) for row in table(store, "comext")}
    assert kinds == {
        ("A", dt.date(2023, 1, 1), "CN2023"),
        ("M", dt.date(2024, 1, 1), "CN2024"),
        ("M", dt.date(2024, 2, 1), "CN2024"),
    }
    assert {row["currency"] for row in table(store, "comext")} == {"EUR"}


def test_a_month_speaks_for_all_products_of_those_who_report(store: Store, tmp_path: Path) -> None:
    load(store, made.full(tmp_path, "202401", ".dat"), released=dt.date(2024, 3, 18))
    assert slices(store, "comext") == {
        ("202401", reporter, flow, "*", "2024-03-18", "stated") for reporter in ("DEU", "FRA", "GRC") for flow in "XM"
    }


def test_without_a_day_the_release_is_of_the_day_of_loading(store: Store, tmp_path: Path) -> None:
    load(store, made.full(tmp_path, "202401", ".dat"))
    assert {how for *_, how in slices(store, "comext")} == {"loaded"}


def test_supplementary_units_are_kept_under_eurostats_names(store: Store, tmp_path: Path) -> None:
    rows = [made.one("DE", "CN", "85423190", "1", procedure, "202401", 10, 5, 30) for procedure in "13"]
    rows.append(made.one("DE", "CN", "25041000", "1", "1", "202401", 10, 5))
    found = {r["product"]: (r["quantity_other"], r["unit_other"]) for r in loaded(store, tmp_path, rows)}
    assert found == {"85423190": (60.0, "PCE"), "25041000": (None, None)}


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [(((90, 0),), None), (((90, 0), (10, 4)), 4.0), (((0, 0),), 0.0), (((90, 0), (5, 0)), None), (((90, 7),), 7.0)],
    ids=str,
)
def test_no_mass_at_all_beside_a_value_is_unknown(
    store: Store, tmp_path: Path, amounts: tuple[tuple[int, int], ...], expected: float | None
) -> None:
    rows = [
        made.one("DE", "CN", "25041000", "1", procedure, "202401", value, kg)
        for procedure, (value, kg) in zip("139", amounts, strict=False)
    ]
    (found,) = loaded(store, tmp_path, rows)
    assert (found["value"], found["quantity_kg"]) == (sum(value for value, _ in amounts), expected)
    assert ("1 flows with a value and 0 kg" in note(store)) == (expected is None)


def test_a_part_without_an_amount_makes_the_sum_unknown(store: Store, tmp_path: Path) -> None:
    rows = [made.one("DE", "CN", "25041000", "1", procedure, "202401", 10, 4) for procedure in "13"]
    rows[1]["QUANTITY_KG"] = ""
    (found,) = loaded(store, tmp_path, rows)
    assert (found["value"], found["quantity_kg"]) == (20.0, None)


def test_the_sum_of_procedures_is_taken_where_a_file_has_it(store: Store, tmp_path: Path) -> None:
    rows = [
        made.one("DE", "CN", "25041000", "1", procedure, "202401", value, value)
        for procedure, value in (("1", 3), ("3", 4), ("4", 7))
    ]
    (found,) = loaded(store, tmp_path, rows)
    assert (found["value"], found["quantity_kg"]) == (7.0, 7.0)


def test_the_parts_of_the_united_kingdom_are_not_counted_twice(store: Store, tmp_path: Path) -> None:
    rows = [
        made.one("DE", "GB", "25041000", "1", "1", "202401", 10, 10),
        made.one("DE", "XI", "25041000", "1", "1", "202401", 2, 2, trade_type="L"),
        made.one("DE", "XU", "25041000", "1", "1", "202401", 8, 8, trade_type="M"),
    ]
    (found,) = loaded(store, tmp_path, rows)
    assert (found["partner"], found["value"]) == ("GBR", 10.0)
    assert "2 rows that divide the United Kingdom" in note(store)


@pytest.mark.parametrize(("year", "economy"), [(1992, "CSK"), (2004, "SCG")])
def test_a_code_that_changed_hands_means_the_economy_of_its_time(
    store: Store, tmp_path: Path, year: int, economy: str
) -> None:
    row = made.one("DE", "CS", "25041000", "1", "1", f"{year}01", 10, 10)
    load(store, made.written(tmp_path / f"full_{year}01.dat", made.text_of([row])))
    assert [r["partner"] for r in table(store, "comext")] == [economy]


def test_what_is_left_out_or_unknown_is_told(store: Store, tmp_path: Path) -> None:
    load(store, made.full(tmp_path, "202401", ".dat"))
    rows = made.flows("202401")
    counts = {
        "rows of TOTAL, chapters, headings and six digits left out": len(made.sums(rows)),
        "rows of confidential products": sum(r["PRODUCT_NC"] == "25XXXXXX" for r in rows),
        "rows of Northern Ireland": sum(r["PARTNER"] == "XI" for r in rows),
        "rows of partners that are no economy": sum(made.PARTNERS[str(r["PARTNER"])] == "_X" for r in rows),
        "flows with a value and 0 kg": sum(kg is None for _, kg in made.truth(rows).values()),
    }
    for what, count in counts.items():
        assert count
        assert f"{count} {what}" in note(store)
    assert "unknown code ZZ" in note(store)
    assert "Not specified, within the EU (QV)" in note(store)


def test_a_row_without_partner_is_kept_as_unspecified(store: Store, tmp_path: Path) -> None:
    (found,) = loaded(store, tmp_path, [made.one("DE", "", "25041000", "1", "1", "202401", 10, 5)])
    assert found["partner"] == "_X"
    assert "1 rows of partners that are no economy kept as _X: unknown code  1" in note(store)


def test_a_product_filter_speaks_for_these_products_alone(store: Store, tmp_path: Path) -> None:
    load(store, made.full(tmp_path, "202401", ".dat"), products=["25041000", "99999999"])
    rows = [r for r in made.flows("202401") if r["PRODUCT_NC"] == "25041000"]
    assert stored(store, "comext") == made.truth(rows)
    assert {product for _, _, _, product, *_ in slices(store, "comext")} == {"25041000", "99999999"}
    hidden = sum(r["PRODUCT_NC"] == "25XXXXXX" for r in made.flows("202401"))
    assert f"{hidden} rows of confidential products (codes with letters) in the chapters" in note(store)


def test_six_digits_stand_for_all_codes_below_them(store: Store, tmp_path: Path) -> None:
    codes = ("25041000", "25041090", "25049000")
    rows = [made.one("DE", "CN", code, "1", "1", "202401", 10, 5) for code in codes]
    rows.append(made.one("FR", "CN", "25049000", "2", "1", "202401", 10, 5))
    found = loaded(store, tmp_path, rows, products=["250410"])
    assert {(r["reporter"], r["product"]) for r in found} == {("DEU", "25041000"), ("DEU", "25041090")}
    told = {(r["reporter"], r["flow"], r["product"]) for r in reported(store).to_pylist()}
    assert told == {
        (reporter, flow, product)
        for reporter, flow in (("DEU", "M"), ("FRA", "X"))
        for product in ("250410", "25041000", "25041090")
    }
    assert bilateral(store, ["250410"]).rows["quantity_kg"].to_pylist() == [10]


def test_a_revision_is_kept_beside_what_was_known_before(store: Store, tmp_path: Path) -> None:
    for day, seed in ((18, 1), (20, 2)):
        load(store, made.full(tmp_path, "202401", ".dat", seed=seed), released=dt.date(2024, 3, day))
    assert {released for *_, released, _ in slices(store, "comext")} == {"2024-03-18", "2024-03-20"}


def test_the_file_read_is_in_the_manifest(store: Store, tmp_path: Path) -> None:
    load(store, made.full(tmp_path, "202401"))
    version = store.current()["comext"]
    assert [entry["name"] for entry in version.manifest["origin"]] == ["full_v2_202401.7z"]
    assert version.sources[0]["publisher"] == "Eurostat"


def test_every_code_means_a_known_economy() -> None:
    assert {economy for economy, _ in areas(comext.AREAS).values()} <= set(economies())


# -- bad files -----------------------------------------------------------------------------------------------


def refused(store: Store, path: Path, message: str) -> None:
    """Loading must fail with the message and leave the good version as it was."""
    good = path.parent / "good"
    load(store, made.full(good, "202312", ".dat"))
    with unchanged(store.home), pytest.raises(StraitsError) as error:
        load(store, made.full(good, "202311", ".dat"), path)
    assert str(error.value) == f"{message}; nothing was loaded"


CELLS = [
    ("REPORTER", "ZZ", "REPORTER is ZZ: no economy has this code in comext_areas.csv"),
    ("REPORTER", "QV", "REPORTER is QV: no economy has this code in comext_areas.csv"),
    ("REPORTER", "", "REPORTER is missing: no economy has this code in comext_areas.csv"),
    ("PARTNER", "WORLD", "PARTNER is WORLD: must be two letters"),
    ("PARTNER", "0003", "PARTNER is 0003: must be two letters"),
    ("TRADE_TYPE", "Z", "TRADE_TYPE is Z: must be I, E, L or M"),
    ("PRODUCT_NC", "2504100", "PRODUCT_NC is 2504100: must be a code of eight characters, a sum of such, or TOTAL"),
    ("PRODUCT_NC", "X5041000", "PRODUCT_NC is X5041000: must be a code of eight characters, a sum of such, or TOTAL"),
    ("PRODUCT_NC", "", "PRODUCT_NC is missing: must be a code of eight characters, a sum of such, or TOTAL"),
    ("FLOW", "3", "FLOW is 3: must be 1 (imports) or 2 (exports)"),
    ("FLOW", "", "FLOW is missing: must be 1 (imports) or 2 (exports)"),
    ("STAT_PROCEDURE", "A", "STAT_PROCEDURE is A: must be one digit"),
    ("PERIOD", "202402", "PERIOD is 202402: must be 202401, as in the file's name"),
    ("PERIOD", "202413", "PERIOD is 202413: must be 202401, as in the file's name"),
    ("VALUE_EUR", "", "VALUE_EUR is missing"),
    ("VALUE_EUR", "-5", "VALUE_EUR is -5: must not be negative"),
    ("VALUE_EUR", "5x", "VALUE_EUR is 5x: must be a number or empty"),
    ("VALUE_EUR", "1e20", "VALUE_EUR is 1e20: must be <= 1e+13"),
    ("QUANTITY_KG", "-5", "QUANTITY_KG is -5: must not be negative"),
    ("QUANTITY_KG", "nan", "QUANTITY_KG is nan: must be a number or empty"),
    ("QUANTITY_SUPPL_UNIT", "-5", "QUANTITY_SUPPL_UNIT is -5: must not be negative"),
]


@pytest.mark.parametrize(("column", "cell", "rule"), CELLS, ids=[f"{column}={cell!r}" for column, cell, _ in CELLS])
def test_a_bad_cell_is_refused_with_its_row(store: Store, tmp_path: Path, column: str, cell: str, rule: str) -> None:
    rows = made.flows("202401")
    rows[300][column] = cell
    path = made.written(tmp_path / "full_v2_202401.dat", made.text_of(rows))
    refused(store, path, f"full_v2_202401.dat, row 302: {rule}")


def test_the_row_in_an_archive_is_that_in_its_file(store: Store, tmp_path: Path) -> None:
    rows = made.flows("202401")
    for place in (77, 300):
        rows[place]["VALUE_EUR"] = -1
    path = made.written(tmp_path / "full_v2_202401.7z", made.text_of(rows))
    refused(store, path, "full_202401.dat, row 79: VALUE_EUR is -1: must not be negative (2 rows break this rule)")


def test_the_older_layouts_names_are_told(store: Store, tmp_path: Path) -> None:
    rows = made.flows("202401")
    rows[3]["QUANTITY_KG"] = "many"
    path = made.written(tmp_path / "full202401.dat", made.text_of(rows, made.BEFORE))
    refused(store, path, "full202401.dat, row 5: QUANTITY_IN_KG is many: must be a number or empty")


def test_two_rows_of_one_flow_and_procedure_are_refused(store: Store, tmp_path: Path) -> None:
    rows = made.flows("202401")
    rows.append({**rows[0], "VALUE_EUR": 1})
    path = made.written(tmp_path / "full_202401.dat", made.text_of(rows))
    load(store, made.full(tmp_path / "good", "202312", ".dat"))
    with (
        unchanged(store.home),
        pytest.raises(StraitsError, match=rf"row {len(rows) + 1}: the key .* is already in row 2;"),
    ):
        load(store, path)


def test_one_confidential_code_may_be_of_several_groups(store: Store, tmp_path: Path) -> None:
    rows = [made.one("DE", "CN", "39XXXXXX", "1", "1", "202401", 10, 5) for _ in range(2)]
    rows[1]["PRODUCT_SITC"] = "582XX"
    (found,) = loaded(store, tmp_path, rows)
    assert (found["product"], found["value"]) == ("39XXXXXX", 20.0)


def test_a_procedure_without_its_sum_is_refused_where_there_are_sums(store: Store, tmp_path: Path) -> None:
    rows = [
        made.one("DE", "CN", "25041000", "1", "1", "202401", 3, 3),
        made.one("DE", "CN", "25041000", "1", "4", "202401", 3, 3),
        made.one("DE", "US", "25041000", "1", "1", "202401", 3, 3),
    ]
    path = made.written(tmp_path / "full_202401.dat", made.text_of(rows))
    told = "(DEU, US, E, 25041000, M) is there by procedure only: its sum (procedure 4) is missing"
    refused(store, path, f"full_202401.dat, row 4: {told}")


@pytest.mark.parametrize(
    "name", ["full_partxixu_v2_202401.dat", "germany.csv", "full_v2_202413.dat", "full_v2_202400.dat"]
)
def test_a_file_that_may_not_be_full_is_refused(store: Store, tmp_path: Path, name: str) -> None:
    path = made.written(tmp_path / name, made.text_of(made.flows("202401")))
    load(store, made.full(tmp_path / "good", "202312", ".dat"))
    with unchanged(store.home), pytest.raises(StraitsError, match="not the name of a full file, as full_v2_202401"):
        load(store, path)


def test_a_missing_column_is_refused(store: Store, tmp_path: Path) -> None:
    text = made.text_of(made.flows("202401"), [c for c in made.NOW if c != "FLOW"])
    load(store, made.full(tmp_path / "good", "202312", ".dat"))
    with (
        unchanged(store.home),
        pytest.raises(StraitsError, match=r"full_202401\.dat, row 1: missing column FLOW \(exp"),
    ):
        load(store, made.written(tmp_path / "full_202401.dat", text))


def test_a_row_that_is_too_short_is_refused(store: Store, tmp_path: Path) -> None:
    lines = made.text_of(made.flows("202401")).splitlines()
    lines[30] = lines[30].rpartition(",")[0]
    path = made.written(tmp_path / "full_202401.dat", "\n".join(lines) + "\n")
    refused(store, path, "full_202401.dat, row 31: 17 cells, expected 18 as in the header")


def test_a_cut_off_archive_is_refused(store: Store, tmp_path: Path) -> None:
    path = made.full(tmp_path, "202401")
    load(store, made.full(tmp_path / "good", "202312", ".dat"))
    for data in (path.read_bytes()[:-300], b"<html>busy</html>", b"7z\xbc\xaf\x27\x1c" + path.read_bytes()[6:200]):
        path.write_bytes(data)
        with unchanged(store.home), pytest.raises(StraitsError, match=r"full_v2_202401\.7z: not a whole \.7z file"):
            load(store, path)


def test_an_archive_of_several_files_is_refused(store: Store, tmp_path: Path) -> None:
    import py7zr

    path = tmp_path / "full_v2_202401.7z"
    with py7zr.SevenZipFile(path, "w") as archive:
        for name in ("full_202401.dat", "full_202402.dat"):
            archive.writestr("REPORTER\n", name)
    refused(store, path, "full_v2_202401.7z: 2 .dat files in it, expected one")


def test_without_py7zr_an_archive_says_what_to_do(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made.full(tmp_path, "202401")
    monkeypatch.setitem(sys.modules, "py7zr", None)
    with pytest.raises(StraitsError) as error:
        load(store, path)
    assert str(error.value) == (
        "full_v2_202401.7z: a .7z needs py7zr: pip install 'straits[comext]', or unpack it and give the .dat in it"
    )


@pytest.mark.parametrize("product", ["2504", "graphite", "250410000"])
def test_a_bad_product_is_told(store: Store, tmp_path: Path, product: str) -> None:
    with pytest.raises(StraitsError, match=f"'{product}' is not a product code of six or eight characters"):
        load(store, made.full(tmp_path, "202401", ".dat"), products=[product])


# -- fetching ------------------------------------------------------------------------------------------------

MODIFIED = "Mon, 18 Mar 2024 10:00:00 GMT"


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., made.Eurostat]]:
    """Start a server of full files of any month of 2024, which is asked again without pauses."""
    servers = []
    one_at_a_time = threading.Lock()

    def file(name: str) -> bytes | None:
        folder, _, base = name.rpartition("/")
        assert folder == "comext/COMEXT_DATA/PRODUCTS"
        period = base.removeprefix("full_v2_").removesuffix(".7z")
        if not period.startswith("2024"):
            return None
        path = tmp_path / "served" / base
        with one_at_a_time:
            return (path if path.exists() else made.full(tmp_path / "served", period)).read_bytes()

    def start(modified: str | None = MODIFIED) -> made.Eurostat:
        servers.append(made.Eurostat(file, modified))
        return servers[-1]

    with stamina.set_testing(True, attempts=99, cap=True):
        yield start
    for server in servers:
        server.close()


def fetch(store: Store, server: made.Eurostat, *periods: str, **more: Any) -> None:
    comext.fetch(store, periods, NO_STEP, base=server.url, **more)


def names(server: made.Eurostat) -> list[str]:
    return [name.rpartition("/")[2] for name in server.asked]


def test_what_is_fetched_is_what_was_reported(store: Store, serve: Callable[..., made.Eurostat]) -> None:
    server = serve()
    fetch(store, server, "2024-01", "2024")
    assert names(server) == ["full_v2_202452.7z", "full_v2_202401.7z"]
    assert stored(store, "comext") == made.truth(made.flows("202401")) | made.truth(made.flows("202452"))
    assert [path.name for path in (store.home / "fetched" / "comext").iterdir()] == ["lock"]


@pytest.mark.parametrize(
    ("modified", "how"),
    [(MODIFIED, ("2024-03-18", "stated")), (None, (str(dt.datetime.now(dt.UTC).date()), "loaded"))],
)
def test_the_servers_date_is_that_of_the_release(
    store: Store, serve: Callable[..., made.Eurostat], modified: str | None, how: tuple[str, str]
) -> None:
    fetch(store, serve(modified), "2024-01")
    assert {(released, dated) for *_, released, dated in slices(store, "comext")} == {how}


@pytest.mark.parametrize("script", [[503, 429], ["cut", "cut"]], ids=str)
def test_a_fetch_comes_over_a_bad_line(
    store: Store, serve: Callable[..., made.Eurostat], script: list[int | str]
) -> None:
    server = serve()
    server.script = list(script)
    fetch(store, server, "2024-01")
    assert len(server.asked) == 3
    assert stored(store, "comext") == made.truth(made.flows("202401"))


def test_a_month_that_is_not_there_is_told(store: Store, serve: Callable[..., made.Eurostat]) -> None:
    put(store, 1)
    with pytest.raises(StraitsError) as error:
        fetch(store, server := serve(), "2025-01")
    assert str(error.value) == (f"full_v2_202501.7z: {server.url}: the server answered 404; check the address")
    assert set(store.current()) == {"small"}


def test_a_page_instead_of_a_file_is_told_and_asked_for_anew(
    store: Store, serve: Callable[..., made.Eurostat]
) -> None:
    put(store, 1)
    server = serve()
    server.script = ["page"]
    with pytest.raises(StraitsError, match=r"full_v2_202401\.7z: not a whole \.7z file"):
        fetch(store, server, "2024-01")
    fetch(store, server, "2024-01")
    assert stored(store, "comext") == made.truth(made.flows("202401"))


FETCH = """
import sys
from pathlib import Path
from straits.sources import comext
from straits.store.store import Store
comext.fetch(Store(Path(sys.argv[1])), ["2024-01", "2024-02", "2024-03"], lambda *_: None, base=sys.argv[2])
"""


def test_a_fetch_that_is_killed_goes_on_where_it_was(store: Store, serve: Callable[..., made.Eurostat]) -> None:
    server = serve()
    server.script = [200, 200] + [503] * 99
    with subprocess.Popen(
        [sys.executable, "-c", FETCH, str(store.home), server.url], env=dict(os.environ)
    ) as process:
        while len(server.asked) < 3:
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    assert not store.current()
    server.script, before = [], len(server.asked)
    fetch(store, server, "2024-01", "2024-02", "2024-03")
    assert set(names(server)[before:]) == {"full_v2_202403.7z"}  # the killed process may have asked once more
    expected = {}
    for period in ("202401", "202402", "202403"):
        expected |= made.truth(made.flows(period))
    assert stored(store, "comext") == expected


def test_what_an_old_fetch_left_is_asked_for_anew(store: Store, serve: Callable[..., made.Eurostat]) -> None:
    server = serve()
    server.script = [200, 404]
    with pytest.raises(StraitsError):
        fetch(store, server, "2024-01", "2024-02")
    told = store.home / "fetched" / "comext" / "full_v2_202401.json"
    assert json.loads(told.read_text()) == {"released": "2024-03-18"}
    os.utime(told, (0, 0))
    fetch(store, server, "2024-01", "2024-02")
    assert names(server).count("full_v2_202401.7z") == 2


def test_two_fetches_at_once_are_refused(store: Store, serve: Callable[..., made.Eurostat]) -> None:
    with kept(store, "comext"), pytest.raises(StraitsError, match="another fetch from comext is under way"):
        fetch(store, serve(), "2024-01")


@pytest.mark.parametrize(
    ("periods", "message"),
    [
        (("2024-13",), "'2024-13' is not a month or a year: write 2024-01 or 2024"),
        ((), "no month or year is asked for: nothing was fetched"),
    ],
)
def test_a_bad_month_is_told_before_anything_is_asked(
    store: Store, serve: Callable[..., made.Eurostat], periods: tuple[str, ...], message: str
) -> None:
    put(store, 1)
    server = serve()
    with unchanged(store.home), pytest.raises(StraitsError) as error:
        fetch(store, server, *periods)
    assert str(error.value) == message
    assert not server.asked
