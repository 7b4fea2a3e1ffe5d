"""Which copies are kept, and clearing away what no copy needs any more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from kaiteki.main.copies.disk import settle_folder
from kaiteki.main.copies.packs import PACK_SIZE_MAX_BYTES, Row, Shelf
from kaiteki.main.copies.repository import Copy, Repository
from kaiteki.main.copies.tree import reached

LIVE_AT_LEAST: Final = 0.5
"""What must be needed of a file of pieces for it to stay as it is."""
SMALL_BYTES: Final = PACK_SIZE_MAX_BYTES // 4
SMALL_MAX: Final = 16
"""Small files of pieces that may stand side by side before they are joined."""


class Rules(msgspec.Struct, frozen=True):
    """How many copies are kept: the newest ones, and the newest one of each of so many hours, days, weeks, months and years that have one."""

    last: int = 0
    hourly: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0
    yearly: int = 0


PERIODS: Final[dict[str, Callable[[datetime], tuple[int, ...]]]] = {
    "hourly": lambda at: (at.year, at.month, at.day, at.hour),
    "daily": lambda at: (at.year, at.month, at.day),
    "weekly": lambda at: tuple(at.isocalendar())[:2],
    "monthly": lambda at: (at.year, at.month),
    "yearly": lambda at: (at.year,),
}


def kept(times: Sequence[datetime], rules: Rules) -> set[datetime]:
    """The moments of the copies that the rules keep; the newest one is always among them."""
    newest_first = sorted(times, reverse=True)
    chosen = set(newest_first[: max(1, rules.last)])
    for name, period in PERIODS.items():
        met: dict[tuple[int, ...], datetime] = {}
        for at in newest_first:
            met.setdefault(period(at), at)
        chosen.update(list(met.values())[: getattr(rules, name)])
    return chosen


def clear_away(repository: Repository, copies: Iterable[Copy], live_at_least: float = LIVE_AT_LEAST) -> int:
    """Remove the pieces that none of these copies needs; how many bytes that freed. Raises Damaged before anything is removed.

    A file of pieces of which less than `live_at_least` is needed goes; with 1 no piece is left that nobody needs.

    What is needed of a file of which little is needed is written again first, so that being killed loses nothing.
    """
    shelf = repository.shelf()
    needed: set[bytes] = set()
    for copy in copies:
        reached(copy.root, shelf, needed)
    before = _size(shelf.packs)
    old = _worn(shelf, needed, live_at_least)
    for path, rows in old.items():
        for row in _first(rows, needed):
            shelf.take(path, row)
    shelf.flush()
    for path in old:
        path.unlink()
    settle_folder(shelf.folder)
    return before - _size(one for one in shelf.packs if one not in old)


def _worn(shelf: Shelf, needed: set[bytes], live_at_least: float) -> dict[Path, list[Row]]:
    """The files of pieces that are to go: little of them is needed, or they are small and many."""
    worn: dict[Path, list[Row]] = {}
    small: dict[Path, list[Row]] = {}
    for path, rows in shelf.packs.items():
        live = sum(row.length for row in rows if row.name in needed)
        size = sum(row.length for row in rows)
        if live < size * live_at_least or not live:
            worn[path] = rows
        elif size < SMALL_BYTES:
            small[path] = rows
    return worn | small if len(small) > SMALL_MAX else worn


def _first(rows: Iterable[Row], needed: set[bytes]) -> Iterable[Row]:
    """The rows that are needed; a piece that stands in two files is taken from the first."""
    for row in rows:
        if row.name in needed:
            needed.discard(row.name)
            yield row


def _size(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths)
