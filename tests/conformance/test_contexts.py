"""@contexts: clauses 5.5.5, 5.5.7, 5.13, 6.3.5, 6.29, 6.30."""

from typing import Any

import pytest

from conformance.every_kind import HERE, LAMP, prop
from conformance.plane import ENTITIES, DataPlane, at

CONTEXTS = "/jsonldContexts"
ADDRESS = "https://example.org/c.jsonld"
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
LD = {"content_type": "application/ld+json"}


def linked(address: str) -> str:
    return f'<{address}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'


@pytest.fixture
async def web(plane: DataPlane) -> DataPlane:
    """A web with a @context that names another one."""
    plane.web.documents |= {
        ADDRESS: {"@context": ["https://example.org/more.jsonld", {"speed": "https://example.org/speed"}]},
        "https://example.org/more.jsonld": {"@context": {"ex": "https://example.org/", "Car": "ex:Car"}},
    }
    return plane


async def test_5_5_7_names_are_expanded_when_they_are_written_and_compacted_when_they_are_read(
    web: DataPlane,
) -> None:
    document = {"id": LAMP, "type": "Car", "speed": prop(5, ofWhat=prop("x")), "ex:more": 1, "plain": 2}
    await web.done("POST", ENTITIES, document, link=linked(ADDRESS))
    assert await web.told(HERE, link=linked(ADDRESS)) == document | {"ex:more": prop(1), "plain": prop(2)}
    assert await web.told(HERE) == {
        "id": LAMP,
        "type": "https://example.org/Car",
        "https://example.org/speed": prop(5, ofWhat=prop("x")),
        "https://example.org/more": prop(1),
        "plain": prop(2),
    }
    assert await web.ids("type=Car&attrs=speed", link=linked(ADDRESS)) == ["Lamp:1"]
    assert await web.ids("type=Car") == []


async def test_5_5_5_without_a_context_names_are_those_of_the_core(plane: DataPlane) -> None:
    """The core one goes before all others: nobody changes what its terms mean."""
    default = "https://uri.etsi.org/ngsi-ld/default-context/"
    own = {
        "@context": {
            "location": "https://example.org/where",
            "id": "https://example.org/id",
            "here": "https://example.org/here",
        }
    }
    plane.web.documents[ADDRESS] = own
    await plane.make(
        {"id": LAMP, "type": "Lamp", f"{default}a": 1, "https://uri.etsi.org/ngsi-ld/location": 2}
    )
    assert await plane.told(HERE) == {"id": LAMP, "type": "Lamp", "a": prop(1), "location": prop(2)}
    assert await plane.told(HERE, link=linked(ADDRESS)) == await plane.told(HERE)
    for version in range(3, 10):
        core = f"https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.{version}.jsonld"
        assert await plane.told(HERE, link=linked(core)) == await plane.told(HERE)
    assert plane.web.asked == [ADDRESS]


async def test_6_3_5_a_context_stands_in_the_body_or_in_a_link(web: DataPlane) -> None:
    inline = {"@context": [ADDRESS, {"age": "https://example.org/age"}]}
    await web.done("POST", ENTITIES, {"id": LAMP, "type": "Car", "age": 1} | inline, **LD)
    expanded = {"id": LAMP, "type": "https://example.org/Car", "https://example.org/age": prop(1)}
    assert await web.told(HERE) == expanded
    for changed, method, path in (
        ({"age": prop(2)}, "PATCH", HERE),
        ({"age": prop(2)}, "POST", f"{HERE}/attrs"),
        ({"age": prop(2)}, "PATCH", f"{HERE}/attrs"),
        ({"value": 2}, "PATCH", f"{HERE}/attrs/age"),
        (prop(2), "PUT", f"{HERE}/attrs/age"),
        ({"type": "Car", "age": prop(2)}, "PUT", HERE),
    ):
        await web.done(
            "POST", "/entityOperations/upsert", [{"id": LAMP, "type": "Car", "age": 1} | inline], **LD
        )
        await web.done(method, path, changed | inline, **LD)
        assert (await web.told(HERE))["https://example.org/age"] == prop(2), (method, path)
    for body, headers, field in (
        ({"id": LAMP, "type": "Car"} | inline, {}, "@context"),
        ({"id": LAMP, "type": "Car"} | inline, {**LD, "link": linked(ADDRESS)}, "Link"),
        ({"id": LAMP, "type": "Car"}, LD, "@context"),
        ({"id": LAMP, "type": "Car"}, {"link": f"{linked(ADDRESS)}, {linked(CORE)}"}, "Link"),
        (
            {"id": LAMP, "type": "Car"},
            {"link": "https://example.org; rel=http://www.w3.org/ns/json-ld#context"},
            "Link",
        ),
    ):
        reply = await web.ask("POST", ENTITIES, body, **headers)
        assert (reply.status, reply.json()["field"]) == (400, field), headers


