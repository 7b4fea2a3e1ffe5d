"""Entities are retrieved and queried, page by page: clauses 4.12, 4.13, 5.5.9, 5.7.1, 5.7.2."""

from typing import Any

import pytest

from conformance.every_kind import LAMP, prop
from conformance.plane import ENTITIES, DataPlane

HERE = f"{ENTITIES}/{LAMP}"
QUERY = "/entityOperations/query"


def row(number: int, **attributes: Any) -> dict[str, Any]:
    return {"id": f"urn:ngsi-ld:{number}", "type": "R", **attributes}


@pytest.fixture
async def rows(plane: DataPlane) -> DataPlane:
    await plane.make(*(row(number, n=number) for number in range(5)))
    return plane


async def test_5_7_1_an_entity_is_found_by_its_id_and_type(plane: DataPlane) -> None:
    document = {"id": LAMP, "type": ["Lamp", "Art"], "a": prop(1)}
    await plane.make(document)
    for query in ("", "?type=Lamp", "?type=Lamp;Art", "?type=Tree,Art", "?local=true"):
        assert await plane.told(HERE + query) == document
    for path, error in {
        f"{HERE}?type=Tree": (404, "ResourceNotFound"),
        f"{HERE}?type=Lamp;Tree": (404, "ResourceNotFound"),
        f"{ENTITIES}/urn:none": (404, "ResourceNotFound"),
        f"{ENTITIES}/none": (400, "BadRequestData"),
        f"{ENTITIES}/not%20a%20uri": (400, "BadRequestData"),
    }.items():
        assert await plane.code("GET", path) == error, path


async def test_5_7_1_an_entity_without_the_attributes_that_are_asked_for_is_not_found(
    plane: DataPlane,
) -> None:
    await plane.make({"id": LAMP, "type": "Lamp", "a": 1, "b": 2})
    assert await plane.told(f"{HERE}?attrs=a,none&options=keyValues") == {"id": LAMP, "type": "Lamp", "a": 1}
    for query in ("attrs=none", "attrs=none,nil&join=inline", "attrs=none&options=keyValues"):
        assert await plane.code("GET", f"{HERE}?{query}") == (404, "ResourceNotFound"), query
    assert await plane.code("GET", f"{HERE}?attrs=none", prefer="ngsi-ld=1.3") == (404, "ResourceNotFound")


async def test_5_7_1_what_does_not_go_together_is_refused(plane: DataPlane) -> None:
    await plane.make({"id": LAMP, "type": "Lamp"})
    for where in (HERE, f"{ENTITIES}?type=Lamp"):
        joint = "&" if "?" in where else "?"
        for accept in ("application/json", "application/ld+json"):
            error = await plane.code("GET", f"{where}{joint}geometryProperty=location", accept=accept)
            assert error == (400, "BadRequestData")
        wrong = {
            "options=upsideDown": "options",
            "options=concise,keyValues": "options",
            "format=short": "format",
            "lang=en;q=x": "lang",
            "datasetId=x": "datasetId",
            "local=maybe": "local",
        }
        told = await plane.refusals("GET", f"{where}{joint}{{}}", list(wrong))
        assert told == [(400, field) for field in wrong.values()]


async def test_5_7_2_entities_are_found_by_each_selector_and_all_together(plane: DataPlane) -> None:
    await plane.make(
        row(1, a=1),
        row(2, a=2, b=2),
        row(3, b=3),
        {"id": "urn:x:1", "type": "S", "a": 1},
        {"id": "urn:x:2", "type": "S"},
    )
    for query, found in {
        "type=R": "1 2 3",
        "attrs=a": "1 2 urn:x:1",
        "attrs=a,b": "1 2 3 urn:x:1",
        "q=a==1": "1 urn:x:1",
        "id=urn:ngsi-ld:1,urn:x:2,urn:none&type=*": "1 urn:x:2",
        "id=urn:ngsi-ld:1,urn:x:1&type=S": "urn:x:1",
        "idPattern=^urn:x:&attrs=a": "urn:x:1",
        "idPattern=[23]$&type=R,S": "2 3 urn:x:2",
        "id=urn:ngsi-ld:1&idPattern=^urn:x:&type=R": "1",
        "type=R&attrs=b&q=a>1": "2",
        "local=true": "1 2 3 urn:x:1 urn:x:2",
        "local=true&id=urn:x:2": "urn:x:2",
        "type=T": "",
    }.items():
        assert " ".join(await plane.ids(query)) == found, query


