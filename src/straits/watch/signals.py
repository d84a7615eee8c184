"""From scores to signals: what a watch raises for a month, in numbers and in a sentence."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from straits.vocabulary.errors import StraitsError
from straits.vocabulary.regions import in_sentence
from straits.watch.calibration import discoveries, p_values, reference, threshold
from straits.watch.detectors import GROUP_DETECTORS, SERIES_DETECTORS, Scores, detect
from straits.watch.flows import ALL, Exposure, Label, Panel
from straits.watch.ranking import Rank, rank
from straits.watch.rhythms import MONTHLY, Rhythm


@dataclass(frozen=True)
class Signal:
    """One thing that a watch noticed.

    ``subject`` is what it is about (a series, an event, a target), ``period`` the month it shows in; ``score`` and
    ``p`` are ``None`` where nothing was tested.  ``onset`` is false for the months after the first of a run.
    ``parts`` hold the numbers behind it: expected and observed with unit, exposure, what is unknown.
    """

    watch: str
    detector: str
    subject: str
    period: str
    vintage: str
    severity: str
    text: str
    score: float | None = None
    p: float | None = None
    rank: float | None = None
    onset: bool = True
    parts: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The same thing noticed again is the same signal, whatever the vintage."""
        return hashlib.sha256("\0".join((self.watch, self.detector, self.subject, self.period)).encode()).hexdigest()[
            :16
        ]

    def to_dict(self) -> dict[str, Any]:
        """All fields and the id, for JSON."""
        return {"id": self.id, **asdict(self)}


@dataclass(frozen=True)
class Rule:
    """When a score is a signal: ``false_alarms`` a series and year, or ``false_discoveries`` among those raised."""

    detectors: tuple[str, ...]
    false_alarms: float | None = 0.05
    false_discoveries: float | None = None
    rhythm: Rhythm = MONTHLY


UNITS = {"price_jump": "USD a kg", "broad_drop": "errors together", "broad_surge": "errors together"}
Exposed = Callable[[Label, str], Exposure]


def judged(
    panel: Panel,
    rule: Rule,
    months: Sequence[str],
    *,
    watch: str = "",
    severity: str = "medium",
    vintage: str = "",
    exposure: Exposed | None = None,
    known: tuple[dict[str, Scores], dict[str, Scores]] | None = None,
) -> list[Signal]:
    """The signals of some months (years) of a panel: its series, the sums over their groups, and the groups' composition.

    Ordered by month, the strongest first.  A month beyond the panel is a :class:`StraitsError`.  ``known`` are scores
    of the series and of the sums that were made elsewhere, from what was known in each month.
    """
    if strange := [month for month in months if month not in panel.months]:
        raise StraitsError(f"no data for {', '.join(strange)}: the flows end in {panel.months[-1]}")
    singles = [name for name in rule.detectors if name in SERIES_DETECTORS]
    together = [name for name in rule.detectors if name in GROUP_DETECTORS]
    sizes, whole = np.bincount(panel.group), panel.totals()
    several = sizes > 1  # a group of one is its own sum, and has no composition
    value = panel.value if "price_jump" in rule.detectors else None
    settings = rule.rhythm.settings
    if known is not None:
        scores, sums = known
    else:
        scores = detect(panel.flow, value, panel.group if together else None, panel.first_month, settings)
        sums = detect(whole.flow, whole.value, None, whole.first_month, settings) if singles else {}
    found = _raised(panel, panel.labels, scores, singles, rule, months, several[panel.group])
    found += _raised(panel, panel.groups, scores, together, rule, months, several)
    if singles:
        found += _raised(whole, whole.labels, sums, singles, rule, months, None)
    done = [_finished(s, watch, severity, vintage, exposure) for s in found]
    return sorted(
        done, key=lambda s: (s.period, -(s.rank or 0), s.p if s.p is not None else 1, s.subject, s.detector)
    )


def _raised(
    panel: Panel,
    labels: list[Label],
    scores: dict[str, Scores],
    names: list[str],
    rule: Rule,
    months: Sequence[str],
    kept: Any,
) -> list[Signal]:
    if not names:
        return []
    spread = rule.rhythm.spread
    p = p_values({name: scores[name] for name in names}, reference(rule.rhythm), sums=kept is None)
    for values in p.values():
        if kept is not None:
            values[~kept] = np.nan
    places = [panel.months.index(month) for month in months]
    called = {name: np.zeros(values.shape, bool) for name, values in p.items()}
    for t in {u for place in places for u in range(max(0, place - spread), place + 1)}:
        for name, flags in zip(p, _called([values[:, t] for values in p.values()], rule), strict=True):
            called[name][:, t] = flags
    out = []
    for name in names:
        for k, t in np.argwhere(called[name][:, places]):
            month = places[t]
            onset = not called[name][k, max(0, month - spread) : month].any()
            out.append(_signal(panel, labels[k], name, scores[name], p[name], int(k), month, onset, rule.rhythm))
    return out


def _called(columns: list[Any], rule: Rule) -> list[Any]:
    """Which p-values of one month are signals, a detector at a time."""
    if rule.false_discoveries is not None:
        flat = discoveries(np.concatenate(columns), rule.false_discoveries)
        return np.split(flat, np.cumsum([len(c) for c in columns])[:-1])
    limit = threshold(rule.false_alarms or 0.05, len(rule.detectors), rule.rhythm.a_year)
    with np.errstate(invalid="ignore"):
        return [column < limit for column in columns]


