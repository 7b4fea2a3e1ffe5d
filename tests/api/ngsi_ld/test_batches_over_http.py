"""Batches, queries by document, discovery, linked entities and @contexts over HTTP."""

from __future__ import annotations

import uuid
from typing import Any

from kaiteki.api.ngsi_ld.handlers import HANDLERS
from kaiteki.api.ngsi_ld.operations import OPERATIONS
from node_under_test import NodeUnderTest

OPERATION = "/ngsi-ld/v1/entityOperations"
ENTITIES = "/ngsi-ld/v1/entities"
CONTEXTS = "/ngsi-ld/v1/jsonldContexts"


def lamps(count: int, kind: str) -> list[dict[str, Any]]:
    return [{"id": f"urn:ngsi-ld:{kind}:{n}", "type": kind, "watts": n} for n in range(count)]


def fresh() -> str:
    return f"Lamp{uuid.uuid4().hex}"


def test_every_operation_has_its_handler() -> None:
    assert {one.name for one in OPERATIONS} == set(HANDLERS)


def test_a_batch_is_created_upserted_merged_and_deleted(open_node: NodeUnderTest) -> None:
    kind = fresh()
    batch = lamps(3, kind)
    ids = [one["id"] for one in batch]
    created = open_node.ask("POST", f"{OPERATION}/create", batch[:2])
    assert (created.status, created.json()) == (201, ids[:2])
    upserted = open_node.ask("POST", f"{OPERATION}/upsert?options=update", batch)
    assert (upserted.status, upserted.json()) == (201, ids[2:])
    again = open_node.ask("POST", f"{OPERATION}/create", batch)
    assert again.status == 207
    assert [one["entityId"] for one in again.json()["errors"]] == ids
    assert open_node.ask("POST", f"{OPERATION}/upsert", batch).status == 204
    assert open_node.ask("POST", f"{OPERATION}/merge", [{"id": ids[0], "watts": 99}]).status == 204
    assert open_node.ask("POST", f"{OPERATION}/update", [{"id": ids[1], "lit": True}]).status == 204
    found = open_node.ask("GET", f"{ENTITIES}?type={kind}&options=keyValues").json()
    assert [(one["watts"], one.get("lit")) for one in found] == [(99, None), (1, True), (2, None)]
    assert open_node.ask("POST", f"{OPERATION}/delete", [*ids[1:]]).status == 204
    assert open_node.ask("POST", f"{OPERATION}/delete", ids).status == 207


def test_a_document_asks_the_same_as_a_query_string(open_node: NodeUnderTest) -> None:
    kind = fresh()
    open_node.ask("POST", f"{OPERATION}/create", lamps(5, kind))
    document = {"type": "Query", "entities": [{"type": kind}], "q": "watts>=3", "pick": ["id"]}
    answer = open_node.ask("POST", f"{OPERATION}/query?count=true", document)
    assert answer.json() == [{"id": f"urn:ngsi-ld:{kind}:3"}, {"id": f"urn:ngsi-ld:{kind}:4"}]
    assert answer.headers["ngsild-results-count"] == "2"
    unknown = open_node.ask("POST", f"{OPERATION}/query", {**document, "colour": "red"})
    assert (unknown.status, unknown.json()["field"]) == (400, "colour")


def test_types_and_attributes_are_discovered(open_node: NodeUnderTest) -> None:
    kind = fresh()
    open_node.ask("POST", f"{OPERATION}/create", lamps(2, kind))
    assert kind in open_node.ask("GET", "/ngsi-ld/v1/types").json()["typeList"]
    assert open_node.ask("GET", f"/ngsi-ld/v1/types/{kind}").json()["entityCount"] == 2
    assert "watts" in open_node.ask("GET", "/ngsi-ld/v1/attributes").json()["attributeList"]
    assert kind in open_node.ask("GET", "/ngsi-ld/v1/attributes/watts").json()["typeNames"]
    assert open_node.ask("GET", "/ngsi-ld/v1/types/Nothing").status == 404


def test_linked_entities_come_along(open_node: NodeUnderTest) -> None:
    kind = fresh()
    pole = {"id": f"urn:ngsi-ld:{kind}:pole", "type": f"{kind}Pole", "height": 8}
    lamp = {
        "id": f"urn:ngsi-ld:{kind}:lamp",
        "type": kind,
        "on": {"type": "Relationship", "object": pole["id"]},
    }
    open_node.ask("POST", f"{OPERATION}/create", [pole, lamp])
    inline = open_node.ask("GET", f"{ENTITIES}/{lamp['id']}?join=inline&options=keyValues").json()
    assert inline["on"] == pole
    flat = open_node.ask("GET", f"{ENTITIES}?type={kind}&join=flat&options=keyValues").json()
    assert [one["id"] for one in flat] == [lamp["id"], pole["id"]]


def test_a_hosted_context_gives_names_their_meaning(open_node: NodeUnderTest) -> None:
    kind, vocabulary = fresh(), "https://example.org/words#"
    hosted = open_node.ask("POST", CONTEXTS, {"@context": {"brightness": f"{vocabulary}brightness"}})
    address = open_node.url + hosted.headers["location"]
    link = {"link": f'<{address}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'}
    lamp = {"id": f"urn:ngsi-ld:{kind}:1", "type": kind, "brightness": 5}
    assert open_node.ask("POST", ENTITIES, lamp, link).status == 201
    plain = open_node.ask("GET", f"{ENTITIES}/{lamp['id']}?options=keyValues").json()
    assert plain[f"{vocabulary}brightness"] == 5
    meant = open_node.ask("GET", f"{ENTITIES}/{lamp['id']}?options=keyValues", headers=link)
    assert meant.json()["brightness"] == 5 and address in meant.headers["link"]
    assert address in open_node.ask("GET", CONTEXTS).json()
    assert open_node.ask("DELETE", hosted.headers["location"]).status == 204
    assert open_node.ask("GET", hosted.headers["location"]).status == 404


def test_a_context_of_a_private_address_is_not_fetched(open_node: NodeUnderTest) -> None:
    link = {"link": f'<{open_node.url}/openapi.json>; rel="http://www.w3.org/ns/json-ld#context"'}
    answer = open_node.ask("GET", f"{ENTITIES}?type=T", headers=link)
    assert (answer.status, answer.json()["type"]) == (
        503,
        "https://uri.etsi.org/ngsi-ld/errors/LdContextNotAvailable",
    )


def test_a_purge_deletes_what_matches(open_node: NodeUnderTest) -> None:
    kind = fresh()
    open_node.ask("POST", f"{OPERATION}/create", lamps(4, kind))
    assert open_node.ask("DELETE", f"{ENTITIES}?type={kind}&q=watts%3C2").status == 204
    assert len(open_node.ask("GET", f"{ENTITIES}?type={kind}").json()) == 2
    assert open_node.ask("DELETE", f"{ENTITIES}?type={kind}&drop=watts").status == 204
    found = open_node.ask("GET", f"{ENTITIES}?type={kind}&options=keyValues").json()
    assert [set(one) for one in found] == [{"id", "type"}, {"id", "type"}]
