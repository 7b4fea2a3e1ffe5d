"""Query strings and query documents (ETSI GS CIM 009 V1.9.1 clauses 6.4.3.2 and 5.2.23): what is refused, by name."""

from typing import Any

import pytest

from kaiteki.broker.asking import read_join, read_options, read_query, read_style
from kaiteki.broker.documents import query_parameters, read_selectors
from kaiteki.model.language.lang import read_languages
from kaiteki.model.problem import Problem
from kaiteki.model.query import Selector, TypeIs
from kaiteki.model.terms.compiling import core_context

CONTEXT = core_context()


@pytest.mark.parametrize(
    ("params", "code", "field"),
    [
        ({}, "BadRequestData", "type"),
        ({"limit": "5"}, "BadRequestData", "type"),
        ({"type": "A", "tpye": "B"}, "BadRequestData", "tpye"),
        ({"type": "A;"}, "BadRequestData", "type"),
        ({"type": "(A"}, "BadRequestData", "type"),
        ({"id": "a"}, "BadRequestData", "id"),
        ({"idPattern": "("}, "BadRequestData", "idPattern"),
        ({"idPattern": "(?=a)b"}, "TooComplexQuery", "idPattern"),
        ({"q": "a=="}, "BadRequestData", "q"),
        ({"q": "a==b"}, "BadRequestData", "q"),
        ({"q": "(" * 40 + "a" + ")" * 40}, "TooComplexQuery", "q"),
        ({"q": ";".join(["a"] * 300)}, "TooComplexQuery", "q"),
        ({"scopeQ": "//"}, "BadRequestData", "scopeQ"),
        ({"georel": "near;maxDistance==5"}, "BadRequestData", "geometry"),
        ({"georel": "near", "geometry": "Point", "coordinates": "[1,2]"}, "BadRequestData", "georel"),
        (
            {"georel": "near;maxDistance==0", "geometry": "Point", "coordinates": "[1,2]"},
            "BadRequestData",
            "georel",
        ),
        (
            {"georel": "within;maxDistance==5", "geometry": "Point", "coordinates": "[1,2]"},
            "BadRequestData",
            "georel",
        ),
        ({"georel": "beside", "geometry": "Point", "coordinates": "[1,2]"}, "BadRequestData", "georel"),
        ({"georel": "within", "geometry": "Circle", "coordinates": "[1,2]"}, "BadRequestData", "geometry"),
        ({"georel": "within", "geometry": "Point", "coordinates": "1,2"}, "BadRequestData", "coordinates"),
        (
            {"georel": "within", "geometry": "Point", "coordinates": "[1,200]"},
            "BadRequestData",
            "coordinates",
        ),
        ({"type": "A", "limit": "0"}, "BadRequestData", "limit"),
        ({"type": "A", "limit": "-1"}, "BadRequestData", "limit"),
        ({"type": "A", "limit": "x"}, "BadRequestData", "limit"),
        ({"type": "A", "limit": "1001"}, "TooManyResults", "limit"),
        ({"type": "A", "offset": "-1"}, "BadRequestData", "offset"),
        ({"type": "A", "count": "yes"}, "BadRequestData", "count"),
        ({"type": "A", "orderBy": "a;up"}, "BadRequestData", "orderBy"),
        ({"type": "A", "orderBy": "a;dist-asc"}, "BadRequestData", "orderFrom"),
        ({"type": "A", "collation": "sv"}, "OperationNotSupported", "collation"),
        ({"type": "A", "attrs": "a,,b"}, "BadRequestData", "attrs"),
        ({"type": "A", "datasetId": "x"}, "BadRequestData", "datasetId"),
    ],
)
def test_queries_are_refused_by_field(params: dict[str, str], code: str, field: str) -> None:
    with pytest.raises(Problem) as refused:
        read_query(params, CONTEXT)
    assert (refused.value.code, refused.value.field) == (code, field)


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"options": "keyvalues"}, "options"),
        ({"options": "concise,keyValues"}, "options"),
        ({"format": "short"}, "format"),
        ({"attrs": "a", "pick": "b"}, "attrs"),
        ({"pick": "a{"}, "pick"),
        ({"omit": ""}, "omit"),
        ({"lang": "en;q=x"}, "lang"),
    ],
)
def test_styles_are_refused_by_field(params: dict[str, str], field: str) -> None:
    with pytest.raises(Problem) as refused:
        read_style(params, CONTEXT)
    assert (refused.value.code, refused.value.field) == ("BadRequestData", field)


def test_count_alone_may_ask_for_no_entities() -> None:
    assert read_query({"type": "A", "limit": "0", "count": "true"}, CONTEXT).limit == 0


