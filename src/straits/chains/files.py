"""How a chain is written down, read and checked.

A chain is one YAML file, or a folder of CSV files that say the same, one fact a row.

YAML
----
::

    chain: scanner-example            # id: lower-case words joined by '-'
    name: Chips and the tools that print them
    summary: One or two sentences for a reader.
    as_of: 2023                       # when the shares hold (also decides who belongs to a region)
    rounding: 0.5                     # optional: shares are rounded to this many percentage points
    goals: [chip]                     # optional: what the questions are about; default: items nothing else needs
    stages:                           # columns of the drawing, left to right
      - {id: tools, name: Tools}
      - {id: chips, name: Chips}
    providers:                        # firms; economies (NLD) and regions (EU27) need no entry
      - {id: asml, name: ASML, home: NLD, source: dpc2024-ch02, locator: text line 641}
    items:
      - id: scanner                   # id, name, kind are needed
        name: Immersion scanner
        kind: equipment               # material component equipment software service knowledge step product
        grade: ArFi                   # optional
        stage: tools                  # optional
        kind_of: any-scanner          # optional: this is a kind of that item
        kinds: any                    # of a wider item: served by any of its kinds (default), by all, or unknown
        told_twice: false             # optional: true when economies and firms below tell the same supply twice
        build_months: 120..           # optional: how long a new source takes from nothing
        subject: lithography/arfi-scanner    # optional: subject of the casebook
        providers:
          - provider: asml            # firm, economy, region, or `unnamed` (somebody, not known who)
            share: 93.3               # percent of what is used; a value as below
            effective: 93.3           # optional: percent that buyers can really turn to; 0 is none
            location: NLD             # where it is made; default: the provider's home
            owner: NLD                # who owns the maker; default: the provider's home
            buyer: CHN                # optional: the share is of this buyer's use (default: of all use)
            exclusive: true           # optional: there is no other source
            readiness: 9              # 0 concept ... 7 in high-volume use ... 9 competitive; below 7 is no source
            negligible: true          # optional: the source calls the share negligible
            stock_months: 3..6        # how long buyers can go on without deliveries
            lead_time_months: 24..    # how long it takes to replace this source
            host: bauxite             # companion metals: comes out only where this item is processed
            recipes: [chip-euv]       # optional: the maker can use only these recipes of the item
            modes: {new_sales: 6.., spares: 1..12}   # ways to withhold and months until it is felt
            source: dpc2024-ch02      # id of the casebook's sources.json
            locator: text line 641
            evidence: [litho-e026]    # optional: records of the casebook
            basis: stated             # stated, derived or judged
            note: optional words
      - id: chip
        name: Chip
        kind: product
        recipes:                      # any one makes the item; no provider: whoever uses it makes it
          - id: chip-euv              # default: item-1, item-2, ...
            name: EUV process
            inputs: [scanner, {item: resist, amount: 2}]    # all are needed
            penalty: {time: 1.2, cost: 1.5, output: 80, cap: down to 7 nm, note: more steps}
            readiness: 9
            source: dpc2024-ch02
            locator: table 1
    controls:                         # restrictions in force
      - {item: scanner, by: [NLD, USA], against: [CHN], since: 2023-09, source: dpc2024-ch02, locator: text line 860}
        # until: 2025-11 when it has ended; against: [world] is everyone but those who restrict
    markets:                          # who buys: what the providers of an item lose when they stop selling there
      - {item: scanner, buyer: CHN, seller: asml, share: 26, source: dpc2024-ch02, locator: text line 777}

A place is an economy or region (``NLD``, ``EU27``), several of them (``AUS+GIN+IDN``: one or more of these, not known
which; their share is the joint one), all but some (``not CHN``: abroad, not known where) or ``unknown``.

A value is ``12.5``, ``~12.5``, ``>50``, ``<=10``, ``60..70``, ``24..`` (or more), ``unknown`` or
``"unknown: why"``.  Nothing written means unknown, not zero.  Ways to withhold are ``new_sales``, ``spares`` (parts
and service of what is installed), ``software`` (updates), ``knowledge`` (and people) and ``market`` (the buyer
stops buying).  Without ``modes``, an item can be withheld in the way of its kind, felt once stocks are used up;
equipment by ``new_sales`` and ``spares``, at an unknown time.

CSV folder
----------
``chain.csv`` (columns ``field,value``: id, name, summary, as_of, rounding, goals), ``stages.csv``, ``providers.csv``,
``items.csv``, ``recipes.csv`` (``id,item,name,time,cost,output,cap,penalty_note,readiness,...``), ``inputs.csv``
(``recipe,item,amount``), ``provisions.csv`` (``item,provider,...``; modes as ``new_sales=6..; spares=1..12``),
``controls.csv``, ``markets.csv``.  The columns are the fields above; lists are joined by ``;``.

Every fault is reported with file and line, and nothing is half loaded.
"""

