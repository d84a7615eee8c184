"""Checks on numbers: units, sums that must be 100, implied values, contradictions, comparability."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any

from straits.casebook.arithmetic import Quantity, Span, holds, implied, literal
from straits.casebook.findings import Examined, Finding, quantity
from straits.casebook.places import exhibits, text_lines
from straits.casebook.questions import years_of
from straits.casebook.records import Dependency, Evidence, Relation, is_number

# -- units ---------------------------------------------------------------------------------------------------


def units(seen: Examined) -> Iterator[Finding]:
    """Unknown units, units that lack something, parts of a whole outside 0 to 100, one number in two currencies."""
    known = seen.settings.units
    for item in seen.numbers:
        unit = item.unit or ""
        if unit not in known:
            yield Finding("error", "unit", (item.id,), f"{unit!r} is not a unit of checks.yaml.")
        elif known[unit] == "incomplete":
            yield Finding("warning", "unit", (item.id,), f"{_what(item)} is given as {item.value} {unit}.")
        elif unit == "%" and _is_part(seen, item) and not _within(item.value.low, item.value.high):
            yield _part_out_of_range(item)
    yield from _two_currencies(seen)


def _is_part(seen: Examined, item: Evidence) -> bool:
    words = item.indicator.replace("_", " ").casefold()
    return any(word in words for word in seen.settings.part) and not re.search(r"growth|change|increase", words)


def _within(low: float | None, high: float | None) -> bool:
    return all(0 <= end <= 100 for end in (low, high) if end is not None)


def _part_out_of_range(item: Evidence) -> Finding:
    level = "error" if item.basis == "derived" else "warning"
    return Finding(level, "unit", (item.id,), f"{_what(item)} is a part of a whole and stands at {item.value} %.")


def _two_currencies(seen: Examined) -> Iterator[Finding]:
    groups = _grouped(
        (item for item in seen.numbers if item.unit in seen.settings.money and (item.value.low or 0) != 0),
        lambda item: (item.subject, item.indicator, item.value.low, item.value.high),
    )
    for group in groups:
        given = sorted({str(item.unit) for item in group})
        if len(given) > 1 and not seen.apart(*group):
            sentence = f"{_what(group[0])} is {group[0].value} in {' and in '.join(given)}."
            yield Finding("warning", "unit", _ids(group), sentence)


# -- sums ----------------------------------------------------------------------------------------------------


_VISIBLE = 0.05


def sums(seen: Examined) -> Iterator[Finding]:
    """Shares of one table that are parts of one whole and do not add up to 100.

    Parts of one whole are three or more percentages of the same subject, source, place, period and indicator
    (or indicators that differ only in what the share is of) that add up to nearly 100.
    """
    low, high = seen.settings.near_whole
    shares = [i for i in seen.numbers if i.unit == "%" and i.basis == "stated" and i.value.kind == "number"]
    for group in _grouped(shares, lambda i: (i.subject, i.source, _table(i), i.period, _frame(i.indicator))):
        total = sum(item.value.low or 0 for item in group)
        if len(group) < 3 or not low <= total <= high or abs(total - 100) < _VISIBLE or seen.apart(*group):
            continue
        play = sum(quantity(item).span.high - (item.value.high or 0) for item in group)
        why = "rounding may explain it" if abs(total - 100) <= play + 1e-9 else "the rest is not named"
        sentence = f"{len(group)} shares ({_frame(group[0].indicator)}) add up to {total:.4g} %: {why}."
        yield Finding("warning", "sum", _ids(group), sentence)


def _table(item: Evidence) -> Hashable:
    """The exhibit that a record stands in, else its place."""
    return frozenset(exhibits(item.locator)) or item.locator


def _frame(indicator: str) -> str:
    """An indicator without the part that a share is of: ``share of raw materials among products``."""
    return re.sub(r"^share of (?!.* of ).+? (?=among |in |by )", "share ", indicator.replace("_", " "))


# -- implied values ------------------------------------------------------------------------------------------


def shares_of_counts(seen: Examined) -> Iterator[Finding]:
    """``share of X`` against ``X`` of the same party over ``X`` of the world, where a source gives all three."""
    counts: dict[Hashable, list[Evidence]] = defaultdict(list)
    for item in seen.numbers:
        if item.unit not in ("%", None) and item.value.kind == "number":
            counts[_count_key(item, item.indicator)].append(item)
    for share in seen.numbers:
        words = share.indicator.replace("_", " ")
        if share.unit != "%" or not words.startswith("share of ") or share.value.kind != "number":
            continue
        same = counts.get(_count_key(share, words.removeprefix("share of ")), [])
        own = [item for item in same if item.actors == share.actors]
        whole = [item for item in same if item.actors == ["world"] and item.id not in {o.id for o in own}]
        largest = max(whole, key=lambda item: item.value.low or 0, default=None)
        if len(own) != 1 or largest is None or (largest.value.low or 0) < (own[0].value.low or 0):
            continue
        relation = _relation("ratio", share.id, [own[0].id, largest.id])
        yield from _recomputed(seen, relation, "implied value")


def _count_key(item: Evidence, indicator: str) -> Hashable:
    return item.subject, item.source, item.period, indicator.replace("_", " ").casefold()


def _relation(kind: str, result: str, inputs: list[str]) -> Relation:
    return Relation.model_validate(
        {"id": "found", "source": "found", "locator": "found", "kind": kind, "result": result, "inputs": inputs}
    )


_CHECK_OF_KIND = {
    "sum": "sum",
    "difference": "sum",
    "parts": "sum",
    "equal": "contradiction",
    "at_most": "contradiction",
}


def relations(seen: Examined) -> Iterator[Finding]:
    """The relations that ``relations.csv`` states, recomputed."""
    for relation in seen.book.tables["relations"]:
        if relation.kind != "distinct":
            yield from _recomputed(seen, relation, _CHECK_OF_KIND.get(relation.kind, "implied value"))


def _recomputed(seen: Examined, relation: Relation, check: str) -> Iterator[Finding]:
    """A finding when the result cannot follow from the inputs; an error when we derived it ourselves."""
    terms = []
    for place, name in enumerate((relation.result, *relation.inputs)):
        item = literal(name, None if place else relation.unit) if is_number(name) else _number_of(seen, name)
        if item is None:
            sentence = f"{relation.id}: {name} has no number to compute with."
            yield Finding("error", check, (relation.id, name), sentence, relation.id)
            return
        terms.append(item)
    result, inputs = terms[0], terms[1:]
    try:
        if holds(relation, result, inputs):
            return
        printed = implied(relation, inputs, printed=True, result_unit=result.unit)
    except ValueError as error:
        yield Finding("error", check, tuple(relation.records), f"{relation.id}: {error}.", relation.id)
        return
    ours = [name for name in relation.records if getattr(seen.by_id[name], "basis", "") == "derived"]
    level = "error" if relation.result in ours else "warning"
    yield Finding(level, check, tuple(relation.records), _told(seen, relation, result, printed), relation.id)


def _number_of(seen: Examined, name: str) -> Quantity | None:
    item = seen.by_id[name]
    value = getattr(item, "value", None) or getattr(item, "degree", None)
    return quantity(item, value) if value is not None and value.kind in ("number", "interval") else None


def _told(seen: Examined, relation: Relation, result: Quantity, printed: Span) -> str:
    if is_number(relation.result):
        why = relation.note or "The whole is known"
        return f"{why.rstrip('.')}: {relation.result}{f' {relation.unit}' if relation.unit else ''} expected, {printed} found."
    unit = "" if result.unit in _SILENT else f" {result.unit}"
    what = _what(seen.by_id[relation.result])
    verb = {
        "sum": "the parts add up to",
        "difference": "the rest is",
        "equal": "elsewhere it is",
        "at_most": "it must not exceed",
        "parts": "its parts are already",
    }.get(relation.kind, "the numbers give")
    note = f" ({relation.note.rstrip('.')})" if relation.note else ""
    return f"{what} is {result.value}{unit}, but {verb} {printed}{unit}{note}."


LINKED = "linked contradiction"

# -- contradictions ------------------------------------------------------------------------------------------


def contradictions(seen: Examined) -> Iterator[Finding]:
    """Records of one subject, indicator, unit, party and period whose values exclude each other, and linked ones."""
    for group in _grouped(seen.evidence, lambda i: (i.subject, _plain(i.indicator), tuple(sorted(i.actors)))):
        rows = Counter((item.source, item.origin) for item in group)
        for one, other in itertools.combinations(group, 2):
            of_one_list = (one.source, one.origin) == (other.source, other.origin) and rows[
                one.source, one.origin
            ] > 4
            if not of_one_list and _exclude(seen, one, other):
                yield _contradiction("contradiction", one, other)
    yield from _edges(seen)
    for item in seen.evidence:
        for link in item.links:
            verb, _, target = link.partition(":")
            if verb == "contradicts" and isinstance(seen.by_id[target], Evidence):
                yield _contradiction(LINKED, item, seen.by_id[target])


def _edges(seen: Examined) -> Iterator[Finding]:
    """A dependency that one record finds and another denies."""
    groups: dict[Hashable, list[Dependency]] = defaultdict(list)
    for edge in seen.book.tables["dependencies"]:
        groups[edge.subject, edge.dependent, edge.provider, edge.channel].append(edge)
    for group in groups.values():
        for one, other in itertools.combinations(group, 2):
            if {one.presence, other.presence} == {"none", "present"} and not seen.apart(one, other):
                who = f"{one.dependent} on {one.provider} ({one.subject}, {one.channel})"
                sentence = (
                    f"The dependency of {who} is {one.presence} in {one.id} and {other.presence} in {other.id}."
                )
                yield Finding("warning", "contradiction", _ids((one, other)), sentence)


def _contradiction(check: str, one: Evidence, other: Evidence) -> Finding:
    first, second = sorted((one, other), key=lambda item: item.id)
    sentence = f"{_what(first)} is {_shown(first)} ({first.id}), but {_shown(second)} ({second.id}{_elsewhere(first, second)})."
    return Finding("warning", check, (first.id, second.id), sentence)


def _elsewhere(one: Evidence, other: Evidence) -> str:
    what = "" if _plain(one.indicator) == _plain(other.indicator) else f", {other.indicator}"
    where = "" if one.source == other.source else f", {other.source}"
    return what + where


def _exclude(seen: Examined, one: Evidence, other: Evidence) -> bool:
    """Whether two records of the same thing cannot both be right.

    Rows of one table or sentence with the same origin are a breakdown, not two accounts of one thing; records
    with different scopes are a matter of comparability.
    """
    if _breakdown(one, other):
        return False
    if (
        one.unit != other.unit
        or not (_same_time(one, other) or one.unit == "year")
        or sorted(one.scope) != sorted(other.scope)
    ):
        return False
    if seen.apart(one, other) or (one.source == other.source and "derived" in (one.basis, other.basis)):
        return False
    kinds = {one.value.kind, other.value.kind}
    if kinds <= {"number", "interval"}:
        return not quantity(one).span.meets(quantity(other).span)
    return kinds == {"level"} and _plain(str(one.value)) != _plain(str(other.value))


def _breakdown(one: Evidence, other: Evidence) -> bool:
    if (one.source, one.origin) != (other.source, other.origin):
        return False
    shared = exhibits(one.locator) & exhibits(other.locator) or text_lines(one.locator) & text_lines(other.locator)
    return bool(shared) or one.locator == other.locator


def _same_time(one: Evidence, other: Evidence) -> bool:
    """Whether two periods are the same; an undated number is of any time only beside an undated one."""
    return years_of(one.period) == years_of(other.period)


# -- comparability -------------------------------------------------------------------------------------------


def comparability(seen: Examined) -> Iterator[Finding]:
    """Records that are compared, or read as one series, although their scope differs."""
    told: list[set[str]] = []
    for way in (_compared, _series, _location_and_ownership, _counted):
        for finding in way(seen):
            if not any(set(finding.records) <= known for known in told):
                told.append(set(finding.records))
                yield finding
    yield from _europe(seen)


def _compared(seen: Examined) -> Iterator[Finding]:
    """Linked records with different values of one scope."""
    for item in seen.evidence:
        for link in item.links:
            other = seen.by_id[link.partition(":")[2]]
            if isinstance(other, Evidence) and (key := _differing(item, other)):
                yield _incomparable(key, (item, other), "are set against each other")


def _series(seen: Examined) -> Iterator[Finding]:
    """Numbers of one subject and indicator in one unit, under different scopes."""
    for group in _grouped(seen.numbers, lambda i: (i.subject, _core(i.indicator), i.unit, tuple(sorted(i.actors)))):
        differing: dict[str, list[Evidence]] = {}
        for one, other in itertools.combinations(group, 2):
            if not seen.apart(one, other) and (key := _differing(one, other)):
                differing.setdefault(key, []).extend((one, other))
        for key, pair in differing.items():
            yield _incomparable(key, tuple({item.id: item for item in pair}.values()), "look like one series")


def _location_and_ownership(seen: Examined) -> Iterator[Finding]:
    """Shares by place and shares by owner of one subject and party."""
    shares = [
        item for item in seen.numbers if item.unit == "%" and {"share=location", "share=ownership"} & set(item.scope)
    ]
    for group in _grouped(shares, lambda i: (i.subject, i.source)):
        for one, other in itertools.combinations(group, 2):
            if (
                set(one.actors) & set(other.actors)
                and _differing(one, other) == "share"
                and not seen.apart(one, other)
            ):
                yield _incomparable("share", (one, other), "stand side by side")


def _counted(seen: Examined) -> Iterator[Finding]:
    """One indicator of several parties in one year, counted in different ways."""
    numbers = [item for item in seen.numbers if _scope(item).get("counting")]
    for group in _grouped(numbers, lambda i: (i.subject, _core(i.indicator), i.unit, i.source, years_of(i.period))):
        ways = sorted({_scope(item)["counting"] for item in group})
        if len(ways) > 1 and len({tuple(item.actors) for item in group}) > 1 and not seen.apart(*group):
            yield _incomparable("counting", group, "look like one comparison")


def _europe(seen: Examined) -> Iterator[Finding]:
    """Volumes in which Europe means different sets of states."""
    groups: dict[str, dict[str, list[Evidence]]] = defaultdict(lambda: defaultdict(list))
    for item in seen.evidence:
        if meaning := _meaning_of_europe(item):
            volume = seen.book.sources[item.source].get("custom", {}).get("part-of", item.source)
            groups[volume][meaning].append(item)
    for volume, meanings in groups.items():
        if len(meanings) > 1:
            shown = ", ".join(f"{meaning} ({len(items)})" for meaning, items in sorted(meanings.items()))
            firsts = [item for items in meanings.values() for item in {i.source: i for i in reversed(items)}.values()]
            sentence = f"Europe means several things in {volume} (number of records): {shown}."
            yield Finding("warning", "comparability", _ids(firsts), sentence)


def _meaning_of_europe(item: Evidence) -> str | None:
    scope = _scope(item)
    place = scope.get("geography", "")
    named = re.match(r"(Europe\b|EU\b|EU\d|EPO)", place) and not re.search(r",| and | ancestry", place)
    return place if named else scope.get("europe")


def _incomparable(key: str, items: Sequence[Evidence], how: str) -> Finding:
    values = sorted({_scope(item).get(key, "") for item in items} - {""})
    sentence = f"{_what(items[0])}: {_listed(items)} {how}, but {key} is {' and '.join(values)}."
    return Finding("warning", "comparability", _ids(items), sentence)


def _differing(one: Evidence, other: Evidence) -> str | None:
    """The first scope that both records state and that differs."""
    first, second = _scope(one), _scope(other)
    return next((key for key in first if key in second and first[key] != second[key]), None)


def _scope(item: Evidence) -> dict[str, str]:
    return dict(tag.split("=", 1) for tag in item.scope)


# -- words ---------------------------------------------------------------------------------------------------


def _what(item: Any) -> str:
    """What a record is about, as the beginning of a sentence."""
    indicator = getattr(item, "indicator", None) or item.statement
    words = str(indicator).replace("_", " ")
    subject = item.subject.rpartition("/")[2].replace("-", " ")
    return f"{words[:1].upper()}{words[1:]} ({subject})"


_SILENT = (None, "count", "exact", "rank", "year", "ratio", "number", "index")


def _shown(item: Evidence) -> str:
    return f"{item.value}" if item.unit in _SILENT else f"{item.value} {item.unit}"


def _listed(items: Sequence[Evidence]) -> str:
    shown = [f"{item.id} ({_shown(item)})" for item in items[:4]]
    more = f" and {len(items) - 4} more" if len(items) > 4 else ""
    return (", ".join(shown) if more or len(shown) > 2 else " and ".join(shown)) + more


def _plain(text: str) -> str:
    return " ".join(text.replace("_", " ").casefold().split())


_FORMS = (
    r"\b(filed|granted|filings?|applications?|grants?|annual|yearly|per year|production|refining|mining|processing)\b"
)


def _core(indicator: str) -> str:
    """An indicator without the words that a scope says better: filed or granted, mined or refined, per year."""
    return " ".join(re.sub(_FORMS, "", _plain(indicator)).split())


def _ids(items: Iterable[Any]) -> tuple[str, ...]:
    return tuple(sorted({item.id for item in items}))


def _grouped(items: Iterable[Evidence], key: Any) -> list[list[Evidence]]:
    """Groups of two or more records with the same key, in order of first appearance."""
    groups: dict[Hashable, list[Evidence]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return [group for group in groups.values() if len(group) > 1]
