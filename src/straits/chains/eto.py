"""Chains in the format of the ETO Supply Chain Explorer: import with an account of every row, and export.

The format (Georgetown's Emerging Technology Observatory, ``eto-supply-chain``): ``inputs.csv``, ``providers.csv``,
``provision.csv``, ``sequence.csv``, ``stages.csv``.  Its quirks and what becomes of them: shares are printed as
whole percents and may add up to a little over 100; ``Various`` is an unnamed provider; ``negligible`` is a share of
at most 1 % of which it is open whether buyers can turn to it; a missing share is unknown; the same supply is told
by economy and by firm; ``is_type_of`` does not say whether one kind will do or all are needed, so both readings are
kept; processes without providers are done by the providers of their stage.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from straits.chains.files import assembled
from straits.chains.model import UNNAMED, Chain, Interval, Item, Provision, is_place
from straits.chains.opening import ChainLike, load
from straits.chains.parties import is_unnamed
from straits.chains.reading import Raw, Row
from straits.chains.words import shortened
from straits.vocabulary.errors import StraitsError

COLUMNS: dict[str, tuple[str, ...]] = {
    "inputs": (
        "input_name", "input_id", "type", "stage_name", "stage_id", "description",
        "market_share_chart_global_market_size_info", "market_share_chart_caption", "market_share_chart_source",
    ),
    "providers": ("provider_name", "provider_id", "provider_type", "country"),
    "provision": (
        "provider_name", "provider_id", "provided_name", "provided_id", "share_provided", "negligible_market_share",
    ),
    "sequence": ("input_name", "input_id", "goes_into_name", "goes_into_id", "is_type_of_name", "is_type_of_id"),
    "stages": (
        "stage_id", "stage_name", "description", "market_share_chart_global_market_size_info",
        "market_share_chart_caption", "market_share_chart_source",
    ),
}  # fmt: skip
KINDS = {
    "process": "step",
    "tool_resource": "equipment",
    "material_resource": "material",
    "ultimate_output": "product",
}
ECONOMIES = {"MAL": "MYS"}
"""Codes of the source that are not ISO 3166."""
FIRST, LAST = "inputs", "products"
SOURCE = "ETO Supply Chain Explorer"


@dataclass(frozen=True)
class Accounted:
    """What became of one row of the source."""

    file: str
    line: int
    id: str
    name: str
    became: str
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "file": self.file,
            "line": self.line,
            "id": self.id,
            "name": self.name,
            "became": self.became,
            "note": self.note,
        }


@dataclass(frozen=True)
class ImportReport:
    """Every row of every file, and what became of it; ``notes`` say how the format was read."""

    chain: str
    rows: tuple[Accounted, ...]
    counts: Mapping[str, Mapping[str, int]]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "chain": self.chain,
            "counts": {name: dict(count) for name, count in self.counts.items()},
            "notes": list(self.notes),
            "rows": [row.to_dict() for row in self.rows],
        }

    def to_json(self) -> str:
        """The same as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False)

    def text(self, everything: bool = False) -> str:
        """The report for a reader: counts, then the rows that needed an interpretation, all if ``everything``."""
        lines = [f"Imported as {self.chain}"]
        for name, count in self.counts.items():
            parts = ", ".join(f"{number} {became}" for became, number in count.items())
            lines.append(f"  {name}.csv: {sum(count.values())} rows: {parts}")
        lines += ["", "How it was read", *(f"  {note}" for note in self.notes)]
        if noted := [row for row in self.rows if row.note]:
            lines += ["", "Rows to look at"]
            told = [f"  {row.file}, line {row.line}, {row.id} {row.name}: {row.became}; {row.note}" for row in noted]
            lines += shortened(told, None if everything else SHOWN)
        return "\n".join(lines)


SHOWN = 12
"""Rows that a text shows unless all are asked for."""


@dataclass(frozen=True)
class Imported:
    """A chain from the ETO format, and its report."""

    chain: Chain
    report: ImportReport


