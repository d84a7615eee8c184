"""The screen of one year in pandas: with strings as they come, and as categories, the quickest way we found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from flags import FLAGS

TEXTS = ["product", "exporter", "importer"]
AMOUNTS = ["value_usd", "quantity_kg"]
EACH = {"observed": True, "sort": False}


def plain(file: Path) -> Any:
    """The flows as pandas reads them."""
    return pd.read_parquet(file, columns=TEXTS + AMOUNTS)


def categories(file: Path) -> Any:
    """The flows with strings as categories."""
    return pq.read_table(file, columns=TEXTS + AMOUNTS, read_dictionary=TEXTS).unify_dictionaries().to_pandas()


def screen(flows: Any, year: int) -> Any:
    """All importers and products of a year's flows."""
    exports = flows.groupby(["exporter", "product"], **EACH)["value_usd"].sum().rename("exports_usd").reset_index()
    found = imports(flows).merge(world(exports), how="left", on="product")
    exports = exports.rename(columns={"exporter": "importer"})
    found = found.merge(exports, how="left", on=["importer", "product"]).rename(columns={"importer": "dependent"})
    found = ratios(found).assign(period=pd.Timestamp(year, 1, 1))
    for flag, measure, threshold, when_undefined in FLAGS:
        above = found[measure] > threshold
        found[flag] = above | found[measure].isna() if when_undefined else above
    return found


def imports(flows: Any) -> Any:
    """Sums, sums of squares and the largest supplier of every importer and product."""
    value, mass = flows["value_usd"].astype(float), flows["quantity_kg"]
    flows = flows.assign(measured_usd=value.where(mass.notna(), 0), squares_usd=value * value, squares_kg=mass * mass)
    grouped = flows.groupby(["importer", "product"], **EACH)
    found = grouped.agg(
        imports_usd=("value_usd", "sum"),
        measured_usd=("measured_usd", "sum"),
        suppliers=("value_usd", "size"),
        squares_usd=("squares_usd", "sum"),
        top_usd=("value_usd", "max"),
    )
    found[["imports_kg", "squares_kg"]] = grouped[["quantity_kg", "squares_kg"]].sum(min_count=1)
    found["top_supplier"] = flows["exporter"].to_numpy()[grouped["value_usd"].idxmax().to_numpy()]
    return found.reset_index()


def world(exports: Any) -> Any:
    """Size and concentration of the world market of every product."""
    grouped = exports.assign(squares=exports["exports_usd"].astype(float) ** 2).groupby("product", **EACH)
    found = grouped.agg(
        world_exports_usd=("exports_usd", "sum"), squares=("squares", "sum"), top=("exports_usd", "max")
    )
    found["top_exporter"] = exports["exporter"].to_numpy()[grouped["exports_usd"].idxmax().to_numpy()]
    found["hhi_world_exports"] = found["squares"] / found["world_exports_usd"].astype(float) ** 2
    found["top_exporter_share"] = found["top"] / found["world_exports_usd"]
    return found.drop(columns=["squares", "top"]).reset_index()


def ratios(found: Any) -> Any:
    """Shares and concentrations from the sums."""
    squared = found["imports_usd"].astype(float) ** 2
    found = found.assign(
        tonnes_coverage=found["measured_usd"] / found["imports_usd"],
        hhi_imports=found["squares_usd"] / squared,
        effective_suppliers=squared / found["squares_usd"],
        hhi_tonnes=found["squares_kg"] / found["imports_kg"] ** 2,
        top_share=found["top_usd"] / found["imports_usd"],
        imports_over_exports=found["imports_usd"] / found["exports_usd"],
        extra_share_of_imports=1.0,
        exports_usd=found["exports_usd"].fillna(0),
    )
    found["hhi_gap"] = found["hhi_tonnes"] - found["hhi_imports"]
    return found.drop(columns=["measured_usd", "squares_usd", "squares_kg", "top_usd"])