from __future__ import annotations

import csv
import difflib
import io
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from straits.chains.model import (
    IN_USE,
    KINDS,
    MODES,
    NOT_STATED,
    Basis,
    Chain,
    Cited,
    Control,
    CycleError,
    Input,
    Interval,
    Item,
    Kind,
    Market,
    Mode,
    Penalty,
    Provider,
    Provision,
    Reading,
    Recipe,
    Stage,
    is_place,
)
from straits.vocabulary.errors import StraitsError, nearest

SHIPPED = Path(__file__).parent / "data"
UNNAMED = "unnamed"
NEGLIGIBLE = Interval(0.0, 0.01, "called negligible")
_SHOWN = 20
_TOP = ("chain", "name", "summary", "as_of", "rounding", "goals", "sources")
_LISTS = ("stages", "providers", "items", "controls", "markets")
_TABLES = ("stages", "providers", "items", "recipes", "inputs", "provisions", "controls", "markets")


def load(chain: str | Path) -> Chain:
    """The chain with that id, or in that YAML file or CSV folder.

    Raises one :class:`StraitsError` that lists every fault with file and line.

    >>> load("lithography-7nm").goals[0]
    'logic-7nm'
    """
    return _assembled(_read(path_of(chain)))


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


# -- rows: what a file says, and on which line ---------------------------------------------------------------


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
    tables: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in _TABLES})
    faults: list[str] = field(default_factory=list)


def _read(path: Path) -> Raw:
    return _read_folder(path) if path.is_dir() else read_yaml(path.name, _text(path))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise StraitsError(f"{path.name}: not UTF-8: save the file as UTF-8") from None


class _Written(dict[str, Any]):
    """A mapping of a YAML file that knows its lines."""

    line: int = 0
    lines: dict[str, int]


def read_yaml(file: str, text: str) -> Raw:
    """The rows of a YAML chain."""
    faults: list[str] = []
    try:
        node = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        hint = ' (put words with a colon in quotes: "unknown: why")' if "mapping values" in str(error) else ""
        raise StraitsError(f"{file}{line}: not YAML: {error.problem}{hint}") from None
    except yaml.YAMLError as error:
        raise StraitsError(f"{file}: not YAML: {error}") from None
    top = _built(node, file, faults) if node is not None else None
    if not isinstance(top, _Written):
        raise StraitsError(f"{file}, line 1: a chain is a mapping that begins with `chain: ID`")
    raw = Raw(file, _row({key: top[key] for key in _TOP if key in top}, top, file), faults=faults)
    for key in top:
        if key not in _TOP and key not in _LISTS:
            raw.faults.append(f"{file}, line {top.lines[key]}, {key}: {_stranger(key, (*_TOP, *_LISTS))}")
    for name in _LISTS:
        for entry in _entries(top, name, file, raw.faults):
            if name == "items":
                _take_item(entry, raw)
            else:
                raw.tables[name].append(_row(dict(entry), entry, file))
    return raw


def read_changes(path: Path) -> tuple[str, list[Row]]:
    """A file of changes (see :mod:`straits.chains.whatif`): its name and one row a change."""
    if not path.exists():
        raise StraitsError(f"no file of changes {path}")
    faults: list[str] = []
    try:
        node = yaml.compose(_text(path), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise StraitsError(f"{path.name}{line}: not YAML: {error.problem}") from None
    top = _built(node, path.name, faults) if node is not None else None
    if not isinstance(top, _Written) or not top.get("changes"):
        raise StraitsError(f"{path.name}, line 1: write `changes:` and one change an entry")
    rows = [_row(dict(entry), entry, path.name) for entry in _entries(top, "changes", path.name, faults)]
    faults += [
        f"{path.name}, line {top.lines[key]}, {key}: {_stranger(key, ('name', 'changes'))}"
        for key in top
        if key not in ("name", "changes")
    ]
    if faults:
        raise _refusal(path.name, faults)
    return str(top.get("name") or ""), rows


def _built(node: Any, file: str, faults: list[str]) -> Any:
    if isinstance(node, yaml.MappingNode):
        found = _Written()
        found.line, found.lines = node.start_mark.line + 1, {}
        for key_node, value_node in node.value:
            key = str(getattr(key_node, "value", ""))
            line = key_node.start_mark.line + 1
            if key in found:
                faults.append(f"{file}, line {line}, {key}: written twice in one entry")
            found[key], found.lines[key] = _built(value_node, file, faults), line
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_built(child, file, faults) for child in node.value]
    return None if node.tag.endswith(":null") else node.value


