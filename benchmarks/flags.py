"""The flags of the screen as the contenders in Python raise them: which number, above which threshold, moved how far."""

from __future__ import annotations

from straits.measures.thresholds import thresholds

MEASURES = {
    "c1": "hhi_imports",
    "c2": "hhi_world_exports",
    "c3": "imports_over_exports",
    "cdi1": "hhi_imports",
    "cdi2": "extra_share_of_imports",
    "cdi3": "imports_over_exports",
    "crma65": "top_share",
}
MOVED = {"": 1.0, "_low": 0.75, "_high": 1.25}
TRUE_WHEN_UNDEFINED = ("c3", "cdi3")

FLAGS = [
    (criterion + name, measure, thresholds()[criterion].value * factor, criterion in TRUE_WHEN_UNDEFINED)
    for criterion, measure in MEASURES.items()
    for name, factor in MOVED.items()
]
