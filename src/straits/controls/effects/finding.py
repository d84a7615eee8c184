"""The finding on a measure in sentences, and how certain it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from straits.controls.effects.measure import Measure, what_a_code_is
from straits.vocabulary.quantities import KG_PER_TONNE, money, percent, tonnes
from straits.vocabulary.regions import in_sentence

SURE, LIKELY = 0.05, 0.10
DRIFT = 0.10
LARGE = 0.25  # a drop that matters


def finding_of(measure: Measure, code: str, parts: dict[str, Any]) -> tuple[str, ...]:
    """Sentences: before force, at force, who, back or not, price."""
    what = what_a_code_is(code)[0]
    issuer = in_sentence(measure.issuer)
    force = f"in force {measure.in_force}" if measure.in_force else "not yet in force"
    sentences = [
        f"{measure.called} ({measure.announced}, {force}) and {issuer}'s exports of {what}: what the months show.",
        _front(parts),
        _fall(parts),
        _who(parts),
        _gap(parts),
        _elsewhere(measure, parts),
        _back(parts),
        _price(parts),
    ]
    return tuple(sentence for sentence in sentences if sentence)


def amount(value: float, unit: str) -> str:
    """An amount for a reader.

    >>> amount(40_518_000, "kg"), amount(1_500_000, "usd")
    ('40,518 t', '1.5 M USD')
    """
    return tonnes(value / KG_PER_TONNE) if unit == "kg" else money(value)


def between(interval: Sequence[float | None], shown: str = " %") -> str:
    """An interval in words; an open end says so.

    >>> between([0.7, 0.84]), between([None, 0.5]), between([1.66, 2.7], "")
    ('70 to 84 %', 'up to 50 %', '1.7 to 2.7')
    """
    low, high = (None if b is None else (f"{100 * b:.0f}" if shown else f"{b:.1f}") for b in interval)
    if low is None and high is None:
        return "no interval: too few dates, or zero months are ordinary"
    if low is None or high is None:
        return f"up to {high}{shown}" if low is None else f"at least {low}{shown}"
    return f"{low} to {high}{shown}"


def _front(parts: dict[str, Any]) -> str:
    figure = parts["front_loading"]
    if figure["estimate"] is None:
        return "Front-loading cannot be told: announcement and force fall into one month, or a month is unknown."
    peak = ""
    if figure.get("peak_month"):
        peak = (
            f"{figure['peak_month']} alone carried {figure['peak_in_normal_months']:.1f} normal months "
            f"({amount(figure['peak_amount'], parts['unit'])}). "
        )
    words = "exceeded" if figure["estimate"] >= 0 else "fell short of"
    return (
        f"{peak}Between announcement and force exports {words} the expected by {abs(figure['estimate']):.1f} normal months "
        f"({between(figure['interval'], '')})."
    )


def _fall(parts: dict[str, Any]) -> str:
    figure = parts["drop"]
    if figure["estimate"] is None:
        return "The drop cannot be told: no whole month under force with a known amount is in the data."
    verb = "were" if figure["estimate"] >= 0 else "were above it:"
    share = percent(abs(figure["estimate"]), 0)
    below = "below the expected" if figure["estimate"] >= 0 else "more than expected"
    return (
        f"In {figure['month']} they {verb} {share} {below} ({between(figure['interval'])}), and over three months "
        f"{percent(figure['three_months']['estimate'], 0)} ({between(figure['three_months']['interval'])})."
    )


def _who(parts: dict[str, Any]) -> str:
    month = parts["drop"]["month"]
    if month is None:
        return ""
    firm = [row for row in parts["destinations"] if not row["lumpy"]]
    stopped = [row for row in firm if month in row["zero_months"] and row["zero_months_before"] == 0]
    if not stopped:
        return f"No destination that had bought every month before fell to zero in {month}."
    return (
        f"{_listed([in_sentence(row['partner']) for row in stopped])} fell to zero in {month}, for the first time in "
        f"{stopped[0]['months_before']} known months.".replace("the U", "The U", 1)
    )


def _gap(parts: dict[str, Any]) -> str:
    figure = parts["destination_gap"]
    if figure["estimate"] is None:
        return ""
    side = "less" if figure["estimate"] < 0 else "more"
    shown = "" if figure["p_value"] <= LIKELY else ": no discrimination is shown"
    return (
        f"Over the first three months the targeted destinations received {abs(100 * figure['estimate']):.0f} points {side} "
        f"of their expected amount than the others ({between(figure['interval'], ' points')}; p {figure['p_value']:.2f}{shown})."
    )


def _elsewhere(measure: Measure, parts: dict[str, Any]) -> str:
    origin, diverted = parts["origin_gap"], parts["diversion"]
    said = []
    if origin["estimate"] is not None:
        names = _listed([in_sentence(name) for name in origin["origins"]])
        side = "more" if origin["estimate"] >= 0 else "less"
        replaced = origin["replaced_share"]
        share = f", which is {percent(replaced, 0)} of what was lost" if replaced is not None and replaced > 0 else ""
        said.append(
            f"Over those three months {names} sold {abs(100 * origin['estimate']):.0f} points {side} of their expected amount "
            f"than {in_sentence(measure.issuer)} ({between(origin['interval'], ' points')}){share}."
        )
    if diverted["estimate"] is not None and diverted["p_value"] is not None:
        shown = "" if diverted["p_value"] <= LIKELY else ": no diversion is shown"
        said.append(
            f"Of the loss, {percent(diverted['estimate'], 0)} shows up on the route {diverted['route']}, "
            f"{diverted['lag']} month{'s' if diverted['lag'] != 1 else ''} after force "
            f"({between(diverted['interval'])}; p {diverted['p_value']:.2f}{shown})."
        )
    return " ".join(said)


def _back(parts: dict[str, Any]) -> str:
    figure = parts["rebound"]
    if not figure["months_observed"]:
        return ""
    text = _returned(figure)
    usual = figure["months_to_usual_range"]
    if usual:
        text += f"; the first month within the usual range came {_after(usual)}"
    loss = figure["permanent_loss"]
    if loss["estimate"] is None:
        return f"Exports {text}."
    tail = "below" if loss["estimate"] >= 0 else "above"
    clear = "" if _excludes_zero(loss["interval"]) else ", which does not exclude a full return"
    return (
        f"Exports {text}; in the seventh to twelfth month they were {percent(abs(loss['estimate']), 0)} {tail} the "
        f"expected ({between(loss['interval'])}{clear})."
    )


def _returned(figure: dict[str, Any]) -> str:
    half, nearly, seen = figure["months_to_50"], figure["months_to_90"], figure["months_observed"]
    if nearly == 0:
        return "never were below 90 % of the expected"
    if half is None:
        return f"were not back at 50 % of the expected within {seen} months"
    start = (
        "never were below 50 % of the expected" if half == 0 else f"were back at 50 % of the expected {_after(half)}"
    )
    return (
        f"{start}, at 90 % {_after(nearly)}"
        if nearly is not None
        else f"{start}, and not at 90 % within {seen} months"
    )


def _after(months: int) -> str:
    return f"{months} month{'s' if months != 1 else ''} after force began"


def _price(parts: dict[str, Any]) -> str:
    figure = parts["price"]
    if figure["estimate"] is None:
        return ""
    moved = "rose" if figure["estimate"] >= 0 else "fell"
    clear = "" if _excludes_zero(figure["interval"]) else ", no clear change"
    return (
        f"Unit values {moved} by {percent(abs(figure['estimate']), 0)} in the first {len(figure['months'])} months under "
        f"force ({between(figure['interval'])}{clear})."
    )


def certainty_of(parts: dict[str, Any]) -> tuple[str, str]:
    """High, medium or low, and why: both estimators, the chance at placebo dates, drift before, and size."""
    figure, model = parts["drop"], parts["drop"].get("poisson", {"interval": [None, None]})
    if figure["estimate"] is None:
        return "low", "no whole month under force is in the data"
    low = figure["interval"][0]
    drift = parts["checks"]["pre_trend"]["p_value"]
    drifting = drift is not None and drift <= DRIFT
    both = model["interval"][0] is not None and model["interval"][0] > 0
    chance = figure["p_value"] or 1.0
    if chance <= SURE and low is not None and low > LARGE and both and not drifting:
        rank = (
            f"larger than at any of {figure['placebo_dates']} placebo dates"
            if chance * (figure["placebo_dates"] + 1) < 1.5
            else "among the largest of the placebo dates"
        )
        return "high", (
            f"the drop is {rank} (p {chance:.2f}), its interval lies "
            f"above {percent(LARGE, 0)}, the Poisson model agrees, and exports did not drift before"
        )
    if chance <= LIKELY and low is not None and low > 0:
        why = (
            "exports already drifted before the announcement"
            if drifting
            else "the two estimators do not both exclude it"
        )
        return (
            "medium",
            f"a drop is likely (p {chance:.2f}), but {why if drifting or not both else 'its size is uncertain'}",
        )
    return (
        "low",
        f"such a month is not rare without any measure (p {chance:.2f}; interval {between(figure['interval'])})",
    )


def _excludes_zero(interval: Sequence[float | None]) -> bool:
    low, high = interval
    return (low is not None and low > 0) or (high is not None and high < 0)


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
