"""Which signals first: how strong a signal is, times how much hangs on it, with the parts shown.

Exposure is the product of three parts from 0 to 1: how dependent the dependent is, how critical the product is, and
how hard it is to replace.  A part nobody knows may be anything from 0 to 1: exposure is then a range, the order goes
by its upper end (what it may be at worst), and the parts say what is unknown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from straits.watch.flows import Exposure

STRONGEST = 8.0  # a chance below one in a hundred million counts as that


@dataclass(frozen=True)
class Rank:
    """Strength (-log10 of p), exposure (low, high) and their product by the upper end."""

    strength: float
    exposure_low: float
    exposure_high: float
    rank: float
    unknown: tuple[str, ...]


def rank(p: float, exposure: Exposure) -> Rank:
    """The parts of a signal's place in the list.

    >>> rank(1e-4, Exposure(dependent=0.9, critical=0.5, replaceable=0.0)).rank
    1.8
    >>> rank(1e-4, Exposure(dependent=0.5)).unknown
    ('critical', 'replaceable')
    """
    strength = min(STRONGEST, -math.log10(max(p, 1e-300)))
    parts = {
        "dependent": exposure.dependent,
        "critical": exposure.critical,
        "replaceable": None if exposure.replaceable is None else 1 - exposure.replaceable,
    }
    known = [value for value in parts.values() if value is not None]
    unknown = tuple(name for name, value in parts.items() if value is None)
    high = math.prod(known)
    return Rank(round(strength, 4), 0.0 if unknown else high, high, round(strength * high, 4), unknown)
