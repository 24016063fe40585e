"""我的消息: what was to be told stands here, whatever way it went or could not go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from bot import clock
from bot.db.push import Notice
from bot.ports import Ports
from bot.push import outbox
from bot.services import booking, delivery, notice_inbox
from tests.web.conftest import NOW, SignIn
from tests.web.hospital import SLOT
from tests.web.test_h5_pages import LI, bind

Enter = Callable[[str], tuple[FlaskClient, int]]


def write(ports: Ports, person_id: int, key: str = "k", state: str = "undelivered", **changes: Any) -> int:
    facts: dict[str, Any] = {"kind": "report_ready", "payload": {"text": "-"}, "due_at": NOW}
    with ports.transaction() as session:
        outbox.enqueue(session, crypto=ports.crypto, person_id=person_id, dedupe_key=key, **facts | changes)
        session.execute(sa.update(Notice).where(Notice.dedupe_key == key).values(state=state))
        return int(session.scalar(sa.select(Notice.id).where(Notice.dedupe_key == key)))


def test_what_no_way_carried_is_new_until_he_opens_the_page(patient: Enter, ports: Ports) -> None:
    browser, person = patient("o-li")
    write(ports, person)
    assert "1 条新" in browser.get("/h5/me").text
    assert len(delivery.undelivered(ports)) == 1
    page = browser.get("/h5/inbox").text
    assert "有新的报告可以看了" in page
    assert '<span class="tag wait">新</span>' in page
    assert delivery.undelivered(ports) == []  # it has reached him now
    assert '<span class="tag wait">新</span>' not in browser.get("/h5/inbox").text
    assert "条新" not in browser.get("/h5/me").text


def test_a_visit_is_told_with_its_moment_and_leads_to_its_page(patient: Enter, ports: Ports) -> None:
    browser, person = patient("o-li")
    card = bind(ports, person, LI)
    made = booking.book(ports, person_id=person, card_ref=card.ref, slot_id=SLOT.id, key="b")
    write(ports, person, kind="stopped", payload={"view": "stopped", "ref": made.ref}, state="sent")
    page = browser.get("/h5/inbox").text
    assert "医生停诊，请查看" in page
    assert f'href="/h5/bookings/{made.ref}"' in page
    assert "李**" in page
    assert LI["name"] not in page


def test_an_answer_of_the_chat_stands_here_only_when_it_did_not_arrive(patient: Enter, ports: Ports) -> None:
    browser, person = patient("o-li")
    for state in ("sent", "held"):
        write(ports, person, state, state, kind="late_answer", payload={"text": f"答复-{state}<b>"})
    page = browser.get("/h5/inbox").text
    assert "答复-held&lt;b&gt;" in page
    assert "答复-sent" not in page


def test_nobody_sees_or_marks_anothers(patient: Enter, ports: Ports) -> None:
    browser, _ = patient("o-li")
    _, other = patient("o-wang")
    theirs = write(ports, other)
    assert "还没有消息" in browser.get("/h5/inbox").text
    notice_inbox.seen(ports, person_id=-1, ids=[theirs])
    assert notice_inbox.unread(ports, person_id=other) == 1


def test_it_reaches_back_as_far_as_the_rules_say(patient: Enter, ports: Ports) -> None:
    _, person = patient("o-li")
    write(ports, person)
    with clock.frozen(NOW + timedelta(days=ports.rules["inbox_days"], minutes=1)):
        assert notice_inbox.mine(ports, person_id=person) == []


@pytest.mark.parametrize("role", ["doctor", "editor", "auditor"])
def test_only_operators_may_see_to_a_notice(
    sign_in: SignIn, ports: Ports, person: Callable[..., int], role: str
) -> None:
    number = write(ports, person("o-gone"))
    assert sign_in(role).post(f"/console/delivery/{number}/handled", data={"note": "打过电话"}).status_code in {
        400,
        403,
    }
    assert len(delivery.undelivered(ports)) == 1
