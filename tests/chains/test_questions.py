"""The questions on chains small enough to check by hand."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chains.conftest import Write
from chains.random_chains import State, available, chain_of, minimal_by_trying, withheld_by
from chains.random_chains import chains as random_chains
from straits import chains
from straits.chains.concentration import economies_for
from straits.chains.denial import Setting, states_of
from straits.chains.feasibility import HERE, View
from straits.chains.files import load
from straits.chains.flows import mixture
from straits.chains.levers import controlled
from straits.chains.model import Chain, Input, Interval, Item, Provision, Recipe
from straits.chains.parties import actors
from straits.vocabulary.errors import StraitsError

MAGNETS = """\
chain: magnets
name: Magnets by hand
as_of: 2024
stages: [{id: a, name: Ore}, {id: b, name: Metal}, {id: c, name: Magnet}]
providers:
  - {id: plant, name: Plant, home: USA}
  - {id: works, name: Works, home: CHN}
  - {id: startup, name: Startup, home: DEU}
items:
  - id: ore
    name: Ore
    kind: material
    stage: a
    providers:
      - {provider: CHN, share: 60}
      - {provider: AUS, share: 40}
  - id: metal
    name: Metal
    kind: material
    stage: b
    build_months: 48
    recipes: [{inputs: [ore]}]
    providers:
      - {provider: works, share: 90, stock_months: 6}
      - {provider: plant, share: 10, location: MYS, stock_months: 3}
      - {provider: startup, readiness: 5, lead_time_months: 24..36}
  - id: magnet
    name: Magnet
    kind: product
    stage: c
    recipes: [{inputs: [metal]}]
    providers:
      - {provider: CHN, share: 80}
      - {provider: JPN, share: 15}
      - {provider: DEU, share: 5}
markets:
  - {item: metal, buyer: JPN, seller: works, share: 25}
  - {item: magnet, buyer: CHN, share: 50..60}
controls:
  - {item: metal, by: [CHN], against: [JPN]}
