"""Is a share rising or falling, and how surely: a straight line through the years, with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Trend:
    """Ordinary least squares of a share on the year.

    ``slope`` is in share per year; ``low`` and ``high`` bound it at the given confidence (``None`` with fewer
    than three years); ``n`` is the number of years with a known share.
    """

    n: int
    first: int
    last: int
    slope: float | None
    low: float | None
    high: float | None

    @property
    def direction(self) -> str:
        """``rising``, ``falling``, ``no clear trend``, or ``unknown``."""
        if self.low is None or self.high is None:
            return "unknown"
        if self.low > 0:
            return "rising"
        return "falling" if self.high < 0 else "no clear trend"


def trend(years: Sequence[int], shares: Sequence[float | None], confidence: float = 0.95) -> Trend:
    """The slope of shares over years with its t interval.

    ``shares`` are 0 to 1, ``None`` where unknown.  Textbook simple regression: slope = Sxy / Sxx, standard error
    sqrt(SSE / (n - 2) / Sxx).  Years are treated as independent, which trade shares are not quite: the interval is
    a guide, not a test.

    >>> t = trend([2019, 2020, 2021, 2022], [0.1, 0.2, 0.3, 0.4])
    >>> round(t.slope, 6), t.direction
    (0.1, 'rising')
    """
    known = [(year, share) for year, share in zip(years, shares, strict=True) if share is not None]
    n = len(known)
    first, last = (known[0][0], known[-1][0]) if known else (0, 0)
    if n < 2 or first == last:
        return Trend(n, first, last, None, None, None)
    mean_x = math.fsum(x for x, _ in known) / n
    mean_y = math.fsum(y for _, y in known) / n
    sxx = math.fsum((x - mean_x) ** 2 for x, _ in known)
    sxy = math.fsum((x - mean_x) * (y - mean_y) for x, y in known)
    slope = sxy / sxx
    if n < 3:
        return Trend(n, first, last, slope, None, None)
    errors = math.fsum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in known)
    from scipy.special import stdtrit

    half = float(stdtrit(n - 2, 0.5 + confidence / 2)) * math.sqrt(errors / (n - 2) / sxx)
    return Trend(n, first, last, slope, slope - half, slope + half)
