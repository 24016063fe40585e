"""Settings: one table of every variable, who may see it, and what it is for.

The table is the source of `.env.example` (a test compares them) and of what each process gets (supervise.py).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dotenv import dotenv_values

from bot.errors import ConfigError

WEB, RASA, ACTIONS, JOBS = "web", "rasa", "actions", "jobs"
ALL = (WEB, RASA, ACTIONS, JOBS)
OURS = (WEB, ACTIONS, JOBS)  # processes that run bot.services
DOOR = (WEB, JOBS)  # processes that speak to WeChat

DEMO_SECRET = "demo-only-secret-change-me-in-production"  # noqa: S105 - production refuses to start with it
OFFICIAL_API = "https://api.weixin.qq.com"
OFFICIAL_OPEN = "https://open.weixin.qq.com"


@dataclass(frozen=True)
class Setting:
    """One variable: default (demo), the processes that see it, whether production must set it."""

    name: str
    default: str
    processes: tuple[str, ...]
    required: bool
    about: str


SETTINGS = (
    Setting("PEIZHEN_ENV", "demo", ALL, False, "demo | production"),
    Setting("PEIZHEN_VAR", "./var", ALL, False, "folder of all state"),
    Setting("PORT", "8000", OURS, False, "the public port"),
    Setting("PEIZHEN_HOST", "127.0.0.1", (WEB,), False, "address the public port binds to"),
    Setting(
        "PEIZHEN_PROXIES",
        "1",
        (WEB,),
        False,
        "proxies of yours in front, each adding to X-Forwarded-For; 0 = none, then nobody's word is taken",
    ),
    Setting("PEIZHEN_DATABASE_URL", "", OURS, False, "empty = SQLite under PEIZHEN_VAR"),
    Setting("PEIZHEN_RASA_DATABASE_URL", "", (), True, "rasa's own tracker database; empty = SQLite"),
    Setting("PEIZHEN_REDIS_URL", "", (), False, "reserved: nothing uses Redis yet"),
    Setting("PEIZHEN_HIS", "embedded", OURS, False, "embedded | http | federated"),
    Setting(
        "PEIZHEN_HIS_URL",
        "",
        OURS,
        False,
        "http: its address; embedded: a database; federated: `yh=https://…;…` or a YAML file",
    ),
    Setting(
        "PEIZHEN_HIS_KEY",
        "",
        OURS,
        False,
        "`<key id>:<secret>` that signs calls; federated: one for all, or `yh=…;yz=…`",
    ),
    Setting("PEIZHEN_PUBLIC_URL", "", OURS, True, "https address patients reach; empty in demo = localhost"),
    Setting("PEIZHEN_SECRET_KEY", DEMO_SECRET, OURS, True, "≥ 32 characters; encrypts fields, signs tokens"),
    Setting("PEIZHEN_NOW", "", (), False, "ISO local time at which the hospital's clock starts (demo)"),
    Setting("WECHAT_APP_ID", "wxdemo0000000001", DOOR, True, "AppID of the official account"),
    Setting("WECHAT_APP_SECRET", "demo-app-secret", DOOR, True, "AppSecret of the official account"),
    Setting("WECHAT_TOKEN", "demotoken", (WEB,), True, "Token of the server configuration"),
    Setting("WECHAT_ENCODING_AES_KEY", "", (WEB,), True, "EncodingAESKey, 43 characters; demo derives one"),
    Setting("WECHAT_ENCODING_AES_KEY_PREVIOUS", "", (WEB,), False, "the key before the last change"),
    Setting(
        "WECHAT_ORIGINAL_ID", "", (WEB,), False, "the account's original id (gh_…); messages for another are refused"
    ),
    Setting(
        "WECHAT_ACCOUNT_KIND",
        "verified_service",
        OURS,
        False,
        "verified_service | unverified_service | verified_subscription | unverified_subscription | sandbox",
    ),
    Setting("WECHAT_API_BASE", "", DOOR, False, "empty = official host; in demo without keys the simulator"),
    Setting(
        "PEIZHEN_HANDOFF",
        "console",
        DOOR,
        False,
        "人工: console (our own staff) | wechat (its customer service) | none (a phone number)",
    ),
    Setting(
        "PEIZHEN_FFMPEG",
        "",
        (WEB,),
        False,
        "ffmpeg, which makes voices playable: a path; empty = the one of the package; none = voices are downloaded",
    ),
    Setting("WXPAY_MCH_ID", "", DOOR, False, "merchant number (payment comes with a later release)"),
    Setting("WXPAY_API_V3_KEY", "", DOOR, False, "API v3 key"),
    Setting("WXPAY_PRIVATE_KEY_FILE", "", DOOR, False, "merchant's private key"),
    Setting("WXPAY_CERT_SERIAL", "", DOOR, False, "serial of the merchant's certificate"),
    Setting("WXPAY_PUBLIC_KEY_FILE", "", DOOR, False, "WeChat Pay's public key"),
    Setting("WXPAY_PUBLIC_KEY_ID", "", DOOR, False, "id of WeChat Pay's public key"),
    Setting("WXPAY_API_BASE", "", DOOR, False, "empty = official host"),
)


# What `make run` hands from one process to another; never set by hand. Keys are derived, so that rasa never
# sees PEIZHEN_SECRET_KEY.
PROCESS = "PEIZHEN_PROCESS"  # which process this is; a supervised one reads no `.env` beside what it was given
INTERNAL = {
    PROCESS: ALL,
    "PEIZHEN_PAY": OURS,  # how patients pay: `simulator`, or nothing at all; every process must see the same
    "PEIZHEN_RASA_URL": (WEB, JOBS),
    "PEIZHEN_GATEWAY_KEY": (WEB, JOBS, RASA),
    "PEIZHEN_ACTIONS_URL": (RASA,),
    "PEIZHEN_ACTIONS_KEY": (RASA, ACTIONS),
    "PEIZHEN_ACTIONS_PORT": (ACTIONS,),
    "PEIZHEN_DIRECTORY": (RASA, JOBS),
    "PEIZHEN_TRACKER_URL": (RASA,),
}


# What a value must look like where a wrong one would show only later, as a crash of one process; empty is judged
# elsewhere.
DATABASE = (r"(sqlite|postgresql)(\+[a-z0-9]+)?://.*", "must begin with postgresql+psycopg2:// or sqlite:///")
ADDRESS = (r"https?://[^\s/?#]+[^\s?#]*", "must look like https://wx.hospital.example")
AES_KEY = (r"[A-Za-z0-9+/]{43}", "must be the 43 characters of the EncodingAESKey")
ACCOUNT_KIND = (
    r"(un)?verified_(service|subscription)|sandbox",
    "must be verified_service, unverified_service, verified_subscription, unverified_subscription or sandbox",
)
SHAPES = {
    "PEIZHEN_DATABASE_URL": DATABASE,
    "PEIZHEN_RASA_DATABASE_URL": DATABASE,
    "PEIZHEN_PUBLIC_URL": ADDRESS,
    "WECHAT_API_BASE": ADDRESS,
    "WECHAT_ACCOUNT_KIND": ACCOUNT_KIND,
    "WECHAT_ENCODING_AES_KEY": AES_KEY,
    "WECHAT_ENCODING_AES_KEY_PREVIOUS": AES_KEY,
}


class Settings(Mapping[str, str]):
    """The values in force. Reads the environment first, then `.env`, then the defaults."""

    def __init__(self, values: Mapping[str, str]) -> None:
        values = {name: value.strip() for name, value in values.items()}
        known = {setting.name: values.get(setting.name) or setting.default for setting in SETTINGS}
        self._values = known | {name: values[name] for name in INTERNAL if name in values}

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self):  # type: ignore[no-untyped-def]  # noqa: ANN204
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    @property
    def demo(self) -> bool:
        return self["PEIZHEN_ENV"] == "demo"

    @property
    def var(self) -> Path:
        return Path(self["PEIZHEN_VAR"]).resolve()

    @property
    def database_url(self) -> str:
        return self["PEIZHEN_DATABASE_URL"] or f"sqlite:///{self.var / 'peizhen.db'}"

    @property
    def his_url(self) -> str:
        return self["PEIZHEN_HIS_URL"] or f"sqlite:///{self.var / 'his.db'}"

    @property
    def public_url(self) -> str:
        return (self["PEIZHEN_PUBLIC_URL"] or f"http://localhost:{self['PORT']}").rstrip("/")

    @property
    def simulated(self) -> bool:
        """Whether the built-in simulator stands in for WeChat."""
        return self.demo and self["WECHAT_APP_ID"].startswith("wxdemo") and not self["WECHAT_API_BASE"]

    @property
    def pay(self) -> str:
        """How patients pay through WeChat: `simulator`, or "" = at the hospital's desks alone."""
        if PROCESS in self._values:  # AppID and the like are not seen everywhere, this is
            return self._values.get("PEIZHEN_PAY", "")
        return "simulator" if self.simulated else ""

    @property
    def wechat_api(self) -> str:
        if self["WECHAT_API_BASE"]:
            return self["WECHAT_API_BASE"].rstrip("/")
        return f"http://127.0.0.1:{self['PORT']}/sim/api" if self.simulated else OFFICIAL_API

    @property
    def wechat_open(self) -> str:
        """Base of the OAuth authorize page that a patient's WeChat opens."""
        return f"{self.public_url}/sim" if self.simulated else OFFICIAL_OPEN

    @property
    def starts_at(self) -> datetime | None:
        """`PEIZHEN_NOW`, naive Asia/Shanghai."""
        text = self["PEIZHEN_NOW"]
        return datetime.fromisoformat(text) if text else None


