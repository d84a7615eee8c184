"""What must hold for any flows at all, tried on many made-up ones."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from naive import trade
from naive.membership import members
from straits.measures import dependency, mutual, screen
from straits.measures import given as given_tables
from straits.measures.compose import compose
from straits.vocabulary.regions import region

ECONOMIES = ["CHN", "DEU", "FRA", "GBR", "MOZ", "USA", "_X"]
PRODUCTS = ["250410", "260300", "280530", "282200", "720293"]
YEARS = [2019, 2020, 2021, 2022]
KEYS = st.tuples(
    st.sampled_from(YEARS), st.sampled_from(ECONOMIES), st.sampled_from(ECONOMIES), st.sampled_from(PRODUCTS)
).filter(lambda key: key[1] != key[2])
# A flow times 1000 stays below what a source may bring: 3e13 USD, all trade of the world.
AMOUNTS = st.tuples(st.integers(1, 10**10), st.none() | st.integers(0, 10**12))
FLOWS = st.dictionaries(KEYS, AMOUNTS, min_size=20, max_size=120).map(
    lambda d: [(*key, *amounts) for key, amounts in d.items()]
)
PAIRS = st.sampled_from([("EU27", "CHN"), ("EU", "USA"), ("G7", "EU27_UK"), ("CHN", "DEU"), ("EU", "EU27")])
several = settings(deadline=None, max_examples=12)  # each example is five products in four years at once


def supplier_shares(of: str):
    """The query for every supplier of a region in all years."""
    return compose(
        "supplier_shares",
        given_tables.scope("HS1992", YEARS, None, window=1) | {"first": given_tables.first_day(YEARS[0])},
        {
            "members": given_tables.members([region(of)]),
            "pairs": given_tables.pairs([(of, None)]),
            "years": given_tables.years_table(YEARS),
        },
        given_tables.REGIONS,
    )


def both_ways(measured, flows, of, on):
    """The rows of a dependency, nested as the observatory gives them; ``measured`` runs the query."""
    a, b = region(of), region(on)
    query = dependency.query(a, b, "HS1992", PRODUCTS, YEARS)
    columns = FromRows(measured(query, flows))
    return dependency.rows(columns, a, b, "HS1992", PRODUCTS, YEARS)


class FromRows:
    """Rows in the guise of an Arrow table."""

    def __init__(self, rows):
        self.rows = rows
        self.column_names = list(rows[0]) if rows else []

    def to_pylist(self):
        return self.rows


def by_market(rows):
    """Supplier rows gathered by year and product."""
    found: dict = {}
    for row in rows:
        found.setdefault((row["period"], row["product"]), []).append(row)
    return found


# -- shares and concentration ------------------------------------------------------------------------------------


@several
@given(flows=FLOWS, of=st.sampled_from(["EU27", "EU", "G7", "CHN", "USA"]))
def test_supplier_shares_add_up_to_one(measured, flows, of):
    for rows in by_market(measured(supplier_shares(of), flows)).values():
        assert sum(row["share_of_imports"] for row in rows) == approx(1)
        by_mass = [row["share_of_tonnes"] for row in rows if row["share_of_tonnes"] is not None]
        assert sum(by_mass) == approx(1) or not any(row["tonnes"] for row in rows)


@several
@given(flows=FLOWS)
def test_concentration_lies_between_equal_shares_and_one(measured, flows):
    for row in measured(screen.query_of_all("HS1992", 2022), flows):
        assert 1 / row["suppliers"] - 1e-12 <= row["hhi_imports"] <= 1 + 1e-12
        assert 1 - 1e-12 <= row["effective_suppliers"] <= row["suppliers"] + 1e-9
        assert 0 < row["hhi_world_exports"] <= 1 + 1e-12
        assert 0 <= row["tonnes_coverage"] <= 1


@several
@given(flows=FLOWS, pair=PAIRS)
def test_concentration_ratios_grow_with_the_number_of_suppliers(measured, flows, pair):
    for row in both_ways(measured, flows, *pair):
        if row["cr1"] is not None:
            assert row["top_share"] == row["cr1"] <= row["cr3"] <= row["cr5"] <= 1
            assert row["share_of_imports"] <= 1
            assert row["imports_from_provider_usd"] <= row["imports_usd"]


@several
@given(flows=FLOWS, merged=st.sampled_from(["MOZ", "USA", "GBR", "_X"]))
def test_merging_two_suppliers_never_lowers_concentration(measured, flows, merged):
    """CHN takes over another supplier; read backwards, splitting a supplier never raises concentration."""
    flows = [flow for flow in flows if flow[2] in ("DEU", "FRA")]
    together: dict = {}
    for year, exporter, importer, product, usd, _ in flows:
        key = (year, "CHN" if exporter == merged else exporter, importer, product)
        together[key] = together.get(key, 0) + usd
    query = screen.query_of_all("HS1992", 2022)
    before = {(r["dependent"], r["product"]): r["hhi_imports"] for r in measured(query, flows)}
    after = measured(query, [(*key, usd, None) for key, usd in together.items()])
    assert len(before) == len(after)
    for row in after:
        assert row["hhi_imports"] >= before[row["dependent"], row["product"]] - 1e-12


@several
@given(flows=FLOWS, factor=st.integers(2, 1000))
def test_scaling_all_values_leaves_shares_and_concentration(measured, flows, factor):
    query = screen.query_of_all("HS1992", 2022)
    scaled = [
        (year, exporter, importer, product, usd * factor, kg) for year, exporter, importer, product, usd, kg in flows
    ]
    names = ("hhi_imports", "top_share", "hhi_world_exports", "imports_over_exports", "tonnes_coverage", "hhi_tonnes")
    key = lambda row: (row["dependent"], row["product"])  # noqa: E731
    for before, after in zip(
        sorted(measured(query, flows), key=key), sorted(measured(query, scaled), key=key), strict=True
    ):
        assert after["imports_usd"] == factor * before["imports_usd"]
        assert [after[name] for name in names] == [
            value if (value := before[name]) is None else approx(value) for name in names
        ]


@several
@given(flows=FLOWS, pair=PAIRS)
def test_a_flag_that_holds_at_a_higher_threshold_holds_at_a_lower_one(measured, flows, pair):
    for row in both_ways(measured, flows, *pair):
        for name, moved in row["sensitivity"].items():
            ladder = [moved["threshold_+25%"], row["flags"][name], moved["threshold_-25%"]]
            known = [step for step in ladder if step is not None]
            assert known == sorted(known), f"{name}: {ladder}"


# -- regions and directions --------------------------------------------------------------------------------------


@several
@given(flows=FLOWS)
def test_a_region_of_one_is_the_economy(measured, flows):
    parameters = given_tables.scope("HS1992", [2022], None, window=1) | {"first": given_tables.first_day(2022)}
    regions = [region(name) for name in ECONOMIES]
    tables = {
        "members": given_tables.members(regions),
        "pairs": given_tables.pairs([(one.id, None) for one in regions]),
        "years": given_tables.years_table([2022]),
    }
    years = {"years": tables["years"]}
    for name in ("screen", "import_ranking", "supplier_shares"):
        as_regions = compose(name, parameters, tables, given_tables.REGIONS)
        as_economies = compose(name, parameters, years, given_tables.ECONOMIES)
        assert ordered(measured(as_regions, flows)) == ordered(measured(as_economies, flows))


def ordered(rows):
    return sorted((dict(sorted(row.items())) for row in rows), key=lambda row: [str(value) for value in row.values()])


@several
@given(flows=FLOWS, pair=PAIRS)
def test_asking_the_other_way_round_swaps_row_and_reverse(measured, flows, pair):
    there, back = both_ways(measured, flows, *pair), both_ways(measured, flows, *pair[::-1])
    for row, other in zip(there, back, strict=True):
        reverse = row.pop("reverse")
        assert other.pop("reverse") == row
        assert other == reverse


@several
@given(flows=FLOWS)
def test_mutuality_from_the_other_side_is_the_same_with_the_sign_turned(measured, flows):
    a, b = region("EU27"), region("CHN")
    there = measured(mutual.query(a, b, "HS1992", 2022), flows)
    back = measured(mutual.query(b, a, "HS1992", 2022), flows)
    for row, other in zip(there, back, strict=True):
        assert (row["one_share"], row["other_hhi"]) == (other["other_share"], other["one_hhi"])
        assert row["asymmetry"] == (None if other["asymmetry"] is None else -other["asymmetry"])
        assert row["asymmetry"] is None or -1 <= row["asymmetry"] <= 1


@several
@given(flows=FLOWS, pair=PAIRS)
def test_any_flows_give_what_the_oracle_gives(measured, flows, pair):
    markets = trade.markets(flows)
    for row in both_ways(measured, flows, *pair):
        for found in (row, row["reverse"]):
            expected = trade.dependency(
                markets, found["dependent"], found["provider"], found["product"], found["period"], members
            )
            if expected is None:
                assert found["imports_usd"] is None
                continue
            for name in (
                "imports_usd",
                "imports_from_provider_usd",
                "suppliers",
                "top_supplier",
                "exports_usd",
                "top_exporter",
            ):
                assert found[name] == expected[name], name
            for name in ("hhi_imports", "share_of_imports", "share_of_tonnes", "hhi_gap", "cr3", "imports_over_exports",
                         "extra_share_of_imports", "hhi_world_exports", "imports_from_provider_tonnes", "tonnes_coverage"):  # fmt: skip
                assert found[name] == (None if expected[name] is None else approx(expected[name], abs=1e-9)), name
            assert found["flags"]["c4"] == expected["c4"]
            assert found["persistence"]["years_known"] == expected["years_known"]


# -- the same inputs, the same bits ------------------------------------------------------------------------------


@settings(deadline=None, max_examples=6)
@given(flows=FLOWS, pair=PAIRS, seed=st.integers(0, 99))
def test_neither_the_order_of_rows_nor_threads_nor_repetition_changes_a_bit(measured, flows, pair, seed):
    shuffled = random.Random(seed).sample(flows, len(flows))
    a, b = region(pair[0]), region(pair[1])
    for query in (dependency.query(a, b, "HS1992", PRODUCTS, YEARS), mutual.query(a, b, "HS1992", 2022)):
        first = measured(query, flows)
        assert measured(query, flows) == first
        assert measured(query, shuffled) == first
        assert measured(query, shuffled, threads=4) == first


QUESTIONS = {
    "dependency": lambda o: o.dependency("EU27", "CHN", ["250410", "280530", "270900"], "2000-2023"),
    "screen": lambda o: o.screen("EU27", 2023, on="CHN"),
    "mutual": lambda o: o.mutual("EU27", "CHN", 2023),
    "suppliers": lambda o: o.suppliers("EU27", "270900", "2019-2023"),
    "market": lambda o: o.market("EU27", "CHN", "250410", "2019-2023"),
    "export position": lambda o: o.export_position(["EU27", "CHN", "G7"], "250410", "2019-2023"),
    "advantage": lambda o: o.advantage(2023),
    "producers": lambda o: o.producers("graphite"),
    "production position": lambda o: o.production_position("rare earths", ["EU27", "CHN"]),
    "governance": lambda o: o.governance("EU27", ["250410", "710812"], "1996-2023"),
    "governance of production": lambda o: o.governance_of_production("cobalt"),
}


@pytest.mark.data
@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)
def test_on_the_real_pack_every_run_with_any_number_of_threads_gives_the_same_bits(pack_home, ask):
    import straits
    from straits.store.engines.duckdb import DuckDBEngine

    answers = []
    for threads in (1, 2, 5, 5):
        observatory = straits.open(pack_home)
        observatory.__dict__["engine"] = DuckDBEngine(threads=threads)
        answer = ask(observatory)
        answers.append((answer.to_json(), answer.columns))
    assert all(text == answers[0][0] and columns.equals(answers[0][1]) for text, columns in answers)
