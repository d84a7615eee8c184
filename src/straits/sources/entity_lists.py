"""Who is on a list: China's unreliable-entity, control and watch lists, and METI's foreign end-user list.

China has no consolidated file; every listing is an announcement of the commerce ministry (MOFCOM), which either
numbers the names in an annex ("1. 名称（Name）") or names them in a sentence ("决定将甲（A）、乙（B）列入不可靠实体清单").
:func:`announcement` reads the saved page of either kind.  METI publishes a PDF; its table saved as CSV or text
columns under METI's own headings is read by :func:`read`, as is a table with the columns ``list_id``, ``entity_name``,
``aliases``, ``addresses``, ``date_added``, ``reason``, ``source_url``.
"""

from __future__ import annotations

import csv
import datetime as dt
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from straits.sources.source import refuse
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.regions import economies

LISTS = {
    "cn-unreliable-entity-list": "不可靠实体清单",
    "cn-export-control-watchlist": "出口管制管控名单",
    "cn-attention-list": "关注名单",
    "jp-end-user-list": "外国ユーザーリスト",
}
NAMES = {
    "cn-unreliable-entity-list": "China: Unreliable Entity List",
    "cn-export-control-watchlist": "China: export control list (entities)",
    "cn-attention-list": "China: watch list of end users",
    "jp-end-user-list": "Japan: Foreign End User List",
}
CONCERNS = {"B": "biological weapons", "C": "chemical weapons", "M": "missiles", "N": "nuclear weapons"}


@dataclass(frozen=True)
class Listed:
    """One name on a list.

    ``added`` is ``None`` when the list does not say; ``economy`` is alpha-3, ``None`` when unknown; ``concerns`` are
    those that METI prints; ``doubt`` says what looks wrong in the file (two columns run together).
    """

    list: str
    name: str
    aliases: tuple[str, ...]
    added: dt.date | None
    economy: str | None
    address: str
    concerns: tuple[str, ...]
    url: str
    doubt: str | None = None


def read(path: Path | str) -> list[Listed]:
    """The names in a table, in file order.  Raises :class:`StraitsError` naming file, row and field."""
    path = Path(path).expanduser()
    if not path.is_file():
        raise StraitsError(f"{path}: no such file")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise StraitsError(f"{path.name}: not UTF-8: save the file as UTF-8") from error
    if text.lstrip()[:1] == "<":
        return announcement(text, path.name)
    reader = csv.DictReader(text.splitlines(keepends=True))
    columns = [name.strip() for name in reader.fieldnames or []]
    if {"list_id", "entity_name"} <= set(columns):
        found = [_registered(path.name, reader.line_num, row) for row in reader]
    elif meti := _meti_columns(columns):
        found = list(_meti(path.name, list(reader), meti))
    else:
        raise refuse(
            path.name, 1, "columns list_id and entity_name, or METI's headings (No., Company or Organization)"
        )
    if not found:
        raise refuse(path.name, None, "names nobody")
    return found


def _registered(file: str, line: int, row: dict[str, str]) -> Listed:
    kind = row["list_id"].strip()
    if kind not in LISTS:
        raise refuse(file, line, f"list_id: {kind!r} is none of {', '.join(LISTS)}")
    address = (row.get("addresses") or "").strip()
    economy, rest = placed(address) if kind.startswith("jp") else (_in_chinese(address), "")
    name = row["entity_name"].strip() or (rest if economy else "")
    if not name:
        raise refuse(file, line, "entity_name: is empty")
    return Listed(
        kind,
        name,
        tuple(part.strip() for part in (row.get("aliases") or "").split(";") if part.strip()),
        _day(file, line, "date_added", row.get("date_added") or ""),
        economy,
        address,
        concerns(row.get("reason") or "") if kind.startswith("jp") else (),
        (row.get("source_url") or "").strip(),
        f"the column of places also holds {rest!r}" if rest and economy else None,
    )


def _day(file: str, line: int | None, field: str, cell: str) -> dt.date | None:
    if not cell.strip():
        return None
    try:
        return dt.date.fromisoformat(cell.strip())
    except ValueError as error:
        raise refuse(file, line, f"{field}: {cell.strip()!r} is not a day of the calendar (YYYY-MM-DD)") from error


# -- METI ----------------------------------------------------------------------------------------------------

_METI = {
    "number": ("no.", "no"),
    "country": ("country or region", "国名、地域名", "国名･地域名"),
    "name": ("company or organization", "企業名、組織名", "企業名､組織名"),
    "aliases": ("also known as", "別名"),
    "wmd": ("type of wmd", "懸念区分"),
    "conventional": ("conventional weapons", "通常兵器"),
}


def _meti_columns(columns: list[str]) -> dict[str, str]:
    """Which column is which under METI's headings, in Japanese, English or both; empty when it is not METI's table."""
    found: dict[str, str] = {}
    for field, names in _METI.items():
        for column in columns:
            if any(name in " ".join(column.lower().split()) for name in names):
                found.setdefault(field, column)
    return found if {"number", "country", "name"} <= set(found) else {}


def _meti(file: str, rows: list[dict[str, str]], column: dict[str, str]) -> Iterator[Listed]:
    wanted = 1
    for line, row in enumerate(rows, 2):
        cell = {field: " ".join((row.get(name) or "").split()) for field, name in column.items()}
        if not any(cell.values()):
            continue
        if cell["number"] != str(wanted):
            raise refuse(
                file, line, f"No.: {wanted} expected, found {cell['number'] or 'nothing'}: a row is lost or doubled"
            )
        wanted += 1
        if not cell["name"]:
            raise refuse(file, line, "Company or Organization: is empty")
        economy, rest = placed(re.sub(r"^[^\x00-\x7f]+\s*", "", cell["country"]))
        marks = concerns(cell.get("wmd", "")) + (("conventional weapons",) if cell.get("conventional") else ())
        aliases = tuple(part.strip() for part in cell.get("aliases", "").split("・") if part.strip())
        doubt = f"the column of places also holds {rest!r}" if rest and economy else None
        yield Listed("jp-end-user-list", cell["name"], aliases, None, economy, cell["country"], marks, "", doubt)


