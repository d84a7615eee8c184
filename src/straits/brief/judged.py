"""What an assessment comes to, as sections of a brief: outcomes with their rules, unknowns, published beside ours."""

from __future__ import annotations

from collections.abc import Iterator

from straits.assess.assessment import CAVEAT, Assessment, Part, Result, standing
from straits.assess.engine import Firing
from straits.assess.telling import unknowns
from straits.brief.document import Block, Items, Paragraph, Section, Table
from straits.brief.reports import name
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.regions import in_sentence, region

MOST = 6


def sections(found: Assessment) -> list[Section]:
    """The sections that an assessment adds; a protocol without answers is not told."""
    results = {key: result for key, result in found.results.items() if result.sheet}
    told = []
    if "four_dimensions" in results:
        told.append(
            Section("dimensions", "The four dimensions", tuple(_dimensions(found, results["four_dimensions"])))
        )
    if "leverage" in results:
        blocks = list(_outcomes(found, results["leverage"]))
        for key in ("chokepoint", "readiness", "entanglement"):
            if key in results:
                blocks += _outcomes(found, results[key])
        told.append(Section("leverage", "Strength and leverage", tuple(blocks)))
    if "ambition" in results:
        told.append(Section("ambition", "How far one could go", tuple(_outcomes(found, results["ambition"]))))
    main = {"four_dimensions", "leverage", "chokepoint", "readiness", "entanglement", "ambition"}
    others = [block for key, result in results.items() if key not in main for block in _outcomes(found, result)]
    if others:
        told.append(Section("checks", "Other checks", tuple(others)))
    if first := _first(found):
        told.append(Section("first", "What to find out first", tuple(first)))
    return told


def sentence(found: Assessment) -> str | None:
    """One sentence on leverage and ambition, and one on the dimension that weighs most."""
    parts = []
    if (result := found.results.get("leverage")) and result.sheet:
        parts.append(f"leverage of {_side(result.sheet.provider)} over {_side(result.sheet.dependent)}: "
                     f"{result.words('degree_of_leverage')}")  # fmt: skip
    if (result := found.results.get("ambition")) and result.sheet:
        feasible = [
            f"{outcome.name.lower()} {result.words(outcome.id)}"
            for outcome in result.protocol.outcomes
            if result.levels(outcome.id) != ["not_feasible"]
        ]
        barred = [o.name.lower() for o in result.protocol.outcomes if result.levels(o.id) == ["not_feasible"]]
        parts.append("feasible ambition: " + (", ".join(feasible) or "none"))
        if barred:
            parts.append("not feasible: " + ", ".join(barred))
    if (result := found.results.get("four_dimensions")) and result.sheet:
        parts.append(f"for {_side(result.sheet.dependent)} {_weightiest(result)}")
    return "Straits' reading of the evidence: " + "; ".join(parts) + "." if parts else None


def _side(party: str | None) -> str:
    """A side of an assessment within a sentence: a region or economy, or the name as it stands."""
    try:
        return in_sentence(region(party or "").id)
    except StraitsError:
        return name(party)


def _weightiest(result: Result) -> str:
    """The dimensions whose highest concern may be the highest of all."""
    scored = {part.challenge.outcome for part in result.parts if part.challenge}
    levels = {o.id: [int(v) for v in result.levels(o.id)] for o in result.protocol.outcomes if o.id in scored}
    if not levels:
        return "the sources treat no dimension"
    floor = max(min(value) for value in levels.values())
    names = [o.name.lower() for o in result.protocol.outcomes if max(levels.get(o.id, [0])) >= floor]
    if len(names) > 2:
        return "the evidence leaves open which dimension weighs most"
    return f"the weightiest concern lies in {' or '.join(names)}"


