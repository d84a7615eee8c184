"""What one row of the casebook says: the record types, their fields and the grammar of a value.

A casebook holds what people found out about an ecosystem: evidence, dependencies, actors, events,
strengths, instruments, published judgements, and what is lost or wrong in the sources.  One record is
one fact with its source and locator.  An unknown value says why it is unknown; it is never a number.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:[-.][a-z0-9]+)*$")]
SubjectId = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*(?:/[a-z0-9]+(?:-[a-z0-9]+)*)*$")]


def _split(text: object) -> object:
    """``a; b`` becomes ``["a", "b"]``; an empty cell is an empty list."""
    if isinstance(text, str):
        return [part.strip() for part in text.split(";") if part.strip()]
    return text


def _blank_is_none(text: object) -> object:
    return None if isinstance(text, str) and not text.strip() else text


Listed = Annotated[list[str], BeforeValidator(_split)]
Optional = Annotated[str | None, BeforeValidator(_blank_is_none)]

_PERIOD = re.compile(r"^\d{4}(-\d{2}(-\d{2})?)?(\.\.(\d{4}(-\d{2}(-\d{2})?)?)?)?$|^\.\.\d{4}(-\d{2})?$")
_DATE = re.compile(r"^\d{4}(-\d{2}(-\d{2})?)?$")


class Basis(StrEnum):
    """How a statement was obtained (invariant 7: these three never look alike)."""

    stated = "stated"
    derived = "derived"
    judged = "judged"


class Channel(StrEnum):
    """Through what a dependent relies on a provider."""

    input = "input"
    knowledge = "knowledge"
    market = "market"
    research = "research"
    standards = "standards"
    permission = "permission"


class Value(BaseModel):
    """The value of one piece of evidence.

    ``low`` and ``high`` bound a number (equal when it is exact, ``None`` when open on that side);
    ``level`` is an ordinal word, ``text`` a qualitative value, ``unknown`` the reason why there is none.
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["number", "interval", "level", "text", "unknown"]
    low: float | None = None
    high: float | None = None
    approximate: bool = False
    strict: bool = False
    level: str | None = None
    text: str | None = None
    unknown: str | None = None

    @classmethod
    def parse(cls, cell: str) -> Value:
        """Read the value grammar of the CSV files.

        ``12.5`` number; ``~12.5`` approximate; ``>50 >=50 <10 <=70`` bounds; ``60..70`` interval;
        ``level:high``; ``text:largely``; ``unknown:reason``.

        >>> Value.parse("60..70").low, Value.parse(">50").high, Value.parse("unknown:figure lost").kind
        (60.0, None, 'unknown')
        """
        text = cell.strip()
        for kind in ("level", "text", "unknown"):
            if text.startswith(kind + ":"):
                content = text[len(kind) + 1 :].strip()
                if not content:
                    raise ValueError(f"'{kind}:' needs words after it")
                return cls.model_validate({"kind": kind, kind: content})
        if text.startswith("~"):
            value = cls.parse(text[1:])
            if value.kind not in ("number", "interval"):
                raise ValueError(f"{text!r}: '~' goes before a number")
            return value.model_copy(update={"approximate": True})
        if match := re.fullmatch(r"(>=|<=|>|<)\s*(\S+)", text):
            sign, number = match.group(1), _number(match.group(2))
            low, high = (number, None) if sign[0] == ">" else (None, number)
            return cls(kind="interval", low=low, high=high, strict=len(sign) == 1)
        if ".." in text:
            left, right = text.split("..", 1)
            low, high = _number(left), _number(right)
            if low > high:
                raise ValueError(f"interval {text!r} runs from high to low")
            return cls(kind="interval", low=low, high=high)
        number = _number(text)
        return cls(kind="number", low=number, high=number)

    def __str__(self) -> str:
        if self.kind in ("level", "text", "unknown"):
            return f"{'unknown: ' if self.kind == 'unknown' else ''}{getattr(self, self.kind)}"
        mark = "~" if self.approximate else ""
        if self.kind == "number":
            return f"{mark}{_shown(self.low)}"
        if self.high is None:
            return f"{mark}{'>' if self.strict else '>='}{_shown(self.low)}"
        if self.low is None:
            return f"{mark}{'<' if self.strict else '<='}{_shown(self.high)}"
        return f"{mark}{_shown(self.low)}..{_shown(self.high)}"


