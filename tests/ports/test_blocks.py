"""Measurements in blocks: nobody can tell them from rows, and they take few bytes."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from every_store import SMALL_BLOCK
from kaiteki.model.entity import Instance
from kaiteki.model.instant import Instant
from kaiteki.model.periods import Periods
from kaiteki.ports.entities import Revised, Told
from kaiteki.ports.history import Period
from kaiteki.stores.memory import open_memory
from kaiteki.stores.postgres.opening import open_postgres
from kaiteki.stores.postgres.upkeep import faults_of as database_faults_of
from kaiteki.stores.sqlite import FILE_NAME, open_sqlite
from kaiteki.stores.sqlite.driver import connect
from kaiteki.stores.sqlite.upkeep import faults_of
from kaiteki.stores.store import Store
from ports.rounding import rounded
from ports.sample import TYPE, SteppingClock, correct, create, entity, measured, observe
from postgres_server import emptied, running_server

ID = "urn:ngsi-ld:lamp:1"


@st.composite
def told_pasts(draw: st.DrawFn) -> list[list[tuple[str, Instance]]]:
    """Several tellings of measurements: numbers with few or many decimals, whole ones, some late, some twice, some of another sort."""
    numbers = st.integers(-50, 50) | st.integers(-50, 50).map(lambda n: n / 10) | st.floats(-9, 9)
    values = numbers | numbers | numbers | st.sampled_from(["x", True, 2**60, 1e200, -0.0, 0, 0.0])
    datasets = st.sampled_from([None, None, None, None, "urn:b"])
    moments = st.sampled_from([*range(0, 40, 4)]) | st.integers(0, 4_000_000_000_000)
    some = st.lists(st.builds(measured, values, moments, datasets), min_size=1, max_size=12)
    series = st.builds(
        lambda numbers, first, step: [measured(one, first + n * step) for n, one in enumerate(numbers)],
        st.lists(numbers, min_size=6, max_size=24),
        st.integers(0, 30),
        st.sampled_from([1, 2, 900_000_000, 1_000_000_000_000]),
    )
    return draw(st.lists(series | series | some, min_size=1, max_size=5))


PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""Without shrinking, which takes minutes here."""
LENGTHS = (Periods(), Periods(microseconds=7), Periods(microseconds=3_600_000_000), Periods(months=1))


Lived = tuple[list[list[tuple[str, Instance]]], list[tuple[int, bool]]]
lives = st.tuples(told_pasts(), st.lists(st.tuples(st.integers(0, 60), st.booleans()), max_size=3))


async def agree(other: Store, lived: Lived) -> None:
    """Let the same be told in memory and in another store, and ask both the same."""
    tellings, changes = lived
    periods = [
        Period(start, end, how)
        for how in ("observed", "modified", "written", "created")
        for start, end in ((None, None), (Instant(8), Instant(24)), (Instant(20), None))
    ]

    async def answers(store: Store) -> list[object]:
        found: list[object] = [await store.history.names("demo", ID)]
        for period in periods:
            for limit, way in ((1000, False), (1000, True), (3, False), (3, True)):
                found.append(
                    await store.history.past("demo", ID, [TYPE + "watts"], period, limit, newest_first=way)
                )
            found += [
                rounded(await store.history.add_up("demo", ID, TYPE + "watts", period, length, distinct))
                for length in LENGTHS
                for distinct in (False, True)
            ]
        return found

    stores = open_memory(SteppingClock()), other
    for telling in tellings:
        for store in stores:
            await correct(store, Told(ID, (TYPE + "Lamp",), tuple(telling)))
    for which, removes in changes:
        kept = await stores[0].history.past("demo", ID, [TYPE + "watts"])
        address = kept[which % len(kept)].instance_id if kept else ""
        for store in stores:
            if kept:
                await correct(store, Revised(ID, TYPE + "watts", address, louder, removes))
    expected, told = [await answers(store) for store in stores]
    for one, other_one in zip(expected, told, strict=True):
        assert other_one == one


@settings(max_examples=20, deadline=None, phases=PHASES)
@given(lives)
def test_blocks_answer_what_rows_answer(lived: Lived) -> None:
    """Whether measurements stand in blocks or in rows nobody can tell, whatever is asked and whatever is corrected."""

    async def compare(folder: Path) -> None:
        store = open_sqlite(folder, SteppingClock(), SMALL_BLOCK)
        await agree(store, lived)
        await store.entities.close()
        assert faults_of(folder / FILE_NAME) == []

    with TemporaryDirectory() as folder:
        asyncio.run(compare(Path(folder)))


@settings(max_examples=4, deadline=None, phases=PHASES)
@given(lives)
def test_blocks_of_a_database_answer_what_rows_answer(lived: Lived) -> None:
    """The same while they are packed beside the writes."""

    async def compare() -> None:
        url = await emptied(running_server())
        store = await open_postgres(url, SteppingClock(), SMALL_BLOCK)
        await agree(store, lived)
        await store.entities.close()
        assert await database_faults_of(url) == []

    asyncio.run(compare())


def louder(one: Instance | None) -> Instance | None:
    """Another value."""
    return one and msgspec.structs.replace(one, value=77)


async def test_a_long_series_is_kept_in_few_bytes_and_added_up_by_its_blocks(tmp_path: Path) -> None:
    """Measurements that come one by one stand in blocks in the end, whole, and take at most 20 bytes each."""
    store = open_sqlite(tmp_path, SteppingClock(), 64)
    await create(store, entity("lamp:1", at=10))
    for n in range(600):
        await observe(store, n % 50 / 10, n * 60_000_000, 1_700_000_000_000_000 + n * 60_000_000)
    await store.entities.close()
    connection = connect(tmp_path / FILE_NAME)
    rows = connection.execute("SELECT count(*) FROM history").get
    blocks, size = connection.execute(
        "SELECT count(*), sum(length(series) + length(writes)) FROM block"
    ).fetchall()[0]
    connection.close()
    assert rows < 200 and blocks >= 6
    assert size / (64 * blocks) <= 20
    again = open_sqlite(tmp_path, SteppingClock(), 64)
    every = await again.history.past("demo", ID, [TYPE + "watts"], Period(measured="observed"))
    assert [past.instance and past.instance.value for past in every] == [n % 50 / 10 for n in range(600)]
    (told,) = await again.history.add_up("demo", ID, TYPE + "watts", Period(measured="observed"), Periods())
    assert (told.count, told.least, told.greatest, told.total) == (600, 0, 4.9, pytest.approx(12 * 122.5))
    await again.entities.close()
