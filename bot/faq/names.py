"""Names that no list holds: by what stands before and after them, and by their make. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.faq.board import GONE, Board
from bot.faq.segments import Word, frequency
from bot.faq.surnames import DOUBLE, GIVEN, KIN, NEVER, NO_NAME, SHORT_TITLES, SINGLE, SPOKEN_TO, TITLES

HAN = "\u3400-\u9fff"
SURNAME = rf"(?:{DOUBLE}|[{SINGLE}])"
BEFORE = re.compile(rf"(?:{KIN})(?:的?(?:大名|小名|名字)?(?:就?叫做?|是|：|:|为)?)?[\s（(]{{0,2}}$")
AFTER = re.compile(
    rf"[\s，,（(]{{0,2}}(?:{TITLES}|{SPOKEN_TO}|男|女|[0-9]{{1,3}}岁|今年|[今现]年|[两俩三]个|是我|是患|给我|带我|的?家属|看过|{GONE})"
)
PERSON = re.compile(rf"(?={SURNAME})[{HAN}]{{2,4}}")
OTHER_WORD = re.compile(NO_NAME)
SPEAKS = re.compile("说|啊|呀|[你您]好|同学|告诉|介绍|推荐|帮|让我|叫我|给我")
WITH = re.compile("(?:跟|找|问|请|听|是|见)$")
ENOUGH = 2.5
EVERYDAY = 2000  # times that the dictionary has seen a word that nobody takes for a name online
COMMON = 60  # times that the dictionary has seen what it calls a name: beyond that it is a word
LOOSE = set("替于号科谁们帮托出看介带陪家嘛呀啊的是给说让把被在跟和与找叫问对由到去来要想有就也都刚又，、这那")
MEDICAL = re.compile(
    "片|丸|胶囊|颗粒|软膏|口服液|注射液|霉素|西林|沙班|他汀|普利|洛尔|地平|沙坦|拉唑|咪唑|康唑|替尼|单抗|韦|氏|症|病|炎|瘤|癌|综合征|试验|反射|征|疹|囊肿|结节|应龙|血压|血糖"
)
WITH_DOT = re.compile(rf"[{HAN}]{{2,8}}·[{HAN}]{{1,10}}")
TITLED = re.compile(rf"(?P<value>{SURNAME})(?P<tail>{TITLES})")
SHORT = re.compile(rf"(?P<value>(?:{SURNAME})(?:{SHORT_TITLES}))(?![{HAN}]{{0}}(?:室|办))")
SMALL = re.compile(rf"(?P<value>[小老阿大](?:{SURNAME})|阿[A-Z][a-z]+|老[{HAN}]头(?=[你您我他，,]))")
NICKED = re.compile(
    rf"(?:小名|乳名|昵称|网名|外号|绰号|微信名|英文名|艺名|人称|回复?@|@)\s*(?:是|叫|为|[:：])?\s*"
    rf"(?P<value>[{HAN}A-Za-z0-9_ ·]{{1,12}}?)"
    rf"(?=[，,。.;；:：！!？?\s（）()、的]|$)"
)
CHILD_DOES = re.compile(
    rf"(?<![{HAN}])(?P<value>(?!妈妈|爸爸|爷爷|奶奶|哥哥|姐姐|弟弟|妹妹|叔叔|宝宝|天天|常常|刚刚|谢谢|最最|偏偏)"
    rf"(?P<twin>[{HAN}])(?P=twin))(?=又|昨|今|发烧|咳|拉|吐|哭|睡|说)"
)
PARENT = re.compile(rf"(?P<value>(?!妈|爸)(?P<twin>[{HAN}])(?P=twin)(?=[妈爸](?:说|问|，|,)))")
ASKER = re.compile(rf"来自(?P<value>[{HAN}A-Za-z0-9_]{{2,12}})(?=的(?:提问|咨询|留言|患者|病人|家长))")
DOUBLED = re.compile(
    r"(?P<value>(?!妈妈|爸爸|爷爷|奶奶|哥哥|姐姐|弟弟|妹妹|叔叔|宝宝|天天|常常|刚刚|慢慢|轻轻|多多|好好|试试|看看|问问|想想|等等|谢谢|每每|仅仅|稍稍|渐渐|往往|痒痒|疙瘩疙瘩)(?P<twin>[一-鿿])(?P=twin))"
)
CHILD = re.compile(r"(?:我家|我们家|家里|孩子|儿子|女儿|闺女|孙子|孙女|宝宝|娃|和|、)$")
CHILD_NAME = re.compile(
    rf"(?P<value>[大小二三老](?:宝|毛|妞|丫|胖|虎|头)|小(?![女男孩])[{HAN}]儿)(?=妈妈|爸爸|[和、，,都]|昨|今|前|最近|现在|又|发|咳|拉|吞|不|吐|流)"
)
LATIN = re.compile(
    r"(?P<value>[A-Z][a-z]{1,11}(?: [A-Z][a-z]{1,11}){0,2})(?=妈妈|爸爸|小朋友|先生|女士|医生|大夫|[，, ]+您好)"
)
ONLY_SURNAME = re.compile(rf"我叫(?P<value>[{SINGLE}])(?=[，,。])")
CALLED_SO = re.compile(rf"(?:我|免贵|他|她|本人|，|,)姓\s*(?P<value>{DOUBLE}|[{HAN}])")
PEOPLES = re.compile(
    r"(?P<value>(?:扎西|次仁|卓玛|巴特尔|索朗|尼玛|达瓦|格桑|央金|旦增|多吉|其其格|乌云|那仁|阿卜杜|买买提|古丽|艾山|木合塔尔|迪丽|吐尔逊|热合曼|阿依|帕提|娜尔)[\u4e00-\u9fff·]{0,12}?)(?=[，,。、：:；;（）()\s]|$|\ue000|您|你|今|的|在|是|[\u4e00-\u9fff])"
)


def sweep(board: Board, words: Sequence[Word]) -> None:
    """Take names and forms of address; the words are those of the board's view."""
    board.sweep(NICKED, "某某", "nickname", keep=_a_word)
    board.sweep(ASKER, "某某", "nickname")
    board.sweep(ONLY_SURNAME, "某", "said_name")
    board.sweep(CALLED_SO, "某", "said_name")
    board.sweep(WITH_DOT, "某某", "name")
    board.sweep(PEOPLES, "某某", "name")
    _persons(board, words)
    inside = _Borders(words)
    board.sweep(TITLED, "某", "address", keep=lambda found: not inside.begins(found.start(), found.start("tail")))
    for pattern in (SMALL, SHORT):
        board.sweep(pattern, "某某", "address", keep=lambda found: _a_thing(found) or not _someone(found, inside))
    for pattern in (CHILD_NAME, CHILD_DOES, PARENT, LATIN):
        board.sweep(pattern, "某某", "nickname")
    board.sweep(DOUBLED, "某某", "nickname", keep=lambda found: not CHILD.search(found.string[: found.start()]))


