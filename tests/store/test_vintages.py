"""Releases side by side: what was known on a day, what was revised, and that a load is whole or not at all."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.homes import Worker, left_over
from store.releases import FEB, JAN, Row, put, release, slice_of
from straits.store import vintages
from straits.store.store import Store
from straits.store.vintages import datasets, known, released_on, reported, revisions
from straits.vocabulary.errors import StraitsError

D = dt.date
MARCH, APRIL, MAY = D(2023, 3, 20), D(2023, 4, 20), D(2023, 5, 20)
CODE = "250410"


def told(store: Store, **asked: Any) -> list[tuple[Any, ...]]:
    """Period, partner, product and kg of what is known."""
    rows = known(store, **asked).to_pylist()
    return [(row["period"], row["partner"], row["product"], row["quantity_kg"]) for row in rows]


def stored_rows(store: Store) -> int:
    return sum(pq.read_metadata(path).num_rows for path in datasets(store)[0].files("reports"))


def test_each_day_has_the_last_release_by_then(store: Store) -> None:
    put(store, release(MARCH, [(JAN, "USA", CODE, 10.0)]))
    put(store, release(APRIL, [(JAN, "USA", CODE, 12.0), (FEB, "USA", CODE, 7.0)]))
    assert told(store, as_of=MARCH - dt.timedelta(1)) == []
    assert told(store, as_of=APRIL - dt.timedelta(1)) == [(JAN, "USA", CODE, 10.0)]
    assert told(store) == [(JAN, "USA", CODE, 12.0), (FEB, "USA", CODE, 7.0)]
    assert {row["released"] for row in known(store).to_pylist()} == {APRIL}


def test_a_partner_that_vanishes_is_zero_and_a_month_never_released_is_missing(store: Store) -> None:
    put(store, release(MARCH, [(JAN, "USA", CODE, 10.0), (JAN, "DEU", CODE, 3.0)]))
    put(store, release(APRIL, [(JAN, "USA", CODE, 10.0)]))
    assert told(store) == [(JAN, "USA", CODE, 10.0)]
    assert reported(store)["period"].to_pylist() == [JAN]
    put(store, release(MAY, [], [slice_of(FEB, CODE)]))
    assert reported(store)["period"].to_pylist() == [JAN, FEB]
    assert reported(store, as_of=APRIL)["period"].to_pylist() == [JAN]
    assert told(store) == [(JAN, "USA", CODE, 10.0)]


def test_the_same_file_twice_changes_nothing(store: Store) -> None:
    first = put(store, release(MARCH, [(JAN, "USA", CODE, 10.0)]))
    assert put(store, release(MARCH, [(JAN, "USA", CODE, 10.0)])) == first
    assert put(store, release(MAY, [(JAN, "USA", CODE, 10.0)], dated="loaded")) == first
    assert len(store.history()) == 1
    assert store.check() == []


def test_rows_that_a_release_repeats_are_stored_once_and_are_no_revision(store: Store) -> None:
    put(store, release(MARCH, [(JAN, "USA", CODE, 10.0)]))
    later = put(store, release(APRIL, [(JAN, "USA", CODE, 10.0), (FEB, "USA", CODE, 1.0)]))
    assert later.manifest["note"] == "slices: 1 new, 0 revised, 1 confirmed"
    assert stored_rows(store) == 2
    assert revisions(store, "monthly").num_rows == 0


def test_a_revision_is_counted_and_told_with_both_releases(store: Store) -> None:
    put(store, release(MARCH, [(JAN, "USA", CODE, 10.0), (JAN, "DEU", CODE, 3.0), (JAN, "JPN", CODE, None)]))
    later = put(store, release(APRIL, [(JAN, "USA", CODE, 12.0), (JAN, "KOR", CODE, 4.0), (JAN, "JPN", CODE, 0.0)]))
    assert later.manifest["note"] == "slices: 0 new, 1 revised, 0 confirmed"
    found = revisions(store, "monthly").to_pylist()
    assert [(row["partner"], row["kg_before"], row["kg"]) for row in found] == [
        ("DEU", 3.0, 0.0),
        ("JPN", None, 0.0),
        ("KOR", 0.0, 4.0),
        ("USA", 10.0, 12.0),
    ]
    assert {(row["period"], row["released_before"], row["released"]) for row in found} == {(JAN, MARCH, APRIL)}
    assert revisions(store, "monthly", since=APRIL).num_rows == 0
    assert revisions(store, "monthly", products=["280461"]).num_rows == 0


def test_a_release_loaded_late_takes_its_place_in_time(store: Store) -> None:
    """In April the first figure was confirmed: what March's release said between must not outlive that."""
    put(store, release(D(2023, 2, 20), [(JAN, "USA", CODE, 10.0)]))
    put(store, release(APRIL, [(JAN, "USA", CODE, 10.0)]))
    put(store, release(MARCH, [(JAN, "USA", CODE, 11.0)]))
    assert [told(store, as_of=day)[0][3] for day in (D(2023, 2, 20), MARCH, APRIL)] == [10.0, 11.0, 10.0]
    assert [(r["kg_before"], r["kg"]) for r in revisions(store, "monthly").to_pylist()] == [
        (10.0, 11.0),
        (11.0, 10.0),
    ]
    assert stored_rows(store) == 2


