"""An operator sees who is suspended and what they say to it, and can lift it once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.db.booking import Suspension
from bot.db.cards import Card
from bot.db.push import Notice
from bot.ports import Ports
from bot.services import suspensions
from tests.web.conftest import NOW, SignIn
from tests.web.visits import token


@pytest.fixture
def suspended(ports: Ports, person: Callable[..., int]) -> int:
    """A patient whose booking is suspended; gives the person who holds his card."""
    person_id, seal = person("o-absent"), ports.crypto.seal
    with ports.transaction() as session:
        sealed = {"name_sealed": seal("欧阳晓"), "id_sealed": seal("x"), "phone_sealed": seal("x")}
        facts = {"ref": "c_0123456789", "patient_id": "yh.n0001", "hospital_id": "yh", "id_hash": "0" * 64}
        card = Card(**facts, **sealed, card_no_sealed=seal("x"), person_id=person_id, sex="f", bound_at=NOW)
        card.birth_date, card.is_default = (NOW - timedelta(days=9999)).date(), True
        session.add(card)
        row = {"ref": "s_0123456789", "key": "k", "patient_id": "yh.n0001", "missed": 3, "counted_to": NOW.date()}
        session.add(Suspension(**row, begun_at=NOW, until=NOW + timedelta(days=30)))
    suspensions.appeal(ports, person_id=person_id, words="那天我来了 <b>")
    return person_id


def test_an_operator_reads_the_appeal_and_lifts_it_once(sign_in: SignIn, ports: Ports, suspended: int) -> None:
    operator = sign_in("operator")
    page = operator.get("/console/suspensions").text
    assert "欧**" in page or "欧阳*" in page
    assert "3 次" in page
    assert "那天我来了 &lt;b&gt;" in page
    for _ in range(2):
        form = {"csrf_token": token(page)}
        answer = operator.post("/console/suspensions/s_0123456789/lift", data=form, follow_redirects=True)
        assert "没有被暂停的患者" in answer.text
    with ports.transaction() as session:
        told = session.scalars(sa.select(Notice.person_id).where(Notice.kind == "suspension")).all()
    assert told == [suspended]


def test_without_the_forms_token_nothing_is_lifted(sign_in: SignIn, ports: Ports, suspended: int) -> None:
    assert sign_in("operator").post("/console/suspensions/s_0123456789/lift").status_code in {400, 403}
    assert len(suspensions.listed(ports)) == 1


def test_it_is_no_page_of_doctors_and_an_unknown_one_is_not_found(sign_in: SignIn, suspended: int) -> None:
    assert sign_in("doctor").get("/console/suspensions").status_code == 403
    operator = sign_in("operator")
    csrf = token(operator.get("/console/suspensions").text)
    answer = operator.post("/console/suspensions/s_unknown/lift", data={"csrf_token": csrf})
    assert answer.status_code == 404
