"""What a loaded casebook is: all records in one small SQLite database, read as they are asked for.

:mod:`straits.casebook.load` builds the database from the CSV and YAML files, in memory or as a file in the cache
folder; every record in it has passed its checks.  A question reads only the rows it needs, so that it answers
as fast over 100,000 records as over a few.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from straits.casebook.answers import SourceShown
from straits.casebook.citations import cited
from straits.casebook.records import TABLES, Ecosystem, Judgement, Record, Subject
from straits.casebook.words import columns_of, spaced

MODELS: dict[str, type[Record]] = {**TABLES, "judgements": Judgement}

_SCHEMA = """
create table head (name text primary key, body text);
create table record (
    position integer primary key, tbl text, id text unique, home text, place text, body text);
create table about (subject text, tbl text, position integer, primary key (subject, tbl, position)) without rowid;
create table link (target text, verb text, id text, primary key (target, verb, id)) without rowid;
create virtual table words using fts5(
    main, about, rest, tokenize = "porter unicode61 remove_diacritics 2");
"""


@dataclass(frozen=True)
class Row:
    """A checked record with its table, the ecosystem it belongs to, and the file and row it stands in."""

    table: str
    record: Record
    home: str
    place: str


@dataclass
class Reading:
    """Everything read from the files of one or more folders, and every fault found on the way."""

    ecosystems: dict[str, Ecosystem] = field(default_factory=dict)
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


class Casebook:
    """All records of one or more casebook folders.

    ``ecosystems`` and ``subjects`` are by id; ``sources`` holds CSL-JSON entries by id; ``tables`` maps a table
    name (``evidence``, ``dependencies``, ``judgements``, ...) to its records in file order; ``home`` and ``where``
    map a record id to its ecosystem and to ``ecosystem/file, row``.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database
        head = dict(database.execute("select name, body from head"))
        self.sources: dict[str, dict[str, Any]] = json.loads(head["sources"])
        self.ecosystems = {
            name: Ecosystem.model_validate(item) for name, item in json.loads(head["ecosystems"]).items()
        }
        self.subjects: dict[str, Subject] = {
            subject.id: subject for ecosystem in self.ecosystems.values() for subject in ecosystem.subjects
        }
        self.tables: Mapping[str, list[Any]] = _Tables(database)
        self.home: Mapping[str, str] = _Column(database, "home")
        self.where: Mapping[str, str] = _Column(database, "place")

    def __len__(self) -> int:
        return len(self.home)

    def of(self, table: str, subjects: Iterable[str]) -> list[Any]:
        """The records of a table that are about one of these subjects, in file order."""
        found = self.database.execute(
            "select distinct r.position, r.body from about a join record r using (position)"
            " where a.tbl = ? and a.subject in (select value from json_each(?)) order by r.position",
            (table, json.dumps(list(subjects))),
        )
        return [MODELS[table].model_validate_json(body) for _, body in found]

    def get(self, record_id: str) -> tuple[str, Any] | None:
        """Table and record of that id, or ``None``."""
        found = self.database.execute("select tbl, body from record where id = ?", (record_id,)).fetchone()
        return None if found is None else (found[0], MODELS[found[0]].model_validate_json(found[1]))

    def links_to(self, record_id: str) -> list[tuple[str, str]]:
        """What refers to a record: ``(verb, id)`` with verbs of evidence links, ``evidence``, ``traps``, ``relations``."""
        return self.database.execute(
            "select verb, id from link where target = ? order by verb, id", (record_id,)
        ).fetchall()

    def ids(self, table: str | None = None) -> list[str]:
        """All record ids, of one table or of all, in file order."""
        where, values = ("where tbl = ?", (table,)) if table else ("", ())
        found = self.database.execute(f"select id from record {where} order by position", values)
        return [row[0] for row in found]

    @cached_property
    def citations(self) -> dict[str, SourceShown]:
        """The short citation of each source id."""
        return {name: cited(entry) for name, entry in self.sources.items()}


