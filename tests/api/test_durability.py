"""What was answered is kept, whatever happens to the process afterwards."""

from __future__ import annotations

from pathlib import Path

from node_under_test import start_node, stop_node

ENTITIES = "/ngsi-ld/v1/entities"


def test_what_was_answered_outlives_a_kill(tmp_path: Path) -> None:
    first = start_node(tmp_path / "data", "--open", areas=("demo",))
    ids = [f"urn:ngsi-ld:Lamp:{n}" for n in range(20)]
    for entity_id in ids:
        assert first.ask("POST", ENTITIES, {"id": entity_id, "type": "Lamp", "watts": 5}).status == 201
    first.kill()
    second = start_node(tmp_path / "data", "--open", areas=("demo",))
    try:
        found = second.ask("GET", f"{ENTITIES}?type=Lamp&limit=100&options=keyValues").json()
        assert sorted(one["id"] for one in found) == sorted(ids)
    finally:
        stop_node(second)
