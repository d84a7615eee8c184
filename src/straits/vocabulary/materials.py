"""What: materials as people name them, and the product codes and production series that measure them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from straits.vocabulary.errors import StraitsError, nearest

_FILE = Path(__file__).parent / "materials.yaml"
NOMENCLATURES = ("HS1992", "HS1996", "HS2002", "HS2007", "HS2012", "HS2017", "HS2022")


class ProductOfMaterial(BaseModel):
    """A product code that carries a material; ``also`` says what else the basket holds (empty: nothing)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stage: str
    what: str
    also: str


class Material(BaseModel):
    """A raw material: names, product codes, World Mining Data series, standing in EU law.

    What reports found on it is in the casebook, under the subject of the same id.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    name: str
    names: list[str]
    eu: str
    production: list[str]
    products: dict[str, ProductOfMaterial]
    primary: str | None = None
    note: str | None = None

    @property
    def codes(self) -> list[str]:
        """Product codes, the one that stands for the material first."""
        first = self.primary or next(iter(self.products), None)
        return [] if first is None else [first, *(code for code in self.products if code != first)]


class Product(BaseModel):
    """A code in a nomenclature: ``HS1992:250410``."""

    model_config = ConfigDict(frozen=True)

    nomenclature: str
    code: str

    def __str__(self) -> str:
        return f"{self.nomenclature}:{self.code}"


@cache
def materials() -> dict[str, Material]:
    """All materials by id; a material in the file that does not validate raises at once."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data = yaml.load(_FILE.read_text(encoding="utf-8"), Loader=loader)
    return {item["id"]: Material.model_validate(item) for item in data["materials"]}


def material(name: str) -> Material:
    """The material with that id or name.

    >>> material("稀土").id, material("Natural graphite").codes
    ('rare-earths', ['250410', '250490'])
    """
    wanted = name.strip()
    for item in materials().values():
        if wanted.casefold() in (item.id, item.name.casefold()):
            return item
    for item in materials().values():
        if any(wanted == known or (len(known) > 2 and wanted.casefold() == known.casefold()) for known in item.names):
            return item
    names = [n for item in materials().values() for n in (item.id, item.name, *item.names)]
    raise nearest(wanted, sorted(set(names)), "material")


def materials_of(code: str) -> list[Material]:
    """The materials that a HS 1992 product code carries.

    >>> [m.id for m in materials_of("270112")]
    ['coking-coal', 'steam-coal']
    """
    return [item for item in materials().values() if code in item.products]


def parse_product(text: str, nomenclature: str = "HS1992") -> Product:
    """A product from ``HS1992:250410``, ``250410`` or ``2504.10``.

    >>> str(parse_product("2504.10")), str(parse_product("HS2022:850110"))
    ('HS1992:250410', 'HS2022:850110')
    """
    name, _, code = text.strip().rpartition(":")
    name = name or nomenclature
    digits = re.sub(r"[.\s]", "", code)
    if name not in NOMENCLATURES:
        raise nearest(name, NOMENCLATURES, "nomenclature")
    if not re.fullmatch(r"\d{6}", digits):
        raise StraitsError(f"'{text}' is not a product: write six digits such as 250410 or HS1992:250410")
    return Product(nomenclature=name, code=digits)
