"""Laws of the representations: lossless forms come back as they were, and merging does what RFC 7396 says."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaiteki.model.entity import Entity, Json, Kind
from kaiteki.model.instant import Instant
from kaiteki.model.problem import Problem
from kaiteki.model.representation.applying import merged, new_entity
from kaiteki.model.representation.merging import Merging, merge_entity_with
from kaiteki.model.representation.parsing import parse_attribute, parse_entity
from kaiteki.model.representation.patch import NULL, Purpose
from kaiteki.model.representation.rendering import Format, Style, render
from kaiteki.model.terms.compiling import compile_context, core_context

CONTEXT = core_context()
OTHER = compile_context(
    {"ex": "https://example.org/", "a": "ex:a", "Lamp": "ex:Lamp", "b": {"@id": "ex:b"}}, {}
)
NOW = Instant(1_770_000_000_000_000)

names = st.sampled_from(
    ["a", "b", "power", "名前", "location", "https://example.org/c", "https://x.example/d"]
)
uris = st.sampled_from(["urn:a:1", "urn:ngsi-ld:Lamp:2", "https://x.example/3"])
instants = st.sampled_from(
    ["2026-04-01T09:00:00Z", "2026-04-01T09:00:00.250Z", "1969-12-31T23:59:59.000001Z"]
)
scalars = st.one_of(
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text('ab日🌸"\\', max_size=5),
)
json: st.SearchStrategy[Json] = st.recursive(
    st.one_of(st.none(), scalars),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("xyz", max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)
values = json.filter(lambda value: value is not None)
points = st.tuples(st.integers(-180, 180), st.integers(-90, 90)).map(
    lambda p: {"type": "Point", "coordinates": list(p)}
)
texts = st.text("abあ", min_size=1, max_size=4)
BY_KIND: dict[Kind, tuple[str, st.SearchStrategy[Json]]] = {
    "Property": ("value", values),
    "Relationship": ("object", st.one_of(uris, st.lists(uris, min_size=1, max_size=2))),
    "GeoProperty": ("value", points),
    "LanguageProperty": (
        "languageMap",
        st.dictionaries(
            st.sampled_from(["ja", "en", "pt-BR"]),
            st.one_of(texts, st.lists(texts, min_size=1, max_size=2)),
            min_size=1,
        ),
    ),
    "VocabProperty": (
        "vocab",
        st.one_of(
            st.sampled_from(["Green", "Red"]),
            st.lists(st.sampled_from(["Green", "Red"]), min_size=1, max_size=2),
        ),
    ),
    "JsonProperty": ("json", json),
    "ListProperty": ("valueList", st.lists(values, max_size=3)),
    "ListRelationship": ("objectList", st.lists(uris.map(lambda uri: {"object": uri}), max_size=3)),
}


@st.composite
def instances(draw: st.DrawFn, depth: int = 1) -> dict[str, Json]:
    kind = draw(st.sampled_from(sorted(BY_KIND)))
    member, value = BY_KIND[kind]
    document: dict[str, Json] = {"type": kind, member: draw(value)}
    if kind in ("Property", "GeoProperty") and draw(st.booleans()):
        document["unitCode"] = "CEL"
    if draw(st.booleans()):
        document["observedAt"] = draw(instants)
    if kind == "Relationship" and draw(st.booleans()):
        document["objectType"] = draw(st.sampled_from(["Lamp", ["Lamp", "Park"]]))
    if kind == "Property" and draw(st.booleans()):
        document["valueType"] = "Celsius"
    if depth:
        for name in draw(st.lists(names, max_size=2, unique=True)):
            document[name] = draw(instances(depth - 1))
    return document


@st.composite
def attributes(draw: st.DrawFn) -> Json:
    count = draw(st.integers(1, 3))
    if count == 1:
        return draw(instances())
    return [
        draw(instances()) | ({} if number == 0 else {"datasetId": f"urn:d:{number}"})
        for number in range(count)
    ]


@st.composite
def entities(draw: st.DrawFn) -> dict[str, Json]:
    document: dict[str, Json] = {"id": draw(uris), "type": draw(st.sampled_from(["Lamp", ["Lamp", "Park"]]))}
    if draw(st.booleans()):
        document["scope"] = draw(st.sampled_from(["/a", ["/a/b", "/c"]]))
    for name in draw(st.lists(names, max_size=4, unique=True)):
        document[name] = draw(attributes())
    return document


def kept(document: Json) -> Entity:
    return new_entity(parse_entity(document, CONTEXT), NOW)


def shown(entity: Entity, form: Format = "normalized") -> dict[str, Json]:
    return render(entity, CONTEXT, Style(format=form))


@settings(max_examples=120, deadline=None)
@given(entities())
def test_normalized_and_concise_forms_come_back(document: dict[str, Json]) -> None:
    entity = kept(document)
    assert shown(entity) == document
    assert kept(shown(entity, "concise")) == entity


@settings(max_examples=60, deadline=None)
@given(entities())
def test_another_context_only_changes_names(document: dict[str, Json]) -> None:
    entity = kept(document)
    assert new_entity(parse_entity(render(entity, OTHER), OTHER), NOW) == entity


@settings(max_examples=60, deadline=None)
@given(entities())
def test_system_attributes_are_passed_over_when_read(document: dict[str, Json]) -> None:
    entity = kept(document)
    assert kept(render(entity, CONTEXT, Style(sys_attrs=True))) == entity


@settings(max_examples=60, deadline=None)
@given(entities())
def test_merging_an_entity_into_itself_changes_its_version_alone(document: dict[str, Json]) -> None:
    entity = kept(document)
    again = merge_entity_with(entity, parse_entity(document, CONTEXT, "merge"), NOW, Merging())
    assert shown(again) == document
    assert again.version == entity.version + 1


patches = st.recursive(
    st.one_of(scalars, st.just(NULL)),
    lambda inner: st.dictionaries(st.sampled_from(["x", "y", "z"]), inner, max_size=3),
    max_leaves=8,
)


def rfc7396(target: Any, patch: Any) -> Any:
    """The pseudo code of RFC 7396 section 2, word for word."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value == NULL:
            if name in result:
                del result[name]
        else:
            result[name] = rfc7396(result.get(name), value)
    return result


