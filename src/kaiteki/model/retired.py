"""Lines of reads that were let go when their time was over, as one line says it: their numbers in stretches (`3-19`), the ground, up to when they were."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

RETIRE: Final = "audit.retire"
"""The action of such a line."""
NODE: Final = "kaiteki"
"""Its actor: no account has such an id."""


def stretches(numbers: Iterable[int]) -> list[str]:
    """Numbers in order as stretches without a gap."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return [f"{first}-{last}" for first, last in found]


def read_stretches(texts: Sequence[str]) -> list[range]:
    """The numbers of stretches; ValueError for a text that is none."""
    ranges: list[range] = []
    for text in texts:
        first, _, last = text.partition("-")
        if not (first.isdecimal() and last.isdecimal() and int(first) <= int(last)):
            raise ValueError(f"{text[:40]} is no stretch of lines")
        ranges.append(range(int(first), int(last) + 1))
    return ranges
