"""The store of one node alone: it has every turn, and its secret is its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class Alone:
    """Nobody else works on this store; see ports.sharing."""

    async def secret(self, own: bytes) -> bytes:
        """The own one."""
        return own

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncGenerator[asyncio.Event]:
        """Always at once, and never lost."""
        yield asyncio.Event()