"""


@pytest.fixture
def magnets(write: Write) -> Chain:
    return load(write(MAGNETS))


def test_a_loss_runs_down_the_chain_by_hand(magnets: Chain) -> None:
    # everyone loses China's ore, metal and magnets: what is left of ore is 40 %, so of metal 10 % x 40 % = 4 %,
    # so of magnets 20 % x 4 % = 0.8 %
    lost = {loss.item: loss.output_lost.to_list() for loss in chains.deny(magnets, "CHN").hit}
    assert lost == {"ore": [0.6, 0.6], "metal": [0.96, 0.96], "magnet": [0.992, 0.992]}


def test_an_aimed_denial_leaves_third_countries_their_inputs(magnets: Chain) -> None:
    # aimed at Japan: the plant in Malaysia still gets Chinese ore and sells its 10 %; German magnets still come
    lost = {loss.item: loss.output_lost.to_list() for loss in chains.deny(magnets, "CHN", to="JPN").hit}
    assert lost["metal"] == [0.9, 0.9]
    # magnets: China's 80 % are gone, Japan's 15 % shrink to a tenth, Germany's 5 % stay
    assert lost["magnet"] == [pytest.approx(0.935), pytest.approx(0.935)]


def test_an_extraterritorial_denial_reaches_through_third_countries(magnets: Chain) -> None:
    told = chains.deny(magnets, "CHN", to="JPN", extraterritorial=True)
    lost = {loss.item: loss.output_lost.to_list() for loss in told.hit}
    assert lost["metal"] == [0.96, 0.96]


def test_stocks_put_off_the_bite(magnets: Chain) -> None:
    # metal comes as long as the longer stock: 6 months of Chinese metal, then the plant goes on
    result = chains.deny(magnets, "CHN+MYS+USA", to="JPN", at="metal", goals="metal")
    assert result.goals[0].bites.to_list() == [6, 6]


def test_blowback_counts_lost_sales_and_lost_inputs(magnets: Chain) -> None:
    result = chains.deny(magnets, "CHN", to="JPN", at="metal")
    assert result.blowback.sales == (("metal", "Metal", Interval(0.25, 0.25)),)
    # the world outside Japan loses nine tenths of Japan's 15 % of magnets
    assert [(loss.item, loss.output_lost.to_list()) for loss in result.blowback.inputs] == [
        ("magnet", [0.135, 0.135])
    ]


def test_market_access_is_a_denial_of_its_own(magnets: Chain) -> None:
    result = chains.deny(magnets, "CHN", to="JPN", mode="market")
    assert result.stops == ()
    assert result.market_lost == (("magnet", "Magnet", Interval(0.5, 0.6)),)


def test_location_and_ownership_are_reached_apart(magnets: Chain) -> None:
    # the American plant in Malaysia
    assert chains.deny(magnets, "USA", at="metal", reach="location").withheld == ()
    assert chains.deny(magnets, "USA", at="metal", reach="ownership").withheld == ("metal",)
    assert chains.deny(magnets, "MYS", at="metal", reach="location").withheld == ("metal",)


def test_exposure_is_that_of_the_worst_necessary_step(magnets: Chain) -> None:
    rows = {(row.economy, row.reach): row for row in chains.exposure(magnets, "DEU").rows}
    china = rows["CHN", "location"]
    assert china.direct.to_list() == [0.8, 0.8]
    assert china.worst is not None
    assert (china.worst.item, china.worst.share.low) == ("metal", 0.9)
    assert china.through_tiers.low == pytest.approx(0.992)
    assert rows["MYS", "location"].worst is not None
    assert ("MYS", "ownership") not in rows


def test_leverage_looks_both_ways_and_names_what_is_used(magnets: Chain) -> None:
    result = chains.leverage(magnets, "CHN", "JPN")
    assert result.one.used == ("metal",)
    assert result.one.lost["magnet"].low == pytest.approx(0.935)
    assert result.other.lost["magnet"].to_list() == [0.15, 0.15]
    assert result.asymmetry["magnet"].low == pytest.approx(0.785)


def test_a_control_on_the_world_is_on_everyone_but_its_makers(magnets: Chain) -> None:
    everywhere = replace(magnets, controls=(replace(magnets.controls[0], against=("world",)),))
    assert chains.leverage(everywhere, "CHN", "DEU").one.used == ("metal",)
    assert controlled(everywhere, actors(everywhere, "CHN"), actors(everywhere, "CHN")) == set()


def test_a_control_that_has_ended_is_told_and_not_counted_as_used(magnets: Chain) -> None:
    over = replace(magnets, controls=(replace(magnets.controls[0], until="2023-06"),))
    result = chains.leverage(over, "CHN", "JPN")
    assert result.one.used == ()
    assert result.one.ended == ("metal",)
    assert "control that has ended, so free to be used again: Metal" in result.text()
    still = replace(magnets, controls=(replace(magnets.controls[0], until="2025"),))
    assert chains.leverage(still, "CHN", "JPN").one.used == ("metal",)


def test_a_lever_says_what_it_takes_alone(magnets: Chain) -> None:
    # Chinese metal is nine tenths of metal, and Japan's works make 15 % of its magnets: 13.5 % of magnets
    levers = {lever.item: lever for lever in chains.leverage(magnets, "CHN", "JPN").one.levers}
    assert levers["metal"].goals_lost.to_list() == [pytest.approx(0.135), pytest.approx(0.135)]
    assert levers["magnet"].goals_lost.to_list() == [0.8, 0.8]


def test_what_only_the_deniers_own_makers_use_is_no_lever(write: Write) -> None:
    text = """\
chain: own
name: Own system
items:
  - {id: part, name: Part, kind: component, providers: [{provider: CHN, share: 100}]}
  - id: service
    name: Service
    kind: service
    recipes: [{id: with-part, inputs: [part]}, {id: without, inputs: [sun]}]
    providers:
      - {provider: CHN, share: 60, recipes: [with-part]}
      - {provider: JPN, share: 40, recipes: [without]}
  - {id: sun, name: Sun, kind: material, providers: [{provider: JPN, share: 100}]}
"""
    side = chains.leverage(load(write(text)), "CHN", "JPN", goals="service").one
    assert [lever.item for lever in side.levers] == ["service"]
    assert side.without_effect == ("part",)


def test_everyone_but_the_dependent_is_a_set_only_where_no_smaller_one_is(write: Write) -> None:
    text = """\
