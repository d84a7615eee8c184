"""Would it have been seen?  History replayed month by month, each judged on what was known then.

Known events are found when a signal on their product comes between the month before the announcement and three months
after force; recall, lead against announcement and against force, false alarms a month, false discoveries, and how many
of the ten highest-ranked signals were right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from straits.vocabulary.errors import StraitsError
from straits.watch.calibration import SPREAD, discoveries, onsets, p_values, threshold
from straits.watch.detectors import (
    DEFAULT,
    GROUP_DETECTORS,
    SERIES_DETECTORS,
    Online,
    Scores,
    Settings,
    assembled,
    store,
)
from straits.watch.ranking import STRONGEST
from straits.watch.world import Event, World

if TYPE_CHECKING:
    import datetime as dt

    from straits.store.store import Store
    from straits.watch.flows import Flows
    from straits.watch.history import History
    from straits.watch.watches import Watch, Watches

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
FIRST = 36  # months of the past before the first that is judged
LATE = 3  # months after force in which a signal still counts as early warning


# -- vintages --------------------------------------------------------------------------------------------------


def replay(
    quantity: Sequence[npt.NDArray[np.floating]],
    value: Sequence[npt.NDArray[np.floating]] | None = None,
    group: npt.NDArray[np.int64] | None = None,
    first_month: int = 1,
    settings: Settings = DEFAULT,
    block: int = 10_000,
) -> dict[str, Scores]:
    """The scores of each month on the data as known in that month.

    ``quantity`` and ``value`` hold one array (series x months) for each age of a release: the first release, a month
    later, ..., final.  In month t, month t is known by its first release, month t - 1 by its second, and so on.
    Equal to :func:`straits.watch.detectors.detect` on the panel of each month, last column, at the cost of as many
    passes as there are ages, not months.
    """
    rows = len(quantity[0])
    cuts = _cuts(rows, block, group)
    parts = [
        _replay_block(
            [q[a:b] for q in quantity],
            None if value is None else [v[a:b] for v in value],
            None if group is None else group[a:b],
            first_month,
            settings,
        )
        for a, b in pairwise(cuts)
    ]
    return assembled(parts)


def _cuts(rows: int, block: int, group: npt.NDArray[np.int64] | None) -> list[int]:
    cuts = [0]
    while cuts[-1] < rows:
        end = min(cuts[-1] + block, rows)
        if group is not None and end < rows:
            end = int(np.searchsorted(group, group[end - 1], side="right"))
        cuts.append(end)
    return cuts


def _replay_block(
    quantity: list[Any], value: list[Any] | None, group: Any, first_month: int, settings: Settings
) -> dict[str, tuple[Any, ...]]:
    ages, months = len(quantity), quantity[0].shape[1]
    final = Online.fresh(len(quantity[0]), first_month, group, value is not None, settings)

    def column(age: int, t: int) -> tuple[Floats, Floats | None]:
        return quantity[age][:, t].astype(float), None if value is None else value[age][:, t].astype(float)

    out: dict[str, tuple[Any, ...]] = {}
    for t in range(months):
        found = {}
        if t >= ages - 1:
            found = final.step(*column(ages - 1, t - ages + 1)).scores
        if ages > 1:
            state = final.copy()
            for back in range(min(ages - 1, t + 1) - 1, -1, -1):
                found = state.step(*column(back, t - back)).scores
        store(out, found, t, months)
    return out


# -- what was raised -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Raised:
    """One signal of a backtest: where, when, how strong, and whether a known event is behind it."""

    product: int
    member: int  # -1: the product as a whole
    detector: str
    month: int
    p: float
    rank: float
    onset: bool
    event: int | None


@dataclass
class Result:
    """What a backtest came to; leads are in months, negative is before, and count from the month the data are of.

    ``publication`` months are to be added for the time until the data are out, where it is known; ``notes`` say on
    which data the past was judged.
    """

    title: str
    rule: str
    events: int
    found: int
    lead_announced: list[int]
    lead_force: list[int]
    months: int
    signals: int
    false_signals: int
    false_share_by_month: float
    false_alarms_a_month: float
    top_ten: int
    top_ten_right: int
    events_in_top_ten: int
    detail: list[dict[str, Any]] = field(default_factory=list)
    publication: int | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float | None:
        """Share of the events found."""
        return self.found / self.events if self.events else None

    @property
    def false_discoveries(self) -> float | None:
        """Share of the signals that no known event is behind."""
        return self.false_signals / self.signals if self.signals else None

    @property
    def precision_top_ten(self) -> float | None:
        """Share of the ten highest-ranked signals of each month that were right (fewer where fewer were raised)."""
        return self.top_ten_right / self.top_ten if self.top_ten else None

    def to_dict(self) -> dict[str, Any]:
        """All numbers, for JSON."""
        return {
            **asdict(self),
            "recall": self.recall,
            "false_discoveries": self.false_discoveries,
            "precision_top_ten": self.precision_top_ten,
            "median_lead_announced": median(self.lead_announced) if self.lead_announced else None,
            "median_lead_force": median(self.lead_force) if self.lead_force else None,
        }


def called(
    p: Mapping[str, Floats], detectors: Sequence[str], false_alarms: float | None, false_discoveries: float | None
) -> dict[str, Flags]:
    """Which p-values are signals, month by month: by a rate of false alarms or of false discoveries."""
    if false_discoveries is None:
        limit = threshold(false_alarms or 0.05, len(detectors))
        with np.errstate(invalid="ignore"):
            return {name: p[name] < limit for name in detectors}
    flags = {name: np.zeros(p[name].shape, bool) for name in detectors}
    sizes = np.cumsum([len(p[name]) for name in detectors])[:-1]
    for t in range(p[detectors[0]].shape[1]):
        month = discoveries(np.concatenate([p[name][:, t] for name in detectors]), false_discoveries)
        for name, part in zip(detectors, np.split(month, sizes), strict=True):
            flags[name][:, t] = part
    return flags


@dataclass
class Judged:
    """A replayed world: p-values of the products as wholes (with composition) and of their members, and shares."""

    world: World
    whole: dict[str, Floats]
    members: dict[str, Floats]
    share: npt.NDArray[np.float32]  # of the product's flow in the twelve months before


def judge(made: World) -> Judged:
    """Replay a world on its releases: the products' sums, their composition, and each partner."""
    group = np.repeat(np.arange(made.products, dtype=np.int64), made.partners)
    starts = np.arange(made.products) * made.partners
    sums = [[_summed(array, starts) for array in kind] for kind in (made.quantity, made.value)]
    whole = replay(sums[0], sums[1])
    members = replay(made.quantity, made.value, group)
    shares = _shares(np.nan_to_num(made.quantity[-1]), starts, made.partners)
    p_whole = p_values({name: whole[name] for name in SERIES_DETECTORS}, sums=True)
    p_whole |= p_values({name: members[name] for name in GROUP_DETECTORS})
    return Judged(made, p_whole, p_values({name: members[name] for name in SERIES_DETECTORS}), shares)


