"""Writes of both faces go to who holds what is written: sources of NGSI-LD, and providers that speak NGSI v2 (decision 24)."""

import json
from typing import Any

import pytest

from conformance.neighbours import Neighbours, another_store, answering, source
from conformance.watched_town import WatchedTown
from kaiteki.api.persons import EVERYBODY_IS_ADMIN
from kaiteki.model.access import RESIDENT, STAFF, Person
from kaiteki.model.ngsi_v2.names import to_iri
from kaiteki.model.visibility import Sight
from kaiteki.ports.outgoing import Answered
from kaiteki.stores.store import Store

HOST = "agent.example"
LD = "/entities/urn:ngsi-ld:v2:Room1"
V2 = "/v2/entities/Room1"


@pytest.fixture
def net() -> Neighbours:
    """An agent that takes whatever it is told."""
    net = Neighbours()
    net.strange[HOST] = answering(204)
    return net


@pytest.fixture
async def here(net: Neighbours, store: Store) -> WatchedTown:
    """A node that knows Room1 and its temperature; the agent has its commands."""
    town = net.add("here.example", store)
    await town.did(
        "POST", "/v2/entities?options=keyValues", {"id": "Room1", "type": "Room", "temperature": 20}
    )
    await provided(town, {"id": "Room1", "type": "Room"}, "ping", "lamp")
    return town


@pytest.fixture
async def there(net: Neighbours, here: WatchedTown) -> WatchedTown:
    """Another node of ours, registered by NGSI-LD for all halls, which stand there alone."""
    town = net.add("there.example", another_store(here))
    halls: list[Any] = [{"entities": [{"type": "Hall"}]}]
    registration = source(information=halls, mode="redirect", operations=["redirectionOps"])
    await here.did("POST", "/csourceRegistrations", registration)
    return town


async def provided(town: WatchedTown, entity: dict[str, Any], *attrs: str, mode: str = "all") -> None:
    document = {
        "dataProvided": {"entities": [entity], "attrs": list(attrs)},
        "provider": {"http": {"url": f"http://{HOST}/v2"}, "supportedForwardingMode": mode},
    }
    await town.did("POST", "/v2/registrations", document)


def updates(net: Neighbours) -> list[Any]:
    """What was written elsewhere since, in NGSI v2."""
    told = [json.loads(one.body) for one in net.asked if one.url.endswith("/v2/op/update")]
    net.asked.clear()
    return told


def ping(value: Any = "now", kind: str = "Text") -> dict[str, Any]:
    """The one update that tells a command to the agent."""
    said = {"type": kind, "value": value, "metadata": {}}
    return {"actionType": "update", "entities": [{"id": "Room1", "type": "Room", "ping": said}]}


async def own(town: WatchedTown, path: str = V2) -> Any:
    """What stands in one place alone."""
    reply = await town.ask("GET", f"{path}?options=keyValues,skipForwarding")
    return json.loads(reply.body)


async def code(town: WatchedTown, method: str, path: str, document: Any = None) -> tuple[int, str]:
    reply = await town.ask(method, path, document)
    told = json.loads(reply.body) if reply.body else {}
    return reply.status, told.get("error", told.get("type", "").rpartition("/")[2])


@pytest.mark.parametrize(
    ("method", "path", "document"),
    [
        ("PATCH", f"{V2}/attrs", {"ping": {"value": "now"}}),
        ("PATCH", f"{V2}/attrs?options=keyValues&type=Room", {"ping": "now"}),
        ("PUT", f"{V2}/attrs/ping", {"value": "now"}),
        ("PUT", f"{V2}/attrs/ping?options=overrideMetadata", {"value": "now"}),
        ("PUT", f"{V2}/attrs/ping/value", "now"),
        (
            "POST",
            "/v2/op/update",
            {"actionType": "update", "entities": [{"id": "Room1", "type": "Room", "ping": {"value": "now"}}]},
        ),
        ("PATCH", f"{LD}/attrs", {"ping": {"type": "Property", "value": "now"}}),
        ("PATCH", f"{LD}/attrs/ping", {"type": "Property", "value": "now"}),
        ("PUT", f"{LD}/attrs/ping", {"type": "Property", "value": "now"}),
    ],
)
async def test_what_does_not_stand_here_is_updated_at_its_provider(
    net: Neighbours, here: WatchedTown, method: str, path: str, document: Any
) -> None:
    assert (await here.ask(method, path, document)).status == 204
    assert updates(net) == [ping()]
    assert await own(here) == {"id": "Room1", "type": "Room", "temperature": 20}


