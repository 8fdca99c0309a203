"""Print the table: ``python tools/validation``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from validation import comparisons, markdown

print(markdown(comparisons()))
