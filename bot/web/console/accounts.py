"""账号: who may work here. Operators make, change, close and reset accounts; some of it a second one agrees to."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInput, Conflict, HisUnavailable, Refused
from bot.services import account_requests
from bot.services import accounts as service
from bot.services.accounts import Done, Place
from bot.web.auth import staff_only
from bot.web.console.room import OPERATES, ROLE_NAMES, blueprint
from bot.web.context import ports, staff
from bot.web.errors import status_of
from bot.web.words import said

Page = str | tuple[str, int] | Response
WHAT = {"open": "开新账号", "role": "改岗位", "reset": "重置登录"}
MOST = 2**31  # a number of an account is an integer column


@blueprint.get("/accounts")
@staff_only(*OPERATES)
def accounts() -> str:
    return _list()


def _list(trouble: tuple[str, str] | None = None) -> str:
    facts = {"accounts": service.listed(ports()), "waiting": account_requests.waiting(ports(), staff=staff())}
    return render_template("console/accounts.html", **facts, **_words(), what=WHAT, trouble=trouble)


@blueprint.get("/accounts/new")
@staff_only(*OPERATES)
def new_account() -> str:
    return render_template("console/account_new.html", **_words(), typed={})


@blueprint.post("/accounts/new")
@staff_only(*OPERATES)
def create_account() -> Page:
    typed = {name: request.form.get(name, "").strip() for name in ("username", "name")}
    try:
        done = service.create(ports(), staff=staff(), place=_place(), **typed)
    except (BadInput, Conflict) as error:
        page = render_template("console/account_new.html", **_words(), typed=request.form, trouble=said(error.code))
        return page, status_of(error)
    return _after(done, "账号已经可以用了。")


@blueprint.get("/accounts/<int:account_id>")
@staff_only(*OPERATES)
def account(account_id: int) -> str:
    return _account(account_id)


def _account(account_id: int, trouble: tuple[str, str] | None = None) -> str:
    found = service.one(ports(), account_id=account_id % MOST)
    return render_template("console/account.html", one=found, **_words(), trouble=trouble)


@blueprint.post("/accounts/<int:account_id>/role")
@staff_only(*OPERATES)
def change_account(account_id: int) -> Page:
    try:
        done = service.change(ports(), staff=staff(), account_id=account_id % MOST, place=_place())
    except (BadInput, Refused) as error:
        return _account(account_id, said(error.code)), status_of(error)
    return _after(done, "已经改好，这个账号要重新登录。")


@blueprint.post("/accounts/<int:account_id>/close")
@staff_only(*OPERATES)
def close_account(account_id: int) -> Page:
    try:
        service.close(ports(), staff=staff(), account_id=account_id % MOST)
    except Refused as error:
        return _account(account_id, said(error.code)), status_of(error)
    flash("账号已停用，正在用的页面也已退出。")
    return redirect(url_for("console.accounts"), 303)


@blueprint.post("/accounts/<int:account_id>/phone")
@staff_only(*OPERATES)
def reset_phone(account_id: int) -> Page:
    try:
        done = service.reset_phone(ports(), staff=staff(), account_id=account_id % MOST)
    except Refused as error:
        return _account(account_id, said(error.code)), status_of(error)
    return _after(done, "动态码已清除，下次登录时重新设置。")


@blueprint.post("/accounts/<int:account_id>/reset")
@staff_only(*OPERATES)
def reset_account(account_id: int) -> Page:
    try:
        done = service.reset(ports(), staff=staff(), account_id=account_id % MOST)
    except Refused as error:
        return _account(account_id, said(error.code)), status_of(error)
    return _after(done, "")


@blueprint.post("/accounts/requests/<ref>/approve")
@staff_only(*OPERATES)
def approve_request(ref: str) -> Page:
    try:
        done = account_requests.approve(ports(), staff=staff(), ref=ref)
    except (Refused, Conflict) as error:
        return _list(said(error.code)), status_of(error)
    return _after(done, "已经批准，马上生效。")


@blueprint.post("/accounts/requests/<ref>/refuse")
@staff_only(*OPERATES)
def refuse_request(ref: str) -> Page:
    try:
        account_requests.refuse(ports(), staff=staff(), ref=ref)
    except Conflict as error:
        return _list(said(error.code)), status_of(error)
    flash("没有批准。")
    return redirect(url_for("console.accounts"), 303)


def _after(done: Done, words: str) -> Page:
    """A first password is on this answer alone; else back to the list, saying what came of it."""
    if done.password:
        made = service.one(ports(), account_id=done.account_id)
        return render_template("console/account_password.html", one=made, password=done.password)
    flash("已提交，等另一位运维批准。" if done.waits else words)
    return redirect(url_for("console.accounts"), 303)


def _place() -> Place:
    """What the form says; a department is of those that have one."""
    form, role = request.form, request.form.get("role", "")
    department = form.get("department_id") if role in service.OF_A_DEPARTMENT else None
    return Place(role, department or None, (form.get("doctor_id") or None) if role == "doctor" else None)


def _words() -> dict[str, object]:
    """The hospital's departments and doctors to choose from; none while it does not answer."""
    try:
        departments = {one.id: one.name for one in ports().his.departments()}
        doctors = {one.id: f"{one.name}（{departments.get(one.department_id, '')}）" for one in ports().his.doctors()}
    except HisUnavailable:
        departments, doctors = {}, {}
    return {"roles": ROLE_NAMES, "departments": departments, "doctors": doctors}
