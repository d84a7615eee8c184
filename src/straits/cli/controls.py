"""``straits controls``: what states restrict, what falls under it, and what a control did to trade."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from straits.vocabulary.errors import StraitsError

if TYPE_CHECKING:
    from straits.controls.effects.measure import Measure as MeasureOfEffect
    from straits.controls.register import Register
    from straits.sources.monthly import Flows as MonthlyFlows

app = typer.Typer(
    help="The register of export controls: what is restricted, since when, what it covers, what it did.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Own = Annotated[
    Path | None,
    typer.Option(
        "--register",
        envvar="STRAITS_REGISTER",
        help="A folder with your own register files, beside the shipped ones.",
    ),
]
On = Annotated[
    str | None,
    typer.Option("--date", help="The day whose status is told: YYYY-MM-DD (default: the register's latest)."),
]
State = Annotated[str | None, typer.Option("--state", help="Only of this state: CHN, USA, EU27.")]


def _register(own: Path | None) -> Register:
    from straits.controls.load import load

    return load(own) if own else load()


def _day(text: str | None, option: str = "--date") -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise StraitsError(f"{option} {text}: write YYYY-MM-DD") from None


def _tell(found: Any, as_json: bool) -> None:
    from straits.brief import terminal
    from straits.controls import telling

    if as_json:
        terminal.as_json([one.to_dict() for one in found] if isinstance(found, tuple) else found.to_dict())
    else:
        terminal.lines(telling.told(found))


@app.command("list")
def list_(
    state: State = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="ban, licence, quota, reporting, review or unofficial.")
    ] = None,
    category: Annotated[str | None, typer.Option("--category", help="A category of China's toolbox: 1 to 8.")] = None,
    target: Annotated[str | None, typer.Option("--target", help="Only what is aimed at this economy.")] = None,
    on: On = None,
    as_json: AsJson = False,
    own: Own = None,
) -> None:
    """The measures of the register, by first date."""
    from straits.controls import questions

    found = questions.measures(_register(own), state=state, kind=kind, category=category, target=target, on=_day(on))
    _tell(found, as_json)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A measure or an instrument: CN-2023-39, cn-dual-use-lists.")],
    on: On = None,
    as_json: AsJson = False,
    own: Own = None,
) -> None:
    """One measure or instrument in full: items, codes, dates, purposes, links, sources."""
    from straits.controls import questions

    _tell(questions.show(_register(own), name, _day(on)), as_json)


@app.command()
def timeline(
    since: Annotated[str | None, typer.Option("--since", help="From this date: 2019, 2019-05, 2019-05-01.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Up to this date.")] = None,
    state: State = None,
    as_json: AsJson = False,
    own: Own = None,
) -> None:
    """What came when: measures and the casebook's events on controls, in order."""
    from straits.controls import questions

    _tell(questions.timeline(_register(own), since, until, state), as_json)


@app.command()
def covers(
    code: Annotated[str, typer.Argument(help="A product code or list entry: 250410, CN2024:25041000, 3B001.")],
    on: On = None,
    as_json: AsJson = False,
    own: Own = None,
) -> None:
    """Which measures cover a product code or a list entry, wholly or in part, and which codes are baskets."""
    from straits.controls.covering import covers as covering

    _tell(covering(_register(own), code, _day(on)), as_json)


@app.command()
def convert(
    codes: Annotated[list[str], typer.Argument(help="Codes: 250410, 2504.10, HS1992:250410, CN2024:38011000.")],
    to: Annotated[str, typer.Option("--to", help="Into this nomenclature: HS2022, CN2024; HS or CN with --year.")],
    start: Annotated[
        str | None, typer.Option("--from", help="The nomenclature of codes that name none: HS1992, CN2024, CHN2023.")
    ] = None,
    year: Annotated[
        int | None,
        typer.Option("--year", help="The year whose HS, CN or CHN is meant where --from or --to name none."),
    ] = None,
    tables: Annotated[
        list[Path] | None,
        typer.Option(
            "--tables", help="Correlation tables of UNSD or Eurostat, a file or a folder (default: those kept)."
        ),
    ] = None,
    as_json: AsJson = False,
    home: Annotated[Path | None, typer.Option("--home", help="The folder that holds the data.")] = None,
) -> None:
    """What a code of one revision is in another: the same, merged, split, or both; never one for another silently."""
    from straits.controls.codes import nomenclature, parse_in
    from straits.controls.library import Library
    from straits.controls.nomenclature import Correlations
    from straits.store.store import Store

    target, source = nomenclature(to, year), nomenclature(start, year) if start else None
    asked = [parse_in(code, source) for code in codes]
    kept = Library(home or Store.default_home())
    known = Correlations.read(*tables) if tables else Correlations.of(kept.correlations())
    _tell(tuple(known.convert(code, target) for code in asked), as_json)


