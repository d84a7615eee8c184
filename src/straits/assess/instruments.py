"""From an assessment to instruments: by dimension, by level of ambition, by the sources' rules, with price and conflict.

The catalogue, the goals, the rules and the trade-offs are data (``data/instruments.yaml``, ``goals.yaml``,
``advice.yaml``, ``tradeoffs.yaml``).  Every recommendation names its reasons; nothing is weighed in secret: what a
subject's own chapters recommend stands first, then what more chapters recommend, then the alphabet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from straits.assess.assessment import Assessment, Assessor, Part, Result
from straits.assess.protocols import Identifier, Name, Passage, Protocol, shipped
from straits.assess.scales import Scale
from straits.casebook import questions
from straits.casebook.casebook import Casebook
from straits.vocabulary.documents import Document, read, refuse
from straits.vocabulary.errors import StraitsError, nearest

DATA = Path(__file__).parent / "data"
DIMENSIONS = ("supply_resilience", "national_security", "values_sustainability", "competitiveness")
AMBITIONS = ("threat_prevention", "ability_to_deny", "ability_to_act", "curtailment")
CONCERNING = 3  # from this level on a concern without an instrument is a gap, and harm to it a conflict

Dimension = Literal["supply_resilience", "national_security", "values_sustainability", "competitiveness"]
Ambition = Literal["threat_prevention", "ability_to_deny", "ability_to_act", "curtailment"]
Said = str | Passage


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Harm(_Part):
    """A dimension that an instrument hurts, and why a source says so."""

    dimension: Dimension
    why: str
    passage: Passage


class Instrument(_Part):
    """One instrument of the catalogue."""

    id: Identifier
    name: str
    about: str
    type: Name
    stance: Literal["protect", "promote", "partner"]
    serves: list[Dimension] = []
    hurts: list[Harm] = []
    ambition: list[Ambition] = []
    preconditions: list[str] = []
    legal_basis: list[str] = []
    actors: list[str] = []
    time_to_effect: Literal["short", "medium", "long", "unknown"] = "unknown"
    price: str
    recommended: list[Said] = []
    advised_against: list[Said] = []
    passage: Passage
    also: list[Passage] = []


class _Further(_Part):
    type: Name
    passage: Passage


class Goal(_Part):
    """What one wants in a dimension, and the types of instruments that tend to serve it."""

    dimension: Dimension
    goal: Name
    aim: str
    types: list[Name]
    passage: Passage
    further: list[_Further] = []


class AmbitionGoal(_Part):
    """What a level of ambition asks for, by which types and instruments, at what price."""

    ambition: Ambition
    aim: str
    emphasis: list[str]
    strengths: list[str] = []
    types: list[Name]
    instruments: list[Identifier]
    price: str
    passage: Passage
    price_passage: Passage | None = None


class TypeOfInstrument(_Part):
    """A kind of instrument; ``mapped`` when the sources' own table of goals has it."""

    id: Name
    about: str
    mapped: bool
    passage: Passage


class _Caveat(_Part):
    id: Identifier
    text: str
    passage: Passage


class _Goals(_Part):
    ambitions: list[AmbitionGoal]
    caveats: list[_Caveat] = []
    dimensions: list[Goal]
    types: list[TypeOfInstrument]


class _Then(_Part):
    prefer: list[str] = []
    avoid: list[str] = []
    note: str


class Advice(_Part):
    """A rule of the sources about instruments: ``when`` names ``protocol.question_or_outcome``."""

    id: str
    when: dict[str, str] | list[dict[str, str]]
    applies: str | None = None
    then: _Then
    because: str
    passage: Passage
    also: list[Passage] = []
    evidence: list[str] = []


class _Effect(_Part):
    effect: Literal["helps", "hurts", "mixed", "not_treated"]
    why: str | None = None


class TradeOff(_Part):
    """An option that helps one dimension and hurts another, as a source weighs it."""

    id: Identifier
    kind: Literal["worked", "one_line"]
    option: str
    subject: str
    dimensions: dict[Dimension, _Effect]
    conclusion: str
    instruments: list[Identifier] = []
    passage: Passage
    also: list[Passage] = []


class Contradiction(_Part):
    """Sources that disagree about an instrument."""

    id: Identifier
    kind: str
    instruments: list[Identifier]
    question: str
    recommended_by: list[Said]
    advised_against_by: list[Said]
    reason: str


