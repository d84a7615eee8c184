"""The peak memory of a process that a test starts, as source text for that process."""

PEAK = """
import resource, sys
from pathlib import Path

def peak_bytes():
    # Linux hands a parent's peak on to a new process in getrusage; the program's own is in its status
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
"""
