"""The brief of a raw material: what one side depends on the other for, how stubbornly, and the other way round.

First the answers are gathered from the observatory, then each section is told from them.  Nothing is computed here
but differences and counts of what the measures return.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from straits.brief.document import Block, Document, Figure, Items, Paragraph, Section, Table
from straits.casebook.bibliography import bibliography, cited
from straits.measures import plots
from straits.measures.notes import years_in_words
from straits.measures.results import Answer
from straits.measures.screen import verdict
from straits.measures.thresholds import CRITERIA, METHODS, thresholds
from straits.measures.trend import Trend, trend
from straits.observatory import Observatory
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.materials import Material, material
from straits.vocabulary.quantities import money, percent, tonnes
from straits.vocabulary.regions import Region, in_sentence, possessive, region, short_name

YEARS_TOLD = 10
WORDY_GAP = 0.10
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


@dataclass(frozen=True)
class Findings:
    """The answers that a material's brief is told from; ``None`` where the material has no code or no series."""

    material: Material
    of: Region
    on: Region
    year: int
    newest: int
    years: list[int]
    trade: Answer | None
    suppliers: Answer | None
    reverse_suppliers: Answer | None
    sold: Answer | None
    sold_back: Answer | None
    position: Answer | None
    governance: Answer | None
    producers: Answer | None
    production: Answer | None
    production_governance: Answer | None

    @property
    def code(self) -> str:
        """The product code that stands for the material."""
        return self.material.codes[0]

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """Dependency rows of the main code, by year."""
        return [] if self.trade is None else [row for row in self.trade.rows if row["product"] == self.code]

    @cached_property
    def row(self) -> dict[str, Any]:
        """The dependency row of the year told."""
        return next(row for row in self.rows if row["period"] == self.year)

    @property
    def traded(self) -> bool:
        """Whether there is anything to say on trade in the year told."""
        return bool(self.rows) and self.row["world_exports_usd"] is not None

    @property
    def what(self) -> str:
        """How the code is called in a sentence: never the bare material when the code is a basket."""
        product = self.material.products[self.code]
        return f"{product.what} (HS {self.code[:4]}.{self.code[4:]})"


def material_brief(observatory: Observatory, name: str, of: str, on: str, year: int | None = None) -> Document:
    """The brief of a material for a dependent and a provider.

    ``year`` is the year told; by default the newest but one, because BACI revises its newest year with the next
    release.  Raises :class:`StraitsError` for an unknown material, region or year.
    """
    found = gather(observatory, material(name), region(of), region(on), year)
    sections = [
        Section("imports", "Imports, suppliers and trend", tuple(_imports(found))),
        Section("thresholds", "Which thresholds are crossed, and how stubbornly", tuple(_thresholds(found))),
        Section(
            "reverse", f"The reverse direction: what {_who(found.on)} depends on others for", tuple(_reverse(found))
        ),
        Section("reports", "What reports say", tuple(_reports(found))),
        Section("unknown", "What is not known", tuple(_unknown(found))),
    ]
    certainty, because = _certainty(found)
    return Document(
        title=f"{found.material.name}: {_who(found.of)} and {_who(found.on)}",
        subtitle=_subtitle(found),
        finding=_finding(found),
        certainty=certainty,
        certainty_because=because,
        sections=tuple(section for section in sections if section.blocks),
        sources=tuple(_sources(found)),
        name=f"brief-{found.material.id}-{found.of.id}-{found.on.id}",
        facts=_facts(found),
    )


