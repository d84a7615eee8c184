"""Four ways to the same screen of one year, all importers and products: ours, the leanest SQL we know, pandas, Polars.

``python contenders.py NAME HOME YEARS [RESULT]`` runs one of them in this process and prints its time and peak memory
as JSON; with RESULT it also writes what it found, for the comparison.  Libraries are imported before the clock starts.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from panel import NOMENCLATURE
from straits.measures import screen
from straits.measures.thresholds import thresholds
from straits.store.store import Store
from straits.vocabulary.periods import first_day

FLAGS = {"c1": "hhi_imports", "c2": "hhi_world_exports", "c3": "imports_over_exports", "cdi1": "hhi_imports",
         "cdi2": "extra_share_of_imports", "cdi3": "imports_over_exports", "crma65": "top_share"}  # fmt: skip
MOVED = {"": 1.0, "_low": 0.75, "_high": 1.25}
UNDEFINED_IS_DEPENDENT = ("c3", "cdi3")
COLUMNS = ["product", "exporter", "importer", "value_usd", "quantity_kg"]

Run = Callable[[], Any]


def ours(files: Sequence[Path], year: int) -> Run:
    """The measure ``screen`` as the observatory runs it."""
    from straits.store.engines.duckdb import DuckDBEngine

    def run() -> Any:
        query = screen.query_of_all(NOMENCLATURE, year)
        return DuckDBEngine().run(query.sql, query.parameters, {"trade": list(files)}, {})

    return run


def lean(files: Sequence[Path], year: int) -> Run:
    """``screen_lean.sql`` in DuckDB as it comes."""
    import duckdb

    sql = Path(__file__).with_name("screen_lean.sql").read_text(encoding="utf-8")

    def run() -> Any:
        connection = duckdb.connect()
        connection.execute(f"create view trade as from read_parquet({[str(file) for file in files]})")
        return connection.sql(sql, params={"period": first_day(year)}).to_arrow_table()

    return run


def pandas(files: Sequence[Path], year: int) -> Run:
    """The screen in pandas, with its strings as categories, the quickest way we found to group by them."""
    import pandas as pd
    import pyarrow.parquet as pq

    def run() -> Any:
        texts = ["product", "exporter", "importer"]
        (file,) = [file for file in files if file.stem == str(year)]
        flows = pq.read_table(file, columns=COLUMNS, read_dictionary=texts).unify_dictionaries().to_pandas()
        value, mass = flows["value_usd"].astype(float), flows["quantity_kg"]
        flows["measured_usd"] = value.where(mass.notna(), 0)
        flows["squares_usd"] = value * value
        flows["squares_kg"] = mass * mass
        by_importer = flows.groupby(["importer", "product"], observed=True, sort=False)
        i = by_importer.agg(
            imports_usd=("value_usd", "sum"),
            measured_usd=("measured_usd", "sum"),
            suppliers=("value_usd", "size"),
            squares_usd=("squares_usd", "sum"),
            top_usd=("value_usd", "max"),
        )
        i[["imports_kg", "squares_kg"]] = by_importer[["quantity_kg", "squares_kg"]].sum(min_count=1)
        i["top_supplier"] = flows["exporter"].to_numpy()[by_importer["value_usd"].idxmax().to_numpy()]
        x = flows.groupby(["exporter", "product"], observed=True, sort=False)["value_usd"].sum()
        x = x.rename("exports_usd").reset_index()
        x["squares"] = x["exports_usd"].astype(float) ** 2
        by_product = x.groupby("product", observed=True)
        w = by_product.agg(
            world_exports_usd=("exports_usd", "sum"), squares=("squares", "sum"), top=("exports_usd", "max")
        )
        w["top_exporter"] = x["exporter"].to_numpy()[by_product["exports_usd"].idxmax().to_numpy()]
        w["hhi_world_exports"] = w["squares"] / w["world_exports_usd"].astype(float) ** 2
        w["top_exporter_share"] = w["top"] / w["world_exports_usd"]
        x = x.rename(columns={"exporter": "importer"}).drop(columns="squares")
        found = i.reset_index().merge(x, how="left", on=["importer", "product"])
        found = found.merge(w.drop(columns=["squares", "top"]), how="left", on="product")
        squared = found["imports_usd"].astype(float) ** 2
        found = found.rename(columns={"importer": "dependent"}).assign(
            period=pd.Timestamp(first_day(year)),
            tonnes_coverage=found["measured_usd"] / found["imports_usd"],
            hhi_imports=found["squares_usd"] / squared,
            effective_suppliers=squared / found["squares_usd"],
            hhi_tonnes=found["squares_kg"] / found["imports_kg"] ** 2,
            top_share=found["top_usd"] / found["imports_usd"],
            imports_over_exports=found["imports_usd"] / found["exports_usd"],
            extra_share_of_imports=1.0,
        )
        found["hhi_gap"] = found["hhi_tonnes"] - found["hhi_imports"]
        found["exports_usd"] = found["exports_usd"].fillna(0)
        for flag, column in FLAGS.items():
            for name, factor in MOVED.items():
                above = found[column] > thresholds()[flag].value * factor
                found[flag + name] = above | found[column].isna() if flag in UNDEFINED_IS_DEPENDENT else above
        return found.drop(columns=["measured_usd", "squares_usd", "squares_kg", "top_usd"])

    return run


def polars(files: Sequence[Path], year: int) -> Run:
    """The screen in Polars, lazy, on its streaming engine."""
    import polars as pl

    def above(flagged: Any, flag: str) -> Any:
        return flagged.fill_null(True) if flag in UNDEFINED_IS_DEPENDENT else flagged

    def run() -> Any:
        flows = pl.scan_parquet(files).filter(pl.col("period") == first_day(year)).select(COLUMNS)
        usd, kg = pl.col("value_usd"), pl.col("quantity_kg")
        i = flows.group_by("importer", "product").agg(
            imports_usd=usd.sum(),
            imports_kg=pl.when(kg.count() > 0).then(kg.sum()),
            measured_usd=usd.filter(kg.is_not_null()).sum(),
            suppliers=pl.len(),
            squares_usd=(usd.cast(pl.Float64) ** 2).sum(),
            squares_kg=(kg.cast(pl.Float64) ** 2).sum(),
            top_supplier=pl.col("exporter").get(usd.arg_max()),
            top_usd=usd.max(),
        )
        x = flows.group_by("exporter", "product").agg(exports_usd=usd.sum())
        exports = pl.col("exports_usd")
        w = x.group_by("product").agg(
            world_exports_usd=exports.sum(),
            hhi_world_exports=(exports.cast(pl.Float64) ** 2).sum() / exports.sum().cast(pl.Float64) ** 2,
            top_exporter=pl.col("exporter").get(exports.arg_max()),
            top_exporter_share=exports.max() / exports.sum(),
        )
        imports, weight = pl.col("imports_usd").cast(pl.Float64), pl.col("imports_kg").cast(pl.Float64)
        found = (
            i.join(x, how="left", left_on=["importer", "product"], right_on=["exporter", "product"])
            .join(w, how="left", on="product")
            .with_columns(
                period=pl.lit(first_day(year)),
                tonnes_coverage=pl.col("measured_usd") / imports,
                hhi_imports=pl.col("squares_usd") / imports**2,
                effective_suppliers=imports**2 / pl.col("squares_usd"),
                hhi_tonnes=pl.col("squares_kg") / weight**2,
                top_share=pl.col("top_usd") / imports,
                imports_over_exports=imports / exports,
                extra_share_of_imports=pl.lit(1.0),
            )
            .with_columns(hhi_gap=pl.col("hhi_tonnes") - pl.col("hhi_imports"), exports_usd=exports.fill_null(0))
            .with_columns(
                above(pl.col(column) > thresholds()[flag].value * factor, flag).alias(flag + name)
                for flag, column in FLAGS.items()
                for name, factor in MOVED.items()
            )
            .drop("measured_usd", "squares_usd", "squares_kg", "top_usd")
            .rename({"importer": "dependent"})
        )
        return found.collect(engine="streaming")

    return run


CONTENDERS = {"ours": ours, "lean": lean, "pandas": pandas, "polars": polars}


def main(name: str, home: str, year: str, result: str | None = None) -> None:
    """Run one contender and print what it took."""
    found = watched(CONTENDERS[name](trade_files(Path(home)), int(year)))
    if result:
        save(found, result)


def trade_files(home: Path) -> list[Path]:
    """The panel's files in a store."""
    return Store(home).current()[f"baci-{NOMENCLATURE.lower()}"].files("trade")


def watched(run: Run) -> Any:
    """Run, and print seconds, peak resident memory in bytes and rows as JSON; returns what the run found."""
    began = time.perf_counter()
    found = run()
    seconds = time.perf_counter() - began
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    print(
        json.dumps({"seconds": seconds, "peak_bytes": peak, "rows": found if isinstance(found, int) else len(found)})
    )
    return found


def save(found: Any, result: str) -> None:
    """Write a contender's result as Parquet, whatever kind of table it is."""
    if hasattr(found, "write_parquet"):
        found.write_parquet(result)
    elif hasattr(found, "to_parquet"):
        found.to_parquet(result)
    else:
        import pyarrow.parquet as pq

        pq.write_table(found, result)


if __name__ == "__main__":
    main(*sys.argv[1:])
