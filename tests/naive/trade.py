"""Dependency measured from trade flows, one dependent, product and year at a time.

A *market* is the list of all flows of one product in one year.  Flows inside the dependent region are not imports.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Set
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq

from .concentration import concentration_ratio, difference, hhi, largest, ratio


class Flow(NamedTuple):
    """Goods from an exporter to an importer; ``kg`` is ``None`` when no mass is reported."""

    exporter: str
    importer: str
    usd: int
    kg: int | None


Markets = dict[tuple[int, str], list[Flow]]


def markets(flows: Iterable[tuple[int, str, str, str, int, int | None]]) -> Markets:
    """Flows ``(year, exporter, importer, product, usd, kg)`` by year and product; one of zero value is no flow."""
    found: Markets = defaultdict(list)
    for year, exporter, importer, product, usd, kg in flows:
        if usd > 0:
            found[year, product].append(Flow(exporter, importer, usd, kg))
    return dict(found)


def read_markets(files: Iterable[Path], years: Iterable[int]) -> Markets:
    """The markets of some years, from Parquet files of the canonical trade table (annual, one nomenclature)."""
    rows: list = []
    for file in files:
        table = pq.read_table(file, filters=[("period", "in", [dt.date(year, 1, 1) for year in years])])
        period, *rest = (
            table[name].to_numpy().tolist() for name in ("period", "exporter", "importer", "product", "value_usd")
        )
        rows += zip((day.year for day in period), *rest, table["quantity_kg"].to_pylist(), strict=True)
    return markets(rows)


# -- who supplies, who exports -------------------------------------------------------------------------------


def imports_usd(market: list[Flow], inside: Set[str]) -> dict[str, int]:
    """Value by supplier of what the economies inside import from outside."""
    found: dict[str, int] = defaultdict(int)
    for flow in market:
        if flow.importer in inside and flow.exporter not in inside:
            found[flow.exporter] += flow.usd
    return dict(found)


def imports_kg(market: list[Flow], inside: Set[str]) -> dict[str, int]:
    """Mass by supplier, over the flows that report it; a supplier that reports none is absent."""
    found: dict[str, int] = defaultdict(int)
    for flow in market:
        if flow.importer in inside and flow.exporter not in inside and flow.kg is not None:
            found[flow.exporter] += flow.kg
    return dict(found)


def measured_usd(market: list[Flow], inside: Set[str]) -> int:
    """Value of the imports whose flows report a mass."""
    return sum(f.usd for f in market if f.importer in inside and f.exporter not in inside and f.kg is not None)


def member_imports_usd(market: list[Flow], inside: Set[str]) -> int:
    """Value of all imports of the members, from inside and outside."""
    return sum(flow.usd for flow in market if flow.importer in inside)


def exports_usd(market: list[Flow], inside: Set[str]) -> int:
    """Value of what the economies inside export to outside."""
    return sum(flow.usd for flow in market if flow.exporter in inside and flow.importer not in inside)


def exports_by_economy(market: list[Flow]) -> dict[str, int]:
    """Value by exporter, every economy counted singly, all flows."""
    found: dict[str, int] = defaultdict(int)
    for flow in market:
        found[flow.exporter] += flow.usd
    return dict(found)


# -- one dependent, one product, one year ----------------------------------------------------------------------


def suppliers(market: list[Flow], inside: Set[str]) -> list[dict[str, Any]]:
    """Every supplier with its value, tonnes and shares."""
    usd, kg = imports_usd(market, inside), imports_kg(market, inside)
    return [
        {
            "supplier": name,
            "value_usd": usd[name],
            "tonnes": kg[name] / 1000 if name in kg else None,
            "share_of_imports": ratio(usd[name], sum(usd.values())),
            "share_of_tonnes": ratio(kg.get(name), sum(kg.values())),
        }
        for name in sorted(usd)
    ]


def imports(market: list[Flow], inside: Set[str]) -> dict[str, Any]:
    """Size and concentration of imports, by value and by mass; without imports amounts are 0, ratios unknown."""
    usd, kg = imports_usd(market, inside), imports_kg(market, inside)
    total = sum(usd.values())
    concentrated = hhi(usd)
    top = largest(usd)[0] if total else None
    return {
        "imports_usd": total,
        "imports_tonnes": sum(kg.values()) / 1000 if kg or not usd else None,
        "tonnes_coverage": ratio(measured_usd(market, inside), total),
        "suppliers": len(usd),
        "hhi_imports": concentrated,
        "hhi_tonnes": hhi(kg),
        "hhi_gap": difference(hhi(kg), concentrated),
        "effective_suppliers": ratio(1, concentrated),
        "cr1": concentration_ratio(usd, 1),
        "cr3": concentration_ratio(usd, 3),
        "cr5": concentration_ratio(usd, 5),
        "top_supplier": top,
        "top_share": ratio(usd[top], total) if top else None,
    }


def autonomy(market: list[Flow], inside: Set[str]) -> dict[str, Any]:
    """Imports against the dependent's own exports and against trade among its members."""
    total = sum(imports_usd(market, inside).values())
    return {
        "exports_usd": exports_usd(market, inside),
        "imports_over_exports": ratio(total, exports_usd(market, inside)) if total else None,
        "extra_share_of_imports": ratio(total, member_imports_usd(market, inside)) if total else None,
    }


