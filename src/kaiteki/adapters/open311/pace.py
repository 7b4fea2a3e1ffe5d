"""How often one sender may post: counted by minute, for machines with a key by account, for all others by address."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from kaiteki.adapters.open311.asked import Wrong
from kaiteki.model.instant import Instant

POSTS_PER_MINUTE_MAX: Final = 30
"""Posts of an address that names no key."""
POSTS_PER_MINUTE_WITH_KEY_MAX: Final = 1200
"""Posts of a machine with a key."""
SENDERS_MAX: Final = 10_000
"""Senders that are remembered; the one that posted longest ago is forgotten first."""
MINUTE_US: Final = 60_000_000


class Pace:
    """Counts the posts of each sender in the running minute."""

    def __init__(self) -> None:
        self._posts: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def count(self, sender: str, now: Instant, limit: int) -> None:
        """Count one post; raises Wrong 429 above the limit."""
        minute = now // MINUTE_US
        kept_minute, posts = self._posts.pop(sender, (minute, 0))
        posts = posts + 1 if kept_minute == minute else 1
        self._posts[sender] = (minute, posts)
        if len(self._posts) > SENDERS_MAX:
            self._posts.popitem(last=False)
        if posts > limit:
            raise Wrong(429, f"at most {limit} posts a minute; please wait")
