"""The screen of one year in Polars: lazy, on its streaming engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from flags import FLAGS
from straits.vocabulary.periods import first_day

USD, KG, EXPORTS = pl.col("value_usd"), pl.col("quantity_kg"), pl.col("exports_usd")
PAIR = ["importer", "product"]


def screen(files: Sequence[Path], year: int) -> Any:
    """All importers and products of a year."""
    flows = pl.scan_parquet(files).filter(pl.col("period") == first_day(year))
    exports = flows.group_by("exporter", "product").agg(exports_usd=USD.sum())
    found = imports(flows).join(exports, how="left", left_on=PAIR, right_on=["exporter", "product"])
    found = ratios(found.join(world(exports), how="left", on="product"))
    return (
        found.with_columns(pl.lit(first_day(year)).alias("period"), *(_flag(*flag) for flag in FLAGS))
        .rename({"importer": "dependent"})
        .collect(engine="streaming")
    )


def imports(flows: Any) -> Any:
    """Sums, sums of squares and the largest supplier of every importer and product."""
    return flows.group_by(PAIR).agg(
        imports_usd=USD.sum(),
        imports_kg=pl.when(KG.count() > 0).then(KG.sum()),
        measured_usd=USD.filter(KG.is_not_null()).sum(),
        suppliers=pl.len(),
        squares_usd=(USD.cast(pl.Float64) ** 2).sum(),
        squares_kg=(KG.cast(pl.Float64) ** 2).sum(),
        top_supplier=pl.col("exporter").get(USD.arg_max()),
        top_usd=USD.max(),
    )


def world(exports: Any) -> Any:
    """Size and concentration of the world market of every product."""
    return exports.group_by("product").agg(
        world_exports_usd=EXPORTS.sum(),
        hhi_world_exports=(EXPORTS.cast(pl.Float64) ** 2).sum() / EXPORTS.sum().cast(pl.Float64) ** 2,
        top_exporter=pl.col("exporter").get(EXPORTS.arg_max()),
        top_exporter_share=EXPORTS.max() / EXPORTS.sum(),
    )


def ratios(found: Any) -> Any:
    """Shares and concentrations from the sums."""
    usd, kg = pl.col("imports_usd").cast(pl.Float64), pl.col("imports_kg").cast(pl.Float64)
    hhi_imports, hhi_tonnes = pl.col("squares_usd") / usd**2, pl.col("squares_kg") / kg**2
    return found.with_columns(
        tonnes_coverage=pl.col("measured_usd") / usd,
        hhi_imports=hhi_imports,
        effective_suppliers=usd**2 / pl.col("squares_usd"),
        hhi_tonnes=hhi_tonnes,
        hhi_gap=hhi_tonnes - hhi_imports,
        top_share=pl.col("top_usd") / usd,
        imports_over_exports=usd / EXPORTS,
        extra_share_of_imports=pl.lit(1.0),
        exports_usd=EXPORTS.fill_null(0),
    ).drop("measured_usd", "squares_usd", "squares_kg", "top_usd")


def _flag(name: str, measure: str, threshold: float, when_undefined: bool) -> Any:
    above = pl.col(measure) > threshold
    return (above.fill_null(True) if when_undefined else above).alias(name)
