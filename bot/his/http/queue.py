"""Half days, calls, and who is here."""

from __future__ import annotations

from datetime import date, datetime

from bot.his.http import decode
from bot.his.http.asking import LEFT_OUT, UNKNOWN, Asking, checked, path_of, same
from bot.his.port import QueueState, Session

NOT_TOLD = UNKNOWN | LEFT_OUT
NOT_CALLED = frozenset({"not_found", "slot_closed", "conflict"}) | LEFT_OUT
NOT_CLOSED = frozenset({"not_found", "conflict"}) | LEFT_OUT
NOT_CHECKED_IN = frozenset({"not_found", "not_today", "too_early", "too_late", "not_queued", "conflict"}) | LEFT_OUT


class Queue(Asking):
    """One number's place, one half day's calls."""

    def queue(self, appointment_id: str) -> QueueState:
        path = path_of("appointments", appointment_id, "queue")
        with checked("queue"):
            state = decode.one(QueueState, self._caller.call("GET", path, refusals=NOT_TOLD))
            same(state.appointment_id, appointment_id, "appointment")
            return state

    def check_in(self, *, appointment_id: str, key: str) -> QueueState:
        path = path_of("appointments", appointment_id, "check-in")
        with checked("check_in"):
            data = self._caller.call("POST", path, key=key, refusals=NOT_CHECKED_IN)
            state = decode.one(QueueState, data)
            same(state.appointment_id, appointment_id, "appointment")
            return state

    def sessions(self, day: date) -> list[Session]:
        with checked("sessions"):
            found = decode.many(Session, self._listed(path_of("sessions", day=day)))
            for session in found:
                same(session.day, day, "day")
            return found

    def calls(self, *, session_id: str) -> list[datetime]:
        path = path_of("sessions", session_id, "calls")
        with checked("calls"):
            return decode.moments(self._caller.call("GET", path, refusals=NOT_TOLD))

    def call_next(self, *, session_id: str, key: str) -> Session:
        path = path_of("sessions", session_id, "call-next")
        with checked("call_next"):
            called = decode.one(Session, self._caller.call("POST", path, key=key, refusals=NOT_CALLED))
            same(called.id, session_id, "session")
            return called

    def miss(self, *, session_id: str, key: str) -> Session:
        path = path_of("sessions", session_id, "miss")
        with checked("miss"):
            called = decode.one(Session, self._caller.call("POST", path, key=key, refusals=NOT_CALLED))
            same(called.id, session_id, "session")
            return called

    def close_session(self, *, session_id: str, key: str) -> Session:
        path = path_of("sessions", session_id, "close")
        with checked("close_session"):
            shut = decode.one(Session, self._caller.call("POST", path, key=key, refusals=NOT_CLOSED))
            same((shut.id, shut.closed), (session_id, True), "session")
            return shut
