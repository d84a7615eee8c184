"""What an assessment comes to, as sections of a brief: outcomes with their rules, unknowns, published beside ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from straits.assess.assessment import CAVEAT, Assessment, Result, standing
from straits.assess.instruments import Recommendation, in_words
from straits.assess.scenarios import ScenarioReading
from straits.assess.telling import unknowns
from straits.brief.assessment_text import weighed
from straits.brief.document import Block, Items, Paragraph, Section, Table
from straits.brief.reports import name
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.regions import in_sentence, region

MOST = 6
MOST_INSTRUMENTS = 5


def sections(found: Assessment, beside: Sequence[Block] = ()) -> list[Section]:
    """The sections that an assessment adds; a protocol without answers is not told.

    ``beside`` is what chains say against judged answers: it stands under the judgements, marked as derived.
    """
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
        told.append(Section("leverage", "Strength and leverage", (*blocks, *beside)))
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
        stands = standing(result, outcome)
        for part in result.parts:
            if part.challenge and part.challenge.outcome == outcome.id:
                reasons = [f.rule.because for p, f in stands if p is part and f.in_force == "holds"]
                level = outcome.scale.words(part.verdict.outcomes[outcome.id])
                rows.append((outcome.name, part.challenge.title, level, " ".join(reasons[:2]) or "No rule in force."))
        if outcome.id not in scored:
            rows.append((outcome.name, "not treated in the sources", "unknown", ""))
        refs |= dict.fromkeys(f.rule.passage.source for _, f in stands)
    yield Table(
        "Concerns by dimension, 1 to 4 (4 weighs most), as far as the answers settle them",
        ("Dimension", "Concern", "Level", "Because"),
        tuple(rows),
        basis="judged",
        refs=tuple(refs),
        command=f"straits assess {found.subject} --protocol four_dimensions",
    )
    yield Paragraph(CAVEAT, basis="")


def _outcomes(found: Assessment, result: Result) -> Iterator[Block]:
    sheet = result.sheet
    assert sheet is not None
    sides = (
        f" ({_side(sheet.dependent)} depending on {_side(sheet.provider)})"
        if sheet.dependent and sheet.provider
        else ""
    )
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


def _first(found: Assessment) -> list[Block]:
    entries = []
    answered = [one for one in unknowns(found) if found.results[one["protocol"]].sheet]
    for one in answered[:MOST]:
        result = found.results[one["protocol"]]
        would = _would(one["would"])
        titles = [p.challenge.title for p in result.parts if p.challenge and p.challenge.id == one["challenge"]]
        concern = "".join(f" (Concern: {title}.)" for title in titles)
        reason = f" Not settled: {one['why_unknown'].rstrip('.')}." if one["why_unknown"] else ""
        entries.append(
            Paragraph(
                f"{one['ask']}{concern}{reason} {would}",
                basis="judged",
                command=f"straits assess {found.subject} --suppose {_named(one)}=LEVEL",
            )
        )
    return [Items(tuple(entries))] if entries else []


def _named(one: dict[str, Any]) -> str:
    """A question as ``--suppose`` takes it, with its concern where there are several."""
    return ".".join(part for part in (one["protocol"], one["challenge"], one["question"]) if part)


def _would(would: dict[str, dict[str, list[str]]]) -> str:
    parts = []
    for level, then in would.items():
        ends = ", ".join(f"{outcome} {' or '.join(levels)}" for outcome, levels in then.items())
        parts.append(f"if {level}: {ends}")
    text = "; ".join(parts).replace("values_sustainability", "values and sustainability").replace("_", " ")
    return text[0].upper() + text[1:] + "." if text else ""


def toolkit(found: Recommendation) -> list[Section]:
    """Instruments by aim with reasons and price, the sources' rules, conflicts, trade-offs and gaps."""
    blocks: list[Block] = []
    for aim in found.aims:
        rows = tuple(
            (
                one.instrument.name,
                one.instrument.about,
                "; ".join(reason.text for reason in one.reasons),
                one.instrument.price,
                ", ".join(one.here) or "no chapter on this subject",
            )
            for one in aim.recommended[:MOST_INSTRUMENTS]
        )
        if not rows:
            continue
        refs = {reason.source: None for one in aim.recommended[:MOST_INSTRUMENTS] for reason in one.reasons}
        option = "--dimension" if aim.kind == "dimension" else "--ambition"
        blocks.append(
            Table(
                f"{in_words(aim.id).capitalize()} ({aim.state}): {aim.goal}"
                + (f" At the price of: {aim.price}" if aim.price else ""),
                ("Instrument", "What", "Because", "Price", "Recommended in"),
                rows,
                basis="judged",
                refs=tuple(refs),
                command=f"straits instruments {found.subject} {option} {aim.id}",
            )
        )
    held = [
        Paragraph(
            f"{one.advice.then.note} {one.advice.because}" + (" (May apply.)" if one.standing == "may hold" else ""),
            basis="judged",
            refs=(one.advice.passage.source,),
            locator=one.advice.passage.locator,
        )
        for one in found.advice
        if one.standing != "for the reader to judge"
    ]
    blocks += [Items(tuple(held[:MOST]))] if held else []
    warnings = [
        Paragraph(
            f"{_sentence(clash.instrument)}: {clash.text}",
            basis="judged",
            refs=(clash.source,) if clash.source else (),
            locator=clash.locator,
        )
        for clash in found.conflicts
    ]
    tradeoffs = [
        Paragraph(weighed(one), basis="judged", refs=(one.passage.source,), locator=one.passage.locator)
        for one in found.tradeoffs
    ]
    gaps = [Paragraph(f"Gap: {gap}.", basis="judged") for gap in found.gaps]
    told = []
    if blocks:
        told.append(Section("toolkit", "What could be done", tuple(blocks)))
    if warnings or tradeoffs or gaps:
        told.append(
            Section("price", "Conflicts, trade-offs and gaps", (Items((*tradeoffs, *gaps, *warnings[:MOST])),))
        )
    return told


def _sentence(name_: str) -> str:
    return name_.replace("-", " ").capitalize()


def outlook(found: ScenarioReading) -> Section:
    """Where the signposts point, and what that leaves."""
    rows = tuple(
        (
            axis.axis.question,
            ", ".join(f"{count} to {end}" for end, count in axis.counts.items())
            + f", {axis.mixed} both ways, {axis.neither} to neither",
            str(axis.unknown),
            " or ".join(axis.possible),
        )
        for axis in found.axes
    )
    worlds = tuple(
        (
            one.name,
            ", ".join(one.position.values()),
            "possible" if one.id in found.possible else "no signpost points there",
            one.outcome,
        )
        for one in found.file.scenarios
    )
    refs = tuple({axis.axis.passage.source: None for axis in found.axes})
    command = f"straits scenario {found.subject}"
    return Section(
        "scenarios",
        "Scenarios and signposts",
        (
            Table("Where the signposts point", ("Question", "Signposts", "Unknown", "Possible"), rows, basis="judged",
                  refs=refs, command=command),
            Table("Four scenarios", ("Scenario", "Position", "Now", "Outcome"), worlds, basis="judged", refs=refs,
                  command=command),
            Paragraph("The source gives no probabilities; signposts are counted, not weighed.", basis=""),
        ),
    )  # fmt: skip
