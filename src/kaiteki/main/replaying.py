"""Who erases people: at a node, beside one, and in data that are older than the newest ring of keys."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from kaiteki.kit.engine import Engine
from kaiteki.kit.erasing import Erasing
from kaiteki.main.cities import BadCity, known_cities, load_city
from kaiteki.main.clock import SystemClock
from kaiteki.main.kek import KEK_NAME, given_kek
from kaiteki.main.known_people import erasing_over
from kaiteki.main.parts import SERVICES, Joined, settings_of_services
from kaiteki.main.sealing import open_sealed
from kaiteki.model.area import Area
from kaiteki.ports.keys import Tombstone, UnknownKek
from kaiteki.ports.outage import KeysAway
from kaiteki.stores.store import Store


class NoKek(Exception):
    """Whom the ring names cannot be taken out of older data here: what wraps the keys is kept elsewhere."""


def erasing_of(joined: Joined) -> Erasing:
    """Who erases people at this node."""
    return erasing_over(joined.engine, joined.opener.seals, joined.store)


def sound_areas() -> tuple[dict[str, Area], list[str]]:
    """The areas whose folder can be read, and what is wrong with the others, whose settings count for nothing."""
    areas: dict[str, Area] = {}
    unsound: list[str] = []
    for name in known_cities():
        try:
            areas[name] = load_city(name)
        except BadCity as bad:
            unsound.append(f"{name} is passed by: {bad}")
    return areas, unsound


@asynccontextmanager
async def open_erasing(data: Path, address: str) -> AsyncGenerator[tuple[Erasing, Store]]:
    """Who erases people beside a node, in the data folder or, where an address is named, in the database; and its store."""
    clock = SystemClock()
    store, seals = await open_sealed(data, clock, address)
    try:
        engine = Engine(store.entities, clock, SERVICES, settings_of_services(sound_areas()[0]))
        yield erasing_over(engine, seals, store), store
    finally:
        await store.entities.close()


async def replay(
    data: Path, tombstones: Sequence[Tombstone], address: str = "", marked: Sequence[Tombstone] = ()
) -> int:
    """Erase in older data whom these tombstones of their ring name, and whom marks name that the ring does not know; how many. Raises NoKek where the key-encryption key is elsewhere or away."""
    if not address and given_kek() is None and not (data / KEK_NAME).is_file():
        raise NoKek(
            "People were erased since this copy, and what wraps the personal keys is not in it: name its file in KAITEKI_KEK_FILE."
        )
    async with open_erasing(data, address) as (erasing, _):
        try:
            return await erasing.replay(tombstones) + await erasing.replay(marked, again=False)
        except KeysAway as away:
            raise NoKek(
                f"People were erased since this copy, and their keys cannot be used: {away}"
            ) from away
        except UnknownKek as wrong:
            raise NoKek(
                f"People were erased since this copy, and what wraps the keys of its ring is not at hand ({wrong}): name its file in KAITEKI_KEK_FILE."
            ) from wrong
