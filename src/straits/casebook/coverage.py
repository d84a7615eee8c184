"""How much of the sources is in the casebook: counts by kind, and the share of the notes' records, per ecosystem."""

from __future__ import annotations

from collections import Counter
from typing import Any

from straits.casebook import answers as shown
from straits.casebook.casebook import Casebook
from straits.casebook.parties import Parties
from straits.casebook.records import Dependency

CHINA = "CHN"
_TOTALS = ("evidence", "edges", "reverse_edges", "actors", "events", "published_judgements", "lost")


def coverage(book: Casebook) -> dict[str, Any]:
    """The counts of :class:`straits.casebook.answers.CoverageShown`, ready for JSON."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in book.ecosystems}
    for home, table, number in book.database.execute("select home, tbl, count(*) from record group by home, tbl"):
        counts[home][table] = number
    parties = Parties(book)
    for edge in book.tables["dependencies"]:
        counts[book.home[edge.id]]["reverse"] += is_reverse(parties, edge)
    rows = tuple(_row(book, name, counts[name]) for name in book.ecosystems)
    totals = shown.TotalsShown(**{kind: sum(getattr(row, kind) for row in rows) for kind in _TOTALS})
    told: dict[str, Any] = shown.plain(shown.CoverageShown(totals, rows))
    return told


def _row(book: Casebook, name: str, counts: Counter[str]) -> shown.EcosystemShown:
    notes = book.ecosystems[name].notes_records
    present = sum(min(counts[kind], of) for kind, of in notes.items())
    return shown.EcosystemShown(
        id=name,
        name=book.ecosystems[name].name,
        evidence=counts["evidence"],
        edges=counts["dependencies"],
        reverse_edges=counts["reverse"],
        actors=counts["actors"],
        events=counts["events"],
        published_judgements=counts["judgements"],
        lost=counts["lost"],
        strengths=counts["strengths"],
        instruments=counts["instruments"],
        traps=counts["traps"],
        relations=counts["relations"],
        notes={kind: shown.NotesShown(counts[kind], of, _share(counts[kind], of)) for kind, of in notes.items()},
        share_of_notes=_share(present, sum(notes.values())),
    )


def _share(have: int, of: int) -> float | None:
    """The part that is in, at most 1; ``None`` when there is nothing to compare with."""
    return round(min(1.0, have / of), 4) if of else None


def is_reverse(parties: Parties, edge: Dependency) -> bool:
    """Whether China or a Chinese organisation depends on somebody who is not."""
    return _chinese(parties, edge.dependent) and not _chinese(parties, edge.provider)


def _chinese(parties: Parties, name: str) -> bool:
    party = parties.stated(name)
    return party.id == CHINA or (party.kind == "actor" and CHINA in party.homes)
