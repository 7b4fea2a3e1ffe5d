"""What a node does by itself: reactions to events, jobs that are due, read models, what has expired, photos to develop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog

from kaiteki.kit.jobs import Jobs
from kaiteki.kit.reactions import Reactions
from kaiteki.kit.surveys import Surveys
from kaiteki.main.parts import Joined

LOG = "kaiteki.sources"


def _fell_behind(failure: BaseException) -> None:
    """Log that the store failed the register of context sources; it is tried again."""
    structlog.get_logger(LOG).error("context sources wait for the store", exc_info=failure)


@asynccontextmanager
async def background(joined: Joined) -> AsyncGenerator[None]:
    """Reactions, jobs and surveys at work; on leaving, the decision in hand is finished by the store and no new one begun."""
    store = joined.store
    tasks = [
        asyncio.create_task(Reactions(joined.engine, store.events, store.history).run(), name="reactions"),
        asyncio.create_task(Jobs(joined.engine).run(), name="jobs"),
        asyncio.create_task(Surveys(joined.cities).run(), name="surveys"),
        asyncio.create_task(joined.lasting.run(), name="expiry"),
        asyncio.create_task(joined.notifier.run(), name="notifications"),
        asyncio.create_task(joined.periods.run(), name="periodic notifications"),
        asyncio.create_task(joined.inquirer.registry.run(_fell_behind), name="sources"),
        asyncio.create_task(joined.cities.darkroom.run(), name="darkroom"),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
