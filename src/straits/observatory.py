"""One opened observatory: a store, an engine, and the verbs of the method on them.

>>> import straits
>>> observatory = straits.open("/nowhere")
>>> observatory.store.current()
{}
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from straits.measures import dependency, given, mutual, notes, screen
from straits.measures.compose import Query, compose
from straits.measures.results import Answer, reading, strings
from straits.measures.thresholds import METHODS
from straits.store.store import Store, Version
from straits.vocabulary.errors import StraitsError, nearest
from straits.vocabulary.materials import Material, Product, material, materials, parse_product
from straits.vocabulary.periods import first_day, parse_years
from straits.vocabulary.regions import EVER, NEVER, Member, Region, region, regions

if TYPE_CHECKING:
    from straits.assess.archive import Archive
    from straits.assess.assessment import Assessment
    from straits.assess.derived import Beside
    from straits.brief.document import Document
    from straits.casebook.casebook import Casebook

Years = str | int | Sequence[int]


def open(home: str | Path | None = None, engine: str | None = None) -> Observatory:
    """Open the observatory in a home folder (default: ``STRAITS_HOME``, else the platform's data folder).

    ``engine`` is ``duckdb`` (default) or ``spark``; ``STRAITS_ENGINE`` sets it too.
    """
    return Observatory(Store(Path(home) if home else Store.default_home()), engine)


class Observatory:
    """A store and an engine, and the questions one can ask of them.

    Every answer carries its rows, its sources with data versions, and notes on what is unknown.
    """

    def __init__(self, store: Store, engine: str | None = None) -> None:
        self.store = store
        self.engine_name = engine or os.environ.get("STRAITS_ENGINE") or "duckdb"

    @cached_property
    def engine(self) -> Any:
        """The SQL engine, started on first use."""
        if self.engine_name == "duckdb":
            from straits.store.engines.duckdb import DuckDBEngine

            return DuckDBEngine()
        if self.engine_name == "spark":
            from straits.store.engines.spark import SparkEngine

            return SparkEngine()
        raise nearest(self.engine_name, ["duckdb", "spark"], "engine")

    # -- people's findings and judgements ---------------------------------------------------------------------

    @cached_property
    def casebook(self) -> Casebook:
        """What reports found: the shipped casebook."""
        from straits.casebook.load import load

        return load()

    def assess(
        self, subject: str, protocol: str | None = None, settled: Mapping[str, str] | None = None
    ) -> Assessment:
        """What the evidence on a subject comes to: one protocol, or all that are answered.

        ``settled`` supposes answers: ``{"leverage.substitutability": "low"}``.
        """
        from straits.assess.assessment import Assessor
        from straits.casebook.questions import subject_of

        return Assessor.shipped().assess(subject_of(self.casebook, subject), protocol, settled)

    def beside(self, subject: str, protocol: str | None = None) -> Beside:
        """What the chains of production say beside an assessment, both ways: derived, and never merged with it.

        ``evidence`` are findings with method, sources and unknowns; ``contrasts`` the judged answers that share no level
        with them.
        """
        from straits.assess.derived import beside

        return beside(self.assess(subject, protocol))

    def archive(self) -> Archive:
        """The assessments that were saved: ``STRAITS_DATABASE``, else a file in the home folder."""
        from straits.assess.archive import Archive

        return Archive.open(home=self.store.home)

    # -- data ------------------------------------------------------------------------------------------------

    @cached_property
    def versions(self) -> dict[str, Version]:
        """The current data versions by dataset."""
        return self.store.current()

    def data(self, table: str, nomenclature: str | None = None) -> Version:
        """The data version that answers for a table: the last loaded one that has it (in that nomenclature).

        Raises :class:`StraitsError` with what to do when there is none.
        """
        order = {entry["version"]: place for place, entry in enumerate(self.store.history())}
        fitting = [
            version
            for version in self.versions.values()
            if version.files(table) and (nomenclature is None or nomenclature in self.nomenclatures(version))
        ]
        if not fitting:
            what = f"'{table}'" + (f" in {nomenclature}" if nomenclature else "")
            raise StraitsError(f"no data for {what} in {self.store.home}: try `straits data add raw-materials`")
        return max(fitting, key=lambda version: order.get(version.id, -1))

    @staticmethod
    def nomenclatures(version: Version) -> list[str]:
        """The nomenclatures of a version's products."""
        return [path.stem for path in version.files("products")]

    def _years(self, version: Version, years: Years, table: str = "trade") -> list[int]:
        wanted = parse_years(str(years)) if isinstance(years, str | int) else sorted(set(years))
        have = version.years(table)
        if missing := [year for year in wanted if year not in have]:
            span = f"{have[0]}-{have[-1]}" if have else "none"
            raise StraitsError(
                f"no year {', '.join(map(str, missing))} in the {table} data of {version.dataset}: it has {span}"
            )
        return wanted

    def _products(self, names: str | Sequence[str]) -> tuple[str, list[str]]:
        """Nomenclature and codes from codes or a material's name."""
        asked = [names] if isinstance(names, str) else list(names)
        found: list[Product] = []
        for name in asked:
            if any(ch.isdigit() for ch in name):
                found.append(parse_product(name))
            else:
                found += [parse_product(code) for code in self._material_codes(material(name))]
        kinds = {product.nomenclature for product in found}
        if len(kinds) > 1:
            raise StraitsError(f"products in several nomenclatures ({', '.join(sorted(kinds))}): ask one at a time")
        return kinds.pop(), list(dict.fromkeys(product.code for product in found))

    @staticmethod
    def _material_codes(item: Material) -> list[str]:
        if not item.codes:
            raise StraitsError(f"{item.name} has no product code of its own: {item.note}")
        return item.codes

    def _known(self, version: Version, nomenclature: str, codes: Sequence[str]) -> None:
        """Refuse a code that the nomenclature does not have or that the data hold no flow of."""
        if not codes:
            return
        descriptions = self.descriptions(version, nomenclature)
        traded = self.traded(version, nomenclature)
        for code in codes:
            if code not in descriptions and code not in traded:
                raise nearest(code, sorted(traded), f"product of {nomenclature}")
            if code not in traded:
                raise StraitsError(
                    f"{nomenclature}:{code} ({descriptions[code]}) is not in {version.dataset}, which holds "
                    f"{len(traded)} products: load a full BACI release with `straits data add baci PATH`"
                )

    def descriptions(self, version: Version, nomenclature: str) -> dict[str, str]:
        """Product descriptions of a data version, by code."""
        query = Query(
            "select product, description from products where nomenclature = $n",
            {"n": nomenclature},
            {},
            frozenset({"products"}),
        )
        return {row["product"]: row["description"] for row in reading(self._run(query, {"products": version}))}

    def traded(self, version: Version, nomenclature: str) -> set[str]:
        """The codes that a data version holds flows of."""
        query = Query(
            "select distinct product from trade where nomenclature = $n",
            {"n": nomenclature},
            {},
            frozenset({"trade"}),
        )
        return {row["product"] for row in reading(self._run(query, {"trade": version}))}

    def _run(self, query: Query, versions: dict[str, Version]) -> Any:
        files = {table: versions[table].files(table) for table in query.canonical}
        return self.engine.run(query.sql, query.parameters, files, query.tables)

    def _answer(
        self,
        question: str,
        query: Query,
        versions: dict[str, Version],
        columns: Any,
        rows: list[dict[str, Any]],
        remarks: list[str],
    ) -> Answer:
        files = {table: versions[table].files(table) for table in query.canonical}
        return Answer(question, rows, columns, sources_of(query, versions), remarks, query, files)

    def loaded(self) -> list[dict[str, Any]]:
        """What is loaded: one row a table of each current dataset."""
        return [
            {
                "dataset": version.dataset,
                "version": version.id,
                "table": table,
                "rows": entry["rows"],
                "years": f"{entry['years'][0]}-{entry['years'][-1]}" if entry["years"] else "",
                "licence": ", ".join(dict.fromkeys(s["licence"] for s in version.sources if table in s["tables"])),
                "retrieved": version.manifest["retrieved"],
            }
            for version in self.versions.values()
            for table, entry in version.manifest["tables"].items()
        ]

    def add(
        self, source: str, origin: str | None = None, years: str | None = None, wheel: Path | None = None
    ) -> Version:
        """Load a source: ``raw-materials`` (``wheel``: a local copy of its file), or ``baci`` from ``origin``."""
        from straits.sources import baci, raw_materials
        from straits.sources.source import progress

        if source not in SOURCES:
            raise nearest(source, SOURCES, "source")
        with progress() as step:
            if source == "raw-materials":
                version = raw_materials.load(self.store, wheel, step)
            elif origin is None:
                raise StraitsError("baci needs a release: straits data add baci PATH-OR-URL")
            else:
                version = baci.load(self.store, origin, parse_years(years) if years else None, step)
        self.__dict__.pop("versions", None)
        return version

    # -- questions -------------------------------------------------------------------------------------------

    def dependency(self, of: str, on: str, product: str | Sequence[str], years: Years) -> Answer:
        """How dependent is ``of`` on ``on`` for a product, year by year, and the other way round.

        ``product`` is a code (``250410``, ``HS1992:250410``), several, or a material's name; ``years`` a year, a
        range such as ``"2019-2023"``, or a list.  One row a product and year; money in USD, shares 0 to 1; the same
        measures for ``on`` on ``of`` are under ``reverse``.  Unknown is ``None`` with a reason in ``notes``.
        """
        a, b = region(of), region(on)
        nomenclature, codes = self._products(product)
        version = self.data("trade", nomenclature)
        wanted = self._years(version, years)
        query = dependency.query(a, b, nomenclature, codes, wanted)
        columns = self._run(query, {"trade": version})
        self._known(
            version, nomenclature, [code for code in codes if code not in set(columns["product"].to_pylist())]
        )
        rows = dependency.rows(columns, a, b, nomenclature, codes, wanted)
        remarks = dependency.remarks(rows, a, b, nomenclature, codes, wanted)
        return self._answer(f"dependency of {a.id} on {b.id}", query, {"trade": version}, columns, rows, remarks)

    def screen(
        self, of: str, year: int, on: str | None = None, method: str = "geodep", nomenclature: str | None = None
    ) -> Answer:
        """All products that ``of`` imports in a year, the flagged ones first.

        ``method`` is ``geodep``, ``ec2021`` or ``crma``; ``flags`` holds every criterion of every method,
        ``flagged`` the chosen method's verdict, ``persistence`` and ``sensitivity`` stand beside.
        """
        if method not in METHODS:
            raise nearest(method, METHODS, "method")
        a, b = region(of), region(on) if on else None
        version = self.data("trade", nomenclature)
        kind = nomenclature or self.nomenclatures(version)[0]
        (wanted,) = self._years(version, [year])
        query = screen.query(a, b, kind, wanted)
        columns = self._run(query, {"trade": version})
        rows = screen.rows(columns, kind, method, self.descriptions(version, kind))
        remarks = screen.remarks(rows, method, a, wanted)
        return self._answer(f"screen of {a.id}", query, {"trade": version}, columns, rows, remarks)

    def mutual(self, one: str, other: str, year: int, nomenclature: str | None = None) -> Answer:
        """What each side depends on the other for in a year, side by side.

        One row a product traded in the world: both shares, both HHI, and ``asymmetry`` (positive: ``one`` leans
        more on ``other``).  The shares over the whole set of products are in ``notes``.
        """
        a, b = region(one), region(other)
        if {m.economy for m in a.members} & {m.economy for m in b.members}:
            raise StraitsError(f"{a.id} and {b.id} overlap: a mutual comparison needs two separate sides")
        version = self.data("trade", nomenclature)
        kind = nomenclature or self.nomenclatures(version)[0]
        (wanted,) = self._years(version, [year])
        query = mutual.query(a, b, kind, wanted)
        columns = self._run(query, {"trade": version})
        rows = mutual.rows(columns, kind, self.descriptions(version, kind))
        total = reading(self._run(mutual.query_of_set(a, b, kind, wanted), {"trade": version}))
        remarks = [
            f"over {r['products']} products together, {r['dependent']} takes {100 * r['share_of_imports']:.1f} % of its "
            f"imports from {r['provider']} ({wanted})"
            for r in total
        ]
        remarks.append("a share that is null: that side imported nothing of the product from outside")
        return self._answer(f"{a.id} and {b.id}", query, {"trade": version}, columns, rows, remarks)

    def suppliers(self, of: str, product: str | Sequence[str], years: Years) -> Answer:
        """Who supplies ``of`` with a product, year by year: value, tonnes and shares of every supplier."""
        a = region(of)
        nomenclature, codes = self._products(product)
        version = self.data("trade", nomenclature)
        wanted = self._years(version, years)
        self._known(version, nomenclature, codes)
        query = compose(
            "supplier_shares",
            given.scope(nomenclature, wanted, codes, window=1) | {"first": first_day(min(wanted))},
            {
                "members": given.members([a]),
                "pairs": given.pairs([(a.id, None)]),
                "wanted": strings(codes, "product"),
                "years": given.years_table(wanted),
            },
            {**given.REGIONS, **given.SOME_PRODUCTS},
        )
        return self._plain(f"suppliers of {a.id}", query, {"trade": version})

    def market(self, seller: str, buyer: str, product: str | Sequence[str], years: Years) -> Answer:
        """Which share of ``seller``'s exports goes to ``buyer``: dependence on a market."""
        s, b = region(seller), region(buyer)
        nomenclature, codes = self._products(product)
        version = self.data("trade", nomenclature)
        wanted = self._years(version, years)
        query = self._of_products("market", nomenclature, codes, wanted, [s, b], [(b.id, s.id)])
        return self._plain(f"{s.id} selling to {b.id}", query, {"trade": version})

    def export_position(self, regions: Sequence[str], product: str | Sequence[str], years: Years) -> Answer:
        """Which share of world exports each region holds."""
        nomenclature, codes = self._products(product)
        version = self.data("trade", nomenclature)
        wanted = self._years(version, years)
        query = self._of_products("export_position", nomenclature, codes, wanted, [region(r) for r in regions], [])
        return self._plain("share of world exports", query, {"trade": version})

    def advantage(self, year: int, nomenclature: str | None = None) -> Answer:
        """Balassa's revealed comparative advantage of every economy and product, within the products loaded."""
        version = self.data("trade", nomenclature)
        kind = nomenclature or self.nomenclatures(version)[0]
        (wanted,) = self._years(version, [year])
        parameters = given.scope(kind, [wanted], None, window=1) | {"first": first_day(wanted)}
        query = compose("revealed_comparative_advantage", parameters, {}, given.ECONOMIES)
        return self._plain("revealed comparative advantage", query, {"trade": version})

    def producers(self, name: str, years: Years | None = None) -> Answer:
        """Who produces a material: quantity and share of every producing economy, by year."""
        series = material(name).production
        version = self.data("production")
        wanted = version.years("production") if years is None else self._years(version, years, "production")
        tables = {"series": strings(series, "material"), "years": given.years_table(wanted)}
        query = compose("producers", {}, tables)
        return self._plain(f"production of {name}", query, {"production": version})

    def production_position(self, name: str, regions: Sequence[str], years: Years | None = None) -> Answer:
        """Concentration of a material's production, and the share that each region holds."""
        series = material(name).production
        version = self.data("production")
        wanted = version.years("production") if years is None else self._years(version, years, "production")
        tables = {
            "series": strings(series, "material"),
            "members": given.members([region(r) for r in regions]),
            "years": given.years_table(wanted),
        }
        return self._plain(
            f"production of {name}", compose("production_position", {}, tables), {"production": version}
        )

    def governance(self, of: str, product: str | Sequence[str], years: Years) -> Answer:
        """Import concentration weighted by suppliers' governance (HHI-WGI), with the range that unknowns leave."""
        a = region(of)
        nomenclature, codes = self._products(product)
        version, indicators = self.data("trade", nomenclature), self.data("governance")
        wanted = self._years(version, years)
        query = self._of_products("governance_of_imports", nomenclature, codes, wanted, [a], [(a.id, None)])
        return self._plain(
            f"governance-weighted imports of {a.id}", query, {"trade": version, "governance": indicators}
        )

    def governance_of_production(self, name: str, years: Years | None = None) -> Answer:
        """Concentration of a material's production weighted by producers' governance."""
        version, indicators = self.data("production"), self.data("governance")
        wanted = version.years("production") if years is None else self._years(version, years, "production")
        tables = {"series": strings(material(name).production, "material"), "years": given.years_table(wanted)}
        query = compose("governance_of_production", {"indicator": STABILITY}, tables)
        return self._plain(
            f"governance-weighted production of {name}", query, {"production": version, "governance": indicators}
        )

    def brief(
        self, name: str, of: str = "EU27", on: str = "CHN", year: int | None = None, casebook: Path | None = None
    ) -> Document:
        """The brief on a material or technology, as a document that :mod:`straits.brief.render` writes down.

        ``casebook`` is a folder with ecosystems of your own, beside the shipped ones.
        """
        from straits.brief.briefs import brief_on
        from straits.casebook.load import load

        return brief_on(self, load(casebook) if casebook else load(), name, of, on, year)

    def _of_products(
        self,
        name: str,
        nomenclature: str,
        codes: list[str],
        years: list[int],
        regions: list[Region],
        pairs: list[tuple[str, str | None]],
    ) -> Query:
        parameters = given.scope(nomenclature, years, codes, window=1)
        parameters |= {"first": first_day(min(years)), "indicator": STABILITY}
        tables = {
            "members": given.members(regions),
            "pairs": given.pairs(pairs),
            "wanted": strings(codes, "product"),
            "years": given.years_table(years),
        }
        return compose(name, parameters, tables, {**given.REGIONS, **given.SOME_PRODUCTS})

    def _plain(self, question: str, query: Query, versions: dict[str, Version]) -> Answer:
        columns = self._run(query, versions)
        rows = [{**row, "period": row["period"].year} for row in reading(columns)]
        return self._answer(question, query, versions, columns, rows, notes.of_plain(rows))


SOURCES = ("raw-materials", "baci")
RELEASES = ("monthly", "gacc", "comtrade", "comext")
LISTS = ("eu-dual-use", "entity-lists", "federal-register", "hs-correlations")
STABILITY = "political stability and absence of violence"


def sources_of(query: Query, versions: dict[str, Version]) -> list[dict[str, Any]]:
    """The publications behind a query's tables, each with dataset, version and retrieval."""
    found = []
    for table in sorted(query.canonical):
        version = versions[table]
        for source in version.sources:
            if table in source["tables"]:
                entry = {
                    key: source[key]
                    for key in ("id", "title", "publisher", "licence", "licence_url", "citation", "url")
                }
                release = {"release": source["release"]} if "release" in source else {}
                found.append(
                    {
                        **entry,
                        **release,
                        "table": table,
                        "dataset": version.dataset,
                        "version": version.id,
                        "retrieved": version.manifest["retrieved"],
                        "obtained": "derived",
                    }
                )
    return found


def available_sources() -> list[dict[str, Any]]:
    """The sources that can be loaded: id, name, what it holds, how to load it, licences."""
    from straits.sources.source import metadata

    found = []
    for name in (*SOURCES, *RELEASES, *LISTS):
        meta = metadata(name.replace("-", "_"))
        licences = [f"{p.title}: {p.licence}" for p in meta.publications]
        found.append({"id": meta.id, "name": meta.name, "what": meta.what, "how": meta.how, "licences": licences})
    return found


def known_regions() -> list[dict[str, Any]]:
    """The named region sets: id, name, members with dates, source."""

    def when(member: Member) -> str:
        since = f" from {member.since}" if member.since > EVER else ""
        until = f" until {member.until}" if member.until < NEVER else ""
        return f"{member.economy}{since}{until}"

    return [
        {
            "id": r.id,
            "name": r.name,
            "members": [when(m) for m in r.members],
            "source": r.source,
            "version": r.version,
        }
        for r in regions().values()
    ]


def known_materials() -> list[dict[str, Any]]:
    """The materials: id, name, other names, product codes, what else the codes hold, production series."""
    return [
        {
            "id": item.id,
            "name": item.name,
            "names": item.names,
            "codes": [f"HS1992:{code}" for code in item.codes],
            "basket": [f"{code}: {p.also}" for code, p in item.products.items() if p.also]
            + ([item.note] if item.note else []),
            "production": item.production,
        }
        for item in materials().values()
    ]
