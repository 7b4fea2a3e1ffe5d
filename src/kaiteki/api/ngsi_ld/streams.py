"""How many streams of notifications are open on a node."""

from __future__ import annotations

from collections import Counter
from typing import Final

from kaiteki.model.problem import Problem

STREAMS_MAX: Final = 200
"""Streams of one node at the same time."""
OWN_MAX: Final = 20
"""Streams of one account at the same time."""


class Streams:
    """How many streams are open, by account."""

    def __init__(self) -> None:
        self.open: Final = Counter[str]()

    def check(self, account: str) -> None:
        """Whether one more may be opened. Raises TooManyRequests."""
        if self.open.total() >= STREAMS_MAX or self.open[account] >= OWN_MAX:
            raise Problem(
                "TooManyRequests", f"up to {OWN_MAX} streams of an account, {STREAMS_MAX} of a node", "id"
            )

    def take(self, account: str) -> None:
        """Count one more."""
        self.open[account] += 1

    def leave(self, account: str) -> None:
        """Count one less."""
        self.open[account] -= 1