def world(market: list[Flow]) -> dict[str, Any]:
    """Size and concentration of the world market."""
    exports = exports_by_economy(market)
    top = largest(exports)[0]
    return {
        "world_exports_usd": sum(exports.values()),
        "hhi_world_exports": hhi(exports),
        "top_exporter": top,
        "top_exporter_share": ratio(exports[top], sum(exports.values())),
    }


def bilateral(market: list[Flow], inside: Set[str], providing: Set[str]) -> dict[str, Any]:
    """What the dependent imports from the provider's members, those inside the dependent left out."""
    usd, kg = imports_usd(market, inside), imports_kg(market, inside)
    from_provider = sum(amount for name, amount in usd.items() if name in providing)
    mass = [amount for name, amount in kg.items() if name in providing]
    known = bool(mass) or from_provider == 0
    share, by_mass = ratio(from_provider, sum(usd.values())), ratio(sum(mass) if known else None, sum(kg.values()))
    return {
        "imports_from_provider_usd": from_provider,
        "imports_from_provider_tonnes": sum(mass) / 1000 if known else None,
        "share_of_imports": share,
        "share_of_tonnes": by_mass,
        "share_gap": difference(by_mass, share),
    }


# -- thresholds --------------------------------------------------------------------------------------------------

THRESHOLDS = {"c1": 0.4, "c2": 0.4, "c3": 1.0, "cdi1": 0.4, "cdi2": 0.5, "cdi3": 1.0, "crma65": 0.65}
MOVED = {"": 1.0, "_low": 0.75, "_high": 1.25}


def flags(market: list[Flow], inside: Set[str]) -> dict[str, bool | None]:
    """Every criterion of one year, with its threshold as published, 25 % lower and 25 % higher.

    No imports: unknown.  Imports without any exports: ``c3`` and ``cdi3`` hold, whatever the threshold.
    """
    usd = imports_usd(market, inside)
    if not usd:
        return {name + moved: None for name in THRESHOLDS for moved in MOVED}
    against = autonomy(market, inside)
    value = {
        "c1": hhi(usd),
        "c2": hhi(exports_by_economy(market)),
        "c3": against["imports_over_exports"],
        "cdi1": hhi(usd),
        "cdi2": against["extra_share_of_imports"],
        "cdi3": against["imports_over_exports"],
        "crma65": concentration_ratio(usd, 1),
    }
    found: dict[str, bool | None] = {}
    for name, threshold in THRESHOLDS.items():
        for moved, factor in MOVED.items():
            no_exports = name in ("c3", "cdi3") and against["exports_usd"] == 0
            found[name + moved] = True if no_exports else value[name] > factor * threshold
    return found


def flags_by_year(traded: Markets, name: str, product: str, years: Iterable[int], members: Any) -> list[dict | None]:
    """The flags of each year; ``None`` for a year without any trade of the code, all false without imports."""
    found: list[dict | None] = []
    for year in years:
        market = traded.get((year, product))
        if not market:
            found.append(None)
        elif not imports_usd(market, members(name, year)):
            found.append({criterion + moved: False for criterion in THRESHOLDS for moved in MOVED})
        else:
            found.append(flags(market, members(name, year)))
    return found


