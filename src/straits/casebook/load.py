"""How the casebook's files become records: one folder an ecosystem, checked row by row.

Reads ``ecosystem.yaml``, the CSV tables of :data:`straits.casebook.records.TABLES`, ``judgements.yaml`` and
``sources.json`` (CSL-JSON).  The first pass collects every fault and names file, row and field; nothing is
half loaded.  What passed is kept in the cache folder under the checksum of the files, so that the next
question does not read them again.
"""

from __future__ import annotations

import csv
import difflib
import gc
import hashlib
import io
import json
import os
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from platformdirs import user_cache_path
from pydantic import BaseModel, ValidationError

from straits.casebook.casebook import Casebook, Reading, Row, build, references, subjects_of
from straits.casebook.records import TABLES, Ecosystem, Judgement, Record
from straits.vocabulary.errors import StraitsError

SHIPPED = Path(__file__).parent / "data"
CACHE = user_cache_path("straits") / "casebook"
KEPT = 8
_SHOWN = 50
_FILES = ("ecosystem.yaml", "sources.json", *(f"{name}.csv" for name in TABLES), "judgements.yaml")
_CODE = ("records.py", "casebook.py", "words.py", "load.py")


def load(*roots: Path | str, shipped: bool = True, cache: Path | None = CACHE) -> Casebook:
    """Load the shipped casebook and, beside it, the reader's own folders.

    ``roots`` are folders that hold one folder an ecosystem (or are one); their records may speak of the
    shipped subjects and cite the shipped sources.  ``shipped=False`` leaves the shipped casebook out.
    ``cache`` is where the checked result is kept between runs; ``None`` keeps nothing, and neither does a
    folder that cannot be written.  Raises one :class:`StraitsError` that lists every fault with file, row
    and field.
    """
    folders = [SHIPPED] if shipped else []
    folders += [path for path in map(Path, roots) if not (shipped and path.resolve() == SHIPPED.resolve())]
    trees = [_tree(root) for root in folders]
    key = _checksum(trees)
    if cache is not None and (book := _kept(cache / f"{key}.sqlite")):
        return book
    with _uncollected():
        reading = read(trees)
        if reading.faults:
            more = len(reading.faults) - _SHOWN
            shown = "\n".join(reading.faults[:_SHOWN]) + (f"\n... and {more} more" if more > 0 else "")
            raise StraitsError(f"casebook: {len(reading.faults)} fault(s)\n{shown}")
        if cache is not None and (book := _keep(reading, cache, key)):
            return book
        database = sqlite3.connect(":memory:", check_same_thread=False)
        build(reading, database)
    return Casebook(database)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Reading makes many objects and no garbage; the collector would look through all of them again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


# -- files ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Tree:
    """One root: the bytes of its files by path, the folders of its ecosystems, and what does not belong."""

    root: Path
    files: dict[Path, bytes]
    ecosystems: list[Path]
    faults: list[str]


def _tree(root: Path) -> _Tree:
    if not root.is_dir():
        raise StraitsError(f"no casebook folder {root}: give a folder that holds one folder an ecosystem")
    if (root / "ecosystem.yaml").exists():
        folders, heads = [root], []
    else:
        folders, heads = [path for path in sorted(root.iterdir()) if path.is_dir()], [root / "sources.json"]
    files: dict[Path, bytes] = {path: path.read_bytes() for path in heads if path.exists()}
    ecosystems, faults = [], []
    for folder in folders:
        tables = [path for path in sorted(folder.iterdir()) if path.suffix in (".csv", ".yaml", ".yml")]
        if not tables:
            continue
        strangers = [path for path in tables if path.name not in _FILES and not path.name.startswith(".")]
        faults += [f"{_short(path)}: {_stranger(path.name)}" for path in strangers]
        if not (folder / "ecosystem.yaml").exists():
            faults.append(f"{folder.name}: no ecosystem.yaml: write its id, name, summary and subjects")
            continue
        ecosystems.append(folder)
        files |= {folder / name: (folder / name).read_bytes() for name in _FILES if (folder / name).exists()}
    if not ecosystems and not faults:
        raise StraitsError(f"{root} holds no ecosystem: `straits new ecosystem NAME` writes one to start from")
    return _Tree(root, files, ecosystems, faults)


