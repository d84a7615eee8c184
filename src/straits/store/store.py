"""Where tables live: immutable, content-addressed versions of datasets, and which of them is current.

A load writes into ``incoming/``, is checked, and is then moved into ``versions/`` in one rename; the catalogue is
replaced in one rename too.  So a crash at any moment leaves the last good version, and what it left in ``incoming/``
is swept by the next load.  Two loads at once each have their own incoming folder and take turns at the catalogue.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock
import platformdirs
import pyarrow.parquet as pq

from straits.store.schemas import TABLES
from straits.vocabulary.errors import StraitsError, nearest


@dataclass(frozen=True)
class Version:
    """One immutable version of a dataset.

    ``id`` is the SHA-256 (first 16 hex digits) over the table files' own checksums; ``manifest`` holds origin,
    licence, retrieval, checksums, row counts and years.
    """

    id: str
    dataset: str
    folder: Path
    manifest: dict[str, Any]

    def files(self, table: str) -> list[Path]:
        """The Parquet files of one table, in order."""
        return [self.folder / item["path"] for item in self.manifest["tables"].get(table, {}).get("files", [])]

    def years(self, table: str) -> list[int]:
        """The years that a table holds."""
        return list(self.manifest["tables"].get(table, {}).get("years", []))

    @property
    def sources(self) -> list[dict[str, Any]]:
        """Publisher, licence and citation of what is in this version."""
        return list(self.manifest["sources"])


class Load:
    """A load under way: a private folder to write table files into, committed once or not at all."""

    def __init__(self, folder: Path, dataset: str) -> None:
        self.folder = folder
        self.dataset = dataset
        self.scratch = folder / "scratch"
        self.scratch.mkdir()
        self.content = folder / "content"
        self.content.mkdir()

    def path(self, table: str, part: str) -> Path:
        """Where the Parquet file ``part`` of a canonical table goes."""
        if table not in TABLES:
            raise nearest(table, TABLES, "table")
        folder = self.content / table
        folder.mkdir(exist_ok=True)
        return folder / f"{part}.parquet"


class Store:
    """The versions in one home folder.

    ``home`` is created when something is first loaded; reading an absent home finds nothing.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self._catalogue = home / "catalogue.json"

    @classmethod
    def default_home(cls) -> Path:
        """``STRAITS_HOME``, else the platform's user data folder."""
        named = os.environ.get("STRAITS_HOME")
        return Path(named) if named else Path(platformdirs.user_data_dir("straits", appauthor=False))

    # -- reading ---------------------------------------------------------------------------------------------

    def current(self) -> dict[str, Version]:
        """The current version of each dataset, by dataset name."""
        return {name: self.version(name, ident) for name, ident in sorted(self._read()["current"].items())}

    def version(self, dataset: str, ident: str) -> Version:
        """A version by id."""
        folder = self.home / "versions" / ident
        try:
            manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise StraitsError(f"version {ident} of '{dataset}' is not in {self.home}: load it again") from error
        return Version(ident, dataset, folder, manifest)

    def history(self) -> list[dict[str, str]]:
        """What was loaded and removed, oldest first: ``at``, ``action``, ``dataset``, ``version``."""
        return list(self._read()["history"])

    def check(self) -> list[str]:
        """Faults of the current versions: missing or altered files, wrong schemas.  Empty when all is well."""
        faults = []
        for version in self.current().values():
            for table, entry in version.manifest["tables"].items():
                for item in entry["files"]:
                    faults += _check_file(version.folder / item["path"], item, table)
        return faults

    # -- writing ---------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def load(self, dataset: str) -> Iterator[Load]:
        """A folder to load into; swept if the block raises or the process dies."""
        with plain_errors(self.home):
            incoming = self.home / "incoming"
            incoming.mkdir(parents=True, exist_ok=True)
            with filelock.FileLock(self.home / "lock"):
                self._sweep(incoming)
                folder = Path(tempfile.mkdtemp(prefix=f"{dataset}-", dir=incoming))
                alive = filelock.FileLock(folder / "alive")
                alive.acquire()
            try:
                yield Load(folder, dataset)
            finally:
                alive.release()
                shutil.rmtree(folder, ignore_errors=True)

    def commit(self, load: Load, sources: list[dict[str, Any]], origin: list[dict[str, Any]], note: str = "") -> Version:
        """Make what was loaded the current version of its dataset.

        ``sources`` are publishers' entries (title, publisher, licence, citation, url); ``origin`` lists the files
        read with their SHA-256.  The same content again is the same version.
        """
        with plain_errors(self.home):
            tables = {path.name: _describe(path) for path in sorted(load.content.iterdir())}
            if not tables:
                raise StraitsError(f"'{load.dataset}' holds no table: nothing was loaded")
            manifest = {"dataset": load.dataset, "tables": tables, "sources": sources, "origin": origin, "note": note}
            ident = _digest(manifest)
            manifest["retrieved"] = _now()
            with filelock.FileLock(self.home / "lock"):
                target = self.home / "versions" / ident
                if not target.exists():
                    (load.content / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
                    _flush(load.content)
                    target.parent.mkdir(exist_ok=True)
                    load.content.rename(target)
                    _flush_folder(target.parent)
                catalogue = self._read()
                catalogue["current"][load.dataset] = ident
                self._record(catalogue, "add", load.dataset, ident)
        return self.version(load.dataset, ident)

    def remove(self, dataset: str) -> str:
        """Take a dataset out of the store, all its versions included; returns the id of the current one."""
        catalogue = self._read()
        if dataset not in catalogue["current"]:
            raise nearest(dataset, catalogue["current"] or ["(none loaded)"], "dataset")
        with plain_errors(self.home), filelock.FileLock(self.home / "lock"):
            catalogue = self._read()
            ident = catalogue["current"].pop(dataset)
            self._record(catalogue, "remove", dataset, ident)
            for folder in sorted((self.home / "versions").iterdir()):
                if json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["dataset"] == dataset:
                    shutil.rmtree(folder)
        return str(ident)

    def _sweep(self, incoming: Path) -> None:
        """Remove what dead loads left: their ``alive`` lock is free."""
        for folder in incoming.iterdir():
            lock = filelock.FileLock(folder / "alive", timeout=0)
            with contextlib.suppress(filelock.Timeout, OSError):
                lock.acquire()
                lock.release()
                shutil.rmtree(folder, ignore_errors=True)

    def _read(self) -> dict[str, Any]:
        try:
            catalogue: dict[str, Any] = json.loads(self._catalogue.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return {"current": {}, "history": []}
        except json.JSONDecodeError as error:
            raise StraitsError(f"{self._catalogue} is damaged (line {error.lineno}): restore or delete it") from error
        return catalogue

    def _record(self, catalogue: dict[str, Any], action: str, dataset: str, ident: str) -> None:
        catalogue["history"].append({"at": _now(), "action": action, "dataset": dataset, "version": ident})
        fresh = self._catalogue.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as handle:
            json.dump(catalogue, handle, indent=1)
            handle.flush()
            os.fsync(handle.fileno())
        fresh.replace(self._catalogue)
        _flush_folder(self.home)


@contextlib.contextmanager
def plain_errors(home: Path) -> Iterator[None]:
    """Turn the system's refusals (full disk, no permission) into one plain sentence."""
    try:
        yield
    except OSError as error:
        raise refusal(error, home) from error
    except Exception as error:
        text = str(error)
        if type(error).__module__.startswith(("duckdb", "_duckdb", "pyarrow")) and _is_full(text):
            raise StraitsError(f"the disk that holds {home} is full: nothing was loaded; free some space") from error
        raise


def _is_full(text: str) -> bool:
    return any(words in text for words in ("No space left", "File too large", "disk is full", "not enough disk"))


def refusal(error: OSError, home: Path) -> StraitsError:
    """The sentence for a refused read or write below ``home``."""
    if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT) or _is_full(str(error)):
        return StraitsError(f"the disk that holds {home} is full: nothing was loaded; free some space")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StraitsError(f"cannot write to {home}: {error.strerror}; choose another folder with --home")
    if isinstance(error, FileExistsError | NotADirectoryError):
        return StraitsError(f"{home} is not a folder: choose another with --home")
    return StraitsError(f"{error.filename or home}: {error.strerror or error}")


def _describe(folder: Path) -> dict[str, Any]:
    """Files, rows and years of one table folder."""
    files, rows, years = [], 0, set()
    for path in sorted(folder.glob("*.parquet")):
        meta = pq.read_metadata(path)
        rows += meta.num_rows
        years |= _years(path, meta)
        files.append(
            {"path": f"{folder.name}/{path.name}", "rows": meta.num_rows, "bytes": path.stat().st_size, "sha256": sha256(path)}
        )
    return {"rows": rows, "years": sorted(years), "files": files}


def _years(path: Path, meta: Any) -> set[int]:
    if "period" not in meta.schema.names or meta.num_rows == 0:
        return set()
    column = pq.read_table(path, columns=["period"])["period"]
    return {value.as_py().year for value in column.unique()}


def _check_file(path: Path, item: dict[str, Any], table: str) -> list[str]:
    if not path.exists():
        return [f"{path}: missing"]
    if sha256(path) != item["sha256"]:
        return [f"{path}: altered (checksum differs from the manifest)"]
    names = pq.read_schema(path).names
    return [] if names == TABLES[table].names else [f"{path}: columns {names} are not those of '{table}'"]


def sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _digest(manifest: dict[str, Any]) -> str:
    named = [(item["path"], item["sha256"]) for entry in manifest["tables"].values() for item in entry["files"]]
    content = json.dumps([manifest["dataset"], sorted(named)])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def _flush(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as handle:
                os.fsync(handle.fileno())


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
