"""Which known errors of the sources the checks find, written back into the column ``found_by`` of ``traps.csv``.

``python -m straits.casebook.traps [FOLDER]`` does it for a casebook folder (the shipped one when none is named),
and lists the traps that the checks do not find and that do not say in ``why_not`` why no program could.
"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

from straits.casebook.checks import check, found_traps
from straits.casebook.load import SHIPPED, load


def mark_found(root: Path = SHIPPED) -> list[str]:
    """Bring ``found_by`` of all traps of a folder up to date; returns the ids that have neither that nor a reason."""
    book = load(root, cache=None)
    found = found_traps(book, check(book))
    silent = []
    for path in sorted(root.glob("*/traps.csv")):
        before = path.read_text(encoding="utf-8")
        reader = csv.DictReader(io.StringIO(before, newline=""))
        rows = [{**row, "found_by": found.get(row["id"], "")} for row in reader]
        silent += [row["id"] for row in rows if not row["found_by"] and not row["why_not"]]
        text = io.StringIO()
        writer = csv.DictWriter(text, reader.fieldnames or [], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        if text.getvalue() != before:
            path.write_text(text.getvalue(), encoding="utf-8", newline="\n")
    return silent


if __name__ == "__main__":
    for name in mark_found(*map(Path, sys.argv[1:2])):
        print(f"{name}: not found and no why_not")
