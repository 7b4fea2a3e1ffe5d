"""What the bench asks of a node: one row of the table of budgets per kind of work."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from random import Random
from typing import Final

import msgspec

from kaiteki.main.bench.load import request

JSON_BODY: Final = (("content-type", "application/json"),)
CENTRE: Final = (140.1233, 35.6073)
SPREAD_DEGREES: Final = 0.25
SEED: Final = 20260401
BATCH: Final = 100
FACILITY_SHARE: Final = 10
"""Stations for each facility."""
GAUGE: Final = "urn:ngsi-ld:Gauge:1"
GAUGE_BEGAN_S: Final = 1_600_000_000
VALUES_SHARE: Final = 5
"""Values of the gauge for each station."""
VALUES_MAX: Final = 1_000_000
VALUES_BATCH: Final = 10_000
Following = Callable[[], bytes]


class Work(msgspec.Struct, frozen=True):
    """One row: what is asked with how many connections, how often per second it should be, and how many things each does."""

    name: str
    following: Following
    connections: int
    at_least: float
    prototype: str
    each: int = 1
    ratio_at_least: float | None = None
    within: str = ""
    """A budget of time instead of a rate."""


def sensor(number: int, chance: Random) -> dict[str, object]:
    """A measuring station with a text, a number and a place."""
    longitude = CENTRE[0] + chance.uniform(-SPREAD_DEGREES, SPREAD_DEGREES)
    latitude = CENTRE[1] + chance.uniform(-SPREAD_DEGREES, SPREAD_DEGREES)
    place = {"type": "Point", "coordinates": [round(longitude, 6), round(latitude, 6)]}
    return {
        "id": station(number),
        "type": "Station",
        "title": {"type": "Property", "value": f"Station {number}"},
        "temperature": {"type": "Property", "value": number % 1000 / 10, "unitCode": "CEL"},
        "location": {"type": "GeoProperty", "value": place},
    }


def station(number: int) -> str:
    """The id of a station."""
    return f"urn:ngsi-ld:Station:{number:07d}"


def facility(number: int, chance: Random) -> dict[str, object]:
    """A place of the municipal standard, as the portal lists them."""
    longitude, latitude = chance.uniform(140.0, 140.25), chance.uniform(35.5, 35.7)
    return {
        "id": f"urn:ngsi-ld:AED:{number:07d}",
        "type": "AED",
        "name": {"type": "Property", "value": f"施設{number}のAED"},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [longitude, latitude]}},
    }


def filling(entities: int) -> Iterator[bytes]:
    """Requests that put so many stations into the city, a tenth as many facilities, and a gauge with a long past."""
    chance = Random(SEED)
    yield from measured(0, values_of(entities))
    for first in range(0, entities // FACILITY_SHARE, BATCH * 5):
        last = min(entities // FACILITY_SHARE, first + BATCH * 5)
        yield upsert([facility(number, chance) for number in range(first, last)])
    yield from stations_between(0, entities)


def stations_between(first: int, last: int) -> Iterator[bytes]:
    """Requests that put the stations from one number up to another into the city."""
    chance = Random(f"{SEED} {first}")
    for begin in range(first, last, BATCH * 5):
        yield upsert([sensor(number, chance) for number in range(begin, min(last, begin + BATCH * 5))])


def values_of(entities: int) -> int:
    """How many values the gauge of a city of so many stations has had."""
    return min(entities * VALUES_SHARE, VALUES_MAX)


def measured(first: int, last: int) -> Iterator[bytes]:
    """Requests that tell the values of the past from one number up to another, one for each minute of a gauge.

    A gauge has up to VALUES_MAX of them; what follows is told of further gauges.
    """
    chance, level = Random(f"{SEED} {first}"), 200
    for begin in range(first, last, VALUES_BATCH):
        gauge, end = begin // VALUES_MAX, min(last, begin + VALUES_BATCH)
        states: list[dict[str, object]] = []
        for number in range(begin, end):
            level += chance.randrange(-2, 3)
            moment = datetime.fromtimestamp(GAUGE_BEGAN_S + number % VALUES_MAX * 60, UTC)
            state: dict[str, object] = {
                "type": "Property",
                "value": level / 10,
                "observedAt": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            }
            states.append(state)
        named = f"{GAUGE}{gauge}" if gauge else GAUGE
        body = json.dumps({"id": named, "type": "Gauge", "level": states}).encode()
        yield request("POST", "/ngsi-ld/v1/temporal/entities", body, JSON_BODY)


def upsert(batch: list[dict[str, object]]) -> bytes:
    """A batch as a request."""
    return request("POST", "/ngsi-ld/v1/entityOperations/upsert", json.dumps(batch).encode(), JSON_BODY)


def reads(entities: int, city: str) -> tuple[Work, ...]:
    """The rows that read a city of so many stations."""
    chance = Random(SEED + 1)

    def one(of: Callable[[int], bytes]) -> Following:
        return lambda: of(chance.randrange(entities))

    def near(_number: int) -> bytes:
        longitude, latitude = CENTRE[0] + chance.uniform(-0.2, 0.2), CENTRE[1] + chance.uniform(-0.2, 0.2)
        place = f"georel=near;maxDistance==1000&geometry=Point&coordinates=[{longitude:.5f},{latitude:.5f}]"
        return request("GET", f"/ngsi-ld/v1/entities?type=Station&{place}&limit=20")

    page = request("GET", f"/{city}/places")
    listing = request("GET", "/ngsi-ld/v1/entities?type=Station&limit=20")
    return (
        Work("constant answer", lambda: _CONSTANT, 32, 0, "-"),
        Work(
            "get by id",
            one(lambda n: request("GET", f"/ngsi-ld/v1/entities/{station(n)}")),
            32,
            30_000,
            "39,000",
            1,
            0.75,
        ),
        Work("list of 20", lambda: listing, 32, 20_000, "31,800", 1, 0.5),
        Work("q, limit 20", one(lambda n: _query(n % 1000)), 16, 8_000, "18,500"),
        Work("near 1 km, limit 20", one(near), 16, 8_000, "19,600"),
        Work(f"mean of {values_of(entities):,} values", lambda: _mean(""), 1, 0, "-", within="p95 ≤ 50 ms"),
        Work("the same by month", lambda: _mean("&aggrPeriodDuration=P1M"), 1, 0, "-"),
        Work("the same by day", lambda: _mean("&aggrPeriodDuration=P1D"), 1, 0, "-"),
        Work("last 10 values", lambda: _LAST, 1, 0, "-"),
        Work("portal: list of places", lambda: page, 1, 0, "-", within="p95 ≤ 20 ms"),
    )


def writes(entities: int, standing: int) -> tuple[Work, ...]:
    """The rows that write; new stations are numbered behind those that stand."""
    chance = Random(SEED + 2)
    fresh = count(standing)

    def one(of: Callable[[int], bytes]) -> Following:
        return lambda: of(chance.randrange(entities))

    def patch(number: int) -> bytes:
        body = b'{"value":%d}' % chance.randrange(1000)
        return request("PATCH", f"/ngsi-ld/v1/entities/{station(number)}/attrs/temperature", body, JSON_BODY)

    def create() -> bytes:
        body = json.dumps(sensor(next(fresh), chance)).encode()
        return request("POST", "/ngsi-ld/v1/entities", body, JSON_BODY)

    batch = [
        upsert([sensor(number, chance) for number in range(at, at + BATCH)]) for at in range(0, 1000, BATCH)
    ]
    turn = count()
    return (
        Work("PATCH one attribute, 16 clients", one(patch), 16, 4_000, "4,700"),
        Work("PATCH one attribute, 50 clients", one(patch), 50, 6_000, "7,900"),
        Work("create, 16 clients", create, 16, 4_000, "-"),
        Work("upsert in hundreds (entities)", lambda: batch[next(turn) % len(batch)], 4, 15_000, "-", BATCH),
    )


_CONSTANT: Final = request("GET", "/health/live")


_LAST: Final = request("GET", f"/ngsi-ld/v1/temporal/entities/{GAUGE}?lastN=10&options=temporalValues")


def _mean(periods: str) -> bytes:
    path = f"/ngsi-ld/v1/temporal/entities/{GAUGE}?options=aggregatedValues&aggrMethods=avg,max{periods}"
    return request("GET", path)


def _query(tenth: int) -> bytes:
    return request("GET", f"/ngsi-ld/v1/entities?type=Station&q=temperature=={tenth / 10}&limit=20")
