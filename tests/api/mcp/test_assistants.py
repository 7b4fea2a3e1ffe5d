"""The tools of assistants over a real node, asked with the client of the library `mcp`."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from kaiteki.api.mcp.offers import ANSWER_CHARS_MAX, TOOLS, shortened
from node_under_test import NodeUnderTest
from waiting import LONG_S

NAME = f"Mcp{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def token(node: NodeUnderTest) -> str:
    """A machine of the town hall, with three shelters that everybody may read and two lamps that only it may."""
    made = node.command("user", "add", NAME, "--machine", "--role", "staff").stdout.strip()
    headers = {"authorization": f"Bearer {made}"}
    shelters = [
        {
            "id": f"urn:ngsi-ld:Shelter:{NAME}:{number}",
            "type": "Shelter",
            "name": {"type": "Property", "value": name},
            "location": {
                "type": "GeoProperty",
                "value": {"type": "Point", "coordinates": [140.1 + number / 10, 35.6]},
            },
        }
        for number, name in enumerate(("みなと小学校", 'North Hall (1; "old")', "やまと公民館"))
    ]
    lamps = [{"id": f"urn:ngsi-ld:{NAME}Lamp:{n}", "type": f"{NAME}Lamp", "watts": n} for n in (5, 7)]
    body = [*shelters, *lamps]
    assert node.ask("POST", "/ngsi-ld/v1/entityOperations/upsert", body, headers).status == 201
    for minute, watts in enumerate((10, 20, 30)):
        told = {
            "watts": {"type": "Property", "value": watts, "observedAt": f"2026-04-01T09:{minute:02d}:00Z"}
        }
        where = f"/ngsi-ld/v1/entities/urn:ngsi-ld:{NAME}Lamp:5"
        assert node.ask("PATCH", where, told, headers).status == 204
    return made


@asynccontextmanager
async def assistant(node: NodeUnderTest, token: str = "") -> AsyncIterator[Client]:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with (
        asyncio.timeout(LONG_S),
        httpx2.AsyncClient(headers=headers, timeout=LONG_S) as http,
        Client(streamable_http_client(f"{node.url}/mcp", http_client=http)) as client,
    ):
        yield client


async def use(client: Client, name: str, **arguments: Any) -> Any:
    """The answer of a tool that succeeds; the text says the same as the structure."""
    result: Any = await client.call_tool(name, arguments)
    assert not result.is_error, result.content
    assert json.loads(result.content[0].text) == result.structured_content
    return result.structured_content


async def refused(client: Client, name: str, **arguments: Any) -> str:
    result: Any = await client.call_tool(name, arguments)
    assert result.is_error
    return str(result.content[0].text)


async def test_an_assistant_finds_its_way(node: NodeUnderTest, token: str) -> None:
    async with assistant(node) as client:
        tools = (await client.list_tools()).tools
        assert [one.name for one in tools] == [one.name for one in TOOLS]
        assert all(one.annotations is not None and one.annotations.read_only_hint for one in tools)
        areas = (await use(client, "list_areas"))["areas"]
        assert [one["name"] for one in areas] == ["demo", "chiba"]
        assert set(areas[1]["words"]) == {"ja", "ja-easy", "en"}
        (shelter,) = (await use(client, "find_types", words="指定避難所"))["types"]
        assert (shelter["type"], shelter["words"]["en"]) == ("Shelter", "Evacuation shelter")
        described = await use(client, "describe_type", type="Shelter")
        (named,) = [one for one in described["attributes"] if one["name"] == "name"]
        assert named["kinds"] == ["Property"] and named["words"]["ja"]
        found = await use(client, "query_entities", type="Shelter", text="みなと", attributes=["name"])
        assert found["entities"] == [
            {"id": f"urn:ngsi-ld:Shelter:{NAME}:0", "type": "Shelter", "name": "みなと小学校"}
        ]
        near = {"latitude": 35.6, "longitude": 140.2, "metres": 500}
        found = await use(client, "query_entities", type="Shelter", near=near)
        assert [one["id"] for one in found["entities"]] == [f"urn:ngsi-ld:Shelter:{NAME}:1"]
        # a text is a text, whatever is in it
        assert (await use(client, "count_entities", type="Shelter", text='HALL (1; "old")'))["count"] == 1
        page = await use(client, "query_entities", type="Shelter", limit=2)
        assert (page["total"], page["next"]) == (3, {"offset": 2})
        one = await use(client, "get_entity", id=f"urn:ngsi-ld:Shelter:{NAME}:2")
        assert one["entity"]["name"] == "やまと公民館" or one["entity"]["name"]["value"] == "やまと公民館"


async def test_permission_is_that_of_the_api(node: NodeUnderTest, token: str) -> None:
    lamp = f"urn:ngsi-ld:{NAME}Lamp:5"
    async with assistant(node) as anyone:
        assert "Similar" in await refused(anyone, "describe_type", type="Shelte")
        assert "ResourceNotFound" in await refused(anyone, "get_entity", id=lamp)
        assert (await use(anyone, "count_entities", type=f"{NAME}Lamp"))["count"] == 0
        assert (await use(anyone, "find_types", words=NAME))["types"] == []
    async with assistant(node, token) as staff:
        assert (await use(staff, "count_entities", type=f"{NAME}Lamp", q="watts>6"))["count"] == 2
        told = await use(staff, "history", id=lamp, attributes=["watts"], last=2)
        assert [value for value, _ in told["history"]["watts"]["values"]] == [30, 20]
        added = await use(
            staff, "aggregate", id=lamp, attribute="watts", period="PT1H", methods=["avg", "max"]
        )
        assert [one[0] for one in added["aggregates"]["watts"]["avg"]] == [20]
        explained = await use(staff, "explain_query", type=f"{NAME}Lamp", q="watts>6", text="nowhere")
        assert explained["matches"] == {"type alone": 2, "with q": 2, "with text": 0, "with everything": 0}
        assert explained["isIndexed"] and explained["whoAsks"] == "someone who is signed in"
    async with assistant(node, "of-nobody") as unknown:
        assert "Unauthorized" in await refused(unknown, "count_entities", type="Shelter")


async def test_what_does_not_fit_is_said_in_words(node: NodeUnderTest, token: str) -> None:
    async with assistant(node) as client:
        assert "limit" in await refused(client, "query_entities", type="Shelter", limit=100_000)
        assert "unknown" in await refused(client, "query_entities", type="Shelter", colour="red")
        assert "areas are: demo, chiba" in await refused(client, "find_types", area="atlantis")
        assert "there is no tool" in await refused(client, "delete_everything")
        assert "BadRequestData" in await refused(client, "query_entities", type="Shelter", q="name==")


def test_there_is_nothing_to_listen_to(node: NodeUnderTest) -> None:
    for method in ("GET", "DELETE"):
        refused = node.ask(method, "/mcp")
        assert (refused.status, refused.headers["allow"]) == (405, "POST")


def test_an_answer_that_is_too_long_is_cut_and_says_so() -> None:
    rows = [{"id": str(number), "text": "x" * 100} for number in range(2_000)]
    told = shortened({"total": 2_000, "inner": {"entities": rows}})
    assert len(json.dumps(told)) < ANSWER_CHARS_MAX * 1.2
    kept = told["inner"]["entities"]
    assert kept == rows[: len(kept)] and f"{2_000 - len(kept)} items were left out" in told["cut"]
    assert "too long" in shortened({"text": "x" * 100_000})["cut"]


async def test_the_guide_is_true(node: NodeUnderTest, token: str, root: Path) -> None:
    guide = (root / "docs" / "guide" / "mcp.md").read_text(encoding="utf-8")
    asked = re.findall(r"^```json (\w+)\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    async with assistant(node) as client:
        for name, arguments in asked:
            assert await use(client, name, **json.loads(arguments))
    assert [name for name, _ in asked] == ["find_types", "describe_type", "query_entities", "explain_query"]
    assert {one.name for one in TOOLS} == set(re.findall(r"^\| `(\w+)` \|", guide, re.MULTILINE))
