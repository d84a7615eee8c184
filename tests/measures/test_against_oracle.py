"""The whole real data pack against the oracles: all products, several regions and years, to 1e-9."""

from __future__ import annotations

import math
from typing import Any

import pytest

from naive import governance, production, trade
from naive.membership import members
from straits.observatory import STABILITY
from straits.vocabulary.materials import materials

pytestmark = pytest.mark.data

# 1996: persistence reaches back before the first year; 2005: after an accession; 2014: a code with a gap in 2011;
# 2023: after the withdrawal of the United Kingdom in 2020
YEARS = [1996, 2005, 2014, 2023]
LOADED = [1995, 1996, *range(2001, 2006), *range(2010, 2015), *range(2019, 2024)]
PAIRS = [("EU27", "CHN"), ("EU", "USA"), ("G7", "EU27_UK")]
REGIONS = ["EU27", "EU", "G7", "CHN", "USA", "EU27_UK"]


@pytest.fixture(scope="module")
def markets(pack) -> trade.Markets:
    return trade.read_markets(pack.data("trade").files("trade"), LOADED)


@pytest.fixture(scope="module")
def products(markets) -> list[str]:
    return sorted({product for _, product in markets})


@pytest.fixture(scope="module")
def estimates(pack) -> governance.Estimates:
    return governance.read_estimates(pack.data("governance").files("governance"), STABILITY)


@pytest.fixture(scope="module")
def output(pack) -> production.Output:
    return production.read_output(pack.data("production").files("production"))


