"""Plain writes that are taken without a task are answered and kept as the binding answers and keeps them, whatever is asked."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from api.ngsi_ld.inside import Inside, Reply, _Exchange, _no_site, _Scope
from kaiteki.api.exchange import BODY_TIMEOUT_S
from kaiteki.api.front import Front, Hot
from kaiteki.api.ngsi_ld.binding import Binding
from kaiteki.api.ngsi_ld.handlers import HANDLERS
from kaiteki.api.tally import Tally
from kaiteki.model.access import NOBODY, STAFF, Person
from kaiteki.model.visibility import Sight

TYPE = "https://uri.etsi.org/ngsi-ld/default-context/"
CONTEXT = "https://example.org/c.jsonld"
LINK = f'<{CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
WEB = {CONTEXT: {"@context": {"power": TYPE + "watts"}}}
LAMPS = Sight(TYPE + "Lamp", frozenset({TYPE + "watts"}), (STAFF,))
NOTES = Sight(TYPE + "Note", frozenset(), ("nobody",))
KEEPER = Person("keeper", "Keeper", frozenset({STAFF}))
ONE = "/entities/urn:ngsi-ld:1"
JSON = "application/json"


class Two:
    """Two towns that are asked the same; only one of them takes plain writes without a task."""

    def __init__(self, sights: Sequence[Sight] = ()) -> None:
        self.quick, self.long = Inside(WEB, sights), Inside(WEB, sights)
        self.long.front = Front({"ngsi-ld": Hot(Binding(self.long.desk, HANDLERS))}, _no_site, Tally())

    async def ready(self) -> None:
        """Both know that nobody else has a part in what they keep, and what is linked."""
        for town in (self.quick, self.long):
            await town.desk.registry.ready()
            await town.desk.contexts.understand(CONTEXT)

    def seen_by(self, person: Person) -> None:
        """Ask in the name of a person from now on."""
        self.quick.person = self.long.person = person

    async def ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Reply:
        """The one answer of both."""
        named = {name: value for name, value in headers.items() if value}
        quick = await self.quick.send(method, f"/ngsi-ld/v1{path}", body, **named)
        long = await self.long.send(method, f"/ngsi-ld/v1{path}", body, **named)
        assert (quick.status, sorted(quick.headers), quick.body) == (
            long.status,
            sorted(long.headers),
            long.body,
        )
        return quick

    async def kept(self) -> list[Any]:
        """What both keep alike: entities, events, audit lines."""
        told: list[Any] = []
        for town in (self.quick, self.long):
            events = await town.store.events.read(0)
            rows = await town.store.entities.load("demo", ["urn:ngsi-ld:1", "urn:ngsi-ld:2"])
            entities = {one: row.entity() for one, row in rows.items()}
            told.append((entities, events, await town.store.entities.audit("demo")))
        assert told[0] == told[1]
        return told[0]


def takes(town: Inside, method: str, path: str, headers: dict[str, str]) -> bool:
    """Whether a request is taken without a task."""
    exchange = _Exchange(b"")
    path, _, query = path.partition("?")
    coming = town.jotting(_Scope(method, f"/ngsi-ld/v1{path}", query, headers), exchange)
    if coming is not None:
        coming.close()
    return coming is not None


PLAIN = {"content-type": JSON, "content-length": "9"}
USUAL = {
    "one attribute": ("PATCH", f"{ONE}/attrs/watts", PLAIN),
    "of an address": ("PATCH", f"{ONE}/attrs/https://example.org/watts", PLAIN),
    "attributes": ("PATCH", f"{ONE}/attrs", PLAIN),
    "more attributes": ("POST", f"{ONE}/attrs", PLAIN),
    "an entity": ("POST", "/entities", PLAIN),
    "of a tenant": ("POST", "/entities", {**PLAIN, "ngsild-tenant": "chiba"}),
    "with a @context": ("PATCH", f"{ONE}/attrs/power", {**PLAIN, "link": LINK}),
    "a merge patch": ("PATCH", f"{ONE}/attrs", {**PLAIN, "content-type": "application/merge-patch+json"}),
}
RARE = {
    "a parameter": ("POST", "/entities?local=true", PLAIN),
    "ld": ("POST", "/entities", {**PLAIN, "content-type": "application/ld+json"}),
    "another type": ("POST", "/entities", {**PLAIN, "content-type": "text/plain"}),
    "no type": ("POST", "/entities", {"content-length": "9"}),
    "no length": ("POST", "/entities", {"content-type": JSON}),
    "too long": ("POST", "/entities", {**PLAIN, "content-length": "2000001"}),
    "nothing": ("POST", "/entities", {**PLAIN, "content-length": "0"}),
    "packed": ("POST", "/entities", {**PLAIN, "content-encoding": "gzip"}),
    "a snapshot": ("POST", "/entities", {**PLAIN, "ngsild-snapshot": "urn:x:1"}),
    "an unknown tenant": ("POST", "/entities", {**PLAIN, "ngsild-tenant": "nowhere"}),
    "an unknown @context": ("POST", "/entities", {**PLAIN, "link": LINK.replace("c.json", "d.json")}),
    "a merge": ("PATCH", ONE, PLAIN),
    "a replacement": ("PUT", f"{ONE}/attrs/watts", PLAIN),
    "a batch": ("POST", "/entityOperations/create", PLAIN),
    "a long id": ("PATCH", f"/entities/urn:{'x' * 1100}/attrs/watts", PLAIN),
}


@pytest.mark.parametrize("name", [*USUAL, *RARE])
async def test_plain_writes_are_taken_and_others_are_not(name: str) -> None:
    two = Two()
    assert not takes(two.quick, *(USUAL | RARE)[name])
    await two.ready()
    assert takes(two.quick, *(USUAL | RARE)[name]) is (name in USUAL)


VALUES = st.sampled_from(
    [
        1,
        2.5,
        "on",
        True,
        4,
        "off",
        None,
        [1, 2],
        {"a": 1},
        "urn:ngsi-ld:null",
        {"type": "Point", "coordinates": [1, 2]},
    ]
)
ATTRIBUTES = st.one_of(
    VALUES.map(lambda value: {"type": "Property", "value": value}),
    VALUES.map(lambda value: {"value": value}),
    VALUES.map(lambda value: {"value": value, "datasetId": "urn:d:1"}),
    st.just({"type": "Property", "value": 3, "observedAt": "2026-05-01T10:00:00Z"}),
    st.just({"type": "Relationship", "object": "urn:ngsi-ld:2"}),
    st.just({"unitCode": "WTT"}),
    st.just({"@context": CONTEXT, "value": 1}),
    VALUES,
)
FRAGMENTS = st.dictionaries(
    st.sampled_from(["watts", "power", "name", "location", "scope", "expiresAt", "no name"]),
    ATTRIBUTES,
    max_size=2,
)
IDS = st.sampled_from(["urn:ngsi-ld:1", "urn:ngsi-ld:1", "urn:ngsi-ld:2", "no id"])
NEW_IDS = st.sampled_from([*(f"urn:ngsi-ld:{number}" for number in range(2, 6)), "urn:ngsi-ld:1", "no id"])
ENTITIES = st.tuples(NEW_IDS, st.sampled_from(["Lamp", "Lamp", "Note", 7]), FRAGMENTS).map(
    lambda told: {"id": told[0], "type": told[1], **told[2]}
)
BODIES = st.one_of(st.just(b"{"), st.just(b"[1]"), st.just(b" "), st.just(b'"x"'))
HEADERS = st.fixed_dictionaries(
    {
        "content_type": st.sampled_from(
            [JSON, JSON, JSON, f"{JSON}; charset=utf-8", "application/merge-patch+json", "text/plain"]
        ),
        "link": st.sampled_from(["", "", LINK]),
        "ngsild_tenant": st.sampled_from(["", "", "demo", "nowhere"]),
    }
)


Request = tuple[str, str, bytes, dict[str, str]]


def _request(
    method: str, path: st.SearchStrategy[str], document: st.SearchStrategy[Any]
) -> st.SearchStrategy[Any]:
    bodies = st.one_of(*[document.map(lambda one: json.dumps(one).encode())] * 4, BODIES)
    return st.tuples(st.just(method), path, bodies, HEADERS)


REQUESTS = st.one_of(
    _request("POST", st.just("/entities"), ENTITIES),
    _request(
        "PATCH",
        st.tuples(IDS, st.sampled_from(["watts", "power", "scope", "id", "no name"])).map(
            lambda told: f"/entities/{told[0]}/attrs/{told[1]}"
        ),
        ATTRIBUTES,
    ),
    _request("PATCH", IDS.map(lambda one: f"/entities/{one}/attrs"), FRAGMENTS),
    _request("POST", IDS.map(lambda one: f"/entities/{one}/attrs"), FRAGMENTS),
)


def test_they_are_answered_and_kept_as_the_long_way_would() -> None:
    met: set[int] = set()

    @seed(1)  # the same examples each time, as what they must have met is counted
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
    @given(st.sampled_from([None, None, KEEPER, KEEPER, NOBODY]), st.lists(REQUESTS, min_size=6, max_size=12))
    def asked(person: Person | None, requests: list[Request]) -> None:
        asyncio.run(_compare(person, requests, met))

    asked()
    assert {201, 204, 207, 400, 401, 403, 404, 409, 415} <= met


async def _compare(person: Person | None, requests: list[Request], met: set[int]) -> None:
    two = Two(() if person is None else (LAMPS, NOTES))
    await two.ready()
    if person is not None:
        two.seen_by(person)
    plain = {"content_type": JSON, "link": "", "ngsild_tenant": ""}
    lamp = {"id": "urn:ngsi-ld:1", "type": "Lamp", "watts": {"value": 7}, "name": {"value": "n"}}
    note = {"id": "urn:ngsi-ld:2", "type": "Note", "text": {"value": "secret"}}
    begun: list[Request] = [
        ("POST", "/entities", json.dumps(lamp).encode(), plain),
        ("POST", "/entities", json.dumps(note).encode(), plain),
        ("PATCH", f"{ONE}/attrs", b'{"watts": 8, "nothing": "urn:ngsi-ld:null"}', plain),
    ]
    for method, path, body, headers in begun + requests:
        told = {**headers, "content_length": str(len(body)), "authorization": "Bearer x"}
        met.add((await two.ask(method, path.replace(" ", "%20"), body, told)).status)
    await two.kept()


class _Silent(_Exchange):
    """An exchange whose body never comes."""

    async def __call__(self) -> bytes:
        await asyncio.Event().wait()
        return b""


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    town = Inside()
    await town.desk.registry.ready()
    town.jotting._patience.limit_s = 0.01
    exchange = _Silent(b"")
    await town.front.__rsgi__(_Scope("POST", "/ngsi-ld/v1/entities", "", PLAIN), exchange)
    (reply,) = exchange.replies
    assert reply.status == 408
    assert str(BODY_TIMEOUT_S) in reply.json()["detail"]
