"""What one can ask the casebook: evidence, actors, events, dependencies both ways, and what authors judged.

Each question takes a casebook and plain words and returns the dataclasses of :mod:`straits.casebook.answers`.
A subject is found by id, name or alias, and includes everything below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from straits.casebook import answers as shown
from straits.casebook.casebook import Casebook
from straits.casebook.grades import grade_of
from straits.casebook.parties import Parties, Party
from straits.casebook.records import Channel, Dependency, Evidence, Value
from straits.vocabulary.errors import StraitsError, nearest

# -- subjects ------------------------------------------------------------------------------------------------


def subject_of(book: Casebook, name: str) -> str:
    """The id of the subject with that id, name or alias.

    Raises :class:`StraitsError` with the nearest names for an unknown one, and with the choice when a name
    belongs to several.
    """
    wanted = name.strip()
    if wanted.casefold() in book.subjects:
        return wanted.casefold()
    folded = wanted.casefold()
    for names_of in (
        lambda subject: [subject.name],
        lambda subject: subject.names,
        lambda subject: [subject.id.rpartition("/")[2], subject.id.rpartition("/")[2].replace("-", " ")],
    ):
        found = [s.id for s in book.subjects.values() if folded in (text.casefold() for text in names_of(s))]
        topmost = [one for one in found if not any(one != other and _is_below(book, one, other) for other in found)]
        if len(topmost) == 1:
            return topmost[0]
        if topmost:
            raise StraitsError(f"several subjects are called '{name}': ask for {' or '.join(topmost)}")
    known = {text for s in book.subjects.values() for text in (s.id, s.name, *s.names)}
    raise nearest(wanted, sorted(known), "subject")


def below(book: Casebook, subject: str) -> list[str]:
    """A subject and all subjects below it, sorted."""
    return sorted(name for name in book.subjects if name == subject or _is_below(book, name, subject))


def _is_below(book: Casebook, name: str, above: str) -> bool:
    seen: set[str] = set()
    queue = [name]
    while queue:
        current = queue.pop()
        if current in seen:
            continue
        seen.add(current)
        subject = book.subjects.get(current)
        queue += [up for up in (subject.parent if subject else None, current.rpartition("/")[0]) if up]
    return name != above and above in seen


def _records(book: Casebook, table: str, subject: str | None) -> list[Any]:
    return list(book.tables[table]) if subject is None else book.of(table, below(book, subject_of(book, subject)))


# -- evidence ------------------------------------------------------------------------------------------------


def evidence(book: Casebook, subject: str) -> shown.EvidenceAnswer:
    """All evidence of a subject and of everything below it."""
    top = subject_of(book, subject)
    subjects = below(book, top)
    found = tuple(_evidence(book, record) for record in book.of("evidence", subjects))
    return shown.EvidenceAnswer(top, book.subjects[top].name, tuple(subjects), found)


def record(book: Casebook, record_id: str) -> shown.EvidenceShown | shown.RecordShown:
    """One record by its id: evidence with what supports and contradicts it, any other kind as it stands."""
    found = book.get(record_id.strip())
    if found is None:
        raise nearest(record_id.strip(), book.ids(), "record")
    table, item = found
    if isinstance(item, Evidence):
        return _evidence(book, item)
    return shown.RecordShown(
        id=item.id,
        table=table,
        ecosystem=book.home[item.id],
        record=item.model_dump(mode="json", exclude={"id", "source", "locator"}),
        source=book.citations[item.source],
        locator=item.locator,
        traps=_traps_of(book, item.id),
    )


_INVERSE = {"supports": "supported_by", "contradicts": "contradicted_by", "supersedes": "superseded_by"}


def _evidence(book: Casebook, item: Evidence) -> shown.EvidenceShown:
    return shown.EvidenceShown(
        **_common(book, item),
        subject=item.subject,
        indicator=item.indicator,
        statement=item.statement,
        value=_value(item.value),
        unit=item.unit,
        period=item.period,
        actors=tuple(item.actors),
        basis=item.basis.value,
        origin=item.origin,
        grade=grade_of(item, book.sources),
        lag_years=lag(item.period, book.citations[item.source].year),
        scope=tuple(item.scope),
        links=tuple(_links(book, item)),
        traps=_traps_of(book, item.id),
    )


def _links(book: Casebook, item: Evidence) -> Iterable[shown.LinkShown]:
    """What the record supports or contradicts, and what supports or contradicts it."""
    forward = [(verb, target) for verb, _, target in (link.partition(":") for link in item.links)]
    backward = [(_INVERSE[verb], other) for verb, other in book.links_to(item.id) if verb in _INVERSE]
    for relation, name in (*forward, *backward):
        found = book.get(name)
        if found is None:
            continue
        other = found[1]
        of_evidence = isinstance(other, Evidence)
        yield shown.LinkShown(
            relation=relation,
            id=name,
            statement=str(getattr(other, "statement", None) or name),
            value=str(other.value) if of_evidence else "",
            unit=other.unit if of_evidence else None,
            period=other.period if of_evidence else None,
            source=book.citations[other.source],
            locator=other.locator,
            grade=grade_of(other, book.sources) if of_evidence else None,
        )


def _traps_of(book: Casebook, record_id: str) -> tuple[str, ...]:
    return tuple(other for verb, other in book.links_to(record_id) if verb == "traps")


def _value(value: Value) -> shown.ValueShown:
    return shown.ValueShown(shown=str(value), **{name: getattr(value, name) for name in type(value).model_fields})


def _common(book: Casebook, item: Any) -> dict[str, Any]:
    """The fields that all kinds of record share."""
    return {
        "id": item.id,
        "ecosystem": book.home[item.id],
        "source": book.citations[item.source],
        "locator": item.locator,
        "note": item.note,
    }


def years_of(period: str | None) -> tuple[int | None, int | None]:
    """First and last year of a period; ``None`` where it is open or unknown.

    >>> years_of("2019..2023-05"), years_of("2020.."), years_of("2021"), years_of(None)
    ((2019, 2023), (2020, None), (2021, 2021), (None, None))
    """
    if period is None:
        return None, None
    first, dots, last = period.partition("..")
    start = int(first[:4]) if first else None
    return start, (int(last[:4]) if last else None) if dots else start


def lag(period: str | None, published: int | None) -> int | None:
    """Years from the end of the period to the publication; negative for a forecast, ``None`` if unknown."""
    last = years_of(period)[1]
    return None if last is None or published is None else published - last


# -- actors and events ---------------------------------------------------------------------------------------


def actors(
    book: Casebook,
    subject: str | None = None,
    name: str | None = None,
    home: str | None = None,
    kind: str | None = None,
    priority: str | None = None,
) -> list[shown.ActorShown]:
    """Organisations and offices to watch, by subject, name or alias, home, kind, or priority."""
    parties = Parties(book)
    found = _records(book, "actors", subject)
    if name is not None:
        wanted = _organisation(book, parties, name)
        found = [actor for actor in found if actor.id in wanted]
    if home is not None:
        where = parties.asked(home)
        found = [actor for actor in found if parties.fit(where, actor.home, None) is not None]
    if kind is not None:
        _check(kind, {actor.kind for actor in book.tables["actors"]}, "kind of actor")
        found = [actor for actor in found if actor.kind == kind]
    if priority is not None:
        _check(priority, ("full", "half", "none", "lost"), "priority")
        found = [actor for actor in found if actor.priority == priority]
    return [_actor(book, parties, actor) for actor in found]


def _organisation(book: Casebook, parties: Parties, name: str) -> set[str]:
    party = parties.asked(f"actor:{name.removeprefix('actor:')}")
    return {actor.id for actor in book.tables["actors"] if parties.fit(party, f"actor:{actor.name}", None) == ""}


def _actor(book: Casebook, parties: Parties, actor: Any) -> shown.ActorShown:
    return shown.ActorShown(
        **_common(book, actor),
        **_fields(actor, ("name", "aliases", "kind", "home", "role", "party_state_link", "priority", "subjects")),
        same=tuple(parties.same(actor)),
    )


def _fields(item: Any, names: Iterable[str]) -> dict[str, Any]:
    """Fields of a record as they are, lists as tuples."""
    given = {name: getattr(item, name) for name in names}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


def events(
    book: Casebook,
    subject: str | None = None,
    actor: str | None = None,
    target: str | None = None,
    kind: str | None = None,
    since: str | None = None,
    until: str | None = None,
) -> list[shown.EventShown]:
    """Dated events, earliest first; ``since`` and ``until`` are YYYY, YYYY-MM or YYYY-MM-DD, both included."""
    parties = Parties(book)
    for date in (since, until):
        if date is not None and not re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", date):
            raise StraitsError(f"'{date}' is not a date: write YYYY, YYYY-MM or YYYY-MM-DD")
    found = [_event(book, item) for item in _records(book, "events", subject)]
    if kind is not None:
        _check(kind, {item.kind for item in book.tables["events"]}, "kind of event")
        found = [event for event in found if event.kind == kind]
    for name, of in ((actor, "actors"), (target, "targets")):
        if name is not None:
            wanted = parties.asked(name)
            found = [event for event in found if _touches(parties, wanted, getattr(event, of), event.date)]
    if since is not None:
        found = [event for event in found if _common_part(event.date, since) >= _common_part(since, event.date)]
    if until is not None:
        found = [event for event in found if _common_part(event.date, until) <= _common_part(until, event.date)]
    return sorted(found, key=lambda event: (event.date, event.id))


def _common_part(date: str, other: str) -> str:
    """A date, no more precise than another: 2022-05 against 2022 is 2022."""
    return date[: len(other)]


def _touches(parties: Parties, wanted: Party, names: Iterable[str], date: str) -> bool:
    return any(parties.fit(wanted, name, date) is not None for name in names)


def _event(book: Casebook, item: Any) -> shown.EventShown:
    names = ("title", "kind", "announced", "in_force", "ended", "actors", "targets", "subjects", "statement")
    dates = [date for date in (item.announced, item.in_force, item.ended) if date]
    return shown.EventShown(**_common(book, item), **_fields(item, names), date=min(dates))


# -- dependencies --------------------------------------------------------------------------------------------


def dependencies(
    book: Casebook, subject: str | None = None, of: str | None = None, on: str | None = None
) -> shown.DependencyAnswer:
    """Who depends on whom, asked both ways, grouped by channel, with what is unknown.

    ``of`` is the dependent and ``on`` the provider of the first direction; the second turns them round.  Each
    is an economy, a region (which understands membership) or an organisation under any of its names; an edge
    that was stated for another party carries a remark.  With neither there is one direction, anyone on anyone.
    """
    parties = Parties(book)
    top = None if subject is None else subject_of(book, subject)
    records: list[Dependency] = _records(book, "dependencies", top)
    first = parties.asked(of) if of is not None else None
    second = parties.asked(on) if on is not None else None
    pairs = [(first, second), (second, first)] if first or second else [(None, None)]
    return shown.DependencyAnswer(
        subject=top,
        subjects=tuple(below(book, top)) if top else (),
        of=first.id if first else None,
        on=second.id if second else None,
        directions=tuple(_direction(book, parties, records, *pair) for pair in pairs),
    )


def _direction(
    book: Casebook, parties: Parties, records: list[Dependency], dependent: Party | None, provider: Party | None
) -> shown.DirectionShown:
    edges = []
    for item in records:
        remarks = [
            "" if dependent is None else parties.fit(dependent, item.dependent, item.period, world=True),
            "" if provider is None else parties.fit(provider, item.provider, item.period),
        ]
        if None not in remarks and not _on_itself(parties, dependent, item):
            edges.append(_edge(book, item, "; ".join(remark for remark in remarks if remark) or None))
    return shown.DirectionShown(
        dependent.id if dependent else None,
        provider.id if provider else None,
        tuple(_channel(channel.value, edges) for channel in Channel),
    )


def _on_itself(parties: Parties, dependent: Party | None, item: Dependency) -> bool:
    """Whether the world's dependence on a party is all that the record says: that party does not depend on itself."""
    if dependent is None or item.dependent != "world":
        return False
    return parties.fit(dependent, item.provider, item.period) is not None


