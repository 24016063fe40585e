"""WeChat's customer service, its media and the demo's ears behind our ports, with our names for what can go wrong."""

from __future__ import annotations

import json

import pytest

from bot import wiring
from bot.errors import ConfigError, Refused, Unavailable
from bot.host.media import SimulatorSpeech, WeChatMedia
from bot.host.staff import WeChatStaff
from bot.services.duty import ConsoleStaff
from bot.settings import load
from connectors.simulator.sound import recording
from connectors.wechat.errors import PlatformLater, PlatformRefused


class Platform:
    def __init__(self, answer):
        self.answer = answer

    def fetch(self, path, wanted):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def online(*agents):
    found = [{"kf_account": name, "status": 1, "accepted_case": cases} for name, cases in agents]
    return Platform(json.dumps({"kf_online_list": found}).encode())


@pytest.mark.parametrize(
    ("agents", "free"),
    [((), None), ((("a@x", 5),), None), ((("a@x", 3), ("b@x", 2)), "b@x"), ((("a@x", 5), ("b@x", 4)), "b@x")],
)
def test_behaviour_17_the_least_busy_of_those_online_takes_the_patient(agents, free):
    assert WeChatStaff(online(*agents), cases=5).free() == free
    assert WeChatStaff(online(*agents), cases=5).there() == bool(agents)


@pytest.mark.parametrize(
    ("failure", "error"), [(PlatformLater(-1, "busy"), Unavailable), (PlatformRefused(48001, "no_permission"), Refused)]
)
def test_a_platform_that_does_not_say_is_named(failure, error):
    with pytest.raises(error):
        WeChatStaff(Platform(failure), cases=5).free()
    with pytest.raises(error):
        WeChatMedia(Platform(failure)).get("m-1")


def test_media_are_what_their_first_bytes_say():
    sound = recording(2, "")
    assert WeChatMedia(Platform(sound)).get("m-1") == sound
    with pytest.raises(Refused):
        WeChatMedia(Platform(b"<svg/>")).get("m-1")
    with pytest.raises(Refused):
        WeChatMedia(Platform(sound)).get("")


def test_the_demos_ears_hear_what_its_phones_wrote_along_and_nothing_else():
    assert SimulatorSpeech().listen(recording(2, "挂号")) == "挂号"
    assert SimulatorSpeech().listen(recording(2, "")) == ""


@pytest.mark.parametrize(("chosen", "kind"), [("console", ConsoleStaff), ("wechat", WeChatStaff), ("none", type(None))])
def test_who_takes_over_is_a_setting(tmp_path, chosen, kind):
    settings = load({"PEIZHEN_HANDOFF": chosen, "PEIZHEN_VAR": str(tmp_path)}, env_file=tmp_path / "none")
    assert isinstance(wiring.handoff(settings, None, Platform(b"")), kind)


@pytest.mark.parametrize("account", ["unverified_service", "unverified_subscription"])
def test_an_account_that_cannot_write_first_names_the_desk_instead(tmp_path, account):
    given = {"PEIZHEN_HANDOFF": "console", "WECHAT_ACCOUNT_KIND": account, "PEIZHEN_VAR": str(tmp_path)}
    settings = load(given, env_file=tmp_path / "none")
    assert wiring.handoff(settings, None, Platform(b"")) is None


def test_a_wrong_one_does_not_start(tmp_path):
    with pytest.raises(ConfigError):
        load({"PEIZHEN_HANDOFF": "dify"}, env_file=tmp_path / "none")


def test_only_the_demo_has_ears(tmp_path):
    demo = load({"PEIZHEN_VAR": str(tmp_path)}, env_file=tmp_path / "none")
    assert isinstance(wiring.speech(demo), SimulatorSpeech)
    real = load({"WECHAT_APP_ID": "wx1234567890abcdef"}, env_file=tmp_path / "none")
    assert wiring.speech(real) is None
