"""Briefs on the real pack, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

import straits
from straits.brief.briefs import brief_on
from straits.brief.document import Document
from straits.brief.render import write
from straits.casebook.load import load


@pytest.fixture(scope="session")
def book():
    return load()


@pytest.fixture(scope="session")
def graphite(pack: straits.Observatory, book) -> Document:
    return brief_on(pack, book, "graphite", "EU27", "CHN")


@pytest.fixture(scope="session")
def graphite_page(graphite: Document, tmp_path_factory: pytest.TempPathFactory) -> Path:
    (page,) = write(graphite, ["html"], tmp_path_factory.mktemp("brief"))
    return page
