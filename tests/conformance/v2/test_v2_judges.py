"""NGSI v2 as a client that others wrote for Orion understands it (fiware-orion-mcp, MIT)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from fiware_mcp.orion import OrionClient

from node_under_test import NodeUnderTest


@pytest.mark.external
async def test_a_client_of_orion_works_unchanged(open_node: NodeUnderTest) -> None:
    kind, path = f"Room{uuid.uuid4().hex[:8]}", f"/p{uuid.uuid4().hex[:8]}"
    client = OrionClient(open_node.url, "demo", path)
    version = await client.get_version()
    # other clients compare this with the Orion that they need (PEP 440: what stands behind the plus counts last)
    assert version["orion"]["version"] == f"4.0.0+kaiteki.{version['kaiteki']['version']}"
    room: dict[str, Any] = {
        "id": f"{kind}:1",
        "type": kind,
        "temperature": {"type": "Number", "value": 23.5, "metadata": {}},
        "location": {"type": "geo:point", "value": "35.6, 140.1", "metadata": {}},
    }
    await client.create_entity(room)
    with pytest.raises(ValueError, match="already exists"):
        await client.create_entity(room)
    assert await client.get_entity(room["id"]) == room
    await client.update_attributes(room["id"], {"temperature": {"type": "Number", "value": 24}})
    near = {"georel": "near;maxDistance:100", "geometry": "point", "coords": "35.6,140.1"}
    (found,) = await client.query_entities(kind, q="temperature>23.9", attrs="temperature", **near)
    assert found["temperature"]["value"] == 24 and "location" not in found
    assert await client.query_entities(id_pattern=f"^{kind}:2") == []
    (described,) = [one for one in await client.list_types() if one["type"] == kind]
    assert (described["count"], set(described["attrs"])) == (1, {"temperature", "location"})
    wanted = {
        "description": "rooms that get warm",
        "subject": {"entities": [{"idPattern": ".*", "type": kind}], "condition": {"attrs": ["temperature"]}},
        "notification": {"http": {"url": "http://receiver.example/n"}, "attrs": ["temperature"]},
        "throttling": 5,
    }
    made = await client.create_subscription(wanted)
    (told,) = await client.list_subscriptions()
    assert (told["id"], told["status"], told["subject"]["entities"]) == (
        made,
        "active",
        wanted["subject"]["entities"],
    )
    await client.delete_subscription(made)
    assert await client.list_subscriptions() == []
    await client.delete_entity(room["id"])
    with pytest.raises(ValueError, match="not found"):
        await client.get_entity(room["id"])
