"""How a source is named in one line: who, when, what, and in which chapter of which volume."""

from __future__ import annotations

from typing import Any

from straits.casebook.answers import SourceShown
from straits.casebook.grades import grade_of_source


def cited(entry: dict[str, Any]) -> SourceShown:
    """A CSL-JSON entry as a short citation with its grade and year.

    >>> cited({"id": "a2024-ch02", "type": "chapter", "title": "On stones", "chapter-number": "2",
    ...        "container-title": "On hills", "author": [{"family": "Ito"}, {"family": "Berg"}],
    ...        "editor": [{"family": "Zhao"}], "issued": {"date-parts": [[2024, 5]]}}).citation
    "Ito and Berg 2024, 'On stones', ch. 2 of Zhao (ed.), On hills"
    """
    year = published(entry)
    who = _people(entry.get("author") or entry.get("editor") or []) or entry.get("publisher") or "no author"
    what = f"{who} {year or 'undated'}, '{entry['title']}'"
    if volume := entry.get("container-title"):
        editors = entry.get("editor") or []
        by = f"{_people(editors)} ({'eds' if len(editors) > 1 else 'ed'}.), " if editors else ""
        chapter = f"ch. {entry['chapter-number']} of " if entry.get("chapter-number") else "in "
        what += f", {chapter}{by}{volume}"
    return SourceShown(entry["id"], what, grade_of_source(entry), year)


def published(entry: dict[str, Any]) -> int | None:
    """The year a source was issued; ``None`` is unknown."""
    parts = entry.get("issued", {}).get("date-parts") or [[]]
    return int(parts[0][0]) if parts[0] else None


def _people(people: list[dict[str, Any]]) -> str:
    names = [str(person.get("family") or person.get("literal") or person.get("given", "")) for person in people]
    if len(names) > 3:
        return f"{names[0]} and others"
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1] if names else ""
