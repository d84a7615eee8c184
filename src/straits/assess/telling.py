"""What an assessment says, ready for JSON and for a reader: outcomes, because, unknowns, conflicts, sources.

``plain(assessment, book)`` is the JSON of ``straits assess``.  Computed outcomes, stated facts and judged answers
are kept apart: every answer carries its basis, every rule its passage.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from straits.assess.assessment import Assessment, Assessor, Part, Result, standing
from straits.assess.derived import Beside, Derived, beside
from straits.assess.engine import Firing, Narrowing
from straits.assess.protocols import Passage, shipped
from straits.casebook import questions
from straits.casebook.casebook import Casebook
from straits.vocabulary.errors import StraitsError, nearest


def plain(found: Assessment, book: Casebook, chains: Beside | None = None) -> dict[str, Any]:
    """The JSON of an assessment: see ``docs/reference/json.md``.

    ``chains`` is what the chains say beside it (default: the shipped ones).
    """
    said = beside(found) if chains is None else chains
    return {
        "subject": found.subject,
        "outcomes": {
            name: {outcome.id: result.levels(outcome.id) for outcome in result.protocol.outcomes}
            for name, result in found.results.items()
        },
        "challenges": challenges(found),
        "because": because(found),
        "unknowns": unknowns(found),
        "conflicts": conflicts(found),
        "derived": said.to_dict(),
        "sources": sources(found, book, said=said.evidence),
    }


def because(found: Assessment, outcome: str | None = None) -> list[dict[str, Any]]:
    """The rules that bound each outcome and the answers that they rest on."""
    told = []
    for name, result in found.results.items():
        for goal in result.protocol.outcomes:
            if outcome in (None, goal.id):
                told += [_reason(name, result, part, firing) for part, firing in standing(result, goal)]
    return told


def _reason(name: str, result: Result, part: Part, firing: Firing) -> dict[str, Any]:
    rule = firing.rule
    scale = result.protocol.outcome(rule.outcome).scale
    return {
        "protocol": name,
        "challenge": part.challenge.id if part.challenge else None,
        "outcome": rule.outcome,
        "rule": rule.id,
        "says": scale.words(rule.levels),
        "standing": "in force" if firing.in_force == "holds" else "possible",
        "exception": rule.exception,
        "because": rule.because,
        "passage": _passage(rule.passage),
        "answers": [_answered(result, part, question) for question in _named(firing, result)],
    }


def _named(firing: Firing, result: Result) -> list[str]:
    return list(dict.fromkeys(name for clause in firing.rule.clauses for name in clause))


def _answered(result: Result, part: Part, name: str) -> dict[str, Any]:
    if name in part.answers:
        answer = part.answers[name]
        return {
            "question": name,
            "levels": result.protocol.question(name).scale.names(answer.levels),
            "basis": answer.basis,
            "because": answer.because or None,
            "evidence": list(answer.evidence),
            "source": answer.source if answer.locator else None,
            "locator": answer.locator,
        }
    masks = part.verdict.outcomes
    levels = result.protocol.outcome(name).scale.names(masks[name]) if name in masks else None
    return {
        "question": name,
        "levels": levels,
        "basis": "derived",
        "because": "computed by this protocol's rules",
        "evidence": [],
        "source": None,
        "locator": None,
    }


def nearly(found: Assessment, outcome: str | None = None) -> list[dict[str, Any]]:
    """Rules that would be in force but for one answer: which, and what it is instead."""
    told = []
    for name, result in found.results.items():
        for part in result.parts:
            masks = {q: answer.levels for q, answer in part.answers.items()}
            engine_outcomes = part.verdict.outcomes
            for firing in part.verdict.firings:
                if firing.fires != "not" or outcome not in (None, firing.rule.outcome):
                    continue
                for clause in firing.rule.clauses:
                    known = masks | dict(engine_outcomes)
                    failing = [n for n, mask in clause.items() if n in known and not known[n] & mask]
                    if len(failing) == 1 and len(clause) > 1:
                        told.append(
                            {
                                "protocol": name,
                                "challenge": part.challenge.id if part.challenge else None,
                                "outcome": firing.rule.outcome,
                                "rule": firing.rule.id,
                                "because": firing.rule.because,
                                "but": _answered(result, part, failing[0]),
                            }
                        )
                        break
    return told


def unknowns(found: Assessment, outcome: str | None = None) -> list[dict[str, Any]]:
    """Unknown answers that bear on an outcome (on any, if none is named), the one that would narrow most first."""
    told = []
    for name, result in found.results.items():
        for part in result.parts:
            now = part.verdict.outcomes
            for narrowing in part.narrowings if outcome is None else narrowings_of(outcome, part.narrowings, now):
                would = {
                    level: {o: result.protocol.outcome(o).scale.names(mask) for o, mask in then.items()}
                    for level, then in narrowing.by_level.items()
                }
                question = result.protocol.question(narrowing.question)
                answer = part.answers[narrowing.question]
                told.append(
                    {
                        "protocol": name,
                        "challenge": part.challenge.id if part.challenge else None,
                        "question": question.id,
                        "ask": question.ask,
                        "possible": question.scale.names(answer.levels),
                        "why_unknown": answer.because or None,
                        "taken_from": ".".join(question.taken_from) if question.taken_from else None,
                        "removes": round(narrowing.removed, 6),
                        "removes_at_least": round(narrowing.least, 6),
                        "would": would,
                    }
                )
    return sorted(told, key=lambda one: (-one["removes"], -one["removes_at_least"]))


def narrowings_of(outcome: str, found: Iterable[Narrowing], now: Mapping[str, int]) -> Iterator[Narrowing]:
    """What settling each unknown answer would do to one outcome alone; an answer that would do nothing is left out.

    >>> from straits.assess.engine import Narrowing
    >>> both = Narrowing("q", {"low": {"a": 0b01, "b": 0b11}, "high": {"a": 0b11, "b": 0b11}}, 0.125, 0.0)
    >>> [one.removed for one in narrowings_of("a", [both], {"a": 0b11, "b": 0b11})]
    [0.25]
    >>> list(narrowings_of("b", [both], {"a": 0b11, "b": 0b11}))
    []
    """
    for narrowing in found:
        by_level = {level: {outcome: then[outcome]} for level, then in narrowing.by_level.items() if outcome in then}
        gone = [1 - then[outcome].bit_count() / now[outcome].bit_count() for then in by_level.values()]
        if any(gone):
            yield Narrowing(narrowing.question, by_level, sum(gone) / len(gone), min(gone))


def conflicts(found: Assessment, outcome: str | None = None) -> list[dict[str, Any]]:
    """Rules that contradict each other on these answers, about one outcome or any."""
    return [
        {
            "protocol": name,
            "challenge": part.challenge.id if part.challenge else None,
            "rules": [one, two],
            "certain": always,
            "because": [result.protocol.rule(one).because, result.protocol.rule(two).because],
        }
        for name, result in found.results.items()
        for part in result.parts
        for one, two, always in part.verdict.conflicts
        if outcome in (None, result.protocol.rule(one).outcome)
    ]


def challenges(found: Assessment) -> list[dict[str, Any]]:
    """The single concerns behind an outcome that several of them share."""
    return [
        {
            "protocol": name,
            "outcome": part.challenge.outcome,
            "challenge": part.challenge.id,
            "title": part.challenge.title,
            "levels": result.protocol.outcome(part.challenge.outcome).scale.names(
                part.verdict.outcomes[part.challenge.outcome]
            ),
        }
        for name, result in found.results.items()
        for part in result.parts
        if part.challenge
    ]


def sources(
    found: Assessment, book: Casebook, outcome: str | None = None, said: Iterable[Derived] = ()
) -> list[dict[str, Any]]:
    """The bibliography of an assessment (of one outcome): what rules formalise, what answers and chains rest on."""
    used: dict[str, set[str]] = {}
    for place in (place for one in said for place in one.cited):
        used.setdefault(place.source, set()).add("derived")
    for passage in _passages(found, outcome):
        used.setdefault(passage.source, set()).add("method")
    for result in found.results.values():
        for sheet in result.sheets:
            if sheet.source:
                used.setdefault(sheet.source, set()).add("answers")
        for part in result.parts:
            for answer in part.answers.values():
                for record in answer.evidence:
                    if entry := book.get(record):
                        used.setdefault(entry[1].source, set()).add("evidence")
    citations = book.citations
    return [
        {
            "id": source,
            "citation": citations[source].citation if source in citations else None,
            "used_for": sorted(used[source]),
        }
        for source in sorted(used)
    ]


def _passages(found: Assessment, outcome: str | None) -> Iterable[Passage]:
    for result in found.results.values():
        for goal in result.protocol.outcomes:
            if outcome in (None, goal.id):
                for _, firing in standing(result, goal):
                    yield firing.rule.passage


def explain(found: Assessment, outcome: str, book: Casebook) -> dict[str, Any]:
    """All about one outcome: its range, the rules in force with evidence in full, what nearly held, what is unknown."""
    holders = {
        name: result for name, result in found.results.items() if outcome in {o.id for o in result.protocol.outcomes}
    }
    if not holders:
        for name, protocol in shipped().items():
            if name not in found.results and outcome in {o.id for o in protocol.outcomes}:
                raise StraitsError(
                    f"{outcome} is an outcome of protocol {name}, which has no answers for {found.subject}: "
                    f"`straits assess {found.subject} --protocol {name}` shows what it asks"
                )
        raise nearest(outcome, [o.id for r in found.results.values() for o in r.protocol.outcomes], "outcome")
    about = Assessment(found.subject, holders)
    beside_it = beside(about)
    said = [beside_it.about(result.protocol, outcome) for result in holders.values()]
    reasons = because(about, outcome)
    cited = {record for reason in reasons for answer in reason["answers"] for record in answer["evidence"]}
    return {
        "subject": found.subject,
        "outcome": outcome,
        "outcomes": {name: {outcome: result.levels(outcome)} for name, result in holders.items()},
        "challenges": [c for c in challenges(about) if c["outcome"] == outcome],
        "because": reasons,
        "nearly": nearly(about, outcome),
        "unknowns": unknowns(about, outcome),
        "conflicts": conflicts(about, outcome),
        "evidence": evidence(sorted(cited), book),
        "derived": _merged(said),
        "sources": sources(about, book, outcome, [one for part in said for one in part.evidence]),
    }


def _merged(said: Iterable[Beside]) -> dict[str, Any]:
    """What the chains say on the outcome and on the questions behind it, of every protocol that has it."""
    parts = [part.to_dict() for part in said]
    return {name: [one for part in parts for one in part[name]] for name in ("evidence", "contrasts")}


def evidence(records: Iterable[str], book: Casebook) -> list[dict[str, Any]]:
    """The casebook records that answers name, as a reader checks them."""
    told = []
    for record in records:
        try:
            shown = questions.record(book, record)
        except StraitsError:
            told.append({"id": record, "statement": None, "source": None, "locator": None, "missing": True})
            continue
        statement = getattr(shown, "statement", None) or _statement(getattr(shown, "record", {}))
        told.append(
            {
                "id": record,
                "statement": statement,
                "source": shown.source.citation,
                "locator": shown.locator,
                "missing": False,
            }
        )
    return told


def _statement(fields: Mapping[str, Any]) -> str | None:
    for name in ("statement", "title", "name", "what"):
        if fields.get(name):
            return str(fields[name])
    if "dependent" in fields:
        return f"{fields['dependent']} depends on {fields['provider']}: {fields.get('presence')}, {fields.get('strength')}"
    return None


def _passage(passage: Passage) -> dict[str, str]:
    return {"source": passage.source, "locator": passage.locator}


def marks(assessor: Assessor, subject: str) -> dict[str, list[str]]:
    """The marks of a subject on the heat map: by dimension one entry a concern, such as ``3`` or ``2-3``."""
    if "four_dimensions" not in assessor.answered(subject):
        return {}
    result = assessor.assess(subject, "four_dimensions").results["four_dimensions"]
    found: dict[str, list[str]] = {}
    for part in result.parts:
        if part.challenge:
            name = part.challenge.outcome
            levels = result.protocol.outcome(name).scale.names(part.verdict.outcomes[name])
            found.setdefault(name, []).append(levels[0] if len(levels) == 1 else f"{levels[0]}-{levels[-1]}")
    return {name: sorted(entries, reverse=True) for name, entries in found.items()}
