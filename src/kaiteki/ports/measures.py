"""What a store tells of its own work since it was opened, for whoever watches over the node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec


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


MeasureStore: TypeAlias = Callable[[], StoreMeasures]
