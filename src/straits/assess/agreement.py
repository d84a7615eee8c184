"""Published judgements beside ours, cell by cell: exact, within our range, or contradicted, and why.

The published scorecards were made by hand, once.  Ours come out of rules that formalise the general method and of
answers from the text.  Where they part, the rules in force say on what.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from straits.assess.assessment import Assessor, Result, standing
from straits.casebook import questions
from straits.casebook.casebook import Casebook

PROTOCOL_OF = {"four_dimensions": "four_dimensions", "ambition": "ambition", "strength": "leverage"}
VERDICTS = ("exact", "within range", "contradicts", "not answered")


@dataclass(frozen=True)
class CellCompared:
    """One published cell and what came out here.

    ``published`` are the author's levels for the outcome (several when the table holds several concerns); ``computed``
    the levels still possible; ``verdict`` one of :data:`VERDICTS`; ``why`` the rules behind a miss.
    """

    subject: str
    scorecard: str
    outcome: str
    published: tuple[str, ...]
    computed: tuple[str, ...]
    verdict: str
    why: tuple[str, ...]
    blind: str
    source: str
    locator: str


def compared(assessor: Assessor, book: Casebook) -> list[CellCompared]:
    """Every published cell that has a level and an outcome of ours to stand beside."""
    found = []
    for judgement in questions.judgements(book):
        protocol = PROTOCOL_OF.get(judgement.scorecard)
        if protocol is None or protocol not in assessor.protocols:
            continue
        top = judgement.subject.partition("/")[0]
        result = assessor.assess(top, protocol).results[protocol]
        levels: dict[str, list[str]] = {}
        for cell in judgement.cells:
            if cell.level is not None and cell.outcome in result.outcomes:
                levels.setdefault(cell.outcome, []).append(str(cell.level))
        for outcome, published in levels.items():
            verdict = _verdict(result, outcome, published)
            found.append(
                CellCompared(
                    subject=top,
                    scorecard=judgement.scorecard,
                    outcome=outcome,
                    published=tuple(published),
                    computed=tuple(result.levels(outcome)),
                    verdict=verdict,
                    why=tuple(dict.fromkeys(_why(result, outcome, published))) if verdict == "contradicts" else (),
                    blind=result.sheet.blind if result.sheet else "yes",
                    source=judgement.source.citation,
                    locator=judgement.locator,
                )
            )
    return sorted(found, key=lambda cell: (cell.scorecard, cell.subject))


def _verdict(result: Result, outcome: str, published: list[str]) -> str:
    if result.sheet is None:
        return "not answered"
    scale = result.protocol.outcome(outcome).scale
    highest = max(published, key=scale.levels.index)
    computed = result.levels(outcome)
    if computed == [highest]:
        return "exact"
    return "within range" if highest in computed else "contradicts"


def _why(result: Result, outcome: str, published: list[str]) -> Iterator[str]:
    """The rules in force that exclude the published level."""
    goal = result.protocol.outcome(outcome)
    level = goal.scale.parse(max(published, key=goal.scale.levels.index))
    for _, firing in standing(result, goal):
        if firing.in_force == "holds" and not firing.rule.levels & level:
            yield f"{firing.rule.id}: {firing.rule.because}"


def page(cells: list[CellCompared]) -> Iterator[str]:
    """The page ``docs/agreement.md``."""
    counted = {verdict: sum(cell.verdict == verdict for cell in cells) for verdict in VERDICTS}
    told = counted["exact"] + counted["within range"]
    answered = len(cells) - counted["not answered"]
    yield "# Agreement with published judgements\n"
    yield (
        "The reports judged by hand. Here their published cells stand beside what the rules make of the answers; "
        "nothing was fitted to them. *Exact*: one level is left and it is the published one. *Within range*: the "
        "published level is among those left. *Contradicts*: a rule in force excludes it; the rule is named. Where a "
        "table holds several concerns in one dimension, the highest is compared.\n"
    )
    yield (
        f"Of {answered} cells that are answered, **{counted['exact']} agree exactly, {counted['within range']} lie "
        f"within the range, {counted['contradicts']} contradict** ({told} of {answered} agree or may). "
        f"{counted['not answered']} have no answers yet. Cells that the reports lost or that are withheld are not here.\n"
    )
    blind = [cell for cell in cells if cell.blind == "yes" and cell.verdict != "not answered"]
    yield (
        f"Of the {len(blind)} cells whose answers were given blind, {sum(c.verdict == 'exact' for c in blind)} agree exactly, "
        f"{sum(c.verdict == 'within range' for c in blind)} lie within the range and "
        f"{sum(c.verdict == 'contradicts' for c in blind)} contradict. *Blind: no* means that whoever answered had by "
        "accident seen the published cells, *partly* that prose or the number of entries had been seen.\n"
    )
    yield (
        "How blind is it? The rules were written from the general passages and tests that they cite and were not fitted "
        "to the cells; but those who wrote them had met most rows of the second scorecards (ambition), which the text "
        "prints next to the tests, and a few scores of the four dimensions in prose. So agreement on ambition tests the "
        "answers more than the rules. The answers for automotive chips, medical imaging, raw materials, wireless, quantum "
        "and blockchain were given a second time, from a copy of the text with all scorecards masked, by people who had "
        "seen none of them; these are the ones that ship. Prose verdicts could not be masked everywhere. Rules of the four "
        "dimensions were changed once after the answers were in, on objections that those who answered raised from the "
        "passages without seeing what came out (a threat is not needed for harm to values or to a market position; a "
        "service can be cut although nothing is delivered). Cut-points between levels that the reports leave open are "
        "ours; `straits explain` shows them.\n"
    )
    yield "| technology | scorecard | outcome | published | computed | verdict | blind |"
    yield "|---|---|---|---|---|---|---|"
    for cell in cells:
        yield (
            f"| {cell.subject} | {cell.scorecard.replace('_', ' ')} | {cell.outcome.replace('_', ' ')} | "
            f"{_levels(cell.published, ', ')} | {_levels(cell.computed, ' or ')} | {cell.verdict} | {cell.blind} |"
        )
    missed = [cell for cell in cells if cell.verdict == "contradicts"]
    if missed:
        yield "\n## Where we differ, and on what\n"
        for cell in missed:
            yield (
                f"- **{cell.subject}, {cell.outcome.replace('_', ' ')}**: published {_levels(cell.published, ', ')} "
                f"({cell.source}, {cell.locator}), computed {_levels(cell.computed, ' or ')}."
            )
            for reason in cell.why or ("several rules together exclude it: `straits explain` shows them.",):
                yield f"    - {reason}"


def _levels(levels: tuple[str, ...], between: str) -> str:
    return between.join(levels).replace("_", " ")
