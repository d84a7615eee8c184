"""Flows from one of two sides' reports: lines summed to six digits, nomenclatures not mixed, nothing known is nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from straits.store.mirrors import as_known, bilateral
from straits.store.schemas import TABLES
from straits.store.store import Store
from straits.store.vintages import Release, Slice, add
from straits.vocabulary.errors import StraitsError

JAN, FEB = dt.date(2024, 1, 1), dt.date(2024, 2, 1)
DAY = dt.date(2024, 4, 15)


def put(
    store: Store,
    rows: list[tuple[dt.date, str, str, str, str, str, float | None]],
    slices: list[tuple[dt.date, str, str, str, str]],
    dataset: str = "comext",
    day: dt.date = DAY,
) -> None:
    """Rows: period, reporter, flow, partner, nomenclature, product, kg; slices without partner and kg."""
    found: list[dict[str, Any]] = [
        {"period": period, "freq": "M", "reporter": reporter, "flow": flow, "partner": partner,
         "nomenclature": nomenclature, "product": product, "value": kg, "currency": "USD", "quantity_kg": kg,
         "quantity_estimated": False, "quantity_other": None, "unit_other": None, "released": day}
        for period, reporter, flow, partner, nomenclature, product, kg in rows
    ]  # fmt: skip
    table = pa.Table.from_pylist(found, schema=TABLES["reports"])
    given = tuple(Slice(period, "M", who, flow, nom, product) for period, who, flow, nom, product in slices)
    add(store, dataset, [Release(table.to_batches(), given, day, "stated")], [], [])


def kilograms(store: Store, *products: str, **asked: Any) -> list[tuple[Any, ...]]:
    rows = bilateral(store, products, **asked).rows.to_pylist()
    return [(row["exporter"], row["importer"], row["product"], row["quantity_kg"]) for row in rows]


def test_lines_below_six_digits_are_summed_where_all_are_released(store: Store) -> None:
    put(
        store,
        [
            (JAN, "DEU", "M", "CHN", "CN2024", "25041000", 5.0),
            (JAN, "DEU", "M", "CHN", "CN2024", "25041099", 2.0),
            (JAN, "DEU", "M", "MOZ", "CN2024", "25041000", 1.0),
            (JAN, "DEU", "M", "MOZ", "CN2024", "25041099", None),
            (JAN, "DEU", "M", "CHN", "CN2024", "25049000", 9.0),
        ],
        [(JAN, "DEU", "M", "CN2024", "*")],
    )
    assert kilograms(store, "250410") == [("CHN", "DEU", "250410", 7.0), ("MOZ", "DEU", "250410", None)]
    assert kilograms(store, "25041000", exporters=["CHN"]) == [("CHN", "DEU", "25041000", 5.0)]
    assert bilateral(store, ["250410"]).reported("DEU", "M", "250410") == {12 * 2024}


def test_lines_are_summed_where_the_code_itself_was_released(store: Store) -> None:
    rows = [(JAN, "DEU", "M", "CHN", "CN2024", line, 2.0) for line in ("25041000", "25041099")]
    lines = [(JAN, "DEU", "M", "CN2024", line) for line in ("25041000", "25041099")]
    put(store, rows, [*lines, *((month, "DEU", "M", "CN2024", "250410") for month in (JAN, FEB))])
    assert kilograms(store, "250410") == [("CHN", "DEU", "250410", 4.0)]
    assert bilateral(store, ["250410"]).reported("DEU", "M", "250410") == {12 * 2024, 12 * 2024 + 1}
    put(store, rows, [(JAN, "DEU", "M", "CN2024", "*")], day=dt.date(2024, 5, 15))
    assert kilograms(store, "250410") == [("CHN", "DEU", "250410", 4.0)]


def test_single_lines_are_not_taken_for_the_whole_code(store: Store) -> None:
    put(
        store,
        [(JAN, "DEU", "M", "CHN", "CN2024", "25041000", 5.0)],
        [(JAN, "DEU", "M", "CN2024", "25041000")],
    )
    assert kilograms(store, "250410") == []
    assert bilateral(store, ["250410"]).reported("DEU", "M", "250410") == frozenset()


def test_a_flow_in_two_nomenclatures_needs_one_named(store: Store) -> None:
    put(
        store,
        [(JAN, "CHN", "X", "DEU", nom, "250410", kg) for nom, kg in (("HS2017", 5.0), ("HS2022", 6.0))],
        [(JAN, "CHN", "X", nom, "250410") for nom in ("HS2017", "HS2022")],
    )
    with pytest.raises(StraitsError, match=r"two values for 2024-01, CHN, X, DEU, 250410 \(HS2017 and HS2022\)"):
        bilateral(store, ["250410"])
    assert kilograms(store, "HS2022:250410") == [("CHN", "DEU", "250410", 6.0)]


def test_an_exporter_that_reported_later_is_mirrored_before(store: Store) -> None:
    put(store, [(JAN, "DEU", "M", "CHN", "HS2022", "250410", 4.0)], [(JAN, "DEU", "M", "HS2022", "250410")])
    later = dt.date(2024, 5, 1)
    put(
        store,
        [(JAN, "CHN", "X", "DEU", "HS2022", "250410", 5.0)],
        [(JAN, "CHN", "X", "HS2022", "250410")],
        "gacc",
        later,
    )
    assert kilograms(store, "250410", as_of=DAY) == [("CHN", "DEU", "250410", 4.0)]
    assert kilograms(store, "250410") == [("CHN", "DEU", "250410", 5.0)]
    # In a replay the side is that of the last day: the two are never mixed.
    states = list(as_known(store, ["250410"], [DAY, later]))
    assert [state.rows["quantity_kg"].to_pylist() for state in states] == [[], [5.0]]


def test_an_empty_store_has_no_flows(store: Store) -> None:
    found = bilateral(store, ["250410"], ["CHN"])
    assert found.rows.num_rows == 0
    assert (found.slices, found.vintage, found.notes) == ({}, "", ())
