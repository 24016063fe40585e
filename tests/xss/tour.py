"""Every page of console and H5 that shows anything, each as somebody who may see it, with hostile words in all of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from flask import Flask
from playwright.sync_api import Browser, Page

from tests.accessible import troubles
from tests.idor.matrix import ROUTES, Row
from tests.idor.probe import _meant
from tests.idor.world import Principal, World
from tests.xss.look import Seen, judge, look, window

NO_PAGES = frozenset(
    {
        "static",
        "front",
        "console.trail_file",
        "console.faq_file",
        "console.picture",
        "console.broadcast_picture",
        "h5.data_copy",
    }
)
REFLECTED = {  # pages that say again what stands in their address
    "console.entries": "q",
    "console.trail": "who",
    "console.signin": "next",
    "h5.data_page": "ask",
}
TYPED = "main form input[type=text]:visible, main form input:not([type]):visible, main form textarea:visible"
ALL = 99  # pages of one visitor: all there are


@dataclass
class Tour:
    """Which paths are opened as whom."""

    world: World
    app: Flask
    stops: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    visitors: dict[str, Principal] = field(default_factory=dict)

    def plan(self, people: list[Principal]) -> Tour:
        """Each page once, as the first who gets it."""
        for rule in self.app.url_map.iter_rules():
            row = ROUTES.get(rule.endpoint)
            if row is not None and "GET" in (rule.methods or ()) and rule.endpoint not in NO_PAGES:
                self._find(rule.rule, rule.endpoint, row, people)
        return self

    @property
    def pages(self) -> int:
        return sum(map(len, self.stops.values()))

    def _find(self, rule: str, endpoint: str, row: Row, people: list[Principal]) -> None:
        for who in people:
            for path in self._paths(rule, row, who):
                got = who.browser.get(path)
                if got.status_code == 200 and got.mimetype == "text/html":
                    self.visitors[who.name] = who
                    self.stops[who.name].append(path)
                    return

    def _paths(self, rule: str, row: Row, who: Principal) -> Iterator[str]:
        families = [*row.path.values(), *row.query.values()]
        for ref in [who.own[f] for f in families[:1] if f in who.own] if families else [""]:
            values = {**dict.fromkeys(row.path, ref), **{k: _meant(self.world, v, ref) for k, v in row.fill.items()}}
            path = re.sub(r"<(?:[^:<>]+:)?(\w+)>", lambda m, values=values: quote(values[m[1]], safe=""), rule)
            asked = {**dict.fromkeys(row.query, ref), **{k: _meant(self.world, v, ref) for k, v in row.asked.items()}}
            yield path + ("?" + "&".join(f"{k}={quote(v)}" for k, v in asked.items()) if asked else "")

    def troubles(
        self, browser: Browser, address: str, size: dict[str, int], *, most: int = ALL
    ) -> dict[str, list[str]]:
        """What axe-core finds grave, by page; parts that a page fetches are looked at as parts of it."""
        found = {}
        for name, paths in self.stops.items():
            with window(browser, address, self.visitors[name].browser, Seen()) as page:
                page.set_viewport_size(size)  # type: ignore[arg-type]
                for path in [one for one in paths if not one.endswith("/live")][:most]:
                    page.goto(f"{address}{path}")
                    found[path] = troubles(page)
        return found

    def walk(
        self, browser: Browser, address: str, seen: Seen, said: str, *, policy: bool = True, most: int = ALL
    ) -> None:
        """Open every page, at most so many as one person; those that repeat their address with `said` in it."""
        for name, paths in self.stops.items():
            with window(browser, address, self.visitors[name].browser, seen, policy=policy) as page:
                for path in paths[:most]:
                    look(page, address, path, seen)
                    self._repeated(page, address, path, seen, said)

    def _repeated(self, page: Page, address: str, path: str, seen: Seen, said: str) -> None:
        adapter = self.app.url_map.bind("localhost")
        name = REFLECTED.get(adapter.match(path.partition("?")[0], "GET")[0])
        if name:
            look(page, address, f"{path.partition('?')[0]}?{name}={quote(said)}", seen)

    def type_in(self, browser: Browser, address: str, seen: Seen, said: str) -> int:
        """Write hostile words into every form of the console and send it: what comes back is a page too."""
        sent = 0
        for name, paths in self.stops.items():
            visitor = self.visitors[name]
            if not visitor.role:
                continue
            with window(browser, address, visitor.browser, seen) as page:
                sent += sum(self._send(page, address, path, seen, said) for path in paths)
        return sent

    @staticmethod
    def _send(page: Page, address: str, path: str, seen: Seen, said: str) -> int:
        page.goto(f"{address}{path}")
        boxes = page.locator(TYPED)
        if not boxes.count():
            return 0
        for number in range(boxes.count()):
            boxes.nth(number).evaluate("(box, text) => { box.removeAttribute('maxlength'); box.value = text; }", said)
        with page.expect_navigation():
            boxes.first.evaluate("box => HTMLFormElement.prototype.submit.call(box.form)")
        judge(page, f"{path} sent", seen)
        return 1
