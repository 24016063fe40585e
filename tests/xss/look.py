"""Pages in Chromium, and what must never be on one of ours: something that ran, or markup that a reader's words made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Error, Page

COOKIES = {"console": "/console", "h5": "/h5"}
PROBE = "window.ran = 0; window.pwned = () => { window.ran += 1; (window.top || window).ran += 1; };"
# None of our pages has an inline handler, script or style, a frame, a plug-in or an address of another place.
MARKUP = """() => {
  const found = [];
  const host = (value) => { try { return new URL(value, location.href).hostname; } catch { return ""; } };
  for (const e of document.querySelectorAll("*")) {
    const name = e.localName;
    if (["iframe", "object", "embed", "base", "marquee", "style", "plaintext", "xmp", "math"].includes(name)) found.push(name);
    if (name === "script" && !(e.src || "").startsWith?.(location.origin + "/static/")) found.push("script");
    if (name === "meta" && e.httpEquiv) found.push("meta");
    for (const a of e.attributes) {
      if (a.name.startsWith("on") || a.name === "style" || a.name === "srcdoc") found.push(a.name);
      if (/^(href|src|action|formaction|data|xlink:href)$/.test(a.name)
          && !/^(\\/|#|\\?|tel:|https?:\\/\\/(localhost|127\\.0\\.0\\.1)[:/])/.test(a.value) && a.value !== "") found.push(a.name + "=" + a.value.slice(0, 40));
      if (/^(href|src|action|formaction)$/.test(a.name) && !["", "localhost", "127.0.0.1"].includes(host(a.value))) found.push("elsewhere");
    }
  }
  if (document.body && /\\[1337\\]/.test(document.body.innerText)) found.push("template");
  if (document.cookie.includes("pwned")) found.push("cookie");
  return found;
}"""
STRICT = {"default-src 'self'", "base-uri 'none'", "object-src 'none'", "form-action 'self'"}
RISKY = ("unsafe-inline", "unsafe-eval", "data:", "blob:", "*", "http:", "https:")


@dataclass
class Seen:
    """What came of all pages that were looked at."""

    pages: int = 0
    ran: Counter[str] = field(default_factory=Counter)
    markup: Counter[str] = field(default_factory=Counter)
    violations: Counter[str] = field(default_factory=Counter)
    loose: set[str] = field(default_factory=set)  # pages with a policy that is none

    @property
    def clean(self) -> bool:
        return not (self.ran or self.markup or self.violations or self.loose)


@contextmanager
def window(browser: Browser, address: str, visitor: FlaskClient, seen: Seen, *, policy: bool = True) -> Iterator[Page]:
    """A page of Chromium with a visitor's cookies; `policy`: the browser minds the content security policy."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, bypass_csp=not policy)
    context.add_init_script(PROBE)
    _carry(context, address, visitor)
    page = context.new_page()
    page.on("console", lambda message: _complaint(seen, page, message.text))
    page.on("dialog", lambda dialog: dialog.dismiss())
    try:
        yield page
    finally:
        context.close()


def look(page: Page, address: str, path: str, seen: Seen) -> None:
    """Open one page and hold it against what must not be there."""
    try:
        answer = page.goto(f"{address}{path}", wait_until="load")
    except Error:
        answer = None
    if answer is None:  # the page before, or this one, led somewhere else
        seen.markup[f"{path} leads away"] += 1
        return
    if answer.status >= 500:
        raise AssertionError(f"{path}: {answer.status}")
    if not _strict(answer.header_value("content-security-policy") or ""):
        seen.loose.add(path)
    judge(page, path, seen)


def judge(page: Page, path: str, seen: Seen) -> None:
    """Count what ran on the page that is open, and what stands on it."""
    seen.pages += 1
    try:
        ran, markup = int(page.evaluate("window.ran") or 0), page.evaluate(MARKUP)
    except Error:
        ran, markup = 0, ["page that cannot be read"]  # something led away from it
    if ran:
        seen.ran[path] += ran
    seen.markup.update(f"{path} {what}" for what in markup)


def _strict(policy: str) -> bool:
    return set(policy.split("; ")) >= STRICT and not any(word in policy for word in RISKY)


def _complaint(seen: Seen, page: Page, text: str) -> None:
    if "Content Security Policy" in text:
        seen.violations[f"{page.url.partition('?')[0]}: {text[:90]}"] += 1


def _carry(context: BrowserContext, address: str, visitor: FlaskClient) -> None:
    for name, path in COOKIES.items():
        cookie = visitor.get_cookie(name, path=path)
        if cookie is not None:
            host = address.partition("//")[2].partition(":")[0]
            context.add_cookies([{"name": name, "value": cookie.value, "domain": host, "path": path}])
