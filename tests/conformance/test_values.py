"""Names, values, geometries, times: clauses 4.6 to 4.8, 4.16, 4.18."""

from typing import Any

from conformance.every_kind import HERE, LAMP, NULL, POINT, prop
from conformance.plane import ENTITIES, DataPlane, at

RING = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]


async def test_4_6_1_texts_are_unicode(plane: DataPlane) -> None:
    text = "街灯 é\U0001f4a1\u0000 \"\\/<>&'"
    await plane.make({"id": LAMP, "type": "Lamp", "name": text})
    assert (await plane.told(HERE))["name"] == prop(text)
    assert await plane.ids('q=name~="街灯"') == ["Lamp:1"]


async def test_4_6_2_names(plane: DataPlane) -> None:
    names = ["a", "街灯", "é_1", "aB9", "ex:a", "https://example.org/a#b", "urn:x:y"]
    await plane.make({"id": LAMP, "type": names, **dict.fromkeys(names, 1)})
    assert await plane.told(f"{HERE}?options=keyValues") == {
        "id": LAMP,
        "type": names,
        **dict.fromkeys(names, 1),
    }


async def test_4_6_2_what_is_no_name_is_refused(plane: DataPlane) -> None:
    names = ["", "a b", "1a", "a-b", "a<b", 'a"b', "a\tb", "_a", "a" * 1025]
    documents = [{"id": LAMP, "type": "Lamp", name: 1} for name in names]
    assert await plane.refusals("POST", ENTITIES, documents) == [(400, name) for name in names]
    documents = [{"id": LAMP, "type": name} for name in names]
    assert await plane.refusals("POST", ENTITIES, documents) == [(400, "type")] * len(names)


VALUES: list[Any] = [
    0,
    -1.5,
    1e300,
    "",
    "x",
    True,
    [],
    ["a", 1],
    {},
    {"a": {"b": None}},
    {"@type": "DateTime", "@value": "2026-04-01T09:00:00Z"},
    {"@type": "Date", "@value": "2026-04-01"},
    {"@type": "Time", "@value": "09:00:00Z"},
    {"@type": "https://example.org/Colour", "@value": "#fff"},
]


async def test_4_6_3_values_of_every_data_type(plane: DataPlane) -> None:
    attributes = {f"a{n}": prop(value) for n, value in enumerate(VALUES)}
    await plane.make({"id": LAMP, "type": "Lamp", **attributes})
    assert await plane.told(HERE) == {"id": LAMP, "type": "Lamp", **attributes}


NULLS: list[tuple[Any, str]] = [
    (None, "a"),
    ({"value": None}, "a.value"),
    ({"type": "Property", "value": None}, "a.value"),
    (NULL, "a"),
    ({"value": NULL}, "a.value"),
    ({"type": "Property", "value": {"x": [NULL]}}, "a.value"),
    ({"object": NULL}, "a.object"),
    ({"languageMap": {"@none": NULL}}, "a.languageMap"),
    ({"languageMap": {"ja": NULL}}, "a.languageMap"),
    ({"vocab": NULL}, "a.vocab"),
    ({"json": NULL}, "a.json"),
    ({"valueList": [NULL]}, "a.valueList"),
    ({"objectList": [NULL]}, "a.objectList"),
    (prop(1, unitCode=NULL), "a.unitCode"),
    (prop(1, b=NULL), "a.b"),
]


async def test_4_5_0_no_null_makes_an_entity(plane: DataPlane) -> None:
    documents = [{"id": LAMP, "type": "Lamp", "a": member} for member, _ in NULLS]
    assert await plane.refusals("POST", ENTITIES, documents) == [(400, field) for _, field in NULLS]
    assert await plane.refused(ENTITIES, "POST", {"id": LAMP, "type": NULL}) == (400, "type")
    assert await plane.refused(ENTITIES, "POST", {"id": NULL, "type": "Lamp"}) == (400, "id")
    assert await plane.ids("type=*&local=true") == []


async def test_4_6_4_ids_are_uris(plane: DataPlane) -> None:
    uris = ["urn:a", "https://example.org/lamps/1?a=b#c", "URN:NGSI-LD:é:街", "a:b"]
    await plane.make(*({"id": uri, "type": "Lamp", "a": {"object": uri}} for uri in uris))
    shown = await plane.told(f"{ENTITIES}?type=Lamp&options=keyValues&pick=id,a")
    assert shown == [{"id": uri, "a": uri} for uri in sorted(uris)]


async def test_4_6_4_what_is_no_uri_is_refused(plane: DataPlane) -> None:
    wrong = ["lamp", "", "a b", ":a", "urn:a b", "urn:<a>", 5, None]
    documents: list[Any] = [{"id": uri, "type": "Lamp"} for uri in [*wrong, ["urn:a"]]]
    assert await plane.refusals("POST", ENTITIES, documents) == [(400, "id")] * 9
    links = [{"type": "Relationship", "object": uri} for uri in wrong]
    documents = [{"id": LAMP, "type": "Lamp", "a": link} for link in links]
    assert await plane.refusals("POST", ENTITIES, documents) == [(400, "a.object")] * 8


