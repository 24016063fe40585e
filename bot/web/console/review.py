"""会话复核: talks that went wrong, read without the people in them, and what they teach."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.services import intents
from bot.services import review as service
from bot.services.review_reading import REASONS, learn, read
from bot.web.auth import staff_only
from bot.web.console.insight import OUTCOMES
from bot.web.console.room import REVIEWS, WRITES, blueprint
from bot.web.context import ports, staff

TROUBLES = {
    "missed": "两次以上没听懂",
    "person": "要找人工",
    "corrected": "先猜错了",
    "cleared": "急症提醒后说没事",
    "low_rating": "评分低",
}
SIDES = {"patient": "患者", "bot": "助手", "staff": "客服"}


@blueprint.get("/reviews")
@staff_only(*REVIEWS)
def reviews() -> str:
    trouble = request.args.get("trouble", "")
    chosen = trouble if trouble in TROUBLES else None
    found = service.talks(ports(), staff=staff(), trouble=chosen)
    days = ports().rules["review_days"]
    return render_template("console/reviews.html", talks=found, troubles=TROUBLES, chosen=chosen, days=days)


@blueprint.get("/reviews/<int(max=2147483647):talk>")
@staff_only(*REVIEWS)
def review(talk: int) -> str:
    """Without a reason the question for one; nothing of the talk is read before it is given."""
    reason = request.args.get("reason", "")
    lines = read(ports(), staff=staff(), talk=talk, reason=reason) if reason else []
    return render_template(
        "console/review.html",
        talk=talk,
        lines=lines,
        reason=reason,
        reasons=REASONS,
        sides=SIDES,
        outcomes=OUTCOMES,
        names=intents.names(),
        learns=staff().role in WRITES,
    )


@blueprint.post("/reviews/<int(max=2147483647):talk>/learn")
@staff_only(*WRITES)
def learn_review(talk: int) -> Response:
    """One message of the patient's goes among 没听懂的话."""
    kept = learn(ports(), staff=staff(), message=talk)
    flash("已放进“没听懂的话”。" if kept else "这一句里没有可以学的话。")
    reason = request.form.get("reason", "")
    return redirect(url_for("console.review", talk=talk, reason=reason if reason in REASONS else None), 303)
