"""Refusals on the wire: which of our words travels under which HTTP status. Source: docs/his-api.yaml."""

from __future__ import annotations

from bot.errors import HisRefused

STATUS = {
    "not_found": 404,
    "not_offered": 404,
    "card_mismatch": 409,
    "slot_full": 409,
    "slot_past": 409,
    "slot_closed": 409,
    "already_booked": 409,
    "not_cancellable": 409,
    "hold_lapsed": 409,
    "not_today": 409,
    "too_early": 409,
    "too_late": 409,
    "not_queued": 409,
    "conflict": 409,
    "bad_id_number": 422,
    "which_hospital": 422,
}
OTHER = 409  # a refusal that the contract does not name
CONFLICT = 409


def status_of(code: str) -> int:
    """The HTTP status under which the hospital says this no."""
    return STATUS.get(code, OTHER)


def refusal(status: int, code: object, *, known: frozenset[str]) -> HisRefused | None:
    """Our error for the hospital's answer; None when it is not a clear no to this call.

    `known` are the codes that the contract names for this call. A 409 with a word of the hospital's own is
    `his_refused`; any other combination (a 404 from a wrong address, a status that does not fit) is none.
    """
    if isinstance(code, str) and code in known and STATUS.get(code) == status:
        return HisRefused(code)
    if status == CONFLICT and isinstance(code, str) and code not in STATUS:
        return HisRefused()
    return None
