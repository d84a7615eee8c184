"""The finding of a material's brief in two sentences, and how certain it is and why."""

from __future__ import annotations

from typing import Any

from straits.brief.findings import Findings
from straits.brief.wording import capital, last_traded, listed, mined, production_rows, share_at, who, whose
from straits.measures.screen import verdict
from straits.measures.thresholds import CRITERIA, METHODS
from straits.measures.trend import Trend, trend
from straits.vocabulary.quantities import money, percent
from straits.vocabulary.regions import in_sentence

WORDY_GAP = 0.10


def finding(found: Findings) -> tuple[str, ...]:
    """Two sentences: how dependent, and the other way round."""
    of, on = who(found.of), who(found.on)
    produced = _production_clause(found)
    if not found.traded:
        reason = last_traded(found) if found.rows else found.material.note
        return (
            f"Trade statistics cannot say how much {found.material.name.lower()} {of} buys from {on}: {reason}.",
            f"What is known is production: {produced}." if produced else "Production is not in the data either.",
        )
    row, back = found.row, found.row["reverse"]
    if not row["imports_usd"]:
        first = f"In {found.year} {of} imported no {found.what} from outside, so there is no dependency to measure."
    else:
        first = (
            f"{capital(on)} supplied {percent(row['share_of_imports'])} of {whose(found.of)} imports of {found.what} in {found.year} "
            f"({percent(row['share_of_tonnes'])} by weight; {money(row['imports_usd'])} in all){_rank_clause(found)}"
            f"{_worst_clause(found)}; "
            f"{_trend_clause(found)}, and {_verdict_clause(row)}."
        )
    if back["imports_usd"]:
        largest = in_sentence(back["top_supplier"])
        others = "" if back["top_supplier"] in found.of else f", {percent(back['top_share'])} from {largest}"
        second = f"In the other direction {on} buys {percent(back['share_of_imports'])} of its own imports from {of}{others}"
    else:
        second = f"In the other direction {on} imported none of it"
    return (first, f"{second}; {produced}." if produced else f"{second}.")


def _rank_clause(found: Findings) -> str:
    row = found.row
    if row["top_supplier"] in found.on:
        return f", more than any other of {row['suppliers']} suppliers"
    return f", while {in_sentence(row['top_supplier'])}, the largest of {row['suppliers']}, supplied {percent(row['top_share'])}"


def _worst_clause(found: Findings) -> str:
    """The code with the highest share, when it is not the main one: exposure is that of the worst step."""
    assert found.trade is not None
    rows = [row for row in found.trade.rows if row["period"] == found.year and row["share_of_imports"] is not None]
    worst = max(rows, key=lambda row: row["share_of_imports"])
    if worst["product"] == found.code or worst["share_of_imports"] < found.row["share_of_imports"] + WORDY_GAP:
        return ""
    code = worst["product"]
    name = found.material.products[code].what
    return f", and {percent(worst['share_of_imports'])} of {name} (HS {code[:4]}.{code[4:]})"


def trend_of(found: Findings) -> Trend:
    """The trend of the provider's share over the years told, the provisional year left out."""
    told = [row for row in found.rows if row["period"] <= found.year]
    return trend([row["period"] for row in told], [row["share_of_imports"] for row in told])


def _trend_clause(found: Findings) -> str:
    line = trend_of(found)
    newest = next((row for row in found.rows if row["period"] == found.newest > found.year), None)
    later = ""
    if newest and newest["share_of_imports"] is not None:
        later = f" (in {found.newest}, still provisional, it is {percent(newest['share_of_imports'])})"
    if line.direction in ("rising", "falling") and line.slope is not None:
        points = f"{abs(100 * line.slope):.1f} points a year"
        word = {"rising": "risen", "falling": "fallen"}[line.direction]
        return f"since {line.first} the share has {word} by about {points}{later}"
    if line.direction == "unknown":
        return f"too few years are known for a trend{later}"
    return f"since {line.first} the share shows no clear trend{later}"


def _verdict_clause(row: dict[str, Any]) -> str:
    names = {
        "geodep": "CEPII's GeoDep",
        "ec2021": "the Commission's 2021 test",
        "crma": "the 65 % line of the Critical Raw Materials Act",
    }
    verdicts = {method: verdict(row["flags"], method) for method in METHODS}
    raised = [names[method] for method, value in verdicts.items() if value]
    unknown = [names[method] for method, value in verdicts.items() if value is None]
    undecided = f" ({listed(unknown)} cannot be decided)" if unknown else ""
    if not raised:
        return f"none of the three published tests flags it{undecided}"
    return f"it is flagged by {listed(raised)}{undecided}"


def _production_clause(found: Findings) -> str:
    rows = production_rows(found)
    if not rows:
        return ""
    year = max(row["period"] for row in rows if row["period"] <= max(found.year, min(r["period"] for r in rows)))
    top = next(row for row in rows if row["period"] == year)
    leader = (
        ""
        if top["top_producer"] in found.on
        else f"; {in_sentence(top['top_producer'])} leads with {percent(top['top_producer_share'])}"
    )
    return (
        f"{who(found.on)} produces {percent(share_at(rows, found.on.id, year))} of the world's {mined(found)} and "
        f"{who(found.of)} {percent(share_at(rows, found.of.id, year))} ({year}){leader}"
    )


def certainty(found: Findings) -> tuple[str, str]:
    """High, medium or low by counting explicit doubts; the reasons are told."""
    if not found.traded:
        return "low", "No product code isolates the material in the year told."
    row = found.row
    product = found.material.products[found.code]
    doubts = []
    if product.also:
        doubts.append(f"the code also holds {product.also}")
    if row["share_gap"] is None:
        doubts.append("shares by weight are unknown")
    elif abs(row["share_gap"]) > WORDY_GAP:
        doubts.append(f"value and weight differ by {100 * abs(row['share_gap']):.0f} points")
    if row["tonnes_coverage"] is not None and row["tonnes_coverage"] < 0.9:
        doubts.append(f"weight is reported for only {percent(row['tonnes_coverage'], 0)} of the value")
    moving = [name for name in CRITERIA if moves(row, name)]
    if moving:
        several = (
            "flags {} would turn if their thresholds" if len(moving) > 1 else "flag {} would turn if its threshold"
        )
        doubts.append(several.format(listed(moving)) + " moved by 25 %")
    level = "high" if not doubts else "medium" if len(doubts) < 3 else "low"
    reasons = (
        "; ".join(doubts)
        if doubts
        else "a specific code, weight and value agree, flags do not hang on the exact threshold"
    )
    return level, f"Trade figures are reconciled customs reports; {reasons}."


def moves(row: dict[str, Any], name: str) -> bool:
    """Whether a flag would turn with its threshold 25 % lower or higher."""
    around = row["sensitivity"][name]
    return row["flags"][name] is not None and any(value is not row["flags"][name] for value in around.values())
