"""How often tokens are asked for: by address and client together, and failures by address. Nobody can shut out a client at another address.

Behind one address whoever got a token lately is let in however often others there fail, so neighbours cannot shut each other out either.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from kaiteki.api.limits import COUNTED_MAX, MINUTE_S, Window, counted_as

FAILED_PER_MINUTE: Final = 120
"""Requests with a wrong client or assertion that one address may send."""
TRUSTED_S: Final = 3600
"""How long an address is remembered from which a client got a token."""
NAME_LENGTH_MAX: Final = 120
ASSERTIONS: Final = ("client_assertion", "subject_token")


class _Claims(msgspec.Struct):
    iss: str = ""


class TokenGate:
    """Counts who asks for tokens at a node. `per_minute` are the requests of one client from one address."""

    def __init__(self, per_minute: int, now_s: Callable[[], float]) -> None:
        self._asked = Window(per_minute, MINUTE_S)
        self._failed = Window(FAILED_PER_MINUTE, MINUTE_S)
        self._trusted: OrderedDict[str, float] = OrderedDict()
        self._now_s = now_s

    def wait_s(self, address: str, client: str) -> int:
        """Count a request; after how many seconds it may come again, 0 where it is let in."""
        now_s, here = self._now_s(), counted_as(address)
        named = _named(here, client)
        if self._asked.count(named, now_s) < 0:
            return self._asked.ends_in_s(now_s)
        known = now_s < self._trusted.get(named, 0.0) + TRUSTED_S
        if here and not known and self._failed.count(here, now_s, 0) <= 0:
            return self._failed.ends_in_s(now_s)
        return 0

    def failed(self, address: str) -> None:
        """Count a client that is not known, or an assertion that does not hold."""
        if here := counted_as(address):
            self._failed.count(here, self._now_s())

    def succeeded(self, address: str, client: str) -> None:
        """Remember who got a token from where."""
        named = _named(counted_as(address), client)
        self._trusted[named] = self._now_s()
        self._trusted.move_to_end(named)
        if len(self._trusted) > COUNTED_MAX:
            self._trusted.popitem(last=False)


def claimed(form: Mapping[str, str], basic_name: str) -> str:
    """Who a request says that it is from, before anything is looked at; empty where it does not say."""
    if basic_name or form.get("client_id"):
        return basic_name or form["client_id"]
    for name in ASSERTIONS:
        if name in form:
            return _issuer(form[name])
    return ""


def _issuer(assertion: str) -> str:
    """The claim iss of a signed token, whoever signed it."""
    _, _, rest = assertion.partition(".")
    told = rest.partition(".")[0]
    try:
        return msgspec.json.decode(urlsafe_b64decode(told + "=" * (-len(told) % 4)), type=_Claims).iss
    except (ValueError, msgspec.DecodeError):
        return ""


def _named(here: str, client: str) -> str:
    return f"{here} {client[:NAME_LENGTH_MAX]}"
