"""Small tables that people download or write by hand: rows with named columns, read without silence.

The header is found by its words, in any order; every column is known or refused; every fault is told with file, row
(as an editor counts them, the header is row 1) and field, all at once.  What spreadsheets do to such files is undone:
UTF-8, UTF-16 or GB18030, commas, tabs or semicolons between cells, ``="0112"`` around codes, thousands separators.
"""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from straits.vocabulary.errors import StraitsError, nearest
from straits.vocabulary.regions import economies

MISSING = frozenset({"", "-", "--", "na", "n/a", "null", "none"})
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?")
_SHOWN = 20
_TITLE = 15  # rows in which the header is looked for


@dataclass(frozen=True)
class Layout:
    """How a table may be laid out: the names that each column may have, and which columns must be there.

    Above the header of a ``searched`` one there may be a title; it is known by three of its names.
    """

    columns: Mapping[str, Sequence[str]]
    needs: tuple[str, ...]
    searched: bool = False

    @property
    def known(self) -> dict[str, str]:
        """What each name of a column means."""
        return {name: what for what, names in self.columns.items() for name in names}


@dataclass(frozen=True)
class Sheet:
    """A table with its columns recognised: ``at`` says where a field stands; ``faults`` are gathered while reading."""

    file: str
    layout: Layout
    at: dict[str, int]
    header: list[str]
    lines: list[tuple[int, list[str]]]
    faults: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, file: str, raw: bytes, layouts: Sequence[Layout]) -> Sheet:
        """A file's bytes in the first layout that fits; the last one needs its header in the first row."""
        lines = _lines(file, _decoded(raw, file))
        if not lines:
            raise StraitsError(f"{file}: empty; a table needs a header and rows")
        for layout in layouts:
            place = _header(layout, lines) if layout.searched else 0
            if place is not None:
                number, header = lines[place][0], [cell.strip() for cell in lines[place][1]]
                at = _places(file, number, layout, header)
                return cls(file, layout, at, header, lines[place + 1 :])
        raise StraitsError(f"{file}: no header that is known in its first {_TITLE} rows")

    def rows(self) -> Iterator[Row]:
        """The rows that are whole; others are faults."""
        for number, cells in self.lines:
            named = [place for place, name in enumerate(self.header) if name]
            if len(cells) <= max(named):
                self.faults.append(f"row {number}: {len(cells)} cells where the header has {len(self.header)}")
            elif strange := [cell for place, cell in enumerate(cells) if cell and place not in named]:
                self.faults.append(f"row {number}: '{strange[0]}' is in a column without a name")
            else:
                yield Row(self, number, cells)

    def refuse(self) -> None:
        """Raise what was wrong, if something was."""
        if len(self.faults) == 1:
            raise StraitsError(f"{self.file}, {self.faults[0]}; nothing was read")
        if self.faults:
            more = f"\n... and {len(self.faults) - _SHOWN} more" if len(self.faults) > _SHOWN else ""
            shown = "\n".join(f"{self.file}, {fault}" for fault in self.faults[:_SHOWN])
            raise StraitsError(f"{len(self.faults)} fault(s), nothing was read\n{shown}{more}")


class BadCellError(Exception):
    """A cell that cannot be; caught by who reads the row."""


