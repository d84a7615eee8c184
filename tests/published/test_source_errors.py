"""The known errors of the reports, one case each: which of them the checks find by themselves, and why not the others.

The cases are the rows of ``traps.csv``.  A case is found when a check, from the numbers, units, scopes, dates and
grades of the records, comes upon them; a contradiction that the encoder declared by hand does not count.
"""

from __future__ import annotations

from collections import Counter

import pytest

from straits.casebook.checks import check, found_traps
from straits.casebook.load import load
from straits.casebook.records import Trap


@pytest.fixture(scope="module")
def book():
    return load()


@pytest.fixture(scope="module")
def found(book) -> dict[str, str]:
    return found_traps(book, check(book))


def ids(traps: list[Trap]) -> list[str]:
    return [trap.id for trap in traps]


def test_every_error_is_found_or_says_why_no_program_finds_it(book, found):
    silent = [trap for trap in book.tables["traps"] if trap.id not in found and not trap.why_not]
    assert ids(silent) == []


def test_no_error_is_both_found_and_said_to_be_out_of_reach(book):
    both = [trap for trap in book.tables["traps"] if trap.found_by and trap.why_not]
    assert ids(both) == []


def test_the_data_say_which_check_finds_an_error_and_nothing_else(book, found):
    assert {trap.id: trap.found_by for trap in book.tables["traps"] if trap.found_by} == found


def test_a_reason_is_a_sentence(book):
    short = [trap for trap in book.tables["traps"] if trap.why_not and len(trap.why_not.split()) < 2]
    assert ids(short) == []


def test_how_many_errors_the_checks_find(book, found, capsys):
    traps = book.tables["traps"]
    all_of, found_of = Counter(trap.kind for trap in traps), Counter(trap.kind for trap in traps if trap.id in found)
    with capsys.disabled():
        print(f"\nerrors of the sources: {len(traps)}, found by the checks: {len(found)}")
        for kind, number in sorted(all_of.items()):
            print(f"  {kind}: {found_of[kind]} of {number}")
    assert len(traps) >= 300
    assert len(found) >= 55
    assert found_of["number format"] >= 5
    assert found_of["sum"] >= 7


@pytest.mark.parametrize(
    ("trap", "check_that_finds_it"),
    [
        ("twin-t0009", "sum"),
        ("twin-t0010", "sum"),
        ("wireless-t003", "sum"),
        ("wireless-t001", "implied value"),
        ("chip-design-t001", "implied value"),
        ("fr-t005", "implied value"),
        ("packaging-t001", "comparability"),
        ("cbdc-t001", "comparability"),
        ("mri-t001", "number format"),
        ("litho-t001", "number format"),
        ("crm-t001", "contradiction"),
        ("crm-t002", "contradiction"),
        ("std-t021", "stale"),
        ("quantum-t011", "grade"),
        ("cbdc-t005", "unit"),
        ("packaging-t002", "date"),
    ],
)
def test_an_error_of_each_kind_is_found_by_the_check_for_it(found, trap, check_that_finds_it):
    assert check_that_finds_it in found.get(trap, "not found")


def test_the_errors_vanish_when_the_checks_are_given_other_numbers(book, found):
    """What is found hangs on the findings, not on the list of errors."""
    assert found_traps(book, []) == {}
    sums = [one for one in check(book) if one.check == "sum"]
    assert 0 < len(found_traps(book, sums)) < len(found)
