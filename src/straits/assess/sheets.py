"""Answer sheets: what is answered to a protocol for one subject, from which evidence, by whom.

A sheet is a file.  A question that it leaves out is unknown; one that it names as unknown says why.  A protocol that
repeats (several challenges in one dimension) is answered challenge by challenge.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from straits.assess.protocols import Protocol, Question
from straits.casebook.records import check_period
from straits.vocabulary.documents import Document, Where, read, refuse
from straits.vocabulary.errors import StraitsError, nearest

SHIPPED = Path(__file__).parent / "data" / "answers"
ANY = "any"  # the folder of answers that hold for every subject unless its own sheet says otherwise
BASES = ("stated", "derived", "judged")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class AnswerData(_Part):
    """An answer as the file writes it."""

    levels: str | None = None
    unknown: str | None = None
    basis: Literal["stated", "derived", "judged"] | None = None
    evidence: list[str] = []
    locator: str | None = None
    because: str | None = None


def _short(answer: object) -> object:
    """``question: high`` is allowed for a first draft; it has neither evidence nor reason and says so."""
    return {"levels": answer} if isinstance(answer, str) else answer


Answers = dict[str, Annotated[AnswerData, BeforeValidator(_short)]]


class ChallengeData(_Part):
    """A challenge as the file writes it."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$")]
    title: Annotated[str, Field(min_length=3)]
    outcome: str
    answers: Answers = {}


class SheetData(_Part):
    """A sheet as the file writes it."""

    protocol: str
    subject: str
    dependent: str | None = None
    provider: str | None = None
    about: str | None = None
    technical: str | None = None
    country: str | None = None
    date: str | None = None
    source: str | None = None
    blind: Literal["yes", "partly", "no"] = "yes"
    answers: Answers = {}
    challenges: list[ChallengeData] = []


@dataclass(frozen=True)
class Answer:
    """One answer: ``levels`` still possible (bit mask on the question's scale), from what and why.

    ``basis`` is stated, derived or judged; ``None`` for an unknown, which has its reason in ``because``.
    ``evidence`` are ids of casebook records; ``locator`` is a place in ``source``, the source of the sheet.
    """

    levels: int
    basis: str | None = None
    evidence: tuple[str, ...] = ()
    locator: str | None = None
    because: str = ""
    source: str | None = None


@dataclass(frozen=True)
class Challenge:
    """One scored concern in one dimension, with its own answers."""

    id: str
    title: str
    outcome: str
    answers: Mapping[str, Answer]


@dataclass(frozen=True)
class Sheet:
    """The answers to one protocol for one subject; ``technical`` and ``country`` are the assessors' two roles.

    ``blind`` says whether those who answered had seen a published judgement of the same: yes (not seen), partly, no.
    """

    protocol: str
    subject: str
    dependent: str | None = None
    provider: str | None = None
    about: str | None = None
    technical: str | None = None
    country: str | None = None
    date: str | None = None
    source: str | None = None
    blind: str = "yes"
    answers: Mapping[str, Answer] = field(default_factory=dict)
    challenges: tuple[Challenge, ...] = ()

    def every_answer(self) -> list[Answer]:
        """All answers, those of challenges too."""
        return [*self.answers.values(), *(a for c in self.challenges for a in c.answers.values())]


def load(path: Path, protocols: Mapping[str, Protocol]) -> Sheet:
    """Read and check one sheet against its protocol; all faults in one :class:`StraitsError`."""
    document = read(path, f"{path.parent.name}/{path.name}")
    data = document.model(SheetData)
    if data.protocol not in protocols:
        raise StraitsError(document.fault(("protocol",), str(nearest(data.protocol, protocols, "protocol"))))
    return _Check(document, data, protocols[data.protocol]).sheet()


