"""Fetching incidents from the services of ACLED and UCDP, for those who have access. Needs `fetch`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from frontier_geo._validation import check_choice
from frontier_geo.errors import ParameterError
from frontier_geo.periods import Period, as_time_span
from frontier_geo.read_result import ReadResult
from frontier_geo.readers.reading import read_events
from frontier_geo.readers.source import RawFile

__all__ = ["SERVICES", "fetch_events", "open_service"]

SERVICES = ("acled", "ucdp")


def fetch_events(
    service: str,
    *,
    version: str | None = None,
    period: Period | None = None,
    region: Any = "auto",
    strict: bool = False,
    quiet: bool = False,
    progress: Callable[[int, int], None] | None = None,
    **query: Any,
) -> ReadResult:
    """
    Fetch incidents from a service, and read them as `read_events` reads a file.

    Parameters
    ----------
    service : {"acled", "ucdp"}
        ACLED asks for an account: `email` and `password`, or the environment variables ACLED_EMAIL and
        ACLED_PASSWORD. UCDP asks for a `token`, or UCDP_ACCESS_TOKEN.
    version : str, optional
        Needed for UCDP: of GED, such as ``25.1``, or of GED Candidate, such as ``26.0.9``.
    period : str, int or (date, date), optional
        First and last day, or a text such as "2025-H1"; either day may be None. Default: all.
    region, strict, quiet
        As in `read_events`.
    progress : callable, optional
        Called with the rows that have come and the rows expected (0: unknown).
    **query
        What else the service can be asked: ``countries`` (default Afghanistan and Tajikistan),
        ``event_types`` (ACLED), ``box``, ``types_of_violence`` (UCDP).

    Returns
    -------
    ReadResult

    Raises
    ------
    TokenError
        If the account or the token is missing or refused.
    EmptyAnswerError
        If the service has no such incident.
    FetchError
        If it cannot be reached or its answer is not whole.
    MissingExtraError
        If ``frontier-geo[fetch]`` is not installed.

    References
    ----------
    ACLED and UCDP: the documentation of their programming interfaces.
    https://acleddata.com https://ucdp.uu.se/apidocs/

    Examples
    --------
    >>> read = fetch_events("acled", period="2025-H1", countries=["Tajikistan"])  # doctest: +SKIP
    """
    first, last = as_time_span(period)
    file = open_service(service, version=version, start=first, end=last, progress=progress, **query)
    return read_events(file, region=region, period=period, strict=strict, quiet=quiet)


def open_service(service: str, *, version: str | None = None, **query: Any) -> RawFile:
    """Return the answer of a service as a file; parameters as `fetch_events`."""
    check_choice(service, SERVICES, name="service")
    if service == "acled":
        from frontier_geo.readers.acled_api import open_acled

        if version is not None:
            raise ParameterError(
                f"ACLED has no versions, but version is {version!r}. Leave it out."
            )
        return open_acled(**query)
    from frontier_geo.readers.ucdp_api import open_ucdp

    if version is None:
        raise ParameterError(
            "UCDP needs version, such as '25.1' for GED or '26.0.9' for GED Candidate, but none was "
            "given."
        )
    return open_ucdp(version, **query)
