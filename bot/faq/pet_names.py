"""Children and old people by what they are called at home: 糯米发热, 狗蛋, 给葫芦喂 (pet_names.yml). Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml

from bot.faq.board import Board
from bot.faq.kin import KIN_BEFORE

PATH = Path(__file__).with_name("pet_names.yml")
HAN = "\u3400-\u9fff"
START = rf"(?<![{HAN}A-Za-z0-9])"
# Whose somebody is; and who speaks: 饺子妈妈, 铁柱他娘.
OF_PARENTS = (
    "妈妈|爸爸|妈咪|麻麻|奶奶|爷爷|姥姥|姥爷|外婆|外公|家长|[他她](?:妈|爸|奶|爷|娘|爹|姥)|[妈爸](?:说|问|，|,|：|:)"
)
COUNT = "[0-9一二两三四五六七八九十半]"
# What only a child does, right behind the name or behind a day.
DAY = (
    "(?:今[天早晚儿]|昨[天晚夜儿]|前[天晚]|上[周午]|下[周午]|这[几两]天|最近|现在|目前|刚|已经?|又|还|也|老是|一直|从)?"
)
DOES = (
    "发热|发烧|高烧|低烧|烧[到了]|半夜|夜里|咳|吐|拉[稀了肚]|腹泻|便秘|哭|闹|睡(?!前)|醒|摔|磕|打(?:呼|喷嚏|完|了|疫苗)|不肯|不[吃喝睡想爱]|"
    "黄疸|体温|体重|身高|起了|长了|出疹|出院|住院|流鼻|鼻塞|抽搐|尿床|便血|肚子|嗓子|惊厥|做了|没[吐哭烧拉]|能出院|复查|"
    rf"[上在]幼儿园|{COUNT}{{1,3}}个?半?(?:多月|[岁月])|(?:矫正)?月龄|出生"
)
# A day says it too, where nothing is done that is done with food and stones.
TODAY = "(?:今天|昨天|昨晚|昨儿|今早|前天|半夜)(?![^，。！!\n]{0,8}(?<![不没肯])[吃喝])"
# What is asked of food, kidney stones, allergies, and of no child.
ASKED = (
    r"[^。！!\n]{0,12}(?:[能可]以?[吃喝]|能不能[吃喝]|可不可以[吃喝]|[吃喝](?:多少|什么|几|了吗)|忌|宜|碎|排[出石了]|"
    "掉[了下出]|尿[出下]|取出|结石|送服|过敏原)"
)
CARED = "[喂抱洗换量测擦打做穿挂约来去看买拍拿]"
FAMILY = "(?:我|咱|俺|我们|咱们|你)家的?"

# 我家苹果手机, 我家馒头店
ITS_THINGS = f"[{HAN}]{{0,2}}[坏烂熟]|手[机表环]|电脑|平板|[店馆铺地树田园]|[吃喝买卖种]"


def sweep(board: Board) -> None:
    """Take them where parents, illness or care stand beside them."""
    for pattern in _patterns():
        board.sweep(pattern, "某某", "nickname")


def eaten(view: str) -> list[tuple[int, int]]:
    """Where such a word stands for food or a stone after all."""
    return [found.span() for found in _eaten().finditer(view)]


@lru_cache(maxsize=1)
def _eaten() -> re.Pattern[str]:
    return re.compile(rf"{START}(?:{_any('things')})(?={ASKED})")


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], ...]:
    things, people = _any("things"), _any("people")
    thing = rf"(?P<value>[小大老]?(?:{things})儿?)"
    person = rf"(?P<value>[小大老]?(?:{people})儿?)"
    anyone = rf"(?P<value>[小大老]?(?:{people}|{things})儿?)"
    return (
        re.compile(rf"(?:{START}|(?<=[是和跟给谢找叫请])){anyone}(?={OF_PARENTS})"),
        re.compile(rf"{START}{thing}(?={DAY}(?:{DOES})|{TODAY})(?!{ASKED})"),
        re.compile(rf"{FAMILY}{thing}(?!{ITS_THINGS})"),
        re.compile(rf"[给抱哄背替]{thing}(?={CARED})(?!{ASKED})"),
        re.compile(rf"(?:{START}|{FAMILY}|{KIN_BEFORE}|(?<=[给抱哄背喂替和跟带陪让])){person}(?!白|小子|孩)"),
    )


def _any(group: str) -> str:
    read: dict[str, str] = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    return "|".join(sorted(read[group].split(), key=len, reverse=True))
