"""NGSI v2 over a real node: headers as Orion's clients send them, bytes as they arrive."""

from __future__ import annotations

import uuid

from node_under_test import NodeUnderTest


def test_a_client_of_orion_writes_and_reads(open_node: NodeUnderTest) -> None:
    name, told = f"Room-{uuid.uuid4()}", {"fiware-service": "chiba", "fiware-servicepath": "/v2"}
    made = {"id": name, "type": "Room", "temperature": {"value": 21.5}}
    answer = open_node.ask("POST", "/v2/entities", made, told)
    assert (answer.status, answer.headers["location"]) == (201, f"/v2/entities/{name}?type=Room")
    path = f"/v2/entities/{name}/attrs/temperature/value"
    sent = open_node.ask("PUT", path, b"22", {**told, "content-type": "text/plain"})
    assert (sent.status, sent.body) == (204, b"")
    value = open_node.ask("GET", path, headers=told)
    assert (value.body, value.headers["content-type"]) == (b"22", "text/plain; charset=utf-8")
    listed = open_node.ask("GET", f"/v2/entities?id={name}&options=count,keyValues", headers=told)
    assert listed.headers["fiware-total-count"] == "1"
    assert listed.json() == [{"id": name, "type": "Room", "temperature": 22}]
    linked = open_node.ask(
        "GET", f"/ngsi-ld/v1/entities/urn:ngsi-ld:v2:{name}", headers={"ngsild-tenant": "chiba"}
    )
    assert linked.json()["scope"] == "/v2"
    assert open_node.ask("DELETE", f"/v2/entities/{name}", headers=told).status == 204
    gone = open_node.ask("GET", f"/v2/entities/{name}", headers=told)
    assert (gone.status, gone.json()["error"]) == (404, "NotFound")


def test_who_speaks_ngsi_v1_is_told_what_is_spoken(open_node: NodeUnderTest) -> None:
    for path in ("/v1/queryContext", "/v1", "/NGSI10/updateContext"):
        answer = open_node.ask("POST", path, {"entities": [{"id": "Room1"}]})
        assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
        assert "/v2" in answer.json()["detail"] and "/ngsi-ld/v1" in answer.json()["detail"]


def test_writing_asks_who_writes(node: NodeUnderTest) -> None:
    made = {"id": f"Room-{uuid.uuid4()}", "type": "Room"}
    refused = node.ask("POST", "/v2/entities", made)
    assert (refused.status, refused.json()["error"]) == (401, "Unauthorized")
    token = node.command("user", "add", f"m{uuid.uuid4().hex}", "--machine", "--role", "staff").stdout.strip()
    # FIWARE clients say who they are in a header of their own
    assert node.ask("POST", "/v2/entities", made, {"x-auth-token": token}).status == 201
    assert node.ask("GET", f"/v2/entities/{made['id']}").status == 404
    assert node.ask("GET", f"/v2/entities/{made['id']}", headers={"x-auth-token": token}).status == 200
    assert node.ask("GET", "/v2/entities", headers={"x-auth-token": "none"}).status == 401
