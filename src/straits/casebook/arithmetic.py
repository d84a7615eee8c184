"""Whether numbers of a source hang together: the relations of ``relations.csv``, recomputed as intervals.

A printed number is known to half a unit of its last digit, a hedged one (``~``) to five per cent, a bound only on
one side; a count is exact.  What follows from the inputs is then an interval too, and a relation is broken only
when it cannot meet the interval of the result.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from straits.casebook.records import Relation, Value, is_number

HEDGE = 0.05
EXACT_BELOW = 1e6


@dataclass(frozen=True)
class Span:
    """An interval of numbers; an open side is infinite."""

    low: float
    high: float

    def meets(self, other: Span, tolerance: float = 0.0) -> bool:
        """Whether the intervals have a number in common, give or take a tolerance."""
        slack = tolerance + 1e-9 * max(1.0, *(abs(x) for x in (self.low, self.high) if math.isfinite(x)), 1.0)
        return self.low - slack <= other.high and other.low - slack <= self.high

    def __str__(self) -> str:
        if self.low == self.high:
            return _short(self.low)
        if math.isinf(self.high):
            return f"at least {_short(self.low)}"
        if math.isinf(self.low):
            return f"at most {_short(self.high)}"
        return f"{_short(self.low)} to {_short(self.high)}"


@dataclass(frozen=True)
class Quantity:
    """A number with its unit and the years of its period, as a record gives it."""

    value: Value
    unit: str | None
    first: int | None = None
    last: int | None = None

    @property
    def printed(self) -> Span:
        """The number as it stands, without the play of rounding and hedges."""
        return Span(*_ends(self.value))

    @property
    def span(self) -> Span:
        """The number with the play that its digits and its hedge leave."""
        low, high = _ends(self.value)
        hedge = HEDGE if self.value.approximate else 0.0
        play = [max(rounding(x, self.unit), hedge * abs(x)) if math.isfinite(x) else 0.0 for x in (low, high)]
        return Span(low - play[0], high + play[1])


def _ends(value: Value) -> tuple[float, float]:
    return (-math.inf if value.low is None else value.low, math.inf if value.high is None else value.high)


def rounding(number: float, unit: str | None) -> float:
    """Half a unit of the last digit of a printed number, at most five per cent; counts below a million are exact.

    >>> rounding(6.7, "%"), rounding(45300000, "count"), rounding(134, "count"), rounding(100, "%")
    (0.05, 50000.0, 0.0, 0.5)
    """
    if not math.isfinite(number) or number == 0:
        return 0.0
    if abs(number) < EXACT_BELOW and number == int(number):
        return 0.0 if unit in EXACT else min(0.5, HEDGE * abs(number))
    exponent = Decimal(repr(number)).normalize().as_tuple().exponent
    return float(min(0.5 * 10.0 ** int(exponent), HEDGE * abs(number)))


EXACT = frozenset({"count", "cars", "persons", "patents", "tools", "devices", "year", "rank", "jobs", "TEU", "exact"})


PER = {"%": 100.0, "count per million people": 1e6, "per 10,000 people": 1e4}


def literal(text: str, unit: str | None = None) -> Quantity:
    """A plain number in a relation; without a unit it is exact."""
    return Quantity(Value.parse(text), unit or "exact")


def implied(
    relation: Relation, inputs: Sequence[Quantity], printed: bool = False, result_unit: str | None = None
) -> Span:
    """What follows for the result from the inputs: with the play of rounding, or from the printed numbers.

    Raises :class:`ValueError` when it cannot be computed (a division by zero, no years for a growth rate).
    """
    spans = [item.printed if printed else item.span for item in inputs]
    formula = _FORMULAS[relation.kind]
    scales = [0.01 if relation.kind == "product" and item.unit == "%" else 1.0 for item in inputs]
    spans = [Span(span.low * scale, span.high * scale) for span, scale in zip(spans, scales, strict=True)]
    if relation.kind == "growth" and len(spans) == 2:
        years = _years(inputs)
        spans.append(Span(years, years))
    factor = PER.get(result_unit or "", 1.0) if relation.kind == "ratio" else 1.0
    factor = 100.0 if relation.kind == "product" and result_unit == "%" else factor
    if relation.kind in ("sum", "parts", "difference"):
        return _linear(relation.kind, spans)
    corners = [formula([*corner]) * factor for corner in product(*((span.low, span.high) for span in spans))]
    if any(math.isnan(corner) for corner in corners):
        return Span(-math.inf, math.inf)  # two open intervals leave everything possible
    return Span(min(corners), max(corners))


def _linear(kind: str, spans: Sequence[Span]) -> Span:
    """A sum or difference, end by end, so that it stays quick for many inputs."""
    if kind != "difference":
        return Span(math.fsum(span.low for span in spans), math.fsum(span.high for span in spans))
    first, others = spans[0], spans[1:]
    return Span(first.low - sum(span.high for span in others), first.high - sum(span.low for span in others))


def _years(inputs: Sequence[Quantity]) -> float:
    first, last = inputs[0].last, inputs[1].last
    if first is None or last is None or first == last:
        raise ValueError("growth needs two different years, or the number of years as third input")
    return float(last - first)


def _divide(numbers: Sequence[float]) -> float:
    if numbers[1] == 0:
        raise ValueError("division by zero")
    return numbers[0] / numbers[1]


def _growth(numbers: Sequence[float]) -> float:
    start, end, years = numbers
    if start <= 0 or end < 0 or years <= 0:
        raise ValueError("growth needs positive numbers")
    return 100.0 * (math.pow(end / start, 1.0 / years) - 1.0)


def _change(numbers: Sequence[float]) -> float:
    return 100.0 * (_divide([numbers[1], numbers[0]]) - 1.0)


_FORMULAS: dict[str, Callable[[Sequence[float]], float]] = {
    "sum": math.fsum,
    "parts": math.fsum,
    "difference": lambda numbers: numbers[0] - math.fsum(numbers[1:]),
    "ratio": _divide,
    "product": math.prod,
    "growth": _growth,
    "change": _change,
    "equal": lambda numbers: numbers[0],
    "at_most": lambda numbers: numbers[0],
}


def holds(relation: Relation, result: Quantity, inputs: Sequence[Quantity]) -> bool:
    """Whether the result can be what follows from the inputs."""
    expected = implied(relation, inputs, result_unit=result.unit)
    if relation.kind == "at_most":
        return result.printed.low <= inputs[0].printed.high + relation.tolerance
    if relation.kind == "parts":
        return expected.low <= result.span.high + relation.tolerance
    return result.span.meets(expected, relation.tolerance)


def _short(number: float) -> str:
    return f"{number:.0f}" if 1000 <= abs(number) < 1e6 else f"{number:.4g}"


__all__ = ["HEDGE", "Quantity", "Span", "holds", "implied", "is_number", "literal", "rounding"]
