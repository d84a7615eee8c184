"""Flows from reports: every flow is told twice, by who sends and by who receives, and one of the two is taken.

The exporter's own reports are taken where it reports, else those of the importers; never both for one exporter, and
the notes say whose.  What a side has not reported is missing, what it reported without a partner is zero.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from straits.store.store import Store
from straits.store.vintages import ALL, Releases
from straits.vocabulary.errors import StraitsError, nearest

SIDES = ("exporter", "importers")
_SHOWN = 6


@dataclass(frozen=True)
class Bilateral:
    """Monthly flows as known on a day.

    ``rows``: ``month`` (since year 0), ``exporter``, ``importer``, ``product``, ``value_usd``, ``quantity_kg`` (null is
    unknown), sorted.  ``sides`` says for each exporter whose reports they are: ``X`` its own, ``M`` the importers'.
    ``slices`` are the months that a reporter reported, by reporter, flow (X or M) and product (``*`` is all).
    ``dated`` says how the releases are dated; ``vintage`` and ``source`` name the versions and datasets.
    """

    rows: pa.Table
    sides: dict[str, str]
    slices: dict[tuple[str, str, str], frozenset[int]] = field(repr=False)
    vintage: str
    source: str
    citation: str
    dated: frozenset[str]
    notes: tuple[str, ...]

    def reported(self, reporter: str, flow: str, product: str) -> frozenset[int]:
        """The months in which somebody reported a flow of a product."""
        return self.slices.get((reporter, flow, product), frozenset()) | self.slices.get(
            (reporter, flow, ALL), frozenset()
        )

    def reporters(self, flow: str) -> list[str]:
        """Who reports that flow at all."""
        return sorted({who for who, told, _ in self.slices if told == flow})


def bilateral(
    store: Store,
    products: Sequence[str],
    exporters: Sequence[str] = (),
    importers: Sequence[str] = (),
    side: str | None = None,
    as_of: dt.date | None = None,
    dataset: str | None = None,
) -> Bilateral:
    """Monthly flows of products as known at the end of a day (default: now).

    ``side`` takes the reports of ``exporter`` or ``importers`` alone; by default each exporter's own where it has
    reported, else the importers'.  Of several datasets with reports of one side, the one with the most months is
    taken, and told.  A six-digit code is also the sum of the national lines below it, where all lines are released.
    Values in another currency than USD are unknown.
    """
    return next(as_known(store, products, [as_of], exporters, importers, side, dataset))


def as_known(
    store: Store,
    products: Sequence[str],
    days: Iterable[dt.date | None],
    exporters: Sequence[str] = (),
    importers: Sequence[str] = (),
    side: str | None = None,
    dataset: str | None = None,
) -> Iterator[Bilateral]:
    """:func:`bilateral` for one day after the other; the sides and datasets are those of the last of the days."""
    if side is not None and side not in SIDES:
        raise nearest(side, SIDES, "side of the reports")
    codes = [product.rpartition(":")[2] for product in products]
    asked = list(days)
    last = None if None in asked else max((day for day in asked if day), default=None)
    with Releases(store, codes, dataset=dataset, below=True) as releases:
        plan = _Plan.of(releases.reported(last), products, exporters, side)
    reporters, flow = ((), None) if plan.mirrored else (sorted(plan.own), "X")
    with Releases(store, codes, reporters, (), flow, dataset, below=True) as releases:
        for day in asked:
            yield _flows(releases, plan, codes, exporters, importers, day)


@dataclass(frozen=True)
class _Plan:
    """Whose reports are taken, from which dataset by reporter and flow; ``named`` are nomenclatures asked for."""

    chosen: dict[tuple[str, str], str]
    own: frozenset[str]
    named: dict[str, str]
    mirrored: bool
    notes: tuple[str, ...]

    @classmethod
    def of(cls, told: pa.Table, products: Sequence[str], exporters: Sequence[str], side: str | None) -> _Plan:
        slices = _monthly(told)
        own = {row["reporter"] for row in slices if row["flow"] == "X"} & set(exporters or _reporters(slices))
        if side == "exporter" and (absent := sorted(set(exporters) - own)):
            raise StraitsError(f"{', '.join(absent)} has reported no exports of {', '.join(products)} in the store")
        if side == "importers":
            own = set()
        months: dict[tuple[str, str], dict[str, set[dt.date]]] = {}
        for row in slices:
            if row["flow"] == "M" or row["reporter"] in own:
                of = months.setdefault((row["reporter"], row["flow"]), {})
                of.setdefault(row["dataset"], set()).add(row["period"])
        chosen = {key: min(of, key=lambda name: (-len(of[name]), name)) for key, of in months.items()}
        mirrored = side != "exporter" and not (exporters and set(exporters) <= own)
        notes = [
            f"{who}'s reports are in {', '.join(sorted(months[who, flow]))}: those of {name} are used, which has the "
            "most months"
            for (who, flow), name in sorted(chosen.items())
            if len(months[who, flow]) > 1 and (mirrored or flow == "X")
        ]
        named = {code: where for where, _, code in (product.rpartition(":") for product in products) if where}
        return cls(chosen, frozenset(own), named, mirrored, tuple(notes))

    def takes(self, row: dict[str, Any]) -> bool:
        """Whether a slice is of a reporter, flow and dataset that is used."""
        if self.chosen.get((row["reporter"], row["flow"])) != row["dataset"]:
            return False
        return self.mirrored or row["flow"] == "X"


def _reporters(slices: list[dict[str, Any]]) -> set[str]:
    return {row["reporter"] for row in slices}


def _monthly(slices: pa.Table) -> list[dict[str, Any]]:
    return [row for row in slices.to_pylist() if row["freq"] == "M"]


def _flows(
    releases: Releases,
    plan: _Plan,
    codes: Sequence[str],
    exporters: Sequence[str],
    importers: Sequence[str],
    day: dt.date | None,
) -> Bilateral:
    slices = [row for row in _monthly(releases.reported(day)) if plan.takes(row)]
    table = _combined(releases.known(day), slices, plan, codes, exporters, importers)
    rows = table.select(["month", "exporter", "importer", "product", "value_usd", "quantity_kg"])
    found: dict[tuple[str, str, str], set[int]] = {}
    for row in slices:
        if row["product"] == ALL or not codes or row["product"] in codes:
            found.setdefault((row["reporter"], row["flow"], row["product"]), set()).add(_month(row["period"]))
    used = sorted({row["dataset"] for row in slices})
    versions = [version for version in releases.versions if version.dataset in used]
    citations = [str(s.get("citation") or s.get("title", "")) for version in versions for s in version.sources]
    sides = dict.fromkeys(sorted(plan.own), "X")
    sides |= dict.fromkeys(sorted(set(table["exporter"].to_pylist()) - plan.own), "M")
    sides |= {who: "M" for who in exporters if who not in sides}
    return Bilateral(
        rows,
        sides,
        {key: frozenset(months) for key, months in found.items()},
        "+".join(version.id for version in versions) + (f"@{day}" if day else ""),
        ", ".join(used) + (f" as known on {day}" if day else ""),
        "; ".join(dict.fromkeys(text for text in citations if text)),
        frozenset(row["dated"] for row in slices),
        (*plan.notes, *_told(sides, slices, table)),
    )


def _month(day: dt.date) -> int:
    return 12 * day.year + day.month - 1


def _combined(
    known: pa.Table, slices: list[dict[str, Any]], plan: _Plan, codes: Sequence[str],
    exporters: Sequence[str], importers: Sequence[str],
) -> pa.Table:  # fmt: skip
    """The reports of the sides that are taken, as flows; ``currency`` beside."""
    import duckdb

    taken = pa.Table.from_pylist(
        [{name: row[name] for name in _SLICE} for row in slices],
        schema=pa.schema([known.schema.field(n) for n in _SLICE]),
    )
    products = (
        codes
        or sorted({code for code in pc.unique(known["product"]).to_pylist() if len(code) <= 6})
        or sorted(pc.unique(known["product"]).to_pylist())
    )
    wanted = pa.table(
        {"product": products, "nomenclature": [plan.named.get(code) for code in products]},
        schema=pa.schema([("product", pa.string()), ("nomenclature", pa.string())]),
    )
    with duckdb.connect() as db:
        for name, table in (("known", known), ("taken", taken), ("wanted", wanted)):
            db.register(name, table)
        values = {"exporters": list(exporters), "importers": list(importers), "own": sorted(plan.own)}
        db.execute("create temp table cells as " + _CELLS)
        _check(db)
        return db.sql(_FLOWS, params=values).to_arrow_table()


_SLICE = ("period", "reporter", "flow", "nomenclature", "product", "dataset")
_SUM = "case when count({0}) = count(*) then fsum({0}) end"
_CELLS = f"""
    with bases as (select distinct period, reporter, flow, nomenclature, dataset from taken),
    whole as (
        select distinct period, reporter, flow, t.nomenclature, dataset, w.product
        from taken t join wanted w on t.product in (w.product, '{ALL}')
         and t.nomenclature = coalesce(w.nomenclature, t.nomenclature)
        where t.nomenclature not like 'HS%'
    ),
    rows_ as (select known.* from known join bases using (period, reporter, flow, nomenclature, dataset) where freq = 'M')
    select period, reporter, flow, partner, r.nomenclature, w.product, value, currency, quantity_kg
    from rows_ r join wanted w on r.product = w.product and r.nomenclature = coalesce(w.nomenclature, r.nomenclature)
    union all
    select period, reporter, flow, partner, nomenclature, w.product,
           {_SUM.format("value")}, currency, {_SUM.format("quantity_kg")}
    from rows_ r join whole w using (period, reporter, flow, nomenclature, dataset)
    where starts_with(r.product, w.product) and length(r.product) > length(w.product)
    group by period, reporter, flow, partner, nomenclature, w.product, currency
