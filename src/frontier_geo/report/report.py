"""The report on a border and a period: worked out, written, saved."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import geopandas as gpd
import pandas as pd

from frontier_geo._files import check_target, csv_text, write_whole
from frontier_geo._validation import check_choice
from frontier_geo.boundary import Boundary
from frontier_geo.datasets import (
    is_shipped_line,
    load_events,
    load_official_statistics,
    the_boundary,
)
from frontier_geo.errors import OutputError, ParameterError
from frontier_geo.maps.inputs import page_languages
from frontier_geo.maps.notebook import notebook_html
from frontier_geo.maps.page import HotspotPage
from frontier_geo.maps.payload import Look, check_look, payload_of
from frontier_geo.maps.static import check_drawable, frontier_png
from frontier_geo.maps.words import LANGUAGES
from frontier_geo.periods import Period, as_period
from frontier_geo.read_result import accepted_of
from frontier_geo.report.findings import findings
from frontier_geo.report.numbers import Numbers, Settings, gather
from frontier_geo.report.official import official_table
from frontier_geo.report.page import assembled_report
from frontier_geo.report.parts import Reader
from frontier_geo.report.printing import find_browser, printed_pdf
from frontier_geo.report.spans import Span, period_before
from frontier_geo.report.stretches import side_columns
from frontier_geo.report.tables import report_tables
from frontier_geo.report.words import ReportWords
from frontier_geo.significance import check_level, check_n_sim, check_seed

__all__ = ["BorderReport", "border_report", "check_report_options"]

FILE_NAME = "report.html"
ENDINGS = (".html", ".htm", ".pdf")
EPOCH_VARIABLE = "SOURCE_DATE_EPOCH"
#: Width in cm, dots an inch and largest size of the picture: for a sheet or screen, and for a phone.
PICTURES = {"wide": (18.0, 200, 700_000), "narrow": (9.0, 200, 300_000)}


@dataclass(frozen=True, eq=False, repr=False)
class BorderReport:
    """
    A report, ready to be written or shown.

    Made by `border_report`.

    Attributes
    ----------
    numbers : Numbers
        All its numbers.
    language : str
        Of all its words.
    picture, interactive : bool
        Whether it holds the map as a picture, and the map page.

    Examples
    --------
    >>> report = border_report(period="2025", picture=False, n_sim=99)
    >>> report.tables["figures"].loc[0, "what"]
    'incidents'
    """

    numbers: Numbers
    language: str
    picture: bool = True
    interactive: bool = True

    @cached_property
    def html(self) -> str:
        """The report itself: the same text for the same data, version and day of making."""
        inputs = self.numbers.inputs
        pictures = {}
        if self.picture:
            for name, (width, dpi, largest) in PICTURES.items():
                untitled = replace(inputs, title="")  # the caption says it
                pictures[name] = frontier_png(
                    untitled, language=self.language, width_cm=width, dpi=dpi, largest=largest
                )
        page = None
        if self.interactive:
            languages = page_languages(None, self.language, inputs.boundary)
            look = check_look(Look(self.language, languages, "ribbon", None, True, None))
            page = HotspotPage(inputs, payload_of(inputs, look)).html
        return assembled_report(self._reader, pictures=pictures, page=page)

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables behind the report, by name."""
        return report_tables(self.numbers)

    @property
    def title(self) -> str:
        """Heading of the report, with its period."""
        words = self._reader.words
        told = {"title": words.name(self.numbers.inputs.title)}
        return words.t("report.title", **told, period=words.span(self.numbers.settings.span))

    @cached_property
    def _reader(self) -> Reader:
        shipped = is_shipped_line(self.numbers.boundary)
        words = ReportWords(self.language, _names(self.numbers) if shipped else ())
        english = (
            "data_version" in self.numbers.located.attrs
        )  # the shipped incidents are told in it
        made = datetime.fromtimestamp(_made_s(), UTC).date()
        return Reader(self.numbers, words, "en" if english else None, made)

    def save(self, path: str | Path) -> Path:
        """
        Write the report, whole or not at all.

        Parameters
        ----------
        path : str or Path
            The ending tells the format: .html, or .pdf, which a browser of this machine prints.

        Returns
        -------
        Path
            The file, absolute.

        Raises
        ------
        MissingExtraError
            If a PDF is asked for and there is no browser.
        OutputError
            If it cannot be written there, or the browser fails.
        ParameterError
            If the ending is another one.
        """
        return self.save_all([path])[0]

    def save_tables(self, folder: str | Path) -> list[Path]:
        """
        Write the tables behind the report as CSV, one file each.

        Parameters
        ----------
        folder : str or Path
            Made if it is not there; the one it lies in must be.

        Returns
        -------
        list of Path
            The files. No text in them can act as a formula of a spreadsheet.

        Raises
        ------
        OutputError
            If the folder cannot be made, or a file not be written.
        """
        return self.save_all([], tables=folder)

    def save_all(
        self, paths: Iterable[str | Path], *, tables: str | Path | None = None
    ) -> list[Path]:
        """
        Write the report in several formats, and its tables; nothing before all of it is made.

        Parameters
        ----------
        paths : iterable of str or Path
            As for `save`.
        tables : str or Path, optional
            As for `save_tables`.

        Returns
        -------
        list of Path
            The files, absolute.

        Raises
        ------
        MissingExtraError, OutputError, ParameterError
            As `save` and `save_tables`.
        """
        contents: dict[Path, str | bytes] = {}
        for target in map(check_target, paths):
            ending = target.suffix.lower()
            if ending not in ENDINGS:
                raise ParameterError(
                    f"A report is written as .html or .pdf, but {target.name} ends in "
                    f"{ending or 'nothing'}."
                )
            is_pdf = ending == ".pdf"
            contents[target] = printed_pdf(self.html, made_s=_made_s()) if is_pdf else self.html
        if tables is not None:
            place = _folder(tables)
            for name, table in self.tables.items():
                contents[check_target(place / f"{name}.csv")] = csv_text(table)
        return [write_whole(target, content) for target, content in contents.items()]

    @property
    def findings(self) -> list[str]:
        """What was found, in sentences."""
        return findings(self.numbers, self._reader.words, self._reader.made)

    def _repr_html_(self) -> str:
        return notebook_html(
            self.html, title=self.title, inputs=None, language=self.language, file_name=FILE_NAME
        )

    def __repr__(self) -> str:
        first, last = self.numbers.settings.span
        return (
            f"<BorderReport {self.numbers.boundary.boundary_id}, {first} to {last}: "
            f"{self.numbers.accounting['events']:,} incidents>"
        )


