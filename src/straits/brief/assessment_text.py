"""How assessments look on a terminal: the verdict first, then why, then what is not known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from straits.assess.assessment import CAVEAT, Assessment, Part, Result, standing
from straits.assess.instruments import Aim, Recommendation
from straits.assess.scenarios import ScenarioReading
from straits.assess.telling import conflicts, unknowns
from straits.assess.weights import Weighing

SHOWN = 8


def assessment(found: Assessment, title: str) -> Iterator[str]:
    """The outcomes of every protocol, with the rules that bound them and the unknowns that matter most."""
    yield f"{title}\n"
    for result in found.results.values():
        yield from _result(result)
    if told := unknowns(found):
        yield "What to find out first (an answer that would narrow the outcome):"
        for one in told[:5]:
            yield f"    {one['protocol']}.{one['question']}: {one['ask']}"
            reason = f" ({one['why_unknown']})" if one["why_unknown"] else ""
            yield (
                f"        now {' or '.join(one['possible'])}{reason}; settling it removes {one['removes']:.0%} of what "
                "is open, on average over its levels"
            )
        yield ""
    if clashes := conflicts(found):
        yield "Rules that contradict each other here:"
        for one in clashes:
            yield f"    {one['protocol']}: {one['rules'][0]} against {one['rules'][1]}"
        yield ""
    if "four_dimensions" in found.results:
        yield CAVEAT


def _result(result: Result) -> Iterator[str]:
    sheet = result.sheet
    sides = f" ({sheet.dependent} on {sheet.provider})" if sheet and sheet.dependent and sheet.provider else ""
    yield f"{result.protocol.name}{sides}" + ("" if sheet else ": not answered for this subject")
    if sheet and sheet.about:
        yield f"    {sheet.about}"
    for outcome in result.protocol.outcomes:
        yield f"  {outcome.name}: {result.words(outcome.id)}"
        for part, firing in standing(result, outcome):
            if firing.in_force == "holds":
                yield f"      - {firing.rule.because}{_challenge(part)} [{firing.rule.passage}]"
    yield ""


def _challenge(part: Part) -> str:
    return f" ({part.challenge.title})" if part.challenge else ""


def weighing(found: Weighing) -> Iterator[str]:
    """A reader's weights: who leads, and at which weight that would change."""
    yield "\nWith your weights (weight times place of the level):"
    for row in found.rows:
        span = f"{row.low:g}" if row.low == row.high else f"{row.low:g} to {row.high:g}"
        yield f"  {row.outcome.replace('_', ' ')}: {span} (weight {row.weight:g})"
    if found.leader is None:
        names = ", ".join(name.replace("_", " ") for name in found.may_lead)
        yield f"  No sure leader: {names} may each come first; no weight decides it while the levels are open."
        return
    yield f"  {found.leader.replace('_', ' ')} leads for sure. That would change"
    for flip in found.flips:
        way = "falls" if flip.direction == "down" else "rises"
        yield f"    if the weight of {flip.outcome.replace('_', ' ')} {way} from {flip.weight:g} to {flip.flips_at:g}"


def explanation(found: dict[str, Any], title: str) -> Iterator[str]:
    """Everything about one outcome."""
    for protocol, outcomes in found["outcomes"].items():
        for outcome, levels in outcomes.items():
            yield f"{title}: {outcome.replace('_', ' ')} ({protocol}): {' or '.join(levels).replace('_', ' ')}\n"
    for challenge in found["challenges"]:
        yield f"  {challenge['title']}: {' or '.join(challenge['levels'])}"
    told = {one["id"]: one for one in found["evidence"]}
    yield "Rules in force, and rules that may be:"
    for reason in found["because"]:
        yield f"  {reason['rule']} [{reason['standing']}]: {reason['says']}. {reason['because']}"
        yield f"      passage: {reason['passage']['source']}, {reason['passage']['locator']}"
        for answer in reason["answers"]:
            yield from _answer(answer, told)
    if not found["because"]:
        yield "  none: nothing that is known bounds this outcome"
    yield from _nearly(found)
    yield from _open(found)
    for clash in found["conflicts"]:
        yield f"\nContradiction: {clash['rules'][0]} against {clash['rules'][1]}"
    yield "\nSources:"
    for source in found["sources"]:
        yield f"  {source['citation'] or source['id']} ({', '.join(source['used_for'])})"


def _nearly(found: dict[str, Any]) -> Iterator[str]:
    if found["nearly"]:
        yield "\nRules that nearly held (one answer is otherwise):"
        for near in found["nearly"]:
            levels = " or ".join(near["but"]["levels"] or []).replace("_", " ")
            yield f"  {near['rule']}: {near['because']}"
            yield f"      but {near['but']['question'].replace('_', ' ')} is {levels}"


