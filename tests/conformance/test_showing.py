"""What of entities is shown, and in which order: clauses 4.5.23, 4.21, 4.23."""

from typing import Any
from urllib.parse import quote

import pytest

from conformance.every_kind import HERE, LAMP, prop
from conformance.plane import ENTITIES, DataPlane, at

HALL = {
    "id": LAMP,
    "type": "Lamp",
    "scope": "/a",
    "power": prop(40, valueType="xsdInteger"),
    "level": [prop(1), prop(2, datasetId="urn:d:2")],
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [140.1, 35.6]}},
}
SYS = {"createdAt": at(0), "modifiedAt": at(0)}

PROJECTIONS: dict[str, dict[str, Any]] = {
    "pick=id,power": {"id": LAMP, "power": HALL["power"]},
    "pick=type|scope": {"type": "Lamp", "scope": "/a"},
    "pick=https://uri.etsi.org/ngsi-ld/location": {"location": HALL["location"]},
    "omit=id,level|location,scope": {"type": "Lamp", "power": HALL["power"]},
    "omit=none": HALL,
    "pick=power,level&omit=level": {"power": HALL["power"]},
    "attrs=power,none": {"id": LAMP, "type": "Lamp", "scope": "/a", "power": HALL["power"]},
    "pick=level&datasetId=urn:d:2": {"level": HALL["level"][1]},
    "pick=level&datasetId=@none": {"level": HALL["level"][0]},
    "pick=power,createdAt&options=concise": {
        "createdAt": at(0),
        "power": {"value": 40, "valueType": "xsdInteger"},
    },
    "pick=id,createdAt,modifiedAt,location&options=sysAttrs": {
        "id": LAMP,
        **SYS,
        "location": {**HALL["location"], **SYS},
    },
    "omit=createdAt,power,level,location&options=sysAttrs": {
        "id": LAMP,
        "type": "Lamp",
        "scope": "/a",
        "modifiedAt": at(0),
    },
}


async def test_4_21_members_are_picked_and_left_out(plane: DataPlane) -> None:
    await plane.make(HALL)
    shown = {query: await plane.told(f"{HERE}?{query}") for query in PROJECTIONS}
    assert shown == PROJECTIONS
    listed = {query: await plane.told(f"{ENTITIES}?type=Lamp&{query}") for query in PROJECTIONS}
    assert listed == {query: [wanted] for query, wanted in PROJECTIONS.items()}


async def test_4_21_what_is_no_projection_is_refused(plane: DataPlane) -> None:
    wrong = {
        "pick=": "pick",
        "pick=a,": "pick",
        "pick=a{": "pick",
        "pick=a{}": "pick",
        "pick=a}": "pick",
        "omit=,a": "omit",
        "omit=a b": "omit",
        "attrs=": "attrs",
        "attrs=a,,b": "attrs",
        "attrs=a&pick=b": "attrs",
        "attrs=a&omit=b": "attrs",
        "pick=to{n}": "pick",
        "omit=to{n}": "omit",
        "pick=to{to{n}}&join=inline": "pick",
    }
    told = await plane.refusals("GET", f"{ENTITIES}?type=T&{{}}", [quote(one, safe="=&") for one in wrong])
    assert dict(zip(wrong, told, strict=True)) == {query: (400, field) for query, field in wrong.items()}


A: dict[str, Any] = {"id": "urn:a", "type": "T", "to": {"type": "Relationship", "object": "urn:b"}}
B: dict[str, Any] = {
    "id": "urn:b",
    "type": "T",
    "n": prop(1),
    "all": {"type": "ListRelationship", "objectList": [{"object": "urn:a"}, {"object": "urn:c"}]},
}
C: dict[str, Any] = {"id": "urn:c", "type": "T", "n": prop(2)}


@pytest.fixture
async def linked(plane: DataPlane) -> DataPlane:
    await plane.make(A, B, C)
    return plane


