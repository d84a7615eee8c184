"""Answers as spreadsheets: a CSV of the flat rows, an Excel file that carries notes and sources along."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from straits.measures.results import Answer
from straits.vocabulary.errors import StraitsError


def flat(row: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """A nested row with dotted names.

    >>> flat({"a": 1, "flags": {"c1": True}})
    {'a': 1, 'flags.c1': True}
    """
    found: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found


def write_csv(answer: Answer, path: Path) -> None:
    """The rows as CSV; unknown is an empty cell.  Notes and sources travel in the Excel and JSON forms."""
    rows = [flat(row) for row in answer.rows]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    _write(path, text.getvalue().encode())


def write_xlsx(answer: Answer, path: Path) -> None:
    """Three sheets: rows, notes, sources."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    book.remove(book.worksheets[0])
    sheets = {
        "rows": [flat(row) for row in answer.rows],
        "notes": [{"note": note} for note in answer.notes],
        "sources": answer.sources,
    }
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        header = list(rows[0]) if rows else ["nothing"]
        sheet.append(header)
        for row in rows:
            sheet.append([row.get(column) for column in header])
        for number, column in enumerate(header, 1):
            sheet.cell(1, number).font = Font(bold=True)
            sheet.column_dimensions[get_column_letter(number)].width = min(60, max(10, len(column) + 2))
        sheet.freeze_panes = "A2"
    buffer = io.BytesIO()
    book.save(buffer)
    _write(path, buffer.getvalue())


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise StraitsError(f"cannot write {path}: {error.strerror}") from error
