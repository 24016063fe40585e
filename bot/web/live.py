"""Live pages without held connections: a fragment with an ETag, 304 while nothing has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from flask import Response, render_template, request
from markupsafe import Markup

from bot.services import access
from bot.web.context import ports
from bot.web.errors import NOT_MODIFIED

LAST = "X-Live-Last"


@dataclass(frozen=True)
class Part:
    """The part of a page that changes by itself; with its tag in the page the first poll can be a 304.

    `last`: it will not change any more, so the page stops asking and takes its form away.
    """

    html: Markup
    tag: str
    last: bool = False


def part(template: str, *, last: bool = False, **values: object) -> Part:
    """Render a fragment (autoescaped) and name its content."""
    html = render_template(template, **values)
    return Part(Markup(html), sha256(html.encode()).hexdigest()[:24], last)  # noqa: S704 - Jinja escaped it


def polled(draw: Callable[[], Part]) -> Response:
    """Answer one poll. Only what the browser does not show already is a look at it, and audited as one."""
    with access.deferred(ports()) as write:
        response = answer(draw())
        if response.status_code != NOT_MODIFIED:
            write()
    return response


def tagged(tag: str, draw: Callable[[], Part]) -> Response:
    """The same where the tag is known before anything is read: while the browser has it, nothing is."""
    if request.if_none_match.contains_weak(tag):
        return answer(Part(Markup(), tag))
    with access.deferred(ports()) as write:
        response = answer(Part(draw().html, tag))
        write()
    return response


def answer(part: Part) -> Response:
    """The fragment, or 304 when the browser already shows this very one."""
    known = request.if_none_match.contains_weak(part.tag)
    response = Response(status=NOT_MODIFIED) if known else Response(part.html)
    response.set_etag(part.tag)
    if part.last:
        response.headers[LAST] = "1"
    return response
