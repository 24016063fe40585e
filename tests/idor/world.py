"""People with things to protect, staff of every role, and canaries: words that only the right eyes may meet."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from bot import clock
from bot.db.base import new_ref
from bot.db.booking import Booking
from bot.db.consult import Question, QuestionPicture
from bot.db.desk import QuestionNote
from bot.db.faq import FaqEntry
from bot.db.faq_history import FaqMiss, FaqVersion
from bot.db.handoff import HandoffLine
from bot.db.push import Notice
from bot.db.staff import ROLES, StaffMember
from bot.db.triage import TriageNote
from bot.his.port import Observation
from bot.ports import Ports
from bot.services import (
    account_requests,
    accounts,
    arrival,
    booking,
    cards,
    consult,
    consult_turns,
    desk_phrases,
    faq,
    faq_drafting,
    faq_misses,
    faq_signing,
    handoff_rows,
    previsit,
    staff,
    unclear,
    vault,
)
from bot.services.access import OURS
from bot.services.complaint import Complaint
from bot.services.staff import Member, Staff
from tests import signing_in
from tests.factories import Someone, a_card, a_person, id_number
from tests.idor import asked, letters, lines, talks
from tests.web.visits import OAuth, leave, make_app

PASSWORD = "a-good-password"
SEES = {"service": {"masked", "talk", "line"}, "operator": {"masked", "suspension"}}  # roles that see some kinds alone
ABOUT_PATIENTS = {"masked", "question", "answer", "picture", "summary", "unclear", "turn", "note", "shown"}
OF_ACCOUNTS = (("boss", "operator"), ("one", "editor"), ("two", "editor"), ("three", "editor"))
UNKNOWN = {
    "booking": "b_0000000000",
    "today": "b_0000000000",
    "unpaid": "b_0000000000",
    "card": "c_0000000000",
    "spare": "c_0000000000",
    "report": "c_0000000000.yh.r9999",
    "line": "c_0000000000.yh.r9999/0",
    **dict.fromkeys(("question", "askable", "refusable", "handed_on"), "q_0000000000"),
    "phrase": "f_0000000000",
    "answered": "q_0000000000",
    "entry": "987654",
    **dict.fromkeys(("draft", "signable", "publishable", "mergeable"), "987654"),
    "miss": "m_0000000000",
    "vault": "v_000000000000",
    "paged": "b_0000000000",
    "page": "t_0000000000",
    **dict.fromkeys(("movable", "giving_back", "stopped"), "b_0000000000"),
    "stopped_move": "b_0000000000 yh.s01-20261203-0800",
    **dict.fromkeys(("wait", "page_wait"), "w_0000000000"),
    **dict.fromkeys(("offer", "passing", "page_offer", "page_passing"), "o_0000000000"),
    "suspension": "s_0000000000",
    **dict.fromkeys((*letters.FAMILIES, "told"), letters.NONE),
    "handoff": "h_0000000000",
    "handoff_line": "h_0000000000/1",
    "notice": "987653",
    "unclear": "u_0000000000",
    "account": "987652",
    **dict.fromkeys(("account_request", "account_refused"), "g_0000000000"),
    **asked.UNKNOWN,
    "talk": "987652",
}
ENTRIES, NOTICES, ACCOUNTS = 770000, 880000, 660000  # numbers that stand nowhere else
OUTLIVE = {"question", "vault", *asked.UNKNOWN}  # what was the asker's own stays, whatever card it was
MALFORMED = ("x", "%00", "..%2f..%2fetc", "a" * 300, "b_'--", "李雷", "-1", "c_0000000000.", "0x1", "b_0000000000%20")
WAITING = ("askable", "refusable", "handed_on")  # questions that nobody has answered, one for each door
SURNAMES = {"a": "亓", "b": "逄", "u": "麴"}  # nobody else's in here, so that a masked name is a canary too


@dataclass(frozen=True)
class Canary:
    """One value that must not be met: whose, of which kind, in whose department; `gone` = of an unbound card."""

    text: str
    owner: str
    kind: str
    department: str = ""
    gone: bool = False

    def stands_in(self, page: str) -> bool:
        """A number as a whole number: the clock's and the meters' digits may hold it by chance."""
        if self.text not in page:
            return False
        return not self.text.isdecimal() or bool(re.search(rf"(?<![\d.]){self.text}(?!\d)", page))


@dataclass
class Thing:
    """What belongs to one card: refs by family."""

    refs: dict[str, str]


@dataclass
class Principal:
    """Somebody at a door. `own` and `sibling` are refs by family; `other` is what is not his."""

    name: str
    browser: FlaskClient
    role: str = ""
    owner: str = ""
    department: str = ""
    person_id: int | None = None
    form_token: str = ""
    own: dict[str, str] = field(default_factory=dict)
    sibling: dict[str, str] = field(default_factory=dict)
    deleted: dict[str, str] = field(default_factory=dict)
    other: dict[str, str] = field(default_factory=dict)

    def may_see(self, canary: Canary) -> bool:
        """Patients their own of bound cards; doctors their department's questions, masked; editors answered ones.

        Auditors see what things are called, operators who is suspended, masked, customer service who wants a person,
        editors what was not understood, reviewers what was said, without whoever said it.
        """
        if self.owner:
            return canary.owner == self.owner and not canary.gone
        if self.role in talks.REVIEWERS and canary.kind in talks.REVIEWED:
            return True
        if self.role == "auditor":  # what things are called, never what stands in them
            return canary.kind in {"ref", "patient"} or bool(OURS.fullmatch(canary.text))
        kinds = SEES.get(self.role)
        if kinds is not None or canary.kind not in ABOUT_PATIENTS:
            return canary.kind in (kinds or ())
        if self.role in {"doctor", "head"} and canary.department == self.department:
            return True
        return self.role == "editor" and canary.kind in {"question", "answer", "unclear"}


class World:
    """A hospital in which A has two cards and one to let go, B one, and U has let the second of two go.

    The first card of each is somebody else's too, and each has one more, of a patient who is suspended.
    """

    def __init__(self, ports: Ports) -> None:
        self.ports, self.canaries = ports, list[Canary]()
        with signing_in.quick_hashes():
            self._fill()

    def _fill(self) -> None:
        ports = self.ports
        self.his: Any = ports.his
        self.his.capacity = 50
        ports.rules.update(lines.ROOM)  # type: ignore[attr-defined] - what is asked here is not how often
        self.lines = lines.Lines(ports)
        self.doctors = {d: self._doctor(d) for d in ("yh.d01", "yh.d02")}
        self.people = {owner: a_person(ports, f"o-idor-{owner}") for owner in SURNAMES}
        self.holders = dict[str, str]()  # card → the card of whoever else holds it
        self.things = {owner: [self._thing(owner, n) for n in range(1 if owner == "b" else 2)] for owner in SURNAMES}
        self.things["a"][0].refs["spare"] = self._spare("a")
        self._stand_in_lines()
        self._ask_on()
        self._let_go("u")
        first = self.things["a"][0].refs
        talk = asked.meant(ports, self.people["a"], first["question"], first["report"])
        self.meant = {**lines.meant(ports), **letters.MEANT, **talk}
        self.letters = letters.Letters(ports)
        self.broadcasts = self.letters.for_staff()
        for owner, things in self.things.items():
            things[0].refs["told"] = self.letters.told(self.people[owner])
        self.entries = {department: self._entry(department) for department in self.doctors}
        self.accounts = self._accounts()
        self.written = {department: self._written(department) for department in self.doctors}
        self.miss = self._miss()
        self.phrases = {place: self._phrase(doctor) for place, doctor in self.doctors.items()}

    def _doctor(self, department: str) -> Staff:
        name = f"answering-{department}"
        member = Member(name, "钱医生", "doctor", PASSWORD, department)
        return staff.ensure(self.ports, members=[member])[0]

    def _accounts(self) -> dict[str, str]:
        """An account for operators to change, and what one of them wants for two more and another agrees to or not."""
        boss, one, *two = staff.ensure(
            self.ports,
            members=[Member(name, "某某", role, PASSWORD) for name, role in OF_ACCOUNTS],
        )
        for member in two:
            accounts.change(self.ports, staff=boss, account_id=member.id, place=accounts.Place("auditor"))
        asked = [row.ref for row in account_requests.waiting(self.ports, staff=one)]
        with self.ports.transaction() as session:
            session.execute(sa.update(StaffMember).where(StaffMember.id == one.id).values(id=ACCOUNTS + one.id))
        return {"account": str(ACCOUNTS + one.id), "account_request": asked[0], "account_refused": asked[1]}

    def _thing(self, owner: str, number: int) -> Thing:
        """A card with a booking, a report, an answered question and a value in the vault."""
        ports, person, mark = self.ports, self.people[owner], f"{owner}{number}"
        department = "yh.d02" if owner == "b" else "yh.d01"
        given = "甲乙丙丁"[number]
        who = Someone(
            f"{SURNAMES[owner]}{given}晴", id_number(serial=ord(owner) * 2 + number), f"139{ord(owner):04d}{number:04d}"
        )
        card = a_card(ports, person, who)
        cards.choose(ports, person_id=person, ref=card.ref)
        if number == 0:
            self._shared(owner, card.ref, who)
            suspension = self._suspended(owner)
            cards.choose(ports, person_id=person, ref=card.ref)
        day = clock.today() + timedelta(days=1)
        slot = booking.offers(ports, department_id=department, day=day)[number]
        made = booking.book(ports, person_id=person, card_ref=card.ref, slot_id=slot.slot_id, key=f"idor-{mark}")
        today = self._today(person, card.ref, department, mark) if number == 0 else ""
        paged = today or self._booked(person, card.ref, department, f"{mark}-today", clock.today())
        page = self._page(person, paged, department, mark)
        unpaid = self._unpaid(person, card.ref, department, mark) if number == 0 else ""
        value = f"值{mark}秘密"
        item = Observation("X", "指标", value, "U", 1.0, 2.0, "1-2", "N")
        report = self.his.add_report(card.patient_id, items=(item,), name=f"报告{mark}秘密")
        asked = self._question(person, department, mark)
        kept = vault.put(ports, person_id=person, kind="person_name", value=f"{SURNAMES[owner]}秘密")
        gone = (owner, number) == ("u", 1)
        for text, kind in (
            *((text, "identity") for text in (who.name, who.id_number, who.phone)),
            (card.patient_id, "patient"),
            (f"{SURNAMES[owner]}*", "masked"),
            *((text, "report") for text in (value, report.name)),
            *((text, "ref") for text in filter(None, (card.ref, made.ref, today, unpaid, kept))),
            (f"提问{mark}秘密", "question"),
            (f"回答{mark}秘密", "answer"),
        ):
            askers = kind in {"masked", "question", "answer"} or text == kept  # the asker's own, whatever card it was
            hidden = gone and not askers
            self.canaries.append(Canary(text, owner, kind, department, gone=hidden))
        refs = {"card": card.ref, "booking": made.ref, "report": f"{card.ref}.{report.id}", "question": asked}
        refs["line"] = f"{refs['report']}/0"
        refs |= {"vault": kept, "paged": paged, "page": page}
        refs |= {family: self._question(person, department, f"{mark}-{family}") for family in WAITING}
        if number == 0:
            refs |= self._talk(owner, person)
            refs["unclear"] = self._unclear(owner, person)
            refs |= {"answered": asked, "today": today, "suspension": suspension, "unpaid": unpaid}
            refs["notice"] = self._notice(person)
            refs["talk"] = talks.talk(ports, person, owner, who.name)
            self.canaries += [Canary(text, owner, talks.KIND) for text in (talks.words(owner), refs["talk"])]
        return Thing(refs)

    def _stand_in_lines(self) -> None:
        """A's and B's first card, and both of U's: what is his, and what was."""
        owners = {"a": 1, "b": 1, "u": 2}
        standing = [(owner, number) for owner, count in owners.items() for number in range(count)]
        made = {at: self.lines.of(*self._whose(*at)) for at in standing}
        self.lines.offer()
        self.lines.stop()
        for (owner, number), held in made.items():
            refs = held | self.lines.more(*self._whose(owner, number))
            self.things[owner][number].refs |= refs
            gone = (owner, number) == ("u", 1)
            told = {ref.partition(" ")[0] for family, ref in refs.items() if family in lines.TOLD}
            untold = {ref for ref in refs.values() if ref.partition(" ")[0] not in told}
            self.canaries += [Canary(ref, owner, "ref") for ref in told]  # in his notices for good
            self.canaries += [Canary(ref, owner, "ref", gone=gone) for ref in untold]

    def _ask_on(self) -> None:
        """Everybody's questions in every state, and what stands beside the first."""
        for owner, things in self.things.items():
            for number in range(len(things)):
                person, card, department, mark = self._whose(owner, number)
                refs, words = asked.of(self.ports, self.doctors[department], person, department, mark)
                shown = asked.beside(self.ports, person, card, things[number].refs["question"], mark)
                things[number].refs |= refs
                gone = (owner, number) == ("u", 1)
                self.canaries += [Canary(text, owner, "question", department) for text in (*words, f"语音{mark}秘密")]
                self.canaries.append(Canary(shown, owner, "shown", department, gone=gone))

    def _whose(self, owner: str, number: int) -> tuple[int, str, str, str]:
        department = "yh.d02" if owner == "b" else "yh.d01"
        return self.people[owner], self.things[owner][number].refs["card"], department, f"{owner}{number}"

    def _suspended(self, owner: str) -> str:
        """Of one more patient, whose page the operators have: his masked name and what was said for him."""
        who = Someone(f"{SURNAMES[owner]}辛晴", id_number(serial=ord(owner) * 2 + 500), f"139{ord(owner):04d}0500")
        words = f"申诉{owner}秘密"
        ref = self.lines.suspended(self.people[owner], who, words)
        self.canaries += [Canary(text, owner, "identity") for text in (who.name, who.id_number, who.phone)]
        self.canaries += [Canary(text, owner, "suspension") for text in (ref, words)]
        return ref

    def _today(self, person: int, card: str, department: str, mark: str) -> str:
        """A number for which its patient, who is here, may report."""
        ref = self._booked(person, card, department, f"{mark}-today", clock.today())
        arrival.prove(self.ports, person_id=person, where=arrival.Scan(department))
        return ref

    def _booked(self, person: int, card: str, department: str, mark: str, day: date) -> str:
        slot = booking.offers(self.ports, department_id=department, day=day)[0]
        facts: dict[str, Any] = {"person_id": person, "card_ref": card, "slot_id": slot.slot_id}
        return booking.book(self.ports, **facts, key=f"idor-{mark}").ref

    def _page(self, person: int, ref: str, department: str, mark: str) -> str:
        """What the patient told before that booking, given to its doctor."""
        ports, told = self.ports, Complaint(f"膝盖疼{mark}密页")
        sealed = ports.crypto.seal(previsit.dumped(previsit.page(told, urgency="routine", departments=["骨科"])))
        note = TriageNote(ref=new_ref("t"), person_id=person, text_sealed=ports.crypto.seal(told.words))
        note.urgency, note.departments_json, note.summary_sealed = "routine", [department], sealed
        note.created_at = note.given_at = ports.now()
        with ports.transaction() as session:
            note.booking_id = session.scalar(sa.select(Booking.id).where(Booking.ref == ref))
            session.add(note)
            made = str(note.ref)
        self.canaries.append(Canary(told.words, mark[0], "summary", department))  # his own words, whatever card it was
        return made

    def _unpaid(self, person: int, card: str, department: str, mark: str) -> str:
        """A number that is kept until it is paid, in the other department: in one's own every day has its use."""
        rules = {**self.ports.rules, "prepay": {"all": True, "departments": [], "titles": []}}
        ports = replace(self.ports, rules=rules)
        day = clock.today() + timedelta(days=3)
        [elsewhere] = set(lines.HOUSES) - {department}
        slot = booking.offers(ports, department_id=elsewhere, day=day)[0]
        facts = {"person_id": person, "card_ref": card, "slot_id": slot.slot_id}
        return booking.book(ports, **facts, key=f"idor-{mark}-unpaid").ref

    def _notice(self, person: int) -> str:
        """The word of his answered question, under a number that stands nowhere else."""
        with self.ports.transaction() as session:
            found = session.scalars(sa.select(Notice.id).where(Notice.person_id == person).limit(1)).one()
            session.execute(sa.update(Notice).where(Notice.id == found).values(id=NOTICES + found))
        return str(NOTICES + found)

    def _shared(self, owner: str, card: str, who: Someone) -> None:
        other = a_card(self.ports, a_person(self.ports), who)
        self.holders[card] = other.ref
        self.canaries.append(Canary(other.ref, owner, "ref"))

    def _spare(self, owner: str) -> str:
        who = Someone(f"{SURNAMES[owner]}庚晴", id_number(serial=999), f"139{ord(owner):04d}0999")
        card = a_card(self.ports, self.people[owner], who)
        self.canaries += [Canary(text, owner, "identity") for text in (who.name, who.id_number, who.phone)]
        return card.ref

    def holder(self, card: str) -> str:
        """Whoever else holds this card."""
        return self.holders.get(card, UNKNOWN["card"])

    def _question(self, person: int, department: str, mark: str) -> str:
        ports, doctor = self.ports, self.doctors[department]
        facts: dict[str, Any] = {"department_id": department, "doctor_id": None, "red_flag": False}
        asked = consult.ask(ports, person_id=person, text=f"提问{mark}秘密，要紧吗？", key=f"idor-q{mark}", **facts)
        self._pictured(person, asked.ref, mark)
        if mark.endswith("0"):
            consult.claim(ports, staff=doctor, ref=asked.ref)
            consult.answer(ports, staff=doctor, ref=asked.ref, text=f"回答{mark}秘密，不要紧。")
        if mark.rsplit("-", maxsplit=1)[-1] in WAITING:
            self.canaries.append(Canary(f"提问{mark}秘密", mark[0], "question", department))
        else:
            self._spoken(asked.ref, doctor, mark, department)
        return asked.ref

    def _spoken(self, ref: str, doctor: Staff, mark: str, department: str) -> None:
        """What was said after the question."""
        with self.ports.transaction() as session:
            asked = session.scalars(sa.select(Question).where(Question.ref == ref)).one()
            for kind in ("ask_back", "answer", "refusal"):
                said = f"后来{kind}{mark}秘密"
                facts: dict[str, Any] = {"kind": kind, "key": f"{mark}:{kind}", "staff_id": doctor.id}
                consult_turns.add(self.ports, session, question=asked, text=said, **facts)
                self.canaries.append(Canary(said, mark[0], "turn", department))
            note = f"备注{mark}秘密"
            facts = {"question_id": asked.id, "person_id": asked.person_id, "staff_id": doctor.id, "key": mark}
            session.add(QuestionNote(text_sealed=self.ports.crypto.seal(note), at=self.ports.now(), **facts))
            self.canaries.append(Canary(note, "", "note", department))  # nobody's but his doctors'

    def _pictured(self, person: int, ref: str, mark: str) -> None:
        content = base64.b64encode(f"图片{mark}秘密".encode()).decode()
        with self.ports.transaction() as session:
            question = session.scalar(sa.select(Question.id).where(Question.ref == ref))
            facts = {"ref": f"p_{mark}", "key": mark, "question_id": question, "person_id": person}
            sealed = self.ports.crypto.seal(content)
            session.add(QuestionPicture(content_sealed=sealed, added_at=self.ports.now(), **facts))
        owner, department = mark[0], "yh.d02" if mark[0] == "b" else "yh.d01"
        self.canaries.append(Canary(f"图片{mark}秘密", owner, "picture", department))

    def _talk(self, owner: str, person: int) -> dict[str, str]:
        """He asked for a person, and somebody wrote to him."""
        ports, words, key = self.ports, f"客服{owner}秘密", f"idor-talk-{owner}"
        with ports.transaction() as session:
            facts = {"way": "console", "state": "queued", "doing": "", "account": ""}
            talk = handoff_rows.begin(ports, session, person_id=person, key=key, **facts)
            handoff_rows.add_line(ports, session, talk, key=key, text=words, side="staff")
            handoff_rows.add_line(ports, session, talk, key=f"{key}-2", text=words)
            line = session.scalar(sa.select(HandoffLine.id).where(HandoffLine.key == key))
        self.canaries += [Canary(words, owner, "line"), Canary(talk.ref, owner, "talk")]
        return {"handoff": talk.ref, "handoff_line": f"{talk.ref}/{line}"}

    def _unclear(self, owner: str, person: int) -> str:
        """What he said was not understood; nothing leads from it to him, and editors alone read it."""
        said = f"这句{owner}没听懂"
        ref = str(unclear.note(self.ports, person_id=person, text=said, guess="book", confidence=0.3))
        self.canaries += [Canary(text, owner, "unclear") for text in (said, ref)]
        return ref

    def _let_go(self, owner: str) -> None:
        card = self.things[owner][1].refs["card"]
        cards.unbind(self.ports, person_id=self.people[owner], ref=card)

    def _entry(self, department: str) -> str:
        """What the head made of an answered question, under a number that stands nowhere else; d01's is published."""
        owner = "b" if department == "yh.d02" else "a"
        head = Member(f"head-{department}", "主任", "head", PASSWORD, department)
        member = staff.ensure(self.ports, members=[head])[0]
        made = faq.draft_from(self.ports, staff=member, question_ref=self.things[owner][0].refs["answered"])
        if department == "yh.d01":  # published is for everybody, so its words are not his any more
            words = {"question": "要紧吗？", "answer": "多半不要紧。"}
            saved = faq.save(self.ports, staff=member, entry_id=made.id, version=made.version, **words)
            faq_signing.sign(self.ports, staff=member, entry_id=made.id, version=saved.version)
            second = staff.ensure(self.ports, members=[Member("second", "编辑", "editor", PASSWORD)])[0]
            faq.publish(self.ports, staff=second, entry_id=made.id, version=saved.version)
        return self._renumbered(made.id)

    def _renumbered(self, entry_id: int) -> str:
        """The entry under a number that stands nowhere else, its versions with it."""
        versions = sa.select(FaqVersion.__table__).where(FaqVersion.entry_id == entry_id)
        with self.ports.transaction() as session:
            kept = [dict(row) for row in session.execute(versions).mappings()]
            session.execute(sa.delete(FaqVersion).where(FaqVersion.entry_id == entry_id))
            session.execute(sa.update(FaqEntry).where(FaqEntry.id == entry_id).values(id=ENTRIES + entry_id))
            session.execute(sa.insert(FaqVersion), [row | {"entry_id": ENTRIES + entry_id} for row in kept])
        return str(ENTRIES + entry_id)

    def _written(self, department: str) -> dict[str, str]:
        """Entries of one department that nobody asked for: to be signed, to be published, to be merged."""
        writer = staff.ensure(self.ports, members=[Member("writer", "撰稿", "editor", PASSWORD)])[0]
        head = Member(f"head-{department}", "主任", "head", PASSWORD, department)
        signer = staff.ensure(self.ports, members=[head])[0]
        made = {}
        for family in ("signable", "publishable", "mergeable", "into"):
            facts = {"question": f"{family}{department}怎么办？", "answer": "先看门诊。", "department_id": department}
            draft = faq_drafting.create(self.ports, staff=writer, **facts)
            if family == "publishable":
                faq_signing.sign(self.ports, staff=signer, entry_id=draft.id, version=draft.version)
            made[family] = self._renumbered(draft.id)
        if department == "yh.d01":
            self.meant |= {"=into": made["into"], "=into_version": "1"}
        return made

    def _miss(self) -> str:
        """What nobody found; nothing leads from it to anybody, and editors alone read it."""
        faq_misses.note(self.ports, person_id=self.people["a"], text="早搏能喝浓茶吗")
        faq_misses.clean_fresh(self.ports)
        with self.ports.transaction() as session:
            return str(session.scalar(sa.select(FaqMiss.ref)))

    def _phrase(self, doctor: Staff) -> str:
        return desk_phrases.add(self.ports, staff=doctor, code="sy", text="少盐少油。", shared=True).ref

    def version(self, entry: str) -> str:
        """The version that a form of this entry would carry."""
        if not entry.isdecimal():
            return self.letters.version(entry)
        with self.ports.transaction() as session:
            row = session.get(FaqEntry, int(entry) % 2**31)
            return str(row.version if row else 1)

    def tables(self) -> str:
        """What must not change by requests at what is somebody else's."""
        names: tuple[str, ...] = (
            "card",
            "booking",
            "question",
            "answer",
            "faq_entry",
            "consent",
            "check_in",
            "pay_order",
        )
        names += ("triage_note", "wait", "wait_offer", "suspension", "unclear_text", "returned_place")
        names += ("broadcast", "broadcast_halt", "staff_request", "faq_version", "faq_miss")
        names += ("question_turn", "question_draft", "question_move", "question_note", "phrase")
        with self.ports.transaction() as session:
            found = [session.execute(sa.text(f"SELECT * FROM {name} ORDER BY id")).all() for name in names]
            who = sa.text("SELECT id, role, active, password_hash, totp_sealed FROM staff ORDER BY id")
            return repr([*found, session.execute(who).all()])


