"""Which entities are meant: places, tenants, types, scopes: clauses 4.10, 4.14, 4.17, 4.19."""

import json
from typing import Any
from urllib.parse import quote

from conformance.plane import ENTITIES, DataPlane

SQUARE = [[[139, 35], [140, 35], [140, 36], [139, 36], [139, 35]]]
BIG = [[[138, 34], [141, 34], [141, 37], [138, 37], [138, 34]]]


def place(number: str, kind: str, coordinates: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": f"urn:ngsi-ld:{number}",
        "type": "P",
        "location": {"type": kind, "coordinates": coordinates},
        **more,
    }


PLACES = [
    place("point", "Point", [139.5, 35.5]),
    place("corner", "Point", [139, 35]),
    place("far", "Point", [10, 50], area={"type": "Point", "coordinates": [139.5, 35.5]}),
    place("square", "Polygon", SQUARE),
    place("half", "Polygon", [[[139.5, 35], [140.5, 35], [140.5, 36], [139.5, 36], [139.5, 35]]]),
    place("line", "LineString", [[139.2, 35.2], [139.8, 35.8]]),
    place("two", "MultiPoint", [[10, 50], [139.5, 35.5]]),
    {"id": "urn:ngsi-ld:none", "type": "P", "location": 5},
    {
        "id": "urn:ngsi-ld:twice",
        "type": "P",
        "location": [
            {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [0, 0]}},
            {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [0, 1]}, "datasetId": "urn:d"},
        ],
    },
]

RELATED = {
    ("within", "Polygon", json.dumps(SQUARE)): "line point square",
    ("within", "MultiPolygon", json.dumps([SQUARE])): "line point square",
    ("contains", "Point", "[139.5,35.5]"): "line point square two",
    ("contains", "LineString", "[[139.2,35.2],[139.8,35.8]]"): "line square",
    ("intersects", "Point", "[139.9,35.5]"): "half square",
    ("intersects", "LineString", "[[138,35],[139,35]]"): "corner square",
    ("intersects", "MultiPoint", "[[10,50],[0,1]]"): "far twice two",
    ("disjoint", "Polygon", json.dumps(BIG)): "far twice",
    ("equals", "Point", "[139.5,35.5]"): "point",
    ("equals", "MultiPoint", "[[139.5,35.5],[10,50]]"): "two",
    ("equals", "Polygon", json.dumps(SQUARE)): "square",
    ("overlaps", "Polygon", json.dumps(SQUARE)): "half",
    ("near;maxDistance==1", "Point", "[139.5,35.5]"): "half line point square two",
    ("near;maxDistance==112000", "Point", "[0,0]"): "twice",
    ("near;minDistance==1000000", "Point", "[139.5,35.5]"): "far twice",
    ("near;minDistance==1000;maxDistance==80000", "Point", "[139.5,35.5]"): "corner",
    ("near;maxDistance==2000", "MultiPoint", "[[10.01,50],[0.01,0]]"): "far twice two",
}


def geo(relation: str, geometry: str, coordinates: str) -> str:
    return f"georel={quote(relation, safe='=;')}&geometry={geometry}&coordinates={quote(coordinates)}"


async def test_4_10_each_relation_holds_where_it_should(plane: DataPlane) -> None:
    await plane.make(*PLACES)
    found = {asked: " ".join(sorted(await plane.ids(f"type=P&{geo(*asked)}"))) for asked in RELATED}
    assert found == RELATED
    near = geo("near;maxDistance==1", "Point", "[139.5,35.5]")
    assert await plane.ids(f"{near}&geoproperty=area") == ["far"]
    assert await plane.ids(f"{near}&geoproperty=none") == []
    within = geo("within", "Polygon", json.dumps(SQUARE))
    assert sorted(await plane.ids(within)) == ["line", "point", "square"]


async def test_4_10_what_is_no_geo_query_is_refused(plane: DataPlane) -> None:
    point = "geometry=Point&coordinates=[1,2]"
    wrong = {
        f"georel=near&{point}": "georel",
        f"georel=near;maxDistance==0&{point}": "georel",
        f"georel=near;maxDistance==-5&{point}": "georel",
        f"georel=near;minDistance==0&{point}": "georel",
        f"georel=near;maxDistance==abc&{point}": "georel",
        f"georel=near;maxDistance=5&{point}": "georel",
        f"georel=near;maxDistance==5;maxDistance==6&{point}": "georel",
        f"georel=within;maxDistance==5&{point}": "georel",
        f"georel=beside&{point}": "georel",
        "georel=near;maxDistance==5": "geometry",
        point: "georel",
        "georel=within&geometry=Circle&coordinates=[1,2]": "geometry",
        "georel=within&geometry=GeometryCollection&coordinates=[1,2]": "geometry",
        "georel=within&geometry=Point&coordinates=1,2": "coordinates",
        "georel=within&geometry=Point&coordinates=[1,200]": "coordinates",
        "georel=within&geometry=Point": "coordinates",
        "georel=within&geometry=LineString&coordinates=[1,2]": "coordinates",
        "georel=within&geometry=Polygon&coordinates=[[[0,0],[1,0],[1,1]]]": "coordinates",
    }
    told = await plane.refusals("GET", f"{ENTITIES}?type=P&{{}}", list(wrong))
    assert dict(zip(wrong, told, strict=True)) == {query: (400, field) for query, field in wrong.items()}