def import_eto(folder: str | Path, name: str = "eto") -> Imported:
    """Read a folder in the ETO format as a chain called ``name``.

    Raises :class:`StraitsError` when a file or column is missing or an id leads nowhere; nothing is dropped
    without a line in the report.
    """
    path = Path(folder)
    tables = {table: _table(path, table) for table in COLUMNS}
    reader = _Reader(tables, name)
    chain = assembled(reader.raw())
    order = {table: place for place, table in enumerate(COLUMNS)}
    rows = sorted(reader.accounted, key=lambda row: (order[row.file.removesuffix(".csv")], row.line))
    counts: dict[str, Counter[str]] = {table: Counter() for table in COLUMNS}
    for row in rows:
        counts[row.file.removesuffix(".csv")][row.became] += 1
    for table, lines in tables.items():
        if sum(counts[table].values()) != len(lines):
            raise StraitsError(f"{table}.csv: {len(lines)} rows, {sum(counts[table].values())} accounted for")
    return Imported(chain, ImportReport(chain.id, tuple(rows), counts, NOTES))


NOTES = (
    "Shares are as printed (market shares mostly of 2019), rounded to half a point.",
    "A provider's one country is read as the place of production and of ownership.",
    "Both readings of `is a type of` are kept: any kind will do, or all are needed.",
    "Economies and firms that provide the same item tell the same supply twice: each question uses one account.",
    "A process without providers is done by the providers of its stage, wherever its product is used.",
    "The final product needs a design, fabrication and assembly: sequence.csv does not connect the first.",
)


def _table(folder: Path, table: str) -> list[tuple[int, dict[str, str]]]:
    path = folder / f"{table}.csv"
    if not path.exists():
        raise StraitsError(f"{folder} is not in the ETO format: it has no {table}.csv (needs {', '.join(COLUMNS)})")
    found = []
    with path.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle)
        if missing := set(COLUMNS[table]) - set(reader.fieldnames or ()):
            raise StraitsError(f"{table}.csv, line 1: no column {', '.join(sorted(missing))}")
        if extra := set(reader.fieldnames or ()) - set(COLUMNS[table]):
            raise StraitsError(f"{table}.csv, line 1: column {', '.join(sorted(extra))} is not of this format")
        line = 2
        for row in reader:
            found.append((line, {key: (value or "").strip() for key, value in row.items()}))
            line = reader.line_num + 1
    return found


