"""How the effect of a control reads on a terminal: the finding, every destination, the notes, the sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from straits.controls.effects.effect import Effect
from straits.vocabulary.quantities import percent


def told(found: Effect) -> Iterator[str]:
    """The lines of an effect."""
    yield f"{found.measure} on {found.product}: announced {found.announced}, in force {found.in_force or 'not yet'}\n"
    yield from found.finding
    yield f"Certainty: {found.certainty}. {found.certainty_because}\n"
    yield f"{'destination':28}{'drop':>10}  months at zero"
    for row in found.destinations:
        yield f"{row.get('name', row['partner']):28}{_drop(row.get('drop')):>10}  {_months(row.get('zero_months'))}"
    yield ""
    for note in found.notes:
        yield f"Note: {note}"
    for source in found.sources:
        yield f"Source: {source.get('citation', source) if isinstance(source, dict) else source}"


def _drop(drop: Any) -> str:
    estimate = drop.get("estimate") if isinstance(drop, dict) else drop
    return "unknown" if estimate is None else percent(estimate)


def _months(zero: Any) -> str:
    return ", ".join(map(str, zero)) if isinstance(zero, list | tuple) else str(zero or "")
