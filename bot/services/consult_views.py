"""Questions to doctors in the chat's words; drawn after rasa, each checked for this person."""

from __future__ import annotations

import json
from datetime import timedelta

from bot import clock
from bot.errors import NotFound
from bot.ports import Ports, Reply
from bot.services import asking_rules, consult, live_talks, service_hours, vault, words
from bot.services import consult_story as stories
from bot.services.consult_story import Story

KEPT_SHOWN = 300  # characters of a question that is to be confirmed
LISTED = 8  # newest questions in one answer
OFFERED_DAYS = 14  # what stands below a notice can be tapped so long


def questions(ports: Ports, person_id: int, _ref: str) -> Reply:
    """Newest first, each with its state in plain words."""
    mine = consult.mine(ports, person_id=person_id)
    lines = [f"{q.department_name}：{_short(q.text)}（{stories.words_of(q)}）" for q in mine[:LISTED]]
    return words.say("utter_questions", lines="\n".join(lines))


def asked(ports: Ports, person_id: int, ref: str) -> Reply:
    """The question just sent, by when it is answered, and what can be told beside it."""
    found = stories.story(ports, person_id=person_id, ref=ref)
    due = service_hours.moment_in_words(ports, found.question.due_at)
    said = words.say("utter_question_due", due=due, hours=asking_rules.hours(ports))
    more = [_choice("补充几句，回答更准", "reply_expert", asked=ref, saying="tell")] if found.ask_next else []
    text = f"「{_short(found.question.text)}」\n{said['text']}"
    return {"text": text, "choices": [*more, _choice("给医生看我的报告", "give_report", asked=ref)]}


def kept_question(ports: Ports, person_id: int, ref: str) -> Reply:
    if not vault.holds(ports, person_id=person_id, ref=ref):
        raise NotFound
    return {"text": f"「{_short(vault.get(ports, person_id=person_id, ref=ref), KEPT_SHOWN)}」"}


def answer(ports: Ports, person_id: int, ref: str) -> Reply:
    """The newest answer, with the question it answers, and what can be done about it."""
    found = stories.story(ports, person_id=person_id, ref=ref)
    given = [turn for turn in found.turns if turn.kind == "answer"]
    further = [turn for turn in found.turns if turn.kind == "follow_up"]
    if found.question.answer is None:
        raise NotFound
    asked_last = further[-1].text if given and further else found.question.text
    said = given[-1].text if given else found.question.answer
    by = (given[-1].by if given else found.question.answered_by) or ""
    doctor = f"{found.question.department_name} {by}".strip()
    drawn = words.say("utter_answer", question=_short(asked_last), doctor=doctor, answer=said)
    return _with_ways(ports, drawn, found)


def question(ports: Ports, person_id: int, ref: str) -> Reply:
    """One question as it stands: its answer, what the doctor wants to know, why it was refused, or by when."""
    found = stories.looked_at(ports, person_id=person_id, ref=ref)
    state = found.question.state
    if state == "asked_back":
        return asked_back(ports, person_id, ref)
    if state == "refused":
        return refused(ports, person_id, ref)
    if state == "answered":
        return answer(ports, person_id, ref)
    due = service_hours.moment_in_words(ports, found.question.due_at)
    when = words.say("utter_question_late" if found.late else "utter_question_by", due=due)["text"]
    facts = {"question": _short(found.question.text), "state": found.state}
    drawn = words.say("utter_question_state", when=when if "tell" in found.can else "", **facts)
    return _with_ways(ports, drawn, found)


def asked_back(ports: Ports, person_id: int, ref: str) -> Reply:
    """What the doctor wants to know; said only while he waits for it."""
    found = stories.story(ports, person_id=person_id, ref=ref)
    if found.question.state != "asked_back" or found.last is None:
        raise NotFound
    doctor = f"{found.question.department_name} {found.last.by or ''}".strip()
    drawn = words.say("utter_doctor_asks", doctor=doctor, question=_short(found.question.text), text=found.last.text)
    return _with_ways(ports, drawn, found)


def refused(ports: Ports, person_id: int, ref: str) -> Reply:
    """Why the question was not taken, and the way on."""
    found = stories.story(ports, person_id=person_id, ref=ref)
    if found.question.state != "refused" or found.last is None:
        raise NotFound
    facts = {"question": _short(found.question.text), "department": found.question.department_name}
    drawn = words.say("utter_doctor_refuses", reason=found.last.text, **facts)
    return {**drawn, "until": ports.now() + timedelta(days=OFFERED_DAYS)}


def live_talk_soon(ports: Ports, person_id: int, ref: str) -> Reply:
    """The reminder of an appointed talk; NotFound once it was called off."""
    talk = live_talks.one(ports, person_id=person_id, ref=ref)
    facts = {
        "department": talk.department_name,
        "when": words.half_hour(clock.local(talk.start).date(), talk.start, talk.end),
    }
    drawn = words.say(f"utter_live_talk_{talk.way}", **facts)
    return {**drawn, "link": _page(ports, talk.question_ref, "查看约好的咨询")}


def _with_ways(ports: Ports, drawn: Reply, found: Story) -> Reply:
    ref = found.question.ref
    ways = [
        (stories.REPLY, "回复医生", "reply_expert", {"asked": ref, "saying": "reply"}),
        (stories.FOLLOW_UP, f"追问（还能问{found.left}次）", "reply_expert", {"asked": ref, "saying": "follow_up"}),
        (stories.RATE, "评价这次回答", "rate_answer", {"asked": ref}),
        (stories.TELL, "补充情况", "reply_expert", {"asked": ref, "saying": "tell"}),
    ]
    choices = [_choice(label, intent, **facts) for name, label, intent, facts in ways if name in found.can]
    if not found.ask_next:
        choices = [each for each in choices if each["label"] != "补充情况"]
    until = ports.now() + timedelta(days=OFFERED_DAYS)
    return {**drawn, "choices": choices, "until": until, "link": _page(ports, ref, "看全部内容")}


def _page(ports: Ports, ref: str, title: str) -> dict[str, str]:
    return {"title": title, "url": f"{ports.public_url}/h5/questions/{ref}"}


def _choice(label: str, intent: str, **facts: str) -> dict[str, str]:
    return {"label": label, "payload": f"/{intent}{json.dumps(facts)}"}


def _short(text: str, limit: int = 40) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"


VIEWS = {
    "questions": questions,
    "question": question,
    "asked": asked,
    "kept_question": kept_question,
    "answer": answer,
    "answer_further": answer,
    "asked_back": asked_back,
    "question_refused": refused,
    "live_talk_soon": live_talk_soon,
}
