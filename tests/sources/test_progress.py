"""Progress: a bar on a terminal, nothing in a pipe."""

from __future__ import annotations

import io
import sys

import pytest

from straits.sources.source import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_stays_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    with progress() as step:
        step("years", 1, 2)
    assert capfd.readouterr() == ("", "")


def test_a_terminal_shows_what_is_going_on(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with progress() as step:
        step("download BACI_HS22_V202601.zip", 5, None)
        step("years", 1, 2)
        step("years", 2, 2)
    assert "download BACI_HS22_V202601.zip" in screen.getvalue()
    assert "years" in screen.getvalue()
    assert capfd.readouterr().out == ""
