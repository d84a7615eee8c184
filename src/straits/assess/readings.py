"""How the numbers of a chain read on the questions of a protocol: a data file, checked against the protocols.

A finding (who else supplies, which recipes survive, ...) bears on questions and outcomes.  A reading says which levels
of such a target the finding leaves when its conditions hold; readings are bounds taken from the wording of the question
that they bear on (``data/derived.yaml``).  What no reading speaks to stays open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from straits.assess.protocols import SHIPPED as PROTOCOLS
from straits.assess.protocols import Passage, Protocol, load
from straits.assess.scales import Scale
from straits.chains.model import Interval
from straits.vocabulary.documents import Document, Where, read, refuse
from straits.vocabulary.errors import StraitsError, nearest

SHIPPED = Path(__file__).parent / "data" / "derived.yaml"
ASKED = ("leverage", "chokepoint", "dependency")
"""The protocols whose questions a chain can speak to."""
FACTS: Mapping[str, tuple[str, ...]] = {
    "alone": ("stops", "may", "cannot"),
    "hard": ("hard", "soft", "open"),
    "untouched": ("yes", "no"),
    "ways": ("all_stop", "some_stop", "go_on", "open", "end"),
    "choice": ("yes", "no"),
    "penalty": ("stated", "not_stated"),
    "kept": ("part", "open"),
    "named_others": ("none", "one_or_two", "several"),
    "unnamed_others": ("yes", "no"),
    "ready_others": ("yes", "no", "open"),
    "effective_others": ("yes", "open"),
    "share_of_others": ("some", "open"),
    "home": ("none", "not_in_use", "in_use", "open"),
    "most": ("yes", "no", "open"),
}
RANGES = ("lead_time", "lost")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class ReadingData(_Part):
    """A reading as the file writes it."""

    when: Annotated[dict[str, str], Field(min_length=1)]
    reads: str
    because: Annotated[str, Field(min_length=12)]
    passage: Passage


class BandsData(_Part):
    """Levels as stretches of a number; an end that is ``null`` is open, the lower end itself does not belong."""

    fact: str
    levels: dict[str, tuple[float | None, float | None]]
    because: Annotated[str, Field(min_length=12)]
    passage: Passage


class BearingData(_Part):
    """What a finding bears on, as the file writes it."""

    target: str
    readings: list[ReadingData] = []
    bands: BandsData | None = None


class FindingData(_Part):
    """A kind of finding as the file writes it."""

    id: str
    name: Annotated[str, Field(min_length=3)]
    method: Annotated[str, Field(min_length=12)]
    bears_on: Annotated[list[BearingData], Field(min_length=1)]


class _File(_Part):
    findings: Annotated[list[FindingData], Field(min_length=1)]


@dataclass(frozen=True)
class Bearing:
    """What a finding says on one question or outcome.

    ``levels`` is the set that it leaves (a bit mask on the target's scale; the whole scale: it leaves it open), with
    the reasons that bound it.
    """

    protocol: str
    target: str
    scale: Scale
    levels: int
    because: tuple[str, ...] = ()
    passages: tuple[Passage, ...] = ()

    @property
    def open(self) -> bool:
        """Whether nothing follows."""
        return self.levels == self.scale.whole


@cache
def asked() -> Mapping[str, Protocol]:
    """The shipped protocols that readings may speak to; the others need not be read."""
    return {name: load(PROTOCOLS / f"{name}.yaml") for name in ASKED}


@cache
def findings(path: Path = SHIPPED) -> Mapping[str, FindingData]:
    """The kinds of findings by id, checked against the shipped protocols; all faults in one :class:`StraitsError`."""
    document = read(path)
    data = document.model(_File)
    faults = [
        fault
        for n, finding in enumerate(data.findings)
        for m, bearing in enumerate(finding.bears_on)
        for fault in _faults(document, ("findings", n, "bears_on", m), bearing)
    ]
    if faults:
        refuse(path, faults)
    return {finding.id: finding for finding in data.findings}


def _faults(document: Document, where: Where, bearing: BearingData) -> list[str]:
    found = []
    try:
        scale = scale_of(asked(), bearing.target)
    except StraitsError as error:
        return [document.fault((*where, "target"), str(error))]
    for n, reading in enumerate(bearing.readings):
        here = (*where, "readings", n)
        for fact, value in reading.when.items():
            if fact not in FACTS:
                found.append(document.fault((*here, "when", fact), str(nearest(fact, FACTS, "fact"))))
            elif value not in FACTS[fact]:
                found.append(
                    document.fault((*here, "when", fact), str(nearest(value, FACTS[fact], f"value of {fact}")))
                )
        try:
            scale.parse(reading.reads)
        except StraitsError as error:
            found.append(document.fault((*here, "reads"), str(error)))
    if bearing.bands:
        here = (*where, "bands")
        if bearing.bands.fact not in RANGES:
            found.append(document.fault((*here, "fact"), str(nearest(bearing.bands.fact, RANGES, "number"))))
        if set(bearing.bands.levels) != set(scale.levels):
            found.append(document.fault((*here, "levels"), f"should have the levels {', '.join(scale.levels)}"))
    return found


def scale_of(protocols: Mapping[str, Protocol], target: str) -> Scale:
    """The scale of ``PROTOCOL.QUESTION`` or ``PROTOCOL.OUTCOME``."""
    name, _, part = target.partition(".")
    if name not in protocols:
        raise nearest(name, protocols, "protocol")
    protocol = protocols[name]
    scales = {question.id: question.scale for question in protocol.questions}
    scales |= {outcome.id: outcome.scale for outcome in protocol.outcomes}
    if part not in scales:
        raise nearest(part, scales, f"question or outcome of {name}")
    return scales[part]


def bearings(
    finding: FindingData, facts: Mapping[str, str], numbers: Mapping[str, Interval], protocols: Mapping[str, Protocol]
) -> tuple[Bearing, ...]:
    """What a finding with these facts says on everything that it bears on; a protocol that is not there is left out."""
    found = []
    for bearing in finding.bears_on:
        name, _, target = bearing.target.partition(".")
        try:
            scale = scale_of(protocols, bearing.target)
            found.append(_read(bearing, Bearing(name, target, scale, scale.whole), facts, numbers))
        except StraitsError:
            continue  # a reader's own protocol of that name asks otherwise
    return tuple(found)


def _read(bearing: BearingData, blank: Bearing, facts: Mapping[str, str], numbers: Mapping[str, Interval]) -> Bearing:
    levels, because, passages = blank.levels, [], []
    for reading in bearing.readings:
        if all(facts.get(fact) == value for fact, value in reading.when.items()):
            levels &= blank.scale.parse(reading.reads)
            because.append(reading.because)
            passages.append(reading.passage)
    bands = bearing.bands
    if bands and bands.fact in numbers:
        kept = [level for level, band in bands.levels.items() if _meets(numbers[bands.fact], band)]
        mask = sum(1 << blank.scale.levels.index(level) for level in kept)
        if mask and mask != blank.scale.whole:
            levels &= mask
            because.append(bands.because)
            passages.append(bands.passage)
    return Bearing(blank.protocol, blank.target, blank.scale, levels, tuple(because), tuple(passages))


def _meets(number: Interval, band: tuple[float | None, float | None]) -> bool:
    """Whether a number known as an interval may lie in a band, whose lower end does not belong to it.

    >>> _meets(Interval(0.95, 1), (0.5, 1)), _meets(Interval(0, 0), (0, 0.5)), _meets(Interval(0, 0), (0, 0))
    (True, False, True)
    """
    low, high = band
    if low is not None and low == high:
        return number.low <= low <= number.high
    return (low is None or number.high > low) and (high is None or number.low <= high)
