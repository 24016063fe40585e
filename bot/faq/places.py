"""Where somebody lives, works, learns, lies: addresses, villages, schools, companies, hospitals, beds. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.faq import remedies
from bot.faq.board import GONE, Board
from bot.faq.place_words import BREAKS, ENDINGS, HARMLESS, INSIDE, MIDDLE
from bot.faq.segments import Word
from bot.faq.surnames import DOUBLE, KIN

HAN = "\u4e00-\u9fff"
BED = re.compile(
    r"(?:[0-9一二三四五六七八九十]{1,3}(?:楼|病区|病房|区)|ICU|CCU|icu)?[0-9一二三四五六七八九十]{0,4}-?"
    r"加?[0-9一二三四五六七八九十]{1,4}[A-Za-z]?号?床(?:位)?(?!被|上用|旁边的人)"
)
# 睡走廊加12: beds that stand in the corridor are named without the word.
EXTRA_BED = re.compile(
    "(?:(?<=走廊)|(?<=过道)|(?<=病区)|(?<=[睡住]))[的在]?\\+?加?(?<=[加+])[0-9一二三四五六七八九十]{1,3}(?!床|片|粒|个|天|次|克|毫|[0-9.])"
)
WORDS = {
    "hospital": "某医院",
    "school": "某学校",
    "company": "某单位",
    "home": "[住址]",
    "village": "[住址]",
    "road": "[住址]",
}
KIND_OF = {ending: kind for kind, endings in ENDINGS.items() for ending in endings}
NO_LANE = "弄[丢坏脏湿破错反伤疼掉不得到清好了成出混断醒]"  # 报告单弄丢了
ENDING = re.compile(f"(?!{NO_LANE})(?:{'|'.join(sorted(map(re.escape, KIND_OF), key=len, reverse=True))})")
LASTS = re.compile("[一二两三四五六七八九十半几]+个?多?(?:月|星期|礼拜|天|周|年|小时)")
NUMBER = "[0-9一二三四五六七八九十百A-Za-z]{1,5}"
# Parts of an address that follow a road or an estate: 88号, 3栋2单元401室.
TAIL = re.compile(
    rf"(?:\s*{NUMBER}(?:号楼|号院|号|弄|栋|幢|单元|楼|室|层|座|组|队|户|期|区|门(?!诊)|排(?=[0-9]))|[东西中]户|\s*[0-9]{{1,3}}(?:[\-－—][0-9]{{1,4}}){{1,3}}(?![0-9])|(?!里|我|的|[{HAN}]?们)[{HAN}]{{1,4}}?组(?![织成合长员团])|\s*[\-－—]?\s*[0-9]{{2,4}}(?![0-9.年月日岁个片粒毫元天次度%])|{GONE})+"
)
BLOCK = re.compile(
    rf"(?<![0-9]){NUMBER}(?:号楼|栋|幢|单元)(?:\s*{NUMBER}(?:号楼|栋|幢|单元|楼|室|层|座)|[0-9]{{2,4}})*"
)
EDGE = rf"(?:(?<![{HAN}])|(?<=[在住到从是址市县区镇道号路街]))"
HOUSE = re.compile(rf"{EDGE}[{HAN}]{{2,6}}(?:路|街|大道|巷|弄)(?=[0-9一二三四五六七八九十]{{1,5}}号)")
SHORTEST = 2
PEOPLE = frozenset(KIN.split("|"))
ESTATE = re.compile(rf"{EDGE}[{HAN}]{{2,5}}(?=[0-9]{{1,3}}(?:栋|幢|号楼))")
WHOLE = re.compile(  # between two marks, nothing but the name: ，云和机械厂，
    rf"(?<![{HAN}])(?P<own>[{HAN}]{{2,4}})(?:机械|纺织|水泥|食品|造船|服装|电子|科技|师范|实验|中心)?(?:厂|公司|集团|学院|中学|小学|幼儿园)(?![{HAN}])"
)


def sweep(board: Board, words: Sequence[Word]) -> None:
    """Take out beds, addresses as a whole, named institutions, and names of regions."""
    for pattern in (BED, EXTRA_BED):
        board.sweep(pattern, "[床位]", "bed")
    named = _named(board, words)
    for start, end, kind in _joined(board.view, named):
        word = WORDS.get(kind, "[地点]")
        board.take(start, end, word, "place" if kind == "region" else kind)
    board.sweep(BLOCK, "[住址]", "home", keep=lambda found: not re.search("栋|幢|单元|号楼", found[0]))


def _named(board: Board, words: Sequence[Word]) -> list[tuple[int, int, str]]:
    """Each ending with its own name before it, and each region that the dictionary knows: (start, end, kind)."""
    things = remedies.spans(board.view)
    found = [
        (w.start, w.end, "region")
        for w in words
        if w.flag == "ns"
        and w.known
        and _region(w.text)
        and not any(w.start < end and start < w.end for start, end in things)
    ]
    for ending in ENDING.finditer(board.view):
        start = _begin(board.view, words, ending.start(), ending.end())
        if start is not None:
            found.append((start, ending.end(), KIND_OF[ending[0]]))
    found += [(f.start(), f.end(), "road") for f in HOUSE.finditer(board.view) if _own(f[0])]
    found += [(f.start(), f.end(), "home") for f in ESTATE.finditer(board.view)]
    found += [(f.start(), f.end(), "company") for f in WHOLE.finditer(board.view) if f["own"] not in BREAKS | INSIDE]
    return found


def _own(text: str) -> bool:
    return not any(text.startswith(word) for word in ("在", "从", "到", "去", "住"))


def _region(word: str) -> bool:
    return (
        not re.fullmatch(DOUBLE, word)
        and word not in HARMLESS
        and len(word) >= SHORTEST
        and not word.endswith(("路口", "病"))
    )


def _begin(view: str, words: Sequence[Word], at: int, end: int) -> int | None:
    """Where the name before an ending begins; None = nothing there names one place."""
    kind = KIND_OF[view[at:end]]
    if kind == "region" or any(w.start < end < w.end and w.known for w in words):
        return None  # 心前区 is none, and 镇 in 镇静 is no ending
    inside = next((w for w in words if w.start < at < w.end), None)
    if inside is not None and inside.known and not inside.flag.startswith(("ns", "nr", "nt", "nz")):
        if kind not in INSTITUTIONS:
            return None  # 道路, 半路, 部位 are words
        at = inside.start
    start, own = at, 0
    for word in reversed([w for w in words if w.start < at]):
        text = view[word.start : min(word.end, at)]
        if not re.fullmatch(rf"[{HAN}A-Za-z]+", text) or _stops(word, text, kind) or at - word.start > LONGEST_NAME:
            break
        own += text not in INSIDE
        start = word.start
    return start if own else None


def _stops(word: Word, text: str, kind: str) -> bool:
    """Pronouns, verbs and small words end a name; 人民, 第一, 实验 may stand in the middle of one."""
    verb = word.flag[:1] == "v" and (len(text) == 1 or kind == "hospital")
    small = word.flag[:1] in ("rpcuy" if kind in {"company", "school"} else "rpcuyd")
    return (
        text in BREAKS
        or text in PEOPLE
        or bool(LASTS.fullmatch(text))
        or ((small or verb) and word.known and text not in MIDDLE)
    )


# 水车镇紫鹊界下面的龙普村: a landmark between two parts of one address.
BESIDE = re.compile(rf"[{HAN}]{{2,5}}(?:下面|上面|[旁边]边|对面|附近|后面|前面|脚下|山脚)的?")
INSTITUTIONS = {"hospital", "school", "company"}
LONGEST_NAME = 14  # characters before the ending


def _joined(view: str, found: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Parts that touch are one address, with the numbers behind them; the last part says what it is."""
    joined: list[tuple[int, int, str]] = []
    for part in sorted(found):
        if joined and (part[0] <= joined[-1][1] or _beside(view, joined[-1], part)):
            part = _one(joined.pop(), part)  # noqa: PLW2901
        joined.append(_with_tail(view, *part))
    return joined


def _beside(view: str, before: tuple[int, int, str], part: tuple[int, int, str]) -> bool:
    """Whether nothing but a landmark stands between two parts of where somebody lives."""
    homes = {"region", "village", "road", "home"}
    return {before[2], part[2]} <= homes and bool(BESIDE.fullmatch(view, before[1], part[0]))


def _one(before: tuple[int, int, str], part: tuple[int, int, str]) -> tuple[int, int, str]:
    """Two parts that touch; whichever ends later says what the whole is."""
    return before[0], max(before[1], part[1]), part[2] if part[1] > before[1] else before[2]


def _with_tail(view: str, start: int, end: int, kind: str) -> tuple[int, int, str]:
    """The part with the numbers of house and flat behind it."""
    tail = TAIL.match(view, end) if kind in {"road", "home", "village", "region"} else None
    if tail is None or GONE in tail[0]:
        return start, end, kind
    return start, tail.end(), kind if kind == "region" else "home"
