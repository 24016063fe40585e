"""群发: proposing, approving, stopping, and the switch that stops everything."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInput, PeizhenError
from bot.services import broadcast as service
from bot.services import broadcast_articles, broadcast_halt
from bot.web.auth import staff_only
from bot.web.console.broadcast_pages import back_to, list_page, page_of
from bot.web.console.broadcasts import ONCE_LONGEST
from bot.web.console.room import SENDS, WRITES, blueprint
from bot.web.console.versions import version
from bot.web.context import ports, staff
from bot.web.errors import status_of
from bot.web.words import said


@blueprint.post("/broadcasts/<ref>/propose")
@staff_only(*WRITES)
def propose_broadcast(ref: str) -> Response | tuple[str, int]:
    ticked = request.form.getlist("ticked")
    return _done(ref, "已提交，等另一位同事审批。", service.propose, version=version(), ticked=ticked)


@blueprint.post("/broadcasts/<ref>/approve")
@staff_only(*SENDS)
def approve_broadcast(ref: str) -> Response | tuple[str, int]:
    return _done(ref, "已批准，白天会自动开始发送。", service.approve, version=version())


@blueprint.post("/broadcasts/<ref>/back")
@staff_only(*SENDS)
def give_back_broadcast(ref: str) -> Response | tuple[str, int]:
    return _done(ref, "已退回草稿。", service.give_back, version=version(), why=_why())


@blueprint.post("/broadcasts/<ref>/stop")
@staff_only(*SENDS)
def stop_broadcast(ref: str) -> Response | tuple[str, int]:
    return _done(ref, "已停止。", service.stop, why=_why())


@blueprint.post("/broadcasts/<ref>/preview")
@staff_only(*SENDS)
def preview_broadcast(ref: str) -> Response | tuple[str, int]:
    wechat_id = request.form.get("wechat_id", "")
    return _done(ref, "预览已发到这个微信号。", broadcast_articles.preview, wechat_id=wechat_id)


@blueprint.post("/broadcasts/<ref>/copy")
@staff_only(*WRITES)
def copy_broadcast(ref: str) -> Response:
    once = request.form.get("once", "")[:ONCE_LONGEST]
    flash("已复制成新的草稿。")
    return back_to(service.copy(ports(), staff=staff(), ref=ref, key=once).ref)


@blueprint.post("/broadcasts/<ref>/discard")
@staff_only(*WRITES)
def discard_broadcast(ref: str) -> Response:
    service.discard(ports(), staff=staff(), ref=ref, version=version())
    flash("草稿已丢弃。")
    return redirect(url_for("console.broadcasts"), 303)


@blueprint.post("/broadcasts/halt")
@staff_only(*SENDS)
def halt_broadcasts() -> Response | tuple[str, int]:
    try:
        stopped = broadcast_halt.press(ports(), staff=staff(), why=_why())
    except BadInput as error:
        return list_page(trouble=said(error.code)), status_of(error)
    flash(f"全部停下了，停了 {stopped} 条。解除之前不会再发。")
    return redirect(url_for("console.broadcasts"), 303)


@blueprint.post("/broadcasts/lift")
@staff_only(*SENDS)
def lift_halt() -> Response | tuple[str, int]:
    try:
        broadcast_halt.lift(ports(), staff=staff(), why=_why())
    except BadInput as error:
        return list_page(trouble=said(error.code)), status_of(error)
    flash("已解除。停下的那些不会自己再发，要发请复制一份重新审批。")
    return redirect(url_for("console.broadcasts"), 303)


def _done(ref: str, words: str, act: Callable[..., object], **facts: object) -> Response | tuple[str, int]:
    """One step, then the page again; what is in the way is said on the page itself, a stale form as well."""
    try:
        act(ports(), staff=staff(), ref=ref, **facts)
    except PeizhenError as error:
        seen = service.one(ports(), staff=staff(), ref=ref)
        title, hint = said(error.code)
        named = f"{hint}（{error.facts['words']}）" if error.facts.get("words") else hint
        return page_of(seen, trouble=(title, named)), status_of(error)
    flash(words)
    return back_to(ref)


def _why() -> str:
    return request.form.get("why", "")
