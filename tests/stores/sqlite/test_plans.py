"""Each class of query is answered through its index; what no index holds says SCAN."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant
from kaiteki.model.language.q import parse_q
from kaiteki.model.query import GeoFilter, Order, Query, ScopeIs, TypeAny, TypeIs
from kaiteki.model.query import Path as Name
from kaiteki.stores.sqlite import open_sqlite
from kaiteki.stores.store import Store
from ports.sample import TYPE, SteppingClock, create, entity

PLACE = "https://uri.etsi.org/ngsi-ld/location"
LAMP = TypeIs(TYPE + "Lamp")
HERE = {"type": "Point", "coordinates": [140.12, 35.6]}
AROUND = {"type": "Polygon", "coordinates": [[[140.1, 35.5], [140.15, 35.5], [140.15, 35.65], [140.1, 35.5]]]}
ENTITIES = 1500


def lamp(number: int) -> Entity:
    """A lamp with a number, a state, a text, a date, a place and a scope."""
    new = entity(
        f"lamp:{number:05}",
        "Lamp" if number % 3 else "Signal",
        at=number,
        watts=number,
        state=("on", "off")[number % 2],
        name=f"公園{number}の街灯",
        checked=f"2026-01-{number % 28 + 1:02}T00:00:00Z",
        level=Instance("Property", number, observed_at=Instant(number)),
    )
    point = {"type": "Point", "coordinates": [140.0 + number % 50 / 100, 35.5 + number // 50 / 100]}
    attributes = {**new.attributes, PLACE: (Instance("GeoProperty", point),)}
    if number % 100 == 0:
        line = {"type": "LineString", "coordinates": [point["coordinates"], [140.2, 35.7]]}
        attributes[TYPE + "course"] = (Instance("GeoProperty", line),)
    return Entity(
        new.id, new.types, attributes, (f"/ward/{number % 6}",), Instant(number), Instant(number), 1
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plans")


@pytest.fixture
async def store(folder: Path) -> AsyncIterator[Store]:
    opened = open_sqlite(folder, SteppingClock())
    if await opened.events.last() == 0:
        await create(opened, *(lamp(number) for number in range(ENTITIES)))
    yield opened
    await opened.entities.close()


def asks(text: str) -> Query:
    """A query of lamps with a q expression."""
    return Query(types=LAMP, q=parse_q(text, lambda name: TYPE + name))


def near(metres: float, name: str = PLACE) -> GeoFilter:
    return GeoFilter("near", HERE, name, max_distance_m=metres)


CLASSES = {
    "type": (Query(types=LAMP), "COVERING INDEX entity_kind (kind=? AND id>?)"),
    "types": (Query(types=TypeAny((LAMP, TypeIs(TYPE + "Signal")))), "INDEX entity_kind (kind=? AND id>?)"),
    "id": (Query(ids=("urn:ngsi-ld:lamp:00001",)), "INDEX entity_id (area=? AND id=?)"),
    "number": (asks("watts==40"), "value USING PRIMARY KEY (kind=? AND name=? AND val=? AND id>?)"),
    "numbers": (asks("watts>1400"), "value USING PRIMARY KEY (kind=? AND name=? AND val>? AND val<?)"),
    "range": (asks("watts==40..45"), "value USING PRIMARY KEY (kind=? AND name=? AND val>? AND val<?)"),
    "text": (asks('state=="off"'), "value USING PRIMARY KEY (kind=? AND name=? AND val=? AND id>?)"),
    "one of": (asks("watts==1,2,700"), "value USING PRIMARY KEY (kind=? AND name=? AND val=? AND id>?)"),
    "or": (asks("watts==1|watts==7"), "value USING PRIMARY KEY (kind=? AND name=? AND val=? AND id>?)"),
    "and": (asks('state=="off";watts==41'), "value USING PRIMARY KEY (kind=? AND name=? AND val=? AND id>?)"),
    "date": (asks("checked<2026-01-02T00:00:00Z"), "value USING PRIMARY KEY (kind=? AND name=? AND val<?)"),
    "created": (
        asks("createdAt<1970-01-01T00:00:00Z"),
        "value USING PRIMARY KEY (kind=? AND name=? AND val<?)",
    ),
    "modified": (
        asks("modifiedAt>2026-01-01T00:00:00Z"),
        "value USING PRIMARY KEY (kind=? AND name=? AND val>?",
    ),
    "observed": (
        asks("level.observedAt>2026-01-01T00:00:00Z"),
        "value USING PRIMARY KEY (kind=? AND name=? AND val>?",
    ),
    "exists": (asks("watts"), "INDEX entity_kind (kind=? AND id>?)"),
    "scope": (
        Query(types=LAMP, scope=ScopeIs("/ward/2")),
        "value USING PRIMARY KEY (kind=? AND name=? AND val=? AND id>?)",
    ),
    "scopes": (Query(types=LAMP, scope=ScopeIs("/ward/#")), "value USING PRIMARY KEY (kind=? AND name=?"),
    "near": (
        Query(types=LAMP, geo=near(1000)),
        "cell USING PRIMARY KEY (kind=? AND name=? AND cell=? AND id>?)",
    ),
    "within": (
        Query(types=LAMP, geo=GeoFilter("within", AROUND, PLACE)),
        "cell USING PRIMARY KEY (kind=? AND name=? AND cell=? AND id>?)",
    ),
    "place without type": (
        Query(geo=near(1000)),
        "cell USING PRIMARY KEY (kind=? AND name=? AND cell=? AND id>?)",
    ),
    "line": (Query(types=LAMP, geo=near(900, TYPE + "course")), "SEARCH b VIRTUAL TABLE INDEX 2:"),
    "words": (Query(types=LAMP, text="公園77"), "SEARCH words VIRTUAL TABLE INDEX"),
    "order by number": (
        Query(types=LAMP, order=(Order(Name((TYPE + "watts",)), True),)),
        "value USING PRIMARY KEY (kind=? AND name=?)",
    ),
    "order by time": (
        Query(types=LAMP, order=(Order(Name(("modifiedAt",)), True),)),
        "value USING PRIMARY KEY (kind=? AND name=?)",
    ),
}


@pytest.mark.parametrize("name", CLASSES)
async def test_a_class_of_query_uses_its_index(store: Store, name: str) -> None:
    query, index = CLASSES[name]
    plan = await store.entities.explain("demo", query)
    assert any(index in line for line in plan), plan
    assert not any("SCAN" in line for line in plan), plan


@pytest.mark.parametrize("name", ["type", "number", "text", "scope", "near", "one of"])
async def test_a_page_in_the_order_of_ids_sorts_nothing(store: Store, name: str) -> None:
    plan = await store.entities.explain("demo", CLASSES[name][0])
    assert not any("TEMP B-TREE" in line for line in plan), plan


@pytest.mark.parametrize("text", ['state~="^o"', "watts!=4", "watts.unitCode==5"])
async def test_what_no_index_holds_says_scan(store: Store, text: str) -> None:
    plan = await store.entities.explain("demo", asks(text))
    assert "SCAN all entities of the types" in plan


async def test_the_most_selective_condition_leads(store: Store) -> None:
    plan = await store.entities.explain("demo", asks('state=="on";watts>1490'))
    assert any("val>? AND val<?" in line for line in plan), plan
    assert "CHECK every candidate" in plan


async def test_a_wide_range_is_walked_in_the_order_of_ids(store: Store) -> None:
    found = await store.entities.find("demo", asks("watts>3"))
    assert [row.id[-5:] for row in found.rows[:3]] == ["00004", "00005", "00007"]
    assert found.more is True
