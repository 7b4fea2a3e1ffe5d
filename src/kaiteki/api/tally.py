"""What the node counts of its own work. Counting costs one dictionary step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from time import monotonic

import msgspec


class CacheTally(msgspec.Struct):
    """The forms of entities that are kept as bytes: how many they are and how large, and since the start how many were made and let go."""

    kept: int = 0
    size_bytes: int = 0
    made: int = 0
    let_go: int = 0


class Tally:
    """Answers by surface (`ngsi-ld`, `pages` …), method and status since the start, and the forms that are kept."""

    def __init__(self) -> None:
        self.answers: defaultdict[tuple[str, str, int], int] = defaultdict(int)
        self.forms = CacheTally()
        self.remembered: Callable[[], Mapping[str, int]] = dict
        """What stands in the other memories of the node, by what it is."""
        self.started_s = monotonic()