def border_report(
    events: gpd.GeoDataFrame | None = None,
    *,
    period: Period,
    before: Period | bool | None = None,
    boundary: Boundary | None = None,
    segments: gpd.GeoDataFrame | None = None,
    official: pd.DataFrame | bool | None = None,
    areas: gpd.GeoDataFrame | None = None,
    frontages: pd.DataFrame | None = None,
    referents: pd.DataFrame | None = None,
    scope: str | Iterable[str] | None = ("border",),
    min_confidence: str | None = "medium",
    title: str | None = None,
    language: str = "en",
    picture: bool = True,
    interactive: bool = True,
    alpha: float = 0.05,
    confidence_level: float = 0.95,
    n_sim: int = 999,
    n_imputations: int = 20,
    seed: int = 0,
    include_restricted: bool = False,
) -> BorderReport:
    """
    Report on a border and a period, for a reader who does not program.

    It is one file that needs no network: findings in plain words, key figures with intervals, the map
    and the diagram along the line, the stretches that hold the most with their incidents, the change
    against the period before, official figures beside what the incidents cover, limits, sources.

    Parameters
    ----------
    events : GeoDataFrame, optional
        The event table, in longitude and latitude, with dates. Default: the shipped incidents, which
        go with the shipped border only.
    period : str or (date, date)
        First and last day, both included; see `as_period`: "2025", "2025-H1", "2025-Q2", "2025-06",
        "2025-01-01/2025-06-30", or a pair of days.
    before : str, (date, date) or False, optional
        The period to compare with; it must not overlap. Default: the one of the same length that ends
        the day before. False: none.
    boundary : Boundary, optional
        The line. Default: the shipped border.
    segments : GeoDataFrame, optional
        From `make_segments`. Default: segments of 10 km.
    official : DataFrame or False, optional
        Official figures: ``indicator, period_start, period_end, value``, and ``unit, geography,
        stated_by, source_url, source_date, notes`` as far as known. Default: those of
        `load_official_statistics` on the shipped border, none on another. False: none.
    areas, frontages, referents : optional
        As for `hotspot_page`.
    scope, min_confidence
        Which incidents count, as in `segment_rates`.
    title : str, optional
        Heading. Default: the name of the boundary.
    language : {"en", "ru", "tg", "fa"}, default "en"
        English, Russian, Tajik or Dari. Words of sources stay as they are.
    picture : bool, default True
        Whether to draw the map as a picture, which needs the extra ``plot``.
    interactive : bool, default True
        Whether to put the map page in, for those who open it. Left out where it has more than 4 MB.
    alpha : float, default 0.05
        The level at which a change, or a stretch, is said to be more than chance.
    confidence_level : float, default 0.95
        Of all intervals.
    n_sim : int, default 999
        Simulations of the scan.
    n_imputations : int, default 20
        How many tables are drawn with the uncertain places put somewhere.
    seed : int, default 0
        The same seed gives the same numbers.
    include_restricted : bool, default False
        Whether to tell of incidents that may not be passed on (ACLED, GTD), for a report that stays
        with you.

    Returns
    -------
    BorderReport
        `.save("report.html")` or `.save("report.pdf")` writes it, `.save_tables("folder")` the tables
        behind it; a notebook shows it.

    Raises
    ------
    ColumnError, CRSError
        As `hotspot_page` and `segment_rates`; or if `official` lacks a column.
    LicenceError
        If there are incidents that may not be passed on, and they were not asked for.
    MissingExtraError
        If matplotlib is not installed; pass ``picture=False``.
    ParameterError
        If a period, a word or a number makes no sense, or there are no events for another border.

    Notes
    -----
    A change is said only where the exact interval of the ratio of the two rates leaves out 1, and never
    that a period has fewer whose incidents were compiled for a part of it alone; a stretch
    is said to stand out only where the scan, which allows for having looked everywhere, finds it in the
    counts and in at least half of the drawn tables. All numbers are of *reported and found* incidents.

    The day of making is today in UTC, or that of the variable ``SOURCE_DATE_EPOCH``; all else in the
    file depends on the arguments alone.

    Examples
    --------
    >>> report = border_report(period="2025-H1", picture=False, n_sim=99)
    >>> report
    <BorderReport TJ-AF, 2025-01-01 to 2025-06-30: 5 incidents>
    """
    span, against = check_report_options(
        period=period, before=before, language=language, picture=picture
    )
    settings = Settings(
        span=span,
        before=against,
        scope=None if scope is None else (scope,) if isinstance(scope, str) else tuple(scope),
        min_confidence=min_confidence,
        alpha=check_level(alpha, name="alpha"),
        confidence_level=check_level(confidence_level),
        n_sim=check_n_sim(n_sim, alpha=alpha),
        n_imputations=n_imputations,
        seed=check_seed(seed),
    )
    line = the_boundary(boundary)
    shipped = is_shipped_line(line)
    if events is None and not shipped:
        raise ParameterError(
            f"events are needed for the border {line.boundary_id!r}: those that come with the library "
            "are of the Tajik-Afghan border. Read yours with read_events, and pass them."
        )
    table = load_events() if events is None else accepted_of(events)
    if not isinstance(table, gpd.GeoDataFrame):
        raise ParameterError(
            "events must be a GeoDataFrame of incidents or a ReadResult, but is a "
            f"{type(table).__name__}. Read a file with read_events."
        )
    if official is True and not shipped:
        raise ParameterError(
            "The official figures that come with the library are of the Tajik-Afghan border, but the "
            f"report is of {line.boundary_id!r}. Pass a table of its figures as official=, or False."
        )
    figures = _figures(official, shipped)
    numbers = gather(
        table, line, segments, figures, settings, title=title, include_restricted=include_restricted,
        areas=areas, frontages=frontages, referents=referents,
    )  # fmt: skip
    return BorderReport(numbers, language, picture, interactive)


