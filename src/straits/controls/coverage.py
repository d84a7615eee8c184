"""Which share of a region's imports from a provider falls under the provider's export controls, and how that grew.

Formula: value of imports of controlled codes from the provider / value of all imports from the provider, within the
products that are loaded, by product group and year, with the controls in force on the last day of the year.  A code
of six digits that is controlled in part cannot be divided, so the share is an interval: the lower bound counts codes
all of which is controlled, the upper bound every code that may hold something controlled.  Trade is that of the
observatory; the codes that a measure names are brought to the trade's nomenclature as :func:`covers` does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from straits.controls.answers import Coverage, CoverageRow, Growth
from straits.controls.codes import Code
from straits.controls.covering import covers
from straits.controls.nomenclature import Correlations
from straits.controls.questions import aimed_at
from straits.controls.records import KINDS, RESTRICTING, Measure
from straits.controls.register import Register, in_force_on
from straits.vocabulary.errors import StraitsError, nearest
from straits.vocabulary.materials import materials, materials_of
from straits.vocabulary.periods import first_day
from straits.vocabulary.regions import Region, region

if TYPE_CHECKING:
    from straits.observatory import Observatory

TOTAL = "all"


@dataclass(frozen=True)
class _Cell:
    """One product and year: imports from the provider, and what controls say of it."""

    group: str
    product: str
    year: int
    usd: int


def coverage(
    register: Register,
    observatory: Observatory,
    of: str,
    on: str,
    years: str | int | Sequence[int],
    kinds: Sequence[str] = RESTRICTING,
    groups: Sequence[str] = (),
    correlations: Correlations | None = None,
) -> Coverage:
    """Coverage of ``of``'s imports from ``on`` by the controls of ``on``.

    ``years`` is a year, a range or a list; ``kinds`` the kinds of measure that count (reporting and review do not, by
    default); ``groups`` are names of materials (default: all that are loaded).  Money in USD, shares 0 to 1.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise nearest(kind, KINDS, "kind of measure")
    dependent, provider = region(of), region(on)
    if {m.economy for m in dependent.members} & {m.economy for m in provider.members}:
        raise StraitsError(f"{dependent.id} and {provider.id} overlap: coverage needs a buyer and a seller")
    version = observatory.data("trade")
    nomenclature = observatory.nomenclatures(version)[0]
    named = _groups(sorted(observatory.traded(version, nomenclature)), groups)
    products = sorted({code for codes in named.values() for code in codes})
    answer = observatory.suppliers(dependent.id, products, years)
    asked = sorted({row["period"] for row in answer.rows}) or _years(years)
    cells = list(_cells(answer.rows, named, provider))
    issuing = _issued_by(register, provider, kinds)
    touched = {
        product: _touching(register, issuing, Code(nomenclature, product), dependent.id, correlations)
        for product in products
    }
    known = any(item.codes or item.materials for measure in issuing for item in measure.items)
    rows = [_row(name, year, cells, touched, named[name], known) for name in named for year in asked]
    total = [_row(TOTAL, year, _once(cells), touched, products, known) for year in asked]
    growth = [
        _growth(name, rows, cells, touched) for name in named if any(r.high_usd for r in rows if r.group == name)
    ]
    return Coverage(
        dependent.id,
        provider.id,
        tuple(asked),
        tuple(kinds),
        nomenclature,
        tuple(row for row in rows if row.imports_usd or row.high_usd),
        tuple(total),
        (_growth(TOTAL, total, _once(cells), touched), *growth),
        tuple(answer.sources),
        tuple(_notes(register, issuing, nomenclature, named, kinds, version.dataset)),
    )


def _years(years: str | int | Sequence[int]) -> list[int]:
    from straits.vocabulary.periods import parse_years

    return parse_years(str(years)) if isinstance(years, str | int) else sorted(set(years))


def _groups(traded: Sequence[str], groups: Sequence[str]) -> dict[str, list[str]]:
    """The product codes of each group: a material and its codes; a code of no material is a group of its own."""
    from straits.vocabulary.materials import material

    wanted = {material(name).id for name in groups}
    found: dict[str, list[str]] = {}
    for code in traded:
        names = [item.id for item in materials_of(code)] or [code]
        for name in names:
            if not wanted or name in wanted:
                found.setdefault(name, []).append(code)
    if not found:
        raise StraitsError(f"no product of {', '.join(groups)} in the trade data that is loaded")
    return dict(sorted(found.items()))


def _cells(rows: Iterable[dict[str, Any]], named: dict[str, list[str]], provider: Region) -> Iterable[_Cell]:
    groups: dict[str, list[str]] = {}
    for name, codes in named.items():
        for code in codes:
            groups.setdefault(code, []).append(name)
    for row in rows:
        if row["supplier"] in provider.economies(first_day(row["period"])):
            for name in groups.get(row["product"], []):
                yield _Cell(name, row["product"], row["period"], row["value_usd"])


