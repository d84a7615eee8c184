"""Loading BACI releases: from a zip, a folder, any years, any revision; figures equal a plain reading."""

from __future__ import annotations

import hashlib
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sources.release import (
    PRODUCTS,
    as_folder,
    as_zip,
    flows,
    numeric_codes,
    plain_reading,
    release,
    text_of,
    year_file,
)
from straits.sources import baci
from straits.store.store import Store, Version


def loaded(store: Store, origin: Path | str, years: list[int] | None = None) -> Version:
    return baci.load(store, str(origin), years, lambda *_: None)


def rows_of(version: Version, year: int) -> list[dict[str, Any]]:
    (path,) = [path for path in version.files("trade") if path.stem == str(year)]
    return list(pq.read_table(path).to_pylist())


def reading_of(version: Version, year: int) -> dict[tuple[str, str, str], tuple[int, int | None]]:
    rows = rows_of(version, year)
    found = {(r["exporter"], r["importer"], r["product"]): (r["value_usd"], r["quantity_kg"]) for r in rows}
    assert len(found) == len(rows)
    return found


@pytest.mark.parametrize("way", [as_zip, as_folder])
def test_figures_equal_a_plain_reading_of_the_files(store: Store, tmp_path: Path, way: Any) -> None:
    files = release((2021, 2022))
    version = loaded(store, way(files, tmp_path / "in"))
    assert version.dataset == "baci-hs2022"
    assert version.years("trade") == [2021, 2022]
    for year in (2021, 2022):
        plain = plain_reading(files[year_file(year)])
        assert len(plain) > 1000
        assert {quantity is None for _, quantity in plain.values()} == {True, False}
        assert reading_of(version, year) == plain


def test_every_row_says_what_it_is(store: Store, tmp_path: Path) -> None:
    rows = rows_of(loaded(store, as_zip(release((2021,)), tmp_path)), 2021)
    assert {(str(r["period"]), r["freq"], r["nomenclature"]) for r in rows} == {("2021-01-01", "A", "HS2022")}


def test_codes_that_differ_from_iso_are_mapped_and_areas_not_specified_are_x(store: Store, tmp_path: Path) -> None:
    rows = rows_of(loaded(store, as_zip(release((2021,)), tmp_path)), 2021)
    exporters = {r["exporter"] for r in rows}
    assert {"FRA", "TWN", "NOR", "IND", "CHE", "USA", "_X"} <= exporters
    assert len(exporters) == len(numeric_codes())


def test_a_zip_and_a_folder_of_the_same_files_are_the_same_version(tmp_path: Path) -> None:
    files = release()
    one = loaded(Store(tmp_path / "a"), as_zip(files, tmp_path / "zip"))
    two = loaded(Store(tmp_path / "b"), as_folder(files, tmp_path / "folder"))
    assert one.id == two.id
    for table in ("trade", "products"):
        assert [p.read_bytes() for p in one.files(table)] == [p.read_bytes() for p in two.files(table)]


def test_the_order_of_rows_in_the_file_does_not_matter(tmp_path: Path) -> None:
    files = release((2021,))
    turned = {**files, year_file(2021): text_of(flows(2021)[::-1])}
    one = loaded(Store(tmp_path / "a"), as_zip(files, tmp_path / "one"))
    two = loaded(Store(tmp_path / "b"), as_zip(turned, tmp_path / "two"))
    assert one.id == two.id


def test_a_subset_of_years_loads_only_those(store: Store, tmp_path: Path) -> None:
    files = release((2019, 2020, 2021, 2022))
    version = loaded(store, as_zip(files, tmp_path), [2022, 2020, 2020])
    assert version.years("trade") == [2020, 2022]
    assert version.manifest["tables"]["trade"]["rows"] == len(flows(2020)) + len(flows(2022))


@pytest.mark.parametrize("revision", sorted(baci.NOMENCLATURES))
def test_every_revision_has_its_nomenclature_and_dataset(store: Store, tmp_path: Path, revision: str) -> None:
    version = loaded(store, as_zip(release((2021,), revision), tmp_path))
    name = baci.NOMENCLATURES[revision]
    assert version.dataset == f"baci-{name.lower()}"
    assert {r["nomenclature"] for r in rows_of(version, 2021)} == {name}
    assert [path.stem for path in version.files("products")] == [name]


