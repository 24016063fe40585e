"""What tests are made of: a small hospital in memory, people, cards, staff, and ports around them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml
from sqlalchemy.engine import Engine

from bot import clock
from bot.crypto import Crypto
from bot.db.base import transactions
from bot.db.messages import Person
from bot.db.privacy import Consent
from bot.db.sms import SmsCode
from bot.db.staff import StaffMember
from bot.errors import HisRefused, HisUnavailable, Unavailable
from bot.faq.index import FaqIndex
from bot.his.port import (
    Appointment,
    Bill,
    BillItem,
    CardKind,
    Change,
    Department,
    Doctor,
    Hospital,
    Observation,
    Patient,
    Prescription,
    PrescriptionItem,
    Price,
    QueueState,
    Report,
    Session,
    Slot,
)
from bot.ports import Ports, Reply, TextMessage
from bot.push import port
from bot.services import cards, faq, faq_signing
from bot.services.cards import Card
from bot.services.staff import Staff
from tests.races import together  # noqa: F401  (where tests look for it)

NOW = datetime(2026, 11, 23, 0, 30)  # naive UTC: Monday 08:30 in Shanghai
RULES = yaml.safe_load((Path(__file__).parents[1] / "bot" / "rules.yaml").read_text(encoding="utf-8"))
STARTS = (time(8), time(8, 30), time(9), time(9, 30), time(14), time(14, 30))
NOON = time(12)
HALF_HOUR = timedelta(minutes=30)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643
_serial = count(1)


def id_number(*, born: date = date(1990, 3, 7), serial: int | None = None, region: str = "110101") -> str:
    """Make a valid number that nobody was asked for; an odd serial is a man's."""
    thousands, order = divmod(serial if serial is not None else next(_serial), 1000)
    body = f"{region}{born + timedelta(days=thousands):%Y%m%d}{order:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


@dataclass(frozen=True)
class Someone:
    """What a person would type to bind his card."""

    name: str
    id_number: str
    phone: str


def someone(name: str = "李雷", **changes: str) -> Someone:
    number = next(_serial)
    facts = {"id_number": id_number(), "phone": f"139{number:08d}"} | changes
    return Someone(name, **facts)


