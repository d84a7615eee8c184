"""An assessment: protocols answered for a subject, worked out by the engine, with reasons, unknowns and sources.

>>> from straits.assess.assessment import Assessor
>>> found = Assessor.shipped().assess("lithography", "chokepoint")
>>> found.subject
'lithography'
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from straits.assess import protocols as protocol_files
from straits.assess import sheets as sheet_files
from straits.assess.engine import Engine, Firing, Narrowing, Verdict
from straits.assess.protocols import Outcome, Protocol, Question, in_order
from straits.assess.scales import Scale
from straits.assess.sheets import ANY, Answer, Challenge, Sheet
from straits.vocabulary.errors import StraitsError, nearest

SUPPOSED = "supposed"  # the basis of an answer that a reader settled to see what follows
EVERY = "every"  # stands for all concerns where one would be named
Supposed = dict[tuple[str | None, str], Answer]  # by concern (``None``: none named) and question
ALWAYS = ("four_dimensions", "leverage", "ambition")
CAVEAT = (
    "Scores rank concerns within one technology. Across technologies they are shown side by side only: a 3 here and "
    "a 3 there were not measured with the same yardstick."
)


@dataclass(frozen=True)
class Part:
    """One run of a protocol: the answers (own and taken over), what they come to, what would narrow it.

    ``challenge`` is set for a protocol that repeats; then only ``outcomes`` of that challenge count.
    """

    answers: Mapping[str, Answer]
    verdict: Verdict
    narrowings: tuple[Narrowing, ...]
    outcomes: tuple[str, ...]
    challenge: Challenge | None = None


@dataclass(frozen=True)
class Result:
    """One protocol for one subject.  ``outcomes`` are the levels still possible, bit masks on the outcome's scale.

    ``sheet`` holds the subject's own answers, ``common`` those that hold for every subject; either may be missing.
    """

    protocol: Protocol
    sheet: Sheet | None
    parts: tuple[Part, ...]
    outcomes: Mapping[str, int]
    common: Sheet | None = None

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """The sheets that this rests on, the subject's own first."""
        return tuple(sheet for sheet in (self.sheet, self.common) if sheet)

    def words(self, outcome: str) -> str:
        """An outcome as a reader says it: ``medium or high``."""
        return self.protocol.outcome(outcome).scale.words(self.outcomes[outcome])

    def levels(self, outcome: str) -> list[str]:
        """The levels of an outcome that are still possible, lowest first."""
        return self.protocol.outcome(outcome).scale.names(self.outcomes[outcome])


@dataclass(frozen=True)
class Assessment:
    """What all answered protocols come to for one subject."""

    subject: str
    results: Mapping[str, Result] = field(default_factory=dict)