def test_of_two_releases_of_a_day_the_one_loaded_last_counts(store: Store) -> None:
    put(store, release(MARCH, [(JAN, "USA", CODE, 10.0)]))
    put(store, release(MARCH, [(JAN, "USA", CODE, 11.0)]))
    assert told(store) == [(JAN, "USA", CODE, 11.0)]


def test_two_releases_of_a_day_that_differ_in_one_load_are_refused(store: Store) -> None:
    for second in (
        release(MARCH, [(JAN, "USA", CODE, 11.0)]),
        release(MARCH, [(JAN, "USA", "280461", 1.0)], [slice_of(JAN, "*")]),
    ):
        with pytest.raises(StraitsError, match=r"two releases of 2023-03-20 differ on CHN, X, HS2022:.* in 2023-01"):
            put(store, release(MARCH, [(JAN, "USA", CODE, 10.0)]), second)
    assert store.current() == {}


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (
            release(MARCH, [(JAN, "USA", CODE, 1.0)], [slice_of(FEB, "*")]),
            "a row outside the slices of its release: CHN, X, USA, HS2022:250410 in 2023-01",
        ),
        (release(MARCH, [(JAN, "USA", CODE, 1.0)] * 2), "two rows for one flow: CHN, X, USA"),
    ],
    ids=["outside", "twice"],
)
def test_a_release_that_contradicts_itself_is_refused(store: Store, bad: Any, words: str) -> None:
    first = put(store, release(MARCH, [(JAN, "DEU", CODE, 1.0)]))
    with pytest.raises(StraitsError, match="nothing was loaded") as error:
        put(store, bad)
    assert words in str(error.value)
    assert store.current() == {"monthly": first}


def test_a_row_dated_otherwise_than_its_release_is_refused(store: Store) -> None:
    one = release(MARCH, [(JAN, "USA", CODE, 1.0)])
    with pytest.raises(StraitsError, match="not of 2023-04-20, the day of its release"):
        put(store, type(one)(one.rows, one.slices, APRIL, "stated"))


def test_a_release_of_all_products_replaces_those_it_leaves_out(store: Store) -> None:
    put(store, release(MARCH, [(JAN, "USA", CODE, 10.0), (JAN, "USA", "280461", 5.0)]))
    put(store, release(APRIL, [(JAN, "USA", CODE, 10.0)], [slice_of(JAN, "*")]))
    assert told(store) == [(JAN, "USA", CODE, 10.0)]
    put(store, release(MAY, [(JAN, "USA", "280461", 6.0)]))
    assert told(store) == [(JAN, "USA", CODE, 10.0), (JAN, "USA", "280461", 6.0)]
    assert told(store, products=["280461"]) == [(JAN, "USA", "280461", 6.0)]
    assert [(r["product"], r["kg_before"], r["kg"]) for r in revisions(store, "monthly").to_pylist()] == [
        ("280461", 5.0, 0.0),
        ("280461", 0.0, 6.0),
    ]


