"""Coverage: by hand on a few flows, and on the real raw-material pack against a naive count."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import straits
from straits.controls.coverage import coverage
from straits.controls.register import Register
from straits.controls.telling import text
from straits.vocabulary.errors import StraitsError

Small = Callable[..., straits.Observatory]

FLOWS = [
    (2023, "CHN", "DEU", "261710", 100, 1),
    (2023, "CHN", "DEU", "250410", 300, 1),
    (2023, "CHN", "DEU", "260300", 600, 1),
    (2023, "USA", "DEU", "250410", 999, 1),
    (2024, "CHN", "DEU", "261710", 400, 1),
    (2024, "CHN", "FRA", "250410", 200, 1),
    (2024, "CHN", "DEU", "260300", 400, 1),
    (2024, "DEU", "FRA", "261710", 777, 1),
]


def test_whole_codes_count_in_both_bounds_and_partial_ones_in_the_upper(register: Register, small: Small) -> None:
    found = coverage(register, small(FLOWS), "EU27", "CHN", "2023-2024")
    before, after = found.total
    assert (before.imports_usd, before.low_usd, before.high_usd) == (1000, 0, 300), "antimony came later in 2024"
    assert (after.imports_usd, after.low_usd, after.high_usd) == (1000, 400, 600)
    assert (after.share_low, after.share_high) == (0.4, 0.6)
    assert after.measures == ("CN-2023-39", "CN-2024-33")
    antimony = next(row for row in found.rows if row.group == "antimony" and row.year == 2024)
    assert (antimony.share_low, antimony.share_high) == (1.0, 1.0)
    graphite = next(row for row in found.rows if row.group == "graphite" and row.year == 2024)
    assert graphite.basket is not None and "flake" in graphite.basket


def test_growth_is_divided_into_new_controls_and_moving_trade(register: Register, small: Small) -> None:
    growth = coverage(register, small(FLOWS), "EU27", "CHN", "2023-2024").growth[0]
    assert growth.change_low == pytest.approx(0.4)
    assert growth.change_high == pytest.approx(0.3)
    assert growth.by_controls_high == pytest.approx(0.1), (
        "2023's trade under 2024's controls: 400 of 1000, before 300"
    )
    assert growth.by_trade_high == pytest.approx(0.2)


def test_a_measure_aimed_at_another_destination_does_not_count(register: Register, small: Small) -> None:
    flows = [(2016, "CHN", "DEU", "284690", 100, 1), (2016, "CHN", "JPN", "284690", 100, 1)]
    observatory = small(flows)
    assert coverage(register, observatory, "EU27", "CHN", 2016).total[0].high_usd == 0
    to_japan = coverage(register, observatory, "JPN", "CHN", 2016).total[0]
    assert (to_japan.low_usd, to_japan.high_usd, to_japan.measures) == (0, 100, ("CN-2010-RARE-EARTHS-JPN",))


def test_quotas_of_the_time_count_until_they_fell(register: Register, small: Small) -> None:
    observatory = small([(2012, "CHN", "DEU", "284690", 100, 1), (2016, "CHN", "DEU", "284690", 100, 1)])
    then = coverage(register, observatory, "EU27", "CHN", 2012).total[0]
    assert (then.low_usd, then.high_usd, then.measures) == (0, 100, ("CN-2004-78",))
    assert coverage(register, observatory, "EU27", "CHN", 2016).total[0].high_usd == 0


def test_reporting_duties_count_only_when_asked_for(register: Register, small: Small) -> None:
    observatory = small([(2023, "CHN", "DEU", "284690", 100, 1)])
    assert coverage(register, observatory, "EU27", "CHN", 2023).total[0].high_usd == 0
    asked = coverage(register, observatory, "EU27", "CHN", 2023, kinds=["reporting"])
    assert asked.total[0].measures == ("CN-2023-RARE-EARTH-REPORTING",)


def test_a_provider_whose_controls_name_no_code_is_unknown_and_not_nought(register: Register, small: Small) -> None:
    found = coverage(register, small([(2023, "USA", "DEU", "250410", 100, 1)]), "EU27", "USA", 2023)
    assert found.total[0].share_low is None and found.total[0].share_high is None
    assert any("unknown, not nought" in note for note in found.notes)
    assert "unknown" in text(found)


def test_a_product_of_two_materials_counts_once_in_the_total(register: Register, small: Small) -> None:
    found = coverage(register, small([(2023, "CHN", "DEU", "270112", 100, 1)]), "EU27", "CHN", 2023)
    assert found.total[0].imports_usd == 100
    assert {row.group for row in found.rows} == {"coking-coal", "steam-coal"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"of": "EU27", "on": "DEU"}, "overlap"),
        ({"of": "EU27", "on": "CHN", "years": "1980"}, "no year 1980"),
        ({"of": "EU27", "on": "CHN", "kinds": ["embargo"]}, "no kind of measure 'embargo'"),
        ({"of": "EU27", "on": "CHN", "groups": ["kryptonite"]}, "no material 'kryptonite'"),
        ({"of": "EU27", "on": "CHN", "groups": ["tungsten"]}, "no product of tungsten in the trade data"),
        ({"of": "Narnia", "on": "CHN"}, "no region 'Narnia'"),
    ],
)
def test_what_cannot_be_computed_says_why(
    register: Register, small: Small, options: dict[str, object], said: str
) -> None:
    with pytest.raises(StraitsError) as error:
        coverage(register, small(FLOWS), **{"years": 2023, **options})  # type: ignore[arg-type]
    assert said in str(error.value)


@pytest.mark.data
def test_on_the_raw_material_pack_it_agrees_with_a_naive_count(register: Register, pack: straits.Observatory) -> None:
    found = coverage(register, pack, "EU27", "CHN", "2022-2024")
    assert found.nomenclature == "HS1992" and found.sources[0]["dataset"] == "raw-materials"
    for row, codes in zip(
        found.total, ([], ["250410", "811230"], ["250410", "811230", "261710", "283030"]), strict=True
    ):
        wanted = ["250410", "250490"] if row.year == 2022 else codes
        flows = pack.suppliers("EU27", sorted(pack.traded(pack.data("trade"), "HS1992")), row.year).rows
        from_china = [flow for flow in flows if flow["supplier"] == "CHN"]
        assert row.imports_usd == sum(flow["value_usd"] for flow in from_china)
        assert row.high_usd == sum(flow["value_usd"] for flow in from_china if flow["product"] in wanted)
    graphite = [row for row in found.rows if row.group == "graphite"]
    assert [row.measures for row in graphite] == [("CN-2006-50",), ("CN-2023-39",), ("CN-2023-39",)]
    assert found.growth[0].change_high is not None and found.growth[0].change_high > 0


@pytest.mark.data
def test_the_pack_tells_the_same_by_the_official_tables(
    register: Register, pack: straits.Observatory, official: object
) -> None:
    plain = coverage(register, pack, "EU27", "CHN", "2023-2024")
    by_tables = coverage(register, pack, "EU27", "CHN", "2023-2024", correlations=official)  # type: ignore[arg-type]
    assert plain.total == by_tables.total
