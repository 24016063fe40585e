"""The faults that the guide's panel offers, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.simulator.config import Json
from connectors.simulator.credentials import AccessTokens
from connectors.simulator.database import Database
from connectors.simulator.faults import CALLBACK, CALLBACKS, Fault, Faults, Value

MINUTE = 60.0
DEAD = 40001


@dataclass(frozen=True)
class Preset:
    """One choice of the panel. seconds: it goes by itself after that time."""

    label: str
    kind: str
    path: str = "*"
    value: Value = 0
    seconds: float | None = None

    @property
    def way(self) -> str:
        """The path as it is kept."""
        return CALLBACK if self.kind in CALLBACKS else self.path

    @property
    def group(self) -> str:
        return "微信发来" if self.kind in CALLBACKS else "调用微信"


TOKENS = "tokens"
PRESETS: Mapping[str, Preset] = {
    TOKENS: Preset("令牌作废，换新的才能用（40001）", "errcode", value=DEAD),
    "token_dead": Preset("令牌怎么换都无效（40001）", "errcode", value=DEAD),
    "busy": Preset("系统繁忙（-1）", "errcode", value=-1),
    "slow": Preset("六秒才回答", "slow", value=6.0),
    "reset": Preset("连接被切断，没有办成", "reset"),
    "lost": Preset("办成了，但回执丢失", "lost", "message/*"),
    "html": Preset("网关错误页（502）", "html"),
    "daily": Preset("客服消息当日次数用完（45009）", "errcode", "message/custom/send", 45009),
    "minute": Preset("每分钟太快（45011，一分钟）", "errcode", "*", 45011, MINUTE),
    "window": Preset("超过 48 小时（45015）", "errcode", "message/custom/send", 45015),
    "system": Preset("模板消息没有送达（系统）", "receipt", "message/template/send", "failed: system failed"),
    "block": Preset("模板消息被用户拒收", "receipt", "message/template/send", "failed:user block"),
    "late": Preset("晚到三秒，让后一条先到", "late", value=3.0),
    "twice": Preset("投递两次", "twice"),
    "unheard": Preset("第一次回复丢失", "unheard"),
    "bare": Preset("点按不带编号", "bare"),
    "plain": Preset("不加密的冒充消息", "plain"),
}


class Panel:
    """Arms presets."""

    def __init__(self, database: Database) -> None:
        self._faults, self._tokens = Faults(database), AccessTokens(database)

    def arm(self, name: str, *, times: int | None, now: float) -> None:
        """Raises KeyError for a name that there is not."""
        preset = PRESETS[name]
        if name == TOKENS:
            self._tokens.kill(DEAD)
            return
        until = now + preset.seconds if preset.seconds else None
        self._faults.arm(preset.kind, preset.path, preset.value, times=times, until=until)

    def clear(self, number: int | None) -> None:
        """One armed fault, or all."""
        self._faults.clear(number)

    def armed(self, *, now: float) -> list[Json]:
        """{"id", "label", "times"}, oldest first."""
        return [
            {"id": fault.id, "label": _label(fault), "times": fault.times}
            for fault in self._faults.armed()
            if fault.until is None or now < fault.until
        ]


def choices() -> list[Json]:
    """{"name", "label", "group"} of every preset."""
    return [{"name": name, "label": preset.label, "group": preset.group} for name, preset in PRESETS.items()]


def _label(fault: Fault) -> str:
    """A preset's words; what a test armed in its own way has none."""
    known = (fault.kind, fault.path, fault.value)
    labels = (p.label for n, p in PRESETS.items() if n != TOKENS and (p.kind, p.way, p.value) == known)
    return next(labels, f"{fault.kind} {fault.path}")
