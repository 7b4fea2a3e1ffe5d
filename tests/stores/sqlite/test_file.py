"""The file of the default store: its version, several processes, copies, soundness, its limits."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from kaiteki.model.problem import Problem
from kaiteki.model.query import Query, TypeIs
from kaiteki.stores.sqlite import FILE_NAME, open_sqlite, reader
from kaiteki.stores.sqlite.schema import (
    SCHEMA_VERSION,
    ForeignFile,
    NewerFile,
    OlderFile,
    UnusableFile,
    open_writing,
)
from kaiteki.stores.sqlite.upkeep import faults_of
from ports.sample import MAYOR, TYPE, SteppingClock, create, creating, drop, entity, put
from waiting import LONG_S

LAMP = entity("lamp:1", watts=40, name="街灯")


async def filled(folder: Path) -> None:
    """A store with a changed and a deleted entity, closed again."""
    store = open_sqlite(folder, SteppingClock())
    await create(store, LAMP, entity("lamp:2", watts=1))
    await put(store, "lamp:1", "watts", 60, 20)
    await drop(store, "lamp:2")
    await store.entities.close()


@pytest.mark.parametrize(
    ("version", "refusal"), [(SCHEMA_VERSION + 1, NewerFile), (SCHEMA_VERSION - 1, OlderFile)]
)
async def test_a_file_of_another_version_is_left_alone(
    tmp_path: Path, version: int, refusal: type[UnusableFile]
) -> None:
    await filled(tmp_path)
    with sqlite3.connect(tmp_path / FILE_NAME) as other:
        other.execute(f"PRAGMA user_version={version}")
    other.close()
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(refusal, match=f"version {version}"):
        open_sqlite(tmp_path, SteppingClock())
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_a_file_of_another_program_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE_NAME) as other:
        other.execute("CREATE TABLE recipes(name)")
    other.close()
    with pytest.raises(ForeignFile):
        open_sqlite(tmp_path, SteppingClock())


def test_a_commit_waits_for_the_disk(tmp_path: Path) -> None:
    file = open_writing(tmp_path / FILE_NAME)
    assert (file.execute("PRAGMA journal_mode").get, file.execute("PRAGMA synchronous").get) == ("wal", 2)
    file.close()


async def test_what_was_kept_is_there_after_reopening(tmp_path: Path) -> None:
    await filled(tmp_path)
    store = open_sqlite(tmp_path, SteppingClock())
    found = await store.entities.find("demo", Query(types=TypeIs(TYPE + "Lamp"), total=True))
    assert ([row.version for row in found.rows], found.total) == ([2], 1)
    assert await store.events.last() == 4
    assert await store.events.wait(3, 0) is True
    await store.entities.close()


async def test_a_read_that_goes_on_in_the_thread_leaves_the_event_loop_in_the_present(tmp_path: Path) -> None:
    """Statements that a read left open when its time was over must not hold the connection of the loop in the past."""
    store = open_sqlite(tmp_path, SteppingClock())
    await create(store, entity("lamp:1"), entity("lamp:2"))
    goes_on = threading.Event()

    def slow(connection: reader.ReadConnection) -> int:
        rows = connection.connection.execute("SELECT number FROM log, (VALUES(1),(2),(3))")
        first = next(iter(rows))[0]
        if threading.current_thread() is threading.main_thread():
            raise reader.OutOfTime
        goes_on.wait(LONG_S)
        return first

    long = asyncio.create_task(store.entities._reader.read(slow))
    await asyncio.sleep(0)
    await create(store, entity("lamp:3"))
    told = await store.events.read(2)
    goes_on.set()
    assert (await long, [event.entity_id for event in told]) == (2, ["urn:ngsi-ld:lamp:3"])
    await store.entities.close()


async def test_two_stores_on_one_file_see_each_other(tmp_path: Path) -> None:
    one, other = open_sqlite(tmp_path, SteppingClock()), open_sqlite(tmp_path, SteppingClock())
    hearing = asyncio.create_task(other.events.wait(0, LONG_S))
    await asyncio.sleep(0)
    await create(one, LAMP, area="east")
    assert await hearing is True
    assert [event.types for event in await other.events.read(0)] == [LAMP.types]
    assert (await other.entities.load("east", [LAMP.id]))[LAMP.id].entity() == LAMP
    with pytest.raises(Problem, match="lamp:1"):
        await create(other, LAMP, area="east")
    await asyncio.gather(
        *(
            create(store, entity(f"{n}:{k}", "Bench"))
            for k in range(20)
            for n, store in enumerate((one, other))
        )
    )
    for store in (one, other):
        await store.events.wait(40, LONG_S)
        await asyncio.sleep(reader.FOREIGN_CHECK_S)
        found = await store.entities.find("demo", Query(types=TypeIs(TYPE + "Bench"), limit=0, total=True))
        assert found.total == 40
        assert [summary.count for summary in await store.entities.summarise("demo")] == [40]
        assert len(await store.entities.audit("demo", limit=100)) == 40
    await one.entities.close()
    await other.entities.close()
    assert faults_of(tmp_path / FILE_NAME) == []


async def test_tables_that_disagree_are_found(tmp_path: Path) -> None:
    await filled(tmp_path)
    assert faults_of(tmp_path / FILE_NAME) == []
    file = sqlite3.connect(tmp_path / FILE_NAME)
    file.execute("UPDATE tally SET n=n+1 WHERE name=0")
    file.execute("UPDATE value SET row=99 WHERE val=60")
    file.commit()
    file.close()
    assert faults_of(tmp_path / FILE_NAME) == [
        "index entries without entity: 1",
        "kinds whose count is wrong: 1",
    ]


async def test_more_callers_than_the_queue_holds_all_get_their_answer(tmp_path: Path) -> None:
    store = open_sqlite(tmp_path, SteppingClock())
    count = 4500
    answers = await asyncio.gather(
        *(
            store.entities.change("demo", [new.id], creating(new), MAYOR)
            for new in (entity(f"lamp:{n}") for n in range(count))
        )
    )
    assert (answers, await store.events.last()) == (["created"] * count, count)
    await store.entities.close()


async def test_a_closed_store_takes_no_more_but_keeps_what_it_accepted(tmp_path: Path) -> None:
    store = open_sqlite(tmp_path, SteppingClock())
    accepted = asyncio.create_task(create(store, LAMP))
    await asyncio.sleep(0)
    await store.entities.close()
    await accepted
    with pytest.raises(Problem, match="closed"):
        await create(store, entity("lamp:2"))
    again = open_sqlite(tmp_path, SteppingClock())
    assert await again.events.last() == 1
    await again.entities.close()


async def test_a_query_that_takes_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_sqlite(tmp_path, SteppingClock())
    await create(store, *(entity(f"lamp:{n}", watts=n) for n in range(300)))
    monkeypatch.setattr(reader, "LOOP_TIME_MAX_S", 0.0)
    slow = Query(text="街")
    assert list((await store.entities.find("demo", slow)).rows) == []
    monkeypatch.setattr(reader, "QUERY_TIME_MAX_S", 0.0)
    with pytest.raises(Problem) as refused:
        await store.entities.find("demo", Query(id_pattern="9$"))
    assert refused.value.code == "TooComplexQuery"
    await store.entities.close()


async def test_a_decision_that_cannot_be_indexed_fails_alone(tmp_path: Path) -> None:
    store = open_sqlite(tmp_path, SteppingClock())
    broken = entity("broken", watts="\ud800")
    answers = await asyncio.gather(
        create(store, LAMP), create(store, broken), create(store, entity("lamp:2")), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [type(None), UnicodeEncodeError, type(None)]
    assert await store.events.last() == 2
    assert (await store.entities.find("demo", Query(total=True))).total == 2
    await store.entities.close()
    assert faults_of(tmp_path / FILE_NAME) == []
