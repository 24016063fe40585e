"""The pages of broadcasts: the list, one with its form and what stands beside it, and two versions side by side."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from bot.errors import Unavailable
from bot.services import broadcast as service
from bot.services import broadcast_halt, broadcast_reach, broadcast_sending, broadcast_words
from bot.services.broadcast_shown import Broadcast
from bot.services.broadcast_words import Words
from bot.web.console.broadcast_names import AUDIENCES, OUTCOMES, STATES, TAGS, WAYS
from bot.web.context import ports, staff
from bot.web.once import fresh

ENDED = ("sent", "stopped", "failed")


@dataclass(frozen=True)
class Typed:
    """What stands in the form: of the database, or as it was just sent."""

    way: str = "notice"
    title: str = ""
    digest: str = ""
    body: str = ""
    link: str = ""
    ai: bool = False
    audience: str = "agreed"
    tag_id: str = ""


def list_page(trouble: tuple[str, str] | None = None) -> str:
    found = service.listed(ports(), staff=staff())
    groups = {
        "等审批": [one for one in found if one.state == "proposed"],
        "已批准和发送中": [one for one in found if one.state in service.STOPPABLE],
        "草稿": [one for one in found if one.state == "draft"],
        "已结束": [one for one in found if one.state in ENDED],
    }
    return render_template("console/broadcasts.html", **_around(), groups=groups, trouble=trouble)


def page_of(seen: Broadcast, trouble: tuple[str, str] | None = None) -> str:
    """The form while it can be edited by whoever looks, else what it says."""
    if staff().role in service.WRITES and seen.state in service.OPEN:
        return form_page(seen, _of(seen.words), trouble=trouble)
    return _render(seen, None, trouble=trouble)


def form_page(seen: Broadcast | None, typed: Typed, *, once: str = "", trouble: tuple[str, str] | None = None) -> str:
    return _render(seen, typed, once=once, trouble=trouble)


def _render(seen: Broadcast | None, typed: Typed | None, **more: object) -> str:
    facts = {"one": seen, "typed": typed, **(_beside(seen) if seen else {}), **more}
    return render_template("console/broadcast.html", **_around(), **facts)


def _around() -> dict[str, object]:
    """The names of things, the check list and the limits."""
    rules = broadcast_words
    return {
        "states": STATES,
        "kinds": WAYS,
        "audiences": AUDIENCES,
        "outcomes": OUTCOMES,
        "tags": TAGS,
        "checks": rules.checks(),
        "links": rules.links(),
        "writes": service.WRITES,
        "longest": {"title": rules.LONGEST_TITLE, "digest": rules.LONGEST_DIGEST, "body": rules.LONGEST_BODY},
        "halt": broadcast_halt.standing(ports()),
    }


def _beside(seen: Broadcast) -> dict[str, object]:
    """What stands beside one: words to look at, whom it would reach, what it did."""
    facts: dict[str, object] = {
        "flags": broadcast_words.flags(seen.words, sensitive=ports().rules["sensitive_departments"]),
        "reads": broadcast_words.reply(seen.words, public_url=""),
        "article": Markup(broadcast_words.html(seen.words)),  # noqa: S704 - ours around escaped lines
        "stoppable": seen.state in service.STOPPABLE or (seen.state == "sent" and seen.words.way != "notice"),
        "once_more": fresh(),
    }
    if seen.words.way == "mass":
        facts["month"] = broadcast_reach.month(ports(), words=seen.words)
    if seen.state in service.OPEN:
        facts["dry"] = _dry_run(seen.words)
    elif seen.words.way == "notice":
        facts["counted"] = broadcast_sending.counted(ports(), ref=seen.ref)
    return facts


def _dry_run(words: Words) -> broadcast_reach.DryRun | None:
    """None = WeChat cannot be asked for the members of a tag just now."""
    try:
        return broadcast_reach.dry_run(ports(), words=words)
    except Unavailable:
        return None


def conflict_page(ref: str) -> str:
    seen = service.one(ports(), staff=staff(), ref=ref)
    return render_template("console/broadcast_conflict.html", **_around(), one=seen, typed=typed())


def typed() -> Typed:
    """What was just sent; who it is for follows from the way, but for a mass send."""
    form = request.form
    texts = {name: form.get(name, "") for name in ("title", "digest", "body", "link", "tag_id")}
    way = form.get("way", "")
    audience = form.get("audience", "") if way == "mass" else {"publish": "all"}.get(way, "agreed")
    return Typed(**texts, way=way, audience=audience, ai=bool(form.get("ai")))


def _of(words: Words) -> Typed:
    return Typed(**{**vars(words), "tag_id": str(words.tag_id or "")})


def words() -> Words:
    """What was just sent, as it can be kept. Raises BadInput."""
    return broadcast_words.parse(**vars(typed()))


def picture() -> bytes | None:
    """An uploaded picture; None = none was chosen."""
    file = request.files.get("picture")
    return (file.stream.read() or None) if file is not None else None


def back_to(ref: str) -> Response:
    return redirect(url_for("console.broadcast", ref=ref), 303)
