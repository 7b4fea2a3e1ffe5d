"""A process that writes is killed a hundred times: whatever it was answered is there, and everything agrees."""

import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaiteki.ports.events import Event
from kaiteki.stores.sqlite import FILE_NAME, open_sqlite
from kaiteki.stores.sqlite.upkeep import faults_of
from kaiteki.stores.store import Store
from ports.sample import TYPE, SteppingClock
from waiting import LONG_S

KILLS = 100
LIFE_MAX_S = 0.08
"""How long a writer lives at most."""
KILLED_EARLY = 4
"""One of so many writers is killed at any moment, also before it was answered anything; the others after that."""
DELETED = 5
"""The version that a deletion makes in writer_under_fire."""


class Target:
    """The process that forks writers, and how one of them is killed."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("writer_under_fire.py")
        environment = {**os.environ, "PYTHONPATH": str(script.parents[1])}
        self._server = subprocess.Popen(
            [sys.executable, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            bufsize=0,
        )

    def fire(self, folder: Path, turn: int, life_s: float, after_an_answer: bool) -> dict[str, int]:
        """Let a writer live for a while, if so from its first answer on, kill it; the answer is the last version that it was told of each entity."""
        assert self._server.stdin is not None and self._server.stdout is not None
        self._server.stdin.write(f"{folder} {turn}\n".encode())
        out = self._server.stdout.fileno()
        heard = bytearray()
        while not heard.endswith(b"\n"):
            heard += os.read(out, 1)
        writer = int(heard.split()[1])
        heard.clear()
        if after_an_answer:
            assert select.select([out], [], [], LONG_S)[0], "the writer was answered nothing"
        end = time.monotonic() + life_s
        while (left := end - time.monotonic()) > 0:
            if select.select([out], [], [], left)[0]:
                heard += os.read(out, 65536)
        os.kill(writer, signal.SIGKILL)
        while not heard.endswith(b"dead\n"):
            heard += os.read(out, 65536)
        told: dict[str, int] = {}
        for line in heard.decode().splitlines()[:-1]:
            entity_id, version = line.split()
            told[entity_id] = max(told.get(entity_id, 0), int(version))
        return told

    def close(self) -> None:
        """End the forking process."""
        assert self._server.stdin is not None and self._server.stdout is not None
        self._server.stdin.close()
        self._server.stdout.close()
        self._server.wait(timeout=LONG_S)


@pytest.fixture
def target() -> Iterator[Target]:
    opened = Target()
    yield opened
    opened.close()


async def check_accesses(store: Store, reader: str, told: int) -> list[int]:
    """Compare what was told with the accesses of a turn; the answer is their numbers."""
    kept = await store.accesses.of("demo", [reader], limit=1000)
    assert [one.access.count for one in kept] == list(range(len(kept), 0, -1))
    assert len(kept) >= told, "an answered access is lost"
    return [one.number for one in kept]


async def check(store: Store, after: int, told: dict[str, int], turn: int) -> int:
    """Compare what was told with state, history, events, audit and accesses of this turn; the answer is the newest line."""
    events: list[Event] = []
    while batch := await store.events.read(events[-1].number if events else after, 500):
        events += batch
    numbers = [event.number for event in events]
    numbers += await check_accesses(store, f"reader:{turn}", told.pop(f"reader:{turn}", 0))
    assert sorted(numbers) == list(range(after + 1, after + 1 + len(numbers)))
    versions: dict[str, list[int]] = defaultdict(list)
    for event in events:
        versions[event.entity_id].append(event.version)
    assert all(kept == list(range(1, len(kept) + 1)) for kept in versions.values())
    for entity_id, version in told.items():
        assert len(versions[entity_id]) >= version, f"{entity_id} lost an answered write"
    rows = await store.entities.load("demo", list(versions))
    for entity_id, kept in versions.items():
        pasts = await store.history.past("demo", entity_id, [TYPE + "n"])
        values = [past.instance.value if past.instance else None for past in pasts]
        if kept[-1] == DELETED:
            assert entity_id not in rows and values == [*kept[:-1], None]
        else:
            state = rows[entity_id].entity()
            newest = state.attributes[TYPE + "n"][0].value
            assert (state.version, newest, values) == (kept[-1], kept[-1], kept)
    lines = await store.entities.audit("demo", after, limit=len(events) + 1)
    assert [(line.number, line.entities) for line in lines] == [(e.number, (e.entity_id,)) for e in events]
    return after + len(numbers)


async def test_nothing_answered_is_lost_in_a_hundred_kills(target: Target, tmp_path: Path) -> None:
    chance = random.Random(20)
    after = answered = 0
    for turn in range(KILLS):
        told = target.fire(tmp_path, turn, chance.random() * LIFE_MAX_S, turn % KILLED_EARLY != 0)
        answered += sum(told.values())
        store = open_sqlite(tmp_path, SteppingClock())
        after = await check(store, after, told, turn)
        await store.entities.close()
    assert faults_of(tmp_path / FILE_NAME) == []
    assert after >= answered >= KILLS - KILLS // KILLED_EARLY
