"""Watches on releases: a changed history is told, old signals stay old, and the past is judged as it was known."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from straits.store.schemas import TABLES
from straits.store.store import Store
from straits.store.vintages import Release, Slice, add
from straits.watch.ledger import Ledger
from straits.watch.run import run
from straits.watch.watches import read as watches_of

ECONOMIES = {"DEU", "JPN", "KOR", "USA", "IND"}


@pytest.fixture
def homes():
    import importlib.util
    from pathlib import Path

    spec = importlib.util.spec_from_file_location("watch_homes_v", Path(__file__).with_name("homes.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def release_of(text: str, day: dt.date, only: str = "", change: dict[str, float] | None = None) -> Release:
    """The rows of a CSV of flows as China's release of a day; months in ``change`` are multiplied."""
    rows = []
    for row in csv.DictReader(io.StringIO(text)):
        if not row["period"].startswith(only):
            continue
        factor = (change or {}).get(row["period"], 1.0)
        rows.append(
            {"period": dt.date(int(row["period"][:4]), int(row["period"][5:]), 1), "freq": "M", "reporter": "CHN",
             "flow": "X", "partner": row["partner"], "nomenclature": "HS2017", "product": row["product"],
             "value": float(row["value_usd"]) * factor, "currency": "USD",
             "quantity_kg": float(row["quantity_kg"]) * factor, "quantity_estimated": False, "quantity_other": None,
             "unit_other": None, "released": day}
        )  # fmt: skip
    slices = {Slice(row["period"], "M", "CHN", "X", "HS2017", row["product"]) for row in rows}
    batches = pa.Table.from_pylist(rows, schema=TABLES["reports"]).to_batches()
    return Release(batches, tuple(sorted(slices, key=lambda s: (s.period, s.product))), day, "stated")


def load(store: Store, *releases: Release) -> None:
    add(store, "monthly", releases, [{"id": "m", "title": "made", "citation": "made up"}], [])


def a_watch(store: Store, more: str = ""):
    folder = store.home / "watches"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "w.yaml").write_text(
        f"watches:\n  - id: graphite\n    what: {{products: ['250410'], exporter: China{more}}}\n", encoding="utf-8"
    )
    return watches_of(folder)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "home")


def test_a_changed_history_is_told_and_raises_no_old_signal(store, homes):
    load(store, release_of(homes.flows("2023-12"), dt.date(2024, 1, 20)))
    watches = a_watch(store)
    first = run(store, watches)
    assert first.signals
    assert first.revised == {}
    # The year 2021 is revised, November's surge vanishes, and nothing else is new.
    load(store, release_of(homes.flows("2023-12"), dt.date(2024, 2, 20), change={"2021-05": 3.0, "2023-11": 0.3}))
    second = run(store, watches)
    assert second.revised == {"graphite": ["2021-05", "2023-11"]}
    assert not set(second.signals) & set(first.signals)
    ledger = Ledger(store.home)
    listed = ledger.signals(onsets_only=False)
    assert len({one["id"] for one in listed}) == len(listed)
    assert any(one["standing"] == "withdrawn" for one in listed)
    assert all(one["period"] >= "2023-10" for one in listed), "the revised month of 2021 is not judged again"
    third = run(store, watches)
    assert (third.judged, third.skipped, third.signals) == ([], ["graphite"], [])


def test_a_run_as_of_a_day_sees_what_was_known_and_goes_forward_only(store, homes):
    text = homes.flows("2023-12")
    load(store, release_of(homes.flows("2023-10"), dt.date(2023, 11, 20)))
    load(store, release_of(text, dt.date(2024, 1, 20)))
    watches = a_watch(store)
    before = run(store, watches, as_of=dt.date(2024, 1, 19))
    assert before.signals == []
    assert Ledger(store.home).last_month("graphite") == "2023-10"
    after = run(store, watches)
    assert after.signals
    back = run(store, watches, as_of=dt.date(2023, 12, 1))
    assert "has seen 2023-12 already; as known on 2023-12-01 its data end 2023-10" in back.faults["graphite"]


def test_a_run_as_of_a_day_leaves_out_watches_without_a_past(store, homes):
    load(store, release_of(homes.flows("2023-12"), dt.date(2024, 1, 20)))
    a_watch(store)
    (store.home / "watches" / "e.yaml").write_text(
        "watches:\n  - id: events\n    what: {kinds: [law]}\n", encoding="utf-8"
    )
    watches = watches_of(store.home / "watches")
    report = run(store, watches, as_of=dt.date(2024, 2, 1))
    assert (report.judged, report.faults) == (["graphite"], {})
    named = run(store, watches, ["events"], as_of=dt.date(2024, 2, 1))
    assert "watch 'events' is not on monthly flows of the store: it has no past days" in named.faults["events"]


def test_a_signal_says_whose_reports_it_is_from(store, homes):
    load(store, release_of(homes.flows("2023-12"), dt.date(2024, 1, 20)))
    report = run(store, a_watch(store))
    assert report.notes == {"graphite": ["exports of CHN: as the exporter reports them"]}
    told = Ledger(store.home).signal(report.signals[0])
    assert told["parts"]["reports"] == report.notes["graphite"]
    wrong = run(store, a_watch(store, ", reports: importers"))
    assert "no monthly trade of 250410" in wrong.faults["graphite"]


def test_the_command_takes_a_day(store, homes):
    from straits.cli import app

    load(store, release_of(homes.flows("2023-10"), dt.date(2023, 11, 20)))
    load(store, release_of(homes.flows("2023-12"), dt.date(2024, 1, 20)))
    a_watch(store)
    asked = ["watch", "run", "--home", str(store.home), "--json"]
    result = CliRunner().invoke(app, [*asked, "--as-of", "2023-12-31"])
    assert json.loads(result.stdout)["signals"] == []
    assert json.loads(CliRunner().invoke(app, asked).stdout)["signals"]
    bad = CliRunner().invoke(app, [*asked, "--as-of", "yesterday"])
    assert "--as-of yesterday: write YYYY-MM-DD" in str(bad.exception)