def _entries(holder: _Written, name: str, file: str, faults: list[str]) -> Iterator[_Written]:
    content = holder.get(name) or []
    if not isinstance(content, list):
        faults.append(f"{file}, line {holder.lines[name]}, {name}: a list expected: begin each entry with '- '")
        return
    for entry in content:
        if isinstance(entry, _Written):
            yield entry
        else:
            faults.append(f"{file}, line {holder.lines[name]}, {name}: each entry is a mapping (found {entry!r})")


def _row(values: dict[str, Any], written: _Written, file: str) -> Row:
    return Row(values, file, written.line, written.lines)


def _take_item(entry: _Written, raw: Raw) -> None:
    """Split an item's entry into rows: the item, its recipes with their inputs, and its provisions."""
    file, item = raw.file, str(entry.get("id") or "")
    own = {key: value for key, value in entry.items() if key not in ("recipes", "providers")}
    raw.tables["items"].append(_row(own, entry, file))
    for number, recipe in enumerate(_entries(entry, "recipes", file, raw.faults), 1):
        values = {"id": f"{item}-{number}", **recipe, "item": item}
        inputs = values.pop("inputs", None)
        penalty = values.pop("penalty", None)
        if isinstance(penalty, dict):
            values |= {("penalty_note" if key == "note" else key): value for key, value in penalty.items()}
        elif penalty is not None:
            values["penalty_note"] = penalty
        raw.tables["recipes"].append(_row(values, recipe, file))
        line = recipe.lines.get("inputs", recipe.line)
        for need in inputs if isinstance(inputs, list) else [] if inputs is None else [inputs]:
            named = dict(need) if isinstance(need, _Written) else {"item": need}
            at = need.line if isinstance(need, _Written) else line
            raw.tables["inputs"].append(Row({**named, "recipe": values["id"]}, file, at))
    for provision in _entries(entry, "providers", file, raw.faults):
        raw.tables["provisions"].append(_row({**provision, "item": item}, provision, file))


def _read_folder(folder: Path) -> Raw:
    faults: list[str] = []
    known = [f"{name}.csv" for name in ("chain", *_TABLES)]
    for path in sorted(folder.glob("*.csv")):
        if path.name not in known:
            faults.append(f"{path.name}: {_stranger(path.name, known)}")
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
            faults.append(f"chain.csv, line {lines[key]}, {key}: {_stranger(key, ('id', *_TOP[1:]))}")
    for name in _TABLES:
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


# -- values --------------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text.strip()):
        raise ValueError(
            f"{text.strip()!r} is not a number: write 12.5 (point, no thousands separator, no % sign), ~12.5, >50, "
            "<=10, 60..70, 24.. or unknown"
        )
    return float(text)


def interval(text: str, low: float, high: float, scale: float = 1.0) -> Interval:
    """A value of a file as an interval within ``low`` and ``high``, divided by ``scale``.

    >>> interval("60..70", 0, 100, 100), interval(">50", 0, 100, 100).high, interval("24..", 0, math.inf).low
    (Interval(low=0.6, high=0.7, unknown='', approximate=False), 1.0, 24.0)
    """
    word, _, reason = text.strip().partition(":")
    if word.strip() == "unknown":
        return Interval(low / scale, high / scale, reason.strip() or "not known")
    told = text.strip()
    about = told.startswith("~")
    told = told.removeprefix("~").strip()
    if match := re.fullmatch(r"(>=|<=|>|<)\s*(.+)", told):
        number = _number(match[2])
        first, last = (number, high) if match[1][0] == ">" else (low, number)
    elif ".." in told:
        left, _, right = told.partition("..")
        first, last = (_number(left) if left.strip() else low), (_number(right) if right.strip() else high)
    else:
        first = last = _number(told)
    if first > last:
        raise ValueError(f"interval {text.strip()!r} runs from high to low")
    if first < low or last > high:
        raise ValueError(f"{text.strip()!r} is outside {low:g} to {high:g}")
    return Interval(first / scale, last / scale, "", about)


def _percent(value: object) -> object:
    return interval(str(value), 0, 100, 100) if value is not None else Interval.share_unknown()


def _percent_or_none(value: object) -> object:
    return None if value is None else interval(str(value), 0, 100, 100)


def _months(value: object) -> object:
    return interval(str(value), 0, math.inf) if value is not None else Interval.months_unknown()


def _level(value: object) -> object:
    return None if value is None else interval(str(value), 0, 9)


def _modes(value: object) -> object:
    """``{mode: months}``, from a mapping or from ``new_sales=6..; spares=1..12``."""
    if value is None:
        return {}
    if isinstance(value, str):
        parts = [part.partition("=") for part in value.split(";") if part.strip()]
        value = {name.strip(): months.strip() or None for name, _, months in parts}
    if not isinstance(value, dict):
        raise ValueError("write {mode: months}")
    for mode in value:
        if mode not in MODES:
            close = difflib.get_close_matches(str(mode), MODES, n=1)
            raise ValueError(
                f"no mode {mode!r}: " + (f"did you mean {close[0]}?" if close else f"known are {', '.join(MODES)}")
            )
    return {mode: _months(months) for mode, months in value.items()}