def _channel(channel: str, edges: list[shown.EdgeShown]) -> shown.ChannelShown:
    here = tuple(edge for edge in edges if edge.channel == channel)
    count = {state: sum(edge.presence == state for edge in here) for state in ("present", "none", "unknown")}
    state = "present" if count["present"] else "none" if count["none"] and not count["unknown"] else "unknown"
    remark = None if here else "nothing recorded: unknown, not none"
    return shown.ChannelShown(channel, state, count["present"], count["none"], count["unknown"], here, remark)


def _edge(book: Casebook, item: Dependency, remark: str | None) -> shown.EdgeShown:
    names = ("subject", "dependent", "provider", "presence", "strength", "unit", "period", "statement")
    return shown.EdgeShown(
        **_common(book, item),
        **_fields(item, (*names, "substitutes", "evidence")),
        channel=item.channel.value,
        basis=item.basis.value,
        degree=_value(item.degree) if item.degree else None,
        remark=remark,
    )


# -- what authors judged, recommended, and got wrong ---------------------------------------------------------


def judgements(
    book: Casebook, subject: str | None = None, scorecard: str | None = None
) -> list[shown.JudgementShown]:
    """Published scorecards and risk tables, cell by cell, lost cells with their reason."""
    found = _records(book, "judgements", subject)
    if scorecard is not None:
        _check(scorecard, {item.scorecard for item in book.tables["judgements"]}, "scorecard")
        found = [item for item in found if item.scorecard == scorecard]
    return [
        shown.JudgementShown(
            **_common(book, item),
            **_fields(item, ("scorecard", "subject", "dependent", "provider")),
            cells=tuple(shown.CellShown(**cell.model_dump()) for cell in item.cells),
        )
        for item in found
    ]