async def test_4_5_23_linked_entities_stand_inside(linked: DataPlane) -> None:
    deep = B | {"all": B["all"] | {"entityList": [C]}}
    for query, wanted in {
        "": A,
        "?join=@none": A,
        "?join=inline": A | {"to": A["to"] | {"entity": B}},
        "?join=inline&joinLevel=2": A | {"to": A["to"] | {"entity": deep}},
        "?join=inline&containedBy=urn:b": A,
        "?join=inline&options=keyValues": {
            "id": "urn:a",
            "type": "T",
            "to": {"id": "urn:b", "type": "T", "n": 1, "all": ["urn:a", "urn:c"]},
        },
        "?join=inline&options=keyValues&pick=id,to{n}": {"id": "urn:a", "to": {"n": 1}},
        "?join=inline&options=keyValues&omit=to{all,type}": {
            "id": "urn:a",
            "type": "T",
            "to": {"id": "urn:b", "n": 1},
        },
        "?join=inline&joinLevel=2&options=keyValues&pick=to{all{n}}": {"to": {"all": ["urn:a", {"n": 2}]}},
    }.items():
        assert await linked.told(f"{ENTITIES}/urn:a{query}") == wanted, query
    whole = await linked.told(f"{ENTITIES}?type=T&join=inline&options=keyValues&id=urn:a,urn:c")
    assert whole == [
        {"id": "urn:a", "type": "T", "to": {"id": "urn:b", "type": "T", "n": 1, "all": ["urn:a", "urn:c"]}},
        {"id": "urn:c", "type": "T", "n": 2},
    ]


async def test_4_5_23_linked_entities_stand_behind(linked: DataPlane) -> None:
    for query, wanted in {
        "": [A, B],
        "&joinLevel=2": [A, B, C],
        "&joinLevel=2&containedBy=urn:b": [A],
    }.items():
        assert await linked.told(f"{ENTITIES}/urn:a?join=flat{query}") == wanted, query
    assert await linked.told(f"{ENTITIES}?id=urn:a&type=T&join=flat") == [A, B]
    headers = {"accept": "application/geo+json", "prefer": "body=json"}
    features = await linked.told(f"{ENTITIES}/urn:a?join=flat&options=keyValues", **headers)
    assert features == {
        "type": "FeatureCollection",
        "features": [
            {"id": "urn:a", "type": "Feature", "geometry": None, "properties": {"type": "T", "to": "urn:b"}},
            {
                "id": "urn:b",
                "type": "Feature",
                "geometry": None,
                "properties": {"type": "T", "n": 1, "all": ["urn:a", "urn:c"]},
            },
        ],
    }


async def test_4_5_23_what_is_no_join_is_refused(linked: DataPlane) -> None:
    wrong = {"join=deep": "join", "join=flat&joinLevel=9": "joinLevel", "join=flat&joinLevel=0": "joinLevel"}
    told = await linked.refusals("GET", f"{ENTITIES}/urn:a?{{}}", list(wrong))
    assert told == [(400, field) for field in wrong.values()]


ROWS: dict[str, Any] = {
    "number": 10,
    "less": 9.5,
    "text": "b",
    "upper": "B",
    "accent": "é",
    "object": prop({"x": 1}),
    "array": prop([1]),
    "truth": True,
    "moment": prop({"@type": "DateTime", "@value": "2026-04-01T09:00:00Z"}),
    "nil": {"json": None},
    "link": {"object": "urn:z"},
}
RANKS = "less number text upper accent link object array truth moment nil nothing"


async def test_4_23_2_values_of_each_type_have_their_rank(plane: DataPlane) -> None:
    """Numbers, texts, objects, arrays, truth values, moments, null; then what has no such attribute, in both directions."""
    await plane.make(
        *({"id": f"urn:ngsi-ld:{name}", "type": "R", "a": value} for name, value in ROWS.items())
    )
    await plane.make({"id": "urn:ngsi-ld:nothing", "type": "R"})
    names = RANKS.split()
    assert await plane.ids("type=R&orderBy=a") == names
    assert await plane.ids("type=R&orderBy=a;asc") == names
    assert await plane.ids("type=R&orderBy=a;desc") == [*reversed(names[:-2]), *names[-2:]]


