"""Writing what a group has staged: one statement for each table, all rows of it at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from kaiteki.model.entity import encode_entity
from kaiteki.stores.blocks import is_time_to_pack
from kaiteki.stores.catalogue import WHOLE, Tally
from kaiteki.stores.journal import Line, body_of
from kaiteki.stores.postgres.blocks import hold_back_packing, purge_blocks
from kaiteki.stores.postgres.catalogue import DatabaseCatalogue, Kind
from kaiteki.stores.postgres.driver import Connection
from kaiteki.stores.postgres.erasing import erase
from kaiteki.stores.postgres.lines import tell_erasing
from kaiteki.stores.postgres.staging import Aside, Staged
from kaiteki.stores.postgres.words import pairs_of, stored

LogLine: TypeAlias = tuple[int, str, int, bytes]
"""A line of the log as it stands: number of its last event, area, time, body."""
CHANNEL: Final = "kaiteki"
"""Where the number of the newest event is told to all nodes."""
_FORGET: Final = (
    "DELETE FROM entity e USING unnest($1::text[], $2::text[]) u(area, id) WHERE e.area=u.area AND e.id=u.id"
)
_KEEP: Final = """
INSERT INTO entity(area, id, row, kind, version, born, created, deleted, doc)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::int[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bytea[])
ON CONFLICT (area, id) DO UPDATE SET row=excluded.row, kind=excluded.kind, version=excluded.version, born=excluded.born,
created=excluded.created, deleted=excluded.deleted, doc=excluded.doc
"""
_VALUES_GONE: Final = """
DELETE FROM value v USING unnest($1::int[], $2::int[], $3::bytea[], $4::text[]) u(kind, name, val, id)
WHERE v.kind=u.kind AND v.name=u.name AND v.val=u.val AND v.id=u.id
"""
_VALUES: Final = """
INSERT INTO value SELECT * FROM unnest($1::int[], $2::int[], $3::bytea[], $4::text[]) ON CONFLICT DO NOTHING
"""
_PLACES_GONE: Final = """
DELETE FROM place p USING unnest($1::text[], $2::text[], $3::int[]) u(area, id, name)
WHERE p.area=u.area AND p.id=u.id AND p.name=u.name
"""
_POINTS: Final = """
INSERT INTO place SELECT u.area, u.id, u.name, u.part, u.kind, u.x, u.y, ST_SetSRID(ST_MakePoint(u.x, u.y), 4326)
FROM unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::int[], $6::float8[], $7::float8[]) u(area, id, name, part, kind, x, y)
"""
_BOXES: Final = """
INSERT INTO place SELECT u.area, u.id, u.name, u.part, u.kind, NULL, NULL, ST_MakeEnvelope(u.west, u.south, u.east, u.north, 4326)
FROM unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::int[], $6::float8[], $7::float8[], $8::float8[], $9::float8[])
u(area, id, name, part, kind, west, south, east, north)
"""
_WORDS_GONE: Final = (
    "DELETE FROM words w USING unnest($1::text[], $2::text[]) u(area, id) WHERE w.area=u.area AND w.id=u.id"
)
_WORDS: Final = """
INSERT INTO words VALUES($1, $2, $3, $4) ON CONFLICT (area, id) DO UPDATE SET pairs=excluded.pairs, text=excluded.text
"""
_STATES: Final = """
INSERT INTO history SELECT * FROM unnest(
$1::bigint[], $2::int[], $3::bigint[], $4::bigint[], $5::text[], $6::int[], $7::bigint[], $8::bigint[], $9::text[], $10::bytea[])
"""
_LOG: Final = "INSERT INTO log SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bytea[])"
_ASIDE: Final = """
INSERT INTO aside SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bytea[])
"""
_RECEIPTS: Final = "INSERT INTO receipt SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[])"
_TALLY: Final = """
INSERT INTO tally SELECT * FROM unnest($1::int[], $2::int[], $3::text[], $4::bigint[], $5::bigint[])
ON CONFLICT (kind, name, form) DO UPDATE SET n=tally.n+excluded.n, changed=excluded.changed
"""
_HEAD: Final = "WITH moved AS (UPDATE head SET number=$1, row=$2, line=$4 RETURNING number) SELECT pg_notify($3, number::text) FROM moved"
_LINE: Final = "UPDATE head SET line=$1"


class Writing:
    """The writing of one group, inside its transaction."""

    def __init__(self, connection: Connection, catalogue: DatabaseCatalogue, staged: Staged) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._staged = staged
        self.names: Mapping[str, int] = staged.names
        self.kinds: Mapping[Kind, int] = staged.kinds
        self.last_line: LogLine | None = None
        """A line of the log that was written, the last one."""

    async def write(self) -> Tally:
        """Write everything staged; the answer is what the tally moved by."""
        staged = self._staged
        await self._catalogue.number_kinds(self._connection, self._all_kinds(), staged.kinds)
        await self._catalogue.number_names(self._connection, self._all_names(), staged.names)
        await self._write_entities()
        await self._write_values()
        await self._write_places()
        await self._write_words()
        await write_history(self._connection, self._catalogue, staged)
        lines = [self._line(*line) for line in staged.log]
        await self._many(_LOG, lines)
        await self._many(_ASIDE, staged.aside)
        self.last_line = _last_line(lines, staged.aside)
        if staged.erased:
            emptied = await erase(self._connection, staged.erased)
            when = staged.log[-1][2], staged.erasing
            await tell_erasing(self._connection, self._catalogue, emptied, when)
        await self._many(_RECEIPTS, ((*key, body) for key, body in staged.receipts.items()))
        moved: Tally = Tally()
        for (kind, name, form), n in staged.tally.items():
            moved[self.kinds[kind], self.names[name] if name else WHOLE, form] += n
        await self._many(_TALLY, ((*key, n, staged.number) for key, n in moved.items() if n))
        if staged.log:
            await self._connection.fetchval(_HEAD, staged.number, staged.last_row, CHANNEL, staged.line)
        else:
            await self._connection.execute(_LINE, staged.line)
        return moved

    def _all_kinds(self) -> set[Kind]:
        staged = self._staged
        kinds = {kind for kind, *_ in staged.values} | {kind for kind, *_ in staged.tally}
        return (
            kinds
            | {staged.seen[key].kind for key in staged.touched}
            | {told[2] for line in staged.log for told in line[4]}
        )

    def _all_names(self) -> set[str]:
        staged = self._staged
        names = {name for _, name, *_ in staged.values} | {name for _, name, _ in staged.tally if name}
        names |= {name for *_, name in staged.places} | {line[1] for line in staged.history}
        return names | {name for line in staged.log for told in line[4] for name in told[3]}

    async def _many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement over the columns of some rows, if there are any."""
        columns = list(zip(*rows, strict=True))
        if columns:
            await self._connection.execute(statement, *columns)

    def _line(self, number: int, area: str, at: int, by: Any, told: Sequence[Any]) -> LogLine:
        lines: list[Line] = [
            (what, entity_id, self.kinds[kind], [self.names[name] for name in names], version)
            for what, entity_id, kind, names, version in told
        ]
        return number, area, at, body_of(by, lines)

    async def _write_entities(self) -> None:
        staged = self._staged
        gone = [key for key in staged.touched if staged.seen[key].row is None]
        await self._many(_FORGET, gone)
        rows: list[Sequence[Any]] = []
        for key in staged.touched:
            seen = staged.seen[key]
            if seen.row is None:
                continue
            doc = encode_entity(seen.entity) if seen.entity is not None else None
            version = seen.entity.version if seen.entity is not None else 0
            kind = self.kinds[seen.kind]
            rows.append((*key, seen.row, kind, version, seen.born, seen.created, seen.deleted, doc))
        await self._many(_KEEP, rows)

    async def _write_values(self) -> None:
        def rows(stands: bool) -> Iterable[Sequence[Any]]:
            return (
                (self.kinds[kind], self.names[name], value, entity_id)
                for (kind, name, value, entity_id), stood in self._staged.values.items()
                if stood is stands
            )

        await self._many(_VALUES_GONE, rows(False))
        await self._many(_VALUES, rows(True))

    async def _write_places(self) -> None:
        points: list[Sequence[Any]] = []
        boxes: list[Sequence[Any]] = []
        places = self._staged.places
        await self._many(_PLACES_GONE, ((area, one, self.names[name]) for area, one, name in places))
        for (area, entity_id, name), (kind, spots, extents) in places.items():
            where, of_kind = (area, entity_id, self.names[name]), self.kinds[kind]
            points += ((*where, part, of_kind, *spot) for part, spot in enumerate(spots))
            boxes += ((*where, part, of_kind, *box) for part, box in enumerate(extents, len(spots)))
        await self._many(_POINTS, points)
        await self._many(_BOXES, boxes)

    async def _write_words(self) -> None:
        await self._many(_WORDS_GONE, (key for key, text in self._staged.words.items() if not text))
        for key, text in self._staged.words.items():
            if text:
                await self._connection.execute(_WORDS, *key, pairs_of(text), stored(text))


def _last_line(log: Sequence[LogLine], aside: Sequence[Aside]) -> LogLine | None:
    """A line that stands when a group does: its last event, else its last access."""
    if log or not aside:
        return log[-1] if log else None
    number, area, at, *_, body = aside[-1]
    return number, area, at, body


async def write_history(connection: Connection, catalogue: DatabaseCatalogue, staged: Staged) -> None:
    """Write what is staged of history so far."""
    lines, staged.history = staged.history, []
    await catalogue.number_names(connection, {line[1] for line in lines}, staged.names)
    if staged.purged:
        await hold_back_packing(connection)
        await connection.execute("DELETE FROM history WHERE row=ANY($1)", list(staged.purged))
        await purge_blocks(connection, staged.purged)
    rows = [(line[0], staged.names[line[1]], *line[2:]) for line in lines if line[0] not in staged.purged]
    if rows:
        await connection.execute(_STATES, *zip(*rows, strict=True))
    states = staged.block_states
    staged.grown |= {
        (line[0], line[1]) for line in rows if is_time_to_pack(line[0], line[3], line[5], states)
    }
