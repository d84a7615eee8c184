"""Who withholds and who depends: names as a reader writes them, and whom a provision belongs to.

``CHN+RUS``, ``EU27``, ``ASML``, ``asml`` and ``not CHN+RUS`` (everyone but these) are all fine.  An economy or region reaches
what is made there (location) and what its firms own elsewhere (ownership).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from straits.chains.model import OUTSIDE, UNNAMED, Chain, Provision, is_outside, parts_of
from straits.vocabulary.errors import StraitsError, nearest
from straits.vocabulary.regions import economies, region, regions

Reach = Literal["either", "location", "ownership"]
REACHES: tuple[Reach, ...] = ("either", "location", "ownership")


@dataclass(frozen=True)
class Actors:
    """Some economies and firms acting together; ``names`` as asked, for the reader."""

    names: tuple[str, ...] = ()
    economies: frozenset[str] = frozenset()
    firms: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.names)


NOBODY = Actors()


def actors(chain: Chain, who: str | Iterable[str] | None) -> Actors:
    """The economies and firms that a reader names.

    Raises :class:`StraitsError` with the nearest names for an unknown one.
    """
    if who is None:
        return Actors()
    words = [who] if isinstance(who, str) else list(who)
    asked = [part.strip() for word in words for part in _parts(word) if part.strip()]
    if words and not asked:
        raise StraitsError(
            "nobody is named: write an economy (NLD), a region (EU27), a firm (ASML) or several: CHN+RUS"
        )
    by_name = {name.casefold(): key for key, p in chain.providers.items() for name in (p.id, p.name)}
    names: list[str] = []
    places: set[str] = set()
    firms: set[str] = set()
    for word in asked:
        key = by_name.get(word.casefold())
        if key is not None and chain.providers[key].kind == "firm":
            firms.add(key)
            names.append(key)
            continue
        outside = OUTSIDE if is_outside(word) else ""
        place = outside + "+".join(_region(chain, part) for part in parts_of(word))
        places |= chain.members(place)
        names.append(place)
    return Actors(tuple(dict.fromkeys(names)), frozenset(places), frozenset(firms))


def _parts(word: str) -> list[str]:
    """The actors of ``CHN+RUS``; everyone but some is one."""
    return [word.strip()] if is_outside(word.strip()) else re.split(r"[+,;]", word)


def _region(chain: Chain, word: str) -> str:
    try:
        return region(word).id
    except StraitsError:
        firms = [provider.name for provider in chain.providers.values()]
        known = [*firms, *regions(), *(economy.name for economy in economies().values())]
        if not difflib.get_close_matches(word.casefold(), [firm.casefold() for firm in firms]):
            known += economies()
        raise nearest(word, known, "firm of the chain, economy or region") from None


def belongs(chain: Chain, row: Provision, who: Actors, reach: Reach = "either") -> bool | None:
    """Whether these actors can withhold a provision: yes, no, or possibly (``None``).

    A provider whose place is not known possibly belongs to any economy, an unnamed one possibly is any firm.
    """
    if not who:
        return False
    if row.provider in who.firms:
        return True
    answers = [_within(chain, place, who) for place in places_of(row, reach)]
    if True in answers:
        return True
    if is_unnamed(chain, row) and any(_may_be(chain, row, firm) for firm in who.firms):
        return None
    return None if who.economies and None in answers else False


def _may_be(chain: Chain, row: Provision, firm: str) -> bool:
    """Whether an unnamed provider may be that firm: not when it is owned elsewhere."""
    owner, home = chain.members(row.owner), chain.members(chain.providers[firm].home)
    return not owner or not home or bool(owner & home)


def places_of(row: Provision, reach: Reach) -> tuple[str, ...]:
    """The places through which a provision can be reached, empty for an unknown one."""
    if reach == "location":
        return (row.location,)
    if reach == "ownership":
        return (row.owner,)
    return (row.location,) if row.location == row.owner else (row.location, row.owner)


def is_unnamed(chain: Chain, row: Provision) -> bool:
    """Whether nobody knows who this provider is."""
    known = chain.providers.get(row.provider)
    return row.provider in (UNNAMED, "world") or (known is not None and known.kind == "unnamed")


def _within(chain: Chain, place: str, who: Actors) -> bool | None:
    if not who.economies:
        return False
    inside = chain.members(place)
    if not inside:
        return None
    if inside <= who.economies:
        return True
    return None if inside & who.economies else False


def may_hold(chain: Chain, row: Provision, who: Actors, reach: Reach) -> bool:
    """Whether a provision comes from one of several economies of which only some are these actors."""
    places = [chain.members(place) for place in places_of(row, reach)]
    return any(inside & who.economies and not inside <= who.economies for inside in places)


def is_nameless(chain: Chain, row: Provision) -> bool:
    """Whether neither a provider nor the economy where it is made is known."""
    return is_unnamed(chain, row) and len(chain.members(row.location)) != 1


def is_open(chain: Chain, row: Provision, reach: Reach, by: str = "economy") -> bool:
    """Whether it is not known whom a provision belongs to: which firm, or anything about which economy."""
    unknown = any(not chain.members(place) for place in places_of(row, reach))
    return unknown or (by == "firm" and is_unnamed(chain, row))
