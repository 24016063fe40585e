"""我的账号: where one is signed in, the password, the phone with the codes."""

from __future__ import annotations

import segno
from flask import flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from bot.errors import BadInput
from bot.services import own_account as service
from bot.services import second_factor, staff_sessions
from bot.web.auth import staff_only
from bot.web.console import session
from bot.web.console.room import blueprint
from bot.web.context import ports, staff
from bot.web.errors import status_of
from bot.web.words import said

Page = str | tuple[str, int] | Response
GROUP = 4  # signs of a secret that are typed by hand, between two spaces
QUIET = 4  # modules of white around a QR code, as its standard wants


@blueprint.get("/me")
@staff_only()
def me() -> str:
    return _me()


def _me(trouble: tuple[str, str] | None = None) -> str:
    facts = {
        "seats": staff_sessions.mine(ports(), staff=staff(), here=session.here()),
        "second_factor": service.has_second_factor(ports(), staff=staff()),
        "codes_left": second_factor.recovery_left(ports(), staff_id=staff().id),
    }
    return render_template("console/me.html", trouble=trouble, **facts)


@blueprint.post("/me/end-others")
@staff_only()
def end_others() -> Response:
    service.end_others(ports(), staff=staff(), here=session.here())
    flash("其他地方都已退出。")
    return redirect(url_for("console.me"), 303)


@blueprint.get("/password")
@staff_only()
def password() -> str:
    return _password()


def _password(trouble: tuple[str, str] | None = None) -> str:
    return render_template("console/password.html", trouble=trouble, least=ports().rules["password_least"])


@blueprint.post("/password")
@staff_only()
def change_password() -> Page:
    try:
        service.change_password(ports(), staff=staff(), here=session.here(), **_typed())
    except BadInput as error:
        return _password(said(error.code)), status_of(error)
    flash("密码已修改，其他地方都已退出。")
    return redirect(url_for("console.home"), 303)


def _typed() -> dict[str, str]:
    """The old password and the new one, typed twice. Raises BadInput."""
    form = request.form
    if form.get("new") != form.get("again"):
        raise BadInput("unequal_passwords")
    return {name: form.get(name, "") for name in ("password", "new")}


@blueprint.get("/phone")
@staff_only()
def phone() -> str:
    return _phone()


def _phone(trouble: tuple[str, str] | None = None) -> str:
    """What an authenticator app needs, as a picture for its camera and as signs for hands."""
    found = second_factor.enrolment(ports(), staff_id=staff().id)
    drawn = segno.make(found.uri, error="m").svg_inline(scale=5, border=QUIET, title="动态码二维码")
    picture = Markup(drawn)  # noqa: S704 - squares alone; the words in it are ours
    secret = " ".join(found.secret[at : at + GROUP] for at in range(0, len(found.secret), GROUP))
    return render_template("console/phone.html", picture=picture, secret=secret, trouble=trouble)


@blueprint.post("/phone")
@staff_only()
def confirm_phone() -> Page:
    """The code that the phone shows now; the recovery codes are on the answer alone."""
    code = request.form.get("code", "")
    try:
        codes = service.confirm_second_factor(ports(), staff=staff(), here=session.here(), code=code)
    except BadInput as error:
        return _phone(said(error.code)), status_of(error)
    return render_template("console/codes.html", codes=codes)


@blueprint.post("/me/phone")
@staff_only()
def renew_phone() -> Page:
    try:
        service.renew_second_factor(ports(), staff=staff(), password=request.form.get("password", ""))
    except BadInput as error:
        return _me(said(error.code)), status_of(error)
    return redirect(url_for("console.phone"), 303)


@blueprint.post("/me/codes")
@staff_only()
def new_codes() -> Page:
    typed = request.form.get("password", "")
    try:
        codes = service.new_recovery_codes(ports(), staff=staff(), here=session.here(), password=typed)
    except BadInput as error:
        return _me(said(error.code)), status_of(error)
    return render_template("console/codes.html", codes=codes)
