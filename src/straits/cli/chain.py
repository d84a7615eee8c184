"""``straits chain``: how things are made, what a denial does, who holds what over whom."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from straits.vocabulary.errors import StraitsError

app = typer.Typer(
    help="Chains: what a denial does, the smallest denials that stop it, who holds what over whom.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def _ids(incomplete: str) -> list[str]:
    from straits.chains import ids

    return [name for name in ids() if name.startswith(incomplete.lower())]


Chain = Annotated[str, typer.Argument(help="A chain's id, or the path of its file or folder.", autocompletion=_ids)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
All = Annotated[bool, typer.Option("--all", help="Print long lists in full.")]
Goals = Annotated[
    list[str] | None, typer.Option("--goal", help="Only this product or step of the chain; may be repeated.")
]
Mode = Annotated[
    str | None,
    typer.Option(
        "--mode", help="What is withheld: new_sales, spares, software, knowledge or market (default: all supply)."
    ),
]
Extraterritorial = Annotated[
    bool,
    typer.Option(
        "--extraterritorial", help="A state also reaches what its firms make abroad and what holds its technology."
    ),
]
AtHome = Annotated[
    bool, typer.Option("--at-home", help="Who denies also keeps back what its own industry would use.")
]
Reach = Annotated[
    str, typer.Option("--reach", help="Whom a state reaches: plants by location, firms by ownership, or either.")
]


def _tell(found: Any, as_json: bool, everything: bool = False, chain: str | None = None) -> None:
    """Print an answer; in words, say beside it which sources the chain rests on and where each row has its own."""
    typer.echo(found.to_json() if as_json else found.text(everything))
    if chain is not None and not as_json:
        from straits import chains

        known = chains.load(chain)
        cited = [row.cited for row in known.provisions] + [row.cited for row in known.recipes.values()]
        cited += [item.cited for item in known.items.values()]
        told = ", ".join(sorted({one.source for one in cited if one.source})) or "no source is named"
        held = f", as of {known.as_of}" if known.as_of else ""
        typer.echo(
            f"\nworked out from the chain {known.id}{held}; sources: {told}; each row's passage: its file", err=True
        )


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Say in one sentence when something cannot be written."""
    try:
        yield
    except OSError as error:
        raise StraitsError(f"{path} cannot be written: {error.strerror or error}") from error


def _reach(text: str) -> Any:
    if text not in ("location", "ownership", "either"):
        raise StraitsError(f"--reach {text}: location, ownership or either")
    return text


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """The chains that come with Straits."""
    import json

    from straits.chains import ids, load

    rows = [{"id": name, "name": chain.name, "items": len(chain.items)} for name in ids() for chain in [load(name)]]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        for row in rows:
            typer.echo(f"{row['id']:24}{row['name']} ({row['items']} items)")


@app.command()
def deny(
    chain: Chain,
    who: Annotated[str | None, typer.Option("--who", help="Who withholds: NLD, ASML, CHN+RUS.")] = None,
    to: Annotated[
        str | None, typer.Option("--to", help="From whom: an economy or region (default: from everybody).")
    ] = None,
    at: Annotated[list[str] | None, typer.Option("--at", help="Only at this step or item; may be repeated.")] = None,
    mode: Mode = None,
    goal: Goals = None,
    extraterritorial: Extraterritorial = False,
    at_home: AtHome = False,
    reach: Reach = "either",
    everything: All = False,
    as_json: AsJson = False,
) -> None:
    """What becomes infeasible, what survives and how, what is lost, when it bites, and the blowback."""
    from straits import chains

    if not who and not at:
        raise StraitsError("straits chain deny takes --who (who withholds) or --at (which item nobody gets)")
    _tell(
        chains.deny(chain, who, to=to, at=at or None, mode=mode, goals=goal or None,
                    extraterritorial=extraterritorial, at_home=at_home, reach=_reach(reach)),
        as_json, everything, chain,
    )  # fmt: skip


@app.command()
def chokepoints(
    chain: Chain,
    for_: Annotated[str, typer.Option("--for", help="The dependent: CHN, EU27.")],
    by: Annotated[str, typer.Option("--by", help="Denials by economy or by firm.")] = "economy",
    allies: Annotated[str | None, typer.Option("--allies", help="Who would not withhold: USA,JPN.")] = None,
    size: Annotated[int, typer.Option("--size", min=1, max=5, help="Sets of at most so many.")] = 3,
    goal: Goals = None,
    extraterritorial: Extraterritorial = False,
    at_home: AtHome = False,
    reach: Reach = "either",
    everything: All = False,
    as_json: AsJson = False,
) -> None:
    """All smallest sets of actors whose denial stops the chain, hard or soft, and how concentrated supply is."""
    from straits import chains

    if by not in ("economy", "firm"):
        raise StraitsError(f"--by {by}: economy or firm")
    _tell(
        chains.chokepoints(chain, for_, by=by, allies=allies, size=size, goals=goal or None,
                           extraterritorial=extraterritorial, at_home=at_home, reach=_reach(reach)),
        as_json, everything, chain,
    )  # fmt: skip


