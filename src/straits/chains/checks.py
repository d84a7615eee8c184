"""What a chain must satisfy as a whole: references that lead somewhere, no cycle, shares that fit into 100 %."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from straits.chains.model import UNNAMED, Chain, CycleError, is_place
from straits.chains.reading import Raw, Row
from straits.chains.records import HeadRow, ProvisionRow

Checked = tuple[Row, Any]


def repeated(rows: list[Checked], what: str, key: Any) -> Iterator[str]:
    """Two rows that are the same thing."""
    first: dict[str, Row] = {}
    for row, record in rows:
        told = key(record)
        if told in first:
            yield f"{row.place()}, {record.id}: the same {what} as in {first[told].place()} ({told!r}): keep one of them"
        else:
            first[told] = row


def _near(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f": did you mean {close[0]}?" if close else ""


def references(raw: Raw, rows: Mapping[str, list[Checked]], head: HeadRow) -> Iterator[str]:
    """References that lead nowhere, and recipes without inputs."""
    known = _Known(
        items={record.id for _, record in rows["items"]},
        recipes={record.id: record.item for _, record in rows["recipes"]},
        stages={record.id for _, record in rows["stages"]},
        providers={record.id for _, record in rows["providers"]},
    )
    for name in head.goals:
        yield from known.item(raw.head, "goals", name)
    for row, record in rows["items"]:
        yield from known.item(row, "kind_of", record.kind_of)
        yield from known.stage(row, record.stage)
    for row, record in rows["providers"]:
        yield from known.place(row, "home", record.home)
    yield from _recipe_references(known, rows)
    for row, record in rows["provisions"]:
        yield from known.provision(row, record)
    for table, columns in (("controls", ("by", "against")), ("markets", ("buyer", "seller"))):
        for row, record in rows[table]:
            yield from known.item(row, "item", record.item)
            for column in columns:
                given = getattr(record, column)
                for name in given if isinstance(given, tuple) else [given] if given else []:
                    yield from known.party(row, column, name)


def _recipe_references(known: _Known, rows: Mapping[str, list[Checked]]) -> Iterator[str]:
    fed = Counter(record.recipe for _, record in rows["inputs"])
    for row, record in rows["recipes"]:
        yield from known.item(row, "item", record.item)
        if not fed[record.id]:
            yield f"{row.place()}, inputs: recipe {record.id!r} has no inputs: name what it is made from"
    for row, record in rows["inputs"]:
        yield from known.item(row, "item", record.item)
        if record.recipe not in known.recipes:
            yield f"{row.place('recipe')}, recipe: no recipe {record.recipe!r}{_near(record.recipe, known.recipes)}"


@dataclass(frozen=True)
class _Known:
    """The ids of a chain, and the fault of a reference that is not among them."""

    items: set[str]
    recipes: Mapping[str, str]
    stages: set[str]
    providers: set[str]

    def item(self, row: Row, column: str, name: str) -> Iterator[str]:
        if name and name not in self.items:
            yield f"{row.place(column)}, {column}: no item {name!r} in this chain{_near(name, self.items)}"

    def stage(self, row: Row, name: str) -> Iterator[str]:
        if name and name not in self.stages:
            yield f"{row.place('stage')}, stage: no stage {name!r}{_near(name, self.stages)}"

    def place(self, row: Row, column: str, name: str) -> Iterator[str]:
        if name and name not in ("world", "unknown") and not is_place(name):
            hint = "write CHN, EU27, AUS+GIN, not CHN or unknown"
            yield f"{row.place(column)}, {column}: {name!r} is no economy or region: {hint}"

    def party(self, row: Row, column: str, name: str) -> Iterator[str]:
        if name in self.providers or name in (UNNAMED, "world") or is_place(name):
            return
        hint = _near(name, [*self.providers, UNNAMED])
        hint = hint or ": list it under providers with its home, or write an economy (CHN) or unnamed"
        yield f"{row.place(column)}, {column}: no provider {name!r}{hint}"

    def provision(self, row: Row, record: ProvisionRow) -> Iterator[str]:
        yield from self.item(row, "item", record.item)
        yield from self.item(row, "host", record.host)
        yield from self.party(row, "provider", record.provider)
        for column in ("location", "owner", "buyer"):
            yield from self.place(row, column, getattr(record, column))
        for name in record.recipes:
            if self.recipes.get(name) != record.item:
                near = _near(name, self.recipes)
                yield f"{row.place('recipes')}, recipes: {name!r} is no recipe of {record.item}{near}"


def sense(chain: Chain) -> Iterator[str]:
    """What a chain must satisfy as a whole: no cycle, everything comes from somewhere, shares fit into 100 %."""
    try:
        _ = chain.order
    except CycleError as error:
        yield f"{chain.places['item', error.items[0]]}, {error.items[0]}: {error}"
        return
    for item in chain.items.values():
        if not (chain.provisions_of.get(item.id) or chain.recipes_of.get(item.id) or chain.kinds_of.get(item.id)):
            yield (
                f"{chain.places['item', item.id]}, {item.id}: nobody provides it and nothing makes it: add providers "
                "(`unnamed` when not known who) or a recipe"
            )
        yield from _shares(chain, item.id)


def _shares(chain: Chain, item: str) -> Iterator[str]:
    for rows in chain.accounts(item).values():
        # a share printed as 61 may be anything from 60.5 to 61.5 when shares are rounded to half a point
        least = sum(row.share.low - chain.rounding for row in rows if row.share.low > chain.rounding)
        if least > 1 + 1e-9:
            total = 100 * sum(row.share.low for row in rows)
            parts = ", ".join(f"{row.provider} {100 * row.share.low:g}" for row in rows)
            yield f"{rows[-1].cited.place}, share: the shares of {item} add up to {total:g} % ({parts}): at most 100"
        sole = [row for row in rows if row.exclusive]
        if sole and (others := [row for row in rows if row is not sole[0] and row.share.low > 0]):
            yield (
                f"{others[0].cited.place}, share: {sole[0].provider} is called the exclusive source of {item} in "
                f"{sole[0].cited.place}, yet {others[0].provider} has a share"
            )
