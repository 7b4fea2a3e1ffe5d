"""A round that fails is followed by the next one; cancelling ends them all."""

from __future__ import annotations

import asyncio

import pytest

from kaiteki.kit.rounds import go_rounds
from kaiteki.ports.outage import StoreAway


async def test_no_round_ends_the_next_ones() -> None:
    ends: list[Exception | None] = [None, StoreAway("away"), RuntimeError("unforeseen"), None]
    waits: list[float] = []

    async def do() -> None:
        if not ends:
            raise asyncio.CancelledError
        if (end := ends.pop(0)) is not None:
            raise end

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    with pytest.raises(asyncio.CancelledError):
        await go_rounds(do, 5.0, "kaiteki.test", "tests", wait)
    assert ends == [] and waits == [5.0] * 4
