"""Whatever is sent to /v2 is answered below 500 in Orion's form, and what was taken is shown again by both faces."""

import asyncio
import json
from typing import Any
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from broker.town import StandingClock
from conformance.v2.two_faces import TwoFaces
from kaiteki.model.ngsi_v2.names import from_id, from_iri, to_id, to_iri
from kaiteki.model.ngsi_v2.q import parse_q
from kaiteki.model.problem import Problem
from kaiteki.stores.memory import open_memory

TYPES = [
    "Text",
    "Number",
    "DateTime",
    "Boolean",
    "geo:point",
    "geo:line",
    "geo:box",
    "geo:polygon",
    "geo:json",
    "Relationship",
    "LanguageProperty",
    "VocabProperty",
    "JsonProperty",
    "ListProperty",
    "ListRelationship",
    "GeoProperty",
    "Property",
    "None",
    "a-b",
]
TEXT = st.one_of(
    st.text(max_size=8), st.sampled_from(["1,2", "2026-04-01", "a", "Room1", "*", "urn:ngsi-ld:null", "@id"])
)
SCALAR = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.floats(-90, 90), TEXT)
GEO = st.sampled_from(
    [
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
        {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}]},
        {"type": "Feature", "geometry": None},
        {"@type": "DateTime", "@value": "never"},
        ["1,2", "3,4", "5,6", "1,2"],
    ]
)
JSON = st.recursive(
    st.one_of(SCALAR, GEO),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=6,
)
NAME = st.one_of(
    st.sampled_from(["a", "scope", "location", "dateExpires", "unitCode", "TimeInstant", "@type"]), TEXT
)
PART = st.fixed_dictionaries({}, optional={"type": st.one_of(st.sampled_from(TYPES), SCALAR), "value": JSON})
ATTRIBUTE = st.builds(
    lambda part, metadata: {**part, "metadata": metadata}, PART, st.dictionaries(NAME, PART, max_size=2)
)
ATTRIBUTES = st.dictionaries(NAME, st.one_of(ATTRIBUTE, JSON), max_size=3)


def in_memory() -> TwoFaces:
    clock = StandingClock()
    return TwoFaces(open_memory(clock), clock)


async def judged(town: TwoFaces, method: str, path: str, document: Any = None) -> int:
    """The status, after the rule was asked."""
    reply = await town.v2(method, path, document)
    assert reply.status < 500, (method, path, document, reply.body)
    if reply.status >= 400:
        assert set(reply.json()) == {"error", "description"}
    return reply.status


@settings(max_examples=50)
@given(ATTRIBUTES, ATTRIBUTES, JSON, st.booleans())
def test_any_document(first: dict[str, Any], second: dict[str, Any], value: Any, short: bool) -> None:
    async def story() -> None:
        town, options = in_memory(), "?options=keyValues" if short else ""
        status = await judged(town, "POST", f"/entities{options}", {**first, "id": "Room1", "type": "Room"})
        if status == 201:
            shown = await town.told("/entities/Room1/attrs")
            document = await town.told_ld("/entities/urn:ngsi-ld:v2:Room1")
            assert len(document) >= len(shown)
            # what is shown may be written again, and is the same then
            assert await judged(town, "PUT", "/entities/Room1/attrs", shown) == 204
            assert await town.told("/entities/Room1/attrs") == shown
        for method in ("POST", "PATCH", "PUT"):
            await judged(town, method, f"/entities/Room1/attrs{options}", second)
        await judged(town, "PUT", "/entities/Room1/attrs/a/value", value)
        batch = {"actionType": "append", "entities": [{**second, "id": "b"}, value]}
        await judged(town, "POST", f"/op/update{options}", batch)
        await judged(
            town, "POST", "/op/query", {"entities": [value], "expression": {"q": str(value)}, "attrs": value}
        )
        await judged(town, "POST", "/op/notify", {"subscriptionId": "1", "data": value})
        assert await judged(town, "GET", "/entities?attrs=*,dateExpires&metadata=*,dateCreated") == 200
        assert await judged(town, "GET", "/types") == 200
        await town.store.entities.close()

    asyncio.run(story())


@settings(max_examples=50)
@given(st.text(alphabet="ab.'=!<>~:;,0129-T()\\[]*+$^\"é ", max_size=14), st.sampled_from(["q", "mq"]))
def test_any_query(text: str, name: str) -> None:
    try:
        parse_q(text, name)
    except Problem as refused:
        assert refused.status in (400, 403)

    async def ask() -> None:
        town = in_memory()
        for parameter in (
            name,
            "idPattern",
            "typePattern",
            "orderBy",
            "coords&georel=coveredBy&geometry=box",
        ):
            first, _, rest = parameter.partition("&")
            await judged(town, "GET", f"/entities?{first}={quote(text)}&{rest}")
        await judged(town, "GET", f"/entities/{quote(text)}/attrs/{quote(text)}/value")
        await town.store.entities.close()

    asyncio.run(ask())


@given(st.text(min_size=1, max_size=12))
def test_names_and_ids_come_back(text: str) -> None:
    if not text.startswith("urn:ngsi-ld:v2:"):
        assert from_id(to_id(text)) == text
    assert to_iri(from_iri(to_iri(text))) == to_iri(text)
    if ":" not in text:
        assert from_iri(to_iri(text)) == text


def test_bytes_that_are_no_text_are_refused() -> None:
    async def story() -> None:
        town = in_memory()
        for body in (
            b"\xff",
            b'{"id":"\xff"}',
            b"[" * 100,
            json.dumps({"id": "a", "b": {"value": "\ud800"}}).encode(),
        ):
            assert await judged(town, "POST", "/entities", body) == 400
        await town.store.entities.close()

    asyncio.run(story())