def _listed(value: object) -> object:
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(";") if part.strip())
    return value


def _empty(value: object) -> object:
    return "" if value is None else value


Text = Annotated[str, BeforeValidator(_empty)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9]+(?:[-._][A-Za-z0-9]+)*$")]
Share = Annotated[Interval, BeforeValidator(_percent)]
Months = Annotated[Interval, BeforeValidator(_months)]
Level = Annotated[Interval | None, BeforeValidator(_level)]
Listed = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Factor = Annotated[float | None, BeforeValidator(lambda value: None if value is None else _number(str(value)))]


class _Border(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, arbitrary_types_allowed=True)


class _Cited(_Border):
    source: Text = ""
    locator: Text = ""
    evidence: Listed = ()
    basis: Basis = "stated"
    note: Text = ""

    def cited(self, place: str) -> Cited:
        return Cited(self.source, self.locator, self.evidence, self.basis, self.note, place)


class HeadRow(_Border):
    """The first lines of a chain."""

    chain: Identifier
    name: Annotated[str, Field(min_length=1)]
    summary: Text = ""
    as_of: Annotated[str, BeforeValidator(_empty), Field(pattern=r"^(\d{4}(-\d{2}(-\d{2})?)?)?$")] = ""
    rounding: Annotated[float, BeforeValidator(lambda value: _number(str(value)))] = 0.0
    goals: Listed = ()
    sources: Listed = ()


class StageRow(_Border):
    """A column of the drawing."""

    id: Identifier
    name: Text = ""


class ProviderRow(_Cited):
    """A firm, or an economy with a name of one's own."""

    id: Identifier
    name: Text = ""
    home: Text = ""
    kind: Literal["firm", "economy", "unnamed"] = "firm"


class ItemRow(_Cited):
    """An item without its recipes and provisions."""

    id: Identifier
    name: Annotated[str, Field(min_length=1)]
    kind: Kind
    grade: Text = ""
    stage: Text = ""
    kind_of: Text = ""
    kinds: Reading = "any"
    told_twice: bool = False
    build_months: Months = Interval.months_unknown()
    subject: Text = ""


class RecipeRow(_Cited):
    """A recipe without its inputs."""

    id: Identifier
    item: Identifier
    name: Text = ""
    time: Factor = None
    cost: Factor = None
    output: Annotated[
        float | None, BeforeValidator(lambda v: None if v is None else _number(str(v))), Field(ge=0, le=100)
    ] = None
    cap: Text = ""
    penalty_note: Text = ""
    readiness: Level = None


class InputRow(_Border):
    """One input of a recipe."""

    recipe: Identifier
    item: Identifier
    amount: Factor = None


class ProvisionRow(_Cited):
    """Who provides how much of an item."""

    id: Text = ""
    item: Identifier
    provider: Identifier
    share: Share = Interval.share_unknown()
    effective: Annotated[Interval | None, BeforeValidator(_percent_or_none)] = None
    location: Text = ""
    owner: Text = ""
    buyer: Text = ""
    exclusive: bool = False
    stock_months: Months = Interval.months_unknown()
    lead_time_months: Months = Interval.months_unknown()
    readiness: Level = None
    host: Text = ""
    recipes: Listed = ()
    modes: Annotated[dict[Mode, Any], BeforeValidator(_modes)] = {}
    negligible: bool = False


class ControlRow(_Cited):
    """A restriction in force."""

    item: Identifier
    by: Listed
    against: Listed
    since: Text = ""
    until: Text = ""


class MarketRow(_Cited):
    """Who buys an item."""

    item: Identifier
    buyer: Identifier
    seller: Text = ""
    share: Share = Interval.share_unknown()


_MODELS: dict[str, type[_Border]] = {
    "stages": StageRow,
    "providers": ProviderRow,
    "items": ItemRow,
    "recipes": RecipeRow,
    "inputs": InputRow,
    "provisions": ProvisionRow,
    "controls": ControlRow,
    "markets": MarketRow,
}

# -- from rows to a chain, with the checks -------------------------------------------------------------------


def _assembled(raw: Raw) -> Chain:
    """The checked chain, or one error with all faults."""
    faults = raw.faults
    head = _checked(raw.head, HeadRow, faults)
    rows = {name: _checked_rows(raw, name) for name in _TABLES}
    if faults:
        raise _refusal(raw.file, faults)
    faults += _repeated(rows["items"], "item", lambda row: row.id)
    faults += _repeated(rows["items"], "item", lambda row: f"{row.name.casefold()} {row.grade.casefold()}".strip())
    faults += _repeated(rows["recipes"], "recipe", lambda row: row.id)
    faults += _repeated(rows["providers"], "provider", lambda row: row.id)
    faults += _references(raw, rows, head)
    if faults:
        raise _refusal(raw.file, list(dict.fromkeys(faults)))
    chain = _chain(head, rows)
    faults += _sense(chain)
    if faults:
        raise _refusal(raw.file, faults)
    return chain


