"""The staff's side of a talk: on duty by looking, one takes it, writes, and ends it; two never answer the same one."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.handoff import Duty, Handoff
from bot.db.privacy import Audit
from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.services import handoff_desk, handoff_ends, handoff_rows, messages, staff, views
from bot.services.duty import ConsoleStaff
from tests.factories import NOW, a_card, a_staff, make_ports, someone, together
from tests.services.people import talks
from tests.services.post import Script, notices, received


def ports_on(engine):
    made = make_ports(engine, dialogue=Script(lambda text: [{"handoff": "挂号"}]))
    object.__setattr__(made, "handoff", ConsoleStaff(made.transaction, made.rules))
    return made


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url


@pytest.fixture
def ports(engine, still):
    return ports_on(engine)


@pytest.fixture
def me(ports):
    member = a_staff(ports, "service")
    handoff_desk.waiting(ports, staff=member)
    return member


def say(ports, text="人工", **changes):
    return messages.work(ports, inbox_id=received(ports, text, **changes))


def pushed(ports):
    person = talks(ports)[0].person_id
    return [views.drawn(ports, person_id=person, reply=payload)["text"] for _key, payload in notices(ports)]


def test_nobody_is_there_before_somebody_looks_and_when_he_has_left(ports, later):
    free = ports.handoff.free
    assert free() is None
    handoff_desk.waiting(ports, staff=a_staff(ports, "service"))
    assert free() == ""
    later(61)
    assert free() is None


def test_with_hands_full_somebody_is_still_there(ports, me):
    assert ports.handoff.there()
    for n in range(5):
        say(ports, openid=f"o-{n}")
    assert (ports.handoff.free(), ports.handoff.there()) == (None, True)


def test_others_who_look_at_the_console_take_nobody(ports):
    for role in ("doctor", "operator"):
        with pytest.raises(Refused):
            handoff_desk.waiting(ports, staff=a_staff(ports, role))
    assert ports.handoff.free() is None


def test_whoever_has_his_hands_full_is_not_free(ports, me):
    for n in range(5):
        assert say(ports, openid=f"o-{n}")
    assert "都在忙" in say(ports, openid="o-late")[0]["text"]


def test_a_talk_from_taking_to_closing(ports, me):
    say(ports)
    say(ports, "退款三天没到账")
    [waiting] = handoff_desk.waiting(ports, staff=me)
    assert (waiting.state, waiting.last, waiting.doing, waiting.mine) == ("queued", "退款三天没到账", "挂号", False)
    handoff_desk.take(ports, staff=me, ref=waiting.ref)
    opened = handoff_desk.open_one(ports, staff=me, ref=waiting.ref)
    assert [line.text for line in opened.lines] == ["人工", "退款三天没到账"]
    for _ in range(2):
        handoff_desk.say(ports, staff=me, ref=waiting.ref, text="我查一下。", key="k1")
    assert say(ports, "谢谢") == []
    handoff_desk.close(ports, staff=me, ref=waiting.ref)
    assert handoff_desk.waiting(ports, staff=me) == []
    joined, said, over = pushed(ports)
    assert "工作人员来了" in joined
    assert said == "工作人员：我查一下。"
    assert "之前在挂号" in over


def test_a_kept_question_is_answered_later_by_whoever_takes_it(ports, me, monkeypatch):
    with ports.transaction() as session:
        session.execute(sa.delete(Duty))
    say(ports)
    say(ports, "退款三天没到账")
    [kept] = handoff_desk.waiting(ports, staff=me)
    assert kept.state == "kept"
    with pytest.raises(Conflict):
        handoff_desk.say(ports, staff=me, ref=kept.ref, text="到账了。", key="k1")
    handoff_desk.take(ports, staff=me, ref=kept.ref)
    handoff_desk.say(ports, staff=me, ref=kept.ref, text="到账了。", key="k1")
    handoff_desk.close(ports, staff=me, ref=kept.ref)
    assert pushed(ports) == ["工作人员：到账了。"]


def test_whoever_holds_the_line_stands_before_what_was_left(ports, me):
    with ports.transaction() as session:
        session.execute(sa.delete(Duty))
    say(ports)
    say(ports, "退款三天没到账")
    handoff_desk.waiting(ports, staff=me)
    say(ports, openid="o-another")
    assert [talk.state for talk in handoff_desk.waiting(ports, staff=me)] == ["queued", "kept"]


def test_a_question_left_while_wechats_own_staff_were_away_is_on_the_list_too(ports, me):
    say(ports)
    with ports.transaction() as session:
        session.execute(sa.update(Handoff).values(way="wechat"))
    assert handoff_desk.waiting(ports, staff=me) == []
    with ports.transaction() as session:
        handoff_rows.keep(ports, session, talks(ports)[0])
    assert len(handoff_desk.waiting(ports, staff=me)) == 1


def test_what_is_said_needs_words_and_a_talk_of_his_own(ports, me):
    say(ports)
    [waiting] = handoff_desk.waiting(ports, staff=me)
    for text in ("", " \x00", "长" * 501):
        with pytest.raises(BadInput):
            handoff_desk.say(ports, staff=me, ref=waiting.ref, text=text, key="k")
    other = a_staff(ports, "service")
    handoff_desk.take(ports, staff=other, ref=waiting.ref)
    for act in (handoff_desk.take, handoff_desk.close, partial(handoff_desk.say, text="您好", key="k")):
        with pytest.raises(Conflict):
            act(ports, staff=me, ref=waiting.ref)
    with pytest.raises(NotFound):
        handoff_desk.open_one(ports, staff=me, ref="h_0000000000")


def test_who_was_answered_is_masked_and_each_look_is_written_down(ports, me):
    say(ports)
    a_card(ports, talks(ports)[0].person_id, someone("李雷"))
    [waiting] = handoff_desk.waiting(ports, staff=me)
    assert waiting.masked_name == "李*"
    handoff_desk.take(ports, staff=me, ref=waiting.ref)
    handoff_desk.open_one(ports, staff=me, ref=waiting.ref)
    with ports.transaction() as session:
        seen = session.scalars(sa.select(Audit.action).where(Audit.about.like("person/%"), Audit.actor_kind == "staff"))
        assert {"handoff.take", "handoff.read"} <= set(seen)


def test_an_account_that_was_closed_is_not_there(ports, me):
    with ports.transaction() as session:
        session.execute(sa.update(staff.StaffMember).values(active=False))
    assert ports.handoff.free() is None


def test_what_is_said_while_the_patient_leaves_comes_or_is_refused(ports, me):
    say(ports)
    [waiting] = handoff_desk.waiting(ports, staff=me)
    handoff_desk.take(ports, staff=me, ref=waiting.ref)
    say(ports, "退出人工")
    with pytest.raises(NotFound):
        handoff_desk.say(ports, staff=me, ref=waiting.ref, text="您好", key="k")


# -- races, where they are proved --------------------------------------------------------------------------------
@pytest.fixture
def racing(postgres_engine, still):
    return ports_on(postgres_engine)


def took(ports) -> int:
    """How many of eight took the same patient at once."""
    members = [a_staff(ports, "service") for _ in range(8)]
    handoff_desk.waiting(ports, staff=members[0])
    say(ports)
    ref = talks(ports)[0].ref
    got = together(8, lambda n: handoff_desk.take(ports, staff=members[n], ref=ref))
    return sum(not isinstance(one, Exception) for one in got)


def test_eight_at_once_and_one_has_the_patient(racing):
    assert took(racing) == 1


def test_without_its_condition_they_all_have_him(racing, monkeypatch):
    """The control: the guard of the step taken away."""
    real = handoff_rows.step
    monkeypatch.setattr(
        handoff_rows, "step", lambda session, talk, *_conditions, **values: real(session, talk, **values)
    )
    assert took(racing) > 1


def test_a_time_that_is_up_is_up_once(racing):
    handoff_desk.waiting(racing, staff=a_staff(racing, "service"))
    say(racing)
    with clock.frozen(NOW + timedelta(minutes=31)):
        assert sum(together(6, lambda _n: handoff_ends.sweep(racing))) == 1
        assert len(notices(racing)) == 1
