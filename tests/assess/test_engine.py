"""The engine against the obvious twin that lists every completion, and what must hold for any protocol."""

import random

from completions import outcomes, protocol_of
from hypothesis import given, settings
from hypothesis import strategies as st

from straits.assess.engine import Engine
from straits.assess.scales import Scale, bits


@st.composite
def protocols(draw):
    """Small protocols with several outcomes that rest on each other, clauses, exceptions and contradictions."""
    questions = draw(st.lists(st.integers(2, 4), min_size=1, max_size=5))
    ends = draw(st.lists(st.integers(2, 4), min_size=1, max_size=3))
    rules = []
    for n, size in enumerate(ends):
        names = [(f"q{i}", s) for i, s in enumerate(questions)] + [(f"o{i}", ends[i]) for i in range(n)]
        first = len(rules)
        for _ in range(draw(st.integers(0, 5))):
            clauses = [
                {
                    name: draw(st.integers(1, (1 << s) - 1))
                    for name, s in draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
                }
                for _ in range(draw(st.integers(1, 2)))
            ]
            earlier = [f"r{i}" for i in range(first, len(rules))]
            overrides = draw(st.lists(st.sampled_from(earlier), max_size=2, unique=True)) if earlier else []
            rules.append((clauses, f"o{n}", draw(st.integers(1, (1 << size) - 1)), overrides))
    return protocol_of(questions, ends, rules)


@st.composite
def bounds(draw):
    """Protocols whose rules are bounds alone, as most shipped ones: here idle clauses are forgotten on the way."""
    sizes = draw(st.lists(st.integers(2, 3), min_size=2, max_size=5))
    rules = []
    for end in range(2):
        names = [(f"q{i}", s) for i, s in enumerate(sizes)] + ([("o0", 4)] if end else [])
        for _ in range(draw(st.integers(1, 7))):
            chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
            clause = {name: draw(st.integers(1, (1 << s) - 1)) for name, s in chosen}
            rules.append(
                ([clause], f"o{end}", draw(st.sampled_from([0b0001, 0b0011, 0b0111, 0b1110, 0b1100, 0b1000])), [])
            )
    return protocol_of(sizes, [4, 4], rules)


@settings(deadline=None, max_examples=1500)
@given(st.data())
def test_forgetting_weaker_rules_changes_no_outcome(data):
    protocol = data.draw(bounds())
    answers = data.draw(answers_of(protocol))
    assert Engine(protocol).outcomes(answers) == outcomes(protocol, answers)


def answers_of(protocol):
    return st.fixed_dictionaries({q.id: st.integers(1, q.scale.whole) for q in protocol.questions})


@settings(deadline=None, max_examples=3000)
@given(st.data())
def test_it_agrees_with_listing_every_completion(data):
    protocol = data.draw(protocols())
    answers = data.draw(answers_of(protocol))
    assert Engine(protocol).outcomes(answers) == outcomes(protocol, answers)


@settings(deadline=None, max_examples=400)
@given(st.data())
def test_more_knowledge_never_widens_an_outcome(data):
    protocol = data.draw(protocols())
    answers = data.draw(answers_of(protocol))
    more = {name: data.draw(st.sampled_from([m for m in range(1, mask + 1) if m & mask == m]))
            for name, mask in answers.items()}  # fmt: skip
    engine = Engine(protocol)
    before, after = engine.outcomes(answers), engine.outcomes(more)
    assert all(after[name] & ~before[name] == 0 and after[name] for name in before)


