"""The HTTP binding: clauses 5.5.2, 5.5.3, 6.3."""

from typing import Any

import pytest

from conformance.every_kind import HERE, LAMP, POINT, prop
from conformance.plane import ENTITIES, DataPlane

JSON, LD, GEO = "application/json", "application/ld+json", "application/geo+json"
MERGE = "application/merge-patch+json"
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
CORE_LINK = f'<{CORE}>; rel="http://www.w3.org/ns/json-ld#context"; type="{LD}"'
LAMPS = f"{ENTITIES}?type=Lamp"

METHODS = {
    ENTITIES: "DELETE, GET, HEAD, OPTIONS, POST",
    HERE: "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
    f"{HERE}/attrs": "OPTIONS, PATCH, POST",
    f"{HERE}/attrs/power": "DELETE, OPTIONS, PATCH, PUT",
    "/entityOperations/create": "OPTIONS, POST",
    "/entityOperations/upsert": "OPTIONS, POST",
    "/entityOperations/update": "OPTIONS, POST",
    "/entityOperations/delete": "OPTIONS, POST",
    "/entityOperations/merge": "OPTIONS, POST",
    "/entityOperations/query": "OPTIONS, POST",
    "/temporal/entities": "GET, HEAD, OPTIONS, POST",
    f"/temporal{HERE}": "DELETE, GET, HEAD, OPTIONS",
    f"/temporal{HERE}/attrs": "OPTIONS, POST",
    f"/temporal{HERE}/attrs/power": "DELETE, OPTIONS",
    f"/temporal{HERE}/attrs/power/urn:i": "DELETE, OPTIONS, PATCH",
    "/temporal/entityOperations/query": "OPTIONS, POST",
    "/types": "GET, HEAD, OPTIONS",
    "/types/Lamp": "GET, HEAD, OPTIONS",
    "/attributes": "GET, HEAD, OPTIONS",
    "/attributes/power": "GET, HEAD, OPTIONS",
    "/jsonldContexts": "GET, HEAD, OPTIONS, POST",
    "/jsonldContexts/urn:c": "DELETE, GET, HEAD, OPTIONS",
    "/subscriptions": "GET, HEAD, OPTIONS, POST",
    "/subscriptions/urn:s": "DELETE, GET, HEAD, OPTIONS, PATCH",
}


@pytest.fixture
async def lamp(plane: DataPlane) -> DataPlane:
    await plane.make({"id": LAMP, "type": "Lamp", "power": 1, "location": POINT})
    return plane


async def test_5_5_3_an_error_is_a_problem_document(lamp: DataPlane) -> None:
    reply = await lamp.ask("POST", ENTITIES, {"id": LAMP, "type": "Lamp"}, accept=LD)
    assert reply.header("content-type") == "application/problem+json"
    assert reply.header("link") is None
    assert reply.json() == {
        "type": "https://uri.etsi.org/ngsi-ld/errors/AlreadyExists",
        "title": "There is one with this id already",
        "status": 409,
        "detail": f"there is an entity {LAMP} already",
        "field": "id",
    }


async def test_5_5_2_each_error_has_its_type_and_status(lamp: DataPlane) -> None:
    """Broken JSON is an invalid request; JSON that says what cannot be is bad data."""
    assert await lamp.code("POST", ENTITIES, {"id": LAMP}) == (400, "BadRequestData")
    assert await lamp.code("GET", f"{ENTITIES}/urn:none") == (404, "ResourceNotFound")
    assert await lamp.code("GET", "/nothing") == (404, "ResourceNotFound")
    assert await lamp.code("GET", f"{LAMPS}&limit=1001") == (403, "TooManyResults")
    assert await lamp.code("GET", LAMPS, ngsild_tenant="none") == (404, "NonexistentTenant")
    for body in (b'{"id":1', b"{'id':1}", b'{"id":1,}', b"\xff", b'{"a":NaN}'):
        reply = await lamp.send("POST", "/ngsi-ld/v1/entities", body, content_type=JSON)
        assert (reply.status, reply.json()["type"].rpartition("/")[2]) == (400, "InvalidRequest"), body


WRITES: list[tuple[str, str, Any]] = [
    ("POST", ENTITIES, {"id": "urn:ngsi-ld:Lamp:2", "type": "Lamp"}),
    ("PUT", HERE, {"type": "Lamp"}),
    ("PATCH", HERE, {"power": 2}),
    ("POST", f"{HERE}/attrs", {"power": 2}),
    ("PATCH", f"{HERE}/attrs", {"power": 2}),
    ("PATCH", f"{HERE}/attrs/power", {"value": 2}),
    ("PUT", f"{HERE}/attrs/power", prop(2)),
    ("POST", "/entityOperations/create", [{"id": "urn:ngsi-ld:Lamp:3", "type": "Lamp"}]),
    ("POST", "/entityOperations/query", {"type": "Query", "entities": [{"type": "Lamp"}]}),
    ("POST", "/jsonldContexts", {"@context": {}}),
    ("POST", "/temporal/entities", {"id": "urn:ngsi-ld:Lamp:4", "type": "Lamp"}),
]


async def test_6_3_4_a_body_has_a_media_type_that_is_read_there(lamp: DataPlane) -> None:
    for method, path, document in WRITES:
        for media in ("text/plain", "application/xml", "application/geo+json", f"{JSON}; charset=latin-1"):
            error = await lamp.code(method, path, document, content_type=media)
            assert error == (415, "UnsupportedMediaType"), (method, path, media)
        for media in (JSON, f"{JSON};charset=UTF-8", "Application/JSON"):
            reply = await lamp.ask(method, path, document, content_type=media)
            assert reply.status in (200, 201, 204, 207, 409), (method, path, media, reply.body)
        merge = await lamp.ask(method, path, document, content_type=MERGE)
        assert (merge.status == 415) == (method != "PATCH"), (method, path)


