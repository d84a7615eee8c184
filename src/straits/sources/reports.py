"""What the sources of mirror reports share: areas, exact sums, a tally of what was left out, and a folder for fetches.

Each source turns what it reads into Parquet files of ``reports`` without ``released``, first for all files, so that a
bad one stops the load before anything is stored, and hands them to :func:`straits.store.vintages.add` as releases.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import filelock
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from straits.sources.source import ROW_GROUP
from straits.store.schemas import TABLES
from straits.store.store import Store
from straits.vocabulary.errors import StraitsError

WHOLE = "_W"
"""In a list of areas: a sum of economies, such as the world, which is left out so that nothing is counted twice."""

_NAMED = 24  # so many gaps are named in a note
_PREPARED = tuple(name for name in TABLES["reports"].names if name != "released")


@cache
def areas(file: str) -> dict[str, tuple[str, str]]:
    """A publisher's area codes in a list beside the sources: the economy (``_X``: none, ``_W``: a sum) and the name."""
    with Path(__file__).with_name(file).open(encoding="utf-8", newline="") as handle:
        return {row["code"]: (row["economy"], row["name"]) for row in csv.DictReader(handle)}


def register_areas(connection: duckdb.DuckDBPyConnection, known: dict[str, tuple[str, str]]) -> None:
    """Make a table ``areas(code, economy)``."""
    # A CSV's size is unknown to the optimizer, which then builds the hash table of a join from its millions of rows.
    connection.execute("set disabled_optimizers = 'join_order,build_side_probe_side'")
    connection.execute("create table areas (code varchar, economy varchar)")
    connection.executemany(
        "insert into areas values (?, ?)", [(code, economy) for code, (economy, _) in known.items()]
    )


def exact_sum(column: str) -> str:
    """SQL for the sum of a group: the same on every run, and missing where a part is missing."""
    return f"case when count({column}) = count(*) then sum({column}::decimal(24, 6))::double end"


def one_of(column: str) -> str:
    """SQL for the value that all rows of a group share; null where they differ."""
    return f"case when min(coalesce({column}, '')) = max(coalesce({column}, '')) then min({column}) end"


