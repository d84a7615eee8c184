"""The fast methods against an obviously correct reading, on random small chains."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from chains.random_chains import (
    ECONOMIES,
    State,
    available,
    chain_of,
    chains,
    completed,
    left,
    minimal_by_trying,
    withheld_by,
)
from straits.chains.chokepoint import certain_sets, possible_sets, prepared
from straits.chains.cuts import carried_along, side_by_side
from straits.chains.denial import Setting, states_of
from straits.chains.feasibility import HERE, WORLD, View, network
from straits.chains.flows import Denial, Flows
from straits.chains.model import Chain, Interval, Provision
from straits.chains.parties import Actors, actors

CALM = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FEW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
dependents = st.sampled_from(["CHN", "NLD", None])


def inside_of(dependent: str | None) -> frozenset[str]:
    return frozenset([dependent]) if dependent else frozenset()


@CALM
@given(chains(), dependents, st.sets(st.sampled_from(ECONOMIES), max_size=3))
def test_a_denial_stops_what_the_naive_reading_stops(chain: Chain, dependent: str | None, who: set[str]) -> None:
    who.discard(dependent or "")
    by = actors(chain, sorted(who)) if who else Actors()
    view = View(chain, actors(chain, dependent))
    states = states_of(view, Denial(by))
    held = withheld_by(chain, by)
    for item in chain.items:
        before = available(State(chain), item, inside_of(dependent), frozenset())
        after = available(State(chain), item, inside_of(dependent), held)
        assert states[item] is (not after) or (not before and not after)


@CALM
@given(chains(), dependents, st.sampled_from(["economy", "firm"]))
def test_minimal_sets_are_those_found_by_trying_every_subset(chain: Chain, dependent: str | None, by: str) -> None:
    search = prepared(chain, dependent, by)
    found = certain_sets(search, list(chain.items))
    outside = [code for code in ECONOMIES if code != dependent]
    firms = [name for name, firm in chain.providers.items() if firm.home != dependent]
    for item in chain.items:

        def stopped(chosen: frozenset[str], item: str = item) -> bool:
            if by == "firm":
                held = frozenset(row.id for row in chain.provisions if row.provider in chosen)
            else:
                who = Actors(tuple(chosen), chosen) if chosen else Actors()
                held = withheld_by(chain, who)
            return not available(State(chain), item, inside_of(dependent), held)

        expected = minimal_by_trying(stopped, outside if by == "economy" else firms, 3)
        assert {frozenset(cut) for cut in found[item]} == expected


@CALM
@given(chains(largest=8), st.integers(1, 4))
def test_both_methods_find_the_same_sets(chain: Chain, size: int) -> None:
    search = prepared(chain, "CHN", "firm")
    net = network(search.view, True)
    names, holders = search.holders(net.rows)
    gates = sorted(set(net.available.values()))
    together = side_by_side(net, gates, holders, len(names), size)
    for gate in gates:
        assert sorted(together[gate]) == sorted(carried_along(net, gate, holders, len(names), size))


@CALM
@given(st.data(), chains(unknowns=True), dependents, st.sets(st.sampled_from(ECONOMIES), min_size=1, max_size=2))
def test_answers_with_unknowns_hold_for_every_completion(
    data: st.DataObject, chain: Chain, dependent: str | None, who: set[str]
) -> None:
    who.discard(dependent or "")
    assume(who)
    by = actors(chain, sorted(who))
    states = states_of(View(chain, actors(chain, dependent)), Denial(by))
    state = completed(data.draw, chain)
    held = withheld_by(state.chain, by)
    for item in chain.items:
        before = available(state, item, inside_of(dependent), frozenset())
        after = available(state, item, inside_of(dependent), held)
        if states[item] is True:
            assert not after
        if states[item] is False:
            assert after or not before


@CALM
@given(st.data(), chains(unknowns=True), st.sets(st.sampled_from(ECONOMIES[1:]), min_size=1, max_size=2))
def test_whatever_may_stop_an_item_is_among_the_certain_or_the_possible_sets(
    data: st.DataObject, chain: Chain, who: set[str]
) -> None:
    rows = [
        replace(row, location=row.location or "not CHN", owner=row.owner or "JPN+USA") for row in chain.provisions
    ]
    chain = replace(chain, provisions=tuple(rows))
    search = prepared(chain, "CHN")
    certain = certain_sets(search, list(chain.items))
    possible = possible_sets(search, list(chain.items), certain)
    state = completed(data.draw, chain)
    held = withheld_by(state.chain, actors(chain, sorted(who)))
    worst = network(search.view, False)
    before = worst.values([1] * len(worst.rows))
    for item in chain.items:
        # an item that may fail though nobody withholds is among the unknowns, not among the sets
        sure = before[worst.available[item, HERE]]
        if sure and not available(state, item, inside_of("CHN"), held):
            told = [*certain[item], *possible[item]]
            assert any(all(chain.members(label) & who for label in cut) for cut in told)


@CALM
@given(st.data(), chains(unknowns=True), dependents, st.sets(st.sampled_from(ECONOMIES), min_size=1, max_size=2))
def test_the_loss_of_every_completion_lies_in_the_range(
    data: st.DataObject, chain: Chain, dependent: str | None, who: set[str]
) -> None:
    who.discard(dependent or "")
    assume(who)
    assume(not any(item.kind_of for item in chain.items.values()))
    by = actors(chain, sorted(who))
    flows = Flows(View(chain, actors(chain, dependent)), Denial(by))
    state = completed(data.draw, chain)
    held = withheld_by(state.chain, by)
    for item in chain.items:
        for zone, name in ((HERE, "dependent"), (WORLD, "world")):
            if (item, zone) in flows.left:
                told = flows.left[item, zone]
                point = left(state, item, inside_of(dependent), held, name)
                assert told.low - 1e-9 <= point <= told.high + 1e-9


@FEW
@given(chains(unknowns=True), dependents, st.lists(st.sampled_from(ECONOMIES), min_size=1, max_size=3, unique=True))
def test_denying_more_never_restores(chain: Chain, dependent: str | None, who: list[str]) -> None:
    who = [code for code in who if code != dependent]
    assume(who)
    view = View(chain, actors(chain, dependent))
    fewer, more = Denial(actors(chain, who[:1])), Denial(actors(chain, who))
    some, all_of = states_of(view, fewer), states_of(view, more)
    less, least = Flows(view, fewer), Flows(view, more)
    rank = {False: 0, None: 1, True: 2}
    for item in chain.items:
        assert rank[all_of[item]] >= rank[some[item]]
        assert least.left[item, HERE].low <= less.left[item, HERE].low + 1e-9
        assert least.left[item, HERE].high <= less.left[item, HERE].high + 1e-9
        assert least.stops[item, HERE].low <= less.stops[item, HERE].low
        assert least.stops[item, HERE].high <= less.stops[item, HERE].high


@FEW
@given(chains(), st.integers(0, 5), st.sampled_from(ECONOMIES))
def test_one_more_provider_never_lowers_the_denial_size(chain: Chain, place: int, home: str) -> None:
    item = list(chain.items)[place % len(chain.items)]
    if not chain.provisions_of.get(item):
        return  # what its user makes needs no provider: one would replace the user, not join in
    extra = Provision(f"{item}.new", item, "f0", Interval.exactly(0.0), location=home, owner=home)
    larger = replace(chain, provisions=(*chain.provisions, extra))
    before = certain_sets(prepared(chain, "CHN", "economy"), chain.goals)
    after = certain_sets(prepared(larger, "CHN", "economy"), chain.goals)
    for goal in chain.goals:
        sizes = [min((len(cut) for cut in sets[goal]), default=9) for sets in (before, after)]
        assert sizes[1] >= sizes[0]


@FEW
@given(chains(unknowns=True), dependents)
def test_nothing_is_lost_when_nobody_withholds(chain: Chain, dependent: str | None) -> None:
    assume(all(recipe.status for recipe in chain.recipes.values()))
    assume(not any(item.kind_of for item in chain.items.values()))
    flows = Flows(View(chain, actors(chain, dependent)), Denial())
    assert all(told == Interval(1.0, 1.0) for told in flows.left.values())


@FEW
@given(chains(unknowns=True), st.sampled_from(["NLD", "USA"]))
def test_what_stops_is_lost_in_full(chain: Chain, who: str) -> None:
    setting = Setting.of(chain, who, "CHN")
    states, flows = states_of(setting.view, setting.denial), Flows(setting.view, setting.denial)
    for item, stops in states.items():
        if stops:
            assert flows.lost(item).high == pytest.approx(1.0)
            assert flows.lost(item).low == pytest.approx(1.0)


def test_a_chain_of_nothing_but_one_item_falls_with_its_provider() -> None:
    from straits.chains.model import Item, Provider

    chain = chain_of(
        [Item("a", "A", "material")],
        provisions=[Provision("a.x", "a", "x", Interval.exactly(1.0), location="JPN", owner="JPN")],
        providers=[Provider("x", "X", "firm", "JPN")],
    )
    assert certain_sets(prepared(chain, "CHN"), ["a"]) == {"a": [("JPN",)]}
