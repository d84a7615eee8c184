"""The command line: every verb of the observatory, as text for a reader, as JSON for a program, as SQL for a doubter.

Commands print to standard output and remarks to standard error.  Exit code 0 is an answer, 2 a mistake in the input
that the message names.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from straits.cli import chain, controls, data, watch
from straits.vocabulary.errors import StraitsError

if TYPE_CHECKING:
    from straits.assess.assessment import Assessor
    from straits.assess.weights import Weighing
    from straits.casebook.casebook import Casebook
    from straits.measures.results import Answer
    from straits.observatory import Observatory

app = typer.Typer(
    name="straits",
    help="Find the narrow places in technology value chains: who depends on whom, for what, in both directions.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
casebook = typer.Typer(
    help="Check the casebook, and see what of the reports is in it.", no_args_is_help=True, rich_markup_mode=None
)
new = typer.Typer(
    help="Make a commented skeleton of your own to fill in.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(data.app, name="data")
app.add_typer(chain.app, name="chain")
app.add_typer(controls.app, name="controls")
app.add_typer(watch.app, name="watch")
app.add_typer(casebook, name="casebook")
app.add_typer(new, name="new")


def _region_names(incomplete: str) -> list[str]:
    from straits.vocabulary.regions import economies, regions

    return [name for name in [*regions(), *economies()] if name.startswith(incomplete.upper())]


def _material_names(incomplete: str) -> list[str]:
    from straits.vocabulary.materials import materials

    return [name for name in materials() if name.startswith(incomplete.lower())]


Of = Annotated[
    str,
    typer.Option(
        "--of", help="The dependent: a region or economy (EU27, DEU, Germany).", autocompletion=_region_names
    ),
]
On = Annotated[
    str, typer.Option("--on", help="The provider: a region or economy (CHN, China).", autocompletion=_region_names)
]
MaybeOn = Annotated[
    str | None, typer.Option("--on", help="Show this provider's share beside.", autocompletion=_region_names)
]
Year = Annotated[int, typer.Option("--year", help="The year.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON: rows, sources, notes; full precision.")]
AsSql = Annotated[
    bool, typer.Option("--sql", help="Print the query that makes the numbers, ready to paste into DuckDB.")
]
Home = Annotated[
    Path | None,
    typer.Option("--home", help="The folder that holds the data (default: STRAITS_HOME, else your data folder)."),
]
Nomenclature = Annotated[
    str | None, typer.Option("--nomenclature", help="HS revision, when several are loaded (HS1992, HS2022).")
]


OwnCasebook = Annotated[
    Path | None,
    typer.Option(
        "--casebook", envvar="STRAITS_CASEBOOK", help="A folder with your own ecosystems, beside the shipped ones."
    ),
]


OwnAssessments = Annotated[
    Path | None,
    typer.Option(
        "--assessments",
        envvar="STRAITS_ASSESSMENTS",
        help="A folder with your own protocols/ and answers/, beside the shipped ones.",
    ),
]
Subject = Annotated[str, typer.Argument(help="A technology, step or material: lithography, gallium, 光刻.")]


def _protocols(incomplete: str) -> list[str]:
    from straits.assess.protocols import shipped

    return [name for name in shipped() if name.startswith(incomplete.lower())]


def _version(wanted: bool) -> None:
    if wanted:
        from straits import __version__

        typer.echo(f"straits {__version__}")
        raise typer.Exit


@app.callback()
def options(
    home: Home = None,
    engine: Annotated[
        str | None, typer.Option("--engine", help="duckdb (default) or spark; also STRAITS_ENGINE.")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options for all commands."""
    if home:
        os.environ["STRAITS_HOME"] = str(home)
    if engine:
        os.environ["STRAITS_ENGINE"] = engine


def _open(home: Path | None) -> Observatory:
    from straits.observatory import open as open_observatory

    return open_observatory(home)


def _book(own: Path | None) -> Casebook:
    from straits.casebook.load import load

    return load(own) if own else load()


def _assessor(subject: str, assessments: Path | None, own: Path | None) -> tuple[Casebook, Assessor, str]:
    """The casebook, the assessor and the subject's id: a step is assessed as such when it has answers of its own."""
    from straits.assess.assessment import Assessor
    from straits.casebook.questions import subject_of

    book = _book(own)
    assessor = Assessor.open(assessments, subjects=book.subjects) if assessments else Assessor.shipped()
    return book, assessor, subject_of(book, subject)