async def test_an_update_is_taken_apart_by_who_has_what(net: Neighbours, here: WatchedTown) -> None:
    said = {"ping": {"type": "command", "value": 1}, "temperature": {"value": 21}}
    await here.did("PATCH", f"{V2}/attrs", said)
    assert updates(net) == [ping(1, "command")]
    assert (await own(here))["temperature"] == 21
    await here.did("PATCH", f"{LD}/attrs", {"ping": 2, "temperature": 22})
    assert (await own(here))["temperature"] == 22
    assert updates(net) == [ping(2, "Number")]
    # what stands here is written here, though the agent is registered for it too
    await here.did("POST", f"{V2}/attrs", {"lamp": {"value": "on"}})
    await here.did("PATCH", f"{V2}/attrs", {"lamp": {"value": "off"}})
    assert updates(net) == [] and (await own(here))["lamp"] == "off"
    # nobody has it
    assert await code(here, "PATCH", f"{V2}/attrs", {"ping": {"value": 1}, "nothing": {"value": 1}}) == (
        422,
        "Unprocessable",
    )
    assert await code(here, "PATCH", f"{V2}/attrs", {"nothing": {"value": 1}}) == (422, "Unprocessable")


async def test_an_entity_that_stands_at_a_provider_alone(net: Neighbours, here: WatchedTown) -> None:
    await provided(here, {"idPattern": "^Lamp", "type": "Lamp"})
    lamp = {"id": "Lamp1", "type": "Lamp", "on": {"type": "Boolean", "value": True, "metadata": {}}}
    await here.did("PATCH", "/v2/entities/Lamp1/attrs?type=Lamp", {"on": {"value": True}})
    assert updates(net) == [{"actionType": "update", "entities": [lamp]}]
    await here.did("PUT", "/v2/entities/Lamp1/attrs?type=Lamp", {"on": {"value": True}})
    assert updates(net) == [{"actionType": "replace", "entities": [lamp]}]
    entities = [{"id": "Lamp1", "type": "Lamp", "on": True}, {"id": "Room1", "temperature": 5}]
    batch = {"actionType": "update", "entities": entities}
    await here.did("POST", "/v2/op/update?options=keyValues", batch)
    assert updates(net) == [{"actionType": "update", "entities": [lamp]}]
    assert (await own(here))["temperature"] == 5
    # creation, appending and removal are done here, as Orion does
    await here.did("POST", "/v2/entities", lamp)
    await here.did("POST", "/v2/entities/Lamp1/attrs", {"off": {"value": False}})
    await here.did("DELETE", "/v2/entities/Lamp1/attrs/off")
    await here.did("PUT", "/v2/entities/Lamp1/attrs", {"off": {"value": False}})
    await here.did("DELETE", "/v2/entities/Lamp1")
    assert updates(net) == []


async def test_who_takes_no_updates_is_told_none(net: Neighbours, here: WatchedTown) -> None:
    await provided(here, {"idPattern": ".*", "type": "Hall"}, mode="query")
    assert await code(here, "PATCH", "/v2/entities/Hall1/attrs?type=Hall", {"a": {"value": 1}}) == (
        404,
        "NotFound",
    )
    words = "?options=skipForwarding"
    assert await code(here, "PATCH", f"{V2}/attrs{words}", {"ping": {"value": 1}}) == (422, "Unprocessable")
    assert updates(net) == []


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        (404, (404, "NotFound")),
        (422, (422, "Unprocessable")),
        (400, (400, "BadRequest")),
        (500, (502, "BadGateway")),
        (None, (504, "GatewayTimeout")),
    ],
)
async def test_refusals_of_a_provider(
    net: Neighbours, here: WatchedTown, answer: int | None, refused: tuple[int, str]
) -> None:
    net.strange[HOST] = lambda question: Answered(answer, {}) if answer is not None else None
    assert await code(here, "PATCH", f"{V2}/attrs", {"ping": {"value": 1}}) == refused
    reply = await here.ask("PATCH", f"{V2}/attrs", {"ping": {"value": 1}, "temperature": {"value": 30}})
    assert reply.status >= 400 and (await own(here))["temperature"] == 30


