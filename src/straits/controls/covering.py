"""Which measures cover a product code or a list entry, how code and code were compared, and how much of it is controlled.

A code of six digits holds many goods; a measure names national lines of eight or ten digits, or words.  So a cover is
whole, in part, or unknown, and says why.  Codes of two revisions of the HS are compared through correlation tables
only, and only a 1:1 relation lets the statement stand as it is.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from straits.controls import answers as shown
from straits.controls.codes import Code, parse
from straits.controls.nomenclature import Correlations
from straits.controls.questions import latest, sources_of
from straits.controls.records import Item, Measure
from straits.controls.register import Register, in_order, status_on
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.materials import materials, materials_of

DEFAULT_REVISION = "HS1992"
_ENTRY = re.compile(r"(?:(EU|US|CN|NL|JP|GB):)?(\d[A-E]\d{3}(?:\.[a-z0-9]+)*)\.?", re.IGNORECASE)


def covers(
    register: Register, code: str, on: dt.date | None = None, correlations: Correlations | None = None
) -> shown.Covers:
    """The measures that cover a product code (``250410``, ``CN2024:25041000``) or a list entry (``3B001``).

    A code of six digits without a revision is read as HS 1992, the revision of the embedded trade data, and is also
    compared as it stands.  Codes of other revisions are joined through the register's own HS 1992 codes, or through
    ``correlations`` when the tables are given; without them, a comparison across revisions says that it is none.
    """
    day = on or latest(register)
    if match := _ENTRY.fullmatch(code.strip()):
        return _covers_entry(register, code, match, day)
    asked = parse(code)
    read_as = asked if asked.nomenclature else Code(DEFAULT_REVISION, asked.digits)
    found = [
        cover
        for measure in in_order(register.measures.values())
        for cover in _together(_covered_by(register, measure, asked, read_as, day, correlations))
    ]
    what, basket = _described(register, asked, read_as)
    notes = []
    if not asked.nomenclature:
        notes.append(f"no revision given: read as {read_as}, and compared as it stands with codes of other revisions")
    if basket:
        notes.append(f"{asked.digits} is a basket: what holds for the code need not hold for one of the goods in it")
    if not found:
        notes.append(
            "no measure of the register names this code: the register holds what its sources name, not all law"
        )
    notes.append(
        "measures that name goods by list entry or in words only are not found by a code: search for the words"
    )
    return shown.Covers(code.strip(), str(read_as), what, basket, day.isoformat(), tuple(found), tuple(notes))


def _covers_entry(register: Register, asked: str, match: re.Match[str], day: dt.date) -> shown.Covers:
    listed = (match[1] or "").upper()
    entry = match[2][:5].upper() + match[2][5:].lower()
    found = []
    for measure in in_order(register.measures.values()):
        for item in measure.items:
            for name in item.entries:
                kind, _, held = name.partition(":")
                if (listed and kind != listed) or not (_below(held, entry) or _below(entry, held)):
                    continue
                extent = "whole" if _below(entry, held) else "part"
                because = f"{name} {'holds' if extent == 'whole' else 'is part of'} {entry}"
                found.append(_cover(register, measure, item, name, extent, "same list entry", because, day))
    note = "entries of two states' lists with one number are close, not the same: most come from one regime"
    return shown.Covers(asked.strip(), f"list entry {entry}", None, None, day.isoformat(), tuple(found), (note,))


def _below(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}.")


def _covered_by(
    register: Register, measure: Measure, asked: Code, read_as: Code, day: dt.date, correlations: Correlations | None
) -> Iterator[shown.Cover]:
    for item in measure.items:
        best: tuple[int, shown.Cover] | None = None
        for text in item.codes:
            held = compared(register, parse(text), item, asked, read_as, correlations)
            if held is None:
                continue
            extent, match, because = held
            cover = _cover(register, measure, item, text, extent, match, because, day)
            rank = ("whole", "part", "unknown").index(extent)
            if best is None or rank < best[0]:
                best = (rank, cover)
        if best is None and not item.codes and not item.technology:
            for material in item.materials:
                if _carries(register, material, read_as):
                    because = f"names {materials()[material].name.lower()} and no code: {item.codes_unknown}"
                    best = (2, _cover(register, measure, item, None, "unknown", "by material", because, day))
                    break
        if best is not None:
            yield best[1]


def _together(covers: Iterable[shown.Cover]) -> list[shown.Cover]:
    """One row for the items of a measure that cover a code alike; a material's name counts only where no code does."""
    found: dict[tuple[str, str], shown.Cover] = {}
    for cover in covers:
        key = (cover.extent, cover.match)
        if key in found:
            first = found[key]
            items, codes = (*first.items, *cover.items), tuple(dict.fromkeys((*first.codes, *cover.codes)))
            found[key] = replace(first, items=items, codes=codes)
        else:
            found[key] = cover
    return [cover for cover in found.values() if cover.codes or len(found) == 1]


