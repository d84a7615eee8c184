"""What a measure did to trade in one product: every figure with its interval, and what the data cannot say.

The question is that of the MERICS report on China's export controls (2024): which exports stopped, for whom, who was
spared, did they come back.  Methods: docs/methods-effects.md.  Each module beside this one answers a part of it:
:mod:`~straits.controls.effects.overall`, :mod:`~straits.controls.effects.hit`,
:mod:`~straits.controls.effects.elsewhere`, :mod:`~straits.controls.effects.checks`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from straits.controls.effects import checks, elsewhere, hit, overall, paths
from straits.controls.effects.asked import COVERAGE, Asked, asked
from straits.controls.effects.counterfactual import SEASONAL_WEIGHT
from straits.controls.effects.finding import certainty_of, finding_of
from straits.controls.effects.measure import Measure
from straits.controls.effects.notes import notes
from straits.sources.monthly import Flows
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.regions import region, short_name


@dataclass(frozen=True)
class Effect:
    """The answer; fields are plain data (shares 0 to 1, amounts in kg or USD as ``unit`` says, months counted from force).

    ``path`` is the monthly series of all destinations with what was expected; ``destination_path`` the same by group.
    """

    measure: str
    product: str
    announced: str
    in_force: str | None
    unit: str
    coverage: float
    front_loading: dict[str, Any]
    drop: dict[str, Any]
    rebound: dict[str, Any]
    price: dict[str, Any]
    destination_gap: dict[str, Any]
    origin_gap: dict[str, Any]
    diversion: dict[str, Any]
    destinations: list[dict[str, Any]]
    checks: dict[str, Any]
    finding: tuple[str, ...]
    certainty: str
    certainty_because: str
    notes: tuple[str, ...]
    sources: tuple[dict[str, Any], ...]
    path: list[dict[str, Any]] = field(repr=False)
    destination_path: list[dict[str, Any]] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, in the order of the published shape."""
        order = (
            "measure product announced in_force unit coverage front_loading drop rebound price destination_gap "
            "origin_gap diversion destinations checks finding certainty certainty_because path notes sources"
        )
        return {name: getattr(self, name) for name in order.split()}

    def to_json(self) -> str:
        """The same as JSON, full precision, keys in a fixed order."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False)

    def destination(self, partner: str) -> dict[str, Any]:
        """The row of one destination, by code or name."""
        wanted = region(partner).id
        for row in self.destinations:
            if row["partner"] == wanted:
                return row
        raise StraitsError(f"{short_name(wanted)} bought no {self.product} in the year before the announcement")

    def levels(self) -> Any:
        """The Altair chart of monthly amounts and what was expected, announcement and force marked."""
        from straits.controls.effects.charts import levels

        return levels(self)

    def by_destination(self) -> Any:
        """The Altair chart of targeted and spared destinations, or of the largest ones."""
        from straits.controls.effects.charts import by_destination

        return by_destination(self)

    def draw(self, folder: Path) -> list[Path]:
        """Write both charts as SVG and PNG into a folder; returns the files."""
        from straits.controls.effects.charts import draw

        return draw(self, folder)


def effect(
    measure: Measure,
    product: str,
    flows: Flows,
    destinations: Sequence[str] | None = None,
    origins: Sequence[Flows] = (),
    earlier: Flows | None = None,
    unit: str = "kg",
    coverage: float = COVERAGE,
    weight: float = SEASONAL_WEIGHT,
    as_basket: bool = False,
) -> Effect:
    """What a measure did to exports of a product.

    ``flows`` are the issuer's monthly exports; ``destinations`` the targets, as economies or regions (those of the
    measure by default); ``origins`` other exporters' flows of the same product, for substitution and leakage;
    ``earlier`` an earlier release of ``flows``, for revisions; ``unit`` ``kg`` or ``usd``.  Raises
    :class:`~straits.vocabulary.errors.StraitsError` for a basket asked as a material, a product that the measure does
    not cover, and data that do not reach far enough.
    """
    question = asked(measure, product, flows, destinations, unit, coverage, weight, as_basket)
    path = paths.path(question)
    parts = _parts(question, path, origins)
    if earlier is not None:
        parts["checks"]["revisions"] = checks.revised(question, earlier)
    head: dict[str, Any] = {
        "measure": measure.id,
        "product": question.code,
        "announced": measure.announced.isoformat(),
        "in_force": measure.in_force.isoformat() if measure.in_force else None,
        "unit": unit,
        "coverage": coverage,
    }
    level, because = certainty_of({**head, **parts})
    return Effect(
        **head,
        **parts,
        finding=finding_of(measure, question.code, {**head, **parts, "path": path}),
        certainty=level,
        certainty_because=because,
        notes=notes(question, parts),
        sources=(
            flows.source(),
            *(other.source() for other in origins),
            *({"name": measure.id, "citation": text} for text in measure.sources),
        ),
        path=path,
        destination_path=paths.by_destination(question, parts["destinations"]),
    )


def _parts(question: Asked, path: list[dict[str, Any]], origins: Sequence[Flows]) -> dict[str, Any]:
    """All figures by name."""
    front, fall = overall.front_loading(question), overall.drop(question)
    overall.beside_poisson(front, fall, question)
    return {
        "front_loading": front,
        "drop": fall,
        "rebound": overall.rebound(question, path),
        "price": overall.price(question),
        "destination_gap": hit.gap(question),
        "origin_gap": elsewhere.origin_gap(question, origins),
        "diversion": elsewhere.diversion(question, origins),
        "destinations": hit.destinations(question),
        "checks": {
            "pre_trend": checks.pre_trend(question),
            "placebo_products": checks.placebo_products(question),
        },
    }