def load(environ: Mapping[str, str] | None = None, *, env_file: Path | None = None) -> Settings:
    """Read and check the settings. Raises ConfigError with one plain line."""
    environ = os.environ if environ is None else environ
    supervised = PROCESS in environ
    file = {} if supervised else {k: v for k, v in dotenv_values(env_file or Path(".env")).items() if v is not None}
    settings = Settings({**file, **environ})
    check(settings)
    return settings


def check(settings: Settings) -> None:
    """Refuse what must not start."""
    if settings["PEIZHEN_ENV"] not in {"demo", "production"}:
        raise ConfigError(setting="PEIZHEN_ENV", why="must be demo or production")
    _check_his(settings)
    if settings["PEIZHEN_HANDOFF"] not in {"console", "wechat", "none"}:
        raise ConfigError(setting="PEIZHEN_HANDOFF", why="must be console, wechat or none")
    if len(settings["PEIZHEN_SECRET_KEY"]) < 32:  # noqa: PLR2004 - said in the message
        raise ConfigError(setting="PEIZHEN_SECRET_KEY", why="needs at least 32 characters")
    for name, (shape, why) in SHAPES.items():
        if settings[name] and not re.fullmatch(shape, settings[name]):
            raise ConfigError(setting=name, why=why)
    port = settings["PORT"]
    if not (port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) < 65536):  # noqa: PLR2004 - TCP
        raise ConfigError(setting="PORT", why="must be a TCP port")
    if not re.fullmatch(r"[0-9]", settings["PEIZHEN_PROXIES"]):
        raise ConfigError(setting="PEIZHEN_PROXIES", why="must be a number from 0 to 9")
    try:
        settings.starts_at  # noqa: B018 - parses
    except ValueError:
        raise ConfigError(setting="PEIZHEN_NOW", why="must look like 2026-11-23T08:30") from None
    if not settings.demo:
        _check_production(settings)