def assembled(raw: Raw) -> Chain:
    """A chain from rows made in a program (an import, a what-if), with the same checks as a file's."""
    return _assembled(raw)


def raw_of(chain: str | Path) -> Raw:
    """The rows of a chain as written, before any check."""
    return _read(path_of(chain))


def _refusal(file: str, faults: list[str]) -> StraitsError:
    if len(faults) == 1:
        return StraitsError(faults[0])
    more = f"\n... and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    return StraitsError(f"{file}: {len(faults)} faults\n" + "\n".join(faults[:_SHOWN]) + more)


Checked = tuple[Row, Any]


def _checked_rows(raw: Raw, table: str) -> list[Checked]:
    found = []
    for row in raw.tables[table]:
        if (record := _checked(row, _MODELS[table], raw.faults)) is not None:
            found.append((row, record))
    return found


def _checked(row: Row, model: type[_Border], faults: list[str]) -> Any:
    try:
        return model.model_validate(row.values)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            name = str(item["loc"][0]) if item["loc"] else ""
            faults.append(f"{row.place(name)}, {name}: {_message(item, model)}")
        return None


def _message(item: Any, model: type[_Border]) -> str:
    if item["type"] == "missing":
        return "is missing"
    if item["type"] == "extra_forbidden":
        return _stranger(str(item["loc"][0]), tuple(model.model_fields))
    if item["type"] == "string_pattern_mismatch":
        return (
            f"{item['input']!r} is no id or date: write letters and digits joined by '-' (dates as 2023 or 2023-06)"
        )
    if item["type"] == "literal_error":
        return f"write {item['ctx']['expected']} (found {item['input']!r})"
    return str(item["msg"]).removeprefix("Value error, ")