class _Reader:
    """Turns the tables into rows of a chain and keeps the account."""

    def __init__(self, tables: Mapping[str, list[tuple[int, dict[str, str]]]], name: str) -> None:
        self.tables, self.name = tables, name
        self.accounted: list[Accounted] = []
        self.inputs = {row["input_id"]: row for _, row in tables["inputs"]}
        self.stages = {row["stage_id"]: row["stage_name"] for _, row in tables["stages"]}
        self.providers = {row["provider_id"]: row for _, row in tables["providers"]}
        self.provided = {row["provided_id"] for _, row in tables["provision"]}

    def account(self, table: str, line: int, id: str, name: str, became: str, note: str = "") -> None:
        self.accounted.append(Accounted(f"{table}.csv", line, id, name, became, note))

    def raw(self) -> Raw:
        ends = [key for key, row in self.inputs.items() if row["type"] == "ultimate_output"]
        head = {"chain": self.name, "name": f"{SOURCE}: {self._product(ends)}", "rounding": "0.5", "as_of": "2019"}
        head |= {"goals": "; ".join(ends), "summary": "Imported from the ETO format; shares as printed there."}
        raw = Raw("inputs.csv", Row(dict(head), "inputs.csv", 1))
        raw.tables["stages"] = self._stages()
        raw.tables["providers"] = list(self._providers())
        kind_of = self._sequence(raw)
        raw.tables["items"] = list(self._items(kind_of))
        raw.tables["provisions"] = list(self._provisions())
        self._fill(raw)
        return raw

    def _product(self, ends: Iterable[str]) -> str:
        return ", ".join(self.inputs[end]["input_name"] for end in ends) or "chain"

    def _stages(self) -> list[Row]:
        columns = {FIRST: "Tools and materials", **self.stages, LAST: "Product"}
        lines = {row["stage_id"]: line for line, row in self.tables["stages"]}
        for line, row in self.tables["stages"]:
            self.account("stages", line, row["stage_id"], row["stage_name"], "step and stage")
        return [Row({"id": key, "name": name}, "stages.csv", lines.get(key, 1)) for key, name in columns.items()]

    def _providers(self) -> Iterable[Row]:
        for line, row in self.tables["providers"]:
            key, name = row["provider_id"], row["provider_name"]
            if row["provider_type"] == "country":
                economy = ECONOMIES.get(name, name)
                if name == "Various":
                    self.account("providers", line, key, name, UNNAMED, "nobody named")
                elif is_place(economy):
                    note = "" if economy == name else f"read as {economy}"
                    self.account("providers", line, key, name, "economy", note)
                else:
                    raise StraitsError(f"providers.csv, line {line}, provider_name: {name!r} is no ISO 3166 code")
                continue
            country = ECONOMIES.get(row["country"], row["country"])
            if country and not is_place(country):
                raise StraitsError(f"providers.csv, line {line}, country: {country!r} is no ISO 3166 code")
            self.account("providers", line, key, name, "firm", "" if country else "no country")
            yield Row({"id": key, "name": name, "home": country or None}, "providers.csv", line)

    def _items(self, kind_of: Mapping[str, str]) -> Iterable[Row]:
        for line, row in self.tables["stages"]:
            values = {"id": row["stage_id"], "name": row["stage_name"], "kind": "step", "stage": row["stage_id"]}
            values["told_twice"] = self._told_twice(row["stage_id"])
            yield Row({**values, "locator": f"stages.csv, line {line}", "source": "eto"}, "stages.csv", line)
        for line, row in self.tables["inputs"]:
            key, kind = row["input_id"], row["type"]
            if kind not in KINDS:
                raise StraitsError(f"inputs.csv, line {line}, type: {kind!r}: known are {', '.join(KINDS)}")
            if row["stage_id"] and row["stage_id"] not in self.stages:
                raise StraitsError(f"inputs.csv, line {line}, stage_id: no stage {row['stage_id']!r} in stages.csv")
            stage = row["stage_id"] or (LAST if kind == "ultimate_output" else FIRST)
            values = {"id": key, "name": row["input_name"], "kind": _kind(row), "stage": stage, "kinds": "unknown"}
            values["told_twice"] = self._told_twice(key)
            if key in kind_of:
                values["kind_of"] = kind_of[key]
            self.account("inputs", line, key, row["input_name"], values["kind"])
            yield Row({**values, "locator": f"inputs.csv, line {line}", "source": "eto"}, "inputs.csv", line)

    def _told_twice(self, key: str) -> str:
        """Whether both economies and firms provide it: two accounts of the same supply."""
        told = [row["provider_id"] for _, row in self.tables["provision"] if row["provided_id"] == key]
        kinds = {self.providers[who]["provider_type"] for who in told if who in self.providers}
        return str(len(kinds) > 1).lower()

    def _sequence(self, raw: Raw) -> dict[str, str]:
        """Recipes from `goes into`, and the wider item of each kind; designs are kinds of the design stage."""
        kind_of: dict[str, str] = {}
        into: dict[str, list[tuple[str, int]]] = {}
        for line, row in self.tables["sequence"]:
            key, goes, wide = row["input_id"], row["goes_into_id"], row["is_type_of_id"]
            for column, name in (("input_id", key), ("goes_into_id", goes), ("is_type_of_id", wide)):
                if name and name not in self.inputs:
                    raise StraitsError(f"sequence.csv, line {line}, {column}: no input {name!r} in inputs.csv")
            became = [
                told for told in ("input of a recipe" if goes else "", "kind of a wider item" if wide else "") if told
            ]
            note = ""
            if goes:
                if key in [name for name, _ in into.get(goes, [])]:
                    note = "said before"
                else:
                    into.setdefault(goes, []).append((key, line))
            if wide and kind_of.setdefault(key, wide) != wide:
                raise StraitsError(
                    f"sequence.csv, line {line}, is_type_of_id: {key} is already a type of {kind_of[key]}"
                )
            self.account("sequence", line, key, row["input_name"], " and ".join(became) or "nothing stated", note)
        for line, row in self.tables["inputs"]:
            key, stage = row["input_id"], row["stage_id"]
            if row["type"] == "process" and stage and key not in self.provided:
                into.setdefault(key, []).append((stage, line))
            elif row["type"] == "process" and stage and not self._goes_on(key):
                kind_of.setdefault(key, stage)
            if row["type"] == "ultimate_output":
                into.setdefault(key, []).extend((stage, line) for stage in self._unlinked(kind_of))
        for item, needs in into.items():
            raw.tables["recipes"].append(Row({"id": f"{item}-1", "item": item}, "sequence.csv", needs[0][1]))
            raw.tables["inputs"] += [
                Row({"recipe": f"{item}-1", "item": need}, "sequence.csv", at) for need, at in needs
            ]
        return kind_of

    def _goes_on(self, key: str) -> bool:
        return any(row["input_id"] == key and row["goes_into_id"] for _, row in self.tables["sequence"])

    def _unlinked(self, kind_of: Mapping[str, str]) -> list[str]:
        """Stages that no process brings into the sequence."""
        linked = {
            row["stage_id"]
            for _, row in self.tables["inputs"]
            if row["type"] == "process" and row["input_id"] not in self.provided
        }
        return [stage for stage in self.stages if stage not in linked]

    def _provisions(self) -> Iterable[Row]:
        seen: dict[tuple[str, str], int] = {}
        for line, row in self.tables["provision"]:
            who, what = row["provider_id"], row["provided_id"]
            if who not in self.providers:
                raise StraitsError(f"provision.csv, line {line}, provider_id: no provider {who!r} in providers.csv")
            if what not in self.inputs and what not in self.stages:
                raise StraitsError(f"provision.csv, line {line}, provided_id: no input or stage {what!r}")
            label = f"{row['provider_name']} provides {row['provided_name']}"
            if (who, what) in seen:
                self.account(
                    "provision", line, f"{what}.{who}", label, "repeated", f"the same as line {seen[who, what]}"
                )
                continue
            seen[who, what] = line
            values, became = self._supply(line, row)
            self.account("provision", line, values["id"], label, became, self._renamed(row))
            yield Row(values, "provision.csv", line)

    def _supply(self, line: int, row: Mapping[str, str]) -> tuple[dict[str, Any], str]:
        who, what, share = row["provider_id"], row["provided_id"], row["share_provided"]
        known = self.providers[who]
        provider = who
        if known["provider_type"] == "country":
            name = known["provider_name"]
            provider = UNNAMED if name == "Various" else ECONOMIES.get(name, name)
        values: dict[str, Any] = {"id": f"{what}.{who}", "item": what, "provider": provider}
        values |= {"source": "eto", "locator": f"provision.csv, line {line}"}
        if share:
            values["share"] = share.removesuffix("%")
            became = "share"
        elif row["negligible_market_share"]:
            values["negligible"] = "true"
            became = "negligible share"
        else:
            became = "unknown share"
        return values, became

    def _renamed(self, row: Mapping[str, str]) -> str:
        """Where a row calls things otherwise than the table of its id."""
        what = row["provided_id"]
        names = {
            "provider": (row["provider_name"], self.providers[row["provider_id"]]["provider_name"]),
            "item": (
                row["provided_name"],
                self.inputs[what]["input_name"] if what in self.inputs else self.stages[what],
            ),
        }
        return "; ".join(
            f"{kind} is called {now!r} in its table" for kind, (told, now) in names.items() if told != now
        )

    def _fill(self, raw: Raw) -> None:
        """Give an item that nobody provides and nothing makes an unnamed provider, and say so."""
        made = {row.values["item"] for row in raw.tables["recipes"]} | self.provided
        wide = {row.values.get("kind_of") for row in raw.tables["items"]}
        for row in raw.tables["items"]:
            key = row.values["id"]
            if key not in made and key not in wide:
                values = {"item": key, "provider": UNNAMED, "source": "eto", "note": "the source names nobody"}
                raw.tables["provisions"].append(Row(values, row.file, row.line))
                at = next(
                    number for number, told in enumerate(self.accounted) if told.id == key and told.line == row.line
                )
                old = self.accounted[at]
                self.accounted[at] = Accounted(
                    old.file, old.line, key, old.name, old.became, "nobody provides it: unnamed"
                )


