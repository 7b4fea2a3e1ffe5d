"""What the core asks of whatever hands mail to the world: the mail server that the operator names."""

from __future__ import annotations

from typing import Protocol

import msgspec


class MailAnswer(msgspec.Struct, frozen=True):
    """What the server said of one mail: its reply code (RFC 5321, 4.2), and its words with the enhanced code if it has one (RFC 3463)."""

    code: int
    words: str = ""


class Mailer(Protocol):
    """Hands a mail to the server that carries it on."""

    async def send(self, sender: str, to: str, message: bytes) -> MailAnswer:
        """Hand over a whole message (RFC 5322) for one address; raises `ports.outgoing.Unreachable` when the server is not reached."""
        ...
