"""How often anybody may ask: one who asks too much waits, all others are answered as before."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

from kaiteki.api.exchange import SAFE, Headers, Reply
from kaiteki.api.front import Front, Hot
from kaiteki.api.limits import Limits, Pace, Sizes, Window, counted_as
from kaiteki.api.proxies import Proxies
from kaiteki.api.tally import Tally
from kaiteki.kit.api_keys import ApiKeys
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.problem import Problem
from kaiteki.stores.memory import open_memory
from town import TownClock

SIZES = Sizes(address_per_minute=1000, key_per_minute=50, key_per_day=120, writes_per_minute=30)
NEIGHBOUR, ABUSER = "192.0.2.1:1000", "198.51.100.7:1000"


@dataclass
class Time:
    now_s: float = 1_000_000.0


@dataclass
class Asked:
    """A request as the server hands it in, and where its answer goes."""

    client: str = NEIGHBOUR
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    path: str = "/ngsi-ld/v1/entities"
    query_string: str = ""
    proto: str = "http"
    answers: list[Reply] = field(default_factory=list)

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        self.answers.append(Reply(status, headers, body))

    def response_empty(self, status: int, headers: Headers) -> None:
        self.answers.append(Reply(status, headers))


class Node:
    """A front with limits that answers everything, at once where no key comes along."""

    def __init__(self, proxies: tuple[str, ...] = ()) -> None:
        self.time = Time()
        self.clock = TownClock()
        self.keys = ApiKeys(open_memory(self.clock).credentials, self.clock)
        named = Proxies(proxies)
        self.limits = Limits(self.keys, SIZES, named, lambda: self.time.now_s)

        async def later(_ask: Any) -> Reply:
            return Reply(200, [], b"later")

        def at_once(scope: Any, _proto: Any) -> Reply | None:
            return (
                None if "x-api-key" in scope.headers or scope.method != "GET" else Reply(200, [], b"at once")
            )

        hot = Hot(later, at_once)
        self.front = Front({"ngsi-ld": hot}, self._nowhere, Tally(), named, self.limits)

    async def _nowhere(self, *_given: Any) -> None:
        """Nothing stands here."""

    async def ask(self, asked: Asked) -> Reply:
        """One request."""
        await self.front.__rsgi__(asked, asked)  # pyright: ignore
        return asked.answers[-1]

    async def many(self, count: int, **asked: Any) -> Counter[int]:
        """How many of so many requests were answered how."""
        return Counter([(await self.ask(Asked(**asked))).status for _ in range(count)])

    async def key(self, owner: str = "a") -> str:
        """A key of an account."""
        made: Any = await self.keys.make(owner, "見本")
        return str(made[0])


async def test_an_address_that_asks_too_much_waits_until_the_minute_is_over() -> None:
    node = Node()
    told = await node.many(3000, client=ABUSER)
    # counted by chance, one in sixty-four: it is stopped near its limit, and then surely
    assert 1000 - 256 <= told[200] <= 1000 + 256 and told[429] == 3000 - told[200]
    assert await node.many(100, client=NEIGHBOUR) == {200: 100}, "nobody else notices"
    refused = await node.ask(Asked(ABUSER))
    assert dict(refused.headers)["retry-after"] == str(60 - int(node.time.now_s) % 60)
    node.time.now_s += 60
    assert await node.many(100, client=ABUSER) == {200: 100}


async def test_a_key_has_a_quota_of_its_own_and_says_what_is_left() -> None:
    node = Node()
    key, other = await node.key(), await node.key("b")
    first = await node.ask(Asked(headers={"x-api-key": key}))
    assert dict(first.headers) == {
        **dict(SAFE),
        "ratelimit-policy": '"minute";q=50;w=60, "day";q=120;w=86400',
        "ratelimit": f'"minute";r=49;t={60 - int(node.time.now_s) % 60}, "day";r=119;t={86400 - int(node.time.now_s) % 86400}',
    }
    assert await node.many(60, headers={"x-api-key": key}) == {200: 49, 429: 11}
    assert await node.many(50, headers={"authorization": f"Bearer {other}", "x-api-key": other}) == {200: 50}
    assert await node.many(100) == {200: 100}, "the address is not counted for what came with a key"
    node.time.now_s += 60
    left = await node.many(70, headers={"x-api-key": key})
    assert left == {200: 50, 429: 20}
    node.time.now_s += 60
    assert (await node.many(1, headers={"x-api-key": key}))[429] == 1, "the day is used up"


async def test_a_key_that_is_none_is_refused_and_counts_for_its_address() -> None:
    node = Node()
    told = await node.many(1100, client=ABUSER, headers={"x-api-key": "kaiteki_key_guessed"})
    assert told == {401: 1000, 429: 100}
    assert await node.many(10, headers={"x-api-key": await node.key()}) == {200: 10}


async def test_writes_are_counted_by_address_and_by_account() -> None:
    node = Node()
    assert await node.many(40, client=ABUSER, method="PATCH") == {200: 30, 429: 10}
    assert await node.many(30, client=NEIGHBOUR, method="PATCH") == {200: 30}
    assert await node.many(100, client="127.0.0.1:1", method="PATCH") == {200: 100}, "this machine may"
    pace = Pace(SIZES, lambda: node.time.now_s)
    for _ in range(30):
        pace.count(Person("a"))
    with pytest.raises(Problem, match="may write again in"):
        pace.count(Person("a"))
    for _ in range(31):
        pace.count(Person("b") if _ < 30 else NOBODY)
    for _ in range(SIZES.strangers_per_minute):
        pace.count(NOBODY, "198.51.100.7")
        pace.count(NOBODY, "127.0.0.1")
    with pytest.raises(Problem, match="without an account you may send again in"):
        pace.count(NOBODY, "198.51.100.7")
    pace.count(NOBODY, "192.0.2.1")
    pace.count(Person("c"), "198.51.100.7")


@dataclass
class AskedSocket:
    """A WebSocket that is asked for, and how that was refused."""

    statuses: list[int | None] = field(default_factory=list)

    def close(self, status: int | None = None) -> None:
        self.statuses.append(status)


async def test_asking_for_websockets_counts_as_asking() -> None:
    node, told = Node(), Counter[int | None]()
    for headers, most in (({}, 3000), ({"x-api-key": "kaiteki_key_guessed"}, 1200)):
        for _ in range(most):
            socket = AskedSocket()
            scope = Asked(client=ABUSER, headers=dict(headers), proto="ws")
            await node.front.__rsgi__(scope, socket)  # pyright: ignore
            told[socket.statuses[0]] += 1
        node.time.now_s += 60
    # what is no stream is refused with 400, until there were too many; a key that is none counts each time
    assert 1000 - 256 <= told[400] <= 1000 + 256 and told[401] == 1000
    assert told[429] == 4200 - told[400] - told[401]


async def test_behind_a_proxy_of_the_operator_counts_who_stands_behind_it() -> None:
    node = Node(proxies=("127.0.0.1",))
    behind = {"client": "127.0.0.1:1", "headers": {"x-forwarded-for": "198.51.100.7"}}
    assert (await node.many(3000, **behind))[429] > 1700
    assert await node.many(50, client="127.0.0.1:1", headers={"x-forwarded-for": "192.0.2.1"}) == {200: 50}


def test_by_what_addresses_are_counted() -> None:
    told = [
        counted_as(one)
        for one in ("192.0.2.1", "127.0.0.1", "::1", "", "2001:db8:1:2:3::4", "::ffff:192.0.2.1")
    ]
    assert told == ["192.0.2.1", "", "", "", "2001:db8:1:2::/64", "192.0.2.1"]


def test_a_window_forgets_who_was_longest_away() -> None:
    window = Window(1, 60)
    assert [window.count("a", 0), window.count("a", 1), window.count("a", 60)] == [0, -1, 0]
    for number in range(20_001):
        window.count(str(number), 61)
    assert window.count("a", 62) == 0