chain: abroad
name: Abroad
items:
  - {id: tool, name: Tool, kind: equipment, providers: [{provider: NLD, share: 100}]}
  - {id: wafer, name: Wafer, kind: component, recipes: [{inputs: [tool]}], providers: [{provider: unnamed, location: not CHN, share: 100}]}
"""
    sets = {entry.denied: entry.minimal_for for entry in chains.chokepoints(load(write(text)), "CHN").sets}
    assert sets == {("NLD",): ("tool",), ("not CHN",): ("wafer",)}


def test_relief_names_the_startup_and_a_new_source_by_lead_time(magnets: Chain) -> None:
    result = chains.relieve(magnets, "DEU", "CHN+MYS", goals="metal")
    first, second = result.sets
    assert [str(entry.kind) for entry in (*first.additions, *second.additions)] == ["qualify", "second source"]
    assert first.additions[0].who == "Startup"
    assert first.lead_time.to_list() == [24, 36]
    # the metal runs out after six months, the startup is there after two to three years
    assert first.stock_to_bridge.to_list() == [18, 30]


def test_a_stock_relieves_a_denial_that_ends(magnets: Chain) -> None:
    result = chains.relieve(magnets, "DEU", "CHN+MYS", goals="metal", months=12)
    assert any(entry.additions[0].kind == "stock" for entry in result.sets)


def test_nothing_to_relieve_is_said_so(magnets: Chain) -> None:
    result = chains.relieve(magnets, "DEU", "JPN")
    assert result.stopped == ()
    assert "nothing to relieve" in result.text()


def test_hard_and_soft_follow_from_lead_times(magnets: Chain) -> None:
    def hard(chain: Chain) -> bool | None:
        sets = {entry.denied: entry.hard for entry in chains.chokepoints(chain, "DEU", goals="metal").sets}
        return sets["CHN", "MYS"]

    assert hard(magnets) is False  # the startup is there within ten years
    startup = next(row for row in magnets.provisions if row.provider == "startup")
    others = tuple(row for row in magnets.provisions if row.provider != "startup")
    alone = replace(magnets, provisions=others)
    assert hard(alone) is False  # a new source takes four years
    slow = replace(
        alone, items={**alone.items, "metal": replace(alone.items["metal"], build=Interval(200, math.inf))}
    )
    assert hard(slow) is True
    unknown = replace(
        alone, items={**alone.items, "metal": replace(alone.items["metal"], build=Interval.months_unknown())}
    )
    assert hard(unknown) is None
    assert startup.status is False


def test_allies_are_no_deniers(magnets: Chain) -> None:
    sets = {entry.denied for entry in chains.chokepoints(magnets, "JPN", goals="metal").sets}
    assert ("CHN", "MYS") in sets
    friends = {entry.denied for entry in chains.chokepoints(magnets, "JPN", allies="MYS+USA", goals="metal").sets}
    assert not any("MYS" in cut for cut in friends)


def test_blocs_act_as_one(magnets: Chain) -> None:
    sets = {entry.denied for entry in chains.chokepoints(magnets, "CHN", blocs=["EU27"], size=2).sets}
    assert all("DEU" not in cut for cut in sets)


def test_a_companion_metal_stops_with_its_host(write: Write) -> None:
    text = """\
chain: gallium
name: Gallium
items:
  - {id: alumina, name: Alumina, kind: material, providers: [{provider: AUS, share: 50}, {provider: CHN, share: 50}]}
  - id: gallium
    name: Gallium
    kind: material
    providers: [{provider: CHN, share: 98, host: alumina}, {provider: JPN, share: 2}]
"""
    chain = load(write(text))
    loss = next(entry for entry in chains.deny(chain, at="alumina").hit if entry.item == "gallium")
    assert loss.output_lost.to_list() == [0.98, 0.98]


def test_a_buyers_own_shares_count_for_that_buyer(write: Write) -> None:
    text = """\
chain: buyers
name: Buyers
items:
  - id: salt
    name: Salt
    kind: material
    providers:
      - {provider: CHN, share: 30}
      - {provider: AUS, share: 70}
      - {provider: CHN, buyer: EU27, share: 98}
      - {provider: NOR, buyer: EU27, share: 2}