def _shown(number: float | None) -> str:
    """All digits, thousands apart: 6360000000 is ``6,360,000,000``."""
    return f"{number:,.12g}"


def _number(text: str) -> float:
    if not re.fullmatch(r"\s*-?\d+(\.\d+)?([eE][+-]?\d+)?\s*", text):
        raise ValueError(
            f"{text.strip()!r} is not a value: write a plain number (no thousands separator, no % sign), "
            "~n, >n, >=n, <n, <=n, a..b, level:word, text:words or unknown:reason"
        )
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text.strip()!r} is too large for a number")
    return number


class Record(BaseModel):
    """What every record has: an id, and where it comes from."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    id: Identifier
    source: Identifier
    locator: Annotated[str, Field(min_length=1)]
    note: Optional = None


class Evidence(Record):
    """One statement with value, unit, period, actors, subject and indicator."""

    subject: SubjectId
    indicator: Annotated[str, Field(min_length=3)]
    statement: Annotated[str, Field(min_length=10)]
    value: Value
    unit: Optional = None
    period: Optional = None
    actors: Listed = []
    basis: Basis
    origin: Optional = None
    origin_grade: Optional = None
    scope: Listed = []
    links: Listed = []

    @field_validator("value", mode="before")
    @classmethod
    def _value(cls, cell: object) -> object:
        return Value.parse(cell) if isinstance(cell, str) else cell

    @field_validator("period")
    @classmethod
    def _period(cls, text: str | None) -> str | None:
        return check_period(text)

    @field_validator("scope")
    @classmethod
    def _scope(cls, tags: list[str]) -> list[str]:
        for tag in tags:
            key, _, value = tag.partition("=")
            if key not in SCOPES or not value:
                raise ValueError(f"scope {tag!r}: write key=value with a key of {', '.join(SCOPES)}")
        return tags

    @field_validator("links")
    @classmethod
    def _links(cls, links: list[str]) -> list[str]:
        for link in links:
            verb, _, target = link.partition(":")
            if verb not in LINKS or not target:
                raise ValueError(f"link {link!r}: write one of {', '.join(LINKS)}, a colon, and a record id")
        return links

    @model_validator(mode="after")
    def _number_has_unit(self) -> Evidence:
        if self.value.kind in ("number", "interval") and not self.unit:
            raise ValueError("unit: is empty, but a number needs its unit (use 'count' for plain counts)")
        return self


SCOPES = ("europe", "counting", "time", "users", "share", "stage", "geography", "price")
LINKS = ("supports", "contradicts", "supersedes")


class Dependency(Record):
    """``dependent`` relies on ``provider`` for ``subject``; three-valued: none, present, unknown.

    Parties are economies and regions (``CHN``, ``EU27_UK``), actors (``actor:asml``) or ``world``.
    """

    subject: SubjectId
    dependent: Annotated[str, Field(min_length=2)]
    provider: Annotated[str, Field(min_length=2)]
    channel: Channel
    presence: Literal["none", "present", "unknown"]
    strength: Literal["low", "medium", "high", "total", "unknown"]
    degree: Value | None = None
    unit: Optional = None
    period: Optional = None
    statement: Annotated[str, Field(min_length=10)]
    substitutes: Optional = None
    basis: Basis
    evidence: Listed = []

    @field_validator("degree", mode="before")
    @classmethod
    def _degree(cls, cell: object) -> object:
        if isinstance(cell, str):
            return Value.parse(cell) if cell.strip() else None
        return cell

    @field_validator("period")
    @classmethod
    def _period(cls, text: str | None) -> str | None:
        return check_period(text)


class Actor(Record):
    """An organisation or office to watch; never a private person."""

    name: Annotated[str, Field(min_length=2)]
    aliases: Listed = []
    kind: Literal[
        "firm",
        "state-owned firm",
        "university",
        "institute",
        "government",
        "party",
        "military",
        "standards body",
        "industry body",
        "fund",
        "international organisation",
        "hospital",
        "media",
        "ngo",
        "project",
    ]
    home: Annotated[str, Field(pattern=r"^([A-Z]{3}|EU27|EU|EU27_UK|world|unknown)$")]
    role: Annotated[str, Field(min_length=3)]
    party_state_link: Optional = None
    priority: Literal["full", "half", "none", "lost"] = "none"
    subjects: Listed


class Event(Record):
    """Something dated: a law, a control, a programme, a milestone, a target."""

    title: Annotated[str, Field(min_length=5)]
    kind: Literal[
        "law",
        "policy",
        "programme",
        "control",
        "sanction",
        "standard",
        "target",
        "milestone",
        "product",
        "investment",
        "agreement",
        "court",
        "incident",
        "publication",
    ]
    announced: Optional = None
    in_force: Optional = None
    ended: Optional = None
    actors: Listed = []
    targets: Listed = []
    subjects: Listed
    statement: Annotated[str, Field(min_length=5)]

    @field_validator("announced", "in_force", "ended")
    @classmethod
    def _date(cls, date: str | None) -> str | None:
        if date is not None and not _DATE.match(date):
            raise ValueError("write YYYY, YYYY-MM or YYYY-MM-DD")
        return check_date(date) if date is not None else None

    @model_validator(mode="after")
    def _dated(self) -> Event:
        if not (self.announced or self.in_force or self.ended):
            raise ValueError("announced: an event needs announced, in_force or ended (YYYY, YYYY-MM or YYYY-MM-DD)")
        return self


class Strength(Record):
    """A strength or weakness that a source attributes to somebody in a subject."""

    subject: SubjectId
    holder: Annotated[str, Field(min_length=2)]
    sign: Literal["strength", "weakness"]
    statement: Annotated[str, Field(min_length=10)]
    basis: Basis


class Instrument(Record):
    """What a source recommends to do, in our words."""

    name: Annotated[str, Field(min_length=5)]
    subject: SubjectId
    kind: Listed = []
    dimensions: Listed = []
    ambition: Listed = []
    by: Listed = []
    addresses: Optional = None
    statement: Annotated[str, Field(min_length=10)]

    @field_validator("kind")
    @classmethod
    def _kinds(cls, kinds: list[str]) -> list[str]:
        return check_words(kinds, ("protect", "promote", "partner"))

    @field_validator("dimensions")
    @classmethod
    def _dimensions(cls, dimensions: list[str]) -> list[str]:
        return check_words(dimensions, DIMENSIONS)

    @field_validator("ambition")
    @classmethod
    def _ambition(cls, levels: list[str]) -> list[str]:
        return check_words(levels, AMBITIONS)


DIMENSIONS = ("supply_resilience", "national_security", "values_sustainability", "competitiveness")
AMBITIONS = ("threat_prevention", "ability_to_deny", "ability_to_act", "curtailment")


class Lost(Record):
    """Content that did not survive in the source as we have it, and that nobody may fill in."""

    subject: SubjectId
    what: Annotated[str, Field(min_length=5)]
    reason: Annotated[str, Field(min_length=3)]


class Trap(Record):
    """An error, contradiction or ambiguity inside a source, and the records that it touches."""

    subject: SubjectId
    kind: Literal[
        "sum",
        "implied value",
        "contradiction",
        "comparability",
        "number format",
        "unit",
        "citation",
        "date",
        "label",
        "ambiguous",
        "stale",
        "grade",
        "lost",
        "identity",
        "other",
    ]
    statement: Annotated[str, Field(min_length=10)]
    records: Listed = []
    found_by: Optional = None
    why_not: Optional = None


class Relation(Record):
    """How numbers of a source should hang together, so that a program can recompute them.

    ``result`` and ``inputs`` are ids of evidence (or of a dependency with a degree) or plain numbers.
    ``sum``: result = all inputs together; ``difference``: first input less the others; ``ratio``: first over
    second (times 100 when the result is in %); ``product``: all inputs multiplied (one in % counts as a
    hundredth); ``growth``: yearly growth in % from the first to the second input over the third (years; from
    the two periods when left out); ``change``: growth in % over the whole span; ``equal``: one and the same
    number; ``at_most``: the result does not exceed the input; ``parts``: the inputs together do not exceed the
    result.  ``tolerance`` is in the unit of the result, ``unit`` is that of a result given as a plain number.
    ``distinct`` computes nothing: it says that the records look alike but measure different things.
    """

    kind: Literal[
        "sum", "difference", "ratio", "product", "growth", "change", "equal", "at_most", "parts", "distinct"
    ]
    result: Annotated[str, Field(min_length=1)]
    inputs: Annotated[Listed, Field(min_length=1)]
    tolerance: Annotated[float, Field(ge=0)] = 0.0
    unit: Optional = None

    @field_validator("tolerance", mode="before")
    @classmethod
    def _exact_when_blank(cls, cell: object) -> object:
        return 0.0 if isinstance(cell, str) and not cell.strip() else cell

    @model_validator(mode="after")
    def _number_of_inputs(self) -> Relation:
        least, most = _INPUTS.get(self.kind, (2, 1000))
        if not least <= len(self.inputs) <= most:
            raise ValueError(f"inputs: {self.kind!r} takes {least} to {most} of them, found {len(self.inputs)}")
        return self

    @property
    def records(self) -> list[str]:
        """The ids among result and inputs, in order."""
        return [name for name in (self.result, *self.inputs) if not is_number(name)]


_INPUTS = {
    "sum": (1, 1000),
    "parts": (1, 1000),
    "growth": (2, 3),
    "ratio": (2, 2),
    "change": (2, 2),
    "equal": (1, 1),
    "at_most": (1, 1),
    "distinct": (1, 1000),
}


def is_number(text: str) -> bool:
    """Whether a term of a relation is a plain number rather than the id of a record."""
    return re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", text) is not None


class Cell(BaseModel):
    """One answer of a published judgement: a level, or the reason why it is not known."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    outcome: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    level: str | int | None = None
    unknown: str | None = None
    concern: str | None = None
    locator: str | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Cell:
        if (self.level is None) == (self.unknown is None):
            raise ValueError(f"cell {self.outcome!r}: give either a level or 'unknown' with its reason")
        return self