class Assessor:
    """Protocols and answer sheets, and the verb ``assess``."""

    def __init__(self, protocols: Mapping[str, Protocol], sheets: Mapping[tuple[str, str], Sheet]) -> None:
        self.protocols = in_order(protocols.values())
        self.sheets = dict(sheets)
        self._engines: dict[str, Engine] = {}

    @classmethod
    def shipped(cls) -> Assessor:
        """The protocols and answers that come with Straits."""
        return _shipped()

    @classmethod
    def open(cls, *own: Path | str, subjects: Collection[str] | None = None) -> Assessor:
        """The shipped ones and, beside them, the reader's folders (each with ``protocols/`` and ``answers/``).

        A reader's sheet for a subject and protocol stands in place of the shipped one.  ``subjects`` are those that a
        casebook knows: a reader's sheet on another one is a :class:`StraitsError`.
        """
        if not own:
            return cls.shipped()
        protocols = dict(protocol_files.shipped())
        for root in map(Path, own):
            if not root.is_dir():
                raise StraitsError(f"no folder {root}: give one with protocols/ and answers/ in it")
            _refuse_what_is_not_read(root)
            if (root / "protocols").is_dir():
                protocols |= {p.id: p for p in map(protocol_files.load, sorted((root / "protocols").glob("*.yaml")))}
        sheets = _shipped_sheets(protocols)
        for root in map(Path, own):
            sheets |= sheet_files.folder(root / "answers", protocols, subjects)
        return cls(protocols, sheets)

    @cached_property
    def subjects(self) -> list[str]:
        """The subjects that have answers."""
        return sorted({subject for subject, _ in self.sheets} - {ANY})

    def engine(self, protocol: str) -> Engine:
        """The engine of a protocol, made on first use."""
        if protocol not in self.protocols:
            raise nearest(protocol, self.protocols, "protocol")
        if protocol not in self._engines:
            self._engines[protocol] = Engine(self.protocols[protocol])
        return self._engines[protocol]

    def answered(self, subject: str) -> list[str]:
        """The protocols that are answered for a subject, each after those it rests on."""
        return [n for n in self.protocols if (subject, n) in self.sheets or (ANY, n) in self.sheets]

    def assess(
        self, subject: str, protocol: str | None = None, settled: Mapping[str, str] | None = None
    ) -> Assessment:
        """Work out one protocol, or all that are answered for the subject (and the main three in any case).

        ``settled`` sets answers for the question "what if we knew": ``{"leverage.substitutability": "low"}``, for one
        concern of a protocol that repeats ``{"four_dimensions.CONCERN.reach": "wide"}``, for all of them
        ``{"four_dimensions.every.reach": "wide"}``; their protocols are worked out too.
        An unknown protocol, concern or question is a :class:`StraitsError`, and so is a supposed answer that the one
        protocol asked for does not rest on; a subject without answers has all open.
        """
        if protocol is not None and protocol not in self.protocols:
            raise nearest(protocol, self.protocols, "protocol")
        fixed = self._settled(settled or {})
        shown = {protocol} if protocol else {*self.answered(subject), *ALWAYS, *fixed}
        wanted = [name for name in self.protocols if name in shown]
        needed = self._with_sources(wanted)
        for name in fixed:
            if name not in needed:
                raise StraitsError(
                    f"{protocol} does not rest on {name}, so supposing {name}.{next(iter(fixed[name]))[1]} changes nothing "
                    f"there: ask for --protocol {name}, or for all protocols"
                )
        results: dict[str, Result] = {}
        for name in needed:
            results[name] = self._work_out(name, subject, results, fixed.get(name, {}))
        return Assessment(subject, {name: results[name] for name in needed if name in wanted})

    def _settled(self, settled: Mapping[str, str]) -> dict[str, Supposed]:
        found: dict[str, Supposed] = {}
        for key, text in settled.items():
            name, _, rest = key.partition(".")
            concern, _, question = rest.rpartition(".")
            if name not in self.protocols:
                raise nearest(name, self.protocols, "protocol")
            if not question:
                raise StraitsError(f"'{key}': write PROTOCOL.QUESTION=LEVEL")
            asked = self.protocols[name].question(question)
            try:
                levels = asked.scale.parse(text)
            except StraitsError as error:
                raise StraitsError(f"{key}: {error}") from error
            answer = Answer(levels, SUPPOSED, because="supposed, not known")
            found.setdefault(name, {})[concern or None, question] = answer
        return found

    def rests_on(self, protocol: str) -> list[str]:
        """A protocol and those that it takes answers from, each after those it rests on itself."""
        if protocol not in self.protocols:
            raise nearest(protocol, self.protocols, "protocol")
        return self._with_sources([protocol])

    def _with_sources(self, wanted: list[str]) -> list[str]:
        needed: set[str] = set()

        def need(name: str) -> None:
            if name not in needed:
                needed.add(name)
                for question in self.protocols[name].questions:
                    if question.taken_from:
                        need(question.taken_from[0])

        for name in wanted:
            need(name)
        return [name for name in self.protocols if name in needed]

    def _work_out(self, name: str, subject: str, results: Mapping[str, Result], settled: Supposed) -> Result:
        protocol = self.protocols[name]
        sheet, shared = self.sheets.get((subject, name)), self.sheets.get((ANY, name))
        common = {q.id: self._answer(name, q, sheet, results) for q in protocol.questions}
        concerns = sheet.challenges if sheet and protocol.repeats else ()
        supposed = self._by_concern(name, subject, concerns, settled)
        if not concerns:
            part = self._run(name, common | supposed[None], None)
            return Result(protocol, sheet, (part,), dict(part.verdict.outcomes), shared)
        parts = []
        for challenge in concerns:
            parts.append(self._run(name, common | dict(challenge.answers) | supposed[challenge.id], challenge))
        outcomes = {}
        for outcome in protocol.outcomes:
            masks = [part.verdict.outcomes[outcome.id] for part in parts if outcome.id in part.outcomes]
            outcomes[outcome.id] = highest(masks, outcome.scale)
        return Result(protocol, sheet, tuple(parts), outcomes, shared)

    def _by_concern(
        self, name: str, subject: str, concerns: Sequence[Challenge], settled: Supposed
    ) -> dict[str | None, dict[str, Answer]]:
        """What is supposed of each concern; of a protocol that is answered once, under ``None``."""
        found: dict[str | None, dict[str, Answer]] = {concern.id: {} for concern in concerns} or {None: {}}
        for (concern, question), answer in settled.items():
            for one in self._meant(name, subject, concerns, concern, question):
                found[one][question] = answer
        return found

    def _meant(
        self, name: str, subject: str, concerns: Sequence[Challenge], concern: str | None, question: str
    ) -> list[str | None]:
        if not concerns:
            if concern not in (None, EVERY):
                raise StraitsError(
                    f"{name}.{concern}.{question}: {subject} has no concerns there: write {name}.{question}"
                )
            return [None]
        resting = [one.id for one in concerns if question in self.engine(name).relevant(one.outcome)]
        if concern == EVERY or (concern is None and len(resting) == 1):
            return [*resting]
        if concern is None:
            raise StraitsError(
                f"{name}.{question}: {subject} has several concerns that rest on it ({', '.join(resting)}): write "
                f"{name}.CONCERN.{question}, or {name}.{EVERY}.{question} for all of them"
            )
        if concern not in {one.id for one in concerns}:
            raise nearest(concern, [one.id for one in concerns], f"concern of {subject} in {name}")
        if concern not in resting:
            raise StraitsError(f"{name}.{concern}.{question}: {concern} does not rest on {question}")
        return [concern]

    def _answer(
        self, protocol: str, question: Question, sheet: Sheet | None, results: Mapping[str, Result]
    ) -> Answer:
        for one in (sheet, self.sheets.get((ANY, protocol))):
            if one and question.id in one.answers:
                return one.answers[question.id]
        if question.taken_from and question.taken_from[0] in results:
            protocol, outcome = question.taken_from
            result = results[protocol]
            return Answer(
                result.outcomes[outcome],
                None if result.outcomes[outcome] == question.scale.whole else "derived",
                because=f"taken over from {protocol}: {result.words(outcome)}",
            )
        return Answer(question.scale.whole, None, because="not answered")

    def _run(self, name: str, answers: Mapping[str, Answer], challenge: Challenge | None) -> Part:
        engine = self.engine(name)
        masks = {question: answer.levels for question, answer in answers.items()}
        verdict = engine.verdict(masks)
        if challenge is None:
            return Part(answers, verdict, tuple(engine.narrowings(masks)), tuple(verdict.outcomes))
        keep = engine.relevant(challenge.outcome)
        about = tuple(f for f in verdict.firings if f.rule.outcome == challenge.outcome)
        below = {*engine.below(challenge.outcome), challenge.outcome}
        clashes = tuple(c for c in verdict.conflicts if engine.protocol.rule(c[0]).outcome in below)
        return Part(
            {q: a for q, a in answers.items() if q in keep},
            Verdict({o: levels for o, levels in verdict.outcomes.items() if o in below}, about, clashes),
            tuple(engine.narrowings(masks, [challenge.outcome])),
            (challenge.outcome,),
            challenge,
        )


