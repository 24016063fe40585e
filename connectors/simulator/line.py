"""The line to the product's server URL: message mode, data format and keys, as the console of the account sets them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from urllib.parse import urlencode

from connectors.simulator.config import Json, SimulatorConfig
from connectors.simulator.envelope import BadEnvelope, Envelope
from connectors.simulator.formats import as_json, as_xml, read_json, read_xml

XML_TYPES = ("text/xml", "application/xml")
JSON_TYPES = ("application/json",)


@dataclass(frozen=True)
class Letter:
    """One post, ready to go. `envelope` is the one its answer must be sealed with."""

    url: str
    body: bytes
    mode: str
    envelope: Envelope


class Line:
    """Writes posts and reads answers.

    明文 `plain`: nothing is sealed. 兼容 `compatible`: the post holds both, the answer may be either.
    安全 `safe`: only what is sealed counts, in both directions.
    """

    def __init__(self, config: SimulatorConfig) -> None:
        self._config = config
        self._current = Envelope(config.token, config.aes_key, config.app_id)
        old = config.previous_aes_key or config.aes_key
        self._previous = Envelope(config.token, old, config.app_id)

    def letter(self, openid: str, fields: Json, *, stamp: int, plain: bool = False, old_key: bool = False) -> Letter:
        """One attempt, sealed anew. `plain` sends it open whatever the mode; `old_key` as after a change of keys."""
        mode = "plain" if plain else self._config.mode
        envelope = self._previous if old_key else self._current
        nonce = str(secrets.randbelow(10**10))
        if mode == "plain":
            query, told = envelope.open_query(openid=openid, timestamp=stamp, nonce=nonce), fields
        else:
            sealed = envelope.seal(self._written(fields))
            query = envelope.query(openid=openid, sealed=sealed, timestamp=stamp, nonce=nonce)
            told = {**(fields if mode == "compatible" else {"ToUserName": fields["ToUserName"]}), "Encrypt": sealed}
        return Letter(f"{self._config.callback_url}?{urlencode(query)}", self._written(told), mode, envelope)

    def answer(self, letter: Letter, body: bytes, content_type: str) -> Json:
        """What the product said, as fields. Raises BadEnvelope when WeChat could not read it.

        An account in XML takes XML only; one in JSON takes both, for no page says that it refuses XML.
        """
        outer = self._read(body, content_type)
        if "Encrypt" not in outer and letter.mode == "safe":
            raise BadEnvelope("reply is not encrypted")
        if "Encrypt" not in outer or letter.mode == "plain":
            return outer
        inner = letter.envelope.open_fields(outer)
        return read_json(inner) if self._takes_json(inner) else read_xml(inner)

    def _written(self, fields: Json) -> bytes:
        return (as_json(fields) if self._config.format == "json" else as_xml(fields)).encode()

    def _read(self, body: bytes, content_type: str) -> Json:
        kind = content_type.split(";", maxsplit=1)[0].strip().lower()
        if kind in XML_TYPES:
            return read_xml(body)
        if kind in JSON_TYPES and self._takes_json(body):
            return read_json(body)
        raise BadEnvelope("content type")

    def _takes_json(self, body: bytes) -> bool:
        return self._config.format == "json" and body.lstrip()[:1] == b"{"
