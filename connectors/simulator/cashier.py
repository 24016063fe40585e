"""The cashier that WeChat draws over a page: what is to be paid, and to whom; the payer is the phone's own user."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template, request

from connectors.simulator import kinds
from connectors.simulator.config import Json, SimulatorConfig
from connectors.simulator.database import Database
from connectors.simulator.errors import Rejected
from connectors.simulator.oauth import COOKIE
from connectors.simulator.phones import Phones
from connectors.simulator.till import Till, TillRefused
from connectors.simulator.till_notices import TillNotices
from connectors.simulator.tools import Tools
from connectors.simulator.transport import NoAnswer

PREFIX = "prepay_id="


class Cashier:
    """`/sim/pay/cashier` is the page, `/sim/pay/<prepay_id>` the payment; that one needs the header `X-Sim: 1`."""

    def __init__(self, config: SimulatorConfig, tools: Tools, database: Database) -> None:
        self._config, self._tools = config, tools
        self._phones, self._till = Phones(database), Till(database, tools.clock)
        self._notices = TillNotices(database, config.pay_key, config.pay_url, tools.clock)

    def add_to(self, blueprint: Blueprint) -> None:
        blueprint.add_url_rule("/sim/pay/cashier", "cashier", self.page)
        blueprint.add_url_rule("/sim/pay/<prepay_id>", "charge", self.pay, methods=["POST"])

    def page(self) -> tuple[str, int]:
        """`?package=prepay_id=…`, as the page of the product was handed it."""
        prepay_id = request.args.get("package", "").removeprefix(PREFIX)
        order = self._order(prepay_id)
        if order is None or order["state"] != "NOTPAY":
            title = "订单已结束" if order else "打不开收银台"
            return render_template("simulator/refused.html", title=title, detail="请关闭后重新打开。"), 400
        facts = {"prepay_id": prepay_id, "account": self._config.account_name}
        return render_template("simulator/cashier.html", order=order, yuan=f"{order['amount'] / 100:.2f}", **facts), 200

    def pay(self, prepay_id: str) -> Response:
        """→ {"result": "ok"}, or "fail": also when nobody can say what happened."""
        if request.headers.get("X-Sim") != "1":
            raise Rejected(403, "header_missing")
        answer: Json = {"result": "ok"}
        try:
            self._till.charge(prepay_id, self._payer())
        except (TillRefused, NoAnswer):
            answer = {"result": "fail"}
        self._tools.submit(self._notices.deliver)
        return jsonify(answer)

    def _order(self, prepay_id: str) -> Json | None:
        """None for an order that is not this phone's, and on an account that takes no payments."""
        if not kinds.may(self._config.kind, kinds.PAY):
            return None
        try:
            return self._till.shown(prepay_id, self._payer())
        except Rejected:
            return None

    def _payer(self) -> str:
        """The openid of the phone that this browser is. Raises Rejected 404."""
        return self._phones.get(request.cookies.get(COOKIE, "")).openid
