"""A list in the order of a time is read from its index, between the bounds that are asked, and is what memory answers."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from kaiteki.model.entity import Entity, Instance
from kaiteki.model.language.q import parse_q
from kaiteki.model.query import Order, Query, TypeIs
from kaiteki.model.query import Path as Name
from kaiteki.stores.memory import open_memory
from kaiteki.stores.sqlite import open_sqlite
from ports.sample import TYPE, SteppingClock, create, entity

CASES = 2400
TIME = "mended"


def case(number: int) -> Entity:
    """A case with a day of its own order, shared by a few, and a state, which few share; every hundredth has no day."""
    day = f"2026-{number % 12 + 1:02}-{number * 7 % 28 + 1:02}T00:00:00Z"
    times = {TIME: Instance("Property", {"@type": "DateTime", "@value": day})} if number % 100 else {}
    state = "held" if number % 200 == 5 else ("on", "off")[number % 2]
    return entity(f"case:{number:04}", "Case", at=number, state=state, **times)


async def test_a_list_by_time_is_read_between_its_bounds(tmp_path: Path) -> None:
    stores = (open_memory(SteppingClock()), open_sqlite(tmp_path, SteppingClock()))
    for store in stores:
        await create(store, *(case(number) for number in range(CASES)))
    asked = (
        *("", "mended>=2026-06-10T00:00:00Z", 'mended<2026-03-05T00:00:00Z;state=="on"'),
        *('state=="off"', 'state=="held"', 'state=="lost"'),
    )
    for text, descending, (limit, offset) in product(asked, (False, True), ((20, 0), (1000, 150))):
        wanted = Query(
            types=TypeIs(TYPE + "Case"),
            q=parse_q(text, lambda name: TYPE + name) if text else None,
            order=(Order(Name((TYPE + TIME,)), descending),),
            limit=limit,
            offset=offset,
        )
        pages = [await store.entities.find("demo", wanted) for store in stores]
        assert [row.id for row in pages[0].rows] == [row.id for row in pages[1].rows], (text, descending)
        assert pages[0].more == pages[1].more
    steps = await stores[1].entities.explain(
        "demo",
        Query(
            types=TypeIs(TYPE + "Case"),
            q=parse_q(
                'mended>2026-01-02T00:00:00Z;mended<=2026-11-01T00:00:00Z;state=="on"', lambda n: TYPE + n
            ),
            order=(Order(Name((TYPE + TIME,)), True),),
        ),
    )
    for store in stores:
        await store.entities.close()
    # the last word may be a sort of the ids of one time, never of all matches
    assert "val>? AND val<?" in steps[0] and "SCAN" not in " ".join(steps), steps