def gather(observatory: Observatory, item: Material, of: Region, on: Region, year: int | None) -> Findings:
    """Ask the observatory everything that the brief tells."""
    if {m.economy for m in of.members} & {m.economy for m in on.members}:
        raise StraitsError(f"{of.id} and {on.id} overlap: a brief needs two separate sides")
    have = observatory.data("trade", "HS1992").years("trade")
    newest = have[-1]
    told = year or (have[-2] if len(have) > 1 else newest)
    if told not in have:
        raise StraitsError(f"no year {told} in the trade data: it has {have[0]}-{have[-1]}")
    years = [y for y in have if told - YEARS_TOLD < y <= newest]
    codes = item.codes
    main = codes[:1]
    both = (of.id, on.id)
    return Findings(
        material=item,
        of=of,
        on=on,
        year=told,
        newest=newest,
        years=years,
        trade=observatory.dependency(*both, codes, years) if codes else None,
        suppliers=observatory.suppliers(of.id, main, years) if codes else None,
        reverse_suppliers=observatory.suppliers(on.id, main, [told]) if codes else None,
        sold=observatory.market(on.id, of.id, main, [told]) if codes else None,
        sold_back=observatory.market(of.id, on.id, main, [told]) if codes else None,
        position=observatory.export_position(both, main, [told]) if codes else None,
        governance=observatory.governance(of.id, main, [told]) if codes else None,
        producers=observatory.producers(item.id) if item.production else None,
        production=observatory.production_position(item.id, both) if item.production else None,
        production_governance=observatory.governance_of_production(item.id) if item.production else None,
    )


# -- the finding ---------------------------------------------------------------------------------------------


def _finding(found: Findings) -> tuple[str, ...]:
    """Two sentences: how dependent, and the other way round."""
    of, on = _who(found.of), _who(found.on)
    produced = _production_clause(found)
    if not found.traded:
        reason = _last_traded(found) if found.rows else found.material.note
        return (
            f"Trade statistics cannot say how much {found.material.name.lower()} {of} buys from {on}: {reason}.",
            f"What is known is production: {produced}." if produced else "Production is not in the data either.",
        )
    row, back = found.row, found.row["reverse"]
    if not row["imports_usd"]:
        first = f"In {found.year} {of} imported no {found.what} from outside, so there is no dependency to measure."
    else:
        first = (
            f"{_start(on)} supplied {percent(row['share_of_imports'])} of {_whose(found.of)} imports of {found.what} in {found.year} "
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


def _trend(found: Findings) -> Trend:
    told = [row for row in found.rows if row["period"] <= found.year]
    return trend([row["period"] for row in told], [row["share_of_imports"] for row in told])


def _trend_clause(found: Findings) -> str:
    line = _trend(found)
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
    undecided = f" ({_and(unknown)} cannot be decided)" if unknown else ""
    if not raised:
        return f"none of the three published tests flags it{undecided}"
    return f"it is flagged by {_and(raised)}{undecided}"


def _production_clause(found: Findings) -> str:
    rows = _production_rows(found)
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
        f"{_who(found.on)} produces {percent(_share(rows, found.on.id, year))} of the world's {_mined(found)} and "
        f"{_who(found.of)} {percent(_share(rows, found.of.id, year))} ({year}){leader}"
    )


def _certainty(found: Findings) -> tuple[str, str]:
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
    moving = [name for name in CRITERIA if _moves(row, name)]
    if moving:
        several = (
            "flags {} would turn if their thresholds" if len(moving) > 1 else "flag {} would turn if its threshold"
        )
        doubts.append(several.format(_and(moving)) + " moved by 25 %")
    level = "high" if not doubts else "medium" if len(doubts) < 3 else "low"
    reasons = (
        "; ".join(doubts)
        if doubts
        else "a specific code, weight and value agree, flags do not hang on the exact threshold"
    )
    return level, f"Trade figures are reconciled customs reports; {reasons}."


# -- sections ------------------------------------------------------------------------------------------------


def _imports(found: Findings) -> list[Block]:
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
            f" Weighted by the suppliers' political stability the index lies between {weighted['hhi_governance_low']:.3f} and "
            f"{weighted['hhi_governance_high']:.3f}: {percent(weighted['unknown_share'])} of imports come from suppliers without an indicator."
        )
    by_weight = "" if row["hhi_tonnes"] is None else f" (by weight {row['hhi_tonnes']:.3f})"
    text = (
        f"{_start(_who(found.of))} bought from {row['suppliers']} suppliers in {found.year}. The concentration index HHI is "
        f"{row['hhi_imports']:.3f}{by_weight}, as if there were {row['effective_suppliers']:.1f} suppliers of equal size; the three "
        f"largest hold {percent(row['cr3'])}, the five largest {percent(row['cr5'])}.{governance}"
    )
    return Paragraph(text, refs=("trade", "governance"), command=_depend_command(found))


