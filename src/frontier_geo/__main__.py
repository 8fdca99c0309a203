"""Where the command ``frontier-geo`` begins; the same as ``python -m frontier_geo``."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the shell command."""
    # What modules make stays to the end: to look it through for waste, again and again and once more
    # at the end, takes a tenth of the time of a short command.
    gc.disable()
    from frontier_geo.cli import main as run

    gc.freeze()
    gc.enable()
    try:
        run()
    finally:
        gc.freeze()


if __name__ == "__main__":
    main()
