"""How often the data come, and what follows from it: which detectors judge, how they learn, what a rate is counted in.

Annual flows have no season, few points and growth that is large beside their errors: levels are learnt faster, with a
damped slope (Gardner and McKenzie 1985), a series is judged after eight observed years, and the thresholds have a
reference of their own.  Detectors that look at three months together have no annual twin.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from straits.watch.detectors import DEFAULT, DETECTORS, Settings

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Rhythm:
    """``word`` names one column of a panel (month or year), ``a_year`` how many make a year; ``spread`` is how many
    columns after an alarm another on the same series counts as the same; ``file`` holds the reference of calibration.
    """

    word: str
    a_year: int
    spread: int
    detectors: tuple[str, ...]
    settings: Settings
    file: Path


MONTHLY = Rhythm("month", 12, 6, DETECTORS, DEFAULT, HERE / "reference.yaml")
ANNUAL = Rhythm(
    "year",
    1,
    2,
    ("level_drop", "surge", "price_jump", "supplier_switch", "new_concentration"),
    Settings(
        period=1,
        warm_up=5,
        mean_rate=0.2,
        level_rate=0.35,
        slope_rate=0.3,
        slope_kept=0.95,
        scale_rate=0.1,
        fast_rate=0.6,
        burn_in=8,
        least_trading=5,
        restart_after=3,
        window=1,
        share_rate=0.3,
    ),
    HERE / "reference-annual.yaml",
)
RHYTHMS = {"monthly": MONTHLY, "annual": ANNUAL}
