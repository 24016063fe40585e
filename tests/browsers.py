"""A real Chromium to look at our pages with."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from unittest.mock import patch

from playwright.sync_api import Browser, ViewportSize, expect, sync_playwright

NARROW, WIDE = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=900)
PATIENCE = 60_000  # milliseconds for what a page will show; two slow cores carry the browser and all of ours
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Playwright notes who called at every call and never looks at the source lines that come with it; finding them goes
# through every module that is loaded, which in a process of the whole suite is most of a browser test's time.
WITHOUT_SOURCE = patch("inspect.stack", partial(inspect.stack, 0))


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium when there is one, else playwright's own.

    While it is open, this thread has a running asyncio loop: neither a second one nor `asyncio.run` starts here.
    """
    expect.set_options(timeout=PATIENCE)
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with WITHOUT_SOURCE, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()
