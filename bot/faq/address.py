"""Forms of address and surnames alone: 王姐, 小伍说, 免贵姓仉. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.faq.board import Board
from bot.faq.borders import Borders
from bot.faq.remedies import MEDICAL
from bot.faq.segments import Word
from bot.faq.surnames import DOUBLE, NO_NAME, RARE, SHORT_TITLES, SINGLE, TITLES

HAN = "\u3400-\u9fff"
SURNAME = rf"(?:{DOUBLE}|[{SINGLE}])"
OTHER_WORD = re.compile(NO_NAME)
SPEAKS = re.compile("[他她][爸妈爹娘儿女媳老]|说|啊|呀|[你您]好|同学|告诉|介绍|推荐|帮|让我|叫我|给我")
WITH = re.compile("(?:[叫喊]我|跟|找|问|请|听|是|见)$")
ANY_TITLE = f"{TITLES}|(?:副主任|主治|副院长)(?:医师|大夫)?"
# 纳医生, 束主任: a rare surname is one behind a department or where a sentence begins.
RARELY = re.compile(
    rf"(?:(?<![{HAN}])|(?<=[科室部院组区楼的是找让请跟由给被和谢约挂见问听陪喊与到托扰求听转]))"
    rf"(?P<value>(?![从别弘国练])[{RARE}])(?P<tail>{ANY_TITLE})"
)
THANKED = "(?:(?!谢)|(?<!谢)|(?<=谢谢))"  # 谢谢医生 thanks nobody of that name
TITLED = re.compile(rf"{THANKED}(?P<value>{SURNAME})(?P<tail>{ANY_TITLE})")
# 新生儿科文医生, 艾特许医生: right behind a department even where the words say otherwise.
OF_DEPARTMENT = re.compile(
    rf"(?:(?<=[{HAN}]科)|(?<=艾特))(?P<value>(?![从那时应])(?:{DOUBLE}|[{SINGLE}{RARE}别]))"
    "(?P<tail>(?:副?主任|主治)?(?:医生|医师|大夫)|主任|教授|护士长?|老师|药师|技师)(?!室|办|们)"
)
# 王大姐, 何博士: such a title tells of the person too, and goes with the name.
TELLING = re.compile(
    rf"(?P<value>{SURNAME}(?:大[哥姐嫂叔婶妈娘]|博士|[二三四五六七八九老][哥姐嫂叔婶姨爷妈娘伯]))(?P<tail>)"
)
SHORT = re.compile(rf"(?P<value>(?:{SURNAME})(?:{SHORT_TITLES}))(?!室|办)")
SMALL = re.compile(rf"(?P<value>[小老阿大](?:{SURNAME})|小[{RARE}]|阿[A-Z][a-z]+|老[{HAN}]头(?=[你您我他，,]))")
GREETED = re.compile(rf"(?<![{HAN}])(?P<value>[小老大阿][{SINGLE}{RARE}])(?=[，,]?[你您]好|[，,]你的|[，,]您的)")
ONLY_SURNAME = re.compile(rf"我叫(?P<value>[{SINGLE}])(?=[，,。])")
OF_FAMILY = re.compile(rf"(?<![同百贵尊])姓(?P<value>{DOUBLE}|[{SINGLE}{RARE}])(?=[^{HAN}]|$|的|那|医|大夫|护|女|男)")
CALLED_SO = re.compile(rf"(?:我|免贵|他|她|本人|，|,)姓\s*(?P<value>{DOUBLE}|(?!名)[{HAN}])")


def surnames(board: Board) -> None:
    """Surnames that are said to be one."""
    for pattern in (ONLY_SURNAME, CALLED_SO, OF_FAMILY):
        board.sweep(pattern, "某", "said_name")


def sweep(board: Board, words: Sequence[Word]) -> None:
    """Surnames before a title or behind 小, 老; the words are those of the board's view."""
    inside = Borders(words)
    board.sweep(TELLING, "某某", "address", keep=lambda found: not inside.begins(found.start(), found.start() + 1))
    board.sweep(OF_DEPARTMENT, "某", "address")
    for pattern in (TITLED, RARELY):
        board.sweep(pattern, "某", "address", keep=lambda found: not inside.begins(found.start(), found.start("tail")))
    for pattern in (SMALL, SHORT):
        board.sweep(pattern, "某某", "address", keep=lambda found: _a_thing(found) or not _someone(found, inside))
    board.sweep(GREETED, "某某", "address")


def _someone(found: re.Match[str], borders: Borders) -> bool:
    """Whether it stands alone among the words, or somebody speaks of it as of a person: 跟苏工, 小伍说."""
    text, start, end = found.string, found.start(), found.end()
    spoken = SPEAKS.match(text, end) and not re.search(f"[{HAN}]$", text[:start])
    return bool(spoken or WITH.search(text[:start])) or borders.stands(start, end)


def _a_thing(found: re.Match[str]) -> bool:
    """A drug (阿莫西林), or a word that begins so (小时)."""
    return bool(
        MEDICAL.search(found.string[found.start() : found.end() + 3]) or OTHER_WORD.match(found.string, found.start())
    )
