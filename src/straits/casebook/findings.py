"""What the checks find and what they go by: findings, settings, and a casebook prepared for examination."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from straits.casebook.arithmetic import Quantity
from straits.casebook.casebook import MODELS, Casebook
from straits.casebook.grades import Grades, shipped_grades
from straits.casebook.questions import years_of
from straits.casebook.records import Evidence, Value
from straits.vocabulary.errors import StraitsError

SHIPPED_SETTINGS = Path(__file__).parent / "checks.yaml"


@dataclass(frozen=True)
class Finding:
    """One fault or contradiction: ``level`` is error or warning, ``sentence`` says it with the numbers.

    ``relation`` is the row of ``relations.csv`` that does not hold, if that is what was found.
    """

    level: str
    check: str
    records: tuple[str, ...]
    sentence: str
    relation: str | None = None


@dataclass(frozen=True)
class Settings:
    """What the checks go by, from ``checks.yaml``."""

    stale_years: int
    near_whole: tuple[float, float]
    ahead: tuple[str, ...]
    part: tuple[str, ...]
    money: frozenset[str]
    units: dict[str, str]
    grades: Grades = field(default_factory=shipped_grades)

    @classmethod
    def read(cls, path: Path = SHIPPED_SETTINGS, grades: Grades | None = None) -> Settings:
        """Read a settings file; one clear error for one that is not of this form."""
        try:
            data = yaml.safe_load(path.read_text(encoding="utf-8"))
            low, high = data["near_whole"]
            return cls(
                stale_years=int(data["stale_years"]),
                near_whole=(float(low), float(high)),
                ahead=tuple(data["ahead"]),
                part=tuple(data["part"]),
                money=frozenset(data["money"]),
                units={unit: kind for kind, units in data["units"].items() for unit in units},
                grades=grades or shipped_grades(),
            )
        except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise StraitsError(f"{path}: not a file of check settings ({error!r}): see checks.yaml") from error


class Examined:
    """A casebook under examination: its records, prepared once for all checks."""

    def __init__(self, book: Casebook, settings: Settings) -> None:
        self.book = book
        self.settings = settings
        self.evidence: list[Evidence] = book.tables["evidence"]
        self.by_id: dict[str, Any] = {item.id: item for name in MODELS for item in book.tables[name]}
        self.table: dict[str, str] = {item.id: name for name in MODELS for item in book.tables[name]}
        self.numbers = [item for item in self.evidence if item.value.kind in ("number", "interval")]
        self.distinct = {
            frozenset(pair)
            for relation in book.tables["relations"]
            if relation.kind == "distinct"
            for pair in itertools.combinations([relation.result, *relation.inputs], 2)
        }

    def apart(self, *records: Any) -> bool:
        """Whether a relation says that some of these records measure different things."""
        return any(frozenset((a.id, b.id)) in self.distinct for a, b in itertools.combinations(records, 2))

    def ahead(self, item: Evidence) -> bool:
        """Whether a number is a forecast, a target or a plan rather than a state of things."""
        words = item.indicator.replace("_", " ").casefold()
        return any(word in words for word in self.settings.ahead)


def quantity(item: Any, value: Value | None = None) -> Quantity:
    """The number of a piece of evidence, or another value of a record with unit and period."""
    first, last = years_of(item.period)
    return Quantity(value or item.value, item.unit, first, last)
