"""A written talk at its appointed time: who comes first, what is said, red flags, ends, and that nobody loses words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.live_talks import LiveTalk
from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.ports import Ports
from bot.services import (
    alarms,
    consult,
    live_talks,
    messages,
    mydata,
    talk_chat,
    talk_desk,
    talk_ends,
    talk_rows,
    views,
)
from bot.services.staff import Staff
from tests.factories import a_card, a_person, a_staff, make_ports, someone, together
from tests.services.asked import URGENT, answer, ask, row
from tests.services.people import FakeStaff, lines, talks
from tests.services.post import Script, notices, received

TIME = datetime(2026, 11, 23, 8, 0)  # naive UTC: Monday 16:00 in Shanghai
At = Callable[[float], None]


@dataclass
class Booked:
    """One appointment, its patient, and the doctor of its department; the clock stands at its time."""

    ports: Ports
    person: int
    question: str
    ref: str
    doctor: Staff
    dialogue: Script

    def say(self, text: str, **changes: object) -> list[str]:
        """One message of the patient; the words of what he hears at once."""
        replies = messages.work(self.ports, inbox_id=received(self.ports, text, person=self.person, **changes))
        return [str(reply.get("text")) for reply in replies or []]

    def come(self) -> list[str]:
        replies = talk_chat.came(self.ports, person_id=self.person, payload=talk_chat.here(self.ref))
        return [str(reply["text"]) for reply in replies]

    def open(self) -> None:
        talk_desk.open_one(self.ports, staff=self.doctor, ref=self.ref)

    def read(self) -> talk_desk.Opened:
        return talk_desk.read(self.ports, staff=self.doctor, ref=self.ref)

    def pushed(self, view: str) -> list[str]:
        """What the notices of one view say now."""
        found = [payload for _key, payload in notices(self.ports) if payload["view"] == view]
        return [views.drawn(self.ports, person_id=self.person, reply=payload)["text"] for payload in found]

    def ended(self) -> tuple[str, str]:
        with self.ports.transaction() as session:
            state = session.scalar(sa.select(LiveTalk.state).where(LiveTalk.ref == self.ref))
        return state, talks(self.ports)[-1].ended_by


def booked_on(ports: Ports, dialogue: Script) -> Booked:
    person = a_person(ports)
    a_card(ports, person, someone("李雷"))
    question = ask(ports, person).ref
    facts = {"start": TIME, "way": "text", "key": f"k{person}"}
    talk = live_talks.book(ports, person_id=person, ref=question, **facts)
    return Booked(ports, person, question, talk.ref, a_staff(ports), dialogue)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def at(still: None) -> Iterator[At]:
    """The hospital's clock stands on Monday morning; `at(minutes)` puts it so long after the appointed time."""
    with ExitStack() as clocks:
        yield lambda minutes: clocks.enter_context(clock.frozen(TIME + timedelta(minutes=minutes)))


@pytest.fixture
def booked(engine: sa.engine.Engine, at: At) -> Booked:
    dialogue = Script()
    made = booked_on(make_ports(engine, dialogue=dialogue), dialogue)
    at(0)
    return made


# -- the two meet --------------------------------------------------------------------------------------------------
def test_from_the_doctors_beginning_to_his_end(booked: Booked) -> None:
    booked.open()
    assert "会等您到16:10" in booked.pushed("live_talk_begun")[0]
    assert booked.say("医生好，拍片结果有点看不懂") == []
    for _ in range(2):
        talk_desk.say(booked.ports, staff=booked.doctor, ref=booked.ref, text="哪一句看不懂？", key="k1")
    assert booked.pushed("live_talk_said") == [f"{booked.doctor.name}医生：哪一句看不懂？"]
    opened = booked.read()
    assert (opened.state, opened.masked_name, opened.unheard) == ("open", "李*", 0)
    assert [line.text for line in opened.lines] == ["医生好，拍片结果有点看不懂", "哪一句看不懂？"]
    assert booked.dialogue.heard == []
    assert talk_desk.close(booked.ports, staff=booked.doctor, ref=booked.ref) == booked.question
    assert booked.ended() == ("over", "staff")
    assert "咨询结束了" in booked.pushed("live_talk_over")[0]
    assert booked.say("谢谢") == ["听到：谢谢"]


def test_what_was_said_stays_with_the_question(booked: Booked) -> None:
    booked.open()
    booked.say("还是疼")
    talk_desk.say(booked.ports, staff=booked.doctor, ref=booked.ref, text="休息两周。", key="k1")
    opened = consult.open_one(booked.ports, staff=booked.doctor, ref=booked.question)
    said = [(turn.kind, turn.text, turn.by) for turn in opened.turns]
    assert said == [("talk", "还是疼", None), ("talk", "休息两周。", booked.doctor.name)]


