"""The one kind of error that is meant for the person at the keyboard."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class StraitsError(Exception):
    """Bad input or a state the user can mend; the message says what, where and what to do.

    The command line prints it on one line and exits with code 2.
    """


def nearest(word: str, known: Iterable[str], what: str) -> StraitsError:
    """The error for an unknown name, with the nearest known ones.

    >>> print(nearest("EU-27", ["EU27", "G7"], "region"))
    no region 'EU-27': did you mean EU27?
    """
    names = list(known)
    folded = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(word.casefold(), list(folded), n=3, cutoff=0.6)
    if close:
        return StraitsError(f"no {what} '{word}': did you mean {' or '.join(folded[c] for c in close)}?")
    shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
    return StraitsError(f"no {what} '{word}': known are {shown}")
