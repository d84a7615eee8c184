"""How the tests start Spark, and which processes it starts: they must have ended when its engine is closed."""

from __future__ import annotations

import subprocess
import time

MASTER = "local-cluster[2,1,1024]"
# Java that starts fast rather than runs long; tables of some thousand rows need few partitions and one plan.  The last
# two are what a cluster may have set, and what no number may hang on.
SETTINGS = ";".join(
    [
        "spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.executor.extraJavaOptions=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.sql.shuffle.partitions=2",
        "spark.sql.adaptive.enabled=false",
        "spark.sql.ansi.enabled=false",
        "spark.sql.session.timeZone=Asia/Tokyo",
    ]
)


def running() -> list[tuple[int, int, str]]:
    """Every live process: its id, its parent's, its command line."""
    listed = subprocess.run(
        ["ps", "-wweo", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True
    ).stdout
    lines = [line.split(maxsplit=3) for line in listed.splitlines()]
    return [(int(pid), int(parent), *command) for pid, parent, state, *command in lines if not state.startswith("Z")]


def below(ancestor: int) -> dict[int, str]:
    """The processes that a process started, directly or not, with their command lines."""
    found = {ancestor}
    everything = running()
    while more := {pid for pid, parent, _ in everything if parent in found} - found:
        found |= more
    return {pid: command for pid, _, command in everything if pid in found - {ancestor}}


def still_running(pids: set[int], seconds: float = 30) -> set[int]:
    """The processes that have not ended within some seconds."""
    deadline = time.monotonic() + seconds
    while (alive := {pid for pid, _, _ in running()} & pids) and time.monotonic() < deadline:
        time.sleep(0.2)
    return alive
