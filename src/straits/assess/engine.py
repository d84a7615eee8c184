"""From answers to outcomes: which levels are still possible, which rules say so, which unknown matters most.

The meaning is defined over complete answers.  For one complete set of answers a rule *fires* when one of its clauses
holds; a fired exception takes the rules that it overrides out of force; an outcome may have every level that all rules
in force allow.  When rules in force contradict each other, the outcome may have every level between them, and the
conflict is told.  An outcome that other rules rest on takes each of its allowed levels in turn.  With unknown answers
an outcome may have every level that it has in *some* completion.  So more knowledge never widens an outcome, and the
order of rules plays no part.

All completions are looked at, exactly, without listing them: what matters of a partial completion is only which
clauses can no longer hold.  A pass over questions and outcomes keeps the set of such states (bit masks, one bit a
clause); completions that have killed the same clauses are one state from there on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from straits.assess.protocols import Outcome, Protocol, Question, Rule
from straits.assess.scales import Scale, bits

State = int  # the clauses that can no longer hold, one bit each


@dataclass(frozen=True)
class Firing:
    """How a rule stands: ``holds`` in all completions, ``may`` hold in some, or does ``not``; in ``force`` likewise."""

    rule: Rule
    fires: str
    in_force: str


@dataclass(frozen=True)
class Verdict:
    """What the answers to one protocol come to.

    ``outcomes`` are sets of levels still possible (bit masks on the outcome's scale); ``firings`` say how each rule
    stands; ``conflicts`` are pairs of rules that are in force together in some completion and cannot both be right,
    with whether they clash in all completions.
    """

    outcomes: Mapping[str, int]
    firings: tuple[Firing, ...]
    conflicts: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True)
class Narrowing:
    """What settling one unknown answer would do.

    ``by_level`` gives, for each level still possible, the outcomes then; ``removed`` is the share of the possible
    levels (over all outcomes, each outcome alike) that goes, on average over the answer's levels, each level counted
    alike; ``least`` the share that goes whatever the answer.
    """

    question: str
    by_level: Mapping[str, Mapping[str, int]]
    removed: float
    least: float


class Engine:
    """One protocol, made ready: give it answers, as sets of levels by question."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        parts: list[Question | Outcome] = [*protocol.questions, *protocol.outcomes]
        self.scales: dict[str, Scale] = {part.id: part.scale for part in parts}
        self._clauses: list[tuple[Rule, Mapping[str, int]]] = [(r, c) for r in protocol.rules for c in r.clauses]
        self._plans = {outcome.id: self._plan(outcome.id) for outcome in protocol.outcomes}
        self._below = {outcome.id: self._rests_on(outcome.id) for outcome in protocol.outcomes}

    def whole(self) -> dict[str, int]:
        """The answers of someone who knows nothing."""
        return {question.id: question.scale.whole for question in self.protocol.questions}

    def below(self, outcome: str) -> set[str]:
        """The questions and outcomes that an outcome rests on."""
        return set(self._below[outcome])

    def relevant(self, outcome: str) -> list[str]:
        """The questions that bear on an outcome, in the protocol's order."""
        used = self._rests_on(outcome)
        return [question.id for question in self.protocol.questions if question.id in used]

    def outcome(self, name: str, answers: Mapping[str, int]) -> int:
        """The levels of one outcome that some completion of ``answers`` gives (bit mask)."""
        return self._outcome(name, dict(answers))

    def outcomes(self, answers: Mapping[str, int]) -> dict[str, int]:
        """All outcomes: sets of possible levels."""
        known = dict(answers)
        return {name: self._outcome(name, known) for name in self._plans}

    def _outcome(self, name: str, known: dict[str, int]) -> int:
        """One outcome; what is worked out on the way is kept in ``known``."""
        if name not in known:
            plan = self._plans[name]
            for apart in plan.apart:
                self._outcome(apart, known)
            known[name] = plan.levels(known)
        return known[name]

    def _states(self, plan: _Plan, known: dict[str, int]) -> set[State]:
        for name in plan.apart:
            self._outcome(name, known)
        return plan.states(known)

    def verdict(self, answers: Mapping[str, int]) -> Verdict:
        """Outcomes, how each rule stands, and which rules contradict each other."""
        outcomes: dict[str, int] = {}
        firings: dict[str, Firing] = {}
        conflicts: dict[tuple[str, str], bool] = {}
        known = dict(answers)
        for name, plan in self._plans.items():
            decisions = [plan.decision.decide(state) for state in self._states(plan, known)]
            outcomes[name] = 0
            for decision in decisions:
                outcomes[name] |= decision.levels
            for rule in plan.decision.rules:
                fired = [rule.id in decision.fired for decision in decisions]
                force = [rule.id in decision.in_force for decision in decisions]
                firings[rule.id] = Firing(rule, _said(fired), _said(force))
            found = {pair for decision in decisions for pair in decision.conflicts}
            for pair in sorted(found):
                conflicts[pair] = all(pair in decision.conflicts for decision in decisions)
        ordered = tuple(firings[rule.id] for rule in self.protocol.rules)
        return Verdict(outcomes, ordered, tuple((a, b, always) for (a, b), always in conflicts.items()))

    def narrowings(self, answers: Mapping[str, int], among: Iterable[str] | None = None) -> list[Narrowing]:
        """What settling each unknown answer would do to the outcomes (``among`` some), the most useful first.

        An answer that would change nothing is not listed.  Equal ones keep the protocol's order.
        """
        now = {name: self.outcome(name, answers) for name in (among or self._plans)}
        found = []
        for question in self.protocol.questions:
            if len(bits(answers[question.id])) < 2:
                continue
            touched = [name for name in now if question.id in self._below[name] and now[name].bit_count() > 1]
            if not touched:
                continue
            by_level = {}
            for level in bits(answers[question.id]):
                settled = {**answers, question.id: level}
                by_level[question.scale.names(level)[0]] = now | {n: self.outcome(n, settled) for n in touched}
            shares = [_removed(now, then) for then in by_level.values()]
            if max(shares) > 0:
                found.append(Narrowing(question.id, by_level, sum(shares) / len(shares), min(shares)))
        return sorted(found, key=lambda n: (-round(n.removed, 12), -round(n.least, 12)))

    def missing(self, rule: Rule, answers: Mapping[str, int], outcomes: Mapping[str, int]) -> list[dict[str, str]]:
        """What a rule still lacks, clause by clause, the clause that lacks least first.

        Each entry maps a question or outcome to ``unknown`` (may yet be so) or ``no`` (is not so).
        """
        known = {**answers, **outcomes}
        lacks = []
        for clause in rule.clauses:
            lack = {}
            for name, mask in clause.items():
                if known[name] & ~mask:
                    lack[name] = "unknown" if known[name] & mask else "no"
            lacks.append(lack)
        return sorted(lacks, key=lambda lack: (sum(v == "no" for v in lack.values()), len(lack)))

    def _plan(self, target: str) -> _Plan:
        """The steps to an outcome: the questions it rests on, and the outcomes between, each after its own.

        An outcome between whose questions nothing else uses is worked out by itself first and then is like an
        answered question: what it may be does not hang together with anything else.
        """
        of_outcome: dict[str, list[int]] = {outcome.id: [] for outcome in self.protocol.outcomes}
        for number, (rule, _) in enumerate(self._clauses):
            of_outcome[rule.outcome].append(number)
        apart = self._apart(target)
        needed: list[str] = []

        def need(outcome: str) -> None:
            for number in of_outcome[outcome]:
                for name in self._clauses[number][1]:
                    if name in of_outcome and name not in apart and name not in needed:
                        need(name)
                        needed.append(name)

        need(target)
        numbers = [number for outcome in (*needed, target) for number in of_outcome[outcome]]
        bit = {number: 1 << place for place, number in enumerate(numbers)}
        kill: dict[str, dict[int, int]] = {}
        for number in numbers:
            for name, mask in self._clauses[number][1].items():
                table = kill.setdefault(name, dict.fromkeys(bits(self.scales[name].whole), 0))
                for level in table:
                    if not level & mask:
                        table[level] |= bit[number]

        def decision(outcome: str) -> _Decision:
            own: dict[str, int] = {}
            for number in of_outcome[outcome]:
                rule = self._clauses[number][0]
                own[rule.id] = own.get(rule.id, 0) | bit[number]
            rules = [rule for rule in self.protocol.rules if rule.outcome == outcome]
            return _Decision(self.scales[outcome], rules, own)

        order: dict[str, _Decision | None] = {}
        for outcome in (*needed, target):
            for number in of_outcome[outcome]:
                for name in self._clauses[number][1]:
                    if name not in needed:
                        order.setdefault(name, None)
            if outcome != target:
                order[outcome] = decision(outcome)
        steps = tuple(order.items())
        idle = self._idle(numbers, bit, {name: place for place, name in enumerate(order)})
        return _Plan(steps, kill, decision(target), tuple(sorted(apart & order.keys())), idle)

    def _idle(
        self, numbers: list[int], bit: Mapping[int, int], place: Mapping[str, int]
    ) -> dict[int, tuple[tuple[int, int], ...]]:
        """For each step the clauses that are decided after it, each with the clauses that it makes idle if it holds."""
        overridden = {name for rule in self.protocol.rules for name in rule.overrides}
        plain = {  # outcomes whose rules all name ranges: there a weaker rule has no say in a contradiction either
            o.id
            for o in self.protocol.outcomes
            if o.scale.ordered
            and all(o.scale.is_interval(r.levels) for r in self.protocol.rules if r.outcome == o.id)
        }
        found: dict[int, list[tuple[int, int]]] = {}
        for number in numbers:
            rule, clause = self._clauses[number]
            if rule.id in overridden or rule.outcome not in plain:
                continue
            weaker = 0
            for other in numbers:
                one = self._clauses[other][0]
                same = one.outcome == rule.outcome and not one.overrides and not rule.levels & ~one.levels
                if other != number and same:
                    weaker |= bit[other]
            if weaker:
                found.setdefault(max(place[name] for name in clause), []).append((bit[number], weaker))
        return {step: tuple(pairs) for step, pairs in found.items()}

    def _rests_on(self, outcome: str) -> set[str]:
        """The questions and outcomes that an outcome rests on, however far below."""
        found: set[str] = set()
        left = [outcome]
        while left:
            goal = left.pop()
            for rule, clause in self._clauses:
                if rule.outcome == goal:
                    left += [name for name in clause if name not in found]
                    found |= set(clause)
        return found

    def _apart(self, target: str) -> set[str]:
        """The outcomes below ``target`` that share nothing of what they rest on with anything else below it."""
        all_below = self._rests_on(target)
        goals = [outcome.id for outcome in self.protocol.outcomes if outcome.id in all_below]
        apart = set()
        for goal in goals:
            inside = self._rests_on(goal)
            users = {
                rule.outcome
                for rule, clause in self._clauses
                if rule.outcome in (*goals, target) and inside & clause.keys()
            }
            if users <= inside | {goal}:
                apart.add(goal)
        return apart


@dataclass(frozen=True)
class _Decided:
    levels: int
    fired: frozenset[str]
    in_force: frozenset[str]
    conflicts: frozenset[tuple[str, str]]


class _Decision:
    """What the rules of one outcome come to, by the clauses that are dead."""

    def __init__(self, scale: Scale, rules: list[Rule], clauses: Mapping[str, int]) -> None:
        self.scale = scale
        self.rules = rules
        self.clauses = clauses
        self.own = 0
        for mask in clauses.values():
            self.own |= mask
        self._levels: dict[int, int] = {}
        self._decided: dict[int, _Decided] = {}

    def levels(self, state: State) -> int:
        own = state & self.own
        found = self._levels.get(own)
        if found is None:
            found = self._levels[own] = self.decide(own).levels
        return found

    def decide(self, state: State) -> _Decided:
        own = state & self.own
        found = self._decided.get(own)
        if found is None:
            found = self._decided[own] = self._work_out(own)
        return found

    def _work_out(self, own: State) -> _Decided:
        fired = {rule.id: rule for rule in self.rules if self.clauses[rule.id] & ~own}
        force = [rule for rule in fired.values() if not self._overridden(rule.id, fired)]
        levels = self.scale.whole
        for rule in force:
            levels &= rule.levels
        conflicts: set[tuple[str, str]] = set()
        if not levels:
            levels = self._between(force)
            for n, one in enumerate(force):
                conflicts |= {(one.id, two.id) for two in force[n + 1 :] if not one.levels & two.levels}
            if not conflicts:  # every two of them agree, but not all together
                conflicts = {(one.id, two.id) for n, one in enumerate(force) for two in force[n + 1 :]}
        return _Decided(levels, frozenset(fired), frozenset(r.id for r in force), frozenset(conflicts))

    def _overridden(self, name: str, fired: Mapping[str, Rule]) -> bool:
        return any(name in rule.overrides and not self._overridden(rule.id, fired) for rule in fired.values())

    def _between(self, force: list[Rule]) -> int:
        """The levels that contradicting rules leave: from the lowest of their tops to the highest of their bottoms."""
        if self.scale.ordered:
            low = min(rule.levels.bit_length() - 1 for rule in force)
            high = max((rule.levels & -rule.levels).bit_length() - 1 for rule in force)
            if low < high:
                return ((1 << (high + 1)) - 1) & ~((1 << low) - 1)
        union = 0
        for rule in force:
            union |= rule.levels
        return union


class _Plan:
    """The way to one outcome: questions and outcomes between, in order, and what each of their levels rules out."""

    def __init__(
        self,
        steps: tuple[tuple[str, _Decision | None], ...],
        kill: dict[str, dict[int, int]],
        decision: _Decision,
        apart: tuple[str, ...],
        idle: Mapping[int, tuple[tuple[int, int], ...]],
    ) -> None:
        self.steps = steps
        self.kill = kill
        self.decision = decision
        self.apart = apart
        self.idle = idle
        self._kills: dict[tuple[str, int], tuple[int, ...]] = {}

    def states(self, answers: Mapping[str, int]) -> set[State]:
        """All states in which a completion of ``answers`` can arrive at the outcome.

        ``answers`` hold what the outcomes apart may be, too.
        """
        return self._walk(answers, {})

    def levels(self, answers: Mapping[str, int]) -> int:
        """The levels that the outcome may have.

        A clause that holds makes weaker ones (same outcome, no level less) idle; forgetting these keeps states few.
        """
        levels = 0
        for state in self._walk(answers, self.idle):
            levels |= self.decision.levels(state)
        return levels

    def _walk(self, answers: Mapping[str, int], idle: Mapping[int, tuple[tuple[int, int], ...]]) -> set[State]:
        known, order = 0, []
        for place, (name, decision) in enumerate(self.steps):
            kills = self._of(name, answers[name]) if decision is None else ()
            if len(kills) == 1:
                known |= kills[0]
            order.append((place, name, decision, kills))
        states = {known}
        for place, name, decision, kills in order:
            if len(kills) > 1:
                states = {state | dead for state in states for dead in kills}
            elif decision is not None:
                states = {
                    state | decision.own | dead for state in states for dead in self._of(name, decision.levels(state))
                }
            if closing := idle.get(place):
                states = {_without_idle(state, closing) for state in states}
        return states

    def _of(self, name: str, levels: int) -> tuple[int, ...]:
        found = self._kills.get((name, levels))
        if found is None:
            table = self.kill[name]
            found = self._kills[name, levels] = tuple({table[level] for level in bits(levels)})
        return found


def _without_idle(state: State, closing: tuple[tuple[int, int], ...]) -> State:
    for own, weaker in closing:
        if not state & own:
            state |= weaker
    return state


def _removed(now: Mapping[str, int], then: Mapping[str, int]) -> float:
    """The share of possible levels that is gone, each outcome alike; an outcome that was settled counts as nothing."""
    shares = [1 - then[name].bit_count() / now[name].bit_count() for name in now]
    return sum(shares) / len(shares)


def _said(flags: list[bool]) -> str:
    return "holds" if all(flags) else "may" if any(flags) else "not"