class FakeHis:
    """HisPort in memory, honest about places, keys and refusals; `down` and `lose_answers` make it fail.

    Two departments, three doctors, six half hours a day with `capacity` places each, for 15 days.
    """

    def __init__(self, *, capacity: int = 3) -> None:
        self.capacity = capacity
        self.down = False
        self.lose_answers = 0  # this many answers are lost after the deed was done
        self.asked: list[str] = []
        self.all_reports: dict[str, Report] = {}
        self.all_prescriptions: list[Prescription] = []
        self.all_bills: list[Bill] = []
        self._lock = threading.RLock()
        self._patients: dict[str, Patient] = {}
        self._keys: dict[str, Any] = {}
        self._appointments: dict[str, Appointment] = {}
        self._calling: dict[str, int] = {}
        self._unconfirmed: set[str] = set()  # ids of what was held and not confirmed
        self._closed: set[str] = set()
        self._changes: list[Change] = []
        self._called: dict[str, list[datetime]] = {}
        self._arrived: set[str] = set()
        self._missed: set[str] = set()

    # -- the directory
    def hospitals(self) -> list[Hospital]:
        return [Hospital("yh", "云河医院", "云河路1号", "010-55550000", "010-55550120", "急诊楼一层")]

    def departments(self) -> list[Department]:
        self._enter("departments")
        return [
            Department("yh.d01", "骨科", "骨科", "门诊楼", "3层", "010-55550301", "骨与关节"),
            Department("yh.d02", "消化内科", "消化内科", "门诊楼", "2层", "010-55550201", "胃肠"),
        ]

    def doctors(self) -> list[Doctor]:
        self._enter("doctors")
        return [
            Doctor("yh.p01", "陈建国", "yh.d01", "主任医师", "膝关节", 5000),
            Doctor("yh.p02", "林晓燕", "yh.d01", "主治医师", "脊柱", 2000),
            Doctor("yh.p03", "周明", "yh.d02", "副主任医师", "胃炎", 3000),
        ]

    # -- slots and appointments
    def slots(
        self, *, first: date, last: date, department_id: str | None = None, doctor_id: str | None = None
    ) -> list[Slot]:
        self._enter("slots")
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        found = [self._slot(doctor, day, start) for day in days for doctor in self.doctors() for start in STARTS]
        return sorted(
            (
                slot
                for slot in found
                if slot.start > clock.now()
                and department_id in {None, slot.department_id}
                and doctor_id in {None, slot.doctor_id}
                and slot.session_id not in self._closed
            ),
            key=lambda slot: (slot.start, slot.doctor_id),
        )

    def slot(self, slot_id: str) -> Slot:
        self._enter("slot")
        return self._known_slot(slot_id)

    def book(self, *, slot_id: str, patient_id: str, key: str) -> Appointment:
        self._enter("book")
        with self._lock:
            if key not in self._keys:
                self._keys[key] = self._book(slot_id, patient_id, key)
        if isinstance(self._keys[key], HisRefused):
            raise HisRefused(self._keys[key].code)
        return self._answer(self._appointments[self._keys[key]])

    def hold(self, *, slot_id: str, patient_id: str, key: str, minutes: int) -> Appointment:
        self._enter("hold")
        with self._lock:
            if key not in self._keys:
                self._keys[key] = self._hold(slot_id, patient_id, key, minutes)
        if isinstance(self._keys[key], HisRefused):
            raise HisRefused(self._keys[key].code)
        return self._answer(self._appointments[self._keys[key]])

    def _hold(self, slot_id: str, patient_id: str, key: str, minutes: int) -> Any:
        made = self._book(slot_id, patient_id, key)
        if isinstance(made, str):
            self._change(made, state="held", hold_until=clock.now() + timedelta(minutes=minutes))
            self._unconfirmed.add(made)
        return made

    def confirm(self, *, appointment_id: str, key: str) -> Appointment:
        self._enter("confirm")
        with self._lock:
            held = self._appointment(appointment_id)
            if held.state == "held":
                self._change(appointment_id, state="booked")
                self._unconfirmed.discard(appointment_id)
            elif appointment_id in self._unconfirmed:
                raise HisRefused("hold_lapsed")
        return self._answer(self._appointments[appointment_id])

    def reschedule(self, *, appointment_id: str, slot_id: str, key: str) -> Appointment:
        self._enter("reschedule")
        with self._lock:
            if key not in self._keys:
                self._keys[key] = self._move(appointment_id, slot_id, key)
        return self._answer(self._appointments[self._keys[key]])

    def _move(self, appointment_id: str, slot_id: str, key: str) -> str:
        old = self._appointment(appointment_id)
        if old.state != "stopped" and (old.state != "booked" or old.start <= clock.now()):
            raise HisRefused("not_cancellable")
        self._change(old.id, state="cancelled")
        made = self._book(slot_id, old.patient_id, key)
        if isinstance(made, HisRefused):
            self._appointments[old.id] = old
            raise made
        return str(made)

    def cancel(self, *, appointment_id: str, key: str) -> Appointment:
        self._enter("cancel")
        with self._lock:
            if self._appointment(appointment_id).state not in {"held", "booked", "stopped", "cancelled"}:
                raise HisRefused("not_cancellable")
            self._change(appointment_id, state="cancelled")
        return self._answer(self._appointments[appointment_id])

    def appointment(self, appointment_id: str) -> Appointment:
        self._enter("appointment")
        return self._appointment(appointment_id)

    def appointment_by_key(self, key: str, *, hospital_id: str | None = None) -> Appointment | None:
        self._enter("appointment_by_key")
        return next((a for a in self._appointments.values() if a.key == key), None)

    def appointments(self, patient_id: str) -> list[Appointment]:
        self._enter("appointments")
        mine = [a for a in self._appointments.values() if a.patient_id == patient_id]
        return sorted(mine, key=lambda a: a.start, reverse=True)

    # -- the queue
    def queue(self, appointment_id: str) -> QueueState:
        self._enter("queue")
        held = self._appointment(appointment_id)
        calling = self._calling.get(held.session_id)
        ahead = max(held.number - (calling or 0) - 1, 0)
        state: Any = "waiting" if calling is None or calling < held.number else "called"
        state = "missed" if held.id in self._missed else state
        state = held.state if held.state in {"held", "cancelled", "stopped"} else state
        here = held.id in self._arrived
        return QueueState(held.id, held.number, calling, ahead, state, held.room, ahead * 5, ahead * 9, here)

    def check_in(self, *, appointment_id: str, key: str) -> QueueState:
        self._enter("check_in")
        with self._lock:
            if key not in self._keys:
                mine = self._appointment(appointment_id)
                if mine.state in {"held", "cancelled", "stopped"}:
                    raise HisRefused("not_queued")
                self._keys[key] = appointment_id
                self.tell("appointment", mine.id, mine.patient_id)
                self._arrived.add(appointment_id)
                self._missed.discard(appointment_id)
        return self._answer(self.queue(appointment_id))

    def calls(self, *, session_id: str) -> list[datetime]:
        self._enter("calls")
        return list(self._called.get(session_id, []))

    def miss(self, *, session_id: str, key: str) -> Session:
        with self._lock:
            inside = (session_id, self._calling.get(session_id))
            for each in [a for a in self._appointments.values() if (a.session_id, a.number) == inside]:
                self._missed.add(each.id)
                self.tell("appointment", each.id, each.patient_id)
        return self.call_next(session_id=session_id, key=key)

    def sessions(self, day: date) -> list[Session]:
        self._enter("sessions")
        found: dict[str, Session] = {}
        for doctor in self.doctors():
            for start in STARTS:
                slot = self._slot(doctor, day, start)
                waiting = sum(a.session_id == slot.session_id for a in self._appointments.values())
                calling = self._calling.get(slot.session_id)
                found[slot.session_id] = Session(
                    slot.session_id,
                    doctor.id,
                    doctor.department_id,
                    day,
                    slot.start,
                    slot.end,
                    slot.room,
                    calling,
                    waiting,
                )
        return list(found.values())

    def call_next(self, *, session_id: str, key: str) -> Session:
        self._enter("call_next")
        with self._lock:
            if key not in self._keys:
                self._keys[key] = self._calling[session_id] = self._calling.get(session_id, 0) + 1
                self._called.setdefault(session_id, []).append(clock.now())
        return self._session(session_id)

    def close_session(self, *, session_id: str, key: str) -> Session:
        self._enter("close_session")
        found = self._session(session_id)
        with self._lock:
            if session_id not in self._closed:
                self._closed.add(session_id)
                self.tell("session_closed", session_id, None)
                for each in [a for a in self._appointments.values() if a.session_id == session_id]:
                    if each.state in {"held", "booked"}:
                        self._change(each.id, state="stopped")
                        self.tell("appointment", each.id, each.patient_id)
        return self._answer(replace(found, closed=True))

    def changes(self, *, since: datetime, hospital_id: str | None = None) -> list[Change]:
        self._enter("changes")
        told = [change for change in self._changes if change.at >= since]
        return sorted([*told, *self._report_news(since)], key=lambda change: change.at)

    def _report_news(self, since: datetime) -> list[Change]:
        return [
            Change(f"{r.id}:{moment}", getattr(r, moment), "report_ready", r.id, r.patient_id)
            for r in self.all_reports.values()
            for moment in ("ready_at", "released_at")
            if getattr(r, moment) is not None and since <= getattr(r, moment) <= clock.now()
        ]

    # -- patients
    def find_patient(self, *, name: str, id_number: str, phone: str, hospital_id: str | None = None) -> Patient | None:
        self._enter("find_patient")
        known = next((p for p in self._patients.values() if p.id_number == id_number), None)
        if known is not None and (known.name, known.phone) != (name, phone):
            raise HisRefused("card_mismatch")
        return known

    def register_patient(
        self,
        *,
        name: str,
        id_number: str,
        phone: str,
        key: str,
        card_kind: CardKind = "self_pay",
        hospital_id: str | None = None,
    ) -> Patient:
        self._enter("register_patient")
        with self._lock:
            if key not in self._keys:
                self._keys[key] = self.add_patient(name=name, id_number=id_number, phone=phone, card_kind=card_kind).id
        return self._answer(self._patients[self._keys[key]])

    def patient(self, patient_id: str) -> Patient:
        self._enter("patient")
        if patient_id not in self._patients:
            raise HisRefused("not_found")
        return self._patients[patient_id]

    # -- reports and prices
    def reports(self, patient_id: str, *, since: date) -> list[Report]:
        self._enter("reports")
        mine = [r for r in self.all_reports.values() if r.patient_id == patient_id]
        recent = [r for r in mine if clock.local(r.ordered_at).date() >= since]
        bare = [replace(r, items=(), finding="", impression="") for r in recent]
        return sorted(bare, key=lambda r: r.ordered_at, reverse=True)

    def report(self, *, patient_id: str, report_id: str) -> Report:
        self._enter("report")
        found = self.all_reports.get(report_id)
        if found is None or found.patient_id != patient_id:
            raise HisRefused("not_found")
        return found

    def prescriptions(self, patient_id: str, *, since: date) -> list[Prescription]:
        self._enter("prescriptions")
        return self._papers(self.all_prescriptions, patient_id, since, "ordered_at")

    def bills(self, patient_id: str, *, since: date) -> list[Bill]:
        self._enter("bills")
        return self._papers(self.all_bills, patient_id, since, "made_at")

    @staticmethod
    def _papers(papers: list[Any], patient_id: str, since: date, moment: str) -> list[Any]:
        mine = [p for p in papers if p.patient_id == patient_id and clock.local(getattr(p, moment)).date() >= since]
        return sorted(mine, key=lambda p: getattr(p, moment), reverse=True)

    def prices(self, *, text: str, kind: Any = None, limit: int = 10) -> list[Price]:
        self._enter("prices")
        items = [
            Price("x001", "腹部超声", "exam", "", "次", 12000),
            Price("x002", "超声心动图", "exam", "", "次", 22000),
            Price("m001", "奥美拉唑肠溶胶囊", "drug", "20mg×14粒", "盒", 1580),
        ]
        found = [item for item in items if text in item.name and kind in {None, item.kind}]
        return sorted(found, key=lambda item: (len(item.name), item.name))[:limit]

    # -- what tests do to the hospital
    def add_patient(self, *, name: str, id_number: str, phone: str, card_kind: CardKind = "self_pay") -> Patient:
        """Somebody the hospital knows already."""
        number = len(self._patients) + 1
        born = datetime.strptime(id_number[6:14], "%Y%m%d").date()
        sex: Any = "m" if int(id_number[16]) % 2 else "f"
        patient = Patient(f"yh.n{number:04d}", name, id_number, phone, sex, born, f"K{number:08d}", card_kind)
        self._patients[patient.id] = patient
        return patient

    def add_report(self, patient_id: str, **changes: Any) -> Report:
        """One lab report, ready unless said otherwise."""
        item = Observation("ALT", "丙氨酸氨基转移酶", "61", "U/L", 9, 50, "9-50", "H")
        facts: dict[str, Any] = {
            "id": f"yh.r{len(self.all_reports) + 1:04d}",
            "patient_id": patient_id,
            "kind": "lab",
            "name": "肝功能",
            "ordered_at": clock.now() - timedelta(days=2),
            "expected_at": None,
            "ready_at": clock.now() - timedelta(days=1),
            "doctor_name": "周明",
            "items": (item,),
        }
        report = Report(**facts | changes)
        self.all_reports[report.id] = report
        return report

    def add_prescription(self, patient_id: str, **changes: Any) -> Prescription:
        """One drug, not fetched yet."""
        number = len(self.all_prescriptions) + 1
        item = PrescriptionItem("奥美拉唑肠溶胶囊", "20mg×14粒", 2, "盒", "口服，每次1粒，每日1次，早饭前")
        facts = {"id": f"yh.rx{number:04d}", "patient_id": patient_id, "ordered_at": clock.now() - timedelta(days=1)}
        facts |= {"doctor_name": "周明", "department_name": "消化内科", "items": (item,), "state": "open"}
        paper = Prescription(**facts | changes)
        self.all_prescriptions.append(paper)
        return paper

    def add_bill(self, patient_id: str, **changes: Any) -> Bill:
        """Two boxes of a drug, not paid yet."""
        facts: dict[str, Any] = {"id": f"yh.b{len(self.all_bills) + 1:04d}", "patient_id": patient_id}
        facts |= {"made_at": clock.now() - timedelta(days=1), "name": "药费", "fen": 3160, "state": "open"}
        facts |= {"items": (BillItem("奥美拉唑肠溶胶囊", 2, 3160),)}
        paper = Bill(**facts | changes)
        self.all_bills.append(paper)
        return paper

    def taken(self, slot_id: str) -> int:
        """Places in use in one half hour."""
        gone = {"cancelled", "stopped"}
        return sum(a.slot_id == slot_id and a.state not in gone for a in self._appointments.values())

    def cancel_at_the_desk(self, appointment_id: str) -> None:
        """The hospital's own desk gives a number back; who asks for changes is told."""
        self._change(appointment_id, state="cancelled")
        self.tell("appointment", appointment_id, self._appointments[appointment_id].patient_id)

    def tell(self, kind: Any, subject_id: str, patient_id: str | None) -> None:
        """Something happened at the hospital now."""
        self._changes.append(Change(f"yh.e{len(self._changes) + 1}", clock.now(), kind, subject_id, patient_id))

    # -- inside
    def _enter(self, call: str) -> None:
        if self.down:
            raise HisUnavailable
        self.asked.append(call)
        with self._lock:
            for each in [a for a in self._appointments.values() if a.state == "held"]:
                if each.hold_until is not None and each.hold_until <= clock.now():
                    self._change(each.id, state="cancelled")

    def _change(self, appointment_id: str, *, state: Any, hold_until: datetime | None = None) -> None:
        old = self._appointments[appointment_id]
        self._appointments[appointment_id] = replace(old, state=state, hold_until=hold_until)

    def _session(self, session_id: str) -> Session:
        try:
            day = datetime.strptime(session_id.split("-")[1], "%Y%m%d").replace(tzinfo=clock.SHANGHAI).date()
            return next(session for session in self.sessions(day) if session.id == session_id)
        except (IndexError, ValueError, StopIteration):
            raise HisRefused("not_found") from None

    def _answer(self, answer: Any) -> Any:
        with self._lock:
            if self.lose_answers:
                self.lose_answers -= 1
                raise HisUnavailable
        return answer

    def _slot(self, doctor: Doctor, day: date, at: time) -> Slot:
        start = clock.utc(datetime.combine(day, at))
        half = "am" if at < NOON else "pm"
        slot_id = f"yh.s{doctor.id[4:]}-{day:%Y%m%d}-{at:%H%M}"
        session_id = f"yh.h{doctor.id[4:]}-{day:%Y%m%d}-{half}"
        closed = session_id in self._closed
        left = 0 if closed else self.capacity - self.taken(slot_id)
        return Slot(
            id=slot_id,
            session_id=session_id,
            department_id=doctor.department_id,
            doctor_id=doctor.id,
            day=day,
            start=start,
            end=start + HALF_HOUR,
            capacity=self.capacity,
            left=left,
            fee_fen=doctor.fee_fen,
            room=f"{doctor.id[-2:]}诊室",
            closed=closed,
        )

    def _known_slot(self, slot_id: str) -> Slot:
        try:
            doctor_part, day_part, at_part = slot_id.removeprefix("yh.s").split("-")
            day = datetime.strptime(day_part, "%Y%m%d").date()
            at = time(int(at_part[:2]), int(at_part[2:]))
            doctor = next(d for d in self.doctors() if d.id[4:] == doctor_part)
        except (ValueError, StopIteration):
            raise HisRefused("not_found") from None
        return self._slot(doctor, day, at)

    def _book(self, slot_id: str, patient_id: str, key: str) -> Any:
        slot = self._known_slot(slot_id)
        same = [a for a in self._appointments.values() if a.session_id == slot.session_id]
        if slot.start <= clock.now():
            return HisRefused("slot_past")
        if slot.session_id in self._closed:
            return HisRefused("slot_closed")
        if any(a.patient_id == patient_id and a.state in {"held", "booked"} for a in same):
            return HisRefused("already_booked")
        if slot.left <= 0:
            return HisRefused("slot_full")
        number = len(self._appointments) + 1
        made = Appointment(
            id=f"yh.a{number:04d}",
            key=key,
            slot_id=slot_id,
            session_id=slot.session_id,
            patient_id=patient_id,
            department_id=slot.department_id,
            doctor_id=slot.doctor_id,
            day=slot.day,
            start=slot.start,
            number=len(same) + 1,
            room=slot.room,
            state="booked",
            fee_fen=slot.fee_fen,
        )
        self._appointments[made.id] = made
        return made.id

    def _appointment(self, appointment_id: str) -> Appointment:
        if appointment_id not in self._appointments:
            raise HisRefused("not_found")
        return self._appointments[appointment_id]


