"""Numbers of the shipped chains against the reports, a few for each chain; each names the line it stands on.

*Keeping Value Chains at Home* (2024) is ``000``, *Reverse Dependency* (2024) ``001``, *Europe's Strategic Technology
Autonomy from China* (2023) ``002`` and *China's Digital Power* (2022) ``003``, as they lie in ``../shared/seeds``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from straits import chains
from straits.chains.model import Chain, Cited, Provision

SHIPPED = tuple(sorted(path.stem for path in (Path(chains.__file__).parent / "data").glob("*.yaml")))
REPORTS = {"merics2024": "000", "dpc2024": "001", "dpc2023": "002", "dpc2022": "003"}


def rows(name: str, item: str, provider: str, buyer: str = "") -> list[Provision]:
    """The provisions of an item by a provider to a buyer, in file order; none is a fault of the test."""
    chain = chains.load(name)
    found = [row for row in chain.provisions if (row.item, row.provider, row.buyer) == (item, provider, buyer)]
    assert found, (name, item, provider, buyer)
    return found


def share(name: str, item: str, provider: str, buyer: str = "") -> tuple[float, float]:
    """Least and most percent of the only such provision."""
    (row,) = rows(name, item, provider, buyer)
    return round(100 * row.share.low, 3), round(100 * row.share.high, 3)


def market(name: str, item: str, seller: str = "") -> tuple[float, float]:
    """Least and most percent of what a seller sells to China."""
    (row,) = (m for m in chains.load(name).markets if (m.item, m.buyer, m.seller) == (item, "CHN", seller))
    return round(100 * row.share.low, 3), round(100 * row.share.high, 3)


def inputs(chain: Chain, recipe: str) -> set[str]:
    return {entry.item for entry in chain.recipes[recipe].inputs}


# -- lithography-7nm -----------------------------------------------------------------------------------------


def test_lithography_125_of_134_immersion_scanners_were_asmls_and_9_nikons() -> None:
    """001, text line 641: tools sold in 2023."""
    assert share("lithography-7nm", "arfi-scanner", "asml") == (round(12500 / 134, 1),) * 2
    assert share("lithography-7nm", "arfi-scanner", "nikon") == (round(900 / 134, 1),) * 2


def test_lithography_the_four_7_nm_processes_use_the_scanners_of_table_1() -> None:
    """001, table 1, text lines 687 to 690; the mark in brackets for SMIC is not taken as needed."""
    chain = chains.load("lithography-7nm")
    tools = {
        recipe: {entry.removesuffix("-scanner") for entry in inputs(chain, recipe) if entry.endswith("-scanner")}
        for recipe in ("intel-7nm", "samsung-7nm", "tsmc-7nm", "smic-7nm")
    }
    assert tools == {
        "intel-7nm": {"krf", "arf", "arfi"},
        "samsung-7nm": {"krf", "arf", "arfi", "euv"},
        "tsmc-7nm": {"krf", "arfi"},
        "smic-7nm": {"krf", "arfi"},
    }


def test_lithography_euv_took_most_of_three_decades_and_no_more() -> None:
    """001, text line 898."""
    built = chains.load("lithography-7nm").items["euv-scanner"].build
    assert (built.low, built.high) == (240, 360)


# -- logic-beyond-5nm ----------------------------------------------------------------------------------------


def test_logic_80_percent_of_what_asml_spends_goes_to_europe_and_the_rest_abroad() -> None:
    """001, text line 665: supply spend of 2022."""
    assert share("logic-beyond-5nm", "asml-parts", "EU27_UK") == (80, 80)
    (rest,) = rows("logic-beyond-5nm", "asml-parts", "unnamed")
    assert rest.share.low == pytest.approx(0.2)
    assert rest.location == "not EU27_UK"


def test_logic_beyond_5_nm_needs_euv() -> None:
    """001, text line 933."""
    chain = chains.load("logic-beyond-5nm")
    ways = [recipe.id for recipe in chain.recipes_of["logic-beyond-5nm"]]
    assert ways and all("euv-scanner" in inputs(chain, way) for way in ways)


# -- gallium -------------------------------------------------------------------------------------------------


def test_gallium_the_three_deliver_up_to_70_percent_of_chinas_bauxite_together() -> None:
    """001, text line 2161."""
    (row,) = (one for one in rows("gallium", "bauxite", "unnamed", "CHN") if one.share.high < 1)
    assert (row.share.low, row.share.high) == (0, 0.7)
    assert set(row.location.split("+")) == {"AUS", "GIN", "IDN"}


def test_gallium_of_low_purity_is_over_95_percent_chinese_and_65_of_high_purity_came_from_abroad() -> None:
    """001, text line 2161; the 65 % are of 2014."""
    assert share("gallium", "gallium-low-purity", "CHN") == (95, 100)
    (row,) = rows("gallium", "gallium-high-purity", "unnamed", "CHN")
    assert (row.share.low, row.location) == (0.65, "not CHN")
    assert "2014" in row.cited.note


def test_gallium_is_licensed_to_all_destinations_since_august_2023() -> None:
    """000, text line 21; deliveries to three stopped, text line 88."""
    controls = {control.against: control.since for control in chains.load("gallium").controls}
    assert controls == {("world",): "2023-08", ("USA", "JPN", "NLD"): "2023-08"}


# -- germanium -----------------------------------------------------------------------------------------------


def test_germanium_between_60_and_90_percent_is_chinese_as_two_reports_disagree() -> None:
    """001, text line 2161 (60 % refined) and 000, text line 83 (about 90 % produced)."""
    assert share("germanium", "germanium", "CHN") == (60, 90)
    assert share("germanium", "germanium", "unnamed") == (10, 40)


def test_germanium_comes_from_zinc_or_from_coal_ash() -> None:
    """001, text line 2124: 75 and 25 %."""
    chain = chains.load("germanium")
    notes = {recipe.id: recipe.cited.note for recipe in chain.recipes_of["germanium"]}
    assert notes["germanium-from-zinc"].startswith("75 %")
    assert notes["germanium-from-ash"].startswith("25 %")


# -- graphite-anode ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "own", "abroad"), [("cobalt", (5, 5), 95), ("nickel", (10, 10), 90), ("lithium", (25, 30), 75)]
)
def test_graphite_what_china_does_not_import_of_the_metals_of_a_cell(
    item: str, own: tuple[float, float], abroad: float
) -> None:
    """001, table 2, text lines 2133, 2134 and 2136: import dependence of 95 (95), 90 (90) and 75 (70) %."""
    assert share("graphite-anode", item, "CHN", "CHN") == own
    (rest,) = rows("graphite-anode", item, "unnamed", "CHN")
    assert (100 * rest.share.high, rest.location) == (abroad, "not CHN")


def test_graphite_for_sweden_was_stopped_in_2020_and_came_back_in_2024() -> None:
    """000, text lines 64 and 116."""
    (control,) = (one for one in chains.load("graphite-anode").controls if one.item == "artificial-graphite")
    assert (control.against, control.since, control.until) == (("SWE",), "2020", "2024")


def test_graphite_recyclers_run_in_2026_and_fully_by_2028() -> None:
    """001, text line 2219, counted from 2024."""
    (row,) = rows("graphite-anode", "cobalt", "european-recyclers")
    assert (row.lead_time.low, row.lead_time.high) == (24, 48)


# -- rare-earth-magnets --------------------------------------------------------------------------------------


def test_magnets_china_mines_60_processes_85_to_90_and_holds_87_percent_of_the_magnets() -> None:
    """000, text line 142 (60, nearly 90, 87 %) and 002, text line 931 (around 85 %)."""
    assert share("rare-earth-magnets", "rare-earth-ore", "CHN") == (60, 60)
    assert share("rare-earth-magnets", "processed-rare-earths", "CHN") == (85, 90)
    assert share("rare-earth-magnets", "ndfeb-magnet", "CHN") == (87, 87)


def test_magnets_china_imports_60_or_85_percent_of_its_iron() -> None:
    """001, table 2, text line 2139."""
    assert share("rare-earth-magnets", "iron", "unnamed", "CHN") == (60, 85)


# -- semiconductors ------------------------------------------------------------------------------------------


def test_semiconductors_27_and_30_percent_of_older_capacity_stand_in_china_whoever_owns_it() -> None:
    """001, text line 2779."""
    for item, percent in (("trailing-edge-wafer", 27), ("mature-wafer", 30)):
        (row,) = rows("semiconductors", item, "CHN")
        assert (row.share.low, row.share.approximate) == (percent / 100, True)
        assert (row.location, row.owner) == ("CHN", "")


def test_semiconductors_chinese_firms_package_20_percent_and_less_than_40_stands_outside_both() -> None:
    """003, text line 407: over 60 % of capacity in Taiwan and China, about 20 % of sales by Chinese firms."""
    assert share("semiconductors", "packaging", "chinese-osats") == (20, 20)
    (outside,) = (row for row in rows("semiconductors", "packaging", "unnamed") if row.location.startswith("not "))
    assert (outside.location, outside.share.high) == ("not CHN+TWN", 0.4)


def test_semiconductors_markets_in_china() -> None:
    """001, text line 633 (equipment 2022) and 003, text lines 430 and 460 (materials and board chemicals 2019)."""
    assert market("semiconductors", "fab-equipment") == (26, 100)
    assert market("semiconductors", "packaging-materials") == (25, 25)
    assert market("semiconductors", "board-chemicals") == (50, 100)


# -- automotive-chips ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "firms"),
    [
        ("sensor", {"bosch": 16.3, "infineon": 16.1, "nxp": 14.1, "allegro": 8.0, "melexis": 7.8}),
        ("microcontroller", {"renesas": 27.3, "infineon": 23.7, "nxp": 23.1, "stmicro": 8.8, "microchip": 7.5}),
        ("power-chip", {"infineon": 31.9, "stmicro": 20.3, "texas-instruments": 11.2, "onsemi": 8.4, "rohm": 5.5}),
    ],
)
def test_automotive_shares_are_those_of_table_1(item: str, firms: dict[str, float]) -> None:
    """001, table 1, text lines 2662 to 2667: sales of 2022."""
    assert {firm: share("automotive-chips", item, firm) for firm in firms} == {
        firm: (percent, percent) for firm, percent in firms.items()
    }


def test_automotive_byd_and_infineon_in_power_chips_for_chinese_electric_cars() -> None:
    """001, text line 2761: 2023."""
    assert share("automotive-chips", "ev-power-chip", "byd", "CHN") == (28, 28)
    assert share("automotive-chips", "ev-power-chip", "infineon", "CHN") == (9.09, 9.09)


def test_automotive_infineon_supplied_58_percent_of_chinas_power_semiconductors() -> None:
    """001, text line 2811."""
    assert share("automotive-chips", "power-chip", "infineon", "CHN") == (58.2, 58.2)


# -- cleaning-robot ------------------------------------------------------------------------------------------


def test_cleaning_robots_by_models_on_the_dutch_market() -> None:
    """003, table 1, text lines 1209 to 1215."""
    models = {
        "tennant": 2, "hako": 3, "ice-softbank": 1, "nilfisk": 2, "cleanfix": 1, "adlatus": 1, "gaussian": 3,
    }  # fmt: skip
    assert {firm: share("cleaning-robot", "cleaning-robot", firm)[0] for firm in models} == {
        firm: round(100 * count / sum(models.values()), 1) for firm, count in models.items()
    }


def test_cleaning_robots_four_brands_with_eight_models_run_brainos() -> None:
    """003, table 1, text lines 1209 to 1212."""
    chain = chains.load("cleaning-robot")
    brands = {row.provider for row in chain.provisions_of["cleaning-robot"] if row.recipes == ("robot-brainos",)}
    assert brands == {"tennant", "hako", "ice-softbank", "nilfisk"}


# -- lunar-communication -------------------------------------------------------------------------------------


def test_lunar_over_half_of_the_electronic_parts_come_from_outside_europe() -> None:
    """001, text lines 3197 to 3211."""
    assert share("lunar-communication", "electronic-parts", "EU27_UK", "EU27_UK") == (0, 50)


def test_lunar_the_specification_is_written_by_esa_and_nasa_only() -> None:
    """001, text line 3125."""
    chain = chains.load("lunar-communication")
    assert {row.provider for row in chain.provisions_of["lunanet-standard"]} == {"esa", "nasa"}


def test_lunar_nasa_may_not_work_with_chinese_bodies_since_2011() -> None:
    """001, footnote 35, text line 3201."""
    assert ("partner-systems", ("USA",), ("CHN",), "2011") in {
        (one.item, one.by, one.against, one.since) for one in chains.load("lunar-communication").controls
    }


# -- mri-scanner ---------------------------------------------------------------------------------------------


def test_mri_makers_outside_the_leaders_hold_17_percent_together() -> None:
    """001, text line 2412: 2022."""
    assert share("mri-scanner", "mri-scanner", "unnamed") == (0, 17)


def test_mri_sales_of_siemens_healthineers_and_philips_in_china() -> None:
    """001, text lines 2401 and 2412: 2022, of all sales of the firm."""
    assert market("mri-scanner", "mri-scanner", "siemens-healthineers") == (10.8, 10.8)
    assert market("mri-scanner", "mri-scanner", "philips") == (12.4, 12.4)


# -- quantum-sensor ------------------------------------------------------------------------------------------


def test_quantum_no_share_is_told_of_any_step() -> None:
    """001, text lines 1467 and 1683: no granular analysis exists."""
    chain = chains.load("quantum-sensor")
    assert chain.provisions
    assert [row.id for row in chain.provisions if not row.share.unknown] == []


def test_quantum_china_imports_from_places_that_are_not_told() -> None:
    """001, text line 1467."""
    for item in ("core-component", "advanced-material", "equipment"):
        (row,) = rows("quantum-sensor", item, "unnamed", "CHN")
        assert (row.location, row.owner) == ("not CHN", "")


# -- radio-access-network ------------------------------------------------------------------------------------


def test_radio_european_vendors_hold_5_to_8_percent_of_the_chinese_market() -> None:
    """001, text line 1272."""
    assert share("radio-access-network", "base-station", "EU27_UK", "CHN") == (5, 8)


def test_radio_filters_are_made_only_in_china() -> None:
    """002, text line 941; rare earths, text lines 931 to 935."""
    (row,) = rows("radio-access-network", "filter", "CHN")
    assert (row.share.low, row.exclusive, row.owner) == (1, True, "")
    assert share("radio-access-network", "rare-earths", "CHN") == (85, 85)
    assert share("radio-access-network", "rare-earth-ore", "CHN") == (60, 60)


# -- the lines themselves ------------------------------------------------------------------------------------


def cited(chain: Chain) -> Iterator[Cited]:
    """Every citation of a chain."""
    for table in (chain.items, chain.recipes, chain.providers):
        yield from (entry.cited for entry in table.values())
    for group in (chain.provisions, chain.controls, chain.markets):
        yield from (entry.cited for entry in group)


def passages(fact: Cited) -> Iterator[tuple[str, int, int]]:
    """``(source, first, last)`` of the lines a locator names; a part may name a source of its own."""
    source = fact.source
    for part in fact.locator.split(";"):
        if named := re.match(r"\s*([a-z]+\d{4}(?:-ch\d+)?),", part):
            source = named[1]
        for first, last in re.findall(r"(\d+)(?:-(\d+))?", part.partition("text line")[2]):
            yield source, int(first), int(last or first)


@pytest.mark.data
@pytest.mark.parametrize("name", SHIPPED)
def test_every_cited_line_has_words(name: str, shared: Path) -> None:
    texts = {path.name[:3]: path.read_text(encoding="utf-8").split("\n") for path in (shared / "seeds").glob("*.txt")}
    empty = []
    for fact in cited(chains.load(name)):
        for source, first, last in passages(fact):
            text = texts[REPORTS[source.partition("-")[0]]]
            if not "".join(text[first - 1 : last]).strip():
                empty.append(f"{fact.place}: {fact.locator}")
    assert empty == []


@pytest.mark.data
@pytest.mark.parametrize(
    ("report", "line", "words"),
    [
        ("000", 21, ("August 2023", "gallium and germanium")),
        ("000", 83, ("Around 90 percent",)),
        ("000", 142, ("60 percent", "nearly 90 percent", "87 percent")),
        ("001", 633, ("more than 26% in 2022",)),
        ("001", 641, ("125", "nine", "2023")),
        ("001", 665, ("80%", "2022", "15%")),
        ("001", 898, ("best part of three decades", "2035")),
        ("001", 933, ("7nm", "beyond 5nm")),
        ("001", 1272, ("5–8%",)),
        ("001", 2133, ("Cobalt", "95 (95)")),
        ("001", 2134, ("Nickel", "90 (90)")),
        ("001", 2136, ("Lithium", "75 (70)")),
        ("001", 2139, ("Iron", "60 (85)")),
        ("001", 2161, ("over 95%", "60% of germanium", "65% in 2014", "up to 70%")),
        ("001", 2219, ("2026", "2028")),
        ("001", 2401, ("10.8%",)),
        ("001", 2412, ("12.4%", "17%")),
        ("001", 2662, ("16.3%", "27.3%", "31.9%")),
        ("001", 2667, ("37.7%", "9.6%", "22.7%")),
        ("001", 2761, ("21% to 28%", "22.6% to 9.09%")),
        ("001", 2779, ("27%", "30%")),
        ("001", 2811, ("58.2%",)),
        ("001", 2837, ("almost 60%",)),
        ("001", 3201, ("2011", "Wolf Amendment")),
        ("002", 931, ("85%", "60%")),
        ("002", 941, ("exclusively manufactured in the PRC",)),
        ("003", 407, ("60%", "20% by 2020")),
        ("003", 430, ("25%", "2019")),
        ("003", 460, ("over half", "2019")),
        ("003", 1215, ("Gaussian", "3 (soon to be 6)")),
    ],
)
def test_the_numbers_are_on_the_lines_named(report: str, line: int, words: tuple[str, ...], shared: Path) -> None:
    (path,) = (shared / "seeds").glob(f"{report}_*.txt")
    text = path.read_text(encoding="utf-8").split("\n")[line - 1]
    assert [word for word in words if word not in text] == []
