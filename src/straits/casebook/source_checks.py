"""Checks on sources and words: number formats, dates, age, grades, names, parties, lost content."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from straits.casebook.findings import Examined, Finding
from straits.casebook.grades import grade_of, grade_of_source
from straits.casebook.parties import Parties
from straits.casebook.places import exhibits, text_lines
from straits.casebook.questions import lag, years_of
from straits.casebook.records import Actor, Evidence, Lost

# -- number formats ------------------------------------------------------------------------------------------

_ODD_NUMBERS = (
    (re.compile(r"(?<![\d.,^/])\d{1,3}\.\d{3}(?![\d.,])"), "a dot before three digits"),
    (re.compile(r"(?<![\d.,])\d+,\d{1,2}(?![\d,])"), "a decimal comma"),
    (re.compile(r"\d+(?:\.,|,\.)\d"), "a dot and a comma together"),
    (re.compile(r"(?<![\d.])1\^\d+"), "a power of one"),
)


def number_formats(seen: Examined) -> Iterator[Finding]:
    """Numbers that a source prints in a form that can be read in two ways; what is printed stands in the note."""
    for item in seen.evidence:
        for text in filter(None, (item.statement, item.note, item.origin)):
            for form, name in _ODD_NUMBERS:
                if (match := form.search(text)) and _is_print(text, item, match.group()):
                    sentence = f"A number is printed {match.group()!r} with {name} and is read as {item.value} {item.unit or ''}".strip()
                    yield Finding("warning", "number format", (item.id,), f"{sentence}.")


def _is_print(text: str, item: Evidence, found: str) -> bool:
    """Whether the text quotes what is printed rather than computes with it."""
    return text != item.note or re.search(r"\bprint", text, re.IGNORECASE) is not None


# -- dates ---------------------------------------------------------------------------------------------------


def dates(seen: Examined) -> Iterator[Finding]:
    """Numbers without a year, states later than their source, events dated in two ways or backwards."""
    yield from _undated(seen)
    yield from _later_than_origin(seen)
    yield from _events(seen)


_NEEDS_A_YEAR = ("share", "money", "incomplete", "rate", "mass")


def _undated(seen: Examined) -> Iterator[Finding]:
    """Numbers that change from year to year and to which neither report nor cited source gives a year."""
    groups: dict[tuple[str, str], list[Evidence]] = defaultdict(list)
    for item in seen.numbers:
        kind = seen.settings.units.get(item.unit or "")
        changes = kind in _NEEDS_A_YEAR or (kind == "count" and item.origin is not None)
        dated = item.period is not None or _origin_year(item) is not None
        if changes and not dated and item.basis == "stated" and not seen.ahead(item):
            groups[item.source, item.origin or f"no source, {item.subject}"].append(item)
    for (source, origin), items in groups.items():
        have = "has" if len(items) == 1 else "have"
        sentence = f"{_many(items, 'number')} of {source} {have} no year: {origin}."
        yield Finding("warning", "date", tuple(item.id for item in items), sentence)


def _origin_year(item: Evidence) -> int | None:
    """The year of the source that a report cites; ``None`` when it names none."""
    years = [int(year) for year in re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", item.origin or "")]
    return max(years, default=None)


def _later_than_origin(seen: Examined) -> Iterator[Finding]:
    """A state of things in a year after the source that is cited for it came out."""
    groups: dict[tuple[str, str], list[Evidence]] = defaultdict(list)
    for item in seen.numbers:
        cited, first = _origin_year(item), years_of(item.period)[0]
        published = seen.book.citations[item.source].year
        if (
            cited
            and first
            and published
            and item.basis == "stated"
            and cited < first <= published
            and not seen.ahead(item)
        ):
            groups[item.source, str(item.origin)].append(item)
    for (_, origin), items in groups.items():
        rest = _rest(items)
        sentence = (
            f"{_many(items, 'number')} of {items[0].period} {rest} on a source of {_origin_year(items[0])}: {origin}."
        )
        yield Finding("warning", "date", tuple(item.id for item in items), sentence)


def _events(seen: Examined) -> Iterator[Finding]:
    titles: dict[str, list[Any]] = defaultdict(list)
    for event in seen.book.tables["events"]:
        titles[_words(event.title)].append(event)
        if event.announced and event.in_force and _before(event.in_force, event.announced):
            sentence = f"{event.title} is in force {event.in_force}, before it is announced {event.announced}."
            yield Finding("warning", "date", (event.id,), sentence)
    for group in titles.values():
        for one, other in itertools.combinations(group, 2):
            for name in ("announced", "in_force", "ended"):
                first, second = getattr(one, name), getattr(other, name)
                if first and second and first[: len(second)] != second[: len(first)]:
                    sentence = f"{one.title} is {name.replace('_', ' ')} {first} in {one.source} and {second} in {other.source}."
                    yield Finding("warning", "date", tuple(sorted((one.id, other.id))), sentence)


def _before(date: str, other: str) -> bool:
    length = min(len(date), len(other))
    return date[:length] < other[:length]


# -- age -----------------------------------------------------------------------------------------------------


def age(seen: Examined) -> Iterator[Finding]:
    """Old sources and old numbers: of more than ``stale_years`` before the report came out."""
    years = seen.settings.stale_years
    groups: dict[tuple[str, str], list[Evidence]] = defaultdict(list)
    for item in seen.evidence:
        published, cited = seen.book.citations[item.source].year, _origin_year(item)
        if published and cited and item.origin and published - cited > years and not _history(item, published, years):
            groups[item.source, item.origin].append(item)
    for (source, origin), items in groups.items():
        old = (seen.book.citations[source].year or 0) - (_origin_year(items[0]) or 0)
        sentence = (
            f"{_many(items, 'record')} of {source} {_rest(items)} on a source that was {old} years old: {origin}."
        )
        yield Finding("warning", "stale", tuple(item.id for item in items), sentence)
    yield from _old_numbers(seen, years, {item.id for items in groups.values() for item in items})


def _history(item: Evidence, published: int, years: int) -> bool:
    """Whether a record tells of its own past year, so that an old source is the right one."""
    return (
        item.unit == "year"
        or re.search(r"\b(first|year|history|early|was|were)\b", item.indicator.replace("_", " ")) is not None
    )


def _old_numbers(seen: Examined, years: int, known: set[str]) -> Iterator[Finding]:
    """Shares that a report gives as its newest and that were old when it came out."""
    newest: dict[tuple[str, str, str], int] = defaultdict(int)
    for item in seen.numbers:
        last = years_of(item.period)[1]
        key = (item.source, item.subject, item.indicator)
        newest[key] = max(newest[key], last or 9999)
    groups: dict[tuple[str, str], list[Evidence]] = defaultdict(list)
    for item in seen.numbers:
        late = lag(item.period, seen.book.citations[item.source].year)
        key = (item.source, item.subject, item.indicator)
        is_newest = newest[key] == years_of(item.period)[1]
        if (
            late
            and late > years
            and item.unit == "%"
            and item.basis == "stated"
            and is_newest
            and item.id not in known
        ):
            groups[item.source, item.subject].append(item)
    for (source, subject), items in groups.items():
        late = min(lag(item.period, seen.book.citations[source].year) or 0 for item in items)
        was = "was" if len(items) == 1 else "were"
        sentence = (
            f"{_many(items, 'share')} of {source} on {subject} {was} {late} years old or more when it came out."
        )
        yield Finding("warning", "stale", tuple(item.id for item in items), sentence)


def _many(items: list[Evidence], what: str) -> str:
    """``One share (of what)`` or ``3 shares (of what, ...)``."""
    if len(items) == 1:
        return f"One {what} ({items[0].indicator.replace('_', ' ')})"
    return f"{len(items)} {what}s ({items[0].indicator.replace('_', ' ')}, ...)"


def _rest(items: list[Evidence]) -> str:
    return "rests" if len(items) == 1 else "rest"


# -- grades --------------------------------------------------------------------------------------------------


def grades(seen: Examined) -> Iterator[Finding]:
    """Unknown grades, weight put on weak sources, and weak sources set against better ones."""
    rank_of = seen.settings.grades.rank_of
    for name, entry in seen.book.sources.items():
        if (grade := grade_of_source(entry)) is not None and grade not in rank_of:
            yield Finding(
                "error", "grade", (), f"Source {name} has the grade {grade!r}, which grades.yaml does not list."
            )
    for item in seen.evidence:
        if item.origin_grade and item.origin_grade not in rank_of:
            yield Finding("error", "grade", (item.id,), f"{item.origin_grade!r} is not a grade of grades.yaml.")
    yield from _weak_dependencies(seen)
    yield from _weak_origins(seen)
    yield from _weak_against_better(seen)


def _rank(seen: Examined, item: Evidence) -> int | None:
    grade = grade_of(item, seen.book.sources)
    return None if grade is None else seen.settings.grades.rank_of.get(grade)


def _weak_dependencies(seen: Examined) -> Iterator[Finding]:
    """A dependency called strong whose evidence is all of a lower grade than that strength asks for."""
    for edge in seen.book.tables["dependencies"]:
        enough = seen.settings.grades.enough_for_strength.get(edge.strength)
        ranks = {
            name: _rank(seen, seen.by_id[name]) for name in edge.evidence if isinstance(seen.by_id[name], Evidence)
        }
        if enough is None or edge.presence != "present" or not ranks:
            continue
        known = [rank for rank in ranks.values() if rank is not None]
        if len(known) == len(ranks) and min(known) > enough:
            weakest = sorted({str(grade_of(seen.by_id[name], seen.book.sources)) for name in ranks})
            who = f"{edge.dependent} on {edge.provider}"
            sentence = f"The dependency of {who} is called {edge.strength} and rests on {' and '.join(weakest)} only."
            yield Finding("warning", "grade", (edge.id, *ranks), sentence)


def _weak_origins(seen: Examined) -> Iterator[Finding]:
    """Numbers for which nobody of standing answers."""
    groups: dict[tuple[str, str, str], list[Evidence]] = defaultdict(list)
    for item in seen.evidence:
        if item.origin_grade and _rank(seen, item) == seen.settings.grades.lowest:
            groups[item.source, item.origin_grade, item.origin or ""].append(item)
    for (source, grade, origin), items in groups.items():
        sentence = f"{_many(items, 'record')} of {source} {_rest(items)} on {grade}: {origin or 'no source named'}."
        yield Finding("warning", "grade", tuple(item.id for item in items), sentence)


def _weak_against_better(seen: Examined) -> Iterator[Finding]:
    """Contradicting records of different grade."""
    for item in seen.evidence:
        for link in item.links:
            verb, _, target = link.partition(":")
            other = seen.by_id[target]
            if verb != "contradicts" or not isinstance(other, Evidence) or "derived" in (item.basis, other.basis):
                continue
            ranks = (_rank(seen, item), _rank(seen, other))
            if None not in ranks and ranks[0] != ranks[1]:
                weak, strong = (item, other) if (ranks[0] or 0) > (ranks[1] or 0) else (other, item)
                sentence = (
                    f"{weak.id} ({grade_of(weak, seen.book.sources)}) stands against {strong.id} "
                    f"({grade_of(strong, seen.book.sources)}): {strong.indicator.replace('_', ' ')}."
                )
                yield Finding("warning", "grade", tuple(sorted((weak.id, strong.id))), sentence)


# -- names ---------------------------------------------------------------------------------------------------


def names(seen: Examined) -> Iterator[Finding]:
    """Organisations under two homes or two spellings, and words that mix alphabets."""
    by_name: dict[str, list[Actor]] = defaultdict(list)
    for actor in seen.book.tables["actors"]:
        by_name[_words(actor.name)].append(actor)
    for group in by_name.values():
        homes = sorted({"EU27" if actor.home == "EU" else actor.home for actor in group} - {"unknown", "world"})
        if len(homes) > 1:
            sentence = f"{group[0].name} is at home in {' and in '.join(homes)}."
            yield Finding("warning", "identity", tuple(sorted(actor.id for actor in group)), sentence)
    yield from _spellings(by_name)
    for name, item in seen.by_id.items():
        for value in vars(item).values():
            if isinstance(value, str) and (word := _mixed(value)):
                yield Finding("warning", "label", (name,), f"The word {word!r} mixes letters of two alphabets.")


def _spellings(by_name: dict[str, list[Actor]]) -> Iterator[Finding]:
    """Names of eight letters or more that differ in one letter after the first."""
    shapes: dict[str, set[str]] = defaultdict(set)
    for name in by_name:
        if len(name) >= 8:
            for place in range(len(name)):
                shapes[name[:place] + name[place + 1 :]].add(name)
            shapes[name].add(name)
    pairs = {tuple(sorted(pair)) for group in shapes.values() for pair in itertools.combinations(sorted(group), 2)}
    for one, other in sorted(pairs):
        if one[0] != other[0] or re.sub(r"\d", "", one) == re.sub(r"\d", "", other):
            continue
        first, second = by_name[one][0], by_name[other][0]
        sentence = f"{first.name} and {second.name} differ in one letter."
        yield Finding("warning", "identity", tuple(sorted((first.id, second.id))), sentence)


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def _mixed(text: str) -> str | None:
    """A word with both Latin and Cyrillic or Greek letters, if there is one."""
    if text.isascii():
        return None
    words: list[str] = re.findall(r"[^\W\d_]+", text)
    for word in words:
        scripts = {unicodedata.name(letter, "").split()[0] for letter in word}
        if "LATIN" in scripts and scripts & {"CYRILLIC", "GREEK"}:
            return word
    return None


# -- parties, judgements, lost content -----------------------------------------------------------------------


def parties(seen: Examined) -> Iterator[Finding]:
    """Parties of a dependency that no region and no actor record knows."""
    known = Parties(seen.book)
    for edge in seen.book.tables["dependencies"]:
        for role in ("dependent", "provider"):
            name = getattr(edge, role)
            party = known.stated(name)
            if party.kind == "actor" and not party.homes:
                sentence = f"{role} {name!r} is no economy, region or organisation that an actors.csv lists."
                yield Finding("error", "party", (edge.id,), sentence)


_LEVELS = {
    "ambition": ("not_feasible", "low", "medium", "high"),
    "four_dimensions": (1, 2, 3, 4),
    "strength": ("low", "medium", "high", "present"),
}


def judgements(seen: Examined) -> Iterator[Finding]:
    """Levels that their scale does not have."""
    for item in seen.book.tables["judgements"]:
        levels = _LEVELS.get(item.scorecard)
        for cell in item.cells:
            if levels and cell.level is not None and cell.level not in levels:
                sentence = f"{cell.outcome} is {cell.level!r}, but the scale of {item.scorecard} is {', '.join(map(str, levels))}."
                yield Finding("error", "level", (item.id,), sentence)


_PART = re.compile(
    r"colour|row|block|column|wording|end of|caption|label|marker|\bin (fig|table|scorecard)", re.IGNORECASE
)
_RATING = re.compile(r"colour|rating|feasib|scores|level|withheld|scorecard|priorit", re.IGNORECASE)


def lost(seen: Examined) -> Iterator[Finding]:
    """Numbers at a figure or table that is lost, levels at a lost scorecard, marks of lost priorities."""
    gone: dict[tuple[str, str], list[Lost]] = defaultdict(list)
    for item in seen.book.tables["lost"]:
        for exhibit in exhibits(f"{item.locator}; {item.what}"):
            gone[item.source, exhibit].append(item)
    for record in seen.evidence:
        if record.value.kind in ("number", "interval", "level"):
            yield from _filled_in(record, record.locator, f"{_words_of(record)} {record.value}", gone, _is_whole)
    for item in seen.book.tables["judgements"]:
        for cell in item.cells:
            if cell.level is not None:
                place = cell.locator or item.locator
                yield from _filled_in(item, place, f"{cell.outcome} {cell.level}", gone, _is_rating)
    for actor in seen.book.tables["actors"]:
        if actor.priority in ("full", "half"):
            yield from _filled_in(actor, actor.locator, f"priority {actor.priority}", gone, _is_priority)


def _filled_in(
    record: Any, place: str, what: str, gone: dict[tuple[str, str], list[Lost]], fits: Callable[[Lost], bool]
) -> Iterator[Finding]:
    """An error when a value stands at a lost exhibit and at no line of the text besides."""
    for exhibit in sorted(exhibits(place)):
        for item in gone.get((record.source, exhibit), []):
            if fits(item) and text_lines(place) <= text_lines(item.locator):
                sentence = f"{what} stands at {exhibit}, which is lost ({item.id}: {item.what})."
                yield Finding("error", "lost", (record.id, item.id), sentence)


def _words_of(record: Evidence) -> str:
    return record.indicator.replace("_", " ")


def _is_whole(item: Lost) -> bool:
    """Whether a whole exhibit is lost and not a part of it."""
    return bool(exhibits(item.what)) and not _PART.search(item.what)


def _is_rating(item: Lost) -> bool:
    return _RATING.search(f"{item.what} {item.reason}") is not None


def _is_priority(item: Lost) -> bool:
    return item.what.startswith("Priorities")
