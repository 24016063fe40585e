"""Names that the sentence itself gives away, whatever they are made of: 真名石榴花, 姓阳, 叶子的叶, 瑶族. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.faq.board import GONE, Board
from bot.faq.kin import KIN_BEFORE
from bot.faq.nobody import ROLES, Everyday, nobody
from bot.faq.segments import Word
from bot.faq.surnames import DOUBLE, RARE, SINGLE

HAN = "\u3400-\u9fff"
SURNAME = rf"(?:{DOUBLE}|[{SINGLE}{RARE}])"
FULL = rf"(?P<value>{SURNAME}[{HAN}]{{1,2}})"
LONG = rf"(?P<value>[{HAN}·]{{2,8}})"
START = rf"(?<![{HAN}A-Za-z0-9])"
STOP = rf"(?=[^{HAN}·]|$)"
MARK = r"[，,、（(\s]"
COUNT = "[0-9一二三四五六七八九十两]"
AGE = (
    rf"(?:今年|现年|虚岁|周岁|快|刚|刚满)?(?:{COUNT}{{1,3}}(?:个?多?岁|个?半?月大|周岁|整(?![理个体天夜]))"
    rf"|{COUNT}{{2,3}}(?=[，,。、]))"
)
SEX = r"[男女](?=[，,。;；、\s0-9]|性|$)"
FOLK = (
    rf"(?:[{HAN}]{{1,5}}族(?!史|群|的人说)|维族|苗家人?|回民|汉人|华裔|华侨|侨胞|日本人|韩国人|美国人|"
    "外国人|外籍)"
)
NOTE = (
    "(?:住院号|病案号|病历号|门诊号|就诊号|就诊卡|身份证|证件号?|电话|手机|联系电话|社保卡?|医保|微信|单号|"
    rf"工号|床号|床位|户籍|{GONE})"
)
# 全名, 真名 …: what follows up to a mark is one, however it is made.
NAMED = re.compile(
    "(?P<lead>真名|全名|本名|原名|大名|学名|户名|开户名|曾用名|署名|名字|姓名|化名|名叫|起名|取名|改名|更名|登记成|"
    "登记为|抬头|落款|签名|签字|签收人?|家长签字|患者签名|收款人|付款人|投保人|被保险人)"
    "(?P<link>[就也]?(?:叫做?|是|为|写的是|填的是|写成|[：:])?"
    rf"\s?)(?P<value>[{HAN}·]{{2,8}}?)(?=[^{HAN}·]|$|今年|现在|男|女|已|，)"
)
# 白芍药是我外孙女的真名: the other way round.
TURNED = re.compile(
    rf"{START}(?P<value>[{HAN}·]{{2,6}}?)(?=就?是(?:[我他她俺咱]|本人)[{HAN}]{{0,6}}?(?:真名|本名|全名|名字|大名|姓名|小名|乳名|学名))"
)
# 龙在天，名字大气; 于是这名字.
SPOKEN_OF = re.compile(rf"{START}{FULL}(?={MARK}?(?:这个?名字?|这[两三四]个字)|{MARK}名字)")
UNLINKED = frozenset({"名字", "姓名"})
CALLED = re.compile(
    rf"[我她他人爸妈娃子女对就儿婆爷奶孩名弟妹哥姐公伯叔姨友伙家](?:名字)?就?(?:叫做?|名叫)\s?{LONG}{STOP}"
)
KIN_CALLED = re.compile(rf"(?:{KIN_BEFORE})名?叫{FULL}{STOP}")
# 高远医生您好: before a title even a word of every day is a name, when a sentence begins with it.
WITH_TITLE = re.compile(
    rf"(?:{START}|(?<=[请找谢让跟和由给告扬]))"
    rf"(?P<value>{SURNAME}[{HAN}]?[^科级位治生家院区任班管室组个名诊的和们老小{GONE}\W])"
    r"(?=\s?(?:医生|大夫|主任|教授|医师|护士|女士|先生|同志|老师))"
)
# 我姐秀兰: relatives are named without their surname.
GIVEN_ONLY = re.compile(
    rf"(?:[我你他她]|我们|我家|俺)的?(?:{KIN_BEFORE})(?P<value>[小大阿][{HAN}]|(?!{DOUBLE})[{HAN}]{{2}})(?!{GONE})"
)
SPACED = re.compile(
    rf"(?:(?<=[叫是名：:])|(?<![{HAN}] )(?<![{HAN}]))\s?"
    rf"(?P<value>{SURNAME}[ \u3000]+[{HAN}](?:[ \u3000]+[{HAN}])?)"
    rf"(?![{HAN}]|[ \u3000][{HAN}](?![{HAN}]))"
)
OF_FOLK = rf"(?={MARK}{{1,2}}(?:[男女][，,、])?{FOLK})"
FOLK_AFTER = re.compile(rf"{START}(?:老人家|叫|{KIN_BEFORE})?{LONG}{OF_FOLK}")
KIN_FOLK = re.compile(rf"(?:{KIN_BEFORE}){LONG}{OF_FOLK}")
FOLK_BEFORE = re.compile(
    rf"(?:[{HAN}]族|苗家|傣家)(?:人|的|姑娘|小伙|汉子|老人|大娘|大爷|同胞)"
    rf"(?P<value>[{HAN}·]{{2,6}}?)(?=[，,。、]|$)"
)
KIN_AGE = re.compile(rf"(?:{KIN_BEFORE}){FULL}(?={MARK}{{0,2}}(?:{SEX}|{AGE}|{FOLK}))")
WITH_AGE = re.compile(rf"{START}{FULL}(?={MARK}{{1,2}}(?:{SEX}|{AGE}|{NOTE}))")
CHILD = re.compile(
    rf"(?:{START}|(?<=[给请找替叫])){FULL}"
    "(?=小朋友|小同学|小患者|宝宝(?:家长|妈妈|爸爸|的家长)|家长|同学家长|的家属|家属|本人)"
)
# 卓不凡之女: how newborn children are written down.
CHILD_OF = re.compile(rf"(?:{START}|(?<=[床婴儿号是叫])){FULL}(?=之[大小长次幼双]?[子女])")
OWN = re.compile(
    rf"(?:{START}|(?<=[{GONE}是找叫给请联])|(?<=联系))(?P<value>[{HAN}]{{2,3}})"
    "(?=的(?:家属|儿子|女儿|爱人|老公|老婆|丈夫|妻子|母亲|父亲|妈妈|爸爸|妈|爸|主管医生|管床医生|陪护|监护人|代理人))"
)
SPELT = re.compile(
    rf"(?:{START}|(?<=[叫是姓名]))(?P<value>[{HAN}]{{2,4}})"
    rf"(?=[，,（(：:\s]{{1,2}}(?:不是|就是|是|读|念)?(?P<in>[{HAN}]{{1,4}})的(?P<letter>[{HAN}]))"
)
ELDER = re.compile(
    rf"{START}{FULL}(?=(?:大爷|大妈|大娘|大叔|大婶|大哥|大姐|阿姨|叔叔|奶奶|爷爷|婆婆|老师|师傅)的?(?:家属|子女|陪护))"
)
AND_I = re.compile(rf"{START}{FULL}(?=我(?:有|是|今年|得了|最近|现在|从小|这个?病))")
# 小玲她爸
PARENT_OF = re.compile(
    rf"{START}(?P<value>[小阿][{HAN}]|{SURNAME}[{HAN}])(?=[他她](?:爸|妈|爹|娘|爷|奶|哥|姐|媳妇|老公|老婆|男人))"
)
CLAN = re.compile(
    rf"(?<!公)(?P<value>[{SINGLE}]家(?:老[大二三四五六七八幺]|[大二][哥姐嫂叔爷娘妈伯]|媳妇|小子|闺女|姑娘|丫头|"
    "婶子?|嫂子?|奶奶|爷爷))"
)
LAST_LINE = re.compile(rf"[。！？!?\n]\s*(?:此致|敬礼|签名[：:])?\s*{FULL}(?=[，,。\s]*(?:{GONE}+[，,。\s]*)?$)")


def sweep(board: Board, words: Sequence[Word]) -> None:
    """Take them; the words are those of the board's view."""
    board.sweep(CLAN, "某某", "address")
    board.sweep(SPACED, "某某", "said_name")
    everyday = Everyday(words)
    board.sweep(NAMED, "某某", "said_name", keep=lambda found: nobody(found) or _of_names(found, everyday))
    for pattern in (TURNED, SPOKEN_OF, ELDER):
        board.sweep(pattern, "某某", "said_name", keep=lambda found: nobody(found) or found["value"] in ROLES)
    for pattern in (CALLED, KIN_CALLED, FOLK_AFTER, KIN_FOLK, FOLK_BEFORE):
        board.sweep(pattern, "某某", "said_name", keep=nobody)
    board.sweep(SPELT, "某某", "said_name", keep=lambda found: nobody(found) or not _spells(found))
    for pattern in (KIN_AGE, WITH_TITLE, CHILD_OF):
        board.sweep(pattern, "某某", "name", keep=nobody)
    board.sweep(GIVEN_ONLY, "某某", "name", keep=lambda found: everyday.word(found) or not everyday.given(found))
    for pattern in (CHILD, WITH_AGE, OWN, LAST_LINE, AND_I, PARENT_OF):
        board.sweep(pattern, "某某", "name", keep=lambda found: nobody(found) or everyday.word(found))


def _of_names(found: re.Match[str], everyday: Everyday) -> bool:
    """名字大气, 姓名简单, 名字念出来: talk of a name, not the name itself."""
    value = found["value"]
    if found["link"] or found["lead"] not in UNLINKED:
        return False
    return everyday.word(found) or not re.fullmatch(rf"{SURNAME}[{HAN}]{{1,2}}", value)


def _spells(found: re.Match[str]) -> bool:
    """叶落，叶子的叶: the letter stands in the word and in the name."""
    return found["letter"] in found["value"] and found["letter"] in found["in"]
