"""Annex I of the EU's dual-use regulation as a list that can be searched: entries, dotted paths, parameters, notes.

Read are the consolidated text as EUR-Lex serves it (XHTML of CELEX 02021R0821-DATE: paragraphs and nested two-column
tables, the mark of a sub-entry in the first, its words in the second) and a JSON of that text by entry
(``entries`` with ``entry_code`` and ``verbatim_text``, each line opening with its dotted path).  The text has no
customs codes.  Only the Official Journal is authentic.
"""

from __future__ import annotations

import html.parser
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from straits.sources.source import metadata, refuse
from straits.vocabulary.errors import StraitsError, nearest

CODE = re.compile(r"\d[A-E]\d{3}")
_PATH = re.compile(r"(\d[A-E]\d{3}(?:\.[a-z0-9]+)*)(?:\s+(.*))?", re.DOTALL)
_NOTE = re.compile(r"(Technical Notes?|Notes?|N\.B\.)(\s*\d+)?\s*:?\s")
_NUMBER = r"(?:±\s*)?\d[\d .]*(?:,\d+)?(?:\s*[×x]\s*10\s*[–-]?\s*\d+)?"
_UNIT = r"%|°C|°|[µμnmkMGTP]?(?:m|g|s|Hz|W|V|A|J|Pa|eV|K|N|l|bit|bits|bits/s|byte|Gy|T|C)(?:/[A-Za-z0-9³²]+)?|ppm|mm²|cm³|dB\w*|WT|APP"
_PARAMETER = re.compile(
    rf"(?P<low>less than|better than|not exceeding|exceeding|greater than|more than|or less|at least|equal to or \w+ than|"
    rf"smaller than|shorter than|above|below|up to)?\s*(?P<number>{_NUMBER})\s*(?P<unit>{_UNIT})(?![A-Za-z])"
    rf"(?P<high>\s+or (?:more|less|greater|higher|lower|better|above|below))?"
)
CATEGORIES = {
    "0": "Nuclear materials, facilities and equipment",
    "1": "Special materials and related equipment",
    "2": "Materials processing",
    "3": "Electronics",
    "4": "Computers",
    "5": "Telecommunications and information security",
    "6": "Sensors and lasers",
    "7": "Navigation and avionics",
    "8": "Marine",
    "9": "Aerospace and propulsion",
}
GROUPS = {
    "A": "systems, equipment and components",
    "B": "test, inspection and production equipment",
    "C": "materials",
    "D": "software",
    "E": "technology",
}


@dataclass(frozen=True)
class Parameter:
    """A figure that a line names: as it is written, its number (decimal comma read), its unit and its bound."""

    text: str
    number: float | None
    unit: str
    bound: str


@dataclass(frozen=True)
class Line:
    """One line of an entry: its dotted path (``3B001.f.1.b``), what it is (item or note), and its words."""

    path: str
    kind: str
    text: str
    parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One entry such as ``3B001`` with all its lines, in the order of the annex."""

    code: str
    lines: tuple[Line, ...]

    @property
    def category(self) -> str:
        """The category's number and name."""
        return f"{self.code[0]} {CATEGORIES[self.code[0]]}"

    @property
    def group(self) -> str:
        """Whether it lists equipment, materials, software or technology."""
        return GROUPS[self.code[1]]

    @property
    def heading(self) -> str:
        """What the entry is about, in its own first line."""
        return self.lines[0].text


@dataclass(frozen=True)
class Annex:
    """The annex as of a date: ``version`` is the CELEX number of the consolidated text."""

    version: str
    valid_from: str
    url: str
    entries: dict[str, Entry]
    notes: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def entry(self, code: str) -> Entry:
        """The entry of that code; a path such as ``3B001.f.1`` gives its entry."""
        wanted = code.strip().upper()[:5]
        if wanted not in self.entries:
            raise nearest(code, self.entries, "entry of Annex I")
        return self.entries[wanted]

    def at(self, path: str) -> list[Line]:
        """The line of a dotted path, all below it, and their notes."""
        code, _, rest = path.strip().partition(".")
        wanted = ".".join(part for part in (code.upper(), rest.lower()) if part)
        lines = [
            line for line in self.entry(wanted).lines if line.path == wanted or line.path.startswith(f"{wanted}.")
        ]
        if not lines:
            raise nearest(wanted, [line.path for line in self.entry(wanted).lines], "path in Annex I")
        return lines


