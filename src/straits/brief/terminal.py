"""How answers look on a terminal: plain tables, the notes below, and where the numbers come from."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from straits.vocabulary.quantities import money, percent, tonnes
from straits.vocabulary.regions import short_name

if TYPE_CHECKING:
    from rich.table import Table

    from straits.brief.document import Document
    from straits.measures.results import Answer


def show(answer: Answer, kind: str) -> None:
    """Print an answer: table, notes, sources."""
    builders = {
        "depend": _depend,
        "screen": _screen,
        "mutual": _mutual,
        "suppliers": _suppliers,
        "producers": _producers,
    }
    console = _console()
    for table in builders[kind](answer):
        console.print(table)
    for note in answer.notes:
        console.print(f"note: {note}", style="dim", highlight=False, markup=False)
    for source in answer.sources:
        data = f"data {source['dataset']} {source['version']}; computed by Straits"
        line = f"source: {source['publisher']}, {source['title']}; {source['licence']}; {data}"
        console.print(line, style="dim", highlight=False, markup=False)


def listing(rows: list[dict[str, Any]], columns: Sequence[str], as_json: bool) -> None:
    """Print a list of things as a table or as JSON."""
    if as_json:
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
        return
    table = _table([(name, "left") for name in columns])
    for row in rows:
        table.add_row(*(_cell(row.get(name)) for name in columns))
    _console().print(table)
    if not rows:
        sys.stderr.write("nothing yet: try `straits data add raw-materials`\n")


def as_json(content: Any) -> None:
    """Print plain data as JSON."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def show_found(found: Any, kind: str) -> None:
    """Print an answer of the casebook for a reader."""
    from straits.brief.casebook_text import told

    console = _console()
    for part in told(found, kind):
        console.print(part, highlight=False, markup=False)


def lines(told: Iterable[str]) -> None:
    """Print lines for a reader."""
    console = _console()
    for line in told:
        console.print(line, highlight=False, markup=False)


def show_finding(document: Document) -> None:
    """Print the finding of a brief with its certainty."""
    console = _console()
    console.print(document.title, style="bold", highlight=False)
    for sentence in document.finding:
        console.print(sentence, highlight=False, markup=False)
    console.print(f"Certainty: {document.certainty}. {document.certainty_because}", highlight=False, markup=False)


def _console() -> Any:
    from rich.console import Console

    wide = sys.stdout.isatty()
    return Console(soft_wrap=not wide, width=None if wide else 200)


def _table(columns: Sequence[tuple[str, str]], title: str | None = None) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for name, side in columns:
        table.add_column(name, justify="right" if side == "right" else "left", overflow="fold")
    return table


def _cell(value: Any) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _number(value: float | None, digits: int) -> str:
    return "unknown" if value is None else f"{value:.{digits}f}"


def _raised(flags: dict[str, bool | None]) -> str:
    up = [name for name, value in flags.items() if value]
    unknown = [f"{name}?" for name, value in flags.items() if value is None]
    return " ".join(up + unknown) or "none"


def _depend(answer: Answer) -> list[Table]:
    tables = []
    for product in dict.fromkeys(row["product"] for row in answer.rows):
        rows = [row for row in answer.rows if row["product"] == product]
        for direction in (rows, [row["reverse"] for row in rows]):
            tables.append(_depend_direction(direction))
    return tables


def _depend_direction(rows: list[dict[str, Any]]) -> Table:
    first = rows[0]
    of, on = short_name(first["dependent"]), short_name(first["provider"])
    table = _table(
        [
            ("year", "right"),
            ("imports", "right"),
            (f"from {on}", "right"),
            ("share", "right"),
            ("share (t)", "right"),
            ("HHI", "right"),
            ("suppliers*", "right"),
            ("largest supplier", "left"),
            ("world HHI", "right"),
            ("imports/exports", "right"),
            ("flags", "left"),
        ],
        title=f"{of} on {on}, {first['nomenclature']}:{first['product']}   (* effective number, 1/HHI)",
    )
    for row in rows:
        table.add_row(
            str(row["period"]),
            _money(row["imports_usd"]),
            _money(row["imports_from_provider_usd"]),
            percent(row["share_of_imports"]),
            percent(row["share_of_tonnes"]),
            _number(row["hhi_imports"], 3),
            _number(row["effective_suppliers"], 1),
            f"{row['top_supplier']} {percent(row['top_share'])}" if row["top_supplier"] else "unknown",
            _number(row["hhi_world_exports"], 3),
            _number(row["imports_over_exports"], 2),
            _raised(row["flags"]),
        )
    return table


