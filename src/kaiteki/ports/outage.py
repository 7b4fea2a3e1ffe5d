"""That the place where a store keeps things is away: no refusal and no bug, but something that passes."""

from __future__ import annotations

from typing import Final

RETRY_AFTER_S: Final = 2
"""When whoever was sent away may ask again."""
NOTHING_KEPT: Final = "The database cannot be reached now. Nothing was changed; please ask again."
UNKNOWN: Final = (
    "The database was lost before it answered. Whether what was sent is kept is not known:"
    " look before it is sent again, or send it again where twice does no harm (with the same Idempotency-Key, for example)."
)
BUSY: Final = "Too many long queries wait just now. Please ask again, or ask for less at a time."
KEYS_AWAY: Final = (
    "What personal data are sealed with cannot be reached now. Nothing was changed; please ask again."
)


class StoreAway(Exception):
    """What is kept cannot be reached now; the message says why, to the operator.

    `unknown`: it was lost in the middle, so that nobody knows whether what was to be written is kept. Otherwise it is not.
    """

    def __init__(self, why: str, *, unknown: bool = False) -> None:
        super().__init__(why)
        self.unknown = unknown

    def detail(self, *, writes: bool) -> str:
        """What whoever asked is told."""
        return UNKNOWN if writes and self.unknown else NOTHING_KEPT


class StoreBusy(StoreAway):
    """So many long reads wait that this one was not begun in time."""

    def detail(self, *, writes: bool) -> str:
        """What whoever asked is told."""
        return BUSY


class KeysAway(StoreAway):
    """What wraps the keys of persons (ports.keys) cannot be reached now; asked before anything is written, so nothing is kept."""

    def detail(self, *, writes: bool) -> str:
        """What whoever asked is told."""
        return KEYS_AWAY
