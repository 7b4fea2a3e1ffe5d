"""How entities are written and shown: clauses 4.5.1 to 4.5.5, 4.5.16 to 4.5.24, 4.15."""

from typing import Any

import pytest

from conformance.every_kind import CONCISE, HERE, LAMP, NORMALIZED, POINT, SIMPLIFIED, prop
from conformance.plane import ENTITIES, DataPlane

GEO = {"accept": "application/geo+json"}
PLAIN_GEO = {**GEO, "prefer": "body=json"}


@pytest.fixture
async def lamp(plane: DataPlane) -> DataPlane:
    await plane.make(NORMALIZED)
    return plane


FORMS: list[tuple[str, dict[str, Any]]] = [
    ("", NORMALIZED),
    ("?options=normalized", NORMALIZED),
    ("?format=normalized", NORMALIZED),
    ("?options=concise", CONCISE),
    ("?format=concise", CONCISE),
    ("?options=keyValues", SIMPLIFIED),
    ("?options=simplified", SIMPLIFIED),
    ("?format=simplified", SIMPLIFIED),
    ("?format=keyValues", SIMPLIFIED),
    ("?options=normalized&format=simplified", SIMPLIFIED),
]


async def test_4_5_1_each_representation_is_shown_as_asked(lamp: DataPlane) -> None:
    for query, wanted in FORMS:
        assert await lamp.told(HERE + query) == wanted, query
        collection = "?type=Lamp" + query.replace("?", "&")
        assert await lamp.told(ENTITIES + collection) == [wanted], query


async def test_4_5_1_what_is_written_concisely_is_the_same_entity(plane: DataPlane) -> None:
    await plane.make(CONCISE)
    assert await plane.told(HERE) == NORMALIZED


async def test_4_5_1_members_of_answers_are_passed_over_when_they_come_back(lamp: DataPlane) -> None:
    shown = await lamp.told(f"{HERE}?options=sysAttrs")
    lamp.clock.forward(60)
    await lamp.done("PUT", HERE, shown)
    assert await lamp.told(HERE) == NORMALIZED
    assert (await lamp.told(f"{HERE}?options=sysAttrs"))["modifiedAt"] == "2026-04-01T09:01:00Z"


PROPERTIES: list[tuple[Any, dict[str, Any]]] = [
    (5, prop(5)),
    ("x", prop("x")),
    (True, prop(True)),
    ([1, 2], prop([1, 2])),
    ({"a": {"b": [None, 1]}}, prop({"a": {"b": [None, 1]}})),
    ({"value": 5}, prop(5)),
    ({"type": "Property", "value": {"value": 5}}, prop({"value": 5})),
    ({"value": 5, "unitCode": "CEL"}, prop(5, unitCode="CEL")),
    ({"value": 5, "valueType": "xsdInteger"}, prop(5, valueType="xsdInteger")),
    ({"value": 5, "by": {"object": "urn:a"}}, prop(5, by={"type": "Relationship", "object": "urn:a"})),
    ({"value": 5, "a": {"value": 1, "b": 2}}, prop(5, a=prop(1, b=prop(2)))),
    ({"value": POINT}, {"type": "GeoProperty", "value": POINT}),
    ({"type": "Property", "value": POINT}, prop(POINT)),
]


async def test_4_5_2_properties(plane: DataPlane) -> None:
    await plane.make(
        {"id": LAMP, "type": "Lamp", **{f"a{n}": written for n, (written, _) in enumerate(PROPERTIES)}}
    )
    shown = {f"a{n}": shown for n, (_, shown) in enumerate(PROPERTIES)}
    assert await plane.told(HERE) == {"id": LAMP, "type": "Lamp", **shown}


RELATIONSHIPS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"object": "urn:a"}, {"object": "urn:a"}),
    ({"object": ["urn:a", "urn:b"]}, {"object": ["urn:a", "urn:b"]}),
    ({"object": "urn:a", "objectType": ["T", "U"]}, {"object": "urn:a", "objectType": ["T", "U"]}),
    (
        {"object": "urn:a", "observedAt": "2026-04-01T18:00:00+09:00", "since": 3},
        {"object": "urn:a", "observedAt": "2026-04-01T09:00:00Z", "since": prop(3)},
    ),
]


async def test_4_5_3_relationships(plane: DataPlane) -> None:
    for kind in ({}, {"type": "Relationship"}):
        written = {f"a{n}": kind | document for n, (document, _) in enumerate(RELATIONSHIPS)}
        shown = {f"a{n}": {"type": "Relationship", **one} for n, (_, one) in enumerate(RELATIONSHIPS)}
        await plane.done("POST", "/entityOperations/upsert", [{"id": LAMP, "type": "Lamp", **written}])
        assert await plane.told(HERE) == {"id": LAMP, "type": "Lamp", **shown}


