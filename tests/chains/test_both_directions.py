"""Who needs whom, both ways from one command, against what the reports say; each fact names its place."""

from __future__ import annotations

import pytest

from straits import chains
from straits.chains.levers import Direction, Lever


def lever(side: Direction, item: str) -> Lever:
    """The lever on an item; a missing one fails."""
    found = {one.item: one for one in side.levers}
    return found[item]


@pytest.fixture(scope="module")
def gallium() -> tuple[Direction, Direction]:
    """China over all others, and all others over China."""
    result = chains.leverage("gallium", "CHN", "not CHN")
    return result.one, result.other


def test_china_makes_over_95_percent_of_low_purity_gallium(gallium: tuple[Direction, Direction]) -> None:
    """Digital Power China, *Reverse Dependency* (2024), chapter 6, text line 2161."""
    held = lever(gallium[0], "gallium-low-purity")
    assert held.output_lost.low == pytest.approx(0.95)
    assert held.controlled  # the licence of August 2023


def test_china_imported_65_percent_of_its_high_purity_gallium_in_2014(gallium: tuple[Direction, Direction]) -> None:
    """The same line: by one estimate, of 2014; who supplies it is not said, only that it is not China."""
    assert lever(gallium[1], "gallium-high-purity").output_lost.low == pytest.approx(0.65)


def test_china_relies_largely_if_not_wholly_on_foreign_gallium_nitride(gallium: tuple[Direction, Direction]) -> None:
    """The same line; "largely" is read as half or more, and the metal under it adds to the loss."""
    lost = lever(gallium[1], "gallium-nitride").output_lost
    assert lost.low >= 0.5
    assert lost.high == 1.0


def test_china_buys_up_to_70_percent_of_its_bauxite_from_three_countries_together() -> None:
    """The same line: Guinea, Australia and Indonesia; the 70 % are of the three, not of each."""
    result = chains.deny("gallium", "AUS+GIN+IDN", to="CHN", at="bauxite")
    lost = next(loss.named for loss in result.hit if loss.item == "bauxite")
    assert (lost.low, lost.high) == (0.0, pytest.approx(0.7))
    one = chains.deny("gallium", "GIN", to="CHN", at="bauxite")
    told = next(loss.output_lost for loss in one.hit if loss.item == "bauxite")
    assert (told.low, told.high) == (0.0, pytest.approx(1.0))  # it may be any of the three, or of the unnamed


def test_what_comes_from_abroad_and_nobody_says_where_may_be_europes() -> None:
    """The same 65 %: no lever of the EU is known, and none is ruled out."""
    europe = chains.leverage("gallium", "EU27", "CHN").one
    told = {entry.item: entry for entry in europe.unplaced}
    assert told["gallium-high-purity"].share.to_list() == [0.65, 0.65]
    assert "gallium-high-purity" not in {one.item for one in europe.levers}
    lost = europe.lost["gaas-substrate"]
    assert (lost.low, lost.high) == (0.0, pytest.approx(0.65))


@pytest.fixture(scope="module")
def semiconductors() -> tuple[Direction, Direction]:
    """The EU over China, and China over the EU."""
    result = chains.leverage("semiconductors", "EU27", "CHN")
    return result.one, result.other


def test_equipment_and_chemicals_go_from_europe_to_fabs_in_china(semiconductors: tuple[Direction, Direction]) -> None:
    """*Reverse Dependency*, chapter 2, text lines 641 and 675 (EUV: one maker), 633 to 645 (immersion: 93.3 %);
    Digital Power China 2023, chapter 1, text line 420 (chemicals, shares not stated).
    """
    assert lever(semiconductors[0], "euv-scanner").stops
    assert lever(semiconductors[0], "arfi-scanner").output_lost.low == pytest.approx(0.933)
    assert lever(semiconductors[0], "fab-chemicals").output_lost.to_list() == [0, 1]


def test_fabs_packaging_boards_and_metals_go_the_other_way(semiconductors: tuple[Direction, Direction]) -> None:
    """*Reverse Dependency*, chapter 8, text line 2779 (27 and 30 % of wafers) and chapter 6, text line 2161 (gallium);
    Digital Power China 2022, chapter 1, text lines 407 (packaging, 20 % by owner) and 460 (boards).
    """
    over_europe = semiconductors[1]
    assert lever(over_europe, "trailing-edge-wafer").output_lost.low == pytest.approx(0.27)
    assert lever(over_europe, "mature-wafer").output_lost.low == pytest.approx(0.30)
    assert lever(over_europe, "packaging").output_lost.low == pytest.approx(0.20)
    assert lever(over_europe, "circuit-board").output_lost.high == 1.0
    assert lever(over_europe, "gallium").output_lost.low == pytest.approx(0.95)
