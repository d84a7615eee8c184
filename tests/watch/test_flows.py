"""Flows: zero and missing apart, and bad rows refused with row and field."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from straits.sources.source import write
from straits.store.schemas import TABLES
from straits.store.store import Store
from straits.vocabulary.errors import StraitsError
from straits.watch.flows import Flow, Flows, check_month, months_between, panel, read_file, read_store
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
        ("2023-12-05,Germany,250410,5,5", "is not a month"),
        ("2023-12,Germanny,250410,5,5", "row 2, partner: no region 'Germanny': did you mean"),
        ("2023-12,Germany,250410,5,-1", "row 2, quantity_kg: -1 cannot be"),
        ("2023-12,Germany,250410,nan,1", "value_usd: nan cannot be"),
        ("2023-12,Germany,250410,five,1", "'five' is not a number"),
        ("2023-12,Germany,,5,5", "product: is empty"),
        ("2023-12,Germany,250410,5,5\n2023-12,DEU,250410,6,6", "row 3: a second row for 2023-12 CHN to DEU 250410"),
    ],
)
def test_a_bad_row_is_named_with_its_field(read, row, words):
    with pytest.raises(StraitsError, match="nothing was read") as error:
        read(row + "\n")
    assert words in str(error.value)


def test_all_faults_are_told_at_once(read):
    with pytest.raises(StraitsError, match="3 fault") as error:
        read("2023-13,Germany,250410,5,5\n2023-12,Xx,250410,5,-5\n")
    assert str(error.value).count("flows.csv, row") == 3


def test_a_file_without_the_columns_says_which(tmp_path):
    path = tmp_path / "flows.csv"
    path.write_text("period,who\n", encoding="utf-8")
    with pytest.raises(StraitsError, match="lacks importer, product, value"):
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


@pytest.fixture
def monthly(tmp_path):
    """A store with monthly and annual trade."""
    rows = [
        {
            "period": dt.date(2019 + t // 12, t % 12 + 1, 1),
            "freq": "M",
            "exporter": exporter,
            "importer": importer,
            "nomenclature": "HS2017",
            "product": "250410",
            "value_usd": 1000 + t,
            "quantity_kg": None if (exporter, t) == ("MOZ", 3) else 500,
        }
        for t in range(48)
        for exporter, importer in (("CHN", "DEU"), ("CHN", "FRA"), ("MOZ", "DEU"), ("DEU", "FRA"), ("CHN", "USA"))
    ]
    rows.append({**rows[0], "freq": "A", "value_usd": 99, "period": dt.date(2018, 1, 1)})
    store = Store(tmp_path / "home")
    with store.load("monthly") as load:
        table = pa.Table.from_pylist(rows, schema=TABLES["trade"])
        write(load.path("trade", "all"), "trade", table.to_batches())
        store.commit(load, [{"id": "x", "title": "x", "tables": ["trade"]}], [])
    return store


def test_monthly_flows_of_the_store_are_read_and_annual_ones_are_not(monthly):
    flows = read_store(monthly, ["250410"])
    assert flows.vintage == monthly.current()["monthly"].id
    assert flows.months[0] == "2019-01"
    one = panel(flows, "suppliers", "EU27")
    assert [str(label) for label in one.labels] == ["CHN>EU27 250410", "MOZ>EU27 250410"]
    assert one.flow[0, 0] == 1000
    assert np.isnan(one.flow[1, 3])
    two = panel(flows, "destinations")
    assert [str(label) for label in two.groups] == ["CHN>all 250410", "DEU>all 250410", "MOZ>all 250410"]


def test_a_watch_on_the_store_runs_on_its_current_version(monthly, tmp_path):
    folder = monthly.home / "watches"
    folder.mkdir()
    (folder / "w.yaml").write_text(
        "watches:\n  - id: eu\n    what: {products: ['250410'], region: EU27}\n    false_discoveries: 0.1\n",
        encoding="utf-8",
    )
    report = run(monthly, watches_of(folder))
    assert (report.judged, report.faults) == (["eu"], {})
    assert run(monthly, watches_of(folder)).skipped == ["eu"]


def test_columns_give_the_panel_that_rows_give(read):
    rows = [Flow("2023-01", "CHN", "DEU", "1", 5.0, None), Flow("2023-03", "CHN", "USA", "2", 0.0, None)]
    one = panel(Flows.of(rows, "v", "s"), "destinations")
    assert one.months == ["2023-01", "2023-02", "2023-03"]
    np.testing.assert_array_equal(one.flow, [[5, np.nan, 0], [0, np.nan, 0]])
    assert one.unit == ["USD", "kg"]
