"""What is supposed is supposed where it was meant: of one concern, of all on request, and never silently of nothing."""

import pytest

from straits.assess.assessment import SUPPOSED, Assessor
from straits.vocabulary.errors import StraitsError


@pytest.fixture(scope="module")
def assessor():
    return Assessor.shipped()


def supposed(found, protocol="four_dimensions"):
    return {
        (part.challenge.id if part.challenge else None, question)
        for part in found.results[protocol].parts
        for question, answer in part.answers.items()
        if answer.basis == SUPPOSED
    }


def test_an_answer_of_one_concern_leaves_the_others_as_they_were(assessor):
    before = assessor.assess("smart-city", "four_dimensions").results["four_dimensions"]
    found = assessor.assess("smart-city", "four_dimensions", {"four_dimensions.microprocessors.reliance": "low"})
    assert supposed(found) == {("microprocessors", "reliance")}
    for one, other in zip(before.parts, found.results["four_dimensions"].parts, strict=True):
        if one.challenge.id != "microprocessors":
            assert one.verdict == other.verdict


def test_a_question_on_which_several_concerns_rest_needs_the_concern_named(assessor):
    with pytest.raises(StraitsError, match="several concerns that rest on it") as error:
        assessor.assess("smart-city", "four_dimensions", {"four_dimensions.likelihood_of_weaponisation": "low"})
    assert "data-of-city-platforms" in str(error.value)
    assert "four_dimensions.every.likelihood_of_weaponisation for all of them" in str(error.value)


def test_every_means_all_concerns_that_rest_on_the_question(assessor):
    found = assessor.assess(
        "smart-city", "four_dimensions", {"four_dimensions.every.likelihood_of_weaponisation": "low"}
    )
    assert len(supposed(found)) > 1
    assert {question for _, question in supposed(found)} == {"likelihood_of_weaponisation"}


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("four_dimensions.microprocesors.reliance", "did you mean microprocessors"),
        ("four_dimensions.privacy-in-european-cities.reliance", "does not rest on reliance"),
        ("leverage.microprocessors.substitutability", "has no concerns there: write leverage.substitutability"),
    ],
)
def test_a_concern_that_cannot_be_meant_is_named(assessor, key, says):
    with pytest.raises(StraitsError) as error:
        assessor.assess("smart-city", None, {key: "low"})
    assert says in str(error.value)


def test_a_supposed_answer_that_the_protocol_asked_for_does_not_rest_on_is_refused(assessor):
    with pytest.raises(StraitsError) as error:
        assessor.assess("lithography", "leverage", {"lock_in.switching_cost": "high"})
    assert "leverage does not rest on lock_in" in str(error.value)
    assert "--protocol lock_in" in str(error.value)


def test_a_supposed_answer_of_a_protocol_that_it_does_rest_on_counts(assessor):
    assert "readiness" in assessor.rests_on("leverage")
    plain = assessor.assess("packaging", "leverage").results["leverage"]
    found = assessor.assess("packaging", "leverage", {"readiness.ladder": "0"}).results["leverage"]
    assert found.parts[0].answers["home_substitute"].levels != plain.parts[0].answers["home_substitute"].levels


SHEET = "protocol: leverage\nsubject: {0}\ndependent: CHN\nprovider: EU27_UK\nanswers: {{substitutability: low}}\n"


def folder(tmp_path, subject):
    (tmp_path / "answers" / subject).mkdir(parents=True)
    (tmp_path / "answers" / subject / "leverage.yaml").write_text(SHEET.format(subject), encoding="utf-8")
    return tmp_path


def test_answers_on_a_subject_that_no_casebook_has_are_refused_with_file_and_nearest_name(tmp_path):
    folder(tmp_path, "litography")
    with pytest.raises(StraitsError) as error:
        Assessor.open(tmp_path, subjects=["lithography", "wireless"])
    assert "litography/leverage.yaml: no subject in the casebook 'litography': did you mean lithography?" in str(
        error.value
    )


def test_answers_on_a_known_subject_a_step_or_every_subject_are_read(tmp_path):
    folder(tmp_path, "lithography/euv-scanner")
    (tmp_path / "answers" / "any").mkdir()
    (tmp_path / "answers" / "any" / "leverage.yaml").write_text(SHEET.format("any"), encoding="utf-8")
    opened = Assessor.open(tmp_path, subjects=["lithography", "lithography/euv-scanner"])
    assert ("lithography/euv-scanner", "leverage") in opened.sheets
