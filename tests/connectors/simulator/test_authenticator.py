"""The simulator's authenticator app agrees with RFC 6238 and with the library that the product checks codes with."""

from __future__ import annotations

import base64

import pyotp
import pytest

from connectors.simulator.authenticator import code
from connectors.simulator.errors import Rejected

KEY = base64.b32encode(b"12345678901234567890").decode()  # RFC 6238, appendix B


@pytest.mark.parametrize(("at", "eight"), [(59, "94287082"), (1111111109, "07081804"), (20000000000, "65353130")])
def test_the_codes_of_the_standard(at, eight):
    assert code(KEY, at) == eight[-6:] == pyotp.TOTP(KEY).at(at)


@pytest.mark.parametrize("secret", ["1", "秘密", "A" * 9])
def test_what_is_no_secret(secret):
    with pytest.raises(Rejected):
        code(secret, 0)
