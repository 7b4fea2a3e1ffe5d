"""The rows about subscriptions: how soon and how many notifications, and what ten thousand subscriptions cost a write."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Final, TypeAlias

from kaiteki.main.bench.load import Measured, drive, request, send_all
from kaiteki.main.bench.receiving import Receiver, receiving
from kaiteki.main.bench.work import JSON_BODY, SEED, Work, station

SUBSCRIPTIONS: Final = "/ngsi-ld/v1/subscriptions"
TOLD: Final = 10
"""Subscriptions that each change of the second row concerns."""
MANY: Final = 10_000
"""Subscriptions beside a write; half as many as entities where there are few of these."""
CONNECTIONS: Final = 64
WATCHED: Final = "heard"
Busy: TypeAlias = Callable[[], float]
Row: TypeAlias = tuple[Work, Measured, float]
_REST_S: Final = 1.5
"""How long notifications on their way are waited for."""


def measure_watching(
    address: tuple[str, int], busy: Busy, entities: int, core: int, seconds: float
) -> list[Row]:
    """The rows about subscriptions of a node; `busy` gives its processor time so far in seconds."""
    chance = Random(SEED + 3)

    def patch() -> bytes:
        body = json.dumps({WATCHED: {"type": "Property", "value": time.time()}}).encode()
        return request(
            "PATCH", f"/ngsi-ld/v1/entities/{station(chance.randrange(entities))}", body, JSON_BODY
        )

    with receiving(core) as receiver:
        one = Work("notification after a PATCH, 1 client", patch, 1, 0, "-", within="p99 ≤ 5 ms")
        ten = Work(f"notifications, {TOLD} for each PATCH", patch, 16, 9_000, "-")
        rows: list[Row] = []
        for work, subscriptions in ((one, 1), (ten, TOLD)):
            _subscribe(address, (_subscription(number, receiver) for number in range(subscriptions)))
            rows.append(_measure(address, busy, work, receiver, seconds))
            _unsubscribe(address, subscriptions)
    many = min(MANY, entities // 2)
    plain = Work("PATCH, 16 clients, no subscription", patch, 16, 0, "-")
    beside = Work(f"PATCH, 16 clients, {many:,} subscriptions", patch, 16, 0, "-", within="≤ 2 × none")
    rows.append(_drive(address, busy, plain, seconds))
    _subscribe(address, (_other(number) for number in range(many)))
    rows.append(_drive(address, busy, beside, seconds))
    _unsubscribe(address, many)
    return rows


def _measure(address: tuple[str, int], busy: Busy, work: Work, receiver: Receiver, seconds: float) -> Row:
    drive(address, work.following, work.connections, min(seconds, 0.5))
    time.sleep(_REST_S)
    receiver.begin()
    before_s = busy()
    drive(address, work.following, work.connections, seconds)
    told = receiver.end()
    return work, told, (busy() - before_s) / max(told.answers, 1) * 1e6


def _drive(address: tuple[str, int], busy: Busy, work: Work, seconds: float) -> Row:
    drive(address, work.following, work.connections, min(seconds, 0.5))
    before_s = busy()
    measured = drive(address, work.following, work.connections, seconds)
    return work, measured, (busy() - before_s) / measured.answers * 1e6


def _subscription(number: int, receiver: Receiver) -> dict[str, object]:
    return {
        "id": f"urn:ngsi-ld:Subscription:{number}",
        "type": "Subscription",
        "entities": [{"type": "Station"}],
        "watchedAttributes": [WATCHED],
        "notification": {"attributes": [WATCHED], "endpoint": {"uri": receiver.uri}},
    }


def _other(number: int) -> dict[str, object]:
    """A subscription of a town: by id, by type and attribute, by type with a condition, by pattern; none is ever met."""
    entities = {"type": f"Kind{number % 500}"}
    watched = WATCHED
    if number % 4 == 0:
        entities = {"type": "Station", "id": f"urn:ngsi-ld:Station:other:{number}"}
    elif number % 4 == 1:
        entities, watched = {"type": "Station"}, f"other{number}"
    elif number % 4 == 2:
        entities["idPattern"] = f"^urn:ngsi-ld:Kind:{number}.*"
    return {
        "id": f"urn:ngsi-ld:Subscription:{number}",
        "type": "Subscription",
        "entities": [entities],
        "watchedAttributes": [watched],
        "q": f"{watched}>5",
        "notification": {"endpoint": {"uri": "urn:kaiteki:stream"}},
    }


def _subscribe(address: tuple[str, int], documents: Iterator[dict[str, object]]) -> None:
    asked = (request("POST", SUBSCRIPTIONS, json.dumps(one).encode(), JSON_BODY) for one in documents)
    send_all(address, asked, CONNECTIONS)


def _unsubscribe(address: tuple[str, int], subscriptions: int) -> None:
    paths = (f"{SUBSCRIPTIONS}/urn:ngsi-ld:Subscription:{number}" for number in range(subscriptions))
    send_all(address, (request("DELETE", path) for path in paths), CONNECTIONS)
