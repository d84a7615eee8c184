"""How dependent is a region on a provider for a product, and the provider on the region: the query and its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from straits.measures import given, notes
from straits.measures.compose import Query, compose
from straits.measures.results import nested, reading, strings
from straits.vocabulary.periods import first_day
from straits.vocabulary.regions import Region, merged

BILATERAL = (
    "imports_from_provider_usd",
    "imports_from_provider_tonnes",
    "share_of_imports",
    "share_of_tonnes",
    "share_gap",
)


def query(of: Region, on: Region, nomenclature: str, products: Sequence[str], years: Sequence[int]) -> Query:
    """The query for both directions at once: ``of`` on ``on``, and ``on`` on ``of``."""
    return compose(
        "dependency",
        given.scope(nomenclature, years, products),
        {
            "members": given.members([of, on]),
            "pairs": given.pairs([(of.id, on.id), (on.id, of.id)]),
            "wanted": strings(list(products), "product"),
            "years": given.years_table(years),
        },
        {**given.REGIONS, **given.SOME_PRODUCTS},
    )


def rows(
    columns: Any, of: Region, on: Region, nomenclature: str, products: Sequence[str], years: Sequence[int]
) -> list[dict[str, Any]]:
    """One row a product and year, with the other direction under ``reverse``.

    A year in which the code is not traded anywhere, or in which the statistics report the dependent inside a union,
    is a row of unknowns; with the provider inside a union only what is said of the two is unknown.
    """
    found = {}
    for row in reading(columns):
        item = nested(row, nomenclature)
        found[item["product"], item["period"], item["dependent"]] = item
    names = [name for name in columns.column_names if name not in ("period", "product", "dependent", "provider")]

    def at(product: str, year: int, dependent: Region, provider: Region) -> dict[str, Any]:
        known = found.get((product, year, dependent.id))
        if known is None or merged(dependent.id, year):
            empty = {
                "period": first_day(year),
                "product": product,
                "dependent": dependent.id,
                "provider": provider.id,
            }
            return nested({**empty, **dict.fromkeys(names)}, nomenclature)
        return known | dict.fromkeys(BILATERAL) if merged(provider.id, year) else known

    return [
        {**at(product, year, of, on), "reverse": at(product, year, on, of)} for product in products for year in years
    ]


def remarks(
    answer: list[dict[str, Any]],
    of: Region,
    on: Region,
    nomenclature: str,
    products: Sequence[str],
    years: Sequence[int],
) -> list[str]:
    """The notes on dependency rows: baskets, unknowns in both directions, tonnes, merged reporting, overlap."""
    both = [row for item in answer for row in (item, item["reverse"])]
    overlap = sorted(
        ({m.economy for m in of.members} & {m.economy for m in on.members}) if of.id != on.id else {of.id}
    )
    found = [note for product in products for note in notes.basket(nomenclature, product)]
    if overlap:
        found.append(
            f"{of.id} and {on.id} share {', '.join(overlap)}: flows inside {of.id} do not count as its imports, "
            f"nor flows inside {on.id} as those of {on.id}"
        )
    return [
        *found,
        *notes.unknowns(both, nomenclature),
        *notes.missing_tonnes(both, nomenclature),
        *notes.merged_reporting([of, on], years),
    ]
