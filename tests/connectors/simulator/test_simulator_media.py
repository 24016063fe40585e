"""Pictures: uploaded, sent by their id, shown on the phone, gone after three days."""

from __future__ import annotations

import io
from typing import Any

import pytest

from tests.connectors.simulator.conftest import World

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
DAY = 86_400


def upload(world: World, content: bytes = PNG, kind: str = "image", field: str = "media") -> dict[str, Any]:
    query = {"access_token": world.token(), "type": kind}
    form = {field: (io.BytesIO(content), "x.png")}
    told: dict[str, Any] = world.client.post("/sim/api/cgi-bin/media/upload", query_string=query, data=form).get_json()
    return told


def send(world: World, phone: dict[str, Any], media_id: object) -> int:
    body = {"touser": phone["openid"], "msgtype": "image", "image": {"media_id": media_id}}
    code: int = world.api("message/custom/send", body)["errcode"]
    return code


def test_a_picture_is_seen_on_the_phone(world: World) -> None:
    phone = world.phone()
    media_id = upload(world)["media_id"]
    assert send(world, phone, media_id) == 0
    bubble = world.client.get(f"/sim/phones/{phone['id']}/messages").get_json()["messages"][-1]
    assert (bubble["side"], bubble["kind"], bubble["text"]) == ("bot", "image", "[图片]")
    shown = world.client.get(bubble["card"]["src"])
    assert (shown.data, shown.mimetype) == (PNG, "image/png")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"kind": "video"}, 40004),
        ({"content": b"<svg>"}, 40004),
        ({"content": b""}, 40006),
        ({"field": "file"}, 41005),
    ],
)
def test_what_is_no_picture_is_refused(world: World, change: dict[str, Any], errcode: int) -> None:
    assert upload(world, **change)["errcode"] == errcode


def test_an_id_that_is_unknown_or_three_days_old_sends_nothing(world: World) -> None:
    phone = world.phone()
    media_id = upload(world)["media_id"]
    assert [send(world, phone, wrong) for wrong in ("no-such", "", None, 5)] == [40007] * 4
    world.wire.now += 3 * DAY + 1
    assert send(world, phone, media_id) == 40007
    assert world.client.get(f"/sim/media/{media_id}").status_code == 404
