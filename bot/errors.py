"""What can go wrong, by name. Words for patients stand in domain.yml (`utter_error_<code>`)."""

from __future__ import annotations


class PeizhenError(Exception):
    """Base of every expected failure; `code` names it for responses, pages and logs."""

    code = "internal"

    def __init__(self, code: str | None = None, **facts: object) -> None:
        self.code = code or self.code
        self.facts = facts
        super().__init__(self.code)


class Refused(PeizhenError):
    """A rule of the hospital says no; asking again the same way will not help."""

    code = "refused"


class BadInput(PeizhenError):
    """What was typed cannot be read; the code says which field (`bad_phone`)."""

    code = "bad_input"


class NotFound(PeizhenError):
    """No such thing, or not this person's: the two are one answer on purpose."""

    code = "not_found"


class Conflict(PeizhenError):
    """Somebody else was first: a slot sold, a question claimed, an entry edited."""

    code = "conflict"


class Unavailable(PeizhenError):
    """A part we depend on does not answer now; the same call may work later."""

    code = "unavailable"


class HisUnavailable(Unavailable):
    """The hospital's system gave no usable answer (time-out, 5xx, malformed, wrong patient)."""

    code = "his_unavailable"


class OddAnswer(HisUnavailable):
    """It answered something else than what it was asked: an alarm, and nobody else has to wait because of it."""


class HisRefused(Refused):
    """The hospital's system answered no; `code` is our word for its reason."""

    code = "his_refused"


class PayUnavailable(Unavailable):
    """The way of paying gave no usable answer; what was asked may have happened."""

    code = "pay_unavailable"


class PayRefused(Refused):
    """The way of paying answered no; `code` is our word for its reason."""

    code = "pay_refused"


class PayForged(PeizhenError):
    """A payment notice without proof: no or a wrong signature, an unknown key, too old."""

    code = "pay_forged"


class PayUnreadable(PeizhenError):
    """A payment notice that is proved and cannot be read, or says what cannot be."""

    code = "pay_unreadable"


class ConfigError(PeizhenError):
    """A setting is missing or wrong; the process must not start."""

    code = "config"


# Every code that a patient can meet. tests/architecture holds that each has a response in domain.yml.
PATIENT_CODES = frozenset(
    {
        "internal",
        "refused",
        "bad_input",
        "not_found",
        "conflict",
        "unavailable",
        "his_unavailable",
        "his_refused",
        "bad_name",
        "bad_id_number",
        "bad_phone",
        "bad_code",
        "code_wrong",
        "code_over",
        "code_too_soon",
        "code_needed",
        "too_many_codes",
        "no_sms",
        "sms_unavailable",
        "guardian_needed",
        "cut_refused",
        "bad_day",
        "bad_age",
        "bad_question",
        "card_mismatch",
        "card_limit",
        "card_bound",
        "which_hospital",
        "no_card",
        "too_many_tries",
        "slot_full",
        "slot_past",
        "slot_closed",
        "already_booked",
        "department_limit",
        "cancel_too_late",
        "not_cancellable",
        "no_booking",
        "wait_limit",
        "waiting_already",
        "place_gone",
        "no_report",
        "report_not_ready",
        "report_held",
        "expired",
        "consent_binding",
        "consent_reports",
        "consent_consult",
        "erase_open",
        "too_slow",
        "not_today",
        "too_early",
        "check_in_too_late",
        "not_queued",
        "too_far",
        "not_here",
        "wrong_place",
        "not_released",
        "department_age",
        "department_sex",
        "week_limit",
        "suspended",
        "too_fast",
        "not_your_turn",
        "too_hurried",
        "too_crowded",
        "same_time",
        "not_movable",
        "move_too_late",
        "move_limit",
        "nothing_to_move",
        "no_other_time",
        "not_offered",
        "queue_on_screen",
        "not_payable",
        "pay_over",
        "pay_settling",
        "pay_unavailable",
        "pay_refused",
        "unpaid_limit",
        "unpaid_lapses",
        "move_needs_pay",
        "move_fee",
        "first_visit",
        "guardian_asks",
        "bad_detail",
        "not_waiting",
        "not_asked_back",
        "no_follow_up",
        "nothing_to_reply",
        "not_rateable",
        "many_reports",
        "no_report_to_show",
        "talk_gone",
        "talk_already",
        "talk_begun",
        "talk_early",
        "talk_over",
        "talk_busy",
        "bad_shot",
        "no_shot",
        "many_pictures",
    }
)
