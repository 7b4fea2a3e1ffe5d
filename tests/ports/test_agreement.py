"""Every store answers what memory answers, whatever was written and whatever is asked."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kaiteki.model.query import Query
from kaiteki.ports.history import Period
from kaiteki.stores.memory import open_memory
from kaiteki.stores.sqlite import FILE_NAME, open_sqlite
from kaiteki.stores.sqlite.upkeep import faults_of
from kaiteki.stores.store import Store
from ports.drawn import IDS, Step, deciding, queries, steps
from ports.sample import MAYOR, SteppingClock

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""Without shrinking, which takes minutes here; the failing query is shown by itself."""
GROUP = 4
"""Steps that arrive together."""


async def live(store: Store, happened: Sequence[Step]) -> None:
    """Let some changes happen, a few at a time."""
    for start in range(0, len(happened), GROUP):
        await asyncio.gather(
            *(
                store.entities.change("demo", [step[0]], deciding(step), MAYOR)
                for step in happened[start : start + GROUP]
            )
        )


async def answers(store: Store, asked: Sequence[Query]) -> list[object]:
    """The pages of some queries."""
    pages: list[object] = []
    for query in asked:
        found = await store.entities.find("demo", query)
        pages.append(([row.entity() for row in found.rows], found.more, found.total))
    return pages


async def traces(store: Store) -> list[object]:
    """Everything else that a store tells: events, lines, history, types."""
    told: list[object] = [
        await store.events.read(0),
        await store.entities.audit("demo"),
        await store.entities.summarise("demo"),
    ]
    for entity_id in IDS:
        told.append(await store.history.past("demo", entity_id))
        told.append(await store.history.past("demo", entity_id, limit=3, newest_first=True))
        told.append(await store.history.past("demo", entity_id, period=Period(measured="observed")))
    return told


@settings(max_examples=60, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck))
@given(st.lists(steps, min_size=4, max_size=24), st.lists(queries(), min_size=10, max_size=20))
def test_sqlite_answers_what_memory_answers(happened: list[Step], asked: list[Query]) -> None:
    async def compare(folder: Path) -> None:
        memory, sqlite = open_memory(SteppingClock()), open_sqlite(folder, SteppingClock())
        await live(memory, happened)
        await live(sqlite, happened)
        expected = await answers(memory, asked)
        given_answers = await answers(sqlite, asked)
        for query, one, other in zip(asked, expected, given_answers, strict=True):
            assert other == one, query
        for one, other in zip(await traces(memory), await traces(sqlite), strict=True):
            assert other == one
        await sqlite.entities.close()
        assert faults_of(folder / FILE_NAME) == []
        again = open_sqlite(folder, SteppingClock())
        assert await answers(again, asked) == expected
        await again.entities.close()

    with TemporaryDirectory() as folder:
        asyncio.run(compare(Path(folder)))
