"""The brief of a technology, as far as evidence alone goes: who depends on whom, what is judged, what is not known."""

from __future__ import annotations

from straits.assess.assessment import Assessor
from straits.assess.instruments import recommend
from straits.assess.scenarios import scenario
from straits.brief import chained, judged, reports
from straits.brief.document import Document, Items, Section, cited_sources
from straits.casebook import questions
from straits.casebook.casebook import Casebook
from straits.vocabulary.regions import in_sentence, region

ALONE = (
    "Told from the casebook alone: what published reports found, with their sources. Straits has judged nothing here."
)
ASSESSED = (
    "What published reports found, with their sources, and what the rules of the shipped protocols make of it. "
    "Judgements are marked as such; a range means that the evidence leaves several levels open."
)


def technology_brief(book: Casebook, subject: str, of: str, on: str, assessor: Assessor | None = None) -> Document:
    """The brief of a subject of the casebook for two sides.

    Raises :class:`StraitsError` for an unknown subject or region.  The finding counts what is recorded and, where
    the subject's protocols are answered, says what the rules make of the answers.
    """
    a, b = region(of), region(on)
    top = questions.subject_of(book, subject)
    title = book.subjects[top].name
    unknown = reports.losses(book, top)
    assessor = assessor or Assessor.shipped()
    field = top if assessor.answered(top) else top.partition("/")[0]
    found = assessor.assess(field)
    read = (
        judged.sections(found, chained.contrasted(found, reports.entries(book))) if field in assessor.subjects else []
    )
    after = [*judged.toolkit(recommend(field, assessor, book)), judged.outlook(scenario(field, book))] if read else []
    made = chained.section(field, (a.id, b.id), reports.entries(book))
    sections = [
        Section("dependencies", "Who depends on whom", tuple(reports.edges(book, top, a.id, b.id))),
        Section("strengths", "Strengths and weaknesses", tuple(reports.strengths(book, top))),
        *([made] if made else []),
        *read,
        *after,
        Section("judged", "What authors judged", tuple(reports.judgements(book, top))),
        Section("evidence", "Evidence", tuple(reports.evidence(book, top, 24))),
        Section("events", "Events and policies", tuple(reports.events(book, top, 24))),
        Section("instruments", "What reports recommend", tuple(reports.instruments(book, top))),
        Section("contradictions", "Contradictions and known errors", tuple(reports.contradictions(book, top))),
        Section("unknown", "What is not known", (Items(tuple(unknown)),) if unknown else ()),
    ]
    told = tuple(section for section in sections if section.blocks)
    finding, facts = _finding(book, top, a.id, b.id)
    reading = judged.sentence(found) if read else None
    return Document(
        title=f"{title}: {in_sentence(a.id)} and {in_sentence(b.id)}",
        subtitle=ASSESSED if read else ALONE,
        finding=(*([reading] if reading else []), *finding),
        certainty="that of the sources",
        certainty_because="Each entry names its source and how it was obtained; contradictions are kept, losses are said to be unknown.",
        sections=told,
        sources=cited_sources(told, reports.entries(book)),
        name=f"brief-{top.replace('/', '-')}-{a.id}-{b.id}",
        facts={"subject": top, "of": a.id, "on": b.id, **facts},
    )


def _finding(book: Casebook, subject: str, of: str, on: str) -> tuple[tuple[str, ...], dict[str, int]]:
    answer = questions.dependencies(book, subject, of, on)
    counts = []
    for direction in answer.directions:
        edges = [edge for channel in direction.channels for edge in channel.edges if edge.presence == "present"]
        strong = sum(edge.strength in ("high", "total") for edge in edges)
        counts.append((len(edges), strong))
    (there, strong), (back, strong_back) = counts
    found = len(questions.evidence(book, subject).evidence)
    lost = len(questions.lost(book, subject))
    one, other = in_sentence(of), in_sentence(on)
    first = (
        f"Reports name {_times(there)} of {one} on {other} ({strong} of them strong) and {_times(back)} of {other} on "
        f"{one} ({strong_back} strong)."
    )
    second = f"Behind it stand {found} records of evidence; {lost} figures or tables of the reports did not survive and stay unknown."
    facts = {"dependencies": there, "reverse_dependencies": back, "evidence": found, "lost": lost}
    return (first, second), facts


def _times(count: int) -> str:
    return "one dependency" if count == 1 else f"{count} dependencies"
