"""What was known when: releases of mirror reports, kept side by side, and the last of them on any day.

Statistics are revised.  A release replaces whole slices (:class:`Slice`): a partner that is in it no more is zero from
then on.  A version of such a dataset holds all releases loaded so far: the files of the version before and one part
with what is new.  Rows that a later release repeats are kept once; ``releases`` says which release holds which
content.  "As known on a day" is, for each slice, the last release dated on that day or before; of two with the same
date, the one loaded last.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from straits.store.schemas import TABLES
from straits.store.store import Load, Store, Version
from straits.vocabulary.errors import StraitsError, nearest

if TYPE_CHECKING:
    import duckdb

ALL = "*"
DATED = ("stated", "loaded")
MEMORY = "1500MB"
_PIECE = 122_880  # rows of a row group
_WHERE = ("period", "freq", "reporter", "flow", "nomenclature")
_KEY = (*_WHERE, "product")
_LAST = dt.date(9999, 12, 31)
_SLICES: Any = pa.schema([TABLES["releases"].field(name) for name in _KEY])


@dataclass(frozen=True)
class Slice:
    """What a release replaces; ``product`` ``*`` means all products of that nomenclature.

    ``period`` is the first day of the month or year, ``freq`` M or A, ``reporter`` an economy (alpha-3), ``flow`` X
    or M, ``nomenclature`` with its revision (``HS2022``, ``CN2024``).
    """

    period: dt.date
    freq: str
    reporter: str
    flow: str
    nomenclature: str
    product: str


@dataclass(frozen=True)
class Release:
    """What was published on a day: record batches of ``reports``, and the slices that they fill.

    ``released`` is the day on which it was known, also in each row; ``dated`` is ``stated`` where the publisher or
    whoever loads it says so, ``loaded`` where it is only the day of loading.  A slice without rows was reported as
    nothing: all its partners are zero.
    """

    rows: Iterable[pa.RecordBatch]
    slices: tuple[Slice, ...]
    released: dt.date
    dated: str


# -- writing ---------------------------------------------------------------------------------------------------


def add(
    store: Store,
    dataset: str,
    releases: Iterable[Release],
    sources: list[dict[str, Any]],
    origin: list[dict[str, Any]],
    note: str = "",
) -> Version:
    """Add releases to a dataset; returns its current version, the one before where they say nothing new.

    A slice as it was known on the day of the release is no revision: its rows are not stored again.  That a *stated*
    release repeated it is kept, so that a release that is loaded late takes its place in time; that the file of a
    day's loading did is not.  The version's ``note`` ends with the counts of slices: new, revised, confirmed.
    ``sources`` and ``origin`` are added to those of the version before.  Raises
    :class:`~straits.vocabulary.errors.StraitsError` for a row outside the release's slices, two rows with one key, a
    row with another date than its release, and two releases of one day that differ on a slice.
    """
    with store.alone(dataset), store.load(dataset) as load:
        base = _base(store, dataset)
        with _connect(load) as db:
            _prepare(db, base)
            for number, release in enumerate(releases):
                _stage(db, load, number, release, dataset)
            counts = dict(db.execute("select verdict, count(*) from staged group by verdict").fetchall())
            if not counts and base is not None:
                return base
            if not counts:
                raise StraitsError(f"'{dataset}': no release in what was given: nothing was loaded")
            _write_part(db, load, base)
        if base is not None:
            store.carry(base, load)
        told = ", ".join(f"{counts.get(verdict, 0)} {verdict}" for verdict in ("new", "revised", "confirmed"))
        return store.commit(
            load,
            _joined(base.sources if base else [], sources, "id"),
            _joined(base.manifest["origin"] if base else [], origin, "sha256"),
            f"{note}{'; ' if note else ''}slices: {told}",
        )


def _base(store: Store, dataset: str) -> Version | None:
    """The version to add to."""
    try:
        return store.latest(dataset)
    except StraitsError as error:
        raise StraitsError(f"{error}; remove '{dataset}' first: its releases cannot be added to") from error


def _joined(before: list[dict[str, Any]], added: list[dict[str, Any]], by: str) -> list[dict[str, Any]]:
    """Both lists; of two entries with the same ``by``, the later."""
    return list({str(entry.get(by, entry)): entry for entry in [*before, *added]}.values())


def _connect(load: Load) -> duckdb.DuckDBPyConnection:
    import duckdb

    connection = duckdb.connect()
    spill = str(load.scratch / "spill").replace("'", "''")
    connection.execute(f"set memory_limit = '{MEMORY}'; set temp_directory = '{spill}'")
    connection.execute("set enable_progress_bar = false; set preserve_insertion_order = false")
    return connection


def _prepare(db: duckdb.DuckDBPyConnection, base: Version | None) -> None:
    """Tables ``told`` (all releases so far, with their part) and ``staged`` (what this load adds)."""
    files = base.files("releases") if base else []
    columns = ", ".join(f"{c.name} {'date' if c.type == pa.date32() else 'varchar'}" for c in TABLES["releases"])
    db.execute(f"create temp table told ({columns}, part integer)")
    db.execute(f"create temp table staged ({columns}, part integer, number integer, verdict varchar)")
    if files:
        db.execute(f"insert into told select {_columns('releases')}, {_PART} from {_READ}", [_names(files)])


_READ = "read_parquet(?, filename = true)"
_PART = r"cast(regexp_extract(filename, '(\d+)\.parquet$', 1) as integer) as part"


def _columns(table: str, of: str = "") -> str:
    return ", ".join(f"{of}{name}" for name in TABLES[table].names)


def _names(files: Iterable[Path]) -> list[str]:
    return [str(path) for path in files]


def _on(left: str, right: str, names: Sequence[str] = _WHERE) -> str:
    return " and ".join(f"{left}.{name} = {right}.{name}" for name in names)


def _listed(names: Sequence[str], of: str = "") -> str:
    return ", ".join(f"{of}{name}" for name in names)


def _stage(db: duckdb.DuckDBPyConnection, load: Load, number: int, release: Release, dataset: str) -> None:
    """Check a release and put what it says of each slice into ``staged``, unless that was known."""
    if release.dated not in DATED:
        raise nearest(release.dated, DATED, "way of dating a release")
    path = load.scratch / f"{number:06d}.parquet"
    _write(path, "reports", release.rows)
    slices = _slices(release)
    db.register("given", slices)
    db.execute("create or replace temp table slices as select distinct * from given")
    db.unregister("given")
    db.execute(f"create or replace temp view fresh as select * from read_parquet('{_quoted(path)}')")
    _check(db, release, dataset)
    db.execute(_STAGE, {"released": release.released, "dated": release.dated, "number": number})
    _check_same_day(db, dataset)


def _slices(release: Release) -> Any:
    """The slices as a table; one that a slice of all products covers is left out."""
    whole = {astuple(one)[:-1] for one in release.slices if one.product == ALL}
    kept = [one for one in release.slices if one.product == ALL or astuple(one)[:-1] not in whole]
    return pa.table({name: [getattr(one, name) for one in kept] for name in _KEY}, schema=_SLICES)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


_SLICED = f"""
    select fresh.*, coalesce(one.product, whole.product) as slice
    from fresh
    left join slices one on {_on("one", "fresh", _KEY)}
    left join slices whole on {_on("whole", "fresh")} and whole.product = '{ALL}'
