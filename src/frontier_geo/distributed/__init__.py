"""
More points than one machine takes at once: the same work on Dask, over partitions of Parquet.

Needs the extra ``distributed``. Importing this package loads no Dask.
"""

from frontier_geo.distributed.partitions import locate_partitions

__all__ = ["locate_partitions"]