@app.command()
def exposure(
    chain: Chain,
    of: Annotated[str, typer.Option("--of", help="The dependent: EU27, CHN.")],
    on: Annotated[str | None, typer.Option("--on", help="Only on this economy.")] = None,
    goal: Goals = None,
    everything: All = False,
    as_json: AsJson = False,
) -> None:
    """Dependence on every economy, direct and through the tiers, by location and by ownership."""
    from straits import chains

    _tell(chains.exposure(chain, of, goals=goal or None, on=on), as_json, everything, chain)


@app.command()
def leverage(
    chain: Chain,
    between: Annotated[tuple[str, str], typer.Option("--between", help="Two sides: EU27 CHN.")],
    mode: Mode = None,
    goal: Goals = None,
    extraterritorial: Extraterritorial = False,
    everything: All = False,
    as_json: AsJson = False,
) -> None:
    """What each side can deny the other, the asymmetry, and what it would do to itself."""
    from straits import chains

    one, other = between
    _tell(
        chains.leverage(chain, one, other, goals=goal or None, mode=mode, extraterritorial=extraterritorial),
        as_json,
        everything,
        chain,
    )


@app.command()
def relieve(
    chain: Chain,
    for_: Annotated[str, typer.Option("--for", help="The dependent: EU27.")],
    on: Annotated[str, typer.Option("--on", help="Whose denial is to be survived: CHN.")],
    size: Annotated[int, typer.Option("--size", min=1, max=5, help="At most so many additions.")] = 3,
    months: Annotated[
        float | None, typer.Option("--months", min=0, help="How long the denial has to be survived.")
    ] = None,
    goal: Goals = None,
    extraterritorial: Extraterritorial = False,
    at_home: AtHome = False,
    reach: Reach = "either",
    everything: All = False,
    as_json: AsJson = False,
) -> None:
    """The smallest additions (a second source, a stock, a substitute) that keep the chain going."""
    from straits import chains

    _tell(
        chains.relieve(chain, for_, on, size=size, goals=goal or None, months=months,
                       extraterritorial=extraterritorial, at_home=at_home, reach=_reach(reach)),
        as_json, everything, chain,
    )  # fmt: skip


@app.command("what-if")
def what_if(
    chain: Chain,
    changes: Annotated[Path, typer.Argument(help="A file of changes: see the documentation of chains.")],
    who: Annotated[str | None, typer.Option("--who", help="Who withholds.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="From whom.")] = None,
    at: Annotated[list[str] | None, typer.Option("--at", help="Only at this item; may be repeated.")] = None,
    mode: Mode = None,
    size: Annotated[int, typer.Option("--size", min=1, max=5, help="Denial sets of at most so many.")] = 2,
    everything: All = False,
    as_json: AsJson = False,
) -> None:
    """The same question before and after a file of changes."""
    from straits import chains

    _tell(
        chains.what_if(chain, changes, who=who, to=to, at=at or None, mode=mode, size=size),
        as_json,
        everything,
        chain,
    )


@app.command()
def show(
    chain: Chain,
    for_: Annotated[str | None, typer.Option("--for", help="Mark the chokepoints of this dependent.")] = None,
    by: Annotated[str, typer.Option("--by", help="Chokepoints by economy or by firm.")] = "economy",
    goal: Annotated[
        list[str] | None, typer.Option("--goal", help="Draw only this item and what it rests on; may be repeated.")
    ] = None,
    svg: Annotated[
        Path | None, typer.Option("--svg", help="Write the drawing, one landscape page, to this file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The chain as a drawing, left to right, with a text that says the same."""
    from straits import chains

    found = chains.show(chain, for_, by=by, goals=goal or None)
    if svg:
        with _writing(svg):
            svg.write_text(found.svg, encoding="utf-8")
        typer.echo(f"wrote {svg}", err=True)
    typer.echo(found.to_json() if as_json else found.text())


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="The id of the new chain: lower case, hyphens.")],
    folder: Annotated[Path, typer.Option("--in", help="Where to write it.")] = Path(),
) -> None:
    """Write a commented chain file that loads, ready to be filled in."""
    from straits import chains

    with _writing(folder):
        typer.echo(f"wrote {chains.new(name, folder)}", err=True)


@app.command("import-eto")
def import_eto(
    source: Annotated[
        Path, typer.Argument(help="A folder with inputs.csv, providers.csv, provision.csv, sequence.csv, stages.csv.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Write the chain to this folder of CSV files.")],
    everything: All = False,
    as_json: AsJson = False,
) -> None:
    """Import a chain in the format of ETO's Supply Chain Explorer, with a report that accounts for every row."""
    from straits import chains

    found = chains.import_eto(source, out.name)
    with _writing(out):
        chains.write_folder(found.chain, out)
    _tell(found.report, as_json, everything)
    typer.echo(f"wrote {out}", err=True)


@app.command("export-eto")
def export_eto(
    chain: Chain,
    out: Annotated[Path, typer.Option("--out", help="Write ETO's five files to this folder.")],
) -> None:
    """Write a chain in the format of ETO's Supply Chain Explorer; what the format cannot say is told."""
    from straits import chains

    with _writing(out):
        lost = chains.export_eto(chain, out)
    for line in lost:
        typer.echo(line, err=True)
    typer.echo(f"wrote {out}", err=True)
