"""Files of points of any size → located points, in one pass, taken up again when interrupted."""

from frontier_geo.streaming.files import LocatedFile, locate_file
from frontier_geo.streaming.points import (
    LOCATED_COLUMNS,
    PointColumns,
    check_same_schema,
    find_points,
    locate_batch,
    located_schema,
    needed_columns,
)

__all__ = [
    "LOCATED_COLUMNS",
    "LocatedFile",
    "PointColumns",
    "check_same_schema",
    "find_points",
    "locate_batch",
    "locate_file",
    "located_schema",
    "needed_columns",
]
