"""Which months count as before, between announcement and force, first under force, and settled."""

from __future__ import annotations

from dataclasses import dataclass

from straits.controls.effects.counterfactual import YEAR, YEARS
from straits.controls.effects.measure import Measure
from straits.controls.effects.panel import Panel
from straits.sources.monthly import month_name, month_number
from straits.vocabulary.errors import StraitsError

EARLY = 3  # months under force that the first three-month figure averages
PRICE = 6  # months under force over which unit values are compared
SETTLED = (6, 12)  # months under force (from, to) that tell whether a loss is permanent


@dataclass(frozen=True)
class Windows:
    """Columns of the panel: ``announced`` (its month), ``bound`` (first month wholly under force), ``end`` (past the last).

    ``front`` are the months from announcement to force; empty when both fall into one month.  ``bound`` is ``None``
    while the measure is not in force within the data.
    """

    announced: int
    front: range
    bound: int | None
    end: int

    def first(self) -> range:
        """The first month wholly under force."""
        return self._of(0, 1)

    def early(self) -> range:
        """The first three months under force."""
        return self._of(0, EARLY)

    def priced(self) -> range:
        """The months over which unit values are compared."""
        return self._of(0, PRICE)

    def settled(self) -> range:
        """The seventh to twelfth month under force."""
        return self._of(*SETTLED)

    def _of(self, start: int, stop: int) -> range:
        """Months under force counted from ``bound``; empty when the data end before."""
        if self.bound is None or self.bound + start >= self.end:
            return range(0)
        return range(self.bound + start, min(self.bound + stop, self.end))


def windows_of(measure: Measure, panel: Panel) -> Windows:
    """The windows of a measure on a panel.

    Raises :class:`~straits.vocabulary.errors.StraitsError` when the data do not reach from two years before the
    announcement to it.
    """
    announced = month_number(measure.announced.year, measure.announced.month) - panel.first
    end = panel.months
    last = panel.name(end - 1)
    if announced >= end:
        raise StraitsError(
            f"{measure.id} was announced in {month_name(announced + panel.first)}; the data end {last}"
        )
    if announced < YEAR * YEARS:
        raise StraitsError(
            f"{measure.id}: {YEARS} years of data before {month_name(announced + panel.first)} are needed; "
            f"the data begin {panel.name(0)}"
        )
    if measure.in_force is None:
        return Windows(announced, range(announced, end), None, end)
    force = month_number(measure.in_force.year, measure.in_force.month) - panel.first
    bound = force if measure.in_force.day == 1 else force + 1
    return Windows(announced, range(announced, min(force, end)), bound if bound < end else None, end)
