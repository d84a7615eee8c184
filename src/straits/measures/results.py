"""What an answer is: rows with their sources, data versions, notes and the query that made them."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from straits.measures.compose import Query
from straits.measures.given import array
from straits.measures.thresholds import CRITERIA


@dataclass(frozen=True)
class Answer:
    """Rows and where they come from.

    ``columns`` is the Arrow table as the engine returned it (money in USD, mass in tonnes, shares and HHI from
    0 to 1, unknown is null); ``rows`` are the same, nested for a reader; ``sources`` carry publisher, licence,
    citation and data version; ``notes`` say why something is unknown and how to read a number.
    """

    question: str
    rows: list[dict[str, Any]]
    columns: Any
    sources: list[dict[str, Any]]
    notes: list[str]
    query: Query
    files: dict[str, list[Path]] = field(default_factory=dict, repr=False)

    def table(self) -> Any:
        """The flat ``pyarrow.Table``."""
        return self.columns

    def to_pandas(self) -> Any:
        """The flat table as a pandas DataFrame (needs pandas)."""
        return self.columns.to_pandas()

    def to_polars(self) -> Any:
        """The flat table as a Polars DataFrame (needs polars)."""
        import polars

        return polars.from_arrow(self.columns)

    def to_dict(self) -> dict[str, Any]:
        """``{"rows": [...], "sources": [...], "notes": [...]}``."""
        return {"rows": self.rows, "sources": self.sources, "notes": self.notes}

    def to_json(self) -> str:
        """The same as JSON, full precision, keys in a fixed order."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1, default=plain, allow_nan=False)

    def sql(self) -> str:
        """The query behind the rows, ready to paste into a DuckDB shell."""
        return self.query.pasteable(self.files)

    def plot(self) -> Any:
        """An Altair chart of the rows."""
        from straits.measures.plots import plot

        return plot(self)


def plain(value: Any) -> Any:
    """Dates as text, anything else as it is, for JSON."""
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def nested(row: dict[str, Any], nomenclature: str) -> dict[str, Any]:
    """A flat row of the engine with its flags, sensitivity and persistence nested, and the period as a year."""
    flat = dict(row)
    flat["period"] = flat["period"].year
    flags = {name: flat.pop(name, None) for name in CRITERIA}
    lower = {name: flat.pop(f"{name}_low", None) for name in CRITERIA}
    higher = {name: flat.pop(f"{name}_high", None) for name in CRITERIA}
    known = flat.pop("years_known", None)
    years = {name: flat.pop(f"{name}_years", None) for name in CRITERIA if name != "c4"}
    return {
        **flat,
        "nomenclature": nomenclature,
        "flags": flags,
        "sensitivity": {name: {"threshold_-25%": lower[name], "threshold_+25%": higher[name]} for name in CRITERIA},
        "persistence": {"years_known": known, "years_flagged": years},
    }


def reading(columns: Any) -> list[dict[str, Any]]:
    """Rows of an Arrow table as dictionaries."""
    rows: list[dict[str, Any]] = columns.to_pylist()
    return rows


def strings(values: list[str], name: str) -> Any:
    """A one-column Arrow table of strings."""
    return pa.table({name: array(values, pa.string())})
