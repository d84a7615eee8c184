"""Textbook cases of fault-tree analysis, as chains: an item that fails is an event, a provider a component."""

from __future__ import annotations

from chains.random_chains import chain_of
from straits.chains.chokepoint import certain_sets, prepared
from straits.chains.model import Chain, Input, Interval, Item, Provider, Provision, Recipe


def component(name: str) -> tuple[Item, Provision, Provider]:
    row = Provision(f"{name}.p", name, f"p{name}", Interval.exactly(1.0), location="JPN", owner="JPN")
    return Item(name, name, "component"), row, Provider(f"p{name}", name.upper(), "firm", "JPN")


def system(components: str, recipes: dict[str, list[str]], top: str) -> Chain:
    """A system whose ways to work are the recipes: ``{"top": ["a b", "c"]}`` works by a and b, or by c."""
    parts = [component(name) for name in components]
    made = [Item(name, name, "product") for name in recipes]
    ways = [
        Recipe(f"{name}-{number}", name, "", tuple(Input(need) for need in way.split()))
        for name, told in recipes.items()
        for number, way in enumerate(told)
    ]
    return chain_of([p[0] for p in parts] + made, ways, [p[1] for p in parts], [p[2] for p in parts], (top,))


def cuts(chain: Chain, size: int = 4) -> set[str]:
    found = certain_sets(prepared(chain, None, "firm", size=size), chain.goals)[chain.goals[0]]
    return {"".join(sorted(name.removeprefix("p") for name in cut)) for cut in found}


def test_series_fails_with_any_component() -> None:
    assert cuts(system("abc", {"top": ["a b c"]}, "top")) == {"a", "b", "c"}


def test_parallel_fails_with_all_components() -> None:
    assert cuts(system("abc", {"top": ["a", "b", "c"]}, "top")) == {"abc"}


def test_two_out_of_three_fails_with_any_two() -> None:
    assert cuts(system("abc", {"top": ["a b", "b c", "a c"]}, "top")) == {"ab", "bc", "ac"}


def test_the_bridge_has_four_minimal_cut_sets() -> None:
    # Barlow and Proschan (1975): paths 14, 25, 135... of the five-component bridge; cuts 12, 45, 135... by hand
    bridge = system("abcde", {"top": ["a d", "b e", "a c e", "b c d"]}, "top")
    assert cuts(bridge) == {"ab", "de", "ace", "bcd"}


def test_the_fault_tree_handbooks_pressure_tank_has_its_minimal_cut_sets() -> None:
    # Vesely et al., Fault Tree Handbook (NUREG-0492, 1981), chapter VIII, reduced tree: T; K2; S*S1; S*K1; S*R
    # the top event is t + k + s * (x + y + r): it works when t and k work and (s works, or x, y and r do)
    tank = system("tksxyr", {"guard": ["s", "x y r"], "top": ["t k guard"]}, "top")
    assert cuts(tank) == {"t", "k", "sx", "sy", "rs"}


def test_sets_larger_than_asked_are_left_out() -> None:
    assert cuts(system("abc", {"top": ["a", "b", "c"]}, "top"), size=2) == set()


def test_a_shared_component_is_counted_once() -> None:
    # both ways need a: a alone is a cut, and the pair of the rest
    assert cuts(system("abc", {"top": ["a b", "a c"]}, "top")) == {"a", "bc"}


def test_two_levels() -> None:
    # top needs one of two assemblies, each of which needs two parts, one of them in common
    assert cuts(system("abc", {"x": ["a b"], "y": ["b c"], "top": ["x", "y"]}, "top")) == {"b", "ac"}
