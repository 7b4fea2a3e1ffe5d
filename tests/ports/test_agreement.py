"""Every store answers what memory answers, whatever was written and whatever is asked."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from every_store import SMALL_BLOCK
from kaiteki.model.entity import Instance
from kaiteki.model.instant import Instant
from kaiteki.model.periods import Periods
from kaiteki.model.problem import Problem
from kaiteki.model.query import Query, TypeIs
from kaiteki.ports.entities import Correction, Decision, Forgotten, Revised, Told
from kaiteki.ports.history import SCOPE, Measure, Period
from kaiteki.stores.memory import open_memory
from kaiteki.stores.postgres.opening import open_postgres
from kaiteki.stores.postgres.upkeep import faults_of
from kaiteki.stores.sqlite import FILE_NAME, open_sqlite
from kaiteki.stores.sqlite.upkeep import faults_of as file_faults_of
from kaiteki.stores.store import Store
from ports.drawn import (
    IDS,
    MEMBERS,
    MOMENT,
    NAMES,
    TYPES,
    Step,
    deciding,
    queries,
    quick_queries,
    steps,
    with_points,
)
from ports.rounding import rounded
from ports.sample import MAYOR, SteppingClock
from postgres_server import emptied, running_server

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


Fix = tuple[int, str, str, int]
"""What is done to the past (0: told, 1: one state revised, 2: one removed, 3: an attribute or, 4: all of it forgotten), id, name, which."""
fixes = st.tuples(st.integers(0, 4), st.sampled_from(IDS), st.sampled_from(NAMES), st.integers(0, 9))


async def fix(store: Store, done: Fix) -> str:
    """Correct the past of an entity; the answer is the code of the refusal, if there is one."""
    what, entity_id, name, which = done
    one = Instance(
        "Property", which, "urn:d" if which % 2 else None, Instant(MOMENT + which), modified_at=Instant(which)
    )
    correction: Correction
    if what == 0:
        correction = Told(
            entity_id, (TYPES[0],), ((name, one), (name, one), (NAMES[0], one)), ("/a",) if which > 5 else ()
        )
    elif what < 3:
        kept = await store.history.past("demo", entity_id, [name])
        address = kept[which % len(kept)].instance_id if kept else "urn:ngsi-ld:Instance:none"
        correction = Revised(entity_id, name, address, lambda old: old and one, what == 2)
    else:
        correction = Forgotten(entity_id, name if what == 3 else None, ("@none",) if which == 1 else ())
    try:
        await store.entities.change(
            "demo", [entity_id], lambda _: Decision((), "", correction=correction), MAYOR
        )
    except Problem as refused:
        return refused.code
    return ""


async def answers(store: Store, asked: Sequence[Query]) -> list[object]:
    """The pages of some queries."""
    pages: list[object] = []
    for query in asked:
        found = await store.entities.find("demo", query)
        pages.append(([row.entity() for row in found.rows], found.more, found.total))
    return pages


def glimpses(store: Store, asked: Sequence[Query]) -> list[object]:
    """The first pages of some queries as they are seen at a glance; None for those that are sent the long way."""
    pages: list[object] = []
    for query in asked:
        window = store.glances.window("demo", query)
        glanced = window.look({}) if window is not None else None
        if glanced is None:
            pages.append(None)
        else:
            rows = [part for part in glanced.parts if not isinstance(part, bytes)]
            pages.append(([row.entity() for row in rows], glanced.more, None))
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
        told.append(await store.history.life("demo", entity_id))
        told.append(await store.history.names("demo", entity_id))
        told.append(await store.history.past("demo", entity_id, [SCOPE]))
        for measured in get_args(Measure):
            for way in (False, True):
                period = Period(measured=measured)
                told.append(await store.history.past("demo", entity_id, period=period, newest_first=way))
                told.append(await store.history.past("demo", entity_id, NAMES[:1], period, 2, way))
            of_time = Period(measured=measured)
            for distinct in (True, False):
                told += [
                    rounded(
                        await store.history.add_up("demo", entity_id, NAMES[0], of_time, length, distinct)
                    )
                    for length in (Periods(), Periods(microseconds=1_000_000), Periods(months=1))
                ]
            some = Period(Instant(MOMENT), Instant(MOMENT + 2_000_000), measured, ("@none",))
            told.append(await store.history.past("demo", entity_id, period=some))
    for types in (None, TypeIs(TYPES[0])):
        told.append(await store.history.lives("demo", types))
        told.append(await store.history.lives("demo", types, IDS[1], 2))
        told.append(await store.history.lives("demo", types, gone_since=Instant(0)))
    return told


Lived = tuple[list[Step], list[Query], list[Fix]]
lives = st.tuples(
    st.lists(steps, min_size=4, max_size=24),
    st.lists(queries(), min_size=10, max_size=20),
    st.lists(fixes, max_size=6),
)


async def agree(other: Store, lived: Lived) -> list[object]:
    """Let the same happen in memory and in another store, and ask both the same; the answers to the queries."""
    happened, asked, fixed = lived
    memory = open_memory(SteppingClock())
    for part in (happened[:8], happened[8:]):
        await live(memory, part)
        await live(other, part)
        for done in fixed:
            assert await fix(memory, done) == await fix(other, done), done
    expected = await answers(memory, asked)
    for query, one, given_answer in zip(asked, expected, await answers(other, asked), strict=True):
        assert given_answer == one, query
    for one, told in zip(await traces(memory), await traces(other), strict=True):
        assert told == one
    return expected


@settings(max_examples=60, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck))
@given(lives)
def test_sqlite_answers_what_memory_answers(lived: Lived) -> None:
    async def compare(folder: Path) -> None:
        sqlite = open_sqlite(folder, SteppingClock(), SMALL_BLOCK)
        expected = await agree(sqlite, lived)
        await sqlite.entities.close()
        assert file_faults_of(folder / FILE_NAME) == []
        again = open_sqlite(folder, SteppingClock())
        assert await answers(again, lived[1]) == expected
        await again.entities.close()

    with TemporaryDirectory() as folder:
        asyncio.run(compare(Path(folder)))


@settings(max_examples=5, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck))
@given(lives)
def test_postgres_answers_what_memory_answers(lived: Lived) -> None:
    async def compare() -> None:
        url = await emptied(running_server())
        postgres = await open_postgres(url, SteppingClock(), SMALL_BLOCK)
        late = await open_postgres(url, SteppingClock(), SMALL_BLOCK)
        expected = await agree(postgres, lived)
        assert await answers(late, lived[1]) == expected, "another node sees the same"
        await postgres.entities.close()
        await late.entities.close()
        assert await faults_of(url) == []

    asyncio.run(compare())


def test_every_member_of_a_query_is_drawn() -> None:
    assert set(MEMBERS) == set(Query.__struct_fields__), "a new member of Query needs a strategy in drawn.py"


SEEN: Counter[str] = Counter()
"""What the law below has met: answers at a glance, and those of them near a place, within a fence, both."""


@seed(2)  # the same examples each time, as what they must have met is counted
@settings(max_examples=30, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck))
@given(
    st.lists(steps.map(with_points), min_size=6, max_size=24) | st.lists(steps, min_size=6, max_size=24),
    st.lists(quick_queries, min_size=16, max_size=24),
    st.lists(steps.map(with_points), max_size=6),
)
def agree_at_a_glance(happened: list[Step], asked: list[Query], later: list[Step]) -> None:
    async def compare(folder: Path) -> None:
        memory, sqlite = open_memory(SteppingClock()), open_sqlite(folder, SteppingClock())
        for some in (happened, later):
            await live(memory, some)
            await live(sqlite, some)
            expected = await answers(memory, asked)
            for store in (memory, sqlite, sqlite):
                for query, quick, slow in zip(asked, glimpses(store, asked), expected, strict=True):
                    assert quick in (None, slow), query
                    if quick is not None and store is sqlite:
                        kinds = {"near": query.geo, "fence": query.fence}
                        SEEN[" ".join(["quick", *(name for name, told in kinds.items() if told)])] += 1
        await sqlite.entities.close()

    with TemporaryDirectory() as folder:
        asyncio.run(compare(Path(folder)))


def test_a_glance_sees_what_memory_finds_or_declines() -> None:
    agree_at_a_glance()
    assert SEEN.keys() == {"quick", "quick near", "quick fence", "quick near fence"}
