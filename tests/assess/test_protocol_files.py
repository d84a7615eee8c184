"""A protocol of one's own: the skeleton loads, and what is wrong in it gets one clear error with file, line and field."""

import pytest

from straits.assess.assessment import Assessor
from straits.assess.protocols import in_order, load
from straits.assess.sheets import load as load_sheet
from straits.assess.skeleton import new_protocol
from straits.vocabulary.errors import StraitsError


@pytest.fixture
def own(tmp_path):
    """A fresh skeleton: the path of its protocol."""
    return new_protocol("my_test", tmp_path)


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_skeleton_loads_and_is_assessed(own, tmp_path):
    found = Assessor.open(tmp_path).assess("graphite", "my_test")
    assert found.results["my_test"].levels("exposure") == ["low", "medium", "high"]
    settled = Assessor.open(tmp_path).assess(
        "graphite", "my_test", {"my_test.reliance": "high", "my_test.substitutes": "low"}
    )
    assert settled.results["my_test"].levels("exposure") == ["high"]


def test_the_skeleton_overwrites_nothing(own, tmp_path):
    with pytest.raises(StraitsError, match=r"my_test\.yaml is there already"):
        new_protocol("my_test", tmp_path)


WRONG = {
    "a level that the scale does not have": (
        "when: {reliance: at most low}",
        "when: {reliance: at most lo}",
        "rules[1].when.reliance: no level 'lo': did you mean low?",
    ),
    "a question that is not there": (
        "when: {reliance: at most low}",
        "when: {relience: at most low}",
        "rules[1].when.relience: no question or outcome 'relience': did you mean reliance?",
    ),
    "an outcome that is not there": (
        "then: {exposure: at most low}",
        "then: {exposures: at most low}",
        "rules[1].then: no outcome 'exposures': did you mean exposure?",
    ),
    "a question without guidance for a level": (
        "    medium: between a third and two thirds\n",
        "",
        "questions[1].guidance: does not say when the answer is 'medium'",
    ),
    "a passage from a source that is not named": (
        "passage: {source: your-source, locator: page 1}",
        "passage: {source: other-source, locator: page 1}",
        "questions[1].passage.source: 'other-source' is not among the protocol's sources",
    ),
    "a rule that pushes the other way": (
        "then: {exposure: at most medium}",
        "then: {exposure: at least medium}",
        "'relied-on-and-alone' and 'easily-replaced' push 'exposure' in opposite directions as 'substitutes' rises",
    ),
    "a middle level in a bound": (
        "when: {substitutes: at least high}",
        "when: {substitutes: medium}",
        "'easily-replaced' is no monotone bound",
    ),
    "two rules with one id": (
        "- id: easily-replaced",
        "- id: little-used",
        "rules[2].id: 'little-used' is used twice",
    ),
    "a field with a slip of the pen": (
        "  ask: How much",
        "  aks: How much",
        "questions[1].aks: is no field of this file: look for a slip of the pen",
    ),
    "a condition that excludes nothing": (
        "when: {reliance: at most low}",
        "when: {reliance: at most high}",
        "rules[1].when.reliance: 'at most high' excludes nothing",
    ),
    "something that is not YAML": (
        "rules:\n",
        "rules: [\n",
        "not YAML",
    ),
    "an override that is no exception": (
        "- id: relied-on-and-alone\n",
        "- id: relied-on-and-alone\n  overrides: [little-used]\n",
        "rules[3].overrides: only an exception takes other rules out of force: write exception: true",
    ),
    "a question that no rule uses": (
        "  when: {reliance: at least high, substitutes: at most low}",
        "  when: {substitutes: at most low}",
        None,
    ),
    "another id than the file's name": (
        "id: my_test",
        "id: your_test",
        "id: is 'your_test', but the file is my_test.yaml: make them the same",
    ),
    "a key that is written twice": (
        "version: 1\n",
        "version: 1\nversion: 2\n",
        "'version' is written twice",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_protocols_get_one_clear_error(own, what):
    old, new, said = WRONG[what]
    change(own, old, new)
    if said is None:  # still a protocol: reliance is used by another rule
        assert load(own).id == "my_test"
        return
    with pytest.raises(StraitsError) as error:
        load(own)
    assert said in str(error.value)
    assert "my_test.yaml, line " in str(error.value)


def test_the_line_is_the_one_that_is_wrong(own):
    change(own, "when: {reliance: at most low}", "when: {relience: at most low}")
    line = 1 + own.read_text(encoding="utf-8").splitlines().index("  when: {relience: at most low}")
    with pytest.raises(StraitsError, match=f"^my_test.yaml, line {line}, rules"):
        load(own)


def test_a_question_that_no_rule_uses_is_named(own):
    change(own, "when: {reliance: at most low}", "when: {substitutes: at least medium}")
    change(own, "{reliance: at least high, substitutes: at most low}", "{substitutes: at most low}")
    with pytest.raises(StraitsError, match="no rule uses 'reliance'"):
        load(own)


SHEETS = {
    "an unknown level": ("levels: at least medium", "levels: at least mdium", "no level 'mdium': did you mean medium?"),
    "an unknown question": ("  substitutes:", "  substitute:", "no question of my_test 'substitute': did you mean substitutes?"),
    "an unknown protocol": ("protocol: my_test", "protocol: my_tset", "no protocol 'my_tset': did you mean my_test?"),
    "both known and unknown": ("    basis: judged", "    unknown: yes\n    basis: judged", "write either levels or unknown"),
    "a basis that does not exist": ("basis: judged ", "basis: guessed ", "'stated', 'derived' or 'judged'"),
    "a date that is none": ("provider: CHN", "provider: CHN\ndate: '2024-13'", "is not a date of the calendar"),
    "challenges where there are none": (
        "answers:\n  reliance:",
        "challenges: [{id: one, title: One, outcome: exposure}]\nanswers:\n  reliance:",
        "my_test is answered once: write answers, not challenges",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", SHEETS)
def test_wrong_sheets_get_one_clear_error(own, tmp_path, what):
    old, new, said = SHEETS[what]
    sheet = tmp_path / "answers" / "graphite" / "my_test.yaml"
    change(sheet, old, new)
    with pytest.raises(StraitsError) as error:
        load_sheet(sheet, {"my_test": load(own)})
    assert said in str(error.value)
    assert "my_test.yaml, line" in str(error.value)


def test_protocols_that_take_answers_from_each_other_in_a_circle_are_refused(tmp_path):
    one, two = new_protocol("one", tmp_path), new_protocol("two", tmp_path)
    change(one, "  scale: grade\n  guidance", "  scale: grade\n  taken_from: two.exposure\n  guidance")
    change(two, "  scale: grade\n  guidance", "  scale: grade\n  taken_from: one.exposure\n  guidance")
    with pytest.raises(StraitsError, match="take answers from each other in a circle: one -> two -> one"):
        in_order([load(one), load(two)])


def test_an_answer_is_taken_over_from_another_protocol(tmp_path):
    new_protocol("one", tmp_path)
    two = new_protocol("two", tmp_path)
    change(two, "  scale: grade\n  guidance", "  scale: grade\n  taken_from: one.exposure\n  guidance")
    sheet = tmp_path / "answers" / "graphite" / "two.yaml"
    text = sheet.read_text(encoding="utf-8")
    sheet.write_text(text[: text.index("  reliance:")] + "  substitutes: low\n", encoding="utf-8")
    settled = {"one.reliance": "high", "one.substitutes": "low"}
    found = Assessor.open(tmp_path).assess("graphite", "two", settled)
    part = found.results["two"].parts[0]
    assert part.answers["reliance"].because == "taken over from one: high"
    assert found.results["two"].levels("exposure") == ["high"]


def test_unknown_names_are_told_with_the_nearest(own, tmp_path):
    assessor = Assessor.open(tmp_path)
    with pytest.raises(StraitsError, match="no protocol 'my_tst': did you mean my_test"):
        assessor.assess("graphite", "my_tst")
    with pytest.raises(StraitsError, match="no question of my_test 'substitutse'"):
        assessor.assess("graphite", "my_test", {"my_test.substitutse": "low"})
    with pytest.raises(StraitsError, match=r"my_test\.reliance: no level 'hgh': did you mean high"):
        assessor.assess("graphite", "my_test", {"my_test.reliance": "hgh"})
