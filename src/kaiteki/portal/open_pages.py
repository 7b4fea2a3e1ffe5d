"""Who has a page open, and who wakes them: one reader of the event log for all open pages of a node."""

from __future__ import annotations

import asyncio
import resource
from collections import Counter
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Any, Final

import msgspec
import structlog

from kaiteki.broker.watching import Watchers
from kaiteki.ports.events import Events
from kaiteki.ports.outage import StoreAway

BATCH: Final = 500
TURN_S: Final = 1.0
"""How soon all streams end when the node stops."""
SHARED_S: Final = 1.0
"""How long one look serves all who look at the same, where nothing happened meanwhile."""
_log = structlog.get_logger("kaiteki.live")


class Pace(msgspec.Struct, frozen=True):
    """How streams go, in seconds, and how many there may be at the same time."""

    heartbeat_s: float = 5.0
    """After how long without news a reader hears that the stream lives; time alone may change a page, so it is looked at then, too."""
    rest_s: float = 0.2
    """Between two looks for one reader."""
    slow_s: float = 10.0
    """How long a message may wait for its reader; then the stream ends."""
    life_s: float = 600.0
    """After how long a stream ends; the browser opens it again, and whoever may not look any more is told so."""
    retry_ms: int = 1_000
    retry_spread_ms: int = 2_000
    """When a browser opens a stream again that ended: not all at the same moment."""
    area_max: int = 2_000
    principal_max: int = 12
    """Streams of one account, or of one browser."""
    address_max: int = 500
    """Streams of one address: all phones in a hall may share one."""


class Reader:
    """Somebody who has a page open."""

    def __init__(self, area: str, types: frozenset[str]) -> None:
        self.area: Final = area
        self.types: Final = types
        self.woken: Final = asyncio.Event()

    async def wait(self, timeout_s: float) -> bool:
        """Whether something happened to what the page is made of, at once or within the time."""
        try:
            async with asyncio.timeout(timeout_s):
                await self.woken.wait()
        except TimeoutError:
            return False
        self.woken.clear()
        return True


class Hub:
    """All open streams of a node: reads the event log for them as long as there are any."""

    def __init__(self, events: Events, watchers: Watchers | None, pace: Pace | None = None) -> None:
        self.pace: Final = pace or Pace()
        self.readers: Final[set[Reader]] = set()
        self.open: Final = Counter[tuple[str, str]]()
        """Streams by what is limited: ("area", name), ("of", principal), ("from", address)."""
        self.looks = 0
        """How often a version was looked up for all who look at the same."""
        self.emptied: Final = asyncio.Event()
        """Set while nobody has a page open."""
        self._ended = False
        self._events: Final = events
        self._watchers: Final = watchers
        self._number = 0
        self._following: asyncio.Task[None] | None = None
        self._looks: Final[dict[Any, tuple[int, float, asyncio.Task[str]]]] = {}
        self._many_max: Final = resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2

    @property
    def closed(self) -> bool:
        """Whether all streams end: the node stops, or the log cannot be read."""
        return self._ended or (self._watchers is not None and self._watchers.closed)

    def stop(self) -> None:
        """End all streams."""
        self._ended = True
        for reader in self.readers:
            reader.woken.set()

    def is_full(self, marks: tuple[tuple[str, str], ...]) -> bool:
        """Whether no further stream may be opened under these marks."""
        limits = {"area": self.pace.area_max, "of": self.pace.principal_max, "from": self.pace.address_max}
        return len(self.readers) >= self._many_max or any(self.open[one] >= limits[one[0]] for one in marks)

    async def join(self, reader: Reader, marks: tuple[tuple[str, str], ...]) -> None:
        """Count a reader, who is woken from here on."""
        if self._following is None or self._following.done():
            self._number, self._ended = await self._events.last(), False
        self.readers.add(reader)
        self.emptied.clear()
        self.open.update(marks)
        if self._following is None or self._following.done():
            # (whoever came first may leave first: what is read of the log belongs to no request)
            self._following = asyncio.create_task(self._follow(), name="open pages", context=Context())

    def leave(self, reader: Reader, marks: tuple[tuple[str, str], ...]) -> None:
        """Count a reader no more."""
        self.readers.discard(reader)
        for mark in marks:
            self.open[mark] -= 1
            if not self.open[mark]:
                del self.open[mark]
        if not self.readers:
            self._looks.clear()
            self.emptied.set()

    async def _follow(self) -> None:
        """Wake readers by the event log until nobody is left."""
        while self.readers:
            try:
                there = await self._events.wait(self._number, TURN_S)
                for event in await self._events.read(self._number, BATCH) if there else ():
                    self._number = event.number
                    for reader in self.readers:
                        if reader.area == event.area and not reader.types.isdisjoint(event.types):
                            reader.woken.set()
            except StoreAway as away:
                _log.debug("open pages wait for the store", why=str(away))
                await asyncio.sleep(TURN_S)
            except Exception:
                # nobody would hear of anything any more: the streams end, and browsers ask by themselves
                _log.exception("open pages hear nothing")
                self._ended = True
            if self.closed:
                self.stop()
                return

    async def shared(self, key: Any, look: Callable[[], Awaitable[str]]) -> str:
        """The version of what many look at: looked up once for all of them after each event."""
        loop = asyncio.get_running_loop()
        known = self._looks.get(key)
        if known is None or known[0] != self._number or loop.time() - known[1] > SHARED_S:
            self.looks += 1
            task = asyncio.create_task(_await(look), context=Context())
            known = self._looks[key] = (self._number, loop.time(), task)
        return await asyncio.shield(known[2])


async def _await(look: Callable[[], Awaitable[str]]) -> str:
    return await look()
