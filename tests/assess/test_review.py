"""What a first reader tripped over: slips that passed unseen, answers without provenance, sentences that misled."""

from dataclasses import replace

import pytest
from completions import protocol_of

from straits.assess.agreement import compared
from straits.assess.assessment import ANY, Assessor
from straits.assess.engine import Engine
from straits.assess.instruments import recommend
from straits.assess.protocols import load, shipped
from straits.assess.scales import Scale
from straits.assess.scenarios import scenario
from straits.assess.skeleton import new_protocol
from straits.assess.telling import explain, plain, sources
from straits.assess.weights import load as load_weights
from straits.brief import assessment_text
from straits.casebook.load import load as load_casebook
from straits.vocabulary.errors import StraitsError


@pytest.fixture(scope="module")
def book():
    return load_casebook()


@pytest.fixture(scope="module")
def assessor():
    return Assessor.shipped()


@pytest.fixture
def own(tmp_path):
    return new_protocol("my_test", tmp_path)


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


BYTES = {
    "not UTF-8": (b"\xff\xfe\x00bad", "is not text in UTF-8"),
    "a control character": (b"id: a\x01b\n", "my_test.yaml: not YAML: "),
    "a list": (b"- a\n- b\n", "line 1: should have fields"),
    "a part that contains itself": (b"id: &a [*a]\n", "contains itself"),
    "a key that is a list": (b"? [a, b]\n: c\n", "a key that is no plain word"),
}


@pytest.mark.parametrize("what", BYTES)
def test_files_that_are_none_get_one_sentence(own, what):
    content, said = BYTES[what]
    own.write_bytes(content)
    with pytest.raises(StraitsError) as error:
        load(own)
    assert said in str(error.value) and "\n" not in str(error.value)


LEVELS = {
    "one level": ("grade: [low, medium, high]", "grade: [low]", "scales.grade: needs at least 2 of them, and has 1"),
    "a level with a space": (
        "grade: [low, medium, high]",
        "grade: [low, medium, very High]",
        "scales.grade[3]: is 'very High': write lower case letters and digits, joined by underscores",
    ),
    "a word for a scale": ("grade: [low, medium, high]", "grade: low", "scales.grade: should be a list of levels"),
    "a level called unknown": (
        "grade: [low, medium, high]",
        "grade: [low, medium, high]\n  other: [no, unknown]",
        "scales.other: 'unknown' is no level",
    ),
}


@pytest.mark.parametrize("what", LEVELS)
def test_a_scale_that_is_none_is_told_once_in_the_words_of_the_file(own, what):
    old, new, said = LEVELS[what]
    change(own, old, new)
    with pytest.raises(StraitsError) as error:
        load(own)
    assert str(error.value).count(said) == 1
    assert "constrained" not in str(error.value) and "_Scale" not in str(error.value)


def without_order(own):
    text = own.read_text(encoding="utf-8")
    start = text.index("- id: exposure")
    text = text[:start] + text[start:].replace("scale: grade", "scale: {unordered: [low, medium, high]}", 1)
    for bound, named in (("most low", "low"), ("most medium", "not high"), ("least high", "high")):
        text = text.replace(f"exposure: at {bound}", f"exposure: {named}")
    own.write_text(text, encoding="utf-8")


def test_a_rule_on_classes_is_told_to_be_an_exception_not_to_be_a_bound(own):
    without_order(own)
    with pytest.raises(StraitsError, match="levels of 'exposure' have no order: say exception: true") as error:
        load(own)
    assert "write 'reliance' and 'exposure' as 'at least'" not in str(error.value)


def test_challenges_cannot_be_ranked_by_classes(own):
    without_order(own)
    change(own, "version: 1", "version: 1\nrepeats: challenge")
    with pytest.raises(StraitsError, match="no challenge can be the highest"):
        load(own)


def test_the_name_of_a_sheet_at_fault_tells_its_subject(own, tmp_path):
    change(tmp_path / "answers" / "graphite" / "my_test.yaml", "at least medium", "at least mdium")
    with pytest.raises(StraitsError, match=r"^graphite/my_test\.yaml, line"):
        Assessor.open(tmp_path)


def test_an_answer_with_all_levels_is_unknown_and_not_judged(own, tmp_path):
    change(tmp_path / "answers" / "graphite" / "my_test.yaml", "levels: at least medium", "levels: unknown")
    (part,) = Assessor.open(tmp_path).assess("graphite", "my_test").results["my_test"].parts
    assert part.answers["reliance"].basis is None


def test_a_step_has_answers_of_its_own(tmp_path):
    new_protocol("x", tmp_path, "gallium/high-purity")
    result = Assessor.open(tmp_path).assess("gallium/high-purity", "x").results["x"]
    assert result.sheet is not None and result.sheet.subject == "gallium/high-purity"