"""
_SAID = (
    "partner",
    "product",
    "value",
    "currency",
    "quantity_kg",
    "quantity_estimated",
    "quantity_other",
    "unit_other",
)
_LINE = ", ".join(f"coalesce(cast({name} as varchar), '~')" for name in _SAID)
_EVERYTHING = f"""
    select {_listed(_KEY)}, released, content, part from told
    union all select {_listed(_KEY)}, released, content, part from staged
"""
_STAGE = f"""
    insert into staged
    with said as (
        select {_listed(_WHERE)}, slice,
               count(*) || ':' || hex(bit_xor(md5_number(concat_ws('|', {_LINE})))) as content
        from ({_SLICED}) group by all
    ),
    now as (
        select slices.*, coalesce(said.content, '0') as content
        from slices left join said on {_on("said", "slices")} and said.slice = slices.product
    ),
    before as (
        select {_listed(_KEY, "now.")}, now.content, max(k.released) as released,
               arg_max(k.content, (k.released, k.part)) as known
        from now left join ({_EVERYTHING}) k on {_on("k", "now", _KEY)} and k.released <= $released
        group by all
    )
    select {_listed(_KEY)}, $released, $dated, content, 2147483647, $number,
           case when known is null then 'new' when content <> known then 'revised' else 'confirmed' end
    from before
    where known is null or content <> known or ($dated = 'stated' and released < $released)
