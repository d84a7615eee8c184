"""What watches say on the command line: signals in a list, one explained, a run and a backtest in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from straits.watch.backtest import Result
from straits.watch.calibration import SUM, reference
from straits.watch.detectors import QUESTIONS, SERIES_DETECTORS
from straits.watch.flows import ALL
from straits.watch.ledger import Ledger
from straits.watch.rhythms import RHYTHMS
from straits.watch.risks import Standing
from straits.watch.run import Report
from straits.watch.targets import Progress
from straits.watch.watches import Watch


def listed(signals: Sequence[dict[str, Any]]) -> list[str]:
    """One line a signal."""
    if not signals:
        return ["no signals: `straits watch run` looks for them"]
    return [
        f"{item['id'][:8]}  {item['period']}  {item['severity']:<6}  {item['text']}"
        + ("  (a later vintage no longer shows it)" if item["standing"] == "withdrawn" else "")
        for item in signals
    ]


def shown(watch: Watch, ledger: Ledger, most: int = 10) -> list[str]:
    """A watch: what it looks at, by which rule, who is told, the last month seen, revisions, and its last signals."""
    what = {name: value for name, value in watch.what.model_dump(mode="json").items() if value}
    lines = [
        f"{watch.id}: {watch.title or 'no title'} ({watch.severity})",
        "looks at " + "; ".join(f"{k}: {', '.join(v) if isinstance(v, list) else v}" for k, v in what.items()),
    ]
    if watch.what.kind == "flows":
        rule = watch.rule
        held = (
            f"{rule.false_alarms:g} false alarms a series and year, all detectors together"
            if rule.false_alarms
            else f"{100 * (rule.false_discoveries or 0):g} % false discoveries a {rule.rhythm.word}"
        )
        lines += [f"{watch.freq}; rule: {', '.join(rule.detectors)}; {held}"]
    lines.append(f"tells {', '.join(watch.who) or 'nobody: see `straits watch list`'}")
    lines.append(f"last {watch.rule.rhythm.word} seen: {ledger.last_month(watch.id) or 'none yet'}")
    if revised := ledger.revisions(watch.id):
        lines.append(f"history changed by later vintages: {', '.join(sorted({item['period'] for item in revised}))}")
    return lines + listed(ledger.signals(watch.id, most=most))


def explained(signal: dict[str, Any]) -> list[str]:
    """A signal of :meth:`Ledger.signal`: what was expected and came, how rare, what hangs on it, which data, who was told."""
    parts = signal["parts"]
    lines = [
        signal["text"],
        f"watch {signal['watch']}, {signal['detector']}, {signal['period']}, severity {signal['severity']}",
    ]
    if signal["detector"] in QUESTIONS:
        lines.append(f"asked: {QUESTIONS[signal['detector']]}")
        lines.append(f"expected {parts['expected']}, observed {parts['observed']} ({parts['unit']})")
        lines.append(
            f"score {signal['score']}: when nothing happens {signal['p']:.2g} of the {parts.get('of_a', 'month')}s of such "
            f"a series score as high (computed; a score of {_threshold(signal):.1f} is passed once in 1,000)"
        )
    lines += [f"data: {note}" for note in parts.get("reports", [])]
    if exposure := parts.get("exposure"):
        said = ", ".join(
            f"{k} {'unknown' if exposure[k] is None else exposure[k]}"
            for k in ("dependent", "critical", "replaceable")
        )
        lines.append(
            f"exposure {exposure['low']:.2g} to {exposure['high']:.2g}: {said}; {'; '.join(exposure['sources'])}"
        )
        lines.append(
            f"rank {signal['rank']} = strength {parts['strength']} x exposure at worst {exposure['high']:.2g}"
        )
    if "measure" in parts:
        lines.append(
            f"register of controls: {parts['measure']}, as of {parts['as_of']}; {'; '.join(parts['sources'])}"
        )
        if parts["events"]:
            lines.append(f"the casebook has it as {', '.join(parts['events'])}")
    if "record" in parts:
        lines.append(f"casebook record {parts['record']}, source {parts['source']}, {parts['locator']}")
    if "records" in parts:
        lines.append(f"casebook records {', '.join(parts['records'])}, as of {parts['as_of']}")
    lines += [f"data version {item['vintage']}: {item['standing']} ({item['at']})" for item in signal["sightings"]]
    lines += [
        f"{item['channel']}: {item['state']} after {item['tries']} tries"
        + (f" ({item['fault']})" if item["fault"] else "")
        for item in signal["deliveries"]
    ]
    return lines


def _threshold(signal: dict[str, Any]) -> float:
    rhythm = next(one for one in RHYTHMS.values() if one.word == signal["parts"].get("of_a", "month"))
    tails = reference(rhythm)[signal["detector"]]
    whole = ALL in (signal["parts"].get("importer"), signal["parts"].get("exporter"))
    kind = SUM if whole and signal["detector"] in SERIES_DETECTORS else "steady"
    return tails[kind].score_at(0.001)


def reported(report: Report) -> list[str]:
    """What a run did."""
    lines = [
        f"{len(report.judged)} judged, {len(report.skipped)} already done on these data, {len(report.signals)} new signals"
    ]
    lines += [f"{watch}: {note}" for watch, notes in report.notes.items() for note in notes]
    lines += [f"{watch}: history changed in {', '.join(months)}" for watch, months in report.revised.items()]
    lines += [f"{channel}: {count} signals sent" for channel, count in report.delivered.items()]
    lines += [f"{watch}: not judged: {fault}" for watch, fault in report.faults.items()]
    return lines + [f"not delivered: {fault}" for fault in report.undelivered.values()]


def backtested(result: Result) -> list[str]:
    """A backtest in sentences."""
    lines = [f"{result.title}; {result.rule}; {result.months} months"]
    if result.events:
        lines.append(f"{result.found} of {result.events} known events found in time")
    if result.lead_force:
        lines.append(
            f"first signal, median: {median(result.lead_announced):+g} months from the announcement, "
            f"{median(result.lead_force):+g} from force (month of the data; add the months until they are published)"
        )
    lines.append(
        f"{result.false_alarms_a_month:.2f} alarms a month with no known event behind them; of {result.signals} signals "
        f"{result.false_signals}"
    )
    if result.top_ten:
        lines.append(f"top ten of each month: {result.top_ten_right} of {result.top_ten} right")
    if result.publication is not None:
        lines.append(f"the data of a month were out within {result.publication} month(s)")
    return lines + [f"note: {note}" for note in result.notes]


# -- trackers --------------------------------------------------------------------------------------------------

INDENT = " " * 11


def targets(found: Sequence[Progress]) -> Iterator[str]:
    """Targets by technology: how each stands, and the records that say so."""
    if found:
        yield f"As of {found[0].parts['as_of']}, the casebook's newest source."
    for technology in dict.fromkeys(one.target.technology for one in found):
        yield f"\n{technology}"
        for one in found:
            if one.target.technology == technology:
                yield f"  {one.status:9}{one.text}"
                note = f"; {one.target.note}" if one.target.note else ""
                yield f"{INDENT}records: {', '.join(one.target.records)}{note}"


def risks(found: Sequence[Standing]) -> Iterator[str]:
    """Risks, what is new first: who may lose what to whom by which route, how far it went, and the statements."""
    for one in found:
        risk = one.risk
        mark = "new: " if one.new else ""
        yield f"{one.period or 'undated':11}{mark}{risk.title} ({risk.technology})"
        yield f"{INDENT}{risk.holder} to {risk.towards} by {risk.route}: {risk.state}"
        for name, statement in zip(risk.records, one.statements, strict=True):
            yield f"{INDENT}- {statement} ({name})"
        if risk.note:
            yield f"{INDENT}note: {risk.note}"
