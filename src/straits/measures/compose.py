"""How a measure becomes one query: SQL files over named inputs, put together as common table expressions.

Each ``.sql`` file beside this module is a single SELECT over canonical tables, small given tables, or other
measures, with named parameters.  Its header comment gives question, formula, unit, source and inputs.  A *binding*
says which file answers to a generic input name: ``imports`` is ``imports_of_regions`` or ``imports_of_economies``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from straits.vocabulary.errors import nearest

_FOLDER = Path(__file__).parent
_HEADER = re.compile(r"^-- (\w+): ?(.*)$")
FIELDS = ("question", "formula", "unit", "source", "inputs")


@dataclass(frozen=True)
class Measure:
    """One SQL file: its SELECT and what its header says."""

    name: str
    sql: str
    question: str
    formula: str
    unit: str
    source: str
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class Query:
    """A composed query, its parameters, and the relations it reads.

    ``tables`` are given small tables (Arrow); ``canonical`` names the store's tables that the engine must provide.
    """

    sql: str
    parameters: dict[str, Any]
    tables: dict[str, Any]
    canonical: frozenset[str]
    measures: tuple[str, ...] = field(default=())

    def pasteable(self, files: Mapping[str, list[Path]]) -> str:
        """The query as text that runs in a DuckDB shell: files named, given tables and parameters written out."""
        parts = [f"{name} as (select * from read_parquet({_files(files[name])}))" for name in sorted(self.canonical)]
        parts += [f"{name} as ({_values(table)})" for name, table in sorted(self.tables.items())]
        body = re.sub(r"\$(\w+)", lambda m: literal(self.parameters[m[1]]), self.sql)
        return f"with {', '.join(parts)},\n{body.removeprefix('with ')};\n"


CANONICAL = frozenset({"trade", "production", "governance", "products"})


@cache
def measure(name: str) -> Measure:
    """The measure in ``name.sql``."""
    path = _FOLDER / f"{name}.sql"
    if not path.exists():
        raise nearest(name, names(), "measure")
    lines = path.read_text(encoding="utf-8").splitlines()
    header: dict[str, str] = {}
    last = ""
    body = 0
    for body, line in enumerate(lines):  # noqa: B007
        if match := _HEADER.match(line):
            last = match[1]
            header[last] = match[2].strip()
        elif line.startswith("--"):
            header[last] += " " + line.removeprefix("--").strip()
        else:
            break
    inputs = tuple(part.strip() for part in header.pop("inputs").split(","))
    return Measure(name=name, sql="\n".join(lines[body:]), inputs=inputs, **header)


def names() -> list[str]:
    """All measures, sorted."""
    return sorted(path.stem for path in _FOLDER.glob("*.sql"))


def compose(
    name: str, parameters: Mapping[str, Any], tables: Mapping[str, Any], bindings: Mapping[str, str] | None = None
) -> Query:
    """The query for a measure: its inputs, in order, as common table expressions.

    ``tables`` are given by name; every input is a canonical table, a given table, a bound name, or a measure.
    """
    bindings = bindings or {}
    ordered: dict[str, str] = {}
    used: list[str] = []
    needed: set[str] = set()
    given: set[str] = set()

    def visit(alias: str) -> None:
        if alias in ordered:
            return
        if alias in tables:
            given.add(alias)
            return
        if alias in CANONICAL:
            needed.add(alias)
            return
        found = measure(bindings.get(alias, alias))
        for item in found.inputs:
            visit(item)
        ordered[alias] = found.sql
        used.append(found.name)

    visit(name)
    final = ordered.pop(name)
    ctes = ",\n".join(f"{alias} as (\n{_indent(sql)}\n)" for alias, sql in ordered.items())
    sql = f"with {ctes}\n{final}" if ctes else final
    wanted = set(re.findall(r"\$(\w+)", sql))
    return Query(
        sql=sql,
        parameters={key: value for key, value in parameters.items() if key in wanted},
        tables={key: table for key, table in tables.items() if key in given},
        canonical=frozenset(needed),
        measures=tuple(used),
    )


def literal(value: Any) -> str:
    """A value as SQL text, for printing only (queries that run have their values bound).

    A float is written with an exponent, so that DuckDB reads it as a double again and not as a decimal.

    >>> literal("Côte d'Ivoire"), literal(dt.date(2023, 1, 1)), literal(0.4), literal(None)
    ("'Côte d''Ivoire'", "date '2023-01-01'", '0.4e0', 'null')
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.date):
        return f"date '{value.isoformat()}'"
    if isinstance(value, float):
        return repr(value) if "e" in repr(value) else f"{value!r}e0"
    if isinstance(value, int):
        return repr(value)
    text = str(value).replace("'", "''")
    return f"'{text}'"


def _values(table: Any) -> str:
    columns = table.column_names
    nothing = {c: f"cast(null as {_sql_type(table.schema.field(c).type)})" for c in columns}
    rows = ", ".join(
        "(" + ", ".join(nothing[c] if row[c] is None else literal(row[c]) for c in columns) + ")"
        for row in table.to_pylist()
    )
    if not rows:
        empty = ", ".join(f"{null} as {c}" for c, null in nothing.items())
        return f"select {empty} where false"
    return f"select * from (values {rows}) as given({', '.join(columns)})"


def _sql_type(kind: Any) -> str:
    return "date" if pa.types.is_date(kind) else "bigint" if pa.types.is_integer(kind) else "varchar"


def _files(paths: list[Path]) -> str:
    return "[" + ", ".join(literal(path) for path in paths) + "]"


def _indent(sql: str) -> str:
    return "\n".join("    " + line if line else line for line in sql.splitlines())
