"""A casebook of 100,000 records still loads, searches and answers; how fast, `benchmarks/casebooks.py` measures."""

import pytest

from casebook.made_up import generate
from straits.casebook.load import load
from straits.casebook.questions import evidence, record
from straits.casebook.search import search


@pytest.mark.slow
def test_a_hundred_thousand_records_load_search_and_answer(tmp_path):
    root = generate(tmp_path / "big", 100_000)
    for _ in range(2):  # built, then kept
        book = load(root, shipped=False, cache=tmp_path / "kept")
        assert len(book) == 100_000
        assert search(book, "gallium licence").total > 1000
        assert search(book, "光刻").total > 1000
        assert len(evidence(book, "widgets/step-7").evidence) > 300
        assert record(book, "e099999").id == "e099999"