def differences(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """The columns in which a row is not what the oracle says."""
    return [
        f"{name}: {value} expected, {found[name]} found"
        for name, value in expected.items()
        if not same(value, found[name])
    ]


def same(expected: Any, found: Any) -> bool:
    if isinstance(expected, float) and isinstance(found, float | int):
        return math.isclose(expected, found, rel_tol=1e-9, abs_tol=1e-9)
    return type(expected) is type(found) and expected == found


def compare(expected: dict[tuple, dict], found: dict[tuple, dict]) -> None:
    """The same rows, and in each the same values."""
    assert sorted(found) == sorted(expected)
    wrong = {key: lines for key, row in expected.items() if (lines := differences(row, found[key]))}
    assert not wrong, f"{len(wrong)} of {len(expected)} rows differ, such as {next(iter(wrong.items()))}"


@pytest.mark.parametrize(("of", "on"), PAIRS)
def test_dependency_both_ways(pack, markets, products, of, on):
    rows = pack.dependency(of, on, products, YEARS).rows
    for a, b, found in ((of, on, rows), (on, of, [row["reverse"] for row in rows])):
        compare(
            {
                (product, year): trade.dependency(markets, a, b, product, year, members)
                or {"world_exports_usd": None}
                for product in products
                for year in YEARS
            },
            {(row["product"], row["period"]): flat(row) for row in found},
        )


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """A nested row with the names of the flat columns."""
    found = {**row, **row["flags"], "years_known": row["persistence"]["years_known"]}
    for name, moved in row["sensitivity"].items():
        found |= {f"{name}_low": moved["threshold_-25%"], f"{name}_high": moved["threshold_+25%"]}
    return found | {f"{name}_years": count for name, count in row["persistence"]["years_flagged"].items()}


@pytest.mark.parametrize("of", REGIONS)
def test_screen_of_all_products(pack, markets, products, of):
    expected = {
        (product,): trade.dependency(markets, of, "CHN", product, 2023, members)
        for product in products
        if trade.imports_usd(markets.get((2023, product), []), members(of, 2023))
    }
    not_in_a_screen = {"imports_tonnes", "cr1", "cr3", "cr5", "share_gap", "imports_from_provider_tonnes"}
    compare(
        {key: {n: v for n, v in row.items() if n not in not_in_a_screen} for key, row in expected.items()},
        {(row["product"],): flat(row) for row in pack.screen(of, 2023, on="CHN").rows},
    )


@pytest.mark.parametrize("year", YEARS)
def test_suppliers_of_every_product(pack, markets, products, year):
    for of in REGIONS:
        compare(
            {
                (product, row["supplier"]): row
                for product in products
                for row in trade.suppliers(markets.get((year, product), []), members(of, year))
            },
            {(row["product"], row["supplier"]): row for row in pack.suppliers(of, products, year).rows},
        )


@pytest.mark.parametrize(("one", "other"), [("EU27", "CHN"), ("EU27_UK", "USA"), ("G7", "CHN")])
def test_mutuality_of_every_product(pack, markets, products, one, other):
    year = 2023
    compare(
        {
            (product,): trade.mutuality(markets[year, product], members(one, year), members(other, year))
            for product in products
            if (year, product) in markets
        },
        {(row["product"],): row for row in pack.mutual(one, other, year).rows},
    )


@pytest.mark.parametrize("year", YEARS)
def test_mutuality_over_the_whole_set(pack, markets, year):
    everything = [market for (y, _), market in markets.items() if y == year]
    notes = " ".join(pack.mutual("EU", "CHN", year).notes)
    for a, b in (("EU", "CHN"), ("CHN", "EU")):
        share = trade.share_over_set(everything, members(a, year), members(b, year))
        assert f"{a} takes {100 * share:.1f} % of its imports from {b} ({year})" in notes


@pytest.mark.parametrize(("seller", "buyer"), [("EU27", "CHN"), ("CHN", "EU"), ("G7", "EU27_UK"), ("USA", "CHN")])
def test_dependence_on_a_market(pack, markets, products, seller, buyer):
    for year in YEARS:
        expected = {
            (product,): trade.market_share(markets[year, product], members(seller, year), members(buyer, year))
            for product in products
            if (year, product) in markets
        }
        compare(
            {key: row for key, row in expected.items() if row["exports_usd"]},
            {(row["product"],): row for row in pack.market(seller, buyer, products, year).rows},
        )


def test_position_in_world_exports(pack, markets, products):
    for year in YEARS:
        compare(
            {
                (region, product): trade.export_position(markets[year, product], members(region, year))
                for region in REGIONS
                for product in products
                if (year, product) in markets
            },
            {(row["region"], row["product"]): row for row in pack.export_position(REGIONS, products, year).rows},
        )


@pytest.mark.parametrize("year", [1996, 2023])
def test_revealed_comparative_advantage_of_everybody(pack, markets, year):
    compare(
        trade.comparative_advantage({product: market for (y, product), market in markets.items() if y == year}),
        {(row["exporter"], row["product"]): row for row in pack.advantage(year).rows},
    )


@pytest.mark.parametrize("year", YEARS)
def test_governance_of_imports(pack, markets, products, estimates, year):
    for of in REGIONS:
        bought = {
            product: trade.imports_usd(markets.get((year, product), []), members(of, year)) for product in products
        }
        compare(
            {(product,): governance.weighted_hhi(usd, estimates, year) for product, usd in bought.items() if usd},
            {(row["subject"],): row for row in pack.governance(of, products, year).rows},
        )


PRODUCED = [item.id for item in materials().values() if item.production]


def test_governance_of_production(pack, output, estimates):
    for name in PRODUCED:
        series = materials()[name].production
        compare(
            {key: governance.weighted_hhi(output[key], estimates, key[1]) for key in output if key[0] in series},
            {(row["subject"], row["period"]): row for row in pack.governance_of_production(name).rows},
        )


def test_producers_and_their_shares(pack, output):
    for name in PRODUCED:
        series = materials()[name].production
        compare(
            {
                (*key, economy): {
                    "quantity": quantity,
                    "share_of_world": production.producer_shares(output[key])[economy],
                }
                for key in output
                if key[0] in series
                for economy, quantity in output[key].items()
            },
            {(row["material"], row["period"], row["economy"]): row for row in pack.producers(name).rows},
        )


def test_position_in_production(pack, output):
    for name in PRODUCED:
        series = materials()[name].production
        compare(
            {
                (*key, region): production.position(output[key], members(region, key[1]))
                for key in output
                if key[0] in series
                for region in REGIONS
            },
            {
                (row["material"], row["period"], row["region"]): row
                for row in pack.production_position(name, REGIONS).rows
            },
        )