def principals(world: World) -> tuple[Flask, list[Principal]]:
    """The app and everybody at its door, signed in."""
    with signing_in.quick_hashes():
        return _principals(world)


def _principals(world: World) -> tuple[Flask, list[Principal]]:
    oauth = OAuth()
    app = make_app(world.ports, oauth, {"database": {"ok": True}})
    app.config["WTF_CSRF_ENABLED"] = False  # not what is asked here
    found = [Principal("anonymous", app.test_client(), other=_of(world, "b"), sibling=_of(world, "a"))]
    found += [_patient(world, app, oauth, owner) for owner in SURNAMES]
    found += [_member(world, app, f"doctor of {d}", "doctor", d) for d in world.doctors]
    found += [_member(world, app, role, role, "yh.d01" if role == "head" else "") for role in ROLES if role != "doctor"]
    disabled = _member(world, app, "disabled doctor", "doctor", "yh.d01")
    with world.ports.transaction() as session:
        gone = StaffMember.username == "idor-disabled doctor"
        session.execute(sa.update(StaffMember).where(gone).values(active=False))
    disabled.role, disabled.department, disabled.own = "none", "", {}
    return app, [*found, disabled]


def _of(world: World, owner: str, number: int = 0) -> dict[str, str]:
    department = "yh.d02" if owner == "b" else "yh.d01"
    entries = {"entry": world.entries[department], "draft": world.entries["yh.d02"], **world.written[department]}
    return {**world.things[owner][number].refs, **entries, **world.accounts, "phrase": world.phrases[department]}


