"""The shipped register, official tables, and small registers made by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from straits.casebook.casebook import Casebook
from straits.casebook.load import load as load_casebook
from straits.controls.load import load
from straits.controls.nomenclature import Correlations
from straits.controls.register import Register

MADE_UP = """
sources:
  - {id: made-up-law, title: A made-up law, publisher: Nobody, issued: 2020-01-01}
instruments:
  - {id: cn-made-up, name: A made-up list, state: CHN, status: list, statement: "Made up for a test of the register.", sources: [{source: made-up-law, locator: "Article 1"}]}
six_digits:
  - {code: "HS2012:999910", what: all of one thing, also: "", hs1992: ["250410"], relation: "1:1"}
measures:
  - id: CN-MADE-UP
    name: A made-up licence
    instrument: cn-made-up
    state: CHN
    kind: licence
    items:
      - {what: all of one thing, codes: ["HS2012:999910"], whole: ["HS2012:999910"]}
    targets: world
    announced: 2020-05
    in_force: 2021-07-01
    as_of: 2030
    sources: [{source: made-up-law, locator: "Article 1"}]
    confirmed: no
"""


@pytest.fixture(scope="session")
def book() -> Casebook:
    return load_casebook()


@pytest.fixture(scope="session")
def register(book: Casebook) -> Register:
    """The register that comes with Straits."""
    return load(book=book)


@pytest.fixture
def made_up(tmp_path: Path, book: Casebook) -> Callable[..., Register]:
    """A register of one measure, with pieces of its file replaced: ``made_up(("licence", "tariff"))``."""

    def make(*replaced: tuple[str, str], text: str = MADE_UP) -> Register:
        for old, new in replaced:
            assert old in text, f"the test replaces {old!r}, which is not in the file"
            text = text.replace(old, new, 1)
        folder = tmp_path / "register"
        folder.mkdir(exist_ok=True)
        (folder / "measures.yaml").write_text(text, encoding="utf-8")
        return load(folder, book=book, shipped=False)

    return make


@pytest.fixture(scope="session")
def official(shared: Path) -> Correlations:
    """The official correlation tables, HS 1992 to 2022."""
    return Correlations.read(shared / "data" / "un_hs_sitc_correlations")
