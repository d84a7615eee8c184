"""How much: units of the canonical tables and of the sources, converted in this one place.

Trade is kept in whole US dollars and whole kilograms (64-bit integers), so that sums are exact and the same on
every engine and every run.  BACI publishes thousand dollars and metric tons with three decimals, so nothing is lost.
"""

from __future__ import annotations

USD_PER_BACI_VALUE = 1000
KG_PER_BACI_QUANTITY = 1000
KG_PER_TONNE = 1000


def money(usd: float) -> str:
    """A dollar amount for a reader.

    >>> money(139_214_553), money(950), money(1.2e9)
    ('139.2 M USD', '950 USD', '1.20 bn USD')
    """
    for size, unit, digits in ((1e9, "bn USD", 2), (1e6, "M USD", 1), (1e3, "k USD", 1)):
        if abs(usd) >= size:
            return f"{usd / size:,.{digits}f} {unit}"
    return f"{usd:,.0f} USD"


def tonnes(amount: float) -> str:
    """A mass in tonnes for a reader.

    >>> tonnes(123_456.7), tonnes(3_400_000)
    ('123,457 t', '3.40 Mt')
    """
    if abs(amount) >= 1e6:
        return f"{amount / 1e6:,.2f} Mt"
    return f"{amount:,.0f} t" if abs(amount) >= 10 else f"{amount:,.2f} t"


def percent(share: float | None, digits: int = 1) -> str:
    """A share (0 to 1) as per cent; ``unknown`` when there is none.

    >>> percent(0.31597), percent(None)
    ('31.6 %', 'unknown')
    """
    return "unknown" if share is None else f"{100 * share:.{digits}f} %"
