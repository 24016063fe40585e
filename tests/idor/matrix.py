"""What each door takes: a new route, answer, form or view needs its row here, one line each.

A row names the parameters that hold a reference, and of which family. `{}` = the door takes none.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.test_photo import a_picture


@dataclass(frozen=True)
class Row:
    """Parameters of one door → family of the reference (`booking`), in the path, the query or the form."""

    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    fixed: dict[str, str] = field(default_factory=dict)  # further fields of the form that make it a good one
    asked: dict[str, str] = field(default_factory=dict)  # … and of the address
    files: dict[str, bytes] = field(default_factory=dict)  # … and what is uploaded with it
    fill: dict[str, str] = field(default_factory=dict)  # path parameters that hold no reference, `=holder`: as below
    after: str = ""  # the door to go through first, with the same reference, before one's own
    last: bool = False  # ends the session or the person: asked when everything else was


ONCE = "0123456789abcdef"
PICTURE = a_picture()
QUESTION, ANSWERED, ENTRY = {"ref": "question"}, {"ref": "answered"}, {"entry_id": "entry"}
BROADCAST, WHY = {"ref": "broadcast"}, {"why": "内容有误"}
NEWS = {"way": "notice", "title": "门诊时间", "body": "周末上午也开。"}
TICKED = {"ticked": "=ticked"}
TALK, APPOINTED = {"ref": "handoff"}, {"ref": "written_talk"}
ACCOUNT = {"account_id": "account"}
AS_READ = {"version": "=version"}
TEXTS = {"question": "要紧吗？", "answer": "不要紧。", "version": "=version"}

ROUTES: dict[str, Row] = {
    # anybody
    "static": Row(fill={"filename": "h5.css"}),
    "front": Row(),
    "health.healthz": Row(),
    "health.readyz": Row(),
    "health.metrics": Row(),
    "console.signin": Row(),
    "h5.front": Row(),
    "h5.signin": Row(),
    "h5.back": Row(),
    "pay.notify": Row(),
    # patients
    "h5.me": Row(),
    "h5.bookings_page": Row(),
    "h5.booking_page": Row(path={"ref": "booking"}),
    "h5.move_page": Row(path={"ref": "movable"}),
    "h5.cancel_page": Row(path={"ref": "giving_back"}),
    "h5.cancel": Row(path={"ref": "giving_back"}, fixed={"once": ONCE}),
    "h5.whose_page": Row(),
    "h5.departments_page": Row(path={"card": "card"}),
    "h5.calendar_page": Row(path={"card": "card"}, fill={"department": "=department"}),
    "h5.confirm_page": Row(path={"card": "card"}, fill={"slot": "=page_slot"}),
    "h5.book": Row(path={"card": "card"}, fill={"slot": "=page_slot"}, fixed={"wish": "0", "fee": "=fee"}),
    "h5.confirm_move_page": Row(path={"ref": "movable"}, fill={"slot": "=moved_to"}),
    "h5.move": Row(path={"ref": "movable"}, fill={"slot": "=moved_to"}, fixed={"wish": "0", "fee": "=fee"}),
    "h5.appeal": Row(),
    "h5.waits_page": Row(),
    "h5.join_page": Row(path={"card": "card"}, fill={"department": "=department"}, asked={"day": "=wished"}),
    "h5.join": Row(path={"card": "card"}, fill={"department": "=department"}, fixed={"day": "=wished", "once": ONCE}),
    "h5.leave_wait": Row(path={"ref": "page_wait"}),
    "h5.accept_offer": Row(path={"ref": "page_offer"}),
    "h5.decline_offer": Row(path={"ref": "page_passing"}),
    "h5.pay": Row(path={"ref": "unpaid"}),
    "h5.paid": Row(path={"ref": "unpaid"}),
    "h5.queue_page": Row(),
    "h5.queue_live": Row(),
    "h5.check_in": Row(path={"ref": "today"}),
    "h5.reports_page": Row(query={"card": "card"}),
    "h5.report_page": Row(path={"ref": "report"}),
    "h5.trend_page": Row(path={"ref": "report"}, fill={"place": "0"}),
    "h5.inbox_page": Row(),
    "h5.faq_page": Row(),
    "h5.faq_entry": Row(path=ENTRY),
    "h5.bind_page": Row(),
    "h5.bind": Row(),
    "h5.card_page": Row(path={"ref": "card"}),
    "h5.choose_card": Row(path={"ref": "card"}),
    "h5.relate_card": Row(path={"ref": "card"}, fixed={"relation": "mother"}),
    "h5.unbind_card": Row(path={"ref": "spare"}),
    "h5.cut_holder": Row(path={"ref": "card"}, fill={"holder": "=holder"}),
    "h5.jssdk": Row(asked={"url": "http://localhost/h5/me"}),
    "h5.give_summary": Row(path={"ref": "paged"}),
    "h5.withdraw_summary": Row(path={"ref": "paged"}),
    "h5.body_page": Row(),
    "h5.body_part": Row(fixed={"who": "adult", "part": "头"}),
    "h5.body_ask": Row(fixed={"who": "adult", "said": "膝盖疼"}),
    "h5.questions_page": Row(),
    "h5.question_page": Row(path=QUESTION),
    "h5.say_more": Row(path={"ref": "further"}, fixed={"as": "follow_up", "text": "那能爬山吗？", "once": ONCE}),
    "h5.tell": Row(path={"ref": "waiting"}, fixed={"kind": "since", "text": "三天"}),
    "h5.rate": Row(path={"ref": "further"}, fixed={"stars": "5"}),
    "h5.withdraw_question": Row(path={"ref": "waiting"}, last=True),
    "h5.question_reports_page": Row(path=QUESTION),
    "h5.give_question_report": Row(path=QUESTION, fixed={"report": "=a_report"}),
    "h5.hide_question_report": Row(path=QUESTION, fixed={"report": "=a_report"}),
    "h5.talk_times_page": Row(path=QUESTION),
    "h5.book_talk": Row(path=QUESTION, fixed={"way": "text", "start": "=talk_start", "once": ONCE}),
    "h5.cancel_talk": Row(path=QUESTION),
    "h5.talk_door": Row(path={"ref": "live_talk"}),
    "h5.video_demo": Row(),
    "h5.keep_picture": Row(fixed={"once": ONCE}, files={"picture": PICTURE}),
    "h5.drop_pictures": Row(),
    "h5.add_pictures": Row(path={"ref": "waiting"}, fixed={"once": ONCE}, files={"picture": PICTURE}),
    "h5.ask_page": Row(),
    "h5.ask_whom_page": Row(fill={"department": "=department"}),
    "h5.ask_write_page": Row(fill={"department": "=department"}),
    "h5.ask_send": Row(
        fill={"department": "=department"},
        fixed={"text": "膝盖疼要紧吗？", "seen": "yes", "once": ONCE, "earlier": "read"},
    ),
    "h5.data_page": Row(),
    "h5.data_copy": Row(),
    "h5.data_agree": Row(fixed={"purpose": "reports"}),
    "h5.data_withdraw": Row(fixed={"purpose": "push"}, last=True),
    "h5.data_erase": Row(fixed={"sure": "yes"}, last=True),
    # staff
    "console.home": Row(),
    "console.signout": Row(last=True),
    "console.questions": Row(),
    "console.questions_live": Row(),
    "console.question": Row(path=QUESTION),
    "console.unmask": Row(path=QUESTION, fixed={"reason": "call_back"}),
    "console.claim": Row(path=QUESTION),
    "console.release": Row(path=QUESTION, after="console.claim"),
    "console.send": Row(path=QUESTION, fixed={"text": "请来门诊看看。"}, after="console.claim"),
    "console.question_live": Row(path=QUESTION),
    "console.ask_back": Row(path={"ref": "askable"}, fixed={"text": "疼多久了？"}, after="console.claim"),
    "console.refuse": Row(path={"ref": "refusable"}, fixed={"reason": "unclear"}, after="console.claim"),
    "console.reassign": Row(path={"ref": "handed_on"}, fixed={"to": "=department", "why": "更合适"}),
    "console.add_note": Row(path=QUESTION, fixed={"text": "看过了", "once": ONCE}),
    "console.save_draft": Row(path=QUESTION, fixed={"text": "写了一半", "version": "0"}),
    "console.phrases": Row(),
    "console.add_phrase": Row(fixed={"code": "fz", "text": "请来门诊复诊。"}),
    "console.change_phrase": Row(path={"ref": "phrase"}, fixed={"code": "xy", "text": "少盐。", "version": "1"}),
    "console.remove_phrase": Row(path={"ref": "phrase"}),
    "console.answered": Row(),
    "console.draft": Row(path=ANSWERED),
    "console.given": Row(),
    "console.visits": Row(),
    "console.visit": Row(path={"ref": "page"}),
    "console.entries": Row(),
    "console.entry": Row(path=ENTRY),
    "console.save": Row(path=ENTRY, fixed=TEXTS),
    "console.recall": Row(path=ENTRY, fixed=TEXTS, last=True),
    "console.discard": Row(path={"entry_id": "draft"}, fixed={"version": "=version"}, last=True),
    "console.new_entry": Row(),
    "console.create_entry": Row(fixed={"question": "能吃鱼吗？", "answer": "可以。", "kind": "answer"}),
    "console.publish_entry": Row(path={"entry_id": "publishable"}, fixed=AS_READ),
    "console.place_entry": Row(path=ENTRY, fixed={**AS_READ, "tags": "饮食"}),
    "console.review_entry": Row(path=ENTRY, fixed=AS_READ),
    "console.entry_versions": Row(path=ENTRY),
    "console.restore_entry": Row(path=ENTRY, fixed={**AS_READ, "number": "1"}, last=True),
    "console.merge_page": Row(path={"entry_id": "mergeable"}, fill={"into_id": "=into"}),
    "console.merge_entry": Row(
        path={"entry_id": "mergeable"}, fill={"into_id": "=into"}, fixed={**TEXTS, "into_version": "=into_version"}
    ),
    "console.signing": Row(),
    "console.sign_page": Row(path={"entry_id": "signable"}),
    "console.sign": Row(path={"entry_id": "signable"}, fixed=AS_READ),
    "console.missed": Row(),
    "console.write_missed": Row(form={"ref": "miss"}),
    "console.import_page": Row(),
    "console.preview_import": Row(),
    "console.bring_import": Row(fixed={"text": '{"id": "idor", "question": "能喝茶吗？", "answer": "可以。"}'}),
    "console.broadcasts": Row(),
    "console.new_broadcast": Row(),
    "console.create_broadcast": Row(fixed={**NEWS, "once": ONCE}),
    "console.broadcast": Row(path=BROADCAST),
    "console.broadcast_picture": Row(path=BROADCAST),
    "console.save_broadcast": Row(path=BROADCAST, fixed={**NEWS, "version": "=version"}),
    "console.propose_broadcast": Row(path=BROADCAST, fixed={"version": "=version", **TICKED}),
    "console.approve_broadcast": Row(path={"ref": "proposed"}, fixed={"version": "=version"}),
    "console.give_back_broadcast": Row(path={"ref": "returned"}, fixed={"version": "=version", **WHY}),
    "console.stop_broadcast": Row(path={"ref": "sending"}, fixed=WHY),
    "console.preview_broadcast": Row(path={"ref": "article"}, fixed={"wechat_id": "zhang_san"}),
    "console.copy_broadcast": Row(path=BROADCAST, fixed={"once": ONCE}),
    "console.discard_broadcast": Row(path={"ref": "discardable"}, fixed={"version": "=version"}, last=True),
    "console.halt_broadcasts": Row(fixed=WHY, last=True),
    "console.lift_halt": Row(fixed=WHY, last=True),
    "console.alarms": Row(),
    "console.delivery": Row(),
    "console.handled": Row(path={"notice_id": "notice"}, fixed={"note": "已打电话告知"}),
    "console.suspensions": Row(),
    "console.picture": Row(path={"ref": "question"}, fill={"number": "1"}),
    "console.beside": Row(path=QUESTION),
    "console.voice": Row(path=QUESTION, fill={"number": "1"}),
    "console.played_voice": Row(path=QUESTION, fill={"number": "1"}),
    "console.shown_report": Row(path=QUESTION, fill={"number": "1"}),
    "console.talks": Row(),
    "console.talk_door": Row(path={"ref": "live_talk"}),
    "console.talk": Row(path=APPOINTED),
    "console.talk_live": Row(path=APPOINTED),
    "console.open_talk": Row(path=APPOINTED),
    "console.say_talk": Row(path=APPOINTED, fixed={"text": "您好。", "once": ONCE}, after="console.open_talk"),
    "console.close_talk": Row(path=APPOINTED, after="console.open_talk"),
    "console.handoffs": Row(),
    "console.handoffs_live": Row(),
    "console.handoff": Row(path=TALK),
    "console.handoff_live": Row(path=TALK),
    "console.take_handoff": Row(path=TALK),
    "console.say_handoff": Row(path=TALK, fixed={"text": "您好。", "once": ONCE}, after="console.take_handoff"),
    "console.close_handoff": Row(path=TALK, after="console.take_handoff", last=True),
    "console.unclear": Row(),
    "console.label_unclear": Row(path={"ref": "unclear"}, fixed={"intent": "book"}),
    "console.insight": Row(),
    "console.insight_file": Row(),
    "console.reviews": Row(),
    "console.review": Row(path={"talk": "talk"}, asked={"reason": "quality"}),
    "console.learn_review": Row(path={"talk": "talk"}),
    "console.lift_suspension": Row(path={"ref": "suspension"}),
    "console.me": Row(),
    "console.end_others": Row(),
    "console.password": Row(),
    "console.change_password": Row(),
    "console.phone": Row(),
    "console.confirm_phone": Row(),
    "console.renew_phone": Row(),
    "console.new_codes": Row(),
    "console.accounts": Row(),
    "console.new_account": Row(),
    "console.create_account": Row(fixed={"username": "new.one", "name": "新来的", "role": "service"}),
    "console.account": Row(path=ACCOUNT),
    "console.change_account": Row(path=ACCOUNT, fixed={"role": "service"}),
    "console.reset_phone": Row(path=ACCOUNT),
    "console.reset_account": Row(path=ACCOUNT),
    "console.close_account": Row(path=ACCOUNT, last=True),
    "console.approve_request": Row(path={"ref": "account_request"}),
    "console.refuse_request": Row(path={"ref": "account_refused"}),
    "console.trail": Row(),
    "console.trail_file": Row(),
    "console.faq_file": Row(),
    "console.verify_trail": Row(),
}
REVEALS = frozenset({"console.unmask"})  # shows the whole identity to whoever may open the question

# Entities of a message → family, or `=` and what they say (`=holder`: whoever else holds the card that is asked for);
# the same for every answer that reads them.
ANSWERS: dict[str, dict[str, str]] = {
    "switch_patient": {"card": "card"},
    "reports_list": {"card": "card"},
    "report_ready": {"card": "card"},
    "show_report": {"report": "report"},
    "show_trend": {"report": "report", "item": "=0"},
    "explain_report_item": {"report": "report"},
    "prescriptions": {"card": "card"},
    "bills": {"card": "card"},
    "my_questions": {"asked": "question"},
    "rate_answer": {"asked": "further", "stars": "=5", "sure": "=yes"},
    "give_report": {"asked": "question"},
    "hide_report": {"asked": "question", "report": "=x"},
    "show_faq": {"entry": "entry"},
    "show_article": {"entry": "entry"},
    "faq_vote": {"entry": "entry", "helpful": "=yes"},
    "set_kin": {"card": "card", "kin": "=mother"},
    "card_holders": {},
    "cut_holder": {"card": "card", "holder": "=holder", "sure": "=yes"},
    "my_data": {},
    "my_messages": {},
    "my_bookings": {},
    "share_summary": {"booking": "paged"},
    "keep_summary": {"booking": "paged"},
    "pay_bill": {"booking": "unpaid"},
    "queue_position": {},
    "check_in": {"booking": "today"},
    "travel_time": {"way": "=30"},
    "appeal": {},
    "waitlist": {},
    "take_place": {"value": "offer"},
    "pass_place": {"value": "passing"},
    "leave_wait": {"value": "wait"},
    "other_times": {"value": "stopped"},
    "move_stopped": {"value": "stopped_move"},
    "erase_me": {},
    "withdraw_consent": {"purpose": "=push"},
    "unbind": {"card": "card", "sure": "=yes"},  # the last one: what comes after has no card any more
}
# Slots of a form that a tap fills with a reference, or that hold what the vault keeps.
FORMS: dict[str, dict[str, str]] = {
    "booking_form": {"card": "card"},
    "cancel_form": {"booking": "booking"},
    "reschedule_form": {"to_moved": "booking"},
    "card_form": {"person_name": "vault", "id_number": "vault", "phone": "vault", "sms_code": "vault"},
    "question_form": {"question": "vault"},
    "reply_form": {"reply_to": "question"},
    "price_form": {},
    "triage_form": {},
}
# What a slot is judged beside: the same reference again.
BESIDE = {"sms_code": "phone"}
# Forms that look at the reference with their last step alone: what else is known then (`=slot`: a free half hour),
# and the tap that finishes. Asked as people with several cards: with one card the form asks for none.
FINISHED: dict[str, tuple[dict[str, str], tuple[str, str]]] = {
    "booking_form": ({"department": "yh.d01", "day": "=day", "half_hour": "=slot"}, ("confirm", "yes")),
}
VIEWS: dict[str, str] = {
    "booked": "booking",
    "booking_line": "booking",
    "bookings": "",
    "unpaid": "unpaid",
    **dict.fromkeys(("paid_booked", "pay_lapsed", "pay_called_off", "money_back", "refunded"), "booking"),
    **dict.fromkeys(("visit_reminder", "visit_preparation", "visit_changed", "after_visit"), "booking"),
    **dict.fromkeys(("already", "rebooked", "cancelled_at_desk"), "booking"),
    **dict.fromkeys(("place_gone", "not_moved_and_lost"), "booking"),
    **dict.fromkeys(("not_booked", "not_moved", "moved_and_cancelled", "given_back", "not_given_back"), "booking"),
    **dict.fromkeys(("suspended", "suspension_lifted"), "suspension"),
    "waiting": "wait",
    "place": "offer",
    "stopped": "stopped",
    "waits": "",
    "card_bound": "card",
    "card_shared": "card",
    "card_cut": "card",  # see TELLS_GONE
    "my_data": "",
    "queue": "",
    "checked_in": "today",
    "summary": "paged",
    "body_map": "",
    **dict.fromkeys(("queue_near", "queue_soon", "queue_leave", "queue_missed"), "today"),
    "report": "report",
    "report_explained": "report",
    "report_notice": "report",
    "trend_items": "report",
    "trend": "line",
    "trend_picture": "line",
    "prescriptions": "card",
    "bills": "card",
    "handoff_said": "handoff_line",
    **dict.fromkeys(("handoff_joined", "handoff_over", "handoff_unanswered", "handoff_missed"), "handoff"),
    "questions": "",
    "asked": "question",
    "kept_question": "vault",
    "answer": "answered",
    "answer_further": "answered",
    "question": "question",
    "asked_back": "asked_back",
    "question_refused": "refused",
    "live_talk_soon": "live_talk",
    "live_talk_now": "due_talk",
    "live_talk_said": "talk_line",
    **dict.fromkeys(("live_talk_begun", "live_talk_over", "live_talk_away", "live_talk_absent"), "talked"),
    "question_moved": "question",
    "broadcast": "told",
}
# Says the end of a card to whoever held it, by its masked name: a deleted one is told from an unknown one.
TELLS_GONE = frozenset({"view card_cut"})
# Answers that say the same to everybody: hospital, prices, help, forms that are only opened.
IMPERSONAL = frozenset(
    "greet thanks bye chitchat help menu refund invoice prescriptions"
    " follow_up_visit exam_booking record_copy_mail drug_delivery home_nursing next_step inpatient_deposit admission"
    " satisfaction complaint health_articles human_agent faq_question drug_guidance out_of_scope"
    " doctor_info doctor_schedule department_info department_location hospital_address parking_traffic phone_hours"
    " visit_guide hospital_intro facilities price_exam price_drug agree_binding agree_reports agree_consult"
    " agree_push choose only_signs odd".split()
)
