"""A protocol: a questionnaire with scales and rules, as data.

How a judgement is reached stands in a file that a reader can check against the passage it formalises.  Rules are
monotone bounds on an outcome, or explicit exceptions.  The engine (:mod:`straits.assess.engine`) knows nothing of
their content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from straits.assess.scales import Scale
from straits.vocabulary.documents import Document, Where, read, refuse
from straits.vocabulary.errors import StraitsError, nearest

SHIPPED = Path(__file__).parent / "data" / "protocols"

Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:_[a-z0-9]+)*$")]
Level = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:_[a-z0-9]+)*$")]
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$")]
Sentence = Annotated[str, Field(min_length=12)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Passage(_Part):
    """Where a text says what a question, outcome or rule formalises."""

    source: Annotated[str, Field(min_length=2)]
    locator: Annotated[str, Field(min_length=2)]

    def __str__(self) -> str:
        return f"{self.source}, {self.locator}"


class _Scale(_Part):
    unordered: Annotated[list[Level], Field(min_length=2)]


def _kind_of_scale(scale: object) -> str:
    return "<levels>" if isinstance(scale, list) else "<classes>" if isinstance(scale, dict | _Scale) else "<name>"


# The tags keep a fault to the branch that was meant: see ``files.Document``.
_Listed = Annotated[Annotated[list[Level], Field(min_length=2)], Tag("<levels>")]
_Classes = Annotated[_Scale, Tag("<classes>")]
Levels = Annotated[_Listed | _Classes, Discriminator(_kind_of_scale)]
NameOrLevels = Annotated[Annotated[str, Tag("<name>")] | _Listed | _Classes, Discriminator(_kind_of_scale)]


class QuestionData(_Part):
    """A question as the file writes it."""

    id: Name
    ask: Sentence
    scale: NameOrLevels
    guidance: dict[str, str]
    passage: Passage
    taken_from: str | None = None


class OutcomeData(_Part):
    """An outcome as the file writes it."""

    id: Name
    name: Annotated[str, Field(min_length=1)]
    scale: NameOrLevels
    passage: Passage


def _listed(when: object) -> object:
    return [when] if isinstance(when, dict) else when


class RuleData(_Part):
    """A rule as the file writes it."""

    id: Identifier
    when: Annotated[list[dict[str, str]], BeforeValidator(_listed), Field(min_length=1)]
    then: Annotated[dict[str, str], Field(min_length=1, max_length=1)]
    because: Sentence
    passage: Passage
    exception: bool = False
    overrides: list[Identifier] = []


class ProtocolData(_Part):
    """A protocol as the file writes it."""

    id: Name
    name: Annotated[str, Field(min_length=1)]
    about: Sentence
    version: Annotated[int, Field(ge=1)]
    sides: Literal["dependent", "provider", "both", "none"] = "none"
    sources: Annotated[list[str], Field(min_length=1)]
    scales: dict[str, Levels] = {}
    questions: Annotated[list[QuestionData], Field(min_length=1)]
    outcomes: Annotated[list[OutcomeData], Field(min_length=1)]
    repeats: Literal["challenge"] | None = None
    rules: Annotated[list[RuleData], Field(min_length=1)]


@dataclass(frozen=True)
class Question:
    """Something an analyst answers, on a scale; ``taken_from`` is ``(protocol, outcome)`` or ``None``."""

    id: str
    ask: str
    scale: Scale
    guidance: Mapping[str, str]
    passage: Passage
    taken_from: tuple[str, str] | None = None


@dataclass(frozen=True)
class Outcome:
    """Something a protocol concludes, on a scale."""

    id: str
    name: str
    scale: Scale
    passage: Passage


@dataclass(frozen=True)
class Rule:
    """When one of ``clauses`` holds (name -> set of levels, all of them), the outcome lies in ``levels``."""

    id: str
    clauses: tuple[Mapping[str, int], ...]
    outcome: str
    levels: int
    because: str
    passage: Passage
    exception: bool = False
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Protocol:
    """A questionnaire with scales and rules.  ``outcomes`` stand so that each follows those it rests on."""

    id: str
    name: str
    about: str
    version: int
    sides: str
    sources: tuple[str, ...]
    questions: tuple[Question, ...]
    outcomes: tuple[Outcome, ...]
    rules: tuple[Rule, ...]
    repeats: str | None
    digest: str

    def question(self, name: str) -> Question:
        """One question; an unknown name is an error with the nearest known ones."""
        for question in self.questions:
            if question.id == name:
                return question
        raise nearest(name, [q.id for q in self.questions], f"question of {self.id}")

    def outcome(self, name: str) -> Outcome:
        """One outcome; an unknown name is an error with the nearest known ones."""
        for outcome in self.outcomes:
            if outcome.id == name:
                return outcome
        raise nearest(name, [o.id for o in self.outcomes], f"outcome of {self.id}")

    def rule(self, name: str) -> Rule:
        """One rule; an unknown id is an error with the nearest known ones."""
        for rule in self.rules:
            if rule.id == name:
                return rule
        raise nearest(name, [r.id for r in self.rules], f"rule of {self.id}")


def load(path: Path) -> Protocol:
    """Read and check one protocol file; all faults in one :class:`StraitsError` with file, line and field."""
    document = read(path)
    data = document.model(ProtocolData)
    return _Check(document, data).protocol()


@cache
def shipped() -> dict[str, Protocol]:
    """The protocols that come with Straits, by id."""
    return folder(SHIPPED)


def folder(path: Path) -> dict[str, Protocol]:
    """All protocols of a folder, by id, each after those it takes answers from."""
    if not path.is_dir():
        raise StraitsError(f"no folder of protocols {path}: `straits new protocol NAME` writes one to start from")
    found = [load(file) for file in sorted(path.glob("*.yaml"))]
    return in_order(found)


def in_order(protocols: Iterable[Protocol]) -> dict[str, Protocol]:
    """Protocols by id, each after those whose outcomes answer its questions."""
    by_id = {protocol.id: protocol for protocol in protocols}
    placed: dict[str, Protocol] = {}

    def place(protocol: Protocol, above: tuple[str, ...]) -> None:
        if protocol.id in placed:
            return
        if protocol.id in above:
            raise StraitsError(
                f"protocols take answers from each other in a circle: {' -> '.join((*above, protocol.id))}"
            )
        for question in protocol.questions:
            if question.taken_from is None:
                continue
            name, outcome = question.taken_from
            if name in by_id:
                source = by_id[name].outcome(outcome)
                if source.scale.levels != question.scale.levels:
                    raise StraitsError(
                        f"{protocol.id}: {question.id} takes its answer from {name}.{outcome}, whose levels are "
                        f"{', '.join(source.scale.levels)}, not {', '.join(question.scale.levels)}"
                    )
                place(by_id[name], (*above, protocol.id))
            else:
                raise nearest(name, by_id, f"protocol that {protocol.id}.{question.id} takes its answer from")
        placed[protocol.id] = protocol

    for name in sorted(by_id):
        place(by_id[name], ())
    return placed


class _Check:
    """What a model cannot check: names, levels, directions, circles."""

    def __init__(self, document: Document, data: ProtocolData) -> None:
        self.document = document
        self.data = data
        self.faults: list[str] = []
        self.scales: dict[str, Scale] = {}

    def fault(self, where: Where, what: str) -> None:
        self.faults.append(self.document.fault(where, what))

    def protocol(self) -> Protocol:
        data = self.data
        if data.id != self.document.path.stem:
            self.fault(("id",), f"is '{data.id}', but the file is {self.document.path.name}: make them the same")
        named = {name: self._levels(levels, ("scales", name)) for name, levels in data.scales.items()}
        questions = tuple(self._question(q, n, named) for n, q in enumerate(data.questions))
        outcomes = tuple(self._outcome(o, n, named) for n, o in enumerate(data.outcomes))
        for n, outcome in enumerate(outcomes if data.repeats else ()):
            if not outcome.scale.ordered:
                self.fault(("outcomes", n, "scale"), "has no order, so that no challenge can be the highest: "
                           "write a list of levels, or leave out repeats")  # fmt: skip
        self._unique(
            [("questions", n, q.id) for n, q in enumerate(questions)]
            + [("outcomes", n, o.id) for n, o in enumerate(outcomes)]
        )
        self._unique([("rules", n, r.id) for n, r in enumerate(data.rules)])
        parts: list[Question | Outcome] = [*questions, *outcomes]
        self.scales = {part.id: part.scale for part in parts}
        rules = tuple(rule for n, r in enumerate(data.rules) if (rule := self._rule(r, n, {o.id for o in outcomes})))
        if not self.faults:
            self._overrides(rules)
            self._unused(questions, outcomes, rules)
            self._directions(rules)
            outcomes = self._ordered(outcomes, rules)
        if self.faults:
            refuse(self.document.path, self.faults)
        return Protocol(
            id=data.id, name=data.name, about=data.about, version=data.version, sides=data.sides,
            sources=tuple(data.sources), questions=questions, outcomes=outcomes, rules=rules, repeats=data.repeats,
            digest=hashlib.sha256(self.document.path.read_bytes()).hexdigest()[:12],
        )  # fmt: skip

    def _levels(self, levels: Any, where: Where) -> Scale:
        listed = levels.unordered if isinstance(levels, _Scale) else levels
        if len(set(listed)) < len(listed):
            self.fault(where, "a level is written twice")
        if "unknown" in listed:
            self.fault(where, "'unknown' is no level: it is the answer that nobody has; choose another word")
        return Scale(tuple(listed), ordered=not isinstance(levels, _Scale))

    def _scale(self, scale: Any, named: dict[str, Scale], where: Where) -> Scale:
        if not isinstance(scale, str):
            return self._levels(scale, where)
        if scale in named:
            return named[scale]
        self.fault((*where, "scale"), str(nearest(scale, named or ["(none)"], "scale")))
        return Scale(("no", "yes"))

    def _question(self, data: QuestionData, n: int, named: dict[str, Scale]) -> Question:
        where: Where = ("questions", n)
        scale = self._scale(data.scale, named, where)
        for level in scale.levels:
            if level not in data.guidance:
                self.fault((*where, "guidance"), f"does not say when the answer is '{level}'")
        for level in data.guidance:
            if level not in scale.levels:
                self.fault((*where, "guidance", level), str(nearest(level, scale.levels, "level")))
        taken = None
        if data.taken_from is not None:
            protocol, _, outcome = data.taken_from.partition(".")
            taken = (protocol, outcome)
            if not outcome:
                self.fault((*where, "taken_from"), f"is '{data.taken_from}': write PROTOCOL.OUTCOME")
        self._cited(data.passage, (*where, "passage"))
        return Question(data.id, data.ask, scale, data.guidance, data.passage, taken)

    def _outcome(self, data: OutcomeData, n: int, named: dict[str, Scale]) -> Outcome:
        self._cited(data.passage, ("outcomes", n, "passage"))
        return Outcome(data.id, data.name, self._scale(data.scale, named, ("outcomes", n)), data.passage)

    def _cited(self, passage: Passage, where: Where) -> None:
        if passage.source not in self.data.sources:
            self.fault((*where, "source"), f"'{passage.source}' is not among the protocol's sources")

    def _unique(self, named: list[tuple[str, int, str]]) -> None:
        seen: set[str] = set()
        for kind, n, name in named:
            if name in seen:
                self.fault((kind, n, "id"), f"'{name}' is used twice")
            seen.add(name)

    def _rule(self, data: RuleData, n: int, outcomes: set[str]) -> Rule | None:
        where: Where = ("rules", n)
        before = len(self.faults)
        clauses = []
        for clause in data.when:
            if not clause:
                self.fault((*where, "when"), "has no condition: name at least one question")
            clauses.append({name: self._literal(name, text, (*where, "when", name)) for name, text in clause.items()})
        ((outcome, text),) = data.then.items()
        if outcome not in outcomes:
            self.fault((*where, "then"), str(nearest(outcome, sorted(outcomes), "outcome")))
        levels = self._literal(outcome, text, (*where, "then", outcome)) if outcome in outcomes else 0
        if any(outcome in clause for clause in clauses):
            self.fault((*where, "when"), f"rests on '{outcome}', which the rule itself concludes")
        if data.overrides and not data.exception:
            self.fault(
                (*where, "overrides"), "only an exception takes other rules out of force: write exception: true"
            )
        self._cited(data.passage, (*where, "passage"))
        if len(self.faults) > before:
            return None
        return Rule(data.id, tuple(clauses), outcome, levels, data.because, data.passage, data.exception,
                    tuple(data.overrides))  # fmt: skip

    def _literal(self, name: str, text: str, where: Where) -> int:
        if name not in self.scales:
            self.fault(where, str(nearest(name, self.scales, "question or outcome")))
            return 0
        scale = self.scales[name]
        try:
            mask = scale.parse(text)
        except StraitsError as error:
            self.fault(where, str(error))
            return 0
        if mask in (0, scale.whole):
            self.fault(where, f"'{text}' {'excludes every level' if not mask else 'excludes nothing'}")
        return mask

    def _overrides(self, rules: tuple[Rule, ...]) -> None:
        by_id = {rule.id: rule for rule in rules}
        for n, rule in enumerate(rules):
            for other in rule.overrides:
                if other not in by_id:
                    self.fault(("rules", n, "overrides"), str(nearest(other, by_id, "rule")))
                elif by_id[other].outcome != rule.outcome:
                    self.fault(("rules", n, "overrides"), f"'{other}' speaks of another outcome")
        if not self.faults:
            for n, rule in enumerate(rules):
                if _reaches(rule, rule.id, by_id):
                    self.fault(("rules", n, "overrides"), "overrides itself in a circle")

    def _unused(
        self, questions: tuple[Question, ...], outcomes: tuple[Outcome, ...], rules: tuple[Rule, ...]
    ) -> None:
        used = {name for rule in rules for clause in rule.clauses for name in clause}
        for n, question in enumerate(questions):
            if question.id not in used:
                self.fault(("questions", n, "id"), f"no rule uses '{question.id}': add a rule or drop the question")
        told = {rule.outcome for rule in rules}
        for n, outcome in enumerate(outcomes):
            if outcome.id not in told:
                self.fault(("outcomes", n, "id"), f"no rule speaks of '{outcome.id}'")

    def _directions(self, rules: tuple[Rule, ...]) -> None:
        """Bounds are monotone: over all rules of an outcome a question pushes it one way only."""
        pushes: dict[tuple[str, str], tuple[int, str]] = {}
        for n, rule in enumerate(rules):
            if rule.exception:
                continue
            for clause in rule.clauses:
                for name, mask in clause.items():
                    if not self.scales[name].ordered:
                        continue
                    push = self.scales[name].direction(mask) * self.scales[rule.outcome].direction(rule.levels)
                    if not self.scales[rule.outcome].ordered:
                        self.fault(
                            ("rules", n),
                            f"'{rule.id}' is no bound, because the levels of '{rule.outcome}' have no order: "
                            "say exception: true",
                        )
                        break
                    if push == 0:
                        self.fault(
                            ("rules", n),
                            f"'{rule.id}' is no monotone bound: write '{name}' and '{rule.outcome}' as 'at least' or "
                            "'at most', or say exception: true",
                        )
                        continue
                    earlier, other = pushes.setdefault((rule.outcome, name), (push, rule.id))
                    if earlier != push:
                        self.fault(
                            ("rules", n),
                            f"'{rule.id}' and '{other}' push '{rule.outcome}' in opposite directions as '{name}' "
                            "rises: one of them is an exception (exception: true) or wrong",
                        )

    def _ordered(self, outcomes: tuple[Outcome, ...], rules: tuple[Rule, ...]) -> tuple[Outcome, ...]:
        by_id = {outcome.id: outcome for outcome in outcomes}
        needs: dict[str, set[str]] = {outcome.id: set() for outcome in outcomes}
        for rule in rules:
            needs[rule.outcome] |= {name for clause in rule.clauses for name in clause if name in by_id}
        placed: list[Outcome] = []
        while len(placed) < len(outcomes):
            ready = [o for o in outcomes if o not in placed and all(by_id[name] in placed for name in needs[o.id])]
            if not ready:
                left = [o.id for o in outcomes if o not in placed]
                self.fault(("outcomes",), f"rest on each other in a circle: {', '.join(left)}")
                return outcomes
            placed.append(ready[0])
        return tuple(placed)


def _reaches(rule: Rule, target: str, by_id: dict[str, Rule], seen: frozenset[str] = frozenset()) -> bool:
    for other in rule.overrides:
        if other == target:
            return True
        if other not in seen and _reaches(by_id[other], target, by_id, seen | {other}):
            return True
    return False
