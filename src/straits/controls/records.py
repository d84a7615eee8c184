"""What the register holds: instruments, the measures under them, their items, dates, purposes and sources.

An instrument is a law, list, catalogue or practice that lets a state restrict; a measure is one restriction under it
with items, targets and dates.  Announced, in force, suspended and ended are four different dates; a date may be a
year, a month or a day, and one that no source gives is left out: it is unknown.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from straits.controls.codes import parse
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.materials import NOMENCLATURES, materials
from straits.vocabulary.regions import economies, regions

Kind = Literal["ban", "licence", "quota", "reporting", "review", "unofficial"]
Purpose = Literal[
    "national security",
    "non-proliferation",
    "economic security",
    "industrial policy",
    "retaliation",
    "human rights",
    "environment",
    "data protection",
]
Known = Literal["yes", "no", "unknown"]
KINDS: tuple[str, ...] = ("ban", "licence", "quota", "reporting", "review", "unofficial")
RESTRICTING = ("ban", "licence", "quota", "unofficial")
WORLD = "world"


def _date(text: str) -> str:
    """A year, month or day of the calendar."""
    if not re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", text):
        raise ValueError(f"{text!r} is no date: write YYYY, YYYY-MM or YYYY-MM-DD")
    try:
        first_day(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a date of the calendar") from None
    return text


def first_day(text: str) -> dt.date:
    """The first day that a date of any precision may mean.

    >>> first_day("2023"), first_day("2023-12")
    (datetime.date(2023, 1, 1), datetime.date(2023, 12, 1))
    """
    year, month, day = (int(part) for part in f"{text}-01-01".split("-")[:3])
    return dt.date(year, month, day)


def last_day(text: str) -> dt.date:
    """The last day that a date of any precision may mean.

    >>> last_day("2023"), last_day("2023-02")
    (datetime.date(2023, 12, 31), datetime.date(2023, 2, 28))
    """
    first = first_day(text)
    if len(text) == 4:
        return dt.date(first.year, 12, 31)
    if len(text) == 7:
        return (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
    return first


def _code(text: str) -> str:
    try:
        code = parse(text)
    except StraitsError as error:
        raise ValueError(str(error)) from None
    if not code.nomenclature:
        raise ValueError(
            f"{text!r} has no revision: write HS2022:{code.digits}, or the nomenclature that the source uses"
        )
    return str(code)


def _whole(text: str) -> str:
    if not re.fullmatch(r"HS\d{4}:\d{6}", _code(text)):
        raise ValueError(f"{text!r}: write six digits of the HS with the revision, such as HS2022:261710")
    return text


def _party(text: str) -> str:
    """``world``, an economy or region, ``actor:...`` or ``end-use:...``."""
    if text == WORLD or text in economies() or text in regions() or re.fullmatch(r"(actor|end-use|group):\S.+", text):
        return text
    raise ValueError(
        f"{text!r}: write world, an economy's three letters, a region's id, actor:..., group:... or end-use:..."
    )


def _state(text: str) -> str:
    if text in economies() or text in regions() or text == "multilateral":
        return text
    raise ValueError(f"{text!r}: write an economy's three letters, a region's id or multilateral")


def _material(text: str) -> str:
    if text not in materials():
        raise ValueError(f"{text!r} is no material of vocabulary/materials.yaml")
    return text


def _entry(text: str) -> str:
    if not re.fullmatch(r"(EU|US|CN|NL|JP|GB):\d[A-E]\d{3}(\.[a-z0-9]+)*", text):
        raise ValueError(f"{text!r}: write list and entry, such as EU:3B001.f.1, US:3A090.a or CN:1C902.a")
    return text


def _list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Date = Annotated[str, AfterValidator(_date)]
Party = Annotated[str, AfterValidator(_party)]
State = Annotated[str, AfterValidator(_state)]
CodeText = Annotated[str, AfterValidator(_code)]
WholeCode = Annotated[str, AfterValidator(_whole)]
MaterialId = Annotated[str, AfterValidator(_material)]
ListEntry = Annotated[str, AfterValidator(_entry)]
InstrumentId = Annotated[str, Field(pattern=r"^[a-z]{2,12}(-[a-z0-9]+)+$")]
MeasureId = Annotated[str, Field(pattern=r"^[A-Z]{2,5}(-[A-Z0-9.]+)+$")]
Words = Annotated[str, Field(min_length=3)]
OneOrMore = BeforeValidator(_list)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Passage(_Strict):
    """Where a statement stands: a source's id and the place in it."""

    source: Annotated[str, Field(pattern=r"^[a-z0-9]+(?:[-.][a-z0-9]+)*$")]
    locator: Words