class _TradeOffs(_Part):
    contradictions: list[Contradiction]
    tradeoffs: list[TradeOff]


class _Listed(_Part):
    items: list[Instrument]


class _Rules(_Part):
    items: list[Advice]


@dataclass(frozen=True)
class Catalogue:
    """Instruments, goals, rules and trade-offs, read and checked against each other."""

    instruments: Mapping[str, Instrument]
    goals: Mapping[str, Goal]
    ambitions: Mapping[str, AmbitionGoal]
    types: Mapping[str, TypeOfInstrument]
    advice: tuple[Advice, ...]
    tradeoffs: tuple[TradeOff, ...]
    contradictions: tuple[Contradiction, ...]


@cache
def catalogue(folder: Path = DATA) -> Catalogue:
    """Read the catalogue; every reference to an instrument, type, protocol or level that does not exist is refused."""
    listed = _items(read(folder / "instruments.yaml")).model(_Listed).items
    goals = read(folder / "goals.yaml").model(_Goals)
    rules = _items(read(folder / "advice.yaml"))
    advice = rules.model(_Rules).items
    weighed = read(folder / "tradeoffs.yaml").model(_TradeOffs)
    made = Catalogue(
        {one.id: one for one in listed},
        {one.dimension: one for one in goals.dimensions},
        {one.ambition: one for one in goals.ambitions},
        {one.id: one for one in goals.types},
        tuple(advice),
        tuple(weighed.tradeoffs),
        tuple(weighed.contradictions),
    )
    faults = [*_strangers(made), *(f for n, rule in enumerate(advice) for f in _misnamed(rules, n, rule))]
    if faults:
        refuse(folder / "instruments.yaml", faults)
    return made


def _items(document: Document) -> Document:
    """A file that is a list, as one that holds a list."""
    lines = {("items", *where): line for where, line in document.lines.items()}
    return Document(document.path, {"items": document.data}, lines)


def _strangers(made: Catalogue) -> list[str]:
    """References to instruments or types that are not in the catalogue."""
    types, instruments = set(made.types), set(made.instruments)
    named: list[tuple[str, str, set[str]]] = []
    named += [(f"instrument {one.id}", one.type, types) for one in made.instruments.values()]
    for goal in made.goals.values():
        named += [(f"goal {goal.goal}", t, types) for t in (*goal.types, *(f.type for f in goal.further))]
    for aim in made.ambitions.values():
        named += [(f"ambition {aim.ambition}", t, types) for t in aim.types]
        named += [(f"ambition {aim.ambition}", i, instruments) for i in aim.instruments]
    for rule in made.advice:
        named += [(f"rule {rule.id}", w, types | instruments) for w in (*rule.then.prefer, *rule.then.avoid)]
    named += [(weighed.id, i, instruments) for weighed in made.tradeoffs for i in weighed.instruments]
    named += [(dispute.id, i, instruments) for dispute in made.contradictions for i in dispute.instruments]
    return [
        f"{where}: {nearest(what, sorted(known), 'instrument or type')}"
        for where, what, known in named
        if what not in known
    ]


def _misnamed(document: Document, n: int, rule: Advice) -> list[str]:
    faults = []
    for clause in _clauses(rule):
        for key, text in clause.items():
            try:
                _mask(key, text)
            except StraitsError as error:
                faults.append(document.fault(("items", n, "when", key), str(error)))
    return faults


def _clauses(rule: Advice) -> list[dict[str, str]]:
    return [rule.when] if isinstance(rule.when, dict) else rule.when


def _mask(key: str, text: str) -> int:
    """The levels that a condition ``protocol.question_or_outcome`` allows."""
    name, _, part = key.partition(".")
    protocols = shipped()
    if name not in protocols:
        raise nearest(name, protocols, "protocol")
    scales = _asked(protocols[name])
    if part not in scales:
        raise nearest(part, scales, f"question or outcome of {name}")
    return scales[part].parse(text)


# -- recommending --------------------------------------------------------------------------------------------


class Reason(NamedTuple):
    """Why an instrument is recommended: a short sentence and where it stands."""

    text: str
    source: str
    locator: str


@dataclass(frozen=True)
class Recommended:
    """An instrument with its reasons, the chapters that recommend it for this subject and in all, and its price."""

    instrument: Instrument
    reasons: tuple[Reason, ...]
    here: tuple[str, ...]
    elsewhere: int
    disputed: tuple[str, ...]