def test_a_step_without_answers_points_to_the_whole(assessor):
    told = "\n".join(assessment_text.assessment(assessor.assess("gallium/high-purity"), "Gallium, high purity"))
    assert "`straits assess gallium`" in told
    assert "only answers that hold for every subject" in told


def test_the_skeleton_finds_the_subject_by_any_of_its_names(tmp_path):
    new_protocol("my_test", tmp_path, "光刻")
    assert (tmp_path / "answers" / "lithography" / "my_test.yaml").exists()
    with pytest.raises(StraitsError, match=r"no subject '\.\./\.\./away'"):
        new_protocol("another", tmp_path, "../../away")


def to_another_subject(root):
    change(root / "answers" / "graphite" / "my_test.yaml", "subject: graphite", "subject: gallium")


def beside_the_folders(root):
    (root / "answers" / "my_test.yaml").write_text("protocol: my_test\n", encoding="utf-8")


def with_another_ending(root):
    (root / "answers" / "graphite" / "my_test.yaml").rename(root / "answers" / "graphite" / "my_test.yml")


def with_challenges_for_all(root):
    change(root / "protocols" / "my_test.yaml", "version: 1", "version: 1\nrepeats: challenge")
    (root / "answers" / ANY).mkdir()
    (root / "answers" / ANY / "my_test.yaml").write_text(
        "protocol: my_test\nsubject: any\nchallenges: [{id: a, title: Any, outcome: exposure}]\n", encoding="utf-8"
    )


PASSED_OVER = {
    to_another_subject: "answers for 'gallium', but lies in the folder 'graphite'",
    beside_the_folders: "put it in a folder named after its subject",
    with_another_ending: r"call it my_test\.yaml",
    with_challenges_for_all: "challenges belong to one subject",
}


@pytest.mark.parametrize("slip", PASSED_OVER, ids=lambda slip: slip.__name__)
def test_no_file_of_the_reader_is_passed_over_in_silence(own, tmp_path, slip):
    slip(tmp_path)
    with pytest.raises(StraitsError, match=PASSED_OVER[slip]):
        Assessor.open(tmp_path)


def test_an_empty_folder_is_a_slip(tmp_path):
    with pytest.raises(StraitsError, match="has no folder protocols/ or answers/"):
        Assessor.open(tmp_path)


def test_a_protocol_in_place_of_a_shipped_one_that_does_not_fit_is_named(tmp_path):
    new_protocol("leverage", tmp_path)
    with pytest.raises(StraitsError, match="your protocol leverage stands in place of the shipped one"):
        Assessor.open(tmp_path)


def test_instruments_need_the_questions_that_their_rules_speak_of(book):
    other = replace(protocol_of([2], [3], [([{"q0": 1}], "o0", 0b011, [])]), id="four_dimensions")
    with pytest.raises(StraitsError, match=r"your protocol four_dimensions stands in place .* give it another id"):
        recommend("lithography", Assessor({**shipped(), "four_dimensions": other}, {}), book)


def test_three_rules_that_agree_two_by_two_but_not_together_are_a_conflict():
    protocol = protocol_of([2], [3], [([{"q0": 1}], "o0", mask, []) for mask in (0b011, 0b101, 0b110)])
    classes = [replace(o, scale=Scale(o.scale.levels, ordered=False)) for o in protocol.outcomes]
    protocol = replace(protocol, outcomes=tuple(classes))
    verdict = Engine(protocol).verdict({"q0": 1})
    assert {pair[:2] for pair in verdict.conflicts} == {("r0", "r1"), ("r0", "r2"), ("r1", "r2")}


def test_a_supposed_answer_says_that_it_is_supposed(assessor, book):
    found = assessor.assess("lithography", "leverage", {"leverage.substitutability": "low"})
    answers = [a for r in plain(found, book)["because"] for a in r["answers"] if a["question"] == "substitutability"]
    assert answers and {answer["basis"] for answer in answers} == {"supposed"}
    told = "\n".join(assessment_text.assessment(found, "Lithography"))
    assert "Supposed, not known:\n  leverage.substitutability = low" in told


def test_what_is_supposed_of_an_unanswered_protocol_is_worked_out_too(assessor):
    assert "lock_in" not in assessor.assess("lithography").results
    assert "lock_in" in assessor.assess("lithography", settled={"lock_in.switching_cost": "high"}).results


def test_the_sides_cannot_be_read_the_other_way_round(assessor):
    told = "\n".join(assessment_text.assessment(assessor.assess("lithography", "leverage"), "Lithography"))
    assert "Strength and degree of leverage (CHN depending on EU27_UK)" in told


