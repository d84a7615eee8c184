"""Flows as arrays: one row a destination, one column a month, and what is unknown in them.

Customs list a partner only in months with trade.  So a partner absent from a month that the file has is a zero; a
month that the whole file lacks is unknown; a row without mass is unknown, and so is every sum that it belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from straits.sources.monthly import Flows, month_name
from straits.vocabulary.errors import StraitsError

Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]

SAME = 1e-4  # unit values this close are one number
IMPUTED_SHARE, IMPUTED_PARTNERS = 0.9, 8
SMALL = 0.01  # of a month's value: a mass that is unknown for less is put in


@dataclass(frozen=True)
class Panel:
    """Monthly exports of one product by destination.

    ``kg`` and ``usd`` have shape (destinations, months), unknown is NaN; ``first`` is the month of column 0;
    ``imputed`` marks the months whose masses were made from one unit value; ``missing`` those that the file lacks;
    ``filled`` counts the masses that :func:`fill_small` put in.
    """

    code: str
    destinations: tuple[str, ...]
    first: int
    kg: Floats
    usd: Floats
    imputed: Marks
    missing: Marks
    filled: int = 0

    @property
    def months(self) -> int:
        """How many months there are, missing ones included."""
        return int(self.kg.shape[1])

    def name(self, column: int) -> str:
        """The month of a column."""
        return month_name(self.first + column)

    def amounts(self, unit: str) -> Floats:
        """The amounts by which volumes are told: ``kg`` (months with made-up masses unknown) or ``usd``."""
        if unit == "usd":
            return self.usd
        return np.where(self.imputed, np.nan, self.kg)


def panel_of(flows: Flows, code: str) -> Panel:
    """The panel of one code; the code's eight-digit lines are not added up.

    Raises :class:`~straits.vocabulary.errors.StraitsError` when the flows do not have the code.
    """
    rows = [row for row in flows.rows if row.code == code]
    if not rows:
        raise StraitsError(f"{flows.name} has no product {code}: it has {', '.join(flows.codes[:10])}")
    have = flows.months
    first, months = have[0], have[-1] - have[0] + 1
    destinations = tuple(sorted({row.partner for row in rows}))
    place = {economy: number for number, economy in enumerate(destinations)}
    kg, usd = np.zeros((len(destinations), months)), np.zeros((len(destinations), months))
    for row in rows:
        at = place[row.partner], row.month - first
        kg[at] = np.nan if row.kg is None else row.kg
        usd[at] = np.nan if row.value is None else row.value
    missing = ~np.isin(np.arange(first, first + months), have)
    kg[:, missing] = usd[:, missing] = np.nan
    imputed = imputed_months(kg, usd)
    kg, filled = fill_small(kg, usd)
    return Panel(code, destinations, first, kg, usd, imputed, missing, filled)


def fill_small(kg: Floats, usd: Floats) -> tuple[Floats, int]:
    """Masses that are unknown for less than 1 % of a month's value, at the unit value of the rest of the month.

    The month's total then errs by about 1 % at most, and is not lost for a parcel.  Returns the masses and how many.

    >>> fill_small(np.array([[100.0], [np.nan]]), np.array([[200.0], [1.0]]))
    (array([[100. ],
           [  0.5]]), 1)
    """
    unknown = np.isnan(kg) & np.isfinite(usd)
    known_usd = np.where(np.isfinite(kg) & np.isfinite(usd), usd, 0.0).sum(axis=0)
    known_kg = np.where(np.isfinite(kg) & np.isfinite(usd), kg, 0.0).sum(axis=0)
    share = np.where(unknown, usd, 0.0).sum(axis=0)
    use = unknown & ((share > 0) & (share < SMALL * known_usd))[None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(use, usd * (known_kg / known_usd), kg), int(use.sum())


def imputed_months(kg: Floats, usd: Floats) -> Marks:
    """Months in which nearly all destinations have one and the same unit value: the masses were made from values.

    >>> kg = np.array([[1.0, 2.0]] * 4 + [[3.0, 1.0]] * 4); usd = kg.copy(); usd[:, 1] = np.arange(8)
    >>> imputed_months(kg, usd).tolist()
    [True, False]
    """
    marks = np.zeros(kg.shape[1], dtype=np.bool_)
    for column in range(kg.shape[1]):
        with np.errstate(divide="ignore", invalid="ignore"):
            values = (usd[:, column] / kg[:, column])[kg[:, column] > 0]
        values = values[np.isfinite(values)]
        if len(values) >= IMPUTED_PARTNERS:
            same = np.abs(values / np.median(values) - 1) < SAME
            marks[column] = same.mean() >= IMPUTED_SHARE
    return marks


def total(amounts: Floats) -> Floats:
    """The sum over destinations by month; a sum with an unknown part is unknown."""
    summed: Floats = amounts.sum(axis=0)
    return summed
