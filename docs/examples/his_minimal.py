"""A small hospital: the core of docs/his-api.yaml and no further part, in memory, gone with the process.

python3 -m pip install flask python-stdnum
HIS_KEY=demo:a-secret-of-16-letters-or-more python3 his_minimal.py 8100
"""

import hmac, os, sys, threading, time
from datetime import datetime, timedelta, timezone
from functools import wraps
from hashlib import sha256

from flask import Flask, abort, make_response, request
from stdnum.cn import ric  # GB 11643

KEY_ID, _, SECRET = os.environ["HIS_KEY"].partition(":")
BEIJING, HALF_HOUR, CAPACITY = timezone(timedelta(hours=8)), timedelta(minutes=30), 3
HEADERS = "Key", "Timestamp", "Nonce", "Signature"
HOSPITAL = dict(
    id="xm", name="小满医院", address="", phone="0567-8200", emergency_phone="120", emergency_place="", offers=[]
)
DEPARTMENT = dict(id="xm.k1", name="骨科", standard_name="骨科", building="", floor="", phone="", intro="")
DEPARTMENT.update(parent_id=None, campus="")
DOCTOR = dict(id="xm.d1", name="郝谷", department_id="xm.k1", title="主治医师", specialty="", fee_fen=2000)
SLOTS, PATIENTS, APPOINTMENTS, DONE, NONCES = {}, {}, {}, {}, set()
LOCK = threading.Lock()  # yours are the database's transactions and unique indexes
app = Flask(__name__)

for day in range(15):  # mornings of two weeks; restart it to get more
    morning = datetime.now(BEIJING).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=day)
    for place in range(8):
        begin, half_day = morning + place * HALF_HOUR, f"xm.s{morning:%Y%m%d}"
        slot = dict(id=f"{half_day}-{place}", session_id=half_day, department_id="xm.k1", doctor_id="xm.d1")
        slot.update(day=str(begin.date()), start=begin.isoformat(), end=(begin + HALF_HOUR).isoformat(), room="201诊室")
        SLOTS[slot["id"]] = dict(slot, capacity=CAPACITY, share=0, fee_fen=2000, first=place * CAPACITY + 1)


def no(status, code):
    abort(make_response({"code": code}, status))


@app.before_request
def check_signature():
    key_id, stamp, nonce, given = (request.headers.get("X-Peizhen-" + name, "") for name in HEADERS)
    lines = [request.method, request.environ["RAW_URI"], stamp, nonce, request.headers.get("Idempotency-Key", "")]
    signed = "\n".join([*lines, sha256(request.get_data()).hexdigest()]).encode()
    if key_id != KEY_ID or not hmac.compare_digest(hmac.new(SECRET.encode(), signed, sha256).hexdigest(), given):
        no(401, "bad_signature")
    if abs(time.time() - int(stamp)) > 300:
        no(401, "stale")
    if nonce in NONCES:
        no(401, "replayed")
    NONCES.add(nonce)


def once(act):
    """The same key is the same act, whose first answer is given again; a refusal leaves the key free."""

    @wraps(act)
    def view(**ids):
        key = request.headers.get("Idempotency-Key") or no(400, "missing_field")
        asked = request.path, request.get_json(silent=True)
        with LOCK:  # everybody waits for everybody: that is what keeps the last place from being sold twice
            if key not in DONE:
                DONE[key] = asked, act(**ids)
            return DONE[key][1] if DONE[key][0] == asked else no(409, "conflict")

    return view


def told(*names):
    body = request.get_json(silent=True) or no(400, "malformed")
    return [str(body.get(name) or "").strip() or no(422, "bad_field") for name in names]


def one(rows, wanted):
    return rows.get(wanted) or no(404, "not_found")


def past(slot):
    return datetime.fromisoformat(slot["start"]) <= datetime.now(BEIJING)


def free(slot):
    """The numbers of a half hour that nobody has."""
    taken = {a["number"] for a in APPOINTMENTS.copy().values() if a["slot_id"] == slot["id"] and a["state"] == "booked"}
    return [number for number in range(slot["first"], slot["first"] + CAPACITY) if number not in taken]


def find(rows, **facts):
    return next((row for row in rows.copy().values() if facts.items() <= row.items()), None)


def known(name, number, phone):
    found = find(PATIENTS, id_number=number.upper())
    return no(409, "card_mismatch") if found and (found["name"], found["phone"]) != (name, phone) else found


@app.post("/patients")
@once
def register():
    name, number, phone = told("name", "id_number", "phone")
    if not ric.is_valid(number) or ric.get_birth_date(number) > datetime.now(BEIJING).date():
        no(422, "bad_id_number")
    card = f"{len(PATIENTS) + 1:08d}"
    new = dict(id=f"xm.p{card}", name=name, id_number=number.upper(), phone=phone, card_no=card)
    new.update(birth_date=str(ric.get_birth_date(number)), sex="fm"[int(number[16]) % 2])
    new.update(card_kind=request.json.get("card_kind", "self_pay"))
    return known(name, number, phone) or PATIENTS.setdefault(new["id"], new)


@app.post("/appointments")
@once
def book():
    slot, patient = (one(rows, wanted) for rows, wanted in zip((SLOTS, PATIENTS), told("slot_id", "patient_id")))
    if past(slot):
        no(409, "slot_past")
    visit = dict(patient_id=patient["id"], department_id=slot["department_id"], day=slot["day"], state="booked")
    if find(APPOINTMENTS, **visit):
        no(409, "already_booked")
    made = slot | visit | dict(id=f"xm.a{len(APPOINTMENTS) + 1}", slot_id=slot["id"], hold_until=None)
    made.update(key=request.headers["Idempotency-Key"], number=(free(slot) or no(409, "slot_full"))[0])
    return APPOINTMENTS.setdefault(made["id"], made)


@app.post("/appointments/<wanted>/cancel")
@once
def cancel(wanted):
    mine = one(APPOINTMENTS, wanted)
    if mine["state"] == "booked" and past(mine):
        no(409, "not_cancellable")
    mine["state"] = "cancelled"
    return mine


@app.get("/slots")
def slots():
    wanted = {name: request.args[name] for name in ("department_id", "doctor_id") if name in request.args}
    within = [s for s in SLOTS.values() if request.args["first"] <= s["day"] <= request.args["last"] and not past(s)]
    return {"items": [dict(slot, left=len(free(slot))) for slot in within if wanted.items() <= slot.items()]}


@app.get("/patients/<wanted>/appointments")
def appointments(wanted):
    mine = [a for a in APPOINTMENTS.copy().values() if a["patient_id"] == wanted]
    return {"items": sorted(mine, key=lambda a: a["start"], reverse=True)}


def get(path, answer, method="GET"):
    app.add_url_rule(path, path + method, answer, methods=[method])


get("/hospitals", lambda: {"items": [HOSPITAL]})
get("/departments", lambda: {"items": [DEPARTMENT]})
get("/doctors", lambda: {"items": [DOCTOR]})
get("/patients/<wanted>", lambda wanted: one(PATIENTS, wanted))
get("/slots/<wanted>", lambda wanted: dict(one(SLOTS, wanted), left=len(free(SLOTS[wanted]))))
get("/appointments/<wanted>", lambda wanted: one(APPOINTMENTS, wanted))
get("/appointments", lambda: {"appointment": find(APPOINTMENTS, key=request.args["key"])})
get("/patients/search", lambda: {"patient": known(*told("name", "id_number", "phone"))}, "POST")
app.register_error_handler(404, lambda _: ({"code": "not_offered"}, 404))  # every path that is not here
app.run(port=int(sys.argv[1]), threaded=True)
