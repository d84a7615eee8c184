"""A chain as a reader names it: by its id, by the path of its file or folder, or loaded already."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from straits.chains import files
from straits.chains.model import Chain

ChainLike = str | Path | Chain
Who = str | Iterable[str] | None


def load(chain: ChainLike) -> Chain:
    """The chain with that id, in that YAML file, or in that folder of CSV files (ETO's format too).

    Raises one :class:`StraitsError` that lists every fault with file and line.

    >>> load("lithography-7nm").goals[0]
    'logic-7nm'
    """
    if isinstance(chain, Chain):
        return chain
    path = Path(chain)
    if path.is_dir() and not (path / "chain.csv").exists() and (path / "sequence.csv").exists():
        from straits.chains.eto import import_eto

        return import_eto(path).chain
    return files.load(chain)


__all__ = ["ChainLike", "Who", "load"]
