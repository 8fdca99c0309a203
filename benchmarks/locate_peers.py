"""The ways to locate points on the line: ours, and each peer in the form that is quickest for it."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import Options, Way
from benchmarks.points import SEGMENT_KM, Array, plane, points
from frontier_geo import load_boundary, make_segments
from frontier_geo.segments import segment_of

NUMPY, NUMBA = "arrays, numpy", "arrays, numba"
FRAME_NUMPY, FRAME_NUMBA = "GeoDataFrame, numpy", "GeoDataFrame, numba"
TREE, JOIN = "shapely STRtree on edges + numpy", "geopandas sjoin_nearest, 10 km segments"
VERTICES = "scipy cKDTree, vertices every 100 m + refinement"
POSTGIS = "PostGIS KNN on 10 km segments + LineLocate"
LINREF, DASK = "linref lr.project", "dask-geopandas sjoin_nearest, GeoParquet in"
WHOLE = "shapely, whole line"
VERTEX_M = 100.0
PARTITIONS = 4


@dataclass(frozen=True)
class Answer:
    """Where points lie: metres; `side` above 0 on the left (None where a peer does not tell)."""

    chainage_m: Array
    distance_m: Array
    side: Array | None
    segment: Array | None


def makers(options: Options, stack: ExitStack) -> dict[str, Callable[[], Way]]:
    """Return what makes each way; `stack` closes what must be closed."""
    big, middle, small = (options.size(n) for n in (1_000_000, 200_000, 50_000))
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    return {
        NUMPY: lambda: ours(big, "numpy"),
        NUMBA: lambda: ours(big, "numba"),
        FRAME_NUMPY: lambda: frames(big, "numpy"),
        FRAME_NUMBA: lambda: frames(big, "numba"),
        TREE: lambda: tree(middle),
        JOIN: lambda: join(middle),
        VERTICES: lambda: vertices(middle),
        POSTGIS: lambda: postgis(small, stack),
        LINREF: lambda: linref(small),
        DASK: lambda: dask(options.size(100_000), folder),
        WHOLE: lambda: whole(options.size(5_000)),
    }


# ---- ours ---------------------------------------------------------------------------------------


def ours(n: int, engine: str) -> Way:
    """Arrays in, arrays out: chainage, distance, side and segment."""
    _needs(engine)
    lon, lat = points(n)
    boundary, segments = load_boundary(), make_segments(length_km=SEGMENT_KM)

    def work() -> Answer:
        at = boundary.locate(lon, lat, engine=engine)
        segment = segment_of(segments, at.chainage_km)
        return Answer(at.chainage_km * 1000, at.distance_km * 1000, at.side, segment)

    return Way(NUMPY if engine == "numpy" else NUMBA, work, n)


def frames(n: int, engine: str) -> Way:
    """A GeoDataFrame of points in, a table out."""
    import geopandas as gpd

    from frontier_geo import locate_points

    _needs(engine)
    lon, lat = points(n)
    table = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326)
    boundary, segments = load_boundary(), make_segments(length_km=SEGMENT_KM)

    def work() -> Answer:
        at = locate_points(table, boundary=boundary, nearest=False, engine=engine)
        km = at["chainage_km"].to_numpy()
        answer = table.assign(
            chainage_km=km, distance_km=at["distance_km"], side=at["side"],
            segment=segment_of(segments, km),
        )  # fmt: skip
        return Answer(km * 1000, answer["distance_km"].to_numpy() * 1000, None, None)

    return Way(FRAME_NUMPY if engine == "numpy" else FRAME_NUMBA, work, n)


def _needs(engine: str) -> None:
    if engine == "numba":
        import_module("numba")


# ---- planar peers -------------------------------------------------------------------------------


def planar_chainage() -> Array:
    """Return the chainage of the vertices in the plane, in metres."""
    at = plane()
    return np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(at.x), np.diff(at.y)))))


def breaks_m() -> Array:
    """Return where segments begin, in geodesic metres."""
    return make_segments(length_km=SEGMENT_KM)["from_km"].to_numpy() * 1000


def on_edges(xy: Array, edge: Array) -> tuple[Array, Array, Array]:
    """Return chainage (geodesic), distance and signed distance (left positive) on given edges."""
    at = plane()
    x, y = at.x[edge], at.y[edge]
    step_x, step_y = at.x[edge + 1] - x, at.y[edge + 1] - y
    to_x, to_y = xy[:, 0] - x, xy[:, 1] - y
    square = step_x**2 + step_y**2
    share = np.clip((to_x * step_x + to_y * step_y) / square, 0.0, 1.0)
    distance = np.hypot(to_x - share * step_x, to_y - share * step_y)
    start = at.chainage_m[edge]
    return (
        start + share * (at.chainage_m[edge + 1] - start),
        distance,
        step_x * to_y - step_y * to_x,
    )


def tree(n: int) -> Way:
    """The nearest edge by shapely's tree, then arithmetic."""
    import shapely

    at, (lon, lat), breaks = plane(), points(n), breaks_m()
    line = np.column_stack((at.x, at.y))
    edges = shapely.STRtree(shapely.linestrings(np.stack((line[:-1], line[1:]), axis=1)))

    def work() -> Answer:
        xy = at.project(lon, lat)
        chainage, distance, side = on_edges(xy, edges.nearest(shapely.points(xy)))
        return Answer(chainage, distance, side, np.searchsorted(breaks, chainage, "right") - 1)

    return Way(TREE, work, n)


