"""When: years and ranges of years as a reader writes them."""

from __future__ import annotations

import datetime as dt
import re

from straits.vocabulary.errors import StraitsError


def parse_years(text: str) -> list[int]:
    """Years from ``2023``, ``2019-2023`` or ``2019,2021-2023``, sorted and without repeats.

    >>> parse_years("2019,2021-2023")
    [2019, 2021, 2022, 2023]
    """
    years: set[int] = set()
    for part in text.replace(" ", "").split(","):
        match = re.fullmatch(r"(\d{4})(?:(?:-|\.\.)(\d{4}))?", part)
        if not match:
            raise StraitsError(f"'{text}' is not a year or a range of years: write 2023, 2019-2023 or 2019,2021-2023")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise StraitsError(f"'{part}' runs backwards: write {last}-{first}")
        if last - first > 300:
            raise StraitsError(f"'{part}' is more than 300 years")
        years.update(range(first, last + 1))
    return sorted(years)


def first_day(year: int) -> dt.date:
    """The date that stands for a year in the canonical tables."""
    return dt.date(year, 1, 1)
