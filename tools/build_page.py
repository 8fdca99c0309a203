"""
Join the map page's script and style sheets from their sources into ``assets/dist``.

``page.js`` is one script without imports (`FrontierGeo` is its only global), ``boot.js`` the short
one that unpacks the page's code, ``page.css`` all style sheets in a fixed order: ``base.css``
first, ``print.css`` last, the others by name. The same sources and the same esbuild give the same
bytes. esbuild and fflate are pinned in ``package.json``
and fetched by npm where they are missing.

Run ``python tools/build_page.py``; ``--check`` only says whether the result matches its sources.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
ASSETS = ROOT / "src/frontier_geo/maps/assets"
SOURCE = ASSETS / "src"
TARGET = ASSETS / "dist"
MODULES = ROOT / "node_modules"
SCRIPT, BOOT, STYLE = "page.js", "boot.js", "page.css"
FIRST_SHEET, LAST_SHEET = "base.css", "print.css"
CSS_BASELINE = "chrome85,firefox80,safari14"


def pinned(package: str) -> str:
    """Return the version of a package that ``package.json`` asks for."""
    return json.loads((ROOT / "package.json").read_text("utf-8"))["devDependencies"][package]


def installed(package: str) -> str | None:
    """Return the version of a package that is installed, None where it is not."""
    manifest = MODULES / package / "package.json"
    return json.loads(manifest.read_text("utf-8"))["version"] if manifest.exists() else None


def fetch_tools() -> None:
    """Let npm fetch what ``package.json`` pins, unless just that is installed already."""
    if all(installed(package) == pinned(package) for package in ("esbuild", "fflate")):
        return
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("Building the page needs npm (it comes with Node.js), but none was found.")
    command = [npm, "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"npm could not fetch esbuild and fflate: {done.stderr.strip()[-500:]}")


def esbuild(*options: str, text: str | None = None) -> bytes:
    """Return what esbuild makes; what it has to say of the sources goes to standard error."""
    command = [str(MODULES / ".bin/esbuild"), "--log-level=warning", "--minify", *options]
    given = None if text is None else text.encode()
    done = subprocess.run(command, cwd=SOURCE, input=given, stdout=subprocess.PIPE)
    if done.returncode:
        sys.exit("The page was not built: see the errors above. Nothing was changed.")
    return done.stdout


def build_script(entry: str, *options: str) -> bytes:
    """Bundle a script and all it imports; comments with a licence stay, at the end."""
    fixed = ("--bundle", "--format=iife", "--target=es2020", "--legal-comments=eof")
    return esbuild(entry, *fixed, *options)


def style_sheets() -> list[Path]:
    """Return the style sheets in the order in which they apply."""
    place = {FIRST_SHEET: -1, LAST_SHEET: 1}
    sheets = sorted((SOURCE / "css").glob("*.css"))
    return sorted(sheets, key=lambda sheet: place.get(sheet.name, 0))


def build_style() -> bytes:
    """Join and shorten the style sheets."""
    joined = "\n".join(sheet.read_text("utf-8") for sheet in style_sheets())
    return esbuild("--loader=css", f"--target={CSS_BASELINE}", text=joined)


def build() -> dict[str, bytes]:
    """Return the content of each built file by its name."""
    fetch_tools()
    return {
        SCRIPT: build_script("main.js", "--global-name=FrontierGeo"),
        BOOT: build_script("boot.js"),
        STYLE: build_style(),
    }


def put(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, unless it holds the same bytes already."""
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new-{os.getpid()}")
    new.write_bytes(content)
    new.replace(path)


def stale(built: dict[str, bytes], target: Path = TARGET) -> list[str]:
    """Return the names of the files in `target` that differ from what was built."""
    paths = {name: target / name for name in built}
    return [n for n, path in paths.items() if not path.exists() or path.read_bytes() != built[n]]


def main() -> None:
    """Build the page's files, or check them."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    parser.add_argument("--target", type=Path, default=TARGET, help="the folder to write to")
    chosen = parser.parse_args()
    built = build()
    if chosen.check:
        if names := stale(built, chosen.target):
            sys.exit(f"Not up to date: {', '.join(names)}. Run python tools/build_page.py.")
        print("The built page matches its sources.")
        return
    for name, content in built.items():
        put(chosen.target / name, content)
        print(f"{name}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
