"""How data files in YAML are read: as plain text, with the line of every field, and all faults at once.

YAML would turn the level ``no`` into false and ``1`` into a number; here every scalar stays the text that its
author wrote, and the model that takes it says what it should be.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from straits.vocabulary.errors import StraitsError

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is ten times as quick, where it was built
Where = tuple[str | int, ...]
_SAID = {
    "missing": "is missing",
    "extra_forbidden": "is no field of this file: look for a slip of the pen",
    "model_type": "should have fields, as in `name: value`",
    "dict_type": "should have fields, as in `name: value`",
    "list_type": "should be a list, as in [one, two]",
    "tuple_type": "should be a list, as in [one, two]",
    "string_type": "should be a word or a sentence",
    "union_tag_invalid": "should be a list of levels, lowest first, or {unordered: [one, two]}",
}

M = TypeVar("M", bound=BaseModel)


@dataclass
class Document:
    """One YAML file: its data (text, lists and mappings) and the line of each field."""

    path: Path
    data: Any
    lines: dict[Where, int] = field(default_factory=dict)
    called: str = ""  # how messages name the file, where its name alone does not tell which one it is

    def fault(self, where: Where, what: str) -> str:
        """One fault as a reader finds it: file, line, field, what is wrong."""
        known = where
        while known and known not in self.lines:
            known = known[:-1]
        line = self.lines.get(known, 1)
        name = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in where).lstrip(".")
        return f"{self.called or self.path.name}, line {line}{f', {name}' if name else ''}: {what}"

    def model(self, kind: type[M]) -> M:
        """The document as a model; every fault with its line in one :class:`StraitsError`."""
        try:
            return kind.model_validate(self.data)
        except ValidationError as error:
            refuse(self.path, [self.fault(_where(e["loc"]), _said(e)) for e in error.errors(include_url=False)])


def read(path: Path, called: str = "") -> Document:
    """Read one YAML file; ``called`` is its name in messages.  What is no YAML is a :class:`StraitsError`."""
    document = Document(path, None, called=called)
    name = called or path.name
    try:
        text = path.read_text(encoding="utf-8-sig")
        node = yaml.compose(text, Loader=_LOADER)
    except UnicodeDecodeError as error:
        raise StraitsError(f"{path}: is not text in UTF-8: save it in this encoding") from error
    except OSError as error:
        raise StraitsError(f"{path}: cannot be read: {error.strerror or error}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        hint = ' (put words with a colon in quotes: "unknown: why")' if "mapping values" in str(error) else ""
        raise StraitsError(f"{name}, line {line}: not YAML: {error.problem}{hint}") from error
    except yaml.YAMLError as error:
        raise StraitsError(f"{name}: not YAML: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise StraitsError(f"{name}: not YAML that can be read: it is nested too deep") from error
    if node is None:
        raise StraitsError(f"{name}: is empty")
    faults: list[str] = []
    try:
        document.data = _plain(node, (), document, faults)
    except RecursionError as error:
        raise StraitsError(f"{name}: a part contains itself (& and *), or is nested too deep") from error
    if faults:
        refuse(path, faults)
    return document


def refuse(path: Path, faults: list[str]) -> NoReturn:
    """Raise one error for all faults of a file."""
    if len(faults) == 1:
        raise StraitsError(faults[0])
    raise StraitsError(f"{path.name}: {len(faults)} faults\n" + "\n".join(faults))


def _plain(node: yaml.Node, where: Where, document: Document, faults: list[str]) -> Any:
    document.lines.setdefault(where, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        return None if node.tag == "tag:yaml.org,2002:null" and node.value in ("", "~", "null") else node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*where, n), document, faults) for n, child in enumerate(node.value)]
    found: dict[str, Any] = {}
    for key, value in node.value:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
        inner = (*where, name)
        document.lines[inner] = key.start_mark.line + 1
        if name == "?":
            faults.append(document.fault(where, "has a key that is no plain word"))
        if name in found:
            faults.append(document.fault(inner, f"'{name}' is written twice"))
        found[name] = _plain(value, inner, document, faults)
    return found


def _where(location: Where) -> Where:
    """A place in the file: the name of a branch of a model (``<levels>``) is none."""
    return tuple(part for part in location if not str(part).startswith("<"))


def _said(error: Any) -> str:
    kind = error["type"]
    if kind in _SAID:
        return _SAID[kind]
    if kind == "string_pattern_mismatch":
        joint = "hyphens" if "-[a-z" in error["ctx"]["pattern"] else "underscores"
        return f"is '{error['input']}': write lower case letters and digits, joined by {joint}"
    if kind == "string_too_short":
        return f"is '{error['input']}': write at least {error['ctx']['min_length']} characters"
    if kind == "too_short":
        return f"needs at least {error['ctx']['min_length']} of them, and has {error['ctx']['actual_length']}"
    return str(error["msg"]).removeprefix("Value error, ")
