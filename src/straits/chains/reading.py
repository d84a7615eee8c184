"""The rows of a chain as written, from YAML or from a folder of CSV files, each with its file and line."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from straits.vocabulary import documents
from straits.vocabulary.documents import Document, Where
from straits.vocabulary.errors import StraitsError, nearest

SHIPPED = Path(__file__).parent / "data"
TABLES = ("stages", "providers", "items", "recipes", "inputs", "provisions", "controls", "markets")
_SHOWN = 20
_TOP = ("chain", "name", "summary", "as_of", "rounding", "goals", "sources")
_LISTS = ("stages", "providers", "items", "controls", "markets")


def ids() -> list[str]:
    """The chains that come with Straits."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def path_of(chain: str | Path) -> Path:
    """Where a chain lies: a path as given, or the shipped file of an id."""
    path = Path(chain)
    if path.exists() and (path.is_dir() or path.suffix in (".yaml", ".yml")):
        return path
    if str(chain) in ids():
        return SHIPPED / f"{chain}.yaml"
    if path.exists():
        raise StraitsError(
            f"{path} is no chain: give a YAML file, a folder of CSV files, or one of {', '.join(ids())}"
        )
    if path.suffix or len(path.parts) > 1:
        raise StraitsError(f"no chain file {path}: `straits chain new NAME` writes one to start from")
    raise nearest(str(chain), ids(), "chain")


@dataclass
class Row:
    """One fact as written: its fields and where each stands."""

    values: dict[str, Any]
    file: str
    line: int
    lines: Mapping[str, int] = field(default_factory=dict)

    def place(self, name: str = "") -> str:
        """``file, line n``; of one field where that is known."""
        return f"{self.file}, line {self.lines.get(name, self.line)}"


@dataclass
class Raw:
    """All rows of a chain by table, and the faults found so far."""

    file: str
    head: Row
    tables: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in TABLES})
    faults: list[str] = field(default_factory=list)


def raw_of(chain: str | Path) -> Raw:
    """The rows of a chain as written, before any check."""
    path = path_of(chain)
    return _read_folder(path) if path.is_dir() else read_yaml(path)


def read_yaml(path: Path) -> Raw:
    """The rows of a YAML chain."""
    document = documents.read(path)
    top = document.data
    if not isinstance(top, dict):
        raise StraitsError(f"{path.name}, line 1: a chain is a mapping that begins with `chain: ID`")
    raw = Raw(path.name, _row(document, (), {key: top[key] for key in _TOP if key in top}))
    raw.faults += _strangers(document, (*_TOP, *_LISTS))
    for name in _LISTS:
        for where, entry in _entries(document, (), top, name, raw.faults):
            if name == "items":
                _take_item(document, where, entry, raw)
            else:
                raw.tables[name].append(_row(document, where, entry))
    return raw


def read_changes(path: Path) -> tuple[str, list[Row]]:
    """A file of changes (see :mod:`straits.chains.whatif`): its name and one row a change."""
    if not path.exists():
        raise StraitsError(f"no file of changes {path}")
    document = documents.read(path)
    top = document.data
    if not isinstance(top, dict) or not top.get("changes"):
        raise StraitsError(f"{path.name}, line 1: write `changes:` and one change an entry")
    faults: list[str] = []
    rows = [_row(document, where, entry) for where, entry in _entries(document, (), top, "changes", faults)]
    faults += _strangers(document, ("name", "changes"))
    if faults:
        raise refusal(path.name, faults)
    return str(top.get("name") or ""), rows


def _strangers(document: Document, known: tuple[str, ...]) -> list[str]:
    return [document.fault((key,), stranger(key, known)) for key in document.data if key not in known]


def _entries(
    document: Document, where: Where, holder: Mapping[str, Any], name: str, faults: list[str]
) -> Iterator[tuple[Where, dict[str, Any]]]:
    """The entries of a list of mappings, each with its place in the file."""
    content, there = holder.get(name) or [], (*where, name)
    if not isinstance(content, list):
        faults.append(f"{_place(document, there)}, {name}: a list expected: begin each entry with '- '")
        return
    for number, entry in enumerate(content):
        if isinstance(entry, dict):
            yield (*there, number), entry
        else:
            faults.append(f"{_place(document, there)}, {name}: each entry is a mapping (found {entry!r})")


