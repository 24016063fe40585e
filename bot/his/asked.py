"""What a caller of a served hospital asks, read from the request and checked. Source: docs/his-api.yaml."""

from __future__ import annotations

import re
from datetime import date, datetime, timezone

from flask import request

from bot.errors import HisRefused
from bot.his.http.signature import IDEMPOTENCY_HEADER

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}", re.ASCII)
KEY = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)
LONGEST = {"name": 64, "id_number": 32, "phone": 32, "slot_id": 64, "patient_id": 64, "text": 64}
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)
MOST_DAYS = 62  # days of slots in one answer


class InvalidError(Exception):
    """A field that cannot be read (400 missing or not JSON, 422 unusable)."""

    def __init__(self, field: str, *, code: str = "bad_field", status: int = 422) -> None:
        super().__init__(field)
        self.field, self.code, self.status = field, code, status


def known_id(text: str) -> str:
    """An id in a path; what cannot be an id is an id that nobody has."""
    if not ID.fullmatch(text):
        raise HisRefused("not_found")
    return text


def optional_id(name: str) -> str | None:
    """An id in the query, or None."""
    text = request.args.get(name)
    if text is not None and not ID.fullmatch(text):
        raise InvalidError(name)
    return text


def body(*names: str) -> dict[str, str]:
    """Exactly these texts of a JSON object; ids that cannot be ids are unknown."""
    try:
        data = request.get_json(silent=True)
    except RecursionError:  # thousands of opening brackets
        data = None
    if not isinstance(data, dict):
        raise InvalidError("", code="malformed", status=400)
    texts = {name: _text(data, name) for name in names}
    for name in names:
        if name.endswith("_id"):
            known_id(texts[name])
    return texts


def _text(data: dict[str, object], name: str) -> str:
    value = data.get(name)
    if value is None:
        raise InvalidError(name, code="missing_field", status=400)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST[name] or not value.isprintable():
        raise InvalidError(name)
    return value


def idempotency_key() -> str:
    """The header that makes a write repeatable."""
    key = request.headers.get(IDEMPOTENCY_HEADER)
    if key is None:
        raise InvalidError(IDEMPOTENCY_HEADER, code="missing_field", status=400)
    if not KEY.fullmatch(key):
        raise InvalidError(IDEMPOTENCY_HEADER)
    return key


def query_key(name: str) -> str:
    """An idempotency key in the query."""
    key = _query(name)
    if not KEY.fullmatch(key):
        raise InvalidError(name)
    return key


def query_text(name: str) -> str:
    """A search text; absent = empty."""
    text = request.args.get(name, "")
    if len(text) > LONGEST[name] or not text.isprintable():
        raise InvalidError(name)
    return text


def day(name: str) -> date:
    """A day in the query."""
    try:
        read = date.fromisoformat(_query(name))
    except ValueError:
        raise InvalidError(name) from None
    if not EARLIEST <= read <= LATEST:
        raise InvalidError(name)
    return read


def moment(name: str) -> datetime:
    """A moment with an offset in the query → naive UTC."""
    try:
        read = datetime.fromisoformat(_query(name))
        if read.tzinfo is None or not EARLIEST <= read.date() <= LATEST:
            raise InvalidError(name)
        return read.astimezone(timezone.utc).replace(tzinfo=None)
    except ValueError:
        raise InvalidError(name) from None


def days(first: str, last: str) -> tuple[date, date]:
    """A range of days, both ends included, at most 62 days long."""
    begin, end = day(first), day(last)
    if (end - begin).days >= MOST_DAYS:
        raise InvalidError(last)
    return begin, end


def number(name: str, *, low: int, high: int, default: int) -> int:
    """A whole number in the query."""
    text = request.args.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"\d{1,6}", text, re.ASCII) or not low <= int(text) <= high:
        raise InvalidError(name)
    return int(text)


def choice(name: str, choices: tuple[str, ...]) -> str | None:
    """One of the known words, or None when absent."""
    text = request.args.get(name)
    if text is not None and text not in choices:
        raise InvalidError(name)
    return text


def _query(name: str) -> str:
    text = request.args.get(name)
    if text is None:
        raise InvalidError(name, code="missing_field", status=400)
    return text