def _supposed(given: list[str] | None) -> dict[str, str]:
    found = {}
    for text in given or []:
        name, equals, level = text.partition("=")
        if not equals:
            raise StraitsError(
                f"--suppose {text}: write PROTOCOL.QUESTION=LEVEL, as in leverage.substitutability=low"
            )
        found[name.strip()] = level.strip()
    return found


def _weighing(path: Path | None, assessor: Assessor, subject: str, settled: dict[str, str]) -> Weighing | None:
    from straits.assess.weights import load, weigh

    if path is None:
        return None
    given = load(path)
    known = assessor.rests_on(given.protocol)
    below = {key: level for key, level in settled.items() if key.partition(".")[0] in known}
    result = assessor.assess(subject, given.protocol, below).results[given.protocol]
    return weigh(result, given.weights)


def _json(found: Any) -> None:
    from straits.brief import terminal

    terminal.as_json(found)


def _show(found: Any, kind: str, as_json: bool) -> None:
    """Print an answer of the casebook as JSON or for a reader."""
    from straits.brief import terminal
    from straits.casebook.answers import plain

    if as_json:
        terminal.as_json(plain(found))
    else:
        terminal.show_found(found, kind)


def _tell(answer: Answer, kind: str, as_json: bool, as_sql: bool) -> None:
    """Print an answer as JSON, as SQL, or as a table with notes and sources."""
    if as_json:
        typer.echo(answer.to_json())
    elif as_sql:
        typer.echo(answer.sql())
    else:
        from straits.brief import terminal

        terminal.show(answer, kind)


@app.command()
def depend(
    of: Of,
    on: On,
    product: Annotated[
        list[str],
        typer.Option(
            "--product", help="A product code (250410, HS1992:250410) or a material's name; may be repeated."
        ),
    ],
    years: Annotated[str, typer.Option("--years", help="2023, 2019-2023 or 2019,2021-2023.")],
    as_json: AsJson = False,
    as_sql: AsSql = False,
    home: Home = None,
) -> None:
    """How dependent is one side on the other for a product, year by year, and the other way round."""
    _tell(_open(home).dependency(of, on, product, years), "depend", as_json, as_sql)


@app.command()
def screen(
    of: Of,
    year: Year,
    on: MaybeOn = None,
    method: Annotated[
        str, typer.Option("--method", help="geodep, ec2021 or crma: whose verdict flags a product.")
    ] = "geodep",
    as_json: AsJson = False,
    as_sql: AsSql = False,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the rows to a CSV file.")] = None,
    xlsx: Annotated[
        Path | None, typer.Option("--xlsx", help="Write the rows, notes and sources to an Excel file.")
    ] = None,
    nomenclature: Nomenclature = None,
    home: Home = None,
) -> None:
    """All products that a region imports, the flagged ones first, with persistence and sensitivity."""
    answer = _open(home).screen(of, year, on, method, nomenclature)
    if csv or xlsx:
        from straits.brief import sheets

        for path, write in ((csv, sheets.write_csv), (xlsx, sheets.write_xlsx)):
            if path:
                write(answer, path)
                typer.echo(f"wrote {path}", err=True)
    if as_json or as_sql or not (csv or xlsx):
        _tell(answer, "screen", as_json, as_sql)


@app.command()
def mutual(
    of: Of,
    with_: Annotated[
        str, typer.Option("--with", help="The other side: a region or economy.", autocompletion=_region_names)
    ],
    year: Year,
    as_json: AsJson = False,
    as_sql: AsSql = False,
    nomenclature: Nomenclature = None,
    home: Home = None,
) -> None:
    """What each side depends on the other for, side by side, and who leans more."""
    _tell(_open(home).mutual(of, with_, year, nomenclature), "mutual", as_json, as_sql)


@app.command()
def suppliers(
    of: Of,
    product: Annotated[
        list[str], typer.Option("--product", help="A product code or a material's name; may be repeated.")
    ],
    years: Annotated[str, typer.Option("--years", help="2023, 2019-2023 or 2019,2021-2023.")],
    as_json: AsJson = False,
    as_sql: AsSql = False,
    home: Home = None,
) -> None:
    """Who supplies a region with a product: value, tonnes and share of every supplier."""
    _tell(_open(home).suppliers(of, product, years), "suppliers", as_json, as_sql)