@settings(deadline=None, max_examples=300)
@given(st.data(), st.randoms())
def test_the_order_of_rules_does_not_matter(data, shuffler):
    protocol = data.draw(protocols())
    answers = data.draw(answers_of(protocol))
    rules = list(protocol.rules)
    shuffler.shuffle(rules)
    turned = type(protocol)(**{**vars(protocol), "rules": tuple(rules)})
    one, two = Engine(protocol).verdict(answers), Engine(turned).verdict(answers)
    assert one.outcomes == two.outcomes
    assert {f.rule.id: (f.fires, f.in_force) for f in one.firings} == {
        f.rule.id: (f.fires, f.in_force) for f in two.firings
    }
    assert {frozenset(c[:2]) for c in one.conflicts} == {frozenset(c[:2]) for c in two.conflicts}


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_a_narrowing_is_what_settling_the_answer_does(data):
    protocol = data.draw(protocols())
    answers = data.draw(answers_of(protocol))
    engine = Engine(protocol)
    for narrowing in engine.narrowings(answers):
        scale = protocol.question(narrowing.question).scale
        assert list(narrowing.by_level) == scale.names(answers[narrowing.question])
        for level, then in narrowing.by_level.items():
            settled = {**answers, narrowing.question: scale.parse(level)}
            assert then == outcomes(protocol, settled)
        assert 0 <= narrowing.least <= narrowing.removed <= 1


def test_a_rule_that_holds_in_every_completion_is_told_apart_from_one_that_may():
    protocol = protocol_of([2, 2], [3], [([{"q0": 0b10}], "o0", 0b001, []), ([{"q1": 0b10}], "o0", 0b011, [])])
    verdict = Engine(protocol).verdict({"q0": 0b11, "q1": 0b10})
    assert [(f.fires, f.in_force) for f in verdict.firings] == [("may", "may"), ("holds", "holds")]
    assert verdict.outcomes == {"o0": 0b011}


def test_contradicting_rules_leave_what_lies_between_and_are_told():
    protocol = protocol_of([2], [4], [([{"q0": 0b10}], "o0", 0b0001, []), ([{"q0": 0b10}], "o0", 0b1100, [])])
    verdict = Engine(protocol).verdict({"q0": 0b10})
    assert verdict.outcomes == {"o0": 0b0111}
    assert verdict.conflicts == (("r0", "r1", True),)


def test_an_exception_takes_a_rule_out_of_force_and_an_exception_to_it_puts_it_back():
    rules = [
        ([{"q0": 0b10}], "o0", 0b001, []),
        ([{"q1": 0b10}], "o0", 0b110, ["r0"]),
        ([{"q2": 0b10}], "o0", 0b111, ["r1"]),
    ]
    engine = Engine(protocol_of([2, 2, 2], [3], rules))
    assert engine.outcomes({"q0": 2, "q1": 1, "q2": 1}) == {"o0": 0b001}
    assert engine.outcomes({"q0": 2, "q1": 2, "q2": 1}) == {"o0": 0b110}
    assert engine.outcomes({"q0": 2, "q1": 2, "q2": 2}) == {"o0": 0b001}


def test_an_outcome_between_is_one_thing_for_all_who_rest_on_it():
    rules = [
        ([{"o0": 0b01}], "o1", 0b01, []),
        ([{"o0": 0b10}], "o2", 0b10, []),
        ([{"o1": 0b10, "o2": 0b01}], "o3", 0b01, []),
        ([{"o1": 0b01}, {"o2": 0b10}], "o3", 0b10, []),
    ]
    protocol = protocol_of([2], [2, 2, 2, 2], rules)
    assert Engine(protocol).outcomes({"q0": 3}) == outcomes(protocol, {"q0": 3})
    assert Engine(protocol).outcomes({"q0": 3})["o3"] == 0b10


def test_many_unknowns_are_no_obstacle():
    chooser = random.Random(4)
    rules = [
        ([{f"q{n}": 0b100, f"q{(n + 1) % 40}": 0b110}], "o0", 0b0111 if n % 2 else 0b0011, []) for n in range(20)
    ]
    protocol = protocol_of([3] * 40, [4], rules)
    engine = Engine(protocol)
    answers = {f"q{n}": chooser.choice([0b111, 0b011, 0b110]) for n in range(40)}
    assert engine.outcome("o0", answers) == 0b1111


def test_words_of_sets():
    scale = Scale(("low", "medium", "high"))
    assert [scale.words(m) for m in (1, 3, 7, 5)] == ["low", "low or medium", "unknown", "low or high"]
    assert [bits(m) for m in (0, 5)] == [[], [1, 4]]
