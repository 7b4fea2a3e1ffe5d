"""Corrections of the past in the file, inside the transaction of their group (ports.entities.Correction).

What is corrected stands in rows of its own: first states that stand in documents are moved into rows before.
"""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.model.entity import Entity, Instance, decode_entity
from kaiteki.model.evolution import read_instance_id
from kaiteki.model.instant import Instant
from kaiteki.ports.entities import Correction, Forgotten, Revised, Told
from kaiteki.ports.history import Past
from kaiteki.stores.catalogue import WHOLE
from kaiteki.stores.packing import unpack
from kaiteki.stores.past import corrected_names, nothing_kept, revised, told_states
from kaiteki.stores.sqlite.blocks import block_at, bounds_of
from kaiteki.stores.sqlite.driver import Bound, Connection
from kaiteki.stores.sqlite.past import first_states
from kaiteki.stores.sqlite.remembering import Remembering

_CANDIDATES: Final = (
    "SELECT dataset, version, body FROM history WHERE row=? AND name=? AND at=? AND number=? AND part=?"
)
_ADDRESS: Final = "row=? AND name=? AND at=? AND number=? AND dataset=? AND part=?"

_instance = msgspec.json.Decoder(Instance)


class Correcting:
    """The corrections of one group; it writes at once, after what the group has staged of history before."""

    def __init__(self, connection: Connection, remembering: Remembering) -> None:
        self._connection = connection
        self._remembering = remembering

    def correct(
        self, row: int, first: tuple[Entity, int] | None, correction: Correction, when: tuple[Instant, int]
    ) -> None:
        """Correct the past of the entity of a row. `first`: its document and event, where these hold first states.

        Raises ResourceNotFound, and then nothing is corrected.
        """
        self._remembering.flush()
        self._move_first_states(row, first)
        match correction:
            case Told():
                self._remembering.keep(row, told_states(correction, *when))
                self._remembering.pack(row, corrected_names(correction))
            case Revised():
                self._revise(row, correction)
            case Forgotten():
                self._forget(row, correction)

    def _move_first_states(self, row: int, first: tuple[Entity, int] | None) -> None:
        if first is not None and not self._remembering.is_moved(row):
            self._remembering.keep(row, first_states(*first))
            self._remembering.move(row)
        lives = self._connection.execute(
            "SELECT number, body FROM history WHERE row=? AND name=?", (row, WHOLE)
        ).fetchall()
        for number, body in lives:
            self._remembering.keep(row, first_states(decode_entity(body), number))
        if lives:
            self._connection.execute("DELETE FROM history WHERE row=? AND name=?", (row, WHOLE))

    def _revise(self, row: int, correction: Revised) -> None:
        address = read_instance_id(correction.instance_id)
        name = self._remembering.number_of(correction.attribute)
        if address is None:
            raise nothing_kept(correction)
        number, at, part = address
        self._unpack(row, name, correction, at)
        found = self._connection.execute(_CANDIDATES, (row, name, at, number, part)).fetchall()
        for dataset, version, body in found:
            gone = isinstance(body, str)
            past = Past(
                correction.entity_id,
                correction.attribute,
                at,
                version,
                None if gone else _instance.decode(body),
                dataset or None,
                number,
                body if gone else "",
                part,
            )
            if past.instance_id == correction.instance_id:
                after = revised(past, correction)
                self._connection.execute(
                    f"DELETE FROM history WHERE {_ADDRESS}", (row, name, at, number, dataset, part)
                )
                self._remembering.keep(row, [after] if after is not None else [])
                return
        raise nothing_kept(correction)

    def _unpack(self, row: int, name: int, correction: Revised, at: Instant) -> None:
        """Take apart the blocks in which a state of this moment of writing may stand."""
        for bounds in bounds_of(self._connection, row, name):
            if bounds.at <= at <= bounds.at_last:
                block = block_at(self._connection, bounds.id)
                self._connection.execute("DELETE FROM block WHERE id=?", (bounds.id,))
                self._remembering.keep(row, unpack(correction.entity_id, correction.attribute, block))

    def _forget(self, row: int, correction: Forgotten) -> None:
        if correction.attribute is None:
            self._connection.execute("DELETE FROM history WHERE row=?", (row,))
            self._connection.execute("DELETE FROM block WHERE row=?", (row,))
            return
        condition = "row=? AND name=?"
        values: list[Bound] = [row, self._remembering.number_of(correction.attribute)]
        if correction.dataset_ids:
            condition += f" AND dataset IN ({','.join('?' * len(correction.dataset_ids))})"
            values += ["" if one == "@none" else one for one in correction.dataset_ids]
        name = values[1]
        packed = not correction.dataset_ids or "@none" in correction.dataset_ids
        standing = "SELECT EXISTS(SELECT 1 FROM block WHERE row=? AND name=?)"
        packed = packed and bool(self._connection.execute(standing, (row, name)).get)
        if packed:
            self._connection.execute("DELETE FROM block WHERE row=? AND name=?", (row, name))
        if (
            not packed
            and not self._connection.execute(
                f"SELECT EXISTS(SELECT 1 FROM history WHERE {condition})", tuple(values)
            ).get
        ):
            raise nothing_kept(correction)
        self._connection.execute(f"DELETE FROM history WHERE {condition}", tuple(values))
