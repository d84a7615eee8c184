"""A process of its own that loads or removes, to be killed or to run beside another.

It imports everything, prints ``ready`` and acts when a line comes on standard input.
"""

from __future__ import annotations

import datetime as dt
import os
import resource
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import duckdb  # noqa: F401  (so that time is spent loading, not importing)
import pyarrow.parquet  # noqa: F401

from store import releases
from store.homes import SOURCE, put, trade
from straits.sources import baci
from straits.sources.source import write
from straits.store.store import Store
from straits.vocabulary.errors import StraitsError

FILE_EVENTS = {
    "open",
    "os.rename",
    "os.mkdir",
    "os.rmdir",
    "os.remove",
    "os.scandir",
    "tempfile.mkdtemp",
    "fcntl.flock",
}


def restrict(how: str) -> None:
    """Go on with fewer rights (``nobody``), or under a limit on the size of files (a number of bytes)."""
    if how.isdecimal():
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(how), int(how)))
    elif how == "nobody" and os.geteuid() == 0:
        os.setgid(65534)
        os.setuid(65534)


def act(store: Store, what: str, arguments: list[str]) -> None:
    if what == "read":
        assert store.check() == []
        assert all(version.files("trade")[0].exists() for version in store.current().values())
    elif what == "put many years":
        with store.load("small") as load:
            write(load.path("trade", "all"), "trade", trade(8, tuple(range(1900, 2100))).to_batches())
            store.commit(load, [SOURCE], [])
    elif what == "baci":
        baci.load(store, arguments[0], None, lambda *_: None)
    elif what == "put":
        for value in arguments[1:]:
            put(store, int(value), arguments[0])
    elif what == "release":
        for day, period, kg in zip(arguments[::3], arguments[1::3], arguments[2::3], strict=True):
            month = dt.date.fromisoformat(period)
            releases.put(store, releases.release(dt.date.fromisoformat(day), [(month, "USA", "250410", float(kg))]))
    elif what == "remove":
        store.remove(arguments[0])
    else:
        raise ValueError(what)


@cache
def warmed_up() -> bool:
    """Do everything once, so that the children only do what they are there for."""
    with tempfile.TemporaryDirectory() as folder:
        put(Store(Path(folder)), 1)
        Store(Path(folder)).remove("small")
    return True


def killed_at(n: int, store: Store, what: str, arguments: list[str]) -> bool:
    """Act in a child that is killed just before its n-th file operation; whether it got that far."""
    assert warmed_up()
    child = os.fork()
    if child == 0:
        seen = 0

        def watch(event: str, _: Any) -> None:
            nonlocal seen
            if event in FILE_EVENTS:
                seen += 1
                if seen == n:
                    os.kill(os.getpid(), 9)

        sys.addaudithook(watch)
        act(store, what, arguments)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status) and os.WEXITSTATUS(status):
        raise RuntimeError(f"the child failed by itself at {n}")
    return os.WIFSIGNALED(status)


def main() -> None:
    home, under, what, *arguments = sys.argv[1:]
    store = Store(Path(home))
    if under:
        assert warmed_up()  # afterwards this Python's own files may be out of reach
        restrict(under)
    print("ready", flush=True)
    for line in sys.stdin:
        if line.strip():  # "n home": die at the n-th file operation on that home
            n, home = line.split()
            print("killed" if killed_at(int(n), Store(Path(home)), what, arguments) else "done", flush=True)
            continue
        try:
            act(store, what, arguments)
            print("done", flush=True)
        except StraitsError as error:
            print(f"refused: {error}", flush=True)
        except Exception as error:
            print(f"failed: {type(error).__name__}: {error}", flush=True)


if __name__ == "__main__":
    main()
