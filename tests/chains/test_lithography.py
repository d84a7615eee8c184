"""Lithography by hand: the cases that follow from *Reverse Dependency* (2024), chapter 2."""

from __future__ import annotations

import math

from straits import chains
from straits.chains.model import Chain


def recipes(chain: Chain, item: str) -> dict[str, bool | None]:
    return {way.recipe: way.survives for way in chains.deny(chain, at=item).ways if way.item == "logic-7nm"}


def test_without_euv_three_recipes_for_7_nm_survive_and_samsungs_does_not(lithography: Chain) -> None:
    assert recipes(lithography, "euv-scanner") == {
        "intel-7nm": True,
        "samsung-7nm": False,
        "tsmc-7nm": True,
        "smic-7nm": True,
    }


def test_without_arf_immersion_no_recipe_survives(lithography: Chain) -> None:
    assert not any(recipes(lithography, "arfi-scanner").values())
    assert "logic-7nm" in chains.deny(lithography, at="arfi-scanner").stops


def test_beyond_5_nm_nothing_survives_without_euv(lithography: Chain) -> None:
    result = chains.deny(lithography, at="euv-scanner", goals="logic-below-5nm")
    assert result.goals[0].stops is True
    assert result.goals[0].output_lost.to_list() == [1.0, 1.0]


def test_a_tool_without_its_complements_is_no_lithography(lithography: Chain) -> None:
    for complement in ("photoresist", "photomask", "coater-developer", "mask-writer", "lithography-gases"):
        assert "logic-7nm" in chains.deny(lithography, at=complement).stops


def test_smics_recipe_names_its_penalty(lithography: Chain) -> None:
    way = next(w for w in chains.deny(lithography, at="euv-scanner").ways if w.recipe == "smic-7nm")
    assert way.penalty["cap"] == "7 nm, potentially 5 nm"


def test_the_netherlands_alone_stop_euv_for_china_and_it_is_hard(lithography: Chain) -> None:
    sets = {entry.denied: entry for entry in chains.chokepoints(lithography, "CHN").sets}
    assert sets["NLD",].stops == ("euv-scanner",)
    assert sets["NLD",].hard is True


def test_nikon_is_a_second_source_in_name_only_so_arf_immersion_may_stop(lithography: Chain) -> None:
    result = chains.deny(lithography, "NLD", to="CHN", at="arfi-scanner")
    loss = next(entry for entry in result.hit if entry.item == "arfi-scanner")
    assert loss.stops is None
    assert loss.output_lost.to_list() == [0.933, 1.0]
    assert any(
        "Nikon" in unknown.what
        for unknown in chains.deny(lithography, "NLD", to="CHN", at="arfi-scanner", goals="arfi-scanner").unknowns
    )


def test_denied_spares_bite_within_months_and_no_substitute_is_there_in_time(lithography: Chain) -> None:
    result = chains.deny(
        lithography, "NLD+JPN", to="CHN", at="arfi-scanner", mode="spares", at_home=True, goals="logic-7nm"
    )
    loss = result.goals[0]
    assert loss.stops is True
    assert loss.bites.low == 1
    tool = next(entry for entry in result.hit if entry.item == "arfi-scanner")
    assert tool.bites.to_list() == [1, 12]
    ready = [entry for entry in result.replacements if entry.ready]
    assert not ready
    smee = next(entry for entry in result.replacements if entry.provider == "SMEE")
    assert smee.lead_time.low == 132


def test_denied_new_tools_bite_at_an_unknown_time(lithography: Chain) -> None:
    spares = chains.deny(lithography, "NLD", at="euv-scanner", mode="spares").hit[0].bites
    tools = chains.deny(lithography, "NLD", at="euv-scanner", mode="new_sales").hit[0].bites
    assert spares.low == 1
    assert math.isinf(tools.high)


def test_the_controls_on_record_use_up_the_leverage_on_euv_and_immersion(lithography: Chain) -> None:
    result = chains.leverage(lithography, "NLD", "CHN")
    assert set(result.one.used) == {"euv-scanner", "arfi-scanner"}


def test_concentration_of_immersion_scanners_is_one_economy(lithography: Chain) -> None:
    rows = {row.item: row.economies_for_75 for row in chains.chokepoints(lithography, "CHN").concentration}
    assert rows["arfi-scanner"] == (1, 1)
    assert rows["lithography-gases"] == (1, None)


def test_smee_is_not_a_source_today_and_qualifying_it_would_relieve(lithography: Chain) -> None:
    result = chains.relieve(lithography, "CHN", "NLD+JPN", goals="arfi-scanner")
    first = result.sets[0].additions
    assert len(first) == 1
    kinds = {entry.additions[0].kind for entry in result.sets}
    assert kinds == {"qualify", "second source"}


def test_firms_can_be_named(lithography: Chain) -> None:
    assert chains.deny(lithography, "ASML", to="CHN").stops == chains.deny(lithography, "asml", to="CHN").stops
    assert "euv-scanner" in chains.deny(lithography, "ASML", to="CHN").stops
