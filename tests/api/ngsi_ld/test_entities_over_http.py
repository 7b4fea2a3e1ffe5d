"""Entities over HTTP as clause 6 of NGSI-LD says: status, headers and bodies of each method."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from node_under_test import NodeUnderTest

LD = {"content-type": "application/ld+json"}
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"
ENTITIES = "/ngsi-ld/v1/entities"


def bench(**members: Any) -> dict[str, Any]:
    return {"id": f"urn:ngsi-ld:Bench:{uuid.uuid4()}", "type": "Bench", "seats": 3, **members}


def kept(node: NodeUnderTest, **members: Any) -> dict[str, Any]:
    """A bench that stands in the city."""
    made = bench(**members)
    answer = node.ask("POST", ENTITIES, made)
    assert (answer.status, answer.headers["location"]) == (201, f"{ENTITIES}/{made['id']}")
    return made


def test_what_was_created_is_retrieved_in_every_form(open_node: NodeUnderTest) -> None:
    made = kept(open_node, location={"type": "Point", "coordinates": [140.1, 35.6]})
    path = f"{ENTITIES}/{made['id']}"
    simple = {"id": made["id"], "type": "Bench", "seats": 3, "location": made["location"]}
    assert open_node.ask("GET", f"{path}?options=keyValues").json() == simple
    assert open_node.ask("GET", f"{path}?format=simplified&pick=id,seats").json() == {
        "id": made["id"],
        "seats": 3,
    }
    normalized = open_node.ask("GET", path)
    assert normalized.json()["seats"] == {"type": "Property", "value": 3}
    assert 'rel="http://www.w3.org/ns/json-ld#context"' in normalized.headers["link"]
    linked = open_node.ask("GET", path, headers={"accept": "application/ld+json"})
    assert linked.headers["content-type"] == "application/ld+json"
    assert "@context" in linked.json() and "link" not in linked.headers
    feature = open_node.ask("GET", path, headers={"accept": "application/geo+json"}).json()
    assert (feature["type"], feature["geometry"]) == ("Feature", made["location"])


def test_every_way_to_change_an_entity(open_node: NodeUnderTest) -> None:
    made = kept(open_node)
    path = f"{ENTITIES}/{made['id']}"

    def now() -> Any:
        return open_node.ask("GET", f"{path}?options=keyValues").json()

    assert (
        open_node.ask("PATCH", path, {"seats": 4}, {"content-type": "application/merge-patch+json"}).status
        == 204
    )
    assert now()["seats"] == 4
    assert open_node.ask("POST", f"{path}/attrs", {"colour": "red"}).status == 204
    assert (
        open_node.ask("PATCH", f"{path}/attrs", {"colour": {"type": "Property", "value": "blue"}}).status
        == 204
    )
    assert open_node.ask("PATCH", f"{path}/attrs/seats", {"value": 5}).status == 204
    assert open_node.ask("PUT", f"{path}/attrs/colour", {"type": "Property", "value": "green"}).status == 204
    assert now() == {"id": made["id"], "type": "Bench", "seats": 5, "colour": "green"}
    assert open_node.ask("DELETE", f"{path}/attrs/colour").status == 204
    assert open_node.ask("DELETE", f"{path}/attrs/colour").status == 404
    assert open_node.ask("PUT", path, {"type": "Bench", "backrest": True}).status == 204
    assert now() == {"id": made["id"], "type": "Bench", "backrest": True}
    assert open_node.ask("DELETE", path).status == 204
    assert open_node.ask("GET", path).status == 404


@pytest.mark.parametrize("seats", [3, 4])
def test_an_entity_that_is_made_again_is_sent_again(open_node: NodeUnderTest, seats: int) -> None:
    made = kept(open_node, seats=3)
    path = f"{ENTITIES}/{made['id']}"
    etag = open_node.ask("GET", path).headers["etag"]
    assert open_node.ask("DELETE", path).status == 204
    assert open_node.ask("POST", ENTITIES, {**made, "seats": seats}).status == 201
    again = open_node.ask("GET", path, headers={"if-none-match": etag})
    assert (again.status, again.headers["etag"] != etag, again.json()["seats"]) == (
        200,
        True,
        {"type": "Property", "value": seats},
    )


def test_ids_may_be_addresses_with_slashes(open_node: NodeUnderTest) -> None:
    made = kept_at(open_node, f"https://example.org/benches/{uuid.uuid4()}")
    quoted = made["id"].replace("/", "%2F")
    assert open_node.ask("GET", f"{ENTITIES}/{quoted}").json()["id"] == made["id"]
    assert open_node.ask("PATCH", f"{ENTITIES}/{quoted}/attrs/seats", {"value": 7}).status == 204


def kept_at(node: NodeUnderTest, entity_id: str) -> dict[str, Any]:
    made = bench(id=entity_id)
    assert node.ask("POST", ENTITIES, made).status == 201
    return made


@pytest.mark.parametrize(
    ("headers", "body", "status", "field"),
    [
        ({"content-type": "text/plain"}, b"{}", 415, "Content-Type"),
        ({"content-type": "application/json"}, b'{"id":1', 400, "body"),
        ({"content-type": "application/json"}, b'{"@context":[],"id":"urn:a:b","type":"T"}', 400, "@context"),
        (LD, b'{"id":"urn:a:b","type":"T"}', 400, "@context"),
        (LD, b'{"@context":5,"id":"urn:a:b","type":"T"}', 400, "@context"),
        ({"content-type": "application/json"}, b'{"id":"no uri","type":"T"}', 400, "id"),
        ({"content-type": "application/json"}, b"[" * 65 + b"]" * 65, 400, "body"),
        ({"content-type": "application/json"}, b" " * 2_000_001, 413, "body"),
    ],
)
def test_what_cannot_be_accepted_is_refused_by_name(
    open_node: NodeUnderTest, headers: dict[str, str], body: bytes, status: int, field: str
) -> None:
    answer = open_node.ask("POST", ENTITIES, body, headers)
    assert (answer.status, answer.json()["field"]) == (status, field)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        (f"{ENTITIES}?type=T&colour=red", 400, "colour"),
        (f"{ENTITIES}?type=T&options=upsideDown", 400, "options"),
        (f"{ENTITIES}?type=T&limit=1001", 403, "limit"),
        (f"{ENTITIES}?type=T&q=((", 400, "q"),
        (f"{ENTITIES}/urn:x:{'y' * 1025}", 400, "id"),
        (f"{ENTITIES}/not%20a%20uri", 400, "id"),
        ("/ngsi-ld/v1/nothing", 404, "path"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    open_node: NodeUnderTest, path: str, status: int, field: str
) -> None:
    answer = open_node.ask("GET", path)
    assert (answer.status, answer.json()["field"]) == (status, field)


def test_writing_needs_a_role_and_undeclared_types_are_for_staff(node: NodeUnderTest) -> None:
    refused = node.ask("POST", ENTITIES, bench())
    assert (refused.status, refused.headers["www-authenticate"]) == (401, 'Bearer realm="kaiteki"')
    assert node.ask("POST", ENTITIES, bench(), {"authorization": "Bearer guessed"}).status == 401
    assert node.ask("GET", f"{ENTITIES}?type=Bench").json() == []