"""
    chain = load(write(text))
    assert chains.deny(chain, "CHN", to="EU27").goals[0].output_lost.to_list() == [0.98, 0.98]
    assert chains.deny(chain, "CHN", to="JPN").goals[0].output_lost.to_list() == [0.3, 0.3]
    # Europe could turn to Australia, which serves others today
    assert chains.deny(chain, "CHN+NOR", to="EU27").goals[0].stops is False


def test_what_is_not_listed_is_an_unknown_that_matters(write: Write) -> None:
    text = (
        "chain: c\nname: C\nitems:\n  - {id: x, name: X, kind: material, providers: [{provider: CHN, share: 60}]}\n"
    )
    result = chains.deny(load(write(text)), "CHN")
    assert result.goals[0].output_lost.to_list() == [0.6, 1.0]
    assert result.goals[0].stops is None
    assert [unknown.item for unknown in result.unknowns] == ["x"]


def test_mixing_recipes_is_a_linear_programme() -> None:
    # both recipes use the same scarce input, one twice as much of it: 0.5 of the larger need feeds one whole unit
    recipes = [
        Recipe("a", "x", "a", (Input("s", 2.0),)),
        Recipe("b", "x", "b", (Input("s", 1.0),)),
    ]
    assert mixture(recipes, {"s": 0.5}, [1.0, 1.0]) == pytest.approx(1.0)
    assert mixture(recipes, {"s": 0.25}, [1.0, 1.0]) == pytest.approx(0.5)
    assert mixture(recipes, {"s": 0.5}, [1.0, 0.4]) == pytest.approx(0.4 + 0.6 / 2)


def test_changes_show_before_and_after(tmp_path: Path) -> None:
    path = tmp_path / "changes.yaml"
    path.write_text("changes:\n  - set: {provision: arfi-scanner.nikon, effective: 6.7}\n", encoding="utf-8")
    result = chains.what_if("lithography-7nm", path, who="NLD", to="CHN", at="arfi-scanner")
    assert result.before is not None
    assert result.after is not None
    assert "arfi-scanner" in result.before.may_stop
    assert result.after.may_stop == ()
    assert json.loads(result.to_json())["denial"]["after"]["may_stop"] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "changes:\n  - set: {provision: arfi.nikon, effective: 1}\n",
            "line 2: no provision 'arfi.nikon': did you mean",
        ),
        ("changes:\n  - enlarge: {provision: x}\n", "line 2: a change is one of"),
        ("changes:\n  - set: {thing: x}\n", "line 2, set: name one of item, recipe, provider, provision"),
        ("changes:\n  - set: {provision: arfi-scanner.nikon, share: 50}\n", "add up to 143.3 %"),
        ("change:\n  - x\n", "write `changes:`"),
    ],
)
def test_a_change_that_leads_nowhere_is_named(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "changes.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StraitsError) as caught:
        chains.what_if("lithography-7nm", path, who="NLD", to="CHN")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: chains.deny("lithography-7nm", "ASLM"), "did you mean ASML"),
        (lambda: chains.deny("lithography-7nm"), "nothing is withheld"),
        (lambda: chains.deny("lithography-7nm", "NLD", mode="parts"), "mode of denial"),
        (lambda: chains.deny("lithography-7nm", "NLD", at="euv"), "no item of chain lithography-7nm 'euv'"),
        (lambda: chains.deny("lithography-7nm", "NLD", to="EU27"), "cannot be denier and dependent"),
        (lambda: chains.chokepoints("lithography-7nm", "CHN", by="company"), "way to count actors"),
        (lambda: chains.chokepoints("lithography-7nm", "CHN", size=0), "write 1 or more"),
    ],
)
def test_a_wrong_question_gets_one_clear_error(ask: object, message: str) -> None:
    with pytest.raises(StraitsError) as caught:
        ask()  # type: ignore[operator]
    assert message in str(caught.value)


# -- concentration -------------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(st.data(), st.integers(1, 6))
def test_the_count_for_75_percent_holds_for_every_completion(data: st.DataObject, number: int) -> None:
    parts = data.draw(st.lists(st.integers(1, 50), min_size=number, max_size=number))
    shares = [part / sum(parts) for part in parts]
    spread = data.draw(st.lists(st.floats(0, 0.3), min_size=number, max_size=number))
    told = [Interval(max(0, s - d), min(1, s + d)) for s, d in zip(shares, spread, strict=True)]
    low, high = economies_for(told)
    total, needed = 0.0, 0
    for share in sorted(shares, reverse=True):
        total, needed = total + share, needed + 1
        if total >= 0.75 - 1e-9:
            break
    assert low is not None
    assert low <= needed
    assert high is None or needed <= high


# -- relief against trying everything ------------------------------------------------------------------------


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(random_chains(), st.sampled_from(["NLD", "USA"]))
def test_relief_sets_are_those_found_by_trying(chain: Chain, on: str) -> None:
    result = chains.relieve(chain, "CHN", on, size=3)
    setting = Setting.of(chain, on, "CHN")
    if not states_of(setting.view, setting.denial)[chain.goals[0]]:
        assert result.stopped == ()
        return
    held = withheld_by(chain, actors(chain, on))
    view = View(chain, actors(chain, "CHN"))
    weak = [item for item in chain.items if any(line.row.id in held for line in view.lines(item, HERE))]

    def keeps_going(chosen: frozenset[str]) -> bool:
        rows = [
            Provision(f"{item}.extra", item, "f0", Interval(0, 0), location="CHN", owner="CHN") for item in chosen
        ]
        wider = replace(chain, provisions=(*chain.provisions, *rows))
        return available(State(wider), chain.goals[0], frozenset(["CHN"]), held)

    expected = minimal_by_trying(keeps_going, weak, 3)
    found = {frozenset(entry.item for entry in told.additions) for told in result.sets}
    assert found == expected


# -- the drawing ---------------------------------------------------------------------------------------------


def test_the_drawing_is_well_formed_and_says_what_it_shows(lithography: Chain) -> None:
    from xml.etree import ElementTree as ET

    result = chains.show(lithography, "CHN")
    root = ET.fromstring(result.svg)
    name = "{http://www.w3.org/2000/svg}"
    assert root.find(f"{name}title").text == (  # type: ignore[union-attr]
        "7 nm logic by lithography tool sets, for China: the Netherlands alone can stop EUV scanner"
    )
    assert root.find(f"{name}desc").text == result.text()  # type: ignore[union-attr]
    assert root.get("role") == "img"
    for item in lithography.items.values():
        assert item.name in result.text()


def test_a_chain_without_stages_is_drawn_by_steps() -> None:
    items = [Item("a", "A", "material"), Item("b", "B", "product")]
    row = Provision("a.x", "a", "JPN", Interval.exactly(1.0), location="JPN", owner="JPN")
    chain = chain_of(items, [Recipe("b-1", "b", "b", (Input("a"),))], [row])
    assert [box.column for box in chains.show(chain).boxes] == [0, 1]


def test_a_firm_can_be_the_dependent(magnets: Chain) -> None:
    # the works themselves still mine in China; the plant abroad gets Chinese ore withheld and keeps Australia's
    result = chains.deny(magnets, "CHN", to="plant", at="ore", goals="metal", at_home=True)
    assert result.goals[0].output_lost.to_list() == [0.6, 0.6]
    with pytest.raises(StraitsError, match="at once"):
        chains.deny(magnets, "plant", to="plant")


def test_a_made_up_chain_is_the_same_each_time_and_both_methods_agree_on_it() -> None:
    import sys

    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
    from chains_made_up import made_up
    from straits.chains.chokepoint import prepared
    from straits.chains.cuts import carried_along, side_by_side
    from straits.chains.feasibility import network

    chain = made_up(300, 90, 30)
    assert chain == made_up(300, 90, 30)
    for by in ("economy", "firm"):
        search = prepared(chain, None, by)
        net = network(search.view, True, search.goals)
        names, holders = search.holders(net.rows)
        goal = net.available["product", HERE]
        together = side_by_side(net, [goal], holders, len(names), 3)[goal]
        assert together == carried_along(net, goal, holders, len(names), 3)
        assert together


@pytest.mark.slow
def test_ten_thousand_items_take_seconds() -> None:
    import sys
    import time

    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
    from chains_made_up import made_up
    from straits.chains.chokepoint import certain_sets, prepared

    chain = made_up(10_000, 3_000, 60)
    began = time.perf_counter()
    search = prepared(chain, "CHN")
    assert certain_sets(search, search.goals)["product"]
    assert time.perf_counter() - began < 15  # the bar is 5 s on a machine of one's own
