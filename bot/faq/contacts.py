"""Numbers and contacts of people as they are typed and spoken. Pure."""

from __future__ import annotations

import re

from bot.faq.board import Board

FIGURES = dict(zip("〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖两", "0012345678911234567892", strict=True))
NUMERAL = "".join(FIGURES)
GAP = r"[\s\-‐–—_.·,，]{0,3}"
SPOKEN = re.compile(rf"[0-9{NUMERAL}](?:{GAP}[0-9{NUMERAL}Xx]){{6,}}")  # seven and more: a count is shorter
WIDE_GAP = r"[\s\-‐–—_·]{0,3}"
START, END = r"(?<![0-9A-Za-z.])", r"(?![0-9])"
PHONE = re.compile(
    rf"(?<![0-9])(?:\+?86{WIDE_GAP})?1(?:{WIDE_GAP}[0-9]){{10}}{END}|{START}1[0-9]{{2}}[.,，][0-9]{{4}}[.,，][0-9]{{4}}{END}"
)
LANDLINE = re.compile(
    rf"(?<![0-9])[(（]?0[1-9][0-9]{{1,2}}[)）]?{WIDE_GAP}[1-9][0-9]{{2,3}}{WIDE_GAP}[0-9]{{4}}{END}(?:{WIDE_GAP}转?[0-9]{{1,5}}{END})?"
)
HOTLINE = re.compile(rf"{START}[48]00{WIDE_GAP}[0-9]{{3}}{WIDE_GAP}[0-9]{{4}}{END}")
ID_NUMBER = re.compile(rf"{START}(?:[0-9]{WIDE_GAP}){{17}}[0-9Xx×]{END}|{START}[0-9]{{15}}{END}")
BANK = re.compile(rf"{START}[1-9][0-9]{{3}}(?:{WIDE_GAP}[0-9]{{4}}){{2,4}}(?:{WIDE_GAP}[0-9]{{1,3}})?{END}")
PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-z][·.\s]?(?:[A-Za-z0-9]{4,5}[挂学警港澳领使]|[A-Za-z0-9]{5,7}(?![A-Za-z0-9]))"
)
PASSPORT = re.compile(r"(?<![A-Za-z0-9])(?<!准字)[EGDSPHKeg][A-Za-z]?[0-9]{7,8}(?![0-9])")
# A number of a card, a record, a slip: shorter than others, but it says itself what it is.
CALLED = (
    "病历|病案|住院|门诊|入院|登记|就诊卡?|诊疗卡|一?卡通?|编|条码|条形码|报告单?|单|快递单?|医保卡?|社保卡?|"
    "护照|档案|工|学|密码|抽血编?|检查|会员|订单"
)
THOUGHT = "(?:我?(?:记得|好像|应该|大概|写的))?"  # 检查号记得是PSG25-0883
LABELLED = re.compile(
    rf"(?:{CALLED})(?:号码?|卡号|编号)?\s*{THOUGHT}(?:是|为|叫|[:：])?\s*(?P<value>[A-Za-z]{{0,3}}[0-9][0-9A-Za-z\-]{{4,}})(?![0-9])"
)
# Whatever number it is: 影像号US338-0192, 收据号0087 5542. What is printed on a box of drugs is nobody's.
ANY_CALLED = re.compile(
    r"(?<!准字)(?<!文号)(?<!批号)(?:[\u4e00-\u9fff]号|(?<![A-Za-z])(?:ID|id|Id|No|NO|№)\.?)(?:码|是|为|[:：])?\s?(?P<value>[A-Za-z]{0,4}[\-.]?[0-9](?:[\s\-—./]?[0-9A-Za-z]){4,})(?![0-9])"
)
# Who works somewhere is known by fewer digits: 工号BA0172, 胸牌0835.
AT_WORK = re.compile(
    rf"(?:工号|工牌|胸牌|警号|学号)(?:号码?|编号)?\s*{THOUGHT}(?:是|为|[:：])?\s*(?P<value>[A-Za-z]{{0,4}}\-?[0-9]{{3,7}}){END}"
)
MILITARY = re.compile(r"[\u4e00-\u9fff]字第?\s?(?P<value>[0-9]{5,})\s?号?")
SHORT_LINE = re.compile(r"(?<![0-9A-Za-z.:：/])[2-8][0-9]{3}[\s\-—][0-9]{4}(?![0-9.]|\s?[年月日/元mg])")
TELEPHONE = re.compile(
    rf"(?:电话|座机|手机|热线|传真|拨打?|打)(?:号码?)?\s*[是为:：]?\s*(?P<value>[0-9](?:{WIDE_GAP}[0-9]){{5,7}}){END}"
)
LONG = re.compile(rf"(?<!准字){START}[A-Za-z]{{0,3}}[0-9]{{7,}}{END}")
GROUPED = re.compile(rf"{START}[0-9]{{3,6}}(?:[\s\-—]{{1,3}}[0-9]{{3,8}}){{2,}}{END}")
EMAIL = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,64}\.[A-Za-z0-9.-]{1,64}[A-Za-z0-9]")
HANDLE = r"(?P<value>[A-Za-z0-9_\-]{5,24})(?![A-Za-z0-9])"
CHAT = re.compile(
    rf"(?:[微威薇][信❤x]|(?<![A-Za-z])(?:weixin|wechat|wx|vx|VX|WX|加我?[vV]|抖音|快手|小红书|微博|支付宝|钉钉|飞书|B站|b站))(?:账?号码?|ID|id|同号)?\s*[是为:：+]?\s*{HANDLE}"
)
QQ = re.compile(r"(?<![A-Za-z])[Qq扣][Qq扣]?(?:号码?)?\s*[是为:：+]?\s*(?P<value>[1-9][0-9]{4,10})(?![0-9])")
LINK = re.compile(r"(?:https?://|www\.)[^\s\u4e00-\u9fff]{3,200}")
WXID = re.compile(r"(?<![A-Za-z0-9_])wxid_[A-Za-z0-9]+")


