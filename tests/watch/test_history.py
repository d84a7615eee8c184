"""A replay on releases is what the detectors give on what was known, month by month."""

from __future__ import annotations

import datetime as dt
import math
import random

import numpy as np
import pyarrow as pa
import pytest

from straits.store.schemas import TABLES
from straits.store.store import Store
from straits.store.vintages import Release, Slice, add
from straits.vocabulary.errors import StraitsError
from straits.watch.backtest import of_store, of_watch, replayed
from straits.watch.detectors import GROUP_DETECTORS, SERIES_DETECTORS, detect
from straits.watch.flows import month_of, number_of, read_store
from straits.watch.history import end_of, history, why_not
from straits.watch.run import panel_of
from straits.watch.watches import read as watches_of

PARTNERS = ("DEU", "IND", "JPN", "KOR", "USA")
MONTHS, FIRST = 52, number_of("2020-01")
STOP = number_of("2023-12")


def rows_of(month: int, day: dt.date, rough: bool, code: str = "250410") -> list[dict[str, object]]:
    """A month's exports; in a rough first release some are wrong and one partner is left out."""
    dice = random.Random(month * 2 + rough)
    found = []
    for k, partner in enumerate(PARTNERS):
        kg = 1e6 / (k + 1) * math.exp(random.Random(month * 10 + k).gauss(0, 0.12))
        if month >= STOP:
            kg *= 0.03
        if partner == "IND" and month % 9 == 4:
            continue
        if rough:
            kg *= math.exp(dice.gauss(0, 0.1))
            if partner == "KOR" and month % 7 == 3:
                continue
        found.append(
            {"period": dt.date(month // 12, month % 12 + 1, 1), "freq": "M", "reporter": "CHN", "flow": "X",
             "partner": partner, "nomenclature": "HS2017", "product": code, "value": 1.5 * kg, "currency": "USD",
             "quantity_kg": kg, "quantity_estimated": False, "quantity_other": None, "unit_other": None,
             "released": day}
        )  # fmt: skip
    return found


def release(months: dict[int, bool], day: dt.date, dated: str = "stated") -> Release:
    """The months with whether they are rough."""
    rows = [row for month, rough in months.items() for row in rows_of(month, day, rough)]
    slices = tuple(Slice(dt.date(m // 12, m % 12 + 1, 1), "M", "CHN", "X", "HS2017", "250410") for m in months)
    table = pa.Table.from_pylist(rows, schema=TABLES["reports"])
    return Release(table.to_batches(), slices, day, dated)


def load(store: Store, *releases: Release) -> None:
    add(store, "monthly", releases, [{"id": "m", "title": "made", "citation": "made up"}], [])


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """40 months at once, then one a month, rough at first, settled two months later; one comes two months late."""
    store = Store(tmp_path_factory.mktemp("released"))
    bulk = FIRST + 39
    releases = [release({m: m > bulk - 2 for m in range(FIRST, bulk + 1)}, end_of(bulk + 1) - dt.timedelta(3))]
    late = bulk + 5
    for month in range(bulk + 1, FIRST + MONTHS):
        said = {m: m > month - 2 for m in range(max(FIRST, month - 2), month + 1)}
        if month in (late, late + 1):
            said.pop(late, None)
        releases.append(release(said, end_of(month + 1) - dt.timedelta(3)))
    load(store, *releases)
    folder = store.home / "watches"
    folder.mkdir()
    (folder / "w.yaml").write_text(
        "watches:\n"
        "  - id: graphite\n    what: {products: ['250410'], exporter: China}\n"
        "  - id: region\n    what: {products: ['250410'], region: EU27}\n",
        encoding="utf-8",
    )
    return store, watches_of(folder)


@pytest.mark.parametrize("name", ["graphite", "region"])
def test_the_replay_is_what_each_month_s_knowledge_gives(released, name):
    store, watches = released
    watch = watches.watch(name)
    past = history(watch, store)
    assert past.publication == 1
    assert len(past.flow) >= 3
    series, sums = replayed(watch, past)
    compared = changed = 0
    for t, month in enumerate(past.panel.months):
        if t < 36:
            continue
        flows = read_store(
            store, ["250410"], [watch.what.exporter] if watch.what.exporter else [], as_of=past.known(month)
        )
        one = panel_of(watch, flows, until=month)
        if one.months[-1] != month:  # the month that came late: nothing was known of it
            assert np.isnan(past.flow[0][:, t]).all()
            continue
        assert [str(label) for label in one.labels] == [str(label) for label in past.panel.labels]
        then = detect(one.flow, one.value, one.group, one.first_month)
        whole = one.totals()
        of_sums = detect(whole.flow, whole.value, None, whole.first_month)
        final = panel_of(watch, read_store(store, ["250410"]), until=month)
        changed += not np.array_equal(one.flow, final.flow, equal_nan=True)
        for detector in (*SERIES_DETECTORS, *GROUP_DETECTORS):
            np.testing.assert_allclose(
                series[detector].score[:, t], then[detector].score[:, -1], rtol=1e-5, atol=1e-6
            )
        for detector in SERIES_DETECTORS:
            np.testing.assert_allclose(
                sums[detector].score[:, t], of_sums[detector].score[:, -1], rtol=1e-5, atol=1e-6
            )
        compared += 1
    assert compared >= 14
    assert changed >= 10, "the first releases must differ from the final ones, or this says nothing"


def test_a_backtest_says_on_which_releases_it_rests(released):
    store, watches = released
    event = {"product": "250410", "announced": "2023-10", "in_force": "2023-12"}
    result = of_store(watches.watch("graphite"), watches, store, [event])
    assert (result.found, result.publication) == (1, 1)
    # November's first release left out Korea: an alarm that final data do not show.
    final = of_watch(watches.watch("graphite"), read_store(store, ["250410"], ["CHN"]), [event])
    assert (result.lead_force, final.lead_force) == ([-1], [0])
    assert result.notes[0] == "replayed on 13 releases: each month as known 1 month(s) after its end"
    assert "months before 2023-04 are judged on what it said" in result.notes[1]
    assert "as the exporter reports them" in result.notes[-1]
    early = of_store(watches.watch("graphite"), watches, store, as_of=dt.date(2023, 12, 31))
    assert "replayed on 8 releases" in early.notes[0]
    slower = of_store(watches.watch("graphite"), watches, store, [event], publication=3)
    assert slower.publication == 3


def test_without_dates_of_publication_the_replay_says_that_it_uses_final_data(tmp_path, released):
    _, watches = released
    store = Store(tmp_path)
    for month in (FIRST + 50, FIRST + 51):
        load(
            store,
            release(dict.fromkeys(range(FIRST, month + 1), False), dt.date(2024, 7, month - FIRST - 40), "loaded"),
        )
    result = of_store(watches.watch("graphite"), watches, store)
    assert result.publication is None
    assert (
        "no release says when it was published, only when it was loaded; only one vintage is known" in result.notes[0]
    )
    single = Store(tmp_path / "single")
    load(single, release(dict.fromkeys(range(FIRST, FIRST + 50), False), dt.date(2024, 7, 1)))
    assert "all data are of one release; only one vintage is known" in str(why_not(single, watches.watch("graphite")))


def test_a_replay_without_flows_is_an_error(released):
    store, watches = released
    with pytest.raises(StraitsError, match="no flows of CHN"):
        history(watches.watch("graphite"), store, as_of=dt.date(2020, 1, 1))


def test_months_are_named_and_ended(released):
    assert end_of(number_of("2024-02")) == dt.date(2024, 2, 29)
    assert month_of(FIRST) == "2020-01"
