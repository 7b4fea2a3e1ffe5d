"""What a person may not see does not show: not in rows, not in counts, not in the list of types."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from kaiteki.api.ngsi_ld.discovering import seen_entities
from kaiteki.api.ngsi_ld.forms import seen_part
from kaiteki.api.trust import Trust
from kaiteki.kit.rulings.rulings import Rulings
from kaiteki.kit.rulings.schema import Catalogue
from kaiteki.model.access import ANYONE, NOBODY, RESIDENT, STAFF, Person
from kaiteki.model.entity import Entity, Instance
from kaiteki.model.query import (
    AllOf,
    AnyOf,
    Comparison,
    Exists,
    Order,
    Path,
    Query,
    TypeAll,
    TypeAny,
    TypeIs,
)
from kaiteki.model.visibility import NOTHING, Sight
from kaiteki.ports.entities import By, Change, Decision, TypeSummary
from kaiteki.stores.memory import open_memory
from kaiteki.stores.store import Store
from town import TownClock

A, B, C, D = "urn:A", "urn:B", "urn:C", "urn:D"
X, Y, Z, LINK, HOLDER = "urn:x", "urn:y", "urn:z", "urn:link", "urn:holder"
TYPES, NAMES = (A, B, C, D), (X, Y, Z, LINK)
IDS = [f"urn:e{n}" for n in range(6)]
PEOPLE = (
    NOBODY,
    Person("taro", "太郎", frozenset({ANYONE, RESIDENT})),
    Person("hana", "花子", frozenset({ANYONE, RESIDENT, "roads"})),
    Person("desk", "窓口", frozenset({ANYONE, RESIDENT, STAFF})),
)

names = st.frozensets(st.sampled_from(NAMES))
roles = st.sampled_from([(STAFF,), ("roads",), (RESIDENT,), ("nobody at all",)])
sights = st.tuples(
    *(
        st.builds(Sight, st.just(type_name), names, roles, st.sampled_from(["", HOLDER]), st.booleans())
        for type_name in (A, B, C)
    )
)
"""Sights of A, B and C; D is declared by nobody."""


def instance(name: str, value: Any) -> Instance:
    return Instance("Relationship" if name == LINK else "Property", value)


@st.composite
def entities(draw: st.DrawFn) -> Entity:
    """An entity without id: some types, some attributes, perhaps held by somebody."""
    types = tuple(sorted(draw(st.sets(st.sampled_from(TYPES), min_size=1, max_size=3))))
    attributes = {
        name: (instance(name, draw(st.sampled_from(IDS) if name == LINK else st.sampled_from([1, 2]))),)
        for name in sorted(draw(names))
    }
    holder = draw(st.sampled_from([None, "taro", "hana"]))
    if holder:
        attributes[HOLDER] = (instance(HOLDER, holder),)
    return Entity("", types, attributes, version=1)


paths = st.sampled_from([Path((name,)) for name in (X, Y, Z)]) | st.builds(
    lambda name, hint: Path((LINK,), (), Path((name,)), hint),
    st.sampled_from([X, Y]),
    st.sampled_from([(), (A,), (B, C)]),
)
conditions = st.builds(Exists, paths) | st.builds(
    Comparison, paths, st.sampled_from(["==", "!=", ">"]), st.sampled_from([1, 2])
)
filters = st.recursive(
    conditions,
    lambda inner: st.builds(AllOf, st.tuples(inner, inner)) | st.builds(AnyOf, st.tuples(inner, inner)),
    max_leaves=3,
)
type_selections = st.recursive(
    st.builds(TypeIs, st.sampled_from(TYPES)),
    lambda inner: st.builds(TypeAny, st.tuples(inner, inner)) | st.builds(TypeAll, st.tuples(inner, inner)),
    max_leaves=3,
)
queries = st.builds(
    Query,
    types=st.none() | type_selections,
    attrs=st.just(()) | st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True).map(tuple),
    q=st.none() | filters,
    order=st.just(()) | st.builds(Order, paths).map(lambda key: (key,)),
    limit=st.sampled_from([2, 20]),
    total=st.just(True),
)


async def town_of(kept: list[Entity]) -> Store:
    store = open_memory(TownClock())
    changes = [Change(None, entity) for entity in kept]
    await store.entities.change("demo", [one.id for one in kept], lambda _: Decision(changes, None), By())
    return store


async def told(store: Store, trust: Trust, person: Person, wanted: Query) -> Any:
    """Everything that a person learns from a query and from discovery."""
    allowed = trust.narrow(person, "demo", wanted)
    seen = seen_entities(store.entities, trust, person)
    listed = [one for one in await seen.summarise("demo") if HOLDER not in one.attributes]
    if allowed is None:
        return listed, [], False, 0
    found = await store.entities.find("demo", allowed)
    shown = [seen_part(entity := row.entity(), trust.visible(person, "demo", entity)) for row in found.rows]
    return listed, shown, found.more, found.total


@settings(max_examples=250)
@given(
    sights,
    st.lists(entities(), min_size=2, max_size=6),
    st.sampled_from(PEOPLE),
    st.lists(queries, min_size=3, max_size=6),
)
def test_what_is_hidden_changes_no_answer(
    declared: tuple[Sight, ...], drawn: list[Entity], person: Person, asked: list[Query]
) -> None:
    """A town answers as the town in which everything that the person may not see was never there."""
    trust = Trust(Rulings(Catalogue(declared)))
    kept = [msgspec.structs.replace(one, id=IDS[n]) for n, one in enumerate(drawn)]
    seen = [open_part for one in kept if (open_part := _visible(trust, person, one)) is not None]

    async def compare() -> None:
        whole, part = await town_of(kept), await town_of(seen)
        for query in asked:
            ours = await told(whole, trust, person, query)
            theirs = await told(part, trust, person, query)
            assert ours[1:] == theirs[1:], query
            assert None not in ours[1]

    asyncio.run(compare())


def _visible(trust: Trust, person: Person, entity: Entity) -> Entity | None:
    """The part of an entity that may be seen, with the holder, who decides it."""
    visible = trust.visible(person, "demo", entity)
    return seen_part(entity, visible if visible is None or visible == NOTHING else visible | {HOLDER})


async def test_a_type_shows_only_where_all_types_of_an_entity_show() -> None:
    declared = (
        Sight(A, frozenset({X, Y}), (STAFF,)),
        Sight(B, frozenset({Y}), (STAFF,)),
        Sight(C, NOTHING, (STAFF,)),
    )
    trust = Trust(Rulings(Catalogue(declared)))
    store = await town_of(
        [
            Entity("urn:1", (A,), {X: (instance(X, 1),)}, version=1),
            Entity("urn:2", (A, B), {X: (instance(X, 1),), Y: (instance(Y, 1),)}, version=1),
            Entity("urn:3", (A, C), {X: (instance(X, 1),)}, version=1),
        ]
    )
    seen = await seen_entities(store.entities, trust, NOBODY).summarise("demo")
    assert seen == [
        TypeSummary((A,), 1, {X: {"Property": 1}}),
        TypeSummary((A, B), 1, {Y: {"Property": 1}}),
    ]
    asked = Query(types=TypeIs(A), q=Comparison(Path((X,)), "==", 1), total=True)
    assert (await told(store, trust, NOBODY, asked))[3] == 1
    assert (await told(store, trust, NOBODY, msgspec.structs.replace(asked, q=None)))[3] == 2
    assert (await told(store, trust, PEOPLE[3], asked))[3] == 3
