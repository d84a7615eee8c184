"""What is wrong or does not fit in a casebook: units, sums, implied values, comparability, age, grade.

An *error* is a fault of the casebook itself and must be mended; a *warning* is a contradiction or weakness of the
sources, kept and said in one sentence.  Each check is a function from an examined casebook to findings; what it goes
by is data (``checks.yaml``, ``relations.csv``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from straits.casebook import number_checks as numbers
from straits.casebook import source_checks as sources
from straits.casebook.casebook import Casebook
from straits.casebook.findings import Examined, Finding, Settings

CHECKS: dict[str, Callable[[Examined], Iterator[Finding]]] = {
    "units": numbers.units,
    "sums": numbers.sums,
    "shares of counts": numbers.shares_of_counts,
    "relations": numbers.relations,
    "contradictions": numbers.contradictions,
    "comparability": numbers.comparability,
    "number formats": sources.number_formats,
    "dates": sources.dates,
    "age": sources.age,
    "grades": sources.grades,
    "names": sources.names,
    "parties": sources.parties,
    "judgements": sources.judgements,
    "lost": sources.lost,
}


def check(book: Casebook, settings: Settings | None = None) -> list[Finding]:
    """All findings on a casebook, errors first, then by check and record."""
    examined = Examined(book, settings or Settings.read())
    found = {finding for one in CHECKS.values() for finding in one(examined)}
    return sorted(found, key=lambda item: (item.level != "error", item.check, item.records, item.sentence))


__all__ = ["CHECKS", "Finding", "Settings", "check"]
