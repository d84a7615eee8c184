"""Why something is unknown, and how a number must be read: the notes that go with an answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from straits.vocabulary.materials import materials_of
from straits.vocabulary.quantities import percent
from straits.vocabulary.regions import UNSPECIFIED, Region, economies, merged, short_name


def years_in_words(years: Iterable[int]) -> str:
    """Years as runs.

    >>> years_in_words([2017, 2018, 2019, 2023])
    '2017-2019, 2023'
    """
    runs: list[list[int]] = []
    for year in sorted(set(years)):
        if runs and year == runs[-1][1] + 1:
            runs[-1][1] = year
        else:
            runs.append([year, year])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def basket(nomenclature: str, product: str) -> list[str]:
    """What else a product code holds, where the materials file says so."""
    if nomenclature != "HS1992":
        return []
    return [
        f"HS1992:{product} ({item.products[product].what}) is a basket; it also holds: {item.products[product].also}"
        for item in materials_of(product)
        if item.products[product].also
    ]


def merged_reporting(regions: Iterable[Region], years: Iterable[int]) -> list[str]:
    """Economies that the statistics of these years report inside a union."""
    first = min(years)
    found = []
    for region in regions:
        for member in region.members:
            economy = economies()[member.economy]
            until = economy.reported_within_until
            if len(region.members) == 1 and economy.reported_within and until and first <= until.year:
                found.append(
                    f"{economy.name} is reported within {economies()[economy.reported_within].name} until {until.year}: "
                    f"its own figures before are unknown, not zero"
                )
    return found


def unknowns(rows: list[dict[str, Any]], nomenclature: str) -> list[str]:
    """A reason for every unknown of dependency rows, gathered over years."""
    reasons: dict[str, list[int]] = {}

    def add(reason: str, row: dict[str, Any]) -> None:
        reasons.setdefault(reason, []).append(row["period"])

    for row in rows:
        code, who = f"{nomenclature}:{row['product']}", short_name(row["dependent"])
        if merged(row["dependent"], row["period"]):
            continue  # said once, by merged_reporting
        if row["world_exports_usd"] is None:
            add(
                f"{code}: no flow anywhere in the world under this code (discontinued or not reported): unknown, not zero",
                row,
            )
            continue
        if not row["imports_usd"]:
            add(f"{code}: {who} imported nothing from outside, so shares and concentration are undefined", row)
            continue
        if row["imports_over_exports"] is None:
            add(
                f"{code}: {who} recorded no exports to outside; imports/exports is undefined and counts as dependent",
                row,
            )
        if row["tonnes_coverage"] == 0:
            add(f"{code}: no flow into {who} reports tonnes: shares by mass are unknown", row)
        elif row["tonnes_coverage"] < 1:
            add(f"{code}: some flows into {who} report no tonnes; shares by mass are over those that do", row)
        known = row["share_of_imports"] is not None
        if row["provider"] and known and row["share_of_tonnes"] is None and row["tonnes_coverage"]:
            add(
                f"{code}: {short_name(row['provider'])}'s deliveries to {who} report no tonnes: its share by mass is unknown",
                row,
            )
        if row["top_supplier"] == UNSPECIFIED:
            add(f"{code}: the largest supplier of {who} is 'areas not specified', counted as one supplier", row)
        if row["flags"]["c4"] is None:
            add(f"{code}: GeoDep c4 needs the two years before, and too few of them are known to decide it", row)
    return [f"{reason} ({years_in_words(years)})" for reason, years in reasons.items()]


def missing_tonnes(rows: list[dict[str, Any]], nomenclature: str) -> list[str]:
    """How much of import value reports tonnes in the latest year, when not all does."""
    last = max((row["period"] for row in rows), default=0)
    return [
        f"{nomenclature}:{row['product']}, {last}: tonnes are known for {percent(row['tonnes_coverage'])} of "
        f"{short_name(row['dependent'])}'s import value"
        for row in rows
        if row["period"] == last and row["tonnes_coverage"] is not None and row["tonnes_coverage"] < 0.9995
    ]


_OF_COLUMNS = {
    "tonnes": "tonnes that are unknown were not reported for those flows",
    "share_of_tonnes": "a share by mass that is unknown: the flow, or every flow of that year, reports no tonnes",
    "hhi_governance": "HHI-WGI is unknown where a supplier or producer has no indicator (unknown_share); it then lies "
    "between hhi_governance_low and hhi_governance_high",
    "standard_error": "a standard error that is unknown: an estimate in the sum was published without one",
    "share_of_world_exports": "a share of world exports that is unknown: nobody exports the product outside the region",
    "share_of_production": "a share of production that is unknown: world production is reported as zero",
}


def of_plain(rows: list[dict[str, Any]]) -> list[str]:
    """Why some cells of a flat answer are unknown; and that an empty answer is no zero.

    >>> of_plain([{"supplier": "MOZ", "tonnes": None}])
    ['tonnes that are unknown were not reported for those flows']
    """
    if not rows:
        return [
            "nothing is recorded for these years: no flow or production was reported, which is not a measured zero"
        ]
    return [text for name, text in _OF_COLUMNS.items() if any(name in row and row[name] is None for row in rows)]