def test_two_revisions_live_side_by_side(store: Store, tmp_path: Path) -> None:
    loaded(store, as_zip(release((2021,), "22"), tmp_path / "22"))
    loaded(store, as_zip(release((2021,), "92"), tmp_path / "92"))
    assert sorted(store.current()) == ["baci-hs1992", "baci-hs2022"]


def test_products_carry_the_descriptions_of_the_release(store: Store, tmp_path: Path) -> None:
    version = loaded(store, as_zip(release((2021,)), tmp_path))
    rows = pq.read_table(version.files("products")[0]).to_pylist()
    assert {r["product"]: r["description"] for r in rows} == {
        **PRODUCTS,
        "9999AA": "Commodities not specified according to kind",
    }


def test_a_product_without_a_description_is_kept_and_told(store: Store, tmp_path: Path) -> None:
    files = release((2021,))
    files["product_codes_HS22_V202601.csv"] = "code,description\n250410,Graphite\n"
    version = loaded(store, as_zip(files, tmp_path))
    rows = {r["product"]: r["description"] for r in pq.read_table(version.files("products")[0]).to_pylist()}
    assert rows == {"010121": "", "250410": "Graphite", "280530": ""}
    assert version.manifest["note"] == "2 traded codes have no description in the release: 010121, 280530"


def test_year_files_alone_are_enough(store: Store, tmp_path: Path) -> None:
    files = {year_file(2021): release((2021,))[year_file(2021)]}
    version = loaded(store, as_folder(files, tmp_path / "in"))
    assert reading_of(version, 2021) == plain_reading(files[year_file(2021)])
    assert [path.stem for path in version.files("products")] == ["HS2022"]


def test_other_layouts_of_the_same_rows_are_the_same_data(tmp_path: Path) -> None:
    """Windows line ends, a byte order mark, columns in another order, no padding, no leading zeros, blank lines."""
    files, name = release((2021,)), year_file(2021)
    rows = flows(2021)
    bare = [[t, f"{int(i):03d}", j, str(int(k)), v.strip(), q.strip()] for t, i, j, k, v, q in rows]
    turned = "q,k,t,j,i,v\n" + "".join(f"{q},{k},{t},{j},{i},{v}\n" for t, i, j, k, v, q in rows)
    layouts = {
        "windows": files[name].replace("\n", "\r\n"),
        "mark": "\ufeff" + files[name],
        "bare": text_of(bare),
        "turned": turned,
        "blank": files[name] + "\n\n",
        "open end": files[name].rstrip("\n"),
    }
    ids = {
        layout: loaded(Store(tmp_path / layout), as_folder({**files, name: text}, tmp_path / f"in-{layout}")).id
        for layout, text in layouts.items()
    }
    assert set(ids.values()) == {loaded(Store(tmp_path / "plain"), as_folder(files, tmp_path / "in")).id}


def test_codes_of_one_economy_are_summed_and_a_sum_with_a_missing_part_is_missing(
    store: Store, tmp_path: Path
) -> None:
    """842 and 840 are both the USA: values add up; a quantity is known only when both are."""
    more = [
        ["2021", "842", "156", "999999", "        1.500", "        2.000"],
        ["2021", "840", "156", "999999", "        2.250", "        3.000"],
        ["2021", "842", "392", "999999", "        1.000", "           NA"],
        ["2021", "840", "392", "999999", "        1.000", "        4.000"],
    ]
    files = {**release((2021,)), year_file(2021): text_of([*flows(2021), *more])}
    found = reading_of(loaded(store, as_zip(files, tmp_path)), 2021)
    assert found["USA", "CHN", "999999"] == (3750, 5000)
    assert found["USA", "JPN", "999999"] == (2000, None)
    assert sum(value for value, _ in found.values()) == sum(
        int(Decimal(row[4].strip()) * 1000) for row in [*flows(2021), *more]
    )


def test_zero_is_not_missing(store: Store, tmp_path: Path) -> None:
    more = [["2021", "842", "156", "999999", "0.000", "0.000"], ["2021", "842", "392", "999999", "1.000", ""]]
    files = {**release((2021,)), year_file(2021): text_of([*flows(2021), *more])}
    found = reading_of(loaded(store, as_zip(files, tmp_path)), 2021)
    assert found["USA", "CHN", "999999"] == (0, 0)
    assert found["USA", "JPN", "999999"] == (1000, None)


