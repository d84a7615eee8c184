"""The sections of a material's brief that are computed: imports, thresholds, the reverse direction, what is unknown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from straits.brief.document import Block, Figure, Items, Paragraph, Table
from straits.brief.findings import Findings
from straits.brief.wording import (
    capital,
    depend_command,
    largest,
    listed,
    mined,
    one_economy,
    production_rows,
    span,
    who,
    whose,
    yes_no,
)
from straits.measures import plots
from straits.measures.notes import years_in_words
from straits.measures.screen import verdict
from straits.measures.thresholds import CRITERIA, METHODS, thresholds
from straits.vocabulary.quantities import money, percent, tonnes
from straits.vocabulary.regions import short_name

CRITERION_WORDS = {
    "c1": "imports concentrated (HHI of imports)",
    "c2": "world market concentrated (HHI of world exports)",
    "c3": "own exports could not replace imports (imports / exports)",
    "c4": "all three, in at least 2 of the last 3 years",
    "cdi1": "imports concentrated (HHI of extra-region imports)",
    "cdi2": "extra-region share of all imports of members",
    "cdi3": "imports over exports",
    "crma65": "largest supplier's share of imports",
}
CRITERION_VALUE = {
    "c1": "hhi_imports",
    "c2": "hhi_world_exports",
    "c3": "imports_over_exports",
    "cdi1": "hhi_imports",
    "cdi2": "extra_share_of_imports",
    "cdi3": "imports_over_exports",
    "crma65": "top_share",
}


def imports(found: Findings) -> list[Block]:
    """How much, from whom, how concentrated, since when; and who produces it."""
    blocks: list[Block] = []
    if found.traded and found.row["imports_usd"]:
        blocks += [_concentration(found), _suppliers_figure(found), _directions_figure(found)]
    production = _production_figure(found)
    if production:
        blocks.append(production)
    if found.traded:
        if found.row["imports_usd"]:
            blocks.append(_suppliers_table(found))
        blocks.append(_years_table(found, reverse=False))
        if len(found.material.codes) > 1:
            blocks.append(_codes_table(found))
    return blocks


def _concentration(found: Findings) -> Paragraph:
    row = found.row
    weighted = found.governance.rows[0] if found.governance and found.governance.rows else None
    governance = ""
    if weighted and weighted["hhi_governance"] is not None:
        governance = (
            f" Weighted by the suppliers' political stability (0 stable, 1 unstable) the index is "
            f"{weighted['hhi_governance']:.3f}, standard error {weighted['standard_error']:.3f}."
        )
    elif weighted:
        governance = (
            f" Weighted by the suppliers' political stability the index lies between "
            f"{weighted['hhi_governance_low']:.3f} and {weighted['hhi_governance_high']:.3f}: "
            f"{percent(weighted['unknown_share'])} of imports come from suppliers without an indicator."
        )
    by_weight = "" if row["hhi_tonnes"] is None else f" (by weight {row['hhi_tonnes']:.3f})"
    text = (
        f"{capital(who(found.of))} bought from {row['suppliers']} suppliers in {found.year}. The concentration index HHI is "
        f"{row['hhi_imports']:.3f}{by_weight}, as if there were {row['effective_suppliers']:.1f} suppliers of equal size; the three "
        f"largest hold {percent(row['cr3'])}, the five largest {percent(row['cr5'])}.{governance}"
    )
    return Paragraph(text, refs=("trade", "governance"), command=depend_command(found))


def _suppliers_figure(found: Findings) -> Figure:
    assert found.suppliers is not None
    row = found.row
    title = (
        f"{short_name(row['top_supplier'])} supplied {percent(row['top_share'], 0)} of {whose(found.of)} imports of "
        f"{found.what} in {found.year}"
    )
    chart = plots.shares_over_time(
        found.suppliers.rows,
        "supplier",
        "share_of_imports",
        "share of imports by value, %",
        title,
        first=one_economy(found.on),
    )
    alt = (
        f"Stacked bars, {found.years[0]} to {found.years[-1]}: share of each supplier in the value of {whose(found.of)} imports from "
        f"outside. {found.newest} is provisional. " + largest(found.suppliers.rows, found.year)
    )
    command = f"straits suppliers --of {found.of.id} --product {found.code} --years {span(found.years)}"
    return Figure(title, plots.svg(chart), alt, refs=("trade",), command=command)


def _directions_figure(found: Findings) -> Figure:
    row, of, on = found.row, who(found.of), who(found.on)
    there, back = row["share_of_imports"], row["reverse"]["share_of_imports"]
    title = f"{capital(of)} takes {percent(there, 0)} of its imports from {on}, {on} {percent(back, 0)} from {of} ({found.year})"
    chart = plots.both_directions(found.rows, title)
    alt = f"Two lines, {found.years[0]} to {found.years[-1]}: the share of each side's imports of {found.what} that comes from the other."
    return Figure(title, plots.svg(chart), alt, refs=("trade",), command=depend_command(found))


def _production_figure(found: Findings) -> Figure | None:
    rows = found.producers.rows if found.producers else []
    series = found.material.production[0] if found.material.production else None
    rows = [row for row in rows if row["material"] == series]
    if not rows:
        return None
    last = max(row["period"] for row in rows)
    top = max((row for row in rows if row["period"] == last), key=lambda r: r["share_of_world"])
    title = f"{short_name(top['economy'])} produced {percent(top['share_of_world'], 0)} of the world's {mined(found)} in {last}"
    chart = plots.shares_over_time(
        rows, "economy", "share_of_world", "share of world production, %", title, first=one_economy(found.on)
    )
    estimated = sum(1 for row in rows if row["period"] == last and row["reported_or_estimated"] != "reported")
    alt = (
        f"Stacked bars, {min(r['period'] for r in rows)} to {last}: share of each economy in world production. "
        f"{estimated} of {sum(1 for r in rows if r['period'] == last)} producers' figures in {last} are estimates."
    )
    return Figure(
        title, plots.svg(chart), alt, refs=("production",), command=f"straits producers {found.material.id}"
    )


def _suppliers_table(found: Findings) -> Table:
    assert found.suppliers is not None
    rows = [row for row in found.suppliers.rows if row["period"] == found.year][:8]
    cells = tuple(
        (
            short_name(row["supplier"]),
            money(row["value_usd"]),
            percent(row["share_of_imports"]),
            "unknown" if row["tonnes"] is None else tonnes(row["tonnes"]),
            percent(row["share_of_tonnes"]),
        )
        for row in rows
    )
    return Table(
        f"Largest suppliers of {who(found.of)}, {found.what}, {found.year}",
        ("Supplier", "Value", "Share", "Weight", "Share by weight"),
        cells,
        (1, 2, 3, 4),
        refs=("trade",),
        command=f"straits suppliers --of {found.of.id} --product {found.code} --years {found.year}",
    )


def _years_table(found: Findings, reverse: bool) -> Table:
    rows = [row["reverse"] if reverse else row for row in found.rows]
    of, on = (found.on, found.of) if reverse else (found.of, found.on)
    cells = tuple(
        (
            f"{row['period']}{'*' if row['period'] > found.year else ''}",
            "unknown" if row["imports_usd"] is None else money(row["imports_usd"]),
            percent(row["share_of_imports"]),
            percent(row["share_of_tonnes"]),
            "unknown" if row["hhi_imports"] is None else f"{row['hhi_imports']:.3f}",
            f"{short_name(row['top_supplier'])} {percent(row['top_share'])}" if row["top_supplier"] else "none",
        )
        for row in rows
    )
    star = " (* provisional)" if found.newest > found.year else ""
    return Table(
        f"{capital(whose(of))} imports of {found.what}, by year{star}",
        ("Year", "Imports", f"From {who(on)}", "By weight", "HHI", "Largest supplier"),
        cells,
        (1, 2, 3, 4),
        refs=("trade",),
        command=depend_command(found),
    )


def _codes_table(found: Findings) -> Table:
    assert found.trade is not None
    cells = []
    for code in found.material.codes:
        row = next(r for r in found.trade.rows if r["product"] == code and r["period"] == found.year)
        product = found.material.products[code]
        known = row["world_exports_usd"] is not None
        cells.append(
            (
                f"{code[:4]}.{code[4:]}",
                product.what,
                product.also or "nothing else",
                money(row["imports_usd"]) if known else "unknown",
                percent(row["share_of_imports"]),
                percent(row["reverse"]["share_of_imports"]),
            )
        )
    return Table(
        f"All product codes of {found.material.name.lower()}, {found.year}",
        (
            "HS 1992",
            "What it is",
            "What else it holds",
            f"Imports of {who(found.of)}",
            f"From {who(found.on)}",
            f"{who(found.on)} from {who(found.of)}",
        ),
        tuple(cells),
        (3, 4, 5),
        refs=("trade",),
        command=f"straits depend --of {found.of.id} --on {found.on.id} --product {found.material.id} --years {found.year}",
    )


def thresholds_crossed(found: Findings) -> list[Block]:
    """Every criterion of every method, with sensitivity and persistence."""
    if not found.traded or not found.row["imports_usd"]:
        return [
            Paragraph(
                "No threshold can be tested: there are no imports under a code of this material in the year told."
            )
        ]
    row = found.row
    years, known = row["persistence"]["years_flagged"], row["persistence"]["years_known"]
    cells = []
    for name in CRITERIA:
        value = row.get(CRITERION_VALUE.get(name, ""), None)
        limit = "" if name == "c4" else f"> {thresholds()[name].value:g}"
        shown = (
            ""
            if name == "c4"
            else "no exports"
            if value is None and name in ("c3", "cdi3")
            else "unknown"
            if value is None
            else f"{value:.2f}"
        )
        cells.append(
            (
                f"{_method(name)} {name}",
                CRITERION_WORDS[name],
                shown,
                limit,
                yes_no(row["flags"][name]),
                _sensitivity(row, name),
                "" if name == "c4" else f"{years[name]} of {known}",
            )
        )
    table = Table(
        f"Thresholds, {found.what}, {who(found.of)}, {found.year}",
        ("Criterion", "What it asks", "Value", "Threshold", "Crossed", "If moved by 25 %", "Years crossed"),
        tuple(cells),
        (2, 3),
        refs=("trade",),
        command=depend_command(found),
    )
    verdicts = " ".join(
        f"{text.split(':')[0]}: {yes_no(verdict(row['flags'], method))}." for method, (_, text) in METHODS.items()
    )
    unconfirmed = sorted(
        {t.citation.split(",")[0].split(" final")[0] for t in thresholds().values() if not t.confirmed}
    )
    caveat = (
        f" Not yet confirmed by us against the publication, but as commonly cited: the values of {listed(unconfirmed)}."
        if unconfirmed
        else ""
    )
    text = (
        f"Verdicts for {found.year}: {verdicts} A threshold is crossed when the value is above it; the last columns tell whether the "
        f"answer would turn with a threshold 25 % lower or higher, and in how many of the last years with data it was crossed.{caveat}"
    )
    return [Paragraph(text, refs=("trade",)), table]


def reverse(found: Findings) -> list[Block]:
    """What the provider depends on others and on the dependent for, and who is whose market."""
    if not found.traded:
        return [Paragraph("Unknown: no product code isolates the material in the year told.")]
    of, on, back = who(found.of), who(found.on), found.row["reverse"]
    blocks: list[Block] = []
    if back["imports_usd"]:
        flags = [name for name in CRITERIA if back["flags"][name]]
        raised = f"{on} itself crosses {listed(flags)}" if flags else f"{on} crosses none of the thresholds"
        text = (
            f"{capital(on)} imported {found.what} worth {money(back['imports_usd'])} in {found.year}. "
            f"{largest(found.reverse_suppliers.rows if found.reverse_suppliers else [], found.year)} From {of} came "
            f"{percent(back['share_of_imports'])}. Its HHI is {back['hhi_imports']:.3f}; {raised}."
        )
    else:
        text = (
            f"{capital(on)} imported no {found.what} in {found.year}, so it depends on nobody for it by this measure."
        )
    blocks.append(
        Paragraph(
            text,
            refs=("trade",),
            command=f"straits suppliers --of {found.on.id} --product {found.code} --years {found.year}",
        )
    )
    blocks.append(Paragraph(_markets(found), refs=("trade",)))
    blocks.append(_years_table(found, reverse=True))
    return blocks


def _markets(found: Findings) -> str:
    of, on = who(found.of), who(found.on)
    there = found.sold.rows[0] if found.sold and found.sold.rows else None
    back = found.sold_back.rows[0] if found.sold_back and found.sold_back.rows else None
    parts = []
    if there:
        share, worth = percent(there["market_share_of_buyer"]), money(there["exports_usd"])
        parts.append(f"As a market, {of} takes {share} of {whose(found.on)} exports of it ({worth} in all).")
    else:
        parts.append(f"{capital(on)} exported none of it.")
    if back:
        parts.append(
            f"{capital(on)} takes {percent(back['market_share_of_buyer'])} of {whose(found.of)} exports ({money(back['exports_usd'])})."
        )
    else:
        parts.append(f"{capital(of)} exported none of it to outside.")
    shares = {row["region"]: row["share_of_world_exports"] for row in found.position.rows} if found.position else {}
    parts.append(
        f"Of world exports {on} holds {percent(shares.get(found.on.id))}, {of} {percent(shares.get(found.of.id))}."
    )
    leaning = _leaning(found)
    return " ".join([*parts, leaning])


def _leaning(found: Findings) -> str:
    there, back = found.row["share_of_imports"], found.row["reverse"]["share_of_imports"]
    of, on = who(found.of), who(found.on)
    if there is None or back is None:
        return "Which side leans more on the other cannot be said: one share is unknown."
    points = 100 * abs(there - back)
    leaner, other = (of, on) if there > back else (on, of)
    return (
        f"{capital(leaner)} leans more on {other} than the other way round, by {points:.1f} points of import share."
    )


def unknown(found: Findings, lost: Sequence[Paragraph] = ()) -> list[Block]:
    """Baskets, missing weights, grades, ownership, years, and what the reports lost."""
    entries: list[str] = []
    if found.material.note:
        entries.append(capital(found.material.note) + ".")
    if found.trade:
        entries += [capital(note) + "." for note in found.trade.notes]
    if found.traded:
        entries += [
            "Grades: six digits do not tell purity or grade; what a user needs may be scarcer than the code shows.",
            "Ownership: figures are by place of shipment, not by who owns the mine or the firm; goods may pass through third economies.",
            "Consumption: shares are of imports, not of use; domestic production, stocks and recycling are not in them.",
        ]
        if found.newest > found.year:
            entries.append(
                f"{found.newest} is the newest year of the trade data and will be revised with the next release."
            )
    production = production_rows(found)
    if production:
        entries.append(
            f"Production is known for {years_in_words({r['period'] for r in production})}, by place of mining or refining, "
            "partly estimated; other years are unknown here."
        )
    return [Items((*(Paragraph(entry, basis="") for entry in entries), *lost))]


def _method(name: str) -> str:
    return "GeoDep" if name in ("c1", "c2", "c3", "c4") else "CRMA" if name == "crma65" else "EC 2021"


def _sensitivity(row: dict[str, Any], name: str) -> str:
    around = row["sensitivity"][name]
    if row["flags"][name] is None:
        return "unknown"
    turned = [
        side
        for side, value in (("lower", around["threshold_-25%"]), ("higher", around["threshold_+25%"]))
        if value is not row["flags"][name]
    ]
    return f"turns if {listed(turned)}" if turned else "stays"
