"""Run the benchmark: ``python -m benchmarks.map``."""

import sys

from benchmarks.map.run import main

sys.exit(main())
