"""What the tests of effects share: the real graphite series, its measure, and made-up flows whose truth is known."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from straits.controls.effects.measure import Measure
from straits.sources.monthly import Flows, read_monthly

sys.path.insert(
    0, str(Path(__file__).resolve().parents[2])
)  # so that `from controls.effects.made_up import` is found

from controls.effects.made_up import PARTNERS

GRAPHITE = "data/china_graphite_exports_monthly_2017_2024/natural_graphite_250410_monthly.csv"


@pytest.fixture(scope="session")
def announcement_39() -> Measure:
    """MOFCOM and GAC announcement 39/2023 on graphite items."""
    return Measure("CN-2023-39", "CHN", dt.date(2023, 10, 20), dt.date(2023, 12, 1), ("250410", "250490", "380110"))


@pytest.fixture(scope="session")
def graphite(shared: Path) -> Flows:
    """China's monthly exports of natural graphite, 2017 to 2024."""
    return read_monthly(shared / GRAPHITE)


@pytest.fixture
def world() -> Callable[..., np.ndarray]:
    """Monthly amounts (12 partners, 96 months) with seasonality, noise and gaps, and no effect of any measure."""

    def make(seed: int, noise: float = 0.25, months: int = 96, lumpy: float = 0.0) -> np.ndarray:
        random = np.random.default_rng(seed)
        level = np.exp(random.normal(12, 0.8, len(PARTNERS)))[:, None]
        season = 1 + 0.15 * np.sin(2 * np.pi * (np.arange(months) + random.integers(12)) / 12)
        shocks = np.exp(random.normal(0, noise, (len(PARTNERS), months)) + random.normal(0, 0.08, months))
        gone = random.random((len(PARTNERS), months)) < lumpy
        return np.where(gone, 0.0, np.round(level * season * shocks))

    return make
