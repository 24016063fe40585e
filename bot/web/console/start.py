"""Signing in and out, and each role's first page."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from bot.errors import BadInput
from bot.services import second_factor
from bot.services import staff as members
from bot.web.auth import public, staff_only
from bot.web.console import session
from bot.web.console.room import blueprint, ways
from bot.web.context import ports, staff
from bot.web.errors import status_of
from bot.web.paths import own
from bot.web.words import said

FEW = 3  # recovery codes left from which on it is said at each signing in


class SignInForm(FlaskForm):
    username = StringField("账号", [InputRequired(), Length(max=64)])
    password = PasswordField("密码", [InputRequired(), Length(max=128)])
    code = StringField("动态码", [Length(max=32)])


@blueprint.get("/")
@staff_only()
def home() -> Response | str:
    """The first page of this role."""
    mine = ways(staff().role)
    return redirect(url_for(mine[0].endpoint)) if mine else render_template("console/home.html")


@blueprint.route("/signin", methods=["GET", "POST"])
@public
def signin() -> Response | str | tuple[str, int]:
    """One neutral answer for a wrong name, a wrong password, a wrong or missing code and a locked account."""
    form = SignInForm()
    target = own(request.args.get("next"), room="console", otherwise=url_for("console.home"))
    if request.method == "GET":
        return redirect(target) if current_user.is_authenticated else _page(form, target)
    try:
        member = _member(form)
    except BadInput as error:
        return _page(form, target, trouble=said("bad_login")), status_of(error)
    session.begin(member)
    _count_codes(member, form.code.data or "")
    return redirect(target, 303)


def _member(form: SignInForm) -> members.Staff:
    if not form.validate():
        raise BadInput("bad_login")
    typed = {"username": form.username.data.strip(), "password": form.password.data, "code": form.code.data or ""}
    return members.sign_in(ports(), **typed)


def _count_codes(member: members.Staff, code: str) -> None:
    """Say how many recovery codes are left when one was used."""
    if len(second_factor.plain(code)) == second_factor.RECOVERY_LENGTH:
        left = second_factor.recovery_left(ports(), staff_id=member.id)
        flash(f"用了一个备用码，还剩 {left} 个。" + ("请到“我的账号”换一组新的。" if left <= FEW else ""))


def _page(form: SignInForm, target: str, trouble: tuple[str, str] | None = None) -> str:
    return render_template("console/signin.html", form=form, target=target, trouble=trouble)


@blueprint.post("/signout")
@staff_only()
def signout() -> Response:
    session.end()
    return redirect(url_for("console.signin", out=1), 303)
