"""What the commands of the shell share: options, checks before any work, and JSON as an answer."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from frontier_geo._files import json_text, refuse_inputs
from frontier_geo.errors import OutputError, ParameterError

if TYPE_CHECKING:
    from frontier_geo.boundary import Boundary

__all__ = [
    "AsJson",
    "Line",
    "UsageError",
    "check_folder",
    "check_suffix",
    "line_of",
    "print_json",
]

Line = Annotated[
    Path | None,
    typer.Option(
        "--boundary",
        "-b",
        "--between",
        metavar="FILE|COL-VEN",
        help="Another border: a file with one line in EPSG:4326, or two countries, by codes or names "
        "(COL-VEN; ESP-MAR-2 for part 2: see frontier-geo borders). Default: the shipped one.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]


class UsageError(ParameterError):
    """The words of a command do not make a request; exit code 2."""


def line_of(given: Path | None) -> Boundary:
    """Return the line of a file, the border of two countries, or the shipped one."""
    from frontier_geo.datasets import load_boundary

    if given is None:
        return load_boundary()
    pair = None if given.exists() else _pair_of(str(given))
    if pair is not None:
        from frontier_geo.boundary import Boundary

        return Boundary.between(pair[0], pair[1], part=pair[2])
    from frontier_geo.readers import read_boundary

    if not given.exists() and not re.search(r"[/\\.]", str(given)):
        raise UsageError(
            "--between needs two countries with a hyphen between them, such as COL-VEN, and "
            f"--boundary a file, but {str(given)!r} is neither. See frontier-geo borders."
        )
    return read_boundary(given)


def _pair_of(text: str) -> tuple[str, str, int | None] | None:
    """Return two countries and the part of their border that a text such as ESP-MAR-2 names."""
    whole = re.fullmatch(r"(.+?)(?:-(\d+))?", text)
    names = whole[1].split("-") if whole else []
    if len(names) < 2 or re.search(r"[/\\]|\.\w+$", text):  # a path, and what is wrong with it
        return None
    from frontier_geo._countries import load_world

    number = int(whole[2]) if whole and whole[2] else None
    splits = [("-".join(names[:k]), "-".join(names[k:])) for k in range(1, len(names))]
    for first, second in splits:
        if all(load_world().known(word) for word in (first, second)):
            return first, second, number
    return *splits[0], number


def check_folder(output: Path, *inputs: Path | None) -> None:
    """Refuse, before any work, an output whose folder does not exist, or that is one of the inputs."""
    refuse_inputs(output, [given for given in inputs if given is not None])
    folder = output.absolute().parent
    if not folder.is_dir():
        raise OutputError(
            f"The result is to be written to {output}, but the folder {folder} does not exist. Create "
            "it, or choose another place with --output."
        )
    if output.is_dir():
        raise OutputError(f"The result needs a file name, but {output} is a folder.")


def check_suffix(output: Path, known: tuple[str, ...], *, name: str = "--output") -> None:
    """Refuse, before any work, an output whose ending says no known format."""
    if output.suffix.lower() not in known:
        raise ParameterError(
            f"{name} must end in {' or '.join(known)}, but is {output.name!r}: the ending says which "
            "format to write."
        )


def print_json(answer: Any) -> None:
    """Print an answer for other programs."""
    sys.stdout.write(json_text(answer, indent=1))
