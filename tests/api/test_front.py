"""The front of a running node: health, metrics, what it says where there is nothing, and a quiet end."""

from __future__ import annotations

import re
from pathlib import Path

from kaiteki.api.metrics import of_database
from kaiteki.ports.measures import DatabaseMeasures
from node_under_test import NodeUnderTest, start_node, stop_node

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "watching-a-node.md"


def test_a_node_says_that_it_lives_and_is_ready(open_node: NodeUnderTest) -> None:
    assert open_node.ask("GET", "/health/live").json() == {"status": "up"}
    ready = open_node.ask("GET", "/health/ready")
    assert (ready.status, ready.json()["status"]) == (200, "ready")


def test_a_head_request_has_no_body(open_node: NodeUnderTest) -> None:
    answer = open_node.ask("HEAD", "/health/ready")
    assert (answer.status, answer.body) == (200, b"")


def test_answers_are_counted(open_node: NodeUnderTest) -> None:
    open_node.ask("GET", "/health/ready")
    text = open_node.ask("GET", "/metrics").body.decode()
    assert 'kaiteki_answers_total{method="GET",status="200",surface="pages"}' in text


def test_every_metric_is_explained(open_node: NodeUnderTest) -> None:
    open_node.ask(
        "POST",
        "/ngsi-ld/v1/entities",
        {"id": "urn:ngsi-ld:Measured:1", "type": "Measured", "a": {"type": "Property", "value": 1}},
    )
    open_node.ask("GET", "/ngsi-ld/v1/entities/urn:ngsi-ld:Measured:1")
    text = open_node.ask("GET", "/metrics").body.decode()
    told = {name.removesuffix("_total") for name in re.findall(r"^# TYPE (kaiteki_\w+) ", text, re.MULTILINE)}
    explained = set(re.findall(r"`(kaiteki_\w+)", GUIDE.read_text(encoding="utf-8")))
    told |= {metric.name for metric in of_database(DatabaseMeasures())}
    assert told == explained
    figures = dict(re.findall(r"^(kaiteki_\w+) (\S+)$", text, re.MULTILINE))
    assert float(figures["kaiteki_store_decisions_total"]) >= 1
    assert 0 < float(figures["kaiteki_store_commit_seconds_total"]) < 60
    assert float(figures["kaiteki_forms"]) >= 1
    kept = dict(re.findall(r'^kaiteki_remembered{what="(\w+)"} (\S+)$', text, re.MULTILINE))
    assert kept.keys() == {
        "answers",
        "contexts",
        "points",
        "readings",
        "source_answers",
        "states",
        "views",
    }
    assert all(float(kept[what]) >= 1 for what in ("answers", "readings", "states"))


def test_a_node_ends_quietly_when_asked(tmp_path: Path) -> None:
    assert stop_node(start_node(tmp_path / "data", "--open")) == 0