class _Column(Mapping[str, str]):
    """One text column of the records, by record id, looked up when it is asked for."""

    def __init__(self, database: sqlite3.Connection, name: str) -> None:
        self._database = database
        self._name = name

    def __getitem__(self, record_id: str) -> str:
        found = self._database.execute(f"select {self._name} from record where id = ?", (record_id,)).fetchone()
        if found is None:
            raise KeyError(record_id)
        text: str = found[0]
        return text

    def __iter__(self) -> Iterator[str]:
        return (row[0] for row in self._database.execute("select id from record order by position"))

    def __len__(self) -> int:
        count: int = self._database.execute("select count(*) from record").fetchone()[0]
        return count


class _Tables(Mapping[str, list[Any]]):
    """The tables by name; one is read when it is first asked for."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._read: dict[str, list[Any]] = {}

    def __getitem__(self, name: str) -> list[Any]:
        if name not in self._read:
            model = MODELS[name]
            found = self._database.execute("select body from record where tbl = ? order by position", (name,))
            self._read[name] = [model.model_validate_json(body) for (body,) in found]
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(MODELS)

    def __len__(self) -> int:
        return len(MODELS)


def build(reading: Reading, database: sqlite3.Connection) -> None:
    """Write what was read, and the search index over it, into an empty database."""
    names = _names_of_subjects(reading)
    rows = list(enumerate(reading.rows.values(), 1))
    # A build that does not finish is thrown away as a whole, so it needs no journal.
    database.execute("pragma journal_mode = off")
    database.execute("pragma synchronous = off")
    database.executescript(_SCHEMA)
    head = {
        "sources": json.dumps(reading.sources, ensure_ascii=False),
        "ecosystems": json.dumps(
            {key: item.model_dump(exclude_defaults=True) for key, item in reading.ecosystems.items()},
            ensure_ascii=False,
        ),
    }
    database.executemany("insert into head values (?, ?)", head.items())
    database.executemany(
        "insert into record values (?, ?, ?, ?, ?, ?)",
        (
            (
                position,
                row.table,
                row.record.id,
                row.home,
                row.place,
                row.record.model_dump_json(exclude_defaults=True),
            )
            for position, row in rows
        ),
    )
    database.executemany(
        "insert or ignore into about values (?, ?, ?)",
        ((name, row.table, position) for position, row in rows for name in subjects_of(row.record)),
    )
    database.executemany(
        "insert or ignore into link values (?, ?, ?)",
        ((target, verb, row.record.id) for _, row in rows for verb, target in references(row.table, row.record)),
    )
    database.executemany(
        "insert into words(rowid, main, about, rest) values (?, ?, ?, ?)",
        (
            (position, *columns_of(row.record, " ".join(names[s] for s in subjects_of(row.record))))
            for position, row in rows
        ),
    )
    database.commit()


def subjects_of(record: Any) -> list[str]:
    """The subjects that a record is about; a relation has none of its own."""
    fields = type(record).model_fields
    if "subjects" in fields:
        return list(record.subjects)
    return [record.subject] if "subject" in fields else []


def references(table: str, record: Any) -> Iterator[tuple[str, str]]:
    """The other records that a record points to: ``(verb, id)``."""
    if table == "evidence":
        for link in record.links:
            verb, _, target = link.partition(":")
            yield verb, target
    elif table == "dependencies":
        yield from (("evidence", target) for target in record.evidence)
    elif table in ("traps", "relations"):
        yield from ((table, target) for target in record.records)


def _names_of_subjects(reading: Reading) -> dict[str, str]:
    """The names of each subject and of those above it, so that a search for the whole finds the parts."""
    subjects = {subject.id: subject for ecosystem in reading.ecosystems.values() for subject in ecosystem.subjects}
    return {
        name: spaced(" ; ".join(part for above in lineage(name, subjects) for part in _names(subjects[above])))
        for name in subjects
    }


def lineage(name: str, subjects: Mapping[str, Subject]) -> list[str]:
    """A subject and the ones above it, by ``parent`` or by the path of its id, nearest first."""
    line: list[str] = []
    queue = [name]
    while queue:
        current = queue.pop(0)
        if current in subjects and current not in line:
            line.append(current)
            queue += [above for above in (subjects[current].parent, current.rpartition("/")[0]) if above]
    return line


def _names(subject: Subject) -> list[str]:
    return [subject.id.replace("/", " "), subject.name, *subject.names]
