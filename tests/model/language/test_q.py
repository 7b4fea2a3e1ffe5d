"""The q language: a tree that is written out is read back as the same tree."""

from hypothesis import given, settings
from hypothesis import strategies as st

from kaiteki.model.language.q import parse_q
from kaiteki.model.query import (
    AllOf,
    AnyOf,
    Comparison,
    DateTimeValue,
    Exists,
    Filter,
    OneOf,
    Path,
    Range,
    Scalar,
    UriValue,
)

names = st.sampled_from(["speed", "名前", "a_1", "trueish"])
texts = st.text('ab"\\;|()日,.', max_size=6)
numbers = st.one_of(st.integers(-1000, 1000), st.floats(-1e6, 1e6, allow_nan=False))
dates = st.sampled_from(["2026-01-01", "2025-12-31"]).map(lambda text: DateTimeValue(text, "Date"))
times = st.sampled_from(["12:00:00", "23:59:59.5Z"]).map(lambda text: DateTimeValue(text, "Time"))
moments = st.just(DateTimeValue("1970-01-01T00:00:01Z", "DateTime", 1_000_000))  # pyright: ignore
uris = st.sampled_from(["urn:a:b", "https://x.example/y"]).map(lambda uri: UriValue(uri, uri))
comparable: st.SearchStrategy[Scalar] = st.one_of(numbers, texts, dates, times, moments)
ranges = st.one_of(
    *(st.builds(Range, one, one) for one in (numbers, texts, dates, times, moments)),
)
items = st.one_of(comparable, st.booleans(), uris, ranges)
equality = st.one_of(items, st.lists(items, min_size=2, max_size=3).map(lambda some: OneOf(tuple(some))))
simple_paths = st.builds(
    Path,
    st.lists(names, min_size=1, max_size=3).map(tuple),
    st.lists(st.sampled_from(["city", "0", "x-y"]), max_size=2).map(tuple),
)
paths = st.one_of(
    simple_paths,
    st.builds(
        Path,
        st.tuples(names),
        st.just(()),
        simple_paths,
        st.sampled_from([(), ("Lamp",), ("Lamp", "Park")]),
    ),
)
terms = st.one_of(
    st.builds(Exists, paths),
    st.builds(Comparison, paths, st.sampled_from(["==", "!="]), equality),
    st.builds(Comparison, paths, st.sampled_from([">", ">=", "<", "<="]), comparable),
    st.builds(
        Comparison, paths, st.sampled_from(["~=", "!~="]), st.sampled_from(["^a.*b$", "(x|y);z", 'say "a"'])
    ),
)


def flat(kind: type[AllOf] | type[AnyOf]) -> "st.SearchStrategy[Filter]":
    other = AnyOf if kind is AllOf else AllOf
    part = st.one_of(terms, st.lists(terms, min_size=2, max_size=3).map(lambda some: other(tuple(some))))
    return st.lists(part, min_size=2, max_size=3).map(lambda some: kind(tuple(some)))


filters = st.one_of(terms, flat(AllOf), flat(AnyOf))


def scalar(value: Scalar | Range) -> str:
    if isinstance(value, Range):
        return f"{scalar(value.low)}..{scalar(value.high)}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, DateTimeValue):
        return value.text
    return value.uri if isinstance(value, UriValue) else repr(value)


def path(value: Path) -> str:
    if value.linked is not None:
        hint = ",".join(value.linked_types) + ":" if value.linked_types else ""
        return f"{value.names[0]}{{{hint}{path(value.linked)}}}"
    trail = f"[{'.'.join(value.trail)}]" if value.trail else ""
    return ".".join(value.names) + trail


def written(q: Filter) -> str:
    if isinstance(q, AllOf | AnyOf):
        sign = ";" if isinstance(q, AllOf) else "|"
        return sign.join(
            f"({written(part)})" if isinstance(part, AllOf | AnyOf) else written(part) for part in q.parts
        )
    if isinstance(q, Exists):
        return path(q.path)
    if isinstance(q.operand, OneOf):
        operand = ",".join(scalar(one) for one in q.operand.values)
    else:
        operand = scalar(q.operand)
    return f"{path(q.path)}{q.operator}{operand}"


@settings(max_examples=200, deadline=None)
@given(filters)
def test_what_is_written_is_read_back(q: Filter) -> None:
    assert parse_q(written(q), lambda name: name) == q


@settings(max_examples=60, deadline=None)
@given(filters, filters, filters)
def test_and_binds_stronger_than_or(a: Filter, b: Filter, c: Filter) -> None:
    one, two, three = (f"({written(q)})" for q in (a, b, c))
    assert parse_q(f"{one}|{two};{three}", str) == parse_q(f"{one}|({two};{three})", str)
