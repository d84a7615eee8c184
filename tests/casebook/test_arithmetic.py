"""Relations between numbers, as intervals: what must be found, and what rounding and hedges excuse."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from straits.casebook.arithmetic import Quantity, Span, holds, implied, literal
from straits.casebook.records import Relation, Value


def relation(kind: str, inputs: int, tolerance: float = 0.0) -> Relation:
    fields = {"id": "r1", "source": "s", "locator": "p", "kind": kind, "result": "r", "inputs": ["x"] * inputs}
    return Relation.model_validate({**fields, "tolerance": tolerance})


def number(text: str, unit: str = "count", year: int | None = None) -> Quantity:
    return Quantity(Value.parse(text), unit, year, year)


CASES = [
    ("sum", "100 %", ["40 %", "35 %", "25 %"], True),
    ("sum", "100 %", ["40 %", "35 %", "20 %"], False),
    ("sum", "10138", ["10000", "141"], False),
    ("sum", "10138", ["10000", "138"], True),
    ("difference", "65", ["198", "59", "42", "32"], True),
    ("difference", "66", ["198", "59", "42", "32"], False),
    ("ratio", "29.8 %", ["59", "198"], True),
    ("ratio", ">50 %", ["59", "198"], False),
    ("ratio", "6.7 count per million people", ["9255", "1403000000 persons"], False),
    ("ratio", "4.23 ratio", ["24530000000 RMB", "5800000000 RMB"], True),
    ("product", "1000000 cars", ["60000 cars", "10 times"], False),
    ("product", "600000 cars", ["60000 cars", "10 times"], True),
    ("product", "4 %", ["40 %", "10 %"], True),
    ("product", "~8.2e9 USD", ["14.5 %", "5.66e10 USD"], True),
    ("growth", "50 %", ["1", "100", "10"], False),
    ("growth", "58.5 %", ["1", "100", "10"], True),
    ("change", "67 %", ["6.45e10 USD", "1.076e11 USD"], True),
    ("change", "50 %", ["6.45e10 USD", "1.076e11 USD"], False),
    ("equal", "21", ["23"], False),
    ("equal", "~50 %", ["49 %"], True),
    ("at_most", "2088 year", ["2039 year"], False),
    ("at_most", "2039 year", ["2088 year"], True),
    ("at_most", ">95 %", ["100 %"], True),
    ("parts", "100 %", ["70 %", "20 %", "18 %"], False),
    ("parts", "100 %", ["70 %", "20 %"], True),
]


def parsed(text: str) -> Quantity:
    value, _, unit = text.partition(" ")
    return number(value, unit or "count")


@pytest.mark.parametrize(("kind", "result", "inputs", "right"), CASES)
def test_a_relation_holds_or_does_not(kind, result, inputs, right):
    assert holds(relation(kind, len(inputs)), parsed(result), [parsed(text) for text in inputs]) is right


def test_a_tolerance_widens_what_is_accepted():
    assert not holds(relation("sum", 2), number("10"), [number("5"), number("6")])
    assert holds(relation("sum", 2, tolerance=1), number("10"), [number("5"), number("6")])


def test_growth_takes_its_years_from_the_periods():
    start, end = number("5e9", "USD", 2022), number("13e9", "USD", 2027)
    assert implied(relation("growth", 2), [start, end], printed=True).low == pytest.approx(21.06, abs=0.01)
    with pytest.raises(ValueError, match="two different years"):
        implied(relation("growth", 2), [number("5"), number("13")])


def test_a_division_by_zero_is_said():
    with pytest.raises(ValueError, match="division by zero"):
        implied(relation("ratio", 2), [number("5"), number("0")])


def test_two_open_bounds_leave_everything_possible():
    assert holds(relation("ratio", 2), number("<18", "USD"), [number(">92", "USD"), number(">5", "ratio")])


def test_a_count_is_exact_and_a_rounded_number_is_not():
    assert number("66648").span == Span(66648, 66648)
    assert number("6.7", "%").span == Span(pytest.approx(6.65), pytest.approx(6.75))
    assert number("~100", "%").span == Span(95, 105)
    assert number("3e9", "USD").span == Span(pytest.approx(2.85e9), pytest.approx(3.15e9))
    assert number(">50", "%").span.high == math.inf


def test_a_plain_number_is_exact_unless_it_has_a_unit():
    assert literal("10").span == Span(10, 10)
    assert literal("10", "%").span == Span(9.5, 10.5)


numbers = st.floats(0.01, 1e6, allow_nan=False).map(lambda x: float(f"{x:.4g}"))


@given(
    st.lists(numbers, min_size=2, max_size=2),
    st.sampled_from(["ratio", "product", "sum", "difference"]),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_the_true_result_of_true_inputs_is_never_refused(values, kind, first, second):
    """Draw true numbers from within the printed ones: the interval of the result must hold their result."""
    printed = [number(repr(value), "USD") for value in values]
    true = [q.span.low + part * (q.span.high - q.span.low) for q, part in zip(printed, (first, second), strict=True)]
    naive = {
        "ratio": true[0] / true[1],
        "product": true[0] * true[1],
        "sum": sum(true),
        "difference": true[0] - true[1],
    }[kind]
    span = implied(relation(kind, 2), printed)
    assert span.low - 1e-9 * abs(span.low) <= naive <= span.high + 1e-9 * abs(span.high)