@app.command()
def search(
    words: Annotated[str, typer.Argument(help='Words that all have to be there; "..." makes a phrase.')],
    as_json: AsJson = False,
    own: Own = None,
) -> None:
    """Everything in the register that holds these words."""
    from straits.controls.search import search as find

    _tell(find(_register(own), words), as_json)


@app.command()
def threshold(
    logic_nm: Annotated[float | None, typer.Option("--logic-nm", help="Node of a logic chip, nm.")] = None,
    dram_nm: Annotated[
        float | None, typer.Option("--dram-half-pitch-nm", help="Half pitch of a DRAM chip, nm.")
    ] = None,
    nand_layers: Annotated[float | None, typer.Option("--nand-layers", help="Layers of a NAND flash chip.")] = None,
    as_json: AsJson = False,
    own: Own = None,
) -> None:
    """Whether a chip is caught by the published thresholds; where sources differ both are shown."""
    from straits.controls.thresholds import threshold as apply

    given = {"logic_nm": logic_nm, "dram_half_pitch_nm": dram_nm, "nand_layers": nand_layers}
    _tell(apply(_register(own), {name: value for name, value in given.items() if value is not None}), as_json)


@app.command()
def coverage(
    of: Annotated[str, typer.Option("--of", help="The importer: EU27.")],
    on: Annotated[str, typer.Option("--on", help="The provider whose controls count: CHN.")],
    years: Annotated[str, typer.Option("--years", help="2023, 2019-2023.")],
    group: Annotated[list[str] | None, typer.Option("--group", help="Only this material; may be repeated.")] = None,
    as_json: AsJson = False,
    own: Own = None,
    home: Annotated[Path | None, typer.Option("--home", help="The folder that holds the data.")] = None,
) -> None:
    """The share of imports from a provider that falls under its controls, by product group and year, and its growth."""
    from straits.controls.coverage import coverage as measured
    from straits.observatory import open as open_observatory

    _tell(measured(_register(own), open_observatory(home), of, on, years, groups=tuple(group or ())), as_json)


@app.command()
def effect(
    name: Annotated[str, typer.Argument(help="A measure of the register: CN-2023-39.")],
    product: Annotated[str, typer.Option("--product", help="The product code: 250410.")],
    flows: Annotated[
        Path | None,
        typer.Option(
            "--flows",
            help="A file of monthly exports of the state that restricts: period, partner, code, value, kg "
            "(default: the store's).",
        ),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="The store's flows as known on this day: YYYY-MM-DD.")
    ] = None,
    reports: Annotated[
        str | None,
        typer.Option(
            "--reports", help="Of the store: exporter or importers (default: the exporter's where it reports)."
        ),
    ] = None,
    destinations: Annotated[
        str | None, typer.Option("--destinations", help="The targets: USA,JPN or a region (default: the measure's).")
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(
            "--origin",
            help="Another exporter's monthly flows, for who stepped in: MOZ=moz.csv, or MOZ from the store; may be repeated.",
        ),
    ] = None,
    charts: Annotated[
        Path | None,
        typer.Option("--charts", help="A folder for the charts: levels, and destinations, as SVG and PNG."),
    ] = None,
    earlier: Annotated[
        str | None,
        typer.Option(
            "--earlier", help="An earlier release, for revisions: a file, or a day (YYYY-MM-DD) of the store."
        ),
    ] = None,
    unit: Annotated[str, typer.Option("--unit", help="kg or usd.")] = "kg",
    confidence: Annotated[float, typer.Option("--confidence", help="Coverage of the intervals.")] = 0.9,
    as_basket: Annotated[
        bool, typer.Option("--as-basket", help="Speak of a basket code as the basket it is.")
    ] = False,
    as_json: AsJson = False,
    own: Own = None,
    home: Annotated[Path | None, typer.Option("--home", help="The folder that holds the data.")] = None,
) -> None:
    """What a control did to trade: front-loading, drop, rebound, price, who was spared, with intervals."""
    from straits.controls.effects.effect import effect as measured
    from straits.controls.effects.measure import product_asked

    measure = _of_register(_register(own), name)
    data = _Data(home, product_asked(product, as_basket), flows, _day(as_of, "--as-of"), reports)
    found = measured(
        measure,
        product,
        data.flows(measure.issuer),
        [part.strip() for part in destinations.split(",")] if destinations else None,
        [data.origin(text) for text in origin or ()],
        earlier=data.earlier(earlier, measure.issuer) if earlier else None,
        unit=unit,
        coverage=confidence,
        as_basket=as_basket,
    )
    from straits.brief import terminal
    from straits.controls.effects import telling

    drawn = found.draw(charts) if charts else []
    if as_json:
        terminal.as_json(found.to_dict())
    else:
        terminal.lines([*telling.told(found), *(f"Chart: {path}" for path in drawn)])


