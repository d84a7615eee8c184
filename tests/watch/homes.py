"""Small homes with watches on made-up monthly flows."""

from __future__ import annotations

import math
import random
from pathlib import Path

PARTNERS = ("DEU", "JPN", "KOR", "USA", "IND")


def flows(last: str = "2023-12", event: bool = True, products: int = 1) -> str:
    """A CSV of China's exports from 2019-01: from 2023-11 a surge and then a stop, when there is an event."""
    dice = random.Random(1)
    year, month = map(int, last.split("-"))
    lines = ["period,partner,product,value_usd,quantity_kg"]
    for t in range((year - 2019) * 12 + month):
        name = f"{2019 + t // 12}-{t % 12 + 1:02d}"
        for k in range(products):
            for p, partner in enumerate(PARTNERS):
                kg = 1e6 / (p + 1) * math.exp(dice.gauss(0, 0.12))
                if event and name == "2023-11":
                    kg *= 3.2
                if event and name == "2023-12":
                    kg *= 0.05
                lines.append(f"{name},{partner},{250410 + k},{kg * 1.5 * math.exp(dice.gauss(0, 0.05)):.0f},{kg:.0f}")
    return "\n".join(lines) + "\n"


def write(home: Path, channels: str = "", who: str = "[]", products: int = 1, **kinds) -> Path:
    """A folder ``watches`` with one watch a product, and the flows beside them."""
    folder = home / "watches"
    folder.mkdir(parents=True, exist_ok=True)
    watches = "".join(
        f"""
  - id: graphite-{k}
    title: Natural graphite from China
    what: {{products: ["{250410 + k}"], exporter: China, file: flows.csv}}
    severity: high
    who: {who}
"""
        for k in range(products)
    )
    (folder / "watch.yaml").write_text(f"watches:{watches}{channels}", encoding="utf-8")
    (folder / "flows.csv").write_text(flows(products=products, **kinds), encoding="utf-8")
    return folder
