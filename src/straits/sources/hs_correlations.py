"""Official correlation tables between revisions of a nomenclature, as UNSD and Eurostat publish them.

Two layouts are read.  UNSD's own workbook (``HS2022 to HS2017 Correlation and conversion tables``): a sheet
"Correlation Tables" with one pair of codes and its relationship a row, and a sheet of conversions that gives each
code of the newer revision one code of the older.  And a table with the columns ``code.after``, ``code.before``,
``Relationship`` and ``adjustment`` over several pairs of revisions.  A workbook with two columns of codes and no
relationship (Eurostat's yearly updates of the CN) is read too; the relationship is then worked out from the pairs.
What is read is checked against what it says of itself before it is used: every pair once, every relationship one
of four, a code that is called 1:1 in no other pair.
"""

from __future__ import annotations

import csv
import gzip
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from straits.sources.source import Metadata, metadata, refuse
from straits.vocabulary.errors import StraitsError

RELATIONS = ("1:1", "1:n", "n:1", "n:n")
_REVISION = re.compile(r"\b(HS|CN)\s*[- ]?\s*(\d{4}|\d{2})\b", re.IGNORECASE)
_DIGITS = {"HS": 6, "CN": 8}
_HEAD_WITHIN = 10  # rows in which the heads of columns are looked for


@dataclass(frozen=True)
class Pair:
    """One row of a correlation table: a code of the newer revision, one of the older, and their relationship.

    ``relation`` reads from the newer to the older: ``n:1`` is several newer codes that were one.
    """

    newer: str
    older: str
    relation: str


@dataclass(frozen=True)
class Table:
    """A correlation table between two revisions, ``newer`` and ``older`` such as ``HS2022`` and ``HS2017``.

    ``preferred`` is the one older code that the publisher's conversion gives each newer code; empty when the file
    has no conversion.  ``stated`` says whether the relationships are the publisher's or worked out from the pairs.
    """

    newer: str
    older: str
    pairs: tuple[Pair, ...]
    preferred: dict[str, str]
    file: str
    stated: bool


