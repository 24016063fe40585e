"""MediaPort over WeChat's temporary media, and the demo's ears."""

from __future__ import annotations

from bot.errors import Refused, Unavailable
from connectors.simulator.sound import words_of
from connectors.wechat import media
from connectors.wechat.errors import PlatformLater, PlatformRefused
from connectors.wechat.platform import Platform


class WeChatMedia:
    """What users sent to the account, for the three days that WeChat keeps it."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def get(self, media_id: str) -> bytes:
        """Raises Unavailable, and Refused for what is gone or is no voice and no picture."""
        try:
            return media.download(self._platform, media_id).content
        except PlatformLater as later:
            raise Unavailable("unavailable", part="wechat", why=later.reason) from None
        except PlatformRefused as refused:
            raise Refused("media_gone", why=refused.reason) from None


class SimulatorSpeech:
    """SpeechPort of the demo: no recognition at all, it reads the words that the simulator wrote into its recording."""

    def listen(self, sound: bytes) -> str:
        return words_of(sound)
