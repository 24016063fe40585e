"""常见问答: answered questions by keyword, department and doctor, and one entry with who signed it and until when."""

from __future__ import annotations

from flask import render_template, request

from bot.services import emergency, faq_library
from bot.web.auth import patient_only
from bot.web.context import ports
from bot.web.h5.room import blueprint

LONGEST = 200  # characters of the search box


@blueprint.get("/faq")
@patient_only
def faq_page() -> str:
    wanted = request.args.get("q", "").strip()[:LONGEST]
    department, doctor = request.args.get("department", ""), request.args.get("doctor", "")
    return render_template(
        "h5/faq.html",
        wanted=wanted,
        department=department,
        doctor=doctor,
        longest=LONGEST,
        urgent=emergency.check(ports(), text=wanted) if wanted else None,
        entries=faq_library.look(ports(), wanted=wanted, department=department, doctor=doctor),
        departments=faq_library.departments(ports()),
        doctors=faq_library.doctors(ports()),
    )


@blueprint.get("/faq/<int(max=2147483647):entry_id>")
@patient_only
def faq_entry(entry_id: int) -> str:
    """One entry. 有帮助 votes have their place in the template's `below` block."""
    wanted = request.args.get("q", "").strip()[:LONGEST]
    entry = faq_library.read(ports(), entry_id=entry_id, wanted=wanted)
    return render_template("h5/faq_entry.html", entry=entry, wanted=wanted)
