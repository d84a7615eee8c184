"""Layered chains of any size that look like real ones, for the benchmarks: the same seed gives the same chain.

Layers from raw materials to products; an item needs two to five items of the layers below it, mostly the next; one
in seven has a second recipe; providers per item are few and skewed (one dominates), firms sit mostly at home, some
of them are owned elsewhere, some shares are not known and some suppliers not named.
"""

from __future__ import annotations

import random

from straits.chains.model import Chain, Input, Interval, Item, Provider, Provision, Recipe, Stage
from straits.vocabulary.regions import economies

KINDS = ("material", "component", "equipment", "product")


def made_up(items: int, firms: int, places: int, seed: int = 1, layers: int = 8, known: float = 0.8) -> Chain:
    """A chain of about that many items, with that many firms in that many economies."""
    dice = random.Random(seed)
    codes = sorted(code for code in economies() if len(code) == 3 and code.isalpha())[:places]
    weights = [1 / (rank + 1) for rank in range(places)]
    homes = dice.choices(codes, weights, k=firms)
    providers = {f"f{n}": Provider(f"f{n}", f"Firm {n}", "firm", homes[n]) for n in range(firms)}
    sizes = [max(1, round(items * (1 - layer / (layers + 1)) * 2 / layers)) for layer in range(layers)]
    scale = (items - 1) / sum(sizes)
    rows: list[list[str]] = []
    table: dict[str, Item] = {}
    recipes: dict[str, Recipe] = {}
    provisions: list[Provision] = []
    for layer, size in enumerate(sizes):
        rows.append([f"i{layer}-{n}" for n in range(max(1, round(size * scale)))])
        for name in rows[layer]:
            table[name] = Item(name, name, KINDS[min(layer * 4 // layers, 3)], stage=f"s{layer}")  # type: ignore[arg-type]
            below = rows[:layer]
            for number in range(0 if layer == 0 else 2 if dice.random() < 1 / 7 else 1):
                recipes[f"{name}-{number}"] = _recipe(dice, name, number, below)
            provisions += _provisions(dice, name, list(providers.values()), known)
    goal = Item("product", "Product", "product", stage=f"s{layers - 1}")
    used = {need.item for recipe in recipes.values() for need in recipe.inputs}
    ends = [name for name in table if name not in used]
    recipes["product-1"] = Recipe("product-1", "product", "Product", tuple(Input(end) for end in ends))
    return Chain(
        id="made-up",
        name="Made up",
        summary="",
        goals=("product",),
        stages={f"s{layer}": Stage(f"s{layer}", f"Layer {layer}") for layer in range(layers)},
        items={**table, "product": goal},
        recipes=recipes,
        providers=providers,
        provisions=tuple(provisions),
        as_of="2024",
    )


def _recipe(dice: random.Random, name: str, number: int, below: list[list[str]]) -> Recipe:
    needs = {dice.choice(below[-1]) for _ in range(dice.randint(1, 4))}
    needs |= {dice.choice(dice.choice(below))}
    return Recipe(f"{name}-{number}", name, f"{name}-{number}", tuple(Input(need) for need in sorted(needs)))


def _provisions(dice: random.Random, name: str, firms: list[Provider], known: float) -> list[Provision]:
    number = min(len(firms), dice.choices([1, 2, 3, 4, 5, 6, 8, 12], [2, 6, 12, 20, 20, 20, 12, 8])[0])
    chosen = dice.sample(firms, number)
    weights = [dice.paretovariate(1.2) for _ in chosen]
    total = sum(weights)
    found = []
    for firm, weight in zip(chosen, weights, strict=True):
        share = Interval.exactly(weight / total) if dice.random() < known else Interval.share_unknown()
        place = firm.home if dice.random() < 0.85 else dice.choice(firms).home
        found.append(Provision(f"{name}.{firm.id}", name, firm.id, share, location=place, owner=firm.home))
    if dice.random() < 0.05:
        found.append(Provision(f"{name}.unnamed", name, "unnamed", Interval.share_unknown()))
    return found
