"""A hospital that fails on command: wraps any HisPort, for tests of those who depend on it."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, Literal, get_args

from bot.errors import HisUnavailable
from bot.his.port import HisPort

Fault = Literal["timeout_before", "timeout_after", "error", "wrong_patient", "garbage"]
SOMEBODY_ELSE = "yh.somebody-else"


class FaultyHis:
    """Every call of `inner`, but those that were told to fail.

    timeout_before: nothing happens, then HisUnavailable. timeout_after: it happens, then HisUnavailable.
    error: HisUnavailable at once. wrong_patient: the right answer with another patient's id in it.
    garbage: the right shape with every field None, as a broken adapter would give it.
    """

    def __init__(self, inner: HisPort) -> None:
        self.inner = inner
        self.asked: list[str] = []  # names of all calls, in order
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._lock = threading.Lock()

    def fail(self, call: str, fault: Fault, *, times: int = 1) -> None:
        """The next `times` calls of this name fail in this way; later ones work again."""
        if fault not in get_args(Fault) or not callable(getattr(self.inner, call, None)):
            raise ValueError(f"{call}: {fault}")
        with self._lock:
            self._faults[call].extend([fault] * times)

    def heal(self) -> None:
        """Forget all failures that are still to come."""
        with self._lock:
            self._faults.clear()

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self.inner, name)
        return self._twin(name, inner) if callable(inner) and not name.startswith("_") else inner

    def _twin(self, name: str, inner: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: object, **kwargs: object) -> Any:
            fault = self._next(name)
            if fault in {"timeout_before", "error"}:
                raise HisUnavailable(why=fault)
            answer = inner(*args, **kwargs)
            if fault == "timeout_after":
                raise HisUnavailable(why=fault)
            return answer if fault is None else _spoil(answer, fault)

        return call

    def _next(self, name: str) -> Fault | None:
        with self._lock:
            self.asked.append(name)
            waiting = self._faults.get(name)
            return waiting.popleft() if waiting else None


def _spoil(answer: Any, fault: Fault) -> Any:
    """The answer made wrong; lists item by item."""
    if isinstance(answer, list):
        return [_spoil(item, fault) for item in answer]
    if not is_dataclass(answer) or isinstance(answer, type):
        return answer
    names = [field.name for field in fields(answer)]
    if fault == "garbage":
        return replace(answer, **dict.fromkeys(names))
    whose = "patient_id" if "patient_id" in names else "appointment_id" if "appointment_id" in names else "id"
    return replace(answer, **{whose: SOMEBODY_ELSE})
