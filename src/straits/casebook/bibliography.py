"""The publications that evidence comes from (CSL-JSON), and how they are cited in a line."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent / "data" / "sources.json"


@cache
def bibliography() -> dict[str, dict[str, Any]]:
    """The shipped publications by id."""
    return {entry["id"]: entry for entry in json.loads(_FILE.read_text(encoding="utf-8"))}


def cited(entry: dict[str, Any]) -> str:
    """A CSL-JSON entry in one line.

    >>> cited(bibliography()["merics2024"])[:52]
    'Arcesati, Chimits and Hmaidi, Keeping Value Chains a'
    """
    year = entry["issued"]["date-parts"][0][0]
    authors = _names(entry.get("author", []))
    if entry["type"] == "chapter":
        editors = _names(entry.get("editor", []))
        within = f"in: {editors} (ed.), {entry['container-title']}" if editors else f"in: {entry['container-title']}"
        lead = f"{authors}, " if authors else ""
        return f"{lead}{entry['title']}, {within}, {entry['publisher']}, {year}, chapter {entry['chapter-number']}"
    lead = authors or (f"{_names(entry['editor'])} (ed.)" if entry.get("editor") else "")
    return f"{lead + ', ' if lead else ''}{entry['title']}, {entry.get('publisher', '')}, {year}"


def _names(people: list[dict[str, str]]) -> str:
    families = [person.get("family") or person.get("literal", "") for person in people]
    return " and ".join([", ".join(families[:-1]), families[-1]]) if len(families) > 1 else "".join(families)
