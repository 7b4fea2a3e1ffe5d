"""The channels of a gateway (SMS, LINE): a short text posted as JSON to an address of the operator's, which carries it on.

The request is signed as many webhooks are: `Kaiteki-Signature: t=<seconds>,v1=<HMAC-SHA256 of "<seconds>.<body>">`. It has an
`Idempotency-Key`, by which the gateway sends a repeat once.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Final

import msgspec

from kaiteki.kit.channels.carrying import Errand, Outcome, outcome_of
from kaiteki.kit.channels.kept import ContactPoint
from kaiteki.kit.channels.mail import Postmark
from kaiteki.kit.channels.pushing import address_of, glance_of
from kaiteki.model.words import Words
from kaiteki.ports.clock import Clock
from kaiteki.ports.outgoing import Outgoing, Question, Unreachable

TIMEOUT_S: Final = 10.0
ANSWER_SIZE_MAX_BYTES: Final = 10_000
_SECOND: Final = 1_000_000
_CODE: Final = Words("{city} 確認番号 {code}", "{city}: your code is {code}", "{city} ばんごう {code}")


class Post(msgspec.Struct, frozen=True):
    """What a gateway gets: nothing of a person but where to send, as in a push."""

    id: str
    channel: str
    to: str
    text: str
    language: str


class Gateway:
    """Carries texts to a gateway. `postmarks` are by area; `url` and `key` are the operator's."""

    def __init__(
        self,
        outgoing: Outgoing,
        where: tuple[str, bytes],
        postmarks: Mapping[str, Postmark],
        names: Mapping[str, Words],
        clock: Clock,
    ) -> None:
        self._outgoing, (self._url, self._key) = outgoing, where
        self._postmarks, self._names, self._clock = postmarks, names, clock

    async def carry(self, errand: Errand) -> Outcome:
        """Post one text."""
        to, postmark = errand.to, self._postmarks.get(errand.area)
        if not isinstance(to, ContactPoint) or postmark is None:
            return Outcome("failed", "no address" if postmark is not None else "the area has no gateway")
        post = Post(errand.delivery.id, to.channel, to.address, self._text(errand, to, postmark), to.language)
        body = msgspec.json.encode(post)
        seconds = self._clock.now() // _SECOND
        headers = (
            ("Content-Type", "application/json"),
            ("Idempotency-Key", errand.delivery.id),
            ("Kaiteki-Signature", f"t={seconds},v1={signature_of(self._key, seconds, body)}"),
        )
        question = Question(errand.area, "POST", self._url, headers, body, TIMEOUT_S, ANSWER_SIZE_MAX_BYTES)
        try:
            answered = await self._outgoing.ask(question)
        except Unreachable as away:
            return Outcome("later", str(away))
        return outcome_of(answered.status, answered.headers.get("retry-after", ""))

    def _text(self, errand: Errand, to: ContactPoint, postmark: Postmark) -> str:
        """What is sent: the code, or which service has news and where it is read."""
        if errand.delivery.what == "code":
            return _CODE.fill(to.language, city=postmark.city.say(to.language), code=to.code)
        letter = errand.letters[-1]
        glance = glance_of(errand.area, letter, to.language, self._names)
        return f"{postmark.city.say(to.language)} {glance.title}: {glance.body} {postmark.base_url}{address_of(errand.area, letter)}"


def signature_of(key: bytes, seconds: int, body: bytes) -> str:
    """HMAC-SHA256 (RFC 2104) over the time and the body, hexadecimal."""
    return hmac.digest(key, f"{seconds}.".encode() + body, "sha256").hex()
