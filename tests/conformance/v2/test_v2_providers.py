"""Sources that speak NGSI v2 are asked as Orion asks its providers; what they tell is in the answers of both faces (decision 24)."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from conformance.neighbours import Neighbours, another_store, answering, source
from conformance.watched_town import WatchedTown
from kaiteki.ports.outgoing import Question
from kaiteki.stores.store import Store

HOST = "orion.example"
ROOM2: dict[str, Any] = {
    "id": "Room2",
    "type": "Room",
    "temperature": {
        "type": "Number",
        "value": 25,
        "metadata": {"unitCode": {"type": "Text", "value": "CEL"}},
    },
    "location": {"type": "geo:point", "value": "35.6, 140.1", "metadata": {}},
}


@pytest.fixture
def net() -> Neighbours:
    """Nobody yet."""
    return Neighbours()


@pytest.fixture
async def here(net: Neighbours, store: Store) -> WatchedTown:
    """A node that knows Room1."""
    town = net.add("here.example", store)
    await town.did(
        "POST", "/v2/entities?options=keyValues", {"id": "Room1", "type": "Room", "temperature": 20}
    )
    return town


def knows(net: Neighbours, *rooms: dict[str, Any], **headers: str) -> None:
    """What the provider answers from now on."""
    net.strange[HOST] = answering(200, list(rooms), **headers)


async def provided(
    town: WatchedTown, entity: dict[str, Any] | None = None, attrs: tuple[str, ...] = (), **members: Any
) -> str:
    """Register the provider of rooms; the id of the registration."""
    headers = {
        name: members.pop(name) for name in ("fiware_service", "fiware_servicepath") if name in members
    }
    mode = {"supportedForwardingMode": members.pop("mode")} if "mode" in members else {}
    document = {
        "dataProvided": {"entities": [entity or {"idPattern": ".*", "type": "Room"}], "attrs": list(attrs)},
        "provider": {"http": {"url": members.pop("url", f"http://{HOST}/v2")}, **mode},
        **members,
    }
    reply = await town.did("POST", "/v2/registrations", document, **headers)
    return dict(reply.headers)["location"].rpartition("/")[2]


def asked(net: Neighbours) -> list[tuple[str, Any]]:
    """What was asked since: address and document."""
    told = [
        (urlsplit(one.url).path + "?" + urlsplit(one.url).query, json.loads(one.body)) for one in net.asked
    ]
    net.asked.clear()
    return told


async def values(town: WatchedTown, path: str) -> Any:
    return await town.shown(f"{path}{'&' if '?' in path else '?'}options=keyValues")


async def test_lists_of_both_faces_hold_what_a_provider_knows(net: Neighbours, here: WatchedTown) -> None:
    knows(net, ROOM2)
    await provided(here)
    place = {"type": "Point", "coordinates": [140.1, 35.6]}
    two = {"id": "urn:ngsi-ld:v2:Room2", "type": "Room", "temperature": 25, "location": place}
    one = {"id": "urn:ngsi-ld:v2:Room1", "type": "Room", "temperature": 20}
    assert await values(here, "/entities?type=Room") == [one, two]
    assert await values(here, "/v2/entities?type=Room") == [
        {"id": "Room1", "type": "Room", "temperature": 20},
        {"id": "Room2", "type": "Room", "temperature": 25, "location": "35.6, 140.1"},
    ]
    query = "/v2/op/query?limit=1000&offset=0&options=count"
    document = {"entities": [{"idPattern": ".*", "type": "Room"}]}
    assert asked(net) == [(query, document), (query, document)]
    # conditions of either face are applied to what was put together
    assert await values(here, "/entities?type=Room&q=temperature>22") == [two]
    assert [one["id"] for one in await values(here, "/v2/entities?q=temperature>22")] == ["Room2"]
    found = await here.did("GET", "/v2/entities?type=Room&options=count&limit=1")
    assert dict(found.headers)["fiware-total-count"] == "2"
    near = "/v2/entities?georel=near;maxDistance:100&geometry=point&coords=35.6,140.1&type=Room"
    assert [one["id"] for one in await values(here, near)] == ["Room2"]
    net.asked.clear()
    assert await values(here, "/entities?type=Lamp") == []
    assert [one["id"] for one in await here.shown("/v2/entities?options=skipForwarding")] == ["Room1"]
    assert [one["id"] for one in await values(here, "/entities?type=Room&local=true")] == [one["id"]]
    assert asked(net) == []


async def test_one_entity_and_its_attributes(net: Neighbours, here: WatchedTown) -> None:
    knows(net, ROOM2)
    await provided(here, attrs=("temperature", "humidity"))
    shown = await here.shown("/v2/entities/Room2")
    assert shown == {name: value for name, value in ROOM2.items() if name != "location"}
    assert await here.shown("/entities/urn:ngsi-ld:v2:Room2") == {
        "id": "urn:ngsi-ld:v2:Room2",
        "type": "Room",
        "temperature": {"type": "Property", "value": 25, "unitCode": "CEL"},
    }
    query = "/v2/op/query?limit=20&offset=0&options=count"
    document = {"entities": [{"id": "Room2", "type": "Room"}], "attrs": ["temperature", "humidity"]}
    without = {**document, "entities": [{"id": "Room2", "type": "Room"}]}
    assert asked(net) == [(query, without), (query, document)]
    assert (await here.shown("/v2/entities/Room2/attrs/temperature"))["value"] == 25
    net.strange[HOST] = answering(404, {"error": "NotFound", "description": "x"})
    assert (await here.ask("GET", "/v2/entities/Room2")).status == 404
    assert (await here.ask("GET", "/entities/urn:ngsi-ld:v2:Room2")).status == 404


async def test_a_provider_fills_gaps_and_what_stands_here_counts(net: Neighbours, here: WatchedTown) -> None:
    humid = {"type": "Number", "value": 60, "metadata": {}}
    knows(net, {**ROOM2, "id": "Room1", "humidity": humid})
    await provided(here, {"id": "Room1", "type": "Room"}, ("temperature", "humidity"))
    assert await values(here, "/v2/entities/Room1") == {
        "id": "Room1",
        "type": "Room",
        "temperature": 20,
        "humidity": 60,
    }
    assert [one["humidity"] for one in await values(here, "/entities?type=Room&q=humidity==60")] == [60]


@pytest.mark.parametrize(
    ("entity", "query", "told"),
    [
        ({"id": "Room2", "type": "Room"}, "/v2/entities", [{"id": "Room2", "type": "Room"}]),
        ({"id": "Room2"}, "/v2/entities?type=Room", [{"id": "Room2", "type": "Room"}]),
        ({"idPattern": "^Room"}, "/v2/entities", [{"idPattern": "^Room"}]),
        ({"idPattern": ".*", "typePattern": "^Ro"}, "/v2/entities", [{"idPattern": ".*"}]),
        ({"idPattern": ".*"}, "/v2/entities?id=Room2,Room3", [{"id": "Room2"}, {"id": "Room3"}]),
        ({"idPattern": ".*"}, "/v2/entities?idPattern=^R.*2", [{"idPattern": "^R.*2"}]),
        ({"idPattern": ".*"}, "/entities?type=Room&idPattern=:Room2", [{"idPattern": ".*", "type": "Room"}]),
        ({"idPattern": ".*", "type": "Room"}, "/v2/entities", [{"idPattern": ".*", "type": "Room"}]),
    ],
)
async def test_a_provider_is_asked_for_what_is_wanted_of_what_it_provides(
    net: Neighbours, here: WatchedTown, entity: dict[str, Any], query: str, told: list[dict[str, Any]]
) -> None:
    car = {"id": "Car1", "type": "Car", "speed": {"type": "Number", "value": 1, "metadata": {}}}
    knows(net, ROOM2, {**ROOM2, "id": "Room9"}, car)
    await provided(here, entity)
    found = [one["id"].rpartition(":")[2] for one in await values(here, query)]
    ((_, document),) = asked(net)
    assert document["entities"] == told
    assert "Room2" in found and ("Car1" in found) == (entity == {"idPattern": ".*"} and "?" not in query)
    assert ("Room9" in found) == ("id" not in entity and "?" not in query)


@pytest.mark.parametrize(
    ("entity", "query"),
    [
        ({"idPattern": ".*", "type": "Room"}, "type=Car"),
        ({"idPattern": ".*", "typePattern": "^Ro"}, "type=Car"),
        ({"id": "Room2"}, "id=Room3"),
        ({"idPattern": "^Room"}, "id=Car1"),
    ],
)
async def test_a_provider_is_not_asked_for_anything_else(
    net: Neighbours, here: WatchedTown, entity: dict[str, Any], query: str
) -> None:
    knows(net, ROOM2)
    await provided(here, entity)
    assert await here.shown(f"/v2/entities?{query}") == []
    assert asked(net) == []


@pytest.mark.parametrize(
    "members",
    [{"mode": "none"}, {"mode": "update"}, {"status": "inactive"}, {"expires": "2020-01-01T00:00:00Z"}],
)
async def test_who_takes_no_queries_is_not_asked(
    net: Neighbours, here: WatchedTown, members: dict[str, Any]
) -> None:
    knows(net, ROOM2)
    await provided(here, **members)
    assert [one["id"] for one in await here.shown("/v2/entities")] == ["Room1"]
    assert len(await here.shown("/entities?type=Room")) == 1
    assert asked(net) == []


def headers(question: Question) -> dict[str, str]:
    return {name.lower(): value for name, value in question.headers}


async def test_headers_travel_to_a_provider(net: Neighbours, here: WatchedTown) -> None:
    knows(net, ROOM2)
    number = await provided(here, fiware_service="Demo", fiware_servicepath="/east")
    path = f"/csourceRegistrations/urn:ngsi-ld:ContextSourceRegistration:{number}"
    keys = [
        {"key": "X-Auth-Token", "value": "urn:ngsi-ld:request"},
        {"key": "X-Zone", "value": "7"},
        {"key": "Fiware-Service", "value": "other"},
    ]
    patience = {"timeout": 2500, "localOnly": True}
    await here.did("PATCH", path, {"contextSourceInfo": keys, "management": patience})
    await here.did(
        "GET",
        "/v2/entities?type=Room",
        fiware_correlator="c-1; cbfwd=2",
        fiware_servicepath="/east",
        x_auth_token="mine",
    )
    (question,) = net.asked
    assert question.url.endswith("/v2/op/query?limit=1000&offset=0&options=count,skipForwarding")
    assert (question.timeout_s, question.method) == (2.5, "POST")
    assert headers(question) == {
        "accept": "application/json",
        "content-type": "application/json",
        "via": "1.1 here.example.demo",
        "fiware-correlator": "c-1; via=here.example.demo; cbfwd=3",
        "fiware-service": "demo",
        "fiware-servicepath": "/east",
        "x-auth-token": "mine",
        "x-zone": "7",
    }
    # what it told lies in the path of the registration
    assert [one["id"] for one in await values(here, "/v2/entities?type=Room")] == ["Room1", "Room2"]
    at_root = await here.did("GET", "/v2/entities?type=Room", fiware_servicepath="/")
    assert [one["id"] for one in json.loads(at_root.body)] == ["Room1"]
    (first, *_) = [headers(one)["fiware-correlator"] for one in net.asked[1:]]
    root, _, marks = first.partition(";")
    assert int(root, 16) and marks == " via=here.example.demo; cbfwd=1"


async def test_what_fails_is_a_warning_and_the_source_is_left_alone(
    net: Neighbours, here: WatchedTown
) -> None:
    number = await provided(here)
    source_id = f"urn:ngsi-ld:ContextSourceRegistration:{number}"
    for answer, code in (
        (answering(500, {"error": "x", "description": "y"}), "299"),
        (answering(200, {"orionError": {"code": "400"}}), "111"),
        (answering(200, [{"type": "Room"}]), "111"),
        (answering(200, b"<html>"), "111"),
        (answering(404), ""),
        (lambda question: None, "199"),
    ):
        net.strange[HOST] = answer
        reply = await here.did("GET", "/v2/entities?type=Room")
        assert [one["id"] for one in json.loads(reply.body)] == ["Room1"]
        warning = dict(reply.headers).get("ngsild-warning", "")
        assert warning[:3] == code and (not code or source_id in warning)
    count = len(net.asked)
    reply = await here.did("GET", "/entities?type=Room")
    assert "did not answer lately" in dict(reply.headers)["ngsild-warning"] and len(net.asked) == count
    shown = await here.shown(f"/v2/registrations/{number}")
    assert shown["forwardingInformation"]["timesSent"] == 6
    assert set(shown["forwardingInformation"]) == {
        "timesSent",
        "lastForwarding",
        "lastSuccess",
        "lastFailure",
    }


async def test_many_entities_come_page_by_page(net: Neighbours, here: WatchedTown) -> None:
    rooms = [{"id": f"Room{number:04}", "type": "Room"} for number in range(1500)]

    def answer(question: Question) -> Any:
        told = dict(part.split("=") for part in urlsplit(question.url).query.split("&"))
        start = int(told["offset"])
        page = rooms[start : start + int(told["limit"])]
        return answering(200, page, **{"fiware-total-count": "1500"})(question)

    net.strange[HOST] = answer
    await provided(here)
    reply = await here.did("GET", "/v2/entities?type=Room&options=count,keyValues&offset=1498")
    assert [one["id"] for one in json.loads(reply.body)] == ["Room1497", "Room1498", "Room1499"]
    assert dict(reply.headers)["fiware-total-count"] == "1501"
    assert len(net.asked) == 2


@pytest.fixture
async def there(net: Neighbours, here: WatchedTown) -> WatchedTown:
    """Another node of ours, spoken to in NGSI v2."""
    town = net.add("there.example", another_store(here))
    await town.did("POST", "/v2/entities", ROOM2)
    await provided(here, url="http://there.example/v2")
    return town


async def test_a_circle_of_nodes_ends_where_it_began(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await provided(there, url="http://here.example/v2")
    for town in (here, there):
        assert [one["id"] for one in await values(town, "/v2/entities?type=Room")] == ["Room1", "Room2"]
        assert len(await values(town, "/entities?type=Room")) == 2
    assert len(net.asked) == 8
    # a broker between that passes the correlator on, and no Via
    net.asked.clear()
    told = {"fiware_correlator": "x; via=here.example.demo; cbfwd=2"}
    reply = await here.did("GET", "/v2/entities?type=Room&options=keyValues", **told)
    assert [one["id"] for one in json.loads(reply.body)] == ["Room1"] and net.asked == []


async def test_one_source_by_each_language(net: Neighbours, here: WatchedTown, there: WatchedTown) -> None:
    third = net.add("third.example", another_store(here))
    lamp = {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp"}
    await third.did("POST", "/entities", lamp)
    await here.did("POST", "/csourceRegistrations", source(host="third.example"))
    assert [one["id"] for one in await values(here, "/v2/entities")] == [lamp["id"], "Room1", "Room2"]
