"""What the tests of assessments share: the obvious twin of the engine on the path."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
