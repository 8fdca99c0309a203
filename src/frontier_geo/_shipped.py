"""
The files that ship with the library, as bytes: where they lie, and whether they are as released.

What the files mean is told by `datasets` and `_world`.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from frontier_geo.errors import ChecksumError, DataFileError

__all__ = ["data_folder", "data_registry", "data_version", "parse_json", "shipped_bytes"]

DATA_VARIABLE = "FRONTIER_GEO_DATA"


def data_folder() -> Path:
    """
    Return the folder of the shipped data.

    It lies inside an installed package, and at the top of a checkout. The environment variable
    ``FRONTIER_GEO_DATA`` names another one, with a `registry.json` of its own.
    """
    package = Path(__file__).resolve().parent
    named = os.environ.get(DATA_VARIABLE)
    folders = [Path(named)] if named else [package / "data", package.parents[1] / "data"]
    for folder in folders:
        if (folder / "registry.json").is_file():
            return folder
    raise DataFileError(
        "The shipped data needs a folder with registry.json, but there is none at "
        f"{' or '.join(map(str, folders))}. "
        + (f"Correct or unset {DATA_VARIABLE}." if named else "Install frontier-geo again.")
    )


def data_registry() -> dict[str, Any]:
    """
    Return what is known of every shipped file.

    Returns
    -------
    dict
        ``data_version`` and ``files``: for each path its sha256, source, version, licence,
        attribution, CRS, rows and what was done to it.

    Raises
    ------
    DataFileError, ChecksumError
        If the shipped file is missing or is not the one released.

    Examples
    --------
    >>> sorted(data_registry())[:2]
    ['data_version', 'files']
    """
    path = data_folder() / "registry.json"
    registry = parse_json(path.read_bytes(), path)
    for key, kind in (("files", dict), ("data_version", str)):
        if not isinstance(registry, dict) or not isinstance(registry.get(key), kind):
            raise DataFileError(
                f"{path} must hold the registry of data files, but has no {key!r}. Install "
                "frontier-geo again."
            )
    return registry


def data_version() -> str:
    """Return the version of the shipped data, by year and month."""
    return str(data_registry()["data_version"])


def shipped_bytes(path: str) -> bytes:
    """
    Return the bytes of a shipped file, after comparing its checksum with the registry's.

    Parameters
    ----------
    path : str
        The file, as the registry names it, such as "basemap/basemap.json".

    Returns
    -------
    bytes

    Raises
    ------
    DataFileError
        If the file or its entry is missing.
    ChecksumError
        If the file is not the one that was released.
    """
    folder = data_folder()
    entry = data_registry()["files"].get(path)
    if not isinstance(entry, dict) or "sha256" not in entry:
        raise DataFileError(f"The registry of {folder} has no entry with a sha256 for {path!r}.")
    try:
        content = (folder / path).read_bytes()
    except OSError as error:
        raise DataFileError(
            f"The shipped data file {folder / path} cannot be read: {error.strerror or error}. "
            "Install frontier-geo again."
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != entry["sha256"]:
        raise ChecksumError(
            f"The data file {folder / path} must have the sha256 {entry['sha256']}, as released, but "
            f"has {found}. Install frontier-geo again; to use data of your own, pass it to the "
            "functions instead of changing the shipped file."
        )
    return content


def parse_json(content: bytes, path: Path | str) -> Any:
    """Return what a JSON file holds, or say that it is none."""
    try:
        return json.loads(content)
    except ValueError as error:
        raise DataFileError(f"{path} must be JSON, but is not: {error}.") from error
