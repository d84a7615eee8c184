"""Text tables as publishers write them: every cell is read as text, and the first row that breaks a rule is told.

A typed reader quietly takes 4.6 for the economy 5, or drops what it cannot read.  So cells stay text until the rules
hold; a rule is SQL that must be true of no row, and an error names the file, the row (the header is row 1) and the rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from straits.sources.source import refuse
from straits.vocabulary.errors import StraitsError


@dataclass(frozen=True)
class Rule:
    """What must not hold of a row (SQL), and how to say so with the row's cells in braces."""

    broken: str
    text: str


@dataclass(frozen=True)
class Cells:
    """A text table: what errors call it, its columns, and SQL for its rows, which are numbered by ``n`` from 0.

    ``unused`` are its columns that nothing is known of; ``row`` tells the row in the file from ``n``.
    """

    name: str
    columns: tuple[str, ...]
    sql: str
    row: Callable[[int], int]
    unused: tuple[str, ...] = ()


def delimited(file: Path, delimiter: str, needed: Sequence[str], known: Iterable[str] = ()) -> Cells:
    """A delimited file without quotes; ``needed`` columns must be there, in any order and case.

    The columns carry the names of ``needed`` and ``known``; others are kept under their own and told in ``unused``.
    """
    spelt = {name.casefold(): name for name in (*known, *needed)}
    header = [spelt.get(name.casefold(), name) for name in _header(file, delimiter)]
    expected = f"(expected {', '.join(needed)})"
    if missing := [name for name in needed if name not in header]:
        raise refuse(file.name, 1, f"missing column {', '.join(missing)} {expected}")
    if repeated := sorted({name for name in header if header.count(name) > 1}):
        raise refuse(file.name, 1, f"column {', '.join(repeated)} is there more than once")
    path = str(file).replace("'", "''")
    kinds = ", ".join(f"{_quoted(name)}: 'VARCHAR'" for name in header)
    cells = ", ".join(f'nullif(trim("{name}"), \'\') as "{name}"' for name in needed)
    sql = f"""(
        select {cells}, row_number() over () - 1 as n
        from read_csv('{path}', header = true, delim = '{delimiter}', quote = '', escape = '', auto_detect = false,
                      strict_mode = true, columns = {{{kinds}}}))"""
    unused = tuple(name for name in header if name.casefold() not in spelt)
    return Cells(file.name, tuple(needed), sql, lambda n: row_in_file(file, n), unused)


def _header(file: Path, delimiter: str) -> list[str]:
    with file.open(encoding="utf-8-sig", errors="replace") as handle:
        line = handle.readline()
    if not line.strip():
        raise refuse(file.name, None, "the file is empty")
    names = [name.strip().strip('"') for name in line.split(delimiter)]
    if any(not re.fullmatch(r"\w+", name) for name in names):
        raise refuse(file.name, 1, f"no header of column names separated by {_spoken(delimiter)}")
    return names


def _spoken(delimiter: str) -> str:
    return {"\t": "tabs", ",": "commas"}.get(delimiter, delimiter)


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def check(
    connection: duckdb.DuckDBPyConnection,
    cells: Cells,
    meant: str,
    rules: Sequence[Rule],
    facts: Sequence[str] = (),
) -> tuple[Any, ...]:
    """Refuse the first broken rule, counting all of them in one pass; returns the ``facts`` (SQL aggregates).

    ``meant`` is SQL for the rows of ``cells`` with what their cells mean beside them.
    """
    counts = ", ".join(f"count(*) filter ({rule.broken})" for rule in rules)
    asked = "".join(f", {fact}" for fact in facts)
    try:
        ((total, *found),) = connection.execute(f"select count(*), {counts}{asked} from {meant} rows_read").fetchall()
    except duckdb.Error as error:
        raise malformed(cells.name, error, "as in the header") from error
    if not total:
        raise refuse(cells.name, None, "no rows")
    for rule, count in zip(rules, found, strict=False):
        if count:
            raise _first_broken(connection, cells, meant, rule, count)
    return tuple(found[len(rules) :])


def _first_broken(
    connection: duckdb.DuckDBPyConnection, cells: Cells, meant: str, rule: Rule, count: int
) -> StraitsError:
    shown = ", ".join(f"coalesce(\"{name}\", 'missing')" for name in cells.columns)
    ((n, *found),) = connection.execute(
        f"select n, {shown} from {meant} rows_read where {rule.broken} order by n limit 1"
    ).fetchall()
    text = rule.text.format(**dict(zip(cells.columns, found, strict=True)))
    return refuse(cells.name, cells.row(n), text + others(count))


def check_unique(
    connection: duckdb.DuckDBPyConnection, cells: Cells, meant: str, key: Sequence[str], where: str = "true"
) -> None:
    """Refuse the first of the rows that has the key of a row above it."""
    columns = ", ".join(f'"{name}"' for name in key)
    # A hash is a sixth of the memory of the key; the rare false alarm is cleared by the exact query after it.
    (repeated,) = _one(
        connection, f"select count(*) - count(distinct hash({columns})) from {meant} rows_read where {where}"
    )
    if not repeated:
        return
    found = connection.execute(f"""
        select n, first, {columns}
        from (select *, min(n) over (partition by {columns}) as first from {meant} rows_read where {where})
        where n > first order by n limit 1
    """).fetchall()
    for n, first, *values in found:
        told = ", ".join("missing" if value is None else str(value) for value in values)
        text = f"the key ({', '.join(key)}) = ({told}) is already in row {cells.row(first)}"
        raise refuse(cells.name, cells.row(n), text + others(repeated))


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    (row,) = connection.execute(query).fetchall()
    return tuple(row)


def others(count: int) -> str:
    """How many rows break a rule, when the one that is told is not alone."""
    return f" ({count} rows break this rule)" if count > 1 else ""


def row_in_file(file: Path, n: int) -> int:
    """The row in the file (the header is row 1) of its n-th row of data, from 0; blank lines count as rows."""
    with file.open("rb") as handle:
        filled = (number for number, line in enumerate(handle, 1) if line.strip(b"\r\n"))
        return next((number for place, number in enumerate(filled) if place == n + 1), n + 2)


def malformed(file: str, error: Exception, expected: str) -> StraitsError:
    """The refusal for a row that has not the header's number of cells (said as ``expected``), or is no text."""
    text = str(error)
    row = re.search(r"CSV Error on Line: (\d+)", text)
    cells = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", text)
    if cells:
        rule = f"{cells[2]} cells, expected {cells[1]} {expected}"
    else:
        rule = "not UTF-8 text" if "nvalid unicode" in text else text.splitlines()[0]
    return refuse(file, int(row[1]) if row else None, rule)


def number(name: str) -> str:
    """SQL for a cell as a number: null when it is none."""
    return f"case when not contains({name}, '_') then try_cast({name} as double) end"


def not_an_amount(name: str, most: float) -> list[Rule]:
    """The rules for a cell that holds an amount or nothing."""
    value = number(f'"{name}"')
    return [
        Rule(
            f'"{name}" is not null and ({value} is null or not isfinite({value}))',
            f"{name} is {{{name}}}: must be a number or empty",
        ),
        Rule(f"{value} < 0", f"{name} is {{{name}}}: must not be negative"),
        Rule(f"isfinite({value}) and {value} > {most}", f"{name} is {{{name}}}: must be <= {most:g}"),
    ]
