"""Names of other peoples: without a surname, longer, written by sound; and names in Latin letters. Pure."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from bot.faq import remedies
from bot.faq.board import GONE, Board
from bot.faq.kin import KIN_BEFORE

HAN = "\u3400-\u9fff"
_LISTS: dict[str, str] = yaml.safe_load(Path(__file__).with_name("peoples.yml").read_text(encoding="utf-8"))
JAPANESE = "|".join(_LISTS["japanese"].split())
SOUND = f"[{_LISTS['sounds'].replace(' ', '')}]"
_PARTS = {part for group in ("mongol", "tibetan", "turkic", "yi_and_dai", "western") for part in _LISTS[group].split()}
PART = f"(?:{'|'.join(sorted(_PARTS, key=len, reverse=True))})"
# Two parts, or a part and a sound or two more (or before it), with a dot between wherever there is one.
JOINED = rf"(?:{PART}·?{PART}(?:·?(?:{PART}|{SOUND}{{1,4}}))?|{PART}{SOUND}{{1,3}})"
WHOLE = rf"(?:{JOINED}|{SOUND}{{1,2}}{PART}{SOUND}{{0,2}}|{PART})"
DOT = "[·•・]"
DOTTED = re.compile(rf"(?P<value>(?:{PART}|{SOUND}){{1,8}}(?:{DOT}(?:{PART}|{SOUND}){{1,8}})+)")
NOT_ILL = rf"(?:(?![的了得疼痛麻晚])[{HAN}])"
BOUNDED = re.compile(rf"(?:(?<![{HAN}])|(?<=[叫是]))(?P<value>{NOT_ILL}{{1,8}}{DOT}{NOT_ILL}{{1,10}})(?![{HAN}])")
NO_MEDICINE = (
    "(?!片|胶囊|颗粒|霉素|西林|沙星|他汀|普利|洛尔|地平|沙坦|拉唑|韦|单抗|替尼|综合征|病|症|征|氏|"
    "试验|试剂|酮|酸|素|胺|平|林)"
)
ALONE = re.compile(rf"(?:(?<![{HAN}])|{KIN_BEFORE})(?P<value>{WHOLE}){NO_MEDICINE}")
LONG = re.compile(rf"(?P<value>{JOINED}){NO_MEDICINE}")
FROM_JAPAN = re.compile(rf"(?P<value>(?:{JAPANESE})[{HAN}]{{0,2}}[子美惠郎夫雄男樹树介一二三太奈香织代江斗翔莲菜])")
# A row of such sounds where a person stands: 阿尔斯楞，男; 我爸哈斯朝鲁.
ROW = re.compile(
    rf"(?:(?<=族)|(?<=来的)|(?<![{HAN}])|{KIN_BEFORE})(?P<value>{SOUND}{{3,9}})"
    r"(?=[，,（(\s]{0,2}(?:男|女|今年|[0-9一二三四五六七八九十]{1,3}[个岁])"
    r"|说|问|从[^来前]|也|的?(?:女儿|儿子|妈妈|爸爸|家属|报告|片子)|发烧|肚子|头[疼晕]|肺|胸|腹)"
)
SPELT = re.compile(
    r"(?:拼音|姓名|名字|英文名|叫)[是为叫:：]?\s?"
    r"(?P<value>[A-Za-z]{2,12}(?:[ ·.]{1,2}[A-Za-z]{2,12}){0,3})(?![A-Za-z0-9型性])"
)
NO_SCORE = "(?![型氏病征评分试法级])"
CALLED = re.compile(rf"(?:{KIN_BEFORE})(?:叫|是)?(?P<value>[A-Z][a-z]{{2,11}})(?=[{HAN}，,、。]|$){NO_SCORE}")
ENGLISH = re.compile(
    r"(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.? ?|name is |I am |I'm )(?P<value>[A-Z][A-Za-z]{1,11}(?: [A-Z][a-z]{1,11})?)"
)
CAPITALS = r"[A-Z][a-z]{1,11}"
RELATIVE = "(?:wife|husband|son|daughter|mother|father|mom|dad|brother|sister|friend|boyfriend|girlfriend|baby|partner)"
MINE = "(?:my|our|his|her)"
IS_MINE = re.compile(rf"(?P<value>(?<![A-Za-z]){CAPITALS}(?: {CAPITALS}){{0,2}})(?=,? (?:is|was) {MINE} {RELATIVE})")
OF_MINE = re.compile(rf"(?i:{MINE} {RELATIVE})(?:'s name is| is called|,)? (?P<value>{CAPITALS}(?: {CAPITALS}){{0,2}})")
LATIN = re.compile(
    rf"(?P<value>(?<![A-Za-z]){CAPITALS}(?: (?:[A-Z]\.? )?{CAPITALS}){{1,2}})"
    rf"(?=[，,、（(]\s*[{HAN}]|[{HAN}]){NO_SCORE}"
)
# Anna Kowalska here, Maria Gonzalez will come: a name with which an English sentence begins.
BEGINS = re.compile(
    rf"(?:^|(?<=[。！？!?\n]))\s*(?P<value>{CAPITALS}(?: {CAPITALS}){{1,2}})"
    r"(?= (?:here|will|is|was|has|had|and|wants|needs|speaking|from|cannot|can)\b)"
)
OWNER = re.compile(
    r"(?<![A-Za-z])(?P<value>[A-Z][a-z]{2,8})"
    r"(?=的(?:疫苗本|报告|病历|片子|化验单|手术|预约|出院|押金|药|爸|妈|家属|血压|体温|护照))"
)
MEDICINE = re.compile(
    r"^[A-Z]{2,4}$|^PCI|^ECMO|^COPD|Child|Pugh|Helicobacter|Pylori|Glasgow|Barrett|Crohn|Down|Turner|Apgar|Gleason|Mallory|"
    r"Holter|Doppler|Wilson|Graves|Covid|Kegel|Barthel"
)


def sweep(board: Board) -> None:
    """Take names that are made of such parts, those with a dot, and Latin ones."""
    for pattern in (DOTTED, BOUNDED, FROM_JAPAN, LONG, ALONE, ROW):
        board.sweep_over(_no_drugs(board.view), pattern, "某某", "name")
    for pattern in (SPELT, CALLED, ENGLISH, IS_MINE, OF_MINE, LATIN, BEGINS, OWNER):
        board.sweep(pattern, "某某", "name", keep=lambda found: bool(MEDICINE.search(found["value"])))


def _no_drugs(view: str) -> str:
    """The view without drugs, which are written by their sound too: 阿司匹林, 达克宁."""
    for start, end in remedies.spans(view):
        view = view[:start] + GONE * (end - start) + view[end:]
    return view


def alone(text: str) -> bool:
    """Whether a word is a name of one such part, or of nothing but such sounds around one."""
    return bool(re.fullmatch(WHOLE, text))
