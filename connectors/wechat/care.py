"""微信就医助手: messages about a visit that land in 服务通知, from fixed templates that need no application.

For public institutions that opened it in the account's console. The statuses are numbered: 15010xx
outpatient, 15020xx inpatient, 15030xx check-up, 15040xx consultation, 15050xx after a visit; each has its own fields.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from connectors.wechat.errors import PlatformRefused
from connectors.wechat.platform import Platform

PATH = "/cityservice/sendchannelmsg"
BUSINESS_ID = 150
STATUSES = range(1501000, 1506000)
ID = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
LONGEST = 64  # characters of one field
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
BAD_DATA = "bad_data"


class Care:
    """Sends on one account. The same `message_id` of one user and order is one message, however often it is sent."""

    def __init__(self, platform: Platform, app_id: str) -> None:
        self._platform, self._app_id = platform, app_id

    def send(self, openid: str, *, status: int, order_id: str, message_id: str, fields: Mapping[str, str]) -> None:
        """One message. Raises PlatformRefused (82446: WeChat did not like a field) or PlatformLater.

        `fields` as the status wants them, names already masked (李*龙): WeChat shows them as they are.
        """
        if status not in STATUSES or not ID.fullmatch(order_id) or not ID.fullmatch(message_id):
            raise PlatformRefused(0, BAD_DATA)
        info = {name: CONTROL.sub(" ", text)[:LONGEST] for name, text in fields.items()}
        body = {"status": status, "open_id": openid, "order_id": order_id, "msg_id": message_id}
        body |= {"app_id": self._app_id, "business_id": BUSINESS_ID}
        self._platform.call(PATH, {**body, "business_info": json.dumps(info, ensure_ascii=False)})
