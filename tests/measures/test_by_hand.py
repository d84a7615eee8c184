"""Every measure on cases small enough to check with a pencil; the figures stand in the tests."""

from __future__ import annotations

import datetime as dt

import pytest
from pytest import approx

from naive.membership import members
from straits.measures import given
from straits.measures.compose import compose
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.regions import region, regions

GRAPHITE, COBALT = "250410", "282200"

# What EU27 and CHN trade in graphite in 2023.  EU27 imports 1,000 USD from outside: CHN 600, MOZ 300, _X 100.
EXAMPLE = [
    (2023, "CHN", "DEU", GRAPHITE, 500, 50_000),
    (2023, "CHN", "FRA", GRAPHITE, 100, None),
    (2023, "MOZ", "DEU", GRAPHITE, 300, 20_000),
    (2023, "_X", "FRA", GRAPHITE, 100, 10_000),
    (2023, "FRA", "DEU", GRAPHITE, 400, 30_000),
    (2023, "DEU", "USA", GRAPHITE, 250, 10_000),
    (2023, "FRA", "CHN", GRAPHITE, 50, None),
    (2023, "CHN", "USA", GRAPHITE, 800, 90_000),
]


@pytest.fixture
def example(small):
    return small(EXAMPLE)


@pytest.fixture
def eu_on_china(example):
    (row,) = example.dependency("EU27", "CHN", GRAPHITE, 2023).rows
    return row


# -- imports and their concentration -------------------------------------------------------------------------------


def test_flows_inside_the_region_are_not_its_imports(eu_on_china):
    assert eu_on_china["imports_usd"] == 500 + 100 + 300 + 100


def test_the_share_of_the_provider_is_its_value_over_all_imports(eu_on_china):
    assert eu_on_china["imports_from_provider_usd"] == 600
    assert eu_on_china["share_of_imports"] == approx(0.6)


def test_hhi_is_the_sum_of_squared_shares_and_effective_suppliers_its_inverse(eu_on_china):
    assert eu_on_china["suppliers"] == 3
    assert eu_on_china["hhi_imports"] == approx(0.36 + 0.09 + 0.01)
    assert eu_on_china["effective_suppliers"] == approx(1 / 0.46)


def test_concentration_ratios_add_up_the_largest_suppliers(eu_on_china):
    assert (eu_on_china["cr1"], eu_on_china["cr3"], eu_on_china["cr5"]) == approx((0.6, 1.0, 1.0))
    assert (eu_on_china["top_supplier"], eu_on_china["top_share"]) == ("CHN", approx(0.6))


def test_concentration_ratios_stop_at_one_three_and_five_suppliers(small):
    amounts = {"BRA": 5, "CHN": 40, "IND": 10, "MOZ": 20, "NOR": 10, "USA": 15}
    flows = [(2023, name, "DEU", GRAPHITE, usd, None) for name, usd in amounts.items()]
    (row,) = small(flows).dependency("DEU", "CHN", GRAPHITE, 2023).rows
    assert (row["cr1"], row["cr3"], row["cr5"]) == approx((0.40, 0.75, 0.95))


def test_tonnes_count_only_flows_that_report_them(eu_on_china):
    assert eu_on_china["imports_tonnes"] == approx(80)
    assert eu_on_china["imports_from_provider_tonnes"] == approx(50)
    assert eu_on_china["tonnes_coverage"] == approx(900 / 1000)
    assert eu_on_china["share_of_tonnes"] == approx(50 / 80)
    assert eu_on_china["hhi_tonnes"] == approx((25 + 4 + 1) / 64)


def test_the_gap_between_mass_and_value_is_shown_with_its_sign(eu_on_china):
    assert eu_on_china["share_gap"] == approx(0.625 - 0.6)
    assert eu_on_china["hhi_gap"] == approx(0.46875 - 0.46)


def test_every_supplier_is_listed_with_value_tonnes_and_shares(example):
    rows = example.suppliers("EU27", GRAPHITE, 2023).rows
    listed = [(r["supplier"], r["value_usd"], r["tonnes"], r["share_of_imports"], r["share_of_tonnes"]) for r in rows]
    assert listed == [
        ("CHN", 600, 50.0, approx(0.6), approx(0.625)),
        ("MOZ", 300, 20.0, approx(0.3), approx(0.25)),
        ("_X", 100, 10.0, approx(0.1), approx(0.125)),
    ]


