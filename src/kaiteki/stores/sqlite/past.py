"""History in the file: every state of every attribute and of the scopes, and which entities there were.

The first states of an entity stand in its document until it is changed first, and then in one row under the name WHOLE;
every later state has a row of its own. So whoever reads an attribute reads these documents (one for each life) beside its rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from heapq import merge
from itertools import groupby
from typing import Any, Final

import msgspec

from kaiteki.model.entity import Entity, Instance, decode_entity
from kaiteki.model.instant import Instant
from kaiteki.model.past import added_up, in_order, in_period, is_named, moment_of, put_together
from kaiteki.model.periods import Periods
from kaiteki.model.query import TypeSelection
from kaiteki.model.sums import Sums
from kaiteki.ports.history import SCOPE, Life, Past, Period
from kaiteki.stores.catalogue import WHOLE, Catalogue
from kaiteki.stores.columns_added import Columns
from kaiteki.stores.past import newest_of, scope_value
from kaiteki.stores.sqlite.blocks import Blocks
from kaiteki.stores.sqlite.driver import Bound, Connection
from kaiteki.stores.sqlite.reader import ReadConnection, Reader

_EARLIEST: Final = -(2**62)
_LATEST: Final = 2**62

_RANGES: Final[dict[str, str]] = {
    "observed": "observed>=? AND observed<? ORDER BY observed {way}, at {way}, number {way}",
    "written": "at>=? AND at<? ORDER BY at {way}, number {way}",
    "modified": "at>=? AND at<? AND typeof(body)='blob' ORDER BY at {way}, number {way}",
    "deleted": "at>=? AND at<? AND typeof(body)='text' ORDER BY at {way}, number {way}",
    "created": "",
}
"""How the rows of one name are read, by the time that they are measured on; all of them where there is no index of it."""
_ROWS: Final = "SELECT at, number, dataset, version, body, part FROM history WHERE row=? AND name=?"
_PRESENT: Final = "SELECT doc FROM entity WHERE kind=? AND id>? ORDER BY id LIMIT ?"
_GONE: Final = "SELECT id, created, deleted FROM gone WHERE kind=? AND id>? ORDER BY id LIMIT ?"
_GONE_SINCE: Final = (
    "SELECT id, created, deleted FROM gone WHERE kind=? AND id>? AND deleted>=? ORDER BY id LIMIT ?"
)

_instance = msgspec.json.Decoder(Instance)


class SqliteHistory:
    """Every state of every attribute; see ports.history."""

    def __init__(self, reader: Reader, catalogue: Catalogue) -> None:
        self._reader = reader
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

        def read(connection: ReadConnection) -> list[Past]:
            connection.hold()
            one = OnePast(connection.connection, self._catalogue, entity_id, area)
            return one.read(attributes, wanted, limit, newest_first)

        return await self._reader.read(read)

    async def life(self, area: str, entity_id: str) -> Life | None:
        """An entity that exists or has a history."""

        def read(connection: ReadConnection) -> Life | None:
            connection.hold()
            return OnePast(connection.connection, self._catalogue, entity_id, area).life()

        return await self._reader.read(read)

    async def lives(
        self,
        area: str,
        types: TypeSelection | None = None,
        after_id: str = "",
        limit: int = 100,
        gone_since: Instant | None = None,
    ) -> Sequence[Life]:
        """The entities of these types that exist or have a history, each kind read in order of its ids."""

        def read(connection: ReadConnection) -> list[Life]:
            connection.hold()
            kinds = self._catalogue.kinds_ever(area, types)
            found = [
                _lives(connection.connection, kind, kind_types, (after_id, limit))
                if gone_since is None
                else _gone(
                    connection.connection, _GONE_SINCE, (kind, after_id, gone_since, limit), kind_types
                )
                for kind, kind_types in kinds
            ]
            merged = merge(*found, key=lambda life: life.entity_id)
            return [life for life, _ in zip(merged, range(limit), strict=False)]

        return await self._reader.read(read)

    async def names(self, area: str, entity_id: str) -> Sequence[str]:
        """The attributes of which an entity has a history."""

        def read(connection: ReadConnection) -> list[str]:
            connection.hold()
            return OnePast(connection.connection, self._catalogue, entity_id, area).names()

        return await self._reader.read(read)

    async def stood(
        self, area: str, entity_ids: Sequence[str], moment: Instant, attributes: Sequence[str] = ()
    ) -> Mapping[str, Mapping[str, Instance]]:
        """What stood of some entities just before a moment."""

        def read(connection: ReadConnection) -> dict[str, dict[str, Instance]]:
            connection.hold()
            ones = (
                OnePast(connection.connection, self._catalogue, entity_id, area) for entity_id in entity_ids
            )
            found = {
                entity_id: one.stood(moment, attributes)
                for entity_id, one in zip(entity_ids, ones, strict=True)
            }
            return {entity_id: stood for entity_id, stood in found.items() if stood}

        return await self._reader.read(read)

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

        def read(connection: ReadConnection) -> list[Sums]:
            connection.hold()
            one = OnePast(connection.connection, self._catalogue, entity_id, area)
            return put_together(one.add_up(attribute, period, periods, distinct), period, periods)

        return await self._reader.read(read)


def _lives(
    connection: Connection, kind: int, types: tuple[str, ...], page: tuple[str, int]
) -> Iterator[Life]:
    """The entities of a kind that exist and that are gone, in order of their ids, up to a page of either."""
    present = (
        _life_of(decode_entity(doc)) for (doc,) in connection.execute(_PRESENT, (kind, *page)).fetchall()
    )
    gone = _gone(connection, _GONE, (kind, *page), types)
    return merge(present, gone, key=lambda life: life.entity_id)


def _gone(
    connection: Connection, statement: str, asked: tuple[Bound, ...], types: tuple[str, ...]
) -> Iterator[Life]:
    """The entities of a kind that are gone, in order of their ids."""
    return (
        Life(entity_id, types, created, created if deleted is None else deleted, deleted)
        for entity_id, created, deleted in connection.execute(statement, asked).fetchall()
    )


def _life_of(entity: Entity) -> Life:
    return Life(entity.id, entity.types, entity.created_at, entity.modified_at)


class OnePast:
    """One reading of the history of an entity."""

    def __init__(self, connection: Connection, catalogue: Catalogue, entity_id: str, area: str) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._entity_id = entity_id
        found = connection.execute(
            "SELECT row, doc, version, born FROM entity WHERE area=? AND id=?",
            (catalogue.name(area), entity_id),
        ).fetchone()
        self._row: Any
        self._row, self._doc, self._version, self._born = found or (None, None, 0, 0)

    def life(self) -> Life | None:
        """The entity as it is or was."""
        if self._row is None:
            return None
        if self._doc is not None:
            return _life_of(decode_entity(self._doc))
        found = self._connection.execute(
            "SELECT kind, created, deleted FROM gone WHERE row=?", (self._row,)
        ).fetchone()
        if found is None:
            return None
        kind, created, deleted = found
        types = self._catalogue.area_and_types(kind)[1]
        return Life(self._entity_id, types, created, created if deleted is None else deleted, deleted)

    def names(self) -> list[str]:
        """The attributes that have a history."""
        if self._row is None:
            return []
        found = {name for entity, _ in self._firsts() for name in entity.attributes}
        found.update(self._catalogue.text(number) for number in self._numbers() if number != WHOLE)
        return sorted(found - {SCOPE})

    def read(self, attributes: Sequence[str], period: Period, limit: int, newest_first: bool) -> list[Past]:
        """The states in a period, cut at the limit."""
        if self._row is None:
            return []
        pasts = self._first_pasts(attributes, period)
        wanted = map(self._catalogue.name, attributes) if attributes else self._numbers()
        scope = self._catalogue.name(SCOPE)
        for number in wanted:
            if number not in (None, WHOLE) and (attributes or number != scope):
                pasts += self._some_of(number, period, limit, newest_first)
        return in_order(pasts, period, newest_first)[:limit]

    def stood(self, moment: Instant, attributes: Sequence[str]) -> dict[str, Instance]:
        """What stood just before a moment: of each name no more than its last state is read, but for those in blocks."""
        if self._row is None:
            return {}
        before = Period(end=moment, dataset_ids=("@none",))
        pasts = self._first_pasts(attributes, before)
        scope = self._catalogue.name(SCOPE)
        for number in map(self._catalogue.name, attributes) if attributes else self._numbers():
            if number is None or number in (WHOLE, scope):
                continue
            for past in self._of_name(number, before, True):
                pasts.append(past)
                if past.version > 0 and past.dataset_id is None:
                    # (one write leaves one state of an instance, so that no other one of this moment counts)
                    break
        return newest_of(pasts)

    def stream(self, attribute: str, period: Period) -> Iterator[Past]:
        """All states of one attribute in a period, in order and without repeats, none of them kept in memory."""
        name = self._catalogue.name(attribute)
        if self._row is None:
            return
        firsts = in_order(self._first_pasts([attribute], period), period, False)
        rows = self._of_name(name, period, False) if name is not None else iter(())
        if period.measured == "created":
            rows = iter(in_order([past for past in rows if in_period(past, period)], period, False))

        def moment(past: Past) -> Instant:
            found = moment_of(past, period)
            return Instant(0) if found is None else found

        for _, group in groupby(merge(firsts, rows, key=moment), key=moment):
            same = list(group)
            yield from in_order(same, period, False) if len(same) > 1 else same

    def add_up(self, attribute: str, period: Period, periods: Periods, distinct: bool) -> list[Sums]:
        """What the values of an attribute add up to: of blocks by what they say of themselves or by their columns.

        States whose observed time a block shares with others are looked at one by one, as one may repeat another; so are
        all where different values are counted.
        """
        name = self._catalogue.name(attribute)
        if self._row is None:
            return []
        blocks = self._blocks(name) if name is not None else None
        found = blocks.overlapping(period) if blocks is not None else []
        if blocks is None or name is None or distinct or not found or period.measured == "created":
            return added_up(self.stream(attribute, period), period, periods, distinct)
        rows = [*self._first_pasts([attribute], period), *self._rows(name, period, False)]
        rows = in_order(rows, period, False)
        columns = Columns(period, periods)
        chosen = columns.choose(
            found, [moment for one in rows if (moment := moment_of(one, period)) is not None]
        )
        if chosen.others:
            shared = [past for one in chosen.others for past in blocks.states(one) if in_period(past, period)]
            rows = in_order([*rows, *shared], period, False)
        return [*columns.sums(chosen, blocks), *added_up(rows, period, periods, False)]

    def _first_pasts(self, attributes: Sequence[str], period: Period) -> list[Past]:
        """The states that the entity was created with, in each of its lives."""
        if period.measured == "deleted":
            return []
        firsts = [past for entity, number in self._firsts() for past in first_states(entity, number)]
        return [past for past in firsts if is_named(past, attributes) and in_period(past, period)]

    def _firsts(self) -> Iterator[tuple[Entity, int]]:
        """The documents that hold first states, with the events of their creation."""
        if self._doc is not None and self._version == 1 and not self._is_moved():
            yield decode_entity(self._doc), self._born
        rows = self._connection.execute(
            "SELECT number, body FROM history WHERE row=? AND name=? ORDER BY at, number", (self._row, WHOLE)
        )
        for number, body in rows.fetchall():
            yield decode_entity(body), number

    def _is_moved(self) -> bool:
        return bool(
            self._connection.execute("SELECT EXISTS(SELECT 1 FROM moved WHERE row=?)", (self._row,)).get
        )

    def _numbers(self) -> Iterator[int]:
        """The numbers of the names under which there are rows, without reading all of these."""
        known: set[int] = set()
        for table in ("history", "block"):
            number: int | None = -1
            following = f"SELECT min(name) FROM {table} WHERE row=? AND name>?"
            while (number := self._connection.execute(following, (self._row, number)).get) is not None:
                if number not in known:
                    known.add(number)
                    yield number

    def _some_of(self, name: int, period: Period, limit: int, newest_first: bool) -> Iterator[Past]:
        """The states of one name, as many as the limit where there are, and more where repeats may be among them."""
        if period.measured == "created":
            yield from (past for past in self._of_name(name, period, newest_first) if in_period(past, period))
            return
        kept = 0
        latest: Instant | None = None
        for past in self._of_name(name, period, newest_first):
            moment = moment_of(past, period)
            if moment != latest:
                # states of one moment come in no order of their own
                if kept >= limit:
                    return
                kept += 1
            elif period.measured != "observed":
                # what repeats another has the same moment, so as many observed moments are at least as many states
                kept += 1
            latest = moment
            yield past

    def _of_name(self, name: int, period: Period, newest_first: bool) -> Iterator[Past]:
        """The states of one name in a period, in order; all of them where there is no index of the time."""
        return self._blocks(name).beside(self._rows(name, period, newest_first), period, newest_first)

    def _blocks(self, name: int) -> Blocks:
        where = (self._row, name)
        return Blocks(self._connection, where, self._entity_id, self._catalogue.text(name))

    def _rows(self, name: int, period: Period, newest_first: bool) -> Iterator[Past]:
        """The states of one name that stand in rows."""
        statement, values = _ROWS, list[Bound]((self._row, name))
        if period.dataset_ids:
            statement += f" AND dataset IN ({','.join('?' * len(period.dataset_ids))})"
            values += ["" if one == "@none" else one for one in period.dataset_ids]
        if _RANGES[period.measured]:
            statement += " AND " + _RANGES[period.measured].format(way="DESC" if newest_first else "ASC")
            values.append(_EARLIEST if period.start is None else period.start)
            values.append(_LATEST if period.end is None else period.end)
        attribute = self._catalogue.text(name)
        for at, number, dataset, version, body, part in self._connection.execute(statement, tuple(values)):
            gone = isinstance(body, str)
            instance = None if gone else _instance.decode(body)
            was = body if gone else ""
            yield Past(self._entity_id, attribute, at, version, instance, dataset or None, number, was, part)


def first_states(entity: Entity, number: int) -> list[Past]:
    """The states that an entity was created with, by the event of its creation."""
    at = entity.modified_at
    pasts = [
        Past(entity.id, name, at, 1, instance, instance.dataset_id, number)
        for name, instances in entity.attributes.items()
        for instance in instances
    ]
    if entity.scopes:
        pasts.append(
            Past(entity.id, SCOPE, at, 1, scope_value(entity.scopes, entity.created_at, at), None, number)
        )
    return pasts