class Judgement(Record):
    """A published scorecard or risk table, kept as its authors gave it."""

    scorecard: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    subject: SubjectId
    dependent: str
    provider: str
    cells: Annotated[list[Cell], Field(min_length=1)]


class Subject(BaseModel):
    """A technology, step, component, material or grade that records speak about."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    id: SubjectId
    name: Annotated[str, Field(min_length=2)]
    names: list[str] = []
    kind: Literal[
        "technology", "step", "component", "material", "grade", "equipment", "software", "service", "policy"
    ]
    parent: str | None = None


class Ecosystem(BaseModel):
    """The head of one folder: what it is about and the subjects it defines."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    id: Identifier
    name: str
    summary: Annotated[str, Field(min_length=20)]
    notes_records: dict[str, int] = {}
    subjects: Annotated[list[Subject], Field(min_length=1)]


@lru_cache(maxsize=4096)
def check_period(text: str | None) -> str | None:
    """A period is ``2023``, ``2023-07``, ``2019..2023``, ``2023..`` or ``..2019``; ``None`` is undated."""
    if text is None:
        return None
    if not _PERIOD.match(text):
        raise ValueError(f"period {text!r}: write YYYY, YYYY-MM, YYYY-MM-DD or a range such as 2019..2023")
    first, _, last = text.partition("..")
    for date in (first, last):
        check_date(date)
    if first and last and first[:4] > last[:4]:
        raise ValueError(f"period {text!r} runs backwards")
    return text


def check_date(text: str) -> str:
    """Refuse a month or day that the calendar does not have; an empty text passes."""
    parts = [int(part) for part in text.split("-") if part]
    if len(parts) > 1:
        try:
            dt.date(parts[0], parts[1], parts[2] if len(parts) > 2 else 1)
        except ValueError:
            raise ValueError(f"{text!r} is not a date of the calendar") from None
    return text


def check_words(words: list[str], allowed: tuple[str, ...]) -> list[str]:
    """Refuse a word that is not one of the allowed ones."""
    for word in words:
        if word not in allowed:
            raise ValueError(f"{word!r} is not one of {', '.join(allowed)}")
    return words


TABLES: dict[str, type[Record]] = {
    "evidence": Evidence,
    "dependencies": Dependency,
    "actors": Actor,
    "events": Event,
    "strengths": Strength,
    "instruments": Instrument,
    "lost": Lost,
    "traps": Trap,
    "relations": Relation,
}
