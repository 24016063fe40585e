from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.ports import Ports
from bot.services import privacy
from tests.factories import NOW, a_person


def has(ports: Ports, person_id: int, purpose: str = "binding") -> bool:
    with ports.transaction() as session:
        return privacy.has(session, person_id=person_id, purpose=purpose)


def give(session: Session, person_id: int, version: str = "1") -> None:
    privacy.give(session, person_id=person_id, purpose="binding", version=version, at=NOW)


def test_consent_is_given_for_one_person_and_purpose_and_taken_back(ports: Ports) -> None:
    one, other = a_person(ports), a_person(ports)
    with ports.transaction() as session:
        give(session, one)
    assert has(ports, one)
    assert not has(ports, other)
    assert not has(ports, one, "reports")
    with ports.transaction() as session:
        assert privacy.withdraw(session, person_id=one, purpose="binding", at=NOW)
        assert not privacy.withdraw(session, person_id=one, purpose="binding", at=NOW)
    assert not has(ports, one)


def test_a_new_version_ends_the_old_yes_and_the_same_version_is_written_once(ports: Ports) -> None:
    person = a_person(ports)
    with ports.transaction() as session:
        for version in ("1", "1", "2"):
            give(session, person, version)
        rows = session.execute(
            sa.text("SELECT version, withdrawn_at IS NULL FROM consent WHERE purpose = 'binding' ORDER BY id")
        ).all()
    assert [(version, bool(open_)) for version, open_ in rows] == [("1", False), ("2", True)]
