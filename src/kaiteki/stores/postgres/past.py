"""History in the database: every state of every attribute and of the scopes in a row, and which entities there were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from kaiteki.model.entity import Instance, decode_entity
from kaiteki.model.instant import Instant
from kaiteki.model.past import added_up, in_order, in_period, moment_of, put_together
from kaiteki.model.periods import Periods
from kaiteki.model.query import TypeSelection
from kaiteki.model.sums import Sums
from kaiteki.ports.history import SCOPE, Life, Past, Period
from kaiteki.stores.blocks import Bounds
from kaiteki.stores.columns_added import Columns
from kaiteki.stores.past import newest_of
from kaiteki.stores.postgres.blocks import Blocks
from kaiteki.stores.postgres.catalogue import DatabaseCatalogue
from kaiteki.stores.postgres.driver import Connection, Row, snapshot
from kaiteki.stores.postgres.pool import Pool

_EARLIEST: Final = -(2**62)
_LATEST: Final = 2**62
PAGE: Final = 5000
"""States that are read at once when all of a stretch of time is added up."""

_MEASURED: Final[dict[str, tuple[str, str]]] = {
    "observed": ("observed", "observed IS NOT NULL"),
    "written": ("at", "true"),
    "modified": ("at", "body IS NOT NULL"),
    "deleted": ("at", "body IS NULL"),
}
"""By the time that states are measured on: the column, and which of the rows have it."""
_ROWS: Final = "SELECT at, number, dataset, part, version, was, body FROM history WHERE row=$1 AND name=$2"
_ENTITY: Final = "SELECT row, kind, created, deleted, doc, id FROM entity WHERE area=$1 AND id=$2"
_LIVES: Final = """
SELECT row, kind, created, deleted, doc, id FROM entity WHERE area=$1 AND kind=ANY($2) AND id>$3 ORDER BY id LIMIT $4
"""
_GONE_SINCE: Final = """
SELECT row, kind, created, deleted, doc, id FROM entity
WHERE area=$1 AND kind=ANY($2) AND id>$3 AND doc IS NULL AND deleted>=$5 ORDER BY id LIMIT $4
"""
_NAMES: Final = """
WITH RECURSIVE one(name) AS (
  SELECT least((SELECT min(name) FROM history WHERE row=$1), (SELECT min(name) FROM block WHERE row=$1))
  UNION ALL SELECT least((SELECT min(h.name) FROM history h WHERE h.row=$1 AND h.name>one.name),
  (SELECT min(b.name) FROM block b WHERE b.row=$1 AND b.name>one.name)) FROM one WHERE one.name IS NOT NULL)
SELECT name FROM one WHERE name IS NOT NULL
"""
"""The names under which there are rows or blocks, without reading all of these."""
_STOOD: Final = """
SELECT e.id, e.row, n.name, h.at, h.number, h.part, h.version, h.body,
  EXISTS(SELECT 1 FROM block b WHERE b.row=e.row AND b.name=n.name AND b.at<$3 AND b.at_last>=coalesce(h.at, b.at)) AS packed
FROM entity e CROSS JOIN LATERAL ({names}) n LEFT JOIN LATERAL (
  SELECT at, number, part, version, body FROM history
  WHERE row=e.row AND name=n.name AND dataset='' AND version>0 AND at<$3 ORDER BY at DESC, number DESC LIMIT 1) h ON true
