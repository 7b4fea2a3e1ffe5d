"""Whatever arrives, the answer is a right one or a refusal that names what to mend: never a failure of ours, never silence."""

from __future__ import annotations

import gzip
import json
from typing import Any
from urllib.parse import quote

import pytest

from api.ngsi_ld.inside import Inside, judged

CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
LD = "application/ld+json"
LAMP = {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "power": 40}


DEEP: Any = "http://web/a.jsonld"
for _level in range(10):
    DEEP = [DEEP, {"@vocab": "http://x/"}]


async def refused(inside: Inside, body: bytes, media: str = "application/json", **headers: str) -> Any:
    """The refusal of an entity that is to be created."""
    reply = judged(await inside.send("POST", "/ngsi-ld/v1/entities", body, content_type=media, **headers))
    return (reply.status, reply.json().get("field")) if reply.status >= 400 else reply.status


def with_context(context: Any, **members: Any) -> bytes:
    return json.dumps({"@context": context, **LAMP, **members}).encode()


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"\xef\xbb\xbf" + json.dumps(LAMP).encode(), 201),
        (json.dumps(LAMP).encode("utf-16"), (400, "body")),
        (json.dumps({**LAMP, "a": "é"}, ensure_ascii=False).encode("latin-1"), (400, "body")),
        (b'{"id":"urn:a","type":"T","a":NaN}', (400, "body")),
        (b'{"id":"urn:a","type":"T","a":1e999}', (400, "body")),
        (b'{"id":"urn:a","type":"T","a":' + b"9" * 400 + b"}", (400, "body")),
        (b'{"id":"urn:a","type":"T","a":{"b":[-' + b"9" * 310 + b"]}}", (400, "body")),
        (b'{"id":"urn:a","type":"T","a":"' + b"9" * 400 + b'"}', 201),
        (b'{"id":"urn:a","type":"T","a":' + b"9" * 300 + b"}", 201),
        (b'{"id":"urn:a","type":"T","a":' + b"9" * 5000 + b"}", (400, "body")),
        (b'{"id":"urn:a","type":"T","a":"\\ud800"}', (400, "body")),
        (b'{"id":"urn:a","type":"T","a\\udfff":1}', (400, "body")),
        (b"[" * 100_000, (400, "body")),
        (b'{"a":' * 65 + b"1" + b"}" * 65, (400, "body")),
        (b"", (411, "body")),
        (b"{}", (400, "id")),
        (b'{"id":"urn:a","@id":"urn:b","type":"T"}', (400, "@id")),
        (b'{"id":"urn:a","type":"T","@type":"U"}', (400, "@type")),
        (b'{"id":"urn:ngsi-ld:null","type":"T"}', (400, "id")),
        (b'{"id":"urn:a","type":"urn:ngsi-ld:null"}', (400, "type")),
        (b'{"id":"urn:a","type":[]}', (400, "type")),
        (b'{"id":"urn:a","type":"T","a":null}', (400, "a")),
        (b'{"id":"urn:a","type":"T","a":"urn:ngsi-ld:null"}', (400, "a")),
        (b'{"id":"urn:a","type":"T","@graph":[]}', (400, "@graph")),
        (b'{"id":"urn:a/attrs/b","type":"T"}', (400, "id")),
        (b'{"id":"urn:a/attrs","type":"T"}', (400, "id")),
        (b'{"id":"urn:a b","type":"T"}', (400, "id")),
        (b'{"id":"urn:a\\u0000","type":"T"}', (400, "id")),
        (b'{"id":"urn:a\\u007f","type":"T"}', (400, "id")),
        (json.dumps({**LAMP, "k" * 1025: 1}).encode(), (400, "k" * 1025)),
        (json.dumps({**LAMP, "": 1}).encode(), (400, "")),
    ],
)
async def test_bodies(body: bytes, answer: Any) -> None:
    assert await refused(Inside(), body) == answer


async def test_of_members_with_one_name_the_last_counts() -> None:
    inside = Inside()
    assert await refused(inside, b'{"id":"urn:x","id":"urn:y","type":"T","a":1,"a":2}') == 201
    kept = await inside.ask("GET", "/entities/urn:y?options=keyValues")
    assert kept.json() == {"id": "urn:y", "type": "T", "a": 2}


