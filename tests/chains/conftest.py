"""Chains for the tests: written as text, and the real ETO files."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(
    0, str(Path(__file__).resolve().parents[1])
)  # so that `from chains.random_chains import ...` is found

from straits.chains.eto import Imported, import_eto
from straits.chains.files import load
from straits.chains.model import Chain

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a chain's text to a file."""

    def written(text: str) -> Path:
        path = tmp_path / "small.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.fixture(scope="session")
def lithography() -> Chain:
    """The chain of first-generation 7 nm logic by tool sets."""
    return load("lithography-7nm")


@pytest.fixture(scope="session")
def eto_folder(shared: Path) -> Path:
    """The real ETO files."""
    return shared / "data" / "eto_semiconductor_supply_chain"


@pytest.fixture(scope="session")
def eto(eto_folder: Path) -> Imported:
    """The imported ETO chain and its report."""
    return import_eto(eto_folder)
