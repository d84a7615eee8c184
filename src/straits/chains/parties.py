"""Who withholds and who depends: names as a reader writes them, and whom a provision belongs to.

``CHN+RUS``, ``EU27``, ``ASML``, ``asml`` are all fine.  An economy or region reaches what is made there (location)
and what its firms own elsewhere (ownership).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from straits.chains.files import UNNAMED
from straits.chains.model import Chain, Provision
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
    asked = [part.strip() for word in words for part in re.split(r"[+,;]", word) if part.strip()]
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
        try:
            found = region(word)
        except StraitsError:
            known = [*(p.name for p in chain.providers.values()), *regions(), *(e.name for e in economies().values())]
            raise nearest(word, known, "firm of the chain, economy or region") from None
        places |= found.economies(chain.period) or {found.id}
        names.append(found.id)
    return Actors(tuple(dict.fromkeys(names)), frozenset(places), frozenset(firms))


def belongs(chain: Chain, row: Provision, who: Actors, reach: Reach = "either") -> bool | None:
    """Whether these actors can withhold a provision: yes, no, or possibly (``None``).

    An unnamed provider, or one whose place is not known, possibly belongs to anyone.
    """
    if not who:
        return False
    if row.provider in who.firms:
        return True
    named = row.provider not in (UNNAMED, "world") and not _is_unnamed(chain, row.provider)
    answers = [_within(chain, place, who) for place in places_of(row, reach)]
    if True in answers:
        return True
    if not named and (who.firms or who.economies):
        return None
    return None if who.economies and None in answers else False


def places_of(row: Provision, reach: Reach) -> tuple[str, ...]:
    """The places through which a provision can be reached, empty for an unknown one."""
    if reach == "location":
        return (row.location,)
    if reach == "ownership":
        return (row.owner,)
    return (row.location,) if row.location == row.owner else (row.location, row.owner)


def _is_unnamed(chain: Chain, provider: str) -> bool:
    known = chain.providers.get(provider)
    return known is not None and known.kind == "unnamed"


def is_unnamed(chain: Chain, row: Provision) -> bool:
    """Whether nobody knows who this provider is."""
    return row.provider in (UNNAMED, "world") or _is_unnamed(chain, row.provider)


def _within(chain: Chain, place: str, who: Actors) -> bool | None:
    if not who.economies:
        return False
    inside = chain.members(place)
    if not inside:
        return None
    if inside <= who.economies:
        return True
    return None if inside & who.economies else False


def is_open(chain: Chain, row: Provision, reach: Reach) -> bool:
    """Whether it is not known whom a provision belongs to."""
    return is_unnamed(chain, row) or any(not chain.members(place) for place in places_of(row, reach))
