"""How long 10,000 assessments take, with the largest shipped protocol and half of the answers unknown.

``python assessments.py PROTOCOL`` does it in this process and prints time and peak memory as JSON.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time

from measuring import Measured, in_turns

MANY = 10_000


def largest() -> str:
    """The shipped protocol with the most rules and questions."""
    from straits.assess.protocols import shipped

    return max(shipped().values(), key=lambda protocol: len(protocol.questions) * len(protocol.rules)).id


def run(repeats: int) -> dict[str, Measured]:
    """The largest protocol, and the one with most rules that rest on other outcomes."""
    return in_turns({name: ("assessments.py", name) for name in (largest(), "ambition")}, repeats)


def main(name: str) -> None:
    """Assess many random sheets: for every question a level, or with even odds nothing."""
    from straits.assess.engine import Engine
    from straits.assess.protocols import shipped

    protocol = shipped()[name]
    draw = random.Random(11)
    sheets = [
        {
            q.id: q.scale.whole if draw.random() < 0.5 else 1 << draw.randrange(len(q.scale.levels))
            for q in protocol.questions
        }
        for _ in range(MANY)
    ]
    began = time.perf_counter()
    engine = Engine(protocol)
    outcomes = [engine.outcomes(sheet) for sheet in sheets]
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "peak_bytes": peak, "rows": len(outcomes)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