def addresses(board: Board) -> None:
    """E-mail, links, names in chats, plates."""
    for pattern, word, kind in (
        (EMAIL, "[邮箱]", "email"),
        (LINK, "[链接]", "link"),
        (WXID, "[联系方式]", "contact"),
        (QQ, "[联系方式]", "contact"),
        (PLATE, "[车牌]", "plate"),
    ):
        board.sweep(pattern, word, kind)


def certain(board: Board) -> None:
    """Numbers that nothing else looks like, also where they are written in words or parted by marks."""
    for pattern, word, kind in (
        (ID_NUMBER, "[身份证号]", "id_number"),
        (BANK, "[号码]", "number"),
        (PHONE, "[电话]", "phone"),
        (LANDLINE, "[电话]", "phone"),
        (HOTLINE, "[电话]", "phone"),
    ):
        board.sweep_over(figures(board.view), pattern, word, kind)


def numbers(board: Board) -> None:
    """Numbers that say what they are, and whatever else is too long for a measure."""
    for pattern, word, kind in (
        (LABELLED, "[号码]", "number"),
        (ANY_CALLED, "[号码]", "number"),
        (AT_WORK, "[号码]", "number"),
        (MILITARY, "[号码]", "number"),
        (TELEPHONE, "[电话]", "phone"),
        (SHORT_LINE, "[电话]", "phone"),
        (PASSPORT, "[号码]", "number"),
        (LONG, "[号码]", "number"),
        (GROUPED, "[号码]", "number"),
    ):
        board.sweep_over(figures(board.view), pattern, word, kind)
    board.sweep(CHAT, "[联系方式]", "contact")


def figures(text: str) -> str:
    """Give the text with long rows of numerals as digits, character for character: 幺三八…"""
    return SPOKEN.sub(lambda found: "".join(FIGURES.get(letter, letter) for letter in found[0]), text)
