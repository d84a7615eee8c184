"""Casebooks for the tests: the shipped one, and small ones made by hand."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that `from casebook.made_up import write` is found

from casebook.made_up import Row, write
from straits.casebook.casebook import Casebook
from straits.casebook.load import load

Make = Callable[..., Casebook]


@pytest.fixture
def book_of(tmp_path: Path) -> Make:
    """Make a casebook of a few rows a table, without the shipped one: ``book_of(evidence=[{"value": "7"}])``."""

    def make(
        sources: list[dict[str, Any]] | None = None, head: dict[str, Any] | None = None, **tables: list[Row]
    ) -> Casebook:
        return load(write(tmp_path / "casebook", tables, head, sources), shipped=False, cache=None)

    return make


@pytest.fixture(scope="session")
def shipped() -> Casebook:
    """The casebook that comes with Straits."""
    return load()
