"""The thread of the writer does one thing after another and answers, or fails, on the event loop."""

import asyncio
import threading

import pytest

from kaiteki.stores.sqlite.apart import Apart


async def test_what_is_asked_is_done_in_order_and_elsewhere() -> None:
    apart, done = Apart("apart"), list[tuple[int, str]]()

    def do(number: int) -> int:
        done.append((number, threading.current_thread().name))
        return number * 2

    answers = await asyncio.gather(*(apart.run(lambda number=number: do(number)) for number in range(5)))
    assert answers == [0, 2, 4, 6, 8]
    assert done == [(number, "apart") for number in range(5)]
    apart.close()


async def test_what_it_raises_reaches_who_asked_and_nobody_else() -> None:
    apart = Apart("apart")

    def fail() -> None:
        raise ValueError("no")

    failing, following = apart.run(fail), apart.run(lambda: 1)
    with pytest.raises(ValueError, match="no"):
        await failing
    assert await following == 1
    apart.close()


async def test_what_was_asked_is_done_before_it_closes_also_where_nobody_waits() -> None:
    apart, done = Apart("apart"), list[int]()
    given_up = apart.run(lambda: done.append(1))
    given_up.cancel()
    apart.close()
    await asyncio.sleep(0)
    assert done == [1]
    assert given_up.cancelled()
