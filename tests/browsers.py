"""A real Chromium to look at our pages with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium when there is one, else playwright's own.

    While it is open, this thread has a running asyncio loop: neither a second one nor `asyncio.run` starts here.
    """
    expect.set_options(timeout=PATIENCE)
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()
