"""What happened at the hospital."""

from __future__ import annotations

from datetime import datetime

from bot import clock
from bot.his.http import decode
from bot.his.http.asking import Asking, checked, path_of, same
from bot.his.port import Change


class News(Asking):
    """In the order of time, and nothing from before the moment that was asked for."""

    def changes(self, *, since: datetime, hospital_id: str | None = None) -> list[Change]:
        with checked("changes"):
            found = decode.many(Change, self._listed(path_of("changes", since=clock.local(since).isoformat())))
            moments = [change.at for change in found]
            same(moments, sorted(moment for moment in moments if moment >= since), "moments")
            return found