def strengths(book: Casebook, subject: str | None = None, holder: str | None = None) -> list[shown.StrengthShown]:
    """Strengths and weaknesses that sources attribute, of one holder or of all."""
    found = _records(book, "strengths", subject)
    if holder is not None:
        parties = Parties(book)
        wanted = parties.asked(holder)
        found = [item for item in found if parties.fit(wanted, item.holder, None) is not None]
    return [
        shown.StrengthShown(
            **_common(book, item), **_fields(item, ("subject", "holder", "sign", "statement")), basis=item.basis.value
        )
        for item in found
    ]


def instruments(
    book: Casebook, subject: str | None = None, dimension: str | None = None, ambition: str | None = None
) -> list[shown.InstrumentShown]:
    """What sources recommend, by subject, dimension of autonomy or level of ambition."""
    from straits.casebook.records import AMBITIONS, DIMENSIONS

    found = _records(book, "instruments", subject)
    if dimension is not None:
        _check(dimension, DIMENSIONS, "dimension")
        found = [item for item in found if dimension in item.dimensions]
    if ambition is not None:
        _check(ambition, AMBITIONS, "level of ambition")
        found = [item for item in found if ambition in item.ambition]
    names = ("name", "subject", "kind", "dimensions", "ambition", "by", "addresses", "statement")
    return [shown.InstrumentShown(**_common(book, item), **_fields(item, names)) for item in found]


def traps(book: Casebook, subject: str | None = None) -> list[shown.TrapShown]:
    """Known errors, contradictions and ambiguities of the sources."""
    names = ("subject", "kind", "statement", "records", "found_by", "why_not")
    return [
        shown.TrapShown(**_common(book, item), **_fields(item, names)) for item in _records(book, "traps", subject)
    ]


def lost(book: Casebook, subject: str | None = None) -> list[shown.LostShown]:
    """What did not survive in the sources and stays unknown."""
    return [
        shown.LostShown(**_common(book, item), **_fields(item, ("subject", "what", "reason")))
        for item in _records(book, "lost", subject)
    ]


def _check(word: str, known: Iterable[str] | Mapping[str, Any], what: str) -> None:
    if word not in (names := sorted(known)):
        raise nearest(word, names, what)