def test_a_zip_with_a_folder_inside_and_system_files_loads(store: Store, tmp_path: Path) -> None:
    files = release((2021,))
    inside = {f"BACI_HS22_V202601/{name}": text for name, text in files.items()}
    junk = {f"__MACOSX/BACI_HS22_V202601/._{year_file(2021)}": "\x00\x05"}
    version = loaded(store, as_zip({**inside, **junk}, tmp_path))
    assert reading_of(version, 2021) == plain_reading(files[year_file(2021)])


def test_the_manifest_says_where_the_data_come_from(store: Store, tmp_path: Path) -> None:
    path = as_zip(release((2021, 2022)), tmp_path)
    version = loaded(store, path)
    (source,) = version.sources
    assert (source["publisher"], source["licence"], source["release"]) == (
        "CEPII",
        "Etalab Open Licence 2.0",
        "202601",
    )
    assert source["citation"] and source["url"]
    assert version.manifest["origin"] == [
        {"name": path.name, "bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    ]
    assert version.manifest["retrieved"].endswith("+00:00")
    trade = version.manifest["tables"]["trade"]
    assert (trade["rows"], trade["years"]) == (len(flows(2021)) + len(flows(2022)), [2021, 2022])
    assert [item["rows"] for item in trade["files"]] == [len(flows(2021)), len(flows(2022))]


def test_a_folder_is_described_file_by_file_and_only_what_was_read(store: Store, tmp_path: Path) -> None:
    folder = as_folder(release((2021, 2022)), tmp_path / "in")
    version = loaded(store, folder, [2022])
    assert [item["name"] for item in version.manifest["origin"]] == [
        year_file(2022), "product_codes_HS22_V202601.csv", "country_codes_V202601.csv",
    ]  # fmt: skip
    first = version.manifest["origin"][0]
    assert first["sha256"] == hashlib.sha256((folder / year_file(2022)).read_bytes()).hexdigest()


def test_units_are_in_the_columns_metadata(store: Store, tmp_path: Path) -> None:
    version = loaded(store, as_zip(release((2021,)), tmp_path))
    schema = pq.read_schema(version.files("trade")[0])
    assert schema.field("value_usd").metadata[b"unit"] == b"USD"
    assert schema.field("quantity_kg").metadata[b"unit"] == b"kg"
    assert schema.field("value_usd").type == pa.int64()
    assert not schema.field("value_usd").nullable


def test_nothing_of_the_zip_stays_in_the_home(store: Store, tmp_path: Path) -> None:
    loaded(store, as_zip(release((2021,)), tmp_path))
    assert not list(store.home.rglob("*.csv"))
    assert not list((store.home / "incoming").iterdir())


def test_progress_goes_from_nothing_to_all_years(store: Store, tmp_path: Path) -> None:
    told: list[tuple[str, float | None, float | None]] = []
    baci.load(store, str(as_zip(release((2021, 2022)), tmp_path)), None, lambda *step: told.append(step))
    assert told == [("years", 0, 2), ("years", 1, 2), ("years", 2, 2)]


def test_a_release_with_an_older_country_file_loads(store: Store, tmp_path: Path) -> None:
    """Until 2023 the column is called iso_3digit_alpha, the file is in Latin-1 and Taiwan's code is N/A."""
    files = release((2021,))
    lines = ["country_code,country_name_abbreviation,country_name_full,iso_2digit_alpha,iso_3digit_alpha"]
    for code in numeric_codes():
        iso3 = {490: "N/A", 697: "N/A"}.get(code, baci.codes()[code])
        lines.append(f"{code},Côte {code},Côte {code},{iso3[:2]},{iso3}")
    del files["country_codes_V202601.csv"]
    path = as_folder(files, tmp_path / "in")
    (path / "country_codes_V202601.csv").write_bytes("\n".join(lines).encode("latin-1"))
    assert loaded(store, path).years("trade") == [2021]


def test_a_zip_without_compression_loads(store: Store, tmp_path: Path) -> None:
    files, path = release((2021,)), tmp_path / "stored.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    assert reading_of(loaded(store, path), 2021) == plain_reading(files[year_file(2021)])