def test_areas_not_specified_count_as_one_supplier_and_a_note_says_so_when_they_lead(small):
    answer = small([(2023, "_X", "DEU", GRAPHITE, 70, 1), (2023, "CHN", "DEU", GRAPHITE, 30, 1)]).dependency(
        "DEU", "CHN", GRAPHITE, 2023
    )
    (row,) = answer.rows
    assert (row["suppliers"], row["top_supplier"], row["top_share"]) == (2, "_X", approx(0.7))
    assert any("areas not specified" in note for note in answer.notes)


def test_of_equal_suppliers_the_alphabetically_first_is_the_top_one(small):
    flows = [(2023, name, "DEU", GRAPHITE, 40, None) for name in ("MOZ", "BRA", "CHN")]
    (row,) = small(flows).dependency("DEU", "CHN", GRAPHITE, 2023).rows
    assert (row["top_supplier"], row["top_exporter"]) == ("BRA", "BRA")
    assert (row["top_share"], row["cr1"], row["cr3"]) == approx((1 / 3, 1 / 3, 1))


def test_a_single_supplier_is_full_concentration(small):
    (row,) = small([(2023, "CHN", "DEU", GRAPHITE, 7, 1)]).dependency("DEU", "CHN", GRAPHITE, 2023).rows
    assert (row["hhi_imports"], row["effective_suppliers"], row["cr1"], row["hhi_tonnes"]) == (1, 1, 1, 1)


# -- against own exports, the inside, the world --------------------------------------------------------------------


def test_imports_over_exports_leaves_flows_inside_out_on_both_sides(eu_on_china):
    assert eu_on_china["exports_usd"] == 250 + 50
    assert eu_on_china["imports_over_exports"] == approx(1000 / 300)


def test_the_extra_share_compares_with_all_imports_of_the_members(eu_on_china):
    assert eu_on_china["extra_share_of_imports"] == approx(1000 / 1400)


def test_the_world_market_counts_every_economy_singly_and_all_flows(eu_on_china):
    # CHN 1400, FRA 450, MOZ 300, DEU 250, _X 100 of 2500
    assert eu_on_china["world_exports_usd"] == 2500
    assert eu_on_china["hhi_world_exports"] == approx(0.3136 + 0.0324 + 0.0144 + 0.01 + 0.0016)
    assert (eu_on_china["top_exporter"], eu_on_china["top_exporter_share"]) == ("CHN", approx(0.56))


def test_the_reverse_row_is_the_provider_on_the_dependent(eu_on_china):
    reverse = eu_on_china["reverse"]
    assert (reverse["dependent"], reverse["provider"]) == ("CHN", "EU27")
    assert (reverse["imports_usd"], reverse["share_of_imports"], reverse["hhi_imports"]) == (50, 1.0, 1.0)
    assert reverse["imports_over_exports"] == approx(50 / 1400)
    assert reverse["extra_share_of_imports"] == 1.0


# -- thresholds -----------------------------------------------------------------------------------------------------


def test_flags_compare_each_measure_with_its_threshold(eu_on_china):
    # HHI 0.46 > 0.4; world HHI 0.372 < 0.4; imports 3.3 times exports; 0.71 > 0.5; largest share 0.6 < 0.65
    assert eu_on_china["flags"] == {
        "c1": True,
        "c2": False,
        "c3": True,
        "c4": None,
        "cdi1": True,
        "cdi2": True,
        "cdi3": True,
        "crma65": False,
    }


def test_sensitivity_moves_each_threshold_by_a_quarter_either_way(eu_on_china):
    lower = {name: pair["threshold_-25%"] for name, pair in eu_on_china["sensitivity"].items()}
    higher = {name: pair["threshold_+25%"] for name, pair in eu_on_china["sensitivity"].items()}
    assert lower == {
        "c1": True,
        "c2": True,
        "c3": True,
        "c4": None,
        "cdi1": True,
        "cdi2": True,
        "cdi3": True,
        "crma65": True,
    }
    assert higher == {
        "c1": False,
        "c2": False,
        "c3": True,
        "c4": None,
        "cdi1": False,
        "cdi2": True,
        "cdi3": True,
        "crma65": False,
    }


def test_a_measure_equal_to_its_threshold_is_not_flagged(small):
    flows = [
        (2023, "CHN", "DEU", GRAPHITE, 65, None), (2023, "MOZ", "DEU", GRAPHITE, 35, None),
        (2023, "DEU", "USA", GRAPHITE, 100, None), (2023, "FRA", "DEU", GRAPHITE, 100, None),
    ]  # fmt: skip
    (row,) = small(flows).dependency("EU27", "CHN", GRAPHITE, 2023).rows
    assert (row["top_share"], row["imports_over_exports"], row["extra_share_of_imports"]) == (0.65, 1.0, 0.5)
    assert not any(row["flags"][name] for name in ("crma65", "c3", "cdi3", "cdi2"))