def _suppliers_figure(found: Findings) -> Figure:
    assert found.suppliers is not None
    row = found.row
    title = (
        f"{short_name(row['top_supplier'])} supplied {percent(row['top_share'], 0)} of {_whose(found.of)} imports of "
        f"{found.what} in {found.year}"
    )
    chart = plots.shares_over_time(
        found.suppliers.rows,
        "supplier",
        "share_of_imports",
        "share of imports by value, %",
        title,
        first=_one(found.on),
    )
    alt = (
        f"Stacked bars, {found.years[0]} to {found.years[-1]}: share of each supplier in the value of {_whose(found.of)} imports from "
        f"outside. {found.newest} is provisional. " + _in_words(found.suppliers.rows, found.year)
    )
    command = f"straits suppliers --of {found.of.id} --product {found.code} --years {_span(found.years)}"
    return Figure(title, plots.svg(chart), alt, refs=("trade",), command=command)


def _directions_figure(found: Findings) -> Figure:
    row, of, on = found.row, _who(found.of), _who(found.on)
    there, back = row["share_of_imports"], row["reverse"]["share_of_imports"]
    title = f"{_start(of)} takes {percent(there, 0)} of its imports from {on}, {on} {percent(back, 0)} from {of} ({found.year})"
    chart = plots.both_directions(found.rows, title)
    alt = f"Two lines, {found.years[0]} to {found.years[-1]}: the share of each side's imports of {found.what} that comes from the other."
    return Figure(title, plots.svg(chart), alt, refs=("trade",), command=_depend_command(found))


def _production_figure(found: Findings) -> Figure | None:
    rows = found.producers.rows if found.producers else []
    series = found.material.production[0] if found.material.production else None
    rows = [row for row in rows if row["material"] == series]
    if not rows:
        return None
    last = max(row["period"] for row in rows)
    top = max((row for row in rows if row["period"] == last), key=lambda r: r["share_of_world"])
    title = f"{short_name(top['economy'])} produced {percent(top['share_of_world'], 0)} of the world's {_mined(found)} in {last}"
    chart = plots.shares_over_time(
        rows, "economy", "share_of_world", "share of world production, %", title, first=_one(found.on)
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
        f"Largest suppliers of {_who(found.of)}, {found.what}, {found.year}",
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
        f"{_start(_whose(of))} imports of {found.what}, by year{star}",
        ("Year", "Imports", f"From {_who(on)}", "By weight", "HHI", "Largest supplier"),
        cells,
        (1, 2, 3, 4),
        refs=("trade",),
        command=_depend_command(found),
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
            f"Imports of {_who(found.of)}",
            f"From {_who(found.on)}",
            f"{_who(found.on)} from {_who(found.of)}",
        ),
        tuple(cells),
        (3, 4, 5),
        refs=("trade",),
        command=f"straits depend --of {found.of.id} --on {found.on.id} --product {found.material.id} --years {found.year}",
    )


def _thresholds(found: Findings) -> list[Block]:
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
                _yes(row["flags"][name]),
                _sensitivity(row, name),
                "" if name == "c4" else f"{years[name]} of {known}",
            )
        )
    table = Table(
        f"Thresholds, {found.what}, {_who(found.of)}, {found.year}",
        ("Criterion", "What it asks", "Value", "Threshold", "Crossed", "If moved by 25 %", "Years crossed"),
        tuple(cells),
        (2, 3),
        refs=("trade",),
        command=_depend_command(found),
    )
    verdicts = " ".join(
        f"{text.split(':')[0]}: {_yes(verdict(row['flags'], method))}." for method, (_, text) in METHODS.items()
    )
    unconfirmed = sorted(
        {t.citation.split(",")[0].split(" final")[0] for t in thresholds().values() if not t.confirmed}
    )
    caveat = (
        f" The threshold values are as commonly cited and not yet confirmed by us against the publications ({_and(unconfirmed)})."
        if unconfirmed
        else ""
    )
    text = (
        f"Verdicts for {found.year}: {verdicts} A threshold is crossed when the value is above it; the last columns tell whether the "
        f"answer would turn with a threshold 25 % lower or higher, and in how many of the last years with data it was crossed.{caveat}"
    )
    return [Paragraph(text, refs=("trade",)), table]


