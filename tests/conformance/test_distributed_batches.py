"""ETSI GS CIM 009 V1.9.1 clauses 5.6.7 to 5.6.10 and 5.6.20 over several nodes: each document goes where it is held."""

import json
from typing import Any

import pytest

from conformance.neighbours import Neighbours, about, answering, source
from conformance.watched_town import WatchedTown, lamp
from kaiteki.model.access import ANYONE, RESIDENT, Person
from kaiteki.model.visibility import Sight
from kaiteki.stores.store import Store

SOURCES = "/csourceRegistrations"
BATCHES = ["createBatch", "upsertBatch", "updateBatch", "mergeBatch", "deleteBatch"]
MINE = about("watts", idPattern="Lamp:[12]$")
"""The watts of the first two lamps."""


async def held(town: WatchedTown) -> dict[str, Any]:
    """What stands in one place alone: attributes by the number of the lamp."""
    found = json.loads((await town.did("GET", "/entities?type=Lamp&local=true&options=keyValues")).body)
    return {
        one["id"].rpartition(":")[2]: {
            name: value for name, value in one.items() if name not in ("id", "type")
        }
        for one in found
    }


def batches(net: Neighbours) -> list[str]:
    return [path for path in net.paths() if "entityOperations" in path]


@pytest.mark.parametrize("operations", [BATCHES, ["redirectionOps"]])
async def test_5_6_7_documents_go_where_they_are_held(
    net: Neighbours, here: WatchedTown, there: WatchedTown, operations: list[str]
) -> None:
    await here.did("POST", SOURCES, source(mode="redirect", operations=operations, information=MINE))
    created = await here.did(
        "POST", "/entityOperations/create", [lamp(1, watts=1, height=1), lamp(2, watts=2), lamp(3, watts=3)]
    )
    assert (created.status, sorted(one[-1] for one in json.loads(created.body))) == (201, ["1", "2", "3"])
    assert await held(here) == {"1": {"height": 1}, "3": {"watts": 3}}
    assert await held(there) == {"1": {"watts": 1}, "2": {"watts": 2}}
    assert len(batches(net)) == (operations is BATCHES)
    await here.did(
        "POST", "/entityOperations/upsert?options=update", [lamp(1, watts=5), lamp(3, colour="red")]
    )
    assert await held(here) == {"1": {"height": 1}, "3": {"watts": 3, "colour": "red"}}
    assert await held(there) == {"1": {"watts": 5}, "2": {"watts": 2}}
    await here.did("POST", "/entityOperations/update", [lamp(1, watts=6, height=6), lamp(2, watts=6)])
    assert (await held(here))["1"] == {"height": 6}
    assert await held(there) == {"1": {"watts": 6}, "2": {"watts": 6}}
    await here.did(
        "POST", "/entityOperations/merge", [{"id": "urn:ngsi-ld:Lamp:2", "type": "Lamp", "watts": 7}]
    )
    assert (await held(there))["2"] == {"watts": 7}
    await here.did("POST", "/entityOperations/upsert", [lamp(2, watts=8)])
    assert (await held(there))["2"] == {"watts": 8}
    await here.did("POST", "/entityOperations/delete", ["urn:ngsi-ld:Lamp:1", "urn:ngsi-ld:Lamp:3"])
    assert (await held(here), await held(there)) == ({}, {"2": {"watts": 8}})


