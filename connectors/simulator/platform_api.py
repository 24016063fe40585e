"""The fake api.weixin.qq.com under /sim/api: always HTTP 200, errors by `errcode`."""

from __future__ import annotations

import hashlib
from functools import partial
from hmac import compare_digest
from typing import Any

from flask import Blueprint, Response, request

from connectors.simulator.answers import picture
from connectors.simulator.api_articles import ArticlesApi
from connectors.simulator.api_followers import ApiFollowers
from connectors.simulator.api_notices import NoticesApi
from connectors.simulator.api_staff import Staff
from connectors.simulator.bodies import posted
from connectors.simulator.bubbles import Bubbles, Draft
from connectors.simulator.calls import Call, Calls
from connectors.simulator.config import Json, SimulatorConfig
from connectors.simulator.courier import Courier
from connectors.simulator.credentials import AccessTokens, OAuthCodes
from connectors.simulator.database import Database
from connectors.simulator.deliveries import message_id
from connectors.simulator.errors import PlatformError
from connectors.simulator.ledger import TYPING_SECONDS, Ledger
from connectors.simulator.media import Media
from connectors.simulator.menus import Menus
from connectors.simulator.outgoing import job_finished
from connectors.simulator.phones import Phone, Phones
from connectors.simulator.pushes import customer_draft, media_of, template_draft
from connectors.simulator.receipts import Receipts
from connectors.simulator.templates_sent import TemplatesSent
from connectors.simulator.tools import Tools

BASE = "/sim/api"
LONGEST_SCENE = 64  # characters
OK: Json = {"errcode": 0, "errmsg": "ok"}


