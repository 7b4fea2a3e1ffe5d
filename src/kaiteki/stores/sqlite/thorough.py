"""Looking a file through, document by document and change by change: whether documents can be read, indexes are those of the documents,
versions are those that the log names, and each change that the log names stands in the past.

SQLite's own check finds pages that are damaged; a bit in a value that is still a value, or a row that somebody changed or took out, it does
not. Read in one transaction, so a node may write meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from kaiteki.model.entity import Entity, Instance, decode_entity
from kaiteki.ports.events import ERASED
from kaiteki.stores.catalogue import WHOLE, Tally
from kaiteki.stores.journal import body_decoder
from kaiteki.stores.sqlite.catalogue import FileCatalogue
from kaiteki.stores.sqlite.driver import Connection, SqliteError, connect
from kaiteki.stores.sqlite.indexing import Indexing
from kaiteki.stores.sqlite.schema import TABLES, open_reading

BATCH: Final = 500
"""Documents whose entries are made together."""
EXAMPLES_MAX: Final = 3
"""Entities, or lines, that are named of each fault."""
Told: TypeAlias = Callable[[int], None]
"""Hears of so many rows that were looked at."""
_ENTITIES: Final = "SELECT row, area, id, kind, version, doc FROM entity ORDER BY row"
_LOG: Final = "SELECT number, at, body FROM log ORDER BY number"
_VALUES: Final = "SELECT kind, name, val, id, row FROM value"
_HAS_VALUE: Final = "SELECT 1 FROM value WHERE kind=? AND name=? AND val IS ? AND id=? AND row=?"
_CELLS: Final = "SELECT kind, name, cell, id, lon, lat, row FROM cell"
_HAS_CELL: Final = (
    "SELECT 1 FROM cell WHERE kind=? AND name=? AND cell=? AND id=? AND lon=? AND lat=? AND row=?"
)
_HAS_STATE: Final = "SELECT 1 FROM history WHERE row=?1 AND name=?2 AND at=?3 AND number=?4"
_NEWEST: Final = (
    "SELECT body FROM history h WHERE row=?1 AND name=?2 AND dataset=?3 AND NOT EXISTS(SELECT 1 FROM block b WHERE b.row=?1 AND b.name=?2)"
    " ORDER BY number DESC, at DESC, part DESC LIMIT 1"
)
_instance: Final = msgspec.json.Decoder(Instance)
_HAS_OTHERWISE: Final = "SELECT 1 FROM history WHERE row=?1 AND name=?2 AND number=?3 UNION ALL SELECT 1 FROM block WHERE row=?1 AND name=?2 LIMIT 1"
"""A command may write at another moment than its line has; numbers packed into blocks have no row of their own."""


def doubts_of(file: Path, told: Told = lambda _: None) -> list[str]:
    """What does not fit in a file that SQLite's own check finds sound, a line for each kind of fault with some places."""
    try:
        connection = open_reading(file)
        try:
            connection.execute("BEGIN; SELECT count(*) FROM sqlite_schema").fetchall()
            return _Looking(connection, told).look()
        finally:
            connection.close()
    except (SqliteError, ValueError) as wrong:
        # so damaged that it cannot be looked through
        return [f"it cannot be looked through: {wrong}"]


