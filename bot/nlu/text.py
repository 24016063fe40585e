"""Folding and cleaning of patients' text before anything reads it.

`fold` keeps every position (entity offsets stay true); `clean` does not and is for the classifier alone.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.nlu import concepts

if TYPE_CHECKING:
    from opencc import OpenCC

WORD = 2  # characters of most Chinese words
NEUTRAL = "□"  # stands for a vault placeholder, which says nothing about the intent
PLACEHOLDER = re.compile(r"⟦(?P<kind>[a-z_]{1,16}):(?P<ref>[a-z]_[0-9a-f]{8,16})⟧")

_WECHAT_FACE = re.compile(r"\[[一-鿿]{1,4}\]|\[[a-z]{2,12}\]|/:[a-z:@&#~!()<>|*\-]{1,8}")
_DROPPED = frozenset({"So", "Sk", "Cs", "Cf", "Cc", "Mn", "Co", "Cn"})  # emoji, joiners, control characters
_REPEAT = re.compile(r"([^\w\s])\1+|(哈|呵|嘿|啊|呜|嗯|哦)\2{2,}")
_SPACE = re.compile(r"\s+")
_OPENING = re.compile(
    r"^(?:(?:医生|大夫|护士|客服)?[你您]好(?:啊|呀|哦)?|请问一下|请问|问一下|问下|打扰一下|打扰了?|麻烦问一下|"
    r"麻烦[你您]?(?:了)?|想问一下|想问问|我想问一下|我想问问|我想问|想问|想咨询一下|我想咨询一下|咨询一下)[\s,。.!?~、:]*"
)
_FILLER = re.compile(
    r"^(?:(?:嗯+|哦+|噢+|额+|呃+|啊+|唉|哎|好的?|行|对|那|这样|可以|ok|了解|明白了?|知道了?)[啊呀吧呢的了]*[,。!?~、\s]+)+"
)
_CLOSING = re.compile(r"[\s,。.!?~、]*(?:谢谢(?:[你您]|医生|大夫|了|啦)?|多谢|辛苦了|麻烦了|拜托了)[\s,。.!?~]*$")
_NAMED = re.compile("[DMSXE]")  # a masked department, doctor, symptom, drug or exam (bot.nlu.features.MASKS)


class _Folds(dict[int, str]):
    """Character → folded character, filled as characters turn up (used by `str.translate`)."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_one(chr(code))
        return folded


@lru_cache(maxsize=1)
def _simplifier() -> OpenCC:
    from opencc import OpenCC

    return OpenCC("t2s")


def _fold_one(char: str) -> str:
    narrow = unicodedata.normalize("NFKC", char).lower()
    if len(narrow) != 1:
        return char  # one character must stay one character
    if not "㐀" <= narrow <= "鿿":
        return narrow
    simple = str(_simplifier().convert(narrow))
    return simple if len(simple) == 1 else narrow


_FOLDS = _Folds()


def fold(text: str) -> str:
    """Half width, lower case, simplified; the same length as `text`.

    >>> fold("我要掛ＣＴ")
    '我要挂ct'
    """
    return text.translate(_FOLDS)


def clean(text: str) -> str:
    """What the classifier reads: folded, placeholders neutral, without emoji, repeats and polite wrapping.

    >>> clean("您好！！！請問骨科在几楼呀😀")
    '骨科在几楼呀'
    """
    return tidy(fold(text))


def tidy(folded: str) -> str:
    """The second half of `clean`, for a folded text in which entities may be masked by capital letters."""
    bare = _WECHAT_FACE.sub("", PLACEHOLDER.sub(NEUTRAL, folded))
    kept = "".join(c for c in bare if c == NEUTRAL or c.isspace() or unicodedata.category(c) not in _DROPPED)
    return _unwrap(_SPACE.sub(" ", _REPEAT.sub(lambda m: m[1] or m[2], kept)).strip())


def _unwrap(text: str) -> str:
    """Take polite words off both ends as long as something is left: 你好 alone stays a greeting.

    What answers or thanks goes only where a wish is left: 好的,谢谢 is no 好的, and 对,我妈 says yes.
    """
    for pattern, enough in ((_FILLER, _has_wish), (_OPENING, _has_more), (_OPENING, _has_more), (_CLOSING, _has_wish)):
        bare = pattern.sub("", text, count=1)
        if enough(bare):
            text = bare
    return text


def _has_wish(text: str) -> bool:
    return bool(_NAMED.search(text)) or any(group not in concepts.TALK for group in concepts.find(text))


def _has_more(text: str) -> bool:
    """More than a word: 您好医生 and 麻烦您啦 are greeting and thanks, not 医生 and 啦."""
    return sum(c.isalnum() for c in text) > WORD
