"""What chains say beside an assessment: known on a chain made by hand, told apart, and never merged into a level."""

import dataclasses
import json

import jsonschema
import pytest

import straits
from straits import chains
from straits.assess.assessment import Assessor
from straits.assess.chain_facts import Question
from straits.assess.derived import about, beside, derive, directions, steps
from straits.assess.protocols import shipped
from straits.assess.readings import FACTS, RANGES, _meets, findings
from straits.assess.schemas import json_schema
from straits.assess.telling import explain, plain
from straits.brief.assessment_text import assessment, chains_say, explanation
from straits.casebook.load import load as load_casebook
from straits.chains.model import Interval
from straits.vocabulary.errors import StraitsError

CHAIN = """
chain: made-up
name: Gadgets from lenses or plates
summary: A chain made by hand, small enough to check.
as_of: 2024
goals: [gadget]
stages:
  - {id: parts, name: Parts}
  - {id: goods, name: Goods}
providers:
  - {id: glaswerk, name: Glaswerk, home: CHN, source: book-one, locator: page 9}
items:
  - id: lens
    name: Lens
    kind: component
    stage: parts
    subject: optics/lens
    providers:
      - {provider: CHN, share: 80, source: book-one, locator: page 1}
      - {provider: JPN, share: 20, effective: 5..20, readiness: 8, lead_time_months: 6..10, source: book-one, locator: page 2}
  - id: plate
    name: Plate
    kind: component
    stage: parts
    subject: optics/plate
    providers:
      - {provider: glaswerk, location: DEU, owner: CHN, share: 50, source: book-one, locator: page 3}
      - {provider: DEU, share: 50, readiness: 8, source: book-one, locator: page 4}
  - id: gadget
    name: Gadget
    kind: product
    stage: goods
    subject: gadgets
    recipes:
      - {id: with-lens, name: With a lens, inputs: [lens], source: book-one, locator: page 5}
      - {id: with-plate, name: With a plate, inputs: [plate], penalty: {time: 2}, source: book-one, locator: page 6}
    providers:
      - {provider: KOR, share: 100, source: book-one, locator: page 7}
"""

SHEET = """
protocol: leverage
subject: {subject}
dependent: EU27
provider: CHN
answers:
  substitutability: {{levels: high, basis: judged, because: Anything will do.}}
  nominal_foreign_supply: {{levels: medium, basis: judged, because: Japan makes them too.}}
"""


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    path = tmp_path_factory.mktemp("chain") / "made-up.yaml"
    path.write_text(CHAIN, encoding="utf-8")
    return chains.load(path)


@pytest.fixture(scope="module")
def book():
    return load_casebook()


@pytest.fixture
def assessor(tmp_path):
    for subject in ("optics", "optics/lens"):
        folder = tmp_path / "answers" / subject
        folder.mkdir(parents=True)
        (folder / "leverage.yaml").write_text(SHEET.format(subject=subject), encoding="utf-8")
    return Assessor.open(tmp_path)


def told(chain, item, dependent="EU27", provider="CHN"):
    (question,) = Question.both_ways(chain, item, [(dependent, provider)])
    return {one.finding: one for one in derive(question)}


def leaves(one):
    return {b.target: b.scale.words(b.levels) for b in one.bears_on if b.protocol == "leverage" and not b.open}


# -- by hand ---------------------------------------------------------------------------------------------------


def test_what_china_can_withhold_of_the_lens_and_who_else_has_it(chain):
    lens = told(chain, "lens")
    assert lens["output_lost"].value["either"] == [0.8, 0.8]
    assert lens["economies_for_75"].value == {"economies": [1, 1]}
    (japan,) = lens["other_suppliers"].value["suppliers"]
    assert (japan["provider"], japan["share"], japan["effective_share"]) == ("Japan", [0.2, 0.2], [0.05, 0.2])
    assert japan["ready"] is True
    assert lens["other_suppliers"].value["lead_time_months"] == [6, 10]
    assert leaves(lens["other_suppliers"]) == {
        "nominal_foreign_supply": "medium",
        "effective_foreign_availability": "medium or high",
        "qualification_effort": "low",
    }


