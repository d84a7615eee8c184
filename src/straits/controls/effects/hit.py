"""Who was hit and who was spared: a row a destination, and targeted against other destinations, as plain data."""

from __future__ import annotations

from typing import Any

import numpy as np

from straits.controls.effects import estimates, gaps
from straits.controls.effects.asked import Asked
from straits.controls.effects.estimates import finite
from straits.vocabulary.regions import economies


def destinations(asked: Asked) -> list[dict[str, Any]]:
    """A row a destination, the largest first."""
    found = estimates.destination_figures(asked.amounts, asked.windows, asked.coverage, asked.weight)
    return [_row(figures, asked) for figures in sorted(found, key=lambda f: (-f.normal_month, f.place))]


def _row(figures: estimates.DestinationFigures, asked: Asked) -> dict[str, Any]:
    code = asked.panel.destinations[figures.place]
    return {
        "partner": code,
        "name": economies()[code].name,
        "targeted": (code in asked.targets) if asked.targets else None,
        "normal_month": figures.normal_month,
        "front_loading": figures.front_loading.estimate,
        "front_loading_interval": list(figures.front_loading.interval),
        "drop": figures.drop.estimate,
        "drop_interval": list(figures.drop.interval),
        "drop_p_value": figures.drop.p_value,
        "drop_three_months": figures.drop_three_months.estimate,
        "drop_three_months_interval": list(figures.drop_three_months.interval),
        "permanent_loss": figures.lasting_loss.estimate,
        "permanent_loss_interval": list(figures.lasting_loss.interval),
        "months_to_50": figures.months_to_50,
        "months_to_90": figures.months_to_90,
        "zero_months": [asked.panel.name(column) for column in figures.zero_columns],
        "zero_months_before": figures.zeros_before,
        "months_before": figures.months_before,
        "lumpy": figures.lumpy,
    }


def gap(asked: Asked) -> dict[str, Any]:
    """Targeted against other destinations; ``None`` and the reason when nobody is named or nobody is left."""
    amounts, windows, panel = asked.amounts, asked.windows, asked.panel
    marks = np.array([code in asked.targets for code in panel.destinations])
    use = gaps.compared(amounts, windows)
    nothing = {
        "estimate": None,
        "interval": [None, None],
        "windows": [],
        "placebo_destinations": [],
        "pre_trend": None,
    }
    if not asked.targets:
        return {
            **nothing,
            "why": "no destination is named as target: the measure binds all, name some to compare them",
        }
    if not (marks & use).any() or not (~marks & use).any():
        return {
            **nothing,
            "why": "no targeted or no other destination traded in half of the months of the two years before",
        }
    part, targeted = amounts[use], marks[use]
    found = gaps.destination_gaps(part, targeted, windows, asked.coverage, asked.weight)
    drift = gaps.pre_trend(part, targeted, windows)
    listed: list[dict[str, Any]] = [_window(item) for item in found]
    kept = [code for code, inside in zip(panel.destinations, use, strict=True) if inside]
    main: dict[str, Any] = next((item for item in listed if item["window"] == "first_three_months"), {})
    return {
        "estimate": main.get("estimate"),
        "interval": main.get("interval", [None, None]),
        "p_value": main.get("p_value"),
        "unit": "targeted minus others, shares of the expected in the first three months under force",
        "targeted": [c for c, mark, kept in zip(panel.destinations, marks, use, strict=True) if mark and kept],
        "others": [c for c, mark, kept in zip(panel.destinations, marks, use, strict=True) if not mark and kept],
        "windows": listed,
        "placebo_destinations": [
            {"partner": kept[place], "estimate": apart}
            for place, apart in gaps.placebo_destinations(part, targeted, windows, asked.weight)
        ],
        "pre_trend": None if drift is None else {"estimate": drift.estimate, "p_value": drift.p_value},
        "why": None,
    }


def _window(item: gaps.WindowGap) -> dict[str, Any]:
    return {
        "window": item.window,
        "estimate": item.gap.estimate,
        "interval": list(item.gap.interval),
        "p_value": item.gap.p_value,
        "assignments": item.gap.assignments,
        "exact": item.gap.exact,
        "p_value_by_dates": item.by_dates,
        "poisson": {"estimate": finite(item.poisson), "interval": list(item.poisson_interval)},
    }