def _kind(row: Mapping[str, str]) -> str:
    name = row["input_name"].casefold()
    if row["type"] == "tool_resource" and "software" in name:
        return "software"
    if row["type"] == "material_resource" and "intellectual property" in name:
        return "knowledge"
    return KINDS[row["type"]]


# -- export --------------------------------------------------------------------------------------------------


def export_eto(chain: ChainLike, folder: str | Path) -> list[str]:
    """Write a chain in the ETO format; returns what the format cannot say, one line each."""
    chain, target = load(chain), Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    lost: list[str] = []
    stages = [stage for stage in chain.stages.values() if stage.id in chain.items or stage.id not in (FIRST, LAST)]
    stage_items = {stage.id for stage in stages}
    tables: dict[str, list[dict[str, str]]] = {
        "stages": [{"stage_id": stage.id, "stage_name": stage.name} for stage in stages],
        "inputs": [
            _input_row(chain, item, stage_items) for item in chain.items.values() if item.id not in stage_items
        ],
        "providers": _provider_rows(chain),
        "provision": [_provision_row(chain, row, lost) for row in chain.provisions],
        "sequence": list(_sequence_rows(chain, stage_items, lost)),
    }
    for name, rows in tables.items():
        with (target / f"{name}.csv").open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, COLUMNS[name], restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    lost += [f"{control.item}: a control by {', '.join(control.by)}" for control in chain.controls]
    lost += [f"{market.item}: the market of {market.buyer}" for market in chain.markets]
    return lost