"""


def _check(db: duckdb.DuckDBPyConnection, release: Release, dataset: str) -> None:
    """Refuse rows outside the slices, dated otherwise, or twice."""
    shown = "period, reporter, flow, partner, nomenclature, product"
    for rule, query in (
        ("a row outside the slices of its release", f"select {shown} from ({_SLICED}) where slice is null"),
        (
            f"a row that is not of {release.released}, the day of its release",
            f"select {shown} from fresh where released <> date '{release.released}'",
        ),
        ("two rows for one flow", f"select {shown} from fresh group by freq, {shown} having count(*) > 1"),
    ):
        found = db.execute(f"{query} order by all limit 1").fetchone()
        if found is not None:
            period, reporter, flow, partner, nomenclature, product = found
            what = f"{reporter}, {flow}, {partner}, {nomenclature}:{product} in {period:%Y-%m}"
            raise StraitsError(f"'{dataset}': {rule}: {what}; nothing was loaded")


def _check_same_day(db: duckdb.DuckDBPyConnection, dataset: str) -> None:
    """Two releases of one load with the same date must not overlap: nobody could say which is the later."""
    found = db.execute(f"""
        select a.period, a.reporter, a.flow, a.nomenclature, a.product, a.released
        from staged a join staged b on {_on("a", "b", (*_WHERE, "released"))} and a.number < b.number
         and (a.product = b.product or a.product = '{ALL}' or b.product = '{ALL}')
        order by all limit 1
    """).fetchone()
    if found is not None:
        period, reporter, flow, nomenclature, product, released = found
        raise StraitsError(
            f"'{dataset}': two releases of {released} differ on {reporter}, {flow}, {nomenclature}:{product} in "
            f"{period:%Y-%m}: load them one after the other, or say when each was released; nothing was loaded"
        )


def _write_part(db: duckdb.DuckDBPyConnection, load: Load, base: Version | None) -> None:
    """One part: the new releases, and the rows of content that no release before it had."""
    parts = [int(path.stem) for path in base.files("releases")] if base else []
    part = f"{max(parts, default=0) + 1:06d}"
    releases = db.sql(f"select {_columns('releases')} from staged order by all").to_arrow_reader(_PIECE)
    _write(load.path("releases", part), "releases", releases)
    db.execute(f"""
        create temp table held as
        select {_listed(_KEY)}, min(released) as released
        from staged where content <> '0' and not exists (
            from told where {_on("told", "staged", (*_KEY, "content"))})
        group by {_listed(_KEY)}, content
    """)
    if not db.execute("select count(*) from held").fetchall()[0][0]:
        return
    db.execute("set preserve_insertion_order = true")
    rows = db.sql(
        f"""
        select {_columns("reports", "r.")} from read_parquet(?) r
        left join held one on {_on("one", "r", (*_KEY, "released"))}
        left join held whole on {_on("whole", "r", (*_WHERE, "released"))} and whole.product = '{ALL}'
        where coalesce(one.product, whole.product) is not null
        order by r.nomenclature, r.product, r.period, r.freq, r.reporter, r.flow, r.partner, r.released
        """,
        params=[_names(sorted(load.scratch.glob("*.parquet")))],
    ).to_arrow_reader(_PIECE)
    _write(load.path("reports", part), "reports", rows)


def _write(path: Path, table: str, batches: Iterable[Any]) -> None:
    """Record batches as a file of a canonical table, in its types and units."""
    schema = TABLES[table]
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            for column in schema:
                if not column.nullable and batch[column.name].null_count:
                    raise StraitsError(f"{table}: {column.name} is null, and may not be; nothing was loaded")
            part = pa.Table.from_batches([batch]).select(schema.names).cast(schema)
            writer.write_table(part, row_group_size=_PIECE)


# -- reading ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Asked:
    """The restrictions of a question, as SQL conditions with bound values."""

    products: Sequence[str] = ()
    reporters: Sequence[str] = ()
    partners: Sequence[str] = ()
    flow: str | None = None
    below: bool = False

    def slices(self) -> tuple[str, list[str]]:
        """On ``releases``: slices of all products are about any product."""
        return self._conditions([*self.products, ALL] if self.products else [], {})

    def rows(self) -> tuple[str, list[str]]:
        """On ``reports``."""
        return self._conditions(self.products, {"partner": self.partners})

    def _conditions(self, products: Sequence[str], more: dict[str, Sequence[str]]) -> tuple[str, list[str]]:
        wanted = {"product": products, "reporter": self.reporters, "flow": [self.flow] if self.flow else [], **more}
        parts = {name: f"{name} in ({', '.join('?' * len(values))})" for name, values in wanted.items() if values}
        values = [value for found in wanted.values() for value in found]
        if self.below and products:
            under = " or ".join(["product >= ? and product < ?"] * len(products))
            parts["product"] = f"({under} or {parts['product']})"
            values = [bound for product in products for bound in (product, product + ":")] + values
        return " and ".join(parts.values()) or "true", values


class Releases:
    """The releases of one or all datasets that a question is about, read once (rows when first needed) and asked for
    several days.

    Restrictions as in :func:`known`; with ``below``, codes that begin with those of ``products`` belong to them.  Use
    it in a ``with`` block.
    """

    def __init__(
        self,
        store: Store,
        products: Sequence[str] = (),
        reporters: Sequence[str] = (),
        partners: Sequence[str] = (),
        flow: str | None = None,
        dataset: str | None = None,
        below: bool = False,
    ) -> None:
        self.versions = datasets(store, dataset)
        self._asked = _Asked(products, reporters, partners, flow, below)
        self._open: dict[str, duckdb.DuckDBPyConnection] = {}
        self._with_rows = False

    def __enter__(self) -> Releases:
        for version in self.versions:
            with _fitting(version.dataset):
                self._open[version.dataset] = _reading(version, self._asked)
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._open.values():
            connection.close()

    def known(self, as_of: dt.date | None = None) -> pa.Table:
        """The reports as known at the end of a day; columns of ``reports``, and ``dataset``."""
        self._read_rows()
        return self._asked_on(as_of, _KNOWN_ROWS, _KNOWN)

    def reported(self, as_of: dt.date | None = None) -> pa.Table:
        """The slices reported by the end of a day; columns of ``releases``, and ``dataset``."""
        return self._asked_on(as_of, _KNOWN_SLICES, _REPORTED)

    def days(self) -> list[dt.date]:
        """The days of all releases, earliest first."""
        query = "select distinct released from told"
        return sorted({day for db in self._open.values() for (day,) in db.execute(query).fetchall()})

    def revisions(self, since: dt.date | None = None) -> pa.Table:
        """What later releases changed; see :func:`revisions`."""
        self._read_rows()
        found = [_REVISED.empty_table()]
        for dataset, db in self._open.items():
            with _fitting(dataset):
                found.append(db.sql(_REVISIONS, params=[since or dt.date.min]).to_arrow_table().cast(_REVISED))
        return pa.concat_tables(found)

    def _read_rows(self) -> None:
        for version in () if self._with_rows else self.versions:
            with _fitting(version.dataset):
                _read_rows(self._open[version.dataset], version, self._asked)
        self._with_rows = True

    def _asked_on(self, as_of: dt.date | None, query: str, schema: Any) -> Any:
        found = []
        for dataset, db in self._open.items():
            with _fitting(dataset):
                db.execute(_LAST_BY, [as_of or _LAST])
                db.execute(_ONE)
                found.append(db.sql(query, params=[dataset]).to_arrow_table().cast(schema))
        return pa.concat_tables([schema.empty_table(), *found])


def known(
    store: Store,
    products: Sequence[str] = (),
    reporters: Sequence[str] = (),
    partners: Sequence[str] = (),
    flow: str | None = None,
    as_of: dt.date | None = None,
    dataset: str | None = None,
) -> pa.Table:
    """The reports as known at the end of a day (default: all that is known).

    Columns of ``reports`` and ``dataset``; ``released`` is the release that said so last.  None named means all of
    them.  A partner without a row is zero where :func:`reported` has the slice, missing elsewhere.  Rows are sorted
    within a dataset.
    """
    with Releases(store, products, reporters, partners, flow, dataset) as releases:
        return releases.known(as_of)


def reported(
    store: Store,
    products: Sequence[str] = (),
    reporters: Sequence[str] = (),
    flow: str | None = None,
    as_of: dt.date | None = None,
    dataset: str | None = None,
) -> pa.Table:
    """The slices that had been reported by the end of a day: columns of ``releases`` and ``dataset``.

    ``released`` and ``dated`` are those of the last release that speaks of the slice.
    """
    with Releases(store, products, reporters, (), flow, dataset) as releases:
        return releases.reported(as_of)


def revisions(
    store: Store,
    dataset: str | None = None,
    products: Sequence[str] = (),
    reporters: Sequence[str] = (),
    since: dt.date | None = None,
) -> pa.Table:
    """What later releases changed: one row a flow and change, sorted by release.

    ``value_before`` and ``value`` (in ``currency``), ``kg_before`` and ``kg`` are zero where a partner is not in the
    release and null where its amount is not given; ``released_before`` and ``released`` are the two releases.
    ``since`` leaves out changes released on that day or before.
    """
    with Releases(store, products, reporters, dataset=dataset) as releases:
        return releases.revisions(since)


def released_on(store: Store, dataset: str | None = None) -> list[dict[str, Any]]:
    """The days of releases: ``dataset``, ``released``, ``dated``, ``slices``, earliest first."""
    found = []
    for version in datasets(store, dataset):
        with _connected() as db:
            rows = db.execute(
                "select released, dated, count(*) from read_parquet(?) group by all order by all",
                [_names(version.files("releases"))],
            ).fetchall()
        found += [{"dataset": version.dataset, "released": r, "dated": d, "slices": n} for r, d, n in rows]
    return found


def datasets(store: Store, dataset: str | None = None) -> list[Version]:
    """The current versions that hold releases, or the one named."""
    found = {name: version for name, version in store.current().items() if version.files("releases")}
    if dataset is None:
        return list(found.values())
    if dataset not in found:
        what = "dataset of monthly reports"
        raise nearest(dataset, found, what) if found else StraitsError(f"no {what} is loaded in {store.home}")
    return [found[dataset]]


_KNOWN: Any = TABLES["reports"].append(pa.field("dataset", pa.string())).remove_metadata()
_REPORTED: Any = TABLES["releases"].append(pa.field("dataset", pa.string())).remove_metadata()
_REVISED: Any = pa.schema(
    [
        *(pa.field(name, TABLES["reports"].field(name).type) for name in (*_KEY, "partner", "currency")),
        *((name, pa.float64()) for name in ("value_before", "value", "kg_before", "kg")),
        *((name, pa.date32()) for name in ("released_before", "released")),
    ]
)


def _connected() -> duckdb.DuckDBPyConnection:
    """A connection that reads into bounded memory and writes nothing."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"set memory_limit = '{MEMORY}'; set temp_directory = ''; set enable_progress_bar = false")
    return connection


