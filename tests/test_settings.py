"""Settings: what is refused, who sees what, and that the page of settings says the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.settings import ALL, INTERNAL, PROCESS, SETTINGS, check, for_process, load
from bot.settings import Settings as Values
from connectors.wechat import capabilities

NOWHERE = Path("/nonexistent/.env")
PRODUCTION = {
    "PEIZHEN_ENV": "production",
    "PEIZHEN_DATABASE_URL": "postgresql+psycopg2://db/peizhen",
    "PEIZHEN_RASA_DATABASE_URL": "postgresql://db/rasa",
    "PEIZHEN_PUBLIC_URL": "https://wx.hospital.example",
    "PEIZHEN_SECRET_KEY": "k" * 40,
    "WECHAT_APP_ID": "wx1234567890abcdef",
    "WECHAT_APP_SECRET": "a-real-secret",
    "WECHAT_TOKEN": "a-real-token",
    "WECHAT_ENCODING_AES_KEY": "a" * 43,
}
DATABASES = ("PEIZHEN_DATABASE_URL", "PEIZHEN_RASA_DATABASE_URL")
ADDRESSES = ("PEIZHEN_PUBLIC_URL", "WECHAT_API_BASE")
AES_KEYS = ("WECHAT_ENCODING_AES_KEY", "WECHAT_ENCODING_AES_KEY_PREVIOUS")
REQUIRED = [setting for setting in SETTINGS if setting.required]


def refused(**values):
    with pytest.raises(ConfigError) as error:
        load(values, env_file=NOWHERE)
    return error.value.facts


def test_without_a_single_variable_the_demo_starts():
    settings = load({}, env_file=NOWHERE)
    assert settings.demo
    assert settings.simulated
    assert settings.database_url.startswith("sqlite:///")
    assert settings.public_url == "http://localhost:8000"


def test_a_whole_production_starts():
    settings = load(PRODUCTION, env_file=NOWHERE)
    assert not settings.demo
    assert not settings.simulated
    assert settings.wechat_api == "https://api.weixin.qq.com"


@pytest.mark.parametrize("kind", ["verified", "service", "sandbox2", "Verified_service"])
def test_a_kind_of_account_that_does_not_exist_is_refused(kind):
    assert refused(WECHAT_ACCOUNT_KIND=kind)["setting"] == "WECHAT_ACCOUNT_KIND"


def test_every_kind_of_account_starts():
    for kind in capabilities.KINDS:
        assert load({"WECHAT_ACCOUNT_KIND": kind}, env_file=NOWHERE)["WECHAT_ACCOUNT_KIND"] == kind


@pytest.mark.parametrize("name", [setting.name for setting in REQUIRED])
def test_production_refuses_each_missing_secret_by_its_name(name):
    assert refused(**{**PRODUCTION, name: ""})["setting"] == name


@pytest.mark.parametrize("setting", [s for s in REQUIRED if s.default], ids=lambda s: s.name)
def test_production_refuses_the_demos_values(setting):
    assert refused(**{**PRODUCTION, setting.name: f" {setting.default} "})["setting"] == setting.name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PEIZHEN_NOW", "2026-11-23T08:30"),
        ("PEIZHEN_PUBLIC_URL", "http://wx.hospital.example"),
        ("PEIZHEN_DATABASE_URL", "sqlite:///x.db"),
        ("PEIZHEN_DATABASE_URL", ""),
        ("PEIZHEN_SECRET_KEY", "k" * 31),
    ],
)
def test_production_refuses_what_is_unsafe(name, value):
    assert refused(**{**PRODUCTION, name: value})["setting"] == name


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", value) for value in ("0", "65536", "-1", "http", "8000.5", "²", "８０８０", "99999999999")]
    + [("PEIZHEN_NOW", value) for value in ("tomorrow", "2026-13-01", "08:30", "2026-11-23T25:00")]
    + [("PEIZHEN_HIS", value) for value in ("everywhere", "sql", "HTTP")]
    + [("PEIZHEN_ENV", "staging"), ("PEIZHEN_SECRET_KEY", "short")]
    + [(name, value) for name in DATABASES for value in ("rubbish", "mysql://db/x", "db/peizhen", "postgresql")]
    + [(name, value) for name in ADDRESSES for value in ("rubbish", "wx.example", "ftp://a", "https://", "http://a b")]
    + [(name, value) for name in AES_KEYS for value in ("short", "a" * 42, "a" * 44, "a" * 42 + "=", "键" * 43)],
)
def test_a_bad_value_is_named_plainly(name, value):
    facts = refused(**{name: value})
    assert facts["setting"] == name
    assert facts["why"]
    if name in {"PEIZHEN_SECRET_KEY", *AES_KEYS}:
        assert value not in facts["why"]


@pytest.mark.parametrize("missing", ["PEIZHEN_HIS_URL", "PEIZHEN_HIS_KEY"])
def test_another_hospital_needs_its_address_and_key(missing):
    values = {"PEIZHEN_HIS": "http", "PEIZHEN_HIS_URL": "http://his", "PEIZHEN_HIS_KEY": "a:b"}
    assert load(values, env_file=NOWHERE)["PEIZHEN_HIS"] == "http"
    assert refused(**{k: v for k, v in values.items() if k != missing})["setting"] == "PEIZHEN_HIS_URL"


# -- where values come from -----------------------------------------------------------------------------------------
@pytest.fixture
def env_file(tmp_path):
    file = tmp_path / ".env"
    file.write_text("PORT=9001\nPEIZHEN_HOST=0.0.0.0\nWECHAT_TOKEN='from file'\n")
    return file


def test_the_environment_goes_before_the_file(env_file):
    settings = load({"PORT": "9002"}, env_file=env_file)
    assert (settings["PORT"], settings["PEIZHEN_HOST"], settings["WECHAT_TOKEN"]) == ("9002", "0.0.0.0", "from file")


def test_a_supervised_process_reads_no_file(env_file):
    """Else every process would see every secret that stands in `.env`."""
    settings = load({PROCESS: "actions"}, env_file=env_file)
    assert (settings["PORT"], settings["WECHAT_TOKEN"]) == ("8000", "demotoken")


# -- who sees what ---------------------------------------------------------------------------------------------------
WHOLE = {s.name: f"value of {s.name}" for s in SETTINGS} | {n: f"value of {n}" for n in INTERNAL}


@pytest.mark.parametrize("process", ALL)
def test_each_process_sees_its_own_only(process):
    given = for_process({**WHOLE, "HOME": "/root", "AWS_SECRET": "x"}, process)
    own = {s.name for s in SETTINGS if process in s.processes} | {n for n, who in INTERNAL.items() if process in who}
    assert set(given) == own


def test_who_sees_which_secret():
    seers = {name: {p for p in ALL if name in for_process(WHOLE, p)} for name in WHOLE}
    assert seers["PEIZHEN_SECRET_KEY"] == {"web", "actions", "jobs"}
    assert seers["WECHAT_APP_SECRET"] == {"web", "jobs"}
    assert seers["WECHAT_TOKEN"] == seers["WECHAT_ENCODING_AES_KEY"] == {"web"}
    assert seers["PEIZHEN_HIS_KEY"] == {"web", "actions", "jobs"}
    assert seers["PEIZHEN_RASA_DATABASE_URL"] == seers["PEIZHEN_NOW"] == set()
    rasa = {name for name, who in seers.items() if "rasa" in who}
    assert not {
        n for n in rasa if n.startswith(("WECHAT", "WXPAY", "PEIZHEN_HIS", "PEIZHEN_SECRET", "PEIZHEN_DATABASE"))
    }


@pytest.mark.parametrize("process", ALL)
def test_each_process_of_a_whole_production_accepts_what_it_is_given(process):
    given = for_process({**Values(PRODUCTION), PROCESS: process}, process)
    check(load(given, env_file=NOWHERE))


@pytest.mark.parametrize("setting", [s for s in REQUIRED if s.processes], ids=lambda s: s.name)
def test_a_process_that_lacks_what_it_may_see_refuses(setting):
    process = setting.processes[0]
    given = for_process({**Values(PRODUCTION), PROCESS: process}, process)
    del given[setting.name]
    assert refused(**given)["setting"] == setting.name


def test_an_empty_value_is_not_handed_on():
    assert for_process({"PORT": "", "PEIZHEN_HIS": "embedded"}, "web") == {"PEIZHEN_HIS": "embedded"}


def test_every_process_sees_the_same_way_of_paying():
    real = {"WECHAT_APP_ID": "wx1234567890abcdef"}
    assert [Values(v).pay for v in ({}, real, PRODUCTION)] == ["simulator", "", ""]
    actions = for_process({**Values(real), PROCESS: "actions"}, "actions")
    assert "WECHAT_APP_ID" not in actions
    assert Values(actions).pay == ""
    assert Values({**actions, "PEIZHEN_PAY": "simulator"}).pay == "simulator"