def test_the_smallest_denial_needs_both_makers_so_china_alone_does_not_stop_it(chain):
    smallest = told(chain, "lens")["smallest_denial"]
    assert smallest.value["size"] == 2
    assert [entry["denied"] for entry in smallest.value["sets"]] == [["CHN", "JPN"]]
    assert smallest.value["provider_alone"] is False
    assert leaves(smallest) == {"ease_of_replacement": "medium or high"}
    assert "China and Japan together" in smallest.says


def test_another_recipe_survives_the_loss_of_the_lens_at_a_penalty(chain):
    ways = told(chain, "lens")["other_ways"]
    states = {way["recipe"]: way["survives"] for way in ways.value["ways"]}
    assert states == {"with-lens": False, "with-plate": True}
    (gadget,) = ways.value["products"]
    assert (gadget["item"], gadget["stops"]) == ("gadget", False)
    assert "time x2" in ways.says
    assert leaves(ways) == {"substitutability": "low or medium"}


def test_location_and_ownership_are_told_apart(chain):
    plate = told(chain, "plate")["output_lost"].value
    assert (plate["location"], plate["ownership"], plate["either"]) == ([0, 0], [0.5, 0.5], [0.5, 0.5])
    own = told(chain, "plate")["own_suppliers"]
    assert [one["provider"] for one in own.value["suppliers"]] == ["Germany"]
    assert leaves(own) == {"home_substitute": "partly or yes"}


def test_a_plant_at_home_that_the_other_side_owns_is_no_substitute(chain):
    assert "Glaswerk" not in told(chain, "plate")["own_suppliers"].says


def test_the_last_step_of_a_chain_has_no_other_ways(chain):
    assert "other_ways" not in told(chain, "gadget")


def test_every_finding_names_chain_step_method_sides_and_places(chain):
    for one in told(chain, "lens").values():
        assert one.basis == "derived"
        assert (one.chain, one.item, one.as_of, one.dependent, one.provider) == (
            "made-up",
            "lens",
            "2024",
            "EU27",
            "CHN",
        )
        assert one.method and one.command.startswith("straits chain ")
        assert {place.source for place in one.cited} == {"book-one"}


# -- unknown stays unknown -------------------------------------------------------------------------------------


def test_a_step_without_named_suppliers_says_nothing_on_any_question(chain):
    rows = tuple(
        dataclasses.replace(row, provider="unnamed", location="", owner="", share=Interval.share_unknown())
        for row in chain.provisions
        if row.item == "lens"
    )[:1]
    blind = dataclasses.replace(chain, provisions=rows + tuple(r for r in chain.provisions if r.item != "lens"))
    found = told(blind, "lens")
    assert found["output_lost"].value["either"] == [0, 1]
    for finding in ("economies_for_75", "smallest_denial", "other_suppliers", "own_suppliers", "output_lost"):
        assert leaves(found[finding]) == {}, finding
    assert found["output_lost"].unknowns


def test_a_step_that_names_no_supplier_at_all_is_open_not_empty(chain):
    bare = dataclasses.replace(chain, provisions=tuple(r for r in chain.provisions if r.item != "lens"))
    found = told(bare, "lens")
    assert leaves(found["other_suppliers"]) == leaves(found["own_suppliers"]) == {}
    assert "names no supplier" in found["other_suppliers"].says


def test_one_recipe_on_file_is_no_proof_that_there_is_no_other(chain):
    recipes = {name: recipe for name, recipe in chain.recipes.items() if name != "with-plate"}
    ways = told(dataclasses.replace(chain, recipes=recipes), "lens")["other_ways"]
    assert ways.value["products"][0]["stops"] is True
    assert leaves(ways) == {}
    assert "not to say that there is none" in ways.says


# -- beside, never merged --------------------------------------------------------------------------------------


def test_a_judged_answer_that_the_chain_contradicts_is_said_so(chain, assessor):
    said = beside(assessor.assess("optics/lens", "leverage"), [chain])
    (contrast,) = said.contrasts
    assert contrast.whole
    assert (contrast.target, contrast.leaves, contrast.judged) == ("substitutability", ("low", "medium"), ("high",))
    assert contrast.sentence == (
        "On substitutability the chains say 'low or medium' (Lens: another recipe works with less output, more time or "
        "higher cost); the assessor judged 'high' (Anything will do)."
    )


