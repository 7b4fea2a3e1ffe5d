"""What expires is not found afterwards, on every store, and leaves its trace (ETSI GS CIM 009 V1.9.1 clause 4.22)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import msgspec
import pytest

from broker.town import StandingClock
from kaiteki.broker.lasting import EXPIRY, LOOK_AHEAD_S, LastingEntities, LastingGlances
from kaiteki.model.entity import Entity, Instance
from kaiteki.model.expiry import dated
from kaiteki.model.instant import Instant
from kaiteki.model.query import Comparison, Order, Path, Query, TypeIs
from kaiteki.ports.entities import Change, Decision, Entities, Found
from kaiteki.ports.glances import Glances
from kaiteki.stores.postgres.entities import NoGlances
from kaiteki.stores.store import Store
from ports.sample import MAYOR, TYPE, create, creating, entity
from waiting import LONG_S

SECOND = 1_000_000
LAMPS = Query(types=TypeIs(TYPE + "Lamp"), total=True)


@pytest.fixture
def hour() -> StandingClock:
    return StandingClock()


@pytest.fixture
async def lasting(
    store: Store, hour: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[LastingEntities]:
    # reads wait until what has expired is removed, however busy the machine is
    monkeypatch.setattr("kaiteki.broker.lasting.WAIT_MAX_S", LONG_S)
    failures: list[BaseException] = []
    yield LastingEntities(store.entities, hour, failures.append)
    assert failures == []


def until(hour: StandingClock, seconds: int) -> Instant:
    return Instant(hour.at + seconds * SECOND)


def transient(made: Entity, expires_at: Instant) -> Entity:
    return dated(msgspec.structs.replace(made, expires_at=expires_at))


async def keep(entities: LastingEntities, *made: Entity) -> None:
    await entities.change("demo", [one.id for one in made], creating(*made), MAYOR)


async def ids(entities: LastingEntities, wanted: Query = LAMPS) -> tuple[list[str], int | None]:
    found = await entities.find("demo", wanted)
    return [row.id.removeprefix("urn:ngsi-ld:") for row in found.rows], found.total


async def test_an_entity_that_has_expired_is_not_found(
    store: Store, lasting: LastingEntities, hour: StandingClock
) -> None:
    await keep(lasting, entity("a", watts=1), transient(entity("b", watts=2), until(hour, 60)))
    hour.forward(59)
    assert await ids(lasting) == (["a", "b"], 2)
    hour.forward(1)
    assert await lasting.load("demo", ["urn:ngsi-ld:b"]) == {}
    assert await ids(lasting) == (["a"], 1)
    assert [one.count for one in await lasting.summarise("demo")] == [1]
    last = (await store.events.read(0))[-1]
    assert (last.what, last.entity_id, last.actor, last.action) == (
        "deleted",
        "urn:ngsi-ld:b",
        EXPIRY.actor,
        EXPIRY.action,
    )
    assert (await lasting.audit("demo"))[-1].by == EXPIRY
    assert (await store.history.past("demo", "urn:ngsi-ld:b"))[-1].instance is None
    await keep(lasting, entity("b", watts=3))
    assert await ids(lasting) == (["a", "b"], 2)


ASKED: dict[str, Callable[[LastingEntities], Awaitable[Any]]] = {
    "change": lambda entities: entities.change("demo", ["urn:ngsi-ld:b"], told, MAYOR),
    "load": lambda entities: entities.load("demo", ["urn:ngsi-ld:b"]),
    "find": lambda entities: entities.find("demo", LAMPS),
    "summarise": lambda entities: entities.summarise("demo"),
}
"""The methods of the port that tell what an entity is: each is asked first after something has expired."""
TELL_NO_STATE = {"explain": "a plan", "areas": "names", "audit": "what was done", "close": "nothing"}


def told(found: Mapping[str, Entity]) -> Decision[int]:
    return Decision([], len(found))


@pytest.mark.parametrize("method", ASKED)
async def test_each_way_of_asking_sees_that_it_has_expired(
    lasting: LastingEntities, hour: StandingClock, method: str
) -> None:
    await keep(lasting, transient(entity("b", watts=2), until(hour, 60)))
    hour.forward(60)
    answer = await ASKED[method](lasting)
    assert not (answer.total if isinstance(answer, Found) else answer)


def test_every_way_of_asking_is_tried() -> None:
    assert methods_of(Entities) == {*ASKED, *TELL_NO_STATE}
    assert methods_of(Glances) == {*GLANCED}


GLANCED: dict[str, Callable[[LastingGlances], object]] = {
    "seen": lambda glances: glances.seen("demo", "urn:ngsi-ld:b"),
    "row": lambda glances: glances.row("demo", "urn:ngsi-ld:b"),
    "window": lambda glances: window.look({}) if (window := glances.window("demo", LAMP_LIST)) else None,
}
LAMP_LIST = Query(types=TypeIs(TYPE + "Lamp"))


@pytest.mark.parametrize("method", GLANCED)
async def test_each_glance_sends_the_long_way_where_something_has_expired(
    store: Store, lasting: LastingEntities, hour: StandingClock, method: str
) -> None:
    glances = LastingGlances(store.glances, lasting)
    await keep(lasting, transient(entity("b", watts=2), until(hour, 60)))
    assert await ids(lasting) == (["b"], 1)
    # a look at what was kept since, so that what is read now is remembered
    glances.seen("demo", "urn:ngsi-ld:b")
    quick = not isinstance(store.glances, NoGlances)
    assert (glances.row("demo", "urn:ngsi-ld:b") is not None) == quick
    assert (GLANCED[method](glances) is not None) == quick
    hour.forward(LOOK_AHEAD_S)
    assert GLANCED[method](glances) is None


def methods_of(port: type) -> set[str]:
    return {name for name, member in vars(port).items() if callable(member) and not name.startswith("_")}


async def test_an_attribute_expires_by_itself_and_so_do_its_parts(
    store: Store, lasting: LastingEntities, hour: StandingClock
) -> None:
    soon, later = until(hour, 5), until(hour, 50)
    state, accuracy = TYPE + "state", TYPE + "accuracy"
    parts = {accuracy: (Instance("Property", 0.5, expires_at=soon),)}
    made = entity("a", watts=Instance("Property", 1, sub=parts))
    several = (Instance("Property", "on"), Instance("Property", "off", "urn:d", expires_at=later))
    await keep(lasting, dated(msgspec.structs.replace(made, attributes={**made.attributes, state: several})))
    off = Query(q=Comparison(Path((state,)), "==", "off"))

    async def now() -> Entity:
        return (await lasting.load("demo", [made.id]))[made.id].entity()

    hour.forward(5)
    assert (await now()).attributes[TYPE + "watts"][0].sub == {}
    assert (await now()).due == later and (await now()).modified_at == hour.at
    assert await ids(lasting, off) == (["a"], None)
    hour.forward(45)
    assert await ids(lasting, off) == ([], None)
    assert (await now()).attributes[state] == several[:1] and (await now()).due is None
    past = await store.history.past("demo", made.id, [state])
    assert [(one.dataset_id, one.instance is None) for one in past[-1:]] == [("urn:d", True)]


async def test_what_expires_can_be_prolonged(lasting: LastingEntities, hour: StandingClock) -> None:
    made = transient(entity("a", watts=1), until(hour, 5))
    await keep(lasting, made)

    def prolonged(found: dict[str, Entity]) -> Decision[None]:
        before = found[made.id]
        after = msgspec.structs.replace(before, expires_at=until(hour, 500), version=2)
        return Decision([Change(before, dated(after))], None)

    await lasting.change("demo", [made.id], prolonged, MAYOR)
    hour.forward(100)
    assert await ids(lasting) == (["a"], 1)
    hour.forward(400)
    assert await ids(lasting) == ([], 0)


async def test_many_expire_at_once_and_one_that_comes_between_is_not_forgotten(
    lasting: LastingEntities, hour: StandingClock
) -> None:
    await keep(lasting, *(transient(entity(f"{n:04}", watts=n), until(hour, 20)) for n in range(1_100)))
    await keep(lasting, transient(entity("z", watts=0), until(hour, 3)))
    hour.forward(3)
    assert (await ids(lasting))[1] == 1_100
    hour.forward(17)
    await lasting.sweep()
    assert await ids(lasting) == ([], 0)


async def test_what_another_process_keeps_is_seen_to_expire_soon(
    store: Store, lasting: LastingEntities, hour: StandingClock
) -> None:
    assert await ids(lasting) == ([], 0)
    await create(store, transient(entity("a", watts=1), until(hour, 2)))
    hour.forward(LOOK_AHEAD_S)
    assert await ids(lasting) == ([], 0)


async def test_a_time_that_was_due_too_early_is_put_right(
    store: Store, lasting: LastingEntities, hour: StandingClock
) -> None:
    stale = msgspec.structs.replace(entity("a", watts=1), due=until(hour, 1))
    await keep(lasting, stale)
    hour.forward(1)
    assert (await lasting.load("demo", [stale.id]))[stale.id].entity().due is None


async def test_expiry_is_found_by_an_index(store: Store, hour: StandingClock) -> None:
    await create(store, *(entity(f"{n}", watts=n) for n in range(50)), transient(entity("x"), until(hour, 1)))
    steps = await store.entities.explain("demo", Query(due=hour.at))
    assert not any("SCAN all" in step for step in steps)
    found = await store.entities.find("demo", Query(due=until(hour, 1), order=(Order(Path(("id",))),)))
    assert [row.id for row in found.rows] == ["urn:ngsi-ld:x"]


class Failing:
    """A store that cannot write any more."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store.entities, name)

    async def change(self, *_args: Any) -> Any:
        raise OSError("the disk is full")


async def test_readers_do_not_suffer_when_nothing_can_be_removed(store: Store, hour: StandingClock) -> None:
    await create(store, transient(entity("a", watts=1), until(hour, 1)))
    failures: list[BaseException] = []
    stuck = LastingEntities(Failing(store), hour, failures.append)
    hour.forward(1)
    assert await ids(stuck) == (["a"], 1)
    assert [str(failure) for failure in failures] == ["the disk is full"]
    assert await ids(stuck) == (["a"], 1) and len(failures) == 1
