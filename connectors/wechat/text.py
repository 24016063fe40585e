"""Text that WeChat can show: cleaned of markup, cut into parts at places where a reader would pause."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

LIMIT = 1800  # bytes of UTF-8; WeChat cuts near 2,048, and links around the text need room
LABEL = 60  # characters; longer words on a button are not read, and the percent-encoded link must stay small

# Control characters but the line feed, lone surrogates, direction overrides and the byte order mark.
UNWANTED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
LINE_ENDS = re.compile("\r\n?|\u2028|\u2029|\x85|\x0b|\x0c")
TAG = re.compile(r"<(?=[^\S\n]*[A-Za-z/!?])")  # not over a line's end: parts are joined by those
REFERENCE = re.compile(r"&(?=#|[A-Za-z0-9]+;)")
WIDE = str.maketrans({"<": "＜", ">": "＞", "&": "＆", '"': "＂", "'": "＇"})

URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,15}://[^\s<>\"，。！？；：、（）《》【】“”]+")
URL_MAX = 2048
PAUSES = (
    re.compile(r"\n{2,}"),
    re.compile(r"\n"),
    re.compile(r"[。！？!?…]+[”’」』）)]*|[；;]"),
    re.compile(r"[，,、：:]|\s"),
)
JOINER = "\u200d"


def plain(text: str) -> str:
    """Text that stays text: no tag, no character reference, no CDATA end, no control. Idempotent."""
    text = UNWANTED.sub("", LINE_ENDS.sub("\n", text).replace("\t", " "))
    text = TAG.sub("＜", text).replace("]]>", "]]＞")
    return REFERENCE.sub("＆", text)


def label(text: str) -> str:
    """One line for a button, at most 60 characters."""
    line = " ".join(plain(text).split())
    return line if len(line) <= LABEL else line[: LABEL - 1] + "…"


def wide(text: str) -> str:
    """The same line without any character that means something in markup."""
    return text.translate(WIDE)


def split(text: str, limit: int = LIMIT) -> list[str]:
    """Parts of at most `limit` bytes (at least 4) whose concatenation is the text.

    Cut, in this order of liking, after a paragraph, a line, a sentence, a clause, a character; inside a
    URL or a composed character only when that alone is longer than the limit.
    """
    parts = []
    while text:
        end = len(text[:limit].encode()[:limit].decode("utf-8", "ignore"))
        cut = len(text) if end == len(text) else _cut(text, end)
        parts.append(text[:cut])
        text = text[cut:]
    return parts


def _cut(text: str, end: int) -> int:
    links = [match.span() for match in URL.finditer(text, 0, end + URL_MAX)]

    def whole(at: int) -> bool:
        return not _joined(text, at) and not any(start < at < stop for start, stop in links)

    for places in (_pauses(text, end), range(end, 0, -1)):
        for at in places:
            if whole(at):
                return at
    return end


def _pauses(text: str, end: int) -> Iterator[int]:
    """Best place first; a pause in the first half would waste more than it pleases."""
    for pause in PAUSES:
        ends = [match.end() for match in pause.finditer(text, 0, end)]
        yield from (at for at in reversed(ends) if at >= end // 2)


def _joined(text: str, at: int) -> bool:
    """Whether the characters before and after `at` make one sign (accents, emoji sequences, flags)."""
    before, after = text[at - 1], text[at : at + 1]
    if not after:
        return False
    if JOINER in {before, after} or unicodedata.category(after).startswith("M"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True
    return _regional(after) and _flags_before(text, at) % 2 == 1


def _flags_before(text: str, at: int) -> int:
    count = 0
    while count < at and _regional(text[at - 1 - count]):
        count += 1
    return count


def _regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
