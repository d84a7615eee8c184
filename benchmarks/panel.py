"""A panel of the size and shape of CEPII's BACI, made from a seed: 226 economies, 5,000 products, 11 M flows a year.

A flow exists, and is large, where exporter, importer and product are large, the exporter is specialised in the
product and the two are near: a gravity model with log-normal sizes.  About 4 % of all possible flows exist, a few
economies and products hold most of the value, values span ten orders of magnitude, one quantity in twenty is missing.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from straits.sources import baci
from straits.sources.source import metadata, write
from straits.store.schemas import TABLES
from straits.store.store import Store
from straits.vocabulary.periods import first_day
from straits.vocabulary.quantities import KG_PER_BACI_QUANTITY, USD_PER_BACI_VALUE

NOMENCLATURE = "HS2022"
RELEASE = "202601"
LARGEST = (
    "CHN", "USA", "DEU", "JPN", "NLD", "KOR", "ITA", "FRA", "GBR", "MEX", "CAN", "BEL", "IND", "RUS", "CHE", "ESP",
    "POL", "VNM", "AUS", "MYS", "THA", "BRA", "CZE", "SGP", "IDN", "TUR", "AUT", "SWE", "HUN", "IRL", "ARE", "SAU",
)  # fmt: skip
MEDIAN_USD = 12_000.0
MISSING_QUANTITIES = 0.05
CHUNK = 50


@dataclass(frozen=True)
class Panel:
    """The size of a panel, and the seed of its chance."""

    economies: int = 226
    products: int = 5_000
    flows: int = 11_000_000
    seed: int = 250_410

    @property
    def name(self) -> str:
        """A folder name: the size, the seed, and which generator made it."""
        made_by = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
        return "-".join(str(value) for value in (*asdict(self).values(), made_by))

    @cached_property
    def codes(self) -> dict[str, int]:
        """Economies, sorted, with BACI's numeric codes: the largest traders and others by chance."""
        known = {economy: code for code, economy in baci.codes().items() if economy != "_X"}
        others = sorted(set(known) - set(LARGEST))
        chosen = np.random.default_rng(self.seed).permutation(others).tolist()
        return {economy: known[economy] for economy in sorted([*LARGEST, *chosen][: self.economies])}

    @cached_property
    def goods(self) -> list[str]:
        """Six-digit product codes, sorted."""
        step = 960_000 // self.products
        return [f"{10_100 + step * place:06d}" for place in range(self.products)]

    @cached_property
    def world(self) -> World:
        return World(self)


