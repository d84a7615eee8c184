"""Run the command line inside the test, as a reader would type it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from straits import cli


@dataclass(frozen=True)
class Ran:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def straits_command(
    pack_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """Call ``straits ARGUMENTS`` on the real data pack."""
    monkeypatch.setenv("STRAITS_HOME", str(pack_home))
    monkeypatch.delenv("STRAITS_CASEBOOK", raising=False)

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr("sys.argv", ["straits", *arguments])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0) if isinstance(stop.code, int | None) else 1
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run
