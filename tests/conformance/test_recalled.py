"""A change that nobody remembers is recalled as it was: history is enough to notify from."""

from conformance.watched_town import WatchedTown, lamp
from kaiteki.broker.notices import recall
from kaiteki.model.entity import Entity

ONE = "/entities/urn:ngsi-ld:Lamp:1"


def content(entity: Entity | None) -> object:
    """What conditions and letters read of a state."""
    if entity is None:
        return None
    values = {
        name: [(one.dataset_id, one.kind, one.value) for one in instances]
        for name, instances in entity.attributes.items()
    }
    return entity.types, entity.scopes, values, entity.version


async def test_what_is_recalled_is_what_was(town: WatchedTown) -> None:
    town.plane.events.witnessed(0)
    await town.did("POST", "/entities", {**lamp(watts=1, note="a"), "scope": ["/a", "/b"]})
    town.clock.forward(1)
    await town.turn(watts=2)
    second = {"type": "Property", "value": 9, "datasetId": "urn:d:2"}
    await town.did("POST", f"{ONE}/attrs", {"watts": second})
    await town.did("PATCH", ONE, {"scope": "/c", "note": "b"})
    await town.did("DELETE", f"{ONE}/attrs/watts?datasetId=urn:d:2")
    await town.did("DELETE", f"{ONE}/attrs/note")
    town.clock.forward(1)
    await town.did("DELETE", ONE)
    await town.did("POST", "/entities", lamp(lux=5))
    await town.did("PATCH", ONE, {"lux": 6})
    events = await town.plane.events.read(0)
    assert len(events) == 9
    for event in events:
        known, recalled = town.plane.events.witnessed(event.number), await recall(town.plane, event)
        assert known is not None and recalled is not None, event
        assert (content(recalled.before), content(recalled.after)) == (
            content(known.before),
            content(known.after),
        ), event
