"""What a measure did to trade in one product: every figure with its interval, and what the data cannot say.

The question is that of the MERICS report on China's export controls (2024): which exports stopped, for whom, who was
spared, did they come back.  Methods: docs/methods-effects.md.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from straits.controls.effects import estimates, gaps
from straits.controls.effects.counterfactual import (
    SEASONAL_WEIGHT,
    YEAR,
    YEARS,
    expectation,
    placebo_dates,
    spread,
)
from straits.controls.effects.estimates import Estimate
from straits.controls.effects.finding import certainty_of, finding_of
from straits.controls.effects.measure import Measure, product_asked, what_a_code_is
from straits.controls.effects.panel import Floats, Panel, panel_of
from straits.controls.effects.windows import Windows, windows_of
from straits.sources.monthly import Flows, month_name, revisions
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.regions import economies, region, short_name

COVERAGE = 0.9
UNITS = ("kg", "usd")
WEIGHTS = (0.0, 0.5, 1.0)
LISTED = 6


@dataclass(frozen=True)
class Effect:
    """The answer; fields are plain data (shares 0 to 1, amounts in kg or USD as ``unit`` says, months counted from force).

    ``path`` is the monthly series of all destinations with what was expected; ``destination_path`` the same by group.
    """

    measure: str
    product: str
    announced: str
    in_force: str | None
    unit: str
    coverage: float
    front_loading: dict[str, Any]
    drop: dict[str, Any]
    rebound: dict[str, Any]
    price: dict[str, Any]
    destination_gap: dict[str, Any]
    origin_gap: dict[str, Any]
    diversion: dict[str, Any]
    destinations: list[dict[str, Any]]
    checks: dict[str, Any]
    finding: tuple[str, ...]
    certainty: str
    certainty_because: str
    notes: tuple[str, ...]
    sources: tuple[dict[str, Any], ...]
    path: list[dict[str, Any]] = field(repr=False)
    destination_path: list[dict[str, Any]] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, in the order of the published shape."""
        order = (
            "measure product announced in_force unit coverage front_loading drop rebound price destination_gap "
            "origin_gap diversion destinations checks finding certainty certainty_because path notes sources"
        )
        return {name: getattr(self, name) for name in order.split()}

    def to_json(self) -> str:
        """The same as JSON, full precision, keys in a fixed order."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False)

    def destination(self, partner: str) -> dict[str, Any]:
        """The row of one destination, by code or name."""
        wanted = region(partner).id
        for row in self.destinations:
            if row["partner"] == wanted:
                return row
        raise StraitsError(f"{short_name(wanted)} bought no {self.product} in the year before the announcement")

    def levels(self) -> Any:
        """The Altair chart of monthly amounts and what was expected, announcement and force marked."""
        from straits.controls.effects.charts import levels

        return levels(self)

    def by_destination(self) -> Any:
        """The Altair chart of targeted and spared destinations, or of the largest ones."""
        from straits.controls.effects.charts import by_destination

        return by_destination(self)


def effect(
    measure: Measure,
    product: str,
    flows: Flows,
    destinations: Sequence[str] | None = None,
    origins: Sequence[Flows] = (),
    earlier: Flows | None = None,
    unit: str = "kg",
    coverage: float = COVERAGE,
    weight: float = SEASONAL_WEIGHT,
    as_basket: bool = False,
) -> Effect:
    """What a measure did to exports of a product.

    ``flows`` are the issuer's monthly exports; ``destinations`` the targets, as economies or regions (those of the
    measure by default); ``origins`` other exporters' flows of the same product, for substitution and leakage;
    ``earlier`` an earlier release of ``flows``, for revisions; ``unit`` ``kg`` or ``usd``.  Raises
    :class:`~straits.vocabulary.errors.StraitsError` for a basket asked as a material, a product that the measure does
    not cover, and data that do not reach far enough.
    """
    code = product_asked(product, as_basket)
    _check(measure, code, flows, unit, coverage, weight)
    panel = panel_of(flows, code)
    windows = windows_of(measure, panel)
    amounts = panel.amounts(unit)
    summed = amounts.sum(axis=0)
    _check_level(summed, windows, panel)
    targets = _targets(measure, destinations, panel)
    front = _front_loading(summed, windows, panel, coverage, weight)
    fall = _drop(summed, windows, panel, coverage, weight)
    _beside_poisson(front, fall, amounts, windows, panel, coverage)
    rows = _destinations(amounts, targets, windows, panel, coverage, weight)
    path = _path(summed, windows, panel, coverage, weight)
    parts: dict[str, Any] = {
        "front_loading": front,
        "drop": fall,
        "rebound": _rebound(summed, path, windows, coverage, weight),
        "price": _price(panel, windows, coverage),
        "destination_gap": _destination_gap(amounts, targets, windows, panel, coverage, weight),
        "origin_gap": _origin_gap(summed, origins, windows, panel, unit, coverage, weight),
        "diversion": _diversion(amounts, targets, origins, windows, panel, unit, coverage, weight),
        "destinations": rows,
        "checks": _checks(measure, flows, panel, summed, windows, unit, coverage, weight),
    }
    if earlier is not None:
        parts["checks"]["revisions"] = _revised(measure, code, flows, earlier, unit, coverage, weight)
    head: dict[str, Any] = {
        "measure": measure.id,
        "product": code,
        "announced": measure.announced.isoformat(),
        "in_force": measure.in_force.isoformat() if measure.in_force else None,
        "unit": unit,
        "coverage": coverage,
    }
    level, because = certainty_of({**head, **parts})
    return Effect(
        **head,
        **parts,
        finding=finding_of(measure, code, {**head, **parts, "path": path}),
        certainty=level,
        certainty_because=because,
        notes=_notes(measure, flows, panel, windows, parts, unit, coverage, weight),
        sources=(flows.source(), *(other.source() for other in origins), *_measure_sources(measure)),
        path=path,
        destination_path=_destination_path(amounts, rows, targets, windows, panel, weight),
    )


# -- what is asked --------------------------------------------------------------------------------------------


def _check(measure: Measure, code: str, flows: Flows, unit: str, coverage: float, weight: float) -> None:
    if unit not in UNITS:
        raise StraitsError(f"no unit '{unit}': known are kg, usd")
    if not 0.5 <= coverage < 1:
        raise StraitsError(f"coverage {coverage} is not between 0.5 and 1: write 0.9 for 90 %")
    if not 0 <= weight <= 1:
        raise StraitsError(f"seasonal weight {weight} is not between 0 and 1")
    if flows.exporter != measure.issuer:
        raise StraitsError(f"{measure.id} is of {measure.issuer}, but {flows.name} holds exports of {flows.exporter}")
    if measure.products and not any(code.startswith(p) or p.startswith(code) for p in measure.products):
        raise StraitsError(f"{measure.id} does not cover {code}: it covers {', '.join(measure.products)}")


def _check_level(summed: Floats, windows: Windows, panel: Panel) -> None:
    level = float(expectation(summed, windows.announced, 1).level)
    if not np.isfinite(level):
        raise StraitsError(
            f"{panel.code}: fewer than eight of the twelve months before {panel.name(windows.announced)} have a known "
            "amount: no normal month can be told (try --unit usd)"
        )
    if level <= 0:
        raise StraitsError(f"{panel.code}: nothing was exported in the year before {panel.name(windows.announced)}")


def _targets(measure: Measure, destinations: Sequence[str] | None, panel: Panel) -> frozenset[str]:
    names = list(measure.targets if destinations is None else destinations)
    asked = {code for name in names for code in region(name).economies(measure.announced)}
    if names and not asked & set(panel.destinations):
        raise StraitsError(f"none of {', '.join(names)} bought {panel.code}: no destination to compare")
    return frozenset(asked)


# -- the figures ----------------------------------------------------------------------------------------------


def _plain(found: Estimate, **more: Any) -> dict[str, Any]:
    """An estimate as plain data."""
    return {
        "estimate": found.estimate,
        "interval": list(found.interval),
        "p_value": found.p_value,
        "placebo_dates": found.placebo_dates,
        **more,
    }


def _front_loading(summed: Floats, windows: Windows, panel: Panel, coverage: float, weight: float) -> dict[str, Any]:
    found = estimates.front_loading(summed, windows, coverage, weight)
    level = float(expectation(summed, windows.announced, 1).level)
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
        share = estimates.share_of_expected(summed, windows, range(peak, peak + 1), coverage, weight)
        more["peak_over_expected"] = {"estimate": share.estimate, "interval": list(share.interval)}
    more["sensitivity"] = {
        f"seasonal_weight_{w:g}": estimates.front_loading(summed, windows, coverage, w).estimate for w in WEIGHTS
    }
    return _plain(found, **more)


def _drop(summed: Floats, windows: Windows, panel: Panel, coverage: float, weight: float) -> dict[str, Any]:
    first, early = windows.first(), windows.early()
    found = estimates.drop(summed, windows, first, coverage, weight)
    three = estimates.drop(summed, windows, early, coverage, weight)
    return _plain(
        found,
        unit="share of the expected that is missing in the first month under force",
        month=panel.name(first.start) if first else None,
        amount=float(summed[first.start]) if first and np.isfinite(summed[first.start]) else None,
        three_months=_plain(three, months=[panel.name(month) for month in early]),
        sensitivity={
            f"seasonal_weight_{w:g}": estimates.drop(summed, windows, first, coverage, w).estimate for w in WEIGHTS
        },
    )


def _beside_poisson(
    front: dict[str, Any], fall: dict[str, Any], amounts: Floats, windows: Windows, panel: Panel, coverage: float
) -> None:
    """The same two figures from the Poisson model with destination and calendar-month effects."""
    model = gaps.common_effect(amounts, windows, panel.first)
    places = [name for name, months in (("front", windows.front), ("drop", windows.first())) if months]
    for name, figure, sign in (("front", front, 1), ("drop", fall, -1)):
        if model is None or name not in places:
            figure["poisson"] = {"estimate": None, "interval": [None, None]}
            continue
        place = places.index(name)
        bounds = [None if b is None else sign * b for b in model.interval(place, coverage)]
        figure["poisson"] = {
            "estimate": sign * model.effect(place),
            "interval": bounds[::sign],
            "unit": "relative change of the window's mean month" if sign > 0 else "missing share",
            "clusters": model.clusters,
        }


def _rebound(
    summed: Floats, path: list[dict[str, Any]], windows: Windows, coverage: float, weight: float
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for share in (50, 90):
        months = estimates.months_to(summed, windows, share / 100, coverage, weight)
        found[f"months_to_{share}"] = months.estimate if months else None
        found[f"interval_{share}"] = list(months.interval) if months and months.bounded else [None, None]
    found["months_to_usual_range"] = _usual(path, windows)
    found["months_observed"] = 0 if windows.bound is None else windows.end - windows.bound
    found["permanent_loss"] = _plain(estimates.drop(summed, windows, windows.settled(), coverage, weight))
    found["permanent_loss"]["months"] = len(windows.settled())
    found["net_normal_months"] = _plain(estimates.net_amount(summed, windows, coverage, weight))
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


def _price(panel: Panel, windows: Windows, coverage: float) -> dict[str, Any]:
    kg = panel.amounts("kg")
    found = estimates.price(kg, panel.usd, windows, windows.priced(), coverage)
    before = estimates.price(kg, panel.usd, windows, windows.front, coverage)
    year = slice(windows.announced - YEAR, windows.announced)
    kg_total, usd_total = kg.sum(axis=0), np.where(np.isfinite(kg), panel.usd, np.nan).sum(axis=0)
    known = np.where(np.isfinite(usd_total[year]), kg_total[year], 0.0)
    base = float(np.nansum(usd_total[year]) / np.nansum(known)) if np.nansum(known) > 0 else np.nan
    return _plain(
        found,
        unit="relative change of USD per kg, destinations' weights held fixed",
        months=[panel.name(month) for month in windows.priced()],
        before_force=_plain(before),
        usd_per_kg_before=base if np.isfinite(base) else None,
    )


def _destinations(
    amounts: Floats, targets: frozenset[str], windows: Windows, panel: Panel, coverage: float, weight: float
) -> list[dict[str, Any]]:
    """A row a destination, the largest first."""
    found = estimates.destination_figures(amounts, windows, coverage, weight)
    return [_row(figures, targets, panel) for figures in sorted(found, key=lambda f: (-f.normal_month, f.place))]


def _row(figures: estimates.DestinationFigures, targets: frozenset[str], panel: Panel) -> dict[str, Any]:
    code = panel.destinations[figures.place]
    return {
        "partner": code,
        "name": economies()[code].name,
        "targeted": (code in targets) if targets else None,
        "normal_month": figures.normal_month,
        "front_loading": figures.front_loading,
        "drop": figures.drop.estimate,
        "drop_interval": list(figures.drop.interval),
        "drop_p_value": figures.drop.p_value,
        "drop_three_months": figures.drop_three_months.estimate,
        "drop_three_months_interval": list(figures.drop_three_months.interval),
        "permanent_loss": figures.lasting_loss.estimate,
        "permanent_loss_interval": list(figures.lasting_loss.interval),
        "months_to_50": figures.months_to_50,
        "months_to_90": figures.months_to_90,
        "zero_months": [panel.name(column) for column in figures.zero_columns],
        "zero_months_before": figures.zeros_before,
        "months_before": figures.months_before,
        "lumpy": figures.lumpy,
    }


def _destination_gap(
    amounts: Floats, targets: frozenset[str], windows: Windows, panel: Panel, coverage: float, weight: float
) -> dict[str, Any]:
    """Targeted against other destinations; ``None`` and the reason when nobody is named or nobody is left."""
    marks = np.array([code in targets for code in panel.destinations])
    use = gaps.compared(amounts, windows)
    nothing = {"estimate": None, "interval": [None, None], "windows": [], "pre_trend": None}
    if not targets:
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
    found = gaps.destination_gaps(part, targeted, windows, coverage, weight)
    drift = gaps.pre_trend(part, targeted, windows)
    listed: list[dict[str, Any]] = [
        {
            "window": item.window,
            "estimate": item.gap.estimate,
            "interval": list(item.gap.interval),
            "p_value": item.gap.p_value,
            "assignments": item.gap.assignments,
            "exact": item.gap.exact,
            "p_value_by_dates": item.by_dates,
            "poisson": {"estimate": item.poisson, "interval": list(item.poisson_interval)},
        }
        for item in found
    ]
    main: dict[str, Any] = next((item for item in listed if item["window"] == "first_three_months"), {})
    return {
        "estimate": main.get("estimate"),
        "interval": main.get("interval", [None, None]),
        "p_value": main.get("p_value"),
        "unit": "targeted minus others, shares of the expected in the first three months under force",
        "targeted": [c for c, mark, kept in zip(panel.destinations, marks, use, strict=True) if mark and kept],
        "others": [c for c, mark, kept in zip(panel.destinations, marks, use, strict=True) if not mark and kept],
        "windows": [{**item, "poisson": _finite(item["poisson"])} for item in listed],
        "pre_trend": None if drift is None else {"estimate": drift.estimate, "p_value": drift.p_value},
        "why": None,
    }


def _finite(figure: dict[str, Any]) -> dict[str, Any]:
    """A figure with infinities and NaN as unknown."""
    value = figure["estimate"]
    return {**figure, "estimate": value if value is not None and np.isfinite(value) else None}


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


def _origin_gap(
    summed: Floats,
    origins: Sequence[Flows],
    windows: Windows,
    panel: Panel,
    unit: str,
    coverage: float,
    weight: float,
) -> dict[str, Any]:
    if not origins:
        return {"estimate": None, "interval": [None, None], "why": "no flows of other origins were given"}
    others = _others(origins, panel, unit, frozenset())
    found = gaps.origin_gap(summed, others, windows, coverage, weight)
    lost = estimates.shortfall(summed, windows, windows.early(), weight)
    gained = -estimates.shortfall(others, windows, windows.early(), weight)
    return _plain(
        found,
        unit="other origins minus this one, shares of the expected in the first three months under force",
        origins=[flows.exporter for flows in origins],
        replaced_share=gained / lost if lost > 0 and np.isfinite(gained) else None,
        why=None,
    )


def _diversion(
    amounts: Floats,
    targets: frozenset[str],
    origins: Sequence[Flows],
    windows: Windows,
    panel: Panel,
    unit: str,
    coverage: float,
    weight: float,
) -> dict[str, Any]:
    """Third countries' exports to the targeted when given, else this origin's exports to the spared."""
    nothing = {"estimate": None, "interval": [None, None], "lag": None}
    places = [place for place, code in enumerate(panel.destinations) if not targets or code in targets]
    rest = [place for place in range(len(panel.destinations)) if place not in places]
    lost = estimates.shortfall(estimates.pooled(amounts, places), windows, windows.early(), weight)
    if origins:
        elsewhere, route = _others(origins, panel, unit, targets), "third countries to the targeted destinations"
    elif targets and rest:
        elsewhere, route = estimates.pooled(amounts, rest), "this origin to the destinations not targeted"
    else:
        return {**nothing, "why": "neither targets nor flows of other origins are given: nowhere to look for leakage"}
    if not lost > 0:
        return {**nothing, "route": route, "why": "the targeted destinations lost nothing that could be diverted"}
    found = estimates.diversion(elsewhere, lost, windows, coverage, weight)
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


# -- checks ---------------------------------------------------------------------------------------------------


def _checks(
    measure: Measure,
    flows: Flows,
    panel: Panel,
    summed: Floats,
    windows: Windows,
    unit: str,
    coverage: float,
    weight: float,
) -> dict[str, Any]:
    """Would the method have cried wolf: before the announcement, and on products that the measure does not cover."""
    return {
        "pre_trend": _pre_trend(summed, windows, coverage, weight),
        "placebo_products": _placebo_products(measure, flows, panel, windows, unit, coverage, weight),
    }


def _pre_trend(summed: Floats, windows: Windows, coverage: float, weight: float) -> dict[str, Any]:
    """The last half year before the announcement as if the measure had come before it."""
    half = gaps.HALF
    if windows.announced - half < YEAR * YEARS:
        return _plain(estimates.UNKNOWN)
    before = Windows(windows.announced - half, range(0), windows.announced - half, windows.announced)
    months = range(windows.announced - half, windows.announced)
    found = estimates.share_of_expected(summed, before, months, coverage, weight)
    if found.estimate is None or found.p_value is None:
        return _plain(found)
    two_sided = min(1.0, 2 * min(found.p_value, 1 + 1 / (found.placebo_dates + 1) - found.p_value))
    interval = tuple(None if b is None else b - 1 for b in found.interval)
    moved = Estimate(found.estimate - 1, (interval[0], interval[1]), two_sided, found.placebo_dates)
    return _plain(moved, unit="relative to the expected, last six months before the announcement")


def _placebo_products(
    measure: Measure, flows: Flows, panel: Panel, windows: Windows, unit: str, coverage: float, weight: float
) -> list[dict[str, Any]]:
    """The same figures for each product in the file that the measure does not cover; needs the measure's products."""
    covered = measure.products or (panel.code,)
    others = [code for code in flows.codes if not any(code.startswith(p) or p.startswith(code) for p in covered)]
    found = []
    for code in others:
        other = panel_of(flows, code)
        series = other.amounts(unit).sum(axis=0)
        if not np.isfinite(expectation(series, windows.announced, 1).level):
            continue
        model = gaps.product_gap([panel.usd, other.usd], [True, False], windows)
        place = 1 if windows.front else 0
        found.append(
            {
                "product": code,
                "front_loading": _plain(estimates.front_loading(series, windows, coverage, weight)),
                "drop": _plain(estimates.drop(series, windows, windows.first(), coverage, weight)),
                "measured_over_placebo": _finite({"estimate": model.effect(place)})["estimate"]
                if model and windows.bound is not None
                else None,
            }
        )
    return found


