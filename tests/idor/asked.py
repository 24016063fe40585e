"""Questions in every state, with what stands beside them, for those who ask each door for everybody's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.db.base import new_ref
from bot.db.consult import Question, QuestionVoice
from bot.db.handoff import Handoff, HandoffLine
from bot.db.live_talks import LiveTalk
from bot.his.port import Observation
from bot.ports import Ports
from bot.services import cards, consult_reports, live_talks, talk_rows
from bot.services.staff import Staff
from tests.services.asked import answer, ask, ends

NONE = "q_0000000000"
FAMILIES = ("waiting", "further", "asked_back", "refused")
TALKS = ("live_talk", "written_talk", "due_talk", "talked")
NEVER = "l_0000000000"
UNKNOWN = {**dict.fromkeys(FAMILIES, NONE), **dict.fromkeys(TALKS, NEVER), "talk_line": "h_0000000000/1"}


def meant(ports: Ports, person: int, question: str, report: str) -> dict[str, str]:
    first = live_talks.times(ports, person_id=person, ref=question)[-1]
    return {"=talk_start": first.start.isoformat(), "=a_report": report}


def of(ports: Ports, doctor: Staff, person: int, department: str, mark: str) -> tuple[dict[str, str], list[str]]:
    """(references by family, words that only he and his department may read) of one card's asker."""
    texts = {family: f"{family}{mark}秘密，要紧吗？" for family in (*FAMILIES, *TALKS)}
    refs = {family: ask(ports, person, department_id=department, text=text).ref for family, text in texts.items()}
    answer(ports, doctor, refs["further"], f"再答{mark}秘密")
    ends(ports, doctor, refs["asked_back"], "asked_back", "ask_back", f"反问{mark}秘密")
    ends(ports, doctor, refs["refused"], "refused", "refusal", f"不答{mark}秘密")
    place = len(mark) + ord(mark[0]) + int(mark[1])
    for number, family in enumerate(TALKS):
        way = "video" if family == "live_talk" else "text"
        refs[family] = _talk(ports, person, department, refs[family], place + 1000 * number, way)
    refs["talk_line"] = _talked(ports, doctor, person, refs["talked"], f"约聊{mark}秘密")
    return refs, [
        *(text.partition("，")[0] for text in texts.values()),
        *(f"{w}{mark}秘密" for w in ("再答", "反问", "不答", "约聊")),
    ]


def beside(ports: Ports, person: int, card: str, question: str, mark: str) -> str:
    """A voice and a report beside a question that was asked before; gives a word of the report."""
    patient = cards.one(ports, person_id=person, ref=card).patient_id
    item = Observation("Y", "指标", f"给看{mark}秘密", "U", 1.0, 2.0, "1-2", "N")
    report = ports.his.add_report(patient, items=(item,), name="血常规")  # type: ignore[attr-defined]
    consult_reports.give(ports, person_id=person, ref=question, report_ref=f"{card}.{report.id}")
    sound = ports.crypto.seal("IyFBTVIK")
    with ports.transaction() as session:
        found = session.scalar(sa.select(Question.id).where(Question.ref == question))
        facts: dict[str, Any] = {"ref": f"s_{mark}", "key": f"s{mark}", "question_id": found, "person_id": person}
        heard = ports.crypto.seal(f"语音{mark}秘密")
        session.add(QuestionVoice(content_sealed=sound, words_sealed=heard, added_at=ports.now(), **facts))
    return item.value


def _talked(ports: Ports, doctor: Staff, person: int, ref: str, words: str) -> str:
    """What was said in an appointed talk; one line of it."""
    with ports.transaction() as session:
        facts = {
            "way": "doctor",
            "state": "closed",
            "ended_by": "staff",
            "staff_id": doctor.id,
            "doing": "",
            "account": "",
        }
        now = ports.now()
        chat = Handoff(
            ref=new_ref("h"), key=talk_rows.chat_key(ref), person_id=person, asked_at=now, heard_at=now, **facts
        )
        session.add(chat)
        session.flush()
        talk_rows.add(ports, session, chat, key=f"{chat.ref}:1", text=words, staff_id=doctor.id)
        line = session.scalar(sa.select(HandoffLine.id).where(HandoffLine.handoff_id == chat.id))
        return f"{chat.ref}/{line}"


def _talk(ports: Ports, person: int, department: str, question: str, place: int, way: str) -> str:
    """A talk whose time is now."""
    ref, now = new_ref("l"), ports.now()
    with ports.transaction() as session:
        found = session.scalar(sa.select(Question.id).where(Question.ref == question))
        facts: dict[str, Any] = {"question_id": found, "person_id": person, "department_id": department, "place": place}
        end = now + timedelta(minutes=15)
        session.add(
            LiveTalk(ref=ref, key=ref, way=way, start=now, end=end, state="booked", live=1, made_at=now, **facts)
        )
    return ref
