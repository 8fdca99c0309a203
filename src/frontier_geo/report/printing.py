"""A report as PDF: printed by a browser of the machine, without a window and without a network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from frontier_geo._files import first_line
from frontier_geo.errors import MissingExtraError, OutputError

__all__ = ["BROWSER_VARIABLE", "find_browser", "printed_pdf"]

BROWSER_VARIABLE = "FRONTIER_GEO_BROWSER"
NAMES = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge",
    "msedge", "brave-browser",
)  # fmt: skip
PLACES = {
    "darwin": (
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ),
    "win32": (
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    ),
}
LONGEST_WAIT_S = 300
#: The report needs no script and no address; what the browser itself might ask for is kept from it.
OPTIONS = (
    "--headless", "--disable-gpu", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-extensions", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer", "--generate-pdf-document-outline",
)  # fmt: skip
_DAY = re.compile(rb"\(D:\d{14}([+-]\d\d'\d\d')?\)")


def find_browser() -> str:
    """
    Return the program that prints.

    The variable ``FRONTIER_GEO_BROWSER`` names one; else Chromium, Chrome, Edge or Brave is looked for.

    Raises
    ------
    MissingExtraError
        If there is none, or the one named is none.
    """
    named = os.environ.get(BROWSER_VARIABLE)
    if named:
        found = shutil.which(named)
        if found is None:
            raise MissingExtraError(
                f"{BROWSER_VARIABLE} must name a browser, but {named!r} is no program. Correct it, or "
                "unset it to have one looked for."
            )
        return found
    for candidate in _candidates():
        found = shutil.which(candidate)
        if found is not None:
            return found
    raise MissingExtraError(
        "A PDF is printed by a browser, but none of Chromium, Chrome, Edge and Brave was found. Install "
        f"one, or name it in the variable {BROWSER_VARIABLE}; or write the report as .html, open it in "
        "any browser, Firefox or Safari too, and print it there."
    )


def _candidates() -> Iterator[str]:
    yield from NAMES
    yield from PLACES.get(sys.platform, ())


def printed_pdf(html: str, *, made_s: int) -> bytes:
    """
    Print a report.

    Parameters
    ----------
    html : str
        The whole file.
    made_s : int
        When it was made, in seconds since 1970, for the dates inside the PDF.

    Returns
    -------
    bytes
        A PDF with tags, outline and links, A4.

    Raises
    ------
    MissingExtraError
        If there is no browser.
    OutputError
        If the browser fails, or does not end within five minutes.

    Notes
    -----
    As root, Chromium starts only without its sandbox; the page it prints is ours, without script.
    """
    browser = find_browser()
    with tempfile.TemporaryDirectory(prefix="frontier-geo-") as folder:
        page, target = Path(folder, "report.html"), Path(folder, "report.pdf")
        page.write_text(html, encoding="utf-8")
        root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        command = [
            browser, *OPTIONS, *root, f"--user-data-dir={folder}/profile",
            f"--print-to-pdf={target}", page.as_uri(),
        ]  # fmt: skip
        try:
            done = subprocess.run(
                command, capture_output=True, timeout=LONGEST_WAIT_S, check=False, cwd=folder
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _failed(browser, first_line(error)) from error
        if not target.is_file() or not target.stat().st_size:
            raise _failed(browser, _said(done))
        return _dated(target.read_bytes(), made_s)


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return the last thing a browser complained of; that it has no message bus means nothing."""
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    told = [line.strip() for line in lines if line.strip() and "dbus" not in line]
    return told[-1] if told else f"it ended with the code {done.returncode}"


def _failed(browser: str, why: str) -> OutputError:
    return OutputError(
        f"The report could not be printed with {browser}: {why}. Nothing was written. Name another "
        f"browser in {BROWSER_VARIABLE}, or write the report as .html and print it yourself."
    )


def _dated(pdf: bytes, made_s: int) -> bytes:
    """Put one instant in place of those of the printing, of the same length, so that no offset moves."""
    from datetime import UTC, datetime

    stamp = datetime.fromtimestamp(made_s, UTC).strftime("(D:%Y%m%d%H%M%S").encode()
    return _DAY.sub(lambda day: stamp + (b"+00'00'" if day[1] else b"") + b")", pdf)
