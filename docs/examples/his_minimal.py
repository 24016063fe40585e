"""A small hospital: the core of docs/his-api.yaml and no further part, in memory, gone with the process.

python3 -m pip install flask python-stdnum
HIS_KEY=demo:a-secret-of-16-letters-or-more python3 his_minimal.py 8100
"""

import hmac, os, sys, time
from datetime import datetime, timedelta, timezone
from hashlib import sha256

from flask import Flask, abort, make_response, request
from stdnum.cn import ric  # GB 11643

KEY_ID, _, SECRET = os.environ["HIS_KEY"].partition(":")
BEIJING, HALF_HOUR, CAPACITY = timezone(timedelta(hours=8)), timedelta(minutes=30), 3
NONE = dict.fromkeys(("address", "building", "floor", "campus", "intro", "specialty", "emergency_place"), "")
HOSPITAL = dict(NONE, id="xm", name="小满医院", phone="0567-8200", emergency_phone="120", offers=[])
DEPARTMENT = dict(NONE, id="xm.k1", name="骨科", standard_name="骨科", phone="", parent_id=None)
DOCTOR = dict(NONE, id="xm.d1", name="郝谷", department_id="xm.k1", title="主治医师", fee_fen=2000)
SLOTS, PATIENTS, APPOINTMENTS, DONE, NONCES = {}, {}, {}, {}, set()
app = Flask(__name__)

for day in range(15):  # mornings of two weeks; restart it to get more
    morning = datetime.now(BEIJING).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=day)
    for place in range(8):
        begin, half_day = morning + place * HALF_HOUR, f"xm.s{morning:%Y%m%d}"
        slot = dict(id=f"{half_day}-{place}", session_id=half_day, department_id="xm.k1", doctor_id="xm.d1", room="201")
        slot.update(day=str(begin.date()), start=begin.isoformat(), end=(begin + HALF_HOUR).isoformat(), fee_fen=2000)
        SLOTS[slot["id"]] = dict(slot, capacity=CAPACITY, share=0, closed=False, first=place * CAPACITY + 1)


def no(status, code):
    abort(make_response({"code": code}, status))


@app.before_request
def check_signature():
    names = "Key", "Timestamp", "Nonce", "Signature"
    key_id, stamp, nonce, given = (request.headers.get("X-Peizhen-" + name, "") for name in names)
    lines = [request.method, request.environ["RAW_URI"], stamp, nonce, request.headers.get("Idempotency-Key", "")]
    signed = "\n".join([*lines, sha256(request.get_data()).hexdigest()]).encode()
    if key_id != KEY_ID or not hmac.compare_digest(hmac.new(SECRET.encode(), signed, sha256).hexdigest(), given):
        no(401, "bad_signature")
    if abs(time.time() - int(stamp)) > 300:
        no(401, "stale")
    if nonce in NONCES:
        no(401, "replayed")
    NONCES.add(nonce)


def act():
    return request.path, request.get_json(silent=True)


@app.before_request
def give_the_first_answer_again():
    if request.method == "POST" and request.path != "/patients/search" and "Idempotency-Key" not in request.headers:
        no(400, "missing_field")
    first, answer = DONE.get(request.headers.get("Idempotency-Key"), (act(), None))
    return answer if first == act() else no(409, "conflict")


@app.after_request
def remember(response):
    if "Idempotency-Key" in request.headers and response.status_code == 200:  # a refusal leaves the key free
        DONE[request.headers["Idempotency-Key"]] = act(), response.get_json()
    return response


def told(*names):
    body = request.get_json(silent=True) or no(400, "malformed")
    return [str(body.get(name) or "").strip() or no(422, "bad_field") for name in names]


def one(rows, wanted):
    return rows.get(wanted) or no(404, "not_found")


def all_of(rows, **facts):
    return [row for row in rows.values() if facts.items() <= row.items()]