class FakePush:
    """PushPort that remembers; `failures` are raised one after the other before anything is sent.

    `rungs`: those below the customer message that the account has, none unless a test says so.
    """

    def __init__(self, *rungs: str) -> None:
        self.rungs = set(rungs)
        self.sent: list[tuple[str, Reply]] = []
        self.cards: list[tuple[str, str, port.Card]] = []
        self.failures: list[Exception] = []

    def send(self, *, openid: str, reply: Reply) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((openid, reply))

    def offers(self, rung: str, kind: str) -> bool:
        return rung == "customer" or rung in self.rungs

    def notify(self, *, openid: str, rung: str, card: port.Card) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.cards.append((openid, rung, card))
        return f"m{len(self.cards)}" if rung != "care" else ""


class FakeSms:
    """SmsPort that remembers; `failures` are raised one after the other before anything is sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, TextMessage]] = []
        self.failures: list[Exception] = []

    def send(self, *, phone: str, message: TextMessage) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((phone, message))

    def code(self, phone: str) -> str:
        """The newest code that went to this phone."""
        return next(m.facts["code"] for to, m in reversed(self.sent) if to == phone and m.kind == "code")


class NoDialogue:
    """DialoguePort of tests that never talk."""

    def talk(self, **_: Any) -> list[Reply]:
        raise Unavailable


def make_ports(engine: Engine, **changes: Any) -> Ports:
    """Ports around one database; everything else in memory unless given."""
    crypto = changes.get("crypto") or Crypto("test-secret-" + "x" * 32)
    transaction = transactions(engine, crypto)
    facts: dict[str, Any] = {
        "transaction": transaction,
        "his": FakeHis(),
        "crypto": crypto,
        "dialogue": NoDialogue(),
        "push": FakePush(),
        "sms": FakeSms(),
        "faq": FaqIndex(transaction),
        "rules": dict(RULES),
        "now": clock.now,
        "public_url": "http://localhost:8000",
        "demo": True,
    }
    return Ports(**facts | changes)


def a_person(ports: Ports, openid: str | None = None, *, subscribed: bool = True) -> int:
    """Add one WeChat user who agreed to be told things; gives the person id."""
    openid = openid or f"o{uuid4().hex[:27]}"
    with ports.transaction() as session:
        person = Person(
            openid_hash=ports.crypto.digest("openid", openid),
            openid_sealed=ports.crypto.seal(openid),
            conversation=uuid4().hex,
            subscribed=subscribed,
            created_at=ports.now(),
        )
        session.add(person)
        session.flush()
        session.add(Consent(person_id=person.id, purpose="push", version="1", given_at=ports.now()))
        return int(person.id)


def a_card(ports: Ports, person_id: int, who: Someone | None = None, **more: Any) -> Card:
    """Bind somebody's card to a person, who reads the code on that phone first."""
    who = who or someone()
    prove(ports, person_id, who.phone)
    facts = {"name": who.name, "id_number": who.id_number, "phone": who.phone}
    return cards.bind(ports, person_id=person_id, key=uuid4().hex, **facts, **more)