def test_what_is_asked_for_is_what_is_told(store: Store) -> None:
    put(store, release(MARCH, [(JAN, "USA", CODE, 10.0), (JAN, "DEU", "280461", 5.0)]))
    put(store, release(MARCH, [(JAN, "JPN", CODE, 1.0)]), dataset="other")
    assert told(store, dataset="monthly", partners=["DEU"]) == [(JAN, "DEU", "280461", 5.0)]
    assert told(store, reporters=["DEU"]) == []
    assert told(store, flow="M") == []
    assert [row["dataset"] for row in known(store, [CODE]).to_pylist()] == ["monthly", "other"]
    assert [(r["dataset"], r["slices"]) for r in released_on(store)] == [("monthly", 2), ("other", 1)]
    with pytest.raises(StraitsError, match="no dataset of monthly reports 'othr': did you mean other"):
        known(store, dataset="othr")


def test_sources_and_files_of_all_loads_stay_with_the_version(store: Store) -> None:
    put(store, release(MARCH, [(JAN, "USA", CODE, 10.0)]), name="march.csv")
    version = put(store, release(APRIL, [(FEB, "USA", CODE, 10.0)]), name="april.csv")
    assert [entry["name"] for entry in version.manifest["origin"]] == ["march.csv", "april.csv"]
    assert len(version.sources) == 1
    assert len(version.files("reports")) == 2
    assert store.check() == []


def test_an_earlier_version_stays_as_it_was(store: Store) -> None:
    first = put(store, release(MARCH, [(JAN, "USA", CODE, 10.0)]))
    before = [path.read_bytes() for path in first.files("reports")]
    put(store, release(APRIL, [(JAN, "USA", CODE, 12.0)]))
    assert [path.read_bytes() for path in store.version("monthly", first.id).files("reports")] == before


def test_damage_is_not_handed_on(store: Store) -> None:
    first = put(store, release(MARCH, [(JAN, "USA", CODE, 10.0)]))
    path = first.files("reports")[0]
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(StraitsError, match="missing or altered: remove 'monthly' and load its files again"):
        put(store, release(APRIL, [(JAN, "USA", CODE, 12.0)]))
    assert store.current()["monthly"].id == first.id


def test_a_version_that_is_damaged_is_not_added_to(store: Store) -> None:
    first = put(store, release(MARCH, [(JAN, "USA", CODE, 10.0)]))
    (first.folder / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(StraitsError, match=r"missing or damaged .* remove 'monthly' first"):
        put(store, release(APRIL, [(JAN, "USA", CODE, 12.0)]))
    store.remove("monthly")
    put(store, release(APRIL, [(JAN, "USA", CODE, 12.0)]))
    assert told(store) == [(JAN, "USA", CODE, 12.0)]


def test_a_question_too_large_for_memory_says_what_to_do(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(JAN, f"P{n:05d}", CODE, float(n)) for n in range(60_000)]
    put(store, release(MARCH, rows))
    monkeypatch.setattr(vintages, "MEMORY", "2MB")
    with pytest.raises(StraitsError, match="'monthly' has more rows than fit into memory: name products"):
        known(store)


# -- beside a plain twin ---------------------------------------------------------------------------------------

DAYS = [D(2023, 3, day) for day in range(1, 6)]
AMOUNTS = st.sampled_from([1.0, 2.0, None])


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[dt.date, list[Row], list[tuple[dt.date, str]]]]:
    """Releases on different days, loaded in any order: rows, and the slices (month, product or ``*``) they fill."""
    found = []
    for day in draw(st.permutations(DAYS)):
        slices = draw(st.sets(st.tuples(st.sampled_from([JAN, FEB]), st.sampled_from(["1111", "2222", "*"]))))
        cells = sorted(
            {(period, p) for period, product in slices for p in (("1111", "2222") if product == "*" else (product,))}
        )
        rows = [
            (period, partner, product, draw(AMOUNTS))
            for period, product in cells
            for partner in ("DEU", "USA")
            if draw(st.booleans())
        ]
        found.append((day, rows, sorted(slices)))
    return found


