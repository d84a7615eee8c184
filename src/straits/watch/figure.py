"""What a backtest looks like: which events were found, by what was lost and when.

Colours are those of Okabe and Ito (2008); found and missed also differ in shape.
"""

from __future__ import annotations

from typing import Any

from straits.watch.backtest import Result

FOUND, MISSED = "#0072B2", "#D55E00"


def figure(result: Result) -> Any:
    """An Altair chart: the share of the product's flow lost against the month of the first signal, from force."""
    import altair as alt

    never = 6
    values = [
        {
            "lost": 100 * item["lost"],
            "month": item["lead_force"] if item["found"] else never,
            "seen": "found" if item["found"] else "not found in time",
            "notice": item["notice"],
        }
        for item in result.detail
    ]
    recall = f"{result.found} of {result.events} hidden controls found in time"
    false = f"{result.false_alarms_a_month:.2f} false alarms a month"
    scale = alt.Scale(domain=["found", "not found in time"], range=[FOUND, MISSED])
    return (
        alt.Chart(alt.Data(values=values))
        .mark_point(filled=True, size=70, opacity=0.75)
        .encode(
            x=alt.X(
                "month:Q",
                title="first signal, months from force (negative: before); on the right: none",
                scale=alt.Scale(domain=[-6, never + 0.5]),
                axis=alt.Axis(values=list(range(-6, 4)), format="d"),
            ),
            y=alt.Y("lost:Q", title="lost at force, % of the product's flow", scale=alt.Scale(domain=[0, 100])),
            color=alt.Color("seen:N", title=None, scale=scale),
            shape=alt.Shape("seen:N", title=None, scale=alt.Scale(domain=scale.domain, range=["circle", "cross"])),
        )
        .properties(
            width=620,
            height=300,
            title=alt.TitleParams(
                f"{recall}; {false}",
                subtitle=[f"{result.title}. {result.rule}."],
                anchor="start",
                fontSize=14,
                fontWeight=600,
            ),
        )
        .configure(font="Helvetica, Arial, sans-serif", background="white")
        .configure_view(stroke=None)
        .configure_axis(labelFontSize=12, titleFontSize=12, gridColor="#E5E5E5", domainColor="#888888")
        .configure_legend(labelFontSize=12, orient="bottom", symbolStrokeWidth=2)
    )


def svg(chart: Any) -> str:
    """The chart as SVG text, drawn without a browser."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(chart.to_dict()))
