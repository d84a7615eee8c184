"""What the system refuses: a folder that may not be written, a home that is a file, a disk that is full."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sources.release import as_zip, release
from store.homes import Worker, content, put, unchanged
from straits.sources import baci
from straits.sources.source import connect
from straits.store.store import Store
from straits.vocabulary.errors import StraitsError


def refusal(home: Path, what: str, *arguments: object, under: str = "nobody") -> str:
    """What a process with fewer rights (or under a limit on the size of files) is told."""
    with Worker(home, what, *arguments, under=under) as worker:
        return worker.run().removeprefix("refused: ")


@pytest.fixture
def open_path() -> Iterator[Path]:
    """A folder that every user may enter, as pytest's own may not."""
    folder = Path(tempfile.mkdtemp(prefix="straits-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


# -- folders -------------------------------------------------------------------------------------------------


def test_a_home_in_a_read_only_folder_is_told(open_path: Path) -> None:
    open_path.chmod(0o555)
    home = open_path / "home"
    said = refusal(home, "put", "small", 7)
    open_path.chmod(0o755)
    assert said == f"cannot read or write {home}: Permission denied; choose another folder with --home"
    assert not home.exists()


def test_a_home_that_may_only_be_read_is_told_and_can_still_be_read(open_path: Path) -> None:
    home = open_path / "home"
    good = put(Store(home), 7)
    with unchanged(home), read_only(home):
        for what in (("put", "small", 8), ("remove", "small")):
            said = refusal(home, *what)
            assert said.startswith(f"cannot read or write {home}/")
            assert said.endswith(": Permission denied; choose another folder with --home")
        assert refusal(home, "read") == "done"
    assert Store(home).current() == {"small": good}


@contextlib.contextmanager
def read_only(home: Path) -> Iterator[None]:
    paths = [home, *home.rglob("*")]
    modes = {path: path.stat().st_mode for path in paths}
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield
    for path, mode in modes.items():
        path.chmod(mode)


def test_a_home_that_may_not_be_entered_is_told(open_path: Path) -> None:
    home = open_path / "home"
    put(Store(home), 7)
    home.chmod(0)
    said = [refusal(home, *what) for what in (("read",), ("put", "small", 8), ("remove", "small"))]
    home.chmod(0o755)
    for sentence in said:
        assert sentence.startswith(f"cannot read or write {home}")
        assert sentence.endswith(": Permission denied; choose another folder with --home")


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs Linux's /sys")
def test_a_home_where_even_root_may_not_write_is_told() -> None:
    with pytest.raises(
        StraitsError, match=r"^cannot read or write /sys/kernel/straits: .*; choose another folder with --home$"
    ):
        put(Store(Path("/sys/kernel/straits")), 7)


@pytest.mark.parametrize("below", ["", "home", "far/home"])
def test_a_home_that_is_or_lies_in_a_file_is_told(tmp_path: Path, below: str) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    home = file / below if below else file
    said = f"cannot use {home}: {file} is not a folder; choose another folder with --home"
    for use in (
        lambda: put(Store(home), 7),
        lambda: Store(home).current(),
        lambda: Store(home).check(),
        lambda: Store(home).remove("small"),
    ):
        with pytest.raises(StraitsError) as error:
            use()
        assert str(error.value) == said
    assert file.read_text() == "mine"


def test_an_input_that_may_not_be_read_is_not_blamed_on_the_home(open_path: Path) -> None:
    path = as_zip(release((2021,)), open_path / "in")
    path.chmod(0)
    (open_path / "homes").mkdir()
    (open_path / "homes").chmod(0o777)
    said = refusal(open_path / "homes" / "home", "baci", path)
    assert said == f"{path}: Permission denied"


# -- disks ---------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Mount disks in memory of some kB each."""
    mounted: list[Path] = []

    def mount(size: int) -> Path:
        folder = tmp_path / f"disk{size}"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "straits-test", str(folder)]
        if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("needs the right to mount a disk in memory")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path, leave: int) -> None:
    """Fill a disk up to ``leave`` kB."""
    free = shutil.disk_usage(folder).free // 1024
    (folder / "filler").write_bytes(b"x" * max(0, (free - leave)) * 1024)


@pytest.mark.parametrize("leave", [0, 8, 20, 40, 60, 80])
def test_a_full_disk_is_told_and_leaves_the_store_as_it_was(
    small_disk: Callable[[int], Path], tmp_path: Path, leave: int
) -> None:
    """A load fails wherever the disk becomes full: at its folder, unpacking, writing a table, at the catalogue."""
    disk = small_disk(4096)
    home = disk / "home"
    path = as_zip(release((2020, 2021, 2022)), tmp_path / "in")
    good = baci.load(Store(home), str(as_zip(release((2021,), seed=5), tmp_path / "good")), None, lambda *_: None)
    fill(disk, leave)
    with unchanged(home), pytest.raises(StraitsError) as error:
        baci.load(Store(home), str(path), None, lambda *_: None)
    assert (
        str(error.value) == f"the disk that holds {home} is full: nothing was loaded; free some space and try again"
    )
    assert Store(home).current() == {"baci-hs2022": good}
    (disk / "filler").unlink()
    assert baci.load(Store(home), str(path), None, lambda *_: None).years("trade") == [2020, 2021, 2022]


def test_a_disk_that_is_full_at_any_page_leaves_a_whole_state(small_disk: Callable[[int], Path]) -> None:
    """From no room at all to enough, page by page: refused with the store as it was, or loaded."""
    disk = small_disk(2048)
    home = disk / "home"
    put(Store(home), 7)
    outcomes = []
    for leave in range(0, 80, 4):
        before = content(home)
        fill(disk, leave)
        try:
            put(Store(home), 1000 + leave)
            outcomes.append("loaded")
        except StraitsError as error:
            assert f"the disk that holds {home} is full" in str(error)
            assert content(home) == before
            outcomes.append("refused")
        (disk / "filler").unlink()
        assert Store(home).check() == []
        assert list((home / "incoming").iterdir()) == []
    assert outcomes == sorted(outcomes, reverse=True)
    assert set(outcomes) == {"refused", "loaded"}


def test_a_disk_too_small_for_sorting_is_told(small_disk: Callable[[int], Path]) -> None:
    """DuckDB spills into the load's folder; that it finds no room there is the same plain sentence."""
    home = small_disk(16 * 1024) / "home"
    put(Store(home), 7)
    sort = "select * from (select hash(range) as h, range from range(20_000_000)) order by h"
    told = pytest.raises(StraitsError, match=f"the disk that holds {home} is full")
    with unchanged(home), told, Store(home).load("small") as load, connect(load, "100MB") as connection:
        connection.execute(sort).fetchmany(5)


@pytest.mark.parametrize(("what", "limit"), [("baci", 20_000), ("put many years", 2_000)])
def test_a_limit_on_the_size_of_files_is_told(tmp_path: Path, what: str, limit: int) -> None:
    """Reached while a zip is unpacked, or while Arrow writes a table."""
    home = tmp_path / "home"
    path = as_zip(release((2021,)), tmp_path / "in")
    put(Store(home), 7)
    with unchanged(home):
        said = refusal(home, what, path, under=str(limit))
    assert said == f"a file in {home} reached the size limit set for you (see: ulimit -f): nothing was loaded"


def test_an_error_that_is_not_the_systems_is_not_dressed_up(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.load("small"):
        _ = 1 / 0
