"""What the node counts of its own work. Counting costs one dictionary step."""

from __future__ import annotations

from collections import defaultdict
from time import monotonic


class Tally:
    """Answers by surface (`ngsi-ld`, `pages` …), method and status since the start."""

    def __init__(self) -> None:
        self.answers: defaultdict[tuple[str, str, int], int] = defaultdict(int)
        self.started_s = monotonic()
