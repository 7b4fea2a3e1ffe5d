"""CQL2: both encodings say the same, what does not fit is refused with its place, NULL makes neither true nor false."""

import pytest
from written import write_text

from kaiteki.model.cql2.checking import check
from kaiteki.model.cql2.document import read_document, write_document
from kaiteki.model.cql2.evaluating import evaluate, holds
from kaiteki.model.cql2.literals import moment_of
from kaiteki.model.cql2.terms import Call, Kind, Named, Plain
from kaiteki.model.cql2.text import parse_text
from kaiteki.model.problem import Problem

KINDS: dict[str, Kind] = {
    "用途地域": "text",
    "name": "text",
    "eo:cloud_cover": "number",
    "floors": "number",
    "open": "boolean",
    "updated": "moment",
    "starts": "moment",
    "ends": "moment",
    "tags": "array",
    "geometry": "geometry",
    "details": "any",
}

EXPRESSIONS = [
    "用途地域 = '商業地域' AND S_INTERSECTS(geometry, BBOX(140.1, 35.6, 140.2, 35.7))",
    '"eo:cloud_cover" BETWEEN 0.1 AND 0.2',
    "eo:cloud_cover < 0.1",
    "name NOT LIKE 'mil\\%es%'",
    "name LIKE '_iles%' OR name IN ('a', 'it''s') OR NOT (name IS NULL)",
    "CASEI(name) LIKE casei('ÄP%') AND accenti(name) = ACCENTI('château')",
    "floors NOT BETWEEN 1 AND 2 OR floors + 1 > -2 * (floors - 3) ^ 2 OR floors % 2 = 1 OR floors DIV 2 = 1",
    "open = TRUE OR open",
    "TRUE OR FALSE",
    "NOT (NOT open)",
    "updated >= TIMESTAMP('2026-11-23T09:00:00Z') AND updated < DATE('2026-12-01')",
    "T_DURING(INTERVAL(starts, ends), INTERVAL('2026-01-01', '..'))",
    "T_AFTER(updated, DATE('2026-01-01')) OR t_metby(INTERVAL(starts, ends), INTERVAL('..', '2026-01-01T00:00:00Z'))",
    "A_CONTAINS(tags, ('a', 'b')) OR A_EQUALS(tags, ()) OR A_CONTAINEDBY(('a'), tags)",
    "S_WITHIN(geometry, POLYGON((0 0, 1 0, 1 1, 0 0)))",
    "S_CROSSES(LINESTRING Z (0 0 1, 1 1 1), geometry)",
    "S_DISJOINT(geometry, GEOMETRYCOLLECTION(POINT(1 1), LINESTRING(0 0, 1 1)))",
    "details = 1 AND details = 'x'",
]


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_an_expression_is_the_same_in_both_encodings(text: str) -> None:
    term = parse_text(text)
    assert parse_text(write_text(term)) == term
    assert read_document(write_document(term)) == term
    check(term, KINDS)


