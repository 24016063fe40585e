"""The guide beside the demo's phone speaks as the console does."""

from __future__ import annotations

from bot.host import stage
from bot.services.staff import ROLES
from bot.web.console.room import ROLE_NAMES
from bot.web.h5 import privacy


def test_every_role_has_one_name_in_chinese_everywhere() -> None:
    assert set(stage.ROLES) >= set(ROLES)
    for names in (stage.ROLES, privacy.ROLES):
        assert {role: ROLE_NAMES[role] for role in names} == names
