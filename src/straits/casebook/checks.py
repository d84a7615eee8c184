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
from straits.casebook.records import Trap

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
    seen = [set(finding.records) for finding in found if finding.check != numbers.LINKED]
    found = {one for one in found if one.check != numbers.LINKED or not any(set(one.records) <= s for s in seen)}
    return sorted(found, key=lambda item: (item.level != "error", item.check, item.records, item.sentence))


_COMPARING = ("sum", "implied value", "contradiction", "comparability")
_FINDS = {
    "unit": {"unit"},
    "sum": {"sum"},
    "implied value": {"implied value"},
    "contradiction": {"contradiction", "date"},
    "comparability": {"comparability", "contradiction"},
    "number format": {"number format"},
    "date": {"date"},
    "stale": {"stale"},
    "grade": {"grade"},
    "identity": {"identity", "label"},
    "label": {"identity", "label"},
}
_ARITHMETIC = {"sum", "implied value", "contradiction", "comparability", "identity", "unit", "label"}


def found_traps(book: Casebook, findings: list[Finding]) -> dict[str, str]:
    """The known errors of the sources that the checks find by themselves: trap id to the checks that do.

    A check finds a trap when it can find that kind and touches its records: two of them when it compares, else
    one; a broken relation finds any error of the numbers that it names.  A contradiction that only a hand-made link declares does
    not count, nor does a trap of which ``why_not`` says that no program finds it.
    """
    found: dict[str, str] = {}
    for trap in book.tables["traps"]:
        checks = {one.check for one in findings if not trap.why_not and _finds(one, trap)}
        if checks:
            found[trap.id] = ", ".join(sorted(checks))
    return found


def _finds(finding: Finding, trap: Trap) -> bool:
    touched = len(set(trap.records) & set(finding.records))
    if finding.relation:
        return touched >= (1 if finding.check == trap.kind else 2) and trap.kind in _ARITHMETIC
    enough = min(2, len(trap.records)) if finding.check in _COMPARING else 1
    return trap.kind in _FINDS.get(finding.check, ()) and touched >= enough > 0


__all__ = ["CHECKS", "Finding", "Settings", "check", "found_traps"]
