"""The measure whose effect is asked for, and the codes from which no single material can be read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from straits.vocabulary.errors import StraitsError
from straits.vocabulary.materials import materials


@dataclass(frozen=True)
class Measure:
    """A state's restriction on outflows, as far as its effect on trade needs it.

    ``targets`` are economies (alpha-3) named or suspected as targets, empty when all destinations fall under it;
    ``products`` the codes it covers (any number of digits); ``in_force`` is ``None`` for one only announced.
    """

    id: str
    issuer: str
    announced: dt.date
    in_force: dt.date | None
    products: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    name: str = ""
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """A measure cannot bind before it is announced."""
        if self.in_force is not None and self.in_force < self.announced:
            raise StraitsError(f"{self.id}: in force {self.in_force} before it was announced ({self.announced})")

    @property
    def called(self) -> str:
        """How a sentence calls it."""
        return self.name or self.id


@dataclass(frozen=True)
class Basket:
    """A code that pools several materials."""

    code: str
    nomenclatures: tuple[str, ...]
    holds: tuple[str, ...]
    refine: str
    source: str

    @property
    def why(self) -> str:
        """Why it says nothing of one material."""
        others = ", ".join(self.holds[:-1]) + " and " + self.holds[-1]
        return (
            f"HS {self.code[:4]}.{self.code[4:]} is a basket: it pools {others}, so what one of them did cannot be told "
            f"from the rest ({self.source})"
        )


@cache
def baskets() -> dict[str, Basket]:
    """The baskets by code."""
    data = yaml.safe_load(Path(__file__).with_name("baskets.yaml").read_text(encoding="utf-8"))
    return {item["code"]: _basket(item) for item in data["baskets"]}


def _basket(item: dict[str, Any]) -> Basket:
    return Basket(
        item["code"],
        tuple(item["nomenclatures"]),
        tuple(item["holds"]),
        item["refine"],
        " ".join(item["source"].split()),
    )


def product_asked(text: str, as_basket: bool = False) -> str:
    """The code that is asked for, from ``250410``, ``2504.10`` or the name of a material that has its own code.

    Raises :class:`~straits.vocabulary.errors.StraitsError` for a material that lies in a basket, and for the basket's
    code unless ``as_basket`` says that the basket itself is meant.

    >>> product_asked("2504.10"), product_asked("graphite")
    ('250410', '250410')
    >>> product_asked("gallium")
    Traceback (most recent call last):
    ...
    straits.vocabulary.errors.StraitsError: nothing is said of gallium: HS 8112.92 is a basket: it pools gallium, \
germanium, hafnium, indium, niobium, rhenium and vanadium, so what one of them did cannot be told from the rest \
(Harmonized System 2007 to 2017, text of subheading 8112.92; in 2022 hafnium and rhenium left it); use the customs \
lines of eight digits or more for each metal (China customs, EU Combined Nomenclature)
    """
    digits = text.strip().rpartition(":")[2].replace(".", "").replace(" ", "")
    code = digits if digits.isdecimal() else _code_of(text)
    basket = baskets().get(code)
    if basket and not as_basket:
        raise StraitsError(f"{basket.why}; use {basket.refine}, or ask for the basket as such (--as-basket)")
    if not 4 <= len(code) <= 10:
        raise StraitsError(f"'{text}' is not a product code: write 4 to 10 digits such as 250410")
    return code


def _code_of(name: str) -> str:
    """The code that stands for a material; a material inside a basket is refused."""
    from straits.vocabulary.materials import material

    item = material(name)
    pooled = [basket for basket in baskets().values() if item.id in basket.holds]
    if pooled and (not item.codes or item.codes[0] in baskets() or item.note):
        newest = max(pooled, key=lambda basket: basket.nomenclatures[-1])
        raise StraitsError(f"nothing is said of {item.name.lower()}: {newest.why}; use {newest.refine}")
    if not item.codes:
        raise StraitsError(f"{item.name} has no product code here: {item.note or 'give its code'}")
    return item.codes[0]


def what_a_code_is(code: str) -> tuple[str, tuple[str, ...]]:
    """A code in words for a sentence, and remarks on what else it holds.

    >>> what_a_code_is("250410")[0]
    'natural graphite, powder or flakes (HS 2504.10)'
    """
    shown = f"HS {code[:4]}.{code[4:]}"
    if code in baskets():
        return f"the basket {shown}", (baskets()[code].why,)
    for item in materials().values():
        product = item.products.get(code)
        if product:
            also = (f"{shown} also holds: {product.also}",) if product.also else ()
            return f"{product.what} ({shown})", also
    return shown, ()