def read(path: Path | str) -> Annex:
    """The annex from a file: the consolidated text of EUR-Lex (.html, .xhtml) or a JSON by entry.

    Raises :class:`StraitsError` that names file, entry and rule; nothing is half read.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise StraitsError(f"{path}: no such file")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise StraitsError(f"{path.name}: not UTF-8: save the file as UTF-8") from error
    start = text.lstrip()[:1]
    if start == "{":
        annex = _json(path, text)
    elif start == "<":
        annex = _html(path, text)
    else:
        raise StraitsError(f"{path.name}: neither the consolidated text (HTML) nor a JSON of its entries")
    least = int(metadata("eu_dual_use").assertions["entries_at_least"])
    if len(annex.entries) < least:
        raise refuse(path.name, None, f"{len(annex.entries)} entries; Annex I has at least {least}")
    return annex


def parameters(text: str) -> tuple[Parameter, ...]:
    """The figures with a unit that a line names; the annex writes decimal commas.

    >>> [(p.number, p.unit, p.bound) for p in parameters("a wavelength shorter than 193 nm; 2,5 % or more")]
    [(193.0, 'nm', 'shorter than'), (2.5, '%', 'or more')]
    """
    found = []
    for match in _PARAMETER.finditer(text):
        plain = re.sub(r"[±\s]", "", match["number"]).replace(",", ".")
        number = float(plain) if re.fullmatch(r"\d+(\.\d+)?", plain) else None
        bound = (match["low"] or match["high"] or "").strip()
        found.append(Parameter(match[0].strip(), number, match["unit"], bound))
    return tuple(found)


# -- JSON ----------------------------------------------------------------------------------------------------


def _json(path: Path, text: str) -> Annex:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise StraitsError(f"{path.name}, line {error.lineno}: not JSON: {error.msg}") from error
    missing = [name for name in ("corpus_version", "valid_from", "entries") if name not in content]
    if missing:
        raise refuse(path.name, None, f"{missing[0]} is missing: not a JSON of Annex I")
    entries: dict[str, Entry] = {}
    for number, item in enumerate(content["entries"], 1):
        name = str(item.get("entry_code", ""))
        if not CODE.fullmatch(name):
            raise refuse(path.name, None, f"entry {number}: {name!r} is no code such as 3B001")
        if name in entries:
            raise refuse(path.name, None, f"entry {number}: {name} stands twice")
        lines = [_line(path, name, line) for line in str(item.get("verbatim_text", "")).split("\n") if line.strip()]
        if not lines:
            raise refuse(path.name, None, f"entry {number}: {name} has no text")
        entries[name] = Entry(name, tuple(lines))
    if "entry_count" in content and int(content["entry_count"]) != len(entries):
        raise refuse(path.name, None, f"says {content['entry_count']} entries and holds {len(entries)}")
    notes = tuple((str(doc["title"]), str(doc["verbatim_text"])) for doc in content.get("docs", []))
    return Annex(content["corpus_version"], content["valid_from"], content.get("source_url", ""), entries, notes)


def _line(path: Path, entry: str, line: str) -> Line:
    match = _PATH.fullmatch(line.strip())
    if match is None or not match[1].startswith(entry):
        raise refuse(path.name, None, f"{entry}: the line {line[:60]!r} does not open with its path")
    return _told(match[1], " ".join((match[2] or "").split()))


def _told(where: str, text: str) -> Line:
    kind = "note" if _NOTE.match(text + " ") else "not used" if text.rstrip(".;") == "Not used" else "item"
    return Line(where, kind, text, parameters(text) if kind == "item" else ())


# -- EUR-Lex -------------------------------------------------------------------------------------------------

_MARK = re.compile(r"([a-z]{1,2}|\d{1,2})\.")
_BLOCKS = ("p", "td", "tr", "li", "div", "table", "span")
_AMENDED = re.compile(r"[▼►◄]?\s*(?:[MBC]\d*\s*)*[◄]?")
_CELEX = re.compile(
    r"02021R0821\s*[—–-]\s*(?:EN\s*[—–-]\s*)?(\d{2})\.(\d{2})\.(\d{4})|02021R0821-(\d{4})(\d{2})(\d{2})"
)
_HEADING = re.compile(r"CATEGORY \d|PART [IVX]+\b|\d[A-E]\d?\s+[A-Z][a-z]")
_OPENING = re.compile(r"(\d[A-E]\d{3})(?:\s+(\S.*))?", re.DOTALL)


class _Blocks(html.parser.HTMLParser):
    """The text of a page as blocks ``(depth, text)``; depth counts the lists and tables around it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[tuple[int, str]] = []
        self._open: list[tuple[str, bool]] = []
        self._words: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "head"):
            self._silent += 1
        if tag in _BLOCKS:
            self._flush(tag)
            if tag in ("div", "table"):
                style = dict(attrs).get("class") or ""
                self._open.append((tag, tag == "table" or "grid-container" in style))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "head"):
            self._silent = max(0, self._silent - 1)
        if tag in _BLOCKS:
            self._flush(tag)
        if tag in ("div", "table"):
            while self._open and self._open.pop()[0] != tag:
                continue

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._words.append(data)

    def _flush(self, tag: str) -> None:
        text = " ".join("".join(self._words).split())
        if tag == "span" and not _MARK.fullmatch(text):
            return  # a span inside a sentence is no border
        self._words = []
        if text and not _AMENDED.fullmatch(text):
            self.blocks.append((sum(counts for _, counts in self._open), text))


