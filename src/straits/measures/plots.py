"""How answers look as charts: the title says the finding, axes have units, colours are safe for colour-blind readers.

Colours are those of Okabe and Ito (2008); series are also told apart by order and by labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from straits.vocabulary.errors import StraitsError
from straits.vocabulary.regions import short_name

if TYPE_CHECKING:
    from straits.measures.results import Answer

PALETTE = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#999999"]
OTHERS = "others"
WIDTH, HEIGHT = 620, 280


def plot(answer: Answer) -> Any:
    """The chart that suits an answer: suppliers, producers, or shares both ways."""
    names = set(answer.columns.column_names)
    if "supplier" in names:
        return shares_over_time(answer.rows, "supplier", "share_of_imports", "share of imports, %", answer.question)
    if "economy" in names and "share_of_world" in names:
        return shares_over_time(
            answer.rows, "economy", "share_of_world", "share of world production, %", answer.question
        )
    if "share_of_imports" in names and answer.rows and "reverse" in answer.rows[0]:
        return both_directions(answer.rows, answer.question)
    raise StraitsError(f"no chart for '{answer.question}': use .to_pandas() and draw your own")


def shares_over_time(
    rows: Sequence[dict[str, Any]],
    who: str,
    share: str,
    unit: str,
    title: str,
    most: int = 6,
    first: str | None = None,
) -> Any:
    """Stacked bars of shares (0 to 1 in, per cent drawn) by year; the ``most`` largest by name, the rest together.

    ``first`` is drawn at the foot of the bars, where it is easiest to compare across years.
    """
    import altair as alt

    totals: dict[str, float] = {}
    for row in rows:
        totals[row[who]] = totals.get(row[who], 0) + (row[share] or 0)
    ranked = sorted(totals, key=lambda name: (name != first, -totals[name], name))[:most]
    summed: dict[tuple[int, str], float] = {}
    for row in rows:
        name = row[who] if row[who] in ranked else OTHERS
        summed[row["period"], name] = summed.get((row["period"], name), 0) + 100 * (row[share] or 0)
    order = [short_name(name) for name in ranked] + [OTHERS]
    values = [
        {
            "year": year,
            "who": OTHERS if name == OTHERS else short_name(name),
            "share": round(value, 3),
            "place": len(ranked) if name == OTHERS else ranked.index(name),
        }
        for (year, name), value in sorted(summed.items())
    ]
    colours = alt.Scale(domain=order, range=[*PALETTE[: len(ranked)], "#BBBBBB"])
    return finished(
        alt.Chart(alt.Data(values=values))
        .mark_bar(stroke="white", strokeWidth=0.5)
        .encode(
            x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("share:Q", title=unit, scale=alt.Scale(domain=[0, 100])),
            color=alt.Color("who:N", title=None, scale=colours, sort=order),
            order=alt.Order("place:Q"),
        ),
        title,
    )


def both_directions(rows: Sequence[dict[str, Any]], title: str) -> Any:
    """Two lines: the share of each side's imports that comes from the other, by year."""
    import altair as alt

    first = rows[0]
    names = [
        f"{short_name(first['dependent'])} from {short_name(first['provider'])}",
        f"{short_name(first['provider'])} from {short_name(first['dependent'])}",
    ]
    values = [
        {"year": row["period"], "direction": name, "share": round(100 * side["share_of_imports"], 3)}
        for row in rows
        for name, side in zip(names, (row, row["reverse"]), strict=True)
        if side["share_of_imports"] is not None
    ]
    return finished(
        alt.Chart(alt.Data(values=values))
        .mark_line(point=alt.OverlayMarkDef(size=45), strokeWidth=2.5)
        .encode(
            x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("share:Q", title="share of imports, %", scale=alt.Scale(domainMin=0)),
            color=alt.Color("direction:N", title=None, scale=alt.Scale(domain=names, range=PALETTE[:2]), sort=names),
            strokeDash=alt.StrokeDash(
                "direction:N", title=None, sort=names, scale=alt.Scale(domain=names, range=[[1, 0], [6, 3]])
            ),
            shape=alt.Shape("direction:N", title=None, sort=names, scale=alt.Scale(domain=names)),
        ),
        title,
    )


def finished(chart: Any, title: str, below: str = "") -> Any:
    """A chart with the size, title, type and colours that all charts share; ``below`` is a line under the title."""
    import altair as alt

    return (
        chart.properties(
            width=WIDTH,
            height=HEIGHT,
            title=alt.TitleParams(_wrapped(title), anchor="start", fontSize=14, fontWeight=600, **_below(below)),
        )
        .configure(font="Helvetica, Arial, sans-serif", background="white")
        .configure_view(stroke=None)
        .configure_axis(labelFontSize=12, titleFontSize=12, gridColor="#E5E5E5", domainColor="#888888")
        .configure_legend(labelFontSize=12, orient="bottom", columns=4, labelLimit=220, symbolStrokeWidth=2)
    )


def _below(text: str) -> dict[str, Any]:
    return {"subtitle": _wrapped(text, 104), "subtitleFontSize": 11.5, "subtitleColor": "#444444"} if text else {}


def _wrapped(text: str, width: int = 88) -> list[str]:
    import textwrap

    return textwrap.wrap(text, width) or [""]


def svg(chart: Any) -> str:
    """An Altair chart as SVG text, drawn without a browser."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(chart.to_dict()))