def _someone(found: re.Match[str], borders: _Borders) -> bool:
    """Whether it stands alone among the words, or somebody speaks of it as of a person: 跟苏工, 小伍说."""
    text, start, end = found.string, found.start(), found.end()
    spoken = SPEAKS.match(text, end) and not re.search(f"[{HAN}]$", text[:start])
    return bool(spoken or WITH.search(text[:start])) or borders.stands(start, end)


def _a_thing(found: re.Match[str]) -> bool:
    """A drug (阿莫西林), or a word that begins so (小时)."""
    return bool(
        MEDICAL.search(found.string[found.start() : found.end() + 3]) or OTHER_WORD.match(found.string, found.start())
    )


def _a_word(found: re.Match[str]) -> bool:
    return frequency(found["value"]) > EVERYDAY or GONE in found["value"]


class _Borders:
    """Where words begin and end, to tell 王姐 from a word that has 王姐 inside."""

    def __init__(self, words: Sequence[Word]) -> None:
        self._words = words
        self._of = {at: word for word in words for at in range(word.start, word.end)}

    def begins(self, start: int, end: int) -> bool:
        """Whether no known word runs over the border before `start`, or over `end` from before it."""
        first = self._of.get(start)
        if first is None or (first.start < start and first.known and first.flag not in {"nr", "nrt", "nrfg"}):
            return False
        return not (first.known and first.end > end and first.flag not in {"nr", "nrt", "nrfg"})

    def stands(self, start: int, end: int) -> bool:
        """Whether start and end are borders: no known word crosses either, and the whole is no word itself."""
        whole = [self._of.get(at) for at in (start, end - 1)]
        for word in whole:
            crossing = word is not None and (word.start < start or word.end > end)
            if (
                word is not None
                and not re.fullmatch(DOUBLE, word.text)
                and word.known
                and not word.flag.startswith("nr")
                and (crossing or word.end - word.start > 1)
            ):
                return False
            if word is not None and crossing and word.start < start:
                return False
        return True

    def weight(self, start: int, end: int, *, led: bool) -> float:
        """What the words say of a name there: it is one to them, it tears one, or it is a plain word itself."""
        first, last = self._of[start], self._of[end - 1]
        if (first.start, first.end) == (start, end):
            return _itself(first)
        if led and first.start < start:
            first = last  # 证明人丛: what leads to a name is no part of a word with it
        torn = [w for w in (first, last) if w.known and not w.flag.startswith("nr")]
        return -2.0 * sum(w.start < start or w.end > end for w in torn) - 1.0 * (
            first.known and first.end - first.start > 1
        )


