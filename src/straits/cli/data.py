"""``straits data``: load sources, see what is loaded and what later releases changed, check it, remove it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from straits.vocabulary.errors import StraitsError, nearest

if TYPE_CHECKING:
    from straits.observatory import Observatory
    from straits.store.store import Store, Version

app = typer.Typer(
    help="Load data, see what is loaded and what was revised, check it, remove it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON: rows, sources, notes; full precision.")]
Home = Annotated[
    Path | None,
    typer.Option("--home", help="The folder that holds the data (default: STRAITS_HOME, else your data folder)."),
]
Products = Annotated[
    list[str] | None, typer.Option("--product", help="Only this product code (250410); may be repeated.")
]
Dataset = Annotated[str | None, typer.Argument(help="A dataset of releases (default: all).")]
LISTS = ("eu-dual-use", "entity-lists", "federal-register", "hs-correlations")
FETCHED = ("comtrade", "comext")


@dataclass(frozen=True)
class Given:
    """What the command line says of a load; ``None`` and empty is not said."""

    source: str
    paths: tuple[str, ...]
    years: str | None = None
    wheel: Path | None = None
    exporter: str | None = None
    released: dt.date | None = None
    products: tuple[str, ...] = ()
    citation: str | None = None
    nomenclature: str | None = None
    flow: str | None = None

    def single(self, what: str) -> str:
        """The only path."""
        if len(self.paths) != 1:
            raise StraitsError(f"{self.source} needs one {what}: straits data add {self.source} {what.upper()}")
        return self.paths[0]

    def only(self, *used: str) -> None:
        """Refuse options that the source has no use for."""
        for field, option in _OPTIONS.items():
            if getattr(self, field) and field not in used:
                raise StraitsError(
                    f"{option} is not an option of {self.source}: straits sources tells how to load it"
                )


_OPTIONS = {
    "years": "--years",
    "wheel": "--from",
    "exporter": "--exporter",
    "released": "--released",
    "products": "--product",
    "citation": "--citation",
    "nomenclature": "--nomenclature",
    "flow": "--flow",
}


def _open(home: Path | None) -> Observatory:
    from straits.observatory import open as open_observatory

    return open_observatory(home)


# -- loading ---------------------------------------------------------------------------------------------------


@app.command()
def add(
    source: Annotated[str, typer.Argument(help="A source of `straits sources`: raw-materials, baci, monthly, ...")],
    path: Annotated[
        list[str] | None,
        typer.Argument(help="What to load: a file or more, for baci, comtrade and comext also a folder or a URL."),
    ] = None,
    years: Annotated[str | None, typer.Option("--years", help="For baci: only these years (1995-2024).")] = None,
    wheel: Annotated[
        Path | None, typer.Option("--from", help="For raw-materials: a local copy of the file to read.")
    ] = None,
    exporter: Annotated[
        str | None, typer.Option("--exporter", help="For monthly: whose exports the file holds (CHN, China).")
    ] = None,
    released: Annotated[
        str | None,
        typer.Option(
            "--released", help="When monthly data were published: YYYY-MM-DD (default: the day of loading)."
        ),
    ] = None,
    product: Products = None,
    flow: Annotated[
        str | None, typer.Option("--flow", help="For gacc: X if the table is of exports (default), M if of imports.")
    ] = None,
    nomenclature: Annotated[
        str | None,
        typer.Option(
            "--nomenclature", help="For monthly: whose codes they are (default: the HS in force that year)."
        ),
    ] = None,
    citation: Annotated[
        str | None, typer.Option("--citation", help="For monthly: how results cite the file.")
    ] = None,
    home: Home = None,
) -> None:
    """Load a source; a failed or killed load leaves what was there before."""
    loader = _known(source, {**_LOADERS, **dict.fromkeys(LISTS, _list)})
    given = Given(
        source, tuple(path or ()), years, wheel, exporter, _day(released), tuple(product or ()), citation, nomenclature,
        flow,
    )  # fmt: skip
    typer.echo(loader(given, _open(home)), err=True)


@app.command()
def fetch(
    source: Annotated[str, typer.Argument(help="comtrade or comext.")],
    months: Annotated[
        str, typer.Option("--months", help="Months or years: 2017-01..2024-12, 2023-05, 2023-01,2023-03, 2019..2023.")
    ],
    reporter: Annotated[
        list[str] | None, typer.Option("--reporter", help="For comtrade: who reports (CHN); may be repeated.")
    ] = None,
    product: Products = None,
    flow: Annotated[
        str | None, typer.Option("--flow", help="For comtrade: X (exports) or M (imports; default: both).")
    ] = None,
    home: Home = None,
) -> None:
    """Download reports from UN Comtrade (key in STRAITS_COMTRADE_KEY) or Eurostat, and add them as releases."""
    from straits.sources.source import progress

    fetching = _known(source, {"comtrade": _fetch_comtrade, "comext": _fetch_comext})
    store = _open(home).store
    before = store.latest(source)
    with progress() as step:
        version = fetching(store, periods(months), tuple(reporter or ()), tuple(product or ()), flow, step)
    typer.echo(_told(version, before), err=True)


def periods(text: str) -> list[str]:
    """Months or years, one by one.

    >>> periods("2023-11..2024-02")
    ['2023-11', '2023-12', '2024-01', '2024-02']
    >>> periods("2019..2021,2023")
    ['2019', '2020', '2021', '2023']
    """
    found: list[str] = []
    for part in text.split(","):
        first, _, last = (end.strip() for end in part.partition(".."))
        ends = [re.fullmatch(r"(\d{4})(?:-(0[1-9]|1[0-2]))?", end) for end in (first, last or first)]
        if ends[0] is None or ends[1] is None or (ends[0][2] is None) != (ends[1][2] is None):
            raise StraitsError(f"--months {text}: write 2017-01..2024-12, 2023-05 or 2019..2023")
        yearly = ends[0][2] is None
        a, b = (int(end[1]) if yearly else 12 * int(end[1]) + int(end[2]) - 1 for end in ends if end)
        if a > b:
            raise StraitsError(f"--months {text}: {part.strip()} runs backwards")
        found += [str(n) if yearly else f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(a, b + 1)]
    return found


def _known(source: str, known: dict[str, Any]) -> Any:
    if source not in known:
        raise StraitsError(f"{nearest(source, known, 'source')}; the sources are {', '.join(known)}")
    return known[source]


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise StraitsError(f"--released {text}: write YYYY-MM-DD") from None


def _raw_materials(given: Given, observatory: Observatory) -> str:
    given.only("wheel")
    if given.paths:
        raise StraitsError("raw-materials takes no path: give a local copy of its file with --from FILE")
    return _counted(observatory.add(given.source, None, None, given.wheel))


def _baci(given: Given, observatory: Observatory) -> str:
    given.only("years")
    if not given.paths:
        raise StraitsError("baci needs a release: straits data add baci PATH-OR-URL")
    return _counted(observatory.add(given.source, given.single("path-or-url"), given.years))


def _monthly(given: Given, observatory: Observatory) -> str:
    from straits.sources import monthly

    given.only("exporter", "released", "citation", "nomenclature")
    file = given.single("file")
    if monthly.read_file(file, given.exporter).customs:
        raise StraitsError(f"{file} is a table of China's customs: straits data add gacc {file}")
    store = observatory.store
    before = store.latest("monthly")
    version = monthly.load(
        store, file, given.exporter, given.released, given.citation or "", nomenclature=given.nomenclature
    )
    return _told(version, before)


def _gacc(given: Given, observatory: Observatory) -> str:
    from straits.sources import monthly

    given.only("released", "flow")
    file = given.single("file")
    if not monthly.read_file(file, "CHN").customs:
        raise StraitsError(f"{file} is no table of China's customs: straits data add monthly {file} --exporter CHN")
    store = observatory.store
    before = store.latest("gacc")
    return _told(monthly.load(store, file, "CHN", given.released, flow=given.flow or "X"), before)


def _reports(given: Given, observatory: Observatory) -> str:
    from straits.sources import comext, comtrade
    from straits.sources.source import progress

    given.only("released", "products")
    if not given.paths:
        raise StraitsError(f"{given.source} needs files: straits data add {given.source} PATH...")
    store = observatory.store
    before = store.latest(given.source)
    load = comtrade.load if given.source == "comtrade" else comext.load
    with progress() as step:
        version = load(store, list(given.paths), step, list(given.products) or None, given.released)
    return _told(version, before)


def _list(given: Given, observatory: Observatory) -> str:
    from straits.controls.library import Library

    given.only()
    if not given.paths:
        raise StraitsError(f"{given.source} needs a file: straits data add {given.source} FILE")
    library = Library(observatory.store.home)
    kept = [library.add(given.source, path) for path in given.paths]
    return "\n".join(f"{one.source} {one.sha256[:16]}: {one.name}, kept since {one.kept}" for one in kept)


def _fetch_comtrade(
    store: Store,
    wanted: Sequence[str],
    reporters: Sequence[str],
    products: Sequence[str],
    flow: str | None,
    step: Any,
) -> Version:
    from straits.sources import comtrade
    from straits.sources.comtrade_rows import FLOWS

    if not reporters:
        raise StraitsError("comtrade needs to know whose reports: --reporter CHN")
    flows = FLOWS if flow is None else (flow,)
    return comtrade.fetch(store, list(reporters), list(products) or None, wanted, step, flows=flows)


def _fetch_comext(
    store: Store,
    wanted: Sequence[str],
    reporters: Sequence[str],
    products: Sequence[str],
    flow: str | None,
    step: Any,
) -> Version:
    from straits.sources import comext

    if reporters or flow:
        raise StraitsError("comext comes as whole months of all EU members: leave out --reporter and --flow")
    return comext.fetch(store, wanted, step, products=list(products) or None)


_LOADERS: dict[str, Callable[[Given, Observatory], str]] = {
    "raw-materials": _raw_materials,
    "baci": _baci,
    "monthly": _monthly,
    "gacc": _gacc,
    "comtrade": _reports,
    "comext": _reports,
}


def _counted(version: Version) -> str:
    tables = ", ".join(f"{entry['rows']:,} rows of {name}" for name, entry in version.manifest["tables"].items())
    return f"{version.dataset} {version.id}: {tables}"


def _told(version: Version, before: Version | None) -> str:
    """What a load of releases changed."""
    if before is not None and before.id == version.id:
        return f"{version.dataset} {version.id}: nothing new"
    note = version.manifest["note"]
    more = "" if " 0 revised" in note else f"\nwhat was revised: straits data revisions {version.dataset}"
    return f"{_counted(version)}\n{note}{more}"


# -- looking ---------------------------------------------------------------------------------------------------


@app.command("list")
def list_(as_json: AsJson = False, home: Home = None) -> None:
    """What is loaded: datasets, versions, tables, rows, years; and lists of controls that are kept."""
    from straits.brief import terminal
    from straits.controls.library import Library
    from straits.sources.source import metadata

    observatory = _open(home)
    rows = observatory.loaded()
    library = Library(observatory.store.home)
    for source in LISTS:
        licence = ", ".join(one.licence for one in metadata(source.replace("-", "_")).publications)
        rows += [
            {"dataset": source, "version": kept.sha256[:16], "table": kept.name, "rows": None, "years": "",
             "licence": licence, "retrieved": kept.kept}
            for kept in library.files(source)
        ]  # fmt: skip
    terminal.listing(rows, ("dataset", "version", "table", "rows", "years", "licence", "retrieved"), as_json)


@app.command()
def check(home: Home = None) -> None:
    """Compare every file of the current versions with its checksum and schema, and the lists that are kept."""
    from straits.controls.library import Library

    store = _open(home).store
    faults = store.check()
    library = Library(store.home)
    for source in LISTS:
        try:
            library.files(source)
        except StraitsError as error:
            faults.append(str(error))
    for fault in faults:
        typer.echo(fault)
    typer.echo(f"{len(faults)} fault(s)", err=True)
    if faults:
        raise typer.Exit(1)


@app.command()
def remove(
    dataset: Annotated[str, typer.Argument(help="A dataset of `straits data list`.")], home: Home = None
) -> None:
    """Remove a dataset with all its versions, or all files of a list of controls."""
    from straits.controls.library import Library

    store = _open(home).store
    if dataset in LISTS:
        count = Library(store.home).remove(dataset)
        typer.echo(f"removed {dataset}: {count} file(s)", err=True)
    else:
        typer.echo(f"removed {dataset} {store.remove(dataset)}", err=True)


@app.command()
def history(as_json: AsJson = False, home: Home = None) -> None:
    """What was loaded and removed, and when."""
    from straits.brief import terminal

    rows: list[dict[str, Any]] = [dict(entry) for entry in _open(home).store.history()]
    terminal.listing(rows, ("at", "action", "dataset", "version"), as_json)


@app.command()
def releases(dataset: Dataset = None, as_json: AsJson = False, home: Home = None) -> None:
    """The releases of monthly reports: their day, whether it was stated or is that of loading, and their slices."""
    from straits.brief import terminal
    from straits.store.vintages import released_on

    rows = [{**row, "released": row["released"].isoformat()} for row in released_on(_open(home).store, dataset)]
    terminal.listing(rows, ("dataset", "released", "dated", "slices"), as_json)


@app.command()
def revisions(
    dataset: Dataset = None,
    product: Products = None,
    reporter: Annotated[
        list[str] | None, typer.Option("--reporter", help="Only of this reporter (CHN); may be repeated.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Only what was released after this day: YYYY-MM-DD.")
    ] = None,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """What later releases changed: month, partner, product, from what to what, and between which releases."""
    from straits.brief import terminal
    from straits.store import vintages
    from straits.vocabulary.regions import region

    try:
        after = dt.date.fromisoformat(since) if since else None
    except ValueError:
        raise StraitsError(f"--since {since}: write YYYY-MM-DD") from None
    names = [region(name).id for name in reporter or ()]
    found = vintages.revisions(_open(home).store, dataset, product or (), names, after)
    dates = ("period", "released_before", "released")
    rows = [{**row, **{name: row[name].isoformat() for name in dates}} for row in found.to_pylist()]
    shown = (
        "period",
        "reporter",
        "flow",
        "partner",
        "product",
        "kg_before",
        "kg",
        "value_before",
        "value",
        "currency",
    )
    terminal.listing(rows, (*shown, "released_before", "released"), as_json)
