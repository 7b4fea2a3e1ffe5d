"""Entities of an Orion move into an area: from its address, from a file; the same ones again change nothing."""

from __future__ import annotations

import asyncio
import json
import uuid
from pathlib import Path
from typing import Any

from rich.console import Console

from broker.town import StandingClock
from kaiteki.main.imports.orion import Origin, bring_v2
from kaiteki.main.imports.screen import ImportScreen
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.model.ngsi_v2.showing import show
from kaiteki.stores.memory import open_memory
from node_under_test import NodeUnderTest

ROOM: dict[str, Any] = {
    "id": "Room1",
    "type": "meeting-room",
    "a-b": {
        "type": "Number",
        "value": 3,
        "metadata": {"c-d": {"type": "StructuredValue", "value": {"x-y": 1}}},
    },
    "observedAt": {"type": "Text", "value": "noon", "metadata": {}},
    "location": {"type": "geo:point", "value": "35.60,140.1", "metadata": {}},
    "nothing": {"type": "Percent", "value": None, "metadata": {}},
    "seen": {
        "type": "Number",
        "value": 1,
        "metadata": {"TimeInstant": {"type": "DateTime", "value": "2026-04-01T09:00:00.000Z"}},
    },
}


def test_a_broker_moves_into_an_area(open_node: NodeUnderTest) -> None:
    name, path = f"Room-{uuid.uuid4()}", f"/p{uuid.uuid4().hex}"
    there = {"fiware-service": "chiba", "fiware-servicepath": path}
    room = {**ROOM, "id": name}
    assert open_node.ask("POST", "/v2/entities", room, there).status == 201
    move = ("import", "--as", "ngsi-v2", "--city", "demo", "--url", open_node.url)
    of_it = ("--fiware-service", "chiba", "--fiware-servicepath", path, open_node.url)
    for _ in range(2):
        done = open_node.command(*move, *of_it)
        assert done.returncode == 0, done.stdout + done.stderr
    here = {"fiware-service": "demo", "fiware-servicepath": path}
    assert open_node.ask("GET", f"/v2/entities/{name}", headers=here).json() == room


def test_subscriptions_of_a_broker_move_too(open_node: NodeUnderTest, tmp_path: Path) -> None:
    path = f"/p{uuid.uuid4().hex}"
    there = {"fiware-service": "chiba", "fiware-servicepath": path}
    here = {"fiware-service": "demo", "fiware-servicepath": path}
    custom = {"url": "http://receiver.example/${id}", "payload": "it is ${a}"}
    documents: list[dict[str, Any]] = [
        {
            "description": "one",
            "subject": {"entities": [{"idPattern": ".*"}], "condition": {"attrs": ["a"]}},
            "notification": {"http": {"url": "http://receiver.example/n"}, "attrs": ["a"]},
            "status": "inactive",
        },
        {
            "subject": {"entities": [{"id": "Room1", "type": "Room"}]},
            "notification": {"httpCustom": custom, "attrsFormat": "keyValues"},
        },
    ]
    for one in documents:
        assert open_node.ask("POST", "/v2/subscriptions", one, there).status == 201
    move = ("import", "--as", "ngsi-v2", "--city", "demo", "--url", open_node.url)
    for _ in range(2):
        done = open_node.command(
            *move, "--fiware-service", "chiba", "--fiware-servicepath", path, open_node.url
        )
        assert done.returncode == 0, done.stdout + done.stderr
    told = open_node.ask("GET", "/v2/subscriptions", headers=here).json()
    wanted = open_node.ask("GET", "/v2/subscriptions", headers=there).json()
    for one in (*told, *wanted):
        del one["id"]
    assert sorted(told, key=str) == sorted(wanted, key=str) and len(told) == 2
    file = tmp_path / "orion.json"
    jexl = {"url": "http://receiver.example", "payload": "${a|uppercase}"}
    file.write_text(
        json.dumps(
            [
                {**documents[0], "subject": {"entities": [{"id": "R"}]}},
                {**documents[1], "notification": {"httpCustom": jexl}},
            ]
        ),
        "utf-8",
    )
    done = open_node.command(*move, "--fiware-servicepath", path, str(file))
    assert done.returncode == 3 and "expression" in done.stdout
    assert len(open_node.ask("GET", "/v2/subscriptions", headers=here).json()) == 3


def test_an_address_that_is_no_broker_is_said(open_node: NodeUnderTest) -> None:
    done = open_node.command("import", "--as", "ngsi-v2", "--url", open_node.url, f"{open_node.url}/none")
    assert done.returncode == 1 and "404" in done.stdout
    assert open_node.command("import", "--as", "ngsi-v2", "nowhere.json").returncode == 2
    assert open_node.command("import", "--as", "ngsi-v2", "--dry-run", open_node.url).returncode == 2


async def test_a_file_moves_into_an_area(tmp_path: Path) -> None:
    clock = StandingClock()
    store = open_memory(clock)
    file = tmp_path / "rooms.json"
    simple = {"id": "Room2", "type": "Room", "seats": 3}
    file.write_text(json.dumps([ROOM, simple, {"type": "Room"}, {"id": "a b"}]), "utf-8")
    target = LocalTarget(store.entities, clock, "demo")
    tallies: list[Any] = []
    for _ in range(2):
        with ImportScreen(Console(quiet=True), None) as screen:
            outcome = await bring_v2(await asyncio.to_thread(Path, file), Origin(), target, screen)
        tallies.append(outcome.tally)
    assert [(one.read, one.created, one.refused) for one in tallies] == [(4, 2, 2), (4, 0, 2)]
    rows = await store.entities.load("demo", ["urn:ngsi-ld:v2:Room1", "urn:ngsi-ld:v2:Room2"])
    assert show(rows["urn:ngsi-ld:v2:Room1"].entity()) == ROOM
    assert rows["urn:ngsi-ld:v2:Room2"].version == 1
    await store.entities.close()
