"""What staff see of a delivered table: verdicts before and after, repairs, first rows, rows outside of the area. Worked out once.

A delivery of 10,000 rows takes seconds to be read, mended and judged, and nothing of it changes but the accepted repairs. So what was seen
is remembered by the digest of the file and those repairs: KEPT_MAX files, each with what a page shows of it and none of its rows beyond.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

import msgspec

from kaiteki.model.area import Area
from kaiteki.services.opendata.intake.delivery import Delivery, bytes_source, is_long, source_of, whole_of
from kaiteki.services.opendata.intake.outline import Outline
from kaiteki.services.opendata.intake.outlying import Outlying, find_outlying
from kaiteki.services.opendata.intake.written import write_exactly
from kaiteki.services.opendata.readability.judging import Judged, judge, look_through
from kaiteki.services.opendata.readability.reading import read_file
from kaiteki.services.opendata.readability.repairs.change import Change

KEPT_MAX: Final = 32
"""Deliveries that are remembered, some 100 kB each; the one that was seen longest ago goes first."""
CHANGES_MAX: Final = 20
"""Changes of one repair that are shown."""
ROWS_SHOWN: Final = 5


class Repaired(msgspec.Struct, frozen=True):
    """What a repair does or would do: how many changes, the first of them."""

    repair: str
    count: int
    changes: tuple[Change, ...]


class Looked(msgspec.Struct, frozen=True):
    """A delivery looked at: the verdict on its original, its repairs, the verdict after those that are accepted, its first rows with the
    headings before them, what was moved into notes, and which of its rows lie outside of the area. `is_long`: it cannot be mended."""

    before: Judged
    after: Judged
    repairs: tuple[Repaired, ...] = ()
    head: tuple[str, ...] = ()
    body: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    is_long: bool = False
    outlying: tuple[Outlying, ...] = ()


class Memory:
    """The deliveries that were looked at last, for all threads of a node."""

    def __init__(self, kept_max: int = KEPT_MAX) -> None:
        self._kept_max, self._lock = kept_max, threading.Lock()
        self._kept: OrderedDict[Hashable, Looked] = OrderedDict()

    def look_at(self, one: Delivery, area: Area | None, outline: Outline | None) -> Looked:
        """What is seen of a delivery. Raises Unreadable."""
        key = (one.digest, one.file_name, one.accepted, area.name if area else "", _key_of(outline))
        with self._lock:
            if (known := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return known
        made = _look_at(one, area, outline)
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._kept_max:
                self._kept.popitem(last=False)
        return made


LOOKED: Final = Memory()


def _key_of(outline: Outline | None) -> Hashable:
    """What tells an outline from another one of the same area."""
    if outline is None:
        return None
    return outline.kind, outline.title, outline.box, outline.shape.wkb if outline.shape is not None else b""


def _look_at(one: Delivery, area: Area | None, outline: Outline | None) -> Looked:
    whole = whole_of(one)
    tables = [bytes_source("table.csv", write_exactly(sheet)) for sheet in whole.sheets]
    found = [find_outlying(table, area, outline) for table in tables] if area and outline else []
    cells = whole.sheets[0].cells
    return Looked(
        judge(read_file(source_of(one))),
        look_through(whole.sheets),
        tuple(Repaired(step.repair, len(step.changes), step.changes[:CHANGES_MAX]) for step in whole.steps),
        tuple(cells[0]) if cells else (),
        tuple(tuple(row) for row in cells[1 : 1 + ROWS_SHOWN]),
        tuple(note for sheet in whole.sheets for note in sheet.notes),
        is_long(whole),
        tuple(each for some in found for each in some),
    )
