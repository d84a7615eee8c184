"""A casebook of 100,000 records still loads, searches and answers."""

from __future__ import annotations

import csv
import random
import time
from pathlib import Path

import pytest

from casebook.made_up import END, HEAD, write
from straits.casebook.load import load
from straits.casebook.questions import evidence, record
from straits.casebook.records import Evidence
from straits.casebook.search import search

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


@pytest.mark.slow
def test_a_hundred_thousand_records_load_search_and_answer(tmp_path):
    root = generate(tmp_path / "big", 100_000)
    start = time.process_time()
    book = load(root, shipped=False, cache=tmp_path / "kept")
    built = time.process_time() - start
    assert len(book) == 100_000
    assert built < 30

    start = time.process_time()
    book = load(root, shipped=False, cache=tmp_path / "kept")
    assert time.process_time() - start < 2

    start = time.process_time()
    assert search(book, "gallium licence").total > 1000
    assert search(book, "光刻").total > 1000
    assert len(evidence(book, "widgets/step-7").evidence) > 300
    assert record(book, "e099999").id == "e099999"
    assert time.process_time() - start < 2
