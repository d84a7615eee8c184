"""How the casebook's files become records: one folder an ecosystem, checked row by row.

Reads ``ecosystem.yaml``, the CSV tables of :data:`straits.casebook.records.TABLES`, ``judgements.yaml`` and
``sources.json`` (CSL-JSON).  The first pass collects every fault and names file, row and field; nothing is
half loaded.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from straits.casebook.records import TABLES, Ecosystem, Judgement, Record
from straits.vocabulary.errors import StraitsError

SHIPPED = Path(__file__).parent / "data"


@dataclass
class Casebook:
    """All records of one or more casebook folders, by table, in file order.

    ``tables`` maps a table name (``evidence``, ``dependencies``, ``judgements``, ...) to its records;
    ``where`` maps a record id to ``ecosystem/file:row``; ``sources`` holds CSL-JSON entries by id.
    """

    ecosystems: dict[str, Ecosystem] = field(default_factory=dict)
    tables: dict[str, list[Record]] = field(default_factory=lambda: {name: [] for name in (*TABLES, "judgements")})
    home: dict[str, str] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)


def load(*roots: Path) -> Casebook:
    """Load casebook folders; raise one :class:`StraitsError` that lists every fault.

    ``roots`` are folders that hold one folder an ecosystem; the shipped casebook when none is given.
    """
    book, faults = Casebook(), []
    for root in roots or (SHIPPED,):
        faults += _read_sources(root / "sources.json", book)
        for folder in sorted(p for p in root.iterdir() if (p / "ecosystem.yaml").exists()):
            faults += _read_ecosystem(folder, book)
    faults += list(_dangling(book))
    if faults:
        shown = "\n".join(faults[:50]) + (f"\n... and {len(faults) - 50} more" if len(faults) > 50 else "")
        raise StraitsError(f"casebook: {len(faults)} fault(s)\n{shown}")
    return book


def _read_ecosystem(folder: Path, book: Casebook) -> Iterator[str]:
    head = folder / "ecosystem.yaml"
    try:
        ecosystem = Ecosystem.model_validate(_yaml(head))
    except (ValidationError, yaml.YAMLError) as error:
        yield from _faults(head, None, error)
        return
    if ecosystem.id in book.ecosystems:
        yield f"{_short(head)}: ecosystem id {ecosystem.id!r} is used twice"
        return
    book.ecosystems[ecosystem.id] = ecosystem
    yield from _read_sources(folder / "sources.json", book)
    for name, model in TABLES.items():
        path = folder / f"{name}.csv"
        if path.exists():
            yield from _read_csv(path, name, model, ecosystem.id, book)
    path = folder / "judgements.yaml"
    if path.exists():
        for index, item in enumerate(_yaml(path) or [], 1):
            yield from _add(path, f"entry {index}", "judgements", Judgement, item, ecosystem.id, book)


def _read_csv(path: Path, table: str, model: type[Record], home: str, book: Casebook) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle, strict=True)
        columns = set(reader.fieldnames or [])
        known = set(model.model_fields)
        required = {name for name, info in model.model_fields.items() if info.is_required()}
        if unknown := columns - known:
            yield f"{_short(path)}: unknown column(s) {', '.join(sorted(unknown))}"
            return
        if missing := required - columns:
            yield f"{_short(path)}: missing column(s) {', '.join(sorted(missing))}"
            return
        for row in reader:
            place = f"row {reader.line_num}"
            if None in row or None in row.values():
                yield f"{_short(path)}, {place}: {len(columns)} cells expected, found more or fewer (quote commas)"
                continue
            yield from _add(path, place, table, model, row, home, book)


def _add(
    path: Path, place: str, table: str, model: type[Record], item: Any, home: str, book: Casebook
) -> Iterator[str]:
    try:
        record = model.model_validate(item)
    except ValidationError as error:
        yield from _faults(path, place, error)
        return
    if record.id in book.where:
        yield f"{_short(path)}, {place}, id: {record.id!r} is already used in {book.where[record.id]}"
        return
    book.where[record.id] = f"{_short(path)}, {place}"
    book.home[record.id] = home
    book.tables[table].append(record)


def _dangling(book: Casebook) -> Iterator[str]:
    """References that lead nowhere: sources, subjects, linked records."""
    subjects = {subject.id for ecosystem in book.ecosystems.values() for subject in ecosystem.subjects}
    for records in book.tables.values():
        for record in records:
            where = book.where[record.id]
            if record.source not in book.sources:
                yield f"{where}, source: no source {record.source!r} in any sources.json"
            for name in _subjects_of(record):
                if name not in subjects:
                    yield f"{where}, subject: no subject {name!r} in any ecosystem.yaml"
            for target in _targets_of(record):
                if target not in book.where:
                    yield f"{where}: refers to record {target!r}, which does not exist"


def _subjects_of(record: Any) -> Iterable[str]:
    return record.subjects if hasattr(record, "subjects") else [record.subject]


def _targets_of(record: Any) -> Iterator[str]:
    yield from (link.partition(":")[2] for link in getattr(record, "links", []))
    yield from getattr(record, "evidence", [])
    yield from getattr(record, "records", [])


def _read_sources(path: Path, book: Casebook) -> Iterator[str]:
    if not path.exists():
        return
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        yield f"{_short(path)}, line {error.lineno}: not JSON: {error.msg}"
        return
    for index, entry in enumerate(entries, 1):
        missing = [name for name in ("id", "type", "title", "issued") if name not in entry]
        if missing:
            yield f"{_short(path)}, entry {index}: CSL-JSON needs {', '.join(missing)}"
        elif entry["id"] in book.sources and book.sources[entry["id"]] != entry:
            yield f"{_short(path)}, entry {index}, id: {entry['id']!r} is defined twice and differently"
        else:
            book.sources[entry["id"]] = entry


def _yaml(path: Path) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)


def _faults(path: Path, place: str | None, error: Exception) -> Iterator[str]:
    at = f"{_short(path)}" + (f", {place}" if place else "")
    if not isinstance(error, ValidationError):
        yield f"{at}: {error}"
        return
    for item in error.errors():
        name = ".".join(str(part) for part in item["loc"]) or "record"
        given = item["input"]
        shown = f" (found {given!r})" if isinstance(given, str | int | float) else ""
        yield f"{at}, {name}: {item['msg'].removeprefix('Value error, ')}{shown}"


def _short(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def main() -> None:
    """Check the casebook folders named on the command line and print what they hold."""
    try:
        book = load(*map(Path, sys.argv[1:]))
    except StraitsError as error:
        sys.exit(str(error))
    counts: dict[str, dict[str, int]] = {}
    for table, records in book.tables.items():
        for record in records:
            row = counts.setdefault(book.home[record.id], {})
            row[table] = row.get(table, 0) + 1
    for home, row in counts.items():
        print(home, row)


if __name__ == "__main__":
    main()


__all__ = ["SHIPPED", "BaseModel", "Casebook", "load"]