@dataclass(frozen=True)
class Aim:
    """What is aimed at: a dimension or a level of ambition, its state (levels, and in words), the goal, what serves it."""

    kind: str
    id: str
    levels: tuple[str, ...]
    state: str
    goal: str
    price: str | None
    recommended: tuple[Recommended, ...]


@dataclass(frozen=True)
class AdviceHeld:
    """A rule of the sources that holds, or may; ``applies`` is a condition that only a reader can judge."""

    advice: Advice
    standing: str


@dataclass(frozen=True)
class Conflict:
    """Two things that cannot both be had: an instrument's harm, a rule against it, or sources that disagree."""

    instrument: str
    kind: str
    text: str
    source: str | None
    locator: str


@dataclass(frozen=True)
class Recommendation:
    """Instruments for a subject, with rules, conflicts, trade-offs and gaps."""

    subject: str
    aims: tuple[Aim, ...]
    advice: tuple[AdviceHeld, ...]
    conflicts: tuple[Conflict, ...]
    tradeoffs: tuple[TradeOff, ...]
    gaps: tuple[str, ...]


def recommend(
    subject: str, assessor: Assessor, book: Casebook, dimension: str | None = None, ambition: str | None = None
) -> Recommendation:
    """What could be done about a subject: for one dimension or level of ambition, or for all that matter.

    All means: every dimension that has a concern in the sources, and every level of ambition that may be feasible.
    """
    made = catalogue()
    if dimension is not None and dimension not in DIMENSIONS:
        raise nearest(dimension, DIMENSIONS, "dimension")
    if ambition is not None and ambition not in AMBITIONS:
        raise nearest(ambition, AMBITIONS, "level of ambition")
    found = _everything(subject, assessor)
    here = {item.id for item in questions.instruments(book, subject)}
    aims = [_for_dimension(made, found, name, here) for name in _dimensions(found, dimension, ambition)]
    aims += [_for_ambition(made, found, name, here) for name in _ambitions(found, dimension, ambition)]
    chosen = {one.instrument.id: one for aim in aims for one in aim.recommended}
    held = advice_held(made, found)
    return Recommendation(
        subject,
        tuple(aims),
        tuple(held),
        tuple(_conflicts(made, found, chosen, held)),
        tuple(t for t in made.tradeoffs if _same_field(t.subject, subject)),
        tuple(_gaps(found, aims)),
    )


def _everything(subject: str, assessor: Assessor) -> Assessment:
    """All protocols that rules ask about."""
    names = {key.partition(".")[0] for rule in catalogue().advice for clause in _clauses(rule) for key in clause}
    results = dict(assessor.assess(subject).results)
    for name in sorted(names - results.keys()):
        results[name] = assessor.assess(subject, name).results[name]
    for name, one in shipped().items():
        if name in results and not _asked(one).items() <= _asked(results[name].protocol).items():
            raise StraitsError(
                f"your protocol {name} stands in place of the shipped one, but has other questions, outcomes or "
                "levels than the rules about instruments speak of: give it another id"
            )
    return Assessment(subject, results)


def _asked(protocol: Protocol) -> dict[str, Scale]:
    """What conditions can speak of: questions and outcomes with their scales."""
    return {q.id: q.scale for q in protocol.questions} | {o.id: o.scale for o in protocol.outcomes}


def _dimensions(found: Assessment, dimension: str | None, ambition: str | None) -> list[str]:
    if dimension or ambition:
        return [dimension] if dimension else []
    result = found.results["four_dimensions"]
    scored = {part.challenge.outcome for part in result.parts if part.challenge}
    levels = {name: max(map(int, result.levels(name))) for name in DIMENSIONS if name in scored}
    return sorted(levels, key=lambda name: (-levels[name], DIMENSIONS.index(name)))


def _ambitions(found: Assessment, dimension: str | None, ambition: str | None) -> list[str]:
    if dimension or ambition:
        return [ambition] if ambition else []
    result = found.results["ambition"]
    return [name for name in AMBITIONS if result.sheet and result.levels(name) != ["not_feasible"]]


