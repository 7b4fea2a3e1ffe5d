"""Controlled rounding: every number of a table becomes a multiple of a base next to it, and the sums still fit (decision 33).

A table with its totals is a circulation (model/release). Divided by the base it is still one, only not in whole numbers; so there is
one in whole numbers in which every edge is rounded up or down (Bacharach 1966, Cox and Ernst 1982). Of these, one near the nearest
multiples is looked for: begin with the nearest ones, then mend what does not flow by the cheapest ways.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

from kaiteki.model.release import Node, Number, Place

BASES: Final = (3, 5, 10)
"""What numbers of people are rounded to."""


def rounded(numbers: Sequence[Number], base: int) -> Mapping[Place, int]:
    """Every number rounded to a multiple of the base that is less than the base away, so that all sums fit.

    The same table is always rounded the same way. A multiple stays as it is. `numbers` are those of `tabulated`.
    """
    up = [2 * (one.value % base) >= base and one.value % base > 0 for one in numbers]
    lacks: dict[Node, int] = {}
    for one, is_up in zip(numbers, up, strict=True):
        value = one.value // base + is_up
        lacks[one.tail] = lacks.get(one.tail, 0) + value
        lacks[one.head] = lacks.get(one.head, 0) - value
    steps = _steps(numbers, base)
    # a table whose sums fit always has a way left; each mends one, so there are at most as many as numbers
    while path := _cheapest(numbers, base, up, lacks, steps):
        for index in path:
            one, sign = numbers[index], -1 if up[index] else 1
            up[index] = not up[index]
            lacks[one.tail] += sign
            lacks[one.head] -= sign
    return {one.place: (one.value // base + is_up) * base for one, is_up in zip(numbers, up, strict=True)}


def _steps(numbers: Sequence[Number], base: int) -> Mapping[Node, Sequence[tuple[Node, int, bool]]]:
    """From each node on: where to, by which number, and whether that is from its tail to its head."""
    steps: dict[Node, list[tuple[Node, int, bool]]] = {}
    for index, one in enumerate(numbers):
        if one.value % base:
            steps.setdefault(one.tail, []).append((one.head, index, True))
            steps.setdefault(one.head, []).append((one.tail, index, False))
    return steps


def _cheapest(
    numbers: Sequence[Number],
    base: int,
    up: Sequence[bool],
    lacks: Mapping[Node, int],
    steps: Mapping[Node, Sequence[tuple[Node, int, bool]]],
) -> list[int]:
    """The numbers to round the other way so that one more flows from where too little goes out to where too much does.

    Ways may gain by going back on what was mended before (Bellman and Ford, with a queue); none where all flows.
    """
    queue = deque(node for node, lack in lacks.items() if lack < 0)
    best: dict[Node, int] = dict.fromkeys(queue, 0)
    came: dict[Node, tuple[Node, int]] = {}
    waiting = set(queue)
    while queue:
        node = queue.popleft()
        waiting.discard(node)
        for following, index, forth in steps.get(node, ()):
            if forth == up[index]:
                continue
            left = 2 * (numbers[index].value % base)
            price = best[node] + (base - left if forth else left - base)
            if price < best.get(following, price + 1):
                best[following], came[following] = price, (node, index)
                if following not in waiting:
                    waiting.add(following)
                    queue.append(following)
    goals = [node for node, lack in lacks.items() if lack > 0 and node in best]
    if not goals:
        return []
    node, path = min(goals, key=best.__getitem__), list[int]()
    while node in came:
        node, index = came[node]
        path.append(index)
    return path
