"""``straits watch``: what changed since last month, how rare that is, and what hangs on it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from straits.vocabulary.errors import StraitsError

if TYPE_CHECKING:
    from straits.casebook.casebook import Casebook
    from straits.controls.steps import Step
    from straits.store.store import Store
    from straits.watch.watches import Watches

app = typer.Typer(
    help="Early warning: watches on monthly and annual flows, events, controls and targets. Begin with `straits watch "
    "example --save`.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Home = Annotated[Path | None, typer.Option("--home", help="The folder that holds the data (default: STRAITS_HOME).")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="Monthly flows of the store as known on this day: YYYY-MM-DD.")
]
Files = Annotated[
    Path | None,
    typer.Option("--watches", help="Your watches: a YAML file or a folder (default: watches/ in the home)."),
]


def _store(home: Path | None) -> Store:
    from straits.store.store import Store

    return Store(home or Store.default_home())


def _watches(store: Store, files: Path | None) -> Watches:
    from straits.watch import watches
    from straits.watch.run import default_watches

    return watches.read(files or default_watches(store.home))


def _tell(lines: Any, plain: Any, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(plain, ensure_ascii=False, indent=1, default=str))
    else:
        from straits.brief import terminal

        terminal.lines(lines)


@app.command()
def run(
    only: Annotated[list[str] | None, typer.Argument(help="Only these watches (default: all).")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only what went wrong.")] = False,
    deliver: Annotated[bool, typer.Option("--deliver/--no-deliver", help="Tell those who asked.")] = True,
    own: Annotated[
        Path | None,
        typer.Option(
            "--register",
            envvar="STRAITS_REGISTER",
            help="A folder with your own register files of controls, beside the shipped ones.",
        ),
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    watches: Files = None,
    home: Home = None,
) -> None:
    """Judge what is new, keep it, tell who asked.

    Exit code 0: nothing new, 2: the question is wrong, 3: new signals, 4: not all delivered, 5: a watch could not be judged.
    """
    from straits.casebook.load import load
    from straits.watch import run as runs
    from straits.watch import telling

    store = _store(home)
    files, book = _watches(store, watches), load()
    steps = _steps(files, own, book)
    report = runs.run(store, files, only or (), book=book, deliver=deliver, steps=steps, as_of=_day(as_of))
    if as_json:
        typer.echo(json.dumps({**vars(report), "exit_code": report.exit_code}, ensure_ascii=False, indent=1))
    elif quiet:
        for name, fault in {**report.faults, **report.undelivered}.items():
            typer.echo(f"{name}: {fault}", err=True)
    else:
        _tell(telling.reported(report), None, False)
    raise typer.Exit(report.exit_code)


def _steps(files: Watches, own: Path | None, book: Casebook) -> list[Step]:
    """The register's steps, where a watch asks for them."""
    if not any(watch.what.kind == "events" for watch in files.watches):
        return []
    from straits.controls.load import load
    from straits.controls.steps import steps

    return steps(load(own, book=book) if own else load(book=book))


@app.command()
def example(
    save: Annotated[
        bool, typer.Option("--save", help="Write it to watches/example.yaml in the home instead of printing it.")
    ] = False,
    home: Home = None,
) -> None:
    """Watches to begin with, one of each kind: printed, or saved in your home."""
    from straits.watch.watches import EXAMPLE, save_example

    if save:
        typer.echo(f"{save_example(_store(home).home)}: change it, then `straits watch run`")
    else:
        typer.echo(EXAMPLE.read_text(encoding="utf-8"), nl=False)


@app.command("list")
def list_(
    watch: Annotated[str | None, typer.Argument(help="Only signals of this watch.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="From this month, year or day of data: 2023-11.")
    ] = None,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Signals so far, the latest month first, within it what hangs most on them."""
    from straits.watch import telling
    from straits.watch.ledger import Ledger

    found = Ledger(_store(home).home).signals(watch, since)
    _tell(telling.listed(found), found, as_json)


@app.command()
def show(
    watch: Annotated[str, typer.Argument(help="A watch's id, as in your file of watches.")],
    as_json: AsJson = False,
    watches: Files = None,
    home: Home = None,
) -> None:
    """One watch: what it looks at, by which rule, who is told, its last signals."""
    from straits.watch import telling
    from straits.watch.ledger import Ledger

    store = _store(home)
    found, ledger = _watches(store, watches).watch(watch), Ledger(store.home)
    plain = {"watch": found.model_dump(mode="json"), "last_month": ledger.last_month(watch),
             "signals": ledger.signals(watch)}  # fmt: skip
    _tell(telling.shown(found, ledger), plain, as_json)


@app.command()
def explain(
    signal: Annotated[str, typer.Argument(help="A signal's id or its beginning, as `straits watch list` shows it.")],
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """One signal in full: expected and observed, chance, exposure with its parts, data versions, deliveries."""
    from straits.watch import telling
    from straits.watch.ledger import Ledger

    found = Ledger(_store(home).home).signal(signal)
    _tell(telling.explained(found), found, as_json)


@app.command()
def backtest(
    watch: Annotated[str, typer.Argument(help="A watch on flows.")],
    event: Annotated[
        list[str] | None,
        typer.Option("--event", help="A known control: PRODUCT,ANNOUNCED,FORCE (250410,2023-10,2023-12)."),
    ] = None,
    as_of: AsOf = None,
    publication: Annotated[
        int | None,
        typer.Option(
            "--publication", min=0, help="Months until data are out (default: what nine in ten months took)."
        ),
    ] = None,
    as_json: AsJson = False,
    watches: Files = None,
    home: Home = None,
) -> None:
    """What a watch would have raised, month by month, on what was known then: recall, lead, false alarms."""
    from straits.watch import backtest as replays
    from straits.watch import telling

    store = _store(home)
    files = _watches(store, watches)
    found, events = files.watch(watch), [_event(text) for text in event or ()]
    result = replays.of_store(found, files, store, events, _day(as_of), publication)
    _tell(telling.backtested(result), result.to_dict(), as_json)


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise StraitsError(f"--as-of {text}: write YYYY-MM-DD") from None


def _event(text: str) -> dict[str, str]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 3:
        raise StraitsError(f"--event {text}: write PRODUCT,ANNOUNCED,FORCE, as in 250410,2023-10,2023-12")
    return dict(zip(("product", "announced", "in_force"), parts, strict=True))


@app.command()
def targets(as_json: AsJson = False) -> None:
    """Announced targets against what was observed: met, missed, overdue, slipped, open, unknown."""
    from straits.casebook.load import load
    from straits.watch import telling
    from straits.watch.targets import progress, shipped

    found = progress(shipped(), load())
    plain = [{**vars(one), "target": one.target.model_dump(mode="json")} for one in found]
    _tell(telling.targets(found), plain, as_json)


@app.command()
def risks(
    since: Annotated[
        str | None, typer.Option("--since", help="Mark as new what has evidence dated after this: 2023.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """European capabilities at risk: transfers attempted, completed, blocked, possible, with evidence."""
    from straits.casebook.load import load
    from straits.watch import telling
    from straits.watch.risks import shipped, standing

    found = standing(shipped(), load(), since)
    plain = [{**vars(one), "risk": one.risk.model_dump(mode="json")} for one in found]
    _tell(telling.risks(found), plain, as_json)