def _revised(
    measure: Measure, code: str, flows: Flows, earlier: Flows, unit: str, coverage: float, weight: float
) -> dict[str, Any]:
    """What a later release changed, and the two main figures as they stood before."""
    changes = revisions(earlier, flows, code)
    panel = panel_of(earlier, code)
    figures: dict[str, Any] = {"front_loading": None, "drop": None}
    try:
        windows = windows_of(measure, panel)
        summed = panel.amounts(unit).sum(axis=0)
        figures["front_loading"] = estimates.front_loading(summed, windows, coverage, weight).estimate
        figures["drop"] = estimates.drop(summed, windows, windows.first(), coverage, weight).estimate
    except StraitsError:
        pass  # the earlier release ends before the announcement: it has no figure to compare
    return {"changes": len(changes), "months": sorted({row["month"] for row in changes}), "before": figures}


# -- paths for charts and tables ------------------------------------------------------------------------------


def _path(summed: Floats, windows: Windows, panel: Panel, coverage: float, weight: float) -> list[dict[str, Any]]:
    """Two years before and all months since, with what was expected and the usual misses of one month."""
    span = windows.end - windows.announced
    found = expectation(summed, windows.announced, span, weight=weight)
    rows = []
    for month in range(windows.announced - YEARS * YEAR, windows.end):
        row: dict[str, Any] = {"month": panel.name(month), "actual": _known(summed[month])}
        horizon = month - windows.announced
        if horizon >= 0:
            expected = float(found.expected[horizon])
            low, high = _single_misses(summed, windows, horizon, coverage, weight)
            row |= {
                "expected": expected,
                "low": None if low is None else expected * low,
                "high": None if high is None else expected * high,
            }
        rows.append(row)
    return rows