def test_a_concentration_equal_to_its_threshold_is_not_flagged(small):
    amounts = {"CHN": 6, "BRA": 1, "IND": 1, "MOZ": 1, "NOR": 1}  # 36 + 4 over 100
    (row,) = (
        small([(2023, name, "DEU", GRAPHITE, usd, None) for name, usd in amounts.items()]).screen("DEU", 2023).rows
    )
    assert (row["hhi_imports"], row["hhi_world_exports"]) == (0.4, 0.4)
    assert not any(row["flags"][name] for name in ("c1", "c2", "cdi1"))


def test_no_exports_count_as_dependent_without_a_number(small):
    answer = small([(2023, "CHN", "DEU", GRAPHITE, 7, 1), (2023, "FRA", "DEU", GRAPHITE, 9, 1)]).dependency(
        "EU27", "CHN", GRAPHITE, 2023
    )
    (row,) = answer.rows
    (screened,) = (
        small([(2023, "CHN", "DEU", GRAPHITE, 7, 1), (2023, "FRA", "DEU", GRAPHITE, 9, 1)]).screen("EU27", 2023).rows
    )
    assert (row["exports_usd"], row["imports_over_exports"]) == (0, None)
    assert (screened["exports_usd"], screened["imports_over_exports"]) == (0, None)
    assert row["flags"]["c3"] is True
    assert row["flags"]["cdi3"] is True
    assert set(row["sensitivity"]["c3"].values()) == {True}
    assert any("no exports" in note and "2023" in note for note in answer.notes)


# -- several years ------------------------------------------------------------------------------------------------


def dependent_in(year: int) -> list:
    """Flows that hold c1, c2 and c3 for Germany: one supplier, which is the world's only exporter."""
    return [(year, "CHN", "DEU", GRAPHITE, 100, 1)]


def independent_in(year: int) -> list:
    """Flows that hold none: three equal suppliers and large exports."""
    return [
        *[(year, name, "DEU", GRAPHITE, 10, 1) for name in ("BRA", "CHN", "MOZ")],
        (year, "DEU", "USA", GRAPHITE, 60, 1), (year, "NOR", "USA", GRAPHITE, 60, 1), (year, "TUR", "USA", GRAPHITE, 60, 1),
    ]  # fmt: skip


def other_product_in(year: int) -> list:
    """A year that is loaded, but without any graphite."""
    return [(year, "CHN", "DEU", COBALT, 5, 1)]


def not_imported_in(year: int) -> list:
    """Graphite is traded in the world, but Germany imports none."""
    return [(year, "CHN", "USA", GRAPHITE, 5, 1)]


CASES = {
    "two of three years dependent": ([dependent_in, independent_in, dependent_in], True),
    "one of three years dependent": ([independent_in, independent_in, dependent_in], False),
    "two dependent, one unknown": ([dependent_in, other_product_in, dependent_in], True),
    "one dependent, one not, one unknown": ([other_product_in, independent_in, dependent_in], None),
    "none dependent, one unknown": ([other_product_in, independent_in, independent_in], False),
    "one dependent, two unknown": ([other_product_in, other_product_in, dependent_in], None),
    "one dependent, one not imported": ([not_imported_in, independent_in, dependent_in], False),
    "two dependent, then not imported": ([dependent_in, dependent_in, not_imported_in], True),
    "one dependent, then not imported": ([independent_in, dependent_in, not_imported_in], False),
}


@pytest.mark.parametrize(("years", "expected"), CASES.values(), ids=CASES)
def test_c4_asks_for_two_of_the_last_three_years(small, years, expected):
    flows = [flow for year, made in zip((2021, 2022, 2023), years, strict=True) for flow in made(year)]
    answer = small(flows).dependency("DEU", "CHN", GRAPHITE, 2023)
    (row,) = answer.rows
    assert row["flags"]["c4"] is expected
    assert any("c4" in note for note in answer.notes) is (expected is None)


def test_a_year_that_is_not_loaded_is_unknown_for_c4(small):
    flows = [*independent_in(2021), *dependent_in(2023)]
    (row,) = small(flows).dependency("DEU", "CHN", GRAPHITE, 2023).rows
    assert row["flags"]["c4"] is None
    assert row["persistence"]["years_known"] == 2


