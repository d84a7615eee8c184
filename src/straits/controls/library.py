"""Lists and documents of control authorities kept beside the trade data, so that a question finds them again.

A file is read and checked first, then kept under its checksum in ``controls/`` of the home folder, with a line in
``index.json`` that says which file of a kind is current.  Nothing is changed once it is kept; a newer file of the kind
becomes the current one, and the earlier stays.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from straits.sources import entity_lists, eu_dual_use, federal_register, hs_correlations
from straits.store.store import sha256
from straits.vocabulary.errors import StraitsError, nearest

READERS = {
    "eu-dual-use": eu_dual_use.read,
    "entity-lists": entity_lists.read,
    "federal-register": federal_register.read,
    "hs-correlations": hs_correlations.read,
}


@dataclass(frozen=True)
class Kept:
    """A file that is kept: its kind, where it is, its name when it came, checksum and day."""

    source: str
    path: Path
    name: str
    sha256: str
    kept: str


class Library:
    """The files kept in a home folder.  An absent one holds nothing."""

    def __init__(self, home: Path) -> None:
        self.folder = home.expanduser() / "controls"
        self._index = self.folder / "index.json"

    def add(self, source: str, path: Path | str, today: dt.date | None = None) -> Kept:
        """Check a file by reading it, and keep it.  Adding the same bytes again changes nothing."""
        if source not in READERS:
            raise nearest(source, READERS, "source of controls")
        path = Path(path).expanduser()
        if not path.is_file():
            raise StraitsError(f"{path}: no such file" if not path.is_dir() else f"{path}: give one file at a time")
        READERS[source](path)
        checksum = sha256(path)
        suffix = "".join(path.suffixes[-2:]) if path.name.endswith(".gz") else path.suffix
        target = self.folder / source / f"{checksum[:16]}{suffix}"
        entries = self._entries()
        known = [entry for entry in entries if entry["source"] == source and entry["sha256"] == checksum]
        if known and target.exists():
            return self._kept(known[0])
        target.parent.mkdir(parents=True, exist_ok=True)
        _copied(path, target)
        day = (today or dt.datetime.now(tz=dt.UTC).date()).isoformat()
        entry = {
            "source": source,
            "file": f"{source}/{target.name}",
            "name": path.name,
            "sha256": checksum,
            "kept": day,
        }
        _written(
            self._index, json.dumps([*(e for e in entries if e not in known), entry], indent=1, ensure_ascii=False)
        )
        return self._kept(entry)

    def files(self, source: str) -> list[Kept]:
        """The files of a kind, the one kept last at the end.  A file that was altered is an error."""
        found = [self._kept(entry) for entry in self._entries() if entry["source"] == source]
        for item in found:
            if not item.path.exists() or sha256(item.path) != item.sha256:
                raise StraitsError(f"{item.path}: is missing or was altered: add {item.name} again")
        return found

    def remove(self, source: str) -> int:
        """Take all files of a kind out; returns how many."""
        entries = self._entries()
        kept = [entry for entry in entries if entry["source"] != source]
        if len(kept) == len(entries):
            raise StraitsError(f"no files of '{source}' are kept in {self.folder}")
        _written(self._index, json.dumps(kept, indent=1, ensure_ascii=False))
        shutil.rmtree(self.folder / source, ignore_errors=True)
        return len(entries) - len(kept)

    def annex(self) -> eu_dual_use.Annex | None:
        """The current Annex I, or ``None``."""
        kept = self.files("eu-dual-use")
        return eu_dual_use.read(kept[-1].path) if kept else None

    def documents(self) -> list[federal_register.FederalDocument]:
        """The documents of all files kept, each once, the later file's word on it, oldest first."""
        found = {d.number: d for kept in self.files("federal-register") for d in federal_register.read(kept.path)}
        return sorted(found.values(), key=lambda d: (d.published, d.number))

    def listed(self) -> list[entity_lists.Listed]:
        """The names of all lists kept, each once."""
        found = [one for kept in self.files("entity-lists") for one in entity_lists.read(kept.path)]
        return list(dict.fromkeys(found))

    def correlations(self) -> list[hs_correlations.Table]:
        """The correlation tables kept; having none is a :class:`StraitsError` that says how to get them."""
        found = [
            replace(table, file=kept.name)
            for kept in self.files("hs-correlations")
            for table in hs_correlations.read(kept.path)
        ]
        if not found:
            raise StraitsError(
                f"no correlation tables are kept in {self.folder}: get UNSD's workbooks (unstats.un.org, classifications) "
                "and keep them with `straits data add hs-correlations FILE`, or give them with --tables FILE"
            )
        return found

    def _entries(self) -> list[dict[str, Any]]:
        if not self._index.exists():
            return []
        try:
            entries: list[dict[str, Any]] = json.loads(self._index.read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError) as error:
            raise StraitsError(
                f"{self._index}: cannot be read ({error}): remove it and add the files again"
            ) from error
        return entries

    def _kept(self, entry: dict[str, Any]) -> Kept:
        return Kept(entry["source"], self.folder / entry["file"], entry["name"], entry["sha256"], entry["kept"])


def _copied(path: Path, target: Path) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
    os.close(handle)
    part = Path(name)
    try:
        shutil.copyfile(path, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _written(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part", text=True)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).replace(target)