def _single_misses(
    summed: Floats, windows: Windows, horizon: int, coverage: float, weight: float
) -> tuple[float | None, float | None]:
    values = [
        float(summed[at + horizon] / expectation(summed, at, horizon + 1, weight=weight).expected[horizon])
        for at in placebo_dates(summed, windows.announced, horizon + 1)
    ]
    return spread(values).bounds(coverage)


def _destination_path(
    amounts: Floats,
    rows: list[dict[str, Any]],
    targets: frozenset[str],
    windows: Windows,
    panel: Panel,
    weight: float,
) -> list[dict[str, Any]]:
    """Amounts over the normal month by group: targeted and others when targets are named, else the largest."""
    place = {code: number for number, code in enumerate(panel.destinations)}
    if targets:
        groups = {
            "targeted": [place[row["partner"]] for row in rows if row["targeted"]],
            "not targeted": [place[row["partner"]] for row in rows if not row["targeted"]],
        }
    else:
        groups = {row["name"]: [place[row["partner"]]] for row in rows[:LISTED]}
    found = []
    for group, places in groups.items():
        if not places:
            continue
        series = estimates.pooled(amounts, places)
        level = float(expectation(series, windows.announced, 1, weight=weight).level)
        for month in range(windows.announced - YEAR, windows.end):
            value = _known(series[month])
            if level > 0 and value is not None:
                found.append({"month": panel.name(month), "group": group, "over_normal": value / level})
    return found


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


