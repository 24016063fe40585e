"""A choice is picked by tap, by number or by its words, while its question is the last one asked."""

from __future__ import annotations

import pytest

from bot.services import choices
from tests.factories import a_person
from tests.services.post import received

OPTIONS = [
    {"label": "骨科", "payload": '/choose{"choice": "1"}'},
    {"label": "消化内科", "payload": '/choose{"choice": "2"}'},
    {"label": "换一个", "payload": "/book"},
]


def offer(ports, person, options=OPTIONS):
    """The ids as the patient's phone gets them."""
    row = received(ports, person=person)
    with ports.transaction() as session:
        replies = [{"text": "看哪科？", "choices": options}]
        (shown,) = choices.offer(ports, session, person_id=person, inbox_id=row, replies=replies)
    return [choice["id"] for choice in shown["choices"]]


def pick(ports, person, text, menu_id=""):
    return choices.pick(ports, person_id=person, text=text, menu_id=menu_id)


@pytest.fixture
def person(ports):
    return a_person(ports)


@pytest.mark.parametrize(
    "text", ["1", "１", "一", "①", "第一个", "第1个", "1.", "1、", "１。", "选1", "1号", " 1 \n", "骨科"]
)
def test_the_first_is_meant(ports, person, text):
    offer(ports, person)
    assert pick(ports, person, text) == OPTIONS[0]["payload"]


@pytest.mark.parametrize(
    "text", ["0", "00", "4", "99", "十", "第九个", "101", "一二", "骨", "我要骨科", "1天了", "-1", "", "²"]
)
def test_a_number_out_of_range_and_other_words_are_plain_text(ports, person, text):
    offer(ports, person)
    expected = None if text != "²" else OPTIONS[1]["payload"]  # NFKC reads it as 2
    assert pick(ports, person, text) == expected


def test_a_tap_counts_by_its_id_whatever_its_label_says(ports, person):
    ids = offer(ports, person)
    assert [pick(ports, person, "骨科", i) for i in ids] == [o["payload"] for o in OPTIONS]


def test_ten_and_more_are_counted(ports, person):
    offer(ports, person, [{"label": f"第{n}间", "payload": f"/n{n}"} for n in range(1, 13)])
    assert [pick(ports, person, t) for t in ("十", "⑩", "12", "⑫", "13")] == ["/n10", "/n10", "/n12", "/n12", None]


def test_an_id_of_another_person_is_worth_nothing(ports, person):
    other = a_person(ports)
    theirs, _ = offer(ports, other), offer(ports, person)
    assert pick(ports, person, "骨科", theirs[0]) is None
    assert pick(ports, other, "骨科", theirs[0]) == OPTIONS[0]["payload"]


def test_a_set_of_another_person_cannot_be_named(ports, person):
    """The set's number is known to anybody who counts; its mac binds it to its person."""
    other = a_person(ports)
    mine = offer(ports, person)[0].split("-")
    theirs = offer(ports, other)[0].split("-")
    assert pick(ports, person, "骨科", "-".join([theirs[0], "1", mine[2]])) is None


@pytest.mark.parametrize(
    "forge",
    [
        lambda i: i[:-1] + ("A" if i[-1] != "A" else "B"),
        lambda i: i.rsplit("-", 1)[0],
        lambda i: i.rsplit("-", 1)[0] + "-",
        lambda i: i.replace("-1-", "-2-", 1),
        lambda i: i.replace("-1-", "-²-", 1),
        lambda i: "9" * 40 + "-1-abcdefgh",
        lambda i: "-".join(["²", *i.split("-")[1:]]),
        lambda i: "-1-1-x",
        lambda i: "钥匙",
        lambda i: i + "x",
    ],
)
def test_a_forged_id_is_plain_text(ports, person, forge):
    first = offer(ports, person)[0]
    assert pick(ports, person, "骨科", forge(first)) is None


def test_without_an_open_set_a_number_picks_nothing_unless_one_was_asked_for(ports, person):
    assert pick(ports, person, "1") == choices.NONE_OPEN
    assert choices.pick(ports, person_id=person, text="1", menu_id="", asked=True) is None
    assert pick(ports, person, "骨科", "1-1-abcdefgh") is None


def test_an_older_sets_answer_changes_nothing_and_its_wish_is_plain_text(ports, person):
    old = offer(ports, person)
    offer(ports, person, [{"label": "好", "payload": "/affirm"}])
    assert pick(ports, person, "骨科", old[0]) == choices.LATE
    assert pick(ports, person, "换一个", old[2]) is None
    assert pick(ports, person, "1") == "/affirm"


def test_an_answer_without_choices_closes_the_ones_before(ports, person):
    ids = offer(ports, person)
    row = received(ports, person=person)
    with ports.transaction() as session:
        plain = choices.offer(ports, session, person_id=person, inbox_id=row, replies=[{"text": "好的"}])
    assert plain == [{"text": "好的"}]
    assert pick(ports, person, "1") == choices.NONE_OPEN
    assert pick(ports, person, "骨科", ids[0]) == choices.LATE


def test_choices_of_several_messages_are_numbered_through_and_stand_on_the_last(ports, person):
    row = received(ports, person=person)
    replies = [{"text": "甲", "choices": OPTIONS[:1]}, {"text": "乙", "choices": OPTIONS[1:]}]
    with ports.transaction() as session:
        first, last = choices.offer(ports, session, person_id=person, inbox_id=row, replies=replies)
    assert "choices" not in first
    assert [c["label"] for c in last["choices"]] == ["骨科", "消化内科", "换一个"]
    assert pick(ports, person, "2") == OPTIONS[1]["payload"]
    assert "payload" not in last["choices"][0]


def test_a_persons_choices_leave_another_persons_open(ports, person):
    other = a_person(ports)
    offer(ports, other)
    offer(ports, person, [{"label": "好", "payload": "/affirm"}])
    assert pick(ports, other, "1") == OPTIONS[0]["payload"]


@pytest.mark.parametrize(
    ("beside", "wanted"),
    [
        ([{"label": "挂骨科", "payload": "/book"}], ["眼科", "牙科", "挂骨科"]),
        ([{"label": "挂号", "payload": "/book"}, {"label": "帮助", "payload": "/help"}], ["眼科", "牙科"]),
    ],
)
def test_an_aside_brings_one_way_on_at_most_after_the_questions_own(ports, person, beside, wanted):
    row = received(ports, person=person)
    own = [{"label": label, "payload": "/choose"} for label in ("眼科", "牙科")]
    replies = [{"text": "在二楼", "aside": True, "choices": beside}, {"text": "想看哪个科？", "choices": own}]
    with ports.transaction() as session:
        first, last = choices.offer(ports, session, person_id=person, inbox_id=row, replies=replies)
    assert first == {"text": "在二楼"}
    assert [choice["label"] for choice in last["choices"]] == wanted