async def test_6_3_5_a_context_that_cannot_be_had_or_read_is_refused(plane: DataPlane) -> None:
    plane.web.documents |= {ADDRESS: {"no": "context"}, "https://example.org/bad.jsonld": {"@context": 5}}
    path = f"{ENTITIES}?type=Car"
    for address, error in {
        "https://example.org/none.jsonld": (503, "LdContextNotAvailable"),
        ADDRESS: (503, "LdContextNotAvailable"),
        "https://example.org/bad.jsonld": (400, "BadRequestData"),
        "nowhere": (400, "BadRequestData"),
    }.items():
        assert await plane.code("GET", path, link=linked(address)) == error, address
    for wrong in (5, {"a": 5}, "nowhere", [[5]], {"a": "b:x", "b": "a:x"}):
        document = {"id": LAMP, "type": "Car", "@context": wrong}
        assert await plane.code("POST", ENTITIES, document, **LD) == (400, "BadRequestData"), wrong


async def test_5_13_2_a_hosted_context_has_an_address_and_gives_names_their_meaning(plane: DataPlane) -> None:
    body = {"@context": {"tree": "https://example.org/tree", "@vocab": "https://example.org/v#"}}
    first = await plane.done("POST", CONTEXTS, body | {"more": 1})
    second = await plane.done("POST", CONTEXTS, body)
    for accept in ("application/json", "application/ld+json"):
        reply = await plane.done("GET", CONTEXTS, accept=accept)
        assert (reply.header("content-type"), len(reply.json())) == (accept, 2)
    assert (first.status, first.body) == (201, b"")
    path = (first.header("location") or "").removeprefix("/ngsi-ld/v1")
    assert path.startswith(f"{CONTEXTS}/urn:ngsi-ld:") and path != second.header("location")
    assert await plane.told(path) == body
    address = f"http://localhost/ngsi-ld/v1{path}"
    await plane.done("POST", ENTITIES, {"id": LAMP, "type": "T", "tree": 1}, link=linked(address))
    assert (await plane.told(HERE))["https://example.org/tree"] == prop(1)
    assert plane.web.asked is None


async def test_5_13_2_what_is_no_context_is_refused(plane: DataPlane) -> None:
    wrong: list[Any] = [
        {},
        {"more": 1},
        [],
        "x",
        {"@context": 5},
        {"@context": None},
        {"@context": {"a": 5}},
        {"@context": [5]},
    ]
    for document in wrong:
        assert await plane.code("POST", CONTEXTS, document) == (400, "BadRequestData"), document
    document = {"@context": "https://example.org/none.jsonld"}
    assert await plane.code("POST", CONTEXTS, document) == (503, "LdContextNotAvailable")
    reply = await plane.send("POST", f"/ngsi-ld/v1{CONTEXTS}", b"{", content_type="application/json")
    assert (reply.status, reply.json()["type"].rpartition("/")[2]) == (400, "InvalidRequest")
    assert (await plane.ask("POST", CONTEXTS, {}, content_type="text/plain")).status == 415


