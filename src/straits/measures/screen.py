"""Which products does a region depend on others for: the screen of all products in one year."""

from __future__ import annotations

from typing import Any

from straits.measures import given, notes
from straits.measures.compose import Query, compose
from straits.measures.results import nested, reading
from straits.measures.thresholds import CRITERIA, METHODS
from straits.vocabulary.periods import first_day
from straits.vocabulary.regions import Region


def query(of: Region, on: Region | None, nomenclature: str, year: int) -> Query:
    """The screen of one region; with ``on``, the share of that provider beside it."""
    return compose(
        "screened",
        given.scope(nomenclature, [year], None),
        {
            "members": given.members([of, *([on] if on else [])]),
            "pairs": given.pairs([(of.id, on.id if on else None)]),
        },
        given.REGIONS,
    )


def query_of_all(nomenclature: str, year: int) -> Query:
    """The screen of every economy and product at once, without persistence: the shape of the benchmark."""
    return compose(
        "screen", given.scope(nomenclature, [year], None, window=1) | {"first": first_day(year)}, {}, given.ECONOMIES
    )


def rows(columns: Any, nomenclature: str, method: str, descriptions: dict[str, str]) -> list[dict[str, Any]]:
    """One row a product; the flagged ones first, then by import value; ``flagged`` is the method's verdict."""
    found = []
    for row in reading(columns):
        item = nested(row, nomenclature)
        item["description"] = descriptions.get(item["product"])
        item["method"] = method
        item["flagged"] = verdict(item["flags"], method)
        item["stubborn"] = stubborn(item, method)
        found.append(item)
    order = {True: 0, None: 1, False: 2}
    return sorted(found, key=lambda r: (order[r["flagged"]], -r["imports_usd"], r["product"]))


def verdict(flags: dict[str, bool | None], method: str) -> bool | None:
    """All criteria of a method together: true, false, or unknown when an unknown one could decide.

    >>> verdict({"cdi1": True, "cdi2": None, "cdi3": True}, "ec2021") is None
    True
    >>> verdict({"cdi1": False, "cdi2": None, "cdi3": True}, "ec2021")
    False
    """
    values = [flags[name] for name in METHODS[method][0].split(" and ")]
    if any(value is False for value in values):
        return False
    return None if any(value is None for value in values) else True


def stubborn(row: dict[str, Any], method: str) -> dict[str, Any]:
    """Whether the verdict survives thresholds 25 % lower and higher, all of the method's at once."""
    lower = {name: row["sensitivity"][name]["threshold_-25%"] for name in CRITERIA}
    higher = {name: row["sensitivity"][name]["threshold_+25%"] for name in CRITERIA}
    low, high = verdict(lower, method), verdict(higher, method)
    return {"thresholds_-25%": low, "thresholds_+25%": high, "robust": low == high == row["flagged"]}


def remarks(found: list[dict[str, Any]], method: str, of: Region, year: int) -> list[str]:
    """The notes on a screen: method, unknown verdicts, baskets."""
    unknown = [row["product"] for row in found if row["flagged"] is None]
    result = [
        f"method {method}: {METHODS[method][1]}",
        "thresholds are compared strictly (>), and shown moved by 25 % either way",
    ]
    if unknown:
        result.append(f"verdict unknown for {', '.join(unknown)}: too few years known")
    undefined = [row["product"] for row in found if row["imports_over_exports"] is None]
    if undefined:
        result.append(
            f"no exports of {of.id} to outside in {year} for {', '.join(undefined)}: counted as dependent, without a number"
        )
    unweighed = [row["product"] for row in found if row["hhi_tonnes"] is None]
    if unweighed:
        result.append(
            f"no tonnes reported for imports of {of.id} in {year} of {', '.join(unweighed)}: measures by mass are unknown"
        )
    return result + notes.merged_reporting([of], [year])
