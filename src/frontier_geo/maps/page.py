"""The standalone map page: one HTML file that opens anywhere, with the network off."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import geopandas as gpd
import pandas as pd

from frontier_geo._files import write_whole
from frontier_geo.boundary import Boundary
from frontier_geo.errors import LargeMapWarning
from frontier_geo.maps.inputs import DEFAULT_COLUMN, MapInputs, map_inputs, page_languages
from frontier_geo.maps.notebook import notebook_html
from frontier_geo.maps.payload import Look, Payload, check_look, payload_of
from frontier_geo.maps.shell import assembled_page
from frontier_geo.maps.tiles import tile_source
from frontier_geo.maps.words import LANGUAGES
from frontier_geo.periods import Period

__all__ = ["HotspotPage", "check_page_options", "hotspot_page"]

LARGE_BYTES = 25_000_000  # what a phone takes long to open, and many mail servers refuse
FILE_NAME = "page.html"


@dataclass(frozen=True, eq=False, repr=False)
class HotspotPage:
    """
    A map page, ready to be written or shown.

    Made by `hotspot_page`. A notebook shows it in a frame that cannot reach the notebook, or, above 5 MB,
    as a picture with a link to the file it was saved to.

    Attributes
    ----------
    inputs : MapInputs
        What it was made from.
    payload : Payload
        Its data.

    Examples
    --------
    >>> page = hotspot_page(period=("2015-01-01", "2025-12-31"))
    >>> page.html.startswith("<!DOCTYPE html>"), page.size_bytes < 1_000_000
    (True, True)
    """

    inputs: MapInputs
    payload: Payload
    _saved: list[Path] = field(default_factory=list, init=False)  # the file written last

    @cached_property
    def html(self) -> str:
        """The page itself: the same text for the same data and version."""
        return assembled_page(self.payload)

    @property
    def title(self) -> str:
        """Heading of the page."""
        return str(self.payload.head["title"])

    @property
    def size_bytes(self) -> int:
        """How large the file is."""
        return len(self.html.encode("utf-8"))

    def save(self, path: str | Path) -> Path:
        """
        Write the page, whole or not at all.

        Parameters
        ----------
        path : str or Path
            The HTML file. What was there before stays as it was if the writing fails.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        OutputError
            If it cannot be written there: no such folder, a folder of that name, no permission.
        """
        written = write_whole(path, self.html.encode("utf-8"))
        self._saved[:] = [written.absolute()]
        return written

    def _repr_html_(self) -> str:
        return notebook_html(
            self.html,
            title=self.title,
            inputs=self.inputs,
            language=self.payload.head["language"],
            file_name=FILE_NAME,
            saved=self._saved[0] if self._saved else None,
        )

    def __repr__(self) -> str:
        return f"<HotspotPage {self.payload.told()}, {self.size_bytes / 1e6:.1f} MB>"


def hotspot_page(
    events: gpd.GeoDataFrame | None = None,
    *,
    boundary: Boundary | None = None,
    segments: gpd.GeoDataFrame | None = None,
    located: pd.DataFrame | None = None,
    rates: gpd.GeoDataFrame | None = None,
    areas: gpd.GeoDataFrame | None = None,
    frontages: pd.DataFrame | None = None,
    referents: pd.DataFrame | None = None,
    color_by: str = DEFAULT_COLUMN,
    period: Period | None = None,
    title: str | None = None,
    attribution: str | None = None,
    language: str = "en",
    languages: Iterable[str] | None = None,
    style: str = "ribbon",
    tiles: str | None = None,
    basemap: bool = True,
    bandwidth_km: float | None = None,
    include_restricted: bool = False,
) -> HotspotPage:
    """
    Draw incidents, and their rate along the border, on a page that opens with the network off.

    It is one HTML file: map, diagram, time range, filters, list and search, in several languages.

    Parameters
    ----------
    events : GeoDataFrame, optional
        The event table, in longitude and latitude. Default: the shipped incidents.
    boundary : Boundary, optional
        The line. Default: the shipped border. Another one needs incidents of its own.
    segments, located, rates : optional
        What was computed before, to draw exactly that. Whatever is not given is computed:
        segments of 10 km, every candidate position, the rates of `period`.
    areas, frontages, referents : optional
        Areas to fill, stretches with a name, landmarks. Default: the shipped tables, if the
        boundary is the shipped one; else the two countries at its sides, by `load_countries`, and
        none of the others. Pass an empty table to leave one out.
    color_by : str, default "expected_rate"
        The column of `rates` that gives the line its colour and width.
    period : str, int or (date, date), optional
        First and last day of the rates. Default: that of `segment_rates`.
    title : str, optional
        Heading. Default: the name of the boundary.
    attribution : str, optional
        The sources that the page names. Change it with the data, not to hide them. Default: those of
        what ships and is shown.
    language : {"en", "ru", "tg", "fa"}, default "en"
        In which the page opens: English, Russian, Tajik or Dari.
    languages : iterable of str, optional
        Among which its reader can choose. Default: all four, of another border than the shipped one
        English and `language`.
    style : {"ribbon", "bars"}, default "ribbon"
        How the rates are drawn at first.
    tiles : str, optional
        An online background that the reader may switch on, by its name in xyzservices or its
        address (see `tile_source`). Default: none, and the page can ask no server for anything.
    basemap : bool, default True
        Whether to put rivers, towns and relief into the file; elsewhere in the world the land, its
        countries and the sea.
    bandwidth_km : float, optional
        Standard deviation, in km, of the curve in the diagram. Default: one and a half segments, and
        a hundredth of the line at least.
    include_restricted : bool, default False
        Whether to draw incidents that may not be passed on (ACLED, GTD), for a page that stays with
        you. Their rates may always be drawn: leave such rows out of `events` and pass `rates`.

    Returns
    -------
    HotspotPage
        `.save("page.html")` writes it; a notebook shows it.

    Raises
    ------
    ColumnError
        If `color_by` is not a column of the rates.
    CRSError
        If the events have no CRS.
    LicenceError
        If there are incidents that may not be passed on, and they were not asked for.
    ParameterError
        If a language, a style, a background or a period cannot be used.

    Warns
    -----
    LargeMapWarning
        If the file will have more than 25 MB.

    Notes
    -----
    The page works rates out again under its filters where `color_by` is a rate that the weights of
    the incidents yield: `expected_rate` or `rate` of these incidents. Another column stays as it is,
    and the page says so. Up to 4,000 different places the weights are those of `segment_weights`;
    beyond, they are sums at points along the line, which differ by less than 0.01.

    An incident known only to a district or another stretch is never a dot: it belongs to a band
    beside that stretch.

    Examples
    --------
    >>> page = hotspot_page(title="Incidents at the border", language="fa")
    >>> page.payload.head["n"]
    206
    """
    look = check_page_options(
        language=language,
        languages=page_languages(languages, language, boundary),
        style=style,
        tiles=tiles,
        basemap=basemap,
        bandwidth_km=bandwidth_km,
    )
    inputs = map_inputs(
        events,
        boundary=boundary,
        segments=segments,
        located=located,
        rates=rates,
        areas=areas,
        frontages=frontages,
        referents=referents,
        color_by=color_by,
        period=period,
        title=title,
        attribution=attribution,
        include_restricted=include_restricted,
        what="A map page",
    )
    payload = payload_of(inputs, look)
    size = sum(map(len, payload.blocks.values()))
    if size > LARGE_BYTES:
        warnings.warn(
            f"The page will hold {payload.head['n']:,} incidents with their text, {size / 1e6:.0f} MB. "
            "Select a period or a stretch for a smaller file.",
            LargeMapWarning,
            stacklevel=2,
        )
    return HotspotPage(inputs, payload)


def check_page_options(
    *,
    language: str = "en",
    languages: Iterable[str] = LANGUAGES,
    style: str = "ribbon",
    tiles: str | None = None,
    basemap: bool = True,
    bandwidth_km: float | None = None,
) -> Look:
    """Return how a page is to begin, or say which of the options of `hotspot_page` cannot be."""
    background = None if tiles is None else tile_source(tiles).as_dict()
    return check_look(Look(language, languages, style, bandwidth_km, basemap, background))
