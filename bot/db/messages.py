"""People of the account, their messages as received, and what is kept out of rasa's sight."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.base import Base, one_of
from bot.errors import NotFound

INBOX_STATES = ("received", "leased", "answered", "delivered", "quarantined")
CHANNELS = ("passive", "late", "kept")
OUTCOMES = ("answered", "missed", "odd", "person", "corrected", "red_flag", "cleared", "failed")
PRIVATE = ("words", "answer", "both")
VAULT_KINDS = (
    *("person_name", "id_number", "phone", "card_no", "sms_code"),
    *("question", "reply", "detail", "text", "picture", "voice"),
)


class Person(Base):
    """One WeChat user of the account; `conversation` is the opaque name that rasa knows."""

    __tablename__ = "person"
    id = sa.Column(sa.Integer, primary_key=True)
    openid_hash = sa.Column(sa.String(64), nullable=False, unique=True)
    openid_sealed = sa.Column(sa.LargeBinary, nullable=False)
    conversation = sa.Column(sa.String(32), nullable=False, unique=True)
    subscribed = sa.Column(sa.Boolean, nullable=False, default=True)
    created_at = sa.Column(sa.DateTime, nullable=False)
    last_seen_at = sa.Column(sa.DateTime)
    unsubscribed_at = sa.Column(sa.DateTime)
    erased_at = sa.Column(sa.DateTime)  # machine's clock
    turns = sa.Column(sa.Integer, nullable=False, default=0)  # dialogue turns since rasa's session was rolled
    expects = sa.Column(sa.String(16))  # what the last prompt asked for: a kind of vault value
    flagged_until = sa.Column(sa.DateTime)  # until then what he writes is answered as after a red flag; NULL = none


class Inbox(Base):
    """One message or event as it came in; committed before anything else happens to it.

    What came of it, without its words: `wish` is the intent that the dialogue acted upon, `department_id` the
    department that was spoken of in this turn, `outcome` how it ended, `private` what of it is about the patient
    himself: his words (a name that was asked for), the answer (his report), or both; NULL = not answered, or none.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        sa.Index("ix_inbox_person_id_id", "person_id", "id"),
        sa.Index("ix_inbox_state_leased_until", "state", "leased_until"),
        one_of("state", INBOX_STATES),
        one_of("channel", CHANNELS),
        sa.Index("ix_inbox_received_at", "received_at"),
        one_of("outcome", OUTCOMES),
        one_of("private", PRIVATE),
    )
    id = sa.Column(sa.Integer, primary_key=True)
    dedupe_key = sa.Column(sa.String(64), nullable=False, unique=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False)
    kind = sa.Column(sa.String(32), nullable=False)
    body_sealed = sa.Column(sa.LargeBinary, nullable=False)
    received_at = sa.Column(sa.DateTime, nullable=False)
    wire_created_at = sa.Column(sa.DateTime)
    state = sa.Column(sa.String(16), nullable=False, default="received")
    lease = sa.Column(sa.String(64))
    leased_until = sa.Column(sa.DateTime)  # machine's clock
    attempts = sa.Column(sa.Integer, nullable=False, default=0)
    answer_sealed = sa.Column(sa.LargeBinary)  # JSON list of replies
    channel = sa.Column(sa.String(16))
    reply_body = sa.Column(sa.LargeBinary)  # the exact bytes that were answered
    kept_sealed = sa.Column(sa.LargeBinary)  # JSON list of replies that wait until the person asks for them
    answered_at = sa.Column(sa.DateTime)
    delivered_at = sa.Column(sa.DateTime)
    failure = sa.Column(sa.String(200))
    wish = sa.Column(sa.String(40))
    department_id = sa.Column(sa.String(64))
    outcome = sa.Column(sa.String(16))
    private = sa.Column(sa.String(8))


class Quarantine(Base):
    """Bytes with a good signature that nobody could read; only their digest and length are kept."""

    __tablename__ = "quarantine"
    id = sa.Column(sa.Integer, primary_key=True)
    received_at = sa.Column(sa.DateTime, nullable=False)
    reason = sa.Column(sa.String(64), nullable=False)
    digest = sa.Column(sa.String(64), nullable=False)
    length = sa.Column(sa.Integer, nullable=False)


class SeenSignature(Base):
    """A signature of WeChat's and the content that it came with first: with other content it is a forgery."""

    __tablename__ = "seen_signature"
    signature = sa.Column(sa.String(40), primary_key=True)
    content = sa.Column(sa.String(64), nullable=False)  # SHA-256, hex
    seen_at = sa.Column(sa.DateTime, nullable=False, index=True)  # machine's clock


class ForgottenMessage(Base):
    """A message of somebody who was erased: only that it came, so that WeChat's late retry of it does nothing."""

    __tablename__ = "forgotten_message"
    digest = sa.Column(sa.String(64), primary_key=True)  # keyed, of the inbox row's dedupe_key
    erased_at = sa.Column(sa.DateTime, nullable=False)  # machine's clock


class Vault(Base):
    """A personal value that travels through rasa as its `ref` only."""

    __tablename__ = "vault"
    __table_args__ = (sa.Index("ix_vault_expires_at", "expires_at"), one_of("kind", VAULT_KINDS))
    id = sa.Column(sa.Integer, primary_key=True)
    ref = sa.Column(sa.String(16), nullable=False, unique=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    kind = sa.Column(sa.String(16), nullable=False)
    value_sealed = sa.Column(sa.LargeBinary, nullable=False)
    created_at = sa.Column(sa.DateTime, nullable=False)
    expires_at = sa.Column(sa.DateTime, nullable=False)


class ChoiceSet(Base):
    """Numbered choices offered to a person: `[{"n", "label", "payload"}]`.

    Those of an answer count until the next one; those of a notice (`until`, hospital time) stand beside them.
    """

    __tablename__ = "choice_set"
    id = sa.Column(sa.Integer, primary_key=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    inbox_id = sa.Column(sa.ForeignKey("inbox.id"))
    options_json = sa.Column(sa.JSON, nullable=False)
    created_at = sa.Column(sa.DateTime, nullable=False)
    used = sa.Column(sa.Boolean, nullable=False, default=False)
    until = sa.Column(sa.DateTime)


def hold_person(session: Session, person_id: int) -> None:
    """Let one transaction at a time count and add for this person. Raises NotFound.

    A row lock on PostgreSQL, of the kind that lets rows be written which point at this one: somebody who writes such a
    row may hold what we wait for. On SQLite the whole transaction holds the write lock anyway.
    """
    found = session.scalar(sa.select(Person.id).where(Person.id == person_id).with_for_update(key_share=True))
    if found is None:
        raise NotFound