def _summed(array: npt.NDArray[np.floating], starts: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Sums over the members, with a missing row counted as the month before would have it: nothing is known of it."""
    filled = np.array(array, dtype=np.float32)
    for t in range(1, filled.shape[1]):
        gone = np.isnan(filled[:, t])
        filled[gone, t] = filled[gone, t - 1]
    return np.asarray(np.add.reduceat(np.nan_to_num(filled), starts, axis=0))


def _shares(quantity: npt.NDArray[np.float32], starts: Any, partners: int) -> npt.NDArray[np.float32]:
    sums = np.cumsum(quantity, axis=1)
    year = np.zeros_like(sums)
    year[:, 12:] = sums[:, 11:-1]
    year[:, 13:] -= sums[:, :-13]
    total = np.add.reduceat(year, starts, axis=0).repeat(partners, axis=0)
    return np.asarray(year / np.maximum(total, 1), np.float32)


def raised(
    judged_: Judged, false_alarms: float | None = None, false_discoveries: float | None = 0.1, first: int = FIRST
) -> list[Raised]:
    """All signals of a replayed world from month ``first`` on.

    Products as wholes and their members are two families: the rate holds in each.
    """
    by_product: dict[int, list[tuple[int, Event]]] = {}
    for number, event in enumerate(judged_.world.events):
        by_product.setdefault(event.product, []).append((number, event))
    out: list[Raised] = []
    for p, detectors, members in (
        (judged_.whole, (*SERIES_DETECTORS, *GROUP_DETECTORS), False),
        (judged_.members, SERIES_DETECTORS, True),
    ):
        for name, flags in called(p, detectors, false_alarms, false_discoveries).items():
            new = onsets(flags)
            for k, t in np.argwhere(flags[:, first:]):
                row, month = int(k), int(t) + first
                product = row // judged_.world.partners if members else row
                value = float(p[name][row, month])
                weight = float(judged_.share[row, month]) if members else 1.0
                strength = min(STRONGEST, -np.log10(max(value, 1e-300)))
                behind = next((n for n, e in by_product.get(product, []) if e.about(month)), None)
                out.append(
                    Raised(
                        product, row if members else -1, name, month, value, strength * weight,
                        bool(new[row, month]), behind,
                    )
                )  # fmt: skip
    return out


def evaluate(signals: Sequence[Raised], events: Sequence[Event], months: int, title: str, rule: str) -> Result:
    """Recall, leads, false alarms and the top ten of a list of signals over so many months."""
    first: dict[int, int] = {}
    for one in signals:
        if one.event is not None and one.month <= events[one.event].in_force + LATE:
            first[one.event] = min(first.get(one.event, 10**6), one.month)
    false = {(one.product, one.month) for one in signals if one.event is None and one.onset}
    top, right, reached = 0, 0, set()
    by_month: dict[int, list[Raised]] = {}
    for one in signals:
        if one.onset:
            by_month.setdefault(one.month, []).append(one)
    for month in sorted(by_month):
        best: dict[int, Raised] = {}
        for one in sorted(by_month[month], key=lambda s: (-s.rank, s.p, s.product, s.member)):
            best.setdefault(one.product, one)
        for one in list(best.values())[:10]:
            top += 1
            right += one.event is not None
            if one.event is not None and month <= events[one.event].in_force + LATE:
                reached.add(one.event)
    products = {(one.product, one.month, one.event) for one in signals}
    return Result(
        title,
        rule,
        len(events),
        len(first),
        sorted(first[n] - events[n].announced for n in first),
        sorted(first[n] - events[n].in_force for n in first),
        months,
        len(products),
        sum(event is None for _, _, event in products),
        _false_share(signals, months),
        len(false) / months,
        top,
        right,
        len(reached),
        [
            {
                "product": event.product,
                "drop": event.drop,
                "reach": round(event.reach, 3),
                "lost": round(event.drop * event.reach, 3),
                "front": round(event.front, 2),
                "notice": event.in_force - event.announced,
                "found": number in first,
                "lead_announced": first[number] - event.announced if number in first else None,
                "lead_force": first[number] - event.in_force if number in first else None,
            }
            for number, event in enumerate(events)
        ],
    )


def _false_share(signals: Sequence[Raised], months: int) -> float:
    """The mean over the months of the share of false ones among a month's signals (none raised: none false).

    This is what a rate of false discoveries promises; over calm months it is more than the share of all signals.
    """
    of_month: dict[int, list[bool]] = {}
    for one in signals:
        of_month.setdefault(one.month, []).append(one.event is None)
    return sum(sum(false) / len(false) for false in of_month.values()) / months


def known_events_of(
    months: Sequence[str], signals: Sequence[Any], events: Sequence[Mapping[str, str]], title: str, rule: str
) -> Result:
    """The same measures for real signals (:class:`straits.watch.signals.Signal`) and events with dates.

    ``events`` give ``product``, ``announced`` and ``in_force`` as months; a signal on the product within the window
    belongs to the event.
    """
    place = {month: k for k, month in enumerate(months)}
    codes = sorted({str(event["product"]) for event in events} | {str(s.parts["product"]) for s in signals})
    number = {code: k for k, code in enumerate(codes)}
    subjects = {name: k for k, name in enumerate(sorted({one.subject for one in signals}))}
    made = [
        Event(
            number[str(e["product"])], place[e["announced"]], place[e["in_force"]], place[e["in_force"]] + SPREAD,
            float("nan"), float("nan"), float("nan"), float("nan"), (), False,
        )
        for e in events
    ]  # fmt: skip
    shown = []
    for one in signals:
        product, month = number[str(one.parts["product"])], place[one.period]
        behind = next((n for n, e in enumerate(made) if e.product == product and e.about(month)), None)
        member = -1 if "all" in (one.parts["importer"], one.parts["exporter"]) else subjects[one.subject]
        shown.append(Raised(product, member, one.detector, month, one.p or 1.0, one.rank or 0.0, one.onset, behind))
    judged_months = max(1, len(months) - FIRST)
    return evaluate(shown, made, judged_months, title, rule)


def of_watch(
    watch: Watch,
    flows: Flows,
    events: Sequence[Mapping[str, str]] = (),
    past: History | None = None,
    notes: Sequence[str] = (),
) -> Result:
    """What a watch would have raised, month by month: on ``past`` as it was known then, else on ``flows``, final data.

    ``events`` are known ones (``product``, ``announced`` and ``in_force`` as months); without any, all alarms count as
    false, which bounds their number.
    """
    from straits.watch.run import panel_of
    from straits.watch.signals import judged as judged_signals
    from straits.watch.signals import trailing_share

    one = past.panel if past else panel_of(watch, flows)
    if len(one.months) <= FIRST:
        raise StraitsError(
            f"watch '{watch.id}': {len(one.months)} months of data; a backtest needs more than {FIRST}"
        )
    known = _dated(events, one.months)
    signals = judged_signals(
        one,
        watch.rule,
        one.months[FIRST:],
        watch=watch.id,
        exposure=trailing_share(one),
        known=replayed(watch, past) if past else None,
    )
    rate = watch.rule.false_alarms
    rule = (
        f"{rate:g} false alarms a series and year" if rate else f"{watch.rule.false_discoveries:g} false discoveries"
    )
    result = known_events_of(one.months, signals, known, watch.title or watch.id, rule)
    result.notes = [*(past.notes if past else ()), *notes]
    result.publication = past.publication if past else None
    return result


def of_store(
    watch: Watch,
    watches: Watches,
    store: Store,
    events: Sequence[Mapping[str, str]] = (),
    as_of: dt.date | None = None,
    publication: int | None = None,
) -> Result:
    """:func:`of_watch` on the releases in the store; where they say nothing of the past, the notes say so."""
    from straits.watch.history import history, why_not
    from straits.watch.run import flows_of

    flows = flows_of(watch, watches, store, as_of)
    if reason := why_not(store, watch, as_of):
        return of_watch(watch, flows, events, notes=[reason, *flows.notes])
    return of_watch(watch, flows, events, history(watch, store, as_of, publication), flows.notes)


def replayed(watch: Watch, past: History) -> tuple[dict[str, Scores], dict[str, Scores]]:
    """Scores of the series and of their sums, each month on what was known of it and of the months before."""
    one, settings = past.panel, watch.rule.rhythm.settings
    prices = "price_jump" in watch.rule.detectors
    together = any(name in GROUP_DETECTORS for name in watch.rule.detectors)
    series = replay(
        past.flow, past.value if prices else None, one.group if together else None, one.first_month, settings
    )
    whole = [replace(one, flow=f, value=v).totals() for f, v in zip(past.flow, past.value, strict=True)]
    sums = replay([w.flow for w in whole], [w.value for w in whole], None, one.first_month, settings)
    return series, sums


def _dated(events: Sequence[Mapping[str, str]], months: Sequence[str]) -> list[dict[str, str]]:
    """Known events with their months, which must be in the data."""
    from straits.watch.flows import check_month

    known = []
    for number, event in enumerate(events, 1):
        try:
            dates = {name: check_month(event[name]) for name in ("announced", "in_force")}
        except (KeyError, ValueError) as error:
            raise StraitsError(f"event {number}: {error}: give product, announced and in_force (2023-10)") from None
        if not months[0] <= dates["announced"] <= dates["in_force"] <= months[-1]:
            raise StraitsError(f"event {number}: its months are not between {months[0]} and {months[-1]}, in order")
        known.append({"product": str(event.get("product", "")), **dates})
    return known
