"""Date phrases of patients → hospital days. Pure: `find(text, today)`; the text must be folded.

A value is `2026-11-25`, or `2026-11-25/2026-11-27` with both ends included. It rolls forward (周五 said
on a Saturday is next Friday) and is never past: 昨天, 上周三 and 本周三 said on a Saturday give nothing,
so that the bot asks.
"""

from __future__ import annotations

import re
from datetime import date

from bot.nlu import calendar as cal
from bot.nlu import holidays, months  # noqa: F401 - months registers its phrases
from bot.nlu.calendar import Days
from bot.nlu.dateforms import FORMS, Resolver, form
from bot.nlu.numerals import NUMBER, number
from bot.nlu.respell import respell
from bot.nlu.spans import Span

Found = tuple[int, int, Resolver, "re.Match[str]"]

WEEKDAYS = {c: i for i, c in enumerate("一二三四五六日")} | {c: i for i, c in enumerate("1234567")} | {"天": 6}
NUMERAL = "零〇一二两三四五六七八九十百几半多\\d"
WEEK = "(?:周|星期|礼拜)"
PARTS_OF_WEEK = {"工作": (0, 4), "平日": (0, 4), "前两": (0, 1), "前三": (0, 2), "后两": (5, 6), "后三": (4, 6)} | {
    "前半": (0, 2), "上半": (0, 2), "后半": (3, 6), "下半": (3, 6)
}  # fmt: skip
TO = "(?:到|至|~|-|–|—|—)"
OR = re.compile("或者?是?|和|跟|还是|、|/| ?")
NOT = ("不是", "不要", "不去", "别")
VAGUE = {"两": (2, 3), "几": (3, 5)}  # 过两天, 过几天: days from today
SHORT_WHILE = 3  # 这几天
FARTHEST = 400  # of any unit; more is no appointment


def find(text: str, today: date) -> list[Span]:
    """All date phrases in a folded text, left to right; phrases that mean the past are left out."""
    read = respell(text)
    found = _joined(read.text, _selected(read.text), today)
    return [Span(*read.place(start, end), "date", iso(days)) for start, end, days in found if days is not None]


def iso(days: Days) -> str:
    first, last = days
    return first.isoformat() if first == last else f"{first.isoformat()}/{last.isoformat()}"


def _selected(text: str) -> list[Found]:
    """Leftmost-longest phrases; a past phrase takes its place too, so that 上周三 is not read as 周三."""
    found = [(m.start(), m.end(), resolve, m) for p, resolve in FORMS for m in p.finditer(text)]
    kept: list[Found] = []
    for candidate in sorted(found, key=lambda f: (f[0], -f[1])):
        if not kept or candidate[0] >= kept[-1][1]:
            kept.append(candidate)
    return kept


def _joined(text: str, found: list[Found], today: date) -> list[tuple[int, int, Days | None]]:
    """Resolve, and join `A到B` and `A或者B`; B is read from A on, so that it never lies before it."""
    out: list[tuple[int, int, Days | None]] = []
    for start, end, resolve, match in found:
        days = resolve(match, today)
        before = out[-1] if out else None
        if before and before[2] and days and re.fullmatch(TO, text[before[1] : start]):
            first = before[2][0]
            last = days if days[1] >= first else resolve(match, first)
            out[-1] = (before[0], end, (first, last[1]) if last else before[2])
        elif before and before[2] and days and _either(text, before, start, days):
            out[-1] = (before[0], end, (before[2][0], days[1]))
        else:
            out.append((start, end, days))
    return out


def _either(text: str, before: tuple[int, int, Days | None], start: int, days: Days) -> bool:
    """8号9号, 周一或者周二: two days in a row that both suit; 不是周一是周二 is none."""
    follows = before[2] is not None and days[0] == cal.plus(before[2][1], 1)
    return follows and OR.fullmatch(text[before[1] : start]) is not None and not text.endswith(NOT, 0, before[0])


