"""Erasing in the database: what names an entity that was erased goes out of the log and the deliveries, in the transaction of its group.

What the files of PostgreSQL keep of rows that were changed or deleted goes when its tables are written anew (clearing).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from kaiteki.ports.subscriptions import PARCELS_FROM
from kaiteki.stores.journal import READS, erased_access, erased_body
from kaiteki.stores.postgres.driver import Connection

_NAMED = (
    "SELECT number, body FROM {} WHERE area=$1 AND number<$2 AND position(convert_to($3, 'UTF8') in body) > 0"
)
_ALL = "SELECT number, body FROM {} WHERE area=$1 AND number<$2"
_WRITE = "UPDATE {} l SET body=u.body FROM unnest($1::bigint[], $2::bytea[]) u(number, body) WHERE l.number=u.number"
_FORGET = """
DELETE FROM delivery d USING unnest($2::text[], $3::bigint[]) u(entity, number)
WHERE d.area=$1 AND d.entity=u.entity AND (d.number<u.number OR d.number>=$4)
"""
_UNPACK = """
DELETE FROM parcel p USING delivery d
WHERE d.area=$1 AND d.entity=ANY($2::text[]) AND d.number>=$3 AND p.area=$1 AND p.subscription=d.subscription AND p.number=d.number
"""


async def erase(
    connection: Connection, erased: Mapping[tuple[str, str], int]
) -> Mapping[str, tuple[Sequence[int], Sequence[int]]]:
    """Erase entities, by area and id, from all lines before theirs. The log of an area is read once.

    The answer are, by area, the events of the erasure and the lines that it emptied.
    """
    emptied: dict[str, tuple[Sequence[int], Sequence[int]]] = {}
    by_area: dict[str, dict[str, int]] = defaultdict(dict)
    for (area, entity_id), number in erased.items():
        by_area[area][entity_id] = number
    for area, numbers in by_area.items():
        emptied[area] = sorted(numbers.values()), await _erase(connection, area, numbers)
        await connection.execute(_UNPACK, area, list(numbers), PARCELS_FROM)
        await connection.execute(_FORGET, area, list(numbers), list(numbers.values()), PARCELS_FROM)
    return emptied


async def _erase(connection: Connection, area: str, numbers: Mapping[str, int]) -> list[int]:
    """Rewrite the lines of an area that name entities before a number."""
    last, lines = max(numbers.values()), list[int]()
    for table, erased, kind in (("log", erased_body, ""), ("aside", erased_access, READS)):
        if len(numbers) == 1:
            found = await connection.fetch(_NAMED.format(table) + kind, area, last, next(iter(numbers)))
        else:
            found = await connection.fetch(_ALL.format(table) + kind, area, last)
        changed: list[tuple[int, bytes]] = []
        for number, body in found:
            after = erased(body, {entity_id for entity_id, before in numbers.items() if number < before})
            if after is not None:
                changed.append((number, after))
        columns = [one[0] for one in changed], [one[1] for one in changed]
        await connection.execute(_WRITE.format(table), *columns)
        lines += columns[0]
    return lines