def vertices(n: int) -> Way:
    """The nearest of vertices every 100 m by scipy's tree, then the two edges beside it."""
    from scipy.spatial import cKDTree

    at, (lon, lat), breaks = plane(), points(n), breaks_m()
    length = np.hypot(np.diff(at.x), np.diff(at.y))
    parts = np.maximum(np.ceil(length / VERTEX_M).astype(int), 1)
    edge = np.repeat(np.arange(length.size), parts)
    share = (np.arange(edge.size) - np.repeat(np.cumsum(parts) - parts, parts)) / parts[edge]
    x = at.x[edge] + share * np.diff(at.x)[edge]
    y = at.y[edge] + share * np.diff(at.y)[edge]
    kept = cKDTree(np.column_stack((np.append(x, at.x[-1]), np.append(y, at.y[-1]))))
    edge = np.append(edge, length.size - 1)
    before = np.maximum(np.append(0, edge[:-1]), 0)

    def work() -> Answer:
        xy = at.project(lon, lat)
        vertex = kept.query(xy)[1]
        chainage, distance, side = on_edges(xy, edge[vertex])
        other = on_edges(xy, before[vertex])
        nearer = other[1] < distance
        chainage, distance, side = (
            np.where(nearer, b, a) for a, b in zip((chainage, distance, side), other, strict=True)
        )
        return Answer(chainage, distance, side, np.searchsorted(breaks, chainage, "right") - 1)

    return Way(VERTICES, work, n)


def segment_lines() -> tuple[Any, Array, Array, Array]:
    """Return the segments as lines in the plane, their planar begin, and both chainages of vertices."""
    import geopandas as gpd
    import shapely

    at, line = plane(), load_boundary()
    segments = make_segments(length_km=SEGMENT_KM)
    cut = gpd.GeoSeries(
        [line.substring(a, b) for a, b in zip(segments["from_km"], segments["to_km"], strict=True)],
        crs=4326,
    ).to_crs(at.crs)
    planar = planar_chainage()
    begin = np.interp(segments["from_km"] * 1000, at.chainage_m, planar)
    table = gpd.GeoDataFrame({"segment": np.arange(len(cut))}, geometry=cut)
    shapely.prepare(table.geometry.values)
    return table, begin, planar, at.chainage_m


def join(n: int) -> Way:
    """geopandas' nearest join with segments, then the place on the segment; no side."""
    import geopandas as gpd

    lon, lat = points(n)
    joined = _joining(*segment_lines())

    def work() -> Answer:
        return joined(gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326))

    return Way(JOIN, work, n)


def _joining(
    segments: Any, begin: Array, planar: Array, geodesic: Array
) -> Callable[[Any], Answer]:
    import shapely

    lines, crs = segments.geometry.to_numpy(), segments.crs

    def joined(table: Any) -> Answer:
        near = table.to_crs(crs).sjoin_nearest(segments, distance_col="distance")
        near = near[~near.index.duplicated()]
        segment = near["segment"].to_numpy()
        along = shapely.line_locate_point(lines[segment], near.geometry.to_numpy())
        chainage = np.interp(begin[segment] + along, planar, geodesic)
        return Answer(chainage, near["distance"].to_numpy(), None, segment)

    return joined


def whole(n: int) -> Way:
    """The place on the whole line by shapely, as one writes it first; no side."""
    import shapely

    at, (lon, lat), breaks = plane(), points(n), breaks_m()
    line, planar = shapely.linestrings(at.x, at.y), planar_chainage()

    def work() -> Answer:
        place = shapely.points(at.project(lon, lat))
        chainage = np.interp(shapely.line_locate_point(line, place), planar, at.chainage_m)
        segment = np.searchsorted(breaks, chainage, "right") - 1
        return Answer(chainage, shapely.distance(line, place), None, segment)

    return Way(WHOLE, work, n)


