"""Documents of the US Federal Register on export controls, from the files that federalregister.gov itself gives.

Read are the JSON of its API (``/api/v1/documents.json``: ``results`` with ``document_number``, ``publication_date``,
``title``, ``abstract``, ``html_url`` and, where asked for, ``effective_on``, ``type``, ``action``, ``agencies``) and the
CSV that its search page exports, under the same names; a table with ``url`` for ``html_url`` is taken too.  A rule on
the Entity List often prints how many entries it adds under which destination: :func:`additions` reads them from the
abstract, the added apart from the revised and removed.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from straits.sources.source import refuse
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.regions import region

_NEEDED = ("document_number", "publication_date", "title")
_NUMBER = re.compile(r"(?:[A-Z]\d-)?(?:C\d-)?(?:R\d-)?\d{2,4}-\d{1,6}")
_WORDS = {
    word: number
    for number, word in enumerate(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ],
        1,
    )
} | {
    word: 10 * tens
    for tens, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)
}


@dataclass(frozen=True)
class FederalDocument:
    """One document: number, days, title, abstract, address.  ``effective_on`` is ``None`` when the file has none."""

    number: str
    published: dt.date
    title: str
    abstract: str
    url: str
    effective_on: dt.date | None = None
    type: str | None = None
    agencies: tuple[str, ...] = ()

    @property
    def on_entity_list(self) -> bool:
        """Whether the title says that it changes the Entity List of the export regulations."""
        title = self.title.lower()
        return "entity list" in title and "uyghur" not in title


@dataclass(frozen=True)
class Additions:
    """What a rule adds to the Entity List, as far as its abstract prints it.

    ``by_destination`` is entries by economy (alpha-3), ``unplaced`` the names that are no known economy; ``entities``
    and ``entries`` are the totals in words or figures, ``None`` when not printed.  ``complete`` is true when the
    destinations add up to a printed total, false when not, ``None`` when nothing can be compared.
    """

    by_destination: dict[str, int]
    unplaced: dict[str, int]
    entities: int | None
    entries: int | None
    complete: bool | None


def read(path: Path | str) -> list[FederalDocument]:
    """The documents of a file, oldest first.  Raises :class:`StraitsError` naming file, row and field."""
    path = Path(path).expanduser()
    if not path.is_file():
        raise StraitsError(f"{path}: no such file")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise StraitsError(f"{path.name}: not UTF-8: save the file as UTF-8") from error
    items = _json(path, text) if text.lstrip()[:1] in "[{" else list(csv.DictReader(text.splitlines(keepends=True)))
    if not items:
        raise refuse(path.name, None, "holds no document")
    documents: dict[str, FederalDocument] = {}
    for place, item in enumerate(items, 1 if path.suffix == ".json" else 2):
        document = _document(path.name, place, item)
        if document.number in documents:
            raise refuse(path.name, place, f"document_number: {document.number} stands twice")
        documents[document.number] = document
    return sorted(documents.values(), key=lambda d: (d.published, d.number))


def _json(path: Path, text: str) -> list[dict[str, Any]]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise StraitsError(f"{path.name}, line {error.lineno}: not JSON: {error.msg}") from error
    if isinstance(content, dict):
        content = content.get("results", [content] if "document_number" in content else [])
    if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
        raise refuse(path.name, None, "not an answer of the Federal Register's API ('results' with documents)")
    return content


def _document(file: str, place: int, item: dict[str, Any]) -> FederalDocument:
    if missing := [name for name in _NEEDED if not item.get(name)]:
        raise refuse(
            file, place, f"{missing[0]} is missing: ask the API for the fields {', '.join(_NEEDED)} and abstract"
        )
    number = str(item["document_number"]).strip()
    if not _NUMBER.fullmatch(number):
        raise refuse(file, place, f"document_number: {number!r} is none, such as 2022-21658")
    agencies = item.get("agency_names") or [
        a.get("name", "") for a in item.get("agencies") or [] if isinstance(a, dict)
    ]
    return FederalDocument(
        number,
        _day(file, place, "publication_date", item["publication_date"]),
        " ".join(str(item["title"]).split()),
        " ".join(str(item.get("abstract") or "").split()),
        str(item.get("html_url") or item.get("url") or ""),
        _day(file, place, "effective_on", item["effective_on"]) if item.get("effective_on") else None,
        str(item["type"]) if item.get("type") else None,
        tuple(agencies.split("; ") if isinstance(agencies, str) else map(str, agencies)),
    )


def _day(file: str, place: int, field: str, cell: Any) -> dt.date:
    text = str(cell).strip()
    try:
        if match := re.fullmatch(r"(\d{2})/(\d{2})/(\d{4})", text):  # the CSV writes American days
            return dt.date(int(match[3]), int(match[1]), int(match[2]))
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise refuse(file, place, f"{field}: {text!r} is not a day of the calendar (YYYY-MM-DD)") from error


# -- what a rule adds ----------------------------------------------------------------------------------------

_COUNTED = r"\d+|(?:[a-z]+)(?:[- ][a-z]+)?"
_ADDING = re.compile(
    rf"\badd(?:s|ing)\s+(?P<n>{_COUNTED})\s+(?:new\s+)?(?P<what>entit(?:y|ies)|entries)", re.IGNORECASE
)
_UNDER = re.compile(rf"\bunder\s+(?P<n>{_COUNTED})\s+entr(?:y|ies)", re.IGNORECASE)
_CHANGES = re.compile(
    r"\b(?:also\s+)?(?:modif(?:ies|ying)|revis(?:es|ing)|remov(?:es|ing)|amends\s+\d+|corrects?)\b", re.IGNORECASE
)
_PLACE = re.compile(r"(?P<name>[A-Z][^();]*?(?:\([A-Z][^()\d]*\))?)\s*,?\s*\((?P<n>\d+)\)")


def count(text: str) -> int | None:
    """A number in words or figures.

    >>> count("37"), count("forty-two"), count("seven"), count("certain")
    (37, 42, 7, None)
    """
    if text.isdigit():
        return int(text)
    parts = [_WORDS.get(part) for part in re.split(r"[- ]", text.lower().strip())]
    known = [part for part in parts if part is not None]
    if not known or parts[0] is None:
        return None
    return sum(known) if len(known) == len(parts) and (len(known) == 1 or known[0] >= 20 > known[1]) else known[0]


def additions(document: FederalDocument) -> Additions:
    """What a document's abstract says it adds to the Entity List, by destination.

    Sentences that revise, modify, correct or remove entries are left out.  A destination without a figure is not
    counted: how the entries divide is then unknown, not nought.
    """
    entities = entries = None
    places: dict[str, int] = {}
    for sentence in re.split(r"(?<=[a-z)\"])\.\s+(?=[A-Z])", document.abstract):
        if adding := _ADDING.search(sentence):
            if adding["what"].lower() == "entries":
                entries = entries or count(adding["n"])
            else:
                entities = entities or count(adding["n"])
            if under := _UNDER.search(sentence):
                entries = entries or count(under["n"])
        added, changed = sentence.find("adding"), _CHANGES.search(sentence)
        if changed and (added < 0 or changed.start() < added):
            continue
        listing = sentence[: changed.start()] if changed and added >= 0 and changed.start() > added else sentence
        if re.search(r"\bdestinations?\b|\bunder\b", listing):
            for match in _PLACE.finditer(
                re.split(r"\bdestinations?\s+of\b|\bunder\s+the\b", listing, maxsplit=1)[-1]
            ):
                name = _plain(match["name"])
                places[name] = places.get(name, 0) + int(match["n"])
    placed: dict[str, int] = {}
    unplaced: dict[str, int] = {}
    for name, number in places.items():
        economy = _economy(name)
        target = placed if economy else unplaced
        target[economy or name] = target.get(economy or name, 0) + number
    total = entries or entities
    complete = sum(places.values()) == total if places and total else None
    return Additions(dict(sorted(placed.items())), dict(sorted(unplaced.items())), entities, entries, complete)


def _plain(name: str) -> str:
    bare = re.sub(r"\([^)]*\)?", " ", name)
    bare = (
        re.sub(r"^.*\b(?:destinations?|of|under)\b\s+(?=[A-Z]|the\b)", "", bare) if " of China" not in bare else bare
    )
    bare = re.sub(r"^(?:and\s+|the\s+|,\s*)+", "", " ".join(bare.split()).strip(" ,"))
    return re.sub(r"^(?:and\s+|the\s+)+", "", bare).split(", People")[0].strip(" ,")


_CALLED = {
    "Peoples Republic of China": "CHN",
    "People's Republic of China": "CHN",
    "Burma": "MMR",
    "Turkey": "TUR",
    "Crimea Region of Ukraine": None,
}


def _economy(name: str) -> str | None:
    if name in _CALLED:
        return _CALLED[name]
    try:
        return region(name).id
    except StraitsError:
        return None
