"""What a text has told of its persons by now, looked for in the rest of it: 姓蒲, a name that was found. Pure."""

from __future__ import annotations

import re

from bot.faq.board import GONE, Board
from bot.faq.kin import KIN_BEFORE
from bot.faq.nobody import ILLNESS
from bot.faq.surnames import DOUBLE
from bot.faq.told import HAN, START, STOP

FAMILY = re.compile(
    rf"(?:姓(?P<said>{DOUBLE}|[{HAN}])(?![{HAN}]{{0,2}}名)|(?P<after>[{HAN}])(?:是|就是)姓)(?=[^{HAN}]|$|[的读念])"
)
BOTH = re.compile(rf"姓(?P<first>{DOUBLE}|[{HAN}])[，,\s]?名(?P<value>[{HAN}]{{1,2}})(?![{HAN}])")
SHORT = 2  # characters; such a name may be a word too


def families(board: Board) -> None:
    """Whoever says 姓蒲 has told which word of his text is a name."""
    for found in list(BOTH.finditer(board.text)):
        board.sweep(re.compile(re.escape(found["first"] + found["value"])), "某某", "said_name")
    board.sweep(BOTH, "某", "said_name")
    for surname in {found["said"] or found["after"] for found in FAMILY.finditer(board.text)}:
        whole = re.compile(
            rf"(?:{START}|(?<=[说叫替让])|{KIN_BEFORE})(?P<value>(?!{surname}[是姓]){surname}[{HAN}]{{1,3}}?)"
            rf"(?=[^{HAN}]|$|这名|这个名|[两三四]个字|才|本人|躺|的|在|是|说)"
        )
        board.sweep(
            whole, "某某", "name", keep=lambda found: GONE in found["value"] or bool(ILLNESS.search(found["value"]))
        )


def again(board: Board) -> None:
    """A name that was found once is one wherever it stands; a short one only where no word goes on."""
    named = {mark.before for mark in board.marks if mark.kind in {"name", "said_name"}}
    for name in sorted((n for n in named if len(n) >= SHORT and "·" not in n), key=len, reverse=True):
        whole = re.escape(name) if len(name) > SHORT else rf"(?<![{HAN}]){re.escape(name)}{STOP}"
        board.sweep(re.compile(whole), "某某", "name")