@cache
def _shipped() -> Assessor:
    protocols = protocol_files.shipped()
    return Assessor(protocols, sheet_files.folder(sheet_files.SHIPPED, protocols))


def _shipped_sheets(protocols: Mapping[str, Protocol]) -> dict[tuple[str, str], Sheet]:
    """The shipped answers, read with protocols some of which may be the reader's own."""
    try:
        return sheet_files.folder(sheet_files.SHIPPED, protocols)
    except StraitsError as error:
        shipped = protocol_files.shipped()
        own = " or ".join(name for name, one in protocols.items() if name in shipped and one != shipped[name])
        raise StraitsError(
            f"your protocol {own} stands in place of the shipped one, whose answers do not fit it: keep its questions "
            f"and levels, or give yours another id\n{error}"
        ) from error


def _refuse_what_is_not_read(root: Path) -> None:
    """A folder that holds nothing for us, or files that would be passed over, is a slip and not an empty answer."""
    if not any((root / name).is_dir() for name in ("protocols", "answers")):
        raise StraitsError(f"{root} has no folder protocols/ or answers/: `straits new protocol NAME --in {root}`")
    for file in sorted(root.rglob("*.yml")):
        raise StraitsError(f"{file}: is not read: call it {file.stem}.yaml")
    for file in sorted((root / "answers").glob("*.yaml")):
        raise StraitsError(f"{file}: is not read: put it in a folder named after its subject")


def highest(masks: list[int], scale: Scale) -> int:
    """The levels that the highest of several concerns may have; no concern at all leaves the scale open.

    >>> from straits.assess.scales import Scale
    >>> score = Scale(("1", "2", "3", "4"))
    >>> score.names(highest([score.parse("1 or 3"), score.parse("2")], score))
    ['2', '3']
    """
    if not masks:
        return scale.whole
    floor = max((mask & -mask) for mask in masks)
    union = 0
    for mask in masks:
        union |= mask
    return union & ~(floor - 1)


def standing(result: Result, outcome: Outcome) -> list[tuple[Part, Firing]]:
    """The rules on an outcome that are in force, or may be, with the part they belong to."""
    return [
        (part, firing)
        for part in result.parts
        if outcome.id in part.outcomes
        for firing in part.verdict.firings
        if firing.rule.outcome == outcome.id and firing.in_force != "not"
    ]
