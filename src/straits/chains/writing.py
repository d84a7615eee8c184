"""How a chain is written: a folder of CSV files, or a skeleton to start from."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from straits.chains.model import NEGLIGIBLE, Cited, Item, Provision, Recipe
from straits.chains.opening import ChainLike, load
from straits.chains.values import stated, written
from straits.vocabulary.errors import StraitsError

SKELETON = """\
# A chain of your own. `straits chain show {id}.yaml` draws it; the format is in the documentation (Chains).
chain: {id}
name: {name}
summary: What is made, from what, by whom.
as_of: 2024
stages:
  - {{id: inputs, name: Inputs}}
  - {{id: products, name: Products}}
providers:
  - {{id: first-firm, name: First Firm, home: NLD}}
items:
  - id: tool
    name: Tool
    kind: equipment
    stage: inputs
    providers:
      - provider: first-firm
        share: 60..70        # percent; also 12.5  ~12.5  >50  unknown
        modes: {{new_sales: 6.., spares: 1..12}}
        source: ""           # where the figure is from
        locator: ""
      - provider: JPN
      - provider: unnamed    # somebody, not known who
  - id: product
    name: Product
    kind: product
    stage: products
    recipes:
      - inputs: [tool]
    providers:
      - {{provider: CHN, share: 40}}
      - {{provider: EU27, share: 35}}
      - {{provider: unnamed}}
"""


def new(name: str, folder: str | Path = ".") -> Path:
    """Write the skeleton of a chain that loads; refuses to write over a file."""
    identifier = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")
    if not identifier:
        raise StraitsError(f"{name!r} gives no id: name the chain in letters or digits")
    path = Path(folder) / f"{identifier}.yaml"
    if path.exists():
        raise StraitsError(f"{path} exists: choose another name or edit it")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SKELETON.format(id=identifier, name=name), encoding="utf-8")
    return path


def write_folder(chain: ChainLike, folder: str | Path) -> Path:
    """Write a chain as a folder of CSV files that loads as the same chain."""
    chain, target = load(chain), Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    head = {"id": chain.id, "name": chain.name, "summary": chain.summary, "as_of": chain.as_of}
    head |= {"rounding": f"{100 * chain.rounding:g}" if chain.rounding else "", "goals": "; ".join(chain.goals)}
    head |= {"sources": "; ".join(chain.sources)}
    tables: dict[str, list[dict[str, str]]] = {
        "chain": [{"field": name, "value": value} for name, value in head.items() if value],
        "stages": [{"id": stage.id, "name": stage.name} for stage in chain.stages.values()],
        "providers": [
            {"id": p.id, "name": p.name, "kind": p.kind, "home": p.home} | _citation(p.cited)
            for p in chain.providers.values()
        ],
        "items": [_item_cells(item) for item in chain.items.values()],
        "recipes": [_recipe_cells(recipe) for recipe in chain.recipes.values()],
        "inputs": [
            {"recipe": recipe.id, "item": need.item, "amount": "" if need.amount is None else f"{need.amount:.12g}"}
            for recipe in chain.recipes.values()
            for need in recipe.inputs
        ],
        "provisions": [_provision_cells(row) for row in chain.provisions],
        "controls": [
            {
                "item": c.item,
                "by": "; ".join(c.by),
                "against": "; ".join(c.against),
                "since": c.since,
                "until": c.until,
            }
            | _citation(c.cited)
            for c in chain.controls
        ],
        "markets": [
            {"item": m.item, "buyer": m.buyer, "seller": m.seller, "share": written(m.share, 100)}
            | _citation(m.cited)
            for m in chain.markets
        ],
    }
    for name, rows in tables.items():
        if rows:
            with (target / f"{name}.csv").open("w", encoding="utf-8", newline="") as handle:
                writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
    return target


def _citation(cited: Cited) -> dict[str, str]:
    evidence = "; ".join(cited.evidence)
    return {
        "source": cited.source,
        "locator": cited.locator,
        "evidence": evidence,
        "basis": cited.basis,
        "note": cited.note,
    }


def _item_cells(item: Item) -> dict[str, str]:
    cells = {name: getattr(item, name) for name in ("id", "name", "kind", "grade", "stage", "kind_of", "kinds")}
    cells["told_twice"] = str(item.told_twice).lower()
    return cells | {"build_months": stated(item.build), "subject": item.subject} | _citation(item.cited)


def _recipe_cells(recipe: Recipe) -> dict[str, str]:
    cost = recipe.penalty
    numbers = {"time": cost.time, "cost": cost.cost, "output": None if cost.output is None else 100 * cost.output}
    cells = {"id": recipe.id, "item": recipe.item, "name": recipe.name}
    cells |= {name: "" if value is None else f"{value:.12g}" for name, value in numbers.items()}
    cells |= {"cap": cost.cap, "penalty_note": cost.note, "readiness": written(recipe.readiness)}
    return cells | _citation(recipe.cited)


def _provision_cells(row: Provision) -> dict[str, str]:
    share = "" if row.share == NEGLIGIBLE else written(row.share, 100)
    cells = {"id": row.id, "item": row.item, "provider": row.provider, "share": share}
    cells |= {"effective": "" if row.effective is None else written(row.effective, 100)}
    cells |= {"location": row.location or "unknown", "owner": row.owner or "unknown", "buyer": row.buyer}
    cells |= {"exclusive": str(row.exclusive).lower(), "negligible": str(row.negligible).lower()}
    cells |= {"stock_months": stated(row.stock), "lead_time_months": stated(row.lead_time)}
    cells |= {"readiness": "" if row.readiness is None else written(row.readiness), "host": row.host}
    cells |= {"recipes": "; ".join(row.recipes)}
    cells |= {"modes": "; ".join(f"{mode}={stated(onset)}" for mode, onset in row.modes.items())}
    return cells | _citation(row.cited)
