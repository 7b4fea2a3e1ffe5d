"""What a channel is to the round that sends: something that carries a delivery to an address and says what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from kaiteki.kit.channels.kept import ContactPoint, MessageDelivery, PushSubscription
from kaiteki.kit.messages import Letter
from kaiteki.model.instant import Instant

End = Literal["taken", "gone", "later", "failed"]
"""taken by the other side; there is no such address any more; to be tried again; never to be tried again."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of an attempt. `after_s`: the other side asks for so many seconds. `error` is told to those who run the node."""

    end: End
    error: str = ""
    after_s: int = 0


class Errand(msgspec.Struct, frozen=True):
    """What is to be carried: the delivery, the letters that it names and that are still to be read, and where to."""

    area: str
    delivery: MessageDelivery
    letters: Sequence[Letter]
    to: PushSubscription | ContactPoint
    now: Instant
    """The time of the city, by which its messages have their end."""


class Carrier(Protocol):
    """One way by which messages reach people."""

    async def carry(self, errand: Errand) -> Outcome:
        """Carry it. Raises nothing for what the other side does."""
        ...


def outcome_of(status: int, after: str = "") -> Outcome:
    """What an HTTP status of a push service or gateway means (RFC 8030, 5 and 7.3; RFC 9110). `after` is its Retry-After in seconds."""
    if 200 <= status < 300:
        return Outcome("taken")
    if status in (404, 410):
        return Outcome("gone", f"HTTP {status}")
    if status in (408, 425, 429) or status >= 500:
        return Outcome("later", f"HTTP {status}", int(after) if after.isascii() and after.isdecimal() else 0)
    return Outcome("failed", f"HTTP {status}")