@pytest.mark.parametrize(
    ("context", "answer"),
    [
        (None, 201),
        ([], 201),
        ([[[CORE]]], 201),
        (DEEP, (400, "@context")),
        (5, (400, "@context")),
        ("", (400, "@context")),
        ("a.jsonld", (400, "@context")),
        ("ftp://web/a.jsonld", (400, "@context")),
        ("http://web/none.jsonld", (503, "@context")),
        ("http://web/circle.jsonld", 201),
        ("http://web/no-context.jsonld", (503, "@context")),
        ("http://web/broken.jsonld", (400, "@context")),
        ({"a": "b", "b": "a"}, (400, "@context")),
        ({"a": "b:x", "b": "a:y"}, (400, "@context")),
        ({"a": 5}, (400, "@context")),
        ({"a": {"@id": ["x"]}}, (400, "@context")),
        ({"@vocab": 5}, (400, "@context")),
        ({"@import": 5}, (400, "@context")),
        ({"": "http://x/"}, (400, "@context")),
        ({"power": {"@id": "http://x/p", "@context": {"deep": "http://x/d"}}}, 201),
        ({"power": {"@id": "http://x/p", "@container": "@set", "@type": "@id"}}, 201),
        ({"power": {"@reverse": "http://x/y"}}, 201),
        ({"power": None}, 201),
        ({"uid": "@id", "kind": "@type"}, 201),
        ({"power": "@type"}, (400, "power")),
        ({"Lamp": "@type"}, (400, "type")),
        ({"power": "@graph"}, (400, "power")),
        ({f"t{n}": f"http://x/{n}" for n in range(20_001)}, (400, "@context")),
    ],
)
async def test_contexts(context: Any, answer: Any) -> None:
    web = {
        "http://web/circle.jsonld": {"@context": ["http://web/round.jsonld", {"power": "http://x/p"}]},
        "http://web/round.jsonld": {"@context": "http://web/circle.jsonld"},
        "http://web/no-context.jsonld": {"terms": {}},
        "http://web/broken.jsonld": {"@context": {"power": 7}},
    }
    circle = context == "http://web/circle.jsonld"
    assert await refused(Inside(web), with_context(context), LD) == ((400, "@context") if circle else answer)


async def test_json_ld_has_its_context_in_the_body_alone() -> None:
    inside, body = Inside(), json.dumps(LAMP).encode()
    link = f'<{CORE}>; rel="http://www.w3.org/ns/json-ld#context"'
    assert await refused(inside, body, LD) == (400, "@context")
    assert await refused(inside, with_context(CORE), LD, link=link) == (400, "Link")
    assert await refused(inside, with_context(CORE)) == (400, "@context")
    assert await refused(inside, b"[" + body + b"]", LD) == (400, "body")


async def test_circles_of_hosted_contexts_end() -> None:
    inside = Inside()
    first = await inside.ask("POST", "/jsonldContexts", {"@context": {"a": "http://x/a"}})
    address = f"http://localhost{first.header('location')}"
    second = await inside.ask("POST", "/jsonldContexts", {"@context": [address, {"b": "http://x/b"}]})
    assert (first.status, second.status) == (201, 201)
    assert (await inside.ask("DELETE", first.header("location").removeprefix("/ngsi-ld/v1"))).status == 204
    body = with_context(f"http://localhost{second.header('location')}")
    assert await refused(inside, body, LD) == (503, "@context")


@pytest.mark.parametrize(
    ("headers", "answer"),
    [
        ({"content_type": "text/plain"}, (415, "Content-Type")),
        ({"content_type": ""}, (415, "Content-Type")),
        ({"content_type": "application/json; charset=Shift_JIS"}, (415, "Content-Type")),
        ({"content_type": 'application/json;charset="UTF-8"'}, 201),
        ({"content_type": "APPLICATION/JSON"}, 201),
        ({"content_encoding": "identity"}, 201),
        ({"ngsild_tenant": "nowhere"}, (404, "NGSILD-Tenant")),
        ({"ngsild_tenant": ""}, (404, "NGSILD-Tenant")),
        ({"content_length": "3000000"}, (413, "body")),
        ({"content_length": "-1"}, 201),
        ({"link": "<>; rel=http://www.w3.org/ns/json-ld#context"}, (400, "@context")),
        ({"link": f'{CORE}; rel="http://www.w3.org/ns/json-ld#context"'}, (400, "Link")),
        ({"link": f'<{CORE}>; rel="next http://www.w3.org/ns/json-ld#context"'}, 201),
        ({"link": "<" * 9000}, (400, "Link")),
    ],
)
async def test_headers(headers: dict[str, str], answer: Any) -> None:
    reply = judged(
        await Inside().send(
            "POST",
            "/ngsi-ld/v1/entities",
            json.dumps(LAMP).encode(),
            **{"content_type": "application/json", **headers},
        )
    )
    assert ((reply.status, reply.json()["field"]) if reply.status >= 400 else reply.status) == answer


