"""A node whose database goes away and comes back: what every face says meanwhile, and that it goes on by itself."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path

from node_under_test import Answer, NodeUnderTest, start_node, stop_node
from postgres_server import emptied, halt, resume, running_server

LAMP = {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "n": {"type": "Property", "value": 1}}
PAGES = {
    "ja": "ただいま、データにつながりません",
    "ja-easy": "いま、データに つながりません",
    "en": "The data cannot be reached right now",
}
TRIES = 1200


def ready(node: NodeUnderTest) -> bool:
    """Whether the node is ready within two minutes."""
    pause = threading.Event()
    for _ in range(TRIES):
        if node.ask("GET", "/health/ready").status == 200:
            return True
        pause.wait(0.1)
    return False


def test_every_face_says_that_the_database_is_away_and_the_node_comes_back(tmp_path: Path) -> None:
    server = running_server()
    address = asyncio.run(emptied(server))
    node = start_node(tmp_path, "--open", "--store", address, areas=("demo",))
    try:
        assert node.ask("POST", "/ngsi-ld/v1/entities", LAMP).status == 201
        halt(server)
        try:
            look_at_all_faces(node)
        finally:
            resume(server)
        assert ready(node)
        one = node.ask("GET", f"/ngsi-ld/v1/entities/{LAMP['id']}?options=keyValues")
        assert (one.status, one.json()["n"]) == (200, 1)
        changed = node.ask(
            "PATCH", f"/ngsi-ld/v1/entities/{LAMP['id']}/attrs/n", {"type": "Property", "value": 2}
        )
        assert changed.status == 204
    finally:
        assert stop_node(node) == 0
    lines = (tmp_path.parent / f"{tmp_path.name}.log").read_text(encoding="utf-8").splitlines()
    logged = [json.loads(line) for line in lines if line.startswith("{")]
    told = [line["event"] for line in logged if line["event"].startswith("the store is")]
    assert told == ["the store is away", "the store is back"]
    assert not [line for line in logged if line["level"] == "error"]


def check_away(answer: Answer) -> None:
    """That an answer says when to ask again."""
    assert (answer.status, answer.headers.get("retry-after")) == (503, "2"), answer.body


def look_at_all_faces(node: NodeUnderTest) -> None:
    """What is answered while the database is away."""
    one = node.ask("GET", f"/ngsi-ld/v1/entities/{LAMP['id']}")
    check_away(one)
    assert one.json()["type"] == "https://uri.etsi.org/ngsi-ld/errors/ServiceUnavailable"
    assert "Nothing was changed" in one.json()["detail"]
    written = node.ask("POST", "/ngsi-ld/v1/entities", LAMP | {"id": "urn:ngsi-ld:Lamp:2"})
    check_away(written)
    v2 = node.ask("GET", f"/v2/entities/{LAMP['id']}")
    check_away(v2)
    assert v2.json()["error"] == "ServiceUnavailable"
    for language, words in PAGES.items():
        page = node.ask("GET", f"/demo/search?q=x&lang={language}", headers={"accept": "text/html"})
        check_away(page)
        assert words in page.body.decode()
    check_away(node.ask("GET", "/demo", headers={"accept": "text/html"}))
    reports = node.ask("GET", "/demo/open311/v2/requests.json")
    check_away(reports)
    health = node.ask("GET", "/health/ready")
    assert (health.status, health.json()["parts"]) == (503, {"store": False})
    assert "cannot be reached" in health.json()["reasons"]["store"]
    assert node.ask("GET", "/health/live").status == 200
    assert "kaiteki_database_away 1.0" in node.ask("GET", "/metrics").body.decode()