@form(r"大+后[天日]|(?<![之以最今往先])后[天日](?!性|免疫)|明[天日儿](?:儿)?|明(?=上午|下午|中午)|明[早晚]|听日")
@form(r"今[天日儿](?:儿)?|今(?=上午|下午|中午)|今[早晚夜]|当[天日](?=的?号|挂)")
def _near_day(match: re.Match[str], today: date) -> Days | None:
    phrase = match[0]
    if "后" in phrase:
        return cal.one(cal.plus(today, 2 + phrase.count("大")), today)
    return cal.one(cal.plus(today, int(phrase[0] in "明听")), today)


@form(r"明后[两二]?[天日]|今明[两二]?[天日]|今明后[三3][天日]")
def _near_days(match: re.Match[str], today: date) -> Days | None:
    return cal.plus(today, int(match[0][0] == "明")), cal.plus(today, 1 + int("后" in match[0]))


@form(r"昨[天日儿早晚夜]|大*前[天日](?!性)|上个?月(?!经)|去年|前年|前(?:几|两|些)[天日]")
def _past(_match: re.Match[str], _today: date) -> Days | None:
    return None


@form(rf"(?<![早晚])(?P<pre>下下个?|下个?|这个?|本|上上个?|上个?){WEEK}(?!期|围|岁)(?:的?{WEEK})?"
      r"(?:\s(?=[1-7](?!\d)))?(?P<day>[日天末]|[一二三四五六](?![次回趟遍])|[1-7](?![\d天个次]))?")  # fmt: skip
@form(rf"(?<![{NUMERAL}个每]){WEEK}(?P<day>[日天末]|[一二三四五六](?![次回趟遍个]|天(?!气))|[1-7](?![\d天个次]))")
@form(r"(?P<day>双休)日")
def _weekday(match: re.Match[str], today: date) -> Days | None:
    pre, day = match.groupdict().get("pre") or "", match["day"]
    if pre.startswith("上"):
        return None
    start = cal.plus(cal.monday(today), 7 * pre.count("下"))
    if day is None:
        return cal.ahead((start, cal.plus(start, 6)), today)
    if day in {"末", "双休"}:
        return cal.ahead((cal.plus(start, 5), cal.plus(start, 6)), today)
    wanted = cal.plus(start, WEEKDAYS[day])
    return cal.one(cal.plus(wanted, 7) if not pre and wanted < today else wanted, today)


@form(
    rf"(?<![{NUMERAL}个])(?P<pre>下个?|这个?|本)?{WEEK}(?P<a>[一二三四五六])"
    rf"(?:{TO}{WEEK}?(?P<b>[二三四五六日天])|[二三四五六]*(?P<c>[二三四五六日天]))(?![次气点时号个楼刻:二三四五六日天])"
)
def _weekdays(match: re.Match[str], today: date) -> Days | None:
    pre = match["pre"] or ""
    start = cal.plus(cal.monday(today), 7 * pre.count("下"))
    first, last = (cal.plus(start, WEEKDAYS[d]) for d in (match["a"], match["b"] or match["c"]))
    if not pre and last < today:
        first, last = cal.plus(first, 7), cal.plus(last, 7)
    return cal.ahead((first, last), today)


@form(rf"(?P<pre>下下个?|下个?|这个?|本)?{WEEK}?的?(?P<part>工作日|平日)")
@form(
    rf"(?P<pre>下下个?|下个?|这个?|本){WEEK}的?(?P<part>前[两三]天|前半[周截段]|上半[周截段]|后半[周截段]|下半[周截段]|后[两三]天)"
)
def _part_of_week(match: re.Match[str], today: date) -> Days | None:
    start = cal.plus(cal.monday(today), 7 * (match["pre"] or "").count("下"))
    first, last = PARTS_OF_WEEK[match["part"][:2]]
    days = (cal.plus(start, first), cal.plus(start, last))
    if not match["pre"] and days[1] < today:
        days = cal.plus(days[0], 7), cal.plus(days[1], 7)
    return cal.ahead(days, today)