def _patient(world: World, app: Flask, oauth: OAuth, owner: str) -> Principal:
    browser, openid = app.test_client(), f"o-idor-{owner}"
    oauth.codes[openid] = openid
    assert browser.get(f"/h5/oauth/back?code={openid}&state={leave(browser)}").status_code == 302
    token = re.search(r'name="form_token" value="([^"]*)"', browser.get("/h5/data").text)
    second = world.things[owner][1].refs if len(world.things[owner]) > 1 else {}
    return Principal(
        name=f"patient {owner}",
        browser=browser,
        owner=owner,
        person_id=world.people[owner],
        form_token=token[1] if token else "",
        own={**world.things[owner][0].refs, "entry": world.entries["yh.d01"]},
        sibling=second if owner == "a" else {},
        deleted={k: v for k, v in second.items() if k not in OUTLIVE} if owner == "u" else {},
        other={**_of(world, "a" if owner == "b" else "b"), "entry": world.entries["yh.d02"]},
    )


def _member(world: World, app: Flask, name: str, role: str, department: str) -> Principal:
    username = f"idor-{name}"
    member = Member(username, "某某", role, PASSWORD, department or None, totp_secret=signing_in.SECRET)
    staff.ensure(world.ports, members=[member])
    browser = signing_in.signed_in(app.test_client(), username, PASSWORD, signing_in.code())
    mine, theirs = ("b", "a") if department == "yh.d02" else ("a", "b")
    own = _of(world, mine, 1 if mine == "a" else 0) if role in {"doctor", "head"} else {}
    editing = {"entry", "draft", "publishable", "mergeable"}
    own = {family: ref for family, ref in own.items() if family not in editing}
    if role in {"editor", "head"}:
        own |= {"entry": world.entries["yh.d01"], "answered": world.things["a"][0].refs["answered"]}
        own |= {family: world.written["yh.d01"][family] for family in ("publishable", "mergeable")}
        own["miss"] = world.miss
    other = _of(world, theirs)
    if role == "editor":  # his are all departments' answered questions and what was made of them
        other = {k: v for k, v in other.items() if k not in {"answered", *editing}}
        own["draft"] = world.entries["yh.d02"]
        own["unclear"] = other.pop("unclear")
    if role == "operator":  # every suspension is his to look at, and every notice that did not arrive
        own["suspension"] = other.pop("suspension")
        own["notice"] = other.pop("notice")
        own |= {family: other.pop(family) for family in world.accounts}
    if role in {"editor", "operator"}:  # both see every broadcast; who may write in one is asked at the door
        own |= world.broadcasts
    if role in talks.REVIEWERS:
        own["talk"] = other.pop("talk")
    if role == "service":  # and every talk everybody's of customer service
        own["handoff"] = other.pop("handoff")
    return Principal(name, browser, role=role, department=department, own=own, other=other)
