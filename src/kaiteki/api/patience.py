"""How long something may take that is waited for: one timer for all who wait, because a timer for each costs more than most waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Final, TypeVar

T = TypeVar("T")


class Patience:
    """Lets tasks of one event loop wait, each up to the same time."""

    def __init__(self, limit_s: float) -> None:
        self.limit_s: Final = limit_s
        self._waiting: dict[asyncio.Task[Any], float] = {}
        """Who waits since when, the longest wait first."""
        self._late: set[asyncio.Task[Any]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def wait_for(self, coming: Awaitable[T]) -> T:
        """What comes, for a task that waits for one thing at a time. Raises TimeoutError when it does not come in time."""
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        if task is None:
            raise RuntimeError("only a task can wait")
        self._waiting[task] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(self.limit_s, self._look, loop)
        try:
            return await coming
        except asyncio.CancelledError:
            if task in self._late and task.uncancel() == 0:
                raise TimeoutError from None
            raise
        finally:
            del self._waiting[task]
            self._late.discard(task)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """End the waits that are over; come again when the next one may be."""
        now_s, self._timer = loop.time(), None
        for task, since_s in list(self._waiting.items()):
            if since_s + self.limit_s > now_s:
                self._timer = loop.call_at(since_s + self.limit_s, self._look, loop)
                return
            self._late.add(task)
            task.cancel()