@dataclass(frozen=True)
class _Data:
    """Where the flows of ``effect`` come from: a file, else the store as known on a day."""

    home: Path | None
    product: str
    file: Path | None
    as_of: dt.date | None
    reports: str | None

    def flows(self, exporter: str) -> MonthlyFlows:
        """The exports of the state that restricts."""
        from straits.sources.monthly import read_monthly

        if self.file is None:
            return self._stored(exporter, self.as_of)
        if self.as_of or self.reports:
            raise StraitsError("--as-of and --reports are for the store's flows: leave out --flows, or them")
        return read_monthly(self.file, exporter, f"your file {self.file.name}")

    def earlier(self, text: str, exporter: str) -> MonthlyFlows:
        """An earlier release: of a file another file, of the store what was known on a day."""
        from straits.sources.monthly import read_monthly

        return read_monthly(text, exporter) if self.file else self._stored(exporter, _day(text, "--earlier"))

    def origin(self, text: str) -> MonthlyFlows:
        """Another exporter: ``MOZ=moz.csv``, or ``MOZ`` from the store."""
        from straits.sources.monthly import read_monthly
        from straits.vocabulary.regions import region

        name, found, path = text.partition("=")
        economy = region(name).id
        if not found:
            return self._stored(economy, self.as_of)
        if not path:
            raise StraitsError(f"--origin {text}: write ECONOMY=FILE, as in MOZ=mozambique.csv, or MOZ for the store")
        return read_monthly(path.strip(), economy, f"your file {Path(path).name} ({economy})")

    def _stored(self, exporter: str, as_of: dt.date | None) -> MonthlyFlows:
        from straits.sources.monthly import flows_of_store
        from straits.store.store import Store

        store = Store(self.home or Store.default_home())
        return flows_of_store(store, exporter, [self.product], as_of, self.reports)


def _of_register(register: Register, name: str) -> MeasureOfEffect:
    """A measure of the register as its effect on trade needs it: full dates, codes without their nomenclature."""
    from straits.controls.effects.measure import Measure

    found = register.measure(name)
    days = {}
    for step in ("announced", "in_force"):
        text = getattr(found, step)
        try:
            days[step] = dt.date.fromisoformat(text) if text else None
        except ValueError:
            raise StraitsError(
                f"{found.id}: {step} is known as {text} only; its effect by month needs the day"
            ) from None
    announced = days["announced"] or days["in_force"]
    if announced is None:
        raise StraitsError(f"{found.id}: no source gives the day of announcement or force")
    codes = [code.rpartition(":")[2] for item in found.items for code in item.codes]
    targets = () if "world" in found.targets else tuple(found.targets)
    return Measure(
        found.id, found.state, announced, days["in_force"], tuple(codes), targets, found.name,
        tuple(f"{p.source}, {p.locator}" for p in found.sources),
    )  # fmt: skip
