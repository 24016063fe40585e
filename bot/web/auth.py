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
from bot.web import patient
from bot.web.context import ports
from bot.web.errors import Denied, SignInNeeded

View = TypeVar("View", bound=Callable[..., Any])
MARK = "guard"

# Connectors know nothing of our guards: their own signatures (or the demo) stand in.
PUBLIC_BLUEPRINTS = frozenset({"wechat", "simulator"})
PUBLIC_ENDPOINTS = frozenset({"static"})

ROLES = frozenset({"doctor", "head", "editor", "finance", "operator", "auditor", "service"})


@dataclass(frozen=True)
class Guard:
    """What a view asks for: `public`, `patient`, or `staff` of some roles (empty = any)."""

    kind: str
    roles: frozenset[str] = frozenset()


def public(view: View) -> View:
    """Anybody; the view shows nothing of anybody."""
    setattr(view, MARK, Guard("public"))
    return view


def staff_only(*roles: str) -> Callable[[View], View]:
    """Signed-in staff of one of the roles; without roles any staff."""
    if unknown := set(roles) - ROLES:
        raise ValueError(unknown)
    guard = Guard("staff", frozenset(roles))

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                raise SignInNeeded(url_for("console.signin", next=own_path()))
            if guard.roles and current_user.staff.role not in guard.roles:
                access.denied(ports(), staff=current_user.staff, door=str(request.endpoint))
                raise Denied
            return view(*args, **kwargs)

        setattr(guarded, MARK, guard)
        return cast("View", guarded)

    return decorate


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
