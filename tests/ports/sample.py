"""Small material for the suites of the ports: a clock, entities, and the usual decisions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant
from kaiteki.ports.entities import By, Change, Correction, Decision
from kaiteki.stores.store import Store

TYPE = "https://uri.etsi.org/ngsi-ld/default-context/"
MAYOR = By(actor="mayor", action="test", office="hall", purpose="trial")

Decide = Callable[[Mapping[str, Entity]], Decision[str]]


@dataclass
class SteppingClock:
    """Every look at it is one second later."""

    at: int = 1_700_000_000_000_000

    def now(self) -> Instant:
        self.at += 1_000_000
        return Instant(self.at)

    def seed(self) -> int:
        return 7


def entity(entity_id: str, type_name: str = "Lamp", at: int = 5, **values: object) -> Entity:
    """A new entity whose attributes are Properties with these values (an Instance is taken as it is)."""
    return Entity(
        id=f"urn:ngsi-ld:{entity_id}",
        types=(TYPE + type_name,),
        attributes={
            TYPE + name: (
                value
                if isinstance(value, Instance)
                else Instance("Property", value, created_at=Instant(at), modified_at=Instant(at)),
            )
            for name, value in values.items()
        },
        created_at=Instant(at),
        modified_at=Instant(at),
        version=1,
    )


def creating(*entities: Entity) -> Decide:
    """The decision to create entities."""
    return lambda loaded: Decision([Change(None, new) for new in entities], "created", b"receipt")


def setting(entity_id: str, name: str, value: object, at: int) -> Decide:
    """The decision to set one Property of an entity that exists (an Instance is taken as it is)."""

    def decide(loaded: Mapping[str, Entity]) -> Decision[str]:
        before = loaded[f"urn:ngsi-ld:{entity_id}"]
        instance = (
            value if isinstance(value, Instance) else Instance("Property", value, modified_at=Instant(at))
        )
        after = msgspec.structs.replace(
            before,
            attributes={**before.attributes, TYPE + name: (instance,)},
            modified_at=Instant(at),
            version=before.version + 1,
        )
        return Decision([Change(before, after)], f"{name} is {value}")

    return decide


def deleting(entity_id: str, purge_history: bool = False) -> Decide:
    """The decision to delete an entity that exists."""
    return lambda loaded: Decision(
        [Change(loaded[f"urn:ngsi-ld:{entity_id}"], None, purge_history)], "deleted"
    )


async def create(store: Store, *entities: Entity, area: str = "demo") -> None:
    """Create entities in one decision."""
    await store.entities.change(area, [new.id for new in entities], creating(*entities), MAYOR)


async def put(store: Store, entity_id: str, name: str, value: object, at: int) -> None:
    """Set one Property of an entity of the area demo."""
    await store.entities.change(
        "demo", [f"urn:ngsi-ld:{entity_id}"], setting(entity_id, name, value, at), MAYOR
    )


async def drop(store: Store, entity_id: str, purge_history: bool = False) -> None:
    """Delete an entity of the area demo."""
    await store.entities.change(
        "demo", [f"urn:ngsi-ld:{entity_id}"], deleting(entity_id, purge_history), MAYOR
    )


async def observe(store: Store, value: object, observed: int, at: int, name: str = "lamp:1") -> None:
    """One measurement: a value with the moment at which it was measured, and the one at which it was written."""
    one = Instance("Property", value, observed_at=Instant(observed), modified_at=Instant(at))
    await store.entities.change("demo", [f"urn:ngsi-ld:{name}"], setting(name, "watts", one, at), MAYOR)


async def correct(store: Store, correction: Correction) -> None:
    """Keep a correction of the past of an entity of the area demo."""
    await store.entities.change(
        "demo", [correction.entity_id], lambda _: Decision((), "", correction=correction), MAYOR
    )


def measured(value: object, observed: int, dataset: str | None = None) -> tuple[str, Instance]:
    """A state of `watts` as somebody tells it of the past."""
    return TYPE + "watts", Instance("Property", value, dataset, Instant(observed))
