"""A reader at a page in Firefox, driven by its own protocol, with the network off."""

from __future__ import annotations

import base64
import gc
import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.image import imread
from numpy.typing import NDArray

from .browser_helpers import DRAWN, READY, plain

WAIT_S = 30
PREFERENCES = {
    "browser.download.folderList": 2,
    "browser.download.useDownloadDir": True,
    "browser.download.always_ask_before_handling_new_types": False,
    "browser.download.alwaysOpenPanel": False,
    "ui.prefersReducedMotion": 1,
}
KEYS = {
    "Enter": "\ue007", "Escape": "\ue00c", "PageUp": "\ue00e", "PageDown": "\ue00f",
    "End": "\ue010", "Home": "\ue011", "ArrowLeft": "\ue012", "ArrowRight": "\ue014",
}  # fmt: skip

# What pages ask for, and what the browser complains of: heard by the browser, not by the page.
LISTEN = """
Services.io.offline = true;
window.asked = [];
Services.obs.addObserver({
  observe(subject) {
    const channel = subject.QueryInterface(Ci.nsIHttpChannel);
    const from = channel.loadInfo.loadingPrincipal;
    if (from && from.URI && from.URI.scheme === "file") window.asked.push(channel.URI.spec);
  },
}, "http-on-opening-request");
"""
COMPLAINTS = """
return Services.console.getMessageArray()
  .filter((one) => one instanceof Ci.nsIScriptError)
  .filter((one) => /^(file|about:srcdoc|data|blob)/.test(one.sourceName))
  .map((one) => one.toString())
  .filter((text) => !text.includes("is deprecated"));
"""


class Firefox:
    """A headless Firefox with one window; pages are opened in it one after the other."""

    def __init__(self, binary: str, folder: Path) -> None:
        from marionette_driver.marionette import Marionette

        self.downloads = folder / "downloads"
        self.downloads.mkdir()
        self.driver = Marionette(
            host="127.0.0.1",
            port=0,
            app="fxdesktop",
            bin=binary,
            headless=True,
            gecko_log=str(folder / "gecko.log"),
            workspace=str(folder),
            prefs={**PREFERENCES, "browser.download.dir": str(self.downloads)},
        )
        self.driver.start_session()
        self.driver.set_window_rect(width=1440, height=985)
        self._browser(LISTEN)

    def close(self) -> None:
        """End it, and leave nothing that would end it once more when Python does."""
        self.driver.quit()
        self.driver.cleanup()
        del self.driver
        gc.collect()

    def _browser(self, script: str) -> Any:
        with self.driver.using_context("chrome"):
            return self.driver.execute_script(script)

    def open(self, path: Path, fragment: str = "", *, ready: bool = True) -> None:
        """Go to a file, with nothing heard of it yet."""
        self.driver.navigate("about:blank")
        self._browser("window.asked = []; Services.console.reset();")
        self.driver.navigate(path.resolve().as_uri() + fragment)
        if ready:
            self.wait(f"return document.querySelector({READY!r}) !== null")

    @property
    def complaints(self) -> list[str]:
        """Errors, what the policy refused, and requests to any server."""
        return [*self._browser(COMPLAINTS), *self._browser("return window.asked")]

    def script(self, script: str, *values: Any) -> Any:
        """Run a script in the page."""
        return self.driver.execute_script(script, script_args=values, sandbox=None)

    def wait(self, script: str, *values: Any) -> Any:
        """Wait until a script returns something true."""
        return until(lambda: self.script(script, *values), script)

    def find(self, selector: str, text: str = "") -> Any:
        """The first element of a selector with a text in it, once it is to be seen."""

        def look() -> Any:
            for element in self.driver.find_elements("css selector", selector):
                if text in plain(element.text) and element.is_displayed():
                    return element
            return None

        return until(look, f"{selector} {text}")

    def click(self, selector: str, text: str = "") -> None:
        """Click on the first element of a selector with a text in it."""
        self.find(selector, text).click()

    def text(self, selector: str) -> str:
        """The text that a reader sees there."""
        return plain(self.find(selector).text)

    def expect(self, selector: str, text: str) -> None:
        """Wait until the element has this text in it."""
        script = "const at = document.querySelector(arguments[0]); return at ? at.innerText : ''"
        until(lambda: text in plain(self.script(script, selector)), f"{text!r} in {selector}")

    def press(self, *names: str) -> None:
        """Press keys, one after the other."""
        keys = self.driver.actions.sequence("key", "keyboard")
        for name in names:
            keys.send_keys(KEYS.get(name, name))
        keys.perform()

    def point(self, x: float, y: float, *, click: bool = False) -> None:
        """Bring the pointer to a place of the window."""
        mouse = self.driver.actions.sequence("pointer", "mouse", {"pointerType": "mouse"})
        mouse.pointer_move(round(x), round(y))
        if click:
            mouse.click()
        mouse.perform()

    def box(self, selector: str) -> dict[str, float]:
        """Where an element is in the window."""
        return self.script(
            "const {x, y, width, height} = document.querySelector(arguments[0])"
            ".getBoundingClientRect(); return {x, y, width, height}",
            selector,
        )

    def settle(self) -> None:
        """Wait until what was asked to be drawn is drawn, and no map slides or zooms."""
        self.driver.execute_async_script(f"const [done] = arguments; {DRAWN}.then(done);")

    def picture(self, selector: str) -> NDArray[np.float64]:
        """What the reader sees of an element: rows of pixels of red, green, blue."""
        self.settle()
        element = self.driver.find_element("css selector", selector)
        shot = self.driver.screenshot(element=element, format="binary", full=False)
        return np.asarray(imread(io.BytesIO(shot))[..., :3], dtype=float)

    def printed(self, **page: Any) -> bytes:
        """Print the page to PDF."""
        return base64.b64decode(self.driver._send_message("WebDriver:Print", page, key="value"))

    def saved(self, ending: str) -> Path:
        """The file that was saved last, once it is whole."""

        def look() -> Path | None:
            if list(self.downloads.glob("*.part")):
                return None
            found = [each for each in self.downloads.glob(f"*{ending}") if each.stat().st_size]
            return found[0] if found else None

        return until(look, f"a file *{ending}")


def until(condition: Callable[[], Any], what: str) -> Any:
    """Wait until a condition holds; return what it gives."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"Firefox did not come to it: {what}")
