"""A hospital in one file, written from docs/his-api.yaml alone: everything in memory, gone with the process.

python3 -m pip install flask
HIS_KEY=demo:a-secret-of-16-letters-or-more python3 his_minimal.py 8100
"""

import hmac
import os
import sys
import threading
import time
from datetime import date, datetime, timedelta, timezone
from hashlib import sha256

from flask import Flask, abort, make_response, request

KEY_ID, _, SECRET = os.environ["HIS_KEY"].partition(":")
BEIJING, HALF_HOUR, CAPACITY = timezone(timedelta(hours=8)), timedelta(minutes=30), 3
HOSPITAL = dict(id="xm", name="小满医院", address="", phone="0567-8200", emergency_phone="120", emergency_place="")
DEPARTMENT = dict(
    id="xm.k1", name="骨科", standard_name="骨科", building="", floor="", phone="", intro="", parent_id=None, campus=""
)
DOCTOR = dict(id="xm.d1", name="郝谷", department_id="xm.k1", title="主治医师", specialty="", fee_fen=2000)
PRICE = dict(code="x1", name="血常规", kind="exam", spec="", unit="次", fen=2000, hospital_id="xm")
SESSIONS, SLOTS, FREE, PATIENTS, APPOINTMENTS, DONE, CALLED, NEWS = {}, {}, {}, {}, {}, {}, {}, []
NONCES, UNCONFIRMED = set(), set()
LOCK = threading.RLock()
app = Flask(__name__)

for ahead in range(15):  # mornings of two weeks; restart it to get more
    begin = datetime.now(BEIJING).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=ahead)
    half = dict(doctor_id="xm.d1", department_id="xm.k1", day=str(begin.date()), room="201诊室")
    session_id, end = f"xm.s{begin:%Y%m%d}", begin + 8 * HALF_HOUR
    SESSIONS[session_id] = dict(
        half, id=session_id, start=begin.isoformat(), end=end.isoformat(), calling=None, closed=False
    )
    for place in range(8):
        start, slot_id = begin + place * HALF_HOUR, f"xm.t{begin:%Y%m%d}-{place}"
        times = dict(start=start.isoformat(), end=(start + HALF_HOUR).isoformat())
        SLOTS[slot_id] = dict(
            half, **times, id=slot_id, session_id=session_id, capacity=CAPACITY, share=0, fee_fen=2000
        )
        FREE[slot_id] = [place * CAPACITY + n for n in range(1, CAPACITY + 1)]  # numbers not taken


# --- The door: who calls, what they said, and every no as JSON.
def no(status, code):
    abort(make_response({"code": code}, status))


@app.before_request
def check_signature():
    key_id, stamp, nonce, given = (
        request.headers.get("X-Peizhen-" + n, "") for n in ("Key", "Timestamp", "Nonce", "Signature")
    )
    lines = [request.method, request.environ["RAW_URI"], stamp, nonce, request.headers.get("Idempotency-Key", "")]
    signed = "\n".join([*lines, sha256(request.get_data()).hexdigest()]).encode()
    if key_id != KEY_ID or not hmac.compare_digest(hmac.new(SECRET.encode(), signed, sha256).hexdigest(), given):
        no(401, "bad_signature")
    if abs(time.time() - int(stamp)) > 300:
        no(401, "stale")
    if nonce in NONCES:
        no(401, "replayed")
    NONCES.add(nonce)


def told(*names):
    body = request.get_json(silent=True) or no(400, "malformed")
    if not all(isinstance(body.get(name), str) and body[name].strip() for name in names):
        no(422, "bad_field")
    return [body[name].strip() for name in names]


def asked(name):
    return request.args.get(name) or no(400, "missing_field")


def one(rows, wanted):
    return rows.get(wanted) or no(404, "not_found")


def once(*what, act):
    """The same key is the same act: the first one's result is given again, a refusal leaves the key free."""
    key = request.headers.get("Idempotency-Key") or no(400, "missing_field")
    with LOCK:
        if key not in DONE:
            DONE[key] = (what, act())
        return DONE[key][1] if DONE[key][0] == what else no(409, "conflict")


