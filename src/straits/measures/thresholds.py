"""The thresholds of the published methods, as configuration with a citation and a ``confirmed`` flag."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict


class Threshold(BaseModel):
    """One threshold; ``confirmed`` says whether we checked the value against the publication itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: float
    what: str
    citation: str
    confirmed: bool


@cache
def thresholds() -> dict[str, Threshold]:
    """All thresholds by name.

    >>> thresholds()["c1"].value
    0.4
    """
    text = Path(__file__).with_name("thresholds.yaml").read_text(encoding="utf-8")
    return {name: Threshold.model_validate(item) for name, item in yaml.safe_load(text)["thresholds"].items()}


CRITERIA = ("c1", "c2", "c3", "c4", "cdi1", "cdi2", "cdi3", "crma65")
METHODS = {
    "geodep": ("c4", "CEPII GeoDep (2024): c1, c2 and c3 together in at least 2 of the last 3 years"),
    "ec2021": ("cdi1 and cdi2 and cdi3", "European Commission SWD(2021) 352: all three core dependency indicators"),
    "crma": ("crma65", "Regulation (EU) 2024/1252: more than 65 % from one third country"),
}