def test_persistence_counts_the_years_flagged_of_the_last_five(small):
    made = [dependent_in, not_imported_in, other_product_in, independent_in, dependent_in, dependent_in]
    flows = [flow for year, flows_in in zip(range(2018, 2024), made, strict=True) for flow in flows_in(year)]
    (row,) = small(flows).dependency("DEU", "CHN", GRAPHITE, 2023).rows
    # 2018 lies before the window; 2020 is unknown; in 2019 nothing is imported and in 2021 nothing is flagged but cdi2
    assert row["persistence"]["years_known"] == 4
    assert row["persistence"]["years_flagged"] == {
        "c1": 2,
        "c2": 2,
        "c3": 2,
        "cdi1": 2,
        "cdi2": 3,
        "cdi3": 2,
        "crma65": 2,
    }


def test_a_year_is_answered_alike_alone_and_among_others(small):
    made = [dependent_in, not_imported_in, other_product_in, independent_in, dependent_in, dependent_in]
    flows = [flow for year, flows_in in zip(range(2018, 2024), made, strict=True) for flow in flows_in(year)]
    observatory = small(flows)
    together = observatory.dependency("DEU", "CHN", GRAPHITE, "2018-2023").rows
    assert together == [observatory.dependency("DEU", "CHN", GRAPHITE, year).rows[0] for year in range(2018, 2024)]


def test_a_year_that_is_not_loaded_cannot_be_asked_for(small):
    with pytest.raises(StraitsError, match="no year 2022"):
        small([*dependent_in(2021), *dependent_in(2023)]).dependency("DEU", "CHN", GRAPHITE, "2021-2023")


def test_a_discontinued_code_is_unknown_and_not_zero(small):
    answer = small([*dependent_in(2022), *other_product_in(2023)]).dependency("DEU", "CHN", GRAPHITE, "2022-2023")
    known, gone = answer.rows
    assert known["imports_usd"] == 100
    assert gone["imports_usd"] is None
    assert gone["world_exports_usd"] is None
    assert set(gone["flags"].values()) == {None}
    assert gone["reverse"]["imports_usd"] is None
    assert any("no flow anywhere" in note and note.endswith("(2023)") for note in answer.notes)


def test_without_imports_amounts_are_zero_and_shares_undefined(small):
    flows = [*not_imported_in(2023), (2023, "DEU", "USA", GRAPHITE, 30, 1)]
    answer = small(flows).dependency("DEU", "CHN", GRAPHITE, 2023)
    (row,) = answer.rows
    amounts = (
        "imports_usd",
        "imports_tonnes",
        "imports_from_provider_usd",
        "imports_from_provider_tonnes",
        "suppliers",
    )
    assert [row[name] for name in amounts] == [0, 0, 0, 0, 0]
    undefined = (
        "share_of_imports",
        "share_of_tonnes",
        "hhi_imports",
        "effective_suppliers",
        "cr1",
        "top_supplier",
        "top_share",
    )
    assert [row[name] for name in undefined] == [None] * len(undefined)
    assert row["exports_usd"] == 30
    assert row["imports_over_exports"] is None
    assert any("imported nothing" in note for note in answer.notes)


def test_a_provider_that_delivers_nothing_has_a_share_of_zero_in_value_and_mass(small):
    (row,) = small([(2023, "MOZ", "DEU", GRAPHITE, 7, 9)]).dependency("DEU", "CHN", GRAPHITE, 2023).rows
    assert (row["share_of_imports"], row["share_of_tonnes"], row["imports_from_provider_tonnes"]) == (0, 0, 0)


def test_a_provider_whose_flows_report_no_mass_has_an_unknown_share_by_mass(small):
    flows = [(2023, "MOZ", "DEU", GRAPHITE, 7, 9), (2023, "CHN", "DEU", GRAPHITE, 7, None)]
    answer = small(flows).dependency("DEU", "CHN", GRAPHITE, 2023)
    (row,) = answer.rows
    assert (row["share_of_imports"], row["share_of_tonnes"], row["imports_from_provider_tonnes"]) == (0.5, None, None)
    assert any("China's deliveries to Germany report no tonnes" in note for note in answer.notes)


def test_imports_of_which_nobody_reports_a_mass_have_no_concentration_by_mass(small):
    answer = small([(2023, "CHN", "DEU", GRAPHITE, 7, None)]).dependency("DEU", "CHN", GRAPHITE, 2023)
    (row,) = answer.rows
    assert (row["tonnes_coverage"], row["imports_tonnes"], row["hhi_tonnes"], row["hhi_gap"]) == (0, None, None, None)
    assert any("no flow into Germany reports tonnes" in note for note in answer.notes)


def test_a_mass_of_zero_is_reported_but_cannot_be_shared_out(small):
    (row,) = small([(2023, "CHN", "DEU", GRAPHITE, 7, 0)]).dependency("DEU", "CHN", GRAPHITE, 2023).rows
    assert (row["imports_tonnes"], row["hhi_tonnes"], row["share_of_tonnes"]) == (0, None, None)