def _for_dimension(made: Catalogue, found: Assessment, name: str, here: set[str]) -> Aim:
    goal = made.goals[name]
    reasons: dict[str, list[Reason]] = {}
    further = {one.type: one.passage for one in goal.further}
    for one in made.instruments.values():
        if one.type in goal.types:
            reasons.setdefault(one.id, []).append(
                _reason(f"its type serves the goal '{in_words(goal.goal)}'", goal.passage)
            )
        elif one.type in further:
            reasons.setdefault(one.id, []).append(
                _reason("a chapter uses this type for the dimension", further[one.type])
            )
        if name in one.serves:
            reasons.setdefault(one.id, []).append(_reason("a source says that it helps this dimension", one.passage))
    result = found.results["four_dimensions"]
    return Aim(
        "dimension", name, tuple(result.levels(name)), result.words(name), goal.aim, None,
        _ranked(made, reasons, here),
    )  # fmt: skip


def _for_ambition(made: Catalogue, found: Assessment, name: str, here: set[str]) -> Aim:
    goal = made.ambitions[name]
    reasons: dict[str, list[Reason]] = {}
    for one in made.instruments.values():
        if one.id in goal.instruments:
            reasons.setdefault(one.id, []).append(
                _reason("the sources name it for this level of ambition", goal.passage)
            )
        if name in one.ambition:
            reasons.setdefault(one.id, []).append(_reason("a chapter recommends it at this level", one.passage))
    result = found.results["ambition"]
    return Aim(
        "ambition", name, tuple(result.levels(name)), result.words(name), goal.aim, goal.price,
        _ranked(made, reasons, here),
    )  # fmt: skip


def _ranked(made: Catalogue, reasons: Mapping[str, list[Reason]], here: set[str]) -> tuple[Recommended, ...]:
    disputes: dict[str, list[str]] = {}
    for dispute in made.contradictions:
        for name in dispute.instruments:
            disputes.setdefault(name, []).append(dispute.id)
    ranked = []
    for name, why in reasons.items():
        one = made.instruments[name]
        records = [item for item in one.recommended if isinstance(item, str)]
        own = tuple(item for item in records if item in here)
        ranked.append(Recommended(one, tuple(why), own, len(records) - len(own), tuple(disputes.get(name, ()))))
    return tuple(sorted(ranked, key=lambda r: (-len(r.here), -r.elsewhere, r.instrument.id)))


def advice_held(made: Catalogue, found: Assessment) -> list[AdviceHeld]:
    """The sources' rules that hold here, that may, and those whose condition only a reader can judge."""
    told = []
    for rule in made.advice:
        clauses = _clauses(rule)
        if not clauses:
            told.append(AdviceHeld(rule, "for the reader to judge"))
            continue
        standings = {_standing(clause, found) for clause in clauses}
        if "holds" in standings:
            told.append(AdviceHeld(rule, "holds"))
        elif "may" in standings:
            told.append(AdviceHeld(rule, "may hold"))
    return told


def _standing(clause: Mapping[str, str], found: Assessment) -> str:
    """``holds`` when one set of answers meets all conditions for sure, ``may`` when one could, else ``not``."""
    standings = ["holds"]
    for name in {key.partition(".")[0] for key in clause}:
        conditions = {
            key.partition(".")[2]: _mask(key, text) for key, text in clause.items() if key.startswith(f"{name}.")
        }
        result = found.results[name]
        if result.sheet is None and not any(
            _is_known(key, result, part) for key in conditions for part in result.parts
        ):
            return "not"  # nobody has looked: a rule that might hold for anything says nothing
        per_part = [_part_standing(conditions, result, part) for part in result.parts]
        standings.append("holds" if "holds" in per_part else "may" if "may" in per_part else "not")
    return "not" if "not" in standings else "may" if "may" in standings else "holds"


def _is_known(name: str, result: Result, part: Part) -> bool:
    """Whether anything is known of a question or outcome."""
    if name in result.outcomes:
        return result.outcomes[name] != result.protocol.outcome(name).scale.whole
    return part.answers[name].basis is not None


def _part_standing(conditions: Mapping[str, int], result: Result, part: Part) -> str:
    standing = "holds"
    for name, mask in conditions.items():
        if name in result.outcomes:
            levels = result.outcomes[name]
        elif name in part.answers:
            levels = part.answers[name].levels
        else:
            return "not"
        if not levels & mask:
            return "not"
        if levels & ~mask:
            standing = "may"
    return standing


