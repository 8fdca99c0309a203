"""Files of points of any size → located points, in one pass, taken up again when interrupted."""

from frontier_geo.streaming.files import LocatedFile, locate_file
from frontier_geo.streaming.points import LOCATED_COLUMNS

__all__ = ["LOCATED_COLUMNS", "LocatedFile", "locate_file"]
