"""常见问答: from an answered question to a cleaned entry, edited, published, recalled."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInput, Conflict
from bot.services import consult, faq
from bot.web.auth import staff_only
from bot.web.console.room import EDITS, blueprint
from bot.web.console.versions import version
from bot.web.context import ports, staff
from bot.web.errors import status_of
from bot.web.words import said

SEARCH_LONGEST = 200  # characters
FOUND = 20  # hits on one page


@dataclass(frozen=True)
class Edit:
    """What the editor typed, on top of which version."""

    question: str
    answer: str
    version: int


@blueprint.get("/answered")
@staff_only(*EDITS)
def answered() -> str:
    return render_template("console/answered.html", questions=consult.answered(ports(), staff=staff()))


@blueprint.post("/answered/<ref>/draft")
@staff_only(*EDITS)
def draft(ref: str) -> str:
    """Make the cleaned draft; every replacement is shown once, here, and kept nowhere."""
    entry = faq.draft_from(ports(), staff=staff(), question_ref=ref)
    return render_template("console/entry.html", entry=entry, replacements=entry.replacements, fresh=True)


@blueprint.get("/faq")
@staff_only(*EDITS)
def entries() -> str:
    """Drafts and published entries, or what a search finds among the published."""
    text = request.args.get("q", "").strip()[:SEARCH_LONGEST]
    return render_template(
        "console/entries.html",
        text=text,
        hits=faq.search(ports(), text=text, top=FOUND) if text else None,
        drafts=faq.drafts(ports(), staff=staff()),
        published=faq.published(ports(), staff=staff()),
    )


@blueprint.get("/faq/<int(max=2147483647):entry_id>")
@staff_only(*EDITS)
def entry(entry_id: int) -> str:
    return render_template("console/entry.html", entry=_entry(entry_id))


@blueprint.post("/faq/<int(max=2147483647):entry_id>")
@staff_only(*EDITS)
def save(entry_id: int) -> Response | tuple[str, int]:
    """Save, or save and publish (`then=publish`)."""
    edit = Edit(request.form.get("question", ""), request.form.get("answer", ""), version())
    try:
        _save(entry_id, edit)
    except Conflict as error:
        return _theirs(entry_id, edit), status_of(error)
    except BadInput as error:
        page = render_template("console/entry.html", entry=_entry(entry_id), edit=edit, trouble=said("bad_entry"))
        return page, status_of(error)
    return redirect(url_for("console.entries"), 303)


def _save(entry_id: int, edit: Edit) -> None:
    saved = faq.save(
        ports(),
        staff=staff(),
        entry_id=entry_id,
        question=edit.question,
        answer=edit.answer,
        version=edit.version,
    )
    if request.form.get("then") == "publish" and saved.state != "published":
        faq.publish(ports(), staff=staff(), entry_id=entry_id, version=saved.version)
        flash("已发布，患者现在可以搜到。")
    else:
        flash("已保存，患者看到的也更新了。" if saved.state == "published" else "已保存。")


@blueprint.post("/faq/<int(max=2147483647):entry_id>/recall")
@staff_only(*EDITS)
def recall(entry_id: int) -> Response:
    faq.recall(ports(), staff=staff(), entry_id=entry_id, version=version())
    flash("已撤回，患者不会再看到。")
    return redirect(url_for("console.entries"), 303)


@blueprint.post("/faq/<int(max=2147483647):entry_id>/discard")
@staff_only(*EDITS)
def discard(entry_id: int) -> Response:
    faq.discard(ports(), staff=staff(), entry_id=entry_id, version=version())
    flash("草稿已丢弃，这个问题可以重新做成问答。")
    return redirect(url_for("console.entries"), 303)


def _theirs(entry_id: int, edit: Edit) -> str:
    """The colleague's change beside one's own, with a form that saves on top of it."""
    return render_template("console/conflict.html", entry=_entry(entry_id), edit=edit)


def _entry(entry_id: int) -> faq.Entry:
    return faq.one(ports(), entry_id=entry_id, staff=staff())