async def test_4_5_4_simplified_forms_of_instances_that_are_picked_are_bare(lamp: DataPlane) -> None:
    assert await lamp.told(f"{HERE}?options=keyValues&pick=level&datasetId=@none") == {"level": 1}
    assert await lamp.told(f"{HERE}?options=keyValues&pick=level&datasetId=urn:d:2") == {"level": 2}


async def test_4_5_5_instances_are_told_apart_by_dataset(plane: DataPlane) -> None:
    """The default one has no datasetId, or the one that stands for it."""
    written = [prop(3, datasetId="urn:d:3"), prop(1, datasetId="@none"), prop(2, datasetId="urn:d:2")]
    await plane.make({"id": LAMP, "type": "Lamp", "a": written})
    default, second, third = prop(1), written[2], written[0]
    assert (await plane.told(HERE))["a"] == [default, second, third]
    assert (await plane.told(f"{HERE}?datasetId=urn:d:2"))["a"] == second
    assert (await plane.told(f"{HERE}?datasetId=@none,urn:d:3"))["a"] == [default, third]
    assert await plane.ids("type=Lamp&attrs=a&datasetId=urn:d:9") == []


async def test_4_5_5_instances_that_cannot_be_told_apart_are_refused(plane: DataPlane) -> None:
    """Members that are no attributes have no instances at all."""
    moment = "2026-04-01T09:00:00Z"
    wrong = [
        [prop(1), prop(2)],
        [prop(1, datasetId="urn:d"), prop(2, datasetId="urn:d")],
        prop(1, datasetId="no uri"),
        prop(1, observedAt=[moment, moment]),
        prop(1, unitCode=["CEL", "FAH"]),
    ]
    documents = [{"id": LAMP, "type": "Lamp", "a": value} for value in wrong]
    fields = ("a.datasetId", "a.datasetId", "a.datasetId", "a.observedAt", "a.unitCode")
    assert await plane.refusals("POST", ENTITIES, documents) == [(400, field) for field in fields]


async def test_4_5_16_features_and_collections(lamp: DataPlane) -> None:
    members = {name: value for name, value in NORMALIZED.items() if name != "id"}
    feature = {"id": LAMP, "type": "Feature", "geometry": POINT, "properties": members}
    assert await lamp.told(HERE, **PLAIN_GEO) == feature
    collection = {"type": "FeatureCollection", "features": [feature]}
    assert await lamp.told(f"{ENTITIES}?type=Lamp", **PLAIN_GEO) == collection
    whole = await lamp.told(HERE, **GEO)
    assert whole.pop("@context") is not None and whole == feature


async def test_4_5_16_the_geometry_is_the_property_that_is_asked_for(plane: DataPlane) -> None:
    second = {"type": "Point", "coordinates": [1, 2]}
    area = [
        {"type": "GeoProperty", "value": second, "datasetId": "urn:d"},
        {"type": "GeoProperty", "value": POINT},
    ]
    await plane.make({"id": LAMP, "type": "Lamp", "area": area, "location": 5})

    async def geometry(query: str) -> Any:
        return (await plane.told(f"{HERE}?{query}", **PLAIN_GEO))["geometry"]

    assert await geometry("geometryProperty=area") == POINT
    assert await geometry("geometryProperty=area&datasetId=urn:d") == second
    assert await geometry("geometryProperty=location") is None
    assert await geometry("geometryProperty=none") is None
    assert await geometry("pick=id,type&geometryProperty=area") == POINT


async def test_4_5_17_simplified_features(lamp: DataPlane) -> None:
    simple = await lamp.told(f"{HERE}?options=keyValues&attrs=power,location", **PLAIN_GEO)
    properties = {"type": "Lamp", "scope": "/Chiba/Park", "power": 40, "location": POINT}
    assert simple == {"id": LAMP, "type": "Feature", "geometry": POINT, "properties": properties}


LABEL = {
    "type": "LanguageProperty",
    "languageMap": {"ja": "街灯", "en-GB": "Street lamp", "fr": ["Lampe", "Feu"]},
}


async def test_4_15_a_language_filter_chooses_one_text(plane: DataPlane) -> None:
    await plane.make({"id": LAMP, "type": "Lamp", "label": LABEL})
    assert (await plane.told(HERE))["label"] == LABEL
    for lang, value, tag in (
        ("ja", "街灯", "ja"),
        ("en", "Street lamp", "en-GB"),
        ("EN-gb", "Street lamp", "en-GB"),
        ("de,fr;q=0.5", ["Lampe", "Feu"], "fr"),
        ("fr;q=0.5,ja;q=0.8,*;q=0.1", "街灯", "ja"),
        ("*", "街灯", "ja"),
        ("de", "街灯", "ja"),
    ):
        here = f"{HERE}?lang={lang}"
        assert (await plane.told(here))["label"] == prop(value, lang=tag), lang
        assert (await plane.told(f"{here}&options=concise"))["label"] == {"value": value, "lang": tag}
        assert (await plane.told(f"{here}&options=keyValues"))["label"] == value


