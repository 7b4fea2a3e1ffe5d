"""Work that goes on for as long as a node runs: round after round, whatever happens in one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from kaiteki.ports.outage import StoreAway


async def go_rounds(
    do: Callable[[], Awaitable[object]],
    every_s: float,
    log: str,
    what: str,
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Do what is due, every `every_s` seconds, until cancelled. `what` names the work in the log, which is called `log`."""
    while True:
        try:
            await do()
        except StoreAway as away:
            # that it is away the store says itself, once
            structlog.get_logger(log).debug(f"{what} wait for the store", why=str(away))
        except Exception:
            # what is due stays due, and the next round tries it again: a task that ended would never come back
            structlog.get_logger(log).exception(f"{what} wait")
        await wait(every_s)
