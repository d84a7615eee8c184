"""The trend of a share, by SciPy's linear regression."""

from __future__ import annotations

from collections.abc import Sequence

from scipy import stats


def slope_with_interval(
    years: Sequence[int], shares: Sequence[float | None], confidence: float = 0.95
) -> tuple[float, float, float]:
    """Slope in share per year with the lower and upper end of its t interval; years of unknown share left out."""
    known = [(year, share) for year, share in zip(years, shares, strict=True) if share is not None]
    line = stats.linregress([year for year, _ in known], [share for _, share in known])
    half = stats.t.ppf((1 + confidence) / 2, len(known) - 2) * line.stderr
    return line.slope, line.slope - half, line.slope + half
