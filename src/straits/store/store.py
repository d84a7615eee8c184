"""Where tables live: immutable, content-addressed versions of datasets, and which of them is current.

A load writes into a folder of its own in ``incoming/``, is checked, and is then moved into ``versions/`` in one rename;
the catalogue is replaced in one rename too.  So a crash at any moment leaves the last good version.  What it left in
``incoming/``, and a version that never came into the catalogue, is swept by the next load or removal.  Two loads at
once each have their own incoming folder, kept from the sweep by a lock that dies with its process, and take turns at
the catalogue.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock
import platformdirs
import pyarrow as pa
import pyarrow.parquet as pq

from straits.store.schemas import TABLES
from straits.vocabulary.errors import StraitsError, nearest

_IDENT = re.compile(r"[0-9a-f]{16}")  # only what looks like ours is ever swept: a home may be any folder
_LOADING = "load-"


@dataclass(frozen=True)
class Version:
    """One immutable version of a dataset.

    ``id`` is the SHA-256 (first 16 hex digits) over the table files' own checksums and the sources' entries;
    ``manifest`` holds origin, licence, retrieval, checksums, row counts and years.
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
        self.home = home.expanduser()
        self._catalogue = self.home / "catalogue.json"
        self._incoming = self.home / "incoming"
        self._versions = self.home / "versions"

    @classmethod
    def default_home(cls) -> Path:
        """``STRAITS_HOME``, else the platform's user data folder."""
        named = os.environ.get("STRAITS_HOME")
        return Path(named) if named else Path(platformdirs.user_data_dir("straits", appauthor=False))

    # -- reading ---------------------------------------------------------------------------------------------

    def current(self) -> dict[str, Version]:
        """The current version of each dataset, by dataset name."""
        return {name: self.version(name, ident) for name, ident in sorted(self._read()["current"].items())}

    def latest(self, dataset: str) -> Version | None:
        """The current version of a dataset, or ``None`` where it was never loaded."""
        ident = self._read()["current"].get(dataset)
        return None if ident is None else self.version(dataset, ident)

    def version(self, dataset: str, ident: str) -> Version:
        """A version by id."""
        folder = self._versions / ident
        manifest = _manifest(folder)
        if manifest is None:
            raise StraitsError(f"version {ident} of '{dataset}' is missing or damaged in {self.home}: load it again")
        return Version(ident, dataset, folder, manifest)

    def history(self) -> list[dict[str, str]]:
        """What was loaded and removed, oldest first: ``at``, ``action``, ``dataset``, ``version``."""
        return list(self._read()["history"])

    def check(self) -> list[str]:
        """Faults of the current versions: missing or altered files, wrong schemas.  Empty when all is well."""
        with plain_errors(self.home):
            return [
                fault
                for _, ident in sorted(self._read()["current"].items())
                for fault in _faults(self._versions / ident, ident)
            ]

    # -- writing ---------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def load(self, dataset: str) -> Iterator[Load]:
        """A folder to load into; it is gone when the block ends, and swept later if the process dies."""
        with plain_errors(self.home):
            self._incoming.mkdir(parents=True, exist_ok=True)
            with self._locked():
                self._sweep()
                folder = Path(tempfile.mkdtemp(prefix=f"{_LOADING}{dataset}-", dir=self._incoming))
                alive = filelock.FileLock(folder / "alive")
                alive.acquire()
            try:
                yield Load(folder, dataset)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
                alive.release()

    @contextlib.contextmanager
    def alone(self, dataset: str) -> Iterator[None]:
        """Wait for one's turn: who adds to the version before must not do so beside another.

        The lock dies with its process.  Loads that replace the version before need none.
        """
        with plain_errors(self.home):
            self.home.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(self.home / f"lock-{dataset}"):
            yield

    def carry(self, base: Version, load: Load) -> None:
        """Take the files of a version over into a load: as links where the disk has them, else as copies.

        A file that is missing or altered is an error: what is damaged is not handed on.
        """
        with plain_errors(self.home):
            for table, entry in base.manifest["tables"].items():
                for item in entry["files"]:
                    path = base.folder / item["path"]
                    if not path.is_file() or sha256(path) != item["sha256"]:
                        raise StraitsError(
                            f"{path}: missing or altered: remove '{base.dataset}' and load its files again"
                        )
                    _link(path, load.path(table, path.stem))

    def commit(
        self, load: Load, sources: list[dict[str, Any]], origin: list[dict[str, Any]], note: str = ""
    ) -> Version:
        """Make what was loaded the current version of its dataset.

        ``sources`` are publishers' entries (title, publisher, licence, citation, url); ``origin`` lists the files
        read with their SHA-256.  The same content again is the same version, and mends it where it was damaged.
        """
        with plain_errors(self.home):
            tables = {path.name: _describe(path) for path in sorted(load.content.iterdir())}
            if not any(entry["rows"] for entry in tables.values()):
                raise StraitsError(f"'{load.dataset}' holds no rows: nothing was loaded")
            manifest = {"dataset": load.dataset, "tables": tables, "sources": sources, "origin": origin, "note": note}
            ident = _digest(manifest)
            manifest["retrieved"] = _now()
            (load.content / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
            _flush(load.content)
            with self._locked():
                self._keep(load, ident)
                return self.version(load.dataset, ident)

    def remove(self, dataset: str) -> str:
        """Take a dataset out of the store, all its versions included; returns the id of the current one."""
        self._loaded(dataset)
        with plain_errors(self.home), self._locked():
            catalogue = self._loaded(dataset)
            ident = catalogue["current"].pop(dataset)
            self._record(catalogue, "remove", dataset, ident)
            self._sweep()
        return str(ident)

    def _loaded(self, dataset: str) -> dict[str, Any]:
        """The catalogue, if it has the dataset."""
        catalogue = self._read()
        if not catalogue["current"]:
            raise StraitsError(f"no dataset '{dataset}': nothing is loaded in {self.home}")
        if dataset not in catalogue["current"]:
            raise nearest(dataset, catalogue["current"], "dataset")
        return catalogue

    def _locked(self) -> filelock.BaseFileLock:
        """The lock under which versions are placed and removed, and the catalogue is written."""
        return filelock.FileLock(self.home / "lock")

    def _keep(self, load: Load, ident: str) -> None:
        """Put a version in its place and into the catalogue; if that fails, it is in neither."""
        catalogue, target = self._read(), self._versions / ident
        try:
            if target.exists():
                _mend(target, load.content)
            else:
                self._versions.mkdir(exist_ok=True)
                load.content.rename(target)
                _flush_folder(self._versions)
            catalogue["current"][load.dataset] = ident
            self._record(catalogue, "add", load.dataset, ident)
        except BaseException:
            if target.exists() and ident not in _kept(self._read()):
                shutil.rmtree(target, ignore_errors=True)
            raise

    def _sweep(self) -> None:
        """Remove what dead loads and removals left, and versions that the catalogue does not know."""
        kept = _kept(self._read())
        self._catalogue.with_suffix(".new").unlink(missing_ok=True)
        for folder in _folders(self._versions):
            if _IDENT.fullmatch(folder.name) and folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)
        for folder in _folders(self._incoming):
            if folder.name.startswith(_LOADING) and not _is_alive(folder):
                shutil.rmtree(folder, ignore_errors=True)

    def _read(self) -> dict[str, Any]:
        try:
            catalogue: dict[str, Any] = json.loads(self._catalogue.read_text(encoding="utf-8"))
            return {"current": dict(catalogue["current"]), "history": list(catalogue["history"])}
        except FileNotFoundError:
            return {"current": {}, "history": []}
        except OSError as error:
            raise refusal(error, self.home) from error
        except (ValueError, KeyError, TypeError) as error:
            raise StraitsError(
                f"{self._catalogue} is damaged ({error}): restore it from a copy, or load into another folder with --home"
            ) from error

    def _record(self, catalogue: dict[str, Any], action: str, dataset: str, ident: str) -> None:
        catalogue["history"].append({"at": _now(), "action": action, "dataset": dataset, "version": ident})
        fresh = self._catalogue.with_suffix(".new")
        try:
            with fresh.open("w", encoding="utf-8") as handle:
                json.dump(catalogue, handle, indent=1)
                handle.flush()
                os.fsync(handle.fileno())
            fresh.replace(self._catalogue)
        finally:
            fresh.unlink(missing_ok=True)
        _flush_folder(self.home)


