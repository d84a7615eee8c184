"""Levels and sets of levels: what an answer can be, and the words in which conditions speak of it.

A scale is an ordered list of levels, or a list of classes without an order.  An answer is the set of levels that
are still possible; unknown is the whole scale.  Sets are bit masks: bit ``n`` is the level ``n``, lowest first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from straits.vocabulary.errors import StraitsError, nearest

_BOUND = re.compile(r"^at (least|most) (\S+)$")


@dataclass(frozen=True)
class Scale:
    """Levels, lowest first; ``ordered`` is false for classes that have no order."""

    levels: tuple[str, ...]
    ordered: bool = True

    @property
    def whole(self) -> int:
        """All levels: unknown."""
        return (1 << len(self.levels)) - 1

    def parse(self, text: str) -> int:
        """The set of levels that a phrase means.

        >>> grade = Scale(("low", "medium", "high"))
        >>> [grade.names(grade.parse(text)) for text in ("at least medium", "low or high", "not low", "unknown")]
        [['medium', 'high'], ['low', 'high'], ['medium', 'high'], ['low', 'medium', 'high']]
        """
        text = text.strip()
        if text == "unknown" and "unknown" not in self.levels:
            return self.whole
        if match := _BOUND.match(text):
            if not self.ordered:
                raise StraitsError(f"'{text}': these levels have no order: name them, as in 'X or Y' or 'not X'")
            place = self._place(match[2])
            return self.whole & ~((1 << place) - 1) if match[1] == "least" else (1 << (place + 1)) - 1
        if text.startswith("not "):
            return self.whole & ~self._named(text[4:])
        return self._named(text)

    def names(self, mask: int) -> list[str]:
        """The levels in a set, lowest first."""
        return [level for place, level in enumerate(self.levels) if mask >> place & 1]

    def words(self, mask: int) -> str:
        """A set as a reader says it.

        >>> grade = Scale(("none", "low", "medium", "high"))
        >>> grade.words(0b1110), grade.words(0b0011), grade.words(0b1000), grade.words(0b1111), grade.words(0b1010)
        ('at least low', 'none or low', 'high', 'unknown', 'low or high')
        """
        names = [name.replace("_", " ") for name in self.names(mask)]
        if mask == self.whole and len(names) > 1:
            return "unknown"
        if self.ordered and len(names) > 2 and self.is_interval(mask):
            if mask >> (len(self.levels) - 1) & 1:
                return f"at least {names[0]}"
            return f"at most {names[-1]}" if mask & 1 else f"{names[0]} to {names[-1]}"
        return " or ".join(names)

    def is_interval(self, mask: int) -> bool:
        """Whether a set has no gap."""
        return mask != 0 and (mask // lowest(mask) & (mask // lowest(mask) + 1)) == 0

    def direction(self, mask: int) -> int:
        """1 for 'at least', -1 for 'at most', 0 for neither (a middle level, a set with a gap, no order)."""
        if not self.ordered or mask == self.whole or not self.is_interval(mask):
            return 0
        top = 1 << (len(self.levels) - 1)
        return 1 if mask & top else -1 if mask & 1 else 0

    def _named(self, text: str) -> int:
        mask = 0
        for word in text.split(" or "):
            mask |= 1 << self._place(word.strip())
        return mask

    def _place(self, level: str) -> int:
        if level not in self.levels:
            raise nearest(level, self.levels, "level")
        return self.levels.index(level)


def lowest(mask: int) -> int:
    """The lowest bit of a set."""
    return mask & -mask


def bits(mask: int) -> list[int]:
    """The single bits of a set, lowest first.

    >>> bits(0b1010)
    [2, 8]
    """
    found = []
    while mask:
        found.append(mask & -mask)
        mask &= mask - 1
    return found
