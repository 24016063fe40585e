"""Patients' pages inside WeChat. One module per skill word; `signin` is the OAuth frame around them."""

from bot.web.h5 import (
    binding,
    body,
    booking,
    calendar,
    cards,
    confirm,
    faq,
    inbox,
    jssdk,
    payment,
    privacy,
    queue,
    reports,
    signin,
    summary,
    suspension,
    waitlist,
)
from bot.web.h5.room import blueprint

__all__ = [
    "binding",
    "blueprint",
    "body",
    "booking",
    "calendar",
    "cards",
    "confirm",
    "faq",
    "inbox",
    "jssdk",
    "payment",
    "privacy",
    "queue",
    "reports",
    "signin",
    "summary",
    "suspension",
    "waitlist",
]