def test_joins_and_options_are_refused_by_field() -> None:
    for params, field in (({"join": "deep"}, "join"), ({"join": "flat", "joinLevel": "9"}, "joinLevel")):
        with pytest.raises(Problem) as refused:
            read_join(params)
        assert refused.value.field == field
    assert read_join({}) is None
    assert read_options({"options": "noOverwrite"}, ("noOverwrite",)) == {"noOverwrite"}


def test_languages_come_best_first() -> None:
    assert read_languages("en;q=0.5, ja,*;q=0.1, fr;q=0") == ("ja", "en", "*")


def test_a_query_document_asks_for_the_same_as_a_query_string() -> None:
    document = {
        "type": "Query",
        "entities": [{"type": "Lamp"}, {"type": "Park"}],
        "attrs": ["power", "age"],
        "q": "power>1",
        "geoQ": {"georel": "near;maxDistance==5", "geometry": "Point", "coordinates": [1, 2]},
        "scopeQ": "/a/#",
        "ordering": {"orderBy": ["power;desc", "age"]},
    }
    params = {
        "type": "Lamp,Park",
        "attrs": "power,age",
        "q": "power>1",
        "georel": "near;maxDistance==5",
        "geometry": "Point",
        "coordinates": "[1,2]",
        "scopeQ": "/a/#",
        "orderBy": "power;desc,age",
    }
    assert query_parameters(document) == params
    assert read_query(query_parameters(document), CONTEXT) == read_query(params, CONTEXT)


@pytest.mark.parametrize(
    ("entities", "wanted"),
    [
        ([{"id": "urn:a", "type": "A"}], {"id": "urn:a", "type": "A"}),
        ([{"id": "urn:a", "type": "A"}, {"id": "urn:b", "type": "A"}], {"id": "urn:a,urn:b", "type": "A"}),
        ([{"id": "urn:a", "idPattern": "^b", "type": "A"}], {"id": "urn:a", "type": "A"}),
        ([{"idPattern": "^a", "type": "A"}, {"idPattern": "^b", "type": "B"}], {"type": "A,B"}),
        ([{"id": "urn:a", "type": "A"}, {"type": "*"}], {"type": "*"}),
        ([{"type": "A"}, {"type": "(B;C)"}], {"type": "A,(B;C)"}),
    ],
)
def test_selectors(entities: list[dict[str, Any]], wanted: dict[str, str]) -> None:
    assert query_parameters({"type": "Query", "entities": entities}) == wanted


def test_selectors_that_differ_are_alternatives() -> None:
    lamp, park = (TypeIs(CONTEXT.expand(name)) for name in ("Lamp", "Park"))
    entities = [
        {"id": ["urn:a", "urn:b"], "type": "Lamp"},
        {"idPattern": "^urn:p", "type": "Park"},
        {"id": "urn:c", "type": "*"},
    ]
    assert read_selectors({"type": "Query", "entities": entities}, CONTEXT) == (
        Selector(lamp, ("urn:a", "urn:b")),
        Selector(park, id_pattern="^urn:p"),
        Selector(None, ("urn:c",)),
    )
    assert read_selectors({"type": "Query", "entities": [{"type": "A"}, {"type": "B"}]}, CONTEXT) == ()
    for wrong, field in (({"id": "a"}, "entities[1].id"), ({"idPattern": "("}, "entities[1].idPattern")):
        with pytest.raises(Problem) as refused:
            read_selectors({"type": "Query", "entities": [{"id": "urn:a"}, wrong]}, CONTEXT)
        assert refused.value.field == field


@pytest.mark.parametrize(
    ("document", "code", "field"),
    [
        ([], "BadRequestData", "type"),
        ({"type": "Ask"}, "BadRequestData", "type"),
        ({"type": "Query", "qq": 1}, "BadRequestData", "qq"),
        ({"type": "Query", "q": 1}, "BadRequestData", "q"),
        ({"type": "Query", "attrs": []}, "BadRequestData", "attrs"),
        ({"type": "Query", "entities": []}, "BadRequestData", "entities"),
        ({"type": "Query", "entities": [{"name": "x"}]}, "BadRequestData", "entities[0].name"),
        ({"type": "Query", "geoQ": []}, "BadRequestData", "geoQ"),
        ({"type": "Query", "temporalQ": {}}, "BadRequestData", "temporalQ"),
        ({"type": "Query", "entities": [{"type": "A"}] * 101}, "TooComplexQuery", "entities"),
    ],
)
def test_query_documents_are_refused_by_field(document: Any, code: str, field: str) -> None:
    with pytest.raises(Problem) as refused:
        query_parameters(document)
    assert (refused.value.code, refused.value.field) == (code, field)
