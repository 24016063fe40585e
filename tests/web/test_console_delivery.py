"""What reached nobody stands where an operator sees it."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from bot.db.messages import Inbox
from bot.db.push import Notice
from bot.ports import Ports
from tests.web.conftest import NOW, SignIn


def test_an_undelivered_notice_is_listed(sign_in: SignIn, ports: Ports, person: Callable[..., int]) -> None:
    person_id = person("o-gone")
    with ports.transaction() as session:
        for state in ("undelivered", "sent"):
            session.add(
                Notice(
                    dedupe_key=state,
                    person_id=person_id,
                    kind=f"kind-{state}",
                    payload_sealed=ports.crypto.seal('{"text": "私密内容"}'),
                    due_at=NOW,
                    state=state,
                    attempts=6,
                    last_error="43004 <not> following",
                    created_at=NOW,
                )
            )
    page = sign_in("operator").get("/console/delivery").text
    assert "kind-undelivered" in page
    assert "43004 &lt;not&gt; following" in page
    assert "kind-sent" not in page
    assert "私密内容" not in page


def test_a_message_that_failed_is_listed(sign_in: SignIn, ports: Ports, person: Callable[..., int]) -> None:
    person_id = person("o-waiting")
    with ports.transaction() as session:
        for key, failure in (("a" * 64, "dialogue unavailable"), ("b" * 64, None)):
            session.execute(
                sa.insert(Inbox).values(
                    dedupe_key=key,
                    person_id=person_id,
                    kind=f"text-{key[0]}",
                    body_sealed=ports.crypto.seal('{"text": "私密内容"}'),
                    received_at=NOW,
                    state="received",
                    attempts=3,
                    failure=failure,
                )
            )
    page = sign_in("operator").get("/console/delivery").text
    assert "text-a" in page
    assert "dialogue unavailable" in page
    assert "text-b" not in page
    assert "私密内容" not in page