def test_one_step_does_not_refute_a_judgement_on_the_whole(chain, assessor):
    said = beside(assessor.assess("optics", "leverage"), [chain])
    assert [(c.target, c.whole) for c in said.contrasts if c.target == "substitutability"] == [
        ("substitutability", False)
    ]
    assert "of optics as a whole" in said.contrasts[0].sentence


def test_answers_in_the_other_direction_are_not_set_against_each_other(chain, assessor):
    found = assessor.assess("optics/lens", "leverage")
    said = beside(found, [chain], sides=[("CHN", "EU27")])
    assert said.evidence and not said.contrasts


def test_the_judged_direction_comes_first_and_then_the_other(chain, assessor):
    said = beside(assessor.assess("optics", "leverage"), [chain])
    ways = list(dict.fromkeys((one.dependent, one.provider) for one in said.evidence))
    assert ways == [("EU27", "CHN"), ("CHN", "EU27")]


def test_levels_are_the_same_with_and_without_the_chain(chain, assessor, book):
    found = assessor.assess("optics", "leverage")
    with_chain = plain(found, book, beside(found, [chain]))
    without = plain(found, book, beside(found, []))
    assert with_chain.pop("derived")["evidence"] and not without.pop("derived")["evidence"]
    assert {"book-one"} == {source["id"] for source in with_chain.pop("sources")} - {
        source["id"] for source in without.pop("sources")
    }
    assert with_chain == without


def test_no_shipped_level_hangs_on_a_chain(monkeypatch):
    levels = {name: Assessor.shipped().assess(name).results for name in ("lithography", "wireless", "gallium")}
    monkeypatch.setattr(chains, "ids", list)
    assert about("lithography") == []
    for name, results in levels.items():
        bare = Assessor.shipped().assess(name).results
        assert {n: r.outcomes for n, r in bare.items()} == {n: r.outcomes for n, r in results.items()}


def test_protocols_that_no_chain_can_speak_to_get_nothing():
    found = Assessor.shipped().assess("lithography", "ambition")
    assert beside(found).evidence == ()


# -- shipped ---------------------------------------------------------------------------------------------------


def subjects_with_a_chain():
    told_ = {
        item.subject for chain in map(chains.load, chains.ids()) for item in chain.items.values() if item.subject
    }
    return sorted({subject.partition("/")[0] for subject in told_})


def test_the_fields_and_materials_that_ought_to_have_a_chain_have_one():
    assert {"lithography", "gallium", "germanium", "graphite", "rare-earths", "wireless"} <= set(
        subjects_with_a_chain()
    )


@pytest.mark.parametrize("subject", subjects_with_a_chain())
def test_every_shipped_subject_with_a_chain_gets_its_findings_both_ways(subject):
    found = Assessor.shipped().assess(subject)
    (one, other) = directions(found)[0]
    said = beside(found, sides=[(one, other), (other, one)])
    assert {(e.dependent, e.provider) for e in said.evidence} == {(one, other), (other, one)}
    expected = {item for chain in about(subject) for item in steps(chain, subject)}
    assert {e.item for e in said.evidence} == expected
    assert all(e.cited for e in said.evidence), [e.id for e in said.evidence if not e.cited]
    assert len({e.id for e in said.evidence}) == len(said.evidence)
    told_ = json.loads(json.dumps(said.to_dict(), allow_nan=False))
    judge = jsonschema.Draft202012Validator(json_schema("assess (derived)"))
    assert [fault.message for fault in judge.iter_errors(told_)] == []


def test_euv_comes_out_as_one_maker_no_other_and_hard():
    found = Assessor.shipped().assess("lithography/euv-scanner", "chokepoint")
    said = beside(found, [chains.load("lithography-7nm")], sides=[("CHN", "EU27_UK")])
    euv = {one.finding: one for one in said.evidence}
    assert euv["economies_for_75"].value == {"economies": [1, 1]}
    (netherlands,) = euv["smallest_denial"].value["sets"]
    assert (netherlands["denied"], netherlands["hard"]) == (["NLD"], True)
    assert euv["other_suppliers"].value["suppliers"] == []
    levels = {b.target: b.scale.words(b.levels) for b in euv["smallest_denial"].bears_on}
    assert levels["hard_chokepoint"] == "yes"


