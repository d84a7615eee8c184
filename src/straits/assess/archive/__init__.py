"""Who judged what, when, on what evidence: assessments as records that several analysts keep together.

:class:`Archive` stores them in a relational database (SQLite in the observatory's home, or PostgreSQL for a team);
the records themselves are plain frozen dataclasses.  SQLAlchemy is imported when ``Archive`` is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from straits.assess.archive.changes import Change, StaleAssessmentError, diff
from straits.assess.archive.model import (
    Answer,
    Assessment,
    Challenge,
    Filing,
    ProtocolVersion,
    Signature,
    Status,
)
from straits.casebook.records import Basis

if TYPE_CHECKING:
    from straits.assess.archive.archive import Archive

__all__ = [
    "Answer",
    "Archive",
    "Assessment",
    "Basis",
    "Challenge",
    "Change",
    "Filing",
    "ProtocolVersion",
    "Signature",
    "StaleAssessmentError",
    "Status",
    "diff",
]


def __getattr__(name: str) -> Any:
    if name == "Archive":
        from straits.assess.archive.archive import Archive

        return Archive
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
