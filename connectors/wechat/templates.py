"""Fields of template messages (类目模板), checked by type before WeChat refuses them with 47003.

A field's type is its name without the number: `thing1`, `time2`, `character_string5`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

THING = 20
HAN = "\u3400-\u9fff"
DATE = r"\d{4}(年\d{1,2}月\d{1,2}日|[-/]\d{1,2}[-/]\d{1,2})"
TIME = r"\d{1,2}:\d{2}(:\d{2})?"
MOMENT = rf"({DATE}( ?{TIME})?|{TIME})"

TYPES: dict[str, re.Pattern[str]] = {
    "thing": re.compile(r".{1,20}"),
    "character_string": re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,30}[\x21-\x7e])?"),
    "time": re.compile(rf"{MOMENT}( ?~ ?{MOMENT})?", re.ASCII),
    "date": re.compile(rf"{DATE}( ?{TIME})?( ?~ ?{DATE}( ?{TIME})?)?", re.ASCII),
    "amount": re.compile(r"[¥￥$]?\d{1,10}(\.\d{1,2})?元?", re.ASCII),
    "phone_number": re.compile(r"[0-9+() -]{1,17}"),
    "car_number": re.compile(rf"[{HAN}A-Z0-9]{{1,8}}"),
    "const": re.compile(r".{1,20}"),
    "name": re.compile(rf"[{HAN}·]{{1,10}}|[A-Za-z .·-]{{1,20}}"),
    "phrase": re.compile(rf"[{HAN}]{{1,5}}"),
    "number": re.compile(r"(?=.{1,32}$)\d+(\.\d+)?", re.ASCII),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
}
FIELD = re.compile(r"([a-z_]+?)(\d{1,3})")
# WeChat strips emoji; what is stripped is better refused, because the rest may say something else.
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]")
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


class BadField(ValueError):
    """A value that WeChat would refuse; `field` is its name, `why` one of our words. Never the value."""

    def __init__(self, field: str, why: str) -> None:
        self.field, self.why = field, why
        super().__init__(f"{field}: {why}")


def fill(values: Mapping[str, str], constants: Mapping[str, frozenset[str]] | None = None) -> dict[str, dict[str, str]]:
    """`{"thing1": "骨科"}` → the `data` of a template message. Raises BadField.

    `constants` gives the approved words of each `const` field, where the host knows them.
    """
    return {field: {"value": _checked(field, value, constants or {})} for field, value in values.items()}


def _checked(field: str, value: str, constants: Mapping[str, frozenset[str]]) -> str:
    named = FIELD.fullmatch(field)
    if not named or named[1] not in TYPES:
        raise BadField(field, "unknown type")
    if not value.strip():
        raise BadField(field, "empty")
    if CONTROL.search(value) or EMOJI.search(value):
        raise BadField(field, "line break, control character or emoji")
    if not TYPES[named[1]].fullmatch(value):
        raise BadField(field, f"not a {named[1]}")
    if field in constants and value not in constants[field]:
        raise BadField(field, "not an approved word")
    return value


def thing(text: str) -> str:
    """A text shortened to what a `thing` takes: one line, 20 characters."""
    line = " ".join(CONTROL.sub(" ", EMOJI.sub("", text)).split())
    return line if len(line) <= THING else line[: THING - 1] + "…"