def _input_row(chain: Chain, item: Item, stage_items: set[str]) -> dict[str, str]:
    types = {
        "step": "process",
        "material": "material_resource",
        "knowledge": "material_resource",
        "component": "material_resource",
    }
    kind = "ultimate_output" if item.id in chain.goals else types.get(item.kind, "tool_resource")
    staged = kind == "process" and item.stage in stage_items
    stage = {"stage_id": item.stage, "stage_name": chain.stages[item.stage].name} if staged else {}
    return {"input_name": item.name, "input_id": item.id, "type": kind, "description": item.cited.note, **stage}


def _provider_rows(chain: Chain) -> list[dict[str, str]]:
    used = dict.fromkeys(row.provider for row in chain.provisions)
    rows = []
    for name in [*chain.providers, *(name for name in used if name not in chain.providers)]:
        known = chain.providers.get(name)
        if known and known.kind == "firm":
            firm = {
                "provider_name": known.name,
                "provider_id": name,
                "provider_type": "organization",
                "country": known.home,
            }
            rows.append(firm)
        else:
            label = "Various" if name in (UNNAMED, "world") or (known and known.kind == "unnamed") else name
            rows.append({"provider_name": label, "provider_id": name, "provider_type": "country", "country": ""})
    return rows


def _provision_row(chain: Chain, row: Provision, lost: list[str]) -> dict[str, str]:
    known = chain.providers.get(row.provider)
    name = "Various" if is_unnamed(chain, row) else known.name if known else row.provider
    told = {"provider_name": name, "provider_id": row.provider, "provided_name": chain.items[row.item].name}
    told |= {"provided_id": row.item, "negligible_market_share": "negligible" if row.negligible else ""}
    if not row.share.unknown and row.share.low == row.share.high:
        told["share_provided"] = f"{100 * row.share.low:.10g}%"
    elif not row.share.unknown and not row.negligible:
        lost.append(f"{row.item}, {row.provider}: a share of {row.share.percent()}")
    extra = {
        "effective share": row.effective is not None,
        "buyer": bool(row.buyer),
        "host": bool(row.host),
        "readiness": row.readiness is not None,
        "ways to withhold": bool(row.modes),
        "stock": row.stock != Interval.months_unknown(),
        "lead time": row.lead_time != Interval.months_unknown(),
        "owner apart from location": row.owner != row.location,
    }
    lost += [f"{row.item}, {row.provider}: {what}" for what, there in extra.items() if there]
    return told


def _sequence_rows(chain: Chain, stage_items: set[str], lost: list[str]) -> Iterable[dict[str, str]]:
    for item in chain.items.values():
        recipes = chain.recipes_of.get(item.id, ())
        if len(recipes) > 1:
            lost.append(f"{item.id}: {len(recipes)} alternative recipes (all their inputs are written as needed)")
        needs = dict.fromkeys(need.item for recipe in recipes for need in recipe.inputs)
        for need in needs:
            if need not in stage_items:
                names = {"input_name": chain.items[need].name, "goes_into_name": item.name}
                yield {**names, "input_id": need, "goes_into_id": item.id}
        if item.kind_of and item.kind_of not in stage_items:
            names = {"input_name": item.name, "is_type_of_name": chain.items[item.kind_of].name}
            yield {**names, "input_id": item.id, "is_type_of_id": item.kind_of}


__all__ = ["Accounted", "ImportReport", "Imported", "export_eto", "import_eto"]
