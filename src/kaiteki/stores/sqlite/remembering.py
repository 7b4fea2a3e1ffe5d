"""What a group of decisions leaves in history: one line per state, and which entities went."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Final

import msgspec

from kaiteki.model.entity import Entity, encode_entity
from kaiteki.model.instant import Instant
from kaiteki.ports.entities import Change
from kaiteki.ports.history import SCOPE, Past
from kaiteki.stores.blocks import is_time_to_pack
from kaiteki.stores.catalogue import WHOLE
from kaiteki.stores.change import subject, version_after
from kaiteki.stores.past import State, scope_states, states
from kaiteki.stores.sqlite.blocks import pack_oldest
from kaiteki.stores.sqlite.driver import Connection

Line = tuple[int, int, int, int, str, int, int, int | None, bytes | str]
"""A line of history: row, name, time of the write, event, datasetId or "", part, version, observedAt, what stood or which kind went."""
_KEEP: Final = "INSERT INTO history VALUES(?,?,?,?,?,?,?,?,?)"

encode = msgspec.json.Encoder().encode


class Remembering:
    """The history that a group will write. `number_of` gives the id of a name, `block_states` are those of one block."""

    def __init__(self, connection: Connection, number_of: Callable[[str], int], block_states: int) -> None:
        self._connection = connection
        self._block_states = block_states
        self.number_of = number_of
        self.full: list[tuple[int, int]] = []
        """Rows and names of attributes of which a block may be due; packing takes ten milliseconds, so it comes later."""
        self._moved: set[int] = set()
        self._lines: list[Line] = []
        self._gone: dict[int, tuple[int, str, int, int | None] | None] = {}
        """Entities that went, by row: kind, id, when they were created and deleted; None for those that came again."""

    def come(self, row: int, again: bool) -> None:
        """An entity is there, for the first time or again. Its first state is its document."""
        self._gone[row] = None
        if again:
            self._connection.execute("DELETE FROM moved WHERE row=?", (row,))
            self._moved.discard(row)

    def appear(self, row: int, kind: int, entity_id: str, at: Instant) -> None:
        """Nothing but the past of an entity is told."""
        self._gone[row] = (kind, entity_id, at, None)

    def kind_of(self, row: int) -> int:
        """The kind of which an entity without a present was."""
        told = self._gone.get(row)
        if told is not None:
            return told[0]
        return self._connection.execute("SELECT kind FROM gone WHERE row=?", (row,)).get or 0

    def is_moved(self, row: int) -> bool:
        """Whether the first states of an entity that was never changed stand in rows."""
        return row in self._moved or bool(
            self._connection.execute("SELECT EXISTS(SELECT 1 FROM moved WHERE row=?)", (row,)).get
        )

    def move(self, row: int) -> None:
        """Note that they do."""
        self._connection.execute("INSERT INTO moved VALUES(?)", (row,))
        self._moved.add(row)

    def go(self, row: int, kind: int, change: Change, at: Instant) -> None:
        """An entity of a kind is deleted."""
        entity = subject(change)
        self._gone[row] = (kind, entity.id, entity.created_at, at)

    def is_moved_now(self, row: int) -> bool:
        """Whether first states were moved by this group."""
        return row in self._moved

    def begin(self, where: tuple[int, int], first: Entity, doc: bytes | None) -> None:
        """Stage the first state of an entity that is changed for the first time: its document moves into history.

        `where` is its row and the event that made it.
        """
        row, born = where
        body = doc or encode_entity(first)
        self._lines.append((row, WHOLE, first.modified_at, born, "", 0, 1, None, body))

    def remember(self, change: Change, where: tuple[int, int], names: Collection[str]) -> None:
        """Stage what a change of what stood leaves; `where` is its row and its event."""
        before, after = change.before, change.after
        row, event = where
        moment = after.modified_at if after is not None else self._moment(row)
        version = version_after(change)
        for name in names:
            old = before.attributes.get(name, ()) if before is not None else ()
            new = after.attributes.get(name, ()) if after is not None else ()
            if len(old) == 1 and len(new) == 1 and old[0].dataset_id == new[0].dataset_id:
                # they differ, else the name would not be told
                one, number = new[0], self.number_of(name)
                dataset = one.dataset_id or ""
                self._lines.append(
                    (row, number, moment, event, dataset, 0, version, one.observed_at, encode(one))
                )
            else:
                self._tell(where, name, (moment, version), states(old, new))
        self._tell(where, SCOPE, (moment, version), scope_states(change, moment))

    def _moment(self, row: int) -> Instant:
        """When an entity of this group went."""
        gone = self._gone.get(row)
        return Instant((gone[3] if gone is not None else None) or 0)

    def _tell(self, where: tuple[int, int], name: str, when: tuple[Instant, int], left: list[State]) -> None:
        """Stage the states of one name; `when` is the time of the write and its version."""
        row, number = where
        moment, version = when
        for dataset, one, was in left:
            observed = one.observed_at if one is not None else None
            body = was if one is None else encode(one)
            line = (row, self.number_of(name), moment, number, dataset or "", 0, version, observed, body)
            self._lines.append(line)

    def keep(self, row: int, pasts: Iterable[Past]) -> None:
        """Write some states at once, in the running transaction."""
        for past in pasts:
            one = past.instance
            observed = one.observed_at if one is not None else None
            body = past.was if one is None else encode(one)
            name, dataset = self.number_of(past.attribute), past.dataset_id or ""
            line = (row, name, past.at, past.number, dataset, past.part, past.version, observed, body)
            self._connection.execute(_KEEP, line)

    def flush(self) -> None:
        """Write the lines that are staged so far, in the running transaction."""
        lines, self._lines = self._lines, []
        if not lines:
            return
        self._connection.executemany(_KEEP, lines)
        for row, name, _, number, dataset, part, _, observed, _ in lines:
            measured = observed is not None and not dataset
            if measured and is_time_to_pack(row, number, part, self._block_states):
                self.full.append((row, name))

    def pack(self, row: int, names: Iterable[str]) -> None:
        """Put what was told of some attributes into blocks, as far as it fills them."""
        for name in names:
            while pack_oldest(self._connection, row, self.number_of(name), self._block_states):
                continue

    def write(self, created: Collection[int], purged: Collection[int]) -> None:
        """Write it, in the running transaction; rows that are `created` now were in no table before."""
        connection = self._connection
        for row in purged:
            connection.execute("DELETE FROM history WHERE row=?", (row,))
            connection.execute("DELETE FROM moved WHERE row=?", (row,))
            connection.execute("DELETE FROM block WHERE row=?", (row,))
            self._gone[row] = None
        self._lines = [line for line in self._lines if line[0] not in purged]
        self.flush()
        back = [(row,) for row, told in self._gone.items() if told is None and row not in created]
        went = [(row, *told) for row, told in self._gone.items() if told is not None]
        if back:
            connection.executemany("DELETE FROM gone WHERE row=?", back)
        if went:
            connection.executemany("INSERT OR REPLACE INTO gone VALUES(?,?,?,?,?)", went)
