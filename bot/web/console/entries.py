"""常见问答: the list, one entry, its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInput, Conflict, HisUnavailable
from bot.services import consult, faq, faq_drafting, faq_merging, faq_recall, faq_review, faq_votes
from bot.services.faq_words import SecondLook
from bot.web.auth import staff_only
from bot.web.console.room import EDITS, blueprint
from bot.web.console.versions import version
from bot.web.context import ports, staff
from bot.web.errors import status_of
from bot.web.words import said

SEARCH_LONGEST = 200  # characters
FOUND = 20  # hits on one page
NEW = 0  # the number of an entry that is being written


@dataclass(frozen=True)
class Edit:
    """What the editor typed, on top of which version."""

    question: str
    answer: str
    version: int
    kind: str = "answer"
    department_id: str = ""


@blueprint.get("/answered")
@staff_only(*EDITS)
def answered() -> str:
    return render_template("console/answered.html", questions=consult.answered(ports(), staff=staff()))


@blueprint.post("/answered/<ref>/draft")
@staff_only(*EDITS)
def draft(ref: str) -> str:
    """Make the cleaned draft and show every replacement in its place."""
    entry = faq.draft_from(ports(), staff=staff(), question_ref=ref)
    return render_template("console/entry.html", entry=entry, fresh=True, **around(entry))


@blueprint.get("/faq")
@staff_only(*EDITS)
def entries() -> str:
    """What is to be done, drafts and published entries, or what a search finds among the published."""
    text, tag = (request.args.get(name, "").strip()[:SEARCH_LONGEST] for name in ("q", "tag"))
    listed = [e for e in faq.published(ports(), staff=staff()) if not tag or tag in e.tags.split()]
    return render_template(
        "console/entries.html",
        text=text,
        tag=tag,
        hits=faq.search(ports(), text=text, top=FOUND) if text else None,
        drafts=faq.drafts(ports(), staff=staff()),
        due=faq_review.due(ports(), staff=staff()),
        published=listed,
        votes=faq_votes.counts(ports(), entry_ids=[e.id for e in listed]),
        today=faq_review.today(ports()),
    )


@blueprint.get("/faq/<int(max=2147483647):entry_id>")
@staff_only(*EDITS)
def entry(entry_id: int) -> str:
    found = one(entry_id)
    return render_template("console/entry.html", entry=found, **around(found))


@blueprint.get("/faq/new")
@staff_only(*EDITS)
def new_entry() -> str:
    kind = "article" if request.args.get("kind") == "article" else "answer"
    edit = Edit("", "", NEW, kind)
    return render_template("console/entry_new.html", edit=edit, departments=departments())


@blueprint.post("/faq/new")
@staff_only(*EDITS)
def create_entry() -> Response | tuple[str, int]:
    form = request.form
    edit = Edit(form.get("question", ""), form.get("answer", ""), NEW, form.get("kind", ""), form.get("department", ""))
    facts: dict[str, Any] = {"kind": edit.kind, "department_id": edit.department_id, "looked": "looked" in form}
    try:
        made = faq_drafting.create(ports(), staff=staff(), question=edit.question, answer=edit.answer, **facts)
    except BadInput as error:
        page = render_template("console/entry_new.html", edit=edit, departments=departments(), **refusal(error))
        return page, status_of(error)
    flash("草稿已保存。下一步请医生签字，再由另一位同事发布。")
    return redirect(url_for("console.entry", entry_id=made.id), 303)


@blueprint.post("/faq/<int(max=2147483647):entry_id>")
@staff_only(*EDITS)
def save(entry_id: int) -> Response | tuple[str, int]:
    edit = Edit(request.form.get("question", ""), request.form.get("answer", ""), version())
    try:
        saved = faq.save(
            ports(),
            staff=staff(),
            entry_id=entry_id,
            question=edit.question,
            answer=edit.answer,
            version=edit.version,
            looked="looked" in request.form,
        )
    except Conflict as error:
        return _theirs(entry_id, edit), status_of(error)
    except BadInput as error:
        found = one(entry_id)
        page = render_template("console/entry.html", entry=found, edit=edit, **refusal(error), **around(found))
        return page, status_of(error)
    flash("已保存。患者看到的还是原来的内容，签字、发布后才更新。" if saved.pending else "已保存。")
    return redirect(url_for("console.entry", entry_id=entry_id, saved=saved.id), 303)


@blueprint.post("/faq/<int(max=2147483647):entry_id>/recall")
@staff_only(*EDITS)
def recall(entry_id: int) -> Response:
    """Off at once; `wrong` tells whom it was shown to."""
    why: dict[str, Any] = {"reason": request.form.get("reason", ""), "wrong": "wrong" in request.form}
    faq_recall.recall(ports(), staff=staff(), entry_id=entry_id, version=version(), **why)
    flash("已撤回，患者不会再看到。" + ("看过的人会收到更正。" if why["wrong"] else ""))
    return redirect(url_for("console.entries"), 303)


@blueprint.post("/faq/<int(max=2147483647):entry_id>/discard")
@staff_only(*EDITS)
def discard(entry_id: int) -> Response:
    faq.discard(ports(), staff=staff(), entry_id=entry_id, version=version())
    flash("草稿已丢弃，这个问题可以重新做成问答。")
    return redirect(url_for("console.entries"), 303)


def _theirs(entry_id: int, edit: Edit) -> str:
    """The colleague's change beside one's own, with a form that saves on top of it."""
    return render_template("console/conflict.html", entry=one(entry_id), edit=edit)


def one(entry_id: int) -> faq.Entry:
    return faq.one(ports(), entry_id=entry_id, staff=staff())


def departments() -> dict[str, str]:
    """All departments by id; empty while the hospital's system does not answer, or for a head, who has his own."""
    try:
        return faq_drafting.departments(ports()) if staff().role == "editor" else {}
    except HisUnavailable:
        return {}


def refusal(error: BadInput) -> dict[str, Any]:
    """What a page says of words that were not stored."""
    marks = error.marks if isinstance(error, SecondLook) else ()
    return {"trouble": said(error.code), "marks": marks, "final": error.code == "never_kept"}


def around(found: faq.Entry) -> dict[str, Any]:
    """What stands beside an entry: where it came from, entries alike, who would be told, where it may go."""
    return {
        "source": _source(found),
        "alike": faq_merging.similar(ports(), staff=staff(), entry_id=found.id) if found.state != "merged" else [],
        "told": faq_recall.told_of(ports(), staff=staff(), entry_id=found.id) if found.state == "published" else 0,
        "votes": faq_votes.counts(ports(), entry_ids=[found.id]).get(found.id, faq_votes.Votes()),
        "departments": departments(),
        "expired": found.state == "published" and faq_review.expired(ports(), found.review_on),
        "mine": found.written_by == staff().id,
    }


def _source(found: faq.Entry) -> list[list[faq_drafting.Part]]:
    if found.source_question_id is None:
        return []
    try:
        return faq_drafting.source(ports(), staff=staff(), entry_id=found.id)
    except HisUnavailable:
        return []