WHERE e.area=$1 AND e.id=ANY($2)
"""
"""Of each name the last state before a moment, and whether a later one may stand in a block."""
_THESE: Final = "SELECT unnest($4::int[]) AS name"

_instance = msgspec.json.Decoder(Instance)


class PostgresHistory:
    """Every state of every attribute; see ports.history."""

    def __init__(self, pool: Pool, catalogue: DatabaseCatalogue) -> None:
        self._pool = pool
        self._catalogue = catalogue

    async def past(
        self,
        area: str,
        entity_id: str,
        attributes: Sequence[str] = (),
        period: Period | None = None,
        limit: int = 1000,
        newest_first: bool = False,
    ) -> Sequence[Past]:
        """The kept states of one entity, in order of the time they are measured on."""
        wanted = period or Period()
        async with self._pool.acquire() as connection, snapshot(connection):
            one = await self._one(connection, area, entity_id)
            return [] if one is None else await one.read(attributes, wanted, limit, newest_first)

    async def _one(self, connection: Connection, area: str, entity_id: str) -> OnePast | None:
        await self._catalogue.refresh(connection)
        found = await connection.fetchrow(_ENTITY, area, entity_id)
        return None if found is None else OnePast(connection, self._catalogue, entity_id, found[0])

    async def life(self, area: str, entity_id: str) -> Life | None:
        """An entity that exists or has a history."""
        found = await self._pool.fetchrow(_ENTITY, area, entity_id)
        if found is None:
            return None
        await self._catalogue.refresh(self._pool)
        return self._life_of(found)

    def _life_of(self, found: Row) -> Life:
        _, kind, created, deleted, doc, entity_id = found
        if doc is not None:
            entity = decode_entity(doc)
            return Life(entity.id, entity.types, entity.created_at, entity.modified_at)
        types = self._catalogue.area_and_types(kind)[1]
        return Life(entity_id, types, created, created if deleted is None else deleted, deleted)

    async def lives(
        self,
        area: str,
        types: TypeSelection | None = None,
        after_id: str = "",
        limit: int = 100,
        gone_since: Instant | None = None,
    ) -> Sequence[Life]:
        """The entities of these types that exist or have a history, in order of their ids."""
        await self._catalogue.refresh(self._pool)
        kinds = [kind for kind, _ in self._catalogue.kinds_ever(area, types)]
        if gone_since is None:
            rows = await self._pool.fetch(_LIVES, area, kinds, after_id, limit)
        else:
            rows = await self._pool.fetch(_GONE_SINCE, area, kinds, after_id, limit, gone_since)
        return [self._life_of(found) for found in rows]

    async def names(self, area: str, entity_id: str) -> Sequence[str]:
        """The attributes of which an entity has a history."""
        async with self._pool.acquire() as connection:
            one = await self._one(connection, area, entity_id)
            found = [] if one is None else await one.numbers()
        return sorted({self._catalogue.text(number) for number in found} - {SCOPE})

    async def stood(
        self, area: str, entity_ids: Sequence[str], moment: Instant, attributes: Sequence[str] = ()
    ) -> Mapping[str, Mapping[str, Instance]]:
        """What stood of some entities just before a moment: one question for all of them, and one for each attribute in a block."""
        pasts: dict[str, list[Past]] = {}
        before = Period(end=moment, dataset_ids=("@none",))
        async with self._pool.acquire() as connection, snapshot(connection):
            await self._catalogue.refresh(connection)
            told: list[Any] = [area, list(entity_ids), moment]
            numbers = [number for name in attributes if (number := self._catalogue.name(name)) is not None]
            if attributes:
                told.append(numbers)
            names = _THESE if attributes else _NAMES.replace("$1", "e.row")
            for entity_id, row, name, at, number, part, version, body, packed in await connection.fetch(
                _STOOD.format(names=names), *told
            ):
                attribute = self._catalogue.text(name)
                if packed:
                    one = OnePast(connection, self._catalogue, entity_id, row)
                    pasts.setdefault(entity_id, []).extend(await one.last(name, before))
                elif at is not None and attribute != SCOPE:
                    instance = None if body is None else _instance.decode(body)
                    past = Past(entity_id, attribute, at, version, instance, None, number, part=part)
                    pasts.setdefault(entity_id, []).append(past)
        found = {entity_id: newest_of(some) for entity_id, some in pasts.items()}
        return {entity_id: one for entity_id, one in found.items() if one}

    async def add_up(
        self,
        area: str,
        entity_id: str,
        attribute: str,
        period: Period,
        periods: Periods,
        distinct: bool = False,
    ) -> Sequence[Sums]:
        """What the values of an attribute add up to."""
        async with self._pool.acquire() as connection, snapshot(connection):
            one = await self._one(connection, area, entity_id)
            found = [] if one is None else await one.add_up(attribute, period, periods, distinct)
        return put_together(found, period, periods)


class OnePast:
    """One reading of the history of an entity, in one transaction."""

    def __init__(
        self, connection: Connection, catalogue: DatabaseCatalogue, entity_id: str, row: int
    ) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._entity_id = entity_id
        self._row = row

    async def numbers(self) -> list[int]:
        """The numbers of the names of which there are states."""
        return [number for (number,) in await self._connection.fetch(_NAMES, self._row)]

    async def read(
        self, attributes: Sequence[str], period: Period, limit: int, newest_first: bool
    ) -> list[Past]:
        """The states in a period, cut at the limit."""
        scope = self._catalogue.name(SCOPE)
        wanted = map(self._catalogue.name, attributes) if attributes else await self.numbers()
        pasts: list[Past] = []
        for number in wanted:
            if number is not None and (attributes or number != scope):
                pasts += await self._some_of(number, period, limit, newest_first)
        return in_order(pasts, period, newest_first)[:limit]

    async def last(self, name: int, period: Period) -> list[Past]:
        """States of one name up to its last one in a period that was no telling of the past alone."""
        limit = 1
        while True:
            found = await self._some_of(name, period, limit, True)
            if len(found) < limit or any(past.version > 0 for past in found):
                return found
            limit *= 8

    async def _some_of(self, name: int, period: Period, limit: int, newest_first: bool) -> list[Past]:
        """The states of one name, as many as the limit where there are; more where some only repeat others."""
        kept = self._blocks(name)
        blocks = await kept.overlapping(period)
        if period.measured == "created":
            every = [*await self._page(name, period, "", ()), *await kept.states(blocks)]
            return [past for past in every if in_period(past, period)]
        size = limit
        while True:
            rows = await self._page(name, period, _first(period, newest_first), (size,))
            found = await kept.first(blocks, rows, period, (limit, newest_first)) if blocks else rows
            if len(rows) < size:
                return found
            # behind the last row there may be others before what stands in blocks
            found = [past for past in found if _is_within(past, rows[-1], period, newest_first)]
            if len(in_order(found, period, newest_first)) >= limit:
                return found
            size *= 4

    def _blocks(self, name: int) -> Blocks:
        where = (self._row, name)
        return Blocks(self._connection, where, self._entity_id, self._catalogue.text(name))

    async def _page(self, name: int, period: Period, tail: str, values: Sequence[int]) -> list[Past]:
        """States of one name in a period; all of them where there is no index of the time."""
        told: list[Any] = [self._row, name]
        text = _ROWS
        if period.dataset_ids:
            told.append(["" if one == "@none" else one for one in period.dataset_ids])
            text += f" AND dataset=ANY(${len(told)})"
        if period.measured in _MEASURED:
            column, which = _MEASURED[period.measured]
            told += (
                _EARLIEST if period.start is None else period.start,
                _LATEST if period.end is None else period.end,
            )
            text += f" AND {which} AND {column}>=${len(told) - 1} AND {column}<${len(told)}"
        for value in values:
            told.append(value)
            tail = tail.replace("?", f"${len(told)}", 1)
        rows = await self._connection.fetch(f"{text} {tail}", *told)
        return list(self._pasts(self._catalogue.text(name), rows))

    def _pasts(self, attribute: str, rows: Iterable[Row]) -> Iterable[Past]:
        for at, number, dataset, part, version, was, body in rows:
            instance = None if body is None else _instance.decode(body)
            yield Past(
                self._entity_id, attribute, at, version, instance, dataset or None, number, was or "", part
            )

    async def _add_up_blocks(
        self, name: int, kept: Blocks, blocks: Sequence[Bounds], over: tuple[Period, Periods]
    ) -> list[Sums]:
        """What the rows and blocks of an attribute add up to: blocks by what they say of themselves or by their columns.

        States whose observed time a block shares with others are looked at one by one, as one may repeat another.
        """
        period, periods = over
        rows = in_order(await self._page(name, period, "", ()), period, False)
        columns = Columns(period, periods)
        chosen = columns.choose(
            blocks, [moment for one in rows if (moment := moment_of(one, period)) is not None]
        )
        await kept.fetch_parts(chosen, written=period.measured != "observed")
        if chosen.others:
            shared = [past for past in await kept.states(chosen.others) if in_period(past, period)]
            rows = in_order([*rows, *shared], period, False)
        return [*columns.sums(chosen, kept), *added_up(rows, period, periods, False)]

    async def add_up(self, attribute: str, period: Period, periods: Periods, distinct: bool) -> list[Sums]:
        """What the values of an attribute add up to, a page of states in memory at a time.

        Where different values are counted all of them are, as values of two pages may be the same.
        """
        name = self._catalogue.name(attribute)
        if name is None:
            return []
        if distinct or period.measured == "created":
            whole = await self._some_of(name, period, _LATEST, False)
            return added_up(in_order(whole, period, False), period, periods, distinct)
        kept = self._blocks(name)
        blocks = await kept.overlapping(period)
        if blocks:
            return await self._add_up_blocks(name, kept, blocks, (period, periods))
        parts: list[Sums] = []
        rest = period
        while True:
            found = await self._page(name, rest, _first(period, False), (PAGE,))
            parts += added_up(in_order(found, period, False), period, periods, False)
            last = moment_of(found[-1], period) if found else None
            if len(found) < PAGE or last is None:
                return parts
            rest = msgspec.structs.replace(rest, start=Instant(last + 1))


def _is_within(past: Past, last: Past, period: Period, newest_first: bool) -> bool:
    """Whether a state is measured no later than the last one, in the order of a reading."""
    moment, end = moment_of(past, period), moment_of(last, period)
    return moment is not None and end is not None and (moment >= end if newest_first else moment <= end)


def _first(period: Period, newest_first: bool) -> str:
    """The first states by their time, together with all of the last moment among them."""
    column, _ = _MEASURED[period.measured]
    return f"ORDER BY {column}{' DESC' if newest_first else ''} FETCH FIRST (?::bigint) ROWS WITH TIES"
