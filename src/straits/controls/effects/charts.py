"""Charts of a measure's effect: levels with announcement and force marked, and targeted against spared destinations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from straits.controls.effects.counterfactual import YEAR, YEARS
from straits.controls.effects.measure import what_a_code_is
from straits.measures.plots import PALETTE, finished, svg
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.quantities import percent

if TYPE_CHECKING:
    from straits.controls.effects.effect import Effect

MARKS = "#555555"


def levels(found: Effect) -> Any:
    """Monthly amounts, the expected ones with their band, and the two dates."""
    import altair as alt

    scale, unit = (1e-6, "thousand tonnes a month") if found.unit == "kg" else (1e-6, "million USD a month")
    rows = [
        {"month": row["month"], "amount": row["actual"] * scale, "what": "exported"}
        for row in found.path
        if row["actual"] is not None
    ]
    rows += [
        {"month": r["month"], "amount": r["expected"] * scale, "what": "expected"}
        for r in found.path
        if "expected" in r
    ]
    band = [
        {"month": row["month"], "low": max(row["low"], 0) * scale, "high": row["high"] * scale}
        for row in found.path
        if row.get("low") is not None and row.get("high") is not None
    ]
    names = ["exported", "expected"]
    lines = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(strokeWidth=2.2)
        .encode(
            x=_month_axis(),
            y=alt.Y("amount:Q", title=unit, scale=alt.Scale(domainMin=0)),
            color=alt.Color("what:N", title=None, sort=names, scale=alt.Scale(domain=names, range=PALETTE[:2])),
            strokeDash=alt.StrokeDash(
                "what:N", title=None, sort=names, scale=alt.Scale(domain=names, range=[[1, 0], [6, 3]])
            ),
        )
    )
    shade = (
        alt.Chart(alt.Data(values=band))
        .mark_area(opacity=0.2, color=PALETTE[1])
        .encode(x=_month_axis(), y="low:Q", y2="high:Q")
    )
    below = f"Shaded: where {100 * found.coverage:.0f} % of months lie when nothing happens. Source: {_source(found)}"
    return finished(alt.layer(shade, lines, *_dates(found)), _levels_title(found), below)


def by_destination(found: Effect) -> Any:
    """Amounts over the normal month: targeted and other destinations, or the largest."""
    import altair as alt

    groups = list(dict.fromkeys(row["group"] for row in found.destination_path))
    dashes = [[1, 0], [6, 3], [2, 2], [8, 2, 2, 2], [4, 4], [1, 3]]
    lines = (
        alt.Chart(alt.Data(values=found.destination_path))
        .mark_line(strokeWidth=2)
        .encode(
            x=_month_axis(),
            y=alt.Y("over_normal:Q", title="times a normal month", scale=alt.Scale(domainMin=0, nice=True)),
            color=alt.Color(
                "group:N", title=None, sort=groups, scale=alt.Scale(domain=groups, range=PALETTE[: len(groups)])
            ),
            strokeDash=alt.StrokeDash(
                "group:N", title=None, sort=groups, scale=alt.Scale(domain=groups, range=dashes[: len(groups)])
            ),
        )
    )
    year = found.path[YEAR * (YEARS - 1) : YEAR * YEARS]
    below = f"A normal month is the mean of {year[0]['month']} to {year[-1]['month']}, for each line its own. "
    return finished(alt.layer(lines, *_dates(found)), _destination_title(found), f"{below}Source: {_source(found)}")


def draw(found: Effect, folder: Path) -> list[Path]:
    """Both charts as SVG and PNG, named after measure and product; a folder that cannot be written is an error."""
    import vl_convert

    name = f"{found.measure}-{found.product}"
    paths: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for what, chart in (("levels", levels(found)), ("destinations", by_destination(found))):
            paths += [folder / f"{name}-{what}.svg", folder / f"{name}-{what}.png"]
            paths[-2].write_text(svg(chart), encoding="utf-8")
            paths[-1].write_bytes(vl_convert.vegalite_to_png(chart.to_dict(), scale=2))
    except OSError as error:
        raise StraitsError(f"{folder}: the charts cannot be written: {error.strerror or error}") from error
    return paths


def _largest(found: Effect) -> str:
    what = what_a_code_is(found.product)[0]
    drawn = {row["group"] for row in found.destination_path}
    drops = [row["drop"] for row in found.destinations if row["name"] in drawn and row["drop"] is not None]
    if not drops:
        return f"The largest regular destinations of {what} around {found.measure}"
    fewer = sum(drop > 0 for drop in drops)
    how_many = "All" if fewer == len(drops) else f"{fewer} of the"
    return (
        f"{how_many} {len(drops)} largest regular destinations received less {what} than expected in {found.drop['month']}, "
        f"the first month under {found.measure}"
    )


def _source(found: Effect) -> str:
    first = found.sources[0]
    return str(first.get("citation") or first["name"])


def _month_axis() -> Any:
    import altair as alt

    return alt.X(
        "month:T", title=None, timeUnit="utcyearmonth", axis=alt.Axis(format="%Y-%m", labelAngle=0, tickCount=8)
    )


def _dates(found: Effect) -> list[Any]:
    """Upright lines at announcement and force, named."""
    import altair as alt

    dates = [(found.announced, "announced", [3, 3], "right", -4)]
    if found.in_force and found.in_force[:7] <= found.path[-1]["month"]:
        dates.append((found.in_force, "in force", [1, 0], "left", 4))
    drawn: list[Any] = []
    for date, name, dash, align, shift in dates:
        data = alt.Data(values=[{"month": date, "name": name}])
        base = alt.Chart(data).encode(x=alt.X("month:T"))
        drawn.append(base.mark_rule(color=MARKS, strokeDash=dash))
        drawn.append(base.mark_text(align=align, dx=shift, y=8, color=MARKS, fontSize=12).encode(text="name:N"))
    return drawn


def _levels_title(found: Effect) -> str:
    what = what_a_code_is(found.product)[0]
    if found.drop["estimate"] is None:
        return f"Exports of {what} around {found.measure}"
    side = "below" if found.drop["estimate"] >= 0 else "above"
    front = found.front_loading
    before = (
        f"rose to {front['peak_in_normal_months']:.1f} normal months before force and "
        if front.get("peak_month")
        else ""
    )
    share = percent(abs(found.drop["estimate"]), 0)
    return f"Exports of {what} {before}lay {share} {side} the expected in the first month under {found.measure}"


def _destination_title(found: Effect) -> str:
    gap = found.destination_gap
    if gap["estimate"] is None:
        return _largest(found)
    if gap["p_value"] > 0.1:
        return "Targeted and other destinations cannot be told apart after force: chance does as much"
    side = "less" if gap["estimate"] < 0 else "more"
    return f"Targeted destinations received {abs(100 * gap['estimate']):.0f} points {side} of the expected than the others"