def concerns(text: str) -> tuple[str, ...]:
    """The concerns that METI's letters stand for.

    >>> concerns("大量破壊兵器等の懸念: 生物、化学 B,C; 通常兵器の懸念: CW")
    ('biological weapons', 'chemical weapons', 'conventional weapons')
    """
    letters = re.findall(r"(?<![A-Za-z])[BCMN](?![A-Za-z])", text)
    found = [CONCERNS[letter] for letter in CONCERNS if letter in letters]
    return (*found, *(("conventional weapons",) if re.search(r"\bCW\b", text) else ()))


_STATES = re.compile(
    r"^(?:Islamic Republic of|People['’]s Republic of|Arab Republic of|Republic of|State of|Kingdom of)\s+"
)
_CALLED = {"Syrian Arab Republic": "SYR", "Russian Federation": "RUS", "North Korea": "PRK", "Hong Kong": "HKG"}


def placed(text: str) -> tuple[str | None, str]:
    """The economy that a place begins with, and what follows it.

    >>> placed("Islamic Republic of Iran"), placed("People's Republic of China BVI Electronics"), placed("Atlantis")
    (('IRN', ''), ('CHN', 'BVI Electronics'), (None, 'Atlantis'))
    """
    bare = _STATES.sub("", text.strip())
    names = {**_CALLED, **{name: e.code for e in economies().values() for name in (e.name, *e.aliases)}}
    fitting = [name for name in names if bare == name or bare.startswith(f"{name} ")]
    if not fitting:
        return None, bare
    longest = max(fitting, key=len)
    return names[longest], bare[len(longest) :].strip()


# -- MOFCOM --------------------------------------------------------------------------------------------------

_CHINESE_PLACES = {
    "日本": "JPN",
    "美国": "USA",
    "台湾": "TWN",
    "中国台湾": "TWN",
    "加拿大": "CAN",
    "英国": "GBR",
    "荷兰": "NLD",
}
_DECIDED = re.compile(r"决定将(.+?)列入(不可靠实体清单|出口管制管控名单|关注名单)", re.DOTALL)
_ISSUED = re.compile(r"(?:发文日期】|发布日期[:：]?)\s*(\d{4})\s*[-年]\s*(\d{1,2})\s*[-月]\s*(\d{1,2})")
_NUMBERED = re.compile(r"^(\d{1,3})\s*[.、．]\s*(.+)$")
_NAMED = re.compile(r"^(.*?)[（(](.+)[）)]$")


def _in_chinese(address: str) -> str | None:
    return next((code for name, code in _CHINESE_PLACES.items() if address.startswith(name)), None)


def announcement(page: str, file: str = "announcement") -> list[Listed]:
    """The names that an announcement of MOFCOM puts on a list, in its order.

    ``page`` is the saved page (HTML) or its text.  One that lists nobody gives an error: it may be a warning on
    names listed before.  When its title counts ("等28家"), the names found must be as many.
    """
    text = html.unescape(re.sub(r"<(?:br|/p|/div|/tr|/h\d|/li)[^>]*>", "\n", page)) if "<" in page else page
    text = re.sub(r"<[^>]+>", "", re.sub(r"<(script|style).*?</\1>", "", text, flags=re.DOTALL))
    lines = [" ".join(line.replace("\u3000", " ").split()) for line in text.split("\n")]
    lines = [line for line in lines if line]
    whole = "\n".join(lines)
    kind = next((name for name, title in LISTS.items() if title in whole and name.startswith("cn")), None)
    if kind is None:
        raise refuse(file, None, "no list of MOFCOM is named in it: give the saved page of an announcement")
    issued = _ISSUED.search(whole)
    added = dt.date(*map(int, issued.groups())) if issued else None
    names, said = _numbered(lines), re.search(r"等\s*(\d+)\s*(?:家|个)", whole)
    if not names and (decided := _DECIDED.search(whole)):
        kind = next(name for name, title in LISTS.items() if title == decided[2])
        inner = re.sub(r"等\s*\d+\s*(?:家|个).*$", "", decided[1].replace("\n", ""))
        names = [(part, "") for part in re.split(r"、|(?<=[）)])和", inner) if part.strip()]
    if not names:
        raise refuse(file, None, "names nobody: an announcement that refers to an older listing adds none")
    if said and int(said[1]) != len(names):
        raise refuse(file, None, f"says {said[1]} names, and {len(names)} were found")
    return [_named(kind, name, address, added) for name, address in names]


def _numbered(lines: list[str]) -> list[tuple[str, str]]:
    """The numbered names below the word for annex, each with its address when the next line gives it."""
    start = max((place for place, line in enumerate(lines) if line.startswith("附件")), default=None)
    found: list[tuple[str, str]] = []
    for line in lines[start + 1 :] if start is not None else []:
        if match := _NUMBERED.match(line):
            if int(match[1]) != len(found) + 1:
                break
            found.append((match[2], ""))
        elif found and line.startswith("地址"):
            found[-1] = (found[-1][0], re.sub(r"^地址[:：]\s*", "", line))
    return found


def _named(kind: str, name: str, address: str, added: dt.date | None) -> Listed:
    match = _NAMED.match(name.strip())
    local, original = (match[1].strip(), match[2].strip()) if match else (name.strip(), "")
    aliases = (local,) if original else ()
    return Listed(kind, original or local, aliases, added, _in_chinese(address), address, (), "")