def _stranger(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return "not known here: " + (f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}")


def _repeated(rows: list[Checked], what: str, key: Any) -> Iterator[str]:
    first: dict[str, Row] = {}
    for row, record in rows:
        told = key(record)
        if told in first:
            yield f"{row.place()}, {record.id}: the same {what} as in {first[told].place()} ({told!r}): keep one of them"
        else:
            first[told] = row


def _near(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f": did you mean {close[0]}?" if close else ""


def _references(raw: Raw, rows: Mapping[str, list[Checked]], head: HeadRow) -> Iterator[str]:
    """References that lead nowhere, and recipes without inputs."""
    known = _Known(
        items={record.id for _, record in rows["items"]},
        recipes={record.id: record.item for _, record in rows["recipes"]},
        stages={record.id for _, record in rows["stages"]},
        providers={record.id for _, record in rows["providers"]},
    )
    for name in head.goals:
        yield from known.item(raw.head, "goals", name)
    for row, record in rows["items"]:
        yield from known.item(row, "kind_of", record.kind_of)
        yield from known.stage(row, record.stage)
    for row, record in rows["providers"]:
        yield from known.place(row, "home", record.home)
    yield from _recipe_references(known, rows)
    for row, record in rows["provisions"]:
        yield from known.provision(row, record)
    for table, columns in (("controls", ("by", "against")), ("markets", ("buyer", "seller"))):
        for row, record in rows[table]:
            yield from known.item(row, "item", record.item)
            for column in columns:
                given = getattr(record, column)
                for name in given if isinstance(given, tuple) else [given] if given else []:
                    yield from known.party(row, column, name)


def _recipe_references(known: _Known, rows: Mapping[str, list[Checked]]) -> Iterator[str]:
    fed = Counter(record.recipe for _, record in rows["inputs"])
    for row, record in rows["recipes"]:
        yield from known.item(row, "item", record.item)
        if not fed[record.id]:
            yield f"{row.place()}, inputs: recipe {record.id!r} has no inputs: name what it is made from"
    for row, record in rows["inputs"]:
        yield from known.item(row, "item", record.item)
        if record.recipe not in known.recipes:
            yield f"{row.place('recipe')}, recipe: no recipe {record.recipe!r}{_near(record.recipe, known.recipes)}"


@dataclass(frozen=True)
class _Known:
    """The ids of a chain, and the fault of a reference that is not among them."""

    items: set[str]
    recipes: Mapping[str, str]
    stages: set[str]
    providers: set[str]

    def item(self, row: Row, column: str, name: str) -> Iterator[str]:
        if name and name not in self.items:
            yield f"{row.place(column)}, {column}: no item {name!r} in this chain{_near(name, self.items)}"

    def stage(self, row: Row, name: str) -> Iterator[str]:
        if name and name not in self.stages:
            yield f"{row.place('stage')}, stage: no stage {name!r}{_near(name, self.stages)}"

    def place(self, row: Row, column: str, name: str) -> Iterator[str]:
        if name and name not in ("world", "unknown") and not is_place(name):
            hint = "write CHN, EU27, AUS+GIN, not CHN or unknown"
            yield f"{row.place(column)}, {column}: {name!r} is no economy or region: {hint}"

    def party(self, row: Row, column: str, name: str) -> Iterator[str]:
        if name in self.providers or name in (UNNAMED, "world") or is_place(name):
            return
        hint = _near(name, [*self.providers, UNNAMED])
        hint = hint or ": list it under providers with its home, or write an economy (CHN) or unnamed"
        yield f"{row.place(column)}, {column}: no provider {name!r}{hint}"

    def provision(self, row: Row, record: ProvisionRow) -> Iterator[str]:
        yield from self.item(row, "item", record.item)
        yield from self.item(row, "host", record.host)
        yield from self.party(row, "provider", record.provider)
        for column in ("location", "owner", "buyer"):
            yield from self.place(row, column, getattr(record, column))
        for name in record.recipes:
            if self.recipes.get(name) != record.item:
                near = _near(name, self.recipes)
                yield f"{row.place('recipes')}, recipes: {name!r} is no recipe of {record.item}{near}"


def _chain(head: HeadRow, rows: Mapping[str, list[Checked]]) -> Chain:
    inputs: dict[str, list[Input]] = {}
    for _, record in rows["inputs"]:
        inputs.setdefault(record.recipe, []).append(Input(record.item, record.amount))
    providers = {record.id: _provider(row, record) for row, record in rows["providers"]}
    items = {record.id: _item(row, record) for row, record in rows["items"]}
    recipes = {record.id: _recipe(row, record, inputs) for row, record in rows["recipes"]}
    needed = {entry.item for recipe in recipes.values() for entry in recipe.inputs}
    needed |= {record.host for _, record in rows["provisions"]}
    ends = tuple(name for name in items if name not in needed and not items[name].kind_of)
    return Chain(
        id=head.chain,
        name=head.name,
        summary=head.summary,
        goals=head.goals or ends,
        stages={record.id: Stage(record.id, record.name or record.id) for _, record in rows["stages"]},
        items=items,
        recipes=recipes,
        providers=providers,
        provisions=tuple(_provisions(rows["provisions"], providers)),
        controls=tuple(
            Control(r.item, r.by, r.against, r.since, r.until, r.cited(row.place())) for row, r in rows["controls"]
        ),
        markets=tuple(Market(r.item, r.buyer, r.share, r.seller, r.cited(row.place())) for row, r in rows["markets"]),
        as_of=head.as_of,
        rounding=head.rounding / 100,
        sources=head.sources,
        places={("item", record.id): row.place() for row, record in rows["items"]},
    )


def _provider(row: Row, record: ProviderRow) -> Provider:
    return Provider(record.id, record.name or record.id, record.kind, record.home, record.cited(row.place()))


def _item(row: Row, record: ItemRow) -> Item:
    return Item(
        id=record.id,
        name=record.name,
        kind=record.kind,
        grade=record.grade,
        stage=record.stage,
        kind_of=record.kind_of,
        kinds=record.kinds,
        told_twice=record.told_twice,
        build=record.build_months,
        subject=record.subject,
        cited=record.cited(row.place()),
    )


def _recipe(row: Row, record: RecipeRow, inputs: Mapping[str, list[Input]]) -> Recipe:
    output = None if record.output is None else record.output / 100
    return Recipe(
        id=record.id,
        item=record.item,
        name=record.name or record.id,
        inputs=tuple(inputs[record.id]),
        penalty=Penalty(record.time, record.cost, output, record.cap, record.penalty_note),
        readiness=record.readiness or Interval(IN_USE, 9),
        cited=record.cited(row.place()),
    )


def _provisions(rows: list[Checked], providers: Mapping[str, Provider]) -> Iterator[Provision]:
    used: Counter[str] = Counter()
    for row, record in rows:
        name = record.id or f"{record.item}.{record.provider}"
        used[name] += 1
        home = providers[record.provider].home if record.provider in providers else record.provider
        home = "" if home in (UNNAMED, "world", "unknown") else home
        share = record.share
        if share.unknown and record.exclusive:
            share = Interval.exactly(1.0)
        elif share.unknown == NOT_STATED and record.negligible:
            share = NEGLIGIBLE
        yield Provision(
            id=name if used[name] == 1 else f"{name}.{used[name]}",
            item=record.item,
            provider=record.provider,
            share=share,
            effective=record.effective,
            location=_place(record.location, home),
            owner=_place(record.owner, home),
            buyer=record.buyer,
            exclusive=record.exclusive,
            stock=record.stock_months,
            lead_time=record.lead_time_months,
            readiness=record.readiness,
            host=record.host,
            recipes=record.recipes,
            modes=record.modes,
            negligible=record.negligible,
            cited=record.cited(row.place()),
        )


def _place(written: str, home: str) -> str:
    return "" if written in ("unknown", "world") else written or home


def _sense(chain: Chain) -> Iterator[str]:
    """What a chain must satisfy as a whole: no cycle, everything comes from somewhere, shares fit into 100 %."""
    try:
        _ = chain.order
    except CycleError as error:
        yield f"{chain.places['item', error.items[0]]}, {error.items[0]}: {error}"
        return
    for item in chain.items.values():
        if not (chain.provisions_of.get(item.id) or chain.recipes_of.get(item.id) or chain.kinds_of.get(item.id)):
            yield (
                f"{chain.places['item', item.id]}, {item.id}: nobody provides it and nothing makes it: add providers "
                "(`unnamed` when not known who) or a recipe"
            )
        yield from _shares(chain, item.id)


def _shares(chain: Chain, item: str) -> Iterator[str]:
    for rows in accounts(chain, item).values():
        # a share printed as 61 may be anything from 60.5 to 61.5 when shares are rounded to half a point
        least = sum(row.share.low - chain.rounding for row in rows if row.share.low > chain.rounding)
        if least > 1 + 1e-9:
            total = 100 * sum(row.share.low for row in rows)
            parts = ", ".join(f"{row.provider} {100 * row.share.low:g}" for row in rows)
            yield f"{rows[-1].cited.place}, share: the shares of {item} add up to {total:g} % ({parts}): at most 100"
        sole = [row for row in rows if row.exclusive]
        if sole and (others := [row for row in rows if row is not sole[0] and row.share.low > 0]):
            yield (
                f"{others[0].cited.place}, share: {sole[0].provider} is called the exclusive source of {item} in "
                f"{sole[0].cited.place}, yet {others[0].provider} has a share"
            )


def accounts(chain: Chain, item: str) -> dict[tuple[str, bool], tuple[Provision, ...]]:
    """The accounts of an item's supply, by buyer and by whether they count firms: each adds up to 100 % at most.

    The same supply may be told twice, by economy and by firm (the item says so); unnamed providers belong to both.
    """
    found: dict[tuple[str, bool], list[Provision]] = {}
    rows = chain.provisions_of.get(item, ())
    if not chain.items[item].told_twice:
        for row in rows:
            found.setdefault((row.buyer, False), []).append(row)
        return {key: tuple(group) for key, group in found.items()}
    for row in rows:
        if (kind := _kind(chain, row)) != UNNAMED:
            found.setdefault((row.buyer, kind == "firm"), []).append(row)
    for row in rows:
        if _kind(chain, row) == UNNAMED:
            keys = [key for key in found if key[0] == row.buyer] or [(row.buyer, False)]
            for key in keys:
                found.setdefault(key, []).append(row)
    return {key: tuple(group) for key, group in found.items()}


def _kind(chain: Chain, row: Provision) -> str:
    known = chain.providers.get(row.provider)
    if known:
        return known.kind
    return UNNAMED if row.provider in (UNNAMED, "world") else "economy"


# -- writing -------------------------------------------------------------------------------------------------

SKELETON = """\
# A chain of your own. `straits chain show {id}.yaml` draws it; the format is in the documentation (Chains).
chain: {id}
name: {name}
summary: What is made, from what, by whom.
as_of: 2024
stages:
  - {{id: inputs, name: Inputs}}
  - {{id: products, name: Products}}
providers:
  - {{id: first-firm, name: First Firm, home: NLD}}
items:
  - id: tool
    name: Tool
    kind: equipment
    stage: inputs
    providers:
      - provider: first-firm
        share: 60..70        # percent; also 12.5  ~12.5  >50  unknown
        modes: {{new_sales: 6.., spares: 1..12}}
        source: ""           # where the figure is from
        locator: ""
      - provider: JPN
      - provider: unnamed    # somebody, not known who
  - id: product
    name: Product
    kind: product
    stage: products
    recipes:
      - inputs: [tool]
    providers:
      - {{provider: CHN, share: 40}}
      - {{provider: EU27, share: 35}}
      - {{provider: unnamed}}
"""


def new(name: str, folder: str | Path = ".") -> Path:
    """Write the skeleton of a chain that loads; refuses to write over a file."""
    identifier = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")
    if not identifier:
        raise StraitsError(f"{name!r} gives no id: name the chain in letters or digits")
    path = Path(folder) / f"{identifier}.yaml"
    if path.exists():
        raise StraitsError(f"{path} exists: choose another name or edit it")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SKELETON.format(id=identifier, name=name), encoding="utf-8")
    return path


def written(value: Interval, scale: float = 1.0) -> str:
    """An interval as a value of a file.

    >>> written(Interval(0.6, 0.7), 100), written(Interval(2, math.inf)), written(Interval.share_unknown("lost"))
    ('60..70', '2..', 'unknown: lost')
    """
    if value.unknown:
        return f"unknown: {value.unknown}"
    low, high = (round(end * scale, 9) for end in (value.low, value.high))
    mark = "~" if value.approximate else ""
    if low == high:
        return f"{mark}{low:.12g}"
    return f"{mark}{low:.12g}..{'' if math.isinf(high) else f'{high:.12g}'}"


def write_folder(chain: Chain, folder: str | Path) -> Path:
    """Write a chain as a folder of CSV files that loads as the same chain."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    head = {"id": chain.id, "name": chain.name, "summary": chain.summary, "as_of": chain.as_of}
    head |= {"rounding": f"{100 * chain.rounding:g}" if chain.rounding else "", "goals": "; ".join(chain.goals)}
    head |= {"sources": "; ".join(chain.sources)}
    tables: dict[str, list[dict[str, str]]] = {
        "chain": [{"field": name, "value": value} for name, value in head.items() if value],
        "stages": [{"id": stage.id, "name": stage.name} for stage in chain.stages.values()],
        "providers": [
            {"id": p.id, "name": p.name, "kind": p.kind, "home": p.home} | _citation(p.cited)
            for p in chain.providers.values()
        ],
        "items": [_item_cells(item) for item in chain.items.values()],
        "recipes": [_recipe_cells(recipe) for recipe in chain.recipes.values()],
        "inputs": [
            {"recipe": recipe.id, "item": need.item, "amount": "" if need.amount is None else f"{need.amount:.12g}"}
            for recipe in chain.recipes.values()
            for need in recipe.inputs
        ],
        "provisions": [_provision_cells(row) for row in chain.provisions],
        "controls": [
            {
                "item": c.item,
                "by": "; ".join(c.by),
                "against": "; ".join(c.against),
                "since": c.since,
                "until": c.until,
            }
            | _citation(c.cited)
            for c in chain.controls
        ],
        "markets": [
            {"item": m.item, "buyer": m.buyer, "seller": m.seller, "share": written(m.share, 100)}
            | _citation(m.cited)
            for m in chain.markets
        ],
    }
    for name, rows in tables.items():
        if rows:
            with (target / f"{name}.csv").open("w", encoding="utf-8", newline="") as handle:
                writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
    return target


def _citation(cited: Cited) -> dict[str, str]:
    evidence = "; ".join(cited.evidence)
    return {
        "source": cited.source,
        "locator": cited.locator,
        "evidence": evidence,
        "basis": cited.basis,
        "note": cited.note,
    }


def _item_cells(item: Item) -> dict[str, str]:
    cells = {name: getattr(item, name) for name in ("id", "name", "kind", "grade", "stage", "kind_of", "kinds")}
    cells["told_twice"] = str(item.told_twice).lower()
    return cells | {"build_months": _stated(item.build), "subject": item.subject} | _citation(item.cited)


def _recipe_cells(recipe: Recipe) -> dict[str, str]:
    cost = recipe.penalty
    numbers = {"time": cost.time, "cost": cost.cost, "output": None if cost.output is None else 100 * cost.output}
    cells = {"id": recipe.id, "item": recipe.item, "name": recipe.name}
    cells |= {name: "" if value is None else f"{value:.12g}" for name, value in numbers.items()}
    cells |= {"cap": cost.cap, "penalty_note": cost.note, "readiness": written(recipe.readiness)}
    return cells | _citation(recipe.cited)


def _provision_cells(row: Provision) -> dict[str, str]:
    share = "" if row.share == NEGLIGIBLE else written(row.share, 100)
    cells = {"id": row.id, "item": row.item, "provider": row.provider, "share": share}
    cells |= {"effective": "" if row.effective is None else written(row.effective, 100)}
    cells |= {"location": row.location or "unknown", "owner": row.owner or "unknown", "buyer": row.buyer}
    cells |= {"exclusive": str(row.exclusive).lower(), "negligible": str(row.negligible).lower()}
    cells |= {"stock_months": _stated(row.stock), "lead_time_months": _stated(row.lead_time)}
    cells |= {"readiness": "" if row.readiness is None else written(row.readiness), "host": row.host}
    cells |= {"recipes": "; ".join(row.recipes)}
    cells |= {"modes": "; ".join(f"{mode}={_stated(onset)}" for mode, onset in row.modes.items())}
    return cells | _citation(row.cited)


def _stated(value: Interval) -> str:
    """Nothing for what is not stated at all."""
    return "" if value.unknown == NOT_STATED else written(value)


__all__ = ["KINDS", "Raw", "Row", "accounts", "assembled", "ids", "load", "new", "path_of", "raw_of", "write_folder"]