def persistence(traded: Markets, name: str, product: str, year: int, members: Any, window: int = 5) -> dict[str, Any]:
    """Years known and years flagged of the last five, and GeoDep's c4: all three in two of the last three years."""
    past = flags_by_year(traded, name, product, range(year - window + 1, year + 1), members)
    known = [flagged for flagged in past if flagged is not None]
    found: dict[str, Any] = {"years_known": len(known)}
    for criterion in THRESHOLDS:
        found[f"{criterion}_years"] = sum(flagged[criterion] for flagged in known)
    for moved in MOVED:
        found["c4" + moved] = established(past[-3:], moved)
    return found


def established(past: list[dict | None], moved: str) -> bool | None:
    """GeoDep's c4 over three years: true, false, or unknown when the unknown years could decide."""
    held = sum(1 for f in past if f is not None and f["c1" + moved] and f["c2" + moved] and f["c3" + moved])
    unknown = sum(1 for f in past if f is None)
    if held >= 2:
        return True
    return False if held + unknown < 2 else None


def dependency(traded: Markets, of: str, on: str, product: str, year: int, members: Any) -> dict[str, Any] | None:
    """Everything about one dependent and provider in one year; ``None`` when the code is not traded at all."""
    market = traded.get((year, product))
    if not market:
        return None
    inside = members(of, year)
    return {
        **imports(market, inside),
        **autonomy(market, inside),
        **world(market),
        **bilateral(market, inside, members(on, year)),
        **flags(market, inside),
        **persistence(traded, of, product, year, members),
    }


# -- both ways, and positions ----------------------------------------------------------------------------------


def mutuality(market: list[Flow], one: Set[str], other: Set[str]) -> dict[str, Any]:
    """Both bilateral shares; asymmetry is positive where ``one`` leans more on ``other``."""
    there, back = bilateral(market, one, other), bilateral(market, other, one)
    return {
        "one_share": there["share_of_imports"],
        "one_hhi": hhi(imports_usd(market, one)),
        "other_share": back["share_of_imports"],
        "other_hhi": hhi(imports_usd(market, other)),
        "asymmetry": difference(there["share_of_imports"], back["share_of_imports"]),
    }


def share_over_set(set_of_markets: list[list[Flow]], of: Set[str], on: Set[str]) -> float | None:
    """Share of the provider in the dependent's imports of all these products together."""
    total = sum(sum(imports_usd(market, of).values()) for market in set_of_markets)
    part = sum(bilateral(market, of, on)["imports_from_provider_usd"] for market in set_of_markets)
    return ratio(part, total)


def market_share(market: list[Flow], seller: Set[str], buyer: Set[str]) -> dict[str, Any]:
    """Dependence on a market: exports to the buyer over exports to everybody outside the seller."""
    to_buyer = sum(f.usd for f in market if f.exporter in seller and f.importer in buyer and f.importer not in seller)
    return {
        "exports_usd": exports_usd(market, seller),
        "exports_to_buyer_usd": to_buyer,
        "market_share_of_buyer": ratio(to_buyer, exports_usd(market, seller)),
    }


def export_position(market: list[Flow], inside: Set[str]) -> dict[str, Any]:
    """Share of world exports, flows inside the region left out on both sides."""
    internal = sum(flow.usd for flow in market if flow.exporter in inside and flow.importer in inside)
    outward = exports_usd(market, inside)
    total = sum(flow.usd for flow in market)
    return {"exports_usd": outward, "share_of_world_exports": ratio(outward, total - internal)}


def comparative_advantage(year_markets: dict[str, list[Flow]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Balassa's index and its symmetric form by exporter and product, within the products given."""
    by_product = {product: exports_by_economy(market) for product, market in year_markets.items()}
    of_economy: dict[str, int] = defaultdict(int)
    for exports in by_product.values():
        for economy, usd in exports.items():
            of_economy[economy] += usd
    world_total = sum(of_economy.values())
    found = {}
    for product, exports in by_product.items():
        world_of_product = sum(exports.values())
        for economy, usd in exports.items():
            rca = (usd / of_economy[economy]) / (world_of_product / world_total)
            found[economy, product] = {"exports_usd": usd, "rca": rca, "symmetric_rca": (rca - 1) / (rca + 1)}
    return found
