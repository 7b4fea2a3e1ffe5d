"""What somebody is answered is what a plain model says: entities masked to what may be seen, those of which nothing is open left out,
and the query then asked of what is left. Ten thousand random pairs of a person and a query."""

from __future__ import annotations

import random
from typing import Any, Final

import msgspec
import pytest

from kaiteki.api.trust import Trust
from kaiteki.broker.sifting import sift
from kaiteki.kit.rulings.rulings import Rulings
from kaiteki.kit.rulings.schema import Catalogue, Use
from kaiteki.kit.rulings.seeing import shown
from kaiteki.model.access import ADMIN, ANYONE, NOBODY, RESIDENT, STAFF, Person
from kaiteki.model.entity import Entity, Instance
from kaiteki.model.query import (
    AllOf,
    AnyOf,
    Comparison,
    Exists,
    Filter,
    GeoFilter,
    Missing,
    Order,
    Path,
    Query,
    ScopeIs,
    TypeAll,
    TypeAny,
    TypeIs,
    TypeSelection,
)
from kaiteki.model.visibility import Sight
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.stores.memory import open_memory
from kaiteki.stores.store import Store
from town import TownClock

A, B, C, D = "urn:A", "urn:B", "urn:C", "urn:D"
X, Y, Z, NAME, PLACE, LINK = "urn:x", "urn:y", "urn:z", "urn:name", "urn:place", "urn:link"
HOLDER, OFFICE = "urn:holder", "urn:office"
ASKED: Final = (X, Y, Z, NAME, PLACE, LINK, HOLDER, OFFICE)
TYPES: Final = (A, B, C, D)
IDS: Final = tuple(f"urn:e{n}" for n in range(14))
TOWNS: Final = 40
PEOPLE: Final = (
    NOBODY,
    Person("taro", "太郎", frozenset({ANYONE, RESIDENT})),
    Person("hana", "花子", frozenset({ANYONE, RESIDENT, "roads"}), frozenset({"north"})),
    Person("desk", "窓口", frozenset({ANYONE, RESIDENT, STAFF}), frozenset({"*"}), purpose="s.duty"),
    Person("boss", "運用", frozenset({ANYONE, RESIDENT, ADMIN})),
)


def sights(draw: random.Random) -> list[Sight]:
    """Declarations of A, B and C; D is declared by nobody."""

    def some() -> frozenset[str]:
        return frozenset(name for name in ASKED if draw.random() < 0.4)

    return [
        Sight(
            name,
            some(),
            draw.choice([(STAFF,), ("roads",), (RESIDENT,), ("nobody at all",)]),
            draw.choice(["", HOLDER]),
            searchable=draw.random() < 0.5,
            name=name[4:],
            service="s",
            known={one[4:]: one for one in ASKED if draw.random() < 0.8},
            office=draw.choice(["", OFFICE]),
            personal=draw.random() < 0.4,
            data_class=draw.choice(["none", "none", "pseudonymised", "related"]),
        )
        for name in (A, B, C)
    ]


def entities(draw: random.Random) -> list[Entity]:
    """The entities of a town; some have several types, some are held by somebody."""

    def value(name: str) -> Any:
        if name == NAME:
            return draw.choice(["えき", "えき 北口", "park"])
        if name == PLACE:
            return {"type": "Point", "coordinates": [draw.choice([140.0, 140.5]), 35.6]}
        if name == LINK:
            return draw.choice(IDS)
        return draw.choice(["taro", "hana", "north"]) if name in (HOLDER, OFFICE) else draw.randint(1, 3)

    kinds = {PLACE: "GeoProperty", LINK: "Relationship"}
    return [
        Entity(
            entity_id,
            tuple(sorted(draw.sample(TYPES, draw.choice([1, 1, 1, 2, 3])))),
            {
                name: (Instance(kinds.get(name, "Property"), value(name)),)
                for name in ASKED
                if draw.random() < 0.6
            },
            scopes=("/north",) if draw.random() < 0.3 else (),
            version=1,
        )
        for entity_id in IDS
        if draw.random() < 0.9
    ]


def path(draw: random.Random) -> Path:
    name = draw.choice((X, Y, Z, HOLDER))
    if draw.random() < 0.15:
        return Path((LINK,), (), Path((name,)), draw.choice([(), (A,), (B, C)]))
    return Path((name,))