def _reverse(found: Findings) -> list[Block]:
    if not found.traded:
        return [Paragraph("Unknown: no product code isolates the material in the year told.")]
    of, on, back = _who(found.of), _who(found.on), found.row["reverse"]
    blocks: list[Block] = []
    if back["imports_usd"]:
        flags = [name for name in CRITERIA if back["flags"][name]]
        raised = f"{on} itself crosses {_and(flags)}" if flags else f"{on} crosses none of the thresholds"
        text = (
            f"{_start(on)} imported {found.what} worth {money(back['imports_usd'])} in {found.year}. "
            f"{_in_words(found.reverse_suppliers.rows if found.reverse_suppliers else [], found.year)} From {of} came "
            f"{percent(back['share_of_imports'])}. Its HHI is {back['hhi_imports']:.3f}; {raised}."
        )
    else:
        text = (
            f"{_start(on)} imported no {found.what} in {found.year}, so it depends on nobody for it by this measure."
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
    of, on = _who(found.of), _who(found.on)
    there = found.sold.rows[0] if found.sold and found.sold.rows else None
    back = found.sold_back.rows[0] if found.sold_back and found.sold_back.rows else None
    parts = []
    if there:
        parts.append(
            f"As a market, {of} takes {percent(there['market_share_of_buyer'])} of {_whose(found.on)} exports of it ({money(there['exports_usd'])} in all)."
        )
    else:
        parts.append(f"{_start(on)} exported none of it.")
    if back:
        parts.append(
            f"{_start(on)} takes {percent(back['market_share_of_buyer'])} of {_whose(found.of)} exports ({money(back['exports_usd'])})."
        )
    else:
        parts.append(f"{_start(of)} exported none of it to outside.")
    shares = {row["region"]: row["share_of_world_exports"] for row in found.position.rows} if found.position else {}
    parts.append(
        f"Of world exports {on} holds {percent(shares.get(found.on.id))}, {of} {percent(shares.get(found.of.id))}."
    )
    leaning = _leaning(found)
    return " ".join([*parts, leaning])


def _leaning(found: Findings) -> str:
    there, back = found.row["share_of_imports"], found.row["reverse"]["share_of_imports"]
    of, on = _who(found.of), _who(found.on)
    if there is None or back is None:
        return "Which side leans more on the other cannot be said: one share is unknown."
    points = 100 * abs(there - back)
    leaner, other = (of, on) if there > back else (on, of)
    return f"{_start(leaner)} leans more on {other} than the other way round, by {points:.1f} points of import share."


def _reports(found: Findings) -> list[Block]:
    entries = [
        Paragraph(fact.fact + ".", basis="stated", refs=(fact.source,), locator=fact.locator)
        for fact in found.material.facts
    ]
    law = {
        "strategic": "It is a strategic and a critical raw material in EU law.",
        "critical": "It is a critical raw material in EU law.",
        "none": "It is not on the EU's list of critical raw materials.",
    }[found.material.eu]
    return [Items((Paragraph(law, basis="stated", refs=("crma",)), *entries))]


def _unknown(found: Findings) -> list[Block]:
    entries: list[str] = []
    if found.material.note:
        entries.append(_start(found.material.note) + ".")
    if found.trade:
        entries += [_start(note) + "." for note in found.trade.notes]
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
    production = _production_rows(found)
    if production:
        entries.append(
            f"Production is known for {years_in_words({r['period'] for r in production})}, by place of mining or refining, partly estimated; other years are unknown here."
        )
    return [Items(tuple(Paragraph(entry, basis="") for entry in entries))]


# -- sources and facts ---------------------------------------------------------------------------------------


def _sources(found: Findings) -> list[dict[str, Any]]:
    """Every source that the document refers to, in order of first use."""
    entries: dict[str, dict[str, Any]] = {}
    for answer in (found.trade, found.producers, found.governance, found.production_governance):
        for source in answer.sources if answer else []:
            entries.setdefault(source["table"], {"ref": source["table"], **source})
    entries["crma"] = {
        "ref": "crma",
        "citation": "Regulation (EU) 2024/1252 of 11 April 2024 establishing a framework for ensuring a secure and sustainable supply of critical raw materials, Annexes I and II.",
    }
    known = bibliography()
    for fact in found.material.facts:
        entries.setdefault(fact.source, {"ref": fact.source, "citation": f"{cited(known[fact.source])}."})
    return list(entries.values())


def _facts(found: Findings) -> dict[str, Any]:
    """Key figures at full precision, for programs."""
    data: dict[str, Any] = {"material": found.material.id, "of": found.of.id, "on": found.on.id, "year": found.year}
    if found.traded:
        data["dependency"] = found.row
        line = _trend(found)
        data["trend"] = {
            "first": line.first,
            "last": line.last,
            "slope_per_year": line.slope,
            "low": line.low,
            "high": line.high,
        }
    data["production"] = _production_rows(found)
    data["notes"] = found.trade.notes if found.trade else []
    return data


# -- words ---------------------------------------------------------------------------------------------------


def _who(side: Region) -> str:
    return in_sentence(side.id)


def _whose(side: Region) -> str:
    return possessive(_who(side))


def _one(side: Region) -> str | None:
    """The economy of a region of one, else nothing."""
    return side.members[0].economy if len(side.members) == 1 else None


def _and(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _yes(value: bool | None) -> str:
    return {True: "yes", False: "no", None: "unknown"}[value]


def _method(name: str) -> str:
    return "GeoDep" if name in ("c1", "c2", "c3", "c4") else "CRMA" if name == "crma65" else "EC 2021"


def _moves(row: dict[str, Any], name: str) -> bool:
    around = row["sensitivity"][name]
    return row["flags"][name] is not None and any(value is not row["flags"][name] for value in around.values())


def _sensitivity(row: dict[str, Any], name: str) -> str:
    around = row["sensitivity"][name]
    if row["flags"][name] is None:
        return "unknown"
    turned = [
        side
        for side, value in (("lower", around["threshold_-25%"]), ("higher", around["threshold_+25%"]))
        if value is not row["flags"][name]
    ]
    return f"turns if {_and(turned)}" if turned else "stays"


def _mined(found: Findings) -> str:
    """What the production series counts, in a sentence: ``natural graphite``, ``tungsten (W)``."""
    series = found.material.production[0]
    form = series[series.index("(") :] if "(" in series else ""
    name = found.material.name
    return f"{name[0].lower()}{name[1:]} {form}".strip()


def _start(text: str) -> str:
    """A sentence's first letter."""
    return text[:1].upper() + text[1:]


def _production_rows(found: Findings) -> list[dict[str, Any]]:
    rows = found.production.rows if found.production else []
    return [row for row in rows if row["material"] == found.material.production[0]]


def _share(rows: list[dict[str, Any]], side: str, year: int) -> float | None:
    return next((row["share_of_production"] for row in rows if row["region"] == side and row["period"] == year), None)


def _in_words(rows: list[dict[str, Any]], year: int, most: int = 4) -> str:
    top = [row for row in rows if row["period"] == year][:most]
    if not top:
        return ""
    return (
        "The largest suppliers are "
        + _and([f"{in_sentence(row['supplier'])} {percent(row['share_of_imports'])}" for row in top])
        + "."
    )


def _last_traded(found: Findings) -> str:
    years = [row["period"] for row in found.rows if row["world_exports_usd"] is not None]
    last = f"; the last year told here with trade under it is {max(years)}" if years else ""
    return f"its code {found.code} carries no trade in {found.year} anywhere (discontinued or not reported){last}"


def _subtitle(found: Findings) -> str:
    trade = f"Trade {found.year}" + (f" ({found.newest} provisional)" if found.newest > found.year else "")
    return f"Dependency in both directions. {trade}; by Straits, from data versions named at the end."


def _depend_command(found: Findings) -> str:
    return f"straits depend --of {shlex.quote(found.of.id)} --on {shlex.quote(found.on.id)} --product {found.code} --years {_span(found.years)}"


def _span(years: Sequence[int]) -> str:
    return f"{years[0]}-{years[-1]}" if len(years) > 1 else str(years[0])
