"""What must come out of the shipped answers: the one field with a chokepoint, what bars the others, what to find out."""

import pytest

from straits.assess.agreement import compared, page
from straits.assess.assessment import Assessor, highest, standing
from straits.assess.scales import Scale
from straits.assess.telling import nearly, plain, unknowns
from straits.casebook.load import load


@pytest.fixture(scope="module")
def assessor():
    return Assessor.shipped()


@pytest.fixture(scope="module")
def book():
    return load()


def in_force(result, outcome):
    goal = result.protocol.outcome(outcome)
    return {firing.rule.id for _, firing in standing(result, goal) if firing.in_force == "holds"}


def test_lithography_is_the_only_field_where_curtailment_comes_out_feasible(assessor):
    answered = [name for name in assessor.subjects if ("ambition" in assessor.answered(name))]
    assert len(answered) >= 8
    levels = {name: assessor.assess(name, "ambition").results["ambition"].levels("curtailment") for name in answered}
    assert [name for name, left in levels.items() if "not_feasible" not in left] == ["lithography"]
    assert all("medium" not in left for name, left in levels.items() if name != "lithography")


def test_lithography_is_the_only_hard_chokepoint(assessor):
    answered = [name for name in assessor.subjects if "chokepoint" in assessor.answered(name)]
    levels = {
        name: assessor.assess(name, "chokepoint").results["chokepoint"].levels("hard_chokepoint") for name in answered
    }
    assert [name for name, left in levels.items() if left == ["yes"]] == ["lithography"]


def test_threat_prevention_in_lithography_is_barred_because_controls_go_further_not_because_it_is_too_high(assessor):
    result = assessor.assess("lithography", "ambition").results["ambition"]
    assert result.levels("threat_prevention") == ["not_feasible"]
    assert any("controlled" in name for name in in_force(result, "threat_prevention"))
    assert "not_feasible" not in result.levels("curtailment")


def test_medical_imaging_is_barred_from_coercive_use_by_effective_utilisation(assessor):
    leverage = assessor.assess("medical-imaging", "leverage").results["leverage"]
    assert leverage.levels("effective_utilisation") == ["barred"]
    assert "barred-by-ethics" in in_force(leverage, "effective_utilisation")
    ambition = assessor.assess("medical-imaging", "ambition").results["ambition"]
    assert "curtail-barred-by-effective-utilisation" in in_force(ambition, "curtailment")
    assert "act-barred-by-effective-utilisation" in in_force(ambition, "ability_to_act")


def test_blockchain_fails_the_hard_chokepoint_test_by_openness(assessor):
    result = assessor.assess("blockchain", "chokepoint").results["chokepoint"]
    assert result.levels("hard_chokepoint") == ["no"]
    assert "fails-by-openness" in in_force(result, "hard_chokepoint")


def fields_with_an_unknown(assessor):
    return [name for name in assessor.subjects if unknowns(assessor.assess(name))]


def test_at_least_five_fields_name_the_unknown_that_matters_most(assessor):
    assert len(fields_with_an_unknown(assessor)) >= 5


@pytest.mark.parametrize(
    "field", ["chip-design", "wireless", "quantum", "medical-imaging", "raw-materials", "blockchain"]
)
def test_settling_the_unknown_that_matters_most_narrows_as_foretold(assessor, field):
    first = unknowns(assessor.assess(field))[0]
    key = ".".join(part for part in (first["protocol"], first["challenge"], first["question"]) if part)
    for level, foretold in first["would"].items():
        result = assessor.assess(field, first["protocol"], {key: level}).results[first["protocol"]]
        (part,) = [p for p in result.parts if (p.challenge.id if p.challenge else None) == first["challenge"]]
        for outcome, levels in foretold.items():
            scale = result.protocol.outcome(outcome).scale
            assert scale.names(part.verdict.outcomes[outcome]) == levels
    before = assessor.assess(field, first["protocol"]).results[first["protocol"]]
    sizes = [sum(len(levels) for levels in then.values()) for then in first["would"].values()]
    (part,) = [p for p in before.parts if (p.challenge.id if p.challenge else None) == first["challenge"]]
    assert min(sizes) < sum(mask.bit_count() for mask in part.verdict.outcomes.values())


def test_a_subject_without_answers_has_everything_open(assessor):
    result = assessor.assess("never-heard-of", "leverage").results["leverage"]
    assert all(result.outcomes[o.id] == o.scale.whole for o in result.protocol.outcomes)


def test_the_highest_of_several_concerns_counts():
    score = Scale(("1", "2", "3", "4"))
    assert score.names(highest([score.parse("1 or 2"), score.parse("2 or 4")], score)) == ["2", "4"]
    assert highest([], score) == score.whole


def test_rules_that_nearly_held_name_the_one_answer_that_is_otherwise(assessor):
    found = [one for name in assessor.subjects for one in nearly(assessor.assess(name))]
    assert found
    for one in found:
        rule = assessor.protocols[one["protocol"]].rule(one["rule"])
        assert any(one["but"]["question"] in clause for clause in rule.clauses)


def test_every_cell_that_contradicts_a_published_one_names_the_rule(assessor, book):
    cells = compared(assessor, book)
    assert len(cells) >= 43
    for cell in cells:
        assert cell.verdict in ("exact", "within range", "contradicts", "not answered")
        if cell.verdict == "contradicts":
            assert cell.why
    assert not [cell for cell in cells if cell.subject in ("v2x", "space-exploration")]
    text = "\n".join(page(cells))
    assert all(f"| {cell.subject} |" in text for cell in cells)


def test_withheld_fields_are_answered_like_the_others_and_the_engine_speaks(assessor, book):
    found = plain(assessor.assess("v2x"), book)
    assert all(found["outcomes"]["four_dimensions"].values())
    assert {one["outcome"] for one in found["challenges"]} >= {"supply_resilience", "national_security"}
