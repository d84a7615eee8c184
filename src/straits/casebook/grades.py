"""How far to trust a statement, by the kind of source that it rests on.

The order is data (``grades.yaml``) and can be replaced by a reader's own file.  A statement has the grade of
the source that the report cites for it, else the grade of the report itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from straits.casebook.records import Evidence
from straits.vocabulary.errors import StraitsError, nearest

SHIPPED_GRADES = Path(__file__).parent / "grades.yaml"


@dataclass(frozen=True)
class Grades:
    """Kinds of source by rank (1 is best), and the rank that may carry a dependency's strength alone."""

    rank_of: dict[str, int]
    enough_for_strength: dict[str, int]

    @classmethod
    def read(cls, path: Path = SHIPPED_GRADES) -> Grades:
        """Read a grades file; one clear error for one that is not of this form.

        >>> grades = Grades.read()
        >>> grades.rank("financial report") < grades.rank("press") < grades.rank("social media")
        True
        """
        try:
            data = yaml.safe_load(path.read_text(encoding="utf-8"))
            ranks = {kind: int(tier["rank"]) for tier in data["grades"] for kind in tier["kinds"]}
            enough = {name: int(rank) for name, rank in data["enough_for_strength"].items()}
        except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise StraitsError(f"{path}: not a file of grades ({error!r}): see {SHIPPED_GRADES.name}") from error
        return cls(ranks, enough)

    def rank(self, kind: str) -> int:
        """The rank of a kind of source; an unknown kind is an error with the nearest known ones."""
        if kind not in self.rank_of:
            raise nearest(kind, self.rank_of, "grade of source")
        return self.rank_of[kind]

    @property
    def lowest(self) -> int:
        """The rank of the least trusted kinds."""
        return max(self.rank_of.values())


@cache
def shipped_grades() -> Grades:
    """The grades that come with Straits."""
    return Grades.read()


def grade_of_source(entry: dict[str, Any]) -> str | None:
    """The kind of a bibliography entry, as its ``custom.grade`` says; ``None`` when it does not."""
    grade = entry.get("custom", {}).get("grade")
    return None if grade is None else str(grade)


def grade_of(evidence: Evidence, sources: dict[str, dict[str, Any]]) -> str | None:
    """The grade of one piece of evidence; ``None`` is unknown."""
    return evidence.origin_grade or grade_of_source(sources[evidence.source])
