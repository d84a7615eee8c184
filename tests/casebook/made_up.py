"""Small casebooks made by hand: a folder with a few rows, everything else filled in."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

import yaml

from straits.casebook.records import TABLES, Evidence

Row = dict[str, str]
END = {"source": "made-up", "locator": "page 1"}
GIVEN: dict[str, Row] = {
    "evidence": {
        "subject": "widgets",
        "indicator": "share of world production",
        "statement": "A made-up statement.",
        "value": "50",
        "unit": "%",
        "period": "2023",
        "actors": "CHN",
        "basis": "stated",
        **END,
    },
    "dependencies": {
        "subject": "widgets",
        "dependent": "EU27",
        "provider": "CHN",
        "channel": "input",
        "presence": "present",
        "strength": "high",
        "statement": "A made-up dependency.",
        "basis": "stated",
        **END,
    },
    "actors": {
        "name": "Widget Works",
        "kind": "firm",
        "home": "CHN",
        "role": "makes widgets",
        "subjects": "widgets",
        **END,
    },
    "events": {
        "title": "Widget law",
        "kind": "law",
        "announced": "2023",
        "subjects": "widgets",
        "statement": "A made-up law.",
        **END,
    },
    "strengths": {
        "subject": "widgets",
        "holder": "EU27",
        "sign": "strength",
        "statement": "A made-up strength.",
        "basis": "judged",
        **END,
    },
    "instruments": {"name": "Widget fund", "subject": "widgets", "statement": "A made-up instrument.", **END},
    "lost": {"subject": "widgets", "what": "Figure 9: widgets", "reason": "image lost", **END},
    "traps": {"subject": "widgets", "kind": "sum", "statement": "A made-up trap.", **END},
    "relations": {"kind": "sum", "result": "100", "inputs": "e1", **END},
}
SOURCE = {
    "id": "made-up",
    "type": "report",
    "title": "On widgets",
    "issued": {"date-parts": [[2024]]},
    "author": [{"family": "Maker"}],
    "custom": {"grade": "think tank"},
}
HEAD = {
    "id": "widgets",
    "name": "Widgets",
    "summary": "A made-up ecosystem about widgets.",
    "subjects": [
        {"id": "widgets", "name": "Widgets", "names": ["小部件"], "kind": "technology"},
        {"id": "widgets/mould", "name": "Widget mould", "kind": "step", "parent": "widgets"},
    ],
}


def write(
    root: Path,
    tables: dict[str, list[Row]],
    head: dict[str, Any] | None = None,
    sources: list[dict[str, Any]] | None = None,
) -> Path:
    """Write an ecosystem of made-up rows; a row needs only what its test is about, its id is made from its place (``e1``, ``d1``, ``v1``)."""
    folder = root / "widgets"
    folder.mkdir(parents=True, exist_ok=True)
    (root / "sources.json").write_text(json.dumps(sources or [SOURCE]), encoding="utf-8")
    (folder / "ecosystem.yaml").write_text(yaml.safe_dump(head or HEAD, allow_unicode=True), encoding="utf-8")
    for table, rows in tables.items():
        if table == "judgements":
            (folder / "judgements.yaml").write_text(yaml.safe_dump(rows, allow_unicode=True), encoding="utf-8")
            continue
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, list(TABLES[table].model_fields), restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(
                {"id": f"{'v' if table == 'events' else table[0]}{number}", **GIVEN[table], **row}
                for number, row in enumerate(rows, 1)
            )
    return root


WORDS = [
    "gallium",
    "magnet",
    "rare",
    "earth",
    "scanner",
    "export",
    "licence",
    "share",
    "market",
    "anode",
    "battery",
    "chip",
    "patent",
    "growth",
    "稀土",
    "光刻机",
    "管制",
]


def generate(root: Path, number: int) -> Path:
    """A casebook of that many pieces of evidence on 200 subjects, the same every time."""
    draw = random.Random(7)
    subjects = [f"widgets/step-{place}" for place in range(200)]
    steps = [{"id": name, "name": name.replace("/", " "), "kind": "step"} for name in subjects]
    write(root, {}, {**HEAD, "subjects": [*HEAD["subjects"], *steps]})
    with (root / "widgets" / "evidence.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(Evidence.model_fields), restval="", lineterminator="\n")
        writer.writeheader()
        for place in range(number):
            said = " ".join(draw.choices(WORDS, k=10))
            writer.writerow(
                {
                    "id": f"e{place:06d}",
                    "subject": draw.choice(subjects),
                    "indicator": "share of something",
                    "statement": f"It is said that {said}.",
                    "value": str(place % 100),
                    "unit": "%",
                    "period": "2023",
                    "basis": "stated",
                    **END,
                }
            )
    return root
