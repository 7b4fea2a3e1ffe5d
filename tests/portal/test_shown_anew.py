"""Who has to sign in once more at a provider: only its own word of when (`auth_time`) is believed, and only of a time after it was asked."""

from __future__ import annotations

import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from test_providers import ROOT, SECRET, Town, claims_with, describe
from untrue_provider import untrue_provider

from kaiteki.kit.identity.register import FRESH_S
from kaiteki.kit.providers.tokens import LEEWAY_S
from kaiteki.main.node import open_node
from kaiteki.main.settings import Settings
from reader import Reader


@pytest_asyncio.fixture
async def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """A town with one provider that can lie."""
    with untrue_provider() as first:
        shutil.copytree(ROOT / "cities" / "demo", tmp_path / "cities" / "demo")
        (tmp_path / "cities" / "demo" / "identity.toml").write_text(describe(("first", first)))
        monkeypatch.setenv("KAITEKI_CITIES", str(tmp_path / "cities"))
        monkeypatch.setenv("KAITEKI_SECRET_DEMO_FIRST", SECRET)
        settings = Settings(data=tmp_path / "data", cities=("demo",), public_url="https://city.example")
        async with open_node(settings) as node:
            yield Town(node, first, first)


async def is_fresh(town: Town, browser: Reader) -> bool:
    """Whether the session of a browser is one of somebody who signed in just now."""
    known = await town.node.joined.identity.visit(browser.cookies["kaiteki_session"])
    assert known is not None
    return town.node.joined.identity.is_fresh(known.session)


async def test_only_a_sign_in_after_it_was_asked_for_is_one_more_and_the_others_are_refused_in_words(
    town: Town,
) -> None:
    browser = Reader(town.site)
    claims_with(auth_time=None)(town.first)
    assert (await town.enter(browser)).status == 303
    assert "step=1&amp;next=my%2Fkeys" in (await browser.get("/demo/sign-in?step=1&next=my/keys")).text
    now = int(time.time())
    for said in (None, 0, now - LEEWAY_S - 30, now + 3600, "now", True, -1):
        claims_with(auth_time=said)(town.first)
        carried = await town.go(browser, following="my/keys", step="1")
        assert (carried["prompt"], carried["max_age"]) == ("login", "0")
        came = await town.back(browser, carried)
        assert came.status == 400, said
        assert ("もう一度ログインするよう" in came.text) is (said in (None, 0, now - LEEWAY_S - 30)), said
        assert not await is_fresh(town, browser), "the session of before goes on as it was"
    town.first.reset()
    came = await town.back(browser, await town.go(browser, following="my/keys", step="1"))
    assert (came.status, came.headers["location"]) == (303, "/demo/my/keys")
    assert await is_fresh(town, browser)


@pytest.mark.parametrize(
    ("ago_s", "fresh"), [(0, True), (FRESH_S - LEEWAY_S, True), (FRESH_S + 1, False), (None, False)]
)
async def test_a_sign_in_is_as_fresh_as_the_provider_says_that_it_was_shown(
    town: Town, ago_s: int | None, fresh: bool
) -> None:
    claims_with(auth_time=None if ago_s is None else int(time.time()) - ago_s)(town.first)
    browser = Reader(town.site)
    carried = await town.go(browser)
    assert "prompt" not in carried and "max_age" not in carried
    assert (await town.back(browser, carried)).status == 303
    assert await is_fresh(town, browser) is fresh
