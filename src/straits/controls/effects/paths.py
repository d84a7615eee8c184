"""The months behind the figures: actual and expected for a chart or a table, all destinations together and by group."""

from __future__ import annotations

from typing import Any

from straits.controls.effects import estimates
from straits.controls.effects.asked import Asked
from straits.controls.effects.counterfactual import YEAR, YEARS, expectation, placebo_dates, spread

LISTED = 5  # destinations drawn when no target is named


def path(asked: Asked) -> list[dict[str, Any]]:
    """Two years before and all months since, with what was expected and the usual misses of one month."""
    summed, windows, panel = asked.summed, asked.windows, asked.panel
    span = windows.end - windows.announced
    found = expectation(summed, windows.announced, span, weight=asked.weight)
    rows = []
    for month in range(windows.announced - YEARS * YEAR, windows.end):
        row: dict[str, Any] = {"month": panel.name(month), "actual": estimates.finite(summed[month])}
        horizon = month - windows.announced
        if horizon >= 0:
            expected = float(found.expected[horizon])
            low, high = _single_misses(asked, horizon)
            row |= {
                "expected": expected,
                "low": None if low is None else expected * low,
                "high": None if high is None else expected * high,
            }
        rows.append(row)
    return rows


def _single_misses(asked: Asked, horizon: int) -> tuple[float | None, float | None]:
    summed, weight = asked.summed, asked.weight
    values = [
        float(summed[at + horizon] / expectation(summed, at, horizon + 1, weight=weight).expected[horizon])
        for at in placebo_dates(summed, asked.windows.announced, horizon + 1)
    ]
    return spread(values).bounds(asked.coverage)


def by_destination(asked: Asked, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Amounts over the normal month by group: targeted and others when targets are named, else the largest that are not
    lumpy.
    """
    panel, windows = asked.panel, asked.windows
    place = {code: number for number, code in enumerate(panel.destinations)}
    if asked.targets:
        groups = {
            "targeted": [place[row["partner"]] for row in rows if row["targeted"]],
            "not targeted": [place[row["partner"]] for row in rows if not row["targeted"]],
        }
    else:
        groups = {row["name"]: [place[row["partner"]]] for row in [row for row in rows if not row["lumpy"]][:LISTED]}
    found = []
    for group, places in groups.items():
        if not places:
            continue
        series = estimates.pooled(asked.amounts, places)
        level = float(expectation(series, windows.announced, 1, weight=asked.weight).level)
        for month in range(windows.announced - YEAR, windows.end):
            value = estimates.finite(series[month])
            if level > 0 and value is not None:
                found.append({"month": panel.name(month), "group": group, "over_normal": value / level})
    return found