def _place(document: Document, where: Where) -> str:
    return f"{document.path.name}, line {document.lines[where]}"


def _row(document: Document, where: Where, values: Mapping[str, Any]) -> Row:
    lines = {key: document.lines[(*where, key)] for key in values if (*where, key) in document.lines}
    return Row(dict(values), document.path.name, document.lines[where], lines)


def _take_item(document: Document, where: Where, entry: dict[str, Any], raw: Raw) -> None:
    """Split an item's entry into rows: the item, its recipes with their inputs, and its provisions."""
    file, item = raw.file, str(entry.get("id") or "")
    own = {key: value for key, value in entry.items() if key not in ("recipes", "providers")}
    raw.tables["items"].append(_row(document, where, own))
    recipes = _entries(document, where, entry, "recipes", raw.faults)
    for number, (there, recipe) in enumerate(recipes, 1):
        values = {"id": f"{item}-{number}", **recipe, "item": item}
        inputs = values.pop("inputs", None)
        penalty = values.pop("penalty", None)
        if isinstance(penalty, dict):
            values |= {("penalty_note" if key == "note" else key): value for key, value in penalty.items()}
        elif penalty is not None:
            values["penalty_note"] = penalty
        raw.tables["recipes"].append(_row(document, there, values))
        for place, need in enumerate(inputs if isinstance(inputs, list) else [] if inputs is None else [inputs]):
            named = need if isinstance(need, dict) else {"item": need}
            line = document.lines.get((*there, "inputs", place), document.lines[(*there, "inputs")])
            raw.tables["inputs"].append(Row({**named, "recipe": values["id"]}, file, line))
    for there, provision in _entries(document, where, entry, "providers", raw.faults):
        raw.tables["provisions"].append(_row(document, there, {**provision, "item": item}))


def _read_folder(folder: Path) -> Raw:
    faults: list[str] = []
    known = [f"{name}.csv" for name in ("chain", *TABLES)]
    for path in sorted(folder.glob("*.csv")):
        if path.name not in known:
            faults.append(f"{path.name}: {stranger(path.name, known)}")
    if not (folder / "chain.csv").exists():
        raise StraitsError(f"{folder} is no chain: it has no chain.csv (columns field,value: id, name, summary, ...)")
    fields = list(_csv_rows(folder / "chain.csv", faults))
    values = {str(row.values.get("field")): row.values.get("value") for row in fields}
    lines = {str(row.values.get("field")): row.line for row in fields}
    if "id" in values:
        values["chain"], lines["chain"] = values.pop("id"), lines.pop("id")
    raw = Raw("chain.csv", Row(values, "chain.csv", 1, lines), faults=faults)
    for key in values:
        if key not in _TOP:
            faults.append(f"chain.csv, line {lines[key]}, {key}: {stranger(key, ('id', *_TOP[1:]))}")
    for name in TABLES:
        if (folder / f"{name}.csv").exists():
            raw.tables[name] = list(_csv_rows(folder / f"{name}.csv", faults))
    return raw


def _csv_rows(path: Path, faults: list[str]) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(_text(path), newline=""))
    header = next(reader, [])
    line = reader.line_num + 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            if len(cells) != len(header):
                faults.append(f"{path.name}, line {line}: {len(cells)} cells under {len(header)} columns")
            else:
                written = {
                    name.strip(): cell.strip() for name, cell in zip(header, cells, strict=True) if cell.strip()
                }
                yield Row(written, path.name, line)
        line = reader.line_num + 1


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise StraitsError(f"{path.name}: not UTF-8: save the file as UTF-8") from None


def refusal(file: str, faults: list[str]) -> StraitsError:
    """One error for all faults of a file."""
    if len(faults) == 1:
        return StraitsError(faults[0])
    more = f"\n... and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    return StraitsError(f"{file}: {len(faults)} faults\n" + "\n".join(faults[:_SHOWN]) + more)


def stranger(name: str, known: Iterable[str]) -> str:
    """What to say of a name that is not known here."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return "not known here: " + (f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}")
