"""The staff session: who it is on each request. The cookie holds a token, the server the session."""

from __future__ import annotations

import re

from flask import request, session
from flask_login import UserMixin, current_user, login_user, logout_user

from bot.services import staff_sessions
from bot.services.staff import Staff
from bot.services.staff_sessions import Opened
from bot.web.context import ports

# What a browser calls itself → a word its owner knows it by. The first that fits counts: many claim to be others too.
BROWSERS = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
MACHINES = (
    ("Android", "安卓"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


class SignedIn(UserMixin):
    """flask_login's view of one member of staff in one session."""

    def __init__(self, opened: Opened, token: str) -> None:
        self.staff, self.session_id, self.due = opened.staff, opened.id, opened.due
        self._token = token

    def get_id(self) -> str:
        return self._token


def load(token: str) -> SignedIn | None:
    """The member behind a cookie; None once the session is over or the account closed: the next request is refused."""
    opened = staff_sessions.find(ports(), token=token, used=not request.headers.get("X-Live"))
    return SignedIn(opened, token) if opened else None


def begin(member: Staff) -> None:
    """Sign in with an empty cookie: nothing from before survives."""
    session.clear()
    token = staff_sessions.begin(ports(), staff_id=member.id, browser=_browser())
    opened = load(token)
    if opened is not None:
        login_user(opened)


def end() -> None:
    """Sign out on the server first: a copy of the cookie is worth nothing."""
    staff_sessions.end(ports(), session_id=here())
    logout_user()
    session.clear()


def here() -> int:
    """The session of this request; only behind `staff_only`."""
    return int(current_user.session_id)


def _browser() -> str:
    told = request.user_agent.string
    found = (
        next((word for mark, word in words if re.search(rf"\b{mark}", told)), "") for words in (BROWSERS, MACHINES)
    )
    return " · ".join(filter(None, found)) or "其他浏览器"
