"""What the tests of the measures share: the oracles on the path, and measures run on a few flows in memory."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from straits.measures.compose import Query
from straits.store.engines.duckdb import DuckDBEngine
from straits.store.schemas import TABLES

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that `from naive import trade` finds the oracles


def trade_table(flows: Iterable[tuple[int, str, str, str, int, int | None]]) -> Any:
    """The canonical trade table of flows ``(year, exporter, importer, product, usd, kg)``, in the order given."""
    rows = [
        {
            "period": dt.date(year, 1, 1),
            "freq": "A",
            "exporter": exporter,
            "importer": importer,
            "nomenclature": "HS1992",
            "product": product,
            "value_usd": usd,
            "quantity_kg": kg,
        }
        for year, exporter, importer, product, usd, kg in flows
    ]
    return pa.Table.from_pylist(rows, schema=TABLES["trade"])


@pytest.fixture(scope="session")
def measured() -> Callable[..., list[dict[str, Any]]]:
    """Run a composed query on flows in memory: ``measured(query, flows)`` gives the rows, in the query's order."""
    engines = {threads: DuckDBEngine(threads=threads) for threads in (1, 4)}

    def run(query: Query, flows: Iterable[tuple], threads: int = 1) -> list[dict[str, Any]]:
        tables = {**query.tables, "trade": trade_table(flows)}
        return engines[threads].run(query.sql, query.parameters, {}, tables).to_pylist()

    return run
