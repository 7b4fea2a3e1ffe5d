"""The page of one's keys: made, shown once, listed, taken away; and of nobody else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kaiteki.main.node import Node, open_node
from kaiteki.main.settings import Settings
from reader import Reader

PASSWORD = "a long enough password"
KEY = re.compile(r"kaiteki_key_[\w-]{20,}")


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with open_node(Settings(data=tmp_path / "data", cities=("demo",))) as opened:
        for login in ("aoi", "fumi"):
            await opened.joined.identity.register(login, login, PASSWORD)
        yield opened


async def test_a_key_is_made_shown_once_and_revoked(node: Node) -> None:
    owner, other = Reader(node.site.built()), Reader(node.site.built())  # pyright: ignore
    stranger = await owner.get("/demo/my/api-keys")
    assert (stranger.status, stranger.headers["location"]) == (303, "/demo/sign-in?next=my/api-keys")
    await owner.sign_in("aoi", PASSWORD)
    await other.sign_in("fumi", PASSWORD)
    unnamed = await owner.post("/demo/my/api-keys", {"name": " "})
    assert unnamed.status == 422 and not KEY.search(unnamed.text)
    made = await owner.post("/demo/my/api-keys", {"name": "バス停<アプリ>"})
    key = KEY.search(made.text)
    assert key is not None and "バス停&lt;アプリ&gt;" in made.text
    assert await node.joined.api_keys.known(key[0]) is not None
    again = await owner.get("/demo/my/api-keys")
    assert not KEY.search(again.text) and key[0][:17] in again.text
    value = re.search(r'name="revoke" value="(\w+)"', again.text)
    assert value is not None
    refused = await other.post("/demo/my/api-keys", {"revoke": value[1]})
    assert refused.status == 422 and "何も変わっていません" in refused.text
    assert await node.joined.api_keys.known(key[0]) is not None
    assert (await owner.post("/demo/my/api-keys", {"revoke": value[1]})).status == 303
    assert await node.joined.api_keys.known(key[0]) is None
    assert (await owner.post("/demo/my/api-keys", {"revoke": value[1]})).status == 422, "it is gone already"
