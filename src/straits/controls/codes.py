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