def test_a_flow_whose_value_is_rounded_to_zero_is_no_flow(small):
    flows = [(2023, "CHN", "DEU", GRAPHITE, 0, 5), (2023, "DEU", "USA", GRAPHITE, 7, 5)]
    answer = small(flows).dependency("DEU", "CHN", GRAPHITE, 2023)
    (row,) = answer.rows
    assert (row["imports_usd"], row["suppliers"], row["hhi_imports"], row["flags"]["c1"]) == (0, 0, None, None)
    assert "NaN" not in answer.to_json()


# -- who belongs to a region when -----------------------------------------------------------------------------------


def imports_from(observatory, of: str, on: str, years) -> list:
    return [row["imports_from_provider_usd"] for row in observatory.dependency(of, on, GRAPHITE, years).rows]


@pytest.mark.parametrize(
    ("year", "count"),
    [(1995, 15), (2004, 15), (2005, 25), (2007, 27), (2013, 27), (2014, 28), (2020, 28), (2021, 27)],
)
def test_the_eu_has_as_many_members_as_on_the_first_day_of_the_year(year, count):
    found = region("EU").economies(dt.date(year, 1, 1)) - {"BLX"}  # Belgium and Luxembourg once more, as one
    assert len(found) == count


@pytest.mark.parametrize("name", [*regions(), "CHN", "_X"])
def test_members_are_those_of_the_region_file_in_every_year(name):
    for year in range(1995, 2025):
        assert region(name).economies(dt.date(year, 1, 1)) == members(name, year)


def test_the_united_kingdom_leaves_the_eu_with_the_year_after_2020(small):
    # membership as of the period, that is its first day: on 1 January 2020 the United Kingdom was still a member
    flows = [(year, "GBR", "DEU", GRAPHITE, 10, 1) for year in (2019, 2020, 2021)]
    flows += [(year, "CHN", "GBR", GRAPHITE, 1, 1) for year in (2019, 2020, 2021)]
    observatory = small(flows)
    assert imports_from(observatory, "EU", "GBR", "2019-2021") == [0, 0, 10]
    assert imports_from(observatory, "EU", "CHN", "2019-2021") == [1, 1, 0]
    assert imports_from(observatory, "EU27", "GBR", "2019-2021") == [10, 10, 10]
    assert imports_from(observatory, "EU27_UK", "CHN", "2019-2021") == [1, 1, 1]


def test_a_former_member_is_no_longer_part_of_the_provider(small):
    flows = [(year, "GBR", "USA", GRAPHITE, 10, 1) for year in (2020, 2021)] + [(2021, "DEU", "USA", GRAPHITE, 5, 1)]
    observatory = small(flows)
    assert imports_from(observatory, "USA", "EU", "2020-2021") == [10, 5]
    assert imports_from(observatory, "USA", "EU27_UK", "2020-2021") == [10, 15]
    positions = observatory.export_position(["EU"], GRAPHITE, "2020-2021").rows
    assert [row["exports_usd"] for row in positions] == [10, 5]


def test_a_member_that_joins_during_a_year_belongs_from_the_next(small):
    flows = [(year, "POL", "DEU", GRAPHITE, 10, 1) for year in (2003, 2004, 2005)]
    flows += [(year, "CHN", "DEU", GRAPHITE, 5, 1) for year in (2003, 2004, 2005)]
    assert imports_from(small(flows), "EU", "POL", "2003-2005") == [10, 10, 0]


def test_belgium_luxembourg_belongs_to_the_eu_in_1995(small):
    flows = [
        (1995, "BLX", "DEU", GRAPHITE, 10, 1), (1995, "CHN", "BLX", GRAPHITE, 3, 1), (1995, "CHN", "DEU", GRAPHITE, 4, 1),
    ]  # fmt: skip
    observatory = small(flows)
    for name in ("EU", "EU27", "EU27_UK"):
        (row,) = observatory.dependency(name, "CHN", GRAPHITE, 1995).rows
        assert (row["imports_usd"], row["extra_share_of_imports"]) == (7, approx(7 / 17))


def test_an_economy_that_was_reported_within_a_union_is_unknown_and_not_zero(small):
    flows = [(1995, "CHN", "BLX", GRAPHITE, 3, 1), (1995, "CHN", "DEU", GRAPHITE, 4, 1)]
    (row,) = small(flows).dependency("BEL", "CHN", GRAPHITE, 1995).rows
    assert row["imports_usd"] is None