REFUSED = [
    ("", "position 1"),
    ("name =", "position 7"),
    ("name = 'a", "position 8"),
    ("name = 'a' name", "position 12"),
    ("(name = 'a'", "position 12"),
    ("name LIKE", "position 10"),
    ("name NOT 'a'", "LIKE, BETWEEN or IN"),
    ("name IS 'a'", "NULL"),
    ("nobody = 1", "nobody is no queryable"),
    ("name", "the filter is a condition, not a text"),
    ("1 + 1", "a filter is a condition"),
    ("name = 1", "= cannot compare a number with a text"),
    ("floors = TRUE", "cannot compare"),
    ("geometry = geometry", "compares no geometry"),
    ("name BETWEEN 1 AND 2", "what between takes is a number, not a text"),
    ("S_INTERSECTS(name, POINT(1 1))", "what s_intersects takes is a geometry, not a text"),
    ("S_INTERSECTS(geometry)", "takes 2 arguments"),
    ("S_NEAR(geometry, POINT(1 1))", "there is no function S_NEAR"),
    ("AND(open, open)", "position 1"),
    ("name IN ()", "not empty"),
    ("updated > DATE('2026-02-30')", "is no date"),
    ("updated > TIMESTAMP('2026-02-01')", "is no timestamp"),
    ("T_DURING(updated, INTERVAL('2026-02-02', '2026-02-01'))", "ends (2026-02-01) before it starts"),
    ("S_WITHIN(geometry, POLYGON((0 0, 1 0)))", "is no geometry in Well-Known Text"),
    ("S_WITHIN(geometry, POINT(200 10))", "-180…180"),
    ("S_WITHIN(geometry, POINT EMPTY)", "position"),
    ("S_WITHIN(geometry, BBOX(1, 2, 3))", "four numbers"),
    ("S_WITHIN(geometry, BBOX(1, 4, 3, 2))", "south not above the north"),
    ("open AND floors", "what and joins is a condition, not a number"),
    ("NOT " * 40 + "open", "levels of brackets"),
    (" OR ".join(["open"] * 300), "more than 200 parts"),
    ("name = '" + "x" * 20_000 + "'", "more than 16384 characters"),
]


@pytest.mark.parametrize(("text", "why"), REFUSED)
def test_what_does_not_fit_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(Problem) as refused:
        check(parse_text(text), KINDS)
    assert why in refused.value.detail
    assert refused.value.field == "filter"


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (None, "a value is"),
        ({"op": "nothing", "args": []}, "there is no operator nothing"),
        ({"op": "=", "args": {}}, "args of = is an array"),
        ({"op": "=", "args": [1]}, "takes 2 arguments"),
        ({"op": 7, "args": [1]}, "op is a text"),
        ({"property": 1}, "property is a text"),
        ({"prop": "name"}, "it has prop"),
        ({"op": "isNull", "args": [{"bbox": ["a", 1, 2, 3]}]}, "bbox is an array of numbers"),
        ({"op": "isNull", "args": [{"interval": ["2026-01-01"]}]}, "an array of two"),
        ({"op": "isNull", "args": [{"interval": [1, 2]}]}, "an end of an interval"),
        ({"op": "isNull", "args": [{"type": "Point", "coordinates": [1]}]}, "a position"),
        ({"op": "=", "args": [float("inf"), 1]}, "a value is"),
    ],
)
def test_a_document_that_is_none_is_refused(document: object, why: str) -> None:
    with pytest.raises(Problem, match=why):
        check(read_document(document), KINDS)


def test_documents_have_a_depth_and_a_number_of_parts() -> None:
    deep: object = {"property": "open"}
    for _ in range(100):
        deep = {"op": "not", "args": [deep]}
    with pytest.raises(Problem, match="levels"):
        read_document(deep)
    with pytest.raises(Problem, match="parts"):
        read_document({"op": "and", "args": [{"property": "open"}] * 500})


