"""Corrections of the past in the database, inside the transaction of their group (ports.entities.Correction)."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.model.entity import Instance
from kaiteki.model.evolution import read_instance_id
from kaiteki.model.instant import Instant
from kaiteki.ports.entities import By, Correction, Forgotten, Revised, Told
from kaiteki.ports.history import Past
from kaiteki.stores.past import corrected_names, nothing_kept, revised, told_states
from kaiteki.stores.postgres.blocks import hold_back_packing, purge_blocks, take_apart
from kaiteki.stores.postgres.catalogue import DatabaseCatalogue
from kaiteki.stores.postgres.staging import Seen, Staging, State, encode
from kaiteki.stores.postgres.writing import write_history

_AT: Final = "SELECT dataset, version, was, body FROM history WHERE row=$1 AND name=$2 AND at=$3 AND number=$4 AND part=$5"
_REMOVE: Final = (
    "DELETE FROM history WHERE row=$1 AND name=$2 AND at=$3 AND number=$4 AND part=$5 AND dataset=$6"
)

_instance = msgspec.json.Decoder(Instance)


class Correcting:
    """One correction of the entity of a row."""

    def __init__(self, staging: Staging, catalogue: DatabaseCatalogue, row: int) -> None:
        self._staging = staging
        self._connection = staging.connection
        self._catalogue = catalogue
        self._row = row

    async def _name(self, text: str) -> int:
        names = self._staging.staged.names
        await self._catalogue.number_names(self._connection, (text,), names)
        return names[text]

    def keep(self, past: Past) -> None:
        """Stage a state."""
        one = past.instance
        line: State = (
            self._row,
            past.attribute,
            past.at,
            past.number,
            past.dataset_id or "",
            past.part,
            past.version,
            one.observed_at if one is not None else None,
            None if one is not None else past.was,
            encode(one) if one is not None else None,
        )
        self._staging.staged.history.append(line)

    async def revise(self, correction: Revised) -> None:
        """Change or remove one state. Raises ResourceNotFound."""
        address = read_instance_id(correction.instance_id)
        if address is None:
            raise nothing_kept(correction)
        number, at, part = address
        name = await self._name(correction.attribute)
        await self._take_apart(correction.attribute, name, at)
        place = (self._row, name, at, number, part)
        for dataset, version, was, body in await self._connection.fetch(_AT, *place):
            past = Past(
                correction.entity_id,
                correction.attribute,
                at,
                version,
                None if body is None else _instance.decode(body),
                dataset or None,
                number,
                was or "",
                part,
            )
            if past.instance_id == correction.instance_id:
                after = revised(past, correction)
                await self._connection.execute(_REMOVE, *place, dataset)
                if after is not None:
                    self.keep(after)
                return
        raise nothing_kept(correction)

    async def _take_apart(self, attribute: str, name: int, at: Instant) -> None:
        """Put the states of blocks in which one of this moment of writing may stand into rows again."""
        apart = await take_apart(self._connection, (self._row, name), at)
        for past in apart:
            self.keep(msgspec.structs.replace(past, attribute=attribute))
        if apart:
            await write_history(self._connection, self._catalogue, self._staging.staged)

    async def forget(self, correction: Forgotten) -> None:
        """Forget states. Raises ResourceNotFound where nothing is kept of the attribute."""
        if correction.attribute is None:
            await self._connection.execute("DELETE FROM history WHERE row=$1", self._row)
            await purge_blocks(self._connection, (self._row,))
            return
        name = await self._name(correction.attribute)
        datasets = ["" if one == "@none" else one for one in correction.dataset_ids]
        gone = await self._connection.execute(
            "DELETE FROM history WHERE row=$1 AND name=$2 AND (dataset=ANY($3) OR $4)",
            self._row,
            name,
            datasets,
            not datasets,
        )
        packed = "DELETE 0"
        if not datasets or "" in datasets:
            blocks = "DELETE FROM block WHERE row=$1 AND name=$2"
            packed = await self._connection.execute(blocks, self._row, name)
        if gone == packed == "DELETE 0":
            raise nothing_kept(correction)


async def correct(
    staging: Staging, catalogue: DatabaseCatalogue, area: str, correction: Correction, by: By
) -> None:
    """Correct the past of an entity at once; what it raises harms no other decision of the group."""
    staged, at = staging.staged, staging.clock.now()
    key = (area, correction.entity_id)
    seen = staged.seen[key]
    if seen.row is None and not isinstance(correction, Told):
        raise nothing_kept(correction)
    await write_history(staging.connection, catalogue, staged)
    await hold_back_packing(staging.connection)
    row = seen.row if seen.row is not None else staged.last_row + 1
    correcting = Correcting(staging, catalogue, row)
    number = staged.line + 1
    match correction:
        case Told():
            _appear(staging, key, seen, correction, at)
            for past in told_states(correction, at, number):
                correcting.keep(past)
        case Revised():
            await correcting.revise(correction)
        case Forgotten():
            await correcting.forget(correction)
            if correction.attribute is None and seen.entity is None:
                seen.row = None
                staged.touched.add(key)
                staged.erased[key] = number
    staged.count_on()
    version = seen.entity.version if seen.entity is not None else 0
    told = ("corrected", correction.entity_id, seen.kind, corrected_names(correction), version)
    staged.log.append((number, area, at, by, [told]))
    staged.number_erasings(area, int(key in staged.erased and staged.erased[key] == number))


def _appear(staging: Staging, key: tuple[str, str], seen: Seen, correction: Told, at: Instant) -> None:
    """Where nothing was kept of an entity, it has a past from now on, and no present."""
    if seen.row is not None:
        return
    staging.staged.last_row += 1
    seen.row = staging.staged.last_row
    seen.kind, seen.created, seen.deleted = (key[0], correction.types), at, None
    staging.staged.touched.add(key)
