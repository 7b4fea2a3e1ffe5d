"""What no index decides: how far it is looked, how many wait, and where matches are counted."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from ogc_client import COUNT, ITEMS, KEEPER, Client, refused

from kaiteki.adapters.ogc import asked, features
from kaiteki.adapters.ogc.collections import collections_of
from kaiteki.adapters.ogc.turns import WAITING_MAX, Turns
from kaiteki.model.cql2.planning import Expression
from kaiteki.model.cql2.terms import Call, Plain
from kaiteki.model.problem import Problem
from kaiteki.model.query import Exists, Path, Query
from kaiteki.stores.plan import looked_at


@pytest.fixture
async def client() -> Client:
    one = Client()
    await one.fill()
    return one


async def test_matches_are_counted_where_that_is_cheap(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = "140,35,142,36"
    for query in ({"bbox": box}, {"filter": "floors > 1"}, {"mesh": "5241"}):
        page = await client.told(ITEMS, limit="2", **query)
        every = await client.told(ITEMS, limit="1000", **query)
        assert page["numberMatched"] == every["numberReturned"] > 2
    monkeypatch.setattr(features, "COUNTED_MAX", COUNT - 1)
    assert "numberMatched" not in await client.told(ITEMS, limit="2", filter="floors > 1")
    monkeypatch.setattr(features, "COUNTED_MAX", 3)
    assert "numberMatched" not in await client.told(ITEMS, limit="2", bbox=box)


async def test_a_page_says_up_to_where_it_looks() -> None:
    halls = collections_of((KEEPER,))["Hall"]
    for told in ({"filter": "CASEI(name) LIKE '%x%'"}, {"zfxy": "10/0/913/404"}):
        assert asked.read_wanted(told, halls).query.looked_max == asked.LOOKED_MAX
    assert asked.read_wanted({"bbox": "140,35,142,36"}, halls).query.looked_max is None


def test_looking_ends() -> None:
    assert looked_at(None) is None
    assert looked_at(2) == 1
    with pytest.raises(Problem, match="no index") as refusal:
        looked_at(0)
    assert refusal.value.code == "TooComplexQuery"


async def test_those_who_look_take_turns_and_others_do_not_wait() -> None:
    turns, running, most, gate = Turns(), 0, 0, asyncio.Event()
    heavy = Query(test=Expression(Call("=", (Plain(1.0), Plain(1.0))), {}))

    async def look() -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await gate.wait()
        running -= 1
        return 1

    async def glance() -> int:
        return 2

    waiting = [asyncio.ensure_future(turns.take(heavy, None, look)) for _ in range(WAITING_MAX)]
    await asyncio.sleep(0)
    assert await turns.take(Query(), None, glance) == 2
    narrowed = msgspec.structs.replace(heavy, q=Exists(Path(("name",))))
    assert await turns.take(narrowed, None, glance) == 2
    with pytest.raises(Problem) as refusal:
        await turns.take(heavy, None, look)
    assert refusal.value.code == "ServiceUnavailable"
    gate.set()
    assert await asyncio.gather(*waiting) == [1] * WAITING_MAX
    assert most == 1
    assert await turns.take(heavy, None, glance) == 2


async def test_a_client_that_is_refused_is_told_when_to_come_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kaiteki.adapters.ogc.turns.WAITING_MAX", 0)
    assert await refused(client, ITEMS, 503, filter="floors > 1") == "filter"
    answer = await client.get(ITEMS, filter="floors > 1")
    assert int(answer.headers["retry-after"]) > 0
