"""How answers of the casebook look on a terminal: plain text, one record a paragraph, source below."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from straits.brief.reports import name
from straits.casebook import answers as shown
from straits.casebook.search import Found


def told(found: Any, kind: str) -> Iterator[str]:
    """The lines for an answer of that kind; what is empty says so."""
    tellers: dict[str, Callable[[Any], Iterator[str]]] = {
        "evidence": _evidence,
        "record": _record,
        "hits": _hits,
        "dependencies": _dependencies,
        "actors": _actors,
        "events": _events,
        "findings": _findings,
        "coverage": _coverage,
    }
    return tellers[kind](found)


def _evidence(answer: shown.EvidenceAnswer) -> Iterator[str]:
    yield f"{answer.name}: {len(answer.evidence)} records of evidence\n"
    for entry in answer.evidence:
        yield from _entry(entry)


def _entry(entry: shown.EvidenceShown) -> Iterator[str]:
    unit = f" {entry.unit}" if entry.unit and entry.value.kind in ("number", "interval") else ""
    value = f"unknown: {entry.value.unknown}" if entry.value.kind == "unknown" else f"{entry.value.shown}{unit}"
    yield f"{entry.id}  [{entry.basis}]  {entry.statement}"
    yield f"    {entry.indicator}: {value}" + (f", {entry.period}" if entry.period else ", undated")
    origin = f", citing {entry.origin}" if entry.origin else ""
    yield f"    {entry.source.citation}, {entry.locator}{origin}; grade: {entry.grade or 'unknown'}"
    for link in entry.links:
        yield f"    {link.relation.replace('_', ' ')} {link.id}: {link.statement} ({link.value} {link.unit or ''})"
    if entry.traps:
        yield f"    known problems: {', '.join(entry.traps)}"
    yield ""


def _record(found: shown.EvidenceShown | shown.RecordShown) -> Iterator[str]:
    if isinstance(found, shown.EvidenceShown):
        yield from _entry(found)
        return
    yield f"{found.id}  ({found.table}, {found.ecosystem})"
    for field, value in found.record.items():
        if value not in (None, [], ""):
            yield f"    {field}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
    yield f"    {found.source.citation}, {found.locator}"


def _hits(found: Found) -> Iterator[str]:
    shown_of = f"{len(found.hits)} of {found.total}" if found.total > len(found.hits) else f"{found.total}"
    yield f"{shown_of} record(s) found" + ("" if found.hits else ": try another word, or `straits evidence SUBJECT`")
    for hit in found.hits:
        yield f"{hit.id}  ({hit.table}, {hit.ecosystem})  {hit.text}"


def _dependencies(answer: shown.DependencyAnswer) -> Iterator[str]:
    for direction in answer.directions:
        yield f"{name(direction.dependent)} on {name(direction.provider)}"
        for channel in direction.channels:
            yield f"  {channel.channel}: {channel.state}" + (f" ({channel.remark})" if channel.remark else "")
            for edge in channel.edges:
                degree = f", {edge.degree.shown} {edge.unit or ''}".rstrip() if edge.degree else ""
                yield f"    {edge.id}  [{edge.basis}] {name(edge.dependent)} on {name(edge.provider)}: {edge.statement}"
                yield f"        {edge.presence}, strength {edge.strength}{degree}; {edge.subject}; {edge.source.citation}, {edge.locator}"
                if edge.remark:
                    yield f"        note: {edge.remark}"
        yield ""


def _actors(found: Sequence[shown.ActorShown]) -> Iterator[str]:
    yield f"{len(found)} actor(s)\n"
    for actor in found:
        link = f"; party-state link: {actor.party_state_link}" if actor.party_state_link else ""
        yield f"{actor.name} ({name(actor.home)}, {actor.kind}): {actor.role}{link}"
        yield f"    {actor.id}; {actor.source.citation}, {actor.locator}"


def _events(found: Sequence[shown.EventShown]) -> Iterator[str]:
    yield f"{len(found)} event(s)\n"
    for event in found:
        force = f", in force {event.in_force}" if event.in_force and event.in_force != event.date else ""
        ended = f", ended {event.ended}" if event.ended else ""
        yield f"{event.date}{force}{ended}  {event.title} ({event.kind})"
        yield f"    {event.statement}"
        yield f"    {event.id}; {event.source.citation}, {event.locator}"


def _findings(found: Sequence[Any]) -> Iterator[str]:
    for finding in found:
        yield f"{finding.level}  {finding.check}  {', '.join(finding.records)}: {finding.sentence}"
    errors = sum(finding.level == "error" for finding in found)
    yield f"{errors} error(s), {len(found) - errors} warning(s)"


def _coverage(found: shown.CoverageShown) -> Iterator[str]:
    told = shown.plain(found)
    yield ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in told["totals"].items())
    for entry in told["ecosystems"]:
        counts = ", ".join(f"{key} {value}" for key, value in entry.items() if isinstance(value, int))
        share = entry["share_of_notes"]
        in_notes = "" if share is None else f"; {100 * share:.0f} % of the notes' records"
        yield f"{entry['id']}: {counts}{in_notes}"
