"""Straits finds the narrow places in technology value chains.

Who depends on whom, for what, how hard they are to replace, and what can be done about it, in both directions.

>>> import straits
>>> isinstance(straits.open("/nowhere"), straits.Observatory)
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from straits.vocabulary.errors import StraitsError

if TYPE_CHECKING:
    from straits.observatory import Observatory, open

__version__ = "0.1.0"
__all__ = ["Observatory", "StraitsError", "__version__", "open"]


def __getattr__(name: str) -> Any:
    """Load the observatory only when it is asked for, so that the command line starts quickly."""
    if name in ("Observatory", "open"):
        from straits import observatory

        return getattr(observatory, name)
    raise AttributeError(f"module 'straits' has no attribute {name!r}")