@app.command()
def producers(
    name: Annotated[
        str, typer.Argument(metavar="MATERIAL", help="A material's name.", autocompletion=_material_names)
    ],
    years: Annotated[str | None, typer.Option("--years", help="2023 or 2019-2023 (default: all).")] = None,
    as_json: AsJson = False,
    as_sql: AsSql = False,
    home: Home = None,
) -> None:
    """Who mines or refines a material: quantity and share of every producing economy."""
    _tell(_open(home).producers(name, years), "producers", as_json, as_sql)


@app.command()
def brief(
    name: Annotated[
        str,
        typer.Argument(
            metavar="SUBJECT",
            help="A material (graphite, rare earths, 稀土) or a technology (lithography).",
            autocompletion=_material_names,
        ),
    ],
    of: Annotated[str, typer.Option("--of", help="The dependent.", autocompletion=_region_names)] = "EU27",
    on: Annotated[str, typer.Option("--on", help="The provider.", autocompletion=_region_names)] = "CHN",
    year: Annotated[
        int | None, typer.Option("--year", help="The year told, for a material (default: the newest settled one).")
    ] = None,
    formats: Annotated[str, typer.Option("--format", help="html, json, md, separated by commas.")] = "html,json,md",
    out: Annotated[Path, typer.Option("--out", help="The folder to write to.")] = Path(),
    casebook: OwnCasebook = None,
    home: Home = None,
) -> None:
    """The document: finding, suppliers, thresholds, the reverse direction, what is not known, sources."""
    from straits.brief import terminal
    from straits.brief.render import parse_formats, write

    wanted = parse_formats(formats)
    document = _open(home).brief(name, of, on, year, casebook)
    for path in write(document, wanted, out):
        typer.echo(f"wrote {path}", err=True)
    terminal.show_finding(document)


@app.command()
def evidence(
    subject: Annotated[
        str | None, typer.Argument(help="A technology, step or material: lithography, gallium/high-purity, 光刻.")
    ] = None,
    find: Annotated[
        str | None, typer.Option("--find", help="Search all records for words, English or Chinese.")
    ] = None,
    ident: Annotated[str | None, typer.Option("--id", help="One record, with what contradicts it.")] = None,
    as_json: AsJson = False,
    own: OwnCasebook = None,
) -> None:
    """What reports found on a subject: value, source, locator, grade, and what contradicts it."""
    from straits.casebook import questions
    from straits.casebook.search import search

    asked = [name for name, value in (("SUBJECT", subject), ("--find", find), ("--id", ident)) if value]
    if len(asked) != 1:
        raise StraitsError("straits evidence takes one of SUBJECT, --find TEXT or --id ID")
    book = _book(own)
    if ident:
        _show(questions.record(book, ident), "record", as_json)
    elif find:
        _show(search(book, find), "hits", as_json)
    else:
        _show(questions.evidence(book, str(subject)), "evidence", as_json)


@app.command()
def dependencies(
    subject: Annotated[str | None, typer.Argument(help="A technology, step or material (default: all).")] = None,
    of: Annotated[str | None, typer.Option("--of", help="The dependent: an economy, region or organisation.")] = None,
    on: Annotated[str | None, typer.Option("--on", help="The provider: an economy, region or organisation.")] = None,
    as_json: AsJson = False,
    own: OwnCasebook = None,
) -> None:
    """Who depends on whom according to reports: both directions, by channel, unknown shown."""
    from straits.casebook import questions

    _show(questions.dependencies(_book(own), subject, of, on), "dependencies", as_json)


@app.command()
def actors(
    subject: Annotated[str | None, typer.Argument(help="A technology, step or material (default: all).")] = None,
    home_: Annotated[str | None, typer.Option("--from", help="Only of this economy or region.")] = None,
    as_json: AsJson = False,
    own: OwnCasebook = None,
) -> None:
    """Organisations and offices to watch: role, party-state link, priority."""
    from straits.casebook import questions

    _show(questions.actors(_book(own), subject=subject, home=home_), "actors", as_json)


