"""What an operator has to see of security, as lines of the log: who signed in, who tried to, who was turned away. Each kind has its bound.

A line names accounts by their ids and everything else (addresses, logins that nobody has) by a mark that only this node can compute: equal for
equal ones, so that one who tries again and again is seen, and nothing about anybody.
"""

from __future__ import annotations

import hmac
from typing import Final

import structlog

from kaiteki.model.instant import Instant
from kaiteki.ports.clock import Clock

LOG: Final = "kaiteki.security"
LINES_PER_MINUTE: Final = 200
"""Lines of one kind in a minute; of what comes beyond them the number is told."""
MARK_SIGNS: Final = 12
_MINUTE: Final = 60_000_000


class Witness:
    """Tells the log of a node. `secret` is that of the node."""

    def __init__(self, secret: bytes, clock: Clock) -> None:
        self._key = hmac.digest(secret, b"marks in the log", "sha256")
        self._clock = clock
        self._told: dict[str, tuple[Instant, int]] = {}

    def mark(self, what: str) -> str:
        """By what something is known in the log; empty for nothing."""
        return hmac.digest(self._key, what.encode(), "sha256").hex()[:MARK_SIGNS] if what else ""

    def fact(self, event: str, address: str, **facts: str) -> None:
        """What is as it should be."""
        self._tell("info", event, address, facts)

    def doubt(self, event: str, address: str, **facts: str) -> None:
        """What somebody may have to look at."""
        self._tell("warning", event, address, facts)

    def _tell(self, level: str, event: str, address: str, facts: dict[str, str]) -> None:
        now = self._clock.now()
        since, count = self._told.get(event, (now, 0))
        log = structlog.get_logger(LOG)
        if now >= since + _MINUTE:
            if count > LINES_PER_MINUTE:
                log.warning("more of the same was not written", what=event, count=count - LINES_PER_MINUTE)
            since, count = now, 0
        self._told[event] = (since, count + 1)
        if count < LINES_PER_MINUTE:
            told = {name: value for name, value in facts.items() if value}
            getattr(log, level)(event, **told, address=self.mark(address))
