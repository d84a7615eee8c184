"""A reader's own weights on the outcomes of a protocol, in the open: who leads, and how far a weight can move.

The method has no weights: the four dimensions count alike and are ranked within one technology.  Who wants weights
writes them down; then an outcome counts as its weight times the place of its level (the lowest is 1), as an interval
where several levels are possible, and the answer says at which weight the lead would change.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from straits.assess.assessment import Result
from straits.vocabulary.documents import read
from straits.vocabulary.errors import StraitsError, nearest


class WeightsFile(BaseModel):
    """``protocol`` and a weight for each of its outcomes; what is left out weighs nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    protocol: str = "four_dimensions"
    weights: dict[str, float] = Field(min_length=1)


@dataclass(frozen=True)
class Weighted:
    """One outcome with its weight: ``low`` and ``high`` are weight times place of level."""

    outcome: str
    weight: float
    low: float
    high: float


@dataclass(frozen=True)
class Flip:
    """The weight of ``outcome`` at which ``leader`` would no longer surely lead (it moves ``up`` or ``down`` to it)."""

    outcome: str
    weight: float
    flips_at: float
    direction: str


@dataclass(frozen=True)
class Weighing:
    """Outcomes by weighted place, the sure leader (``None``: several may lead), and where the lead would flip."""

    protocol: str
    rows: tuple[Weighted, ...]
    leader: str | None
    may_lead: tuple[str, ...]
    flips: tuple[Flip, ...]

    def plain(self) -> dict[str, Any]:
        """The JSON of it."""
        return asdict(self)


def load(path: Path) -> WeightsFile:
    """Read a file of weights; a negative or endless weight is an error, and so are weights that are all 0."""
    document = read(path)
    found = document.model(WeightsFile)
    for name, weight in found.weights.items():
        if weight < 0 or not math.isfinite(weight):
            raise StraitsError(document.fault(("weights", name), f"is {weight:g}: a weight is a number, 0 or more"))
    if not any(found.weights.values()):
        raise StraitsError(document.fault(("weights",), "are all 0: at least one has to count"))
    return found


def weigh(result: Result, weights: Mapping[str, float]) -> Weighing:
    """Weigh the outcomes of one protocol.

    >>> from straits.assess.assessment import Assessor
    >>> result = Assessor.shipped().assess("smart-city", "four_dimensions").results["four_dimensions"]
    >>> weigh(result, {"national_security": 3, "competitiveness": 1}).leader
    'national_security'
    """
    outcomes = {outcome.id: outcome for outcome in result.protocol.outcomes}
    rows = []
    for name, weight in weights.items():
        if name not in outcomes:
            raise nearest(name, outcomes, f"outcome of {result.protocol.id}")
        if not outcomes[name].scale.ordered:
            raise StraitsError(f"{name}: its levels have no order, so that they cannot be weighed")
        mask = result.outcomes[name]
        low, high = (mask & -mask).bit_length(), mask.bit_length()
        rows.append(Weighted(name, weight, weight * low, weight * high))
    rows.sort(key=lambda row: (-row.high, -row.low, row.outcome))
    floor = max(row.low for row in rows)
    may = [row for row in rows if row.high >= floor]
    leader = may[0] if len(may) == 1 else None
    flips = _flips(leader, rows) if leader else []
    return Weighing(
        result.protocol.id,
        tuple(rows),
        leader.outcome if leader else None,
        tuple(row.outcome for row in may),
        tuple(flips),
    )


def _flips(leader: Weighted, rows: list[Weighted]) -> list[Flip]:
    others = [row for row in rows if row is not leader]
    if not others:
        return []
    flips = [Flip(leader.outcome, leader.weight, max(o.high for o in others) * leader.weight / leader.low, "down")]
    flips += [Flip(o.outcome, o.weight, leader.low * o.weight / o.high, "up") for o in others if o.high > 0]
    return flips
