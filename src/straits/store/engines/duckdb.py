"""DuckDB: the default engine.  Reads the store's Parquet files in place and returns Arrow tables."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from straits.vocabulary.errors import StraitsError

_log = logging.getLogger(__name__)


class DuckDBEngine:
    """One in-memory connection; tables of the store are views on their files."""

    name = "duckdb"

    def __init__(self, memory: str | None = None, threads: int | None = None) -> None:
        self._connection = duckdb.connect()
        self._connection.execute("set enable_progress_bar = false")
        # Rows come in the order that a query asks for, or in none: groups need not wait for those read before them.
        self._connection.execute("set preserve_insertion_order = false")
        if memory:
            self._connection.execute(f"set memory_limit = '{memory}'")
        if threads:
            self._connection.execute(f"set threads = {int(threads)}")
        self._views: dict[str, tuple[Path, ...]] = {}

    def run(
        self, sql: str, parameters: Mapping[str, Any], files: Mapping[str, list[Path]], tables: Mapping[str, Any]
    ) -> Any:
        """Run one SELECT; ``files`` are the canonical tables' Parquet files, ``tables`` small Arrow tables.

        Returns a ``pyarrow.Table``.  A file that is gone or damaged is a :class:`StraitsError`.
        """
        for name, paths in files.items():
            if self._views.get(name) != tuple(paths):
                listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
                try:
                    self._connection.execute(f"create or replace view {name} as from read_parquet([{listed}])")
                except duckdb.Error as error:
                    raise StraitsError(
                        f"the store's table '{name}' cannot be read: {error}; try: straits data check"
                    ) from error
                self._views[name] = tuple(paths)
        for name, table in tables.items():
            self._connection.register(name, table)
        try:
            _log.debug("%s\n%s", sql, dict(parameters))
            return self._connection.sql(sql, params=dict(parameters)).to_arrow_table()
        finally:
            for name in tables:
                self._connection.unregister(name)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
