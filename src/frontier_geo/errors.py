"""
The errors and warnings of frontier_geo.

Every error says what is needed, what was given and what to do next. Each one also has a built-in
parent, so that plain ``except ValueError`` or ``except OSError`` keeps working.
"""

__all__ = [
    "CRSError",
    "ChecksumError",
    "ClusterError",
    "ColumnError",
    "ColumnNameWarning",
    "CoordinateError",
    "CoverageWarning",
    "DataFileError",
    "EmptyAnswerError",
    "FetchError",
    "FrontierGeoError",
    "GeometryError",
    "ImputationWarning",
    "LargeMapWarning",
    "LicenceError",
    "LineError",
    "MissingExtraError",
    "OnlineResourceWarning",
    "OutputError",
    "ParameterError",
    "RejectedRowsWarning",
    "ResolutionWarning",
    "RowError",
    "SmallSampleWarning",
    "StatisticsError",
    "TokenError",
    "VertexError",
]


class FrontierGeoError(Exception):
    """Parent of every error this library raises on purpose."""


class ParameterError(FrontierGeoError, ValueError):
    """An argument has a value that makes no sense here."""


class CRSError(FrontierGeoError, ValueError):
    """A layer has no CRS, or one whose coordinates are not longitude and latitude."""


class CoordinateError(FrontierGeoError, ValueError):
    """A coordinate is missing, infinite, out of range, or longitude and latitude are swapped."""


class GeometryError(FrontierGeoError, ValueError):
    """A geometry is empty, or not of the type that is needed."""


class LineError(GeometryError):
    """A line cannot serve as a boundary: it has a gap, or crosses itself."""


class VertexError(LineError):
    """The vertices of a line do not pair up, or there are fewer than two."""


class ColumnError(FrontierGeoError, KeyError):
    """A table lacks a column that is needed."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""  # KeyError would quote the sentence


class DataFileError(FrontierGeoError, OSError):
    """A data file is missing, cannot be read, or does not hold what it should."""


class ChecksumError(DataFileError):
    """A shipped data file is not the one that was released."""


class RowError(FrontierGeoError, ValueError):
    """A row of a file cannot be used, and the reading was to be strict."""


class LicenceError(FrontierGeoError, ValueError):
    """Rows that may not be passed on would be written or drawn."""


class OutputError(FrontierGeoError, OSError):
    """A result could not be written where it was asked for."""


class StatisticsError(FrontierGeoError, ValueError):
    """The data cannot carry the statistic that was asked for."""


class MissingExtraError(FrontierGeoError, ImportError):
    """A package that only an optional part of the library needs is not installed."""


class FetchError(FrontierGeoError, OSError):
    """A server could not be reached, or what it sent cannot be used."""


class TokenError(FetchError):
    """A server asks for a token or a password that is missing, or that it does not accept."""


class EmptyAnswerError(FetchError):
    """A server answered as it should, but had nothing that fits what was asked."""


class ClusterError(FrontierGeoError, RuntimeError):
    """A cluster does not answer, or cannot do the work that it was given."""


class ColumnNameWarning(UserWarning):
    """A column is written under another name, since the file cannot hold its own. Nothing is lost."""


class CoverageWarning(UserWarning):
    """A period reaches beyond the time for which events were compiled."""


class UndatedEventsWarning(UserWarning):
    """Events without a date were counted as if they lay in the period."""


class RejectedRowsWarning(UserWarning):
    """Some rows of a table could not be used. They are kept, each with its reason."""


class ResolutionWarning(UserWarning):
    """Segments are shorter than most places of the events are known to."""


class SmallSampleWarning(UserWarning):
    """A statistic rests on so few events that its approximation is doubtful."""


class ImputationWarning(UserWarning):
    """Drawn tables do not fit the counts they are given with."""


class LargeMapWarning(UserWarning):
    """A page holds so many incidents that its file gets large; a phone may not open it."""


class OnlineResourceWarning(UserWarning):
    """A page asks for something over the network, such as a background or the files of a plugin."""