def linref(n: int) -> Way:
    """linref's projection onto segments with measures; no side."""
    import geopandas as gpd

    import_module("linref")  # gives tables their .lr
    lon, lat = points(n)
    table, begin, planar, geodesic = segment_lines()
    stop = np.append(begin[1:], planar[-1])
    table = table.assign(beg=begin, end=stop)
    with _quiet():
        events = table.lr.set_lrs(
            key_col=["segment"], loc_col="loc", beg_col="beg", end_col="end", geom_col="geometry",
            geom_m_col="geometry_m",
        ).lr.add_geom_m()  # fmt: skip

    def work() -> Answer:
        with _quiet():
            given = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326)
            near = events.lr.project(given.to_crs(table.crs), buffer=1e6)
        chainage = np.interp(near["loc"].to_numpy(), planar, geodesic)
        distance = near["project_distance"].to_numpy()
        return Answer(chainage, distance, None, near["segment"].to_numpy())

    return Way(LINREF, work, n)


def dask(n: int, folder: Path) -> Way:
    """dask-geopandas over files of points, on one thread; no side."""
    import dask
    import dask_geopandas
    import geopandas as gpd

    lon, lat = points(n)
    joined = _joining(*segment_lines())
    for part, rows in enumerate(np.array_split(np.arange(n), PARTITIONS)):
        given = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon[rows], lat[rows]), crs=4326)
        given.to_parquet(folder / f"part.{part}.parquet")

    def of_partition(table: Any) -> Any:
        import pandas as pd

        answer = joined(table.reset_index(drop=True))
        return pd.DataFrame(
            {"chainage_m": answer.chainage_m, "distance_m": answer.distance_m,
             "segment": answer.segment}
        )  # fmt: skip

    meta = {"chainage_m": float, "distance_m": float, "segment": np.int64}

    def work() -> Answer:
        with dask.config.set(scheduler="synchronous"):
            given = dask_geopandas.read_parquet(str(folder))
            found = given.map_partitions(of_partition, meta=meta).compute()
        return Answer(
            found["chainage_m"].to_numpy(), found["distance_m"].to_numpy(), None,
            found["segment"].to_numpy(),
        )  # fmt: skip

    return Way(DASK, work, n)


def postgis(n: int, stack: ExitStack) -> Way:
    """PostGIS on stored points in the plane; the server's processor time counts; no side."""
    from benchmarks.postgis import server

    lon, lat = points(n)
    table, begin, planar, geodesic = segment_lines()
    session = stack.enter_context(server())
    session.ask(
        "INSERT INTO spatial_ref_sys (srid, proj4text) VALUES "
        f"(990001, '{plane().crs}'); CREATE TABLE segments (segment int, begins float8, "
        "metres float8, geom geometry); COPY segments FROM STDIN;",
        [
            f"{k}\t{float(begin[k])!r}\t{line.length!r}\tSRID=990001;{line.wkt}"
            for k, line in enumerate(table.geometry)
        ],
    )
    xy = plane().project(lon, lat)
    session.ask(
        "CREATE TABLE points (id int, x float8, y float8); COPY points FROM STDIN;",
        [f"{k}\t{x!r}\t{y!r}" for k, (x, y) in enumerate(xy.tolist())],
    )
    session.ask(
        "CREATE TABLE places AS SELECT id, ST_SetSRID(ST_MakePoint(x, y), 990001) AS geom FROM points "
        "ORDER BY id; CREATE INDEX ON segments USING gist (geom); VACUUM ANALYZE segments; "
        "VACUUM ANALYZE places;"
    )
    query = (
        "COPY (SELECT s.segment, s.begins + s.metres * ST_LineLocatePoint(s.geom, p.geom), s.away "
        "FROM places p CROSS JOIN LATERAL (SELECT segment, begins, metres, geom, "
        "geom <-> p.geom AS away FROM segments ORDER BY geom <-> p.geom LIMIT 1) s) TO STDOUT;"
    )

    def work() -> Answer:
        rows = np.array([line.split("\t") for line in session.ask(query)], dtype=float)
        chainage = np.interp(rows[:, 1], planar, geodesic)
        return Answer(chainage, rows[:, 2], None, rows[:, 0].astype(int))

    return Way(POSTGIS, work, n, session.cpu_s, session.peak_mb)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep warnings of a peer about its own use of pandas off the screen."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


WITHOUT_SIDE: Mapping[str, str] = dict.fromkeys(
    (JOIN, POSTGIS, LINREF, DASK, WHOLE), "chainage, distance, segment"
)
