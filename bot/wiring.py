"""Where concrete things are named: settings in, Ports out. Imported by entry points alone."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot import clock
from bot.crypto import Crypto
from bot.db.base import make_engine, transactions
from bot.errors import ConfigError
from bot.faq.index import FaqIndex
from bot.his.embedded import EmbeddedHis
from bot.his.federated import FederatedHis
from bot.his.http import HttpHis
from bot.his.port import HisPort
from bot.host import federation, templates
from bot.host.demo_hospital import DemoHospital
from bot.host.his_cache import CachedHis
from bot.host.oauth import WeChatOAuth
from bot.host.pay import SimulatorPay
from bot.host.push import WeChatPush
from bot.ports import PayPort, Ports, SmsPort
from bot.services.sms_twin import ConsoleSms, NoGateway
from bot.settings import Settings, load
from connectors.rasa import RasaClient
from connectors.wechat.oauth import OAuth
from connectors.wechat.platform import Platform
from connectors.wechat.ports import Account
from connectors.wechat.tokens import FileTokens

RULES = Path(__file__).with_name("rules.yaml")


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process."""
    return load()


def ports() -> Ports:
    """The ports of this process; made anew after a fork, because engines and sockets must not be shared."""
    return _ports(os.getpid())


@lru_cache(maxsize=1)
def _ports(_pid: int) -> Ports:
    return build(settings())


def build(chosen: Settings, **instead: Any) -> Ports:
    """Ports for these settings; tests hand in what they want instead."""
    crypto = Crypto(chosen["PEIZHEN_SECRET_KEY"])
    transaction = transactions(make_engine(chosen.database_url), crypto)
    parts: dict[str, Any] = {
        "transaction": transaction,
        "his": CachedHis(his(chosen)),
        "crypto": crypto,
        "dialogue": RasaClient(chosen.get("PEIZHEN_RASA_URL", ""), chosen.get("PEIZHEN_GATEWAY_KEY", "")),
        "push": push(chosen),
        "sms": sms(chosen, transaction, crypto),
        "faq": FaqIndex(transaction),
        "rules": templates.of_demo(rules()) if chosen.demo else rules(),
        "now": clock.now,
        "public_url": chosen.public_url,
        "demo": chosen.demo,
        "pay": pay(chosen, crypto),
    }
    return Ports(**{**parts, **instead})


def push(chosen: Settings) -> WeChatPush:
    """The ways of this account to reach a patient."""
    known = templates.of_demo(rules()) if chosen.demo else rules()
    return WeChatPush(platform(chosen), rules=known, app_id=chosen["WECHAT_APP_ID"])


def his(chosen: Settings) -> HisPort:
    """The hospital's system: our own small one, the hospital's under docs/his-api.yaml, or many behind one port."""
    if chosen["PEIZHEN_HIS"] == "federated":
        return FederatedHis({entry.id: federation.port(entry) for entry in federation.entries(chosen)})
    if chosen["PEIZHEN_HIS"] == "http":
        return HttpHis(chosen.his_url, chosen["PEIZHEN_HIS_KEY"])
    return EmbeddedHis(chosen.his_url)


def sms(chosen: Settings, transaction: Any, crypto: Crypto) -> SmsPort:
    """Text messages: the demo keeps them; production has none until a hospital's gateway is named here."""
    return ConsoleSms(transaction, crypto) if chosen.demo else NoGateway()


def pay(chosen: Settings, crypto: Crypto) -> PayPort | None:
    """How patients pay; None = at the hospital's desks alone, as in production until WeChat Pay is connected."""
    if chosen.pay != "simulator":
        return None
    return SimulatorPay.at(chosen.var, key=pay_key(crypto), app_id=chosen["WECHAT_APP_ID"])


def pay_key(crypto: Crypto) -> bytes:
    """What the simulator's till signs its notices with."""
    return crypto.sign("simulator pay", length=32).encode()


@lru_cache(maxsize=1)
def demo_hospital() -> DemoHospital:
    """The embedded hospital's own staff, for the jobs that play their part in demo."""
    return DemoHospital(settings())


def platform(chosen: Settings) -> Platform:
    """The official account's API."""
    tokens = FileTokens(chosen.var / "wechat-token.json")
    return Platform(chosen["WECHAT_APP_ID"], chosen["WECHAT_APP_SECRET"], chosen.wechat_api, tokens)


def oauth(chosen: Settings) -> WeChatOAuth:
    """Sign-in of the H5 pages."""
    return WeChatOAuth(
        OAuth(
            chosen["WECHAT_APP_ID"],
            chosen["WECHAT_APP_SECRET"],
            api_base=chosen.wechat_api,
            page_base=chosen.wechat_open,
        )
    )


def account(chosen: Settings) -> Account:
    """The official account at our door; demo derives an AES key where none is set."""
    return Account(
        app_id=chosen["WECHAT_APP_ID"],
        token=chosen["WECHAT_TOKEN"],
        aes_key=aes_key(chosen),
        previous_aes_key=chosen["WECHAT_ENCODING_AES_KEY_PREVIOUS"] or None,
    )


def aes_key(chosen: Settings) -> str:
    """EncodingAESKey, 43 characters."""
    if chosen["WECHAT_ENCODING_AES_KEY"]:
        return chosen["WECHAT_ENCODING_AES_KEY"]
    digest = hashlib.sha256(f"aes:{chosen['PEIZHEN_SECRET_KEY']}".encode()).digest()
    return base64.b64encode(digest).decode().rstrip("=")


def rules(path: Path = RULES) -> Mapping[str, Any]:
    """The hospital's numbers. Raises ConfigError when the file is not a mapping."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise ConfigError(setting="bot/rules.yaml", why="must be a mapping of names to numbers")
    return found