"""
_FLOWS = """
    select year(period) * 12 + month(period) - 1 as month,
           case flow when 'X' then reporter else partner end as exporter,
           case flow when 'X' then partner else reporter end as importer,
           product, case when currency = 'USD' then value end as value_usd, quantity_kg, currency
    from cells
    where (flow = 'X' or not list_contains($own, partner))
      and (len($exporters) = 0 or list_contains($exporters, exporter))
      and (len($importers) = 0 or list_contains($importers, importer))
    order by all
"""


def _check(db: Any) -> None:
    """Two nomenclatures that tell the same flow would be counted twice."""
    found = db.execute("""
        select period, reporter, flow, partner, product, string_agg(distinct nomenclature, ' and ' order by nomenclature)
        from cells group by period, reporter, flow, partner, product having count(*) > 1 order by all limit 1
    """).fetchone()
    if found is not None:
        period, reporter, flow, partner, product, names = found
        raise StraitsError(
            f"two values for {period:%Y-%m}, {reporter}, {flow}, {partner}, {product} ({names}): name one nomenclature"
        )


def _told(sides: dict[str, str], slices: list[dict[str, Any]], table: pa.Table) -> list[str]:
    """Whose reports these are, and what is unknown of their values."""
    there = set(table["exporter"].to_pylist())
    own = [who for who, side in sides.items() if side == "X" and who in there]
    mirrored = [who for who, side in sides.items() if side == "M" and who in there]
    importers = sorted({row["reporter"] for row in slices if row["flow"] == "M"})
    notes = []
    if own:
        notes.append(f"exports of {_some(own)}: as the exporter reports them")
    if mirrored:
        notes.append(f"exports of {_some(mirrored)}: as the importers report them ({_some(importers)})")
    others = sorted({name for name in table["currency"].to_pylist() if name != "USD"})
    if others:
        notes.append(f"values in {', '.join(others)} are not turned into dollars here: they are unknown")
    return notes


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
