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

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from straits.chains.checks import Checked, references, repeated, sense
from straits.chains.model import (
    IN_USE,
    NEGLIGIBLE,
    NOT_STATED,
    UNNAMED,
    Chain,
    Control,
    Input,
    Interval,
    Item,
    Market,
    Penalty,
    Provider,
    Provision,
    Recipe,
    Stage,
)
from straits.chains.reading import TABLES, Raw, Row, raw_of, refusal, stranger
from straits.chains.records import MODELS, Border, HeadRow, ItemRow, ProviderRow, RecipeRow


def load(chain: str | Path) -> Chain:
    """The chain with that id, or in that YAML file or CSV folder.

    Raises one :class:`StraitsError` that lists every fault with file and line.

    >>> load("lithography-7nm").goals[0]
    'logic-7nm'
    """
    return assembled(raw_of(chain))


def assembled(raw: Raw) -> Chain:
    """The checked chain of a file's rows (or of an import's, a what-if's), or one error with all faults."""
    faults = raw.faults
    head = _checked(raw.head, HeadRow, faults)
    rows = {name: _checked_rows(raw, name) for name in TABLES}
    if faults:
        raise refusal(raw.file, faults)
    faults += repeated(rows["items"], "item", lambda row: row.id)
    faults += repeated(rows["items"], "item", lambda row: f"{row.name.casefold()} {row.grade.casefold()}".strip())
    faults += repeated(rows["recipes"], "recipe", lambda row: row.id)
    faults += repeated(rows["providers"], "provider", lambda row: row.id)
    faults += references(raw, rows, head)
    if faults:
        raise refusal(raw.file, list(dict.fromkeys(faults)))
    chain = _chain(head, rows)
    faults += sense(chain)
    if faults:
        raise refusal(raw.file, faults)
    return chain


def _checked_rows(raw: Raw, table: str) -> list[Checked]:
    found = []
    for row in raw.tables[table]:
        if (record := _checked(row, MODELS[table], raw.faults)) is not None:
            found.append((row, record))
    return found


def _checked(row: Row, model: type[Border], faults: list[str]) -> Any:
    try:
        return model.model_validate(row.values)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            name = str(item["loc"][0]) if item["loc"] else ""
            faults.append(f"{row.place(name)}, {name}: {_message(item, model)}")
        return None


def _message(item: Any, model: type[Border]) -> str:
    if item["type"] == "missing":
        return "is missing"
    if item["type"] == "extra_forbidden":
        return stranger(str(item["loc"][0]), tuple(model.model_fields))
    if item["type"] == "string_pattern_mismatch":
        return (
            f"{item['input']!r} is no id or date: write letters and digits joined by '-' (dates as 2023 or 2023-06)"
        )
    if item["type"] == "literal_error":
        return f"write {item['ctx']['expected']} (found {item['input']!r})"
    return str(item["msg"]).removeprefix("Value error, ")


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


__all__ = ["assembled", "load"]
