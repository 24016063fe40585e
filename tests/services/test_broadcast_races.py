"""Two approvers, an edit under an approval, and the stop switch under the batches, on PostgreSQL, with their controls."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any
from unittest.mock import patch

import pytest
import sqlalchemy as sa

from bot.db.broadcast import Broadcast as Row
from bot.db.push import Notice
from bot.errors import Conflict
from bot.ports import Ports
from bot.services import broadcast, broadcast_halt, broadcast_sending
from tests.factories import a_person, a_staff, together
from tests.services.broadcasts import Desk, some_words, states_of_notices, trail

ROUNDS = 6
APPROVERS = 4


@pytest.fixture
def desk(postgres_ports: Ports) -> Desk:
    postgres_ports.rules.update(broadcast_batch=5)  # type: ignore[attr-defined]
    return Desk(postgres_ports)


def race_to_approve(desk: Desk) -> None:
    """Four approvers at once, each time: one of them did it, and the trail says so once."""
    approvers = [a_staff(desk.ports, "editor") for _ in range(APPROVERS)]
    for _ in range(ROUNDS):
        made = desk.proposed()
        facts = {"ref": made.ref, "version": made.version}
        done = together(APPROVERS, lambda n, facts=facts: broadcast.approve(desk.ports, staff=approvers[n], **facts))
        assert [type(one) for one in done].count(Conflict) == APPROVERS - 1, done
    assert trail(desk.ports).count("approve") == ROUNDS


def race_to_edit(desk: Desk) -> None:
    """An approval and an edit at once: what stands approved is what the approver read."""
    for n in range(ROUNDS):
        made = desk.proposed(title=f"读过的 {n}")
        acts = (
            lambda made=made: broadcast.approve(desk.ports, staff=desk.operator, ref=made.ref, version=made.version),
            lambda made=made: broadcast.save(
                desk.ports, staff=desk.writer, ref=made.ref, version=made.version, words=some_words(title="没人读过")
            ),
        )
        together(2, lambda k, acts=acts: acts[k]())
        now = desk.now(made)
        assert (now.state, now.words.title) in {("approved", f"读过的 {n}"), ("draft", "没人读过")}


def edit_under_the_approvers_eyes(desk: Desk) -> None:
    """He has read it, then it is edited, then he says yes: what stands approved is what he read."""
    made, real = desk.proposed(title="读过的"), broadcast._may_go

    def edited_meanwhile(ports: Ports, seen: broadcast.Broadcast) -> None:
        real(ports, seen)
        words = some_words(title="没人读过")
        broadcast.save(ports, staff=desk.writer, ref=made.ref, version=made.version, words=words)

    with patch.object(broadcast, "_may_go", edited_meanwhile), suppress(Conflict):
        broadcast.approve(desk.ports, staff=desk.operator, ref=made.ref, version=made.version)
    now = desk.now(made)
    assert (now.state, now.words.title) == ("draft", "没人读过")


def test_of_several_approvers_at_once_one_wins(desk: Desk) -> None:
    race_to_approve(desk)


def test_an_edit_under_an_approval_is_never_approved(desk: Desk) -> None:
    race_to_edit(desk)
    edit_under_the_approvers_eyes(desk)


@pytest.mark.parametrize("race", [race_to_approve, edit_under_the_approvers_eyes])
def test_control_without_the_version_both_win(desk: Desk, monkeypatch: pytest.MonkeyPatch, race: Any) -> None:
    monkeypatch.setattr(broadcast, "stands", lambda *_: ())
    with pytest.raises(AssertionError):
        race(desk)


def press_under_batches(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The switch is pressed while a batch has read its people and not yet taken its row: afterwards nothing waits."""
    ports = desk.ports
    for n in range(12):
        a_person(ports, f"o-{n}")
    made = desk.approved()
    for _ in range(2):
        broadcast_sending.tick(ports)
    pressed = threading.Event()
    real = broadcast_sending.going_on

    def slowly(row: Any) -> Any:
        """Everything that this batch knows is from before the press."""
        worker = threading.Thread(target=lambda: (_press(desk), pressed.set()))
        worker.start()
        worker.join(20)
        return real(row)

    with ports.transaction() as session:  # the first batch went out
        session.execute(sa.update(Notice).values(state="sent"))
    monkeypatch.setattr(broadcast_sending, "going_on", slowly)
    broadcast_sending.tick(ports)
    assert pressed.is_set()
    with ports.transaction() as session:
        assert session.scalar(sa.select(Row.state).where(Row.ref == made.ref)) == "stopped"
    assert states_of_notices(ports) == ["sent"] * 5


def _press(desk: Desk) -> None:
    broadcast_halt.press(desk.ports, staff=desk.operator, why="内容有误")


def test_a_batch_that_begins_under_the_press_writes_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    press_under_batches(desk, monkeypatch)


def test_control_without_the_condition_the_batch_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcast_sending, "going_on", lambda _row: (sa.true(),))
    with pytest.raises(AssertionError):
        press_under_batches(desk, monkeypatch)


def test_a_press_that_waits_for_a_batch_drops_what_it_wrote(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ports = desk.ports
    for n in range(12):
        a_person(ports, f"o-{n}")
    desk.approved()
    broadcast_sending.tick(ports)
    real, workers = broadcast_sending.outbox.enqueue, list[threading.Thread]()

    def pressed_meanwhile(*args: Any, **facts: Any) -> bool:
        if not workers:  # the row is taken by now: the press has to wait until this batch is committed
            workers.append(threading.Thread(target=lambda: _press(desk)))
            workers[0].start()
            workers[0].join(0.3)
            assert workers[0].is_alive()
        return real(*args, **facts)

    monkeypatch.setattr(broadcast_sending.outbox, "enqueue", pressed_meanwhile)
    broadcast_sending.tick(ports)
    workers[0].join(20)
    assert states_of_notices(ports) == ["expired"] * 5


def test_many_presses_at_once_are_one(desk: Desk) -> None:
    desk.approved()
    done = together(6, lambda _n: broadcast_halt.press(desk.ports, staff=desk.operator, why="内容有误"))
    assert sorted(done) == [0] * 5 + [1]
    assert trail(desk.ports).count("stop_all") == 1
