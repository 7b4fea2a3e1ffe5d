"""What a person may not see now has no past: not in states, not in sums, not in counts, and nothing is found by it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.town import StandingClock, Web
from kaiteki.api.trust import Trust
from kaiteki.broker.plane import Plane
from kaiteki.broker.temporal import Recall, query_evolutions, retrieve_evolution
from kaiteki.broker.time_asking import TimeAsked
from kaiteki.kit.rulings.rulings import Rulings
from kaiteki.kit.rulings.schema import Catalogue
from kaiteki.model.access import ANYONE, NOBODY, RESIDENT, STAFF, Person
from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant
from kaiteki.model.periods import Periods
from kaiteki.model.problem import Problem
from kaiteki.model.query import (
    AllOf,
    AnyOf,
    Comparison,
    Exists,
    Path,
    Query,
    ScopeIs,
    TypeIs,
)
from kaiteki.model.representation.evolving import TemporalStyle, render_evolution
from kaiteki.model.sums import METHODS
from kaiteki.model.terms.compiling import core_context
from kaiteki.model.visibility import PastSight, Sight
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.ports.history import Period
from kaiteki.stores.memory import open_memory

A, B, C = "urn:A", "urn:B", "urn:C"
X, Y, HOLDER = "urn:x", "urn:y", "urn:holder"
TYPES, NAMES = (A, B, C), (X, Y)
IDS = [f"urn:e{n}" for n in range(3)]
PEOPLE = (
    NOBODY,
    Person("taro", "太郎", frozenset({ANYONE, RESIDENT})),
    Person("desk", "窓口", frozenset({ANYONE, RESIDENT, STAFF})),
)
Write = tuple[str, Entity | None]
"""An id and what it becomes; None: it is deleted."""

names = st.frozensets(st.sampled_from(NAMES))
sights = st.tuples(
    *(
        st.builds(
            Sight,
            st.just(type_name),
            names,
            st.sampled_from([(STAFF,), (RESIDENT,), ("nobody at all",)]),
            st.sampled_from(["", HOLDER]),
            past=st.none() | names,
        )
        for type_name in (A, B)
    )
)
"""Sights of A and B; C is declared by nobody."""
moments = st.integers(0, 6).map(Instant)


@st.composite
def states(draw: st.DrawFn) -> Entity:
    """What an entity may hold; id, types, version and times are set when it is kept."""
    attributes = {
        name: (
            Instance("Property", draw(st.sampled_from([1, 2, "a"])), observed_at=draw(st.none() | moments)),
        )
        for name in sorted(draw(names))
    }
    holder = draw(st.sampled_from([None, None, "taro", "hana"]))
    if holder:
        attributes[HOLDER] = (Instance("Property", holder),)
    scopes = tuple(draw(st.lists(st.sampled_from(["/a", "/b"]), max_size=1)))
    return Entity("", (), attributes, scopes)


writes = st.lists(st.tuples(st.sampled_from(IDS), st.none() | states() | states()), min_size=3, max_size=12)
conditions = st.builds(Exists, st.sampled_from(NAMES).map(lambda name: Path((name,)))) | st.builds(
    Comparison,
    st.sampled_from([X, Y, HOLDER, "scope"]).map(lambda name: Path((name,))),
    st.sampled_from(["==", "!=", ">"]),
    st.sampled_from([1, 2, "taro", "/a"]),
)
filters = st.recursive(
    conditions,
    lambda inner: st.builds(AllOf, st.tuples(inner, inner)) | st.builds(AnyOf, st.tuples(inner, inner)),
    max_leaves=3,
)
queries = st.builds(
    Query,
    types=st.none() | st.sampled_from(TYPES).map(TypeIs),
    attrs=st.just(()) | st.sampled_from(NAMES).map(lambda name: (name,)),
    q=st.none() | filters,
    scope=st.none() | st.builds(ScopeIs, st.sampled_from(["/a", "/b"])),
    limit=st.sampled_from([1, 20]),
    total=st.just(True),
)
styles = st.sampled_from(
    [
        TemporalStyle(sys_attrs=True),
        TemporalStyle("temporalValues"),
        TemporalStyle("aggregatedValues", methods=METHODS),
    ]
)
asks = st.builds(
    TimeAsked,
    st.builds(Period, st.none() | moments, st.none() | moments),
    st.sampled_from([("observed",), ("modified",), ("deleted",), ("created",), ("observed", "modified")]),
    styles,
    last=st.sampled_from([None, None, 1]),
    periods=st.sampled_from([Periods(), Periods(microseconds=2)]),
).map(lambda asked: msgspec.structs.replace(asked, period=asked.measured(asked.measures[0])))


async def town_of(happened: Sequence[Write | None], types: dict[str, tuple[str, ...]]) -> Plane:
    """A town in which some writes happened, one at each moment, or nothing at all."""
    clock = StandingClock(Instant(0))
    store = open_memory(clock)
    for number, write in enumerate(happened):
        if write is None:
            continue
        entity_id, body = write
        clock.at = at = Instant(number)

        def decide(
            found: Any, entity_id: str = entity_id, body: Entity | None = body, at: Instant = at
        ) -> Decision[None]:
            before = found.get(entity_id)
            if body is None:
                return Decision([Change(before, None)] if before else [], None)
            after = msgspec.structs.replace(
                body,
                id=entity_id,
                types=types[entity_id],
                created_at=before.created_at if before else at,
                modified_at=at,
                version=(before.version if before else 0) + 1,
            )
            return Decision([Change(before, after)], None)

        await store.entities.change("demo", [entity_id], decide, By())
    web = Web({})
    return Plane(
        store.entities,
        store.history,
        store.events,
        store.contexts,
        clock,
        web,
        store.glances,
        store.subscriptions,
        store.sources,
    )


async def told(plane: Plane, trust: Trust, person: Person, asked: TimeAsked, wanted: Query) -> Any:
    """Everything that a person learns, without the addresses of states, in which the number of an event stands."""
    recall = Recall(plane, "demo", asked, partial(trust.readable_past, person, "demo"))

    def shown(evolved: Any) -> Any:
        documents = [render_evolution(one, core_context(), asked.style) for one in evolved.entities]
        for document in documents:
            for member in document.values():
                for state in member if isinstance(member, list) else ():
                    if isinstance(state, dict):
                        state.pop("instanceId", None)
        return documents, evolved.more, evolved.total, evolved.cut

    answers = [shown(await query_evolutions(recall, wanted))]
    for entity_id in IDS:
        try:
            answers.append(shown(await retrieve_evolution(recall, entity_id)))
        except Problem as refused:
            answers.append(refused.code)
    return answers


async def _seen_part(
    happened: Sequence[Write], types: dict[str, tuple[str, ...]], trust: Trust, person: Person
) -> list[Write | None]:
    """The writes as if nothing had ever been that the person may not see of the past, judged by how things stand at the end."""
    end = await town_of(happened, types)
    rows = await end.entities.load("demo", IDS)
    seen: list[Write | None] = []
    for entity_id, body in happened:
        row = rows.get(entity_id)
        sight = trust.readable_past(person, "demo", types[entity_id], row.entity() if row else None)
        if sight is None or body is None:
            seen.append(None if sight is None else (entity_id, None))
            continue
        kept = {name: one for name, one in body.attributes.items() if sight.sees(name)}
        scopes = body.scopes if sight.scopes or row is None else row.entity().scopes
        seen.append((entity_id, msgspec.structs.replace(body, attributes=kept, scopes=scopes)))
    return seen


@settings(max_examples=120)
@given(
    sights,
    writes,
    st.tuples(*(st.sets(st.sampled_from(TYPES), min_size=1, max_size=2) for _ in IDS)),
    st.sampled_from(PEOPLE),
    st.lists(st.tuples(asks, queries), min_size=3, max_size=6),
)
def test_what_is_hidden_has_no_past(
    declared: tuple[Sight, ...],
    happened: list[Write],
    drawn: tuple[set[str], ...],
    person: Person,
    asked: list[tuple[TimeAsked, Query]],
) -> None:
    """A town answers as the town in which everything of whose past the person may see nothing was never there.

    In that town everything is open, so that nothing but its absence hides what is hidden.
    """
    trust = Trust(Rulings(Catalogue(declared)))
    types = {entity_id: tuple(sorted(some)) for entity_id, some in zip(IDS, drawn, strict=True)}

    async def compare() -> None:
        whole = await town_of(happened, types)
        part = await town_of(await _seen_part(happened, types, trust, person), types)
        rows = await whole.entities.load("demo", IDS)
        open_trust = _OpenTrust(trust, {entity_id: row.entity() for entity_id, row in rows.items()})
        for one, wanted in asked:
            ours = await told(whole, trust, person, one, wanted)
            theirs = await told(part, open_trust, person, one, wanted)
            assert ours == theirs, (one, wanted)

    asyncio.run(compare())


class _OpenTrust(Trust):
    """Hides nothing; says of entities as another trust does whether their scopes are told as they were or as they are."""

    def __init__(self, trust: Trust, whole: Mapping[str, Entity]) -> None:
        super().__init__(trust.rulings)
        self._trust = trust
        self._whole = whole

    def readable_past(
        self, person: Person, area: str, types: Sequence[str], entity: Entity | None
    ) -> PastSight:
        """All of it."""
        entity = self._whole.get(entity.id) if entity is not None else None
        sight = self._trust.readable_past(person, area, types, entity)
        return PastSight(None, sight is not None and sight.scopes)
