"""Whoever asks for what no index decides takes turns, so that everybody else's queries come between: one at a time, a few that wait.

There are two lanes: conditions that something narrows down (a value, a box, a time) do not wait behind those that look at everything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from kaiteki.model.problem import Problem
from kaiteki.model.query import Filter, Query

T = TypeVar("T")
WAITING_MAX: Final = 16
"""Queries of a lane that are answered or wait for it, in the whole node."""


class Turns:
    """The turns of a node."""

    def __init__(self) -> None:
        self._lanes = {narrowed: _Lane() for narrowed in (False, True)}

    async def take(self, query: Query, within: Filter | None, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer, in its turn where entities must be looked at one by one; `within` is what was asked before any condition.

        Raises ServiceUnavailable where too many wait.
        """
        if query.test is None:
            return await ask()
        return await self._lanes[query.geo is not None or query.q is not within].take(ask)


class _Lane:
    """Those who wait for the same turn."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)
        self._waiting = 0

    async def take(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer, when it is one's turn."""
        if self._waiting >= WAITING_MAX:
            detail = "many conditions are being looked up now; please ask again"
            raise Problem("ServiceUnavailable", detail, "filter")
        self._waiting += 1
        try:
            async with self._turn:
                return await ask()
        finally:
            self._waiting -= 1