async def test_compressed_bodies_are_refused_by_name() -> None:
    body = gzip.compress(json.dumps(LAMP).encode())
    assert await refused(Inside(), body, content_encoding="gzip") == (415, "Content-Encoding")


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("type=T&type=T", (400, "type")),
        ("type=%ff", (400, "type")),
        ("type=T&limit=0", (400, "limit")),
        ("type=T&limit=0&count=true", 200),
        ("type=T&limit=1001", (403, "limit")),
        ("type=T&limit=%EF%BC%91", (400, "limit")),
        ("type=T&offset=1000000", 200),
        ("type=T&offset=1000001", (400, "offset")),
        ("type=T&count=TRUE", (400, "count")),
        ("unknown=1&type=T", (400, "unknown")),
        ("type=T&options=unknown", (400, "options")),
        ("type=T&options=keyValues,concise", (400, "options")),
        ("type=T&q=a>" + "9" * 400, (400, "q")),
        ("type=T&q=a>1e999", (400, "q")),
        ("type=T&q=a==" + "9" * 5000, (400, "q")),
        ("type=T&q=" + "a|" * 300 + "a", (403, "q")),
        ("type=T&q=" + "(" * 40 + "a" + ")" * 40, (403, "q")),
        ("type=T&q=a~=((a%2B)%2B)%2B%24", 200),
        ("type=T&georel=near;maxDistance==1&geometry=Point&coordinates=[1e999,0]", (400, "coordinates")),
        (
            "type=T&georel=near;maxDistance==1&geometry=Point&coordinates=[" + "9" * 400 + ",0]",
            (400, "coordinates"),
        ),
        ("type=T%00", 200),
        ("&&type=T&&", 200),
    ],
)
async def test_queries(query: str, answer: Any) -> None:
    reply = judged(await Inside().send("GET", f"/ngsi-ld/v1/entities?{query}"))
    assert ((reply.status, reply.json()["field"]) if reply.status >= 400 else reply.status) == answer


@pytest.mark.parametrize("accept", [",,,", "*/*;q=0.001", "application/*", "APPLICATION/JSON;q=1.000"])
async def test_every_spelling_of_accept_that_allows_json_gets_it(accept: str) -> None:
    reply = await Inside().send("GET", "/ngsi-ld/v1/entities?type=T", accept=accept)
    assert (reply.status, reply.header("content-type")) == (200, "application/json")


async def test_an_attribute_is_what_stands_behind_the_first_separator() -> None:
    inside = Inside()
    name = "https://example.org/attrs/power"
    made = {"id": "https://example.org/lamps/1", "type": "Lamp", name: 40}
    assert (await inside.ask("POST", "/entities", made)).status == 201
    path = f"/entities/{quote(made['id'], safe='')}/attrs/{quote(name, safe='')}"
    assert (await inside.ask("PATCH", path, {"value": 60})).status == 204
    kept = await inside.ask("GET", f"/entities/{quote(made['id'], safe='')}?options=keyValues")
    assert kept.json()[name] == 60


LAMP_AT = "/ngsi-ld/v1/entities/urn:ngsi-ld:Lamp:1"
TAKING = (
    ("POST", "/ngsi-ld/v1/entities"),
    ("PUT", LAMP_AT),
    ("PATCH", LAMP_AT),
    ("POST", LAMP_AT + "/attrs"),
    ("PATCH", LAMP_AT + "/attrs"),
    ("POST", "/ngsi-ld/v1/jsonldContexts"),
    *(
        ("POST", f"/ngsi-ld/v1/entityOperations/{what}")
        for what in ("create", "upsert", "update", "merge", "delete", "query")
    ),
)


@pytest.mark.parametrize(("method", "path"), TAKING)
async def test_a_body_of_another_shape_is_refused_with_its_field(method: str, path: str) -> None:
    inside = Inside()
    await inside.send(
        "POST", "/ngsi-ld/v1/entities", json.dumps(LAMP).encode(), content_type="application/json"
    )
    for body in (b"[]", b"1", b'"text"', b"true"):
        reply = judged(await inside.send(method, path, body, content_type="application/json"))
        assert (reply.status, bool(reply.json().get("field"))) == (400, True), (body, reply.body)
