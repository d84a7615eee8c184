"""What another process does: run it, let several start at once, or kill it at its n-th word with the database."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from straits.vocabulary.errors import StraitsError

Act = Callable[[], object]


class Child:
    """A process that does one thing, and tells how it ended: ``done``, ``refused: ...`` or ``failed: ...``."""

    def __init__(self, act: Act, start: int | None = None) -> None:
        reading, writing = os.pipe()
        self.process = os.fork()
        if self.process == 0:
            try:
                if start is not None:
                    os.read(start, 1)
                os.write(writing, told(act).encode())
            finally:
                os._exit(0)
        os.close(writing)
        self.reading = reading

    def end(self) -> str:
        """What it said; ``killed`` when it was."""
        with os.fdopen(self.reading, "rb") as pipe:
            said = pipe.read().decode()
        _, status = os.waitpid(self.process, 0)
        return "killed" if os.WIFSIGNALED(status) else said

    def kill(self) -> None:
        os.kill(self.process, signal.SIGKILL)
        self.end()


def told(act: Act) -> str:
    try:
        act()
        return "done"
    except StraitsError as error:
        return f"refused: {error}"
    except BaseException:
        return f"failed: {traceback.format_exc()}"


def at_once(*acts: Act) -> list[str]:
    """How several processes end that start at the same moment."""
    reading, writing = os.pipe()
    children = [Child(act, reading) for act in acts]
    os.write(writing, b"." * len(acts))
    ends = [child.end() for child in children]
    os.close(reading)
    os.close(writing)
    return ends


def killed_at(n: int, act: Act) -> bool:
    """Act in a process that kills itself just before its n-th statement or commit; whether it got that far."""

    def armed() -> None:
        left = n

        def count(*_: Any) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(Engine, "before_cursor_execute", count)
        event.listen(Engine, "commit", count)
        act()

    said = Child(armed).end()
    assert said in ("killed", "done"), said
    return said == "killed"


def as_nobody(act: Act) -> str:
    """How a process with fewer rights ends."""

    def lowered() -> None:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        act()

    return Child(lowered).end()
