"""What the chains of production say beside an assessment: derived evidence, told apart and never merged.

The protocols ask how well something can be replaced, who else offers it and whether anyone holds a chokepoint
(*Reverse Dependency*, 2024, chapter 1: technological substitutability, foreign availability; chapter 2: what is on paper
and what is in use).  Where a chain has a step on the subject, the same is computed from the chain, step by step.  It
changes no level.  Where the levels that the chain leaves and the levels that an assessor judged have none in common,
the two are set against each other in a sentence.

>>> from straits.assess.assessment import Assessor
>>> beside(Assessor.shipped().assess("blockchain", "leverage")).evidence
()
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from straits import chains
from straits.assess import says
from straits.assess.assessment import Assessment, Result
from straits.assess.chain_facts import Question
from straits.assess.protocols import Protocol
from straits.assess.readings import ASKED, Bearing, asked, bearings, findings
from straits.chains.denial import Unknown
from straits.chains.model import Chain, Cited
from straits.chains.reading import SHIPPED

USUAL = ("EU27", "CHN")
"""The two sides where nobody has said whose position is judged."""


@dataclass(frozen=True)
class Derived:
    """One finding of a chain on one step, between a dependent and a provider.

    ``value`` holds the numbers (shares from 0 to 1, months, an open end or an unknown is ``None``), ``bears_on`` the
    questions and outcomes it bears on, ``cited`` the records of the chain that it is computed from.
    """

    finding: str
    name: str
    chain: str
    chain_name: str
    as_of: str
    item: str
    item_name: str
    subject: str
    dependent: str
    provider: str
    says: str
    value: Mapping[str, Any]
    method: str
    command: str
    bears_on: tuple[Bearing, ...]
    cited: tuple[Cited, ...]
    question: Question = field(repr=False, compare=False)
    basis: str = "derived"

    @cached_property
    def unknowns(self) -> tuple[Unknown, ...]:
        """What is not known and would change it, the most telling first."""
        return says.unknowns(self.finding, self.question)

    @property
    def id(self) -> str:
        """A name that stays: chain, step, finding and sides."""
        return f"{self.chain}.{self.item}.{self.finding}.{self.dependent}-{self.provider}"

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "id": self.id,
            "finding": self.finding,
            "name": self.name,
            "basis": self.basis,
            "chain": self.chain,
            "chain_name": self.chain_name,
            "as_of": self.as_of or None,
            "item": self.item,
            "item_name": self.item_name,
            "subject": self.subject,
            "dependent": self.dependent,
            "provider": self.provider,
            "says": self.says,
            "value": dict(self.value),
            "method": self.method,
            "command": self.command,
            "bears_on": [_bearing(bearing) for bearing in self.bears_on],
            "unknowns": [{"what": unknown.what, "matters": unknown.matters} for unknown in self.unknowns],
            "sources": [
                {"source": c.source, "locator": c.locator, "basis": c.basis, "evidence": list(c.evidence)}
                for c in self.cited
            ],
        }


def _bearing(bearing: Bearing) -> dict[str, Any]:
    return {
        "protocol": bearing.protocol,
        "target": bearing.target,
        "leaves": None if bearing.open else bearing.scale.names(bearing.levels),
        "because": list(bearing.because),
        "passages": [{"source": p.source, "locator": p.locator} for p in bearing.passages],
    }


@dataclass(frozen=True)
class Contrast:
    """A judged answer and findings that share no level with it.

    ``whole``: no step of the chains leaves a level that was judged; otherwise some steps do and ``derived`` are those
    that come out otherwise.
    """

    derived: tuple[Derived, ...]
    protocol: str
    target: str
    leaves: tuple[str, ...]
    judged: tuple[str, ...]
    whole: bool
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "derived": [one.id for one in self.derived],
            "protocol": self.protocol,
            "target": self.target,
            "chain_leaves": list(self.leaves),
            "judged": list(self.judged),
            "whole": self.whole,
            "sentence": self.sentence,
        }


@dataclass(frozen=True)
class Beside:
    """The derived evidence on a subject, and where it stands against the judged answers."""

    subject: str
    evidence: tuple[Derived, ...] = ()
    contrasts: tuple[Contrast, ...] = ()

    def about(self, protocol: Protocol, outcome: str) -> Beside:
        """What bears on an outcome, or on a question that its rules rest on."""
        wanted = {(protocol.id, name) for name in rests_on(protocol, outcome)}
        return Beside(
            self.subject,
            tuple(one for one in self.evidence if any((b.protocol, b.target) in wanted for b in one.bears_on)),
            tuple(one for one in self.contrasts if (one.protocol, one.target) in wanted),
        )

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "evidence": [one.to_dict() for one in self.evidence],
            "contrasts": [one.to_dict() for one in self.contrasts],
        }


def rests_on(protocol: Protocol, outcome: str) -> set[str]:
    """An outcome, and every question and outcome that its rules rest on.

    >>> sorted(rests_on(asked()["leverage"], "effective_utilisation"))
    ['effective_utilisation', 'enforceability', 'ethical_use']
    """
    found, todo = set[str](), [outcome]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += [
                part for rule in protocol.rules if rule.outcome == name for clause in rule.clauses for part in clause
            ]
    return found


def about(subject: str, among: Iterable[Chain] | None = None) -> list[Chain]:
    """The chains (default: the shipped ones) that have a step on the subject, or on something below it."""
    told = mentioning(subject) if among is None else among
    return [chain for chain in told if steps(chain, subject)]


def mentioning(words: str) -> list[Chain]:
    """The shipped chains in whose files some words stand, each read once; the others need not be read."""
    return [_read(name) for name in chains.ids() if words in _text(name)]


@cache
def _text(name: str) -> str:
    return (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")


@cache
def _read(name: str) -> Chain:
    return chains.load(name)


def steps(chain: Chain, subject: str) -> list[str]:
    """The items of a chain on the subject or on something below it, in the order in which they are made."""
    items = (chain.items[item] for item in chain.order)
    return [item.id for item in items if item.subject == subject or item.subject.startswith(f"{subject}/")]


def beside(
    found: Assessment, among: Iterable[Chain] | None = None, sides: Sequence[tuple[str, str]] | None = None
) -> Beside:
    """The derived evidence on an assessment's subject, both ways, the judged direction first.

    ``among`` are the chains to look at (default: the shipped ones), ``sides`` pairs of dependent and provider
    (default: those of the answered sheets, else the EU and China, and each pair the other way round).
    """
    if not any(name in found.results for name in ASKED):
        return Beside(found.subject)
    pairs = list(sides) if sides is not None else _both_ways(directions(found))
    protocols = {name: result.protocol for name, result in found.results.items()}
    evidence = tuple(findings_on(found.subject, pairs, about(found.subject, among), protocols))
    return Beside(found.subject, evidence, tuple(contrasts(found, evidence)))


def findings_on(
    subject: str,
    sides: Sequence[tuple[str, str]],
    among: Iterable[Chain],
    protocols: Mapping[str, Protocol] | None = None,
) -> Iterator[Derived]:
    """The findings of some chains on a subject, for pairs of dependent and provider, each pair's narrowest step first.

    ``protocols`` are those whose questions they may bear on (default: the shipped ones).
    """
    known = asked() if protocols is None else protocols
    found = [
        one
        for chain in among
        for item in steps(chain, subject)
        for question in Question.both_ways(chain, item, sides)
        for one in derive(question, known)
        if one.bears_on
    ]
    yield from (one for pair in sides for step in by_step(found, *pair) for one in step)


def by_step(evidence: Iterable[Derived], dependent: str, provider: str) -> list[list[Derived]]:
    """The findings of one direction, a list a step.

    Steps that the provider alone can stop come first, then those that most is known of; a step that another chain
    has told already comes after all that are new.
    """
    found: dict[tuple[str, str], list[Derived]] = {}
    for one in evidence:
        if (one.dependent, one.provider) == (dependent, provider):
            found.setdefault((one.chain, one.item), []).append(one)
    ranked = sorted(found.values(), key=_narrowness)
    told: set[str] = set()
    new: list[list[Derived]] = []
    again: list[list[Derived]] = []
    for step in ranked:
        (again if step[0].subject in told else new).append(step)
        told.add(step[0].subject)
    return new + again


def _narrowness(step: Sequence[Derived]) -> tuple[bool, int]:
    alone = any(one.value["provider_alone"] for one in step if one.finding == "smallest_denial")
    return not alone, -sum(not bearing.open for one in step for bearing in one.bears_on)


def directions(found: Assessment) -> list[tuple[str, str]]:
    """Dependent and provider of the sheets that are answered, each pair once."""
    pairs = dict.fromkeys(
        (sheet.dependent, sheet.provider)
        for name in ASKED
        if (result := found.results.get(name)) and (sheet := result.sheet) and sheet.dependent and sheet.provider
    )
    return [(str(one), str(other)) for one, other in pairs] or [USUAL]


def _both_ways(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return list(dict.fromkeys([*pairs, *((other, one) for one, other in pairs)]))


def derive(question: Question, protocols: Mapping[str, Protocol] | None = None) -> Iterator[Derived]:
    """Every finding on one step between two sides; ``protocols`` are those whose questions they may bear on."""
    known = asked() if protocols is None else protocols
    chain, item = question.chain, question.item
    for finding in findings().values():
        sentence, value = says.TELL[finding.id](question)
        if not sentence:
            continue
        yield Derived(
            finding=finding.id,
            name=finding.name,
            chain=chain.id,
            chain_name=chain.name,
            as_of=chain.as_of,
            item=item.id,
            item_name=item.name,
            subject=item.subject,
            dependent=question.dependent,
            provider=question.provider,
            says=sentence,
            value=value,
            method=finding.method,
            command=says.command(finding.id, question),
            bears_on=bearings(finding, question.facts, question.numbers, known),
            cited=tuple(question.cited(says.rests_on(finding.id, question))),
            question=question,
        )


# -- where chain and judgement part ----------------------------------------------------------------------------


def contrasts(found: Assessment, evidence: Iterable[Derived]) -> Iterator[Contrast]:
    """Judged answers against which the chains speak, in the direction that was judged.

    Compared is only what is about the same thing: steps that are the subject of the sheet or a part of it, between
    the sides of the sheet.  A whole is as narrow as its narrowest step (*Reverse Dependency*, chapter 2: a step is
    self-reliant only if all its inputs are), so a step that comes out otherwise does not refute the answer on the
    whole: it does when no step leaves a level that was judged.  An open finding or an unknown answer contradicts
    nothing.
    """
    told = list(evidence)
    for result in found.results.values():
        steps_of = [one for one in told if _same_question(one, result)]
        for target in dict.fromkeys(b.target for one in steps_of for b in _on(one, result)):
            yield from _apart(
                result, target, [(one, b) for one in steps_of for b in _on(one, result) if b.target == target]
            )


def _on(one: Derived, result: Result) -> list[Bearing]:
    return [bearing for bearing in one.bears_on if bearing.protocol == result.protocol.id]


def _same_question(one: Derived, result: Result) -> bool:
    sheet = result.sheet
    if sheet is None or (sheet.dependent, sheet.provider) != (one.dependent, one.provider):
        return False
    return one.subject == sheet.subject or one.subject.startswith(f"{sheet.subject}/")


def _apart(result: Result, target: str, said: Sequence[tuple[Derived, Bearing]]) -> Iterator[Contrast]:
    judged, because = _judged(result, target)
    if judged is None:
        return
    spoken = [(one, bearing) for one, bearing in said if bearing.because]
    against: dict[int, list[tuple[Derived, Bearing]]] = {}
    for one, bearing in spoken:
        if not judged & bearing.levels:
            against.setdefault(bearing.levels, []).append((one, bearing))
    whole = all(not judged & levels for levels in _by_step(said).values())
    for levels, pairs in against.items():
        scale = pairs[0][1].scale
        sentence = _parting(result, target, pairs, scale.words(levels), f"'{scale.words(judged)}'{because}", whole)
        yield Contrast(
            tuple(one for one, _ in pairs), result.protocol.id, target, tuple(scale.names(levels)),
            tuple(scale.names(judged)), whole, sentence,
        )  # fmt: skip


def _by_step(said: Iterable[tuple[Derived, Bearing]]) -> dict[tuple[str, str], int]:
    """What all findings on one step leave of a target's levels."""
    left: dict[tuple[str, str], int] = {}
    for one, bearing in said:
        step = (one.chain, one.item)
        left[step] = left.get(step, bearing.scale.whole) & bearing.levels
    return left


