"""The staff session: who it is on each request, and when it ends by itself."""

from __future__ import annotations

from flask import request, session
from flask_login import UserMixin, current_user, login_user, logout_user

from bot import clock
from bot.services import staff
from bot.services.staff import Staff
from bot.web.context import ports

IDLE = 30 * 60  # seconds without a click on a shared machine at the desk; polling does not count
SHIFT = 12 * 3600  # seconds after which even a busy session signs in again


class SignedIn(UserMixin):
    """flask_login's view of one member of staff."""

    def __init__(self, member: Staff) -> None:
        self.staff = member

    def get_id(self) -> str:
        return str(self.staff.id)


def load(staff_id: str) -> SignedIn | None:
    """The member behind a session; None once the account is closed, so the next request is refused."""
    member = staff.get(ports(), staff_id=int(staff_id))
    return SignedIn(member) if member else None


def begin(member: Staff) -> None:
    """Sign in with an empty session: nothing from before survives."""
    session.clear()
    login_user(SignedIn(member))
    session["began"] = session["seen"] = clock.wire_seconds()


def end() -> None:
    logout_user()
    session.clear()


def rest() -> None:
    """Before each request: end a session that idled too long or outlived the shift."""
    if not request.path.startswith("/console/") or "began" not in session:
        return
    now = clock.wire_seconds()
    if now - session["seen"] > IDLE or now - session["began"] > SHIFT:
        end()
    elif not request.headers.get("X-Live") and current_user.is_authenticated:
        session["seen"] = now
