"""
Build the documentation site into build/site.

    python tools/build_docs.py             notebooks with their outputs (run where something changed)
    python tools/build_docs.py --plain     notebooks without outputs, quickly
    python tools/build_docs.py --serve     builds it and shows it at http://127.0.0.1:8000

A warning is an error. Nothing is asked of the network, neither here nor by the site, which may also be
opened from the disk (build/site/index.html).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Run MkDocs; return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--plain", action="store_true", help="show notebooks without outputs")
    parser.add_argument("--serve", action="store_true", help="serve the site when it is built")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "site", help="the folder")
    asked = parser.parse_args()
    environment = {
        **os.environ,
        "FRONTIER_GEO_DOCS_NOTEBOOKS": "plain" if asked.plain else "run",
        "NO_MKDOCS_2_WARNING": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--clean", "--site-dir", asked.output],
        cwd=ROOT, env=environment,
    ).returncode  # fmt: skip
    if done == 0 and asked.serve:
        return subprocess.run(
            [sys.executable, "-m", "http.server", "8000", "--bind", "127.0.0.1", "-d", asked.output]
        ).returncode
    return done


if __name__ == "__main__":
    sys.exit(main())
