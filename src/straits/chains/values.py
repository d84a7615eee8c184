"""Values as a chain file writes them: ``12.5``, ``~12.5``, ``>50``, ``60..70``, ``24..``, ``unknown: why``."""

from __future__ import annotations

import difflib
import math
import re
from typing import Annotated

from pydantic import BeforeValidator, Field

from straits.chains.model import MODES, NOT_STATED, Interval

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


def number(text: str) -> float:
    """A plain number; anything else is a :class:`ValueError` that says what may be written."""
    if not _NUMBER.fullmatch(text.strip()):
        raise ValueError(
            f"{text.strip()!r} is not a number: write 12.5 (point, no thousands separator, no % sign), ~12.5, >50, "
            "<=10, 60..70, 24.. or unknown"
        )
    return float(text)


def interval(text: str, low: float, high: float, scale: float = 1.0) -> Interval:
    """A value of a file as an interval within ``low`` and ``high``, divided by ``scale``.

    >>> interval("60..70", 0, 100, 100), interval(">50", 0, 100, 100).high, interval("24..", 0, math.inf).low
    (Interval(low=0.6, high=0.7, unknown='', approximate=False), 1.0, 24.0)
    """
    word, _, reason = text.strip().partition(":")
    if word.strip() == "unknown":
        return Interval(low / scale, high / scale, reason.strip() or "not known")
    told = text.strip()
    about = told.startswith("~")
    told = told.removeprefix("~").strip()
    if match := re.fullmatch(r"(>=|<=|>|<)\s*(.+)", told):
        limit = number(match[2])
        first, last = (limit, high) if match[1][0] == ">" else (low, limit)
    elif ".." in told:
        left, _, right = told.partition("..")
        first, last = (number(left) if left.strip() else low), (number(right) if right.strip() else high)
    else:
        first = last = number(told)
    if first > last:
        raise ValueError(f"interval {text.strip()!r} runs from high to low")
    if first < low or last > high:
        raise ValueError(f"{text.strip()!r} is outside {low:g} to {high:g}")
    return Interval(first / scale, last / scale, "", about)


def _percent(value: object) -> object:
    return interval(str(value), 0, 100, 100) if value is not None else Interval.share_unknown()


def percent_or_none(value: object) -> object:
    """A share, or nothing where nothing is written."""
    return None if value is None else interval(str(value), 0, 100, 100)


def _months(value: object) -> object:
    return interval(str(value), 0, math.inf) if value is not None else Interval.months_unknown()


def _level(value: object) -> object:
    return None if value is None else interval(str(value), 0, 9)


def read_modes(value: object) -> object:
    """``{mode: months}``, from a mapping or from ``new_sales=6..; spares=1..12``."""
    if value is None:
        return {}
    if isinstance(value, str):
        parts = [part.partition("=") for part in value.split(";") if part.strip()]
        value = {name.strip(): months.strip() or None for name, _, months in parts}
    if not isinstance(value, dict):
        raise ValueError("write {mode: months}")
    for mode in value:
        if mode not in MODES:
            close = difflib.get_close_matches(str(mode), MODES, n=1)
            raise ValueError(
                f"no mode {mode!r}: " + (f"did you mean {close[0]}?" if close else f"known are {', '.join(MODES)}")
            )
    return {mode: _months(months) for mode, months in value.items()}


def _listed(value: object) -> object:
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(";") if part.strip())
    return value


def empty(value: object) -> object:
    """Nothing written is the empty text."""
    return "" if value is None else value


Text = Annotated[str, BeforeValidator(empty)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9]+(?:[-._][A-Za-z0-9]+)*$")]
Share = Annotated[Interval, BeforeValidator(_percent)]
Months = Annotated[Interval, BeforeValidator(_months)]
Level = Annotated[Interval | None, BeforeValidator(_level)]
Listed = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Factor = Annotated[float | None, BeforeValidator(lambda value: None if value is None else number(str(value)))]


def written(value: Interval, scale: float = 1.0) -> str:
    """An interval as a value of a file.

    >>> written(Interval(0.6, 0.7), 100), written(Interval(2, math.inf)), written(Interval.share_unknown("lost"))
    ('60..70', '2..', 'unknown: lost')
    """
    if value.unknown:
        return f"unknown: {value.unknown}"
    low, high = (round(end * scale, 9) for end in (value.low, value.high))
    mark = "~" if value.approximate else ""
    if low == high:
        return f"{mark}{low:.12g}"
    return f"{mark}{low:.12g}..{'' if math.isinf(high) else f'{high:.12g}'}"


def stated(value: Interval) -> str:
    """Nothing for what is not stated at all."""
    return "" if value.unknown == NOT_STATED else written(value)
