"""The obvious twin of the assessment engine: list every completion, apply the rules to each, unite what comes out."""

from itertools import product

from straits.assess.protocols import Outcome, Passage, Protocol, Question, Rule
from straits.assess.scales import Scale, bits

HERE = Passage(source="made-up", locator="line 1")


def outcomes(protocol, answers):
    """Possible levels of each outcome: a set of (question levels) x (choices of outcomes), one at a time."""
    found = {outcome.id: 0 for outcome in protocol.outcomes}
    names = [question.id for question in protocol.questions]
    for levels in product(*(bits(answers[name]) for name in names)):
        worlds = [dict(zip(names, levels, strict=True))]
        for outcome in protocol.outcomes:
            grown = []
            for world in worlds:
                allowed = levels_of(protocol, outcome, world)
                found[outcome.id] |= allowed
                grown += [world | {outcome.id: level} for level in bits(allowed)]
            worlds = grown
    return found


def levels_of(protocol, outcome, world):
    """The levels of one outcome when everything before it is settled."""
    about = [rule for rule in protocol.rules if rule.outcome == outcome.id]
    fired = [r for r in about if any(all(world[n] & mask for n, mask in clause.items()) for clause in r.clauses)]

    def in_force(rule):
        return not any(rule.id in other.overrides and in_force(other) for other in fired)

    force = [rule for rule in fired if in_force(rule)]
    places = range(len(outcome.scale.levels))
    allowed = [place for place in places if all(rule.levels >> place & 1 for rule in force)]
    if not allowed:
        bottoms = [min(p for p in places if rule.levels >> p & 1) for rule in force]
        tops = [max(p for p in places if rule.levels >> p & 1) for rule in force]
        if outcome.scale.ordered and min(tops) < max(bottoms):
            allowed = [p for p in places if min(tops) <= p <= max(bottoms)]
        else:
            allowed = [p for p in places if any(rule.levels >> p & 1 for rule in force)]
    return sum(1 << place for place in allowed)


def protocol_of(questions, outcomes, rules):
    """A protocol from plain parts: sizes of the questions' scales, of the outcomes', and rules as tuples."""
    return Protocol(
        id="made_up", name="Made up", about="Made up for a test.", version=1, sides="none", sources=("made-up",),
        questions=tuple(
            Question(f"q{n}", "How much?", Scale(tuple(f"l{i}" for i in range(size))), {}, HERE)
            for n, size in enumerate(questions)
        ),
        outcomes=tuple(
            Outcome(f"o{n}", "Outcome", Scale(tuple(f"l{i}" for i in range(size))), HERE)
            for n, size in enumerate(outcomes)
        ),
        rules=tuple(
            Rule(f"r{n}", tuple(clauses), outcome, levels, "Because it is so.", HERE, bool(overrides),
                 tuple(overrides))
            for n, (clauses, outcome, levels, overrides) in enumerate(rules)
        ),
        repeats=None, digest="0" * 12,
    )  # fmt: skip
