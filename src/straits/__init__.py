"""Straits finds the narrow places in technology value chains.

Who depends on whom, for what, how hard they are to replace, and what can be done about it, in both directions.

>>> import straits
>>> isinstance(straits.open("/nowhere"), straits.Observatory)
True
"""

from straits.observatory import Observatory, open
from straits.vocabulary.errors import StraitsError

__version__ = "0.1.0"
__all__ = ["Observatory", "StraitsError", "__version__", "open"]
