"""Which records speak of something: full-text search over the whole casebook, best first.

The index is SQLite's FTS5, built once when the casebook is loaded; the rank is BM25 with what a record says
weighing more than what it is about, and that more than its notes and sources.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from straits.casebook.casebook import MODELS, Casebook, subjects_of
from straits.casebook.words import spaced, terms
from straits.vocabulary.errors import StraitsError, nearest

WEIGHTS = (10.0, 4.0, 1.0)


@dataclass(frozen=True)
class Hit:
    """One record found: its id and table, what it is about and says, and its score (higher is better)."""

    id: str
    table: str
    ecosystem: str
    subjects: tuple[str, ...]
    text: str
    score: float


@dataclass(frozen=True)
class Found:
    """What a search found: the best ``hits`` of ``total`` records."""

    query: str
    total: int
    hits: tuple[Hit, ...]


def search(book: Casebook, query: str, tables: Sequence[str] = (), limit: int = 20) -> Found:
    """Records that hold all words of a query, English or Chinese; ``"..."`` makes a phrase.

    ``tables`` limits the search to kinds of record (``evidence``, ``events``, ...).  Records that rank alike
    stand in file order, so the same query always gives the same answer.  When no record holds the words, parts
    of words are tried.
    """
    for name in tables:
        if name not in MODELS:
            raise nearest(name, MODELS, "table")
    wanted = terms(query)
    if not wanted:
        raise StraitsError(f"nothing to search for in {query!r}: give a word, such as gallium or 光刻")
    rows = _by_word(book, wanted, tables) or _by_part(book, query, tables)
    hits = tuple(_hit(*row) for row in rows[:limit])
    return Found(query, len(rows), hits)


_SELECT = "select r.id, r.tbl, r.home, r.body, {score} from words join record r on r.position = words.rowid"


def _by_word(book: Casebook, wanted: list[str], tables: Sequence[str]) -> list[tuple[Any, ...]]:
    weights = ", ".join(map(str, WEIGHTS))
    return book.database.execute(
        _SELECT.format(score=f"bm25(words, {weights}) as score")
        + f" where words match ? {_within(tables)} order by score, r.position",
        (" AND ".join(wanted), *tables),
    ).fetchall()


def _by_part(book: Casebook, query: str, tables: Sequence[str]) -> list[tuple[Any, ...]]:
    """Records whose text holds the query as it stands, inside a word or not; the slower way."""
    needle = spaced(query.strip().strip('"')).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    columns = "main || ' ; ' || about || ' ; ' || rest"
    return book.database.execute(
        _SELECT.format(score="0.0") + f" where ({columns}) like ? escape '\\' {_within(tables)} order by r.position",
        (f"%{needle}%", *tables),
    ).fetchall()


def _within(tables: Sequence[str]) -> str:
    return f"and r.tbl in ({', '.join('?' * len(tables))})" if tables else ""


def _hit(record_id: str, table: str, home: str, body: str, score: float) -> Hit:
    record = MODELS[table].model_validate_json(body)
    return Hit(record_id, table, home, tuple(subjects_of(record)), headline(table, record), round(0.0 - score, 4))


def headline(table: str, record: Any) -> str:
    """One line that says what a record says."""
    form = _HEADLINES.get(table)
    return form(record) if form else str(record.statement)


_HEADLINES: dict[str, Callable[[Any], str]] = {
    "evidence": lambda r: f"{r.statement} [{r.indicator}: {r.value}{f' {r.unit}' if r.unit else ''}]",
    "actors": lambda r: f"{r.name}: {r.role}",
    "events": lambda r: f"{r.title} ({r.announced or r.in_force or r.ended}): {r.statement}",
    "lost": lambda r: f"{r.what}: {r.reason}",
    "judgements": lambda r: f"{r.scorecard.replace('_', ' ')}: {r.dependent} on {r.provider}",
    "relations": lambda r: f"{r.result} from {r.kind} of {', '.join(r.inputs)}",
}
