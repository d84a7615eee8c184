"""What each side depends on the other for, side by side, and which side leans more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from straits.measures import given
from straits.measures.compose import Query, compose
from straits.measures.results import reading, strings
from straits.vocabulary.periods import first_day
from straits.vocabulary.regions import Region


def query(one: Region, other: Region, nomenclature: str, year: int, products: Sequence[str] | None = None) -> Query:
    """Both bilateral shares for every product (or some) in one year."""
    return _compose("mutuality", one, other, nomenclature, year, products)


def query_of_set(
    one: Region, other: Region, nomenclature: str, year: int, products: Sequence[str] | None = None
) -> Query:
    """The same over the whole set of products together."""
    return _compose("mutuality_of_set", one, other, nomenclature, year, products)


def _compose(
    name: str, one: Region, other: Region, nomenclature: str, year: int, products: Sequence[str] | None
) -> Query:
    tables = {
        "members": given.members([one, other]),
        "pairs": given.pairs([(one.id, other.id), (other.id, one.id)]),
        "sides": given.sides(one.id, other.id),
    }
    bindings = dict(given.REGIONS)
    if products:
        tables["wanted"] = strings(list(products), "product")
        bindings |= given.SOME_PRODUCTS
    parameters = given.scope(nomenclature, [year], products, window=1) | {"first": first_day(year)}
    return compose(name, parameters, tables, bindings)


def rows(columns: Any, nomenclature: str, descriptions: dict[str, str]) -> list[dict[str, Any]]:
    """One row a product, the largest asymmetry first; unknown asymmetry last."""
    found = []
    for row in reading(columns):
        item = {**row, "period": row["period"].year, "nomenclature": nomenclature}
        item["description"] = descriptions.get(item["product"])
        found.append(item)
    return sorted(found, key=lambda r: (r["asymmetry"] is None, -abs(r["asymmetry"] or 0), r["product"]))