# -- remarks --------------------------------------------------------------------------------------------------


def _notes(
    measure: Measure,
    flows: Flows,
    panel: Panel,
    windows: Windows,
    parts: dict[str, Any],
    unit: str,
    coverage: float,
    weight: float,
) -> tuple[str, ...]:
    notes = [*what_a_code_is(panel.code)[1], *flows.notes]
    if measure.announced.day > 1:
        notes.append(
            f"announced on day {measure.announced.day}: {panel.name(windows.announced)} counts wholly as after the "
            "announcement, though part of it lies before"
        )
    if measure.in_force and measure.in_force.day > 1:
        notes.append(f"in force from day {measure.in_force.day}: the drop is told from the first whole month after")
    if windows.bound is None:
        notes.append("no whole month under force is in the data: drop and rebound are unknown")
    if panel.imputed.any():
        months = [panel.name(int(column)) for column in np.flatnonzero(panel.imputed)]
        notes.append(
            f"{len(months)} month(s) from {months[0]} to {months[-1]} have one unit value for nearly all destinations: "
            "their masses were made from values, so they are left out" + (" of prices" if unit == "usd" else "")
        )
    if panel.missing.any():
        months = [panel.name(int(column)) for column in np.flatnonzero(panel.missing)]
        notes.append(f"the file lacks {', '.join(months)}: unknown, not zero")
    if panel.filled and unit == "kg":
        notes.append(
            f"{panel.filled} mass(es) unknown for under 1 % of a month's value were put in at the month's unit value"
        )
    unknown = int(np.isnan(panel.amounts(unit)[:, ~panel.missing & ~panel.imputed]).any(axis=0).sum())
    if unknown:
        notes.append(f"in {unknown} month(s) a destination's {unit} is unknown: so is the month's total")
    lumpy = [row["name"] for row in parts["destinations"] if row["lumpy"]]
    if lumpy:
        notes.append(
            f"lumpy before the measure (many zero months or a spread above the mean), so their own figures say little: "
            f"{', '.join(lumpy)}"
        )
    notes += [
        f"a normal month is the mean of {panel.name(windows.announced - YEAR)} to {panel.name(windows.announced - 1)}; "
        f"calendar-month factors from {YEARS} years enter with weight {weight:g}",
        f"intervals cover {coverage:.0%} of what happens without a measure; they come from "
        f"{parts['front_loading']['placebo_dates']} (front-loading) and {parts['drop']['placebo_dates']} (drop) placebo "
        f"dates before the announcement; with fewer than {int(np.ceil(2 / (1 - coverage) - 1e-9)) - 1} there is no bound",
        "a destination that the file does not list in a month had zero; a month below 0.1 % of the normal one counts as "
        "a zero month",
        f"the newest months (to {month_name(panel.first + panel.months - 1)}) may still be revised by the reporter",
        "the interval says how far the expected may miss, not what the measure would do elsewhere; other causes in the "
        "same months are not told apart",
    ]
    return tuple(notes)


def _measure_sources(measure: Measure) -> list[dict[str, Any]]:
    return [{"name": measure.id, "citation": text} for text in measure.sources]
