"""A made-up world of trade with hidden controls of known size, and its releases: first, revised, final.

One exporter sells products to partners.  Partners of a product share part of its ups and downs.  At a hidden event the
exporter announces a control, buyers may front-load until it is in force (some know a month before), then flows to the
targeted partners fall by a known share for some months, and come back or not; the price may rise.  The first release of
a month lacks some rows and has others wrong; two months later it is final.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from straits.watch.placebo import USUAL, Kind, placebo

Floats = npt.NDArray[np.float32]

DROPS = (0.3, 0.5, 0.7, 0.9, 1.0)
LASTING = (3, 6, 12, 120)
AGES = 3  # releases of a month: first, a month later, final
_CHUNK = 250


@dataclass(frozen=True)
class Event:
    """A hidden control: months are columns, ``drop`` the share lost, ``reach`` the targeted share of the product's flow."""

    product: int
    announced: int
    in_force: int
    ended: int
    drop: float
    reach: float
    front: float
    price: float
    targets: tuple[int, ...]
    known_before: bool

    def about(self, month: int) -> bool:
        """Whether a signal of that month on the product is due to the event (its echo when it ends included)."""
        return self.announced - 1 <= month <= min(self.ended, self.in_force + 12) + 3


@dataclass(frozen=True)
class World:
    """``quantity`` and ``value`` (kg, USD; products x partners as rows, months as columns) by age of the release."""

    products: int
    partners: int
    quantity: tuple[Floats, ...]
    value: tuple[Floats, ...]
    events: tuple[Event, ...]

    @property
    def months(self) -> int:
        """Number of months."""
        return int(self.quantity[0].shape[1])


def world(
    products: int = 5000,
    partners: int = 40,
    months: int = 120,
    events: int = 60,
    seed: int = 1,
    kind: Kind = USUAL,
    first_event: int = 40,
) -> World:
    """Make a world; the seed gives the same again."""
    rng = np.random.default_rng(seed)
    shape = (products * partners, months)
    quantity, value = np.empty(shape, np.float32), np.empty(shape, np.float32)
    for start in range(0, products, _CHUNK):
        count = min(_CHUNK, products - start)
        made = placebo(count, partners, months, seed * 100_003 + start, kind)
        common = np.exp(_common(rng, count, months)).repeat(partners, axis=0)
        rows = slice(start * partners, (start + count) * partners)
        quantity[rows], value[rows] = made.quantity * common, made.value * common
    hidden = tuple(sorted(_events(rng, quantity, products, partners, months, events, first_event), key=_when))
    for event in hidden:
        _strike(event, quantity, value, partners, months)
    releases = [_released(rng, quantity, value, age) for age in range(AGES - 1)]
    return World(
        products,
        partners,
        (*(q for q, _ in releases), quantity),
        (*(v for _, v in releases), value),
        hidden,
    )


def _when(event: Event) -> tuple[int, int]:
    return event.announced, event.product


def _common(rng: np.random.Generator, products: int, months: int) -> npt.NDArray[np.float64]:
    """What all partners of a product share: a season and errors, in logarithms."""
    season = rng.normal(0, 0.08, (products, 12))[:, np.arange(months) % 12]
    size = rng.uniform(0.03, 0.2, (products, 1))
    return np.asarray(season + size * rng.standard_t(6, (products, months)) / np.sqrt(1.5))


def _events(
    rng: np.random.Generator,
    quantity: Floats,
    products: int,
    partners: int,
    months: int,
    count: int,
    first: int,
) -> Iterator[Event]:
    chosen = rng.choice(products, count, replace=False)
    for number, product in enumerate(chosen):
        announced = int(rng.integers(first, months - 12))
        lag = int(rng.integers(0, 5))
        lasting = int(rng.choice(LASTING))
        flows = np.nan_to_num(
            quantity[product * partners : (product + 1) * partners, announced - 12 : announced]
        ).sum(1)
        if rng.random() < 0.4:
            targets = np.arange(partners)
        else:
            weight = (flows + 1e-9) / (flows + 1e-9).sum()
            targets = np.sort(rng.choice(partners, int(rng.integers(1, 9)), replace=False, p=weight))
        yield Event(
            int(product),
            announced,
            announced + lag,
            announced + lag + lasting,
            DROPS[number % len(DROPS)],
            float(flows[targets].sum() / max(flows.sum(), 1e-9)),
            float(rng.uniform(0, 2)) if lag else 0.0,
            float(rng.uniform(0.1, 0.6)) if rng.random() < 0.5 else 0.0,
            tuple(int(k) for k in targets),
            bool(rng.random() < 0.2),
        )


def _strike(event: Event, quantity: Floats, value: Floats, partners: int, months: int) -> None:
    rows = event.product * partners + np.array(event.targets)
    factor, price = np.ones(months), np.ones(months)
    start = event.announced - 1 if event.known_before else event.announced
    factor[start : event.in_force] += event.front
    end = min(event.ended, months)
    factor[event.in_force : end] *= 1 - event.drop
    back = np.linspace(1 - event.drop, 1, 5)[1:-1]
    span = min(len(back), months - end)
    factor[end : end + span] = back[:span]
    price[event.in_force : end] += event.price
    quantity[rows] *= factor.astype(np.float32)
    value[rows] *= (factor * price).astype(np.float32)


def _released(rng: np.random.Generator, quantity: Floats, value: Floats, age: int) -> tuple[Floats, Floats]:
    """A release before the final one: 4 % (then 1 %) of the rows missing, 15 % (then 5 %) off by about a tenth."""
    gone, wrong = (0.04, 0.15) if age == 0 else (0.01, 0.05)
    off = np.where(rng.random(quantity.shape, np.float32) < wrong, np.float32(0.1), np.float32(0))
    factor = np.exp(off * rng.standard_normal(quantity.shape, np.float32))
    factor[rng.random(quantity.shape, np.float32) < gone] = np.nan
    return quantity * factor, value * factor