class PlatformApi:
    """The calls that the product makes. Each method is one call and returns its JSON."""

    def __init__(self, config: SimulatorConfig, tools: Tools, database: Database, courier: Courier) -> None:
        self._config, self._tools, self._courier = config, tools, courier
        self._phones, self._bubbles, self._ledger = Phones(database), Bubbles(database), Ledger(database)
        self._tokens, self._codes = AccessTokens(database), OAuthCodes(database)
        self._menus, self._sent = Menus(database, config.menu), TemplatesSent(database)
        self._receipts = Receipts(tools, database, courier)
        self._media, self._calls = Media(database), Calls(config, tools, database)
        self._articles = ArticlesApi(config, tools, database, courier)
        self._followers = ApiFollowers(database, self._menus)
        self._staff = Staff(config, tools, database, courier)
        self._notices = NoticesApi(config, tools, database, courier)

    def add_to(self, blueprint: Blueprint) -> None:
        """Register every call; open ones need no token."""
        for path, call in {
            "/cgi-bin/stable_token": self.stable_token,
            "/cgi-bin/token": self.token,
            "/sns/oauth2/access_token": self.web_token,
        }.items():
            self._route(blueprint, path, call, token=False)
        blueprint.add_url_rule(f"{BASE}/<path:rest>", "no_such_call", self.no_such_call, methods=["GET", "POST"])
        for path, call in {
            "/cgi-bin/media/upload": self.media_upload,
            "/cgi-bin/media/get": self.media_get,
            "/cgi-bin/message/custom/send": self.custom_send,
            "/cgi-bin/message/custom/typing": self.custom_typing,
            "/cgi-bin/message/template/send": self.template_send,
            "/cgi-bin/menu/create": self.menu_create,
            "/cgi-bin/menu/delete": self.menu_delete,
            "/cgi-bin/qrcode/create": self.qrcode_create,
            "/cgi-bin/getcallbackip": self.callback_ip,
            "/cgi-bin/get_api_domain_ip": self.callback_ip,
            **self._articles.calls(),
            **self._followers.calls(),
            **self._staff.calls(),
            **self._notices.calls(),
        }.items():
            self._route(blueprint, path, call, token=True)
        self._staff.add_to(blueprint)
        blueprint.add_url_rule("/sim/media/<media_id>", "media", self.show_media)
        self._articles.add_to(blueprint)

    def stable_token(self) -> Json:
        body = posted()
        self._check_client(body, "client_credential")
        value, left = self._tokens.stable(force=body.get("force_refresh") is True, now=self._tools.clock())
        return {"access_token": value, "expires_in": left}

    def token(self) -> Json:
        self._check_client(request.args, "client_credential")
        value, left = self._tokens.plain(now=self._tools.clock())
        return {"access_token": value, "expires_in": left}

    def web_token(self) -> Json:
        self._check_client(request.args, "authorization_code")
        if not request.args.get("code"):
            raise PlatformError(41008)
        openid, scope = self._codes.redeem(request.args["code"], now=self._tools.clock())
        same = {"access_token": f"web_{message_id(self._tools.clock())}", "expires_in": 7200}
        return {**same, "refresh_token": same["access_token"], "openid": openid, "scope": scope}

    def media_upload(self) -> Json:
        if request.method != "POST":
            raise PlatformError(43002)
        return self._media.keep(request.args.get("type", ""), request.files.get("media"), now=self._tools.clock())

    def media_get(self) -> Any:
        """The file itself: the one call whose answer is no JSON."""
        return self._media.file(request.args.get("media_id", ""), now=self._tools.clock())

    def show_media(self, media_id: str) -> Response:
        return self._media.show(media_id, now=self._tools.clock())

    def custom_send(self) -> Json:
        body = posted()
        phone = self._phones.addressee(body.get("touser"))
        if body.get("msgtype") == "image":
            draft = picture(self._media.check(media_of(body), now=self._tools.clock()))
        else:
            draft = customer_draft(body, self._config.hosts)
        self._ledger.charge(phone.id, now=self._tools.clock())
        self._show(phone, draft)
        return OK

    def custom_typing(self) -> Json:
        body = posted()
        phone, now = self._phones.addressee(body.get("touser")), self._tools.clock()
        wanted = body.get("command")
        if wanted not in {"Typing", "CancelTyping"}:
            raise PlatformError(45072)
        if wanted == "Typing":
            self._check_typing(phone, now)
        self._phones.change(phone.id, {"typing_until": now + TYPING_SECONDS if wanted == "Typing" else 0})
        return OK

    def template_send(self) -> Json:
        body = posted()
        phone = self._phones.addressee(body.get("touser"))
        draft = template_draft(body, self._config.templates, self._config.hosts)
        if not phone.subscribed:
            raise PlatformError(43004)
        number, new = self._sent.number(phone.id, str(body.get("client_msg_id") or ""), now=self._tools.clock())
        if new:
            self._receipts.deliver(phone, "message/template/send", draft, lambda status: job_finished(number, status))
        return {**OK, "msgid": number}

    def menu_create(self) -> Json:
        self._menus.create(posted().get("button"))
        return OK

    def menu_delete(self) -> Json:
        self._menus.delete()
        return OK

    def qrcode_create(self) -> Json:
        body = posted()
        if body.get("action_name") not in {"QR_LIMIT_STR_SCENE", "QR_STR_SCENE"}:
            raise PlatformError(40053)
        info: Any = body.get("action_info")
        scene = ((info if isinstance(info, dict) else {}).get("scene") or {}).get("scene_str")
        if not isinstance(scene, str) or not 1 <= len(scene) <= LONGEST_SCENE:
            raise PlatformError(40169)
        ticket = hashlib.sha256(scene.encode(errors="replace")).hexdigest()
        return {"ticket": ticket, "url": f"http://weixin.qq.com/q/{ticket[:20]}"}

    def callback_ip(self) -> Json:
        return {"ip_list": ["127.0.0.1"]}

    def no_such_call(self, rest: str) -> Response:
        """What the platform does not know is noted too: a test may ask that nobody calls it."""

        def unknown() -> Json:
            raise PlatformError(40066)

        return self._calls.answer(f"/{rest}", unknown, token=False)

    def _route(self, blueprint: Blueprint, path: str, call: Call, *, token: bool) -> None:
        name = f"api{path.replace('/', '_').replace('-', '_')}"
        answer = partial(self._calls.answer, path, call, token=token)
        blueprint.add_url_rule(BASE + path, name, answer, methods=["GET", "POST"])

    def _check_client(self, given: Any, grant: str) -> None:
        if given.get("grant_type") != grant:
            raise PlatformError(40002)
        if given.get("appid") != self._config.app_id:
            raise PlatformError(40013)
        secret = str(given.get("secret") or "")
        if not compare_digest(secret.encode(errors="replace"), self._config.app_secret.encode()):
            raise PlatformError(40125)

    def _check_typing(self, phone: Phone, now: float) -> None:
        if not self._ledger.wrote_within(phone.id, TYPING_SECONDS, now=now):
            raise PlatformError(45080)
        if phone.typing_until > now:
            raise PlatformError(45081)

    def _show(self, phone: Phone, draft: Draft) -> None:
        self._bubbles.add(phone.id, draft, now=self._tools.clock())
