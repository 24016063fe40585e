"""问医生 on pages: whom, in one's own words, earlier answers first, and off it goes. Nothing written is ever lost."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInput, HisUnavailable, NotFound, PeizhenError, Refused
from bot.services import album, asking, booking, consult, experts, flagged
from bot.services.booking import Department, Doctor
from bot.web import once
from bot.web.auth import patient_only
from bot.web.context import person_id, ports
from bot.web.errors import OK, status_of
from bot.web.h5.refused import said, ways_on
from bot.web.h5.room import blueprint
from bot.web.h5.way import Page

READ, HELPED = "read", "helped"  # what became of the earlier answers
RULES = frozenset({"first_visit", "guardian_asks"})


@blueprint.context_processor
def _hours() -> dict[str, object]:
    return {"asking_hours": lambda: asking.hours(ports())}


@blueprint.get("/ask")
@patient_only
@ways_on
def ask_page() -> str:
    """Whom one can ask: this month's experts, then all departments."""
    consult.may_ask(ports(), person_id=person_id())
    names = {each.id: each.name for each in booking.departments(ports())}
    return render_template(
        "h5/ask.html", recommended=experts.this_month(ports()), departments=experts.departments(ports()), names=names
    )


@blueprint.get("/ask/<department>")
@patient_only
@ways_on
def ask_whom_page(department: str) -> str:
    """The doctors of one department, or any of them."""
    found = booking.department(ports(), department_id=department)
    doctors = experts.of_department(ports(), department_id=department)
    return render_template("h5/ask_whom.html", department=found, doctors=doctors)


@blueprint.get("/ask/<department>/write")
@patient_only
@ways_on
def ask_write_page(department: str) -> Page:
    """`?doctor=yh.p01`; without, any doctor of the department."""
    return _write(department)


@blueprint.post("/ask/<department>/write")
@patient_only
def ask_send(department: str) -> Page | Response:
    """An emergency is answered first and sent at once; else earlier answers are shown once before it goes."""
    text, key = request.form.get("text", ""), f"h5:{person_id()}:{once.sent()}:ask"
    if request.form.get("earlier") == HELPED:
        return redirect(url_for("h5.ask_page", done="helped"), 303)
    try:
        plain = consult.parse_question(text)
        urgent = flagged.heard(ports(), person_id=person_id(), text=plain)
        if urgent is None and (page := _before(department, plain)) is not None:
            return page
        asked = _send(department, plain, key)
    except (BadInput, Refused, HisUnavailable) as error:
        return _write(department, error=error)
    further = url_for("h5.question_page", ref=asked.ref, done="sent")
    if urgent is not None:
        return render_template("h5/emergency.html", urgent=urgent, further=further), OK
    return redirect(further, 303)


def _send(department: str, text: str, key: str) -> consult.Question:
    return asking.send(
        ports(),
        person_id=person_id(),
        department_id=department,
        doctor_id=request.values.get("doctor") or None,
        text=text,
        said={need: request.form[need] for need in asking.NEEDS if request.form.get(need)},
        key=key,
    )


def _before(department: str, text: str) -> Page | None:
    """Earlier answers, unless they were read or none fits; the rules of asking online are looked at before."""
    asking.check(ports(), person_id=person_id(), department_id=department, said=request.form)
    hits = [] if request.form.get("earlier") == READ else asking.earlier_answers(ports(), text=text)
    if not hits:
        return None
    form = {name: request.form.get(name, "") for name in ("once", "doctor", *asking.NEEDS)}
    return render_template("h5/ask_earlier.html", hits=hits, text=text, form=form, department=department), OK


def _write(department: str, *, error: PeizhenError | None = None) -> Page:
    """The page to write on, with all that was written on it before."""
    whom, doctor = _whom(department)
    page = render_template(
        "h5/ask_write.html",
        department=whom,
        doctor=doctor,
        needs=_needs(department),
        text=request.form.get("text", ""),
        form=request.form,
        once=once.fresh(),
        longest=consult.LONGEST,
        album=album.album(ports(), person_id=person_id()),
        trouble=_trouble(error),
        book=error is not None and error.code in RULES,
    )
    return page, status_of(error) if error else OK


def _needs(department: str) -> tuple[str, ...]:
    return asking.needs(ports(), person_id=person_id(), department_id=department)


def _trouble(error: PeizhenError | None) -> str:
    """What is wrong with it, and how long it is where that is the matter."""
    if error is None:
        return ""
    length = len(request.form.get("text", "").strip())
    if error.code == "bad_question" and length > consult.LONGEST:
        return f"写了 {length} 个字，最多 {consult.LONGEST} 个字。您写的都还在下面，删短一些再发。"
    return said(error)


def _whom(department: str) -> tuple[Department, Doctor | None]:
    """Raises NotFound, also for a doctor of another department."""
    found = booking.department(ports(), department_id=department)
    wanted = request.values.get("doctor") or ""
    doctor = booking.doctor(ports(), doctor_id=wanted) if wanted else None
    if doctor is not None and doctor.department_id != department:
        raise NotFound
    return found, doctor