def test_members_on_both_sides_do_not_supply_themselves(small):
    # DEU and FRA are in the G7 and in EU27; only ESP is a provider of the G7 that is not in it
    flows = [
        (2023, "DEU", "USA", GRAPHITE, 10, 1),
        (2023, "ESP", "USA", GRAPHITE, 20, 1),
        (2023, "CHN", "FRA", GRAPHITE, 50, 1),
    ]
    answer = small(flows).dependency("G7", "EU27", GRAPHITE, 2023)
    (row,) = answer.rows
    assert (row["imports_usd"], row["imports_from_provider_usd"]) == (70, 20)
    assert row["reverse"]["imports_usd"] == 50
    assert row["reverse"]["imports_from_provider_usd"] == 0
    assert any("share" in note and "DEU" in note for note in answer.notes)


# -- screen ----------------------------------------------------------------------------------------------------------


def test_a_screen_without_a_provider_has_no_share_of_one(example):
    (row,) = example.screen("EU27", 2023).rows
    assert [
        row[name] for name in ("provider", "imports_from_provider_usd", "share_of_imports", "share_of_tonnes")
    ] == [None] * 4


def test_a_screen_on_a_provider_has_its_share_beside_each_product(example):
    (row,) = example.screen("EU27", 2023, on="CHN").rows
    assert (row["provider"], row["imports_from_provider_usd"], row["share_of_imports"]) == ("CHN", 600, approx(0.6))


def test_a_screen_lists_flagged_products_first_and_then_by_value(small):
    flows = [
        *[flow for year in (2021, 2022, 2023) for flow in dependent_in(year)],
        *[(2023, name, "DEU", COBALT, 900, 1) for name in ("CHN", "COD", "ZMB")],
        *[(2023, name, "DEU", "260300", 990, 1) for name in ("CHL", "PER", "ZMB")],
    ]
    rows = small(flows).screen("DEU", 2023).rows
    assert [(row["product"], row["flagged"]) for row in rows] == [(GRAPHITE, True), ("260300", None), (COBALT, None)]


# -- both ways, markets, positions ----------------------------------------------------------------------------------


@pytest.fixture
def two_ways(small):
    """EU27 takes 60 of 100 of its graphite from China; China takes 10 of 40 of its cobalt from EU27."""
    return small([
        (2023, "CHN", "DEU", GRAPHITE, 60, None), (2023, "MOZ", "FRA", GRAPHITE, 40, None),
        (2023, "DEU", "CHN", COBALT, 10, None), (2023, "COD", "CHN", COBALT, 30, None),
        (2023, "MOZ", "CHN", GRAPHITE, 60, None), (2023, "CHN", "USA", COBALT, 5, None),
    ])  # fmt: skip


def test_mutuality_sets_both_shares_side_by_side(two_ways):
    rows = {row["product"]: row for row in two_ways.mutual("EU27", "CHN", 2023).rows}
    graphite, cobalt = rows[GRAPHITE], rows[COBALT]
    assert (graphite["one_from_other_usd"], graphite["one_share"], graphite["other_share"]) == (60, 0.6, 0.0)
    assert graphite["asymmetry"] == approx(0.6)
    assert (graphite["one_hhi"], graphite["other_hhi"]) == (approx(0.52), 1.0)
    assert (cobalt["one_share"], cobalt["other_share"], cobalt["asymmetry"]) == (None, 0.25, None)


def test_mutuality_lists_the_largest_asymmetry_first_and_unknown_ones_last(two_ways):
    assert [row["product"] for row in two_ways.mutual("EU27", "CHN", 2023).rows] == [GRAPHITE, COBALT]


def test_over_a_set_of_products_imports_are_added_before_they_are_divided(two_ways):
    notes = " ".join(two_ways.mutual("EU27", "CHN", 2023).notes)
    assert "EU27 takes 60.0 % of its imports from CHN" in notes
    assert "over 2 products together, CHN takes 10.0 % of its imports from EU27" in notes  # 10 of 60 + 40


def test_dependence_on_a_market_is_the_buyers_part_of_exports_to_outside(example):
    (row,) = example.market("EU27", "CHN", GRAPHITE, 2023).rows
    assert (row["exports_usd"], row["exports_to_buyer_usd"], row["market_share_of_buyer"]) == (300, 50, approx(1 / 6))
    (row,) = example.market("CHN", "EU27", GRAPHITE, 2023).rows
    assert (row["exports_usd"], row["exports_to_buyer_usd"], row["market_share_of_buyer"]) == (
        1400,
        600,
        approx(3 / 7),
    )