def _carries(register: Register, material: str, code: Code) -> bool:
    """Whether a material's HS 1992 codes fall under a code, or hold it; codes of other revisions by the register's."""
    held = materials()[material].products
    if code.revision in (DEFAULT_REVISION, ""):
        return any(name.startswith(code.digits[:6]) for name in held)
    known = register.six_digits.get(str(code.six))
    return known is not None and any(name in held for name in known.hs1992)


def compared(
    register: Register, held: Code, item: Item, asked: Code, read_as: Code, correlations: Correlations | None
) -> tuple[str, str, str] | None:
    """How a code that a measure names covers the code asked for: extent, how they were compared, and why.

    ``None`` when it does not.  Below six digits only codes of one nomenclature can be compared.
    """
    same = asked.nomenclature == held.nomenclature or (asked.kind == held.kind in ("CHN", "CN"))
    if same and len(asked.digits) > 6:
        if asked.digits.startswith(held.digits):
            return "whole", "same nomenclature", f"{held} holds it"
        if held.digits.startswith(asked.digits):
            return "part", "same nomenclature", f"{held} is part of it"
        return None
    whole = str(held.six) in item.whole
    six = asked.digits[:6]
    if asked.revision in ("", held.revision) and held.digits.startswith(six):
        match = "same six digits" if asked.nomenclature else f"same digits as {held.six}, revision not given"
        return _extent(register, held, whole and len(six) == 6, match, len(asked.digits))
    return _across(register, held, whole, Code(read_as.revision, six), correlations, len(asked.digits))


def _across(
    register: Register, held: Code, whole: bool, asked: Code, correlations: Correlations | None, length: int
) -> tuple[str, str, str] | None:
    """The same across two revisions of the HS: through the tables, or through the register's codes of HS 1992."""
    if held.revision == asked.nomenclature:
        return None
    if correlations is not None and len(asked.digits) == 6 and asked.nomenclature in correlations.nomenclatures:
        joined = _by_tables(held.six, asked, correlations)
    else:
        joined = _by_register(register, held.six, asked)
    if joined is None:
        return None
    relation, match = joined
    if relation == "1:1":
        return _extent(register, held, whole, match, length)
    return "unknown", match, f"{held.six} and {asked} share goods, and which are controlled is not in the codes"


def _by_tables(held: Code, asked: Code, correlations: Correlations) -> tuple[str, str] | None:
    """The relation of two codes by the official tables, ``None`` when they share nothing."""
    try:
        there = correlations.convert(held, asked.nomenclature)
    except StraitsError:
        return None  # a code that the tables do not know, such as a misprint of an announcement
    if str(asked) not in there.targets:
        return None
    return there.relation, f"{there.relation} from {held} by the official tables"


def _by_register(register: Register, held: Code, asked: Code) -> tuple[str, str] | None:
    known = register.six_digits.get(str(held))
    if asked.nomenclature != DEFAULT_REVISION or known is None:
        return None
    if not any(name.startswith(asked.digits) for name in known.hs1992):
        return None
    return known.relation, f"{known.relation} from {held} to HS1992 (UNSD's tables)"


def _extent(register: Register, held: Code, whole: bool, match: str, length: int) -> tuple[str, str, str]:
    if whole and length >= 6:
        return "whole", match, f"every national line of {held.six} is named"
    known = register.six_digits.get(str(held.six))
    also = f", which also holds: {known.also}" if known and known.also else ""
    return "part", match, f"{held} is part of {held.six}{also}" if len(held.digits) > 6 else f"{held} is named{also}"


def _cover(
    register: Register,
    measure: Measure,
    item: Item,
    code: str | None,
    extent: str,
    match: str,
    because: str,
    day: dt.date,
) -> shown.Cover:
    return shown.Cover(
        measure.id, measure.name, measure.state, measure.kind, status_on(measure, day), (item.what,), (code,) if code else (),
        extent, match,
        because, tuple(measure.targets), measure.announced, measure.in_force, measure.suspended, sources_of(register, measure.sources),
    )  # fmt: skip


def _described(register: Register, asked: Code, read_as: Code) -> tuple[str | None, str | None]:
    """What a code is and what else it holds, from the register's own codes and from the materials."""
    six = asked.digits[:6]
    names = (
        [str(Code(asked.revision or r, six)) for r in ("HS2022", "HS2017")]
        if not asked.nomenclature
        else [str(asked.six)]
    )
    for name in names:
        if known := register.six_digits.get(name):
            return known.what, known.also or None
    if read_as.revision == DEFAULT_REVISION:
        for item in materials_of(six):
            product = item.products[six]
            return product.what, product.also or None
    return None, None