FEATURE = {
    "name": "Miles",
    "floors": 3,
    "open": True,
    "tags": ["a", "b"],
    "updated": moment_of("2026-11-23T12:00:00Z"),
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ends IS NULL", True),
        ("用途地域 = 'x'", None),
        ("NOT (用途地域 = 'x')", None),
        ("用途地域 = 'x' AND open = FALSE", False),
        ("用途地域 = 'x' AND open", None),
        ("用途地域 = 'x' OR open", True),
        ("用途地域 = 'x' OR floors = 4", None),
        ("用途地域 IN ('x', 'y') OR floors IN (1, 2, 3)", True),
        ("floors / 0 = 1", None),
        ("floors DIV 2 = 1 AND floors % 2 = 1 AND floors ^ 2 = 9 AND -floors = -3", True),
        ("name LIKE 'm%'", False),
        ("CASEI(name) LIKE CASEI('M%')", True),
        ("name LIKE 'M_les' AND name NOT LIKE 'M_' AND name LIKE '%' AND name NOT LIKE 'M\\_les'", True),
        ("ACCENTI('château') = 'chateau' AND ACCENTI('がっこう') = 'がっこう'", True),
        (
            "A_CONTAINS(tags, ('b')) AND A_OVERLAPS(tags, ('b', 'z')) AND A_CONTAINEDBY(tags, ('a', 'b', 'c'))",
            True,
        ),
        ("A_EQUALS(tags, ('b', 'a', 'a'))", True),
        ("updated > DATE('2026-11-22') AND updated < DATE('2026-11-24')", True),
        ("updated > DATE('2026-11-23') OR updated < DATE('2026-11-23')", False),
        (
            "T_INTERSECTS(updated, DATE('2026-11-23')) AND T_DURING(updated, INTERVAL('2026-11-01', '..'))",
            True,
        ),
        ("T_MEETS(INTERVAL('2026-01-01', '2026-02-01'), INTERVAL('2026-02-01', '2026-03-01'))", True),
        ("T_OVERLAPS(INTERVAL('2026-01-01', '2026-02-02'), INTERVAL('2026-02-01', '2026-03-01'))", True),
        ("T_STARTS(INTERVAL('2026-01-01', '2026-02-02'), INTERVAL('2026-01-01', '..'))", True),
        ("T_FINISHES(INTERVAL('2026-01-05', '2026-02-02'), INTERVAL('..', '2026-02-02'))", True),
        ("T_BEFORE(INTERVAL(updated, ends), DATE('2030-01-01'))", None),
        ("S_TOUCHES(POLYGON((0 0, 1 0, 1 1, 0 0)), POINT(0 0)) AND S_EQUALS(POINT(1 1), POINT(1 1))", True),
        (
            "S_INTERSECTS(BBOX(179, -1, -179, 1), POINT(-179.5 0)) AND S_INTERSECTS(BBOX(179, -1, -179, 1), POINT(179.5 0))",
            True,
        ),
        ("S_INTERSECTS(geometry, POINT(1 1))", None),
    ],
)
def test_what_is_not_there_makes_neither_true_nor_false(text: str, value: bool | None) -> None:
    term = parse_text(text)
    assert evaluate(term, FEATURE.get) is value
    assert holds(term, FEATURE.get) is (value is True)


@pytest.mark.parametrize(
    ("pattern", "fitting", "others"),
    [
        ("%a%a%a", ["aaa", "xaxaxa"], ["bab", "aa", "aaab"]),
        ("a%", ["a", "ab"], ["ba", ""]),
        ("%a", ["a", "ba"], ["ab", ""]),
        ("a%a", ["aa", "aba"], ["a", "ab"]),
        ("_%_", ["ab", "abc", "a\nb"], ["a", ""]),
        ("%", ["", "x\ny"], []),
        ("%%b%%", ["b", "abc"], ["a", ""]),
        ("a\\%b%", ["a%b", "a%bc"], ["axb", "a%"]),
        ("%.b", ["x.b"], ["xab"]),
        ("", [""], ["x"]),
    ],
)
def test_like_fits_as_its_pattern_says(pattern: str, fitting: list[str], others: list[str]) -> None:
    like = Call("like", (Named("name"), Plain(pattern)))
    told = {text: evaluate(like, {"name": text}.get) for text in (*fitting, *others)}
    assert told == {**dict.fromkeys(fitting, True), **dict.fromkeys(others, False)}


def test_no_pattern_takes_longer_than_its_text() -> None:
    """A hundred `%` over ten thousand equal characters: a pattern that goes back and forth would not end."""
    like = Call("like", (Named("name"), Plain("%a" * 100 + "%b")))
    assert evaluate(like, {"name": "a" * 10_000}.get) is False
    with pytest.raises(Problem, match="at most 500 characters"):
        check(Call("like", (Named("name"), Plain("%a" * 300))), KINDS)
