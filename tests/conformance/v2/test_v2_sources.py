"""NGSI v2 reads what context sources know, by the registrations of NGSI-LD."""

import json
from typing import Any

import pytest

from conformance.neighbours import answering, source
from conformance.v2.two_faces import TwoFaces
from kaiteki.ports.outgoing import Answered, Question

ROOM = {"id": "urn:ngsi-ld:v2:Room2", "type": "Room", "temperature": {"type": "Property", "value": 25}}


@pytest.fixture
async def asked(town: TwoFaces) -> list[Question]:
    """What the source of rooms was asked; it knows Room2."""
    told: list[Question] = []

    async def ask(question: Question) -> Answered:
        told.append(question)
        whole = "/entities/" not in question.url
        return answering(200, [ROOM] if whole else ROOM)(question) or Answered(500, {})

    town.web.ask = ask
    information: list[Any] = [{"entities": [{"type": "Room"}]}]
    made = await town.ld("POST", "/csourceRegistrations", source(information=information))
    assert made.status == 201
    await town.v2("POST", "/entities", {"id": "Room1", "type": "Room", "temperature": {"value": 20}})
    return told


async def shown(town: TwoFaces, path: str) -> Any:
    reply = await town.v2("GET", path)
    assert reply.status == 200, reply.body
    return json.loads(reply.body)


async def test_lists_hold_what_sources_know(town: TwoFaces, asked: list[Question]) -> None:
    both = await shown(town, "/entities?type=Room&options=keyValues")
    assert both == [
        {"id": "Room1", "type": "Room", "temperature": 20},
        {"id": "Room2", "type": "Room", "temperature": 25},
    ]
    warm = await shown(town, "/entities?type=Room&q=temperature>22&options=keyValues")
    assert [one["id"] for one in warm] == ["Room2"]
    assert [one["id"] for one in await shown(town, "/entities?orderBy=!temperature")] == ["Room2", "Room1"]
    assert len(asked) == 3
    assert await shown(town, "/entities?type=Car") == []
    assert len(asked) == 3
    counted = await town.v2("GET", "/entities?type=Room&limit=1&options=count")
    assert dict(counted.headers)["fiware-total-count"] == "2"
    document = {"entities": [{"idPattern": ".*", "type": "Room"}], "expression": {"q": "temperature==25"}}
    found = await town.v2("POST", "/op/query", document)
    assert [one["id"] for one in json.loads(found.body)] == ["Room2"]


async def test_an_entity_and_its_attributes_come_from_the_source(
    town: TwoFaces, asked: list[Question]
) -> None:
    room = await shown(town, "/entities/Room2")
    assert (room["id"], room["temperature"]["value"]) == ("Room2", 25)
    assert (await shown(town, "/entities/Room2/attrs/temperature"))["value"] == 25
    assert await shown(town, "/entities/Room2/attrs/temperature/value") == 25
    assert all("/entities/urn:ngsi-ld:v2:Room2?type=Room" in one.url for one in asked)
    assert (await town.v2("GET", "/entities/Room2?type=Car")).status == 404