def test_a_patient_who_comes_first_writes_and_the_doctor_finds_it(booked: Booked) -> None:
    assert "到时间了" in booked.pushed("live_talk_now")[0]
    assert "已经告诉医生" in booked.come()[0]
    assert booked.say("我先写着：夜里也疼") == []
    [due] = talk_desk.due(booked.ports, staff=booked.doctor)
    assert (due.state, due.calls, due.masked_name) == ("queued", True, "李*")
    booked.open()
    assert [line.text for line in booked.read().lines] == ["我先写着：夜里也疼"]
    assert not talk_desk.due(booked.ports, staff=booked.doctor)[0].calls


def test_a_tap_on_the_notice_is_coming(booked: Booked) -> None:
    booked.open()
    [payload] = [p for _, p in notices(booked.ports) if p["view"] == "live_talk_begun"]
    [tap] = views.drawn(booked.ports, person_id=booked.person, reply=payload)["choices"]
    assert "直接写就行" in booked.say("我来了", menu_id=tap["id"])[0]
    assert booked.read().state == "open"


def test_while_the_doctor_waits_the_bot_keeps_what_is_its_own(booked: Booked) -> None:
    booked.open()
    assert booked.say("我要挂号") == ["听到：我要挂号"]
    assert booked.read().lines == ()
    booked.say("医生好")
    assert booked.say("我要挂号") == []
    assert [line.text for line in booked.read().lines] == ["医生好", "我要挂号"]


def test_an_open_form_gets_its_answer_until_the_patient_has_come(booked: Booked) -> None:
    booked.open()
    booked.dialogue.answer = lambda text: [{"text": "姓名？", "expects": "person_name"}]
    booked.say("我要挂号")
    booked.say("李雷")
    assert booked.read().lines == ()


def test_wishing_for_a_person_while_the_doctor_waits_says_that_he_does(booked: Booked) -> None:
    object.__setattr__(booked.ports, "handoff", FakeStaff("console"))
    booked.dialogue.answer = lambda text: [{"handoff": "挂号"}]
    booked.open()
    assert "正在等您" in booked.say("人工")[0]


# -- red flags ---------------------------------------------------------------------------------------------------------
def test_a_red_flag_is_warned_of_at_once_and_stands_on_top_of_the_desk(booked: Booked, at: At) -> None:
    answer(booked.ports, booked.doctor, booked.question)
    booked.open()
    [said] = booked.say(URGENT)
    assert "120" in said
    [line] = booked.read().lines
    assert (line.text, line.red_flag) == (URGENT, True)
    assert (row(booked.ports, booked.question).state, row(booked.ports, booked.question).red_flag) == ("waiting", True)
    at(6)
    booked.say("在的")
    assert [alarm.kind for alarm in alarms.standing(booked.ports) if alarm.kind == "flagged_questions"]


def test_words_that_were_answered_out_of_turn_reach_the_doctor(booked: Booked) -> None:
    booked.open()
    earlier = received(booked.ports, "一句", person=booked.person)
    flagged = received(booked.ports, URGENT, person=booked.person)
    assert messages.work(booked.ports, inbox_id=flagged) is not None
    messages.work(booked.ports, inbox_id=earlier)
    assert sorted(line.text for line in booked.read().lines) == sorted([URGENT, "一句"])


# -- how it ends -------------------------------------------------------------------------------------------------------
def test_a_patient_who_does_not_come_is_waited_for_and_told(booked: Booked, at: At) -> None:
    booked.open()
    at(9)
    assert talk_ends.sweep(booked.ports) == 0
    at(10)
    assert talk_ends.sweep(booked.ports) == 1
    assert booked.ended() == ("over", "away")
    assert "没有等到" in booked.pushed("live_talk_away")[0]
    assert "已经结束" in booked.come()[0]
    assert live_talks.book(  # and may choose another time
        booked.ports,
        person_id=booked.person,
        ref=booked.question,
        start=TIME + timedelta(days=1),
        way="text",
        key="again",
    )


def test_a_doctor_who_does_not_come_leaves_the_words_at_the_desk(booked: Booked, at: At) -> None:
    answer(booked.ports, booked.doctor, booked.question)
    booked.come()
    booked.say("夜里也疼")
    at(15)
    assert talk_ends.sweep(booked.ports) == 1
    assert booked.ended() == ("over", "absent")
    assert row(booked.ports, booked.question).state == "waiting"
    assert "没能来" in booked.pushed("live_talk_absent")[0]


def test_where_nobody_came_the_patient_is_owed_a_word(booked: Booked, at: At) -> None:
    at(15)
    assert [talk_ends.sweep(booked.ports) for _ in range(2)] == [1, 0]
    assert "没能来" in booked.pushed("live_talk_absent")[0]


