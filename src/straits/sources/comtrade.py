"""UN Comtrade: what each economy's customs report of its imports and exports, from bulk files or from the API.

Bulk files are tab-separated (``COMTRADE-FINAL-CM504202303H6[2024-01-03].gz``, also as .txt or .zip; the day in the name
is the day of the release); the API answers in JSON.  Both carry the same fields.  Comtrade publishes sums beside their
parts; what is kept adds up to the trade and no more: single partners (not World, the EU or ASEAN), all customs
procedures, transports and second partners together (``C00`` and 0), imports (``M``) and exports (``X``) as a whole
(re-exports ``RX`` and the like are parts of them), and products at six digits (chapters, headings and TOTAL are sums of
those).  What is left out is counted in the version's note; a flow with parts and no total is an error.

Values are US dollars as reported: imports with insurance and freight (cif), exports without (fob).  A net weight of 0
beside a value is not reported.  Where the quantity is in kilograms and no net weight is given, it is the mass.  The
alternative quantity, the gross weight and the cif and fob columns are not used.
"""

from __future__ import annotations

import datetime as dt
import gzip
import itertools
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from straits.sources import checked
from straits.sources.checked import Cells, Rule
from straits.sources.comtrade_api import KEY_ROWS, PREMIUM_ROWS, PREVIEW_ROWS, Api, Available, Request
from straits.sources.comtrade_rows import (
    FLOWS,
    NEEDED,
    NOMENCLATURES,
    NOT_USED,
    PRODUCT,
    Reading,
    answer_cells,
    known_areas,
    parsed,
    reporter_code,
)
from straits.sources.reports import (
    Tally,
    asked_periods,
    dated,
    forgotten_if_refused,
    found_files,
    kept,
    listed,
    only,
    register_areas,
    release_rows,
)
from straits.sources.source import Step, connect, described, fetched, metadata, refuse
from straits.store.store import Load, Store, Version
from straits.store.vintages import ALL, Release, Slice, add
from straits.vocabulary.errors import StraitsError

DATASET = "comtrade"
_NAME = re.compile(r"COMTRADE-FINAL(?:CLASSIC)?-C([AM])(\d{3})(\d{4}|\d{6})(H\d)\[(\d{4}-\d{2}-\d{2})\]")
_UNDATED = dt.date(1900, 1, 1)  # how the publisher's own tool writes that it does not know the day
_PLAIN, _JSON = {".txt", ".tsv", ".csv"}, ".json"
SUFFIXES = {".gz", ".zip", _JSON, *_PLAIN}


# -- loading files -------------------------------------------------------------------------------------------


def load(
    store: Store,
    origin: str | Path | Sequence[str | Path],
    step: Step,
    products: Sequence[str] | None = None,
    released: dt.date | None = None,
    name: str | None = None,
) -> Version:
    """Add bulk files or saved JSON answers to the dataset ``comtrade`` (or ``name``).

    ``origin`` is one or several files, folders or addresses; ``products`` restricts what is kept to some six-digit
    codes.  ``released`` is the day on which the data were published: by default the day in a bulk file's name, else
    the day of loading.  A bulk file speaks for all products of its reporter, flow and period; a saved answer for the
    products that are in it.  Raises :class:`~straits.vocabulary.errors.StraitsError` naming file, row and rule;
    nothing is half loaded.
    """
    meta = metadata("comtrade")
    wanted = only(products, PRODUCT, "a product code of six digits")
    dataset, tally = name or DATASET, Tally()
    with store.load(dataset) as work:
        releases: list[Release] = []
        origins = []
        with connect(work, "1GB") as connection:
            register_areas(connection, known_areas())
            for one in listed(origin):
                with fetched(one, work, step) as path:
                    for file in found_files(path, SUFFIXES):
                        step(f"read {file.name}", len(releases), None)
                        origins.append(described(file, origin=one))
                        saved = file.suffix.lower() == _JSON
                        for cells, stated in _tables(connection, file, work):
                            reading = Reading(connection, work.scratch, len(releases), meta.assertions, tally)
                            prepared = reading.prepare(cells, _rules_of(cells, file), wanted, all_partners=saved)
                            speaks = prepared.answered() if saved else prepared.slices
                            day, how = dated(released or stated)
                            releases.append(Release(release_rows([prepared.file], day), speaks, day, how))
        sources = [p.model_dump() for p in meta.publications]
        return add(store, dataset, releases, sources, origins, tally.note)


def _tables(connection: duckdb.DuckDBPyConnection, file: Path, work: Load) -> Iterator[tuple[Cells, dt.date | None]]:
    """The tables in a file, with the day of release where the name says it."""
    if file.suffix.lower() == _JSON:
        yield _saved_answer(connection, file), None
        return
    for plain in _unpacked(file, work.scratch):
        named = _NAME.search(plain.name) or _NAME.search(file.name)
        day = _day(named[5], file.name) if named else None
        yield checked.delimited(plain, "\t", NEEDED, NOT_USED), None if day == _UNDATED else day
        if plain.parent == work.scratch:
            plain.unlink()


