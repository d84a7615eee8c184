"""How much, when, and did it come back: the figures on all destinations together, as plain data."""

from __future__ import annotations

from typing import Any

import numpy as np

from straits.controls.effects import estimates, gaps
from straits.controls.effects.asked import Asked
from straits.controls.effects.counterfactual import YEAR, YEARS
from straits.controls.effects.windows import Windows

WEIGHTS = (0.0, 0.5, 1.0)  # of the calendar-month factors: how the figures move with them


def front_loading(asked: Asked) -> dict[str, Any]:
    """Between announcement and force: the excess in normal months, and the peak month."""
    summed, windows, panel = asked.summed, asked.windows, asked.panel
    found = estimates.front_loading(summed, windows, asked.coverage, asked.weight)
    level = asked.normal_month
    known = [month for month in windows.front if np.isfinite(summed[month])]
    peak = max(known, key=lambda month: summed[month], default=None)
    more: dict[str, Any] = {
        "unit": "normal months above the expected",
        "months": [panel.name(month) for month in windows.front],
        "normal_month": level,
        "excess": None if found.estimate is None else found.estimate * level,
    }
    if peak is not None:
        more["peak_month"] = panel.name(peak)
        more["peak_amount"] = float(summed[peak])
        more["peak_in_normal_months"] = float(summed[peak]) / level
        share = estimates.share_of_expected(summed, windows, range(peak, peak + 1), asked.coverage, asked.weight)
        more["peak_over_expected"] = {"estimate": share.estimate, "interval": list(share.interval)}
    more["sensitivity"] = {
        f"seasonal_weight_{w:g}": estimates.front_loading(summed, windows, asked.coverage, w).estimate
        for w in WEIGHTS
    }
    return found.plain(**more)


def drop(asked: Asked) -> dict[str, Any]:
    """The missing share in the first month wholly under force, and over the first three."""
    summed, windows, panel = asked.summed, asked.windows, asked.panel
    first, early = windows.first(), windows.early()
    found = estimates.drop(summed, windows, first, asked.coverage, asked.weight)
    three = estimates.drop(summed, windows, early, asked.coverage, asked.weight)
    return found.plain(
        unit="share of the expected that is missing in the first month under force",
        month=panel.name(first.start) if first else None,
        amount=float(summed[first.start]) if first and np.isfinite(summed[first.start]) else None,
        three_months=three.plain(months=[panel.name(month) for month in early]),
        sensitivity={
            f"seasonal_weight_{w:g}": estimates.drop(summed, windows, first, asked.coverage, w).estimate
            for w in WEIGHTS
        },
    )


def beside_poisson(front: dict[str, Any], fall: dict[str, Any], asked: Asked) -> None:
    """Add the same two figures from the Poisson model with destination and calendar-month effects."""
    windows = asked.windows
    model = gaps.common_effect(asked.amounts, windows, asked.panel.first)
    places = [name for name, months in (("front", windows.front), ("drop", windows.first())) if months]
    for name, figure, sign in (("front", front, 1), ("drop", fall, -1)):
        if model is None or name not in places:
            figure["poisson"] = {"estimate": None, "interval": [None, None]}
            continue
        place = places.index(name)
        bounds = [None if b is None else sign * b for b in model.interval(place, asked.coverage)]
        figure["poisson"] = {
            "estimate": sign * model.effect(place),
            "interval": bounds[::sign],
            "unit": "relative change of the window's mean month" if sign > 0 else "missing share",
            "clusters": model.clusters,
        }


def rebound(asked: Asked, path: list[dict[str, Any]]) -> dict[str, Any]:
    """Months from force to 50 and 90 % of the expected, to the usual range, and what is lost for good."""
    summed, windows = asked.summed, asked.windows
    found: dict[str, Any] = {}
    for share in (50, 90):
        months = estimates.months_to(summed, windows, share / 100, asked.coverage, asked.weight)
        found[f"months_to_{share}"] = months.estimate if months else None
        found[f"interval_{share}"] = list(months.interval) if months and months.bounded else [None, None]
    found["months_to_usual_range"] = _usual(path, windows)
    found["months_observed"] = 0 if windows.bound is None else windows.end - windows.bound
    loss = estimates.drop(summed, windows, windows.settled(), asked.coverage, asked.weight)
    found["permanent_loss"] = loss.plain(months=len(windows.settled()))
    found["net_normal_months"] = estimates.net_amount(summed, windows, asked.coverage, asked.weight).plain()
    return found


def _usual(path: list[dict[str, Any]], windows: Windows) -> int | None:
    """Months from force until a month lies where months usually lie when nothing happened; ``None``: not yet, or unknown."""
    if windows.bound is None:
        return None
    under_force = path[YEAR * YEARS + windows.bound - windows.announced :]
    for month, row in enumerate(under_force):
        if row["actual"] is not None and row["low"] is not None and row["actual"] >= row["low"]:
            return month
    return None


def price(asked: Asked) -> dict[str, Any]:
    """The unit value under force, and between announcement and force."""
    panel, windows = asked.panel, asked.windows
    kg = panel.amounts("kg")
    found = estimates.price(kg, panel.usd, windows, windows.priced(), asked.coverage)
    before = estimates.price(kg, panel.usd, windows, windows.front, asked.coverage)
    year = slice(windows.announced - YEAR, windows.announced)
    kg_total, usd_total = kg.sum(axis=0), np.where(np.isfinite(kg), panel.usd, np.nan).sum(axis=0)
    known = np.where(np.isfinite(usd_total[year]), kg_total[year], 0.0)
    base = float(np.nansum(usd_total[year]) / np.nansum(known)) if np.nansum(known) > 0 else np.nan
    return found.plain(
        unit="relative change of USD per kg, destinations' weights held fixed",
        months=[panel.name(month) for month in windows.priced()],
        before_force=before.plain(),
        usd_per_kg_before=base if np.isfinite(base) else None,
    )