class _Looking:
    """One look through a file."""

    def __init__(self, connection: Connection, told: Told) -> None:
        self._connection = connection
        self._told = told
        self._catalogue = FileCatalogue()
        self._faults: dict[str, list[str]] = {}
        self._counts: Counter[str] = Counter()
        self._versions: dict[tuple[str, str], tuple[int, int, bool]] = {}
        """Of each entity by area and id: row, version, whether it stands."""
        self._corrected: set[tuple[str, str]] = set()
        """The entities whose past was told, revised or forgotten by somebody: it follows no rule."""

    def look(self) -> list[str]:
        """All of it."""
        self._catalogue.refresh(self._connection)
        self._corrected = {key[2:4] for key in self._changes() if key[6] == "corrected"}
        self._look_at_entities()
        self._look_at_log()
        self._look_at_states()
        return [
            f"{fault}: {self._counts[fault]} ({', '.join(places)}{', …' if self._counts[fault] > len(places) else ''})"
            for fault, places in self._faults.items()
        ]

    def _say(self, fault: str, place: str) -> None:
        self._counts[fault] += 1
        places = self._faults.setdefault(fault, [])
        if len(places) < EXAMPLES_MAX:
            places.append(place)

    # Documents and indexes -------------------------------------------------------------------------------------------

    def _look_at_entities(self) -> None:
        expected: Counter[str] = Counter()
        tally: Tally = Counter()
        for batch in self._batches():
            made = _made(batch, self._catalogue.names, tally)
            for table, listing, question in (("value", _VALUES, _HAS_VALUE), ("cell", _CELLS, _HAS_CELL)):
                for row in made.execute(listing):
                    expected[table] += 1
                    if not self._connection.execute(question, row).get:
                        self._say("entries of documents that are not in the index", f"{row[3]} in {table}")
            made.close()
            self._told(len(batch))
        for table in ("value", "cell"):
            surplus = self._connection.execute(f"SELECT count(*) FROM {table}").get - expected[table]
            if surplus > 0 and not self._counts["documents that cannot be read"]:
                self._say("entries in the index that no document has", f"{surplus} in {table}")
        kept = {key: n for key, n in self._catalogue.tally.items() if n}
        if kept != {key: n for key, n in tally.items() if n}:
            self._say("counts of attributes that are not those of the documents", "table tally")

    def _batches(self) -> Iterator[list[tuple[Entity, int, int]]]:
        """The entities that stand, with kind and row; what is wrong with one is said."""
        batch: list[tuple[Entity, int, int]] = []
        for row, area, entity_id, kind, version, doc in self._connection.execute(_ENTITIES):
            area_name = self._catalogue.text(area)
            self._versions[area_name, entity_id] = (row, version, doc is not None)
            if doc is None:
                continue
            try:
                entity = decode_entity(doc)
            except (msgspec.DecodeError, ValueError) as wrong:
                self._say("documents that cannot be read", f"{entity_id}: {wrong}")
                continue
            told = (entity.id, entity.version, (area_name, entity.types))
            if told != (entity_id, version, self._catalogue.area_and_types(kind)):
                self._say("documents of another id, version or type than their row", entity_id)
            if (area_name, entity_id) not in self._corrected:
                self._look_at_newest(entity, row)
            batch.append((entity, kind, row))
            if len(batch) >= BATCH:
                yield batch
                batch = []
        yield batch

    def _look_at_newest(self, entity: Entity, row: int) -> None:
        """What an attribute is stands in the past as its newest state, where that has a row of its own."""
        for name, instances in entity.attributes.items():
            number = self._catalogue.name(name)
            if number is None:
                self._say("attributes whose name the file does not know", f"{entity.id} {name}")
                continue
            for instance in instances:
                found = self._connection.execute(_NEWEST, (row, number, instance.dataset_id or "")).fetchall()
                if found and (
                    not isinstance(found[0][0], bytes) or _instance.decode(found[0][0]) != instance
                ):
                    self._say("attributes that are not what their past says", f"{entity.id} {name}")

    # What the log says -----------------------------------------------------------------------------------------------

    def _changes(self) -> Iterator[tuple[int, int, str, str, list[int], int, str]]:
        """Number, moment, area, id, names, version, what happened; those of whom was erased are left out."""
        for last, at, body in self._connection.execute(_LOG):
            try:
                told = body_decoder.decode(body).told
            except (msgspec.DecodeError, ValueError):
                self._say("lines of the log that cannot be read", str(last))
                continue
            for number, (what, entity_id, kind, names, version) in enumerate(told, last - len(told) + 1):
                if entity_id != ERASED:
                    area = self._catalogue.area_and_types(kind)[0]
                    yield number, at, area, entity_id, names, version, what
            self._told(1)

    def _look_at_log(self) -> None:
        """The newest change of each entity is what stands, in its version."""
        newest: dict[tuple[str, str], tuple[int, bool]] = {}
        for _, _, area, entity_id, _, version, what in self._changes():
            if what != "corrected":
                newest[area, entity_id] = (version, what != "deleted")
        for key, (_, version, stands) in self._versions.items():
            known = newest.get(key)
            if known is None and stands:
                self._say("entities that no line of the log names", key[1])
            elif known is not None and stands and known != (version, True):
                self._say("entities of another version than the log says", key[1])
            elif known is not None and known[1] and not stands:
                self._say("entities that are gone, though the log does not say so", key[1])
        for key, (_, stands) in newest.items():
            if stands and key not in self._versions:
                self._say("entities that are gone, though the log does not say so", key[1])

    def _look_at_states(self) -> None:
        """Each attribute that the log says was changed has a state from then, but where the past was corrected."""
        for number, at, area, entity_id, names, _, what in self._changes():
            known = self._versions.get((area, entity_id))
            if what != "modified" or known is None or (area, entity_id) in self._corrected:
                continue
            for name in names:
                if name != WHOLE and not self._has_state(known[0], name, at, number):
                    self._say(
                        "changes in the log of which the past holds nothing", f"{entity_id} (line {number})"
                    )

    def _has_state(self, row: int, name: int, at: int, number: int) -> bool:
        ask = self._connection.execute
        return bool(
            ask(_HAS_STATE, (row, name, at, number)).get or ask(_HAS_OTHERWISE, (row, name, number)).get
        )


def _made(batch: list[tuple[Entity, int, int]], names: dict[str, int], tally: Tally) -> Connection:
    """The index as it would be made of some documents, in memory; what it counts is added to the tally."""
    made = connect(Path(":memory:"))
    made.execute(TABLES)
    indexing = Indexing(made, lambda name: names.get(name, -1))
    for entity, kind, row in batch:
        indexing.move(None, (entity, kind), row)
    indexing.write({row for _, _, row in batch})
    tally.update(indexing.tally)
    return made