@settings(max_examples=120, deadline=None)
@given(json, patches)
def test_merge_is_json_merge_patch(target: Json, patch: Json) -> None:
    once = merged(target, patch)
    assert once == rfc7396(target, patch)
    assert merged(once, patch) == once


PLACES: list[Json] = [
    [140, 35.5],
    [140.1],
    [140.1, 35.5, 3],
    [140.1, True],
    [181, 0],
    [0, -90.1],
    ["140", 35],
    [],
    None,
    [[1, 2]],
]
POINTS: list[Json] = [{"type": "Point", "coordinates": place} for place in PLACES]
VALUES_OF_A_PROPERTY: list[Json] = [0, -1.5, 2**70, True, "暑い", "2026-04-01", "", NULL, None, [1], {"a": 1}]
MEMBERS_BESIDE: list[dict[str, Json]] = [
    {},
    {"unitCode": "CEL"},
    {"unitCode": 5},
    {"unitCode": NULL},
    {"observedAt": "2026-04-01T09:00:00Z"},
    {"observedAt": NULL},
    {"observedAt": "soon"},
    {"unitCode": "CEL", "observedAt": "2026-04-01T09:00:00Z"},
    {"accuracy": {"value": 1}},
]


@pytest.mark.parametrize(
    "kind", [{}, {"type": "Property"}, {"type": "GeoProperty"}, {"type": "JsonProperty"}]
)
@pytest.mark.parametrize("purpose", ["whole", "update", "merge"])
def test_a_member_without_meaning_changes_nothing(kind: dict[str, Json], purpose: Purpose) -> None:
    """The short way for plain properties says what the long way says, which a member that is passed over has taken."""

    def read(document: Json) -> object:
        try:
            return parse_attribute(document, "warmth", core_context(), purpose)
        except Problem as problem:
            return problem.document()

    for value in (*VALUES_OF_A_PROPERTY, *POINTS, {**POINTS[0], "crs": 1}):
        for beside in MEMBERS_BESIDE:
            document = {**kind, "value": value, **beside}
            assert read(document) == read({**document, "createdAt": "2026-01-01T00:00:00Z"}), document
