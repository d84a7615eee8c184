"""How answers of the register read on a terminal: plain text, unknown said as unknown, the source below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from straits.controls import answers as shown
from straits.controls.nomenclature import Conversion
from straits.controls.records import put_off

UNKNOWN = "unknown"


def told(answer: Any) -> Iterator[str]:
    """The lines for any answer of the register."""
    if isinstance(answer, tuple | list):
        if not answer:
            yield "nothing in the register fits"
        elif isinstance(answer[0], shown.MeasureLine):
            yield from _measures(answer)
        else:
            for item in answer:
                yield from told(item)
        return
    yield from _TELLERS[type(answer)](answer)


def text(answer: Any) -> str:
    """The same as one text."""
    return "\n".join(told(answer))


def _begins(in_force: str | None, suspended: str | None) -> str:
    if put_off(in_force, suspended):
        return f"was to be in force {in_force}, suspended before"
    return f"in force {in_force or UNKNOWN}"


def _measures(lines: Sequence[shown.MeasureLine]) -> Iterator[str]:
    for line in lines:
        yield f"{line.id}  [{line.kind}, {line.status}]  {line.name}"
        yield (
            f"    {line.state} to {', '.join(line.targets)}; announced {line.announced or UNKNOWN}, "
            + _begins(line.in_force, line.suspended)
            + (f", suspended {line.suspended}" if line.suspended else "")
            + (f", ended {line.ended}" if line.ended else "")
            + ("" if line.confirmed else "; not confirmed at the source")
        )


def _instrument(item: shown.InstrumentShown) -> Iterator[str]:
    yield f"{item.id}  {item.name} ({item.state}, {item.status})"
    if item.category:
        yield f"    {item.category}"
    yield f"    {item.statement}"
    yield f"    first issued {item.first_issued or UNKNOWN}, last revised {item.last_revised or UNKNOWN}" + (
        f", ended {item.ended}" if item.ended else ""
    )
    yield (
        f"    list public: {item.public_list}; discretion: {item.discretion}; clause on retaliation: "
        f"{item.retaliation_clause}; reaches abroad: {item.extraterritorial}"
    )
    if item.purposes:
        yield f"    purposes: {', '.join(item.purposes)}"
    if item.measures:
        yield f"    measures: {', '.join(item.measures)}"
    yield from _sources(item.sources)
    if item.note:
        yield f"    note: {item.note}"
    yield ""


def _measure(item: shown.MeasureShown) -> Iterator[str]:
    yield f"{item.id}  {item.name}"
    yield f"    {item.kind} of {item.state}, under {item.instrument_name} ({item.instrument}); on {item.on}: {item.status}"
    yield f"    targets: {', '.join(item.targets)}" + (f"; spared: {', '.join(item.spared)}" if item.spared else "")
    dates = [f"announced {item.announced or UNKNOWN}", _begins(item.in_force, item.suspended)]
    dates += [f"suspended {item.suspended}", f"until {item.suspended_until or UNKNOWN}"] if item.suspended else []
    dates += [f"ended {item.ended}"] if item.ended else []
    yield f"    {', '.join(dates)}; the sources tell up to {item.as_of}"
    if item.reach:
        yield f"    reach: {item.reach}"
    for thing in item.items:
        yield from _item(thing)
    for aim in item.purposes:
        yield f"    purpose ({aim.basis}): {aim.purpose} [{aim.source.citation}, {aim.source.locator}]"
    if not item.purposes:
        yield "    purpose: unknown"
    for word, links in (("answers", item.answers), ("answered by", item.answered_by)):
        for link in links:
            yield f"    {word} {link.measure} {link.name} ({link.basis})"
    for word, names in (
        ("replaces", item.replaces),
        ("replaced by", item.replaced_by),
        ("amends", item.amends),
        ("amended by", item.amended_by),
    ):
        if names:
            yield f"    {word} {', '.join(names)}"
    for event in item.events:
        yield f"    event {event.id}: {event.title} ({event.announced or event.in_force or event.ended})"
    yield from _sources(item.sources)
    if not item.confirmed:
        yield "    dates or items are public knowledge, not read at the source"
    if item.note:
        yield f"    note: {item.note}"


def _item(item: shown.ItemShown) -> Iterator[str]:
    what = f"{item.what} (technology or software)" if item.technology and "technology" not in item.what else item.what
    more = f"; {', '.join(item.parameters)}" if item.parameters else ""
    entries = f"; {', '.join(item.entries)}" if item.entries else ""
    yield f"    - {what}{more}{entries}"
    for code in item.codes:
        share = "all of the six digits" if code.whole else "part of the six digits"
        basket = f"; basket: {code.basket}" if code.basket else ""
        yield f"        {code.code}  {share}: {code.what}{basket}"
    if item.codes_unknown:
        yield f"        codes unknown: {item.codes_unknown}"


def _sources(sources: Iterable[shown.SourceShown]) -> Iterator[str]:
    for source in sources:
        yield f"    {source.citation}, {source.locator}"


def _timeline(answer: shown.Timeline) -> Iterator[str]:
    for row in answer.rows:
        names = f"  [{', '.join((*row.measures, *row.events))}]"
        by = f" ({', '.join(row.by)}" + (f" to {', '.join(row.targets)})" if row.targets else ")") if row.by else ""
        yield f"{row.date:<10}  {row.step:<15}  {row.title}{by}{names}"
    yield f"{len(answer.rows)} dated steps, {answer.events} events of the casebook among them ({answer.linked} linked)"
    yield from (f"note: {note}" for note in answer.notes)


def _covers(answer: shown.Covers) -> Iterator[str]:
    yield f"{answer.asked}, read as {answer.read_as}" + (f": {answer.what}" if answer.what else "")
    if answer.basket:
        yield f"    basket: it also holds {answer.basket}"
    for cover in answer.covers:
        yield f"{cover.measure}  [{cover.extent}; {cover.kind}, {cover.status}]  {cover.name}: {'; '.join(cover.items)}"
        yield f"    {cover.match}: {cover.because}"
        yield f"    {cover.state} to {', '.join(cover.targets)}; {_begins(cover.in_force, cover.suspended)}"
        yield from _sources(cover.sources[:1])
    if not answer.covers:
        yield "    no measure of the register"
    yield from (f"note: {note}" for note in answer.notes)


def _found(answer: shown.Found) -> Iterator[str]:
    several = {"annex entry": "annex entries"}
    kinds = ", ".join(
        f"{number} {kind if number == 1 else several.get(kind, f'{kind}s')}"
        for kind, number in answer.by_kind.items()
    )
    yield f"'{answer.query}': {kinds or 'nothing'} (searched: {', '.join(answer.searched)})"
    for hit in answer.hits:
        yield f"[{hit.kind}] {hit.id}{f', {hit.date}' if hit.date else ''}: {hit.text}"
        if hit.source:
            yield f"    {hit.source}"


def _threshold(answer: shown.ThresholdAnswer) -> Iterator[str]:
    figures = ", ".join(f"{name} {value:g}" for name, value in answer.parameters.items())
    yield f"{figures}: caught: {answer.verdict}"
    for rule in answer.rules:
        caught = {True: "caught", False: "free", None: "open"}[rule.caught]
        yield f"  {caught:<7} {rule.words}  ({rule.because})  [{rule.measure}]"
        yield f"    since {rule.since}{f', until {rule.until}' if rule.until else ''}; {rule.source.citation}, {rule.source.locator}"
    yield from (f"note: {note}" for note in answer.notes)


def _coverage(answer: shown.Coverage) -> Iterator[str]:
    yield f"imports of {answer.of} from {answer.on} under {answer.on}'s controls ({', '.join(answer.kinds)})"
    for row in (*answer.total, *(row for row in answer.rows if row.high_usd)):
        by = f"  {', '.join(row.measures)}" if row.measures else ""
        yield f"{row.year}  {row.name:<24} {_interval(row.share_low, row.share_high):>16}  of USD {row.imports_usd / 1e6:,.1f} m{by}"
        if row.basket:
            yield f"      basket: {row.basket}"
    for growth in answer.growth:
        if (
            growth.change_high is not None
            and growth.by_controls_high is not None
            and growth.by_trade_high is not None
        ):
            yield (
                f"{growth.group}, {growth.first} to {growth.last}: upper bound {100 * growth.change_high:+.1f} points "
                f"({100 * growth.by_controls_high:+.1f} by new controls, {100 * growth.by_trade_high:+.1f} by trade that moved), "
                f"lower bound {100 * (growth.change_low or 0):+.1f} points"
            )
    yield from (f"note: {note}" for note in answer.notes)


def _interval(low: float | None, high: float | None) -> str:
    """A share with its bounds, in per cent.

    >>> _interval(0.0, 0.07), _interval(1.0, 1.0), _interval(None, None)
    ('0.0 to 7.0 %', '100.0 %', 'unknown')
    """
    if low is None or high is None:
        return UNKNOWN
    return f"{100 * low:.1f} %" if low == high else f"{100 * low:.1f} to {100 * high:.1f} %"


def _conversion(answer: Conversion) -> Iterator[str]:
    targets = ", ".join(answer.targets) or "nothing"
    yield f"{answer.code} in {answer.to}: {targets}  ({answer.words})"
    if answer.preferred and len(answer.targets) > 1:
        yield f"    the publisher's own conversion takes {answer.preferred}"
    if answer.also_from:
        yield f"    the same codes come from {', '.join(answer.also_from)} too"
    if answer.steps:
        yield f"    by {'; '.join(answer.steps)}" + (f" ({', '.join(answer.sources)})" if answer.sources else "")


_TELLERS: dict[type, Callable[[Any], Iterator[str]]] = {
    shown.InstrumentShown: _instrument,
    shown.MeasureShown: _measure,
    shown.Timeline: _timeline,
    shown.Covers: _covers,
    shown.Found: _found,
    shown.ThresholdAnswer: _threshold,
    shown.Coverage: _coverage,
    Conversion: _conversion,
}
