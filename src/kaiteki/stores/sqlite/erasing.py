"""Erasing in the file: what names an entity that was erased goes out of the log, the deliveries and the index of words.

Freed parts of the file are overwritten with zeros (secure_delete), what the write-ahead log still holds goes with a checkpoint, and copies
of entries that were left behind when pages were divided go afterwards (slack).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final, TypeAlias

import msgspec

from kaiteki.ports.subscriptions import PARCELS_FROM
from kaiteki.stores.journal import READS, erased_access, erased_body
from kaiteki.stores.sqlite.driver import Busy, Connection

Emptied: TypeAlias = Mapping[str, tuple[Sequence[int], Sequence[int]]]
"""By area, the events of an erasure and the lines that it emptied."""
CHECKPOINT_TIMEOUT_S: Final = 5
"""How long readers are waited for before the write-ahead log is emptied; else that happens with a later checkpoint."""
FEW_MAX: Final = 5
"""Up to so many entities are looked for in the log one by one, by their text alone."""

_UNPACK: Final = """
DELETE FROM parcel WHERE area=?1 AND (subscription, number) IN
(SELECT subscription, number FROM delivery WHERE area=?1 AND entity=?2 AND number>=?3)
"""


def erase(connection: Connection, erased: Mapping[tuple[int, str], int]) -> Emptied:
    """Erase entities, by area and id, from all lines before theirs. The log of the area is read once, or once for each of few."""
    emptied: dict[str, tuple[Sequence[int], Sequence[int]]] = {}
    by_area: dict[int, dict[str, int]] = defaultdict(dict)
    for (area, entity_id), number in erased.items():
        by_area[area][entity_id] = number
    for area, numbers in by_area.items():
        (name,) = connection.execute("SELECT text FROM name WHERE id=?", (area,)).fetchall()[0]
        lines: set[int] = set()
        if len(numbers) <= FEW_MAX:
            for entity_id, number in numbers.items():
                text = msgspec.json.encode(entity_id)
                lines.update(_erase(connection, (area, name), {entity_id: number}, text))
        else:
            lines.update(_erase(connection, (area, name), numbers, b""))
        emptied[name] = (sorted(numbers.values()), sorted(lines))
        connection.executemany(_UNPACK, [(name, entity_id, PARCELS_FROM) for entity_id in numbers])
        connection.executemany(
            "DELETE FROM delivery WHERE area=? AND entity=? AND (number<? OR number>=?)",
            [(name, entity_id, number, PARCELS_FROM) for entity_id, number in numbers.items()],
        )
    # words that were taken out stay in the segments of the index until these are merged
    connection.execute("INSERT INTO words(words) VALUES('optimize')")
    return emptied


def _erase(
    connection: Connection, area: tuple[int, str], numbers: Mapping[str, int], text: bytes
) -> list[int]:
    """Rewrite the lines that name entities before a number; `text` stands in each of them. `area` is its number and its name."""
    last = max(numbers.values())
    lines: list[int] = []
    for table, place, erased, kind in (
        ("log", area[0], erased_body, ""),
        ("aside", area[1], erased_access, READS),
    ):
        found = connection.execute(
            f"SELECT number, body FROM {table} WHERE area=? AND number<? AND instr(body, ?){kind}",
            (place, last, text),
        )
        changed: list[tuple[bytes, int]] = []
        for number, body in found:
            after = erased(body, {entity_id for entity_id, before in numbers.items() if number < before})
            if after is not None:
                changed.append((after, number))
        connection.executemany(f"UPDATE {table} SET body=? WHERE number=?", changed)
        lines += [number for _, number in changed]
    return lines


def empty_log(connection: Connection, usual_timeout_s: int) -> None:
    """Write what the write-ahead log holds into the file and cut the log off, unless readers hold it for too long."""
    connection.set_busy_timeout(CHECKPOINT_TIMEOUT_S * 1000)
    try:
        with suppress(Busy):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.set_busy_timeout(usual_timeout_s * 1000)
