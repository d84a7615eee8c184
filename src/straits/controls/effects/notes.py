"""What a reader must know beside the figures: dates within months, what was unknown, how the intervals came about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from straits.controls.effects.asked import Asked
from straits.controls.effects.counterfactual import YEAR, YEARS
from straits.controls.effects.measure import what_a_code_is
from straits.sources.monthly import month_name


def notes(asked: Asked, parts: dict[str, Any]) -> tuple[str, ...]:
    """The remarks on a result, in the order in which they matter."""
    return (
        *what_a_code_is(asked.code)[1],
        *asked.flows.notes,
        *_on_dates(asked),
        *_on_the_unknown(asked),
        *_on_lumpy_flows(parts),
        *_on_the_method(asked, parts),
    )


def _on_dates(asked: Asked) -> Iterator[str]:
    measure, windows, panel = asked.measure, asked.windows, asked.panel
    if measure.announced.day > 1:
        yield (
            f"announced on day {measure.announced.day}: {panel.name(windows.announced)} counts wholly as after the "
            "announcement, though part of it lies before"
        )
    if measure.in_force and measure.in_force.day > 1:
        yield f"in force from day {measure.in_force.day}: the drop is told from the first whole month after"
    if windows.bound is None:
        yield "no whole month under force is in the data: drop and rebound are unknown"


def _on_the_unknown(asked: Asked) -> Iterator[str]:
    panel, unit = asked.panel, asked.unit
    if panel.imputed.any():
        months = [panel.name(int(column)) for column in np.flatnonzero(panel.imputed)]
        yield (
            f"{len(months)} month(s) from {months[0]} to {months[-1]} have one unit value for nearly all destinations: "
            "their masses were made from values, so they are left out" + (" of prices" if unit == "usd" else "")
        )
    if panel.missing.any():
        months = [panel.name(int(column)) for column in np.flatnonzero(panel.missing)]
        yield f"the file lacks {', '.join(months)}: unknown, not zero"
    if panel.filled and unit == "kg":
        yield f"{panel.filled} mass(es) unknown for under 1 % of a month's value were put in at the month's unit value"
    unknown = int(np.isnan(asked.amounts[:, ~panel.missing & ~panel.imputed]).any(axis=0).sum())
    if unknown:
        yield f"in {unknown} month(s) a destination's {unit} is unknown: so is the month's total"


def _on_lumpy_flows(parts: dict[str, Any]) -> Iterator[str]:
    if lumpy := [row["name"] for row in parts["destinations"] if row["lumpy"]]:
        yield (
            f"lumpy before the measure (many zero months or a spread above the mean), so their own figures say little: "
            f"{', '.join(lumpy)}"
        )


def _on_the_method(asked: Asked, parts: dict[str, Any]) -> Iterator[str]:
    panel, announced, coverage = asked.panel, asked.windows.announced, asked.coverage
    fewest = int(np.ceil(2 / (1 - coverage) - 1e-9)) - 1
    yield (
        f"a normal month is the mean of {panel.name(announced - YEAR)} to {panel.name(announced - 1)}; "
        f"calendar-month factors from {YEARS} years enter with weight {asked.weight:g}"
    )
    yield (
        f"intervals cover {coverage:.0%} of what happens without a measure; they come from "
        f"{parts['front_loading']['placebo_dates']} (front-loading) and {parts['drop']['placebo_dates']} (drop) placebo "
        f"dates before the announcement; with fewer than {fewest} there is no bound"
    )
    yield (
        "a destination that the file does not list in a month had zero; a month below 0.1 % of the normal one counts as "
        "a zero month"
    )
    yield f"the newest months (to {month_name(panel.first + panel.months - 1)}) may still be revised by the reporter"
    yield (
        "the interval says how far the expected may miss, not what the measure would do elsewhere; other causes in the "
        "same months are not told apart"
    )
