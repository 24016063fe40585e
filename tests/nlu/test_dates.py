"""What a date phrase means, said on a Saturday, a Sunday, a Wednesday, at a month's and a year's end."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.nlu import dates, holidays
from bot.nlu.text import fold

SATURDAY = date(2026, 11, 21)
SUNDAY = date(2026, 11, 22)
WEDNESDAY = date(2026, 11, 25)
MONTH_END = date(2026, 11, 30)  # a Monday
YEAR_END = date(2026, 12, 31)  # a Thursday

SAID_ON_SATURDAY = {
    "今天": "2026-11-21",
    "今早": "2026-11-21",
    "明天": "2026-11-22",
    "明儿": "2026-11-22",
    "明早": "2026-11-22",
    "明上午": "2026-11-22",
    "后天": "2026-11-23",
    "後天": "2026-11-23",
    "大后天": "2026-11-24",
    "明后天": "2026-11-22/2026-11-23",
    "今明两天": "2026-11-21/2026-11-22",
    "周五": "2026-11-27",
    "周六": "2026-11-21",
    "周日": "2026-11-22",
    "星期三": "2026-11-25",
    "礼拜天": "2026-11-22",
    "週五": "2026-11-27",
    "本周六": "2026-11-21",
    "下周三上午": "2026-11-25",
    "下个星期五": "2026-11-27",
    "下下周二": "2026-12-01",
    "下周": "2026-11-23/2026-11-29",
    "周末": "2026-11-21/2026-11-22",
    "双休日": "2026-11-21/2026-11-22",
    "下周末": "2026-11-28/2026-11-29",
    "周六日": "2026-11-21/2026-11-22",
    "周一到周五": "2026-11-23/2026-11-27",
    "周三到五": "2026-11-25/2026-11-27",
    "下周一至下周三": "2026-11-23/2026-11-25",
    "这两天": "2026-11-21/2026-11-22",
    "这几天": "2026-11-21/2026-11-24",
    "三天之内": "2026-11-21/2026-11-24",
    "一周内": "2026-11-21/2026-11-28",
    "三天后": "2026-11-24",
    "再过5天": "2026-11-26",
    "过两天": "2026-11-23/2026-11-24",
    "过几天": "2026-11-24/2026-11-26",
    "两周后": "2026-12-05",
    "半个月后": "2026-12-06",
    "一个月之后": "2026-12-21",
    "25号": "2026-11-25",
    "二十五号": "2026-11-25",
    "3号": "2026-12-03",
    "21号": "2026-11-21",
    "31号": "2026-12-31",
    "25号到27号": "2026-11-25/2026-11-27",
    "25到27号": "2026-11-25/2026-11-27",
    "28号到3号": "2026-11-28/2026-12-03",
    "11月25日": "2026-11-25",
    "十一月二十五号": "2026-11-25",
    "11月25到27号": "2026-11-25/2026-11-27",
    "12月25日到27日": "2026-12-25/2026-12-27",
    "1月5号": "2027-01-05",
    "2026年11月25日": "2026-11-25",
    "明年3月5号": "2027-03-05",
    "2月29号": "2028-02-29",
    "2026-11-25": "2026-11-25",
    "20261125": "2026-11-25",
    "11/25": "2026-11-25",
    "11.25号": "2026-11-25",
    "本月28号": "2026-11-28",
    "下个月3号": "2026-12-03",
    "下月": "2026-12-01/2026-12-31",
    "月底": "2026-11-26/2026-11-30",
    "这个月底": "2026-11-26/2026-11-30",
    "月初": "2026-12-01/2026-12-05",
    "下旬": "2026-11-21/2026-11-30",
    "中旬": "2026-12-11/2026-12-20",
    "下个月底": "2026-12-26/2026-12-31",
    "12月中旬": "2026-12-11/2026-12-20",
    "12月份": "2026-12-01/2026-12-31",
    "年底": "2026-12-21/2026-12-31",
    "元旦": "2027-01-01",
    "元旦前": "2026-12-25/2026-12-31",
    "春节": "2027-02-05/2027-02-12",
    "过年后": "2027-02-13/2027-02-19",
    "五一期间": "2027-05-01/2027-05-05",
    "国庆后": "2027-10-08/2027-10-14",
    "十一假期": "2027-10-01/2027-10-07",
}
SAID_ON_OTHER_DAYS = [
    (SUNDAY, "周末", "2026-11-22"),
    (SUNDAY, "周日", "2026-11-22"),
    (SUNDAY, "下周三", "2026-11-25"),
    (SUNDAY, "下周日", "2026-11-29"),
    (SUNDAY, "周六", "2026-11-28"),
    (SUNDAY, "本周", "2026-11-22"),
    (WEDNESDAY, "周三", "2026-11-25"),
    (WEDNESDAY, "周二", "2026-12-01"),
    (WEDNESDAY, "这周五", "2026-11-27"),
    (WEDNESDAY, "周一到周五", "2026-11-25/2026-11-27"),
    (MONTH_END, "月底", "2026-11-30"),
    (MONTH_END, "30号", "2026-11-30"),
    (MONTH_END, "29号", "2026-12-29"),
    (MONTH_END, "明天", "2026-12-01"),
    (MONTH_END, "下周一到周三", "2026-12-07/2026-12-09"),
    (date(2027, 1, 31), "一个月后", "2027-02-28"),
    (date(2027, 1, 30), "30号", "2027-01-30"),
    (date(2027, 1, 31), "30号", "2027-03-30"),
    (YEAR_END, "明天", "2027-01-01"),
    (YEAR_END, "下个月3号", "2027-01-03"),
    (YEAR_END, "元旦后", "2027-01-02/2027-01-08"),
    (date(2027, 1, 3), "元旦后", "2027-01-03/2027-01-08"),
    (date(2026, 10, 3), "国庆期间", "2026-10-03/2026-10-07"),
]
PAST = [
    "昨天",
    "前天",
    "大前天",
    "昨晚",
    "上周三",
    "上周",
    "本周三",
    "这周五",
    "本月3号",
    "2026年10月1日",
    "上个月",
    "去年",
]
NO_DATE = [
    "疼了1-2天", "一日三次", "一周五次", "每周三次", "两天了", "120/80", "1/2片", "叫到25号了", "我是25号",
    "3号楼", "三号窗口", "第12号", "2月30日", "35号", "后天性心脏病", "月经推迟", "周围神经", "三周岁",
    "好得多", "十一点半", "6个月大", "今后", "体温38.5",
]  # fmt: skip


def values(text: str, today: date) -> list[str]:
    return [str(span.value) for span in dates.find(fold(text), today)]


@pytest.mark.parametrize(("phrase", "meaning"), SAID_ON_SATURDAY.items())
def test_a_phrase_said_on_a_saturday_means(phrase: str, meaning: str) -> None:
    assert values(phrase, SATURDAY) == [meaning]


@pytest.mark.parametrize(("today", "phrase", "meaning"), SAID_ON_OTHER_DAYS)
def test_a_phrase_said_on_another_day_means(today: date, phrase: str, meaning: str) -> None:
    assert values(phrase, today) == [meaning]


@pytest.mark.parametrize("phrase", PAST)
def test_what_is_past_is_no_day_to_book(phrase: str) -> None:
    assert values(phrase, SATURDAY) == []


@pytest.mark.parametrize("phrase", NO_DATE)
def test_what_only_looks_like_a_date_is_none(phrase: str) -> None:
    assert values(phrase, SATURDAY) == []


def test_no_phrase_on_any_day_of_two_years_lies_in_the_past() -> None:
    phrases = [fold(p) for p in (*SAID_ON_SATURDAY, *PAST)]
    for offset in range(730):
        today = SATURDAY + timedelta(days=offset)
        for phrase in phrases:
            for span in dates.find(phrase, today):
                first, _, last = str(span.value).partition("/")
                assert date.fromisoformat(first) >= today, (today, phrase)
                assert not last or last > first, (today, phrase)


def test_two_days_in_a_sentence_are_two_entities_in_their_places() -> None:
    text = "明天或者下周三都行"
    found = [(text[s.start : s.end], s.value) for s in dates.find(text, SATURDAY)]
    assert found == [("明天", "2026-11-22"), ("下周三", "2026-11-25")]


def test_the_holiday_table_reaches_at_least_a_year_ahead() -> None:
    assert max(holidays.LUNAR) > date.today().year  # the machine's year on purpose: a reminder to us
