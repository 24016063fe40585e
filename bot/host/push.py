"""PushPort over the official account: customer messages, template messages, 微信就医助手, 订阅通知."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from bot.ports import Reply
from bot.push import kinds
from bot.push.port import Card, PushLater, PushRefused, PushUnknown
from connectors.wechat.care import Care
from connectors.wechat.errors import PlatformError, PlatformLater, PlatformRefused
from connectors.wechat.outbound import customer_payloads
from connectors.wechat.platform import Platform
from connectors.wechat.policy import may_have_been_done
from connectors.wechat.ports import Quota
from connectors.wechat.subscriptions import Subscriptions
from connectors.wechat.templates import BadField, fill, thing

WECHATS = (kinds.CUSTOMER, kinds.TEMPLATE, kinds.CARE, kinds.SUBSCRIPTION)
DATA_FIELDS = ("thing", "const")  # types that take words, shortened to fit


class WeChatPush:
    """The rungs that WeChat has. `rules` name templates and statuses; `ways` are those that this kind of account has,
    `hosts` those whose addresses may be tapped in words.

    `quota` counts customer messages; None = nobody counts and WeChat's own no decides.
    """

    def __init__(
        self,
        platform: Platform,
        *,
        rules: Mapping[str, Any],
        app_id: str = "",
        quota: Quota | None = None,
        hosts: Collection[str] = (),
        ways: Collection[str] = WECHATS,
    ) -> None:
        self._platform, self._rules, self._quota, self._ways = platform, rules, quota, frozenset(ways)
        self._hosts = frozenset(hosts)
        self._care, self._subscriptions = Care(platform, app_id), Subscriptions(platform)

    def send(self, *, openid: str, reply: Reply) -> None:
        """All of a reply or nothing: fewer messages left than it needs is a closed window.

        Raises PushRefused, PushLater, or PushUnknown; when a part of it is out the rest is not sent again.
        """
        payloads = self._payloads(reply)
        several = len(payloads) > 1  # one of those left is kept for words about somebody's safety
        if several and self._quota is not None and self._quota.left(openid) <= len(payloads):
            raise PushRefused("window_closed")
        for sent, payload in enumerate(payloads):
            try:
                self._one(openid, payload)
            except (PushRefused, PushLater) as failed:
                if sent:
                    raise PushUnknown(f"partly {failed.reason}") from None
                raise

    def offers(self, rung: str, kind: str) -> bool:
        row = kinds.of(self._rules, kind)
        if rung not in self._ways or rung == kinds.CUSTOMER:
            return rung in self._ways
        if rung == kinds.CARE:
            return row.care in self._rules["care_messages"]
        name = row.template if rung == kinds.TEMPLATE else row.subscription
        return bool(kinds.template_id(self._rules, name))

    def notify(self, *, openid: str, rung: str, card: Card) -> str:
        row = kinds.of(self._rules, card.kind)
        with _named():
            if rung == kinds.CARE:
                return self._by_care(openid, row, card)
            name = row.template if rung == kinds.TEMPLATE else row.subscription
            fields, template_id = self._filled(name, card), kinds.template_id(self._rules, name)
            if rung == kinds.SUBSCRIPTION:
                return self._subscriptions.send(openid, template_id, fields, url=card.url)
            return self._platform.send_template(openid, template_id, fields, client_msg_id=card.key, url=card.url)

    def _payloads(self, reply: Reply) -> Sequence[Mapping[str, Any]]:
        """The messages of one reply; a picture (bytes) is uploaded first, when nothing is sent yet."""
        payloads: list[Mapping[str, Any]] = list(customer_payloads(reply, hosts=self._hosts))
        if "image" not in reply:
            return payloads
        try:
            media_id = self._platform.upload_image(reply["image"])
        except PlatformRefused as refused:
            raise PushRefused(f"{refused.code} {refused.reason}") from None
        except PlatformLater as later:  # an upload that nobody uses does no harm
            raise PushLater(f"{later.code} {later.reason}") from None
        return [{"msgtype": "image", "image": {"media_id": media_id}}, *payloads]

    def _one(self, openid: str, payload: Mapping[str, Any]) -> None:
        """One customer message, paid for before it leaves, and paid back when surely none left."""
        if self._quota is not None and not self._quota.take(openid):
            raise PushRefused("window_closed")
        try:
            with _named():
                self._platform.send_custom(openid, payload)
        except (PushRefused, PushLater):
            if self._quota is not None:
                self._quota.give_back(openid)
            raise

    def _by_care(self, openid: str, row: kinds.Kind, card: Card) -> str:
        message = self._rules["care_messages"][row.care]
        fields = {name: card.facts.get(fact, "") for name, fact in message["fields"].items()}
        status = int(message["status"])
        self._care.send(openid, status=status, order_id=card.order, message_id=card.key, fields=fields)
        return ""

    def _filled(self, name: str, card: Card) -> Mapping[str, Mapping[str, str]]:
        """Raises PushRefused: a field that WeChat would not take is a defect of ours and goes to the list."""
        fields = self._rules["templates"][name]["fields"]
        values = {field: card.facts.get(fact, "") for field, (_label, fact) in fields.items()}
        try:
            return fill({f: thing(v) if f.startswith(DATA_FIELDS) else v for f, v in values.items()})
        except BadField as bad:
            raise PushRefused(f"bad_field {bad.field}") from None


@contextmanager
def _named() -> Iterator[None]:
    """The platform's failures under our names; no text and no openid goes with them."""
    try:
        yield
    except PlatformRefused as refused:
        raise PushRefused(f"{refused.code} {refused.reason}", **_rest(refused)) from None
    except PlatformLater as later:
        if later.reason == "day_quota":  # not before midnight: this way is closed, others may not be
            raise PushRefused(f"{later.code} {later.reason}", **_rest(later)) from None
        failed = PushUnknown if may_have_been_done(later) else PushLater
        raise failed(f"{later.code} {later.reason}", **_rest(later)) from None


def _rest(error: PlatformError) -> dict[str, Any]:
    return {"rests": error.rests, "asked": error.asked}