def test_gallium_of_low_and_high_purity_do_not_come_out_alike():
    said = beside(Assessor.shipped().assess("gallium"), sides=[("EU27", "CHN")])
    lost = {one.item: one.value["either"] for one in said.evidence if one.finding == "output_lost"}
    assert lost["gallium-low-purity"] == [0.95, 1]
    assert lost["gallium-high-purity"] == [0, 1]


def test_the_observatory_has_the_verb(tmp_path):
    said = straits.open(tmp_path).beside("germanium")
    assert {one.item for one in said.evidence} >= {"germanium"}


# -- shown -----------------------------------------------------------------------------------------------------


def test_on_the_terminal_derived_lines_stand_behind_a_bar_and_say_what_they_are(chain, assessor):
    lines = list(chains_say(beside(assessor.assess("optics", "leverage"), [chain])))
    assert "derived, not judged: changes no level" in lines[0]
    assert all(line.startswith("  | ") for line in lines[1:] if line)


def test_assess_and_explain_show_what_the_chains_say(book):
    found = Assessor.shipped().assess("lithography", "leverage")
    text = "\n".join(assessment(found, "Lithography"))
    assert "What the chains say (CHN depending on EU27_UK; derived" in text
    shown = explain(Assessor.shipped().assess("lithography"), "ease_of_replacement", book)
    targets = {b["target"] for one in shown["derived"]["evidence"] for b in one["bears_on"]}
    assert {"substitutability", "ease_of_replacement", "nominal_foreign_supply"} <= targets
    told_ = "\n".join(explanation(shown, "Lithography"))
    assert "[derived, lithography-7nm, as of 2023]" in told_


def test_explain_of_an_outcome_that_no_chain_bears_on_stays_silent(book):
    shown = explain(Assessor.shipped().assess("lithography"), "effective_utilisation", book)
    assert shown["derived"] == {"evidence": [], "contrasts": []}
    assert "What the chains say" not in "\n".join(explanation(shown, "Lithography"))


# -- the file of readings --------------------------------------------------------------------------------------


def test_readings_use_known_facts_and_quote_their_passages():
    for finding in findings().values():
        for bearing in finding.bears_on:
            for reading in bearing.readings:
                assert set(reading.when) <= set(FACTS)
                assert reading.passage.source.startswith("dpc")
            assert bearing.bands is None or bearing.bands.fact in RANGES


IMPOSSIBLE = (
    {"ready_others": "no", "effective_others": "yes"}.items(),
    {"named_others": "none", "share_of_others": "some"}.items(),
    {"alone": "stops", "untouched": "yes"}.items(),
)


def test_no_two_readings_that_can_hold_together_leave_nothing():
    from itertools import product

    from straits.assess.readings import scale_of

    for finding in findings().values():
        for bearing in finding.bears_on:
            facts = sorted({fact for reading in bearing.readings for fact in reading.when})
            scale = scale_of(shipped(), bearing.target)
            for values in product(*(FACTS[fact] for fact in facts)):
                state = dict(zip(facts, values, strict=True))
                left = scale.whole
                for reading in bearing.readings:
                    if all(state[fact] == value for fact, value in reading.when.items()):
                        left &= scale.parse(reading.reads)
                possible = not any(pair <= state.items() for pair in IMPOSSIBLE)
                assert left or not possible, (finding.id, bearing.target, state)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("target: leverage.substitutability", "target: leverage.substitutabilty", "did you mean substitutability"),
        ("when: {alone: stops}", "when: {alnoe: stops}", "did you mean alone"),
        ("when: {alone: stops}", "when: {alone: halts}", "value of alone"),
        ("reads: at most low", "reads: at most lowest", "level"),
        ("fact: lead_time", "fact: lead", "number"),
    ],
)
def test_a_slip_in_the_file_of_readings_is_named_with_its_line(tmp_path, old, new, says):
    from straits.assess.readings import SHIPPED

    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "derived.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(StraitsError, match=r"line [0-9]+") as error:
        findings(path)
    assert says in str(error.value)


def test_bands_leave_every_level_that_the_number_may_have():
    assert _meets(Interval(6, 10), (None, 12))
    assert not _meets(Interval(13, 20), (None, 12))
    assert _meets(Interval(0, float("inf")), (36, None))
