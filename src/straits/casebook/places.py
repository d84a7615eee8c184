"""Where in a source something stands: the exhibits and text lines that a locator names."""

from __future__ import annotations

import re


def exhibits(locator: str) -> set[str]:
    """The figures, tables and scorecards that a locator names.

    >>> sorted(exhibits("Figure 3 and table A.1, text line 492"))
    ['figure 3', 'table a.1']
    """
    found = re.findall(r"\b(fig(?:ure)?|table|scorecard|exhibit)s? ([a-z]?\.?\d+(?:\.\d+)?)", locator.casefold())
    return {f"{'figure' if kind.startswith('fig') else kind} {number}" for kind, number in found}


def text_lines(locator: str) -> set[int]:
    """The lines of the text that a locator names.

    >>> sorted(text_lines("table 2, text lines 706-708,713; footnote 3"))
    [706, 707, 708, 713]
    """
    lines: set[int] = set()
    for run in re.findall(r"\blines? ([\d ,\-]+)", locator):
        for first, last in re.findall(r"(\d+)(?: ?- ?(\d+))?", run):
            lines.update(range(int(first), int(last or first) + 1))
    return lines
