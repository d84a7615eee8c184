"""Which measures cover a code: whole, in part, unknown; never across revisions in silence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from straits.controls.covering import covers
from straits.controls.nomenclature import Correlations
from straits.controls.questions import show, timeline
from straits.controls.register import Register
from straits.controls.steps import steps
from straits.controls.telling import text
from straits.vocabulary.errors import StraitsError


def extents(register: Register, code: str, **options: object) -> dict[str, str]:
    return {cover.measure: cover.extent for cover in covers(register, code, **options).covers}  # type: ignore[arg-type]


def test_natural_graphite_is_covered_in_part(register: Register) -> None:
    found = covers(register, "250410", on=dt.date(2024, 1, 15))
    graphite = {cover.measure: cover for cover in found.covers}
    assert graphite["CN-2023-39"].extent == "part"
    assert graphite["CN-2023-39"].status == "in force"
    assert graphite["CN-2006-50"].status == "ended"
    assert found.read_as == "HS1992:250410"
    assert any("no revision given" in note for note in found.notes)


GRAPHITE_WITHOUT_CODES = dict.fromkeys(["CN-2006-50", "CN-2024-46-3", "CN-2025-58"], "unknown")


def test_a_chinese_line_that_is_named_is_covered_whole(register: Register) -> None:
    assert extents(register, "CHN2023:2504109100") == {"CN-2023-39": "whole", **GRAPHITE_WITHOUT_CODES}


def test_a_chinese_line_beside_it_is_free(register: Register) -> None:
    assert extents(register, "CHN2023:2504109900") == GRAPHITE_WITHOUT_CODES


def test_a_code_all_of_whose_lines_are_named_is_covered_whole(register: Register) -> None:
    assert extents(register, "HS2022:261710")["CN-2024-33"] == "whole"


def test_a_cn_code_is_compared_at_six_digits_only(register: Register) -> None:
    found = covers(register, "CN2024:25041000")
    by_code = [cover for cover in found.covers if cover.match != "by material"]
    assert [(c.measure, c.extent, c.match) for c in by_code] == [("CN-2023-39", "part", "same six digits")]


def test_a_basket_is_flagged_and_no_statement_on_gallium_is_made(register: Register) -> None:
    found = covers(register, "HS2022:811292")
    assert found.basket is not None and "five metals" in found.basket
    assert {c.measure: c.extent for c in found.covers} == {"CN-2023-23": "part", "CN-2024-46-2": "unknown"}
    assert any("is a basket" in note for note in found.notes)


def test_germanium_in_hs1992_is_unknown_because_the_relation_is_n_to_n(register: Register) -> None:
    found = covers(register, "HS1992:811230")
    cover = next(c for c in found.covers if c.measure == "CN-2023-23")
    assert cover.extent == "unknown" and cover.match.startswith("n:n from HS2022:811292")


def test_a_material_named_without_a_code_is_unknown(register: Register) -> None:
    assert extents(register, "284690")["CN-2023-RARE-EARTH-REPORTING"] == "unknown"


def test_an_entry_of_a_list_is_found_above_and_below(register: Register) -> None:
    assert extents(register, "3B001.f.1.b.2.b")["US-2023-23049"] == "whole"
    assert extents(register, "3A090")["US-2022-21658"] == "whole"
    assert extents(register, "EU:3A090") == {}


def test_another_revision_is_not_compared_without_the_tables(register: Register) -> None:
    assert extents(register, "HS2012:284690") == {}


@pytest.mark.data
def test_another_revision_is_compared_by_the_official_tables(register: Register, official: Correlations) -> None:
    found = covers(register, "HS2012:284690", correlations=official)
    cover = next(c for c in found.covers if c.measure == "CN-2025-18")
    assert cover.match == "1:1 from HS2022:284690 by the official tables"
    assert extents(register, "HS2007:382490", correlations=official)["CN-2023-39"] == "unknown"


@pytest.mark.data
def test_with_and_without_the_tables_hs1992_reads_the_same(register: Register, official: Correlations) -> None:
    for code in ("250410", "261710", "280530", "811230", "284690", "380110", "811000"):
        asked = f"HS1992:{code}"
        assert extents(register, asked) == extents(register, asked, correlations=official), code


def test_whole_stays_whole_over_a_one_to_one_relation(made_up: Callable[..., Register]) -> None:
    assert extents(made_up(), "HS1992:250410") == {"CN-MADE-UP": "whole"}


def test_what_is_not_found_is_not_said_to_be_free(register: Register) -> None:
    found = covers(register, "HS2022:854231")
    assert not found.covers
    assert any("the register holds what its sources name, not all law" in note for note in found.notes)
    assert "no measure of the register" in text(found)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("25041", "has 5 digits, not 2 or 4 or 6; with more, name the nomenclature"),
        ("HS2020:250410", "no nomenclature 'HS2020'"),
        ("graphite", "is not a code"),
        ("CN2024:250410", "has 6 digits, not 8"),
        ("CN1980:25041000", "no revision of the HS in 1980"),
        ("", "is not a code"),
    ],
)
def test_what_is_no_code_gets_a_clear_error(register: Register, code: str, said: str) -> None:
    with pytest.raises(StraitsError) as error:
        covers(register, code)
    assert said in str(error.value)


def test_a_national_line_falls_back_on_its_material(register: Register) -> None:
    """Dysprosium metal has a line of its own in China's tariff, which no announcement read here prints."""
    found = covers(register, "CHN2025:2805301200")
    told = {cover.measure: cover for cover in found.covers}
    assert (told["CN-2010-RARE-EARTHS-JPN"].extent, told["CN-2010-RARE-EARTHS-JPN"].match) == (
        "unknown",
        "by material",
    )


def test_a_measure_suspended_before_its_day_never_came_into_force_then(register: Register) -> None:
    """Announcements 55 to 58, 61 and 62 of 2025 were to bind from November 2025; number 70 suspended them on the 7th."""
    words = text(show(register, "CN-2025-56"))
    assert "was to be in force 2025-11-08, suspended before" in words
    steps = {row.step for row in timeline(register, "2025-11-08", "2025-11-08").rows}
    assert steps == {"was to be in force"}


def test_a_step_that_did_not_come_is_no_event(register: Register) -> None:
    told = {step.step for step in steps(register) if step.measure == "CN-2025-56"}
    assert told == {"announced", "suspended", "suspended until"}
