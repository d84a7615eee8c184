"""Small random chains, and an obviously correct reading of them: the oracle of the fast methods.

The naive functions follow the words of the model one by one, on one completed state of the unknowns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from hypothesis import strategies as st

from straits.chains.model import Chain, Input, Interval, Item, Penalty, Provider, Provision, Recipe
from straits.chains.parties import Actors, belongs

ECONOMIES = ("CHN", "JPN", "NLD", "USA")
Draw = Callable[..., object]


def chain_of(
    items: list[Item],
    recipes: Sequence[Recipe] = (),
    provisions: Sequence[Provision] = (),
    providers: Sequence[Provider] = (),
    goals: tuple[str, ...] = (),
) -> Chain:
    """A chain from its parts."""
    return Chain(
        id="small",
        name="Small",
        summary="",
        goals=goals or (items[-1].id,),
        stages={},
        items={item.id: item for item in items},
        recipes={recipe.id: recipe for recipe in recipes},
        providers={provider.id: provider for provider in providers},
        provisions=tuple(provisions),
        as_of="2024",
    )


@st.composite
def chains(draw: Draw, unknowns: bool = False, largest: int = 6) -> Chain:
    """A chain of a few items, the last of which is the goal; with open questions when ``unknowns``."""
    firms = [Provider(f"f{n}", f"Firm {n}", "firm", ECONOMIES[n % 4]) for n in range(6)]
    items, recipes, provisions = [], [], []
    for number in range(draw(st.integers(2, largest))):
        name = f"i{number}"
        earlier = [item.id for item in items]
        reading = draw(st.sampled_from(["any", "all", "unknown"] if unknowns else ["any", "all"]))
        items.append(Item(name, name, "component", kinds=reading))
        made = draw(st.integers(0, 2)) if earlier else 0
        for way in range(made):
            needs = draw(st.lists(st.sampled_from(earlier), min_size=1, max_size=3, unique=True))
            output = draw(st.sampled_from([None, None, 0.5]))
            ready = Interval(3, 9) if unknowns and draw(st.integers(0, 6)) == 0 else Interval(9, 9)
            inputs = tuple(Input(need) for need in needs)
            recipes.append(Recipe(f"{name}-{way}", name, f"{name}-{way}", inputs, Penalty(output=output), ready))
        few = draw(st.integers(0 if made else 1, 3))
        chosen = draw(st.lists(st.sampled_from(firms), min_size=few, max_size=few, unique_by=lambda firm: firm.id))
        parts = draw(st.lists(st.integers(1, 9), min_size=few, max_size=few))
        for firm, part in zip(chosen, parts, strict=True):
            provisions.append(_provision(draw, name, firm, part / sum(parts), unknowns))
    items = _with_kinds(draw, items)
    return chain_of(items, recipes, provisions, firms)


def _with_kinds(draw: Draw, items: list[Item]) -> list[Item]:
    """Make some earlier items kinds of the last one."""
    found = list(items)
    for number, item in enumerate(items[:-1]):
        if draw(st.integers(0, 5)) == 0:
            found[number] = replace(item, kind_of=items[-1].id)
    return found


def _provision(draw: Draw, item: str, firm: Provider, share: float, unknowns: bool) -> Provision:
    location = draw(st.sampled_from([firm.home, firm.home, *ECONOMIES]))
    row = Provision(f"{item}.{firm.id}", item, firm.id, Interval.exactly(share), location=location, owner=firm.home)
    if not unknowns:
        return row
    ways = {
        0: replace(row, id=f"{item}.unnamed-{firm.id}", provider="unnamed", location="", owner=""),
        1: replace(row, share=Interval.share_unknown()),
        2: replace(row, share=Interval(max(0.0, share - 0.2), min(1.0, share + 0.2))),
        3: replace(row, readiness=Interval(4, 8)),
        4: replace(row, location=""),
        5: replace(row, location="not CHN", owner=draw(st.sampled_from([firm.home, "not CHN"]))),
        6: replace(row, id=f"{item}.one-of-{firm.id}", provider="unnamed", location="JPN+USA", owner="JPN+USA"),
    }
    return ways.get(draw(st.integers(0, 9)), row)


# -- one completed state of a chain --------------------------------------------------------------------------


@dataclass(frozen=True)
class State:
    """A completed chain: which open provisions and recipes do not work, how kinds serve, who gets all or each."""

    chain: Chain
    broken: frozenset[str] = frozenset()
    side_by_side: frozenset[str] = frozenset()


def completed(draw: Draw, chain: Chain) -> State:
    """Answer every open question of a chain in one way."""
    broken, together = set(), set()
    rows = []
    for row in chain.provisions:
        named = draw(st.sampled_from(sorted(chain.providers))) if row.provider == "unnamed" else row.provider
        location, owner = (draw(st.sampled_from(_places(place))) for place in (row.location, row.owner))
        if row.status is None and draw(st.booleans()):
            broken.add(row.id)
        rows.append(replace(row, provider=named, location=location, owner=owner, readiness=None))
    for recipe in chain.recipes.values():
        if recipe.status is None and draw(st.booleans()):
            broken.add(recipe.id)
        if draw(st.booleans()):
            together.add(recipe.item)
    items = {
        item.id: replace(item, kinds=draw(st.sampled_from(["any", "all"]))) if item.kinds == "unknown" else item
        for item in chain.items.values()
    }
    recipes = {recipe.id: replace(recipe, readiness=Interval(9, 9)) for recipe in chain.recipes.values()}
    whole = replace(chain, items=items, recipes=recipes, provisions=tuple(_filled(draw, rows)))
    return State(whole, frozenset(broken), frozenset(together))


def _places(place: str) -> list[str]:
    """The economies that a place may turn out to be."""
    if place.startswith("not "):
        return [code for code in ECONOMIES if code != place[4:]]
    return place.split("+") if place else list(ECONOMIES)


def _filled(draw: Draw, rows: list[Provision]) -> list[Provision]:
    """Shares that are points, lie in their intervals and add up to one for each item, where that is possible."""
    found: list[Provision] = []
    for item in dict.fromkeys(row.item for row in rows):
        own = [row for row in rows if row.item == item]
        lows, highs = [row.share.low for row in own], [row.share.high for row in own]
        rest = 1.0 - sum(lows)
        for place in draw(st.permutations(range(len(own)))):
            last = draw(st.floats(0, 1))
            room = highs[place] - lows[place]
            take = max(0.0, min(rest, room * last))
            lows[place] += take
            rest -= take
        for place in range(len(own)):  # what is still open goes wherever there is room
            take = max(0.0, min(rest, highs[place] - lows[place]))
            lows[place] += take
            rest -= take
        found += [replace(row, share=Interval.exactly(low)) for row, low in zip(own, lows, strict=True)]
    return found


def withheld_by(chain: Chain, who: Actors) -> frozenset[str]:
    """The provisions of a completed chain that these actors hold."""
    return frozenset(row.id for row in chain.provisions if belongs(chain, row, who))


def available(
    state: State, item: str, inside: frozenset[str], withheld: frozenset[str], zone: str = "dependent"
) -> bool:
    """Whether a zone can have an item: the words of the model, one by one."""
    chain = state.chain

    def has(name: str, where: str) -> bool:
        return available(state, name, inside, withheld, where)

    def makes(recipes: list[Recipe], where: str) -> bool:
        return any(r.id not in state.broken and all(has(need.item, where) for need in r.inputs) for r in recipes)

    recipes = list(chain.recipes_of.get(item, ()))
    rows = chain.provisions_of.get(item, ())
    kinds = chain.kinds_of.get(item, ())
    if rows:
        own = False
        for row in rows:
            where = "dependent" if not inside or row.location in inside else "world"
            out = (zone == "dependent" and row.id in withheld) or row.id in state.broken
            own = own or (not out and (not recipes or makes(recipes, where)))
    else:
        own = makes(recipes, zone) if recipes else False
    if not kinds:
        return own
    served = [has(kind, zone) for kind in kinds]
    return own or any(served) if chain.items[item].kinds == "any" else all(served)


def left(state: State, item: str, inside: frozenset[str], withheld: frozenset[str], zone: str = "dependent") -> float:
    """How much of an item's use is left for a zone in a completed state; kinds are not followed here."""
    chain = state.chain

    def made(where: str) -> float:
        recipes = [r for r in chain.recipes_of.get(item, ()) if r.id not in state.broken]
        if not recipes:
            return 0.0
        top = max(r.penalty.output or 1.0 for r in recipes)
        each = [
            min((r.penalty.output or 1.0) / top, *(left(state, n.item, inside, withheld, where) for n in r.inputs))
            for r in recipes
        ]
        return min(1.0, sum(each)) if item in state.side_by_side and max(each) < 1 else max(each)

    rows = chain.provisions_of.get(item, ())
    if not rows:
        return made(zone)
    parts = []
    for row in rows:
        where = "dependent" if not inside or row.location in inside else "world"
        out = zone == "dependent" and row.id in withheld
        parts.append(0.0 if out else made(where) if chain.recipes_of.get(item) else 1.0)
    short = any(part < 1 - 1e-12 and row.share.low > 0 for part, row in zip(parts, rows, strict=True))
    total = sum(row.share.low for row in rows) or 1.0
    return sum(
        row.share.low / total * (0.0 if short and row.id in state.broken else part)
        for part, row in zip(parts, rows, strict=True)
    )


def minimal_by_trying(stopped: Callable[[frozenset[str]], bool], actors: list[str], size: int) -> set[frozenset[str]]:
    """All minimal sets of at most ``size`` actors for which ``stopped`` holds, by trying every one."""
    found: set[frozenset[str]] = set()
    for number in range(size + 1):
        for chosen in combinations(actors, number):
            told = frozenset(chosen)
            if not any(other <= told for other in found) and stopped(told):
                found.add(told)
    return found
