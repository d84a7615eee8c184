"""Would the method have cried wolf: before the announcement, on products not covered, and on an earlier release."""

from __future__ import annotations

from typing import Any

import numpy as np

from straits.controls.effects import estimates, gaps
from straits.controls.effects.asked import Asked
from straits.controls.effects.counterfactual import YEAR, YEARS, expectation
from straits.controls.effects.estimates import Estimate, finite
from straits.controls.effects.panel import panel_of
from straits.controls.effects.windows import Windows, windows_of
from straits.sources.monthly import Flows, revisions
from straits.vocabulary.errors import StraitsError


def pre_trend(asked: Asked) -> dict[str, Any]:
    """The last half year before the announcement as if the measure had come before it."""
    windows, half = asked.windows, gaps.HALF
    if windows.announced - half < YEAR * YEARS:
        return estimates.UNKNOWN.plain()
    before = Windows(windows.announced - half, range(0), windows.announced - half, windows.announced)
    months = range(windows.announced - half, windows.announced)
    found = estimates.share_of_expected(asked.summed, before, months, asked.coverage, asked.weight)
    if found.estimate is None or found.p_value is None:
        return found.plain()
    two_sided = min(1.0, 2 * min(found.p_value, 1 + 1 / (found.placebo_dates + 1) - found.p_value))
    interval = tuple(None if b is None else b - 1 for b in found.interval)
    moved = Estimate(found.estimate - 1, (interval[0], interval[1]), two_sided, found.placebo_dates)
    return moved.plain(unit="relative to the expected, last six months before the announcement")


def placebo_products(asked: Asked) -> list[dict[str, Any]]:
    """The same figures for each product in the file that the measure does not cover; needs the measure's products."""
    windows = asked.windows
    covered = asked.measure.products or (asked.code,)
    others = [c for c in asked.flows.codes if not any(c.startswith(p) or p.startswith(c) for p in covered)]
    found = []
    for code in others:
        other = panel_of(asked.flows, code)
        series = other.amounts(asked.unit).sum(axis=0)
        if not np.isfinite(expectation(series, windows.announced, 1).level):
            continue
        model = gaps.product_gap([asked.panel.usd, other.usd], [True, False], windows)
        place = 1 if windows.front else 0
        compared = model is not None and windows.bound is not None
        found.append(
            {
                "product": code,
                "front_loading": estimates.front_loading(series, windows, asked.coverage, asked.weight).plain(),
                "drop": estimates.drop(series, windows, windows.first(), asked.coverage, asked.weight).plain(),
                "measured_over_placebo": finite(model.effect(place)) if compared and model else None,
            }
        )
    return found


def revised(asked: Asked, earlier: Flows) -> dict[str, Any]:
    """What a later release changed, and the two main figures as they stood before."""
    changes = revisions(earlier, asked.flows, asked.code)
    panel = panel_of(earlier, asked.code)
    figures: dict[str, Any] = {"front_loading": None, "drop": None}
    try:
        windows = windows_of(asked.measure, panel)
        summed = panel.amounts(asked.unit).sum(axis=0)
        front = estimates.front_loading(summed, windows, asked.coverage, asked.weight)
        fall = estimates.drop(summed, windows, windows.first(), asked.coverage, asked.weight)
        figures = {"front_loading": front.estimate, "drop": fall.estimate}
    except StraitsError:
        pass  # the earlier release ends before the announcement: it has no figure to compare
    return {"changes": len(changes), "months": sorted({row["month"] for row in changes}), "before": figures}
