"""What the casebook adds to a brief: evidence, dependencies, events, contradictions and losses, each with its source.

These blocks serve the brief of a material and that of a technology alike.  Nothing here is computed by us: every
entry is stated, derived or judged as its record says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from straits.brief.document import Basis, Block, Items, Paragraph, Table
from straits.casebook import answers as shown
from straits.casebook import questions
from straits.casebook.casebook import Casebook
from straits.vocabulary.regions import economies, regions, short_name

MOST = 12
_BASIS: dict[str, Basis] = {"stated": "stated", "derived": "computed", "judged": "judged"}


def evidence(book: Casebook, subject: str, most: int = MOST) -> list[Block]:
    """What reports found on a subject, its own records before those of its parts, numbers before words."""
    answer = questions.evidence(book, subject)
    if not answer.evidence:
        return []
    ranked = sorted(
        answer.evidence,
        key=lambda e: (
            e.value.kind == "unknown",
            e.subject != answer.subject,
            e.value.kind not in ("number", "interval"),
            e.id,
        ),
    )
    items = Items(tuple(_statement(entry) for entry in ranked[:most]))
    more = len(ranked) - most
    command = f"straits evidence {answer.subject}"
    return (
        [items, Paragraph(f"{len(ranked) - more} of {len(ranked)} records shown.", basis="", command=command)]
        if more > 0
        else [items]
    )


def _statement(entry: shown.EvidenceShown) -> Paragraph:
    value = f"unknown, {entry.value.unknown}" if entry.value.kind == "unknown" else _value(entry)
    origin = f", citing {entry.origin}" if entry.origin else ""
    grade = f"; grade: {entry.grade}" if entry.grade else ""
    trap = " Known problem with this figure: see the contradictions." if entry.traps else ""
    return Paragraph(
        f"{entry.statement.rstrip('.')} ({entry.indicator}: {value}).{trap}",
        basis=_BASIS[entry.basis],
        refs=(entry.source.id,),
        locator=f"{entry.locator}{origin}{grade}; record {entry.id}",
    )


def _value(entry: shown.EvidenceShown) -> str:
    unit = f" {entry.unit}" if entry.unit and entry.value.kind in ("number", "interval") else ""
    return f"{entry.value.shown}{unit}" + (f" ({entry.period})" if entry.period else "")


def edges(book: Casebook, subject: str, of: str, on: str) -> list[Block]:
    """Dependencies of ``of`` on ``on`` and the other way round; then those of either on anybody else."""
    answer = questions.dependencies(book, subject, of, on)
    blocks: list[Block] = []
    for direction in answer.directions:
        known = [edge for channel in direction.channels for edge in channel.edges]
        silent = [channel.channel for channel in direction.channels if not channel.edges]
        title = f"{name(direction.dependent)} on {name(direction.provider)}: what reports say"
        if known:
            blocks.append(_edges_table(title, known, f"straits dependencies {subject} --of {of} --on {on}"))
        said = (
            f"Nothing is recorded on the channels {', '.join(silent)}: unknown, not none."
            if known
            else "Nothing is recorded: unknown, not none."
        )
        blocks.append(Paragraph(f"{name(direction.dependent)} on {name(direction.provider)}. {said}", basis=""))
    others = [
        edge
        for channel in questions.dependencies(book, subject, on, None).directions[0].channels
        for edge in channel.edges
        if edge.provider not in (of, on)
        and edge not in [e for d in answer.directions for c in d.channels for e in c.edges]
    ]
    if others:
        blocks.append(
            _edges_table(
                f"{name(on)} on others: what reports say", others, f"straits dependencies {subject} --of {on}"
            )
        )
    return blocks


def _edges_table(title: str, known: Sequence[shown.EdgeShown], command: str) -> Table:
    rows = tuple(
        (
            edge.statement,
            edge.channel,
            {"present": f"present, {edge.strength}", "none": "none", "unknown": "unknown"}[edge.presence].replace(
                ", unknown", ", strength unknown"
            ),
            f"{name(edge.dependent)} on {name(edge.provider)}",
            f"{edge.degree.shown} {edge.unit or ''}".strip() if edge.degree else "unknown",
            edge.substitutes or "not said",
            f"{_short(edge.source)}, {edge.locator}" + (f" ({edge.basis})" if edge.basis != "stated" else ""),
        )
        for edge in known
    )
    refs = tuple(dict.fromkeys(edge.source.id for edge in known))
    columns = ("What", "Channel", "Presence, strength", "Who on whom", "Degree", "Substitutes", "Source")
    return Table(title, columns, rows, basis="stated", refs=refs, command=command)


def events(book: Casebook, subject: str, most: int = MOST) -> list[Block]:
    """Dated events, newest first."""
    found = questions.events(book, subject=subject)
    if not found:
        return []
    rows = tuple(
        (
            event.announced or "not said",
            event.in_force or ("ended " + event.ended if event.ended else "not said"),
            event.title,
            event.statement,
            f"{_short(event.source)}, {event.locator}",
        )
        for event in list(reversed(found))[:most]
    )
    refs = tuple(dict.fromkeys(event.source.id for event in list(reversed(found))[:most]))
    caption = f"Events, newest first ({min(most, len(found))} of {len(found)})"
    return [
        Table(
            caption,
            ("Announced", "In force", "Event", "What", "Source"),
            rows,
            basis="stated",
            refs=refs,
            command=f"straits events {subject}",
        )
    ]


def contradictions(book: Casebook, subject: str) -> list[Block]:
    """Where sources contradict each other or themselves; both sides stay."""
    entries = []
    seen: set[frozenset[str]] = set()
    for entry in questions.evidence(book, subject).evidence:
        for link in entry.links:
            pair = frozenset((entry.id, link.id))
            if "contradict" in link.relation and pair not in seen:
                seen.add(pair)
                other = f"{link.value} {link.unit or ''}; {_short(link.source)}, {link.locator}"
                text = f"{entry.statement} ({_value(entry)}) stands against: {link.statement} ({other})"
                entries.append(
                    Paragraph(
                        text,
                        basis="stated",
                        refs=(entry.source.id,),
                        locator=f"{entry.locator}; records {entry.id}, {link.id}",
                    )
                )
    entries += [
        Paragraph(trap.statement, basis="judged", refs=(trap.source.id,), locator=f"{trap.locator}; record {trap.id}")
        for trap in questions.traps(book, subject)
    ]
    return [Items(tuple(entries))] if entries else []


def losses(book: Casebook, subject: str) -> list[Paragraph]:
    """What did not survive in the sources."""
    return [
        Paragraph(f"{item.what}: {item.reason}.", basis="", refs=(item.source.id,), locator=item.locator)
        for item in questions.lost(book, subject)
    ]


def judgements(book: Casebook, subject: str) -> list[Block]:
    """Published scorecards and risk tables, cell by cell."""
    blocks: list[Block] = []
    for found in questions.judgements(book, subject):
        rows = tuple(
            (
                cell.outcome.replace("_", " "),
                "unknown" if cell.level is None else str(cell.level).replace("_", " "),
                cell.concern or cell.unknown or "",
            )
            for cell in found.cells
        )
        between = f"{name(found.dependent)} on {name(found.provider)}"
        title = f"Scorecard '{found.scorecard.replace('_', ' ')}' of {_short(found.source)}: {between}"
        blocks.append(
            Table(
                title,
                ("Question", "Level as published", "Concern, or why it is unknown"),
                rows,
                basis="judged",
                refs=(found.source.id,),
            )
        )
    return blocks


def strengths(book: Casebook, subject: str) -> list[Block]:
    """Strengths and weaknesses that sources attribute, by holder."""
    found = questions.strengths(book, subject)
    blocks: list[Block] = []
    for sign, title in (("strength", "Strengths"), ("weakness", "Weaknesses")):
        rows = tuple(
            (
                name(item.holder),
                item.statement,
                f"{_short(item.source)}, {item.locator} ({item.basis})",
            )
            for item in sorted(found, key=lambda s: (s.holder, s.id))
            if item.sign == sign
        )
        if rows:
            refs = tuple(dict.fromkeys(item.source.id for item in found if item.sign == sign))
            blocks.append(Table(title, ("Whose", "What", "Source"), rows, basis="judged", refs=refs))
    return blocks


def instruments(book: Casebook, subject: str) -> list[Block]:
    """What the sources recommend."""
    found = questions.instruments(book, subject)
    if not found:
        return []
    rows = tuple(
        (
            item.name,
            item.statement,
            ", ".join(a.replace("_", " ") for a in (*item.ambition, *item.dimensions)) or "not said",
            f"{_short(item.source)}, {item.locator}",
        )
        for item in found
    )
    refs = tuple(dict.fromkeys(item.source.id for item in found))
    return [
        Table(
            "Instruments that the reports recommend",
            ("Instrument", "What", "Serves", "Source"),
            rows,
            basis="judged",
            refs=refs,
        )
    ]


def _short(source: shown.SourceShown) -> str:
    """Author and year of a citation."""
    return source.citation.split(", '")[0]


def name(party: str | None) -> str:
    """A party of an edge for a reader."""
    if party is None:
        return "anyone"
    if party.startswith("actor:"):
        words = party.removeprefix("actor:").split("-")
        return " ".join(word.upper() if len(word) < 5 else word.capitalize() for word in words)
    return short_name(party) if party in economies() or party in regions() else party


def entries(book: Casebook) -> dict[str, dict[str, Any]]:
    """The publications of a casebook as source entries of a document."""
    return {
        ident: {"ref": ident, "citation": f"{source.citation}.", "grade": source.grade}
        for ident, source in book.citations.items()
    }
