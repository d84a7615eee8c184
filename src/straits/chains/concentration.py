"""How many economies it takes to make three quarters of an item, when shares are known only in part.

The count of largest economies whose shares add up to 75 % of use.  With shares as intervals it is a range: the
fewest when the open shares gather as much as they may, the most when they spread as evenly as they may.  The even
end is exact (of all shares within their bounds, those clamped to one level have the smallest sums of largest
members; Marshall, Olkin and Arnold, *Inequalities*, 2nd ed. 2011, chapter 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb

from straits.chains.model import Interval

THRESHOLD = 0.75
_TRIED = 20_000
_DUST = 1e-9


def economies_for(
    shares: Sequence[Interval], unnamed: Interval | None = None, threshold: float = THRESHOLD
) -> tuple[int | None, int | None]:
    """The fewest and the most economies that together hold the threshold; ``None`` when that is open.

    ``unnamed`` is what suppliers hold whom nobody names: it may belong to one of the economies, or to many others.

    >>> economies_for([Interval(0.5, 0.5), Interval(0.3, 0.3), Interval(0.2, 0.2)])
    (2, 2)
    >>> economies_for([Interval(0, 1), Interval(0, 1), Interval(0, 1), Interval(0, 1)])
    (1, 3)
    """
    known = [share for share in shares if share.high > 0]
    extra = unnamed or Interval(0.0, 0.0)
    return _fewest(known, extra, threshold), _most(known, extra, threshold)


def _fewest(shares: Sequence[Interval], unnamed: Interval, threshold: float) -> int | None:
    if unnamed.high >= threshold - _DUST:
        return 1
    for number in range(1, len(shares) + 1):
        if _gathered(shares, unnamed.high, number) >= threshold - _DUST:
            return number
    return None


def _gathered(shares: Sequence[Interval], unnamed: float, number: int) -> float:
    """The most that some ``number`` of economies can hold together."""
    floor = sum(share.low for share in shares)
    if floor >= 1.0:  # rounded shares that add up to more than all: as printed
        return sum(sorted((share.low for share in shares), reverse=True)[:number])
    if comb(len(shares), number) <= _TRIED:
        return max(
            min(sum(s.high for s in chosen) + unnamed, 1.0 - floor + sum(s.low for s in chosen))
            for chosen in combinations(shares, number)
        )
    highs = sorted((share.high for share in shares), reverse=True)[:number]
    lows = sorted((share.low for share in shares), reverse=True)[:number]
    return min(sum(highs) + unnamed, 1.0 - floor + sum(lows))


def _most(shares: Sequence[Interval], unnamed: Interval, threshold: float) -> int | None:
    lows, highs = [share.low for share in shares], [share.high for share in shares]
    mass = max(sum(lows), min(1.0 - unnamed.high, sum(highs)))
    level = _level(lows, highs, mass)
    spread = sorted((min(max(level, low), high) for low, high in zip(lows, highs, strict=True)), reverse=True)
    total = 0.0
    for number, share in enumerate(spread, 1):
        total += share
        if total >= threshold - _DUST:
            return number
    return None


def _level(lows: Sequence[float], highs: Sequence[float], mass: float) -> float:
    """The level to which shares are clamped so that they add up to ``mass``."""
    bottom, top = 0.0, 1.0
    for _ in range(60):
        level = (bottom + top) / 2
        filled = sum(min(max(level, low), high) for low, high in zip(lows, highs, strict=True))
        bottom, top = (level, top) if filled < mass else (bottom, level)
    return top
