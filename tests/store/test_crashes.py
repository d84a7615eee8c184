"""``kill -9`` at any moment: the last good version stays, and what is left lying about is swept by the next load."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from sources.release import as_zip, plain_reading, release, year_file
from store.homes import Worker, left_over, put, values
from straits.sources import baci
from straits.store.store import Store, Version

KILLS, SEED = 20, 20_260_101


def total(version: Version) -> int:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    return int(sum(pc.sum(pq.read_table(path)["value_usd"]).as_py() for path in version.files("trade")))


def total_of(files: dict[str, str]) -> int:
    return sum(value for year in (2021, 2022) for value, _ in plain_reading(files[year_file(year)]).values())


@pytest.mark.slow
def test_the_store_survives_twenty_kills_at_random_moments_of_a_load(tmp_path: Path) -> None:
    home, chance = tmp_path / "home", random.Random(SEED)
    releases = [release((2021, 2022), seed=seed) for seed in (1, 2)]
    zips = [as_zip(files, tmp_path / str(n)) for n, files in enumerate(releases)]
    complete = {
        baci.load(Store(tmp_path / f"alone{n}"), str(path), None, lambda *_: None).id: total_of(releases[n])
        for n, path in enumerate(zips)
    }
    assert len(complete) == 2
    baci.load(Store(home), str(zips[0]), None, lambda *_: None)
    with Worker(tmp_path / "timed", "baci", zips[0]) as timed:
        start = time.monotonic()
        assert timed.run() == "done"
        duration = time.monotonic() - start
    unfinished = 0
    for n in range(KILLS):
        before = Store(home).current()["baci-hs2022"].id
        worker = Worker(home, "baci", zips[(n + 1) % 2])
        worker.tell()
        time.sleep(duration * (n + chance.random()) / KILLS)
        worker.kill()
        store = Store(home)
        assert store.check() == []
        version = store.current()["baci-hs2022"]
        assert version.id in complete
        assert total(version) == complete[version.id]
        assert version.id == store.history()[-1]["version"]
        unfinished += version.id == before
    assert unfinished >= KILLS // 2, "most kills came too late to mean anything"
    last = baci.load(Store(home), str(zips[1]), None, lambda *_: None)
    assert list((home / "incoming").iterdir()) == []
    assert left_over(home) == []
    assert Store(home).current()["baci-hs2022"] == last
    assert Store(home).check() == []


def first_load(home: Path) -> None:
    """No home yet."""


def second_load(home: Path) -> None:
    put(Store(home), 7)


def same_again(home: Path) -> None:
    put(Store(home), 8)


def load_over_damage(home: Path) -> None:
    """The version to be loaded is there, but a file of it is gone and its manifest is cut."""
    version = put(Store(home), 8)
    put(Store(home), 7)
    version.files("trade")[0].unlink()
    (version.folder / "manifest.json").write_text("{")


def load_over_debris(home: Path) -> None:
    """A dead load and an unknown version lie about, the latter in place of the one to be loaded, half gone."""
    version = put(Store(home), 8)
    version.files("trade")[0].unlink()
    (home / "catalogue.json").unlink()
    put(Store(home), 7, "other")
    dead = home / "incoming" / "load-small-dead" / "scratch"
    dead.mkdir(parents=True)
    (dead / "part.csv").write_text("t,i,j")


def removal(home: Path) -> None:
    put(Store(home), 7)
    put(Store(home), 8)
    put(Store(home), 9, "other")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("prepare", "what"),
    [
        (first_load, ("put", "small", 8)),
        (second_load, ("put", "small", 8)),
        (same_again, ("put", "small", 8)),
        (load_over_damage, ("put", "small", 8)),
        (load_over_debris, ("put", "small", 8)),
        (removal, ("remove", "small")),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_the_store_survives_a_kill_before_each_of_its_file_operations(
    quick_path: Path, prepare: Callable[[Path], None], what: tuple[object, ...]
) -> None:
    """Not by chance but one after the other, until one comes through: the old state or the new one, nothing between."""
    template = quick_path / "template"
    prepare(template)
    old = state(template)
    new: dict[str, list[int]] = {
        k: v for k, v in {**old, "small": [8, 8]}.items() if what[0] == "put" or k != "small"
    }
    seen = []
    with Worker(template, *what) as worker:
        for n in range(1, 400):
            home = quick_path / f"home{n}"
            if template.exists():
                shutil.copytree(template, home)
            worker.tell(f"{n} {home}")
            ended = worker.hear()
            seen.append(state(home))
            assert seen[-1] in (old, new), n
            follow_up(home, seen[-1])
            shutil.rmtree(home)
            if ended == "done":
                break
    assert ended == "done"
    assert len(seen) > 15
    assert seen[0] == old
    assert seen[-1] == new
    changes = sum(one != other for one, other in pairwise(seen))
    assert changes == (old != new), "the change must happen in one step"


def state(home: Path) -> dict[str, list[int]]:
    """The values of each current version; what the catalogue names must be whole."""
    store = Store(home)
    assert store.check() == []
    return {name: values(version) for name, version in store.current().items()}


def follow_up(home: Path, found: dict[str, list[int]]) -> None:
    """A normal load afterwards works, and leaves nothing of the dead one."""
    put(Store(home), 1, "next")
    assert left_over(home) == []
    assert state(home) == {**found, "next": [1, 1]}
    put(Store(home), 8)
    assert Store(home).check() == []
    Store(home).remove("small")
    assert {path.name for path in (home / "versions").iterdir()} == {
        version.id for version in Store(home).current().values()
    }


@pytest.mark.slow
def test_the_store_survives_kills_at_random_moments_of_a_removal(tmp_path: Path) -> None:
    home, chance = tmp_path / "home", random.Random(SEED)
    other = put(Store(home), 9, "other")
    path = as_zip(release((2021, 2022)), tmp_path)
    outcomes = set()
    for _ in range(8):
        baci.load(Store(home), str(path), None, lambda *_: None)
        worker = Worker(home, "remove", "baci-hs2022")
        worker.tell()
        time.sleep(0.02 * chance.random())
        worker.kill()
        store = Store(home)
        assert store.check() == []
        assert store.current()["other"] == other
        outcomes.add("baci-hs2022" in store.current())
        put(store, 9, "other")
        assert left_over(home) == []
        assert {path.name for path in (home / "versions").iterdir()} == {v.id for v in store.current().values()}
    assert outcomes
