"""What a browser complains about while somebody uses a page: nothing of it may happen."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response

REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (\d{3})")


class Watch:
    """Console errors, warnings of the content policy, broken scripts and failed requests of one visitor.

    `allowed` are statuses that a test provokes on purpose; the browser reports those too.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.complaints: list[str] = []
        self.allowed: set[int] = set()
        context.on("page", self._page)
        context.on("response", self._response)

    def _page(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _console(self, message: ConsoleMessage) -> None:
        refused = REFUSED.search(message.text)
        if message.type in {"error", "warning"} and not (refused and int(refused[1]) in self.allowed):
            self.complaints.append(f"{message.type}: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.allowed:
            self.complaints.append(f"{response.status} {response.request.method} {response.url}")