def _open(found: dict[str, Any]) -> Iterator[str]:
    if found["unknowns"]:
        yield "\nUnknown answers that matter, the most useful first:"
        for one in found["unknowns"]:
            yield f"  {one['question']}: {one['ask']}"
            for level, then in one["would"].items():
                ends = "; ".join(f"{o.replace('_', ' ')}: {' or '.join(names)}" for o, names in then.items())
                yield f"      if {level.replace('_', ' ')}: {ends.replace('_', ' ')}"


def _answer(answer: dict[str, Any], told: dict[str, dict[str, Any]]) -> Iterator[str]:
    levels = " or ".join(answer["levels"]) if answer["levels"] else "open"
    basis = answer["basis"] or "unknown"
    because = f": {answer['because']}" if answer["because"] else ""
    yield f"      {answer['question'].replace('_', ' ')} = {levels.replace('_', ' ')} [{basis}]{because}"
    for record in answer["evidence"]:
        one = told.get(record)
        if one and not one["missing"]:
            yield f"          {record}: {one['statement']} ({one['source']}, {one['locator']})"
        else:
            yield f"          {record}: not in the casebook"


def comparison(left: Assessment, right: Assessment, titles: tuple[str, str]) -> Iterator[str]:
    """Two subjects side by side, with the caveat."""
    yield f"{titles[0]} | {titles[1]}\n"
    for name, result in left.results.items():
        if name not in right.results:
            continue
        other = right.results[name]
        yield result.protocol.name
        rows = [(o.name, result.words(o.id), other.words(o.id)) for o in result.protocol.outcomes]
        yield from _columns(rows)
        yield ""
    yield CAVEAT


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def recommendation(found: Recommendation, title: str) -> Iterator[str]:
    """Instruments by aim, each with reasons and price; then rules, conflicts, trade-offs and gaps."""
    yield f"{title}: what could be done\n"
    if not found.aims:
        yield "No dimension has a concern and no level of ambition is known to be feasible: nothing is recommended.\n"
    for aim in found.aims:
        yield from _aim(aim)
    held = [one for one in found.advice if one.standing != "for the reader to judge"]
    if held:
        yield "Rules of the sources that apply:"
        for one in held:
            yield f"  {one.advice.id} [{one.standing}]: {one.advice.then.note} {one.advice.because}"
        yield ""
    if found.conflicts:
        yield "Conflicts:"
        for clash in found.conflicts:
            yield f"  {clash.instrument} ({clash.kind}): {clash.text}"
        yield ""
    for trade in found.tradeoffs:
        sides = "; ".join(
            f"{name.replace('_', ' ')} {effect.effect}" + (f" ({effect.why.rstrip('.')})" if effect.why else "")
            for name, effect in trade.dimensions.items()
            if effect.effect != "not_treated"
        )
        yield f"Trade-off: {trade.option} {sides}. {trade.conclusion} [{trade.passage}]"
    for gap in found.gaps:
        yield f"Gap: {gap}"


def _aim(aim: Aim) -> Iterator[str]:
    levels = " or ".join(aim.levels).replace("_", " ")
    yield f"{aim.id.replace('_', ' ')} ({aim.kind}, {levels}): {aim.goal}"
    if aim.price:
        yield f"    at the price of: {aim.price}"
    for one in aim.recommended[:SHOWN]:
        own = (
            f"recommended for this subject: {', '.join(one.here)}" if one.here else "not recommended for this subject"
        )
        yield f"  - {one.instrument.name} [{one.instrument.stance}]: {one.instrument.about}"
        yield f"      because {'; '.join(reason.text for reason in one.reasons)}; {own}; elsewhere {one.elsewhere} times"
        yield f"      price: {one.instrument.price}" + (" (sources disagree on it)" if one.disputed else "")
    if len(aim.recommended) > SHOWN:
        yield f"  ... and {len(aim.recommended) - SHOWN} more: --json lists all"
    yield ""


def scenarios(found: ScenarioReading, title: str) -> Iterator[str]:
    """Where the signposts point, which are unknown, and which scenarios remain."""
    yield f"{title}: {found.file.name}\n"
    for axis in found.axes:
        counts = ", ".join(f"{count} to {end}" for end, count in axis.counts.items())
        yield f"{axis.axis.question}"
        yield f"    signposts point {counts}; {axis.mixed} both ways; {axis.unknown} unknown. Possible: {' or '.join(axis.possible)}"
    yield "\nScenarios:"
    for one in found.file.scenarios:
        mark = "possible" if one.id in found.possible else "no signpost points there"
        yield f"  {one.name} ({', '.join(one.position.values())}): {mark}. {one.outcome} [{one.passage}]"
    yield "\nSignposts:"
    for reading in found.readings:
        ends = " and ".join(reading.points_to) or "unknown"
        scope = {"subject": "", "field": " (records on other fields)", "unknown": ""}[reading.scope]
        shown = f" from {', '.join(reading.records[:3])}" + (" and more" if len(reading.records) > 3 else "")
        newest = f", newest {reading.newest}" if reading.newest else ""
        yield f"  {reading.signpost.ask} -> {ends}{scope}" + (f"{shown}{newest}" if reading.records else "")
    yield f"\n{found.file.about}"
