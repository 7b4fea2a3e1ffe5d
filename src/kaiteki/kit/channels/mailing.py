"""The channel of e-mail: a delivery composed for one reader and handed to the operator's mail server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from kaiteki.kit.channels.carrying import Errand, Outcome
from kaiteki.kit.channels.kept import ContactPoint
from kaiteki.kit.channels.mail import Envelope, Postmark, code_mail, mail_of
from kaiteki.kit.channels.stopping import stop_mark
from kaiteki.model.words import Words
from kaiteki.ports.clock import Clock
from kaiteki.ports.mailer import MailAnswer, Mailer
from kaiteki.ports.outgoing import Unreachable

_NO_SUCH_ADDRESS: Final = re.compile(r"\b5\.1\.(?:1|2|3|6|10)\b")
"""Enhanced codes that say that the address is not, or no longer, there (RFC 3463, 3.2; RFC 7505)."""


class Mailing:
    """Carries mail. `postmarks` are by area; `names` are what services are called; the clock is that of the machine, as readers have it."""

    def __init__(
        self,
        mailer: Mailer,
        postmarks: Mapping[str, Postmark],
        names: Mapping[str, Words],
        clock: Clock,
        secret: bytes,
    ) -> None:
        self._mailer, self._postmarks, self._names = mailer, postmarks, names
        self._clock, self._secret = clock, secret

    async def carry(self, errand: Errand) -> Outcome:
        """Hand over one mail."""
        to, delivery = errand.to, errand.delivery
        postmark = self._postmarks.get(errand.area)
        if not isinstance(to, ContactPoint) or postmark is None:
            return Outcome("failed", "no address" if postmark is not None else "the area sends no mail")
        stop = f"/{errand.area}/messages/stop/{stop_mark(self._secret, to.id)}"
        envelope = Envelope(delivery.id, to.address, to.language, self._clock.now(), stop)
        mail = (
            code_mail(to.code, envelope, postmark)
            if delivery.what == "code"
            else mail_of(errand, envelope, postmark, self._names)
        )
        try:
            return outcome_of_mail(await self._mailer.send(postmark.sender, to.address, mail))
        except Unreachable as away:
            return Outcome("later", str(away))


def outcome_of_mail(said: MailAnswer) -> Outcome:
    """What a reply of a mail server means: 2xx taken, 4xx to be tried again, else failed for good, or no such address."""
    if 200 <= said.code < 300:
        return Outcome("taken")
    error = f"SMTP {said.code} {said.words}"
    if 400 <= said.code < 500:
        return Outcome("later", error)
    return Outcome("gone" if _NO_SUCH_ADDRESS.search(said.words) else "failed", error)