async def told(town: WatchedTown, document: Any) -> tuple[int, str]:
    """What is said of an update of Room1."""
    reply = await town.ask("PATCH", f"{V2}/attrs", document)
    return reply.status, json.loads(reply.body)["description"]


async def test_what_was_done_in_part_is_told_so_and_nothing_else(net: Neighbours, here: WatchedTown) -> None:
    status, words = await told(here, {"ping": {"value": 1}, "nothing": {"value": 1}})
    assert (status, words.startswith("done in part: "), "[ nothing ]" in words) == (422, True, True)
    assert updates(net) == [ping(1, "Number")]
    status, words = await told(here, {"temperature": {"value": 22}, "nothing": {"value": 1}})
    assert (status, "done in part" in words) == (422, False), "no source has a part in it"
    other = {"entities": [{"id": "Room1", "type": "Room"}], "attrs": ["bell"]}
    provider = {"http": {"url": "http://other.example/v2"}, "supportedForwardingMode": "all"}
    await here.did("POST", "/v2/registrations", {"dataProvided": other, "provider": provider})
    net.strange[HOST] = lambda question: None
    net.strange["other.example"] = answering(500)
    nowhere = {"ping": {"value": 1}, "bell": {"value": 1}}
    for document in (nowhere, {**nowhere, "nothing": {"value": 1}}):
        status, words = await told(here, document)
        assert (status in (502, 504), "done in part" in words) == (True, False), words
    status, words = await told(here, {**nowhere, "temperature": {"value": 23}})
    assert (status in (502, 504), words.startswith("done in part: ")) == (True, True), words
    assert (await own(here))["temperature"] == 23


async def test_what_v2_has_no_words_for_is_refused(net: Neighbours, here: WatchedTown) -> None:
    assert await code(here, "PATCH", f"{LD}/attrs/ping", {"observedAt": "2026-04-01T09:00:00Z"}) == (
        422,
        "OperationNotSupported",
    )
    assert updates(net) == []


