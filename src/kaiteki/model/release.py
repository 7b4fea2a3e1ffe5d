"""What may be told of people in numbers: k-anonymity, small cells, and the cells that others would give away (decision 33).

A table with its totals is a circulation: every number is an edge, and at every node as much flows in as out. So the numbers that a
reader could compute for a hidden one are bounded by flows in what is hidden, exactly (transport problems have whole solutions).
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

CELLS_MAX: Final = 2_000
"""Numbers of one table, totals included."""
MINIMA: Final[Mapping[str, int]] = {"health": 10, "people": 5, "things": 1}
"""The least number of people that a table may show, by the class of its data: what needs special care, other people, no people."""
TOTAL: Final = ""
"""The name of a row or column of totals."""
_TOTAL_COST: Final = 1_000_000
"""A total is hidden only where nothing else helps."""

Node: TypeAlias = Hashable
Place: TypeAlias = tuple[str, str]
"""Row and column; TOTAL for a margin."""


class Number(msgspec.Struct, frozen=True):
    """A number of a table as an edge of its circulation. `least`: how many of the inner numbers below it are not 0, so it is no less."""

    place: Place
    value: int
    tail: Node
    head: Node
    least: int = 1


class Released(msgspec.Struct, frozen=True):
    """What may be shown: every place with its number, None where it is hidden. `primary` were hidden for their size, the others for them."""

    numbers: Mapping[Place, int | None]
    primary: frozenset[Place]

    @property
    def hidden(self) -> frozenset[Place]:
        """Where nothing is shown."""
        return frozenset(place for place, value in self.numbers.items() if value is None)


class NotReleasable(Exception):
    """Whatever is hidden, a small number could be computed from what is left; or the table is too large to tell."""


def anonymity(rows: Iterable[Sequence[str]]) -> int:
    """k: how many people share the rarest combination of quasi-identifiers; 0 where there is nobody."""
    return min(Counter(map(tuple, rows)).values(), default=0)


def alone(rows: Iterable[Sequence[str]], k: int) -> dict[tuple[str, ...], int]:
    """The combinations that fewer than k people share, the rarest first."""
    found = Counter(map(tuple, rows))
    return dict(sorted((one for one in found.items() if one[1] < k), key=lambda one: (one[1], one[0])))


def diversity(rows: Iterable[tuple[Sequence[str], str]]) -> int:
    """l: in the group that says most, how many different sensitive values there are; 0 where there is nobody."""
    groups: dict[tuple[str, ...], set[str]] = {}
    for quasi, sensitive in rows:
        groups.setdefault(tuple(quasi), set()).add(sensitive)
    return min(map(len, groups.values()), default=0)


def tabulated(counts: Mapping[Place, int], parents: Mapping[str, str] | None = None) -> tuple[Number, ...]:
    """The numbers of a table with all its totals. `parents` names the district of each row; its subtotals are rows of that name.

    Raises NotReleasable for a table that is too large.
    """
    parents = parents or {}
    columns = sorted({column for _, column in counts})
    rows = sorted({row for row, _ in counts})
    districts = sorted({parents.get(row, TOTAL) for row in rows})
    numbers: list[Number] = []

    def add(place: Place, below: Sequence[int], tail: Node, head: Node) -> None:
        numbers.append(Number(place, sum(below), tail, head, sum(one > 0 for one in below)))

    for row in rows:
        above = parents.get(row, TOTAL)
        for column in columns:
            add((row, column), [counts.get((row, column), 0)], ("row", row), ("in", above, column))
        whole = [counts.get((row, column), 0) for column in columns]
        add((row, TOTAL), whole, ("of", above), ("row", row))
    for district in districts:
        if district == TOTAL:
            continue
        below = [row for row in rows if parents.get(row, TOTAL) == district]
        for column in columns:
            inside = [counts.get((row, column), 0) for row in below]
            add((district, column), inside, ("in", district, column), ("in", TOTAL, column))
        whole = [counts.get((row, column), 0) for row in below for column in columns]
        add((district, TOTAL), whole, ("of", TOTAL), ("of", district))
    for column in columns:
        add((TOTAL, column), [counts.get((row, column), 0) for row in rows], ("in", TOTAL, column), "end")
    add((TOTAL, TOTAL), list(counts.values()), "end", ("of", TOTAL))
    if len(numbers) > CELLS_MAX:
        raise NotReleasable(f"more than {CELLS_MAX} numbers")
    return tuple(numbers)


def release(numbers: Sequence[Number], minimum: int) -> Released:
    """Hide every number between 1 and the minimum, and as little else as keeps each of them open to anything from its least to just below the minimum.

    Raises NotReleasable.
    """
    primary = {index for index, one in enumerate(numbers) if 0 < one.value < minimum}
    hidden = set(primary)
    for index in sorted(primary, key=lambda one: -numbers[one].value):
        for upward in (True, False):
            hidden |= _cover(numbers, hidden, index, upward, minimum)
    if not _is_safe(numbers, hidden, primary, minimum):
        raise NotReleasable("a small number could be computed from the others")
    for index in sorted(hidden - primary, key=lambda one: -_cost(numbers[one])):
        if _is_safe(numbers, hidden - {index}, primary, minimum):
            hidden.discard(index)
    return Released(
        {one.place: None if index in hidden else one.value for index, one in enumerate(numbers)},
        frozenset(numbers[index].place for index in primary),
    )


def bounds(
    numbers: Sequence[Number], hidden: frozenset[int] | set[int], index: int
) -> tuple[int, int | None]:
    """Between which numbers a reader knows a hidden one to lie, knowing that what is hidden is at least 1; None: without end."""
    one = numbers[index]
    more = _flow(numbers, hidden - {index}, (one.head, one.tail), None)
    less = _flow(numbers, hidden - {index}, (one.tail, one.head), one.value - 1)
    return one.value - (less or 0), None if more is None else one.value + more


def _is_safe(numbers: Sequence[Number], hidden: set[int], primary: set[int], minimum: int) -> bool:
    for index in primary:
        one = numbers[index]
        needed = minimum - 1 - one.value
        without = hidden - {index}
        if needed and (_flow(numbers, without, (one.head, one.tail), needed) or 0) < needed:
            return False
        spare = one.value - one.least
        if spare and (_flow(numbers, without, (one.tail, one.head), spare) or 0) < spare:
            return False
        if not needed and one.value == 1 and _flow(numbers, without, (one.head, one.tail), 1) == 0:
            return False
    return True


def _cost(one: Number) -> int:
    return one.value + (_TOTAL_COST if TOTAL in one.place else 0)


def _steps(numbers: Sequence[Number], usable: Iterable[int]) -> dict[Node, list[tuple[Node, int, bool]]]:
    """From each node on: where to, by which number, and whether that grows (it may for ever) or shrinks (to 1)."""
    steps: dict[Node, list[tuple[Node, int, bool]]] = {}
    for index in usable:
        one = numbers[index]
        steps.setdefault(one.tail, []).append((one.head, index, True))
        steps.setdefault(one.head, []).append((one.tail, index, False))
    return steps


def _cover(numbers: Sequence[Number], hidden: set[int], index: int, upward: bool, minimum: int) -> set[int]:
    """The cheapest further numbers to hide so that one may be larger (up to the minimum), or smaller (down to 1); none where it may be already."""
    one = numbers[index]
    amount = max(1, minimum - 1 - one.value) if upward else one.value - one.least
    if not amount:
        return set()
    start, goal = (one.head, one.tail) if upward else (one.tail, one.head)
    usable = [at for at, other in enumerate(numbers) if other.value and at != index]
    steps = _steps(numbers, usable)
    best: dict[Node, int] = {start: 0}
    came: dict[Node, tuple[Node, int]] = {}
    queue: list[tuple[int, int, Node]] = [(0, 0, start)]
    pushed = 0
    while queue:
        cost, _, node = heapq.heappop(queue)
        if node == goal:
            break
        if cost > best[node]:
            continue
        for following, at, grows in steps.get(node, ()):
            if not grows and numbers[at].value - 1 < amount:
                continue
            price = cost + (0 if at in hidden else _cost(numbers[at]))
            if price < best.get(following, price + 1):
                best[following], came[following] = price, (node, at)
                pushed += 1
                heapq.heappush(queue, (price, pushed, following))
    found: set[int] = set()
    while goal in came and goal != start:
        goal, at = came[goal]
        found.add(at)
    return found


def _flow(
    numbers: Sequence[Number], hidden: Iterable[int], ends: tuple[Node, Node], enough: int | None
) -> int | None:
    """How much can flow from one node to another through what is hidden, up to `enough`; None: without end."""
    steps = _steps(numbers, hidden)
    start, goal = ends
    shrunk: Counter[int] = Counter()
    """How much each number has shrunk so far; below 0: grown."""
    total = 0
    while enough is None or total < enough:
        came: dict[Node, tuple[Node, int, bool]] = {}
        queue = deque([start])
        while queue and goal not in came:
            node = queue.popleft()
            for following, at, grows in steps.get(node, ()):
                open_ = grows or numbers[at].value - 1 - shrunk[at] > 0
                if open_ and following not in came and following != start:
                    came[following] = (node, at, grows)
                    queue.append(following)
        if goal not in came:
            return total
        path: list[tuple[int, bool]] = []
        node = goal
        while node != start:
            node, at, grows = came[node]
            path.append((at, grows))
        limits = [numbers[at].value - 1 - shrunk[at] for at, grows in path if not grows]
        if not limits:
            return enough
        step = min(limits) if enough is None else min(*limits, enough - total)
        for at, grows in path:
            shrunk[at] += -step if grows else step
        total += step
    return total
