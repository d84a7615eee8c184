"""Write the reference pages from the code: `python docs/generate.py`.  A test fails when they are out of date."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

REFERENCE = Path(__file__).parent / "reference"
MADE = "<!-- made by docs/generate.py: do not edit -->\n\n"


def pages() -> dict[str, str]:
    """Every reference page by file name."""
    return {
        "cli.md": MADE + "\n".join(_cli()) + "\n",
        "measures.md": MADE + "\n".join(_measures()) + "\n",
        "python.md": MADE + "\n".join(_python()) + "\n",
        "json.md": MADE + "\n".join(_json()) + "\n",
        "vocabulary.md": MADE + "\n".join(_vocabulary()) + "\n",
        "files.md": MADE + "\n".join(_files()) + "\n",
        "../agreement.md": MADE + "\n".join(_agreement()) + "\n",
    }


def _cli() -> Iterator[str]:
    from typer.main import get_command

    from straits.cli import app

    yield "# Command line\n\nThe same text as `straits COMMAND --help`.\n"
    yield from _command(get_command(app), "straits", 2)


def _command(command: Any, name: str, level: int) -> Iterator[str]:
    yield f"{'#' * level} `{name}`\n"
    yield f"{(command.help or '').strip()}\n"
    parameters = [p for p in command.params if p.name != "help"]
    if parameters:
        yield "| argument or option | default | what |"
        yield "|---|---|---|"
    for parameter in parameters:
        option = parameter.param_type_name == "option"
        shown = (
            ", ".join(f"`{o}`" for o in parameter.opts)
            if option
            else f"`{(parameter.metavar or parameter.name).upper()}`"
        )
        default = parameter.default
        missing = default is None or callable(default) or "Sentinel" in type(default).__name__ or default is False
        text = "required" if parameter.required else "" if missing else f"`{default}`"
        yield f"| {shown} | {text} | {(getattr(parameter, 'help', None) or '').strip()} |"
    yield ""
    for child, sub in getattr(command, "commands", {}).items():
        yield from _command(sub, f"{name} {child}", level + 1)


def _measures() -> Iterator[str]:
    from straits.measures.compose import measure, names
    from straits.measures.thresholds import thresholds

    yield "# Measures\n\nOne file of SQL a measure: a single SELECT over named inputs with bound parameters.\n"
    yield "## Thresholds\n\n| name | value | what | citation | confirmed by us |\n|---|---|---|---|---|"
    for name, item in thresholds().items():
        yield f"| {name} | {item.value:g} | {item.what} | {item.citation} | {'yes' if item.confirmed else 'not yet'} |"
    yield ""
    for name in names():
        found = measure(name)
        yield f"## {name}\n\n{found.question}\n"
        yield f"- formula: {found.formula}\n- unit: {found.unit}\n- source: {found.source}"
        yield f"- inputs: {', '.join(found.inputs)}\n"
        yield f"```sql\n{found.sql.strip()}\n```\n"


def _python() -> Iterator[str]:
    from straits.measures.results import Answer
    from straits.observatory import Observatory
    from straits.observatory import open as open_observatory

    yield "# Python\n"
    yield f"## straits.open\n\n`straits.open{inspect.signature(open_observatory)}`\n\n{inspect.getdoc(open_observatory)}\n"
    for title, kind in (("Observatory", Observatory), ("Answer", Answer)):
        yield f"## {title}\n\n{inspect.getdoc(kind)}\n"
        for name, member in vars(kind).items():
            if name.startswith("_") or not inspect.isfunction(member):
                continue
            yield f"### {name}\n\n`{name}{inspect.signature(member)}`\n\n{inspect.getdoc(member)}\n"


def _json() -> Iterator[str]:
    from straits.assess import schemas as assessments
    from straits.casebook import schemas as casebook
    from straits.chains import schemas as chains

    yield "# JSON\n"
    yield (
        "`straits depend`, `screen`, `mutual`, `suppliers` and `producers` print one object: `rows`, `sources`, `notes`. Numbers "
        "have full precision; unknown is `null` with a reason in `notes`. Money is in USD, weight in tonnes, shares and HHI from 0 to 1.\n"
    )
    yield "`flags` holds one boolean or null a criterion; `sensitivity` the flags with thresholds 25 % lower and higher; `persistence`"
    yield "the years flagged of the years known; `reverse` the same measures for the provider on the dependent. `sources` carry"
    yield "`publisher`, `licence`, `citation`, `dataset`, `version`, `retrieved`.\n"
    yield from _schemas("Answers of the casebook", casebook)
    yield from _schemas("Answers of chains", chains)
    yield from _schemas("What chains say beside an assessment", assessments)


def _schemas(title: str, module: Any) -> Iterator[str]:
    yield f"## {title}\n"
    for command in module.COMMANDS:
        yield f"### {command}\n\n```json"
        yield json.dumps(module.json_schema(command), indent=1, ensure_ascii=False)
        yield "```\n"


def _agreement() -> Iterator[str]:
    from straits.assess.agreement import compared, page
    from straits.assess.assessment import Assessor
    from straits.casebook.load import load

    yield from page(compared(Assessor.shipped(), load()))


def _vocabulary() -> Iterator[str]:
    from straits.observatory import known_materials, known_regions

    yield "# Materials and regions\n\n## Materials\n"
    yield "| id | name | product codes | what else the codes hold | production series |\n|---|---|---|---|---|"
    for item in known_materials():
        cells = (
            item["id"],
            item["name"],
            ", ".join(item["codes"]),
            "; ".join(item["basket"]),
            ", ".join(item["production"]),
        )
        yield "| " + " | ".join(cells) + " |"
    yield "\n## Regions\n\n| id | name | members | source |\n|---|---|---|---|"
    for entry in known_regions():
        yield f"| {entry['id']} | {entry['name']} | {', '.join(entry['members'])} | {entry['source']} |"


def _files() -> Iterator[str]:
    from straits.casebook.records import TABLES as RECORDS
    from straits.store.schemas import KEYS, TABLES

    yield "# Files and tables\n\n## Canonical tables (Parquet)\n"
    for name, schema in TABLES.items():
        yield f"### {name}\n\nKey: {', '.join(KEYS[name])}.\n\n| column | type | unit | what | may be missing |\n|---|---|---|---|---|"
        for column in schema:
            meta = {key.decode(): value.decode() for key, value in (column.metadata or {}).items()}
            yield f"| {column.name} | {column.type} | {meta['unit']} | {meta['what']} | {'yes' if column.nullable else 'no'} |"
        yield ""
    yield "## Casebook tables (CSV)\n"
    for name, model in RECORDS.items():
        yield f"### {name}.csv\n\n{inspect.getdoc(model)}\n\n| column | required |\n|---|---|"
        for field, info in model.model_fields.items():
            yield f"| {field} | {'yes' if info.is_required() else 'no'} |"
        yield ""


def main() -> int:
    """Write the pages; with ``--check`` only compare, and return 1 when one differs."""
    stale = 0
    for name, text in pages().items():
        path = REFERENCE / name
        if "--check" in sys.argv:
            stale += not path.exists() or path.read_text(encoding="utf-8") != text
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
