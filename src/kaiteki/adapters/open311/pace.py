"""How often one sender may post: one table of limits, by key, by device, by address."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from kaiteki.adapters.open311.asked import Wrong
from kaiteki.model.instant import Instant

Kind = Literal["key", "device", "address"]


class Limit(msgspec.Struct, frozen=True):
    """At most so many posts of one sender of a kind in each stretch of so many seconds."""

    kind: Kind
    posts_max: int
    stretch_s: int


LIMITS: Final = (
    Limit("key", 1200, 60),
    Limit("device", 10, 60),
    Limit("device", 60, 3600),
    Limit("address", 30, 60),
    Limit("address", 300, 3600),
)
"""A machine with a key is counted by its account alone. All others are counted by address, and by device where they name one:
a device id can be made up, so it opens no way around the address."""
SENDERS_MAX: Final = 10_000
"""Counts that are remembered; that of the sender who posted longest ago is forgotten first."""
SECOND_US: Final = 1_000_000
STRETCHES: Final = {60: "a minute", 3600: "an hour"}


class Sender(msgspec.Struct, frozen=True):
    """By what a sender is known; `mark` is not shown to anybody."""

    kind: Kind
    mark: str


class Pace:
    """Counts the posts of each sender in the running stretch of each of its limits."""

    def __init__(self) -> None:
        self._posts: OrderedDict[tuple[Sender, int], tuple[int, int]] = OrderedDict()

    def count(self, senders: Sequence[Sender], now: Instant) -> None:
        """Count one post for all that it is known by; raises Wrong 429 above a limit, with the seconds until it may go on."""
        full = [
            (limit, self._left_s(limit, now))
            for sender in senders
            for limit in LIMITS
            if limit.kind == sender.kind and self._counted(sender, limit, now) > limit.posts_max
        ]
        if not full:
            return
        limit, wait_s = max(full, key=lambda one: one[1])
        said = f"at most {limit.posts_max} posts {STRETCHES[limit.stretch_s]} from one {limit.kind}"
        raise Wrong(429, f"{said}; please wait {wait_s} seconds", wait_s)

    def _counted(self, sender: Sender, limit: Limit, now: Instant) -> int:
        """The posts of the running stretch with this one."""
        begun = now // (limit.stretch_s * SECOND_US)
        kept, posts = self._posts.pop((sender, limit.stretch_s), (begun, 0))
        posts = posts + 1 if kept == begun else 1
        self._posts[(sender, limit.stretch_s)] = (begun, posts)
        if len(self._posts) > SENDERS_MAX:
            self._posts.popitem(last=False)
        return posts

    def _left_s(self, limit: Limit, now: Instant) -> int:
        """Seconds until the next stretch begins, at least one."""
        return limit.stretch_s - (now // SECOND_US) % limit.stretch_s
