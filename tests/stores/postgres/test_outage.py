"""A database that is lost, at every moment of a write: what is answered is kept, once, and the node goes on by itself."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from kaiteki.model.entity import Entity, Instance
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.ports.outage import StoreAway
from kaiteki.stores.postgres import writer
from kaiteki.stores.postgres.opening import open_postgres
from kaiteki.stores.store import Store
from ports.sample import SteppingClock
from postgres_server import PORT, USER, emptied, halt, resume, running_server
from waiting import LONG_S

ID = "urn:ngsi-ld:Counter:1"
BY = By("x", "count")
KILL = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name='kaiteki'"
WRITES = 60


def one_more(standing: Mapping[str, Entity]) -> Decision[int]:
    """Count one further."""
    before = standing.get(ID)
    n = 1 if before is None else before.attributes["n"][0].value + 1
    version = 1 if before is None else before.version + 1
    after = Entity(ID, ("Counter",), {"n": (Instance("Property", n),)}, version=version)
    return Decision([Change(before, after)], n)


async def count(store: Store) -> object:
    return await store.entities.change("demo", [ID], one_more, BY)


async def reached(store: Store) -> list[object]:
    """What the counter is, by its state and by its history."""
    row = (await store.entities.load("demo", [ID]))[ID]
    past = await store.history.past("demo", ID, ["n"])
    return [row.entity().attributes["n"][0].value, *(one.instance.value for one in past if one.instance)]


@pytest.fixture
async def url() -> str:
    return await emptied(running_server())


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    opened = await open_postgres(url, SteppingClock())
    yield opened
    await opened.entities.close()


async def test_connections_that_are_killed_cost_no_write_and_double_none(store: Store) -> None:
    asked = [asyncio.create_task(count(store)) for _ in range(WRITES // 2)]
    server = running_server()
    for _ in range(3):
        await asyncio.to_thread(server.ask, KILL, "town")
        asked += [asyncio.create_task(count(store)) for _ in range(WRITES // 6)]
        await asyncio.sleep(0.02)
    answered = await asyncio.gather(*asked)
    assert sorted(map(int, map(str, answered))) == list(range(1, WRITES + 1))
    assert await reached(store) == [WRITES, *range(1, WRITES + 1)]
    assert (await store.measures()).database is not None


class Line:
    """A way to the server that can be cut at a commit: before the server hears of it, or after, so that its answer is lost."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kaiteki-line-"))
        self.cut = ""
        self.cuts = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> str:
        self._server = await asyncio.start_unix_server(self._serve, self.folder / f".s.PGSQL.{PORT}")
        return f"postgresql://{USER}@/town?host={self.folder}&port={PORT}"

    async def _serve(self, inward: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        target = running_server().folder / f".s.PGSQL.{PORT}"
        outward, forth = await asyncio.open_unix_connection(target)
        answers = asyncio.create_task(self._copy(outward, back))
        self._tasks.add(answers)
        try:
            while told := await inward.read(65536):
                cut = self.cut if b"COMMIT" in told else ""
                if cut:
                    self.cut, self.cuts = "", self.cuts + 1
                    answers.cancel()
                    await asyncio.gather(answers, return_exceptions=True)
                    if cut == "after":
                        forth.write(told)
                        await outward.read(1)
                    break
                forth.write(told)
        finally:
            forth.close()
            back.close()

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while told := await source.read(65536):
            target.write(told)
        target.close()

    async def close(self) -> None:
        self._server.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    opened = Line()
    yield opened
    await opened.close()


@pytest.mark.usefixtures("url")
async def test_a_commit_whose_answer_is_lost_is_kept_once(line: Line) -> None:
    store = await open_postgres(await line.open(), SteppingClock())
    assert await count(store) == 1
    for n, cut in enumerate(("after", "before", "after"), 2):
        line.cut = cut
        assert await count(store) == n
    assert line.cuts == 3
    assert await reached(store) == [4, 1, 2, 3, 4]
    assert [event.number for event in await store.events.read(0)] == [1, 2, 3, 4]
    told = (await store.measures()).database
    assert told is not None and (told.lost, told.again) == (3, 3)
    await store.entities.close()


async def test_the_log_says_once_that_the_database_goes_and_once_that_it_is_back(store: Store) -> None:
    assert await count(store) == 1
    with capture_logs() as logs:
        for _ in range(2):
            halt(running_server())
            try:
                for _ in range(5):
                    with pytest.raises(StoreAway):
                        await store.entities.load("demo", [ID])
            finally:
                resume(running_server())
            while True:
                try:
                    await store.entities.load("demo", [ID])
                    break
                except StoreAway:
                    await asyncio.sleep(0.1)
    told = [entry["event"] for entry in logs if entry["event"].startswith("the store is")]
    assert told == ["the store is away", "the store is back"] * 2


async def test_a_server_that_is_away_is_said_and_comes_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await count(store) == 1
    assert await store.events.wait(0, LONG_S)
    monkeypatch.setattr(writer, "PATIENCE_S", 0.5)
    halt(running_server())
    try:
        for asked in (store.entities.load("demo", [ID]), store.entities.summarise("demo"), count(store)):
            with pytest.raises(StoreAway) as away:
                await asked
        assert not away.value.unknown, "what did not begin is not kept"
        told = (await store.measures()).database
        assert told is not None and told.away and told.lost >= 2 and not told.listening
    finally:
        resume(running_server())
    asked_again = asyncio.create_task(store.events.wait(1, LONG_S))
    while True:
        try:
            assert await count(store) == 2
            break
        except StoreAway:
            await asyncio.sleep(0.1)
    assert await asked_again or await store.events.wait(1, LONG_S)
    told = (await store.measures()).database
    assert told is not None and not told.away
    for _ in range(int(LONG_S * 10)):
        told = (await store.measures()).database
        if told is not None and told.listening:
            break
        await asyncio.sleep(0.1)
    assert told is not None and told.listening