@contextlib.contextmanager
def _fitting(dataset: str) -> Iterator[None]:
    """Say what to do where a question does not fit into memory."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise StraitsError(f"'{dataset}' has more rows than fit into memory: name products") from error


def _reading(version: Version, asked: _Asked) -> duckdb.DuckDBPyConnection:
    """Tables ``told`` (releases) and ``held`` (which part and release hold a content)."""
    db = _connected()
    condition, values = asked.slices()
    db.execute(
        f"create temp table told as select {_columns('releases')}, {_PART} from {_READ} where {condition}",
        [_names(version.files("releases")), *values],
    )
    db.execute(f"""
        create temp table held as
        select {_listed(_KEY)}, content, min((part, released)) as at from told where content <> '0' group by all
    """)
    return db


def _read_rows(db: duckdb.DuckDBPyConnection, version: Version, asked: _Asked) -> None:
    """Table ``kept``: the rows of all releases, with their part."""
    condition, values = asked.rows()
    if files := version.files("reports"):
        db.execute(
            f"create temp table kept as select * exclude (filename), {_PART} from {_READ} where {condition}",
            [_names(files), *values],
        )
    else:
        db.register("empty", TABLES["reports"].empty_table())
        db.execute("create temp table kept as select *, 0 as part from empty")


# ``last``: the last release of each slice by a day.  ``whole``: those of all products.  ``one``: those of one product,
# where they are later than the release of all products.
_LAST_BY = f"""
    create or replace temp table last as
    select {_listed(_KEY)}, max((released, part)) as rank,
           arg_max(released, (released, part)) as released, arg_max(dated, (released, part)) as dated,
           arg_max(content, (released, part)) as content
    from told where released <= ? group by {_listed(_KEY)}