GEOMETRIES: list[dict[str, Any]] = [
    POINT,
    {"type": "Point", "coordinates": [140.1, 35.6, 12]},
    {"type": "MultiPoint", "coordinates": [[0, 0], [1, 1]]},
    {"type": "LineString", "coordinates": [[0, 0], [1, 1]]},
    {"type": "MultiLineString", "coordinates": [[[0, 0], [1, 1]], [[2, 2], [3, 3]]]},
    {"type": "Polygon", "coordinates": [RING, [[1, 1], [1, 2], [2, 2], [1, 1]]]},
    {"type": "MultiPolygon", "coordinates": [[RING]]},
    {"type": "GeometryCollection", "geometries": [POINT]},
]


async def test_4_7_1_every_geometry_is_kept_as_it_is(plane: DataPlane) -> None:
    whole = {f"a{n}": {"type": "GeoProperty", "value": one} for n, one in enumerate(GEOMETRIES)}
    await plane.make({"id": LAMP, "type": "Lamp", **whole})
    assert await plane.told(HERE) == {"id": LAMP, "type": "Lamp", **whole}
    concise = {f"a{n}": one for n, one in enumerate(GEOMETRIES)}
    await plane.done("PUT", HERE, {"type": "Lamp", **concise})
    assert await plane.told(HERE) == {"id": LAMP, "type": "Lamp", **whole}


NO_GEOMETRIES: list[Any] = [
    {"type": "Point", "coordinates": [181, 0]},
    {"type": "Point", "coordinates": [0, 91]},
    {"type": "Point", "coordinates": [0]},
    {"type": "Point", "coordinates": ["0", "0"]},
    {"type": "Point"},
    {"type": "LineString", "coordinates": [[0, 0]]},
    {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1]]]},
    {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]},
    {"type": "GeometryCollection", "geometries": []},
    {"type": "Circle", "coordinates": [0, 0]},
    "POINT(1 1)",
]


async def test_4_7_1_what_is_no_geometry_is_refused(plane: DataPlane) -> None:
    for geometry in NO_GEOMETRIES:
        member = {"type": "GeoProperty", "value": geometry}
        status, field = await plane.refused(ENTITIES, "POST", {"id": LAMP, "type": "Lamp", "a": member})
        assert (status, field.split(".")[:2]) == (400, ["a", "value"]), geometry


async def test_4_8_moments_are_told_in_utc_and_to_the_microsecond(plane: DataPlane) -> None:
    for told, shown in (
        ("2026-04-01T18:00:00+09:00", "2026-04-01T09:00:00Z"),
        ("2026-04-01T09:00:00.5Z", "2026-04-01T09:00:00.500Z"),
        ("2026-04-01T09:00:00,123456Z", "2026-04-01T09:00:00.123456Z"),
        ({"@type": "DateTime", "@value": "2026-04-01T09:00:00Z"}, "2026-04-01T09:00:00Z"),
    ):
        document = {"id": LAMP, "type": "Lamp", "a": {"value": 1, "observedAt": told}}
        await plane.done("POST", "/entityOperations/upsert", [document])
        assert (await plane.told(HERE))["a"] == prop(1, observedAt=shown)
    for wrong in ("2026-04-01", "09:00", "2026-02-30T09:00:00Z", 5, None, NULL):
        reply = await plane.refused(HERE, "PUT", {"type": "Lamp", "a": {"value": 1, "observedAt": wrong}})
        assert reply == (400, "a.observedAt")


async def test_4_8_system_times_are_the_systems(plane: DataPlane) -> None:
    """They are told on request alone; what a client says of them is passed over."""
    wrong = {"createdAt": "2020-01-01T00:00:00Z", "modifiedAt": "2020-01-01T00:00:00Z"}
    await plane.make({"id": LAMP, "type": "Lamp", **wrong, "a": prop(1, **wrong), "b": prop(2)})
    plane.written_at(at(5))
    await plane.done("PATCH", f"{HERE}/attrs/a", {"value": 3, **wrong})
    assert await plane.told(HERE) == {"id": LAMP, "type": "Lamp", "a": prop(3), "b": prop(2)}
    born, changed = {"createdAt": at(0), "modifiedAt": at(0)}, {"createdAt": at(0), "modifiedAt": at(5)}
    assert await plane.told(f"{HERE}?options=sysAttrs") == {
        "id": LAMP,
        "type": "Lamp",
        **changed,
        "a": prop(3, **changed),
        "b": prop(2, **born),
    }


async def test_4_16_an_entity_may_have_several_types(plane: DataPlane) -> None:
    await plane.make({"id": LAMP, "type": ["Lamp", "Art", "Lamp"]})
    assert await plane.told(HERE) == {"id": LAMP, "type": ["Lamp", "Art"]}
    await plane.done("PATCH", HERE, {"type": ["Light", "Art"]})
    assert (await plane.told(HERE))["type"] == ["Lamp", "Art", "Light"]
    for wrong in ([], 5, None, [5], "@id"):
        assert await plane.refused(HERE, "PUT", {"type": wrong}) == (400, "type")


async def test_4_18_scopes_are_paths(plane: DataPlane) -> None:
    await plane.make({"id": LAMP, "type": "Lamp", "scope": ["/Chiba/Park", "Lights", "/Chiba/Park"]})
    assert (await plane.told(HERE))["scope"] == ["/Chiba/Park", "/Lights"]
    await plane.done("PUT", HERE, {"type": "Lamp", "scope": "Chiba"})
    assert (await plane.told(HERE))["scope"] == "/Chiba"
    for wrong in (5, None, "", "/", "a//b", "/a b", "/1", "/#", "/+", NULL):
        assert await plane.refused(HERE, "PUT", {"type": "Lamp", "scope": wrong}) == (400, "scope")