def newest(rows):
    return sorted(rows, key=lambda row: row["start"], reverse=True)


def free(slot):
    """The numbers of a half hour that nobody has."""
    taken = {booked["number"] for booked in all_of(APPOINTMENTS, slot_id=slot["id"], state="booked")}
    return [number for number in range(slot["first"], slot["first"] + CAPACITY) if number not in taken]


def past(slot):
    return datetime.fromisoformat(slot["start"]) <= datetime.now(BEIJING)


@app.post("/patients/search", endpoint="search")
def known():
    name, number, phone = told("name", "id_number", "phone")
    found = next(iter(all_of(PATIENTS, id_number=number.upper())), None)
    return (
        no(409, "card_mismatch") if found and (found["name"], found["phone"]) != (name, phone) else {"patient": found}
    )


@app.post("/patients")
def register():
    name, number, phone = told("name", "id_number", "phone")
    if not ric.is_valid(number) or ric.get_birth_date(number) > datetime.now(BEIJING).date():
        no(422, "bad_id_number")
    card, sex, born = f"{len(PATIENTS) + 1:08d}", "fm"[int(number[16]) % 2], str(ric.get_birth_date(number))
    new = dict(
        id=f"xm.p{card}", name=name, id_number=number.upper(), phone=phone, sex=sex, birth_date=born, card_no=card
    )
    new["card_kind"] = request.json.get("card_kind", "self_pay")
    return known()["patient"] or PATIENTS.setdefault(new["id"], new)


@app.get("/slots")
def slots():
    asked = request.args.to_dict()
    first, last = asked.pop("first"), asked.pop("last")  # what remains are a department, a doctor, or both
    found = [slot for slot in all_of(SLOTS, **asked) if first <= slot["day"] <= last and not past(slot)]
    return {"items": [dict(slot, left=len(free(slot))) for slot in found]}


@app.post("/appointments")
def book():
    slot_id, patient_id = told("slot_id", "patient_id")
    slot, _ = one(SLOTS, slot_id), one(PATIENTS, patient_id)
    visit = dict(patient_id=patient_id, department_id=slot["department_id"], day=slot["day"], state="booked")
    if past(slot):
        no(409, "slot_past")
    if all_of(APPOINTMENTS, **visit):
        no(409, "already_booked")
    number, key = (free(slot) or no(409, "slot_full"))[0], request.headers["Idempotency-Key"]
    visit.update(id=f"xm.a{len(APPOINTMENTS) + 1}", slot_id=slot_id, number=number, key=key, hold_until=None)
    return APPOINTMENTS.setdefault(visit["id"], slot | visit)


@app.post("/appointments/<wanted>/cancel")
def cancel(wanted):
    mine = one(APPOINTMENTS, wanted)
    if mine["state"] == "booked" and past(mine):
        no(409, "not_cancellable")
    return mine.update(state="cancelled") or mine


def get(path, answer):
    app.add_url_rule(path, path, answer)


get("/hospitals", lambda: {"items": [HOSPITAL]})
get("/departments", lambda: {"items": [DEPARTMENT]})
get("/doctors", lambda: {"items": [DOCTOR]})
get("/patients/<wanted>", lambda wanted: one(PATIENTS, wanted))
get("/patients/<wanted>/appointments", lambda wanted: {"items": newest(all_of(APPOINTMENTS, patient_id=wanted))})
get("/slots/<wanted>", lambda wanted: dict(one(SLOTS, wanted), left=len(free(SLOTS[wanted]))))
get("/appointments/<wanted>", lambda wanted: one(APPOINTMENTS, wanted))
get("/appointments", lambda: {"appointment": next(iter(all_of(APPOINTMENTS, key=request.args["key"])), None)})
app.register_error_handler(404, lambda _: ({"code": "not_offered"}, 404))  # every path that is not here
app.run(port=int(sys.argv[1]), threaded=False)  # one call at a time: yours are kept apart by the database
