"""How the files of the register become a register: checked one by one and against each other, or not at all.

A register is one or more folders of YAML files, each with any of the parts ``sources``, ``categories``,
``instruments``, ``measures``, ``six_digits`` and ``thresholds``.  Dated events are not copied into it: measures and
instruments name the ids of the casebook's events, and the casebook is loaded beside it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from straits.casebook.casebook import Casebook
from straits.controls.codes import parse
from straits.controls.records import Measure, RegisterFile
from straits.controls.register import Register
from straits.vocabulary.documents import Document, refuse
from straits.vocabulary.documents import read as read_yaml
from straits.vocabulary.errors import StraitsError

SHIPPED = Path(__file__).parent / "data"
_PARTS = ("sources", "categories", "instruments", "measures", "six_digits", "thresholds")
_SHOWN = 50


def load(*roots: Path | str, book: Casebook | None = None, shipped: bool = True) -> Register:
    """The shipped register and, beside it, the reader's own folders of YAML files.

    ``book`` is the casebook whose events are linked (default: the shipped one); ``shipped=False`` leaves the shipped
    register out.  Raises one :class:`StraitsError` with every fault: file, line, field, what to do.
    """
    if book is None:
        from straits.casebook.load import load as load_casebook

        book = load_casebook()
    files = list(_files(SHIPPED)) if shipped else []
    documents = [(path, _read(path, trusted=True)) for path in files]
    for root in map(Path, roots):
        found = list(_files(root))
        if not found:
            raise StraitsError(f"{root}: no .yaml file of a register in this folder")
        documents += [(path, _read(path, trusted=False)) for path in found]
    faults: list[str] = []
    parts = _merged(documents, faults)
    register = Register(book=book, **parts)
    for path, content in documents:
        faults += [f"{_at(path, where)}: {what}" for where, what in _broken(content, register)]
    if faults:
        more = f"\n... and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise StraitsError(f"controls: {len(faults)} fault(s)\n" + "\n".join(faults[:_SHOWN]) + more)
    return register


def _files(root: Path) -> Iterator[Path]:
    if not root.is_dir():
        raise StraitsError(f"{root}: no such folder; give a folder with the YAML files of a register")
    yield from sorted(path for path in root.rglob("*.yaml") if not path.name.startswith("."))


def _read(path: Path, trusted: bool) -> RegisterFile:
    """One file as a model.  A shipped file is read the quick way first; any fault is told with its line."""
    if trusted:
        loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every scalar stays the text that it is
        try:
            return RegisterFile.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=loader))
        except (ValidationError, yaml.YAMLError):
            pass
    document = read_yaml(path)
    if not isinstance(document.data, dict):
        raise StraitsError(f"{path.name}, line 1: a mapping with any of {', '.join(_PARTS)} is expected")
    return _model(document)


def _model(document: Document) -> RegisterFile:
    if strange := [name for name in document.data if name not in _PARTS]:
        close = difflib.get_close_matches(strange[0], _PARTS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(_PARTS)}"
        refuse(document.path, [document.fault((strange[0],), f"is no part of a register: {hint}")])
    return document.model(RegisterFile)


def _merged(documents: list[tuple[Path, RegisterFile]], faults: list[str]) -> dict[str, dict[str, Any]]:
    """The parts of all files by id; an id used twice is a fault."""
    merged: dict[str, dict[str, Any]] = {part: {} for part in _PARTS}
    placed: dict[tuple[str, str], Path] = {}
    for path, content in documents:
        for part in _PARTS:
            for record in getattr(content, part):
                key = record.code if part == "six_digits" else record.id
                if key in merged[part]:
                    faults.append(f"{_at(path, (part, key))}: is already in {placed[part, key].name}")
                    continue
                merged[part][key], placed[part, key] = record, path
    return merged


def _at(path: Path, where: Iterable[str]) -> str:
    """File, line and field: the line is looked up only when there is a fault to tell."""
    part, key, *rest = [*where]
    name = "code" if part == "six_digits" else "id"
    document = read_yaml(path)
    entries = document.data.get(part, []) if isinstance(document.data, dict) else []
    number = next((n for n, entry in enumerate(entries) if entry.get(name) == key), 0)
    line = document.lines.get((part, number), 1)
    return ", ".join([path.name, f"line {line}", key, *rest])


Fault = tuple[tuple[str, ...], str]
"""Where a fault is (part, id, field) and what it is."""


def _broken(content: RegisterFile, register: Register) -> Iterator[Fault]:
    """References that lead nowhere."""
    cited = set(register.all_sources)
    for part in ("categories", "instruments", "measures", "thresholds"):
        for record in getattr(content, part):
            for field, source in _cites(record):
                yield from _missing((part, record.id, field), "source", [source], cited)
    for item in content.instruments:
        where = ("instruments", item.id)
        yield from _missing(
            (*where, "category"), "category", [item.category] if item.category else [], register.categories
        )
        yield from _missing((*where, "legal_basis"), "instrument", item.legal_basis, register.instruments)
        yield from _missing((*where, "events"), "event of the casebook", item.events, register.events)
    for measure in content.measures:
        yield from _broken_measure(measure, register)
    for rule in content.thresholds:
        yield from _missing(("thresholds", rule.id, "measure"), "measure", [rule.measure], register.measures)
        together = [rule.together] if rule.together else []
        yield from _missing(("thresholds", rule.id, "together"), "threshold", together, register.thresholds)


def _broken_measure(measure: Measure, register: Register) -> Iterator[Fault]:
    where = ("measures", measure.id)
    yield from _missing((*where, "instrument"), "instrument", [measure.instrument], register.instruments)
    yield from _missing((*where, "events"), "event of the casebook", measure.events, register.events)
    answered = [answer.measure for answer in measure.answers]
    for field, others in (("answers", answered), ("replaces", measure.replaces), ("amends", measure.amends)):
        yield from _missing((*where, field), "measure", others, register.measures)
    for code in sorted({str(parse(code).six) for item in measure.items for code in item.codes}):
        if len(parse(code).digits) == 6 and code not in register.six_digits:
            yield (*where, "items"), f"{code} is not in six_digits: say what it is and what else it holds"


def _missing(where: tuple[str, ...], what: str, names: Iterable[str], known: Iterable[str]) -> Iterator[Fault]:
    for name in names:
        if name not in known:
            yield where, f"no {what} {name!r}{_near(name, known)}"


def _cites(record: Any) -> Iterator[tuple[str, str]]:
    for passage in getattr(record, "sources", []):
        yield "sources", passage.source
    for field in ("stated_purposes", "inferred_purposes", "answers"):
        for cited in getattr(record, field, []):
            yield field, cited.source
    if hasattr(record, "source"):
        yield "source", record.source


def _near(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f": did you mean {close[0]}?" if close else ""
