"""Whoever asks for what no index decides takes turns, so that everybody else's queries come between: one at a time, a few that wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from kaiteki.model.problem import Problem
from kaiteki.model.query import Query

T = TypeVar("T")
WAITING_MAX: Final = 16
"""Queries that are answered or wait for it, in the whole node."""


class Turns:
    """The turns of a node."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)
        self._waiting = 0

    async def take(self, query: Query, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer, in its turn where entities must be looked at one by one. Raises ServiceUnavailable where too many wait."""
        if query.test is None:
            return await ask()
        if self._waiting >= WAITING_MAX:
            raise Problem(
                "ServiceUnavailable", "many conditions are being looked up now; please ask again", "filter"
            )
        self._waiting += 1
        try:
            async with self._turn:
                return await ask()
        finally:
            self._waiting -= 1