async def test_5_13_3_contexts_are_listed_by_kind(web: DataPlane) -> None:
    hosted = await web.done("POST", CONTEXTS, {"@context": {"tree": "https://example.org/tree"}})
    address = f"http://localhost{hosted.header('location')}"
    await web.ids("type=Car", link=linked(ADDRESS))
    cached = [ADDRESS, "https://example.org/more.jsonld"]
    assert sorted(await web.told(CONTEXTS)) == sorted([address, *cached])
    assert await web.told(f"{CONTEXTS}?kind=Hosted") == [address]
    assert sorted(await web.told(f"{CONTEXTS}?kind=Cached")) == sorted(cached)
    assert await web.told(f"{CONTEXTS}?kind=ImplicitlyCreated") == []
    await web.ids("type=Car", link=linked(address))
    assert await web.told(f"{CONTEXTS}?kind=Hosted&details=true") == [
        {
            "URL": address,
            "localId": address.rpartition("/")[2],
            "kind": "Hosted",
            "createdAt": at(0),
            "numberOfHits": 1,
            "lastUsage": at(0),
        }
    ]
    for query in ("kind=Other", "details=maybe", "limit=1"):
        assert (await web.ask("GET", f"{CONTEXTS}?{query}")).status == 400


async def test_5_13_4_a_context_is_served_or_described(web: DataPlane) -> None:
    hosted = await web.done("POST", CONTEXTS, {"@context": {"tree": "https://example.org/tree"}})
    path = (hosted.header("location") or "").removeprefix("/ngsi-ld/v1")
    await web.ids("type=Car", link=linked(ADDRESS))
    quoted = ADDRESS.replace("/", "%2F")
    assert await web.told(f"{path}?details=false") == {"@context": {"tree": "https://example.org/tree"}}
    assert (await web.told(f"{path}?details=true"))["kind"] == "Hosted"
    assert (await web.told(f"{CONTEXTS}/{quoted}?details=true"))["kind"] == "Cached"
    assert await web.code("GET", f"{CONTEXTS}/{quoted}") == (422, "OperationNotSupported")
    for query in ("", "?details=true"):
        assert await web.code("GET", f"{CONTEXTS}/urn:none{query}") == (404, "ResourceNotFound")


async def test_5_13_5_a_context_is_deleted_or_loaded_again(web: DataPlane) -> None:
    hosted = await web.done("POST", CONTEXTS, {"@context": {"tree": "https://example.org/tree"}})
    path = (hosted.header("location") or "").removeprefix("/ngsi-ld/v1")
    assert await web.code("DELETE", f"{path}?reload=true") == (400, "BadRequestData")
    assert (await web.done("DELETE", path)).status == 204
    assert await web.code("GET", path) == (404, "ResourceNotFound")
    assert await web.code("DELETE", path) == (404, "ResourceNotFound")

    quoted = f"{CONTEXTS}/{ADDRESS.replace('/', '%2F')}"
    await web.make(
        {"id": LAMP, "type": "T", "https://example.org/speed": 1, "https://example.org/velocity": 2}
    )

    async def speed() -> Any:
        return (await web.told(f"{HERE}?options=keyValues", link=linked(ADDRESS))).get("speed")

    assert await speed() == 1
    web.web.documents[ADDRESS] = {"@context": {"speed": "https://example.org/velocity"}}
    assert await speed() == 1
    assert (await web.done("DELETE", f"{quoted}?reload=true")).status == 204
    assert await speed() == 2
    for broken in ({"@context": {"speed": 5}}, {}, None):
        web.web.documents[ADDRESS] = broken
        assert await web.code("DELETE", f"{quoted}?reload=true") == (503, "LdContextNotAvailable")
        assert await speed() == 2
    web.web.documents[ADDRESS] = {"@context": {"speed": "https://example.org/speed"}}
    assert (await web.done("DELETE", f"{quoted}?reload=false")).status == 204
    assert await speed() == 1