def prove(ports: Ports, person_id: int, phone: str) -> None:
    """A person shows that he reads this phone: the proof stands as after a code that was right."""
    ref = f"k_{uuid4().hex[:10]}"
    with ports.transaction() as session:
        proven = {"made_at": ports.now(), "expires_at": ports.now(), "proven_at": ports.now(), "code_hash": "-"}
        phone_hash = ports.crypto.digest("phone", phone)
        session.add(SmsCode(ref=ref, key=ref, person_id=person_id, phone_hash=phone_hash, **proven))


def a_staff(ports: Ports, role: str = "doctor", **changes: Any) -> Staff:
    """Add one member of staff who cannot sign in (his hash fits no password)."""
    where: dict[str, Any] = {"department_id": "yh.d01", "doctor_id": "yh.p01"} if role == "doctor" else {}
    facts = {
        "username": f"{role}{next(_serial)}",
        "name": "陈建国",
        "role": role,
        "password_hash": "!",
    } | where
    with ports.transaction() as session:
        row = StaffMember(**facts | changes)
        session.add(row)
        session.flush()
        return Staff(row.id, row.username, row.name, row.role, row.department_id, row.doctor_id)


def signed(ports: Ports, entry: Any) -> Any:
    """The entry with the signature of its department's head under its words."""
    head = a_staff(ports, "head", name="科主任", department_id=entry.department_id)
    return faq_signing.sign(ports, staff=head, entry_id=entry.id, version=entry.version)


def published(ports: Ports, entry: Any) -> Any:
    """The entry as patients find it: signed by the head, published by an editor who did not write it."""
    signed(ports, entry)
    return faq.publish(
        ports, staff=a_staff(ports, "editor", name="另一位编辑"), entry_id=entry.id, version=entry.version
    )