@form(rf"再?过(?P<n>{NUMBER}|几|半)(?P<unit>个月|个?星期|个?礼拜|周|天|日)")
@form(rf"(?P<n>{NUMBER}|几|半)(?P<unit>个月|个?星期|个?礼拜|周|天|日)(?:之|以)?后(?![天日])")
def _after(match: re.Match[str], today: date) -> Days | None:
    unit, count = match["unit"], match["n"]
    if count == "几" or match[0].endswith("过两天"):
        near, far = VAGUE[count]
        return (cal.plus(today, near), cal.plus(today, far)) if unit in "天日" else None
    if count == "半":
        return cal.one(cal.plus(today, 15), today) if unit == "个月" else None
    return cal.one(_later(today, number(count), unit), today)


@form(rf"(?:这|近|最近|未来|接下来|今后)的?(?P<n>{NUMBER}|几)(?P<unit>天|日|周|个?星期|个?礼拜|个月)(?!没|都没)")
@form(rf"(?P<n>{NUMBER})(?P<unit>天|日|周|个?星期|个?礼拜|个月)(?:之内|以内|内)")
def _within(match: re.Match[str], today: date) -> Days | None:
    if match[0].startswith("这") and match["n"] in {"两", "2"} and match["unit"] in "天日":
        return today, cal.plus(today, 1)
    last = _later(today, SHORT_WHILE if match["n"] == "几" else number(match["n"]), match["unit"])
    return None if last is None else (today, last)


def _later(today: date, count: int | None, unit: str) -> date | None:
    if count is None or count > FARTHEST:
        return None
    if unit == "个月":
        return cal.later_by_months(today, count)
    return cal.plus(today, count * (1 if unit in "天日" else 7))


@form(rf"(?:(?P<year>20\d\d)年|(?P<spoken>今年|明年|后年)的?)?(?P<month>\d{{1,2}}|[一二三四五六七八九十]{{1,2}})月份?的?"
      rf"(?P<day>{NUMBER})(?:[号日]|(?![{NUMERAL}天个次岁月年周点.:]))")  # fmt: skip
@form(r"(?<!\d)(?P<year>20\d\d)([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})(?!\d)[号日]?")
@form(r"(?<!\d)(?P<year>20\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)(?!\d)")
@form(r"(?<![\d./-])(?P<month>1[0-2]|0?[1-9])/(?P<day>3[01]|[12]\d|0?[1-9])(?![\d/.\-片粒颗支瓶%])[号日]?")
@form(r"(?<![\d./-])(?P<month>1[0-2]|0?[1-9])-(?P<day>3[01]|[12]\d)(?![\d/.\-天次个片粒岁周月年小分点度°])[号日]?")
@form(
    r"(?<![\d./-])(?P<month>1[0-2]|0?[1-9])\.(?P<day>3[01]|[12]\d|0?[1-9])"
    r"(?:[号日]|(?= ?(?:上午|下午|早上|晚上|中午|的号)))"
)
def _calendar_day(match: re.Match[str], today: date) -> Days | None:
    month, day = number(match["month"]), number(match["day"])
    if month is None or day is None:
        return None
    year = _year(match, today)
    if year is None:
        return cal.one(cal.next_month_day(month, day, today), today)
    return cal.one(cal.make(year, month, day), today)


def _year(match: re.Match[str], today: date) -> int | None:
    groups = match.groupdict()
    if groups.get("year"):
        return int(groups["year"])
    spoken = {"今年": 0, "明年": 1, "后年": 2}.get(groups.get("spoken") or "")
    return None if spoken is None else today.year + spoken


