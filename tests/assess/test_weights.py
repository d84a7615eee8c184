"""A reader's weights: explicit, with the weight at which the lead would flip."""

from types import SimpleNamespace

import pytest
from completions import protocol_of

from straits.assess.weights import load, weigh
from straits.vocabulary.errors import StraitsError


def result(*masks):
    protocol = protocol_of([2], [4] * len(masks), [([{"q0": 1}], f"o{n}", 0b0011, []) for n in range(len(masks))])
    return SimpleNamespace(protocol=protocol, outcomes={f"o{n}": mask for n, mask in enumerate(masks)})


def test_the_lead_is_sure_when_no_level_still_possible_takes_it_away():
    found = weigh(result(0b1000, 0b0110), {"o0": 1, "o1": 1})
    assert found.leader == "o0"
    assert [(row.outcome, row.low, row.high) for row in found.rows] == [("o0", 4, 4), ("o1", 2, 3)]


def test_the_flip_is_where_both_are_equal():
    weights = {"o0": 1.0, "o1": 1.0}
    for flip in weigh(result(0b1000, 0b0110), weights).flips:
        moved = weigh(result(0b1000, 0b0110), {**weights, flip.outcome: flip.flips_at})
        assert moved.leader is None
        inside = flip.flips_at * (1.01 if flip.direction == "down" else 0.99)
        assert weigh(result(0b1000, 0b0110), {**weights, flip.outcome: inside}).leader == "o0"


def test_open_levels_leave_the_lead_open():
    found = weigh(result(0b1100, 0b0110), {"o0": 1, "o1": 1})
    assert found.leader is None and found.may_lead == ("o0", "o1") and found.flips == ()


def test_wrong_weights_are_refused(tmp_path):
    path = tmp_path / "weights.yaml"
    path.write_text("weights: {national_security: -1}\n", encoding="utf-8")
    with pytest.raises(StraitsError, match=r"weights\.yaml, line 1, weights\.national_security: is -1"):
        load(path)
    with pytest.raises(StraitsError, match="no outcome of made_up 'oo'"):
        weigh(result(0b1), {"oo": 1})
