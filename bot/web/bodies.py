"""What a write may carry: the fields of a form, and a file only where a view takes one."""

from __future__ import annotations

from flask import Flask, request
from werkzeug.exceptions import LengthRequired, RequestEntityTooLarge, UnsupportedMediaType

FORMS = frozenset({"", "application/x-www-form-urlencoded", "multipart/form-data"})
# endpoints; whoever adds one checks the file's content, not its name
TAKES_PICTURES = frozenset({"h5.keep_picture", "h5.add_pictures"})  # as a phone takes them, megabytes each
TAKES_FILES = TAKES_PICTURES | {"console.create_broadcast", "console.save_broadcast", "console.preview_import"}
LARGEST_PICTURES = (
    12 * 1024 * 1024
)  # bytes of such a request: one of the largest that `bot.photo` looks at, and its form


def _refuse() -> None:
    """Raises 411, 413 and 415 before a view, or the check of the form's token, reads anything."""
    if request.method in {"GET", "HEAD", "OPTIONS"} or request.blueprint not in {"h5", "console"}:
        return
    if request.headers.get("Transfer-Encoding"):  # no browser sends a form so, and nginx gives it its length
        raise LengthRequired
    if request.endpoint in TAKES_PICTURES:
        request.max_content_length = LARGEST_PICTURES
    if (request.content_length or 0) > (request.max_content_length or 0):
        raise RequestEntityTooLarge
    if request.mimetype not in FORMS or (request.files and request.endpoint not in TAKES_FILES):
        raise UnsupportedMediaType


def register(app: Flask) -> None:
    app.before_request(_refuse)
