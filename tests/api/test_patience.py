"""Many who wait share one timer: who waits too long is told so, all others have what they waited for."""

import asyncio

import pytest

from kaiteki.api.patience import Patience


async def test_what_comes_in_time_is_had_and_what_does_not_is_not_waited_for() -> None:
    patience, never = Patience(0.02), asyncio.Event()

    async def late() -> str:
        try:
            await patience.wait_for(never.wait())
        except TimeoutError:
            return "late"
        return "there"

    async def there(after_s: float) -> float:
        return await patience.wait_for(asyncio.sleep(after_s, after_s))

    told = await asyncio.gather(late(), there(0), late(), there(0.001))
    assert told == ["late", 0, "late", 0.001]
    # the timer of those before has run, and who comes afterwards has one again
    assert await late() == "late"


async def test_who_is_cancelled_is_not_told_to_be_late() -> None:
    patience = Patience(10)
    waiting = asyncio.create_task(patience.wait_for(asyncio.Event().wait()))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_what_fails_fails_for_who_waits() -> None:
    async def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await Patience(10).wait_for(fail())