def _stranger(name: str) -> str:
    close = difflib.get_close_matches(name, _FILES, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(_FILES)}"
    return f"no table of this name: {hint}"


def _short(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _checksum(trees: Sequence[_Tree]) -> str:
    """The content of all files, their names and order, and the code that reads them, as one checksum."""
    digest = hashlib.sha256(sqlite3.sqlite_version.encode())
    for name in _CODE:
        digest.update((Path(__file__).parent / name).read_bytes())
    for number, tree in enumerate(trees):
        for path, content in tree.files.items():
            digest.update(f"\0{number}/{_short(path)}\0{len(content)}\0".encode())
            digest.update(content)
        digest.update("\0".join(tree.faults).encode())
    return digest.hexdigest()


# -- cache ---------------------------------------------------------------------------------------------------


def _kept(path: Path) -> Casebook | None:
    """The casebook kept in a file, or ``None`` when there is none or it cannot be read."""
    if not path.exists():
        return None
    try:
        database = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        if database.execute("pragma quick_check(1)").fetchone() != ("ok",):
            return None
        return Casebook(database)
    except (sqlite3.Error, KeyError, ValueError):
        return None


def _keep(reading: Reading, folder: Path, key: str) -> Casebook | None:
    """Write the casebook to the cache in one step; ``None`` when the folder cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, prefix="building-", suffix=".tmp")
    except OSError:
        return None
    os.close(handle)
    part, path = Path(name), folder / f"{key}.sqlite"
    try:
        database = sqlite3.connect(part)
        try:
            build(reading, database)
        finally:
            database.close()
        part.replace(path)
        _tidy(folder, path)
    except (OSError, sqlite3.Error):
        part.unlink(missing_ok=True)
        return None
    return _kept(path)


def _tidy(folder: Path, newest: Path) -> None:
    """Remove all but the last few kept casebooks, and what crashed builds left; one in use elsewhere may stay."""
    kept = sorted((p for p in folder.glob("*.sqlite") if p != newest), key=lambda p: p.stat().st_mtime, reverse=True)
    day_ago = newest.stat().st_mtime - 86400
    crashed = [path for path in folder.glob("building-*.tmp") if path.stat().st_mtime < day_ago]
    for path in (*kept[KEPT - 1 :], *crashed):
        try:
            path.unlink()
        except OSError:
            continue


# -- reading -------------------------------------------------------------------------------------------------


@dataclass
class _State:
    """What is read so far; ``broken`` are ids of faulty rows, so that a link to one is not a second fault."""

    reading: Reading = field(default_factory=Reading)
    broken: set[str] = field(default_factory=set)
    headless: bool = False
    sourceless: bool = False


def read(trees: Sequence[_Tree]) -> Reading:
    """Read all files of all roots; the faults are in the result."""
    state = _State()
    for tree in trees:
        state.reading.faults += tree.faults
        faults = _read_sources(tree, tree.root / "sources.json", state)
        state.reading.faults += faults
        for folder in tree.ecosystems:
            state.reading.faults += _read_ecosystem(tree, folder, state)
    state.reading.faults += _dangling(state)
    return state.reading


def _read_ecosystem(tree: _Tree, folder: Path, state: _State) -> Iterator[str]:
    head = folder / "ecosystem.yaml"
    content, faults = _yaml(tree.files[head], head)
    yield from faults
    ecosystem = None
    if not faults:
        try:
            ecosystem = Ecosystem.model_validate(content)
        except ValidationError as error:
            yield from _explained(head, None, error)
    if ecosystem is None:
        state.headless = True
        home = folder.name
    else:
        home = ecosystem.id
        yield from _add_ecosystem(head, ecosystem, state)
    if folder != tree.root or folder / "sources.json" in tree.files:
        yield from _read_sources(tree, folder / "sources.json", state)
    for name, model in TABLES.items():
        path = folder / f"{name}.csv"
        if path in tree.files:
            yield from _read_csv(path, tree.files[path], name, model, home, state)
    path = folder / "judgements.yaml"
    if path in tree.files:
        yield from _read_judgements(path, tree.files[path], home, state)


def _add_ecosystem(head: Path, ecosystem: Ecosystem, state: _State) -> Iterator[str]:
    known = state.reading.ecosystems
    if ecosystem.id in known:
        yield f"{_short(head)}, id: ecosystem {ecosystem.id!r} is used twice"
        return
    owners = {subject.id: other.id for other in known.values() for subject in other.subjects}
    for subject in ecosystem.subjects:
        if subject.id in owners:
            yield f"{_short(head)}, subjects: {subject.id!r} is already defined in {owners[subject.id]}"
        owners[subject.id] = ecosystem.id
    known[ecosystem.id] = ecosystem


def _read_csv(path: Path, content: bytes, table: str, model: type[Record], home: str, state: _State) -> Iterator[str]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        yield f"{_short(path)}, row {line}: not UTF-8 (byte {content[error.start]:#04x}): save the file as UTF-8"
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = next(reader, [])
        if fault := _columns(columns, model):
            yield f"{_short(path)}, row 1: {fault}"
            return
        required = {name for name, info in model.model_fields.items() if info.is_required()}
        for cells in reader:
            if not cells:
                continue
            place = f"row {reader.line_num}"
            if len(cells) != len(columns):
                yield (
                    f"{_short(path)}, {place}: {len(columns)} cells expected, found {len(cells)}: "
                    'put a cell that holds a comma in "..."'
                )
                continue
            filled = ((name, cell) for name, cell in zip(columns, cells, strict=True) if cell or name in required)
            yield from _add(path, place, table, model, dict(filled), home, state)
    except csv.Error as error:
        yield f"{_short(path)}, row {reader.line_num}: not CSV: {error}"


def _columns(columns: list[str], model: type[Record]) -> str | None:
    """What is wrong with the head row of a table, if anything."""
    known = list(model.model_fields)
    if len(columns) == 1 and ";" in columns[0]:
        return "the columns are separated by semicolons: save the file with commas"
    if twice := [name for name, count in Counter(columns).items() if count > 1]:
        return f"column(s) given twice: {', '.join(twice)}"
    if unknown := [name for name in columns if name not in known]:
        close = difflib.get_close_matches(unknown[0], known, n=1)
        hint = f": did you mean {close[0]}?" if close else f": known are {', '.join(known)}"
        return f"unknown column(s) {', '.join(map(repr, unknown))}{hint}"
    missing = [name for name, info in model.model_fields.items() if info.is_required() and name not in columns]
    return f"missing column(s) {', '.join(missing)}" if missing else None


def _read_judgements(path: Path, content: bytes, home: str, state: _State) -> Iterator[str]:
    items, faults = _yaml(content, path)
    yield from faults
    if not faults and not isinstance(items or [], list):
        yield f"{_short(path)}: a list of judgements expected, each beginning with '- id:'"
        return
    for index, item in enumerate(items or [], 1):
        yield from _add(path, f"entry {index}", "judgements", Judgement, item, home, state)


def _add(
    path: Path, place: str, table: str, model: type[Record], item: Any, home: str, state: _State
) -> Iterator[str]:
    try:
        record = model.model_validate(item)
    except ValidationError as error:
        if isinstance(item, dict):
            state.broken.add(str(item.get("id", "")).strip())
        yield from _explained(path, place, error)
        return
    rows = state.reading.rows
    where = f"{_short(path)}, {place}"
    if record.id in rows:
        yield f"{where}, id: {record.id!r} is already used in {rows[record.id].place}"
        return
    rows[record.id] = Row(table, record, home, where)


def _dangling(state: _State) -> Iterator[str]:
    """References that lead nowhere: subjects, their parents, sources, linked records."""
    reading = state.reading
    subjects = {subject.id for ecosystem in reading.ecosystems.values() for subject in ecosystem.subjects}
    if not state.headless:
        for ecosystem in reading.ecosystems.values():
            for subject in ecosystem.subjects:
                if subject.parent and subject.parent not in subjects:
                    yield f"{ecosystem.id}/ecosystem.yaml, {subject.id}, parent: no subject {subject.parent!r}"
    for row in reading.rows.values():
        if row.record.source not in reading.sources and not state.sourceless:
            yield f"{row.place}, source: no source {row.record.source!r} in any sources.json{_near(row.record.source, reading.sources)}"
        if not state.headless:
            for name in subjects_of(row.record):
                if name not in subjects:
                    column = "subjects" if "subjects" in type(row.record).model_fields else "subject"
                    yield f"{row.place}, {column}: no subject {name!r} in any ecosystem.yaml{_near(name, subjects)}"
        for verb, target in references(row.table, row.record):
            if target not in reading.rows and target not in state.broken:
                yield f"{row.place}, {_REFERRING.get(row.table, verb)}: no record {target!r}{_near(target, reading.rows)}"


_REFERRING = {"evidence": "links", "dependencies": "evidence", "traps": "records", "relations": "result or inputs"}


def _near(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
    return f": did you mean {close[0]}?" if close else ""


def _read_sources(tree: _Tree, path: Path, state: _State) -> Iterator[str]:
    if path not in tree.files:
        return
    try:
        entries = json.loads(tree.files[path].decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        state.sourceless = True
        at = (
            f", line {error.lineno}: not JSON: {error.msg}"
            if isinstance(error, json.JSONDecodeError)
            else ": not UTF-8"
        )
        yield f"{_short(path)}{at}"
        return
    if not isinstance(entries, list):
        state.sourceless = True
        yield f"{_short(path)}: a list of CSL-JSON entries expected"
        return
    sources = state.reading.sources
    for index, entry in enumerate(entries, 1):
        missing = [name for name in ("id", "type", "title", "issued") if name not in entry]
        if missing:
            yield f"{_short(path)}, entry {index}, {missing[0]}: CSL-JSON needs {', '.join(missing)}"
        elif entry["id"] in sources and sources[entry["id"]] != entry:
            yield f"{_short(path)}, entry {index}, id: {entry['id']!r} is defined twice and differently"
        else:
            sources[entry["id"]] = entry


def _yaml(content: bytes, path: Path) -> tuple[Any, list[str]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(content.decode("utf-8-sig"), Loader=loader), []
    except UnicodeDecodeError:
        return None, [f"{_short(path)}: not UTF-8: save the file as UTF-8"]
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        return None, [f"{_short(path)}{line}: not YAML: {error.problem}"]
    except yaml.YAMLError as error:
        return None, [f"{_short(path)}: not YAML: {error}"]


# -- messages ------------------------------------------------------------------------------------------------

_MESSAGES = {
    "missing": "is missing",
    "extra_forbidden": "is not a field of this record",
}
_PATTERNS = {
    "id": "write lower-case words joined by '-'",
    "source": "write the id of an entry of sources.json: lower-case words joined by '-'",
    "subject": "write a subject's id: lower-case words joined by '-', steps below it after '/'",
    "home": "write an economy's three letters (CHN), EU27, EU, EU27_UK, world or unknown",
}


def _explained(path: Path, place: str | None, error: ValidationError) -> Iterator[str]:
    """A fault for each field that pydantic refused, in a reader's words."""
    at = f"{_short(path)}" + (f", {place}" if place else "")
    for item in error.errors(include_url=False):
        name, message = ".".join(str(part) for part in item["loc"]), _message(item)
        if not name:  # a check over several fields begins its message with the one to mend
            name, _, message = message.partition(": ")
        given = item["input"]
        found = f" (found {given!r})" if isinstance(given, str | int | float) else ""
        yield f"{at}, {name}: {message}{found}"


def _message(item: Any) -> str:
    kind, name = item["type"], str(item["loc"][-1]) if item["loc"] else ""
    if kind in _MESSAGES:
        return _MESSAGES[kind]
    if kind == "string_too_short":
        least = item["ctx"]["min_length"]
        return "is empty" if not item["input"] else f"at least {least} characters"
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(name, str(item["msg"]))
    return str(item["msg"]).removeprefix("Value error, ").replace("Input should be", "write")


def main() -> None:
    """Check the casebook folders named on the command line and print what they hold."""
    try:
        book = load(*sys.argv[1:], shipped=len(sys.argv) == 1, cache=None)
    except StraitsError as error:
        sys.exit(str(error))
    counts: dict[str, Counter[str]] = {}
    for home, table in book.database.execute("select home, tbl from record order by position"):
        counts.setdefault(home, Counter())[table] += 1
    for home, row in counts.items():
        print(home, dict(row))


if __name__ == "__main__":
    main()


__all__ = ["CACHE", "SHIPPED", "BaseModel", "Casebook", "load"]