async def test_writes_of_v2_go_to_sources_of_ld(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    hall = {"id": "Hall1", "type": "Hall", "seats": {"type": "Number", "value": 3, "metadata": {}}}
    made = await here.did("POST", "/v2/entities", hall)
    assert (made.status, dict(made.headers)["location"]) == (201, "/v2/entities/Hall1?type=Hall")
    assert (await here.ask("GET", "/v2/entities/Hall1?options=skipForwarding")).status == 404
    assert await there.shown("/v2/entities/Hall1") == hall
    assert await code(here, "POST", "/v2/entities", hall) == (422, "Unprocessable")
    one = "/v2/entities/Hall1"
    typed = "type=Hall"
    await here.did("PATCH", f"{one}/attrs?{typed}", {"seats": {"value": 4}})
    await here.did("POST", f"{one}/attrs?{typed}", {"doors": {"value": 2}, "lit": {"value": True}})
    await here.did("PUT", f"{one}/attrs/doors?{typed}", {"value": 5, "type": "Count"})
    await here.did("PUT", f"{one}/attrs/doors?{typed}&options=overrideMetadata", {"value": 6})
    await here.did("PUT", f"{one}/attrs/lit/value?{typed}", False)
    assert await own(there, one) == {"id": "Hall1", "type": "Hall", "seats": 4, "doors": 6, "lit": False}
    await here.did("DELETE", f"{one}/attrs/doors?{typed}")
    assert await code(here, "DELETE", f"{one}/attrs/doors?{typed}") == (404, "NotFound")
    await here.did("PUT", f"{one}/attrs?{typed}", {"seats": {"value": 9}})
    assert await own(there, one) == {"id": "Hall1", "type": "Hall", "seats": 9}
    strict = f"{one}/attrs?{typed}&options=append"
    assert await code(here, "POST", strict, {"seats": {"value": 1}}) == (422, "Unprocessable")
    await here.did("DELETE", f"{one}?{typed}")
    assert await code(here, "DELETE", f"{one}?{typed}") == (404, "NotFound")


async def test_batches_of_v2_go_where_their_entities_are_held(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    def batch(action: str, *entities: dict[str, Any]) -> dict[str, Any]:
        return {"actionType": action, "entities": list(entities)}

    where = "/v2/op/update?options=keyValues"
    hall, room = {"id": "Hall1", "type": "Hall"}, {"id": "Room1", "type": "Room"}
    await here.did("POST", where, batch("append", {**hall, "seats": 1, "doors": 2}, {**room, "a": 1}))
    assert await own(there, "/v2/entities/Hall1") == {**hall, "seats": 1, "doors": 2}
    assert (await own(here))["a"] == 1
    await here.did("POST", where, batch("append", {**hall, "seats": 2}))
    await here.did("POST", where, batch("update", {**hall, "doors": 7}, {**room, "a": 2}))
    assert await own(there, "/v2/entities/Hall1") == {**hall, "seats": 2, "doors": 7}
    assert await code(here, "POST", where, batch("appendStrict", {**hall, "seats": 3})) == (
        422,
        "Unprocessable",
    )
    reply = await here.ask(
        "POST", where, batch("update", {**hall, "id": "Hall9", "doors": 1}, {**room, "a": 3})
    )
    assert reply.status == 404 and b"Hall9" in reply.body
    assert (await own(here))["a"] == 3
    await here.did("POST", "/v2/op/update", batch("delete", {**hall, "doors": {}}))
    assert await own(there, "/v2/entities/Hall1") == {**hall, "seats": 2}
    await here.did("POST", where, batch("replace", {**hall, "lit": True}))
    assert await own(there, "/v2/entities/Hall1") == {**hall, "lit": True}
    await here.did("POST", where, batch("delete", hall, room))
    assert (await there.ask("GET", "/v2/entities/Hall1")).status == 404
    upsert = "/v2/entities?options=upsert,keyValues"
    await here.did("POST", upsert, {**hall, "seats": 4})
    await here.did("POST", upsert, {**hall, "seats": 5})
    assert await own(there, "/v2/entities/Hall1") == {**hall, "seats": 5}


async def test_a_write_that_comes_back_is_refused(net: Neighbours, here: WatchedTown) -> None:
    came = {"fiware_correlator": "x; via=here.example.demo; cbfwd=2"}
    for path, document in (
        (f"{V2}/attrs", {"ping": {"value": 1}}),
        (f"{V2}/attrs", {"temperature": {"value": 1}}),
    ):
        reply = await here.ask("PATCH", path, document, **came)
        assert (reply.status, json.loads(reply.body)["error"]) == (508, "LoopDetected")
    assert updates(net) == []


async def test_who_may_not_write_here_does_not_write_elsewhere(net: Neighbours, store: Store) -> None:
    room = Sight(to_iri("Room"), frozenset({to_iri("ping")}), (STAFF,))
    here = net.add("here.example", store, (room,))
    await provided(here, {"id": "Room1", "type": "Room"}, "ping")
    here.person = Person("taro", frozenset({RESIDENT}))
    path = f"{V2}/attrs?type=Room"
    assert await code(here, "PATCH", path, {"ping": {"value": 1}}) == (403, "Forbidden")
    assert updates(net) == []
    here.person = EVERYBODY_IS_ADMIN
    await here.did("PATCH", path, {"ping": {"value": "now"}})
    assert updates(net) == [ping()]


async def test_a_provider_is_told_the_type_that_it_is_registered_for(
    net: Neighbours, here: WatchedTown
) -> None:
    await provided(here, {"idPattern": "^Lamp", "type": "Lamp"})
    await here.did("PATCH", "/v2/entities/Lamp1/attrs", {"on": {"value": True}})
    lamp = {"id": "Lamp1", "type": "Lamp", "on": {"type": "Boolean", "value": True, "metadata": {}}}
    assert updates(net) == [{"actionType": "update", "entities": [lamp]}]
    # which types an expression means nobody can tell on
    await provided(here, {"idPattern": "^Post", "typePattern": "^Po"})
    assert await code(here, "PATCH", "/v2/entities/Post1/attrs", {"on": {"value": True}}) == (404, "NotFound")
    assert updates(net) == []
    await here.did("PATCH", "/v2/entities/Post1/attrs?type=Pole", {"on": {"value": True}})
    (told,) = updates(net)
    assert told["entities"][0]["type"] == "Pole"
