"""Made-up monthly flows whose truth is known."""

from __future__ import annotations

import numpy as np

from straits.sources.monthly import Flow, Flows, month_number

FIRST = month_number(2017, 1)
PARTNERS = ["DEU", "FRA", "ITA", "JPN", "KOR", "USA", "IND", "BRA", "MEX", "VNM", "THA", "TUR"]
EVENT = 81  # 2023-10


def flows_of(
    amounts: np.ndarray, partners: list[str], usd_per_kg: float = 2.0, exporter: str = "CHN", code: str = "250410"
) -> Flows:
    """Flows from an array (partners, months) of kg, from 2017-01 on; zeros are not listed, as customs do; NaN: no kg."""
    price = usd_per_kg * (1 + 0.01 * np.arange(len(partners)))  # not one unit value for all: that would look made up
    rows = [
        Flow(
            FIRST + month,
            partner,
            code,
            float(price[place] * (1000 if np.isnan(kg) else kg)),
            None if np.isnan(kg) else float(kg),
        )
        for place, partner in enumerate(partners)
        for month, kg in enumerate(amounts[place])
        if kg != 0
    ]
    return Flows(exporter, tuple(rows), "made-up.csv", "0" * 64)
