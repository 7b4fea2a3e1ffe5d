"""ETSI GS CIM 009 V1.9.1 clauses 5.5.9.3, 5.14, 5.15: pages that fit together over several nodes, and who a node is to others."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from conformance.neighbours import Neighbours, another_store, source
from conformance.watched_town import WatchedTown, lamp
from kaiteki.api.exchange import Reply
from kaiteki.api.ngsi_ld.handlers import HANDLERS
from kaiteki.model.access import NOBODY
from kaiteki.model.terms.core import DEFAULT_VOCABULARY
from kaiteki.model.visibility import Sight
from kaiteki.stores.store import Store

LAMPS = "/entities?type=Lamp"


@pytest.fixture
async def net(store: Store) -> AsyncIterator[Neighbours]:
    """Two nodes, here and there, with lamps 1, 3, 5 and 2, 3, 4."""
    net = Neighbours()
    here = net.add("here.example", store)
    there = net.add("there.example", another_store(here))
    for town, numbers in ((here, (1, 3, 5)), (there, (2, 3, 4))):
        for number in numbers:
            await town.lamp(number, watts=number)
    await here.did("POST", "/csourceRegistrations", source())
    yield net
    await there.plane.entities.close()


@pytest.fixture
def here(net: Neighbours) -> WatchedTown:
    return net.towns["here.example"]


def numbers(reply: Reply) -> str:
    return "".join(one["id"][-1] for one in json.loads(reply.body))


def header(reply: Reply, name: str) -> str:
    return dict(reply.headers).get(name, "")


async def test_5_5_9_3_pages_stay_as_they_were_found(net: Neighbours, here: WatchedTown) -> None:
    first = await here.did("GET", f"{LAMPS}&orderBy=watts;desc&limit=2&entityMap=true&count=true")
    where = header(first, "ngsild-entitymap")
    assert (numbers(first), header(first, "ngsild-results-count")) == ("54", "5")
    assert where.startswith("/ngsi-ld/v1/entityMaps/urn:ngsi-ld:EntityMap:")
    shown = await here.shown(where.removeprefix("/ngsi-ld/v1"))
    assert shown["entityMap"] == {
        "urn:ngsi-ld:Lamp:5": ["@none"],
        "urn:ngsi-ld:Lamp:4": ["urn:r:1"],
        "urn:ngsi-ld:Lamp:3": ["@none", "urn:r:1"],
        "urn:ngsi-ld:Lamp:2": ["urn:r:1"],
        "urn:ngsi-ld:Lamp:1": ["@none"],
    }
    # what comes and goes meanwhile moves nothing
    await here.lamp(6, watts=99)
    await here.did("DELETE", "/entities/urn:ngsi-ld:Lamp:5?local=true")
    await net.towns["there.example"].turn(2, watts=77)
    net.asked.clear()
    second = await here.did("GET", f"{LAMPS}&limit=2&offset=2&count=true", ngsild_entitymap=where)
    assert (numbers(second), header(second, "ngsild-results-count")) == ("32", "5")
    assert [one["watts"]["value"] for one in json.loads(second.body)] == [3, 77]
    assert net.paths() == [
        "GET there.example entities?type=Lamp&id=urn:ngsi-ld:Lamp:3,urn:ngsi-ld:Lamp:2&limit=2&options=sysAttrs"
    ]
    again = await here.did("GET", f"{LAMPS}&limit=2", ngsild_entitymap=where.rpartition("/")[2])
    assert numbers(again) == "4"
    assert numbers(await here.did("GET", f"{LAMPS}&limit=2&offset=4", ngsild_entitymap=where)) == "1"


async def test_5_14_4_a_map_is_made_without_its_entities(here: WatchedTown) -> None:
    made = await here.did("GET", "/entityMaps?type=Lamp&q=watts>3")
    told = json.loads(made.body)
    assert (made.status, header(made, "ngsild-entitymap")) == (201, f"/ngsi-ld/v1/entityMaps/{told['id']}")
    assert told == {
        "id": told["id"],
        "type": "EntityMap",
        "expiresAt": "2026-05-01T12:10:00Z",
        "entityMap": {"urn:ngsi-ld:Lamp:4": ["urn:r:1"], "urn:ngsi-ld:Lamp:5": ["@none"]},
        "linkedMaps": {},
    }
    paged = await here.did("GET", f"{LAMPS}&limit=1&offset=1", ngsild_entitymap=told["id"])
    assert numbers(paged) == "5"


async def test_5_14_4_a_document_may_ask_for_a_map(here: WatchedTown) -> None:
    query = {"type": "Query", "entities": [{"type": "Lamp"}], "q": "watts>3"}
    made = await here.did("POST", "/entityMaps?entityMapLifetime=PT30S", query)
    told = json.loads(made.body)
    assert (made.status, header(made, "ngsild-entitymap")) == (201, f"/ngsi-ld/v1/entityMaps/{told['id']}")
    assert told["entityMap"] == {"urn:ngsi-ld:Lamp:4": ["urn:r:1"], "urn:ngsi-ld:Lamp:5": ["@none"]}
    assert told["expiresAt"] == "2026-05-01T12:00:30Z"
    assert numbers(await here.did("GET", f"{LAMPS}&limit=1&offset=1", ngsild_entitymap=told["id"])) == "5"
    alike = await here.did("POST", "/entityMaps?local=true", query)
    assert list(json.loads(alike.body)["entityMap"]) == ["urn:ngsi-ld:Lamp:5"]
    assert (await here.ask("POST", "/entityMaps", {"type": "Query", "watts": 3})).status == 400
    assert (await here.ask("POST", "/entityMaps", {**query, "q": "=="})).status == 400


async def test_5_14_1_and_5_14_2_and_5_14_3_retrieve_update_delete(here: WatchedTown) -> None:
    made = json.loads((await here.did("GET", "/entityMaps?type=Lamp&entityMapLifetime=PT30S")).body)
    one = f"/entityMaps/{made['id']}"
    assert made["expiresAt"] == "2026-05-01T12:00:30Z"
    assert (await here.ask("PATCH", one, {"expiresAt": "2026-05-01T12:01:00Z"})).status == 204
    assert (await here.shown(one))["expiresAt"] == "2026-05-01T12:01:00Z"
    refused: tuple[dict[str, Any], ...] = (
        {"expiresAt": "2020-01-01T00:00:00Z"},
        {"expiresAt": "2030-01-01T00:00:00Z"},
        {"entityMap": {}},
    )
    for document in refused:
        assert (await here.ask("PATCH", one, document)).status == 400
    here.clock.forward(60)
    assert (await here.ask("GET", one)).status == 404
    assert (await here.ask("GET", LAMPS, ngsild_entitymap=made["id"])).status == 404
    other = json.loads((await here.did("GET", "/entityMaps?type=Lamp")).body)
    assert (await here.ask("DELETE", f"/entityMaps/{other['id']}")).status == 204
    assert (await here.ask("DELETE", f"/entityMaps/{other['id']}")).status == 404
    assert (await here.ask("GET", "/entityMaps?type=Lamp&entityMapLifetime=PT0S")).status == 400


async def test_a_node_without_sources_keeps_maps_too(net: Neighbours) -> None:
    there = net.towns["there.example"]
    first = await there.did("GET", f"{LAMPS}&limit=2&entityMap=true")
    await there.lamp(1, watts=1)
    where = header(first, "ngsild-entitymap")
    assert numbers(first) == "23"
    assert numbers(await there.did("GET", f"{LAMPS}&limit=2&offset=2", ngsild_entitymap=where)) == "4"


async def test_a_map_is_for_who_sees_what_its_maker_sees(store: Store) -> None:
    net = Neighbours()
    lamps = Sight(f"{DEFAULT_VOCABULARY}Lamp", frozenset({f"{DEFAULT_VOCABULARY}watts"}), ("staff",))
    here = net.add("here.example", store, (lamps,))
    await here.did("POST", "/entities", lamp(1, watts=1))
    made = json.loads((await here.did("GET", "/entityMaps?type=Lamp")).body)
    here.person = NOBODY
    assert (await here.ask("GET", f"/entityMaps/{made['id']}")).status == 404
    assert (await here.ask("GET", LAMPS, ngsild_entitymap=made["id"])).status == 404
    own = await here.did("GET", f"{LAMPS}&entityMap=true")
    assert numbers(own) == "1"
    assert (await here.ask("GET", header(own, "ngsild-entitymap").removeprefix("/ngsi-ld/v1"))).status == 200


async def test_5_15_who_this_node_is(here: WatchedTown) -> None:
    here.clock.forward(61)
    assert await here.shown("/info/sourceIdentity") == {
        "id": "urn:ngsi-ld:ContextSourceIdentity:here.example.demo",
        "type": "ContextSourceIdentity",
        "contextSourceAlias": "here.example.demo",
        "contextSourceUptime": "PT61S",
        "contextSourceTimeAt": "2026-05-01T12:01:01Z",
    }
    other = json.loads((await here.did("GET", "/info/sourceIdentity", ngsild_tenant="chiba")).body)
    assert other["contextSourceAlias"] == "here.example.chiba"


async def test_5_15_what_of_the_standard_this_node_does(here: WatchedTown) -> None:
    """Every operation that answers, and no other; what the standard does not know stands apart."""
    told = await here.shown("/info/conformance")
    assert (told["type"], told["specification"], told["version"]) == (
        "ConformanceInformation",
        "ETSI GS CIM 009",
        "1.9.1",
    )
    named = [one["name"] for kind in ("operations", "extensions") for one in told[kind]]
    assert sorted(named) == sorted(HANDLERS)
    assert {
        "name": "queryEntities",
        "method": "GET",
        "path": "/ngsi-ld/v1/entities",
        "clause": "5.7.2",
    } in told["operations"]
    assert {"retrieveStatistics", "retrieveConformance"} <= {one["name"] for one in told["extensions"]}
    assert all("clause" not in one for one in told["extensions"])
