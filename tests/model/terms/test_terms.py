"""Names and IRIs: what core says holds, and a name that was made from an IRI means that IRI again."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaiteki.model.entity import Json
from kaiteki.model.problem import Problem
from kaiteki.model.terms.compiling import addresses_of, compile_context, core_context
from kaiteki.model.terms.core import CORE_URL, CORE_VERSIONS, DEFAULT_VOCABULARY, core_document, core_minor

NGSI = "https://uri.etsi.org/ngsi-ld/"


@pytest.mark.parametrize(
    ("name", "iri"),
    [
        ("location", NGSI + "location"),
        ("observationSpace", NGSI + "observationSpace"),
        ("status", NGSI + "status"),
        ("description", "http://purl.org/dc/terms/description"),
        ("title", "http://purl.org/dc/terms/title"),
        ("name", DEFAULT_VOCABULARY + "name"),
        ("名前", DEFAULT_VOCABULARY + "名前"),
        ("Property", NGSI + "Property"),
        ("Point", "https://purl.org/geojson/vocab#Point"),
        ("ngsi-ld:x", NGSI + "x"),
        ("https://example.org/a", "https://example.org/a"),
        ("urn:a:b", "urn:a:b"),
    ],
)
def test_the_core_context(name: str, iri: str) -> None:
    assert core_context().expand(name) == iri
    assert core_context().compact(iri) == name


def test_core_documents_grow_and_agree() -> None:
    documents = [core_document(minor)["@context"] for minor in CORE_VERSIONS]
    for older, newer in pairwise(documents):
        assert older.items() <= newer.items()
    assert len(documents[-1]) > 200
    assert core_minor(CORE_URL) == 9
    assert core_minor("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.3.jsonld") == 3
    assert core_minor("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld") == 9
    assert core_minor("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.2.jsonld") is None


def test_core_terms_win_over_those_of_users() -> None:
    context = compile_context(
        {
            "ex": "https://example.org/",
            "location": "ex:place",
            "name": "https://schema.org/name",
            "Car": {"@id": "ex:Car", "@type": "@id"},
            "wheel": "Car",
            "gone": None,
            "odd": {"@id": "ex:odd", "@container": "@set"},
            "@vocab": "https://nowhere.example/",
        },
        {},
    )
    assert [
        context.expand(name) for name in ("location", "name", "Car", "wheel", "odd", "ex:more", "other")
    ] == [
        NGSI + "location",
        "https://schema.org/name",
        "https://example.org/Car",
        "https://example.org/Car",
        "https://example.org/odd",
        "https://example.org/more",
        DEFAULT_VOCABULARY + "other",
    ]
    assert context.compact("https://example.org/Car") == "Car"
    assert context.compact("https://example.org/new") == "ex:new"
    assert context.compact(DEFAULT_VOCABULARY + "name") == "ngsi-ld:default-context/name"
    assert context.compact(DEFAULT_VOCABULARY + "gone") == "ngsi-ld:default-context/gone"


def test_documents_by_address_and_later_ones_win() -> None:
    documents = {
        "https://a.example/": {"@context": {"x": "https://a.example/x", "y": "https://a.example/y"}},
        "https://b.example/": {"@context": ["https://a.example/", {"x": "https://b.example/x"}]},
    }
    source = ["https://b.example/", {"z": "https://c.example/z"}, CORE_URL]
    context = compile_context(source, documents)
    assert [context.expand(name) for name in "xyz"] == [
        "https://b.example/x",
        "https://a.example/y",
        "https://c.example/z",
    ]
    assert context.document == ["https://b.example/", {"z": "https://c.example/z"}, CORE_URL]
    assert list(addresses_of(source)) == ["https://b.example/"]
    with pytest.raises(Problem) as refused:
        compile_context("https://none.example/", documents)
    assert refused.value.code == "LdContextNotAvailable"


words = st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True)
stems = st.sampled_from(
    ["https://a.example/", "https://a.example/b#", "https://a.example/b/", DEFAULT_VOCABULARY, NGSI]
)
iris = st.tuples(stems, words).map("".join)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        words, st.one_of(iris, stems, st.tuples(st.just("location:"), words).map("".join)), max_size=6
    ),
    st.lists(iris, max_size=6),
)
def test_a_name_made_from_an_iri_means_that_iri(definitions: dict[str, str], seen: list[str]) -> None:
    context = compile_context(definitions, {})
    for iri in [*seen, *(context.expand(term) for term in definitions)]:
        assert context.expand(context.compact(iri)) == iri


MANY = [f"https://a.example/{number}" for number in range(8)]


@pytest.mark.parametrize(
    "source",
    [
        # eight documents that name the next a hundred times, and only the last of which says something
        MANY[0],
        {f"t{number}": f"t{number + 1}:x" for number in range(5000)},
        {f"t{number}": f"t{number + 1}" for number in range(5000)},
        [{f"t{number}": "urn:x" for number in range(10_000)}] * 100,
    ],
)
def test_no_context_is_read_for_ever(source: Json) -> None:
    documents = {url: {"@context": [MANY[number + 1]] * 100} for number, url in enumerate(MANY[:-1])}
    with pytest.raises(Problem) as refusal:
        compile_context(source, {**documents, MANY[-1]: {"@context": {"a": "urn:a"}}})
    assert (refusal.value.code, refusal.value.field) == ("BadRequestData", "@context")
