"""Who: economies and regions, and who belongs to a region when.

An economy is an ISO 3166-1 alpha-3 code (and a few codes for unions that old statistics report as one); a region
is a named set of economies with validity dates.  Every economy is also a region of one.
"""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from straits.vocabulary.errors import nearest

UNSPECIFIED = "_X"
_HERE = Path(__file__).parent
EVER = dt.date(1900, 1, 1)
NEVER = dt.date(2999, 12, 31)


@dataclass(frozen=True)
class Economy:
    """One reporting economy; ``reported_within`` names the union that old statistics merge it into."""

    code: str
    name: str
    aliases: tuple[str, ...]
    reported_within: str | None
    reported_within_until: dt.date | None
    ended: dt.date | None
    note: str | None


@dataclass(frozen=True)
class Member:
    """Membership of one economy in a region, from ``since`` to ``until`` inclusive."""

    economy: str
    since: dt.date = EVER
    until: dt.date = NEVER


@dataclass(frozen=True)
class Region:
    """A named set of economies with validity dates.

    ``source`` says where the membership comes from; ``version`` is that of the region file.
    """

    id: str
    name: str
    members: tuple[Member, ...]
    source: str
    version: str
    aliases: tuple[str, ...] = ()

    def economies(self, period: dt.date) -> frozenset[str]:
        """The members as of a period (its first day).

        >>> sorted(region("EU").economies(dt.date(1995, 1, 1)) - region("EU27").economies(dt.date(1995, 1, 1)))
        ['GBR']
        """
        return frozenset(m.economy for m in self.members if m.since <= period <= m.until)

    def __contains__(self, economy: str) -> bool:
        return any(m.economy == economy for m in self.members)


@cache
def economies() -> dict[str, Economy]:
    """All economies by code."""
    with (_HERE / "economies.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    return {row["code"]: _economy(row) for row in rows}


def _economy(row: dict[str, str]) -> Economy:
    def date(cell: str) -> dt.date | None:
        return dt.date.fromisoformat(cell) if cell else None

    return Economy(
        code=row["code"],
        name=row["name"],
        aliases=tuple(a.strip() for a in row["aliases"].split(";") if a.strip()),
        reported_within=row["reported_within"] or None,
        reported_within_until=date(row["reported_within_until"]),
        ended=date(row["ended"]),
        note=row["note"] or None,
    )


@cache
def regions() -> dict[str, Region]:
    """The named region sets by id (economies as regions of one are not listed)."""
    data = yaml.safe_load((_HERE / "regions.yaml").read_text(encoding="utf-8"))
    return {
        item["id"]: Region(
            id=item["id"],
            name=item["name"],
            members=tuple(Member(**m) if isinstance(m, dict) else Member(m) for m in item["members"]),
            source=" ".join(item["source"].split()),
            version=str(data["version"]),
            aliases=tuple(item.get("aliases", ())),
        )
        for item in data["regions"]
    }


@cache
def _names() -> dict[str, str]:
    """Every way to write a region or economy, case-folded, to its id."""
    names: dict[str, str] = {}
    for economy in economies().values():
        for name in (economy.code, economy.name, *economy.aliases):
            names[name.casefold()] = economy.code
    for item in regions().values():
        for name in (item.id, *item.aliases):
            names[name.casefold()] = item.id
    return names


def region(name: str) -> Region:
    """The region or economy with that id, name or alias.

    Raises :class:`~straits.vocabulary.errors.StraitsError` with the nearest names for an unknown one.

    >>> region("China").id, region("EU27").id, len(region("EU27").members)
    ('CHN', 'EU27', 28)
    """
    key = _names().get(name.strip().casefold())
    if key is None:
        known = [*regions(), *economies(), *(e.name for e in economies().values())]
        raise nearest(name, known, "region")
    if key in regions():
        return regions()[key]
    economy = economies()[key]
    return Region(economy.code, economy.name, (Member(economy.code),), "ISO 3166-1 alpha-3", "iso")


def merged(region_id: str, year: int) -> bool:
    """Whether the statistics of that year report an economy inside a union, so that its own figures are unknown.

    >>> merged("BEL", 1998), merged("BEL", 1999), merged("EU27", 1998)
    (True, False, False)
    """
    economy = economies().get(region_id)
    until = economy.reported_within_until if economy else None
    return until is not None and year <= until.year


def short_name(region_id: str) -> str:
    """How a region is called in a sentence: ``EU27`` stays, ``CHN`` becomes ``China``."""
    economy = economies().get(region_id)
    return economy.name if economy else region_id.replace("_UK", " and the UK")


_WITH_ARTICLE = frozenset(
    {"EU27", "EU27_UK", "EU", "G7", "OECD", "USA", "GBR", "NLD", "PHL", "ARE", "DOM", "BHS", "MDV"}
)


def in_sentence(region_id: str) -> str:
    """A region's name inside a sentence, with its article.

    >>> in_sentence("USA"), in_sentence("CHN")
    ('the United States', 'China')
    """
    name = short_name(region_id)
    return f"the {name}" if region_id in _WITH_ARTICLE else name


def possessive(name: str) -> str:
    """Whose.

    >>> possessive("the United States"), possessive("China")
    ("the United States'", "China's")
    """
    return f"{name}'" if name.endswith("s") else f"{name}'s"
