"""Nicknames: what children, neighbours and people online are called. Pure."""

from __future__ import annotations

import re

from bot.faq.board import GONE, Board
from bot.faq.nobody import ROLES
from bot.faq.segments import frequency

HAN = "\u3400-\u9fff"
EVERYDAY = 2000  # times that the dictionary has seen a word that nobody takes for a name online
TWIN = rf"(?P<twin>[{HAN}])(?P=twin)"
# Said twice and nobody's name.
WORDS = (
    "妈妈|爸爸|爷爷|奶奶|姥姥|婆婆|公公|哥哥|姐姐|弟弟|妹妹|叔叔|伯伯|婶婶|嫂嫂|舅舅|姑姑|姨姨|太太|宝宝|天天|常常|刚刚|"
    "慢慢|轻轻|多多|好好|久久|试试|看看|问问|想想|等等|谢谢|每每|仅仅|稍稍|渐渐|往往|最最|偏偏|点点|星星|处处|人人|次次|"
    "个个|年年|月月|日日|夜夜|家家|越越|痒痒|呜呜|吭吭|躺躺|揉揉|抖抖|缝缝|敷敷|吐吐|拍拍|咔咔|嗡嗡|哒哒|痘痘|疙瘩疙瘩"
)
KNOWN_AS = re.compile(
    rf"(?:都|大家|管|人家|家里)[叫喊][他她我俺它]?(?P<value>[{HAN}A-Za-z0-9]{{2,5}})(?=[，,。、；;！!]|$)"
)
QUOTED = re.compile(
    "(?:网友|病友|群友|用户|群里|网上|微信上?|抖音上?|名字?|网名|昵称)[有个一]{0,3}(?:叫|是|为)?"
    r"[“\"「『](?P<value>[^”\"」』]{1,16})[”\"」』]"
)
NICKED = re.compile(
    rf"(?:小名|乳名|昵称|网名|外号|绰号|微信名|英文名|艺名|人称|回复?@|@)\s*(?:是|叫|为|[:：])?\s*"
    rf"(?P<value>[{HAN}A-Za-z0-9_ ·]{{1,12}}?)"
    rf"(?=[，,。.;；:：！!？?\s（）()、的]|$)"
)
ASKER = re.compile(rf"来自(?P<value>[{HAN}A-Za-z0-9_]{{2,12}})(?=的(?:提问|咨询|留言|患者|病人|家长))")
CHILD_DOES = re.compile(
    rf"(?<![{HAN}])(?P<value>(?!{WORDS}){TWIN})"
    "(?=又|昨|今|发烧|咳|拉|吐|哭|睡|[（(]|[，,]?[一二三四五六七八九十0-9]{1,2}[个岁])"
)
PARENT = re.compile(rf"(?P<value>(?!{WORDS}){TWIN}(?=[妈爸](?:说|问|，|,)))")
PARENTS = re.compile(
    rf"(?<![{HAN}])(?P<value>(?!{WORDS}){TWIN})"
    rf"(?=的?(?:妈妈|爸爸|奶奶|爷爷|姥姥|姥爷|外婆|外公|家长|[妈爸姐哥妹弟](?![{HAN}])))"
)
DOUBLED = re.compile(rf"(?P<value>(?!{WORDS}){TWIN})")
CHILD = re.compile(r"(?:我家|我们家|家里|孩子|儿子|女儿|闺女|孙子|孙女|宝宝|娃|和|、)$")
# 二狗叔, 铁蛋哥, 胖婶
VILLAGE = re.compile(
    "(?P<value>[大二三四五小老铁石狗毛黑臭牛虎栓柱][狗蛋毛牛虎柱妞丫娃豆头旦锁栓愣胖瘦子]"
    "(?:[叔哥爷婶嫂姨伯姐弟妹]|他[爸妈娘爹]|家的))"
)
BY_LOOKS = re.compile("(?P<value>[胖瘦黑憨][婶嫂姨哥姐叔伯爷妹])")
CHILD_NAME = re.compile(
    rf"(?P<value>[大小二三老](?:宝|毛|妞|丫|胖|虎|头)|小(?![女男孩])[{HAN}]儿)"
    "(?=妈妈|爸爸|[和、，,都的]|[一二三四五六七八九十两几0-9]{1,2}个?[多半]?[岁月周]"
    "|昨|今|前|最近|现在|又|发|咳|拉|吞|不|吐|流)"
)
LATIN = re.compile(
    r"(?P<value>[A-Z][a-z]{1,11}(?: [A-Z][a-z]{1,11}){0,2})"
    "(?=妈妈|爸爸|小朋友|先生|女士|医生|大夫|医师|护士|教授|主任|老师|阿姨|[，, ]+您好)"
)
WARDS = re.compile("^(?:Picc|Icu|Nicu|Ccu|Ct|Mri|Pet)$", re.IGNORECASE)
# 我家石头摔了，学名…: a paper name told later says that this was none.
AT_HOME = re.compile(
    rf"(?:我家|我们家|俺家)(?P<value>[{HAN}]{{2}})"
    "(?=[从昨今前又也最发咳拉吐摔，,][^。！？!?]{0,40}(?:学名|大名|全名|户口本上))"
)


def said(board: Board) -> None:
    """What says itself that it is none of the papers' names."""
    for pattern in (KNOWN_AS, NICKED):
        board.sweep(pattern, "某某", "nickname", keep=_a_word)
    board.sweep(AT_HOME, "某某", "nickname", keep=lambda found: found["value"] in ROLES)
    for pattern in (QUOTED, ASKER):
        board.sweep(pattern, "某某", "nickname")


def sweep(board: Board) -> None:
    """What only its make and what such a one does betrays."""
    for pattern in (VILLAGE, PARENTS, BY_LOOKS, CHILD_NAME, CHILD_DOES, PARENT):
        board.sweep(pattern, "某某", "nickname")
    board.sweep(LATIN, "某某", "nickname", keep=lambda found: bool(WARDS.match(found["value"])))
    board.sweep(DOUBLED, "某某", "nickname", keep=lambda found: not CHILD.search(found.string[: found.start()]))


def _a_word(found: re.Match[str]) -> bool:
    return frequency(found["value"]) > EVERYDAY or GONE in found["value"]
