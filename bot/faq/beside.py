"""What stands right before and right behind a place where a name may be. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from bot.faq.board import GONE
from bot.faq.guesses import HAN, Guess
from bot.faq.kin import KIN_BEFORE
from bot.faq.segments import words
from bot.faq.surnames import SPOKEN_TO, TITLES

NEAR = 8  # characters before and after that are looked at
DOCTORS = "(?:副?主[任治](?:医师|护师)?|副?教授|医生|大夫|医师|药师|技师|护师|护士长?|副?院长|博士)"
CALLS = (
    "(?:大?[哥姐嫂叔婶姨爷奶]|[妈爸]|大[妈爷娘]|婶子|嫂子|阿姨|叔叔|奶奶|爷爷|伯伯|姥姥|姥爷|"
    "老伯|老爷子|老太太?|她?他?[爸妈娘爹])"
)
PAPERS = (
    "报告|结果|病历|片子|化验|检查|胃镜|肠镜|CT|ct|核磁|磁共振|彩超|B超|b超|心电图|病理|手术|出院|住院|入院|诊断|证明|发票|"
    "押金|费用|医保|社保|身份证|名字|姓名|电话|手机|预约|号|单子|条码|药|处方|石膏|引流|伤口|血压|血糖|体温|指标|复查|化疗|"
    "透析|主治|主管|管床|管|疫苗|疗程|病情|情况|病|腿|腰|眼|肚子|孩子|家|床|尿|皮试|点滴|针|检验|申请|户口|作业|材料|退款|医嘱"
)
HAPPENS = (
    "吐|呕|发烧|烧|咳|拉|哭|闹|疼|痛|摔|晕|住院|出院|入院|转院|转科|手术|术后|产后|孕|怀孕|化疗|透析|插管|躺|睡|醒|吃|喝|"
    "流|肿|痒|喘|胸闷|胸痛|心慌|心梗|心绞痛|脑梗|中风|骨折|血压|血糖|体温|高血压|糖尿病|过敏|体检|确诊|查出|得了|患|走路|走不|"
    "不肯|不吃|不说|有|没来|今|昨|明|刚|前天|夜里|早上|晚上|上午|下午|上周|下周|目前|现在|已|未|尚|暂|需|应|可以|可|能|要|"
    "男|女|缴费|签字|加号|办理|加床|退号|做|打|查|缺|还|又|说|问|讲|让|叫|给|带|陪|跟|和|与|在|来|去|到|才|也|都|就"
)
LEFT = {
    "kin": re.compile(rf"(?:{KIN_BEFORE})(?:的?(?:大名|小名|名字)?(?:就?叫做?|是|：|:|为)?)?[\s（(]{{0,2}}$"),
    "weak": re.compile(rf"(?<![{HAN}])(?:我|问|答|叫|找|是|我叫|联系|本人|认识|值班|回复)[\s：:]?$"),
    "home": re.compile("(?:我|咱|俺|我们|咱们)家的?$"),
    "i": re.compile(rf"(?<![{HAN}])我$"),
    "i_and": re.compile(rf"(?<![{HAN}])我[和跟与]$"),
    "gone": re.compile(rf"{GONE}(?:的|和|跟|与|及|、|,|，)?$"),
    "list": re.compile("、$"),
    "bed": re.compile("(?<!起)床(?:位)?的?$"),
    "ward": re.compile(
        "(?:[内外儿产妇骨眼]|神经|皮肤|中医|泌尿|呼吸|消化|检验|麻醉|药剂|营养|急诊)科(?:的|室)?[\\s：:]?$|(?:病区|门诊|室|楼|组)的?$"
    ),
    "towards": re.compile(
        "(?:替|跟|找|请|和|与|给|问|听|见|感谢|谢谢|表扬|通知|转告|告知|告诉|联系|关于|挂了?|约了?|转|由|对|像|叫|让|陪|(?<![白绷韧束脐胶领声])带|帮|为|把|被|"
        "喊|送|接|等|到|看|催|教|扶|喂|当|认识|艾特|@|已|同意|嘱)$"
    ),
    "names": re.compile(
        "(?:写成|打成|写的|成|是|叫|应该是|不是|其实是|姓名|名字|署名|主刀|麻醉|管床|值班|回复人|审核)[:：是]?\\s?$"
    ),
    "dash": re.compile("[—\\-·/|]\\s?$"),
    "mark": re.compile(rf"[^{HAN}、{GONE}]\s?$"),
    "start": re.compile(r"^\s*$"),
}
RIGHT = {
    "doctor": re.compile(DOCTORS + "(?!室|办|们)"),
    "title": re.compile(rf"(?:{TITLES})(?!室|办|们)"),
    "call": re.compile(CALLS),
    "spoken": re.compile(rf"[\s，,（(]{{0,2}}(?:{SPOKEN_TO}|这名|这个名|才是|是我|是患|是你|本人)"),
    "people": re.compile(
        "的?(?:家属|家长|小朋友|同学|患者|妈妈|爸爸|儿子|女儿|爱人|老公|老婆|母亲|父亲|孩子)|们?[一俩两三]个?人|[两俩三]个|[一二两三]位"
    ),
    "age": re.compile(r"[\s，,（(]{0,2}(?:男|女|[0-9一二三四五六七八九十两]{1,3}个?[岁月]|今年|现年)"),
    "papers": re.compile(rf"(?:这[次个]|那[次个]|上次|昨天|今天)?的(?:[{HAN}A-Za-z]{{0,2}})?(?:{PAPERS})"),
    "own": re.compile("的"),
    "happens": re.compile(f"(?:{HAPPENS})"),
    "he": re.compile("[她他](?!们)"),
    "and": re.compile(rf"(?:和|跟|与|、)[{HAN}]{{2}}"),
    "gone": re.compile(rf"[\s，,（(、]{{0,2}}{GONE}"),
    "and_so_on": re.compile("、|等"),
    "leaves_one": re.compile(rf"[{HAN}](?![{HAN}])"),
    "mark": re.compile(rf"[^{HAN}]"),
    "end": re.compile(r"\s*[。！!？?~～]?\s*$"),
}
STRONG_LEFT = frozenset({"kin", "towards", "names", "bed", "gone", "ward", "dash"})
STRONG_RIGHT = frozenset({"doctor", "title", "spoken", "people", "age", "papers"})
# By their names among the evidence.
STRONG = frozenset({f"left:{kind}" for kind in STRONG_LEFT} | {f"right:{kind}" for kind in STRONG_RIGHT})
SOME_RIGHT = frozenset({"happens", "he", "call", "and", "gone", "and_so_on"})


def left(view: str, guess: Guess) -> list[str]:
    """Every kind of what leads to it."""
    near = view[max(0, guess.start - NEAR) : guess.start]
    return [kind for kind, pattern in LEFT.items() if pattern.search(near)]


def right(view: str, guess: Guess) -> list[str]:
    """Every kind of what follows."""
    near = view[guess.end : guess.end + NEAR]
    return [kind for kind, pattern in RIGHT.items() if pattern.match(near)]


def strength(left: Sequence[str], right: Sequence[str]) -> str:
    """How much stands on both sides."""
    before = "strong" if STRONG_LEFT & set(left) else "open" if {"start", "mark", "list"} & set(left) else "none"
    after = "strong" if STRONG_RIGHT & set(right) else "some" if SOME_RIGHT & set(right) else "none"
    if after == "none" and {"mark", "end"} & set(right):
        after = "open"
    return f"{before}_{after}"


def tags(view: str, guess: Guess) -> Iterator[str]:
    """What kind of word stands right before and right behind, cut without the name."""
    before, behind = view[max(0, guess.start - NEAR) : guess.start], view[guess.end : guess.end + NEAR]
    if re.search(f"[{HAN}]$", before):
        yield f"before:{tag(before, -1)}"
    if re.match(f"[{HAN}]", behind):
        yield f"behind:{tag(behind, 0)}"


@lru_cache(maxsize=4096)
def tag(near: str, which: int) -> str:
    """The kind of the first or last word; one letter and more are not the same."""
    word = words(near)[which]
    return f"{word.flag[:1]}{min(len(word.text), 2)}"
