"""What every source has: metadata with assertions, a way to fetch its files, and a way to write canonical tables."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

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

ROW_GROUP = 122_880  # rows; DuckDB's own size, the grain of its parallel reading
LONGEST_WAIT = 120  # seconds; a server that asks for more is told of, not waited for


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


class Correction(BaseModel):
    """Figures that a source is known to get wrong, left out of what is loaded: unknown, not wrong."""

    model_config = ConfigDict(extra="forbid")

    table: str
    economy: str
    years: list[int]
    why: str

    @property
    def note(self) -> str:
        """The correction in one sentence, for the manifest."""
        return f"{self.table}: {self.economy} in {', '.join(map(str, self.years))} is left out: {self.why}"


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
    corrections: list[Correction] = []


def metadata(source: str) -> Metadata:
    """The metadata file beside a source's module."""
    path = Path(__file__).with_name(f"{source}.yaml")
    return Metadata.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def refuse(file: str, row: int | None, rule: str) -> StraitsError:
    """The error for a violated assertion: file, row (the header is row 1) and rule."""
    at = f"{file}, row {row}" if row else file
    return StraitsError(f"{at}: {rule}; nothing was loaded")


def connect(load: Load, memory: str = "2GB") -> duckdb.DuckDBPyConnection:
    """A DuckDB connection for a load: bounded memory, spilling into the load's own scratch folder.

    Use it in a ``with`` block: its memory and its spilled files are given back at the end.
    """
    connection = duckdb.connect()
    spill = str(load.scratch / "spill").replace("'", "''")
    connection.execute(f"set memory_limit = '{memory}'; set temp_directory = '{spill}'")
    connection.execute("set preserve_insertion_order = true; set enable_progress_bar = false")
    return connection


def write(path: Path, table: str, batches: Iterable[Any]) -> int:
    """Write record batches as a canonical Parquet file; returns the number of rows.

    Columns are cast to the schema of ``table``; a null in a column that must not be null is an error.  Row groups
    have the same size however the batches come, so that the same rows are the same bytes.
    """
    schema, rows = TABLES[table], 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for part in _regrouped(_canonical(batches, schema, f"{table}/{path.name}"), schema):
            writer.write_table(part, row_group_size=ROW_GROUP)
            rows += part.num_rows
    return rows


def _canonical(batches: Iterable[Any], schema: Any, file: str) -> Iterator[Any]:
    for batch in batches:
        for column in schema:
            if not column.nullable and batch[column.name].null_count:
                raise refuse(file, None, f"{column.name} is null, and may not be")
        yield pa.Table.from_batches([batch]).cast(schema)


def _regrouped(tables: Iterable[Any], schema: Any) -> Iterator[Any]:
    """The rows of all tables in tables of ``ROW_GROUP`` rows in one piece, the last one shorter."""
    waiting = schema.empty_table()
    for table in tables:
        waiting = pa.concat_tables([waiting, table])
        while waiting.num_rows >= ROW_GROUP:
            yield waiting.slice(0, ROW_GROUP).combine_chunks()
            waiting = waiting.slice(ROW_GROUP)
    if waiting.num_rows:
        yield waiting.combine_chunks()


@contextlib.contextmanager
def fetched(origin: str, load: Load, step: Step) -> Iterator[Path]:
    """The local path of a file, folder or URL; a URL is downloaded into the load's scratch folder."""
    if address := _address(origin):
        target = load.scratch / (Path(address.path).name or "download")
        download(origin, target, step)
        yield target
        target.unlink(missing_ok=True)
        return
    path = Path(origin).expanduser()
    if not path.exists():
        raise StraitsError(f"{path}: no such file or folder")
    yield path


def _address(origin: str) -> SplitResult | None:
    """The parts of a web address; ``None`` when the origin is none."""
    if not origin.lower().startswith(("http://", "https://")):
        return None
    try:
        parts = urlsplit(origin)
        valid = bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise StraitsError(f"{origin}: not a web address")
    return parts


def download(url: str, target: Path, step: Step) -> Mapping[str, str]:
    """Download with retries (five tries, see :func:`retry_after`); returns the headers of the answer."""
    import httpx
    import stamina

    quiet_retries()

    @stamina.retry(on=retry_after, attempts=5, wait_initial=0.5, timeout=None)
    def once() -> Mapping[str, str]:
        with httpx.stream("GET", url, follow_redirects=True, timeout=60) as answer:
            answer.raise_for_status()
            total = float(answer.headers.get("content-length", 0)) or None
            with target.open("wb") as handle:
                for chunk in answer.iter_bytes(1 << 20):
                    handle.write(chunk)
                    step(f"download {target.name}", answer.num_bytes_downloaded, total)
            return answer.headers

    shown = without_secrets(url)
    try:
        return once()
    except httpx.HTTPStatusError as error:
        raise StraitsError(f"{shown}: the server answered {error.response.status_code}; check the address") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise StraitsError(
            f"{shown}: {error or type(error).__name__}; check the address and the connection"
        ) from error


def quiet_retries() -> None:
    """Keep the retrying library from printing a bare word at each retry."""
    logging.getLogger("stamina").addHandler(logging.NullHandler())


def retry_after(error: Exception) -> bool | float:
    """Whether to try again after an error, and after how many seconds if the server says so.

    Dropped connections and 429 and 5xx answers are worth another try; not one that asks for a wait of more than
    ``LONGEST_WAIT`` seconds.
    """
    import httpx

    if isinstance(error, httpx.HTTPStatusError):
        if error.response.status_code != 429 and error.response.status_code < 500:
            return False
        asked = asked_wait(error.response.headers)
        return True if asked is None else asked <= LONGEST_WAIT and asked
    return isinstance(error, httpx.TransportError) and not isinstance(error, httpx.UnsupportedProtocol)


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """The seconds in a ``Retry-After`` header, which holds a number or a date; ``None`` without a valid one."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    now = dt.datetime.now(dt.UTC)
    return max(0.0, (until.replace(tzinfo=until.tzinfo or dt.UTC) - now).total_seconds())


def without_secrets(url: str) -> str:
    """An address that may be shown and kept: no user, password, query or fragment."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"


def described(path: Path, name: str | None = None, origin: str = "") -> dict[str, Any]:
    """A file read by a load, for the manifest: name, bytes, SHA-256, and its address if it came from the web."""
    address = {"url": without_secrets(origin)} if _address(origin) else {}
    return {"name": name or path.name, "bytes": path.stat().st_size, "sha256": sha256(path), **address}


@contextlib.contextmanager
def progress() -> Iterator[Step]:
    """A progress bar on a terminal, silence in a pipe."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        tasks: dict[str, TaskID] = {}

        def step(what: str, done: float | None, total: float | None) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done or 0, total=total)

        yield step