async def test_6_3_4_a_body_has_a_length(lamp: DataPlane) -> None:
    for method, path, _ in WRITES:
        reply = await lamp.send(method, f"/ngsi-ld/v1{path}", b"", content_type=JSON)
        assert (reply.status, reply.json()["type"].rpartition("/")[2]) == (411, "LengthRequired"), path
        reply = await lamp.send(method, f"/ngsi-ld/v1{path}", b"", content_length="0")
        assert reply.status == 411, path


async def test_6_3_4_what_may_be_produced_is_chosen_by_accept(lamp: DataPlane) -> None:
    for path in (HERE, LAMPS):
        for accept, media in {
            "": JSON,
            "*/*": JSON,
            "application/*": JSON,
            LD: LD,
            GEO: GEO,
            f"{JSON};q=0.5, {LD}": LD,
            f"{JSON}, {LD}": JSON,
            f"text/html, {GEO};q=0.9, */*;q=0.1": GEO,
            f"*/*, {JSON};q=0": LD,
        }.items():
            reply = await lamp.done("GET", path, accept=accept)
            assert reply.header("content-type") == media, (path, accept)
        for accept in ("text/html", f"{JSON};q=0", "application/xml, text/*"):
            assert await lamp.code("GET", path, accept=accept) == (406, "NotAcceptable"), accept


async def test_6_3_6_the_context_comes_in_a_link_or_in_each_entity(lamp: DataPlane) -> None:
    for path in (HERE, LAMPS):
        plain = await lamp.done("GET", path)
        assert (plain.header("link"), b"@context" in plain.body) == (CORE_LINK, False)
        linked = await lamp.done("GET", path, accept=LD)
        assert linked.header("link") is None
        entities = linked.json() if path is LAMPS else [linked.json()]
        assert [one["@context"] for one in entities] == [CORE]
        whole = await lamp.done("GET", path, accept=GEO)
        assert (whole.header("link"), whole.json()["@context"]) == (None, CORE)
        short = await lamp.done("GET", path, accept=GEO, prefer="body=json")
        assert (short.header("link"), "@context" in short.json()) == (CORE_LINK, False)
    address = "https://example.org/c.jsonld"
    lamp.web.documents[address] = {"@context": {"force": "https://example.org/force"}}
    link = f'<{address}>; rel="http://www.w3.org/ns/json-ld#context"; type="{LD}"'
    assert (await lamp.done("GET", HERE, link=link)).header("link") == link
    assert (await lamp.done("GET", HERE, link=link, accept=LD)).json()["@context"] == [address, CORE]


async def test_6_3_2_every_resource_says_its_methods(lamp: DataPlane) -> None:
    for path, methods in METHODS.items():
        told = await lamp.ask("OPTIONS", path)
        assert (told.status, told.header("allow"), told.body) == (204, methods, b""), path
        assert (told.header("accept-patch") is not None) == ("PATCH" in methods), path
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(methods.split(", ")):
            reply = await lamp.ask(method, path, {})
            assert (reply.status, reply.header("allow")) == (405, methods), (method, path)
            assert reply.json()["type"].endswith("MethodNotAllowed")


async def test_6_3_2_head_is_get_without_a_body(lamp: DataPlane) -> None:
    for path in (HERE, LAMPS, f"{LAMPS}&count=true", "/types", f"{ENTITIES}/urn:none"):
        told, head = await lamp.ask("GET", path), await lamp.ask("HEAD", path)
        assert (head.status, list(head.headers), head.body) == (told.status, list(told.headers), b""), path


async def test_6_3_14_the_tenant_of_the_request_is_said_again(lamp: DataPlane) -> None:
    for method, path, document in (("GET", LAMPS, None), ("GET", HERE, None), *WRITES[:4]):
        reply = await lamp.done(method, path, document, ngsild_tenant="demo")
        assert reply.header("ngsild-tenant") == "demo", (method, path)
        assert (await lamp.ask(method, path, document)).header("ngsild-tenant") is None


async def test_6_3_18_local_is_true_or_false_everywhere(lamp: DataPlane) -> None:
    for method, path, document in WRITES[:9]:
        error = await lamp.refused(f"{path}?local=maybe", method, document)
        assert error == (400, "local"), (method, path)
        assert (await lamp.ask(method, f"{path}?local=true", document)).status in (200, 201, 204), path


async def test_what_has_not_changed_is_not_sent_again(lamp: DataPlane) -> None:
    """By entity tags of RFC 9110, beyond the standard."""
    tag = (await lamp.done("GET", HERE)).header("etag") or ""
    for told in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await lamp.ask("GET", HERE, if_none_match=told)
        assert (again.status, again.header("etag"), again.body) == (304, tag, b""), told
    assert (await lamp.ask("GET", f"{HERE}?options=concise", if_none_match=tag)).status == 200
    await lamp.done("PATCH", HERE, {"power": 2})
    assert (await lamp.ask("GET", HERE, if_none_match=tag)).status == 200


async def test_6_4_unknown_and_repeated_parameters_are_refused(lamp: DataPlane) -> None:
    for method, path, document in (("GET", LAMPS, None), ("GET", HERE, None), *WRITES[:7]):
        joint = "&" if "?" in path else "?"
        for query in ("colour=red", "local=true&local=true"):
            reply = await lamp.ask(method, f"{path}{joint}{query}", document)
            assert (reply.status, reply.json()["field"]) == (400, query.partition("=")[0]), (method, path)
