"""What the tests of watches share: the naive twin, and the real monthly file."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def _module(name: str):
    spec = importlib.util.spec_from_file_location(f"watch_{name}", HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[f"watch_{name}"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def naive():
    return _module("naive")


@pytest.fixture(scope="session")
def graphite(shared) -> Path:
    """China's monthly exports of natural graphite, 2017 to 2024."""
    path = shared / "data" / "china_graphite_exports_monthly_2017_2024" / "natural_graphite_250410_monthly.csv"
    if not path.exists():
        pytest.skip(f"needs {path}")
    return path
