"""Shows a patient that his answer is on its way, without anybody waiting for that."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from bot.ports import Ports
from bot.services import inbox
from connectors.wechat import indicator
from connectors.wechat.errors import PlatformError
from connectors.wechat.platform import Platform

AT_ONCE, WAITING = 2, 50  # threads; more than so many waiting are not shown at all

log = logging.getLogger(__name__)


class Indicator:
    """One pool a process; what fails is of no consequence."""

    def __init__(self, ports: Ports, platform: Platform) -> None:
        self._ports, self._platform = ports, platform
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="typing")
        self._room = threading.BoundedSemaphore(WAITING)

    def show(self, row: int) -> None:
        """Come back at once."""
        if self._room.acquire(blocking=False):
            self._pool.submit(self._show, row)

    def _show(self, row: int) -> None:
        try:
            openid = inbox.waits(self._ports, inbox_id=row)
            if openid:
                indicator.show(self._platform, openid)
        except PlatformError as error:
            log.info("typing: %s %s", error.code, error.reason)
        except Exception as error:
            log.warning("typing: %s", type(error).__name__)
        finally:
            self._room.release()
