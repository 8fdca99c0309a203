"""
Set up and run frontier_geo on a machine that has nothing but Python 3.11 or later.

    python tools/fresh.py map     writes hotspots.html from the shipped data
    python tools/fresh.py test    runs the whole test suite

Each makes an environment of its own in .venv, installs what it needs there, and leaves the rest of
the machine alone. More arguments are handed on: ``python tools/fresh.py map --output other.html``.
The whole suite runs in as many processes as there are cores, four at most; with arguments of its own
(``python tools/fresh.py test tests/test_cli.py``) it runs in one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
NEEDED = (3, 11)
MOST_PROCESSES = 4  # a process of the tests takes up to 2 GB


def main() -> int:
    """Run one of the two jobs; return its exit code."""
    job, rest = (sys.argv[1] if len(sys.argv) > 1 else ""), sys.argv[2:]
    if job not in ("map", "test"):
        print(__doc__)
        return 0 if job in ("-h", "--help") else 2
    if sys.version_info < NEEDED:
        print(
            f"frontier_geo needs Python {NEEDED[0]}.{NEEDED[1]} or later, but this is "
            f"{sys.version.split()[0]}. Run the same command with a newer Python.",
            file=sys.stderr,
        )
        return 2
    python = environment()
    if job == "map":
        install(python, ".[plot]")
        return run(python, "-m", "frontier_geo", "map", *rest)
    install(python, "-e", ".[test]")
    os.environ.setdefault("PYTHONHASHSEED", "0")  # sets in the same order in all processes
    return run(python, "-m", "pytest", *(rest or shared_out()))


def shared_out() -> tuple[str, ...]:
    """Return the options by which pytest shares the files of tests out over the cores."""
    known = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if known else os.cpu_count() or 1
    if cores < 2:
        return ()
    return ("-n", str(min(cores, MOST_PROCESSES)), "--dist", "loadfile", "--no-loadscope-reorder")


def environment() -> Path:
    """Return the Python of the environment, made if it is not there."""
    python = ENVIRONMENT / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        print(f"Making an environment in {ENVIRONMENT} …", flush=True)
        try:
            venv.create(ENVIRONMENT, with_pip=True)
        except (subprocess.CalledProcessError, OSError) as error:
            print(
                f"An environment cannot be made in {ENVIRONMENT}: {error}. Python's venv module is "
                "needed; on Debian and Ubuntu it is in the package python3-venv.",
                file=sys.stderr,
            )
            raise SystemExit(1) from error
    return python


def install(python: Path, *what: str) -> None:
    """Install this tree and what it needs."""
    print(f"Installing {' '.join(what)} …", flush=True)
    quiet = ("--quiet", "--disable-pip-version-check")
    done = subprocess.run([python, "-m", "pip", "install", *quiet, *what], cwd=ROOT)
    if done.returncode:
        raise SystemExit(done.returncode)


def run(python: Path, *arguments: str) -> int:
    """Run a module of the environment and return its exit code."""
    return subprocess.run([python, *arguments], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
