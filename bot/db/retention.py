"""How long each table's rows stay: a class, whose days stand in rules.yaml, and the column they count from.

A table that is not named here fails tests/architecture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CLASSES = ("money", "medical", "consultation", "audit", "operational", "transient", "vault")
STANDING = "standing"  # as long as the installation: nobody's personal data, or in force until changed by hand


@dataclass(frozen=True)
class Kept:
    """`since` NULL = the time has not begun. `machine`: that column is on the machine's clock, not the hospital's.

    `blank`: personal columns to empty when rows that are kept longer still point here.
    """

    kind: str
    since: str = ""
    machine: bool = False
    blank: tuple[str, ...] = ()


RETENTION = {
    "answer": Kept("consultation", "at"),
    "audit": Kept("audit", "at"),
    "audit_checkpoint": Kept(STANDING),
    "audit_head": Kept(STANDING),
    "bind_try": Kept("operational", "at"),
    "booking": Kept("medical", "end"),
    "booking_operation": Kept("transient", "at"),
    "broadcast": Kept("audit", "updated_at"),
    "broadcast_halt": Kept("audit", "lifted_at"),
    "broadcast_writer": Kept("audit", "at"),
    "change_cursor": Kept(STANDING),
    "card": Kept(
        "operational", "unbound_at", blank=("name_sealed", "id_sealed", "phone_sealed", "card_no_sealed", "id_hash")
    ),
    "check_in": Kept("operational", "at"),
    "choice_set": Kept("transient", "created_at", machine=True),
    "clinic_pace": Kept(STANDING),
    "consent": Kept("audit", "withdrawn_at"),
    "duty": Kept(STANDING),
    "faq_entry": Kept(STANDING),
    "faq_miss": Kept("operational", "last_at"),
    "faq_revision": Kept(STANDING),
    "faq_shown": Kept("transient", "at"),
    "faq_version": Kept(STANDING),
    "faq_vote": Kept("operational", "at"),
    "forgotten_message": Kept("vault", "erased_at", machine=True),
    "handoff": Kept("operational", "asked_at"),
    "handoff_line": Kept("operational", "at"),
    "inbox": Kept("operational", "received_at", machine=True),
    "mass_result": Kept("audit", "at"),
    "notice": Kept("operational", "created_at"),
    "notice_receipt": Kept("transient", "at"),
    "notice_try": Kept("operational", "at"),
    "pay_notice": Kept("money", "received_at", machine=True),
    "pay_order": Kept("money", "made_at"),
    "pay_refund": Kept("money", "made_at"),
    "person": Kept("operational", "unsubscribed_at", machine=True, blank=("openid_sealed",)),
    "presence": Kept("transient", "at"),
    "quarantine": Kept("operational", "received_at", machine=True),
    "phrase": Kept(STANDING),
    "question": Kept("consultation", "asked_at"),
    "question_draft": Kept("transient", "saved_at"),
    "question_move": Kept("consultation", "at"),
    "question_note": Kept("consultation", "at"),
    "question_picture": Kept("consultation", "added_at"),
    "question_stamp": Kept(STANDING),
    "question_turn": Kept("consultation", "at"),
    "question_fact": Kept("consultation", "at"),
    "question_report": Kept("consultation", "given_at"),
    "question_voice": Kept("consultation", "added_at"),
    "question_rating": Kept("consultation", "at"),
    "live_talk": Kept("consultation", "made_at"),
    "queue_watch": Kept("transient", "look_at"),
    "quota": Kept("transient", "day"),
    "seen_signature": Kept("vault", "seen_at", machine=True),
    "reach": Kept("transient", "opened_at", machine=True),
    "shared_token": Kept("transient", "saved_at", machine=True),
    "sms_code": Kept("vault", "made_at"),
    "sms_kept": Kept("vault", "sent_at", machine=True),
    "sms_notice": Kept("transient", "made_at"),
    "returned_place": Kept("transient", "visible_at"),
    "staff": Kept(STANDING),
    "staff_recovery": Kept(STANDING),
    "staff_request": Kept("audit", "asked_at"),
    "staff_session": Kept("transient", "seen_at", machine=True),
    "subscription": Kept("operational", "changed_at"),
    "suspension": Kept("operational", "until"),
    "travel": Kept("operational", "asked_at"),
    "triage_note": Kept("consultation", "created_at"),
    "unclear_text": Kept("operational", "last_at"),
    "vault": Kept("vault", "created_at", machine=True),
    "wechat_pause": Kept("transient", "ends_at", machine=True),
    "wait": Kept("operational", "ended_at"),
    "wait_offer": Kept("operational", "until"),
}


def key_of(table: Any) -> Any:
    """The one column by which rows of a table are told apart; not always `id`."""
    (column,) = table.primary_key
    return column
