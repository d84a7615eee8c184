"""What differs between two assessments, fact by fact.

The same comparison tells an assessment from its predecessor, a save from the one before, and, when two analysts edit at
once, what each of them changed.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from straits.assess.archive.model import Answers, Assessment, Status
from straits.vocabulary.errors import StraitsError

Value = str | tuple[str, ...]
Place = tuple[str, str, str]  # challenge, question, what
SHOWN = 6
WIDTH = 120  # of a value in a sentence
WORDS = {
    Status.draft: "saved",
    Status.reviewed: "reviewed",
    Status.published: "published",
}


@dataclass(frozen=True)
class Change:
    """One fact that differs; ``before`` or ``after`` is ``None`` where it is not there.

    ``what`` is a field (``date``, ``levels``, ``rationale``, ...); ``question`` and ``challenge`` say where, and are
    empty for facts about the assessment itself.

    >>> print(Change("levels", ("low", "medium"), ("medium",), question="spillover"))
    spillover: low or medium -> medium
    """

    what: str
    before: Value | None
    after: Value | None
    question: str = ""
    challenge: str = ""

    def __str__(self) -> str:
        where = [f"challenge '{self.challenge}'"] if self.challenge else []
        where += [self.question] if self.question else []
        where += [] if self.question and self.what == "levels" else [self.what.replace("_", " ")]
        return f"{', '.join(where)}: {self._words(self.before)} -> {self._words(self.after)}"

    def _words(self, value: Value | None) -> str:
        if value is None:
            return "unknown" if self.what == "levels" else "none"
        words = value if isinstance(value, str) else (" or " if self.what == "levels" else ", ").join(value)
        return textwrap.shorten(words, WIDTH, placeholder=" ...")


def diff(old: Assessment, new: Assessment) -> tuple[Change, ...]:
    """What differs in the content of two assessments; who filed them and when is not content.

    In the order of the protocol of ``new``, then what only ``old`` has.
    """
    before, after = _facts(old), _facts(new)
    return tuple(
        Change(what, before.get(place), after.get(place), question, challenge)
        for place in dict.fromkeys((*after, *before))
        if before.get(place) != after.get(place)
        for challenge, question, what in (place,)
    )


class StaleAssessmentError(StraitsError):
    """Somebody else saved, reviewed or published an assessment since it was opened.

    ``stored`` is the assessment as it is now; ``theirs`` what changed in it since, ``yours`` what this save would have
    changed.
    """

    def __init__(self, stored: Assessment, theirs: tuple[Change, ...], yours: tuple[Change, ...]) -> None:
        self.stored = stored
        self.theirs = theirs
        self.yours = yours
        filing = stored.filing
        assert filing is not None
        super().__init__(
            f"assessment {filing.id} ({stored.title}) was {WORDS[filing.status]} by {filing.last} after you opened it, "
            f"so nothing was saved. Changed since: {listed(theirs).rstrip('.')}. You changed: {listed(yours).rstrip('.')}. "
            "Open it again and put your changes in"
        )


def listed(changes: tuple[Change, ...]) -> str:
    """Changes in one line, the first few of many."""
    more = f"; and {len(changes) - SHOWN} more" if len(changes) > SHOWN else ""
    return "; ".join(map(str, changes[:SHOWN])) + more if changes else "no answer"


def _facts(assessment: Assessment) -> dict[Place, Value]:
    """Every fact of an assessment by its place; what is empty is not there."""
    facts: dict[Place, Value] = {
        ("", "", "protocol"): str(assessment.protocol),
        ("", "", "subject"): assessment.subject,
        ("", "", "date"): assessment.date.isoformat(),
    }
    for name in ("dependent", "provider", "technical_expert", "country_expert"):
        facts["", "", name] = getattr(assessment, name)
    facts |= _answers("", assessment.answers)
    for challenge in assessment.challenges:
        facts |= {(challenge.id, "", "title"): challenge.title, (challenge.id, "", "outcome"): challenge.outcome}
        facts |= _answers(challenge.id, challenge.answers)
    return {place: value for place, value in facts.items() if value}


def _answers(challenge: str, answers: Answers) -> dict[Place, Value]:
    facts: dict[Place, Value] = {}
    for question, answer in answers.items():
        facts[challenge, question, "levels"] = answer.levels
        facts[challenge, question, "basis"] = str(answer.basis)
        facts[challenge, question, "evidence"] = answer.evidence
        facts[challenge, question, "rationale"] = answer.rationale
    return facts
