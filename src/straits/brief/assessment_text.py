"""How assessments look on a terminal: the verdict first, then why, then what is not known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from straits.assess.assessment import CAVEAT, SUPPOSED, Assessment, Part, Result, standing
from straits.assess.derived import Beside, beside, by_step, directions
from straits.assess.instruments import Aim, Recommendation, TradeOff, in_words
from straits.assess.scenarios import ScenarioReading
from straits.assess.sheets import Challenge
from straits.assess.telling import conflicts, unknowns
from straits.assess.weights import Weighing

SHOWN = 8
MOST_STEPS = 4
MOST_FINDINGS = 12


def assessment(found: Assessment, title: str) -> Iterator[str]:
    """The outcomes of every protocol, with the rules that bound them and the unknowns that matter most.

    What the chains say stands beside the judged answers, behind a bar, and is marked as derived.
    """
    yield f"{title}\n"
    yield from _supposed(found)
    yield from _of_a_step(found)
    for result in found.results.values():
        yield from _result(result)
    yield from chains_say(beside(found, sides=directions(found)[:1]))
    if told := unknowns(found):
        titles = {challenge.id: challenge.title for challenge in _challenges(found)}
        yield "What to find out first (an answer that would narrow the outcome):"
        for one in told[:5]:
            concern = f" ({titles[one['challenge']]})" if one["challenge"] else ""
            named = ".".join(part for part in (one["protocol"], one["challenge"], one["question"]) if part)
            yield f"    {named}{concern}: {one['ask']}"
            reason = f" ({one['why_unknown'].rstrip('.')})" if one["why_unknown"] else ""
            whole = "this concern" if one["challenge"] else "this protocol"
            yield (
                f"        now {' or '.join(one['possible']).replace('_', ' ')}{reason}; settling it removes "
                f"{one['removes']:.0%} of what is open in {whole}, on average over its levels"
            )
        yield ""
    if clashes := conflicts(found):
        yield "Rules that contradict each other here:"
        for one in clashes:
            may = "" if one["certain"] else " (on some of the answers still possible)"
            yield f"    {one['protocol']}: {one['rules'][0]} against {one['rules'][1]}{may}"
        yield ""
    yield f"Sources and evidence in full: `straits explain {found.subject} --outcome OUTCOME`, or --json."
    if "four_dimensions" in found.results:
        yield CAVEAT


def chains_say(said: Beside) -> Iterator[str]:
    """What the chains say in the direction that was judged, step by step, the narrowest first."""
    if not said.evidence:
        return
    dependent, provider = said.evidence[0].dependent, said.evidence[0].provider
    yield f"What the chains say ({dependent} depending on {provider}; derived, not judged: changes no level above)"
    steps = by_step(said.evidence, dependent, provider)
    for told in steps[:MOST_STEPS]:
        first = told[0]
        yield f"  | {first.item_name} [{first.chain}, as of {first.as_of or 'no date'}]"
        yield from (f"  |     {one.says}" for one in told if one.finding != "economies_for_75")
    if len(steps) > MOST_STEPS:
        yield f"  | and {len(steps) - MOST_STEPS} more: --json lists all"
    for contrast in said.contrasts:
        yield f"  | {contrast.sentence}"
    yield f"  | {provider} depending on {dependent}, with unknowns and sources of all findings: --json"
    yield ""


def _result(result: Result) -> Iterator[str]:
    sheet = result.sheet
    yield f"{result.protocol.name}{_sides(result)}{_unanswered(result)}"
    if sheet and sheet.about:
        yield f"    {sheet.about}"
    for outcome in result.protocol.outcomes:
        yield f"  {outcome.name}: {result.words(outcome.id)}"
        for part, firing in standing(result, outcome):
            if firing.in_force == "holds":
                yield f"      - {firing.rule.because}{_challenge(part)} [{firing.rule.passage}]"
    yield ""


def _supposed(found: Assessment) -> Iterator[str]:
    """What the reader settled, so that nobody takes it for a finding."""
    told = {
        f"  {'.'.join(filter(None, (name, part.challenge.id if part.challenge else None, question)))} = "
        f"{result.protocol.question(question).scale.words(answer.levels)}"
        for name, result in found.results.items()
        for part in result.parts
        for question, answer in part.answers.items()
        if answer.basis == SUPPOSED
    }
    if told:
        yield "Supposed, not known:"
        yield from sorted(told)
        yield ""


def _of_a_step(found: Assessment) -> Iterator[str]:
    whole, _, step = found.subject.rpartition("/")
    if whole and step and not any(result.sheet for result in found.results.values()):
        yield f"This step has no answers of its own; those of the whole: `straits assess {whole}`\n"


def _challenges(found: Assessment) -> Iterator[Challenge]:
    for result in found.results.values():
        for part in result.parts:
            if part.challenge:
                yield part.challenge


def _sides(result: Result) -> str:
    """Who depends on whom, in words that cannot be read the other way round."""
    for sheet in result.sheets:
        if sheet.dependent and sheet.provider:
            return f" ({sheet.dependent} depending on {sheet.provider})"
    return ""


def _unanswered(result: Result) -> str:
    if result.sheet:
        return ""
    return ": only answers that hold for every subject" if result.common else ": not answered for this subject"


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
        yield f"  No sure leader: {names} may each come first with these weights, as long as the levels are open."
        return
    if not found.flips:
        yield f"  {found.leader.replace('_', ' ')} leads: no other outcome has a weight."
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
    titles = {challenge["challenge"]: challenge["title"] for challenge in found["challenges"]}
    for challenge in found["challenges"]:
        yield f"  {challenge['title']}: {' or '.join(challenge['levels']).replace('_', ' ')}"
    told = {one["id"]: one for one in found["evidence"]}
    yield "Rules in force, and rules that may be:"
    for reason in found["because"]:
        concern = f" ({titles[reason['challenge']]})" if reason["challenge"] else ""
        yield f"  {reason['rule']} [{reason['standing']}]{concern}: {reason['says']}. {reason['because']}"
        yield f"      passage: {reason['passage']['source']}, {reason['passage']['locator']}"
        for answer in reason["answers"]:
            yield from _answer(answer, told)
    if not found["because"]:
        yield "  none: nothing that is known bounds this outcome"
    yield from _nearly(found)
    yield from _derived(found["derived"])
    yield from _open(found, titles)
    for clash in found["conflicts"]:
        yield f"\nContradiction: {clash['rules'][0]} against {clash['rules'][1]}"
    yield "\nSources:"
    for source in found["sources"]:
        yield f"  {source['citation'] or source['id']} ({', '.join(source['used_for'])})"


def _derived(said: dict[str, Any]) -> Iterator[str]:
    """What the chains say on this outcome: finding, method, what follows, unknowns and places, behind a bar."""
    if not said["evidence"]:
        return
    first = said["evidence"][0]
    way = (first["dependent"], first["provider"])
    told = [one for one in said["evidence"] if (one["dependent"], one["provider"]) == way]
    yield f"\nWhat the chains say ({way[0]} depending on {way[1]}; derived, not judged: changes no level above):"
    for one in told[:MOST_FINDINGS]:
        yield f"  | {one['item_name']}: {one['says']} [derived, {one['chain']}, as of {one['as_of'] or 'no date'}]"
        for bearing in one["bears_on"]:
            if bearing["leaves"]:
                levels = " or ".join(bearing["leaves"]).replace("_", " ")
                yield f"  |     leaves {bearing['target'].replace('_', ' ')}: {levels}. {bearing['because'][0]}"
        for unknown in one["unknowns"][:1]:
            yield f"  |     not known: {unknown['what']} ({unknown['matters']})"
        places = "; ".join(f"{place['source']}, {place['locator']}" for place in one["sources"][:2])
        yield f"  |     from {places or 'no source'}; all: {one['command']}"
    if len(told) > MOST_FINDINGS:
        yield f"  | and {len(told) - MOST_FINDINGS} more: --json lists all"
    yield from (f"  | {one['sentence']}" for one in said["contrasts"])


def _nearly(found: dict[str, Any]) -> Iterator[str]:
    if found["nearly"]:
        yield "\nRules that nearly held (one answer is otherwise):"
        for near in found["nearly"]:
            levels = " or ".join(near["but"]["levels"] or []).replace("_", " ")
            yield f"  {near['rule']}: {near['because']}"
            yield f"      but {near['but']['question'].replace('_', ' ')} is {levels}"


def _open(found: dict[str, Any], titles: dict[str, str]) -> Iterator[str]:
    if found["unknowns"]:
        yield "\nUnknown answers that matter, the most useful first:"
        for one in found["unknowns"]:
            concern = f" ({titles[one['challenge']]})" if one["challenge"] else ""
            yield f"  {one['question']}{concern}: {one['ask']}"
            for level, then in one["would"].items():
                ends = "; ".join(f"{o.replace('_', ' ')}: {' or '.join(names)}" for o, names in then.items())
                yield f"      if {level.replace('_', ' ')}: {ends.replace('_', ' ')}"


def _answer(answer: dict[str, Any], told: dict[str, dict[str, Any]]) -> Iterator[str]:
    levels = " or ".join(answer["levels"]) if answer["levels"] else "open"
    basis = answer["basis"] or "unknown"
    because = f": {answer['because']}" if answer["because"] else ""
    place = ", ".join(part for part in (answer["source"], answer["locator"]) if part)
    where = f" [{place}]" if place else ""
    yield f"      {answer['question'].replace('_', ' ')} = {levels.replace('_', ' ')} [{basis}]{because}{where}"
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
        if not result.sheets and not other.sheets:
            continue
        yield result.protocol.name
        rows = [("", *((_sides(one) + _unanswered(one)).strip(" :") for one in (result, other)))]
        rows += [(o.name, result.words(o.id), other.words(o.id)) for o in result.protocol.outcomes]
        yield from _columns(rows)
        yield ""
    for title, one, two in ((titles[0], left, right), (titles[1], right, left)):
        if alone := [r.protocol.name for name, r in one.results.items() if name not in two.results]:
            yield f"Answered for {title} only: {'; '.join(alone)}\n"
    yield CAVEAT


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def recommendation(found: Recommendation, title: str) -> Iterator[str]:
    """Instruments by aim, each with reasons and price; then rules, conflicts, trade-offs and gaps."""
    yield f"{title}: what could be done\n"
    if not found.aims:
        yield (
            "No concern in a dimension and no level of ambition is answered for this subject, or none is feasible; "
            "--dimension or --ambition lists instruments all the same.\n"
        )
    for aim in found.aims:
        yield from _aim(aim)
    held = [one for one in found.advice if one.standing != "for the reader to judge"]
    if held:
        yield "Rules of the sources that hold, or may:"
        for one in held:
            advice = one.advice
            yield f"  {advice.id} [{one.standing}]: {advice.then.note} {advice.because} [{advice.passage}]"
        yield ""
    if found.conflicts:
        yield "Conflicts:"
        for clash in found.conflicts:
            place = ", ".join(part for part in (clash.source, clash.locator) if part)
            yield f"  {clash.instrument} ({clash.kind}): {clash.text} [{place}]"
        yield ""
    for trade in found.tradeoffs:
        yield f"Trade-off: {weighed(trade)} [{trade.passage}]"
    for gap in found.gaps:
        yield f"Gap: {gap}"


def weighed(trade: TradeOff) -> str:
    """A trade-off as a sentence for each dimension it touches, and its conclusion."""
    verbs = {"helps": "Helps", "hurts": "Hurts", "mixed": "Helps and hurts"}
    sides = " ".join(
        f"{verbs[effect.effect]} {in_words(name)}" + (f" ({effect.why.rstrip('.')})." if effect.why else ".")
        for name, effect in trade.dimensions.items()
        if effect.effect in verbs
    )
    return f"{trade.option} {sides} {trade.conclusion}"


def _aim(aim: Aim) -> Iterator[str]:
    yield f"{in_words(aim.id)} ({aim.kind}, {aim.state}): {aim.goal}"
    if aim.price:
        yield f"    at the price of: {aim.price}"
    for one in aim.recommended[:SHOWN]:
        own = (
            f"recommended for this subject: {', '.join(one.here)}"
            if one.here
            else "the chapters on this subject do not name it"
        )
        yield f"  - {one.instrument.name} [{one.instrument.stance}]: {one.instrument.about}"
        reasons = "; ".join(f"{reason.text} [{reason.source}, {reason.locator}]" for reason in one.reasons)
        elsewhere = "nowhere else" if not one.elsewhere else f"recommended elsewhere: {one.elsewhere}"
        yield f"      because {reasons}; {own}; {elsewhere}"
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
        yield (
            f"    signposts point {counts}; {axis.mixed} both ways; {axis.neither} to neither; {axis.unknown} unknown. "
            f"Possible: {' or '.join(axis.possible)}"
        )
    yield "\nScenarios:"
    for one in found.file.scenarios:
        mark = "possible" if one.id in found.possible else "no signpost points there"
        yield f"  {one.name} ({', '.join(one.position.values())}): {mark}. {one.outcome} [{one.passage}]"
    here = sum(reading.scope == "subject" for reading in found.readings)
    yield f"\nSignposts ({here} of {len(found.readings)} rest on records on this subject):"
    for reading in found.readings:
        between = f"neither end: {' and '.join(reading.levels)}" if reading.levels else "unknown"
        ends = " and ".join(reading.points_to) or between
        scope = {"subject": "", "field": " (records on other fields)", "unknown": ""}[reading.scope]
        shown = f" from {', '.join(reading.records[:3])}" + (" and more" if len(reading.records) > 3 else "")
        newest = f", newest {reading.newest}" if reading.newest else ""
        yield f"  {reading.signpost.ask} -> {ends}{scope}" + (f"{shown}{newest}" if reading.records else "")
    yield f"\n{found.file.about}"


def heat_map(rows: Sequence[tuple[str, dict[str, list[str]]]], dimensions: dict[str, str]) -> Iterator[str]:
    """Technologies by dimension; a cell holds a mark for each concern, the levels still possible."""
    head = ("", *dimensions.values())
    cells = [(title, *(", ".join(marks.get(key, [])) or "-" for key in dimensions)) for title, marks in rows]
    yield "Concerns by technology and dimension, 1 to 4 (4 weighs most); one mark a concern, 2-3 means 2 or 3\n"
    yield from _columns([head, *cells])
    yield "\n- : the sources raise no such concern, or nobody has answered it"
    yield CAVEAT