# -- refusals ------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def plain_errors(home: Path) -> Iterator[None]:
    """Turn the system's refusals (full disk, no permission) into one plain sentence."""
    try:
        yield
    except OSError as error:
        raise refusal(error, home) from error
    except Exception as error:
        if type(error).__module__.startswith(("duckdb", "_duckdb", "pyarrow")) and _is_full(str(error)):
            raise _full(home) from error
        raise


def refusal(error: OSError, home: Path) -> StraitsError:
    """The sentence for a refused read or write during work on ``home``."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or _is_full(str(error)):
        return _full(home)
    if error.errno == errno.EFBIG:
        return StraitsError(
            f"a file in {home} reached the size limit set for you (see: ulimit -f): nothing was loaded"
        )
    if (blocking := _not_a_folder(home)) is not None:
        return StraitsError(f"cannot use {home}: {blocking} is not a folder; choose another folder with --home")
    where = Path(os.fsdecode(error.filename)) if error.filename else home
    if where != home and home not in where.parents and where not in home.parents:
        return StraitsError(f"{where}: {error.strerror or error}")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StraitsError(f"cannot read or write {where}: {error.strerror}; choose another folder with --home")
    return StraitsError(f"{where}: {error.strerror or error}; is {home} the folder you mean? (--home)")


def _is_full(text: str) -> bool:
    return any(
        words in text for words in ("No space left", "disk is full", "not enough disk", "max_temp_directory_size")
    )


def _full(home: Path) -> StraitsError:
    return StraitsError(f"the disk that holds {home} is full: nothing was loaded; free some space and try again")


def _not_a_folder(home: Path) -> Path | None:
    """The part of a home's path that is a file, if one is."""
    for part in (home / "incoming", home, *home.parents):
        with contextlib.suppress(OSError):
            if part.exists() and not part.is_dir():
                return part
    return None