async def test_5_7_2_a_query_says_what_it_looks_for(rows: DataPlane) -> None:
    """A type, an attribute, a place, ids, or that this node alone is meant; what every entity has is not enough."""
    too_wide = [
        "",
        "?limit=5",
        "?idPattern=.*",
        "?scopeQ=/a",
        "?pick=n",
        "?local=false",
        "?attrs=createdAt",
        "?attrs=createdAt,modifiedAt",
        "?q=createdAt>2020-01-01T00:00:00Z",
        "?q=modifiedAt;(id|type)",
    ]
    for query in too_wide:
        assert await rows.code("GET", ENTITIES + query) == (400, "BadRequestData"), query
    assert await rows.ids("id=urn:ngsi-ld:3,urn:ngsi-ld:1") == ["1", "3"]
    for query in ("attrs=createdAt,n", "q=createdAt>2020-01-01T00:00:00Z;n", "q=n.createdAt", "q=id|n"):
        assert len(await rows.ids(query)) == 5, query


async def test_5_7_2_what_cannot_be_asked_is_refused(rows: DataPlane) -> None:
    wrong: dict[str, tuple[int, str]] = {
        "type=R&id=a": (400, "id"),
        "type=R&id=urn:a,,urn:b": (400, "id"),
        "type=R&idPattern=(": (400, "idPattern"),
        "type=R&idPattern=(?=a)b": (403, "idPattern"),
        "type=R&tpye=S": (400, "tpye"),
        "type=R&type=S": (400, "type"),
        "type=R&csf=((": (400, "csf"),
    }
    told = await rows.refusals("GET", f"{ENTITIES}?{{}}", list(wrong))
    assert dict(zip(wrong, told, strict=True)) == wrong


async def test_4_12_pages_follow_each_other(rows: DataPlane) -> None:
    """Each link leads to its page, forth and back, with all that was asked for."""
    asked = f"{ENTITIES}?type=R&q=n>=0&orderBy=n;desc&options=keyValues&limit=2"
    forth: list[Any] = []
    reply = await rows.ask("GET", asked)
    pages = 0
    while True:
        pages += 1
        forth.append(reply.json())
        following = next(
            (link for name, link in reply.headers if name == "link" and 'rel="next"' in link), None
        )
        if following is None:
            break
        reply = await rows.ask("GET", following[1 : following.index(">")].removeprefix("/ngsi-ld/v1"))
    assert [[one["n"] for one in page] for page in forth] == [[4, 3], [2, 1], [0]]
    back = [reply.json()]
    while (
        before := next(
            (link for name, link in reply.headers if name == "link" and 'rel="prev"' in link), None
        )
    ) is not None:
        reply = await rows.ask("GET", before[1 : before.index(">")].removeprefix("/ngsi-ld/v1"))
        back.append(reply.json())
    assert back == forth[::-1]


async def test_4_12_a_page_has_its_limits(rows: DataPlane) -> None:
    assert await rows.ids("type=R&offset=9") == []
    assert len(await rows.ids("type=R&limit=1000")) == 5
    for query, error in {
        "limit=1001": (403, "TooManyResults"),
        "limit=0": (400, "BadRequestData"),
        "limit=-1": (400, "BadRequestData"),
        "limit=x": (400, "BadRequestData"),
        "limit=1.5": (400, "BadRequestData"),
        "offset=-1": (400, "BadRequestData"),
        "offset=x": (400, "BadRequestData"),
    }.items():
        assert await rows.code("GET", f"{ENTITIES}?type=R&{query}") == error, query
    await rows.make(*(row(number) for number in range(5, 25)))
    assert len(await rows.ids("type=R")) == 20