async def test_4_5_18_language_maps_hold_texts_by_tag(plane: DataPlane) -> None:
    await plane.make({"id": LAMP, "type": "Lamp", "a": {"languageMap": {"@none": "x", "zh-Hant-TW": ["y"]}}})
    wrong: list[Any] = [{}, "x", {"not a tag": "x"}, {"ja": 5}, {"ja": []}]
    documents = [{"id": LAMP, "type": "Lamp", "a": {"languageMap": value}} for value in wrong]
    fields = ["a.languageMap"] * 3 + ["a.languageMap.ja"] * 2
    assert await plane.refusals("PUT", HERE, documents) == [(400, field) for field in fields]


async def test_4_5_20_vocabulary_terms_are_shown_by_the_context_of_the_reader(plane: DataPlane) -> None:
    context = {"Green": "https://example.org/green"}
    plane.web.documents["https://example.org/c.jsonld"] = {"@context": context}
    link = '<https://example.org/c.jsonld>; rel="http://www.w3.org/ns/json-ld#context"'
    colour = {"type": "VocabProperty", "vocab": ["Green", "Red"]}
    await plane.done("POST", ENTITIES, {"id": LAMP, "type": "Lamp", "colour": colour}, link=link)
    assert (await plane.told(HERE, link=link))["colour"] == colour
    assert (await plane.told(HERE))["colour"]["vocab"] == ["https://example.org/green", "Red"]
    assert (await plane.told(f"{HERE}?options=keyValues", link=link))["colour"] == {"vocab": ["Green", "Red"]}
    for wrong in (5, [], [5], ""):
        document = {"id": LAMP, "type": "Lamp", "colour": {"vocab": wrong}}
        assert await plane.refused(HERE, "PUT", document) == (400, "colour.vocab")


async def test_4_5_21_lists_keep_their_order(plane: DataPlane) -> None:
    values = [3, 1, "x", [2, {"a": 1}], True]
    await plane.make({"id": LAMP, "type": "Lamp", "a": {"valueList": values}, "b": {"valueList": []}})
    assert (await plane.told(HERE))["a"] == {"type": "ListProperty", "valueList": values}
    assert await plane.told(f"{HERE}?pick=a,b&options=keyValues") == {"a": values, "b": []}
    document = {"id": LAMP, "type": "Lamp", "a": {"type": "ListProperty", "valueList": 5}}
    assert await plane.refused(HERE, "PUT", document) == (400, "a.valueList")


async def test_4_5_22_lists_of_objects_keep_their_order(plane: DataPlane) -> None:
    whole = {"type": "ListRelationship", "objectList": [{"object": "urn:b"}, {"object": "urn:a"}]}
    for written in (whole, {"objectList": ["urn:b", "urn:a"]}, {"objectList": whole["objectList"]}):
        document = {"id": LAMP, "type": "Lamp", "a": written}
        await plane.done("POST", "/entityOperations/upsert", [document])
        assert (await plane.told(HERE))["a"] == whole
    assert (await plane.told(f"{HERE}?options=concise"))["a"] == {"objectList": ["urn:b", "urn:a"]}
    for wrong in ("urn:b", ["b"], [{"id": "urn:b"}]):
        document = {"id": LAMP, "type": "Lamp", "a": {"objectList": wrong}}
        assert (await plane.refused(HERE, "PUT", document))[0] == 400


async def test_4_5_24_json_is_neither_expanded_nor_compacted(plane: DataPlane) -> None:
    plane.web.documents["https://example.org/c.jsonld"] = {"@context": {"b": "https://example.org/b"}}
    link = '<https://example.org/c.jsonld>; rel="http://www.w3.org/ns/json-ld#context"'
    raw = {"b": None, "https://example.org/b": [None, 1.5, "@id"], "@type": "x", "type": {"id": 1}}
    await plane.done("POST", ENTITIES, {"id": LAMP, "type": "Lamp", "a": {"json": raw}}, link=link)
    assert (await plane.told(HERE, link=link))["a"] == {"type": "JsonProperty", "json": raw}
    assert (await plane.told(f"{HERE}?options=keyValues"))["a"] == {"json": raw}
    await plane.done("PUT", HERE, {"id": LAMP, "type": "Lamp", "a": {"type": "JsonProperty", "json": None}})
    assert (await plane.told(HERE))["a"] == {"type": "JsonProperty", "json": None}