def _itself(word: Word) -> float:
    """What a word that covers exactly the name says; the dictionary holds common words among its names too."""
    if not word.known:
        return 1.5 if word.flag.startswith("nr") else 0.5
    return 1.0 if word.flag.startswith("nr") and frequency(word.text) < COMMON else -2.5


def _persons(board: Board, words: Sequence[Word]) -> None:
    """Surname and given name, where what stands around them and their own make say so."""
    borders = _Borders(words)
    for at in range(len(board.view)):
        end = _name_end(board.view, at, borders) if PERSON.match(board.view, at) else None
        if end is not None:
            board.take(at, end, "某某", "name")


def _name_end(view: str, start: int, borders: _Borders) -> int | None:
    """Where the name that begins here ends; None = it is none. Of two equally likely ends the later one."""
    surname = 2 if re.match(DOUBLE, view[start : start + 2]) else 1
    ends = [start + surname + given for given in (2, 1)]
    weighed = [
        (_weight(view, start, surname, end, borders), end) for end in ends if _possible(view, start, surname, end)
    ]
    best = max(weighed, default=(0.0, 0))
    return best[1] if best[0] >= ENOUGH else None


def _possible(view: str, start: int, surname: int, end: int) -> bool:
    given = view[start + surname : end]
    if len(view) < end or not re.fullmatch(f"[{HAN}]+", given) or NEVER & set(given):
        return False
    return not MEDICAL.search(view[start + surname : end + 1]) and not OTHER_WORD.match(view, start)


def _weight(view: str, start: int, surname: int, end: int, borders: _Borders) -> float:
    """How much speaks for a name: what leads to it, what follows, how it is made, and the words that it tears."""
    before, given = view[:start][-12:], view[start + surname : end]
    weight = (
        2.0 * bool(BEFORE.search(before)) or 1.0 * (not re.search(f"[{HAN}]$", before)) or 0.5 * (before[-1:] in LOOSE)
    )
    weight += (
        2.0 * bool(AFTER.match(view, end))
        or 1.0 * (not re.match(f"[{HAN}]", view[end : end + 1]))
        or 0.5 * (view[end : end + 1] in LOOSE)
    )
    weight += sum(letter in GIVEN for letter in given) * (1.0 if len(given) == 1 else 0.75) + 0.5 * (surname > 1)
    return weight + borders.weight(start, end, led=bool(BEFORE.search(before)))
