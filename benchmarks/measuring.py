"""How the benchmarks measure: each run in a process of its own, contenders in turns, medians with the range."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
LIBRARIES = ("straits", "duckdb", "pyarrow", "pandas", "polars", "numpy")


@dataclass(frozen=True)
class Measured:
    """What the runs of one contender took: seconds of each run, and the largest peak of resident memory in bytes."""

    seconds: tuple[float, ...]
    peak_bytes: int
    rows: int = 0

    @property
    def middle(self) -> float:
        return median(self.seconds)

    @property
    def spread(self) -> str:
        return f"{min(self.seconds):.2f} to {max(self.seconds):.2f}"

    def times(self, other: Measured) -> float:
        """How many times as long as the other this took: the median over the turns of the ratio within a turn."""
        return median(mine / theirs for mine, theirs in zip(self.seconds, other.seconds, strict=True))


def child(script: str, *arguments: object) -> dict[str, Any]:
    """Run a script of this folder in a new process and read the JSON of its last line."""
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{script} {' '.join(map(str, arguments))} failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def in_turns(contenders: Mapping[str, Sequence[object]], repeats: int) -> dict[str, Measured]:
    """Run scripts A B C, B C A, C A B, ...: what slows the machine for a while slows them all."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in contenders}
    names = list(contenders)
    for turn in range(repeats):
        start = turn % len(names)
        for name in names[start:] + names[:start]:
            script, *arguments = contenders[name]
            say(f"{name}, run {turn + 1} of {repeats}")
            runs[name].append(child(str(script), *arguments))
    return {name: _measured(found) for name, found in runs.items()}


def _measured(runs: Sequence[Mapping[str, Any]]) -> Measured:
    seconds = tuple(run["seconds"] for run in runs)
    return Measured(seconds, max(run["peak_bytes"] for run in runs), runs[0]["rows"])


def command(arguments: Sequence[str], environment: Mapping[str, str]) -> float:
    """Run a command to its end: wall seconds from start to exit."""
    began = time.perf_counter()
    process = subprocess.Popen(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, **environment}
    )
    _, error = process.communicate()
    seconds = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{error.decode()}")
    return seconds


def machine() -> str:
    """The machine and the versions, in a line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{os.cpu_count()} processors ({processor()}), {memory:.0f} GB of memory, {platform.system()} "
        f"{platform.release()}; Python {platform.python_version()}, {versions}"
    )


def processor() -> str:
    """The processor's name where the system tells it."""
    told = Path("/proc/cpuinfo")
    if told.exists():
        for line in told.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return " ".join(line.split(":", 1)[1].split())
    return platform.processor() or platform.machine()


def busy() -> float:
    """Processes that waited for a processor over the last minute, per processor."""
    return os.getloadavg()[0] / (os.cpu_count() or 1)


def say(what: str) -> None:
    """What goes on, to standard error."""
    print(what, file=sys.stderr, flush=True)
