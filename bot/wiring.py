"""Where concrete things are named: settings in, Ports out. Imported by entry points alone."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import yaml

from bot import clock
from bot.audio import Ffmpeg, program
from bot.crypto import Crypto
from bot.db.base import make_engine, transactions
from bot.errors import ConfigError
from bot.faq.index import FaqIndex
from bot.his.embedded import EmbeddedHis
from bot.his.federated import FederatedHis
from bot.his.http import HttpHis
from bot.his.port import HisPort
from bot.host import federation, templates
from bot.host.articles import WeChatArticles
from bot.host.channel import WeChatChannel
from bot.host.demo_hospital import DemoHospital
from bot.host.his_cache import CachedHis
from bot.host.jssdk import WeChatJsSdk
from bot.host.media import SimulatorSpeech, WeChatMedia
from bot.host.oauth import NoOAuth, WeChatOAuth
from bot.host.pay import SimulatorPay
from bot.host.push import WECHATS, WeChatPush
from bot.host.staff import WeChatStaff
from bot.host.tokens import DatabaseTokens
from bot.host.video import DemoVideo
from bot.ports import AudioPort, HandoffPort, PayPort, Ports, SmsPort, SpeechPort, VideoPort
from bot.push.kinds import CUSTOMER
from bot.services import recommended, resting
from bot.services.duty import ConsoleStaff
from bot.services.reach import Ledger
from bot.services.shared_tokens import SharedRecord, Transaction
from bot.services.sms_twin import ConsoleSms, NoGateway
from bot.settings import Settings, load
from connectors.rasa import RasaClient
from connectors.wechat import capabilities
from connectors.wechat.articles import Articles
from connectors.wechat.capabilities import AccountKind
from connectors.wechat.clock import MachineClock
from connectors.wechat.jssdk import JsSdk
from connectors.wechat.oauth import OAuth
from connectors.wechat.pauses import Pauses
from connectors.wechat.platform import Platform
from connectors.wechat.policy import rule
from connectors.wechat.ports import Account, Quota

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
    wechat = platform(chosen, transaction, crypto)
    known = templates.of_demo(rules()) if chosen.demo else rules()
    recommended.known()  # a wrong list of experts stops the start
    parts: dict[str, Any] = {
        "transaction": transaction,
        "his": CachedHis(his(chosen)),
        "crypto": crypto,
        "dialogue": RasaClient(chosen.get("PEIZHEN_RASA_URL", ""), chosen.get("PEIZHEN_GATEWAY_KEY", "")),
        "push": push(chosen, wechat, Ledger(transaction, crypto), known),
        "sms": sms(chosen, transaction, crypto),
        "faq": FaqIndex(transaction, chosen.var / "faq"),
        "rules": known,
        "now": clock.now,
        "public_url": chosen.public_url,
        "demo": chosen.demo,
        "pay": pay(chosen, crypto),
        "channel": WeChatChannel(kind(chosen), hosts(chosen)),
        "articles": WeChatArticles(Articles(wechat)),
        "handoff": handoff(chosen, transaction, wechat),
        "media": WeChatMedia(wechat),
        "speech": speech(chosen),
        "video": video(chosen),
        "audio": audio(chosen),
    }
    return Ports(**{**parts, **instead})


def push(chosen: Settings, wechat: Platform, quota: Quota, known: Mapping[str, Any]) -> WeChatPush:
    """The ways of this account to reach a patient: those that its kind has."""
    able = capabilities.of(kind(chosen))
    ways = [way for way in WECHATS if (able.customer_messages if way == CUSTOMER else able.templates)]
    app_id = chosen["WECHAT_APP_ID"]
    return WeChatPush(wechat, rules=known, app_id=app_id, quota=quota, hosts=hosts(chosen), ways=ways)


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


def handoff(chosen: Settings, transaction: Any, wechat: Platform) -> HandoffPort | None:
    """Who takes over from the bot; None = nobody does, and the words name the hospital's phone."""
    if chosen["PEIZHEN_HANDOFF"] == "none" or not capabilities.of(kind(chosen)).customer_messages:
        return None  # without customer messages nothing that a person says could reach the patient
    if chosen["PEIZHEN_HANDOFF"] == "wechat":
        return WeChatStaff(wechat, cases=int(rules()["handoff_cases_each"]))
    return ConsoleStaff(transaction, rules())


