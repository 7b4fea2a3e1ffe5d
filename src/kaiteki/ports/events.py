"""What the core asks of the event log: told after it is kept, read with a cursor, never lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, Protocol

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.ports.entities import Change

WITNESSED_MAX: Final = 4096
"""Latest events whose changes a process remembers."""


ERASED: Final = "urn:kaiteki:erased"
"""What earlier events and audit lines name in the place of an entity that was erased. The event of the erasure itself names it."""


class Event(msgspec.Struct, frozen=True):
    """One kept change. `number` grows by commit order over all areas; `attributes` are those that differ, expanded.

    `corrected` is a change of the past alone: the entity is as it was, its version too (0 where it has no present).
    """

    number: int
    area: str
    at: Instant
    what: Literal["created", "modified", "deleted", "corrected"]
    entity_id: str
    types: tuple[str, ...]
    attributes: tuple[str, ...]
    version: int
    actor: str
    action: str


class Events(Protocol):
    """The event log of a node and the cursors of its consumers."""

    async def read(self, after: int, limit: int = 500) -> Sequence[Event]:
        """Events behind a number, oldest first."""
        ...

    async def wait(self, after: int, timeout_s: float) -> bool:
        """Whether an event behind `after` is there, at once or within the time; others always get a turn before."""
        ...

    async def cursor(self, consumer: str) -> int:
        """How far a consumer has come; 0 for a new one."""
        ...

    async def advance(self, consumer: str, number: int) -> None:
        """Keep how far a consumer has come, durably."""
        ...

    def witnessed(self, number: int) -> Change | None:
        """The change of an event that this process has kept lately; None for others, whose states history has.

        A process remembers changes from the first time on that it is asked for one.
        """
        ...

    async def last(self) -> int:
        """The number of the newest event; 0 when there is none."""
        ...
