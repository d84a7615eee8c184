"""How things are made, and what happens when someone withholds: chains of recipes, inputs and providers.

The verbs take a chain's id, the path of its file or folder, or a loaded :class:`Chain`, and return results with
``to_dict()``, ``to_json()`` and ``text()``.

>>> from straits import chains
>>> result = chains.deny("lithography-7nm", at="euv-scanner")
>>> [way.recipe for way in result.ways if way.item == "logic-7nm" and not way.survives]
['samsung-7nm']
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from straits.chains.files import load as _load
from straits.chains.model import Chain
from straits.chains.reading import ids
from straits.chains.writing import new
from straits.vocabulary.errors import StraitsError

if TYPE_CHECKING:
    from straits.chains.chokepoint import ChokepointsResult
    from straits.chains.denial import DenialResult
    from straits.chains.draw import ShowResult
    from straits.chains.eto import Imported
    from straits.chains.exposures import ExposureResult
    from straits.chains.levers import LeverageResult
    from straits.chains.relief import ReliefResult
    from straits.chains.whatif import WhatIfResult

Who = str | Iterable[str] | None
ChainLike = str | Path | Chain
Reach = Literal["either", "location", "ownership"]


def load(chain: ChainLike) -> Chain:
    """The chain with that id, in that YAML file, or in that folder of CSV files (ETO's format too)."""
    if isinstance(chain, Chain):
        return chain
    path = Path(chain)
    if path.is_dir() and not (path / "chain.csv").exists() and (path / "sequence.csv").exists():
        return import_eto(path).chain
    return _load(chain)


def deny(
    chain: ChainLike,
    who: Who = None,
    *,
    to: Who = None,
    at: Who = None,
    mode: str | None = None,
    goals: Who = None,
    extraterritorial: bool = False,
    at_home: bool = False,
    reach: Reach = "either",
) -> DenialResult:
    """What becomes infeasible, what survives, what is lost and when, who is hit; see :mod:`straits.chains.denial`."""
    from straits.chains import denial

    return denial.deny(
        load(chain),
        who,
        to=to,
        at=at,
        mode=mode,
        goals=goals,
        extraterritorial=extraterritorial,
        at_home=at_home,
        reach=reach,
    )


def chokepoints(
    chain: ChainLike,
    dependent: Who,
    *,
    by: str = "economy",
    allies: Who = None,
    size: int = 3,
    goals: Who = None,
    blocs: Iterable[str] = (),
    extraterritorial: bool = False,
    at_home: bool = False,
    reach: Reach = "either",
    every_item: bool | None = None,
) -> ChokepointsResult:
    """All minimal denial sets against a dependent, and concentration; see :mod:`straits.chains.chokepoint`."""
    from straits.chains import chokepoint

    return chokepoint.chokepoints(
        load(chain),
        dependent,
        by=by,
        allies=allies,
        size=size,
        goals=goals,
        blocs=blocs,
        extraterritorial=extraterritorial,
        at_home=at_home,
        reach=reach,
        every_item=every_item,
    )


def exposure(
    chain: ChainLike, dependent: str | Iterable[str], *, goals: Who = None, on: str | None = None
) -> ExposureResult:
    """Dependence on every economy, direct and through the tiers; see :mod:`straits.chains.exposures`."""
    from straits.chains import exposures

    return exposures.exposure(load(chain), dependent, goals=goals, on=on)


def leverage(
    chain: ChainLike,
    one: str | Iterable[str],
    other: str | Iterable[str],
    *,
    goals: Who = None,
    mode: str | None = None,
    extraterritorial: bool = False,
) -> LeverageResult:
    """What two sides can deny each other; see :mod:`straits.chains.levers`."""
    from straits.chains import levers

    return levers.leverage(load(chain), one, other, goals=goals, mode=mode, extraterritorial=extraterritorial)


def relieve(
    chain: ChainLike,
    dependent: str | Iterable[str],
    on: str | Iterable[str],
    *,
    size: int = 3,
    goals: Who = None,
    months: float | None = None,
    extraterritorial: bool = False,
    at_home: bool = False,
    reach: Reach = "either",
) -> ReliefResult:
    """The smallest additions that keep a chain going; see :mod:`straits.chains.relief`."""
    from straits.chains import relief

    return relief.relieve(
        load(chain),
        dependent,
        on,
        size=size,
        goals=goals,
        months=months,
        extraterritorial=extraterritorial,
        at_home=at_home,
        reach=reach,
    )


def what_if(
    chain: str | Path,
    changes: str | Path,
    *,
    who: Who = None,
    to: Who = None,
    at: Who = None,
    mode: str | None = None,
    size: int = 2,
) -> WhatIfResult:
    """The same question before and after a file of changes; see :mod:`straits.chains.whatif`."""
    from straits.chains import whatif

    return whatif.what_if(chain, changes, who=who, to=to, at=at, mode=mode, size=size)


def show(chain: ChainLike, dependent: Who = None, *, by: str = "economy", goals: Who = None) -> ShowResult:
    """A layered drawing with a text alternative; see :mod:`straits.chains.draw`."""
    from straits.chains import draw

    return draw.show(load(chain), dependent, by=by, goals=goals)


def import_eto(folder: str | Path, name: str = "eto") -> Imported:
    """A chain in the format of the ETO Supply Chain Explorer, with a report; see :mod:`straits.chains.eto`."""
    from straits.chains import eto

    return eto.import_eto(folder, name)


def export_eto(chain: ChainLike, folder: str | Path) -> list[str]:
    """Write a chain in ETO's format; returns what the format cannot say."""
    from straits.chains import eto

    return eto.export_eto(load(chain), folder)


def write_folder(chain: ChainLike, folder: str | Path) -> Path:
    """Write a chain as a folder of CSV files."""
    from straits.chains import writing

    return writing.write_folder(load(chain), folder)


__all__ = [
    "Chain",
    "StraitsError",
    "chokepoints",
    "deny",
    "export_eto",
    "exposure",
    "ids",
    "import_eto",
    "leverage",
    "load",
    "new",
    "relieve",
    "show",
    "what_if",
    "write_folder",
]