Passages = Annotated[list[Passage], Field(min_length=1)]


class Source(_Strict):
    """A source of the register that the casebook does not have; ``url`` is where its publisher has it."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(?:[-.][a-z0-9]+)*$")]
    title: Words
    publisher: Words
    issued: Date
    kind: Literal["legislation", "report", "article", "dataset"] = "legislation"
    url: str | None = None


class Category(_Strict):
    """A drawer of a state's toolbox."""

    id: Annotated[str, Field(pattern=r"^[a-z]{2,12}-\d$")]
    number: Annotated[int, Field(ge=1)]
    state: State
    name: Words
    sources: Passages


class Instrument(_Strict):
    """A law, list, catalogue or practice that lets a state restrict what leaves it.

    ``discretion`` is how free the authority is, ``retaliation_clause`` whether the text provides for answers to other
    states' measures, ``extraterritorial`` whether it reaches conduct abroad; unknown when no source says.
    """

    id: InstrumentId
    name: Words
    state: State
    category: str | None = None
    status: Literal["law", "regulation", "rules", "list", "catalogue", "regime", "practice", "unknown"]
    first_issued: Date | None = None
    last_revised: Date | None = None
    ended: Date | None = None
    purposes: list[Purpose] = []
    kinds: list[Kind] = []
    public_list: Known = "unknown"
    discretion: Literal["high", "low", "unknown"] = "unknown"
    retaliation_clause: Known = "unknown"
    extraterritorial: Known = "unknown"
    legal_basis: list[InstrumentId] = []
    statement: Annotated[str, Field(min_length=10)]
    events: list[str] = []
    sources: Passages
    note: str | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Instrument:
        _ordered([("first_issued", self.first_issued), ("last_revised", self.last_revised)])
        _ordered([("first_issued", self.first_issued), ("ended", self.ended)])
        return self


class Item(_Strict):
    """What is controlled: words, and codes at the finest level that the source gives.

    ``whole`` are codes of six digits all of which is controlled (the source names every national line below it);
    any other code of six digits holds controlled and free goods.  ``codes_unknown`` says why there is no code.
    ``technology`` is know-how or software, which no customs code measures.
    """

    what: Words
    codes: list[CodeText] = []
    whole: list[WholeCode] = []
    entries: list[ListEntry] = []
    materials: list[MaterialId] = []
    parameters: list[str] = []
    technology: bool = False
    codes_unknown: str | None = None

    @model_validator(mode="after")
    def _coded(self) -> Item:
        if not self.codes and not self.technology and not self.codes_unknown:
            raise ValueError("codes: goods without a code need codes_unknown with the reason")
        if self.codes and self.codes_unknown:
            raise ValueError("codes_unknown: codes are given, so they are not unknown")
        held = {str(parse(code).six) for code in self.codes}
        for code in self.whole:
            if code not in held:
                raise ValueError(f"whole: {code} is not among the codes of this item")
        return self


class Aim(_Strict):
    """A purpose, and where it is stated or who infers it."""

    purpose: Purpose
    source: Annotated[str, Field(pattern=r"^[a-z0-9]+(?:[-.][a-z0-9]+)*$")]
    locator: Words


class Answer(_Strict):
    """Which measure this one answers, and on whose word."""

    measure: MeasureId
    basis: Literal["stated", "judged"]
    source: Annotated[str, Field(pattern=r"^[a-z0-9]+(?:[-.][a-z0-9]+)*$")]
    locator: Words