async def test_4_13_the_whole_number_is_told_on_request(rows: DataPlane) -> None:
    async def count(query: str) -> tuple[str | None, int]:
        reply = await rows.done("GET", f"{ENTITIES}?{query}")
        return reply.header("ngsild-results-count"), len(reply.json())

    assert await count("type=R") == (None, 5)
    assert await count("type=R&count=false") == (None, 5)
    assert await count("type=R&count=true") == ("5", 5)
    assert await count("type=R&count=true&limit=2&offset=4") == ("5", 1)
    assert await count("type=R&count=true&offset=9") == ("5", 0)
    assert await count("type=R&count=true&limit=0") == ("5", 0)
    assert await count("type=R&count=true&q=n>2") == ("2", 2)
    assert await count("type=R&count=true&idPattern=[12]$") == ("2", 2)
    assert await count("type=R&count=true&attrs=none") == ("0", 0)
    assert await count("type=T&count=true") == ("0", 0)
    assert await rows.refused(f"{ENTITIES}?type=R&count=yes") == (400, "count")


async def test_5_7_2_a_document_asks_the_same_as_a_query_string(plane: DataPlane) -> None:
    for number in range(6):
        place = {"type": "Point", "coordinates": [140 + number / 1000, 35]}
        await plane.make(row(number, n=number, m=-number, location=place) | {"scope": "/a"})
    for document, query in (
        ({"entities": [{"type": "R"}]}, "type=R"),
        ({"entities": [{"type": "R", "id": "urn:ngsi-ld:1"}]}, "type=R&id=urn:ngsi-ld:1"),
        ({"entities": [{"type": "R", "idPattern": "[12]$"}]}, "type=R&idPattern=[12]$"),
        ({"attrs": ["n"], "q": "n>3"}, "attrs=n&q=n>3"),
        ({"type": "Query", "entities": [{"type": "*"}], "pick": ["id", "n"]}, "type=*&pick=id,n"),
        ({"entities": [{"type": "R"}], "omit": ["m", "location"]}, "type=R&omit=m,location"),
        ({"entities": [{"type": "R"}], "scopeQ": "/a", "lang": "ja"}, "type=R&scopeQ=/a&lang=ja"),
        (
            {"geoQ": {"georel": "near;maxDistance==150", "geometry": "Point", "coordinates": [140, 35]}},
            "georel=near;maxDistance==150&geometry=Point&coordinates=[140,35]",
        ),
        (
            {"entities": [{"type": "R"}], "ordering": {"orderBy": ["m", "n;desc"]}},
            "type=R&orderBy=m,n;desc",
        ),
    ):
        asked = await plane.done("POST", f"{QUERY}?limit=3&count=true", {"type": "Query", **document})
        told = await plane.done("GET", f"{ENTITIES}?{query}&limit=3&count=true")
        assert (asked.status, asked.json()) == (200, told.json()), document
        assert asked.header("ngsild-results-count") == told.header("ngsild-results-count"), document
    either = [{"type": "R", "id": "urn:ngsi-ld:1"}, {"type": "R", "idPattern": "5$"}]
    found = await plane.done(
        "POST", f"{QUERY}?options=keyValues", {"type": "Query", "entities": either, "attrs": ["n"]}
    )
    assert [one["n"] for one in found.json()] == [1, 5]


async def test_5_7_2_what_is_no_query_document_is_refused(plane: DataPlane) -> None:
    wrong: list[tuple[Any, str]] = [
        ([], "type"),
        ({}, "type"),
        ({"type": "Ask"}, "type"),
        ({"type": "Query"}, "type"),
        ({"type": "Query", "qq": 1}, "qq"),
        ({"type": "Query", "q": 1}, "q"),
        ({"type": "Query", "q": "(("}, "q"),
        ({"type": "Query", "attrs": []}, "attrs"),
        ({"type": "Query", "entities": []}, "entities"),
        ({"type": "Query", "entities": [{"name": "x"}]}, "entities[0].name"),
        ({"type": "Query", "entities": [{"type": "R", "id": "x"}]}, "id"),
        ({"type": "Query", "geoQ": []}, "geoQ"),
        ({"type": "Query", "temporalQ": {}}, "temporalQ"),
    ]
    told = await plane.refusals("POST", QUERY, [document for document, _ in wrong])
    assert told == [(400, field) for _, field in wrong]