def folder(
    path: Path, protocols: Mapping[str, Protocol], subjects: Collection[str] | None = None
) -> dict[tuple[str, str], Sheet]:
    """All sheets of a folder, by subject (the folder's name, for a step two folders) and protocol.

    A subject that is not one of ``subjects`` (``None``: any will do) would never be asked for: an error.
    """
    found: dict[tuple[str, str], Sheet] = {}
    if path.is_dir():
        for file in sorted(path.rglob("*.yaml")):
            sheet = load(file, protocols)
            subject = file.parent.relative_to(path).as_posix()
            if file.stem != sheet.protocol:
                raise StraitsError(f"{subject}/{file.name}: answers protocol '{sheet.protocol}': name it so")
            if subject not in (sheet.subject, *_above(sheet.subject)):
                raise StraitsError(
                    f"{subject}/{file.name}: answers for '{sheet.subject}', but lies in the folder '{subject}': "
                    "make them the same"
                )
            if subjects is not None and subject != ANY and subject not in subjects:
                raise StraitsError(
                    f"{subject}/{file.name}: {nearest(subject, subjects, 'subject in the casebook')} Name the folder so; a "
                    "subject of your own stands in your casebook (--casebook)"
                )
            if subject == ANY and sheet.challenges:
                raise StraitsError(
                    f"{subject}/{file.name}: challenges belong to one subject: write them in its own folder"
                )
            found[subject, sheet.protocol] = sheet
    return found


def _above(subject: str) -> list[str]:
    """The subjects that a step is part of: its answers may stand with theirs."""
    parts = subject.split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts))]


class _Check:
    def __init__(self, document: Document, data: SheetData, protocol: Protocol) -> None:
        self.document = document
        self.data = data
        self.protocol = protocol
        self.faults: list[str] = []

    def sheet(self) -> Sheet:
        data = self.data
        try:
            check_period(data.date)
        except ValueError as error:
            self.fault(("date",), str(error))
        if data.challenges and not self.protocol.repeats:
            self.fault(("challenges",), f"{self.protocol.id} is answered once: write answers, not challenges")
        answers = self._answers(data.answers, ("answers",))
        challenges = []
        for n, challenge in enumerate(data.challenges):
            where: Where = ("challenges", n)
            if challenge.outcome not in {outcome.id for outcome in self.protocol.outcomes}:
                known = [outcome.id for outcome in self.protocol.outcomes]
                self.fault((*where, "outcome"), str(nearest(challenge.outcome, known, "outcome")))
            own = self._answers(challenge.answers, (*where, "answers"))
            challenges.append(Challenge(challenge.id, challenge.title, challenge.outcome, own))
        names = [challenge.id for challenge in challenges]
        for n, name in enumerate(names):
            if name in names[:n]:
                self.fault(("challenges", n, "id"), f"'{name}' is used twice")
        if self.faults:
            refuse(self.document.path, self.faults)
        return Sheet(
            protocol=data.protocol, subject=data.subject, dependent=data.dependent, provider=data.provider,
            about=data.about, technical=data.technical, country=data.country, date=data.date, source=data.source,
            blind=data.blind,
            answers=answers, challenges=tuple(challenges),
        )  # fmt: skip

    def fault(self, where: Where, what: str) -> None:
        self.faults.append(self.document.fault(where, what))

    def _answers(self, given: Answers, where: Where) -> dict[str, Answer]:
        questions = {question.id: question for question in self.protocol.questions}
        found = {}
        for name, answer in given.items():
            if name not in questions:
                self.fault((*where, name), str(nearest(name, questions, f"question of {self.protocol.id}")))
                continue
            if made := self._answer(questions[name], answer, (*where, name)):
                found[name] = made
        return found

    def _answer(self, question: Question, data: AnswerData, where: Where) -> Answer | None:
        if (data.levels is None) == (data.unknown is None):
            self.fault(where, "write either levels or unknown (with the reason)")
            return None
        if data.unknown is not None:
            return self._made(question.scale.whole, None, data, data.unknown)
        try:
            levels = question.scale.parse(str(data.levels))
        except StraitsError as error:
            self.fault((*where, "levels"), str(error))
            return None
        if not levels:
            self.fault((*where, "levels"), "excludes every level")
        known = levels != question.scale.whole
        return self._made(levels, (data.basis or "judged") if known else None, data, data.because or "")

    def _made(self, levels: int, basis: str | None, data: AnswerData, because: str) -> Answer:
        return Answer(levels, basis, tuple(data.evidence), data.locator, because, self.data.source)
