"""Queues in front of endpoints: in order per entity, several entities at once, and none waits for another endpoint."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import msgspec

from kaiteki.broker.parcels import Piece
from kaiteki.ports.subscriptions import Delivery, SubscriptionKey

LANES: Final = 64
"""Entities that one endpoint is told of at the same time; one lane sends one after another.

A lane sends one letter in each turn of a busy event loop, so their number bounds how many are sent beside many writes.
"""
DOUBLINGS_MAX: Final = 9


class Patience(msgspec.Struct, frozen=True):
    """How long is waited for endpoints, and how much: `entries_max` notifications of one endpoint may be in memory, further ones are
    written down alone (`failing_max` of one that fails); after a failure comes a pause that doubles up to a limit; after a refusal one for its entity alone. After
    `refusals_max` refusals, or `life_s` seconds in front of an endpoint that fails, a notification is a dead letter.
    """

    entries_max: int = 10_000
    failing_max: int = 200
    pause_s: float = 1.0
    pause_max_s: float = 300.0
    refused_pause_s: float = 2.0
    refusals_max: int = 3
    life_s: float = 24 * 3600
    store_pause_s: float = 1.0


@dataclass(slots=True, eq=False)
class Entry:
    """A notification on its way: its notices (several where throttling gathered them), and how often it was tried in vain.

    `written` says that its deliveries are owed in the register.
    """

    key: SubscriptionKey
    notices: tuple[Piece, ...]
    since_s: float
    attempts: int = 0
    refusals: int = 0
    written: bool = False
    reason: str = ""

    @property
    def number(self) -> int:
        """The number of its first event."""
        return min(notice.event.number for notice in self.notices)

    def owed(self, dead: bool = False) -> list[Delivery]:
        """Its deliveries as they are written down."""
        return [
            Delivery(
                *self.key,
                notice.event.number,
                notice.event.entity_id,
                notice.event.at,
                self.attempts,
                self.reason,
                dead,
                notice.kept,
            )
            for notice in self.notices
        ]


@dataclass(slots=True, eq=False)
class Lane:
    """Notifications that are sent one after another. `closed_until_s` is the end of its pause after a refusal.

    `busy` says that they are being sent, or that a timer will go on.
    """

    entries: deque[Entry] = field(default_factory=deque[Entry])
    busy: bool = False
    closed_until_s: float = 0.0
    timer: asyncio.TimerHandle | None = None


@dataclass(slots=True, eq=False)
class Outlet:
    """An endpoint of an area: its lanes, and since when and how often it failed.

    `spilled` are the subscriptions of which deliveries are written down and not in memory: what comes goes behind them.
    """

    area: str
    uri: str
    patience: Patience
    lanes: dict[int, Lane] = field(default_factory=dict[int, Lane])
    size: int = 0
    failures: int = 0
    closed_until_s: float = 0.0
    spilled: set[SubscriptionKey] = field(default_factory=set[SubscriptionKey])

    def lane(self, about: str) -> Lane:
        """The lane of an entity; the same one as long as anything stands in it."""
        number = hash(about) % LANES
        lane = self.lanes.get(number)
        if lane is None:
            lane = self.lanes[number] = Lane()
        return lane

    def is_idle(self, now_s: float) -> bool:
        """Whether it may be forgotten: nothing waits, nothing is written down, and it does not pause after a failure."""
        if self.size or self.spilled or self.closed_until_s > now_s:
            return False
        return not any(lane.busy for lane in self.lanes.values())

    @property
    def has_room(self) -> bool:
        """Whether a notification may be taken into memory, behind nothing that is written down."""
        room = self.patience.failing_max if self.failures else self.patience.entries_max
        return not self.spilled and self.size < room

    def unload(self, wanted: Callable[[Entry], bool]) -> list[Entry]:
        """Take notifications out of memory again, but for those that are being sent just now."""
        taken: list[Entry] = []
        for lane in self.lanes.values():
            sending = lane.entries[0] if lane.entries and lane.busy and lane.timer is None else None
            gone = [entry for entry in lane.entries if entry is not sending and wanted(entry)]
            if gone:
                lane.entries = deque(entry for entry in lane.entries if entry not in gone)
                taken += gone
        self.size -= len(taken)
        return taken

    def close(self, now_s: float, cooldown_s: float) -> float:
        """Take a failure down; the answer is when the next attempt may be made."""
        self.failures += 1
        doubled_s = self.patience.pause_s * 2.0 ** min(self.failures - 1, DOUBLINGS_MAX)
        pause_s = min(doubled_s, self.patience.pause_max_s)
        self.closed_until_s = now_s + max(pause_s, cooldown_s)
        return self.closed_until_s

    def open(self) -> None:
        """Take a success down."""
        self.failures = 0
        self.closed_until_s = 0.0

    def rest(self) -> None:
        """Wake no lane any more by itself."""
        for lane in self.lanes.values():
            if lane.timer is not None:
                lane.timer.cancel()
                lane.timer = None


class Throttle:
    """What a throttled subscription may be told next, and when: of each entity the newest change."""

    __slots__ = ("held", "next_s", "timer")

    def __init__(self) -> None:
        self.next_s = 0.0
        self.held: dict[str, Entry] = {}
        self.timer: asyncio.TimerHandle | None = None

    def rest(self) -> None:
        """Let nothing go any more by itself."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
