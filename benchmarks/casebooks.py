"""How long the casebook takes: the shipped one and one of 100,000 records, read anew, kept, asked, searched.

``python casebooks.py WHAT FOLDER`` does one thing in this process and prints its time and peak memory as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measuring import Measured, in_turns, say

TESTS = Path(__file__).parents[1] / "tests"
LARGE = 100_000


def run(repeats: int) -> dict[str, Measured]:
    """All questions in turns, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "large"
        say(f"a casebook of {LARGE:,} records")
        _generate(large)
        for what in ("shipped kept", "large kept"):  # so that there is something kept
            main(what, folder, quiet=True)
        contenders = {what: ("casebooks.py", what, folder) for what in WORK if what != "large anew"}
        found = in_turns(contenders, repeats)
        return found | in_turns({"large anew": ("casebooks.py", "large anew", folder)}, min(repeats, 3))


def _generate(root: Path) -> None:
    sys.path.insert(0, str(TESTS))
    from casebook.made_up import generate

    generate(root, LARGE)


def _shipped(cache: Path | None) -> Any:
    from straits.casebook.load import load

    return load(cache=cache)


def _large(folder: Path, cache: Path | None) -> Any:
    from straits.casebook.load import load

    return load(folder / "large", shipped=False, cache=cache)


def _question(book: Any, subject: str) -> int:
    from straits.casebook.questions import evidence

    return len(evidence(book, subject).evidence)


def _search(book: Any) -> int:
    from straits.casebook.search import search

    return search(book, "gallium").total + search(book, "光刻").total


WORK: dict[str, Callable[[Path], tuple[Callable[[], Any], Callable[[Any], int]]]] = {
    "shipped anew": lambda folder: (lambda: _shipped(None), len),
    "shipped kept": lambda folder: (lambda: _shipped(folder / "kept"), len),
    "shipped question": lambda folder: _after(
        lambda: _shipped(folder / "kept"), lambda b: _question(b, "lithography")
    ),
    "shipped search": lambda folder: _after(lambda: _shipped(folder / "kept"), _search),
    "large anew": lambda folder: (lambda: _large(folder, None), len),
    "large kept": lambda folder: (lambda: _large(folder, folder / "kept"), len),
    "large question": lambda folder: _after(
        lambda: _large(folder, folder / "kept"), lambda b: _question(b, "widgets/step-7")
    ),
    "large search": lambda folder: _after(lambda: _large(folder, folder / "kept"), _search),
}


def _after(load: Callable[[], Any], ask: Callable[[Any], int]) -> tuple[Callable[[], Any], Callable[[Any], int]]:
    """A question on a casebook that is loaded before the clock starts."""
    book = load()
    return (lambda: ask(book)), int


def main(what: str, folder: str, quiet: bool = False) -> None:
    """Do one thing and print what it took."""
    import straits.casebook.load
    import straits.casebook.questions
    import straits.casebook.search  # noqa: F401 - libraries are imported before the clock starts

    work, count = WORK[what](Path(folder))
    began = time.perf_counter()
    found = work()
    seconds = time.perf_counter() - began
    if not quiet:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"seconds": seconds, "peak_bytes": peak, "rows": count(found)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
