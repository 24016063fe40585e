"""Every version of an entry, what each changed, and going back."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInput
from bot.services import faq_versions
from bot.web.auth import staff_only
from bot.web.console.entries import one
from bot.web.console.room import EDITS, blueprint
from bot.web.console.versions import version
from bot.web.context import ports, staff

ORIGINS = {"draft": "起草", "edit": "修改", "restore": "恢复旧版", "merge": "合并", "import": "导入"}
DIGITS = 9


@blueprint.get("/faq/<int(max=2147483647):entry_id>/versions")
@staff_only(*EDITS)
def entry_versions(entry_id: int) -> str:
    found = faq_versions.history(ports(), staff=staff(), entry_id=entry_id)
    return render_template(
        "console/entry_versions.html", entry=one(entry_id), versions=[*_compared(found)], origins=ORIGINS
    )


def _compared(found: list[faq_versions.Version]) -> list[dict[str, Any]]:
    """Each version, newest first, with what it changed of the one before."""
    befores = [older for _, older in pairwise(found)]
    return [
        {
            "one": new,
            "question": faq_versions.compared(old.question if old else "", new.question),
            "answer": faq_versions.compared(old.answer if old else "", new.answer),
        }
        for new, old in zip(found, [*befores, None], strict=False)
    ]


@blueprint.post("/faq/<int(max=2147483647):entry_id>/restore")
@staff_only(*EDITS)
def restore_entry(entry_id: int) -> Response:
    number = request.form.get("number", "")
    if not (number.isascii() and number.isdigit() and len(number) <= DIGITS):
        raise BadInput("bad_request")
    faq_versions.restore(ports(), staff=staff(), entry_id=entry_id, number=int(number), version=version())
    flash("已把旧版写成新的一版，签字、发布后患者才会看到。")
    return redirect(url_for("console.entry", entry_id=entry_id), 303)