@dataclass(frozen=True)
class Row:
    """One row; its methods read a field, or raise :class:`BadCellError` with row, field and rule."""

    sheet: Sheet
    number: int
    cells: list[str]

    def has(self, what: str) -> bool:
        """Whether the table has that column."""
        return what in self.sheet.at

    def text(self, what: str) -> str:
        """A cell; empty where the table has no such column."""
        return self.cells[self.sheet.at[what]] if self.has(what) else ""

    def bad(self, what: str, rule: str) -> BadCellError:
        """What is wrong with a field."""
        return BadCellError(f"row {self.number}, {self.sheet.header[self.sheet.at[what]]}: {rule}")

    def month(self) -> int:
        """Months since year 0, from ``2023-12``, ``2023-12-01``, ``202312``, ``2023/12``, ``2023.12`` or ``2023年12月``."""
        cell = self.text("period")
        match = re.fullmatch(r"(\d{4})(?:[-/.年]?(\d{2})|[-/年](\d))月?(?:[-/.](\d{2}))?", cell)
        month = int(match[2] or match[3]) if match else 0
        if not match or not 1 <= month <= 12:
            raise self.bad("period", f"'{cell}' is not a month: write 2023-12 or 202312, with months 01 to 12")
        if match[4] not in (None, "01"):
            raise self.bad("period", f"'{cell}' is a day: a month is written 2023-12 or as its first day")
        return 12 * int(match[1]) + month - 1

    def code(self) -> str:
        """A product code of 4 to 10 digits; five digits have lost a zero in front."""
        cell = re.sub(r"[.\s]", "", self.text("code"))
        if not cell:
            raise self.bad("code", "is empty")
        if not re.fullmatch(r"\d{4,10}", cell):
            raise self.bad("code", f"'{cell}' is not a product code: 4 to 10 digits")
        return cell.zfill(len(cell) + len(cell) % 2)

    def amount(self, what: str, unit: str) -> float | None:
        """A number of zero or more, ``None`` where the cell says that there is none."""
        cell = self.text(what)
        if cell.casefold() in MISSING:
            return None
        try:
            value = float(cell.replace(",", "") if _THOUSANDS.fullmatch(cell.lstrip("-")) else cell)
        except ValueError:
            raise self.bad(what, f"'{cell}' is not a number ({unit})") from None
        if not math.isfinite(value):
            raise self.bad(what, f"'{cell}' is not a number ({unit}); {cell} cannot be: leave unknown amounts empty")
        if value < 0:
            raise self.bad(what, f"{cell} is negative ({unit}) and cannot be: flows are 0 or more")
        return value

    def economy(self, what: str, known: Mapping[str, str]) -> str:
        """The code of an economy by one of its names in ``known`` (folded)."""
        name = self.text(what)
        code = known.get(name.casefold())
        if code is None:
            names = [alias for economy in economies().values() for alias in (economy.name, *economy.aliases)]
            raise self.bad(what, str(nearest(name, names, "partner")))
        return code


def economy_names() -> dict[str, str]:
    """Names, aliases and codes of economies (not of regions), folded, to codes."""
    return {
        name.casefold(): economy.code
        for economy in economies().values()
        for name in (economy.code, economy.name, *economy.aliases)
    }


def _decoded(raw: bytes, file: str) -> str:
    encodings = ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise StraitsError(f"{file}: cannot be read as UTF-8, UTF-16 or GB18030 text: save it as a CSV")


def _lines(file: str, text: str) -> list[tuple[int, list[str]]]:
    """The rows that are not empty, with their numbers; what Excel puts around a code is taken off."""
    top = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",\t;", key=top.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    found = []
    try:
        for number, cells in enumerate(reader, 1):
            clean = [_plain(cell) for cell in cells]
            if any(clean):
                found.append((number, clean))
    except csv.Error as error:
        raise StraitsError(f"{file}, row {reader.line_num}: not a CSV ({error})") from error
    return found


def _plain(cell: str) -> str:
    """A cell without blanks and without Excel's ``="..."``.

    >>> _plain('="0112"'), _plain("25041010\\t")
    ('0112', '25041010')
    """
    stripped = cell.strip()
    match = re.fullmatch(r'="?(.*?)"?', stripped)
    return match[1].strip() if match else stripped


def _folded(name: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", name)).strip().casefold()


def _header(layout: Layout, lines: list[tuple[int, list[str]]]) -> int | None:
    known = layout.known
    for place, (_, cells) in enumerate(lines[:_TITLE]):
        if len({known[name] for name in map(_folded, cells) if name in known}) >= 3:
            return place
    return None


def _places(file: str, number: int, layout: Layout, header: list[str]) -> dict[str, int]:
    known = layout.known
    at: dict[str, int] = {}
    for place, name in enumerate(map(_folded, header)):
        if name and name not in known:
            raise StraitsError(f"{file}, row {number}: unknown column '{name}': known are {', '.join(known)}")
        if name and known[name] in at:
            raise StraitsError(f"{file}, row {number}: two columns for {known[name]} ('{name}' is the second)")
        if name:
            at[known[name]] = place
    if absent := [what for what in layout.needs if what not in at]:
        names = "; ".join(f"{layout.columns[what][0]} (or {', '.join(layout.columns[what][1:])})" for what in absent)
        raise StraitsError(f"{file}, row {number}: missing column {names}")
    return at
