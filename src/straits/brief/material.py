"""The brief of a raw material: what one side depends on the other for, how stubbornly, and the other way round.

First the answers are gathered from the observatory, then each section is told from them, the casebook's evidence
beside.  Nothing is computed here but differences and counts of what the measures return.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from straits.brief import chained, reports
from straits.brief.conclusion import certainty, finding, trend_of
from straits.brief.document import Block, Document, Items, Paragraph, Section, cited_sources
from straits.brief.findings import Findings, gather
from straits.brief.sections import imports, reverse, thresholds_crossed, unknown
from straits.brief.wording import production_rows, who
from straits.casebook.casebook import Casebook
from straits.vocabulary.materials import material
from straits.vocabulary.regions import region

if TYPE_CHECKING:
    from straits.observatory import Observatory

CRITICALITY = {
    "strategic": "It is a strategic and a critical raw material in EU law.",
    "critical": "It is a critical raw material in EU law.",
    "none": "It is not on the EU's list of critical raw materials.",
}
REGULATION = (
    "Regulation (EU) 2024/1252 of 11 April 2024 establishing a framework for ensuring a secure and sustainable supply "
    "of critical raw materials, Annexes I and II."
)


def material_brief(
    observatory: Observatory, book: Casebook, name: str, of: str, on: str, year: int | None = None
) -> Document:
    """The brief of a material for a dependent and a provider.

    ``year`` is the year told; by default the newest but one, because BACI revises its newest year with the next
    release.  Raises :class:`StraitsError` for an unknown material, region or year.
    """
    found = gather(observatory, material(name), region(of), region(on), year)
    subject = found.material.id
    known = subject in book.subjects
    doubts = reports.contradictions(book, subject) if known else []
    lost = reports.losses(book, subject) if known else []
    made = _chain(found, book)
    sections = [
        Section("imports", "Imports, suppliers and trend", tuple(imports(found))),
        Section("thresholds", "Which thresholds are crossed, and how stubbornly", tuple(thresholds_crossed(found))),
        Section(
            "reverse", f"The reverse direction: what {who(found.on)} depends on others for", tuple(reverse(found))
        ),
        *([made] if made else []),
        Section("reports", "What reports say, in both directions", tuple(_told_elsewhere(found, book))),
        Section("contradictions", "Contradictions and known errors in the reports", tuple(doubts)),
        Section("unknown", "What is not known", tuple(unknown(found, lost))),
    ]
    told = tuple(section for section in sections if section.blocks)
    level, because = certainty(found)
    refs = tuple(name for name, there in (("trade", found.traded), ("production", found.production)) if there)
    return Document(
        title=f"{found.material.name}: {who(found.of)} and {who(found.on)}",
        subtitle=_subtitle(found),
        finding=finding(found),
        certainty=level,
        certainty_because=because,
        sections=told,
        sources=cited_sources(told, _entries(found, book), refs),
        finding_refs=refs,
        name=f"brief-{found.material.id}-{found.of.id}-{found.on.id}",
        facts=_facts(found),
    )


def _chain(found: Findings, book: Casebook) -> Section | None:
    """How the material is made and who could stop it, where a chain has a step on it."""
    for subject in chained.subjects_of(found.material.id):
        return chained.section(subject, (found.of.id, found.on.id), reports.entries(book))
    return None


def _told_elsewhere(found: Findings, book: Casebook) -> list[Block]:
    """Standing in law, then what the casebook holds on the material."""
    law = Items((Paragraph(CRITICALITY[found.material.eu], basis="stated", refs=("crma",)),))
    if found.material.id not in book.subjects:
        nothing = Paragraph(f"The casebook holds no record on {found.material.name.lower()} yet.", basis="")
        return [law, nothing]
    subject = found.material.id
    return [
        law,
        *reports.edges(book, subject, found.of.id, found.on.id),
        *reports.evidence(book, subject),
        *reports.events(book, subject),
    ]


def _entries(found: Findings, book: Casebook) -> dict[str, dict[str, Any]]:
    """Every source a section may refer to: the data by table, the law, the casebook's publications."""
    entries = reports.entries(book) | {"crma": {"ref": "crma", "citation": REGULATION}}
    for answer in (found.trade, found.producers, found.governance, found.production_governance):
        for source in answer.sources if answer else []:
            entries.setdefault(source["table"], {"ref": source["table"], **source})
    return entries


def _facts(found: Findings) -> dict[str, Any]:
    """Key figures at full precision, for programs."""
    data: dict[str, Any] = {"material": found.material.id, "of": found.of.id, "on": found.on.id, "year": found.year}
    if found.traded:
        data["dependency"] = found.row
        line = trend_of(found)
        data["trend"] = {
            "first": line.first,
            "last": line.last,
            "slope_per_year": line.slope,
            "low": line.low,
            "high": line.high,
        }
    data["production"] = production_rows(found)
    data["notes"] = found.trade.notes if found.trade else []
    return data


def _subtitle(found: Findings) -> str:
    trade = f"Trade {found.year}" + (f" ({found.newest} provisional)" if found.newest > found.year else "")
    return f"Dependency in both directions. {trade}; by Straits, from data versions named at the end."
