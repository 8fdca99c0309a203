"""
Keep ``data/registry.json``: what each shipped file is, where it comes from, under which licence.

The tools that build the data write their own entries through `write_entries`; checksum, size, rows
and columns are always read from the file itself.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DATA_VERSION = "2026.11.0"
REGISTRY = "registry.json"
# Said by the tool that made the file; all of them must be there.
DECLARED = (
    "source",
    "source_url",
    "source_version",
    "retrieved",
    "licence",
    "licence_url",
    "attribution",
    "transform",
    "inputs",
)
ORDER = (
    "path",
    "sha256",
    "bytes",
    "rows",
    "columns",
    "crs",
    "geometry_type",
    *DECLARED,
)


def measure(path: Path) -> dict[str, Any]:
    """Return what can be read from a file: checksum, size, rows, columns, geometry."""
    content = path.read_bytes()
    facts: dict[str, Any] = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "crs": None,
        "geometry_type": None,
    }
    if path.suffix == ".csv":
        table = list(csv.reader(content.decode("utf-8").splitlines(keepends=True)))
        facts |= {"rows": len(table) - 1, "columns": table[0]}
    elif path.suffix == ".geojson":
        features = json.loads(content)["features"]
        kinds = {feature["geometry"]["type"] for feature in features if feature["geometry"]}
        columns = dict.fromkeys(key for feature in features for key in feature["properties"])
        facts |= {
            "rows": len(features),
            "columns": list(columns),
            "crs": "OGC:CRS84",
            "geometry_type": "/".join(sorted(kinds)),
        }
    elif path.suffix == ".topojson":
        (countries,) = (each["geometries"] for each in json.loads(content)["objects"].values())
        facts |= {
            "rows": len(countries),
            "columns": [
                "id",
                *dict.fromkeys(key for each in countries for key in each["properties"]),
            ],
            "crs": "OGC:CRS84",
            "geometry_type": "/".join(sorted({each["type"] for each in countries})),
        }
    elif path.suffix == ".json":
        facts |= {"rows": None, "columns": list(json.loads(content))}
    elif path.suffix == ".bin":
        facts |= {"rows": None, "columns": None}
    else:
        message = (
            "A data file must end in .csv, .geojson, .topojson, .json or .bin, but "
            f"{path.name} was given."
        )
        raise ValueError(message)
    return facts


def make_entry(root: Path, name: str, declared: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the registry entry of the file `name` (a POSIX path below `root`).

    Raises
    ------
    ValueError
        If `declared` does not hold exactly the keys of `DECLARED`.
    """
    if set(declared) != set(DECLARED):
        message = (
            f"The entry of {name} must declare {', '.join(DECLARED)}, but these are missing or "
            f"not known: {', '.join(sorted(set(declared) ^ set(DECLARED)))}."
        )
        raise ValueError(message)
    entry = {"path": name, **measure(root / name), **declared}
    return {key: entry[key] for key in ORDER}


def write_entries(
    root: Path, declared: Mapping[str, Mapping[str, Any]], *, data_version: str = DATA_VERSION
) -> None:
    """
    Put entries into the registry of the data folder `root`; entries of other files stay.

    Parameters
    ----------
    root : Path
        The data folder. Its ``registry.json`` is made if there is none.
    declared : mapping of str to mapping
        Path below `root` → what the tool says of that file (see `DECLARED`).
    data_version : str, default `DATA_VERSION`
        Version of the data as a whole.
    """
    path = root / REGISTRY
    files = json.loads(path.read_text("utf-8"))["files"] if path.exists() else {}
    files |= {name: make_entry(root, name, about) for name, about in declared.items()}
    registry = {"data_version": data_version, "files": dict(sorted(files.items()))}
    text = json.dumps(registry, indent=1, ensure_ascii=False) + "\n"
    new = path.with_name(f".{REGISTRY}.new-{os.getpid()}")
    new.write_text(text, encoding="utf-8", newline="\n")
    new.replace(path)