def test_the_export_position_leaves_flows_inside_the_region_out_of_both_parts(example):
    rows = {row["region"]: row for row in example.export_position(["EU27", "CHN", "JPN"], GRAPHITE, 2023).rows}
    assert (rows["EU27"]["exports_usd"], rows["EU27"]["share_of_world_exports"]) == (300, approx(300 / 2100))
    assert (rows["CHN"]["exports_usd"], rows["CHN"]["share_of_world_exports"]) == (1400, approx(1400 / 2500))
    assert (rows["JPN"]["exports_usd"], rows["JPN"]["share_of_world_exports"]) == (0, 0)


def test_revealed_advantage_compares_the_product_mix_with_the_worlds(small):
    flows = [
        (2023, "CHN", "DEU", GRAPHITE, 80, None), (2023, "CHN", "DEU", COBALT, 20, None),
        (2023, "COD", "DEU", GRAPHITE, 20, None), (2023, "COD", "USA", COBALT, 80, None),
        (2023, "USA", "DEU", GRAPHITE, 100, None),
    ]  # fmt: skip
    rows = {(row["exporter"], row["product"]): row for row in small(flows).advantage(2023).rows}
    # the world exports 200 of 300 as graphite: CHN 0.8 / (2/3) = 1.2, COD 0.2 / (2/3) = 0.3, USA 1 / (2/3) = 1.5
    assert [rows[e, GRAPHITE]["rca"] for e in ("CHN", "COD", "USA")] == approx([1.2, 0.3, 1.5])
    assert rows["CHN", GRAPHITE]["symmetric_rca"] == approx(0.2 / 2.2)
    assert rows["COD", GRAPHITE]["symmetric_rca"] == approx(-0.7 / 1.3)
    assert ("USA", COBALT) not in rows


def test_revealed_advantage_is_worked_out_within_each_year(measured):
    flows = [
        (2022, "CHN", "DEU", GRAPHITE, 50, None), (2022, "USA", "DEU", COBALT, 50, None),
        (2023, "CHN", "DEU", COBALT, 70, None), (2023, "USA", "DEU", COBALT, 30, None),
    ]  # fmt: skip
    query = compose("revealed_comparative_advantage", given.scope("HS1992", [2022, 2023], None), {})
    found = {(row["period"].year, row["exporter"], row["product"]): row["rca"] for row in measured(query, flows)}
    assert found == {
        (2022, "CHN", GRAPHITE): 2.0, (2022, "USA", COBALT): 2.0, (2023, "CHN", COBALT): 1.0, (2023, "USA", COBALT): 1.0,
    }  # fmt: skip


# -- governance ----------------------------------------------------------------------------------------------------

STABILITY = "political stability and absence of violence"


def estimate(year: int, economy: str, value: float, error: float | None = 0.2) -> dict:
    return {
        "period": dt.date(year, 1, 1),
        "economy": economy,
        "indicator": STABILITY,
        "value": value,
        "standard_error": error,
    }


HALF_EACH = [(2023, "CHN", "DEU", GRAPHITE, 50, 1), (2023, "MOZ", "DEU", GRAPHITE, 50, 1)]


def governed(small, *estimates, flows=HALF_EACH):
    (row,) = small(flows, governance=list(estimates)).governance("EU27", GRAPHITE, 2023).rows
    return row


def test_concentration_is_weighted_by_weak_governance(small):
    row = governed(small, estimate(2023, "CHN", -0.5), estimate(2023, "MOZ", -1.0, 0.3))
    # g is (2.5 + 0.5) / 5 = 0.6 and (2.5 + 1) / 5 = 0.7; both hold half
    assert row["hhi_governance"] == approx(0.25 * 0.6 + 0.25 * 0.7)
    assert row["hhi_governance_low"] == row["hhi_governance_high"] == row["hhi_governance"]
    assert row["standard_error"] == approx(((0.25 * 0.04) ** 2 + (0.25 * 0.06) ** 2) ** 0.5)
    assert row["unknown_share"] == 0


def test_a_supplier_without_an_estimate_leaves_a_range_and_no_single_value(small):
    row = governed(small, estimate(2023, "CHN", -0.5))
    assert row["hhi_governance"] is None
    assert (row["hhi_governance_low"], row["hhi_governance_high"]) == approx((0.15, 0.40))
    assert row["unknown_share"] == 0.5
    assert row["standard_error"] == approx(0.25 * 0.04)


def test_an_estimate_stands_in_for_two_years_and_no_longer(small):
    row = governed(small, estimate(2021, "CHN", -0.5), estimate(2020, "MOZ", -0.5))
    assert row["unknown_share"] == 0.5
    assert row["hhi_governance_low"] == approx(0.15)


