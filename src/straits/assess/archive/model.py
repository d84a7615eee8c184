"""An assessment: a protocol answered for one subject by named assessors on a date.

The records here are frozen and checked when they are made: a level that the question's scale does not have, an unknown
question or status, an answer that leaves no level cannot be written down.  An assessment carries the scales of its
protocol's questions, so that it can be read when the protocol's file has changed or is gone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from straits.casebook.records import Basis
from straits.vocabulary.errors import StraitsError, nearest

if TYPE_CHECKING:
    from straits.assess.protocols import Protocol

LARGEST = 2**31 - 1  # what an integer column of every database holds


class Status(StrEnum):
    """How far an assessment is: being written, checked by a second person, or final."""

    draft = "draft"
    reviewed = "reviewed"
    published = "published"


@dataclass(frozen=True)
class Signature:
    """Who did something, and when (UTC).

    >>> print(Signature("Ana", dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC)))
    Ana on 2026-03-01 at 09:30 UTC
    """

    by: str
    at: dt.datetime

    def __str__(self) -> str:
        return f"{self.by} on {self.at.astimezone(dt.UTC):%Y-%m-%d at %H:%M} UTC"


@dataclass(frozen=True)
class Filing:
    """What the archive notes on an assessment that it keeps.

    ``version`` counts every save, review and publication; ``predecessor`` is the published assessment that this one
    succeeds.  ``saved`` signs the content, ``reviewed`` and ``published`` the later steps.
    """

    id: int
    version: int
    status: Status
    saved: Signature
    reviewed: Signature | None = None
    published: Signature | None = None
    predecessor: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", parse_status(self.status))

    @property
    def last(self) -> Signature:
        """Who touched it last."""
        return self.published or self.reviewed or self.saved


@dataclass(frozen=True)
class ProtocolVersion:
    """The protocol that an assessment answers, as it was: name, version, content, and the scale of each question.

    ``digest`` is the content's hash; ``questions`` maps a question to its levels, lowest first; ``repeats`` says
    whether its questions are asked again for each challenge.
    """

    id: str
    version: int
    digest: str
    questions: Mapping[str, tuple[str, ...]] = field(hash=False)
    outcomes: tuple[str, ...]
    repeats: bool = False

    def __post_init__(self) -> None:
        for name in ("id", "digest"):
            object.__setattr__(self, name, named(getattr(self, name), f"the protocol's {name}"))
        if isinstance(self.version, bool) or not isinstance(self.version, int) or not 1 <= self.version <= LARGEST:
            raise StraitsError(f"{self.id}: the protocol's version is {self.version!r}: write a whole number from 1")
        scales = {question: tuple(levels) for question, levels in self.questions.items()}
        object.__setattr__(self, "questions", scales)
        object.__setattr__(self, "outcomes", tuple(self.outcomes))

    @classmethod
    def of(cls, protocol: Protocol) -> ProtocolVersion:
        """The version of a protocol as the engine loaded it."""
        return cls(
            id=protocol.id,
            version=protocol.version,
            digest=protocol.digest,
            questions={question.id: question.scale.levels for question in protocol.questions},
            outcomes=tuple(outcome.id for outcome in protocol.outcomes),
            repeats=protocol.repeats is not None,
        )

    def __str__(self) -> str:
        return f"{self.id} {self.version} ({self.digest})"


@dataclass(frozen=True)
class Answer:
    """The levels that are still possible, how we know, and why.

    ``basis`` is ``stated`` (a source says so), ``derived`` (computed from data) or ``judged`` (an analyst says so);
    ``evidence`` are ids of the casebook.

    >>> Answer(["high"], "guessed")
    Traceback (most recent call last):
    straits.vocabulary.errors.StraitsError: no basis 'guessed': known are stated, derived, judged
    """

    levels: tuple[str, ...]
    basis: Basis = Basis.judged
    evidence: tuple[str, ...] = ()
    rationale: str = ""

    def __post_init__(self) -> None:
        if self.basis not in list(Basis):
            raise nearest(str(self.basis), list(Basis), "basis")
        object.__setattr__(self, "basis", Basis(self.basis))
        object.__setattr__(self, "levels", _several(self.levels, "levels"))
        object.__setattr__(self, "evidence", _several(self.evidence, "evidence"))
        object.__setattr__(self, "rationale", plain(self.rationale, "the rationale"))


Answers = Mapping[str, Answer]


@dataclass(frozen=True)
class Challenge:
    """One scored concern of a subject: its id, title, the outcome that it counts in, and its answers by question."""

    id: str
    title: str
    outcome: str
    answers: Answers = field(hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", named(self.id, "a challenge's id"))
        object.__setattr__(self, "title", plain(self.title, f"the title of challenge '{self.id}'"))


@dataclass(frozen=True)
class Assessment:
    """A protocol answered for one subject, of one dependent and one provider, by named assessors on a date.

    A question without an answer is unknown: every level of its scale is possible.  ``challenges`` hold the answers of
    protocols that repeat their questions.  Empty text means: nobody named.  ``filing`` is the archive's; keep it when
    you change something (``dataclasses.replace``), since it says which version you started from.
    """

    protocol: ProtocolVersion
    subject: str
    date: dt.date
    dependent: str = ""
    provider: str = ""
    technical_expert: str = ""
    country_expert: str = ""
    answers: Answers = field(default_factory=dict, hash=False)
    challenges: tuple[Challenge, ...] = ()
    filing: Filing | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "subject", named(self.subject, "the subject"))
        for name in ("dependent", "provider", "technical_expert", "country_expert"):
            object.__setattr__(self, name, plain(getattr(self, name), f"the {name.replace('_', ' ')}"))
        if isinstance(self.date, dt.datetime) or not isinstance(self.date, dt.date):
            raise StraitsError(f"{self.title}: the date is {self.date!r}: give a calendar day")
        object.__setattr__(self, "answers", self._checked(self.answers, self.title))
        object.__setattr__(self, "challenges", self._checked_challenges())

    @property
    def title(self) -> str:
        """What it is about, in a few words."""
        sides = {"of": self.dependent, "on": self.provider}
        return " ".join([self.protocol.id, "for", self.subject, *(f"{w} {who}" for w, who in sides.items() if who)])

    @property
    def id(self) -> int | None:
        """Its number in the archive, or ``None`` when it was never saved."""
        return self.filing.id if self.filing else None

    @property
    def status(self) -> Status:
        """Draft, reviewed or published."""
        return self.filing.status if self.filing else Status.draft

    def _checked(self, answers: Answers, where: str) -> dict[str, Answer]:
        """The answers in the protocol's order, each with its levels in the scale's order."""
        scales = self.protocol.questions
        for question, answer in answers.items():
            if question not in scales:
                raise _at(where, nearest(question, scales, "question"))
            if not answer.levels:
                raise StraitsError(f"{where}: {question} has no level left: an unknown answer has all of them")
            for level in answer.levels:
                if level not in scales[question]:
                    raise _at(where, nearest(level, scales[question], f"level of {question}"))
        return {
            question: _with_levels(answers[question], tuple(level for level in scale if level in levels))
            for question, scale in scales.items()
            if question in answers and (levels := answers[question].levels)
        }

    def _checked_challenges(self) -> tuple[Challenge, ...]:
        outcomes = list(self.protocol.outcomes)
        if self.challenges and not self.protocol.repeats:
            raise StraitsError(f"{self.title}: this protocol has no challenges: give its answers themselves")
        found: dict[str, Challenge] = {}
        for challenge in self.challenges:
            where = f"{self.title}, challenge '{challenge.id}'"
            if challenge.id in found:
                raise StraitsError(f"{where} is there twice")
            if challenge.outcome not in outcomes:
                raise _at(where, nearest(challenge.outcome, outcomes, "outcome"))
            answers = self._checked(challenge.answers, where)
            found[challenge.id] = Challenge(challenge.id, challenge.title, challenge.outcome, answers)
        return tuple(sorted(found.values(), key=lambda c: (outcomes.index(c.outcome), c.id)))


def parse_status(text: str) -> Status:
    """The status of that name.

    >>> parse_status("publishd")
    Traceback (most recent call last):
    straits.vocabulary.errors.StraitsError: no status 'publishd': did you mean published?
    """
    if text not in list(Status):
        raise nearest(str(text), list(Status), "status")
    return Status(text)


def plain(text: str | None, what: str) -> str:
    """A text that every database can keep, without blanks around it; ``None`` is the empty text."""
    if text is None:
        return ""
    if not isinstance(text, str):
        raise StraitsError(f"{what} is {text!r}: write a text")
    if any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in text):
        raise StraitsError(f"{what} has a character that is no text: {text!r}")
    return text.strip()


def named(text: str | None, what: str) -> str:
    """A text that may not be empty."""
    if not (found := plain(text, what)):
        raise StraitsError(f"{what} is empty: give a name")
    return found


def _several(words: Collection[str], what: str) -> tuple[str, ...]:
    """Distinct words in their order (those of a set: sorted)."""
    if isinstance(words, str) or not isinstance(words, Collection):
        raise StraitsError(f"{what} is {words!r}: give a list")
    ordered = sorted(words) if isinstance(words, set | frozenset) else words
    return tuple(dict.fromkeys(named(word, f"one of the {what}") for word in ordered))


def _with_levels(answer: Answer, levels: tuple[str, ...]) -> Answer:
    return Answer(levels, answer.basis, answer.evidence, answer.rationale)


def _at(where: str, error: StraitsError) -> StraitsError:
    return StraitsError(f"{where}: {error}")
