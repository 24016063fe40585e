"""Patients' text made comparable: one character in, one character out, then joined without noise.

`normalise` folds width, case and traditional characters, drops what stands inside words (spaces, emoji,
ornaments) and remembers where every kept character stood in the original and where clauses and sentences end.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

JOINT, PAUSE, CLAUSE, SENTENCE = range(4)  # a pause is a space that ends a clause, yet may stand in a word
_SENTENCE = frozenset("。!?\n\r\u2028\u2029")
_CLAUSE = frozenset(',;:()[]{}<>“”"…|\t《》「」『』【】〈〉')
_FIXED = {"℃": "度", "°": "度", "º": "度", "〇": "零", "两": "两", "疼": "疼"}
_FIXED |= {"著": "着", "睪": "睾", "衞": "卫", "覆": "复", "妳": "你", "牠": "它"}  # as Taiwan and Hong Kong write them
_FIXED |= dict.fromkeys("~～〜‼⁉❗❕❓❔", " ")  # a pause like a space: they end a clause and may stand in a word
# Everyday words of other regions, one character each, so that every wording is also found in dialect.
_DIALECT = dict(
    zip("唔冇咗嘅喺嚟俾畀佢屙痾瞓揿撳睇咁啲攰勿庝滕", "不没了的在来被被他拉拉睡按按看这些累不疼疼", strict=True)
)
ORNAMENT = "\x00"  # emoji, marks and the like: dropped, and no sign of a pause
HIDDEN = "\x01"  # what has no width: dropped as if it had never been there, inside numbers too
STRETCH = 8  # characters before a gap that tell how strong it is
LONG_SPACE = 3  # spaces between two characters that end a clause also where every character stands alone
_RUN = re.compile(
    r"(?:[^ \x00\x01，。./]"
    r"|(?:(?<=[0-9])|(?<=[0-9][ \x01])|(?<=[0-9][ \x01]{2})|(?<=[0-9][ \x01]{3}))[./](?=[ \x01]{0,3}[0-9]))+"
)
_GOES_ON = re.compile(r"[\x00\x01]{1,20}([^ \x00\x01，。])")
_LATIN = re.compile("[a-z]")
# Greetings and thanks are nobody's symptom: with a comma or without, they end one clause and begin another.
_GREETING = re.compile(r"[您你]们?好(?![转些点像久多几起好])|请问(?:一下)?")
_THANKS = re.compile(r"(?:谢谢|多谢|感谢)(?:您|你|医生|大夫|了)*")
_NEGATION_END = re.compile(r"(?:(?<![了过好])没有?|无|不|未|否认|别)$")  # but 出了没 asks


@lru_cache(maxsize=1)
def _simplified() -> dict[str, str]:
    """Traditional → simplified, one character to one (OpenCC's table, first choice)."""
    import opencc

    path = Path(opencc.__file__).parent / "dictionary" / "TSCharacters.txt"
    pairs = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {pair[0]: pair[1] for pair in pairs if len(pair) > 1 and len(pair[0]) == len(pair[1]) == 1}


def _fold(char: str) -> str:
    """One character → the kept character or the mark of a joint, clause or sentence end."""
    folded = (_FIXED.get(char) or unicodedata.normalize("NFKC", char).lower() or " ")[0]
    folded = _simplified().get(folded, folded)
    folded = _DIALECT.get(folded, folded)
    if folded in "./%+":
        return folded
    if folded in _SENTENCE or char in _SENTENCE:
        return "。"
    if folded in _CLAUSE or char in _CLAUSE:
        return "，"
    kind = unicodedata.category(folded)
    if kind in {"Cf", "Mn"}:
        return HIDDEN
    return folded if kind[0] in "LN" else " " if kind[0] == "Z" else ORNAMENT


class _Table(dict[int, str]):
    """`str.translate` table that learns each character on first sight."""

    def __missing__(self, code: int) -> str:
        if len(self) > 70_000:  # noqa: PLR2004 - every BMP character and more: never grows without bound
            self.clear()
        self[code] = folded = _fold(chr(code))
        return folded


_TABLE = _Table()


@dataclass(frozen=True)
class Normal:
    """Folded text plus its map back. Positions are characters of `text` unless they say `original`."""

    original: str
    text: str
    starts: tuple[int, ...]  # where each run begins in `text`
    origins: tuple[int, ...]  # where each run begins in `original`
    joints: frozenset[int]  # positions in `text` before which a space or more was dropped: there a word may begin
    stops: frozenset[int]  # positions in `text` before which a comma or more stood: no word goes across
    clauses: tuple[int, ...]  # first position of each clause
    sentences: tuple[int, ...]  # first position of each sentence

    def offset(self, position: int) -> int:
        """Position in `text` → position in `original`."""
        run = max(bisect_right(self.starts, position) - 1, 0)
        return self.origins[run] + position - self.starts[run] if self.starts else 0

    def clause(self, position: int) -> int:
        """Number of the clause that holds a position."""
        return bisect_right(self.clauses, position) - 1

    def sentence(self, position: int) -> int:
        """Number of the sentence that holds a position."""
        return bisect_right(self.sentences, position) - 1

    def clause_end(self, position: int) -> int:
        """End (exclusive) of the clause that holds a position."""
        after = bisect_right(self.clauses, position)
        return self.clauses[after] if after < len(self.clauses) else len(self.text)

    def stopped(self, start: int, end: int) -> bool:
        """Does a comma or more stand strictly between two positions?"""
        first = bisect_right(self.starts, start)
        return any(gap in self.stops for gap in self.starts[first : bisect_left(self.starts, end, first)])

    def words(self, start: int, end: int) -> str:
        """The patient's own characters behind `text[start:end]`."""
        return self.original[self.offset(start) : self.offset(end - 1) + 1] if end > start else ""


def _gap(marks: str, before: str, after: str) -> int:
    """How strongly two runs are apart."""
    if "。" in marks:
        return SENTENCE
    if "，" in marks or "." in marks:
        return CLAUSE
    if not marks.strip(HIDDEN):
        return JOINT
    if _LATIN.match(before[-1:]) and _LATIN.match(after):  # pinyin is typed a syllable at a time
        return JOINT
    if before[-1:].isdigit() and after[:1].isdigit() and max(len(before), len(after)) > 1:
        return CLAUSE
    spaced = (min(len(before), len(after)) > 1 and " " in marks) or " " * LONG_SPACE in marks
    return PAUSE if spaced and not _NEGATION_END.search(before) else JOINT


def _whole(folded: str, run: re.Match[str]) -> str:
    """A run, with its next character where only an ornament stands between: it is no character alone."""
    words = run.group()
    after = _GOES_ON.match(folded, run.end()) if len(words) == 1 else None
    return words + after[1] if after else words


def _ends(joined: str, clauses: list[int]) -> tuple[int, ...]:
    """First positions of the clauses, greetings and thanks being clauses of their own."""
    found = [*_GREETING.finditer(joined), *_THANKS.finditer(joined)]
    courteous = {place for match in found for place in match.span() if 0 < place < len(joined)}
    return tuple(sorted(courteous.union(clauses))) if courteous else tuple(clauses)


def normalise(text: str) -> Normal:
    """Fold a message of any length in linear time; never raises on any str."""
    folded = text.translate(_TABLE)
    parts: list[str] = []
    starts, origins, clauses, sentences = [], [], [0], [0]
    joints: set[int] = set()
    stops: set[int] = set()
    length, seen, before, alone = 0, 0, "", False
    for run in _RUN.finditer(folded):
        words = run.group()
        if before or seen:
            marks = folded[seen : run.start()]
            alone = not marks.strip(ORNAMENT + HIDDEN)
            gap = _gap(marks, before, _whole(folded, run)) if before else JOINT
            if not alone:
                joints.add(length)
            if gap >= PAUSE:
                clauses.append(length)
            if gap >= CLAUSE:
                stops.add(length)
            if gap == SENTENCE:
                sentences.append(length)
        parts.append(words)
        starts.append(length)
        origins.append(run.start())
        before = (before + words)[-STRETCH:] if alone else words
        length, seen = length + len(words), run.end()
    joined = "".join(parts)
    thanks = {found.start() for found in _THANKS.finditer(joined)} - {0}
    ends = _ends(joined, clauses)
    for place in sorted(thanks.difference(starts)):
        at = bisect_right(starts, place)
        starts.insert(at, place)
        origins.insert(at, origins[at - 1] + place - starts[at - 1])
    return Normal(
        original=text,
        text=joined,
        starts=tuple(starts),
        origins=tuple(origins),
        joints=frozenset(joints | thanks),
        stops=frozenset(stops | thanks),
        clauses=ends,
        sentences=tuple(sentences),
    )