def _check_his(settings: Settings) -> None:
    if settings["PEIZHEN_HIS"] not in {"embedded", "http", "federated"}:
        raise ConfigError(setting="PEIZHEN_HIS", why="must be embedded, http or federated")
    if settings["PEIZHEN_HIS"] == "federated" and not settings["PEIZHEN_HIS_URL"]:
        raise ConfigError(setting="PEIZHEN_HIS_URL", why="federated needs the hospitals")
    if settings["PEIZHEN_HIS"] == "http" and not (settings["PEIZHEN_HIS_URL"] and settings["PEIZHEN_HIS_KEY"]):
        raise ConfigError(setting="PEIZHEN_HIS_URL", why="http needs PEIZHEN_HIS_URL and PEIZHEN_HIS_KEY")


def _check_production(settings: Settings) -> None:
    process = settings.get(PROCESS)
    for setting in SETTINGS:
        if process and process not in setting.processes:
            continue  # a process cannot miss what it may not see
        if setting.required and settings[setting.name] in {"", setting.default}:
            raise ConfigError(setting=setting.name, why="must be set, and not to the demo's value, in production")
    if settings["PEIZHEN_NOW"]:
        raise ConfigError(setting="PEIZHEN_NOW", why="is refused in production")
    if process == RASA:
        return
    if not settings["PEIZHEN_PUBLIC_URL"].startswith("https://"):
        raise ConfigError(setting="PEIZHEN_PUBLIC_URL", why="must begin with https:// in production")
    if settings.database_url.startswith("sqlite"):
        raise ConfigError(setting="PEIZHEN_DATABASE_URL", why="production needs PostgreSQL")


def for_process(values: Mapping[str, str], process: str) -> dict[str, str]:
    """The variables that one process may see, out of settings and internal values together."""
    allowed = {setting.name for setting in SETTINGS if process in setting.processes}
    allowed |= {name for name, processes in INTERNAL.items() if process in processes}
    return {name: value for name, value in values.items() if name in allowed and value}
