"""Detectors beside ruptures' KernelCPD and Pelt: time, hits and false alarms on the same series; linear growth.

``python run.py --only watch`` runs everything; ``python watch.py time WHO SERIES MONTHS`` does one timing in this process
and prints its time and peak memory as JSON, ``python watch.py hits [SERIES]`` the hits and false alarms;
``python watch.py backtest [products=500 seed=7]`` replays the made-up world (two minutes, 4 GB) and draws its figure;
``python watch.py annual`` makes the tables on annual flows of docs/early-warning.md.
ruptures looks back over a whole series, knows no season and no missing months: gaps are filled with the series' mean.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from measuring import Measured, child, in_turns, say

MONTHS = 120
SHIFT = 90  # the month of the planted fall
SIZES = (0.3, 0.5, 0.7, 0.9)
PELT_PENALTIES, PELT_SERIES = (1.0, 2.0, 4.0), 100
PENALTIES = (2.0, 5.0, 10.0, 20.0, 40.0)


@dataclass(frozen=True)
class Size:
    """How many series; ruptures goes series by series, so that its time for all is that of a few, multiplied."""

    series: int = 100_000
    kernelcpd: int = 2000
    pelt: int = 20
    hits: int = 2000


FULL, QUICK = Size(), Size(10_000, 200, 3, 200)


@dataclass(frozen=True)
class Found:
    """Times by contender with the factor to all series, and the rows of hits and false alarms."""

    size: Size
    times: dict[str, tuple[Measured, float]]
    hits: list[dict[str, Any]]


def _panel(series: int, months: int, seed: int = 5) -> Any:
    from straits.watch.placebo import placebo

    return placebo(max(1, series // 40), min(40, series), months, seed)


def _ours(panel: Any) -> int:
    from straits.watch.detectors import detect

    return len(detect(panel.quantity, panel.value, panel.group))


def _logs(quantity: Any) -> Any:
    mean = np.nanmean(quantity, axis=1, keepdims=True)
    logs = np.log(np.where(np.isnan(quantity), mean, quantity) + 0.1 * mean + 1e-9)
    return (logs - logs.mean(axis=1, keepdims=True)) / (logs.std(axis=1, keepdims=True) + 1e-9)


def _kernel(logs: Any, penalty: float = 10.0) -> list[list[int]]:
    import ruptures

    model = ruptures.KernelCPD(kernel="linear", min_size=2)
    return [model.fit(row[:, None]).predict(pen=penalty)[:-1] for row in logs]


def _pelt(logs: Any, penalty: float = 10.0) -> list[list[int]]:
    import ruptures

    return [
        ruptures.Pelt(model="rbf", min_size=2, jump=1).fit(row[:, None]).predict(pen=penalty)[:-1] for row in logs
    ]


def timing(who: str, series: int, months: int) -> dict[str, Any]:
    """Seconds of one contender on a panel; reading numpy and making the panel are not counted."""
    panel = _panel(series, months)
    work: Callable[[], Any] = {
        "straits": lambda: _ours(panel),
        "kernelcpd": lambda: _kernel(_logs(panel.quantity)),
        "pelt": lambda: _pelt(_logs(panel.quantity)),
    }[who]
    if who != "straits":
        import ruptures  # noqa: F401
    else:
        import straits.watch.detectors  # noqa: F401
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    return {
        "seconds": seconds,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "rows": series,
    }


def run(repeats: int, size: Size = FULL) -> Found:
    """All timings in turns, each in a process of its own: all series, half of them, half the months, ruptures on a few."""
    contenders: dict[str, tuple[object, ...]] = {
        "straits": ("watch.py", "time", "straits", size.series, MONTHS),
        "straits, half the series": ("watch.py", "time", "straits", size.series // 2, MONTHS),
        "straits, half the months": ("watch.py", "time", "straits", size.series, MONTHS // 2),
    }
    beside = find_spec("ruptures") is not None
    if beside:
        contenders["KernelCPD"] = ("watch.py", "time", "kernelcpd", size.kernelcpd, MONTHS)
    found = in_turns(contenders, repeats)
    if beside:
        found |= in_turns({"Pelt": ("watch.py", "time", "pelt", size.pelt, MONTHS)}, 1)
    factors = {"KernelCPD": size.series / size.kernelcpd, "Pelt": size.series / size.pelt}
    say("hits and false alarms")
    rows = child("watch.py", "hits", size.hits)["rows"]
    return Found(size, {name: (one, factors.get(name, 1.0)) for name, one in found.items()}, rows)


# -- hits and false alarms -------------------------------------------------------------------------------------


def hits(series: int = 2000, months: int = SHIFT + 3) -> dict[str, Any]:
    """What each finds of a lasting fall by the third month after it, and what it finds where nothing happened.

    A quarter of the series falls by each size at month 90 (data end two months later); as many are left alone.  Each
    row: contender, hits by size, false alarms a series and year.
    """
    rows = []
    calm = _panel(series, months, seed=6)
    struck = {size: _struck(_panel(series, months, seed=7), size) for size in SIZES}
    rows.append({"who": "straits, 0.05 a series and year", **_straits(calm, struck, 0.05)})
    rows.append({"who": "straits, 0.2 a series and year", **_straits(calm, struck, 0.2)})
    if find_spec("ruptures") is None:
        return {"rows": rows, "series": series}
    few = min(series, PELT_SERIES)
    for penalty in PENALTIES:
        rows.append({"who": f"KernelCPD, penalty {penalty:g}", **_ruptures(_kernel, calm, struck, penalty, series)})
    for penalty in PELT_PENALTIES:
        who = f"Pelt (rbf), penalty {penalty:g}, {few} series"
        rows.append({"who": who, **_ruptures(_pelt, calm, struck, penalty, few)})
    return {"rows": rows, "series": series}


def _struck(panel: Any, size: float) -> Any:
    panel.quantity[:, SHIFT:] *= 1 - size
    panel.value[:, SHIFT:] *= 1 - size
    return panel


def _straits(calm: Any, struck: dict[float, Any], rate: float) -> dict[str, Any]:
    from straits.watch.calibration import count_false_alarms, p_values, threshold
    from straits.watch.detectors import detect

    names = ("level_drop", "lasting_drop")
    limit = threshold(rate, len(names))
    found = {}
    for size, panel in struck.items():
        p = p_values(detect(panel.quantity))
        found[str(size)] = float(np.mean(np.any([(p[n][:, SHIFT:] < limit).any(axis=1) for n in names], axis=0)))
    p = p_values(detect(calm.quantity))
    return {"hits": found, "false": count_false_alarms({n: p[n] for n in names}, rate).rate}


def _ruptures(
    model: Callable[[Any, float], list[list[int]]], calm: Any, struck: dict[float, Any], penalty: float, most: int
) -> dict[str, Any]:
    found = {}
    for size, panel in struck.items():
        logs = _logs(panel.quantity[:most])
        breaks = model(logs, penalty)
        fell = [
            any(SHIFT - 1 <= b <= SHIFT + 1 and row[b:].mean() < row[:b].mean() for b in at)
            for at, row in zip(breaks, logs, strict=True)
        ]
        found[str(size)] = float(np.mean(fell))
    logs = _logs(calm.quantity[:most])
    falls = sum(
        row[b : b + 6].mean() < row[max(0, b - 6) : b].mean()
        for at, row in zip(model(logs, penalty), logs, strict=True)
        for b in at
        if b >= 24
    )
    return {"hits": found, "false": float(falls) / (len(logs) * (logs.shape[1] - 24) / 12)}


# -- the made-up world -----------------------------------------------------------------------------------------

WORLD = {"products": 5000, "partners": 40, "months": 120, "events": 60, "seed": 2024}
RULES = ((None, 0.1), (None, 0.2), (0.001, None), (0.005, None))
FIGURE = Path(__file__).parents[1] / "docs" / "images" / "early-warning-backtest.svg"


def backtest(**changed: int) -> str:
    """The backtest of docs/early-warning.md: a table a rule, what is found by what was lost, and the figure."""
    from straits.watch.backtest import FIRST, evaluate, judge, raised
    from straits.watch.figure import figure, svg
    from straits.watch.world import world

    made = world(**{**WORLD, **changed})
    say("world made")
    judged = judge(made)
    say("world replayed")
    lines = [
        "| rule | found | lead to announcement, force (median months) | false alarms a month | false share, mean of months"
        " | top ten right |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    results = []
    for alarms, share in RULES:
        rule = f"{alarms:g} false alarms a series-year" if alarms else f"{100 * (share or 0):g} % false discoveries"
        title = f"{made.products:,} products x {made.partners} partners"
        one = evaluate(raised(judged, alarms, share), made.events, made.months - FIRST, title, rule)
        results.append(one)
        found = one.to_dict()
        lines.append(
            f"| {rule} | {one.found} of {one.events} | {found['median_lead_announced']:+g}, {found['median_lead_force']:+g}"
            f" | {one.false_alarms_a_month:.2f} | {one.false_share_by_month:.3f} | {one.top_ten_right} of {one.top_ten} |"
        )
    lines += ["", "| lost at force, of the product's flow | events | " + " | ".join(r.rule for r in results) + " |"]
    lines.append("|---|---:|" + "---:|" * len(results))
    for low, high in ((0, 0.1), (0.1, 0.3), (0.3, 0.6), (0.6, 1.01)):
        within = [[item for item in r.detail if low <= item["lost"] < high] for r in results]
        cells = " | ".join(str(sum(item["found"] for item in items)) for items in within)
        lines.append(f"| {100 * low:.0f} to {min(100, 100 * high):.0f} % | {len(within[0])} | {cells} |")
    if not changed:
        FIGURE.write_text(svg(figure(results[0])), encoding="utf-8")
    return "\n".join(lines)


# -- annual flows ------------------------------------------------------------------------------------------------

RATES = (0.2, 0.05, 0.01)
NOISES = (0.1, 0.2, 0.4, 0.8)
ANNUAL_FALLS = (0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
YEARS, FELL = 30, 28  # the fall begins in the 29th year and lasts
SERIES_ALARMS = ("level_drop", "surge", "price_jump")


def annual() -> str:
    """False alarms on placebo years by kind, and the smallest falls that thirty years show, by how noisy a flow is."""
    from dataclasses import replace

    from straits.watch.calibration import count_false_alarms, p_values, reference, threshold
    from straits.watch.detectors import detect
    from straits.watch.placebo import ANNUAL_KINDS, placebo
    from straits.watch.rhythms import ANNUAL

    def chances(quantity: Any, value: Any = None, group: Any = None) -> Any:
        return p_values(detect(quantity, value, group, settings=ANNUAL.settings), reference(ANNUAL))

    lines = [
        "| kind of series | " + " | ".join(f"stated {r:g}" for r in RATES) + " |",
        "|---|" + "---:|" * len(RATES),
    ]
    for name, kind in ANNUAL_KINDS.items():
        made = placebo(200, 40, YEARS, 991, kind)
        p = chances(made.quantity, made.value, made.group)
        groups = [n for n in ANNUAL.detectors if n not in SERIES_ALARMS]
        cells = [
            " and ".join(
                f"{count_false_alarms({n: p[n] for n in names}, rate, rhythm=ANNUAL).rate:.3f}"
                for names in (SERIES_ALARMS, groups)
            )
            for rate in RATES
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    head = " | ".join(f"fall of {100 * fall:.0f} %" for fall in ANNUAL_FALLS)
    lines += ["", f"| errors from year to year | {head} |", "|---|" + "---:|" * len(ANNUAL_FALLS)]
    limit = threshold(0.05, len(ANNUAL.detectors), ANNUAL.a_year)
    for noise in NOISES:
        kind = replace(ANNUAL_KINDS["quiet"], noise=(noise, noise), drift=0.1, tails=6.0)
        cells = []
        for fall in ANNUAL_FALLS:
            flow = placebo(100, 20, YEARS, 77, kind).quantity
            flow[:, FELL:] *= 1 - fall
            found = chances(flow)["level_drop"][:, FELL:] < limit
            cells.append(f"{100 * found[:, 0].mean():.0f} / {100 * found.any(axis=1).mean():.0f} %")
        lines.append(f"| {100 * noise:.0f} % | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    if sys.argv[1:2] == ["time"]:
        print(json.dumps(timing(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
    elif sys.argv[1:2] == ["backtest"]:
        print(backtest(**{name: int(value) for name, value in (word.split("=") for word in sys.argv[2:])}))
    elif sys.argv[1:2] == ["hits"]:
        print(json.dumps(hits(int(sys.argv[2]) if sys.argv[2:] else FULL.hits)))
    elif sys.argv[1:2] == ["annual"]:
        print(annual())
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
