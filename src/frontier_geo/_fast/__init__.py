"""
Which engine does the work: numpy, or the loops that numba compiles (the extra ``fast``).

Nothing here imports numba: its import takes longer than most answers. The modules beside this one
do, and are imported only once the engine is known to be numba.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.util import find_spec
from typing import Any, Literal, cast

from frontier_geo._validation import check_choice
from frontier_geo.errors import MissingExtraError, ParameterError

Engine = Literal["numpy", "numba"]
ENGINES = ("numpy", "numba", "auto")


@cache
def numba_available() -> bool:
    """Return whether numba is installed, without importing it."""
    return find_spec("numba") is not None


def choose_engine(engine: str, *, n: int, worth: int, cold: int | None = None) -> Engine:
    """
    Return the engine that does the work.

    Parameters
    ----------
    engine : {"auto", "numpy", "numba"}
        What the caller asked for. ``"auto"`` is numba where it is installed and the work is large
        enough to pay for loading it.
    n : int
        Size of the work: points, simulations, pairs.
    worth : int
        The smallest size for which numba is taken.
    cold : int, optional
        The smallest size for which it is taken if it is not loaded yet, where loading it takes longer
        than work of the size `worth` itself. Default: `worth`. The answer is the same either way.

    Returns
    -------
    str
        ``"numpy"`` or ``"numba"``.

    Raises
    ------
    ParameterError
        If `engine` is none of the three words.
    MissingExtraError
        If numba is asked for and not installed.
    """
    check_choice(engine, ENGINES, name="engine")
    if engine == "auto":
        least = worth if cold is None or "numba" in sys.modules else cold
        return "numba" if n >= least and numba_available() else "numpy"
    if engine == "numba" and not numba_available():
        raise MissingExtraError(
            'engine="numba" needs numba, which is not installed. Install it with '
            '`pip install "frontier-geo[fast]"`, or leave engine at "auto".'
        )
    return cast(Engine, engine)


def check_threads(threads: Any) -> int:
    """Refuse anything but a whole number of threads from 1 up; more than there are is all of them."""
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise ParameterError(f"threads must be a whole number of 1 or more, but is {threads!r}.")
    return threads
