"""A quick read never tells what is over: not after a change by this process, nor after one by another."""

import asyncio
from pathlib import Path

from kaiteki.model.query import Query, TypeIs
from kaiteki.stores.sqlite import open_sqlite
from kaiteki.stores.sqlite.stamps import UNSEEN_MAX_S
from kaiteki.stores.store import Store
from ports.sample import TYPE, SteppingClock, create, drop, entity, put

LAMP = "urn:ngsi-ld:lamp:1"
LAMPS = Query(types=TypeIs(TYPE + "Lamp"))


def versions(store: Store) -> list[int]:
    """The versions of all lamps on a page that is looked at for the first time."""
    window = store.glances.window("demo", LAMPS)
    glanced = window.look({}) if window is not None else None
    assert glanced is not None
    return [part.version for part in glanced.parts if not isinstance(part, bytes)]


async def test_what_another_process_keeps_is_seen(tmp_path: Path) -> None:
    here, there = open_sqlite(tmp_path, SteppingClock()), open_sqlite(tmp_path, SteppingClock())
    await create(here, entity("lamp:1", watts=1), entity("lamp:2", watts=1))
    assert here.glances.seen("demo", LAMP) is None
    row = here.glances.row("demo", LAMP)
    assert row is not None
    assert here.glances.seen("demo", LAMP) == row.stamp
    assert versions(here) == [1, 1]
    await put(there, "lamp:1", "watts", 2, 9)
    await asyncio.sleep(UNSEEN_MAX_S)
    assert here.glances.seen("demo", LAMP) is None
    assert versions(here) == [2, 1]
    await here.entities.close()
    await there.entities.close()


async def test_a_page_that_was_answered_whole_is_the_same_until_something_changes(tmp_path: Path) -> None:
    store = open_sqlite(tmp_path, SteppingClock())
    await create(store, entity("lamp:1", watts=1))
    row, window = store.glances.row("demo", LAMP), store.glances.window("demo", LAMPS)
    assert row is not None and window is not None
    known = {row.stamp: b"form"}
    first = window.look(known)
    assert first is not None and first.parts == [b"form"]
    assert window.look(known) is first
    await put(store, "lamp:1", "watts", 2, 9)
    changed = window.look(known)
    assert changed is not None and [
        part.version for part in changed.parts if not isinstance(part, bytes)
    ] == [2]
    await store.entities.close()


async def test_an_entity_that_is_made_again_is_another_one(tmp_path: Path) -> None:
    store = open_sqlite(tmp_path, SteppingClock())
    await create(store, entity("lamp:1", watts=1))
    first = store.glances.row("demo", LAMP)
    assert first is not None
    await drop(store, "lamp:1")
    assert store.glances.seen("demo", LAMP) is None
    assert store.glances.row("demo", LAMP) is None
    await create(store, entity("lamp:1", watts=3))
    again = store.glances.row("demo", LAMP)
    assert again is not None and (again.version, again.stamp != first.stamp) == (1, True)
    await store.entities.close()