def condition(draw: random.Random, depth: int = 0) -> Filter:
    """A q expression of up to three levels."""
    kind = draw.random()
    if depth < 2 and kind < 0.4:
        parts = tuple(condition(draw, depth + 1) for _ in range(draw.choice([2, 2, 3])))
        return AllOf(parts) if draw.random() < 0.5 else AnyOf(parts)
    if kind < 0.5:
        return Exists(path(draw))
    if kind < 0.65:
        return Missing(path(draw))
    return Comparison(path(draw), draw.choice(["==", "!=", ">", "<="]), draw.choice([1, 2, 3, "taro"]))


def types(draw: random.Random, depth: int = 0) -> TypeSelection:
    if depth < 2 and draw.random() < 0.4:
        parts = (types(draw, depth + 1), types(draw, depth + 1))
        return TypeAny(parts) if draw.random() < 0.7 else TypeAll(parts)
    return TypeIs(draw.choice(TYPES))


def question(draw: random.Random) -> Query:
    """A query with any of what a query may have."""

    def perhaps(chance: float) -> bool:
        return draw.random() < chance

    place = GeoFilter(
        draw.choice(["near", "disjoint"]), {"type": "Point", "coordinates": [140.0, 35.6]}, PLACE, 1000.0
    )
    if place.relation == "disjoint":
        place = msgspec.structs.replace(place, max_distance_m=None)
    return Query(
        ids=tuple(draw.sample(IDS, 4)) if perhaps(0.1) else (),
        types=types(draw) if perhaps(0.6) else None,
        attrs=tuple(draw.sample(ASKED, 2)) if perhaps(0.2) else (),
        q=condition(draw) if perhaps(0.6) else None,
        geo=place if perhaps(0.15) else None,
        scope=ScopeIs("/north") if perhaps(0.1) else None,
        order=tuple(Order(path(draw), perhaps(0.5)) for _ in range(draw.choice([1, 2])))
        if perhaps(0.3)
        else (),
        text=draw.choice(["えき", "北口", "えき 北口"]) if perhaps(0.1) else None,
        limit=draw.choice([0, 2, 3, 20]),
        offset=draw.choice([0, 0, 0, 1, 3]),
        total=perhaps(0.5),
        total_max=draw.choice([None, None, 2]),
        backwards=perhaps(0.1),
    )


async def town_of(kept: list[Entity]) -> Store:
    store = open_memory(TownClock())
    changes = [Change(None, entity) for entity in kept]
    await store.entities.change("demo", [one.id for one in kept], lambda _: Decision(changes, None), By())
    return store


@pytest.mark.parametrize("number", range(TOWNS))
async def test_the_answer_is_that_of_a_plain_model(number: int) -> None:
    draw = random.Random(number)
    declared, kept = sights(draw), entities(draw)
    uses = [Use("s.duty", "s", "duty", frozenset({STAFF}), {A: None, B: frozenset({X, Y})})]
    trust = Trust(Rulings(Catalogue(declared, uses=uses)))
    whole = await town_of(kept)
    found_any = 0
    for person in PEOPLE:
        seen = [one for entity in kept if (one := shown(entity, trust.visible(person, "demo", entity)))]
        model = await town_of(seen)
        for _ in range(10_000 // TOWNS // len(PEOPLE)):
            wanted = question(draw)
            right = await model.entities.find("demo", wanted)
            allowed = trust.narrow(person, "demo", wanted)
            if allowed is None:
                assert (right.rows, right.more, right.total or 0) == ([], False, 0), wanted
                continue
            ours = await sift(whole.entities, "demo", allowed)
            told = [shown(row.entity(), trust.visible(person, "demo", row.entity())) for row in ours.rows]
            assert told == [row.entity() for row in right.rows], (person, wanted)
            assert (ours.more, ours.total) == (right.more, right.total), (person, wanted)
            found_any += bool(told)
    assert found_any > 10


@pytest.mark.parametrize("number", range(TOWNS))
def test_looking_at_many_shows_what_looking_at_each_shows(number: int) -> None:
    draw = random.Random(number)
    declared, kept = sights(draw), entities(draw)
    trust = Trust(Rulings(Catalogue(declared)))
    bare = [msgspec.structs.replace(one, attributes={}) for one in kept]
    for person in PEOPLE:
        see = trust.eyes(person, "demo")
        for entity in (*kept, *bare, *kept):
            assert see(entity) == shown(entity, trust.visible(person, "demo", entity)), (person, entity)
