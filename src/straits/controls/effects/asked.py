"""What is asked of the data: a measure, one product, months and destinations, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from straits.controls.effects.counterfactual import SEASONAL_WEIGHT, expectation
from straits.controls.effects.measure import Measure, product_asked
from straits.controls.effects.panel import Floats, Panel, panel_of
from straits.controls.effects.windows import Windows, windows_of
from straits.sources.monthly import Flows
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.regions import region

COVERAGE = 0.9
UNITS = ("kg", "usd")


@dataclass(frozen=True)
class Asked:
    """One question: ``targets`` are the economies named as targets, empty when none is; ``coverage`` that of intervals;
    ``weight`` how far calendar-month factors count (0 to 1).
    """

    measure: Measure
    code: str
    flows: Flows
    panel: Panel
    windows: Windows
    targets: frozenset[str]
    unit: str = "kg"
    coverage: float = COVERAGE
    weight: float = SEASONAL_WEIGHT

    @cached_property
    def amounts(self) -> Floats:
        """Amounts in the unit, shape (destinations, months)."""
        return self.panel.amounts(self.unit)

    @cached_property
    def summed(self) -> Floats:
        """All destinations together, shape (months,)."""
        return np.asarray(self.amounts.sum(axis=0))

    @cached_property
    def normal_month(self) -> float:
        """The mean of the twelve months before the announcement."""
        return float(expectation(self.summed, self.windows.announced, 1).level)


def asked(
    measure: Measure,
    product: str,
    flows: Flows,
    destinations: Sequence[str] | None,
    unit: str,
    coverage: float,
    weight: float,
    as_basket: bool,
) -> Asked:
    """The question, or a :class:`~straits.vocabulary.errors.StraitsError` that says why it cannot be asked."""
    code = product_asked(product, as_basket)
    _check(measure, code, flows, unit, coverage, weight)
    panel = panel_of(flows, code)
    windows = windows_of(measure, panel)
    targets = _targets(measure, destinations, panel)
    found = Asked(measure, code, flows, panel, windows, targets, unit, coverage, weight)
    _check_level(found)
    return found


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


def _check_level(found: Asked) -> None:
    panel, announced = found.panel, found.windows.announced
    if not np.isfinite(found.normal_month):
        raise StraitsError(
            f"{panel.code}: fewer than eight of the twelve months before {panel.name(announced)} have a known "
            "amount: no normal month can be told (try --unit usd)"
        )
    if found.normal_month <= 0:
        raise StraitsError(f"{panel.code}: nothing was exported in the year before {panel.name(announced)}")


def _targets(measure: Measure, destinations: Sequence[str] | None, panel: Panel) -> frozenset[str]:
    names = list(measure.targets if destinations is None else destinations)
    known = {code for name in names for code in region(name).economies(measure.announced)}
    if names and not known & set(panel.destinations):
        raise StraitsError(f"none of {', '.join(names)} bought {panel.code}: no destination to compare")
    return frozenset(known)
