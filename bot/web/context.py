"""What every view needs from its surroundings: the ports, and who is asking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, cast

from flask import current_app, g
from flask_login import current_user

from bot.ports import Ports
from bot.services.staff import Staff

KEY = "peizhen"


class OAuthPort(Protocol):
    """WeChat's web authorisation, real or simulated."""

    def authorize_url(self, *, redirect_uri: str, state: str) -> str:
        """Where the patient's WeChat has to go (scope snsapi_base)."""

    def exchange(self, code: str) -> str:
        """One code → openid. Raises BadInput (invalid or used code) and Unavailable."""


class JsSdkPort(Protocol):
    """WeChat's JS-SDK, real or simulated."""

    def config(self, url: str) -> dict[str, str | int]:
        """wx.config for one of our pages. Raises BadInput and Unavailable."""


@dataclass(frozen=True)
class Web:
    """Everything create_app was given; one per app."""

    ports: Ports
    oauth: OAuthPort
    public_url: str
    secret_key: str
    demo: bool
    jssdk: JsSdkPort | None = None

    @property
    def secure(self) -> bool:
        """Whether cookies may only travel over TLS."""
        return self.public_url.startswith("https://")


def web() -> Web:
    return cast("Web", current_app.extensions[KEY])


def ports() -> Ports:
    return web().ports


def staff() -> Staff:
    """The signed-in member of staff; only behind `staff_only`."""
    return cast("Staff", current_user.staff)


def person_id() -> int:
    """The signed-in patient; only behind `patient_only`."""
    return cast("int", g.person_id)