# -- versions on disk ----------------------------------------------------------------------------------------


def _kept(catalogue: dict[str, Any]) -> set[str]:
    """The versions in use: those added since their dataset was last removed."""
    added: dict[str, set[str]] = {}
    for entry in catalogue["history"]:
        if entry["action"] == "remove":
            added.pop(entry["dataset"], None)
        else:
            added.setdefault(entry["dataset"], set()).add(entry["version"])
    return set(catalogue["current"].values()).union(*added.values())


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.exists() else []


def _link(path: Path, target: Path) -> None:
    try:
        os.link(path, target)
    except OSError:
        shutil.copyfile(path, target)


def _is_alive(folder: Path) -> bool:
    """Whether the process of a load still runs: its ``alive`` lock is taken (or is another user's, hence not ours)."""
    try:
        with filelock.FileLock(folder / "alive", timeout=0):
            return False
    except (filelock.Timeout, OSError):
        return True


def _mend(target: Path, content: Path) -> None:
    """Give a version back what is missing or altered, each file in one rename; intact files stay as they are."""
    if _intact(target):
        return
    for path in sorted(content.rglob("*")):
        there = target / path.relative_to(content)
        if path.is_dir():
            there.mkdir(exist_ok=True)
        elif not there.is_file() or sha256(there) != sha256(path):
            path.replace(there)
    _flush_folders(target)


def _intact(folder: Path) -> bool:
    return not _faults(folder, folder.name)


def _faults(folder: Path, ident: str) -> list[str]:
    """What is wrong with a version's files."""
    manifest = _manifest(folder)
    if manifest is None:
        return [f"{folder / 'manifest.json'}: missing or damaged"]
    if _digest(manifest) != ident:
        return [f"{folder / 'manifest.json'}: altered (its content does not give the id {ident})"]
    files = [(table, item) for table, entry in manifest["tables"].items() for item in entry["files"]]
    return [fault for table, item in files for fault in _check_file(folder / item["path"], item, table)]


def _check_file(path: Path, item: dict[str, Any], table: str) -> list[str]:
    if not path.exists():
        return [f"{path}: missing"]
    if sha256(path) != item["sha256"]:
        return [f"{path}: altered (checksum differs from the manifest)"]
    fault = _schema_fault(path, table)
    return [fault] if fault else []


def _schema_fault(path: Path, table: str) -> str | None:
    """Why a file is not a Parquet file of a canonical table, or ``None``."""
    try:
        found = pq.read_schema(path)
    except pa.ArrowInvalid as error:
        return f"{path}: not a Parquet file ({error})"
    if found.names != TABLES[table].names:
        return f"{path}: columns {', '.join(found.names)} are not those of '{table}'"
    for column in TABLES[table]:
        there = found.field(column.name)
        if there.type != column.type or _unit(there) != _unit(column):
            return f"{path}: {column.name} is {there.type} {_unit(there)}, not {column.type} {_unit(column)}".rstrip()
    return None


def _unit(field: Any) -> str:
    return str((field.metadata or {}).get(b"unit", b"").decode())


def _manifest(folder: Path) -> dict[str, Any] | None:
    """A version's manifest, or ``None`` when it is missing or damaged."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        _digest(manifest)
        manifest["retrieved"], manifest["origin"]
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return dict(manifest)


def _digest(manifest: dict[str, Any]) -> str:
    """The id of a version: the same tables of the same sources have the same id, wherever they were read from."""
    tables = [
        (name, entry["rows"], entry["years"], sorted((item["path"], item["sha256"]) for item in entry["files"]))
        for name, entry in sorted(manifest["tables"].items())
    ]
    content = json.dumps([manifest["dataset"], tables, manifest["sources"]], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _describe(folder: Path) -> dict[str, Any]:
    """Files, rows and years of one table folder; a file that is not of the table's schema is refused."""
    files, rows, years = [], 0, set()
    for path in sorted(folder.glob("*.parquet")):
        if fault := _schema_fault(path, folder.name):
            raise StraitsError(f"{fault}; nothing was loaded")
        meta = pq.read_metadata(path)
        rows += meta.num_rows
        years |= _years(path, meta)
        item = {"path": f"{folder.name}/{path.name}", "rows": meta.num_rows, "bytes": path.stat().st_size}
        files.append({**item, "sha256": sha256(path)})
    return {"rows": rows, "years": sorted(years), "files": files}


def _years(path: Path, meta: Any) -> set[int]:
    if "period" not in meta.schema.names or meta.num_rows == 0:
        return set()
    column = pq.read_table(path, columns=["period"])["period"]
    return {value.as_py().year for value in column.unique()}


def sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def _flush(folder: Path) -> None:
    """See that a folder's files are on the disk, not only on their way."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as handle:
                os.fsync(handle.fileno())
    _flush_folders(folder)


def _flush_folders(folder: Path) -> None:
    for path in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        _flush_folder(path)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