def test_the_newest_estimate_counts_with_its_own_error(small):
    row = governed(
        small,
        estimate(2022, "CHN", 2.0, 0.4),
        estimate(2023, "CHN", -0.5),
        estimate(2024, "CHN", 1.0),
        estimate(2023, "MOZ", -0.5),
    )
    assert row["hhi_governance"] == approx(0.5 * 0.6)
    assert row["standard_error"] == approx((2 * (0.25 * 0.04) ** 2) ** 0.5)


def test_estimates_beyond_the_scale_are_kept_within_it(small):
    row = governed(small, estimate(2023, "CHN", -3.3), estimate(2023, "MOZ", 2.9))
    assert row["hhi_governance"] == approx(0.25)


def test_an_estimate_without_a_standard_error_leaves_the_error_unknown(small):
    row = governed(
        small, estimate(2022, "CHN", -0.5, 0.4), estimate(2023, "CHN", -0.5, None), estimate(2023, "MOZ", -0.5)
    )
    assert row["hhi_governance"] == approx(0.3)
    assert row["standard_error"] is None


def test_without_any_estimate_everything_is_possible(small):
    row = governed(small, estimate(2023, "USA", 0.0))
    assert (row["hhi_governance"], row["standard_error"]) == (None, None)
    assert (row["hhi_governance_low"], row["hhi_governance_high"], row["unknown_share"]) == (0.0, 0.5, 1.0)


# -- production ---------------------------------------------------------------------------------------------------


def produced(year: int, economy: str, quantity: float | None) -> dict:
    return {
        "period": dt.date(year, 1, 1), "economy": economy, "material": "Graphite", "stage": "as published",
        "quantity": quantity, "unit": "t", "reported_or_estimated": "reported",
    }  # fmt: skip


MINES = [
    produced(2023, "CHN", 70.0),
    produced(2023, "MOZ", 20.0),
    produced(2023, "DEU", 10.0),
    produced(2023, "NOR", None),
]


def test_producers_have_shares_of_the_known_production(small):
    rows = small(HALF_EACH, production=MINES).producers("graphite", 2023).rows
    assert [(row["economy"], row["quantity"], row["share_of_world"]) for row in rows] == [
        ("CHN", 70.0, approx(0.7)), ("MOZ", 20.0, approx(0.2)), ("DEU", 10.0, approx(0.1)),
    ]  # fmt: skip


def test_the_production_position_gives_concentration_and_the_regions_share(small):
    observatory = small(HALF_EACH, production=MINES)
    rows = {
        row["region"]: row for row in observatory.production_position("graphite", ["EU27", "CHN", "JPN"], 2023).rows
    }
    assert rows["EU27"]["world_quantity"] == 100
    assert rows["EU27"]["hhi_production"] == approx(0.49 + 0.04 + 0.01)
    assert (rows["EU27"]["top_producer"], rows["EU27"]["top_producer_share"]) == ("CHN", approx(0.7))
    assert [rows[name]["share_of_production"] for name in ("EU27", "CHN", "JPN")] == approx([0.1, 0.7, 0.0])


def test_of_equal_producers_the_alphabetically_first_is_the_top_one(small):
    mines = [produced(2023, name, 5.0) for name in ("MOZ", "BRA", "CHN")]
    (row,) = small(HALF_EACH, production=mines).production_position("graphite", ["EU27"], 2023).rows
    assert row["top_producer"] == "BRA"


def test_a_world_that_produces_nothing_has_no_shares(small):
    observatory = small(HALF_EACH, production=[produced(2023, "CHN", 0.0)])
    for row in observatory.production_position("graphite", ["CHN", "JPN"], 2023).rows:
        assert (row["world_quantity"], row["share_of_production"], row["hhi_production"]) == (0, None, None)


def test_production_is_weighted_by_weak_governance(small):
    observatory = small(
        HALF_EACH, production=MINES, governance=[estimate(2023, "CHN", -0.5), estimate(2023, "DEU", 0.5)]
    )
    (row,) = observatory.governance_of_production("graphite", 2023).rows
    # CHN 0.49 * 0.6, DEU 0.01 * 0.4; MOZ, 0.2 of the world, is unknown
    assert row["hhi_governance"] is None
    assert (row["hhi_governance_low"], row["hhi_governance_high"]) == approx((0.298, 0.338))
    assert row["unknown_share"] == approx(0.2)
    assert row["standard_error"] == approx(((0.49 * 0.04) ** 2 + (0.01 * 0.04) ** 2) ** 0.5)


# -- the years asked for ------------------------------------------------------------------------------------------


def test_only_the_years_asked_for_are_answered(small):
    observatory = small([flow for year in (2021, 2022, 2023) for flow in dependent_in(year)])
    assert [row["period"] for row in observatory.suppliers("DEU", GRAPHITE, [2021, 2023]).rows] == [2021, 2023]
