"""History of a database in blocks: few bytes a value, the same for every node, before, while and after it is packed."""

from __future__ import annotations

import asyncio

import pytest

from kaiteki.model.instant import Instant
from kaiteki.model.periods import Periods
from kaiteki.ports.entities import Revised, Told
from kaiteki.ports.history import Period
from kaiteki.stores.postgres.opening import open_postgres
from ports.sample import TYPE, SteppingClock, correct, measured
from postgres_server import emptied, running_server
from waiting import LONG_S

ID = "urn:ngsi-ld:lamp:1"
STATES = 1024
VALUES = 6 * STATES
MINUTE = 60_000_000
WATTS = [TYPE + "watts"]
OBSERVED = Period(measured="observed")


def value(n: int) -> float:
    return 20 + n % 97 / 10


async def test_a_long_series_takes_few_bytes_and_is_the_same_at_every_node() -> None:
    url = await emptied(running_server())
    first = await open_postgres(url, SteppingClock())
    second = await open_postgres(url, SteppingClock())
    for start in range(0, VALUES, 256):
        told = tuple(measured(value(n), n * MINUTE) for n in range(start, start + 256))
        await correct((first, second)[start // 256 % 2], Told(ID, (TYPE + "Lamp",), told))
        (sums,) = await second.history.add_up("demo", ID, WATTS[0], OBSERVED, Periods())
        assert (sums.count, sums.last) == (start + 256, (start + 255) * MINUTE)
    for _ in range(int(LONG_S * 20)):
        if sum([(await store.measures()).blocks for store in (first, second)]) >= 5:
            break
        await asyncio.sleep(0.05)
    for store in (first, second):
        page = await store.history.past("demo", ID, WATTS, OBSERVED, limit=VALUES)
        assert [past.instance and past.instance.value for past in page] == [value(n) for n in range(VALUES)]
        newest = await store.history.past("demo", ID, WATTS, OBSERVED, 3, newest_first=True)
        assert [past.instance and past.instance.observed_at for past in newest] == [
            (VALUES - n) * MINUTE for n in (1, 2, 3)
        ]
    # what is late is in order, what is double is counted once, what is taken away is gone
    kept = await first.history.past("demo", ID, WATTS, Period(Instant(7 * MINUTE), None, "observed"), 1)
    await correct(
        first, Told(ID, (TYPE + "Lamp",), (measured(99.5, MINUTE // 2), measured(value(5), 5 * MINUTE)))
    )
    await correct(second, Revised(ID, WATTS[0], kept[0].instance_id, lambda one: one, True))
    few = await second.history.past("demo", ID, WATTS, OBSERVED, 9)
    assert [past.instance and past.instance.value for past in few] == [
        value(0), 99.5, *(value(n) for n in (1, 2, 3, 4, 5, 6, 8))
    ]  # fmt: skip
    (sums,) = await first.history.add_up("demo", ID, WATTS[0], OBSERVED, Periods())
    assert (sums.count, sums.greatest) == (VALUES, 99.5)
    for store in (first, second):
        await store.entities.close()
    length = running_server().ask(
        "SELECT sum(octet_length(series)+octet_length(writes)+octet_length(head)) FROM kaiteki.block", "town"
    )
    packed = VALUES - int(running_server().ask("SELECT count(*) FROM kaiteki.history", "town"))
    assert packed > VALUES / 2
    assert int(length) / packed <= 10
    assert sums.total == pytest.approx(sum(map(value, range(VALUES))) + 99.5 - value(7))