@app.command()
def events(
    subject: Annotated[str | None, typer.Argument(help="A technology, step or material (default: all).")] = None,
    since: Annotated[str | None, typer.Option("--since", help="YYYY, YYYY-MM or YYYY-MM-DD.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="YYYY, YYYY-MM or YYYY-MM-DD.")] = None,
    as_json: AsJson = False,
    own: OwnCasebook = None,
) -> None:
    """Dated laws, controls, programmes, milestones and targets, earliest first."""
    from straits.casebook import questions

    _show(questions.events(_book(own), subject=subject, since=since, until=until), "events", as_json)


@app.command()
def assess(
    subject: Subject,
    protocol: Annotated[
        str | None, typer.Option("--protocol", help="Only this protocol, answered or not.", autocompletion=_protocols)
    ] = None,
    suppose: Annotated[
        list[str] | None,
        typer.Option(
            "--suppose",
            help="Settle an answer: leverage.substitutability=low; of one concern: PROTOCOL.CONCERN.QUESTION=LEVEL.",
        ),
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            "--weights", help="A file with your weights on outcomes; the answer says when the lead would flip."
        ),
    ] = None,
    as_json: AsJson = False,
    assessments: OwnAssessments = None,
    own: OwnCasebook = None,
) -> None:
    """What the evidence comes to: four dimensions, leverage, feasible ambition, and why; unknown stays open."""
    from straits.assess.telling import plain

    book, assessor, name = _assessor(subject, assessments, own)
    found = assessor.assess(name, protocol, _supposed(suppose))
    weighing = _weighing(weights, assessor, name, _supposed(suppose))
    if as_json:
        _json(plain(found, book) | ({"weights": weighing.plain()} if weighing else {}))
    else:
        from straits.brief import assessment_text, terminal

        terminal.lines(assessment_text.assessment(found, book.subjects[name].name))
        if weighing:
            terminal.lines(assessment_text.weighing(weighing))


@app.command()
def explain(
    subject: Subject,
    outcome: Annotated[str, typer.Option("--outcome", help="The outcome: curtailment, national_security, ...")],
    as_json: AsJson = False,
    assessments: OwnAssessments = None,
    own: OwnCasebook = None,
) -> None:
    """Why an outcome is what it is: rules, answers, evidence, what nearly held, and which unknown matters."""
    from straits.assess import telling

    book, assessor, name = _assessor(subject, assessments, own)
    found = telling.explain(assessor.assess(name), outcome, book)
    if as_json:
        _json(found)
    else:
        from straits.brief import assessment_text, terminal

        terminal.lines(assessment_text.explanation(found, book.subjects[name].name))


@app.command()
def compare(
    subject: Subject,
    other: Annotated[str, typer.Argument(help="The subject to set beside it.")],
    as_json: AsJson = False,
    assessments: OwnAssessments = None,
    own: OwnCasebook = None,
) -> None:
    """Two subjects side by side; scores rank within a technology, not across, and the answer says so."""
    from straits.assess.assessment import CAVEAT
    from straits.assess.telling import plain

    book, assessor, name = _assessor(subject, assessments, own)
    _, _, second = _assessor(other, assessments, own)
    left, right = assessor.assess(name), assessor.assess(second)
    if as_json:
        _json({"subjects": [plain(left, book), plain(right, book)], "caveat": CAVEAT})
    else:
        from straits.brief import assessment_text, terminal

        titles = (book.subjects[name].name, book.subjects[second].name)
        terminal.lines(assessment_text.comparison(left, right, titles))


@app.command()
def heatmap(
    as_json: AsJson = False,
    assessments: OwnAssessments = None,
    own: OwnCasebook = None,
) -> None:
    """The concerns of all assessed technologies by dimension: several marks a cell, one a concern, with the caveat."""
    from straits.assess.assessment import CAVEAT, Assessor
    from straits.assess.telling import marks

    book = _book(own)
    assessor = Assessor.open(assessments, subjects=book.subjects) if assessments else Assessor.shipped()
    rows = [(name, found) for name in assessor.subjects if (found := marks(assessor, name))]
    if as_json:
        _json({"technologies": dict(rows), "caveat": CAVEAT})
    else:
        from straits.brief import assessment_text, terminal

        dimensions = {o.id: o.name for o in assessor.protocols["four_dimensions"].outcomes}
        titled = [(book.subjects[name].name if name in book.subjects else name, found) for name, found in rows]
        terminal.lines(assessment_text.heat_map(titled, dimensions))


@app.command()
def instruments(
    subject: Subject,
    dimension: Annotated[
        str | None,
        typer.Option("--dimension", help="Only for this dimension: supply_resilience, competitiveness, ..."),
    ] = None,
    ambition: Annotated[
        str | None,
        typer.Option("--ambition", help="Only for this level of ambition: ability_to_deny, curtailment, ..."),
    ] = None,
    as_json: AsJson = False,
    assessments: OwnAssessments = None,
    own: OwnCasebook = None,
) -> None:
    """What could be done: instruments by dimension and ambition, with reasons, price, conflicts and gaps."""
    from straits.assess import instruments as catalogue

    book, assessor, name = _assessor(subject, assessments, own)
    found = catalogue.recommend(name, assessor, book, dimension, ambition)
    if as_json:
        _json(catalogue.plain(found))
    else:
        from straits.brief import assessment_text, terminal

        terminal.lines(assessment_text.recommendation(found, book.subjects[name].name))


@app.command()
def scenario(subject: Subject, as_json: AsJson = False, own: OwnCasebook = None) -> None:
    """Which of the four scenarios the signposts point to now, and which signposts are unknown."""
    from straits.assess import scenarios

    book, _, name = _assessor(subject, None, own)
    found = scenarios.scenario(name, book)
    if as_json:
        _json(scenarios.plain(found))
    else:
        from straits.brief import assessment_text, terminal

        terminal.lines(assessment_text.scenarios(found, book.subjects[name].name))


@casebook.command("check")
def casebook_check(as_json: AsJson = False, own: OwnCasebook = None) -> None:
    """Look for errors and for the sources' own contradictions; exit code 1 when there is an error."""
    from straits.casebook.checks import check

    findings = check(_book(own))
    _show(findings, "findings", as_json)
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(1)


@casebook.command("coverage")
def casebook_coverage(as_json: AsJson = False, own: OwnCasebook = None) -> None:
    """How much is in: counts by ecosystem and kind, and the share of the notes' records."""
    from straits.casebook.coverage import coverage

    _show(coverage(_book(own)), "coverage", as_json)


@new.command("protocol")
def new_protocol(
    name: Annotated[str, typer.Argument(help="The id of the new protocol: lower case, underscores.")],
    folder: Annotated[Path, typer.Option("--in", help="Your folder of assessments.")] = Path("assessments"),
    subject: Annotated[str, typer.Option("--subject", help="The subject of the sheet that answers it.")] = "graphite",
) -> None:
    """Write a commented protocol that loads, and a sheet of answers to it."""
    from straits.assess.skeleton import new_protocol as write

    written = write(name, folder, subject)
    typer.echo(f"wrote {written}; try: straits assess {subject} --protocol {name} --assessments {folder}", err=True)


@new.command("ecosystem")
def new_ecosystem(
    name: Annotated[str, typer.Argument(help="The id of the new ecosystem: lower case, hyphens.")],
    folder: Annotated[Path, typer.Option("--in", help="Your casebook folder.")] = Path("casebook"),
) -> None:
    """Write a commented skeleton of an ecosystem that loads, ready to be filled in."""
    from straits.casebook.skeleton import new_ecosystem as write

    typer.echo(
        f"wrote {write(name, folder)}; look at it with: straits casebook coverage --casebook {folder}", err=True
    )


@app.command()
def sources(as_json: AsJson = False) -> None:
    """What data can be loaded, from whom, under which licence, and how."""
    from straits.brief import terminal
    from straits.observatory import available_sources

    terminal.listing(available_sources(), ("id", "name", "what", "how", "licences"), as_json)


@app.command()
def regions(as_json: AsJson = False) -> None:
    """The region sets, their members and where the membership comes from."""
    from straits.brief import terminal
    from straits.observatory import known_regions

    terminal.listing(known_regions(), ("id", "name", "members", "source"), as_json)


@app.command()
def materials(as_json: AsJson = False) -> None:
    """The materials, their product codes and what else those codes hold."""
    from straits.brief import terminal
    from straits.observatory import known_materials

    terminal.listing(known_materials(), ("id", "name", "codes", "basket", "production"), as_json)


def main() -> None:
    """Run the command line; a mistake in the input is one sentence and exit code 2."""
    try:
        app()
    except StraitsError as error:
        typer.echo(f"straits: {error}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


if __name__ == "__main__":
    main()
