"""The hospital's own people: the window that sells, the desk that gives away, the doctor who stays at home."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Any

from bot import clock
from bot.errors import HisRefused
from bot.his.embedded import EmbeddedHis
from tests.gates.model.hospital import STRANGERS, House

COMING = """
    SELECT s.id, (SELECT count(*) FROM his.his_appointment a WHERE a.session_id = s.id AND a.active = 1
        AND a.door = 'wechat') AS ours
    FROM his.his_session s WHERE NOT s.closed AND s.start > :now AND s.day <= date(:today, '+3 days')
        AND 3 > (SELECT count(*) FROM his.his_session c WHERE c.closed AND c.start > :now)
    ORDER BY ours > 0 DESC, s.id"""
EXPECTED = """
    SELECT id, slot_id FROM his.his_appointment WHERE active = 1 AND door = 'wechat' AND start > :now AND (
        state = 'booked' OR (state = 'held' AND hold_until > :now)) ORDER BY id"""


class Window:
    """Acts that nobody asks us about; `which` picks one of what is there, nothing happens where there is none."""

    def __init__(self, house: House) -> None:
        self._house, self._office, self._keys = house, house.office, count()

    @property
    def coming(self) -> list[Any]:
        """Half days that can be called off: those with a number of ours, or any where there are none; few at a time."""
        found = self._house.select(COMING)
        return [half for half in found if half["ours"]] or found

    @property
    def expected(self) -> list[Any]:
        """Numbers and kept places of ours."""
        return self._house.select(EXPECTED)

    def stop(self, which: int) -> None:
        """A doctor stays at home."""
        if found := self.coming:
            half = found[which % len(found)]["id"]
            self._office.close_session(session_id=half, key=f"stop-{half}")

    def stop_of(self, slot_id: str) -> None:
        """The doctor of this half hour stays at home."""
        half = self._house.select("SELECT session_id FROM his.his_slot WHERE id = :slot_id", slot_id=slot_id)
        self._office.close_session(session_id=half[0]["session_id"], key=f"stop-{half[0]['session_id']}")

    def take_from(self, slot_id: str) -> None:
        """The desk takes a number or a kept place of ours in this half hour from whoever has it."""
        for each in self.expected:
            if each["slot_id"] == slot_id:
                self._office.cancel_at_the_desk(each["id"])
                return

    def sell_out(self, slot_id: str) -> None:
        """Strangers buy what is left of one half hour, as far as the window may sell it."""
        for _ in range(3):
            _sell(self._office, slot_id, next(self._keys))

    def give_away(self, which: int) -> None:
        """The desk takes a number or a kept place from whoever has it."""
        if found := self.expected:
            self._office.cancel_at_the_desk(found[which % len(found)]["id"])

    def sell(self, which: int) -> None:
        """Strangers buy what the window may sell of one half day, so that places run out."""
        today = clock.today()
        near = self._office.slots(first=today, last=today + timedelta(days=3))
        if halves := sorted({slot.session_id for slot in near}):
            for slot in [slot for slot in near if slot.session_id == halves[which % len(halves)]]:
                for _ in range(slot.capacity + 1):
                    _sell(self._office, slot.id, next(self._keys))


def _sell(office: EmbeddedHis, slot_id: str, n: int) -> None:
    with suppress(HisRefused):
        office.sell_at_the_desk(slot_id=slot_id, patient_id=f"yh.x{n % STRANGERS:02d}", key=f"desk-{n}")