class Measure(_Strict):
    """One restriction.

    ``announced``, ``in_force``, ``suspended`` (until ``suspended_until``) and ``ended`` are left out when no source
    gives them.  ``as_of`` is the day up to which the sources tell: a measure without an end had not ended by then.
    ``confirmed`` says whether dates and items were read in the source or a public copy of it.
    """

    id: MeasureId
    name: Words
    instrument: InstrumentId
    state: State
    kind: Kind
    items: Annotated[list[Item], Field(min_length=1)]
    targets: Annotated[list[Party], OneOrMore, Field(min_length=1)]
    spared: list[Party] = []
    announced: Date | None = None
    in_force: Date | None = None
    suspended: Date | None = None
    suspended_until: Date | None = None
    ended: Date | None = None
    as_of: Date
    stated_purposes: list[Aim] = []
    inferred_purposes: list[Aim] = []
    answers: list[Answer] = []
    replaces: list[MeasureId] = []
    amends: list[MeasureId] = []
    reach: str | None = None
    events: list[str] = []
    sources: Passages
    confirmed: bool
    note: str | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Measure:
        if not (self.announced or self.in_force or self.ended):
            raise ValueError("announced: a measure needs announced, in_force or ended (YYYY, YYYY-MM or YYYY-MM-DD)")
        _ordered([("announced", self.announced), ("in_force", self.in_force), ("ended", self.ended)])
        _ordered(
            [("announced", self.announced), ("suspended", self.suspended), ("suspended_until", self.suspended_until)]
        )
        if self.suspended_until and not self.suspended:
            raise ValueError("suspended: suspended_until needs the day from which it is suspended")
        if self.id in {answer.measure for answer in self.answers} | set(self.replaces) | set(self.amends):
            raise ValueError("answers: a measure cannot answer, replace or amend itself")
        return self


def put_off(in_force: str | None, suspended: str | None) -> bool:
    """Whether a measure was suspended before the day on which it was to come into force.

    >>> put_off("2025-11-08", "2025-11-07"), put_off("2025-11-08", None), put_off("2024-12-03", "2025-11-09")
    (True, False, False)
    """
    return bool(in_force and suspended and last_day(suspended) < first_day(in_force))


class SixDigits(_Strict):
    """A code of six digits that a measure names: what it is, what else it holds, and its codes in HS 1992.

    ``also`` is empty when the code holds nothing else worth knowing; ``relation`` is that of the official
    correlation tables between the two revisions, read from the newer code.
    """

    code: WholeCode
    what: Words
    also: str = ""
    hs1992: list[str]
    relation: Literal["1:1", "1:n", "n:1", "n:n", "unknown"]

    @model_validator(mode="after")
    def _codes(self) -> SixDigits:
        for digits in self.hs1992:
            if not re.fullmatch(r"\d{6}", digits):
                raise ValueError(f"hs1992: {digits!r} is no code of six digits")
        if not self.hs1992 and self.relation != "unknown":
            raise ValueError("hs1992: is empty, so the relation is unknown")
        return self


class Threshold(_Strict):
    """A line that a rule draws: a product is caught when its figure is at most (or at least) so much.

    ``strict`` leaves the line itself free (more than 128 layers); ``also`` names what is caught whatever the figure.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    measure: MeasureId
    parameter: Literal[
        "logic_nm", "dram_half_pitch_nm", "nand_layers", "total_processing_performance", "performance_density"
    ]
    caught: Literal["at most", "at least"]
    value: float
    strict: bool = False
    unit: str
    words: Words
    also: str | None = None
    together: str | None = None
    since: Date
    until: Date | None = None
    source: Annotated[str, Field(pattern=r"^[a-z0-9]+(?:[-.][a-z0-9]+)*$")]
    locator: Words
    confirmed: bool


class RegisterFile(_Strict):
    """One file of the register; every part may be left out."""

    sources: list[Source] = []
    categories: list[Category] = []
    instruments: list[Instrument] = []
    measures: list[Measure] = []
    six_digits: list[SixDigits] = []
    thresholds: list[Threshold] = []


def _ordered(dates: list[tuple[str, str | None]]) -> None:
    """Refuse dates that run backwards, whatever their precision leaves open."""
    known = [(name, date) for name, date in dates if date is not None]
    for (earlier, first), (later, second) in itertools.pairwise(known):
        if last_day(second) < first_day(first):
            raise ValueError(f"{later}: {second} lies before {earlier} {first}")


__all__ = ["KINDS", "NOMENCLATURES", "RESTRICTING", "WORLD", "RegisterFile"]
