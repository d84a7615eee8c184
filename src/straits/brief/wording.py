"""How a material's brief puts things: who, whose, lists, years, commands."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from straits.brief.findings import Findings
from straits.vocabulary.quantities import percent
from straits.vocabulary.regions import Region, in_sentence, possessive


def who(side: Region) -> str:
    """A side inside a sentence: the EU27, China."""
    return in_sentence(side.id)


def whose(side: Region) -> str:
    """A side's, inside a sentence."""
    return possessive(who(side))


def one_economy(side: Region) -> str | None:
    """The economy of a region of one, else nothing."""
    return side.members[0].economy if len(side.members) == 1 else None


def listed(words: Sequence[str]) -> str:
    """Words as a list: a, b and c."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def yes_no(value: bool | None) -> str:
    """Yes, no, or unknown."""
    return {True: "yes", False: "no", None: "unknown"}[value]


def mined(found: Findings) -> str:
    """What the production series counts, in a sentence: ``natural graphite``, ``tungsten (W)``."""
    series = found.material.production[0]
    form = series[series.index("(") :] if "(" in series else ""
    name = found.material.name
    return f"{name[0].lower()}{name[1:]} {form}".strip()


def capital(text: str) -> str:
    """A sentence's first letter."""
    return text[:1].upper() + text[1:]


def production_rows(found: Findings) -> list[dict[str, Any]]:
    """Production of the material's main series, by region and year."""
    rows = found.production.rows if found.production else []
    return [row for row in rows if row["material"] == found.material.production[0]]


def share_at(rows: list[dict[str, Any]], side: str, year: int) -> float | None:
    """A region's share of world production in a year, 0 to 1."""
    return next((row["share_of_production"] for row in rows if row["region"] == side and row["period"] == year), None)


def largest(rows: list[dict[str, Any]], year: int, most: int = 4) -> str:
    """The largest suppliers of a year in a sentence."""
    top = [row for row in rows if row["period"] == year][:most]
    if not top:
        return ""
    return (
        "The largest suppliers are "
        + listed([f"{in_sentence(row['supplier'])} {percent(row['share_of_imports'])}" for row in top])
        + "."
    )


def last_traded(found: Findings) -> str:
    """Why the year told has no trade under the code, and when it last had."""
    years = [row["period"] for row in found.rows if row["world_exports_usd"] is not None]
    last = f"; the last year told here with trade under it is {max(years)}" if years else ""
    return f"its code {found.code} carries no trade in {found.year} anywhere (discontinued or not reported){last}"


def depend_command(found: Findings) -> str:
    """The command that prints the rows behind the brief's trade figures."""
    sides = f"--of {shlex.quote(found.of.id)} --on {shlex.quote(found.on.id)}"
    return f"straits depend {sides} --product {found.code} --years {span(found.years)}"


def span(years: Sequence[int]) -> str:
    """Years as the command line takes them."""
    return f"{years[0]}-{years[-1]}" if len(years) > 1 else str(years[0])