def test_silence_ends_it_also_for_whoever_writes_next(booked: Booked, at: At) -> None:
    booked.open()
    booked.say("医生好")
    at(10)
    assert booked.say("还在吗") == ["听到：还在吗"]
    assert booked.ended() == ("over", "timeout")


def test_the_patient_ends_it_and_what_the_doctor_writes_meanwhile_is_refused(booked: Booked) -> None:
    booked.open()
    booked.say("医生好")
    assert "咨询结束了" in booked.say("结束")[0]
    with pytest.raises(Conflict):
        talk_desk.say(booked.ports, staff=booked.doctor, ref=booked.ref, text="您好", key="k")
    assert booked.ended() == ("over", "patient")


# -- who may -----------------------------------------------------------------------------------------------------------
def test_one_doctor_has_it_and_strangers_do_not_see_it(booked: Booked) -> None:
    booked.open()
    booked.open()
    with pytest.raises(Conflict):
        talk_desk.open_one(booked.ports, staff=a_staff(booked.ports), ref=booked.ref)
    stranger = a_staff(booked.ports, department_id="yh.d02")
    assert talk_desk.due(booked.ports, staff=stranger) == []
    for look in (talk_desk.read, talk_desk.open_one, talk_desk.close):
        with pytest.raises(NotFound):
            look(booked.ports, staff=stranger, ref=booked.ref)
    with pytest.raises(Refused):
        talk_desk.due(booked.ports, staff=a_staff(booked.ports, "service"))
    for text in ("", "长" * 501):
        with pytest.raises(BadInput):
            talk_desk.say(booked.ports, staff=booked.doctor, ref=booked.ref, text=text, key="k")


def test_only_at_its_time(booked: Booked, at: At) -> None:
    at(-6)
    assert talk_desk.due(booked.ports, staff=booked.doctor) == []
    with pytest.raises(Refused) as refusal:
        booked.open()
    assert refusal.value.code == "talk_early"
    assert "还没到" in booked.come()[0]
    at(15)
    with pytest.raises(Refused):
        booked.open()


def test_a_wish_for_customer_service_waits_and_a_running_talk_is_not_cut(booked: Booked) -> None:
    object.__setattr__(booked.ports, "handoff", FakeStaff("console"))
    booked.dialogue.answer = lambda text: [{"handoff": "挂号"}]
    booked.say("人工")
    booked.open()
    assert [talk.state for talk in talks(booked.ports)] == ["kept", "asked"]


def test_who_talks_with_somebody_else_is_not_taken_away(booked: Booked) -> None:
    object.__setattr__(booked.ports, "handoff", FakeStaff("wechat"))
    booked.dialogue.answer = lambda text: [{"handoff": "挂号"}]
    booked.say("人工")
    with pytest.raises(Refused) as refusal:
        booked.open()
    assert refusal.value.code == "talk_busy"


def test_the_desks_stamp_changes_with_all_that_a_list_would_show(booked: Booked) -> None:
    def stamp() -> str:
        return talk_desk.stamp(booked.ports, staff=booked.doctor)

    seen = [stamp()]
    booked.come()
    seen.append(stamp())
    booked.open()
    seen.append(stamp())
    talk_desk.close(booked.ports, staff=booked.doctor, ref=booked.ref)
    seen.append(stamp())
    assert len(set(seen)) == len(seen)


def test_an_erased_patient_leaves_nothing_of_it(booked: Booked) -> None:
    booked.open()
    booked.say("医生好")
    assert lines(booked.ports)
    mydata.erase(booked.ports, person_id=booked.person)
    assert (lines(booked.ports), talks(booked.ports)) == ([], [])
    assert talk_desk.due(booked.ports, staff=booked.doctor) == []


# -- races, where they are proved --------------------------------------------------------------------------------------
def begun(ports: Ports) -> tuple[int, int]:
    """(doctors of eight at once who began one talk, chats that there are)."""
    made = booked_on(ports, Script())
    doctors = [a_staff(ports) for _ in range(8)]

    def go(number: int) -> bool:
        try:
            talk_desk.open_one(ports, staff=doctors[number], ref=made.ref)
        except Conflict:
            return False
        return True

    return sum(together(8, go)), len(talks(ports))


@pytest.fixture
def racing(postgres_engine: sa.engine.Engine, still: None, monkeypatch: pytest.MonkeyPatch) -> Ports:
    monkeypatch.setattr(talk_rows, "in_time", lambda ports, talk: None)
    return make_ports(postgres_engine, dialogue=Script())


def test_of_eight_doctors_one_begins(racing: Ports) -> None:
    assert begun(racing) == (1, 1)


def test_control_without_the_one_chat_several_begin(racing: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk_desk.rows, "step", lambda *args, **values: True)
    assert begun(racing)[0] > 1
