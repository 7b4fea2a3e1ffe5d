"""Query parameters are decoded, limited and known by name."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaiteki.api.parameters import read_parameters, whole
from kaiteki.model.problem import Problem

KNOWN = frozenset({"q", "scopeQ", "limit", "count"})
TEXT = st.text(st.characters(exclude_categories=("Cs",)))


@given(TEXT)
def test_a_value_arrives_as_it_was_meant(value: str) -> None:
    assert read_parameters(f"q={quote(value)}&count=true", KNOWN) == {"q": value, "count": "true"}


def test_a_bare_plus_is_a_space_but_in_scopes_and_time_zones() -> None:
    assert read_parameters("q=a+b&scopeQ=/a/+/b", KNOWN) == {"q": "a b", "scopeQ": "/a/+/b"}
    bare = read_parameters("q=at>2026-04-01T09:00:00+09:00", KNOWN)
    assert bare == {"q": "at>2026-04-01T09:00:00+09:00"}


def test_to_count_may_be_asked_for_as_an_option_where_it_is_known() -> None:
    known = KNOWN | {"options"}
    for query, found in {
        "options=count": {"count": "true"},
        "options=count&count=false": {"count": "false"},
        "options=keyValues,count": {"options": "keyValues", "count": "true"},
        "options=account": {"options": "account"},
    }.items():
        assert read_parameters(query, known) == found, query
    assert read_parameters("options=count", {"options"}) == {"options": "count"}


@pytest.mark.parametrize(
    ("query", "field"), [("x=1", "x"), ("q=1&q=2", "q"), ("q=%ff", "q"), ("&".join(["q"] * 65), "query")]
)
def test_what_is_unknown_repeated_or_broken_is_refused_by_name(query: str, field: str) -> None:
    with pytest.raises(Problem) as refused:
        read_parameters(query, KNOWN)
    assert (refused.value.status, refused.value.field) == (400, field)


def test_numbers_have_their_limits() -> None:
    assert whole({"limit": "1000"}, "limit", 20, 0, 1000) == 1000
    assert whole({}, "limit", 20, 0, 1000) == 20
    for wrong in ("1001", "-1", "1.5", "", "٣", "x" * 30):
        with pytest.raises(Problem):
            whole({"limit": wrong}, "limit", 20, 0, 1000)