def speech(chosen: Settings) -> SpeechPort | None:
    """Speech to text; None until a hospital's engine is named here. The demo reads what its phones write along."""
    return SimulatorSpeech() if chosen.simulated else None


def video(chosen: Settings) -> VideoPort | None:
    """Video rooms; None until the hospital's are named here. The demo's lead to a page that says what they would be."""
    return DemoVideo(chosen.public_url) if chosen.demo else None


def audio(chosen: Settings) -> AudioPort | None:
    """What makes voices playable; None = no ffmpeg is there, or none is wanted: they are downloaded."""
    path = program(chosen["PEIZHEN_FFMPEG"])
    return Ffmpeg(path) if path else None


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


def platform(chosen: Settings, transaction: Transaction, crypto: Crypto) -> Platform:
    """The official account's API; all machines share one token through the database."""
    tokens = DatabaseTokens(SharedRecord(transaction, crypto, f"access {chosen['WECHAT_APP_ID']}"))
    account = chosen["WECHAT_APP_ID"], chosen["WECHAT_APP_SECRET"]
    resting_calls = pauses(chosen)
    resting_calls.listen(partial(_rests, transaction))
    return Platform(*account, chosen.wechat_api, tokens, kind=kind(chosen), pauses=resting_calls)


def _rests(transaction: Transaction, call: str, code: int, until: int) -> None:
    """A pause that operators should know of, whichever process meets it."""
    resting.keep(transaction, call=call, code=code, reason=rule(code).reason, until=until)


def pauses(chosen: Settings) -> Pauses:
    """What WeChat told this process to leave alone for a while."""
    return _pauses(os.getpid(), chosen["WECHAT_APP_ID"])


@lru_cache(maxsize=4)
def _pauses(_pid: int, _app_id: str) -> Pauses:
    return Pauses(MachineClock())


def oauth(chosen: Settings) -> WeChatOAuth | NoOAuth:
    """Sign-in of the H5 pages."""
    if not capabilities.of(kind(chosen)).oauth:
        return NoOAuth()
    return WeChatOAuth(
        OAuth(
            chosen["WECHAT_APP_ID"],
            chosen["WECHAT_APP_SECRET"],
            api_base=chosen.wechat_api,
            page_base=chosen.wechat_open,
        )
    )


def jssdk(chosen: Settings, transaction: Transaction, crypto: Crypto) -> WeChatJsSdk:
    """What our own pages need of WeChat's browser; all machines share one ticket."""
    app_id = chosen["WECHAT_APP_ID"]
    tickets = DatabaseTokens(SharedRecord(transaction, crypto, f"jsapi {app_id}"))
    hosts = {urlsplit(chosen.public_url).netloc}
    return WeChatJsSdk(JsSdk(platform(chosen, transaction, crypto), app_id, tickets, hosts))


def account(chosen: Settings) -> Account:
    """The official account at our door; demo derives an AES key where none is set."""
    return Account(
        app_id=chosen["WECHAT_APP_ID"],
        token=chosen["WECHAT_TOKEN"],
        aes_key=aes_key(chosen),
        previous_aes_key=chosen["WECHAT_ENCODING_AES_KEY_PREVIOUS"] or None,
        original_id=chosen["WECHAT_ORIGINAL_ID"],
        kind=kind(chosen),
        hosts=hosts(chosen),
    )


def kind(chosen: Settings) -> AccountKind:
    """What kind of account it is; settings.check let no other word through."""
    return cast(AccountKind, chosen["WECHAT_ACCOUNT_KIND"])


def hosts(chosen: Settings) -> frozenset[str]:
    """Hosts whose addresses patients may tap in our words: ours, and those that the hospital trusts."""
    return frozenset({urlsplit(chosen.public_url).hostname or "", *rules()["link_hosts"]} - {""})


def aes_key(chosen: Settings) -> str:
    """EncodingAESKey, 43 characters."""
    if chosen["WECHAT_ENCODING_AES_KEY"]:
        return chosen["WECHAT_ENCODING_AES_KEY"]
    digest = hashlib.sha256(f"aes:{chosen['PEIZHEN_SECRET_KEY']}".encode()).digest()
    return base64.b64encode(digest).decode().rstrip("=")


def rules(path: Path = RULES) -> Mapping[str, Any]:
    """The hospital's numbers. Raises ConfigError when the file is not a mapping."""
    found = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    if not isinstance(found, dict):
        raise ConfigError(setting="bot/rules.yaml", why="must be a mapping of names to numbers")
    return found
