"""Messages that a person sends: words, pictures, voice, places, links, files."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from connectors.simulator.bubbles import Draft
from connectors.simulator.config import Json, SimulatorConfig
from connectors.simulator.errors import Rejected
from connectors.simulator.outgoing import Outgoing, fresh_id
from connectors.simulator.phones import Phone
from connectors.simulator.sound import recording
from connectors.simulator.words import clean, number, optional

LONGEST_TEXT = 2000
UNSUPPORTED = "【收到不支持的消息类型，暂无法显示】"  # what an account gets for a sticker


def text(body: Json, _phone: Phone, _config: SimulatorConfig) -> Outgoing:
    """A typed text, or with `menu_id` the tap on a quick reply. `bare`: without its ids; `raw`: odd characters too."""
    shown, menu_id = clean(body.get("text"), LONGEST_TEXT, "bad_text"), optional(body, "menu_id", 256)
    fields = {"MsgType": "text", "Content": body["text"] if body.get("raw") is True else shown}
    bubble = Draft("me", "text", [{"t": "text", "text": shown}])
    if not menu_id:
        return Outgoing(shown, fields, bubble=bubble)
    tap = Outgoing(f"点按 {shown}", {**fields, "bizmsgmenuid": menu_id}, scene="tap", bubble=bubble)
    return replace(tap, bare=body.get("bare") is True)


def sticker(_body: Json, _phone: Phone, _config: SimulatorConfig) -> Outgoing:
    """The account never sees a sticker: it gets a text that says so."""
    fields = {"MsgType": "text", "Content": UNSUPPORTED}
    return Outgoing("[表情]", fields, bubble=Draft("me", "text", [{"t": "text", "text": "[表情]"}]))


def image(body: Json, _phone: Phone, config: SimulatorConfig) -> Outgoing:
    """One of the host's pictures by its name; the first without one."""
    name = body.get("sample", next(iter(config.pictures)))
    if not isinstance(name, str) or name not in config.pictures:
        raise Rejected(400, "bad_sample")
    picture, media = config.pictures[name], fresh_id()
    path = f"/sim/media/{media}"
    fields = {"MsgType": "image", "PicUrl": config.base_url + path, "MediaId": media}
    made = Outgoing("[图片]", fields, bubble=_bubble("image", "[图片]", {"src": path, "alt": picture.label}))
    return replace(made, media={media: picture.file.read_bytes()})


def voice(body: Json, _phone: Phone, _config: SimulatorConfig) -> Outgoing:
    """A recording of what was `said`. Recognition stays empty, as it comes nowadays, unless a test fills it."""
    said, seconds = optional(body, "said", 200), round(number(body.get("seconds", 3), 1, 60, "bad_seconds"))
    media = fresh_id()
    sound = {"MediaId": media, "Format": "amr", "MediaId16K": f"{media}_16k"}
    fields = {"MsgType": "voice", **sound, "Recognition": optional(body, "recognition", LONGEST_TEXT)}
    made = Outgoing("[语音]", fields, bubble=_bubble("voice", f"[语音 {seconds}″]", {"seconds": seconds, "said": said}))
    return replace(made, media={media: recording(seconds, said)})


def video(body: Json, _phone: Phone, _config: SimulatorConfig) -> Outgoing:
    """`short` is the kind that is filmed inside the chat."""
    kind = "shortvideo" if body.get("short") is True else "video"
    fields = {"MsgType": kind, "MediaId": fresh_id(), "ThumbMediaId": fresh_id()}
    return Outgoing("[视频]", fields, bubble=_bubble("file", "[视频]", {"title": "视频", "words": "0:06"}))


def location(body: Json, _phone: Phone, _config: SimulatorConfig) -> Outgoing:
    latitude = number(body.get("latitude", 39.9087), -90, 90, "bad_latitude")
    longitude = number(body.get("longitude", 116.3975), -180, 180, "bad_longitude")
    label = optional(body, "label", 100) or "我的位置"
    where = {"Location_X": f"{latitude:.6f}", "Location_Y": f"{longitude:.6f}", "Scale": "16", "Label": label}
    bubble = _bubble("location", f"[位置] {label}", {"label": label})
    return Outgoing("[位置]", {"MsgType": "location", **where}, bubble=bubble)


def link(body: Json, _phone: Phone, _config: SimulatorConfig) -> Outgoing:
    title = optional(body, "title", 100) or "一篇文章"
    words = optional(body, "description", 200)
    url = optional(body, "url", 1024) or "https://mp.weixin.qq.com/s/example"
    fields = {"MsgType": "link", "Title": title, "Description": words, "Url": url}
    return Outgoing(
        "[链接]", fields, bubble=_bubble("file", f"[链接] {title}", {"title": title, "words": words or url})
    )


def file(body: Json, _phone: Phone, _config: SimulatorConfig) -> Outgoing:
    """Undocumented but real."""
    name = optional(body, "title", 100) or "资料.pdf"
    size = round(number(body.get("size", 48_213), 1, 100 * 1024 * 1024, "bad_size"))
    digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    key = {"FileKey": fresh_id(), "FileMd5": digest, "FileTotalLen": str(size)}
    bubble = _bubble("file", f"[文件] {name}", {"title": name, "words": f"{size / 1024:.0f} KB"})
    return Outgoing("[文件]", {"MsgType": "file", "Title": name, "Description": "", **key}, bubble=bubble)


def _bubble(kind: str, words: str, card: Json) -> Draft:
    return Draft("me", kind, [{"t": "text", "text": words}], card)