@settings(max_examples=25, deadline=None)
@given(history=histories())
def test_what_is_known_is_what_a_plain_reading_of_the_releases_gives(history: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        for day, rows, slices in history:
            if slices:
                put(store, release(day, rows, [slice_of(*one) for one in slices]))
        for day in DAYS if store.current() else []:
            assert told(store, as_of=day) == plainly_known(history, day)
        if store.current():
            assert seen_changes(store) == plain_changes(history)
            assert store.check() == []


def plainly_known(history: Any, day: dt.date) -> list[Row]:
    state: dict[tuple[dt.date, str], dict[str, float | None]] = {}
    for released, rows, slices in sorted(history):
        if released > day:
            break
        for period, product in slices:
            for code in ("1111", "2222") if product == "*" else (product,):
                state[period, code] = {}
        for period, partner, product, kg in rows:
            state[period, product][partner] = kg
    return sorted((period, partner, code, kg) for (period, code), of in state.items() for partner, kg in of.items())


def plain_changes(history: Any) -> list[tuple[Any, ...]]:
    """Day, month, product, partner, before and after, wherever a day's release changed what had been reported."""
    found, covered = [], set()
    for earlier, day in pairwise([DAYS[0] - dt.timedelta(1), *DAYS]):
        before = {row[:3]: row[3] for row in plainly_known(history, earlier)}
        after = {row[:3]: row[3] for row in plainly_known(history, day)}
        for key in before.keys() | after.keys():
            if (key[0], key[2]) in covered and before.get(key, 0.0) != after.get(key, 0.0):
                found.append((day, key[0], key[2], key[1], before.get(key, 0.0), after.get(key, 0.0)))
        for period, product in next(slices for released, _, slices in history if released == day):
            covered |= {(period, code) for code in (("1111", "2222") if product == "*" else (product,))}
    return sorted(found, key=str)


def seen_changes(store: Store) -> list[tuple[Any, ...]]:
    return sorted(
        (
            (r["released"], r["period"], r["product"], r["partner"], r["kg_before"], r["kg"])
            for r in revisions(store, "monthly").to_pylist()
        ),
        key=str,
    )


# -- kills, and two at once ------------------------------------------------------------------------------------


def as_worker(home: Path, *releases: tuple[str, str, float]) -> Worker:
    """A process that adds releases one after the other: day, month, kg."""
    return Worker(home, "release", *(part for one in releases for part in one))


@pytest.mark.slow
@pytest.mark.parametrize("earlier", [False, True], ids=["first", "second"])
def test_a_kill_before_each_file_operation_leaves_the_old_releases_or_the_new(
    quick_path: Path, earlier: bool
) -> None:
    template = quick_path / "template"
    old = []
    if earlier:
        put(Store(template), release(MARCH, [(JAN, "USA", CODE, 10.0)]))
        old = [(JAN, "USA", CODE, 10.0)]
    new, seen, ended = [(JAN, "USA", CODE, 12.0)], [], ""
    with as_worker(template, ("2023-04-20", "2023-01-01", 12.0)) as worker:
        for n in range(1, 800):
            home = quick_path / f"home{n}"
            if template.exists():
                shutil.copytree(template, home)
            worker.tell(f"{n} {home}")
            ended = worker.hear()
            store = Store(home)
            assert store.check() == []
            seen.append(told(store))
            assert seen[-1] in (old, new), n
            put(store, release(APRIL, [(JAN, "USA", CODE, 12.0)]))
            assert told(store) == new
            assert told(store, as_of=MARCH) == old
            put(store, release(MAY, [(FEB, "USA", CODE, 1.0)]))
            assert left_over(home) == []
            shutil.rmtree(home)
            if ended == "done":
                break
    assert ended == "done"
    assert len(seen) > 15
    assert (seen[0], seen[-1]) == (old, new)
    assert sum(one != other for one, other in pairwise(seen)) == 1, "the change must happen in one step"


@pytest.mark.slow
def test_two_loads_at_once_lose_no_release(tmp_path: Path) -> None:
    home = tmp_path / "home"
    years = [[(f"{year}-06-01", f"{year}-{month:02d}-01", 1.0) for month in range(1, 7)] for year in (2021, 2022)]
    with as_worker(home, *years[0]) as one, as_worker(home, *years[1]) as other:
        one.tell()
        other.tell()
        assert [one.hear(), other.hear()] == ["done", "done"]
    store = Store(home)
    assert store.check() == []
    assert left_over(home) == []
    assert len(told(store)) == 12
    assert len(store.current()["monthly"].files("reports")) == 12
