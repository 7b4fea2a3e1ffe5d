"""What a newcomer does first, and gets wrong first, is answered with what helps on."""

from __future__ import annotations

from typing import Any

import pytest

from api.ngsi_ld.inside import Inside

JSON = {"content_type": "application/json"}
BENCH = b'{"id": "urn:a:1", "type": "Bench", "note": "ab%s"}'


async def answer(
    inside: Inside, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, Any]:
    reply = await inside.send(method, path, body, **{"authorization": "Bearer sample", **headers})
    return reply.status, reply.json() if reply.body else None


@pytest.mark.parametrize("path", ["/ngsi-ld/v1", "/ngsi-ld/v1/", "/ngsi-ld"])
async def test_the_address_by_itself_names_the_resources(path: str) -> None:
    inside = Inside()
    status, told = await answer(inside, "GET", path)
    assert (status, told["description_url"]) == (200, "/openapi.json")
    for name in ("entities", "types", "subscriptions", "csourceRegistrations"):
        assert told[f"{name}_url"] == f"/ngsi-ld/v1/{name}"
    assert (await answer(inside, "GET", "/ngsi-ld/v1/types"))[0] == 200
    assert (await answer(inside, "POST", path))[0] == 404
    status, told = await answer(inside, "GET", "/ngsi-ld/v1/benches")
    assert status == 404 and "GET /ngsi-ld/v1" in told["detail"]


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        (b'{"type": "Bench"}', "id", "id is missing"),
        (b'{"id": 3, "type": "Bench"}', "id", "id is a URI"),
        (BENCH % b"\xff", "body", "byte 46"),
        (BENCH % b"\\ud83d", "body", "\\ud83d is half of a character"),
        (BENCH % b"\\ude00", "body", "\\ude00 is half of a character"),
        (BENCH % b"\\ud83d\\ude00,", "body", ""),
    ],
)
async def test_what_is_wrong_with_a_body_is_named(body: bytes, field: str, words: str) -> None:
    status, told = await answer(Inside(), "POST", "/ngsi-ld/v1/entities", body, **JSON)
    if words:
        assert (status, told["field"]) == (400, field) and words in told["detail"], told
    else:
        assert status == 201


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("type=A&orderBy=t;descending", "expected one of asc, desc, dist-asc, dist-desc, found 'descending'"),
        ("type=A&orderBy=t;desc-", "expected one of"),
        ("idPattern=.*", "an idPattern alone would look at every entity"),
        ("limit=3", "say at least one of"),
    ],
)
async def test_what_is_wrong_with_a_query_is_named(query: str, words: str) -> None:
    status, told = await answer(Inside(), "GET", f"/ngsi-ld/v1/entities?{query}")
    assert status == 400 and words in told["detail"], told
    assert (await answer(Inside(), "GET", "/ngsi-ld/v1/entities?type=A&orderBy=t;desc,u;asc"))[0] == 200


async def test_links_and_preferences() -> None:
    inside, path = Inside(), "/ngsi-ld/v1/entities?type=A"
    status, told = await answer(inside, "GET", path, link="nonsense")
    assert (status, told["field"]) == (400, "Link")
    # a link that is none of a @context, and a version that there is not, are nobody's fault
    assert await answer(inside, "GET", path, link='<https://a.example/>; rel="next"') == (200, [])
    reply = await inside.send("GET", path, b"", prefer="ngsi-ld=0.1")
    assert (reply.status, reply.header("preference-applied")) == (200, None)


@pytest.mark.parametrize(
    ("path", "document", "field"),
    [
        (
            "/ngsi-ld/v1/subscriptions",
            b'{"type": "Subscription", "entities": [{"type": "A"}], "notification": {"endpoint": {"uri": "http://10.0.0.1/n"}}}',
            "notification.endpoint.uri",
        ),
        (
            "/ngsi-ld/v1/csourceRegistrations",
            b'{"type": "ContextSourceRegistration", "information": [{"entities": [{"type": "A"}]}], "endpoint": "http://10.0.0.1"}',
            "endpoint",
        ),
    ],
)
async def test_addresses_of_private_networks_are_refused_when_they_are_named(
    path: str, document: bytes, field: str
) -> None:
    inside = Inside()
    status, told = await answer(inside, "POST", path, document, **JSON)
    assert (status, told["field"]) == (400, field), told
    reply = await inside.send("POST", path, document.replace(b"10.0.0.1", b"a.example"), **JSON)
    assert reply.status == 201
    change = b'{"endpoint": "http://10.0.0.2"}'
    if field != "endpoint":
        change = b'{"notification": {"endpoint": {"uri": "http://10.0.0.2/n"}}}'
    status, told = await answer(inside, "PATCH", reply.header("location") or "", change, **JSON)
    assert (status, told["field"]) == (400, field), told
