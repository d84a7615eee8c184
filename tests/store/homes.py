"""Stores made by hand for the tests of loading: small versions, and what a home holds."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from straits.sources.source import write
from straits.store.schemas import TABLES
from straits.store.store import Store, Version

TESTS = Path(__file__).resolve().parents[1]
SOURCE = {
    "id": "made-by-hand", "title": "Made by hand", "publisher": "tests", "licence": "CC0", "licence_url": "",
    "citation": "none", "url": "", "update_rhythm": "never", "tables": ["trade"],
}  # fmt: skip
ORIGIN = {"name": "hand.csv", "bytes": 3, "sha256": "0" * 64}


def trade(value: int, years: tuple[int, ...] = (2021, 2022)) -> Any:
    """A trade table of one flow a year, of ``value`` USD."""
    rows = [
        {"period": dt.date(year, 1, 1), "freq": "A", "exporter": "CHN", "importer": "DEU", "nomenclature": "HS1992",
         "product": "250410", "value_usd": value, "quantity_kg": None}
        for year in years
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=TABLES["trade"])


def put(store: Store, value: int, dataset: str = "small", sources: list[dict[str, Any]] | None = None) -> Version:
    """Load one flow a year, of ``value`` USD, as a version of ``dataset``."""
    with store.load(dataset) as load:
        write(load.path("trade", "all"), "trade", trade(value).to_batches())
        return store.commit(load, sources or [SOURCE], [ORIGIN])


def values(version: Version) -> list[int]:
    """The values in a version's trade table."""
    return [v for path in version.files("trade") for v in pq.read_table(path)["value_usd"].to_pylist()]


def content(home: Path) -> dict[str, str]:
    """Every file below a home but the lock, with its checksum."""
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


def left_over(home: Path) -> list[str]:
    """What should not be in a home after a normal load: things in ``incoming/`` and unknown versions."""
    store = Store(home)
    known = {entry["version"] for entry in store.history()}
    incoming = (
        [f"incoming/{path.name}" for path in (home / "incoming").iterdir()] if (home / "incoming").exists() else []
    )
    versions = [f"versions/{path.name}" for path in (home / "versions").iterdir() if path.name not in known]
    catalogue = [path.name for path in home.glob("catalogue.*") if path.suffix != ".json"]
    return incoming + versions + catalogue


@contextlib.contextmanager
def unchanged(home: Path) -> Iterator[None]:
    """Assert that the block leaves the home as it was, to the byte, with nothing in ``incoming/``."""
    before = content(home)
    yield
    assert content(home) == before
    assert not (home / "incoming").exists() or not list((home / "incoming").iterdir())
    assert Store(home).check() == []


class Worker:
    """A process that waits to load or remove; see ``worker.py``."""

    def __init__(self, home: Path, what: str, *arguments: object, under: str = "") -> None:
        path = os.pathsep.join(str(folder) for folder in (TESTS, TESTS.parent / "src"))
        command = [sys.executable, str(TESTS / "store" / "worker.py"), str(home), under, what, *map(str, arguments)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path}
        )
        assert self.hear() == "ready"

    def tell(self, line: str = "") -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def run(self) -> str:
        """Act, and say how it ended."""
        self.tell()
        return self.hear()

    def kill(self) -> None:
        self.process.kill()
        self.close()

    def close(self) -> None:
        with self.process:
            pass

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
