"""What a store tells of its own work since it was opened, for whoever watches over the node."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

import msgspec


class DatabaseMeasures(msgspec.Struct, frozen=True):
    """What only a store behind a network has to tell: of this node's connections since the start, and of the server now. Times in seconds."""

    away: bool = False
    """Whether the database cannot be reached; what the server would say is 0 then."""
    connections_busy: int = 0
    connections_waiting: int = 0
    """Tasks that wait for a connection now."""
    waited_s: float = 0.0
    """Time that tasks have waited for connections."""
    lost: int = 0
    """Connections that were lost, and attempts to get one in vain."""
    again: int = 0
    """Groups of decisions that were tried again because of that."""
    turn_s: float = 0.0
    """Time that groups have waited for other nodes that wrote."""
    listening: bool = False
    """Whether this node hears at once of what others keep."""
    wakes: int = 0
    """Notices of newest events that were heard."""
    late: int = 0
    """How often news was found by asking, because no notice had come."""
    transaction_s: float = 0.0
    """How long the oldest transaction of the database is open."""
    lock_waits: int = 0
    """Sessions of the database that wait for locks."""
    dead_rows: int = 0
    """Rows of the tables that are no more and not yet cleared away."""


class StoreMeasures(msgspec.Struct, frozen=True):
    """Commits and what stood in them, times in seconds, and how far behind the event log its consumers are.

    `staging_s` is deciding and writing before the commit, `commit_s` the commit with its fsync, `commit_max_s` the longest one.
    `waiting` are decisions that wait for their group now. `blocks` were packed out of rows of history in `packing_s`.
    """

    groups: int = 0
    decisions: int = 0
    staging_s: float = 0.0
    commit_s: float = 0.0
    commit_max_s: float = 0.0
    waiting: int = 0
    blocks: int = 0
    packing_s: float = 0.0
    events: int = 0
    """The number of the newest event."""
    behind: Mapping[str, int] = {}
    """By consumer, the events that it has not read or not yet noted as read."""
    kept_bytes: int = 0
    """What the store takes on the disc, files of photos aside; 0 where it does not know."""
    remembered: Mapping[str, int] = {}
    """What stands in its memories, by what it is; empty for a store without any."""
    database: DatabaseMeasures | None = None


async def nothing_measured() -> StoreMeasures:
    """The measures of a store that counts nothing."""
    return StoreMeasures()


MeasureStore: TypeAlias = Callable[[], Awaitable[StoreMeasures]]
