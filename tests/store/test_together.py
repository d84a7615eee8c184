"""Two processes at once: nothing is lost, nothing is mixed, history is complete."""

from __future__ import annotations

from pathlib import Path

import pytest

from sources.release import as_zip, plain_reading, release, year_file
from store.homes import Worker, left_over, values
from straits.sources import baci
from straits.store.store import Store

ROUNDS = 12


def both(home: Path, one: tuple[object, ...], other: tuple[object, ...]) -> None:
    """Let two processes act at the same time; both must succeed."""
    with Worker(home, *one) as first, Worker(home, *other) as second:
        for worker in (first, second):
            worker.tell()
        assert [first.hear(), second.hear()] == ["done", "done"]


def whole(home: Path) -> Store:
    store = Store(home)
    assert store.check() == []
    assert left_over(home) == []
    return store


@pytest.mark.slow
def test_two_loads_of_different_datasets(tmp_path: Path) -> None:
    home, numbers = tmp_path / "home", range(ROUNDS)
    both(home, ("put", "small", *numbers), ("put", "other", *numbers))
    store = whole(home)
    for name in ("small", "other"):
        assert values(store.current()[name]) == [ROUNDS - 1] * 2
        loaded = [entry["version"] for entry in store.history() if entry["dataset"] == name]
        assert [values(store.version(name, ident))[0] for ident in loaded] == list(numbers)


@pytest.mark.slow
def test_two_loads_of_the_same_dataset_with_different_content(tmp_path: Path) -> None:
    home = tmp_path / "home"
    evens, odds = range(0, 2 * ROUNDS, 2), range(1, 2 * ROUNDS, 2)
    both(home, ("put", "small", *evens), ("put", "small", *odds))
    store = whole(home)
    loaded = [values(store.version("small", entry["version"]))[0] for entry in store.history()]
    assert [value for value in loaded if value % 2 == 0] == list(evens)
    assert [value for value in loaded if value % 2 == 1] == list(odds)
    assert values(store.current()["small"])[0] == loaded[-1]


@pytest.mark.slow
def test_two_loads_of_the_same_content(tmp_path: Path) -> None:
    home, numbers = tmp_path / "home", [7, 8] * (ROUNDS // 2)
    both(home, ("put", "small", *numbers), ("put", "small", *numbers))
    store = whole(home)
    assert len(store.history()) == 2 * ROUNDS
    assert len(list((home / "versions").iterdir())) == 2


@pytest.mark.slow
def test_two_loads_of_releases(tmp_path: Path) -> None:
    home = tmp_path / "home"
    zips = {revision: as_zip(release((2021,), revision), tmp_path / revision) for revision in ("22", "92")}
    both(home, ("baci", zips["22"]), ("baci", zips["92"]))
    store = whole(home)
    plain = plain_reading(release((2021,))[year_file(2021)])
    for name in ("baci-hs2022", "baci-hs1992"):
        assert sum(values(store.current()[name])) == sum(value for value, _ in plain.values())


@pytest.mark.slow
def test_a_load_beside_a_removal(tmp_path: Path) -> None:
    """A load that began before a removal and ends after it brings its dataset back, whole."""
    home = tmp_path / "home"
    path = as_zip(release((2021,)), tmp_path)
    good = baci.load(Store(home), str(path), None, lambda *_: None)
    with Store(home).load("baci-hs2022") as under_way:
        with Worker(home, "remove", "baci-hs2022") as worker:
            assert worker.run() == "done"
        assert Store(home).current() == {}
        assert not good.folder.exists()
        assert under_way.content.exists()
    assert baci.load(Store(home), str(path), None, lambda *_: None).id == good.id
    whole(home)


@pytest.mark.slow
def test_two_removals_at_once(tmp_path: Path) -> None:
    """One removes, the other is told that there is nothing."""
    home = tmp_path / "home"
    for _ in range(3):
        with Worker(home, "put", "small", 7) as loader:
            assert loader.run() == "done"
        with Worker(home, "remove", "small") as first, Worker(home, "remove", "small") as second:
            first.tell()
            second.tell()
            ends = sorted([first.hear(), second.hear()])
        assert ends == ["done", f"refused: no dataset 'small': nothing is loaded in {home}"]
        assert Store(home).current() == {}
        assert list((home / "versions").iterdir()) == []
