"""What the core asks of a store that several nodes may work on: a secret of all of them, and whose turn it is."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Sharing(Protocol):
    """What the nodes on one store have in common."""

    async def secret(self, own: bytes) -> bytes:
        """The secret with which all of them sign; that of the first one, which brings its `own`."""
        ...

    def turn(self, name: str) -> AbstractAsyncContextManager[asyncio.Event]:
        """What one node at a time does: waits until nobody else has this turn, and holds it until it is left.

        The event is set when the turn is lost, because the store cannot be reached any more: then another node has it within
        seconds, and whoever had it stops at once. A node that dies loses it too.
        """
        ...