def _signal(
    panel: Panel, label: Label, name: str, scores: Scores, p: Any, row: int, month: int, onset: bool, rhythm: Rhythm
) -> Signal:
    unit = panel.unit[row] if name in ("level_drop", "lasting_drop", "surge") else UNITS.get(name, "0 to 1")
    expected, observed = float(scores.expected[row, month]), float(scores.observed[row, month])
    parts = {"expected": _rounded(expected), "observed": _rounded(observed), "unit": unit, "of_a": rhythm.word}
    return Signal(
        "",
        name,
        str(label),
        panel.months[month],
        "",
        "",
        _sentence(label, name, panel.months[month], expected, observed, unit),
        round(float(scores.score[row, month]), 3),
        float(f"{p[row, month]:.3g}"),
        onset=onset,
        parts={**parts, "product": label.product, "exporter": label.exporter, "importer": label.importer},
    )


def _finished(signal: Signal, watch: str, severity: str, vintage: str, exposure: Exposed | None) -> Signal:
    parts = dict(signal.parts)
    label = Label(parts["exporter"], parts["importer"], parts["product"])
    known = exposure(label, signal.period) if exposure else Exposure()
    place: Rank = rank(signal.p if signal.p is not None else 1.0, known)
    parts["exposure"] = {
        "dependent": known.dependent,
        "critical": known.critical,
        "replaceable": known.replaceable,
        "low": place.exposure_low,
        "high": place.exposure_high,
        "unknown": list(place.unknown),
        "sources": known.sources,
    }
    parts["strength"] = place.strength
    changed = {"watch": watch, "severity": severity, "vintage": vintage, "rank": place.rank, "parts": parts}
    return Signal(**{**{k: getattr(signal, k) for k in signal.__dataclass_fields__}, **changed})


def trailing_share(panel: Panel, rhythm: Rhythm = MONTHLY) -> Exposed:
    """Exposure whose dependence is the series' share of its group over the year up to the month (year) asked about."""
    place = {str(label): k for k, label in enumerate(panel.labels)}
    column = {month: t for t, month in enumerate(panel.months)}
    span = rhythm.a_year
    before = "share of the 12 months before" if span > 1 else "share of the year before"
    # The months before the one asked about: a drop would lower, and front-loading raise, its own weight.
    flow = np.where(np.isfinite(panel.flow), panel.flow, 0.0)
    sums = np.concatenate([np.zeros((len(flow), 1)), np.cumsum(flow, axis=1)], axis=1)

    def of(label: Label, month: str) -> Exposure:
        k = place.get(str(label))
        t = column[month]
        if k is None:  # a sum: all of it
            return Exposure(dependent=1.0, sources=["the whole flow that is watched"])
        spans = sums[:, t] - sums[:, max(0, t - span)]
        total = float(spans[panel.group == panel.group[k]].sum())
        share = float(spans[k]) / total if total else None
        return Exposure(dependent=None if share is None else round(share, 4), sources=[before])

    return of


# -- sentences -------------------------------------------------------------------------------------------------


def _sentence(label: Label, name: str, month: str, expected: float, observed: float, unit: str) -> str:
    what = _what(label)
    if name in ("level_drop", "surge"):
        verb = "fell" if name == "level_drop" else "rose"
        return f"{what} {verb} to {amount(observed, unit)} in {month}; {amount(expected, unit)} was expected"
    if name == "lasting_drop":
        return f"{what} were low for three months to {month}: {amount(observed, unit)}; {amount(expected, unit)} was expected"
    if name == "price_jump":
        what = _what(label, start=False)
        return f"The unit value of {what} rose to {priced(observed)} USD a kg in {month}; {priced(expected)} was expected"
    side = "destinations" if label.importer == ALL else "suppliers"
    if name in ("broad_drop", "broad_surge"):
        verb = "fell" if name == "broad_drop" else "rose"
        way = "to" if label.importer == ALL else "from"
        return f"{what} {verb} {way} many {side} at once in {month}"
    if name == "supplier_switch":
        return f"{100 * observed:.0f} % of {_what(label, start=False)} changed {side} by {month}; {100 * expected:.0f} % is usual"
    return f"{what} became concentrated on fewer {side} by {month}: HHI {observed:.2f}; {expected:.2f} was expected"


def _what(label: Label, start: bool = True) -> str:
    if label.exporter == ALL:
        words = f"imports of {label.product} into {in_sentence(label.importer)}"
    elif label.importer == ALL:
        words = f"exports of {label.product} from {in_sentence(label.exporter)}"
    else:
        words = f"exports of {label.product} from {in_sentence(label.exporter)} to {in_sentence(label.importer)}"
    return words[0].upper() + words[1:] if start else words


def amount(number: float, unit: str) -> str:
    """A flow as a reader writes it.

    >>> amount(2725720.0, "kg"), amount(0.0, "kg"), amount(3.2e6, "USD")
    ('2,726 t', '0 t', '3.2 million USD')
    """
    if unit == "kg":
        return f"{number / 1000:,.0f} t" if number >= 10_000 or number == 0 else f"{number:,.0f} kg"
    return f"{number / 1e6:,.1f} million USD" if number >= 1e5 else f"{number:,.0f} {unit}"


def priced(number: float) -> str:
    """A unit value with at least two digits that say something.

    >>> priced(0.0273), priced(105.412), priced(0.6)
    ('0.027', '105.41', '0.60')
    """
    return f"{number:.2f}" if number >= 0.1 or number <= 0 else f"{number:.2g}"


def _rounded(number: float) -> float | None:
    return float(f"{number:.6g}") if np.isfinite(number) else None