NOT_QUEUE_BEFORE = "(?<![\\d第叫轮.:/-])(?<!叫到)(?<!轮到)(?<!排到)(?<!我是)(?<!现在)(?<!前面)"
NOT_PLACE_AFTER = "(?![楼床线窗诊房门院厅柜机桌单梯码栋座坑站库])(?!了|病房|前面|通道|出口|电梯|公馆)"


@form(rf"{NOT_QUEUE_BEFORE}(?P<day>\d{{1,2}}|[一二三四五六七八九十]{{1,3}})号{NOT_PLACE_AFTER}")
@form(rf"{NOT_QUEUE_BEFORE}(?<!月)(?P<day>\d{{1,2}})日(?!内|次|量)")
def _day_number(match: re.Match[str], today: date) -> Days | None:
    day = number(match["day"])
    return None if day is None else cal.one(cal.next_day_number(day, today), today)


@form(rf"(?<![\d.])(?:(?P<month>\d{{1,2}})月)?(?P<a>\d{{1,2}})[号日]?{TO}(?P<b>\d{{1,2}})[号日]")
def _day_numbers(match: re.Match[str], today: date) -> Days | None:
    a, b, month = int(match["a"]), int(match["b"]), match["month"]
    first = cal.next_month_day(int(month), a, today) if month else cal.next_day_number(a, today)
    last = cal.next_day_number(b, first) if first else None
    return (first, last) if first and last else None


_PLAIN = "|".join(n for n in holidays.names() if n not in {"十一", "五一", "六一", "三八", "新年"})
_WHEN = "(?P<when>前[一1]天|第二天|后[一1]天|之?前|以前|之?后|以后|期间|当天|那[几两]?天)"
_LEAVE = "(?P<leave>[三3]天假|假期|长假|小长假|放假|黄金周)"


@form(rf"(?P<name>{_PLAIN})节?{_LEAVE}?的?{_WHEN}?")
@form(rf"(?<![{NUMERAL}])(?P<name>五一)(?![{NUMERAL}])节?{_LEAVE}?的?{_WHEN}?")
@form(rf"(?<![{NUMERAL}])(?P<name>十一|六一|三八|新年)(?:节|假期|长假|放假|黄金周)的?{_WHEN}?")
@form(rf"(?<![{NUMERAL}])(?P<name>十一){_WHEN}")
def _holiday(match: re.Match[str], today: date) -> Days | None:
    for year in (today.year - 1, today.year, today.year + 1):  # after a holiday can reach into the next year
        days = holidays.days(match["name"], year, leave="leave" in match.groupdict() and bool(match["leave"]))
        shifted = cal.ahead(_around(days, match["name"], match["when"] or ""), today) if days else None
        if shifted:
            return shifted
    return None


def _around(days: Days, name: str, when: str) -> Days:
    """The week before or after a holiday, the day before or after its first, or the holiday itself."""
    feast = cal.plus(days[0], holidays.SPRING_BEFORE if holidays.is_spring(name) else 0)
    if when[-2:] in {"一天", "1天", "二天"}:
        return (day := cal.plus(feast, -1 if when.startswith("前") else 1)), day
    if when.endswith("前"):
        return cal.plus(days[0], -7), cal.plus(days[0], -1)
    if when.endswith("后"):
        return cal.plus(days[1], 1), cal.plus(days[1], 7)
    return days


@form(r"(?:大年|年|正月)初(?P<n>[一二三四五六七八九十])|(?P<eve>除夕|大年三十|年三十)|(?P<lantern>元宵)节?")
def _of_spring(match: re.Match[str], today: date) -> Days | None:
    offset = -1 if match["eve"] else 14 if match["lantern"] else (number(match["n"]) or 1) - 1
    for year in (today.year, today.year + 1):
        first = holidays.new_year(year)
        days = cal.one(cal.plus(first, offset), today) if first else None
        if days:
            return days
    return None


@form(r"年[底末](?![会奖])")
def _year_end(_match: re.Match[str], today: date) -> Days | None:
    return cal.ahead((date(today.year, 12, 21), date(today.year, 12, 31)), today)
