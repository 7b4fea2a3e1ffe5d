"""What is answered at a glance is what the binding answers: status, headers, body, whatever is asked, after every change."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broker.town import StandingClock, Web
from kaiteki.api.exchange import Ask, HeaderMap, Headers, Reply
from kaiteki.api.ngsi_ld import known
from kaiteki.api.ngsi_ld.binding import Binding
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.glancing import Glancing
from kaiteki.api.ngsi_ld.handlers import HANDLERS
from kaiteki.api.persons import nobody_is_asked
from kaiteki.api.rsgi import Stream
from kaiteki.api.trust import Trust
from kaiteki.broker.batch import delete_batch, upsert_batch
from kaiteki.broker.plane import Call, Plane
from kaiteki.kit.rulings.rulings import Rulings
from kaiteki.kit.rulings.schema import Catalogue
from kaiteki.model.access import NOBODY, STAFF, Person
from kaiteki.model.entity import Json
from kaiteki.model.visibility import Sight
from kaiteki.stores.memory import open_memory
from kaiteki.stores.sqlite import open_sqlite
from kaiteki.stores.store import Store

TYPE = "https://uri.etsi.org/ngsi-ld/default-context/"
CONTEXT = "https://example.org/c.jsonld"
LINK = f'<{CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
PLACE = "https://uri.etsi.org/ngsi-ld/location"
LAMPS = Sight(TYPE + "Lamp", frozenset({TYPE + "watts", PLACE}), (STAFF,))
NOTES = Sight(TYPE + "Note", frozenset(), (STAFF,))
ENTITIES = "/ngsi-ld/v1/entities"
CALL = Call("demo")


@dataclass
class Request:
    """A GET request as the server hands it over, and the connection on which it came."""

    path: str
    query_string: str = ""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    method: str = "GET"
    client: str = ""
    proto: str = "http"
    http_version: str = "1"
    server: str = ""
    scheme: str = "http"
    answered: list[Any] = field(default_factory=list[Any])

    def __aiter__(self) -> "Request":
        return self

    async def __anext__(self) -> bytes:
        raise StopAsyncIteration

    async def client_disconnect(self) -> None:
        self.answered.append("left")

    def response_empty(self, status: int, headers: Headers) -> None:
        self.answered.append((status, headers))

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        self.answered.append((status, headers, body))

    def response_stream(self, status: int, headers: Headers) -> Stream:
        raise NotImplementedError


async def stranger(_headers: HeaderMap, _area: str) -> Person:
    return NOBODY


class Town:
    """A desk over a store, and both ways of asking it."""

    def __init__(self, store: Store, is_open: bool) -> None:
        self.plane = Plane(
            entities=store.entities,
            history=store.history,
            events=store.events,
            contexts=store.contexts,
            clock=StandingClock(),
            outgoing=Web({CONTEXT: {"@context": {"power": TYPE + "watts", "Lantern": TYPE + "Lamp"}}}),
            glances=store.glances,
            subscriptions=store.subscriptions,
            sources=store.sources,
        )
        who = nobody_is_asked if is_open else stranger
        desk = Desk(self.plane, Trust(Rulings(Catalogue((LAMPS, NOTES)))), who, ("demo", "chiba"), is_open)
        self.binding, self.glancing = Binding(desk, HANDLERS), Glancing(desk)

    async def long(self, request: Request) -> Reply:
        ask = Ask(request.method, request.path, request.query_string, request.headers, request)
        return await self.binding(ask)

    def glance(self, request: Request) -> Reply | None:
        return self.glancing(request, request)

    async def put(self, *documents: Json) -> None:
        await upsert_batch(self.plane, CALL, list(documents), False)


def lamp(number: int, watts: object, type_name: str = "Lamp", moved: int = 0) -> dict[str, Json]:
    place = {"type": "Point", "coordinates": [140.1 + (number + moved) / 500, 35.6]}
    return {
        "id": f"urn:ngsi-ld:{number}",
        "type": type_name,
        "watts": {"type": "Property", "value": watts},
        "secret": {"type": "Property", "value": number},
        "location": {"type": "GeoProperty", "value": place},
    }


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    clock = StandingClock()
    opened = open_memory(clock) if request.param == "memory" else open_sqlite(tmp_path, clock)
    yield opened
    await opened.entities.close()


NEAR = "georel=near;maxDistance==1000&geometry=Point&coordinates=[140.1,35.6]"
USUAL = {
    "entity": Request(f"{ENTITIES}/urn:ngsi-ld:1"),
    "entity, simple": Request(f"{ENTITIES}/urn:ngsi-ld:1", "options=keyValues"),
    "entity of a tenant": Request(f"{ENTITIES}/urn:ngsi-ld:1", "", {"ngsild-tenant": "demo"}),
    "list": Request(ENTITIES, "type=Lamp"),
    "page": Request(ENTITIES, "type=Lamp&limit=2"),
    "q": Request(ENTITIES, "type=Lamp&q=watts==7"),
    "one of": Request(ENTITIES, "type=Lamp&q=watts==7,9"),
    "near": Request(ENTITIES, f"type=Lamp&{NEAR}"),
    "in a language of its own": Request(ENTITIES, "type=Lantern&q=power==7", {"link": LINK}),
}


@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize("name", USUAL)
async def test_usual_requests_are_answered_at_a_glance(store: Store, name: str, is_open: bool) -> None:
    town, request = Town(store, is_open), USUAL[name]
    await town.put(*(lamp(number, 7 if number % 2 else 9) for number in range(5)))
    expected = await town.long(request)
    assert expected.status == 200
    assert town.glance(request) == expected
    assert town.glance(request) == expected


FILLINGS = {
    "numbers": ["type=Lamp&q=watts==7.5&limit=2", "type=Lamp&q=watts==9&limit=2"],
    "places": [f"type=Lamp&{NEAR}&limit=2", f"type=Lamp&{NEAR.replace('140.1,', '140.104,')}&limit=2"],
}


@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize("name", FILLINGS)
async def test_what_differs_in_one_filling_is_read_once(
    store: Store, name: str, is_open: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = Town(store, is_open)
    await town.put(*(lamp(number, 7 if number % 2 else 9) for number in range(5)))
    asked = [Request(ENTITIES, query) for query in FILLINGS[name]]
    expected = [await town.long(request) for request in asked]
    assert [reply.status for reply in expected] == [200, 200] and expected[0] != expected[1]
    assert town.glance(asked[0]) == expected[0]
    monkeypatch.setattr(known, "read_parameters", None)
    assert town.glance(asked[1]) == expected[1]
    assert town.glance(asked[1]) == expected[1]


LONG_WAY = {
    "head": Request(f"{ENTITIES}/urn:ngsi-ld:1", method="HEAD"),
    "who says who they are": Request(f"{ENTITIES}/urn:ngsi-ld:1", "", {"authorization": "Bearer x"}),
    "a signed-in browser": Request(ENTITIES, "type=Lamp", {"cookie": "kaiteki_session=x"}),
    "nothing there": Request(f"{ENTITIES}/urn:ngsi-ld:none"),
    "no id": Request(f"{ENTITIES}/no id"),
    "a hidden entity": Request(f"{ENTITIES}/urn:ngsi-ld:note"),
    "an unknown parameter": Request(ENTITIES, "type=Lamp&colour=red"),
    "an unknown tenant": Request(ENTITIES, "type=Lamp", {"ngsild-tenant": "nowhere"}),
    "another media type": Request(ENTITIES, "type=Lamp", {"accept": "text/html"}),
    "attributes": Request(f"{ENTITIES}/urn:ngsi-ld:1/attrs/watts"),
    "a known version": Request(f"{ENTITIES}/urn:ngsi-ld:1", "", {"if-none-match": '"1"'}),
}


@pytest.mark.parametrize("name", LONG_WAY)
async def test_what_is_rare_or_refused_goes_the_long_way(store: Store, name: str) -> None:
    town = Town(store, False)
    await town.put(lamp(1, 7), {**lamp(2, 7, "Note"), "id": "urn:ngsi-ld:note"})
    assert town.glance(LONG_WAY[name]) is None


NUMBERS = st.integers(0, 6)
CHANGES = st.one_of(
    st.tuples(
        st.just("put"), NUMBERS, st.sampled_from([7, 9, "x"]), st.sampled_from(["Lamp", "Note", "Tree"])
    ),
    st.tuples(st.just("move"), NUMBERS, st.just(7), st.just("Lamp")),
    st.tuples(st.just("delete"), NUMBERS, st.just(0), st.just("")),
)
QUERIES = st.sampled_from(
    [
        "type=Lamp",
        "type=Lamp,Note",
        "type=Tree&limit=2",
        "type=Lamp&limit=1&offset=1",
        "type=Lamp&limit=2&options=keyValues",
        "type=Lamp&limit=3&q=watts==7",
        "type=Lamp&q=watts==7|watts==9&limit=2",
        "type=Lamp,Note,Tree&q=watts==7..9",
        "type=Lamp&q=watts%3D%3D%22x%22&limit=1",
        "q=secret==1",
        "q=secret",
        "type=Lamp&count=true&limit=0",
        "type=Lamp&attrs=watts&limit=1",
        "type=Lamp&orderBy=watts",
        "type=Lamp&limit=0",
        "limit=5",
        "type=Lamp&pick=id,watts&lang=ja",
        f"type=Lamp&{NEAR}&limit=2",
        f"type=Lamp&{NEAR};q=watts==7",
        "options=sysAttrs",
        "type=Tree",
        "",
    ]
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "accept": st.sampled_from(["application/ld+json", "application/geo+json", "*/*", "text/html"]),
        "link": st.sampled_from([LINK, "<x>; rel=next"]),
        "ngsild-tenant": st.sampled_from(["demo", "chiba", "nowhere"]),
        "prefer": st.just("body=json"),
        "authorization": st.just("Bearer x"),
        "if-none-match": st.just('"1"'),
    },
)
PATHS = st.one_of(
    st.just(ENTITIES),
    NUMBERS.map(lambda number: f"{ENTITIES}/urn:ngsi-ld:{number}"),
    st.sampled_from([f"{ENTITIES}/", f"{ENTITIES}/x", f"{ENTITIES}/urn:ngsi-ld:1/attrs"]),
)
FILLED = st.one_of(
    st.builds(
        "{}q=watts{}{}{}".format,
        st.sampled_from(["type=Lamp&", "limit=2&type=Lamp,Tree&", "", "options=keyValues&type=Lamp&"]),
        st.sampled_from(["==", "%3D%3D", ">"]),
        st.sampled_from(["7", "9", "9.0", "7.5", "-0", "1e1", "007", "x", "2026-04-01", "7,9", "7;watts==9"]),
        st.sampled_from(["", "&limit=1", "&type=Note", "&limit=7", "&csf=watts==7"]),
    ),
    st.builds(
        "type=Lamp&georel=near;maxDistance=={}&geometry=Point&coordinates={}{}".format,
        st.sampled_from(["300", "1000", "20000"]),
        st.sampled_from(
            [
                "[140.1,35.6]",
                "[140.102,35.6]",
                "%5B140.104%2C35.6%5D",
                "[140.1, 35.6]",
                "[140.1,95.5]",
                "[340.1,35.6]",
                "[0140.1,35.6]",
                "[140.1,35.6,7.5]",
                "[140,35]",
                "[[140.1,35.6]]",
            ]
        ),
        st.sampled_from(["", "&limit=1", "&limit=2&options=keyValues"]),
    ),
)
"""Requests that differ in one number or one point, and some that only look like it."""
REQUESTS = st.builds(Request, PATHS, QUERIES, HEADERS) | st.builds(
    Request, st.just(ENTITIES), FILLED, HEADERS
)
STEPS = st.lists(st.tuples(st.lists(CHANGES, max_size=3), st.lists(REQUESTS, max_size=8)), max_size=4)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS, st.booleans(), st.booleans())
def test_a_glance_answers_what_the_binding_answers(
    happened: list[tuple[list[tuple[str, int, Any, str]], list[Request]]], is_open: bool, in_memory: bool
) -> None:
    async def compare(folder: Path) -> None:
        clock = StandingClock()
        store = open_memory(clock) if in_memory else open_sqlite(folder, clock)
        town, asked = Town(store, is_open), list[Request]()
        for changes, requests in happened:
            for what, number, watts, type_name in changes:
                if what != "delete":
                    await town.put(lamp(number, watts, type_name, 2 if what == "move" else 0))
                else:
                    await delete_batch(town.plane, CALL, [f"urn:ngsi-ld:{number}"])
            asked += requests
            for request in asked:
                at_once = town.glance(request)
                expected = await town.long(request)
                assert at_once in (None, expected), request
        await store.entities.close()

    with TemporaryDirectory() as folder:
        asyncio.run(compare(Path(folder)))