def now():
    return datetime.now(BEIJING).isoformat()  # moments of one offset compare as texts


# --- Who and where
app.add_url_rule("/hospitals", "hospitals", lambda: {"items": [HOSPITAL]})
app.add_url_rule("/departments", "departments", lambda: {"items": [DEPARTMENT]})
app.add_url_rule("/doctors", "doctors", lambda: {"items": [DOCTOR]})


@app.get("/prices")
def prices():
    fits = request.args.get("text", "") in PRICE["name"] and request.args.get("kind", "exam") == "exam"
    return {"items": [PRICE] if fits else []}


# --- Patients
@app.post("/patients/search")
def search():
    name, number, phone = told("name", "id_number", "phone")
    known = next((p for p in PATIENTS.values() if p["id_number"] == number.upper()), None)
    if known and (known["name"], known["phone"]) != (name, phone):
        no(409, "card_mismatch")
    return {"patient": known}


@app.post("/patients")
def register():
    name, number, phone = told("name", "id_number", "phone")
    number = number.upper()
    try:  # GB 11643: area, birthday, order (odd for men), check digit
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
        weighed = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(number[:17]))
    except ValueError:
        no(422, "bad_id_number")
    if "10X98765432"[weighed % 11] != number[17:] or str(born) > now():
        no(422, "bad_id_number")

    def act():
        serial, sex = f"{len(PATIENTS) + 1:08d}", "fm"[int(number[16]) % 2]
        new = dict(
            id="xm.p" + serial, name=name, id_number=number, phone=phone, sex=sex, birth_date=str(born), card_no=serial
        ) | {"card_kind": (request.get_json() or {}).get("card_kind") or "self_pay"}
        return search()["patient"] or PATIENTS.setdefault(new["id"], new)

    return once("register", name, number, phone, act=act)


@app.get("/patients/<patient_id>")
def patient(patient_id):
    return one(PATIENTS, patient_id)


# --- Booking
def shown(slot):
    closed = SESSIONS[slot["session_id"]]["closed"]
    return dict(slot, left=0 if closed else len(FREE[slot["id"]]), closed=closed)


def stands(a):
    return a["state"] not in ("cancelled", "stopped")


def to_come(a):
    return a["state"] in ("booked", "waiting") and a["start"] > now()


def end(a, state):
    """It is over: cancelled or stopped. Its number goes back."""
    if stands(a):
        FREE[a["slot_id"]] = sorted([*FREE[a["slot_id"]], a["number"]])
    a.update(state=state, hold_until=None)


@app.before_request
def give_back_what_nobody_confirmed():
    with LOCK:
        for a in APPOINTMENTS.values():
            if a["state"] == "held" and a["hold_until"] <= now():
                end(a, "cancelled")


def seat(slot_id, patient_id, state="booked", hold_until=None, instead=None):
    """A new appointment for a free place, or a no."""
    wanted = one(SLOTS, slot_id)
    day = (patient_id, wanted["department_id"], wanted["day"])
    if SESSIONS[wanted["session_id"]]["closed"]:
        no(409, "slot_closed")
    if wanted["start"] <= now():
        no(409, "slot_past")
    others = [a for a in APPOINTMENTS.values() if a is not instead and stands(a)]
    if any((a["patient_id"], a["department_id"], a["day"]) == day for a in others):
        no(409, "already_booked")
    if not FREE[slot_id]:
        no(409, "slot_full")
    made = dict(wanted, id=f"xm.a{len(APPOINTMENTS) + 1}", key=request.headers["Idempotency-Key"], slot_id=slot_id)
    made.update(patient_id=patient_id, number=FREE[slot_id].pop(0), state=state, hold_until=hold_until)
    made.update(turn=1000 * made["number"], arrived=False)  # fields of our own: Peizhen does not read them
    return APPOINTMENTS.setdefault(made["id"], made)