def _day(text: str, file: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise refuse(file, None, f"{text} in the name is not a day") from None


def _unpacked(file: Path, scratch: Path) -> Iterator[Path]:
    """The text files of a .gz or .zip, one after the other in ``scratch``; any other file as it is."""
    kind = file.suffix.lower()
    if kind not in {".gz", ".zip"}:
        yield file
        return
    target = scratch / file.stem
    try:
        if kind == ".gz":
            with gzip.open(file) as packed, target.open("wb") as plain:
                shutil.copyfileobj(packed, plain, 1 << 20)
            yield target
            return
        with zipfile.ZipFile(file) as archive:
            members = sorted(m for m in archive.namelist() if Path(m).suffix.lower() in _PLAIN or _NAME.search(m))
            if not members:
                raise refuse(file.name, None, "no .txt, .tsv or .csv file in it")
            for member in members:
                target = scratch / Path(member).name
                with archive.open(member) as packed, target.open("wb") as plain:
                    shutil.copyfileobj(packed, plain, 1 << 20)
                yield target
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        if isinstance(error, OSError) and error.errno:
            raise  # the disk's fault, not the file's
        raise refuse(file.name, None, f"damaged ({error}): download it again") from error


def _rules_of(cells: Cells, file: Path) -> list[Rule]:
    """What a bulk file's name, or that of its table, says of its rows."""
    if "TARIFFLINE" in cells.name:
        raise refuse(file.name, None, "tariff-line files are in national codes: give the FINAL file")
    if not (named := _NAME.search(cells.name) or _NAME.search(file.name)):
        return []
    freq, reporter, period, classification, _ = named.groups()
    said = {
        "freqCode": freq,
        "reporterCode": str(int(reporter)),
        "period": period,
        "classificationCode": classification,
    }
    return [
        Rule(
            f"{column} is distinct from '{value}'",
            f"{column} is {{{column}}}: must be {value}, as in the file's name",
        )
        for column, value in said.items()
    ]


def _saved_answer(connection: duckdb.DuckDBPyConnection, file: Path) -> Cells:
    """A saved answer, refused where it may be cut off."""
    rows = parsed(file.read_bytes(), file.name)
    if len(rows) in {PREVIEW_ROWS, KEY_ROWS, PREMIUM_ROWS}:
        raise refuse(file.name, None, f"{len(rows)} rows are the most that one answer holds: ask for less at a time")
    return answer_cells(connection, file.name, rows)


# -- fetching ------------------------------------------------------------------------------------------------


def fetch(
    store: Store,
    reporters: Sequence[str],
    products: Sequence[str] | None,
    periods: Sequence[str],
    step: Step,
    *,
    flows: Sequence[str] = FLOWS,
    key: str | None = None,
    base: str | None = None,
    rows: int | None = None,
    name: str | None = None,
) -> Version:
    """Ask the API for what these reporters say, and add it to the dataset ``comtrade`` (or ``name``).

    ``periods`` are months (``2024-01``) or years (``2024``), not both; ``products`` six-digit codes, ``None`` for all.
    ``key`` is a subscription key, by default that in ``STRAITS_COMTRADE_KEY``; without one the public preview is asked,
    which answers one period and 500 rows at a time.  ``rows`` is the most that an answer holds for the key (100,000,
    or 250,000 if it is paid for).  ``base`` is the server's address.  An answer that is full is asked for again in
    halves.  Answers are kept in the home until the data are stored, so that a fetch that is broken off goes on where
    it was.  Periods that a reporter has not reported are told in the note.
    """
    meta = metadata("comtrade")
    wanted = only(products, PRODUCT, "a product code of six digits")
    freq, asked = _periods(periods)
    if unknown := [flow for flow in flows if flow not in FLOWS]:
        raise StraitsError(f"no flow '{unknown[0]}': write X (exports), M (imports) or both")
    codes = dict.fromkeys(reporter_code(reporter) for reporter in reporters)
    if not codes:
        raise StraitsError("no reporter is asked for: nothing was fetched")
    with kept(store, DATASET) as folder, Api(base or meta.fetch["base"], key, rows, freq, folder, step) as api:
        tally, plans = Tally(), []
        for code in codes:
            plans.append(_plan(api, code, asked, tuple(dict.fromkeys(flows)), wanted, tally))
        if not any(plan.available for plan in plans):
            raise StraitsError(f"UN Comtrade: {tally.note}; nothing was loaded")
        for request in [request for plan in plans for request in plan.requests(api)]:
            api.answers(request)
        return _store_answers(store, name or DATASET, api, plans, wanted, tally)


def _periods(periods: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The frequency, and the periods as Comtrade writes them (202401 or 2024), sorted."""
    found = asked_periods(periods)
    if len({len(text) for text in found}) > 1:
        raise StraitsError("give months (2024-01) or years (2024), and not both")
    return ("A" if len(found[0]) == 4 else "M"), tuple(found)


@dataclass(frozen=True)
class _Plan:
    """What to ask of one reporter: the periods that it has reported, and which flows."""

    reporter: int
    available: tuple[Available, ...]
    flows: Mapping[str, tuple[str, ...]]
    products: tuple[str, ...] | None

    def requests(self, api: Api) -> list[Request]:
        """Requests that are likely to fit in an answer; periods with the same flows go together."""
        found = []
        for flows in sorted(set(self.flows.values())):
            periods = [one.period for one in self.available if self.flows[one.period] == flows]
            for some, products in itertools.product(
                _groups(periods, api.periods_at_once),
                _groups(self.products, api.products_at_once) if self.products else [None],
            ):
                found.append(Request(self.reporter, some, flows, products))
        return found


def _groups(items: Sequence[str], most: int) -> list[tuple[str, ...]]:
    return [tuple(items[place : place + most]) for place in range(0, len(items), most)]


def _plan(
    api: Api,
    code: int,
    periods: tuple[str, ...],
    flows: tuple[str, ...],
    products: tuple[str, ...] | None,
    tally: Tally,
) -> _Plan:
    """Ask what a reporter has reported: data that are not there yet are missing, not zero."""
    reported = {one.period: one for one in api.available(code)}
    found: dict[str, set[str]] = {}
    for some in _groups([period for period in periods if period in reported], api.periods_at_once):
        for row in api.totals(Request(code, some, flows, ("TOTAL",))):
            found.setdefault(str(row.get("period")), set()).add(str(row.get("flowCode")))
    for period in periods:
        for flow in flows:
            if flow not in found.get(period, ()):
                tally.missing(f"{known_areas()[str(code)][0]} {flow} {period}")
    by_period = {period: tuple(flow for flow in flows if flow in has) for period, has in found.items()}
    available = tuple(reported[period] for period in periods if by_period.get(period))
    return _Plan(code, available, by_period, products)


def _store_answers(
    store: Store, dataset: str, api: Api, plans: Sequence[_Plan], products: tuple[str, ...] | None, tally: Tally
) -> Version:
    """Read all answers and add them as releases, one for each day on which something was released."""
    meta = metadata("comtrade")
    files: dict[int, list[Path]] = {plan.reporter: [] for plan in plans}
    with store.load(dataset) as work:
        with connect(work, "1GB") as connection:
            register_areas(connection, known_areas())
            for place, (request, answer) in enumerate(api.received):
                plan = next(plan for plan in plans if plan.reporter == request.reporter)
                reading = Reading(connection, work.scratch, place, meta.assertions, tally)
                with forgotten_if_refused(answer):
                    if rows := parsed(answer.read_bytes(), answer.name):
                        cells = answer_cells(connection, answer.name, rows)
                        files[request.reporter].append(reading.prepare(cells, _asked(request, plan), products).file)
        sources = [p.model_dump() for p in meta.publications]
        origins = [{**described(path), "url": url} for path, url in api.used()]
        version = add(store, dataset, list(_releases(plans, files)), sources, origins, tally.note)
    api.forget()
    return version


def _asked(request: Request, plan: _Plan) -> list[Rule]:
    """An answer must be about what was asked."""
    names = {name: code for code, name in NOMENCLATURES.items()}
    as_reported = " or ".join(
        f"(period = '{one.period}' and classificationCode = '{names[one.nomenclature]}')" for one in plan.available
    )
    said = {"period": request.periods, "flowCode": request.flows}
    if request.products:
        said["cmdCode"] = request.products
    return [
        Rule(
            f"try_cast(reporterCode as integer) is distinct from {request.reporter}",
            f"reporterCode is {{reporterCode}}: {request.reporter} was asked for",
        ),
        *(
            Rule(
                f"{name} is null or {name} not in ({', '.join(repr(value) for value in values)})",
                f"{name} is {{{name}}}: that was not asked for",
            )
            for name, values in said.items()
        ),
        Rule(
            f"classificationCode is null or not ({as_reported})",
            "classificationCode is {classificationCode}: not the one in which {period} is said to be reported",
        ),
    ]


def _releases(plans: Sequence[_Plan], files: Mapping[int, list[Path]]) -> Iterator[Release]:
    """One release a reporter and day; periods without a day are dated by the day of loading."""
    for plan in plans:
        for released in sorted({one.released for one in plan.available}, key=lambda day: day or dt.date.max):
            some = [one for one in plan.available if one.released == released]
            day, how = dated(released)
            freq = "A" if len(some[0].period) == 4 else "M"
            reporter = known_areas()[str(plan.reporter)][0]
            slices = tuple(
                Slice(_first_day(one.period), freq, reporter, flow, one.nomenclature, product)
                for one in some
                for flow in plan.flows[one.period]
                for product in plan.products or [ALL]
            )
            rows = release_rows(files[plan.reporter], day, {_first_day(one.period) for one in some})
            yield Release(rows, slices, day, how)


def _first_day(period: str) -> dt.date:
    return dt.date(int(period[:4]), int(period[4:] or 1), 1)
