"""Who is meant by a party's name: an economy, a region, an organisation under any of its names, or the world.

A dependency stated for one party may answer a question about another: the Netherlands are part of EU27, ASML is
at home in the Netherlands.  Such an answer carries a remark; the record itself is not changed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from straits.casebook.casebook import Casebook
from straits.casebook.records import Actor
from straits.vocabulary.errors import StraitsError, nearest
from straits.vocabulary.regions import economies, region, regions

WORLD = "world"


@dataclass(frozen=True)
class Party:
    """One party: ``kind`` is region, actor or world; ``names`` are the slugs of an actor, ``homes`` where it sits.

    ``called`` is the party in a sentence.
    """

    kind: str
    id: str
    called: str
    names: frozenset[str] = frozenset()
    homes: frozenset[str] = frozenset()


class Parties:
    """The parties that a casebook knows."""

    def __init__(self, book: Casebook) -> None:
        self._book = book
        self._known: dict[str, Party] = {}

    @cached_property
    def _actors(self) -> dict[str, list[Actor]]:
        """Actor records by the slug of each of their names."""
        found: dict[str, list[Actor]] = {}
        for actor in self._book.tables["actors"]:
            for name in slugs(actor):
                found.setdefault(name, []).append(actor)
        return found

    def same(self, actor: Actor) -> list[str]:
        """Ids of the other records of the same organisation."""
        others = {other.id for name in slugs(actor) for other in self._actors.get(name, [])}
        return sorted(others - {actor.id})

    def asked(self, name: str) -> Party:
        """The party that a reader means: a region, an economy, ``world`` or an organisation by any name.

        Raises :class:`StraitsError` with the nearest names for an unknown one.
        """
        text = name.strip()
        if text.casefold() == WORLD:
            return Party(WORLD, WORLD, "the whole world")
        if not text.startswith("actor:"):
            try:
                code = region(text).id
                return Party("region", code, code)
            except StraitsError:
                pass
        found = self._actor(slug(text.removeprefix("actor:")))
        if found.homes:
            return found
        names = {actor.name for group in self._actors.values() for actor in group}
        raise nearest(text, sorted({*regions(), *(e.name for e in economies().values()), *names}), "party")

    def stated(self, name: str) -> Party:
        """The party that a record names: a code, ``actor:name``, ``world``, or an organisation in plain words."""
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def _read(self, name: str) -> Party:
        if name == WORLD:
            return Party(WORLD, WORLD, "the whole world")
        if name in regions() or name in economies():
            return Party("region", name, name)
        return self._actor(slug(name.removeprefix("actor:")))

    def _actor(self, name: str) -> Party:
        known = self._actors.get(name, [])
        names = frozenset({name, *(other for actor in known for other in slugs(actor))})
        called = known[0].name if known else name
        return Party("actor", f"actor:{name}", called, names, frozenset(actor.home for actor in known))

    def fit(self, asked: Party, name: str, period: str | None, world: bool = False) -> str | None:
        """Whether a record about ``name`` answers a question about ``asked``: ``None`` no, else the remark.

        An empty remark: it is the same party.  ``world`` lets what holds for the whole world answer a question
        about an economy or a region.
        """
        stated = self.stated(name)
        if stated == asked or (asked.kind == stated.kind == "actor" and asked.names & stated.names):
            return ""
        if stated.kind == WORLD:
            return "stated for the whole world" if world and asked.kind == "region" else None
        if asked.kind == "region" and stated.kind == "region":
            return _within(asked.id, stated.id, _date(period))
        if asked.kind == "region" and stated.kind == "actor":
            return self._at_home(asked.id, stated, _date(period))
        return None

    def _at_home(self, asked: str, actor: Party, date: dt.date) -> str | None:
        members = region(asked).economies(date)
        for home in sorted(actor.homes):
            if home == asked or home in members:
                member = "" if home == asked else f", a member of {asked}"
                return f"stated for {actor.called}, which is at home in {home}{member}"
        return None


def _within(asked: str, stated: str, date: dt.date) -> str | None:
    wanted, have = region(asked).economies(date), region(stated).economies(date)
    if not wanted or not have:
        return None
    if wanted == have:
        return f"stated for {stated}, the same members at the time"
    if have < wanted:
        return (
            f"stated for {stated}, a member of {asked}" if len(have) == 1 else f"stated for {stated}, part of {asked}"
        )
    if wanted < have:
        others = sorted(have - wanted)
        more = ", ".join(others) if len(others) <= 2 else f"{len(others)} more economies"
        return f"stated for {stated}, which also counts {more}"
    return None


def _date(period: str | None) -> dt.date:
    """The day on which membership is read: the end of the period, else today's membership."""
    years = re.findall(r"\d{4}", period or "")
    return dt.date(int(years[-1]), 12, 31) if years else dt.date(2025, 1, 1)


def slug(name: str) -> str:
    """A name in lower-case words joined by '-'; other scripts stay.

    >>> slug("Carl Zeiss SMT"), slug("actor:asml"), slug("华为")
    ('carl-zeiss-smt', 'actor-asml', '华为')
    """
    return re.sub(r"[^\w]+", "-", name.casefold()).strip("-")


def slugs(actor: Actor) -> set[str]:
    """All slugs an actor goes by: of its id after ``actor-``, its name and its aliases."""
    own = re.search(r"(?:^|-)actor-(.+)$", actor.id)
    names: Iterable[str] = (actor.name, *actor.aliases, *([own.group(1)] if own else []))
    return {found for found in map(slug, names) if found}
