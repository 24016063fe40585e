"""The tables. Importing any of them registers all, so that foreign keys always resolve."""

from bot.db import (
    base,
    booking,
    cards,
    consult,
    faq,
    messages,
    privacy,
    push,
    queue,
    quotas,
    reports,
    sms,
    staff,
    triage,
)

__all__ = [
    "base",
    "booking",
    "cards",
    "consult",
    "faq",
    "messages",
    "privacy",
    "push",
    "queue",
    "quotas",
    "reports",
    "sms",
    "staff",
    "triage",
]
