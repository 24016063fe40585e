"""Who and where."""

from __future__ import annotations

from bot.his.http import decode
from bot.his.http.asking import Asking, checked, path_of
from bot.his.port import Department, Doctor, Hospital, Price, PriceKind

LONGEST_QUERY = 64  # characters of a price search that travel


class Directory(Asking):
    """Hospitals, departments, doctors, prices."""

    def hospitals(self) -> list[Hospital]:
        with checked("hospitals"):
            return decode.many(Hospital, self._caller.call("GET", "/hospitals"))

    def departments(self) -> list[Department]:
        with checked("departments"):
            return decode.many(Department, self._caller.call("GET", "/departments"))

    def doctors(self) -> list[Doctor]:
        with checked("doctors"):
            return decode.many(Doctor, self._caller.call("GET", "/doctors"))

    def prices(self, *, text: str, kind: PriceKind | None = None, limit: int = 10) -> list[Price]:
        wanted = "".join(letter for letter in text if letter.isprintable())[:LONGEST_QUERY]
        with checked("prices"):
            data = self._listed(path_of("prices", text=wanted, kind=kind, limit=limit))
            return decode.many(Price, data)
