"""Which hits still count: denied, long past, only told or only supposed ones do not."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import yaml

from bot.triage.matcher import Hit
from bot.triage.text import Normal

PREFIX = "~"
NO, PSEUDO, MASK, PAST, NOW, STORY = "~deny", "~pseudo", "~mask", "~past", "~now", "~story"
IF, ASK, FOLLOWUP, SINCE, LESSON, FIGURE = "~if", "~ask", "~followup", "~since", "~lesson", "~figure"
DENIALS = "没不无未"  # a word that begins with one says what it says, denied or not
REMAINDER = 16  # characters after the last finding in which a denial may end the clause
LISTED = 8  # characters after a denial within which findings side by side (发烧咳嗽头痛) are denied together
BESIDE = 6  # characters between a finding and a word that only speaks of its neighbour
_REASONS = frozenset({PAST, IF, ASK, FOLLOWUP, SINCE, LESSON})  # cues that a finding's own clause may hold against it
DENIED, OVER, TOLD, SUPPOSED = "denied", "over", "told", "supposed"

# What may stand between a denial and the thing denied, and between things denied together.
_FILLER = re.compile(
    r"(?:出现|过|什么|任何|明显|特别|很|太|怎么|再|有|发生|觉得|感觉到?|感到|伴有?|伴随|其[他它]|一点|那么|那种|剧烈|严重|"
    r"的|和|或者?|及|以及|与|也|并|到|是|会|得|自己|我|他|她|孩子|宝宝|突发|心里|里|明显的|还|都|诊断|确诊|查出)*"
)
_TOGETHER = re.compile(r"(?:和|或者?|及|以及|与|还有|也没有?|也不|也无|没有?|不|无|也|什么的|这些|等)*")
_AFTER = re.compile(
    r"(?:的?(?:症状|情况|感觉|现象))?(?:这些|什么的|等)?(?:都|也|全|已经?|现在|目前|基本上?|倒是?|暂时|暂|从来)*"
    r"(?:(?:没有?|无)(?:了|过|的|出现过?|发生)?(?:吗|呢|啊|呀|吧)?$|消失了?$|好了$|不明显了?$|正常$|阴性$)"
)
# What kin call normal (奶奶说流点血正常) is not denied.
_THEY_SAY = re.compile(r"[婆妈奶爷爸公姥嫂姨姑舅老他她人](?:非|就|都|还|总|老)?(?:说|讲|觉得|认为)")

_NONE_OF_IT = re.compile(
    r"(?:这些|以上|上面这些|这几样|那些)?(?:都|全都?|统统|一样|一个)(?:也|都)?(?:没有?|无)(?:过|的|啊|呢|哈)*(?:(?:就是|只是).*)?"
)


@lru_cache(maxsize=1)
def cues() -> dict[str, list[str]]:
    """Concept → patterns of the cue words, their concepts marked with `~`."""
    text = (Path(__file__).parent / "scope.yml").read_text(encoding="utf-8")
    return {PREFIX + name: words for name, words in yaml.load(text, yaml.CSafeLoader).items()}


def is_cue(hit: Hit) -> bool:
    """Is it a cue rather than a finding?"""
    return hit.concept[0] == PREFIX


def judge(normal: Normal, hits: Sequence[Hit], matters: Container[str] | None = None) -> Iterator[tuple[Hit, str]]:
    """Every finding with "" (counts) or why it does not, in order of the text.

    With `matters`, which may shrink between two findings, clauses that name none of these concepts are passed over.
    """
    kept = _unmasked(hits)
    told = {normal.sentence(hit.start) for hit in kept if hit.concept == STORY}
    for clause in _clauses(normal, kept):
        if matters is None or any(hit.concept in matters for hit in clause):
            yield from _judged(normal, clause, told=bool(told) and normal.sentence(clause[0].start) in told)


def idle(normal: Normal, hits: Sequence[Hit]) -> set[int]:
    """Numbers of the clauses in which every finding is denied, over, only told or a way of speaking."""
    live: set[int] = set()
    idle = {normal.clause(hit.start) for hit in hits if hit.concept == FIGURE}
    for hit, reason in judge(normal, hits):
        (idle if reason in (DENIED, OVER, TOLD) else live).add(normal.clause(hit.start))
    return idle - live


def _clauses(normal: Normal, hits: Sequence[Hit]) -> Iterator[list[Hit]]:
    """Hits of one clause after the other."""
    clause: list[Hit] = []
    ends = 0
    for hit in hits:
        if hit.start >= ends:
            if clause:
                yield clause
            clause, ends = [], normal.clause_end(hit.start)
        clause.append(hit)
    if clause:
        yield clause


def _unmasked(hits: Sequence[Hit]) -> Sequence[Hit]:
    """Without findings inside a mask and without denials that are part of another word."""
    special = {hit.concept for hit in hits} & {MASK, FIGURE, PSEUDO, NO}
    if not special:
        return hits
    masks = _cover(hit for hit in hits if hit.concept in (MASK, FIGURE)) if special & {MASK, FIGURE} else []
    words = _swallowing(hits) if NO in special else []
    in_mask, in_word = _Inside(masks), _Inside(words)
    return [
        hit
        for hit in hits
        if not (
            hit.concept in (MASK, FIGURE, PSEUDO)
            or (masks and in_mask.holds(hit))
            or (hit.concept == NO and in_word.holds(hit))
        )
    ]


def _swallowing(hits: Sequence[Hit]) -> list[tuple[int, int]]:
    """Words in which a denial is part of the word (叫不醒, 不舒服)."""
    denials = {(hit.start, hit.end) for hit in hits if hit.concept == NO}
    return _cover(
        hit
        for hit in hits
        if (hit.concept == PSEUDO or (hit.end - hit.start > 1 and hit.concept[0] != PREFIX))
        and (hit.start, hit.end) not in denials
    )


def _cover(hits: Iterable[Hit]) -> list[tuple[int, int]]:
    """Spans in order of start, each reaching at least as far as those before it."""
    spans: list[tuple[int, int]] = []
    for hit in hits:
        if not spans or hit.end > spans[-1][1]:
            spans.append((hit.start, hit.end))
    return spans


class _Inside:
    """Whether some span (sorted by start and by end) holds a hit; asked in order of the text."""

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        self._spans = spans
        self._next = 0
        self._reach = -1  # how far the spans reach that begin no later than the hit

    def holds(self, hit: Hit) -> bool:
        """Does one of the spans hold it?"""
        spans = self._spans
        while self._next < len(spans) and spans[self._next][0] <= hit.start:
            self._reach = spans[self._next][1]
            self._next += 1
        return self._reach >= hit.end


def _judged(normal: Normal, clause: list[Hit], *, told: bool) -> list[tuple[Hit, str]]:
    """Judge one clause; a story word holds for the whole sentence."""
    cues_here = {hit.concept for hit in clause if is_cue(hit)}
    found = [hit for hit in clause if not is_cue(hit)] if cues_here else clause
    denied = _denied(normal, clause, found, said=NO in cues_here)
    if not told and not denied and not cues_here & _REASONS:
        return [(hit, "") for hit in found]
    reasons = _Reasons(clause, told=told)
    return [(hit, DENIED if hit in denied else reasons.of(hit)) for hit in found]


class _Reasons:
    """Why a finding of one clause does not count, denials aside."""

    def __init__(self, clause: list[Hit], *, told: bool) -> None:
        concepts = {hit.concept for hit in clause}
        self._told = told or (LESSON in concepts and NOW not in concepts)
        self._over = PAST in concepts and NOW not in concepts
        self._if = min((hit.end for hit in clause if hit.concept == IF), default=None)
        self._asked = [hit.start for hit in clause if hit.concept == ASK]
        followups = [hit for hit in clause if hit.concept == FOLLOWUP]
        self._before = [hit.start for hit in clause if hit.concept in (FOLLOWUP, SINCE)]
        self._after = [] if NOW in concepts else sorted(-hit.end for hit in followups)  # 复查突然晕倒 is new

    def of(self, hit: Hit) -> str:
        """The reason, or "" when the finding counts."""
        if self._told:
            return TOLD
        if self._if is not None and hit.start >= self._if:
            return SUPPOSED
        if self._asked and _next_to(self._asked, hit.end, BESIDE):
            return SUPPOSED
        beside = _next_to(self._before, hit.end, BESIDE) or _next_to(self._after, -hit.start, 2)
        return OVER if self._over or beside else ""


def _next_to(starts: list[int], end: int, reach: int) -> bool:
    """Does one of the sorted positions lie within `reach` after `end`?"""
    at = bisect_left(starts, end)
    return at < len(starts) and starts[at] - end <= reach


def _denied(normal: Normal, clause: list[Hit], found: list[Hit], *, said: bool) -> set[Hit]:
    """Findings denied by a word before them (when one is `said`), after them, or together with a denied neighbour."""
    denied: set[Hit] = set()
    begin, reach, chain = -1, -1, -1  # the last denial; end of the last denied finding
    for hit in clause if said else ():
        if hit.concept == NO:
            begin, reach = (hit.start, hit.end) if hit.end > reach else (begin, reach)
        elif not is_cue(hit) and (
            _is_part(normal.text, hit, begin, reach) or _is_denied(normal.text, hit, reach, chain)
        ):
            denied.add(hit)
            chain = max(chain, hit.end)
    return denied | _denied_after(normal, found) if found else denied


def _is_part(text: str, hit: Hit, begin: int, reach: int) -> bool:
    """Does it begin inside the denial (有出血 in 没有出血) and denies nothing itself (不醒 in 也不醒 does)?"""
    return begin < hit.start < reach and text[hit.start] not in DENIALS


def _is_denied(text: str, hit: Hit, reach: int, chain: int) -> bool:
    """Only filler from the denial, or only joining words from a denied finding."""
    if chain >= hit.start:  # overlapping or touching the denied one: a list without joining words is short
        return hit.start <= reach + LISTED
    near = 0 <= reach <= hit.start <= reach + 12 and _FILLER.fullmatch(text, reach, hit.start)
    return bool(near or (0 <= chain <= hit.start <= chain + 8 and _TOGETHER.fullmatch(text, chain, hit.start)))


def _denied_after(normal: Normal, found: list[Hit]) -> set[Hit]:
    """`发烧、咳嗽都没有`: a denial that ends the clause or is all of the next denies the findings listed before it."""
    end = normal.clause_end(found[-1].end - 1)
    if end < len(normal.text) and _NONE_OF_IT.fullmatch(normal.text, end, normal.clause_end(end)):
        return set(found)
    if end - found[-1].end > REMAINDER:
        return set()
    last = max(found, key=lambda hit: hit.end)
    if last.end >= end or not _AFTER.fullmatch(normal.text, last.end, end):
        return set()
    begin = normal.clauses[normal.clause(found[0].start)]
    if normal.text.endswith("正常", last.end, end) and _THEY_SAY.search(normal.text, begin, end):
        return set()
    denied, start = {last}, last.start
    for hit in sorted(found, key=lambda hit: hit.end, reverse=True):
        if hit.end >= start or _TOGETHER.fullmatch(normal.text, hit.end, start):
            denied.add(hit)
            start = min(start, hit.start)
    return denied
