"""One subscription over two real nodes: a change at the one tells who subscribed at the other; the one being dead is a state; back again it picks up."""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.listening import Ear, listening
from node_under_test import NodeUnderTest, start_node, stop_node
from waiting import LONG_S

V1 = "/ngsi-ld/v1"
POLL_S = 0.05
REGISTRATION = {
    "id": "urn:r:1",
    "type": "ContextSourceRegistration",
    "information": [{"entities": [{"type": "Bell"}]}],
    "management": {"timeout": 2000, "cooldown": 100},
}


@pytest.fixture
def ear() -> Iterator[Ear]:
    with listening() as one:
        yield one


def stands(here: NodeUnderTest, subscription_id: str, status: str) -> dict[str, Any]:
    """How a subscription stands at its source, once it is so."""
    end_s = time.monotonic() + LONG_S
    while True:
        found = here.ask("GET", f"{V1}/subscriptions/{subscription_id}")
        assert found.status == 200, found.body
        for one in found.json().get("contextSources", []):
            if one["status"] == status:
                return one
        assert time.monotonic() < end_s, found.body
        select.select([], [], [], POLL_S)


def subscribe(here: NodeUnderTest, subscription_id: str, ear: Ear) -> None:
    document = {
        "id": subscription_id,
        "type": "Subscription",
        "entities": [{"type": "Bell"}],
        "notification": {"endpoint": {"uri": ear.uri}},
    }
    assert here.ask("POST", f"{V1}/subscriptions", document).status == 201


def ring(node: NodeUnderTest, number: int, method: str = "PATCH") -> None:
    document: dict[str, Any] = {"n": number}
    if method == "POST":
        document |= {"id": "urn:ngsi-ld:Bell:1", "type": "Bell"}
    path = f"{V1}/entities" if method == "POST" else f"{V1}/entities/urn:ngsi-ld:Bell:1/attrs"
    assert node.ask(method, path, document).status in (201, 204)


def test_a_change_there_tells_who_subscribed_here_before_and_after_the_source_was_dead(
    tmp_path: Path, ear: Ear
) -> None:
    here, there = (start_node(tmp_path / name, "--open", areas=("demo",)) for name in ("here", "there"))
    running = [here, there]
    try:
        registration = {**REGISTRATION, "endpoint": there.url}
        assert here.ask("POST", f"{V1}/csourceRegistrations", registration).status == 201
        subscribe(here, "urn:s:first", ear)
        stands(here, "urn:s:first", "ok")
        ring(there, 1, "POST")
        ear.wait_for({("urn:ngsi-ld:Bell:1", 1)})
        assert ear.first()["subscriptionId"] == "urn:s:first"
        there.kill()
        subscribe(here, "urn:s:second", ear)
        stands(here, "urn:s:second", "failed")
        again = start_node(tmp_path / "there", "--open", areas=("demo",), port=there.port)
        running[1] = again
        stands(here, "urn:s:second", "ok")
        ring(again, 2)
        ear.wait_for({("urn:ngsi-ld:Bell:1", 2)})
        told = {one["subscriptionId"] for one in ear.heard if one["data"][0]["n"]["value"] == 2}
        end_s = time.monotonic() + LONG_S
        while told != {"urn:s:first", "urn:s:second"}:
            assert time.monotonic() < end_s, told
            select.select([], [], [], POLL_S)
            told = {one["subscriptionId"] for one in ear.heard if one["data"][0]["n"]["value"] == 2}
    finally:
        for node in running:
            if node.process.poll() is None:
                stop_node(node)