def check_report_options(
    *,
    period: Period,
    before: Period | bool | None = None,
    language: str = "en",
    picture: bool = True,
    pdf: bool = False,
) -> tuple[Span, Span | None]:
    """
    Return the two periods, or refuse, before any work, what cannot be had.

    Parameters
    ----------
    period, before, language, picture
        As for `border_report`.
    pdf : bool, default False
        Whether a PDF is wanted, which needs a browser.

    Returns
    -------
    (Span, Span or None)
        The period, and the one before.

    Raises
    ------
    ParameterError
        If a period, a language or a combination of options cannot be used.
    MissingExtraError
        If what draws the picture or prints the page is not there.

    Examples
    --------
    >>> check_report_options(period="2025", picture=False)[0][1].isoformat()
    '2025-12-31'
    """
    check_choice(language, LANGUAGES, name="language")
    span = as_period(period)
    against = _before(before, span)
    if picture:
        check_drawable(language)
    if pdf:
        find_browser()
    return span, against


def _folder(path: str | Path) -> Path:
    """Return a folder for the tables, made if it is not there."""
    place = Path(path).absolute()
    try:
        place.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"The tables are to be written into the folder {place}, but it cannot be made: "
            f"{error.strerror or error}. Choose another place."
        ) from error
    return place


def _before(before: Period | bool | None, span: Span) -> Span | None:
    """Return the period to compare with, None for none."""
    if before is False:
        return None
    if before is None or before is True:
        return period_before(span)
    given = as_period(before, name="before")
    if given[0] <= span[1] and given[1] >= span[0]:
        raise ParameterError(
            f"before must not overlap the period, but {given[0]} to {given[1]} shares days with "
            f"{span[0]} to {span[1]}."
        )
    return given


def _figures(official: pd.DataFrame | bool | None, shipped: bool) -> pd.DataFrame | None:
    if official is False or (official is None and not shipped):
        return None
    if official is None or official is True:
        return official_table(load_official_statistics())
    return official_table(official)


def _names(numbers: Numbers) -> set[str]:
    """Return the names of the shipped data that other languages may write in their own way."""
    rates = numbers.rates
    columns = [*side_columns(rates), *(c for c in rates if str(c).endswith("_province"))]
    names = {str(name) for column in columns for name in rates[column].dropna().unique()}
    return names | {numbers.inputs.title}


def _made_s() -> int:
    """Return when the report is made, in seconds since 1970."""
    told = os.environ.get(EPOCH_VARIABLE)
    if told is None:
        return int(datetime.now(UTC).timestamp())
    if not told.isdecimal():
        raise ParameterError(
            f"{EPOCH_VARIABLE} must be a whole number of seconds since 1970, but is {told!r}."
        )
    return int(told)
