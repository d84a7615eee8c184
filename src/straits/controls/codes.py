"""How a product code is written in a control: nomenclature, revision, digits; and when one code holds another.

``HS2022:250410`` is the Harmonized System, ``CN2024:25041000`` the EU's Combined Nomenclature, ``CHN2023:2504101000``
China's customs tariff.  The first six digits of the CN and of China's tariff are those of the HS revision in force in
that year; below six digits two nomenclatures have nothing in common.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from straits.vocabulary.errors import StraitsError, nearest
from straits.vocabulary.materials import NOMENCLATURES

_SINCE = {int(name[2:]): name for name in NOMENCLATURES}
_LENGTHS = {"HS": (2, 4, 6), "CN": (8,), "CHN": (8, 10)}
_SHAPE = re.compile(r"(?:(HS|CN|CHN)(\d{4}):)?([\d.\s]+)")


@dataclass(frozen=True, order=True)
class Code:
    """A code with its nomenclature (``HS2022``, ``CN2024``, ``CHN2023``); ``nomenclature`` is empty when not given."""

    nomenclature: str
    digits: str

    def __str__(self) -> str:
        return f"{self.nomenclature}:{self.digits}" if self.nomenclature else self.digits

    @property
    def kind(self) -> str:
        """``HS``, ``CN``, ``CHN``, or empty when the nomenclature is not given."""
        return self.nomenclature.rstrip("0123456789")

    @property
    def revision(self) -> str:
        """The HS revision of the first six digits: that in force in the year of a national nomenclature.

        >>> parse("CHN2023:2504101000").revision, parse("HS1992:250410").revision
        ('HS2022', 'HS1992')
        """
        return hs_in(int(self.nomenclature[-4:])) if self.nomenclature else ""

    @property
    def six(self) -> Code:
        """The code at six digits of the HS (or what there is of it), in its revision."""
        return Code(self.revision, self.digits[:6])


def hs_in(year: int) -> str:
    """The HS revision in force in a year.

    >>> hs_in(2023), hs_in(2016), hs_in(2017)
    ('HS2022', 'HS2012', 'HS2017')
    """
    fitting = [since for since in _SINCE if since <= year]
    if not fitting:
        raise StraitsError(f"no revision of the HS in {year}: the first is of {min(_SINCE)}")
    return _SINCE[max(fitting)]


def parse(text: str) -> Code:
    """A code as a reader writes it.

    >>> str(parse("2504.10")), str(parse("CN2024:2504 10 00")), str(parse("HS2022:8112"))
    ('250410', 'CN2024:25041000', 'HS2022:8112')
    """
    match = _SHAPE.fullmatch(text.strip())
    if not match:
        raise StraitsError(
            f"'{text}' is not a code: write 250410, HS2022:250410, CN2024:25041000 or CHN2023:2504101000"
        )
    kind, year, digits = match[1] or "", match[2] or "", re.sub(r"[.\s]", "", match[3])
    lengths = _LENGTHS.get(kind, (2, 4, 6))
    if len(digits) not in lengths:
        said = " or ".join(map(str, lengths))
        hint = "" if kind else "; with more, name the nomenclature: CN2024:25041000"
        raise StraitsError(f"'{text}' has {len(digits)} digits, not {said}{hint}")
    if kind == "HS" and f"HS{year}" not in NOMENCLATURES:
        raise nearest(f"HS{year}", NOMENCLATURES, "nomenclature")
    code = Code(f"{kind}{year}", digits)
    if kind in ("CN", "CHN"):
        hs_in(int(year))
    return code


def nomenclature(text: str, year: int | None = None) -> str:
    """A nomenclature as a reader names it; ``HS``, ``CN`` or ``CHN`` alone is that of the year.

    >>> nomenclature("hs 2022"), nomenclature("HS", 2016), nomenclature("CN", 2024), nomenclature("HS92")
    ('HS2022', 'HS2012', 'CN2024', 'HS1992')
    """
    match = re.fullmatch(r"(HS|CN|CHN)[\s-]*(\d{4}|\d{2})?", text.strip().upper())
    if not match:
        raise StraitsError(f"'{text}' is no nomenclature: write HS2022, CN2024 or CHN2023")
    kind, named = match[1], match[2]
    if named is None and year is None:
        raise StraitsError(f"'{text}' names no revision: write {kind}2022, or give the year of the data with --year")
    if named is None:
        return hs_in(year or 0) if kind == "HS" else f"{kind}{year}"
    full = named if len(named) == 4 else f"{'19' if named > '80' else '20'}{named}"
    if kind == "HS" and f"HS{full}" not in NOMENCLATURES:
        raise nearest(f"HS{full}", NOMENCLATURES, "nomenclature")
    return f"{kind}{full}"


def parse_in(text: str, default: str | None) -> Code:
    """A code, in the nomenclature that it names, else in ``default``; one of the two must be there.

    >>> str(parse_in("2504.10", "HS1992")), str(parse_in("HS2017:250410", "HS1992"))
    ('HS1992:250410', 'HS2017:250410')
    """
    if ":" in text:
        return parse(text)
    if default is None:
        raise StraitsError(f"'{text}' names no revision: write HS2022:{text.strip()}, or give --from HS2022")
    return parse(f"{default}:{text.strip()}")
