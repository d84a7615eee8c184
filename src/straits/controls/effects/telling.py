"""How the effect of a control reads on a terminal: the finding, the figures, every destination, the notes, the sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from straits.controls.effects.effect import Effect

LISTED = 3  # months at zero that are named; of more their number is told
UNKNOWN = "unknown"


def told(found: Effect) -> Iterator[str]:
    """The lines of an effect."""
    yield f"{found.measure} on {found.product}: announced {found.announced}, in force {found.in_force or 'not yet'}\n"
    yield from found.finding
    yield f"Certainty: {found.certainty}: {found.certainty_because}.\n"
    yield from _figures(found)
    yield ""
    yield from _destinations(found)
    yield ""
    for note in found.notes:
        yield f"Note: {note}"
    for source in found.sources:
        yield f"Source: {source.get('citation') or source['name']}"


def _figures(found: Effect) -> Iterator[str]:
    """Estimate, interval, chance and the Poisson model's word on each figure."""
    yield f"{'figure':44}{'estimate':>10}  {f'{100 * found.coverage:.0f} % interval':18}{'p':>7}  Poisson model"
    front, fall, back = found.front_loading, found.drop, found.rebound
    yield _row("front-loading, normal months above expected", front, "", front.get("poisson"), of=" of a month more")
    yield _row(f"drop, {fall['month'] or 'no month under force'}", fall, " %", fall.get("poisson"))
    yield _row("drop, first three months", fall["three_months"], " %")
    for share in (50, 90):
        months = {"estimate": back[f"months_to_{share}"], "interval": back[f"interval_{share}"]}
        beyond = "" if months["estimate"] is not None or not back["months_observed"] else "not yet"
        yield _row(f"rebound, months to {share} % of expected", months, "m", beyond=beyond)
    yield _row("permanent loss, 7th to 12th month", back["permanent_loss"], " %")
    yield _row("unit value under force", found.price, " %")
    yield _row("targeted minus other destinations", found.destination_gap, " points")
    yield _row("other origins minus this one", found.origin_gap, " points")
    lag = found.diversion["lag"]
    name = (
        "diversion, share of the loss seen elsewhere" if lag is None else f"diversion after {lag} months, of the loss"
    )
    yield _row(name, found.diversion, " %")
    yield from _checks(found)


def _checks(found: Effect) -> Iterator[str]:
    """Where nothing should be seen: before the announcement, spared destinations, products that are not covered."""
    yield _row("check: last half year before the announcement", found.checks["pre_trend"], " %")
    gap, placebos = found.destination_gap["estimate"], found.destination_gap["placebo_destinations"]
    if gap is not None and placebos:
        larger = sum(abs(one["estimate"]) >= abs(gap) for one in placebos)
        yield f"check: {larger} of {len(placebos)} spared destinations, each as if it were the target, stand out as far"
    for other in found.checks["placebo_products"]:
        yield _row(f"check: front-loading of {other['product']}, not covered", other["front_loading"], "")
        yield _row(f"check: drop of {other['product']}, not covered", other["drop"], " %")


def _row(
    name: str,
    figure: dict[str, Any],
    shown: str,
    poisson: dict[str, Any] | None = None,
    beyond: str = "",
    of: str = "",
) -> str:
    estimate = _number(figure["estimate"], shown) or beyond or UNKNOWN
    chance = figure.get("p_value")
    beside = "" if poisson is None else _number(poisson["estimate"], " %") or UNKNOWN
    within = _interval(poisson["interval"], " %") if poisson else ""
    why = figure.get("why") or ""
    return (
        f"{name:44}{estimate:>10}  {_interval(figure['interval'], shown):18}"
        f"{'' if chance is None else f'{chance:.2f}':>7}  {f'{beside}{of} ({within})' if beside and within else beside}{why}"
    ).rstrip()


def _number(value: float | None, shown: str) -> str:
    """A figure: a share in per cent or points, normal months with a decimal, months whole; empty when unknown.

    >>> _number(0.796, " %"), _number(2.04, ""), _number(11, "m"), _number(None, " %")
    ('80 %', '2.0', '11', '')
    """
    if value is None:
        return ""
    if shown == "m":
        return f"{value:.0f}"
    return f"{100 * value:.0f}{shown}" if shown else f"{value:.1f}"


def _interval(interval: Sequence[float | None], shown: str) -> str:
    low, high = (_number(bound, shown).removesuffix(shown or " ") for bound in interval)
    if not low and not high:
        return ""
    if shown == "m":
        return f"{low or '0'} to {high or 'not yet'}"
    return f"{low or 'no bound'} to {high or 'no bound'}"


def _destinations(found: Effect) -> Iterator[str]:
    observed = found.rebound["months_observed"]
    month = found.drop["month"]
    yield f"{'destination':28}{f'change in {month}' if month else 'change':>18}{'first 3 months':>16}  months at zero, of {observed}"
    for row in found.destinations:
        name = f"{row['name']}{' (lumpy)' if row['lumpy'] else ''}"
        changes = f"{_change(row['drop']):>18}{_change(row['drop_three_months']):>16}"
        yield f"{name:28}{changes}  {_months(row['zero_months'])}".rstrip()


def _change(drop: float | None) -> str:
    """A missing share as a change, with its sign.

    >>> _change(0.796), _change(-0.25), _change(None)
    ('-80 %', '+25 %', 'unknown')
    """
    return UNKNOWN if drop is None else f"{-100 * drop:+.0f} %".replace("-0 %", "0 %").replace("+0 %", "0 %")


def _months(zero: Sequence[str]) -> str:
    return ", ".join(zero) if len(zero) <= LISTED else f"{len(zero)} ({zero[0]}, ..., {zero[-1]})"