def _money(value: int | None) -> str:
    return "unknown" if value is None else money(value)


def _screen(answer: Answer) -> list[Table]:
    with_provider = any(row["provider"] for row in answer.rows)
    columns = [
        ("flagged", "left"),
        ("product", "left"),
        ("imports", "right"),
        ("HHI", "right"),
        ("world HHI", "right"),
        ("imports/exports", "right"),
        ("largest supplier", "left"),
        ("flags", "left"),
        ("robust +-25 %", "left"),
        ("years flagged of known (c1 c2 c3)", "left"),
    ]
    if with_provider:
        columns.insert(3, ("from provider", "right"))
    table = _table(columns, title=answer.question)
    for row in answer.rows:
        years = row["persistence"]["years_flagged"]
        cells = [
            {True: "yes", False: "no", None: "unknown"}[row["flagged"]],
            f"{row['product']} {(row['description'] or '')[:44]}",
            money(row["imports_usd"]),
            _number(row["hhi_imports"], 3),
            _number(row["hhi_world_exports"], 3),
            _number(row["imports_over_exports"], 2),
            f"{row['top_supplier']} {percent(row['top_share'], 0)}",
            _raised(row["flags"]),
            "yes" if row["stubborn"]["robust"] else "no",
            f"{years['c1']} {years['c2']} {years['c3']} of {row['persistence']['years_known']}",
        ]
        if with_provider:
            cells.insert(3, percent(row["share_of_imports"]))
        table.add_row(*cells)
    return [table]


def _mutual(answer: Answer) -> list[Table]:
    first = answer.rows[0] if answer.rows else {"one": "one", "other": "other"}
    one, other = short_name(first["one"]), short_name(first["other"])
    table = _table(
        [
            ("product", "left"),
            (f"{one} from {other}", "right"),
            ("share", "right"),
            (f"{other} from {one}", "right"),
            ("share", "right"),
            ("leans more", "left"),
            ("by", "right"),
        ],
        title=f"{one} and {other}: share of each side's imports that comes from the other",
    )
    for row in answer.rows:
        asymmetry = row["asymmetry"]
        leaning = "unknown" if asymmetry is None else one if asymmetry > 0 else other if asymmetry < 0 else "neither"
        table.add_row(
            f"{row['product']} {(row['description'] or '')[:44]}",
            money(row["one_from_other_usd"]),
            percent(row["one_share"]),
            money(row["other_from_one_usd"]),
            percent(row["other_share"]),
            leaning,
            "" if asymmetry is None else f"{100 * abs(asymmetry):.1f} points",
        )
    return [table]


def _suppliers(answer: Answer) -> list[Table]:
    table = _table(
        [
            ("year", "right"),
            ("product", "left"),
            ("supplier", "left"),
            ("value", "right"),
            ("share", "right"),
            ("tonnes", "right"),
            ("share (t)", "right"),
        ]
    )
    for row in answer.rows:
        table.add_row(
            str(row["period"]),
            row["product"],
            short_name(row["supplier"]),
            money(row["value_usd"]),
            percent(row["share_of_imports"]),
            "unknown" if row["tonnes"] is None else tonnes(row["tonnes"]),
            percent(row["share_of_tonnes"]),
        )
    return [table]


def _producers(answer: Answer) -> list[Table]:
    table = _table(
        [
            ("year", "right"),
            ("material", "left"),
            ("economy", "left"),
            ("quantity", "right"),
            ("unit", "left"),
            ("share", "right"),
            ("status", "left"),
        ]
    )
    for row in answer.rows:
        table.add_row(
            str(row["period"]),
            row["material"],
            short_name(row["economy"]),
            f"{row['quantity']:,.0f}",
            row["unit"],
            percent(row["share_of_world"]),
            row["reported_or_estimated"],
        )
    return [table]