def _dimensions(found: Assessment, result: Result) -> Iterator[Block]:
    rows = []
    refs: dict[str, None] = {}
    scored = {part.challenge.outcome for part in result.parts if part.challenge}
    for outcome in result.protocol.outcomes:
        for part in result.parts:
            if part.challenge and part.challenge.outcome == outcome.id:
                scale = outcome.scale
                rows.append((outcome.name, part.challenge.title, scale.words(part.verdict.outcomes[outcome.id])))
        if outcome.id not in scored:
            rows.append((outcome.name, "not treated in the sources", "unknown"))
        refs |= dict.fromkeys(f.rule.passage.source for _, f in standing(result, outcome))
    caption = "Concerns by dimension, 1 to 4 (4 weighs most), as far as the answers settle them"
    yield Table(
        caption, ("Dimension", "Concern", "Level"), tuple(rows), basis="judged", refs=tuple(refs),
        command=f"straits assess {found.subject} --protocol four_dimensions",
    )  # fmt: skip
    yield Paragraph(CAVEAT, basis="")
    for outcome in result.protocol.outcomes:
        if outcome.id in scored:
            yield from _because(found, result, outcome.id)


def _outcomes(found: Assessment, result: Result) -> Iterator[Block]:
    sheet = result.sheet
    assert sheet is not None
    sides = f": {name(sheet.dependent)} on {name(sheet.provider)}" if sheet.dependent and sheet.provider else ""
    rows = []
    refs: dict[str, None] = {}
    for outcome in result.protocol.outcomes:
        reasons = [firing.rule.because for _, firing in standing(result, outcome) if firing.in_force == "holds"]
        rows.append((outcome.name, result.words(outcome.id), " ".join(reasons[:3]) or "No rule in force bounds it."))
        refs |= dict.fromkeys(f.rule.passage.source for _, f in standing(result, outcome))
    if sheet.source:
        refs[sheet.source] = None
    if sheet.about:
        yield Paragraph(sheet.about, basis="judged", refs=(sheet.source,) if sheet.source else ())
    yield Table(
        f"{result.protocol.name}{sides}", ("Outcome", "Level", "Because"), tuple(rows), basis="judged",
        refs=tuple(refs), command=f"straits assess {found.subject} --protocol {result.protocol.id}",
    )  # fmt: skip


def _because(found: Assessment, result: Result, outcome: str) -> Iterator[Block]:
    """The rules in force on one outcome, each with the concern that it is about."""
    goal = result.protocol.outcome(outcome)
    entries = tuple(
        _reason(part, firing, goal.name, f"straits explain {found.subject} --outcome {outcome}")
        for part, firing in standing(result, goal)
        if firing.in_force == "holds"
    )
    if entries:
        yield Items(entries[:MOST])


def _reason(part: Part, firing: Firing, outcome: str, command: str) -> Paragraph:
    about = f"{outcome}, {part.challenge.title}: " if part.challenge else f"{outcome}: "
    rule = firing.rule
    return Paragraph(
        f"{about}{rule.because}", basis="judged", refs=(rule.passage.source,), locator=rule.passage.locator,
        command=command,
    )  # fmt: skip


def _first(found: Assessment) -> list[Block]:
    entries = []
    for one in unknowns(found)[:MOST]:
        result = found.results[one["protocol"]]
        if result.sheet is None:
            continue
        would = _would(one["would"])
        reason = f" Unknown because: {one['why_unknown'].rstrip('.')}." if one["why_unknown"] else ""
        entries.append(
            Paragraph(
                f"{one['ask']}{reason} {would}",
                basis="judged",
                command=f"straits assess {found.subject} --suppose {one['protocol']}.{one['question']}=LEVEL",
            )
        )
    return [Items(tuple(entries))] if entries else []


def _would(would: dict[str, dict[str, list[str]]]) -> str:
    parts = []
    for level, then in would.items():
        ends = ", ".join(f"{outcome} {' or '.join(levels)}" for outcome, levels in then.items())
        parts.append(f"if {level}: {ends}")
    text = "; ".join(parts).replace("_", " ")
    return text[0].upper() + text[1:] + "." if text else ""
