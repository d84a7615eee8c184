"""The small tables that go with a query: who belongs to whom, which pairs, which products, which series."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from straits.measures.thresholds import thresholds
from straits.vocabulary.periods import first_day
from straits.vocabulary.regions import Region

PERSISTENCE_WINDOW = 5
ALL_PRODUCTS = ("", "~")


def array(values: Iterable[object], kind: Any) -> Any:
    """An Arrow array of few values.

    ``pyarrow.array`` imports pandas where it is installed, half a second for a table of twenty rows; a builder does not.
    """
    builder = pa.lib.StringBuilder()
    for value in values:
        builder.append(None if value is None else str(value))
    return builder.finish().cast(kind)


def members(regions: Iterable[Region]) -> Any:
    """``members(region, economy, since, until)`` of some regions, each once."""
    distinct = {region.id: region for region in regions}
    rows = [(region.id, m.economy, m.since, m.until) for region in distinct.values() for m in region.members]
    kinds = (pa.string(), pa.string(), pa.date32(), pa.date32())
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    names = ("region", "economy", "since", "until")
    return pa.table({name: array(column, kind) for name, column, kind in zip(names, columns, kinds, strict=True)})


def pairs(dependent_provider: Sequence[tuple[str, str | None]]) -> Any:
    """``pairs(dependent, provider, place)``: who is looked at, on whom, in which order."""
    return pa.table(
        {
            "dependent": array([d for d, _ in dependent_provider], pa.string()),
            "provider": array([p for _, p in dependent_provider], pa.string()),
            "place": array(range(len(dependent_provider)), pa.int64()),
        }
    )


def sides(one: str, other: str) -> Any:
    """``sides(one, other)``: the two sides of a mutual comparison."""
    return pa.table({"one": array([one], pa.string()), "other": array([other], pa.string())})


def years_table(years: Iterable[int]) -> Any:
    """``years(period)``: the years asked for."""
    return pa.table({"period": array([first_day(year) for year in years], pa.date32())})


def scope(
    nomenclature: str, years: Sequence[int], products: Sequence[str] | None, window: int = PERSISTENCE_WINDOW
) -> dict[str, Any]:
    """The parameters that every measure on trade shares: nomenclature, periods, products, thresholds.

    ``first`` reaches back far enough for persistence; ``from`` is the first year asked for.
    """
    c4_window = int(thresholds()["c4_window"].value)
    back = max(window, c4_window) - 1
    first, last = (min(products), max(products)) if products else ALL_PRODUCTS
    parameters: dict[str, Any] = {
        "nomenclature": nomenclature,
        "freq": "A",
        "first": dt.date(min(years) - back, 1, 1),
        "last": first_day(max(years)),
        "from": first_day(min(years)),
        "first_product": first,
        "last_product": last,
        "window": window,
    }
    for name, threshold in thresholds().items():
        parameters[name] = int(threshold.value) if name.startswith("c4") else threshold.value
    return parameters


REGIONS = {
    "imports": "imports_of_regions",
    "exports": "exports_of_regions",
    "member_imports": "member_imports_of_regions",
}
ECONOMIES = {
    "imports": "imports_of_economies",
    "exports": "exports_of_economies",
    "member_imports": "member_imports_of_economies",
}
SOME_PRODUCTS = {"flows": "flows_of_products"}
