"""One pass over all watches: judge what is new, keep it, tell those who asked.

Running again on the same data raises nothing again; a run that was killed is taken up by the next; two runs at once
share the work and neither lose nor double a signal.  The exit code says what happened, for cron and systemd.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from straits.store.store import Store
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.regions import region
from straits.watch import annual
from straits.watch.flows import Exposure, Flows, Label, Panel, panel, read_file, read_store
from straits.watch.ledger import Ledger
from straits.watch.records import judge_records
from straits.watch.rhythms import ANNUAL
from straits.watch.signals import Signal, judged, trailing_share
from straits.watch.watches import Watch, Watches

if TYPE_CHECKING:
    from straits.casebook.casebook import Casebook
    from straits.controls.steps import Step

NOTHING_NEW, NEW_SIGNALS, NOT_DELIVERED, NOT_JUDGED = 0, 3, 4, 5


@dataclass
class Report:
    """What a run did: watches judged and skipped (already done on this vintage), new signals, and what went wrong.

    ``revised`` are the months of a watch whose data changed since its last run; ``notes`` say whose reports it looks at.
    """

    judged: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    signals: list[str] = field(default_factory=list)
    revised: dict[str, list[str]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    delivered: dict[str, int] = field(default_factory=dict)
    undelivered: dict[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """5: a watch could not be judged; 4: something waits to be delivered; 3: new signals; 0: nothing new."""
        if self.faults:
            return NOT_JUDGED
        if self.undelivered:
            return NOT_DELIVERED
        return NEW_SIGNALS if self.signals else NOTHING_NEW


def run(
    store: Store,
    watches: Watches,
    only: Sequence[str] = (),
    book: Casebook | None = None,
    deliver: bool = True,
    steps: Sequence[Step] = (),
    as_of: dt.date | None = None,
) -> Report:
    """Judge all watches (or those named ``only``) on the data there is now, or was known on a day, and deliver.

    ``book`` is needed by watches on events and targets; ``steps`` are those of the register of controls.  ``as_of`` is
    for watches on monthly flows of the store (of those not named, only these are judged) and goes forward only: a watch
    that has seen later months is in ``faults``, as is one that cannot be judged; the others go on.
    """
    chosen = (
        [watches.watch(name) for name in only] if only else [w for w in watches.watches if not as_of or has_past(w)]
    )
    ledger, report = Ledger(store.home), Report()
    for watch in chosen:
        try:
            _judge(watch, watches, store, ledger, book, steps, report, as_of)
        except StraitsError as error:
            report.faults[watch.id] = str(error)
    if deliver:
        from straits.watch.deliver import deliver_all

        report.delivered, report.undelivered = deliver_all(watches, ledger)
    return report


def _judge(
    watch: Watch,
    watches: Watches,
    store: Store,
    ledger: Ledger,
    book: Casebook | None,
    steps: Sequence[Step],
    report: Report,
    as_of: dt.date | None = None,
) -> None:
    if as_of and not has_past(watch):
        raise StraitsError(f"watch '{watch.id}' is not on monthly flows of the store: it has no past days (as of)")
    if watch.what.kind == "flows" and watch.rule.rhythm is ANNUAL:
        one, vintage = annual.read(store, watch.what)
        if ledger.is_done(watch.id, watch.definition, vintage):
            report.skipped.append(watch.id)
            return
        signals, months, digests = judge_panel(watch, one, vintage, ledger.last_month(watch.id))
    elif watch.what.kind == "flows":
        flows = flows_of(watch, watches, store, as_of)
        report.notes[watch.id] = list(flows.notes)
        if ledger.is_done(watch.id, watch.definition, flows.vintage):
            report.skipped.append(watch.id)
            return
        last = ledger.last_month(watch.id)
        signals, months, digests = judge_flows(watch, flows, last)
        if as_of and last is not None and last > max(digests):
            raise StraitsError(
                f"watch '{watch.id}' has seen {last} already; as known on {as_of} its data end {max(digests)}: "
                "straits watch backtest replays the past"
            )
        vintage = flows.vintage
    else:
        signals, vintage = judge_records(watch, book, steps)
        if ledger.is_done(watch.id, watch.definition, vintage):
            report.skipped.append(watch.id)
            return
        months, digests = sorted({item["period"] for item in ledger.signals(watch.id)}), {}
    known = len(ledger.revisions(watch.id))
    report.signals += ledger.record(watch.id, watch.definition, vintage, signals, months, digests, watch.who)
    report.judged.append(watch.id)
    if revised := ledger.revisions(watch.id)[known:]:
        report.revised[watch.id] = sorted({item["period"] for item in revised})


def has_past(watch: Watch) -> bool:
    """Whether a watch looks at monthly flows of the store, of which it is kept what was known when."""
    return watch.what.kind == "flows" and watch.rule.rhythm is not ANNUAL and not watch.what.file


# -- flows -----------------------------------------------------------------------------------------------------


def flows_of(watch: Watch, watches: Watches, store: Store, as_of: dt.date | None = None) -> Flows:
    """The flows that a watch looks at, as they are now or were known on a day."""
    what = watch.what
    if watch.rule.rhythm is ANNUAL:
        raise StraitsError(f"watch '{watch.id}' is on annual flows: backtests replay monthly ones")
    if what.file:
        if as_of:
            raise StraitsError(f"watch '{watch.id}' reads {what.file}: a file has no past days; load it as releases")
        flows = read_file(watches.path(what.file), what.exporter)
        flows = flows.where(product=what.products)
        if not len(flows):
            raise StraitsError(f"{what.file} holds none of {', '.join(what.products)}")
        return flows
    return read_store(store, what.products, *scope_of(watch), what.reports, as_of)


def scope_of(watch: Watch) -> tuple[list[str], list[str]]:
    """The exporters and importers whose flows a watch needs; none named is all.  A region: all that ever were in it."""
    what = watch.what
    members = region(what.region).members if what.region else ()
    return [what.exporter] if what.exporter else [], sorted({member.economy for member in members})


def panel_of(watch: Watch, flows: Flows, until: str | None = None) -> Panel:
    """The panel of a watch: destinations of an exporter, or suppliers of a region."""
    what = watch.what
    by = "destinations" if what.exporter else "suppliers"
    far = "importer" if by == "destinations" else "exporter"
    chosen = flows.where(exporter=[what.exporter] if what.exporter else []).where(**{far: what.partner_economies})
    if not len(chosen):
        raise StraitsError(f"watch '{watch.id}': no flows of {what.exporter or what.region} in {flows.source}")
    return panel(chosen, by, what.region, until)


def judge_flows(
    watch: Watch, flows: Flows, last: str | None = None
) -> tuple[list[Signal], list[str], dict[str, str]]:
    """:func:`judge_panel` on monthly flows; the signals' ``parts`` say whose ``reports`` they are from."""
    signals, months, digests = judge_panel(watch, panel_of(watch, flows), flows.vintage, last)
    for signal in signals:
        signal.parts["reports"] = list(flows.notes)
    return signals, months, digests


def judge_panel(
    watch: Watch, one: Panel, vintage: str, last: str | None = None
) -> tuple[list[Signal], list[str], dict[str, str]]:
    """Signals of the months (years) that are new since ``last`` (the first time: of the last ``look_back``).

    Late reports change the last months most, so ``look_back`` of them are always judged again.  Returns also the months
    judged, and each month's checksum.
    """
    back = one.months[-watch.look_back :]
    months = [m for m in one.months if m in back or (last is not None and m > last)]
    signals = judged(
        one,
        watch.rule,
        months,
        watch=watch.id,
        severity=watch.severity,
        vintage=vintage,
        exposure=_exposure(watch, one),
    )
    return signals, months, one.digests()


def _exposure(watch: Watch, one: Panel) -> Callable[[Label, str], Exposure]:
    share = trailing_share(one, watch.rule.rhythm)

    def of(label: Label, month: str) -> Exposure:
        known = share(label, month)
        sources = [*known.sources, *([watch.source_of_exposure] if watch.source_of_exposure else [])]
        return Exposure(known.dependent, watch.critical, watch.replaceable, sources)

    return of


def default_watches(home: Path) -> Path:
    """Where a home keeps its watches."""
    from straits.watch.watches import FOLDER

    return home / FOLDER
