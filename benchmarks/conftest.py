"""One thread for every library when pytest measures: read before numpy is imported."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.harness import THREADS

os.environ.update(dict.fromkeys(THREADS, "1"))
