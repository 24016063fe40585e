"""Surname and given name that no list holds: where what stands around them and their own make say so. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.faq import remedies
from bot.faq.board import GONE, Board
from bot.faq.borders import Borders
from bot.faq.kin import KIN_BEFORE
from bot.faq.likeness import family, like
from bot.faq.segments import Word
from bot.faq.surnames import DOUBLE, KIN, NEVER, NO_NAME, RARE, SELDOM, SINGLE, SPOKEN_TO, TITLES

HAN = "\u3400-\u9fff"
SURNAME = rf"(?:{DOUBLE}|[{SINGLE}{RARE}])"
BEFORE = re.compile(
    rf"(?:{KIN_BEFORE})(?:的?(?:大名|小名|名字)?(?:就?叫做?|是|：|:|为)?)?[\s（(]{{0,2}}$|(?<!起)床位?的?$|{GONE}的?$"
)
# 我, 找 and the like lead to much else too; 替, 感谢 lead to persons more often than not.
WEAK = re.compile(rf"(?<![{HAN}])(?:我|问|答|叫|找|是|我叫|联系|本人|认识|值班|回复)[\s：:]?$")
TOWARDS = re.compile(
    "(?:[您你]好|不?是|替|跟|找|请|和|与|给|问|听|见|感谢|谢谢|表扬|通知|联系|关于|同村的|那个|挂了?|约了?|转|由|对|像|"
    "叫|让|陪|带|帮)$"
)
BELONGS = "的(?:儿子|女儿|爱人|老公|老婆|主管|管床|结果|报告|病历)"
THEN = (
    "昨[天晚日]|今[天早晚日]|明[天早晚]|前天|上[周次午]|下[周次午]|住院|出院|得了|躺|化疗|手术|[发高低]烧|睡不着|确诊|也是|"
    "敬上|留言|拜托|从[^来前今]|在[^家线]"
)
AFTER = re.compile(
    rf"[\s，,（(]{{0,2}}(?:{TITLES}|{SPOKEN_TO}|男|女|[0-9]{{1,3}}岁|今年|[今现]年|[两俩三]个|是我|是患|给我|带我|"
    "的?家属|的?家长|看过|小朋友|同学|本人|一起|全责|这名|这个名|才是|收[，,。；]"
    rf"|{THEN}|{BELONGS}|{GONE})"
)
TITLED = re.compile(rf"(?:{TITLES})(?!室|办|们)")
PERSON = re.compile(rf"(?={SURNAME}[{HAN}])")
OTHER_WORD = re.compile(NO_NAME)
ENOUGH = 2.5
ROLES = frozenset(f"{TITLES}|{KIN}".replace("?", "").split("|"))
RELATIVES = frozenset(KIN.split("|"))
LOOSE = set(
    "多小受做起得没不很最患吐咳摔住替于号科谁们帮托出看介带陪家嘛呀啊的是给说让把被在跟和与找叫问对由到去来要想有"
    "就也都刚又，、这那"
)


def sweep(board: Board, words: Sequence[Word]) -> None:
    """Take the likeliest first; whoever was found says something of the names beside him."""
    borders, things = Borders(words), remedies.spans(board.view)
    things += [(w.start, w.end) for w in words if w.text in RELATIVES and w.end - w.start > 1]
    for _ in range(2):
        for _, start, end in sorted(_likely(board.view, borders), reverse=True):
            if not any(_a_thing(board.view, start, end, thing) for thing in things):
                board.take(start, end, "某某", "name")


def _a_thing(view: str, start: int, end: int, thing: tuple[int, int]) -> bool:
    """Whether it is a drug or a part of one; before a title a name may hold one whole: 麦冬青医生."""
    first, last = thing
    held = start <= first and last <= end and TITLED.match(view, end)
    return first < end and start < last and not held


def _likely(view: str, borders: Borders) -> Iterator[tuple[float, int, int]]:
    """Every place where a name may begin, with the better of its ends: (weight, start, end)."""
    for found in PERSON.finditer(view):
        start = found.start()
        surname = 2 if re.match(DOUBLE, view[start : start + 2]) else 1
        ends = [start + surname + given for given in (2, 1)]
        possible = [end for end in ends if _possible(view, start, surname, end)]
        best = max(((_weight(view, start, surname, end, borders), start, end) for end in possible), default=None)
        if best is not None and best[0] >= ENOUGH:
            yield best


def _possible(view: str, start: int, surname: int, end: int) -> bool:
    given = view[start + surname : end]
    if len(view) < end or not re.fullmatch(f"[{HAN}]+", given) or given in ROLES:
        return False
    if TITLED.match(view, end - 1) and not TITLED.match(view, end):
        return False  # 张阿姨: 阿 is no name
    return not remedies.MEDICAL.search(view[start + surname : end + 1]) and not OTHER_WORD.match(view, start)


def _weight(view: str, start: int, surname: int, end: int, borders: Borders) -> float:
    """How much speaks for a name: what leads to it, what follows, how it is made, and the words that it tears."""
    before, given = view[:start][-12:], view[start + surname : end]
    led, titled = bool(BEFORE.search(before)), bool(TITLED.match(view, end))
    weight = _left(before, led=led) + _right(view, end)
    weight += sum(map(like, given)) * (1.0 if len(given) == 1 else 0.75)
    weight -= 0.5 * len(SELDOM & set(given)) + 1.75 * len((NEVER - SELDOM) & set(given))
    weight += 0.75 * borders.named(start + surname, end)
    sure = titled or (led and not WEAK.search(before))
    weight += 0.5 if surname > 1 else family(view[start], led=sure)
    return weight + borders.weight(start, end, led=led or titled)


def _left(before: str, *, led: bool) -> float:
    """What leads to the name: 我妈, a mark, 替, a small word."""
    if led:
        return 2.0 if WEAK.search(before) else 2.5
    if TOWARDS.search(before) or not re.search(f"[{HAN}]$", before):
        return 1.0
    return 0.5 * (before[-1:] in LOOSE)


def _right(view: str, end: int) -> float:
    """What follows: 医生, 七十岁, a mark, a small word."""
    if AFTER.match(view, end):
        return 2.0
    return 1.0 if not re.match(f"[{HAN}]", view[end : end + 1]) else 0.5 * (view[end : end + 1] in LOOSE)
