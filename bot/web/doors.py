"""Who may go through which door of the console: the one table, role by role, that the guard of every page asks.

A route without a row here opens to nobody, and the app does not start. What a role finds behind its door (its own
department's, everybody's) is the service's to say; what a door changes stands in tests/web/test_doors.py.
"""

from __future__ import annotations

ROLES = frozenset({"doctor", "head", "editor", "finance", "operator", "auditor", "service"})
ROLE_NAMES = {
    "doctor": "医生",
    "head": "科主任",
    "editor": "内容编辑",
    "finance": "财务",
    "operator": "运维",
    "auditor": "审计",
    "service": "客服",
}

EVERYBODY = tuple(sorted(ROLES))
ANSWERS = ("doctor", "head")  # their own department's patients
EDITS = ("editor", "head")  # a head his department's entries
OPERATES = ("operator",)
WRITES = ("editor",)  # articles and notices to followers …
SENDS = ("editor", "operator")  # … and whoever approves and stops them
SERVES = ("service",)
INSIGHT = ("head", "editor", "operator", "auditor")  # each his own figures: bot/services/insight_window.py
REVIEWS = ("editor", "operator", "auditor")  # talks that went wrong
AUDITS = ("auditor",)  # reads who looked at what, and changes nothing

# endpoint of the blueprint `console` → roles
DOORS: dict[str, tuple[str, ...]] = {
    # one's own account
    **dict.fromkeys(("home", "signout", "me", "end_others"), EVERYBODY),
    **dict.fromkeys(("password", "change_password"), EVERYBODY),
    **dict.fromkeys(("phone", "confirm_phone", "renew_phone", "new_codes"), EVERYBODY),
    # patients' questions
    **dict.fromkeys(("questions", "questions_live", "question", "picture", "unmask"), ANSWERS),
    **dict.fromkeys(("claim", "release", "send", "given"), ANSWERS),
    **dict.fromkeys(("question_live", "ask_back", "refuse", "reassign", "add_note", "save_draft"), ANSWERS),
    **dict.fromkeys(("beside", "voice", "played_voice", "shown_report", "talks", "talk_door"), ANSWERS),
    **dict.fromkeys(("talk", "talk_live", "open_talk", "say_talk", "close_talk"), ANSWERS),
    **dict.fromkeys(("phrases", "add_phrase", "change_phrase", "remove_phrase"), ANSWERS),
    **dict.fromkeys(("visits", "visit"), ANSWERS),
    # what becomes of the answers
    **dict.fromkeys(("answered", "draft", "entries", "entry", "save", "recall", "discard"), EDITS),
    **dict.fromkeys(("new_entry", "create_entry", "publish_entry", "place_entry", "review_entry"), EDITS),
    **dict.fromkeys(("entry_versions", "restore_entry", "merge_page", "merge_entry"), EDITS),
    **dict.fromkeys(("missed", "write_missed"), EDITS),
    **dict.fromkeys(("signing", "sign_page", "sign"), ANSWERS),
    **dict.fromkeys(("import_page", "preview_import", "bring_import", "faq_file"), WRITES),
    **dict.fromkeys(("unclear", "label_unclear"), WRITES),
    # messages to followers
    **dict.fromkeys(("broadcasts", "broadcast", "broadcast_picture", "preview_broadcast"), SENDS),
    **dict.fromkeys(("approve_broadcast", "give_back_broadcast", "stop_broadcast"), SENDS),
    **dict.fromkeys(("halt_broadcasts", "lift_halt"), SENDS),
    **dict.fromkeys(("new_broadcast", "create_broadcast", "save_broadcast"), WRITES),
    **dict.fromkeys(("propose_broadcast", "copy_broadcast", "discard_broadcast"), WRITES),
    # talks with a person
    **dict.fromkeys(("handoffs", "handoffs_live", "handoff", "handoff_live"), SERVES),
    **dict.fromkeys(("take_handoff", "say_handoff", "close_handoff"), SERVES),
    # keeping it running
    **dict.fromkeys(("alarms", "delivery", "handled", "suspensions", "lift_suspension"), OPERATES),
    **dict.fromkeys(("accounts", "account", "new_account", "create_account", "change_account"), OPERATES),
    **dict.fromkeys(("close_account", "reset_phone", "reset_account"), OPERATES),
    **dict.fromkeys(("approve_request", "refuse_request"), OPERATES),
    # how it went
    **dict.fromkeys(("insight", "insight_file"), INSIGHT),
    **dict.fromkeys(("reviews", "review"), REVIEWS),
    "learn_review": WRITES,
    # who looked at what
    **dict.fromkeys(("trail", "trail_file", "verify_trail"), AUDITS),
}
PUBLIC = frozenset({"signin"})

# What somebody has to do before anything else → its pages; the first is where he is sent.
FIRST: dict[str, tuple[str, ...]] = {
    "password": ("password", "change_password", "signout"),
    "second_factor": ("phone", "confirm_phone", "signout"),
}


def named(endpoint: str) -> str:
    """`console.home` → `home`; '' = no endpoint of the console."""
    room, _, name = endpoint.partition(".")
    return name if room == "console" else ""


def roles(endpoint: str) -> frozenset[str]:
    """Who may go through; nobody through a door without a row."""
    return frozenset(DOORS.get(named(endpoint), ()))


def may(role: str, endpoint: str) -> bool:
    return role in roles(endpoint)


def detour(due: str, endpoint: str) -> str:
    """Where somebody is sent who has something else to do first; '' = nowhere, he may go on."""
    pages = FIRST.get(due, ())
    return "" if not pages or named(endpoint) in pages else f"console.{pages[0]}"
