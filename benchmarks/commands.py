"""How long the command line takes, from start to exit, on the data pack ``raw-materials``."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from measuring import Measured, command, say

STRAITS = str(Path(sys.executable).with_name("straits"))
PACK = ("data", "add", "raw-materials")
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "help": ("--help",),
    "query": ("depend", "--of", "EU27", "--on", "CHN", "--product", "250410", "--years", "2023", "--json"),
    "screen": ("screen", "--of", "EU27", "--year", "2023", "--json"),
    "brief": ("brief", "graphite", "--of", "EU27", "--on", "CHN"),
}


@dataclass(frozen=True)
class Commands:
    """What each command took, and the size of the brief in bytes."""

    took: Mapping[str, Measured]
    brief_bytes: int


def run(cache: Path, repeats: int) -> Commands:
    """Run the commands in turns on a store with the data pack, which is loaded when it is not there."""
    home = {"STRAITS_HOME": str(cache / "raw-materials")}
    if not (cache / "raw-materials" / "catalogue.json").exists():
        say("straits data add raw-materials")
        command([STRAITS, *PACK], home)
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as out:
        for turn in range(repeats + 1):
            for name, arguments in COMMANDS.items():
                say(f"straits {name}, run {turn} of {repeats}" if turn else f"straits {name}, for warmth")
                took = command([STRAITS, *arguments, *(["--out", out] if name == "brief" else [])], home)
                if turn:
                    seconds[name].append(took)
        (document,) = Path(out).glob("*.html")
        size = document.stat().st_size
    return Commands({name: Measured(tuple(took), 0) for name, took in seconds.items()}, size)
