"""Who may open a view. Every view carries exactly one of `public`, `staff_only`, `patient_only`.

`unguarded` lists the views that do not; create_app refuses to start with one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, g, request, url_for
from flask_login import current_user

from bot.services import access
from bot.web import doors, patient
from bot.web.context import ports
from bot.web.errors import Denied, SignInNeeded

View = TypeVar("View", bound=Callable[..., Any])
MARK = "guard"

# Connectors know nothing of our guards: their own signatures (or the demo) stand in.
PUBLIC_BLUEPRINTS = frozenset({"wechat", "simulator"})
PUBLIC_ENDPOINTS = frozenset({"static"})


@dataclass(frozen=True)
class Guard:
    """What a view asks for: `public`, `patient` or `staff`; of staff the roles that the view itself names, if any."""

    kind: str
    roles: frozenset[str] = frozenset()


def public(view: View) -> View:
    """Anybody; the view shows nothing of anybody."""
    setattr(view, MARK, Guard("public"))
    return view


def staff_only(*roles: str) -> Callable[[View], View]:
    """Signed-in staff whom bot/web/doors.py lets in; a view that names roles names those of its row."""
    if unknown := set(roles) - doors.ROLES:
        raise ValueError(unknown)
    guard = Guard("staff", frozenset(roles))

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            _let_in(str(request.endpoint))
            return view(*args, **kwargs)

        setattr(guarded, MARK, guard)
        return cast("View", guarded)

    return decorate


def _let_in(endpoint: str) -> None:
    """Raises SignInNeeded (nobody is signed in, or has something else to do first) and Denied."""
    if not current_user.is_authenticated:
        raise SignInNeeded(url_for("console.signin", next=own_path()))
    if first := doors.detour(current_user.due, endpoint):
        raise SignInNeeded(url_for(first))
    if not doors.may(current_user.staff.role, endpoint):
        access.denied(ports(), staff=current_user.staff, door=endpoint)
        raise Denied


def patient_only(view: View) -> View:
    """A patient whom WeChat has vouched for in this browser; sets `g.person_id`."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        person_id = patient.person()
        if person_id is None:
            raise SignInNeeded(url_for("h5.signin", next=own_path()))
        g.person_id = person_id
        return view(*args, **kwargs)

    setattr(guarded, MARK, Guard("patient"))
    return cast("View", guarded)


def own_path() -> str:
    """Where to come back to after signing in; only a page that can be opened by GET."""
    if request.method != "GET":
        return ""
    return request.full_path.rstrip("?")


def guard_of(app: Flask, endpoint: str) -> Guard | None:
    """The guard of one endpoint, None = it has none."""
    if endpoint in PUBLIC_ENDPOINTS or endpoint.split(".", maxsplit=1)[0] in PUBLIC_BLUEPRINTS:
        return Guard("public")
    return cast("Guard | None", getattr(app.view_functions[endpoint], MARK, None))


def unguarded(app: Flask) -> list[str]:
    """Endpoints that anybody could open because nobody decided."""
    return sorted({rule.endpoint for rule in app.url_map.iter_rules() if guard_of(app, rule.endpoint) is None})


def rowless(app: Flask) -> list[str]:
    """Doors of staff that bot/web/doors.py does not know, or knows otherwise than their view; rows without a door."""
    guards = {rule.endpoint: guard_of(app, rule.endpoint) for rule in app.url_map.iter_rules()}
    staffed = {endpoint: guard for endpoint, guard in guards.items() if guard and guard.kind == "staff"}
    unlike = {e for e, guard in staffed.items() if guard.roles not in {frozenset(), doors.roles(e)}}
    known = {f"console.{name}" for name in doors.DOORS}
    return sorted(unlike | (set(staffed) ^ known))