def _once(cells: Sequence[_Cell]) -> list[_Cell]:
    """The cells over all groups: a product that belongs to two materials counts once."""
    first: dict[str, str] = {}
    for cell in cells:
        first.setdefault(cell.product, cell.group)
    return [_Cell(TOTAL, c.product, c.year, c.usd) for c in cells if first[c.product] == c.group]


def _issued_by(register: Register, provider: Region, kinds: Sequence[str]) -> list[Measure]:
    states = {member.economy for member in provider.members} | {provider.id}
    return [m for m in register.measures.values() if m.state in states and m.kind in kinds]


Touch = tuple[Measure, bool]
"""A measure that touches a product, and whether it certainly covers all of it for this destination."""


def _touching(
    register: Register, issuing: Sequence[Measure], code: Code, target: str, correlations: Correlations | None
) -> list[Touch]:
    extents: dict[str, bool] = {}
    for cover in covers(register, str(code), correlations=correlations).covers:
        extents[cover.measure] = extents.get(cover.measure, False) or cover.extent == "whole"
    found = []
    for measure in issuing:
        aimed = aimed_at(measure, target)
        if measure.id in extents and aimed is not False:
            found.append((measure, extents[measure.id] and aimed is True))
    return found


def _bounds(touches: Sequence[Touch], year: int) -> tuple[bool, bool, list[str]]:
    """Whether a product is certainly, and whether it may be, controlled at the end of a year; and by what."""
    low = high = False
    names = []
    for measure, whole in touches:
        in_force = in_force_on(measure, dt.date(year, 12, 31))
        if in_force is not False:
            high = True
            names.append(measure.id)
            low = low or (whole and in_force is True)
    return low, high, names


def _row(
    group: str, year: int, cells: Sequence[_Cell], touched: dict[str, list[Touch]], codes: Sequence[str], known: bool
) -> CoverageRow:
    """One group and year; the shares are unknown when no measure of the provider names a code or a material."""
    mine = [cell for cell in cells if cell.group == group and cell.year == year]
    total, low, high = sum(cell.usd for cell in mine), 0, 0
    names: set[str] = set()
    controlled: set[str] = set()
    for code in codes:
        surely, maybe, by = _bounds(touched[code], year)
        usd = sum(cell.usd for cell in mine if cell.product == code)
        low += usd if surely else 0
        high += usd if maybe else 0
        if maybe:
            names |= set(by)
            controlled.add(code)
    baskets = sorted({p.also for c in controlled for m in materials_of(c) if (p := m.products[c]).also})
    name = materials()[group].name if group in materials() else "all groups" if group == TOTAL else group
    return CoverageRow(
        group, name, year, total, low, high,
        low / total if total and known else None, high / total if total and known else None,
        tuple(sorted(names)), tuple(sorted(controlled)), "; ".join(baskets) if baskets and group != TOTAL else None,
    )  # fmt: skip


def _growth(
    group: str, rows: Sequence[CoverageRow], cells: Sequence[_Cell], touched: dict[str, list[Touch]]
) -> Growth:
    """The change of the share from the first to the last year with imports, and how much of it new controls made."""
    mine = [row for row in rows if row.group == group and row.share_high is not None]
    if len(mine) < 2:
        year = mine[0].year if mine else 0
        return Growth(group, year, year, None, None, None, None)
    first, last = mine[0], mine[-1]
    at_first = [cell for cell in cells if cell.group == group and cell.year == first.year]
    later = sum(cell.usd for cell in at_first if _bounds(touched[cell.product], last.year)[1])
    assert first.share_high is not None and last.share_high is not None
    assert first.share_low is not None and last.share_low is not None
    change = last.share_high - first.share_high
    by_controls = later / first.imports_usd - first.share_high
    return Growth(
        group, first.year, last.year, last.share_low - first.share_low, change, by_controls, change - by_controls
    )


def _notes(
    register: Register,
    issuing: Sequence[Measure],
    nomenclature: str,
    named: dict[str, list[str]],
    kinds: Sequence[str],
    dataset: str,
) -> list[str]:
    left_out = [kind for kind in KINDS if kind not in kinds]
    notes = [
        f"shares are of the imports of {len({code for codes in named.values() for code in codes})} products in {dataset} ({nomenclature}), "
        "not of all imports",
        "controls are those in force on 31 December of each year; a code that is controlled in part, a material that is "
        "named without a code and a date that is not settled count in the upper bound only",
    ]
    if left_out:
        notes.append(f"measures of the kinds {', '.join(left_out)} do not count")
    if not any(item.codes or item.materials for measure in issuing for item in measure.items):
        notes.append(
            "no measure of this provider and these kinds names a code or a material: the share is unknown, not nought"
        )
    words = [m.id for m in issuing if not any(i.codes or i.materials for i in m.items)]
    if words:
        notes.append(f"not counted, for they name goods without code or material: {', '.join(sorted(words))}")
    return notes
