"""Events: what a person does without words, and what the platform tells on its own."""

from __future__ import annotations

from dataclasses import replace

from connectors.simulator.bubbles import note
from connectors.simulator.config import Json, SimulatorConfig
from connectors.simulator.errors import Rejected
from connectors.simulator.outgoing import Outgoing, event, fresh_id
from connectors.simulator.phones import Phone
from connectors.simulator.words import clean, optional

SCANNING = frozenset(["scancode_push", "scancode_waitmsg"])
SENDING_PICTURES = frozenset(["pic_sysphoto", "pic_photo_or_album", "pic_weixin"])
POPUP = "subscribe_msg_popup_event"


def click(body: Json, _phone: Phone, _config: SimulatorConfig) -> Outgoing:
    """A menu button; `button` is its type, of which scanning and pictures bring something along."""
    key, button = clean(body.get("key"), 128, "bad_key"), optional(body, "button", 40) or "click"
    if button in SCANNING:
        result = optional(body, "result", 512) or "1"
        info = {"ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": result}}
        return event(button, key, info, label=f"菜单 扫码 {key}")
    if button in SENDING_PICTURES:
        return event(button, key, {"SendPicsInfo": {"Count": "1", "PicList": {"item": _picture()}}}, label="菜单 发图")
    if button == "location_select":
        return event(button, key, {"SendLocationInfo": _place()}, label="菜单 位置")
    return event("CLICK", key, label=f"菜单 {key}")


def view(body: Json, _phone: Phone, _config: SimulatorConfig) -> Outgoing:
    url = clean(body.get("url"), 1024, "bad_url")
    return event("VIEW", url, {"MenuId": "1"}, label="菜单 打开网页", answered=False)


def subscribe(body: Json, phone: Phone, _config: SimulatorConfig) -> Outgoing:
    """Follow, by a code with a `scene`, after a payment (`paid`: its number), or just so."""
    if phone.subscribed:
        raise Rejected(409, "already_subscribed")
    scene, paid = optional(body, "scene", 64), optional(body, "paid", 40)
    key = f"qrscene_{scene}" if scene else f"last_trade_no_{paid}" if paid else ""
    ticket = {"Ticket": fresh_id()} if scene else {}
    return event("subscribe", key, ticket, label="关注", subscribes=True, bubble=note("你已关注该服务号"))


def unsubscribe(_body: Json, _phone: Phone, _config: SimulatorConfig) -> Outgoing:
    gone = note("你已取消关注该服务号")
    return event("unsubscribe", "", label="取消关注", answered=False, subscribes=False, bubble=gone)


def scan(body: Json, phone: Phone, config: SimulatorConfig) -> Outgoing:
    scene = clean(body.get("scene"), 64, "bad_scene")
    if not phone.subscribed:
        return subscribe(body, phone, config)
    return event("SCAN", scene, {"Ticket": fresh_id()}, label=f"扫码 {scene}", bubble=note("你扫描了带参数的二维码"))


def consent(body: Json, _phone: Phone, _config: SimulatorConfig) -> Outgoing:
    """The pop-up that asks for a subscription notice: `template`, and `accept` true or false."""
    template = clean(body.get("template"), 64, "bad_template")
    accept = body.get("accept") is True
    word = "accept" if accept else "reject"
    one = {"TemplateId": template, "SubscribeStatusString": word, "PopupScene": "1"}
    told = note("你允许了这项订阅通知" if accept else "你拒绝了这项订阅通知")
    fields = {"MsgType": "event", "Event": POPUP, "SubscribeMsgPopupEvent": {"List": one}}
    made = Outgoing(f"订阅通知 {word}", fields, message=False, answered=False, scene="", bubble=told)
    return replace(made, consents=(template, accept))


def other(body: Json, _phone: Phone, _config: SimulatorConfig) -> Outgoing:
    """Any event with any `fields`, for tests: staff sessions, jobs, what the platform thinks of next."""
    name, fields = clean(body.get("event"), 64, "bad_event"), body.get("fields") or {}
    if not isinstance(fields, dict):
        raise Rejected(400, "bad_fields")
    told = {"MsgType": "event", "Event": name, **fields}
    return Outgoing(f"事件 {name}", told, message=False, answered=False, scene="")


def _picture() -> Json:
    return {"PicMd5Sum": "0" * 32}


def _place() -> Json:
    return {"Location_X": "39.9087", "Location_Y": "116.3975", "Scale": "16", "Label": "我的位置", "Poiname": ""}