async def test_5_6_8_what_is_not_there_yet_is_created_by_an_upsert(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await here.did("POST", SOURCES, source(mode="redirect", operations=["redirectionOps"]))
    reply = await here.did("POST", "/entityOperations/upsert", [lamp(1, watts=1), lamp(2, watts=2)])
    assert (reply.status, sorted(one[-1] for one in json.loads(reply.body))) == (201, ["1", "2"])
    assert (await held(here), await held(there)) == ({}, {"1": {"watts": 1}, "2": {"watts": 2}})


async def test_5_6_7_refusals_are_told_by_entity(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await there.lamp(2, watts=1)
    await here.did("POST", SOURCES, source(mode="redirect", operations=BATCHES, information=about("watts")))
    reply = await here.ask(
        "POST",
        "/entityOperations/create",
        [lamp(1, watts=1), lamp(2, watts=2), lamp(3, height=3), {"id": "urn:x:1"}],
    )
    told = json.loads(reply.body)
    assert (reply.status, sorted(told["success"])) == (207, ["urn:ngsi-ld:Lamp:1", "urn:ngsi-ld:Lamp:3"])
    assert sorted(
        (one["entityId"], one.get("registrationId"), one["error"]["status"]) for one in told["errors"]
    ) == [("urn:ngsi-ld:Lamp:2", "urn:r:1", 409), ("urn:x:1", None, 400)]
    net.strange["there.example"] = lambda _: None
    silent = await here.ask("POST", "/entityOperations/update", [lamp(1, watts=2), lamp(3, height=4)])
    told = json.loads(silent.body)
    assert (silent.status, told["success"], [one["error"]["status"] for one in told["errors"]]) == (
        207,
        ["urn:ngsi-ld:Lamp:3"],
        [504],
    )


async def test_what_was_written_here_is_told_although_a_source_is_silent(
    net: Neighbours, here: WatchedTown
) -> None:
    await here.did("POST", SOURCES, source(operations=BATCHES))
    net.strange["there.example"] = lambda _: None
    reply = await here.ask("POST", "/entityOperations/upsert", [lamp(1, watts=1)])
    told = json.loads(reply.body)
    assert (reply.status, told["success"]) == (207, ["urn:ngsi-ld:Lamp:1"])
    assert [(one["entityId"], one["registrationId"], one["error"]["status"]) for one in told["errors"]] == [
        ("urn:ngsi-ld:Lamp:1", "urn:r:1", 504)
    ]
    assert await held(here) == {"1": {"watts": 1}}


async def test_a_source_that_takes_no_writes_is_a_conflict_where_it_alone_holds(
    net: Neighbours, here: WatchedTown
) -> None:
    await here.did("POST", SOURCES, source(mode="redirect", information=MINE))
    reply = await here.ask("POST", "/entityOperations/upsert", [lamp(1, watts=1), lamp(3, watts=3)])
    told = json.loads(reply.body)
    assert (reply.status, told["success"], net.asked) == (207, ["urn:ngsi-ld:Lamp:3"], [])
    assert [(one["entityId"], one["registrationId"], one["error"]["status"]) for one in told["errors"]] == [
        ("urn:ngsi-ld:Lamp:1", "urn:r:1", 409)
    ]


async def test_each_document_travels_with_its_own_context(here: WatchedTown, there: WatchedTown) -> None:
    await here.did("POST", SOURCES, source(mode="redirect", operations=BATCHES))
    vocabulary = "https://uri.etsi.org/ngsi-ld/default-context/"
    documents = [
        {
            **lamp(1, power=1),
            "type": "Lantern",
            "@context": {"Lantern": f"{vocabulary}Lamp", "power": f"{vocabulary}watts"},
        },
        {**lamp(2, watts=2), "@context": "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"},
    ]
    await here.did("POST", "/entityOperations/create", documents, content_type="application/ld+json")
    assert await held(there) == {"1": {"watts": 1}, "2": {"watts": 2}}


async def test_who_may_not_write_here_may_not_write_elsewhere(store: Store) -> None:
    net = Neighbours()
    here = net.add("here.example", store, (Sight("urn:t:Bench", frozenset(), ("staff",)),))
    net.strange["there.example"] = answering(201, [])
    await here.did("POST", SOURCES, source(mode="redirect", operations=BATCHES))
    here.person = Person("anna", roles=frozenset({ANYONE, RESIDENT}))
    reply = await here.ask("POST", "/entityOperations/create", [lamp(1, watts=1)])
    assert (reply.status, json.loads(reply.body)["errors"][0]["error"]["status"], net.asked) == (207, 403, [])


@pytest.mark.parametrize("operations", [BATCHES, ["redirectionOps"]])
async def test_5_6_10_a_batch_without_types_keeps_to_what_is_registered(
    here: WatchedTown, there: WatchedTown, operations: list[str]
) -> None:
    secret = {"id": "urn:ngsi-ld:Secret:1", "type": "Secret", "watts": 1}
    await there.did("POST", "/entities", secret)
    await there.lamp(1, watts=1)
    await here.did("POST", SOURCES, source(operations=operations))
    where = "/entityOperations/delete"
    reply = await here.ask("POST", where, ["urn:ngsi-ld:Secret:1", "urn:ngsi-ld:Lamp:1"])
    told = json.loads(reply.body)
    assert (reply.status, told["success"]) == (207, ["urn:ngsi-ld:Lamp:1"])
    assert [(one["entityId"], one["error"]["status"]) for one in told["errors"]] == [(secret["id"], 404)]
    for action in ("update", "merge"):
        await here.ask("POST", f"/entityOperations/{action}", [{"id": secret["id"], "watts": 2}])
    assert await there.shown(f"/entities/{secret['id']}?options=keyValues") == secret
    assert await held(there) == {}


async def test_5_6_7_a_document_reaches_an_endpoint_once(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    for number, name in enumerate(("watts", "height"), start=1):
        await here.did("POST", SOURCES, source(number, operations=BATCHES, information=about(name)))
    await here.did("POST", "/entityOperations/create", [lamp(1, watts=1, height=2), lamp(2, watts=3)])
    assert await held(there) == {"1": {"watts": 1, "height": 2}, "2": {"watts": 3}}
    assert batches(net) == ["POST there.example entityOperations/create"]
