"""Who belongs to a region in a year, read from the region file itself."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

import yaml

import straits.vocabulary


@cache
def _regions() -> dict[str, list]:
    (folder,) = straits.vocabulary.__path__
    content = yaml.safe_load((Path(folder) / "regions.yaml").read_text(encoding="utf-8"))
    return {region["id"]: region["members"] for region in content["regions"]}


@cache
def members(name: str, year: int) -> frozenset[str]:
    """The economies of a region on the first day of a year; an economy is a region of one.

    >>> "GBR" in members("EU", 2020), "GBR" in members("EU", 2021)
    (True, False)
    """
    if name not in _regions():
        return frozenset([name])
    day = dt.date(year, 1, 1)
    found = set()
    for member in _regions()[name]:
        if isinstance(member, str):
            found.add(member)
        elif member.get("since", day) <= day <= member.get("until", day):
            found.add(member["economy"])
    return frozenset(found)
