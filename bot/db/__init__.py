"""The tables. Importing any of them registers all, so that foreign keys always resolve."""

from bot.db import (
    base,
    booking,
    cards,
    changes,
    consult,
    faq,
    messages,
    privacy,
    push,
    queue,
    quotas,
    returned,
    sms,
    staff,
    triage,
    waitlist,
)

__all__ = [
    "base",
    "booking",
    "cards",
    "changes",
    "consult",
    "faq",
    "messages",
    "privacy",
    "push",
    "queue",
    "quotas",
    "returned",
    "sms",
    "staff",
    "triage",
    "waitlist",
]
