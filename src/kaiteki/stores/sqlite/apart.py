"""A thread of its own for what waits for the disk: one thing after another, answered on the event loop.

An executor of the standard library hands over through two futures and a lock each; a group of writes is handed over so often that it shows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


class Apart:
    """Runs functions in its thread, in their order."""

    def __init__(self, name: str) -> None:
        self._asked: SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def run(self, do: Callable[[], T]) -> asyncio.Future[T]:
        """What a function answers, or raises; it is called in the thread. To be asked on an event loop."""
        answered: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._asked.put((do, answered))
        return answered

    def close(self) -> None:
        """End the thread when all that was asked is done."""
        self._asked.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (asked := self._asked.get()) is not None:
            do, answered = asked
            loop = answered.get_loop()
            try:
                answer, failure = do(), None
            except BaseException as raised:
                # it belongs to who asked, on the other side of the thread
                answer, failure = None, raised
            if not loop.is_closed():
                loop.call_soon_threadsafe(_tell, answered, answer, failure)


def _tell(answered: asyncio.Future[Any], answer: Any, failure: BaseException | None) -> None:
    if answered.done():
        return
    if failure is not None:
        answered.set_exception(failure)
    else:
        answered.set_result(answer)