@app.get("/slots")
def slots():
    first, last, wanted = asked("first"), asked("last"), request.args
    found = [s for s in SLOTS.values() if first <= s["day"] <= last and s["start"] > now()]
    found = [s for s in found if all(wanted.get(n, s[n]) == s[n] for n in ("department_id", "doctor_id"))]
    return {"items": [shown(s) for s in found]}


@app.get("/slots/<slot_id>")
def slot(slot_id):
    return shown(one(SLOTS, slot_id))


@app.post("/appointments")
def book():
    slot_id, patient_id = told("slot_id", "patient_id")
    one(SLOTS, slot_id), one(PATIENTS, patient_id)
    return once("book", slot_id, patient_id, act=lambda: seat(slot_id, patient_id))


@app.post("/holds")
def hold():
    (slot_id, patient_id), minutes = told("slot_id", "patient_id"), request.get_json().get("minutes")
    if type(minutes) is not int or not 1 <= minutes <= 240:
        no(422, "bad_field")
    one(SLOTS, slot_id), one(PATIENTS, patient_id)

    def act():
        until = datetime.now(BEIJING) + timedelta(minutes=minutes)
        made = seat(slot_id, patient_id, "held", until.isoformat())
        UNCONFIRMED.add(made["id"])
        return made

    return once("hold", slot_id, patient_id, act=act)


@app.post("/appointments/<appointment_id>/confirm")
def confirm(appointment_id):
    with LOCK:
        held = one(APPOINTMENTS, appointment_id)
        if held["state"] == "held":
            held.update(state="booked", hold_until=None)
            UNCONFIRMED.discard(appointment_id)
        return no(409, "hold_lapsed") if appointment_id in UNCONFIRMED else held


@app.post("/appointments/<appointment_id>/reschedule")
def reschedule(appointment_id):
    (slot_id,), old = told("slot_id"), one(APPOINTMENTS, appointment_id)
    one(SLOTS, slot_id)

    def act():
        if old["state"] != "stopped" and not to_come(old):
            no(409, "not_cancellable")
        if slot_id == old["slot_id"]:
            no(409, "already_booked")
        made = seat(slot_id, old["patient_id"], instead=old)
        end(old, "cancelled")
        return made

    return once("reschedule", appointment_id, slot_id, act=act)


@app.get("/appointments/<appointment_id>")
def appointment(appointment_id):
    return one(APPOINTMENTS, appointment_id)


@app.get("/appointments")
def appointment_by_key():
    return {"appointment": next((a for a in APPOINTMENTS.values() if a["key"] == asked("key")), None)}


@app.get("/patients/<patient_id>/appointments")
def appointments(patient_id):
    mine = [a for a in APPOINTMENTS.values() if a["patient_id"] == patient_id]
    return {"items": sorted(mine, key=lambda a: a["start"], reverse=True)}


@app.post("/appointments/<appointment_id>/cancel")
def cancel(appointment_id):
    with LOCK:
        held = one(APPOINTMENTS, appointment_id)
        if held["state"] in ("held", "stopped") or to_come(held):
            end(held, "cancelled")
        return held if held["state"] == "cancelled" else no(409, "not_cancellable")


# --- The queue
def waiting(session_id):
    mine = [a for a in APPOINTMENTS.values() if a["session_id"] == session_id and a["state"] in ("booked", "waiting")]
    return sorted(mine, key=lambda a: (a["turn"], a["number"]))