def test_the_source_of_answers_for_every_subject_is_in_the_bibliography(assessor, book):
    found = assessor.assess("gallium/high-purity", "geopolitics")
    common = assessor.sheets[ANY, "geopolitics"]
    (cited,) = [one for one in sources(found, book) if one["id"] == common.source]
    assert "answers" in cited["used_for"]


def test_a_place_in_a_source_is_told_with_the_source(assessor, book):
    found = explain(assessor.assess("wireless"), "national_security", book)
    placed = [a for reason in found["because"] for a in reason["answers"] if a["locator"]]
    assert placed and all(answer["source"] for answer in placed)
    told = "\n".join(assessment_text.explanation(found, "Wireless"))
    assert f"[{placed[0]['source']}, {placed[0]['locator']}]" in told


def test_explain_ranks_the_unknown_by_the_outcome_that_was_asked_for(assessor, book):
    found = explain(assessor.assess("lithography"), "curtailment", book)
    assert all(set(then) == {"curtailment"} for one in found["unknowns"] for then in one["would"].values())
    shares = [one["removes"] for one in found["unknowns"]]
    assert shares == sorted(shares, reverse=True) and min(shares) > 0


def test_explain_says_which_protocol_is_not_answered(assessor, book):
    with pytest.raises(StraitsError, match="outcome of protocol chokepoint, which has no answers for graphite"):
        explain(assessor.assess("graphite"), "hard_chokepoint", book)


def test_explain_cites_only_what_the_outcome_rests_on(assessor, book):
    found = explain(assessor.assess("lithography"), "curtailment", book)
    method = {one["id"] for one in found["sources"] if "method" in one["used_for"]}
    assert method == {reason["passage"]["source"] for reason in found["because"]}


def test_a_concern_has_no_contradictions_of_other_concerns(assessor):
    for subject in assessor.subjects:
        for result in assessor.assess(subject).results.values():
            for part in result.parts:
                if part.challenge:
                    below = {
                        part.challenge.outcome,
                        *assessor.engine(result.protocol.id).below(part.challenge.outcome),
                    }
                    for one, two, _ in part.verdict.conflicts:
                        assert {result.protocol.rule(one).outcome, result.protocol.rule(two).outcome} <= below


def test_compare_names_what_only_one_of_the_two_has(assessor):
    left, right = assessor.assess("lithography"), assessor.assess("gallium")
    told = "\n".join(assessment_text.comparison(left, right, ("Lithography", "Gallium")))
    assert "Answered for Lithography only: " in told and "Hard and soft chokepoints" in told
    assert "(EU27 depending on CHN)" in told and "not answered for this subject" in told


def test_rules_of_the_sources_say_nothing_where_nobody_has_looked(assessor, book):
    assert {held.advice.id for held in recommend("graphite", assessor, book).advice} & {"r08", "r26", "s01"} == set()


def test_a_dimension_that_nobody_treated_is_no_gap(assessor, book):
    found = recommend("graphite", assessor, book, dimension="values_sustainability")
    assert found.gaps == ()
    assert found.aims[0].state == "unknown"


def test_instruments_cite_the_passages_of_their_reasons(assessor, book):
    found = recommend("lithography", assessor, book, ambition="curtailment")
    told = "\n".join(assessment_text.recommendation(found, "Lithography"))
    reason = found.aims[0].recommended[0].reasons[0]
    assert f"{reason.text} [{reason.source}, {reason.locator}]" in told
    assert " 0 times" not in told and "not recommended for this subject" not in told


def test_a_signpost_between_both_ends_is_not_unknown(book):
    found = scenario("lithography", book)
    for axis in found.axes:
        about = [reading for reading in found.readings if reading.signpost.axis == axis.axis.id]
        assert axis.unknown == sum(reading.scope == "unknown" for reading in about)
        assert sum(axis.counts.values()) + axis.mixed + axis.neither + axis.unknown == len(about)
    assert sum(axis.neither for axis in found.axes) > 0


WEIGHTS = {
    "endless": ("weights: {national_security: inf, competitiveness: 1}", "is inf: a weight is a number"),
    "no number": ("weights: {national_security: nan}", "is nan: a weight is a number"),
    "all nothing": ("weights: {national_security: 0}", "are all 0"),
}


@pytest.mark.parametrize("what", WEIGHTS)
def test_weights_that_weigh_nothing_are_refused(tmp_path, what):
    text, said = WEIGHTS[what]
    path = tmp_path / "weights.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StraitsError, match=said):
        load_weights(path)


def test_a_miss_names_each_rule_once(assessor, book):
    for cell in compared(assessor, book):
        assert len(cell.why) == len(set(cell.why))
