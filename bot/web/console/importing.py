"""导入: a file of entries, looked at before anything changes, brought in whole or not at all."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInput
from bot.services import faq_bringing
from bot.web.auth import staff_only
from bot.web.console.room import WRITES, blueprint
from bot.web.context import ports, staff
from bot.web.errors import status_of
from bot.web.words import said

WHY = {
    "not JSON": "不是 JSON",
    "not an object": "不是一个 JSON 对象",
    "nested too deep": "嵌套太深",
    "id stands there twice": "编号在文件里出现了两次",
    "lines": "文件是空的，或者行数太多",
    "empty": "问题或回答是空的，或者太长",
}


@blueprint.get("/faq/import")
@staff_only(*WRITES)
def import_page() -> str:
    return render_template("console/import.html")


@blueprint.post("/faq/import/preview")
@staff_only(*WRITES)
def preview_import() -> tuple[str, int]:
    """What the file would do; it goes along in the page, so that the same bytes are brought in."""
    try:
        text = _text()
        lines = faq_bringing.preview(ports(), staff=staff(), text=text)
    except BadInput as error:
        return _refused(error)
    return render_template("console/import.html", lines=lines, text=text), 200


@blueprint.post("/faq/import")
@staff_only(*WRITES)
def bring_import() -> Response | tuple[str, int]:
    text = request.form.get("text", "")
    try:
        done = faq_bringing.bring(ports(), staff=staff(), text=text, looked="looked" in request.form)
    except BadInput as error:
        return _refused(error)
    flash(
        f"新草稿 {done['fresh']} 条，改动 {done['changed']} 条，没有变化 {done['same']} 条。签字、发布后患者才会看到。"
    )
    return redirect(url_for("console.entries"), 303)


def _text() -> str:
    """The uploaded file as text. Raises BadInput('bad_file')."""
    sent = request.files.get("file")
    try:
        return sent.read().decode("utf-8-sig") if sent else ""
    except UnicodeDecodeError:
        raise BadInput("bad_file") from None


def _refused(error: BadInput) -> tuple[str, int]:
    bad = error.facts.get("lines", ())
    rows = [(number, WHY.get(why, why)) for number, why in bad] if isinstance(bad, tuple) else []
    return render_template("console/import.html", trouble=said(error.code), bad=rows), status_of(error)