async def test_4_14_areas_are_tenants_that_share_nothing(plane: DataPlane) -> None:
    chiba = {"ngsild_tenant": "chiba"}
    await plane.make({"id": "urn:ngsi-ld:1", "type": "P"})
    reply = await plane.ask("POST", ENTITIES, {"id": "urn:ngsi-ld:1", "type": "Q", "a": 1}, **chiba)
    assert (reply.status, reply.header("ngsild-tenant")) == (201, "chiba")
    here = f"{ENTITIES}/urn:ngsi-ld:1"
    assert await plane.told(here, **chiba) == {
        "id": "urn:ngsi-ld:1",
        "type": "Q",
        "a": {"type": "Property", "value": 1},
    }
    assert await plane.told(here) == {"id": "urn:ngsi-ld:1", "type": "P"}
    assert await plane.told(here, ngsild_tenant="demo") == await plane.told(here)
    assert (await plane.told("/types", **chiba))["typeList"] == ["Q"]
    assert (await plane.told("/attributes"))["attributeList"] == []
    await plane.done("DELETE", here, **chiba)
    assert await plane.ids("type=P") == ["1"]
    answered = await plane.ask("GET", here)
    assert answered.header("ngsild-tenant") is None


async def test_4_14_a_tenant_that_is_not_there_is_refused(plane: DataPlane) -> None:
    asked: list[tuple[str, str, Any]] = [
        ("GET", f"{ENTITIES}?type=P", None),
        ("GET", "/types", None),
        ("GET", "/attributes?details=true", None),
        ("POST", ENTITIES, {"id": "urn:ngsi-ld:1", "type": "P"}),
        ("DELETE", f"{ENTITIES}/urn:ngsi-ld:1", None),
    ]
    for method, path, document in asked:
        error = await plane.code(method, path, document, ngsild_tenant="atlantis")
        assert error == (404, "NonexistentTenant"), (method, path)


TYPES = {
    "A": "ab a abc",
    "A,C": "ab a abc c",
    "A|C": "ab a abc c",
    "A;B": "ab abc",
    "(A;B),C": "ab abc c",
    "A;(B|C)": "ab abc",
    "A;B;C": "abc",
    "D": "",
    "*": "ab a abc c",
    "https://uri.etsi.org/ngsi-ld/default-context/C": "abc c",
}


async def test_4_17_types_are_chosen_by_and_or_and_brackets(plane: DataPlane) -> None:
    for name in ("ab", "a", "abc", "c"):
        await plane.make({"id": f"urn:ngsi-ld:{name}", "type": [one.upper() for one in name]})
    found = {types: set(await plane.ids(f"type={quote(types)}")) for types in TYPES}
    assert found == {types: set(wanted.split()) for types, wanted in TYPES.items()}
    wrong = ["", "A;", ",A", "(A", "A)", "A;;B", "A B"]
    told = await plane.refusals("GET", f"{ENTITIES}?type={{}}", [quote(one) for one in wrong])
    assert told == [(400, "type")] * len(wrong)


SCOPES = {
    "/Madrid": "madrid",
    "Madrid": "madrid",
    "/Madrid/#": "madrid gardens centro",
    "/Madrid/+": "gardens",
    "/+/Gardens": "gardens",
    "/+": "madrid centro",
    "/#": "madrid gardens centro tokyo",
    "/+/+/Park": "centro tokyo",
    "/Madrid/+/Park": "centro",
    "/Madrid,/Tokyo/#": "madrid centro tokyo",
    "/Madrid|/Tokyo/#": "madrid centro tokyo",
    "/Madrid/#;/Tokyo/#": "centro",
    "(/Madrid/#;/Tokyo/#),/Madrid": "madrid centro",
    "/madrid": "",
    "/Mad": "",
}


async def test_4_19_scopes_are_chosen_by_path(plane: DataPlane) -> None:
    """`+` stands for one level, `#` for any number at the end."""
    for name, scope in {
        "madrid": "/Madrid",
        "gardens": "/Madrid/Gardens",
        "centro": ["/Madrid/Centro/Park", "/Tokyo"],
        "tokyo": "/Tokyo/Ueno/Park",
        "none": None,
    }.items():
        await plane.make(
            {"id": f"urn:ngsi-ld:{name}", "type": "P", **({"scope": scope} if scope is not None else {})}
        )
    found = {scopes: set(await plane.ids(f"type=P&scopeQ={quote(scopes)}")) for scopes in SCOPES}
    assert found == {scopes: set(wanted.split()) for scopes, wanted in SCOPES.items()}
    wrong = ["", "//", "/a/", "/a;", "(/a", "/#/a", "/a#", "/a b"]
    told = await plane.refusals("GET", f"{ENTITIES}?type=P&scopeQ={{}}", [quote(one) for one in wrong])
    assert told == [(400, "scopeQ")] * len(wrong)
