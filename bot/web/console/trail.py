"""查阅记录: who looked at what, for the auditor: looked through, taken along as a file, held against its seal."""

from __future__ import annotations

from flask import Response, render_template, request

from bot.errors import BadInput
from bot.services import audit
from bot.services import trail as service
from bot.web import csv_file
from bot.web.auth import staff_only
from bot.web.console.room import AUDITS, blueprint
from bot.web.context import ports, staff
from bot.web.errors import status_of
from bot.web.words import said

FIELDS = ("who", "what", "about", "outcome", "since", "until")
HEADER = ("编号", "时间", "谁", "姓名", "做了什么", "对象", "谁的资料", "理由", "结果", "在哪次操作里")
DIGITS = 15  # of a row's number at most


@blueprint.get("/trail")
@staff_only(*AUDITS)
def trail() -> str | tuple[str, int]:
    try:
        wanted, before = _wanted(), _before()
    except BadInput as error:
        return _page([], trouble=said(error.code)), status_of(error)
    return _page(service.looks(ports(), staff=staff(), wanted=wanted, before=before))


@blueprint.get("/trail.csv")
@staff_only(*AUDITS)
def trail_file() -> Response:
    """What was looked for, as a file. Raises BadInput."""
    rows = service.exported(ports(), staff=staff(), wanted=_wanted())
    return csv_file.file("查阅记录.csv", HEADER, (_cells(row) for row in rows))


@blueprint.post("/trail/verify")
@staff_only(*AUDITS)
def verify_trail() -> str:
    """Walk the whole chain; changes nothing."""
    rows = service.looks(ports(), staff=staff(), wanted=service.Wanted())
    return _page(rows, checked=audit.verify(ports()), now=ports().now())


def _page(rows: list[service.Row], **more: object) -> str:
    typed = {name: request.args.get(name, "") for name in FIELDS}
    older = {**{k: v for k, v in typed.items() if v}, "before": rows[-1].id} if len(rows) == service.PAGE else None
    return render_template("console/trail.html", rows=rows, typed=typed, older=older, most=service.EXPORTED, **more)


def _wanted() -> service.Wanted:
    return service.parse(**{name: request.args.get(name, "") for name in FIELDS})


def _before() -> int | None:
    """Raises BadInput."""
    text = request.args.get("before", "")
    if text and not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        raise BadInput("bad_search")
    return int(text) if text else None


def _cells(row: service.Row) -> tuple[csv_file.Cell, ...]:
    facts = (row.action, row.subject, row.about, row.reason, row.result, row.trace)
    return (row.id, row.at, row.actor, row.name, *facts)
