"""What every source has: metadata with assertions, a way to fetch its files, and a way to write canonical tables."""

from __future__ import annotations

import contextlib
import hashlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from pydantic import BaseModel, ConfigDict

from straits.store.schemas import TABLES
from straits.store.store import Load, sha256
from straits.vocabulary.errors import StraitsError

Step = Callable[[str, float | None, float | None], None]
"""Progress: what is going on, how much is done, how much there is."""


class Publication(BaseModel):
    """Who published what, under which licence; travels with every result."""

    model_config = ConfigDict(extra="forbid")

    id: str
    title: str
    publisher: str
    licence: str
    licence_url: str
    citation: str
    url: str
    update_rhythm: str
    tables: list[str]


class Metadata(BaseModel):
    """A source's metadata file: its publications and what must hold of the data."""

    model_config = ConfigDict(extra="forbid")

    id: str
    name: str
    what: str
    how: str
    publications: list[Publication]
    assertions: dict[str, Any]
    fetch: dict[str, str] = {}


def metadata(source: str) -> Metadata:
    """The metadata file beside a source's module."""
    path = Path(__file__).with_name(f"{source}.yaml")
    return Metadata.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def refuse(file: str, row: int | None, rule: str) -> StraitsError:
    """The error for a violated assertion: file, row and rule."""
    at = f"{file}, row {row}" if row else file
    return StraitsError(f"{at}: {rule}; nothing was loaded")


def connect(load: Load, memory: str = "2GB") -> duckdb.DuckDBPyConnection:
    """A DuckDB connection for a load: bounded memory, spilling into the load's own scratch folder."""
    connection = duckdb.connect()
    spill = str(load.scratch / "spill").replace("'", "''")
    connection.execute(f"set memory_limit = '{memory}'; set temp_directory = '{spill}'")
    connection.execute("set preserve_insertion_order = true; set enable_progress_bar = false")
    return connection


def write(path: Path, table: str, batches: Any) -> int:
    """Write record batches as a canonical Parquet file; returns the number of rows.

    Columns are cast to the schema of ``table``; a null in a column that must not be null is an error.
    """
    schema, rows = TABLES[table], 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            part = pa.Table.from_batches([batch]).cast(schema)
            for column in schema:
                if not column.nullable and part[column.name].null_count:
                    raise StraitsError(f"{path.name}: a null in {table}.{column.name}; nothing was loaded")
            writer.write_table(part, row_group_size=122_880)
            rows += part.num_rows
    return rows


@contextlib.contextmanager
def fetched(origin: str, load: Load, step: Step) -> Iterator[Path]:
    """The local path of a file, folder or URL; a URL is downloaded into the load's scratch folder."""
    if urlsplit(origin).scheme in ("http", "https"):
        target = load.scratch / (Path(urlsplit(origin).path).name or "download")
        download(origin, target, step)
        yield target
        target.unlink(missing_ok=True)
        return
    path = Path(origin).expanduser()
    if not path.exists():
        raise StraitsError(f"{path}: no such file or folder")
    yield path


def download(url: str, target: Path, step: Step) -> None:
    """Download with retries (five tries, growing pauses) on dropped connections and on 429 and 5xx answers."""
    import httpx
    import stamina

    def worth_a_retry(error: Exception) -> bool:
        if isinstance(error, httpx.HTTPStatusError):
            return error.response.status_code == 429 or error.response.status_code >= 500
        return isinstance(error, httpx.TransportError)

    @stamina.retry(on=worth_a_retry, attempts=5, wait_initial=0.2, timeout=None)
    def once() -> None:
        with httpx.stream("GET", url, follow_redirects=True, timeout=60) as answer:
            answer.raise_for_status()
            total = float(answer.headers.get("content-length", 0)) or None
            done = 0
            with target.open("wb") as handle:
                for chunk in answer.iter_bytes(1 << 20):
                    handle.write(chunk)
                    done += len(chunk)
                    step(f"download {target.name}", done, total)
            if total and answer.num_bytes_downloaded < total:
                raise httpx.ReadError("connection closed before the whole file was there")

    try:
        once()
    except httpx.HTTPStatusError as error:
        raise StraitsError(f"{url}: the server answered {error.response.status_code}; check the address") from error
    except httpx.HTTPError as error:
        raise StraitsError(f"{url}: {error or type(error).__name__}; check the address and the connection") from error


def described(path: Path, name: str | None = None) -> dict[str, Any]:
    """A file read by a load, for the manifest: name, bytes, SHA-256."""
    if path.is_dir():
        digest = hashlib.sha256()
        for part in sorted(p for p in path.iterdir() if p.suffix == ".csv"):
            digest.update(f"{part.name} {sha256(part)}\n".encode())
        return {"name": name or path.name, "sha256": digest.hexdigest()}
    return {"name": name or path.name, "bytes": path.stat().st_size, "sha256": sha256(path)}


@contextlib.contextmanager
def progress() -> Iterator[Step]:
    """A progress bar on a terminal, silence in a pipe."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    with Progress(
        TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=Console(stderr=True), transient=True
    ) as bar:
        tasks: dict[str, TaskID] = {}

        def step(what: str, done: float | None, total: float | None) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done or 0, total=total)

        yield step