def _parting(
    result: Result, target: str, pairs: Sequence[tuple[Derived, Bearing]], leaves: str, judged: str, whole: bool
) -> str:
    assert result.sheet is not None
    names = list(dict.fromkeys(one.item_name for one, _ in pairs))
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    reason = _lower(pairs[0][1].because[0].rstrip("."))
    topic = target.replace("_", " ")
    if whole:
        return f"On {topic} the chains say '{leaves}' ({listed}: {reason}); the assessor judged {judged}."
    return (
        f"On {topic} the chains say '{leaves}' for {listed} ({reason}); of {result.sheet.subject} as a whole, of which "
        f"{'this is a part' if len(names) == 1 else 'these are parts'}, the assessor judged {judged}."
    )


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _judged(result: Result, target: str) -> tuple[int | None, str]:
    """The levels that stand on a question or an outcome, and the reason; ``None`` when nobody has said anything."""
    (part, *_) = result.parts
    if target in part.answers:
        answer = part.answers[target]
        known = answer.levels != result.protocol.question(target).scale.whole
        return (answer.levels if known else None), (f" ({answer.because.rstrip('.')})" if answer.because else "")
    levels = result.outcomes.get(target)
    known = levels is not None and levels != result.protocol.outcome(target).scale.whole
    return (levels if known else None), " (by the rules, from the answers)"
