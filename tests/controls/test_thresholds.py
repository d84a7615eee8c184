"""Lines that rules draw; where two sources draw them differently, both are shown."""

from __future__ import annotations

import pytest

from straits.controls.register import Register
from straits.controls.telling import text
from straits.controls.thresholds import threshold
from straits.vocabulary.errors import StraitsError


@pytest.mark.parametrize(
    ("figures", "verdict"),
    [
        ({"logic_nm": 7}, "yes"),
        ({"logic_nm": 14}, "yes"),
        ({"logic_nm": 16}, "sources differ"),
        ({"logic_nm": 28}, "no"),
        ({"dram_half_pitch_nm": 18}, "yes"),
        ({"dram_half_pitch_nm": 19}, "no"),
        ({"nand_layers": 127}, "no"),
        ({"nand_layers": 128}, "sources differ"),
        ({"nand_layers": 129}, "yes"),
        ({"total_processing_performance": 4800}, "yes"),
        ({"total_processing_performance": 2000}, "unknown"),
        ({"total_processing_performance": 2000, "performance_density": 5.92}, "yes"),
        ({"total_processing_performance": 2000, "performance_density": 3}, "no"),
        ({"logic_nm": 28, "nand_layers": 232}, "yes"),
    ],
)
def test_a_figure_is_caught_or_free(register: Register, figures: dict[str, float], verdict: str) -> None:
    assert threshold(register, figures).verdict == verdict


def test_both_sources_stand_in_the_answer(register: Register) -> None:
    answer = threshold(register, {"nand_layers": 128})
    assert {(rule.source.source, rule.line, rule.caught) for rule in answer.rules} == {
        ("fr-2022-21658", ">= 128 layers", True),
        ("dpc2023-ch03", "> 128 layers", False),
    }
    assert "text line 887" in text(answer)


def test_a_planar_node_is_not_the_whole_rule(register: Register) -> None:
    assert any("non-planar" in note for note in threshold(register, {"logic_nm": 28}).notes)


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({}, "no figure given"),
        ({"node": 7}, "no parameter 'node'"),
        ({"logic_nm": -7}, "a figure above nought"),
        ({"logic_nm": float("nan")}, "a figure above nought"),
    ],
)
def test_a_figure_that_is_none_gets_a_clear_error(register: Register, figures: dict[str, float], said: str) -> None:
    with pytest.raises(StraitsError) as error:
        threshold(register, figures)
    assert said in str(error.value)