async def test_4_23_2_entities_are_ordered_by_several_keys_and_paths(plane: DataPlane) -> None:
    for number, (name, age, city, day) in enumerate(
        [("b", 1, "y", 3), ("a", 2, "x", 1), ("b", 2, "x", 2), ("a", 1, "z", 4)]
    ):
        plane.clock.forward(1)
        await plane.make(
            {
                "id": f"urn:ngsi-ld:{number}",
                "type": "R",
                "name": prop(name, since=prop(day)),
                "age": prop(age, observedAt=at(day)),
                "address": prop({"city": city}),
                "to": {"object": f"urn:x:{9 - number}"},
            }
        )
    for keys, wanted in {
        "name,age": "3102",
        "name,age;desc": "1320",
        "name;desc,age;asc": "0231",
        "address[city],name": "1203",
        "name.since": "1203",
        "age.observedAt;desc": "3021",
        "to": "3210",
        "id;desc": "3210",
        "createdAt;desc": "3210",
        "none": "0123",
    }.items():
        assert "".join(await plane.ids(f"type=R&orderBy={quote(keys)}")) == wanted, keys
    page = await plane.ids("type=R&orderBy=name,age;desc&limit=2&offset=1")
    assert page == ["3", "2"]


async def test_4_23_entities_are_ordered_by_distance(plane: DataPlane) -> None:
    for name, coordinates in {"near": [140, 35], "nearer": [139.6, 35], "far": [120, 30]}.items():
        location = {"type": "Point", "coordinates": coordinates}
        await plane.make({"id": f"urn:ngsi-ld:{name}", "type": "R", "location": location})
    await plane.make(
        {"id": "urn:ngsi-ld:nowhere", "type": "R"}, {"id": "urn:ngsi-ld:text", "type": "R", "location": "x"}
    )
    here = "type=R&orderFrom=[139.5,35]&orderBy=location;"
    assert await plane.ids(f"{here}dist-asc") == ["nearer", "near", "far", "text", "nowhere"]
    assert await plane.ids(f"{here}dist-desc") == ["far", "near", "nearer", "text", "nowhere"]
    line = "type=R&orderGeometry=LineString&orderFrom=[[119,30],[121,30]]&orderBy=location;dist-asc"
    assert (await plane.ids(line))[:3] == ["far", "nearer", "near"]


async def test_4_23_3_texts_are_ordered_as_a_language_does(plane: DataPlane) -> None:
    for number, name in enumerate(["z", "ä", "Z", "a"]):
        await plane.make({"id": f"urn:ngsi-ld:{number}", "type": "R", "name": name})
    assert await plane.ids("type=R&orderBy=name") == ["3", "1", "0", "2"]
    assert await plane.ids("type=R&orderBy=name&collation=und-u-ks-identic") == ["3", "1", "0", "2"]
    assert await plane.ids("type=R&orderBy=name&collation=de-u-co-phonebk") == ["3", "1", "0", "2"]
    assert await plane.code("GET", f"{ENTITIES}?type=R&orderBy=name&collation=sv") == (
        422,
        "OperationNotSupported",
    )


async def test_4_23_what_is_no_order_is_refused(plane: DataPlane) -> None:
    wrong = {
        "orderBy=a;up": "orderBy",
        "orderBy=": "orderBy",
        "orderBy=a,": "orderBy",
        "orderBy=a;dist-asc": "orderFrom",
        "orderBy=a&orderFrom=[1,2]": "orderFrom",
        "orderBy=a;dist-asc&orderFrom=1,2": "orderFrom",
        "orderBy=a;dist-asc&orderFrom=[[1,2],[3,4]]": "orderFrom",
        "orderBy=a;dist-asc&orderFrom=[1,2]&orderGeometry=Circle": "orderGeometry",
    }
    told = await plane.refusals("GET", f"{ENTITIES}?type=R&{{}}", list(wrong))
    assert dict(zip(wrong, told, strict=True)) == {query: (400, field) for query, field in wrong.items()}
