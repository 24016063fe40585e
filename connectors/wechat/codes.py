"""QR codes with a scene: who scans one sends SCAN with it, who follows by one `subscribe` with `qrscene_<scene>`."""

from __future__ import annotations

from typing import Any

from connectors.wechat.errors import PlatformLater, PlatformRefused
from connectors.wechat.platform import Platform

LONGEST = 64  # characters of a scene
LONGEST_LIFE = 2_592_000  # seconds of a temporary code: 30 days
BAD_SCENE, BAD_LIFE = 40169, 40035  # WeChat's own codes


def lasting(platform: Platform, scene: str) -> str:
    """A code for ever → the address to draw as one. The same scene again is the same; an account has 100,000."""
    return _create(platform, scene, {"action_name": "QR_LIMIT_STR_SCENE"})


def temporary(platform: Platform, scene: str, *, seconds: int) -> str:
    """A code for 1 to 2,592,000 seconds → the address to draw as one; there may be as many as one likes."""
    if not 1 <= seconds <= LONGEST_LIFE:
        raise PlatformRefused(BAD_LIFE, "bad_data")
    return _create(platform, scene, {"action_name": "QR_STR_SCENE", "expire_seconds": seconds})


def _create(platform: Platform, scene: str, kind: dict[str, Any]) -> str:
    if not 1 <= len(scene) <= LONGEST:
        raise PlatformRefused(BAD_SCENE, "bad_data")
    url = platform.call("qrcode/create", {**kind, "action_info": {"scene": {"scene_str": scene}}}).get("url")
    if not isinstance(url, str) or not url:
        raise PlatformLater(0, "bad_answer")
    return url
