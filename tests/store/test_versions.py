"""Versions: addressed by content, immutable, remembered, checked, removed."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from store.homes import ORIGIN, SOURCE, content, left_over, put, trade, unchanged, values
from straits.sources.source import ROW_GROUP, write
from straits.store.schemas import TABLES
from straits.store.store import Store
from straits.vocabulary.errors import StraitsError

# -- reading -------------------------------------------------------------------------------------------------


def test_an_absent_home_holds_nothing_and_reading_does_not_make_it(store: Store) -> None:
    assert (store.current(), store.history(), store.check()) == ({}, [], [])
    assert not store.home.exists()


def test_the_home_is_named_by_the_environment_or_the_platform(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STRAITS_HOME", str(tmp_path / "named"))
    assert Store.default_home() == tmp_path / "named"
    monkeypatch.delenv("STRAITS_HOME")
    assert Store.default_home().name == "straits"
    assert Store.default_home().is_relative_to(Path.home())
    assert Store(Path("~/here")).home == Path.home() / "here"


def test_a_loaded_version_is_current_and_can_be_read(store: Store) -> None:
    version = put(store, 7)
    assert store.current() == {"small": version}
    assert store.version("small", version.id) == version
    assert values(version) == [7, 7]
    assert (version.years("trade"), version.files("production"), version.years("production")) == (
        [2021, 2022],
        [],
        [],
    )


def test_an_unknown_version_is_told(store: Store) -> None:
    put(store, 7)
    with pytest.raises(
        StraitsError,
        match=f"version 0123456789abcdef of 'small' is missing or damaged in {store.home}: load it again",
    ):
        store.version("small", "0123456789abcdef")


# -- addressed by content ------------------------------------------------------------------------------------


def test_the_same_content_is_the_same_version_to_the_byte(tmp_path: Path) -> None:
    one, two = put(Store(tmp_path / "a"), 7), put(Store(tmp_path / "b"), 7)
    assert one.id == two.id
    assert [p.read_bytes() for p in one.files("trade")] == [p.read_bytes() for p in two.files("trade")]


def test_the_same_content_twice_is_one_version_and_two_entries_of_history(store: Store) -> None:
    first = put(store, 7)
    before = content(first.folder)
    again = put(store, 7)
    assert again == first
    assert content(first.folder) == before
    assert [entry["version"] for entry in store.history()] == [first.id, first.id]
    assert left_over(store.home) == []


@pytest.mark.parametrize(
    "other",
    [
        {"value": 8},
        {"dataset": "other"},
        {"sources": [{**SOURCE, "licence": "all rights reserved"}]},
        {"sources": [{**SOURCE, "release": "202601"}]},
    ],
    ids=["value", "dataset", "licence", "release"],
)
def test_other_content_is_another_version(store: Store, other: dict[str, Any]) -> None:
    assert put(store, **{"value": 7, **other}).id != put(store, 7).id


def test_the_way_batches_come_does_not_show_in_the_bytes(tmp_path: Path) -> None:
    rows = 2 * ROW_GROUP + 5
    table = pa.table(
        {"nomenclature": ["HS1992"] * rows, "product": [f"{n:06d}" for n in range(rows)], "description": [""] * rows},
        schema=TABLES["products"],
    )
    for name, size in (("one", rows), ("even", ROW_GROUP), ("odd", 997)):
        assert write(tmp_path / name, "products", table.to_batches(max_chunksize=size)) == rows
    assert (tmp_path / "one").read_bytes() == (tmp_path / "even").read_bytes() == (tmp_path / "odd").read_bytes()
    meta = pq.read_metadata(tmp_path / "odd")
    assert [meta.row_group(n).num_rows for n in range(meta.num_row_groups)] == [ROW_GROUP, ROW_GROUP, 5]


def test_a_superseded_version_stays_and_can_still_be_read(store: Store) -> None:
    old, new = put(store, 7), put(store, 8)
    assert store.current() == {"small": new}
    assert values(store.version("small", old.id)) == [7, 7]


def test_loading_an_old_content_again_makes_it_current_again(store: Store) -> None:
    old = put(store, 7)
    put(store, 8)
    assert put(store, 7).id == old.id
    assert store.current()["small"].id == old.id


# -- history and manifests -----------------------------------------------------------------------------------


def test_history_tells_everything_in_order(store: Store) -> None:
    a, b, other = put(store, 7), put(store, 8), put(store, 7, "other")
    store.remove("small")
    again = put(store, 8)
    entries = [(entry["action"], entry["dataset"], entry["version"]) for entry in store.history()]
    assert entries == [
        ("add", "small", a.id), ("add", "small", b.id), ("add", "other", other.id), ("remove", "small", b.id),
        ("add", "small", again.id),
    ]  # fmt: skip
    times = [dt.datetime.fromisoformat(entry["at"]) for entry in store.history()]
    assert times == sorted(times)
    assert all(time.tzinfo == dt.UTC for time in times)


def test_a_manifest_carries_origin_licence_checksum_rows_and_years(store: Store) -> None:
    manifest = json.loads((put(store, 7).folder / "manifest.json").read_text())
    assert manifest["dataset"] == "small"
    assert manifest["sources"] == [SOURCE]
    assert manifest["origin"] == [ORIGIN]
    table = manifest["tables"]["trade"]
    assert (table["rows"], table["years"]) == (2, [2021, 2022])
    (item,) = table["files"]
    assert (item["path"], item["rows"]) == ("trade/all.parquet", 2)
    assert len(item["sha256"]) == 64
    assert dt.datetime.fromisoformat(manifest["retrieved"]).tzinfo == dt.UTC


@pytest.mark.parametrize("table", sorted(TABLES))
def test_columns_carry_their_unit_and_meaning(table: str, tmp_path: Path) -> None:
    write(tmp_path / "empty.parquet", table, [])
    found = pq.read_schema(tmp_path / "empty.parquet")
    assert found.equals(TABLES[table], check_metadata=True)
    units = {
        "value_usd": b"USD",
        "quantity_kg": b"kg",
        "quantity": b"see unit",
        "value": b"see currency" if table == "reports" else b"index points",
        "quantity_other": b"see unit_other",
        "standard_error": b"index points",
    }
    for field in found:
        assert field.metadata[b"what"]
        assert field.metadata[b"unit"] == units.get(field.name, b"")


# -- removal -------------------------------------------------------------------------------------------------


def test_removing_a_dataset_takes_all_its_versions_and_no_other(store: Store) -> None:
    other = put(store, 7, "other")
    old, new = put(store, 7), put(store, 8)
    assert store.remove("small") == new.id
    assert store.current() == {"other": other}
    assert [path.name for path in (store.home / "versions").iterdir()] == [other.id]
    assert not old.folder.exists()
    assert store.check() == []
    assert list((store.home / "incoming").iterdir()) == []


def test_removing_what_is_not_there_is_told_and_makes_no_home(store: Store) -> None:
    with pytest.raises(StraitsError, match=f"no dataset 'small': nothing is loaded in {store.home}"):
        store.remove("small")
    assert not store.home.exists()
    put(store, 7)
    with unchanged(store.home), pytest.raises(StraitsError, match="no dataset 'smal': did you mean small"):
        store.remove("smal")


def test_a_damaged_dataset_can_be_removed(store: Store) -> None:
    version, other = put(store, 7), put(store, 7, "other")
    shutil.rmtree(version.folder)
    store.remove("small")
    assert store.current() == {"other": other}


# -- refusals ------------------------------------------------------------------------------------------------


def test_a_load_without_rows_is_refused(store: Store) -> None:
    put(store, 7)
    with (
        unchanged(store.home),
        pytest.raises(StraitsError, match="'small' holds no rows: nothing was loaded"),
        store.load("small") as load,
    ):
        store.commit(load, [SOURCE], [])


def test_an_unknown_table_is_refused(store: Store) -> None:
    with pytest.raises(StraitsError, match="no table 'trades': did you mean trade"), store.load("small") as load:
        load.path("trades", "all")


def other_schema(column: str, change: str) -> Any:
    """The trade table with one thing wrong with its schema."""
    table, place = trade(7), TABLES["trade"].names.index(column)
    field = table.schema.field(column)
    if change == "name":
        return table.rename_columns([name + "_" * (name == column) for name in table.schema.names])
    if change == "gone":
        return table.drop_columns([column])
    kind = pa.float64() if change == "type" else field.type
    unit = {**field.metadata, b"unit": b"kUSD"} if change == "unit" else field.metadata
    return table.cast(table.schema.set(place, pa.field(column, kind, field.nullable, unit)))


@pytest.mark.parametrize("change", ["name", "gone", "type", "unit"])
def test_a_table_of_another_schema_is_refused(store: Store, change: str) -> None:
    put(store, 7)
    with (
        unchanged(store.home),
        pytest.raises(StraitsError, match=r"all\.parquet: .*nothing was loaded"),
        store.load("small") as load,
    ):
        pq.write_table(other_schema("value_usd", change), load.path("trade", "all"))
        store.commit(load, [SOURCE], [])


def test_a_null_where_none_may_be_is_refused(store: Store) -> None:
    put(store, 7)
    rows = trade(7).set_column(6, "value_usd", pa.array([1, None], pa.int64()))
    with (
        unchanged(store.home),
        pytest.raises(
            StraitsError, match=r"trade/all\.parquet: value_usd is null, and may not be; nothing was loaded"
        ),
        store.load("small") as load,
    ):
        write(load.path("trade", "all"), "trade", rows.to_batches())


def test_an_error_in_the_load_leaves_nothing(store: Store) -> None:
    put(store, 7)
    with unchanged(store.home), pytest.raises(KeyboardInterrupt), store.load("small") as load:
        write(load.path("trade", "all"), "trade", trade(8).to_batches())
        raise KeyboardInterrupt


def test_a_load_that_is_not_committed_leaves_nothing(store: Store) -> None:
    put(store, 7)
    with unchanged(store.home), store.load("small") as load:
        write(load.path("trade", "all"), "trade", trade(8).to_batches())


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(5, "Input/output error")], ids=["interrupt", "disk"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_error_while_the_catalogue_is_written_leaves_a_whole_state(
    store: Store, monkeypatch: pytest.MonkeyPatch, when: str, error: BaseException
) -> None:
    """Until the catalogue is replaced the old state holds; from then on the new one does."""
    old = put(store, 7)
    replace = Path.replace

    def failing(path: Path, target: Path) -> Path:
        if when == "after":
            replace(path, target)
        raise error

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises((KeyboardInterrupt, StraitsError)):
        put(store, 8)
    monkeypatch.undo()
    assert store.check() == []
    assert values(store.current()["small"]) == ([7, 7] if when == "before" else [8, 8])
    assert {path.name for path in (store.home / "versions").iterdir()} == {old.id, store.current()["small"].id}
    assert list((store.home / "incoming").iterdir()) == []


# -- checking and mending ------------------------------------------------------------------------------------


def altered(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGES = {
    "missing file": (lambda v: v.files("trade")[0].unlink(), r"trade/all\.parquet: missing"),
    "altered file": (
        lambda v: altered(v.files("trade")[0]),
        r"trade/all\.parquet: altered \(checksum differs from the manifest\)",
    ),
    "cut file": (lambda v: v.files("trade")[0].write_bytes(b"PAR1"), r"trade/all\.parquet: altered"),
    "missing table": (lambda v: shutil.rmtree(v.folder / "trade"), r"trade/all\.parquet: missing"),
    "missing manifest": (lambda v: (v.folder / "manifest.json").unlink(), r"manifest\.json: missing or damaged"),
    "cut manifest": (lambda v: (v.folder / "manifest.json").write_text("{"), r"manifest\.json: missing or damaged"),
    "another licence": (
        lambda v: (v.folder / "manifest.json").write_text(
            (v.folder / "manifest.json").read_text().replace("CC0", "none")
        ),
        r"manifest\.json: altered \(its content does not give the id [0-9a-f]{16}\)",
    ),
    "missing version": (lambda v: shutil.rmtree(v.folder), r"manifest\.json: missing or damaged"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_found_and_loading_again_mends_it(store: Store, damage: str) -> None:
    other, version = put(store, 9, "other"), put(store, 7)
    before = content(version.folder)
    do, wanted = DAMAGES[damage]
    assert store.check() == []
    do(version)
    (fault,) = store.check()
    assert fault.startswith(str(version.folder))
    assert re.search(wanted, fault), fault
    assert put(store, 7).id == version.id
    assert store.check() == []
    after = content(version.folder)
    assert after | {"manifest.json": ""} == before | {"manifest.json": ""}
    assert values(store.current()["small"]) == [7, 7]
    assert values(other) == [9, 9]


def test_a_file_of_a_schema_that_is_no_longer_ours_is_found(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    version = put(store, 7)
    newer = TABLES["trade"].set(6, pa.field("value_eur", pa.int64()))
    monkeypatch.setitem(TABLES, "trade", newer)
    (fault,) = store.check()
    assert fault.startswith(str(version.files("trade")[0]))
    assert (
        "columns period, freq, exporter, importer, nomenclature, product, value_usd, quantity_kg are not those of 'trade'"
        in fault
    )


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"current": 3, "history": []}', "\udcff"], ids=repr)
def test_a_damaged_catalogue_is_told_and_nothing_is_swept(store: Store, text: str) -> None:
    version = put(store, 7)
    (store.home / "catalogue.json").write_text(text, encoding="utf-8", errors="surrogateescape")
    for use in (store.current, store.history, store.check, lambda: store.remove("small"), lambda: put(store, 8)):
        with pytest.raises(StraitsError, match=r"catalogue\.json is damaged .*: restore it from a copy"):
            use()
    assert version.folder.exists()
    assert values(version) == [7, 7]


# -- what is swept -------------------------------------------------------------------------------------------


def test_only_what_the_store_made_is_ever_swept(store: Store) -> None:
    """A home may be any folder: files of others in it, with the same folder names, are left alone."""
    kept = [
        store.home / "versions" / "0001_initial.py",
        store.home / "versions" / "mine" / "a",
        store.home / "incoming" / "mail" / "b",
    ]
    for path in kept:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    put(store, 7)
    put(store, 8)
    store.remove("small")
    assert all(path.read_text() == "mine" for path in kept)


def test_what_a_dead_load_left_is_swept_and_a_living_one_is_not(store: Store) -> None:
    put(store, 7)
    dead = store.home / "incoming" / "load-small-dead"
    (dead / "content" / "trade").mkdir(parents=True)
    (dead / "alive").touch()
    (store.home / "incoming" / "load-small-born").mkdir()
    orphan = store.home / "versions" / "0123456789abcdef"
    shutil.copytree(store.current()["small"].folder, orphan)
    with store.load("small") as living:
        assert not dead.exists()
        assert not orphan.exists()
        put(store, 8)
        assert living.content.exists()
        assert [path.name for path in (store.home / "incoming").iterdir()] == [living.folder.name]
    assert left_over(store.home) == []