def _conflicts(
    made: Catalogue, found: Assessment, chosen: Mapping[str, Recommended], held: list[AdviceHeld]
) -> list[Conflict]:
    told = []
    dimensions = found.results["four_dimensions"]
    for name, one in chosen.items():
        for harm in one.instrument.hurts:
            weight = f" (concern here: {dimensions.words(harm.dimension)})" if dimensions.sheet else ""
            text = f"hurts {in_words(harm.dimension)}{weight}: {harm.why}"
            told.append(Conflict(name, "hurts a dimension", text, harm.passage.source, harm.passage.locator))
        for rule in held:
            if rule.standing != "for the reader to judge" and {name, one.instrument.type} & set(
                rule.advice.then.avoid
            ):
                passage = rule.advice.passage
                text = f"rule {rule.advice.id} ({rule.standing}) advises against it: {rule.advice.because}"
                told.append(Conflict(name, "a rule against it", text, passage.source, passage.locator))
    for dispute in made.contradictions:
        for name in dispute.instruments:
            if name in chosen:
                first = next((p for p in dispute.advised_against_by if isinstance(p, Passage)), None)
                source, locator = (
                    (first.source, first.locator) if first else ("", ", ".join(map(str, dispute.advised_against_by)))
                )
                told.append(
                    Conflict(name, "sources disagree", f"{dispute.question} {dispute.reason}", source, locator)
                )
    return sorted(told, key=lambda c: (c.kind, c.instrument))


def _gaps(found: Assessment, aims: list[Aim]) -> list[str]:
    """Concerns that weigh much and for which the subject's own chapters recommend nothing."""
    told = []
    result = found.results["four_dimensions"]
    for aim in aims:
        if aim.kind != "dimension" or any(one.here for one in aim.recommended):
            continue
        titles = [p.challenge.title for p in result.parts if p.challenge and p.challenge.outcome == aim.id]
        treated = bool(titles) or aim.state != "unknown"
        if treated and max(map(int, aim.levels)) >= CONCERNING:
            may = "" if min(map(int, aim.levels)) >= CONCERNING else " (a concern that may weigh much)"
            told.append(
                f"{in_words(aim.id)}{may}: no instrument for it is recommended in the chapters on this subject"
                + (f" (concern: {'; '.join(titles)})" if titles else "")
            )
    return told


def _same_field(one: str, other: str) -> bool:
    return one.partition("/")[0] == other.partition("/")[0]


def _reason(text: str, passage: Passage) -> Reason:
    return Reason(text, passage.source, passage.locator)


def in_words(name: str) -> str:
    """The id of a dimension, goal or level of ambition as a reader says it."""
    return "values and sustainability" if name == "values_sustainability" else name.replace("_", " ")


def plain(found: Recommendation) -> dict[str, Any]:
    """The JSON of ``straits instruments``."""
    return {
        "subject": found.subject,
        "aims": [
            {
                "kind": aim.kind,
                "id": aim.id,
                "levels": list(aim.levels),
                "goal": aim.goal,
                "price": aim.price,
                "instruments": [_instrument(one) for one in aim.recommended],
            }
            for aim in found.aims
        ],
        "advice": [
            {
                "rule": held.advice.id,
                "standing": held.standing,
                "applies": held.advice.applies,
                "prefer": held.advice.then.prefer,
                "avoid": held.advice.then.avoid,
                "note": held.advice.then.note,
                "because": held.advice.because,
                "passage": {"source": held.advice.passage.source, "locator": held.advice.passage.locator},
            }
            for held in found.advice
        ],
        "conflicts": [vars(conflict) for conflict in found.conflicts],
        "tradeoffs": [
            {
                "id": one.id,
                "option": one.option,
                "dimensions": {name: effect.model_dump() for name, effect in one.dimensions.items()},
                "conclusion": one.conclusion,
                "passage": {"source": one.passage.source, "locator": one.passage.locator},
            }
            for one in found.tradeoffs
        ],
        "gaps": list(found.gaps),
    }


def _instrument(one: Recommended) -> dict[str, Any]:
    what = one.instrument
    return {
        "id": what.id,
        "name": what.name,
        "about": what.about,
        "type": what.type,
        "stance": what.stance,
        "price": what.price,
        "preconditions": what.preconditions,
        "legal_basis": what.legal_basis,
        "actors": what.actors,
        "time_to_effect": what.time_to_effect,
        "reasons": [reason._asdict() for reason in one.reasons],
        "recommended_here": list(one.here),
        "recommended_elsewhere": one.elsewhere,
        "disputed": list(one.disputed),
    }
