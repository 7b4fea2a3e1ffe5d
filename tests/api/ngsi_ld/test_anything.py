"""Anything at all is sent: the answer is always one of ours."""

from __future__ import annotations

import json
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from api.ngsi_ld.inside import Inside, judged
from kaiteki.api.ngsi_ld.operations import OPERATIONS
from kaiteki.api.ngsi_ld.options import PARAMETERS

CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
LD = "application/ld+json"
PATHS = sorted({operation.path for operation in OPERATIONS})
awkward = st.sampled_from(
    [
        "",
        "T",
        "urn:a",
        "%",
        "%00",
        "%ff",
        "@none",
        "*",
        "a,b",
        "((",
        "[",
        '"',
        "9" * 400,
        "1e999",
        "/",
        "/#",
        ";",
        "true",
    ]
) | st.text(max_size=12)
names = st.sampled_from(
    ["id", "@id", "type", "@type", "scope", "@context", "@graph", "a", "b:c", "expiresAt", "location"]
)
members = st.sampled_from(
    [
        "type",
        "value",
        "object",
        "languageMap",
        "vocab",
        "json",
        "valueList",
        "objectList",
        "datasetId",
        "observedAt",
        "unitCode",
        "objectType",
        "valueType",
        "expiresAt",
        "dataset",
        "entity",
        "createdAt",
        "sub",
        "@value",
        "@set",
    ]
)
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(
        [
            "urn:ngsi-ld:null",
            "urn:a",
            "Property",
            "Relationship",
            "GeoProperty",
            "LanguageProperty",
            "VocabProperty",
            "JsonProperty",
            "ListProperty",
            "ListRelationship",
            "Point",
            "2026-01-01T00:00:00Z",
            "T",
            "/a/b",
            CORE,
            "Query",
        ]
    )
    | st.text(max_size=8)
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(members | names, inner, max_size=4),
    max_leaves=8,
)
entities = st.fixed_dictionaries(
    {"id": st.just("urn:a") | leaves, "type": st.just("T") | values}, optional={}
).flatmap(lambda base: st.dictionaries(names, values, max_size=4).map(lambda more: {**more, **base}))
queries = st.dictionaries(
    st.sampled_from(
        [
            "entities",
            "attrs",
            "q",
            "geoQ",
            "scopeQ",
            "pick",
            "omit",
            "csf",
            "lang",
            "containedBy",
            "join",
            "joinLevel",
            "ordering",
            "datasetId",
            "expandValues",
            "jsonKeys",
            "entityMap",
            "temporalQ",
        ]
    ),
    values,
    max_size=4,
).map(lambda asked: {"type": "Query", **asked})
bodies = (entities | queries | st.lists(entities, max_size=3) | values).map(
    lambda document: json.dumps(document).encode()
) | st.binary(max_size=20)
parameters = st.lists(st.tuples(st.sampled_from(sorted(PARAMETERS)), awkward), max_size=3)
headers = st.fixed_dictionaries(
    {
        "content_type": st.sampled_from(
            ["application/json", LD, "application/merge-patch+json", "text/plain", ""]
        )
    },
    optional={
        "accept": st.sampled_from(["*/*", LD, "application/geo+json", "text/html", ";q=,"]),
        "link": st.sampled_from([f'<{CORE}>; rel="http://www.w3.org/ns/json-ld#context"', "<", "<>;rel="]),
        "prefer": st.sampled_from(["ngsi-ld=1.3", "ngsi-ld=", "body=json", "ngsi-ld=1.9"]),
        "ngsild_tenant": st.sampled_from(["demo", "chiba", "x"]),
        "if_none_match": st.just("*"),
    },
)


targets = st.tuples(
    st.sampled_from(["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE"]),
    st.sampled_from(PATHS),
    st.sampled_from(["urn:a", "urn:a", "a", "T", "%2F", "urn:a%2Fattrs", "%00", "é"]),
)
"""Method, path, and what stands for the names in it."""


@settings(max_examples=300)
@given(target=targets, told=parameters, sent=headers, body=bodies)
async def test_any_request_gets_an_answer_that_is_ours(
    target: tuple[str, str, str], told: list[tuple[str, str]], sent: dict[str, str], body: bytes
) -> None:
    inside = Inside()
    await inside.ask("POST", "/entities", {"id": "urn:a", "type": "T", "a": 1})
    method, path, place = target
    for part in ("{entityId}", "{attrId}", "{type}", "{contextId}"):
        path = path.replace(part, place)
    query = "&".join(f"{name}={quote(value)}" for name, value in told)
    judged(await inside.send(method, f"/ngsi-ld/v1{path}?{query}", body, **sent), method == "HEAD")
