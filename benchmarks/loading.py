"""How fast a year of CEPII's release goes into an empty store.

``python loading.py RELEASE`` loads a release zip in this process and prints time, peak memory and rows as JSON.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from contenders import watched
from measuring import Measured, in_turns
from straits.sources import baci
from straits.store.store import Store


def run(release: Path, repeats: int) -> Measured:
    """Load the release into an empty store, some times."""
    return in_turns({"load": ("loading.py", release)}, repeats)["load"]


def main(release: str) -> None:
    """Load the release and print what it took."""
    with tempfile.TemporaryDirectory() as home:

        def load() -> int:
            version = baci.load(Store(Path(home)), release, None, lambda *_: None)
            return int(version.manifest["tables"]["trade"]["rows"])

        watched(load)


if __name__ == "__main__":
    main(*sys.argv[1:])
