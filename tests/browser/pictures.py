"""What a page looks like on a phone and on a desk, for whoever looks himself: `PEIZHEN_SCREENSHOTS=<folder>`."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page

from tests.browsers import NARROW, WIDE


def keep(page: Page, name: str) -> None:
    """Take the whole page at both widths; nothing where nobody wants pictures."""
    folder, size = os.environ.get("PEIZHEN_SCREENSHOTS"), page.viewport_size
    if not folder or size is None:
        return
    for wide in (NARROW, WIDE):
        page.set_viewport_size(wide)
        page.screenshot(path=str(Path(folder) / f"{name}-{wide['width']}.png"), full_page=True)
    page.set_viewport_size(size)
