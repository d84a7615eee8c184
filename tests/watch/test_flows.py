"""Flows: zero and missing apart, and bad rows refused with row and field."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from straits.store.schemas import TABLES
from straits.store.store import Store
from straits.store.vintages import Release, Slice, add
from straits.vocabulary.errors import StraitsError
from straits.watch.flows import Flow, Flows, check_month, month_of, months_between, panel, read_file, read_store
from straits.watch.run import run
from straits.watch.watches import read as watches_of

HEAD = "period,partner,product,value_usd,quantity_kg\n"


@pytest.fixture
def read(tmp_path):
    def make(text: str):
        path = tmp_path / "flows.csv"
        path.write_text(HEAD + text, encoding="utf-8")
        return read_file(path, "CHN")

    return make


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("2023-13,Germany,250410,5,5", "row 2, period: '2023-13' is not a month"),
        ("2023-12-05,Germany,250410,5,5", "row 2, period: '2023-12-05' is a day"),
        ("2023-12,Germanny,250410,5,5", "row 2, partner: no partner 'Germanny': did you mean"),
        ("2023-12,Germany,250410,5,-1", "row 2, quantity_kg: -1 is negative (kg) and cannot be"),
        ("2023-12,Germany,250410,nan,1", "value_usd: 'nan' is not a number (USD); nan cannot be"),
        ("2023-12,Germany,250410,five,1", "'five' is not a number"),
        ("2023-12,Germany,,5,5", "product: is empty"),
        (
            "2023-12,Germany,250410,5,5\n2023-12,DEU,250410,6,6",
            "row 3, period: two values for 2023-12, DEU, 250410: the other is in row 2: keep one",
        ),
    ],
)
def test_a_bad_row_is_named_with_its_field(read, row, words):
    with pytest.raises(StraitsError, match="nothing was read") as error:
        read(row + "\n")
    assert words in str(error.value)


def test_all_faults_are_told_at_once(read):
    with pytest.raises(StraitsError, match="3 fault") as error:
        read("2023-13,Germany,250410,5,5\n2023-12,Xx,250410,5,5\n2023-12,DEU,250410,5,-5\n")
    assert str(error.value).count("flows.csv, row") == 3


def test_a_file_without_the_columns_says_which(tmp_path):
    path = tmp_path / "flows.csv"
    path.write_text("period,who\n", encoding="utf-8")
    with pytest.raises(StraitsError, match="row 1: unknown column 'who'"):
        read_file(path, "CHN")


def test_an_exporter_must_be_named_somewhere(tmp_path):
    path = tmp_path / "flows.csv"
    path.write_text(HEAD, encoding="utf-8")
    with pytest.raises(StraitsError, match="no column 'exporter'"):
        read_file(path)


def test_zero_missing_and_not_reported_stay_apart(read):
    one = panel(
        read(
            "2023-01,DEU,250410,10,5\n2023-01,USA,250410,20,10\n"
            "2023-02,DEU,250410,10,5\n"  # nothing to the United States: zero
            "2023-04,DEU,250410,10,5\n2023-04,USA,250410,20,\n"  # March was not reported; no mass in April
        ),
        "destinations",
    )
    assert one.months == months_between("2023-01", "2023-04")
    usa = one.flow[[label.importer for label in one.labels].index("USA")]
    assert usa[0] == 10
    assert usa[1] == 0
    assert np.isnan(usa[2])
    assert np.isnan(usa[3])


def test_where_masses_are_missing_values_are_watched(read):
    one = panel(read("2023-01,DEU,250410,10,\n2023-02,DEU,250410,12,\n"), "destinations")
    assert one.unit == ["USD"]
    assert one.flow.tolist() == [[10, 12]]


def test_masses_worked_out_from_values_give_no_price(read):
    rows = "".join(
        f"2023-01,{p},250410,{kg * 1.5},{kg}\n"
        for p, kg in zip(("DEU", "USA", "JPN", "KOR"), (1, 2, 3, 4), strict=True)
    )
    rows += "".join(
        f"2023-02,{p},250410,{kg},{kg * kg}\n"
        for p, kg in zip(("DEU", "USA", "JPN", "KOR"), (1, 2, 3, 4), strict=True)
    )
    one = panel(read(rows), "destinations")
    assert np.isnan(one.value[:, 0]).all()
    assert np.isfinite(one.value[:, 1]).all()


def test_suppliers_of_a_region_are_summed_over_its_members_and_inside_trade_is_left_out(tmp_path):
    path = tmp_path / "flows.csv"
    path.write_text(
        "period,exporter,importer,product,value_usd,quantity_kg\n"
        "2023-01,CHN,DEU,250410,10,5\n2023-01,CHN,FRA,250410,20,7\n2023-01,FRA,DEU,250410,9,9\n2023-01,MOZ,DEU,250410,1,1\n",
        encoding="utf-8",
    )
    one = panel(read_file(path), "suppliers", "EU27")
    assert [str(label) for label in one.labels] == ["CHN>EU27 250410", "MOZ>EU27 250410"]
    assert one.flow[:, 0].tolist() == [12, 1]
    assert one.totals().flow[:, 0].tolist() == [13]


def test_a_month_is_written_two_ways():
    assert check_month("2023-11") == check_month("2023-11-01") == "2023-11"


# -- the store -------------------------------------------------------------------------------------------------

PAIRS = (("CHN", "DEU"), ("CHN", "FRA"), ("MOZ", "DEU"), ("DEU", "FRA"), ("CHN", "USA"))


def released(store, rows, flow="X", day=dt.date(2024, 1, 10), dataset="monthly", slices=None, dated="stated"):
    """Add a release: month, exporter, importer, kg, by the exporter (X) or the importer (M)."""
    found = []
    for month, exporter, importer, kg in rows:
        reporter, partner = (exporter, importer) if flow == "X" else (importer, exporter)
        found.append(
            {"period": dt.date(int(month[:4]), int(month[5:]), 1), "freq": "M", "reporter": reporter, "flow": flow,
             "partner": partner, "nomenclature": "HS2017", "product": "250410", "value": 2000.0,
             "currency": "USD" if flow == "X" else "EUR", "quantity_kg": kg, "quantity_estimated": False,
             "quantity_other": None, "unit_other": None, "released": day}
        )  # fmt: skip
    if slices is None:
        slices = {(r["period"], r["reporter"]) for r in found}
    return add(
        store,
        dataset,
        [
            Release(
                pa.Table.from_pylist(found, schema=TABLES["reports"]).to_batches(),
                tuple(Slice(p, "M", who, flow, "HS2017", "250410") for p, who in sorted(slices)),
                day,
                dated,
            )
        ],
        [{"id": dataset, "title": dataset, "citation": f"{dataset} statistics"}],
        [],
    )


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "home")


@pytest.fixture
def reports(store):
    """Four years as the exporters report them."""
    months = months_between("2019-01", "2022-12")
    rows = [
        (month, *pair, None if (pair[0], t) == ("MOZ", 3) else 500.0)
        for t, month in enumerate(months)
        for pair in PAIRS
    ]
    released(store, rows)
    return store


def test_monthly_flows_of_the_store_are_the_reports_of_the_exporters(reports):
    flows = read_store(reports, ["250410"])
    assert flows.vintage == reports.current()["monthly"].id
    assert flows.months[0] == "2019-01"
    assert flows.notes == ("exports of CHN, DEU, MOZ: as the exporter reports them",)
    one = panel(flows, "suppliers", "EU27")
    assert [str(label) for label in one.labels] == ["CHN>EU27 250410", "MOZ>EU27 250410"]
    assert one.flow[0, 0] == 1000
    assert np.isnan(one.flow[1, 3])
    two = panel(flows, "destinations")
    assert [str(label) for label in two.groups] == ["CHN>all 250410", "DEU>all 250410", "MOZ>all 250410"]


def test_where_the_exporter_does_not_report_the_importers_do_and_the_two_are_never_mixed(store):
    released(store, [("2023-01", "CHN", "DEU", 5.0), ("2023-02", "CHN", "USA", 7.0)])
    released(
        store,
        [("2023-01", "CHN", "DEU", 6.0), ("2023-01", "MOZ", "DEU", 1.0), ("2023-02", "MOZ", "FRA", 2.0)],
        "M",
        dataset="mirrors",
    )
    flows = read_store(store, ["250410"])
    assert sorted(zip(*(amounts(flows)), strict=True)) == [
        ("2023-01", "CHN", "DEU", 5.0),
        ("2023-01", "MOZ", "DEU", 1.0),
        ("2023-02", "CHN", "USA", 7.0),
        ("2023-02", "MOZ", "FRA", 2.0),
    ]
    assert flows.notes == (
        "exports of CHN: as the exporter reports them",
        "exports of MOZ: as the importers report them (DEU, FRA)",
        "values in EUR are not turned into dollars here: they are unknown",
    )
    assert sorted(amounts(read_store(store, ["250410"], ["CHN"], side="importers"))[3]) == [6.0]
    with pytest.raises(StraitsError, match="MOZ has reported no exports of 250410"):
        read_store(store, ["250410"], ["MOZ"], side="exporter")
    with pytest.raises(StraitsError, match="no side of the reports 'importer': did you mean"):
        read_store(store, ["250410"], side="importer")


def amounts(flows):
    return (
        [month_of(n) for n in flows.month],
        [flows.names["exporter"][k] for k in flows.exporter],
        [flows.names["importer"][k] for k in flows.importer],
        list(flows.quantity),
    )


def test_a_region_is_missing_where_a_member_has_not_reported(store):
    released(
        store,
        [(m, "MOZ", "DEU", 1.0) for m in ("2023-01", "2023-02", "2023-03")] + [("2023-01", "MOZ", "FRA", 2.0)],
        "M",
        slices={(dt.date(2023, m, 1), "DEU") for m in (1, 2, 3)} | {(dt.date(2023, m, 1), "FRA") for m in (1, 3)},
    )
    one = panel(read_store(store, ["250410"]), "suppliers", "EU27")
    np.testing.assert_array_equal(one.flow, [[3.0, np.nan, 1.0]])


def test_a_month_in_which_nothing_was_exported_is_zero_not_the_end_of_the_data(store):
    released(
        store,
        [("2023-01", "CHN", "DEU", 5.0), ("2023-01", "CHN", "USA", 5.0)],
        slices={(dt.date(2023, m, 1), "CHN") for m in (1, 3)},
    )
    one = panel(read_store(store, ["250410"]), "destinations")
    assert one.months == ["2023-01", "2023-02", "2023-03"]
    np.testing.assert_array_equal(one.flow, [[5.0, np.nan, 0.0]] * 2)


def test_flows_are_read_as_known_on_a_day(store):
    released(store, [("2023-01", "CHN", "DEU", 5.0)], day=dt.date(2023, 3, 7))
    released(store, [("2023-01", "CHN", "DEU", 8.0), ("2023-02", "CHN", "DEU", 9.0)], day=dt.date(2023, 4, 7))
    assert list(read_store(store, ["250410"], as_of=dt.date(2023, 4, 6)).quantity) == [5.0]
    assert list(read_store(store, ["250410"], as_of=dt.date(2023, 4, 7)).quantity) == [8.0, 9.0]
    with pytest.raises(StraitsError, match=r"no monthly trade of 250410 in .* as known on 2023-03-06"):
        read_store(store, ["250410"], as_of=dt.date(2023, 3, 6))


def test_of_two_datasets_the_longer_is_used_and_told(store):
    released(store, [("2023-01", "CHN", "DEU", 5.0)], dataset="short")
    released(store, [("2023-01", "CHN", "DEU", 6.0), ("2023-02", "CHN", "DEU", 6.0)], dataset="long")
    flows = read_store(store, ["250410"])
    assert list(flows.quantity) == [6.0, 6.0]
    assert flows.notes[0] == "CHN's reports are in long, short: those of long are used, which has the most months"
    assert flows.source == "long"


def test_a_watch_on_the_store_runs_on_its_current_version(reports):
    folder = reports.home / "watches"
    folder.mkdir()
    (folder / "w.yaml").write_text(
        "watches:\n  - id: eu\n    what: {products: ['250410'], region: EU27}\n    false_discoveries: 0.1\n",
        encoding="utf-8",
    )
    report = run(reports, watches_of(folder))
    assert (report.judged, report.faults) == (["eu"], {})
    assert run(reports, watches_of(folder)).skipped == ["eu"]


def test_columns_give_the_panel_that_rows_give(read):
    rows = [Flow("2023-01", "CHN", "DEU", "1", 5.0, None), Flow("2023-03", "CHN", "USA", "2", 0.0, None)]
    one = panel(Flows.of(rows, "v", "s"), "destinations")
    assert one.months == ["2023-01", "2023-02", "2023-03"]
    np.testing.assert_array_equal(one.flow, [[5, np.nan, 0], [0, np.nan, 0]])
    assert one.unit == ["USD", "kg"]
