"""``python -m frontier_geo``: the same as the command ``frontier-geo``."""

from frontier_geo.cli import main

if __name__ == "__main__":
    main()
