"""Long reads run beside each other, up to a limit."""

import asyncio
from pathlib import Path
from threading import Barrier, Event

import pytest

from kaiteki.ports.outage import StoreBusy
from kaiteki.stores.sqlite import FILE_NAME, open_sqlite
from kaiteki.stores.sqlite import reader as reader_module
from kaiteki.stores.sqlite.catalogue import FileCatalogue
from kaiteki.stores.sqlite.reader import LONG_READS_MAX, ReadConnection, Reader
from ports.sample import SteppingClock
from waiting import LONG_S


async def test_a_slow_read_does_not_hold_up_the_next_one(tmp_path: Path) -> None:
    """Each of them waits for the other: one after another they would never end."""
    store = open_sqlite(tmp_path, SteppingClock())
    reader = Reader(tmp_path / FILE_NAME, FileCatalogue())
    meeting = Barrier(LONG_READS_MAX)

    def meet(read: ReadConnection) -> tuple[int, int]:
        return meeting.wait(LONG_S), id(read)

    for _ in range(2):
        met = await asyncio.gather(*(reader.read_long(meet) for _ in range(LONG_READS_MAX)))
        assert sorted(place for place, _ in met) == [*range(LONG_READS_MAX)]
        assert len({connection for _, connection in met}) == LONG_READS_MAX
    reader.close()
    await store.entities.close()


async def test_a_connection_is_used_again_after_a_read_that_failed(tmp_path: Path) -> None:
    store = open_sqlite(tmp_path, SteppingClock())
    reader = Reader(tmp_path / FILE_NAME, FileCatalogue())

    def fail(read: ReadConnection) -> None:
        read.hold()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await reader.read_long(fail)
    assert await reader.read_long(lambda read: read.connection.in_transaction) is False
    reader.close()
    await store.entities.close()


async def test_who_waits_too_long_for_a_turn_is_sent_away_and_nothing_is_begun_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_module, "TURN_TIME_MAX_S", 0.05)
    store = open_sqlite(tmp_path, SteppingClock())
    reader = Reader(tmp_path / FILE_NAME, FileCatalogue())
    gate, begun = Event(), list[int]()

    def hold(number: int) -> int:
        begun.append(number)
        gate.wait(LONG_S)
        return number

    busy = [asyncio.create_task(reader.read_long(lambda _, n=n: hold(n))) for n in range(LONG_READS_MAX)]
    late = await asyncio.gather(
        *(reader.read_long(lambda _, n=n: hold(n)) for n in range(10, 15)), return_exceptions=True
    )
    assert [type(one) for one in late] == [StoreBusy] * 5
    gate.set()
    assert await asyncio.gather(*busy) == [*range(LONG_READS_MAX)]
    assert sorted(begun) == [*range(LONG_READS_MAX)]
    assert await reader.read_long(lambda _: hold(20)) == 20
    reader.close()
    await store.entities.close()