"""
_ONE = f"""
    create or replace temp table whole as select * from last where product = '{ALL}';
    create or replace temp table one as
    select last.* from last left join whole on {_on("whole", "last")}
    where last.product <> '{ALL}' and (whole.rank is null or last.rank > whole.rank);
"""
_KNOWN_ROWS = f"""
    with chosen as (
        select {_listed(_KEY, "last.")}, last.released, held.at
        from (from one union all from whole) last
        join held on {_on("held", "last", (*_KEY, "content"))}
    ),
    of_one as (
        select kept.* replace (chosen.released as released) from kept
        join chosen on {_on("chosen", "kept", _KEY)} and chosen.at = (kept.part, kept.released)
    ),
    of_whole as (
        select kept.* replace (chosen.released as released) from kept
        join chosen on {_on("chosen", "kept")} and chosen.product = '{ALL}'
         and chosen.at = (kept.part, kept.released)
        where not exists (from one where {_on("one", "kept", _KEY)})
    )
    select * exclude (part), ? as dataset from (from of_one union all from of_whole)
    order by period, freq, reporter, flow, partner, nomenclature, product
"""
_KNOWN_SLICES = f"""
    select {_columns("releases")}, ? as dataset from (from one union all from whole) order by {_listed(_KEY)}
"""
_REVISIONS = f"""
    with several as (select {_listed(_WHERE)} from told group by all having count(*) > 1),
    products as (
        select distinct {_listed(_KEY, "kept.")} from kept join several on {_on("several", "kept")}
        union select {_listed(_KEY, "told.")} from told join several on {_on("several", "told")}
        where told.product <> '{ALL}'
    ),
    steps as (
        select {_listed(_KEY, "p.")}, t.product as slice, t.content, t.released, t.part
        from products p join told t on {_on("t", "p", _KEY)}
        union all
        select {_listed(_KEY, "p.")}, t.product, t.content, t.released, t.part
        from products p join told t on {_on("t", "p")} and t.product = '{ALL}'
    ),
    pairs as (
        select {_listed(_KEY)}, slice, content, released,
               lag(slice) over w as slice_before, lag(content) over w as content_before,
               lag(released) over w as released_before
        from steps window w as (partition by {_listed(_KEY)} order by released, part)
    ),
    changed as (
        from pairs where slice_before is not null and released > ?
        and (slice, content) <> (slice_before, content_before)
    ),
    after as (
        select changed.*, kept.partner, kept.currency, kept.value, kept.quantity_kg as kg
        from changed join held on {_on("held", "changed", (*_WHERE, "content"))} and held.product = changed.slice
        join kept on {_on("kept", "changed", _KEY)} and (kept.part, kept.released) = held.at
    ),
    before as (
        select changed.*, kept.partner, kept.currency, kept.value, kept.quantity_kg as kg
        from changed
        join held on {_on("held", "changed")} and held.product = slice_before and held.content = content_before
        join kept on {_on("kept", "changed", _KEY)} and (kept.part, kept.released) = held.at
    ),
    both_ as (
        select {", ".join(f"coalesce(a.{name}, b.{name}) as {name}" for name in (*_KEY, "partner", "currency"))},
               case when b.partner is null then 0.0 else b.value end as value_before,
               case when a.partner is null then 0.0 else a.value end as value,
               case when b.partner is null then 0.0 else b.kg end as kg_before,
               case when a.partner is null then 0.0 else a.kg end as kg,
               coalesce(a.released_before, b.released_before) as released_before,
               coalesce(a.released, b.released) as released
        from after a full join before b
          on {_on("a", "b", (*_KEY, "partner", "currency", "released", "released_before"))}
    )
    from both_
    where value is distinct from value_before or kg is distinct from kg_before
    order by released, {_listed(_KEY)}, partner, currency
"""
