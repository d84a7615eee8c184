"""Annual flows of the store as a panel: series x years, with what is zero, unweighed and missing kept apart.

The store's annual ``trade`` (BACI) lists a flow only where there was one.  A partner without a row in a year in which
the exporter of destinations (or the importer of suppliers) traded anything at all is zero; a year in which it traded
nothing, or that the table lacks, is missing.  A flow with a value and no mass has a missing mass; a sum is missing where
flows without a mass make up more than a twentieth of its value.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from straits.store.store import Store, Version
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.regions import region
from straits.watch.flows import ALL, Label, Panel
from straits.watch.watches import Subject

UNWEIGHED = 0.05  # of a sum's value: more without a mass, and the sum's mass is not known
WEIGHED = 0.8  # of a group's flows: fewer with a mass, and its flows are told in USD

_FLOWS = """
select
    year(period)::int as year,
    product,
    exporter,
    {importer} as importer,
    sum(value_usd)::double as value,
    (case when count(*) = count(quantity_kg) then sum(quantity_kg) end)::double as quantity,
    sum(case when quantity_kg is null then value_usd else 0 end)::double as unweighed,
    count(distinct nomenclature) as nomenclatures
from trade
where freq = 'A' and {near} and {far}
    and (len($products) = 0 or list_contains($products, product))
    and (len($partners) = 0 or list_contains($partners, {partner}))
group by all
having value > 0
order by product, exporter, importer, year
"""
_TRADED = (
    "select distinct year(period)::int as year from trade where freq = 'A' and value_usd > 0 and {near} order by all"
)
_INSIDE = "(year(period), {who}) in (select (year, economy) from members)"


@dataclass(frozen=True)
class AnnualPanel(Panel):
    """A :class:`~straits.watch.flows.Panel` whose columns are years; ``partly`` (groups x years) marks the sums of which
    too much has no mass.
    """

    partly: npt.NDArray[np.bool_]

    @property
    def first_month(self) -> int:
        """Years have no season."""
        return 1

    def totals(self) -> Panel:
        """The sums over the members of each group; missing where too much of them is."""
        whole = super().totals()
        flow, value = (np.where(self.partly, np.nan, array) for array in (whole.flow, whole.value))
        empty = np.zeros_like(self.partly)
        return AnnualPanel(
            whole.months, whole.labels, flow, value, whole.unit, whole.group, whole.groups, empty
        )  # fmt: skip


def read(store: Store, what: Subject) -> tuple[AnnualPanel, str]:
    """The panel of a watch's subject and the version of the data; the last loaded version that has such flows."""
    from straits.store.engines.duckdb import DuckDBEngine

    order = {entry["version"]: place for place, entry in enumerate(store.history())}
    engine = DuckDBEngine()
    try:
        for version in sorted(store.current().values(), key=lambda v: -order.get(v.id, -1)):
            if version.files("trade") and (found := _read(engine, version, what)) is not None:
                return found, version.id
    finally:
        engine.close()
    who = what.exporter or what.region
    raise StraitsError(
        f"no annual trade of {', '.join(what.products) or 'any product'}, {who}, in {store.home}: load some"
    )


def _read(engine: Any, version: Version, what: Subject) -> AnnualPanel | None:
    near, far, importer, partner = _destinations(what) if what.exporter else _suppliers()
    who = {"exporter": what.exporter} if what.exporter else {}
    given = {"products": list(what.products), "partners": what.partner_economies, **who}
    files, tables = {"trade": version.files("trade")}, {"members": _members(what.region, version.years("trade"))}
    sql = _FLOWS.format(near=near, far=far, importer=importer, partner=partner)
    rows = engine.run(sql, given if what.exporter else {**given, "region": what.region}, files, tables)
    if not rows.num_rows:
        return None
    if max(rows["nomenclatures"].to_pylist()) > 1:
        raise StraitsError(f"{version.dataset} holds {', '.join(what.products)} in several nomenclatures")
    traded = engine.run(_TRADED.format(near=near), who, files, tables)["year"].to_pylist()
    return _panel(rows, traded, by_destination=what.exporter is not None)


def _destinations(what: Subject) -> tuple[str, str, str, str]:
    """Who is near, who is far, the importer of a series, and who is a partner: an exporter's destinations."""
    return "exporter = $exporter", _INSIDE.format(who="importer") if what.region else "true", "importer", "importer"


def _suppliers() -> tuple[str, str, str, str]:
    """The same for a region's suppliers: flows inside the region are left out, its members summed."""
    return _INSIDE.format(who="importer"), f"not {_INSIDE.format(who='exporter')}", "$region", "exporter"


def _members(name: str | None, years: list[int]) -> Any:
    """The economies of a region as of each year."""
    import pyarrow as pa

    found = (
        [(year, one) for year in years for one in sorted(region(name).economies(dt.date(year, 1, 1)))] if name else []
    )
    columns = {"year": [year for year, _ in found], "economy": [one for _, one in found]}
    return pa.table(columns, pa.schema([("year", pa.int32()), ("economy", pa.string())]))


def _panel(rows: Any, traded: list[int], by_destination: bool) -> AnnualPanel:
    first, last = min(traded), max(traded)
    years = list(range(first, last + 1))
    keys = list(zip(*(rows[name].to_pylist() for name in ("exporter", "importer", "product")), strict=True))
    heads = [Label(e, ALL, p) if by_destination else Label(ALL, i, p) for e, i, p in keys]
    order = {key: place for place, key in enumerate(sorted(set(zip(heads, keys, strict=True)), key=_sorted))}
    series = np.array([order[key] for key in zip(heads, keys, strict=True)], np.int64)
    labels = [Label(*key) for _, key in order]
    groups = list(dict.fromkeys(head for head, _ in order))
    number = {head: place for place, head in enumerate(groups)}
    group = np.array([number[head] for head, _ in order], np.int64)
    place = rows["year"].to_numpy() - first
    empty = np.where(np.isin(years, traded), 0.0, np.nan) + np.zeros((len(labels), 1))
    quantity, value, unweighed = (
        _placed(empty, series, place, rows[name].to_numpy(zero_copy_only=False))
        for name in ("quantity", "value", "unweighed")
    )
    return _assembled([str(year) for year in years], labels, groups, group, quantity, value, unweighed)


def _sorted(item: tuple[Label, tuple[str, str, str]]) -> tuple[str, ...]:
    head, key = item
    return head.product, head.exporter, head.importer, *key


def _placed(empty: npt.NDArray[Any], series: Any, place: Any, amounts: Any) -> npt.NDArray[np.float64]:
    whole = empty.copy()
    whole[series, place] = amounts
    return whole


def _assembled(
    years: list[str],
    labels: list[Label],
    groups: list[Label],
    group: npt.NDArray[np.int64],
    quantity: npt.NDArray[np.float64],
    value: npt.NDArray[np.float64],
    unweighed: npt.NDArray[np.float64],
) -> AnnualPanel:
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])

    def summed(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.asarray(np.add.reduceat(array, starts, axis=0))

    traded = value > 0
    in_usd = summed((traded & np.isfinite(quantity)).sum(axis=1)) < WEIGHED * summed(traded.sum(axis=1))
    partly = (summed(unweighed) > UNWEIGHED * summed(value)) & ~in_usd[:, None]
    told_in_usd = in_usd[group][:, None]
    flow = np.where(told_in_usd, value, quantity)
    priced = np.where(np.isfinite(quantity) & ~told_in_usd, value, np.nan)
    return AnnualPanel(
        years, labels, flow, priced, ["USD" if one else "kg" for one in in_usd[group]], group, groups, partly
    )