@app.get("/appointments/<appointment_id>/queue")
def queue(appointment_id):
    mine = one(APPOINTMENTS, appointment_id)
    waits, line = mine["state"] in ("booked", "waiting"), waiting(mine["session_id"])
    ahead = line.index(mine) if waits else 0
    minutes = int((datetime.fromisoformat(mine["start"]).timestamp() - time.time()) // 60)
    low = max(minutes, 5 * ahead, 0) if waits else 0
    place = dict(appointment_id=mine["id"], calling=SESSIONS[mine["session_id"]]["calling"], ahead=ahead)
    place.update({n: mine[n] for n in ("number", "state", "room", "arrived")})
    return dict(place, minutes_low=low, minutes_high=low + 30 if waits else 0)


@app.post("/appointments/<appointment_id>/check-in")
def check_in(appointment_id):
    mine = one(APPOINTMENTS, appointment_id)

    def act():
        if mine["state"] not in ("booked", "waiting", "called", "missed"):
            no(409, "not_queued")
        if mine["day"] != now()[:10]:
            no(409, "not_today")
        if datetime.fromisoformat(mine["start"]) - timedelta(hours=3) > datetime.now(BEIJING):
            no(409, "too_early")
        if mine["state"] == "missed":  # behind the next three
            mine["turn"] = max([a["turn"] + 1 for a in waiting(mine["session_id"])[:3]], default=mine["turn"])
        if mine["state"] != "called":
            mine["state"] = "waiting"
        mine["arrived"] = True
        news("appointment", mine["id"], mine["patient_id"])

    once("check-in", appointment_id, act=act)
    return queue(appointment_id)


@app.get("/sessions")
def sessions():
    day = asked("day")
    return {"items": [dict(s, waiting=len(waiting(s["id"]))) for s in SESSIONS.values() if s["day"] == day]}


def call(session_id, leaves):
    """The next number goes in; the one inside is done, or was never there."""
    half = one(SESSIONS, session_id)
    if half["day"] != now()[:10] or half["closed"]:
        no(409, "slot_closed")

    def act():
        for a in APPOINTMENTS.values():
            if a["session_id"] == session_id and a["state"] == "called":
                a["state"] = leaves
                news("appointment", a["id"], a["patient_id"])
        for a in waiting(session_id)[:1]:
            a["state"], half["calling"] = "called", a["number"]
            CALLED.setdefault(session_id, []).append(now())
            news("appointment", a["id"], a["patient_id"])
        return dict(half, waiting=len(waiting(session_id)))

    return once("call", session_id, leaves, act=act)


@app.post("/sessions/<session_id>/call-next")
def call_next(session_id):
    return call(session_id, "done")


@app.post("/sessions/<session_id>/miss")
def miss(session_id):
    return call(session_id, "missed")


@app.get("/sessions/<session_id>/calls")
def calls(session_id):
    one(SESSIONS, session_id)
    return {"items": CALLED.get(session_id, [])}


# --- What happened here and not through Peizhen
def news(kind, subject_id, patient_id=None):
    number = f"xm.e{len(NEWS) + 1}"
    NEWS.append(dict(id=number, at=now(), kind=kind, subject_id=subject_id, patient_id=patient_id))


@app.post("/sessions/<session_id>/close")
def close_session(session_id):
    half = one(SESSIONS, session_id)

    def act():
        if not half["closed"]:
            half["closed"] = True
            news("session_closed", session_id)
            for a in APPOINTMENTS.values():
                if a["session_id"] == session_id and a["state"] in ("held", "booked", "waiting"):
                    end(a, "stopped")
                    news("appointment", a["id"], a["patient_id"])
        return dict(half, waiting=len(waiting(session_id)))

    return once("close", session_id, act=act)


@app.get("/changes")
def changes():
    try:
        since = datetime.fromisoformat(asked("since")).astimezone(BEIJING).isoformat()
    except (ValueError, OverflowError):
        no(422, "bad_field")
    return {"items": [each for each in NEWS if each["at"] >= since]}


# --- Reports, prescriptions, bills: this hospital writes none yet.
@app.get("/patients/<patient_id>/reports", endpoint="reports")
@app.get("/patients/<patient_id>/prescriptions", endpoint="prescriptions")
@app.get("/patients/<patient_id>/bills", endpoint="bills")
def papers(patient_id):
    asked("since")
    return {"items": []}


@app.get("/patients/<patient_id>/reports/<report_id>")
def report(patient_id, report_id):
    no(404, "not_found")


if __name__ == "__main__":
    app.run(port=int(sys.argv[1]), threaded=True)
