"""Patients' pages inside WeChat. One module per skill word; `signin` is the OAuth frame around them."""

from bot.web.h5 import (
    binding,
    booking,
    calendar,
    cards,
    confirm,
    inbox,
    jssdk,
    payment,
    privacy,
    queue,
    reports,
    signin,
    suspension,
    waitlist,
)
from bot.web.h5.room import blueprint

__all__ = [
    "binding",
    "blueprint",
    "booking",
    "calendar",
    "cards",
    "confirm",
    "inbox",
    "jssdk",
    "payment",
    "privacy",
    "queue",
    "reports",
    "signin",
    "suspension",
    "waitlist",
]
