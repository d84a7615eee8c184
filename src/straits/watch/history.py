"""What was known in each month: the flows of a watch at each age of their releases, for a replay of the past.

The data of month t are judged at the end of month t + publication, on the releases dated by then.  The publication is
the delay by which nine in ten of the months were out.  Months before the first release are judged on that one: of
them nothing earlier is known, and the notes say so.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from straits.store.store import Store
from straits.store.vintages import Releases
from straits.vocabulary.errors import StraitsError
from straits.watch.flows import Flows, Panel, aligned, month_of, number_of, read_days
from straits.watch.run import scope_of
from straits.watch.watches import Watch

Floats = npt.NDArray[np.float64]
OUT = 0.9  # of the months are out after the publication delay
MOST = 3e8  # numbers that are held at once


@dataclass(frozen=True)
class History:
    """The panel as known last, and its arrays (series x months) at each age: first release, a month later, ..., final.

    ``flow`` and ``value`` are what :func:`straits.watch.backtest.replay` takes; ``publication`` is in months,
    ``first`` the day of the first release, ``releases`` the number of days with one.
    """

    panel: Panel
    flow: list[Floats]
    value: list[Floats]
    publication: int
    first: dt.date
    releases: int

    @property
    def notes(self) -> list[str]:
        """What the replay rests on, in sentences."""
        notes = [
            f"replayed on {self.releases} releases: each month as known {self.publication} month(s) after its end"
        ]
        start = number_of(f"{self.first:%Y-%m}") - self.publication
        if start > number_of(self.panel.months[0]):
            notes.append(
                f"the first release is of {self.first}: months before {month_of(start)} are judged on what it said"
            )
        return [*notes, "exposure and units are those of the data as known last"]

    def known(self, month: str) -> dt.date:
        """The day on whose knowledge a month is judged: the end of the month so many months later."""
        return max(self.first, end_of(number_of(month) + self.publication))


def end_of(month: int) -> dt.date:
    """The last day of the month with that number.

    >>> end_of(12 * 2024 + 1)
    datetime.date(2024, 2, 29)
    """
    following = month + 1
    return dt.date(following // 12, following % 12 + 1, 1) - dt.timedelta(1)


def why_not(store: Store, watch: Watch, as_of: dt.date | None = None) -> str | None:
    """Why the past of a watch cannot be replayed as it was known; ``None`` when it can."""
    final = "only one vintage is known: the replay uses final data, which is kinder than the past was"
    if watch.what.file:
        return f"{watch.what.file} is one file; {final}"
    with Releases(store, watch.what.products, below=True) as releases:
        slices = releases.reported(as_of).to_pylist()
        days = [day for day in releases.days() if as_of is None or day <= as_of]
    if slices and all(row["dated"] == "loaded" for row in slices):
        return f"no release says when it was published, only when it was loaded; {final}"
    return f"all data are of one release; {final}" if len(days) < 2 else None


def history(watch: Watch, store: Store, as_of: dt.date | None = None, publication: int | None = None) -> History:
    """The flows of a watch at each age; see :func:`why_not` for when that says nothing.

    ``as_of`` leaves out later releases; ``publication`` sets the delay in months.
    """
    what = watch.what
    with Releases(store, what.products, below=True) as releases:
        days = [day for day in releases.days() if as_of is None or day <= as_of]
    found: list[tuple[dt.date, Flows]] = []
    states = read_days(store, what.products, days, *scope_of(watch), what.reports)
    for day, flows in zip(days, states, strict=True):
        chosen = _chosen(watch, flows)
        if len(chosen) and not (found and _same(found[-1][1], chosen)):
            found.append((day, chosen))
    if not found:
        raise StraitsError(f"watch '{watch.id}': no flows of {what.exporter or what.region} in {store.home}")
    days = [day for day, _ in found]
    panel, arrays = aligned(
        [flows for _, flows in found], "destinations" if what.exporter else "suppliers", what.region
    )
    if 2 * len(arrays) * panel.flow.size > MOST:
        raise StraitsError(
            f"watch '{watch.id}': {len(panel.labels):,} series x {len(panel.months)} months x {len(days)} releases are "
            "too many to replay at once: name fewer products"
        )
    delay = _publication(panel, days, arrays) if publication is None else publication
    return _aged(panel, days, arrays, delay)


def _chosen(watch: Watch, flows: Flows) -> Flows:
    """The flows of the watch's partners, as :func:`straits.watch.run.panel_of` takes them."""
    far = "importer" if watch.what.exporter else "exporter"
    return flows.where(**{far: watch.what.partner_economies})


def _same(one: Flows, other: Flows) -> bool:
    """Whether two states say the same: the rows, and what was reported."""
    if one.names != other.names or len(one) != len(other) or one.told is None or other.told is None:
        return False
    return one.told.slices == other.told.slices and all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=name in ("value", "quantity"))
        for name in ("month", "exporter", "importer", "product", "value", "quantity")
    )


def _publication(panel: Panel, days: Sequence[dt.date], arrays: Sequence[tuple[Floats, Floats]]) -> int:
    """Months after which nine in ten of the months that came one by one were out."""
    first = number_of(panel.months[0])
    out: dict[int, int] = {}
    for day, (flow, value) in zip(days, arrays, strict=True):
        for t in np.flatnonzero(np.isfinite(flow).any(axis=0) | np.isfinite(value).any(axis=0)):
            out.setdefault(int(t), number_of(f"{day:%Y-%m}"))
    start = number_of(f"{days[0]:%Y-%m}")
    delays = sorted(max(0, month - first - t) for t, month in out.items() if month > start)
    if not delays:
        return max(0, start - number_of(panel.months[-1]))
    return delays[math.ceil(OUT * len(delays)) - 1]


def _aged(
    panel: Panel, days: Sequence[dt.date], arrays: Sequence[tuple[Floats, Floats]], publication: int
) -> History:
    first, months = number_of(panel.months[0]), len(panel.months)

    def state(t: int, age: int) -> int:
        """The last state by the end of the month, or the first of all."""
        day = end_of(first + t + publication + age)
        return max(0, sum(one <= day for one in days) - 1)

    last = len(days) - 1
    settled = [_settled(arrays, t) for t in range(months)]
    ages = 1 + max(next(age for age in range(12 * 200) if state(t, age) >= settled[t]) for t in range(months))
    flow = [np.empty_like(panel.flow) for _ in range(ages)]
    value = [np.empty_like(panel.flow) for _ in range(ages)]
    for age in range(ages):
        for t in range(months):
            known = arrays[state(t, age) if age < ages - 1 else last]
            flow[age][:, t], value[age][:, t] = known[0][:, t], known[1][:, t]
    return History(panel, flow, value, publication, days[0], len(days))


def _settled(arrays: Sequence[tuple[Floats, Floats]], t: int) -> int:
    """The first state from which on a month is as it is in the last."""
    for k in range(len(arrays) - 1, 0, -1):
        if not all(
            np.array_equal(one[:, t], other[:, t], equal_nan=True)
            for one, other in zip(arrays[k], arrays[k - 1], strict=True)
        ):
            return k
    return 0