def read(path: Path | str) -> list[Table]:
    """The correlation tables in a file, or in all workbooks and tables of a folder, in order of their names.

    Raises :class:`StraitsError` that names file, row and rule for what is not a correlation table.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        files = [f for f in sorted(path.iterdir()) if re.search(r"\.(xlsx|csv|csv\.gz)$", f.name.lower())]
        if not files:
            raise StraitsError(f"{path}: no .xlsx or .csv in this folder: put UNSD's correlation workbooks there")
        return [table for file in files for table in read(file)]
    if not path.exists():
        raise StraitsError(f"{path}: no such file or folder")
    if path.suffix.lower() == ".xls":
        raise StraitsError(f"{path.name}: the old Excel format; open it and save it as .xlsx")
    if path.suffix.lower() == ".xlsx":
        tables = [_workbook(path)]
    elif path.name.lower().endswith((".csv", ".csv.gz")):
        tables = _consolidated(path)
    else:
        raise StraitsError(f"{path.name}: give a workbook (.xlsx) of UNSD or Eurostat, or a table (.csv, .csv.gz)")
    for table in tables:
        _check(table, metadata("hs_correlations"))
    return tables


def revision(text: str) -> str | None:
    """The nomenclature and revision that a column's head names.

    >>> revision("From HS 2017"), revision("HS07"), revision("CN 2024 code"), revision("Relationship")
    ('HS2017', 'HS2007', 'CN2024', None)
    """
    match = _REVISION.search(text)
    if not match:
        return None
    year = match[2] if len(match[2]) == 4 else f"{'19' if match[2] > '80' else '20'}{match[2]}"
    return f"{match[1].upper()}{year}"


def code(cell: Any, nomenclature: str) -> str | None:
    """A code as text with its leading zeros, or ``None`` when the cell is no code of that nomenclature.

    >>> code("0101.21", "HS2022"), code(10121.0, "HS2022"), code("total", "HS2022"), code("2504 10 00", "CN2024")
    ('010121', '010121', None, '25041000')
    """
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
    digits = re.sub(r"[.\s]", "", text)
    wanted = _DIGITS[nomenclature[:2]]
    if not digits.isascii() or not digits.isdigit() or not wanted - 1 <= len(digits) <= wanted:
        return None
    return digits.zfill(wanted)


# -- workbooks -----------------------------------------------------------------------------------------------


def _workbook(path: Path) -> Table:
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, data_only=True)  # not read-only: UNSD's files give a wrong dimension
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise StraitsError(f"{path.name}: not a workbook that can be read ({error})") from error
    found: dict[str, tuple[str, str, list[tuple[int, str, str, str | None]]]] = {}
    for sheet in book.worksheets:
        rows = [(number, row) for number, row in enumerate(sheet.iter_rows(values_only=True), 1)]
        if part := _sheet(path, sheet.title, rows):
            found["correlation" if part[3] else "conversion"] = part[:3]
    if not found:
        raise refuse(
            path.name, None, "no sheet has two columns of codes headed with their revisions, such as HS 2022"
        )
    newer, older, rows_found = found.get("correlation") or found["conversion"]
    stated = "correlation" in found
    pairs = [(new, old, relation or "") for _, new, old, relation in rows_found]
    preferred = {new: old for _, new, old, _ in found["conversion"][2]} if stated and "conversion" in found else {}
    if "conversion" in found and stated and found["conversion"][:2] != (newer, older):
        raise refuse(path.name, None, "its sheets speak of different revisions")
    return _table(newer, older, pairs, preferred, path.name, stated)


Rows = Sequence[tuple[int, tuple[Any, ...]]]


def _sheet(
    path: Path, title: str, rows: Rows
) -> tuple[str, str, list[tuple[int, str, str, str | None]], bool] | None:
    """The pairs of one sheet with their row numbers, or ``None`` for a sheet without two columns of codes."""
    head = _head(rows)
    if head is None:
        return None
    at, left, right, relation, newer, older = head
    found = []
    for number, row in rows:
        if number <= at or all(cell is None or not str(cell).strip() for cell in row):
            continue
        cells = (row[left], row[right])
        new, old = code(cells[0], newer), code(cells[1], older)
        if new is None or old is None:
            bad = cells[0] if new is None else cells[1]
            raise refuse(
                f"{path.name}, sheet {title!r}", number, f"{bad!r} is no code of {newer if new is None else older}"
            )
        found.append((number, new, old, str(row[relation]).strip() if relation is not None else None))
    return newer, older, found, relation is not None


def _head(rows: Rows) -> tuple[int, int, int, int | None, str, str] | None:
    for number, row in rows[:_HEAD_WITHIN]:
        names = [str(cell or "") for cell in row]
        revisions = [(place, found) for place, name in enumerate(names) if (found := revision(name))]
        if len(revisions) == 2:
            relation = [place for place, name in enumerate(names) if "relation" in name.lower()]
            (left, newer), (right, older) = revisions
            if newer < older:
                left, right, newer, older = right, left, older, newer
            return number, left, right, relation[0] if relation else None, newer, older
    return None


# -- consolidated tables -------------------------------------------------------------------------------------

_COLUMNS = ["code.after", "code.before", "Relationship", "adjustment"]
_ADJUSTMENT = re.compile(r"(?:HS\s*)?(\d{4}) to (?:HS\s*)?(\d{4})")


def _consolidated(path: Path) -> list[Table]:
    found: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    try:
        packed = path.suffix == ".gz"
        with gzip.open(path, "rt", encoding="utf-8") if packed else path.open(encoding="utf-8") as handle:
            reader = csv.reader(handle)
            head = next(reader, [])
            if head != _COLUMNS:
                raise refuse(
                    path.name, 1, f"the columns should be {', '.join(_COLUMNS)}, found {', '.join(head) or 'none'}"
                )
            for row in reader:
                newer, older, pair = _row(path, reader.line_num, row)
                if older >= "HS1992":  # the tables go on into the SITC of 1988, whose codes are others
                    found.setdefault((newer, older), []).append(pair)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise StraitsError(f"{path.name}: cannot be read ({error})") from error
    tables = [_table(newer, older, pairs, {}, path.name, True) for (newer, older), pairs in found.items()]
    if not tables:
        raise refuse(path.name, None, "no correlation between two revisions of the HS")
    return tables


def _row(path: Path, line: int, row: list[str]) -> tuple[str, str, tuple[str, str, str]]:
    match = _ADJUSTMENT.fullmatch(row[3].strip()) if len(row) == 4 else None
    if match is None:
        raise refuse(path.name, line, "four cells are expected, the last such as '2022 to 2017'")
    newer, older = f"HS{match[1]}", f"HS{match[2]}"
    digits = [cell.strip().zfill(6) for cell in row[:2]]
    if older >= "HS1992" and not all(re.fullmatch(r"\d{6}", cell) for cell in digits):
        raise refuse(path.name, line, f"{row[0]!r} and {row[1]!r} should be codes of six digits")
    return newer, older, (digits[0], digits[1], row[2].strip())


# -- checks --------------------------------------------------------------------------------------------------


def _table(
    newer: str, older: str, pairs: Iterable[tuple[str, str, str]], preferred: dict[str, str], file: str, stated: bool
) -> Table:
    listed = list(pairs)
    if not stated:
        listed = list(worked_out(listed))
    return Table(newer, older, tuple(Pair(*pair) for pair in listed), preferred, file, stated)


def worked_out(pairs: Sequence[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    """Pairs with the relationship that follows from them alone.

    >>> [r for _, _, r in worked_out([("1", "8", ""), ("2", "9", ""), ("3", "9", "")])]
    ['1:1', 'n:1', 'n:1']
    """
    into, out = Counter(old for _, old, _ in pairs), Counter(new for new, _, _ in pairs)
    for new, old, _ in pairs:
        yield new, old, f"{'1' if into[old] == 1 else 'n'}:{'1' if out[new] == 1 else 'n'}"


def _check(table: Table, meta: Metadata) -> None:
    """Refuse a table that contradicts itself: it would convert codes silently wrong."""
    name = f"{table.file} ({table.newer} to {table.older})"
    if table.newer == table.older:
        raise refuse(name, None, "both columns name the same revision")
    if not table.pairs:
        raise refuse(name, None, "no pair of codes")
    if twice := [pair for pair, number in Counter((p.newer, p.older) for p in table.pairs).items() if number > 1]:
        raise refuse(name, None, f"{twice[0][0]} to {twice[0][1]} stands twice")
    into, out = Counter(p.older for p in table.pairs), Counter(p.newer for p in table.pairs)
    for pair in table.pairs:
        if pair.relation not in RELATIONS:
            raise refuse(
                name, None, f"{pair.newer} to {pair.older}: {pair.relation!r} is none of {', '.join(RELATIONS)}"
            )
        if pair.relation == "1:1" and (into[pair.older] > 1 or out[pair.newer] > 1):
            raise refuse(name, None, f"{pair.newer} to {pair.older} is called 1:1, but one of them has other pairs")
    least = int(meta.assertions["pairs_at_least"]) if table.stated and table.newer.startswith("HS") else 1
    if len(table.pairs) < least:
        raise refuse(name, None, f"{len(table.pairs)} pairs; a whole correlation table has at least {least}")
