"""How things are made, and what happens when someone withholds: chains of recipes, inputs and providers.

The verbs take a chain's id, the path of its file or folder, or a loaded :class:`Chain`, and return results with
``to_dict()``, ``to_json()`` and ``text()``.  Each is described where it is written: :mod:`~straits.chains.denial`,
:mod:`~straits.chains.chokepoint`, :mod:`~straits.chains.exposures`, :mod:`~straits.chains.levers`,
:mod:`~straits.chains.relief`, :mod:`~straits.chains.whatif`, :mod:`~straits.chains.draw`, :mod:`~straits.chains.eto`.

>>> from straits import chains
>>> result = chains.deny("lithography-7nm", at="euv-scanner")
>>> [way.recipe for way in result.ways if way.item == "logic-7nm" and not way.survives]
['samsung-7nm']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from straits.chains.model import Chain
from straits.chains.opening import ChainLike, Who, load
from straits.chains.reading import ids
from straits.vocabulary.errors import StraitsError

if TYPE_CHECKING:
    from straits.chains.chokepoint import chokepoints
    from straits.chains.denial import deny
    from straits.chains.draw import show
    from straits.chains.eto import export_eto, import_eto
    from straits.chains.exposures import exposure
    from straits.chains.levers import leverage
    from straits.chains.relief import relieve
    from straits.chains.whatif import what_if
    from straits.chains.writing import new, write_folder

_WHERE = {
    "chokepoints": "chokepoint",
    "deny": "denial",
    "export_eto": "eto",
    "exposure": "exposures",
    "import_eto": "eto",
    "leverage": "levers",
    "new": "writing",
    "relieve": "relief",
    "show": "draw",
    "what_if": "whatif",
    "write_folder": "writing",
}
"""The module of each verb, which is loaded when it is first asked for: a question needs one of them."""


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'straits.chains' has no attribute {name!r}")
    return getattr(import_module(f"straits.chains.{_WHERE[name]}"), name)


__all__ = [
    "Chain",
    "ChainLike",
    "StraitsError",
    "Who",
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