def _html(path: Path, text: str) -> Annex:
    parser = _Blocks()
    parser.feed(text)
    parser.close()
    dated = _CELEX.search(text)
    if dated is None:
        raise refuse(path.name, None, "no CELEX number 02021R0821 with a date: not the consolidated regulation")
    day = (dated[3], dated[2], dated[1]) if dated[1] else (dated[4], dated[5], dated[6])
    entries: dict[str, Entry] = {}
    for name, lines in _entries(parser.blocks):
        if name in entries:
            raise refuse(path.name, None, f"{name} stands twice: save one consolidated text, not several")
        entries[name] = Entry(name, tuple(lines))
    version, url = f"02021R0821-{''.join(day)}", f"http://data.europa.eu/eli/reg/2021/821/{'-'.join(day)}"
    return Annex(version, "-".join(day), url, entries)


def _entries(blocks: Sequence[tuple[int, str]]) -> Iterator[tuple[str, list[Line]]]:
    """Entries from blocks in reading order: a code opens one, a mark (``a.``, ``1.``) a sub-entry at its depth."""
    code, lines, started = "", list[Line](), False
    marks: list[tuple[int, str]] = []
    for depth, block in blocks:
        started = started or re.match(r"(CATEGORY\s+0|0A001)\b", block, re.IGNORECASE) is not None
        if not started:
            continue
        if re.match(r"ANNEX\s+II\b", block):
            break
        head = _OPENING.fullmatch(block)
        if head and (not head[2] or not head[2][0].islower()):
            if lines:
                yield code, lines
            code, lines, marks = head[1], [], []
            if head[2]:
                lines.append(_told(code, head[2]))
        elif not code or _HEADING.match(block):
            continue
        elif mark := _MARK.fullmatch(block):
            marks = [*(m for m in marks if m[0] < depth), (depth, mark[1])]
        else:
            where = [m for at, m in marks if at <= depth]
            lines.append(_told(".".join([code, *where]), block))
    if lines:
        yield code, lines


def listed(annex: Annex) -> list[dict[str, Any]]:
    """The entries as plain rows: code, category, group, heading, number of lines and of parameters."""
    return [
        {
            "entry": entry.code,
            "category": entry.category,
            "group": entry.group,
            "heading": entry.heading,
            "lines": len(entry.lines),
            "parameters": sum(len(line.parameters) for line in entry.lines),
        }
        for entry in annex.entries.values()
    ]
