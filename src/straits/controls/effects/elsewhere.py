"""Where it went instead: the same product from other origins, and exports to others that rise when the targeted fall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from straits.controls.effects import estimates, gaps
from straits.controls.effects.asked import Asked
from straits.controls.effects.panel import Floats, Panel, panel_of
from straits.sources.monthly import Flows


def origin_gap(asked: Asked, origins: Sequence[Flows]) -> dict[str, Any]:
    """Other origins' exports of the product against this one's, and how much of the loss they replaced."""
    if not origins:
        return {"estimate": None, "interval": [None, None], "why": "no flows of other origins were given"}
    windows = asked.windows
    others = _others(origins, asked.panel, asked.unit, frozenset())
    found = gaps.origin_gap(asked.summed, others, windows, asked.coverage, asked.weight)
    lost = estimates.shortfall(asked.summed, windows, windows.early(), asked.weight)
    gained = -estimates.shortfall(others, windows, windows.early(), asked.weight)
    return found.plain(
        unit="other origins minus this one, shares of the expected in the first three months under force",
        origins=[flows.exporter for flows in origins],
        replaced_share=gained / lost if lost > 0 and np.isfinite(gained) else None,
        why=None,
    )


def diversion(asked: Asked, origins: Sequence[Flows]) -> dict[str, Any]:
    """Third countries' exports to the targeted when given, else this origin's exports to the spared."""
    amounts, panel, windows, targets = asked.amounts, asked.panel, asked.windows, asked.targets
    nothing = {"estimate": None, "interval": [None, None], "lag": None}
    places = [place for place, code in enumerate(panel.destinations) if not targets or code in targets]
    rest = [place for place in range(len(panel.destinations)) if place not in places]
    lost = estimates.shortfall(estimates.pooled(amounts, places), windows, windows.early(), asked.weight)
    if origins:
        elsewhere, route = (
            _others(origins, panel, asked.unit, targets),
            "third countries to the targeted destinations",
        )
    elif targets and rest:
        elsewhere, route = estimates.pooled(amounts, rest), "this origin to the destinations not targeted"
    else:
        return {**nothing, "why": "neither targets nor flows of other origins are given: nowhere to look for leakage"}
    if not lost > 0:
        return {**nothing, "route": route, "why": "the targeted destinations lost nothing that could be diverted"}
    found = estimates.diversion(elsewhere, lost, windows, asked.coverage, asked.weight)
    return {
        "estimate": found.estimate,
        "interval": list(found.interval),
        "lag": found.lag,
        "p_value": found.p_value,
        "placebo_dates": found.placebo_dates,
        "unit": "share of the targeted destinations' three-month loss that shows up elsewhere",
        "route": route,
        "why": None if found.lag is not None else "the data are too short for placebo dates",
    }


def _others(origins: Sequence[Flows], panel: Panel, unit: str, only: frozenset[str]) -> Floats:
    """What other origins sold of the product, by month of the panel; NaN where one of them is unknown."""
    summed = np.zeros(panel.months)
    for flows in origins:
        other = panel_of(flows, panel.code)
        places = [place for place, code in enumerate(other.destinations) if not only or code in only]
        theirs = estimates.pooled(other.amounts(unit), places) if places else np.zeros(other.months)
        aligned = np.full(panel.months, np.nan)
        shift = other.first - panel.first
        start, stop = max(shift, 0), min(shift + other.months, panel.months)
        if start < stop:
            aligned[start:stop] = theirs[start - shift : stop - shift]
        summed = summed + aligned
    return summed