class World:
    """What stays from year to year: sizes, specialisation and nearness, as logarithms, and how likely a flow is."""

    def __init__(self, panel: Panel) -> None:
        chance = np.random.default_rng([panel.seed, 1])
        n, k = panel.economies, panel.products

        def draw(spread: float, *shape: int) -> Any:
            return (spread * chance.standard_normal(shape)).astype(np.float32)

        ranked = np.linspace(2, -2, n)
        order = [economy for economy in LARGEST if economy in panel.codes]
        order += [economy for economy in panel.codes if economy not in LARGEST]
        size = dict(zip(order, ranked, strict=True))
        sizes = np.array([size[economy] for economy in panel.codes], dtype=np.float32)
        self.exporters = (1.9 * sizes + draw(0.2, n))[:, None] + draw(1.2, n, k)
        self.importers = (1.3 * sizes + draw(0.2, n))[:, None] + draw(0.6, n, k)
        self.products = draw(1.0, k)
        near = draw(1.2, n, n)
        self.nearness = (near + near.T) / 2
        np.fill_diagonal(self.nearness, -np.inf)
        self.prices = draw(2.0, k)
        self.level = self._level_for(panel)

    def intensities(self, first: int, last: int) -> Any:
        """Log intensity of each flow of some products: an array (product, importer, exporter)."""
        pick = slice(first, last)
        exporters = (self.exporters[:, pick].T + self.products[pick, None])[:, None, :]
        return exporters + self.importers[:, pick].T[:, :, None] + self.nearness

    def likelihood(self, intensity: Any, level: float) -> Any:
        return -np.expm1(-np.exp(0.8 * intensity + np.float32(level)))

    def _level_for(self, panel: Panel) -> float:
        """The level at which the expected number of flows is the panel's: bisection on 200 products of every size."""
        step = max(1, panel.products // 200)
        sample = [self.intensities(k, k + 1) for k in np.argsort(self.products)[step // 2 :: step]]
        wanted, low, high = panel.flows / panel.products, -40.0, 20.0
        for _ in range(30):
            middle = (low + high) / 2
            expected = np.mean([self.likelihood(part, middle).sum() for part in sample])
            low, high = (middle, high) if expected < wanted else (low, middle)
        return low


def flows(panel: Panel, year: int) -> Any:
    """The flows of one year as an Arrow table (product, importer, exporter, value_usd, quantity_kg), in that order."""
    chance = np.random.default_rng([panel.seed, 2, year])
    parts = [_flows_of(panel, chance, k, min(k + CHUNK, panel.products)) for k in range(0, panel.products, CHUNK)]
    product, importer, exporter, value, mass = (np.concatenate(column) for column in zip(*parts, strict=True))
    economies = pa.array(list(panel.codes))
    missing = chance.random(len(value), dtype=np.float32) < MISSING_QUANTITIES
    return pa.table(
        {
            "product": pa.DictionaryArray.from_arrays(product, pa.array(panel.goods)),
            "importer": pa.DictionaryArray.from_arrays(importer, economies),
            "exporter": pa.DictionaryArray.from_arrays(exporter, economies),
            "value_usd": pa.array(value),
            "quantity_kg": pa.array(mass, mask=missing),
        }
    )


def _flows_of(panel: Panel, chance: Any, first: int, last: int) -> tuple[Any, ...]:
    world = panel.world
    intensity = world.intensities(first, last)
    there = chance.random(intensity.shape, dtype=np.float32) < world.likelihood(intensity, world.level)
    product, importer, exporter = (index.astype(np.int16) for index in np.nonzero(there))
    strength = intensity[there] - 5
    noise = chance.standard_normal((2, len(strength)), dtype=np.float32)
    value = MEDIAN_USD * np.exp(np.clip(1.1 * strength + 1.7 * noise[0], -9, 14))
    price = np.exp(1.5 + world.prices[first:last][product] + 0.4 * noise[1])
    whole = [np.maximum(np.rint(amount.astype(np.float64)), 1).astype(np.int64) for amount in (value, value / price)]
    return product + np.int16(first), importer, exporter, *whole


def year_file(panel: Panel, cache: Path, year: int) -> Path:
    """One year as a canonical Parquet file in the cache, made when it is not there."""
    path = cache / panel.name / f"{year}.parquet"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        write(fresh, "trade", canonical(flows(panel, year), year).to_batches(122_880))
        fresh.replace(path)
    return path


def canonical(table: Any, year: int) -> Any:
    """The flows as the canonical table ``trade``, as the source ``baci`` lays it out."""
    constant = {"period": pa.scalar(first_day(year), pa.date32()), "freq": "A", "nomenclature": NOMENCLATURE}
    columns = {name: pa.repeat(value, table.num_rows) for name, value in constant.items()}
    columns |= {name: table[name] for name in ("exporter", "importer", "product", "value_usd", "quantity_kg")}
    return pa.table(columns).select(TABLES["trade"].names).cast(TABLES["trade"]).combine_chunks()


def stored(panel: Panel, cache: Path, years: Sequence[int]) -> Path:
    """The home of a store that holds some years of the panel, made when it is not there."""
    home = cache / panel.name / f"home-{min(years)}-{max(years)}"
    if not (home / "catalogue.json").exists():
        store = Store(home)
        with store.load(f"baci-{NOMENCLATURE.lower()}") as load:
            for year in years:
                os.link(year_file(panel, cache, year), load.path("trade", str(year)))
            sources = [publication.model_dump() for publication in metadata("baci").publications]
            store.commit(
                load, sources, [{"name": f"panel {panel.name}", "sha256": ""}], "a made-up panel, for benchmarks"
            )
    return home


def release(panel: Panel, cache: Path, year: int) -> Path:
    """One year as a release zip in CEPII's format, made when it is not there."""
    path = cache / panel.name / f"BACI_HS22_V{RELEASE}.zip"
    if not path.exists():
        plain = path.with_name(f"BACI_HS22_Y{year}_V{RELEASE}.csv")
        _csv(panel, year_file(panel, cache, year), plain)
        fresh = path.with_suffix(".new")
        with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(plain, plain.name)
            codes = "".join(f"{code},Product {code}\n" for code in panel.goods)
            archive.writestr(f"product_codes_HS22_V{RELEASE}.csv", "code,description\n" + codes)
        plain.unlink()
        fresh.replace(path)
    return path


def _csv(panel: Panel, year: Path, target: Path) -> None:
    connection = duckdb.connect()
    connection.execute("create table codes (economy varchar, code integer)")
    connection.executemany(
        "insert into codes values (?, ?)", [[economy, code] for economy, code in panel.codes.items()]
    )
    connection.execute(f"""
        copy (select year(period) as t, e.code as i, m.code as j, product as k,
                     printf('%.3f', value_usd / {USD_PER_BACI_VALUE}) as v,
                     coalesce(printf('%.3f', quantity_kg / {KG_PER_BACI_QUANTITY}), 'NA') as q
              from read_parquet('{year}') join codes e on e.economy = exporter join codes m on m.economy = importer
              order by i, j, k)
        to '{target}' (format csv, header true)
    """)


def main() -> None:
    """Make what the arguments name: a JSON object with ``cache``, ``panel``, ``years`` and ``release``."""
    wanted = json.loads(sys.argv[1])
    panel, cache = Panel(**wanted["panel"]), Path(wanted["cache"])
    made = {"home": stored(panel, cache, wanted["years"])}
    if wanted.get("release"):
        made["release"] = release(panel, cache, wanted["years"][-1])
    print(json.dumps({name: str(path) for name, path in made.items()}))


if __name__ == "__main__":
    main()