class Tally:
    """What a load left out or changed: counts, told in the version's note in the order in which they came up."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._partners: Counter[str] = Counter()
        self._missing: list[str] = []

    def add(self, what: str, count: int = 1) -> None:
        """Count ``what``, said as a phrase that follows the number."""
        if count:
            self._counts[what] += count

    def partner(self, code: str, name: str, rows: int) -> None:
        """Count rows of a partner that is no economy of the vocabulary, kept as ``_X``."""
        self._partners[f"{name} ({code})" if name else f"unknown code {code}"] += rows

    def missing(self, what: str) -> None:
        """Name what was asked for and has not been reported."""
        self._missing.append(what)

    @property
    def note(self) -> str:
        """All counts in one line; empty when there is nothing to tell."""
        parts = [f"{count} {what}" for what, count in self._counts.items()]
        if self._partners:
            listed = ", ".join(f"{who} {count}" for who, count in sorted(self._partners.items()))
            parts.append(f"{self._partners.total()} rows of partners that are no economy kept as _X: {listed}")
        if self._missing:
            more = f" and {len(self._missing) - _NAMED} more" if len(self._missing) > _NAMED else ""
            parts.append(f"not reported: {', '.join(self._missing[:_NAMED])}{more}")
        return "; ".join(parts)


def told_partners(
    connection: duckdb.DuckDBPyConnection, rows: str, known: dict[str, tuple[str, str]], tally: Tally
) -> None:
    """Count the rows (columns ``code``, ``partner``) whose partner is ``_X``."""
    found = connection.execute(
        f"select code, count(*) from {rows} where partner = '_X' group by code order by code"
    ).fetchall()
    for code, count in found:
        tally.partner(code, known.get(code, ("", ""))[1], count)


def dated(released: dt.date | None) -> tuple[dt.date, str]:
    """The date of a release and how it is known: today, the day of loading, when nobody says."""
    return (released, "stated") if released else (dt.datetime.now(dt.UTC).date(), "loaded")


def release_rows(
    files: Iterable[Path], released: dt.date, periods: Collection[dt.date] | None = None
) -> Iterator[pa.RecordBatch]:
    """The rows of prepared Parquet files as ``reports``, of these ``periods`` alone when given."""
    schema = TABLES["reports"]
    wanted = None if periods is None else pa.array(sorted(periods), pa.date32())
    for file in files:
        with pq.ParquetFile(file) as parquet:
            for batch in parquet.iter_batches(ROW_GROUP, columns=list(_PREPARED)):
                table = pa.Table.from_batches([batch])
                if wanted is not None:
                    table = table.filter(pc.is_in(table["period"], wanted))
                days = pa.array([released], pa.date32()).take(pa.array([0] * table.num_rows, pa.int8()))
                whole = table.append_column("released", days)
                yield from whole.select(schema.names).cast(schema).to_batches()


def only(products: Sequence[str] | None, pattern: str, what: str) -> tuple[str, ...] | None:
    """The products asked for, sorted; a code of another form is refused.

    So is one with a nomenclature before it: reporters use different ones, and each row keeps its own.
    """
    if products is None:
        return None
    wanted = tuple(sorted({code.strip() for code in products}))
    for code in wanted:
        if not re.fullmatch(pattern, code):
            alone = ", without a nomenclature before it" if ":" in code else ""
            raise StraitsError(f"'{code}' is not {what}{alone}")
    if not wanted:
        raise StraitsError("no product is asked for: nothing was loaded")
    return wanted


def asked_periods(periods: Sequence[str]) -> list[str]:
    """Months (``202401``) and years (``2024``) from ``2024-01``, ``202401`` or ``2024``, sorted.

    >>> asked_periods(["2024-02", "2023"])
    ['2023', '202402']
    """
    found = {text.strip() for text in periods}
    for text in sorted(found):
        if not re.fullmatch(r"\d{4}(-?(0[1-9]|1[0-2]))?", text):
            raise StraitsError(f"'{text}' is not a month or a year: write 2024-01 or 2024")
    if not found:
        raise StraitsError("no month or year is asked for: nothing was fetched")
    return sorted({text.replace("-", "") for text in found})


def listed(origins: str | Path | Sequence[str | Path]) -> list[str]:
    """Files, folders and addresses as a list."""
    given = [origins] if isinstance(origins, str | Path) else list(origins)
    if not given:
        raise StraitsError("no file, folder or address is given: nothing was loaded")
    return [str(one) for one in given]


def found_files(path: Path, suffixes: Collection[str]) -> list[Path]:
    """A file as it is, or the files of a folder with these endings, sorted by name."""
    if not path.is_dir():
        return [path]
    files = sorted(one for one in path.iterdir() if one.is_file() and one.suffix.lower() in suffixes)
    if not files:
        raise StraitsError(f"{path}: no file that ends in {', '.join(sorted(suffixes))}; nothing was loaded")
    return files


@contextlib.contextmanager
def kept(store: Store, source: str) -> Iterator[Path]:
    """The home's folder for what a fetch has received so far, alone with it; a broken-off fetch goes on from there."""
    folder = store.home / "fetched" / source
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder / "lock", timeout=0)
        lock.acquire()
    except filelock.Timeout:
        raise StraitsError(f"another fetch from {source} is under way in {store.home}: wait until it ends") from None
    except OSError as error:
        raise StraitsError(f"{folder}: {error.strerror or error}") from error
    try:
        yield folder
    finally:
        lock.release()


@contextlib.contextmanager
def forgotten_if_refused(path: Path) -> Iterator[None]:
    """Remove what was received if reading it is refused, so that the next fetch asks for it anew."""
    try:
        yield
    except StraitsError:
        path.unlink(missing_ok=True)
        raise


def put(path: Path, data: bytes) -> None:
    """Write a file in one rename, so that a crash leaves none or the whole."""
    fresh = path.with_name(f"{path.name}.part")
    fresh.write_bytes(data)
    fresh.replace(path)


def query_rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    return list(connection.execute(query).fetchall())
