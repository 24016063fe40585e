"""Opening pages inside the phone: /sim/open knows whose phone it is, the authorize page hands out a code."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, redirect, render_template, request

from connectors.simulator import kinds
from connectors.simulator.config import SimulatorConfig
from connectors.simulator.credentials import OAuthCodes
from connectors.simulator.database import Database
from connectors.simulator.errors import Rejected
from connectors.simulator.paths import own_path
from connectors.simulator.phones import Phones
from connectors.simulator.tools import Tools

COOKIE = "sim_phone"
H5_COOKIE = "h5"  # the product's own session: another phone must not find it
H5_PATHS = ("/", "/h5", "/h5/")
SCOPES = frozenset(["snsapi_base", "snsapi_userinfo"])
LONGEST_STATE = 128


class OAuth:
    """Redirects lead to paths of our own origin and nowhere else."""

    def __init__(self, config: SimulatorConfig, tools: Tools, database: Database) -> None:
        self._config, self._tools = config, tools
        self._phones, self._codes = Phones(database), OAuthCodes(database)

    def add_to(self, blueprint: Blueprint) -> None:
        blueprint.add_url_rule("/sim/open", view_func=self.open)
        blueprint.add_url_rule("/sim/connect/oauth2/authorize", view_func=self.authorize)

    def open(self) -> Response:
        """`?phone=…&url=…`: this browser acts for that phone from now on."""
        path = self._own(request.args.get("url", ""))
        if path is None or urlsplit(path).path == "/sim/open":
            return _refused("链接打不开", "这个地址不属于本服务号。")
        try:
            phone = self._phones.get(request.args.get("phone", ""))
        except Rejected:
            return _refused("手机不存在", "请回到聊天重新打开。")
        response = Response(status=302, headers={"Location": path})
        response.set_cookie(COOKIE, phone.id, path="/sim", httponly=True, samesite="Lax", secure=request.is_secure)
        for h5_path in H5_PATHS:
            response.delete_cookie(H5_COOKIE, path=h5_path)
        return response

    def authorize(self) -> Response:
        """snsapi_base: back at once with code and state."""
        given = request.args
        if given.get("appid") != self._config.app_id or given.get("response_type") != "code":
            return _refused("appid 参数错误", "错误码 10013")
        if given.get("scope") not in SCOPES or not kinds.may(self._config.kind, kinds.OAUTH):
            return _refused("Scope 参数错误或没有 Scope 权限", "错误码 10005")
        path = self._own(given.get("redirect_uri", ""))
        if path is None or len(given.get("state", "")) > LONGEST_STATE:
            return _refused("redirect_uri 参数错误", "错误码 10003")
        return self._back(path, given["scope"], given.get("state", ""))

    def _back(self, path: str, scope: str, state: str) -> Response:
        try:
            phone = self._phones.get(request.cookies.get(COOKIE, ""))
        except Rejected:
            return _refused("请在微信客户端打开链接", "回到手机里点开这个页面。")
        code = self._codes.issue(phone.id, scope=scope, now=self._tools.clock())
        return redirect(_with_query(path, {"code": code, "state": state}))  # type: ignore[return-value]

    def _own(self, url: str) -> str | None:
        return own_path(url, {*self._config.hosts, request.host.lower()})


def _with_query(path: str, more: dict[str, str]) -> str:
    """Adds parameters, replacing those of the same name."""
    parts = urlsplit(path)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in more]
    return urlunsplit(("", "", parts.path, urlencode([*kept, *more.items()]), parts.fragment))


def _refused(title: str, detail: str) -> Response:
    return Response(render_template("simulator/refused.html", title=title, detail=detail), status=400)
