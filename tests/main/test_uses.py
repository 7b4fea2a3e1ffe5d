"""The use of data on a whole node: what is answered whole is counted and kept under the names of the catalogue; keys for their owners alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from whole_node import AREA, WholeNode, whole_node

from kaiteki.kit.api_keys import day_of
from kaiteki.kit.engine import Asking
from kaiteki.kit.surveys import SURVEYOR
from kaiteki.main import uses as keeping
from kaiteki.main.node import open_node
from kaiteki.main.settings import Settings
from kaiteki.main.uses import UseKeeper
from kaiteki.model.query import Query
from kaiteki.ports.outage import StoreAway
from kaiteki.services.opendata.use.model import DataUse
from waiting import LONG_S

SET = "urn:ngsi-ld:DataSet:demo:aed"
HERE = {"ngsild-tenant": AREA}
TOWN = [
    {"id": SET, "type": "DataSet", "title": "AED一覧", "recordType": "AED", "records": 1},
    {"id": "urn:ngsi-ld:AED:1", "type": "AED", "name": "市役所", "dataSet": {"type": "Relationship", "object": SET}},
]  # fmt: skip
ASKED = {
    "/ngsi-ld/v1/entities?type=AED": ("NGSI-LD", SET),
    "/ngsi-ld/v1/entities/urn:ngsi-ld:AED:1": ("NGSI-LD", SET),
    "/v2/entities?type=AED": ("NGSI v2", SET),
    "/v2/entities?type=Zzz": ("NGSI v2", "all"),
    f"/demo/data/{SET}/records.csv": ("Download", SET),
    f"/demo/data/{SET}": ("Page", SET),
    "/demo/data/urn:ngsi-ld:DataSet:demo:none/records.csv": None,
    "/ngsi-ld/v1/entities/urn:ngsi-ld:AED:none": None,
    "/demo/services": None,
}
"""What is asked, and of what it counts."""


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[WholeNode]:
    """A node with one data set."""
    async with whole_node(tmp_path / "data") as node:
        program = await node.machine("program", "staff", "admin")
        done = await node.ask("POST", "/ngsi-ld/v1/entityOperations/upsert", TOWN, program.headers)
        assert done.status in (201, 204), done
        yield node


def keeper_of(node: WholeNode) -> UseKeeper:
    """Who keeps what the node has counted."""
    uses = node.node.front.uses
    assert uses is not None
    return UseKeeper(node.node.joined, uses)


async def kept(node: WholeNode) -> dict[tuple[str, str], int]:
    """The counts that are kept, by way and subject, of all months: one may end while a test runs."""
    city = node.node.joined.cities.of(Asking(AREA, SURVEYOR))
    found = await city.find(DataUse, Query(limit=100))
    sums: Counter[tuple[str, str]] = Counter()
    for one in found.items:
        sums[one.way, one.subject] += one.count
    return dict(sums)


async def test_what_is_answered_whole_counts_for_its_data_set_and_nothing_else_is_kept(
    town: WholeNode,
) -> None:
    expected: dict[tuple[str, str], int] = {}
    for times, (target, told) in enumerate(ASKED.items(), 2):
        for _ in range(times):
            answer = await town.ask("GET", target, None, HERE if target.startswith("/ngsi") else None)
            assert (answer.status == 200) is (told is not None or target == "/demo/services"), (
                target,
                answer,
            )
        if told is not None:
            expected[told] = expected.get(told, 0) + times
    assert await kept(town) == {}
    assert await keeper_of(town).keep() == len(expected)
    assert await kept(town) == expected
    assert await keeper_of(town).keep() == 0, "what was kept is not kept again"
    listed = (await town.ask("GET", "/ngsi-ld/v1/entities?type=DataUse&options=keyValues")).json()
    assert len(listed) == len(expected)
    assert {frozenset(one) & {"count", "day", "days"} for one in listed} == {frozenset()}
    assert "192.0.2.1" not in repr([one.entity() for one in (await _all(town)).values()])


async def _all(node: WholeNode) -> Any:
    entities = node.node.joined.engine.entities
    ids = [one["id"] for one in (await node.ask("GET", "/ngsi-ld/v1/entities?type=DataUse")).json()]
    return await entities.load(AREA, ids)


async def test_what_the_store_does_not_take_counts_on_once(
    town: WholeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.ask("GET", f"/demo/data/{SET}/records.csv")
    engine = town.node.joined.engine
    take = engine.entities.change

    async def away(*_: Any) -> Any:
        raise StoreAway("for a test")

    with monkeypatch.context() as broken:
        broken.setattr(engine.entities, "change", away)
        assert await keeper_of(town).keep() == 0
    assert engine.entities.change == take
    await town.ask("GET", f"/demo/data/{SET}/records.csv")
    await keeper_of(town).keep()
    assert await kept(town) == {("Download", SET): 2}


async def test_a_node_keeps_what_it_counted_as_it_stops_and_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with whole_node(tmp_path / "data") as node:
        await node.ask("GET", "/v2/types")
    monkeypatch.setattr(keeping, "KEPT_EVERY_S", 0.01)
    async with whole_node(tmp_path / "data") as node:
        assert await kept(node) == {("NGSI v2", "all"): 1}
        await node.ask("GET", "/v2/types")
        events, seen = node.node.joined.store.events, 0
        async with asyncio.timeout(LONG_S):
            while await kept(node) != {("NGSI v2", "all"): 2}:
                await events.wait(seen, LONG_S)
                seen = await events.last()


async def test_the_uses_of_a_key_are_kept_with_the_key(town: WholeNode) -> None:
    keys = town.node.joined.api_keys
    account = (await town.person("aoi")).account
    made: Any = await keys.make(account, "アプリ")
    began = day_of(town.node.joined.clock.now())
    for _ in range(3):
        answer = await town.ask("GET", "/v2/types", None, {"x-api-key": made[0]})
        assert answer.status == 200 and "day" in answer.headers["ratelimit"]
    ended = day_of(town.node.joined.clock.now())
    for _ in range(2):
        days = (await keys.of(account))[0].days
        # a day may end between two requests
        assert sum(days.values()) == 3 and {*days} <= {began, ended}
        await keeper_of(town).keep()
    assert (await keys.of("acc-program")) == []
    await keys.revoke(account, made[1].value)
    assert await keys.keep_uses() == 0


async def test_a_node_that_asks_nobody_who_they_are_counts_nothing(tmp_path: Path) -> None:
    async with open_node(Settings(data=tmp_path / "data", cities=("demo",), open=True)) as node:
        assert node.front.uses is None
