"""How text becomes words that can be searched, in English and in Chinese.

English goes to SQLite's FTS5 as it is (Porter stems, no case, no accents).  Chinese is written without spaces,
so every character becomes a word of its own and a Chinese query a phrase of neighbouring characters: two
characters (光刻) are found as surely as ten.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from straits.casebook.records import Cell

_MAIN = frozenset({"statement", "title", "name", "aliases", "indicator", "what", "role", "cells", "value"})
_ABOUT = frozenset({"subject", "subjects", "actors", "dependent", "provider", "holder", "by", "targets"})
_HAN = (
    "\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_BESIDE_CHARACTER = re.compile(f"(?<=[{_HAN}])|(?=[{_HAN}])")
_TERM = re.compile(rf'"([^"]*)"|([{_HAN}]+)|([^\s"{_HAN}]+)')


def columns_of(record: Any, names: str) -> tuple[str, str, str]:
    """The three searched columns of a record: what it says, what it is about, and everything else.

    ``names`` are the names of its subjects, already :func:`spaced`.
    """
    main: list[str] = []
    about: list[str] = []
    rest: list[str] = []
    for field, value in vars(record).items():
        if value:
            column = main if field in _MAIN else about if field in _ABOUT else rest
            column.append(value if isinstance(value, str) else _text(value))
    return spaced(" ; ".join(main)), f"{names} ; {spaced(' ; '.join(about))}", spaced(" ; ".join(rest))


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " ; ".join(map(_text, value))
    if isinstance(value, Cell):
        cell = (value.outcome.replace("_", " "), value.level, value.unknown, value.concern, value.note)
        return " ".join(str(part) for part in cell if part is not None)
    return str(value)


def spaced(text: str) -> str:
    """Chinese characters set apart, full-width letters made plain.

    >>> spaced("ASML的光刻机")
    'ASML 的 光 刻 机'
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return plain if plain.isascii() else " ".join(_BESIDE_CHARACTER.sub(" ", plain).split())


def terms(query: str) -> list[str]:
    """The FTS5 terms of a query: words, ``"phrases"`` and runs of Chinese, all of which must occur.

    A word of three letters or more also finds the longer words that begin with it.

    >>> terms('magnet "rare earth" 光刻 6G')
    ['"magnet"*', '"rare earth"', '"光 刻"', '"6G"']
    """
    found = []
    for match in _TERM.finditer(unicodedata.normalize("NFKC", query)):
        phrase, chinese, word = match.groups()
        text = re.sub(r"[^\w]+", " ", spaced(phrase or chinese or word or ""), flags=re.UNICODE).strip()
        if text:
            longer = word is not None and len(text) >= 3 and text.isascii() and text.isalpha()
            found.append(f'"{text}"' + ("*" if longer else ""))
    return found
