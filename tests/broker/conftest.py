"""A data plane over the memory store, with a clock that stands still and a web of known documents."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from broker.town import StandingClock, Web
from kaiteki.broker.plane import Plane
from kaiteki.stores.memory import open_memory


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def web() -> Web:
    return Web({})


@pytest.fixture
async def plane(clock: StandingClock, web: Web) -> AsyncIterator[Plane]:
    store = open_memory(clock)
    yield Plane(
        entities=store.entities,
        history=store.history,
        events=store.events,
        contexts=store.contexts,
        clock=clock,
        outgoing=web,
        glances=store.glances,
        subscriptions=store.subscriptions,
        sources=store.sources,
    )
    await store.entities.close()


@pytest.fixture
def lamp() -> dict[str, Any]:
    """An entity with one attribute of each kind."""
    return {
        "id": "urn:ngsi-ld:Lamp:1",
        "type": "Lamp",
        "scope": "/Chiba/Park",
        "power": {"type": "Property", "value": 40, "unitCode": "WTT", "observedAt": "2026-04-01T09:00:00Z"},
        "address": {"type": "Property", "value": {"city": "Chiba", "street": "1"}},
        "standsIn": {"type": "Relationship", "object": "urn:ngsi-ld:Park:1", "objectType": "Park"},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [140.1, 35.6]}},
        "label": {"type": "LanguageProperty", "languageMap": {"ja": "街灯", "en": "Lamp"}},
        "colour": {"type": "VocabProperty", "vocab": "Green"},
        "raw": {"type": "JsonProperty", "json": {"id": 1, "value": None}},
        "steps": {"type": "ListProperty", "valueList": [1, "two"]},
        "lines": {
            "type": "ListRelationship",
            "objectList": [{"object": "urn:ngsi-ld:Line:1"}, {"object": "urn:ngsi-ld:Line:2"}],
        },
        "level": [
            {"type": "Property", "value": 1},
            {
                "type": "Property",
                "value": 2,
                "datasetId": "urn:d:2",
                "accuracy": {"type": "Property", "value": 0.5},
            },
        ],
    }
